//! One run, from a directory to a report.

mod trees;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::finding::{Place, Severity, Side};
use crate::plan::Plan;
use crate::policy::{self, BoundRule, Policy, PolicyError, PolicyFile};
use crate::report::{Contents, Report, RuleInfo, Summary};
use crate::rules::Output;
use crate::scan::{Scan, View, is_dotenv, renames};
use crate::text::RepoPath;
use crate::tree::{Change, Index, Tree, TreeError};
use crate::{fix, judge};
use trees::{Trees, holds};

/// What a run judges and by which policy. The defaults are those of `ssot check`: the working tree by its own `ssot.yaml`,
/// with `HEAD` as base.
///
/// ```no_run
/// let report = ssot::Check::new(".").run()?;
/// for finding in &report.findings {
///     println!("{}: {}", finding.place.path, finding.message);
/// }
/// # Ok::<(), ssot::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Check {
    root: PathBuf,
    /// Trees that the program has at hand, instead of what is at the root.
    given: Option<Change>,
    /// What stands in front of head's own contents.
    overlay: BTreeMap<RepoPath, Vec<u8>>,
    /// Whether the root is taken as it is, even where it lies below a repository's top.
    fixed_root: bool,
    head: Head,
    against: Against,
    policy: Option<PathBuf>,
    rules: Vec<String>,
    paths: Vec<RepoPath>,
    now: Option<Timestamp>,
}

/// The tree that is judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Head {
    /// Tracked files as they are on disk, and untracked ones that git does not ignore.
    #[default]
    WorkTree,
    /// What is staged.
    Index,
    /// A commit.
    Commit(String),
}

/// What a head is compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Against {
    /// `HEAD`, or a commit's first parent.
    #[default]
    Before,
    /// The merge base of head and a revision.
    MergeBase(String),
    /// A revision that head is merged with.
    Merge(String),
}

/// A finished run: its report, and what its places point into.
pub struct Run {
    pub report: Report,
    policy: Policy,
    files_read: usize,
    trees: Trees,
    file: PolicyFile,
    /// Whether the policy was read from outside the tree.
    outside: bool,
    secrets: Vec<RepoPath>,
    top: Option<PathBuf>,
}

