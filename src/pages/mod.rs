//! Policy pages: Markdown that documents a policy and tests it (`ssot test`).
//!
//! Each heading starts a case. A paragraph of one code span and a colon names the file that the next fenced block holds; below
//! a deeper heading `Base` the files are those of base's tree. Lines of a file that start with `~` are no part of it; they say
//! what is found in the line above:
//!
//! - carets under the columns, then `SEVERITY RULE CODE: MESSAGE`, or `related: MESSAGE` for the other end of a finding. The
//!   `~` itself hides the first column: a range that starts there is drawn from the second one. Of a range over several lines
//!   the first one is drawn;
//! - `~file …`, above the file's first line, for a place that is the whole file; of a deleted file in its block below `Base`;
//! - `~unjudged REASON: MESSAGE` for what could not be judged;
//! - `~at PATH[:LINE:COLUMN] …`, at the end of the case's last file, for a place in none of its files: a directory, or a policy
//!   that the case did not write itself. A place beyond column 400 is told so below its own line.
//!
//! A case without a policy of its own takes that of the nearest outer section that holds the policy and no other file, else
//! the repository's own; base has the policy of head where it brings none. Such a
//! policy is about a larger tree than the case shows: what is found about the policy itself (`policy/empty`), and that there
//! is no base, is told only where the case writes the policy. A section that gives its policy to inner ones, or that holds no file, is no case. Dates are
//! compared with 2026-01-01, or with what a paragraph of one code span `` `--now 2026-03-01` `` says here or further out.
//!
//! A page passes where it equals itself with its findings written in; everything else in it is kept byte for byte.

mod annotation;
mod parse;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::policy::{self, PolicyError};
use crate::report::visible;
use crate::text::RepoPath;
use crate::tree::{MemoryTree, Tree};
use crate::{Check, Error};
use annotation::{Shown, annotations, is_annotation};
use parse::{Block, Scope, Section};

/// 2026-01-01T00:00:00Z: the time of a page that names none.
const NOW: i64 = 1_767_225_600;

/// A page that can be run.
pub struct Page<'p> {
    /// With their line ends.
    lines: Vec<&'p str>,
    sections: Vec<Section>,
    scopes: Vec<Scope>,
}

/// Something that keeps a page from being run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Counted from 1.
    pub line: usize,
    /// One line.
    pub message: String,
}

/// The policy of a repository, for the cases that bring none: the files that it is made of.
#[derive(Clone, Default)]
pub struct OwnPolicy {
    files: Vec<(RepoPath, Vec<u8>)>,
}

type Head = Arc<dyn Tree>;

/// What a case judges.
pub struct CaseCheck {
    /// The line of its heading, counted from 1.
    pub line: usize,
    pub title: String,
    pub head: Arc<dyn Tree>,
    base: Option<Arc<dyn Tree>>,
    now: Timestamp,
}

impl CaseCheck {
    /// The case, to be run.
    pub fn check(&self) -> Check {
        Check::of_trees(self.head.clone(), self.base.clone()).now(self.now)
    }
}

/// What came of a page.
pub struct Outcome {
    pub cases: Vec<CaseOutcome>,
    /// The page with its findings written in.
    pub text: String,
}

/// What came of one case.
pub struct CaseOutcome {
    /// The line of its heading, counted from 1.
    pub line: usize,
    pub title: String,
    /// How many annotations the run gives; none of a case that is silent.
    pub found: usize,
    /// Where the page differs from its findings, a hunk for each line of a file; empty where the case passed.
    pub differences: Vec<Hunk>,
}

/// A line of a page whose annotations are not those that the run gives.
#[derive(Debug, PartialEq, Eq)]
pub struct Hunk {
    /// The line, counted from 1.
    pub line: usize,
    pub above: String,
    /// In the page, and not found.
    pub written: Vec<String>,
    /// Found, and not in the page.
    pub found: Vec<String>,
}

impl std::fmt::Display for CaseOutcome {
    /// The differences as a diff, each hunk below its line of the page; empty where the case passed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for hunk in &self.differences {
            writeln!(f, "{:>6}   {}", hunk.line, visible(&hunk.above))?;
            let (written, found): (HashSet<&String>, HashSet<&String>) =
                (hunk.written.iter().collect(), hunk.found.iter().collect());
            for line in hunk.written.iter().filter(|line| !found.contains(line)) {
                writeln!(f, "       - {}", visible(line))?;
            }
            for line in &hunk.found {
                let mark = if written.contains(line) { ' ' } else { '+' };
                writeln!(f, "       {mark} {}", visible(line))?;
            }
        }
        Ok(())
    }
}

