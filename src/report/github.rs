//! `--format github`: workflow commands of GitHub Actions, which become annotations of a pull request.
//!
//! Form: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.

use std::io;

use super::visible::{paragraph, visible};
use super::{Report, location};
use crate::finding::{Place, Related, Severity, Side};

/// Other ends that an annotation names.
const MOST_RELATED: usize = 8;

/// Writes a command for each finding and each unjudged place.
///
/// # Errors
/// Those of `out`.
pub fn github(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    for finding in &report.findings {
        let mut lines = vec![visible(&finding.message).into_owned()];
        lines.extend(others(&finding.related));
        lines.extend(finding.help.as_deref().map(|help| format!("help: {}", paragraph(help))));
        lines.extend(finding.why.as_deref().map(|why| format!("why: {}", paragraph(why))));
        let title = format!("{}: {}", finding.rule, finding.code);
        // A file of another tree is none that could be marked.
        let place = (!matches!(finding.side, Side::Peer(_))).then_some(&finding.place);
        command(finding.severity, place, &title, &lines.join("\n"), out)?;
    }
    for unjudged in &report.unjudged {
        let mut lines = vec![visible(&unjudged.message).into_owned()];
        lines.extend(others(&unjudged.related));
        let title = format!("{}: could not be judged ({})", unjudged.rule, unjudged.reason.as_str());
        command(unjudged.severity, Some(&unjudged.place), &title, &lines.join("\n"), out)?;
    }
    Ok(())
}

fn others(related: &[Related]) -> impl Iterator<Item = String> {
    related.iter().take(MOST_RELATED).map(|other| format!("{}: {}", location(&other.place), visible(&other.message)))
}

fn command(severity: Severity, place: Option<&Place>, title: &str, message: &str, out: &mut dyn io::Write) -> io::Result<()> {
    let word = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    write!(out, "::{word} ")?;
    if let Some(place) = place {
        write!(out, "file={},", property(place.path.as_str()))?;
        if let Some(range) = place.range {
            write!(out, "line={},endLine={},", range.start.line, range.end.line)?;
            // Columns are only understood within one line, and the last one is included.
            if range.start.line == range.end.line {
                let last = range.end.column.saturating_sub(1).max(range.start.column);
                write!(out, "col={},endColumn={last},", range.start.column)?;
            }
        }
    }
    writeln!(out, "title={}::{}", property(title), data(message))
}

/// Text behind the last `::`.
fn data(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(|line| visible(line).replace('%', "%25")).collect();
    lines.join("%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    visible(text).replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}
