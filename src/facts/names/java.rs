//! Scopes, bindings, literals and calls of Java.

use super::scopes::Builder;
use super::strings::{Escapes, concatenated, dedented, inside, sides, unescaped};
use super::{Argument, Binding, Call, Callee, Parameter, Qualified, ScopeKind, Syntax, behind};
use crate::formats::code::Node;

pub(super) struct Java;

/// Methods that call the function they are given with each item.
const ITERATING: [&str; 12] = [
    "forEach",
    "map",
    "filter",
    "flatMap",
    "anyMatch",
    "allMatch",
    "noneMatch",
    "removeIf",
    "peek",
    "mapToObj",
    "mapToInt",
    "takeWhile",
];
/// Methods whose result holds the items of what they are called on, or some of them.
const HANDING_ON: [&str; 8] = ["stream", "parallelStream", "iterator", "sorted", "distinct", "filter", "peek", "unordered"];

impl Syntax for Java {
    fn bind<'t>(&self, names: &mut Builder<'t>, node: Node<'t>) {
        enter(names, node);
        read(names, node);
    }

    fn is_name(&self, kind: &str) -> bool {
        matches!(kind, "identifier" | "type_identifier")
    }

    fn is_self(&self, node: Node<'_>) -> bool {
        node.kind() == "this"
    }

    fn member<'t>(&self, node: Node<'t>) -> Option<(Node<'t>, String)> {
        match node.kind() {
            "field_access" => Some((node.field("object")?, node.field("field")?.text().to_owned())),
            "scoped_type_identifier" | "method_reference" => {
                let mut parts = node.named_children();
                let (object, name) = (parts.next()?, parts.last()?);
                Some((object, name.text().to_owned()))
            }
            _ => None,
        }
    }

    fn inner<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        match node.kind() {
            "parenthesized_expression" => node.named_children().next(),
            "cast_expression" => node.field("value"),
            "generic_type" => node.named_children().next(),
            _ => None,
        }
    }

    fn string(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "string_literal" => literal(node),
            "binary_expression" => concatenated(node, |node| sides(node, "+"), literal),
            _ => None,
        }
    }

    fn scalar(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "true" | "false" | "null_literal" | "character_literal" => Some(node.text().to_owned()),
            kind if is_number(kind) => Some(node.text().to_owned()),
            "unary_expression" => {
                let operand = node.field("operand").filter(|operand| is_number(operand.kind()))?;
                (node.text().len() == operand.text().len() + 1).then(|| node.text().to_owned())
            }
            _ => None,
        }
    }

    fn is_null(&self, kind: &str) -> bool {
        kind == "null_literal"
    }

    fn is_list(&self, kind: &str) -> bool {
        kind == "array_initializer"
    }

    fn is_function(&self, kind: &str) -> bool {
        matches!(kind, "method_declaration" | "constructor_declaration" | "compact_constructor_declaration")
    }

    fn call<'t>(&self, node: Node<'t>) -> Option<Call<'t>> {
        let callee = match node.kind() {
            "method_invocation" => Callee::Method { receiver: node.field("object"), name: node.field("name")? },
            "object_creation_expression" => Callee::Expression(node.field("type")?),
            _ => return None,
        };
        let list = node.field("arguments").into_iter().flat_map(|list| list.named_children());
        Some(Call { node, callee, arguments: list.map(Argument::plain).collect() })
    }

    fn is_called(&self, function: &str, path: &Qualified) -> bool {
        of_the_language(function) == of_the_language(&path.path)
    }

    fn looped<'t>(&self, node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
        let statement = node.parent().filter(|parent| parent.kind() == "enhanced_for_statement" && node.role() == "body")?;
        Some((statement.field("name")?, statement.field("value")?))
    }

    fn iterated<'t>(&self, function: Node<'t>) -> Option<Node<'t>> {
        let arguments = function.parent().filter(|parent| parent.kind() == "argument_list")?;
        let call = arguments.parent().filter(|call| call.kind() == "method_invocation")?;
        if !ITERATING.contains(&call.field("name")?.text()) {
            return None;
        }
        Some(items(call.field("object")?))
    }

    fn unbound(&self) -> &'static [&'static str] {
        &["."]
    }

    fn class_of<'t>(&self, function: Node<'t>) -> Option<&'t str> {
        let holder = function.parent().filter(|_| self.is_function(function.kind()))?.parent()?;
        let class = if holder.kind() == "enum_body" { holder.parent()? } else { holder };
        class.field("name").map(Node::text)
    }

    fn bound_by(&self, method: Node<'_>, receiver: Node<'_>) -> Option<usize> {
        (receiver.text() == "this" || self.class_of(method) == Some(receiver.text())).then_some(0)
    }
}

