//! `${…}`, taken apart.

use super::Form;
use crate::formats::code::Node;

/// Bytes of a default that is told; no default is longer.
const MAX_DEFAULT: usize = 4096;

/// What an expansion says.
pub(super) struct Parts<'t> {
    pub way: Way<'t>,
    pub form: Form,
    /// `${K:OFFSET}`
    pub is_slice: bool,
}

/// Which variable is meant.
pub(super) enum Way<'t> {
    Direct(Node<'t>),
    /// The one whose name this variable holds: `${!name}`.
    Through(Node<'t>),
    /// All whose names begin alike: `${!PREFIX*}`.
    Names,
}

/// The parts of an `expansion`; `None` where it means no variable by its name.
pub(super) fn parts(node: Node<'_>) -> Option<Parts<'_>> {
    let mut children = node.children().skip(1);
    let mut first = children.next()?;
    let is_indirect = first.text() == "!";
    let is_length = first.text() == "#";
    if is_indirect || is_length {
        first = children.next()?;
    }
    let name = match first.kind() {
        "variable_name" => first,
        // The keys of an array are no variables.
        "subscript" if !is_indirect => first.field("name")?,
        _ => return None,
    };
    let text = node.code().text();
    let end = node.span().end.checked_sub(1).filter(|end| *end >= first.span().end)?;
    let rest = text.get(first.span().end..end)?;
    let way = match is_indirect {
        false => Way::Direct(name),
        true if matches!(rest, "*" | "@") => Way::Names,
        true => Way::Through(name),
    };
    let form = if is_length { Form::plain("${#K}") } else { form(rest) };
    let is_slice = is_offset(rest);
    Some(Parts { way, form, is_slice })
}

/// Whether what follows the name is an offset, and no default.
fn is_offset(rest: &str) -> bool {
    rest.strip_prefix(':').is_some_and(|rest| !rest.starts_with(['-', '=', '?', '+']))
}

/// `$K`
pub(in super::super) fn form_of_bare() -> Form {
    Form::plain("$K")
}

/// What stands behind the name tells what becomes of it when it is unset.
pub(in super::super) fn form(rest: &str) -> Form {
    let (colon, rest) = match rest.strip_prefix(':') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let mut chars = rest.chars();
    let (required, idiom) = match (chars.next(), colon) {
        (Some('-'), true) => ("no", "${K:-}"),
        (Some('-'), false) => ("no", "${K-}"),
        (Some('='), true) => ("no", "${K:=}"),
        (Some('='), false) => ("no", "${K=}"),
        (Some('?'), true) => return Form { required: "yes", default: None, idiom: "${K:?}" },
        (Some('?'), false) => return Form { required: "yes", default: None, idiom: "${K?}" },
        (Some('+'), true) => return Form { required: "no", default: None, idiom: "${K:+}" },
        (Some('+'), false) => return Form { required: "no", default: None, idiom: "${K+}" },
        _ => return Form::plain("${K}"),
    };
    Form { required, default: default(chars.as_str()), idiom }
}

/// The default, where it is known whole.
fn default(text: &str) -> Option<String> {
    let is_quoted = |quote: char| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
    let inner = match is_quoted('"') || is_quoted('\'') {
        true => &text[1..text.len() - 1],
        false => text,
    };
    let is_literal = text.len() <= MAX_DEFAULT && !inner.contains(['$', '`', '\\', '"', '\'']);
    is_literal.then(|| inner.to_owned())
}
