//! Scopes, bindings, literals and calls of Rust.

use super::scopes::Builder;
use super::strings::{Escapes, JAVASCRIPT, unescaped};
use super::{Argument, Binding, Call, Callee, MAX_SEGMENTS, Parameter, Qualified, ScopeKind, Syntax, string_value};
use crate::formats::code::Node;

pub(super) struct Rust;

/// Nodes around a path that are looked at for inline modules.
const MAX_NESTING: usize = 64;
/// Methods that call the closure they are given with each item.
const ITERATING: [&str; 12] = [
    "for_each",
    "try_for_each",
    "map",
    "filter",
    "filter_map",
    "flat_map",
    "find",
    "find_map",
    "any",
    "all",
    "position",
    "inspect",
];
/// Methods that hand on what they are called on, as far as its text is concerned.
const SAME: [&str; 12] = [
    "as_deref",
    "as_ref",
    "as_str",
    "borrow",
    "clone",
    "into",
    "to_owned",
    "to_string",
    "as_os_str",
    "into_owned",
    "iter",
    "into_iter",
];

impl Syntax for Rust {
    fn bind<'t>(&self, names: &mut Builder<'t>, node: Node<'t>) {
        enter(names, node);
        match node.kind() {
            "const_item" | "static_item" => constant(names, node),
            "let_declaration" | "let_condition" => declaration(names, node),
            "for_expression" => loop_variable(names, node),
            "function_item" if self.class_of(node).is_none() => {
                if let Some(name) = node.field("name") {
                    names.bind(names.scope(), name.text(), Binding::Function(node));
                }
            }
            "match_pattern" => bind_pattern(names, Some(node), Binding::Unknown),
            "assignment_expression" | "compound_assignment_expr" => {
                if let Some(left) = node.field("left").filter(|left| left.kind() == "identifier") {
                    names.rebind(names.scope(), left.text());
                }
            }
            "mod_item" | "struct_item" | "enum_item" | "union_item" | "trait_item" | "type_item" => {
                node.field("name").into_iter().for_each(|name| names.have(name.text()));
            }
            "use_declaration" => {
                if let Some(tree) = node.field("argument") {
                    import(names, tree);
                }
            }
            _ => {}
        }
    }

    fn is_path(&self, path: &str) -> bool {
        ["crate.", "self.", "super."].iter().any(|root| path.starts_with(root))
    }

    fn own_root(&self) -> Option<&'static str> {
        Some("self")
    }

    fn unbound(&self) -> &'static [&'static str] {
        // `config::KEY` of a module that is declared here (`mod config;`), or of another crate.
        &["self", ""]
    }

    fn is_module_name(&self, name: Node<'_>) -> bool {
        name.role() == "path"
    }

    fn member<'t>(&self, node: Node<'t>) -> Option<(Node<'t>, String)> {
        match node.kind() {
            "scoped_identifier" => Some((node.field("path")?, node.field("name")?.text().to_owned())),
            "field_expression" => Some((node.field("value")?, node.field("field")?.text().to_owned())),
            "generic_function" => self.member(node.field("function")?),
            _ => None,
        }
    }

    fn root(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "crate" => Some("crate".to_owned()),
            "super" => Some(anchored("super", node)),
            "self" if node.role() == "path" => Some(anchored("self", node)),
            _ => None,
        }
    }

    fn is_self(&self, node: Node<'_>) -> bool {
        node.text() == "Self"
    }

    fn inner<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        match node.kind() {
            "parenthesized_expression" | "await_expression" | "type_cast_expression" => node.named_children().next(),
            "reference_expression" => node.field("value"),
            "unary_expression" if node.children().next()?.kind() == "*" => node.named_children().next(),
            "call_expression" => {
                let method = node.field("function").filter(|function| function.kind() == "field_expression")?;
                let is_same = SAME.contains(&method.field("field")?.text());
                let is_bare = node.field("arguments")?.named_children().next().is_none();
                method.field("value").filter(|_| is_same && is_bare)
            }
            _ => None,
        }
    }

    fn string(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "string_literal" => {
                let text = node.text().trim_start_matches(['b', 'c']);
                escaped(text.strip_prefix('"')?.strip_suffix('"')?)
            }
            "raw_string_literal" => {
                let text = node.text().trim_start_matches(['b', 'c', 'r']);
                Some(text.trim_matches('#').strip_prefix('"')?.strip_suffix('"')?.to_owned())
            }
            "macro_invocation" if node.field("macro")?.text() == "concat" => {
                given(node).into_iter().map(|part| self.scalar(part).or_else(|| string_value(part))).collect()
            }
            _ => None,
        }
    }

    fn scalar(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "integer_literal" | "float_literal" | "boolean_literal" => Some(node.text().to_owned()),
            "unary_expression" if node.children().next()?.kind() == "-" => {
                let number = node.named_children().next()?;
                matches!(number.kind(), "integer_literal" | "float_literal").then(|| node.text().to_owned())
            }
            _ => None,
        }
    }

    fn is_list(&self, kind: &str) -> bool {
        kind == "array_expression"
    }

    fn is_function(&self, kind: &str) -> bool {
        matches!(kind, "function_item" | "closure_expression")
    }

    fn call<'t>(&self, node: Node<'t>) -> Option<Call<'t>> {
        let (callee, arguments) = match node.kind() {
            "call_expression" => {
                let given = node.field("arguments")?.named_children().filter(|child| child.kind() != "attribute_item");
                (node.field("function")?, given.collect())
            }
            "macro_invocation" => (node.field("macro")?, given(node)),
            _ => return None,
        };
        let arguments = arguments.into_iter().map(Argument::plain).collect();
        Some(Call { node, callee: Callee::Expression(callee), arguments })
    }

    fn mark(&self, call: Node<'_>) -> &'static str {
        if call.kind() == "macro_invocation" { "!" } else { "" }
    }

    /// A policy may write `std::process::exit` or `std.process.exit`.
    fn is_called(&self, function: &str, path: &Qualified) -> bool {
        function == path.path || function.replace("::", ".") == path.path
    }

    fn looped<'t>(&self, node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
        let statement = node.parent().filter(|parent| parent.kind() == "for_expression" && node.role() == "body")?;
        Some((statement.field("pattern")?, statement.field("value")?))
    }

    fn iterated<'t>(&self, function: Node<'t>) -> Option<Node<'t>> {
        let arguments = function.parent().filter(|parent| parent.kind() == "arguments")?;
        let method = arguments.parent()?.field("function").filter(|callee| callee.kind() == "field_expression")?;
        method.field("value").filter(|_| method.field("field").is_some_and(|name| ITERATING.contains(&name.text())))
    }

    fn class_of<'t>(&self, function: Node<'t>) -> Option<&'t str> {
        let holder = function.parent().filter(|list| list.kind() == "declaration_list")?.parent()?;
        class_name(holder).filter(|_| holder.kind() != "mod_item")
    }

    fn bound_by(&self, method: Node<'_>, receiver: Node<'_>) -> Option<usize> {
        let is_own = matches!(receiver.text(), "self" | "Self") || self.class_of(method) == Some(receiver.text());
        is_own.then_some(0)
    }
}

