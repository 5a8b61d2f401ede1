//! Rules that are gone or lowered, and facts and rules that select fewer files.

use std::collections::BTreeSet;

use super::reach::{Reach, Slot, slots};
use super::{Weakened, Weakening, named, peers};
use crate::facts::FactId;
use crate::finding::Place;
use crate::policy::{BoundRule, Pair, Policy};
use crate::text::RepoPath;

pub(super) fn compare(weakened: &Weakened<'_>, reach: &Reach, found: &mut Vec<Weakening>) {
    let mut told: BTreeSet<FactId> = BTreeSet::new();
    for pair in weakened.counterparts.pairs.iter().filter(|pair| pair.base.is_on()) {
        match (weakened.gate.head, pair.head) {
            (Some(policy), Some(head)) => found.extend(changed(weakened, policy, pair.base, head, reach, &mut told)),
            _ => found.push(gone(weakened, pair)),
        }
    }
}

fn gone(weakened: &Weakened<'_>, pair: &Pair<'_>) -> Weakening {
    let id = &pair.base.id;
    let message = match weakened.gate.head {
        Some(_) => format!("the change removes the rule `{id}`"),
        None => format!("the change removes the policy, and with it the rule `{id}`"),
    };
    let (place, before) = (weakened.gate.rules_place(), Some(pair.base.place.clone()));
    Weakening { subject: id.to_string(), message, place, before }
}

/// What is weaker in one rule, as one weakening; facts by name are weakenings of their own, each told once.
fn changed(
    weakened: &Weakened<'_>,
    policy: &Policy,
    base: &BoundRule,
    head: &BoundRule,
    reach: &Reach,
    told: &mut BTreeSet<FactId>,
) -> Vec<Weakening> {
    let mut found = Vec::new();
    let mut what = Vec::new();
    if head.is_on() && head.kind.name != base.kind.name {
        what.push(format!("it was `{}` and is `{}`", base.kind.name, head.kind.name));
    } else {
        what.extend(lowered(base, head));
    }
    let (mut place, mut before) = (head.place.clone(), base.place.clone());
    if head.is_on() {
        let (of_base, of_head) = (slots(weakened.gate.base, base), slots(policy, head));
        let mut explained: BTreeSet<&RepoPath> = BTreeSet::new();
        for (old, new) in facts_by_name(weakened.gate.base, policy, &of_base, &of_head) {
            let selections = |policy: &Policy, id: FactId| policy.facts[id.0].selection.into_iter().collect::<Vec<_>>();
            let lost = reach.lost(&selections(weakened.gate.base, old), &selections(policy, new));
            if !lost.is_empty() && told.insert(old) {
                found.extend(narrower(weakened.gate.base, policy, old, new, &lost));
            }
            explained.extend(lost);
        }
        let mut lost = lost_by_slots(&of_base, &of_head, reach);
        lost.retain(|path| !explained.contains(path));
        if !lost.is_empty() {
            if what.is_empty() {
                place = files_place(policy, &of_head).unwrap_or(place);
                before = files_place(weakened.gate.base, &of_base).unwrap_or(before);
            }
            what.push(format!("it no longer selects {}", named(lost.iter().map(|path| path.as_str()))));
        }
        what.extend(peers::lost(weakened.gate.base, base, policy, head));
    }
    if !what.is_empty() {
        let message = format!("the change weakens the rule `{}`: {}", base.id, what.join("; "));
        found.push(Weakening { subject: base.id.to_string(), message, place, before: Some(before) });
    }
    found
}

/// How a rule, or single codes of it, weigh less.
fn lowered(base: &BoundRule, head: &BoundRule) -> Vec<String> {
    if !head.is_on() {
        return vec!["it is off".into()];
    }
    let word = |severity: Option<crate::finding::Severity>| severity.map_or("off", |severity| severity.as_str());
    let mut found = Vec::new();
    if head.severity < base.severity {
        found.push(format!("it was `{}` and is `{}`", word(base.severity), word(head.severity)));
    } else {
        let codes = base.kind.codes.iter().map(|code| (code.name, base.severity_of(code.name), head.severity_of(code.name)));
        let lower = codes.filter(|(_, before, now)| now < before);
        found.extend(lower.map(|(code, before, now)| format!("`{code}` was `{}` and is `{}`", word(before), word(now))));
    }
    if head.grandfather && !base.grandfather {
        found.push("it no longer reports what base already has".into());
    }
    found
}

/// The named facts of two rules that go by one name at the same option.
fn facts_by_name(base: &Policy, head: &Policy, of_base: &[Slot], of_head: &[Slot]) -> Vec<(FactId, FactId)> {
    let mut pairs = Vec::new();
    for (old, new) in of_base.iter().zip(of_head) {
        for old in &old.facts {
            let name = &base.facts[old.0].name;
            let same = new.facts.iter().find(|new| name.is_some() && head.facts[new.0].name == *name);
            pairs.extend(same.map(|new| (*old, *new)));
        }
    }
    pairs
}

fn narrower(base: &Policy, head: &Policy, old: FactId, new: FactId, lost: &BTreeSet<&RepoPath>) -> Option<Weakening> {
    let (old, new) = (&base.facts[old.0], &head.facts[new.0]);
    let name = new.name.as_deref()?;
    let message =
        format!("the change weakens the fact `{name}`: it no longer selects {}", named(lost.iter().map(|p| p.as_str())));
    Some(Weakening { subject: name.to_string(), message, place: new.place.clone()?, before: old.place.clone() })
}

/// What a rule no longer selects: option by option, or on the whole where its options are others.
fn lost_by_slots<'r>(base: &[Slot], head: &[Slot], reach: &'r Reach) -> BTreeSet<&'r RepoPath> {
    if base.len() == head.len() {
        return base.iter().zip(head).flat_map(|(old, new)| reach.lost(&old.selections, &new.selections)).collect();
    }
    let all = |slots: &[Slot]| slots.iter().flat_map(|slot| slot.selections.clone()).collect::<Vec<_>>();
    reach.lost(&all(base), &all(head))
}

/// The key `files` of the rule itself or of a fact inside it.
fn files_place(policy: &Policy, slots: &[Slot]) -> Option<Place> {
    let inline = |id: &FactId| policy.facts[id.0].name.is_none();
    let own = slots.iter().filter(|slot| slot.facts.iter().all(inline)).flat_map(|slot| &slot.selections);
    own.filter_map(|id| policy.selections[id.0].place.clone()).next()
}
