//! YAML 1.2 (core schema) and merge keys, into the value arena.
//!
//! The parser gives events; its own nesting is bounded and it does not recurse. The arena is built with an explicit stack. An
//! alias is an edge to the anchored node, so every value that is attached by an alias is weighed as if it were copied.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use granit_parser::{Event, Options, Parser, ScalarStyle, StructureStyle, Tag};

use super::value::{Member, Node};
use super::{Document, Kind, MAX_DEPTH, MAX_EXPANDED, NodeId, ParseError, number, too_deep};
use crate::text::Span;

/// `goes_on`: a duplicate key is noted in the document instead of refused, and what stands behind it is read all the same.
pub(super) fn parse(text: &str, goes_on: bool) -> Result<Document, ParseError> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    let mut builder = Builder { goes_on, ..Builder::new(text) };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| {
            let at = error.marker().byte_offset().unwrap_or(text.len());
            ParseError::new(at.min(text.len()), super::sentence(&error.info()))
        })?;
        let start = span.start.byte_offset().unwrap_or(text.len());
        builder.event(event, Span::new(start, span.end.byte_offset().unwrap_or(start)))?;
    }
    Ok(builder.finish())
}

struct Builder<'t> {
    text: &'t str,
    document: Document,
    /// The collections that the next event stands in, outermost first.
    open: Vec<Frame>,
    anchors: HashMap<usize, Anchored>,
    /// Of all that was attached so far, aliases counted as copies.
    weight: usize,
    /// Behind the last token: only structure, properties and comments lie between it and the next one.
    cursor: usize,
    goes_on: bool,
}

/// A collection whose end has not come yet.
struct Frame {
    id: NodeId,
    anchor: usize,
    start: usize,
    /// Behind the last thing in it.
    end: usize,
    /// The builder's weight before it.
    weight: usize,
    /// The levels of the deepest value in it.
    depth: usize,
    content: Content,
}

enum Content {
    Array(Vec<NodeId>),
    Object(Entries),
}

#[derive(Default)]
struct Entries {
    members: Vec<Member>,
    seen: HashSet<Arc<str>>,
    /// The key whose value comes next.
    key: Option<Key>,
    /// The objects that `<<` names, in order.
    merged: Vec<NodeId>,
}

struct Key {
    text: Arc<str>,
    span: Span,
    merges: bool,
}

