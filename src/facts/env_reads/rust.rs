//! What reads the environment in Rust: `std::env::var`, `env!`, clap's `env`.

use super::{Found, Idioms, Key, MAX_CLIMB, Read, Unset};
use crate::facts::names::{Names, call, plain, string_value, wrapped};
use crate::formats::code::Node;

pub(super) struct Rust;

impl Idioms for Rust {
    fn words(&self) -> &'static [&'static str] {
        &["env"]
    }

    fn read<'t>(&self, names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
        match node.kind() {
            "call_expression" => function(names, node, found),
            "macro_invocation" => compiled(node, found),
            "scoped_identifier" | "identifier" => handed_on(names, node, found),
            "attribute" => option(node, found),
            _ => {}
        }
    }

    fn unset<'t>(&self, value: Node<'t>) -> Unset<'t> {
        unset(value)
    }
}

/// The function of the standard library (or of dotenv, which puts a file below it) that a path names.
fn known(names: &Names<'_>, path: &str) -> Option<&'static str> {
    Some(match path {
        "std.env.var" | "env.var" | "dotenv.var" | "dotenvy.var" => "std::env::var",
        "std.env.var_os" | "env.var_os" => "std::env::var_os",
        "std.env.vars" | "std.env.vars_os" | "env.vars" | "env.vars_os" => "std::env::vars",
        "var" if names.opens("std.env") => "std::env::var",
        "var_os" if names.opens("std.env") => "std::env::var_os",
        _ => return None,
    })
}

fn function<'t>(names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
    let Some(call) = call(node) else { return };
    let path = names.called(&call).map(|called| called.path).unwrap_or_default();
    let Some(key) = call.argument(0, "key") else {
        if known(names, &path) == Some("std::env::vars") {
            found.wholes.push(node);
        }
        return;
    };
    let idiom = match known(names, &path) {
        Some("std::env::vars") => return,
        Some(idiom) => idiom,
        None if is_builder(node, call.arguments.len()) => "clap",
        None => return,
    };
    found.reads.push(Read { expression: node, key: Key::Value(key), unset: Unset::Unknown, idiom });
}

/// `Arg::new("token").env("TOKEN")`
fn is_builder(node: Node<'_>, arguments: usize) -> bool {
    let Some(mut function) = node.field("function").filter(|function| function.kind() == "field_expression") else {
        return false;
    };
    if arguments != 1 || function.field("field").is_none_or(|name| name.text() != "env") {
        return false;
    }
    for _ in 0..MAX_CHAIN {
        let Some(receiver) = function.field("value").filter(|receiver| receiver.kind() == "call_expression") else {
            return false;
        };
        let Some(callee) = receiver.field("function") else { return false };
        if callee.kind() != "field_expression" {
            return matches!(callee.text().trim_start_matches("clap::"), "Arg::new" | "Arg::with_name");
        }
        function = callee;
    }
    false
}

/// Calls of a chain that are followed.
const MAX_CHAIN: usize = 64;

/// `env!("KEY")` and `option_env!("KEY")`
fn compiled<'t>(node: Node<'t>, found: &mut Found<'t>) {
    let Some(name) = node.field("macro") else { return };
    let name = name.field("name").unwrap_or(name).text();
    let (idiom, unset) = match name {
        "env" => ("env!", Unset::Fails),
        "option_env" => ("option_env!", Unset::Unknown),
        _ => return,
    };
    if let Some(key) = call(node).and_then(|call| call.argument(0, "key")) {
        found.reads.push(Read { expression: node, key: Key::Value(key), unset, idiom });
    }
}

/// The function itself as a value (`.and_then(std::env::var)`): with which keys it is called nobody knows.
fn handed_on<'t>(names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
    let Some(parent) = node.parent().filter(|parent| parent.kind() == "arguments") else { return };
    let path = names.qualified(node).map(|qualified| qualified.path).unwrap_or_default();
    if parent.role() == "arguments" && path.contains("var") && known(names, &path).is_some() {
        found.wholes.push(node);
    }
}