/// What keeps a run from happening. The message is one or more whole lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Something is wrong with the policy.
    Policy(PolicyError),
    /// Something is wrong with the tree or the repository.
    Tree(TreeError),
    /// Something is wrong with what was asked for.
    Usage(String),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Policy(error) => error.fmt(f),
            Error::Tree(error) => error.fmt(f),
            Error::Usage(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {}

impl From<PolicyError> for Error {
    fn from(error: PolicyError) -> Self {
        Error::Policy(error)
    }
}

impl From<TreeError> for Error {
    fn from(error: TreeError) -> Self {
        Error::Tree(error)
    }
}

impl Check {
    /// A check of the tree at or above `root`: in a git repository its top, else the directory itself.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Check {
            root: root.into(),
            given: None,
            overlay: BTreeMap::new(),
            fixed_root: false,
            head: Head::default(),
            against: Against::default(),
            policy: None,
            rules: Vec::new(),
            paths: Vec::new(),
            now: None,
        }
    }

    /// A check of trees that the program has at hand: `head` by the policy at its top, against `base`.
    pub fn of_trees(head: Arc<dyn Tree>, base: Option<Arc<dyn Tree>>) -> Self {
        Check { given: Some(Change { head, base }), ..Check::new("") }
    }

    /// Takes the directory itself as the top of the tree, also where it is inside a repository.
    pub fn fixed_root(mut self, fixed: bool) -> Self {
        self.fixed_root = fixed;
        self
    }

    /// Which tree is judged.
    pub fn judged(&self) -> &Head {
        &self.head
    }

    /// Judges that tree.
    pub fn head(mut self, head: Head) -> Self {
        self.head = head;
        self
    }

    /// Compares with the merge base of this revision and head, instead of `HEAD` (or a commit's first parent). Head's policy alone
    /// judges; that base's policy judges too is a later version's.
    pub fn base(mut self, revision: impl Into<String>) -> Self {
        self.against = Against::MergeBase(revision.into());
        self
    }

    /// Judges the merge of head with this revision, and compares with the revision.
    pub fn merge_into(mut self, revision: impl Into<String>) -> Self {
        self.against = Against::Merge(revision.into());
        self
    }

    /// Judges by this policy file instead of the tree's own.
    pub fn policy(mut self, file: impl Into<PathBuf>) -> Self {
        self.policy = Some(file.into());
        self
    }

    /// Judges only by these rules. Called several times, they add up.
    pub fn rule(mut self, id: impl Into<String>) -> Self {
        self.rules.push(id.into());
        self
    }

    /// Reports only what lies at or below these paths of the tree, and what is about the policy. All is read all the same.
    pub fn path(mut self, path: impl Into<RepoPath>) -> Self {
        self.paths.push(path.into());
        self
    }

    /// The time that dates are compared with. Default: `SOURCE_DATE_EPOCH`, else the clock.
    pub fn now(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }

    /// Judges head as if these files had these contents: what an editor has not saved yet, or what fixes would make of them.
    pub fn overlay(mut self, contents: BTreeMap<RepoPath, Vec<u8>>) -> Self {
        self.overlay = contents;
        self
    }

    /// Runs the check.
    ///
    /// # Errors
    /// A policy, tree or option that is at fault; findings are no errors.
    pub fn run(&self) -> Result<Report, Error> {
        Ok(self.run_in_full()?.report)
    }

    /// Runs the check, and keeps the trees and the policy that the report's places point into.
    ///
    /// # Errors
    /// As of [`run`](Self::run).
    pub fn run_in_full(&self) -> Result<Run, Error> {
        let opened = self.open()?;
        let (file, policy) = self.load(&*opened.head)?;
        let plan = Plan::new(&policy, &self.rules).map_err(Error::Usage)?;
        let gone = |path: &RepoPath| !holds(opened.head.entries(), path);
        let needs_base = plan.needs_base || self.paths.iter().any(gone);
        let trees = self.trees(opened, needs_base)?;
        if let Some(path) = self.paths.iter().find(|path| !trees.know(path)) {
            return Err(Error::Usage(format!("`{path}` matches no file of the tree")));
        }
        let (report, files_read) = self.judge(&plan, &trees)?;
        drop(plan);
        let secrets = secrets(&policy, &trees.head).map_err(Error::Usage)?;
        let top = match (&self.given, &trees.repository) {
            (Some(_), _) => None,
            (None, Some(repository)) => repository.top().map(Path::to_path_buf),
            (None, None) => Some(self.root.clone()),
        };
        Ok(Run { report, policy, files_read, trees, file, outside: self.policy.is_some(), secrets, top })
    }

    /// Reads the facts of the policy, used or not, and judges nothing.
    ///
    /// # Errors
    /// As of [`run`](Self::run).
    pub fn facts(&self) -> Result<(Policy, Scan), Error> {
        let opened = self.open()?;
        let (_, policy) = self.load(&*opened.head)?;
        let plan = Plan::of_facts(&policy).map_err(Error::Usage)?;
        let trees = self.trees(opened, plan.needs_base)?;
        let view = trees.view(&[], self.time()?);
        let scan = Scan::new(&plan, &[], &view, None);
        drop(plan);
        Ok((policy, scan))
    }

    fn load(&self, head: &dyn Tree) -> Result<(PolicyFile, Policy), Error> {
        let file = match &self.policy {
            None => policy::find(head)?,
            Some(path) => read_policy(path)?,
        };
        let policy = policy::load(&file, head)?;
        Ok((file, policy))
    }

    fn time(&self) -> Result<Timestamp, Error> {
        if let Some(now) = self.now {
            return Ok(now);
        }
        match std::env::var("SOURCE_DATE_EPOCH") {
            Err(_) => Ok(Timestamp::now()),
            Ok(text) => {
                let seconds = text.trim().parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
                seconds.ok_or_else(|| Error::Usage(format!("SOURCE_DATE_EPOCH is `{text}`, which is no number of seconds")))
            }
        }
    }

    fn judge(&self, plan: &Plan<'_>, trees: &Trees) -> Result<(Report, usize), Error> {
        let limit = plan.policy.settings.max_file_bytes;
        let moved = trees.base.as_ref().map(|base| renames(&trees.head, base, limit)).unwrap_or_default();
        let now = self.time()?;
        let view = trees.view(&moved, now);
        let scan = Scan::new(plan, &plan.rules, &view, None);
        sound(&scan.outputs)?;
        let old = match (plan.grandfathering().map_err(Error::Usage)?, &trees.base) {
            (Some(plan), Some(base)) => {
                let view = View { head: base, base: None, ours: None, cut_off: false, renames: &[], now };
                let outputs = Scan::new(&plan, &plan.rules, &view, Some((&scan, &trees.head))).outputs;
                sound(&outputs)?;
                plan.rules.iter().map(|rule| rule.id.clone()).zip(outputs).collect()
            }
            _ => HashMap::new(),
        };
        let mut judgement = judge::judge(plan, &scan, &view, &old);
        fix::settle(plan.policy, &trees.head, &mut judgement.findings);
        let shown = |place: &Place| self.shows(place, plan.policy);
        let findings: Vec<_> =
            judgement.findings.into_iter().map(|judged| judged.finding).filter(|finding| shown(&finding.place)).collect();
        let unjudged: Vec<_> = judgement.unjudged.into_iter().filter(|unjudged| shown(&unjudged.place)).collect();
        let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
        let summary = Summary {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
            unjudged: unjudged.len(),
            allowed: judgement.allowed,
            new_allows: 0,
            baselined: 0,
            files: trees.head.entries().len(),
            rules: plan.rules.len(),
        };
        let base = trees.base.as_ref().map(|base| base.tree().describe());
        let rules = plan.rules.iter().map(|rule| rule_info(rule)).collect();
        Ok((Report { head: trees.head.tree().describe(), base, summary, rules, findings, unjudged }, scan.files_read))
    }

    /// Whether a place is asked for: all of them, but where paths are given those below one, and those in the policy's
    /// own files.
    fn shows(&self, place: &Place, policy: &Policy) -> bool {
        self.paths.is_empty()
            || policy.files.contains(&place.path)
            || self.paths.iter().any(|path| place.path.is_below(path.as_str()))
    }
}

