//! HCL and Terraform: strings hold templates, which hold expressions, which hold strings; and there are heredocs.

use super::Comment;
use super::lexer::line_end;

/// The comments of an HCL file, in order.
pub(super) fn comments(text: &[u8]) -> Vec<Comment> {
    let mut found = Vec::new();
    // Of each template that is open: the braces that are open in it.
    let mut templates: Vec<usize> = Vec::new();
    let mut in_string = false;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if in_string {
            at += match rest {
                [b'\\', ..] => 2,
                [b'$', b'$', b'{', ..] | [b'%', b'%', b'{', ..] => 3,
                [b'$' | b'%', b'{', ..] => {
                    templates.push(0);
                    in_string = false;
                    2
                }
                _ => {
                    // A string ends with its line at the latest.
                    in_string = !matches!(rest[0], b'"' | b'\n');
                    1
                }
            };
            continue;
        }
        let comment_end = match rest {
            [b'#', ..] | [b'/', b'/', ..] => Some(line_end(text, at)),
            [b'/', b'*', ..] => Some(behind(text, at + 2, b"*/")),
            _ => None,
        };
        if let Some(end) = comment_end {
            found.push(Comment::new(at, end));
            at = end;
            continue;
        }
        match rest[0] {
            b'"' => in_string = true,
            b'{' => templates.iter_mut().last().into_iter().for_each(|open| *open += 1),
            b'}' => match templates.last_mut() {
                Some(0) => {
                    templates.pop();
                    in_string = true;
                }
                Some(open) => *open -= 1,
                None => {}
            },
            b'<' => at = heredoc_end(text, at).unwrap_or(at),
            _ => {}
        }
        at += 1;
    }
    found
}

/// Where the heredoc that starts at `at` ends: behind its last line; none where none starts there.
fn heredoc_end(text: &[u8], at: usize) -> Option<usize> {
    let head = text[at..].strip_prefix(b"<<")?;
    let head = head.strip_prefix(b"-").unwrap_or(head);
    let length = head.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')).count();
    let (word, rest) = head.split_at(length);
    let behind = rest.iter().find(|byte| !matches!(byte, b' ' | b'\t'));
    if word.is_empty() || behind.is_some_and(|byte| !matches!(byte, b'\r' | b'\n')) {
        return None;
    }
    let mut start = line_end(text, at);
    while start < text.len() {
        let end = line_end(text, start + 1);
        if text[(start + 1).min(end)..end].trim_ascii() == word {
            return Some(end);
        }
        start = end;
    }
    Some(text.len())
}

/// Behind the next `mark`, or the end of the text.
fn behind(text: &[u8], from: usize, mark: &[u8]) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    rest.windows(mark.len()).position(|part| part == mark).map_or(text.len(), |at| from + at + mark.len())
}
