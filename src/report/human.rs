//! The report for people: each finding with a source window at both ends, what was not judged, and a summary.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;

use super::diagnosis::Diagnosis;
use super::draw::{Handler, Ink};
use super::excerpt::Sources;
use super::visible::{LONGEST, clipped, paragraph, visible};
use super::{Contents, Report, Style, Summary, location};
use crate::finding::{Finding, From, Severity, Unjudged};

/// Unjudged places that are listed of one rule and reason.
const LISTED: usize = 5;
/// The same, where they fail the run.
const LISTED_ERRORS: usize = 50;

/// Writes `report` with the windows that `contents` gives.
///
/// # Errors
/// Those of `out`.
pub fn human(report: &Report, contents: &dyn Contents, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let handler = Handler::new(style);
    let mut sources = Sources::new(contents, handler.frame());
    let most = style.cap.unwrap_or(usize::MAX);
    for finding in report.findings.iter().take(most) {
        writeln!(out, "{}", drawn(finding, &handler, &mut sources))?;
    }
    let more = report.findings.len().saturating_sub(most);
    if more > 0 {
        writeln!(out, "and {} more, not shown\n", count(more, "finding"))?;
    }
    for group in groups(report, style) {
        writeln!(out, "{}", listed(&group, style))?;
    }
    Ok(())
}

/// Writes the one line that sums a run up.
///
/// # Errors
/// Those of `out`.
pub fn summary(report: &Report, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "{}", summed_up(report, style))
}

/// One finding in whole lines.
fn drawn(finding: &Finding, handler: &Handler, sources: &mut Sources<'_>) -> String {
    let mut text = handler.drawn(&Diagnosis::new(finding, sources)).to_string();
    // Writing to a string cannot fail.
    let mut remark = |word: &str, remark: &str| _ = handler.remark(word, &paragraph(remark), &mut text);
    match Diagnosis::left_out(finding) {
        0 => {}
        more => remark("note", &format!("{} more that this is about", count(more, "place"))),
    }
    if let Some(why) = &finding.why {
        remark("why", why);
    }
    if finding.from == From::BasePolicy {
        remark("note", "base's policy asks for this; a change is also judged by the policy that it starts from");
    }
    if let Some(fix) = &finding.fix {
        remark("fix", &fix.title);
    }
    text
}

/// Unjudged places of equal severity, rule and reason, groups in the order of their first place. `--quiet` keeps those that
/// fail the run.
fn groups(report: &Report, style: Style) -> Vec<Vec<&Unjudged>> {
    let mut places = HashMap::new();
    let mut groups: Vec<Vec<&Unjudged>> = Vec::new();
    for unjudged in report.unjudged.iter().filter(|unjudged| !style.quiet || unjudged.severity == Severity::Error) {
        let key = (unjudged.severity, unjudged.rule.clone(), unjudged.reason);
        let at = *places.entry(key).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.push(unjudged),
            None => groups.push(vec![unjudged]),
        }
    }
    groups
}

fn listed(group: &[&Unjudged], style: Style) -> String {
    let mut text = String::new();
    let Some(first) = group.first() else { return text };
    let (ink, most) = match first.severity {
        Severity::Error => (Ink::Error, LISTED_ERRORS),
        Severity::Warning => (Ink::Warning, LISTED),
        Severity::Note => (Ink::Note, LISTED),
    };
    let title = format!("{}[{}] {}", first.severity.as_str(), visible(&first.rule), first.reason.as_str());
    let message = format!("{} could not be judged", count(group.len(), "place"));
    _ = writeln!(text, "{}: {}", style.paint(ink, &title), style.paint(Ink::Strong, &message));
    for unjudged in group.iter().take(most) {
        _ = writeln!(text, "     {}: {}", location(&unjudged.place), clipped(&unjudged.message, LONGEST));
        for related in unjudged.related.iter().take(most) {
            _ = writeln!(text, "       see {}: {}", location(&related.place), clipped(&related.message, LONGEST));
        }
    }
    if group.len() > most {
        _ = writeln!(text, "     and {} more", group.len() - most);
    }
    text
}

/// `3 errors, 1 warning in 214 files by 12 rules · 2 could not be judged · …`
fn summed_up(report: &Report, style: Style) -> String {
    let Summary { errors, warnings, notes, files, rules, .. } = report.summary;
    let (files, rules) = (count(files, "file"), count(rules, "rule"));
    let found = [(errors, "error", Ink::Error), (warnings, "warning", Ink::Warning), (notes, "note", Ink::Note)];
    let found: Vec<_> =
        found.iter().filter(|found| found.0 > 0).map(|found| style.paint(found.2, &count(found.0, found.1))).collect();
    let failed = report.unjudged.iter().any(|unjudged| unjudged.severity == Severity::Error);
    let verdict = match () {
        () if !found.is_empty() => format!("{} in {files} by {rules}", found.join(", ")),
        () if report.summary.rules == 0 => format!("no rule is in force: nothing was checked in {files}"),
        () if failed => format!("no findings in {files} by {rules}"),
        () => format!("{}: {files} agree with {rules}", style.paint(Ink::Help, "ok")),
    };
    let mut parts = vec![verdict];
    parts.extend(extras(report));
    parts.join(if style.unicode { " · " } else { "; " })
}

/// What else a reader should know, each part only where there is something.
pub(super) fn extras(report: &Report) -> Vec<String> {
    let summary = &report.summary;
    let fixable = report.findings.iter().filter(|finding| finding.fix.as_ref().is_some_and(|fix| !fix.suggested)).count();
    let mut allowed = format!("{} allowed", summary.allowed);
    if summary.new_allows > 0 {
        allowed += &format!(" ({} new)", summary.new_allows);
    }
    [
        (summary.unjudged, format!("{} could not be judged", summary.unjudged)),
        (summary.allowed, allowed),
        (summary.baselined, format!("{} of the baseline remain", summary.baselined)),
        (fixable, format!("{fixable} with a fix")),
    ]
    .into_iter()
    .filter_map(|(number, text)| (number > 0).then_some(text))
    .collect()
}

/// `1 file`, `2 files`.
pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
