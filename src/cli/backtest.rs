//! `ssot backtest`: what the policy would have said about the last commits.

use std::io::Write;

use serde_json::{Value, json};

use super::args::{BacktestOptions, ListFormat};
use super::{Exit, Failure, visible};
use crate::finding::{Finding, Severity};
use crate::report::place_json;
use crate::{Backtest, Tested};

/// Longer subjects are cut.
const WIDEST: usize = 60;

pub(super) fn run(options: &BacktestOptions) -> Result<Exit, Failure> {
    let backtest = options.check().backtest(options.last, options.first_parent)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match options.format {
        ListFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &as_json(&backtest)).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        ListFormat::Human => print(&backtest, &mut out)?,
    }
    out.flush()?;
    Ok(Exit::Clean)
}

fn print(backtest: &Backtest, out: &mut dyn Write) -> std::io::Result<()> {
    let telling = |tested: &&Tested| tested.brought().next().is_some();
    for tested in backtest.commits.iter().filter(telling) {
        let id: String = tested.commit.id.chars().take(10).collect();
        let subject: String = visible(&tested.commit.subject).chars().take(WIDEST).collect();
        writeln!(out, "{id} {} {subject}", tested.commit.day)?;
        for finding in tested.brought() {
            let place = match finding.place.line() {
                Some(line) => format!("{}:{line}", finding.place.path),
                None => finding.place.path.to_string(),
            };
            let (severity, rule) = (finding.severity.as_str(), &finding.rule);
            writeln!(out, "  {severity}[{rule}] {} {}: {}", finding.code, visible(&place), visible(&finding.message))?;
        }
    }
    let (all, quiet) = (backtest.commits.len(), backtest.commits.iter().filter(|tested| !telling(tested)).count());
    writeln!(out, "{all} commits, {quiet} of them without a new finding\n")?;
    let width = backtest.rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0).max("rule".len());
    writeln!(out, "{:width$}  commits  new findings  unjudged", "rule")?;
    for rule in &backtest.rules {
        writeln!(out, "{:width$}  {:>7}  {:>12}  {:>8}", rule.id, rule.commits, rule.new, rule.unjudged)?;
    }
    Ok(())
}

fn as_json(backtest: &Backtest) -> Value {
    let finding = |finding: &Finding| {
        json!({
            "rule": &*finding.rule, "code": finding.code, "severity": finding.severity.as_str(), "message": finding.message,
            "place": place_json(&finding.place), "fingerprint": finding.fingerprint,
        })
    };
    let commits: Vec<Value> = backtest
        .commits
        .iter()
        .map(|tested| {
            let errors = tested.report.findings.iter().filter(|finding| finding.severity == Severity::Error).count();
            json!({
                "commit": tested.commit.id, "parent": tested.commit.parent, "subject": tested.commit.subject,
                "date": tested.commit.day, "findings": tested.report.findings.len(), "errors": errors,
                "unjudged": tested.report.unjudged.len(), "new": tested.brought().map(finding).collect::<Vec<_>>(),
            })
        })
        .collect();
    let rules: Vec<Value> = backtest
        .rules
        .iter()
        .map(|rule| json!({"id": &*rule.id, "commits": rule.commits, "new": rule.new, "unjudged": rule.unjudged}))
        .collect();
    json!({"version": 1, "commits": commits, "rules": rules})
}
