//! HCL (Terraform's language and its `.tfvars`), into the value arena.
//!
//! A block stands below its type and its labels, as in Terraform's JSON: `resource "a" "b" {…}` is `resource.a.b`; blocks of the same type and
//! labels are an array. What an expression computes is no value: it is noted as computed.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, Object, ObjectKey};
use hcl_edit::structure::{Block, Body, Structure};

use super::value::Member;
use super::{Document, Kind, MAX_DEPTH, NodeId, ParseError, duplicate_key, too_deep};
use crate::text::Span;

/// Members that an object in braces may have: the parser looks at all of them for each further one.
const MOST_MEMBERS: usize = 10_000;

pub(super) fn parse(text: &str) -> Result<Document, ParseError> {
    if let Some(at) = crowded(text) {
        return Err(ParseError::new(at, format!("more than {MOST_MEMBERS} members in one object")));
    }
    let body = hcl_edit::parser::parse_body(text).map_err(|error| {
        let at = error.location().offset().min(text.len());
        ParseError::new(at, super::sentence(error.message()))
    })?;
    let mut reader = Reader { text, document: Document::default() };
    let bare = text.trim_end();
    let root = reader.document.push(Kind::Null, Span::new(bare.len() - bare.trim_start().len(), bare.len()));
    let members = reader.body(&body, 0)?;
    reader.document.node_mut(root).kind = Kind::Object(members);
    reader.document.roots.push(root);
    Ok(reader.document)
}

/// Where an object gets too many members. Strings are told apart roughly: this only guards against what nobody writes by hand.
fn crowded(text: &str) -> Option<usize> {
    let (mut open, mut quoted, mut escaped) = (Vec::new(), false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'\n' => quoted = false,
            _ if quoted => {}
            b'{' => open.push(0),
            b'}' => drop(open.pop()),
            b'=' | b':' => match open.last_mut() {
                Some(members) if *members == MOST_MEMBERS => return Some(at),
                Some(members) => *members += 1,
                None => {}
            },
            _ => {}
        }
    }
    None
}

/// The nodes of blocks by what they stand below and their name.
type Blocks = HashMap<(Option<NodeId>, String), NodeId>;

struct Reader<'t> {
    text: &'t str,
    document: Document,
}

fn span(range: Option<std::ops::Range<usize>>) -> Span {
    range.map(Span::from).unwrap_or_default()
}

impl Reader<'_> {
    fn body(&mut self, body: &Body, depth: usize) -> Result<Vec<Member>, ParseError> {
        let mut members: Vec<Member> = Vec::new();
        let mut known = HashSet::new();
        let mut blocks = HashMap::new();
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => {
                    let (key, key_span) = (attribute.key.as_str(), span(attribute.key.span()));
                    if !known.insert(key) {
                        return Err(duplicate_key(key, key_span.start));
                    }
                    let value = self.value(&attribute.value, depth + 1)?;
                    members.push(Member { key: key.into(), key_span, value });
                }
                Structure::Block(block) => self.block(&mut members, &mut blocks, block, depth)?,
            }
        }
        Ok(members)
    }

    /// Puts a block below its type and labels; the second of its kind makes an array of them.
    fn block(&mut self, members: &mut Vec<Member>, known: &mut Blocks, block: &Block, depth: usize) -> Result<(), ParseError> {
        let whole = span(block.span());
        if depth + block.labels.len() >= MAX_DEPTH {
            return Err(too_deep(whole.start));
        }
        let inner = self.body(&block.body, depth + 1 + block.labels.len())?;
        let body = self.document.push(Kind::Object(inner), whole);
        let first = (block.ident.as_str(), span(block.ident.span()));
        let names: Vec<(&str, Span)> =
            std::iter::once(first).chain(block.labels.iter().map(|label| (label.as_str(), span(label.span())))).collect();
        let mut above: Option<NodeId> = None;
        for (index, (name, key_span)) in names.iter().enumerate() {
            let last = index + 1 == names.len();
            let node = match known.entry((above, name.to_string())) {
                Entry::Occupied(entry) => {
                    if last {
                        self.repeat(*entry.get(), body);
                    }
                    *entry.get()
                }
                Entry::Vacant(entry) => {
                    let value = if last { body } else { self.document.push(Kind::Object(Vec::new()), whole) };
                    let member = Member { key: (*name).into(), key_span: *key_span, value };
                    match above {
                        None => members.push(member),
                        Some(node) => self.add(node, member),
                    }
                    *entry.insert(value)
                }
            };
            above = Some(node);
        }
        Ok(())
    }

    fn add(&mut self, node: NodeId, member: Member) {
        if let Kind::Object(members) = &mut self.document.node_mut(node).kind {
            members.push(member);
        }
    }

    /// Makes an array of what stands at `node`, and adds to it.
    fn repeat(&mut self, node: NodeId, body: NodeId) {
        match &mut self.document.node_mut(node).kind {
            Kind::Array(items) => items.push(body),
            kind => {
                let first = std::mem::replace(kind, Kind::Null);
                let place = self.document.node(node).span;
                let first = self.document.push(first, place);
                self.document.node_mut(node).kind = Kind::Array(vec![first, body]);
            }
        }
    }

    fn value(&mut self, expression: &Expression, depth: usize) -> Result<NodeId, ParseError> {
        let place = span(expression.span());
        if depth >= MAX_DEPTH {
            return Err(too_deep(place.start));
        }
        let written = || self.text.get(place.start..place.end).unwrap_or_default();
        let kind = match expression {
            Expression::Null(_) => Kind::Null,
            Expression::Bool(value) => Kind::Bool(**value),
            Expression::Number(_) => number(written()),
            Expression::String(text) => Kind::String(text.as_str().into()),
            Expression::UnaryOp(_) if written().starts_with('-') && written()[1..].parse::<f64>().is_ok() => number(written()),
            Expression::Array(items) => {
                let items: Result<_, _> = items.iter().map(|item| self.value(item, depth + 1)).collect();
                Kind::Array(items?)
            }
            Expression::Object(object) => Kind::Object(self.object(object, depth)?),
            Expression::Parenthesis(inner) => return self.value(inner.inner(), depth + 1),
            _ => {
                let id = self.document.push(Kind::String(written().into()), place);
                self.document.computed.insert(id);
                return Ok(id);
            }
        };
        Ok(self.document.push(kind, place))
    }

    fn object(&mut self, object: &Object, depth: usize) -> Result<Vec<Member>, ParseError> {
        let mut members = Vec::with_capacity(object.len());
        for (key, value) in object.iter() {
            let (name, key_span) = match key {
                ObjectKey::Ident(ident) => (ident.as_str().to_string(), span(ident.span())),
                ObjectKey::Expression(expression) => {
                    let key_span = span(expression.span());
                    let written = self.text.get(key_span.start..key_span.end).unwrap_or_default();
                    (expression.as_str().map_or_else(|| written.to_string(), str::to_string), key_span)
                }
            };
            let value = self.value(value.expr(), depth + 1)?;
            members.push(Member { key: name.into(), key_span, value });
        }
        Ok(members)
    }
}

