//! Dotenv files.

use super::ParseError;
use crate::text::Span;

/// One assignment of a dotenv file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    pub key: String,
    pub key_span: Span,
    /// Unquoted and, from double quotes, unescaped; line breaks are `\n`.
    pub value: String,
    /// The value's bytes, quotes included; of an empty value, the empty span behind `=`.
    pub value_span: Span,
    pub export: bool,
}

/// Reads a dotenv file: its assignments, and the lines that are none. A broken line, or a quote that is never closed, costs
/// only its own line.
///
/// A value may stand in `'…'`, `` `…` `` or `"…"` (which knows `\n`, `\r`, `\t`, `\"`, `\\`, `\$`) over several lines. Without
/// quotes it ends at the line's end or at a `#` behind a blank. A quoted text that more text follows on its line is no quoted
/// value: the whole is taken as it stands.
pub fn parse(text: &str) -> (Vec<Assignment>, Vec<ParseError>) {
    let mut assignments = Vec::new();
    let mut errors = Vec::new();
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    while at < text.len() {
        let line = Line { text, start: at, end: line_end(text, at) };
        let mut end = line.end;
        match line.read() {
            Ok(Some(assignment)) => {
                end = line_end(text, assignment.value_span.end);
                assignments.push(assignment);
            }
            Ok(None) => {}
            Err(error) => errors.push(error),
        }
        at = end + 1;
    }
    (assignments, errors)
}

/// The comments of a dotenv file, in order. What cannot be read has none.
pub fn comments(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    while at < text.len() {
        let mut line = Line { text, start: at, end: line_end(text, at) };
        if let Ok(read) = line.read() {
            let behind = read.map_or(at, |assignment| assignment.value_span.end);
            line.end = line_end(text, behind);
            let start = line.skip_blanks(behind);
            if line.rest(start).starts_with('#') {
                found.push(Span::new(start, line.end));
            }
        }
        at = line.end + 1;
    }
    found
}

/// Where the line ends that `at` is in: at its line break or at the end of the text.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find(['\n', '\r']).map_or(text.len(), |length| at + length)
}

/// A line, without its line break, of the whole text.
struct Line<'t> {
    text: &'t str,
    start: usize,
    end: usize,
}

impl Line<'_> {
    /// The assignment that starts in this line; `None` for a blank line and a comment.
    fn read(&self) -> Result<Option<Assignment>, ParseError> {
        let start = self.skip_blanks(self.start);
        if matches!(self.rest(start).chars().next(), None | Some('#')) {
            return Ok(None);
        }
        let (key_span, equals, export) = self.head(start).ok_or_else(|| ParseError::new(start, "no assignment"))?;
        let (value, value_span) = self.value(equals + 1)?;
        Ok(Some(Assignment { key: self.text[key_span.start..key_span.end].to_owned(), key_span, value, value_span, export }))
    }

    /// `[export] KEY =`: the key, where `=` stands, whether it is exported.
    fn head(&self, start: usize) -> Option<(Span, usize, bool)> {
        let first = self.word(start)?;
        let behind = self.skip_blanks(first.end);
        if self.rest(behind).starts_with('=') {
            return Some((first, behind, false));
        }
        if &self.text[first.start..first.end] != "export" || behind == first.end {
            return None;
        }
        let key = self.word(behind)?;
        let behind = self.skip_blanks(key.end);
        self.rest(behind).starts_with('=').then_some((key, behind, true))
    }

    /// The key at `start`: a letter or `_`, then letters, digits, `_`, `.`, `-`.
    fn word(&self, start: usize) -> Option<Span> {
        let rest = self.rest(start);
        rest.chars().next().filter(|first| first.is_ascii_alphabetic() || *first == '_')?;
        let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')));
        Some(Span::new(start, length.map_or(self.end, |length| start + length)))
    }

    fn value(&self, behind: usize) -> Result<(String, Span), ParseError> {
        let start = self.skip_blanks(behind);
        let quote = self.rest(start).bytes().next().filter(|byte| matches!(byte, b'"' | b'\'' | b'`'));
        let Some(quote) = quote else { return Ok(self.unquoted(behind)) };
        let closed = closing_quote(self.text, start, quote).filter(|end| {
            let tail = &self.text[*end..line_end(self.text, *end)];
            matches!(tail.trim_start_matches(is_blank).chars().next(), None | Some('#'))
        });
        if let Some(end) = closed {
            return Ok((unquote(&self.text[start + 1..end - 1], quote), Span::new(start, end)));
        }
        // Its quotes are part of the text only where they close on this line.
        match closing_quote(&self.text[..self.end], start, quote) {
            Some(_) => Ok(self.unquoted(behind)),
            None => Err(ParseError::new(start, "unterminated quote")),
        }
    }

    /// What stands behind `=`, to the end of the line or a comment, without blanks around it.
    fn unquoted(&self, behind: usize) -> (String, Span) {
        let rest = self.rest(behind);
        let comment = rest.as_bytes().windows(2).position(|pair| matches!(pair, b" #" | b"\t#"));
        let body = comment.map_or(rest, |at| &rest[..at]).trim_end_matches(is_blank);
        let value = body.trim_start_matches(is_blank);
        if value.is_empty() {
            return (String::new(), Span::at(behind));
        }
        let end = behind + body.len();
        (value.to_owned(), Span::new(end - value.len(), end))
    }

    fn rest(&self, from: usize) -> &str {
        &self.text[from..self.end]
    }

    fn skip_blanks(&self, from: usize) -> usize {
        self.end - self.rest(from).trim_start_matches(is_blank).len()
    }
}

