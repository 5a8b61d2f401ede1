//! Output formats. Nothing here decides anything.

use crate::finding::{Finding, Side, Unjudged};
use crate::text::RepoPath;
use crate::tree::Description;

/// Everything that one run has to say.
#[derive(Clone, Debug)]
pub struct Report {
    pub head: Description,
    /// The commit that head was compared with.
    pub base: Option<Description>,
    pub summary: Summary,
    /// In the order of SPEC §9.
    pub findings: Vec<Finding>,
    pub unjudged: Vec<Unjudged>,
}

/// The counts of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub errors: usize,
    pub warnings: usize,
    pub notes: usize,
    pub unjudged: usize,
    pub allowed: usize,
    pub new_allows: usize,
    pub baselined: usize,
    /// Files of head.
    pub files: usize,
    /// Rules in force.
    pub rules: usize,
}

/// Gives a report the contents that its places point into, for source windows.
pub trait Contents {
    /// The file's bytes in that tree; `None` where they cannot be had.
    fn content(&self, side: &Side, path: &RepoPath) -> Option<Vec<u8>>;

    /// Whether values of this file must never be shown (dotenv files).
    fn is_secret(&self, path: &RepoPath) -> bool;
}