fn rule_info(rule: &BoundRule) -> RuleInfo {
    RuleInfo {
        id: rule.id.clone(),
        kind: rule.kind.name,
        about: rule.kind.about,
        severity: rule.severity.unwrap_or(Severity::Note),
        why: rule.why.clone(),
        place: rule.place.clone(),
    }
}

/// Whether no rule turned out to be wrong itself.
fn sound(outputs: &[Output]) -> Result<(), PolicyError> {
    let complaints: Vec<_> = outputs.iter().flat_map(|output| output.complaints.iter().cloned()).collect();
    if complaints.is_empty() { Ok(()) } else { Err(PolicyError { complaints }) }
}

fn read_policy(path: &Path) -> Result<PolicyFile, Error> {
    let shown = RepoPath::from_bytes(path.as_os_str().as_encoded_bytes());
    let fail = |error: std::io::Error| {
        PolicyError::about(shown.clone(), format!("`{}` cannot be read: {error}", path.display()), "name another file")
    };
    let metadata = std::fs::metadata(path).map_err(fail)?;
    if !metadata.is_file() {
        return Err(
            PolicyError::about(shown.clone(), format!("`{}` is no regular file", path.display()), "name a policy file").into()
        );
    }
    Ok(PolicyFile { text: std::fs::read(path).map_err(fail)?, path: shown })
}

/// Files whose values are never shown: those that `env-file` facts read.
fn secrets(policy: &Policy, head: &Index) -> Result<Vec<RepoPath>, String> {
    let selections: Vec<_> =
        policy.facts.iter().filter(|fact| fact.kind == "env-file").filter_map(|fact| fact.selection).collect();
    let selected = crate::plan::Selector::new(policy, &selections)?.select(head);
    let mut paths: Vec<RepoPath> =
        selections.iter().flat_map(|id| selected[id.0].iter()).map(|at| head.entries()[*at].path.clone()).collect();
    paths.sort();
    paths.dedup();
    Ok(paths)
}

impl Run {
    /// How many files of head were read.
    pub fn files_read(&self) -> usize {
        self.files_read
    }

    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The directory that head's files lie in; none for trees that are nowhere on disk.
    pub fn top(&self) -> Option<&Path> {
        self.top.as_deref()
    }
}

impl Contents for Run {
    fn content(&self, side: &Side, path: &RepoPath) -> Option<Vec<u8>> {
        if *path == self.file.path && (*side == Side::Policy || self.outside) {
            return Some(self.file.text.clone());
        }
        let index = match side {
            Side::Base => self.trees.base.as_ref()?,
            Side::Head | Side::Policy | Side::Peer(_) => &self.trees.head,
        };
        let tree = index.tree();
        tree.read(tree.entry(path)?, self.policy.settings.max_file_bytes).ok()
    }

    fn is_secret(&self, path: &RepoPath) -> bool {
        is_dotenv(path) || self.secrets.binary_search(path).is_ok()
    }

    fn remote(&self) -> Option<String> {
        self.trees.repository.as_ref()?.remote()
    }
}
