//! The checks: each looks at one action of a statement.

use std::collections::BTreeMap;

use super::types::{narrows, rewrites};
use super::{Check, Types};
use crate::formats::sql::Dialect;
use crate::formats::sql::model::{
    Action, Alter, Change, Class, Column, Constraint, ConstraintKind, Create, Drop, Made, Name, Table, TypeName,
};
use crate::rules::sql::exempt::Created;
use crate::text::Span;

/// Looks at one statement.
pub(super) struct Judge<'a> {
    pub created: &'a mut Created,
    pub dialect: Dialect,
    pub in_transaction: bool,
    pub old: &'a BTreeMap<(Span, String), TypeName>,
    /// The statement's first word.
    pub at: Span,
    /// By code: what offends, and how it is told.
    pub found: BTreeMap<&'static str, (String, String)>,
}

impl Judge<'_> {
    pub fn action(&mut self, action: &Action, denied: &[Check]) {
        let mut all = Vec::new();
        self.look(action, &mut all);
        for (code, types, subject, message) in all {
            let fits = |check: &&Check| check.code == code && (check.types == Types::All || types.contains(&check.types));
            if denied.iter().any(|check| fits(&check)) {
                self.found.entry(code).or_insert((subject, message));
            }
        }
    }

    fn look(&self, action: &Action, all: &mut Vec<Offence>) {
        match action {
            Action::Drop(drop) => self.drop(drop, all),
            Action::Create(create) => self.create(create, all),
            Action::Alter(alter) => self.alter(alter, all),
            Action::Truncate { tables, .. } => {
                for table in tables.iter().filter(|table| !self.created.has_table(table)) {
                    all.push(plain("truncate", &table.shown(), format!("`{}` is emptied", table.shown())));
                }
            }
            Action::Delete(delete) if !delete.has_where && !self.created.has_table(&delete.table) => {
                let table = delete.table.shown();
                all.push(plain("delete-without-where", &table, format!("all rows of `{table}` are deleted")));
            }
            Action::Update(update) if !update.has_where && !self.created.has_table(&update.table) => {
                let table = update.table.shown();
                all.push(plain("update-without-where", &table, format!("all rows of `{table}` are rewritten")));
            }
            Action::Transaction(_) => {
                all.push(plain("transaction-control", "", "the file controls its transaction itself".into()));
            }
            Action::Reindex { concurrently: false } => {
                all.push(plain("non-concurrent-index", "", "an index is rebuilt while its table is locked".into()));
            }
            Action::Reindex { concurrently: true } => self.concurrently(all),
            _ => {}
        }
    }

    fn concurrently(&self, all: &mut Vec<Offence>) {
        if self.in_transaction {
            all.push(plain("concurrent-in-transaction", "", "`CONCURRENTLY` is refused inside of a transaction".into()));
        }
    }

    fn drop(&self, drop: &Drop, all: &mut Vec<Offence>) {
        if drop.concurrently {
            self.concurrently(all);
        }
        for object in drop.objects.iter().filter(|object| !self.created.has(object)) {
            let name = object.name.shown();
            match object.class {
                Class::Table | Class::ForeignTable => {
                    all.push(plain("drop-table", &name, format!("the table `{name}` is dropped")))
                }
                Class::Database => all.push(plain("drop-database", &name, format!("the database `{name}` is dropped"))),
                Class::Index if !drop.concurrently && !object.on.as_ref().is_some_and(|table| self.created.has_table(table)) => {
                    let message = format!("the index `{name}` is dropped while its table is locked");
                    all.push(plain("non-concurrent-index", &name, message));
                }
                _ => {}
            }
        }
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
            Made::Index(_) if create.concurrently => self.concurrently(all),
            Made::Index(index) if !self.created.has_table(&index.table) => {
                let table = index.table.shown();
                all.push(plain("non-concurrent-index", &table, format!("an index is built while `{table}` is locked")));
            }
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
        let mut inner = None;
        for command in &alter.commands {
            self.change(&alter.name, alter.class, &command.change, all, &mut inner);
        }
    }

    fn change(&self, table: &Name, class: Class, change: &Change, all: &mut Vec<Offence>, added: &mut Option<String>) {
        let shown = table.shown();
        let is_table = matches!(class, Class::Table | Class::ForeignTable);
        let old_column = |column: &str| !self.created.has_column(table, column) && added.as_deref() != Some(column);
        match change {
            Change::RenameTo(to) if is_table && !self.created.has_table(table) => {
                all.push(plain("rename-table", &shown, format!("`{shown}` becomes `{}`", to.name)));
            }
            Change::RenameColumn { from, to } if old_column(&from.text) => {
                let message = format!("the column `{}` of `{shown}` becomes `{}`", from.text, to.text);
                all.push(plain("rename-column", &from.text, message));
            }
            Change::DropColumn { column, .. } if old_column(&column.text) => {
                all.push(plain("drop-column", &column.text, format!("the column `{}` of `{shown}` is dropped", column.text)));
            }
            Change::SetType { column, ty, converted, .. } => {
                self.column_type(ty, &column.text, all);
                if old_column(&column.text) {
                    self.retyped(table, &column.text, ty, *converted, all);
                }
            }
            Change::Redefine { from, column } => {
                self.column_type(&column.ty, &column.name.text, all);
                if old_column(&from.text) {
                    self.retyped(table, &from.text, &column.ty, false, all);
                    if from.text != column.name.text {
                        let message = format!("the column `{}` of `{shown}` becomes `{}`", from.text, column.name.text);
                        all.push(plain("rename-column", &from.text, message));
                    }
                }
            }
            Change::SetNotNull(column) if !self.created.has_table(table) => {
                let message = format!("the column `{}` of `{shown}` must be filled from now on", column.text);
                all.push(plain("set-not-null", &column.text, message));
            }
            Change::AddColumn { column, .. } => {
                *added = Some(column.name.text.clone());
                self.add_column(table, column, all);
            }
            Change::AddConstraint(constraint) if !self.created.has_table(table) => self.constraint(table, constraint, all),
            _ => {}
        }
    }

    fn retyped(&self, table: &Name, column: &str, ty: &TypeName, converted: bool, all: &mut Vec<Offence>) {
        let old = self.old.get(&(self.at, column.to_string()));
        if old.is_some_and(|old| old.text() == ty.text()) {
            return;
        }
        let mut types = Vec::new();
        types.extend(narrows(old, ty).then_some(Types::Narrowing));
        types.extend((converted || rewrites(old, ty)).then_some(Types::Rewriting));
        let message = format!("the column `{column}` of `{}` becomes `{}`", table.shown(), ty.text());
        all.push(("change-column-type", types, column.to_string(), message));
    }

    fn add_column(&self, table: &Name, column: &Column, all: &mut Vec<Offence>) {
        self.column_type(&column.ty, &column.name.text, all);
        self.primary_key(column, all);
        if self.created.has_table(table) {
            return;
        }
        let name = &column.name.text;
        if column.not_null && !column.has_default && !column.ty.is_serial() {
            let message = format!("old code does not fill the new column `{name}` of `{}`", table.shown());
            all.push(plain("add-not-null-without-default", name, message));
        }
        for constraint in &column.constraints {
            self.constraint(table, constraint, all);
        }
    }

    fn constraint(&self, table: &Name, constraint: &Constraint, all: &mut Vec<Offence>) {
        let shown = table.shown();
        let name = constraint.name.as_ref().map_or(shown.clone(), |name| name.text.clone());
        match &constraint.kind {
            ConstraintKind::PrimaryKey { using: None, .. }
            | ConstraintKind::Unique { using: None, .. }
            | ConstraintKind::Exclude { .. } => {
                all.push(plain("add-unique-constraint", &name, format!("a unique index is built while `{shown}` is locked")));
            }
            ConstraintKind::ForeignKey { table: other, .. } if !constraint.not_valid => {
                let message = format!("all rows of `{shown}` are held against `{}` while both are locked", other.shown());
                all.push(plain("add-foreign-key-without-not-valid", &name, message));
            }
            ConstraintKind::Check { .. } if !constraint.not_valid => {
                all.push(plain(
                    "add-check-without-not-valid",
                    &name,
                    format!("all rows of `{shown}` are checked while it is locked"),
                ));
            }
            ConstraintKind::Key { .. } => {
                all.push(plain("non-concurrent-index", &name, format!("an index is built while `{shown}` is locked")));
            }
            _ => {}
        }
    }

    fn column_type(&self, ty: &TypeName, column: &str, all: &mut Vec<Offence>) {
        let known = matches!(self.dialect, Dialect::Postgres | Dialect::Generic);
        match ty.name.name.as_str() {
            "char" => all.push(plain("char-type", column, format!("`{column}` is of type `{}`", ty.text()))),
            "timestamp" if known => {
                all.push(plain("timestamp-without-timezone", column, format!("`{column}` is a `timestamp` without time zone")));
            }
            _ if ty.is_serial() => all.push(plain("serial-type", column, format!("`{column}` is of type `{}`", ty.text()))),
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
        let small =
            matches!(column.ty.name.name.as_str(), "integer" | "smallint" | "serial" | "smallserial" | "mediumint" | "tinyint");
        // SQLite's integers have 64 bits.
        if small && self.dialect != Dialect::Sqlite {
            let name = &column.name.text;
            all.push(plain("integer-primary-key", name, format!("the key `{name}` is of type `{}`", column.ty.text())));
        }
    }
}

/// A code, which kinds of a change of type it is, what offends, how it is told.
type Offence = (&'static str, Vec<Types>, String, String);

fn plain(code: &'static str, subject: &str, message: String) -> Offence {
    (code, Vec::new(), subject.to_string(), message)
}
