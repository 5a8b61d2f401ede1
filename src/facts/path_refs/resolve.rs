//! From path expressions to the paths that one glob matches in one tree (SPEC 4.2).

use std::collections::{BTreeSet, HashMap, HashSet};

use super::expression::{Depth, Listing, PathExpression, UnknownEnd, Use};
use super::glob::PathGlob;
use crate::text::RepoPath;

/// Paths of the tree that one expression may denote, before it is said to denote just its tail.
const MAX_VALUES: usize = 8;

/// Directories below one that is not there, of which it is asked whether the glob could match what is in them.
const MAX_DEPTH: usize = 8;

/// Names of directories that are looked for in code, because what a glob matches lies below them.
const MAX_LISTED: usize = 64;

/// How code speaks of the directory that it lies in, of which it need not spell the name.
const OWN_DIRECTORY: [&str; 13] = [
    "./",
    "import.meta",
    "go:embed",
    "__dirname",
    "__filename",
    "__file__",
    "__DIR__",
    "__FILE__",
    "__dir__",
    "dirname",
    "BASH_SOURCE",
    "$0",
    "${0",
];

/// What is asked of a tree's paths.
pub trait PathLookup {
    /// Whether `path` is a file of the tree.
    fn contains(&self, path: &str) -> bool;

    /// Whether some file of the tree lies below `path`.
    fn is_dir(&self, path: &str) -> bool;

    /// Shows `visit`, in a fixed order, the files of which `tail` is a whole-segment suffix, until it answers `false`.
    fn ending_with(&self, tail: &str, visit: &mut dyn FnMut(&str) -> bool);

    /// Shows `visit`, in a fixed order, the files below each of these directories, with the part of the path below it, until it
    /// answers `false`.
    fn below(&self, directories: Directories<'_>, visit: &mut dyn FnMut(&str, &str) -> bool);
}

/// Directories of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directories<'a> {
    /// The one with this path; empty at the top.
    At(&'a str),
    /// Each of which this is a whole-segment suffix.
    Ending(&'a str),
}

impl<'a> Directories<'a> {
    pub fn are(self, directory: &str) -> bool {
        match self {
            Directories::At(path) => directory == path,
            // Nobody knows where a program runs.
            Directories::Ending(tail) => !tail.is_empty() && ends_with(directory, tail),
        }
    }

    fn path(self) -> &'a str {
        match self {
            Directories::At(path) | Directories::Ending(path) => path,
        }
    }
}

/// What an expression is, for one glob in one tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    Nothing,
    /// One element each.
    Values(Vec<PathValue>),
    /// It may be a file that the glob matches: only the running program knows.
    Dynamic,
}

/// The value and captures of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathValue {
    pub value: String,
    pub tail: String,
    pub usage: Use,
    /// More than eight files of the tree may be meant: the value is the tail, and it exists.
    pub many: bool,
}

/// Resolves expressions against one glob and the paths of one tree. It remembers the tails that it has seen, so that all
/// look-ups together cost no more than the tree has directories and files.
pub struct Resolver<'a> {
    glob: &'a PathGlob,
    paths: &'a dyn PathLookup,
    /// Where the glob is the plain name of a directory: what is below it.
    below: Vec<PathGlob>,
    seen: HashMap<String, Found>,
}

/// What a tail finds in the tree.
#[derive(Clone, Default)]
struct Found {
    /// Paths that the glob matches.
    values: Vec<String>,
    many: bool,
    /// The tail ends some path of the tree, though perhaps none that the glob matches.
    anywhere: bool,
}

impl<'a> Resolver<'a> {
    pub fn new(glob: &'a PathGlob, paths: &'a dyn PathLookup) -> Self {
        let directories = glob.spelled().filter(|path| paths.is_dir(path));
        let below = directories.filter_map(|path| PathGlob::below(&path).ok()).collect();
        Resolver { glob, paths, below, seen: HashMap::new() }
    }

