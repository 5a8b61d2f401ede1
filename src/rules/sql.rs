//! `sql`: what migrations do, statement by statement: whether they can run again, whom they break, what they leave behind.

mod deny;
mod exempt;
mod file;
mod migration;
mod order;
mod preset;
mod rebuild;
mod replay;
mod rerun;
mod run;
mod snapshot;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use self::deny::Check;
use self::file::read_file;
use self::migration::Migration;
use self::preset::Preset;
use self::rerun::Rerun;
use super::{Code, Context, FileCheck, Kind, Output, Rule};
use crate::facts::{Binder, SelectionId, Source};
use crate::formats::sql::{Dialect, Placeholder, Reading};
use crate::options::{Field, Options, Shape, Value};
use crate::text::RepoPath;

pub(super) static KIND: Kind = Kind {
    name: "sql",
    about: "Migrations can run again, break nobody who runs the previous version, and give what they are said to give.",
    page: include_str!("sql.md"),
    fields: &[
        Field::required("files", Shape::Many(&Shape::Glob), "The SQL files."),
        Field::new("exclude", Shape::Many(&Shape::Glob), "Files that are not judged."),
        Field::new("optional", Shape::Boolean, "Whether it is fine that no file is selected."),
        Field::new("dialect", Shape::Word(&Dialect::WORDS), "Whose SQL it is. Default: `postgres`."),
        Field::new("idempotent", Shape::Boolean, "Whether each file must be able to run again, on the state that it left."),
        Field::new(
            "rerun",
            Shape::Word(&["strict", "tool"]),
            "`tool`: forms that no clause of the dialect could guard are left to the tool that knows what ran. Default: `strict`.",
        ),
        Field::new(
            "deny",
            Shape::List(&Shape::Word(deny::WORDS)),
            "What no statement may do: single checks, or the groups `contract`, `blocking` and `destructive`.",
        ),
        Field::new(
            "replay",
            Shape::Boolean,
            "Whether all files, from nothing and in the order of their numbers, must fit each other.",
        ),
        Field::new("snapshot", Shape::Text, "A file that says what the replay gives."),
        Field::new(
            "preset",
            Shape::Word(&Preset::WORDS),
            "The migration tool: what is a migration, its number and its direction.",
        ),
        Field::new(
            "placeholders",
            Shape::Many(&Shape::Word(&Placeholder::WORDS)),
            "What is filled in before the statements run; each is read as a name.",
        ),
    ],
    codes: CODES,
    needs_base: false,
    bind,
};

const CODES: &[Code] = &[
    Code::error("syntax-error", "What no version of the dialect accepts."),
    Code::error("not-idempotent", "A statement that a second run would refuse, or that changes something each time."),
    Code::error("destructive-rerun", "A second run takes away rows that the file leaves behind."),
    Code::error("already-exists", "What is made was made before."),
    Code::error("shadowed", "A second definition does nothing, and says something else than the first."),
    Code::error("unknown-object", "Nothing made what is meant."),
    Code::error("reference-not-unique", "What is referred to is not unique."),
    Code::error("snapshot-differs", "The snapshot says something else than what the migrations give."),
    Code::error("orphan", "A file that the migration tool would ignore."),
    Code::error("unpaired", "An up migration without its down, or the other way round."),
    Code::error("drop-table", "A table is dropped."),
    Code::error("drop-column", "A column is dropped."),
    Code::error("drop-database", "A database is dropped."),
    Code::error("rename-table", "A table gets another name."),
    Code::error("rename-column", "A column gets another name."),
    Code::error("change-column-type", "A column gets another type."),
    Code::error("add-not-null-without-default", "A new column that old code does not fill must be filled."),
    Code::error("set-not-null", "A column must be filled from now on."),
    Code::error("add-unique-constraint", "A unique index is built while the table is locked."),
    Code::error("add-foreign-key-without-not-valid", "All rows are held against another table while both are locked."),
    Code::error("add-check-without-not-valid", "All rows are checked while the table is locked."),
    Code::error("non-concurrent-index", "An index is built, dropped or rebuilt while the table is locked."),
    Code::error("concurrent-in-transaction", "`CONCURRENTLY` is refused inside of a transaction."),
    Code::error("truncate", "A table is emptied."),
    Code::error("delete-without-where", "All rows are deleted."),
    Code::error("update-without-where", "All rows are rewritten."),
    Code::error("transaction-control", "The file begins or ends a transaction itself."),
    Code::error("char-type", "A column of type `char(n)`, which is padded with blanks."),
    Code::error("integer-primary-key", "A primary key that ends at two billion rows."),
    Code::error("serial-type", "A column of a serial type, where an identity would do."),
    Code::error("timestamp-without-timezone", "A column of type `timestamp`, which means another instant in each zone."),
];

