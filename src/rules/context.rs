//! What a rule may look at.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::facts::{Element, Fact, FactId, FactSet, SelectionId, Source, shown};
use crate::finding::{Place, Related, Side};
use crate::text::RepoPath;
use crate::tree::{Entry, EntryKind, Index, Peers};

/// Facts, listings and the time, as one rule sees them.
pub struct Context<'a> {
    pub head: &'a Index,
    pub base: Option<&'a Index>,
    /// Pairs of a path of base and the path of head that it became: equal, non-empty content.
    pub renames: &'a [(RepoPath, RepoPath)],
    /// Which files changed, sorted by path, for rules that [want](super::Rule::wants_changes) to know.
    pub changes: &'a [FileChange],
    /// Where a finding about the rule itself stands.
    pub rule: &'a Place,
    pub now: Timestamp,
    pub facts: &'a [Fact],
    /// By fact.
    pub elements: &'a [Arc<Vec<Element>>],
    /// By fact: why it is not known whole.
    pub unknown: &'a [Arc<Vec<Unknown>>],
    /// By selection: entries of head, sorted by path.
    pub selected: &'a [Vec<usize>],
    /// By selection: entries of base, sorted by path.
    pub selected_base: &'a [Vec<usize>],
    /// Other trees, by name.
    pub peers: &'a Peers,
    /// By peer, by selection: entries, sorted by path.
    pub selected_peers: &'a BTreeMap<Arc<str>, Vec<Vec<usize>>>,
    /// Files of head that rules asked for.
    pub documents: &'a Documents,
}

/// Contents of the files that rules asked for; `None` where there is no such file, or it cannot be read.
pub type Documents = BTreeMap<RepoPath, Option<Arc<Vec<u8>>>>;

/// A part of a fact that is not known.
#[derive(Clone, Debug, PartialEq)]
pub struct Unknown {
    pub message: String,
    pub place: Place,
    /// Whether code computes it at run time; else its file could not be read.
    pub dynamic: bool,
}

/// A file that is not the same in base and head.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileChange {
    pub path: RepoPath,
    pub kind: Change,
}

/// How a file changed; a rename is a deletion and an addition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    Added,
    Modified,
    Deleted,
}

/// One file of head, of base, or of both.
pub struct Pair<'a> {
    pub head: Option<&'a Source<'a>>,
    pub base: Option<&'a Source<'a>>,
    pub now: Timestamp,
}

