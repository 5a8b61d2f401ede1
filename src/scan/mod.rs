//! Scanning: from a plan and trees to the elements of facts and the outputs of rules.
//!
//! Wave 1 reads each file that is needed for itself, in parallel, and parses it once per form. Then elements are resolved,
//! documents that were asked for are loaded, and wave 2 reads what only now is known to be needed. [`Scan::new`] does all of it
//! for one view: head against base, or (for `grandfather`) base in head's place.

mod documents;
mod history;
mod imports;
mod lookup;
mod moves;
mod placed;
mod read;
mod replicas;
mod resolve;
mod second;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use memchr::memmem;
use rayon::prelude::*;

use crate::cache::Cache;
use crate::facts::{EXTRACTORS, Element, Extractor, FactId, Raw, Reader, SelectionId, Source};
use crate::finding::{Place, Reason, Side};
use crate::formats::secret::is_dotenv;
use crate::meter::Meter;
use crate::plan::Plan;
use crate::policy::BoundRule;
use crate::policy::inline::{self, Inline};
use crate::rules::{Change, Context, Documents, FileChange, Output, Role, Standing, Unknown};
use crate::text::RepoPath;
use crate::tree::{Entry, EntryKind, Index, Peers, ReadError};

use placed::Placed;

/// The trees of one evaluation.
pub struct View<'a> {
    pub head: &'a Index,
    pub base: Option<&'a Index>,
    /// Of a merge: the head before it.
    pub ours: Option<&'a Index>,
    /// Whether there is no base because the clone ends at head.
    pub cut_off: bool,
    /// Pairs of a path of base and the path of head that it became.
    pub renames: &'a [(RepoPath, RepoPath)],
    /// Other trees, by name.
    pub peers: &'a Peers,
    pub now: Timestamp,
    /// What runs before this one have read.
    pub cache: Option<&'a Cache>,
    pub meter: &'a Meter,
}

impl<'a> View<'a> {
    /// All trees that can be read, those of head and base first.
    pub fn trees(&self) -> impl Iterator<Item = (Side, &'a Index)> + use<'a> {
        let base = self.base.map(|base| (Side::Base, base));
        let peers = self.peers.iter().filter_map(|(name, peer)| Some((Side::Peer(name.clone()), &**peer.as_ref().ok()?)));
        std::iter::once((Side::Head, self.head)).chain(base).chain(peers)
    }

    /// One of them; what the policy itself says is of head.
    ///
    /// # Errors
    /// Why it cannot be read, where it is a peer; nothing, where there is no base.
    pub fn tree(&self, side: &Side) -> Result<&'a Index, Option<String>> {
        match side {
            Side::Head | Side::Policy => Ok(self.head),
            Side::Base => self.base.ok_or(None),
            Side::Peer(name) => match self.peers.get(name) {
                Some(Ok(index)) => Ok(index),
                Some(Err(why)) => Err(Some(format!("the peer `{name}` cannot be read: {why}"))),
                None => Err(Some(format!("the peer `{name}` cannot be read"))),
            },
        }
    }
}

/// Why a file, or a part of it, says nothing.
#[derive(Clone, Debug)]
pub struct Trouble {
    pub reason: Reason,
    pub message: String,
    pub place: Place,
}

/// What all rules of a plan found in one view.
pub struct Scan {
    /// By selection.
    pub selected: Vec<Vec<usize>>,
    pub selected_base: Vec<Vec<usize>>,
    /// By peer.
    pub selected_peers: BTreeMap<Arc<str>, Vec<Vec<usize>>>,
    /// By fact.
    pub elements: Vec<Arc<Vec<Element>>>,
    /// By fact: what is computed at run time.
    pub holes: Vec<Vec<(Place, String)>>,
    /// By fact: files, or parts of them, that could not be read.
    pub troubles: Vec<Vec<Trouble>>,
    /// By fact: why it is not known whole.
    pub unknown: Vec<Arc<Vec<Unknown>>>,
    /// How copies stand to their sources, by rule.
    pub replicas: Vec<Standing>,
    /// In the order of the rules that were scanned.
    pub outputs: Vec<Output>,
    /// Files whose content was read, of head and of base.
    pub files_read: usize,
    /// By file of head that was read: the exceptions in its comments.
    pub inline: BTreeMap<RepoPath, Vec<Inline>>,
    raws: Raws,
    /// What wave 1 left to other files, by side, path and extraction.
    joined: HashMap<(Side, RepoPath, Arc<str>), imports::Joined>,
}

/// What was read before, and of which trees.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    pub scan: &'a Scan,
    pub head: &'a Index,
    pub base: Option<&'a Index>,
}

