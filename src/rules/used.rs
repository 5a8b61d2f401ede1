//! `used`: each value occurs somewhere else.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::words::WordSet;
use super::{Code, Context, Draft, FileCheck, Kind, Output, Role, Rule};
use crate::facts::{Binder, FactSet, SelectionId, Source};
use crate::finding::{Place, Side};
use crate::options::{Field, Options, Shape};
use crate::text::{RepoPath, Span};

pub(super) static KIND: Kind = Kind {
    name: "used",
    about: "Each value of a fact occurs as a whole word in a selected file, at another place than where the fact has it.",
    page: include_str!("used.md"),
    fields: &[
        Field::required("every", Shape::Fact, "The fact whose values have to be used."),
        Field::required("files", Shape::Many(&Shape::Glob), "Where they may be used."),
        Field::new("exclude", Shape::Many(&Shape::Glob), "Files that do not count."),
        Field::new("optional", Shape::Boolean, "Whether it is fine that no file is selected."),
    ],
    codes: &[Code::error("unused", "A value that occurs nowhere else.")],
    needs_base: false,
    bind,
};

struct Used {
    every: FactSet,
    files: SelectionId,
}

fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    let every = binder.facts(options.get("every")?);
    let files = binder.selection(options)?;
    binder.skip_policy(files);
    Some(Box::new(Used { every: every?, files }))
}

impl Rule for Used {
    fn facts(&self) -> Vec<(&FactSet, Role)> {
        vec![(&self.every, Role::Subject)]
    }

    fn selections(&self) -> Vec<SelectionId> {
        vec![self.files]
    }

    fn second(&self, context: &Context<'_>, _out: &mut Output) -> Option<(SelectionId, Box<dyn FileCheck>)> {
        context.selected(self.files).next()?;
        let elements = context.elements(&self.every);
        let words = WordSet::new(elements.iter().map(|element| element.value.clone()));
        let declared = elements
            .iter()
            .filter(|element| element.side == Side::Head)
            .filter_map(|element| Some((element.place.path.clone(), element.place.span()?)))
            .fold(std::collections::HashMap::<RepoPath, Vec<Span>>::new(), |mut map, (path, span)| {
                map.entry(path).or_default().push(span);
                map
            });
        let used = Mutex::new(HashSet::new());
        let check = Search { every: self.every.clone(), words, declared: Arc::new(declared), used };
        Some((self.files, Box::new(check)))
    }
}

struct Search {
    every: FactSet,
    words: WordSet,
    /// Where the fact itself has its values.
    declared: Arc<std::collections::HashMap<RepoPath, Vec<Span>>>,
    used: Mutex<HashSet<usize>>,
}

impl FileCheck for Search {
    fn check(&self, file: &Source<'_>, _out: &mut Output) {
        let declared = self.declared.get(file.path).map(Vec::as_slice).unwrap_or_default();
        let mut here = HashSet::new();
        for (value, span) in self.words.find(file.bytes) {
            // Elements of one file stand in order and do not overlap.
            let at = declared.partition_point(|own| own.end < span.end);
            if !declared[at..].first().is_some_and(|own| own.contains(span)) {
                here.insert(value);
            }
        }
        self.used.lock().unwrap_or_else(PoisonError::into_inner).extend(here);
    }

    fn finish(&self, context: &Context<'_>, out: &mut Output) {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let used: HashSet<&str> = used.iter().map(|value| self.words.values()[*value].as_str()).collect();
        for element in context.elements(&self.every) {
            if !element.value.is_empty() && !used.contains(element.value.as_str()) {
                let value = element.shown();
                let place: Place = element.place.clone();
                let mut draft =
                    Draft::new("unused", place, &element.value, format!("`{value}` is declared here and used nowhere"));
                draft.related.extend(element.related.iter().cloned());
                out.push(draft.help(format!("remove `{value}`, or use it")));
            }
        }
    }
}
