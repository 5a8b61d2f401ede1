//! Small edits that keep a file's own style.

use super::{DataFormat, Document, Kind, NodeId};
use crate::text::Span;

/// The text that adds the string `value` behind the last item of an array, and where it goes; none for a block that is
/// empty or laid out in a way that leaves no one right answer.
pub fn append_item(format: DataFormat, bytes: &[u8], document: &Document, array: NodeId, value: &str) -> Option<(Span, String)> {
    let last = *document.items(array).last()?;
    let last = document.node(last).span;
    // An alias stands where its anchor does, which may be elsewhere.
    if last.is_empty() || !document.node(array).span.contains(last) {
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
    let (true, Ok(indent)) = (alone, std::str::from_utf8(indent)) else {
        return Some((Span::at(last.end), format!(", {item}")));
    };
    let gap = format!("{}{indent}", if line_ending_is_crlf(bytes) { "\r\n" } else { "\n" });
    let Some(comment) = comment_behind(format, bytes, last.end) else {
        return Some((Span::at(last.end), format!(",{gap}{item}")));
    };
    // The comment stays with the item that it is about.
    let kept = std::str::from_utf8(comment.slice(bytes)).ok()?;
    match kept.trim_start().starts_with(',') {
        true => Some((Span::at(comment.end), format!("{gap}{item},"))),
        false => Some((comment, format!(",{kept}{gap}{item}"))),
    }
}

/// The bytes of an item of an array with what held it apart; none where the layout leaves no one right answer. To take out the
/// last item of a block, see [`emptied`].
pub fn item(bytes: &[u8], document: &Document, array: NodeId, at: usize) -> Option<Span> {
    let items = document.items(array);
    let span = |at: usize| items.get(at).map(|item| document.node(*item).span);
    let own = span(at).filter(|own| !own.is_empty() && document.node(array).span.contains(*own))?;
    if is_flow(bytes, document, array) {
        let before = at.checked_sub(1).and_then(span);
        return Some(match (span(at + 1), before) {
            (Some(next), _) => Span::new(own.start, next.start),
            (None, Some(before)) => Span::new(before.end, own.end),
            (None, None) => own,
        });
    }
    let start = line_start(bytes, own.start);
    let lead = Span::new(start, own.start).slice(bytes);
    (lead.trim_ascii() == b"-").then(|| Span::new(start, behind_line(bytes, own)))
}

/// What makes an array empty that is the value of the key at `key`, and where it goes.
pub fn emptied(bytes: &[u8], document: &Document, key: Span, array: NodeId) -> Option<(Span, String)> {
    let span = document.node(array).span;
    if is_flow(bytes, document, array) {
        return Some((span, "[]".into()));
    }
    let colon = key.end + bytes[key.end..].iter().position(|byte| *byte == b':')?;
    let end = span.start + span.slice(bytes).trim_ascii_end().len();
    let rest = bytes[end..].iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len() - end);
    Some((Span::new(colon + 1, end + rest), " []".into()))
}

fn is_flow(bytes: &[u8], document: &Document, array: NodeId) -> bool {
    document.node(array).span.slice(bytes).first() == Some(&b'[')
}

/// Behind the line break of the line that the text of `span` ends in.
fn behind_line(bytes: &[u8], span: Span) -> usize {
    let end = span.start + span.slice(bytes).trim_ascii_end().len();
    bytes[end..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| end + at + 1)
}

/// From the end of an item to the end of the comment that follows it on its line, perhaps behind a comma.
fn comment_behind(format: DataFormat, bytes: &[u8], at: usize) -> Option<Span> {
    let line = bytes[at..].split(|byte| matches!(byte, b'\r' | b'\n')).next()?.trim_ascii_end();
    let rest = line.trim_ascii_start();
    let rest = rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start();
    let is_comment = match format {
        DataFormat::Json => false,
        DataFormat::Jsonc => {
            rest.starts_with(b"//")
                || (rest.starts_with(b"/*") && rest.windows(2).position(|two| two == b"*/") == Some(rest.len() - 2))
        }
        DataFormat::Yaml | DataFormat::Toml | DataFormat::Dockerfile => rest.starts_with(b"#"),
        DataFormat::Hcl => rest.starts_with(b"#") || rest.starts_with(b"//"),
    };
    is_comment.then(|| Span::new(at, at + line.len()))
}

/// The text that puts `value` where a scalar stands, in the quotes that stand there; `written` is what stands there now.
pub fn quoted_like(format: DataFormat, written: &[u8], value: &str) -> String {
    match written.first() {
        Some(b'\'') if matches!(format, DataFormat::Yaml) => format!("'{}'", value.replace('\'', "''")),
        Some(b'\'') if matches!(format, DataFormat::Toml) && !value.contains(['\'', '\n']) => format!("'{value}'"),
        // A template begins with these in HCL.
        Some(b'"') if matches!(format, DataFormat::Hcl) => json_string(&value.replace("${", "$${").replace("%{", "%%{")),
        Some(b'"' | b'\'') => json_string(value),
        _ if matches!(format, DataFormat::Dockerfile) => value.to_string(),
        _ if matches!(format, DataFormat::Yaml) && is_plain_yaml_string(value) => value.to_string(),
        _ if bare(format, written).is_some_and(|kind| bare(format, value.as_bytes()) == Some(kind)) => value.to_string(),
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
        [root] => {
            matches!(&document.node(root).kind, Kind::String(text) if &**text == value)
                && !value.contains([',', '[', ']', '{', '}'])
        }
        _ => false,
    })
}

