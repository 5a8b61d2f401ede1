//! The names of other files that the paths of one file are made of.

use std::collections::HashMap;

use super::value::{Part, Value};
use crate::facts::imports::{Import, Use};
use crate::facts::names::Names;
use crate::formats::code::Node;
use crate::text::Span;

/// Names of other files in one file; what lies beyond is unknown.
const MAX_NAMES: usize = 10_000;

/// The names of other files that came up, each once.
#[derive(Default)]
pub(super) struct Foreign<'t> {
    known: Vec<(Vec<Import>, Use)>,
    numbers: HashMap<(Vec<Import>, Use), usize>,
    /// What names are bound to, and ends of conditions: they may be names of other files.
    bound: Vec<Node<'t>>,
}

impl<'t> Foreign<'t> {
    /// The value of `node`, if it is a name of another file.
    pub fn value(&mut self, names: &Names<'t>, node: Node<'t>) -> Option<Value> {
        self.named(names.elsewhere(node), node.span())
    }

    /// The value of a name that these may define, if any.
    pub fn named(&mut self, imports: Vec<Import>, at: Span) -> Option<Value> {
        (!imports.is_empty() && self.known.len() < MAX_NAMES).then(|| self.part(imports, Use::Whole, at))
    }

    /// The value of what other files know, where it is used as `context`.
    pub fn part(&mut self, imports: Vec<Import>, context: Use, at: Span) -> Value {
        let key = (imports, context);
        let number = match self.numbers.get(&key) {
            Some(number) => *number,
            None => {
                self.known.push(key.clone());
                self.numbers.insert(key, self.known.len() - 1);
                self.known.len() - 1
            }
        };
        Value::new(vec![Part::Elsewhere(number)], at)
    }

    pub fn known(&self) -> &[(Vec<Import>, Use)] {
        &self.known
    }

    /// Records that a value is what `node` is.
    pub fn bind(&mut self, node: Node<'t>) {
        self.bound.push(node);
    }

    pub fn take_bound(&mut self) -> Vec<Node<'t>> {
        self.bound.sort_unstable_by_key(|node| node.id());
        self.bound.dedup_by_key(|node| node.id());
        std::mem::take(&mut self.bound)
    }
}