fn number(text: &str) -> Kind {
    Kind::Number { text: text.into(), integer: !text.contains(['.', 'e', 'E']) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> String {
        let document = parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        document.to_json(document.roots[0]).to_string()
    }

    #[test]
    fn attributes_and_blocks() {
        let text = "a = \"x\" # c\nn = -1.50\nl = [1, true, null]\no = { k = \"v\", \"q\" : 2 }\nresource \"s3\" \"one\" {\n  b = 1\n}\nresource \"s3\" \"two\" {}\nprovider \"p\" { r = 1 }\nprovider \"p\" { r = 2 }\n";
        let expected = r#"{"a":"x","n":-1.50,"l":[1,true,null],"o":{"k":"v","q":2},"resource":{"s3":{"one":{"b":1},"two":{}}},"provider":{"p":[{"r":1},{"r":2}]}}"#;
        assert_eq!(json(text), expected);
        let document = parse(text).unwrap();
        let shown = |pointer: &str| {
            let span = document.node(document.pointer(document.roots[0], pointer).expect(pointer)).span;
            &text[span.start..span.end]
        };
        assert_eq!((shown("/a"), shown("/o/k"), shown("/resource/s3/one/b")), ("\"x\"", "\"v\"", "1"));
    }

    #[test]
    fn what_is_computed_is_no_value() {
        let text = "a = var.x\nb = \"x-${var.y}\"\nc = \"plain\"\n";
        let document = parse(text).unwrap();
        let computed = |name: &str| document.computed.contains(&document.member(document.roots[0], name).unwrap().value);
        assert!(computed("a") && computed("b") && !computed("c"));
    }

    #[test]
    fn faults_have_places() {
        assert_eq!(parse("a = 1\na = 2\n").unwrap_err().at, 6);
        assert!(parse("a = 1\nb = [\n").unwrap_err().at >= 6);
    }

    #[test]
    fn many_members_do_not_take_for_ever() {
        let started = std::time::Instant::now();
        let members: String = (0..100_000).map(|n| format!("k{n} = 1\n")).collect();
        let _ = parse(&format!("a = {{\n{members}}}\n"));
        let _ = parse(&members);
        let few: String = (0..MOST_MEMBERS).map(|n| format!("k{n} = 1\n")).collect();
        assert!(parse(&format!("a = {{\n{few}}}\n")).is_ok());
        assert!(started.elapsed() < std::time::Duration::from_secs(20), "{:?}", started.elapsed());
    }
}
