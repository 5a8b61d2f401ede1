//! Scopes and bindings of JavaScript and TypeScript.

use super::modules;
use super::scopes::Builder;
use super::strings::{JAVASCRIPT, inside, signed, unescaped};
use super::{Argument, Binding, Call, Callee, Exports, Parameter, ScopeKind, Syntax, plain, string_value};
use crate::formats::code::{Code, Node};

/// JavaScript, TypeScript and TSX.
pub(super) struct Script;

impl Syntax for Script {
    fn bind<'t>(&self, names: &mut Builder<'t>, node: Node<'t>) {
        read(names, node);
    }

    fn is_name(&self, kind: &str) -> bool {
        matches!(kind, "identifier" | "shorthand_property_identifier")
    }

    fn member<'t>(&self, node: Node<'t>) -> Option<(Node<'t>, String)> {
        match node.kind() {
            "member_expression" => Some((node.field("object")?, node.field("property")?.text().to_owned())),
            "subscript_expression" => Some((node.field("object")?, string_value(node.field("index")?)?)),
            _ => None,
        }
    }

    fn root(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "meta_property" => Some(node.text().to_owned()),
            "call_expression" => modules::required_module(node),
            _ => None,
        }
    }

    fn is_global_object(&self, name: &str) -> bool {
        matches!(name, "globalThis" | "window" | "global")
    }

    fn inner<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        match node.kind() {
            "parenthesized_expression"
            | "as_expression"
            | "satisfies_expression"
            | "non_null_expression"
            | "await_expression" => node.named_children().next(),
            "type_assertion" => node.named_children().nth(1),
            _ => None,
        }
    }

    fn string(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "string" => unescaped(inside(node.text(), 1), JAVASCRIPT),
            "template_string" if node.named_children().all(|part| part.kind() != "template_substitution") => {
                unescaped(inside(node.text(), 1), JAVASCRIPT)
            }
            _ => None,
        }
    }

    fn scalar(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "number" | "true" | "false" | "null" | "undefined" => Some(node.text().to_owned()),
            "unary_expression" => signed(node, |kind| kind == "number"),
            _ => None,
        }
    }

    fn is_null(&self, kind: &str) -> bool {
        matches!(kind, "null" | "undefined")
    }

    fn is_list(&self, kind: &str) -> bool {
        kind == "array"
    }

    fn is_function(&self, kind: &str) -> bool {
        matches!(
            kind,
            "function_declaration"
                | "function_expression"
                | "arrow_function"
                | "method_definition"
                | "generator_function"
                | "generator_function_declaration"
        )
    }

    fn call<'t>(&self, node: Node<'t>) -> Option<Call<'t>> {
        if node.kind() != "call_expression" {
            return None;
        }
        let callee = Callee::Expression(node.field("function")?);
        let list = node.field("arguments").filter(|list| list.kind() == "arguments");
        let given = list.into_iter().flat_map(|list| list.named_children());
        let arguments = given.map(|value| Argument { spread: value.kind() == "spread_element", ..Argument::plain(value) });
        Some(Call { node, callee, arguments: arguments.collect() })
    }

    fn exports<'t>(&self, code: &'t Code) -> Option<Exports<'t>> {
        Some(modules::exports(code))
    }

    fn looped<'t>(&self, node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
        let statement = node.parent().filter(|parent| parent.kind() == "for_in_statement" && node.role() == "body")?;
        Some((statement.field("left")?, statement.field("right")?))
    }

    fn iterated<'t>(&self, function: Node<'t>) -> Option<Node<'t>> {
        iterated(function)
    }

    fn class_of<'t>(&self, function: Node<'t>) -> Option<&'t str> {
        let body = function.parent().filter(|parent| parent.kind() == "class_body")?;
        body.parent()?.field("name").map(Node::text)
    }
}

/// Methods that call the function they are given with each item.
const ITERATING: [&str; 9] = ["forEach", "map", "filter", "flatMap", "some", "every", "find", "findIndex", "findLast"];

