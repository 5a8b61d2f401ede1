//! Scopes, bindings, literals and calls of Go.

use super::scopes::Builder;
use super::strings::{Escapes, JAVASCRIPT, unescaped};
use super::{Argument, Binding, Call, Callee, Parameter, Qualified, ScopeKind, Syntax, string_value};
use crate::formats::code::Node;

pub(super) struct Go;

/// Declarations of parameters that are looked through for a type.
const MAX_PARAMETERS: usize = 64;
const ESCAPES: Escapes = Escapes { long: true, ..JAVASCRIPT };

impl Syntax for Go {
    fn unbound(&self) -> &'static [&'static str] {
        // Another file of the same package.
        &["."]
    }

    fn bind<'t>(&self, names: &mut Builder<'t>, node: Node<'t>) {
        enter(names, node);
        match node.kind() {
            "const_spec" | "var_spec" => {
                let targets: Vec<Node<'t>> = node.children().filter(|child| child.role() == "name" && child.is_named()).collect();
                pairs(names, &targets, node.field("value"));
            }
            "short_var_declaration" => {
                let targets: Vec<Node<'t>> = node.field("left").into_iter().flat_map(|left| left.named_children()).collect();
                pairs(names, &targets, node.field("right"));
            }
            "assignment_statement" => {
                let targets = node.field("left").into_iter().flat_map(|left| left.named_children());
                targets.filter(|target| target.kind() == "identifier").for_each(|name| names.rebind(names.scope(), name.text()));
            }
            "range_clause" => loop_variables(names, node),
            "function_declaration" => {
                if let Some(name) = node.field("name") {
                    names.bind(0, name.text(), Binding::Function(node));
                }
            }
            "import_spec" => import(names, node),
            _ => {}
        }
    }

    fn member<'t>(&self, node: Node<'t>) -> Option<(Node<'t>, String)> {
        match node.kind() {
            "selector_expression" => Some((node.field("operand")?, node.field("field")?.text().to_owned())),
            _ => None,
        }
    }

    fn inner<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        matches!(node.kind(), "parenthesized_expression" | "literal_element").then(|| node.named_children().next())?
    }

    fn string(&self, node: Node<'_>) -> Option<String> {
        let text = node.text();
        match node.kind() {
            "interpreted_string_literal" => unescaped(text.strip_prefix('"')?.strip_suffix('"')?, ESCAPES),
            "raw_string_literal" => Some(text.strip_prefix('`')?.strip_suffix('`')?.replace('\r', "")),
            _ => None,
        }
    }

    fn scalar(&self, node: Node<'_>) -> Option<String> {
        let is_number = |kind: &str| matches!(kind, "int_literal" | "float_literal");
        match node.kind() {
            kind if is_number(kind) || matches!(kind, "true" | "false") => Some(node.text().to_owned()),
            "unary_expression" => {
                let is_sign = matches!(node.field("operator")?.text(), "-" | "+");
                (is_sign && is_number(node.field("operand")?.kind())).then(|| node.text().to_owned())
            }
            _ => None,
        }
    }

    fn is_null(&self, kind: &str) -> bool {
        kind == "nil"
    }

    fn is_list(&self, kind: &str) -> bool {
        kind == "literal_value"
    }

    fn list<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        node.field("body").filter(|_| node.kind() == "composite_literal")
    }

    fn is_function(&self, kind: &str) -> bool {
        matches!(kind, "function_declaration" | "method_declaration" | "func_literal")
    }

    fn call<'t>(&self, node: Node<'t>) -> Option<Call<'t>> {
        if node.kind() != "call_expression" {
            return None;
        }
        let callee = Callee::Expression(node.field("function")?);
        let given = node.field("arguments")?.named_children();
        let arguments = given.map(|value| Argument { spread: value.kind() == "variadic_argument", ..Argument::plain(value) });
        Some(Call { node, callee, arguments: arguments.collect() })
    }

    /// A policy may write the package's whole path or its name: `net/http.Get`, `http.Get`.
    fn is_called(&self, function: &str, path: &Qualified) -> bool {
        let short = path.path.rsplit('/').next().unwrap_or_default();
        function == path.path || function == short
    }

    fn looped<'t>(&self, node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
        let statement = node.parent().filter(|parent| parent.kind() == "for_statement" && node.role() == "body")?;
        let clause = statement.named_children().find(|child| child.kind() == "range_clause")?;
        let left = clause.field("left")?;
        Some((left.named_children().nth(1).unwrap_or(left), clause.field("right")?))
    }

    fn class_of<'t>(&self, function: Node<'t>) -> Option<&'t str> {
        let of = receiver(function)?.field("type")?;
        Some(if of.kind() == "pointer_type" { of.named_children().next()?.text() } else { of.text() })
    }

    fn type_of<'t>(&self, binding: &Binding<'t>) -> Option<(Option<&'t str>, &'t str)> {
        let of = match binding {
            Binding::Object(of) => *of,
            Binding::Parameter(parameter) => declared(parameter)?,
            Binding::Value(value) => {
                let value = if value.kind() == "unary_expression" { value.field("operand")? } else { *value };
                value.field("type").filter(|_| value.kind() == "composite_literal")?
            }
            _ => return None,
        };
        let of = if of.kind() == "pointer_type" { of.named_children().next()? } else { of };
        match of.kind() {
            "type_identifier" => Some((None, of.text())),
            "qualified_type" => Some((Some(of.field("package")?.text()), of.field("name")?.text())),
            _ => None,
        }
    }

    /// Methods call each other through the name that they all give to their receiver.
    fn bound_by(&self, method: Node<'_>, called_on: Node<'_>) -> Option<usize> {
        (receiver(method)?.field("name")?.text() == called_on.text()).then_some(0)
    }
}

