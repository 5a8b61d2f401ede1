//! Scopes, bindings, literals and calls of Kotlin. Its grammar names no roles: what a child is, its kind and place tell.

use super::scopes::Builder;
use super::strings::{Escapes, concatenated, inside, unescaped};
use super::{Argument, Binding, Call, Callee, Parameter, Qualified, ScopeKind, Syntax, behind};
use crate::formats::code::Node;

pub(super) struct Kotlin;

/// Methods that call the function they are given with each item.
const ITERATING: [&str; 22] = [
    "forEach",
    "map",
    "filter",
    "filterNot",
    "flatMap",
    "mapNotNull",
    "associateWith",
    "associateBy",
    "associate",
    "any",
    "all",
    "none",
    "find",
    "first",
    "firstOrNull",
    "firstNotNullOfOrNull",
    "firstNotNullOf",
    "onEach",
    "count",
    "partition",
    "groupBy",
    "single",
];
/// Methods whose result holds the items of what they are called on, or some of them.
const HANDING_ON: [&str; 8] = ["asSequence", "sorted", "distinct", "filter", "filterNot", "toList", "toSet", "onEach"];

impl Syntax for Kotlin {
    fn bind<'t>(&self, names: &mut Builder<'t>, node: Node<'t>) {
        enter(names, node);
        read(names, node);
    }

    fn is_name(&self, kind: &str) -> bool {
        matches!(kind, "simple_identifier" | "type_identifier" | "interpolated_identifier")
    }

    fn is_self(&self, node: Node<'_>) -> bool {
        node.kind() == "this_expression"
    }

    fn member<'t>(&self, node: Node<'t>) -> Option<(Node<'t>, String)> {
        match node.kind() {
            "navigation_expression" => {
                let mut parts = node.named_children();
                let (object, suffix) = (parts.next()?, parts.next()?);
                Some((object, suffix.named_children().last()?.text().trim_matches('`').to_owned()))
            }
            "callable_reference" => {
                let mut parts = node.named_children();
                let (object, name) = (parts.next()?, parts.next()?);
                Some((object, name.text().to_owned()))
            }
            _ => None,
        }
    }

    fn inner<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        match node.kind() {
            "parenthesized_expression" | "as_expression" => node.named_children().next(),
            "annotated_lambda" => lambda_in(node),
            "control_structure_body" => {
                let mut children = node.named_children();
                children.next().filter(|only| children.next().is_none() && only.kind() != "statements")
            }
            _ => None,
        }
    }

    fn string(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "string_literal" => literal(node),
            "additive_expression" => concatenated(node, sides, literal),
            _ => None,
        }
    }

    fn scalar(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "boolean_literal" | "null_literal" | "character_literal" => Some(node.text().to_owned()),
            kind if is_number(kind) => Some(node.text().to_owned()),
            "prefix_expression" => {
                let operand = node.named_children().next().filter(|operand| is_number(operand.kind()))?;
                (node.text().len() == operand.text().len() + 1).then(|| node.text().to_owned())
            }
            _ => None,
        }
    }

    fn is_null(&self, kind: &str) -> bool {
        kind == "null_literal"
    }

    fn is_function(&self, kind: &str) -> bool {
        matches!(kind, "function_declaration" | "anonymous_function" | "secondary_constructor" | "getter" | "setter")
    }

    fn function_name<'t>(&self, function: Node<'t>) -> Option<Node<'t>> {
        name_of(function)
    }

    fn call<'t>(&self, node: Node<'t>) -> Option<Call<'t>> {
        if !matches!(node.kind(), "call_expression" | "constructor_invocation") {
            return None;
        }
        let mut parts = node.named_children();
        let callee = parts.next()?;
        let suffix = parts.next()?;
        let suffix = if suffix.kind() == "call_suffix" { suffix.named_children().collect() } else { vec![suffix] };
        let mut arguments = Vec::new();
        for part in suffix {
            match part.kind() {
                "value_arguments" => arguments.extend(part.named_children().filter_map(argument)),
                "annotated_lambda" => arguments.extend(lambda_in(part).map(Argument::plain)),
                _ => {}
            }
        }
        Some(Call { node, callee: Callee::Expression(callee), arguments })
    }

    fn is_called(&self, function: &str, path: &Qualified) -> bool {
        of_the_language(function) == of_the_language(&path.path)
    }

    fn looped<'t>(&self, node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
        let statement = node.parent().filter(|parent| parent.kind() == "for_statement")?;
        let (variable, items) = loop_parts(statement)?;
        (node.kind() == "control_structure_body").then_some((variable, items))
    }

    fn iterated<'t>(&self, function: Node<'t>) -> Option<Node<'t>> {
        let mut node = function.parent()?;
        for _ in 0..4 {
            if node.kind() == "call_expression" {
                break;
            }
            if !matches!(node.kind(), "annotated_lambda" | "call_suffix" | "value_argument" | "value_arguments") {
                return None;
            }
            node = node.parent()?;
        }
        let (object, name) = self.member(node.named_children().next()?)?;
        ITERATING.contains(&name.as_str()).then(|| items(object))
    }

    fn unbound(&self) -> &'static [&'static str] {
        &["."]
    }

    fn class_of<'t>(&self, function: Node<'t>) -> Option<&'t str> {
        let body = function.parent().filter(|_| function.kind() == "function_declaration")?;
        let mut class = body.parent().filter(|_| matches!(body.kind(), "class_body" | "enum_class_body"))?;
        if class.kind() == "companion_object" {
            class = class.parent()?.parent()?;
        }
        name_of(class).map(Node::text)
    }

    fn bound_by(&self, method: Node<'_>, receiver: Node<'_>) -> Option<usize> {
        (receiver.text() == "this" || self.class_of(method) == Some(receiver.text())).then_some(0)
    }
}

