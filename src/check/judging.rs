//! Judging: each policy over the same trees and the same facts, and one report of what they found.

use std::collections::{HashMap, HashSet};

use super::policies::Policies;
use super::trees::Trees;
use super::{By, Check, Error};
use crate::finding::{From, Place, Reason, Severity, Unjudged};
use crate::judge::{self, Gate, Judgement, Weakened};
use crate::plan::Plan;
use crate::policy::{BoundRule, Counterparts, PolicyError, policy_rule};
use crate::report::{Report, RuleInfo, Summary};
use crate::rules::Output;
use crate::scan::{Scan, View, renames};
use crate::text::RepoPath;
use crate::{fix, tree};

/// What one policy found, and what it read for that.
struct Evaluated {
    judgement: Judgement,
    scan: Scan,
    reads: usize,
}

impl Check {
    /// Judges, and tells how many files were read for it.
    pub(super) fn judge(&self, policies: &Policies, trees: &Trees) -> Result<(Report, usize), Error> {
        let settings = policies.settings();
        let limit = settings.max_file_bytes;
        let moved = trees.base.as_ref().map(|base| renames(&trees.head, base, limit)).unwrap_or_default();
        let now = self.time()?;
        let view = trees.view(&moved, now);
        let head = match policies.judging_head() {
            Some(policy) => Some(Plan::new(policy, &self.rules).map_err(Error::Usage)?.with(&settings)),
            None => None,
        };
        let of_head = match &head {
            Some(plan) => Some(evaluate(plan, &view, From::HeadPolicy, None)?),
            None => None,
        };
        let base = match policies.judging_base() {
            Some(policy) => Some(Plan::beside(policy, &self.rules, head.as_ref()).map_err(Error::Usage)?.with(&settings)),
            None => None,
        };
        let known = of_head.as_ref().map(|found| (&found.scan, &trees.head));
        let of_base = base.as_ref().map(|plan| evaluate(plan, &view, From::BasePolicy, known));
        let mut reads = of_head.as_ref().map_or(0, |found| found.reads);
        let mut judgement = of_head.map(|found| found.judgement).unwrap_or_default();
        let mut bad_base = policies.bad_base.clone();
        let counterparts = policies.base.as_ref().map(|base| Counterparts::new(base, policies.head.policy.as_ref()));
        match (of_base, &counterparts, &policies.base) {
            (Some(Ok(found)), Some(counterparts), Some(base)) => {
                reads += found.reads;
                Gate { head: policies.head.policy.as_ref(), base }.unite(&mut judgement, found.judgement, counterparts);
            }
            // It turned out to be wrong only now.
            (Some(Err(Error::Policy(error))), ..) if self.by != By::Base => bad_base = Some(error),
            (Some(Err(error)), ..) => return Err(error),
            _ => {}
        }
        if self.is_gate() {
            judge::weigh_unread(&mut judgement, &view, policies.base.as_ref().map(|base| &base.settings), limit);
        }
        judgement.unjudged.extend(bad_base.map(|error| bad_base_policy(&error, policies)));
        let new = self.weakened(policies, &view, counterparts.as_ref(), &mut judgement)?;
        let plans: Vec<&Plan<'_>> = head.iter().chain(&base).collect();
        judge::conclude(&plans, policies.head.policy.as_ref(), &new, now, &mut judgement);
        Ok((self.report(policies, trees, &plans, judgement), reads))
    }

    /// Adds what the change takes away from its gate; tells which entries of head's policy are new.
    fn weakened(
        &self,
        policies: &Policies,
        view: &View<'_>,
        counterparts: Option<&Counterparts<'_>>,
        judgement: &mut Judgement,
    ) -> Result<HashSet<usize>, Error> {
        let gate = policies.gate().filter(|_| self.is_gate());
        let (Some(gate), Some(counterparts), Some(base)) = (gate, counterparts, view.base) else {
            return Ok(HashSet::new());
        };
        let weakened = Weakened { gate, counterparts, head: view.head, base };
        judgement.findings.extend(weakened.findings().map_err(Error::Usage)?);
        Ok(weakened.new_allows())
    }

    fn report(&self, policies: &Policies, trees: &Trees, plans: &[&Plan<'_>], judgement: Judgement) -> Report {
        let shown = |rule: &str, place: &Place| {
            let below = |path: &RepoPath| place.path.is_below(path.as_str());
            self.paths.is_empty() || rule == "policy" || policies.holds(&place.path) || self.paths.iter().any(below)
        };
        let findings = judgement.findings.into_iter().map(|judged| judged.finding);
        let findings: Vec<_> = findings.filter(|finding| shown(&finding.rule, &finding.place)).collect();
        let unjudged: Vec<_> = judgement.unjudged.into_iter().filter(|one| shown(&one.rule, &one.place)).collect();
        let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
        let mut rules: Vec<RuleInfo> = Vec::new();
        for rule in plans.iter().flat_map(|plan| &plan.rules) {
            if !rules.iter().any(|known| known.id == rule.id) {
                rules.push(rule_info(rule));
            }
        }
        let summary = Summary {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
            unjudged: unjudged.len(),
            allowed: judgement.allowed,
            new_allows: judgement.new_allows,
            baselined: 0,
            files: trees.head.entries().len(),
            rules: rules.len(),
        };
        let describe = |index: &tree::Index| index.tree().describe();
        Report { head: describe(&trees.head), base: trees.base.as_ref().map(describe), summary, rules, findings, unjudged }
    }
}

/// One policy over a view; what `known` has read of the same files is not read again.
fn evaluate(plan: &Plan<'_>, view: &View<'_>, whose: From, known: Option<(&Scan, &tree::Index)>) -> Result<Evaluated, Error> {
    let scan = Scan::new(plan, &plan.rules, view, known);
    sound(&scan.outputs)?;
    let mut reads = scan.files_read;
    let old = match (plan.grandfathering().map_err(Error::Usage)?, view.base) {
        (Some(plan), Some(base)) => {
            let (head, view) =
                (view.head, View { head: base, base: None, ours: None, cut_off: false, renames: &[], now: view.now });
            let before = Scan::new(&plan, &plan.rules, &view, Some((&scan, head)));
            sound(&before.outputs)?;
            reads += before.files_read;
            plan.rules.iter().map(|rule| rule.id.clone()).zip(before.outputs).collect()
        }
        _ => HashMap::new(),
    };
    let mut judgement = judge::judge(plan, &scan, view, &old, whose);
    fix::settle(plan.policy, plan.settings.max_file_bytes, view.head, &mut judgement.findings);
    Ok(Evaluated { judgement, scan, reads })
}

fn bad_base_policy(error: &PolicyError, policies: &Policies) -> Unjudged {
    let severity = policies.settings().unjudged.get(&Reason::BadBasePolicy).copied();
    let first = error.to_string().lines().next().unwrap_or_default().to_string();
    let path = error.complaints.first().map_or_else(|| RepoPath::new("ssot.yaml"), |first| first.place.path.clone());
    Unjudged {
        rule: policy_rule(),
        reason: Reason::BadBasePolicy,
        severity: severity.unwrap_or(Severity::Note),
        message: format!("base's policy cannot be judged by: {first}"),
        place: Place::file(path),
        related: Vec::new(),
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
