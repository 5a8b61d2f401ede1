//! Which files rules and facts of two policies select, in both trees.

use std::collections::{BTreeSet, HashMap};

use super::Weakened;
use crate::facts::{FactId, Reader, Selection, SelectionId};
use crate::plan::Selector;
use crate::policy::{BoundRule, Policy};
use crate::text::RepoPath;
use crate::tree::Index;

/// By selection: the paths of base and head that it selects. Only those are known that can differ between the policies.
#[derive(Default)]
pub(super) struct Reach {
    head: HashMap<SelectionId, BTreeSet<RepoPath>>,
    base: HashMap<SelectionId, BTreeSet<RepoPath>>,
}

/// One of the places at which a rule selects files: an option of its own, or one that takes facts.
#[derive(Default)]
pub(super) struct Slot {
    pub facts: Vec<FactId>,
    pub selections: Vec<SelectionId>,
}

impl Reach {
    pub fn new(weakened: &Weakened<'_>) -> Result<Self, String> {
        let Some(head_policy) = weakened.gate.head else { return Ok(Reach::default()) };
        let base_policy = weakened.gate.base;
        let (mut in_head, mut in_base) = (BTreeSet::new(), BTreeSet::new());
        for pair in &weakened.counterparts.pairs {
            let Some(head) = pair.head.filter(|_| pair.base.is_on()) else { continue };
            let (of_head, of_base) = (all(head_policy, head), all(base_policy, pair.base));
            let look = |policy: &'_ Policy, ids: &[SelectionId]| -> Vec<Selection> {
                ids.iter().map(|id| policy.selections[id.0].clone()).collect()
            };
            if alike(&look(head_policy, &of_head), &look(base_policy, &of_base)) && head_policy.files == base_policy.files {
                continue;
            }
            in_head.extend(of_head);
            in_base.extend(of_base);
        }
        let trees = [weakened.head, weakened.base];
        Ok(Reach { head: reached(head_policy, in_head, trees)?, base: reached(base_policy, in_base, trees)? })
    }

    /// What base's selections reach and head's do not.
    pub fn lost(&self, base: &[SelectionId], head: &[SelectionId]) -> BTreeSet<&RepoPath> {
        let reached: BTreeSet<&RepoPath> = head.iter().filter_map(|id| self.head.get(id)).flatten().collect();
        let before = base.iter().filter_map(|id| self.base.get(id)).flatten();
        before.filter(|path| !reached.contains(path)).collect()
    }
}

/// Where a rule selects files, in the order of its options.
pub(super) fn slots(policy: &Policy, rule: &BoundRule) -> Vec<Slot> {
    let of_facts = rule.rule.facts().into_iter().map(|(set, _)| {
        let mut slot = Slot::default();
        let mut waiting = set.members.clone();
        while let Some(id) = waiting.pop() {
            slot.facts.push(id);
            slot.selections.extend(policy.facts[id.0].selection);
            if let Reader::Words(of) = &policy.facts[id.0].reader {
                waiting.extend(&of.members);
            }
        }
        slot
    });
    let own = rule.rule.selections().into_iter().chain(rule.rule.document_selection());
    of_facts.chain(own.map(|id| Slot { facts: Vec::new(), selections: vec![id] })).collect()
}

fn all(policy: &Policy, rule: &BoundRule) -> Vec<SelectionId> {
    slots(policy, rule).into_iter().flat_map(|slot| slot.selections).collect()
}

fn alike(a: &[Selection], b: &[Selection]) -> bool {
    let same = |(a, b): (&Selection, &Selection)| {
        (&a.include, &a.exclude, a.directories, a.exact, a.skips_policy)
            == (&b.include, &b.exclude, b.directories, b.exact, b.skips_policy)
    };
    a.len() == b.len() && a.iter().zip(b).all(same)
}

fn reached(
    policy: &Policy,
    ids: BTreeSet<SelectionId>,
    trees: [&Index; 2],
) -> Result<HashMap<SelectionId, BTreeSet<RepoPath>>, String> {
    let mut reached: HashMap<SelectionId, BTreeSet<RepoPath>> = HashMap::new();
    if ids.is_empty() {
        return Ok(reached);
    }
    let ids: Vec<SelectionId> = ids.into_iter().collect();
    let selector = Selector::new(policy, &ids)?;
    for tree in trees {
        let selected = selector.select(tree);
        for id in &ids {
            let path = |at: &usize| match policy.selections[id.0].directories {
                true => RepoPath::new(&tree.directories()[*at]),
                false => tree.entries()[*at].path.clone(),
            };
            reached.entry(*id).or_default().extend(selected[id.0].iter().map(path));
        }
    }
    Ok(reached)
}
