//! Peers that are read from elsewhere.

use std::collections::BTreeSet;

use super::{Weakened, Weakening};
use crate::plan::{Plan, peers_of};
use crate::policy::{BoundRule, Policy};
use crate::tree::Peer;

/// Peers that base's rules read, and that head's policy names otherwise.
pub(super) fn compare(weakened: &Weakened<'_>, head: &Policy, found: &mut Vec<Weakening>) {
    let base = weakened.gate.base;
    for name in Plan::peers_of(base, &[]) {
        let (Some((before, old)), Some((now, place))) = (base.peers.get(&name), head.peers.get(&name)) else { continue };
        if before != now {
            let message = format!("the change reads the peer `{name}` from {}, not from {}", shown(now), shown(before));
            found.push(Weakening { subject: format!("peers.{name}"), message, place: place.clone(), before: Some(old.clone()) });
        }
    }
}

/// What a rule no longer looks at in peers.
pub(super) fn lost(base: &Policy, of_base: &BoundRule, head: &Policy, of_head: &BoundRule) -> Vec<String> {
    let (before, now) = (peers_of(base, of_base), peers_of(head, of_head));
    let peers = before.difference(&now).map(|name| format!("it no longer reads the peer `{name}`"));
    let files = |policy: &Policy, rule: &BoundRule| -> BTreeSet<String> {
        let sides = rule.rule.elsewhere().into_iter();
        let named = sides.filter(|(side, _)| now.iter().any(|name| **name == *side.as_str()));
        let globs = |id: crate::facts::SelectionId| policy.selections[id.0].include.clone();
        named.flat_map(|(side, id)| globs(id).into_iter().map(move |glob| format!("`{glob}` of `{}`", side.as_str()))).collect()
    };
    let (before, now) = (files(base, of_base), files(head, of_head));
    peers.chain(before.difference(&now).map(|files| format!("it no longer selects {files}"))).collect()
}

fn shown(peer: &Peer) -> String {
    match &peer.reference {
        Some(reference) => format!("`{}` at `{reference}`", peer.path),
        None => format!("`{}`", peer.path),
    }
}
