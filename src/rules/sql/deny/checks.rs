//! The checks: each looks at one action of a statement.

use std::collections::{BTreeMap, HashSet};

use super::types::{narrows, rewrites};
use super::{Before, Check, Sense, Session};
use crate::formats::sql::Dialect;
use crate::formats::sql::model::{
    Action, Alter, Change, Class, Column, ConstraintKind, Create, Drop, Made, Name, Table, TypeName, UNSIGNED,
};
use crate::rules::sql::rebuild::Lost;
use crate::text::Span;

/// Looks at one statement.
pub(super) struct Judge<'a> {
    pub session: &'a mut Session,
    pub dialect: Dialect,
    pub before: &'a Before,
    /// The statement's first word.
    pub at: Span,
    pub found: BTreeMap<&'static str, Offence>,
}

/// What offends, and how it is told.
pub(super) struct Offence {
    pub code: &'static str,
    /// In which sense it does, beside its own code.
    senses: Vec<Sense>,
    pub subject: String,
    pub message: String,
    /// Where it is not what the code's help says.
    pub help: Option<&'static str>,
}

impl Offence {
    pub fn new(code: &'static str, subject: &str, message: String) -> Self {
        Offence { code, senses: Vec::new(), subject: subject.to_string(), message, help: None }
    }

    pub fn sense(mut self, sense: Sense, holds: bool) -> Self {
        self.senses.extend(holds.then_some(sense));
        self
    }

    pub fn locking(self) -> Self {
        self.sense(Sense::Locking, true)
    }

    pub fn help(self, help: &'static str) -> Self {
        Offence { help: Some(help), ..self }
    }
}

