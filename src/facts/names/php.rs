//! Scopes, bindings, literals and calls of PHP. Paths are dotted here, whatever `\`, `::` and `->` PHP writes.

use super::scopes::Builder;
use super::strings::{Escapes, concatenated, dedented, inside, sides, unescaped};
use super::{Argument, Binding, Call, Callee, Parameter, Qualified, ScopeKind, Syntax};
use crate::formats::code::Node;

pub(super) struct Php;

/// Methods of a collection that call the function they are given with each item.
const ITERATING: [&str; 9] = ["each", "map", "filter", "reject", "flatMap", "mapWithKeys", "every", "some", "contains"];

impl Syntax for Php {
    fn unbound(&self) -> &'static [&'static str] {
        &["."]
    }

    fn bind<'t>(&self, names: &mut Builder<'t>, node: Node<'t>) {
        enter(names, node);
        read(names, node);
    }

    fn is_name(&self, kind: &str) -> bool {
        matches!(kind, "name" | "variable_name")
    }

    fn is_variable(&self, name: &str) -> bool {
        name.starts_with('$')
    }

    fn is_self(&self, node: Node<'_>) -> bool {
        matches!(node.text(), "self" | "static" | "$this")
    }

    fn member<'t>(&self, node: Node<'t>) -> Option<(Node<'t>, String)> {
        match node.kind() {
            "class_constant_access_expression" => {
                let mut parts = node.named_children();
                Some((parts.next()?, parts.next()?.text().to_owned()))
            }
            "scoped_property_access_expression" => Some((node.field("scope")?, node.field("name")?.text().to_owned())),
            _ => None,
        }
    }

    fn root(&self, node: Node<'_>) -> Option<String> {
        (node.kind() == "qualified_name").then(|| dotted(node.text()))
    }

    fn inner<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        match node.kind() {
            "parenthesized_expression" | "error_suppression_expression" => node.named_children().next(),
            "cast_expression" => node.field("value"),
            _ => None,
        }
    }

    fn string(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "binary_expression" => concatenated(node, |node| sides(node, "."), literal),
            _ => literal(node),
        }
    }

    fn scalar(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "integer" | "float" | "boolean" | "null" => Some(node.text().to_owned()),
            "unary_op_expression" => {
                let operand = node.field("argument").filter(|operand| matches!(operand.kind(), "integer" | "float"))?;
                (node.text().len() == operand.text().len() + 1).then(|| node.text().to_owned())
            }
            _ => None,
        }
    }

    fn is_null(&self, kind: &str) -> bool {
        kind == "null"
    }

    fn is_list(&self, kind: &str) -> bool {
        kind == "array_creation_expression"
    }

    fn is_function(&self, kind: &str) -> bool {
        matches!(kind, "function_definition" | "method_declaration" | "anonymous_function" | "arrow_function")
    }

    fn call<'t>(&self, node: Node<'t>) -> Option<Call<'t>> {
        let callee = match node.kind() {
            "function_call_expression" => Callee::Expression(node.field("function")?),
            "member_call_expression" | "nullsafe_member_call_expression" => {
                Callee::Method { receiver: node.field("object"), name: node.field("name")? }
            }
            "scoped_call_expression" => Callee::Method { receiver: node.field("scope"), name: node.field("name")? },
            "object_creation_expression" => Callee::Expression(node.named_children().next()?),
            _ => return None,
        };
        let list = node.children().find(|child| child.kind() == "arguments");
        let arguments = list.into_iter().flat_map(|list| list.named_children()).map(argument).collect();
        Some(Call { node, callee, arguments })
    }

    fn is_called(&self, function: &str, path: &Qualified) -> bool {
        dotted(function).eq_ignore_ascii_case(&path.path)
    }

    fn looped<'t>(&self, node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
        let statement = node.parent().filter(|parent| parent.kind() == "foreach_statement" && node.role() == "body")?;
        let (items, _, variable) = foreach(statement)?;
        Some((variable, items))
    }

    fn iterated<'t>(&self, function: Node<'t>) -> Option<Node<'t>> {
        let list = function.parent().filter(|parent| parent.kind() == "argument")?.parent()?;
        let call = list.parent()?;
        if let Some(callee) = call.field("function") {
            let given = match callee.text().trim_start_matches('\\') {
                "array_map" => list.named_children().nth(1)?,
                "array_filter" | "array_walk" => list.named_children().next()?,
                _ => return None,
            };
            return given.named_children().last();
        }
        // `collect([…])->each(…)`
        let name = call.field("name").filter(|_| call.kind() == "member_call_expression")?;
        let made = call.field("object").filter(|_| ITERATING.contains(&name.text()))?;
        let items = made.field("arguments").filter(|_| made.field("function").is_some_and(|name| name.text() == "collect"))?;
        items.named_children().next()?.named_children().last()
    }

    fn class_of<'t>(&self, function: Node<'t>) -> Option<&'t str> {
        let body = function.parent().filter(|_| function.kind() == "method_declaration")?;
        Some(body.parent()?.field("name").map_or("", Node::text))
    }

    fn bound_by(&self, method: Node<'_>, receiver: Node<'_>) -> Option<usize> {
        (self.is_self(receiver) || self.class_of(method) == Some(receiver.text())).then_some(0)
    }
}

