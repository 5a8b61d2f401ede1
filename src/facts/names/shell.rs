//! Bindings and literals of shell scripts. A variable belongs to the whole script unless a function has it for itself.

use super::scopes::Builder;
use super::{Binding, ScopeKind, Syntax};
use crate::formats::code::Node;

pub(super) struct Shell;

impl Syntax for Shell {
    fn bind<'t>(&self, names: &mut Builder<'t>, node: Node<'t>) {
        match node.kind() {
            "compound_statement" if node.parent().is_some_and(|parent| parent.kind() == "function_definition") => {
                names.open(ScopeKind::Function, node);
            }
            "variable_assignment" => assignment(names, node),
            "for_statement" => {
                if let Some(variable) = node.field("variable") {
                    names.bind(0, variable.text(), Binding::Loop(node));
                }
            }
            "declaration_command" if is_local(node) => {
                let bare = node.named_children().filter(|child| child.kind() == "variable_name");
                bare.for_each(|name| names.bind(names.function(), name.text(), Binding::Unknown));
            }
            "unset_command" => {
                node.named_children().for_each(|name| names.bind(0, name.text(), Binding::Unknown));
            }
            "command" => command(names, node),
            // `${NAME:=default}`
            "expansion" => {
                let name = node.named_children().next().filter(|name| name.kind() == "variable_name");
                let sets = |name: &Node<'t>| {
                    let rest = node.text().get(2 + name.text().len()..).unwrap_or_default();
                    rest.starts_with(":=") || rest.starts_with('=')
                };
                if let Some(name) = name.filter(sets) {
                    names.bind(0, name.text(), Binding::Unknown);
                }
            }
            _ => {}
        }
    }

    fn is_name(&self, kind: &str) -> bool {
        kind == "variable_name"
    }

    fn string(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "string" if node.named_children().all(|part| part.kind() == "string_content") => {
                Some(quoted(node.text().strip_prefix('"')?.strip_suffix('"')?))
            }
            "raw_string" => Some(node.text().strip_prefix('\'')?.strip_suffix('\'')?.to_owned()),
            _ => None,
        }
    }

    fn is_function(&self, kind: &str) -> bool {
        kind == "function_definition"
    }

    fn looped<'t>(&self, node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
        let statement = node.parent().filter(|parent| parent.kind() == "for_statement")?;
        (node.role() == "body").then_some((statement.field("variable")?, statement))
    }
}

fn assignment<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let Some((name, parent)) = node.field("name").zip(node.parent()) else { return };
    // `NAME=value command` sets it for that command alone.
    if parent.kind() == "command" {
        return;
    }
    if name.kind() != "variable_name" {
        let of = name.field("name").unwrap_or(name);
        return names.bind(0, of.text(), Binding::Unknown);
    }
    let adds = node.children().nth(1).is_some_and(|operator| operator.kind() == "+=");
    let binding = match node.field("value").filter(|_| !adds) {
        Some(value) => Binding::Value(value),
        None => Binding::Unknown,
    };
    let scope = if parent.kind() == "declaration_command" && is_local(parent) { names.function() } else { 0 };
    names.bind(scope, name.text(), binding);
}

/// `local`, and `declare` or `typeset` without `-g`.
fn is_local(declaration: Node<'_>) -> bool {
    let mut words = declaration.children().map(Node::text);
    match words.next() {
        Some("local") => true,
        Some("declare" | "typeset") => !words.any(|word| word.starts_with('-') && word.contains('g')),
        _ => false,
    }
}

/// Commands that set the variables they are given: of them nothing is known.
fn command<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let name = node.field("name").map_or("", |name| name.text());
    if !matches!(name, "read" | "mapfile" | "readarray" | "getopts" | "printf" | "let") {
        return;
    }
    let is_name = |text: &&str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let words = node.children().filter(|child| child.role() == "argument").map(Node::text);
    words
        .map(|word| word.split('=').next().unwrap_or(word))
        .filter(is_name)
        .for_each(|name| names.bind(0, name, Binding::Unknown));
}

/// The text between double quotes.
fn quoted(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match (c, rest.clone().next()) {
            ('\\', Some(next @ ('"' | '\\' | '$' | '`'))) => {
                plain.push(next);
                rest.next();
            }
            ('\\', Some('\n')) => {
                rest.next();
            }
            _ => plain.push(c),
        }
    }
    plain
}