/// What a macro is given.
pub(super) fn given(call: Node<'_>) -> Vec<Node<'_>> {
    let tokens = call.named_children().find(|child| child.kind() == "token_tree");
    let Some(whole) = tokens.and_then(|tokens| tokens.named_children().next()) else { return Vec::new() };
    match whole.kind() {
        "tuple_expression" | "parenthesized_expression" | "array_expression" => whole.named_children().collect(),
        _ => Vec::new(),
    }
}

/// The type that an `impl` is for, or the name of a trait or an inline module.
fn class_name(holder: Node<'_>) -> Option<&str> {
    match holder.kind() {
        "impl_item" => {
            let of = holder.field("type")?;
            Some(of.field("type").unwrap_or(of).text())
        }
        "trait_item" | "mod_item" => holder.field("name").map(Node::text),
        _ => None,
    }
}

/// A backslash at the end of a line takes the blanks of the next line with it.
fn escaped(text: &str) -> Option<String> {
    if !text.contains("\\\n") && !text.contains("\\\r\n") {
        return unescaped(text, Escapes { ..JAVASCRIPT });
    }
    let mut parts = text.split("\\\n").flat_map(|part| part.split("\\\r\n"));
    let mut joined = parts.next()?.to_owned();
    parts.for_each(|part| joined.push_str(part.trim_start()));
    unescaped(&joined, JAVASCRIPT)
}

fn enter<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let Some(parent) = node.parent() else { return };
    match (parent.kind(), node.kind()) {
        ("function_item" | "closure_expression", _) if node.role() == "body" => {
            names.open(ScopeKind::Function, node);
            parameters(names, parent);
        }
        (_, "declaration_list") => match class_name(parent) {
            Some(name) => names.open_type(name, node),
            None => names.open(ScopeKind::Block, node),
        },
        (_, "block" | "match_arm" | "if_expression" | "while_expression" | "for_expression") => {
            names.open(ScopeKind::Block, node);
        }
        // What a loop goes over is looked up outside of it.
        ("for_expression", _) if node.role() == "value" => names.reenter(names.enclosing(), node),
        _ => {}
    }
}

fn parameters<'t>(names: &mut Builder<'t>, function: Node<'t>) {
    let Some(list) = function.field("parameters") else { return };
    let items = list.named_children().filter(|item| !matches!(item.kind(), "self_parameter" | "attribute_item"));
    for (index, item) in items.enumerate() {
        let pattern = if item.kind() == "parameter" { item.field("pattern") } else { Some(item) };
        match single(pattern) {
            Some(name) => {
                let parameter = Parameter { function, name: name.text(), index, default: None };
                names.bind(names.scope(), name.text(), Binding::Parameter(parameter));
            }
            None => bind_pattern(names, pattern, Binding::Unknown),
        }
    }
}

