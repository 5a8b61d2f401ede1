//! The trees of a run: what is judged, and what it is compared with.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Against, Check, Error, Head};
use crate::cache::Cache;
use crate::meter::Meter;
use crate::scan::View;
use crate::text::RepoPath;
use crate::tree::{
    CommitTree, DirectoryTree, Entry, Index, IndexTree, MergeTree, Overlay, Peers, Repository, Tree, TreeError, WorkTree,
};

/// The head of a run, and where its base is to be had.
pub(super) struct Opened {
    pub head: Arc<dyn Tree>,
    /// Of a merge: the head before it.
    ours: Option<Arc<dyn Tree>>,
    base: Base,
    repository: Option<Repository>,
    /// Head's commit.
    commit: Option<String>,
}

/// What a head is compared with.
enum Base {
    Given(Arc<dyn Tree>),
    Commit(String),
    /// What comes before a commit without anything being said: its first parent, or (of a tree that stands on it) itself.
    Before(String),
    None,
}

/// The trees of a run.
pub(super) struct Trees {
    pub head: Index,
    pub base: Option<Index>,
    /// Of a merge: the head before it.
    pub ours: Option<Index>,
    /// Where head comes from.
    pub repository: Option<Repository>,
    /// Whether there is no base because the clone ends at head.
    pub cut_off: bool,
    /// What runs before this one have read.
    pub cache: Option<Cache>,
}

impl Check {
    pub(super) fn open(&self) -> Result<Opened, Error> {
        let opened = self.opened()?;
        match self.overlay.is_empty() {
            true => Ok(opened),
            false => Ok(Opened { head: Arc::new(Overlay::new(opened.head, self.overlay.clone())), ..opened }),
        }
    }

    fn opened(&self) -> Result<Opened, Error> {
        if let Some(given) = &self.given {
            let base = given.base.clone().map_or(Base::None, Base::Given);
            return Ok(Opened { head: given.head.clone(), ours: None, base, repository: None, commit: None });
        }
        if !self.root.is_dir() {
            let what = if self.root.exists() { "is no directory" } else { "does not exist" };
            return Err(Error::Usage(format!("`{}` {what}", self.root.display())));
        }
        let repository =
            Repository::discover(&self.root)?.filter(|repository| !self.fixed_root || is_top(repository, &self.root));
        let Some(repository) = repository else {
            if self.head != Head::WorkTree || self.against != Against::Before {
                let message = format!("`{}` is in no git repository: it has no index and no commits", self.root.display());
                return Err(Error::Usage(message));
            }
            let head = Arc::new(DirectoryTree::open(&self.root)?.without(&self.written));
            return Ok(Opened { head, ours: None, base: Base::None, repository: None, commit: None });
        };
        let mut untracked = Vec::new();
        let (head, commit): (Arc<dyn Tree>, Option<String>) = match &self.head {
            Head::WorkTree if repository.top().is_none() => {
                let message = "this is a bare repository: it has no working tree; name a commit: `--rev R`";
                return Err(Error::Usage(message.into()));
            }
            Head::WorkTree => {
                let tree = WorkTree::open(&repository)?.without(&self.written);
                untracked = tree.untracked().to_vec();
                (Arc::new(tree), repository.head_commit()?)
            }
            Head::Index => (Arc::new(IndexTree::open(&repository)?), repository.head_commit()?),
            Head::Commit(revision) => {
                let commit = repository.resolve(revision)?;
                (Arc::new(CommitTree::open(&repository, &commit)?), Some(commit))
            }
        };
        let opened = Opened { head, ours: None, base: Base::None, repository: None, commit };
        self.compare(opened, repository, &untracked)
    }

