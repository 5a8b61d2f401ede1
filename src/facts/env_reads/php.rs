//! What reads the environment in PHP: `getenv`, `$_ENV`, and the helper `env` that frameworks have.

use super::{Found, Idioms, Key, Read, Unset, guarded, is_bound_to};
use crate::facts::names::{Names, call as call_at, plain, wrapped};
use crate::formats::code::Node;

pub(super) struct Php;

/// The helpers `env('KEY', default)` that are imported; Laravel's and CakePHP's own one is global.
const HELPERS: [&str; 5] = [
    "env",
    "illuminate.support.env.get",
    "hyperf.support.env",
    "cake.core.env",
    "symfony.component.dependencyinjection.loader.configurator.env",
];

impl Idioms for Php {
    fn words(&self) -> &'static [&'static str] {
        &["getenv", "getEnv", "GETENV", "_ENV", "env(", "Env::"]
    }

    fn read<'t>(&self, names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
        match node.kind() {
            "function_call_expression" | "scoped_call_expression" => called(names, node, found),
            "variable_name" if is_use(node) && is_environment(names, node) => environment(names, node, found),
            _ => {}
        }
    }

    fn step<'t>(&self, parent: Node<'t>, node: Node<'t>) -> Result<Node<'t>, Unset<'t>> {
        match (parent.kind(), node.role()) {
            ("conditional_expression", "condition") if parent.field("body").is_none() => {
                Err(alternative(parent.field("alternative")))
            }
            ("conditional_expression", "body" | "alternative") => Err(guarded(parent, node, &["!", "===", "==", "empty"])),
            ("binary_expression", "left") if is_or(parent) => Err(alternative(parent.field("right"))),
            ("binary_expression", "right") if is_or(parent) => Ok(parent),
            // `$value = getenv('KEY') or die()`
            ("assignment_expression", "right") if parent.parent().is_some_and(is_or) => Ok(parent),
            _ => Err(Unset::Unknown),
        }
    }
}

fn is_or(node: Node<'_>) -> bool {
    let operator = node.field("operator").or_else(|| node.children().nth(1)).map_or("", Node::text);
    node.kind() == "binary_expression" && matches!(operator.to_ascii_lowercase().as_str(), "??" | "||" | "or")
}

/// What stands in for an unset value, unless it ends the program.
fn alternative(node: Option<Node<'_>>) -> Unset<'_> {
    let ends = node.is_some_and(|node| match node.kind() {
        "throw_expression" | "exit_statement" => true,
        "function_call_expression" => node.field("function").is_some_and(|name| matches!(name.text(), "die" | "exit")),
        _ => matches!(node.text(), "die" | "exit"),
    });
    if ends { Unset::Fails } else { Unset::Default(node) }
}

fn called<'t>(names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
    let Some(call) = call_at(node) else { return };
    let Some(path) = names.called(&call) else { return };
    let path = path.path.to_ascii_lowercase();
    if path == "getenv" {
        return match call.argument(0, "name") {
            Some(key) if key.kind() != "variadic_placeholder" => {
                found.reads.push(Read { expression: node, key: Key::Value(key), unset: Unset::Unknown, idiom: "getenv" });
            }
            Some(_) => found.wholes.push(node),
            None => environment(names, node, found),
        };
    }
    if !HELPERS.contains(&path.as_str()) {
        return;
    }
    if let Some(key) = call.argument(0, "key") {
        let default = call.argument(1, "default");
        let unset = if default.is_some() { Unset::Default(default) } else { Unset::Unknown };
        found.reads.push(Read { expression: node, key: Key::Value(key), unset, idiom: "env" });
    }
}

/// Whether a variable holds all of the environment.
fn is_environment<'t>(names: &Names<'t>, variable: Node<'t>) -> bool {
    if variable.text() == "$_ENV" {
        return true;
    }
    names.bound_once(variable).is_some_and(|value| {
        let value = plain(value);
        value.text() == "$_ENV" || value.kind() == "function_call_expression" && matches!(value.text(), "getenv()" | "\\getenv()")
    })
}

/// Whether a variable stands for its value, and is not bound here.
fn is_use(node: Node<'_>) -> bool {
    let kind = node.parent().map_or("", |parent| parent.kind());
    !matches!(node.role(), "name" | "left") && !matches!(kind, "list_literal" | "unset_statement" | "global_declaration")
}

/// All of the environment, by what is done with it.
fn environment<'t>(names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
    found.look_at(names, node);
    let outer = wrapped(node);
    let Some(parent) = outer.parent() else { return };
    match parent.kind() {
        "subscript_expression" if parent.named_children().next() == Some(outer) => subscript(parent, found),
        "argument" if is_test(parent) => {}
        "assignment_expression" if outer.role() == "right" && is_alias(names, parent, node) => found.aliases.push(node),
        _ => found.wholes.push(node),
    }
}

fn subscript<'t>(subscript: Node<'t>, found: &mut Found<'t>) {
    let Some(key) = subscript.named_children().nth(1) else { return };
    if is_written(subscript) || subscript.parent().is_some_and(is_isset) {
        return;
    }
    let is_in_string = subscript.parent().is_some_and(|parent| matches!(parent.kind(), "encapsed_string" | "heredoc_body"));
    let key = if key.kind() == "name" && is_in_string { Key::Bare(key) } else { Key::Value(key) };
    found.reads.push(Read { expression: subscript, key, unset: Unset::Unknown, idiom: "$_ENV[]" });
}

fn is_written(subscript: Node<'_>) -> bool {
    let Some(parent) = subscript.parent() else { return false };
    match parent.kind() {
        "assignment_expression" | "augmented_assignment_expression" | "reference_assignment_expression" => {
            subscript.role() == "left"
        }
        "unset_statement" | "list_literal" | "update_expression" => true,
        _ => false,
    }
}

/// `isset($_ENV['KEY'])`
fn is_isset(argument: Node<'_>) -> bool {
    function_of(argument) == "isset"
}

/// `array_key_exists('KEY', $_ENV)`
fn is_test(argument: Node<'_>) -> bool {
    matches!(function_of(argument), "array_key_exists" | "isset" | "key_exists" | "empty" | "is_array" | "count")
}

/// The function that an argument is given to.
fn function_of(argument: Node<'_>) -> &str {
    let call = argument.parent().filter(|_| argument.kind() == "argument").and_then(Node::parent);
    call.and_then(|call| call.field("function")).map_or("", |function| function.text().trim_start_matches('\\'))
}

fn is_alias<'t>(names: &Names<'t>, assignment: Node<'t>, value: Node<'t>) -> bool {
    let left = assignment.field("left").filter(|left| left.kind() == "variable_name");
    is_bound_to(names, left, value)
}