/// What the format reads the whole of a bare text as, where that is a number, a truth value or a date.
fn bare(format: DataFormat, text: &[u8]) -> Option<&'static str> {
    let lead: &[u8] = if matches!(format, DataFormat::Toml | DataFormat::Hcl) { b"x = " } else { b"" };
    let document = super::parse(format, &[lead, text].concat()).ok()?;
    let [root] = document.roots[..] else { return None };
    let node = document.node(if lead.is_empty() { root } else { document.member(root, "x")?.value });
    match &node.kind {
        _ if node.span != Span::new(lead.len(), lead.len() + text.len()) => None,
        Kind::Number { .. } => Some("number"),
        Kind::Bool(_) => Some("boolean"),
        Kind::DateTime(_) => Some("date"),
        _ => None,
    }
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
    fn numbers_and_truth_values_stay_what_they_are() {
        use DataFormat::*;
        for format in [Json, Jsonc, Yaml, Toml] {
            for (written, value, expected) in [
                ("-1", "3", "3"),
                ("1", "-2.5", "-2.5"),
                ("false", "true", "true"),
                ("false", "1", "\"1\""),
                ("1", "true", "\"true\""),
                ("\"1\"", "2", "\"2\""),
            ] {
                assert_eq!(quoted_like(format, written.as_bytes(), value), expected, "{format:?} {written} {value}");
            }
        }
        assert_eq!(quoted_like(Json, b"1", "007"), "\"007\"");
        assert_eq!(quoted_like(Json, b"1", "nan"), "\"nan\"");
    }

    #[test]
    fn nothing_is_added_behind_an_alias() {
        let text = b"a: &a x\nb: [z, *a]\n";
        let document = super::super::parse(DataFormat::Yaml, text).expect("the sample parses");
        let array = document.pointer(document.roots[0], "/b").expect("the sample has it");
        assert_eq!(append_item(DataFormat::Yaml, text, &document, array, "y"), None);
    }

    #[test]
    fn items_are_taken_out_whole() {
        let without = |text: &str, at: usize| {
            let document = super::super::parse(DataFormat::Yaml, text.as_bytes()).expect("the sample parses");
            let array = document.pointer(document.roots[0], "/a").expect("the sample has it");
            let key = document.member(document.roots[0], "a").expect("the sample has it").key_span;
            let one =
                item(text.as_bytes(), &document, array, at).map(|span| format!("{}{}", &text[..span.start], &text[span.end..]));
            let (span, new) = emptied(text.as_bytes(), &document, key, array).expect("it can be emptied");
            (one, format!("{}{new}{}", &text[..span.start], &text[span.end..]))
        };
        let block = "a:\n  - {b: 1} # c\n  # d\n  - e: 1\n    f: |\n      g\n\nh: 1\n";
        let empty = "a: []\n\nh: 1\n".to_string();
        assert_eq!(without(block, 0), (Some("a:\n  # d\n  - e: 1\n    f: |\n      g\n\nh: 1\n".into()), empty.clone()));
        assert_eq!(without(block, 1), (Some("a:\n  - {b: 1} # c\n  # d\n\nh: 1\n".into()), empty));
        assert_eq!(without("a: [{b: 1}, {c: 2}]", 0), (Some("a: [{c: 2}]".into()), "a: []".into()));
        assert_eq!(without("a: [{b: 1}, {c: 2}]", 1), (Some("a: [{b: 1}]".into()), "a: []".into()));
        assert_eq!(without("{a: [b], c: 1}", 0), (Some("{a: [], c: 1}".into()), "{a: [], c: 1}".into()));
        assert_eq!(without("a:\n- - b\n", 0).0, Some("a:\n".into()));
    }

    #[test]
    fn a_comment_stays_with_its_item() {
        use DataFormat::*;
        for (format, text, pointer, expected) in [
            (Toml, "a = [\n  'x', # c\n]\n", "/a", "a = [\n  'x', # c\n  'y',\n]\n"),
            (Toml, "a = [\r\n  'x' # c\r\n]\r\n", "/a", "a = [\r\n  'x', # c\r\n  'y'\r\n]\r\n"),
            (Jsonc, "[\n  \"x\" // c\n]", "", "[\n  \"x\", // c\n  \"y\"\n]"),
            (Jsonc, "[\n  \"x\" /* c */\n]", "", "[\n  \"x\", /* c */\n  \"y\"\n]"),
            (Yaml, "a: [\n  x # c\n]\n", "/a", "a: [\n  x, # c\n  y\n]\n"),
        ] {
            assert_eq!(append(format, text, pointer, "y"), expected, "{text:?}");
        }
    }

    #[test]
    fn items_are_added_in_the_style_of_the_last() {
        use DataFormat::*;
        assert_eq!(append(Json, r#"{"a": ["x"]}"#, "/a", "y\""), r#"{"a": ["x", "y\""]}"#);
        assert_eq!(append(Json, "[\n  1,\n  \"x\"\n]", "", "y"), "[\n  1,\n  \"x\",\n  \"y\"\n]");
        assert_eq!(append(Yaml, "a:\n  - x\n  - z # c\nb: 1\n", "/a", "y"), "a:\n  - x\n  - z # c\n  - y\nb: 1\n");
        assert_eq!(append(Yaml, "a: [x, 'z']\n", "/a", "it's"), "a: [x, 'z', 'it''s']\n");
        assert_eq!(append(Yaml, "a: [x]\n", "/a", "1.10"), "a: [x, \"1.10\"]\n");
        assert_eq!(append(Yaml, "a: [x]\n", "/a", "b]"), "a: [x, \"b]\"]\n");
        assert_eq!(append(Toml, "a = [\n  'x',\n]\n", "/a", "y"), "a = [\n  'x',\n  'y',\n]\n");
    }
}
