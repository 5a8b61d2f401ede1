//! One policy over the last commits of a history, each against its parent.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::policies::{HeadPolicy, Policies};
use super::trees::Trees;
use super::{By, Check, Error};
use crate::finding::Finding;
use crate::policy;
use crate::report::Report;
use crate::scan::{Known, Scan};
use crate::tree::{Commit, CommitTree, Index, Repository};

/// What a policy would have said about commits.
pub struct Backtest {
    /// Newest first.
    pub commits: Vec<Tested>,
    /// The rules in force, in the policy's order.
    pub rules: Vec<Tally>,
}

/// One commit, judged against its first parent.
pub struct Tested {
    pub commit: Commit,
    pub report: Report,
    /// By finding: whether the parent does not have it.
    new: Vec<bool>,
}

/// How often a rule had something to say.
pub struct Tally {
    pub id: Arc<str>,
    /// Commits that it finds something new in.
    pub commits: usize,
    pub new: usize,
    pub unjudged: usize,
}

/// What of the commit before is not read again.
struct Before {
    scan: Scan,
    index: Index,
}

impl Tested {
    /// What the commit brought; what stood there before is not told again.
    pub fn brought(&self) -> impl Iterator<Item = &Finding> {
        self.report.findings.iter().zip(&self.new).filter(|(_, new)| **new).map(|(finding, _)| finding)
    }
}

impl Check {
    /// Judges the last commits of the head (`HEAD`, or the revision that was named) by the policy that would judge it now; with
    /// `first_parent` only those that were the head once, merges as a whole.
    ///
    /// # Errors
    /// As of [`run`](Self::run), and where there is no repository or no commit.
    pub fn backtest(&self, last: usize, first_parent: bool) -> Result<Backtest, Error> {
        let outside = || Error::Usage(format!("`{}` is in no git repository: it has no history", self.root.display()));
        let repository = Repository::discover(&self.root)?.ok_or_else(outside)?;
        let policies = self.own_policy()?;
        let start = match &self.head {
            super::Head::Commit(revision) => repository.resolve(revision)?,
            _ => repository.resolve("HEAD")?,
        };
        let commits = repository.last_commits(&start, last, first_parent)?;
        let listed: HashSet<String> = commits.iter().map(|commit| commit.id.clone()).collect();
        let mut before: HashMap<String, HashMap<String, usize>> = HashMap::new();
        let (mut known, mut tested) = (None, Vec::new());
        for commit in commits.into_iter().rev() {
            if let Some(parent) =
                commit.parent.as_ref().filter(|parent| !listed.contains(*parent) && !before.contains_key(*parent))
            {
                let report = self.judge_commit(&repository, &policies, parent, None, &mut known)?;
                before.insert(parent.clone(), counted(&report));
            }
            let report = self.judge_commit(&repository, &policies, &commit.id, commit.parent.as_deref(), &mut known)?;
            let mut old = commit.parent.as_ref().and_then(|parent| before.get(parent)).cloned().unwrap_or_default();
            before.insert(commit.id.clone(), counted(&report));
            let new = report.findings.iter().map(|finding| is_new(finding, &report, &mut old)).collect();
            tested.push(Tested { commit, report, new });
        }
        tested.reverse();
        let rules = tallies(&tested);
        Ok(Backtest { commits: tested, rules })
    }

    /// The policy that would judge the head now.
    fn own_policy(&self) -> Result<Policies, Error> {
        let opened = Check { against: super::Against::Before, ..self.clone() }.open()?;
        let file = match &self.by {
            By::File(path) => super::policies::read_policy(path)?,
            _ => policy::find(&*opened.head)?,
        };
        let policy = policy::load(&file, &*opened.head)?;
        Ok(Policies::only(HeadPolicy { file: Some(file), policy: Some(policy), broken: None }))
    }

    fn judge_commit(
        &self,
        repository: &Repository,
        policies: &Policies,
        commit: &str,
        parent: Option<&str>,
        known: &mut Option<Before>,
    ) -> Result<Report, Error> {
        let index = |commit: &str| CommitTree::open(repository, commit).map(|tree| Index::new(Arc::new(tree)));
        let base = parent.map(index).transpose()?;
        let trees =
            Trees { head: index(commit)?, base, ours: None, repository: Some(repository.clone()), cut_off: false, cache: None };
        let judged = self.judge(
            policies,
            &trees,
            known.as_ref().map(|before| Known { scan: &before.scan, head: &before.index, base: None }),
        )?;
        *known = judged.scan.map(|scan| Before { scan, index: trees.head });
        Ok(judged.report)
    }
}

/// Findings by fingerprint.
fn counted(report: &Report) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for finding in &report.findings {
        *counts.entry(finding.fingerprint.clone()).or_default() += 1;
    }
    counts
}

/// Whether the parent does not have the finding. What a rule says of a change is always new.
fn is_new(finding: &Finding, report: &Report, old: &mut HashMap<String, usize>) -> bool {
    let kind = report.rules.iter().find(|rule| rule.id == finding.rule).and_then(|rule| crate::rules::find(rule.kind));
    if kind.is_some_and(|kind| kind.needs_base) {
        return true;
    }
    match old.get_mut(&finding.fingerprint) {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        _ => true,
    }
}

fn tallies(tested: &[Tested]) -> Vec<Tally> {
    let mut ids: Vec<Arc<str>> = Vec::new();
    let named = tested.iter().flat_map(|one| one.report.rules.iter().map(|rule| &rule.id));
    for id in named.chain(tested.iter().flat_map(|one| one.brought().map(|finding| &finding.rule))) {
        if !ids.contains(id) {
            ids.push(id.clone());
        }
    }
    let of = |id: &Arc<str>, one: &Tested| one.brought().filter(|finding| finding.rule == *id).count();
    let tally = |id: Arc<str>| Tally {
        commits: tested.iter().filter(|one| of(&id, one) > 0).count(),
        new: tested.iter().map(|one| of(&id, one)).sum(),
        unjudged: tested.iter().map(|one| one.report.unjudged.iter().filter(|unjudged| unjudged.rule == id).count()).sum(),
        id,
    };
    ids.into_iter().map(tally).collect()
}
