//! What extractors read out of one file, before anything outside that file is known.

use serde::{Deserialize, Serialize};

use super::imports::{Wait, Wrapper};
use crate::formats::code::Code;
use crate::text::Span;

/// What one extractor found in one file: a function of the file's bytes, its format and the extractor alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Raw {
    /// In order of their places.
    pub elements: Vec<RawElement>,
    /// What the code computes at run time, once per place.
    pub holes: Vec<Hole>,
    /// Where the file, or a part of it, could not be read; elements outside of that part still count.
    pub faults: Vec<Fault>,
    /// What other files of the tree have to tell first.
    pub waits: Vec<Wait<Span>>,
    /// Functions that read the environment for whoever calls them.
    pub wrappers: Vec<Wrapper<Span>>,
    /// Names that other files may know paths by, and where these stand.
    pub named: Vec<(String, Vec<Span>)>,
    /// Other names under which the file hands on functions that it was asked about.
    pub aliases: Vec<String>,
    /// Imports of all that waits.
    #[serde(skip)]
    pub imports: usize,
}

/// Imports that may be looked up for one file: so many, and one more for so many bytes that it has. Modules that are imported whole
/// count for every name; what more waits counts as computed at run time.
const MAX_IMPORTS: usize = 1 << 10;
const BYTES_AN_IMPORT: usize = 8;

impl Raw {
    /// Adds what other files have to tell first. `code` is the file's.
    pub fn wait(&mut self, wait: Wait<Span>, code: &Code) {
        if self.has_room(wait.imports.len(), code) {
            self.waits.push(wait);
        } else {
            self.holes.push(Hole { span: wait.at, message: wait.message, path: None });
        }
    }

    /// Whether so many more imports may be looked up.
    pub fn has_room(&mut self, imports: usize, code: &Code) -> bool {
        self.imports += imports;
        self.imports <= MAX_IMPORTS + code.text().len() / BYTES_AN_IMPORT
    }
}

/// A value, and the bytes it was read from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RawElement {
    pub value: String,
    pub captures: Vec<(String, String)>,
    /// `None` where the path itself is what was read.
    pub span: Option<Span>,
    /// Further places of the same file that explain the element (the literal that a name is bound to).
    pub related: Vec<(String, Span)>,
    /// Of `path-refs`: the expression, which only the tree's paths can turn into values.
    pub path: Option<Box<super::path_refs::PathExpression>>,
    /// Of a directory tree in a document: which drawing it is an entry of.
    pub drawn: Option<Box<super::markdown::Drawn>>,
}

/// Something computed at run time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hole {
    pub span: Span,
    /// One line that names the expression: `` `os.environ[name]` is computed at run time ``.
    pub message: String,
    /// Of `path-refs`: what is known of the path, to tell whether it could be one that the glob matches.
    pub path: Option<Box<super::path_refs::PathExpression>>,
}

/// Why a file, or a part of it, could not be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    pub kind: FaultKind,
    /// The byte where the parser gave up.
    pub at: usize,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FaultKind {
    Unparsable,
    NoGrammar,
}

impl Fault {
    pub fn unparsable(error: &crate::formats::ParseError) -> Self {
        Fault { kind: FaultKind::Unparsable, at: error.at, message: error.message.clone() }
    }
}
