//! TOML, into the value arena.

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use super::value::Member;
use super::{Document, Kind, MAX_DEPTH, NodeId, ParseError, too_deep};
use crate::text::Span;

pub(super) fn parse(text: &str) -> Result<Document, ParseError> {
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(text.len(), |span| span.start);
        ParseError::new(at, super::sentence(error.message()))
    })?;
    let mut reader = Reader { text, document: Document::default() };
    let body = text.trim_end();
    let start = body.len() - body.trim_start().len();
    let root = reader.document.push(Kind::Null, Span::new(start, body.len()));
    let kind = reader.table(table.get_ref(), 0)?;
    reader.document.node_mut(root).kind = kind;
    reader.document.roots.push(root);
    Ok(reader.document)
}

struct Reader<'t> {
    text: &'t str,
    document: Document,
}

impl Reader<'_> {
    fn value(&mut self, value: &Spanned<DeValue<'_>>, depth: usize) -> Result<NodeId, ParseError> {
        let span = Span::from(value.span());
        let id = self.document.push(Kind::Null, span);
        let written = || self.text.get(value.span()).unwrap_or_default().into();
        let kind = match value.get_ref() {
            DeValue::Boolean(value) => Kind::Bool(*value),
            DeValue::String(text) => Kind::String(text.as_ref().into()),
            DeValue::Integer(number) => {
                if i64::from_str_radix(number.as_str(), number.radix()).is_err() {
                    return Err(ParseError::new(span.start, "integer beyond 64 bits"));
                }
                Kind::Number { text: written(), integer: true }
            }
            DeValue::Float(_) => Kind::Number { text: written(), integer: false },
            DeValue::Datetime(_) => Kind::DateTime(written()),
            DeValue::Array(_) | DeValue::Table(_) if depth >= MAX_DEPTH => return Err(too_deep(span.start)),
            DeValue::Array(items) => {
                let items: Result<_, _> = items.iter().map(|item| self.value(item, depth + 1)).collect();
                Kind::Array(items?)
            }
            DeValue::Table(table) => self.table(table, depth + 1)?,
        };
        self.document.node_mut(id).kind = kind;
        Ok(id)
    }

    /// The members in the order of the file; the parser sorts them by name.
    fn table(&mut self, table: &DeTable<'_>, depth: usize) -> Result<Kind, ParseError> {
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let mut members = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let value = self.value(value, depth)?;
            members.push(Member { key: key.get_ref().as_ref().into(), key_span: key.span().into(), value });
        }
        Ok(Kind::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice<'t>(text: &'t str, pointer: &str) -> &'t str {
        let document = parse(text).unwrap();
        let span = document.node(document.pointer(document.roots[0], pointer).expect(pointer)).span;
        &text[span.start..span.end]
    }

    #[test]
    fn values_keep_their_spelling_and_their_place() {
        let text = "\"k\" = 'v' # c\nn = 1_000\nx = 0xFF\nf = +1.50\nd = 2026-01-02 03:04:05Z\na = [ 1,\n 2, ]\nt = {u.w = 1}\ni = inf\n";
        for (pointer, expected) in [
            ("/k", "'v'"),
            ("/n", "1_000"),
            ("/x", "0xFF"),
            ("/f", "+1.50"),
            ("/d", "2026-01-02 03:04:05Z"),
            ("/a", "[ 1,\n 2, ]"),
            ("/t", "{u.w = 1}"),
            ("/t/u", "u"),
            ("/i", "inf"),
        ] {
            assert_eq!(slice(text, pointer), expected, "{pointer}");
        }
        let document = parse(text).unwrap();
        let root = document.roots[0];
        assert_eq!(&text[document.members(root)[0].key_span.start..document.members(root)[0].key_span.end], "\"k\"");
        let types: Vec<_> = document.members(root).iter().map(|member| document.type_name(member.value)).collect();
        assert_eq!(types, ["string", "integer", "integer", "float", "datetime", "array", "object", "float"]);
        assert_eq!(
            document.to_json(root).to_string(),
            r#"{"k":"v","n":1000,"x":255,"f":1.50,"d":"2026-01-02 03:04:05Z","a":[1,2],"t":{"u":{"w":1}},"i":"inf"}"#
        );
    }

    #[test]
    fn tables_stand_at_their_headers_and_members_in_file_order() {
        let text = "z = 1\n[b.c]\ny = 2\n[a]\nx.w = 3\n[[l]]\nk = 1\n[[l]]\n";
        for (pointer, expected) in
            [("/b", "b"), ("/b/c", "[b.c]"), ("/a", "[a]"), ("/a/x", "x"), ("/l/0", "[[l]]"), ("", text.trim_end())]
        {
            assert_eq!(slice(text, pointer), expected, "{pointer}");
        }
        let document = parse(text).unwrap();
        let keys: Vec<_> = document.members(document.roots[0]).iter().map(|member| &*member.key).collect();
        assert_eq!(keys, ["z", "b", "a", "l"]);
    }

    #[test]
    fn duplicates_and_faults_are_errors_at_their_place() {
        for (text, at) in [
            ("a = 1\na = 2", 6),
            ("[a]\n[a]", 5),
            ("a = {b = 1, b = 2}", 12),
            ("a = 1\nb = ", 10),
            ("a = 9223372036854775808", 4),
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(error.at, at, "{text}: {error:?}");
        }
    }
}
