//! The names of one code file: what each is bound to, in which scope, and through which import.

mod classes;
mod csharp;
mod go;
mod java;
mod javascript;
mod kotlin;
mod modules;
mod php;
mod python;
mod ruby;
mod rust;
mod scopes;
mod shell;
mod strings;
mod syntax;

use std::collections::{HashMap, HashSet};

use super::imports::Import;
use crate::formats::code::{Code, Node};

pub use classes::{ByPath, member_path};
pub use csharp::value_of as csharp_value;
pub use kotlin::value_of as kotlin_value;
pub use strings::{literal_text, string_value};
pub use syntax::{Argument, Call, Callee, Exported, Exports, Qualified, Syntax};

/// The bindings of a file. Made by one walk; every question costs next to nothing, however deep the code nests.
pub struct Names<'t> {
    scopes: Vec<Scope>,
    /// The scope that each node's text is looked up in, by the node's number.
    scope_of: Vec<u32>,
    bindings: HashMap<(u32, &'t str), Binding<'t>>,
    /// Names that something rebinds in a scope too far away to be found.
    lost: HashSet<&'t str>,
    /// The scopes of the types that the file declares, by name: a type may be written in parts.
    types: HashMap<&'t str, Vec<u32>>,
    /// Packages that names may come from without being imported one by one.
    packages: Vec<&'t str>,
    /// Names of the top level that functions bind again: at what time nobody knows.
    changed: HashSet<&'t str>,
    /// Modules that the file imports, by the names that it calls them.
    modules: HashSet<String>,
    /// Modules of which the file imports every name.
    wildcards: Vec<String>,
    /// Imports that stand in where that of the path before cannot be had.
    fallbacks: HashMap<String, Vec<String>>,
    /// The types that those of the file extend.
    supertypes: Vec<Node<'t>>,
    /// Modules and types of the top level whose names are not bound.
    declared: HashSet<&'t str>,
    /// The packages that the file itself is of.
    own_packages: Vec<String>,
    syntax: &'static dyn Syntax,
}

