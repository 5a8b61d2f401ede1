//! Copies of files: each is read, and where one is not what its source is, the source's history is looked up, once.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::prelude::*;

use super::{Scan, Trouble, View, exceptions, read};
use crate::facts::{SelectionId, Source};
use crate::finding::{Reason, Side};
use crate::formats::{self, DataFormat};
use crate::plan::Plan;
use crate::policy::BoundRule;
use crate::policy::inline::Inline;
use crate::rules::{Content, Copies, CopyState, Earlier, End, Ends, Kept, Output, Past, Replicas, Standing};
use crate::text::{RepoPath, resolve};
use crate::tree::{CommitTree, ContentId, Cut, Entry, EntryKind, Index, ReadError, Repository, Tree, Version, Versions};

/// Links on the way to one file beyond which they lead nowhere.
const LINKS: usize = 40;

/// The target of a longer link is no path.
const LONGEST: u64 = 4096;

/// Earlier versions that are looked into as data, and how many bytes of them.
const CONTENTS: usize = 256;
const BYTES: u64 = 64 << 20;

pub(super) fn judge(scan: &mut Scan, plan: &Plan<'_>, rules: &[&BoundRule], view: &View<'_>) {
    let limit = plan.settings.max_file_bytes;
    let trees = Trees { view, limit, pasts: Mutex::default() };
    for (at, rule) in rules.iter().enumerate() {
        let Some(check) = rule.rule.replicas() else { continue };
        let mut output = std::mem::take(&mut scan.outputs[at]);
        let (copies, unread) = trees.copies(scan, plan, check);
        let reasons: BTreeSet<&String> = unread.iter().map(|(_, why)| why).collect();
        for why in reasons {
            output.stuck(Reason::Unreachable, rule.place.clone(), why.clone());
        }
        let truth = trees.truth(&check.sides().source);
        let standing = |copy: End, state: CopyState| {
            let plain = truth.as_ref().is_ok_and(|truth| truth.as_ref().is_some_and(|truth| truth.entry.kind == EntryKind::File));
            let copyable = plain && check.may_be_copied(&copy.path);
            Standing { rule: rule.id.clone(), source: check.sides().source.clone(), copy, state, copyable }
        };
        let unread = unread.into_iter().map(|(end, why)| standing(end, CopyState::Unjudged(Reason::Unreachable, why)));
        scan.replicas.extend(unread);
        match &truth {
            Ok(Some(truth)) => {
                let done = trees.check(check, truth, &copies);
                for (end, seen) in copies.into_iter().zip(done) {
                    scan.files_read += seen.reads;
                    if end.side == Side::Head {
                        scan.note(&end.path, seen.inline);
                    }
                    scan.replicas.push(standing(end, CopyState::of(&seen.output)));
                    output.append(seen.output);
                }
            }
            // That there is none is told of the selection.
            Ok(None) => {}
            Err(trouble) => {
                output.stuck(trouble.reason, trouble.place.clone(), trouble.message.clone());
                let state = CopyState::Unjudged(trouble.reason, trouble.message.clone());
                scan.replicas.extend(copies.into_iter().map(|end| standing(end, state.clone())));
            }
        }
        scan.outputs[at] = output;
    }
}

/// What became of a copy.
#[derive(Default)]
struct Seen {
    output: Output,
    inline: Vec<Inline>,
    reads: usize,
}

/// The trees that files lie in, and what is known of their past.
struct Trees<'a> {
    view: &'a View<'a>,
    limit: u64,
    pasts: Mutex<Pasts>,
}

/// By source, and whether its versions are compared as data.
type Pasts = HashMap<(End, bool), Arc<OnceLock<Past>>>;

/// A source, read.
struct Truth<'a> {
    index: &'a Index,
    entry: &'a Entry,
    bytes: Vec<u8>,
    id: ContentId,
}

/// A source, and what has been made of it.
struct Made<'m> {
    truth: &'m Truth<'m>,
    source: &'m Source<'m>,
    kept: &'m Kept,
    copies: usize,
}

