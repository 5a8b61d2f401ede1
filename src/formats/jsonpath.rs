//! JSONPath (RFC 9535) over the value arena: what it selects, and where that is written.

use std::collections::HashSet;

use serde_json::Value;

use super::value::push_token;
use super::{Document, NodeId, ParseError};
use crate::text::Span;

/// A parsed JSONPath.
#[derive(Clone, Debug)]
pub struct JsonPath(serde_json_path::JsonPath);

/// A node that a JSONPath selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selected {
    pub id: NodeId,
    /// Where its key stands, if it is a member of an object.
    pub key: Option<Span>,
    /// The member's name.
    pub name: Option<String>,
    /// The JSON pointer (RFC 6901) that leads to it.
    pub pointer: String,
}

/// Brackets and parentheses within each other, beyond which a path is refused: its parser recurses, and backtracks.
const MAX_NESTING: usize = 12;

/// Ways in which a path may reach one value, beyond which it is refused: the evaluator walks each (`$[*,*][*,*]…`).
const MAX_WAYS: usize = 4096;

/// What a `..` counts for among them.
const WAYS_OF_DESCENT: usize = 64;

impl JsonPath {
    /// # Errors
    /// What is no JSONPath, at its offset in `text`, and what would take too long to parse or to evaluate.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        guard(text)?;
        serde_json_path::JsonPath::parse(text).map(JsonPath).map_err(|error| {
            let at = text.floor_char_boundary(error.position().saturating_sub(1));
            ParseError::new(at, super::sentence(&error.message().replace("parser error", "syntax error")))
        })
    }

    /// The nodes that the path selects below `root`, in the order of the document. `json` is [`Document::to_json`] of `root`.
    ///
    /// What is written once is selected once, however many aliases and merge keys lead to it.
    pub fn select(&self, document: &Document, json: &Value, root: NodeId) -> Vec<Selected> {
        // By address, not by location: the paths of all nodes of a deep document take far more memory than the document.
        let wanted: HashSet<*const Value> = self.0.query(json).iter().map(|value| std::ptr::from_ref::<Value>(value)).collect();
        let mut walk = Walk { document, wanted, seen: HashSet::new(), pointer: String::new(), selected: Vec::new() };
        if !walk.wanted.is_empty() {
            walk.visit(root, json, None);
        }
        walk.selected
    }
}

struct Walk<'a> {
    document: &'a Document,
    wanted: HashSet<*const Value>,
    seen: HashSet<(NodeId, Option<Span>)>,
    pointer: String,
    selected: Vec<Selected>,
}

impl Walk<'_> {
    fn visit(&mut self, id: NodeId, json: &Value, member: Option<(&str, Span)>) {
        let key = member.map(|(_, span)| span);
        if self.wanted.contains(&std::ptr::from_ref(json)) && self.seen.insert((id, key)) {
            let name = member.map(|(name, _)| name.to_owned());
            self.selected.push(Selected { id, key, name, pointer: self.pointer.clone() });
        }
        let document = self.document;
        let length = self.pointer.len();
        match json {
            Value::Array(values) => {
                for (index, (item, value)) in document.items(id).iter().zip(values).enumerate() {
                    push_token(&mut self.pointer, &index.to_string());
                    self.visit(*item, value, None);
                    self.pointer.truncate(length);
                }
            }
            Value::Object(values) => {
                for (member, (name, value)) in document.members(id).iter().zip(values) {
                    push_token(&mut self.pointer, name);
                    self.visit(member.value, value, Some((name, member.key_span)));
                    self.pointer.truncate(length);
                }
            }
            _ => {}
        }
    }
}

