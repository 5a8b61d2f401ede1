//! What reads the environment in Ruby: `ENV[…]` and the methods of `ENV`.

use super::{Found, Idioms, Key, Read, Unset, guarded, is_bound_to};
use crate::facts::names::{Names, call as call_at, wrapped};
use crate::formats::code::Node;

pub(super) struct Ruby;

/// Methods that write, or that ask for no value.
const NO_READS: [&str; 24] = [
    "key?",
    "has_key?",
    "include?",
    "member?",
    "update",
    "merge!",
    "store",
    "replace",
    "clear",
    "delete",
    "delete_if",
    "reject!",
    "select!",
    "filter!",
    "keep_if",
    "empty?",
    "size",
    "length",
    "class",
    "object_id",
    "nil?",
    "is_a?",
    "respond_to?",
    "rehash",
];

impl Idioms for Ruby {
    fn words(&self) -> &'static [&'static str] {
        &["ENV"]
    }

    fn read<'t>(&self, names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
        let denotes = matches!(node.kind(), "constant" | "identifier" | "scope_resolution") && is_use(node);
        if denotes && names.qualified(node).is_some_and(|qualified| qualified.path == "ENV") {
            environment(names, node, found);
        }
    }

    fn step<'t>(&self, parent: Node<'t>, node: Node<'t>) -> Result<Node<'t>, Unset<'t>> {
        match (parent.kind(), node.role()) {
            ("binary", "left") if is_or(parent) => Err(alternative(parent.field("right"))),
            ("binary", "right") if is_or(parent) => Ok(parent),
            // `value = ENV["K"] or raise`
            ("assignment", "right") if parent.parent().is_some_and(is_or) => Ok(parent),
            // `ENV["K"]&.to_i`: what is unset stays unset.
            ("call", "receiver") if parent.field("operator").is_some_and(|operator| operator.text() == "&.") => Ok(parent),
            ("conditional", "consequence" | "alternative") => Err(guarded(parent, node, &["!", "nil?", "blank?", "empty?"])),
            _ => Err(Unset::Unknown),
        }
    }
}

/// Whether an expression stands for a value, and not for a name that is bound, called or taken of something here.
fn is_use(node: Node<'_>) -> bool {
    let is_named = matches!(node.role(), "method" | "name" | "left" | "pattern" | "key");
    !is_named && node.parent().is_none_or(|parent| !parent.kind().ends_with("_parameters") && !is_target(parent))
}

fn is_target(node: Node<'_>) -> bool {
    matches!(node.kind(), "left_assignment_list" | "destructured_left_assignment" | "rest_assignment" | "exception_variable")
}

/// `ENV`, by what is done with it.
fn environment<'t>(names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
    found.look_at(names, node);
    let outer = wrapped(node);
    let Some(parent) = outer.parent() else { return };
    match (parent.kind(), outer.role()) {
        ("element_reference", "object") => {
            if let Some(key) = parent.named_children().nth(1).filter(|_| !is_written(parent)) {
                found.reads.push(Read { expression: parent, key: Key::Value(key), unset: Unset::Unknown, idiom: "ENV[]" });
            }
        }
        ("call", "receiver") => method(node, parent, found),
        ("assignment", "right") if is_alias(names, parent, node) => found.aliases.push(node),
        // `env = ENV` with a constant on the left, a default of a parameter, an argument
        _ => found.wholes.push(node),
    }
}

fn is_written(reference: Node<'_>) -> bool {
    let Some(parent) = reference.parent() else { return false };
    reference.role() == "left" && matches!(parent.kind(), "assignment" | "operator_assignment") || is_target(parent)
}

fn is_alias<'t>(names: &Names<'t>, assignment: Node<'t>, value: Node<'t>) -> bool {
    let left = assignment.field("left").filter(|left| matches!(left.kind(), "identifier" | "constant"));
    is_bound_to(names, left, value)
}

fn method<'t>(node: Node<'t>, call: Node<'t>, found: &mut Found<'t>) {
    let Some(parts) = call_at(call) else { return };
    let name = call.field("method").map_or("", Node::text);
    let block = call
        .field("block")
        .or_else(|| parts.arguments.iter().map(|given| given.value).find(|given| given.kind() == "block_argument"));
    let given: Vec<Node<'t>> = parts.arguments.iter().map(|given| given.value).filter(|given| Some(*given) != block).collect();
    match name {
        "fetch" => {
            let Some(key) = given.first() else { return };
            let unset = match (given.get(1), block) {
                (Some(default), _) => Unset::Default(Some(*default)),
                (None, Some(block)) => alternative(Some(result(block))),
                (None, None) => Unset::Fails,
            };
            found.reads.push(Read { expression: call, key: Key::Value(*key), unset, idiom: "ENV.fetch" });
        }
        "values_at" | "slice" => {
            let idiom = if name == "slice" { "ENV.slice" } else { "ENV.values_at" };
            let reads =
                given.into_iter().map(|key| Read { expression: call, key: Key::Value(key), unset: Unset::Unknown, idiom });
            found.reads.extend(reads);
        }
        name if NO_READS.contains(&name) => {}
        _ => found.wholes.push(node),
    }
}

/// What a block gives back where it is a single expression, else the block.
fn result(block: Node<'_>) -> Node<'_> {
    let mut statements = block.field("body").into_iter().flat_map(|body| body.named_children());
    statements.next().filter(|_| statements.next().is_none()).unwrap_or(block)
}

fn is_or(node: Node<'_>) -> bool {
    node.kind() == "binary" && node.field("operator").is_some_and(|operator| matches!(operator.text(), "||" | "or"))
}

/// What stands in for an unset value, unless it ends the program.
fn alternative(node: Option<Node<'_>>) -> Unset<'_> {
    let name = node.map_or("", |node| match node.kind() {
        "call" if node.field("receiver").is_none() => node.field("method").map_or("", Node::text),
        "identifier" => node.text(),
        _ => "",
    });
    if matches!(name, "raise" | "fail" | "abort" | "exit" | "exit!") { Unset::Fails } else { Unset::Default(node) }
}
