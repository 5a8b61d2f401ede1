//! What reads the environment in Kotlin: `System.getenv`, and what injects a variable by its name.

use super::java::{handed_to, is_getenv, is_providers, stands_first};
use super::{Found, Idioms, Key, Read, Unset, guarded, injected, is_bound_to};
use crate::facts::names::{Names, call as call_at, plain, syntax, wrapped};
use crate::formats::code::Node;

pub(super) struct Kotlin;

impl Idioms for Kotlin {
    fn words(&self) -> &'static [&'static str] {
        &["getenv", "@Value", "@ConfigProperty", "environmentVariable"]
    }

    fn read<'t>(&self, names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
        match node.kind() {
            "call_expression" => called(names, node, found),
            "callable_reference" | "navigation_expression" if is_reference(names, node) => found.wholes.push(node),
            "simple_identifier" if is_use(node) && names.bound_once(node).is_some_and(|value| is_map(names, plain(value))) => {
                found.look_at(names, node);
                map(names, node, found);
            }
            "annotation" => injected::read(names, node, found),
            _ => {}
        }
    }

    fn step<'t>(&self, parent: Node<'t>, node: Node<'t>) -> Result<Node<'t>, Unset<'t>> {
        let is_first = parent.named_children().next() == Some(node);
        match parent.kind() {
            "elvis_expression" if is_first => Err(alternative(parent.named_children().nth(1))),
            "elvis_expression" => Ok(parent),
            "postfix_expression" if parent.children().last().is_some_and(|last| last.kind() == "!!") => Err(Unset::Fails),
            "navigation_expression" if is_first => chained(parent),
            "value_argument" => {
                let list = parent.parent().filter(|list| stands_first(*list, parent));
                let call = list.and_then(Node::parent).and_then(Node::parent).and_then(call_at);
                Err(call.and_then(|call| handed_to(&call)).unwrap_or(Unset::Unknown))
            }
            "if_expression" => Err(guarded(parent, node, &["=="])),
            _ => Err(Unset::Unknown),
        }
    }
}

/// What stands in for an unset value, unless it ends the program.
fn alternative(node: Option<Node<'_>>) -> Unset<'_> {
    let ends = node.is_some_and(|node| match node.kind() {
        "jump_expression" => node.text().starts_with("throw"),
        "call_expression" => {
            let callee = node.named_children().next().map_or("", Node::text);
            matches!(callee, "error" | "exitProcess" | "TODO" | "fail")
        }
        _ => false,
    });
    if ends { Unset::Fails } else { Unset::Default(node) }
}

/// What a method does where there is no value: the call, where it hands on what there is.
fn chained(navigation: Node<'_>) -> Result<Node<'_>, Unset<'_>> {
    let suffix = navigation.named_children().nth(1).ok_or(Unset::Unknown)?;
    let name = suffix.named_children().last().map_or("", Node::text);
    let outer = navigation.parent().filter(|call| call.kind() == "call_expression").unwrap_or(navigation);
    let given = || call_at(outer).and_then(|call| call.arguments.first().map(|given| given.value));
    match name {
        _ if suffix.text().starts_with("?.") => Ok(outer),
        "takeIf" | "takeUnless" => Ok(outer),
        "orEmpty" => Err(Unset::Default(None)),
        // Of Gradle's providers
        "getOrElse" | "orElse" => Err(Unset::Default(given())),
        "get" if outer != navigation => Err(Unset::Fails),
        "map" | "filter" => Ok(outer),
        _ => Err(Unset::Unknown),
    }
}

fn is_path_of_getenv<'t>(names: &Names<'t>, node: Node<'t>) -> bool {
    let path = call_at(node).and_then(|call| names.called(&call));
    path.is_some_and(|path| {
        is_getenv(&path.path)
            || names.may_be(&path, "java.lang.System.getenv")
            || path.imported && path.path == "platform.posix.getenv"
    })
}

/// The name that is called.
fn name_of(call: Node<'_>) -> &str {
    let callee = call.named_children().next();
    callee.and_then(|callee| callee.subtree().next_back()).map_or("", Node::text)
}

