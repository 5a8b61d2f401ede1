//! Raw facts with their lines and columns, so that a file's text need not be kept.

use crate::facts::imports::{Wait, Wrapper};
use crate::facts::{Fault, FaultKind, Hole, Raw, RawElement, Secret, Source};
use crate::finding::{Place, Range, Reason};
use crate::formats::secret::{hidden_spans, is_dotenv};
use crate::text::Span;

use super::Trouble;

/// What one extraction found in one file.
#[derive(Debug, Default)]
pub(super) struct Placed {
    pub elements: Vec<PlacedElement>,
    pub holes: Vec<(Hole, Range)>,
    pub troubles: Vec<Trouble>,
    pub waits: Vec<Wait<Range>>,
    pub wrappers: Vec<Wrapper<Range>>,
    pub named: Vec<(String, Vec<Range>)>,
    pub aliases: Vec<String>,
}

#[derive(Debug)]
pub(super) struct PlacedElement {
    pub raw: RawElement,
    pub range: Option<Range>,
    pub related: Vec<(String, Range)>,
    pub secret: Secret,
}

impl Placed {
    pub fn new(source: &Source<'_>, raw: Raw, env_file: bool) -> Self {
        let dotenv = !env_file && is_dotenv(source.path);
        let hidden = if dotenv && !raw.elements.is_empty() { hidden_spans(source.bytes) } else { Vec::new() };
        let elements = raw.elements.into_iter().map(|element| PlacedElement {
            range: element.span.map(|span| source.range(span)),
            related: element.related.iter().map(|(message, span)| (message.clone(), source.range(*span))).collect(),
            secret: match element.span {
                _ if env_file => Secret::Captures,
                Some(span) if overlaps(&hidden, span) => Secret::All,
                // Other groups of a match may hold what its value does not.
                _ if dotenv => Secret::Captures,
                _ => Secret::Nothing,
            },
            raw: element,
        });
        let range = |span| source.range(span);
        Placed {
            elements: elements.collect(),
            waits: raw.waits.into_iter().map(|wait| wait.placed(&range)).collect(),
            named: raw.named.into_iter().map(|(name, spans)| (name, spans.into_iter().map(range).collect())).collect(),
            aliases: raw.aliases,
            wrappers: raw.wrappers.into_iter().map(|wrapper| wrapper.placed(&range)).collect(),
            holes: raw.holes.into_iter().map(|hole| (hole.clone(), source.range(hole.span))).collect(),
            troubles: raw.faults.into_iter().map(|fault| trouble(source, fault)).collect(),
        }
    }
}

impl Placed {
    /// Whether nothing at all was found.
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty() && self.holes.is_empty() && self.waits.is_empty() && self.troubles.is_empty()
    }

    /// Whether nobody knows the language of the file.
    pub fn lacks_grammar(&self) -> bool {
        self.troubles.iter().any(|trouble| trouble.reason == Reason::NoGrammar)
    }
}

fn trouble(source: &Source<'_>, fault: Fault) -> Trouble {
    let reason = match fault.kind {
        FaultKind::Unparsable => Reason::Unparsable,
        FaultKind::NoGrammar => Reason::NoGrammar,
    };
    Trouble { reason, message: fault.message, place: place_of(source, &fault.kind, fault.at) }
}

fn place_of(source: &Source<'_>, kind: &FaultKind, at: usize) -> Place {
    match kind {
        FaultKind::Unparsable => source.place(Span::at(at)),
        FaultKind::NoGrammar => Place::file(source.path.clone()),
    }
}

/// Whether `span` touches one of the hidden parts, which stand in order.
pub(super) fn overlaps(hidden: &[Span], span: Span) -> bool {
    let at = hidden.partition_point(|part| part.end <= span.start);
    hidden.get(at).is_some_and(|part| part.start < span.end)
}
