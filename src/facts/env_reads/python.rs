//! What reads the environment in Python: `os.environ[…]`, its methods, `os.getenv`.

use super::{Found, Idioms, Key, Read, Unset, alternative, is_bound_to, pydantic, readers};
use crate::facts::names::{Names, call as call_at, wrapped};
use crate::formats::code::Node;

pub(super) struct Python;

impl Idioms for Python {
    fn words(&self) -> &'static [&'static str] {
        &["environ", "getenv", "BaseSettings", "decouple", "starlette.config", "envvar"]
    }

    fn read<'t>(&self, names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
        read(names, node, found);
    }

    fn unset<'t>(&self, value: Node<'t>) -> Unset<'t> {
        alternative(value, |node| {
            node.kind() == "boolean_operator" && node.field("operator").is_some_and(|operator| operator.text() == "or")
        })
    }
}

/// Adds what `node` reads.
fn read<'t>(names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
    match node.kind() {
        "class_definition" => return pydantic::read(names, node, found),
        "call" => return readers::read(names, node, found),
        "identifier" | "attribute" if is_use(node) => {}
        _ => return,
    }
    let Some(path) = names.qualified(node).map(|qualified| qualified.path) else { return };
    match path.as_str() {
        "os.environ" => environment(names, node, found),
        "os.environ.get" => call(names, node, "os.environ.get", found),
        "os.environ.pop" => call(names, node, "os.environ.pop", found),
        "os.environ.setdefault" => call(names, node, "os.environ.setdefault", found),
        "os.getenv" => call(names, node, "os.getenv", found),
        _ => {}
    }
}

/// Whether an identifier stands for a value, and not for the name that is bound, declared or taken of an object here.
fn is_use(node: Node<'_>) -> bool {
    let Some(parent) = node.parent() else { return false };
    match parent.kind() {
        "dotted_name"
        | "aliased_import"
        | "parameters"
        | "lambda_parameters"
        | "typed_parameter"
        | "list_splat_pattern"
        | "dictionary_splat_pattern"
        | "global_statement"
        | "nonlocal_statement"
        | "as_pattern_target" => node.role() == "type",
        "attribute" => node.role() == "object",
        "keyword_argument" | "default_parameter" | "typed_default_parameter" | "named_expression" => node.role() != "name",
        "function_definition" | "class_definition" => node.role() != "name",
        "assignment" | "augmented_assignment" | "for_statement" | "for_in_clause" => node.role() != "left",
        _ => true,
    }
}

/// `os.environ`, by what is done with it.
fn environment<'t>(names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
    found.look_at(names, node);
    let outer = wrapped(node);
    let Some(parent) = outer.parent() else { return };
    match (parent.kind(), outer.role()) {
        ("subscript", "value") => {
            if let Some(key) = parent.field("subscript").filter(|_| !is_written(parent)) {
                found.reads.push(Read { expression: parent, key: Key::Value(key), unset: Unset::Fails, idiom: "os.environ[]" });
            }
        }
        ("attribute", "object") => {
            let method = parent.field("attribute").map_or("", |method| method.text());
            let is_test = || {
                let call = parent.parent().filter(|call| call.kind() == "call");
                call.and_then(|call| Some((call.parent()?, call))).is_some_and(|(parent, call)| is_membership(parent, call))
            };
            if method == "keys" && is_test() {
                return;
            }
            let no_read = ["get", "pop", "setdefault", "update", "clear", "__contains__", "__setitem__", "__delitem__"];
            if !no_read.contains(&method) {
                found.wholes.push(node);
            }
        }
        ("comparison_operator", _) if is_membership(parent, outer) => {}
        ("delete_statement", _) => {}
        ("assignment", "right") if is_alias(names, parent, node) => found.aliases.push(node),
        _ => found.wholes.push(node),
    }
}

/// Whether the subscript is assigned to or deleted.
fn is_written(subscript: Node<'_>) -> bool {
    let Some(parent) = subscript.parent() else { return false };
    match parent.kind() {
        "assignment" | "augmented_assignment" | "for_statement" | "for_in_clause" => subscript.role() == "left",
        "delete_statement" | "pattern_list" | "tuple_pattern" | "list_pattern" | "as_pattern_target" => true,
        "expression_list" => parent.parent().is_some_and(|statement| statement.kind() == "delete_statement"),
        _ => false,
    }
}

/// `key in os.environ`
fn is_membership(comparison: Node<'_>, operand: Node<'_>) -> bool {
    // `for key in os.environ` has an `in` too.
    if comparison.kind() != "comparison_operator" {
        return false;
    }
    let before = comparison.children().take(64).take_while(|child| *child != operand).last();
    before.is_some_and(|operator| matches!(operator.kind(), "in" | "not in"))
}

fn is_alias<'t>(names: &Names<'t>, assignment: Node<'t>, value: Node<'t>) -> bool {
    let left = assignment.field("left").filter(|left| left.kind() == "identifier");
    is_bound_to(names, left, value)
}

/// A function that takes the key first and the default second.
fn call<'t>(names: &Names<'t>, callee: Node<'t>, idiom: &'static str, found: &mut Found<'t>) {
    found.look_at(names, callee);
    let Some(call) = callee.parent() else { return };
    if call.kind() != "call" || callee.role() != "function" {
        return match call.kind() {
            "assignment" if is_alias(names, call, callee) => found.aliases.push(callee),
            _ => found.wholes.push(callee),
        };
    }
    let Some(call) = call_at(call) else { return };
    let default = call.argument(1, "default");
    if let Some(key) = call.argument(0, "key") {
        let unset = match default {
            Some(_) => Unset::Default(default),
            None if idiom == "os.environ.pop" => Unset::Fails,
            None => Unset::Unknown,
        };
        found.reads.push(Read { expression: call.node, key: Key::Value(key), unset, idiom });
    }
}
