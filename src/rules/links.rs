//! `links`: links of documents lead to something.

mod destination;
mod wording;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::{Code, Context, Kind, Output, Role, Rule};
use crate::facts::{Binder, Documents, Element, FactSet, Reader, SelectionId, Source};
use crate::finding::{Place, Reason};
use crate::formats::markdown::is_markdown;
use crate::options::{Field, Options, Shape};
use crate::text::{RepoPath, resolve};

use wording::Near;

pub(super) static KIND: Kind = Kind {
    name: "links",
    about: "Links of Markdown files lead to something in the tree.",
    page: include_str!("links.md"),
    fields: &[
        Field::required("files", Shape::Many(&Shape::Glob), "The documents."),
        Field::new("exclude", Shape::Many(&Shape::Glob), "Files that are not judged; links may lead to them all the same."),
        Field::new("optional", Shape::Boolean, "Whether it is fine that no file is selected."),
        Field::new(
            "check",
            Shape::List(&Shape::Word(&["paths", "anchors"])),
            "What is judged: `paths`, `anchors`, or both. Default: both.",
        ),
    ],
    codes: &[
        Code::error("dead-link", "The link leads to a path that is not there."),
        Code::error("dead-anchor", "The link leads to a document that has no such anchor."),
    ],
    needs_base: false,
    bind,
};

struct Links {
    files: SelectionId,
    links: FactSet,
    /// What links into the judged documents themselves can lead to.
    anchors: FactSet,
    paths: bool,
    fragments: bool,
}

fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    let files = binder.selection(options)?;
    let own = |name: &str, documents: Documents| {
        let captures = documents.captures();
        binder.own_fact("markdown", name, Reader::Content(Arc::new(documents)), files, captures)
    };
    let words: Option<Vec<&str>> = match options.get("check") {
        None => Some(vec!["paths", "anchors"]),
        Some(check) => check.list()?.into_iter().map(|word| word.word(&["paths", "anchors"])).collect(),
    };
    let words = words?;
    if words.is_empty() {
        options.get("check")?.complain("name what is judged: `paths`, `anchors`, or both");
        return None;
    }
    let checks = |word: &str| words.contains(&word);
    Some(Box::new(Links {
        files,
        links: own("destinations", Documents::Destinations),
        anchors: own("anchors", Documents::Anchors),
        paths: checks("paths"),
        fragments: checks("anchors"),
    }))
}

/// Where the anchors of a document stand.
type Anchors<'a> = HashMap<&'a str, Place>;

/// A link of which the path is there.
struct Sound<'a> {
    element: &'a Element,
    target: RepoPath,
    fragment: &'a str,
}

impl Rule for Links {
    fn facts(&self) -> Vec<(&FactSet, Role)> {
        vec![(&self.links, Role::Suspect), (&self.anchors, Role::Truth)]
    }

    fn selections(&self) -> Vec<SelectionId> {
        vec![self.files]
    }

    /// For the renames that mend a link.
    fn looks_at_base(&self) -> bool {
        true
    }

    /// Documents outside of the rule's files that links lead into.
    fn documents_of(&self, context: &Context<'_>) -> Vec<RepoPath> {
        let own: HashSet<&RepoPath> = context.selected(self.files).map(|entry| &entry.path).collect();
        let targets = context.elements(&self.links).into_iter().filter_map(|link| self.sound(context, link));
        let targets: HashSet<RepoPath> = targets.map(|sound| sound.target).filter(|target| !own.contains(target)).collect();
        let mut targets: Vec<RepoPath> = targets.into_iter().collect();
        targets.sort();
        targets
    }

