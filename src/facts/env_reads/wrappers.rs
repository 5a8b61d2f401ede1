//! Functions whose parameter is the key of a read: each call of one in the file is a read, at its own argument.

use std::collections::HashMap;

use super::{Key, Read, Resolver, javascript, python};
use crate::facts::names::{Binding, Parameter, plain};
use crate::formats::code::{Language, Node};

/// The wrappers of a file.
#[derive(Default)]
pub(super) struct Wrappers<'t> {
    /// By the number of the function's node.
    functions: HashMap<usize, Wrapper<'t>>,
    /// Methods, by name; of two with one name nothing is known.
    methods: HashMap<&'t str, Option<usize>>,
    reads: Vec<(usize, Read<'t>)>,
}

struct Wrapper<'t> {
    read: Read<'t>,
    key: Parameter<'t>,
    called: bool,
}

impl<'t> Wrappers<'t> {
    /// Records that `read` has the parameter `key` as its key.
    pub fn add(&mut self, read: Read<'t>, key: Parameter<'t>) {
        let id = key.function.id();
        self.reads.push((id, read));
        if self.functions.contains_key(&id) {
            return;
        }
        self.functions.insert(id, Wrapper { read, key, called: false });
        if let Some(name) = method_name(key.function) {
            self.methods.entry(name).and_modify(|method| *method = None).or_insert(Some(id));
        }
    }

    /// Adds what the calls below `root` read; a wrapper that nothing here calls leaves its own reads as holes.
    pub fn resolve(mut self, resolver: &mut Resolver<'_, 't>, root: Node<'t>) {
        if self.functions.is_empty() {
            return;
        }
        for node in root.subtree() {
            match node.kind() {
                "call" | "call_expression" => self.call(resolver, node),
                "identifier" => self.handed_on(resolver, node),
                _ => {}
            }
        }
        for (function, read) in &self.reads {
            let called = self.functions.get(function).is_some_and(|wrapper| wrapper.called);
            if let (false, Key::Value(key)) = (called, read.key) {
                resolver.computed(read, key);
            }
        }
    }

    fn call(&mut self, resolver: &mut Resolver<'_, 't>, call: Node<'t>) {
        let Some((function, bound)) = self.callee(resolver, call) else { return };
        let Some(wrapper) = self.functions.get_mut(&function) else { return };
        wrapper.called = true;
        let own_key = wrapper.key.default.filter(|value| value.span().len() <= super::MAX_LITERAL);
        let Some(key) = argument(call, &wrapper.key, bound).or(own_key) else { return };
        let default = match wrapper.read.default.map(plain) {
            // The wrapper hands on a default of its own.
            Some(inner) => match resolver.names.parameter_of(inner) {
                Some(own) => argument(call, &own, bound).or(own.default.filter(|value| value.kind() != "none")),
                None => Some(inner),
            },
            None => super::alternative(wrapper.read.expression),
        };
        let read = Read { expression: call, key: Key::Value(key), default, ..wrapper.read };
        if resolver.resolve(&read).is_some() {
            resolver.computed(&read, key);
        }
    }

    /// A wrapper that is an argument (`map(env, KEYS)`): with which keys it is called nobody knows.
    fn handed_on(&mut self, resolver: &mut Resolver<'_, 't>, name: Node<'t>) {
        if !name.parent().is_some_and(|parent| matches!(parent.kind(), "argument_list" | "arguments")) {
            return;
        }
        let Some(function) = bound_function(resolver, name) else { return };
        if let Some(wrapper) = self.functions.get_mut(&function) {
            wrapper.called = true;
            resolver.computed(&wrapper.read, name);
        }
    }

    /// The wrapper that is called, and how many parameters its receiver takes up.
    fn callee(&self, resolver: &Resolver<'_, 't>, call: Node<'t>) -> Option<(usize, usize)> {
        let callee = plain(call.field("function")?);
        match callee.kind() {
            "identifier" => Some((bound_function(resolver, callee)?, 0)),
            "attribute" | "member_expression" => {
                let receiver = callee.field("object")?.text();
                let name = callee.field("attribute").or_else(|| callee.field("property"))?;
                let id = (*self.methods.get(name.text())?)?;
                let method = self.functions.get(&id)?.key.function;
                let takes_receiver = match receiver {
                    "self" | "cls" => !is_decorated(method, "@staticmethod"),
                    "this" => false,
                    _ if class_name(method) == Some(receiver) => is_decorated(method, "@classmethod"),
                    _ => return None,
                };
                Some((id, usize::from(takes_receiver)))
            }
            _ => None,
        }
    }
}

fn argument<'t>(call: Node<'t>, parameter: &Parameter<'t>, bound: usize) -> Option<Node<'t>> {
    let index = parameter.index.checked_sub(bound)?;
    match call.code().language {
        Language::Python => python::argument(call, index, parameter.name),
        Language::JavaScript | Language::TypeScript | Language::Tsx => javascript::argument(call, index),
    }
}

/// The function that a name is bound to.
fn bound_function<'t>(resolver: &Resolver<'_, 't>, name: Node<'t>) -> Option<usize> {
    match resolver.names.binding(name)? {
        Binding::Function(function) => Some(function.id()),
        Binding::Value(value) => Some(plain(*value).id()),
        _ => None,
    }
}

/// The name of a function that is a method of a class.
fn method_name(function: Node<'_>) -> Option<&str> {
    class_of(function).and(function.field("name")).map(Node::text)
}

fn class_name(method: Node<'_>) -> Option<&str> {
    class_of(method)?.field("name").map(Node::text)
}

/// The class that a function is a method of.
fn class_of(function: Node<'_>) -> Option<Node<'_>> {
    let parent = function.parent()?;
    let holder = if parent.kind() == "decorated_definition" { parent.parent()? } else { parent };
    let class = holder.parent()?;
    (class.kind() == "class_definition" || holder.kind() == "class_body").then_some(class)
}

fn is_decorated(method: Node<'_>, decorator: &str) -> bool {
    let decorated = method.parent().filter(|parent| parent.kind() == "decorated_definition");
    let mut decorators = decorated.into_iter().flat_map(|parent| parent.named_children());
    decorators.any(|child| child.kind() == "decorator" && child.text() == decorator)
}