/// Refuses a path that nests too deep or branches too much; what stands in quotes does not count.
fn guard(text: &str) -> Result<(), ParseError> {
    // Of each open bracket: the selectors in it so far. Commas inside parentheses separate arguments.
    let mut open: Vec<Option<usize>> = Vec::new();
    let (mut ways, mut before) = (1_usize, 0);
    for (at, byte) in unquoted(text) {
        match byte {
            b'[' => open.push(Some(1)),
            b'(' => open.push(None),
            b',' => {
                if let Some(Some(selectors)) = open.last_mut() {
                    *selectors += 1;
                }
            }
            b']' | b')' => ways = ways.saturating_mul(open.pop().flatten().unwrap_or(1)),
            b'.' if before == b'.' => ways = ways.saturating_mul(WAYS_OF_DESCENT),
            _ => {}
        }
        if open.len() > MAX_NESTING {
            return Err(ParseError::new(at, format!("nested deeper than {MAX_NESTING} levels")));
        }
        if ways > MAX_WAYS {
            return Err(ParseError::new(at, "too many `..` and alternatives"));
        }
        before = byte;
    }
    Ok(())
}

/// The bytes outside of quotes, each with its offset.
fn unquoted(text: &str) -> impl Iterator<Item = (usize, u8)> {
    let (mut quote, mut escaped) = (None, false);
    text.bytes().enumerate().filter(move |(_, byte)| {
        match (quote, *byte) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(*byte),
            (None, _) => return true,
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{DataFormat, parse};

    fn pointers(source: &str, path: &str) -> Vec<String> {
        let document = parse(DataFormat::Yaml, source.as_bytes()).unwrap();
        let root = document.roots[0];
        let selected = JsonPath::parse(path).unwrap().select(&document, &document.to_json(root), root);
        for one in &selected {
            assert_eq!(document.pointer(root, &one.pointer), Some(one.id));
        }
        selected.into_iter().map(|one| one.pointer).collect()
    }

    #[test]
    fn selects_in_document_order_and_each_place_once() {
        let source = "b: {x: 1, y: [2, 3]}\na: {x: 4}\n";
        assert_eq!(pointers(source, "$"), [""]);
        assert_eq!(pointers(source, "$['a','b','a'].x"), ["/b/x", "/a/x"]);
        assert_eq!(pointers(source, "$.b.y[-1, 0]"), ["/b/y/0", "/b/y/1"]);
        assert_eq!(pointers(source, "$..x"), ["/b/x", "/a/x"]);
        assert_eq!(pointers(source, "$.nothing"), [""; 0]);
        assert_eq!(pointers("a/b~: 1", "$.*"), ["/a~1b~0"]);
    }

    #[test]
    fn what_is_written_once_is_selected_once() {
        let source = "base: &b {v: 1}\none: *b\ntwo: {<<: *b, w: 2}\n";
        assert_eq!(pointers(source, "$.*.v"), ["/base/v"]);
        assert_eq!(pointers(source, "$.*"), ["/base", "/one", "/two"]);
    }

    #[test]
    fn a_member_carries_its_key() {
        let source = "k: v";
        let document = parse(DataFormat::Yaml, source.as_bytes()).unwrap();
        let root = document.roots[0];
        let selected = JsonPath::parse("$.k").unwrap().select(&document, &document.to_json(root), root);
        assert_eq!((selected[0].name.as_deref(), selected[0].key), (Some("k"), Some(Span::new(0, 1))));
    }

    #[test]
    fn broken_and_hostile_paths_are_errors() {
        for path in ["", "a", "$.", "$[", "$[?(@.x]", "$.a b"] {
            let error = JsonPath::parse(path).unwrap_err();
            assert!(error.at <= path.len() && !error.message.contains('\n'), "{path}: {error:?}");
        }
        for unit in ["(", "[?", "!", "[?(", "[?@["] {
            let started = std::time::Instant::now();
            let hostile = format!("$[?{}", unit.repeat(5_000));
            assert!(JsonPath::parse(&hostile).is_err());
            assert!(JsonPath::parse(&hostile[..30]).is_err());
            assert!(started.elapsed().as_secs() < 2, "{unit}");
        }
        for many in ["$[*,*]".to_owned() + &"[*,*]".repeat(12), "$..*..*..*".to_owned()] {
            assert!(JsonPath::parse(&many).unwrap_err().message.contains("too many"), "{many}");
        }
        for fine in [
            "$..a[?@.b == '..[[[[[[[[[[[[[[[']",
            "$['a','b','c']['d','e'].*..f",
            "$..a..b",
            "$[?match(@.a, 'x') && length(@.b) > 2]",
        ] {
            assert!(JsonPath::parse(fine).is_ok(), "{fine}");
        }
    }
}
