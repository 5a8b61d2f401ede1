//! Exceptions that base does not have.

use std::collections::HashMap;

use super::{Exceptions, NewEntries, Weakening};

/// Each exception of `head` that is new.
pub(super) fn compare(head: &Exceptions<'_>, base: &Exceptions<'_>, found: &mut Vec<Weakening>) {
    let before: HashMap<&str, _> = base.all().map(|exception| (exception.identity.as_str(), &exception.place)).collect();
    for exception in head.all().filter(|exception| exception.is_new) {
        let known = before.get(exception.identity.as_str()).copied();
        let message = match known {
            Some(_) => format!("the change prolongs or repeats an exception of `{}`", exception.rule),
            None => format!("the change adds an exception of `{}`", exception.rule),
        };
        let subject = exception.identity.replace('\0', " ");
        found.push(Weakening { subject, message, place: exception.place.clone(), before: known.cloned() });
    }
}

/// Each rule of which the baseline accepts more.
pub(super) fn compare_baselines(new: &[NewEntries], found: &mut Vec<Weakening>) {
    for NewEntries { rule, count, place } in new {
        let findings = if *count == 1 { "1 more finding".to_string() } else { format!("{count} more findings") };
        let message = format!("the change lets the baseline accept {findings} of `{rule}`");
        found.push(Weakening { subject: format!("baseline {rule}"), message, place: place.clone(), before: None });
    }
}
