//! Where Go binds a constant, and what its collections look like.

use super::parts::{Shape, Use};
use super::{Binding, Forms, Part};
use crate::facts::names::{call, literal_text};
use crate::formats::code::Node;

pub(super) struct Go;

impl Forms for Go {
    fn binding<'t>(&self, name: &str, node: Node<'t>) -> Option<Binding<'t>> {
        match node.kind() {
            "const_spec" | "var_spec" => {
                let names = || node.children().filter(|child| child.role() == "name" && child.is_named());
                let at = names().position(|target| target.text() == name)?;
                let values: Vec<Node<'t>> = node.field("value").into_iter().flat_map(|list| list.named_children()).collect();
                match values.get(at).filter(|_| values.len() == names().count()) {
                    Some(value) if value.kind() != "iota" => Some(Binding::Value(*value)),
                    // A variable without a value is empty; a constant goes on counting.
                    _ if values.is_empty() && node.kind() == "var_spec" => None,
                    _ => names().nth(at).map(Binding::Unknown),
                }
            }
            // The constants of a type are the members of an enum.
            "const_declaration" => {
                let mut specs = node.named_children().filter(|child| child.kind() == "const_spec");
                specs.any(|spec| spec.field("type").is_some_and(|of| of.text() == name)).then_some(Binding::Members(node))
            }
            _ => None,
        }
    }

    fn member<'t>(&self, child: Node<'t>) -> Option<Part<'t>> {
        let is_member = child.kind() == "const_spec" && (child.field("type").is_some() || child.field("value").is_none());
        let name = child.field("name").filter(|name| is_member && name.text() != "_")?;
        let value = child.field("value").and_then(|list| list.named_children().next());
        let known = value.and_then(|value| Some((literal_text(value)?, value)));
        let (text, node) = known.unwrap_or_else(|| (name.text().to_owned(), name));
        Some(Part::Known { value: text, key: Some(name.text().to_owned()), node })
    }

    fn shape<'t>(&self, node: Node<'t>, context: Use) -> Shape<'t> {
        match node.kind() {
            "composite_literal" if context != Use::Item => {
                let of = node.field("type").map_or("", |of| of.kind());
                let is_collection = matches!(of, "slice_type" | "array_type" | "implicit_length_array_type" | "map_type");
                match node.field("body").filter(|_| is_collection || of == "type_identifier") {
                    // A named type may be a struct: only its plain items are items.
                    Some(body) if is_collection || has_no_fields(body) => Shape::Items(body),
                    _ => Shape::Unknown,
                }
            }
            "keyed_element" => keyed(node),
            "call_expression" if context != Use::Item => set(node),
            "identifier" => Shape::Name,
            _ => Shape::Unknown,
        }
    }
}

fn has_no_fields(body: Node<'_>) -> bool {
    let key = |item: Node<'_>| item.field("key").and_then(|key| key.named_children().next()).map_or("", |key| key.kind());
    body.named_children().all(|item| key(item) != "identifier")
}

/// An entry of a map, or of a list that writes its positions.
fn keyed(node: Node<'_>) -> Shape<'_> {
    let list = node.parent().and_then(Node::parent).and_then(|literal| literal.field("type"));
    let is_map = list.is_none_or(|of| !matches!(of.kind(), "slice_type" | "array_type" | "implicit_length_array_type"));
    let part = if is_map { node.field("key") } else { node.field("value") };
    match part {
        Some(part) if is_map => Shape::Key(part),
        Some(part) => Shape::Parts(vec![part]),
        None => Shape::Unknown,
    }
}

/// `sets.New("a", "b")`
fn set(node: Node<'_>) -> Shape<'_> {
    let Some(call) = call(node) else { return Shape::Unknown };
    let function = node.field("function").map_or("", Node::text);
    let function = function.split('[').next().unwrap_or_default();
    match function {
        "sets.New" | "sets.NewString" | "set.New" | "mapset.NewSet" | "set.From" => {
            Shape::Parts(call.arguments.iter().map(|argument| argument.value).collect())
        }
        _ => Shape::Unknown,
    }
}
