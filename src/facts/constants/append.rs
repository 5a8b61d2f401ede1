//! Adding items to a collection literal in the style that it is written in.

use super::Insertion;
use crate::formats::code::Node;
use crate::text::Span;

/// The insertion of `values` behind the last item of `list`; `None` where the literal is broken.
pub(super) fn append(list: Node<'_>, values: &[String]) -> Option<Insertion> {
    let style = Style::of(list)?;
    let items: Vec<String> = values.iter().map(|value| style.quote(value)).collect();
    let mut text = String::new();
    for (index, item) in items.iter().enumerate() {
        let is_first = index == 0;
        // The first new item needs a comma before it only where an item without one stands there.
        if !is_first || !(style.empty || style.trailing_comma) {
            text.push(',');
        }
        if is_first {
            text.push_str(style.kept);
        }
        if !(is_first && style.empty) {
            text.push_str(&style.gap);
        }
        text.push_str(item);
    }
    let is_lone_tuple = list.kind() == "tuple" && style.empty && items.len() == 1;
    if style.trailing_comma || is_lone_tuple {
        text.push(',');
    }
    Some(Insertion { span: Span::new(style.at - style.kept.len(), style.at), text })
}

/// The end of the comment that follows `at` on its line: it is about the item before it.
fn end_of_comment(list: Node<'_>, at: usize) -> usize {
    let comment = list.children().find(|child| child.is_extra() && child.span().start >= at);
    let between = |end: usize| list.code().text().get(at..end).unwrap_or_default();
    comment.map(Node::span).filter(|span| !between(span.start).contains('\n')).map_or(at, |span| span.end)
}

/// How a collection is written.
struct Style<'t> {
    /// Where new items go.
    at: usize,
    /// What stands there since the last item, and has to stand behind that item's comma: its comment.
    kept: &'t str,
    /// What stands between two items behind the comma.
    gap: String,
    trailing_comma: bool,
    empty: bool,
    quote: char,
}

impl<'t> Style<'t> {
    fn of(list: Node<'t>) -> Option<Style<'t>> {
        let source = list.code().text();
        let items: Vec<Node<'_>> = list.named_children().collect();
        let opening = list.children().next()?;
        let quote = items.iter().rev().find_map(|item| item.text().chars().find(|c| matches!(c, '\'' | '"'))).unwrap_or('"');
        let Some(last) = items.last() else {
            let at = opening.span().end;
            return Some(Style { at, kept: "", gap: " ".into(), trailing_comma: false, empty: true, quote });
        };
        let comma = list.children().filter(|child| child.kind() == "," && child.span().start >= last.span().end).last();
        let start = last.span().start;
        let line = source.get(..start)?.rfind('\n').map_or(0, |newline| newline + 1);
        let before = source.get(line..start)?;
        let own_line = line > opening.span().start && before.chars().all(|c| c == ' ' || c == '\t');
        let newline = if source.get(..line).is_some_and(|text| text.ends_with("\r\n")) { "\r\n" } else { "\n" };
        let gap = if own_line { format!("{newline}{before}") } else { " ".to_owned() };
        let behind = comma.map_or(last.span().end, |comma| comma.span().end);
        let at = if own_line { end_of_comment(list, behind) } else { behind };
        let kept = if comma.is_some() { "" } else { source.get(behind..at)? };
        Some(Style { at, kept, gap, trailing_comma: comma.is_some(), empty: false, quote })
    }

    fn quote(&self, value: &str) -> String {
        let mut out = String::with_capacity(value.len() + 2);
        out.push(self.quote);
        for c in value.chars() {
            match c {
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\\' => out.push_str("\\\\"),
                c if c == self.quote => out.extend(['\\', c]),
                c if c.is_control() && u32::from(c) < 0x100 => out.push_str(&format!("\\x{:02x}", u32::from(c))),
                c => out.push(c),
            }
        }
        out.push(self.quote);
        out
    }
}
