//! `ALTER …`: commands on what there is.

use super::create::{attachment, is_reference};
use super::data::took_name;
use super::machine::{Done, Event, Failure, Known, Machine, Run};
use super::state::{Fact, Id, Key, Owner, Target};
use crate::formats::sql::Dialect;
use crate::formats::sql::model::{Alter, Change, Class, Column, Ident, Name, TypeName};

impl Machine<'_> {
    pub(super) fn alter(&mut self, alter: &Alter) -> Done {
        if matches!(alter.class, Class::Type | Class::Domain) {
            return self.alter_type(alter);
        }
        if alter.if_exists && matches!(self.relation(&alter.name), Known::Absent(_)) {
            return Ok(());
        }
        let Some(id) = self.need_relation(&alter.name)? else { return Ok(()) };
        alter.commands.iter().try_for_each(|command| self.change(id, &alter.name, &command.change))
    }

    fn alter_type(&mut self, alter: &Alter) -> Done {
        let key = self.type_key(&alter.name);
        let id = match self.known(&key) {
            Known::Present(Fact { id: Some(id), .. }) => id,
            Known::Absent(Some(by)) => {
                let name = alter.name.shown();
                let failure = self.failure("undefined_object", name.clone(), format!("the type `{name}` is not there"));
                self.refuse(Failure { by: Some(by), guardable: false, ..failure })?;
                self.assume_relation(key, Class::Type)
            }
            _ => self.assume_relation(key, Class::Type),
        };
        alter.commands.iter().try_for_each(|command| self.change(id, &alter.name, &command.change))
    }

    fn change(&mut self, id: Id, table: &Name, change: &Change) -> Done {
        match change {
            Change::AddColumn { column, if_not_exists } => self.new_column(id, column, *if_not_exists),
            Change::DropColumn { column, if_exists, cascade } => self.drop_column(id, column, *if_exists, *cascade),
            Change::RenameColumn { from, to } => self.rename_column(id, from, to),
            Change::RenameTo(to) => self.rename_relation(id, table, to),
            Change::RenameConstraint { from, to } => self.rename_constraint(id, from, to),
            Change::AddConstraint(constraint) => self.add_constraint(id, constraint, true),
            Change::DropConstraint { name, if_exists, .. } => self.drop_constraint(id, &name.text, *if_exists),
            Change::DropPrimaryKey => {
                let primary = self.state.entity(id).and_then(|entity| entity.primary.clone());
                self.drop_constraint(id, &primary.unwrap_or_else(|| "primary".into()), false)
            }
            Change::DropKey { name, if_exists } => self.drop_key(id, name, *if_exists),
            Change::RenameKey { from, to } => {
                self.part_is_there(id, Class::Index, from)?;
                self.set_part(id, Class::Index, &from.text, false);
                self.set_part(id, Class::Index, &to.text, true);
                Ok(())
            }
            Change::ValidateConstraint(name) => self.part_is_there(id, Class::Constraint, name),
            Change::SetType { column, ty, compounds, .. } => {
                self.check_type(&ty.name)?;
                self.converted_again(id, column, *compounds)?;
                self.retype(id, column)?;
                self.retyped(id, column, &column.text, ty);
                Ok(())
            }
            Change::Redefine { from, column } => self.redefine(id, from, column),
            Change::SetNotNull(column) | Change::Column { column, .. } => self.need_column(id, column),
            Change::AddIdentity(column) => self.add_identity(id, column),
            Change::DropIdentity { column, if_exists } => self.drop_flag(id, Class::Sequence, column, *if_exists, "identity"),
            Change::DropExpression { column, if_exists } => self.drop_flag(id, Class::Rule, column, *if_exists, "expression"),
            Change::SetSchema(schema) => {
                let to = Name { schema: Some(schema.text.clone()), name: self.name_of_id(id), span: schema.span };
                self.move_relation(id, table, &to)
            }
            Change::Attach(partition) => {
                self.attach(id, partition)?;
                // It goes when its table goes.
                if let Known::Present(Fact { id: Some(child), .. }) = self.relation(partition) {
                    self.state.adopt(id, child);
                }
                Ok(())
            }
            Change::Inherit(child) | Change::AttachIndex(child) => self.attach(id, child),
            Change::Detach(partition) => {
                self.detach(id, partition)?;
                if let Known::Present(Fact { id: Some(child), .. }) = self.relation(partition) {
                    self.state.change(child, |entity| entity.parent = None);
                }
                Ok(())
            }
            Change::NoInherit(child) => self.detach(id, child),
            Change::Switch { class, name } => self.part_is_there(id, *class, name),
            Change::OwnedBy(Some((table, _))) => {
                if let Some(table) = self.need_relation(table)? {
                    self.state.adopt(table, id);
                }
                Ok(())
            }
            Change::OwnedBy(None) | Change::Other => Ok(()),
        }
    }

    fn new_column(&mut self, id: Id, column: &Column, if_not_exists: bool) -> Done {
        let name = &column.name.text;
        if let Known::Present(fact) = self.known(&Key::Part(id, Class::Column, name.clone())) {
            if if_not_exists {
                return Ok(());
            }
            let message = format!("the column `{name}` of `{}` is already there", self.name_of_id(id));
            let failure = self.failure("duplicate_column", name.clone(), message);
            let guardable = matches!(self.dialect(), Dialect::Postgres | Dialect::Generic);
            self.refuse(Failure { by: Some(fact.by), guardable, span: Some(column.name.span), ..failure })?;
        }
        self.add_column(id, column)?;
        let mut references = column.constraints.iter().filter(|constraint| is_reference(constraint));
        references.try_for_each(|constraint| self.add_constraint(id, constraint, false))
    }

    fn drop_column(&mut self, id: Id, column: &Ident, if_exists: bool, cascade: bool) -> Done {
        let name = &column.text;
        let known = self.known(&Key::Part(id, Class::Column, name.clone()));
        match &known {
            Known::Absent(_) if if_exists => return Ok(()),
            Known::Absent(by) => {
                let message = format!("the column `{name}` of `{}` is not there", self.name_of_id(id));
                let failure = self.failure("undefined_column", name.clone(), message);
                let guardable = matches!(self.dialect(), Dialect::Postgres | Dialect::Generic);
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

    fn rename_column(&mut self, id: Id, from: &Ident, to: &Ident) -> Done {
        self.need_column(id, from)?;
        if let Known::Present(fact) = self.known(&Key::Part(id, Class::Column, to.text.clone())) {
            let message = format!("the column `{}` of `{}` is already there", to.text, self.name_of_id(id));
            let failure = self.failure("duplicate_column", to.text.clone(), message);
            self.refuse(Failure { by: Some(fact.by), guardable: false, span: Some(to.span), ..failure })?;
        }
        let ty = self.state.fact(&Key::Part(id, Class::Column, from.text.clone())).and_then(|fact| fact.note);
        self.set_part(id, Class::Column, &from.text, false);
        self.set_part(id, Class::Column, &to.text, true);
        self.set_part(id, Class::Rule, &took_name(&from.text, &to.text), true);
        self.state.note(&Key::Part(id, Class::Column, to.text.clone()), ty);
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

    fn rename_relation(&mut self, id: Id, table: &Name, to: &Name) -> Done {
        let schema = to.schema.clone().or_else(|| Some(self.schema_of_id(id)));
        let to = Name { schema, name: to.name.clone(), span: to.span };
        self.move_relation(id, table, &to)
    }

    fn move_relation(&mut self, id: Id, from: &Name, to: &Name) -> Done {
        let (old, new) = (self.relation_key(from), self.relation_key(to));
        if let Known::Present(fact) = self.known(&new)
            && old != new
        {
            let failure =
                self.failure("duplicate_table", to.name.clone(), format!("the relation `{}` is already there", to.name));
            self.refuse(Failure { by: Some(fact.by), guardable: false, span: Some(to.span), ..failure })?;
        }
        let (site, run) = (self.site, self.run.number());
        let before = self.state.fact(&old).map_or(run, |fact| fact.run);
        self.state.set(old, false, site, run, None);
        self.state.set(new.clone(), true, site, before, Some(id));
        self.state.change(id, |entity| entity.key = new);
        Ok(())
    }

    fn rename_constraint(&mut self, id: Id, from: &Ident, to: &Ident) -> Done {
        self.part_is_there(id, Class::Constraint, from)?;
        self.set_part(id, Class::Constraint, &from.text, false);
        self.set_part(id, Class::Constraint, &to.text, true);
        self.state.change(id, |entity| {
            if entity.primary.as_ref() == Some(&from.text) {
                entity.primary = Some(to.text.clone());
            }
            let renamed = entity.unique.iter_mut().filter(|(name, _)| *name == from.text);
            renamed.for_each(|(name, _)| name.clone_from(&to.text));
        });
        // The index of a unique constraint has its name.
        let schema = self.schema_of_id(id);
        let key = |name: &Ident| Key::Named(Class::Table, schema.clone(), name.text.clone());
        let index = self.state.fact(&key(from)).filter(|fact| fact.present).and_then(|fact| fact.id);
        if let Some(index) = index.filter(|index| self.state.entity(*index).is_some_and(|entity| entity.parent == Some(id))) {
            let (site, run, new) = (self.site, self.run.number(), key(to));
            self.state.set(key(from), false, site, run, None);
            self.state.set(new.clone(), true, site, run, Some(index));
            self.state.change(index, |entity| entity.key = new);
        }
        Ok(())
    }

    pub(super) fn part_is_there(&self, id: Id, class: Class, name: &Ident) -> Done {
        match self.known(&Key::Part(id, class, name.text.clone())) {
            Known::Absent(by) => {
                let message = format!("the {} `{}` of `{}` is not there", class.noun(), name.text, self.name_of_id(id));
                let failure = self.failure("undefined_object", name.text.clone(), message);
                self.refuse(Failure { by, guardable: false, span: Some(name.span), ..failure })
            }
            _ => Ok(()),
        }
    }

    pub(super) fn drop_key(&mut self, id: Id, name: &Ident, if_exists: bool) -> Done {
        if let Known::Absent(by) = self.known(&Key::Part(id, Class::Index, name.text.clone())) {
            if if_exists {
                return Ok(());
            }
            let failure = self.failure("undefined_object", name.text.clone(), format!("the index `{}` is not there", name.text));
            self.refuse(Failure { by, guardable: false, ..failure })?;
        }
        self.state.change(id, |entity| entity.unique.retain(|(index, _)| *index != name.text));
        self.set_part(id, Class::Index, &name.text, false);
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

    /// Remembers a column's new type, and tells the old one.
    fn retyped(&mut self, id: Id, column: &Ident, now: &str, ty: &TypeName) {
        let old = self.state.fact(&Key::Part(id, Class::Column, column.text.clone())).and_then(|fact| fact.note);
        if let Some(old) = old.filter(|_| self.run == Run::Replay) {
            self.events.push(Event::Retyped { site: self.site, column: column.text.clone(), old });
        }
        self.set_type(id, now, ty);
    }

    fn redefine(&mut self, id: Id, from: &Ident, column: &Column) -> Done {
        self.need_column(id, from)?;
        self.retyped(id, from, &from.text, &column.ty);
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
        Ok(())
    }

    fn attach(&mut self, id: Id, partition: &Name) -> Done {
        let Some(other) = self.need_relation(partition)? else { return Ok(()) };
        if let Known::Present(fact) = self.known(&Key::Part(id, Class::Table, attachment(other))) {
            let name = partition.shown();
            let message = format!("`{name}` is already attached to `{}`", self.name_of_id(id));
            let failure = self.failure("wrong_object_type", name, message);
            self.refuse(Failure { by: Some(fact.by), guardable: false, span: Some(partition.span), ..failure })?;
        }
        self.set_part(id, Class::Table, &attachment(other), true);
        Ok(())
    }

    fn detach(&mut self, id: Id, partition: &Name) -> Done {
        let Some(other) = self.need_relation(partition)? else { return Ok(()) };
        if let Known::Absent(by) = self.known(&Key::Part(id, Class::Table, attachment(other))) {
            let name = partition.shown();
            let message = format!("`{name}` is not attached to `{}`", self.name_of_id(id));
            let failure = self.failure("undefined_table", name, message);
            self.refuse(Failure { by, guardable: false, span: Some(partition.span), ..failure })?;
        }
        self.set_part(id, Class::Table, &attachment(other), false);
        Ok(())
    }
}
