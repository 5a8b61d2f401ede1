//! Reads the files that may call a function which reads the environment for them, where wave 1 had no reason to parse them.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::super::{Extraction, Placed, Scan, View};
use super::beyond::Beyond;
use super::reach::{MAX_ROUNDS, Reach};
use super::wanted::{Wanted, add};
use super::{Files, joined_of, selected};
use crate::facts::imports::{ModuleTree, hands_on, kin};
use crate::facts::{Raw, Source};
use crate::finding::{Place, Side};
use crate::formats::code::Language;
use crate::plan::Plan;
use crate::text::RepoPath;
use crate::tree::EntryKind;

const CALLS: &str = "calls of ";

/// Adds what waits for a wrapper of another file to the raw facts of the files that the facts select.
pub(super) fn read(
    scan: &mut Scan,
    plan: &Plan<'_>,
    view: &View<'_>,
    side: &Side,
    files: &Files<'_>,
    extractions: &[Extraction],
) {
    for extraction in extractions.iter().filter(|extraction| extraction.extractor.looks_for_callers()) {
        let mut own = selected(scan, plan, side, &extraction.facts);
        own.retain(|at| files.index.entries()[*at].kind == EntryKind::File);
        let beyond = Beyond::of(files, &own);
        let mut wanted = wanted(scan, side, extraction);
        let (functions, read) = beyond.functions(files, extraction, view.cache);
        scan.files_read += read;
        for (path, names) in &functions {
            names.iter().for_each(|name| add(&mut wanted, name, path));
        }
        let mut all: Vec<usize> = own.iter().chain(&beyond.positions).copied().collect();
        all.sort_unstable();
        let (mut reach, mut seen) = (Reach::new(files, &all), HashSet::new());
        for _ in 0..MAX_ROUNDS {
            if wanted.is_empty() {
                break;
            }
            let asked = |at: &usize| asked(files, extraction, &wanted, *at, own.binary_search(at).is_ok());
            let found: Vec<(RepoPath, Placed)> = reach.callers(&wanted).par_iter().filter_map(asked).collect();
            wanted = further(&found, &mut seen);
            for (path, placed) in found {
                if placed.waits.is_empty() {
                    joined_of(scan, side, &path, &extraction.key).troubles.extend(placed.troubles);
                } else {
                    scan.raws.entry((side.clone(), path)).or_default().push((calls_key(&extraction.key), Arc::new(placed)));
                }
            }
        }
        // By which names the rest is called nobody knows.
        wanted.values_mut().for_each(|wanted| wanted.is_nameless = true);
        for at in reach.callers(&wanted).into_iter().filter(|at| own.binary_search(at).is_ok()) {
            let path = &files.index.entries()[at].path;
            let message = "it may call functions that other files hand on by too many names".to_owned();
            joined_of(scan, side, path, &extraction.key).holes.push((Place::file(path.clone()), message));
        }
    }
}

/// What waits in a file for one of the functions, if it is one of the facts' `own`, and the names that it gives to some.
fn asked(
    files: &Files<'_>,
    extraction: &Extraction,
    wanted: &BTreeMap<Language, Wanted>,
    at: usize,
    own: bool,
) -> Option<(RepoPath, Placed)> {
    let path = &files.index.entries()[at].path;
    let language = kin(files.language(path)?);
    if !own && !hands_on(language) {
        return None;
    }
    let bytes = files.content(path)?;
    let source = Source::new(path, &bytes);
    let mut raw = Raw::default();
    extraction.extractor.calls(&source, &wanted.get(&language)?.functions, &mut raw);
    if !own {
        raw = Raw { aliases: raw.aliases, ..Raw::default() };
    }
    let says_something = !(raw.waits.is_empty() && raw.aliases.is_empty() && raw.faults.is_empty());
    says_something.then(|| (path.clone(), Placed::new(&source, raw, false)))
}

/// The names that files give to the functions that they hand on, without those that were `seen` before.
fn further(found: &[(RepoPath, Placed)], seen: &mut HashSet<(RepoPath, String)>) -> BTreeMap<Language, Wanted> {
    let mut further: BTreeMap<Language, Wanted> = BTreeMap::new();
    for (path, placed) in found {
        for alias in placed.aliases.iter().filter(|alias| seen.insert((path.clone(), (*alias).clone()))) {
            add(&mut further, alias, path);
        }
    }
    further
}

/// What the calls of an extraction are known by: no policy can write such a key.
pub(super) fn calls_key(key: &str) -> Arc<str> {
    Arc::from(format!("{CALLS}{key}"))
}

/// The calls of which nobody looks up whom they call: the file waits for too many already.
pub(super) fn unasked<'p>(key: &str, path: &'p RepoPath, placed: &'p Placed) -> impl Iterator<Item = (Place, String)> + 'p {
    let holes = placed.holes.iter().take(if key.starts_with(CALLS) { usize::MAX } else { 0 });
    holes.map(|(hole, range)| (Place { path: path.clone(), range: Some(*range) }, hole.message.clone()))
}

/// The extraction that raw facts belong to.
pub(super) fn extraction_of(key: &Arc<str>) -> Arc<str> {
    key.strip_prefix(CALLS).map_or_else(|| key.clone(), Arc::from)
}

fn wanted(scan: &Scan, side: &Side, extraction: &Extraction) -> BTreeMap<Language, Wanted> {
    let mut wanted: BTreeMap<Language, Wanted> = BTreeMap::new();
    for ((_, path), raws) in scan.raws.iter().filter(|((of, _), _)| of == side) {
        let raws = raws.iter().filter(|(key, _)| *key == extraction.key);
        for name in raws.flat_map(|(_, placed)| &placed.wrappers).flat_map(|wrapper| &wrapper.known_as) {
            add(&mut wanted, name, path);
        }
    }
    wanted
}
