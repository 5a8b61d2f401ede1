//! Scopes, bindings, literals and calls of C#.

use super::scopes::Builder;
use super::strings::{Escapes, concatenated, dedented, inside, sides, unescaped};
use super::{Argument, Binding, Call, Callee, Parameter, Qualified, ScopeKind, Syntax, behind};
use crate::formats::code::Node;

pub(super) struct CSharp;

/// Methods that call the function they are given with each item.
const ITERATING: [&str; 16] = [
    "ForEach",
    "Select",
    "SelectMany",
    "Where",
    "Any",
    "All",
    "First",
    "FirstOrDefault",
    "Single",
    "SingleOrDefault",
    "Count",
    "TakeWhile",
    "SkipWhile",
    "ToDictionary",
    "ToLookup",
    "RemoveAll",
];
/// Methods whose result holds the items of what they are called on, or some of them.
const HANDING_ON: [&str; 10] =
    ["Where", "OrderBy", "Order", "Distinct", "Reverse", "AsEnumerable", "ToList", "ToArray", "Skip", "Take"];
/// What a project may use without saying so.
const IMPLICIT: [&str; 7] = [
    "System",
    "System.IO",
    "System.Linq",
    "System.Collections.Generic",
    "System.Net.Http",
    "System.Threading",
    "System.Threading.Tasks",
];
/// Namespaces around each other.
const MAX_NAMESPACES: usize = 16;

impl Syntax for CSharp {
    fn bind<'t>(&self, names: &mut Builder<'t>, node: Node<'t>) {
        enter(names, node);
        read(names, node);
    }

    fn is_self(&self, node: Node<'_>) -> bool {
        node.kind() == "this"
    }

    fn member<'t>(&self, node: Node<'t>) -> Option<(Node<'t>, String)> {
        let (object, name) = match node.kind() {
            "member_access_expression" => (node.field("expression")?, node.field("name")?),
            "qualified_name" => (node.field("qualifier")?, node.field("name")?),
            "conditional_access_expression" => {
                let binding = node.named_children().find(|child| child.kind() == "member_binding_expression")?;
                (node.field("condition")?, binding.field("name")?)
            }
            _ => return None,
        };
        Some((object, without_types(name).text().to_owned()))
    }

    fn inner<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        match node.kind() {
            "parenthesized_expression" | "collection_element" | "expression_element" | "generic_name" => {
                node.named_children().next()
            }
            "arrow_expression_clause" | "checked_expression" => node.named_children().next(),
            "cast_expression" => node.field("value"),
            "alias_qualified_name" => node.field("name"),
            "postfix_unary_expression" if node.text().ends_with('!') => node.named_children().next(),
            _ => None,
        }
    }

    fn string(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "binary_expression" => concatenated(node, |node| sides(node, "+"), literal),
            "member_access_expression" if matches!(node.text(), "string.Empty" | "String.Empty") => Some(String::new()),
            _ => literal(node),
        }
    }

    fn scalar(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "boolean_literal" | "null_literal" | "character_literal" => Some(node.text().to_owned()),
            kind if is_number(kind) => Some(node.text().to_owned()),
            "prefix_unary_expression" => {
                let operand = node.named_children().next().filter(|operand| is_number(operand.kind()))?;
                (node.text().len() == operand.text().len() + 1).then(|| node.text().to_owned())
            }
            _ => None,
        }
    }

    fn is_null(&self, kind: &str) -> bool {
        kind == "null_literal"
    }

    fn is_list(&self, kind: &str) -> bool {
        matches!(kind, "initializer_expression" | "collection_expression")
    }

    fn list<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        let own = |node: Node<'t>| node.named_children().find(|child| child.kind() == "initializer_expression");
        match node.kind() {
            "array_creation_expression" | "implicit_array_creation_expression" => own(node),
            "object_creation_expression" | "implicit_object_creation_expression" => own(node),
            kind => self.is_list(kind).then_some(node),
        }
    }

    fn is_function(&self, kind: &str) -> bool {
        matches!(kind, "method_declaration" | "constructor_declaration" | "local_function_statement" | "accessor_declaration")
    }

    fn call<'t>(&self, node: Node<'t>) -> Option<Call<'t>> {
        let callee = match node.kind() {
            "invocation_expression" => node.field("function")?,
            "object_creation_expression" => node.field("type")?,
            _ => return None,
        };
        let list = node.field("arguments").into_iter().flat_map(|list| list.named_children());
        Some(Call { node, callee: Callee::Expression(callee), arguments: list.filter_map(argument).collect() })
    }

    fn is_called(&self, function: &str, path: &Qualified) -> bool {
        let implied = || IMPLICIT.iter().filter_map(|space| function.strip_prefix(space)?.strip_prefix('.'));
        function == path.path || !path.imported && implied().any(|function| function == path.path)
    }

    fn looped<'t>(&self, node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
        let statement = node.parent().filter(|parent| parent.kind() == "foreach_statement" && node.role() == "body")?;
        Some((statement.field("left")?, items(self, statement.field("right")?)))
    }

    fn iterated<'t>(&self, function: Node<'t>) -> Option<Node<'t>> {
        let given = function.parent().filter(|parent| parent.kind() == "argument")?;
        let call = given.parent()?.parent().filter(|call| call.kind() == "invocation_expression")?;
        let (object, name) = self.member(call.field("function")?)?;
        if !ITERATING.contains(&name.as_str()) {
            return None;
        }
        if object.text() == "Array" {
            return self.call(call)?.arguments.first().map(|given| given.value);
        }
        Some(items(self, object))
    }

    fn unbound(&self) -> &'static [&'static str] {
        &["."]
    }

    fn types_have_parts(&self) -> bool {
        true
    }

    fn class_of<'t>(&self, function: Node<'t>) -> Option<&'t str> {
        let is_member = matches!(function.kind(), "method_declaration" | "constructor_declaration");
        let body = function.parent().filter(|_| is_member)?;
        body.parent()?.field("name").map(Node::text)
    }
}

