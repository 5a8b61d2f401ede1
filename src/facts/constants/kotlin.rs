//! Where Kotlin binds a constant, and what its collections look like.

use super::java::enum_member;
use super::parts::{Shape, Use};
use super::{Binding, Forms, Part};
use crate::facts::names::{call as call_at, kotlin_value, plain, syntax};
use crate::formats::code::Node;

pub(super) struct Kotlin;

const LISTS: [&str; 14] = [
    "listOf",
    "setOf",
    "arrayOf",
    "mutableListOf",
    "mutableSetOf",
    "hashSetOf",
    "linkedSetOf",
    "sortedSetOf",
    "sequenceOf",
    "listOfNotNull",
    "setOfNotNull",
    "arrayListOf",
    "persistentListOf",
    "persistentSetOf",
];
const MAPS: [&str; 6] = ["mapOf", "mutableMapOf", "hashMapOf", "linkedMapOf", "sortedMapOf", "persistentMapOf"];
/// Methods whose result has the same items.
const SAME_ITEMS: [&str; 9] =
    ["toSet", "toList", "toTypedArray", "sorted", "distinct", "toMutableList", "toMutableSet", "asSequence", "toSortedSet"];

impl Forms for Kotlin {
    fn binding<'t>(&self, name: &str, node: Node<'t>) -> Option<Binding<'t>> {
        match node.kind() {
            "property_declaration" => {
                let names = |kind: &str| node.named_children().find(|child| child.kind() == kind);
                if let Some(pattern) = names("multi_variable_declaration") {
                    let named = pattern.named_children().find(|part| first_name(*part) == name);
                    return named.map(Binding::Unknown);
                }
                let variable = names("variable_declaration").filter(|variable| first_name(*variable) == name)?;
                Some(kotlin_value(node).or_else(|| lazily(node)).map_or(Binding::Unknown(variable), Binding::Value))
            }
            "class_declaration" => {
                let is_named = node.named_children().any(|child| child.kind() == "type_identifier" && child.text() == name);
                let body = node.named_children().find(|child| child.kind() == "enum_class_body");
                body.filter(|_| is_named).map(Binding::Members)
            }
            "assignment" if node.named_children().next()?.text() == name => {
                let adds = node.children().any(|child| child.kind() == "+=");
                let value = node.named_children().nth(1)?;
                Some(if adds { Binding::Addition(value) } else { Binding::Value(value) })
            }
            "call_expression" => changed(name, node),
            _ => None,
        }
    }

    fn member<'t>(&self, child: Node<'t>) -> Option<Part<'t>> {
        if child.kind() != "enum_entry" {
            return None;
        }
        let name = child.named_children().find(|part| part.kind() == "simple_identifier")?;
        let list = child.named_children().find(|part| part.kind() == "value_arguments");
        let given = list.into_iter().flat_map(|list| list.named_children()).filter_map(|given| given.named_children().last());
        Some(enum_member(name, &given.collect::<Vec<_>>()))
    }

    fn shape<'t>(&self, node: Node<'t>, context: Use) -> Shape<'t> {
        match node.kind() {
            "collection_literal" if context != Use::Item => Shape::Items(node),
            "spread_expression" => Shape::Spread(node.named_children().collect()),
            "infix_expression" if context == Use::Entry => node.named_children().next().map_or(Shape::Unknown, Shape::Key),
            "additive_expression" if context != Use::Item && node.children().nth(1).is_some_and(|sign| sign.kind() == "+") => {
                Shape::Spread(node.named_children().collect())
            }
            "call_expression" => call(node, context),
            "simple_identifier" => Shape::Name,
            "navigation_expression" => match syntax(node.code()).member(node) {
                Some((map, keys)) if keys == "keys" && context != Use::Item => Shape::Spread(vec![map]),
                _ => Shape::Name,
            },
            _ => Shape::Unknown,
        }
    }
}

fn first_name(node: Node<'_>) -> &str {
    node.named_children().find(|child| child.kind() == "simple_identifier").map_or("", Node::text)
}

/// The value of `by lazy { value }`.
fn lazily(property: Node<'_>) -> Option<Node<'_>> {
    let delegate = property.named_children().find(|child| child.kind() == "property_delegate")?;
    let call = delegate.named_children().next().and_then(call_at)?;
    let lambda = plain(call.arguments.last()?.value);
    let is_lazy = call.node.text().starts_with("lazy");
    lambda.named_children().last().filter(|body| is_lazy && body.kind() == "statements")?.named_children().last()
}

/// `NAME.add("x")` and its like.
fn changed<'t>(name: &str, node: Node<'t>) -> Option<Binding<'t>> {
    let (receiver, method) = syntax(node.code()).member(node.named_children().next()?)?;
    if receiver.text() != name {
        return None;
    }
    let given: Vec<Node<'t>> = call_at(node)?.arguments.iter().map(|given| given.value).collect();
    Some(match (method.as_str(), given.as_slice()) {
        ("add", [item]) => Binding::Items(vec![*item], Use::Item),
        ("put" | "putIfAbsent", [key, _]) => Binding::Items(vec![*key], Use::Key),
        ("addAll" | "putAll", [items]) => Binding::Addition(*items),
        ("addAll" | "remove" | "removeAll" | "retainAll" | "removeIf" | "clear", _) => Binding::Unknown(node),
        _ => return None,
    })
}

fn call(node: Node<'_>, context: Use) -> Shape<'_> {
    let Some(call) = call_at(node) else { return Shape::Unknown };
    let given: Vec<Node<'_>> = call.arguments.iter().map(|given| given.value).collect();
    let callee = node.named_children().next();
    let member = callee.and_then(|callee| syntax(callee.code()).member(callee));
    let name = member.as_ref().map_or(callee.map_or("", Node::text), |(_, name)| name.as_str());
    match (name, given.as_slice()) {
        ("Pair", [key, _]) if context == Use::Entry => Shape::Key(*key),
        _ if context == Use::Item => Shape::Unknown,
        (name, _) if LISTS.contains(&name) => Shape::Parts(given),
        ("of" | "asList", _) if member.as_ref().is_some_and(|(class, _)| matches!(class.text(), "List" | "Set" | "Arrays")) => {
            Shape::Parts(given)
        }
        (name, _) if MAPS.contains(&name) => Shape::Entries(given),
        ("emptyList" | "emptySet" | "emptyMap" | "emptyArray", []) => Shape::Nothing,
        (name, []) if SAME_ITEMS.contains(&name) => member.map_or(Shape::Unknown, |(object, _)| Shape::Spread(vec![object])),
        ("plus" | "union", [_]) => {
            member.map_or(Shape::Unknown, |(object, _)| Shape::Spread(std::iter::once(object).chain(given.clone()).collect()))
        }
        _ => Shape::Unknown,
    }
}
