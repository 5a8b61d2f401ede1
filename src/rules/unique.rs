//! `unique`: no value stands twice.

use std::collections::HashMap;

use super::{Code, Context, Draft, Kind, Output, Role, Rule};
use crate::facts::{Binder, By, Element, FactSet};
use crate::options::{Field, Options, Shape};
use crate::text::RepoPath;

pub(super) static KIND: Kind = Kind {
    name: "unique",
    about: "No value of a fact stands twice.",
    page: include_str!("unique.md"),
    fields: &[
        Field::required("every", Shape::Fact, "The fact."),
        Field::new("by", Shape::Many(&Shape::Text), "The capture that is compared instead of the value; or several."),
        Field::new("ignore-case", Shape::Boolean, "Whether upper and lower case are the same."),
        Field::new("per", Shape::Word(&["tree", "file"]), "`file`: within each file."),
    ],
    codes: &[Code::error("duplicate", "A value that stood before.")],
    needs_base: false,
    bind,
};

struct Unique {
    every: FactSet,
    by: By,
    ignore_case: bool,
    per_file: bool,
}

fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    let every = binder.facts(options.get("every")?)?;
    let by = binder.by(options, "by", &every)?;
    Some(Box::new(Unique { every, by, ignore_case: options.flag("ignore-case"), per_file: options.word("per") == Some("file") }))
}

impl Rule for Unique {
    fn facts(&self) -> Vec<(&FactSet, Role)> {
        vec![(&self.every, Role::Subject)]
    }

    fn judge(&self, context: &Context<'_>, out: &mut Output) {
        let mut elements = context.elements(&self.every);
        elements.sort_by(|a, b| a.place.cmp(&b.place));
        let mut first: HashMap<(Option<&RepoPath>, String), &Element> = HashMap::new();
        for element in elements {
            let Some(key) = self.by.of(element) else { continue };
            let folded = if self.ignore_case { key.to_lowercase() } else { key.clone() };
            let files: Vec<Option<&RepoPath>> = if self.per_file { element.files().map(Some).collect() } else { vec![None] };
            let earlier = files.iter().find_map(|file| first.get(&(*file, folded.clone())).copied());
            match earlier {
                None => first.extend(files.into_iter().map(|file| ((file, folded.clone()), element))),
                Some(earlier) => out.push(self.duplicate(element, earlier, &key)),
            }
        }
    }
}

impl Unique {
    fn duplicate(&self, element: &Element, first: &Element, key: &str) -> Draft {
        let message = match self.by.0.as_slice() {
            [by] if by == "hash" => format!("`{}` has the same content as `{}`", element.place.path, first.place.path),
            _ => format!("`{}` is not unique", self.by.show(element)),
        };
        Draft::at("duplicate", element, key, message)
            .related_to("it stands here first", first)
            .help("keep one of the two, or make them differ")
    }
}
