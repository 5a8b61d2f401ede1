//! `--format json`: everything that a run found, for programs. The form is part of the contract.

use std::fmt::Write as _;
use std::io;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use serde_json::{Map, Value};

use super::visible::is_hidden;
use super::{Report, Summary};
use crate::finding::{Finding, Fix, Place, Related, Unjudged};
use crate::text::{RepoPath, Span};
use crate::tree::Description;

/// Writes `report` as one document. Characters that a terminal would obey are escaped.
///
/// # Errors
/// Those of `out`.
pub fn json(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    write(&Document::from(report), out)
}

/// Writes any document so that a terminal may see it.
pub(super) fn write(document: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "{}", escaped(&serde_json::to_string_pretty(document)?))
}

/// A place as every JSON output has it.
pub fn place_json(place: &Place) -> Value {
    serde_json::to_value(PlaceOut::from(place)).unwrap_or_default()
}

/// Outside of strings JSON is ASCII, and inside of them serde escapes what is below a blank; the rest is escaped here.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push(c),
            c if is_hidden(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a string cannot fail.
                    _ = write!(out, "\\u{unit:04x}");
                }
            }
            c => out.push(c),
        }
    }
    out
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    tool: Tool,
    head: Head<'a>,
    base: Option<Base<'a>>,
    summary: Counts,
    findings: Vec<FindingOut<'a>>,
    unjudged: Vec<UnjudgedOut<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Head<'a> {
    kind: &'static str,
    commit: Option<&'a str>,
}

#[derive(Serialize)]
struct Base<'a> {
    commit: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Counts {
    errors: usize,
    warnings: usize,
    notes: usize,
    unjudged: usize,
    allowed: usize,
    new_allows: usize,
    baselined: usize,
    files: usize,
    rules: usize,
}

#[derive(Serialize)]
struct FindingOut<'a> {
    rule: &'a str,
    code: &'a str,
    severity: &'static str,
    from: &'static str,
    message: &'a str,
    help: Option<&'a str>,
    why: Option<&'a str>,
    place: PlaceOut<'a>,
    related: Vec<RelatedOut<'a>>,
    fix: Option<FixOut<'a>>,
    data: &'a Map<String, Value>,
    fingerprint: &'a str,
}

#[derive(Serialize)]
struct PlaceOut<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
    bytes: Option<[usize; 2]>,
}

#[derive(Serialize)]
struct RelatedOut<'a> {
    message: &'a str,
    place: PlaceOut<'a>,
    tree: &'a str,
}

#[derive(Serialize)]
struct FixOut<'a> {
    title: &'a str,
    suggested: bool,
    edits: Vec<EditOut<'a>>,
}

#[derive(Serialize)]
struct EditOut<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
    bytes: [usize; 2],
    text: &'a str,
}

#[derive(Serialize)]
struct UnjudgedOut<'a> {
    rule: &'a str,
    reason: &'static str,
    severity: &'static str,
    message: &'a str,
    place: PlaceOut<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<RelatedOut<'a>>,
}

impl<'a> From<&'a Report> for Document<'a> {
    fn from(report: &'a Report) -> Self {
        Document {
            version: 1,
            tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
            head: Head { kind: report.head.kind, commit: commit(&report.head) },
            base: report.base.as_ref().map(|base| Base { commit: commit(base) }),
            summary: report.summary.into(),
            findings: report.findings.iter().map(FindingOut::from).collect(),
            unjudged: report.unjudged.iter().map(UnjudgedOut::from).collect(),
        }
    }
}

impl From<Summary> for Counts {
    fn from(summary: Summary) -> Self {
        let Summary { errors, warnings, notes, unjudged, allowed, new_allows, baselined, files, rules } = summary;
        Counts { errors, warnings, notes, unjudged, allowed, new_allows, baselined, files, rules }
    }
}

impl<'a> From<&'a Finding> for FindingOut<'a> {
    fn from(finding: &'a Finding) -> Self {
        FindingOut {
            rule: &finding.rule,
            code: &finding.code,
            severity: finding.severity.as_str(),
            from: finding.from.as_str(),
            message: &finding.message,
            help: finding.help.as_deref(),
            why: finding.why.as_deref(),
            place: (&finding.place).into(),
            related: finding.related.iter().map(RelatedOut::from).collect(),
            fix: finding.fix.as_ref().map(FixOut::from),
            data: &finding.data,
            fingerprint: &finding.fingerprint,
        }
    }
}

impl<'a> From<&'a Place> for PlaceOut<'a> {
    fn from(place: &'a Place) -> Self {
        let (start, end) = (place.range.map(|range| range.start), place.range.map(|range| range.end));
        PlaceOut {
            path: place.path.as_str(),
            path_bytes: path_bytes(&place.path),
            line: start.map(|start| start.line),
            column: start.map(|start| start.column),
            end_line: end.map(|end| end.line),
            end_column: end.map(|end| end.column),
            bytes: place.range.map(|range| [range.start.byte, range.end.byte]),
        }
    }
}

impl<'a> From<&'a Related> for RelatedOut<'a> {
    fn from(related: &'a Related) -> Self {
        RelatedOut { message: &related.message, place: (&related.place).into(), tree: related.side.as_str() }
    }
}

impl<'a> From<&'a Fix> for FixOut<'a> {
    fn from(fix: &'a Fix) -> Self {
        let edits = fix.edits.iter().map(|edit| {
            let Span { start, end } = edit.span;
            EditOut { path: edit.path.as_str(), path_bytes: path_bytes(&edit.path), bytes: [start, end], text: &edit.text }
        });
        FixOut { title: &fix.title, suggested: fix.suggested, edits: edits.collect() }
    }
}

impl<'a> From<&'a Unjudged> for UnjudgedOut<'a> {
    fn from(unjudged: &'a Unjudged) -> Self {
        UnjudgedOut {
            rule: &unjudged.rule,
            reason: unjudged.reason.as_str(),
            severity: unjudged.severity.as_str(),
            message: &unjudged.message,
            place: (&unjudged.place).into(),
            related: unjudged.related.iter().map(RelatedOut::from).collect(),
        }
    }
}

fn commit(tree: &Description) -> Option<&str> {
    tree.commit.as_deref()
}

fn path_bytes(path: &RepoPath) -> Option<String> {
    path.raw().map(|raw| BASE64_STANDARD.encode(raw))
}