/// What an alias leads to.
#[derive(Clone, Copy)]
struct Anchored {
    id: NodeId,
    weight: usize,
    depth: usize,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str) -> Self {
        Builder {
            text,
            document: Document::default(),
            open: Vec::new(),
            anchors: HashMap::new(),
            weight: 0,
            cursor: 0,
            goes_on: false,
        }
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), ParseError> {
        match event {
            Event::DocumentStart(..) => self.cursor = span.end,
            Event::Alias(anchor) => {
                self.alias(anchor, span)?;
                self.cursor = span.end;
            }
            Event::Scalar(text, style, anchor, tag) => {
                let token = self.token(&text, style, span);
                // The parser spells a value that is not there `~`.
                let text = if span.is_empty() && style == ScalarStyle::Plain { "" } else { &*text };
                let scalar = Scalar { text, style, tag: tag.as_deref(), anchor };
                self.scalar(&scalar, token)?;
                self.cursor = span.end.max(self.cursor);
            }
            Event::SequenceStart(style, anchor, _) => {
                // Of a sequence as far left as its key, the parser gives what follows the first dash.
                let start = match self.open.last() {
                    Some(Frame { content: Content::Object(_), .. }) if style == StructureStyle::Block => {
                        indicator(self.text, self.cursor, span.start, b"-")
                    }
                    _ => span.start,
                };
                self.start(anchor, Span::new(start, span.end), Content::Array(Vec::new()))?;
            }
            Event::MappingStart(_, anchor, _) => self.start(anchor, span, Content::Object(Entries::default()))?,
            Event::SequenceEnd | Event::MappingEnd => self.end(span)?,
            _ => {}
        }
        Ok(())
    }

    fn finish(mut self) -> Document {
        if self.document.roots.is_empty() {
            let root = self.document.push(Kind::Null, Span::at(0));
            self.document.roots.push(root);
        }
        self.document
    }

    fn awaits_key(&self) -> bool {
        matches!(self.open.last(), Some(Frame { content: Content::Object(entries), .. }) if entries.key.is_none())
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), ParseError> {
        let Some(target) = self.anchors.get(&anchor).copied() else {
            return Err(ParseError::new(span.start, "an alias inside the value that it stands for"));
        };
        if self.awaits_key() {
            let text = self.document.scalar(target.id).map(Arc::from);
            return self.key(text.ok_or_else(|| collection_as_key(span.start))?, span, false);
        }
        self.add_weight(target.weight, span.start)?;
        self.attach(target.id, target.depth, span)
    }

    fn scalar(&mut self, scalar: &Scalar<'_>, token: Span) -> Result<(), ParseError> {
        let weight = 1 + scalar.text.len() / 64;
        if self.awaits_key() {
            let plain = scalar.style == ScalarStyle::Plain && scalar.tag.is_none();
            if scalar.anchor > 0 {
                let id = self.document.push(scalar.kind(token.start)?, token);
                self.anchors.insert(scalar.anchor, Anchored { id, weight, depth: 0 });
            }
            return self.key(scalar.text.into(), token, plain && scalar.text == "<<");
        }
        let span = match self.open.last() {
            Some(Frame { content: Content::Object(Entries { key: Some(key), .. }), .. }) if token.is_empty() => key.span,
            _ => token,
        };
        let id = self.document.push(scalar.kind(span.start)?, span);
        if scalar.anchor > 0 {
            self.anchors.insert(scalar.anchor, Anchored { id, weight, depth: 0 });
        }
        self.add_weight(weight, token.start)?;
        self.attach(id, 0, token)
    }

    fn start(&mut self, anchor: usize, span: Span, content: Content) -> Result<(), ParseError> {
        if self.awaits_key() {
            return Err(collection_as_key(span.start));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(span.start));
        }
        let weight = self.weight;
        self.add_weight(1, span.start)?;
        let id = self.document.push(Kind::Null, span);
        self.open.push(Frame { id, anchor, start: span.start, end: span.end, weight, depth: 0, content });
        Ok(())
    }

    fn end(&mut self, span: Span) -> Result<(), ParseError> {
        let Some(frame) = self.open.pop() else { return Ok(()) };
        // Only a bracket has bytes of its own; a block ends with what is last in it.
        let end = if span.is_empty() { frame.end } else { span.end };
        let text = self.text.get(frame.start..end).unwrap_or_default();
        let span = Span::new(frame.start, frame.start + text.trim_end().len());
        let kind = match frame.content {
            Content::Array(items) => Kind::Array(items),
            Content::Object(entries) => Kind::Object(self.merge(entries)),
        };
        *self.document.node_mut(frame.id) = Node { kind, span };
        let depth = frame.depth + 1;
        if frame.anchor > 0 {
            let weight = self.weight - frame.weight;
            self.anchors.insert(frame.anchor, Anchored { id: frame.id, weight, depth });
        }
        self.cursor = end.max(self.cursor);
        self.attach(frame.id, depth, span)
    }

    fn key(&mut self, text: Arc<str>, span: Span, merges: bool) -> Result<(), ParseError> {
        self.add_weight(text.len() / 64, span.start)?;
        let Some(Frame { content: Content::Object(entries), end, .. }) = self.open.last_mut() else { return Ok(()) };
        if !entries.seen.insert(text.clone()) {
            let fault = super::duplicate_key(&text, span.start);
            if !self.goes_on {
                return Err(fault);
            }
            self.document.duplicates.push(fault);
        }
        entries.key = Some(Key { text, span, merges });
        *end = span.end;
        Ok(())
    }

    /// Puts a value where the events have come to; `span` are its bytes there.
    fn attach(&mut self, id: NodeId, depth: usize, span: Span) -> Result<(), ParseError> {
        if self.open.len() + depth > MAX_DEPTH {
            return Err(too_deep(span.start));
        }
        let Some(frame) = self.open.last_mut() else {
            self.document.roots.push(id);
            return Ok(());
        };
        frame.depth = frame.depth.max(depth);
        frame.end = frame.end.max(span.end);
        match &mut frame.content {
            Content::Array(items) => items.push(id),
            Content::Object(entries) => match entries.key.take() {
                Some(key) if key.merges => entries.merged.extend(merge_sources(&self.document, id, span.start)?),
                Some(key) => entries.members.push(Member { key: key.text, key_span: key.span, value: id }),
                None => {}
            },
        }
        Ok(())
    }

    /// The members, then those that merged objects add: the object's own win, then the earlier object's.
    fn merge(&self, entries: Entries) -> Vec<Member> {
        let Entries { mut members, mut seen, merged, .. } = entries;
        if !merged.is_empty() {
            seen.remove("<<");
        }
        for member in merged.into_iter().flat_map(|source| self.document.members(source)) {
            if seen.insert(member.key.clone()) {
                members.push(member.clone());
            }
        }
        members
    }

    fn add_weight(&mut self, weight: usize, at: usize) -> Result<(), ParseError> {
        self.weight = self.weight.saturating_add(weight);
        if self.weight > MAX_EXPANDED {
            return Err(ParseError::new(at, format!("aliases expand beyond {MAX_EXPANDED} values")));
        }
        Ok(())
    }

    /// The bytes of a scalar's own token. Of a block scalar the parser gives the content, the token starts at `|` or `>`.
    fn token(&self, text: &str, style: ScalarStyle, span: Span) -> Span {
        if !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
            return span;
        }
        let start = indicator(self.text, self.cursor, span.start, b"|>");
        let source = self.text.get(start..span.end).unwrap_or_default();
        let own = if text.trim().is_empty() {
            source.find(|c: char| !matches!(c, '|' | '>' | '+' | '-' | '0'..='9')).unwrap_or(source.len())
        } else {
            source.trim_end().len()
        };
        Span::new(start, start + own)
    }
}

