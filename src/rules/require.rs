//! `require`: what must be there.

use std::collections::BTreeMap;

use super::{Code, Context, Draft, Kind, Output, Role, Rule};
use crate::facts::{Binder, Element, FactSet};
use crate::finding::Place;
use crate::options::{Field, Options, Shape};
use crate::text::RepoPath;

pub(super) static KIND: Kind = Kind {
    name: "require",
    about: "A fact has elements: so many of them, in the tree or in each file, before another's.",
    page: include_str!("require.md"),
    fields: &[
        Field::required("some", Shape::Fact, "What must be there."),
        Field::new("per", Shape::Word(&["tree", "file"]), "Whether the tree (default) or each selected file is counted."),
        Field::new("min", Shape::Integer, "The fewest elements. Default: 1."),
        Field::new("max", Shape::Integer, "The most elements."),
        Field::new("before", Shape::Fact, "In each file the first element stands before the first one of this fact."),
    ],
    codes: &[
        Code::error("absent", "There are fewer than `min`."),
        Code::error("too-many", "There are more than `max`."),
        Code::error("late", "It comes after what it must come before."),
    ],
    needs_base: false,
    bind,
};

struct Require {
    some: FactSet,
    per_file: bool,
    min: usize,
    max: Option<usize>,
    before: Option<FactSet>,
}

fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    let before = match options.get("before") {
        Some(value) => Some(binder.facts(value)?),
        None => None,
    };
    let count = |name: &str| options.integer(name).map(|count| usize::try_from(count).unwrap_or(usize::MAX));
    let (min, max) = (count("min").unwrap_or(1), count("max"));
    if max.is_some_and(|max| max < min) {
        options.value.complain(format!("`max` is less than `min`, which is {min}"));
    }
    let some = binder.facts(options.get("some")?)?;
    Some(Box::new(Require { some, per_file: options.word("per") == Some("file"), min, max, before }))
}

impl Rule for Require {
    fn facts(&self) -> Vec<(&FactSet, Role)> {
        let before = self.before.iter().map(|before| (before, Role::Subject));
        std::iter::once((&self.some, Role::Suspect)).chain(before).collect()
    }

    fn judge(&self, context: &Context<'_>, out: &mut Output) {
        let elements = context.elements(&self.some);
        let mut by_file: BTreeMap<&RepoPath, Vec<&Element>> = BTreeMap::new();
        for element in &elements {
            element.files().for_each(|file| by_file.entry(file).or_default().push(element));
        }
        if self.per_file {
            for entry in context.files_of(&self.some) {
                let here = by_file.get(&entry.path).map(Vec::as_slice).unwrap_or_default();
                self.count(context, here, Place::file(entry.path.clone()), &format!("`{}`", entry.path), out);
            }
            by_file.retain(|_, here| here.len() >= self.min);
        } else {
            self.count(context, &elements, context.rule.clone(), "the tree", out);
        }
        // Where some are absent, it is not said besides that the others come late.
        if let Some(before) = self.before.as_ref().filter(|_| self.per_file || elements.len() >= self.min) {
            self.order(context, before, &by_file, out);
        }
    }
}

impl Require {
    fn count(&self, context: &Context<'_>, found: &[&Element], place: Place, whole: &str, out: &mut Output) {
        if found.len() < self.min && !self.is_open(context, &place) {
            let wanted = match (self.min, found.len()) {
                (1, _) => format!("{whole} has no {}", self.wanted(context, "element")),
                (min, have) => format!("{whole} has {have} of at least {min} {}", self.wanted(context, "elements")),
            };
            let mut draft = Draft::new("absent", place, "", wanted);
            if let Some(stated) = &context.fact(self.some.members[0]).place
                && stated != &draft.place
            {
                draft = draft.related_in("what is required is stated here", stated.clone(), crate::finding::Side::Policy);
            }
            out.push(draft);
        }
        if let Some(max) = self.max {
            for element in found.iter().skip(max) {
                let message = format!("`{}` is one too many: {whole} may have only {max}", element.shown());
                let mut draft = Draft::at("too-many", element, &element.value, message);
                if let Some(first) = found.first().filter(|_| max > 0) {
                    draft = draft.related_to("the first one is here", first);
                }
                out.push(draft);
            }
        }
    }

    /// How a message names what is required.
    fn wanted(&self, context: &Context<'_>, elements: &str) -> String {
        let is_named = self.some.members.iter().all(|id| context.fact(*id).name.is_some());
        if is_named {
            format!("{elements} of {}", context.label(&self.some))
        } else {
            format!("{elements} that this rule requires")
        }
    }

    /// Whether a part of that file (or of the tree) is unknown, so that nothing can be said to be absent there.
    fn is_open(&self, context: &Context<'_>, place: &Place) -> bool {
        context.unknown_in(&self.some, self.per_file.then_some(&place.path)).is_some()
    }

    fn order(&self, context: &Context<'_>, before: &FactSet, ours: &BTreeMap<&RepoPath, Vec<&Element>>, out: &mut Output) {
        let mut seen = std::collections::BTreeSet::new();
        for theirs in context.elements(before) {
            let path = &theirs.place.path;
            let first = ours.get(path).and_then(|ours| ours.first());
            let (true, Some(first)) = (seen.insert(path), first) else { continue };
            if first.place.range > theirs.place.range {
                let (ours, theirs_shown) = (first.shown(), theirs.shown());
                let message = format!("`{theirs_shown}` comes before `{ours}`, which must come first");
                let draft = Draft::at("late", theirs, &theirs.value, message)
                    .related_to("this must come first", first)
                    .help(format!("move `{ours}` up, before line {}", theirs.place.line().unwrap_or(1)));
                out.push(draft);
            }
        }
    }
}
