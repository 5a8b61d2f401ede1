//! Where the destination of a link is written.

use crate::text::Span;

/// The destination of an inline link of which the text ends at `from` and the whole at `end`.
pub(super) fn inline(text: &str, from: usize, end: usize) -> Option<Span> {
    let open = from + text.get(from..end)?.find("](")?;
    written(text, open + 2, end)
}

/// The destination in a definition that `span` covers.
pub(super) fn defined(text: &str, span: Span) -> Option<Span> {
    let bytes = text.as_bytes();
    let mut at = span.start;
    while at + 1 < span.end {
        match (bytes[at], bytes[at + 1]) {
            (b'\\', _) => at += 2,
            (b']', b':') => return written(text, at + 2, span.end),
            _ => at += 1,
        }
    }
    None
}

/// The label of a reference of which the text ends at `from` and the whole at `end`; `start` is where the text begins.
pub(super) fn label(text: &str, start: usize, from: usize, end: usize) -> Option<Span> {
    let inner_end = end.checked_sub(1)?;
    match text.get(from..end)?.find("][") {
        Some(at) if from + at + 2 < inner_end => Some(Span::new(from + at + 2, inner_end)),
        Some(at) => Some(Span::new(start, from + at)),
        None => (start <= inner_end).then(|| Span::new(start, inner_end)),
    }
}

/// The destination that begins behind blanks at `from`: between angle brackets, or up to a blank or an unbalanced `)`.
fn written(text: &str, from: usize, end: usize) -> Option<Span> {
    let bytes = text.as_bytes();
    let start = (from..end).find(|at| !bytes[*at].is_ascii_whitespace())?;
    let angle = bytes[start] == b'<';
    let start = if angle { start + 1 } else { start };
    let (mut at, mut depth) = (start, 0_usize);
    while at < end {
        match bytes[at] {
            b'\\' => at += 1,
            b'>' if angle => break,
            _ if angle => {}
            b'(' => depth += 1,
            b')' if depth == 0 => break,
            b')' => depth -= 1,
            byte if byte.is_ascii_whitespace() => break,
            _ => {}
        }
        at += 1;
    }
    Some(Span::new(start, at.min(end)))
}
