//! `exists`: values that are paths lead to something.

use super::{Code, Context, Draft, Kind, Output, Role, Rule};
use crate::facts::{Binder, By, Element, FactSet, compile_set, is_literal};
use crate::finding::{Place, Reason};
use crate::options::{Field, Options, Shape};
use crate::text::{RepoPath, resolve};

pub(super) static KIND: Kind = Kind {
    name: "exists",
    about: "Each value is a file or a directory of the tree, or a glob that matches something.",
    page: include_str!("exists.md"),
    fields: &[
        Field::required("every", Shape::Fact, "The fact whose values are paths."),
        Field::new("by", Shape::Text, "The capture that is the path instead of the value."),
    ],
    codes: &[Code::error("dangling", "The path leads to nothing.")],
    needs_base: false,
    bind,
};

struct Exists {
    every: FactSet,
    by: By,
}

fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    let every = binder.facts(options.get("every")?)?;
    let by = binder.by(options, "by", &every)?;
    Some(Box::new(Exists { every, by }))
}

impl Rule for Exists {
    fn facts(&self) -> Vec<(&FactSet, Role)> {
        vec![(&self.every, Role::Subject)]
    }

    fn judge(&self, context: &Context<'_>, out: &mut Output) {
        for element in context.elements(&self.every) {
            let reference = context.fact(element.fact).kind == "path-refs";
            if reference && (element.get("use") == Some("write") || element.many) {
                continue;
            }
            let Some(value) = self.by.of(element) else { continue };
            let paths = paths(context, element, &value);
            if paths.iter().any(|path| context.stands(path)) || matches_something(context, element, &value) {
                continue;
            }
            match paths.iter().find_map(|path| context.beyond(path)) {
                Some(entry) => {
                    let message = format!("`{}` lies beyond `{}`, which is not followed", self.by.show(element), entry.path);
                    out.stuck(Reason::Unreachable, element.place.clone(), message);
                }
                None => out.push(dangling(context, element, &value, &self.by.show(element))),
            }
        }
    }
}

/// The paths that a value may mean: what a document says is relative to the document, then to the root.
fn paths(context: &Context<'_>, element: &Element, value: &str) -> Vec<String> {
    let own = is_document(context, element).then(|| resolve(element.place.path.dir(), value));
    [own.flatten(), resolve("", value)].into_iter().flatten().collect()
}

fn is_document(context: &Context<'_>, element: &Element) -> bool {
    context.fact(element.fact).kind == "markdown"
}

/// Whether a value is a glob, and some file or directory is of that form.
fn matches_something(context: &Context<'_>, element: &Element, value: &str) -> bool {
    if is_literal(value) {
        return false;
    }
    let dir = element.place.path.dir();
    let own = (is_document(context, element) && !dir.is_empty()).then(|| format!("{dir}/{}", value.trim_start_matches("./")));
    compile_set(own.iter().map(String::as_str).chain([value])).is_ok_and(|globs| {
        let files = context.head.entries().iter().map(|entry| entry.path.as_str());
        let directories = context.head.directories().iter().map(String::as_str);
        files.chain(directories).any(|path| globs.is_match(path))
    })
}

fn dangling(context: &Context<'_>, element: &Element, value: &str, shown: &str) -> Draft {
    let mut draft = Draft::at("dangling", element, value, {
        let what = if is_literal(value) { "does not exist" } else { "matches nothing" };
        format!("`{shown}` {what}")
    });
    let path = RepoPath::new(value.trim_end_matches('/'));
    let elsewhere: Vec<_> = context.head.named(path.name()).take(4).collect();
    for entry in elsewhere.iter().take(3) {
        draft = draft.related("a file of that name is here", Place::file(entry.path.clone()));
    }
    match elsewhere.as_slice() {
        [only] => draft.help(format!("did it move to `{}`?", only.path)),
        _ => draft.help("correct the path, or bring the file back"),
    }
}