/// Opens the scope that `node` opens, and binds what it binds.
fn read<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    enter(names, node);
    match node.kind() {
        "lexical_declaration" => declaration(names, node, names.scope()),
        "variable_declaration" => declaration(names, node, names.function()),
        "assignment_expression" | "augmented_assignment_expression" => rebind(names, node.field("left")),
        "update_expression" => rebind(names, node.field("argument")),
        "for_in_statement" => loop_variable(names, node),
        "function_declaration" | "generator_function_declaration" => own_name(names, node, Binding::Function(node)),
        "class_declaration" | "abstract_class_declaration" | "enum_declaration" => own_name(names, node, Binding::Unknown),
        "import_statement" => import(names, node),
        "export_statement" => {
            if let Some(module) = node.field("source").and_then(string_value).map(modules::module_name) {
                names.import(&module);
            }
        }
        "call_expression" => {
            if let Some(module) = modules::required_module(node) {
                names.import(&module);
            }
        }
        _ => {}
    }
}

/// What the function `function` is given one by one: the array whose `forEach` (or the like) it is passed to.
fn iterated(function: Node<'_>) -> Option<Node<'_>> {
    let arguments = function.parent().filter(|parent| parent.kind() == "arguments")?;
    if arguments.named_children().next() != Some(function) {
        return None;
    }
    let method = arguments.parent()?.field("function").filter(|callee| callee.kind() == "member_expression")?;
    let name = method.field("property")?.text();
    if ITERATING.contains(&name) { method.field("object") } else { None }
}

fn enter<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let Some(parent) = node.parent() else { return };
    let body = node.role() == "body";
    match (parent.kind(), node.kind()) {
        (
            "function_declaration"
            | "generator_function_declaration"
            | "function_expression"
            | "generator_function"
            | "arrow_function"
            | "method_definition",
            _,
        ) if body => {
            names.open(ScopeKind::Function, node);
            parameters(names, parent);
            if matches!(parent.kind(), "function_expression" | "generator_function") {
                own_name(names, parent, Binding::Function(parent));
            }
        }
        ("class_static_block", _) if body => names.open(ScopeKind::Function, node),
        ("catch_clause", _) if body => {
            names.open(ScopeKind::Block, node);
            bind_pattern(names, parent.field("parameter"), names.scope(), |_| Binding::Unknown);
        }
        (_, "statement_block" | "for_statement" | "for_in_statement" | "switch_body") => names.open(ScopeKind::Block, node),
        // The array of a loop is looked up outside of it: `for (const x of x)` means another `x`.
        ("for_in_statement", _) if node.role() == "right" => names.reenter(names.enclosing(), node),
        _ => {}
    }
}

fn parameters<'t>(names: &mut Builder<'t>, function: Node<'t>) {
    let scope = names.scope();
    let single = function.field("parameter").into_iter();
    let listed = function.field("parameters").into_iter().flat_map(|list| list.named_children());
    for (index, item) in single.chain(listed).enumerate() {
        let (target, default) = match item.kind() {
            "assignment_pattern" => (item.field("left"), item.field("right")),
            "required_parameter" | "optional_parameter" => (item.field("pattern"), item.field("value")),
            _ => (Some(item), None),
        };
        match target {
            Some(name) if name.kind() == "identifier" => {
                let parameter = Parameter { function, name: name.text(), index, default };
                names.bind(scope, name.text(), Binding::Parameter(parameter));
            }
            target => bind_pattern(names, target, scope, |_| Binding::Unknown),
        }
    }
}

fn declaration<'t>(names: &mut Builder<'t>, node: Node<'t>, scope: u32) {
    // `declare const process: …` speaks of a global; it binds nothing.
    if node.parent().is_some_and(|parent| parent.kind() == "ambient_declaration") {
        return;
    }
    for declarator in node.named_children().filter(|child| child.kind() == "variable_declarator") {
        let value = declarator.field("value");
        bind_pattern(names, declarator.field("name"), scope, |key| match (value, key) {
            (Some(value), Key::Whole) => Binding::Value(value),
            (Some(of), Key::Member(key)) => Binding::Member { of, key },
            _ => Binding::Unknown,
        });
    }
}

fn loop_variable<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let Some(kind) = node.field("kind") else { return rebind(names, node.field("left")) };
    let scope = if kind.text() == "var" { names.function() } else { names.scope() };
    let over = node.field("operator").is_some_and(|operator| operator.text() == "of");
    let items = node.field("right").filter(|_| over);
    bind_pattern(names, node.field("left"), scope, |key| match (items, key) {
        (Some(items), Key::Whole) => Binding::Loop(items),
        _ => Binding::Unknown,
    });
}

