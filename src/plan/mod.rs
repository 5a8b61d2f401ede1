//! From a policy to what a run has to do: which rules, which facts, which selections, and whether base is needed.

mod select;

use std::collections::BTreeSet;

pub use select::Selector;

use crate::facts::{FactId, Reader, SelectionId};
use crate::finding::Side;
use crate::policy::{BoundRule, Policy};
use crate::text::did_you_mean;

/// What one run does.
pub struct Plan<'p> {
    pub policy: &'p Policy,
    /// The rules in force, in the policy's order.
    pub rules: Vec<&'p BoundRule>,
    /// The facts that they use, each behind what it is made of.
    pub facts: Vec<FactId>,
    /// Whether some rule or fact looks at base.
    pub needs_base: bool,
    selector: Selector,
}

impl<'p> Plan<'p> {
    /// Plans the rules in force; of these only the ones that `only` names, where it names any.
    ///
    /// # Errors
    /// An id of `only` that is none, or globs that are too large, as one line.
    pub fn new(policy: &'p Policy, only: &[String]) -> Result<Self, String> {
        for id in only {
            if policy.rule(id).is_none() {
                let near = did_you_mean(id, policy.rules.iter().map(|rule| &*rule.id));
                let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                return Err(format!("the policy has no rule `{id}`{hint}"));
            }
        }
        let chosen = |rule: &&BoundRule| rule.is_on() && (only.is_empty() || only.iter().any(|id| *id == *rule.id));
        let rules: Vec<&BoundRule> = policy.rules.iter().filter(chosen).collect();
        Plan::of(policy, rules)
    }

    /// Plans all facts of a policy, used or not, and no rules.
    ///
    /// # Errors
    /// Globs that are too large, as one line.
    pub fn of_facts(policy: &'p Policy) -> Result<Self, String> {
        let mut plan = Plan::of(policy, Vec::new())?;
        let mut seen = BTreeSet::new();
        for at in 0..policy.facts.len() {
            add(policy, FactId(at), &mut seen, &mut plan.facts);
        }
        plan.needs_base = policy.facts.iter().any(|fact| fact.side == Side::Base);
        plan.selector = Selector::new(policy, &plan.selections())?;
        Ok(plan)
    }

    /// The same plan for those of its rules that report only what base does not already have.
    ///
    /// # Errors
    /// Globs that are too much together, as one line.
    pub fn grandfathering(&self) -> Result<Option<Plan<'p>>, String> {
        let rules: Vec<&BoundRule> = self.rules.iter().copied().filter(|rule| rule.grandfather).collect();
        match rules.is_empty() {
            true => Ok(None),
            false => Plan::of(self.policy, rules).map(Some),
        }
    }

    fn of(policy: &'p Policy, rules: Vec<&'p BoundRule>) -> Result<Self, String> {
        let (mut seen, mut facts) = (BTreeSet::new(), Vec::new());
        for rule in &rules {
            for (set, _) in rule.rule.facts() {
                set.members.iter().for_each(|id| add(policy, *id, &mut seen, &mut facts));
            }
        }
        let mut plan = Plan { policy, rules, facts, needs_base: false, selector: Selector::default() };
        let looks = |rule: &BoundRule| rule.grandfather || rule.rule.looks_at_base() || plan.judges_against_base(rule);
        plan.needs_base = plan.rules.iter().any(|rule| looks(rule));
        plan.selector = Selector::new(policy, &plan.selections())?;
        Ok(plan)
    }

    /// Whether a rule can say nothing without a base: by its kind, or because one of its facts is read from there.
    pub fn judges_against_base(&self, rule: &BoundRule) -> bool {
        let (mut seen, mut facts) = (BTreeSet::new(), Vec::new());
        for (set, _) in rule.rule.facts() {
            set.members.iter().for_each(|id| add(self.policy, *id, &mut seen, &mut facts));
        }
        rule.kind.needs_base || facts.iter().any(|id| self.policy.facts[id.0].side == Side::Base)
    }

    pub fn selector(&self) -> &Selector {
        &self.selector
    }

    /// The selections that rules and facts in force make.
    fn selections(&self) -> Vec<SelectionId> {
        let facts = self.facts.iter().filter_map(|id| self.policy.facts[id.0].selection);
        let rules = self.rules.iter().flat_map(|rule| {
            let own = rule.rule.selections().into_iter();
            own.chain(rule.rule.document_selection()).chain(rule.rule.pairs().map(|pairs| pairs.selection))
        });
        facts.chain(rules).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// Adds a fact behind those it is made of.
fn add(policy: &Policy, id: FactId, seen: &mut BTreeSet<FactId>, facts: &mut Vec<FactId>) {
    if !seen.insert(id) {
        return;
    }
    if let Reader::Words(of) = &policy.facts[id.0].reader {
        of.members.iter().for_each(|member| add(policy, *member, seen, facts));
    }
    facts.push(id);
}
