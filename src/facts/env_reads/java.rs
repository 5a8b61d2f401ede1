//! What reads the environment in Java: `System.getenv`, and what injects a variable by its name.

use super::{Found, Idioms, Key, Read, Unset, guarded, injected, is_bound_to};
use crate::facts::names::{Call, Names, call as call_at, plain, wrapped};
use crate::formats::code::Node;

pub(super) struct Java;

impl Idioms for Java {
    fn words(&self) -> &'static [&'static str] {
        &["getenv", "@Value", "@ConfigProperty", "environmentVariable"]
    }

    fn read<'t>(&self, names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
        match node.kind() {
            "method_invocation" => called(names, node, found),
            "method_reference" if names.qualified(node).is_some_and(|qualified| is_getenv(&qualified.path)) => {
                found.wholes.push(node);
            }
            "identifier" if is_use(node) && names.bound_once(node).is_some_and(|value| is_map(names, plain(value))) => {
                found.look_at(names, node);
                map(names, node, found);
            }
            "annotation" => injected::read(names, node, found),
            _ => {}
        }
    }

    fn step<'t>(&self, parent: Node<'t>, node: Node<'t>) -> Result<Node<'t>, Unset<'t>> {
        match (parent.kind(), node.role()) {
            ("argument_list", _) if stands_first(parent, node) => {
                let call = parent.parent().and_then(call_at).ok_or(Unset::Unknown)?;
                match handed_to(&call) {
                    None if is_optional(&call) => Ok(call.node),
                    unset => Err(unset.unwrap_or(Unset::Unknown)),
                }
            }
            ("method_invocation", "object") => chained(parent).map_or(Ok(parent), Err),
            ("ternary_expression", "consequence" | "alternative") => Err(guarded(parent, node, &["=="])),
            _ => Err(Unset::Unknown),
        }
    }
}

/// Whether `node` is the first of a list: only then it is worth while to look at the whole list.
pub(super) fn stands_first(list: Node<'_>, node: Node<'_>) -> bool {
    list.named_children().next() == Some(node)
}

/// `requireNonNull(value)`, and functions that take the default behind the value.
pub(super) fn handed_to<'t>(call: &Call<'t>) -> Option<Unset<'t>> {
    let name = name_of(call)?;
    let second = || call.arguments.get(1).map(|given| given.value);
    match name {
        "requireNonNull" | "checkNotNull" | "requireNotNull" | "notNull" => Some(Unset::Fails),
        "requireNonNullElse" | "firstNonNull" | "defaultString" | "defaultIfEmpty" | "defaultIfBlank" | "defaultIfNull" => {
            Some(Unset::Default(second()))
        }
        "requireNonNullElseGet" => Some(Unset::Default(None)),
        _ => None,
    }
}

fn is_optional(call: &Call<'_>) -> bool {
    matches!(name_of(call), Some("ofNullable" | "fromNullable"))
}

fn name_of<'t>(call: &Call<'t>) -> Option<&'t str> {
    match call.callee {
        crate::facts::names::Callee::Method { name, .. } => Some(name.text()),
        crate::facts::names::Callee::Expression(callee) => callee.subtree().next_back().map(Node::text),
    }
}

/// What a method of an optional does where there is no value; `None` for one that hands on what there is.
fn chained(call: Node<'_>) -> Option<Unset<'_>> {
    let given = || call.field("arguments").and_then(|list| list.named_children().next());
    match call.field("name").map_or("", Node::text) {
        "orElse" | "getOrElse" | "or" => Some(Unset::Default(given())),
        "orElseGet" => Some(Unset::Default(None)),
        "orElseThrow" | "get" => Some(Unset::Fails),
        "map" | "filter" | "flatMap" => None,
        _ => Some(Unset::Unknown),
    }
}

/// Whether this is the path of the function that reads variables.
pub(super) fn is_getenv(path: &str) -> bool {
    path.strip_prefix("java.lang.").unwrap_or(path) == "System.getenv"
}

fn called<'t>(names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
    let Some(call) = call_at(node) else { return };
    let name = node.field("name").map_or("", Node::text);
    if !matches!(name, "getenv" | "environmentVariable") {
        return;
    }
    let idiom = match (name, names.called(&call)) {
        ("getenv", Some(path)) if is_getenv(&path.path) || names.may_be(&path, "java.lang.System.getenv") => "System.getenv",
        // Gradle's: `providers` is what a build script has, `getProviders()` what a plugin asks for.
        ("environmentVariable", _) if node.field("object").is_some_and(|object| is_providers(object.text())) => {
            "providers.environmentVariable"
        }
        _ => return,
    };
    match call.arguments.first() {
        Some(given) => found.reads.push(Read { expression: node, key: Key::Value(given.value), unset: Unset::Unknown, idiom }),
        None => map(names, node, found),
    }
}

pub(super) fn is_providers(receiver: &str) -> bool {
    let last = receiver.rsplit('.').next().unwrap_or(receiver);
    matches!(last, "providers" | "getProviders()" | "providerFactory" | "getProviderFactory()")
}

/// Whether a value is the map of all variables.
fn is_map<'t>(names: &Names<'t>, value: Node<'t>) -> bool {
    let is_call = value.kind() == "method_invocation" && value.field("name").is_some_and(|name| name.text() == "getenv");
    let call = call_at(value).filter(|call| is_call && call.arguments.is_empty());
    call.and_then(|call| names.called(&call))
        .is_some_and(|path| is_getenv(&path.path) || names.may_be(&path, "java.lang.System.getenv"))
}

fn is_use(node: Node<'_>) -> bool {
    !matches!(node.role(), "name" | "left" | "field")
}

/// The map of all variables, by what is done with it.
fn map<'t>(names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
    let outer = wrapped(node);
    let Some(parent) = outer.parent() else { return };
    match (parent.kind(), outer.role()) {
        ("method_invocation", "object") => {
            let given = |at: usize| parent.field("arguments").and_then(|list| list.named_children().nth(at));
            let unset = match parent.field("name").map_or("", Node::text) {
                "get" => Unset::Unknown,
                "getOrDefault" => Unset::Default(given(1)),
                "containsKey" | "isEmpty" | "size" => return,
                _ => return found.wholes.push(node),
            };
            if let Some(key) = given(0) {
                found.reads.push(Read { expression: parent, key: Key::Value(key), unset, idiom: "System.getenv()" });
            }
        }
        ("variable_declarator", "value") if is_alias(names, parent, node) => found.aliases.push(node),
        _ => found.wholes.push(node),
    }
}

/// A field that other classes see may be read for anything.
fn is_alias<'t>(names: &Names<'t>, declarator: Node<'t>, value: Node<'t>) -> bool {
    let is_local = declarator.parent().is_some_and(|declaration| {
        declaration.kind() == "local_variable_declaration" || declaration.text().starts_with("private")
    });
    let name = declarator.field("name").filter(|_| is_local);
    is_bound_to(names, name, value)
}
