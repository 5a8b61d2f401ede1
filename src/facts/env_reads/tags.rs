//! Tags of Go's struct fields: `env:"KEY,required" envDefault:"x"`, `envconfig:"KEY"`, and the prefix that a field gives to the
//! keys of the struct that is its type: `envPrefix:"DB_"`.

use std::collections::HashMap;

use super::{Found, Key, MAX_CLIMB, Named, Read, Unset};
use crate::facts::names::{Names, plain, string_value};
use crate::facts::parsed::quoted;
use crate::facts::{Hole, parsed};
use crate::formats::code::Node;
use crate::text::Span;

/// Prefixes that the keys of one struct may have; there are more of them than a program can mean.
const MAX_PREFIXES: usize = 64;
/// Bytes of a prefix, and of all keys of a file that have one; what is longer counts as unknown.
const MAX_PREFIX: usize = 256;
const MAX_KEYS: usize = 4 << 20;

/// The structs of a file, by the identity of their nodes.
#[derive(Default)]
pub(super) struct Tags<'t> {
    structs: HashMap<&'t str, usize>,
    keys: Vec<Tagged<'t>>,
    nested: Vec<Nested<'t>>,
    /// What `env.Options{Prefix: …}` puts before all keys of a struct.
    options: Vec<Prefix>,
}

/// A key as its tag has it.
struct Tagged<'t> {
    within: usize,
    read: Read<'t>,
    key: Span,
}

/// A field whose type may be a struct with keys.
struct Nested<'t> {
    within: usize,
    to: To<'t>,
    /// The tag, where it gives a prefix, and the prefix.
    prefix: Option<(Node<'t>, &'t str)>,
    /// A list of structs: the library numbers them.
    is_many: bool,
    is_private: bool,
}

enum To<'t> {
    Struct(usize),
    Named(&'t str),
    Other,
}

/// What stands before the keys of a struct; `None`: this file does not tell.
type Prefix = Option<String>;

/// Records what a declaration says of keys.
pub(super) fn read<'t>(node: Node<'t>, found: &mut Found<'t>) {
    if node.kind() == "type_spec" {
        let of = node.field("type").filter(|of| of.kind() == "struct_type");
        if let (Some(name), Some(of)) = (node.field("name"), of) {
            found.tags.structs.entry(name.text()).or_insert(of.id());
        }
        return;
    }
    let Some(within) = node.parent().and_then(|list| list.parent()) else { return };
    let tag = node.field("tag").filter(|tag| tag.kind() == "raw_string_literal");
    let is_key = tag.is_some_and(|tag| key(node, tag, within.id(), found));
    let Some(of) = node.field("type").filter(|_| !is_key) else { return };
    let (of, is_many) = core(of);
    let to = match of.kind() {
        "struct_type" => To::Struct(of.id()),
        "type_identifier" => To::Named(of.text()),
        _ => To::Other,
    };
    let prefix = tag.and_then(|tag| Some((tag, prefix(tag)?)));
    if prefix.is_some() || !matches!(to, To::Other) {
        let is_private = node.field("name").is_some_and(|name| !name.text().starts_with(char::is_uppercase));
        found.tags.nested.push(Nested { within: within.id(), to, prefix, is_many, is_private });
    }
}

/// `env.Options{Prefix: "APP_"}`
pub(super) fn option<'t>(names: &Names<'t>, element: Node<'t>, found: &mut Found<'t>) {
    let list = element.parent().filter(|_| element.field("key").is_some_and(|key| key.text() == "Prefix"));
    let package = list.and_then(|list| list.parent()?.field("type")?.field("package"));
    if package.is_some_and(|package| names.module_of(package).is_some_and(|path| path.contains("caarlos0/env"))) {
        let value = element.field("value").and_then(|value| value.named_children().next());
        found.tags.options.push(value.and_then(|value| string_value(names.bound_once(value).map_or(value, plain))));
    }
}

/// The type behind pointers and lists.
fn core(of: Node<'_>) -> (Node<'_>, bool) {
    let (mut of, mut is_many) = (of, false);
    for _ in 0..MAX_CLIMB {
        let inner = match of.kind() {
            "pointer_type" => of.named_children().next(),
            "slice_type" | "array_type" => of.field("element"),
            "map_type" => of.field("value"),
            _ => None,
        };
        let Some(inner) = inner else { break };
        is_many |= of.kind() != "pointer_type";
        of = inner;
    }
    (of, is_many)
}

/// A value of the tag, and where it stands in the tag.
fn value<'t>(tag: Node<'t>, key: &str) -> Option<(usize, &'t str)> {
    let text = tag.text();
    let at = text.match_indices(key).map(|(at, _)| at).find(|at| text[..*at].ends_with([' ', '`', '\t']))?;
    let from = at + key.len();
    let to = from + text.get(from..)?.find('"')?;
    Some((from, text.get(from..to)?))
}

/// `envPrefix:"P_"`, `env:", prefix=P_"`
fn prefix(tag: Node<'_>) -> Option<&str> {
    let option = || value(tag, "env:\"")?.1.split(',').skip(1).find_map(|option| option.trim().strip_prefix("prefix="));
    value(tag, "envPrefix:\"").map(|(_, prefix)| prefix).or_else(option)
}

