//! One migration: its statements, and in which direction each runs.

use std::sync::{Arc, OnceLock};

use crate::finding::{Place, Range};
use crate::formats::sql::{Dialect, Reading, Script, Statement, model::Name};
use crate::text::{LineIndex, RepoPath, Span};

/// A file, read.
pub(super) struct Migration {
    pub path: RepoPath,
    pub text: Vec<u8>,
    pub reading: Reading,
    pub script: Arc<Script>,
    /// By statement: whether it runs when the migration is applied.
    pub up: Vec<bool>,
    /// Made where there is something to tell.
    lines: OnceLock<LineIndex>,
}

impl Migration {
    pub fn new(path: RepoPath, text: &[u8], reading: &Reading, script: Arc<Script>, up: Vec<bool>) -> Self {
        Migration { path, text: text.to_vec(), reading: reading.clone(), script, up, lines: OnceLock::new() }
    }

    pub fn dialect(&self) -> Dialect {
        self.reading.dialect
    }

    pub fn place(&self, span: Span) -> Place {
        let lines = self.lines.get_or_init(|| LineIndex::new(&self.text));
        let position = |byte| lines.position(&self.text, byte);
        Place { path: self.path.clone(), range: Some(Range { start: position(span.start), end: position(span.end) }) }
    }

    /// The statements that are applied, with their positions.
    pub fn applied(&self) -> impl Iterator<Item = (usize, &Statement)> {
        self.script.statements.iter().enumerate().filter(|(at, _)| self.up.get(*at).copied().unwrap_or(true))
    }
}

/// A name with its schema, where it says none with `default`.
pub(super) fn qualified(name: &Name, default: &str) -> (String, String) {
    (name.schema.clone().unwrap_or_else(|| default.to_string()), name.name.clone())
}
