//! What is said of a dead link, and what mends it.

use std::collections::HashMap;

use super::super::{Context, Draft, FixStep};
use super::destination::rewritten;
use crate::facts::Element;
use crate::finding::{Edit, Place};
use crate::formats::markdown::slug;
use crate::text::{RepoPath, did_you_mean};

/// Files of the same name that a finding shows.
const SHOWN: usize = 3;

pub(super) fn dead_link(context: &Context<'_>, link: &Element, path: Option<&str>) -> Draft {
    let message = match path {
        Some(_) => format!("`{}` leads to nothing", link.shown()),
        None => format!("`{}` leads out of the tree", link.shown()),
    };
    let draft = Draft::at("dead-link", link, &link.value, message);
    let Some(path) = path else { return draft.help("use an address with a scheme for what is not in the tree") };
    if let Some((_, to)) = context.renames.iter().find(|(from, _)| from.as_str() == path) {
        let draft = draft.related("it was renamed to this", Place::file(to.clone()));
        return mend(draft, link, to.as_str()).help(format!("it is `{to}` now"));
    }
    let elsewhere: Vec<&RepoPath> = candidates(context, path).into_iter().take(SHOWN + 1).collect();
    let draft = elsewhere
        .iter()
        .take(SHOWN)
        .fold(draft, |draft, path| draft.related("a file of that name is here", Place::file((*path).clone())));
    match elsewhere.as_slice() {
        [only] => mend(draft, link, only.as_str()).help(format!("did it move to `{only}`?")),
        _ => draft.help("correct the link, or bring the file back"),
    }
}

/// The files of the same name; without one those of the same path in other case.
fn candidates<'a>(context: &Context<'a>, path: &str) -> Vec<&'a RepoPath> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let named: Vec<&RepoPath> = context.head.named(name).take(SHOWN + 1).map(|entry| &entry.path).collect();
    match named.is_empty() {
        false => named,
        true => context
            .head
            .entries()
            .iter()
            .map(|entry| &entry.path)
            .filter(|other| other.as_str().eq_ignore_ascii_case(path))
            .collect(),
    }
}

pub(super) fn dead_anchor(link: &Element, fragment: &str, target: &RepoPath, anchors: &HashMap<&str, Place>) -> Draft {
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
    let mut known: Vec<&str> = anchors.keys().copied().collect();
    known.sort_unstable();
    match did_you_mean(fragment, known) {
        Some(near) => draft.related("a similar anchor is here", anchors[near].clone()).help(format!("did you mean `#{near}`?")),
        None => draft
            .related("this document has no such anchor", Place::file(target.clone()))
            .help("correct the anchor, or bring the heading back"),
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