    /// Strings of which a code file must hold at least one for anything in it to resolve to a path; `None` where there are
    /// none such. What is dynamic is told of files that hold one: a file without any may hide a path of which only the
    /// running program knows the end. (A word cut into pieces, `"mod" + "els"`, is not looked for.)
    pub fn literals(&self) -> Option<Vec<String>> {
        if !self.below.is_empty() {
            return None;
        }
        let mut literals = self.glob.words()?;
        literals.extend(self.listed_above()?);
        literals.extend(OWN_DIRECTORY.map(str::to_owned));
        literals.sort();
        literals.dedup();
        Some(literals)
    }

    /// The names of the directories that hold, however far above, what the glob matches behind a wildcard: a listing of one need
    /// spell nothing else. `None` where there are too many.
    fn listed_above(&self) -> Option<HashSet<String>> {
        let mut names = HashSet::new();
        for directory in self.glob.behind_wildcards() {
            self.paths.below(Directories::Ending(&directory), &mut |path, _| {
                if self.glob.is_match(path) {
                    names.extend(path.rsplit('/').skip(1).map(str::to_owned));
                }
                names.len() <= MAX_LISTED
            });
        }
        (names.len() <= MAX_LISTED).then_some(names)
    }

    /// What `expression`, read in `file`, denotes.
    pub fn resolve(&mut self, expression: &PathExpression, file: &RepoPath) -> Resolved {
        if expression.blank.as_ref().is_some_and(|blank| !self.paths.is_dir(blank)) {
            return Resolved::Nothing;
        }
        let anchored = match expression.relative {
            None => None,
            Some(ups) => match anchored(file, ups, &expression.tail) {
                None => return Resolved::Nothing,
                path => path,
            },
        };
        if let Some(listing) = &expression.listing {
            // Code may run where it was copied to, with all that lies beside it.
            let ways = [anchored.as_deref().map(Directories::At), Some(Directories::Ending(&expression.tail))];
            for directories in ways.into_iter().flatten() {
                let found = self.listed(directories, listing);
                // What a directory of the tree holds is known.
                if found.anywhere {
                    return values(expression, found);
                }
            }
        }
        // What stands at the file's own directory, wherever the code runs.
        let own = expression.here.and_then(|ups| self::anchored(file, ups, &expression.tail));
        if let Some(end) = &expression.unknown_end {
            let own = own.as_ref().filter(|_| expression.tail.is_empty());
            let dir = anchored.as_ref().or(own).unwrap_or(&expression.tail);
            let is_anchored = anchored.is_some() || own.is_some();
            let is_deep = expression.listing.as_ref().is_some_and(|listing| listing.depth == Depth::Any);
            let deepest = if is_deep { end.segments.max(MAX_DEPTH) } else { end.segments };
            let ends = (end.segments..=deepest).map(|segments| UnknownEnd { segments, ..(**end).clone() });
            let can = ends.into_iter().any(|end| self.globs().any(|glob| glob.can_match_below(dir, &end, is_anchored)));
            return if can { Resolved::Dynamic } else { Resolved::Nothing };
        }
        let found = match anchored {
            Some(path) => self.exactly(path),
            None => self.floating(expression),
        };
        match own {
            // Nothing of the tree ends so.
            Some(path) if found.values.is_empty() && !found.anywhere => values(expression, self.exactly(path)),
            _ => values(expression, found),
        }
    }

    /// Whether `expression` is what the glob matches, or a directory of such files: one of these names, or one that the glob
    /// spells.
    pub fn may_begin(&mut self, expression: &PathExpression, file: &RepoPath, directories: &HashSet<&str>) -> bool {
        let (directory, name) = expression.tail.rsplit_once('/').unwrap_or(("", &expression.tail));
        let end = |segments, prefix: &str| UnknownEnd { segments, prefix: prefix.to_owned(), suffix: String::new() };
        let can = |directory: &str, end: UnknownEnd| self.globs().any(|glob| glob.can_match_below(directory, &end, false));
        let is_directory = directories.contains(name) || self.glob.names_directory(name);
        let leads = (1..=MAX_DEPTH).any(|segments| can(&expression.tail, end(segments, "")));
        // `data/v1-` begins the name of a file.
        is_directory && leads
            || !directory.is_empty() && can(directory, end(1, name))
            || self.resolve(expression, file) != Resolved::Nothing
    }

