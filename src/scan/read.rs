//! Wave 1: each file that is needed for itself is read once, in parallel, and everything that looks into it looks.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use aho_corasick::{AhoCorasick, MatchKind};
use rayon::prelude::*;

use super::lookup::Lookup;
use super::moves::Moves;
use super::placed::Placed;
use super::{Extraction, Known, Scan, Trouble, View, read};
use crate::facts::path_refs::Resolver;
use crate::facts::{Fact, FactId, Fault, FaultKind, FileKind, Raw, Reader, Source, extensions, is_literal, normal};
use crate::finding::Side;
use crate::formats::code;
use crate::plan::Plan;
use crate::policy::BoundRule;
use crate::policy::inline::Inline;
use crate::rules::{Output, Pair};
use crate::text::RepoPath;
use crate::tree::{Entry, EntryKind, Index};

/// One file, and who looks into it.
#[derive(Default)]
struct Unit {
    head: Option<usize>,
    /// Facts of head by extraction.
    facts: BTreeMap<usize, Vec<FactId>>,
    /// Rules, by position, that see the pair.
    checks: Vec<usize>,
    /// Base's side of the pair.
    base: Option<usize>,
}

/// What became of a unit.
#[derive(Default)]
struct Done {
    raws: Vec<(Arc<str>, Arc<Placed>)>,
    /// The content could not be had: whom that concerns, and why.
    trouble: Option<Trouble>,
    outputs: Vec<(usize, Output)>,
    /// How many contents were read, base's included.
    reads: usize,
    /// Of a file of head: the exceptions in its comments.
    inline: Vec<Inline>,
}

pub(super) fn first_wave(
    scan: &mut Scan,
    plan: &Plan<'_>,
    rules: &[&BoundRule],
    view: &View<'_>,
    extractions: &[Extraction],
    known: Option<Known<'_>>,
) {
    let reader = FileReader::new(plan, rules, view, extractions);
    for (side, index) in view.trees() {
        let mut units = fact_units(scan, plan, extractions, &side, index);
        if side == Side::Head {
            pair_units(scan, rules, view, reader.limit, &mut units);
        }
        let mut units: Vec<(RepoPath, Unit)> = units.into_iter().collect();
        reuse(scan, &side, index, &mut units, known, view, extractions);
        view.meter.expect(units.len());
        let run = |(_, unit): &(RepoPath, Unit)| {
            let done = reader.run(unit, index);
            view.meter.tick();
            done
        };
        let done: Vec<Done> = units.par_iter().map(run).collect();
        for ((path, unit), done) in units.into_iter().zip(done) {
            settle(scan, &side, path, &unit, done);
        }
    }
}

/// The files whose content the facts of one side want.
fn fact_units(scan: &Scan, plan: &Plan<'_>, extractions: &[Extraction], side: &Side, index: &Index) -> BTreeMap<RepoPath, Unit> {
    let mut units: BTreeMap<RepoPath, Unit> = BTreeMap::new();
    for (at, extraction) in extractions.iter().enumerate() {
        for id in &extraction.facts {
            let fact = &plan.policy.facts[id.0];
            let Some(selection) = fact.selection.filter(|_| fact.side == *side) else { continue };
            let named = NamedForms::new(fact, &plan.policy.selections[selection.0]);
            for position in scan.selected_in(side, selection) {
                let entry = &index.entries()[*position];
                let seen = match entry.kind {
                    EntryKind::File | EntryKind::Special => true,
                    EntryKind::Link => fact.kind == "text",
                    EntryKind::Submodule => false,
                };
                if !seen || named.as_ref().is_some_and(|named| !named.reads(&entry.path)) {
                    continue;
                }
                let unit = units.entry(entry.path.clone()).or_default();
                unit.head = Some(*position);
                unit.facts.entry(at).or_default().push(*id);
            }
        }
    }
    units
}

/// Which files a fact reads that wants a form: those whose name tells it, and those that its globs name by path or extension
/// (of code, to say that there is no grammar). Of code also scripts without an extension, below a directory that its globs name.
pub(super) struct NamedForms<'s> {
    selection: &'s crate::facts::Selection,
    form: fn(&RepoPath) -> bool,
    extensions: Vec<String>,
    scripts: bool,
}