/// What a name stands for in its scope.
#[derive(Clone, Debug)]
pub enum Binding<'t> {
    /// Bound once, to this expression.
    Value(Node<'t>),
    /// A module, or a member of one, by its dotted path (`os.environ`).
    Import(String),
    /// `const {key: name} = of`.
    Member {
        of: Node<'t>,
        key: String,
    },
    Parameter(Parameter<'t>),
    /// The variable of a loop over this expression.
    Loop(Node<'t>),
    /// The variable of several loops, or one of several of a loop, and of nothing else: the innermost around a use decides.
    Loops,
    /// A function's own name.
    Function(Node<'t>),
    /// Some object of this type.
    Object(Node<'t>),
    /// Bound several times, or in a way that says nothing about its value.
    Unknown,
}

/// A parameter of a function.
#[derive(Clone, Copy, Debug)]
pub struct Parameter<'t> {
    pub function: Node<'t>,
    pub name: &'t str,
    /// From 0, `self` included.
    pub index: usize,
    pub default: Option<Node<'t>>,
}

struct Scope {
    parent: u32,
    kind: ScopeKind,
    /// The nearest scope, this one included, that holds what belongs to a whole function or to the module.
    function: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    Module,
    Function,
    /// A function that does not see the variables around it.
    Closed,
    /// Seen from its own statements only, not from the functions in it.
    Class,
    /// A class (or the like) whose members are seen from everything in it, and through its name.
    Type,
    Block,
}

/// Scopes that a look-up climbs before it gives up: nobody nests code so deep, and hostile files stay linear.
const MAX_SCOPES: usize = 256;
/// Names that stand for names that stand for names: how many are followed.
const MAX_ALIASES: usize = 4;
/// Segments of a dotted path, and wrappers (parentheses, casts) around an expression.
const MAX_SEGMENTS: usize = 16;
/// Calls in a row that are followed from a loop back to its items.
const MAX_CHAIN: usize = 8;
/// Modules that a file may import every name of: each is asked for every name that nothing else binds.
pub const MAX_WILDCARDS: usize = 64;
/// Bytes of a module's path, or of one member's name.
const MAX_PATH: usize = 512;

impl<'t> Names<'t> {
    /// Reads the bindings of a whole file.
    pub fn of(code: &'t Code) -> Self {
        scopes::Builder::new(syntax::of(code.language)).read(code)
    }

    /// What `identifier` stands for where it is; `None` where the file neither imports nor binds it.
    pub fn binding(&self, identifier: Node<'t>) -> Option<&Binding<'t>> {
        // No name is so long, but many an expression that is asked about.
        let name = Some(identifier.text()).filter(|name| name.len() <= MAX_PATH)?;
        let only_imports = self.syntax.is_module_name(identifier);
        let scope = *self.scope_of.get(identifier.id())?;
        self.look_up(name, scope, |binding| !only_imports || matches!(binding, Binding::Import(_)))
    }

    /// The value of a name that is bound exactly once where it is visible.
    pub fn bound_once(&self, name: Node<'t>) -> Option<Node<'t>> {
        let binding = if self.is_name(name) { self.binding(name)? } else { self.member(name)? };
        match binding {
            Binding::Value(value) => Some(*value),
            _ => None,
        }
    }

    /// What `Type.member` stands for, of a type that the file declares.
    fn member(&self, node: Node<'t>) -> Option<&Binding<'t>> {
        let object = plain(self.syntax.member(node)?.0);
        let member = self.last_name(node)?;
        if self.syntax.is_self(object) {
            return self.bindings.get(&(self.type_around(node)?, member));
        }
        let scopes = self.types.get(self.last_name(object)?)?;
        let mut found = scopes.iter().filter_map(|scope| self.bindings.get(&(*scope, member)));
        found.next().filter(|_| found.next().is_none())
    }

    /// The name that an expression ends in.
    fn last_name(&self, node: Node<'t>) -> Option<&'t str> {
        let leaf = node.subtree().next_back()?;
        let name = leaf.parent().filter(|parent| self.is_name(*parent) && leaf != node).unwrap_or(leaf);
        self.is_name(name).then(|| name.text())
    }

    /// The scope of the type that `node` stands in.
    fn type_around(&self, node: Node<'t>) -> Option<u32> {
        let mut scope = *self.scope_of.get(node.id())?;
        for _ in 0..MAX_SCOPES {
            let here = self.scopes.get(scope as usize)?;
            if here.kind == ScopeKind::Type {
                return Some(scope);
            }
            scope = here.parent;
        }
        None
    }

    /// Whether the function that a policy calls `function` may be the one with this path: nothing imports it by name, but the
    /// package that it lies in is looked in.
    pub fn may_be(&self, path: &Qualified, function: &str) -> bool {
        let package = function.strip_suffix(path.path.as_str()).and_then(|before| before.strip_suffix('.'));
        !path.imported && package.is_some_and(|package| self.packages.contains(&package))
    }

    /// The value of a name that is bound exactly once where it is visible, the name being part of a literal at `at`.
    pub fn bound_in_text(&self, name: &str, at: Node<'t>) -> Option<Node<'t>> {
        match self.in_text(name, at)? {
            Binding::Value(value) => Some(*value),
            _ => None,
        }
    }

    /// What is iterated over where a name is the variable of a loop, the name being part of a literal at `at`.
    pub fn loop_in_text(&self, name: &str, at: Node<'t>) -> Option<Node<'t>> {
        match self.in_text(name, at)? {
            Binding::Loop(items) => Some(*items),
            Binding::Parameter(parameter) if parameter.index == 0 => self.syntax.iterated(parameter.function),
            _ => None,
        }
    }

    /// Where in other files a name may be defined, the name being part of a literal at `at`.
    pub fn elsewhere_in_text(&self, name: &str, at: Node<'t>) -> Vec<Import> {
        match self.in_text(name, at) {
            Some(Binding::Import(path)) => vec![self.import(path.clone())],
            _ => Vec::new(),
        }
    }

    fn in_text(&self, name: &str, at: Node<'t>) -> Option<&Binding<'t>> {
        let written = at.text().find(name).and_then(|start| at.text().get(start..start + name.len()))?;
        self.look_up(written, *self.scope_of.get(at.id())?, |_| true)
    }

    /// The module that a name stands for, be it where it cannot stand for anything else.
    pub fn module_of(&self, name: Node<'t>) -> Option<&str> {
        match self.binding(name)? {
            Binding::Import(path) => Some(path),
            _ => None,
        }
    }

    /// Whether every name of `module` is imported.
    pub fn opens(&self, module: &str) -> bool {
        self.packages.contains(&module) || self.wildcards.iter().any(|wildcard| wildcard == module)
    }

    /// The parameter that a name stands for, unless the function rebinds it.
    pub fn parameter_of(&self, identifier: Node<'t>) -> Option<Parameter<'t>> {
        match self.binding(identifier)? {
            Binding::Parameter(parameter) if self.is_name(identifier) => Some(*parameter),
            _ => None,
        }
    }

    /// What is iterated over where a name is the variable of a loop, a comprehension, or of a function given to `forEach`,
    /// `map` and their like.
    pub fn loop_over(&self, identifier: Node<'t>) -> Option<Node<'t>> {
        match self.binding(identifier)? {
            _ if !self.is_name(identifier) => None,
            Binding::Loop(items) => Some(*items),
            Binding::Loops => self.enclosing_loop(identifier),
            Binding::Parameter(parameter) if parameter.index == 0 => self.syntax.iterated(parameter.function),
            _ => None,
        }
    }

    /// The dotted path of an identifier or a member expression: through imports, and through names bound once to such a path.
    /// `None` where it starts at anything else.
    pub fn qualified(&self, node: Node<'t>) -> Option<Qualified> {
        self.follow(node, MAX_ALIASES)
    }

    /// The dotted path of what is called.
    pub fn called(&self, call: &Call<'t>) -> Option<Qualified> {
        self.called_by(call, |node| self.qualified(node))
    }

    /// The same of what another file may define: also a member of a type that this file only adds to, and a method of an
    /// object whose type is written here.
    pub fn called_elsewhere(&self, call: &Call<'t>) -> Option<Qualified> {
        self.called_by(call, |node| self.reached(node)).or_else(|| self.method(call))
    }

    fn called_by(&self, call: &Call<'t>, path: impl Fn(Node<'t>) -> Option<Qualified>) -> Option<Qualified> {
        let mut called = match call.callee {
            Callee::Expression(callee) | Callee::Method { receiver: None, name: callee } => path(callee)?,
            Callee::Method { receiver: Some(receiver), name } => {
                let of = path(receiver)?;
                Qualified { path: format!("{}.{}", of.path, name.text()), ..of }
            }
        };
        called.path.push_str(self.syntax.mark(call.node));
        Some(called)
    }

    fn reached(&self, node: Node<'t>) -> Option<Qualified> {
        let declared = |name: Node<'t>| {
            let is_part = self.syntax.types_have_parts() && self.types.contains_key(name.text());
            is_part.then(|| Qualified { path: name.text().to_owned(), imported: false })
        };
        self.path_from(node, |name| self.follow_name(name, MAX_ALIASES).or_else(|| declared(name)))
    }

    /// The path of a method that is called on an object whose type is written in the file.
    fn method(&self, call: &Call<'t>) -> Option<Qualified> {
        let (object, method) = match call.callee {
            Callee::Expression(callee) => self.syntax.member(plain(callee))?,
            Callee::Method { receiver, name } => (receiver?, name.text().to_owned()),
        };
        let object = plain(object);
        let (package, of) = match self.binding(object).filter(|_| self.is_name(object)) {
            Some(binding) => self.syntax.type_of(binding)?,
            None => self.syntax.type_of(&Binding::Value(object))?,
        };
        match package.map(|package| self.at_top(package)) {
            None => Some(Qualified { path: format!("{of}.{method}"), imported: false }),
            Some(Some(Binding::Import(module))) => Some(Qualified { path: format!("{module}.{of}.{method}"), imported: true }),
            Some(_) => None,
        }
    }

    /// Where in other files a name or a member of one may be defined, by precedence; nothing where this file defines it.
    pub fn elsewhere(&self, node: Node<'t>) -> Vec<Import> {
        self.reached(node).map(|path| self.imports(&path)).unwrap_or_default()
    }

    /// The same for a path.
    pub fn imports(&self, path: &Qualified) -> Vec<Import> {
        if path.imported || self.syntax.is_path(&path.path) {
            return self.with_fallbacks(&path.path).map(|path| self.import(self.rooted(path))).collect();
        }
        // Of two modules that are imported whole, the later one is asked first.
        let packages = self.packages.iter().take(MAX_WILDCARDS).map(|package| (*package).to_owned());
        let wildcards = self.wildcards.iter().rev().map(|module| self.rooted(module.clone()));
        let prefixes = wildcards.chain(packages).filter(|_| path.path.len() <= MAX_PATH);
        let prefixes = prefixes.chain(self.syntax.unbound().iter().map(|prefix| (*prefix).to_owned()));
        let found = prefixes.map(|prefix| self.import(under(&prefix, &path.path)));
        if path.path.contains('.') { found.collect() } else { self.inherited(&path.path).into_iter().chain(found).collect() }
    }

    /// `name` as a member of the types that those of the file extend.
    pub fn inherited(&self, name: &str) -> Vec<Import> {
        let supertypes = self.supertypes.iter().filter_map(|of| self.qualified(*of));
        let members = supertypes.map(|of| Qualified { path: format!("{}.{name}", of.path), ..of });
        members.flat_map(|member| self.imports(&member)).collect()
    }

    /// `config.KEY` of a module that is declared here is `self.config.KEY` in Rust.
    fn rooted(&self, path: String) -> String {
        let first = path.split('.').next().unwrap_or_default();
        match self.syntax.own_root().filter(|_| self.declared.contains(first)) {
            Some(root) => format!("{root}.{path}"),
            None => path,
        }
    }

    /// Whether the top level declares `name` without binding it to anything.
    pub fn declares(&self, name: &str) -> bool {
        self.declared.contains(name)
    }

    /// An imported path, and those that stand in for it.
    fn with_fallbacks(&self, path: &str) -> impl Iterator<Item = String> {
        let ends = path.match_indices('.').map(|(at, _)| at).chain([path.len()]).filter(|_| !self.fallbacks.is_empty());
        let found = ends.take_while(|at| *at <= MAX_PATH).find_map(|at| Some((at, self.fallbacks.get(&path[..at])?)));
        let others =
            found.into_iter().flat_map(move |(at, others)| others.iter().map(move |other| format!("{other}{}", &path[at..])));
        std::iter::once(path.to_owned()).chain(others)
    }

    /// Whether the file is of that package, or of one whose path ends so.
    pub fn is_of(&self, package: &str) -> bool {
        let ends = |own: &String| own.strip_suffix(package).is_some_and(|before| before.is_empty() || before.ends_with('.'));
        self.own_packages.iter().any(ends)
    }

    /// The imported path that the name of a type stands for.
    pub fn type_path(&self, kind: Node<'t>) -> Option<&str> {
        match self.look_up(kind.text(), *self.scope_of.get(kind.id())?, |_| true)? {
            Binding::Import(path) => Some(path),
            _ => None,
        }
    }

    /// What the top level of the file binds `name` to.
    pub fn at_top<'a>(&'a self, name: &'a str) -> Option<&'a Binding<'a>> {
        let bindings: &'a HashMap<(u32, &'a str), Binding<'a>> = &self.bindings;
        bindings.get(&(0, name))
    }

    /// Whether some function binds that name of the top level again.
    pub fn is_changed_inside(&self, name: &str) -> bool {
        self.changed.contains(name)
    }

    /// The names that the top level has from other files, and their paths there.
    pub fn imported(&self) -> impl Iterator<Item = (&'t str, String)> {
        let top = self.bindings.iter().filter(|((scope, _), _)| *scope == 0);
        top.filter_map(|((_, name), binding)| Some((*name, self.foreign(binding)?)))
    }

    /// The path that a name of the top level has in another file.
    pub fn handed_on<'a>(&'a self, name: &'a str) -> Option<String> {
        let names: &'a Names<'a> = self;
        names.foreign(names.at_top(name)?)
    }

    fn foreign(&self, binding: &Binding<'t>) -> Option<String> {
        self.follow_binding(binding, MAX_ALIASES).filter(|path| path.imported).map(|path| path.path)
    }

    /// The names that the top level and types give to expressions.
    pub fn given(&self) -> impl Iterator<Item = (&'t str, Node<'t>)> {
        self.bindings.iter().filter_map(|((scope, name), binding)| match binding {
            Binding::Value(value) if self.scopes.get(*scope as usize)?.function == 0 => Some((*name, *value)),
            _ => None,
        })
    }

    /// `name` of each of these modules, and of those of which the file imports every name.
    pub fn in_all_of(&self, modules: &[String], name: &str) -> Vec<Import> {
        let modules = modules.iter().chain(self.wildcards.iter().rev()).take(MAX_WILDCARDS).filter(|_| name.len() <= MAX_PATH);
        modules.map(|module| self.import(under(&self.rooted(module.clone()), name))).collect()
    }

    /// `path`, and where its module's name ends, if the file says that.
    pub fn import(&self, path: String) -> Import {
        let ends = path.match_indices('.').map(|(at, _)| at).chain([path.len()]);
        let ends = ends.take_while(|at| *at <= MAX_PATH && !self.modules.is_empty());
        let module = ends.filter(|at| self.modules.contains(&path[..*at])).last().unwrap_or(0);
        Import { path, module }
    }

    /// Whether the node stands at the top level or in the body of a class there, outside of functions.
    pub fn outside_functions(&self, node: Node<'t>) -> bool {
        let scope = self.scope_of.get(node.id()).and_then(|scope| self.scopes.get(*scope as usize));
        scope.is_some_and(|scope| scope.function == 0)
    }

    fn follow(&self, node: Node<'t>, hops: usize) -> Option<Qualified> {
        self.path_from(node, |name| self.follow_name(name, hops))
    }

    /// The dotted path of an expression that starts at a name.
    fn path_from(&self, node: Node<'t>, start: impl Fn(Node<'t>) -> Option<Qualified>) -> Option<Qualified> {
        let mut members: Vec<String> = Vec::new();
        let mut node = plain(node);
        let mut root = loop {
            if members.len() > MAX_SEGMENTS {
                return None;
            }
            if self.is_name(node) {
                break start(node)?;
            }
            if let Some(path) = self.syntax.root(node) {
                break Qualified { path, imported: true };
            }
            let (object, member) = self.syntax.member(node)?;
            if member.len() > MAX_PATH {
                return None;
            }
            members.push(member);
            node = plain(object);
        };
        if !root.imported && self.syntax.is_global_object(&root.path) {
            root.path = members.pop()?;
        }
        for member in members.iter().rev() {
            root.path.push('.');
            root.path.push_str(member);
        }
        Some(root)
    }

    fn follow_name(&self, identifier: Node<'t>, hops: usize) -> Option<Qualified> {
        match self.binding(identifier) {
            None => Some(Qualified { path: identifier.text().to_owned(), imported: false }),
            Some(binding) => self.follow_binding(binding, hops),
        }
    }

    fn follow_binding(&self, binding: &Binding<'t>, hops: usize) -> Option<Qualified> {
        match binding {
            Binding::Import(path) => Some(Qualified { path: path.clone(), imported: true }),
            Binding::Value(value) if hops > 0 => self.follow(*value, hops - 1),
            Binding::Member { of, key } if hops > 0 => {
                let of = self.follow(*of, hops - 1)?;
                Some(Qualified { path: format!("{}.{key}", of.path), ..of })
            }
            _ => None,
        }
    }

    /// What the innermost loop around a use of its variable iterates over.
    fn enclosing_loop(&self, identifier: Node<'t>) -> Option<Node<'t>> {
        let mut node = identifier;
        for _ in 0..MAX_SCOPES {
            let parent = node.parent()?;
            if let Some((variables, items)) = self.syntax.looped(node) {
                if variables.text() == identifier.text() {
                    return Some(items);
                }
                if variables.subtree().take(MAX_SCOPES).any(|target| target.text() == identifier.text()) {
                    return None;
                }
            }
            node = parent;
        }
        None
    }

    fn is_name(&self, node: Node<'_>) -> bool {
        self.syntax.is_name(node.kind())
    }

    /// The binding of `name` seen from `scope`.
    fn look_up(&self, name: &'t str, scope: u32, counts: impl Fn(&Binding<'t>) -> bool) -> Option<&Binding<'t>> {
        const LOST: Binding<'static> = Binding::Unknown;
        if self.lost.contains(name) {
            return Some(&LOST);
        }
        let is_variable = self.syntax.is_variable(name);
        let (mut scope, mut closed) = (scope, false);
        for hop in 0..MAX_SCOPES {
            let here = self.scopes.get(scope as usize)?;
            if (hop == 0 || here.kind != ScopeKind::Class)
                && let Some(binding) = self.bindings.get(&(scope, name)).filter(|binding| counts(binding))
                && (!closed || matches!(binding, Binding::Function(_)))
            {
                return Some(binding);
            }
            if scope == 0 {
                return None;
            }
            closed |= is_variable && here.kind == ScopeKind::Closed;
            scope = here.parent;
        }
        Some(&LOST)
    }
}

/// The name `name` of the module `module`.
pub(super) fn under(module: &str, name: &str) -> String {
    // `from . import name` is `.name`: the dots say which package it is.
    if module.is_empty() || module.ends_with('.') { format!("{module}{name}") } else { format!("{module}.{name}") }
}

/// What is known of the language of a file.
pub fn syntax(code: &Code) -> &'static dyn Syntax {
    syntax::of(code.language)
}

/// The expression inside parentheses and type assertions.
pub fn plain(node: Node<'_>) -> Node<'_> {
    let syntax = syntax(node.code());
    let mut node = node;
    for _ in 0..MAX_SEGMENTS {
        let Some(inner) = syntax.inner(node) else { break };
        node = inner;
    }
    node
}

/// The node, or the parentheses and type assertions around it.
pub fn wrapped(node: Node<'_>) -> Node<'_> {
    let syntax = syntax(node.code());
    let mut node = node;
    for _ in 0..MAX_SEGMENTS {
        match node.parent().filter(|parent| syntax.inner(*parent) == Some(node)) {
            Some(parent) => node = parent,
            None => break,
        }
    }
    node
}

/// What an expression starts at that hands on what it is called on: `step` leads from a call to that.
fn behind<'t>(node: Node<'t>, step: impl Fn(Node<'t>) -> Option<Node<'t>>) -> Node<'t> {
    std::iter::successors(Some(node), |node| step(*node)).take(MAX_CHAIN + 1).last().unwrap_or(node)
}

/// The call that `node` is.
pub fn call(node: Node<'_>) -> Option<Call<'_>> {
    syntax(node.code()).call(node)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::code::{Language, parse};

    fn py(text: &str) -> Code {
        parse(Language::Python, text.as_bytes()).unwrap()
    }

    fn ts(text: &str) -> Code {
        parse(Language::TypeScript, text.as_bytes()).unwrap()
    }

    /// The arguments of each call of `ask`, as `tell` says it.
    fn asked(code: &Code, tell: impl Fn(&Names<'_>, Node<'_>) -> String) -> Vec<String> {
        let names = Names::of(code);
        let calls = code.root().subtree().filter(|node| matches!(node.kind(), "call" | "call_expression"));
        let ask = calls.filter(|call| call.field("function").is_some_and(|callee| callee.text() == "ask"));
        ask.flat_map(|call| call.field("arguments").into_iter().flat_map(|list| list.named_children()))
            .map(|argument| tell(&names, argument))
            .collect()
    }

    fn paths(code: &Code) -> Vec<String> {
        asked(code, |names, node| match names.qualified(node) {
            Some(Qualified { path, imported: true }) => path,
            Some(Qualified { path, imported: false }) => format!("?{path}"),
            None => "-".to_owned(),
        })
    }

    fn values(code: &Code) -> Vec<String> {
        asked(code, |names, node| names.bound_once(node).map_or("-".to_owned(), |value| value.text().to_owned()))
    }

    fn loops(code: &Code) -> Vec<String> {
        asked(code, |names, node| names.loop_over(node).map_or("-".to_owned(), |value| value.text().to_owned()))
    }

    #[test]
    fn python_paths_go_through_imports_and_aliases() {
        let code = py("import os as _os, a.b, a.c as d\nfrom os import environ, getenv as g, path\nfrom .x import y\n\
             e = _os.environ\n\
             ask(_os.environ.get, environ, g, path.join, a.b.f, d.f, y, e.get)\n\
             ask(os.path, self.os.x, f().os)\n\
             def f(os):\n  ask(os.environ)\n");
        assert_eq!(
            paths(&code),
            ["os.environ.get", "os.environ", "os.getenv", "os.path.join", "a.b.f", "a.c.f", ".x.y", "os.environ.get", "?os.path"]
                .iter()
                .map(|path| path.to_string())
                .chain(["?self.os.x", "-", "-"].map(str::to_owned))
                .collect::<Vec<_>>()
        );
    }

    #[test]
    fn script_paths_go_through_imports_and_require() {
        let code = ts("import fs from 'fs'; import * as p from 'node:path'; import {env as e, default as q} from 'process';\n\
             import t = require('node:t'); const r = require('path'); const {join: j, dirname} = require('path');\n\
             const {env} = process;\n\
             ask(fs.readFile, p.join, e.X, q.env, t.x, r.join, j, dirname, env.Y, require('os').cpus, import.meta.env);\n\
             ask(process?.env, globalThis.process.env, process['env'], (process as any).env!.X);\n\
             function f(process) { ask(process.env); }");
        assert_eq!(
            paths(&code),
            [
                "fs.readFile",
                "path.join",
                "process.env.X",
                "process.env",
                "t.x",
                "path.join",
                "path.join",
                "path.dirname",
                "?process.env.Y",
                "os.cpus",
                "import.meta.env",
                "?process.env",
                "?process.env",
                "?process.env",
                "?process.env.X",
                "-"
            ]
        );
    }

    #[test]
    fn python_names_bound_once() {
        for (text, expected) in [
            ("K = 'a'\nask(K)", "'a'"),
            ("A = K = 'a'\nask(A)", "'a'"),
            ("def f():\n  ask(K)\nK = 'a'", "'a'"),
            ("K = 'a'\ndef f():\n  K = 'b'\n  ask(K)", "'b'"),
            ("K = 'a'\nclass C:\n  K = 'b'\n  def f(self):\n    ask(K)", "'a'"),
            ("K = 'a'\nif x:\n  K = 'b'\nask(K)", "-"),
            ("K = 'a'\ndef f():\n  global K\n  K = 'b'\nask(K)", "-"),
            ("def g():\n  K = 'a'\n  def f():\n    nonlocal K\n    K = 'b'\n  ask(K)", "-"),
            ("K = 'a'\nK += 'b'\nask(K)", "-"),
            ("K = 'a'\ndel K\nask(K)", "-"),
            ("K, L = 'a', 'b'\nask(K)", "-"),
            ("K = 'a'\nfor K in x: pass\nask(K)", "-"),
            ("K = 'a'\nwith x as K: pass\nask(K)", "-"),
            ("K = 'a'\ntry: pass\nexcept E as K: pass\nask(K)", "-"),
            ("K = 'a'\n(K := 'b')\nask(K)", "-"),
            ("K = 'a'\nmatch x:\n  case K: pass\nask(K)", "-"),
            ("K = 'a'\ndef K(): pass\nask(K)", "-"),
            ("K = 'a'\ndef f(K):\n  ask(K)", "-"),
            ("K = 'a'\n[ask(K) for K in x]", "-"),
            ("K: str\nK = 'a'\nask(K)", "'a'"),
        ] {
            assert_eq!(values(&py(text)), [expected], "{text}");
        }
    }

    #[test]
    fn script_names_bound_once() {
        for (text, expected) in [
            ("const K = 'a'; ask(K)", "'a'"),
            ("const K = 'a'; { const K = 'b'; ask(K) }", "'b'"),
            ("let K = 'a'; { let K = 'b' } ask(K)", "'a'"),
            ("function f() { if (x) { var K = 'b' } ask(K) }", "'b'"),
            ("let K = 'a'; K = 'b'; ask(K)", "-"),
            ("let K = 'a'; () => { ({x: K} = y) }; ask(K)", "-"),
            ("function f() { K++; } let K = 1; ask(K)", "-"),
            ("const K = 'a'; (K) => ask(K)", "-"),
            ("const K = 'a'; K => ask(K)", "-"),
            ("const K = 'a'; try {} catch (K) { ask(K) }", "-"),
            ("const [K] = ['a']; ask(K)", "-"),
        ] {
            assert_eq!(values(&ts(text)), [expected], "{text}");
        }
    }

    #[test]
    fn loops_and_parameters() {
        assert_eq!(loops(&py("for k in A: ask(k)\nfor k in B:\n  for j in C: ask(k)\nask(k)")), ["A", "B", "-"]);
        assert_eq!(loops(&py("for k in A: ask(k)\nfor k in B:\n  k = 1; ask(k)")), ["-", "-"]);
        assert_eq!(loops(&py("for k in A:\n  ask(k)\n  for k, v in B: ask(k)")), ["A", "-"]);
        assert_eq!(loops(&py("for k in KEYS: ask(k)")), ["KEYS"]);
        assert_eq!(loops(&py("class C:\n  x = [ask(k) for k in ('a', 'b')]")), ["('a', 'b')"]);
        assert_eq!(loops(&py("for a, b in KEYS: ask(a)")), ["-"]);
        assert_eq!(loops(&ts("for (const k of KEYS) ask(k)")), ["KEYS"]);
        assert_eq!(loops(&ts("for (const k in KEYS) ask(k)")), ["-"]);
        assert_eq!(loops(&ts("['a'].forEach((k, i) => ask(k, i))")), ["['a']", "-"]);
        let code = py("def f(self, name: str, /, *, key='x', **rest):\n  ask(name, key, rest)");
        let told = asked(&code, |names, node| match names.parameter_of(node) {
            Some(p) => format!("{} {} {}", p.name, p.index, p.default.map_or("-", |default| default.text())),
            None => "-".to_owned(),
        });
        assert_eq!(told, ["name 1 -", "key 2 'x'", "-"]);
    }

    #[test]
    fn strings_are_decoded() {
        for (text, expected) in [
            (r#"ask("a\n\x41\u00e9\U0001F600\101\q")"#, Some("a\nAé😀A\\q")),
            (r#"ask(r"a\n")"#, Some("a\\n")),
            (r#"ask("a" 'b' f"{{c}}")"#, Some("ab{c}")),
            (r#"ask(("a"))"#, Some("a")),
            (r#"ask(f"a{b}")"#, None),
            (r#"ask("\N{BULLET}")"#, None),
            ("ask('''a\nb\\\nc''')", Some("a\nbc")),
        ] {
            let told = asked(&py(text), |_, node| format!("{:?}", string_value(node).as_deref()));
            assert_eq!(told, [format!("{expected:?}")], "{text}");
        }
        for (text, expected) in
            [(r#"ask('a\n\x41\u{1F600}\ud83d\ude00\q')"#, Some("a\nA😀😀q")), ("ask(`a${b}`)", None), ("ask(`a`)", Some("a"))]
        {
            let told = asked(&ts(text), |_, node| format!("{:?}", string_value(node).as_deref()));
            assert_eq!(told, [format!("{expected:?}")], "{text}");
        }
    }

    #[test]
    fn hostile_nesting_ends_quickly() {
        let deep = 20_000;
        for text in ["(".repeat(100_000), "[k for k in ".repeat(deep), "a.".repeat(deep), "lambda x: ".repeat(deep)] {
            Names::of(&py(&text));
        }
        for text in ["(x => ".repeat(deep), "{ var a; ".repeat(deep), "a?.b[".repeat(deep), "`${".repeat(deep)] {
            Names::of(&ts(&text));
        }
    }
}
