//! `markdown`: what documents say about the tree (SPEC §4.3).

mod destinations;
mod drawn;

pub use drawn::Drawn;

use super::path_refs::PathLookup;
use super::{Captures, Extractor, Fault, Raw, RawElement, Source};
use crate::formats::markdown::{Block, Cell, Markdown, Table, is_markdown};
use crate::text::{RepoPath, Span, resolve};

/// One kind of thing that a document holds.
#[derive(Clone, Debug)]
pub enum Documents {
    Links,
    Headings,
    CodePaths,
    Tree,
    Table {
        column: String,
        heading: Option<String>,
    },
    CodeLines {
        language: Option<String>,
        heading: Option<String>,
    },
    /// Links with their destinations as written, for the rule that follows them.
    Destinations,
    /// What links can lead to.
    Anchors,
}

impl Documents {
    /// What a policy may ask for by one word.
    pub const WORDS: [&'static str; 4] = ["links", "headings", "code-paths", "tree"];

    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "links" => Some(Documents::Links),
            "headings" => Some(Documents::Headings),
            "code-paths" => Some(Documents::CodePaths),
            "tree" => Some(Documents::Tree),
            _ => None,
        }
    }

    pub fn captures(&self) -> Captures {
        match self {
            Documents::Links => Captures::known(["fragment", "text"]),
            Documents::Headings => Captures::known(["text", "level"]),
            Documents::Table { .. } => Captures::any(),
            Documents::Destinations => Captures::known(["fragment", "text", "destination"]),
            Documents::CodePaths | Documents::Tree | Documents::CodeLines { .. } | Documents::Anchors => {
                Captures::known::<&str>([])
            }
        }
    }
}

impl Extractor for Documents {
    fn form(&self) -> Option<fn(&RepoPath) -> bool> {
        Some(is_markdown)
    }

    fn extract(&self, source: &Source<'_>, raw: &mut Raw) {
        let markdown = match source.markdown() {
            Ok(markdown) => markdown,
            Err(error) => return raw.faults.push(Fault::unparsable(error)),
        };
        match self {
            Documents::Links => destinations::read(source, markdown, false, raw),
            Documents::Destinations => destinations::read(source, markdown, true, raw),
            Documents::Headings => headings(markdown, raw),
            Documents::Anchors => anchors(markdown, raw),
            Documents::CodePaths => code_paths(source, markdown, raw),
            Documents::Tree => drawn::read(source, markdown, raw),
            Documents::Table { column, heading } => tables(markdown, column, heading.as_deref(), raw),
            Documents::CodeLines { language, heading } => {
                code_lines(source, markdown, language.as_deref(), heading.as_deref(), raw);
            }
        }
    }

    fn settle(&self, file: &RepoPath, named: bool, tree: &dyn PathLookup, found: &[&RawElement]) -> Option<Vec<Option<String>>> {
        match self {
            Documents::CodePaths => Some(found.iter().map(|one| is_path(&one.value, tree).then(|| one.value.clone())).collect()),
            Documents::Tree => Some(drawn::settle(file, named, tree, found)),
            _ => None,
        }
    }
}

/// Whether a value of a document leads to something: relative to the document, then to the root.
fn exists(file: &RepoPath, value: &str, tree: &dyn PathLookup) -> bool {
    let stands = |path: Option<String>| path.is_some_and(|path| tree.contains(&path) || tree.is_dir(&path));
    stands(resolve(file.dir(), value)) || stands(resolve("", value))
}

/// Whether a line says that what it names is no longer there.
fn speaks_of_gone(line: &str) -> bool {
    let lower = line.to_lowercase();
    let word = |word: &str| {
        lower.match_indices(word).any(|(at, _)| {
            let outside = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
            outside(lower[..at].chars().next_back()) && outside(lower[at + word.len()..].chars().next())
        })
    };
    line.contains("~~") || line.contains('❌') || ["removed", "deprecated", "no longer"].into_iter().any(word)
}

/// The whole line that holds the start of `span`.
fn line_of<'s>(source: &Source<'s>, span: Span) -> std::borrow::Cow<'s, str> {
    let bytes = source.bytes;
    let start = bytes[..span.start].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let length = bytes[span.start..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - span.start);
    String::from_utf8_lossy(&bytes[start..span.start + length])
}

fn headings(markdown: &Markdown, raw: &mut Raw) {
    raw.elements.extend(markdown.headings.iter().map(|heading| RawElement {
        value: heading.slug.clone(),
        captures: vec![("text".into(), heading.text.clone()), ("level".into(), heading.level.to_string())],
        span: Some(heading.span),
        ..RawElement::default()
    }));
}