impl<'a> Trees<'a> {
    /// All copies of a rule, each once; the source is none. And those that cannot be read, for their tree or their source's cannot,
    /// by what the policy writes, with the reason.
    fn copies(&self, scan: &Scan, plan: &Plan<'_>, check: &dyn Replicas) -> (Vec<End>, Vec<(End, String)>) {
        let sides = check.sides();
        let (mut ends, mut unread) = (Vec::new(), Vec::new());
        let no_source = self.view.tree(&sides.source.side).err().flatten();
        for copies in &sides.copies {
            let index = match (&no_source, self.view.tree(copies.side())) {
                (None, Ok(index)) => index,
                (Some(why), _) => {
                    unread.push((written(plan, copies), why.clone()));
                    continue;
                }
                (None, Err(Some(why))) => {
                    unread.push((written(plan, copies), why));
                    continue;
                }
                (None, Err(None)) => continue,
            };
            match copies {
                Copies::One(end) => ends.push(end.clone()),
                Copies::Many(side, selection) => {
                    let entries = scan.selected_in(side, *selection).iter().map(|at| &index.entries()[*at]);
                    let files = entries.filter(|entry| entry.kind != EntryKind::Submodule);
                    ends.extend(files.map(|entry| End { side: side.clone(), path: entry.path.clone() }));
                }
            }
        }
        let mut known = HashSet::from([sides.source.clone()]);
        ends.retain(|end| known.insert(end.clone()));
        (ends, unread)
    }