fn is_blank(char: char) -> bool {
    matches!(char, ' ' | '\t')
}

/// Behind the quote that closes the one at `start`. Only double quotes know escapes.
fn closing_quote(text: &str, start: usize, quote: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        if *byte == quote {
            return Some(at + 1);
        }
        at += if *byte == b'\\' && quote == b'"' { 2 } else { 1 };
    }
    None
}

fn unquote(inner: &str, quote: u8) -> String {
    let inner = inner.replace("\r\n", "\n");
    if quote != b'"' {
        return inner;
    }
    let mut value = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            value.push(char);
            continue;
        }
        match chars.next() {
            Some('n') => value.push('\n'),
            Some('r') => value.push('\r'),
            Some('t') => value.push('\t'),
            Some(escaped @ ('"' | '\\' | '$')) => value.push(escaped),
            Some(other) => value.extend(['\\', other]),
            None => value.push('\\'),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys and values, after checking that spans and the errors' places lie in the text.
    fn pairs(text: &str) -> Vec<(String, String)> {
        let (assignments, _) = parse(text);
        for one in &assignments {
            assert_eq!(one.key_span.slice(text.as_bytes()), one.key.as_bytes());
        }
        assignments.into_iter().map(|one| (one.key, one.value)).collect()
    }

    fn errors(text: &str) -> Vec<usize> {
        parse(text).1.into_iter().map(|error| error.at).collect()
    }

    #[test]
    fn one_assignment_in_every_spelling() {
        for (line, value) in [
            ("K=v", "v"),
            ("  K = v w \t", "v w"),
            ("export K=v", "v"),
            ("export\tK =v", "v"),
            ("K=", ""),
            ("K= # note", ""),
            ("K=#v", "#v"),
            ("K=v#w # note", "v#w"),
            ("K='a # b' # note", "a # b"),
            ("K='a\\n'", "a\\n"),
            ("K=`a \"b\" 'c'`", "a \"b\" 'c'"),
            (r#"K="a\n\t\"b\" \\ \$ \q""#, "a\n\t\"b\" \\ $ \\q"),
            ("K=\"a\r\nb\"", "a\nb"),
            ("K='a' b", "'a' b"),
            ("K={\"a\": 1}", "{\"a\": 1}"),
            ("K=v\r", "v"),
            ("\u{feff}K=ü", "ü"),
        ] {
            assert_eq!(pairs(line), [("K".to_owned(), value.to_owned())], "{line:?}");
            assert!(errors(line).is_empty(), "{line:?}");
        }
    }

    #[test]
    fn spans_hold_keys_and_values_with_their_quotes() {
        let text = "# c\r\nexport A.b-1 = \"x\ny\" # c\r\nB=\n";
        let (assignments, errors) = parse(text);
        assert_eq!(errors, []);
        let slices: Vec<_> = assignments
            .iter()
            .map(|one| (&text[one.key_span.start..one.key_span.end], &text[one.value_span.start..one.value_span.end], one.export))
            .collect();
        assert_eq!(slices, [("A.b-1", "\"x\ny\"", true), ("B", "", false)]);
        assert_eq!(assignments[1].value_span, Span::at(text.len() - 1));
    }

    #[test]
    fn a_broken_line_costs_itself_alone() {
        assert_eq!(pairs("A=1\n nothing here\n9=x\nexport B\nC=2"), [("A".into(), "1".into()), ("C".into(), "2".into())]);
        assert_eq!(errors("A=1\n nothing here\n9=x\nexport B\nC=2"), [5, 18, 22]);
    }

    #[test]
    fn an_unterminated_quote_costs_its_first_line_alone() {
        for text in ["A=\"x\nB=2\n", "A='x\nB=2", "A=\"x\nB=\"2\"\n"] {
            assert_eq!(pairs(text), [("B".into(), "2".into())], "{text}");
            assert_eq!(errors(text), [2], "{text}");
        }
    }
}
