//! Rule kinds: the one list of them, and what a kind has to say about itself.
//!
//! A bound rule does no I/O, prints nothing and cannot fail: it turns facts, listings and pairs of files into drafts of
//! findings. What can be wrong with its options is said while it is bound.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod agree;
mod assert;
mod bump;
mod context;
mod exists;
mod forbid;
mod fresh;
mod frozen;
mod home;
mod links;
mod matches;
mod output;
mod owned;
mod replica;
mod require;
mod same;
mod schema;
mod sequence;
mod sorted;
mod sql;
mod subset;
#[cfg(test)]
mod testing;
mod together;
mod unique;
mod used;
mod words;

pub use context::{Change, Context, Documents, FileChange, Pair, Unknown};
pub use output::{Draft, FixDraft, FixStep, Output, Stuck};
pub use replica::{Content, Copies, CopyState, Earlier, End, Ends, Kept, Past, Replicas, Sides, Standing};
pub use words::WordSet;

use std::sync::OnceLock;

use crate::facts::{Binder, FactSet, SelectionId};
use crate::finding::{Severity, Side};
use crate::options::{Field, Options, Shape};
use crate::text::RepoPath;

/// A rule kind.
pub struct Kind {
    /// Its key in a rule.
    pub name: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// Its page: documentation and tests in one (SPEC §10).
    pub page: &'static str,
    /// The keys of its options; a kind without any takes a fact.
    pub fields: &'static [Field],
    pub codes: &'static [Code],
    /// Whether it says nothing at all without a base.
    pub needs_base: bool,
    /// Checks the options and makes the rule; complains, and is `None`, where they are wrong.
    pub bind: for<'w> fn(&Options<'w>, &Binder<'w>) -> Option<Box<dyn Rule>>,
}

/// One of the things that a kind can find.
pub struct Code {
    /// Without the kind.
    pub name: &'static str,
    /// The most that it weighs, unless the policy says otherwise for this very code.
    pub severity: Severity,
    pub about: &'static str,
}

impl Code {
    pub const fn error(name: &'static str, about: &'static str) -> Self {
        Code { name, severity: Severity::Error, about }
    }

    pub const fn warning(name: &'static str, about: &'static str) -> Self {
        Code { name, severity: Severity::Warning, about }
    }
}

/// How a rule uses a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Each element is judged: what is dynamic in it is told.
    Subject,
    /// The same, and it is fine if there is no element.
    Suspect,
    /// Others are held against it: it must be known whole.
    Truth,
    /// Each element is judged, and others are held against it.
    Both,
}

/// A rule that is ready to run.
pub trait Rule: Send + Sync {
    /// The facts that it uses.
    fn facts(&self) -> Vec<(&FactSet, Role)> {
        Vec::new()
    }

    /// How much its findings weigh where the policy does not say.
    fn default_severity(&self) -> Severity {
        Severity::Error
    }

    /// The files that it selects itself, which must not be none.
    fn selections(&self) -> Vec<SelectionId> {
        Vec::new()
    }

    /// The files that it selects itself in peers.
    fn elsewhere(&self) -> Vec<(Side, SelectionId)> {
        Vec::new()
    }

    /// The selection of files that [`check_pair`](Self::check_pair) wants to see.
    fn pairs(&self) -> Option<Pairs> {
        None
    }

    /// Whether it says more where there is a base, though it does not need one.
    fn looks_at_base(&self) -> bool {
        false
    }

    /// Whether all that it says follows from the paths and contents of the files that it [selects](Self::selections): no facts,
    /// no documents, nothing of base.
    fn is_closed(&self) -> bool {
        false
    }

    /// Whether it looks at which files changed ([`Context::changes`]).
    fn wants_changes(&self) -> bool {
        false
    }

