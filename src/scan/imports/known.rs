//! What files answered when they were asked for their names.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rayon::prelude::*;

use super::super::Placed;
use super::Files;
use super::waiting::Waiting;
use crate::facts::imports::{Ask, GivenKey, Gives, Homes, Import, Wait, What};
use crate::facts::{Export, Source, exports};
use crate::finding::Range;
use crate::text::RepoPath;

/// Files that answers lead through one after the other.
const MAX_ROUNDS: usize = 16;
/// Files that hand a name on to each other before it is given up.
const MAX_HOPS: usize = 16;
/// Files that are asked for anything, and questions to all of them.
const MAX_FILES: usize = 20_000;
const MAX_ASKS: usize = 200_000;
/// Paths that are looked for, from anywhere.
const MAX_IMPORTS: usize = 1_000_000;
/// Answers that are looked at to find names.
const MAX_STEPS: usize = 5_000_000;

/// The answers of one tree's files.
#[derive(Default)]
pub(super) struct Known {
    answers: HashMap<RepoPath, HashMap<Ask, Option<Answer>>>,
    /// Files that were read.
    pub read: usize,
    asks: usize,
    /// Answers that were looked at.
    steps: Cell<usize>,
    /// Whether something was not asked, or not found, since it would have been too much.
    is_cut: Cell<bool>,
}

/// What a file has under a name.
pub(super) struct Answer {
    pub placed: Placed,
    pub elsewhere: Vec<Import>,
}

/// Something to ask for, from the place of a file.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Need {
    imports: Vec<Import>,
    what: What,
    from: RepoPath,
}

impl Known {
    /// Asks for all that `waiting` waits for, and for what the answers wait for in turn.
    pub fn load(files: &Files<'_>, homes: &Homes<'_>, waiting: &[Waiting]) -> Self {
        let mut known = Known::default();
        let mut seen = HashSet::new();
        let mut imports = 0;
        let mut open: Vec<Need> = waiting.iter().flat_map(|waiting| needs(&waiting.path, waiting.waits())).collect();
        for _ in 0..MAX_ROUNDS {
            let mut asks: BTreeMap<RepoPath, BTreeSet<Ask>> = BTreeMap::new();
            for need in open.drain(..) {
                if imports > MAX_IMPORTS {
                    known.is_cut.set(true);
                } else if seen.insert(need.clone()) {
                    imports += need.imports.len();
                    known.asks(homes, &need, &mut asks);
                }
            }
            if asks.is_empty() {
                break;
            }
            let asks: Vec<(RepoPath, Vec<Ask>)> =
                asks.into_iter().map(|(path, asks)| (path, asks.into_iter().collect())).collect();
            let answers: Vec<_> = asks.par_iter().map(|(path, asks)| answer(files, path, asks)).collect();
            for ((path, asks), answers) in asks.into_iter().zip(answers) {
                known.read += usize::from(!known.answers.contains_key(&path));
                let of = known.answers.entry(path.clone()).or_default();
                for (ask, answer) in asks.into_iter().zip(answers) {
                    if let Some(answer) = &answer {
                        open.extend(needs(&path, answer.placed.waits.iter()));
                        let elsewhere = answer.elsewhere.clone();
                        open.push(Need { imports: elsewhere, what: ask.what, from: path.clone() });
                    }
                    of.insert(ask, answer);
                }
            }
        }
        known.is_cut.set(known.is_cut.get() || open.iter().any(|need| !seen.contains(need)));
        known
    }

    /// What a file answered to a question, if it has an answer.
    fn answer(&self, path: &RepoPath, ask: &Ask) -> Option<&Answer> {
        self.answers.get(path)?.get(ask)?.as_ref()
    }

    /// The first file that has a name itself, through those that hand it on.
    pub fn find(&self, homes: &Homes<'_>, imports: &[Import], what: What, from: &RepoPath) -> Option<(RepoPath, &Answer)> {
        self.find_from(homes, imports, what, from, &mut HashSet::new(), MAX_HOPS)
    }

    fn find_from(
        &self,
        homes: &Homes<'_>,
        imports: &[Import],
        what: What,
        from: &RepoPath,
        seen: &mut HashSet<(RepoPath, String)>,
        hops: usize,
    ) -> Option<(RepoPath, &Answer)> {
        for import in imports {
            for home in homes.of(import, from).iter() {
                let ask = home.ask(what);
                self.steps.set(self.steps.get() + 1);
                if self.steps.get() > MAX_STEPS {
                    self.is_cut.set(true);
                    return None;
                }
                let Some(answer) = self.answer(&home.path, &ask) else { continue };
                if answer.elsewhere.is_empty() {
                    return Some((home.path.clone(), answer));
                }
                if hops > 0
                    && seen.insert((home.path.clone(), ask.name))
                    && let Some(found) = self.find_from(homes, &answer.elsewhere, what, &home.path, seen, hops - 1)
                {
                    return Some(found);
                }
            }
        }
        None
    }

    /// Whether what was not found may be there all the same.
    pub fn is_cut(&self) -> bool {
        self.is_cut.get()
    }

    fn asks(&mut self, homes: &Homes<'_>, need: &Need, asks: &mut BTreeMap<RepoPath, BTreeSet<Ask>>) {
        for import in &need.imports {
            for home in homes.of(import, &need.from).iter() {
                let ask = home.ask(need.what);
                let of = self.answers.get(&home.path);
                let is_new = of.is_none_or(|known| !known.contains_key(&ask));
                let fits = of.is_some() || asks.contains_key(&home.path) || self.answers.len() + asks.len() < MAX_FILES;
                if is_new && fits && self.asks < MAX_ASKS {
                    self.asks += usize::from(asks.entry(home.path.clone()).or_default().insert(ask));
                } else if is_new {
                    self.is_cut.set(true);
                }
            }
        }
    }
}

fn needs<'w>(from: &RepoPath, waits: impl Iterator<Item = &'w Wait<Range>>) -> Vec<Need> {
    waits.flat_map(asked).map(|(imports, what)| Need { imports: imports.to_vec(), what, from: from.clone() }).collect()
}

/// What is asked for something that waits.
fn asked(wait: &Wait<Range>) -> Vec<(&[Import], What)> {
    let call = match &wait.gives {
        Gives::Parts(context) | Gives::Reads(context, _) => return vec![(&wait.imports, What::Value(*context))],
        Gives::Path(template) => {
            return template.imports().map(|(imports, context)| (imports, What::Path(context))).collect();
        }
        Gives::Call(call) => call,
    };
    let keys = call.arguments.iter().flat_map(|given| &given.keys).filter_map(|key| match key {
        GivenKey::Elsewhere(imports, context) => Some((imports.as_slice(), What::Value(*context))),
        GivenKey::Known { .. } | GivenKey::Computed => None,
    });
    std::iter::once((wait.imports.as_slice(), What::Function)).chain(keys).collect()
}

fn answer(files: &Files<'_>, path: &RepoPath, asks: &[Ask]) -> Vec<Option<Answer>> {
    let Some(bytes) = files.content(path) else { return asks.iter().map(|_| None).collect() };
    let source = Source::new(path, &bytes);
    let placed = |export: Export| Answer { placed: Placed::new(&source, export.raw, false), elsewhere: export.elsewhere };
    exports(&source, asks).into_iter().map(|export| export.map(placed)).collect()
}
