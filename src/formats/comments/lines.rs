//! Formats without quotes, whose comments are told by where a mark stands in its line.

use super::Comment;
use super::lexer::line_end;

/// What starts a comment.
pub(super) struct Marks {
    marks: &'static [&'static str],
    /// Whether blanks may stand before it.
    indented: bool,
    /// Whether text may stand before it, and a blank between.
    behind_text: bool,
    /// Whether a line that ends in a backslash goes on in the next one, which is then no comment.
    continues: bool,
}

pub(super) static HASH: Marks = Marks { marks: &["#"], indented: false, behind_text: false, continues: false };
pub(super) static HASH_ANYWHERE: Marks = Marks { marks: &["#"], indented: true, behind_text: true, continues: false };
pub(super) static SLASHES: Marks = Marks { marks: &["//"], indented: true, behind_text: true, continues: false };
pub(super) static INI: Marks = Marks { marks: &["#", ";"], indented: true, behind_text: false, continues: false };
pub(super) static PROPERTIES: Marks = Marks { marks: &["#", "!"], indented: true, behind_text: false, continues: true };

/// The lines of `text` without their line breaks: start and end.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        if at >= text.len() {
            return None;
        }
        let (start, end) = (at, line_end(text, at));
        let breaks = if text[end..].starts_with(b"\r\n") { 2 } else { 1 };
        at = end + breaks;
        Some((start, end))
    })
}

/// The comments of `text`, in order.
pub(super) fn comments(text: &[u8], marks: &Marks) -> Vec<Comment> {
    let mut found = Vec::new();
    let mut continued = false;
    for (start, end) in lines(text) {
        let line = &text[start..end];
        let comment = if continued { None } else { comment(line, marks) };
        found.extend(comment.map(|at| Comment::new(start + at, end)));
        continued = marks.continues && comment.is_none() && ends_in_backslash(line);
    }
    found
}

fn comment(line: &[u8], marks: &Marks) -> Option<usize> {
    let starts = |at: usize| marks.marks.iter().any(|mark| line[at..].starts_with(mark.as_bytes()));
    let first = line.iter().position(|byte| !byte.is_ascii_whitespace())?;
    if starts(first) && (first == 0 || marks.indented) {
        return Some(first);
    }
    let mut behind = (first + 1..line.len()).filter(|_| marks.behind_text);
    behind.find(|at| matches!(line[at - 1], b' ' | b'\t') && starts(*at))
}

/// Whether the line break behind a line is escaped.
pub(super) fn ends_in_backslash(line: &[u8]) -> bool {
    line.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}
