//! Names that the database finds itself.

use super::{Id, Key, State, Undo};
use crate::formats::sql::model::Class;

impl State {
    /// From now on, any name that begins so, up to an underscore, may be that of something that belongs to the table.
    pub fn cloud(&mut self, owner: Id, schema: String, start: String) {
        self.next += 1;
        let names = (schema, start);
        self.clouds.entry(names.clone()).or_default().push((owner, self.next));
        self.undo.push(Undo::Cloud(names));
    }

    /// The table to which something of that name may belong, if nothing was said of the name since, and the rest of the name.
    pub fn clouded(&self, key: &Key) -> Option<(Id, String)> {
        let Key::Named(Class::Table, schema, name) = key else { return None };
        if self.clouds.is_empty() {
            return None;
        }
        let since = self.facts.get(key).map_or(0, |fact| fact.order);
        let found = name.match_indices('_').filter_map(|(at, _)| {
            let (owner, order) = self.clouds.get(&(schema.clone(), name[..=at].to_string()))?.last()?;
            Some((*order, *owner, at + 1))
        });
        let (order, owner, end) = found.max()?;
        (order > since).then(|| (owner, name[end..].to_string()))
    }
}
