//! How an exception is taken out of its comment, so that what is left of the comment and of its line is sound.

use crate::facts::Source;
use crate::formats::comments::Comment;
use crate::text::Span;

/// The bytes to take away, and what stands there then. `directive` is the exception's part of the comment.
pub(super) fn of(source: &Source<'_>, comment: &Comment, directive: Span) -> (Span, String) {
    let text = source.bytes;
    let line_of = |byte: usize| super::line_of(source, byte);
    let before = Span::new(comment.span.start, directive.start).slice(text);
    let after = Span::new(directive.end, comment.span.end).slice(text);
    if !says_something(before) && !says_something(after) {
        return whole(source, comment.whole);
    }
    let line = line_of(directive.start);
    let in_line = |start: usize, end: usize| Span::new(start.max(line.start), end.min(line.end)).slice(text);
    let inner = comment.span.start < line.start && line.end < comment.span.end;
    let alone = !says_something(in_line(line.start, directive.start)) && !says_something(in_line(directive.end, line.end));
    if inner && alone {
        return (Span::new(line.start, next_line(source, line.end)), String::new());
    }
    let follows = in_line(directive.end, comment.span.end).trim_ascii_start();
    let start = directive.start - blanks_before(text, directive.start);
    match says_something(follows) {
        true => (Span::new(directive.start, directive.end + blanks_behind(text, directive.end)), String::new()),
        false => (Span::new(start, directive.end), String::new()),
    }
}

/// Takes away a whole comment: with its lines where nothing else stands in them, else with the blanks that held it apart.
fn whole(source: &Source<'_>, comment: Span) -> (Span, String) {
    let text = source.bytes;
    let first = super::line_of(source, comment.start);
    let last = super::line_of(source, comment.end.saturating_sub(1).max(comment.start));
    let starts_line = is_blank(&text[first.start..comment.start]);
    let ends_line = is_blank(&text[comment.end.min(last.end)..last.end]);
    match (starts_line, ends_line) {
        (true, true) => (Span::new(first.start, next_line(source, last.end)), String::new()),
        (false, true) => (Span::new(comment.start - blanks_before(text, comment.start), comment.end), String::new()),
        (_, false) => {
            // Of the blanks on both sides those before it stay, and what it held apart does not grow together.
            let end = comment.end + blanks_behind(text, comment.end);
            let is_markup = text[comment.start..].starts_with(b"<!--");
            let apart = is_markup || starts_line || blanks_before(text, comment.start) > 0;
            (Span::new(comment.start, end), if apart { String::new() } else { " ".into() })
        }
    }
}

/// Whether text holds more than marks and blanks. It is short, or ends or starts with another exception.
fn says_something(text: &[u8]) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80;
    let half = text.len() / 2;
    text[half..].iter().rev().zip(text[..half].iter().chain(std::iter::repeat(&b' '))).any(|(a, b)| is_word(a) || is_word(b))
}

fn is_blank(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_whitespace)
}

fn blanks_before(text: &[u8], at: usize) -> usize {
    text[..at].iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

fn blanks_behind(text: &[u8], at: usize) -> usize {
    text[at.min(text.len())..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// Behind the line break at `end`.
fn next_line(source: &Source<'_>, end: usize) -> usize {
    let rest = &source.bytes[end.min(source.bytes.len())..];
    match rest {
        [b'\r', b'\n', ..] => end + 2,
        [b'\r' | b'\n', ..] => end + 1,
        _ => end,
    }
}
