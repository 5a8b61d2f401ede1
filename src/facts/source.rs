//! One file under extraction: its bytes, and each form it is parsed into, at most once.

use std::cell::{OnceCell, RefCell};
use std::sync::Arc;

use crate::finding::{Place, Range};
use crate::formats::markdown::Markdown;
use crate::formats::sql::{self, Reading, Script};
use crate::formats::{self, DataFormat, Document, ParseError, code};
use crate::text::{LineIndex, RepoPath, Span};

/// A file's bytes and what has been made of them so far. It belongs to one worker.
pub struct Source<'a> {
    pub path: &'a RepoPath,
    pub bytes: &'a [u8],
    lines: OnceCell<LineIndex>,
    digest: OnceCell<[u8; 32]>,
    json: OnceCell<Result<Document, ParseError>>,
    jsonc: OnceCell<Result<Document, ParseError>>,
    yaml: OnceCell<Result<Document, ParseError>>,
    toml: OnceCell<Result<Document, ParseError>>,
    hcl: OnceCell<Result<Document, ParseError>>,
    dockerfile: OnceCell<Result<Document, ParseError>>,
    markdown: OnceCell<Result<Markdown, ParseError>>,
    code: OnceCell<Option<Result<code::Code, ParseError>>>,
    /// By how it was read: rules may take the same file for another dialect's.
    sql: RefCell<Vec<(Reading, Arc<Script>)>>,
}

impl<'a> Source<'a> {
    pub fn new(path: &'a RepoPath, bytes: &'a [u8]) -> Self {
        Source {
            path,
            bytes,
            lines: OnceCell::new(),
            digest: OnceCell::new(),
            json: OnceCell::new(),
            jsonc: OnceCell::new(),
            yaml: OnceCell::new(),
            toml: OnceCell::new(),
            hcl: OnceCell::new(),
            dockerfile: OnceCell::new(),
            markdown: OnceCell::new(),
            code: OnceCell::new(),
            sql: RefCell::default(),
        }
    }

    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(self.bytes))
    }

    /// What tells the content from any other.
    pub fn digest(&self) -> &[u8; 32] {
        self.digest.get_or_init(|| *blake3::hash(self.bytes).as_bytes())
    }

    /// The bytes without a byte order mark, and how many bytes that mark takes.
    pub fn body(&self) -> (&'a [u8], usize) {
        match self.bytes.strip_prefix(b"\xEF\xBB\xBF") {
            Some(rest) => (rest, 3),
            None => (self.bytes, 0),
        }
    }

    /// The file as data in `format`.
    pub fn data(&self, format: DataFormat) -> Result<&Document, &ParseError> {
        let cell = match format {
            DataFormat::Json => &self.json,
            DataFormat::Jsonc => &self.jsonc,
            DataFormat::Yaml => &self.yaml,
            DataFormat::Toml => &self.toml,
            DataFormat::Hcl => &self.hcl,
            DataFormat::Dockerfile => &self.dockerfile,
        };
        cell.get_or_init(|| formats::parse(format, self.bytes)).as_ref()
    }

    /// The file as Markdown.
    pub fn markdown(&self) -> Result<&Markdown, &ParseError> {
        self.markdown.get_or_init(|| formats::utf8(self.bytes).map(Markdown::parse)).as_ref()
    }

    /// The language that the file's name tells, or, where that has no extension, the program that its first line says runs it.
    pub fn language(&self) -> Option<code::Language> {
        let is_script = self.path.extension().is_empty();
        code::Language::of(self.path).or_else(|| code::Language::of_script(self.body().0).filter(|_| is_script))
    }

    /// The file's syntax tree, in its [language](Self::language); `None` where there is no grammar for it.
    pub fn code(&self) -> Option<Result<&code::Code, &ParseError>> {
        self.code
            .get_or_init(|| {
                let language = self.language().filter(|language| language.is_built());
                language.map(|language| code::parse_file(language, self.bytes))
            })
            .as_ref()
            .map(Result::as_ref)
    }

    /// The file as SQL, read so.
    pub fn sql(&self, reading: &Reading) -> Arc<Script> {
        let known = self.sql.borrow().iter().find(|(other, _)| other == reading).map(|(_, script)| script.clone());
        known.unwrap_or_else(|| {
            let script = Arc::new(sql::read(self.bytes, reading));
            self.sql.borrow_mut().push((reading.clone(), script.clone()));
            script
        })
    }

    /// Where `span` stands.
    pub fn place(&self, span: Span) -> Place {
        Place { path: self.path.clone(), range: Some(self.range(span)) }
    }

    /// The line that holds `byte`, without its line break; the last line where the file ends before that byte.
    pub fn line_at(&self, byte: usize) -> Place {
        let byte = byte.min(self.bytes.len().saturating_sub(1));
        let start = self.lines().line_start(self.lines().position(self.bytes, byte).line);
        let rest = self.bytes.get(start..).unwrap_or_default();
        let length = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
        self.place(Span::new(start, start + length))
    }

    pub fn range(&self, span: Span) -> Range {
        let lines = self.lines();
        Range { start: lines.position(self.bytes, span.start), end: lines.position(self.bytes, span.end) }
    }
}