/// The name of `Name<T>`.
fn without_types(name: Node<'_>) -> Node<'_> {
    if name.kind() == "generic_name" { name.named_children().next().unwrap_or(name) } else { name }
}

fn argument(node: Node<'_>) -> Option<Argument<'_>> {
    let value = node.named_children().last().filter(|_| node.kind() == "argument")?;
    let name = node.field("name").filter(|name| *name != value).map(Node::text);
    Some(Argument { name, value, spread: false })
}

/// What a query runs over.
fn items<'t>(syntax: &CSharp, node: Node<'t>) -> Node<'t> {
    behind(node, |node| {
        let function = node.field("function").filter(|_| node.kind() == "invocation_expression")?;
        syntax.member(function).filter(|(_, name)| HANDING_ON.contains(&name.as_str())).map(|(object, _)| object)
    })
}

fn is_number(kind: &str) -> bool {
    matches!(kind, "integer_literal" | "real_literal")
}

const CSHARP: Escapes = Escapes { keeps_unknown: false, long: true, doubled_braces: false };

/// A string that has no holes; `nameof(…)` is one.
fn literal(node: Node<'_>) -> Option<String> {
    let text = node.text().strip_suffix("u8").unwrap_or(node.text());
    match node.kind() {
        "string_literal" => unescaped(inside(text, 1), CSHARP),
        "verbatim_string_literal" => Some(inside(text.strip_prefix('@')?, 1).replace("\"\"", "\"")),
        "raw_string_literal" => {
            let quotes = text.bytes().take_while(|byte| *byte == b'"').count();
            let text = inside(text, quotes);
            match text.split_once('\n') {
                Some((_, lines)) => dedented(lines).rsplit_once('\n').map(|(lines, _)| lines.to_owned()),
                None => Some(text.to_owned()),
            }
        }
        "interpolated_string_expression" => {
            let is_plain = |child: Node<'_>| child.kind() != "interpolation";
            let text = text.strip_prefix("$\"").filter(|_| node.children().all(is_plain))?;
            unescaped(text.strip_suffix('"')?, Escapes { doubled_braces: true, ..CSHARP })
        }
        "invocation_expression" if node.field("function").is_some_and(|function| function.text() == "nameof") => {
            let named = node.field("arguments")?.named_children().next()?;
            named.subtree().next_back().map(|name| name.text().to_owned()).filter(|name| name != ")")
        }
        _ => None,
    }
}

/// Opens the scope that `node` opens.
fn enter<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let Some(parent) = node.parent() else { return };
    match (parent.kind(), node.kind()) {
        ("namespace_declaration", "declaration_list") => return,
        (_, "declaration_list" | "enum_member_declaration_list") => {
            return names.open_type(parent.field("name").map_or("", Node::text), node);
        }
        _ => {}
    }
    match (parent.kind(), node.role()) {
        (
            "method_declaration"
            | "constructor_declaration"
            | "local_function_statement"
            | "lambda_expression"
            | "accessor_declaration"
            | "operator_declaration"
            | "destructor_declaration",
            "body",
        ) => {
            names.open(ScopeKind::Function, node);
            parameters(names, parent);
        }
        ("property_declaration", "value") if node.kind() == "arrow_expression_clause" => names.open(ScopeKind::Block, node),
        ("foreach_statement", "right") => names.reenter(names.enclosing(), node),
        _ if is_block(node.kind()) => names.open(ScopeKind::Block, node),
        _ => {}
    }
}

fn is_block(kind: &str) -> bool {
    matches!(
        kind,
        "block"
            | "for_statement"
            | "foreach_statement"
            | "using_statement"
            | "catch_clause"
            | "switch_section"
            | "switch_expression_arm"
            | "query_expression"
    )
}

fn parameters<'t>(names: &mut Builder<'t>, function: Node<'t>) {
    let scope = names.scope();
    let Some(list) = function.field("parameters") else { return };
    if list.kind() != "parameter_list" {
        return parameter(names, scope, function, list, 0, None);
    }
    for (index, item) in list.named_children().filter(|item| item.kind() == "parameter").enumerate() {
        let Some(name) = item.field("name") else { continue };
        let default = item.named_children().last().filter(|last| *last != name && last.role().is_empty());
        parameter(names, scope, function, name, index, default);
    }
    // `params string[] names` has no node of its own.
    list.field("name").into_iter().for_each(|name| names.bind(scope, name.text(), Binding::Unknown));
}

