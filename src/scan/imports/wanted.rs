//! Functions that are looked for in the files of a tree.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::facts::imports::{kin, words};
use crate::formats::code::Language;
use crate::text::RepoPath;

/// Functions of the files of one family of languages that read the environment for their callers.
pub(super) struct Wanted {
    pub functions: HashSet<String>,
    /// A file that calls one of them says one of these.
    names: HashSet<Vec<u8>>,
    /// The first bytes of these.
    first: [bool; 256],
    /// One of them is what its module stands for: a caller names it as it likes.
    pub is_nameless: bool,
    /// The files that define them.
    pub homes: BTreeSet<RepoPath>,
}

/// Adds a function of the file at `path`, by a name that others know it by.
pub(super) fn add(wanted: &mut BTreeMap<Language, Wanted>, name: &str, path: &RepoPath) {
    // Nobody imports a script.
    if let Some(language) = Language::of(path) {
        wanted.entry(kin(language)).or_default().add(name, path);
    }
}

impl Default for Wanted {
    fn default() -> Self {
        let (functions, names, homes) = Default::default();
        Wanted { functions, names, first: [false; 256], is_nameless: false, homes }
    }
}

impl Wanted {
    fn add(&mut self, name: &str, path: &RepoPath) {
        self.functions.insert(name.rsplit('.').next().unwrap_or(name).to_owned());
        self.homes.insert(path.clone());
        match words(name.as_bytes()).next() {
            Some(head) if name != "default" => {
                self.first[usize::from(head[0])] = true;
                self.names.insert(head.to_owned());
            }
            _ => self.is_nameless = true,
        }
    }

    /// Whether a file that says `word` may call one of the functions.
    pub fn is_name(&self, word: &[u8]) -> bool {
        word.first().is_some_and(|first| self.first[usize::from(*first)]) && self.names.contains(word)
    }
}
