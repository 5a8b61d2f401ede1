//! Scopes, bindings, literals and calls of Ruby.

use super::scopes::Builder;
use super::strings::{Escapes, unescaped};
use super::{Argument, Binding, Call, Callee, Parameter, ScopeKind, Syntax};
use crate::formats::code::Node;

pub(super) struct Ruby;

/// Methods that call the block they are given with each item first.
const ITERATING: [&str; 26] = [
    "each",
    "map",
    "flat_map",
    "collect",
    "filter_map",
    "select",
    "filter",
    "reject",
    "find",
    "detect",
    "any?",
    "all?",
    "none?",
    "one?",
    "each_with_object",
    "each_with_index",
    "to_h",
    "to_set",
    "index_with",
    "index_by",
    "partition",
    "group_by",
    "sum",
    "count",
    "find_all",
    "each_entry",
];
/// Methods that give the same value back, as far as a constant's items, a key or a default are concerned.
const SAME: [&str; 8] = ["freeze", "dup", "clone", "presence", "to_a", "itself", "to_set", "then"];

impl Syntax for Ruby {
    fn unbound(&self) -> &'static [&'static str] {
        &["."]
    }

    fn bind<'t>(&self, names: &mut Builder<'t>, node: Node<'t>) {
        enter(names, node);
        read(names, node);
    }

    fn is_name(&self, kind: &str) -> bool {
        matches!(kind, "identifier" | "constant")
    }

    fn is_variable(&self, name: &str) -> bool {
        name.starts_with(|c: char| c.is_lowercase() || c == '_')
    }

    fn is_self(&self, node: Node<'_>) -> bool {
        node.kind() == "self"
    }

    fn member<'t>(&self, node: Node<'t>) -> Option<(Node<'t>, String)> {
        match node.kind() {
            "scope_resolution" => Some((node.field("scope")?, node.field("name")?.text().to_owned())),
            "call" if node.field("arguments").is_none() && node.field("block").is_none() => {
                Some((node.field("receiver")?, node.field("method")?.text().to_owned()))
            }
            _ => None,
        }
    }

    fn root(&self, node: Node<'_>) -> Option<String> {
        let is_rooted = node.kind() == "scope_resolution" && node.field("scope").is_none();
        is_rooted.then(|| node.field("name").map(|name| name.text().to_owned()))?
    }

    fn inner<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        match node.kind() {
            "parenthesized_statements" | "block_argument" => sole(node),
            // `+"text"` is a text that may change, `-"text"` one that may not.
            "unary" if node.field("operand")?.kind() == "string" => node.field("operand"),
            "call" if node.field("arguments").is_none() => {
                let method = node.field("method")?.text();
                match node.field("receiver") {
                    Some(receiver) => (SAME.contains(&method) && node.field("block").is_none()).then_some(receiver),
                    None => matches!(method, "lambda" | "proc").then(|| node.field("block"))?,
                }
            }
            _ => None,
        }
    }

    fn string(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "string" => string(node),
            "bare_string" => bare(node),
            "chained_string" => node.named_children().map(string).collect(),
            _ => None,
        }
    }

    fn scalar(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "integer" | "float" | "rational" | "complex" | "true" | "false" | "nil" => Some(node.text().to_owned()),
            "unary" => {
                let operand = node.field("operand").filter(|operand| matches!(operand.kind(), "integer" | "float"))?;
                (node.text().len() == operand.text().len() + 1).then(|| node.text().to_owned())
            }
            "simple_symbol" => node.text().strip_prefix(':').map(str::to_owned),
            "hash_key_symbol" => Some(node.text().to_owned()),
            "bare_symbol" => bare(node),
            "delimited_symbol" => quoted(node),
            _ => None,
        }
    }

    fn is_null(&self, kind: &str) -> bool {
        kind == "nil"
    }

    fn is_list(&self, kind: &str) -> bool {
        matches!(kind, "array" | "string_array" | "symbol_array")
    }

    fn is_function(&self, kind: &str) -> bool {
        matches!(kind, "method" | "singleton_method" | "lambda")
    }

    fn call<'t>(&self, node: Node<'t>) -> Option<Call<'t>> {
        let callee = match node.kind() {
            "call" => callee(node)?,
            // `binding`, `byebug`: a statement that is a mere name calls it.
            "identifier" if is_statement(node) => Callee::Expression(node),
            _ => return None,
        };
        let list = node.field("arguments").into_iter().flat_map(|list| list.named_children());
        let block = node.field("block").map(Argument::plain);
        Some(Call { node, callee, arguments: list.map(argument).chain(block).collect() })
    }

    fn is_called(&self, function: &str, path: &super::Qualified) -> bool {
        function.replace("::", ".").trim_start_matches('.') == path.path
    }

    fn looped<'t>(&self, node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
        let statement = node.parent().filter(|parent| parent.kind() == "for" && node.role() == "body")?;
        Some((statement.field("pattern")?, statement.field("value")?.named_children().next()?))
    }

    fn iterated<'t>(&self, function: Node<'t>) -> Option<Node<'t>> {
        let call = function.parent().filter(|parent| parent.kind() == "call" && function.role() == "block")?;
        let method = call.field("method")?.text();
        ITERATING.contains(&method).then(|| call.field("receiver"))?
    }

    fn types_have_parts(&self) -> bool {
        true
    }

    fn class_of<'t>(&self, function: Node<'t>) -> Option<&'t str> {
        if !matches!(function.kind(), "method" | "singleton_method") {
            return None;
        }
        let mut holder = function.parent()?.parent()?;
        if holder.kind() == "singleton_class" {
            holder = holder.parent()?.parent()?;
        }
        let name = holder.field("name").filter(|_| matches!(holder.kind(), "class" | "module"))?;
        Some(name.field("name").unwrap_or(name).text())
    }

    fn bound_by(&self, method: Node<'_>, receiver: Node<'_>) -> Option<usize> {
        (receiver.kind() == "self" || self.class_of(method) == Some(receiver.text())).then_some(0)
    }
}