/// What a name in a pattern takes of the value.
enum Key {
    Whole,
    Member(String),
    Unknown,
}

/// Binds each name of a pattern; `binding` says to what.
fn bind_pattern<'t>(names: &mut Builder<'t>, pattern: Option<Node<'t>>, scope: u32, binding: impl Fn(Key) -> Binding<'t>) {
    let Some(pattern) = pattern else { return };
    if pattern.kind() == "identifier" {
        return names.bind(scope, pattern.text(), binding(Key::Whole));
    }
    let mut open = vec![pattern];
    while let Some(node) = open.pop() {
        let key = || if node.parent() == Some(pattern) { Key::Member(node.text().to_owned()) } else { Key::Unknown };
        match node.kind() {
            "identifier" => names.bind(scope, node.text(), binding(Key::Unknown)),
            "shorthand_property_identifier_pattern" => names.bind(scope, node.text(), binding(key())),
            "pair_pattern" => match (renamed(node), node.field("value")) {
                (Some((key, name)), _) if node.parent() == Some(pattern) => {
                    names.bind(scope, name.text(), binding(Key::Member(key)));
                }
                (_, value) => open.extend(value),
            },
            "object_assignment_pattern" | "assignment_pattern" => open.extend(node.field("left")),
            "object_pattern" | "array_pattern" | "rest_pattern" => open.extend(node.named_children()),
            _ => {}
        }
    }
}

/// `key: name` of an object pattern.
fn renamed(pair: Node<'_>) -> Option<(String, Node<'_>)> {
    let name = pair.field("value").filter(|value| value.kind() == "identifier")?;
    let key = pair.field("key")?;
    match key.kind() {
        "property_identifier" => Some((key.text().to_owned(), name)),
        _ => Some((string_value(key)?, name)),
    }
}

/// Something assigns to what stands here.
fn rebind<'t>(names: &mut Builder<'t>, target: Option<Node<'t>>) {
    let Some(target) = target else { return };
    let scope = names.scope();
    let mut open = vec![target];
    while let Some(node) = open.pop() {
        match node.kind() {
            "identifier" | "shorthand_property_identifier_pattern" => names.rebind(scope, node.text()),
            "object_pattern" | "array_pattern" | "rest_pattern" => open.extend(node.named_children()),
            "object_assignment_pattern" | "assignment_pattern" => open.extend(node.field("left")),
            "pair_pattern" => open.extend(node.field("value")),
            "parenthesized_expression" if plain(node) != node => open.push(plain(node)),
            _ => {}
        }
    }
}

fn import<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    for child in node.named_children() {
        let source = child.field("source").or_else(|| node.field("source")).and_then(string_value).map(modules::module_name);
        let Some(module) = source else { continue };
        names.import(&module);
        match child.kind() {
            // TypeScript's `import name = require("module")`
            "import_require_clause" => bind_module(names, child, &module),
            "import_clause" => {
                for part in child.named_children() {
                    match part.kind() {
                        "identifier" => names.bind(0, part.text(), Binding::Import(module.clone())),
                        "namespace_import" => bind_module(names, part, &module),
                        "named_imports" => part.named_children().for_each(|item| specifier(names, item, &module)),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

fn bind_module<'t>(names: &mut Builder<'t>, node: Node<'t>, module: &str) {
    if let Some(name) = node.named_children().find(|child| child.kind() == "identifier") {
        names.bind(0, name.text(), Binding::Import(module.to_owned()));
    }
}

/// `name`, `name as alias` or `default as alias` of an import.
fn specifier<'t>(names: &mut Builder<'t>, item: Node<'t>, module: &str) {
    let Some(name) = item.field("name") else { return };
    let bound = item.field("alias").unwrap_or(name);
    let path = match name.text() {
        "default" => module.to_owned(),
        member => format!("{module}.{member}"),
    };
    names.bind(0, bound.text(), Binding::Import(path));
}

fn own_name<'t>(names: &mut Builder<'t>, node: Node<'t>, binding: Binding<'t>) {
    if let Some(name) = node.field("name") {
        names.bind(names.scope(), name.text(), binding);
    }
}
