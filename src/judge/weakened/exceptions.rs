//! Exceptions that base does not have.

use std::collections::HashSet;

use super::{Weakened, Weakening, counted};
use crate::policy::{Allow, Policy};

pub(super) fn compare(weakened: &Weakened<'_>, head: &Policy, found: &mut Vec<Weakening>) {
    let mut new: Vec<usize> = new_entries(weakened.gate.base, head).into_iter().collect();
    new.sort_unstable();
    for allow in new.into_iter().map(|at| &head.allows[at]) {
        let longer = weakened.gate.base.allows.iter().find(|other| other.identity == allow.identity);
        let message = match longer {
            Some(_) => format!("the change prolongs or repeats an exception of `{}`", allow.rule),
            None => format!("the change adds an exception of `{}`", allow.rule),
        };
        let subject = format!("allow {}", allow.identity.join(" "));
        found.push(Weakening { subject, message, place: allow.place.clone(), before: longer.map(|other| other.place.clone()) });
    }
}

/// The entries of head, by position, that base does not have, or has with an earlier date. One that only moved is not new.
pub(super) fn new_entries(base: &Policy, head: &Policy) -> HashSet<usize> {
    let key = |allow: &Allow| (allow.identity.clone(), allow.until.is_none(), allow.until);
    let mut known = counted(base.allows.iter().map(key));
    let mut new = HashSet::new();
    for (at, allow) in head.allows.iter().enumerate() {
        let (identity, open, until) = key(allow);
        // The one that reaches no further than it has to.
        let covering = known
            .range((identity.clone(), open, until)..)
            .take_while(|(other, _)| other.0 == identity)
            .find(|(_, left)| **left > 0)
            .map(|(other, _)| other.clone());
        match covering.and_then(|other| known.get_mut(&other)) {
            Some(left) => *left -= 1,
            None => drop(new.insert(at)),
        }
    }
    new
}
