//! Where Rust binds a constant, and what its collections look like.

use super::parts::{Shape, Use};
use super::{Binding, Forms, Part};
use crate::facts::names::{call, literal_text, plain};
use crate::formats::code::Node;

pub(super) struct Rust;

/// Methods that hand on the items of what they are called on.
const SAME: [&str; 8] = ["iter", "into_iter", "to_vec", "copied", "cloned", "collect", "into_boxed_slice", "as_slice"];

impl Forms for Rust {
    fn binding<'t>(&self, name: &str, node: Node<'t>) -> Option<Binding<'t>> {
        if !matches!(node.kind(), "const_item" | "static_item" | "enum_item") || node.field("name")?.text() != name {
            return None;
        }
        match node.kind() {
            "enum_item" => node.field("body").map(Binding::Members),
            _ => node.field("value").map(Binding::Value),
        }
    }

    fn member<'t>(&self, child: Node<'t>) -> Option<Part<'t>> {
        let name = child.field("name").filter(|_| child.kind() == "enum_variant")?;
        let value = child.field("value").and_then(|value| Some((literal_text(value)?, value)));
        let (text, node) = value.unwrap_or_else(|| (name.text().to_owned(), name));
        Some(Part::Known { value: text, key: Some(name.text().to_owned()), node })
    }

    fn shape<'t>(&self, node: Node<'t>, context: Use) -> Shape<'t> {
        match node.kind() {
            "array_expression" if context != Use::Item && node.field("length").is_none() => Shape::Items(node),
            "tuple_expression" if context == Use::Entry => node.named_children().next().map_or(Shape::Unknown, Shape::Key),
            "closure_expression" if context != Use::Item => {
                node.field("body").map_or(Shape::Unknown, |body| Shape::Spread(vec![body]))
            }
            "block" if context != Use::Item => {
                node.named_children().last().map_or(Shape::Unknown, |last| Shape::Spread(vec![last]))
            }
            "call_expression" | "macro_invocation" if context != Use::Item => called(node),
            "identifier" | "scoped_identifier" => Shape::Name,
            _ => Shape::Unknown,
        }
    }
}

/// `vec![…]`, `HashSet::from([…])`, `LazyLock::new(|| …)`, `[A, B].concat()`
fn called(node: Node<'_>) -> Shape<'_> {
    let Some(call) = call(node) else { return Shape::Unknown };
    let given: Vec<Node<'_>> = call.arguments.iter().map(|argument| argument.value).collect();
    if node.kind() == "macro_invocation" {
        let name = node.field("macro").map_or("", Node::text);
        let repeats = node.subtree().take(4).any(|part| part.field("length").is_some());
        return if matches!(name, "vec" | "smallvec") && !repeats { Shape::Parts(given) } else { Shape::Unknown };
    }
    let Some(function) = node.field("function") else { return Shape::Unknown };
    if let (Some(receiver), Some(method)) = (function.field("value"), function.field("field")) {
        return match (method.text(), plain(receiver).kind()) {
            (name, _) if SAME.contains(&name) && given.is_empty() => Shape::Spread(vec![receiver]),
            ("concat", "array_expression") => Shape::Spread(plain(receiver).named_children().collect()),
            _ => Shape::Unknown,
        };
    }
    let path = function.text();
    let (of, name) = path.rsplit_once("::").unwrap_or(("", path));
    let of = of.split('<').next().unwrap_or(of).trim_end_matches("::");
    match (name, given.as_slice()) {
        ("new" | "with_hasher", []) => Shape::Nothing,
        ("from" | "from_iter", [only]) if of.ends_with("Map") => match plain(*only).kind() {
            "array_expression" => Shape::Entries(plain(*only).named_children().collect()),
            _ => Shape::Unknown,
        },
        ("new" | "from" | "from_iter", [_]) => Shape::Spread(given),
        _ => Shape::Unknown,
    }
}
