//! Whether the body of a file changed, and where first.

use std::collections::{BTreeMap, HashSet};

use super::reading::{Data, Reading};
use crate::finding::{Place, Related, Side};
use crate::formats::{self, Difference, Document, JsonPath, NodeId};
use crate::text::Span;

/// The first place at which the bodies of two readings differ, as the other end of a finding. `paths` select the body; where
/// there are none it is everything but the metadata.
pub(super) fn first_change(base: &Reading<'_>, head: &Reading<'_>, paths: &[JsonPath]) -> Option<Related> {
    match (&base.data, &head.data) {
        (Some(base_data), Some(head_data)) if !head.text_body => {
            let (without_base, without_head) = (metadata(base), metadata(head));
            let change = Comparison { base: base_data, head: head_data, without_base, without_head }.first(paths)?;
            Some(change.related(base, head))
        }
        _ => text_change(base, head).map(|byte| changed(head.source.line_at(byte))),
    }
}

fn metadata(reading: &Reading<'_>) -> HashSet<NodeId> {
    reading.stamps().filter_map(|stamp| stamp.node).collect()
}

fn changed(place: Place) -> Related {
    Related { message: "the first change of the body is here".into(), place, side: Side::Head }
}

/// A difference between two documents.
enum Change {
    /// At this span of head.
    InHead(Span),
    /// Base had this, head has nothing in its place.
    Gone(Span),
}

impl Change {
    fn related(&self, base: &Reading<'_>, head: &Reading<'_>) -> Related {
        let offset = |data: &Option<Data<'_>>| data.as_ref().map_or(0, |data| data.offset);
        match self {
            Change::InHead(span) => changed(head.source.place(span.shifted(offset(&head.data)))),
            Change::Gone(span) => Related {
                message: "the first change of the body is that this is gone".into(),
                place: base.source.place(span.shifted(offset(&base.data))),
                side: Side::Base,
            },
        }
    }
}

struct Comparison<'a> {
    base: &'a Data<'a>,
    head: &'a Data<'a>,
    without_base: HashSet<NodeId>,
    without_head: HashSet<NodeId>,
}

impl Comparison<'_> {
    fn first(&self, paths: &[JsonPath]) -> Option<Change> {
        if paths.is_empty() {
            return self.nodes(&roots(self.base), &roots(self.head));
        }
        paths.iter().find_map(|path| {
            self.nodes(&selected(path, self.base, &self.without_base), &selected(path, self.head, &self.without_head))
        })
    }

    /// Compares nodes that stand at the same pointer of the same document of a stream.
    fn nodes(&self, base: &Nodes, head: &Nodes) -> Option<Change> {
        let mut in_order: Vec<_> = head.iter().collect();
        in_order.sort_by_key(|(_, id)| self.head.node(**id).span);
        for (key, id) in in_order {
            let found = match base.get(key) {
                Some(old) => self.values(*old, *id),
                None => Some(Change::InHead(self.head.node(*id).span)),
            };
            if found.is_some() {
                return found;
            }
        }
        let gone = base.iter().filter(|(key, _)| !head.contains_key(*key)).map(|(_, id)| self.base.node(*id).span).min();
        gone.map(Change::Gone)
    }

    fn values(&self, base: NodeId, head: NodeId) -> Option<Change> {
        let old = formats::Side { document: self.base, root: base, without: &self.without_base };
        let new = formats::Side { document: self.head, root: head, without: &self.without_head };
        let found: Difference = Document::first_difference(old, new)?;
        Some(match found.change {
            formats::Change::Removed(span) => Change::Gone(span),
            _ => Change::InHead(found.span_in_b(self.head)),
        })
    }
}

/// Nodes by the document of the stream and the JSON pointer that lead to them: the order of keys does not count.
type Nodes = BTreeMap<(usize, String), NodeId>;

fn roots(document: &Document) -> Nodes {
    document.roots.iter().enumerate().map(|(at, root)| ((at, String::new()), *root)).collect()
}

fn selected(path: &JsonPath, data: &Data<'_>, without: &HashSet<NodeId>) -> Nodes {
    let found = data.select(path).filter(|(_, one)| !without.contains(&one.id));
    found.map(|(at, one)| ((at, one.pointer), one.id)).collect()
}

/// The first byte of head's text that differs, metadata and blanks at the ends of lines (and of the text) aside.
fn text_change(base: &Reading<'_>, head: &Reading<'_>) -> Option<usize> {
    let (old, new) = (Remains::of(base), Remains::of(head));
    let mut old_lines = old.text.trim_ascii_end().split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let mut start = 0;
    for line in new.text.trim_ascii_end().split(|byte| *byte == b'\n') {
        if old_lines.next() != Some(line.trim_ascii_end()) {
            return Some(new.origin(start));
        }
        start += line.len() + 1;
    }
    old_lines.next().map(|_| new.origin(start))
}

/// A text without its metadata.
struct Remains {
    text: Vec<u8>,
    /// Where each piece that remains starts, here and in the file.
    pieces: Vec<(usize, usize)>,
}

impl Remains {
    fn of(reading: &Reading<'_>) -> Self {
        let (body, mark) = reading.source.body();
        let bytes = reading.source.bytes;
        let mut cuts: Vec<Span> = reading.stamps().map(|stamp| stamp.span).collect();
        cuts.sort_unstable();
        let mut remains = Remains { text: Vec::with_capacity(body.len()), pieces: Vec::new() };
        let mut at = mark;
        for cut in cuts.into_iter().chain([Span::at(bytes.len())]) {
            remains.pieces.push((remains.text.len(), at));
            remains.text.extend_from_slice(Span::new(at, cut.start).slice(bytes));
            at = at.max(cut.end);
        }
        remains
    }

    /// Where a byte of the remains stands in the file.
    fn origin(&self, byte: usize) -> usize {
        let piece = self.pieces.iter().rev().find(|(here, _)| *here <= byte);
        piece.map_or(byte, |(here, there)| there + (byte - here))
    }
}
