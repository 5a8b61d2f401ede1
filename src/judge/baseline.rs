//! The baseline: findings that are accepted because they are recorded, and records whose finding is gone.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use super::{Judged, Judgement};
use crate::finding::{Accepted, Exception, ExceptionKind, Finding, From, Place, Severity, Side};
use crate::policy::{Baseline, Recorded, policy_rule};
use crate::text::RepoPath;

/// What becomes of a baseline in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Use {
    /// What it records is accepted, and what is gone is told.
    #[default]
    Apply,
    /// The same, but what is gone is to be dropped, and not told.
    Prune,
    /// It is written anew: what is found is accepted.
    Record,
}

/// What a baseline holds after a run, and how many of its entries are gone.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    pub entries: Vec<Recorded>,
    pub gone: usize,
}

/// Accepts what a baseline records. What it says of rules that were not judged (`ran`) stays as it is, and so does what it says of
/// files that a rule could not read.
pub(super) fn apply(baseline: Option<&Baseline>, how: Use, ran: &dyn Fn(&str) -> bool, judgement: &mut Judgement) -> Kept {
    let mut records: HashMap<&str, VecDeque<&(Recorded, Place)>> = HashMap::new();
    let entries = baseline.map(|baseline| baseline.entries.as_slice()).unwrap_or_default();
    for entry in entries {
        records.entry(&entry.0.fingerprint).or_default().push_back(entry);
    }
    let mut kept = Kept::default();
    let findings = std::mem::take(&mut judgement.findings);
    for judged in findings {
        let finding = judged.finding;
        // What is wrong with the policy is nothing that a repository has for now: it could pass for ever.
        let can_be_recorded = *finding.rule != *policy_rule();
        let entry = records.get_mut(finding.fingerprint.as_str()).and_then(VecDeque::pop_front);
        let place = match entry {
            Some((_, place)) if can_be_recorded => Some(place.clone()),
            None if how == Use::Record && can_be_recorded => Some(finding.place.clone()),
            _ => None,
        };
        match place {
            Some(place) => {
                kept.entries.push(Recorded::from(&finding));
                let by = Arc::new(exception(&Recorded::from(&finding), place));
                judgement.baselined.push(Accepted { finding, by });
            }
            None => judgement.findings.push(Judged { finding, fix: judged.fix }),
        }
    }
    let unseen: HashSet<(Arc<str>, String)> = (judgement.unjudged.iter())
        .filter(|unjudged| unjudged.reason.is_of_file())
        .map(|unjudged| (unjudged.rule.clone(), unjudged.place.path.to_string()))
        .collect();
    let mut left: Vec<&(Recorded, Place)> = records.into_values().flatten().collect();
    left.sort_by(|a, b| a.1.cmp(&b.1));
    for (recorded, place) in left {
        if !ran(&recorded.rule) || unseen.contains(&(recorded.rule.clone(), recorded.path.clone())) {
            kept.entries.push(recorded.clone());
            continue;
        }
        kept.gone += 1;
        if how == Use::Apply {
            judgement.findings.push(stale(recorded, place.clone()));
        }
    }
    kept.entries.sort();
    kept
}

fn exception(recorded: &Recorded, place: Place) -> Exception {
    Exception {
        kind: ExceptionKind::Baseline,
        rule: recorded.rule.clone(),
        reason: String::new(),
        until: None,
        place,
        identity: format!("baseline\0{}", recorded.fingerprint),
        is_new: false,
    }
}

fn stale(recorded: &Recorded, place: Place) -> Judged {
    let Recorded { path, rule, code, fingerprint } = recorded;
    let finding = Finding {
        rule: policy_rule(),
        code: "policy/stale-baseline".into(),
        severity: Severity::Warning,
        from: From::HeadPolicy,
        message: format!("the baseline records `{code}` of `{rule}` in `{}`, which is gone", crate::facts::shown(path)),
        help: Some("drop it: `ssot check --prune-baseline`".into()),
        why: None,
        place,
        side: Side::Head,
        related: Vec::new(),
        fix: None,
        data: serde_json::Map::new(),
        subject: fingerprint.clone(),
        fingerprint: String::new(),
    };
    Judged { finding, fix: None }
}

/// What a baseline of head accepts of a rule, and base's did not.
pub struct NewEntries {
    pub rule: Arc<str>,
    pub count: usize,
    /// Of the first one.
    pub place: Place,
}

/// The entries of `head` that `base` does not have, by rule. An entry of a renamed file is the one that base has for its old path.
pub fn new_entries(head: &Baseline, base: Option<&Baseline>, renames: &[(RepoPath, RepoPath)]) -> Vec<NewEntries> {
    let old_path: HashMap<&str, &str> = renames.iter().map(|(from, to)| (to.as_str(), from.as_str())).collect();
    let mut known: HashMap<String, usize> = HashMap::new();
    // Not a value of a fingerprint: it has blanks.
    let moved = |recorded: &Recorded, path: &str| format!("{} {} {path}", recorded.rule, recorded.code);
    for (recorded, _) in base.into_iter().flat_map(|base| &base.entries) {
        *known.entry(recorded.fingerprint.clone()).or_default() += 1;
        *known.entry(moved(recorded, &recorded.path)).or_default() += 1;
    }
    let mut take = |recorded: &Recorded| {
        let before = old_path.get(recorded.path.as_str()).map(|path| moved(recorded, path));
        let key = [Some(recorded.fingerprint.clone()), before]
            .into_iter()
            .flatten()
            .find(|key| known.get(key).is_some_and(|left| *left > 0));
        key.and_then(|key| known.get_mut(&key)).map(|left| *left -= 1).is_some()
    };
    let mut new: Vec<NewEntries> = Vec::new();
    for (recorded, place) in &head.entries {
        if take(recorded) {
            continue;
        }
        match new.iter_mut().find(|new| new.rule == recorded.rule) {
            Some(new) => new.count += 1,
            None => new.push(NewEntries { rule: recorded.rule.clone(), count: 1, place: place.clone() }),
        }
    }
    new
}