    /// Whether the glob can match what `expression` is, whatever stands for what is unknown of it.
    pub fn may_be(&self, expression: &PathExpression) -> bool {
        let (directory, end) = match &expression.unknown_end {
            // What is unknown may hold any directories.
            Some(end) => ("", UnknownEnd { segments: 1, suffix: end.suffix.clone(), ..UnknownEnd::default() }),
            None => (expression.tail.as_str(), UnknownEnd::default()),
        };
        expression.listing.is_some() || self.globs().any(|glob| glob.can_match_below(directory, &end, false))
    }

    /// The files of a directory that are listed and that the glob matches.
    fn listed(&mut self, directories: Directories<'_>, listing: &Listing) -> Found {
        let key = format!("{directories:?}\0{:?}\0{}", listing.depth, listing.pattern.as_deref().unwrap_or_default());
        if let Some(found) = self.seen.get(&key) {
            return found.clone();
        }
        let mut found = Found::default();
        let pattern = listing.pattern.as_deref().map(PathGlob::new);
        self.paths.below(directories, &mut |path, below| {
            let listed = match &pattern {
                None => listing.depth != Depth::Direct || !below.contains('/'),
                Some(Ok(pattern)) => pattern.is_match(below),
                Some(Err(_)) => false,
            };
            found.anywhere = true;
            if listed && self.is_match(path) {
                found.values.push(path.to_owned());
            }
            found.values.len() <= MAX_VALUES
        });
        if found.values.len() > MAX_VALUES {
            found = Found { values: vec![directories.path().to_owned()], many: true, ..found };
        }
        self.seen.insert(key, found.clone());
        found
    }

    /// A path that is known from the top of the tree.
    fn exactly(&self, path: String) -> Found {
        let values = if self.is_match(&path) { vec![path] } else { Vec::new() };
        Found { values, ..Found::default() }
    }

    /// A path of which only the end is known.
    fn floating(&mut self, expression: &PathExpression) -> Found {
        let tail = &expression.tail;
        let found = self.in_tree(tail);
        if !found.values.is_empty() {
            return found;
        }
        if expression.elsewhere {
            return Found::default();
        }
        let values = if !tail.contains('/') {
            self.bare(expression, tail)
        } else if found.anywhere {
            // The code means another file, unless the glob names just this dangling path.
            if self.is_match(tail) { vec![tail.clone()] } else { Vec::new() }
        } else {
            self.shortened(tail).into_iter().collect()
        };
        Found { values, anywhere: found.anywhere, ..Found::default() }
    }

    /// The paths of the tree of which `tail` is a whole-segment suffix.
    fn in_tree(&mut self, tail: &str) -> Found {
        if let Some(found) = self.seen.get(tail) {
            return found.clone();
        }
        let mut found = Found::default();
        self.paths.ending_with(tail, &mut |path| {
            found.anywhere = true;
            if self.is_match(path) {
                found.values.push(path.to_owned());
            }
            found.values.len() <= MAX_VALUES
        });
        if found.values.len() > MAX_VALUES {
            found.values = vec![tail.to_owned()];
            found.many = true;
        }
        self.seen.insert(tail.to_owned(), found.clone());
        found
    }

    /// A bare name that is no path of the tree.
    fn bare(&self, expression: &PathExpression, name: &str) -> Vec<String> {
        let counts = !expression.unknown_before || expression.opened;
        if counts && !self.paths.contains(name) { self.glob.paths_named(name) } else { Vec::new() }
    }

