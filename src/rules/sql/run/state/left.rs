//! What is left of a run, by name.

use std::collections::HashSet;

use super::{Entity, Id, Key, Site, State};
use crate::formats::sql::model::Class;

/// An object by its class, its schema, the table that it belongs to, and its name.
pub(in crate::rules::sql) type Named = (Class, String, Option<String>, String);

impl State {
    /// All objects that are there, by name, but for indexes and sequences that came with something else.
    pub fn present(&self) -> HashSet<Named> {
        let there =
            |key: &&Key| self.fact(key).is_some_and(|fact| fact.present && !fact.id.is_some_and(|id| self.came_along(id)));
        self.facts.keys().filter(there).filter_map(|key| self.named(key)).collect()
    }

    /// Whether a constraint or a column brought it.
    fn came_along(&self, id: Id) -> bool {
        let Some(Entity { class, key, parent: Some(parent), .. }) = self.entities.get(&id) else { return false };
        let constraint = Key::Part(*parent, Class::Constraint, key.name().to_string());
        *class == Class::Sequence || (*class == Class::Index && self.facts.contains_key(&constraint))
    }

    /// Objects that a run took away, by name.
    pub fn taken_away(&self, run: u8) -> Vec<(Named, Site)> {
        let gone = self.facts.iter().filter(|(_, fact)| !fact.present && fact.run == run);
        let mut gone: Vec<_> = gone.filter_map(|(key, fact)| Some((self.named(key)?, fact.by))).collect();
        gone.sort();
        gone
    }

    fn named(&self, key: &Key) -> Option<Named> {
        match key {
            Key::Named(class, schema, name) => Some((*class, schema.clone(), None, name.clone())),
            Key::Part(id, class @ (Class::Column | Class::Constraint | Class::Index | Class::Trigger | Class::Policy), name) => {
                match &self.entities.get(id).filter(|entity| !entity.dropped)?.key {
                    Key::Named(_, schema, table) => Some((*class, schema.clone(), Some(table.clone()), name.clone())),
                    Key::Part(..) => None,
                }
            }
            Key::Part(..) => None,
        }
    }
}
