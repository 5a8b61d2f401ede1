//! `ALTER …`: commands on what there is.

use super::create::attachment;
use super::machine::{Done, Failure, Known, Machine};
use super::state::{Fact, Id, Key};
use crate::formats::sql::model::{Alter, Change, Class, Ident, Name};

impl Machine<'_> {
    pub(super) fn alter(&mut self, alter: &Alter) -> Done {
        if matches!(alter.class, Class::Type | Class::Domain) {
            return self.alter_type(alter);
        }
        if alter.if_exists && matches!(self.relation(&alter.name), Known::Absent(_)) {
            return Ok(());
        }
        let Some(id) = self.find_relation(&alter.name, self.guards_commands())? else { return Ok(()) };
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
            Change::ValidateConstraint(name) => {
                self.part_is_there(id, Class::Constraint, name)?;
                self.recheck(id, &name.text, |checked| *checked = Some((name.text.clone(), true)));
                Ok(())
            }
            Change::SetType { .. }
            | Change::Redefine { .. }
            | Change::SetNotNull(_)
            | Change::DropNotNull(_)
            | Change::SetDefault(_)
            | Change::DropDefault(_)
            | Change::Column(_)
            | Change::AddIdentity(_)
            | Change::DropIdentity { .. }
            | Change::DropExpression { .. } => self.change_column(id, change),
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
        self.left(id);
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
        self.recheck(id, &from.text, |checked| *checked = checked.take().map(|(_, valid)| (to.text.clone(), valid)));
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
