//! Output formats. Nothing here decides anything.

mod diagnosis;
mod draw;
mod excerpt;
mod human;
mod json;
mod short;
mod visible;
mod window;
#[cfg(test)]
mod tests;

use std::io;

use crate::finding::{Finding, Place, Severity, Side, Unjudged};
use crate::text::RepoPath;
use crate::tree::Description;

pub use human::{human, summary};
pub use json::{json, place_json};
pub use short::short;
pub use visible::visible;

/// A form that a report can be written in. Each is a file of its own, a word here, and a line in [`render`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    Human,
    Short,
    Json,
}

impl Format {
    pub const WORDS: [&'static str; 3] = ["human", "short", "json"];

    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "human" => Some(Format::Human),
            "short" => Some(Format::Short),
            "json" => Some(Format::Json),
            _ => None,
        }
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

/// Writes `report` in `format`; `contents` and `style` matter to people only.
///
/// # Errors
/// Those of `out`.
pub fn render(format: Format, report: &Report, contents: &dyn Contents, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        Format::Human => human(report, contents, style, out),
        Format::Short => short(report, out),
        Format::Json => json(report, out),
    }
}

/// Everything that one run has to say.
#[derive(Clone, Debug)]
pub struct Report {
    pub head: Description,
    /// The commit that head was compared with.
    pub base: Option<Description>,
    pub summary: Summary,
    /// In the order of SPEC §9.
    pub findings: Vec<Finding>,
    pub unjudged: Vec<Unjudged>,
}

impl Report {
    /// Whether nothing weighs as an error, what could not be judged included; with `strict` there must also be no warning and
    /// nothing unjudged at all.
    pub fn is_clean(&self, strict: bool) -> bool {
        let failed = self.summary.errors > 0 || self.unjudged.iter().any(|unjudged| unjudged.severity == Severity::Error);
        !failed && (!strict || (self.summary.warnings == 0 && self.unjudged.is_empty()))
    }
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

/// Gives a report the contents that its places point into, for source windows.
pub trait Contents {
    /// The file's bytes in that tree; `None` where they cannot be had.
    fn content(&self, side: &Side, path: &RepoPath) -> Option<Vec<u8>>;

    /// Whether values of this file must never be shown (dotenv files).
    fn is_secret(&self, path: &RepoPath) -> bool;
}

/// `path:line:column`, or the path alone; safe to print.
fn location(place: &Place) -> String {
    let path = visible::visible(place.path.as_str());
    match place.range {
        Some(range) => format!("{path}:{}:{}", range.start.line, range.start.column),
        None => path.into_owned(),
    }
}
