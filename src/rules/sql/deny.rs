//! `deny`: what no statement may do.

mod checks;
mod locks;
mod types;
mod wording;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::checks::Judge;
use super::exempt::Created;
use super::migration::Migration;
use super::preset::Preset;
use super::rebuild::Lost;
use super::run::{Definition, Event};
use crate::formats::sql::model::{Action, Transaction};
use crate::formats::sql::{Statement, block};
use crate::rules::{Draft, Output};
use crate::text::Span;

/// Single checks, then groups.
pub(super) const WORDS: &[&str] = &[
    "drop-table",
    "drop-column",
    "drop-database",
    "rename-table",
    "rename-column",
    "change-column-type",
    "add-not-null-without-default",
    "set-not-null",
    "add-unique-constraint",
    "add-foreign-key-without-not-valid",
    "add-check-without-not-valid",
    "non-concurrent-index",
    "concurrent-in-transaction",
    "truncate",
    "delete-without-where",
    "update-without-where",
    "transaction-control",
    "char-type",
    "integer-primary-key",
    "serial-type",
    "timestamp-without-timezone",
    "contract",
    "blocking",
    "destructive",
];

/// Which offences of a code are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    All,
    /// Changes of a type where a value of the old one may not fit the new one.
    Narrowing,
    /// What locks others out for as long as the table is large.
    Locking,
}

/// One thing that is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Check {
    pub code: &'static str,
    pub sense: Sense,
}

const CONTRACT: &[&str] = &[
    "drop-table",
    "drop-column",
    "drop-database",
    "rename-table",
    "rename-column",
    "set-not-null",
    "add-not-null-without-default",
];
const BLOCKING: &[&str] = &[
    "add-unique-constraint",
    "add-foreign-key-without-not-valid",
    "add-check-without-not-valid",
    "non-concurrent-index",
    "set-not-null",
    "change-column-type",
];
const DESTRUCTIVE: &[&str] = &["drop-table", "drop-column", "drop-database", "truncate", "delete-without-where"];

/// What a word of the list stands for.
pub(super) fn checks(word: &'static str) -> Vec<Check> {
    let all = |codes: &'static [&'static str], sense| codes.iter().map(move |code| Check { code, sense });
    match word {
        "contract" => all(CONTRACT, Sense::All).chain([Check { code: "change-column-type", sense: Sense::Narrowing }]).collect(),
        "blocking" => all(BLOCKING, Sense::Locking).collect(),
        "destructive" => all(DESTRUCTIVE, Sense::All).collect(),
        code => vec![Check { code, sense: Sense::All }],
    }
}

/// What a replay knows about the statements of a file, by their first words.
#[derive(Default)]
pub(super) struct Before {
    /// How columns were defined before a statement.
    columns: BTreeMap<(Span, String), Arc<Definition>>,
    /// What is lost with tables that the file makes anew, by what they are called at that statement.
    pub rebuilt: BTreeMap<(Span, String), Vec<Lost>>,
}

impl Before {
    pub fn see(&mut self, event: &Event) {
        if let Event::Redefined { site, column, old } = event {
            self.columns.entry((site.span, column.clone())).or_insert_with(|| old.clone());
        }
    }

    fn column(&self, at: Span, column: &str) -> Option<&Definition> {
        self.columns.get(&(at, column.to_string())).map(|definition| &**definition)
    }

    /// What is lost with the table; `None` where it is gone for good.
    fn lost(&self, at: Span, table: &str) -> Option<&[Lost]> {
        self.rebuilt.get(&(at, table.to_string())).map(Vec::as_slice)
    }
}

/// Judges the statements of a file, in order.
pub(super) fn judge(migration: &Migration, denied: &[Check], preset: Option<Preset>, before: &Before, out: &mut Output) {
    if denied.is_empty() {
        return;
    }
    let in_transaction = preset.is_some_and(|preset| preset.opens_transaction(&migration.text));
    let mut session = Session { created: Created::default(), in_transaction, unchecked: false };
    for (_, statement) in migration.applied() {
        one(migration, statement, denied, &mut session, before, out);
        for action in &statement.actions {
            let Action::Do(body) = action else { continue };
            let Some(block) = block::read(&migration.text, *body, &migration.reading) else { continue };
            for inner in block.statements() {
                one(migration, inner, denied, &mut session, before, out);
            }
        }
    }
}

/// What earlier statements of the same file did.
struct Session {
    created: Created,
    in_transaction: bool,
    /// Whether MySQL takes references on trust.
    unchecked: bool,
}

impl Session {
    fn learn(&mut self, action: &Action) {
        self.created.learn(action);
        match action {
            Action::Transaction(control) => self.in_transaction = *control == Transaction::Begin,
            Action::ForeignKeyChecks(checked) => self.unchecked = !checked,
            _ => {}
        }
    }
}

fn one(migration: &Migration, statement: &Statement, denied: &[Check], session: &mut Session, before: &Before, out: &mut Output) {
    let mut judge = Judge { session, dialect: migration.dialect(), before, at: statement.head(), found: BTreeMap::new() };
    for action in &statement.actions {
        judge.action(action, denied);
        judge.session.learn(action);
    }
    for offence in judge.found.into_values() {
        let help = offence.help.unwrap_or_else(|| wording::help(offence.code, migration.dialect()));
        let place = migration.place(statement.head());
        out.push(Draft::new(offence.code, place, offence.subject, offence.message).help(help));
    }
}
