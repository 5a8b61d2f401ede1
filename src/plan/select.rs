//! All globs of a policy as one set: each path is matched once.

use std::collections::HashMap;

use globset::{Candidate, GlobSet, GlobSetBuilder};
use rayon::prelude::*;

use crate::facts::{SelectionId, compile};
use crate::policy::Policy;
use crate::text::RepoPath;
use crate::tree::Index;

/// Below this many paths threads cost more than they save.
const WORTH_THREADS: usize = 4_000;

/// Tells which selections a path is in.
#[derive(Default)]
pub struct Selector {
    globs: GlobSet,
    /// By glob: the selections that it includes a path in, and those that it excludes one from.
    uses: Vec<Vec<(usize, bool)>>,
    selections: Vec<SelectionId>,
    /// How many selections the policy has in all.
    total: usize,
    /// By position in `selections`.
    traits: Vec<Traits>,
}

#[derive(Default)]
struct Traits {
    directories: bool,
    first_only: bool,
    /// The only paths that are in it.
    exact: Option<Vec<RepoPath>>,
    /// Policy files that it does not see.
    hidden: Vec<RepoPath>,
}

impl Selector {
    /// A selector for those selections of a policy.
    ///
    /// # Errors
    /// Globs that are too large to be matched together, as one line.
    pub fn new(policy: &Policy, selections: &[SelectionId]) -> Result<Self, String> {
        let mut builder = GlobSetBuilder::new();
        let mut known: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut uses: Vec<Vec<(usize, bool)>> = Vec::new();
        let mut traits = Vec::new();
        for (at, id) in selections.iter().enumerate() {
            let selection = &policy.selections[id.0];
            let include = selection.include.iter().map(|glob| (glob, true));
            for (glob, includes) in include.chain(selection.exclude.iter().map(|glob| (glob, false))) {
                let parts = known.entry(glob).or_insert_with(|| {
                    // Globs are checked where they are read.
                    let compiled = compile(glob).unwrap_or_default();
                    compiled
                        .into_iter()
                        .map(|part| {
                            builder.add(part);
                            uses.push(Vec::new());
                            uses.len() - 1
                        })
                        .collect()
                });
                for part in parts.iter() {
                    uses[*part].push((at, includes));
                }
            }
            let hidden = match selection.skips_policy {
                true => policy.files.iter().filter(|path| !selection.names(path)).cloned().collect(),
                false => Vec::new(),
            };
            let exact = selection.exact.then(|| selection.include.iter().map(RepoPath::new).collect());
            traits.push(Traits { directories: selection.directories, first_only: selection.first_only, exact, hidden });
        }
        let globs = builder.build().map_err(|_| {
            format!(
                "the {} globs of the policy are too large to be matched together: shorten them, or split the policy",
                uses.len()
            )
        })?;
        Ok(Selector { globs, uses, selections: selections.to_vec(), total: policy.selections.len(), traits })
    }

    /// By selection of the policy: the positions of the entries of `index` that are in it; of one that names directories, the
    /// positions in [`Index::directories`].
    pub fn select(&self, index: &Index) -> Vec<Vec<usize>> {
        let mut selected: Vec<Vec<usize>> = vec![Vec::new(); self.total];
        let mut add = |hits: Vec<(usize, Vec<usize>)>| {
            for (at, selections) in hits {
                for position in selections {
                    selected[self.selections[position].0].push(at);
                }
            }
        };
        let entries = index.entries();
        let file = |(at, entry): (usize, &crate::tree::Entry)| (at, self.hits(&entry.path, false));
        add(match entries.len() < WORTH_THREADS {
            true => entries.iter().enumerate().map(file).collect(),
            false => entries.par_iter().enumerate().with_min_len(512).map(file).collect(),
        });
        if self.traits.iter().any(|traits| traits.directories) {
            let directories = index.directories().iter().enumerate();
            add(directories.map(|(at, path)| (at, self.hits(&RepoPath::new(path), true))).collect());
        }
        for (id, _) in self.selections.iter().zip(&self.traits).filter(|(_, traits)| traits.first_only) {
            selected[id.0].truncate(1);
        }
        selected
    }

    /// The positions of the selections that a path is in.
    fn hits(&self, path: &RepoPath, directory: bool) -> Vec<usize> {
        let matched = self.globs.matches_candidate(&Candidate::new(path.as_str()));
        if matched.is_empty() {
            return Vec::new();
        }
        let (mut included, mut excluded): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
        for glob in matched {
            for (at, includes) in &self.uses[glob] {
                if *includes { included.push(*at) } else { excluded.push(*at) }
            }
        }
        included.sort_unstable();
        included.dedup();
        excluded.sort_unstable();
        included.retain(|at| {
            let traits = &self.traits[*at];
            let meant = traits.exact.as_ref().is_none_or(|exact| exact.contains(path));
            traits.directories == directory && meant && excluded.binary_search(at).is_err() && !traits.hidden.contains(path)
        });
        included
    }
}
