//! Bytes into values with places: one file a format. Nothing here reads files or decides anything.

pub mod code;
pub mod dotenv;
mod json;
mod toml;
mod value;
mod yaml;

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

/// Nodes of a document after its aliases are expanded, beyond which it is refused.
pub const MAX_EXPANDED: usize = 4_000_000;

/// A data format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DataFormat {
    Json,
    Jsonc,
    Yaml,
    Toml,
}

impl DataFormat {
    pub const WORDS: [&'static str; 4] = ["json", "jsonc", "yaml", "toml"];

    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "json" => Some(DataFormat::Json),
            "jsonc" => Some(DataFormat::Jsonc),
            "yaml" => Some(DataFormat::Yaml),
            "toml" => Some(DataFormat::Toml),
            _ => None,
        }
    }

    /// The format that a file's name tells: `.json`, `.jsonc` (also `tsconfig*.json` and `.vscode/*.json`), `.yaml`, `.yml`,
    /// `.toml` and the lock files that are one of these.
    pub fn of(path: &RepoPath) -> Option<Self> {
        let name = path.name();
        match path.extension() {
            "jsonc" | "json5" => Some(DataFormat::Jsonc),
            "json" if name.starts_with("tsconfig") || path.dir().rsplit('/').next() == Some(".vscode") => Some(DataFormat::Jsonc),
            "json" | "webmanifest" | "ipynb" | "geojson" => Some(DataFormat::Json),
            "yaml" | "yml" => Some(DataFormat::Yaml),
            "toml" => Some(DataFormat::Toml),
            _ => match name {
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
    let text = utf8(bytes)?;
    match format {
        DataFormat::Json => json::parse(text, json::Dialect::Strict),
        DataFormat::Jsonc => json::parse(text, json::Dialect::Commented),
        DataFormat::Yaml => yaml::parse(text),
        DataFormat::Toml => toml::parse(text),
    }
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
