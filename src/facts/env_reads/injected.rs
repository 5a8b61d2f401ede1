//! Variables that a library injects, on the JVM: `@Value("${KEY:default}")`, `@ConfigProperty(name = "KEY")`. A property of
//! such a name comes from the environment; one in lower case lies in a file.

use super::{Found, Key, Read, Unset};
use crate::facts::names::{Names, string_value};
use crate::formats::code::Node;
use crate::text::Span;

const VALUES: [&str; 2] = ["org.springframework.beans.factory.annotation.Value", "io.micronaut.context.annotation.Value"];
const PROPERTY: &str = "org.eclipse.microprofile.config.inject.ConfigProperty";
/// Placeholders in one annotation, and nodes of one that are looked at.
const MAX_NODES: usize = 64;

/// Adds what `annotation` makes a library read.
pub(super) fn read<'t>(names: &Names<'t>, annotation: Node<'t>, found: &mut Found<'t>) {
    let kinds = ["identifier", "type_identifier", "scoped_identifier"];
    let Some(name) = annotation.subtree().take(MAX_NODES).find(|node| kinds.contains(&node.kind())) else { return };
    let Some(path) = names.qualified(name) else { return };
    let is = |known: &str| path.imported && path.path == known || names.may_be(&path, known);
    if VALUES.into_iter().any(is) {
        values(annotation, found);
    } else if is(PROPERTY) {
        property(annotation, found);
    }
}

fn values<'t>(annotation: Node<'t>, found: &mut Found<'t>) {
    let literals = annotation.subtree().take(MAX_NODES).filter(|node| node.kind() == "string_literal");
    for literal in literals {
        let (text, start) = (literal.text(), literal.span().start);
        for (at, _) in text.match_indices("${").take(MAX_NODES) {
            let behind = at + 2;
            let length = key_length(&text[behind..]);
            let rest = &text[behind + length..];
            let unset = match rest.strip_prefix(':') {
                _ if length == 0 => continue,
                Some(default) => Unset::Written(default.split('}').next().unwrap_or_default()),
                None if rest.starts_with('}') => Unset::Fails,
                None => continue,
            };
            let key = Key::Written(Span::new(start + behind, start + behind + length));
            found.reads.push(Read { expression: literal, key, unset, idiom: "@Value" });
        }
    }
}

fn property<'t>(annotation: Node<'t>, found: &mut Found<'t>) {
    let value = |wanted: &str| {
        let mut pairs =
            annotation.subtree().take(MAX_NODES).filter(|node| matches!(node.kind(), "element_value_pair" | "value_argument"));
        let pair = pairs.find(|pair| pair.named_children().next().is_some_and(|name| name.text() == wanted))?;
        pair.named_children().last()
    };
    let Some(name) = value("name") else { return };
    let Some(key) = string_value(name).filter(|key| key_length(key) == key.len() && !key.is_empty()) else { return };
    let start = name.span().start + 1;
    let unset = value("defaultValue").map_or(Unset::Fails, |default| Unset::Default(Some(default)));
    let key = Key::Written(Span::new(start, start + key.len()));
    found.reads.push(Read { expression: name, key, unset, idiom: "@ConfigProperty" });
}

/// The bytes at the start of `text` that name a variable.
fn key_length(text: &str) -> usize {
    let is_key = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    if text.starts_with(|c: char| c.is_ascii_uppercase()) { text.bytes().take_while(is_key).count() } else { 0 }
}
