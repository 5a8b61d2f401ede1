//! Trees whose contents lie in the object database: a commit and the index.

use std::collections::HashSet;

use super::objects::Objects;
use super::{ContentId, Description, Entry, EntryKind, ReadError, Repository, Tree, TreeError, listing};

/// The files of a commit.
pub struct CommitTree {
    repository: Repository,
    entries: Vec<Entry>,
    commit: String,
}

impl CommitTree {
    /// Lists the commit with that id.
    ///
    /// # Errors
    /// What git says of a commit that it cannot read.
    pub fn open(repository: &Repository, commit: &str) -> Result<Self, TreeError> {
        let answer = repository.git().ask(&["ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit])?;
        if !answer.success && answer.complaint() == "not a tree object" {
            let message = format!("directories of commit `{commit}` are not in this clone");
            return Err(TreeError::new(message).with_help(format!("let git fetch them: `git ls-tree -r {commit}`")));
        }
        let listing = answer.into_output()?;
        Ok(CommitTree { entries: listing::commit(&listing)?, repository: repository.clone(), commit: commit.to_owned() })
    }
}

impl Tree for CommitTree {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn read(&self, entry: &Entry, limit: u64) -> Result<Vec<u8>, ReadError> {
        read_stored(self.repository.objects(), entry, limit)
    }

    fn id_of(&self, bytes: &[u8]) -> ContentId {
        self.repository.id_of(bytes)
    }

    fn describe(&self) -> Description {
        Description { kind: "commit", commit: Some(self.commit.clone()) }
    }

    fn repository(&self) -> Option<&Repository> {
        Some(&self.repository)
    }
}

/// What is staged: the index, whatever the working tree holds. A path with an unresolved merge is listed without an id, and
/// its content is [`ReadError::Conflict`].
pub struct IndexTree {
    repository: Repository,
    entries: Vec<Entry>,
    commit: Option<String>,
}

impl IndexTree {
    /// Lists the index, or the one that `GIT_INDEX_FILE` named when the repository was discovered.
    ///
    /// # Errors
    /// What git says of an index that it cannot read.
    pub fn open(repository: &Repository) -> Result<Self, TreeError> {
        let listing = repository.git().run(&["ls-files", "-s", "-t", "-z"])?;
        let mut entries: Vec<Entry> = listing::index(&listing)?.into_iter().map(|indexed| indexed.entry).collect();
        drop_intended(repository, &mut entries)?;
        Ok(IndexTree { entries, repository: repository.clone(), commit: repository.head_commit()? })
    }
}

/// Drops what `git add -N` announced: it is listed as an empty file, and no commit would hold it.
fn drop_intended(repository: &Repository, entries: &mut Vec<Entry>) -> Result<(), TreeError> {
    let empty = repository.id_of(b"");
    if !entries.iter().any(|entry| entry.id.as_ref() == Some(&empty)) {
        return Ok(());
    }
    let no_tree = repository.empty_tree();
    let args = ["diff-index", "--cached", "--ita-invisible-in-index", "--no-renames", "--name-only", "-z", no_tree, "--"];
    let listing = repository.git().run(&args)?;
    let real: HashSet<&[u8]> = listing::records(&listing).collect();
    entries.retain(|entry| entry.id.as_ref() != Some(&empty) || real.contains(entry.path.as_bytes()));
    Ok(())
}

impl Tree for IndexTree {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn read(&self, entry: &Entry, limit: u64) -> Result<Vec<u8>, ReadError> {
        read_stored(self.repository.objects(), entry, limit)
    }

    fn id_of(&self, bytes: &[u8]) -> ContentId {
        self.repository.id_of(bytes)
    }

    fn describe(&self) -> Description {
        Description { kind: "index", commit: self.commit.clone() }
    }

    fn repository(&self) -> Option<&Repository> {
        Some(&self.repository)
    }
}

pub(super) fn read_stored(objects: &Objects, entry: &Entry, limit: u64) -> Result<Vec<u8>, ReadError> {
    match (entry.kind, &entry.id) {
        (EntryKind::Submodule | EntryKind::Special, _) => Ok(Vec::new()),
        (EntryKind::File | EntryKind::Link, Some(id)) => objects.read(id, limit),
        (EntryKind::File | EntryKind::Link, None) => Err(ReadError::Conflict),
    }
}