/// `#[arg(long, env = "KEY", default_value = "x")]`; `env` alone means the field's name in capitals.
fn option<'t>(attribute: Node<'t>, found: &mut Found<'t>) {
    let name = attribute.named_children().next().map_or("", Node::text);
    if !matches!(name.trim_start_matches("clap::"), "arg" | "clap" | "structopt" | "option") {
        return;
    }
    let Some(tokens) = attribute.field("arguments") else { return };
    let items = items(tokens);
    let Some((at, value)) = items.iter().find(|(name, _)| name.text() == "env") else { return };
    let default = items.iter().find(|(name, _)| name.text().starts_with("default_value"));
    let unset = default.map_or(Unset::Unknown, |(_, value)| Unset::Default(value.map(literal)));
    let key = match (value, field_below(attribute)) {
        (Some(value), _) => Key::Value(*value),
        (None, Some(field)) => Key::Capitals(*at, field),
        (None, None) => return,
    };
    found.reads.push(Read { expression: attribute, key, unset, idiom: "clap" });
}

/// The words of an attribute, with the values that are assigned to them.
fn items<'t>(tokens: Node<'t>) -> Vec<(Node<'t>, Option<Node<'t>>)> {
    let inside: Vec<Node<'t>> = match tokens.named_children().next() {
        Some(whole) if matches!(whole.kind(), "tuple_expression" | "parenthesized_expression") => {
            whole.named_children().collect()
        }
        // What could not be read as one expression stays tokens.
        _ => {
            let all: Vec<Node<'t>> = tokens.children().collect();
            let words = (0..all.len()).filter_map(|at| {
                let name = all.get(at).filter(|node| node.kind() == "identifier")?;
                let assigned = all.get(at + 1).is_some_and(|next| next.kind() == "=");
                Some((*name, all.get(at + 2).copied().filter(|_| assigned)))
            });
            return words.collect();
        }
    };
    let assigned = |item: Node<'t>| match item.kind() {
        "assignment_expression" => Some((item.field("left")?, item.field("right"))),
        "identifier" => Some((item, None)),
        _ => None,
    };
    inside.into_iter().filter_map(assigned).collect()
}

/// The name of the field that an attribute stands above.
fn field_below(attribute: Node<'_>) -> Option<Node<'_>> {
    let item = attribute.parent()?;
    let mut below = item.parent()?.named_children().skip_while(|sibling| *sibling != item).skip(1);
    let field = below.find(|sibling| sibling.kind() != "attribute_item")?;
    field.field("name").filter(|_| field.kind() == "field_declaration")
}

/// The variable's value, or what a chain of methods has made of it.
struct Chain<'t> {
    value: Node<'t>,
    /// An unset variable is `None` by now, and not an error.
    option: bool,
}