/// The options of a rule.
struct Settings {
    files: SelectionId,
    reading: Reading,
    /// Whether a file must be able to run again, and how strictly.
    idempotent: Option<Rerun>,
    deny: Vec<Check>,
    preset: Option<Preset>,
    replay: bool,
    snapshot: Option<RepoPath>,
}

fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    let files = binder.selection(options);
    let dialect = options.word("dialect").and_then(Dialect::parse).unwrap_or_default();
    let words = |value: Option<Value<'w>>| value.map(Value::one_or_many).unwrap_or_default();
    let placeholders =
        words(options.get("placeholders")).into_iter().filter_map(|value| Placeholder::parse(value.word(&Placeholder::WORDS)?));
    let placeholders = placeholders.collect();
    let deny =
        words(options.get("deny")).into_iter().filter_map(|value| value.word(deny::WORDS)).flat_map(deny::checks).collect();
    let preset = options.word("preset").and_then(Preset::parse);
    let rerun = if options.word("rerun") == Some("tool") { Rerun::Tool } else { Rerun::Strict };
    let idempotent = options.flag("idempotent").then_some(rerun);
    let (replay, snapshot) = (options.flag("replay"), options.text("snapshot").map(RepoPath::new));
    if let (Some(value), false) = (options.get("snapshot"), replay) {
        value.complain("`snapshot` needs `replay: true`");
    }
    let settings =
        Settings { replay, snapshot, idempotent, files: files?, reading: Reading { dialect, placeholders }, deny, preset };
    Some(Box::new(Sql(Arc::new(settings))))
}

struct Sql(Arc<Settings>);

impl Rule for Sql {
    fn selections(&self) -> Vec<SelectionId> {
        vec![self.0.files]
    }

    fn documents(&self) -> Vec<RepoPath> {
        self.0.snapshot.clone().into_iter().collect()
    }

    /// A snapshot lies elsewhere.
    fn is_closed(&self) -> bool {
        self.0.snapshot.is_none()
    }

    fn looks_at_base(&self) -> bool {
        self.0.idempotent.is_some()
    }

    fn second(&self, context: &Context<'_>, _out: &mut Output) -> Option<(SelectionId, Box<dyn FileCheck>)> {
        let old = context.selected_base(self.0.files).map(|entry| entry.path.clone()).collect();
        Some((self.0.files, Box::new(Files { settings: self.0.clone(), old, read: Mutex::default() })))
    }

    fn judge(&self, context: &Context<'_>, out: &mut Output) {
        if let Some(preset) = self.0.preset {
            preset.judge(context, self.0.files, self.0.snapshot.as_ref(), out);
        }
    }
}

/// Judges files one by one, and what they make together.
struct Files {
    settings: Arc<Settings>,
    /// Files that base has, which are not to be fixed.
    old: BTreeSet<RepoPath>,
    read: Mutex<BTreeMap<RepoPath, Migration>>,
}

impl FileCheck for Files {
    fn check(&self, source: &Source<'_>, out: &mut Output) {
        let settings = &*self.settings;
        if settings.snapshot.as_ref() == Some(source.path) {
            return;
        }
        let Some(migration) = read_file(source, &settings.reading, settings.preset, out) else { return };
        if let Some(how) = settings.idempotent {
            rerun::judge(&migration, how, self.old.contains(&migration.path), out);
        }
        if !settings.replay {
            return deny::judge(&migration, &settings.deny, settings.preset, &deny::Before::default(), out);
        }
        self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(migration.path.clone(), migration);
    }

    fn finish(&self, context: &Context<'_>, out: &mut Output) {
        let settings = &*self.settings;
        if !settings.replay {
            return;
        }
        let read = std::mem::take(&mut *self.read.lock().unwrap_or_else(PoisonError::into_inner));
        let migrations = order::ordered(read.into_values().collect(), settings.preset);
        let replayed = replay::judge(&migrations, &settings.reading, out);
        for (migration, before) in migrations.iter().zip(&replayed.before) {
            deny::judge(migration, &settings.deny, settings.preset, before, out);
        }
        if let Some(path) = &settings.snapshot {
            let content = context.documents.get(path).cloned().flatten();
            snapshot::judge(path, content.as_deref(), &settings.reading, &migrations, &replayed.state, out);
        }
    }
}
