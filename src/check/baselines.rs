//! The baselines of a run: the one that accepts findings of head, and the one that base had.

use std::path::PathBuf;

use crate::judge::{NewEntries, Use, new_entries};
use crate::policy::Baseline;
use crate::text::RepoPath;

/// A file that the command line names as baseline.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub file: PathBuf,
    /// As places show it: its path in the tree, where it lies in there.
    pub shown: RepoPath,
    pub how: Use,
}

/// The baselines of a run.
#[derive(Default)]
pub(super) struct Baselines {
    pub head: Option<Baseline>,
    /// Where head's is written to.
    pub file: Option<PathBuf>,
    /// Base's, where head's is that of its policy.
    pub base: Option<Baseline>,
    pub how: Use,
    /// Whether head's is that of its policy.
    pub own: bool,
}

impl Baselines {
    /// What head's accepts and base's did not, where the policies name them.
    pub fn new_entries(&self, renames: &[(RepoPath, RepoPath)]) -> Vec<NewEntries> {
        let head = self.head.as_ref().filter(|_| self.own);
        head.map(|head| new_entries(head, self.base.as_ref(), renames)).unwrap_or_default()
    }
}
