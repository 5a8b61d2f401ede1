//! From a policy to what a run has to do: which rules, which facts, which selections, and whether base is needed.

mod select;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use select::Selector;

use crate::facts::{Fact, FactId, GitFact, Reader, SelectionId};
use crate::finding::Side;
use crate::policy::{BoundRule, Policy, Settings};
use crate::tree::Peer;

/// What one run does.
pub struct Plan<'p> {
    pub policy: &'p Policy,
    /// What holds in this run, which may be stricter than what the policy says.
    pub settings: Settings,
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
    /// Globs that are too large, as one line.
    pub fn new(policy: &'p Policy, only: &[String]) -> Result<Self, String> {
        Plan::of(policy, chosen(policy, only).collect())
    }

    /// Plans what base's policy adds to the plan of head's: the rules in force that head's does not judge in the same words, at
    /// least as strictly.
    ///
    /// # Errors
    /// Globs that are too large, as one line.
    pub fn beside(policy: &'p Policy, only: &[String], head: Option<&Plan<'_>>) -> Result<Self, String> {
        let judged = |rule: &BoundRule| {
            let twin = head.and_then(|head| head.rules.iter().find(|twin| twin.id == rule.id).map(|twin| (head, twin)));
            twin.is_some_and(|(head, twin)| head.policy.files == policy.files && says_as_much(head.policy, twin, policy, rule))
        };
        Plan::of(policy, chosen(policy, only).filter(|rule| !judged(rule)).collect())
    }

    /// The peers that the plan's rules and facts read.
    pub fn peers(&self) -> BTreeSet<Arc<str>> {
        let rules = self.rules.iter().flat_map(|rule| peers_of(self.policy, rule));
        let facts = self.facts.iter().filter_map(|id| match &self.policy.facts[id.0].side {
            Side::Peer(name) => Some(name.clone()),
            _ => None,
        });
        rules.chain(facts).collect()
    }

    /// The peers that a run of these rules (all, where it names none) reads.
    pub fn peers_of(policy: &Policy, only: &[String]) -> BTreeSet<Arc<str>> {
        chosen(policy, only).flat_map(|rule| peers_of(policy, rule)).collect()
    }

    /// Whether a run of these rules needs a base.
    pub fn asks_for_base(policy: &Policy, only: &[String]) -> bool {
        chosen(policy, only).any(|rule| looks_at_base(policy, rule))
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
        let looks = |fact: &Fact| fact.side == Side::Base || matches!(fact.reader, Reader::Git(GitFact::Commits, _));
        plan.needs_base = policy.facts.iter().any(looks);
        plan.selector = Selector::new(policy, &plan.selections())?;
        Ok(plan)
    }

    /// The same plan for some of its rules, by their positions.
    ///
    /// # Errors
    /// Globs that are too much together, as one line.
    pub fn of_rules(&self, positions: &[usize]) -> Result<Plan<'p>, String> {
        let rules = positions.iter().filter_map(|at| self.rules.get(*at).copied()).collect();
        Ok(Plan::of(self.policy, rules)?.with(&self.settings))
    }

    /// The same plan where also these settings hold, as far as they are stricter.
    pub fn with(mut self, settings: &Settings) -> Self {
        self.settings = self.settings.stricter(settings);
        self
    }

    fn of(policy: &'p Policy, rules: Vec<&'p BoundRule>) -> Result<Self, String> {
        let (mut seen, mut facts) = (BTreeSet::new(), Vec::new());
        for rule in &rules {
            for (set, _) in rule.rule.facts() {
                set.members.iter().for_each(|id| add(policy, *id, &mut seen, &mut facts));
            }
        }
        let settings = policy.settings.clone();
        let mut plan = Plan { policy, settings, rules, facts, needs_base: false, selector: Selector::default() };
        plan.needs_base = plan.rules.iter().any(|rule| looks_at_base(policy, rule));
        plan.selector = Selector::new(policy, &plan.selections())?;
        Ok(plan)
    }

    /// Whether a rule can say nothing without a base: by its kind, or because one of its facts is read from there.
    pub fn judges_against_base(&self, rule: &BoundRule) -> bool {
        judges_against_base(self.policy, rule)
    }

    pub fn selector(&self) -> &Selector {
        &self.selector
    }

    /// The selections that rules and facts in force make.
    fn selections(&self) -> Vec<SelectionId> {
        let facts = self.facts.iter().filter_map(|id| self.policy.facts[id.0].selection);
        let rules = self.rules.iter().flat_map(|rule| own_selections(rule));
        facts.chain(rules).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// The rules in force; of these only the ones that `only` names, where it names any.
fn chosen<'p>(policy: &'p Policy, only: &[String]) -> impl Iterator<Item = &'p BoundRule> {
    let chosen = move |rule: &&BoundRule| rule.is_on() && (only.is_empty() || only.iter().any(|id| *id == *rule.id));
    policy.rules.iter().filter(chosen)
}

