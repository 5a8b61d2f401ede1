//! What reads the environment in JavaScript and TypeScript: `process.env`, `import.meta.env`, `Bun.env`, `Deno.env`.

use memchr::memmem;

use super::{Found, Idioms, Key, MAX_CLIMB, Read, Unset, alternative, schemas};
use crate::facts::names::{Names, call, plain, wrapped};
use crate::formats::code::Node;

/// JavaScript, TypeScript and TSX.
pub(super) struct Script;

impl Idioms for Script {
    fn words(&self) -> &'static [&'static str] {
        &[".env", "process", "Deno", "Bun", "ConfigService", "env-var", "@t3-oss/env-"]
    }

    fn may_serve_callers(&self, text: &[u8]) -> bool {
        let says = |word: &&str| memmem::find(text, word.as_bytes()).is_some();
        ["Deno", "Bun", "ConfigService", "env-var"].iter().any(says)
            || memmem::find_iter(text, b"env").any(|at| !is_literal_use(&text[..at], &text[at + 3..]))
    }

    fn read<'t>(&self, names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
        read(names, node, found);
    }

    fn unset<'t>(&self, value: Node<'t>) -> Unset<'t> {
        alternative(value, |node| {
            let operator = || node.field("operator").map_or("", |operator| operator.text());
            node.kind() == "binary_expression" && matches!(operator(), "??" | "||")
        })
    }
}

/// Whether `env` between `before` and `after` is part of another word, or is the environment of which this very name is used:
/// `process.env.KEY`, `process.env["KEY"]`.
fn is_literal_use(before: &[u8], after: &[u8]) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii();
    if before.last().is_some_and(is_word) || after.first().is_some_and(is_word) {
        return true;
    }
    let member = after.strip_prefix(b"?.").or_else(|| after.strip_prefix(b".")).unwrap_or_default();
    let index = after.strip_prefix(b"?.").unwrap_or(after).strip_prefix(b"[").unwrap_or_default();
    let given = after.strip_prefix(b"(").unwrap_or(after);
    let is_quote = |byte: &u8| matches!(byte, b'"' | b'\'' | b'-');
    member.first().is_some_and(is_word) || [index, given].iter().any(|rest| rest.first().is_some_and(is_quote))
}

/// Adds what `node` reads.
fn read<'t>(names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
    match node.kind() {
        "object_pattern" => destructuring(names, node, found),
        "call_expression" => schemas::read(names, node, found),
        "required_parameter" | "optional_parameter" | "public_field_definition" => found.services.declare(names, node),
        "identifier" | "shorthand_property_identifier" | "member_expression" | "subscript_expression" if is_use(node) => {
            let Some(path) = names.qualified(node).map(|qualified| qualified.path) else { return };
            match environment(&path) {
                Some(idiom) => object(names, node, idiom, found),
                None if path.starts_with("Deno.env") => deno(names, node, &path, found),
                None => {}
            }
        }
        _ => {}
    }
}

/// The objects whose members are the variables.
fn environment(path: &str) -> Option<&'static str> {
    ["process.env", "import.meta.env", "Bun.env"].into_iter().find(|known| *known == path)
}

/// Whether an identifier stands for a value, and not for the name that is bound or declared here.
fn is_use(node: Node<'_>) -> bool {
    let Some(parent) = node.parent() else { return false };
    match parent.kind() {
        "import_specifier"
        | "import_clause"
        | "namespace_import"
        | "import_require_clause"
        | "formal_parameters"
        | "type_query" => false,
        "array_pattern" | "object_pattern" | "rest_pattern" | "pair_pattern" => false,
        "variable_declarator" | "function_declaration" | "class_declaration" | "function_expression" => node.role() != "name",
        "required_parameter" | "optional_parameter" => node.role() == "value",
        "assignment_expression" | "augmented_assignment_expression" | "assignment_pattern" | "for_in_statement" => {
            node.role() != "left"
        }
        "arrow_function" => node.role() != "parameter",
        _ => true,
    }
}

/// An environment object, by what is done with it.
fn object<'t>(names: &Names<'t>, node: Node<'t>, idiom: &'static str, found: &mut Found<'t>) {
    found.look_at(names, node);
    let outer = wrapped(node);
    let Some(parent) = outer.parent() else { return };
    match (parent.kind(), outer.role()) {
        ("member_expression" | "subscript_expression", "object") => member(parent, idiom, found),
        ("variable_declarator" | "assignment_pattern" | "assignment_expression" | "required_parameter", "value" | "right")
            if destructures(parent) => {}
        ("variable_declarator", "value") if is_alias(names, parent, node) => found.aliases.push(node),
        _ if is_test(parent, outer) || schemas::takes_whole(names, outer) => {}
        _ => found.wholes.push(node),
    }
}

fn member<'t>(member: Node<'t>, idiom: &'static str, found: &mut Found<'t>) {
    let key = match (member.field("property"), member.field("index")) {
        _ if member.parent().is_some_and(|parent| parent.kind() == "type_query") => return,
        (Some(property), _) if is_tested(member, property) => return,
        (Some(property), _) => Key::Bare(property),
        (_, Some(index)) => Key::Value(index),
        _ => return,
    };
    if !is_written(member) {
        found.reads.push(Read { expression: member, key, unset: Unset::Unknown, idiom });
    }
}