/// The objects that the value of `<<` names: itself, or its items.
fn merge_sources(document: &Document, id: NodeId, at: usize) -> Result<Vec<NodeId>, ParseError> {
    let sources = match &document.node(id).kind {
        Kind::Array(items) => items.clone(),
        _ => vec![id],
    };
    if sources.iter().all(|source| matches!(document.node(*source).kind, Kind::Object(_))) {
        Ok(sources)
    } else {
        Err(ParseError::new(at, "the merge key `<<` takes a mapping or a list of mappings"))
    }
}

fn collection_as_key(at: usize) -> ParseError {
    ParseError::new(at, "a key must be a scalar, not a collection")
}

/// Where the first of `indicators` stands between two tokens, outside of properties and comments; `to` where there is none.
fn indicator(text: &str, from: usize, to: usize, indicators: &[u8]) -> usize {
    let bytes = text.get(from..to).unwrap_or_default().as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let skip_to = |stop: fn(u8) -> bool| bytes[at..].iter().position(|byte| stop(*byte)).unwrap_or(bytes.len() - at);
        at += match byte {
            byte if indicators.contains(byte) => return from + at,
            b'#' => skip_to(|byte| byte == b'\n' || byte == b'\r'),
            b'&' | b'!' => skip_to(|byte| byte.is_ascii_whitespace()),
            _ => 1,
        };
    }
    to
}

/// A scalar event.
struct Scalar<'e> {
    text: &'e str,
    style: ScalarStyle,
    tag: Option<&'e Tag>,
    anchor: usize,
}

impl Scalar<'_> {
    /// What the scalar is, by its tag, else by its style and spelling.
    fn kind(&self, at: usize) -> Result<Kind, ParseError> {
        let Some(tag) = self.tag else {
            return Ok(if self.style == ScalarStyle::Plain { plain(self.text) } else { self.string() });
        };
        let kind = match (tag.core_suffix(), plain(self.text)) {
            (Some("null"), kind @ Kind::Null) | (Some("bool"), kind @ Kind::Bool(_)) => kind,
            (Some("int"), kind @ Kind::Number { integer: true, .. }) => kind,
            (Some("float"), Kind::Number { text, .. }) => Kind::Number { text, integer: false },
            (Some(wanted @ ("null" | "bool" | "int" | "float")), _) => {
                let message = format!("`{}` is no value of the tag `!!{wanted}`", self.text.escape_debug());
                return Err(ParseError::new(at, message));
            }
            _ => self.string(),
        };
        Ok(kind)
    }

    fn string(&self) -> Kind {
        Kind::String(self.text.into())
    }
}