fn anchors(markdown: &Markdown, raw: &mut Raw) {
    let at = |(value, span): (&str, Span)| RawElement { value: value.into(), span: Some(span), ..RawElement::default() };
    raw.elements.extend(markdown.anchors().map(at));
}

fn code_paths(source: &Source<'_>, markdown: &Markdown, raw: &mut Raw) {
    let mut last_line = (Span::at(0), false);
    for code in &markdown.code_spans {
        let Some(path) = path_in(&code.text) else { continue };
        // Many spans of one long line must not have it searched again and again.
        if !last_line.0.contains(code.span) {
            let bytes = source.bytes;
            let start = bytes[..code.span.start].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
            let line = line_of(source, code.span);
            last_line = (Span::new(start, start + line.len()), speaks_of_gone(&line));
        }
        if last_line.1 {
            continue;
        }
        let span = Span::new(code.span.start, (code.span.start + path.len()).min(code.span.end));
        raw.elements.push(RawElement { value: path.into(), span: Some(span), ..RawElement::default() });
    }
}

/// The path that a code span may name, without a line or an item at its end.
fn path_in(text: &str) -> Option<&str> {
    const NEVER: &[char] = &['=', '(', '<', '{', '$', ';', '|', '>', '&', '"', '\'', ',', '…', '\\', '`', '#'];
    let text = text.split_once("::").map_or(text, |(path, _)| path);
    let text = match text.split_once(':') {
        Some((path, line)) if line.split([':', '-']).all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())) => path,
        Some(_) => return None,
        None => text,
    };
    let refused = text.contains(NEVER) || text.contains(char::is_whitespace) || text.contains("...");
    let named = text.trim_start_matches(['.', '/']);
    let is_path = text.contains('/') && !text.starts_with(['-', '~', '@']) && !refused && !named.is_empty();
    is_path.then_some(text)
}

/// Whether what looks like a path is one: it says so, it has an extension, or it begins with an entry of the root.
fn is_path(text: &str, tree: &dyn PathLookup) -> bool {
    let rooted = text.trim_start_matches('/');
    let first = rooted.split('/').next().unwrap_or_default();
    text.starts_with("./")
        || text.starts_with("../")
        || has_extension(text.trim_end_matches('/').rsplit('/').next().unwrap_or_default())
        || (!first.is_empty() && (tree.contains(first) || tree.is_dir(first)))
}

fn has_extension(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(stem, extension)| {
        let stem_is_name = !stem.is_empty() && stem.bytes().any(|byte| byte != b'.');
        let plain = extension.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        stem_is_name && plain && extension.len() <= 12 && extension.bytes().any(|byte| byte.is_ascii_alphabetic())
    })
}

fn tables(markdown: &Markdown, column: &str, heading: Option<&str>, raw: &mut Raw) {
    let below = |table: &&Table| heading.is_none_or(|heading| markdown.is_below(Block::Table(table), heading));
    for table in markdown.tables.iter().filter(below) {
        let meant = |cell: &Cell| cell.text == column || kebab(&cell.text) == column;
        let Some(at) = table.header.iter().position(meant) else { continue };
        let names: Vec<String> = table.header.iter().map(|cell| kebab(&cell.text)).collect();
        for row in &table.rows {
            let Some(cell) = row.get(at) else { continue };
            let others = row.iter().zip(&names).enumerate().filter(|(other, (_, name))| *other != at && !name.is_empty());
            raw.elements.push(RawElement {
                value: cell.text.clone(),
                captures: others.map(|(_, (cell, name))| (name.clone(), cell.text.clone())).collect(),
                span: Some(cell.span),
                ..RawElement::default()
            });
        }
    }
}

/// Words in lower case, with a hyphen between them.
fn kebab(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

fn code_lines(source: &Source<'_>, markdown: &Markdown, language: Option<&str>, heading: Option<&str>, raw: &mut Raw) {
    for block in &markdown.code_blocks {
        let Some(word) = &block.language else { continue };
        let below = heading.is_none_or(|heading| markdown.is_below(Block::Code(block), heading));
        if !below || language.is_some_and(|language| !language.eq_ignore_ascii_case(word)) {
            continue;
        }
        for line in &block.lines {
            let text = String::from_utf8_lossy(line.slice(source.bytes));
            let value = text.trim();
            if !value.is_empty() {
                let start = line.start + text.len() - text.trim_start().len();
                let span = Some(Span::new(start, start + value.len()));
                raw.elements.push(RawElement { value: value.into(), span, ..RawElement::default() });
            }
        }
    }
}
