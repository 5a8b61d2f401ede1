//! Exceptions that stand in comments: `ssot:allow(RULE[, RULE…]) [until=YYYY-MM-DD] REASON`.

mod read;
mod removal;
#[cfg(test)]
mod tests;

use jiff::civil::Date;

use crate::facts::Source;
use crate::finding::Place;
use crate::formats::comments::{Comment, comments};
use crate::text::Span;
use read::{Directive, directives};

/// What an exception in a comment starts with. A file without it has none.
pub const MARK: &str = "ssot:allow";

/// An exception in a comment, or what was meant to be one.
#[derive(Clone, Debug, PartialEq)]
pub struct Inline {
    /// The comment, as far as it stands in the exception's line.
    pub place: Place,
    pub rules: Vec<Named>,
    /// The last day on which it counts.
    pub until: Option<Date>,
    /// One line; empty where none is given.
    pub reason: String,
    /// Why it cannot be read, and what to do; it accepts nothing then.
    pub fault: Option<(String, String)>,
    pub reach: Reach,
    /// The bytes to take away where it is not needed, and what stands there then.
    pub removal: (Span, String),
}

/// A rule that an exception names.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    pub id: String,
    /// The id itself.
    pub span: Span,
    pub place: Place,
    /// The bytes to take away where only this one of several is not needed.
    pub removal: Span,
}

/// The lines in which an exception counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// The exception's own line, which a finding may touch with any of its lines.
    pub first: usize,
    /// The last line of its comment, the same.
    pub comment: usize,
    /// The last line that a finding may start in: the one below the comment lines.
    pub last: usize,
}

/// The exceptions of a file, in order.
pub fn read(source: &Source<'_>) -> Vec<Inline> {
    let code = source.code().and_then(Result::ok);
    match comments(source.path, source.bytes, code) {
        Some(comments) => {
            let lines = Lines::new(source, &comments);
            let inside = |comment: &Comment| directives(source.bytes, comment.span);
            comments.iter().flat_map(|comment| inside(comment).into_iter().map(|one| lines.inline(comment, &one))).collect()
        }
        None => misplaced(source),
    }
}

/// What looks like an exception in a file whose comments are not known, once a line. What is no text has none.
fn misplaced(source: &Source<'_>) -> Vec<Inline> {
    let text = source.bytes;
    if text.iter().take(8000).any(|byte| *byte == 0) {
        return Vec::new();
    }
    let mut found: Vec<Inline> = Vec::new();
    for directive in read::mentions(text) {
        let place = source.place(directive);
        if found.last().is_none_or(|last| last.place.line() != place.line()) {
            let fault = "`ssot:allow` does not count here: there are no comments in this file that ssot knows";
            found.push(Inline {
                place,
                rules: Vec::new(),
                until: None,
                reason: String::new(),
                fault: Some((fault.into(), "remove it, and write an `allow` entry into the policy".into())),
                reach: Reach::default(),
                removal: (directive, String::new()),
            });
        }
    }
    found
}

/// The lines of a file, and what comments leave of them.
struct Lines<'s> {
    source: &'s Source<'s>,
    /// By line, from 0: of a line that holds comments alone, the last such line below it without another between.
    runs: Vec<Option<usize>>,
}

impl<'s> Lines<'s> {
    fn new(source: &'s Source<'_>, comments: &[Comment]) -> Self {
        let count = source.lines().lines();
        let mut commented = vec![false; count];
        let mut bare = vec![true; count];
        let line = |byte: usize| source.lines().position(source.bytes, byte).line - 1;
        let mut at = source.bytes.len() - source.body().0.len();
        let ends = comments.iter().map(|comment| comment.whole).chain([Span::at(source.bytes.len())]);
        for whole in ends {
            let mut number = line(at);
            for byte in at..whole.start {
                while number + 1 < count && source.lines().line_start(number + 2) <= byte {
                    number += 1;
                }
                bare[number] &= source.bytes[byte].is_ascii_whitespace();
            }
            if !whole.is_empty() {
                commented[line(whole.start)..=line(whole.end - 1)].fill(true);
            }
            at = whole.end.max(at);
        }
        let mut runs = vec![None; count];
        for number in (0..count).rev().filter(|number| commented[*number] && bare[*number]) {
            runs[number] = Some(runs.get(number + 1).copied().flatten().unwrap_or(number));
        }
        Lines { source, runs }
    }

    fn inline(&self, comment: &Comment, directive: &Directive) -> Inline {
        let place = |span| self.source.place(span);
        let ids = &directive.rules;
        let rules = ids.iter().enumerate().map(|(at, (id, span))| Named {
            id: id.clone(),
            span: *span,
            place: if ids.len() == 1 { place(self.visible(comment, directive)) } else { place(*span) },
            removal: match (ids.get(at + 1), at.checked_sub(1).and_then(|before| ids.get(before))) {
                (Some((_, next)), _) => Span::new(span.start, next.start),
                (None, Some((_, before))) => Span::new(before.end, span.end),
                (None, None) => *span,
            },
        });
        Inline {
            place: place(self.visible(comment, directive)),
            rules: rules.collect(),
            until: directive.until,
            reason: directive.reason.clone(),
            fault: directive.fault.clone(),
            reach: self.reach(comment, directive),
            removal: removal::of(self.source, comment, directive.span),
        }
    }

    fn reach(&self, comment: &Comment, directive: &Directive) -> Reach {
        let line = |byte: usize| self.source.lines().position(self.source.bytes, byte).line;
        let first = line(directive.span.start);
        let comment = line(comment.span.end.saturating_sub(1).max(comment.span.start));
        let run = self.runs.get(first - 1).copied().flatten();
        Reach { first, comment, last: run.map_or(comment, |last| last + 2) }
    }

    /// The part of a comment that stands in the exception's line.
    fn visible(&self, comment: &Comment, directive: &Directive) -> Span {
        let line = line_of(self.source, directive.span.start);
        let blanks = line.slice(self.source.bytes).iter().take(1000).take_while(|byte| byte.is_ascii_whitespace());
        let indent = if comment.span.start >= line.start { 0 } else { blanks.count() };
        Span::new((line.start + indent).max(comment.span.start), line.end.min(comment.span.end))
    }
}

/// The line that holds `byte`, without its line break, in constant time: a line may hold very many exceptions.
fn line_of(source: &Source<'_>, byte: usize) -> Span {
    let lines = source.lines();
    let number = lines.position(source.bytes, byte).line;
    let start = lines.line_start(number);
    let next = if number < lines.lines() { lines.line_start(number + 1) } else { source.bytes.len() };
    let breaks = source.bytes[start..next].iter().rev().take(2).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    Span::new(start, next - breaks)
}
