//! The words of exceptions in comments.

use jiff::civil::Date;
use memchr::memmem;

use super::MARK;
use crate::facts::shown;
use crate::text::Span;

/// An exception as it is written.
#[derive(Default)]
pub(super) struct Directive {
    /// From its first byte to the end of its reason.
    pub span: Span,
    pub rules: Vec<(String, Span)>,
    pub until: Option<Date>,
    pub reason: String,
    pub fault: Option<(String, String)>,
}

const FORM: &str = "the form is `ssot:allow(RULE[, RULE…]) [until=YYYY-MM-DD] REASON`";

/// The exceptions in one comment, in order. One ends with its line, or where the next one starts.
pub(super) fn directives(text: &[u8], comment: Span) -> Vec<Directive> {
    let inside = Span::new(comment.start, content_end(text, comment));
    let starts: Vec<usize> = found(text, inside).filter(|at| is_meant(text, inside, *at)).collect();
    let mut directives = Vec::new();
    for (at, start) in starts.iter().enumerate() {
        let limit = starts.get(at + 1).copied().unwrap_or(inside.end);
        let line = &text[*start..limit];
        let length = line.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(line.len());
        directives.push(Directive::read(text, Span::new(*start, *start + length)));
    }
    directives
}

/// Where a file without known comments seems to hold an exception.
pub(super) fn mentions(text: &[u8]) -> impl Iterator<Item = Span> {
    let whole = Span::new(0, text.len());
    let is_call = |at: &usize| text.get(at + MARK.len()) == Some(&b'(');
    let apart = |at: &usize| at.checked_sub(1).is_none_or(|before| !is_word(text[before]) && text[before] != b'`');
    found(text, whole).filter(move |at| is_call(at) && apart(at)).map(|at| Span::new(at, at + MARK.len()))
}

fn found(text: &[u8], part: Span) -> impl Iterator<Item = usize> {
    memmem::find_iter(part.slice(text), MARK).map(move |at| part.start + at)
}

/// Where the text of a comment ends: before what closes it.
fn content_end(text: &[u8], comment: Span) -> usize {
    let bytes = comment.slice(text);
    let closing = [("/*", "*/"), ("<!--", "-->"), ("--[[", "]]")].into_iter().find(|(open, close)| {
        bytes.starts_with(open.as_bytes()) && bytes.ends_with(close.as_bytes()) && bytes.len() >= open.len() + close.len()
    });
    comment.end - closing.map_or(0, |(_, close)| close.len())
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Whether an exception is meant, and not only spoken of: it is followed by a list of rules and not quoted, or it is what the
/// line of the comment starts with.
fn is_meant(text: &[u8], comment: Span, at: usize) -> bool {
    let before = &text[comment.start..at];
    let quoted = before.last().is_some_and(|byte| is_word(*byte) || matches!(byte, b'`' | b'"' | b'\'' | b':' | b'.'));
    match text[..comment.end].get(at + MARK.len()) {
        _ if quoted => false,
        Some(b'(') => true,
        Some(byte) if is_word(*byte) || *byte == b'-' => false,
        _ => {
            let line = before.iter().rev().take_while(|byte| !matches!(byte, b'\n' | b'\r'));
            line.take(1000).all(|byte| !is_word(*byte))
        }
    }
}

impl Directive {
    fn read(text: &[u8], span: Span) -> Self {
        let span = Span::new(span.start, span.start + span.slice(text).trim_ascii_end().len());
        let mut directive = Directive { span, ..Directive::default() };
        if let Err(fault) = directive.parse(text) {
            directive.fault = Some((fault, FORM.into()));
        }
        directive
    }

    fn parse(&mut self, text: &[u8]) -> Result<(), String> {
        let open = self.span.start + MARK.len();
        let list = text[open..self.span.end].strip_prefix(b"(").ok_or("`ssot:allow` names no rule in parentheses")?;
        let length = list.iter().position(|byte| *byte == b')').ok_or("the list of rules has no `)` in its line")?;
        let mut start = open + 1;
        for part in list[..length].split(|byte| *byte == b',') {
            let id = part.trim_ascii();
            let from = start + (part.len() - part.trim_ascii_start().len());
            start += part.len() + 1;
            let name = String::from_utf8_lossy(id).into_owned();
            if id.is_empty() || id.iter().any(|byte| byte.is_ascii_whitespace() || *byte == b'(') {
                return Err(format!("`{}` is no rule id", shown(&name)));
            }
            self.rules.push((name, Span::new(from, from + id.len())));
        }
        let rest = String::from_utf8_lossy(&text[open + 1 + length + 1..self.span.end]).into_owned();
        let mut reason = without_separator(&rest);
        if let Some(dated) = reason.strip_prefix("until=") {
            let (date, rest) = dated.split_at(dated.find(char::is_whitespace).unwrap_or(dated.len()));
            self.until = Some(day(date).ok_or_else(|| format!("`until={}` is no date", shown(date)))?);
            reason = without_separator(rest);
        }
        if reason.split_whitespace().any(|word| word.starts_with("until=")) {
            return Err("`until=` stands behind the reason, where it does not count".into());
        }
        if reason.chars().any(char::is_alphanumeric) {
            self.reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        Ok(())
    }
}

/// People write `: `, `- ` or `— ` before a reason.
fn without_separator(text: &str) -> &str {
    text.trim().trim_start_matches([':', '-', '–', '—']).trim_start()
}

fn day(text: &str) -> Option<Date> {
    (text.len() == 10).then(|| text.parse().ok()).flatten()
}
