//! Where JavaScript and TypeScript bind a constant, and what their collections look like.

use super::parts::{Shape, Use};
use super::{Binding, Forms, Part};
use crate::facts::names::{literal_text, plain, string_value};
use crate::formats::code::Node;

/// JavaScript, TypeScript and TSX.
pub(super) struct Script;

impl Forms for Script {
    fn binding<'t>(&self, name: &str, node: Node<'t>) -> Option<Binding<'t>> {
        let named = |role: &str| node.field(role).filter(|target| target.text() == name);
        match node.kind() {
            "variable_declarator" => match named("name") {
                Some(_) => node.field("value").map(Binding::Value),
                None => destructured(name, node.field("name")?).map(Binding::Unknown),
            },
            "field_definition" => named("property").and(node.field("value")).map(Binding::Value),
            "public_field_definition" | "enum_assignment" => named("name").and(node.field("value")).map(Binding::Value),
            "enum_declaration" => named("name").and(node.field("body")).map(Binding::Members),
            "call_expression" => changed(name, node),
            "assignment_expression" => {
                let left = node.field("left")?;
                let target = left.text();
                let exported = target.strip_prefix("module.").unwrap_or(target).strip_prefix("exports.");
                (target == name || exported == Some(name)).then(|| node.field("right").map(Binding::Value))?
            }
            _ => None,
        }
    }

    fn member<'t>(&self, child: Node<'t>) -> Option<Part<'t>> {
        if child.kind() != "enum_assignment" {
            let name =
                string_value(child).or_else(|| (child.kind() == "property_identifier").then(|| child.text().to_owned()))?;
            return Some(Part::Known { value: name.clone(), key: Some(name), node: child });
        }
        let name = child.field("name")?;
        let key = string_value(name).unwrap_or_else(|| name.text().to_owned());
        let value = child.field("value")?;
        let (text, node) = literal_text(value).map_or((key.clone(), name), |text| (text, value));
        Some(Part::Known { value: text, key: Some(key), node })
    }

    fn shape<'t>(&self, node: Node<'t>, context: Use) -> Shape<'t> {
        match node.kind() {
            "array" if context == Use::Entry => node.named_children().next().map_or(Shape::Unknown, Shape::Key),
            "array" | "object" if context != Use::Item && context != Use::Key => Shape::Items(node),
            "spread_element" => Shape::Spread(node.named_children().collect()),
            "pair" => node.field("key").map_or(Shape::Unknown, key),
            "method_definition" => node.field("name").map_or(Shape::Unknown, key),
            "shorthand_property_identifier" => Shape::BareKey(node),
            "new_expression" if context != Use::Item => collection(node),
            "call_expression" if context != Use::Item => call(node),
            "identifier" => Shape::Name,
            _ => Shape::Unknown,
        }
    }
}

/// Calls that hand on the items of their first argument.
const WRAPPERS: [&str; 6] = ["Object.freeze", "Object.seal", "Object.keys", "Array.from", "freeze", "z.enum"];
const COLLECTIONS: [&str; 4] = ["Set", "Map", "WeakSet", "WeakMap"];

/// `NAME.push("x")` and its like.
fn changed<'t>(name: &str, call: Node<'t>) -> Option<Binding<'t>> {
    let callee = call.field("function").filter(|callee| callee.kind() == "member_expression")?;
    if callee.field("object")?.text() != name {
        return None;
    }
    let given: Vec<Node<'t>> = call.field("arguments")?.named_children().collect();
    Some(match (callee.field("property")?.text(), given.as_slice()) {
        ("push" | "unshift" | "add", _) => Binding::Items(given, Use::Item),
        ("set", [key, _]) => Binding::Items(vec![*key], Use::Key),
        ("delete" | "splice" | "pop" | "shift" | "clear", _) => Binding::Unknown(call),
        _ => return None,
    })
}

fn destructured<'t>(name: &str, pattern: Node<'t>) -> Option<Node<'t>> {
    let parts = pattern.named_children().filter(|_| matches!(pattern.kind(), "object_pattern" | "array_pattern"));
    parts.map(|part| part.field("value").or_else(|| part.field("left")).unwrap_or(part)).find(|part| part.text() == name)
}

fn key(node: Node<'_>) -> Shape<'_> {
    match node.kind() {
        "property_identifier" => Shape::BareKey(node),
        "computed_property_name" => node.named_children().next().map_or(Shape::Unknown, Shape::Key),
        _ => Shape::Key(node),
    }
}

/// `new Set([…])`, and `new Map([[key, value], …])`.
fn collection(node: Node<'_>) -> Shape<'_> {
    let constructor = node.field("constructor").map_or("", |name| name.text());
    let given: Vec<Node<'_>> = node.field("arguments").into_iter().flat_map(|list| list.named_children()).collect();
    match (COLLECTIONS.contains(&constructor), given.as_slice()) {
        (true, []) => Shape::Nothing,
        (true, [entries]) if constructor.ends_with("Map") && plain(*entries).kind() == "array" => {
            Shape::Entries(plain(*entries).named_children().collect())
        }
        (true, [_]) => Shape::Spread(given),
        _ => Shape::Unknown,
    }
}

fn call(node: Node<'_>) -> Shape<'_> {
    let (Some(callee), Some(arguments)) = (node.field("function"), node.field("arguments")) else { return Shape::Unknown };
    let given: Vec<Node<'_>> = arguments.named_children().collect();
    if callee.text() == "Array.of" {
        return Shape::Parts(given);
    }
    if WRAPPERS.contains(&callee.text()) && given.len() == 1 {
        return Shape::Spread(given);
    }
    let is_concat = callee.field("property").is_some_and(|method| method.text() == "concat");
    match callee.field("object") {
        Some(object) if is_concat => Shape::Spread(std::iter::once(object).chain(given).collect()),
        _ => Shape::Unknown,
    }
}
