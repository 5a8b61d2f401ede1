//! `--format rdjson`: the Reviewdog Diagnostic Format, for reviewdog and what understands it.
//!
//! Form: <https://github.com/reviewdog/reviewdog/tree/master/proto/rdf>. Columns count bytes of UTF-8.

use std::io;

use serde_json::{Value, json};

use super::json;
use super::lines::Files;
use super::{Contents, Report};
use crate::finding::{Finding, Fix, Place, Related, Severity, Side, Unjudged};
use crate::text::{Position, RepoPath, Span};

/// Writes one document with a diagnostic for each finding and each unjudged place.
///
/// # Errors
/// Those of `out`.
pub fn rdjson(report: &Report, contents: &dyn Contents, out: &mut dyn io::Write) -> io::Result<()> {
    let mut writer = Writer { files: Files::new(contents) };
    let mut diagnostics: Vec<Value> = report.findings.iter().map(|finding| writer.finding(finding)).collect();
    diagnostics.extend(report.unjudged.iter().map(|unjudged| writer.unjudged(unjudged)));
    json::write(&json!({"source": {"name": "ssot"}, "diagnostics": diagnostics}), out)
}

struct Writer<'a> {
    files: Files<'a>,
}

impl Writer<'_> {
    fn finding(&mut self, finding: &Finding) -> Value {
        let mut diagnostic = json!({
            "message": match &finding.help {
                Some(help) => format!("{}\n\n{help}", finding.message),
                None => finding.message.clone(),
            },
            "location": self.location(&finding.side, &finding.place),
            "severity": severity(finding.severity),
            "code": {"value": format!("{}: {}", finding.rule, finding.code)},
            "related_locations": self.related(&finding.related),
        });
        // A suggestion is text for the file that the diagnostic is about; reviewdog knows no other.
        let here = |fix: &&Fix| fix.edits.iter().all(|edit| edit.path == finding.place.path);
        if let Some(fix) = finding.fix.as_ref().filter(here) {
            let edits = fix.edits.iter().filter_map(|edit| {
                let range = self.span(&edit.path, edit.span)?;
                Some(json!({"range": range, "text": edit.text}))
            });
            diagnostic["suggestions"] = Value::Array(edits.collect());
        }
        diagnostic
    }

    fn unjudged(&mut self, unjudged: &Unjudged) -> Value {
        json!({
            "message": unjudged.message,
            "location": self.location(&Side::Head, &unjudged.place),
            "severity": severity(unjudged.severity),
            "code": {"value": format!("{}: could not be judged ({})", unjudged.rule, unjudged.reason.as_str())},
            "related_locations": self.related(&unjudged.related),
        })
    }

    fn related(&mut self, related: &[Related]) -> Vec<Value> {
        let mut other = |other: &Related| json!({"message": other.message, "location": self.location(&other.side, &other.place)});
        related.iter().map(&mut other).collect()
    }

    fn location(&mut self, side: &Side, place: &Place) -> Value {
        let mut location = json!({"path": place.path.as_str()});
        if let Some(range) = place.range {
            let (start, end) = (self.position(side, &place.path, range.start), self.position(side, &place.path, range.end));
            location["range"] = json!({"start": start, "end": end});
        }
        location
    }

    /// Without the file's content the column is left out: it is optional.
    fn position(&mut self, side: &Side, path: &RepoPath, position: Position) -> Value {
        match self.files.get(side, path) {
            Some((_, lines)) => {
                json!({"line": position.line, "column": position.byte.saturating_sub(lines.line_start(position.line)).saturating_add(1)})
            }
            None => json!({"line": position.line}),
        }
    }

    fn span(&mut self, path: &RepoPath, span: Span) -> Option<Value> {
        let (bytes, lines) = self.files.get(&Side::Head, path)?;
        let [start, end] = [span.start, span.end].map(|byte| lines.position(bytes, byte));
        let [start, end] = [start, end].map(|position| self.position(&Side::Head, path, position));
        Some(json!({"start": start, "end": end}))
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "ERROR",
        Severity::Warning => "WARNING",
        Severity::Note => "INFO",
    }
}
