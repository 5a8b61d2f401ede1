//! `grandfather: base`: what base already has is not told again.

use std::collections::HashMap;

use super::{Judged, base_path};
use crate::text::RepoPath;

/// Drops from `found` as many findings as base has of the same identity; a renamed file counts under its base path.
pub(super) fn keep_new(found: &mut Vec<Judged>, base: Vec<Judged>, renames: &[(RepoPath, RepoPath)]) {
    let mut old: HashMap<(String, RepoPath, String), usize> = HashMap::new();
    for judged in base {
        let finding = judged.finding;
        *old.entry((finding.code, finding.place.path, finding.subject)).or_default() += 1;
    }
    found.sort_by(|a, b| a.finding.place.cmp(&b.finding.place));
    found.retain(|judged| {
        let finding = &judged.finding;
        let path = base_path(renames, &finding.place.path).clone();
        match old.get_mut(&(finding.code.clone(), path, finding.subject.clone())) {
            Some(left) if *left > 0 => {
                *left -= 1;
                false
            }
            _ => true,
        }
    });
}
