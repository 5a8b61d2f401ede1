//! `same`: two facts have the same values.

use std::collections::{BTreeMap, HashSet};

use super::{Code, Context, Draft, Kind, Output, Role, Rule, Stuck};
use crate::facts::{Binder, By, Element, FactSet};
use crate::finding::{Place, Reason};
use crate::options::{Field, Options, Shape};
use crate::text::RepoPath;

pub(super) static KIND: Kind = Kind {
    name: "same",
    about: "Two facts have the same values.",
    page: include_str!("same.md"),
    fields: &[
        Field::required("a", Shape::Fact, "One fact."),
        Field::required("b", Shape::Fact, "The other."),
        Field::new("by", Shape::Many(&Shape::Text), "The capture that is compared instead of the value; or several."),
        Field::new("per", Shape::Word(&["tree", "file"]), "`file`: `a` and each file of `b` have the same values."),
    ],
    codes: &[Code::error("missing", "A value that the other side does not have.")],
    needs_base: false,
    bind,
};

struct Same {
    a: FactSet,
    b: FactSet,
    by: By,
    per_file: bool,
}

fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    let (a, b) = (binder.facts(options.get("a")?), binder.facts(options.get("b")?));
    let (a, b) = (a?, b?);
    let both = FactSet { members: a.members.iter().chain(&b.members).copied().collect() };
    let by = binder.by(options, "by", &both)?;
    Some(Box::new(Same { a, b, by, per_file: options.word("per") == Some("file") }))
}

impl Rule for Same {
    fn facts(&self) -> Vec<(&FactSet, Role)> {
        vec![(&self.a, Role::Both), (&self.b, Role::Both)]
    }

    fn judge(&self, context: &Context<'_>, out: &mut Output) {
        let (a, b) = (context.elements(&self.a), context.elements(&self.b));
        if !self.per_file {
            self.lacks(context, &a, &b, (&self.b, None), out);
            self.lacks(context, &b, &a, (&self.a, None), out);
            return;
        }
        let mut files: BTreeMap<&RepoPath, Vec<&Element>> =
            context.files_of(&self.b).into_iter().map(|entry| (&entry.path, Vec::new())).collect();
        for element in b {
            element.files().for_each(|file| files.entry(file).or_default().push(element));
        }
        for (path, elements) in files {
            self.lacks(context, &a, &elements, (&self.b, Some(path)), out);
            self.lacks(context, &elements, &a, (&self.a, None), out);
        }
        out.count_further_files();
    }
}

impl Same {
    /// Says which of `ours` the `theirs` of that fact (in that file) lack.
    fn lacks(
        &self,
        context: &Context<'_>,
        ours: &[&Element],
        theirs: &[&Element],
        other: (&FactSet, Option<&RepoPath>),
        out: &mut Output,
    ) {
        let (set, file) = other;
        let known: HashSet<String> = theirs.iter().filter_map(|element| self.by.of(element)).collect();
        let unknown = context.unknown_in(set, file);
        for element in ours {
            let Some(key) = self.by.of(element).filter(|key| !known.contains(key)) else { continue };
            let value = self.by.show(element);
            if let Some(unknown) = unknown {
                out.stuck.push(Stuck {
                    reason: Reason::IncompleteTruth,
                    message: format!("whether the other side has `{value}` cannot be told: it is not known whole"),
                    place: element.place.clone(),
                    related: vec![unknown.related()],
                });
                continue;
            }
            let other = match file {
                Some(file) => format!("`{file}`"),
                None => context.whereabouts(set),
            };
            let mut draft = Draft::at("missing", element, key, format!("`{value}` stands here but not in {other}"))
                .help(format!("add `{value}` to {other}, or remove it here"));
            match (theirs.first(), file) {
                (Some(first), _) => draft = draft.related_to(format!("{other} has no `{value}`"), first),
                (None, Some(file)) => draft = draft.related("this file has none", Place::file(file.clone())),
                (None, None) => {}
            }
            out.push(draft);
        }
    }
}
