//! `sorted`: the elements of each file stand in order.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::{Code, Context, Draft, Kind, Output, Role, Rule};
use crate::facts::{Binder, By, Comparison, Element, FactSet};
use crate::options::{Field, Options, Shape};
use crate::text::RepoPath;

pub(super) static KIND: Kind = Kind {
    name: "sorted",
    about: "The elements of each file stand in order.",
    page: include_str!("sorted.md"),
    fields: &[
        Field::required("every", Shape::Fact, "The fact."),
        Field::new("by", Shape::Many(&Shape::Text), "The capture that is compared instead of the value; or several."),
        Field::new("desc", Shape::Boolean, "Whether the order is downward."),
        Field::new(
            "compare",
            Shape::Word(&["text", "semver", "date", "path"]),
            "How values compare. Default: `text`, by code points.",
        ),
    ],
    codes: &[Code::error("unsorted", "An element that should stand before the one above it.")],
    needs_base: false,
    bind,
};

struct Sorted {
    every: FactSet,
    by: By,
    descending: bool,
    compare: Comparison,
}

fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    let every = binder.facts(options.get("every")?)?;
    let by = binder.by(options, "by", &every)?;
    let compare = options.word("compare").map_or(Comparison::Text, Comparison::named);
    Some(Box::new(Sorted { every, by, descending: options.flag("desc"), compare }))
}

impl Rule for Sorted {
    fn facts(&self) -> Vec<(&FactSet, Role)> {
        vec![(&self.every, Role::Subject)]
    }

    fn judge(&self, context: &Context<'_>, out: &mut Output) {
        let mut files: BTreeMap<&RepoPath, Vec<&Element>> = BTreeMap::new();
        for element in context.elements(&self.every) {
            element.files().for_each(|file| files.entry(file).or_default().push(element));
        }
        let wrong = if self.descending { Ordering::Greater } else { Ordering::Less };
        for elements in files.into_values() {
            let keyed: Vec<(&Element, String)> = elements.into_iter().filter_map(|e| Some((e, self.by.of(e)?))).collect();
            let found = keyed.windows(2).find(|pair| self.compare.order(&pair[1].1, &pair[0].1) == wrong);
            if let Some([(before, _), (element, key)]) = found {
                let (here, above) = (self.by.show(element), self.by.show(before));
                let message = format!("`{here}` should stand before `{above}`");
                out.push(Draft::at("unsorted", element, key, message).related_to("it comes after this", before));
            }
        }
    }
}
