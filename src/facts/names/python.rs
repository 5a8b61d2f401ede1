//! Scopes and bindings of Python.

use super::scopes::Builder;
use super::strings::{Escapes, PYTHON, signed, unescaped};
use super::{Argument, Binding, Call, Callee, Parameter, ScopeKind, Syntax, under};
use crate::formats::code::Node;

pub(super) struct Python;

impl Syntax for Python {
    fn bind<'t>(&self, names: &mut Builder<'t>, node: Node<'t>) {
        read(names, node);
    }

    fn member<'t>(&self, node: Node<'t>) -> Option<(Node<'t>, String)> {
        match node.kind() {
            "attribute" => Some((node.field("object")?, node.field("attribute")?.text().to_owned())),
            _ => None,
        }
    }

    fn inner<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        matches!(node.kind(), "parenthesized_expression" | "await").then(|| node.named_children().next())?
    }

    fn string(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "string" => string(node),
            "concatenated_string" => node.named_children().map(string).collect(),
            _ => None,
        }
    }

    fn scalar(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "integer" | "float" | "true" | "false" | "none" => Some(node.text().to_owned()),
            "unary_operator" => signed(node, |kind| matches!(kind, "integer" | "float")),
            _ => None,
        }
    }

    fn is_null(&self, kind: &str) -> bool {
        kind == "none"
    }

    fn is_list(&self, kind: &str) -> bool {
        matches!(kind, "list" | "tuple" | "set")
    }

    fn is_function(&self, kind: &str) -> bool {
        matches!(kind, "function_definition" | "lambda")
    }

    fn call<'t>(&self, node: Node<'t>) -> Option<Call<'t>> {
        if node.kind() != "call" {
            return None;
        }
        let callee = Callee::Expression(node.field("function")?);
        let list = node.field("arguments").filter(|list| list.kind() == "argument_list");
        let arguments = list.into_iter().flat_map(|list| list.named_children()).map(argument).collect();
        Some(Call { node, callee, arguments })
    }

    fn looped<'t>(&self, node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
        let statement = node.parent().filter(|parent| parent.kind() == "for_statement" && node.role() == "body")?;
        Some((statement.field("left")?, statement.field("right")?))
    }

    fn is_fallback(&self, value: Node<'_>) -> bool {
        is_fallback(value)
    }

    fn class_of<'t>(&self, function: Node<'t>) -> Option<&'t str> {
        let parent = function.parent()?;
        let holder = if parent.kind() == "decorated_definition" { parent.parent()? } else { parent };
        let class = holder.parent().filter(|class| class.kind() == "class_definition")?;
        class.field("name").map(Node::text)
    }

    fn bound_by_class(&self, method: Node<'_>) -> usize {
        usize::from(is_decorated(method, "@classmethod"))
    }

    fn bound_by(&self, method: Node<'_>, receiver: Node<'_>) -> Option<usize> {
        let takes_receiver = match receiver.text() {
            "self" | "cls" => !is_decorated(method, "@staticmethod"),
            class if self.class_of(method) == Some(class) => is_decorated(method, "@classmethod"),
            _ => return None,
        };
        Some(usize::from(takes_receiver))
    }
}