/// Records the key that a tag names, if it does.
fn key<'t>(field: Node<'t>, tag: Node<'t>, within: usize, found: &mut Found<'t>) -> bool {
    let (idiom, Some((from, written))) = (match value(tag, "envconfig:\"") {
        Some(found) => ("envconfig", Some(found)),
        None => ("env", value(tag, "env:\"")),
    }) else {
        return false;
    };
    let mut parts = written.split(',');
    let key = parts.next().unwrap_or_default();
    let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_key {
        return false;
    }
    let options: Vec<&str> = parts.map(str::trim).collect();
    let has_default = options.iter().any(|option| option.starts_with("default=")) || value(tag, "envDefault:\"").is_some();
    let is_required = options.iter().any(|option| matches!(*option, "required" | "notEmpty"));
    let is_required = is_required || value(tag, "required:\"").is_some_and(|(_, text)| text == "true");
    let unset = match (has_default || (idiom == "envconfig" && value(tag, "default:\"").is_some()), is_required) {
        (true, _) => Unset::Default(None),
        (_, true) => Unset::Fails,
        _ => Unset::Unknown,
    };
    let start = tag.span().start + from;
    let span = Span::new(start, start + key.len());
    let read = Read { expression: field, key: Key::Written(span), unset, idiom };
    if idiom == "env" {
        found.tags.keys.push(Tagged { within, read, key: span });
    } else {
        found.reads.push(read);
    }
    true
}

/// Adds the keys with the prefixes that the fields of the file give them.
pub(super) fn settle(found: &mut Found<'_>) {
    let tags = std::mem::take(&mut found.tags);
    let prefixes = tags.prefixes();
    let mut bytes = 0;
    for Tagged { within, read, key } in &tags.keys {
        for prefix in prefixes.get(within).map_or(&[][..], Vec::as_slice) {
            let written = read.expression.code().text().get(key.start..key.end).unwrap_or_default();
            bytes += prefix.as_ref().map_or(0, |prefix| prefix.len() + written.len());
            match prefix {
                Some(prefix) if bytes <= MAX_KEYS || prefix.is_empty() => {
                    found.named.push(Named { value: format!("{prefix}{written}"), at: *key, read: *read })
                }
                _ => {
                    let message = format!("`{}` has a prefix that only the running program knows", quoted(written));
                    found.holes.push(Hole { span: *key, message, path: None });
                }
            }
        }
    }
    for nested in tags.nested.iter().filter(|nested| tags.target(nested).is_none()) {
        if let Some((tag, prefix)) = nested.prefix {
            let message =
                format!("keys that begin with `{}` are those of a struct that this file does not declare", quoted(prefix));
            found.holes.push(Hole { message, ..parsed::computed(tag) });
        }
    }
}

impl Tags<'_> {
    fn target(&self, nested: &Nested<'_>) -> Option<usize> {
        match nested.to {
            To::Struct(id) => Some(id),
            To::Named(name) => self.structs.get(name).copied(),
            To::Other => None,
        }
    }

    /// What stands before the keys of each struct.
    fn prefixes(&self) -> HashMap<usize, Vec<Prefix>> {
        let mut prefixes: HashMap<usize, Vec<Prefix>> = self.keys.iter().map(|key| (key.within, Vec::new())).collect();
        let prefixed = self.nested.iter().filter(|nested| nested.prefix.is_some());
        prefixes.extend(prefixed.map(|nested| (nested.within, Vec::new())));
        // What has no keys itself is not made of variables, and neither is what it holds without a word.
        let is_part =
            |nested: &&Nested<'_>| nested.prefix.is_some() || (prefixes.contains_key(&nested.within) && !nested.is_private);
        let mut inner: HashMap<usize, Vec<(usize, Prefix)>> = HashMap::new();
        let mut outermost: Vec<usize> = prefixes.keys().copied().collect();
        let mut held = std::collections::HashSet::new();
        for nested in self.nested.iter().filter(is_part) {
            let Some(to) = self.target(nested) else { continue };
            let prefix = (!nested.is_many).then(|| nested.prefix.map_or(String::new(), |(_, prefix)| prefix.to_owned()));
            inner.entry(nested.within).or_default().push((to, prefix));
            held.insert(to);
        }
        outermost.sort_by_key(|id| (held.contains(id), *id));
        let roots = outermost.iter().filter(|id| !held.contains(*id)).count();
        let start = match (self.options.as_slice(), roots) {
            ([], _) => Some(String::new()),
            ([only], 0 | 1) => only.clone().filter(|prefix| prefix.len() <= MAX_PREFIX),
            // Which struct is meant is not told by the option.
            _ => None,
        };
        for id in outermost {
            // What only holds itself is reached from nowhere else.
            if prefixes.get(&id).is_none_or(Vec::is_empty) {
                spread(id, &start, &inner, &mut prefixes);
            }
        }
        prefixes
    }
}

/// Hands the prefixes on from a struct that nothing else holds.
fn spread(from: usize, start: &Prefix, inner: &HashMap<usize, Vec<(usize, Prefix)>>, prefixes: &mut HashMap<usize, Vec<Prefix>>) {
    let mut open: Vec<(Vec<usize>, Prefix)> = vec![(vec![from], start.clone())];
    while let Some((trail, prefix)) = open.pop() {
        let Some(id) = trail.last() else { continue };
        let known = prefixes.entry(*id).or_default();
        let prefix = prefix.filter(|_| known.len() < MAX_PREFIXES && trail.len() <= MAX_CLIMB);
        if known.contains(&prefix) {
            continue;
        }
        known.push(prefix.clone());
        for (to, own) in inner.get(id).into_iter().flatten() {
            let whole = prefix.as_ref().zip(own.as_ref()).map(|(prefix, own)| format!("{prefix}{own}"));
            let whole = whole.filter(|whole| whole.len() <= MAX_PREFIX && !trail.contains(to));
            open.push((trail.iter().copied().chain([*to]).collect(), whole));
        }
    }
}
