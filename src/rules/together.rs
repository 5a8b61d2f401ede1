//! `together`: where one file changes, another one changes too.

use super::words::shown;
use super::{Change, Code, Context, Draft, FileChange, Kind, Output, Rule};
use crate::facts::{Binder, SelectionId};
use crate::finding::Place;
use crate::options::{Field, Options, Shape};

pub(super) static KIND: Kind = Kind {
    name: "together",
    about: "A change of certain files comes with a change of certain others.",
    page: include_str!("together.md"),
    fields: &[
        Field::required("when", Shape::Many(&Shape::Glob), "The files whose change asks for company."),
        Field::required("then", Shape::Many(&Shape::Glob), "The files of which one has to change too, in any way."),
        Field::new(
            "on",
            Shape::Many(&Shape::Word(&CHANGES)),
            "What has to happen to a file of `when`; a rename is a deletion and an addition. Default: all three.",
        ),
    ],
    codes: &[Code::error("alone", "A file changed and none of its companions did.")],
    needs_base: true,
    bind,
};

const CHANGES: [&str; 3] = ["added", "modified", "deleted"];

struct Together {
    when: SelectionId,
    then: SelectionId,
    /// The globs of `then`, as a message names them.
    wanted: String,
    on: Vec<&'static str>,
}

fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    let (when, then) = (binder.selection_of(options, "when"), binder.selection_of(options, "then"));
    let globs = options.get("then")?.one_or_many();
    let wanted: Vec<String> =
        globs.into_iter().filter_map(|glob| glob.as_text()).map(|glob| format!("`{}`", shown(glob))).collect();
    let on: Option<Vec<_>> = match options.get("on") {
        Some(value) => value.one_or_many().into_iter().map(|item| item.word(&CHANGES)).collect(),
        None => Some(CHANGES.to_vec()),
    };
    Some(Box::new(Together { when: when?, then: then?, wanted: wanted.join(" or "), on: on? }))
}

impl Rule for Together {
    fn selections(&self) -> Vec<SelectionId> {
        vec![self.when, self.then]
    }

    fn wants_changes(&self) -> bool {
        true
    }

    fn judge(&self, context: &Context<'_>, out: &mut Output) {
        let companions = context.changed(self.then);
        for change in context.changed(self.when) {
            let accompanied = companions.iter().any(|other| other.path != change.path);
            if self.on.contains(&word(change.kind)) && !accompanied {
                out.push(self.alone(change));
            }
        }
    }
}

impl Together {
    fn alone(&self, change: &FileChange) -> Draft {
        let path = &change.path;
        let message = format!("`{path}` was {}, but nothing in {} changed with it", word(change.kind), self.wanted);
        Draft::new("alone", Place::file(path.clone()), path.as_str(), message)
            .help(format!("change {} too, in the same commit or pull request", self.wanted))
    }
}

fn word(change: Change) -> &'static str {
    match change {
        Change::Added => "added",
        Change::Modified => "modified",
        Change::Deleted => "deleted",
    }
}
