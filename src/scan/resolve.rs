//! From what files say to the elements of facts: filters, paths that only the tree can tell, places.

use std::collections::HashSet;
use std::sync::Arc;

use super::imports::Joined;
use super::lookup::Lookup;
use super::placed::{Placed, PlacedElement};
use super::read::NamedForms;
use super::{Extraction, Scan, Trouble, View};
use crate::facts::path_refs::{PathValue, Resolved, Resolver};
use crate::facts::{Element, Fact, FactId, PathFact, RawElement, Reader, Secret, directory_element};
use crate::finding::{Place, Range, Reason, Related, Side};
use crate::plan::Plan;
use crate::rules::Unknown;
use crate::text::RepoPath;
use crate::tree::Index;

/// Fills in the elements of every fact but those of words, which need these first.
pub(super) fn facts(scan: &mut Scan, plan: &Plan<'_>, view: &View<'_>, extractions: &[Extraction]) {
    for id in &plan.facts {
        let fact = &plan.policy.facts[id.0];
        let found = Found::new(*id, fact, scan, plan, view, extractions);
        let Some(found) = found else { continue };
        scan.troubles[id.0].extend(found.troubles);
        scan.holes[id.0] = found.holes;
        scan.elements[id.0] = Arc::new(found.elements);
        complete(scan, *id);
    }
}

/// Says why a fact is not known whole.
pub(super) fn complete(scan: &mut Scan, id: FactId) {
    let holes =
        scan.holes[id.0].iter().map(|(place, message)| Unknown { message: message.clone(), place: place.clone(), dynamic: true });
    let troubles = scan.troubles[id.0].iter();
    let troubles =
        troubles.map(|trouble| Unknown { message: trouble.message.clone(), place: trouble.place.clone(), dynamic: false });
    scan.unknown[id.0] = Arc::new(holes.chain(troubles).collect());
}

/// The tree that a fact reads; else the trouble that it cannot be read, or nothing, where there is no base.
pub(super) fn tree_of<'a>(fact: &Fact, plan: &Plan<'_>, view: &View<'a>) -> Result<&'a Index, Option<Trouble>> {
    view.tree(&fact.side).map_err(|why| {
        let place = fact.place.clone().unwrap_or_else(|| Place::file(plan.policy.path.clone()));
        Some(Trouble { reason: Reason::Unreachable, message: why?, place })
    })
}

#[derive(Default)]
struct Found {
    elements: Vec<Element>,
    holes: Vec<(Place, String)>,
    troubles: Vec<super::Trouble>,
}

impl Found {
    fn new(id: FactId, fact: &Fact, scan: &Scan, plan: &Plan<'_>, view: &View<'_>, extractions: &[Extraction]) -> Option<Self> {
        let index = match tree_of(fact, plan, view) {
            Ok(index) => index,
            Err(trouble) => return trouble.map(|trouble| Found { troubles: vec![trouble], ..Found::default() }),
        };
        let mut found = Found::default();
        let positions = fact.selection.map(|selection| scan.selected_in(&fact.side, selection)).unwrap_or_default();
        match &fact.reader {
            Reader::Words(_) => return None,
            Reader::Values(values) => {
                for (value, place) in values {
                    let raw = RawElement { value: value.clone(), ..RawElement::default() };
                    if fact.filter.keeps(&raw) {
                        found.elements.push(element(id, raw, place.clone(), Side::Policy));
                    }
                }
            }
            Reader::Git(what, place) => match super::history::read(*what, place, view) {
                Ok(raws) => {
                    let kept = raws.into_iter().filter(|raw| fact.filter.keeps(raw));
                    found.elements.extend(kept.map(|raw| element(id, raw, place.clone(), Side::Policy)));
                }
                Err(trouble) => found.troubles.push(trouble),
            },
            Reader::Directories => {
                for at in positions {
                    let path = &index.directories()[*at];
                    found.keep(fact, element(id, directory_element(path), Place::file(RepoPath::new(path)), fact.side.clone()));
                }
            }
            Reader::Path(reader) => found.paths(id, fact, reader, index, positions, plan),
            Reader::Content(_) | Reader::PathRefs(_) => {
                let extraction = extractions.iter().find(|extraction| extraction.facts.contains(&id))?;
                let lookup = Lookup(index);
                let mut resolver = match &fact.reader {
                    Reader::PathRefs(glob) => Some(Resolver::new(glob, &lookup)),
                    _ => None,
                };
                let selection = fact.selection.map(|selection| &plan.policy.selections[selection.0]);
                let forms = selection.and_then(|selection| NamedForms::new(fact, selection));
                for at in positions {
                    let path = &index.entries()[*at].path;
                    // Another fact, that names the file's form, may have read it.
                    if forms.as_ref().is_some_and(|named| !named.reads(path)) {
                        continue;
                    }
                    let raws = scan.raws.get(&(fact.side.clone(), path.clone()));
                    let placed = raws.into_iter().flatten().find(|(key, _)| *key == extraction.key);
                    // A file without an extension may well be no script.
                    let is_told =
                        |placed: &Placed| !placed.lacks_grammar() || forms.as_ref().is_none_or(|forms| forms.names(path));
                    let Some((_, placed)) = placed.filter(|(_, placed)| is_told(placed)) else { continue };
                    let named = selection.is_some_and(|selection| selection.names(path));
                    let joined = scan.joined.get(&(fact.side.clone(), path.clone(), extraction.key.clone()));
                    match settled(extraction, path, named, &lookup, placed) {
                        Some(values) => found.settled(id, fact, path, placed, values),
                        None => found.content(id, fact, path, placed, resolver.as_mut(), joined),
                    }
                    if let Some(joined) = joined {
                        found.joined(id, fact, path, joined);
                        found.joined_paths(id, fact, path, joined, resolver.as_mut());
                    }
                }
                if !scan.joined.is_empty() || resolver.is_some() {
                    found.in_order();
                }
            }
        }
        Some(found)
    }

