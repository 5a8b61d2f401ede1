//! What of a dotenv file must never be shown: the values. When in doubt, more is hidden.

use crate::text::{RepoPath, Span};

/// Whether a file is a dotenv file by its name, so that its values are never shown.
pub fn is_dotenv(path: &RepoPath) -> bool {
    let name = path.name();
    name == ".env" || name.starts_with(".env.") || name.ends_with(".env")
}

/// The parts of a dotenv file that must never be shown, in order.
pub fn hidden_spans(bytes: &[u8]) -> Vec<Span> {
    let mut start = 0;
    let lines: Vec<Span> = bytes
        .split_inclusive(|byte| *byte == b'\n')
        .map(|line| {
            start += line.len();
            Span::new(start - line.len(), start)
        })
        .collect();
    let from = hidden(bytes, lines.iter().copied());
    from.into_iter().zip(lines).map(|(from, line)| Span::new(from, line.end)).filter(|span| !span.is_empty()).collect()
}

/// For each of `lines` the byte from which it is hidden; its end where nothing is.
///
/// Only what has the form of a comment or of an assignment is shown, and of both only what stands up to the `=`. Lines inside of
/// a quoted value are hidden whole.
pub fn hidden(bytes: &[u8], lines: impl Iterator<Item = Span>) -> Vec<usize> {
    let mut open = None;
    lines
        .map(|line| {
            let text = line.slice(bytes);
            if let Some(quote) = open {
                open = (!closes(text, quote)).then_some(quote);
                return line.start;
            }
            let start = text.trim_ascii_start();
            let equals = text.iter().position(|byte| *byte == b'=');
            match equals {
                _ if start.starts_with(b"#") => line.start + equals.map_or(text.len(), |at| at + 1),
                Some(at) if is_key(&text[..at]) => {
                    open = unclosed(text[at + 1..].trim_ascii_start());
                    line.start + at + 1
                }
                _ => line.start,
            }
        })
        .collect()
}

fn is_key(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let key = text.strip_prefix(b"export ").unwrap_or(text).trim_ascii_start();
    key.first().is_some_and(|byte| !byte.is_ascii_digit())
        && key.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(byte))
}

/// The quote that `value` opens and does not close.
fn unclosed(value: &[u8]) -> Option<u8> {
    match value {
        [quote @ (b'"' | b'\'' | b'`'), rest @ ..] if !closes(rest, *quote) => Some(*quote),
        _ => None,
    }
}

fn closes(text: &[u8], quote: u8) -> bool {
    let mut escaped = false;
    text.iter().any(|byte| {
        let ends = *byte == quote && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_and_comments_are_shown() {
        let text = "# KEY=old\nexport A = 'x'\nB=\"one\nKEY=two\\\"\nthree\" # x\nC=\nMIIEabc\na/b==\n# prose";
        let mut at = 0;
        let spans = text.split('\n').map(|line| {
            at += line.len() + 1;
            Span::new(at - line.len() - 1, at - 1)
        });
        let spans: Vec<_> = spans.collect();
        let from = hidden(text.as_bytes(), spans.iter().copied());
        let shown: Vec<_> = spans.iter().zip(from).map(|(span, end)| &text[span.start..end]).collect();
        assert_eq!(shown, ["# KEY=", "export A =", "B=", "", "", "C=", "", "", "# prose"]);
    }
}
