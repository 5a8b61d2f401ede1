//! Reads the files that may use a path which another file names, where wave 1 had no reason to parse them: they need not hold
//! any word of a glob.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::super::{Extraction, Placed, Scan, View};
use super::calls::calls_key;
use super::reach::{MAX_ROUNDS, Reach};
use super::waiting::Globs;
use super::wanted::{Wanted, add};
use super::{Files, selected};
use crate::facts::imports::Gives;
use crate::facts::path_refs::{PathExpression, Told};
use crate::facts::{Raw, Source};
use crate::finding::{Range, Side};
use crate::formats::code::Language;
use crate::plan::Plan;
use crate::text::RepoPath;
use crate::tree::EntryKind;

/// Names that lead to what a glob matches, by the family of their language.
type Names = BTreeMap<Language, Wanted>;

/// Adds what waits for paths of other files to the raw facts of the files that the facts select.
pub(super) fn read(
    scan: &mut Scan,
    plan: &Plan<'_>,
    view: &View<'_>,
    side: &Side,
    files: &Files<'_>,
    extraction: &Extraction,
    globs: &mut Globs<'_>,
) {
    let (mut parsed, mut names) = (HashSet::new(), Names::new());
    for ((_, path), raws) in scan.raws.iter().filter(|((of, _), _)| of == side) {
        for (_, placed) in raws.iter().filter(|(key, placed)| *key == extraction.key && !placed.is_empty()) {
            parsed.insert(path.clone());
            add_names(&mut names, path, placed, globs);
        }
    }
    let mut own = selected(scan, plan, side, &extraction.facts);
    own.retain(|at| files.index.entries()[*at].kind == EntryKind::File);
    let mut reach = Reach::new(files, &own);
    for _ in 0..MAX_ROUNDS {
        if names.is_empty() {
            return;
        }
        let path = |at: &usize| &files.index.entries()[*at].path;
        let mut users = reach.callers(&names);
        users.retain(|at| !parsed.contains(path(at)));
        let asked = |at: &usize| asked(files, extraction, view, path(at));
        let found: Vec<(RepoPath, Placed)> = users.par_iter().filter_map(asked).collect();
        names = Names::new();
        for (path, placed) in found {
            parsed.insert(path.clone());
            add_names(&mut names, &path, &placed, globs);
            scan.raws.entry((side.clone(), path)).or_default().push((calls_key(&extraction.key), Arc::new(placed)));
        }
    }
}

/// What waits in a file. What it says by itself does not matter: it holds no word of a glob.
fn asked(files: &Files<'_>, extraction: &Extraction, view: &View<'_>, path: &RepoPath) -> Option<(RepoPath, Placed)> {
    let bytes = files.content(path)?;
    let source = Source::new(path, &bytes);
    let raw = extraction.raw(&source, view.cache);
    let faults = if raw.waits.is_empty() { Vec::new() } else { raw.faults };
    let raw = Raw { waits: raw.waits, named: raw.named, faults, ..Raw::default() };
    Some((path.clone(), Placed::new(&source, raw, false)))
}

/// Adds the names of the paths of a file that may lead to what a glob matches.
fn add_names(names: &mut Names, path: &RepoPath, placed: &Placed, globs: &mut Globs<'_>) {
    let Some(language) = Language::of(path).filter(|_| !placed.named.is_empty()) else { return };
    let wanted: HashSet<Range> = placed.named.iter().flat_map(|(_, ranges)| ranges).copied().collect();
    let leading = leading(path, language, placed, &wanted, globs);
    for (name, ranges) in &placed.named {
        if ranges.iter().any(|range| leading.contains(range)) {
            add(names, name, path);
        }
    }
}

/// Those of the places `wanted` where paths stand that may lead to what a glob matches.
fn leading(
    path: &RepoPath,
    language: Language,
    placed: &Placed,
    wanted: &HashSet<Range>,
    globs: &mut Globs<'_>,
) -> HashSet<Range> {
    let told = placed.waits.iter().filter_map(|wait| match &wait.gives {
        Gives::Path(template) => {
            let (Told::Element(told) | Told::Hole(told)) = template.told(language, &template.own_text())?;
            Some((wait.at, told))
        }
        _ => None,
    });
    let waiting: Vec<(Range, PathExpression)> = told.collect();
    let own = placed.elements.iter().filter_map(|element| Some((element.range?, element.raw.path.as_deref()?)));
    let all = own.chain(waiting.iter().map(|(range, expression)| (*range, expression)));
    let wanted = all.filter(|(range, _)| wanted.contains(range));
    wanted.filter(|(_, expression)| globs.may_begin(expression, path)).map(|(range, _)| range).collect()
}
