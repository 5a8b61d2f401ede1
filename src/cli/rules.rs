//! `ssot rules`.

use std::io::Write;

use serde_json::json;

use super::args::{ListFormat, RulesOptions};
use super::{Exit, Failure, visible};
use crate::finding::Severity;
use crate::report::place_json;

/// Longer ids push the other columns aside.
const WIDEST: usize = 60;

pub(super) fn run(options: &RulesOptions) -> Result<Exit, Failure> {
    let run = options.selection.check()?.run_in_full()?;
    let rules = run.policy().map(|policy| policy.rules.as_slice()).unwrap_or_default();
    let count = |id: &str| run.report.findings.iter().filter(|finding| &*finding.rule == id).count();
    let severity = |severity: Option<Severity>| severity.map_or("off", Severity::as_str);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match options.format {
        ListFormat::Json => {
            let rules: Vec<_> = rules
                .iter()
                .map(|rule| {
                    json!({
                        "id": &*rule.id, "kind": rule.kind.name, "severity": severity(rule.severity), "from": &*rule.from,
                        "place": place_json(&rule.place), "findings": count(&rule.id),
                    })
                })
                .collect();
            serde_json::to_writer_pretty(&mut out, &json!({"version": 1, "rules": rules})).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        ListFormat::Human => {
            let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0).min(WIDEST);
            for rule in rules {
                let from = format!("{}:{}", visible(rule.place.path.as_str()), rule.place.line().unwrap_or(1));
                let findings = match count(&rule.id) {
                    0 => "no findings".to_string(),
                    1 => "1 finding".into(),
                    count => format!("{count} findings"),
                };
                let severity = severity(rule.severity);
                writeln!(out, "{:width$}  {:<10} {severity:<8} {findings:<14} {from}", rule.id, rule.kind.name)?;
            }
        }
    }
    out.flush()?;
    Ok(Exit::Clean)
}
