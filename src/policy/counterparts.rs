//! Which rule of one policy is which of another.

use std::collections::{HashMap, HashSet};

use super::{BoundRule, Policy};

/// The rules of base's policy, and what has become of each in head's.
pub struct Counterparts<'p> {
    pub pairs: Vec<Pair<'p>>,
}

/// A rule of base's policy, and the one of head's that has its id, or else says the same.
#[derive(Clone, Copy)]
pub struct Pair<'p> {
    pub base: &'p BoundRule,
    pub head: Option<&'p BoundRule>,
}

impl<'p> Counterparts<'p> {
    /// The counterparts of base's rules; without a policy of head there are none.
    pub fn new(base: &'p Policy, head: Option<&'p Policy>) -> Self {
        let rules = head.map(|head| head.rules.as_slice()).unwrap_or_default();
        let by_id: HashMap<&str, &BoundRule> = rules.iter().map(|rule| (&*rule.id, rule)).collect();
        let ids: HashSet<&str> = base.rules.iter().map(|rule| &*rule.id).collect();
        let mut left: HashMap<&str, Vec<&BoundRule>> = HashMap::new();
        for rule in rules.iter().rev().filter(|rule| !ids.contains(&*rule.id)) {
            left.entry(&rule.body).or_default().push(rule);
        }
        let mut counterpart = |rule: &BoundRule| match by_id.get(&*rule.id) {
            Some(head) => Some(*head),
            None => left.get_mut(rule.body.as_str()).and_then(Vec::pop),
        };
        Counterparts { pairs: base.rules.iter().map(|base| Pair { base, head: counterpart(base) }).collect() }
    }

    /// Head's rule that is base's rule of that id.
    pub fn head_of(&self, id: &str) -> Option<&'p BoundRule> {
        self.pairs.iter().find(|pair| &*pair.base.id == id)?.head
    }
}
