//! Comparing values as data: key order, spelling of numbers, comments and layout do not count.

use std::collections::{HashMap, HashSet};

use super::value::push_token;
use super::{Document, Kind, Member, NodeId, number};
use crate::text::Span;

/// One side of a comparison: a value of a document, and the nodes to leave out. A member or item whose value is left out
/// does not exist for the comparison; a node that YAML aliases share is left out wherever it stands.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    pub document: &'a Document,
    pub root: NodeId,
    pub without: &'a HashSet<NodeId>,
}

/// Where two values first differ, in the document order of `b`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The JSON pointer of what differs, from the roots compared.
    pub pointer: String,
    /// The node of `a`; of what was added or removed, the object or array that holds it.
    pub a: NodeId,
    /// The node of `b`, likewise.
    pub b: NodeId,
    pub change: Change,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The two nodes are different values.
    Value,
    /// Only `b` has it: where its key (an item: its value) stands in `b`.
    Added(Span),
    /// Only `a` has it: where its key (an item: its value) stands in `a`.
    Removed(Span),
}

impl Difference {
    /// Where to point at in `a`.
    pub fn span_in_a(&self, document: &Document) -> Span {
        match self.change {
            Change::Removed(span) => span,
            _ => document.node(self.a).span,
        }
    }

    /// Where to point at in `b`.
    pub fn span_in_b(&self, document: &Document) -> Span {
        match self.change {
            Change::Added(span) => span,
            _ => document.node(self.b).span,
        }
    }
}

impl Document {
    /// Whether two values are equal as data: key order aside, numbers by their exact value (`1` is `1.0`), aliases expanded. A
    /// TOML date equals only a date that is written the same.
    pub fn expanded_eq(a_document: &Document, a: NodeId, b_document: &Document, b: NodeId) -> bool {
        let without = &HashSet::new();
        let a = Side { document: a_document, root: a, without };
        let b = Side { document: b_document, root: b, without };
        Document::first_difference(a, b).is_none()
    }

    /// What tells all that a file holds from other data, as [`expanded_eq`](Self::expanded_eq) compares it, whatever its format.
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        self.roots.iter().for_each(|root| self.digest_into(*root, &mut hasher));
        *hasher.finalize().as_bytes()
    }

    fn digest_into(&self, id: NodeId, hasher: &mut blake3::Hasher) {
        let mut put = |tag: u8, length: usize, text: &str| {
            hasher.update(&[tag]).update(&(length as u64).to_le_bytes()).update(text.as_bytes());
        };
        match &self.node(id).kind {
            Kind::Null => put(b'0', 0, ""),
            Kind::Bool(value) => put(b'b', usize::from(*value), ""),
            Kind::Number { text, .. } => {
                let text = number::canonical(text);
                put(b'n', text.len(), &text);
            }
            Kind::String(text) => put(b's', text.len(), text),
            Kind::DateTime(text) => put(b'd', text.len(), text),
            Kind::Array(items) => {
                put(b'[', items.len(), "");
                items.iter().for_each(|item| self.digest_into(*item, hasher));
            }
            Kind::Object(members) => {
                put(b'{', members.len(), "");
                let mut members: Vec<&Member> = members.iter().collect();
                members.sort_by(|a, b| a.key.cmp(&b.key));
                for member in members {
                    hasher.update(&(member.key.len() as u64).to_le_bytes()).update(member.key.as_bytes());
                    self.digest_into(member.value, hasher);
                }
            }
        }
    }

    /// The first difference between two values, in the document order of `b`; a member that only `a` has comes after all
    /// that its object has in `b`. Takes time in proportion to the expanded values.
    pub fn first_difference(a: Side<'_>, b: Side<'_>) -> Option<Difference> {
        Comparison { a, b, pointer: String::new() }.values(a.root, b.root)
    }
}

struct Comparison<'a> {
    a: Side<'a>,
    b: Side<'a>,
    pointer: String,
}

