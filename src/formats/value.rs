//! The value model that every data format is read into: an arena of nodes, each with the bytes it was read from.
//!
//! A YAML alias is an edge to the anchored node, so a document is a graph without cycles; [`Document::push`] callers
//! have to refuse documents whose expansion is too large ([`Budget`](super::ParseError) errors) before anyone walks them.

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
}

/// A value and where it stands.
#[derive(Debug)]
pub struct Node {
    pub kind: Kind,
    /// The value's bytes; a string's quotes included. A value without text of its own (an empty YAML value) has an empty span.
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
#[derive(Debug)]
pub struct Member {
    pub key: Box<str>,
    /// The key's bytes, quotes included.
    pub key_span: Span,
    pub value: NodeId,
}

impl Document {
    pub fn push(&mut self, kind: Kind, span: Span) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).expect("a file above the size limit is not parsed"));
        self.nodes.push(Node { kind, span });
        id
    }

    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub fn node_mut(&mut self, id: NodeId) -> &mut Node {
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

    /// The value as `serde_json` has it (aliases expanded; dates are strings; a YAML number that JSON cannot spell is
    /// respelled, and one that is no JSON number at all, `.inf`, is null).
    pub fn to_json(&self, id: NodeId) -> serde_json::Value {
        use serde_json::Value;
        match &self.node(id).kind {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(*value),
            Kind::Number { text, .. } => json_number(text),
            Kind::String(text) | Kind::DateTime(text) => Value::String(text.to_string()),
            Kind::Array(items) => Value::Array(items.iter().map(|item| self.to_json(*item)).collect()),
            Kind::Object(members) => Value::Object(members.iter().map(|m| (m.key.to_string(), self.to_json(m.value))).collect()),
        }
    }
}

/// A number as JSON: as written where JSON allows the spelling, else from hex, octal, `_`, a leading `+` or a bare dot.
fn json_number(text: &str) -> serde_json::Value {
    use serde_json::{Number, Value};
    let plain = text.replace('_', "");
    if let Ok(number) = plain.parse::<Number>() {
        return Value::Number(number);
    }
    let (negative, digits) = match plain.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let radix = [("0x", 16), ("0o", 8), ("0b", 2)];
    for (prefix, radix) in radix {
        if let Some(value) = digits.strip_prefix(prefix).and_then(|rest| i128::from_str_radix(rest, radix).ok()) {
            let value = if negative { -value } else { value };
            return value.to_string().parse::<Number>().map_or(Value::Null, Value::Number);
        }
    }
    let mut respelled = String::from(if negative { "-" } else { "" });
    let digits = digits.trim_start_matches('0');
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        respelled.push('0');
    }
    respelled.push_str(digits);
    if let Some(dot) = respelled.find('.')
        && !respelled[dot + 1..].starts_with(|c: char| c.is_ascii_digit())
    {
        respelled.insert(dot + 1, '0');
    }
    respelled.parse::<Number>().map_or(Value::Null, Value::Number)
}
