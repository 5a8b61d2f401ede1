//! What a rule about copies asks for, and what it is shown.

use std::cell::OnceCell;
use std::collections::HashMap;
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
    pub kept: &'a Kept,
    /// How many copies the rule has.
    pub copies: usize,
    pub source_side: &'a Side,
    pub source_kind: EntryKind,
    /// As the source's tree knows contents.
    pub source_id: ContentId,
    pub copy: Option<&'a Source<'a>>,
    pub copy_end: &'a End,
    pub copy_kind: EntryKind,
    pub copy_id: ContentId,
}

/// What was made of a source for one copy, and serves the next one.
#[derive(Default)]
pub struct Kept {
    pub told: OnceCell<serde_json::Map<String, serde_json::Value>>,
    pub digest: OnceCell<Option<[u8; 32]>>,
    pub is_text: OnceCell<bool>,
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
    /// By content: how many distinct ones it is behind the present one, and the commit that brought it.
    known: HashMap<Content, (usize, Option<String>)>,
    /// Why there may be others.
    pub cut: Option<Cut>,
}

/// What tells a content from others: its data, or else its id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    Data([u8; 32]),
    Bytes(ContentId),
}

impl Past {
    /// The past of a source that is `present`, from its versions, the newest first; the present one may be among them.
    pub fn new(present: Content, versions: impl IntoIterator<Item = Earlier>, cut: Option<Cut>) -> Self {
        let mut known = HashMap::new();
        for version in versions {
            let content = Content::of(version.digest, version.id);
            let steps = known.len() + usize::from(!known.contains_key(&present));
            let steps = if content == present { 0 } else { steps };
            known.entry(content).or_insert((steps, version.commit));
        }
        Past { known, cut }
    }

    /// How far a content is behind, and the commit that brought it.
    pub fn behind(&self, content: &Content) -> Option<(usize, Option<&str>)> {
        self.known.get(content).map(|(steps, commit)| (*steps, commit.as_deref()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

impl Content {
    pub fn of(digest: Option<[u8; 32]>, id: ContentId) -> Self {
        digest.map_or(Content::Bytes(id), Content::Data)
    }
}

/// An earlier content.
pub struct Earlier {
    pub id: ContentId,
    /// The last commit that brought it; none of a base that is in no repository.
    pub commit: Option<String>,
    /// What tells its data, where that is asked for and it could be read.
    pub digest: Option<[u8; 32]>,
}
