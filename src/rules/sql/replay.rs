//! `replay`: all files, from nothing, in the order of their numbers.

use std::collections::HashSet;

use super::deny::Before;
use super::migration::Migration;
use super::rebuild::Moves;
use super::run::{Event, Failure, Machine, Run, Site, State};
use crate::formats::sql::Reading;
use crate::rules::{Draft, Output};
use crate::text::did_you_mean;

/// Findings that are helped by a similar name: each is sought among all relations.
const MOST_HINTS: usize = 30;

/// What a replay gives.
pub(super) struct Replayed {
    pub state: State,
    /// By migration.
    pub before: Vec<Before>,
}

pub(super) fn judge<'m>(migrations: &'m [Migration], reading: &'m Reading, out: &mut Output) -> Replayed {
    let mut machine = Machine::new(reading, Run::Replay);
    let mut all: Vec<Before> = Vec::with_capacity(migrations.len());
    let mut said: HashSet<(Site, &'static str)> = HashSet::new();
    let mut hints = MOST_HINTS;
    for (file, migration) in migrations.iter().enumerate() {
        let (mut before, mut moves) = (Before::default(), Moves::default());
        for (_, statement) in migration.applied() {
            machine.statement(&migration.text, file, statement);
            for event in std::mem::take(&mut machine.events) {
                before.see(&event);
                moves.see(&event);
                let Some((site, draft)) = draft(migrations, &machine.state, event, &mut hints) else { continue };
                if said.insert((site, draft.code)) {
                    out.push(draft);
                }
            }
        }
        before.rebuilt = moves.rebuilt(file, &machine.state);
        all.push(before);
        machine.end_session();
    }
    Replayed { state: machine.state, before: all }
}

fn draft(migrations: &[Migration], state: &State, event: Event, hints: &mut usize) -> Option<(Site, Draft)> {
    let place = |site: Site| migrations.get(site.file).map(|migration| migration.place(site.span));
    let (site, by, draft) = match event {
        Event::Failed(failure) => return failed(migrations, state, &failure, hints).map(|draft| (failure.site, draft)),
        Event::Shadowed { site, name, by, difference } => {
            let message = format!("this definition of `{name}` does nothing: {difference}");
            let draft = Draft::new("shadowed", place(site)?, name, message).help("change what is there, or give it another name");
            (site, Some((by, "it was made here")), draft)
        }
        Event::NotUnique { site, span, table, columns, by } => {
            let what = if columns.is_empty() { "it has no primary key".into() } else { format!("`{columns}` is not unique") };
            let message = format!("`{table}` cannot be referred to so: {what}");
            let at = migrations.get(site.file)?.place(span);
            let draft = Draft::new("reference-not-unique", at, table, message).help("make it unique first");
            (site, Some((by, "the table was made here")), draft)
        }
        Event::Destroyed { .. } | Event::Redefined { .. } | Event::Left { .. } | Event::Spared { .. } | Event::Copied { .. } => {
            return None;
        }
    };
    let draft = match by.and_then(|(by, message)| Some((place(by)?, message))) {
        Some((place, message)) => draft.related(message, place),
        None => draft,
    };
    Some((site, draft))
}

fn failed(migrations: &[Migration], state: &State, failure: &Failure, hints: &mut usize) -> Option<Draft> {
    let migration = migrations.get(failure.site.file)?;
    let by = failure.by.and_then(|by| Some(migrations.get(by.file)?.place(by.span)));
    if failure.condition.starts_with("duplicate_") {
        let draft = Draft::new("already-exists", migration.place(failure.site.span), &failure.subject, &failure.message);
        let draft = draft.help("say `IF NOT EXISTS`, or make it once");
        return Some(match by {
            Some(by) => draft.related("it was made here", by),
            None => draft,
        });
    }
    let span = failure.span?;
    let message = format!("{}: nothing made it before this statement", failure.message);
    let mut draft = Draft::new("unknown-object", migration.place(span), &failure.subject, message);
    let near = similar(migrations, state, failure, hints);
    draft = draft.help(match &near {
        Some((name, _)) => format!("did you mean `{name}`?"),
        None => {
            let made = "make it in an earlier migration, or correct the name";
            format!("{made}; where the first migrations are no more, say `replay: false`")
        }
    });
    match (near, by) {
        (Some((name, place)), _) => Some(draft.related(format!("`{name}` was made here"), place)),
        (None, Some(by)) => Some(draft.related("its table was made, or it was taken away, here", by)),
        (None, None) => Some(draft),
    }
}

/// A relation of a similar name, and where it was made.
fn similar(
    migrations: &[Migration],
    state: &State,
    failure: &Failure,
    hints: &mut usize,
) -> Option<(String, crate::finding::Place)> {
    if failure.condition != "undefined_table" {
        return None;
    }
    *hints = hints.checked_sub(1)?;
    let mut relations = state.relations();
    // What was only taken for there was not made.
    relations.retain(|(_, _, id)| state.entity(*id).is_some_and(|entity| entity.run != 0));
    let wanted = failure.subject.rsplit('.').next().unwrap_or_default();
    let near = did_you_mean(wanted, relations.iter().map(|(_, name, _)| name.as_str()))?;
    let (_, name, id) = relations.iter().find(|(_, name, _)| name == near)?;
    let by = state.entity(*id)?.by;
    Some((name.clone(), migrations.get(by.file)?.place(by.span)))
}