    /// Reads a source; there may be none.
    fn truth(&self, source: &End) -> Result<Option<Truth<'a>>, Trouble> {
        let Ok(index) = self.view.tree(&source.side) else { return Ok(None) };
        let Some(entry) = index.tree().entry(&source.path) else { return Ok(None) };
        let bytes = read(index, entry, self.limit)?;
        let id = entry.id.clone().unwrap_or_else(|| index.tree().id_of(&bytes));
        Ok(Some(Truth { index, entry, bytes, id }))
    }

    /// Looks at all copies of a source, in parallel. What is made of the source is made a few times, and not once for each.
    fn check(&self, check: &dyn Replicas, truth: &Truth<'_>, copies: &[End]) -> Vec<Seen> {
        let at_once = copies.len().div_ceil(4 * rayon::current_num_threads()).max(1);
        let some = |ends: &[End]| -> Vec<Seen> {
            let (source, kept) = (Source::new(&truth.entry.path, &truth.bytes), Kept::default());
            let of = Made { truth, source: &source, kept: &kept, copies: copies.len() };
            ends.iter().map(|end| self.copy(check, &of, end)).collect()
        };
        copies.par_chunks(at_once).flat_map_iter(some).collect()
    }

    fn copy(&self, check: &dyn Replicas, made: &Made<'_>, end: &End) -> Seen {
        let truth = made.truth;
        let mut seen = Seen::default();
        let Ok(index) = self.view.tree(&end.side) else { return seen };
        let entry = index.tree().entry(&end.path);
        let is_same = |entry: &Entry| entry.kind == truth.entry.kind && entry.id.as_ref() == Some(&truth.id);
        if entry.is_some_and(is_same) || self.links_to_source(check, index, end, entry) {
            return seen;
        }
        let content = match entry {
            None => match beyond(index, &end.path) {
                Some(way) => Err(beyond_of(end, way)),
                None => Ok(None),
            },
            Some(entry) if entry.kind == EntryKind::Submodule => Err(beyond_of(end, entry)),
            Some(entry) => read(index, entry, self.limit).map(Some),
        };
        let bytes = match content {
            Ok(bytes) => bytes,
            Err(trouble) => {
                seen.output.stuck(trouble.reason, trouble.place, trouble.message);
                return seen;
            }
        };
        seen.reads = usize::from(bytes.is_some());
        let tree = truth.index.tree();
        let copy_id = tree.id_of(bytes.as_deref().unwrap_or_default());
        let kind = entry.map_or(EntryKind::File, |entry| entry.kind);
        if bytes.is_some() && kind == truth.entry.kind && copy_id == truth.id {
            return seen;
        }
        let copy = bytes.as_ref().map(|bytes| Source::new(&end.path, bytes));
        if let Some(copy) = copy.as_ref().filter(|_| kind == EntryKind::File) {
            seen.inline = exceptions(copy);
        }
        let ends = Ends {
            source: made.source,
            kept: made.kept,
            copies: made.copies,
            source_side: &check.sides().source.side,
            source_kind: truth.entry.kind,
            source_id: truth.id.clone(),
            copy: copy.as_ref(),
            copy_end: end,
            copy_kind: kind,
            copy_id,
        };
        if check.drifts(&ends, &mut seen.output) {
            check.judge(&ends, self.past(check, truth).get_or_init(Past::default), &mut seen.output);
        }
        seen
    }

    /// Whether a copy is a symbolic link to its source, or lies behind one.
    fn links_to_source(&self, check: &dyn Replicas, index: &Index, end: &End, entry: Option<&Entry>) -> bool {
        let source = &check.sides().source;
        if end.side != source.side || entry.is_some_and(|entry| entry.kind != EntryKind::Link) {
            return false;
        }
        let is = |path: &str| Some(path) == led(index, &source.path).as_deref() || path == source.path.as_str();
        led(index, &end.path).is_some_and(|path| is(&path))
    }

    /// The past of a source, looked up when the first copy needs it.
    fn past(&self, check: &dyn Replicas, truth: &Truth<'_>) -> Arc<OnceLock<Past>> {
        let sides = check.sides();
        let key = (sides.source.clone(), sides.as_data);
        let cell = self.pasts.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
        cell.get_or_init(|| self.look_up(truth, sides.as_data));
        cell
    }

    fn look_up(&self, truth: &Truth<'_>, as_data: bool) -> Past {
        let tree = truth.index.tree();
        let path = &truth.entry.path;
        let present = Content::of(digest(path, path, &truth.bytes).filter(|_| as_data), truth.id.clone());
        let (versions, cut) = match (tree.repository(), tree.describe().commit) {
            (Some(repository), Some(commit)) => {
                let found = history(repository, &commit, truth);
                match as_data {
                    true => self.read_versions(repository, truth, found),
                    false => (found.all.into_iter().map(|version| earlier(version, None)).collect(), found.cut),
                }
            }
            (Some(_), None) => (Vec::new(), Some(Cut::Unborn)),
            (None, _) => match self.view.base.filter(|_| std::ptr::eq(truth.index, self.view.head)) {
                // Of trees that a program has at hand, the base is all that was before.
                Some(base) if base.tree().repository().is_none() => (self.before(truth, base, as_data), None),
                _ => (Vec::new(), Some(Cut::NoRepository)),
            },
        };
        Past::new(present, versions, cut)
    }

    /// What a base that is in no repository has.
    fn before(&self, truth: &Truth<'_>, base: &Index, as_data: bool) -> Vec<Earlier> {
        let path = &truth.entry.path;
        let old = match base.tree().entry(path) {
            Some(_) => Some(path.clone()),
            None => former(truth, base.tree()),
        };
        let version = old.as_ref().and_then(|old| Some((old, read(base, base.tree().entry(old)?, self.limit).ok()?)));
        let version = version.map(|(old, bytes)| Earlier {
            id: truth.index.tree().id_of(&bytes),
            commit: None,
            digest: digest(old, path, &bytes).filter(|_| as_data),
        });
        version.into_iter().collect()
    }

    /// Looks into earlier versions, as far as that is bearable.
    fn read_versions(&self, repository: &Repository, truth: &Truth<'_>, found: Versions) -> (Vec<Earlier>, Option<Cut>) {
        let (mut versions, mut cut, mut left) = (Vec::new(), found.cut, BYTES);
        for (at, version) in found.all.into_iter().enumerate() {
            if at == CONTENTS || left == 0 {
                cut = Some(Cut::Contents(at));
                break;
            }
            let digest = match repository.object(&version.id, self.limit.min(left)) {
                Ok(bytes) => {
                    left -= bytes.len() as u64;
                    digest(&version.path, &truth.entry.path, &bytes)
                }
                Err(error) => {
                    cut = Some(if error == ReadError::MissingObject { Cut::Missing } else { Cut::Contents(at) });
                    None
                }
            };
            versions.push(earlier(version, digest));
        }
        (versions, cut)
    }
}

