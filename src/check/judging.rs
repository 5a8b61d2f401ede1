//! Judging: each policy over the same trees and the same facts, and one report of what they found.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::baselines::Baselines;
use super::policies::Policies;
use super::trees::Trees;
use super::{By, Check, Error};
use crate::finding::{From, Place, Reason, Severity, Unjudged};
use crate::judge::{self, Acceptance, Before, Exceptions, Gate, Judgement, Kept, Weakened};
use crate::plan::Plan;
use crate::policy::inline::Inline;
use crate::policy::{BoundRule, Counterparts, Policy, PolicyError, policy_rule};
use crate::report::{Report, RuleInfo, Summary};
use crate::rules::Output;
use crate::scan::{Known, Scan, View, inline_of_base, renames};
use crate::text::RepoPath;
use crate::tree::Peers;
use crate::{fix, tree};

/// What one policy found, and what it read for that.
struct Evaluated {
    judgement: Judgement,
    scan: Scan,
    reads: usize,
}

/// A report, and what was read for it.
pub(super) struct Outcome {
    pub report: Report,
    /// How many files were read, of head and of base.
    pub reads: usize,
    /// What the baseline is to hold from now on.
    pub kept: Kept,
    /// What head's policy read.
    pub scan: Option<Scan>,
    pub peers: Peers,
}

impl Check {
    /// Judges by the policies; what `known` has read of the same contents is not read again.
    pub(super) fn judge(&self, policies: &Policies, trees: &Trees, known: Option<Known<'_>>) -> Result<Outcome, Error> {
        let settings = policies.settings();
        let limit = settings.max_file_bytes;
        let moved = trees.base.as_ref().map(|base| renames(&trees.head, base, limit)).unwrap_or_default();
        let now = self.time()?;
        let view = trees.view(&moved, now, &self.meter);
        let head = match policies.judging_head() {
            Some(policy) => Some(Plan::new(policy, &self.rules).map_err(Error::Usage)?.with(&settings)),
            None => None,
        };
        let known_base = policies.base.as_ref();
        let peers_of = |plan: &Option<Plan<'_>>| {
            let opened = plan.as_ref().map(|plan| self.open_peers(plan.policy, plan.peers(), known_base, trees));
            opened.unwrap_or_default()
        };
        let mut peers = peers_of(&head);
        let of_head = match &head {
            Some(plan) => Some(evaluate(plan, &View { peers: &peers, ..view }, From::HeadPolicy, known)?),
            None => None,
        };
        let base = match policies.judging_base() {
            Some(policy) => Some(Plan::beside(policy, &self.rules, head.as_ref()).map_err(Error::Usage)?.with(&settings)),
            None => None,
        };
        let known = of_head.as_ref().map(|found| Known { scan: &found.scan, head: &trees.head, base: trees.base.as_ref() });
        let peers_of_base = peers_of(&base);
        let of_base = base.as_ref().map(|plan| evaluate(plan, &View { peers: &peers_of_base, ..view }, From::BasePolicy, known));
        for (name, peer) in peers_of_base {
            peers.entry(name).or_insert(peer);
        }
        let of_both = [(&head, of_head.as_ref()), (&base, of_base.as_ref().and_then(|found| found.as_ref().ok()))];
        let noted = Noted::new(of_both.into_iter().filter_map(|(plan, found)| plan.as_ref().zip(found)));
        let mut reads = of_head.as_ref().map_or(0, |found| found.reads);
        let (mut judgement, scan) = of_head.map(|found| (found.judgement, Some(found.scan))).unwrap_or_default();
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
        let plans: Vec<&Plan<'_>> = head.iter().chain(&base).collect();
        let exceptions = self.exceptions(policies, &plans, &view, &noted, counterparts.as_ref(), &mut judgement)?;
        let Baselines { head: baseline, how, .. } = &policies.baselines;
        let acceptance = Acceptance { exceptions, baseline: baseline.as_ref(), how: *how };
        let kept = judge::conclude(&plans, acceptance, view.base.is_some(), &mut judgement);
        Ok(Outcome { report: self.report(policies, trees, &plans, judgement), reads, kept, scan, peers })
    }

    /// The exceptions of head, which count for both policies. With a gate the judgement gets what the change takes away from it.
    fn exceptions<'a>(
        &self,
        policies: &'a Policies,
        plans: &[&Plan<'_>],
        view: &View<'_>,
        noted: &'a Noted,
        counterparts: Option<&Counterparts<'_>>,
        judgement: &mut Judgement,
    ) -> Result<Exceptions<'a>, Error> {
        let day = judge::day(view.now);
        let known = |id: &str| {
            let all = plans.iter().map(|plan| plan.policy).chain(&policies.head.policy).chain(&policies.base);
            all.into_iter().find_map(|policy| policy.rule(id))
        };
        let entries = |policy: &'a Option<Policy>| policy.as_ref().map(|policy| policy.allows.as_slice()).unwrap_or_default();
        let mut exceptions = Exceptions::new(entries(&policies.head.policy), &noted.inline, &known, day);
        let gate = policies.gate().filter(|_| self.is_gate());
        if let (Some(gate), Some(counterparts), Some(base)) = (gate, counterparts, view.base) {
            let inline = inline_of_base(&noted.inline, &noted.selected_base, view, policies.settings().max_file_bytes);
            let before = Exceptions::new(entries(&policies.base), &inline, &known, day);
            exceptions.compare(&before);
            let weakened = Weakened { gate, counterparts, head: view.head, base };
            let recorded = policies.baselines.new_entries(view.renames);
            judgement.findings.extend(weakened.findings(&exceptions, &before, &recorded).map_err(Error::Usage)?);
        }
        Ok(exceptions)
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
        let accepted_by = judgement.accepted.iter().map(|accepted| &accepted.by).chain(&judgement.accepted_unjudged);
        let summary = Summary {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
            unjudged: unjudged.len(),
            allowed: judgement.accepted.len() + judgement.accepted_unjudged.len(),
            new_allows: accepted_by.filter(|by| by.is_new).count(),
            baselined: judgement.baselined.len(),
            files: trees.head.entries().len(),
            rules: rules.len(),
        };
        let describe = |index: &tree::Index| index.tree().describe();
        let accepted = judgement.accepted.into_iter().chain(judgement.baselined);
        Report {
            head: describe(&trees.head),
            base: trees.base.as_ref().map(describe),
            summary,
            rules,
            findings,
            unjudged,
            accepted: accepted.filter(|accepted| shown(&accepted.finding.rule, &accepted.finding.place)).collect(),
        }
    }
}