/// A plain scalar by the core schema.
fn plain(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" => Kind::Bool(true),
        "false" | "False" | "FALSE" => Kind::Bool(false),
        _ => match number::yaml(text) {
            Some(integer) => Kind::Number { text: text.into(), integer },
            None => Kind::String(text.into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Document, ParseError> {
        super::parse(text, false)
    }
    use serde_json::{Value, json};

    fn values(text: &str) -> Vec<Value> {
        let document = parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        document.roots.iter().map(|root| document.to_json(*root)).collect()
    }

    fn value(text: &str) -> Value {
        values(text).remove(0)
    }

    fn error(text: &str) -> (usize, String) {
        let error = parse(text).expect_err(text);
        (error.at, error.message)
    }

    /// The bytes of each value that a pointer leads to.
    fn slice<'t>(text: &'t str, pointer: &str) -> &'t str {
        let document = parse(text).unwrap();
        let span = document.node(document.pointer(document.roots[0], pointer).expect(pointer)).span;
        &text[span.start..span.end]
    }

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        assert_eq!(value("[null, Null, ~, true, FALSE, NO, yes, on]"), json!([null, null, null, true, false, "NO", "yes", "on"]));
        assert_eq!(
            value("[1.10, 0x1F, 0o17, 2026-01-01, 12:30, '1', \"true\"]").to_string(),
            r#"[1.10,31,15,"2026-01-01","12:30","1","true"]"#
        );
    }

    #[test]
    fn tags_decide_and_unknown_ones_make_strings() {
        assert_eq!(
            value("[!!str 1, !!int '3', !!float 2, !!bool \"true\", !!null '', !Ref x, !Sub 1, ! 2]"),
            json!(["1", 3, 2, true, null, "x", "1", "2"])
        );
        assert_eq!(value("!Join [a, !GetAtt {b: 1}]"), json!(["a", {"b": 1}]));
        assert_eq!(error("a: !!int x"), (9, "`x` is no value of the tag `!!int`".into()));
    }

    #[test]
    fn a_scalar_has_the_bytes_of_its_own_token() {
        let text = "a: b c  # note\nq: \"x\\n\" # note\nm: one\n  two\n\nl: &x !!str |-  # note | x\n  text\n\n  more\n\n# note\nf: >\n\n\n  t\ne: |\nk: # >\n  |2\n  a\n- 1: é\n";
        let text = text.trim_end_matches("- 1: é\n");
        for (pointer, expected) in [
            ("/a", "b c"),
            ("/q", "\"x\\n\""),
            ("/m", "one\n  two"),
            ("/l", "|-  # note | x\n  text\n\n  more"),
            ("/f", ">\n\n\n  t"),
            ("/e", "|"),
            ("/k", "|2\n  a"),
        ] {
            assert_eq!(slice(text, pointer), expected, "{pointer}");
        }
        assert_eq!(slice("ü: [é, 'ö']", "/ü/1"), "'ö'");
        assert_eq!(slice("a:\n- |\n  x\n", "/a/0"), "|\n  x");
        assert_eq!(slice("? |\n  k\n: - >\n    x\n", "/k\n/0"), ">\n    x");
        assert_eq!(slice("[a, {b: c}]\n", "/1/b"), "c");
        assert_eq!(slice("- - |\n   x\n", "/0/0"), "|\n   x");
    }

    #[test]
    fn a_collection_ends_with_what_is_last_in_it() {
        let text = "a: &x\n  b: 1\n  c: # note\n    - 2\n    -  d: 3 # note\n\n# note\ne: !t [ 1, ] # note\ni:\n- 1\n- x: |\n    y\n\nz: {\n}\n";
        for (pointer, expected) in [
            ("/a", "b: 1\n  c: # note\n    - 2\n    -  d: 3"),
            ("/a/c", "- 2\n    -  d: 3"),
            ("/a/c/1", "d: 3"),
            ("/e", "[ 1, ]"),
            ("/i", "- 1\n- x: |\n    y"),
            ("/z", "{\n}"),
            ("", text.trim_end()),
        ] {
            assert_eq!(slice(text, pointer), expected, "{pointer}");
        }
    }

    #[test]
    fn a_value_without_text_stands_at_its_key() {
        let text = "a:\nb: &x\nc: {d: , e}\n? f\n";
        for (pointer, expected) in [("/a", "a"), ("/b", "b"), ("/c/d", "d"), ("/c/e", "e"), ("/f", "f")] {
            assert_eq!(slice(text, pointer), expected, "{pointer}");
        }
        assert_eq!(value("- \n- x"), json!([null, "x"]));
        assert_eq!(slice("-\n- x", "/0"), "");
    }

    #[test]
    fn keys_are_their_text_and_unique() {
        assert_eq!(value("1: a\ntrue: b\n'q': c\n~: d\n: e"), json!({"1": "a", "true": "b", "q": "c", "~": "d", "": "e"}));
        assert_eq!(value("&x 1: *x"), json!({"1": 1}));
        assert_eq!(value("a: &x k\n*x : v"), json!({"a": "k", "k": "v"}));
        assert_eq!(error("a: 1\nb: 2\n'a': 3").0, 10);
        assert_eq!(error("{a: {b: 1, b: 2}}"), (11, "duplicate key `b`".into()));
        assert_eq!(error("? [a]\n: b").0, 2);
        assert_eq!(error("x: &x {}\n*x : b").0, 9);
        assert_eq!(error("a: {<<: {}, <<: {}}").0, 12);
    }

    #[test]
    fn merge_keys_add_what_is_missing() {
        let text =
            "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nm: {y: 0, <<: *a}\nl: {<<: [*b, *a], z: 5}\nq: {'<<': 1}\nn: {<<: {k: 1}}\n";
        let json = value(text);
        assert_eq!(json["m"], json!({"y": 0, "x": 1}));
        assert_eq!(json["l"], json!({"z": 5, "y": 3, "x": 1}));
        assert_eq!(json["q"], json!({"<<": 1}));
        assert_eq!(json["n"], json!({"k": 1}));
        assert_eq!(error("{<<: 1}").0, 5);
        assert_eq!(error("x: &x [1]\ny: {<<: *x}").0, 18);
    }

    #[test]
    fn a_merged_member_stands_where_it_is_written() {
        let document = parse("a: &a {x: 1}\nm: {<<: *a}\n").unwrap();
        let root = document.roots[0];
        let written = document.member(document.pointer(root, "/a").unwrap(), "x").unwrap();
        let merged = document.member(document.pointer(root, "/m").unwrap(), "x").unwrap();
        assert_eq!((merged.value, merged.key_span), (written.value, written.key_span));
    }

    #[test]
    fn streams_have_a_root_for_each_document() {
        assert_eq!(values("a\n---\n---\nb: 1\n...\n# end\n"), [json!("a"), json!(null), json!({"b": 1})]);
        for empty in ["", "# note\n", "\n\n"] {
            assert_eq!(values(empty), [json!(null)]);
        }
        assert!(parse("a: &x 1\n---\nb: *x").is_err());
    }

    #[test]
    fn aliases_are_edges_that_form_no_cycle() {
        assert_eq!(value("a: &x [1]\nb: *x"), json!({"a": [1], "b": [1]}));
        assert_eq!(error("a: &x [1, *x]").0, 10);
        assert_eq!(error("a: &x {b: {<<: *x}}").0, 15);
        assert!(parse("a: *nowhere").is_err());
    }

    #[test]
    fn aliases_cannot_hide_size_or_depth() {
        let bomb = |item: &str| {
            let mut text = String::from("a0: &a0 [x, x]\n");
            for level in 1..40 {
                text += &format!("a{level}: &a{level} {}\n", item.replace('@', &format!("*a{}", level - 1)));
            }
            text
        };
        assert!(error(&bomb("[@, @]")).1.contains("expand"));
        let merges = format!(
            "a: &a {{{}}}\nb:\n{}",
            (0..3000).map(|n| format!("k{n}: 1, ")).collect::<String>(),
            "- {<<: *a}\n".repeat(3000)
        );
        assert!(error(&merges).1.contains("expand"));
        let text = format!("a: &a {}\nb:\n{}", "x".repeat(100_000), "- *a\n".repeat(10_000));
        assert!(error(&text).1.contains("expand"));
        let chain: String = (1..200).fold("- &a0 []\n".into(), |text, level| text + &format!("- &a{level} [*a{}]\n", level - 1));
        assert!(error(&chain).1.contains("deep"));
        assert!(parse(&format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH))).is_ok());
        assert!(parse(&format!("{}{}", "[".repeat(MAX_DEPTH + 1), "]".repeat(MAX_DEPTH + 1))).is_err());
    }
}
