//! A finding in miette's protocol, so that any report handler can show it.

use std::fmt;

use miette::{Diagnostic, LabeledSpan, SourceCode};

use super::excerpt::{Excerpt, Sources};
use super::visible::{self, paragraph};
use crate::finding::{Finding, Severity, Side};

/// Other ends that are drawn of one finding.
const MOST_RELATED: usize = 8;

/// A finding with all that is needed to show it. Nothing in it holds a control character.
#[derive(Debug)]
pub struct Diagnosis {
    severity: miette::Severity,
    /// `[RULE] KIND/CODE`
    code: String,
    message: String,
    help: Option<String>,
    place: Spot,
    related: Vec<Spot>,
}

impl Diagnosis {
    /// Reads what stands at the places of `finding`.
    pub fn new(finding: &Finding, sources: &mut Sources<'_>) -> Self {
        let label = finding.code.rsplit('/').next().unwrap_or_default();
        let related = finding
            .related
            .iter()
            .take(MOST_RELATED)
            .map(|related| Spot { label: line(&related.message), excerpt: sources.excerpt(&related.side, &related.place) });
        let related = related.collect();
        Diagnosis {
            severity: match finding.severity {
                Severity::Error => miette::Severity::Error,
                Severity::Warning => miette::Severity::Warning,
                Severity::Note => miette::Severity::Advice,
            },
            code: line(&format!("[{}] {}", finding.rule, finding.code)),
            message: line(&finding.message),
            help: finding.help.as_deref().map(paragraph),
            place: Spot { label: line(label), excerpt: primary(finding, sources) },
            related,
        }
    }

    /// How many other ends `finding` has that are not drawn.
    pub fn left_out(finding: &Finding) -> usize {
        finding.related.len().saturating_sub(MOST_RELATED)
    }
}

fn line(text: &str) -> String {
    visible::clipped(text.trim_end(), visible::LONGEST).into_owned()
}

/// A finding stands in head, or in the policy, which need not be part of head.
fn primary(finding: &Finding, sources: &mut Sources<'_>) -> Excerpt {
    let excerpt = sources.excerpt(&finding.side, &finding.place);
    match excerpt.has_window() || finding.side != Side::Head {
        true => excerpt,
        false => sources.excerpt(&Side::Policy, &finding.place),
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Diagnosis {}

impl Diagnostic for Diagnosis {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.place.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.place.labels()
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.related.iter().map(|spot| spot as _)))
    }
}

/// One end of a finding: a diagnostic of its own, since miette's labels lie in one file.
#[derive(Debug)]
struct Spot {
    label: String,
    excerpt: Excerpt,
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label)
    }
}

impl std::error::Error for Spot {}

impl Diagnostic for Spot {
    fn severity(&self) -> Option<miette::Severity> {
        Some(miette::Severity::Advice)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.excerpt.labels(&self.label).into_iter()))
    }
}
