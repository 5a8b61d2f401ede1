//! Reads the files that may call a function which reads the environment for them, where wave 1 had no reason to parse them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use aho_corasick::{AhoCorasick, MatchKind};
use rayon::prelude::*;

use super::super::{Extraction, Placed, Scan};
use super::{Files, selected};
use crate::facts::imports::kin;
use crate::facts::{Raw, Source};
use crate::finding::Side;
use crate::formats::code::Language;
use crate::plan::Plan;
use crate::text::RepoPath;
use crate::tree::EntryKind;

const CALLS: &str = "calls of ";

/// Wrappers of the files of one language and its kin.
#[derive(Default)]
struct Wanted {
    functions: HashSet<String>,
    /// A file that calls one of them says one of these.
    words: BTreeSet<String>,
}

/// Rounds of reading: the functions by their own names, then by those that other files give them.
const MAX_ROUNDS: usize = 3;

/// Adds what waits for a wrapper of another file to the raw facts of the files that the facts select.
pub(super) fn read(scan: &mut Scan, plan: &Plan<'_>, side: &Side, files: &Files<'_>, extractions: &[Extraction]) {
    for extraction in extractions {
        let mut wanted = wanted(scan, side, extraction);
        let mut positions = selected(scan, plan, side, &extraction.facts);
        positions.retain(|at| files.index.entries()[*at].kind == EntryKind::File);
        for _ in 0..MAX_ROUNDS {
            if wanted.is_empty() {
                break;
            }
            let machines = machines(&wanted);
            let one = |at: &usize| -> Option<(RepoPath, Placed)> {
                let path = &files.index.entries()[*at].path;
                let language = kin(Language::of(path)?);
                let (wanted, machine) = (wanted.get(&language)?, machines.get(&language)?);
                let bytes = files.content(path).filter(|bytes| machine.is_match(bytes))?;
                let source = Source::new(path, &bytes);
                let mut raw = Raw::default();
                extraction.extractor.calls(&source, &wanted.functions, &mut raw);
                (!raw.waits.is_empty() || !raw.aliases.is_empty()).then(|| (path.clone(), Placed::new(&source, raw, false)))
            };
            let found: Vec<Option<(RepoPath, Placed)>> = positions.par_iter().map(one).collect();
            wanted = further(&wanted, found.iter().flatten());
            for (path, placed) in found.into_iter().flatten() {
                scan.raws.entry((side.clone(), path)).or_default().push((calls_key(&extraction.key), Arc::new(placed)));
            }
        }
    }
}

fn machines(wanted: &BTreeMap<Language, Wanted>) -> BTreeMap<Language, AhoCorasick> {
    let built = wanted.iter().filter_map(|(language, wanted)| {
        let builder = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(&wanted.words);
        Some((*language, builder.ok()?))
    });
    built.collect()
}

/// The names that files give to the functions that they hand on.
fn further<'p>(
    wanted: &BTreeMap<Language, Wanted>,
    found: impl Iterator<Item = &'p (RepoPath, Placed)>,
) -> BTreeMap<Language, Wanted> {
    let mut further: BTreeMap<Language, Wanted> = BTreeMap::new();
    for (path, placed) in found {
        let Some(language) = Language::of(path).map(kin) else { continue };
        let known = wanted.get(&language);
        for alias in placed.aliases.iter().filter(|alias| known.is_none_or(|known| !known.functions.contains(*alias))) {
            further.entry(language).or_default().add(alias, path);
        }
    }
    further
}

/// What the calls of an extraction are known by: no policy can write such a key.
fn calls_key(key: &str) -> Arc<str> {
    Arc::from(format!("{CALLS}{key}"))
}

/// The extraction that raw facts belong to.
pub(super) fn extraction_of(key: &Arc<str>) -> Arc<str> {
    key.strip_prefix(CALLS).map_or_else(|| key.clone(), Arc::from)
}

fn wanted(scan: &Scan, side: &Side, extraction: &Extraction) -> BTreeMap<Language, Wanted> {
    let mut wanted: BTreeMap<Language, Wanted> = BTreeMap::new();
    for ((_, path), raws) in scan.raws.iter().filter(|((of, _), _)| of == side) {
        let Some(language) = Language::of(path) else { continue };
        let raws = raws.iter().filter(|(key, _)| *key == extraction.key);
        for name in raws.flat_map(|(_, placed)| &placed.wrappers).flat_map(|wrapper| &wrapper.known_as) {
            wanted.entry(kin(language)).or_default().add(name, path);
        }
    }
    wanted
}

impl Wanted {
    /// A function of the file at `path`, by a name that others know it by.
    fn add(&mut self, name: &str, path: &RepoPath) {
        let (head, last) = (name.split('.').next().unwrap_or(name), name.rsplit('.').next().unwrap_or(name));
        self.functions.insert(last.to_owned());
        self.words.insert(if name == "default" { module_word(path) } else { head.to_owned() });
    }
}

/// A word that importers of a whole module have to say.
fn module_word(path: &RepoPath) -> String {
    let stem = path.name().split('.').next().unwrap_or_default();
    match stem {
        "index" => path.dir().rsplit('/').next().unwrap_or_default().to_owned(),
        stem => stem.to_owned(),
    }
}
