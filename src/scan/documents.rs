//! Documents: files that rules need to understand others (schemas and what they refer to).

use std::sync::Arc;

use super::{Scan, View, read};
use crate::facts::Source;
use crate::plan::Plan;
use crate::policy::BoundRule;
use crate::rules::Documents;
use crate::text::RepoPath;

/// Documents beyond which following stops: a hostile tree must not make a run read everything by references.
const MOST: usize = 10_000;

/// Loads what rules name, what they asked for or facts tell that they need, and what that refers to.
pub(super) fn load(scan: &mut Scan, plan: &Plan<'_>, rules: &[&BoundRule], view: &View<'_>) -> Documents {
    let mut documents = Documents::new();
    for (at, rule) in rules.iter().enumerate() {
        let mut wanted = rule.rule.documents();
        if let Some(selection) = rule.rule.document_selection() {
            wanted.extend(scan.selected[selection.0].iter().map(|at| view.head.entries()[*at].path.clone()));
        }
        wanted.append(&mut scan.outputs[at].asks);
        wanted.extend(rule.rule.documents_of(&scan.context(plan, rule, view, &Documents::new(), &[])));
        let mut seen = std::collections::HashSet::new();
        while let Some(path) = wanted.pop() {
            if seen.len() >= MOST || !seen.insert(path.clone()) {
                continue;
            }
            let content = documents.entry(path.clone()).or_insert_with(|| content(plan, view, &path));
            if let Some(content) = content {
                wanted.extend(rule.rule.follow(&path, &Source::new(&path, content)));
            }
        }
    }
    for (path, content) in documents.iter().filter_map(|(path, content)| Some((path, content.as_ref()?))) {
        scan.note(path, super::exceptions(&Source::new(path, content)));
    }
    documents
}

fn content(plan: &Plan<'_>, view: &View<'_>, path: &RepoPath) -> Option<Arc<Vec<u8>>> {
    let entry = view.head.tree().entry(path)?;
    read(view.head, entry, plan.settings.max_file_bytes).ok().map(Arc::new)
}
