//! The literal parts of a value: items of collections, keys of maps, through wrappers, spreads and constants of the file.

use std::collections::HashSet;

use super::forms;
use crate::facts::imports::Import;
pub(super) use crate::facts::imports::Use;
use crate::facts::names::{Names, literal_text, plain, syntax};
use crate::formats::code::Node;

/// A part of a constant's value.
#[derive(Clone, Debug)]
pub enum Part<'t> {
    Known {
        value: String,
        /// Of a map's key, or of a member of an enum.
        key: Option<String>,
        /// The literal, quotes included.
        node: Node<'t>,
    },
    /// Other files may know what it is, and it is used so.
    Elsewhere(Node<'t>, Vec<Import>, Use),
    /// Computed at run time.
    Unknown(Node<'t>),
}

/// Calls around a literal that are looked through: `Object.freeze(…)`.
const MAX_WRAPPERS: usize = 8;

/// What a language makes of a node.
pub(super) enum Shape<'t> {
    /// A collection literal: its children are items.
    Items(Node<'t>),
    /// These are items.
    Parts(Vec<Node<'t>>),
    /// The items of these are items.
    Spread(Vec<Node<'t>>),
    /// These are pairs of key and value.
    Entries(Vec<Node<'t>>),
    /// These are keys of a map.
    Keys(Vec<Node<'t>>),
    /// A map's entry with this key.
    Key(Node<'t>),
    /// An entry whose key is the text of this node.
    BareKey(Node<'t>),
    /// A name, perhaps of another constant.
    Name,
    /// No items at all.
    Nothing,
    Unknown,
}

/// The constants that have been entered, by the numbers of their values: each is entered once, since its items stand at
/// their own place however often it is spread.
pub(super) type Entered = HashSet<usize>;

/// The parts of `value` where it is used as `context`, in order, but for those of constants in `entered`.
pub(super) fn parts<'t>(names: &Names<'t>, value: Node<'t>, context: Use, entered: &mut Entered) -> Vec<Part<'t>> {
    collect(names, value, context, entered)
}

/// The items of a collection; a string is none.
pub fn items<'t>(names: &Names<'t>, value: Node<'t>) -> Vec<Part<'t>> {
    collect(names, value, Use::Spread, &mut Entered::new())
}

/// The first list, tuple, set or array literal of `value`, through its wrappers.
pub(super) fn first_list(value: Node<'_>) -> Option<Node<'_>> {
    let mut open = vec![value];
    while let Some(node) = open.pop() {
        let node = plain(node);
        match shape(node, Use::Whole) {
            Shape::Items(list) if syntax(list.code()).is_list(list.kind()) => return Some(list),
            Shape::Parts(items) => return items.first().and_then(|item| arguments(*item)),
            Shape::Spread(mut nodes) => {
                nodes.reverse();
                open.append(&mut nodes);
            }
            _ => {}
        }
    }
    None
}

/// The value that a map literal has under `key`.
pub(super) fn member<'t>(map: Node<'t>, key: &str) -> Option<Node<'t>> {
    let mut node = plain(map);
    for _ in 0..MAX_WRAPPERS {
        match shape(node, Use::Whole) {
            Shape::Items(list) => {
                let has = |child: &Node<'t>| match shape(*child, Use::Item) {
                    Shape::BareKey(name) => name.text() == key,
                    Shape::Key(name) => literal_text(name).as_deref() == Some(key),
                    _ => false,
                };
                return list.named_children().find(has)?.field("value").map(plain);
            }
            Shape::Spread(nodes) => match nodes[..] {
                [only] => node = plain(only),
                _ => return None,
            },
            _ => return None,
        }
    }
    None
}

/// The list of arguments that an item is given in: `List.of("a", "b")`.
fn arguments(item: Node<'_>) -> Option<Node<'_>> {
    let parent = item.parent()?;
    let is_list = |node: &Node<'_>| matches!(node.kind(), "argument_list" | "arguments" | "value_arguments");
    [Some(parent), parent.parent()].into_iter().flatten().find(is_list)
}

fn collect<'t>(names: &Names<'t>, value: Node<'t>, context: Use, entered: &mut Entered) -> Vec<Part<'t>> {
    let mut parts = Vec::new();
    let mut open = vec![(value, context)];
    while let Some((node, context)) = open.pop() {
        let node = plain(node);
        if let Some(part) = literal(node, context) {
            parts.extend(part);
            continue;
        }
        match shape(node, context) {
            Shape::Items(list) => push(&mut open, list.named_children().collect(), Use::Item),
            Shape::Parts(nodes) => push(&mut open, nodes, Use::Item),
            Shape::Spread(nodes) => push(&mut open, nodes, Use::Spread),
            Shape::Entries(nodes) => push(&mut open, nodes, Use::Entry),
            Shape::Keys(nodes) => push(&mut open, nodes, Use::Key),
            Shape::Key(key) => open.push((key, Use::Key)),
            Shape::BareKey(key) => parts.push(known(key, key.text().to_owned(), Use::Key)),
            Shape::Name => match names.bound_once(node) {
                Some(value) if entered.insert(value.id()) => open.push((value, context)),
                Some(_) => {}
                None => parts.push(foreign(names, node, context)),
            },
            Shape::Nothing => {}
            Shape::Unknown => parts.push(foreign(names, node, context)),
        }
    }
    parts
}

/// What no binding of this file tells: perhaps another file does.
fn foreign<'t>(names: &Names<'t>, node: Node<'t>, context: Use) -> Part<'t> {
    let imports = names.elsewhere(node);
    if imports.is_empty() { Part::Unknown(node) } else { Part::Elsewhere(node, imports, context) }
}

fn push<'t>(open: &mut Vec<(Node<'t>, Use)>, nodes: Vec<Node<'t>>, context: Use) {
    open.extend(nodes.into_iter().rev().map(|node| (node, context)));
}

/// The literal that `node` is: a part, or nothing for a null value that stands for "no value".
fn literal<'t>(node: Node<'t>, context: Use) -> Option<Option<Part<'t>>> {
    if context == Use::Whole && syntax(node.code()).is_null(node.kind()) {
        return Some(None);
    }
    let text = literal_text(node)?;
    let is_part = !matches!(context, Use::Spread | Use::Entry);
    Some(Some(if is_part { known(node, text, context) } else { Part::Unknown(node) }))
}

fn known(node: Node<'_>, value: String, context: Use) -> Part<'_> {
    let key = (context == Use::Key).then(|| value.clone());
    Part::Known { value, key, node }
}

fn shape<'t>(node: Node<'t>, context: Use) -> Shape<'t> {
    forms(node.code().language).shape(node, context)
}