impl OwnPolicy {
    /// The policy at the top of a tree.
    ///
    /// # Errors
    /// Where there is none, or it is not valid.
    pub fn of(tree: &dyn Tree) -> Result<Self, PolicyError> {
        let file = policy::find(tree)?;
        let loaded = policy::load(&file, tree)?;
        let used = loaded.files.iter().filter(|path| **path != file.path).filter_map(|path| {
            let content = tree.read(tree.entry(path)?, loaded.settings.max_file_bytes).ok()?;
            Some((path.clone(), content))
        });
        let files = used.chain([(file.path.clone(), file.text.clone())]).collect();
        Ok(OwnPolicy { files })
    }
}

impl<'p> Page<'p> {
    /// Reads a page.
    ///
    /// # Errors
    /// Everything that is malformed, by line.
    pub fn parse(text: &'p str) -> Result<Self, Vec<Malformed>> {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let sections = parse::sections(text, &lines)?;
        let scopes = parse::scopes(&sections);
        let shared: Vec<Malformed> = (sections.iter().zip(&scopes))
            .filter(|(_, scope)| scope.is_outer)
            .flat_map(|(section, _)| section.blocks.iter().flat_map(|block| block.lines.clone()))
            .filter(|line| lines.get(*line).is_some_and(|line| is_annotation(line)))
            .map(|line| Malformed { line: line + 1, message: "the policy of several cases takes no annotations".into() })
            .collect();
        match shared.is_empty() {
            true => Ok(Page { lines, sections, scopes }),
            false => Err(shared),
        }
    }

    /// Whether it is meant to be run: it holds a policy, or says what is found.
    pub fn is_test(&self) -> bool {
        let blocks = || self.sections.iter().flat_map(|section| &section.blocks);
        let annotated = |block: &Block| self.lines.get(block.lines.clone()).is_some_and(|l| l.iter().any(|l| is_annotation(l)));
        blocks().any(|block| block.is_policy() || annotated(block))
    }

    /// Whether a case of it needs the repository's own policy.
    pub fn needs_policy(&self) -> bool {
        self.cases().any(|at| self.scopes[at].policy.is_none() && !self.sections[at].blocks.iter().any(Block::is_policy))
    }

    /// Runs the cases, those without a policy by `own`.
    ///
    /// # Errors
    /// Policies that are not valid, by line.
    pub fn run(&self, own: &OwnPolicy) -> Result<Outcome, Vec<Malformed>> {
        let mut malformed = Vec::new();
        let mut found = BTreeMap::new();
        let mut cases = Vec::new();
        for at in self.cases() {
            let section = &self.sections[at];
            match self.run_case(at, own) {
                Err(mut errors) => malformed.append(&mut errors),
                Ok(notes) => {
                    let differences = self.differences(section, &notes);
                    let (line, title, count) = (section.line + 1, section.title.clone(), notes.values().map(Vec::len).sum());
                    cases.push(CaseOutcome { line, title, found: count, differences });
                    found.extend(notes);
                }
            }
        }
        match malformed.is_empty() {
            true => Ok(Outcome { cases, text: self.written_in(&found) }),
            false => Err(malformed),
        }
    }

    /// The sections that are cases.
    fn cases(&self) -> impl Iterator<Item = usize> + use<'_, 'p> {
        (0..self.sections.len()).filter(|at| !self.sections[*at].blocks.is_empty() && !self.scopes[*at].is_outer)
    }

    /// What each case judges, those without a policy by `own`.
    pub fn checks(&self, own: &OwnPolicy) -> Vec<CaseCheck> {
        let of = |at: usize| {
            let section = &self.sections[at];
            let (files, outer) = self.shown(at);
            let (head, base, now) = self.trees(at, own, &files, &outer);
            CaseCheck { line: section.line + 1, title: section.title.clone(), head, base, now }
        };
        self.cases().map(of).collect()
    }

    fn run_case(&self, at: usize, own: &OwnPolicy) -> Result<BTreeMap<usize, Vec<String>>, Vec<Malformed>> {
        let (files, outer) = self.shown(at);
        let (head, base, now) = self.trees(at, own, &files, &outer);
        match Check::of_trees(head, base).now(now).run() {
            Ok(run) => Ok(annotations(&run, &files)),
            Err(error) => Err(complaints(&error, &self.sections[at], files.iter().chain(&outer))),
        }
    }

