//! Where Ruby binds a constant, and what its collections look like.

use super::parts::{Shape, Use};
use super::{Binding, Forms};
use crate::facts::names::{call as call_at, string_value};
use crate::formats::code::Node;

pub(super) struct Ruby;

/// Methods whose result has the same items, or texts of them.
const SAME_ITEMS: [&str; 8] = ["sort", "uniq", "reverse", "to_set", "keys", "compact", "flatten", "shuffle"];

impl Forms for Ruby {
    fn binding<'t>(&self, name: &str, node: Node<'t>) -> Option<Binding<'t>> {
        match node.kind() {
            "assignment" => {
                let (left, right) = (node.field("left")?, node.field("right")?);
                match left.kind() {
                    _ if ends_in(left, name) => Some(Binding::Value(right)),
                    "element_reference" if ends_in(left.field("object")?, name) => {
                        let key = left.named_children().nth(1).filter(|key| string_value(*key).is_some());
                        key.map(|key| Binding::Items(vec![key], Use::Key))
                    }
                    "left_assignment_list" => left.named_children().find(|target| ends_in(*target, name)).map(Binding::Unknown),
                    _ => None,
                }
            }
            "operator_assignment" if ends_in(node.field("left")?, name) => {
                let right = node.field("right")?;
                Some(match node.field("operator")?.text() {
                    "||=" => Binding::Value(right),
                    "+=" | "|=" => Binding::Addition(right),
                    _ => Binding::Unknown(node),
                })
            }
            "binary" if node.field("operator")?.text() == "<<" && ends_in(node.field("left")?, name) => {
                Some(Binding::Items(vec![node.field("right")?], Use::Item))
            }
            "call" => changed(name, node),
            _ => None,
        }
    }

    fn shape<'t>(&self, node: Node<'t>, context: Use) -> Shape<'t> {
        match node.kind() {
            "array" | "string_array" | "symbol_array" | "hash" | "right_assignment_list" if context != Use::Item => {
                Shape::Items(node)
            }
            "pair" => node.field("key").map_or(Shape::Unknown, Shape::Key),
            "splat_argument" | "hash_splat_argument" => Shape::Spread(node.named_children().collect()),
            "binary" if node.field("operator").is_some_and(|operator| matches!(operator.text(), "+" | "|")) => {
                Shape::Spread(["left", "right"].into_iter().filter_map(|side| node.field(side)).collect())
            }
            // `Set["a", "b"]`
            "element_reference" if node.field("object").is_some_and(|object| object.text() == "Set") => {
                Shape::Parts(node.named_children().skip(1).collect())
            }
            "call" if context != Use::Item => call(node),
            "constant" | "identifier" | "scope_resolution" => Shape::Name,
            _ => Shape::Unknown,
        }
    }
}

/// Whether a target of an assignment is `name`, or `name` of some module.
fn ends_in(target: Node<'_>, name: &str) -> bool {
    match target.kind() {
        "constant" | "identifier" => target.text() == name,
        "scope_resolution" => target.field("name").is_some_and(|last| last.text() == name),
        _ => false,
    }
}

/// `NAME.push("x")` and its like.
fn changed<'t>(name: &str, call: Node<'t>) -> Option<Binding<'t>> {
    if !ends_in(call.field("receiver")?, name) {
        return None;
    }
    let given: Vec<Node<'t>> = call_at(call)?.arguments.iter().map(|given| given.value).collect();
    Some(match (call.field("method")?.text(), given.as_slice()) {
        ("push" | "append" | "add" | "unshift" | "prepend", _) => Binding::Items(given, Use::Item),
        ("store", [key, ..]) => Binding::Items(vec![*key], Use::Key),
        ("concat" | "merge" | "merge!" | "update", [items]) => Binding::Addition(*items),
        ("delete" | "clear" | "concat" | "merge!" | "replace" | "pop" | "shift" | "reject!" | "select!" | "map!", _) => {
            Binding::Unknown(call)
        }
        _ => return None,
    })
}

/// `Set.new([…])`, and methods that hand on the items of what they are called on.
fn call(node: Node<'_>) -> Shape<'_> {
    let (Some(receiver), Some(method)) = (node.field("receiver"), node.field("method")) else { return Shape::Unknown };
    let given: Vec<Node<'_>> = call_at(node).map_or(Vec::new(), |call| call.arguments.iter().map(|given| given.value).collect());
    match (receiver.text(), method.text(), given.as_slice()) {
        ("Set" | "SortedSet", "new", []) => Shape::Nothing,
        ("Set" | "SortedSet", "new", [_]) | ("Ractor", "make_shareable", [_]) => Shape::Spread(given),
        (_, method, []) if SAME_ITEMS.contains(&method) => Shape::Spread(vec![receiver]),
        // A symbol and its text are one.
        (_, "map", [to]) if matches!(to.text(), "&:to_s" | "&:to_sym" | "&:freeze" | "&:itself") => Shape::Spread(vec![receiver]),
        (_, "union" | "concat" | "merge", _) => Shape::Spread(std::iter::once(receiver).chain(given).collect()),
        _ => Shape::Unknown,
    }
}
