//! What is said about exceptions.

use std::collections::HashMap;

use jiff::civil::Date;

use super::{Held, Judged, Origin};
use crate::finding::{Edit, Exception, ExceptionKind, Finding, Fix, From, Place, Severity, Side};
use crate::policy::inline::Inline;
use crate::policy::{BoundRule, policy_rule};

/// Why an exception in a comment accepts nothing at all, if it does not.
pub(super) fn fault(inline: &Inline, today: Date) -> Option<Judged> {
    let place = inline.place.clone();
    if let Some((fault, help)) = &inline.fault {
        return Some(finding("bad-allow", Severity::Error, place, fault.clone(), help, fault));
    }
    let ids: Vec<_> = inline.rules.iter().map(|named| named.id.as_str()).collect();
    let ids = ids.join(", ");
    if inline.reason.is_empty() {
        let message = format!("this exception of `{ids}` gives no reason, and accepts nothing");
        return Some(finding("allow-without-reason", Severity::Error, place, message, "say behind it why it is fine", &ids));
    }
    inline.until.filter(|until| *until < today).map(|until| expired(&ids, until, place))
}

pub(super) fn expired(ids: &str, until: Date, place: Place) -> Judged {
    let message = format!("this exception of `{ids}` ended on {until}");
    finding("expired-allow", Severity::Error, place, message, "mend what it accepted, then remove it", ids)
}

pub(super) fn unknown_rule(id: &str, place: Place, kind: ExceptionKind) -> Judged {
    let message = format!("this exception names no rule of the policy: `{}`", crate::facts::shown(id));
    let help = match kind {
        ExceptionKind::Comment => "correct the id, or remove it; `ssot rules` lists them",
        ExceptionKind::Entry | ExceptionKind::Baseline => "correct the id, or remove the entry; `ssot rules` lists them",
    };
    finding("bad-allow", Severity::Error, place, message, help, id)
}

pub(super) fn unknown_code(rule: &BoundRule, code: &str, place: Place) -> Judged {
    let message = format!("this exception names no code of `{}`: `{}`", rule.id, crate::facts::shown(code));
    let known: Vec<_> = rule.kind.codes.iter().map(|code| code.name).collect();
    finding("bad-allow", Severity::Error, place, message, &format!("one of {}", known.join(", ")), code)
}

/// One finding for each that is `idle`; `lists` says how many entries each list of them has.
pub(super) fn unused(held: &[Held<'_>], idle: &[bool], lists: &HashMap<&Edit, usize>) -> Vec<Judged> {
    let (mut of_comment, mut of_list): (HashMap<_, usize>, HashMap<_, usize>) = (HashMap::new(), HashMap::new());
    for (held, _) in held.iter().zip(idle).filter(|(_, idle)| **idle) {
        match held.origin {
            Origin::Comment(inline, _) => *of_comment.entry(std::ptr::from_ref(inline)).or_default() += 1,
            Origin::Entry(allow) => {
                if let Some(removal) = &allow.removal {
                    *of_list.entry(&removal.all).or_default() += 1;
                }
            }
        }
    }
    let edit = |held: &Held<'_>| match held.origin {
        Origin::Comment(inline, at) => {
            let path = inline.place.path.clone();
            let (span, text) = match of_comment.get(&std::ptr::from_ref(inline)) == Some(&inline.rules.len()) {
                true => inline.removal.clone(),
                false => (inline.rules[at].removal, String::new()),
            };
            Some(Edit { path, span, text })
        }
        Origin::Entry(allow) => {
            allow.removal.as_ref().map(|removal| match of_list.get(&removal.all) == lists.get(&removal.all) {
                true => removal.all.clone(),
                false => removal.one.clone(),
            })
        }
    };
    let idle = held.iter().zip(idle).filter(|(_, idle)| **idle);
    idle.map(|(held, _)| unused_finding(&held.exception, edit(held))).collect()
}

fn unused_finding(exception: &Exception, edit: Option<Edit>) -> Judged {
    let message = format!("this exception of `{}` accepts nothing", exception.rule);
    let subject = format!("{} {}", exception.rule, exception.reason);
    let mut judged = finding("unused-allow", Severity::Warning, exception.place.clone(), message, "remove it", &subject);
    judged.finding.fix = edit.map(|edit| Fix { title: "remove the exception".into(), suggested: false, edits: vec![edit] });
    judged
}

fn finding(code: &str, severity: Severity, place: Place, message: String, help: &str, subject: &str) -> Judged {
    let finding = Finding {
        rule: policy_rule(),
        code: format!("policy/{code}"),
        severity,
        from: From::HeadPolicy,
        message,
        help: Some(help.into()),
        why: None,
        place,
        side: Side::Head,
        related: Vec::new(),
        fix: None,
        data: serde_json::Map::new(),
        subject: subject.into(),
        fingerprint: String::new(),
    };
    Judged { finding, fix: None }
}
