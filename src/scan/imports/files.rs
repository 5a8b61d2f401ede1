//! One tree, as imports ask for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::super::read;
use crate::facts::imports::ModuleTree;
use crate::formats::code::Language;
use crate::text::RepoPath;
use crate::tree::{EntryKind, Index};

/// Bytes of a file that says how modules are found.
const MAX_SETTINGS: u64 = 1 << 20;

/// The paths of a tree, and their contents where these are needed.
pub(super) struct Files<'a> {
    pub index: &'a Index,
    limit: u64,
    /// The languages of scripts without an extension, once they were looked at.
    scripts: Mutex<HashMap<RepoPath, Option<Language>>>,
}

impl<'a> Files<'a> {
    pub fn new(index: &'a Index, limit: u64) -> Self {
        Files { index, limit, scripts: Mutex::default() }
    }

    /// The content of a file that is one, and can be had.
    pub fn content(&self, path: &RepoPath) -> Option<Vec<u8>> {
        self.bytes(path, self.limit)
    }

    /// The content of a file of `most` bytes and less.
    pub fn small(&self, path: &RepoPath, most: u64) -> Option<Vec<u8>> {
        self.bytes(path, most.min(self.limit))
    }

    fn bytes(&self, path: &RepoPath, limit: u64) -> Option<Vec<u8>> {
        let entry = self.index.tree().entry(path)?;
        if entry.kind != EntryKind::File {
            return None;
        }
        read(self.index, entry, limit).ok()
    }
}

impl ModuleTree for Files<'_> {
    fn language(&self, path: &RepoPath) -> Option<Language> {
        if Language::of(path).is_some() || !path.extension().is_empty() {
            return Language::of(path);
        }
        let known = self.scripts.lock().unwrap_or_else(PoisonError::into_inner).get(path).copied();
        known.unwrap_or_else(|| {
            let language = self.content(path).and_then(|bytes| Language::of_script(&bytes));
            self.scripts.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone(), language);
            language
        })
    }

    fn is_file(&self, path: &str) -> bool {
        self.index.is_file(path)
    }

    fn is_dir(&self, path: &str) -> bool {
        self.index.is_dir(path)
    }

    fn directories(&self) -> &[String] {
        self.index.directories()
    }

    fn files_in(&self, directory: &str) -> Vec<String> {
        let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        let entries = self.index.entries();
        let start = entries.partition_point(|entry| entry.path.as_str() < prefix.as_str());
        let below = entries[start..].iter().map(|entry| entry.path.as_str()).take_while(|path| path.starts_with(&prefix));
        below.filter(|path| !path[prefix.len()..].contains('/')).map(str::to_owned).collect()
    }

    fn ending_with(&self, tail: &str, most: usize) -> Vec<String> {
        self.index.ending_with(tail).take(most).map(str::to_owned).collect()
    }

    fn settings(&self, path: &str) -> Option<Arc<str>> {
        let bytes = self.small(&RepoPath::new(path), MAX_SETTINGS)?;
        String::from_utf8(bytes).ok().map(Arc::from)
    }
}
