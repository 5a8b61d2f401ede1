//! Bytes into values with places: one file a format. Nothing here reads files or decides anything.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod code;
pub mod codeowners;
pub mod comments;
mod difference;
mod dockerfile;
pub mod dotenv;
mod edit;
mod hcl;
mod json;
mod jsonpath;
pub mod markdown;
mod number;
pub mod secret;
pub mod sql;
mod toml;
mod value;
mod yaml;

pub use difference::{Change, Difference, Side};
pub use edit::{append_item, emptied, item, quoted_like};
pub use jsonpath::{JsonPath, Selected};
pub use value::{Document, Kind, Member, Node, NodeId};

use crate::text::{RepoPath, Span};

/// Where a parser had to give up, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The byte offset; at most the length of the input.
    pub at: usize,
    /// One line, without a place and without a full stop.
    pub message: String,
}

impl ParseError {
    pub fn new(at: usize, message: impl Into<String>) -> Self {
        ParseError { at, message: message.into() }
    }
}

/// Nesting beyond which every format is refused.
pub const MAX_DEPTH: usize = 128;

/// Nodes of a YAML stream after its aliases and merge keys are expanded, beyond which it is refused; 64 bytes of text count
/// as one more. (The other formats have no more nodes than bytes.)
pub const MAX_EXPANDED: usize = 4_000_000;

/// A data format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DataFormat {
    Json,
    Jsonc,
    Yaml,
    Toml,
    Hcl,
    /// The images that a Dockerfile builds on.
    Dockerfile,
}

impl DataFormat {
    pub const WORDS: [&'static str; 6] = ["json", "jsonc", "yaml", "toml", "hcl", "dockerfile"];

    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "json" => Some(DataFormat::Json),
            "jsonc" => Some(DataFormat::Jsonc),
            "yaml" => Some(DataFormat::Yaml),
            "toml" => Some(DataFormat::Toml),
            "hcl" => Some(DataFormat::Hcl),
            "dockerfile" => Some(DataFormat::Dockerfile),
            _ => None,
        }
    }

    /// The format that a file's name tells: `.json`, `.jsonc` (also `tsconfig*.json` and `.vscode/*.json`), `.yaml`, `.yml`,
    /// `.toml`, `.hcl`, `.tf`, `.tfvars`, and the lock files that are one of these.
    pub fn of(path: &RepoPath) -> Option<Self> {
        let name = path.name();
        match path.extension() {
            "jsonc" | "json5" => Some(DataFormat::Jsonc),
            "json" if name.starts_with("tsconfig") || path.dir().rsplit('/').next() == Some(".vscode") => Some(DataFormat::Jsonc),
            "json" | "webmanifest" | "ipynb" | "geojson" => Some(DataFormat::Json),
            "yaml" | "yml" => Some(DataFormat::Yaml),
            "toml" => Some(DataFormat::Toml),
            "hcl" | "tf" | "tfvars" => Some(DataFormat::Hcl),
            "dockerfile" | "Dockerfile" | "Containerfile" => Some(DataFormat::Dockerfile),
            _ => match name {
                "Dockerfile" | "Containerfile" => Some(DataFormat::Dockerfile),
                _ if name.starts_with("Dockerfile.") || name.starts_with("Containerfile.") => Some(DataFormat::Dockerfile),
                "Cargo.lock" | "poetry.lock" | "uv.lock" | "Pipfile" => Some(DataFormat::Toml),
                "Pipfile.lock" | "composer.lock" => Some(DataFormat::Json),
                _ => None,
            },
        }
    }
}

/// Reads a whole file in `format`. A byte order mark is skipped; spans are offsets into `bytes` as they are.
///
/// # Errors
/// What is not UTF-8, does not parse, holds a duplicate key, nests deeper than [`MAX_DEPTH`] or expands beyond
/// [`MAX_EXPANDED`] nodes, at the offset of the fault.
pub fn parse(format: DataFormat, bytes: &[u8]) -> Result<Document, ParseError> {
    parse_part(format, bytes, Span::new(0, bytes.len()))
}

