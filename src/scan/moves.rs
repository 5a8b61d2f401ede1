//! Files of base that stand elsewhere in head.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Scan, View};
use crate::formats::{self, DataFormat};
use crate::rules::Pairs;
use crate::text::RepoPath;
use crate::tree::{Entry, EntryKind, Index};

/// Which file of head each moved one of base has become.
pub(super) struct Moves {
    /// By path of head: the position in base.
    pub to: HashMap<RepoPath, usize>,
    /// Paths of base.
    pub from: HashSet<RepoPath>,
}

impl Moves {
    /// The renames; for a rule that wants it also what is left over on either side and has the same `$id`, else file name.
    pub fn new(scan: &Scan, view: &View<'_>, pairs: &Pairs, limit: u64) -> Self {
        let mut moves = Moves { to: HashMap::new(), from: HashSet::new() };
        let Some(base) = view.base else { return moves };
        let position = |path: &RepoPath| base.entries().binary_search_by(|entry| entry.path.cmp(path)).ok();
        for (from, to) in view.renames {
            if let Some(at) = position(from) {
                moves.pair(base, at, to);
            }
        }
        if pairs.pair_leftovers {
            let (new, gone) = (&scan.selected[pairs.selection.0], &scan.selected_base[pairs.selection.0]);
            moves.leftovers(view.head, base, new, gone, |index, entry| own_id(index, entry, limit));
            moves.leftovers(view.head, base, new, gone, |_, entry| Some(entry.path.name().to_string()));
        }
        moves
    }

    /// Pairs, in path order, what is left of `new` and `gone` and has the same key.
    fn leftovers(
        &mut self,
        head: &Index,
        base: &Index,
        new: &[usize],
        gone: &[usize],
        key: impl Fn(&Index, &Entry) -> Option<String>,
    ) {
        let is_new = |entry: &&Entry| base.tree().entry(&entry.path).is_none() && !self.to.contains_key(&entry.path);
        let new: Vec<&Entry> = new.iter().map(|at| &head.entries()[*at]).filter(is_new).collect();
        let is_gone = |path: &RepoPath| head.tree().entry(path).is_none() && !self.from.contains(path);
        let gone: Vec<usize> = gone.iter().copied().filter(|at| is_gone(&base.entries()[*at].path)).collect();
        if new.is_empty() || gone.is_empty() {
            return;
        }
        let mut heirs: BTreeMap<String, Vec<&Entry>> = BTreeMap::new();
        for entry in new.into_iter().rev() {
            if let Some(key) = key(head, entry) {
                heirs.entry(key).or_default().push(entry);
            }
        }
        for at in gone {
            let heirs = key(base, &base.entries()[at]).and_then(|key| heirs.get_mut(&key));
            if let Some(heir) = heirs.and_then(Vec::pop) {
                self.pair(base, at, &heir.path);
            }
        }
    }

    fn pair(&mut self, base: &Index, at: usize, to: &RepoPath) {
        self.to.insert(to.clone(), at);
        self.from.insert(base.entries()[at].path.clone());
    }
}

/// The `$id` of a file of data.
fn own_id(index: &Index, entry: &Entry, limit: u64) -> Option<String> {
    let format = DataFormat::of(&entry.path).filter(|_| entry.kind == EntryKind::File)?;
    let document = formats::parse(format, &index.tree().read(entry, limit).ok()?).ok()?;
    let id = document.member(*document.roots.first()?, "$id")?.value;
    document.string(id).map(str::to_string)
}