fn parameter<'t>(
    names: &mut Builder<'t>,
    scope: u32,
    function: Node<'t>,
    name: Node<'t>,
    index: usize,
    default: Option<Node<'t>>,
) {
    let name = name.text();
    names.bind(scope, name, Binding::Parameter(Parameter { function, name, index, default }));
}

/// Binds what `node` binds.
fn read<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let own = |role: &str| node.field(role).map(Node::text);
    let scope = names.scope();
    match node.kind() {
        "using_directive" => using(names, node),
        "namespace_declaration" | "file_scoped_namespace_declaration" => {
            own("name").into_iter().for_each(|name| namespace(names, node, name));
        }
        "variable_declarator" => {
            let binding = declared(node).map_or(Binding::Unknown, Binding::Value);
            own("name").into_iter().for_each(|name| names.bind(scope, name, binding.clone()));
        }
        "property_declaration" => {
            let is_set = node.field("accessors").is_some_and(|list| list.named_children().any(sets));
            let binding = node.field("value").filter(|_| !is_set).map_or(Binding::Unknown, Binding::Value);
            own("name").into_iter().for_each(|name| names.bind(scope, name, binding.clone()));
        }
        "foreach_statement" => {
            let binding = node.field("right").map_or(Binding::Unknown, |right| Binding::Loop(items(&CSharp, right)));
            own("left").into_iter().for_each(|name| names.bind(scope, name, binding.clone()));
        }
        "method_declaration" | "local_function_statement" => {
            own("name").into_iter().for_each(|name| names.bind(scope, name, Binding::Function(node)));
        }
        "class_declaration" | "interface_declaration" | "enum_declaration" | "record_declaration" | "struct_declaration" => {
            own("name").into_iter().for_each(|name| names.declare(scope, name));
        }
        "enum_member_declaration"
        | "declaration_pattern"
        | "declaration_expression"
        | "catch_declaration"
        | "from_clause"
        | "var_pattern"
        | "recursive_pattern" => {
            own("name").into_iter().for_each(|name| names.bind(scope, name, Binding::Unknown));
        }
        "tuple_pattern" | "parenthesized_variable_designation" => {
            let parts = node.named_children().filter(|part| part.kind() == "identifier");
            parts.for_each(|name| names.bind(scope, name.text(), Binding::Unknown));
        }
        // In an initializer it sets what belongs to another object.
        "assignment_expression" if node.parent().is_none_or(|parent| parent.kind() != "initializer_expression") => {
            node.field("left").into_iter().for_each(|left| names.assigned(left, "name"));
        }
        "postfix_unary_expression" | "prefix_unary_expression" if node.text().ends_with("++") || node.text().ends_with("--") => {
            node.named_children().for_each(|operand| names.assigned(operand, "name"));
        }
        "argument" if node.children().any(|child| matches!(child.kind(), "ref" | "out")) => {
            node.named_children().for_each(|operand| names.assigned(operand, "name"));
        }
        _ => {}
    }
}

/// The file is of that namespace, and names are looked up in all that are around it, too.
fn namespace<'t>(names: &mut Builder<'t>, node: Node<'t>, name: &'t str) {
    let around = std::iter::successors(node.parent(), |node| node.parent()).take(MAX_NAMESPACES);
    let outer = around.filter(|node| node.kind() == "namespace_declaration").filter_map(|node| node.field("name"));
    let mut path: Vec<&str> = outer.map(Node::text).collect();
    path.reverse();
    path.push(name);
    names.package(path.join("."));
    let ends = name.match_indices('.').map(|(at, _)| at).chain([name.len()]).take(MAX_NAMESPACES);
    ends.collect::<Vec<_>>().into_iter().rev().for_each(|end| names.look_in(&name[..end]));
}

/// Whether an accessor lets others than the type set the property.
fn sets(accessor: Node<'_>) -> bool {
    accessor.field("name").is_some_and(|name| matches!(name.text(), "set" | "init"))
}

/// The value that a variable is declared with.
fn declared(declarator: Node<'_>) -> Option<Node<'_>> {
    let name = declarator.field("name")?;
    declarator.named_children().last().filter(|value| *value != name && value.kind() != "bracketed_argument_list")
}

/// `using A.B;`, `using static A.B.C;`, `using C = A.B.C;`
fn using<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let Some(path) = node.named_children().last() else { return };
    let text = path.text().strip_prefix("global::").unwrap_or(path.text());
    match node.field("name") {
        Some(name) => names.bind(0, name.text(), Binding::Import(text.split_ascii_whitespace().collect())),
        None => names.look_in(text),
    }
}

/// The value of the variable or the property that `node` declares.
pub fn value_of(node: Node<'_>) -> Option<Node<'_>> {
    match node.kind() {
        "variable_declarator" => declared(node),
        _ => node.field("value"),
    }
}
