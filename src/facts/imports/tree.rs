//! A tree, as those who look for modules see it, and steps from directory to directory.

use std::sync::Arc;

use super::{Ask, What};
use crate::formats::code::Language;
use crate::text::RepoPath;

/// What is asked of a tree to find modules.
pub trait ModuleTree {
    fn is_file(&self, path: &str) -> bool;

    /// Whether some file lies below `path`.
    fn is_dir(&self, path: &str) -> bool;

    /// All directories, sorted.
    fn directories(&self) -> &[String];

    /// The files directly in a directory, sorted.
    fn files_in(&self, directory: &str) -> Vec<String>;

    /// The files of which `tail` is a whole-segment suffix, `most` at the most.
    fn ending_with(&self, tail: &str, most: usize) -> Vec<String>;

    /// The text of a small file that says how modules are found.
    fn settings(&self, path: &str) -> Option<Arc<str>>;

    /// The language of a file; of a script without an extension by its first line.
    fn language(&self, path: &RepoPath) -> Option<Language>;
}

/// A name inside of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    pub path: RepoPath,
    /// Dotted; `default` for what a module itself stands for.
    pub name: String,
    /// The package that the file has to be of, where its path alone does not tell.
    pub package: Option<String>,
}

impl Home {
    pub(super) fn new(path: impl AsRef<str>, name: impl Into<String>) -> Self {
        Home { path: RepoPath::new(path), name: name.into(), package: None }
    }

    /// The same in a file that has to be of `package`, if there is one.
    pub(super) fn of(path: impl AsRef<str>, name: impl Into<String>, package: &[&str]) -> Self {
        let package = (!package.is_empty()).then(|| package.join("."));
        Home { package, ..Home::new(path, name) }
    }

    /// The question to the file.
    pub fn ask(&self, what: What) -> Ask {
        Ask { name: self.name.clone(), package: self.package.clone(), what }
    }
}

/// `path` as seen from `directory`; `None` above the top.
pub(super) fn joined(directory: &str, path: &str) -> Option<String> {
    let mut segments: Vec<&str> = directory.split('/').filter(|segment| !segment.is_empty()).collect();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop()?;
            }
            segment => segments.push(segment),
        }
    }
    Some(segments.join("/"))
}

/// The directory and all those around it, the nearest first; the last is the top.
pub(super) fn ancestors(directory: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(directory), |directory| {
        (!directory.is_empty()).then(|| directory.rsplit_once('/').map_or("", |(parent, _)| parent))
    })
}

/// `name` inside of `directory`, which may be the top.
pub(super) fn inside(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}
