//! Exceptions: `allow:` entries of the policy, for findings and for what could not be judged.

use std::collections::HashSet;

use jiff::civil::Date;

use super::{Judged, Judgement};
use crate::finding::{Finding, Severity};
use crate::plan::Plan;
use crate::policy::{Allow, Policy, policy_rule};

/// Takes out what an entry of head's policy accepts, and says which entries accept nothing, are out of date, or name no rule.
/// `new` are the entries, by position, that base does not have.
pub(super) fn apply(policy: &Policy, plans: &[&Plan<'_>], new: &HashSet<usize>, today: Date, judgement: &mut Judgement) {
    for (at, allow) in policy.allows.iter().enumerate() {
        if !plans.iter().any(|plan| plan.policy.rule(&allow.rule).is_some()) && policy.rule(&allow.rule).is_none() {
            let message = format!("this entry names no rule of the policy: `{}`", allow.rule);
            judgement.findings.push(finding("bad-allow", Severity::Error, allow, message, "correct the id, or remove the entry"));
            continue;
        }
        if allow.until.is_some_and(|until| until < today) {
            let message = format!("this exception of `{}` ended on {}", allow.rule, allow.until.unwrap_or(today));
            judgement.findings.push(finding(
                "expired-allow",
                Severity::Error,
                allow,
                message,
                "mend what it accepted, then remove it",
            ));
            continue;
        }
        let before = judgement.findings.len() + judgement.unjudged.len();
        judgement.findings.retain(|judged| !allow.covers(&judged.finding));
        judgement.unjudged.retain(|unjudged| !allow.covers_unjudged(unjudged));
        let accepted = before - judgement.findings.len() - judgement.unjudged.len();
        judgement.allowed += accepted;
        judgement.new_allows += if new.contains(&at) { accepted } else { 0 };
        let ran = plans.iter().any(|plan| plan.rules.iter().any(|rule| rule.id == allow.rule));
        if accepted == 0 && ran {
            let message = format!("this exception of `{}` accepts nothing", allow.rule);
            judgement.findings.push(finding("unused-allow", Severity::Warning, allow, message, "remove it"));
        }
    }
}

fn finding(code: &str, severity: Severity, allow: &Allow, message: String, help: &str) -> Judged {
    let finding = Finding {
        rule: policy_rule(),
        code: format!("policy/{code}"),
        severity,
        from: crate::finding::From::HeadPolicy,
        message,
        help: Some(help.into()),
        why: None,
        place: allow.place.clone(),
        related: Vec::new(),
        fix: None,
        data: serde_json::Map::new(),
        subject: format!("{} {}", allow.rule, allow.reason),
        fingerprint: String::new(),
    };
    Judged { finding, fix: None }
}
