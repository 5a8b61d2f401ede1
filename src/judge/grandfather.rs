//! `grandfather: base`: what base already has is not told again.

use std::collections::HashMap;
use std::sync::Arc;

use super::Judged;
use crate::finding::Reason;
use crate::plan::Plan;
use crate::rules::Output;
use crate::scan::{Scan, Trouble};
use crate::text::RepoPath;

/// What a grandfathering rule found in base.
#[derive(Default)]
pub struct Before {
    pub(super) output: Output,
    /// By path of base: why nobody knows what it has.
    unread: HashMap<RepoPath, Trouble>,
}

impl Before {
    /// What a rule found in head, where base has the same.
    pub fn equal(output: &Output) -> Self {
        Before { output: Output { drafts: output.drafts.clone(), ..Output::default() }, unread: HashMap::new() }
    }

    /// By rule, what the rules of a plan found in base.
    pub fn of_rules(plan: &Plan<'_>, mut scan: Scan) -> HashMap<Arc<str>, Before> {
        let outputs = std::mem::take(&mut scan.outputs);
        let unread = |trouble: &&Trouble| matches!(trouble.reason, Reason::MissingObject | Reason::TooLarge | Reason::Unreadable);
        let before = |(rule, output): (_, Output)| {
            let rule: &&crate::policy::BoundRule = rule;
            let members = rule.rule.facts().into_iter().flat_map(|(set, _)| set.members.clone());
            let of_facts = members.flat_map(|id| scan.troubles[id.0].clone());
            let of_pairs = output.stuck.iter().map(|stuck| Trouble {
                reason: stuck.reason,
                message: stuck.message.clone(),
                place: stuck.place.clone(),
            });
            let troubles: Vec<Trouble> = of_facts.chain(of_pairs).collect();
            let unread = troubles.iter().filter(unread).map(|trouble| (trouble.place.path.clone(), trouble.clone())).collect();
            (rule.id.clone(), Before { output, unread })
        };
        plan.rules.iter().zip(outputs).map(before).collect()
    }

    /// Drops from `found` as many findings as base has of the same identity; a renamed file counts under its base path. Findings
    /// of which nobody knows whether base has them are dropped too: why is what is given back, once per file.
    pub(super) fn keep_new(
        &self,
        found: &mut Vec<Judged>,
        base: Vec<Judged>,
        renames: &HashMap<&RepoPath, &RepoPath>,
    ) -> Vec<(RepoPath, &Trouble)> {
        let mut old: HashMap<(String, RepoPath, String), usize> = HashMap::new();
        for judged in base {
            let finding = judged.finding;
            *old.entry((finding.code, finding.place.path, finding.subject)).or_default() += 1;
        }
        let mut untold: Vec<(RepoPath, &Trouble)> = Vec::new();
        found.sort_by(|a, b| a.finding.place.cmp(&b.finding.place));
        found.retain(|judged| {
            let finding = &judged.finding;
            let path = renames.get(&finding.place.path).copied().unwrap_or(&finding.place.path).clone();
            // What is about the file as such moves with it.
            let subject = match finding.subject == finding.place.path.as_str() {
                true => path.to_string(),
                false => finding.subject.clone(),
            };
            if let Some(trouble) = self.unread.get(&path) {
                if untold.last().is_none_or(|(last, _)| *last != finding.place.path) {
                    untold.push((finding.place.path.clone(), trouble));
                }
                return false;
            }
            match old.get_mut(&(finding.code.clone(), path, subject)) {
                Some(left) if *left > 0 => {
                    *left -= 1;
                    false
                }
                _ => true,
            }
        });
        untold
    }
}
