//! What is known of an expression that is a key: literals, names bound once to one, variables of loops over literals.

use super::MAX_LITERAL;
use crate::facts::constants::{Part, items};
use crate::facts::imports::Use;
use crate::facts::names::{Names, Parameter, plain, string_value};
use crate::formats::code::Node;

/// What loops may give in one file, in elements and in bytes of their values; what lies beyond counts as computed.
const MAX_LOOPED: usize = 100_000;
const MAX_LOOPED_BYTES: usize = 4 << 20;
/// Names that stand for names: how many are followed.
const MAX_ALIASES: usize = 4;

/// What loops have given so far.
#[derive(Default)]
pub(super) struct Keys {
    looped: usize,
    bytes: usize,
}

/// What is known of a key.
pub(super) enum Known<'t> {
    Parts(Vec<Part<'t>>),
    Parameter(Parameter<'t>),
}

impl Keys {
    /// What `key` may be, through names that are bound once.
    pub fn of<'t>(&mut self, names: &Names<'t>, key: Node<'t>) -> Known<'t> {
        let mut node = key;
        for _ in 0..=MAX_ALIASES {
            if node != key && node.span().len() > MAX_LITERAL {
                break;
            }
            if let Some(value) = string_value(node) {
                return Known::Parts(vec![Part::Known { value, key: None, node }]);
            }
            if let Some(over) = names.loop_over(node) {
                return Known::Parts(self.looped(names, key, over));
            }
            if let Some(parameter) = names.parameter_of(node) {
                return Known::Parameter(parameter);
            }
            let Some(value) = names.bound_once(node) else {
                let imports = names.elsewhere(node);
                let part = if imports.is_empty() { Part::Unknown(key) } else { Part::Elsewhere(node, imports, Use::Item) };
                return Known::Parts(vec![part]);
            };
            node = plain(value);
        }
        Known::Parts(vec![Part::Unknown(key)])
    }

    /// One key for each item that the loop runs over.
    fn looped<'t>(&mut self, names: &Names<'t>, key: Node<'t>, over: Node<'t>) -> Vec<Part<'t>> {
        if self.looped > MAX_LOOPED || self.bytes > MAX_LOOPED_BYTES {
            return vec![Part::Unknown(key)];
        }
        let parts = items(names, over);
        let bytes = |part: &Part<'_>| if let Part::Known { value, .. } = part { value.len() } else { 0 };
        self.looped += parts.len();
        self.bytes += parts.iter().map(bytes).sum::<usize>();
        parts
    }
}
