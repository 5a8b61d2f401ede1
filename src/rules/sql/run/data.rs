//! Statements that write rows.

use super::machine::{Done, Event, Failure, Known, Machine, Run};
use super::state::{Fact, Id, Key};
use crate::formats::sql::model::{Class, Delete, Ident, Insert, Name, Update};
use crate::formats::sql::query::Uses;

impl Machine<'_> {
    pub(super) fn insert(&mut self, insert: &Insert) -> Done {
        let table = self.need_relation(&insert.table)?;
        if let Some(id) = table {
            for column in &insert.columns {
                self.need_column(id, column)?;
            }
        }
        self.check_uses(&insert.uses, None)?;
        self.check_selected(insert)?;
        if let Some(id) = table.filter(|_| self.run == Run::Second && !insert.guarded && !insert.doubtful) {
            let by = self.state.entity(id).filter(|entity| entity.run != 2 && entity.emptied != 2).map(|entity| entity.by);
            if by.is_some() {
                let name = insert.table.shown();
                let failure = self.failure("", name.clone(), format!("the rows are put into `{name}` once more"));
                self.refuse(Failure { by: None, ..failure })?;
            }
        }
        self.copied(&insert.uses, table);
        Ok(())
    }

    /// The columns that a query of one relation lists.
    fn check_selected(&mut self, insert: &Insert) -> Done {
        let [relation] = &insert.uses.relations[..] else { return Ok(()) };
        match self.relation(&relation.name) {
            Known::Present(Fact { id: Some(id), .. }) if !insert.uses.has_subquery => {
                insert.selected.iter().try_for_each(|column| self.need_column(id, column))
            }
            _ => Ok(()),
        }
    }

    /// The rows of what a query reads were put somewhere else.
    pub(super) fn copied(&mut self, uses: &Uses, into: Option<Id>) {
        let run = self.run.number();
        for relation in &uses.relations {
            if let Known::Present(Fact { id: Some(id), .. }) = self.relation(&relation.name) {
                self.state.change(id, |entity| entity.copied = run);
                if let Some(into) = into.filter(|_| self.run == Run::Replay) {
                    self.events.push(Event::Copied { from: id, into });
                }
            }
        }
    }

    /// In a replay, tells that a table's name is free from here on.
    pub(super) fn left(&mut self, id: Id) {
        let Some(entity) = self.state.entity(id).filter(|entity| entity.class == Class::Table && self.run == Run::Replay) else {
            return;
        };
        let Key::Named(_, schema, name) = entity.key.clone() else { return };
        let columns = entity.complete.then(|| self.state.definitions(id));
        self.events.push(Event::Left { site: self.site, id, schema, name, columns });
    }

    pub(super) fn update(&mut self, update: &Update) -> Done {
        let Some(id) = self.need_relation(&update.table)? else { return Ok(()) };
        for column in &update.columns {
            self.need_column(id, column)?;
        }
        let alias = update.alias.as_deref().unwrap_or(&update.table.name);
        self.check_uses(&update.uses, Some((id, alias)))?;
        let fresh = self.state.entity(id).is_some_and(|entity| entity.run == 2 || entity.emptied == 2);
        if let Some(column) = update.compounds.as_ref().filter(|_| self.run == Run::Second && !fresh) {
            let message = format!("`{}` is computed from itself once more", column.text);
            let failure = self.failure("", column.text.clone(), message);
            self.refuse(failure)?;
        }
        self.converted_twice(id, update)?;
        self.copied(&update.uses, None);
        for column in &update.uses.columns {
            let (site, run) = (self.site, self.run.number());
            self.state.set(Key::Part(id, Class::Rule, format!("copy of {}", column.name)), true, site, run, None);
        }
        Ok(())
    }

    /// A column that took another one's name is computed from what it was computed to.
    fn converted_twice(&self, id: Id, update: &Update) -> Done {
        let was = |(column, used): &&(Ident, String)| self.state.part(id, Class::Rule, &took_name(&column.text, used)).is_some();
        match update.converts.iter().find(was).filter(|_| self.run == Run::Second) {
            Some((_, used)) => {
                let message = format!("`{used}` is converted from what it was converted to");
                let failure = self.failure("", used.clone(), message);
                self.refuse(Failure { guardable: false, ..failure })
            }
            None => Ok(()),
        }
    }

    pub(super) fn delete(&mut self, delete: &Delete) -> Done {
        if delete.has_where {
            let Some(id) = self.need_relation(&delete.table)? else { return Ok(()) };
            return self.check_uses(&delete.uses, Some((id, &delete.table.name)));
        }
        self.empty(&delete.table, false)
    }

    /// All rows of a table go.
    pub(super) fn empty(&mut self, table: &Name, truncates: bool) -> Done {
        let Some(id) = self.need_relation(table)? else { return Ok(()) };
        self.emptied(id, table, truncates);
        let run = self.run.number();
        self.state.change(id, |entity| entity.emptied = run);
        Ok(())
    }

    fn emptied(&mut self, id: Id, table: &Name, truncates: bool) {
        let Some(entity) = self.state.entity(id) else { return };
        let lost = self.run == Run::Second && entity.run != 2 && entity.copied != 2 && entity.emptied != 2 && !entity.temporary;
        if lost {
            let name = table.shown();
            let verb = if truncates { "truncates" } else { "deletes all rows of" };
            let what = format!("{verb} `{name}`, which the run before left full");
            self.events.push(Event::Destroyed { site: self.site, what, subject: name, by: Some(entity.by) });
        }
    }
}

/// The name of the fact that a column got another one's name.
pub(super) fn took_name(from: &str, to: &str) -> String {
    format!("{from} became {to}")
}