/// The only named child.
fn sole(node: Node<'_>) -> Option<Node<'_>> {
    let mut children = node.named_children();
    children.next().filter(|_| children.next().is_none())
}

/// A string in any quotes, without holes.
fn string(node: Node<'_>) -> Option<String> {
    if node.kind() != "string" {
        return None;
    }
    quoted(node)
}

/// What stands between the quotes of a string or a symbol.
fn quoted(node: Node<'_>) -> Option<String> {
    if node.children().any(|part| part.kind() == "interpolation") {
        return None;
    }
    let open = node.children().next()?.text();
    let close = node.children().last().filter(|last| !last.is_named())?.text();
    let body = node.text().get(open.len()..node.text().len().checked_sub(close.len())?)?;
    let is_raw = open.ends_with('\'') || open.starts_with("%q") || open.starts_with("%s");
    if is_raw { Some(single_quoted(body)) } else { unescaped(body, RUBY) }
}

const RUBY: Escapes = Escapes { keeps_unknown: false, long: false, doubled_braces: false };

fn single_quoted(body: &str) -> String {
    body.replace("\\'", "'").replace("\\\\", "\\")
}

/// A word of `%w[…]`.
fn bare(node: Node<'_>) -> Option<String> {
    let has_hole = node.named_children().any(|part| part.kind() != "string_content");
    (!has_hole).then(|| node.text().to_owned())
}

fn callee(call: Node<'_>) -> Option<Callee<'_>> {
    let receiver = call.field("receiver");
    match (receiver, call.field("method")) {
        // `read.(…)`, and `read.call(…)` of what a variable holds
        (Some(receiver), None) => Some(Callee::Expression(receiver)),
        (Some(receiver), Some(method)) if method.text() == "call" && receiver.kind() == "identifier" => {
            Some(Callee::Expression(receiver))
        }
        (receiver, Some(name)) => Some(Callee::Method { receiver, name }),
        (None, None) => None,
    }
}

fn is_statement(node: Node<'_>) -> bool {
    node.parent().is_some_and(|parent| matches!(parent.kind(), "program" | "body_statement" | "block_body" | "then" | "do"))
}

fn argument(node: Node<'_>) -> Argument<'_> {
    match node.kind() {
        "pair" => match (node.field("key"), node.field("value")) {
            (Some(key), Some(value)) if key.kind() == "hash_key_symbol" => {
                Argument { name: Some(key.text()), value, spread: false }
            }
            _ => Argument::plain(node),
        },
        kind => Argument { name: None, value: node, spread: matches!(kind, "splat_argument" | "hash_splat_argument") },
    }
}

/// Opens the scope that `node` opens.
fn enter<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let Some(parent) = node.parent() else { return };
    match (parent.kind(), node.role()) {
        ("class" | "module", "body") => {
            let name = parent.field("name").map(|name| name.field("name").unwrap_or(name).text());
            names.open_type(name.unwrap_or_default(), node);
        }
        ("method" | "singleton_method", "body") => {
            names.open(ScopeKind::Closed, node);
            parameters(names, parent, parent.field("parameters"));
        }
        ("block" | "do_block", "body") => {
            names.open(ScopeKind::Block, node);
            let function = parent.parent().filter(|lambda| lambda.kind() == "lambda").unwrap_or(parent);
            match function.field("parameters") {
                None => implicit(names, function),
                list => parameters(names, function, list),
            }
        }
        _ => {}
    }
}

/// Parameters that a block without a list of them has.
fn implicit<'t>(names: &mut Builder<'t>, function: Node<'t>) {
    let scope = names.scope();
    for name in ["it", "_1"] {
        names.bind(scope, name, Binding::Parameter(Parameter { function, name, index: 0, default: None }));
    }
}

fn parameters<'t>(names: &mut Builder<'t>, function: Node<'t>, list: Option<Node<'t>>) {
    let scope = names.scope();
    for (index, item) in list.into_iter().flat_map(|list| list.named_children()).enumerate() {
        match (item.kind(), item.field("name")) {
            ("identifier", _) => {
                let name = item.text();
                names.bind(scope, name, Binding::Parameter(Parameter { function, name, index, default: None }));
            }
            ("optional_parameter" | "keyword_parameter", Some(name)) => {
                let (name, default) = (name.text(), item.field("value"));
                names.bind(scope, name, Binding::Parameter(Parameter { function, name, index, default }));
            }
            (_, Some(name)) => names.bind(scope, name.text(), Binding::Unknown),
            _ => targets(names, item, scope),
        }
    }
}