    /// Looks into one file, at both ends of the change. May ask for further files by [`Output::ask`].
    fn check_pair(&self, _pair: &Pair<'_>, _out: &mut Output) {}

    /// Looks into one file of a merge result that differs from both sides of the merge: `pair.base` is the tip that is merged
    /// into, `ours` the file as head's own commit has it.
    fn check_merge(&self, _pair: &Pair<'_>, _ours: &crate::facts::Source<'_>, _out: &mut Output) {}

    /// Files that are needed beside those that it selects: by path, before any file is looked into.
    fn documents(&self) -> Vec<RepoPath> {
        Vec::new()
    }

    /// Files that the rule's facts tell it needs: wave 1 is over, and no document is there yet.
    fn documents_of(&self, _context: &Context<'_>) -> Vec<RepoPath> {
        Vec::new()
    }

    /// A selection of files that are needed as documents.
    fn document_selection(&self) -> Option<SelectionId> {
        None
    }

    /// What else is needed to understand a document that was asked for.
    fn follow(&self, _path: &RepoPath, _content: &crate::facts::Source<'_>) -> Vec<RepoPath> {
        Vec::new()
    }

    /// The second wave, when all facts and documents are known: a check for each file of a selection.
    fn second(&self, _context: &Context<'_>, _out: &mut Output) -> Option<(SelectionId, Box<dyn FileCheck>)> {
        None
    }

    /// The copies of a file that the rule holds against it.
    fn replicas(&self) -> Option<&dyn Replicas> {
        None
    }

    /// Judges facts and listings.
    fn judge(&self, _context: &Context<'_>, _out: &mut Output) {}
}

/// Looks into one file of head, in the second wave.
pub trait FileCheck: Send + Sync {
    fn check(&self, file: &crate::facts::Source<'_>, out: &mut Output);

    /// Sees all outputs of [`check`](Self::check) at the end, merged in path order.
    fn finish(&self, _context: &Context<'_>, _out: &mut Output) {}
}

/// Which pairs of files a rule wants to see.
#[derive(Clone, Copy, Debug)]
pub struct Pairs {
    pub selection: SelectionId,
    /// Only those whose content differs, and those on one side only.
    pub changed_only: bool,
    /// Whether base's side is read as well.
    pub with_base: bool,
    /// Whether symbolic links are seen, by their targets.
    pub links: bool,
    /// Whether leftovers of equal `$id`, or else of equal file name, count as one file that moved and changed.
    pub pair_leftovers: bool,
}

/// All rule kinds, in the order of the documentation.
pub static KINDS: &[&Kind] = &[
    &home::KIND,
    &sequence::KIND,
    &matches::KIND,
    &exists::KIND,
    &sorted::KIND,
    &owned::KIND,
    &forbid::KIND,
    &require::KIND,
    &subset::KIND,
    &same::KIND,
    &agree::KIND,
    &unique::KIND,
    &used::KIND,
    &assert::KIND,
    &schema::KIND,
    &links::KIND,
    &sql::KIND,
    &frozen::KIND,
    &bump::KIND,
    &together::KIND,
    &fresh::KIND,
    &replica::KIND,
];

/// Kinds of the contract that this version does not have.
pub const LATER: [&str; 2] = ["compatible", "mirrors"];

/// The kind of that name.
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().copied().find(|kind| kind.name == name)
}

/// The kinds that rules of a policy may be of.
#[derive(Clone)]
pub struct Kinds {
    all: Vec<&'static Kind>,
    fields: Vec<Field>,
}

impl Kinds {
    /// Those of this program.
    pub fn built_in() -> &'static Self {
        static KNOWN: OnceLock<Kinds> = OnceLock::new();
        KNOWN.get_or_init(|| {
            let known = KINDS.iter().map(|kind| Field::new(kind.name, Shape::Any, kind.about));
            let later = LATER.iter().map(|name| Field::new(name, Shape::Any, "Not in this version yet."));
            Kinds { all: KINDS.to_vec(), fields: known.chain(later).collect() }
        })
    }

    /// Adds a kind; one of the same name as another takes its place.
    pub fn add(&mut self, kind: &'static Kind) {
        self.all.retain(|known| known.name != kind.name);
        self.fields.retain(|known| known.name != kind.name);
        self.all.push(kind);
        self.fields.push(Field::new(kind.name, Shape::Any, kind.about));
    }

    /// The kind of that name.
    pub fn find(&self, name: &str) -> Option<&'static Kind> {
        self.all.iter().copied().find(|kind| kind.name == name)
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.all.iter().map(|kind| kind.name)
    }

    /// Their names as keys of a rule.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }
}
