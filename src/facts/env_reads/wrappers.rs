//! Functions whose parameter is the key of a read: each call of one in the file is a read, at its own argument.

use std::collections::HashMap;

use super::{Key, Read, Resolver, Unset};
use crate::facts::names::{self, Binding, Call, Callee, Parameter, plain};
use crate::formats::code::Node;

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
            if let Some(call) = names::call(node) {
                self.call(resolver, &call);
                for given in &call.arguments {
                    self.handed_on(resolver, given.value);
                }
            }
        }
        for (function, read) in &self.reads {
            let called = self.functions.get(function).is_some_and(|wrapper| wrapper.called);
            if let (false, Key::Value(key)) = (called, read.key) {
                resolver.computed(read, key);
            }
        }
    }

    fn call(&mut self, resolver: &mut Resolver<'_, 't>, call: &Call<'t>) {
        let Some((function, bound)) = self.callee(resolver, call) else { return };
        let Some(wrapper) = self.functions.get_mut(&function) else { return };
        wrapper.called = true;
        let own_key = wrapper.key.default.filter(|value| value.span().len() <= super::MAX_LITERAL);
        let Some(key) = argument(call, &wrapper.key, bound).or(own_key) else { return };
        let unset = match resolver.unset(&wrapper.read) {
            Unset::Default(Some(inner)) => match resolver.names.parameter_of(plain(inner)) {
                // The wrapper hands on a default of its own.
                Some(own) => {
                    let is_value = |value: &Node<'t>| !names::syntax(value.code()).is_null(value.kind());
                    let default = argument(call, &own, bound).or(own.default.filter(is_value));
                    if default.is_some() { Unset::Default(default) } else { Unset::Unknown }
                }
                None => Unset::Default(Some(inner)),
            },
            unset => unset,
        };
        let read = Read { expression: call.node, key: Key::Value(key), unset, ..wrapper.read };
        if resolver.resolve(&read).is_some() {
            resolver.computed(&read, key);
        }
    }

    /// A wrapper that is an argument (`map(env, KEYS)`): with which keys it is called nobody knows.
    fn handed_on(&mut self, resolver: &mut Resolver<'_, 't>, name: Node<'t>) {
        let Some(function) = bound_function(resolver, name) else { return };
        if let Some(wrapper) = self.functions.get_mut(&function) {
            wrapper.called = true;
            resolver.computed(&wrapper.read, name);
        }
    }

    /// The wrapper that is called, and how many parameters its receiver takes up.
    fn callee(&self, resolver: &Resolver<'_, 't>, call: &Call<'t>) -> Option<(usize, usize)> {
        let syntax = names::syntax(call.node.code());
        let (receiver, name) = match call.callee {
            Callee::Method { receiver: Some(receiver), name } => (receiver, name.text().to_owned()),
            Callee::Expression(callee) | Callee::Method { receiver: None, name: callee } => {
                let callee = plain(callee);
                match syntax.member(callee) {
                    Some(member) => member,
                    None => return Some((bound_function(resolver, callee)?, 0)),
                }
            }
        };
        let id = (*self.methods.get(name.as_str())?)?;
        let method = self.functions.get(&id)?.key.function;
        Some((id, syntax.bound_by(method, receiver)?))
    }
}

fn argument<'t>(call: &Call<'t>, parameter: &Parameter<'t>, bound: usize) -> Option<Node<'t>> {
    call.argument(parameter.index.checked_sub(bound)?, parameter.name)
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
    let is_method = names::syntax(function.code()).class_of(function).is_some();
    names::syntax(function.code()).function_name(function).filter(|_| is_method).map(Node::text)
}