/// What wave 1 read: by side and path, by the key of the extraction.
type Raws = HashMap<(Side, RepoPath), Vec<(Arc<str>, Arc<Placed>)>>;

/// One way to read a file's content, shared by all facts that read it so.
struct Extraction {
    /// What it is known by, also to another plan of the same policy.
    key: Arc<str>,
    extractor: Arc<dyn Extractor>,
    facts: Vec<FactId>,
    /// Whether it needs a grammar.
    code: bool,
    /// Whether it is that of all `path-refs`.
    paths: bool,
    /// Whether what it reads may be kept for the next run.
    kept: bool,
}

impl Extraction {
    /// What it reads out of a file, now or in a run before. Nothing of dotenv files is kept.
    fn raw(&self, source: &Source<'_>, cache: Option<&Cache>) -> Raw {
        let cache = cache.filter(|_| self.kept && !is_dotenv(source.path));
        let key = cache.map(|cache| (cache, cache.key(&self.key, source.path.as_bytes(), source.digest())));
        if let Some(raw) = key.and_then(|(cache, key)| cache.get(&key)) {
            return raw;
        }
        let mut raw = Raw::default();
        self.extractor.extract(source, &mut raw);
        if let Some((cache, key)) = key {
            cache.put(key, &raw);
        }
        raw
    }
}

impl Scan {
    /// Runs `rules` over a view. What `known` read of the same contents is not read again.
    pub fn new(plan: &Plan<'_>, rules: &[&BoundRule], view: &View<'_>, known: Option<Known<'_>>) -> Self {
        let selected = plan.selector().select(view.head);
        let selected_base =
            view.base.map(|base| plan.selector().select(base)).unwrap_or_else(|| vec![Vec::new(); selected.len()]);
        let peers = view.peers.iter().filter_map(|(name, peer)| Some((name.clone(), peer.as_ref().ok()?)));
        let selected_peers = peers.map(|(name, peer)| (name, plan.selector().select(peer))).collect();
        let total = plan.policy.facts.len();
        let mut scan = Scan {
            selected,
            selected_base,
            selected_peers,
            elements: vec![Arc::default(); total],
            holes: vec![Vec::new(); total],
            troubles: vec![Vec::new(); total],
            unknown: vec![Arc::default(); total],
            replicas: Vec::new(),
            outputs: rules.iter().map(|_| Output::default()).collect(),
            files_read: 0,
            inline: BTreeMap::new(),
            raws: Raws::new(),
            joined: HashMap::new(),
        };
        let extractions = extractions(plan);
        view.meter.lap("selecting files");
        read::first_wave(&mut scan, plan, rules, view, &extractions, known);
        view.meter.lap("reading and parsing");
        imports::follow(&mut scan, plan, view, &extractions);
        resolve::facts(&mut scan, plan, view, &extractions);
        let documents = documents::load(&mut scan, plan, rules, view);
        let changes = changes(plan, rules, view, &scan);
        view.meter.lap("resolving");
        second::wave(&mut scan, plan, rules, view, &documents, &changes);
        view.meter.lap("second wave");
        replicas::judge(&mut scan, plan, rules, view);
        view.meter.lap("copies and their history");
        for (at, rule) in rules.iter().enumerate() {
            let mut output = std::mem::take(&mut scan.outputs[at]);
            if view.base.is_some() || !plan.judges_against_base(rule) {
                rule.rule.judge(&scan.context(plan, rule, view, &documents, &changes), &mut output);
            }
            in_its_tree(plan, rule, &mut output);
            scan.outputs[at] = output;
        }
        view.meter.lap("relations");
        scan
    }

    /// What a selection has in one tree.
    pub fn selected_in(&self, side: &Side, SelectionId(selection): SelectionId) -> &[usize] {
        let all = match side {
            Side::Base => Some(&self.selected_base),
            Side::Peer(name) => self.selected_peers.get(name),
            Side::Head | Side::Policy => Some(&self.selected),
        };
        all.and_then(|all| all.get(selection)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Takes over the exceptions in the comments of a file of head.
    fn note(&mut self, path: &RepoPath, inline: Vec<Inline>) {
        if !inline.is_empty() {
            self.inline.insert(path.clone(), inline);
        }
    }

    fn context<'a>(
        &'a self,
        plan: &'a Plan<'_>,
        rule: &'a BoundRule,
        view: &View<'a>,
        documents: &'a Documents,
        changes: &'a [FileChange],
    ) -> Context<'a> {
        Context {
            head: view.head,
            base: view.base,
            renames: view.renames,
            changes,
            rule: &rule.place,
            now: view.now,
            facts: &plan.policy.facts,
            elements: &self.elements,
            unknown: &self.unknown,
            selected: &self.selected,
            selected_base: &self.selected_base,
            peers: view.peers,
            selected_peers: &self.selected_peers,
            documents,
        }
    }
}