/// A path as it is written, with dots.
fn dotted(path: &str) -> String {
    let path = path.replace("::", ".").replace("->", ".").replace('\\', ".");
    path.split_ascii_whitespace().collect::<String>().trim_start_matches('.').to_owned()
}

/// In double quotes a backslash before anything unknown stays.
const PHP: Escapes = Escapes { keeps_unknown: true, long: false, doubled_braces: false };

fn literal(node: Node<'_>) -> Option<String> {
    let has_only = |kinds: [&str; 2]| node.named_children().all(|part| kinds.contains(&part.kind()));
    match node.kind() {
        "string" => Some(inside(node.text(), 1).replace("\\'", "'").replace("\\\\", "\\")),
        "encapsed_string" if has_only(["string_content", "escape_sequence"]) => {
            unescaped(&inside(node.text(), 1).replace("\\$", "$"), PHP)
        }
        "nowdoc" => node.field("value").map(|body| dedented(body.text())),
        "heredoc" => {
            let body = node.field("value")?;
            let is_plain = body.named_children().all(|part| matches!(part.kind(), "string_content" | "escape_sequence"));
            is_plain.then(|| unescaped(&dedented(body.text()), PHP))?
        }
        _ => None,
    }
}

fn argument(node: Node<'_>) -> Argument<'_> {
    let value = node.named_children().last().filter(|_| node.kind() == "argument").unwrap_or(node);
    let spread = matches!(value.kind(), "variadic_unpacking" | "variadic_placeholder");
    Argument { name: node.field("name").map(Node::text), value, spread }
}

/// What a loop goes over, its variable for keys, and that for values.
fn foreach(statement: Node<'_>) -> Option<(Node<'_>, Option<Node<'_>>, Node<'_>)> {
    let mut parts = statement.named_children();
    let (items, target) = (parts.next()?, parts.next()?);
    if target.kind() != "pair" {
        return Some((items, None, target));
    }
    let mut pair = target.named_children();
    Some((items, pair.next(), pair.next()?))
}

/// Opens the scope that `node` opens.
fn enter<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let Some(parent) = node.parent() else { return };
    match node.kind() {
        "declaration_list" | "enum_declaration_list" => {
            return names.open_type(parent.field("name").map_or("", Node::text), node);
        }
        _ => {}
    }
    if node.role() != "body" {
        return;
    }
    match parent.kind() {
        "function_definition" | "method_declaration" => names.open(ScopeKind::Closed, node),
        "arrow_function" => names.open(ScopeKind::Function, node),
        "anonymous_function" => {
            let sees = parent.named_children().any(|child| child.kind() == "anonymous_function_use_clause");
            names.open(if sees { ScopeKind::Function } else { ScopeKind::Closed }, node);
        }
        _ => return,
    }
    parameters(names, parent);
}

fn parameters<'t>(names: &mut Builder<'t>, function: Node<'t>) {
    let scope = names.scope();
    for (index, item) in function.field("parameters").into_iter().flat_map(|list| list.named_children()).enumerate() {
        let Some(variable) = item.field("name") else { continue };
        let name = variable.text();
        let default = item.field("default_value");
        // `$name` of the variable, `name` of a named argument
        let parameter = Parameter { function, name: name.trim_start_matches('$'), index, default };
        let is_one = matches!(item.kind(), "simple_parameter" | "property_promotion_parameter");
        names.bind(scope, name, if is_one { Binding::Parameter(parameter) } else { Binding::Unknown });
    }
}

