//! `idempotent`: a file is executed twice in the mind, and what the second run would be refused, or would take away, is told.

mod fix;

use std::collections::HashSet;

use super::migration::Migration;
use super::run::{Event, Failure, Machine, Named, Run, Site};
use crate::formats::sql::model::Class;
use crate::formats::sql::{Standing, Statement};
use crate::rules::{Draft, Output};

/// What `rerun` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rerun {
    Strict,
    /// The tool knows what ran: only what a clause could guard is told.
    Tool,
}

/// Judges one file. `old`: base has it, so that it must not be edited.
pub(super) fn judge(migration: &Migration, how: Rerun, old: bool, out: &mut Output) {
    let mut machine = Machine::new(&migration.reading, Run::First);
    let statements: Vec<&Statement> =
        migration.applied().map(|(_, statement)| statement).filter(|statement| is_known(statement)).collect();
    for statement in &statements {
        machine.statement(&migration.text, 0, statement);
    }
    machine.events.clear();
    machine.again();
    let before = machine.state.present();
    let mut said = HashSet::new();
    let mut refused = false;
    for statement in &statements {
        machine.statement(&migration.text, 0, statement);
        for event in std::mem::take(&mut machine.events) {
            refused |= matches!(event, Event::Failed(_));
            match event {
                Event::Failed(failure) if how == Rerun::Tool && !failure.guardable => {}
                Event::Failed(failure) if said.insert((failure.site, true)) => {
                    out.push(not_idempotent(migration, statement, &failure, old));
                }
                Event::Destroyed { site, what, subject, by } if said.insert((site, false)) => {
                    let message = format!("a second run {what}");
                    let draft = Draft::new("destructive-rerun", migration.place(site.span), subject, message)
                        .help("move the rows to where they shall be, or do not take them away");
                    out.push(related(migration, draft, site, by, "it is made again here"));
                }
                _ => {}
            }
        }
    }
    if !refused {
        lost(migration, &before, machine, out);
    }
}

/// Tells what the run before left there, and this one, which nothing refuses, does not.
fn lost(migration: &Migration, before: &HashSet<Named>, mut machine: Machine<'_>, out: &mut Output) {
    machine.end_session();
    let after = machine.state.present();
    let mut said = HashSet::new();
    for (object, by) in machine.state.taken_away(Run::Second.number()) {
        if !before.contains(&object) || after.contains(&object) || !said.insert(by) {
            continue;
        }
        let (class, _, table, name) = &object;
        let of = table.as_ref().map_or_else(String::new, |table| format!(" of `{table}`"));
        let noun = if *class == Class::Table { "relation" } else { class.noun() };
        let message =
            format!("a second run changes more: the {noun} `{name}`{of} is there after the first run, and not after it");
        let draft = Draft::new("not-idempotent", migration.place(by.span), name.clone(), message);
        out.push(draft.help("take it away under the same condition under which it is made"));
    }
}

fn is_known(statement: &Statement) -> bool {
    statement.standing == Standing::Understood
}

fn not_idempotent(migration: &Migration, statement: &Statement, failure: &Failure, old: bool) -> Draft {
    let message = format!("a second run fails or repeats itself here: {}", failure.message);
    let message = if failure.condition.is_empty() {
        format!("a second run changes more: {}", failure.message)
    } else {
        message.replace("fails or repeats itself here", "fails")
    };
    let draft = Draft::new("not-idempotent", migration.place(failure.site.span), failure.subject.clone(), message);
    let draft = related(migration, draft, failure.site, failure.by, "the first run makes it so here");
    let draft = draft.help(fix::help(statement, failure, migration.dialect()));
    match fix::edits(migration, statement, failure) {
        Some((title, steps)) if !old => draft.suggest(title, steps),
        _ => draft,
    }
}

/// Adds the other end, unless it is the same.
fn related(migration: &Migration, draft: Draft, site: Site, by: Option<Site>, message: &str) -> Draft {
    match by.filter(|by| *by != site) {
        Some(by) => draft.related(message, migration.place(by.span)),
        None => draft,
    }
}
