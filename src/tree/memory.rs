//! A tree in memory, for tests and for policy pages.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha1::{Digest, Sha1};

use super::{ContentId, Description, Entry, EntryKind, ReadError, Tree};
use crate::text::{RepoPath, hex};

/// Paths and contents that a program put together.
#[derive(Clone, Default)]
pub struct MemoryTree {
    entries: Vec<Entry>,
    contents: BTreeMap<RepoPath, Vec<u8>>,
}

impl MemoryTree {
    /// A tree of plain files.
    pub fn new<P: Into<RepoPath>, C: Into<Vec<u8>>>(files: impl IntoIterator<Item = (P, C)>) -> Self {
        let contents: BTreeMap<RepoPath, Vec<u8>> =
            files.into_iter().map(|(path, content)| (path.into(), content.into())).collect();
        let entries = contents
            .iter()
            .map(|(path, content)| Entry { path: path.clone(), kind: EntryKind::File, id: Some(blob_id::<Sha1>(content)) })
            .collect();
        MemoryTree { entries, contents }
    }
}

impl Tree for MemoryTree {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn read(&self, entry: &Entry, limit: u64) -> Result<Vec<u8>, ReadError> {
        let content = self.contents.get(&entry.path).ok_or_else(|| ReadError::Io("no such file".into()))?;
        match content.len() as u64 {
            size if size > limit => Err(ReadError::TooLarge(size)),
            _ => Ok(content.clone()),
        }
    }

    fn id_of(&self, bytes: &[u8]) -> ContentId {
        blob_id::<Sha1>(bytes)
    }

    fn describe(&self) -> Description {
        Description { kind: "directory", commit: None }
    }
}

/// Git's object id of a blob with that content, in the hash that the repository uses.
pub(super) fn blob_id<H: Digest>(bytes: &[u8]) -> ContentId {
    let mut hash = H::new();
    hash.update(format!("blob {}\0", bytes.len()));
    hash.update(bytes);
    ContentId(Arc::from(hex(&hash.finalize())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_git() {
        assert_eq!(&*blob_id::<Sha1>(b"").0, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(&*blob_id::<Sha1>(b"hello\n").0, "ce013625030ba8dba906f756967f9e9ca394464a");
    }
}
