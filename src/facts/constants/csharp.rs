//! Where C# binds a constant, and what its collections look like.

use super::parts::{Shape, Use};
use super::{Binding, Forms, Part};
use crate::facts::names::{call as call_at, csharp_value, literal_text, syntax};
use crate::formats::code::Node;

pub(super) struct CSharp;

impl Forms for CSharp {
    fn binding<'t>(&self, name: &str, node: Node<'t>) -> Option<Binding<'t>> {
        let named = || node.field("name").filter(|target| target.text() == name);
        match node.kind() {
            "variable_declarator" | "property_declaration" => named().and(csharp_value(node)).map(Binding::Value),
            "enum_declaration" => named().and(node.field("body")).map(Binding::Members),
            "assignment_expression" if node.parent().is_none_or(|parent| parent.kind() != "initializer_expression") => {
                let left = node.field("left")?;
                (left.field("name").unwrap_or(left).text() == name).then(|| node.field("right").map(Binding::Value))?
            }
            "invocation_expression" => changed(name, node),
            _ => None,
        }
    }

    /// A member of an enum stands for what it is serialised as, else for its number, else for its name.
    fn member<'t>(&self, child: Node<'t>) -> Option<Part<'t>> {
        let name = child.field("name").filter(|_| child.kind() == "enum_member_declaration")?;
        let told = serialised(child).or_else(|| child.field("value")).and_then(|node| Some((literal_text(node)?, node)));
        let (value, node) = told.unwrap_or_else(|| (name.text().to_owned(), name));
        Some(Part::Known { value, key: Some(name.text().to_owned()), node })
    }

    fn shape<'t>(&self, node: Node<'t>, context: Use) -> Shape<'t> {
        match node.kind() {
            "initializer_expression" if context == Use::Item => pair(node),
            "assignment_expression" => indexed(node),
            "spread_element" => Shape::Spread(node.named_children().collect()),
            "identifier" | "member_access_expression" => Shape::Name,
            _ if context == Use::Item => Shape::Unknown,
            "initializer_expression" | "collection_expression" => Shape::Items(node),
            "array_creation_expression" | "implicit_array_creation_expression" => {
                syntax(node.code()).list(node).map_or(Shape::Unknown, Shape::Items)
            }
            "object_creation_expression" | "implicit_object_creation_expression" => made(node),
            "invocation_expression" => call(node),
            _ => Shape::Unknown,
        }
    }
}

/// `[EnumMember(Value = "x")]`, `[JsonStringEnumMemberName("x")]`
fn serialised(member: Node<'_>) -> Option<Node<'_>> {
    let lists = member.named_children().filter(|child| child.kind() == "attribute_list");
    let mut attributes = lists.flat_map(Node::named_children);
    let named = |attribute: &Node<'_>| {
        attribute.field("name").is_some_and(|name| {
            let last = name.text().rsplit('.').next().unwrap_or_default();
            matches!(last, "EnumMember" | "JsonStringEnumMemberName" | "JsonPropertyName")
        })
    };
    let list = attributes.find(named)?.named_children().last()?;
    list.subtree().find(|node| node.kind() == "string_literal")
}

/// `NAME.Add("x")` and its like.
fn changed<'t>(name: &str, node: Node<'t>) -> Option<Binding<'t>> {
    let (object, method) = syntax(node.code()).member(node.field("function")?)?;
    if object.text() != name {
        return None;
    }
    let given = values(node);
    Some(match (method.as_str(), given.as_slice()) {
        ("Add" | "TryAdd", [key, _]) => Binding::Items(vec![*key], Use::Key),
        ("Add", [item]) => Binding::Items(vec![*item], Use::Item),
        ("AddRange" | "UnionWith", [items]) => Binding::Addition(*items),
        ("Remove" | "RemoveAll" | "RemoveWhere" | "Clear" | "ExceptWith" | "IntersectWith" | "Insert", _) => {
            Binding::Unknown(node)
        }
        _ => return None,
    })
}

/// `{ "key", value }`, an entry of a map.
fn pair(node: Node<'_>) -> Shape<'_> {
    let made = node.parent().and_then(Node::parent).map_or("", |made| made.kind());
    let is_entry = matches!(made, "object_creation_expression" | "implicit_object_creation_expression");
    node.named_children().next().filter(|_| is_entry).map_or(Shape::Unknown, Shape::Key)
}

/// `["key"] = value`, an entry of a map.
fn indexed(node: Node<'_>) -> Shape<'_> {
    let left = node.field("left").filter(|left| left.kind() == "element_binding_expression");
    let given = left.and_then(|left| left.named_children().next());
    given.and_then(|given| given.named_children().last()).map_or(Shape::Unknown, Shape::Key)
}

/// The arguments that are items, or collections of them: no comparer, no capacity.
fn values(node: Node<'_>) -> Vec<Node<'_>> {
    let list = node.named_children().find(|child| child.kind() == "argument_list");
    let given = list.into_iter().flat_map(Node::named_children).filter_map(|given| given.named_children().last());
    given.filter(|value| !is_comparer(*value)).collect()
}

fn is_comparer(value: Node<'_>) -> bool {
    let first = syntax(value.code()).member(value).map_or("", |(object, _)| object.text());
    first.ends_with("Comparer")
}

/// `new HashSet<string>(StringComparer.Ordinal) { … }`
fn made(node: Node<'_>) -> Shape<'_> {
    let mut given = values(node);
    given.retain(|value| value.kind() != "integer_literal");
    given.extend(syntax(node.code()).list(node));
    if given.is_empty() { Shape::Nothing } else { Shape::Spread(given) }
}

fn call(node: Node<'_>) -> Shape<'_> {
    let Some(call) = call_at(node) else { return Shape::Unknown };
    let Some((object, name)) = node.field("function").and_then(|function| syntax(node.code()).member(function)) else {
        return Shape::Unknown;
    };
    let given: Vec<Node<'_>> = call.arguments.iter().map(|given| given.value).filter(|value| !is_comparer(*value)).collect();
    let class = object.text().rsplit('.').next().unwrap_or_default();
    let class = class.split('<').next().unwrap_or_default();
    match (class, name.as_str(), given.as_slice()) {
        ("ImmutableArray" | "ImmutableList" | "ImmutableHashSet" | "ImmutableSortedSet" | "FrozenSet", "Create", _) => {
            Shape::Parts(given)
        }
        (_, "CreateRange", [_]) | ("Array", "AsReadOnly", [_]) => Shape::Spread(given),
        ("Array" | "Enumerable", "Empty", []) => Shape::Nothing,
        (_, "Concat" | "Union" | "AddRange", [_]) => Shape::Spread([vec![object], given].concat()),
        (
            _,
            "ToArray"
            | "ToList"
            | "ToHashSet"
            | "ToFrozenSet"
            | "ToFrozenDictionary"
            | "ToImmutableArray"
            | "ToImmutableList"
            | "ToImmutableHashSet"
            | "ToImmutableDictionary"
            | "AsReadOnly"
            | "AsEnumerable"
            | "Distinct",
            [],
        ) => Shape::Spread(vec![object]),
        _ => Shape::Unknown,
    }
}
