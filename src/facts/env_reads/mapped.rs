//! Text that stands inside of another file (a script in a YAML scalar), with the place of each of its bytes.

use crate::text::Span;

/// The text as the inner language sees it.
#[derive(Default)]
pub(super) struct Mapped {
    pub text: String,
    /// By byte of the text: the byte of the file.
    at: Vec<u32>,
}

impl Mapped {
    /// A part of the file as it is.
    pub fn push_str(&mut self, text: &str, from: usize) {
        self.text.push_str(text);
        self.at.extend((from..from + text.len()).map(|at| at as u32));
    }

    /// A character that stands for what begins at `from`.
    pub fn push(&mut self, c: char, from: usize) {
        self.text.push(c);
        self.at.extend(std::iter::repeat_n(from as u32, c.len_utf8()));
    }

    /// Where a part of the text stands in the file.
    pub fn span(&self, inner: Span) -> Span {
        let place = |at: usize| self.at.get(at).map(|at| *at as usize);
        let start = place(inner.start).or_else(|| place(self.at.len().wrapping_sub(1))).unwrap_or(0);
        match inner.end.checked_sub(1).filter(|last| *last >= inner.start).and_then(place) {
            Some(last) => Span::new(start, (last + 1).max(start)),
            None => Span::at(start),
        }
    }

    /// Overwrites a part of the text with as many bytes that mean nothing.
    pub fn blank(&mut self, part: std::ops::Range<usize>) {
        let filler = "x".repeat(part.len());
        self.text.replace_range(part, &filler);
    }
}

/// The value of a YAML scalar (or a JSON string) that is written in `written`, which begins at `from`.
pub(super) fn scalar(written: &str, from: usize) -> Mapped {
    let mut mapped = Mapped::default();
    match written.as_bytes().first() {
        Some(b'|' | b'>') => block(written, from, &mut mapped),
        Some(b'"') => double_quoted(written, from, &mut mapped),
        Some(b'\'') => {
            let inner = written.get(1..written.len().max(2) - 1).unwrap_or_default();
            folded(inner, from + 1, "''", &mut mapped);
        }
        _ => folded(written, from, "", &mut mapped),
    }
    mapped
}

/// `|` and `>`: the lines without their indentation. In a folded one, lines of text become one.
fn block(written: &str, from: usize, mapped: &mut Mapped) {
    let folds = written.starts_with('>');
    let header = written.find('\n').map_or(written.len(), |newline| newline + 1);
    let indent_of = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let indent = written[header..].lines().find(|line| !line.trim().is_empty()).map_or(0, indent_of);
    let mut at = header;
    let mut was_text = false;
    for line in written[header..].split_inclusive('\n') {
        let own = indent_of(line).min(indent);
        let text = line[own..].trim_end_matches(['\n', '\r']);
        let is_text = !text.is_empty() && !text.starts_with([' ', '\t']);
        if at > header {
            let joined = folds && is_text && was_text;
            mapped.push(if joined { ' ' } else { '\n' }, at - 1);
        }
        mapped.push_str(text, from + at + own);
        was_text = is_text;
        at += line.len();
    }
    mapped.push('\n', from + written.len().saturating_sub(1));
}

/// A plain or a single-quoted scalar: line breaks fold, `doubled` stands for half of itself.
fn folded(written: &str, from: usize, doubled: &str, mapped: &mut Mapped) {
    let mut at = 0;
    while let Some(c) = written[at..].chars().next() {
        let rest = &written[at..];
        let step = match c {
            '\n' | '\r' => {
                let blank = rest.len() - rest.trim_start().len();
                let is_paragraph = rest[..blank].matches('\n').count() > 1;
                mapped.push(if is_paragraph { '\n' } else { ' ' }, from + at);
                blank
            }
            _ => {
                mapped.push_str(&rest[..c.len_utf8()], from + at);
                if !doubled.is_empty() && rest.starts_with(doubled) { doubled.len() } else { c.len_utf8() }
            }
        };
        at += step;
    }
}

/// A double-quoted scalar: escapes, and line breaks fold.
fn double_quoted(written: &str, from: usize, mapped: &mut Mapped) {
    let inner = written.get(1..).map_or("", |rest| rest.strip_suffix('"').unwrap_or(rest));
    let mut at = 0;
    while let Some(c) = inner[at..].chars().next() {
        let rest = &inner[at..];
        let step = match c {
            '\\' => {
                let (c, length) = escape(&rest[1..]);
                if let Some(c) = c {
                    mapped.push(c, from + 1 + at);
                }
                1 + length
            }
            '\n' | '\r' => {
                mapped.push(' ', from + 1 + at);
                rest.len() - rest.trim_start().len()
            }
            _ => {
                mapped.push_str(&rest[..c.len_utf8()], from + 1 + at);
                c.len_utf8()
            }
        };
        at += step;
    }
}

/// What follows a backslash: the character that it stands for, and its length.
fn escape(rest: &str) -> (Option<char>, usize) {
    let Some(c) = rest.chars().next() else { return (Some('\\'), 0) };
    let hex = |digits: usize| {
        let code = rest.get(1..=digits).and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
        code.map_or((Some('\u{fffd}'), c.len_utf8()), |c| (Some(c), 1 + digits))
    };
    match c {
        'x' => hex(2),
        'u' => hex(4),
        'U' => hex(8),
        'n' => (Some('\n'), 1),
        't' => (Some('\t'), 1),
        'r' => (Some('\r'), 1),
        '0' => (Some('\0'), 1),
        // A line break that is escaped is none, and neither is the next line's indentation.
        '\n' | '\r' => (None, rest.len() - rest.trim_start().len()),
        c => (Some(c), c.len_utf8()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scalar_knows_where_each_of_its_bytes_stands() {
        for (written, value) in [
            ("plain", "plain"),
            ("two\n    lines", "two lines"),
            ("'it''s'", "it's"),
            ("\"a\\\"b\\u0041\\n\\\n   c\"", "a\"bA\nc"),
            ("|\n  one\n    two\n\n  three\n", "one\n  two\n\nthree\n"),
            ("|-\r\n  one\r\n  two", "one\ntwo\n"),
            (">\n  one\n  two\n\n  three", "one two\n\nthree\n"),
            ("\"", ""),
            ("'", ""),
            ("|", "\n"),
            ("\"\\", "\\"),
            ("é", "é"),
        ] {
            let mapped = scalar(written, 10);
            assert_eq!(mapped.text, value, "{written:?}");
            for (at, c) in mapped.text.char_indices().filter(|(_, c)| c.is_ascii_lowercase()) {
                let span = mapped.span(Span::new(at, at + 1));
                assert_eq!(&written[span.start - 10..span.end - 10], c.to_string(), "{written:?}");
            }
            assert!(mapped.span(Span::at(mapped.text.len())).end <= 10 + written.len());
        }
    }
}
