//! Exceptions that base does not have.

use std::collections::HashMap;

use super::{Exceptions, Weakening};

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
