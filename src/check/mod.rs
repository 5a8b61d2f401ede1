//! One run, from a directory to a report.

mod backtest;
mod baselines;
mod judging;
mod peers;
mod policies;
mod recorded;
mod trees;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::facts::ExtractorKind;
use crate::finding::Side;
use crate::formats::secret::is_dotenv;
use crate::judge::{Kept, Use};
use crate::meter::Meter;
use crate::plan::{Plan, Selector};
use crate::policy::{self, Language, Policy, PolicyError};
use crate::report::{Contents, Report};
use crate::rules::{Kind, Standing};
use crate::scan::{Scan, View};
use crate::text::RepoPath;
use crate::tree::{Change, Peers, Tree, TreeError};
pub use backtest::{Backtest, Tally, Tested};
use baselines::Named;
use judging::Outcome;
use policies::Policies;
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
    by: By,
    rules: Vec<String>,
    paths: Vec<RepoPath>,
    /// Where peers are, whatever the policy says.
    peers: BTreeMap<String, PathBuf>,
    now: Option<Timestamp>,
    language: Option<Box<Language>>,
    baseline: Option<Named>,
    /// Whether what is gone is dropped from the policy's own baseline.
    prunes: bool,
    /// Files that this run is about to write.
    written: Vec<RepoPath>,
    cache: Option<PathBuf>,
    meter: Arc<Meter>,
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

/// A policy that judges alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyOf {
    Head,
    Base,
}

/// The policies that judge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum By {
    /// Head's; where the change must not weaken its gate, base's too.
    #[default]
    Both,
    /// The same with this file in the place of head's.
    File(PathBuf),
    Head,
    Base,
}

/// A finished run: its report, and what its places point into.
pub struct Run {
    pub report: Report,
    policies: Policies,
    kept: Kept,
    files_read: usize,
    trees: Trees,
    peers: Peers,
    replicas: Vec<Standing>,
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
            by: By::default(),
            rules: Vec::new(),
            paths: Vec::new(),
            peers: BTreeMap::new(),
            now: None,
            language: None,
            baseline: None,
            prunes: false,
            written: Vec::new(),
            cache: None,
            meter: Arc::default(),
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

    /// Compares with the merge base of this revision and head, instead of `HEAD` (or a commit's first parent). Base's policy
    /// judges too, and what weakens it is told.
    pub fn base(mut self, revision: impl Into<String>) -> Self {
        self.against = Against::MergeBase(revision.into());
        self
    }

    /// Judges the merge of head with this revision, and compares with the revision, whose policy judges too.
    pub fn merge_into(mut self, revision: impl Into<String>) -> Self {
        self.against = Against::Merge(revision.into());
        self
    }

    /// Judges by this policy file instead of the tree's own.
    pub fn policy(mut self, file: impl Into<PathBuf>) -> Self {
        self.by = By::File(file.into());
        self
    }