    fn keep(&mut self, fact: &Fact, element: Element) {
        let raw = RawElement { value: element.value.clone(), captures: element.captures.clone(), ..RawElement::default() };
        if fact.filter.keeps(&raw) {
            self.elements.push(element);
        }
    }

    fn paths(&mut self, id: FactId, fact: &Fact, reader: &PathFact, index: &Index, positions: &[usize], plan: &Plan<'_>) {
        let empty = index.tree().id_of(b"");
        for at in positions {
            let entry = &index.entries()[*at];
            if reader.read(&entry.path, entry.kind, None).is_none() {
                continue;
            }
            let hash = match (plan.policy.wants_hash, &entry.id) {
                (false, _) => None,
                (true, Some(id)) => Some(id.clone()),
                (true, None) => match super::read(index, entry, plan.settings.max_file_bytes) {
                    Ok(bytes) => Some(index.tree().id_of(&bytes)),
                    Err(trouble) => {
                        self.troubles.push(trouble);
                        None
                    }
                },
            };
            let hash = hash.filter(|hash| *hash != empty);
            if let Some(raw) = reader.read(&entry.path, entry.kind, hash.as_ref().map(|hash| &*hash.0)) {
                self.keep(fact, element(id, raw, Place::file(entry.path.clone()), fact.side.clone()));
            }
        }
    }

    /// Elements of which the tree told which count, and with which value.
    fn settled(&mut self, id: FactId, fact: &Fact, path: &RepoPath, placed: &Placed, values: Vec<Option<String>>) {
        self.troubles.extend(placed.troubles.iter().cloned());
        for (found, value) in placed.elements.iter().zip(values) {
            if let Some(value) = value {
                self.keep(fact, Element { value, ..placed_element(id, fact, path, found) });
            }
        }
    }

    /// What other files had to tell.
    fn joined(&mut self, id: FactId, fact: &Fact, path: &RepoPath, joined: &Joined) {
        self.troubles.extend(joined.troubles.iter().cloned());
        self.holes.extend(joined.holes.iter().cloned());
        for found in &joined.elements {
            let raw = RawElement { value: found.value.clone(), captures: found.captures.clone(), ..RawElement::default() };
            if fact.filter.keeps(&raw) {
                let related = found.related.iter().map(|(message, place)| related(fact, message, place.clone()));
                let foreign = (found.place.path != *path).then(|| path.clone());
                self.elements.push(Element {
                    related: related.collect(),
                    files: foreign.into_iter().collect(),
                    ..element(id, raw, found.place.clone(), fact.side.clone())
                });
            }
        }
    }

    /// Puts elements that stand in other files, and those that were found late, to their places; what stands at one place with
    /// one value is one element of several files.
    fn in_order(&mut self) {
        self.holes.sort();
        self.holes.dedup();
        self.elements.sort_by(|a, b| (&a.place, &a.value).cmp(&(&b.place, &b.value)));
        self.elements.dedup_by(|later, kept| {
            let is_same = later.place == kept.place && later.value == kept.value && later.captures == kept.captures;
            if is_same && !(later.files.is_empty() && kept.files.is_empty()) {
                let mut files: Vec<RepoPath> = kept.files().chain(later.files()).cloned().collect();
                files.sort();
                files.dedup();
                kept.files = files;
            }
            is_same
        });
    }