/// Whether a rule says the more where there is a base.
fn looks_at_base(policy: &Policy, rule: &BoundRule) -> bool {
    let commits = |id: &FactId| matches!(policy.facts[id.0].reader, Reader::Git(GitFact::Commits, _));
    rule.grandfather
        || rule.rule.looks_at_base()
        || judges_against_base(policy, rule)
        || facts_of(policy, rule).iter().any(commits)
}

fn judges_against_base(policy: &Policy, rule: &BoundRule) -> bool {
    rule.kind.needs_base || facts_of(policy, rule).iter().any(|id| policy.facts[id.0].side == Side::Base)
}

/// The facts of a rule, each behind what it is made of.
fn facts_of(policy: &Policy, rule: &BoundRule) -> Vec<FactId> {
    let (mut seen, mut facts) = (BTreeSet::new(), Vec::new());
    for (set, _) in rule.rule.facts() {
        set.members.iter().for_each(|id| add(policy, *id, &mut seen, &mut facts));
    }
    facts
}

/// The peers that a rule reads.
pub fn peers_of(policy: &Policy, rule: &BoundRule) -> BTreeSet<Arc<str>> {
    let facts = facts_of(policy, rule).into_iter().map(|id| policy.facts[id.0].side.clone());
    let sides = facts.chain(rule.rule.elsewhere().into_iter().map(|(side, _)| side));
    sides.filter_map(|side| if let Side::Peer(name) = side { Some(name) } else { None }).collect()
}

/// What a rule selects itself.
fn own_selections(rule: &BoundRule) -> impl Iterator<Item = SelectionId> {
    let own = rule.rule.selections().into_iter().chain(rule.rule.elsewhere().into_iter().map(|(_, id)| id));
    own.chain(rule.rule.document_selection()).chain(rule.rule.pairs().map(|pairs| pairs.selection))
}

/// Whether head's rule finds whatever base's finds, and weighs it no less.
fn says_as_much(head: &Policy, twin: &BoundRule, base: &Policy, rule: &BoundRule) -> bool {
    let reach = |policy: &Policy, rule: &BoundRule| -> Vec<(Vec<String>, Vec<String>)> {
        let facts = facts_of(policy, rule).into_iter().filter_map(|id| policy.facts[id.0].selection);
        let globs = |id: SelectionId| (policy.selections[id.0].include.clone(), policy.selections[id.0].exclude.clone());
        facts.chain(own_selections(rule)).map(globs).collect()
    };
    let weighs = |code: &str| twin.severity_of(code) >= rule.severity_of(code);
    let peers = |policy: &Policy, rule: &BoundRule| -> Vec<Option<Peer>> {
        let names = peers_of(policy, rule).into_iter();
        names.map(|name| policy.peers.get(&name).map(|(peer, _)| peer.clone())).collect()
    };
    twin.body == rule.body
        && peers(head, twin) == peers(base, rule)
        && twin.uses == rule.uses
        && twin.grandfather == rule.grandfather
        && rule.kind.codes.iter().all(|code| weighs(code.name))
        && reach(head, twin) == reach(base, rule)
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