/// `process.env.hasOwnProperty("KEY")`
fn is_tested(member: Node<'_>, property: Node<'_>) -> bool {
    property.text() == "hasOwnProperty" && member.role() == "function"
}

/// Whether the member is assigned to or deleted.
fn is_written(member: Node<'_>) -> bool {
    let outer = wrapped(member);
    let Some(parent) = outer.parent() else { return false };
    match parent.kind() {
        "assignment_expression" | "augmented_assignment_expression" | "for_in_statement" => outer.role() == "left",
        "update_expression" | "array_pattern" => true,
        "pair_pattern" => outer.role() == "value",
        "unary_expression" => parent.field("operator").is_some_and(|operator| operator.text() == "delete"),
        _ => false,
    }
}

/// `"KEY" in process.env`, and questions whether there is an environment at all.
fn is_test(parent: Node<'_>, node: Node<'_>) -> bool {
    let operator = parent.field("operator").map_or("", |operator| operator.text());
    match parent.kind() {
        "binary_expression" => operator == "in" && node.role() == "right" || operator == "&&" && node.role() == "left",
        "unary_expression" => matches!(operator, "!" | "typeof"),
        _ => false,
    }
}

fn destructures(parent: Node<'_>) -> bool {
    let target = ["name", "left", "pattern"].into_iter().find_map(|role| parent.field(role));
    target.is_some_and(|target| target.kind() == "object_pattern")
}

fn is_alias<'t>(names: &Names<'t>, declarator: Node<'t>, value: Node<'t>) -> bool {
    let name = declarator.field("name").filter(|name| name.kind() == "identifier");
    let exported = wrapped_in_export(declarator);
    !exported && name.and_then(|name| names.bound_once(name)).is_some_and(|bound| plain(bound) == value)
}

/// What is exported is passed on: other files may read anything from it.
fn wrapped_in_export(declarator: Node<'_>) -> bool {
    let statement = declarator.parent().and_then(|declaration| declaration.parent());
    statement.is_some_and(|statement| statement.kind() == "export_statement")
}

/// `const { KEY, KEY: name = "default", ...rest } = process.env`
fn destructuring<'t>(names: &Names<'t>, pattern: Node<'t>, found: &mut Found<'t>) {
    if destructured(names, pattern).is_none_or(|path| environment(&path).is_none()) {
        return;
    }
    for entry in pattern.named_children() {
        let (key, default) = match entry.kind() {
            "shorthand_property_identifier_pattern" => (Some(Key::Bare(entry)), None),
            "object_assignment_pattern" => (entry.field("left").map(Key::Bare), entry.field("right")),
            "pair_pattern" => (entry.field("key").map(pair_key), entry.field("value").and_then(|value| value.field("right"))),
            _ => {
                found.wholes.push(entry);
                continue;
            }
        };
        if let Some(key) = key {
            let unset = if default.is_some() { Unset::Default(default) } else { Unset::Unknown };
            found.reads.push(Read { expression: entry, key, unset, idiom: "destructuring" });
        }
    }
}

fn pair_key(key: Node<'_>) -> Key<'_> {
    match key.kind() {
        "property_identifier" => Key::Bare(key),
        "computed_property_name" => Key::Value(key.named_children().next().unwrap_or(key)),
        _ => Key::Value(key),
    }
}

/// The dotted path of what an object pattern takes apart.
fn destructured<'t>(names: &Names<'t>, pattern: Node<'t>) -> Option<String> {
    let mut keys = Vec::new();
    let mut pattern = pattern;
    for _ in 0..MAX_CLIMB {
        let parent = pattern.parent()?;
        let value = match parent.kind() {
            "pair_pattern" => {
                keys.push(parent.field("key")?.text());
                pattern = parent.parent().filter(|outer| outer.kind() == "object_pattern")?;
                continue;
            }
            "variable_declarator" | "required_parameter" => parent.field("value")?,
            "assignment_pattern" | "assignment_expression" => parent.field("right")?,
            _ => return None,
        };
        let root = names.qualified(value)?.path;
        return Some(keys.iter().rev().fold(root, |path, key| format!("{path}.{key}")));
    }
    None
}

/// `Deno.env` is an object with methods.
fn deno<'t>(names: &Names<'t>, node: Node<'t>, path: &str, found: &mut Found<'t>) {
    found.look_at(names, node);
    let Some(parent) = node.parent() else { return };
    let is_called = parent.kind() == "call_expression" && node.role() == "function";
    match path {
        "Deno.env" if node.role() == "object" => {}
        "Deno.env" if is_alias(names, parent, node) => found.aliases.push(node),
        "Deno.env.get" if is_called => {
            if let Some(key) = call(parent).and_then(|call| call.argument(0, "key")) {
                found.reads.push(Read { expression: parent, key: Key::Value(key), unset: Unset::Unknown, idiom: "Deno.env" });
            }
        }
        "Deno.env" | "Deno.env.get" | "Deno.env.toObject" => found.wholes.push(node),
        _ => {}
    }
}
