//! Wave 2: what could only be looked for when all values were known: words, uses, schemas.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::placed;
use super::{Scan, Trouble, View, exceptions, read, resolve};
use crate::facts::{Element, Fact, FactId, RawElement, Reader, Secret, Source};
use crate::finding::{Place, Side};
use crate::formats::secret::{hidden_spans, is_dotenv};
use crate::plan::Plan;
use crate::policy::BoundRule;
use crate::policy::inline::Inline;
use crate::rules::{Documents, FileChange, FileCheck, Output, WordSet};
use crate::tree::EntryKind;

pub(super) fn wave(
    scan: &mut Scan,
    plan: &Plan<'_>,
    rules: &[&BoundRule],
    view: &View<'_>,
    documents: &Documents,
    changes: &[FileChange],
) {
    for id in &plan.facts {
        if let Reader::Words(_) = &plan.policy.facts[id.0].reader {
            words(scan, plan, view, *id);
        }
    }
    let mut checks: Vec<(usize, usize, Box<dyn FileCheck>)> = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        if view.base.is_none() && plan.judges_against_base(rule) {
            continue;
        }
        let mut output = std::mem::take(&mut scan.outputs[at]);
        let check = rule.rule.second(&scan.context(plan, rule, view, documents, changes), &mut output);
        checks.extend(check.map(|(selection, check)| (at, selection.0, check)));
        scan.outputs[at] = output;
    }
    run(scan, plan, view, &checks);
    for (at, _, check) in &checks {
        let mut output = std::mem::take(&mut scan.outputs[*at]);
        check.finish(&scan.context(plan, rules[*at], view, documents, changes), &mut output);
        scan.outputs[*at] = output;
    }
}

/// What rules, by position, found in one file.
type Outputs = Vec<(usize, Output)>;

/// Runs all checks, each file read once.
fn run(scan: &mut Scan, plan: &Plan<'_>, view: &View<'_>, checks: &[(usize, usize, Box<dyn FileCheck>)]) {
    let mut units: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (check, (_, selection, _)) in checks.iter().enumerate() {
        for at in &scan.selected[*selection] {
            if matches!(view.head.entries()[*at].kind, EntryKind::File | EntryKind::Special) {
                units.entry(*at).or_default().push(check);
            }
        }
    }
    let units: Vec<(usize, Vec<usize>)> = units.into_iter().collect();
    let limit = plan.settings.max_file_bytes;
    let done: Vec<(Outputs, Vec<Inline>)> = units
        .par_iter()
        .map(|(at, wanted)| {
            let entry = &view.head.entries()[*at];
            let bytes = read(view.head, entry, limit);
            let source = bytes.as_ref().map(|bytes| Source::new(&entry.path, bytes));
            let one = |check: &usize| {
                let mut output = Output::default();
                match &source {
                    Ok(source) => checks[*check].2.check(source, &mut output),
                    Err(trouble) => output.stuck(trouble.reason, trouble.place.clone(), trouble.message.clone()),
                }
                (checks[*check].0, output)
            };
            (wanted.iter().map(one).collect(), source.as_ref().map(exceptions).unwrap_or_default())
        })
        .collect();
    scan.files_read += units.len();
    for ((at, _), (outputs, inline)) in units.iter().zip(done) {
        for (rule, output) in outputs {
            scan.outputs[rule].append(output);
        }
        scan.note(&view.head.entries()[*at].path, inline);
    }
}

/// The elements of a `words` fact.
fn words(scan: &mut Scan, plan: &Plan<'_>, view: &View<'_>, id: FactId) {
    let fact: &Fact = &plan.policy.facts[id.0];
    let Reader::Words(of) = &fact.reader else { return };
    let index = match resolve::tree_of(fact, plan, view) {
        Ok(index) => index,
        Err(trouble) => {
            scan.troubles[id.0].extend(trouble);
            return resolve::complete(scan, id);
        }
    };
    let values = of.members.iter().flat_map(|member| scan.elements[member.0].iter().map(|element| element.value.clone()));
    let set = WordSet::new(values);
    // A value that must not be shown where it is declared is not shown where it occurs.
    let secrets: HashSet<&str> = of
        .members
        .iter()
        .flat_map(|member| scan.elements[member.0].iter())
        .filter(|element| element.secret == Secret::All)
        .map(|element| element.value.as_str())
        .collect();
    let positions = fact.selection.map(|selection| scan.selected_in(&fact.side, selection).to_vec()).unwrap_or_default();
    let limit = plan.settings.max_file_bytes;
    let search = |at: &usize| -> Result<(Vec<Element>, Vec<Inline>), Trouble> {
        let entry = &index.entries()[*at];
        if !matches!(entry.kind, EntryKind::File | EntryKind::Special) {
            return Ok(Default::default());
        }
        let bytes = read(index, entry, limit)?;
        let source = Source::new(&entry.path, &bytes);
        let hidden = if is_dotenv(&entry.path) { hidden_spans(&bytes) } else { Vec::new() };
        let found = set.find(&bytes).into_iter().map(|(value, span)| {
            let raw = RawElement { value: set.values()[value].clone(), ..RawElement::default() };
            let place = Place { path: entry.path.clone(), range: Some(source.range(span)) };
            let secret = if secrets.contains(raw.value.as_str()) || placed::overlaps(&hidden, span) {
                Secret::All
            } else {
                Secret::Nothing
            };
            Element { secret, ..resolve::element(id, raw, place, fact.side.clone()) }
        });
        let keeps = |element: &Element| fact.filter.keeps(&RawElement { value: element.value.clone(), ..RawElement::default() });
        let mut found: Vec<Element> = found.filter(keeps).collect();
        found.sort_by(|a, b| a.place.cmp(&b.place));
        let inline = if fact.side == Side::Head { exceptions(&source) } else { Vec::new() };
        Ok((found, inline))
    };
    let done: Vec<_> = positions.par_iter().map(search).collect();
    let mut elements = Vec::new();
    for (at, result) in positions.iter().zip(done) {
        match result {
            Ok((found, inline)) => {
                elements.extend(found);
                scan.note(&index.entries()[*at].path, inline);
            }
            Err(trouble) => scan.troubles[id.0].push(trouble),
        }
    }
    // What is not known of the values is not known of their occurrences.
    let holes: Vec<_> = of.members.iter().flat_map(|member| scan.holes[member.0].clone()).collect();
    scan.holes[id.0].extend(holes);
    scan.elements[id.0] = Arc::new(elements);
    resolve::complete(scan, id);
}
