//! What becomes of a variable that is unset, as the code around its read tells.

use super::MAX_LITERAL;
use crate::facts::imports;
use crate::facts::names::{literal_text, wrapped};
use crate::formats::code::Node;

/// Parentheses and alternatives (`a or b or c`) that are climbed to find a default.
pub(super) const MAX_CLIMB: usize = 16;

/// What becomes of a variable that is unset.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unset<'t> {
    /// The read fails.
    Fails,
    /// This stands in; `None` where it is no expression of its own.
    Default(Option<Node<'t>>),
    /// This stands in, as a part of a string.
    Written(&'t str),
    Unknown,
}

/// The same without the nodes of the file.
pub(super) fn told(unset: Unset<'_>) -> imports::Unset {
    match unset {
        Unset::Fails => imports::Unset::Fails,
        Unset::Unknown => imports::Unset::Unknown,
        Unset::Written(default) => imports::Unset::Literal(default.to_owned()),
        Unset::Default(default) => {
            let default = default.filter(|node| node.span().len() <= MAX_LITERAL);
            default.and_then(literal_text).map_or(imports::Unset::Computed, imports::Unset::Literal)
        }
    }
}

/// Climbs from the value of a read to what is done with it: `step` is given the node around and the node itself, and says which
/// one hands the value on, or what becomes of the variable.
pub(super) fn climb<'t>(value: Node<'t>, step: impl Fn(Node<'t>, Node<'t>) -> Result<Node<'t>, Unset<'t>>) -> Unset<'t> {
    let mut node = value;
    for _ in 0..MAX_CLIMB {
        let Some(parent) = node.parent() else { break };
        match step(parent, node) {
            Ok(next) => node = wrapped(next),
            Err(unset) => return unset,
        }
    }
    Unset::Unknown
}

/// What stands in for a value that is unset: the right side of the `or`, `??` or `||` that `value` is left of. `is_or` tells
/// whether a node is such an alternative.
pub(super) fn alternative<'t>(value: Node<'t>, is_or: impl Fn(Node<'t>) -> bool) -> Unset<'t> {
    climb(value, |parent, node| match node.role() {
        _ if !is_or(parent) => Err(Unset::Unknown),
        "left" => Err(Unset::Default(parent.field("right"))),
        _ => Ok(parent),
    })
}

/// What stands in where a condition asks for the very value that `branch` is: `value != null ? value : default`. `absent`
/// tells the conditions that hold where there is none.
pub(super) fn guarded<'t>(conditional: Node<'t>, branch: Node<'t>, absent: &[&str]) -> Unset<'t> {
    let Some(condition) = conditional.field("condition").filter(|condition| condition.span().len() <= MAX_LITERAL) else {
        return Unset::Unknown;
    };
    if branch.span().len() > MAX_LITERAL || !condition.text().contains(branch.text()) {
        return Unset::Unknown;
    }
    let around = condition.text().replacen(branch.text(), "", 1).replace("!==", "").replace("!=", "");
    let is_absent = absent.iter().any(|mark| around.contains(mark));
    let consequence = conditional.field("consequence").or_else(|| conditional.field("body"));
    match (is_absent, consequence == Some(branch)) {
        (false, true) => Unset::Default(conditional.field("alternative")),
        (true, false) => Unset::Default(consequence),
        _ => Unset::Unknown,
    }
}
