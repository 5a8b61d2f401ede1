//! Judging: from what rules found to what a run says. Severities, exceptions, grandfathering, fingerprints, order.

mod baseline;
mod exceptions;
mod gate;
mod grandfather;
mod order;
mod policy;
mod weakened;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::finding::{Accepted, Exception, Finding, From, Place, Reason, Severity, Side, Unjudged};
use crate::plan::Plan;
use crate::policy::{Baseline, BoundRule};
use crate::rules::{Draft, FixDraft, Output, Role};
use crate::scan::{Scan, View};
use crate::text::RepoPath;
use crate::tree::DEEPEN;

pub use baseline::{Kept, NewEntries, Use, new_entries};
pub use exceptions::Exceptions;
pub use gate::{Gate, weigh_unread};
pub use grandfather::Before;
pub use weakened::Weakened;

/// A finding, and how to mend it, which still needs the file's own style.
pub struct Judged {
    pub finding: Finding,
    pub fix: Option<FixDraft>,
}

/// Everything that one run found.
#[derive(Default)]
pub struct Judgement {
    /// In the order of reports.
    pub findings: Vec<Judged>,
    pub unjudged: Vec<Unjudged>,
    /// Findings that an exception accepts, in the same order.
    pub accepted: Vec<Accepted>,
    /// Of each unjudged place that is accepted: what accepts it.
    pub accepted_unjudged: Vec<Arc<Exception>>,
    /// Findings that the baseline accepts, in the same order.
    pub baselined: Vec<Accepted>,
}

/// Judges what the rules of a plan found in head; `base` is what the grandfathering rules, by id, found in base: those that
/// found something in head. Nothing is said about base's policy itself.
pub fn judge(plan: &Plan<'_>, scan: &Scan, view: &View<'_>, base: &HashMap<Arc<str>, Before>, whose: From) -> Judgement {
    let mut judgement = Judgement::default();
    let renames: HashMap<&RepoPath, &RepoPath> = view.renames.iter().map(|(from, to)| (to, from)).collect();
    for (at, rule) in plan.rules.iter().enumerate() {
        let mut found = findings(rule, &scan.outputs[at]);
        let needs_base = plan.judges_against_base(rule);
        if rule.grandfather {
            match base.get(&rule.id) {
                Some(before) => {
                    for (path, trouble) in before.keep_new(&mut found, findings(rule, &before.output), &renames) {
                        let message = format!("what base already has cannot be told: {}", trouble.message);
                        judgement.unjudged.push(unjudged_at(plan, rule, trouble.reason, Place::file(path), message));
                    }
                }
                None if needs_base || view.base.is_some() => {}
                None => judgement.unjudged.push(no_base(plan, rule, view, "what base already has cannot be told")),
            }
        }
        found.iter_mut().for_each(|judged| judged.finding.from = whose);
        judgement.findings.append(&mut found);
        unjudged(plan, rule, scan, &scan.outputs[at], &mut judgement.unjudged);
        if view.base.is_none() && needs_base {
            judgement.unjudged.push(no_base(plan, rule, view, "this rule compares with a base, and there is none"));
        }
    }
    if whose == From::HeadPolicy {
        policy::judge(plan, scan, view, &mut judgement.findings);
    }
    judgement
}

/// What accepts findings of a run.
pub struct Acceptance<'a> {
    pub exceptions: Exceptions<'a>,
    pub baseline: Option<&'a Baseline>,
    pub how: Use,
}

