//! What a JavaScript or TypeScript module hands out: `export` statements, and what is assigned to `module.exports`.

use super::syntax::{Exported, Exports};
use super::{plain, string_value};
use crate::formats::code::{Code, Node};

/// What the statements at the top of `code` export.
pub(super) fn exports(code: &Code) -> Exports<'_> {
    let mut exports = Exports::default();
    for statement in code.root().named_children() {
        match statement.kind() {
            "export_statement" => statement_of(&mut exports, statement),
            "expression_statement" => {
                let assignment = statement.named_children().next().filter(|node| node.kind() == "assignment_expression");
                if let Some(assignment) = assignment {
                    assigned(&mut exports, assignment);
                }
            }
            _ => {}
        }
    }
    exports
}

fn statement_of<'t>(exports: &mut Exports<'t>, statement: Node<'t>) {
    let source = statement.field("source").and_then(string_value).map(module_name);
    let is_default = statement.children().any(|child| child.kind() == "default");
    if let Some(value) = statement.field("value") {
        exports.names.insert("default".into(), local_or(plain(value)));
    }
    if let Some(declared) = statement.field("declaration") {
        for name in declared_names(declared) {
            let exported = if is_default { "default" } else { name };
            exports.names.insert(exported.to_owned(), Exported::Local(name));
        }
        if is_default && declared.field("name").is_none() {
            exports.names.insert("default".into(), Exported::Value(declared));
        }
    }
    for child in statement.children() {
        match (child.kind(), &source) {
            ("export_clause", source) => child.named_children().for_each(|item| specifier(exports, item, source.as_deref())),
            ("namespace_export", Some(module)) => {
                let name = child.named_children().next().map(|name| name.text().to_owned());
                exports.names.extend(name.map(|name| (name, Exported::Elsewhere(module.clone()))));
            }
            ("*", Some(module)) => exports.all_of.push(module.clone()),
            _ => {}
        }
    }
}

/// `name`, or `name as other`, perhaps of another module.
fn specifier<'t>(exports: &mut Exports<'t>, item: Node<'t>, source: Option<&str>) {
    let Some(name) = item.field("name").map(Node::text) else { return };
    let exported = item.field("alias").map_or(name, Node::text).to_owned();
    let target = match (source, name) {
        (None, name) => Exported::Local(name),
        (Some(module), "default") => Exported::Elsewhere(module.to_owned()),
        (Some(module), name) => Exported::Elsewhere(format!("{module}.{name}")),
    };
    exports.names.insert(exported, target);
}

/// The names that a declaration binds.
fn declared_names<'t>(declaration: Node<'t>) -> Vec<&'t str> {
    let own = declaration.field("name").into_iter();
    let declarators = declaration.named_children().filter(|child| child.kind() == "variable_declarator");
    own.chain(declarators.filter_map(|child| child.field("name"))).map(Node::text).collect()
}

/// `module.exports = …`, `module.exports.name = …`, `exports.name = …`.
fn assigned<'t>(exports: &mut Exports<'t>, assignment: Node<'t>) {
    let (Some(left), Some(right)) = (assignment.field("left"), assignment.field("right")) else { return };
    let value = plain(right);
    let target = left.text();
    if target == "module.exports" {
        if let Some(module) = required_module(value) {
            exports.all_of.push(module);
        }
        if value.kind() == "object" {
            for member in value.named_children() {
                spread_or_member(exports, member);
            }
        }
        exports.names.insert("default".into(), local_or(value));
    } else if let Some(name) = target.strip_prefix("module.").unwrap_or(target).strip_prefix("exports.") {
        exports.names.insert(name.to_owned(), local_or(value));
    }
}

/// A member of the object that a module hands out.
fn spread_or_member<'t>(exports: &mut Exports<'t>, member: Node<'t>) {
    match (member.kind(), member.field("key"), member.field("value")) {
        ("shorthand_property_identifier", ..) => {
            exports.names.insert(member.text().to_owned(), Exported::Local(member.text()));
        }
        ("pair", Some(key), Some(value)) => {
            let name = string_value(key).unwrap_or_else(|| key.text().to_owned());
            exports.names.insert(name, local_or(plain(value)));
        }
        ("spread_element", ..) => {
            let module = member.named_children().next().map(plain).and_then(required_module);
            exports.all_of.extend(module);
        }
        _ => {}
    }
}

fn local_or(value: Node<'_>) -> Exported<'_> {
    if value.kind() == "identifier" { Exported::Local(value.text()) } else { Exported::Value(value) }
}

/// The module that `require("x")` or `import("x")` loads.
pub(super) fn required_module(call: Node<'_>) -> Option<String> {
    let callee = call.field("function")?;
    if callee.kind() != "import" && callee.text() != "require" {
        return None;
    }
    string_value(call.field("arguments")?.named_children().next()?).map(module_name)
}

pub(super) fn module_name(source: String) -> String {
    source.strip_prefix("node:").map_or_else(|| source.clone(), str::to_owned)
}
