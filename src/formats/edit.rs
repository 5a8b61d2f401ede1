//! Small edits that keep a file's own style.

use super::{DataFormat, Document, Kind, NodeId};
use crate::text::Span;

/// The text that adds the string `value` behind the last item of an array, and where it goes; none for a block that is
/// empty or laid out in a way that leaves no one right answer.
pub fn append_item(format: DataFormat, bytes: &[u8], document: &Document, array: NodeId, value: &str) -> Option<(Span, String)> {
    let last = *document.items(array).last()?;
    let last = document.node(last).span;
    if last.is_empty() {
        return None;
    }
    let item = quoted_like(format, last.slice(bytes), value);
    let before = line_start(bytes, last.start);
    let indent = Span::new(before, last.start).slice(bytes);
    if document.node(array).span.slice(bytes).first() != Some(&b'[') {
        // A YAML block sequence: the dash and its indentation stand before the item.
        let lead = std::str::from_utf8(indent).ok()?;
        let newline = if line_ending_is_crlf(bytes) { "\r\n" } else { "\n" };
        // Behind the last item's comment, which stays with its item.
        let rest = bytes[last.end..].iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        let end = rest.map_or(bytes.len(), |rest| last.end + rest);
        return (lead.trim() == "-").then(|| (Span::at(end), format!("{newline}{lead}{item}")));
    }
    let alone = !indent.is_empty() && indent.iter().all(u8::is_ascii_whitespace);
    let separator = match (alone, std::str::from_utf8(indent)) {
        (true, Ok(indent)) => format!(",{}{indent}", if line_ending_is_crlf(bytes) { "\r\n" } else { "\n" }),
        _ => ", ".into(),
    };
    Some((Span::at(last.end), format!("{separator}{item}")))
}

/// The text that puts `value` where a scalar stands, in the quotes that stand there; `written` is what stands there now.
pub fn quoted_like(format: DataFormat, written: &[u8], value: &str) -> String {
    match written.first() {
        Some(b'\'') if matches!(format, DataFormat::Yaml) => format!("'{}'", value.replace('\'', "''")),
        Some(b'\'') if matches!(format, DataFormat::Toml) && !value.contains(['\'', '\n']) => format!("'{value}'"),
        Some(b'"' | b'\'') => json_string(value),
        Some(byte) if matches!(format, DataFormat::Toml) && byte.is_ascii_digit() && is_toml_date(value) => value.to_string(),
        _ if matches!(format, DataFormat::Yaml) && is_plain_yaml_string(value) => value.to_string(),
        _ if matches!(written.first(), Some(byte) if byte.is_ascii_digit()) && value.parse::<f64>().is_ok() => value.to_string(),
        _ => json_string(value),
    }
}

fn json_string(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}

/// Whether YAML reads the bare text as that very string.
fn is_plain_yaml_string(value: &str) -> bool {
    let parsed = super::parse(DataFormat::Yaml, value.as_bytes());
    parsed.is_ok_and(|document| match document.roots[..] {
        [root] => matches!(&document.node(root).kind, Kind::String(text) if &**text == value) && !value.contains(", "),
        _ => false,
    })
}

/// Whether TOML reads the bare text as a date or a time.
fn is_toml_date(value: &str) -> bool {
    let parsed = super::parse(DataFormat::Toml, format!("x = {value}").as_bytes());
    parsed.is_ok_and(|document| match document.roots[..] {
        [root] => document.member(root, "x").is_some_and(|x| matches!(document.node(x.value).kind, Kind::DateTime(_))),
        _ => false,
    })
}

fn line_start(bytes: &[u8], at: usize) -> usize {
    bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1)
}

fn line_ending_is_crlf(bytes: &[u8]) -> bool {
    bytes.iter().position(|byte| *byte == b'\n').is_some_and(|at| at > 0 && bytes[at - 1] == b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn append(format: DataFormat, text: &str, pointer: &str, value: &str) -> String {
        let document = super::super::parse(format, text.as_bytes()).expect("the sample parses");
        let array = document.pointer(document.roots[0], pointer).expect("the sample has it");
        let (span, added) = append_item(format, text.as_bytes(), &document, array, value).expect("it has a right answer");
        format!("{}{added}{}", &text[..span.start], &text[span.end..])
    }

    #[test]
    fn a_bare_toml_date_stays_one() {
        assert_eq!(quoted_like(DataFormat::Toml, b"2025-11-03", "2026-01-01"), "2026-01-01");
        assert_eq!(quoted_like(DataFormat::Toml, b"'2025-11-03'", "2026-01-01"), "'2026-01-01'");
        assert_eq!(quoted_like(DataFormat::Toml, b"1", "x"), "\"x\"");
    }

    #[test]
    fn items_are_added_in_the_style_of_the_last() {
        use DataFormat::*;
        assert_eq!(append(Json, r#"{"a": ["x"]}"#, "/a", "y\""), r#"{"a": ["x", "y\""]}"#);
        assert_eq!(append(Json, "[\n  1,\n  \"x\"\n]", "", "y"), "[\n  1,\n  \"x\",\n  \"y\"\n]");
        assert_eq!(append(Yaml, "a:\n  - x\n  - z # c\nb: 1\n", "/a", "y"), "a:\n  - x\n  - z # c\n  - y\nb: 1\n");
        assert_eq!(append(Yaml, "a: [x, 'z']\n", "/a", "it's"), "a: [x, 'z', 'it''s']\n");
        assert_eq!(append(Yaml, "a: [x]\n", "/a", "1.10"), "a: [x, \"1.10\"]\n");
        assert_eq!(append(Toml, "a = [\n  'x',\n]\n", "/a", "y"), "a = [\n  'x',\n  'y',\n]\n");
    }
}
