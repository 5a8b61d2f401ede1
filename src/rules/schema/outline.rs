//! Where each part of a schema stands.

use std::collections::HashMap;
use std::sync::Arc;

use crate::finding::Place;
use crate::formats::{Document, Kind, NodeId};
use crate::text::Span;

/// The places of a value and of all that is in it, by JSON pointer.
pub(super) struct Outline {
    spots: Vec<Spot>,
    root: usize,
}

/// What a pointer leads to.
pub(super) struct Found<'o> {
    /// Of a member: its key.
    pub key: Option<&'o Place>,
    pub value: &'o Place,
}

struct Spot {
    place: Place,
    /// Where the key stands, and the value.
    members: HashMap<Arc<str>, (Place, usize)>,
    items: Vec<usize>,
}

impl Outline {
    /// The outline of what `root` holds; `place` tells where a span stands.
    pub fn new(document: &Document, root: NodeId, place: impl Fn(Span) -> Place) -> Self {
        let mut builder = Builder { document, place, spots: Vec::new(), known: HashMap::new() };
        let root = builder.add(root);
        Outline { spots: builder.spots, root }
    }

    /// The place that a JSON pointer leads to; as far as it leads, where it leads nowhere.
    pub fn find(&self, pointer: &str) -> Found<'_> {
        let mut found = Found { key: None, value: &self.spots[self.root].place };
        let mut at = self.root;
        for token in tokens(pointer) {
            let spot = &self.spots[at];
            if let Some((key, value)) = spot.members.get(&*token) {
                (found.key, at) = (Some(key), *value);
            } else if let Some(item) = token.parse::<usize>().ok().and_then(|item| spot.items.get(item)) {
                (found.key, at) = (None, *item);
            } else {
                break;
            }
            found.value = &self.spots[at].place;
        }
        found
    }
}

/// The tokens of a JSON pointer, unescaped.
pub(super) fn tokens(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~"))
}

struct Builder<'d, P> {
    document: &'d Document,
    place: P,
    spots: Vec<Spot>,
    /// Spots of nodes that are done: an alias shares its node.
    known: HashMap<NodeId, usize>,
}

impl<P: Fn(Span) -> Place> Builder<'_, P> {
    fn add(&mut self, id: NodeId) -> usize {
        if let Some(known) = self.known.get(&id) {
            return *known;
        }
        let node = self.document.node(id);
        let (mut members, mut items) = (HashMap::new(), Vec::new());
        match &node.kind {
            Kind::Object(written) => {
                for member in written {
                    let value = self.add(member.value);
                    members.insert(member.key.clone(), ((self.place)(member.key_span), value));
                }
            }
            Kind::Array(written) => items.extend(written.iter().map(|item| self.add(*item))),
            _ => {}
        }
        self.spots.push(Spot { place: (self.place)(node.span), members, items });
        self.known.insert(id, self.spots.len() - 1);
        self.spots.len() - 1
    }
}
