//! `frozen`: what base has, head has, byte for byte.

use std::collections::HashMap;

use super::{Code, Context, Draft, Kind, Output, Pair, Pairs, Rule};
use crate::facts::{Binder, SelectionId, Source};
use crate::finding::{Place, Side};
use crate::options::{Field, Options, Shape};
use crate::text::RepoPath;

pub(super) static KIND: Kind = Kind {
    name: "frozen",
    about: "Files that base has stay as they are, byte for byte; new ones may join them.",
    page: include_str!("frozen.md"),
    fields: &[
        Field::required("files", Shape::Many(&Shape::Glob), "The files that no change may touch."),
        Field::new("exclude", Shape::Many(&Shape::Glob), "Files that are not meant."),
        Field::new("optional", Shape::Boolean, "Whether it is fine that no file is selected."),
    ],
    codes: &[
        Code::error("edited", "The content of a file changed."),
        Code::error("deleted", "A file is gone."),
        Code::error("renamed", "A file has another path, with the same content."),
    ],
    needs_base: true,
    bind,
};

struct Frozen {
    files: SelectionId,
}

fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    Some(Box::new(Frozen { files: binder.selection(options)? }))
}

impl Rule for Frozen {
    fn selections(&self) -> Vec<SelectionId> {
        vec![self.files]
    }

    fn pairs(&self) -> Option<Pairs> {
        Some(Pairs { selection: self.files, changed_only: true, with_base: true, links: true, pair_leftovers: false })
    }

    fn check_pair(&self, pair: &Pair<'_>, out: &mut Output) {
        if let (Some(head), Some(base)) = (pair.head, pair.base)
            && head.path == base.path
            && head.bytes != base.bytes
        {
            out.push(edited(head, base));
        }
    }

    /// What is gone or has moved: by the listings, for only they tell whether the path in base was a frozen one. (A file that
    /// moves to where files are frozen is new there.)
    fn judge(&self, context: &Context<'_>, out: &mut Output) {
        let renames: HashMap<&RepoPath, &RepoPath> = context.renames.iter().map(|(from, to)| (from, to)).collect();
        for entry in context.selected_base(self.files) {
            if context.head.tree().entry(&entry.path).is_none() {
                out.push(match renames.get(&entry.path) {
                    Some(to) => renamed(&entry.path, to),
                    None => deleted(&entry.path),
                });
            }
        }
    }
}

fn edited(head: &Source<'_>, base: &Source<'_>) -> Draft {
    let same = head.bytes.iter().zip(base.bytes).take_while(|(a, b)| a == b).count();
    let place = head.line_at(same);
    let message = format!("`{}` is frozen, and line {} is not what base has", head.path, place.line().unwrap_or(1));
    Draft::new("edited", place, head.path.as_str(), message)
        .related_in("base has this", base.line_at(same), Side::Base)
        .help("restore the file, and put what has to change into a new one")
}

fn deleted(path: &RepoPath) -> Draft {
    Draft::new("deleted", Place::file(path.clone()), path.as_str(), format!("`{path}` is frozen, and it was deleted"))
        .related_in("base has this file", Place::file(path.clone()), Side::Base)
        .help("restore the file")
}

fn renamed(from: &RepoPath, to: &RepoPath) -> Draft {
    let message = format!("`{from}` is frozen, and it was renamed to `{to}`");
    Draft::new("renamed", Place::file(to.clone()), to.as_str(), message)
        .related_in("base has the file here", Place::file(from.clone()), Side::Base)
        .help(format!("move it back to `{from}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{self, bind, related};

    #[test]
    fn what_base_has_neither_moves_nor_goes_and_new_files_may_come() {
        let rule = bind("frozen", "files: 'm/*.sql'").unwrap_or_else(|complaints| panic!("{complaints:?}"));
        let base = [("m/1.sql", "one"), ("m/2.sql", "two"), ("m/3.sql", "three"), ("m/4.sql", "four"), ("draft.sql", "five")];
        let head = [("m/1.sql", "one"), ("m/9.sql", "two"), ("old/3.sql", "three"), ("m/5.sql", "five"), ("m/6.sql", "six")];
        let out = rule.judge(&base, &head);
        assert_eq!(testing::lines(&out), ["deleted m/4.sql", "renamed m/9.sql", "renamed old/3.sql"]);
        assert_eq!(related(&out.drafts[0]), ["base m/2.sql"]);
        assert_eq!(testing::lines(&rule.judge(&base, &[])).len(), 4);
    }

    #[test]
    fn only_a_file_that_stays_at_its_path_is_edited() {
        let rule = bind("frozen", "files: 'm/*.sql'").unwrap_or_else(|complaints| panic!("{complaints:?}"));
        let said = |base, head| testing::lines(&rule.pair(base, head));
        assert_eq!(said(Some(("m/1.sql", "a\nb\n")), Some(("m/1.sql", "a\nb \n"))), ["edited m/1.sql:2:1"]);
        assert_eq!(said(Some(("draft.sql", "a")), Some(("m/1.sql", "a"))), [""; 0]);
        assert_eq!(said(None, Some(("m/1.sql", "a"))), [""; 0]);
        assert_eq!(said(Some(("m/1.sql", "a")), None), [""; 0]);
    }

    /// Line and column of the finding in head and in base.
    fn lines(base: &str, head: &str) -> (usize, usize) {
        let path = RepoPath::new("a.sql");
        let draft = edited(&Source::new(&path, head.as_bytes()), &Source::new(&path, base.as_bytes()));
        let line = |place: &Place| place.range.map(|range| (range.start.line, range.start.column)).expect("it is in a line");
        let (head, base) = (line(&draft.place), line(&draft.related[0].place));
        assert_eq!((head.1, base.1), (1, 1));
        (head.0, base.0)
    }

    #[test]
    fn the_first_line_that_changed_or_the_last_where_it_was_cut() {
        for (base, head, expected) in [
            ("a\nb\nc\n", "a\nx\nc\n", (2, 2)),
            ("a\nb\nc\n", "a\nc\n", (2, 2)),
            ("a\nb\nc\n", "a\n", (1, 2)),
            ("a\nb\n", "a\nb", (2, 2)),
            ("a\n", "a\nb\n", (2, 1)),
            ("a\nb\n", "a\nb\r\n", (2, 2)),
            ("a\r\nb", "a\nb", (1, 1)),
            ("", "a\nb", (1, 1)),
            ("a\nb", "", (1, 1)),
            ("\u{feff}a", "a", (1, 1)),
        ] {
            assert_eq!(lines(base, head), expected, "{base:?} {head:?}");
        }
    }
}
