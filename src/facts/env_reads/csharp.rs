//! What reads the environment in C#: `Environment.GetEnvironmentVariable`.

use super::{Found, Idioms, Key, Named, Read, Unset, guarded, is_bound_to};
use crate::facts::names::{Names, call as call_at, plain, string_value, syntax, wrapped};
use crate::formats::code::Node;

pub(super) struct CSharp;

const ONE: &str = "Environment.GetEnvironmentVariable";
const ALL: &str = "Environment.GetEnvironmentVariables";
/// Keys of a list each of which is read at one place.
const MAX_KEYS: usize = 64;

impl Idioms for CSharp {
    fn words(&self) -> &'static [&'static str] {
        &["GetEnvironmentVariable"]
    }

    fn read<'t>(&self, names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
        match node.kind() {
            "invocation_expression" => called(names, node, found),
            "member_access_expression" if node.role() != "function" && is(names, node, ONE) && !is_named(node) => {
                handed_on(names, node, found);
            }
            "identifier" if is_use(node) && names.bound_once(node).is_some_and(|value| is_map(names, plain(value))) => {
                found.look_at(names, node);
                map(names, node, found);
            }
            _ => {}
        }
    }

    fn step<'t>(&self, parent: Node<'t>, node: Node<'t>) -> Result<Node<'t>, Unset<'t>> {
        match (parent.kind(), node.role()) {
            ("binary_expression", "left") if is_or(parent) => Err(alternative(parent.field("right"))),
            ("binary_expression", "right") if is_or(parent) => Ok(parent),
            ("conditional_access_expression", "condition") => Ok(parent),
            ("invocation_expression", "function") if node.kind() == "conditional_access_expression" => Ok(parent),
            ("conditional_expression", "consequence" | "alternative") => Err(chosen(parent, node)),
            ("argument", _) if is_demanded(parent) => Err(Unset::Fails),
            _ => Err(Unset::Unknown),
        }
    }
}

fn is_or(node: Node<'_>) -> bool {
    node.field("operator").is_some_and(|operator| operator.text() == "??")
}

/// What stands in for an unset value, unless it ends the program.
fn alternative(node: Option<Node<'_>>) -> Unset<'_> {
    match node.map(plain) {
        Some(node) if node.kind() == "throw_expression" => Unset::Fails,
        // Which of several variables is set does not matter, as long as one is: `Get("A") ?? Get("B") ?? throw …`
        Some(node) if node.kind() == "binary_expression" && is_or(node) => Unset::Default(None),
        node => Unset::Default(node),
    }
}

/// `string.IsNullOrEmpty(value) ? "default" : value`
fn chosen<'t>(conditional: Node<'t>, branch: Node<'t>) -> Unset<'t> {
    let is_negated = conditional.field("condition").is_some_and(|condition| condition.kind() == "prefix_unary_expression");
    guarded(conditional, branch, if is_negated { &["=="] } else { &["==", "is null", "IsNullOr"] })
}

/// `ArgumentNullException.ThrowIfNull(value)`
fn is_demanded(argument: Node<'_>) -> bool {
    let call = argument.parent().filter(|list| list.named_children().next() == Some(argument)).and_then(Node::parent);
    let function = call.and_then(|call| call.field("function"));
    let member = function.and_then(|function| syntax(function.code()).member(function));
    member.is_some_and(|(_, name)| matches!(name.as_str(), "ThrowIfNull" | "ThrowIfNullOrEmpty" | "ThrowIfNullOrWhiteSpace"))
}

/// Whether `node` is the path of that function.
fn is<'t>(names: &Names<'t>, node: Node<'t>, function: &str) -> bool {
    names.qualified(node).is_some_and(|path| {
        path.path.strip_prefix("System.").unwrap_or(&path.path) == function || names.may_be(&path, &format!("System.{function}"))
    })
}

/// `KEYS.Select(Environment.GetEnvironmentVariable)`: a read of each key, where these are written.
fn handed_on<'t>(names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
    let keys = syntax(node.code()).iterated(node).map(plain).and_then(|over| {
        let list = syntax(node.code()).list(names.bound_once(over).map_or(over, plain))?;
        let is_short = list.named_children().nth(MAX_KEYS).is_none();
        is_short.then(|| list.named_children().map(string_value).collect::<Option<Vec<_>>>())?
    });
    let keys = keys.unwrap_or_default();
    if keys.is_empty() {
        found.wholes.push(node);
    }
    let read = Read::of(node, Unset::Unknown, ONE);
    found.named.extend(keys.into_iter().map(|value| Named { value, at: node.span(), read }));
}

/// Whether only the name of `node` is used: `nameof(Environment.GetEnvironmentVariable)`.
fn is_named(node: Node<'_>) -> bool {
    let call = node.parent().and_then(Node::parent).and_then(Node::parent);
    call.and_then(|call| call.field("function")).is_some_and(|function| function.text() == "nameof")
}

fn called<'t>(names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
    let Some(function) = node.field("function") else { return };
    match function.text() {
        text if text.ends_with("GetEnvironmentVariable") && is(names, function, ONE) => {
            let key = call_at(node).and_then(|call| call.argument(0, "variable"));
            let read = key.map(|key| Read { expression: node, key: Key::Value(key), unset: Unset::Unknown, idiom: ONE });
            found.reads.extend(read);
        }
        _ if is_map(names, node) => map(names, node, found),
        _ => {}
    }
}

/// Whether a value is the map of all variables.
fn is_map<'t>(names: &Names<'t>, value: Node<'t>) -> bool {
    let function = value.field("function").filter(|_| value.kind() == "invocation_expression");
    function.is_some_and(|function| function.text().ends_with("GetEnvironmentVariables") && is(names, function, ALL))
}

fn is_use(node: Node<'_>) -> bool {
    !matches!(node.role(), "name" | "left")
}

/// The map of all variables, by what is done with it.
fn map<'t>(names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
    let outer = wrapped(node);
    let Some(parent) = outer.parent() else { return };
    match (parent.kind(), outer.role()) {
        ("element_access_expression", "expression") if parent.role() != "left" => {
            let given = parent.field("subscript").and_then(|list| list.named_children().next());
            if let Some(key) = given.and_then(|given| given.named_children().last()) {
                let idiom = "Environment.GetEnvironmentVariables()";
                found.reads.push(Read { expression: parent, key: Key::Value(key), unset: Unset::Unknown, idiom });
            }
        }
        ("element_access_expression", "expression") => {}
        ("member_access_expression", "expression") if is_question(parent) => {}
        ("variable_declarator", _) if is_alias(names, parent, node) => found.aliases.push(node),
        _ => found.wholes.push(node),
    }
}

/// Whether a member of the map tells no value.
fn is_question(access: Node<'_>) -> bool {
    access.field("name").is_some_and(|name| matches!(name.text(), "Contains" | "ContainsKey" | "Count"))
}

/// A field that other classes see may be read for anything.
fn is_alias<'t>(names: &Names<'t>, declarator: Node<'t>, value: Node<'t>) -> bool {
    let declaration = declarator.parent().and_then(Node::parent);
    let is_local = declaration.is_some_and(|declaration| {
        declaration.kind() == "local_declaration_statement" || declaration.text().starts_with("private")
    });
    let name = declarator.field("name").filter(|_| is_local);
    is_bound_to(names, name, value)
}