    fn judge(&self, context: &Context<'_>, out: &mut Output) {
        let near = Near::new(context);
        let mut known: HashMap<RepoPath, Anchors<'_>> = HashMap::new();
        for anchor in context.elements(&self.anchors) {
            known.entry(anchor.place.path.clone()).or_default().insert(&anchor.value, anchor.place.clone());
        }
        let own: HashSet<&RepoPath> = context.selected(self.files).map(|entry| &entry.path).collect();
        let unread: HashSet<&RepoPath> = context.unknown_places(&self.anchors).collect();
        let mut outside: BTreeMap<RepoPath, Vec<Sound<'_>>> = BTreeMap::new();
        for link in context.elements(&self.links) {
            if self.paths {
                judge_path(context, &near, link, out);
            }
            let Some(sound) = self.sound(context, link) else { continue };
            match known.get(&sound.target) {
                Some(anchors) => judge_anchor(&near, &sound, anchors, out),
                None if unread.contains(&sound.target) => {}
                None if own.contains(&sound.target) => judge_anchor(&near, &sound, &Anchors::new(), out),
                None => outside.entry(sound.target.clone()).or_default().push(sound),
            }
        }
        for (target, links) in outside {
            judge_outside(context, &near, &target, &links, out);
        }
    }
}

impl Links {
    /// The link as one whose anchor is to be judged, if it is such.
    fn sound<'a>(&self, context: &Context<'_>, link: &'a Element) -> Option<Sound<'a>> {
        let fragment = link.get("fragment").filter(|fragment| self.fragments && !is_always_there(fragment))?;
        let target = match link.value.is_empty() {
            true => link.place.path.clone(),
            false => RepoPath::new(resolve(link.place.path.dir(), &link.value)?),
        };
        let entry = context.head.entry(target.as_str())?;
        let is_document = entry.kind == crate::tree::EntryKind::File && (is_markdown(&target) || link.value.is_empty());
        is_document.then_some(Sound { element: link, target, fragment })
    }
}

/// Whether a fragment means the top, lines, or words of the text, which are there without an anchor.
fn is_always_there(fragment: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_line = |text: &str| match text.strip_prefix('L').unwrap_or(text).split_once('C') {
        Some((line, column)) => digits(line) && digits(column),
        None => digits(text.strip_prefix('L').unwrap_or(text)),
    };
    let lines = fragment.starts_with('L') && fragment.split('-').all(is_line);
    fragment.is_empty() || fragment == "top" || lines || fragment.starts_with(":~:")
}

fn judge_path(context: &Context<'_>, near: &Near<'_>, link: &Element, out: &mut Output) {
    let path = resolve(link.place.path.dir(), &link.value);
    let there = path.as_ref().is_some_and(|path| link.value.is_empty() || context.stands(path));
    if there {
        return;
    }
    match path.as_ref().and_then(|path| context.beyond(path)) {
        Some(entry) => {
            let message = format!("`{}` leads beyond `{}`, which is not followed", link.shown(), entry.path);
            out.stuck(Reason::Unreachable, link.place.clone(), message);
        }
        None => out.push(near.dead_link(link, path.as_deref())),
    }
}

fn judge_anchor(near: &Near<'_>, sound: &Sound<'_>, anchors: &Anchors<'_>, out: &mut Output) {
    if !anchors.contains_key(sound.fragment) {
        out.push(near.dead_anchor(sound.element, sound.fragment, &sound.target, anchors));
    }
}

/// Links into a document that is read for their sake.
fn judge_outside(context: &Context<'_>, near: &Near<'_>, target: &RepoPath, links: &[Sound<'_>], out: &mut Output) {
    let content = context.documents.get(target).and_then(Option::as_ref);
    let source = content.map(|bytes| Source::new(target, bytes));
    match source.as_ref().map(|source| (source, source.markdown())) {
        Some((source, Ok(markdown))) => {
            let anchors = markdown.anchors().map(|(anchor, span)| (anchor, source.place(span))).collect();
            links.iter().for_each(|sound| judge_anchor(near, sound, &anchors, out));
        }
        unread => {
            let why = unread.and_then(|(_, read)| read.err()).map_or("it cannot be read", |error| error.message.as_str());
            for sound in links {
                let message = format!("whether `{target}` has `#{}` cannot be told: {why}", sound.fragment);
                out.stuck(Reason::IncompleteTruth, sound.element.place.clone(), message);
            }
        }
    }
}