    /// The files of a case, and those of the section that gives it its policy.
    fn shown(&self, at: usize) -> (Vec<Shown<'_>>, Vec<Shown<'_>>) {
        let of = |at: usize| self.sections[at].blocks.iter().map(|block| Shown::new(block, &self.lines)).collect();
        let outer = self.scopes[at].policy.filter(|_| !self.sections[at].blocks.iter().any(Block::is_policy));
        (of(at), outer.map(of).unwrap_or_default())
    }

    /// The trees of a case, and its time.
    fn trees(&self, at: usize, own: &OwnPolicy, files: &[Shown<'_>], outer: &[Shown<'_>]) -> (Head, Option<Head>, Timestamp) {
        let mut policy: BTreeMap<RepoPath, Vec<u8>> =
            match outer.is_empty() && !self.sections[at].blocks.iter().any(Block::is_policy) {
                true => own.files.iter().cloned().collect(),
                false => BTreeMap::new(),
            };
        policy.extend(files.iter().chain(outer).filter(|file| file.block.is_policy()).map(content));
        let tree = |base: bool| {
            let written: Vec<_> = files.iter().filter(|file| file.block.base == base).map(content).collect();
            let files: BTreeMap<RepoPath, Vec<u8>> = policy.clone().into_iter().chain(written).collect();
            Arc::new(MemoryTree::new(files)) as Head
        };
        let base = files.iter().any(|file| file.block.base).then(|| tree(true));
        let now = self.scopes[at].now.unwrap_or_else(|| Timestamp::from_second(NOW).unwrap_or_default());
        (tree(false), base, now)
    }

    /// The annotations of a section that are not those that were found.
    fn differences(&self, section: &Section, found: &BTreeMap<usize, Vec<String>>) -> Vec<Hunk> {
        let mut hunks = Vec::new();
        for block in &section.blocks {
            let mut above = block.lines.start.saturating_sub(1);
            let mut written: Vec<&str> = Vec::new();
            for at in block.lines.clone().chain([block.lines.end]) {
                let line = self.lines.get(at).copied().unwrap_or_default();
                if at < block.lines.end && is_annotation(line) {
                    written.push(line.trim_end_matches(['\r', '\n']));
                    continue;
                }
                let found = found.get(&above).map(Vec::as_slice).unwrap_or_default();
                hunks.extend(self.hunk(above, &written, found));
                written.clear();
                above = at;
            }
        }
        hunks
    }

    fn hunk(&self, above: usize, written: &[&str], found: &[String]) -> Option<Hunk> {
        (written != found).then(|| Hunk {
            line: above + 1,
            above: self.lines.get(above).map(|line| line.trim_end().to_string()).unwrap_or_default(),
            written: written.iter().map(|line| line.to_string()).collect(),
            found: found.to_vec(),
        })
    }

    /// The page with other annotations.
    fn written_in(&self, found: &BTreeMap<usize, Vec<String>>) -> String {
        let mut annotated = vec![false; self.lines.len()];
        for line in self.cases().flat_map(|at| &self.sections[at].blocks).flat_map(|block| block.lines.clone()) {
            annotated[line] = is_annotation(self.lines[line]);
        }
        let mut text = String::new();
        for (at, line) in self.lines.iter().enumerate().filter(|(at, _)| !annotated[*at]) {
            text.push_str(line);
            let end = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
            for note in found.get(&at).into_iter().flatten() {
                text.push_str(note);
                text.push_str(end);
            }
        }
        text
    }
}

fn content(file: &Shown<'_>) -> (RepoPath, Vec<u8>) {
    (file.block.path.clone(), file.content.clone().into_bytes())
}

/// What keeps a case from being judged, at the lines of the page.
fn complaints<'f, 'p: 'f>(
    error: &Error,
    section: &Section,
    files: impl Iterator<Item = &'f Shown<'p>> + Clone,
) -> Vec<Malformed> {
    let Error::Policy(error) = error else {
        return vec![Malformed { line: section.line + 1, message: error.to_string() }];
    };
    let one = |complaint: &crate::options::Complaint| {
        let mut message = complaint.message.clone();
        if let Some(help) = &complaint.help {
            message.push_str(&format!("; {help}"));
        }
        let file = files.clone().find(|file| file.block.path == complaint.place.path && !file.block.base);
        let line = file.and_then(|file| file.page_line(complaint.place.range?.start.byte));
        Malformed { line: line.unwrap_or(section.line) + 1, message }
    };
    error.complaints.iter().map(one).collect()
}
