//! The value model that every data format is read into: an arena of nodes, each with the bytes it was read from.
//!
//! A YAML alias is an edge to the anchored node, so a document is a graph without cycles. The parsers refuse what nests
//! deeper than [`MAX_DEPTH`](super::MAX_DEPTH) or expands beyond [`MAX_EXPANDED`](super::MAX_EXPANDED), through aliases too:
//! whoever walks a document may recurse.

use std::sync::Arc;

use super::number;
use crate::text::Span;

/// A node of a [`Document`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// One parsed file: a stream of one or more documents (JSON and TOML have exactly one).
#[derive(Debug, Default)]
pub struct Document {
    nodes: Vec<Node>,
    /// The root of each document of the stream, in order.
    pub roots: Vec<NodeId>,
    /// Keys that their maps have already, where the parser was asked to go on behind them.
    pub duplicates: Vec<super::ParseError>,
    /// Nodes of which the value is computed (HCL's expressions): they hold what is written.
    pub computed: std::collections::HashSet<NodeId>,
}

/// A value and where it stands.
#[derive(Debug)]
pub struct Node {
    pub kind: Kind,
    /// The value's bytes; a string's quotes included. Anchors and tags stand before it. A value without text of its own
    /// (an empty YAML value, a TOML table that only dotted keys make) stands at its key; without a key its span is empty. A
    /// TOML table with a header stands at the header, an array of tables at the first one.
    pub span: Span,
}

/// What a node is.
#[derive(Debug)]
pub enum Kind {
    Null,
    Bool(bool),
    /// As written, and whether it is an integer by its spelling.
    Number {
        text: Box<str>,
        integer: bool,
    },
    /// Unquoted and unescaped.
    String(Box<str>),
    /// TOML's dates and times, as written.
    DateTime(Box<str>),
    Array(Vec<NodeId>),
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Clone, Debug)]
pub struct Member {
    /// Shared where a YAML merge repeats the member.
    pub key: Arc<str>,
    /// The key's bytes, quotes included. A merged member's key stands where it is written.
    pub key_span: Span,
    pub value: NodeId,
}

impl Document {
    #[cfg_attr(not(test), expect(clippy::expect_used, reason = "more nodes than `u32` counts do not fit into memory"))]
    pub(crate) fn push(&mut self, kind: Kind, span: Span) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).expect("a file above the size limit is not parsed"));
        self.nodes.push(Node { kind, span });
        id
    }

    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub(crate) fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.0 as usize]
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The member `key` of an object.
    pub fn member(&self, id: NodeId, key: &str) -> Option<&Member> {
        self.members(id).iter().find(|member| &*member.key == key)
    }

    /// The members of an object; none of anything else.
    pub fn members(&self, id: NodeId) -> &[Member] {
        match &self.node(id).kind {
            Kind::Object(members) => members,
            _ => &[],
        }
    }

    /// The items of an array; none of anything else.
    pub fn items(&self, id: NodeId) -> &[NodeId] {
        match &self.node(id).kind {
            Kind::Array(items) => items,
            _ => &[],
        }
    }

    /// The text of a string.
    pub fn string(&self, id: NodeId) -> Option<&str> {
        match &self.node(id).kind {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// A scalar's text: strings unquoted, numbers as written; none of arrays and objects.
    pub fn scalar(&self, id: NodeId) -> Option<&str> {
        match &self.node(id).kind {
            Kind::Null => Some("null"),
            Kind::Bool(true) => Some("true"),
            Kind::Bool(false) => Some("false"),
            Kind::Number { text, .. } | Kind::String(text) | Kind::DateTime(text) => Some(text),
            Kind::Array(_) | Kind::Object(_) => None,
        }
    }

    /// `string`, `integer`, `float`, `boolean`, `null`, `array`, `object` or `datetime`.
    pub fn type_name(&self, id: NodeId) -> &'static str {
        match &self.node(id).kind {
            Kind::Null => "null",
            Kind::Bool(_) => "boolean",
            Kind::Number { integer: true, .. } => "integer",
            Kind::Number { integer: false, .. } => "float",
            Kind::String(_) => "string",
            Kind::DateTime(_) => "datetime",
            Kind::Array(_) => "array",
            Kind::Object(_) => "object",
        }
    }

    /// The value that a JSON pointer (RFC 6901) leads to from `root`; `None` where it leads nowhere or is no pointer.
    pub fn pointer(&self, root: NodeId, pointer: &str) -> Option<NodeId> {
        let Some(tokens) = pointer.strip_prefix('/') else {
            return pointer.is_empty().then_some(root);
        };
        tokens.split('/').try_fold(root, |id, token| match &self.node(id).kind {
            Kind::Object(_) => self.member(id, &token.replace("~1", "/").replace("~0", "~")).map(|member| member.value),
            Kind::Array(items) => items.get(array_index(token)?).copied(),
            _ => None,
        })
    }

    /// The value as `serde_json` has it: aliases expanded; dates are strings; a number that JSON cannot spell is respelled,
    /// and one that is no JSON number at all (`.inf`) is a string of what was written.
    pub fn to_json(&self, id: NodeId) -> serde_json::Value {
        use serde_json::Value;
        match &self.node(id).kind {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(*value),
            Kind::Number { text, .. } => number::to_json(text),
            Kind::String(text) | Kind::DateTime(text) => Value::String(text.to_string()),
            Kind::Array(items) => Value::Array(items.iter().map(|item| self.to_json(*item)).collect()),
            Kind::Object(members) => Value::Object(members.iter().map(|m| (m.key.to_string(), self.to_json(m.value))).collect()),
        }
    }
    /// Moves every span right by `offset` bytes.
    pub(super) fn shift(&mut self, offset: usize) {
        self.duplicates.iter_mut().for_each(|fault| fault.at += offset);
        for node in &mut self.nodes {
            node.span = node.span.shifted(offset);
            if let Kind::Object(members) = &mut node.kind {
                for member in members {
                    member.key_span = member.key_span.shifted(offset);
                }
            }
        }
    }
}

/// Adds a token to a JSON pointer.
pub(crate) fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    for char in token.chars() {
        match char {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            _ => pointer.push(char),
        }
    }
}

/// An array index as RFC 6901 spells it: digits, no leading zero.
fn array_index(token: &str) -> Option<usize> {
    let spelled = token == "0" || (token.bytes().all(|byte| byte.is_ascii_digit()) && !token.starts_with('0'));
    if spelled { token.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use crate::formats::{DataFormat, parse};

    #[test]
    fn pointers_lead_to_values_by_rfc_6901() {
        let document = parse(DataFormat::Json, br#"{"a/b": [10, {"m~n": 20}], "": 30, "01": 40}"#).unwrap();
        let at = |pointer: &str| document.pointer(document.roots[0], pointer).and_then(|id| document.scalar(id));
        for (pointer, expected) in [
            ("/a~1b/0", Some("10")),
            ("/a~1b/1/m~0n", Some("20")),
            ("/", Some("30")),
            ("/01", Some("40")),
            ("/a~1b/00", None),
            ("/a~1b/-", None),
            ("/a~1b/9", None),
            ("/a~1b/0/x", None),
            ("a", None),
        ] {
            assert_eq!(at(pointer), expected, "{pointer}");
        }
        assert_eq!(document.pointer(document.roots[0], ""), Some(document.roots[0]));
    }
}
