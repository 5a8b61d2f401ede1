//! Exceptions: `ssot:allow` in comments and `allow:` entries of the policy, for findings and for what could not be judged.

mod wording;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::civil::Date;

use super::{Judged, Judgement};
use crate::finding::{Accepted, Edit, Exception, ExceptionKind, Finding, Place, Unjudged};
use crate::policy::inline::{Inline, Reach};
use crate::policy::{Allow, BoundRule};
use crate::text::RepoPath;

/// The exceptions of a tree, and what of them is used.
pub struct Exceptions<'a> {
    held: Vec<Held<'a>>,
    /// By file and rule: in which lines exceptions count, in the order of their lines.
    comments: HashMap<(&'a RepoPath, &'a str), Vec<(Reach, usize)>>,
    entries: HashMap<&'a str, Vec<usize>>,
    /// By what would empty a list of entries: how many it has.
    lists: HashMap<&'a Edit, usize>,
    /// What is wrong with them.
    faults: Vec<Judged>,
}

/// Finds the rule of an id, in whichever policy judges.
type Lookup<'l> = &'l dyn Fn(&str) -> Option<&'l BoundRule>;

/// One exception of one rule.
struct Held<'a> {
    exception: Arc<Exception>,
    origin: Origin<'a>,
    used: bool,
}

