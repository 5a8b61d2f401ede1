//! Output formats. Nothing here decides anything.

mod baseline;
mod diagnosis;
mod draw;
mod excerpt;
mod github;
mod gitlab;
mod human;
mod json;
mod junit;
mod lines;
mod map;
mod markdown;
mod rdjson;
mod sarif;
mod short;
mod visible;
mod web;
mod window;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;

use crate::finding::{Accepted, Finding, Place, Severity, Side, Unjudged};
use crate::text::RepoPath;
use crate::tree::Description;

pub use baseline::baseline;
pub use human::{human, summary};
pub use json::{json, place_json};
pub use lines::Files;
pub use map::{Map, html, mermaid};
pub use short::short;
pub use visible::visible;
pub use web::encoded;

/// A form that a report can be written in. Each is a file of its own, and a line in `FORMATS` and in [`render`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Human,
    Short,
    Json,
    Sarif,
    Github,
    Gitlab,
    Junit,
    Markdown,
    Rdjson,
}

/// All formats by their words, in the order of the documentation.
const FORMATS: [(&str, Format); 9] = [
    ("human", Format::Human),
    ("short", Format::Short),
    ("json", Format::Json),
    ("sarif", Format::Sarif),
    ("github", Format::Github),
    ("gitlab", Format::Gitlab),
    ("junit", Format::Junit),
    ("markdown", Format::Markdown),
    ("rdjson", Format::Rdjson),
];

impl Format {
    /// Every format there is.
    pub fn all() -> impl Iterator<Item = Format> {
        FORMATS.into_iter().map(|(_, format)| format)
    }

    /// The words of all formats.
    pub fn words() -> impl Iterator<Item = &'static str> {
        FORMATS.into_iter().map(|(word, _)| word)
    }

    pub fn parse(word: &str) -> Option<Self> {
        FORMATS.into_iter().find_map(|(known, format)| (known == word).then_some(format))
    }
}

/// How the report for people looks.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub color: bool,
    /// Whether lines may be drawn with more than ASCII.
    pub unicode: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// The most findings that are drawn.
    pub cap: Option<usize>,
    /// Findings only: no summary, and of unjudged places those that fail the run.
    pub quiet: bool,
}

/// Writes `report` in `format`; `style` matters to people only.
///
/// # Errors
/// Those of `out`.
pub fn render(format: Format, report: &Report, contents: &dyn Contents, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        Format::Human => human(report, contents, style, out),
        Format::Short => short(report, out),
        Format::Json => json(report, out),
        Format::Sarif => sarif::sarif(report, contents, out),
        Format::Github => github::github(report, out),
        Format::Gitlab => gitlab::gitlab(report, out),
        Format::Junit => junit::junit(report, out),
        Format::Markdown => markdown::markdown(report, contents, out),
        Format::Rdjson => rdjson::rdjson(report, contents, out),
    }
}

/// Everything that one run has to say.
#[derive(Clone, Debug)]
pub struct Report {
    pub head: Description,
    /// The commit that head was compared with.
    pub base: Option<Description>,
    pub summary: Summary,
    /// The rules in force.
    pub rules: Vec<RuleInfo>,
    /// In the order of SPEC §9.
    pub findings: Vec<Finding>,
    pub unjudged: Vec<Unjudged>,
    /// Findings that do not count because an exception or the baseline accepts them, in the same order.
    pub accepted: Vec<Accepted>,
}

impl Report {
    /// Whether nothing weighs as an error, what could not be judged included; with `strict` there must also be no warning and
    /// nothing unjudged at all.
    pub fn is_clean(&self, strict: bool) -> bool {
        let failed = self.summary.errors > 0 || self.unjudged.iter().any(|unjudged| unjudged.severity == Severity::Error);
        !failed && (!strict || (self.summary.warnings == 0 && self.unjudged.is_empty()))
    }
}

/// What a reader of findings wants to know of a rule.
#[derive(Clone, Debug)]
pub struct RuleInfo {
    pub id: Arc<str>,
    /// The kind's name.
    pub kind: &'static str,
    /// What the kind states, in one sentence.
    pub about: &'static str,
    pub severity: Severity,
    /// The policy's reason for it.
    pub why: Option<Arc<str>>,
    /// Where the policy states it.
    pub place: Place,
}

/// The counts of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub errors: usize,
    pub warnings: usize,
    pub notes: usize,
    pub unjudged: usize,
    pub allowed: usize,
    pub new_allows: usize,
    pub baselined: usize,
    /// Files of head.
    pub files: usize,
    /// Rules in force.
    pub rules: usize,
}

/// Gives a report what its places point into.
pub trait Contents {
    /// The file's bytes in that tree; `None` where they cannot be had.
    fn content(&self, side: &Side, path: &RepoPath) -> Option<Vec<u8>>;

    /// Whether values of this file must never be shown (dotenv files).
    fn is_secret(&self, path: &RepoPath) -> bool;

    /// Where the repository came from: the URL of its remote as git has it, without any credentials.
    fn remote(&self) -> Option<String> {
        None
    }
}

/// `path:line:column`, or the path alone; safe to print.
fn location(place: &Place) -> String {
    let path = visible::visible(place.path.as_str());
    match place.range {
        Some(range) => format!("{path}:{}:{}", range.start.line, range.start.column),
        None => path.into_owned(),
    }
}