/// The type that a parameter is declared with.
fn declared<'t>(parameter: &Parameter<'t>) -> Option<Node<'t>> {
    let declarations =
        parameter.function.field("parameters")?.named_children().filter(|item| item.kind() == "parameter_declaration");
    let named = |item: &Node<'t>| item.children().any(|child| child.role() == "name" && child.text() == parameter.name);
    declarations.take(MAX_PARAMETERS).find(named)?.field("type")
}

fn receiver(method: Node<'_>) -> Option<Node<'_>> {
    method.field("receiver")?.named_children().next()
}

fn enter<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let Some(parent) = node.parent() else { return };
    match (parent.kind(), node.kind()) {
        ("function_declaration" | "method_declaration" | "func_literal", _) if node.role() == "body" => {
            names.open(ScopeKind::Function, node);
            parameters(names, parent);
        }
        (
            _,
            "block"
            | "for_statement"
            | "if_statement"
            | "expression_switch_statement"
            | "type_switch_statement"
            | "expression_case"
            | "default_case"
            | "type_case"
            | "communication_case",
        ) => names.open(ScopeKind::Block, node),
        // What a loop goes over is looked up outside of it.
        ("range_clause", _) if node.role() == "right" => names.reenter(names.enclosing(), node),
        _ => {}
    }
}

fn parameters<'t>(names: &mut Builder<'t>, function: Node<'t>) {
    if let Some((name, of)) = receiver(function).and_then(|receiver| Some((receiver.field("name")?, receiver.field("type")?))) {
        names.bind(names.scope(), name.text(), Binding::Object(of));
    }
    let declarations = function.field("parameters").into_iter().flat_map(|list| list.named_children());
    let named = declarations.flat_map(|item| item.children().filter(|child| child.role() == "name" && child.is_named()));
    for (index, name) in named.enumerate() {
        let variadic = name.parent().is_some_and(|item| item.kind() == "variadic_parameter_declaration");
        let parameter = Parameter { function, name: name.text(), index, default: None };
        let binding = if variadic { Binding::Unknown } else { Binding::Parameter(parameter) };
        names.bind(names.scope(), name.text(), binding);
    }
    let results = function.field("result").filter(|result| result.kind() == "parameter_list");
    let results = results.into_iter().flat_map(|list| list.named_children());
    for name in results.flat_map(|item| item.children().filter(|child| child.role() == "name" && child.is_named())) {
        names.bind(names.scope(), name.text(), Binding::Unknown);
    }
}

/// `a, b = x, y`; a call that gives several values tells none of them.
fn pairs<'t>(names: &mut Builder<'t>, targets: &[Node<'t>], values: Option<Node<'t>>) {
    let values: Vec<Node<'t>> = values.into_iter().flat_map(|list| list.named_children()).collect();
    for (at, target) in targets.iter().enumerate().filter(|(_, target)| target.text() != "_") {
        let value = values.get(at).filter(|_| values.len() == targets.len());
        names.bind(names.scope(), target.text(), value.map_or(Binding::Unknown, |value| Binding::Value(*value)));
    }
}

fn loop_variables<'t>(names: &mut Builder<'t>, clause: Node<'t>) {
    let targets: Vec<Node<'t>> = clause.field("left").into_iter().flat_map(|left| left.named_children()).collect();
    for (at, target) in targets.iter().enumerate().filter(|(_, target)| target.kind() == "identifier" && target.text() != "_") {
        let items = clause.field("right").filter(|_| at == 1);
        names.bind(names.scope(), target.text(), items.map_or(Binding::Unknown, Binding::Loop));
    }
}

fn import<'t>(names: &mut Builder<'t>, spec: Node<'t>) {
    let Some(path) = spec.field("path") else { return };
    let Some(module) = string_value(path) else { return };
    match spec.field("name").map(|name| (name.kind(), name.text())) {
        Some(("dot", _)) => names.look_in(path.text().trim_matches(['"', '`'])),
        Some(("blank_identifier", _)) => {}
        Some((_, alias)) => names.bind(0, alias, Binding::Import(module)),
        None => {
            let name = package(path.text().trim_matches(['"', '`']));
            names.bind(0, name, Binding::Import(module));
        }
    }
}

/// The name that a package goes by: its last segment, without a version.
fn package(path: &str) -> &str {
    let is_version = |part: &str| part.strip_prefix('v').is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let mut segments = path.rsplit('/');
    let last = segments.next().unwrap_or(path);
    let name = if is_version(last) { segments.next().unwrap_or(last) } else { last };
    let name = name.split_once(".v").map_or(name, |(name, _)| name);
    name.strip_prefix("go-").unwrap_or(name)
}