/// What a stream or an iterator runs over.
fn items(node: Node<'_>) -> Node<'_> {
    behind(node, |node| {
        let object = node.field("object").filter(|_| node.kind() == "method_invocation")?;
        let is_handed_on = HANDING_ON.contains(&node.field("name").map_or("", Node::text));
        // `Arrays.stream(KEYS)` is a call of its own kind.
        (is_handed_on && object.text() != "Arrays").then_some(object)
    })
}

fn is_number(kind: &str) -> bool {
    kind.ends_with("_integer_literal") || kind.ends_with("_floating_point_literal")
}

/// `java.lang` need not be named.
fn of_the_language(path: &str) -> &str {
    path.strip_prefix("java.lang.").unwrap_or(path)
}

const JAVA: Escapes = Escapes { keeps_unknown: false, long: false, doubled_braces: false };

fn literal(node: Node<'_>) -> Option<String> {
    if node.kind() != "string_literal" {
        return None;
    }
    match node.text().strip_prefix("\"\"\"").and_then(|text| text.strip_suffix("\"\"\"")) {
        Some(block) => unescaped(&dedented(block.split_once('\n')?.1), JAVA),
        None => unescaped(inside(node.text(), 1), JAVA),
    }
}

/// Opens the scope that `node` opens.
fn enter<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let Some(parent) = node.parent() else { return };
    match node.kind() {
        "class_body" | "interface_body" | "enum_body" | "annotation_type_body" => {
            let name = parent.field("name").map_or("", Node::text);
            names.open_type(name, node);
            return;
        }
        _ => {}
    }
    match (parent.kind(), node.role()) {
        ("method_declaration" | "constructor_declaration" | "compact_constructor_declaration" | "lambda_expression", "body") => {
            names.open(ScopeKind::Function, node);
            parameters(names, parent);
        }
        ("catch_clause", "body") => {
            names.open(ScopeKind::Block, node);
            let parameter = parent.named_children().find(|child| child.kind() == "catch_formal_parameter");
            if let Some(name) = parameter.and_then(|parameter| parameter.field("name")) {
                names.bind(names.scope(), name.text(), Binding::Unknown);
            }
        }
        ("enhanced_for_statement", "value") => names.reenter(names.enclosing(), node),
        _ if is_block(node.kind()) => names.open(ScopeKind::Block, node),
        _ => {}
    }
}

fn is_block(kind: &str) -> bool {
    matches!(
        kind,
        "block"
            | "for_statement"
            | "enhanced_for_statement"
            | "try_with_resources_statement"
            | "switch_block"
            | "static_initializer"
    )
}

fn parameters<'t>(names: &mut Builder<'t>, function: Node<'t>) {
    let scope = names.scope();
    let Some(list) = function.field("parameters") else { return };
    if list.kind() == "identifier" {
        return parameter(names, scope, function, list, 0);
    }
    for (index, item) in list.named_children().enumerate() {
        match item.kind() {
            "identifier" => parameter(names, scope, function, item, index),
            "formal_parameter" => {
                item.field("name").into_iter().for_each(|name| parameter(names, scope, function, name, index));
            }
            // `String... rest`
            _ => {
                let declarator = item.named_children().last().and_then(|last| last.field("name"));
                declarator.into_iter().for_each(|name| names.bind(scope, name.text(), Binding::Unknown));
            }
        }
    }
}

fn parameter<'t>(names: &mut Builder<'t>, scope: u32, function: Node<'t>, name: Node<'t>, index: usize) {
    let name = name.text();
    names.bind(scope, name, Binding::Parameter(Parameter { function, name, index, default: None }));
}

/// Binds what `node` binds.
fn read<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let own = |role: &str| node.field(role).map(Node::text);
    match node.kind() {
        "import_declaration" => import(names, node),
        "package_declaration" => node.named_children().for_each(|name| {
            names.look_in(name.text());
            names.package(name.text().to_owned());
        }),
        "variable_declarator" if node.parent().is_some_and(|parent| parent.kind() != "spread_parameter") => {
            let binding = node.field("value").map_or(Binding::Unknown, Binding::Value);
            own("name").into_iter().for_each(|name| names.bind(names.scope(), name, binding.clone()));
        }
        "resource" => {
            let binding = node.field("value").map_or(Binding::Unknown, Binding::Value);
            own("name").into_iter().for_each(|name| names.bind(names.scope(), name, binding.clone()));
        }
        "enhanced_for_statement" => {
            let binding = node.field("value").map_or(Binding::Unknown, Binding::Loop);
            own("name").into_iter().for_each(|name| names.bind(names.scope(), name, binding.clone()));
        }
        "method_declaration" => {
            own("name").into_iter().for_each(|name| names.bind(names.scope(), name, Binding::Function(node)));
        }
        "class_declaration" | "interface_declaration" | "enum_declaration" | "record_declaration" => {
            own("name").into_iter().for_each(|name| names.declare(names.scope(), name));
        }
        "superclass" => node.named_children().for_each(|of| names.inherit(of)),
        "super_interfaces" | "extends_interfaces" => {
            node.named_children().flat_map(Node::named_children).for_each(|of| names.inherit(of));
        }
        "enum_constant" | "instanceof_expression" | "type_pattern" | "record_pattern_component" => {
            let name = own("name").or_else(|| pattern_name(node));
            name.into_iter().for_each(|name| names.bind(names.scope(), name, Binding::Unknown));
        }
        "assignment_expression" => node.field("left").into_iter().for_each(|left| names.assigned(left, "field")),
        "update_expression" => node.named_children().for_each(|operand| names.assigned(operand, "field")),
        _ => {}
    }
}

/// The last identifier of a pattern: `String name`.
fn pattern_name(node: Node<'_>) -> Option<&str> {
    node.named_children()
        .filter(|child| child.kind() == "identifier")
        .last()
        .filter(|_| node.kind() != "instanceof_expression")
        .map(Node::text)
}

/// `import a.b.C;`, `import static a.b.C.member;`, and either with a star.
fn import<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let Some(path) = node.named_children().next() else { return };
    let text: String = path.text().split_ascii_whitespace().collect();
    if node.named_children().any(|child| child.kind() == "asterisk") {
        names.look_in(path.text());
        return;
    }
    let last = path.field("name").unwrap_or(path);
    names.bind(0, last.text(), Binding::Import(text));
}
