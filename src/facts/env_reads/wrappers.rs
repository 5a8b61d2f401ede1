//! Functions whose parameter is the key of a read: each call of one in the file is a read, at its own argument.

use std::collections::HashMap;

use super::{Hole, Key, Read, Resolver, Unset};
use crate::facts::imports::{self, Slot, WrapperUnset};
use crate::facts::names::{self, Binding, Call, Callee, Exported, Exports, Parameter, plain, string_value};
use crate::formats::code::{Code, Node};
use crate::text::Span;

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

    /// Adds what the calls in the file read. A wrapper that nothing here calls leaves its own reads as holes, unless other files
    /// may call it.
    pub fn resolve(mut self, resolver: &mut Resolver<'_, 't>, code: &'t Code) {
        if self.functions.is_empty() {
            return;
        }
        for node in code.root().subtree() {
            if let Some(call) = names::call(node) {
                self.call(resolver, &call);
                for given in &call.arguments {
                    self.handed_on(resolver, given.value);
                }
            }
        }
        let mut holes: HashMap<usize, Vec<(Span, String)>> = HashMap::new();
        for (function, read) in &self.reads {
            let called = self.functions.get(function).is_some_and(|wrapper| wrapper.called);
            if let (false, Key::Value(key)) = (called, read.key) {
                let hole = super::hole(read, key);
                holes.entry(*function).or_default().push((hole.span, hole.message));
            }
        }
        let exports = names::syntax(code).exports(code);
        let mut outside: Vec<_> =
            self.functions.values().filter_map(|wrapper| outside(wrapper, resolver, exports.as_ref(), &mut holes)).collect();
        outside.sort_by(|a, b| a.name.cmp(&b.name));
        resolver.raw.wrappers.append(&mut outside);
        let left = holes.into_values().flatten().map(|(span, message)| Hole { span, message, path: None });
        resolver.raw.holes.extend(left);
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

/// The wrapper as other files see it, with its holes; `None` where they do not.
fn outside<'t>(
    wrapper: &Wrapper<'t>,
    resolver: &Resolver<'_, 't>,
    exports: Option<&Exports<'t>>,
    holes: &mut HashMap<usize, Vec<(Span, String)>>,
) -> Option<imports::Wrapper<Span>> {
    let function = wrapper.key.function;
    let syntax = names::syntax(function.code());
    if !resolver.names.outside_functions(function) {
        return None;
    }
    let class = syntax.class_of(function);
    let (name, known_as) = named(function, class, exports)?;
    let bound = if class.is_some() { syntax.bound_by_class(function) } else { 0 };
    let slot =
        |parameter: &Parameter<'t>| Some(Slot { index: parameter.index.checked_sub(bound)?, name: parameter.name.to_owned() });
    let given = |inner: &Node<'t>| resolver.names.parameter_of(plain(*inner));
    let unset = resolver.unset(&wrapper.read);
    let unset = match unset {
        Unset::Default(Some(inner)) => match given(&inner) {
            Some(own) => {
                let is_value = |value: &Node<'t>| !syntax.is_null(value.kind());
                let default = own.default.filter(is_value).map(|value| Unset::Default(Some(value)));
                WrapperUnset::Given(slot(&own)?, super::told(default.unwrap_or(Unset::Unknown)))
            }
            None => WrapperUnset::Own(super::told(unset)),
        },
        unset => WrapperUnset::Own(super::told(unset)),
    };
    Some(imports::Wrapper {
        key: slot(&wrapper.key)?,
        own_key: wrapper.key.default.filter(|value| value.span().len() <= super::MAX_LITERAL).and_then(string_value),
        unset,
        idiom: wrapper.read.idiom.to_owned(),
        holes: holes.remove(&function.id()).unwrap_or_default(),
        name,
        known_as,
    })
}

/// The path of a function in its file, and the names that other files know it by; `None` where they know none.
fn named(function: Node<'_>, class: Option<&str>, exports: Option<&Exports<'_>>) -> Option<(String, Vec<String>)> {
    let own = own_name(function);
    let path = own.map(|own| names::member_path(function, own));
    let Some(exports) = exports else {
        let short = class.map_or_else(|| own.map(str::to_owned), |class| Some(format!("{class}.{}", own?)))?;
        // Go's methods stand outside of what they belong to.
        return Some((path.filter(|path| path.contains('.')).unwrap_or_else(|| short.clone()), vec![short]));
    };
    let whole = path.as_deref().unwrap_or_default();
    let (head, rest) = whole.split_once('.').map_or((whole, None), |(head, rest)| (head, Some(rest)));
    let of = exports.names.iter().filter(|(_, exported)| match exported {
        Exported::Local(local) => *local == head,
        Exported::Value(value) => *value == function,
        Exported::Elsewhere(_) => false,
    });
    let mut known: Vec<String> =
        of.map(|(exported, _)| rest.map_or_else(|| exported.clone(), |rest| format!("{exported}.{rest}"))).collect();
    known.sort();
    let first = known.first()?;
    Some((path.unwrap_or_else(|| format!("exports.{first}")), known))
}

/// A function's own name, or that of the variable that it is the value of.
fn own_name(function: Node<'_>) -> Option<&str> {
    let named = names::syntax(function.code()).function_name(function).or_else(|| {
        let holder = function.parent().filter(|holder| holder.role() != "body")?;
        holder.field("name").filter(|_| function.role() == "value")
    });
    named.map(Node::text)
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