impl<'a> Context<'a> {
    /// The elements of a union, by place; one that several facts hold is one.
    pub fn elements(&self, set: &FactSet) -> Vec<&'a Element> {
        let mut elements: Vec<&'a Element> = set.members.iter().flat_map(|id| self.elements[id.0].iter()).collect();
        if set.members.len() > 1 {
            elements.sort_by(|a, b| (&a.place, &a.side, &a.value).cmp(&(&b.place, &b.side, &b.value)));
            elements.dedup_by(|a, b| a.side == b.side && a.place == b.place && a.value == b.value);
        }
        elements
    }

    /// The first part of a union that is not known.
    pub fn unknown(&self, set: &FactSet) -> Option<&'a Unknown> {
        set.members.iter().find_map(|id| self.unknown[id.0].first())
    }

    /// The files of which a part is not known.
    pub fn unknown_places(&self, set: &FactSet) -> impl Iterator<Item = &'a RepoPath> + use<'a> {
        let members: Vec<_> = set.members.iter().map(|id| &self.unknown[id.0]).collect();
        members.into_iter().flat_map(|unknown| unknown.iter().map(|part| &part.place.path))
    }

    /// The first part that is not known of what a union has in `file`, or in the tree. What the facts do not select themselves
    /// (the file of an imported constant) may concern each of their files.
    pub fn unknown_in(&self, set: &FactSet, file: Option<&RepoPath>) -> Option<&'a Unknown> {
        let Some(file) = file else { return self.unknown(set) };
        let concerns = |id: &FactId, unknown: &Unknown| unknown.place.path == *file || !self.selects(*id, &unknown.place.path);
        set.members.iter().find_map(|id| self.unknown[id.0].iter().find(|unknown| concerns(id, unknown)))
    }

    fn selects(&self, id: FactId, path: &RepoPath) -> bool {
        let fact = &self.facts[id.0];
        let Some(((index, selected), SelectionId(selection))) = self.tree(&fact.side).zip(fact.selection) else { return false };
        let at = index.entries().binary_search_by(|entry| entry.path.cmp(path));
        at.is_ok_and(|at| selected.get(selection).is_some_and(|selected| selected.binary_search(&at).is_ok()))
    }

    pub fn fact(&self, id: FactId) -> &'a Fact {
        &self.facts[id.0]
    }

    /// How a message names a union.
    pub fn label(&self, set: &FactSet) -> String {
        let labels: Vec<String> = set.members.iter().map(|id| self.facts[id.0].label()).collect();
        labels.join(" and ")
    }

    /// How a message names where the values of a union stand: a fact by its name; one without a name by its file, where all its
    /// elements stand in one.
    pub fn whereabouts(&self, set: &FactSet) -> String {
        let names: Vec<String> = set.members.iter().map(|id| self.whereabouts_of(*id)).collect();
        names.join(" and ")
    }

    /// The same of one fact.
    pub fn whereabouts_of(&self, id: FactId) -> String {
        let (fact, elements) = (&self.facts[id.0], &self.elements[id.0]);
        match (elements.first(), elements.last()) {
            // Elements stand in the order of their places.
            (Some(first), Some(last)) if fact.name.is_none() && first.place.path == last.place.path => {
                format!("`{}`", shown(first.place.path.as_str()))
            }
            _ => fact.label(),
        }
    }

    /// Whether something stands at a path that [`resolve`](crate::text::resolve) gave.
    pub fn stands(&self, path: &str) -> bool {
        self.head.is_file(path) || self.head.is_dir(path)
    }

    /// The submodule or symbolic link that a path leads into: what lies below is not of this tree.
    pub fn beyond(&self, path: &str) -> Option<&'a Entry> {
        let above = path.match_indices('/').map(|(at, _)| &path[..at]);
        above.filter_map(|dir| self.head.entry(dir)).find(|entry| matches!(entry.kind, EntryKind::Link | EntryKind::Submodule))
    }

    pub fn selected(&self, selection: SelectionId) -> impl Iterator<Item = &'a Entry> + use<'a> {
        let entries = self.head.entries();
        self.selected[selection.0].iter().map(move |at| &entries[*at])
    }

    pub fn selected_base(&self, selection: SelectionId) -> impl Iterator<Item = &'a Entry> + use<'a> {
        let entries = self.base.map(|base| base.entries()).unwrap_or_default();
        self.selected_base[selection.0].iter().map(move |at| &entries[*at])
    }

    /// What the change does to the files of a selection, sorted by path.
    pub fn changed(&self, selection: SelectionId) -> Vec<&'a FileChange> {
        let head: HashSet<&RepoPath> = self.selected(selection).map(|entry| &entry.path).collect();
        let base: HashSet<&RepoPath> = self.selected_base(selection).map(|entry| &entry.path).collect();
        let selected = |change: &&FileChange| match change.kind {
            Change::Deleted => base.contains(&change.path),
            Change::Added | Change::Modified => head.contains(&change.path),
        };
        self.changes.iter().filter(selected).collect()
    }

    /// A tree, and what is selected in it; none where it is not at hand.
    fn tree(&self, side: &Side) -> Option<(&'a Index, &'a [Vec<usize>])> {
        match side {
            Side::Base => Some((self.base?, self.selected_base)),
            Side::Peer(name) => {
                let peer = self.peers.get(name)?.as_deref().ok()?;
                Some((peer, self.selected_peers.get(name)?.as_slice()))
            }
            Side::Head | Side::Policy => Some((self.head, self.selected)),
        }
    }

    /// The files that a fact's own `files` select, in the tree that it reads.
    pub fn files_of_one(&self, id: FactId) -> Vec<&'a Entry> {
        let fact = &self.facts[id.0];
        let Some(((index, selected), SelectionId(selection))) = self.tree(&fact.side).zip(fact.selection) else {
            return Vec::new();
        };
        let positions = selected.get(selection).into_iter().flatten();
        positions.filter_map(|at| index.entries().get(*at)).collect()
    }

    /// The files that facts' own `files` select.
    pub fn files_of(&self, set: &FactSet) -> Vec<&'a Entry> {
        let mut entries: Vec<&Entry> = set.members.iter().flat_map(|id| self.files_of_one(*id)).collect();
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        entries.dedup_by(|a, b| a.path == b.path);
        entries
    }
}

impl Unknown {
    /// The unknown part as the other end of what is unjudged because of it.
    pub fn related(&self) -> Related {
        Related { message: self.message.clone(), place: self.place.clone(), side: crate::finding::Side::Head }
    }
}
