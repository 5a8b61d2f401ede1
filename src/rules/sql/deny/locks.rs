//! Indexes and constraints: what each of the databases locks while it builds or checks them.
//!
//! PostgreSQL locks writers out, unless it is told otherwise. MySQL builds most indexes while others write, and copies the table,
//! which nobody may write to meanwhile, for full-text and spatial indexes, foreign keys and checks. SQLite has one writer at a
//! time, whatever it does: nothing here could be written in a better way.

use super::Sense;
use super::checks::{Judge, Offence};
use super::wording::{CONCURRENTLY, EXCLUSION, INLINE, ONLINE, PRIMARY, REFERENCE};
use crate::formats::sql::Dialect;
use crate::formats::sql::model::{Class, Column, Constraint, ConstraintKind, Create, Drop, Index, Name};

impl Judge<'_> {
    fn concurrently(&self, all: &mut Vec<Offence>) {
        if self.session.in_transaction {
            let message = "`CONCURRENTLY` is refused inside of a transaction".into();
            all.push(Offence::new("concurrent-in-transaction", "", message));
        }
    }

    /// Whether it is a database in which `CONCURRENTLY` and `NOT VALID` could be said.
    fn knows_concurrently(&self) -> bool {
        matches!(self.dialect, Dialect::Postgres | Dialect::Generic)
    }

    pub(super) fn reindex(&self, concurrently: bool, all: &mut Vec<Offence>) {
        if concurrently {
            self.concurrently(all);
        } else if self.knows_concurrently() {
            let message = "an index is rebuilt while its table is locked".into();
            all.push(Offence::new("non-concurrent-index", "", message).locking());
        }
    }

    pub(super) fn create_index(&self, create: &Create, index: &Index, all: &mut Vec<Offence>) {
        if create.concurrently {
            self.concurrently(all);
        } else if !self.session.created.has_table(&index.table) {
            self.index(&index.table, index.blocks, all);
        }
    }

    fn index(&self, table: &Name, blocks: bool, all: &mut Vec<Offence>) {
        let table = table.shown();
        let offence = |message| Offence::new("non-concurrent-index", &table, message).locking();
        if self.knows_concurrently() {
            all.push(offence(format!("an index is built while `{table}` is locked")));
        } else if self.dialect == Dialect::Mysql && blocks {
            all.push(offence(format!("an index is built while nobody may write to `{table}`")).help(ONLINE));
        }
    }

    pub(super) fn drop_index(&self, drop: &Drop, all: &mut Vec<Offence>) {
        if drop.concurrently {
            return self.concurrently(all);
        }
        if !self.knows_concurrently() {
            return;
        }
        let old = drop.objects.iter().filter(|object| object.class == Class::Index && !self.session.created.has(object));
        for object in old {
            let name = object.name.shown();
            let message = format!("the index `{name}` is dropped while its table is locked");
            all.push(Offence::new("non-concurrent-index", &name, message).locking().help(CONCURRENTLY));
        }
    }

    fn is_on_trust(&self, offence: &Offence) -> bool {
        self.session.unchecked && offence.code == "add-foreign-key-without-not-valid"
    }

    /// `inline`: the new column that it stands behind.
    pub(super) fn constraint(&self, table: &Name, constraint: &Constraint, inline: Option<&Column>, all: &mut Vec<Offence>) {
        let subject = constraint.name.as_ref().map_or(table.shown(), |name| name.text.clone());
        let offence = match self.dialect {
            Dialect::Postgres | Dialect::Generic => locks(table, constraint, inline, &subject),
            Dialect::Mysql => copies(table, constraint, inline, &subject).filter(|offence| !self.is_on_trust(offence)),
            Dialect::Sqlite => None,
        };
        all.extend(offence);
        if let ConstraintKind::Key { blocks, .. } = constraint.kind {
            self.index(table, blocks, all);
        }
    }
}

/// What PostgreSQL does.
fn locks(table: &Name, constraint: &Constraint, inline: Option<&Column>, subject: &str) -> Option<Offence> {
    let shown = table.shown();
    let unique = |what: &str| {
        let message = format!("{what} is built while `{shown}` is locked");
        Offence::new("add-unique-constraint", subject, message).locking()
    };
    Some(match &constraint.kind {
        ConstraintKind::PrimaryKey { using: None, .. } => unique("the index of a primary key").help(PRIMARY),
        ConstraintKind::Unique { using: None, .. } => unique("a unique index"),
        ConstraintKind::Exclude { .. } => unique("the index of an exclusion constraint").help(EXCLUSION),
        ConstraintKind::ForeignKey { table: other, .. } if !constraint.not_valid => {
            // A column that is new and empty refers to nothing yet.
            let empty = inline.is_some_and(|column| !column.has_default);
            let message = match empty {
                true => format!("`{shown}` and `{}` are both locked", other.shown()),
                false => format!("all rows of `{shown}` are held against `{}` while both are locked", other.shown()),
            };
            let offence = Offence::new("add-foreign-key-without-not-valid", subject, message).sense(Sense::Locking, !empty);
            if inline.is_some() { offence.help(INLINE) } else { offence }
        }
        ConstraintKind::Check { .. } if !constraint.not_valid => {
            let message = format!("all rows of `{shown}` are checked while it is locked");
            let offence = Offence::new("add-check-without-not-valid", subject, message).locking();
            if inline.is_some() { offence.help(INLINE) } else { offence }
        }
        _ => return None,
    })
}

/// What MySQL does.
fn copies(table: &Name, constraint: &Constraint, inline: Option<&Column>, subject: &str) -> Option<Offence> {
    let message = || format!("all rows of `{}` are copied while nobody may write to it", table.shown());
    match &constraint.kind {
        ConstraintKind::ForeignKey { .. } => {
            Some(Offence::new("add-foreign-key-without-not-valid", subject, message()).locking().help(REFERENCE))
        }
        // The check of a new column is looked at for new rows only.
        ConstraintKind::Check { .. } if inline.is_none() => {
            Some(Offence::new("add-check-without-not-valid", subject, message()).locking().help(ONLINE))
        }
        _ => None,
    }
}