fn constant<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    if let (Some(name), Some(value)) = (node.field("name"), node.field("value")) {
        names.bind(names.scope(), name.text(), Binding::Value(value));
    }
}

fn declaration<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let binding = node.field("value").map_or(Binding::Unknown, Binding::Value);
    match single(node.field("pattern")) {
        Some(name) => names.bind(names.scope(), name.text(), binding),
        None => bind_pattern(names, node.field("pattern"), Binding::Unknown),
    }
}

fn loop_variable<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let binding = node.field("value").map_or(Binding::Unknown, Binding::Loop);
    match single(node.field("pattern")) {
        Some(name) => names.bind(names.scope(), name.text(), binding),
        None => bind_pattern(names, node.field("pattern"), Binding::Unknown),
    }
}

/// The one name that a pattern is, behind `&` and `mut`.
fn single(pattern: Option<Node<'_>>) -> Option<Node<'_>> {
    let mut pattern = pattern?;
    for _ in 0..MAX_SEGMENTS {
        match pattern.kind() {
            "identifier" => return Some(pattern),
            "reference_pattern" | "mut_pattern" => pattern = pattern.named_children().last()?,
            _ => return None,
        }
    }
    None
}

/// Binds each name of a pattern: those that begin with a small letter, others are constants and variants.
fn bind_pattern<'t>(names: &mut Builder<'t>, pattern: Option<Node<'t>>, binding: Binding<'t>) {
    let Some(pattern) = pattern else { return };
    let is_name = |node: &Node<'t>| matches!(node.kind(), "identifier" | "shorthand_field_identifier") && node.role() != "type";
    let is_small = |node: &Node<'t>| !node.text().starts_with(char::is_uppercase);
    for name in pattern.subtree().filter(|node| is_name(node) && is_small(node)) {
        names.bind(names.scope(), name.text(), binding.clone());
    }
}

/// `path` of the module that `node` stands in, as the file sees it: inside of `mod tests`, `super` is `self.tests.super`.
fn anchored(path: &str, node: Node<'_>) -> String {
    let root = path.split('.').next().unwrap_or(path);
    if !matches!(root, "self" | "super") {
        return path.to_owned();
    }
    let around = std::iter::successors(node.parent(), |node| node.parent()).take(MAX_NESTING);
    let mut modules: Vec<&str> = around.filter(|node| node.kind() == "mod_item").filter_map(class_name).collect();
    if modules.is_empty() {
        return path.to_owned();
    }
    modules.push("self");
    modules.reverse();
    let rest = if root == "self" { path.strip_prefix("self.") } else { Some(path) };
    modules.extend(rest);
    modules.join(".")
}

/// Binds what one tree of a `use` brings in: `a::{b, c as d}`.
fn import<'t>(names: &mut Builder<'t>, tree: Node<'t>) {
    let mut open = vec![(String::new(), tree)];
    while let Some((prefix, node)) = open.pop() {
        let below = |path: &str| if prefix.is_empty() { anchored(path, tree) } else { format!("{prefix}.{path}") };
        let path = |node: Node<'t>| below(&dotted(node));
        match node.kind() {
            "identifier" | "crate" => names.bind(names.scope(), node.text(), Binding::Import(path(node))),
            // `use a::{self}` brings in `a` itself.
            "self" => {
                let own = prefix.rsplit('.').next().unwrap_or_default().len();
                let parent = node.parent().and_then(Node::parent).and_then(|list| list.field("path"));
                let name = parent.map(|path| path.field("name").unwrap_or(path)).filter(|name| name.text().len() == own);
                if let Some(name) = name {
                    names.bind(names.scope(), name.text(), Binding::Import(prefix));
                }
            }
            "scoped_identifier" => {
                if let Some(name) = node.field("name") {
                    names.bind(names.scope(), name.text(), Binding::Import(path(node)));
                }
            }
            "use_as_clause" => {
                if let (Some(of), Some(alias)) = (node.field("path"), node.field("alias")) {
                    let path = if of.kind() == "self" { prefix } else { path(of) };
                    names.bind(names.scope(), alias.text(), Binding::Import(path));
                }
            }
            "use_wildcard" => {
                let of = node.named_children().next().map_or_else(|| prefix.clone(), path);
                if !of.is_empty() {
                    names.import_all(&of);
                }
            }
            "scoped_use_list" if prefix.len() <= super::MAX_PATH => {
                let inner = node.field("path").map_or(prefix.clone(), path);
                open.extend(
                    node.field("list").into_iter().flat_map(|list| list.named_children()).map(|item| (inner.clone(), item)),
                );
            }
            "use_list" => open.extend(node.named_children().map(|item| (prefix.clone(), item))),
            _ => {}
        }
    }
}

/// A path as it is written, with dots.
fn dotted(path: Node<'_>) -> String {
    path.text().split("::").map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
}
