//! `deny`: what no statement may do.

mod checks;
mod types;
mod wording;

use std::collections::BTreeMap;

use self::checks::Judge;
use super::exempt::Created;
use super::migration::Migration;
use super::preset::Preset;
use crate::formats::sql::model::{Action, Transaction, TypeName};
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

/// Which changes of a type are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Types {
    All,
    /// Where a value of the old type may not fit the new one.
    Narrowing,
    /// Where the rows are written again.
    Rewriting,
}

/// One thing that is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Check {
    pub code: &'static str,
    pub types: Types,
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
];
const DESTRUCTIVE: &[&str] = &["drop-table", "drop-column", "drop-database", "truncate", "delete-without-where"];

/// What a word of the list stands for.
pub(super) fn checks(word: &'static str) -> Vec<Check> {
    let check = |types: Types| move |code: &&'static str| Check { code, types };
    let typed = |codes: &'static [&'static str], types: Types| {
        let codes = codes.iter().map(check(Types::All));
        codes.chain([Check { code: "change-column-type", types }]).collect()
    };
    match word {
        "contract" => typed(CONTRACT, Types::Narrowing),
        "blocking" => typed(BLOCKING, Types::Rewriting),
        "destructive" => DESTRUCTIVE.iter().map(check(Types::All)).collect(),
        code => vec![Check { code, types: Types::All }],
    }
}

/// The types that columns had before a statement, by the statement's first word.
pub(super) type OldTypes = BTreeMap<(Span, String), TypeName>;

/// Judges the statements of a file, in order.
pub(super) fn judge(migration: &Migration, denied: &[Check], preset: Option<Preset>, old: &OldTypes, out: &mut Output) {
    if denied.is_empty() {
        return;
    }
    let mut created = Created::default();
    let mut in_transaction = preset.is_some_and(|preset| preset.opens_transaction(&migration.text));
    for (_, statement) in migration.applied() {
        one(migration, statement, denied, (&mut created, &mut in_transaction), old, out);
        for action in &statement.actions {
            let Action::Do(body) = action else { continue };
            let Some(block) = block::read(&migration.text, *body, &migration.reading) else { continue };
            for inner in block.statements() {
                one(migration, inner, denied, (&mut created, &mut in_transaction), old, out);
            }
        }
    }
}

fn one(
    migration: &Migration,
    statement: &Statement,
    denied: &[Check],
    (created, in_transaction): (&mut Created, &mut bool),
    old: &OldTypes,
    out: &mut Output,
) {
    let mut judge = Judge {
        created,
        dialect: migration.dialect(),
        in_transaction: *in_transaction,
        old,
        at: statement.head(),
        found: BTreeMap::new(),
    };
    for action in &statement.actions {
        judge.action(action, denied);
        judge.created.learn(action);
        match action {
            Action::Transaction(Transaction::Begin) => *in_transaction = true,
            Action::Transaction(_) => *in_transaction = false,
            _ => {}
        }
    }
    for (code, (subject, message)) in judge.found {
        out.push(Draft::new(code, migration.place(statement.head()), subject, message).help(wording::help(code)));
    }
}
