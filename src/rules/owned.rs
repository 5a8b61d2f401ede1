//! `owned`: files have owners by GitHub's CODEOWNERS rules.

use super::{Code, Context, Draft, Kind, Output, Rule};
use crate::facts::{Binder, SelectionId, Source};
use crate::finding::{Place, Reason};
use crate::formats::codeowners::{self, Line, Matcher, PLACES, is_owner};
use crate::formats::{ParseError, utf8};
use crate::options::{Field, Options, Shape};
use crate::text::{RepoPath, Span};

pub(super) static KIND: Kind = Kind {
    name: "owned",
    about: "Each file has an owner, by the rules of GitHub's CODEOWNERS, and each line of that file means something.",
    page: include_str!("owned.md"),
    fields: &[
        Field::required("files", Shape::Many(&Shape::Glob), "The files that need an owner."),
        Field::new("exclude", Shape::Many(&Shape::Glob), "Files that need none."),
        Field::new("optional", Shape::Boolean, "Whether it is fine that no file is selected."),
        Field::new("codeowners", Shape::Text, "The path of the file. Default: the first of GitHub's three places that has one."),
    ],
    codes: &[
        Code::error("unowned", "A file that no line matches."),
        Code::warning("cleared", "A file of which the last line that matches names no owner."),
        Code::error("dead-pattern", "A pattern that matches no file of the tree."),
        Code::error("bad-owner", "An owner that is neither a user, nor a team, nor an address."),
        Code::error("bad-pattern", "A pattern that GitHub does not take."),
        Code::error("no-codeowners", "There is no CODEOWNERS file."),
    ],
    needs_base: false,
    bind,
};

struct Owned {
    files: SelectionId,
    places: Vec<RepoPath>,
}

fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    let places = match options.get("codeowners") {
        Some(path) => vec![RepoPath::new(path.text()?)],
        None => PLACES.iter().map(RepoPath::new).collect(),
    };
    Some(Box::new(Owned { files: binder.selection(options)?, places }))
}

impl Rule for Owned {
    fn selections(&self) -> Vec<SelectionId> {
        vec![self.files]
    }

    fn documents(&self) -> Vec<RepoPath> {
        self.places.clone()
    }

    fn judge(&self, context: &Context<'_>, out: &mut Output) {
        let Some(path) = self.places.iter().find(|path| context.head.is_file(path.as_str())) else {
            let places: Vec<String> = self.places.iter().map(|path| format!("`{path}`")).collect();
            let message = format!("there is no CODEOWNERS file: nothing at {}", places.join(", "));
            return out.push(Draft::new("no-codeowners", context.rule.clone(), "", message).help("add one"));
        };
        let stuck = |out: &mut Output, reason, error: &ParseError, place: Place| {
            out.stuck(reason, place, format!("who owns what cannot be told: {}", error.message));
        };
        let Some(bytes) = context.documents.get(path).and_then(Option::as_ref) else {
            return stuck(out, Reason::Unreadable, &ParseError::new(0, "it cannot be read"), Place::file(path.clone()));
        };
        let source = Source::new(path, bytes);
        let text = match utf8(source.bytes) {
            Ok(text) => text,
            Err(error) => return stuck(out, Reason::Unparsable, &error, source.place(Span::at(error.at))),
        };
        let lines = codeowners::parse(text);
        let patterns = lines.iter().map(|line| if line.fault.is_none() { line.pattern.as_str() } else { "/" });
        match Matcher::new(patterns) {
            Ok(matcher) => Judge { context, source: &source, lines: &lines, matcher: &matcher }.all(self.files, out),
            Err(message) => stuck(out, Reason::Unparsable, &ParseError::new(0, message), source.place(Span::at(0))),
        }
    }
}

struct Judge<'a> {
    context: &'a Context<'a>,
    source: &'a Source<'a>,
    lines: &'a [Line],
    matcher: &'a Matcher,
}

impl Judge<'_> {
    fn all(&self, files: SelectionId, out: &mut Output) {
        let mut alive = vec![false; self.lines.len()];
        for entry in self.context.head.entries() {
            self.matcher.matches(entry.path.as_str()).for_each(|line| alive[line] = true);
        }
        let dead = |at: &usize| !alive[*at] && self.lines[*at].fault.is_none();
        let dead: Vec<usize> = (0..self.lines.len()).filter(dead).collect();
        for (at, elsewhere) in self.in_other_case(&dead) {
            out.push(self.dead(&self.lines[at], elsewhere));
        }
        self.lines.iter().for_each(|line| self.line(line, out));
        for entry in self.context.selected(files) {
            let sound = |at: &usize| self.lines[*at].is_sound();
            match self.matcher.matches(entry.path.as_str()).filter(sound).max().map(|at| &self.lines[at]) {
                None => out.push(self.unowned(&entry.path)),
                Some(line) if line.owners.is_empty() => out.push(self.cleared(&entry.path, line)),
                Some(_) => {}
            }
        }
    }

    fn line(&self, line: &Line, out: &mut Output) {
        if let Some(fault) = line.fault {
            let message = format!("`{}` is no pattern of CODEOWNERS", line.pattern);
            out.push(Draft::new("bad-pattern", self.source.place(line.span), &line.pattern, message).help(fault));
        }
        for owner in line.owners.iter().filter(|owner| !owner.is_sound) {
            let message = format!("`{}` is no owner: neither a user, nor a team, nor an address", owner.name);
            let place = self.source.place(owner.span);
            let help = "write `@user`, `@organisation/team` or an e-mail address; a comment begins with `#`";
            out.push(Draft::new("bad-owner", place, &owner.name, message).help(help));
        }
    }

    fn dead(&self, line: &Line, elsewhere: Option<&RepoPath>) -> Draft {
        let message = format!("`{}` matches no file", line.pattern);
        let draft = Draft::new("dead-pattern", self.source.place(line.span), &line.pattern, message);
        if is_owner(&line.pattern) {
            return draft.help("this looks like an owner: the pattern before it is missing");
        }
        match elsewhere {
            Some(path) => draft
                .help(format!("in other case it matches `{path}`"))
                .related("this is meant by other case", Place::file(path.clone())),
            None => draft.help("remove the line, or correct the pattern"),
        }
    }

    /// Each of these lines, with the first file that it would match if case did not matter.
    fn in_other_case(&self, dead: &[usize]) -> Vec<(usize, Option<&RepoPath>)> {
        let mut found: Vec<(usize, Option<&RepoPath>)> = dead.iter().map(|at| (*at, None)).collect();
        let lower: Vec<String> = dead.iter().map(|at| self.lines[*at].pattern.to_lowercase()).collect();
        let Ok(matcher) = Matcher::new(lower.iter().map(String::as_str)) else { return found };
        if !dead.is_empty() {
            for entry in self.context.head.entries() {
                for at in matcher.matches(&entry.path.as_str().to_lowercase()) {
                    found[at].1.get_or_insert(&entry.path);
                }
            }
        }
        found
    }

    fn unowned(&self, path: &RepoPath) -> Draft {
        Draft::new("unowned", Place::file(path.clone()), path.as_str(), format!("`{path}` has no owner"))
            .related("no line of this matches it", Place::file(self.source.path.clone()))
            .help("add a line that matches it")
    }

    fn cleared(&self, path: &RepoPath, line: &Line) -> Draft {
        let message = format!("`{path}` has no owner: the last line that matches it names none");
        Draft::new("cleared", Place::file(path.clone()), path.as_str(), message)
            .related("this line takes its owners away", self.source.place(line.span))
            .help("name an owner there, or accept this")
    }
}
