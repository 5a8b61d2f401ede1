//! `together`: where one file changes, another one changes too.

use super::{Change, Code, Context, Draft, FileChange, Kind, Output, Rule};
use crate::facts::{Binder, SelectionId, shown};
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

#[cfg(test)]
mod tests {
    use crate::rules::testing::{bind, lines};

    const BASE: [(&str, &str); 4] = [("s/a.yaml", "1"), ("s/b.yaml", "2"), ("docs/guide.md", "3"), ("x.txt", "4")];

    /// What a rule says where `edits` are made to `BASE`; an empty text deletes.
    fn said(options: &str, edits: &[(&'static str, &'static str)]) -> Vec<String> {
        let kept = BASE.into_iter().filter(|(path, _)| edits.iter().all(|(other, _)| other != path));
        let head: Vec<_> = kept.chain(edits.iter().copied().filter(|(_, text)| !text.is_empty())).collect();
        let rule = bind("together", options).unwrap_or_else(|complaints| panic!("{options}: {complaints:?}"));
        lines(&rule.judge(&BASE, &head))
    }

    #[test]
    fn a_change_without_company_is_alone() {
        let options = "{when: 's/*.yaml', then: 'docs/**'}";
        for (edits, expected) in [
            (&[][..], &[][..]),
            (&[("x.txt", "5")], &[]),
            (&[("s/a.yaml", "9"), ("s/c.yaml", "new")], &["alone s/a.yaml", "alone s/c.yaml"]),
            (&[("s/a.yaml", "9"), ("docs/guide.md", "9")], &[]),
            (&[("s/a.yaml", "9"), ("docs/new/x.md", "9")], &[]),
            (&[("s/a.yaml", ""), ("docs/guide.md", "")], &[]),
            (&[("s/a.yaml", ""), ("s/z.yaml", "1")], &["alone s/a.yaml", "alone s/z.yaml"]),
        ] {
            assert_eq!(said(options, edits), expected, "{edits:?}");
        }
    }

    #[test]
    fn only_the_changes_that_are_asked_for_count() {
        let edits = [("s/a.yaml", ""), ("s/b.yaml", "9"), ("s/c.yaml", "new")];
        for (on, expected) in [
            ("deleted", &["alone s/a.yaml"][..]),
            ("modified", &["alone s/b.yaml"]),
            ("[added, modified]", &["alone s/b.yaml", "alone s/c.yaml"]),
        ] {
            assert_eq!(said(&format!("{{when: 's/*', then: docs, on: {on}}}"), &edits), expected, "{on}");
        }
    }

    #[test]
    fn a_file_does_not_serve_itself() {
        let options = "{when: 's/*.yaml', then: ['s/*.yaml', docs]}";
        assert_eq!(said(options, &[("s/a.yaml", "9")]), ["alone s/a.yaml"]);
        assert_eq!(said(options, &[("s/a.yaml", "9"), ("s/b.yaml", "9")]), [""; 0]);
    }

    #[test]
    fn the_message_names_what_should_have_changed() {
        let rule = bind("together", "{when: 's/*', then: [docs, CHANGES.md]}").unwrap_or_else(|told| panic!("{told:?}"));
        let out = rule.judge(&BASE, &BASE[1..]);
        assert_eq!(out.drafts[0].message, "`s/a.yaml` was deleted, but nothing in `docs` or `CHANGES.md` changed with it");
    }
}
