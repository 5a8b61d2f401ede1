//! What the syntax of one language says about names, literals and calls. A language is one file beside this one, and one
//! line of [`of`].

use std::collections::HashMap;

use super::scopes::Builder;
use super::{Binding, csharp, go, java, javascript, kotlin, php, python, ruby, rust, shell};
use crate::formats::code::{Code, Language, Node};

/// The part of a language that every extractor builds on. What a language does not have, it does not say.
pub trait Syntax: Sync {
    /// Opens the scope that `node` opens, and binds what it binds. Nodes come in preorder.
    fn bind<'t>(&self, _names: &mut Builder<'t>, _node: Node<'t>) {}

    /// Whether a node of this kind is a name by itself.
    fn is_name(&self, kind: &str) -> bool {
        kind == "identifier"
    }

    /// Whether a name is one of those that a closed function does not see from outside.
    fn is_variable(&self, _name: &str) -> bool {
        false
    }

    /// Whether `node` stands for the type around it, or for an object of that type: `this`.
    fn is_self(&self, _node: Node<'_>) -> bool {
        false
    }

    /// Whether `name` stands where a variable cannot: `name` of `name::item`.
    fn is_module_name(&self, _name: Node<'_>) -> bool {
        false
    }

    /// The object and the name of `object.name`.
    fn member<'t>(&self, _node: Node<'t>) -> Option<(Node<'t>, String)> {
        None
    }

    /// The dotted path of what is no name and starts a path all the same: `import.meta`, `require("fs")`.
    fn root(&self, _node: Node<'_>) -> Option<String> {
        None
    }

    /// Whether the members of `name`, which nothing binds, are global names themselves: `globalThis`.
    fn is_global_object(&self, _name: &str) -> bool {
        false
    }

    /// The expression inside of parentheses, a type assertion or the like.
    fn inner<'t>(&self, _node: Node<'t>) -> Option<Node<'t>> {
        None
    }

    /// The text of a string literal without holes: unquoted, escapes decoded, adjacent parts joined.
    fn string(&self, _node: Node<'_>) -> Option<String> {
        None
    }

    /// The text of a literal that is no string: numbers, booleans and the null value as written.
    fn scalar(&self, _node: Node<'_>) -> Option<String> {
        None
    }

    /// Whether a node of this kind stands for "no value".
    fn is_null(&self, _kind: &str) -> bool {
        false
    }

    /// Whether a node of this kind is a literal of a list, tuple, set or array.
    fn is_list(&self, _kind: &str) -> bool {
        false
    }

    /// The literal list that `node` is.
    fn list<'t>(&self, node: Node<'t>) -> Option<Node<'t>> {
        self.is_list(node.kind()).then_some(node)
    }

    /// Whether a node of this kind is a function with a body of its own.
    fn is_function(&self, _kind: &str) -> bool {
        false
    }

    /// The name that a function has of its own.
    fn function_name<'t>(&self, function: Node<'t>) -> Option<Node<'t>> {
        function.field("name")
    }

    fn call<'t>(&self, _node: Node<'t>) -> Option<Call<'t>> {
        None
    }

    /// What a call says behind the path of what it calls: Rust's `!`.
    fn mark(&self, _call: Node<'_>) -> &'static str {
        ""
    }

    /// Whether a policy that writes `function` means the function with this path.
    fn is_called(&self, function: &str, path: &Qualified) -> bool {
        function == path.path
    }

    /// Where `node` is the body of a loop: the loop's variables, and what it goes over.
    fn looped<'t>(&self, _node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
        None
    }

    /// What `function` is given one by one: the array whose `forEach` (or the like) it is passed to.
    fn iterated<'t>(&self, _function: Node<'t>) -> Option<Node<'t>> {
        None
    }

    /// What other files may have of this one, and by which names; `None` where these are the names of its top level.
    fn exports<'t>(&self, _code: &'t Code) -> Option<Exports<'t>> {
        None
    }

    /// Whether other files may add to a type that this one declares.
    fn types_have_parts(&self) -> bool {
        false
    }

    /// The type of what is bound so, where that is written: the name of its package, if that is another one, and its own.
    fn type_of<'t>(&self, _binding: &Binding<'t>) -> Option<(Option<&'t str>, &'t str)> {
        None
    }

    /// Whether a path that starts at no name of the file leads to another one by itself: `crate.config`.
    fn is_path(&self, _path: &str) -> bool {
        false
    }

    /// What a path starts with that starts at a module which the file declares.
    fn own_root(&self) -> Option<&'static str> {
        None
    }

    /// Prefixes under which a name that the file neither binds nor imports may be defined in another one.
    fn unbound(&self) -> &'static [&'static str] {
        &[]
    }

    /// How many parameters of `method` its class takes up where another file calls `Class.method(…)`.
    fn bound_by_class(&self, _method: Node<'_>) -> usize {
        0
    }

    /// Whether `value` only stands in for a module that could not be imported.
    fn is_fallback(&self, _value: Node<'_>) -> bool {
        false
    }

    /// The name of the class (or the like) that `function` is a method of.
    fn class_of<'t>(&self, _function: Node<'t>) -> Option<&'t str> {
        None
    }

    /// How many parameters the receiver takes up where `receiver.method(…)` means `method` of the same file; `None` where it
    /// does not.
    fn bound_by(&self, method: Node<'_>, receiver: Node<'_>) -> Option<usize> {
        (receiver.text() == "this" || self.class_of(method) == Some(receiver.text())).then_some(0)
    }
}