fn argument(node: Node<'_>) -> Argument<'_> {
    match (node.kind(), node.field("name"), node.field("value")) {
        ("keyword_argument", Some(name), Some(value)) => Argument { name: Some(name.text()), value, spread: false },
        (kind, ..) => Argument { name: None, value: node, spread: matches!(kind, "list_splat" | "dictionary_splat") },
    }
}

fn string(node: Node<'_>) -> Option<String> {
    if node.kind() != "string" || node.named_children().any(|part| part.kind() == "interpolation") {
        return None;
    }
    let start = node.children().next().filter(|part| part.kind() == "string_start")?.text();
    let quote = start.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let prefix = start.get(..start.len() - quote.len())?.to_ascii_lowercase();
    let body = node.text().get(start.len()..)?.strip_suffix(quote)?;
    let doubled_braces = prefix.contains(['f', 't']);
    if prefix.contains('r') {
        return Some(if doubled_braces { body.replace("{{", "{").replace("}}", "}") } else { body.to_owned() });
    }
    unescaped(body, Escapes { doubled_braces, ..PYTHON })
}

fn is_decorated(method: Node<'_>, decorator: &str) -> bool {
    let decorated = method.parent().filter(|parent| parent.kind() == "decorated_definition");
    let mut decorators = decorated.into_iter().flat_map(|parent| parent.named_children());
    decorators.any(|child| child.kind() == "decorator" && child.text() == decorator)
}

/// Whether `value` stands in for a module that could not be imported: `except ImportError: name = None`.
fn is_fallback(value: Node<'_>) -> bool {
    let statement = value.parent().and_then(|assignment| assignment.parent());
    let handler = statement.and_then(|statement| statement.parent()).and_then(|block| block.parent());
    handler.is_some_and(|handler| handler.kind() == "except_clause")
}

/// Opens the scope that `node` opens, and binds what it binds.
fn read<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    enter(names, node);
    match node.kind() {
        "assignment" => assignment(names, node),
        "augmented_assignment" => targets(names, node.field("left"), Binding::Unknown),
        "named_expression" => walrus(names, node),
        "for_statement" => loop_variable(names, node),
        "for_in_clause" => loop_variable(names, node),
        "as_pattern_target" => node.children().for_each(|target| targets(names, Some(target), Binding::Unknown)),
        "case_pattern" => capture(names, node),
        "delete_statement" => node.named_children().for_each(|target| targets(names, Some(target), Binding::Unknown)),
        "import_statement" => import(names, node),
        "import_from_statement" => import_from(names, node),
        "function_definition" if !is_overload(node) => own_name(names, node, Binding::Function(node)),
        "class_definition" => own_name(names, node, Binding::Unknown),
        "global_statement" => node.named_children().for_each(|name| names.declare_global(name.text())),
        "nonlocal_statement" => nonlocal(names, node),
        _ => {}
    }
}

/// Functions and classes open a scope at their body: decorators, defaults and annotations belong outside.
fn enter<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let Some(parent) = node.parent() else { return };
    match (parent.kind(), node.role()) {
        ("function_definition" | "lambda", "body") => {
            names.open(ScopeKind::Function, node);
            parameters(names, parent);
        }
        ("class_definition", "body") => names.open(ScopeKind::Class, node),
        // The first iterable of a comprehension is evaluated outside of it.
        ("for_in_clause", "right") if is_first_clause(parent) => names.reenter(names.enclosing(), node),
        _ => {}
    }
    if matches!(node.kind(), "list_comprehension" | "set_comprehension" | "dictionary_comprehension" | "generator_expression") {
        names.open(ScopeKind::Block, node);
    }
}

fn is_first_clause(clause: Node<'_>) -> bool {
    clause.parent().and_then(|whole| whole.children().find(|child| child.kind() == "for_in_clause")) == Some(clause)
}

fn parameters<'t>(names: &mut Builder<'t>, function: Node<'t>) {
    let Some(list) = function.field("parameters") else { return };
    let separators = ["keyword_separator", "positional_separator"];
    let items = list.named_children().filter(|item| !separators.contains(&item.kind()));
    for (index, item) in items.enumerate() {
        let default = item.field("value");
        let target = match item.kind() {
            "default_parameter" | "typed_default_parameter" => item.field("name"),
            "typed_parameter" => item.named_children().next(),
            _ => Some(item),
        };
        let Some(target) = target else { continue };
        if target.kind() == "identifier" {
            let name = target.text();
            bind(names, name, Binding::Parameter(Parameter { function, name, index, default }));
        } else {
            targets(names, Some(target), Binding::Unknown);
        }
    }
}

/// `a = b = value` binds both; an annotation without a value binds nothing.
fn assignment<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let Some(right) = node.field("right") else { return };
    // The inner assignments of a chain are visited as well, so only the last one's value is looked for, from the left.
    let mut value = right;
    for _ in 0..super::MAX_SEGMENTS {
        match value.field("right") {
            Some(next) if value.kind() == "assignment" => value = next,
            _ => break,
        }
    }
    targets(names, node.field("left"), Binding::Value(value));
}

fn loop_variable<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let binding = node.field("right").map_or(Binding::Unknown, Binding::Loop);
    targets(names, node.field("left"), binding);
}