/// The same, but a duplicate key of YAML is noted in the document, whose other faults can then be told too.
///
/// # Errors
/// As [`parse`], duplicate keys of YAML aside.
pub fn parse_noting_duplicates(format: DataFormat, bytes: &[u8]) -> Result<Document, ParseError> {
    read_part(format, bytes, Span::new(0, bytes.len()), true)
}

/// Reads the part of a file that `part` spans (front matter) as [`parse`] does; spans and errors are offsets into `bytes`.
///
/// # Errors
/// As [`parse`].
pub fn parse_part(format: DataFormat, bytes: &[u8], part: Span) -> Result<Document, ParseError> {
    read_part(format, bytes, part, false)
}

fn read_part(format: DataFormat, bytes: &[u8], part: Span, goes_on: bool) -> Result<Document, ParseError> {
    let moved = |by: usize| move |error: ParseError| ParseError { at: error.at + by, ..error };
    let text = utf8(part.slice(bytes)).map_err(moved(part.start))?;
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let offset = part.start + text.len() - body.len();
    let parsed = match format {
        DataFormat::Json => json::parse(body, json::Dialect::Strict),
        DataFormat::Jsonc => json::parse(body, json::Dialect::Commented),
        DataFormat::Yaml => yaml::parse(body, goes_on),
        DataFormat::Toml => toml::parse(body),
        DataFormat::Hcl => hcl::parse(body),
        DataFormat::Dockerfile => dockerfile::parse(body),
    };
    let mut document = parsed.map_err(moved(offset))?;
    if offset > 0 {
        document.shift(offset);
    }
    Ok(document)
}

/// The bytes as text, or the offset of the first byte that is none.
pub fn utf8(bytes: &[u8]) -> Result<&str, ParseError> {
    std::str::from_utf8(bytes).map_err(|error| ParseError::new(error.valid_up_to(), "not UTF-8"))
}

/// The front matter of a Markdown file: the bytes between `---` in line 1 and the next `---`; none where there is no such.
pub fn front_matter(text: &[u8]) -> Option<Span> {
    let mark = if text.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let mut lines = text[mark..].split_inclusive(|byte| *byte == b'\n');
    let is_fence = |line: &[u8]| line.trim_ascii_end() == b"---";
    let first = lines.next().filter(|line| is_fence(line))?;
    let start = mark + first.len();
    let mut at = start;
    for line in lines {
        if is_fence(line) {
            return Some(Span::new(start, at));
        }
        at += line.len();
    }
    None
}

