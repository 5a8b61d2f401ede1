//! `allow:` entries: accepted exceptions that stand in the policy.

use std::sync::Arc;

use globset::GlobSet;
use jiff::civil::Date;

use super::BoundRule;
use super::language::ALLOW_FIELDS;
use crate::facts::{compile_set, expand_braces};
use crate::finding::{Edit, Finding, Place, Unjudged};
use crate::formats;
use crate::options::{Options, Value};
use crate::text::Span;

/// One accepted exception.
#[derive(Debug)]
pub struct Allow {
    pub rule: Arc<str>,
    path: GlobSet,
    code: Option<String>,
    value: Option<Vec<glob::Pattern>>,
    /// The last day on which it counts.
    pub until: Option<Date>,
    pub reason: String,
    pub place: Place,
    /// Rule, path, code and value as text: entries of two policies that are equal in them are the same exception.
    pub identity: [String; 4],
    /// How it is taken out where it is not needed.
    pub removal: Option<Removal>,
}

/// How an entry is taken out of its list.
#[derive(Clone, Debug)]
pub struct Removal {
    /// The entry alone.
    pub one: Edit,
    /// The whole list, where no entry of it is needed.
    pub all: Edit,
}

impl Allow {
    /// Reads an entry; `resolve` turns the id that is written into the one that findings carry.
    pub(super) fn read(value: Value<'_>, resolve: impl Fn(&str) -> String) -> Option<Self> {
        let options = Options::read(value, "an `allow` entry", ALLOW_FIELDS)?;
        let until = match options.get("until") {
            Some(value) => Some(value.date()?),
            None => None,
        };
        let reason = options.text("reason")?;
        if reason.trim().is_empty() {
            options.get("reason")?.complain("an `allow` entry needs a `reason`");
            return None;
        }
        let rule = resolve(options.text("rule")?);
        let text = |key: &str| options.get(key).and_then(Value::scalar).unwrap_or_default().to_string();
        Some(Allow {
            identity: [rule.clone(), text("path"), text("code"), text("value")],
            rule: Arc::from(rule),
            path: globs(options.get("path")?)?,
            code: options.text("code").map(str::to_string),
            value: match options.get("value") {
                Some(value) => Some(value_globs(value)?),
                None => None,
            },
            until,
            reason: reason.split_whitespace().collect::<Vec<_>>().join(" "),
            place: value.place(),
            removal: None,
        })
    }

    pub(super) fn removed_by(self, removal: Option<Removal>) -> Self {
        Allow { removal, ..self }
    }

    /// The code that it is narrowed to, where the rule has no such code.
    pub fn unknown_code(&self, rule: &BoundRule) -> Option<&str> {
        let written = self.code.as_deref()?;
        let code = written.strip_prefix(rule.kind.name).and_then(|rest| rest.strip_prefix('/')).unwrap_or(written);
        (!rule.kind.codes.iter().any(|known| known.name == code)).then_some(written)
    }

    /// Whether it is about that finding, its date aside.
    pub fn covers(&self, finding: &Finding) -> bool {
        let code = finding.code.rsplit('/').next().unwrap_or_default();
        finding.rule == self.rule
            && self.path.is_match(finding.place.path.as_str())
            && self.code.as_ref().is_none_or(|wanted| wanted == code || *wanted == finding.code)
            && self.value.as_ref().is_none_or(|globs| globs.iter().any(|glob| glob.matches(&finding.subject)))
    }

    /// Whether it is about that unjudged place, which has neither code nor value.
    pub fn covers_unjudged(&self, unjudged: &Unjudged) -> bool {
        let narrowed = self.code.is_some() || self.value.is_some();
        !narrowed && unjudged.rule == self.rule && self.path.is_match(unjudged.place.path.as_str())
    }
}

impl Removal {
    /// How entry `at` of a list is taken out that is the value of the key at `key`.
    pub(super) fn of(list: Value<'_>, key: Span, at: usize) -> Option<Self> {
        let (text, document) = (&list.written.origin.text, &list.written.document);
        let edit = |span, text| Edit { path: list.written.origin.path.clone(), span, text };
        let (span, empty) = formats::emptied(text, document, key, list.id)?;
        Some(Removal { one: edit(formats::item(text, document, list.id, at)?, String::new()), all: edit(span, empty) })
    }
}

fn globs(value: Value<'_>) -> Option<GlobSet> {
    match compile_set([value.text()?]) {
        Ok(set) => Some(set),
        Err(fault) => {
            value.complain(fault);
            None
        }
    }
}

/// Globs over values: `*` crosses `/` here, for values are no paths.
fn value_globs(value: Value<'_>) -> Option<Vec<glob::Pattern>> {
    let text = value.scalar()?;
    let Some(alternatives) = expand_braces(text) else {
        value.complain(format!("invalid glob `{text}`: its braces stand for too many globs"));
        return None;
    };
    let globs: Result<Vec<_>, _> = alternatives.iter().map(|text| glob::Pattern::new(text)).collect();
    globs.map_err(|error| value.complain(format!("invalid glob `{text}`: {}", error.msg))).ok()
}
