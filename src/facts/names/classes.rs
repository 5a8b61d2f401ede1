//! The classes, modules and the like that something is a member of, and what is known by such a path.

use std::collections::HashMap;

use super::MAX_PATH;
use crate::formats::code::Node;

const KINDS: [&str; 14] = [
    "class_definition",
    "class_declaration",
    "abstract_class_declaration",
    "interface_declaration",
    "object_declaration",
    "record_declaration",
    "struct_declaration",
    "trait_declaration",
    "enum_declaration",
    "class",
    "module",
    "impl_item",
    "trait_item",
    "mod_item",
];
/// Nodes around a member that are looked at for its classes.
const MAX_NESTING: usize = 32;

/// The dotted path of `name`, which stands at `node`, behind the classes around it; a class does not stand in itself.
pub fn member_path(node: Node<'_>, name: &str) -> String {
    let around = std::iter::successors(node.parent(), |node| node.parent()).take(MAX_NESTING);
    let classes = around.filter(|node| KINDS.contains(&node.kind()));
    let mut path: Vec<String> =
        classes.filter_map(class_name).filter(|name| *name != node && name.span().len() <= MAX_PATH).map(written).collect();
    path.reverse();
    path.push(name.to_owned());
    path.join(".")
}

/// The name of a class; Kotlin's grammar gives it no role.
fn class_name(class: Node<'_>) -> Option<Node<'_>> {
    let of = || class.field("type").map(|of| of.field("type").unwrap_or(of));
    class.field("name").or_else(of).or_else(|| class.named_children().find(|child| child.kind() == "type_identifier"))
}

/// `class A::B` of Ruby stands for both; a type that Rust has `impl` for, for its last name.
fn written(name: Node<'_>) -> String {
    match name.kind() {
        "scoped_type_identifier" => name.field("name").unwrap_or(name).text().to_owned(),
        _ => name.text().replace("::", "."),
    }
}

/// What is known by a dotted path, and by the end of one where that tells which is meant.
pub struct ByPath<T> {
    whole: HashMap<String, T>,
    /// The only path with that end.
    ends: HashMap<String, Option<String>>,
}

impl<T> Default for ByPath<T> {
    fn default() -> Self {
        ByPath { whole: HashMap::new(), ends: HashMap::new() }
    }
}

impl<T: Default> ByPath<T> {
    /// What is known by that path, to be added to.
    pub fn entry(&mut self, path: &str) -> &mut T {
        if !self.whole.contains_key(path) {
            // A name by itself is one of the top level.
            for end in path.match_indices('.').map(|(at, _)| &path[at + 1..]).filter(|end| end.contains('.')) {
                let only = self.ends.entry(end.to_owned()).or_insert_with(|| Some(path.to_owned()));
                only.take_if(|only| *only != path);
            }
        }
        self.whole.entry(path.to_owned()).or_default()
    }

    pub fn get(&self, path: &str) -> Option<&T> {
        self.whole.get(path).or_else(|| self.whole.get(self.ends.get(path)?.as_ref()?))
    }
}
