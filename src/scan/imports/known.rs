//! What files answered when they were asked for their names.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rayon::prelude::*;

use super::super::Placed;
use super::Files;
use super::waiting::Waiting;
use crate::facts::imports::{Ask, GivenKey, Gives, Homes, Import, Wait, What};
use crate::facts::{Export, MAX_WILDCARDS, Source, exports};
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
const MAX_IMPORTS: usize = 500_000;
/// Questions that are asked side by side.
const CHUNK: usize = 1 << 12;
/// Answers that are looked at to find names.
const MAX_STEPS: usize = 5_000_000;

/// The answers of one tree's files.
#[derive(Default)]
pub(super) struct Known {
    answers: HashMap<RepoPath, HashMap<Ask, Option<Answer>>>,
    /// Files that were read.
    pub read: usize,
    /// Imports that answers hand on to.
    handed_on: usize,
    /// Answers that were looked at.
    steps: Cell<usize>,
    /// Whether something was not asked, or not found, since it would have been too much.
    is_cut: Cell<bool>,
    /// Whether what was looked for last may be in a module that is imported whole, beyond those that count.
    is_unsure: Cell<bool>,
}

/// What there is to ask.
#[derive(Default)]
struct Asks {
    open: BTreeMap<RepoPath, BTreeSet<Ask>>,
    /// All questions so far, and the imports that led to them.
    total: usize,
    imports: usize,
    seen: HashSet<Need>,
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
        let mut asks = Asks::default();
        for need in waiting.iter().flat_map(|waiting| needs(&waiting.path, waiting.waits())) {
            known.ask(homes, need, &mut asks);
        }
        for _ in 0..MAX_ROUNDS {
            let mut open = Vec::new();
            for chunk in chunks(std::mem::take(&mut asks.open)) {
                known.answers_to(files, chunk, &mut open);
            }
            open.into_iter().for_each(|need| known.ask(homes, need, &mut asks));
            if asks.open.is_empty() {
                return known;
            }
        }
        known.is_cut.set(true);
        known
    }

    /// Asks files, and adds what their answers wait for to `open`.
    fn answers_to(&mut self, files: &Files<'_>, asks: Vec<(RepoPath, Vec<Ask>)>, open: &mut Vec<Need>) {
        if self.handed_on > MAX_IMPORTS {
            return self.is_cut.set(true);
        }
        let answers: Vec<_> = asks.par_iter().map(|(path, asks)| answer(files, path, asks)).collect();
        for ((path, asks), answers) in asks.into_iter().zip(answers) {
            self.read += usize::from(!self.answers.contains_key(&path));
            let of = self.answers.entry(path.clone()).or_default();
            for (ask, answer) in asks.into_iter().zip(answers) {
                if let Some(answer) = &answer {
                    self.handed_on += answer.elsewhere.len();
                    open.extend(needs(&path, answer.placed.waits.iter()));
                    open.push(Need { imports: answer.elsewhere.clone(), what: ask.what, from: path.clone() });
                }
                of.insert(ask, answer);
            }
        }
    }

    /// What a file answered to a question, if it has an answer.
    fn answer(&self, path: &RepoPath, ask: &Ask) -> Option<&Answer> {
        self.answers.get(path)?.get(ask)?.as_ref()
    }

    /// The first file that has a name itself, through those that hand it on.
    pub fn find(&self, homes: &Homes<'_>, imports: &[Import], what: What, from: &RepoPath) -> Option<(RepoPath, &Answer)> {
        self.is_unsure.set(imports.len() >= MAX_WILDCARDS);
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
                if answer.elsewhere.len() >= MAX_WILDCARDS || hops == 0 {
                    self.is_unsure.set(true);
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

    /// Whether what was not found last may be there all the same.
    pub fn is_cut(&self) -> bool {
        self.is_cut.get() || self.is_unsure.get()
    }

    /// Finds who is to be asked for something, unless that was done.
    fn ask(&mut self, homes: &Homes<'_>, need: Need, asks: &mut Asks) {
        if asks.imports > MAX_IMPORTS {
            return self.is_cut.set(true);
        }
        if asks.seen.contains(&need) {
            return;
        }
        asks.imports += need.imports.len();
        for import in &need.imports {
            for home in homes.of(import, &need.from).iter() {
                let ask = home.ask(need.what);
                let of = self.answers.get(&home.path);
                let is_new = of.is_none_or(|known| !known.contains_key(&ask));
                let known_files = self.answers.len() + asks.open.len();
                let fits = of.is_some() || asks.open.contains_key(&home.path) || known_files < MAX_FILES;
                if is_new && fits && asks.total < MAX_ASKS {
                    asks.total += usize::from(asks.open.entry(home.path.clone()).or_default().insert(ask));
                } else if is_new {
                    self.is_cut.set(true);
                }
            }
        }
        asks.seen.insert(need);
    }
}

/// Questions in parts that are asked one after the other, so that there are not too many answers before they are counted.
fn chunks(asks: BTreeMap<RepoPath, BTreeSet<Ask>>) -> Vec<Vec<(RepoPath, Vec<Ask>)>> {
    let mut chunks: Vec<Vec<(RepoPath, Vec<Ask>)>> = vec![Vec::new()];
    let mut room = CHUNK;
    for (path, asks) in asks {
        let asks: Vec<Ask> = asks.into_iter().collect();
        for part in asks.chunks(CHUNK) {
            if part.len() > room {
                chunks.push(Vec::new());
                room = CHUNK;
            }
            room -= part.len();
            chunks.last_mut().into_iter().for_each(|chunk| chunk.push((path.clone(), part.to_vec())));
        }
    }
    chunks
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