    /// The longest end of `tail` that is a path of the tree and that the glob matches, else the longest that the glob matches.
    fn shortened(&self, tail: &str) -> Option<String> {
        let matching = || suffixes(tail).filter(|suffix| self.is_match(suffix));
        matching().find(|suffix| self.paths.contains(suffix)).or_else(|| matching().next()).map(str::to_owned)
    }

    fn is_match(&self, path: &str) -> bool {
        self.globs().any(|glob| glob.is_match(path))
    }

    fn globs(&self) -> impl Iterator<Item = &PathGlob> {
        std::iter::once(self.glob).chain(&self.below)
    }
}

fn values(expression: &PathExpression, found: Found) -> Resolved {
    if found.values.is_empty() {
        return Resolved::Nothing;
    }
    let value = |value| PathValue { value, tail: expression.tail.clone(), usage: expression.usage, many: found.many };
    Resolved::Values(found.values.into_iter().map(value).collect())
}

/// The path that lies `ups` directories above `file` and then down `tail`; `None` above the top of the tree.
fn anchored(file: &RepoPath, ups: usize, tail: &str) -> Option<String> {
    let mut path: Vec<&str> = file.dir().split('/').filter(|segment| !segment.is_empty()).collect();
    path.truncate(path.len().checked_sub(ups)?);
    path.extend(Some(tail).filter(|tail| !tail.is_empty()));
    Some(path.join("/"))
}

/// The path and its whole-segment suffixes, the longest first.
fn suffixes(path: &str) -> impl Iterator<Item = &str> {
    std::iter::once(path).chain(path.match_indices('/').map(|(at, _)| &path[at + 1..]))
}

/// A [`PathLookup`] over a list of paths: sorted by their segments from the last to the first.
#[derive(Debug, Default)]
pub struct SuffixIndex {
    reversed: Vec<(String, String)>,
    directories: BTreeSet<String>,
}

impl SuffixIndex {
    pub fn new<'p>(paths: impl IntoIterator<Item = &'p str>) -> Self {
        let mut index = SuffixIndex::default();
        for path in paths {
            index.reversed.push((reversed(path), path.to_owned()));
            for (slash, _) in path.match_indices('/').rev() {
                if !index.directories.insert(path[..slash].to_owned()) {
                    break;
                }
            }
        }
        index.reversed.sort();
        index
    }

    /// The position of the first path whose reversed segments are not before `key`.
    fn position(&self, key: &str) -> usize {
        self.reversed.partition_point(|(reversed, _)| reversed.as_str() < key)
    }
}

impl PathLookup for SuffixIndex {
    fn contains(&self, path: &str) -> bool {
        let key = reversed(path);
        self.reversed.get(self.position(&key)).is_some_and(|(found, _)| *found == key)
    }

    fn is_dir(&self, path: &str) -> bool {
        self.directories.contains(path)
    }

    fn ending_with(&self, tail: &str, visit: &mut dyn FnMut(&str) -> bool) {
        let key = reversed(tail);
        let found = self.reversed.iter().skip(self.position(&key)).take_while(|(reversed, _)| reversed.starts_with(&key));
        for (_, path) in found {
            if !visit(path) {
                return;
            }
        }
    }

    fn below(&self, directories: Directories<'_>, visit: &mut dyn FnMut(&str, &str) -> bool) {
        let mut paths: Vec<&str> = self.reversed.iter().map(|(_, path)| path.as_str()).collect();
        paths.sort_unstable();
        for path in paths {
            let starts = std::iter::once(0).chain(path.match_indices('/').map(|(slash, _)| slash + 1));
            let inside = starts.into_iter().find(|start| directories.are(path[..*start].trim_end_matches('/')));
            if inside.is_some_and(|start| !visit(path, &path[start..])) {
                return;
            }
        }
    }
}

/// Whether `tail` is a whole-segment suffix of `path`.
pub fn ends_with(path: &str, tail: &str) -> bool {
    path.strip_suffix(tail).is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

/// The segments from the last to the first, each closed by a character that no path holds.
fn reversed(path: &str) -> String {
    path.rsplit('/').flat_map(|segment| [segment, "\0"]).collect()
}
