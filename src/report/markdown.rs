//! `--format markdown`: a comment for a pull request. Its first line is a marker by which the comment of the last run is found
//! and replaced.
//!
//! All text of the tree stands escaped in HTML, where Markdown means nothing.

use std::fmt::Write as _;
use std::io;

use super::human::{count, extras};
use super::visible::clipped;
use super::web::escaped;
use super::{Contents, Report, location, web};
use crate::finding::{Finding, From, Place, Related, Severity, Side, Unjudged};

/// The first line of every comment.
const MARKER: &str = "<!-- ssot -->";
/// Bytes of a comment: GitHub takes 65,536 characters.
const ROOM: usize = 60_000;
/// Other ends that are named of one finding.
const MOST_RELATED: usize = 4;
/// Findings up to which the table stands open.
const OPEN: usize = 10;
/// Characters of one message.
const LONGEST: usize = 400;

/// Writes the comment; `contents` tells where the repository is on the web, for links to lines.
///
/// # Errors
/// Those of `out`.
pub fn markdown(report: &Report, contents: &dyn Contents, out: &mut dyn io::Write) -> io::Result<()> {
    let links = Links {
        repository: contents.remote().and_then(|remote| web::address(&remote)),
        head: report.head.commit.as_deref(),
        base: report.base.as_ref().and_then(|base| base.commit.as_deref()),
    };
    let mut text = format!("{MARKER}\n### {}\n\n{}\n", verdict(report), numbers(report));
    let findings: Vec<String> = report.findings.iter().map(|finding| links.finding(finding)).collect();
    table("Findings", findings, report.findings.len() <= OPEN, &mut text);
    let (failing, others): (Vec<&Unjudged>, Vec<_>) =
        report.unjudged.iter().partition(|unjudged| unjudged.severity == Severity::Error);
    for (title, unjudged, open) in [("Not judged, which fails the check", failing, true), ("Could not be judged", others, false)]
    {
        table(title, unjudged.into_iter().map(|unjudged| links.unjudged(unjudged)).collect(), open, &mut text);
    }
    out.write_all(text.as_bytes())
}

fn verdict(report: &Report) -> String {
    let summary = &report.summary;
    let found = [(summary.errors, "error"), (summary.warnings, "warning"), (summary.notes, "note")];
    let found: Vec<_> = found.iter().filter(|(number, _)| *number > 0).map(|(number, noun)| count(*number, noun)).collect();
    let mark = if report.is_clean(false) { "✅" } else { "❌" };
    match () {
        () if !found.is_empty() => format!("{mark} ssot: {}", found.join(", ")),
        () if summary.rules == 0 => "⚠️ ssot: no rule is in force".into(),
        () if !report.is_clean(false) => format!("{mark} ssot: something could not be judged"),
        () => format!("{mark} ssot: nothing contradicts the sources of truth"),
    }
}

fn numbers(report: &Report) -> String {
    let mut parts = vec![count(report.summary.files, "file"), count(report.summary.rules, "rule")];
    parts.extend(extras(report));
    parts.join(" · ")
}

/// A folding table with these rows, as far as there is room; what is left out is counted.
fn table(title: &str, rows: Vec<String>, open: bool, text: &mut String) {
    if rows.is_empty() {
        return;
    }
    let open = if open { " open" } else { "" };
    _ = writeln!(text, "\n<details{open}><summary>{title}: {}</summary>\n<table>", rows.len());
    let all = rows.len();
    let mut shown = 0;
    for row in rows {
        if text.len() + row.len() > ROOM {
            break;
        }
        text.push_str(&row);
        shown += 1;
    }
    if shown < all {
        _ = writeln!(text, "<tr><td></td><td>and {} more: run <code>ssot check</code> to see them all</td></tr>", all - shown);
    }
    text.push_str("</table></details>\n");
}

/// Where places lead on the web.
struct Links<'a> {
    repository: Option<String>,
    head: Option<&'a str>,
    base: Option<&'a str>,
}

impl Links<'_> {
    fn finding(&self, finding: &Finding) -> String {
        let mut cell = format!(
            "<b>{}</b> {} <code>{}</code><br>{}",
            finding.severity.as_str(),
            code(&finding.rule),
            escaped(&clipped(&finding.code, LONGEST)),
            inline(&finding.message)
        );
        cell.push_str(&self.others(&finding.related));
        if let Some(help) = &finding.help {
            _ = write!(cell, "<br><i>help:</i> {}", inline(help));
        }
        if let Some(why) = &finding.why {
            _ = write!(cell, "<br><i>why:</i> {}", inline(why));
        }
        if finding.from == From::BasePolicy {
            cell.push_str("<br><i>by the policy that this change starts from</i>");
        }
        self.row(&finding.side, &finding.place, &cell)
    }

    fn unjudged(&self, unjudged: &Unjudged) -> String {
        let mut cell = format!("{} {}<br>{}", code(&unjudged.rule), unjudged.reason.as_str(), inline(&unjudged.message));
        cell.push_str(&self.others(&unjudged.related));
        self.row(&Side::Head, &unjudged.place, &cell)
    }

    fn row(&self, side: &Side, place: &Place, cell: &str) -> String {
        format!("<tr><td>{}</td><td>{cell}</td></tr>\n", self.place(side, place))
    }

    fn others(&self, related: &[Related]) -> String {
        let mut text = String::new();
        for other in related.iter().take(MOST_RELATED) {
            _ = write!(text, "<br>↳ {}: {}", self.place(&other.side, &other.place), inline(&other.message));
        }
        if related.len() > MOST_RELATED {
            _ = write!(text, "<br>↳ and {}", count(related.len() - MOST_RELATED, "more place"));
        }
        text
    }

    fn place(&self, side: &Side, place: &Place) -> String {
        let shown = format!("<code>{}</code>", escaped(&clipped(&location(place), LONGEST)));
        let commit = match side {
            Side::Base => self.base,
            Side::Head | Side::Policy => self.head,
            Side::Peer(_) => None,
        };
        match (&self.repository, commit) {
            (Some(repository), Some(commit)) => {
                format!("<a href=\"{}\">{shown}</a>", escaped(&web::link(repository, commit, place)))
            }
            _ => shown,
        }
    }
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(&clipped(text, LONGEST)))
}

/// A message of one line: what stands between a pair of backquotes is code. Outside of code, code hosts would turn `@name` and
/// `#1` into mentions.
fn inline(text: &str) -> String {
    let text = clipped(text, LONGEST);
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return format!("<code>{}</code>", escaped(&text));
    }
    let mut out = String::new();
    for (at, part) in parts.into_iter().enumerate() {
        match at % 2 {
            0 => out.push_str(&escaped(part).replace('@', "@<!-- -->").replace('#', "#<!-- -->").replace("&#<!-- -->", "&#")),
            _ => _ = write!(out, "<code>{}</code>", escaped(part)),
        }
    }
    out
}
