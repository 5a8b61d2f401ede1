//! Joins what waits in a file with what other files answered.

use std::collections::HashSet;

use super::super::{Placed, Trouble};
use super::known::Known;
use super::paths::Paths;
use super::waiting::Waiting;
use super::{Found, Joined};
use crate::facts::imports::{Call, GivenKey, Gives, Homes, Import, Unset, Use, Wait, What, Wrapper, WrapperUnset};
use crate::finding::{Place, Range};
use crate::text::RepoPath;

/// Values that names of other files give in one tree; what lies beyond counts as computed.
const MAX_VALUES: usize = 1_000_000;

pub(super) struct Join<'a> {
    known: &'a Known,
    homes: &'a Homes<'a>,
    /// Wrappers that some file calls: by file and name.
    called: HashSet<(RepoPath, String)>,
    values: usize,
    pub paths: Paths<'a>,
}

/// What a name stands for.
#[derive(Default)]
struct Values {
    known: Vec<Literal>,
    computed: bool,
    troubles: Vec<Trouble>,
}

/// A value, and where it is written.
struct Literal {
    value: String,
    /// `key`, of an entry of a map or a member of an enum.
    captures: Vec<(String, String)>,
    place: Place,
}

impl Literal {
    fn plain(value: &str, place: Place) -> Self {
        Literal { value: value.to_owned(), captures: Vec::new(), place }
    }
}

impl<'a> Join<'a> {
    pub fn new(known: &'a Known, homes: &'a Homes<'a>) -> Self {
        Join { known, homes, called: HashSet::new(), values: 0, paths: Paths::new(known, homes) }
    }

    /// What becomes of all that waits in a file.
    pub fn file(&mut self, waiting: &Waiting) -> Joined {
        let mut joined = Joined::default();
        for wait in waiting.waits() {
            self.wait(&waiting.path, wait, &mut joined);
        }
        if !joined.elements.is_empty() || !joined.holes.is_empty() || !joined.paths.is_empty() {
            joined.troubles.extend(waiting.placed.troubles.iter().cloned());
        }
        joined
    }

    /// The holes of the wrappers that no file calls.
    pub fn uncalled(&self, path: &RepoPath, placed: &Placed) -> Vec<(Place, String)> {
        let uncalled = placed.wrappers.iter().filter(|wrapper| !self.called.contains(&(path.clone(), wrapper.name.clone())));
        uncalled.flat_map(|wrapper| &wrapper.holes).map(|(at, message)| (place(path, *at), message.clone())).collect()
    }

    fn wait(&mut self, path: &RepoPath, wait: &Wait<Range>, joined: &mut Joined) {
        match &wait.gives {
            Gives::Parts(context) => {
                let values = self.values(&wait.imports, *context, path);
                joined.elements.extend(values.known.into_iter().map(|literal| Found {
                    value: literal.value,
                    captures: literal.captures,
                    place: literal.place,
                    related: Vec::new(),
                }));
                joined.troubles.extend(values.troubles);
                if values.computed {
                    joined.holes.push((place(path, wait.at), wait.message.clone()));
                }
            }
            Gives::Reads(context, captures) => {
                let reads = Reads { path, captures, message: &wait.message };
                let values = self.values(&wait.imports, *context, path);
                reads.add(wait.at, values, joined);
            }
            Gives::Call(call) => self.call(path, wait, call, joined),
            Gives::Path(template) => self.paths.add(path, wait, template, joined),
        }
    }

    /// The reads of a call, if what is called is a wrapper.
    fn call(&mut self, path: &RepoPath, wait: &Wait<Range>, call: &Call<Range>, joined: &mut Joined) {
        let Some((home, answer)) = self.known.find(self.homes, &wait.imports, What::Function, path) else {
            if self.known.is_cut() {
                joined.holes.push((place(path, wait.at), wait.message.clone()));
            }
            return;
        };
        let Some(wrapper) = answer.placed.wrappers.first() else { return };
        self.called.insert((home, wrapper.name.clone()));
        let captures = unset(wrapper, call).captures(&wrapper.idiom);
        let reads = Reads { path, captures: &captures, message: &wait.message };
        let Some(given) = call.argument(&wrapper.key) else {
            let own = wrapper.own_key.iter().map(|key| Literal::plain(key, place(path, wait.at)));
            reads.add(wait.at, Values { known: own.collect(), ..Values::default() }, joined);
            return;
        };
        for key in &given.keys {
            let values = match key {
                GivenKey::Known { value, literal } => {
                    let written = literal.unwrap_or(given.at);
                    Values { known: vec![Literal::plain(value, place(path, written))], ..Values::default() }
                }
                GivenKey::Elsewhere(imports, context) => self.values(imports, *context, path),
                GivenKey::Computed => Values { computed: true, ..Values::default() },
            };
            reads.add(given.at, values, joined);
        }
    }

    /// What a name stands for, through the names that it is made of; each is entered once.
    fn values(&mut self, imports: &[Import], context: Use, from: &RepoPath) -> Values {
        let mut values = Values::default();
        let mut entered = HashSet::new();
        let mut open = vec![(imports.to_vec(), context, from.clone())];
        while let Some((imports, context, from)) = open.pop() {
            let found = self.known.find(self.homes, &imports, What::Value(context), &from);
            let Some((home, answer)) = found.filter(|_| self.values < MAX_VALUES) else {
                values.computed = true;
                continue;
            };
            if !entered.insert(std::ptr::from_ref(answer)) {
                continue;
            }
            self.values += answer.placed.elements.len() + 1;
            for element in &answer.placed.elements {
                let place = Place { path: home.clone(), range: element.range };
                let raw = &element.raw;
                values.known.push(Literal { value: raw.value.clone(), captures: raw.captures.clone(), place });
            }
            values.computed |= !answer.placed.holes.is_empty();
            values.troubles.extend(answer.placed.troubles.iter().cloned());
            for wait in &answer.placed.waits {
                if let Gives::Parts(context) = &wait.gives {
                    open.push((wait.imports.clone(), *context, home.clone()));
                }
            }
        }
        values
    }
}

/// Reads of one expression of a file.
struct Reads<'r> {
    path: &'r RepoPath,
    captures: &'r [(String, String)],
    message: &'r str,
}

impl Reads<'_> {
    /// One read for each value, at the place of its key; the literal is related where it stands elsewhere.
    fn add(&self, at: Range, values: Values, joined: &mut Joined) {
        for Literal { value, place: literal, .. } in values.known {
            let own = place(self.path, at);
            let related = (literal != own).then(|| (format!("`{value}` is written here"), literal));
            let captures = self.captures.to_vec();
            joined.elements.push(Found { value, captures, place: own, related: related.into_iter().collect() });
        }
        if values.computed {
            joined.holes.push((place(self.path, at), self.message.to_owned()));
        }
        joined.troubles.extend(values.troubles);
    }
}

/// What becomes of an unset variable that `wrapper` reads for `call`.
fn unset<'u>(wrapper: &'u Wrapper<Range>, call: &'u Call<Range>) -> &'u Unset {
    let own = match &wrapper.unset {
        WrapperUnset::Own(own) => own,
        WrapperUnset::Given(slot, own) => call.argument(slot).map_or(own, |given| &given.default),
    };
    if *own == Unset::Unknown { &call.unset } else { own }
}

fn place(path: &RepoPath, range: Range) -> Place {
    Place { path: path.clone(), range: Some(range) }
}
