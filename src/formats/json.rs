//! JSON and JSON with comments, into the value arena.
//!
//! The parser accepts more than JSON even with every permission withdrawn (control characters in strings, Unicode white
//! space, duplicate keys) and recurses. So a linear look at the text comes first, and keys are checked on the way out.

use std::collections::HashSet;
use std::sync::Arc;

use jsonc_parser::ast::{ObjectPropName, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::value::Member;
use super::{Document, Kind, MAX_DEPTH, NodeId, ParseError, too_deep};
use crate::text::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// RFC 8259: no comments, no trailing commas.
    Strict,
    /// Comments and trailing commas.
    Commented,
}

pub(super) fn parse(text: &str, dialect: Dialect) -> Result<Document, ParseError> {
    guard(text.as_bytes())?;
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options(dialect))
        .map_err(|error| ParseError::new(error.range().start, super::sentence(&error.kind().to_string())))?;
    let value = parsed.value.ok_or_else(|| ParseError::new(text.len(), "expected a value, found the end of the file"))?;
    let mut document = Document::default();
    let root = convert(&mut document, value)?;
    document.roots.push(root);
    Ok(document)
}

fn options(dialect: Dialect) -> ParseOptions {
    let commented = dialect == Dialect::Commented;
    ParseOptions {
        allow_comments: commented,
        allow_trailing_commas: commented,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

/// Refuses what the parser would overlook, and nesting that it would recurse into.
fn guard(bytes: &[u8]) -> Result<(), ParseError> {
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = string_end(bytes, at)?;
                continue;
            }
            b'/' => {
                at = comment_end(bytes, at);
                continue;
            }
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(too_deep(at));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b' ' | b'\t' | b'\n' | b'\r' | b'!'..=b'~' => {}
            _ => return Err(ParseError::new(at, "unexpected character")),
        }
        at += 1;
    }
    Ok(())
}

/// Behind the string that starts at `start`; the end of the text where it is not terminated.
fn string_end(bytes: &[u8], start: usize) -> Result<usize, ParseError> {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return Ok(at + 1),
            b'\\' => at += 1,
            0..0x20 => return Err(ParseError::new(at, "unescaped control character in a string")),
            _ => {}
        }
        at += 1;
    }
    Ok(bytes.len())
}

/// Behind the comment that starts at `start`, or behind the slash where it is none.
fn comment_end(bytes: &[u8], start: usize) -> usize {
    let rest = &bytes[start + 1..];
    let length = match rest.first() {
        Some(b'/') => rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')),
        Some(b'*') => rest[1..].windows(2).position(|pair| pair == b"*/").map(|at| at + 3),
        _ => Some(0),
    };
    length.map_or(bytes.len(), |length| start + 1 + length)
}

fn convert(document: &mut Document, value: Value<'_>) -> Result<NodeId, ParseError> {
    let range = value.range();
    let id = document.push(Kind::Null, Span::new(range.start, range.end));
    document.node_mut(id).kind = match value {
        Value::NullKeyword(_) => Kind::Null,
        Value::BooleanLit(literal) => Kind::Bool(literal.value),
        Value::StringLit(literal) => Kind::String(literal.value.into()),
        Value::NumberLit(literal) => {
            Kind::Number { text: literal.value.into(), integer: !literal.value.contains(['.', 'e', 'E']) }
        }
        Value::Array(array) => {
            let items: Result<_, _> = array.elements.into_iter().map(|item| convert(document, item)).collect();
            Kind::Array(items?)
        }
        Value::Object(object) => {
            let mut seen = HashSet::new();
            let mut members = Vec::with_capacity(object.properties.len());
            for property in object.properties {
                let (key, range): (Arc<str>, _) = match property.name {
                    ObjectPropName::String(name) => (name.value.into(), name.range),
                    ObjectPropName::Word(name) => (name.value.into(), name.range),
                };
                if !seen.insert(key.clone()) {
                    return Err(super::duplicate_key(&key, range.start));
                }
                let value = convert(document, property.value)?;
                members.push(Member { key, key_span: Span::new(range.start, range.end), value });
            }
            Kind::Object(members)
        }
    };
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_trailing_commas_are_for_the_commented_dialect_alone() {
        for text in ["[1,]", "{\"a\": 1,}", "// c\n1", "/* ü */ 1", "1 // c"] {
            assert!(parse(text, Dialect::Strict).is_err(), "{text}");
            assert!(parse(text, Dialect::Commented).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_refused_in_both_dialects() {
        for text in [
            "",
            " ",
            "// c",
            "'a'",
            "{a: 1}",
            "{1: 1}",
            "[1 2]",
            "[1,,2]",
            "[,1]",
            "{,}",
            "+1",
            "0x1",
            ".5",
            "5.",
            "01",
            "1e",
            "-",
            "NaN",
            "Infinity",
            "-Infinity",
            "nul",
            "true_",
            "[true_]",
            "\"\\x41\"",
            "\"\\ud800\"",
            "\"a\nb\"",
            "\"a",
            "1 2",
            "[",
            "]",
            "{\"a\"}",
            "\u{a0}1",
            "\u{b}1",
            "/",
            "/* x",
            "{\"a\": 1 \"b\": 2}",
            "[1} ",
            "{]",
        ] {
            for dialect in [Dialect::Strict, Dialect::Commented] {
                let error = parse(text, dialect).expect_err(text);
                assert!(error.at <= text.len() && !error.message.is_empty(), "{text}");
            }
        }
    }

    #[test]
    fn a_duplicate_key_is_an_error_at_the_second() {
        let error = parse(r#"{"a": 1, "b": 2, "\u0061": 3}"#, Dialect::Strict).unwrap_err();
        assert_eq!((error.at, &*error.message), (17, "duplicate key `a`"));
    }

    #[test]
    fn every_value_and_key_has_its_bytes() {
        let text = r#" {"a": [1.0, -2e3, "\"x\""], "b" : null } "#;
        let document = parse(text, Dialect::Strict).unwrap();
        let root = document.roots[0];
        for (pointer, expected) in
            [("", text.trim()), ("/a", r#"[1.0, -2e3, "\"x\""]"#), ("/a/1", "-2e3"), ("/a/2", r#""\"x\"""#), ("/b", "null")]
        {
            let span = document.node(document.pointer(root, pointer).unwrap()).span;
            assert_eq!(&text[span.start..span.end], expected, "{pointer}");
        }
        assert_eq!(document.members(root)[1].key_span.slice(text.as_bytes()), b"\"b\"");
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(&nested(MAX_DEPTH), Dialect::Strict).is_ok());
        assert_eq!(parse(&nested(MAX_DEPTH + 1), Dialect::Strict).unwrap_err().at, MAX_DEPTH);
        assert!(parse(r#"["[[[[", "\"[["]"#, Dialect::Strict).is_ok());
    }
}