impl<'s> NamedForms<'s> {
    /// None where the fact reads files of any form.
    pub fn new(fact: &Fact, selection: &'s crate::facts::Selection) -> Option<Self> {
        let form = fact.form()?;
        let extensions = selection.include.iter().filter_map(|glob| extensions(glob)).flatten().collect();
        let in_directory = |glob: &String| normal(glob).split_once('/').is_some_and(|(first, _)| is_literal(first));
        let scripts = fact.code && selection.include.iter().any(|glob| is_literal(glob) || in_directory(glob));
        Some(NamedForms { selection, form, extensions, scripts })
    }

    pub fn reads(&self, path: &RepoPath) -> bool {
        (self.form)(path) || self.scripts && FileKind::of(path) == FileKind::Script || self.names(path)
    }

    /// Whether the globs name the file or its extension.
    pub fn names(&self, path: &RepoPath) -> bool {
        self.extensions.iter().any(|named| named == path.extension()) || self.selection.names(path)
    }
}

/// The pairs of files that rules want to see.
fn pair_units(scan: &Scan, rules: &[&BoundRule], view: &View<'_>, limit: u64, units: &mut BTreeMap<RepoPath, Unit>) {
    for (at, rule) in rules.iter().enumerate() {
        let Some(pairs) = rule.rule.pairs() else { continue };
        if rule.kind.needs_base && view.base.is_none() {
            continue;
        }
        let moved = Moves::new(scan, view, &pairs, limit);
        let wanted = |entry: &Entry| {
            matches!(entry.kind, EntryKind::File | EntryKind::Special) || (pairs.links && entry.kind == EntryKind::Link)
        };
        for position in &scan.selected[pairs.selection.0] {
            let entry = &view.head.entries()[*position];
            let before = view.base.filter(|_| pairs.with_base).and_then(|base| {
                let same = base.entries().binary_search_by(|other| other.path.cmp(&entry.path)).ok();
                same.or_else(|| moved.to.get(&entry.path).copied()).map(|at| (base, at))
            });
            let unchanged = |(base, at): (&Index, usize)| {
                let other = &base.entries()[at];
                other.path == entry.path && other.kind == entry.kind && entry.id.is_some() && other.id == entry.id
            };
            if !wanted(entry) || (pairs.changed_only && before.is_some_and(unchanged)) {
                continue;
            }
            let unit = units.entry(entry.path.clone()).or_default();
            unit.head = Some(*position);
            unit.base = before.map(|(_, at)| at).or(unit.base);
            unit.checks.push(at);
        }
        let Some(base) = view.base.filter(|_| pairs.with_base) else { continue };
        for position in &scan.selected_base[pairs.selection.0] {
            let entry = &base.entries()[*position];
            let gone = view.head.tree().entry(&entry.path).is_none() && !moved.from.contains(&entry.path);
            if gone && wanted(entry) {
                let unit = units.entry(entry.path.clone()).or_default();
                unit.base = Some(*position);
                unit.checks.push(at);
            }
        }
    }
}

/// Takes over what is already known of files that are the same, and drops it from the units.
fn reuse(
    scan: &mut Scan,
    side: &Side,
    index: &Index,
    units: &mut [(RepoPath, Unit)],
    known: Option<Known<'_>>,
    view: &View<'_>,
    extractions: &[Extraction],
) {
    let (mut taken, mut exceptions) = (Vec::new(), Vec::new());
    for (at, (path, unit)) in units.iter_mut().enumerate() {
        let Some(entry) = unit.head.map(|at| &index.entries()[at]) else { continue };
        // Base's facts may have been read from head a moment ago; a view of base, or of another policy, from the view before it.
        let of_head = (*side == Side::Base).then_some((&scan.raws, Side::Head, view.head));
        let before = known.and_then(|known| {
            let twin = match side {
                Side::Base => known.base,
                // Another policy may mean another tree by that name.
                Side::Peer(_) => None,
                Side::Head | Side::Policy => Some(known.head),
            };
            Some((&known.scan.raws, side.clone(), twin?))
        });
        let same = |twin: &Index| {
            let equal = |other: &Entry| entry.id.is_some() && other.id == entry.id && other.kind == entry.kind;
            std::ptr::eq(twin, index) || twin.tree().entry(path).is_some_and(equal)
        };
        let sources = [of_head, before].into_iter().flatten().filter(|(_, _, twin)| same(twin));
        let found: Vec<&(Arc<str>, Arc<Placed>)> =
            sources.filter_map(|(raws, side, _)| raws.get(&(side, path.clone()))).flatten().collect();
        let (wanted, inline) = (unit.facts.len(), known.and_then(|known| known.scan.inline.get(path)));
        unit.facts.retain(|extraction, _| match found.iter().find(|(known, _)| *known == extractions[*extraction].key) {
            Some((key, placed)) => {
                taken.push((at, (key.clone(), placed.clone())));
                false
            }
            None => true,
        });
        if unit.facts.len() < wanted && *side == Side::Head {
            exceptions.extend(inline.map(|inline| (path.clone(), inline.clone())));
        }
    }
    for (path, inline) in exceptions {
        scan.note(&path, inline);
    }
    for (at, raw) in taken {
        scan.raws.entry((side.clone(), units[at].0.clone())).or_default().push(raw);
    }
}