    /// Finds the base, and merges where a merge is what is judged.
    fn compare(&self, opened: Opened, repository: Repository, untracked: &[RepoPath]) -> Result<Opened, Error> {
        let base = match (&self.against, &self.head, &opened.commit) {
            (Against::Before, _, None) => Base::None,
            (Against::Before, _, Some(commit)) => Base::Before(commit.clone()),
            (Against::MergeBase(revision) | Against::Merge(revision), _, None) => {
                let theirs = repository.resolve(revision)?;
                return Err(unborn(&theirs).into());
            }
            (Against::MergeBase(revision), _, Some(commit)) => {
                Base::Commit(repository.merge_base(&repository.resolve(revision)?, commit)?)
            }
            (Against::Merge(revision), _, Some(commit)) => {
                let theirs = repository.resolve(revision)?;
                let merged = MergeTree::open(&repository, &opened.head, commit, &theirs, untracked)?;
                let ours = Some(opened.head);
                let base = Base::Commit(theirs);
                return Ok(Opened { head: Arc::new(merged), ours, base, repository: Some(repository), ..opened });
            }
        };
        Ok(Opened { base, repository: Some(repository), ..opened })
    }

    /// All trees of the run; base only where it is `needed`, or was asked for.
    pub(super) fn trees(&self, opened: Opened, needed: bool) -> Result<Trees, Error> {
        let commit = match (&opened.base, &opened.repository) {
            (Base::Commit(commit), _) => Some(commit.clone()),
            (Base::Before(commit), Some(repository)) if needed => match self.head {
                Head::Commit(_) => repository.first_parent(commit)?,
                Head::WorkTree | Head::Index => Some(commit.clone()),
            },
            _ => None,
        };
        let base: Option<Arc<dyn Tree>> = match (opened.base, &opened.repository, commit) {
            (Base::Given(base), ..) => Some(base),
            (_, Some(repository), Some(commit)) => Some(Arc::new(CommitTree::open(repository, &commit)?)),
            _ => None,
        };
        let cut_off = match (&opened.repository, &opened.commit) {
            (Some(repository), Some(_)) if needed && base.is_none() => repository.is_shallow()?,
            _ => false,
        };
        let (head, base, ours) = (Index::new(opened.head), base.map(Index::new), opened.ours.map(Index::new));
        let cache = self.opened_cache(opened.repository.as_ref());
        Ok(Trees { head, base, ours, repository: opened.repository, cut_off, cache })
    }
}

impl Check {
    fn opened_cache(&self, repository: Option<&Repository>) -> Option<Cache> {
        let directory = self.cache.as_deref().filter(|_| self.given.is_none())?;
        let top = repository.map_or(self.root.as_path(), |repository| repository.top().unwrap_or_else(|| repository.git_dir()));
        Cache::open(directory, top)
    }
}

impl Trees {
    pub fn view<'a>(&'a self, renames: &'a [(RepoPath, RepoPath)], now: Timestamp, meter: &'a Meter) -> View<'a> {
        let (base, ours) = (self.base.as_ref(), self.ours.as_ref());
        static NO_PEERS: Peers = Peers::new();
        View {
            head: &self.head,
            base,
            ours,
            cut_off: self.cut_off,
            renames,
            peers: &NO_PEERS,
            now,
            cache: self.cache.as_ref(),
            meter,
        }
    }

    /// Whether some entry of head or base is the path or lies below it: what the change deletes is still a path of base.
    pub fn know(&self, path: &RepoPath) -> bool {
        holds(self.head.entries(), path) || self.base.as_ref().is_some_and(|base| holds(base.entries(), path))
    }
}

/// Whether some entry is the path or lies below it.
pub(super) fn holds(entries: &[Entry], path: &RepoPath) -> bool {
    entries.iter().any(|entry| entry.path.is_below(path.as_str()))
}

fn is_top(repository: &Repository, root: &Path) -> bool {
    match (repository.top(), root.canonicalize()) {
        (Some(top), Ok(root)) => top.canonicalize().is_ok_and(|top| top == root),
        (None, _) => true,
        (_, Err(_)) => false,
    }
}

fn unborn(theirs: &str) -> TreeError {
    TreeError::new(format!("HEAD has no commit yet, so it shares no history with `{theirs}`"))
        .with_help("commit first; without `--base` and `--merge-into` a tree without a commit can be judged by itself")
}
