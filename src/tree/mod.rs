//! Trees: immutable listings of paths with contents, of every kind that a run can judge.

mod directory;
mod disk;
mod git;
mod history;
mod index;
mod listing;
mod memory;
mod merge;
mod objects;
mod overlay;
mod peer;
mod repository;
mod stored;
mod versions;
mod worktree;

#[cfg(all(test, unix))]
mod tests;

use std::sync::Arc;

use crate::text::RepoPath;

pub use directory::DirectoryTree;
pub use history::{Commit, Named};
pub use index::Index;
pub use memory::MemoryTree;
pub use merge::MergeTree;
pub use overlay::Overlay;
pub use peer::{Peer, Peers};
pub use repository::{DEEPEN, HookDirectory, Repository};
pub use stored::{CommitTree, IndexTree};
pub use versions::{Cut, Version, Versions};
pub use worktree::WorkTree;

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    File,
    /// A symbolic link: its content is its target; it is never followed.
    Link,
    /// Another repository: it is listed and not entered.
    Submodule,
    /// A FIFO, socket or device: listed, and never opened.
    Special,
}

/// The identity of a content: git's object id in lower-case hex. Equal ids mean equal bytes, in every tree of a [`Change`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentId(pub Arc<str>);

/// One path of a tree.
#[derive(Clone, Debug)]
pub struct Entry {
    pub path: RepoPath,
    pub kind: EntryKind,
    /// The content's id where the tree knows it without reading (`None`: an edited or untracked file).
    pub id: Option<ContentId>,
}

/// Why a content could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// Larger than the limit that the caller gave; the size in bytes.
    TooLarge(u64),
    /// The object database does not hold it (a partial clone).
    MissingObject,
    /// The index holds several versions of it: a merge is not resolved.
    Conflict,
    /// The operating system's or git's words.
    Io(String),
}

/// A listing of paths with contents. Implementations are safe to read from many threads.
pub trait Tree: Send + Sync {
    /// All entries, sorted by path bytewise, each path once.
    fn entries(&self) -> &[Entry];

    /// The content of `entry`, which must come from [`entries`](Self::entries). A link's content is its target. At most
    /// `limit` bytes are read. Submodules and special files are empty.
    ///
    /// # Errors
    /// What [`ReadError`] lists.
    fn read(&self, entry: &Entry, limit: u64) -> Result<Vec<u8>, ReadError>;

    /// The id that `bytes` would have in this tree, so that contents of two trees can be compared.
    fn id_of(&self, bytes: &[u8]) -> ContentId;

    /// The entry at `path`.
    fn entry(&self, path: &RepoPath) -> Option<&Entry> {
        let entries = self.entries();
        entries.binary_search_by(|entry| entry.path.cmp(path)).ok().map(|at| &entries[at])
    }

    /// What the tree is: `worktree`, `index`, `commit`, `merge` or `directory`, and the commit where there is one.
    fn describe(&self) -> Description;

    /// The repository that it is a tree of.
    fn repository(&self) -> Option<&Repository> {
        None
    }
}

/// What kind of tree a report was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    pub kind: &'static str,
    /// For a commit its id; for a working tree or index the id of HEAD's commit.
    pub commit: Option<String>,
}

/// What a run judges: a head, and where there is one the base that it came from.
#[derive(Clone)]
pub struct Change {
    pub head: Arc<dyn Tree>,
    pub base: Option<Arc<dyn Tree>>,
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let base = self.base.as_ref().map(|base| base.describe());
        f.debug_struct("Change").field("head", &self.head.describe()).field("base", &base).finish()
    }
}

/// Something outside of the policy that keeps a run from starting; `help` says what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeError {
    pub message: String,
    pub help: Option<String>,
}

impl TreeError {
    pub fn new(message: impl Into<String>) -> Self {
        TreeError { message: message.into(), help: None }
    }

    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl std::fmt::Display for TreeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TreeError {}
