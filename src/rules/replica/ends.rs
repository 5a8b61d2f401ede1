//! What a rule about copies asks for, and what it is shown.

use std::sync::Arc;

use crate::facts::{SelectionId, Source};
use crate::finding::{Place, Reason, Side};
use crate::text::RepoPath;
use crate::tree::{ContentId, Cut, EntryKind};

use crate::rules::Output;

/// A rule about copies of a file. Of a copy that has its source's very content it is shown nothing.
pub trait Replicas: Send + Sync {
    fn sides(&self) -> &Sides;

    /// Whether the very bytes of the source may stand at the path of a copy.
    fn may_be_copied(&self, copy: &RepoPath) -> bool;

    /// Whether a copy is another than its source, so that the source's past has to tell why.
    fn drifts(&self, ends: &Ends<'_>, out: &mut Output) -> bool;

    /// Tells why a copy that drifts does so.
    fn judge(&self, ends: &Ends<'_>, past: &Past, out: &mut Output);
}

/// A file of a tree.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct End {
    pub side: Side,
    pub path: RepoPath,
}

impl End {
    pub fn place(&self) -> Place {
        Place::file(self.path.clone())
    }
}

/// The files that are meant.
pub struct Sides {
    pub source: End,
    pub copies: Vec<Copies>,
    /// Whether earlier versions are compared as data.
    pub as_data: bool,
}

/// One copy, or all that a selection has in a tree.
pub enum Copies {
    One(End),
    Many(Side, SelectionId),
}

impl Copies {
    pub fn side(&self) -> &Side {
        match self {
            Copies::One(end) => &end.side,
            Copies::Many(side, _) => side,
        }
    }
}

/// A source and one of its copies.
pub struct Ends<'a> {
    pub source: &'a Source<'a>,
    pub source_side: &'a Side,
    pub source_kind: EntryKind,
    /// As the source's tree knows contents.
    pub source_id: ContentId,
    pub copy: Option<&'a Source<'a>>,
    pub copy_end: &'a End,
    pub copy_kind: EntryKind,
    pub copy_id: ContentId,
}

impl Ends<'_> {
    /// Whether neither is a symbolic link.
    pub fn are_files(&self) -> bool {
        self.source_kind == EntryKind::File && self.copy_kind == EntryKind::File
    }
}

/// How one copy stands to its source.
#[derive(Clone, Debug)]
pub struct Standing {
    pub rule: Arc<str>,
    pub source: End,
    /// Where a peer cannot be read it may be a glob.
    pub copy: End,
    pub state: CopyState,
    /// Whether the source is a plain file whose very bytes may stand in the copy.
    pub copyable: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyState {
    InStep,
    /// So many versions.
    Behind(usize),
    /// Another code of the rule.
    Drifts(&'static str),
    Unjudged(Reason, String),
}

impl CopyState {
    /// What a rule said of one copy.
    pub fn of(output: &Output) -> Self {
        if let Some(stuck) = output.stuck.first() {
            return CopyState::Unjudged(stuck.reason, stuck.message.clone());
        }
        let Some(draft) = output.drafts.first() else { return CopyState::InStep };
        match draft.data.get("behind").and_then(serde_json::Value::as_u64) {
            Some(versions) => CopyState::Behind(usize::try_from(versions).unwrap_or(usize::MAX)),
            None => CopyState::Drifts(draft.code),
        }
    }
}

/// What a source was before.
#[derive(Default)]
pub struct Past {
    /// The newest first; what the source is now may be among them.
    pub versions: Vec<Earlier>,
    /// Why there may be others.
    pub cut: Option<Cut>,
}

/// An earlier content.
pub struct Earlier {
    pub id: ContentId,
    /// The last commit that brought it; none of a base that is in no repository.
    pub commit: Option<String>,
    /// What tells its data, where that is asked for and it could be read.
    pub digest: Option<[u8; 32]>,
}
