//! Peers: other repositories and directories, which a policy names to hold files of this tree against theirs.
//!
//! What lies outside of the repository is looked at only where it is trusted: a change must not make a run read what its author
//! likes to see. What cannot be read is told, and is never taken for a difference.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::git::shown;
use super::{CommitTree, DirectoryTree, Index, Repository, Tree, TreeError, WorkTree};

/// Files of a plain directory beyond which it is taken for a mistake (`path: /`).
const MOST: usize = 500_000;

/// Where a policy says that a peer is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    /// From the top of the tree.
    pub path: String,
    /// A revision of the repository there. None: what is on disk.
    pub reference: Option<String>,
}

/// The peers of a run, by name; or why one cannot be read.
pub type Peers = BTreeMap<Arc<str>, Result<Arc<Index>, String>>;

impl Peer {
    /// Whether it lies outside of a tree, by the words of its path alone.
    pub fn is_outside(&self, top: &Path) -> bool {
        !normal(&top.join(&self.path)).starts_with(top)
    }

    /// Reads the peer, seen from the `top` of the tree, an absolute path without links; where there is none its own path is absolute.
    ///
    /// # Errors
    /// Why it cannot be read, as the end of a sentence that starts with its name.
    pub fn open(&self, top: Option<&Path>) -> Result<Arc<dyn Tree>, String> {
        let path = shown(&self.path);
        let asked = normal(&top.unwrap_or(Path::new("/")).join(&self.path));
        let below = |directory: &Path| top.is_some_and(|top| directory.starts_with(top));
        let directory = asked.canonicalize().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => format!("`{path}` does not exist"),
            _ => format!("`{path}` cannot be opened: {error}"),
        })?;
        if below(&asked) && directory != asked {
            return Err(format!("a symbolic link leads to `{path}`, and none is followed"));
        }
        if !directory.is_dir() {
            return Err(format!("`{path}` is no directory"));
        }
        let (inside, is_own) = (below(&directory), Some(directory.as_path()) == top);
        if is_own && self.reference.is_none() {
            return Err(format!("`{path}` is this tree itself: name its files without `tree`"));
        }
        let told = |error: TreeError| match error.help {
            Some(help) => format!("`{path}`: {}; {help}", error.message),
            None => format!("`{path}`: {}", error.message),
        };
        let Some(repository) = Repository::of(&directory).map_err(told)? else {
            return match &self.reference {
                Some(reference) => Err(format!("`{path}` is no git repository, so it has no `{}`", shown(reference))),
                None if inside => Err(format!("`{path}` is a part of this tree: name its files without `tree`")),
                None => Ok(Arc::new(DirectoryTree::open_within(&directory, MOST).map_err(told)?)),
            };
        };
        if inside && repository.top().is_none() && !is_own {
            return Err(format!("`{path}` lies in this tree, and is no working tree"));
        }
        let commit = match (&self.reference, repository.top()) {
            (Some(reference), _) => repository.resolve(reference).map_err(told)?,
            (None, Some(_)) => return Ok(Arc::new(WorkTree::open(&repository).map_err(told)?)),
            (None, None) => repository.head_commit().map_err(told)?.ok_or_else(|| format!("`{path}` has no commit yet"))?,
        };
        Ok(Arc::new(CommitTree::open(&repository, &commit).map_err(told)?))
    }
}

/// A path without `.` and `..`, by its words alone.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => _ = normal.pop(),
            other => normal.push(other),
        }
    }
    normal
}