fn earlier(version: Version, digest: Option<[u8; 32]>) -> Earlier {
    Earlier { id: version.id, commit: Some(version.commit), digest }
}

/// Copies as the policy writes them.
fn written(plan: &Plan<'_>, copies: &Copies) -> End {
    match copies {
        Copies::One(end) => end.clone(),
        Copies::Many(side, SelectionId(selection)) => {
            End { side: side.clone(), path: RepoPath::new(plan.policy.selections[*selection].include.concat()) }
        }
    }
}

/// The versions that lead to a commit. What it does not have yet may have been moved since.
fn history(repository: &Repository, commit: &str, truth: &Truth<'_>) -> Versions {
    let found = repository.versions(commit, &truth.entry.path);
    if !found.all.is_empty() || truth.index.tree().describe().kind == "commit" {
        return found;
    }
    let before = CommitTree::open(repository, commit).ok();
    let old = before.and_then(|before| former(truth, &before));
    old.map_or(found, |old| repository.versions(commit, &old))
}

/// Where the source stood in a tree before: what is gone since and has the same, non-empty content, else the only such file of the
/// same name.
fn former(truth: &Truth<'_>, before: &dyn Tree) -> Option<RepoPath> {
    let gone = |entry: &&Entry| entry.kind == EntryKind::File && truth.index.tree().entry(&entry.path).is_none();
    let gone: Vec<&Entry> = before.entries().iter().filter(gone).collect();
    let same = gone.iter().find(|entry| !truth.bytes.is_empty() && entry.id.as_ref() == Some(&truth.id));
    let mut namesakes = gone.iter().filter(|entry| entry.path.name() == truth.entry.path.name());
    let only = match (namesakes.next(), namesakes.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    };
    same.or(only).map(|entry| entry.path.clone())
}

/// What tells the data of a version that stood at `path`; by its present name, where the old one tells no format.
fn digest(path: &RepoPath, now: &RepoPath, bytes: &[u8]) -> Option<[u8; 32]> {
    let format = DataFormat::of(path).or_else(|| DataFormat::of(now))?;
    Some(formats::parse(format, bytes).ok()?.digest())
}

/// The submodule or symbolic link that a path leads into.
fn beyond<'i>(index: &'i Index, path: &RepoPath) -> Option<&'i Entry> {
    let text = path.as_str();
    let above = text.match_indices('/').filter_map(|(at, _)| index.entry(&text[..at]));
    above.into_iter().find(|entry| matches!(entry.kind, EntryKind::Link | EntryKind::Submodule))
}

fn beyond_of(end: &End, way: &Entry) -> Trouble {
    let message = format!("`{}` lies beyond `{}`, which is not followed", end.path, way.path);
    Trouble { reason: Reason::Unreachable, message, place: end.place() }
}

/// Where a path leads through the symbolic links of a tree; none where that is out of the tree, or round in circles.
fn led(index: &Index, path: &RepoPath) -> Option<String> {
    let mut path = path.as_str().to_string();
    for _ in 0..LINKS {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        let link =
            ends.filter_map(|end| Some((end, index.entry(&path[..end])?))).find(|(_, entry)| entry.kind == EntryKind::Link);
        let Some((end, link)) = link else { return Some(path) };
        let target = String::from_utf8(index.tree().read(link, LONGEST).ok()?).ok()?;
        if target.starts_with('/') {
            return None;
        }
        path = resolve(link.path.dir(), &target)? + &path[end..];
    }
    None
}