/// Binds what `node` binds.
fn read<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    match node.kind() {
        "assignment" => {
            let (Some(left), Some(right)) = (node.field("left"), node.field("right")) else { return };
            assign(names, left, Binding::Value(right));
        }
        "operator_assignment" => {
            let (Some(left), Some(right)) = (node.field("left"), node.field("right")) else { return };
            let is_first = node.field("operator").is_some_and(|operator| operator.text() == "||=");
            assign(names, left, if is_first { Binding::Value(right) } else { Binding::Unknown });
        }
        "for" => {
            let items = node.field("value").and_then(|value| value.named_children().next());
            if let Some(pattern) = node.field("pattern") {
                assign(names, pattern, items.map_or(Binding::Unknown, Binding::Loop));
            }
        }
        "method" | "singleton_method" => {
            if let Some(name) = node.field("name") {
                names.bind(names.scope(), name.text(), Binding::Function(node));
            }
        }
        "call" if node.field("receiver").is_none() => required(names, node),
        "class" | "module" => {
            if let Some(name) = node.field("name").filter(|name| name.kind() == "constant") {
                names.declare(names.scope(), name.text());
            }
        }
        "exception_variable" | "as_pattern" => {
            let name = node.field("name").or_else(|| node.named_children().next());
            name.into_iter().for_each(|name| assign(names, name, Binding::Unknown));
        }
        _ => {}
    }
}

/// `require_relative "env"`, `require "app/env"`: what the file defines can be used here.
fn required<'t>(names: &mut Builder<'t>, call: Node<'t>) {
    let method = call.field("method").map_or("", Node::text);
    let given = call.field("arguments").and_then(|list| list.named_children().next()).and_then(string);
    let module = match (method, given) {
        ("require_relative", Some(path)) => format!("./{path}"),
        ("require", Some(path)) => path,
        _ => return,
    };
    names.import(&module);
    names.import_all(&module);
}

/// A variable belongs to the whole method, unless a block has a parameter of that name; a constant to its class.
fn assign<'t>(names: &mut Builder<'t>, left: Node<'t>, binding: Binding<'t>) {
    match left.kind() {
        "constant" => names.bind(names.scope(), left.text(), binding),
        "identifier" => match names.block_that_binds(left.text()) {
            Some(scope) => names.bind(scope, left.text(), Binding::Unknown),
            None => names.bind(names.function(), left.text(), binding),
        },
        "left_assignment_list" | "destructured_left_assignment" | "rest_assignment" => {
            left.named_children().for_each(|target| targets(names, target, names.function()));
        }
        _ => {}
    }
}

/// Names that take a part of a value.
fn targets<'t>(names: &mut Builder<'t>, target: Node<'t>, scope: u32) {
    let mut open = vec![target];
    while let Some(node) = open.pop() {
        match node.kind() {
            "identifier" | "constant" => names.bind(scope, node.text(), Binding::Unknown),
            "destructured_left_assignment"
            | "rest_assignment"
            | "destructured_parameter"
            | "splat_parameter"
            | "left_assignment_list" => open.extend(node.named_children()),
            _ => {}
        }
    }
}
