//! What is said of a dead link, and what mends it.

use std::cell::{Cell, OnceCell};
use std::collections::HashMap;

use super::super::{Context, Draft, FixStep};
use super::destination::rewritten;
use crate::facts::Element;
use crate::finding::{Edit, Place};
use crate::formats::markdown::slug;
use crate::text::{RepoPath, did_you_mean};

/// Files of the same name that a finding shows.
const SHOWN: usize = 3;

/// Anchors of a document beyond which none that is similar is looked for, and how many findings may look.
const MOST_ANCHORS: usize = 2_000;
const MOST_HINTS: usize = 500;

/// What is near to what is dead.
pub(super) struct Near<'a> {
    context: &'a Context<'a>,
    moved: HashMap<&'a str, &'a RepoPath>,
    /// Paths in lower case, made when they are first asked for.
    lower: OnceCell<HashMap<String, Vec<&'a RepoPath>>>,
    hints: Cell<usize>,
}

impl<'a> Near<'a> {
    pub fn new(context: &'a Context<'a>) -> Self {
        let moved = context.renames.iter().map(|(from, to)| (from.as_str(), to)).collect();
        Near { context, moved, lower: OnceCell::new(), hints: Cell::new(MOST_HINTS) }
    }

    /// The files of the same name; without one those of the same path in other case.
    fn candidates(&self, path: &str) -> Vec<&'a RepoPath> {
        let name = path.rsplit('/').next().unwrap_or_default();
        let named: Vec<&RepoPath> = self.context.head.named(name).take(SHOWN + 1).map(|entry| &entry.path).collect();
        if !named.is_empty() {
            return named;
        }
        let lower = self.lower.get_or_init(|| {
            let mut lower: HashMap<String, Vec<&RepoPath>> = HashMap::new();
            for entry in self.context.head.entries() {
                lower.entry(entry.path.as_str().to_ascii_lowercase()).or_default().push(&entry.path);
            }
            lower
        });
        lower.get(&path.to_ascii_lowercase()).cloned().unwrap_or_default()
    }

    fn anchor<'n>(&self, fragment: &str, anchors: &HashMap<&'n str, Place>) -> Option<&'n str> {
        let left = self.hints.get().checked_sub(1)?;
        if anchors.len() > MOST_ANCHORS {
            return None;
        }
        self.hints.set(left);
        let mut known: Vec<&str> = anchors.keys().copied().collect();
        known.sort_unstable();
        did_you_mean(fragment, known)
    }

    pub fn dead_link(&self, link: &Element, path: Option<&str>) -> Draft {
        let message = match path {
            Some(_) => format!("`{}` leads to nothing", link.shown()),
            None => format!("`{}` leads out of the tree", link.shown()),
        };
        let draft = Draft::at("dead-link", link, &link.value, message);
        let Some(path) = path else { return draft.help("use an address with a scheme for what is not in the tree") };
        if let Some(to) = self.moved.get(path) {
            let draft = draft.related("it was renamed to this", Place::file((*to).clone()));
            return mend(draft, link, to.as_str()).help(format!("it is `{to}` now"));
        }
        let elsewhere: Vec<&RepoPath> = self.candidates(path).into_iter().take(SHOWN + 1).collect();
        let shown = elsewhere.iter().take(SHOWN);
        let draft = shown.fold(draft, |draft, path| draft.related("a file of that name is here", Place::file((*path).clone())));
        match elsewhere.as_slice() {
            [only] => mend(draft, link, only.as_str()).help(format!("did it move to `{only}`?")),
            _ => draft.help("correct the link, or bring the file back"),
        }
    }

    pub fn dead_anchor(&self, link: &Element, fragment: &str, target: &RepoPath, anchors: &HashMap<&str, Place>) -> Draft {
        let message = format!("`{target}` has no anchor `#{fragment}`");
        let draft = Draft::at("dead-anchor", link, format!("{}#{fragment}", link.value), message);
        let wanted = slug(fragment);
        if let Some(place) = anchors.get(wanted.as_str()) {
            let fix = edit(link, |destination| {
                let (path, _) = destination.split_once('#')?;
                Some(format!("{path}#{wanted}"))
            });
            let draft = draft.related("its anchor is here", place.clone()).help(format!("GitHub makes `#{wanted}` of it"));
            return fix.into_iter().fold(draft, |draft, step| draft.fix(format!("write `#{wanted}`"), vec![step]));
        }
        match self.anchor(fragment, anchors) {
            Some(near) => {
                draft.related("a similar anchor is here", anchors[near].clone()).help(format!("did you mean `#{near}`?"))
            }
            None => draft
                .related("this document has no such anchor", Place::file(target.clone()))
                .help("correct the anchor, or bring the heading back"),
        }
    }
}

/// Lets the link lead to `to`, where its destination can be written anew.
fn mend(draft: Draft, link: &Element, to: &str) -> Draft {
    match edit(link, |destination| rewritten(destination, link.place.path.dir(), to)) {
        Some(step) => draft.fix(format!("link to `{to}`"), vec![step]),
        None => draft,
    }
}

/// The step that writes a destination anew: where it stands, or in the definition that the link refers to.
fn edit(link: &Element, write: impl Fn(&str) -> Option<String>) -> Option<FixStep> {
    let text = write(link.get("destination")?)?;
    let place = link.related.first().map_or(&link.place, |definition| &definition.place);
    Some(FixStep::Edit(Edit { path: place.path.clone(), span: place.span()?, text }))
}
