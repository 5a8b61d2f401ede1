//! Findings about the policy itself: facts and rules that look at nothing, too much that is dynamic, patterns without proof.

use std::collections::BTreeSet;

use super::Judged;
use crate::facts::{Fact, FactId, Reader};
use crate::finding::{Finding, Place, Severity, Side};
use crate::plan::Plan;
use crate::policy::{BoundRule, policy_rule};
use crate::rules::Role;
use crate::scan::{Scan, View};

pub(super) fn judge(plan: &Plan<'_>, scan: &Scan, view: &View<'_>, findings: &mut Vec<Judged>) {
    let mut seen: BTreeSet<(&str, Place)> = BTreeSet::new();
    let mut push = |found: Judged, code: &'static str| {
        if seen.insert((code, found.finding.place.clone())) {
            findings.push(found);
        }
    };
    for rule in &plan.rules {
        for found in empty_files(plan, scan, view, rule) {
            push(found, "empty");
        }
        for (id, role) in members(plan, rule) {
            let fact = &plan.policy.facts[id.0];
            if let Some(message) = emptiness(plan, scan, view, rule, id, role) {
                let place = fact.place.clone().unwrap_or_else(|| rule.place.clone());
                push(finding("empty", Severity::Error, place, message, EMPTY_HELP), "empty");
            }
            if let Some((max, place)) = &fact.dynamic
                && scan.holes[id.0].len() as u64 > *max
            {
                let message = format!("{} is dynamic in {} places, {max} are allowed", fact.label(), scan.holes[id.0].len());
                let mut found =
                    finding("too-dynamic", Severity::Error, place.clone(), message, "see `ssot facts` for the places");
                // How many there are changes.
                found.finding.subject = fact.label();
                push(found, "too-dynamic");
            }
        }
        if let Some(found) = unproven(plan, rule) {
            push(found, "unproven");
        }
    }
}

const EMPTY_HELP: &str = "correct the pattern; if it may be empty, say `optional: true`";

fn finding(code: &str, severity: Severity, place: Place, message: String, help: &str) -> Judged {
    let finding = Finding {
        rule: policy_rule(),
        code: format!("policy/{code}"),
        severity,
        from: crate::finding::From::HeadPolicy,
        subject: message.clone(),
        message,
        help: Some(help.into()),
        why: None,
        place,
        side: Side::Head,
        related: Vec::new(),
        fix: None,
        data: serde_json::Map::new(),
        fingerprint: String::new(),
    };
    Judged { finding, fix: None }
}

/// The facts of a rule, those that words are made of included.
fn members(plan: &Plan<'_>, rule: &BoundRule) -> Vec<(FactId, Role)> {
    let mut found = Vec::new();
    for (set, role) in rule.rule.facts() {
        for id in &set.members {
            found.push((*id, role));
            let mut of = *id;
            while let Reader::Words(inner) = &plan.policy.facts[of.0].reader {
                found.extend(inner.members.iter().map(|member| (*member, Role::Truth)));
                match inner.members.first() {
                    Some(first) => of = *first,
                    None => break,
                }
            }
        }
    }
    found
}

/// Why a fact is empty, if it is and must not be.
fn emptiness(plan: &Plan<'_>, scan: &Scan, view: &View<'_>, rule: &BoundRule, id: FactId, role: Role) -> Option<String> {
    let fact: &Fact = &plan.policy.facts[id.0];
    if fact.optional || (fact.side == Side::Base && view.base.is_none()) {
        return None;
    }
    if let Some(selection) = fact.selection {
        if view.tree(&fact.side).is_err() {
            return None;
        }
        let in_base = rule.kind.needs_base && !scan.selected_base[selection.0].is_empty();
        if scan.selected_in(&fact.side, selection).is_empty() && !in_base {
            let what = if matches!(fact.reader, Reader::Directories) { "directory" } else { "file" };
            let globs = plan.policy.selections[selection.0].include.iter().map(|glob| format!("`{glob}`")).collect::<Vec<_>>();
            return Some(format!("{} selects no {what}: nothing matches {}", fact.label(), globs.join(", ")));
        }
    }
    let known = scan.elements[id.0].is_empty() && scan.unknown[id.0].is_empty();
    (known && role != Role::Suspect).then(|| format!("{} holds nothing: no element in the selected files", fact.label()))
}

/// The selections of a rule itself that select nothing.
fn empty_files(plan: &Plan<'_>, scan: &Scan, view: &View<'_>, rule: &BoundRule) -> Vec<Judged> {
    let mut found = Vec::new();
    let own = rule.rule.selections().into_iter().map(|id| (Side::Head, id));
    for (side, id) in own.chain(rule.rule.elsewhere()) {
        let selection = &plan.policy.selections[id.0];
        let in_base = rule.kind.needs_base && view.base.is_some() && !scan.selected_base[id.0].is_empty();
        if selection.optional || in_base || view.tree(&side).is_err() || !scan.selected_in(&side, id).is_empty() {
            continue;
        }
        let globs: Vec<String> = selection.include.iter().map(|glob| format!("`{glob}`")).collect();
        let tree = if let Side::Peer(name) = &side { format!(" of `{name}`") } else { String::new() };
        let message = format!("the rule `{}` selects no file{tree}: nothing matches {}", rule.id, globs.join(", "));
        let place = selection.place.clone().unwrap_or_else(|| rule.place.clone());
        let may_be_empty = rule.kind.fields.iter().any(|field| field.name == "optional");
        let help = if may_be_empty { EMPTY_HELP } else { "correct the pattern" };
        found.push(finding("empty", Severity::Error, place, message, help));
    }
    found
}

/// `forbid`s of text or code that no sample proves, where the policy wants to know.
fn unproven(plan: &Plan<'_>, rule: &BoundRule) -> Option<Judged> {
    let severity = plan.settings.unproven.filter(|_| rule.kind.name == "forbid")?;
    let unproven = members(plan, rule).into_iter().any(|(id, _)| {
        let fact = &plan.policy.facts[id.0];
        matches!(fact.kind, "text" | "code") && !fact.sampled
    });
    let message = format!("no sample proves the pattern of `{}`", rule.id);
    unproven.then(|| {
        finding("unproven", severity, rule.place.clone(), message, "add `samples: {match: [..], not: [..]}` to its fact")
    })
}