    fn content(
        &mut self,
        id: FactId,
        fact: &Fact,
        path: &RepoPath,
        placed: &Placed,
        mut resolver: Option<&mut Resolver<'_>>,
        joined: Option<&Joined>,
    ) {
        self.troubles.extend(placed.troubles.iter().cloned());
        let mut told = Told::default();
        for found in &placed.elements {
            match (&mut resolver, &found.raw.path) {
                (Some(resolver), Some(expression)) => {
                    let used = joined.zip(found.range).and_then(|(joined, range)| joined.used.get(&range));
                    for expression in used.map_or(std::slice::from_ref(&**expression), Vec::as_slice) {
                        let message = || format!("`{}` may be a path that is meant here", found.raw.value);
                        match resolver.resolve(expression, path) {
                            Resolved::Nothing => {}
                            Resolved::Dynamic => self.hole(place(path, found), message()),
                            Resolved::Values(values) => {
                                for value in told.fresh(found.range, values) {
                                    self.keep(fact, valued(placed_element(id, fact, path, found), value));
                                }
                            }
                        }
                    }
                }
                _ if fact.filter.keeps(&found.raw) => self.elements.push(placed_element(id, fact, path, found)),
                _ => {}
            }
        }
        for (hole, range) in &placed.holes {
            let meant = match (&mut resolver, &hole.path) {
                (Some(resolver), Some(expression)) => resolver.resolve(expression, path) == Resolved::Dynamic,
                _ => true,
            };
            if meant {
                self.hole(Place { path: path.clone(), range: Some(*range) }, hole.message.clone());
            }
        }
    }

    /// Paths of which other files knew parts.
    fn joined_paths(&mut self, id: FactId, fact: &Fact, path: &RepoPath, joined: &Joined, resolver: Option<&mut Resolver<'_>>) {
        let Some(resolver) = resolver else { return };
        let mut told = Told::default();
        for found in &joined.paths {
            let place = Place { path: path.clone(), range: Some(found.at) };
            match resolver.resolve(&found.expression, &found.base) {
                Resolved::Dynamic if found.is_element => {
                    self.hole(place, format!("`{}` may be a path that is meant here", found.expression.tail));
                }
                Resolved::Dynamic => self.hole(place, found.message.clone()),
                Resolved::Values(values) if found.is_element => {
                    let related = found.related.iter().map(|(message, place)| related(fact, message, place.clone()));
                    let related: Vec<Related> = related.collect();
                    for value in told.fresh(Some(found.at), values) {
                        let own = element(id, RawElement::default(), place.clone(), fact.side.clone());
                        self.keep(fact, valued(Element { related: related.clone(), ..own }, value));
                    }
                }
                _ => {}
            }
        }
    }

    /// Adds a dynamic place, once.
    fn hole(&mut self, place: Place, message: String) {
        if self.holes.last().is_none_or(|(last, _)| *last != place) {
            self.holes.push((place, message));
        }
    }
}

/// What one expression may be, in several ways, is told once.
#[derive(Default)]
struct Told(Option<Range>, HashSet<String>);

impl Told {
    /// Those values of the expression at `range` that were not told yet.
    fn fresh(&mut self, range: Option<Range>, values: Vec<PathValue>) -> Vec<PathValue> {
        if self.0 != range {
            *self = Told(range, HashSet::new());
        }
        values.into_iter().filter(|value| self.1.insert(value.value.clone())).collect()
    }
}

/// The element with the value and the captures of a path.
fn valued(element: Element, value: PathValue) -> Element {
    let captures = vec![("tail".into(), value.tail), ("use".into(), value.usage.word().into())];
    Element { value: value.value, captures, many: value.many, ..element }
}

fn related(fact: &Fact, message: &str, place: Place) -> Related {
    Related { message: message.to_owned(), place, side: fact.side.clone() }
}

/// What the tree's paths tell of the elements of one file.
fn settled(
    extraction: &Extraction,
    path: &RepoPath,
    named: bool,
    tree: &Lookup<'_>,
    placed: &Placed,
) -> Option<Vec<Option<String>>> {
    let found: Vec<&RawElement> = placed.elements.iter().map(|element| &element.raw).collect();
    extraction.extractor.settle(path, named, tree, &found)
}

fn place(path: &RepoPath, found: &PlacedElement) -> Place {
    Place { path: path.clone(), range: found.range }
}

fn placed_element(id: FactId, fact: &Fact, path: &RepoPath, found: &PlacedElement) -> Element {
    let place_of = |range| Place { path: path.clone(), range: Some(range) };
    let related = found.related.iter().map(|(message, range)| related(fact, message, place_of(*range)));
    Element {
        value: found.raw.value.clone(),
        captures: found.raw.captures.clone(),
        place: place(path, found),
        side: fact.side.clone(),
        related: related.collect(),
        files: Vec::new(),
        fact: id,
        many: false,
        secret: found.secret,
    }
}

pub(super) fn element(id: FactId, raw: RawElement, place: Place, side: Side) -> Element {
    Element {
        value: raw.value,
        captures: raw.captures,
        place,
        side,
        related: Vec::new(),
        files: Vec::new(),
        fact: id,
        many: false,
        secret: Secret::Nothing,
    }
}
