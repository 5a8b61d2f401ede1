//! Adding items to a collection literal in the style that it is written in.

use super::Insertion;
use crate::formats::code::{Language, Node};
use crate::text::Span;

/// The insertion of `values` behind the last item of `list`; `None` where the literal is broken.
pub(super) fn append(list: Node<'_>, values: &[String]) -> Option<Insertion> {
    let style = Style::of(list)?;
    let items: Vec<String> = values.iter().map(|value| style.item(value)).collect::<Option<_>>()?;
    let mut text = String::new();
    for (index, item) in items.iter().enumerate() {
        let is_first = index == 0;
        // The first new item needs a comma before it only where an item without one stands there.
        if style.form != Form::Words && (!is_first || !(style.empty || style.trailing_comma)) {
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

/// Nodes between a list and the constant that it is the value of.
const MAX_CLIMB: usize = 8;

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
    form: Form,
    language: Language,
}

/// How an item is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Quoted(char),
    /// `%w[a b]`: bare, and parted by blanks.
    Words,
    /// `:a`
    Symbol,
}

impl<'t> Style<'t> {
    fn of(list: Node<'t>) -> Option<Style<'t>> {
        let source = list.code().text();
        let items: Vec<Node<'_>> = list.named_children().collect();
        let opening = list.children().next()?;
        let language = list.code().language;
        if language == Language::Rust && counts_items(list) {
            return None;
        }
        let form = form(list, &items);
        let Some(last) = items.last() else {
            let at = opening.span().end;
            return Some(Style { at, kept: "", gap: " ".into(), trailing_comma: false, empty: true, form, language });
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
        Some(Style { at, kept, gap, trailing_comma: comma.is_some(), empty: false, form, language })
    }

    /// The value as an item; `None` where it cannot be spelled like the others.
    fn item(&self, value: &str) -> Option<String> {
        let is_word = !value.is_empty() && value.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':'));
        match self.form {
            Form::Words => is_word.then(|| value.to_owned()),
            Form::Symbol => (is_word && value.chars().all(|c| c.is_alphanumeric() || c == '_')).then(|| format!(":{value}")),
            Form::Quoted(quote) => quoted(value, quote, self.language),
        }
    }
}

/// Whether the type of a Rust constant says how many items its list has.
fn counts_items(list: Node<'_>) -> bool {
    let mut node = list;
    for _ in 0..MAX_CLIMB {
        let Some(parent) = node.parent() else { return false };
        if let Some(written) = parent.field("type") {
            return written.subtree().any(|part| part.kind() == "array_type" && part.field("length").is_some());
        }
        node = parent;
    }
    false
}

/// As most of the last items are written.
fn form(list: Node<'_>, items: &[Node<'_>]) -> Form {
    if matches!(list.kind(), "string_array" | "symbol_array") {
        return Form::Words;
    }
    if items.last().is_some_and(|item| item.kind() == "simple_symbol") {
        return Form::Symbol;
    }
    let is_quote = |c: &char| matches!(c, '\'' | '"');
    Form::Quoted(items.iter().rev().find_map(|item| item.text().chars().find(is_quote)).unwrap_or('"'))
}

/// A string literal of that language; `None` where its quotes cannot hold the value.
fn quoted(value: &str, quote: char, language: Language) -> Option<String> {
    let is_python_or_script = matches!(language, Language::Python | Language::JavaScript | Language::TypeScript | Language::Tsx);
    // Where single quotes take no escapes but their own.
    let is_raw = quote == '\'' && matches!(language, Language::Php | Language::Ruby);
    let is_hole = |c: char| match language {
        Language::Kotlin | Language::Php => c == '$' && !is_raw,
        Language::Ruby => c == '#' && !is_raw,
        _ => false,
    };
    let mut out = String::with_capacity(value.len() + 2);
    out.push(quote);
    for c in value.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            c if c == quote || is_hole(c) => out.extend(['\\', c]),
            c if !c.is_control() => out.push(c),
            '\n' if !is_raw => out.push_str("\\n"),
            '\r' if !is_raw => out.push_str("\\r"),
            '\t' if !is_raw => out.push_str("\\t"),
            c if is_python_or_script && u32::from(c) < 0x100 => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            _ => return None,
        }
    }
    out.push(quote);
    Some(out)
}
