//! Indexes: their names, and what they are built over.

use super::machine::{Done, Event, Failure, Known, Machine, Run};
use super::state::{Fact, Id, Key, Owner, Target};
use crate::formats::sql::default_name;
use crate::formats::sql::model::{Class, Create, Index, IndexKey};

impl Machine<'_> {
    pub(super) fn create_index(&mut self, create: &Create, index: &Index) -> Done {
        let Some(table) = self.need_relation(&index.table)? else { return Ok(()) };
        if create.object.on.is_some() {
            return self.create_key(create, table);
        }
        let schema = self.schema_of_id(table);
        let mut object = create.object.clone();
        if !index.named {
            object.name.name = self.index_name(table, index)?;
        }
        object.name.schema = Some(schema);
        let create = Create { object, ..create.clone() };
        for key in &index.keys {
            if let IndexKey::Column(column) = key {
                self.need_column(table, column)?;
            }
        }
        let keys: Vec<String> = index.keys.iter().map(key_text).collect();
        let Some(id) = self.make_relation(&create, Class::Index)? else {
            self.shadowed_index(&create, &keys);
            return Ok(());
        };
        self.state.change(id, |entity| entity.shape = Some(keys.clone()));
        if index.unique && !index.partial && index.keys.iter().all(|key| matches!(key, IndexKey::Column(_))) {
            let name = create.object.name.name.clone();
            self.state.change(table, |entity| entity.unique.push((name, keys)));
        }
        self.state.adopt(table, id);
        self.depend_on_calls(&Owner::Entity(id), &index.uses);
        for column in &index.uses.columns {
            self.state.depend(Owner::Entity(id), Target::Column(table, column.name.clone()));
        }
        Ok(())
    }

    fn shadowed_index(&mut self, create: &Create, keys: &[String]) {
        let Known::Present(Fact { id: Some(id), .. }) = self.relation(&create.object.name) else { return };
        let Some(entity) = self.state.entity(id).filter(|_| self.run == Run::Replay) else { return };
        if entity.shape.as_deref().is_some_and(|old| old != keys) {
            let difference = format!("what is there is built over {}", entity.shape.clone().unwrap_or_default().join(", "));
            let by = entity.by;
            self.events.push(Event::Shadowed { site: self.site, name: create.object.name.shown(), by, difference });
        }
    }

    /// The name that PostgreSQL finds for an index. A second run finds another one: that is no error, and no repetition either.
    fn index_name(&mut self, table: Id, index: &Index) -> Done<String> {
        let columns: Vec<&str> = index
            .keys
            .iter()
            .map(|key| match key {
                IndexKey::Column(column) => column.text.as_str(),
                IndexKey::Expression(name) => name.as_str(),
            })
            .collect();
        let name = default_name(&self.name_of_id(table), &columns.join("_"), "idx");
        let key = Key::Named(Class::Table, self.schema_of_id(table), name.clone());
        if let (Known::Present(fact), Run::Second) = (self.known(&key), self.run) {
            let message = format!("another index like `{name}` is built");
            let failure = self.failure("", name.clone(), message);
            self.refuse(Failure { by: Some(fact.by), ..failure })?;
        }
        Ok(self.free_name(table, &self.schema_of_id(table), &name, Class::Constraint))
    }

    /// MySQL's indexes belong to their table.
    fn create_key(&mut self, create: &Create, table: Id) -> Done {
        let name = &create.object.name.name;
        if let Known::Present(fact) = self.known(&Key::Part(table, Class::Index, name.clone())) {
            if create.if_not_exists {
                return Ok(());
            }
            self.refuse(self.taken(create, "duplicate_object", Some(fact.by)))?;
        }
        self.set_part(table, Class::Index, name, true);
        Ok(())
    }

    /// Indexes come under names of the new table, but for those that were dropped from the old one.
    pub(super) fn copy_indexes(&mut self, id: Id, parents: impl Iterator<Item = Id>) {
        let (schema, start) = (self.schema_of_id(id), format!("{}_", self.name_of_id(id)));
        self.state.cloud(id, schema.clone(), start.clone());
        for parent in parents {
            for (end, by) in self.state.lost_parts(parent, Class::Index) {
                let key = Key::Named(Class::Table, schema.clone(), format!("{start}{end}"));
                self.state.set(key, false, by, self.run.number(), None);
            }
        }
    }
}

fn key_text(key: &IndexKey) -> String {
    match key {
        IndexKey::Column(column) => column.text.clone(),
        IndexKey::Expression(name) => format!("({name})"),
    }
}