impl Judge<'_> {
    pub fn action(&mut self, action: &Action, denied: &[Check]) {
        let mut all = Vec::new();
        self.look(action, &mut all);
        for offence in all {
            let is = |check: &Check| check.sense == Sense::All || offence.senses.contains(&check.sense);
            if denied.iter().any(|check| check.code == offence.code && is(check)) {
                self.found.entry(offence.code).or_insert(offence);
            }
        }
    }

    fn look(&self, action: &Action, all: &mut Vec<Offence>) {
        let fresh = |table: &Name| self.session.created.has_table(table);
        match action {
            Action::Drop(drop) => self.drop(drop, all),
            Action::Create(create) => self.create(create, all),
            Action::Alter(alter) => self.alter(alter, all),
            Action::Truncate { tables, .. } => {
                for table in tables.iter().filter(|table| !fresh(table)) {
                    all.push(Offence::new("truncate", &table.shown(), format!("`{}` is emptied", table.shown())));
                }
            }
            Action::Delete(delete) if !delete.has_where && !fresh(&delete.table) => {
                let table = delete.table.shown();
                all.push(Offence::new("delete-without-where", &table, format!("all rows of `{table}` are deleted")));
            }
            Action::Update(update) if !update.has_where && !fresh(&update.table) => {
                let table = update.table.shown();
                all.push(Offence::new("update-without-where", &table, format!("all rows of `{table}` are rewritten")));
            }
            Action::Transaction(_) => {
                all.push(Offence::new("transaction-control", "", "the file controls its transaction itself".into()));
            }
            Action::Reindex { concurrently } => self.reindex(*concurrently, all),
            _ => {}
        }
    }

    fn drop(&self, drop: &Drop, all: &mut Vec<Offence>) {
        for object in drop.objects.iter().filter(|object| !self.session.created.has(object)) {
            let name = object.name.shown();
            match object.class {
                Class::Table | Class::ForeignTable => {
                    let message = format!("the table `{name}` is dropped");
                    self.left(&object.name, Offence::new("drop-table", &name, message), all);
                }
                Class::Database => {
                    all.push(Offence::new("drop-database", &name, format!("the database `{name}` is dropped")));
                }
                _ => {}
            }
        }
        self.drop_index(drop, all);
    }

    /// A table is gone from under its name, unless the file makes it anew.
    fn left(&self, table: &Name, gone: Offence, all: &mut Vec<Offence>) {
        let Some(lost) = self.before.lost(self.at, &table.name) else { return all.push(gone) };
        let table = table.shown();
        all.extend(lost.iter().filter_map(|lost| self.lost(&table, lost)));
    }

    fn lost(&self, table: &str, lost: &Lost) -> Option<Offence> {
        Some(match lost {
            Lost::Column(column) => {
                Offence::new("drop-column", column, format!("`{table}` is made anew without its column `{column}`"))
            }
            Lost::Type { column, old, new } => {
                let (old, new) = (TypeName::of_text(old), TypeName::of_text(new));
                let message = format!("`{table}` is made anew, and its column `{column}` becomes `{}`", new.text());
                let narrows = narrows(self.dialect, Some(&old), &new);
                narrows.then(|| Offence::new("change-column-type", column, message).sense(Sense::Narrowing, true))?
            }
            Lost::Empty(column) => {
                let message = format!("`{table}` is made anew, and its column `{column}` must be filled from now on");
                Offence::new("set-not-null", column, message).help("let it be null until all code fills it")
            }
            Lost::Filled(column) => {
                let message = format!("`{table}` is made anew with a column `{column}` that old code does not fill");
                Offence::new("add-not-null-without-default", column, message)
            }
        })
    }

    fn create(&self, create: &Create, all: &mut Vec<Offence>) {
        match &create.made {
            Made::Table(table) => {
                for column in &table.columns {
                    self.column_type(&column.ty, &column.name.text, all);
                    self.primary_key(column, all);
                }
                self.primary_keys(table, all);
            }
            Made::Index(index) => self.create_index(create, index, all),
            _ => {}
        }
    }

    fn alter(&self, alter: &Alter, all: &mut Vec<Offence>) {
        if !matches!(
            alter.class,
            Class::Table | Class::ForeignTable | Class::View | Class::MaterializedView | Class::Index | Class::Sequence
        ) {
            return;
        }
        let mut added = HashSet::new();
        for command in &alter.commands {
            self.change(alter, &command.change, all, &mut added);
        }
    }

    fn change<'c>(&self, alter: &Alter, change: &'c Change, all: &mut Vec<Offence>, added: &mut HashSet<&'c str>) {
        let table = &alter.name;
        let shown = table.shown();
        let fresh = self.session.created.has_table(table);
        let is_table = matches!(alter.class, Class::Table | Class::ForeignTable);
        let is_old = |column: &str| !self.session.created.has_column(table, column) && !added.contains(column);
        match change {
            Change::RenameTo(to) if is_table && !fresh => {
                self.left(table, Offence::new("rename-table", &shown, format!("`{shown}` becomes `{}`", to.name)), all);
            }
            Change::RenameColumn { from, to } if is_old(&from.text) => {
                let message = format!("the column `{}` of `{shown}` becomes `{}`", from.text, to.text);
                all.push(Offence::new("rename-column", &from.text, message));
            }
            Change::DropColumn { column, .. } if is_old(&column.text) => {
                let message = format!("the column `{}` of `{shown}` is dropped", column.text);
                all.push(Offence::new("drop-column", &column.text, message));
            }
            Change::SetType { column, ty, converted, .. } => {
                self.column_type(ty, &column.text, all);
                if is_old(&column.text) {
                    self.retyped(table, &column.text, ty, *converted, all);
                }
            }
            Change::Redefine { from, column } => {
                self.column_type(&column.ty, &column.name.text, all);
                if is_old(&from.text) {
                    self.redefined(table, &from.text, column, all);
                }
            }
            Change::SetNotNull(column) if !fresh => self.filled(table, &column.text, all),
            Change::AddColumn { column, .. } => {
                added.insert(&column.name.text);
                self.add_column(table, column, all);
            }
            Change::AddConstraint(constraint) if !fresh => self.constraint(table, constraint, None, all),
            _ => {}
        }
    }

    fn retyped(&self, table: &Name, column: &str, ty: &TypeName, converted: bool, all: &mut Vec<Offence>) {
        let old = self.before.column(self.at, column).map(|old| TypeName::of_text(&old.ty));
        let (old, ty) = (old.as_ref(), &ty.stored());
        if old.is_some_and(|old| old.text() == ty.text()) && !converted {
            return;
        }
        let message = format!("the column `{column}` of `{}` becomes `{}`", table.shown(), ty.text());
        let offence = Offence::new("change-column-type", column, message)
            .sense(Sense::Narrowing, narrows(self.dialect, old, ty))
            .sense(Sense::Locking, converted || rewrites(self.dialect, old, ty));
        all.push(offence);
    }

    /// MySQL's `MODIFY` and `CHANGE` say all of a column again, also what stays as it is.
    fn redefined(&self, table: &Name, from: &str, column: &Column, all: &mut Vec<Offence>) {
        self.retyped(table, from, &column.ty, false, all);
        if from != column.name.text {
            let message = format!("the column `{from}` of `{}` becomes `{}`", table.shown(), column.name.text);
            all.push(Offence::new("rename-column", from, message));
        }
        let could_be_null = self.before.column(self.at, from).is_some_and(|old| !old.not_null);
        if column.not_null && could_be_null {
            self.filled(table, from, all);
        }
    }

    /// A column may not be left empty from here on, unless it could not before.
    fn filled(&self, table: &Name, column: &str, all: &mut Vec<Offence>) {
        if self.before.column(self.at, column).is_some_and(|old| old.not_null) {
            return;
        }
        let message = format!("the column `{column}` of `{}` must be filled from now on", table.shown());
        // MySQL writes the table again beside the old one, and lets others write meanwhile.
        // A check that all rows were held against spares PostgreSQL looking at them again.
        let proven = self.before.column(self.at, column).is_some_and(|old| matches!(old.checked, Some((_, true))));
        let locks = self.dialect != Dialect::Mysql && !proven;
        all.push(Offence::new("set-not-null", column, message).sense(Sense::Locking, locks));
    }

    fn add_column(&self, table: &Name, column: &Column, all: &mut Vec<Offence>) {
        self.column_type(&column.ty, &column.name.text, all);
        self.primary_key(column, all);
        if self.session.created.has_table(table) {
            return;
        }
        let name = &column.name.text;
        if column.not_null && !column.has_default && !column.ty.is_serial() {
            let message = format!("old code does not fill the new column `{name}` of `{}`", table.shown());
            all.push(Offence::new("add-not-null-without-default", name, message));
        }
        for constraint in &column.constraints {
            self.constraint(table, constraint, Some(column), all);
        }
    }

    fn column_type(&self, ty: &TypeName, column: &str, all: &mut Vec<Offence>) {
        let postgres = matches!(self.dialect, Dialect::Postgres | Dialect::Generic);
        match ty.name.name.as_str() {
            // SQLite's types pad nothing and count nothing.
            _ if self.dialect == Dialect::Sqlite => {}
            // MySQL gives the text back without the blanks that it was padded with.
            "char" if postgres => all.push(Offence::new("char-type", column, format!("`{column}` is of type `{}`", ty.text()))),
            "timestamp" if postgres => {
                let message = format!("`{column}` is a `timestamp` without time zone");
                all.push(Offence::new("timestamp-without-timezone", column, message));
            }
            _ if ty.is_serial() => {
                all.push(Offence::new("serial-type", column, format!("`{column}` is of type `{}`", ty.text())));
            }
            _ => {}
        }
    }

    fn primary_key(&self, column: &Column, all: &mut Vec<Offence>) {
        let is_key = column.constraints.iter().any(|constraint| matches!(constraint.kind, ConstraintKind::PrimaryKey { .. }));
        if is_key {
            self.small_key(column, all);
        }
    }

    /// A key that the table declares, of one column.
    fn primary_keys(&self, table: &Table, all: &mut Vec<Offence>) {
        for constraint in &table.constraints {
            let ConstraintKind::PrimaryKey { columns, .. } = &constraint.kind else { continue };
            let [only] = columns.as_slice() else { continue };
            if let Some(column) = table.columns.iter().find(|column| column.name.text == only.text) {
                self.small_key(column, all);
            }
        }
    }

    fn small_key(&self, column: &Column, all: &mut Vec<Offence>) {
        let name = column.ty.name.name.as_str();
        let small = matches!(
            name.strip_suffix(UNSIGNED).unwrap_or(name),
            "integer" | "smallint" | "serial" | "smallserial" | "mediumint" | "tinyint"
        );
        // SQLite's integers have 64 bits.
        if small && self.dialect != Dialect::Sqlite {
            let name = &column.name.text;
            let offence =
                Offence::new("integer-primary-key", name, format!("the key `{name}` is of type `{}`", column.ty.text()));
            all.push(if column.ty.is_serial() {
                offence.help("write `bigserial`, or an identity of type `bigint`")
            } else {
                offence
            });
        }
    }
}