/// Binds a single name to `binding`, and each name of a pattern to nothing known (but that a loop binds it).
fn targets<'t>(names: &mut Builder<'t>, target: Option<Node<'t>>, binding: Binding<'t>) {
    let Some(target) = target else { return };
    if target.kind() == "identifier" {
        return bind(names, target.text(), binding);
    }
    let inner = if matches!(binding, Binding::Loop(_)) { Binding::Loops } else { Binding::Unknown };
    let mut open = vec![target];
    while let Some(node) = open.pop() {
        match node.kind() {
            "identifier" => bind(names, node.text(), inner.clone()),
            "pattern_list"
            | "tuple_pattern"
            | "list_pattern"
            | "list_splat_pattern"
            | "dictionary_splat_pattern"
            | "parenthesized_expression"
            | "expression_list"
            | "tuple"
            | "list"
            | "list_splat" => open.extend(node.named_children()),
            _ => {}
        }
    }
}

fn walrus<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let Some(name) = node.field("name") else { return };
    bind_in(names, names.function(), name.text(), Binding::Unknown);
}

/// `case name:` captures.
fn capture<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match node.kind() {
            "dotted_name" if node.named_children().count() == 1 => bind(names, node.text(), Binding::Unknown),
            "identifier" => bind(names, node.text(), Binding::Unknown),
            "case_pattern" | "splat_pattern" => {
                open.extend(node.named_children().filter(|child| child.kind() != "case_pattern"));
            }
            _ => {}
        }
    }
}

/// `import a.b` binds `a`; `import a.b as c` binds `c` to the whole path.
fn import<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    for item in node.named_children() {
        if let (Some(path), Some(alias)) = (item.field("name"), item.field("alias")) {
            bind_import(names, alias, dotted(path));
        } else if let Some(first) = item.named_children().next() {
            bind(names, first.text(), Binding::Import(first.text().to_owned()));
        }
    }
}

fn import_from<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let Some(module) = node.field("module_name") else { return };
    let module = dotted(module);
    if node.named_children().any(|child| child.kind() == "wildcard_import") {
        names.import_all(&module);
    }
    let path = |name: Node<'t>| under(&module, &dotted(name));
    for item in node.named_children().filter(|child| child.role() == "name") {
        match (item.field("name"), item.field("alias")) {
            (Some(name), Some(alias)) => bind_import(names, alias, path(name)),
            _ => bind_import(names, item, path(item)),
        }
    }
}

/// An import of an `except` clause stands in for that of the `try`.
fn bind_import<'t>(names: &mut Builder<'t>, name: Node<'t>, path: String) {
    let mut around = std::iter::successors(name.parent(), |node| node.parent()).take(super::MAX_SEGMENTS);
    let is_fallback = around.any(|node| node.kind() == "except_clause");
    if is_fallback && !names.is_global(names.scope(), name.text()) {
        names.bind_fallback(names.scope(), name.text(), path);
    } else {
        bind(names, name.text(), Binding::Import(path));
    }
}

/// A dotted name as it is written, without the blanks and comments that it may hold.
fn dotted(node: Node<'_>) -> String {
    node.text().split_ascii_whitespace().collect()
}

/// Whether a function only types another one of its name: `@overload`.
fn is_overload(function: Node<'_>) -> bool {
    let decorated = function.parent().filter(|parent| parent.kind() == "decorated_definition");
    let mut decorators = decorated.into_iter().flat_map(|parent| parent.named_children());
    decorators
        .any(|child| child.kind() == "decorator" && matches!(child.text(), "@overload" | "@typing.overload" | "@t.overload"))
}

fn own_name<'t>(names: &mut Builder<'t>, node: Node<'t>, binding: Binding<'t>) {
    if let Some(name) = node.field("name") {
        bind(names, name.text(), binding);
    }
}

/// `nonlocal x` is followed by an assignment, or it would be pointless.
fn nonlocal<'t>(names: &mut Builder<'t>, node: Node<'t>) {
    let outer = names.enclosing_function();
    for name in node.named_children() {
        names.rebind(outer, name.text());
        bind(names, name.text(), Binding::Unknown);
    }
}

fn bind<'t>(names: &mut Builder<'t>, name: &'t str, binding: Binding<'t>) {
    bind_in(names, names.scope(), name, binding);
}

/// Binds in `scope`, or in the module where the function says `global`: when that runs nobody knows.
fn bind_in<'t>(names: &mut Builder<'t>, scope: u32, name: &'t str, binding: Binding<'t>) {
    if names.is_global(scope, name) {
        names.bind_global(name);
    } else {
        names.bind(scope, name, binding);
    }
}
