//! What waits in one tree, without the paths that no glob can match whatever other files say.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::Placed;
use super::super::lookup::Lookup;
use super::super::{Extraction, Scan};
use crate::facts::Reader;
use crate::facts::imports::{Gives, Wait};
use crate::facts::path_refs::{HOLE, PathExpression, Resolver, Template, Told, UnknownEnd};
use crate::finding::{Range, Side};
use crate::formats::code::Language;
use crate::plan::Plan;
use crate::text::RepoPath;

/// What waits in one file.
pub(super) struct Waiting {
    pub path: RepoPath,
    pub key: Arc<str>,
    pub placed: Arc<Placed>,
    /// Of what waits in it, what is looked for.
    meant: Vec<usize>,
}

impl Waiting {
    pub fn waits(&self) -> impl Iterator<Item = &Wait<Range>> {
        self.meant.iter().filter_map(|at| self.placed.waits.get(*at))
    }
}

/// The globs that paths are looked for with.
pub(super) struct Globs<'g> {
    resolvers: Vec<Resolver<'g>>,
    /// The names of the tree's directories.
    directories: HashSet<&'g str>,
}

impl<'g> Globs<'g> {
    pub fn of(plan: &'g Plan<'_>, extraction: Option<&Extraction>, side: &Side, lookup: &'g Lookup<'_>) -> Self {
        let facts = extraction.into_iter().flat_map(|extraction| &extraction.facts).map(|id| &plan.policy.facts[id.0]);
        let globs = facts.filter(|fact| fact.side == *side).filter_map(|fact| match &fact.reader {
            Reader::PathRefs(glob) => Some(Resolver::new(glob, lookup)),
            _ => None,
        });
        let resolvers: Vec<Resolver<'g>> = globs.collect();
        let directories = lookup.0.directories().iter().filter(|_| !resolvers.is_empty());
        let directories = directories.map(|path| path.rsplit('/').next().unwrap_or(path)).collect();
        Globs { resolvers, directories }
    }

    /// Whether a path of the file `from` may be, or lead to, what a glob matches.
    pub fn may_begin(&mut self, expression: &PathExpression, from: &RepoPath) -> bool {
        self.resolvers.iter_mut().any(|glob| glob.may_begin(expression, from, &self.directories))
    }

    fn meant(&self, path: &RepoPath, wait: &Wait<Range>) -> bool {
        match &wait.gives {
            Gives::Path(template) => Language::of(path).is_some_and(|language| self.may_be(language, template)),
            Gives::Parts(_) | Gives::Reads(..) | Gives::Call(_) => true,
        }
    }

    fn may_be(&self, language: Language, template: &Template) -> bool {
        if template.name().is_some() || template.mark.listed.is_some() {
            return true;
        }
        let own = template.own_text();
        let path = match template.told(language, &own) {
            Some(Told::Element(path) | Told::Hole(path)) => path,
            // Nothing but an unknown end, unless it is no path at all.
            None if template.told(language, &template.filled("x/x")).is_some() => ending(&own),
            None => return false,
        };
        self.resolvers.iter().any(|glob| glob.may_be(&path))
    }
}

/// A path of which nothing is known but how `text` ends.
fn ending(text: &str) -> PathExpression {
    let suffix = text.rsplit(['/', HOLE]).next().unwrap_or_default().to_owned();
    let end = UnknownEnd { segments: 1, suffix, ..UnknownEnd::default() };
    PathExpression { unknown_end: Some(Box::new(end)), ..PathExpression::default() }
}

/// All that waits on one side, in order of paths.
pub(super) fn waiting(scan: &Scan, side: &Side, globs: &Globs<'_>) -> Vec<Waiting> {
    let mut waiting: Vec<Waiting> = Vec::new();
    for ((_, path), raws) in scan.raws.iter().filter(|((of, _), _)| of == side) {
        for (key, placed) in raws {
            let waits = placed.waits.iter().enumerate();
            let meant: Vec<usize> = waits.filter(|(_, wait)| globs.meant(path, wait)).map(|(at, _)| at).collect();
            if !meant.is_empty() || !placed.wrappers.is_empty() {
                waiting.push(Waiting { path: path.clone(), key: key.clone(), placed: placed.clone(), meant });
            }
        }
    }
    waiting.sort_by(|a, b| (&a.path, &a.key).cmp(&(&b.path, &b.key)));
    waiting
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::imports::{Import, Use};
    use crate::facts::path_refs::{Mark, PathGlob, Piece, Resolved, SuffixIndex};

    /// What is not looked for is nothing, whatever the name stands for.
    #[test]
    fn what_is_left_out_cannot_be_meant() {
        let tree = SuffixIndex::new(["data/a.json", "data/b/c.json", "app/data/a.json", "x/y.txt"]);
        let hole = HOLE.to_string();
        let text = |text: &str| text.replace('?', &hole);
        let starts = ["", "data/", "./", "app/", "d", "?/", "no file "];
        let ends = [
            "",
            "/a.json",
            ".json",
            "/b/",
            "/?",
            "?.json",
            "/?.json",
            "/?/c.json",
            "/b/c.json",
            " is gone",
            "/y.txt",
            "?",
            "a/*",
        ];
        let names = ["data", "data/b", "a.json", "data/a.json", "/data", "..", "x", "x/", "ata", "data/b/c", "a", "?/data", "?"];
        for written in ["data/*.json", "data/a.json", "**/a.json", "data/b/*.json", "x/**", "data/**"] {
            let glob = PathGlob::new(written).unwrap();
            let mut globs = Globs { resolvers: vec![Resolver::new(&glob, &tree)], directories: HashSet::new() };
            for n in 0..starts.len() * ends.len() * names.len() {
                let (start, n) = (starts[n % starts.len()], n / starts.len());
                let (end, name) = (ends[n % ends.len()], names[n / ends.len()]);
                for mark in [Mark::default(), Mark::READ, Mark::LIST, Mark::IMPORT] {
                    let name_of = Import { path: "a.B".into(), module: 0 };
                    let pieces =
                        vec![Piece::Text(text(start)), Piece::Elsewhere(vec![name_of], Use::Whole), Piece::Text(text(end))];
                    let template = Template { pieces, built: true, mark };
                    let path = RepoPath::new("app/use.py");
                    for filled in [template.own_text(), template.filled(&text(name))] {
                        let Some(Told::Element(told) | Told::Hole(told)) = template.told(Language::Python, &filled) else {
                            continue;
                        };
                        let found = globs.resolvers[0].resolve(&told, &path);
                        let meant = found != Resolved::Nothing;
                        assert!(!meant || globs.may_be(Language::Python, &template), "{written} {filled:?} {mark:?} {found:?}");
                    }
                }
            }
        }
    }
}
