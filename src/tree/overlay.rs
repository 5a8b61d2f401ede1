//! A tree with other contents at some of its paths: what fixes give, and what editors have not saved yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{ContentId, Description, Entry, EntryKind, ReadError, Repository, Tree};
use crate::text::RepoPath;

/// A tree below, and the files that stand in front of it.
pub struct Overlay {
    below: Arc<dyn Tree>,
    entries: Vec<Entry>,
    contents: BTreeMap<RepoPath, Vec<u8>>,
}

impl Overlay {
    /// Lays `contents` over a tree; a path that it does not have becomes a new file. Links, submodules and special files stay
    /// as they are.
    pub fn new(below: Arc<dyn Tree>, mut contents: BTreeMap<RepoPath, Vec<u8>>) -> Self {
        let mut entries = below.entries().to_vec();
        contents.retain(|path, bytes| {
            let id = Some(below.id_of(bytes));
            match entries.binary_search_by(|entry| entry.path.cmp(path)) {
                Ok(at) if entries[at].kind == EntryKind::File => entries[at].id = id,
                Ok(_) => return false,
                Err(at) => entries.insert(at, Entry { path: path.clone(), kind: EntryKind::File, id }),
            }
            true
        });
        Overlay { below, entries, contents }
    }
}

impl Tree for Overlay {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn read(&self, entry: &Entry, limit: u64) -> Result<Vec<u8>, ReadError> {
        match self.contents.get(&entry.path) {
            Some(content) if content.len() as u64 > limit => Err(ReadError::TooLarge(content.len() as u64)),
            Some(content) => Ok(content.clone()),
            None => self.below.read(entry, limit),
        }
    }

    fn id_of(&self, bytes: &[u8]) -> ContentId {
        self.below.id_of(bytes)
    }

    fn describe(&self) -> Description {
        self.below.describe()
    }

    fn repository(&self) -> Option<&Repository> {
        self.below.repository()
    }
}

#[cfg(test)]
mod tests {
    use super::super::MemoryTree;
    use super::*;

    #[test]
    fn contents_stand_in_front_and_new_files_in_between() {
        let below = Arc::new(MemoryTree::new([("a", "1"), ("c", "3")]));
        let contents = [("b", "2"), ("c", "4")].map(|(path, text)| (path.into(), text.into()));
        let tree = Overlay::new(below, contents.into());
        let read: Vec<_> = tree
            .entries()
            .iter()
            .map(|entry| (entry.path.as_str(), String::from_utf8(tree.read(entry, 9).unwrap()).unwrap()))
            .collect();
        assert_eq!(read, [("a", "1".into()), ("b", "2".into()), ("c", "4".into())]);
        assert_eq!(tree.entries()[2].id, Some(tree.id_of(b"4")));
        assert_eq!(tree.read(&tree.entries()[2], 0), Err(ReadError::TooLarge(1)));
    }
}
