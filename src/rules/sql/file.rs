//! Reading one file: what is no SQL is told here.

use super::migration::Migration;
use super::preset::Preset;
use crate::facts::{Source, shown};
use crate::finding::Reason;
use crate::formats::sql::{Fault, Reading, Standing, Statement, block, model::Action};
use crate::rules::{Draft, Output};
use crate::text::Span;

/// Reads a file, and tells what of it cannot be read; `None` where nothing can, or it is no migration.
pub(super) fn read_file(source: &Source<'_>, reading: &Reading, preset: Option<Preset>, out: &mut Output) -> Option<Migration> {
    if preset.is_some_and(|preset| !preset.is_migration(source.path)) {
        return None;
    }
    if let Some(at) = binary(source.bytes) {
        let message = format!("`{}` is no text in UTF-8: byte {at} is NUL", source.path.name());
        out.stuck(Reason::Unparsable, source.place(Span::at(at)), message);
        return None;
    }
    let script = source.sql(reading);
    for statement in &script.statements {
        standing(source, statement, out);
        for action in &statement.actions {
            let Action::Do(body) = action else { continue };
            let Some(block) = block::read(source.bytes, *body, reading) else {
                let at = source.place(statement.head());
                out.stuck(Reason::UnparsedSql, at, "the body of this `DO` is not understood");
                continue;
            };
            block.statements().into_iter().for_each(|statement| standing(source, statement, out));
        }
    }
    let up = match preset {
        Some(preset) => preset.directions(source.path, source.bytes, &script),
        None => vec![true; script.statements.len()],
    };
    Some(Migration::new(source.path.clone(), source.bytes, reading, script, up))
}

/// The first byte of a text in another encoding.
fn binary(bytes: &[u8]) -> Option<usize> {
    memchr::memchr(0, bytes)
}

fn standing(source: &Source<'_>, statement: &Statement, out: &mut Output) {
    match &statement.standing {
        Standing::Understood => {}
        Standing::Unparsed(reason) => {
            let start = String::from_utf8_lossy(statement.span().slice(source.bytes)).chars().take(40).collect::<String>();
            let reason = if reason.is_empty() { String::new() } else { format!(": {}", shown(reason)) };
            out.stuck(
                Reason::UnparsedSql,
                source.place(statement.head()),
                format!("`{}` is not understood{reason}", shown(&start)),
            );
        }
        Standing::Invalid(fault) => out.push(draft(source, fault)),
    }
}

fn draft(source: &Source<'_>, fault: &Fault) -> Draft {
    let subject = String::from_utf8_lossy(fault.span.slice(source.bytes)).into_owned();
    let draft = Draft::new("syntax-error", source.place(fault.span), subject, fault.message.clone());
    match &fault.help {
        Some(help) => draft.help(help.clone()),
        None => draft,
    }
}
