//! Help for tests of rules about changes: a rule bound from text, and small trees to run it on.

use std::cell::RefCell;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Change, Context, Documents, Draft, FileChange, FixStep, Output, Pair, Rule};
use crate::facts::{Binder, Selection, Source, Store, compile_set};
use crate::finding::{Place, Side};
use crate::formats::{self, DataFormat, quoted_like};
use crate::options::{Options, Origin, Written};
use crate::text::RepoPath;
use crate::tree::{Index, MemoryTree, Peers};

/// A rule, and the selections that it made.
pub(super) struct Bound {
    pub rule: Box<dyn Rule>,
    selections: Vec<Selection>,
}

/// A path and its content.
pub(super) type File<'t> = (&'t str, &'t str);

/// The time at which all tests run.
pub(super) fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().expect("it is an instant")
}

/// Binds the options of a kind, given in YAML.
///
/// # Errors
/// The complaints about them.
pub(super) fn bind(kind: &str, options: &str) -> Result<Bound, Vec<String>> {
    let kind = super::find(kind).expect("there is such a kind");
    let document = formats::parse(DataFormat::Yaml, options.as_bytes()).expect("the options are YAML");
    let root = document.roots[0];
    let written = Written::new(Origin::new(RepoPath::new("ssot.yaml"), options.into(), None), document);
    let store = RefCell::new(Store::default());
    let binder = Binder::new(&written, &store, crate::facts::registry(), Vec::new());
    let rule = Options::read(written.value(root), kind.name, kind.fields).and_then(|options| (kind.bind)(&options, &binder));
    let complaints: Vec<String> = written.take_complaints().into_iter().map(|complaint| complaint.message).collect();
    match rule {
        Some(rule) if complaints.is_empty() => Ok(Bound { rule, selections: store.into_inner().selections }),
        _ => Err(complaints),
    }
}

impl Bound {
    /// What the rule says about one file of base, of head, or of both.
    pub fn pair(&self, base: Option<File<'_>>, head: Option<File<'_>>) -> Output {
        let path = |file: Option<File<'_>>| RepoPath::new(file.map_or("", |(path, _)| path));
        let (base_path, head_path) = (path(base), path(head));
        let base = base.map(|(_, text)| Source::new(&base_path, text.as_bytes()));
        let head = head.map(|(_, text)| Source::new(&head_path, text.as_bytes()));
        let mut out = Output::default();
        self.rule.check_pair(&Pair { head: head.as_ref(), base: base.as_ref(), now: now() }, &mut out);
        out
    }

    /// What the rule says about the listings of two trees.
    pub fn judge(&self, base: &[File<'_>], head: &[File<'_>]) -> Output {
        let index = |files: &[File<'_>]| Index::new(Arc::new(MemoryTree::new(files.iter().copied())));
        let (base_index, head_index) = (index(base), index(head));
        let select = |index: &Index| -> Vec<Vec<usize>> {
            let sets = self.selections.iter().map(|selection| compile_set(selection.include.iter().map(String::as_str)));
            let sets = sets.map(|set| set.expect("the globs are sound"));
            let paths = index.entries();
            sets.map(|set| (0..paths.len()).filter(|at| set.is_match(paths[*at].path.as_str())).collect()).collect()
        };
        let (selected, selected_base) = (select(&head_index), select(&base_index));
        let (changes, renames) = (changes(base, head), renames(base, head));
        let context = Context {
            head: &head_index,
            base: Some(&base_index),
            renames: &renames,
            changes: &changes,
            rule: &Place::file(RepoPath::new("ssot.yaml")),
            now: now(),
            facts: &[],
            elements: &[],
            unknown: &[],
            selected: &selected,
            selected_base: &selected_base,
            peers: &Peers::new(),
            selected_peers: &std::collections::BTreeMap::new(),
            documents: &Documents::new(),
        };
        let mut out = Output::default();
        self.rule.judge(&context, &mut out);
        out
    }
}

fn content<'t>(files: &[File<'t>], path: &str) -> Option<&'t str> {
    files.iter().find(|(other, _)| *other == path).map(|(_, text)| *text)
}

fn changes(base: &[File<'_>], head: &[File<'_>]) -> Vec<FileChange> {
    let mut paths: Vec<&str> = base.iter().chain(head).map(|(path, _)| *path).collect();
    paths.sort_unstable();
    paths.dedup();
    let kind = |path: &str| match (content(base, path), content(head, path)) {
        (None, _) => Some(Change::Added),
        (_, None) => Some(Change::Deleted),
        (old, new) => (old != new).then_some(Change::Modified),
    };
    paths.into_iter().filter_map(|path| Some(FileChange { path: RepoPath::new(path), kind: kind(path)? })).collect()
}

fn renames(base: &[File<'_>], head: &[File<'_>]) -> Vec<(RepoPath, RepoPath)> {
    let gone = base.iter().filter(|(path, _)| content(head, path).is_none());
    let came = |text: &str| head.iter().find(|(path, other)| content(base, path).is_none() && *other == text);
    gone.filter_map(|(path, text)| Some((RepoPath::new(path), RepoPath::new(came(text)?.0)))).collect()
}

/// `code path:line:column`, or `code path` of the file as a whole.
pub(super) fn line(draft: &Draft) -> String {
    format!("{} {}", draft.code, position(&draft.place))
}

/// All drafts by [`line`], sorted.
pub(super) fn lines(out: &Output) -> Vec<String> {
    let mut lines: Vec<String> = out.drafts.iter().map(line).collect();
    lines.sort_unstable();
    lines
}

/// `side path:line:column` of each other end.
pub(super) fn related(draft: &Draft) -> Vec<String> {
    let side = |side: &Side| side.as_str().to_string();
    draft.related.iter().map(|related| format!("{} {}", side(&related.side), position(&related.place))).collect()
}

fn position(place: &Place) -> String {
    match place.range {
        Some(range) => format!("{}:{}:{}", place.path, range.start.line, range.start.column),
        None => place.path.to_string(),
    }
}

/// The text of head after the fixes of all drafts.
pub(super) fn fixed(out: &Output, path: &str, text: &str) -> String {
    let format = DataFormat::of(&RepoPath::new(path));
    let mut edits: Vec<(crate::text::Span, String)> = Vec::new();
    for step in out.drafts.iter().filter_map(|draft| draft.fix.as_ref()).flat_map(|fix| &fix.steps) {
        edits.push(match step {
            FixStep::Edit(edit) => (edit.span, edit.text.clone()),
            FixStep::Replace { place, value } => {
                let span = place.span().expect("a scalar has a place");
                (span, quoted_like(format.expect("it is data"), span.slice(text.as_bytes()), value))
            }
            FixStep::Append { .. } => panic!("nothing is appended"),
        });
    }
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(*span));
    edits.dedup();
    edits.into_iter().fold(text.to_string(), |text, (span, new)| format!("{}{new}{}", &text[..span.start], &text[span.end..]))
}
