//! `forbid`: what must not be there.

use super::{Code, Context, Draft, Kind, Output, Role, Rule};
use crate::facts::{Binder, FactSet};
use crate::finding::Severity;
use crate::options::Options;

pub(super) static KIND: Kind = Kind {
    name: "forbid",
    about: "A fact has no element.",
    page: include_str!("forbid.md"),
    fields: &[],
    codes: &[Code { name: "forbidden", severity: Severity::Error, about: "An element of the fact." }],
    needs_base: false,
    bind,
};

struct Forbid {
    fact: FactSet,
}

fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    Some(Box::new(Forbid { fact: binder.facts(options.value)? }))
}

impl Rule for Forbid {
    fn facts(&self) -> Vec<(&FactSet, Role)> {
        vec![(&self.fact, Role::Suspect)]
    }

    fn judge(&self, context: &Context<'_>, out: &mut Output) {
        for element in context.elements(&self.fact) {
            let what = match context.fact(element.fact).kind {
                "path" | "dirs" => "must not be in the tree",
                "env-reads" => "must not be read here",
                "calls" => "must not be called here",
                "path-refs" => "must not be referred to here",
                "env-file" => "must not be set here",
                _ => "must not be here",
            };
            let value = element.shown();
            out.push(Draft::at("forbidden", element, &element.value, format!("`{value}` {what}")));
        }
    }
}
