//! Columns of tables: added, dropped, renamed, and defined anew.

use std::sync::Arc;

use super::data::took_name;
use super::machine::{Done, Event, Failure, Known, Machine, Run};
use super::state::{Fact, Id, Key, Owner, Target};
use super::tables::{definition, is_reference};
use crate::formats::sql::model::{Change, Class, Column, Ident};

impl Machine<'_> {
    /// A change of what a column is.
    pub(super) fn change_column(&mut self, id: Id, change: &Change) -> Done {
        match change {
            Change::SetType { column, ty, compounds, .. } => {
                self.check_type(&ty.name)?;
                self.converted_again(id, column, *compounds)?;
                self.retype(id, column)?;
                self.redefined(id, column);
                self.set_type(id, &column.text, ty);
                self.state.redefine(id, &column.text, |known| known.ty = ty.stored().text());
                Ok(())
            }
            Change::Redefine { from, column } => self.redefine(id, from, column),
            Change::SetNotNull(column) => {
                self.need_column(id, column)?;
                self.redefined(id, column);
                self.state.redefine(id, &column.text, |known| known.not_null = true);
                Ok(())
            }
            Change::DropNotNull(column) => {
                self.need_column(id, column)?;
                self.state.redefine(id, &column.text, |known| known.not_null = false);
                Ok(())
            }
            Change::SetDefault(column) | Change::DropDefault(column) => {
                self.need_column(id, column)?;
                let sets = matches!(change, Change::SetDefault(_));
                self.state.redefine(id, &column.text, |known| known.has_default = sets);
                Ok(())
            }
            Change::Column(column) => self.need_column(id, column),
            Change::AddIdentity(column) => self.add_identity(id, column),
            Change::DropIdentity { column, if_exists } => self.drop_flag(id, Class::Sequence, column, *if_exists, "identity"),
            Change::DropExpression { column, if_exists } => self.drop_flag(id, Class::Rule, column, *if_exists, "expression"),
            _ => Ok(()),
        }
    }

    pub(super) fn new_column(&mut self, id: Id, column: &Column, if_not_exists: bool) -> Done {
        let name = &column.name.text;
        if let Known::Present(fact) = self.known(&Key::Part(id, Class::Column, name.clone())) {
            if if_not_exists {
                return Ok(());
            }
            let message = format!("the column `{name}` of `{}` is already there", self.name_of_id(id));
            let failure = self.failure("duplicate_column", name.clone(), message);
            let guardable = self.guards_commands();
            self.refuse(Failure { by: Some(fact.by), guardable, span: Some(column.name.span), ..failure })?;
        }
        self.add_column(id, column)?;
        let mut references = column.constraints.iter().filter(|constraint| is_reference(constraint));
        references.try_for_each(|constraint| self.add_constraint(id, constraint, false))
    }

    pub(super) fn drop_column(&mut self, id: Id, column: &Ident, if_exists: bool, cascade: bool) -> Done {
        let name = &column.text;
        let known = self.known(&Key::Part(id, Class::Column, name.clone()));
        match &known {
            Known::Absent(_) if if_exists => return Ok(()),
            Known::Absent(by) => {
                let message = format!("the column `{name}` of `{}` is not there", self.name_of_id(id));
                let failure = self.failure("undefined_column", name.clone(), message);
                let guardable = self.guards_commands();
                self.refuse(Failure { by: *by, guardable, span: Some(column.span), ..failure })?;
            }
            Known::Present(fact) => self.column_lost(id, name, fact),
            Known::Unknown => {}
        }
        for owner in self.state.dependents(&Target::Column(id, name.clone())) {
            let own = matches!(&owner, Owner::Part(other, Class::Constraint, _) if *other == id) || self.is_index_of(&owner, id);
            if !own && !cascade {
                let table = self.name_of_id(id);
                self.refuse(self.depended(&owner, "column", &format!("{table}.{name}")))?;
            }
            match &owner {
                Owner::Part(other, Class::Constraint, constraint) if *other == id => {
                    self.drop_constraint(id, constraint, true)?
                }
                Owner::Part(other, class, part) => self.set_part(*other, *class, part, false),
                Owner::Entity(other) => self.vanish(*other),
            }
        }
        self.set_part(id, Class::Column, name, false);
        self.set_part(id, Class::Type, name, false);
        Ok(())
    }

    fn is_index_of(&self, owner: &Owner, table: Id) -> bool {
        matches!(owner, Owner::Entity(id) if self.state.entity(*id).is_some_and(|entity| entity.class == Class::Index && entity.parent == Some(table)))
    }

    /// Tells that a column is dropped which the run before left there.
    fn column_lost(&mut self, id: Id, name: &str, fact: &Fact) {
        let Some(entity) = self.state.entity(id) else { return };
        let copied = self.state.fact(&Key::Part(id, Class::Rule, format!("copy of {name}"))).is_some_and(|copy| copy.run == 2);
        let lost = self.run == Run::Second && entity.run != 2 && entity.copied != 2 && fact.run != 2 && !copied;
        if lost && entity.class == Class::Table {
            let table = self.name_of_id(id);
            let what = format!("drops the column `{name}` of `{table}`, which the run before left full");
            self.events.push(Event::Destroyed { site: self.site, what, subject: name.to_string(), by: Some(fact.by) });
        }
    }

    pub(super) fn rename_column(&mut self, id: Id, from: &Ident, to: &Ident) -> Done {
        self.need_column(id, from)?;
        if let Known::Present(fact) = self.known(&Key::Part(id, Class::Column, to.text.clone())) {
            let message = format!("the column `{}` of `{}` is already there", to.text, self.name_of_id(id));
            let failure = self.failure("duplicate_column", to.text.clone(), message);
            self.refuse(Failure { by: Some(fact.by), guardable: false, span: Some(to.span), ..failure })?;
        }
        let definition = self.state.definition(id, &from.text);
        self.set_part(id, Class::Column, &from.text, false);
        self.set_part(id, Class::Column, &to.text, true);
        self.set_part(id, Class::Rule, &took_name(&from.text, &to.text), true);
        self.state.define(id, &to.text, definition);
        if let Some(made) = self.state.part(id, Class::Type, &from.text).filter(|fact| fact.present).and_then(|fact| fact.id) {
            let (site, run) = (self.site, self.run.number());
            self.state.set(Key::Part(id, Class::Type, to.text.clone()), true, site, run, Some(made));
            self.state.depend(Owner::Part(id, Class::Type, to.text.clone()), Target::Entity(made));
            self.set_part(id, Class::Type, &from.text, false);
        }
        self.state.change(id, |entity| {
            let names = entity.unique.iter_mut().flat_map(|(_, set)| set).filter(|name| **name == from.text);
            names.for_each(|name| name.clone_from(&to.text));
        });
        self.state.rename_uses(Target::Column(id, from.text.clone()), Target::Column(id, to.text.clone()));
        Ok(())
    }

    /// A conversion that computes finds the second time what it computed.
    fn converted_again(&self, id: Id, column: &Ident, compounds: bool) -> Done {
        let fresh = self.state.entity(id).is_some_and(|entity| entity.run == 2);
        if !compounds || fresh || self.run != Run::Second {
            return Ok(());
        }
        let message = format!("`{}` is converted from what it was converted to", column.text);
        let failure = self.failure("", column.text.clone(), message);
        self.refuse(Failure { guardable: false, ..failure })
    }

    /// A view that reads a column keeps its type.
    fn retype(&mut self, id: Id, column: &Ident) -> Done {
        self.need_column(id, column)?;
        let target = Target::Column(id, column.text.clone());
        let binds = |owner: &Owner| match owner {
            Owner::Entity(other) => {
                self.state.entity(*other).is_some_and(|entity| matches!(entity.class, Class::View | Class::MaterializedView))
            }
            Owner::Part(_, class, _) => matches!(class, Class::Policy | Class::Trigger | Class::Column),
        };
        match self.state.dependents(&target).into_iter().find(binds) {
            Some(owner) => {
                let failure = self.depended(&owner, "column", &column.text);
                self.refuse(Failure { condition: "feature_not_supported", ..failure })
            }
            None => Ok(()),
        }
    }

    /// Tells how a column was defined before it gets another definition.
    fn redefined(&mut self, id: Id, column: &Ident) {
        let old = self.state.definition(id, &column.text);
        if let Some(old) = old.filter(|_| self.run == Run::Replay) {
            self.events.push(Event::Redefined { site: self.site, column: column.text.clone(), old });
        }
    }

    fn redefine(&mut self, id: Id, from: &Ident, column: &Column) -> Done {
        self.need_column(id, from)?;
        self.redefined(id, from);
        self.set_type(id, &from.text, &column.ty);
        self.state.define(id, &from.text, Some(Arc::new(definition(column))));
        if from.text != column.name.text {
            self.rename_column(id, from, &column.name)?;
        }
        Ok(())
    }

    fn add_identity(&mut self, id: Id, column: &Ident) -> Done {
        self.need_column(id, column)?;
        if let Known::Present(fact) = self.known(&Key::Part(id, Class::Sequence, column.text.clone())) {
            let message = format!("the column `{}` of `{}` is already an identity", column.text, self.name_of_id(id));
            let failure = self.failure("object_not_in_prerequisite_state", column.text.clone(), message);
            self.refuse(Failure { by: Some(fact.by), guardable: false, ..failure })?;
        }
        self.set_part(id, Class::Sequence, &column.text, true);
        self.state.redefine(id, &column.text, |known| known.has_default = true);
        Ok(())
    }

    fn drop_flag(&mut self, id: Id, class: Class, column: &Ident, if_exists: bool, what: &str) -> Done {
        self.need_column(id, column)?;
        if let Known::Absent(by) = self.known(&Key::Part(id, class, column.text.clone()))
            && !if_exists
        {
            let message = format!("the column `{}` of `{}` has no {what}", column.text, self.name_of_id(id));
            let failure = self.failure("object_not_in_prerequisite_state", column.text.clone(), message);
            self.refuse(Failure { by, ..failure })?;
        }
        self.set_part(id, class, &column.text, false);
        self.state.redefine(id, &column.text, |known| known.has_default = false);
        Ok(())
    }
}