impl Comparison<'_> {
    fn values(&mut self, a: NodeId, b: NodeId) -> Option<Difference> {
        let equal = match (&self.a.document.node(a).kind, &self.b.document.node(b).kind) {
            (Kind::Object(a_members), Kind::Object(b_members)) => return self.objects((a, a_members), (b, b_members)),
            (Kind::Array(a_items), Kind::Array(b_items)) => return self.arrays((a, a_items), (b, b_items)),
            (Kind::Null, Kind::Null) => true,
            (Kind::Bool(a), Kind::Bool(b)) => a == b,
            (Kind::Number { text: a, .. }, Kind::Number { text: b, .. }) => number::same(a, b),
            (Kind::String(a), Kind::String(b)) | (Kind::DateTime(a), Kind::DateTime(b)) => a == b,
            _ => false,
        };
        (!equal).then(|| self.difference(a, b, Change::Value))
    }

    fn objects(&mut self, a: (NodeId, &[Member]), b: (NodeId, &[Member])) -> Option<Difference> {
        let kept = a.1.iter().filter(|member| !self.a.without.contains(&member.value));
        let mut missing: HashMap<&str, &Member> = kept.map(|member| (&*member.key, member)).collect();
        for member in b.1.iter().filter(|member| !self.b.without.contains(&member.value)) {
            let counterpart = missing.remove(&*member.key);
            let found = self.below(&member.key, |this| match counterpart {
                Some(old) => this.values(old.value, member.value),
                None => Some(this.difference(a.0, b.0, Change::Added(member.key_span))),
            });
            if found.is_some() {
                return found;
            }
        }
        let gone = missing.into_values().min_by_key(|member| member.key_span)?;
        self.below(&gone.key, |this| Some(this.difference(a.0, b.0, Change::Removed(gone.key_span))))
    }

    fn arrays(&mut self, a: (NodeId, &[NodeId]), b: (NodeId, &[NodeId])) -> Option<Difference> {
        let (a_side, b_side) = (self.a, self.b);
        let mut a_items = a.1.iter().enumerate().filter(|(_, item)| !a_side.without.contains(item));
        let mut b_items = b.1.iter().enumerate().filter(|(_, item)| !b_side.without.contains(item));
        for (index, item) in b_items.by_ref() {
            let counterpart = a_items.next();
            let found = self.below(&index.to_string(), |this| match counterpart {
                Some((_, old)) => this.values(*old, *item),
                None => Some(this.difference(a.0, b.0, Change::Added(b_side.document.node(*item).span))),
            });
            if found.is_some() {
                return found;
            }
        }
        let (index, gone) = a_items.next()?;
        let span = a_side.document.node(*gone).span;
        self.below(&index.to_string(), |this| Some(this.difference(a.0, b.0, Change::Removed(span))))
    }

    /// Runs `compare` with `token` added to the pointer.
    fn below(&mut self, token: &str, compare: impl FnOnce(&mut Self) -> Option<Difference>) -> Option<Difference> {
        let length = self.pointer.len();
        push_token(&mut self.pointer, token);
        let found = compare(self);
        self.pointer.truncate(length);
        found
    }

    fn difference(&self, a: NodeId, b: NodeId, change: Change) -> Difference {
        Difference { pointer: self.pointer.clone(), a, b, change }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{DataFormat, parse};

    fn yaml(text: &str) -> Document {
        parse(DataFormat::Yaml, text.as_bytes()).unwrap()
    }

    fn side<'a>(document: &'a Document, without: &'a HashSet<NodeId>) -> Side<'a> {
        Side { document, root: document.roots[0], without }
    }

    /// The pointer of the first difference, and the text that it points at in `a` and in `b`.
    fn first(a: &str, b: &str) -> Option<(String, String, String)> {
        let (old, new, none) = (yaml(a), yaml(b), HashSet::new());
        let found = Document::first_difference(side(&old, &none), side(&new, &none))?;
        let text = |source: &str, span: Span| source[span.start..span.end].to_owned();
        Some((found.pointer.clone(), text(a, found.span_in_a(&old)), text(b, found.span_in_b(&new))))
    }

    #[test]
    fn a_digest_tells_apart_what_is_not_equal() {
        const VALUES: [&str; 17] = [
            "",
            "1",
            "1.0",
            "10e-1",
            "0x1",
            "-0",
            "0",
            "'1'",
            "[1]",
            "[[1]]",
            "[1, 2]",
            "{a: 1}",
            "{a: 1.0}",
            "{a: [], b: 2}",
            "{b: 2, a: []}",
            "[a, b]",
            "[ab, '']",
        ];
        for a in VALUES.map(yaml) {
            for b in VALUES.map(yaml) {
                let equal = Document::expanded_eq(&a, a.roots[0], &b, b.roots[0]);
                assert_eq!(a.digest() == b.digest(), equal, "{:?} {:?}", a.to_json(a.roots[0]), b.to_json(b.roots[0]));
            }
        }
        assert_ne!(yaml("a\n---\nb").digest(), yaml("a").digest());
    }

    #[test]
    fn order_spelling_and_layout_do_not_count() {
        for (a, b) in [
            ("a: 1\nb: [x, 2.0]", "{b: ['x', 2], a: 0x1}"),
            ("a: &x {k: 1}\nb: {<<: *x}", "{a: {k: 1}, b: {k: 1.0}}"),
            ("# only a comment", ""),
        ] {
            let (a, b) = (yaml(a), yaml(b));
            assert!(Document::expanded_eq(&a, a.roots[0], &b, b.roots[0]));
        }
    }

    #[test]
    fn the_first_difference_is_the_first_of_the_new_document() {
        for (a, b, expected) in [
            ("a: 1\nb: 2", "b: 3\na: 4", ("/b", "2", "3")),
            ("a: {b/c: [1, 2]}", "a: {b/c: [1, '2']}", ("/a/b~1c/1", "2", "'2'")),
            ("a: {x: 1}", "a: {x: 1, y: 2}", ("/a/y", "{x: 1}", "y")),
            ("a: {x: 1, y: 2}", "a: {x: 1}", ("/a/y", "y", "{x: 1}")),
            ("[1]", "[1, 2]", ("/1", "[1]", "2")),
            ("[1, 2]", "[1]", ("/1", "2", "[1]")),
            ("x", "[x]", ("", "x", "[x]")),
        ] {
            let (pointer, old, new) = first(a, b).expect(b);
            assert_eq!((&*pointer, &*old, &*new), expected);
        }
    }

    #[test]
    fn what_is_left_out_does_not_exist() {
        let (a, b) = (yaml("{v: 1, x: [1, 2]}"), yaml("{v: 2, x: [2], w: 3}"));
        let ids = |document: &Document, pointers: &[&str]| -> HashSet<NodeId> {
            pointers.iter().map(|pointer| document.pointer(document.roots[0], pointer).unwrap()).collect()
        };
        let (old, new) = (ids(&a, &["/v", "/x/0"]), ids(&b, &["/v", "/w"]));
        assert_eq!(Document::first_difference(side(&a, &old), side(&b, &new)), None);
        let none = HashSet::new();
        let found = Document::first_difference(side(&a, &old), side(&b, &none)).unwrap();
        assert_eq!((&*found.pointer, found.change), ("/v", Change::Added(Span::new(1, 2))));
    }

    #[test]
    fn a_toml_date_is_no_string() {
        let date = parse(DataFormat::Toml, b"d = 2026-01-01").unwrap();
        let same = parse(DataFormat::Toml, b"d=2026-01-01 # c").unwrap();
        let text = yaml("d: 2026-01-01");
        assert!(Document::expanded_eq(&date, date.roots[0], &same, same.roots[0]));
        assert!(!Document::expanded_eq(&date, date.roots[0], &text, text.roots[0]));
    }
}
