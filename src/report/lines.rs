//! Files that places point into, with their lines: each read once.

use std::collections::HashMap;

use super::Contents;
use crate::finding::Side;
use crate::text::{LineIndex, RepoPath};

/// Files of the trees of a report.
pub struct Files<'a> {
    contents: &'a dyn Contents,
    known: HashMap<(Side, RepoPath), Option<Text>>,
}

/// A file's bytes and its lines.
type Text = (Vec<u8>, LineIndex);

impl<'a> Files<'a> {
    pub fn new(contents: &'a dyn Contents) -> Self {
        Files { contents, known: HashMap::new() }
    }

    /// The file's bytes and its lines; `None` where it cannot be had.
    pub fn get(&mut self, side: &Side, path: &RepoPath) -> Option<(&[u8], &LineIndex)> {
        let contents = self.contents;
        let read = || {
            let bytes = contents.content(side, path)?;
            let lines = LineIndex::new(&bytes);
            Some((bytes, lines))
        };
        let known = self.known.entry((side.clone(), path.clone())).or_insert_with(read);
        known.as_ref().map(|(bytes, lines)| (bytes.as_slice(), lines))
    }
}
