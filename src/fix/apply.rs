//! Fixes applied to contents: which of them go together, and what they give.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Edit, Finding, Fix};
use crate::text::{RepoPath, Span};

/// Fixes that can be applied at once.
#[derive(Default)]
pub struct Round<'a> {
    /// One for each finding whose fix is among them, in the findings' order.
    pub fixes: Vec<&'a Fix>,
    /// By file, in order of their places.
    pub edits: BTreeMap<RepoPath, BTreeSet<Edit>>,
}

impl<'a> Round<'a> {
    /// The fixes of `findings` that do not touch each other, first come first served; equal edits are one. With `suggested`
    /// also those that are likely and not certain.
    pub fn of(findings: &'a [Finding], suggested: bool) -> Self {
        let mut round = Round::default();
        for fix in findings.iter().filter_map(|finding| finding.fix.as_ref()) {
            if (suggested || !fix.suggested) && !fix.edits.is_empty() && fix.edits.iter().all(|edit| round.admits(edit)) {
                round.fixes.push(fix);
                for edit in &fix.edits {
                    round.edits.entry(edit.path.clone()).or_default().insert(edit.clone());
                }
            }
        }
        round
    }

    fn admits(&self, edit: &Edit) -> bool {
        let Some(edits) = self.edits.get(&edit.path) else { return true };
        if edits.contains(edit) {
            return true;
        }
        // Edits do not overlap, so that those behind the first that ends before this one need not be looked at.
        let end = Edit { path: edit.path.clone(), span: Span::new(edit.span.end, usize::MAX), text: String::new() };
        let mut near = edits.range(..end).rev().take_while(|other| other.span.end >= edit.span.start);
        !near.any(|other| touches(other.span, edit.span))
    }
}

/// Whether two edits cannot both be made in any order: they share bytes, or one inserts at an edge of the other.
fn touches(a: Span, b: Span) -> bool {
    match a.is_empty() || b.is_empty() {
        true => a.start <= b.end && b.start <= a.end,
        false => a.start < b.end && b.start < a.end,
    }
}

/// `content` after edits that do not overlap, in order of their places; what lies outside of it is left away.
pub fn applied<'a>(content: &[u8], edits: impl IntoIterator<Item = &'a Edit>) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len());
    let mut done = 0;
    for edit in edits {
        let (start, end) = (edit.span.start.min(content.len()), edit.span.end.min(content.len()));
        if start < done {
            continue;
        }
        out.extend_from_slice(&content[done..start]);
        out.extend_from_slice(edit.text.as_bytes());
        done = end;
    }
    out.extend_from_slice(&content[done..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{From, Place, Severity, Side};

    fn finding(edits: &[(usize, usize, &str)], suggested: bool) -> Finding {
        let edits =
            edits.iter().map(|(start, end, text)| Edit { path: "a".into(), span: Span::new(*start, *end), text: (*text).into() });
        Finding {
            rule: "r".into(),
            code: "k/c".into(),
            severity: Severity::Error,
            from: From::HeadPolicy,
            message: String::new(),
            help: None,
            why: None,
            place: Place::file("a".into()),
            side: Side::Head,
            related: Vec::new(),
            fix: Some(Fix { title: String::new(), suggested, edits: edits.collect() }),
            data: serde_json::Map::new(),
            subject: String::new(),
            fingerprint: String::new(),
        }
    }

    fn after(findings: &[Finding], suggested: bool) -> (usize, String) {
        let round = Round::of(findings, suggested);
        let text = applied(b"0123456789", round.edits.values().flatten());
        (round.fixes.len(), String::from_utf8(text).unwrap())
    }

    #[test]
    fn what_does_not_overlap_goes_together_and_equal_edits_are_one() {
        let findings = [
            finding(&[(2, 4, "x"), (9, 9, "end")], false),
            finding(&[(0, 1, "a")], false),
            finding(&[(3, 5, "y")], false),
            finding(&[(4, 6, "z")], false),
            finding(&[(3, 4, "y")], false),
            finding(&[(2, 4, "x"), (9, 9, "end")], false),
            finding(&[(9, 9, "other")], false),
            finding(&[(7, 8, "s")], true),
        ];
        assert_eq!(after(&findings, false), (4, "a1xz678end9".into()));
        assert_eq!(after(&findings, true), (5, "a1xz6s8end9".into()));
        assert_eq!(after(&[finding(&[(3, 99, "")], false)], false), (1, "012".into()));
    }
}