/// What a module hands out, where it says so itself.
#[derive(Default)]
pub struct Exports<'t> {
    /// By the name that importers use; `default` is what the module itself stands for.
    pub names: HashMap<String, Exported<'t>>,
    /// Modules all of whose names are handed on.
    pub all_of: Vec<String>,
}

/// What stands behind an exported name.
#[derive(Clone, Debug)]
pub enum Exported<'t> {
    /// A name of the top level.
    Local(&'t str),
    /// This expression.
    Value(Node<'t>),
    /// A module's member, by its dotted path, or a whole module.
    Elsewhere(String),
}

/// A dotted path, with import aliases resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qualified {
    pub path: String,
    /// Whether an import (or the language itself) says so; else the file neither imports nor binds the first name, and it is
    /// for the caller to take it at its word.
    pub imported: bool,
}

/// A call, its arguments apart.
#[derive(Clone, Debug)]
pub struct Call<'t> {
    pub node: Node<'t>,
    pub callee: Callee<'t>,
    pub arguments: Vec<Argument<'t>>,
}

/// What is called.
#[derive(Clone, Copy, Debug)]
pub enum Callee<'t> {
    /// An expression: `f`, `a.b.f`.
    Expression(Node<'t>),
    /// A name that has no node together with its receiver: Java's `a.b.f(…)`.
    Method { receiver: Option<Node<'t>>, name: Node<'t> },
}

#[derive(Clone, Copy, Debug)]
pub struct Argument<'t> {
    /// Of an argument that is given by name.
    pub name: Option<&'t str>,
    pub value: Node<'t>,
    /// It stands for any number of arguments: `*rest`, `...rest`.
    pub spread: bool,
}

impl<'t> Call<'t> {
    /// The argument at `index`, or the one named `name`; where something is spread before it, that.
    pub fn argument(&self, index: usize, name: &str) -> Option<Node<'t>> {
        let positional = self.arguments.iter().filter(|given| given.name.is_none()).enumerate();
        let found = positional.into_iter().find(|(at, given)| *at == index || given.spread).map(|(_, given)| given);
        found.or_else(|| self.arguments.iter().find(|given| given.name == Some(name))).map(|given| given.value)
    }
}

impl<'t> Argument<'t> {
    pub fn plain(value: Node<'t>) -> Self {
        Argument { name: None, value, spread: false }
    }
}

/// What is known of a language.
pub fn of(language: Language) -> &'static dyn Syntax {
    match language {
        Language::Python => &python::Python,
        Language::JavaScript | Language::TypeScript | Language::Tsx => &javascript::Script,
        Language::Ruby => &ruby::Ruby,
        Language::Java => &java::Java,
        Language::Kotlin => &kotlin::Kotlin,
        Language::Php => &php::Php,
        Language::Rust => &rust::Rust,
        Language::Go => &go::Go,
        Language::CSharp => &csharp::CSharp,
        Language::Shell => &shell::Shell,
    }
}
