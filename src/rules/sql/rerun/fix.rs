//! The words that are missing, where the dialect has them.

use crate::finding::Edit;
use crate::formats::sql::Dialect;
use crate::formats::sql::Statement;
use crate::formats::sql::model::{Action, Alter, Change, Class, Create, Made};
use crate::rules::FixStep;
use crate::rules::sql::migration::Migration;
use crate::rules::sql::run::Failure;
use crate::text::Span;

/// What to do next.
pub(super) fn help(statement: &Statement, failure: &Failure, dialect: Dialect) -> String {
    if statement.head() != failure.site.span {
        return "let the block look whether it is there, or catch the error".into();
    }
    if let Some((_, words)) = places(statement, failure, dialect).first() {
        return format!("write `{}`", words.trim());
    }
    let postgres = matches!(dialect, Dialect::Postgres | Dialect::Generic);
    match statement.actions.first() {
        Some(Action::Insert(_)) if failure.condition.is_empty() => {
            let clause = match dialect {
                Dialect::Mysql => "`INSERT IGNORE`, `ON DUPLICATE KEY UPDATE`",
                _ => "`ON CONFLICT`",
            };
            format!("say what happens to rows that are there: {clause}, or `WHERE NOT EXISTS`")
        }
        Some(Action::Update(_)) if failure.condition.is_empty() => {
            "compute it from what does not change, or say which rows are done".into()
        }
        _ if failure.condition == "dependent_objects_still_exist" => "drop what depends on it first".into(),
        Some(Action::Create(create)) if postgres => match create.object.class {
            Class::Index if failure.condition.is_empty() => "name it, and write `IF NOT EXISTS`".into(),
            Class::Type | Class::Domain | Class::Role => "put it into a `DO` block that catches `duplicate_object`".into(),
            class => format!("put `DROP {} IF EXISTS` before it", class.noun().to_uppercase()),
        },
        _ if postgres => "put it into a `DO` block that looks whether it is done".into(),
        _ => format!("{} has no clause for it: leave it to a tool that knows what ran, and say `rerun: tool`", dialect.name()),
    }
}

/// The clause of a `CREATE`, and where it stands.
fn words(create: &Create, dialect: Dialect) -> Option<(usize, &'static str)> {
    let class = create.object.class;
    if let Some(at) = create.replace_at {
        return Some((at, " OR REPLACE"));
    }
    let known = match dialect {
        Dialect::Postgres | Dialect::Generic => matches!(
            class,
            Class::Table
                | Class::Index
                | Class::Sequence
                | Class::Schema
                | Class::Extension
                | Class::MaterializedView
                | Class::ForeignTable
                | Class::Statistics
                | Class::Collation
                | Class::Server
                | Class::UserMapping
        ),
        Dialect::Mysql => class != Class::Index && class != Class::View,
        Dialect::Sqlite => matches!(class, Class::Table | Class::Index | Class::View | Class::Trigger),
    };
    let named = !matches!(&create.made, Made::Index(index) if !index.named);
    (known && named && !create.if_not_exists).then_some((create.guard_at, " IF NOT EXISTS"))
}

/// A title and the edits.
pub(super) fn edits(migration: &Migration, statement: &Statement, failure: &Failure) -> Option<(String, Vec<FixStep>)> {
    let places = places(statement, failure, migration.dialect());
    let first = places.first()?.1.trim();
    let title = format!("write `{first}`");
    let step = |(at, text): &(usize, &str)| {
        FixStep::Edit(Edit { path: migration.path.clone(), span: Span::at(*at), text: (*text).to_string() })
    };
    Some((title, places.iter().map(step).collect()))
}

/// Where which words are missing.
fn places(statement: &Statement, failure: &Failure, dialect: Dialect) -> Vec<(usize, &'static str)> {
    // Inside of a block, nobody knows what was meant.
    if statement.head() != failure.site.span || !failure.guardable {
        return Vec::new();
    }
    match statement.actions.first() {
        Some(Action::Create(create)) => words(create, dialect).into_iter().collect(),
        Some(Action::Drop(drop)) if !drop.if_exists => vec![(drop.guard_at, " IF EXISTS")],
        Some(Action::EnumValue(value)) if !value.if_not_exists && value.to.is_none() => vec![(value.guard_at, " IF NOT EXISTS")],
        Some(Action::Alter(alter)) => commands(alter, failure),
        _ => Vec::new(),
    }
}

/// The commands of an `ALTER TABLE` that lack their clause; all of them, for each would be refused in its turn.
fn commands(alter: &Alter, failure: &Failure) -> Vec<(usize, &'static str)> {
    if failure.condition == "undefined_table" && !alter.if_exists {
        return vec![(alter.guard_at, " IF EXISTS")];
    }
    let missing = alter.commands.iter().filter_map(|command| {
        let at = command.guard_at?;
        match &command.change {
            Change::AddColumn { if_not_exists: false, .. } => Some((at, " IF NOT EXISTS")),
            Change::DropColumn { if_exists: false, .. }
            | Change::DropConstraint { if_exists: false, .. }
            | Change::DropIdentity { if_exists: false, .. }
            | Change::DropExpression { if_exists: false, .. } => Some((at, " IF EXISTS")),
            _ => None,
        }
    });
    missing.collect()
}
