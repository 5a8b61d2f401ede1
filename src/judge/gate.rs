//! A change does not weaken its own gate: base's policy judges head too, and what only it finds is told beside what head's
//! finds.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Judged, Judgement};
use crate::finding::{Place, Reason, Related, Severity, Side, Unjudged};
use crate::policy::{Counterparts, Policy, Settings};
use crate::scan::{View, same_content};

/// The policies of a gate; head's may be gone.
#[derive(Clone, Copy)]
pub struct Gate<'p> {
    pub head: Option<&'p Policy>,
    pub base: &'p Policy,
}

/// What two policies say of one thing has the same of these.
#[derive(PartialEq, Eq, Hash)]
struct Identity {
    rule: Arc<str>,
    what: String,
    /// Nothing: in the policy, where one and the same thing stands in two places.
    place: Option<Place>,
    subject: String,
}

impl Gate<'_> {
    /// Adds what base's policy found to what head's found; what both found is one, with the stricter severity.
    pub fn unite(&self, judgement: &mut Judgement, base: Judgement, counterparts: &Counterparts<'_>) {
        let own = |policy: Option<&Policy>| policy.map(Policy::own_places).unwrap_or_default();
        let (in_head, in_base) = (own(self.head), own(Some(self.base)));
        let counterpart = |rule: &Arc<str>| counterparts.head_of(rule).map_or_else(|| rule.clone(), |head| head.id.clone());
        let key = |judged: &Judged, policy: &HashSet<Place>, rule: Arc<str>| Identity {
            rule,
            what: judged.finding.code.clone(),
            place: Some(&judged.finding.place).filter(|place| !policy.contains(place)).cloned(),
            subject: judged.finding.subject.clone(),
        };
        let findings = judgement.findings.iter().enumerate();
        let known: HashMap<Identity, usize> =
            findings.map(|(at, judged)| (key(judged, &in_head, judged.finding.rule.clone()), at)).collect();
        for mut judged in base.findings {
            match known.get(&key(&judged, &in_base, counterpart(&judged.finding.rule))) {
                Some(at) => {
                    let severity = &mut judgement.findings[*at].finding.severity;
                    *severity = (*severity).max(judged.finding.severity);
                }
                None => {
                    self.put_in_head(&mut judged.finding.place, &in_base);
                    judged.finding.related.iter_mut().for_each(|related| turn(related, &in_base));
                    judgement.findings.push(judged);
                }
            }
        }
        self.unite_unjudged(&mut judgement.unjudged, base.unjudged, &in_head, &in_base, counterparts);
    }

    fn unite_unjudged(
        &self,
        unjudged: &mut Vec<Unjudged>,
        base: Vec<Unjudged>,
        in_head: &HashSet<Place>,
        in_base: &HashSet<Place>,
        counterparts: &Counterparts<'_>,
    ) {
        let counterpart = |rule: &Arc<str>| counterparts.head_of(rule).map_or_else(|| rule.clone(), |head| head.id.clone());
        let key = |unjudged: &Unjudged, policy: &HashSet<Place>, rule: Arc<str>| Identity {
            rule,
            what: unjudged.reason.as_str().into(),
            place: Some(&unjudged.place).filter(|place| !policy.contains(place)).cloned(),
            subject: String::new(),
        };
        let known: HashMap<Identity, usize> =
            unjudged.iter().enumerate().map(|(at, one)| (key(one, in_head, one.rule.clone()), at)).collect();
        for mut one in base {
            match known.get(&key(&one, in_base, counterpart(&one.rule))) {
                Some(at) => unjudged[*at].severity = unjudged[*at].severity.max(one.severity),
                None => {
                    self.put_in_head(&mut one.place, in_base);
                    unjudged.push(one);
                }
            }
        }
    }

    /// Where what stands in base's policy is told in head: at the key `rules`, else at the file alone.
    fn put_in_head(&self, place: &mut Place, in_base: &HashSet<Place>) {
        if in_base.contains(place) {
            *place = self.rules_place();
        }
    }

    /// Head's key `rules`, else its policy file.
    pub fn rules_place(&self) -> Place {
        match self.head {
            Some(head) => head.rules_place.clone().unwrap_or_else(|| Place::file(head.path.clone())),
            None => Place::file(self.base.path.clone()),
        }
    }
}

fn turn(related: &mut Related, in_base: &HashSet<Place>) {
    if in_base.contains(&related.place) {
        related.side = Side::Base;
    }
}

/// A change cannot hide in what is not read: what it touches and nobody can read is an error, unless base's policy says
/// otherwise.
pub fn weigh_unread(judgement: &mut Judgement, view: &View<'_>, base: Option<&Settings>, limit: u64) {
    let hides = |reason| matches!(reason, Reason::TooLarge | Reason::Unparsable | Reason::MergeConflict);
    let open = |reason: &Reason| base.is_none_or(|settings| !settings.unjudged.contains_key(reason));
    for one in judgement.unjudged.iter_mut().filter(|one| hides(one.reason) && open(&one.reason)) {
        if is_touched(&one.place, view, limit) {
            one.severity = Severity::Error;
        }
    }
}

/// Whether the change adds or edits the file.
fn is_touched(place: &Place, view: &View<'_>, limit: u64) -> bool {
    let Some(head) = view.head.tree().entry(&place.path) else { return false };
    let before = view.base.and_then(|base| Some((base, base.tree().entry(&place.path)?)));
    before.is_none_or(|(base, before)| !same_content(view.head, head, base, before, limit))
}
