//! `--format sarif`: the Static Analysis Results Interchange Format, for code scanning.
//!
//! Form: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use std::collections::BTreeMap;
use std::io;

use serde_json::{Map, Value, json};

use super::json;
use super::web;
use super::{Contents, Report, RuleInfo};
use crate::finding::{Accepted, Edit, ExceptionKind, Finding, Fix, Place, Related, Severity, Side, Unjudged};
use crate::text::RepoPath;

/// What paths are relative to.
const ROOT: &str = "%SRCROOT%";

/// Writes a log of one run: findings and what fails the run unjudged are results, other unjudged places notifications.
///
/// # Errors
/// Those of `out`.
pub fn sarif(report: &Report, contents: &dyn Contents, out: &mut dyn io::Write) -> io::Result<()> {
    let fails = |unjudged: &&Unjudged| unjudged.severity == Severity::Error;
    let mut results: Vec<Value> = report.findings.iter().map(result).collect();
    results.extend(report.unjudged.iter().filter(fails).map(undecided));
    results.extend(report.accepted.iter().map(suppressed));
    let notifications: Vec<Value> = report.unjudged.iter().filter(|one| !fails(one)).map(notification).collect();
    let mut run = json!({
        "tool": {"driver": {
            "name": env!("CARGO_PKG_NAME"),
            "version": env!("CARGO_PKG_VERSION"),
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": report.rules.iter().map(descriptor).collect::<Vec<_>>(),
        }},
        "automationDetails": {"id": "ssot/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The top of the tree that was judged."}}},
        "invocations": [{"executionSuccessful": true, "toolExecutionNotifications": notifications}],
        "results": results,
    });
    if let Some(uri) = contents.remote().and_then(|remote| web::address(&remote)) {
        let mut provenance = json!({"repositoryUri": uri, "mappedTo": {"uriBaseId": ROOT}});
        if let Some(commit) = &report.head.commit {
            provenance["revisionId"] = commit.as_str().into();
        }
        run["versionControlProvenance"] = json!([provenance]);
    }
    let schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
    json::write(&json!({"$schema": schema, "version": "2.1.0", "runs": [run]}), out)
}

fn descriptor(rule: &RuleInfo) -> Value {
    let help = format!("`ssot explain {}` shows the rule's page.", rule.kind);
    let why = rule.why.as_deref().unwrap_or(rule.about);
    json!({
        "id": &*rule.id,
        "shortDescription": {"text": plain(rule.about)},
        "fullDescription": {"text": plain(why)},
        "help": {"text": help, "markdown": help},
        "defaultConfiguration": {"level": rule.severity.as_str()},
        "properties": {"kind": rule.kind, "policy": rule.place.path.as_str()},
    })
}

fn result(finding: &Finding) -> Value {
    let mut properties = finding.data.clone();
    properties.insert("code".into(), finding.code.as_str().into());
    properties.insert("from".into(), finding.from.as_str().into());
    if let Some(help) = &finding.help {
        properties.insert("help".into(), help.as_str().into());
    }
    let mut result = json!({
        "ruleId": &*finding.rule,
        "level": finding.severity.as_str(),
        "message": {"text": plain(&finding.message)},
        "locations": [location(&finding.side, &finding.place)],
        "partialFingerprints": {"ssot/v1": finding.fingerprint},
        "properties": properties,
    });
    if !finding.related.is_empty() {
        result["relatedLocations"] = finding.related.iter().enumerate().map(related).collect();
    }
    if let Some(fix) = finding.fix.as_ref() {
        result["fixes"] = json!([changes(fix)]);
    }
    result
}

/// A finding that does not count, and why (§3.27.23).
fn suppressed(accepted: &Accepted) -> Value {
    let by = &accepted.by;
    let kind = if by.kind == ExceptionKind::Comment { "inSource" } else { "external" };
    let mut suppression = json!({"kind": kind, "status": "accepted", "location": location(&Side::Head, &by.place)});
    if !by.reason.is_empty() {
        suppression["justification"] = by.reason.as_str().into();
    }
    let mut result = result(&accepted.finding);
    result["suppressions"] = json!([suppression]);
    result
}

/// What could not be judged, and therefore fails the run.
fn undecided(unjudged: &Unjudged) -> Value {
    json!({
        "ruleId": &*unjudged.rule,
        "level": unjudged.severity.as_str(),
        "message": {"text": plain(&unjudged.message)},
        "locations": [location(&Side::Head, &unjudged.place)],
        "properties": {"unjudged": unjudged.reason.as_str()},
    })
}

fn notification(unjudged: &Unjudged) -> Value {
    json!({
        "descriptor": {"id": unjudged.reason.as_str()},
        "associatedRule": {"id": &*unjudged.rule},
        "level": unjudged.severity.as_str(),
        "message": {"text": plain(&unjudged.message)},
        "locations": [location(&Side::Head, &unjudged.place)],
    })
}

fn related((at, related): (usize, &Related)) -> Value {
    let mut location = location(&related.side, &related.place);
    location["id"] = (at + 1).into();
    location["message"] = json!({"text": plain(&related.message)});
    location
}

/// A place of another tree than head says which: its lines are those of that tree.
fn location(side: &Side, place: &Place) -> Value {
    let mut physical = json!({"artifactLocation": artifact(&place.path)});
    if let Some(range) = place.range {
        physical["region"] = json!({
            "startLine": range.start.line,
            "startColumn": range.start.column,
            "endLine": range.end.line,
            "endColumn": range.end.column,
            "byteOffset": range.start.byte,
            "byteLength": range.end.byte.saturating_sub(range.start.byte),
        });
    }
    let mut location = json!({"physicalLocation": physical});
    if *side != Side::Head {
        location["properties"] = json!({"tree": side.as_str()});
    }
    location
}

fn artifact(path: &RepoPath) -> Value {
    json!({"uri": web::encoded(path), "uriBaseId": ROOT})
}

fn changes(fix: &Fix) -> Value {
    let mut by_path: BTreeMap<&RepoPath, Vec<&Edit>> = BTreeMap::new();
    for edit in &fix.edits {
        by_path.entry(&edit.path).or_default().push(edit);
    }
    let changes = by_path.into_iter().map(|(path, edits)| {
        let replacements = edits.into_iter().map(|edit| {
            let mut replacement = Map::new();
            let deleted = json!({"byteOffset": edit.span.start, "byteLength": edit.span.len()});
            replacement.insert("deletedRegion".into(), deleted);
            replacement.insert("insertedContent".into(), json!({"text": edit.text}));
            Value::Object(replacement)
        });
        json!({"artifactLocation": artifact(path), "replacements": replacements.collect::<Vec<_>>()})
    });
    json!({"description": {"text": plain(&fix.title)}, "artifactChanges": changes.collect::<Vec<_>>()})
}

/// Text without links: in a message `[x](1)` would be one (§3.11.6).
fn plain(text: &str) -> String {
    match text.contains("](") {
        true => text.replace('\\', r"\\").replace('[', r"\[").replace(']', r"\]"),
        false => text.to_string(),
    }
}