    /// Judges by head's policy alone, or by base's. What weakens base's policy is told all the same.
    pub fn policy_of(mut self, side: PolicyOf) -> Self {
        self.by = match side {
            PolicyOf::Head => By::Head,
            PolicyOf::Base => By::Base,
        };
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

    /// Reads this peer of the policy from that directory, wherever the policy says that it is. (From where the policy says, what lies
    /// outside of the repository is read only if base's policy says so too.)
    pub fn peer(mut self, name: impl Into<String>, directory: impl Into<PathBuf>) -> Self {
        self.peers.insert(name.into(), directory.into());
        self
    }

    /// The time that dates are compared with. Default: `SOURCE_DATE_EPOCH`, else the clock.
    pub fn now(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }

    /// Lets policies have rules of one more kind; a known kind of that name is replaced.
    pub fn with_rule(mut self, kind: &'static Kind) -> Self {
        self.language_mut().kinds.add(kind);
        self
    }

    /// Lets facts have one more extractor; a known one of that name is replaced.
    pub fn with_extractor(mut self, kind: &'static ExtractorKind) -> Self {
        self.language_mut().extractors.add(kind);
        self
    }

    fn language(&self) -> &Language {
        self.language.as_deref().unwrap_or_else(|| Language::built_in())
    }

    fn language_mut(&mut self) -> &mut Language {
        self.language.get_or_insert_with(|| Box::new(Language::built_in().clone()))
    }

    /// Judges head as if these files had these contents: what an editor has not saved yet, or what fixes would make of them.
    pub fn overlay(mut self, contents: BTreeMap<RepoPath, Vec<u8>>) -> Self {
        self.overlay = contents;
        self
    }

    /// Accepts the findings that this file records, instead of those of the policy's own baseline. `shown` is its path in the tree,
    /// or as it was given.
    pub fn baseline(mut self, file: impl Into<PathBuf>, shown: RepoPath) -> Self {
        let how = if self.prunes { Use::Prune } else { Use::Apply };
        self.baseline = Some(Named { file: file.into(), shown, how });
        self
    }

    /// Accepts all findings there are: [`Run::baseline`] records them for this file. What it records by now of rules that are not
    /// judged stays.
    pub fn recording(mut self, file: impl Into<PathBuf>, shown: RepoPath) -> Self {
        self.baseline = Some(Named { file: file.into(), shown, how: Use::Record });
        self
    }

    /// Leaves out of [`Run::baseline`] what is gone, instead of telling it.
    pub fn pruning(mut self) -> Self {
        self.prunes = true;
        self.baseline.iter_mut().for_each(|named| named.how = Use::Prune);
        self
    }

    /// Keeps what was read in this directory, which must not lie in the tree, and reads nothing anew that is there. Findings are the
    /// same.
    pub fn cache(mut self, directory: impl Into<PathBuf>) -> Self {
        self.cache = Some(directory.into());
        self
    }

    /// Takes these files, which are about to be written, for no part of the tree, unless git tracks them.
    pub fn writes(mut self, files: impl IntoIterator<Item = RepoPath>) -> Self {
        self.written.extend(files);
        self
    }

    /// How far the check's runs are, and where their time went.
    pub fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    /// Runs the check.
    ///
    /// # Errors
    /// A policy, tree or option that is at fault; findings are no errors.
    pub fn run(&self) -> Result<Report, Error> {
        let run = self.run_in_full()?;
        match run.policies.head.broken {
            Some(broken) => Err(broken.into()),
            None => Ok(run.report),
        }
    }

    /// Runs the check, and keeps the trees and the policy that the report's places point into.
    ///
    /// # Errors
    /// As of [`run`](Self::run).
    pub fn run_in_full(&self) -> Result<Run, Error> {
        let opened = self.open()?;
        let head = self.head_policy(&*opened.head)?;
        let gone = |path: &RepoPath| !holds(opened.head.entries(), path);
        let asks_for_trust =
            head.policy.as_ref().is_some_and(|policy| self.asks_for_trust(policy, &Plan::peers_of(policy, &self.rules)));
        let needs_base = self.needs_base(&head) || asks_for_trust || self.paths.iter().any(gone);
        let mut trees = self.trees(opened, needs_base)?;
        if let Some(path) = self.paths.iter().find(|path| !trees.know(path)) {
            return Err(Error::Usage(format!("`{path}` matches no file of the tree")));
        }
        self.meter.lap("listing trees");
        let policies = self.policies(head, &trees)?;
        self.meter.lap("policies");
        let top = match (&self.given, &trees.repository) {
            (Some(_), _) => None,
            (None, Some(repository)) => repository.top().map(Path::to_path_buf),
            (None, None) => Some(self.root.clone()),
        };
        let baselines = self.baselines(&policies, &trees, top.as_deref())?;
        let policies = policies.with(baselines);
        let Outcome { report, reads, kept, peers, scan } = self.judge(&policies, &trees, None)?;
        if let Some(cache) = trees.cache.take() {
            cache.close();
        }
        let replicas = scan.map(|scan| scan.replicas).unwrap_or_default();
        let mut secrets = Vec::new();
        for policy in policies.head.policy.iter().chain(&policies.base) {
            secrets.extend(self::secrets(policy, &trees, &peers).map_err(Error::Usage)?);
        }
        secrets.sort();
        self.meter.lap("judging");
        Ok(Run {
            report,
            policies,
            kept,
            files_read: reads,
            trees,
            peers,
            replicas,
            outside: matches!(self.by, By::File(_)),
            secrets,
            top,
        })
    }

    /// The tree that is judged.
    ///
    /// # Errors
    /// A tree that cannot be opened.
    pub fn tree(&self) -> Result<Arc<dyn Tree>, Error> {
        Ok(self.open()?.head)
    }

    /// The ids of the rules of a kind that are in force by the tree's policy.
    ///
    /// # Errors
    /// A policy or a tree that is at fault.
    pub fn rules_of_kind(&self, kind: &str) -> Result<Vec<String>, Error> {
        let policy = self.head_policy(&*self.open()?.head)?.policy;
        let rules = policy.iter().flat_map(|policy| &policy.rules);
        Ok(rules.filter(|rule| rule.is_on() && rule.kind.name == kind).map(|rule| rule.id.to_string()).collect())
    }

    /// Reads the facts of the policy, used or not, and judges nothing.
    ///
    /// # Errors
    /// As of [`run`](Self::run).
    pub fn facts(&self) -> Result<(Policy, Scan), Error> {
        let opened = self.open()?;
        let file = match &self.by {
            By::File(path) => policies::read_policy(path)?,
            By::Both | By::Head | By::Base => policy::find(&*opened.head)?,
        };
        let policy = policy::load_in(self.language(), &file, &*opened.head)?;
        let plan = Plan::of_facts(&policy).map_err(Error::Usage)?;
        let trees = self.trees(opened, plan.needs_base || self.asks_for_trust(&policy, &plan.peers()))?;
        self.known_peers(std::iter::once(&policy))?;
        let peers = self.open_peers(&policy, plan.peers(), None, &trees);
        let view = View { peers: &peers, ..trees.view(&[], self.time()?, &self.meter) };
        let scan = Scan::new(&plan, &[], &view, None);
        drop(plan);
        Ok((policy, scan))
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
}

/// Files whose values are never shown: those that `env-file` facts read.
fn secrets(policy: &Policy, trees: &Trees, peers: &Peers) -> Result<Vec<RepoPath>, String> {
    let selections: Vec<_> =
        policy.facts.iter().filter(|fact| fact.kind == "env-file").filter_map(|fact| fact.selection).collect();
    if selections.is_empty() {
        return Ok(Vec::new());
    }
    let selector = Selector::new(policy, &selections)?;
    let mut paths = Vec::new();
    let peers = peers.values().filter_map(|peer| peer.as_deref().ok());
    for tree in [Some(&trees.head), trees.base.as_ref()].into_iter().flatten().chain(peers) {
        let selected = selector.select(tree);
        paths.extend(selections.iter().flat_map(|id| selected[id.0].iter()).map(|at| tree.entries()[*at].path.clone()));
    }
    Ok(paths)
}

impl Run {
    /// How many files were read, of head and of base.
    pub fn files_read(&self) -> usize {
        self.files_read
    }

    /// Head's policy; where that is gone or broken, the one of base that judged in its place.
    pub fn policy(&self) -> Option<&Policy> {
        self.policies.head.policy.as_ref().or(self.policies.base.as_ref())
    }

    /// How the copies of `replica` rules stand to their sources, by rule.
    pub fn replicas(&self) -> &[Standing] {
        &self.replicas
    }

    /// What is wrong with head's policy, where base's judged in its place.
    pub fn broken_policy(&self) -> Option<&PolicyError> {
        self.policies.head.broken.as_ref()
    }

    /// The names at the top of head's tree.
    pub fn top_entries(&self) -> impl Iterator<Item = &str> {
        let mut last = "";
        self.trees.head.entries().iter().filter_map(move |entry| {
            let name = entry.path.as_str().split('/').next().unwrap_or_default();
            (std::mem::replace(&mut last, name) != name).then_some(name)
        })
    }

    /// Git's index, which tells which files there are; none where head comes from no repository.
    pub fn index_file(&self) -> Option<PathBuf> {
        Some(self.trees.repository.as_ref()?.git_dir().join("index"))
    }

    /// What the baseline is to hold from now on: where it is written to, its text, how many entries it has, and how many are gone.
    pub fn baseline(&self) -> Option<(&Path, String, usize, usize)> {
        let text = crate::report::baseline(&self.kept.entries);
        Some((self.policies.baselines.file.as_deref()?, text, self.kept.entries.len(), self.kept.gone))
    }

    /// The directory that head's files lie in; none for trees that are nowhere on disk.
    pub fn top(&self) -> Option<&Path> {
        self.top.as_deref()
    }
}

impl Contents for Run {
    fn content(&self, side: &Side, path: &RepoPath) -> Option<Vec<u8>> {
        let file = self.policies.head.file.as_ref().filter(|file| file.path == *path);
        if let Some(file) = file.filter(|_| *side == Side::Policy || (self.outside && *side == Side::Head)) {
            return Some(file.text.clone());
        }
        if let Some(baseline) = self
            .policies
            .baselines
            .head
            .as_ref()
            .filter(|baseline| baseline.path == *path && !matches!(side, Side::Base | Side::Peer(_)))
        {
            return Some(baseline.text.clone());
        }
        let index = match side {
            Side::Base => self.trees.base.as_ref()?,
            Side::Peer(name) => self.peers.get(name)?.as_deref().ok()?,
            Side::Head | Side::Policy => &self.trees.head,
        };
        let tree = index.tree();
        tree.read(tree.entry(path)?, self.policies.settings().max_file_bytes).ok()
    }

    fn is_secret(&self, path: &RepoPath) -> bool {
        is_dotenv(path) || self.secrets.binary_search(path).is_ok()
    }

    fn remote(&self) -> Option<String> {
        self.trees.repository.as_ref()?.remote()
    }
}
