//! What files take from each other: names are looked for where they may be defined, and what waits for them is joined.
//!
//! Nothing is done where no raw fact waits. What is asked of a file is a function of that file alone; a round reads each file
//! that it asks once, and the rounds are bounded, as are the files of all rounds together.

mod beyond;
mod calls;
mod files;
mod join;
mod known;
mod mentions;
mod paths;
mod reach;
mod waiting;
mod wanted;

use std::collections::HashMap;
use std::sync::Arc;

use super::lookup::Lookup;
use super::{Extraction, Placed, Scan, Trouble, View};
use crate::facts::FactId;
use crate::facts::imports::Homes;
use crate::facts::path_refs::PathExpression;
use crate::finding::{Place, Range, Side};
use crate::plan::Plan;
use crate::text::RepoPath;

use files::Files;
use join::Join;
use known::Known;
use waiting::Globs;

/// What became of all that waits in one file.
#[derive(Debug, Default)]
pub(super) struct Joined {
    pub elements: Vec<Found>,
    pub holes: Vec<(Place, String)>,
    pub troubles: Vec<Trouble>,
    pub paths: Vec<FoundPath>,
    /// Paths that stand there, as they are for other files that use them.
    pub used: HashMap<Range, Vec<PathExpression>>,
}

/// A path of which other files knew parts.
#[derive(Debug)]
pub(super) struct FoundPath {
    pub expression: PathExpression,
    /// Otherwise only the running program knows its end.
    pub is_element: bool,
    /// The file that it is relative to.
    pub base: RepoPath,
    pub at: Range,
    pub related: Vec<(String, Place)>,
    pub message: String,
}

/// An element that another file explains, or has.
#[derive(Debug)]
pub(super) struct Found {
    pub value: String,
    pub captures: Vec<(String, String)>,
    pub place: Place,
    pub related: Vec<(String, Place)>,
}

/// Joins what waits on either side; the results stand in `scan.joined`, by file and extraction.
pub(super) fn follow(scan: &mut Scan, plan: &Plan<'_>, view: &View<'_>, extractions: &[Extraction]) {
    let paths = extractions.iter().find(|extraction| extraction.paths);
    for (side, index) in view.trees() {
        let looked_for = extractions.iter().any(|extraction| extraction.extractor.looks_for_callers());
        if !looked_for && !waits(scan, &side) {
            continue;
        }
        let files = Files::new(index, plan.policy.settings.max_file_bytes);
        let homes = Homes::new(&files);
        let lookup = Lookup(index);
        let mut globs = Globs::of(plan, paths, &side, &lookup);
        calls::read(scan, plan, view, &side, &files, extractions);
        if let Some(paths) = paths {
            mentions::read(scan, plan, view, &side, &files, paths, &mut globs);
        }
        let waiting = waiting::waiting(scan, &side, &globs);
        let known = Known::load(&files, &homes, &waiting);
        scan.files_read += known.read;
        let mut join = Join::new(&known, &homes);
        waiting.iter().for_each(|waiting| join.paths.note_uses(waiting));
        for waiting in &waiting {
            let mut joined = join.file(waiting);
            joined.holes.extend(calls::unasked(&waiting.key, &waiting.path, &waiting.placed));
            joined_of(scan, &side, &waiting.path, &waiting.key).append(joined);
        }
        for (paths, (path, at, expressions)) in
            paths.into_iter().flat_map(|paths| join.paths.used_elsewhere().map(move |used| (paths, used)))
        {
            joined_of(scan, &side, path, &paths.key).used.insert(at, expressions);
        }
        // Which wrappers are called is known only now.
        for waiting in &waiting {
            let holes = join.uncalled(&waiting.path, &waiting.placed);
            joined_of(scan, &side, &waiting.path, &waiting.key).holes.extend(holes);
        }
    }
}

/// Whether anything of one side waits for other files, or may be waited for.
fn waits(scan: &Scan, side: &Side) -> bool {
    let waits = |placed: &Placed| !placed.waits.is_empty() || !placed.wrappers.is_empty() || !placed.named.is_empty();
    scan.raws.iter().any(|((of, _), raws)| of == side && raws.iter().any(|(_, placed)| waits(placed)))
}

fn joined_of<'s>(scan: &'s mut Scan, side: &Side, path: &RepoPath, key: &Arc<str>) -> &'s mut Joined {
    scan.joined.entry((side.clone(), path.clone(), calls::extraction_of(key))).or_default()
}

impl Joined {
    fn append(&mut self, mut other: Joined) {
        self.elements.append(&mut other.elements);
        self.holes.append(&mut other.holes);
        self.troubles.append(&mut other.troubles);
        self.paths.append(&mut other.paths);
    }
}

/// The files of one side that the facts of an extraction select.
fn selected(scan: &Scan, plan: &Plan<'_>, side: &Side, facts: &[FactId]) -> Vec<usize> {
    let facts = facts.iter().map(|id| &plan.policy.facts[id.0]).filter(|fact| fact.side == *side);
    let mut positions: Vec<usize> =
        facts.filter_map(|fact| fact.selection).flat_map(|id| scan.selected_in(side, id).iter().copied()).collect();
    positions.sort_unstable();
    positions.dedup();
    positions
}
