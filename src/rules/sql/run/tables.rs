//! `CREATE TABLE`, and the columns of tables.

use std::sync::Arc;

use super::create::{attachment, registered};
use super::machine::{Done, Event, Known, Machine, Run};
use super::state::{Definition, Fact, Id, Key, Owner, Target};
use crate::formats::sql::Dialect;
use crate::formats::sql::default_name;
use crate::formats::sql::model::{Class, Column, Constraint, ConstraintKind, Create, Like, Table, TypeName};

impl Machine<'_> {
    pub(super) fn create_table(&mut self, create: &Create, table: &Table) -> Done {
        let existed = match self.relation(&create.object.name) {
            Known::Present(fact) if create.if_not_exists => Some(fact),
            _ => None,
        };
        if let Some(fact) = existed {
            self.shadowed(create, table, &fact);
            return Ok(());
        }
        let parents = table.parents.iter().chain(&table.partition_of);
        let mut parent_ids = Vec::new();
        for parent in parents {
            parent_ids.push(self.need_relation(parent)?);
        }
        let mut likes = Vec::new();
        for like in &table.likes {
            likes.push((self.need_relation(&like.table)?, like));
        }
        if let Some(query) = &table.query {
            self.check_uses(query, None)?;
        }
        let Some(id) = self.make_relation(create, create.object.class)? else { return Ok(()) };
        if let Some(query) = &table.query {
            self.copied(query, Some(id));
        }
        if !table.is_complete && !self.like(id, table, &likes) {
            self.state.change(id, |entity| entity.complete = false);
        }
        for column in &table.columns {
            self.add_column(id, column)?;
        }
        // A table may refer to itself, to what only stands behind the reference.
        let inline = table.columns.iter().flat_map(|column| &column.constraints).filter(|constraint| is_reference(constraint));
        let (references, others): (Vec<_>, Vec<_>) = table.constraints.iter().partition(|constraint| is_reference(constraint));
        for constraint in others.into_iter().chain(inline).chain(references) {
            self.add_constraint(id, constraint, false)?;
        }
        if let (Some(_), Some(Some(parent))) = (&table.partition_of, parent_ids.last()) {
            self.set_part(*parent, Class::Table, &attachment(id), true);
            // It goes when its table goes.
            self.state.adopt(*parent, id);
        }
        Ok(())
    }

    /// The columns that a table has like others; whether all of its columns are known.
    fn like(&mut self, id: Id, table: &Table, likes: &[(Option<Id>, &Like)]) -> bool {
        if likes.is_empty() {
            return false;
        }
        if likes.iter().any(|(_, like)| like.indexes) {
            self.copy_indexes(id, likes.iter().filter(|(_, like)| like.indexes).filter_map(|(other, _)| *other));
        }
        let mut whole = table.parents.is_empty() && table.partition_of.is_none() && table.query.is_none();
        for (other, like) in likes {
            let Some(other) = *other else { return false };
            whole &= self.state.entity(other).is_some_and(|entity| entity.complete);
            for (name, definition) in self.state.definitions(other) {
                let copy = |known: Arc<Definition>| {
                    Arc::new(Definition { has_default: known.has_default && like.defaults, checked: None, ..(*known).clone() })
                };
                self.set_part(id, Class::Column, &name, true);
                self.state.define(id, &name, definition.map(copy));
            }
        }
        whole
    }

    /// A column with all that comes with it but its references.
    pub(super) fn add_column(&mut self, id: Id, column: &Column) -> Done {
        self.check_type(&column.ty.name)?;
        let name = &column.name.text;
        self.set_part(id, Class::Column, name, true);
        self.set_type(id, name, &column.ty);
        self.state.define(id, name, Some(Arc::new(definition(column))));
        if column.identity || column.ty.is_serial() {
            self.own_sequence(id, name);
        }
        if column.identity {
            self.set_part(id, Class::Sequence, name, true);
        }
        let owner = Owner::Part(id, Class::Column, name.clone());
        self.state.renew(&owner);
        for sequence in &column.uses.registered {
            let name = registered(sequence);
            if let Known::Present(Fact { id: Some(sequence), .. }) = self.relation(&name) {
                self.state.depend(owner.clone(), Target::Entity(sequence));
            }
        }
        self.depend_on_calls(&owner, &column.uses);
        if column.generated {
            for used in &column.uses.columns {
                self.state.depend(owner.clone(), Target::Column(id, used.name.clone()));
            }
        }
        let others = column.constraints.iter().filter(|constraint| !is_reference(constraint));
        others.into_iter().try_for_each(|constraint| self.add_constraint(id, constraint, false))
    }

    /// Remembers that a column needs its type.
    pub(super) fn set_type(&mut self, id: Id, column: &str, ty: &TypeName) {
        let made = match self.known(&self.type_key(&ty.name)) {
            Known::Present(Fact { id: Some(made), .. }) => Some(made),
            _ => None,
        };
        let (site, run) = (self.site, self.run.number());
        self.state.set(Key::Part(id, Class::Type, column.to_string()), made.is_some(), site, run, made);
        let owner = Owner::Part(id, Class::Type, column.to_string());
        self.state.renew(&owner);
        if let Some(made) = made {
            self.state.depend(owner, Target::Entity(made));
        }
    }

    /// The sequence of a serial or identity column.
    fn own_sequence(&mut self, id: Id, column: &str) {
        if self.dialect() != Dialect::Postgres {
            return;
        }
        let schema = self.schema_of_id(id);
        let name = default_name(&self.name_of_id(id), column, "seq");
        let key = Key::Named(Class::Table, schema.clone(), self.free_name(id, &schema, &name, Class::Constraint));
        let sequence = self.make(Class::Sequence, key);
        self.state.adopt(id, sequence);
    }

    /// In a replay, a second definition that does nothing.
    fn shadowed(&mut self, create: &Create, table: &Table, fact: &Fact) {
        let Some(id) = fact.id.filter(|_| self.run == Run::Replay) else { return };
        let Some(entity) = self.state.entity(id) else { return };
        if !entity.complete || !table.is_complete {
            return;
        }
        let by = entity.by;
        let missing = table.columns.iter().find(|column| !self.has_column(id, &column.name.text));
        let others = self.columns(id);
        let left = others.iter().find(|name| !table.columns.iter().any(|column| column.name.text == **name));
        let difference = match (missing, left) {
            (Some(column), _) => format!("its column `{}` is not there", column.name.text),
            (None, Some(column)) => format!("the column `{column}` is there and not in it"),
            (None, None) => return,
        };
        self.events.push(Event::Shadowed { site: self.site, name: create.object.name.shown(), by, difference });
    }

    fn has_column(&self, id: Id, name: &str) -> bool {
        self.state.fact(&Key::Part(id, Class::Column, name.to_string())).is_some_and(|fact| fact.present)
    }

    fn columns(&self, id: Id) -> Vec<String> {
        self.state.parts_of(id, Class::Column)
    }
}

pub(super) fn definition(column: &Column) -> Definition {
    let has_default = column.has_default || column.ty.is_serial();
    Definition { ty: column.ty.stored().text(), not_null: column.not_null || column.ty.is_serial(), has_default, checked: None }
}

pub(super) fn is_reference(constraint: &Constraint) -> bool {
    matches!(constraint.kind, ConstraintKind::ForeignKey { .. })
}
