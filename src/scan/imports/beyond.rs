//! The files that no fact selects, as far as functions are defined in them that read the environment for the selected ones.
//!
//! What they read for themselves is nobody's question: no element stands in them, and what of them cannot be read is not told.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use aho_corasick::AhoCorasick;
use rayon::prelude::*;

use super::super::Extraction;
use super::Files;
use crate::cache::Cache;
use crate::facts::imports::{ModuleTree, kin};
use crate::facts::{FileKind, Source};
use crate::formats::code::Language;
use crate::text::RepoPath;
use crate::tree::EntryKind;

/// Larger files are bundles of what a program made: nobody imports a function from one.
const MAX_BYTES: u64 = 1 << 20;

/// Files of the languages of the selected ones that are not selected themselves.
pub(super) struct Beyond {
    /// Positions in the tree, in its order.
    pub positions: Vec<usize>,
    languages: HashSet<Language>,
}

/// A function that reads the environment for its callers: the names that others know it by, and its file.
pub(super) type Known = (RepoPath, Vec<String>);

impl Beyond {
    /// `selected` are positions, in order.
    pub fn of(files: &Files<'_>, selected: &[usize]) -> Self {
        let entries = files.index.entries();
        let imports = |language: &Language| *language != Language::Shell;
        let families = selected.iter().filter_map(|at| files.language(&entries[*at].path)).filter(imports);
        let families: HashSet<Language> = families.map(kin).collect();
        let mut beyond = Beyond { positions: Vec::new(), languages: HashSet::new() };
        if families.is_empty() {
            return beyond;
        }
        for at in (0..entries.len()).filter(|at| entries[*at].kind == EntryKind::File && selected.binary_search(at).is_err()) {
            let language = Language::of(&entries[at].path).filter(|language| families.contains(&kin(*language)));
            if let Some(language) = language.filter(|language| !is_installed(&entries[at].path, *language)) {
                beyond.positions.push(at);
                beyond.languages.insert(language);
            }
        }
        beyond
    }

    /// The functions that these files have, and how many of the files were read.
    pub fn functions(&self, files: &Files<'_>, extraction: &Extraction, cache: Option<&Cache>) -> (Vec<Known>, usize) {
        let machine = |language: &Language| {
            let words = extraction.extractor.literals(FileKind::Code(*language))?;
            Some((*language, AhoCorasick::new(words).ok()?))
        };
        let machines: HashMap<Language, AhoCorasick> = self.languages.iter().filter_map(machine).collect();
        let read = AtomicUsize::new(0);
        let one = |at: &usize| -> Option<Known> {
            let path = &files.index.entries()[*at].path;
            let machine = machines.get(&Language::of(path)?)?;
            let bytes = files.small(path, MAX_BYTES)?;
            read.fetch_add(1, Ordering::Relaxed);
            if !machine.is_match(&bytes) {
                return None;
            }
            let source = Source::new(path, &bytes);
            if !extraction.extractor.may_serve_callers(&source) {
                return None;
            }
            let raw = extraction.raw(&source, cache);
            let names: Vec<String> = raw.wrappers.into_iter().flat_map(|wrapper| wrapper.known_as).collect();
            (!names.is_empty()).then(|| (path.clone(), names))
        };
        let found = self.positions.par_iter().filter_map(one).collect();
        (found, read.into_inner())
    }
}

/// Whether a file lies where a package manager puts other people's code, which no import of the tree's own modules leads to.
fn is_installed(path: &RepoPath, language: Language) -> bool {
    let directory = match kin(language) {
        Language::JavaScript => "node_modules",
        Language::Go => "vendor",
        _ => return false,
    };
    path.as_str().split('/').any(|segment| segment == directory)
}
