//! Diagnostics: what a run found, by file.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::convert::{Encoding, Workspace};
use crate::Run;
use crate::finding::{Finding, Place, Related, Severity, Side};
use crate::policy::PolicyError;
use crate::report::{Files, visible};
use crate::text::{LineIndex, RepoPath};

/// Everything that a run found and could not judge.
pub(super) fn of_run(run: &Run, workspace: &Workspace, encoding: Encoding) -> BTreeMap<RepoPath, Vec<Value>> {
    let mut writer = Writer { files: Files::new(run), workspace, encoding };
    let mut all: BTreeMap<RepoPath, Vec<Value>> = BTreeMap::new();
    for finding in &run.report.findings {
        // No file of the workspace is one of a peer; what is found there stands at the rule.
        let rule = || Some(run.policy()?.rule(&finding.rule)?.place.clone());
        let moved = match &finding.side {
            Side::Peer(_) => rule().map(|place| Finding { place, ..finding.clone() }),
            Side::Head | Side::Base | Side::Policy => None,
        };
        let finding = moved.as_ref().unwrap_or(finding);
        all.entry(finding.place.path.clone()).or_default().push(writer.finding(finding));
    }
    for unjudged in &run.report.unjudged {
        let mut diagnostic = writer.diagnostic(&unjudged.place, &unjudged.related);
        diagnostic["severity"] = severity(unjudged.severity).into();
        diagnostic["code"] = format!("{}: could not be judged ({})", unjudged.rule, unjudged.reason.as_str()).into();
        diagnostic["message"] = visible(&unjudged.message).into();
        all.entry(unjudged.place.path.clone()).or_default().push(diagnostic);
    }
    all
}

/// What is wrong with a policy.
pub(super) fn of_policy(
    error: &PolicyError,
    content: impl Fn(&RepoPath) -> Option<Vec<u8>>,
    encoding: Encoding,
) -> BTreeMap<RepoPath, Vec<Value>> {
    let mut all: BTreeMap<RepoPath, Vec<Value>> = BTreeMap::new();
    for complaint in &error.complaints {
        let bytes = content(&complaint.place.path).unwrap_or_default();
        let range = range_in(&complaint.place, &bytes, &LineIndex::new(&bytes), encoding);
        let message = match &complaint.help {
            Some(help) => format!("{}\n{}", visible(&complaint.message), visible(help)),
            None => visible(&complaint.message).into_owned(),
        };
        let diagnostic = json!({"source": "ssot", "range": range, "severity": 1, "code": "policy", "message": message});
        all.entry(complaint.place.path.clone()).or_default().push(diagnostic);
    }
    all
}

struct Writer<'a> {
    files: Files<'a>,
    workspace: &'a Workspace,
    encoding: Encoding,
}

impl Writer<'_> {
    fn finding(&mut self, finding: &Finding) -> Value {
        let mut diagnostic = self.diagnostic(&finding.place, &finding.related);
        let mut message = visible(&finding.message).into_owned();
        for (word, text) in [("help", finding.help.as_deref()), ("why", finding.why.as_deref())] {
            if let Some(text) = text {
                message.push_str(&format!("\n{word}: {}", visible(text)));
            }
        }
        diagnostic["severity"] = severity(finding.severity).into();
        diagnostic["code"] = format!("{}: {}", finding.rule, finding.code).into();
        diagnostic["message"] = message.into();
        diagnostic["data"] = json!({"fingerprint": finding.fingerprint});
        diagnostic
    }

    fn diagnostic(&mut self, place: &Place, related: &[Related]) -> Value {
        let range = range(&mut self.files, &Side::Head, place, self.encoding);
        let mut other = |related: &Related| {
            let message = match &related.side {
                Side::Head | Side::Policy => visible(&related.message).into_owned(),
                side => format!("{} (in {})", visible(&related.message), side.as_str()),
            };
            json!({"message": message, "location": location(&mut self.files, related, self.workspace, self.encoding)})
        };
        let others: Vec<Value> = related.iter().map(&mut other).collect();
        json!({"source": "ssot", "range": range, "relatedInformation": others})
    }
}

/// The other end of a finding. What stands in another tree is shown at the file of the same name, whose lines may differ.
pub(super) fn location(files: &mut Files<'_>, related: &Related, workspace: &Workspace, encoding: Encoding) -> Value {
    let range = range(files, &related.side, &related.place, encoding);
    json!({"uri": workspace.uri(&related.place.path), "range": range})
}

fn range(files: &mut Files<'_>, side: &Side, place: &Place, encoding: Encoding) -> Value {
    match files.get(side, &place.path) {
        Some((bytes, lines)) => range_in(place, bytes, lines, encoding),
        None => range_in(place, b"", &LineIndex::new(b""), encoding),
    }
}

/// A file as a whole is its first character.
pub(super) fn range_in(place: &Place, bytes: &[u8], lines: &LineIndex, encoding: Encoding) -> Value {
    let (start, end) = place.range.map_or((0, 0), |range| (range.start.byte, range.end.byte));
    json!({"start": encoding.position(bytes, lines, start), "end": encoding.position(bytes, lines, end)})
}

fn severity(severity: Severity) -> u8 {
    match severity {
        Severity::Error => 1,
        Severity::Warning => 2,
        Severity::Note => 3,
    }
}
