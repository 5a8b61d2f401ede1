//! Makefiles: comments of the file, and those of the shell in recipes.

use super::Comment;
use super::lines::{ends_in_backslash, lines};

/// The comments of a makefile, in order. One that ends in a backslash goes on in the next line.
pub(super) fn comments(text: &[u8]) -> Vec<Comment> {
    let mut found: Vec<Comment> = Vec::new();
    // Inside of a comment, of a recipe's line, of a line of the file.
    let (mut in_comment, mut in_recipe, mut goes_on) = (false, false, false);
    for (start, end) in lines(text) {
        let line = &text[start..end];
        let escaped = ends_in_backslash(line);
        if goes_on && in_comment {
            if let Some(last) = found.last_mut() {
                *last = Comment::new(last.span.start, end);
            }
        } else {
            in_recipe = if goes_on { in_recipe } else { line.starts_with(b"\t") };
            let at = if in_recipe { of_shell(line) } else { of_make(line) };
            found.extend(at.map(|at| Comment::new(start + at, end)));
            in_comment = at.is_some();
        }
        // The shell ends its comments with the line.
        goes_on = escaped && !(in_recipe && in_comment);
        in_comment = in_comment && goes_on;
    }
    found
}

fn of_make(line: &[u8]) -> Option<usize> {
    (0..line.len()).find(|at| line[*at] == b'#' && !ends_in_backslash(&line[..*at]))
}

fn of_shell(line: &[u8]) -> Option<usize> {
    let mut quote = None;
    let mut at = 0;
    while let Some(byte) = line.get(at) {
        match (byte, quote) {
            (b'\\', None | Some(b'"')) => at += 1,
            (b'\'' | b'"' | b'`', None) => quote = Some(*byte),
            (byte, Some(open)) if *byte == open => quote = None,
            (b'#', None) if at == 0 || matches!(line[at - 1], b' ' | b'\t' | b'@' | b'-' | b'+' | b';') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}
