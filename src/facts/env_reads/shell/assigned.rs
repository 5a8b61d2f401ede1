//! Which names a script sets itself, and from where on.

use std::collections::HashMap;

use super::literal;
use crate::formats::code::{Code, Node};

/// Everything that a script sets. A look-up costs the same however often a name is set.
pub(super) struct Assigned<'t> {
    names: HashMap<&'t str, Name>,
    /// The first place from which on a name is set, by the function that has it for itself.
    locals: HashMap<(&'t str, usize), usize>,
    functions: Vec<Function>,
}

/// A function definition, in order of places.
struct Function {
    start: usize,
    end: usize,
    /// The function that it stands in.
    parent: Option<usize>,
}

/// What is known of a name that is not local to a function.
#[derive(Default)]
struct Name {
    /// The first byte from which on it is set.
    first: Option<usize>,
    /// Where it is set without looking at what it was before: the first such place's function, and whether there is one elsewhere.
    set_in: Option<Option<usize>>,
    set_elsewhere: bool,
}

impl<'t> Assigned<'t> {
    pub fn of(code: &'t Code) -> Self {
        let mut assigned = Assigned { names: HashMap::new(), locals: HashMap::new(), functions: Vec::new() };
        let mut open: Vec<usize> = Vec::new();
        for node in code.root().subtree() {
            while open.last().is_some_and(|at| assigned.functions[*at].end <= node.span().start) {
                open.pop();
            }
            if node.kind() == "function_definition" {
                let span = node.span();
                assigned.functions.push(Function { start: span.start, end: span.end, parent: open.last().copied() });
                open.push(assigned.functions.len() - 1);
            }
            assigned.look_at(node, open.last().copied());
        }
        assigned
    }

    /// Whether the script has set `name` itself where `node` stands. What runs in a function may have been set by anything else of
    /// the script before the function was called.
    pub fn before(&self, name: &str, node: Node<'_>) -> bool {
        let at = node.span().start;
        let function = self.function_at(at);
        let mut inner = function;
        while let Some(index) = inner {
            if self.locals.get(&(name, index)).is_some_and(|from| *from <= at) {
                return true;
            }
            inner = self.functions.get(index).and_then(|function| function.parent);
        }
        let Some(known) = self.names.get(name) else { return false };
        let set_by_others = known.set_elsewhere || known.set_in.is_some_and(|other| other != function);
        known.first.is_some_and(|first| first <= at) || function.is_some() && set_by_others
    }

    /// The innermost function around a place.
    pub fn function_at(&self, at: usize) -> Option<usize> {
        let mut index = self.functions.partition_point(|function| function.start <= at).checked_sub(1);
        while let Some(function) = index.and_then(|index| self.functions.get(index)) {
            if at < function.end {
                return index;
            }
            index = function.parent;
        }
        None
    }

    fn look_at(&mut self, node: Node<'t>, function: Option<usize>) {
        match node.kind() {
            "variable_assignment" => self.assignment(node, function),
            "for_statement" => {
                if let Some(variable) = node.field("variable") {
                    self.set(variable.text(), variable.span().end, function, false);
                }
            }
            "declaration_command" if is_local(node) || declares(node) => {
                let names = node.named_children().filter(|child| child.kind() == "variable_name");
                names.for_each(|name| self.set_here(name.text(), node.span().end, function, is_local(node)));
            }
            "unset_command" => {
                let names = node.named_children().filter_map(|child| Some(child.text()).filter(|text| !text.starts_with('-')));
                names.for_each(|name| self.set(name, node.span().end, function, false));
            }
            "expansion" => {
                // `${K:=default}` leaves it set.
                let name = node.named_children().next().filter(|name| name.kind() == "variable_name");
                if let Some(name) = name.filter(|name| node.text().get(name.text().len() + 2..).is_some_and(sets_default)) {
                    self.set(name.text(), node.span().end, function, true);
                }
            }
            "unary_expression" | "binary_expression" | "postfix_expression" => {
                let name = node.named_children().next().filter(|name| is_set_by(node, *name));
                if let Some(name) = name {
                    self.set(name.text(), node.span().end, function, false);
                }
            }
            "command" => self.command(node, function),
            _ => {}
        }
    }

    fn assignment(&mut self, node: Node<'t>, function: Option<usize>) {
        let Some(parent) = node.parent() else { return };
        let Some(name) = node.field("name") else { return };
        let name = if name.kind() == "subscript" { name.field("name").unwrap_or(name) } else { name };
        // `K=value command` sets it for that command alone.
        if parent.kind() == "command" {
            return;
        }
        let reads_itself = || {
            let value = node.field("value");
            value.is_some_and(|value| value.subtree().any(|part| part.kind() == "variable_name" && part.text() == name.text()))
        };
        let local = parent.kind() == "declaration_command" && is_local(parent);
        match local && function.is_some() {
            true => self.set_here(name.text(), node.span().end, function, true),
            false => self.set(name.text(), node.span().end, function, reads_itself()),
        }
    }

