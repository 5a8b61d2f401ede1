//! `samples`: texts that prove a fact's pattern while the policy is read.

use std::borrow::Cow;

use super::path_refs::{Directories, PathLookup, PathRefs, Resolved, Resolver, alone};
use super::select::{Selection, is_literal, normal};
use super::spec::{Fact, Reader};
use super::{Extractor, Raw, Source};
use crate::formats::code::Language;
use crate::options::{Field, Options, Shape, Value};
use crate::text::RepoPath;
use crate::tree::EntryKind;

/// Keys of `samples`.
pub(super) const FIELDS: &[Field] = &[
    Field::new("match", Shape::List(&Shape::Text), "Each must hold an element."),
    Field::new("not", Shape::List(&Shape::Text), "None may hold an element."),
];

/// The samples of one fact.
pub(super) struct Samples<'w> {
    matching: Vec<Value<'w>>,
    not: Vec<Value<'w>>,
}

/// Reads `samples`; complains about a fact that can have none.
pub(super) fn read<'w>(value: Value<'w>, kind: &str, code: bool) -> Option<Samples<'w>> {
    let options = Options::read(value, "`samples`", FIELDS)?;
    if !matches!(kind, "path" | "text") && !code {
        value.complain(format!("a `{kind}` fact takes no samples: they are for patterns over text, code and paths"));
        return None;
    }
    let texts = |key: &str| options.get(key).and_then(Value::list).unwrap_or_default();
    Some(Samples { matching: texts("match"), not: texts("not") })
}

/// Complains about each sample that the fact reads otherwise than it says.
pub(super) fn prove(fact: &Fact, samples: &Samples<'_>, selection: Option<&Selection>) {
    let path = sample_path(fact, selection);
    for (values, wanted) in [(&samples.matching, true), (&samples.not, false)] {
        for value in values {
            let Some(written) = value.text() else { continue };
            let text = as_file(&path, written);
            let text = text.as_ref();
            let found = match &fact.reader {
                Reader::Path(path) => path.read(&RepoPath::new(written), EntryKind::File, None).is_some(),
                Reader::Content(extractor) => {
                    let mut raw = Raw::default();
                    extractor.extract(&Source::new(&path, text.as_bytes()), &mut raw);
                    !raw.elements.is_empty() || !raw.holes.is_empty()
                }
                Reader::PathRefs(glob) => {
                    let mut raw = Raw::default();
                    PathRefs::new().extract(&Source::new(&path, text.as_bytes()), &mut raw);
                    let mut resolver = Resolver::new(glob, &NoPaths);
                    alone(&raw, &path).iter().any(|expression| resolver.resolve(expression, &path) != Resolved::Nothing)
                }
                Reader::Directories | Reader::Values(_) | Reader::Words(_) | Reader::Git(..) => continue,
            };
            if found != wanted {
                let verdict = if wanted { "finds nothing in its sample" } else { "finds something in its counter-sample" };
                value.complain(format!("{} {verdict} `{}`", fact.label(), written.escape_debug()));
            }
        }
    }
}

/// A sample as a file would hold it: PHP stands behind a tag.
fn as_file<'a>(path: &RepoPath, sample: &'a str) -> Cow<'a, str> {
    match Language::of(path) {
        Some(Language::Php) if !sample.contains("<?") => Cow::Owned(format!("<?php {sample}")),
        _ => Cow::Borrowed(sample),
    }
}

/// A tree without files.
struct NoPaths;

impl PathLookup for NoPaths {
    fn contains(&self, _: &str) -> bool {
        false
    }

    fn is_dir(&self, _: &str) -> bool {
        false
    }

    fn ending_with(&self, _: &str, _: &mut dyn FnMut(&str) -> bool) {}

    fn below(&self, _: Directories<'_>, _: &mut dyn FnMut(&str, &str) -> bool) {}
}

/// A path that tells the language that samples are read in: that of the first glob that names one, else Python's.
fn sample_path(fact: &Fact, selection: Option<&Selection>) -> RepoPath {
    let globs = selection.map(|selection| selection.include.as_slice()).unwrap_or_default();
    let named = globs.iter().flat_map(|glob| super::select::extensions(glob).unwrap_or_default());
    let candidates = named.map(|extension| RepoPath::new(format!("sample.{extension}")));
    let literal = globs.iter().filter(|glob| is_literal(glob)).map(|glob| RepoPath::new(normal(glob)));
    let fallback = if fact.code { "sample.py" } else { "sample" };
    candidates.chain(literal).find(|path| Language::of(path).is_some()).unwrap_or_else(|| RepoPath::new(fallback))
}