/// What was seen of exceptions while files were read for rules.
#[derive(Default)]
struct Noted {
    /// By file of head: those in comments.
    inline: BTreeMap<RepoPath, Vec<Inline>>,
    /// The files of base that rules look at, by position.
    selected_base: BTreeSet<usize>,
}

impl Noted {
    fn new<'e, 'p: 'e>(evaluated: impl Iterator<Item = (&'e Plan<'p>, &'e Evaluated)>) -> Self {
        let mut noted = Noted::default();
        for (plan, found) in evaluated {
            noted.inline.extend(found.scan.inline.clone());
            let files =
                plan.policy.selections.iter().zip(&found.scan.selected_base).filter(|(selection, _)| !selection.directories);
            noted.selected_base.extend(files.flat_map(|(_, selected)| selected));
        }
        noted
    }
}

/// One policy over a view; what `known` has read of the same files is not read again.
fn evaluate(plan: &Plan<'_>, view: &View<'_>, whose: From, known: Option<Known<'_>>) -> Result<Evaluated, Error> {
    let scan = Scan::new(plan, &plan.rules, view, known);
    sound(&scan.outputs)?;
    let mut reads = scan.files_read;
    let mut old = HashMap::new();
    if let Some(base) = view.base {
        // Of what nothing was found nothing is left out, and what did not change is found in base as it is in head.
        let found = |at: usize, rule: &BoundRule| {
            rule.grandfather && scan.outputs[at].drafts.iter().any(|draft| rule.severity_of(draft.code).is_some())
        };
        let found = plan.rules.iter().enumerate().filter(|(at, rule)| found(*at, rule)).map(|(at, _)| at);
        let (same, other): (Vec<usize>, Vec<usize>) = found.partition(|at| scan.is_unchanged(plan.rules[*at], view));
        old.extend(same.into_iter().map(|at| (plan.rules[at].id.clone(), Before::equal(&scan.outputs[at]))));
        if !other.is_empty() {
            let plan = plan.of_rules(&other).map_err(Error::Usage)?;
            let known = Known { scan: &scan, head: view.head, base: None };
            let view = View { head: base, base: None, ours: None, cut_off: false, renames: &[], ..*view };
            let before = Scan::new(&plan, &plan.rules, &view, Some(known));
            sound(&before.outputs)?;
            reads += before.files_read;
            old.extend(Before::of_rules(&plan, before));
        }
    }
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
