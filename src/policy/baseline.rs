//! Baselines: findings that a repository has for now, recorded by what they are and not by where they stand.

use std::sync::Arc;

use super::PolicyError;
use crate::finding::{Finding, Place};
use crate::formats::{self, DataFormat};
use crate::options::{Complaint, Field, Options, Origin, Shape, Value, Written};
use crate::text::{RepoPath, Span};

/// A finding as a baseline records it. The fingerprint alone tells it; the rest is for readers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recorded {
    pub path: String,
    pub rule: Arc<str>,
    /// `KIND/CODE`.
    pub code: String,
    pub fingerprint: String,
}

/// A baseline that was read from a file.
#[derive(Clone, Debug)]
pub struct Baseline {
    pub path: RepoPath,
    pub text: Vec<u8>,
    /// Each with its place in the file.
    pub entries: Vec<(Recorded, Place)>,
}

const FIELDS: &[Field] = &[
    Field::required("version", Shape::Integer, "The version of the form: 1."),
    Field::required("findings", Shape::List(&Shape::Map(ENTRY_FIELDS)), "The findings."),
];

const ENTRY_FIELDS: &[Field] = &[
    Field::required("path", Shape::Text, "The file that it stands in."),
    Field::required("rule", Shape::Text, "The rule's id."),
    Field::required("code", Shape::Text, "What it is: `KIND/CODE`."),
    Field::required("fingerprint", Shape::Text, "What tells it from all others."),
];

impl From<&Finding> for Recorded {
    fn from(finding: &Finding) -> Self {
        Recorded {
            path: finding.place.path.to_string(),
            rule: finding.rule.clone(),
            code: finding.code.clone(),
            fingerprint: finding.fingerprint.clone(),
        }
    }
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// What is no baseline, at its place.
    pub fn parse(path: RepoPath, text: Vec<u8>) -> Result<Self, PolicyError> {
        let origin = Origin::new(path.clone(), text.clone(), None);
        let document = formats::parse(DataFormat::Json, &text).map_err(|error| {
            let place = origin.place(Span::at(error.at));
            let message = format!("this is no baseline: {}", error.message);
            PolicyError { complaints: vec![Complaint { place, message, help: Some(REWRITE.into()) }] }
        })?;
        let written = Written::new(origin, document);
        let entries = written.document.roots.first().and_then(|root| entries(written.value(*root)));
        let complaints = written.into_complaints();
        match entries {
            Some(entries) if complaints.is_empty() => Ok(Baseline { path, text, entries }),
            _ => Err(PolicyError { complaints }),
        }
    }
}

const REWRITE: &str = "write it anew: `ssot check --write-baseline FILE`";

fn entries(value: Value<'_>) -> Option<Vec<(Recorded, Place)>> {
    let options = Options::read(value, "a baseline", FIELDS)?;
    if options.integer("version")? != 1 {
        options.get("version")?.complain("this version of ssot reads baselines of `version: 1`");
        return None;
    }
    let entry = |value: Value<'_>| {
        let options = Options::read(value, "an entry of a baseline", ENTRY_FIELDS)?;
        let text = |name: &str| options.text(name).map(str::to_string);
        let recorded = Recorded {
            path: text("path")?,
            rule: Arc::from(text("rule")?),
            code: text("code")?,
            fingerprint: text("fingerprint")?,
        };
        Some((recorded, value.place()))
    };
    options.get("findings")?.list()?.into_iter().map(entry).collect()
}