/// Takes out what is accepted, and puts the rest in order; `plans` are those that judged. Tells what the baseline holds now.
pub fn conclude(plans: &[&Plan<'_>], acceptance: Acceptance<'_>, has_base: bool, judgement: &mut Judgement) -> Kept {
    // Who is equal to whom does not depend on what is accepted.
    order::settle(judgement);
    let judged = |plan: &Plan<'_>, rule: &BoundRule| has_base || !plan.judges_against_base(rule);
    let ran = |id: &str| plans.iter().any(|plan| plan.rules.iter().any(|rule| *rule.id == *id && judged(plan, rule)));
    acceptance.exceptions.apply(judgement, &ran);
    // Of a rule that is gone or off nothing is left to accept; one that was not asked for may have more.
    let known = |id: &str| plans.iter().any(|plan| plan.policy.rule(id).is_some_and(BoundRule::is_on));
    let kept = baseline::apply(acceptance.baseline, acceptance.how, &|id| ran(id) || !known(id), judgement);
    order::settle(judgement);
    kept
}

/// The day of an instant, as dates of exceptions mean it.
pub fn day(now: Timestamp) -> jiff::civil::Date {
    now.to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// The findings of one rule, each with its severity; what is off is left out, equal ones are one.
fn findings(rule: &BoundRule, output: &Output) -> Vec<Judged> {
    let mut seen: HashMap<_, usize> = HashMap::new();
    let mut found: Vec<Judged> = Vec::new();
    for draft in &output.drafts {
        let Some(severity) = rule.severity_of(draft.code) else { continue };
        let at = *seen.entry((draft.code, &draft.place, apart(rule, draft))).or_insert(found.len());
        match found.get_mut(at) {
            Some(equal) => equal.unite(draft),
            None => found.push(judged(rule.id.clone(), rule.kind.name, rule.why.clone(), severity, draft)),
        }
    }
    found
}

impl Judged {
    /// Takes over what an equal finding says more: other ends (`per: file` has one in each file), and what mends them.
    fn unite(&mut self, equal: &Draft) {
        for related in &equal.related {
            if !self.finding.related.iter().any(|known| known.place == related.place) {
                self.finding.related.push(related.clone());
            }
        }
        if let (Some(fix), Some(other)) = (&mut self.fix, &equal.fix)
            && fix.title == other.title
        {
            for step in &other.steps {
                if !fix.steps.contains(step) {
                    fix.steps.push(step.clone());
                }
            }
        }
    }
}

/// Findings of one place are one, but in the policy there may be several, about different things: of the rule itself, and of
/// what git has, which stands where the policy asks for it.
fn apart<'d>(rule: &BoundRule, draft: &'d Draft) -> Option<&'d str> {
    (draft.place.path == rule.place.path || draft.side != Side::Head).then_some(draft.subject.as_str())
}

fn judged(rule: Arc<str>, kind: &str, why: Option<Arc<str>>, severity: Severity, draft: &Draft) -> Judged {
    let finding = Finding {
        rule,
        code: format!("{kind}/{}", draft.code),
        severity,
        from: From::HeadPolicy,
        message: draft.message.clone(),
        help: draft.help.clone(),
        why,
        place: draft.place.clone(),
        side: draft.side.clone(),
        related: draft.related.clone(),
        fix: None,
        data: draft.data.clone(),
        subject: draft.subject.clone(),
        fingerprint: String::new(),
    };
    Judged { finding, fix: draft.fix.clone() }
}

fn no_base(plan: &Plan<'_>, rule: &BoundRule, view: &View<'_>, message: &str) -> Unjudged {
    let message = match view.cut_off {
        true => format!("{message}: the clone is shallow and ends here; {DEEPEN}"),
        false => message.into(),
    };
    unjudged_at(plan, rule, Reason::NoBase, rule.place.clone(), message)
}

fn unjudged_at(plan: &Plan<'_>, rule: &BoundRule, reason: Reason, place: Place, message: String) -> Unjudged {
    let severity = plan.settings.unjudged.get(&reason).copied().unwrap_or(Severity::Note);
    Unjudged { rule: rule.id.clone(), reason, severity, message, place, related: Vec::new() }
}

/// What one rule could not judge: files and parts of them that its facts could not read, what is dynamic in the facts that it
/// quantifies over, and what the rule itself says.
fn unjudged(plan: &Plan<'_>, rule: &BoundRule, scan: &Scan, output: &Output, unjudged: &mut Vec<Unjudged>) {
    let mut files = std::collections::HashSet::new();
    let mut places = std::collections::HashSet::new();
    let mut found = Vec::new();
    // What makes a truth incomplete is told where it matters, and not told again.
    let told: std::collections::HashSet<&Place> = output
        .stuck
        .iter()
        .filter(|stuck| stuck.reason == Reason::IncompleteTruth)
        .flat_map(|stuck| &stuck.related)
        .map(|r| &r.place)
        .collect();
    for (set, role) in rule.rule.facts() {
        for id in &set.members {
            for trouble in &scan.troubles[id.0] {
                // Of peers each is told.
                let peer = (trouble.reason == Reason::Unreachable).then_some(&trouble.message);
                if files.insert((trouble.reason, trouble.place.path.clone(), peer)) {
                    found.push(unjudged_at(plan, rule, trouble.reason, trouble.place.clone(), trouble.message.clone()));
                }
            }
            for (place, message) in scan.holes[id.0].iter().filter(|_| role != Role::Truth) {
                if !told.contains(place) && places.insert(place.clone()) {
                    found.push(unjudged_at(plan, rule, Reason::Dynamic, place.clone(), message.clone()));
                }
            }
        }
    }
    for stuck in &output.stuck {
        let per_file = matches!(stuck.reason, Reason::Unparsable | Reason::TooLarge | Reason::Unreadable | Reason::MissingObject);
        if per_file && !files.insert((stuck.reason, stuck.place.path.clone(), None)) {
            continue;
        }
        let mut entry = unjudged_at(plan, rule, stuck.reason, stuck.place.clone(), stuck.message.clone());
        entry.related.clone_from(&stuck.related);
        found.push(entry);
    }
    unjudged.append(&mut found);
}