/// What the methods, the `?`, the `match` or the `else` behind a read do where there is no value.
fn unset(value: Node<'_>) -> Unset<'_> {
    let mut chain = Chain { value, option: !is_result(value) };
    for _ in 0..MAX_CLIMB {
        chain.value = wrapped(chain.value);
        let Some(parent) = chain.value.parent() else { break };
        let step = match (parent.kind(), chain.value.role()) {
            ("field_expression", "value") => method(&mut chain, parent),
            ("try_expression", _) => Some(if chain.option { Unset::Unknown } else { Unset::Fails }),
            ("match_expression", "value") => Some(matched(parent)),
            ("let_declaration", "value") => parent.field("alternative").map(|block| match outcome(block) {
                Unset::Fails => Unset::Fails,
                _ => Unset::Unknown,
            }),
            ("closure_expression", "body") | ("arguments", _) => alternative(&mut chain, parent),
            _ => Some(Unset::Unknown),
        };
        match step {
            Some(unset) => return unset,
            None if chain.value.parent() == Some(parent) => return Unset::Unknown,
            None => {}
        }
    }
    Unset::Unknown
}

/// Whether the read gives an error, and not `None`, where the variable is unset.
fn is_result(read: Node<'_>) -> bool {
    let function = plain(read).field("function").map_or("", Node::text);
    function.rsplit("::").next() == Some("var")
}

/// The method that is called on the value; `None` where the chain goes on behind it.
fn method<'t>(chain: &mut Chain<'t>, access: Node<'t>) -> Option<Unset<'t>> {
    let Some(node) = access.parent().filter(|call| call.kind() == "call_expression" && access.role() == "function") else {
        return Some(Unset::Unknown);
    };
    let arguments = call(node).map(|call| call.arguments).unwrap_or_default();
    let first = arguments.first().map(|argument| literal(argument.value));
    match access.field("field").map_or("", Node::text) {
        "unwrap" | "expect" | "unwrap_unchecked" => return Some(Unset::Fails),
        "unwrap_or" | "unwrap_or_else" | "map_or" | "map_or_else" => return Some(Unset::Default(first)),
        "unwrap_or_default" | "or" | "or_else" => return Some(Unset::Default(None)),
        "ok" => chain.option = true,
        "ok_or" | "ok_or_else" | "context" | "with_context" => chain.option = false,
        "map" | "and_then" | "filter" | "map_err" | "transpose" | "flatten" | "cloned" | "copied" | "inspect" | "inspect_err"
        | "and" | "as_mut" | "as_deref_mut" | "take" => {}
        _ => return Some(Unset::Unknown),
    }
    chain.value = node;
    None
}

/// The value is what `or(…)` or `or_else(|| …)` puts in the place of another: what follows is about both.
fn alternative<'t>(chain: &mut Chain<'t>, parent: Node<'t>) -> Option<Unset<'t>> {
    let arguments = if parent.kind() == "arguments" { Some(parent) } else { parent.parent() };
    let node = arguments.filter(|list| list.kind() == "arguments").and_then(Node::parent);
    let Some(node) = node.filter(|node| node.kind() == "call_expression") else { return Some(Unset::Unknown) };
    let name = node.field("function").and_then(|function| function.field("field")).map_or("", Node::text);
    if !matches!(name, "or" | "or_else") {
        return Some(Unset::Unknown);
    }
    chain.value = node;
    None
}

/// The arm that an unset variable leads to.
fn matched(node: Node<'_>) -> Unset<'_> {
    let arms = node.field("body").into_iter().flat_map(|body| body.named_children());
    let missing = |arm: &Node<'_>| {
        let pattern = arm.field("pattern").map_or("", Node::text);
        pattern.starts_with("Err") || pattern == "None" || pattern == "_"
    };
    arms.into_iter().find(missing).and_then(|arm| arm.field("value")).map_or(Unset::Unknown, outcome)
}

/// What a block or an expression that stands for an unset variable comes to.
fn outcome(node: Node<'_>) -> Unset<'_> {
    let mut node = node;
    for _ in 0..MAX_CLIMB {
        match node.kind() {
            "block" => match node.named_children().last() {
                Some(last) => node = last,
                None => return Unset::Unknown,
            },
            "expression_statement" => match node.named_children().next() {
                Some(inner) => node = inner,
                None => return Unset::Unknown,
            },
            "macro_invocation" => {
                let name = node.field("macro").map_or("", Node::text);
                let fails = ["panic", "bail", "unreachable", "todo", "unimplemented"];
                let name = name.rsplit("::").next().unwrap_or_default();
                return if fails.contains(&name) { Unset::Fails } else { Unset::Default(None) };
            }
            "return_expression" => {
                let fails = node.named_children().next().is_some_and(|value| value.text().starts_with("Err("));
                return if fails { Unset::Fails } else { Unset::Unknown };
            }
            "continue_expression" | "break_expression" | "unit_expression" => return Unset::Unknown,
            "call_expression" if node.field("function").is_some_and(|function| function.text().ends_with("exit")) => {
                return Unset::Fails;
            }
            _ => return Unset::Default(Some(literal(node))),
        }
    }
    Unset::Unknown
}

/// The literal inside of what makes a value of it: `|_| "x".to_string()`, `String::from("x")`.
fn literal(node: Node<'_>) -> Node<'_> {
    let mut node = plain(node);
    for _ in 0..MAX_CLIMB {
        let inner = match node.kind() {
            "closure_expression" => node.field("body"),
            "call_expression" => {
                let makes = node.field("function").is_some_and(|function| {
                    function.text().ends_with("::from") || function.text().ends_with("::new") || function.text() == "Some"
                });
                let arguments = call(node).map(|call| call.arguments).unwrap_or_default();
                match arguments.as_slice() {
                    [only] if makes => Some(only.value),
                    _ => None,
                }
            }
            _ => None,
        };
        match inner {
            Some(inner) if string_value(node).is_none() => node = plain(inner),
            _ => break,
        }
    }
    node
}
