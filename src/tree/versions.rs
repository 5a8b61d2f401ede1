//! What a file was before: its contents in the history of a commit, its renames followed.
//!
//! Git is asked in plumbing alone, which runs nothing that a repository configures, and about listings alone: no content is read,
//! so that it makes no difference whether contents are in the clone.

use std::collections::{HashMap, HashSet, VecDeque};
use std::ffi::OsString;
use std::time::{Duration, Instant};

use super::{ContentId, Repository, TreeError, disk};
use crate::text::RepoPath;

/// Commits beyond which a history is not followed.
const COMMITS: usize = 200_000;

/// How long git may take for all of one file's history.
const PATIENCE: Duration = Duration::from_secs(10);

/// Former paths of a file beyond which it is not followed, and how many commits are asked which path it had before.
const RENAMES: usize = 16;
const ASKED: usize = 64;

/// An earlier content of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub id: ContentId,
    /// The last commit that brought it.
    pub commit: String,
    /// Where the file stood then.
    pub path: RepoPath,
}

/// The distinct contents that a file had, the newest first.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    pub all: Vec<Version>,
    /// Why there may have been others.
    pub cut: Option<Cut>,
}

/// Why a history is not known, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cut {
    NoRepository,
    /// The repository has no commit.
    Unborn,
    Shallow,
    /// Objects that were left out of the clone.
    Missing,
    /// It goes on behind so many commits.
    Commits(usize),
    Renames(usize),
    /// Git took longer than so many seconds.
    Time(u64),
    /// So many contents were looked into, and there are more.
    Contents(usize),
    /// What git says.
    Broken(String),
}

impl Repository {
    /// The contents that the file at `path` of `commit` had, that of the commit included. Of a rename the path before is followed: the
    /// file that the commit deleted with the same, non-empty content, else the only one with the same name.
    pub fn versions(&self, commit: &str, path: &RepoPath) -> Versions {
        let mut walk = Walk {
            repository: self,
            deadline: Instant::now() + PATIENCE,
            commits: COMMITS,
            asked: ASKED,
            seen: HashSet::new(),
            found: Vec::new(),
            next: VecDeque::from([(commit.to_owned(), path.clone())]),
        };
        let cut = match walk.run() {
            Err(cut) => Some(cut),
            Ok(()) => match self.is_shallow() {
                Ok(true) => Some(Cut::Shallow),
                Ok(false) => None,
                Err(error) => Some(Cut::Broken(error.message)),
            },
        };
        Versions { all: walk.found, cut }
    }
}

/// A walk over the paths that a file had, each from the commit at which it had it last.
struct Walk<'r> {
    repository: &'r Repository,
    deadline: Instant,
    /// How many commits may still be looked at.
    commits: usize,
    /// How many may still be asked for the path before.
    asked: usize,
    seen: HashSet<ContentId>,
    found: Vec<Version>,
    next: VecDeque<(String, RepoPath)>,
}

/// What a commit did to a path.
struct Step {
    commit: String,
    /// Whether the path was not there before.
    added: bool,
    id: ContentId,
}

