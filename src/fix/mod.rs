//! Fixes: from what a rule wants to edits in a file's own style.

mod apply;
#[cfg(feature = "cli")]
mod diff;
#[cfg(feature = "cli")]
mod write;

use std::collections::BTreeMap;

use crate::facts::{Reader, Source};
use crate::finding::{Edit, Fix, Place};
use crate::formats::{DataFormat, quoted_like};
use crate::judge::Judged;
use crate::policy::Policy;
use crate::rules::{FixDraft, FixStep};
use crate::text::{RepoPath, Span};
use crate::tree::Index;

pub use apply::{Round, applied};
#[cfg(feature = "cli")]
pub use diff::diff;
#[cfg(feature = "cli")]
pub use write::{Fixed, Refused, write, write_whole};

/// Gives each finding its fix, where all steps of it have one right answer in the files of head.
pub fn settle(policy: &Policy, limit: u64, head: &Index, judged: &mut [Judged]) {
    let mut files: BTreeMap<RepoPath, Option<Vec<u8>>> = BTreeMap::new();
    for step in judged.iter().filter_map(|judged| judged.fix.as_ref()).flat_map(|fix| &fix.steps) {
        let path = match step {
            FixStep::Edit(_) => continue,
            FixStep::Replace { place, .. } => &place.path,
            FixStep::Append { path, .. } => path,
        };
        files.entry(path.clone()).or_insert_with(|| {
            let entry = head.tree().entry(path)?;
            head.tree().read(entry, limit).ok()
        });
    }
    let sources: BTreeMap<&RepoPath, Source<'_>> =
        files.iter().filter_map(|(path, bytes)| Some((path, Source::new(path, bytes.as_ref()?)))).collect();
    for judged in judged {
        judged.finding.fix = judged.fix.take().and_then(|fix| edits(policy, &sources, fix));
    }
}

fn edits(policy: &Policy, sources: &BTreeMap<&RepoPath, Source<'_>>, fix: FixDraft) -> Option<Fix> {
    let edits: Option<Vec<Edit>> = fix
        .steps
        .into_iter()
        .map(|step| match step {
            FixStep::Edit(edit) => Some(edit),
            FixStep::Replace { place, value } => replace(sources.get(&place.path)?, &place, &value),
            FixStep::Append { fact, path, value } => {
                let Reader::Content(extractor) = &policy.facts[fact.0].reader else { return None };
                let (span, text) = extractor.append(sources.get(&path)?, &value)?;
                Some(Edit { path, span, text })
            }
        })
        .collect();
    Some(Fix { title: fix.title, suggested: fix.suggested, edits: edits? })
}

/// Puts a value where a scalar or a literal stands, and leaves its quotes as they are.
fn replace(source: &Source<'_>, place: &Place, value: &str) -> Option<Edit> {
    let span = place.span()?;
    let written = span.slice(source.bytes);
    let text = match DataFormat::of(source.path) {
        Some(format) => quoted_like(format, written, value),
        None => return in_quotes(source, span, written, value),
    };
    Some(Edit { path: source.path.clone(), span, text })
}

/// In code and plain text: between the quotes that stand there, if nothing needs escaping.
fn in_quotes(source: &Source<'_>, span: Span, written: &[u8], value: &str) -> Option<Edit> {
    let quote = written.first().copied().filter(|quote| matches!(quote, b'"' | b'\'' | b'`'));
    let inner = match quote {
        Some(quote) if written.len() >= 2 && written.last() == Some(&quote) => {
            let safe = !value.contains([char::from(quote), '\\', '\n', '$']);
            safe.then(|| Span::new(span.start + 1, span.end - 1))?
        }
        _ => span,
    };
    Some(Edit { path: source.path.clone(), span: inner, text: value.to_string() })
}