/// The literals of a fact, by kind of file: found before a file is parsed. Made when the first file of a kind comes.
#[derive(Default)]
struct Prefilter([OnceLock<Option<AhoCorasick>>; FileKind::COUNT]);

impl Prefilter {
    fn keeps(&self, kind: FileKind, bytes: &[u8], literals: impl FnOnce() -> Option<Vec<String>>) -> bool {
        let build = |words| AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(words).ok();
        let machine = self.0[kind.index()].get_or_init(|| literals().and_then(build));
        machine.as_ref().is_none_or(|machine| machine.is_match(bytes))
    }
}

/// Runs everything that looks into one file.
struct FileReader<'a> {
    view: &'a View<'a>,
    rules: &'a [&'a BoundRule],
    facts: &'a [Fact],
    extractions: &'a [Extraction],
    /// By fact: finds whether a file can matter to it.
    filters: HashMap<FactId, Prefilter>,
    env_file: Vec<bool>,
    limit: u64,
}

impl<'a> FileReader<'a> {
    fn new(plan: &'a Plan<'_>, rules: &'a [&'a BoundRule], view: &'a View<'a>, extractions: &'a [Extraction]) -> Self {
        let ids = extractions.iter().flat_map(|extraction| &extraction.facts);
        let filters = ids.map(|id| (*id, Prefilter::default())).collect();
        let kind = |extraction: &Extraction| plan.policy.facts[extraction.facts[0].0].kind == "env-file";
        let env_file = extractions.iter().map(kind).collect();
        FileReader { view, rules, facts: &plan.policy.facts, extractions, filters, env_file, limit: plan.settings.max_file_bytes }
    }

    /// Whether a file may hold something for that fact.
    fn matters(&self, at: usize, id: FactId, source: &Source<'_>) -> bool {
        let kind = FileKind::of(source.path);
        let literals = || match &self.facts[id.0].reader {
            Reader::PathRefs(glob) => {
                let trees = self.view.trees();
                let words: Option<Vec<_>> = trees.map(|(_, tree)| Resolver::new(glob, &Lookup(tree)).literals()).collect();
                words.map(|words| words.concat())
            }
            _ => self.extractions[at].extractor.literals(kind),
        };
        let escapes = if self.extractions[at].code { kind.escapes() } else { &[] };
        let literals =
            || literals().map(|words| words.into_iter().chain(escapes.iter().map(|&escape| escape.to_owned())).collect());
        self.filters.get(&id).is_none_or(|filter| filter.keeps(kind, source.bytes, literals))
    }

    fn run(&self, unit: &Unit, index: &Index) -> Done {
        let mut done = Done::default();
        if unit.facts.is_empty() && unit.checks.is_empty() {
            return done;
        }
        let head = unit.head.map(|at| &index.entries()[at]);
        let bytes = match head.map(|entry| read(index, entry, self.limit)) {
            Some(Err(trouble)) => {
                done.trouble = Some(trouble);
                return done;
            }
            Some(Ok(bytes)) => Some(bytes),
            None => None,
        };
        done.reads = usize::from(bytes.is_some());
        let source = head.zip(bytes.as_ref()).map(|(entry, bytes)| Source::new(&entry.path, bytes));
        if let Some(source) = &source {
            let judged = std::ptr::eq(index, self.view.head) && head.is_some_and(|entry| entry.kind == EntryKind::File);
            done.inline = if judged { super::exceptions(source) } else { Vec::new() };
            done.raws = unit
                .facts
                .iter()
                .map(|(at, facts)| (self.extractions[*at].key.clone(), Arc::new(self.extract(*at, facts, source))))
                .collect();
        }
        self.check(unit, source.as_ref(), &mut done);
        done
    }

    fn extract(&self, at: usize, facts: &[FactId], source: &Source<'_>) -> Placed {
        let mut raw = Raw::default();
        let known = self.extractions[at].extractor.form().is_some_and(|form| form(source.path));
        let missing =
            if self.extractions[at].code && !known { code::missing_grammar(source.language(), source.path) } else { None };
        if let Some(message) = missing {
            raw.faults.push(Fault { kind: FaultKind::NoGrammar, at: 0, message });
        } else if facts.iter().any(|id| self.matters(at, *id, source)) {
            raw = self.extractions[at].raw(source, self.view.cache);
        }
        Placed::new(source, raw, self.env_file[at])
    }

    fn check(&self, unit: &Unit, head: Option<&Source<'_>>, done: &mut Done) {
        if unit.checks.is_empty() {
            return;
        }
        let before = self.view.base.zip(unit.base);
        let before = before.map(|(base, at)| (&base.entries()[at], read(base, &base.entries()[at], self.limit)));
        let bytes = match &before {
            Some((_, Err(trouble))) => {
                let mut trouble = trouble.clone();
                trouble.message = format!("{} (in base)", trouble.message);
                done.trouble = Some(trouble);
                return;
            }
            Some((entry, Ok(bytes))) => Some((&entry.path, bytes)),
            None => None,
        };
        done.reads += usize::from(bytes.is_some());
        let base = bytes.map(|(path, bytes)| Source::new(path, bytes));
        let pair = Pair { head, base: base.as_ref(), now: self.view.now };
        let unchanged = head.zip(base.as_ref()).is_some_and(|(head, base)| head.path == base.path && head.bytes == base.bytes);
        for at in &unit.checks {
            if unchanged && self.rules[*at].rule.pairs().is_some_and(|pairs| pairs.changed_only) {
                continue;
            }
            let mut output = Output::default();
            self.rules[*at].rule.check_pair(&pair, &mut output);
            done.outputs.push((*at, output));
        }
        if let (Some(head), Some(_), false) = (head, &base, unchanged) {
            self.check_merge(unit, &pair, head, done);
        }
    }

    /// Of a merge: shows the rules the file as it was in head before, too.
    fn check_merge(&self, unit: &Unit, pair: &Pair<'_>, head: &Source<'_>, done: &mut Done) {
        let Some((index, entry)) = self.view.ours.and_then(|ours| Some((ours, before_merge(ours, self.view.head, head.path)?)))
        else {
            return;
        };
        match read(index, entry, self.limit) {
            Ok(bytes) if bytes == head.bytes => {}
            Ok(bytes) => {
                let ours = Source::new(&entry.path, &bytes);
                for at in &unit.checks {
                    let mut output = Output::default();
                    self.rules[*at].rule.check_merge(pair, &ours, &mut output);
                    done.outputs.push((*at, output));
                }
            }
            Err(mut trouble) => {
                trouble.message = format!("{} (before the merge)", trouble.message);
                done.trouble = Some(trouble);
            }
        }
    }
}

/// What a file of a merge was in the head that was merged: at its path, or at another that the merge took away.
fn before_merge<'a>(ours: &'a Index, merged: &Index, path: &RepoPath) -> Option<&'a Entry> {
    let gone = |entry: &&Entry| merged.tree().entry(&entry.path).is_none();
    ours.tree().entry(path).or_else(|| ours.named(path.name()).find(gone))
}

fn settle(scan: &mut Scan, side: &Side, path: RepoPath, unit: &Unit, done: Done) {
    scan.files_read += done.reads;
    if let Some(trouble) = done.trouble {
        for id in unit.facts.values().flatten() {
            scan.troubles[id.0].push(trouble.clone());
        }
        for at in &unit.checks {
            scan.outputs[*at].stuck(trouble.reason, trouble.place.clone(), trouble.message.clone());
        }
    }
    for (at, output) in done.outputs {
        scan.outputs[at].append(output);
    }
    scan.note(&path, done.inline);
    if !done.raws.is_empty() {
        scan.raws.entry((side.clone(), path)).or_default().extend(done.raws);
    }
}
