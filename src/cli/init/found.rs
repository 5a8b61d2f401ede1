//! What a repository has, as far as a proposal may ask.

use std::collections::BTreeMap;

use crate::formats::code::Language;
use crate::formats::{self, DataFormat};
use crate::text::RepoPath;
use crate::tree::{EntryKind, Tree};

/// Bytes of a file that is looked into, and how many files are.
const MOST_BYTES: u64 = 256 << 10;
const MOST_FILES: usize = 4_000;

/// Directories of other people's code, of examples and of tests: what they hold is no fact of the repository.
const ELSEWHERE: [&str; 17] = [
    "node_modules",
    "vendor",
    "third_party",
    "test",
    "tests",
    "__tests__",
    "spec",
    "testdata",
    "fixtures",
    "fixture",
    "examples",
    "example",
    "seeds",
    "seed",
    "dist",
    "build",
    ".venv",
];

/// The files of a tree that are its own, and what stands in them.
pub(super) struct Found<'t> {
    tree: &'t dyn Tree,
    paths: Vec<RepoPath>,
}

impl<'t> Found<'t> {
    pub fn new(tree: &'t dyn Tree) -> Self {
        let own = |path: &RepoPath| !path.dir().split('/').any(|segment| ELSEWHERE.contains(&segment));
        let files = tree.entries().iter().filter(|entry| entry.kind == EntryKind::File && entry.path.raw().is_none());
        Found { tree, paths: files.map(|entry| entry.path.clone()).filter(own).collect() }
    }

    pub fn is_empty(&self) -> bool {
        self.tree.entries().is_empty()
    }

    pub fn paths(&self) -> impl Iterator<Item = &RepoPath> {
        self.paths.iter()
    }

    /// The first of these paths that is a file.
    pub fn first(&self, names: &[&str]) -> Option<&RepoPath> {
        names.iter().find_map(|name| self.paths.iter().find(|path| path.as_str() == *name))
    }

    /// The file of one of these names that lies least deep.
    pub fn named(&self, names: &[&str]) -> Option<&RepoPath> {
        let named = self.paths.iter().filter(|path| names.contains(&path.name()));
        named.min_by_key(|path| (path.as_str().matches('/').count(), path.as_str().to_string()))
    }

    pub fn text(&self, path: &RepoPath) -> Option<String> {
        String::from_utf8(self.tree.read(self.tree.entry(path)?, MOST_BYTES).ok()?).ok()
    }

    /// A data file as JSON.
    pub fn data(&self, path: &RepoPath) -> Option<serde_json::Value> {
        let text = self.text(path)?;
        let document = formats::parse(DataFormat::of(path)?, text.as_bytes()).ok()?;
        Some(document.to_json(*document.roots.first()?))
    }

    /// Files of code with their texts, in path order.
    pub fn code(&self) -> impl Iterator<Item = (&RepoPath, String)> {
        let code = self.paths.iter().filter(|path| Language::of(path).is_some()).take(MOST_FILES);
        code.filter_map(|path| Some((path, self.text(path)?)))
    }

    /// The globs of the languages that there is code in.
    pub fn code_globs(&self) -> Vec<String> {
        let mut extensions: BTreeMap<String, usize> = BTreeMap::new();
        for path in self.paths.iter().filter(|path| Language::of(path).is_some() && !path.extension().is_empty()) {
            *extensions.entry(path.extension().to_string()).or_default() += 1;
        }
        extensions.into_keys().map(|extension| format!("**/*.{extension}")).collect()
    }
}
