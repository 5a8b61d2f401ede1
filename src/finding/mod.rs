//! What a run says: findings, unjudged places and their parts, as plain data.

use std::sync::Arc;

use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::text::{Position, RepoPath, Span};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Note,
    Warning,
    Error,
}

impl Severity {
    pub const WORDS: [&'static str; 3] = ["error", "warning", "note"];

    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "note" => Some(Severity::Note),
            "warning" => Some(Severity::Warning),
            "error" => Some(Severity::Error),
            _ => None,
        }
    }
}

/// The tree that a place lies in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Side {
    #[default]
    Head,
    Base,
    /// The policy file, which need not be part of a tree (`--policy FILE`).
    Policy,
    /// Another repository, by the name that the policy gives it.
    Peer(Arc<str>),
}

impl Side {
    pub fn as_str(&self) -> &str {
        match self {
            Side::Head => "head",
            Side::Base => "base",
            Side::Policy => "policy",
            Side::Peer(name) => name,
        }
    }
}

/// A path, and where in that file something stands; without a range the file as a whole is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub path: RepoPath,
    pub range: Option<Range>,
}

/// Two positions of one file; the end is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    pub start: Position,
    pub end: Position,
}

impl Range {
    pub fn span(&self) -> Span {
        Span::new(self.start.byte, self.end.byte)
    }
}

impl Place {
    /// The file as a whole.
    pub fn file(path: RepoPath) -> Self {
        Place { path, range: None }
    }

    pub fn span(&self) -> Option<Span> {
        self.range.map(|range| range.span())
    }

    pub fn line(&self) -> Option<usize> {
        self.range.map(|range| range.start.line)
    }
}

/// The other end of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    pub message: String,
    pub place: Place,
    pub side: Side,
}

/// A change that makes a finding go away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    pub title: String,
    /// Whether a person has to ask for it, because it is likely and not certain.
    pub suggested: bool,
    pub edits: Vec<Edit>,
}

/// Bytes of a file of head and the text that takes their place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edit {
    pub path: RepoPath,
    pub span: Span,
    pub text: String,
}

/// Whose policy a finding comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum From {
    #[default]
    HeadPolicy,
    BasePolicy,
}

impl From {
    pub fn as_str(self) -> &'static str {
        match self {
            From::HeadPolicy => "head-policy",
            From::BasePolicy => "base-policy",
        }
    }
}

/// One violation of one rule.
#[derive(Clone, Debug)]
pub struct Finding {
    pub rule: Arc<str>,
    /// `KIND/CODE`.
    pub code: String,
    pub severity: Severity,
    pub from: From,
    /// One line that stands alone and names values.
    pub message: String,
    /// What to do next.
    pub help: Option<String>,
    /// The policy's reason for the rule.
    pub why: Option<Arc<str>>,
    pub place: Place,
    /// The tree that the place lies in: head, or that of a fact that reads another one.
    pub side: Side,
    pub related: Vec<Related>,
    pub fix: Option<Fix>,
    /// Details for programs.
    pub data: Map<String, Value>,
    /// The offending value; with rule, code and path it identifies the finding, wherever its line moves.
    pub subject: String,
    /// Given at the end of judging: 32 hex digits.
    pub fingerprint: String,
}

/// A finding that does not count, and what accepts it.
#[derive(Clone, Debug)]
pub struct Accepted {
    pub finding: Finding,
    pub by: Arc<Exception>,
}

/// Something that accepts findings of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    pub kind: ExceptionKind,
    pub rule: Arc<str>,
    /// Why it is fine, in one line; a baseline does not say.
    pub reason: String,
    /// The last day on which it counts.
    pub until: Option<Date>,
    pub place: Place,
    /// What it is known by, wherever it stands: equal ones of base and head are the same.
    pub identity: String,
    /// Whether base does not have it.
    pub is_new: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExceptionKind {
    /// `ssot:allow` in a comment.
    Comment,
    /// An `allow:` entry of the policy.
    Entry,
    Baseline,
}

/// Why something could not be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    Dynamic,
    Unparsable,
    TooLarge,
    Unreadable,
    NoBase,
    NoGrammar,
    NoSchema,
    BadSchema,
    RemoteRef,
    IncompleteTruth,
    MissingObject,
    MergeConflict,
    Unreachable,
    Detached,
    BadBasePolicy,
    UnparsedSql,
}

impl Reason {
    pub const ALL: [Reason; 16] = [
        Reason::Dynamic,
        Reason::Unparsable,
        Reason::TooLarge,
        Reason::Unreadable,
        Reason::NoBase,
        Reason::NoGrammar,
        Reason::NoSchema,
        Reason::BadSchema,
        Reason::RemoteRef,
        Reason::IncompleteTruth,
        Reason::MissingObject,
        Reason::MergeConflict,
        Reason::Unreachable,
        Reason::Detached,
        Reason::BadBasePolicy,
        Reason::UnparsedSql,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Dynamic => "dynamic",
            Reason::Unparsable => "unparsable",
            Reason::TooLarge => "too-large",
            Reason::Unreadable => "unreadable",
            Reason::NoBase => "no-base",
            Reason::NoGrammar => "no-grammar",
            Reason::NoSchema => "no-schema",
            Reason::BadSchema => "bad-schema",
            Reason::RemoteRef => "remote-ref",
            Reason::IncompleteTruth => "incomplete-truth",
            Reason::MissingObject => "missing-object",
            Reason::MergeConflict => "merge-conflict",
            Reason::Unreachable => "unreachable",
            Reason::Detached => "detached",
            Reason::BadBasePolicy => "bad-base-policy",
            Reason::UnparsedSql => "unparsed-sql",
        }
    }

    /// Whether it is about a file as a whole: the rule has not seen what is in it, or not all.
    pub fn is_of_file(self) -> bool {
        use Reason::{MergeConflict, MissingObject, NoGrammar, TooLarge, Unparsable, Unreadable};
        matches!(self, MergeConflict | MissingObject | NoGrammar | TooLarge | Unparsable | Unreadable)
    }

    pub fn parse(word: &str) -> Option<Self> {
        Reason::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

/// Something that a rule had to look at and could not decide.
#[derive(Clone, Debug)]
pub struct Unjudged {
    pub rule: Arc<str>,
    pub reason: Reason,
    pub severity: Severity,
    pub message: String,
    pub place: Place,
    pub related: Vec<Related>,
}
