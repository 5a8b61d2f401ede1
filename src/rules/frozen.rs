//! `frozen`: what base has, head has, byte for byte.

use std::collections::HashMap;

use super::{Code, Context, Draft, Kind, Output, Pair, Pairs, Rule};
use crate::facts::{Binder, SelectionId, Source};
use crate::finding::{Place, Side};
use crate::options::{Field, Options, Shape};
use crate::text::{RepoPath, Span};

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
        Some(Pairs { selection: self.files, changed_only: true, with_base: true, pair_by_name: false })
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
    let place = line_at(head, same);
    let message = format!("`{}` is frozen, and line {} is not what base has", head.path, place.line().unwrap_or(1));
    Draft::new("edited", place, head.path.as_str(), message)
        .related_in("base has this", line_at(base, same), Side::Base)
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

/// The line that holds a byte, without its line break; the last line where the file ends before that byte.
fn line_at(source: &Source<'_>, byte: usize) -> Place {
    let byte = byte.min(source.bytes.len().saturating_sub(1));
    let line = source.lines().position(source.bytes, byte).line;
    let start = source.lines().line_start(line);
    let rest = source.bytes.get(start..).unwrap_or_default();
    let length = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
    source.place(Span::new(start, start + length))
}

#[cfg(test)]
mod tests {
    use super::*;

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
