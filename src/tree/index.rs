//! The index of a tree's paths: what exists, where names stand, what ends how.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::{Entry, Tree};
use crate::text::RepoPath;

/// A tree and what can be asked of its listing without reading a file. Each table is made when it is first asked for.
pub struct Index {
    tree: Arc<dyn Tree>,
    directories: OnceLock<Vec<String>>,
    names: OnceLock<HashMap<String, Vec<usize>>>,
    /// Entries in the order of their reversed segments.
    suffixes: OnceLock<Vec<usize>>,
}

impl Index {
    pub fn new(tree: Arc<dyn Tree>) -> Self {
        Index { tree, directories: OnceLock::new(), names: OnceLock::new(), suffixes: OnceLock::new() }
    }

    pub fn tree(&self) -> &dyn Tree {
        &*self.tree
    }

    /// All entries, sorted by path.
    pub fn entries(&self) -> &[Entry] {
        self.tree.entries()
    }

    pub fn entry(&self, path: &str) -> Option<&Entry> {
        self.tree.entry(&RepoPath::new(path))
    }

    pub fn is_file(&self, path: &str) -> bool {
        self.entry(path).is_some()
    }

    /// Whether some entry lies below the path; the empty path is the top.
    pub fn is_dir(&self, path: &str) -> bool {
        path.is_empty() || self.directories().binary_search_by(|dir| dir.as_str().cmp(path)).is_ok()
    }

    /// All directories with a file somewhere below them, sorted.
    pub fn directories(&self) -> &[String] {
        self.directories.get_or_init(|| {
            let mut found = std::collections::BTreeSet::new();
            let mut last = "";
            for entry in self.entries() {
                let mut dir = entry.path.dir();
                if dir == last {
                    continue;
                }
                last = dir;
                while !dir.is_empty() && found.insert(dir.to_string()) {
                    dir = dir.rsplit_once('/').map_or("", |(parent, _)| parent);
                }
            }
            found.into_iter().collect()
        })
    }

    /// The entries of that file name, sorted by path.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Entry> {
        let names = self.names.get_or_init(|| {
            let mut names: HashMap<String, Vec<usize>> = HashMap::new();
            for (at, entry) in self.entries().iter().enumerate() {
                names.entry(entry.path.name().to_string()).or_default().push(at);
            }
            names
        });
        names.get(name).into_iter().flatten().map(|at| &self.entries()[*at])
    }

    /// The paths of which `suffix` is a whole-segment suffix.
    pub fn ending_with(&self, suffix: &str) -> impl Iterator<Item = &str> {
        let entries = self.entries();
        let order = self.suffixes.get_or_init(|| {
            let mut order: Vec<usize> = (0..entries.len()).collect();
            order.sort_by(|a, b| reversed(entries[*a].path.as_str()).cmp(reversed(entries[*b].path.as_str())));
            order
        });
        let start = order.partition_point(|at| reversed(entries[*at].path.as_str()).lt(reversed(suffix)));
        let ends = move |path: &&str| path.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
        order[start..].iter().map(|at| entries[*at].path.as_str()).take_while(ends)
    }
}

fn reversed(path: &str) -> std::str::RSplit<'_, char> {
    path.rsplit('/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::MemoryTree;

    fn index(paths: &[&str]) -> Index {
        Index::new(Arc::new(MemoryTree::new(paths.iter().map(|path| (*path, "x")))))
    }

    #[test]
    fn directories_names_and_suffixes() {
        let index = index(&["a/b/c.rs", "a/x/b/c.rs", "a-b/c.rs", "c.rs", "d/ac.rs"]);
        assert_eq!(index.directories(), ["a", "a-b", "a/b", "a/x", "a/x/b", "d"]);
        assert!(index.is_dir("a/x") && !index.is_dir("a/x/") && !index.is_dir("b") && index.is_dir(""));
        let ending = |suffix: &'static str| index.ending_with(suffix).collect::<Vec<_>>();
        assert_eq!(ending("b/c.rs"), ["a/b/c.rs", "a/x/b/c.rs"]);
        assert_eq!(ending("c.rs"), ["c.rs", "a-b/c.rs", "a/b/c.rs", "a/x/b/c.rs"]);
        assert_eq!(index.named("ac.rs").count(), 1);
    }
}