/// A parser's message as ours are: one line, small first letter, no full stop.
fn sentence(message: &str) -> String {
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut chars = line.trim_end_matches('.').chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

fn too_deep(at: usize) -> ParseError {
    ParseError::new(at, format!("nested deeper than {MAX_DEPTH} levels"))
}

fn duplicate_key(key: &str, at: usize) -> ParseError {
    ParseError::new(at, format!("duplicate key `{}`", key.escape_debug()))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;

    const FORMATS: [DataFormat; 5] = [DataFormat::Json, DataFormat::Jsonc, DataFormat::Yaml, DataFormat::Toml, DataFormat::Hcl];

    /// Spans lie inside the text and on its character boundaries, members inside their objects' reach.
    fn check(format: DataFormat, bytes: &[u8]) {
        match parse(format, bytes) {
            Ok(document) => {
                let text = std::str::from_utf8(bytes).unwrap();
                let sound = |span: Span| text.get(span.start..span.end).is_some();
                for id in (0..document.len()).map(|id| NodeId(id as u32)) {
                    assert!(sound(document.node(id).span), "{format:?} {text:?} {:?}", document.node(id));
                    assert!(document.members(id).iter().all(|member| sound(member.key_span)));
                }
                for root in &document.roots {
                    assert!(Document::expanded_eq(&document, *root, &document, *root));
                    document.to_json(*root);
                }
            }
            Err(error) => {
                assert!(error.at <= bytes.len() && !error.message.is_empty() && !error.message.contains('\n'), "{error:?}");
            }
        }
    }

    #[test]
    fn a_byte_order_mark_is_skipped_and_counted() {
        for (format, text) in [(DataFormat::Json, "{\"k\": 1}"), (DataFormat::Yaml, "\"k\": 1"), (DataFormat::Toml, "\"k\" = 1")]
        {
            let marked = format!("\u{feff}{text}");
            let document = parse(format, marked.as_bytes()).unwrap();
            let member = document.member(document.roots[0], "k").unwrap();
            assert_eq!(member.key_span.slice(marked.as_bytes()), b"\"k\"");
            assert_eq!(document.node(member.value).span.slice(marked.as_bytes()), b"1");
            assert!(parse(format, "\u{feff}\"".as_bytes()).unwrap_err().at >= 3);
        }
    }

    #[test]
    fn front_matter_is_read_in_its_place() {
        let page = b"---\nk: v\nk: w\n---\n# Title\n";
        let part = front_matter(page).unwrap();
        assert_eq!(parse_part(DataFormat::Yaml, page, part).unwrap_err().at, 9);
        let part = Span::new(part.start, 9);
        let document = parse_part(DataFormat::Yaml, page, part).unwrap();
        assert_eq!(document.member(document.roots[0], "k").unwrap().key_span, Span::new(4, 5));
    }

    #[test]
    fn what_is_not_utf8_is_an_error_where_it_stands() {
        for format in FORMATS {
            assert_eq!(parse(format, b"# \xff").unwrap_err().at, 2);
        }
    }

    /// Each is repeated many times over.
    const UNITS: &[&str] = &[
        "[",
        "{",
        "]",
        "}",
        "- ",
        "? ",
        ": ",
        "&a ",
        "*a ",
        "!t ",
        "- - ",
        "[{",
        "{\"a\":",
        "{a: ",
        "a: ",
        "a.",
        "a = {",
        "a = [",
        "[a.b]\n",
        "[[a]]\n",
        "a = 1\n",
        "a: 1\n",
        "- |\n",
        "|",
        ">",
        "'",
        "\"",
        "\\",
        "\"\\",
        "/*",
        "//",
        "#",
        " #",
        "\n",
        "\t",
        " ",
        "---\n",
        "...\n",
        "%a\n",
        "? - ",
        "- ? ",
        "<<: ",
        "é",
        "\u{feff}",
        "x: &a [*a]\n",
        "- &a x\n- *a\n",
        "A=\"\n",
        "A='\\\n",
        "[a, ",
        "{a, ",
        "[? ",
        "[: ",
        ",",
        "1",
        "-",
        "\r",
        "a\n",
        "\"a\" ",
        "!<a",
        "!a!b ",
        "k: |\n\n",
        "a \"b\" {\n",
        "a = \"${",
        "a = <<E\n",
        "FROM a AS b\n",
        "ARG A=$A$A\nFROM $A$A\n",
        "RUN <<E\n",
        "FROM \\\n",
        "!",
        "(",
        "x ? ",
        "x + ",
        "f(",
        "a.*.",
        "%{if a}",
        "[for a in ",
        "\u{2028}",
        "\0",
    ];

    /// On a worker's stack of 2 MB.
    #[test]
    fn hostile_inputs_end_soon_and_without_a_crash() {
        let worker = std::thread::Builder::new().stack_size(2 << 20).spawn(|| {
            for unit in UNITS {
                for prefix in ["", "a: ", "x = ", "[1, "] {
                    let text = format!("{prefix}{}", unit.repeat((50_000 / unit.len()).max(1)));
                    for format in FORMATS {
                        let started = Instant::now();
                        check(format, text.as_bytes());
                        assert!(
                            started.elapsed() < Duration::from_secs(3),
                            "{format:?} {prefix:?} {unit:?} {:?}",
                            started.elapsed()
                        );
                    }
                    dotenv::parse(&text);
                }
            }
        });
        worker.unwrap().join().unwrap();
    }

    fn json() -> impl Strategy<Value = Value> {
        let number =
            prop_oneof![any::<i64>().prop_map(|n| n.to_string()), "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,3})?"];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            number.prop_map(|text| Value::Number(text.parse().unwrap())),
            any::<String>().prop_map(Value::String),
            "[ a-z#:'\"\\[-]{0,8}".prop_map(Value::String),
        ];
        leaf.prop_recursive(5, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
                prop::collection::vec((any::<String>(), inner), 0..6).prop_map(|members| Value::Object(Map::from_iter(members))),
            ]
        })
    }

    const SAMPLES: [&str; 4] = [
        "{\"a\": [1, 2.5e3, \"x\\u00e9\"], \"b\": {\"c\": null}}",
        "// c\n{\"a\": [1, /* d */ true,],}",
        "a: &x {b: 1, c: [é, 'f']}\nd: {<<: *x}\ne: |-\n  text\n---\n- ? k\n  : !!str 1\n- \"q\\n\"\n",
        "a = 1 # c\n[t.u]\nv = { w = \"é\", x.y = 2026-01-01 }\n[[l]]\nz = [0x1F, inf]\n",
    ];

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[\\[\\]{}:,&*!|>'\"#%@`? \n\t<=a-c0-9.é-]{0,60}") {
            for format in FORMATS {
                check(format, &bytes);
                check(format, text.as_bytes());
            }
            for one in dotenv::parse(&text).0 {
                prop_assert!(text.get(one.value_span.start..one.value_span.end).is_some());
            }
        }

        #[test]
        fn mutated_documents_never_panic(sample in 0..SAMPLES.len(), edits in prop::collection::vec((any::<prop::sample::Index>(), "[\\[\\]{}:,&*!|>'\"#? \n=a0é-]{0,3}", 0..4_usize), 1..4)) {
            let mut chars: Vec<char> = SAMPLES[sample].chars().collect();
            for (at, insert, remove) in edits {
                let at = at.index(chars.len() + 1);
                let end = (at + remove).min(chars.len());
                chars.splice(at..end, insert.chars());
            }
            let text = String::from_iter(chars);
            for format in FORMATS {
                check(format, text.as_bytes());
            }
        }

        #[test]
        fn json_survives_the_round_trip(value in json()) {
            for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
                for format in [DataFormat::Json, DataFormat::Jsonc] {
                    let document = parse(format, text.as_bytes()).unwrap();
                    prop_assert_eq!(&document.to_json(document.roots[0]), &value);
                }
            }
        }

        #[test]
        fn a_json_string_has_the_bytes_that_spell_it(value in json()) {
            let text = value.to_string();
            let document = parse(DataFormat::Json, text.as_bytes()).unwrap();
            for id in (0..document.len()).map(|id| NodeId(id as u32)) {
                let bytes = document.node(id).span.slice(text.as_bytes());
                if let Some(string) = document.string(id) {
                    prop_assert_eq!(serde_json::from_slice::<String>(bytes).unwrap(), string);
                }
                for member in document.members(id) {
                    prop_assert_eq!(serde_json::from_slice::<String>(member.key_span.slice(text.as_bytes())).unwrap(), &*member.key);
                }
            }
        }

        #[test]
        fn json_is_yaml(value in json()) {
            let text = value.to_string();
            let (json, yaml) = (parse(DataFormat::Json, text.as_bytes()).unwrap(), parse(DataFormat::Yaml, text.as_bytes()));
            match yaml {
                Ok(yaml) => prop_assert_eq!(yaml.to_json(yaml.roots[0]), json.to_json(json.roots[0]), "{}", text),
                Err(error) => prop_assert!(false, "{} {:?}", text, error),
            }
        }

        #[test]
        fn strict_json_is_what_serde_json_reads(text in "[\\[\\]{}:,\"\\\\ \n0-9.eEu+truefalsn/'-]{0,12}") {
            let ours = parse(DataFormat::Json, text.as_bytes());
            match serde_json::from_str::<Value>(&text) {
                Ok(_) => prop_assert!(ours.is_ok() || ours.unwrap_err().message.contains("duplicate"), "{}", text),
                Err(_) => prop_assert!(ours.is_err(), "{}", text),
            }
        }
    }
}