fn called<'t>(names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
    let name = name_of(node);
    let idiom = match name {
        "getenv" if is_path_of_getenv(names, node) => "System.getenv",
        "environmentVariable" => {
            let callee = node.named_children().next().and_then(|callee| syntax(callee.code()).member(callee));
            if !callee.is_some_and(|(receiver, _)| is_providers(receiver.text())) {
                return;
            }
            "providers.environmentVariable"
        }
        _ => return,
    };
    match call_at(node).and_then(|call| call.arguments.first().copied()) {
        Some(given) => found.reads.push(Read { expression: node, key: Key::Value(given.value), unset: Unset::Unknown, idiom }),
        None => map(names, node, found),
    }
}

/// Whether a value is the map of all variables.
fn is_map<'t>(names: &Names<'t>, value: Node<'t>) -> bool {
    let is_call = value.kind() == "call_expression" && name_of(value) == "getenv";
    is_call && call_at(value).is_some_and(|call| call.arguments.is_empty()) && is_path_of_getenv(names, value)
}

/// `System::getenv`
fn is_reference<'t>(names: &Names<'t>, node: Node<'t>) -> bool {
    node.text().ends_with("::getenv") && names.qualified(node).is_some_and(|qualified| is_getenv(&qualified.path))
}

fn is_use(node: Node<'_>) -> bool {
    let Some(parent) = node.parent() else { return false };
    let mut siblings = parent.named_children();
    match parent.kind() {
        "variable_declaration"
        | "navigation_suffix"
        | "parameter"
        | "class_parameter"
        | "function_declaration"
        | "identifier" => false,
        // `name = value`
        "value_argument" => siblings.next() != Some(node) || siblings.next().is_none(),
        _ => true,
    }
}

/// The map of all variables, by what is done with it.
fn map<'t>(names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
    let outer = wrapped(node);
    let Some(parent) = outer.parent() else { return };
    let is_first = parent.named_children().next() == Some(outer);
    match parent.kind() {
        "navigation_expression" if is_first => method(node, parent, found),
        "indexing_expression" if is_first => {
            if let Some(key) = parent.named_children().nth(1).and_then(|suffix| suffix.named_children().next()) {
                found.reads.push(Read {
                    expression: parent,
                    key: Key::Value(key),
                    unset: Unset::Unknown,
                    idiom: "System.getenv()",
                });
            }
        }
        // `"KEY" in System.getenv()`
        "check_expression" if !is_first => {}
        "property_declaration" if is_alias(names, parent, node) => found.aliases.push(node),
        _ => found.wholes.push(node),
    }
}

fn method<'t>(node: Node<'t>, navigation: Node<'t>, found: &mut Found<'t>) {
    let call = navigation.parent().and_then(call_at).filter(|call| call.node.kind() == "call_expression");
    let name = navigation.subtree().next_back().map_or("", Node::text);
    let Some(call) = call else {
        return if name != "size" {
            found.wholes.push(node)
        };
    };
    let given = |at: usize| call.arguments.get(at).map(|given| given.value);
    let unset = match name {
        "get" => Unset::Unknown,
        "getValue" => Unset::Fails,
        "getOrDefault" => Unset::Default(given(1)),
        "getOrElse" => Unset::Default(None),
        "containsKey" | "contains" | "isEmpty" | "isNotEmpty" => return,
        _ => return found.wholes.push(node),
    };
    if let Some(key) = given(0) {
        found.reads.push(Read { expression: call.node, key: Key::Value(key), unset, idiom: "System.getenv()" });
    }
}

/// A property that other files see may be read for anything.
fn is_alias<'t>(names: &Names<'t>, declaration: Node<'t>, value: Node<'t>) -> bool {
    let is_local = !names.outside_functions(declaration) || declaration.text().starts_with("private");
    let variable = declaration.named_children().find(|child| child.kind() == "variable_declaration").filter(|_| is_local);
    let name = variable.and_then(|variable| variable.named_children().next());
    is_bound_to(names, name, value)
}