impl Walk<'_> {
    fn run(&mut self) -> Result<(), Cut> {
        let mut followed: HashSet<(String, RepoPath)> = HashSet::new();
        while let Some((start, path)) = self.next.pop_front() {
            if !followed.insert((start.clone(), path.clone())) {
                continue;
            }
            if followed.len() > RENAMES {
                return Err(Cut::Renames(RENAMES));
            }
            self.follow(&start, &path)?;
        }
        Ok(())
    }

    /// Walks from a commit, as long as the file has this path.
    fn follow(&mut self, start: &str, path: &RepoPath) -> Result<(), Cut> {
        let most = format!("--max-count={}", self.commits.saturating_add(1));
        let listed = self.ask(&["rev-list", &most, "--parents", "--end-of-options", start, "--"].map(OsString::from), b"")?;
        let commits: Vec<Vec<&str>> = listed.lines().map(|line| line.split(' ').collect()).collect();
        let goes_on = commits.len() > self.commits;
        let commits = &commits[..commits.len().min(self.commits)];
        self.commits -= commits.len();
        let ids: String = commits.iter().filter_map(|line| line.first()).flat_map(|id| [id, "\n"]).collect();
        let mut added = Vec::new();
        for step in self.steps(&ids, path)? {
            if step.added {
                added.push((step.commit.clone(), step.id.clone()));
            }
            if self.seen.insert(step.id.clone()) {
                self.found.push(Version { id: step.id, commit: step.commit, path: path.clone() });
            }
        }
        let parents: HashMap<&str, &[&str]> =
            commits.iter().filter_map(|line| line.split_first().map(|(id, parents)| (*id, parents))).collect();
        for (commit, id) in added {
            for parent in parents.get(commit.as_str()).copied().unwrap_or_default() {
                let before = self.before(parent, &commit, path, &id)?;
                self.next.extend(before.map(|path| ((*parent).to_owned(), path)));
            }
        }
        if goes_on { Err(Cut::Commits(COMMITS)) } else { Ok(()) }
    }

    /// What the commits, one a line, did to a path, in their order.
    fn steps(&self, commits: &str, path: &RepoPath) -> Result<Vec<Step>, Cut> {
        let mut args: Vec<OsString> =
            ["--literal-pathspecs", "diff-tree", "--stdin", "-r", "-m", "--root", "--no-renames", "--no-abbrev", "-z", "--"]
                .map(OsString::from)
                .into();
        args.push(disk::native_path(path.as_bytes()).into_os_string());
        let output = self.ask(&args, commits.as_bytes())?;
        let (mut steps, mut commit) = (Vec::new(), "");
        let mut records = output.split('\0').filter(|record| !record.is_empty());
        while let Some(record) = records.next() {
            let Some(change) = Record::parse(record) else {
                commit = record.trim();
                continue;
            };
            let same = records.next().is_some_and(|name| name == path.as_str());
            if same && is_file(change.mode) {
                steps.push(Step { commit: commit.to_owned(), added: change.status == "A", id: ContentId(change.id.into()) });
            }
        }
        Ok(steps)
    }

    /// The path that a file had before a commit brought it to another one.
    fn before(&mut self, parent: &str, commit: &str, path: &RepoPath, id: &ContentId) -> Result<Option<RepoPath>, Cut> {
        self.asked = self.asked.checked_sub(1).ok_or(Cut::Renames(RENAMES))?;
        let args =
            ["diff-tree", "-r", "--no-renames", "--diff-filter=D", "--no-abbrev", "-z", "--end-of-options", parent, commit, "--"];
        let output = self.ask(&args.map(OsString::from), b"")?;
        let mut records = output.split('\0').filter(|record| !record.is_empty());
        let mut namesakes = Vec::new();
        let empty = self.repository.id_of(b"");
        while let (Some(record), Some(name)) = (records.next(), records.next()) {
            let Some(gone) = Record::parse(record).filter(|gone| is_file(gone.old_mode)) else { continue };
            if gone.old_id == &*id.0 && *id != empty {
                return Ok(Some(RepoPath::new(name)));
            }
            if RepoPath::new(name).name() == path.name() {
                namesakes.push(RepoPath::new(name));
            }
        }
        Ok(match namesakes.len() {
            1 => namesakes.pop(),
            _ => None,
        })
    }

    /// The output of a command that has to succeed, in what is left of the time. (What is not UTF-8 is no path that a policy names.)
    fn ask(&self, args: &[OsString], input: &[u8]) -> Result<String, Cut> {
        let broken = |error: TreeError| Cut::Broken(error.message);
        let patience = self.deadline.saturating_duration_since(Instant::now());
        let answer = self.repository.git().ask_within(args, input, patience).map_err(broken)?;
        let answer = answer.ok_or(Cut::Time(PATIENCE.as_secs()))?;
        match answer.success {
            true => Ok(String::from_utf8_lossy(&answer.stdout).into_owned()),
            false if self.repository.is_partial() => Err(Cut::Missing),
            false => Err(Cut::Broken(answer.complaint())),
        }
    }
}

/// The fields of `:OLDMODE MODE OLDID ID STATUS`.
struct Record<'r> {
    old_mode: &'r str,
    mode: &'r str,
    old_id: &'r str,
    id: &'r str,
    status: &'r str,
}

impl<'r> Record<'r> {
    fn parse(record: &'r str) -> Option<Self> {
        let fields: Vec<&str> = record.strip_prefix(':')?.split(' ').collect();
        let [old_mode, mode, old_id, id, status] = fields[..] else { return None };
        Some(Record { old_mode, mode, old_id, id, status })
    }
}

fn is_file(mode: &str) -> bool {
    mode.starts_with("100")
}