/// Of a rule that judges nothing but facts of one peer, what does not stand in the policy stands there.
fn in_its_tree(plan: &Plan<'_>, rule: &BoundRule, output: &mut Output) {
    let judged = rule.rule.facts().into_iter().filter(|(_, role)| *role != Role::Truth);
    let mut sides = judged.flat_map(|(set, _)| set.members.iter().map(|id| &plan.policy.facts[id.0].side));
    let Some(side @ Side::Peer(_)) = sides.next() else { return };
    if sides.all(|other| other == side) {
        let here = output.drafts.iter_mut().filter(|draft| draft.side == Side::Head && draft.place.path != rule.place.path);
        here.for_each(|draft| draft.side = side.clone());
    }
}

/// The distinct ways in which the facts of a plan read contents.
fn extractions(plan: &Plan<'_>) -> Vec<Extraction> {
    let mut found: Vec<Extraction> = Vec::new();
    let mut keys: HashMap<&str, usize> = HashMap::new();
    for id in &plan.facts {
        let fact = &plan.policy.facts[id.0];
        let (key, extractor): (&str, Arc<dyn Extractor>) = match &fact.reader {
            Reader::Content(extractor) => (&fact.key, extractor.clone()),
            Reader::PathRefs(_) => (fact.kind, Arc::new(crate::facts::path_refs::PathRefs::new())),
            Reader::Path(_) | Reader::Directories | Reader::Values(_) | Reader::Words(_) | Reader::Git(..) => continue,
        };
        let at = *keys.entry(key).or_insert_with(|| {
            let paths = matches!(fact.reader, Reader::PathRefs(_));
            // Only what takes a syntax tree is worth it.
            let kept = fact.code && EXTRACTORS.iter().any(|kind| kind.name == fact.kind);
            found.push(Extraction { key: Arc::from(key), extractor, facts: Vec::new(), code: fact.code, paths, kept });
            found.len() - 1
        });
        found[at].facts.push(*id);
    }
    // Which files are looked into depends on what all of their globs ask for.
    for extraction in found.iter_mut().filter(|extraction| extraction.paths) {
        let mut keys: Vec<&str> = extraction.facts.iter().map(|id| plan.policy.facts[id.0].key.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        extraction.key = Arc::from(keys.join("\n"));
    }
    found
}

/// The exceptions in the comments of a file; nearly no file has the word that starts one.
fn exceptions(source: &Source<'_>) -> Vec<Inline> {
    match memmem::find(source.bytes, inline::MARK.as_bytes()) {
        Some(_) => inline::read(source),
        None => Vec::new(),
    }
}

/// The exceptions in comments of base, as far as rules look at its files, which `selected` names by position. `head` are
/// those of head: where a file is the same they are the same.
pub fn inline_of_base(
    head: &BTreeMap<RepoPath, Vec<Inline>>,
    selected: &BTreeSet<usize>,
    view: &View<'_>,
    limit: u64,
) -> BTreeMap<RepoPath, Vec<Inline>> {
    let Some(base) = view.base else { return BTreeMap::new() };
    let of = |at: &usize| {
        let entry = base.entries().get(*at).filter(|entry| entry.kind == EntryKind::File)?;
        let twin = view.head.tree().entry(&entry.path).filter(|twin| twin.kind == entry.kind);
        if twin.is_some_and(|twin| twin.id.is_some() && twin.id == entry.id) {
            return Some((entry.path.clone(), head.get(&entry.path)?.clone()));
        }
        let bytes = read(base, entry, limit).ok()?;
        Some((entry.path.clone(), exceptions(&Source::new(&entry.path, &bytes))))
    };
    let positions: Vec<&usize> = selected.iter().collect();
    positions.par_iter().filter_map(|at| of(at)).filter(|(_, inline)| !inline.is_empty()).collect()
}

/// The content of an entry; a special file has none.
fn read(index: &Index, entry: &Entry, limit: u64) -> Result<Vec<u8>, Trouble> {
    if entry.kind == EntryKind::Special {
        let error = crate::tree::ReadError::Io("it is no regular file".into());
        return Err(unreadable(entry, &error));
    }
    index.tree().read(entry, limit).map_err(|error| unreadable(entry, &error))
}

/// The trouble that a content could not be had.
fn unreadable(entry: &Entry, error: &ReadError) -> Trouble {
    let (reason, message) = match error {
        ReadError::TooLarge(size) => {
            (Reason::TooLarge, format!("`{}` has {size} bytes, more than `max-file-bytes` allows", entry.path))
        }
        ReadError::MissingObject => (Reason::MissingObject, format!("the content of `{}` is not in this clone", entry.path)),
        ReadError::Conflict => (Reason::MergeConflict, format!("`{}` has merge conflicts", entry.path)),
        ReadError::Io(error) => (Reason::Unreadable, format!("`{}` cannot be read: {error}", entry.path)),
    };
    Trouble { reason, message, place: Place::file(entry.path.clone()) }
}

/// Which of the files that rules ask about changed.
fn changes(plan: &Plan<'_>, rules: &[&BoundRule], view: &View<'_>, scan: &Scan) -> Vec<FileChange> {
    let Some(base) = view.base else { return Vec::new() };
    let mut changes = Vec::new();
    let asking = rules.iter().filter(|rule| rule.rule.wants_changes());
    let selections: Vec<usize> = asking.flat_map(|rule| rule.rule.selections()).map(|id| id.0).collect();
    let limit = plan.settings.max_file_bytes;
    for at in selections.iter().flat_map(|id| scan.selected[*id].iter()) {
        let entry = &view.head.entries()[*at];
        let kind = match base.tree().entry(&entry.path) {
            None => Change::Added,
            Some(before) if !same_content(view.head, entry, base, before, limit) => Change::Modified,
            Some(_) => continue,
        };
        changes.push(FileChange { path: entry.path.clone(), kind });
    }
    for at in selections.iter().flat_map(|id| scan.selected_base[*id].iter()) {
        let entry = &base.entries()[*at];
        if view.head.tree().entry(&entry.path).is_none() {
            changes.push(FileChange { path: entry.path.clone(), kind: Change::Deleted });
        }
    }
    changes.sort();
    changes.dedup();
    changes
}

impl Scan {
    /// Whether a rule that sees nothing but files which it selects sees the same ones in base, told without reading any.
    pub fn is_unchanged(&self, rule: &BoundRule, view: &View<'_>) -> bool {
        let Some(base) = view.base.filter(|_| rule.rule.is_closed()) else { return false };
        let same = |here: &usize, there: &usize| {
            let (here, there) = (&view.head.entries()[*here], &base.entries()[*there]);
            here.id.is_some() && (&here.path, here.kind, &here.id) == (&there.path, there.kind, &there.id)
        };
        rule.rule.selections().into_iter().all(|SelectionId(selection)| {
            let (here, there) = (&self.selected[selection], &self.selected_base[selection]);
            here.len() == there.len() && here.iter().zip(there).all(|(here, there)| same(here, there))
        })
    }
}

/// Whether two entries have the same bytes. What cannot be read is not the same.
pub fn same_content(head: &Index, entry: &Entry, base: &Index, before: &Entry, limit: u64) -> bool {
    if entry.kind != before.kind {
        return false;
    }
    if entry.id.is_some() && entry.id == before.id {
        return true;
    }
    let id = |index: &Index, entry: &Entry| match &entry.id {
        Some(id) => Some(id.clone()),
        None => Some(index.tree().id_of(&index.tree().read(entry, limit).ok()?)),
    };
    let (head, base) = (id(head, entry), id(base, before));
    head.is_some() && head == base
}

/// Pairs a path only in base with a path only in head of equal, non-empty content, in path order.
pub fn renames(head: &Index, base: &Index, limit: u64) -> Vec<(RepoPath, RepoPath)> {
    let only = |a: &Index, b: &Index| -> Vec<Entry> {
        a.entries().iter().filter(|entry| b.tree().entry(&entry.path).is_none()).cloned().collect()
    };
    let (gone, new) = (only(base, head), only(head, base));
    if gone.is_empty() || new.is_empty() {
        return Vec::new();
    }
    let empty = head.tree().id_of(b"");
    let mut by_id: HashMap<_, std::collections::VecDeque<RepoPath>> = HashMap::new();
    for entry in gone {
        if let Some(id) = entry.id.filter(|id| *id != empty) {
            by_id.entry((id, entry.kind)).or_default().push_back(entry.path);
        }
    }
    let mut pairs = Vec::new();
    for entry in new {
        let id = match &entry.id {
            Some(id) => Some(id.clone()),
            None => head.tree().read(&entry, limit).ok().map(|bytes| head.tree().id_of(&bytes)),
        };
        let from = id.and_then(|id| by_id.get_mut(&(id, entry.kind))).and_then(std::collections::VecDeque::pop_front);
        pairs.extend(from.map(|from| (from, entry.path)));
    }
    pairs
}
