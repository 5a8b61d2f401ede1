//! What rules write: drafts, to which judging adds the rule's id, its severity and the fingerprint.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::facts::{Element, FactId, Fault, FaultKind, Source};
use crate::finding::{Edit, Place, Reason, Related, Side};
use crate::options::Complaint;
use crate::text::{RepoPath, Span};

/// Everything that one rule found.
#[derive(Default)]
pub struct Output {
    pub drafts: Vec<Draft>,
    pub stuck: Vec<Stuck>,
    /// Files that [`Rule::check_pair`](super::Rule::check_pair) needs as documents.
    pub asks: Vec<RepoPath>,
    /// What turned out to be wrong with the rule itself: its run is no verdict.
    pub complaints: Vec<Complaint>,
}

/// A finding without what the rule's policy entry says.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Without the kind.
    pub code: &'static str,
    pub message: String,
    pub help: Option<String>,
    pub place: Place,
    /// The tree that the place lies in.
    pub side: Side,
    pub related: Vec<Related>,
    pub fix: Option<FixDraft>,
    pub data: Map<String, Value>,
    /// The offending value.
    pub subject: String,
}

/// A fix whose edits may need the file's own style (quotes, commas).
#[derive(Clone, Debug)]
pub struct FixDraft {
    pub title: String,
    /// Whether it is likely and not certain.
    pub suggested: bool,
    pub steps: Vec<FixStep>,
}

/// One step of a fix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FixStep {
    /// The text that takes a place.
    Edit(Edit),
    /// Put a value where a scalar stands, in the quotes that stand there.
    Replace { place: Place, value: String },
    /// Add a value to where a fact was read from.
    Append { fact: FactId, path: RepoPath, value: String },
}

/// Something that could not be judged.
#[derive(Clone, Debug)]
pub struct Stuck {
    pub reason: Reason,
    pub message: String,
    pub place: Place,
    pub related: Vec<Related>,
}

impl Draft {
    pub fn new(code: &'static str, place: Place, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Draft {
            code,
            message: message.into(),
            help: None,
            place,
            side: Side::Head,
            related: Vec::new(),
            fix: None,
            data: Map::new(),
            subject: subject.into(),
        }
    }

    /// A draft at an element, with what explains the element as related places.
    pub fn at(code: &'static str, element: &Element, subject: impl Into<String>, message: impl Into<String>) -> Self {
        let mut draft = Draft::new(code, element.place.clone(), subject, message);
        draft.related.extend(element.related.iter().cloned());
        // What stands in the policy is told as what stands in head's tree.
        if let Side::Base | Side::Peer(_) = element.side {
            draft.side = element.side.clone();
        }
        draft
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the other end, in head's tree.
    pub fn related(self, message: impl Into<String>, place: Place) -> Self {
        self.related_in(message, place, Side::Head)
    }

    pub fn related_in(mut self, message: impl Into<String>, place: Place, side: Side) -> Self {
        self.related.push(Related { message: message.into(), place, side });
        self
    }

    /// Adds an element as the other end.
    pub fn related_to(self, message: impl Into<String>, element: &Element) -> Self {
        self.related_in(message, element.place.clone(), element.side.clone())
    }

    pub fn fix(mut self, title: impl Into<String>, steps: Vec<FixStep>) -> Self {
        self.fix = Some(FixDraft { title: title.into(), suggested: false, steps });
        self
    }

    /// A fix that somebody has to ask for.
    pub fn suggest(mut self, title: impl Into<String>, steps: Vec<FixStep>) -> Self {
        self.fix = Some(FixDraft { title: title.into(), suggested: true, steps });
        self
    }
}

impl Output {
    pub fn push(&mut self, draft: Draft) {
        self.drafts.push(draft);
    }

    /// With `per: file`, what several files lack is one finding: says of how many more it is true.
    pub fn count_further_files(&mut self) {
        let mut drafts_at: HashMap<Place, usize> = HashMap::new();
        for draft in &self.drafts {
            *drafts_at.entry(draft.place.clone()).or_default() += 1;
        }
        for draft in &mut self.drafts {
            match drafts_at[&draft.place] {
                1 => {}
                2 => draft.message.push_str(", nor in 1 more file"),
                files => draft.message.push_str(&format!(", nor in {} more files", files - 1)),
            }
        }
    }

    pub fn stuck(&mut self, reason: Reason, place: Place, message: impl Into<String>) {
        self.stuck.push(Stuck { reason, message: message.into(), place, related: Vec::new() });
    }

    /// A file of which a form cannot be read, at the parser's position.
    pub fn fault(&mut self, source: &Source<'_>, fault: &Fault) {
        let reason = match fault.kind {
            FaultKind::Unparsable => Reason::Unparsable,
            FaultKind::NoGrammar => Reason::NoGrammar,
        };
        self.stuck(reason, source.place(Span::at(fault.at)), fault.message.clone());
    }

    /// Says that the policy is at fault, which only shows now that elements are at hand.
    pub fn complain(&mut self, place: Place, message: impl Into<String>, help: impl Into<String>) {
        self.complaints.push(Complaint { place, message: message.into(), help: Some(help.into()) });
    }

    /// Asks for a file of head as a document of the second wave.
    pub fn ask(&mut self, path: RepoPath) {
        self.asks.push(path);
    }

    pub fn append(&mut self, mut other: Output) {
        self.drafts.append(&mut other.drafts);
        self.stuck.append(&mut other.stuck);
        self.asks.append(&mut other.asks);
        self.complaints.append(&mut other.complaints);
    }
}