fn is_number(kind: &str) -> bool {
    matches!(kind, "integer_literal" | "real_literal" | "long_literal" | "hex_literal" | "bin_literal" | "unsigned_literal")
}

/// The packages that need not be imported.
fn of_the_language(path: &str) -> &str {
    ["java.lang.", "kotlin.io.", "kotlin.collections.", "kotlin.text.", "kotlin."]
        .iter()
        .find_map(|package| path.strip_prefix(package))
        .unwrap_or(path)
}

/// What a sequence runs over.
fn items(node: Node<'_>) -> Node<'_> {
    behind(node, |node| {
        let callee = node.named_children().next().filter(|_| node.kind() == "call_expression")?;
        Kotlin.member(callee).filter(|(_, name)| HANDING_ON.contains(&name.as_str())).map(|(object, _)| object)
    })
}

const KOTLIN: Escapes = Escapes { keeps_unknown: false, long: false, doubled_braces: false };

fn literal(node: Node<'_>) -> Option<String> {
    let is_plain = node.kind() == "string_literal" && node.named_children().all(|part| !part.kind().starts_with("interpol"));
    if !is_plain {
        return None;
    }
    match node.text().strip_prefix("\"\"\"").and_then(|text| text.strip_suffix("\"\"\"")) {
        Some(raw) => Some(raw.to_owned()),
        None => unescaped(inside(node.text(), 1), KOTLIN),
    }
}

/// The sides of `left + right`.
fn sides(node: Node<'_>) -> Option<(Node<'_>, Node<'_>)> {
    let mut parts = node.children().filter(|_| node.kind() == "additive_expression");
    let (left, operator, right) = (parts.next()?, parts.next()?, parts.next()?);
    (operator.kind() == "+").then_some((left, right))
}

/// The first name among the children.
fn name_of(node: Node<'_>) -> Option<Node<'_>> {
    node.named_children().find(|child| matches!(child.kind(), "simple_identifier" | "type_identifier"))
}

fn argument(node: Node<'_>) -> Option<Argument<'_>> {
    let is_named = node.children().any(|child| child.kind() == "=");
    let is_spread = node.children().next().is_some_and(|first| first.kind() == "*");
    let value = node.named_children().last()?;
    let name = node.named_children().next().filter(|_| is_named).map(Node::text);
    Some(Argument { name, value, spread: is_spread || value.kind() == "spread_expression" })
}

fn lambda_in(node: Node<'_>) -> Option<Node<'_>> {
    node.named_children().find(|child| child.kind() == "lambda_literal")
}

/// What stands behind the `=` of a declaration.
pub fn value_of(node: Node<'_>) -> Option<Node<'_>> {
    let mut children = node.children().skip_while(|child| child.kind() != "=").skip(1);
    children.find(|child| child.is_named() && !child.is_extra())
}

/// The variable of a loop, and what it goes over.
fn loop_parts(statement: Node<'_>) -> Option<(Node<'_>, Node<'_>)> {
    let variable = statement.named_children().find(|child| child.kind().ends_with("variable_declaration"))?;
    let mut behind = statement.children().skip_while(|child| child.kind() != "in").skip(1);
    Some((variable, behind.find(|child| child.is_named() && !child.is_extra())?))
}

/// Opens the scope that `node` opens.
fn enter<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let Some(parent) = node.parent() else { return };
    match (node.kind(), parent.kind()) {
        // From here on, since what it is constructed with may name its constants. What a companion holds is the class's own.
        ("class_declaration" | "object_declaration", _) => {
            let name = name_of(node).map_or("", Node::text);
            names.declare(names.scope(), name);
            names.open_type(name, node);
            properties(names, node);
        }
        ("class_body", "object_literal") => names.open_type("", node),
        ("function_body", "function_declaration" | "anonymous_function") => {
            names.open(ScopeKind::Function, node);
            parameters(names, parent);
        }
        ("function_body", _) => names.open(ScopeKind::Function, node),
        ("lambda_literal", _) => {
            names.open(ScopeKind::Function, node);
            lambda(names, node);
        }
        ("anonymous_initializer", _) => names.open(ScopeKind::Function, node),
        ("for_statement" | "control_structure_body" | "when_expression" | "catch_block" | "when_entry", _) => {
            names.open(ScopeKind::Block, node);
        }
        _ => {}
    }
}

/// What a class is constructed with: nobody knows.
fn properties<'t>(names: &mut Builder<'t>, class: Node<'t>) {
    let constructor = class.named_children().find(|child| child.kind() == "primary_constructor");
    for parameter in constructor.into_iter().flat_map(|list| list.named_children()) {
        if let Some(name) = name_of(parameter).filter(|_| parameter.kind() == "class_parameter") {
            names.bind(names.scope(), name.text(), Binding::Unknown);
        }
    }
}

fn parameters<'t>(names: &mut Builder<'t>, function: Node<'t>) {
    let scope = names.scope();
    let Some(list) = function.named_children().find(|child| child.kind() == "function_value_parameters") else { return };
    let mut index = 0;
    let mut items = list.children().filter(|child| !child.is_extra()).peekable();
    while let Some(item) = items.next() {
        if item.kind() != "parameter" {
            continue;
        }
        let default = items.next_if(|next| next.kind() == "=").and_then(|_| items.next());
        if let Some(name) = name_of(item).map(Node::text) {
            names.bind(scope, name, Binding::Parameter(Parameter { function, name, index, default }));
        }
        index += 1;
    }
}

/// The parameters of a lambda; without any it has `it`.
fn lambda<'t>(names: &mut Builder<'t>, function: Node<'t>) {
    let scope = names.scope();
    let bound = |name: &'t str, index| Binding::Parameter(Parameter { function, name, index, default: None });
    let Some(list) = function.named_children().find(|child| child.kind() == "lambda_parameters") else {
        return names.bind(scope, "it", bound("it", 0));
    };
    for (index, item) in list.named_children().enumerate() {
        match name_of(item).filter(|_| item.kind() == "variable_declaration") {
            Some(name) => names.bind(scope, name.text(), bound(name.text(), index)),
            None => each_name(item).for_each(|name| names.bind(scope, name, Binding::Unknown)),
        }
    }
}

/// The names of `(a, b)`.
fn each_name(node: Node<'_>) -> impl Iterator<Item = &str> {
    node.named_children().filter(|child| child.kind() == "variable_declaration").filter_map(name_of).map(Node::text)
}

/// Binds what `node` binds.
fn read<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let scope = names.scope();
    match node.kind() {
        "import_header" => import(names, node),
        "package_header" => node.named_children().for_each(|name| {
            names.look_in(name.text());
            names.package(name.text().to_owned());
        }),
        "property_declaration" => {
            let binding = value_of(node).map_or(Binding::Unknown, Binding::Value);
            for target in node.named_children() {
                match target.kind() {
                    "variable_declaration" => {
                        name_of(target).into_iter().for_each(|name| names.bind(scope, name.text(), binding.clone()));
                    }
                    "multi_variable_declaration" => {
                        each_name(target).for_each(|name| names.bind(scope, name, Binding::Unknown));
                    }
                    _ => {}
                }
            }
        }
        "delegation_specifier" => {
            node.subtree().take(4).filter(|part| part.kind() == "type_identifier").take(1).for_each(|of| names.inherit(of));
        }
        "for_statement" => {
            let Some((variable, items)) = loop_parts(node) else { return };
            match name_of(variable).filter(|_| variable.kind() == "variable_declaration") {
                Some(name) => names.bind(scope, name.text(), Binding::Loop(items)),
                None => each_name(variable).for_each(|name| names.bind(scope, name, Binding::Unknown)),
            }
        }
        "function_declaration" => {
            name_of(node).into_iter().for_each(|name| names.bind(scope, name.text(), Binding::Function(node)));
        }
        "when_subject" | "catch_block" | "enum_entry" => {
            let named = node.named_children().find(|child| child.kind() == "variable_declaration").unwrap_or(node);
            let binds = node.kind() != "when_subject" || named != node;
            name_of(named).filter(|_| binds).into_iter().for_each(|name| names.bind(scope, name.text(), Binding::Unknown));
        }
        "assignment" | "postfix_expression" | "prefix_expression" => rebind(names, node),
        _ => {}
    }
}

