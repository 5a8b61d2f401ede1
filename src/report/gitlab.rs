//! `--format gitlab`: a Code Quality report, as merge requests of GitLab show it.
//!
//! Form: <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>.

use std::collections::HashMap;
use std::io;

use serde::Serialize;

use super::Report;
use super::json;
use crate::finding::{Place, Severity};

/// Writes an array with an issue for each finding, and for each unjudged place that fails the run or would with `--strict`.
///
/// # Errors
/// Those of `out`.
pub fn gitlab(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let findings = report.findings.iter().map(|finding| Issue {
        description: finding.message.clone(),
        check_name: format!("{}: {}", finding.rule, finding.code),
        fingerprint: finding.fingerprint.clone(),
        severity: severity(finding.severity),
        location: (&finding.place).into(),
    });
    let mut equals: HashMap<String, usize> = HashMap::new();
    let unjudged = report.unjudged.iter().map(|unjudged| {
        let identity = format!("{}\0{}\0{}\0{}", unjudged.rule, unjudged.reason.as_str(), unjudged.place.path, unjudged.message);
        let ordinal = equals.entry(identity.clone()).or_default();
        *ordinal += 1;
        let hash = blake3::hash(format!("unjudged\0{identity}\0{ordinal}").as_bytes());
        Issue {
            description: unjudged.message.clone(),
            check_name: format!("{}: could not be judged ({})", unjudged.rule, unjudged.reason.as_str()),
            fingerprint: hash.to_hex().as_str()[..32].to_string(),
            severity: severity(unjudged.severity),
            location: (&unjudged.place).into(),
        }
    });
    json::write(&findings.chain(unjudged).collect::<Vec<_>>(), out)
}

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

/// Both ends are included. GitLab drops an issue without a line, so that a file as a whole is its first one.
#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

impl<'a> From<&'a Place> for Location<'a> {
    fn from(place: &'a Place) -> Self {
        let (begin, end) = place.range.map_or((1, 1), |range| (range.start.line, range.end.line));
        Location { path: place.path.as_str(), lines: Lines { begin, end } }
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "major",
        Severity::Warning => "minor",
        Severity::Note => "info",
    }
}