#[derive(Clone, Copy)]
enum Origin<'a> {
    /// The rule at a position of an exception in a comment.
    Comment(&'a Inline, usize),
    Entry(&'a Allow),
}

impl<'a> Exceptions<'a> {
    /// The exceptions of a tree: entries of its policy, and those in comments, by file. `rule` finds the rule of an id; `today`
    /// is the day until which they must count.
    pub fn new(entries: &'a [Allow], inline: &'a BTreeMap<RepoPath, Vec<Inline>>, rule: Lookup<'_>, today: Date) -> Self {
        let mut exceptions = Exceptions {
            held: Vec::new(),
            comments: HashMap::new(),
            entries: HashMap::new(),
            lists: HashMap::new(),
            faults: Vec::new(),
        };
        for (path, inline) in inline.iter().flat_map(|(path, all)| all.iter().map(move |one| (path, one))) {
            exceptions.add_comment(path, inline, rule, today);
        }
        for allow in entries {
            exceptions.add_entry(allow, rule, today);
        }
        exceptions
    }

    fn add_comment(&mut self, path: &'a RepoPath, inline: &'a Inline, rule: Lookup<'_>, today: Date) {
        if let Some(fault) = wording::fault(inline, today) {
            self.faults.push(fault);
            return;
        }
        for (at, named) in inline.rules.iter().enumerate() {
            if rule(&named.id).is_none() {
                self.faults.push(wording::unknown_rule(&named.id, named.place.clone(), ExceptionKind::Comment));
                continue;
            }
            let exception = Exception {
                kind: ExceptionKind::Comment,
                rule: Arc::from(named.id.as_str()),
                reason: inline.reason.clone(),
                until: inline.until,
                place: named.place.clone(),
                identity: ["comment", &named.id, &inline.reason].join("\0"),
                is_new: false,
            };
            self.comments.entry((path, &named.id)).or_default().push((inline.reach, self.held.len()));
            self.hold(exception, Origin::Comment(inline, at));
        }
    }

    fn add_entry(&mut self, allow: &'a Allow, rule: Lookup<'_>, today: Date) {
        if let Some(removal) = &allow.removal {
            *self.lists.entry(&removal.all).or_default() += 1;
        }
        let Some(rule) = rule(&allow.rule) else {
            self.faults.push(wording::unknown_rule(&allow.rule, allow.place.clone(), ExceptionKind::Entry));
            return;
        };
        if let Some(code) = allow.unknown_code(rule) {
            self.faults.push(wording::unknown_code(rule, code, allow.place.clone()));
        } else if let Some(until) = allow.until.filter(|until| *until < today) {
            self.faults.push(wording::expired(&allow.rule, until, allow.place.clone()));
        } else {
            let exception = Exception {
                kind: ExceptionKind::Entry,
                rule: allow.rule.clone(),
                reason: allow.reason.clone(),
                until: allow.until,
                place: allow.place.clone(),
                identity: format!("entry\0{}", allow.identity.join("\0")),
                is_new: false,
            };
            self.entries.entry(&allow.rule).or_default().push(self.held.len());
            self.hold(exception, Origin::Entry(allow));
        }
    }

    fn hold(&mut self, exception: Exception, origin: Origin<'a>) {
        self.held.push(Held { exception: Arc::new(exception), origin, used: false });
    }

    /// All that count, in the order of paths and then of the policy.
    pub fn all(&self) -> impl Iterator<Item = &Exception> {
        self.held.iter().map(|held| &*held.exception)
    }

    /// Says which of them `base` does not have, or has with an earlier date: of equal ones as many as are more.
    pub fn compare(&mut self, base: &Exceptions<'_>) {
        let key = |exception: &Exception| (exception.identity.clone(), exception.until.is_none(), exception.until);
        let mut known: BTreeMap<_, usize> = BTreeMap::new();
        for exception in base.all() {
            *known.entry(key(exception)).or_default() += 1;
        }
        for held in &mut self.held {
            let own = key(&held.exception);
            // The one that reaches no further than it has to.
            let mut covering = known.range_mut(own.clone()..).take_while(|(other, _)| other.0 == own.0);
            match covering.find(|(_, left)| **left > 0) {
                Some((_, left)) => *left -= 1,
                None => held.exception = Arc::new(Exception { is_new: true, ..(*held.exception).clone() }),
            }
        }
    }

    /// Takes out of a judgement what they accept, and adds what is to be said about them. `ran` tells of a rule whether it was
    /// judged at all.
    pub(super) fn apply(mut self, judgement: &mut Judgement, ran: &dyn Fn(&str) -> bool) {
        let findings = std::mem::take(&mut judgement.findings);
        for judged in findings {
            if self.is_own_word(&judged.finding) {
                continue;
            }
            match self.accept_finding(&judged.finding) {
                Some(by) => judgement.accepted.push(Accepted { finding: judged.finding, by }),
                None => judgement.findings.push(judged),
            }
        }
        // What a rule has not seen needs no exception, and may still need one when it is seen.
        let unseen: HashSet<(Arc<str>, RepoPath)> = (judgement.unjudged.iter())
            .filter(|unjudged| unjudged.reason.is_of_file())
            .map(|unjudged| (unjudged.rule.clone(), unjudged.place.path.clone()))
            .collect();
        let unjudged = std::mem::take(&mut judgement.unjudged);
        for unjudged in unjudged {
            match self.accept_unjudged(&unjudged) {
                Some(by) => judgement.accepted_unjudged.push(by),
                None => judgement.unjudged.push(unjudged),
            }
        }
        judgement.findings.append(&mut self.faults);
        let idle = |held: &Held<'_>| {
            let exception = &held.exception;
            !held.used
                && ran(&exception.rule)
                && !(exception.kind == ExceptionKind::Comment
                    && unseen.contains(&(exception.rule.clone(), exception.place.path.clone())))
        };
        let idle: Vec<bool> = self.held.iter().map(idle).collect();
        judgement.findings.extend(wording::unused(&self.held, &idle, &self.lists));
    }

    /// Whether a finding stands in the very id that names its rule in an exception: that is no content, and what accepts nothing
    /// but itself is not used.
    fn is_own_word(&self, finding: &Finding) -> bool {
        let (Some(range), Some(all)) = (finding.place.range, self.comments.get(&(&finding.place.path, &*finding.rule))) else {
            return false;
        };
        let from = all.partition_point(|(reach, _)| reach.first < range.start.line);
        let line = all[from..].iter().take_while(|(reach, _)| reach.first == range.start.line);
        line.into_iter().any(|(_, at)| match self.held[*at].origin {
            Origin::Comment(inline, which) => inline.rules[which].span.contains(range.span()),
            Origin::Entry(_) => false,
        })
    }

    /// The exception that accepts a finding: the nearest comment, else the first entry.
    fn accept_finding(&mut self, finding: &Finding) -> Option<Arc<Exception>> {
        let by_entry = |allow: &Allow| allow.covers(finding);
        self.accept(&finding.rule, &finding.place, &by_entry)
    }

    fn accept_unjudged(&mut self, unjudged: &Unjudged) -> Option<Arc<Exception>> {
        let by_entry = |allow: &Allow| allow.covers_unjudged(unjudged);
        self.accept(&unjudged.rule, &unjudged.place, &by_entry)
    }

    fn accept(&mut self, rule: &str, place: &Place, covers: &dyn Fn(&Allow) -> bool) -> Option<Arc<Exception>> {
        let comment = self.comments.get(&(&place.path, rule)).and_then(|all| nearest(all, place));
        let covering = |at: &usize| matches!(self.held[*at].origin, Origin::Entry(allow) if covers(allow));
        let entry = || self.entries.get(rule).and_then(|all| all.iter().copied().find(covering));
        let at = comment.or_else(entry)?;
        let held = &mut self.held[at];
        held.used = true;
        Some(held.exception.clone())
    }
}

/// The last exception above the end of a place that counts for it. If that one does not, no earlier one does: what reaches
/// further encloses those in between.
fn nearest(comments: &[(Reach, usize)], place: &Place) -> Option<usize> {
    let range = place.range?;
    // A range that ends where a line starts does not touch it.
    let ends_before = range.end.column == 1 && range.end.line > range.start.line;
    let last = range.end.line - usize::from(ends_before);
    let behind = comments.partition_point(|(reach, _)| reach.first <= last);
    let (reach, at) = comments.get(behind.checked_sub(1)?)?;
    let counts = reach.comment >= range.start.line || (reach.first..=reach.last).contains(&range.start.line);
    counts.then_some(*at)
}
