//! Where Java binds a constant, and what its collections look like.

use super::parts::{Shape, Use};
use super::{Binding, Forms, Part};
use crate::facts::names::{call as call_at, literal_text};
use crate::formats::code::Node;

pub(super) struct Java;

impl Forms for Java {
    fn binding<'t>(&self, name: &str, node: Node<'t>) -> Option<Binding<'t>> {
        let named = |role: &str| node.field(role).filter(|target| target.text() == name);
        match node.kind() {
            "variable_declarator" => named("name").and(node.field("value")).map(Binding::Value),
            "enum_declaration" => named("name").and(node.field("body")).map(Binding::Members),
            "assignment_expression" => {
                let left = node.field("left")?;
                (left.field("field").unwrap_or(left).text() == name).then(|| node.field("right").map(Binding::Value))?
            }
            "method_invocation" => changed(name, node),
            _ => None,
        }
    }

    /// A constant of an enum stands for the one literal that it is made with, else for its name.
    fn member<'t>(&self, child: Node<'t>) -> Option<Part<'t>> {
        let name = child.field("name").filter(|_| child.kind() == "enum_constant")?;
        let arguments: Vec<Node<'t>> = child.field("arguments").into_iter().flat_map(|list| list.named_children()).collect();
        Some(enum_member(name, &arguments))
    }

    fn shape<'t>(&self, node: Node<'t>, context: Use) -> Shape<'t> {
        match node.kind() {
            "array_initializer" if context != Use::Item => Shape::Items(node),
            "array_creation_expression" if context != Use::Item => {
                node.field("value").map_or(Shape::Unknown, |value| Shape::Spread(vec![value]))
            }
            "object_creation_expression" if context != Use::Item => made(node),
            "method_invocation" => call(node, context),
            "identifier" | "field_access" => Shape::Name,
            _ => Shape::Unknown,
        }
    }
}

/// The part that a member of an enum is.
pub(super) fn enum_member<'t>(name: Node<'t>, arguments: &[Node<'t>]) -> Part<'t> {
    let value = match arguments {
        [only] => literal_text(*only).map(|text| (text, *only)),
        _ => None,
    };
    let (value, node) = value.unwrap_or_else(|| (name.text().to_owned(), name));
    Part::Known { value, key: Some(name.text().to_owned()), node }
}

/// `NAME.add("x")` and its like.
fn changed<'t>(name: &str, call: Node<'t>) -> Option<Binding<'t>> {
    if call.field("object")?.text() != name {
        return None;
    }
    let given: Vec<Node<'t>> = call.field("arguments")?.named_children().collect();
    Some(match (call.field("name")?.text(), given.as_slice()) {
        ("add" | "addLast" | "addFirst", [item]) => Binding::Items(vec![*item], Use::Item),
        ("put" | "putIfAbsent", [key, _]) => Binding::Items(vec![*key], Use::Key),
        ("addAll" | "putAll", [items]) => Binding::Addition(*items),
        ("addAll" | "remove" | "removeAll" | "retainAll" | "removeIf" | "clear", _) => Binding::Unknown(call),
        _ => return None,
    })
}

/// `new HashSet<>(List.of(…))`
fn made(node: Node<'_>) -> Shape<'_> {
    let has_body = node.named_children().any(|child| child.kind() == "class_body");
    let given: Vec<Node<'_>> = node.field("arguments").into_iter().flat_map(|list| list.named_children()).collect();
    match given.as_slice() {
        _ if has_body => Shape::Unknown,
        [] => Shape::Nothing,
        [_] => Shape::Spread(given),
        _ => Shape::Unknown,
    }
}

fn call(node: Node<'_>, context: Use) -> Shape<'_> {
    let given: Vec<Node<'_>> = call_at(node).map_or(Vec::new(), |call| call.arguments.iter().map(|given| given.value).collect());
    let (object, name) = (node.field("object"), node.field("name").map_or("", Node::text));
    let class = object.map_or("", |object| object.text().rsplit('.').next().unwrap_or_default());
    match (class, name, given.as_slice()) {
        (_, "entry", [key, _]) if context == Use::Entry => Shape::Key(*key),
        _ if context == Use::Item => Shape::Unknown,
        (
            "List" | "Set" | "ImmutableList" | "ImmutableSet" | "ImmutableSortedSet" | "Stream" | "EnumSet" | "Sets" | "Lists",
            "of" | "newHashSet" | "newArrayList",
            _,
        )
        | ("Arrays", "asList", _) => Shape::Parts(given),
        ("List" | "Set" | "Map" | "ImmutableList" | "ImmutableSet" | "ImmutableMap", "copyOf", [_])
        | ("Arrays", "stream", [_]) => Shape::Spread(given),
        ("Map" | "ImmutableMap", "of", _) => Shape::Keys(given.into_iter().step_by(2).collect()),
        ("Map" | "ImmutableMap", "ofEntries", _) => Shape::Entries(given),
        ("Collections", "emptyList" | "emptySet" | "emptyMap", []) => Shape::Nothing,
        ("Collections", "singleton" | "singletonList", [_]) => Shape::Parts(given),
        ("Collections", _, [_]) if name.starts_with("unmodifiable") || name.starts_with("synchronized") => Shape::Spread(given),
        (_, "collect" | "toList" | "stream" | "sorted" | "distinct" | "keySet", _) => {
            object.map_or(Shape::Unknown, |object| Shape::Spread(vec![object]))
        }
        _ => Shape::Unknown,
    }
}