    /// Commands that set the variables they are given.
    fn command(&mut self, node: Node<'t>, function: Option<usize>) {
        let Some(command) = node.field("name") else { return };
        if command.text() == "eval" {
            let texts = node.children().filter(|child| child.role() == "argument").map(Node::text);
            return texts.flat_map(evaluated).for_each(|name| self.set(name, node.span().end, function, false));
        }
        let arguments: Vec<&'t str> = match command.text() {
            "read" | "mapfile" | "readarray" | "getopts" | "printf" | "let" => node
                .children()
                .filter(|child| child.role() == "argument")
                .map(|child| literal(child).unwrap_or_default())
                .collect(),
            _ => return,
        };
        let names: Vec<&'t str> = match command.text() {
            "read" => without_options(&arguments, "ptnNdui"),
            "mapfile" | "readarray" => without_options(&arguments, "dnOsuCc"),
            "getopts" => arguments.get(1).copied().into_iter().collect(),
            "printf" => arguments.windows(2).filter(|pair| pair[0] == "-v").map(|pair| pair[1]).collect(),
            _ => arguments.iter().filter_map(|argument| Some(argument.split_once('=')?.0)).collect(),
        };
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            self.set(name, node.span().end, function, false);
        }
    }

    fn set_here(&mut self, name: &'t str, from: usize, function: Option<usize>, local: bool) {
        match function.filter(|_| local) {
            Some(function) => {
                self.locals.entry((name, function)).or_insert(from);
            }
            None => self.set(name, from, function, false),
        }
    }

    /// `reads_itself`: the value that it gets may be the one that it had.
    fn set(&mut self, name: &'t str, from: usize, function: Option<usize>, reads_itself: bool) {
        let known = self.names.entry(name).or_default();
        known.first = Some(known.first.map_or(from, |first| first.min(from)));
        if !reads_itself {
            known.set_elsewhere |= known.set_in.is_some_and(|other| other != function);
            known.set_in.get_or_insert(function);
        }
    }
}

/// Whether what follows the name in `${K…` is `:=` or `=`.
fn sets_default(rest: &str) -> bool {
    rest.starts_with(":=") || rest.starts_with('=')
}

/// `local`, and `declare` or `typeset` without `-g`.
fn is_local(declaration: Node<'_>) -> bool {
    let keyword = declaration.children().next().map_or("", |keyword| keyword.text());
    let is_global = || {
        declaration
            .named_children()
            .any(|child| child.kind() == "word" && child.text().starts_with('-') && child.text().contains('g'))
    };
    keyword == "local" || matches!(keyword, "declare" | "typeset") && !is_global()
}

/// Whether a name without a value is set to nothing: `export K` and `readonly K` only say something about the one that there is.
fn declares(declaration: Node<'_>) -> bool {
    declaration.children().next().is_some_and(|keyword| matches!(keyword.text(), "declare" | "typeset" | "local"))
}

/// Whether arithmetic sets the name: `K = 1`, `K += 1`, `K++`.
pub(super) fn is_set_by(expression: Node<'_>, name: Node<'_>) -> bool {
    let operator = expression.field("operator").map_or("", |operator| operator.text());
    let sets = match expression.kind() {
        "binary_expression" => operator.ends_with('=') && !matches!(operator, "==" | "!=" | "<=" | ">="),
        _ => matches!(operator, "++" | "--"),
    };
    let is_left = expression.named_children().next() == Some(name) || expression.kind() == "unary_expression";
    sets && is_left && name.kind() == "variable_name"
}

/// The names that a command given to `eval` assigns: `eval "A=\$$name"`, `eval local A=…`.
fn evaluated(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '('));
    let is_name = |name: &&str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    words.filter_map(|word| Some(word.split_once('=')?.0)).filter(is_name)
}

/// The arguments that are no options; those of `takes` have an argument of their own.
fn without_options<'t>(arguments: &[&'t str], takes: &str) -> Vec<&'t str> {
    let mut names = Vec::new();
    let mut skip = false;
    for argument in arguments {
        match argument.strip_prefix('-') {
            _ if std::mem::take(&mut skip) => {}
            // The last letter of a cluster may take what follows: `-rp "Name: "`.
            Some(options) => skip = options.ends_with(|c| takes.contains(c)),
            None => names.push(*argument),
        }
    }
    names
}
