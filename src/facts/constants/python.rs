//! Where Python binds a constant, and what its collections look like.

use super::parts::{Shape, Use};
use super::{Binding, Forms, Part};
use crate::facts::names::{literal_text, string_value};
use crate::formats::code::Node;

pub(super) struct Python;

impl Forms for Python {
    fn binding<'t>(&self, name: &str, node: Node<'t>) -> Option<Binding<'t>> {
        match node.kind() {
            "assignment" => {
                let left = node.field("left")?;
                let value = node.field("right")?;
                if left.text() == name {
                    return Some(Binding::Value(last_of_chain(value)));
                }
                if left.kind() == "subscript" && left.field("value")?.text() == name {
                    let key = left.field("subscript").filter(|key| string_value(*key).is_some())?;
                    return Some(Binding::Items(vec![key], Use::Key));
                }
                let is_pattern = matches!(left.kind(), "pattern_list" | "tuple_pattern" | "list_pattern");
                let named = left.named_children().find(|target| target.text() == name)?;
                is_pattern.then_some(Binding::Unknown(named))
            }
            "augmented_assignment" if node.field("left")?.text() == name => {
                let adds = matches!(node.field("operator")?.text(), "+=" | "|=");
                Some(if adds { Binding::Addition(node.field("right")?) } else { Binding::Unknown(node) })
            }
            "call" => changed(name, node),
            "class_definition" if node.field("name")?.text() == name && is_enum(node) => {
                Some(Binding::Members(node.field("body")?))
            }
            _ => None,
        }
    }

    fn member<'t>(&self, statement: Node<'t>) -> Option<Part<'t>> {
        let assignment = statement.named_children().next().filter(|child| child.kind() == "assignment")?;
        let name = assignment.field("left").filter(|left| left.kind() == "identifier" && !left.text().starts_with('_'))?;
        let value = assignment.field("right")?;
        let (text, node) = literal_text(value).map_or((name.text().to_owned(), name), |text| (text, value));
        Some(Part::Known { value: text, key: Some(name.text().to_owned()), node })
    }

    fn shape<'t>(&self, node: Node<'t>, context: Use) -> Shape<'t> {
        match node.kind() {
            "list" | "tuple" | "set" | "expression_list" if context != Use::Item => Shape::Items(node),
            "dictionary" if context != Use::Item => Shape::Items(node),
            "list_splat" | "dictionary_splat" => Shape::Spread(node.named_children().collect()),
            // `dict(KEY="value")`
            "keyword_argument" => node.field("name").map_or(Shape::Unknown, Shape::BareKey),
            "pair" => node.field("key").map_or(Shape::Unknown, Shape::Key),
            "binary_operator" if context != Use::Item => sum(node),
            "call" if context != Use::Item => call(node),
            "subscript" if context != Use::Item => literal_type(node),
            "identifier" => Shape::Name,
            _ => Shape::Unknown,
        }
    }
}

/// Calls that hand on the items of their argument.
const WRAPPERS: [&str; 10] =
    ["frozenset", "set", "tuple", "list", "sorted", "OrderedDict", "MappingProxyType", "frozendict", "deque", "Counter"];

/// `NAME.append("x")` and its like.
fn changed<'t>(name: &str, call: Node<'t>) -> Option<Binding<'t>> {
    let callee = call.field("function").filter(|callee| callee.kind() == "attribute")?;
    if callee.field("object")?.text() != name {
        return None;
    }
    let given: Vec<Node<'t>> = call.field("arguments")?.named_children().collect();
    Some(match (callee.field("attribute")?.text(), given.as_slice()) {
        ("append" | "add", [item]) | ("insert", [_, item]) => Binding::Items(vec![*item], Use::Item),
        ("setdefault", [key, ..]) => Binding::Items(vec![*key], Use::Key),
        ("extend" | "update", [items]) => Binding::Addition(*items),
        ("extend" | "update" | "remove" | "discard" | "pop" | "popitem" | "clear", _) => Binding::Unknown(call),
        _ => return None,
    })
}

/// `A + ["x"]` and `A | {"x"}`; a sum of strings is computed.
fn sum(node: Node<'_>) -> Shape<'_> {
    let adds = node.field("operator").is_some_and(|operator| matches!(operator.text(), "+" | "|"));
    match (node.field("left"), node.field("right")) {
        (Some(left), Some(right)) if adds && string_value(left).is_none() && string_value(right).is_none() => {
            Shape::Spread(vec![left, right])
        }
        _ => Shape::Unknown,
    }
}

fn call(node: Node<'_>) -> Shape<'_> {
    let (Some(callee), Some(arguments)) = (node.field("function"), node.field("arguments")) else { return Shape::Unknown };
    // `frozenset[str](…)` is a call of the generic type.
    let callee = if callee.kind() == "subscript" { callee.field("value").unwrap_or(callee) } else { callee };
    let mut given: Vec<Node<'_>> = arguments.named_children().collect();
    if callee.kind() == "attribute" {
        let method = callee.field("attribute").map_or("", |method| method.text());
        if matches!(method, "union" | "copy") {
            given.extend(callee.field("object"));
            return Shape::Spread(given);
        }
    }
    let function = callee.text().rsplit('.').next().unwrap_or_default();
    match function {
        "dict" => Shape::Spread(given),
        _ if WRAPPERS.contains(&function) && given.len() <= 1 => Shape::Spread(given),
        "sorted" => Shape::Spread(given.into_iter().take(1).collect()),
        _ => Shape::Unknown,
    }
}

/// `Literal["a", "b"]`
fn literal_type(node: Node<'_>) -> Shape<'_> {
    let is_literal = node.field("value").is_some_and(|value| value.text().rsplit('.').next() == Some("Literal"));
    if is_literal { Shape::Parts(node.children().filter(|child| child.role() == "subscript").collect()) } else { Shape::Unknown }
}

fn is_enum(class: Node<'_>) -> bool {
    let bases = class.field("superclasses").into_iter().flat_map(|list| list.named_children());
    bases.map(|base| base.text()).any(|base| base.ends_with("Enum") || base.ends_with("Flag"))
}

fn last_of_chain(value: Node<'_>) -> Node<'_> {
    let mut value = value;
    for _ in 0..16 {
        match value.field("right") {
            Some(next) if value.kind() == "assignment" => value = next,
            _ => break,
        }
    }
    value
}
