//! `home`: files, or the elements of a fact, lie where they belong.

use globset::GlobSet;
use regex::Regex;

use super::{Code, Context, Draft, Kind, Output, Role, Rule};
use crate::facts::{Binder, FactSet, SelectionId, is_literal, normal, read_globs};
use crate::finding::Place;
use crate::options::{Field, Options, Shape};
use crate::text::RepoPath;

pub(super) static KIND: Kind = Kind {
    name: "home",
    about: "Each selected file, or each element of a fact, lies in one place.",
    page: include_str!("home.md"),
    fields: &[
        Field::new("files", Shape::Many(&Shape::Glob), "The files that have a home."),
        Field::new("exclude", Shape::Many(&Shape::Glob), "Files that are not meant."),
        Field::new("optional", Shape::Boolean, "Whether it is fine that no file is selected."),
        Field::new("every", Shape::Fact, "Instead of `files`: a fact whose elements have a home."),
        Field::new("named", Shape::Regex, "Only files whose name this regex finds."),
        Field::required(
            "only-in",
            Shape::Many(&Shape::Glob),
            "The home: a directory or a glob of directories, with `every` also a file; or one of a list.",
        ),
        Field::new("depth", Shape::Word(&["any", "direct"]), "`direct`: not in a directory below the home. Default: `any`."),
    ],
    codes: &[Code::error("stray", "Something lies outside its home."), Code::error("no-home", "The home does not exist.")],
    needs_base: false,
    bind,
};

struct Home {
    what: What,
    named: Option<Regex>,
    homes: Vec<String>,
    /// The homes as globs of directories (and files).
    globs: GlobSet,
    direct: bool,
}

enum What {
    Files(SelectionId),
    Elements(FactSet),
}

fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    let what = match (options.get("files"), options.get("every")) {
        (Some(_), None) => What::Files(binder.selection(options)?),
        (None, Some(every)) => What::Elements(binder.facts(every)?),
        _ => {
            options.value.complain("`home` takes either `files` or `every`");
            return None;
        }
    };
    let written = read_globs(options.get("only-in")?);
    let homes: Vec<String> = written.iter().map(|home| directory(home)).collect();
    let mut globs = globset::GlobSetBuilder::new();
    for home in &homes {
        globs.add(globset::GlobBuilder::new(home).literal_separator(true).build().ok()?);
    }
    let named = match options.get("named") {
        Some(value) => Some(value.regex()?),
        None => None,
    };
    let direct = options.word("depth") == Some("direct");
    Some(Box::new(Home { what, named, homes, globs: globs.build().ok()?, direct }))
}

/// A home as the tree names it: `db/**` is what lies below `db`, and `.` the top, which has no name.
fn directory(home: &str) -> String {
    let home = normal(home);
    let home = home.trim_end_matches('/');
    match home.strip_suffix("/**").unwrap_or(home) {
        "." => String::new(),
        home => home.to_string(),
    }
}

impl Home {
    /// Whether a home that a policy names is there: a directory, or with `every` a file.
    fn is_there(&self, context: &Context<'_>, home: &str) -> bool {
        let is_file = matches!(self.what, What::Elements(_)) && context.head.is_file(home);
        home.is_empty() || is_file || context.head.is_dir(home)
    }

    /// Whether `path` lies in a home: one of its directories is one (the nearest, with `depth: direct`), or it is a home itself.
    fn holds(&self, path: &RepoPath, itself: bool) -> bool {
        if itself && self.globs.is_match(path.as_str()) {
            return true;
        }
        let mut dir = path.dir();
        loop {
            let is_home = if dir.is_empty() { self.homes.contains(&String::new()) } else { self.globs.is_match(dir) };
            if is_home {
                return true;
            }
            match dir.rsplit_once('/') {
                Some((parent, _)) if !self.direct => dir = parent,
                None if !self.direct && !dir.is_empty() => dir = "",
                _ => return false,
            }
        }
    }

    fn shown(&self) -> String {
        self.homes.iter().map(|home| format!("`{}`", if home.is_empty() { "." } else { home })).collect::<Vec<_>>().join(" or ")
    }

    fn stray(&self, context: &Context<'_>, place: Place, subject: &str, message: String) -> Draft {
        let mut draft = Draft::new("stray", place, subject, message).help(format!("move it to {}, or delete it", self.shown()));
        for home in self.homes.iter().filter(|home| is_literal(home) && !home.is_empty()) {
            if self.is_there(context, home) {
                draft = draft.related("its home is here", Place::file(RepoPath::new(home)));
            }
        }
        draft
    }
}

impl Rule for Home {
    fn facts(&self) -> Vec<(&FactSet, Role)> {
        match &self.what {
            What::Files(_) => Vec::new(),
            What::Elements(every) => vec![(every, Role::Subject)],
        }
    }

    fn selections(&self) -> Vec<SelectionId> {
        match &self.what {
            What::Files(files) => vec![*files],
            What::Elements(_) => Vec::new(),
        }
    }

    fn judge(&self, context: &Context<'_>, out: &mut Output) {
        for home in self.homes.iter().filter(|home| is_literal(home)) {
            if !self.is_there(context, home) {
                let message = format!("the home `{home}` does not exist");
                out.push(Draft::new("no-home", context.rule.clone(), home, message).help("create it, or correct `only-in`"));
            }
        }
        let named = |name: &str| self.named.as_ref().is_none_or(|named| named.is_match(name));
        match &self.what {
            What::Files(files) => {
                for entry in context.selected(*files).filter(|entry| named(entry.path.name())) {
                    if !self.holds(&entry.path, false) {
                        let message = format!("`{}` lies outside of {}", entry.path, self.shown());
                        out.push(self.stray(context, Place::file(entry.path.clone()), entry.path.as_str(), message));
                    }
                }
            }
            What::Elements(every) => {
                for element in context.elements(every) {
                    let path = &element.place.path;
                    if named(path.name()) && !self.holds(path, true) {
                        let message = format!("`{}` stands outside of {}", element.shown(), self.shown());
                        let mut draft = self.stray(context, element.place.clone(), &element.value, message);
                        draft.related.extend(element.related.iter().cloned());
                        out.push(draft);
                    }
                }
            }
        }
    }
}
