//! Settings that judge less.

use super::{Weakened, Weakening};
use crate::finding::{Place, Severity};
use crate::policy::Policy;

pub(super) fn compare(weakened: &Weakened<'_>, head: &Policy, found: &mut Vec<Weakening>) {
    let (now, before) = (&head.settings, &weakened.gate.base.settings);
    let mut push = |key: &str, what: String| {
        let place = now.places.get(key).or_else(|| now.places.get("")).cloned().unwrap_or_else(|| Place::file(head.path.clone()));
        let message = format!("the change weakens the setting `{key}`: {what}");
        found.push(Weakening { subject: format!("settings.{key}"), message, place, before: before.places.get(key).cloned() });
    };
    if now.max_file_bytes < before.max_file_bytes {
        push("max-file-bytes", format!("it was {} and is {}", before.max_file_bytes, now.max_file_bytes));
    }
    let word = |severity: Option<Severity>| severity.map_or("not set", Severity::as_str);
    if now.unproven < before.unproven {
        push("unproven", format!("it was {} and is {}", word(before.unproven), word(now.unproven)));
    }
    if now.weakened < before.weakened {
        push("weakened", format!("it was `{}` and is `{}`", before.weakened.as_str(), now.weakened.as_str()));
    }
    let lower = before.unjudged.iter().filter(|(reason, severity)| {
        // What is not set weighs as a note.
        now.unjudged.get(reason).copied().unwrap_or(Severity::Note) < **severity
    });
    let lower: Vec<String> = lower.map(|(reason, _)| format!("`{}`", reason.as_str())).collect();
    if !lower.is_empty() {
        push("unjudged", format!("{} no longer fails a run", lower.join(", ")));
    }
}