/// Something assigns to what stands here: `x = …`, `this.x = …`, `x++`.
fn rebind<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let Some(target) = node.named_children().next() else { return };
    if node.kind() != "assignment" {
        let counts = node.children().any(|child| matches!(child.kind(), "++" | "--"));
        if counts && target.kind() == "simple_identifier" {
            names.rebind(names.scope(), target.text());
        }
        return;
    }
    let parts: Vec<Node<'t>> = target.named_children().take(3).collect();
    match parts.as_slice() {
        [name] if name.kind() == "simple_identifier" => names.rebind(names.scope(), name.text()),
        [this, suffix] if this.kind() == "this_expression" => {
            let scope = names.enclosing_type();
            suffix.named_children().next().into_iter().for_each(|name| names.rebind(scope, name.text()));
        }
        _ => {}
    }
}

/// `import a.b.C`, `import a.b.C as D`, `import a.b.*`
fn import<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let Some(path) = node.named_children().find(|child| child.kind() == "identifier") else { return };
    if node.named_children().any(|child| child.kind() == "wildcard_import") {
        return names.look_in(path.text());
    }
    let alias =
        node.named_children().find(|child| child.kind() == "import_alias").and_then(|alias| alias.named_children().next());
    let Some(name) = alias.or_else(|| path.named_children().last()) else { return };
    let text = path.text().split_ascii_whitespace().collect();
    names.bind(0, name.text(), Binding::Import(text));
}
