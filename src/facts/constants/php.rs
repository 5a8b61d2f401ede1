//! Where PHP binds a constant, and what its collections look like.

use super::parts::{Shape, Use};
use super::{Binding, Forms, Part};
use crate::facts::names::{call as call_at, literal_text, string_value};
use crate::formats::code::Node;

pub(super) struct Php;

/// Functions that hand on the items of their arguments.
const SPREADING: [&str; 7] =
    ["array_merge", "array_values", "array_unique", "collect", "array_keys", "array_reverse", "array_replace"];

impl Forms for Php {
    fn binding<'t>(&self, name: &str, node: Node<'t>) -> Option<Binding<'t>> {
        match node.kind() {
            "const_element" if node.named_children().next()?.text() == name => node.named_children().last().map(Binding::Value),
            "property_element" if is_variable(node.field("name")?, name) => {
                node.field("default_value").or_else(|| node.named_children().nth(1)).map(Binding::Value)
            }
            "assignment_expression" => {
                let (left, right) = (node.field("left")?, node.field("right")?);
                match left.kind() {
                    "subscript_expression" => {
                        let mut parts = left.named_children();
                        parts.next().filter(|variable| is_variable(*variable, name))?;
                        Some(match parts.next() {
                            None => Binding::Items(vec![right], Use::Item),
                            Some(key) if string_value(key).is_some() => Binding::Items(vec![key], Use::Key),
                            Some(_) => return None,
                        })
                    }
                    _ => is_variable(left, name).then_some(Binding::Value(right)),
                }
            }
            "augmented_assignment_expression" if is_variable(node.field("left")?, name) => {
                let adds = node.field("operator").is_some_and(|operator| operator.text() == "+=");
                Some(if adds { Binding::Addition(node.field("right")?) } else { Binding::Unknown(node) })
            }
            "enum_declaration" if node.field("name")?.text() == name => node.field("body").map(Binding::Members),
            "function_call_expression" => called(name, node),
            _ => None,
        }
    }

    fn member<'t>(&self, child: Node<'t>) -> Option<Part<'t>> {
        let name = child.field("name").filter(|_| child.kind() == "enum_case")?;
        let value = child.field("value").and_then(|value| Some((literal_text(value)?, value)));
        let (value, node) = value.unwrap_or_else(|| (name.text().to_owned(), name));
        Some(Part::Known { value, key: Some(name.text().to_owned()), node })
    }

    fn shape<'t>(&self, node: Node<'t>, context: Use) -> Shape<'t> {
        match node.kind() {
            "array_creation_expression" if context != Use::Item => Shape::Items(node),
            "array_element_initializer" => node.named_children().next().map_or(Shape::Unknown, Shape::Key),
            "variadic_unpacking" => Shape::Spread(node.named_children().collect()),
            "binary_expression"
                if context != Use::Item && node.field("operator").is_some_and(|operator| operator.text() == "+") =>
            {
                Shape::Spread(["left", "right"].into_iter().filter_map(|side| node.field(side)).collect())
            }
            "function_call_expression" if context != Use::Item => {
                let function = node.field("function").map_or("", Node::text).trim_start_matches('\\');
                let given = call_at(node).map_or(Vec::new(), |call| call.arguments.iter().map(|given| given.value).collect());
                if SPREADING.contains(&function) { Shape::Spread(given) } else { Shape::Unknown }
            }
            "name" | "variable_name" | "class_constant_access_expression" | "scoped_property_access_expression" => Shape::Name,
            _ => Shape::Unknown,
        }
    }
}

/// Whether a variable is `$name`, by which of its two names the policy calls it.
fn is_variable(node: Node<'_>, name: &str) -> bool {
    let text = node.text();
    node.kind() == "variable_name" && (text == name || text.strip_prefix('$') == Some(name))
}

/// `define('NAME', value)`, `array_push($NAME, 'x')`
fn called<'t>(name: &str, node: Node<'t>) -> Option<Binding<'t>> {
    let function = node.field("function")?.text().trim_start_matches('\\');
    if !matches!(function, "define" | "array_push" | "array_unshift" | "array_pop" | "array_shift") {
        return None;
    }
    let given: Vec<Node<'t>> = call_at(node)?.arguments.iter().map(|given| given.value).collect();
    let first = *given.first()?;
    match function {
        "define" => (string_value(first)? == name).then(|| given.get(1).copied().map(Binding::Value))?,
        _ if !is_variable(first, name) => None,
        "array_push" | "array_unshift" => Some(Binding::Items(given.into_iter().skip(1).collect(), Use::Item)),
        _ => Some(Binding::Unknown(node)),
    }
}