/// Binds what `node` binds.
fn read<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    match node.kind() {
        "namespace_definition" => {
            node.field("name").into_iter().for_each(|name| names.package(dotted(name.text())));
        }
        "namespace_use_declaration" => import(names, node),
        "require_expression" | "require_once_expression" | "include_expression" | "include_once_expression" => {
            required(names, node);
        }
        "const_element" => {
            let (name, value) = (node.named_children().next(), node.named_children().last());
            if let (Some(name), Some(value)) = (name, value) {
                names.bind(names.scope(), name.text(), Binding::Value(value));
            }
        }
        "property_element" => {
            let value = node.field("default_value").or_else(|| node.named_children().nth(1));
            let binding = value.map_or(Binding::Unknown, Binding::Value);
            node.field("name").into_iter().for_each(|name| names.bind(names.scope(), name.text(), binding.clone()));
        }
        "function_call_expression" => define(names, node),
        "assignment_expression" => {
            let (Some(left), Some(right)) = (node.field("left"), node.field("right")) else { return };
            assign(names, left, Binding::Value(right));
        }
        "reference_assignment_expression" | "augmented_assignment_expression" => {
            node.field("left").into_iter().for_each(|left| assign(names, left, Binding::Unknown));
        }
        "update_expression"
        | "static_variable_declaration"
        | "global_declaration"
        | "unset_statement"
        | "by_ref"
        | "catch_clause" => {
            node.named_children().for_each(|target| assign(names, target, Binding::Unknown));
        }
        "foreach_statement" => {
            let Some((items, key, value)) = foreach(node) else { return };
            key.into_iter().for_each(|key| assign(names, key, Binding::Unknown));
            assign(names, value, Binding::Loop(items));
        }
        "function_definition" => {
            node.field("name").into_iter().for_each(|name| names.bind(names.scope(), name.text(), Binding::Function(node)));
        }
        "enum_case" => {
            node.field("name").into_iter().for_each(|name| names.bind(names.scope(), name.text(), Binding::Unknown));
        }
        "class_declaration" | "interface_declaration" | "trait_declaration" | "enum_declaration" => {
            node.field("name").into_iter().for_each(|name| names.declare(names.scope(), name.text()));
        }
        _ => {}
    }
}

/// `require __DIR__ . "/env.php"`: what stands outside of classes there can be used here.
fn required<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let Some(file) = node.named_children().next() else { return };
    let file = super::plain(file);
    let beside = file.field("left").is_some_and(|left| left.text() == "__DIR__").then(|| file.field("right")).flatten();
    let Some(path) = beside.or(Some(file)).and_then(literal) else { return };
    let module = format!("./{}", path.trim_start_matches('/'));
    names.import(&module);
    names.import_all(&module);
}

/// `define('NAME', value)`
fn define<'t>(names: &mut Builder<'t>, call: Node<'t>) {
    if call.field("function").is_none_or(|function| !matches!(function.text(), "define" | "\\define")) {
        return;
    }
    let Some(Call { arguments, .. }) = Php.call(call) else { return };
    if let [name, value, ..] = arguments.as_slice()
        && literal(name.value).is_some()
    {
        names.bind(0, inside(name.value.text(), 1), Binding::Value(value.value));
    }
}

/// Variables belong to the whole function.
fn assign<'t>(names: &mut Builder<'t>, target: Node<'t>, binding: Binding<'t>) {
    if target.kind() == "variable_name" {
        return names.bind(names.function(), target.text(), binding);
    }
    // `self::$name = …`; of `$this->name` nothing is known in any case.
    if target.kind() == "scoped_property_access_expression" {
        let scope = names.enclosing_type();
        return target.field("name").into_iter().for_each(|name| names.rebind(scope, name.text()));
    }
    let mut open: Vec<Node<'t>> = if matches!(target.kind(), "list_literal" | "by_ref") { vec![target] } else { Vec::new() };
    while let Some(node) = open.pop() {
        match node.kind() {
            "variable_name" => names.bind(names.function(), node.text(), Binding::Unknown),
            "list_literal" | "by_ref" => open.extend(node.named_children()),
            _ => {}
        }
    }
}

/// `use A\B;`, `use A\B as C;`, `use A\{B, C as D};`, and either of a function or a constant.
fn import<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let group = node.field("body");
    let prefix = group.and_then(|_| node.named_children().find(|child| child.kind() == "namespace_name"));
    let prefix = prefix.map(|prefix| format!("{}.", dotted(prefix.text()))).unwrap_or_default();
    let clauses = group.unwrap_or(node).named_children().filter(|child| child.kind() == "namespace_use_clause");
    for clause in clauses {
        let Some(path) =
            clause.named_children().find(|child| matches!(child.kind(), "qualified_name" | "name" | "namespace_name"))
        else {
            continue;
        };
        let name =
            clause.field("alias").or_else(|| path.named_children().last().filter(|last| last.kind() == "name")).unwrap_or(path);
        names.bind(0, name.text(), Binding::Import(format!("{prefix}{}", dotted(path.text()))));
    }
}
