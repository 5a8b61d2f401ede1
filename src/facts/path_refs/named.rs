//! By which names other files may know the paths of one file.

use std::collections::HashMap;

use crate::facts::names::{Exported, Names, syntax};
use crate::formats::code::{Code, Node};

/// Expressions with names around one path that are looked at.
const MAX_AROUND: usize = 8;

/// Expressions that have names outside of functions, by the number of their first node.
pub(super) struct Given(Vec<Expression>);

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Expression {
    start: usize,
    after: usize,
    name: String,
}

impl Given {
    pub fn of(names: &Names<'_>, code: &Code) -> Self {
        let expression = |node: Node<'_>, name: &str| Expression { start: node.id(), after: node.after(), name: name.to_owned() };
        let mut given: Vec<Expression> = names.given().map(|(name, node)| expression(node, name)).collect();
        if let Some(exports) = syntax(code).exports(code) {
            let local: HashMap<&str, Node<'_>> = names.given().collect();
            given.extend(exports.names.iter().filter_map(|(exported, target)| {
                let node = match target {
                    Exported::Value(node) => *node,
                    Exported::Local(name) if name != exported => *local.get(name)?,
                    Exported::Local(_) | Exported::Elsewhere(_) => return None,
                };
                Some(expression(node, exported))
            }));
        }
        given.sort_unstable();
        given.dedup();
        Given(given)
    }

    /// The names of the expressions that the node with this number is, or is a part of.
    pub fn around(&self, id: usize) -> impl Iterator<Item = &str> {
        let end = self.0.partition_point(|expression| expression.start <= id);
        let around = self.0.iter().take(end).rev().take(MAX_AROUND).filter(move |expression| expression.after > id);
        around.map(|expression| expression.name.as_str())
    }
}
