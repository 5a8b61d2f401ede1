//! The flags and arguments of every command.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;

use super::Failure;
use crate::text::RepoPath;
use crate::{Check, Error, Head, PolicyOf};

/// Keeps a repository true to its sources of truth.
///
/// A policy, `ssot.yaml`, states once where each fact lives. `ssot check` proves that nothing else in the tree contradicts it,
/// and shows both ends of every contradiction.
#[derive(Parser)]
#[command(name = "ssot", version, propagate_version = true, disable_help_subcommand = true, after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  ssot init                      look at the repository and write a first policy
  ssot check                     judge the working tree against HEAD
  ssot check --staged            judge what is about to be committed
  ssot check --rev HEAD --merge-into origin/main
                                 judge a branch as it would land, by both policies
  ssot check --format json src   as JSON, only what is below src
  ssot fix --diff                what fixes would change
  ssot facts env-keys            what the engine believes a fact holds
  ssot explain subset            the page of a rule kind

Exit status: 0 nothing at `error`, 1 findings, 2 the command line, the policy or the environment is at fault.";

#[derive(Subcommand)]
pub(super) enum Command {
    /// Judges a tree by its policy.
    Check(CheckOptions),
    /// Applies the fixes that have one right answer.
    Fix(FixOptions),
    /// Prints what each fact holds, with places, and what is dynamic.
    Facts(FactsOptions),
    /// Prints every rule: kind, severity, where it came from, how many findings.
    Rules(RulesOptions),
    /// Prints the page of a rule kind, of an extractor, or of a built-in pack.
    Explain {
        /// `KIND`, `KIND/CODE`, `EXTRACTOR` or `ssot:PACK`. Without one: all there are.
        topic: Option<String>,
    },
    /// Runs policy pages: Markdown whose examples say what is found in them.
    Test(TestOptions),
    /// Looks at the repository and writes a first policy that passes.
    Init(InitOptions),
    /// Adds a built-in pack to the policy, or prints what it stands for.
    Use(UseOptions),
    /// Draws the sources of truth, what depends on them, and whether it agrees.
    Map(MapOptions),
    /// Judges the last commits by today's policy, each against its first parent.
    Backtest(BacktestOptions),
    /// Prints how copies stand to their sources (`replica` rules), or copies the sources over.
    Replicas(ReplicasOptions),
    /// Installs or removes git's pre-commit hook that runs `ssot check --staged`.
    Hook(HookOptions),
    /// Serves editors by the Language Server Protocol, on stdin and stdout.
    Lsp,
    /// Prints a completion script for a shell, or the manual page.
    Completions { shell: Shell },
    /// Prints the JSON Schema of policy files.
    Schema,
}

/// Which tree is judged, by which policy.
#[derive(Args)]
pub(super) struct Selection {
    /// The top of the tree. Default: the top of the git repository around the working directory, else that directory.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Judges the git index instead of the working tree.
    #[arg(long, conflicts_with = "rev")]
    staged: bool,
    /// Judges a commit instead of the working tree.
    #[arg(long, value_name = "R")]
    rev: Option<String>,
    /// Compares with the merge base of B and head's commit. Default: HEAD; of `--rev R`, its first parent.
    #[arg(long, value_name = "B", conflicts_with = "merge_into")]
    base: Option<String>,
    /// Judges the merge of the tree with B, as it would land, and compares with B.
    #[arg(long, value_name = "B")]
    merge_into: Option<String>,
    /// The policy: a file, or `head` or `base` for that one alone. Default: `ssot.yaml` at the top of the tree; with a base that was
    /// named, also that of base.
    #[arg(long, value_name = "FILE|head|base")]
    policy: Option<PathBuf>,
    /// Reads a peer of the policy from this directory, also one outside of the repository that base's policy does not name. May be
    /// given several times.
    #[arg(long = "peer", value_name = "NAME=PATH", value_parser = peer)]
    peers: Vec<(String, PathBuf)>,
    /// The time that dates are compared with (RFC 3339, or a date). Default: SOURCE_DATE_EPOCH, else the clock.
    #[arg(long, value_name = "TIME", value_parser = time)]
    now: Option<Timestamp>,
    /// How many threads work. Default: one per processor.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Reads nothing from the cache and writes nothing into it. It lies in $SSOT_CACHE_DIR, else $XDG_CACHE_HOME/ssot, else
    /// ~/.cache/ssot.
    #[arg(long)]
    no_cache: bool,
}

/// What is judged, and which of the findings are of interest.
#[derive(Args)]
pub(super) struct Scope {
    /// Reports only what lies at or below these paths; everything is read all the same.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    selection: Selection,
    /// Judges only by this rule. May be given several times.
    #[arg(long = "rule", value_name = "ID")]
    rules: Vec<String>,
}

#[derive(Args)]
pub(super) struct FixOptions {
    #[command(flatten)]
    pub scope: Scope,
    /// Shows what would be changed, as a unified diff, and changes nothing.
    #[arg(long)]
    pub diff: bool,
    /// Also applies fixes that are likely and not certain.
    #[arg(long)]
    pub suggested: bool,
}

#[derive(Args)]
pub(super) struct CheckOptions {
    #[command(flatten)]
    pub scope: Scope,
    /// How findings are written: human (default), short, json, sarif, github, gitlab, junit, markdown, rdjson; FORMAT=FILE writes a
    /// file. May be given several times. In GitHub Actions the default is human and github.
    #[arg(long = "format", value_name = "FORMAT[=FILE]")]
    pub formats: Vec<String>,
    /// Applies the fixes that have one right answer, and reports what is left.
    #[arg(long)]
    pub fix: bool,
    /// Fails also for warnings and for anything that could not be judged.
    #[arg(long)]
    pub strict: bool,
    /// Accepts the findings that FILE records, instead of those of the policy's `settings.baseline`.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Records the present findings in FILE, and accepts them; entries of rules that are not judged stay.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["baseline", "prune_baseline", "fix"])]
    pub write_baseline: Option<PathBuf>,
    /// Drops from the baseline what is gone.
    #[arg(long)]
    pub prune_baseline: bool,
    /// When to use colour.
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Color::Auto)]
    pub color: Color,
    /// Prints findings and nothing else.
    #[arg(long, short)]
    pub quiet: bool,
    /// Says how much work was done, and how long it took.
    #[arg(long)]
    pub stats: bool,
}

#[derive(Args)]
pub(super) struct FactsOptions {
    /// The fact's name. Default: all named facts.
    pub name: Option<String>,
    #[command(flatten)]
    pub selection: Selection,
    /// How they are written.
    #[arg(long, value_enum, default_value_t = ListFormat::Human)]
    pub format: ListFormat,
}

#[derive(Args)]
pub(super) struct RulesOptions {
    #[command(flatten)]
    pub selection: Selection,
    /// How they are written.
    #[arg(long, value_enum, default_value_t = ListFormat::Human)]
    pub format: ListFormat,
}

#[derive(Args)]
pub(super) struct InitOptions {
    /// Prints the policy and writes nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// The top of the tree. Default: the top of the git repository around the working directory, else that directory.
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct UseOptions {
    /// `ssot:PACK`; `ssot explain` lists them.
    pub pack: String,
    /// Prints the pack's policy with its inputs filled in, to go on from, and changes nothing.
    #[arg(long)]
    pub eject: bool,
    /// The top of the tree. Default: the top of the git repository around the working directory, else that directory.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

impl UseOptions {
    /// The directory that the policy stands in.
    pub fn top(&self) -> Result<PathBuf, Failure> {
        let root = self.root.clone().unwrap_or_else(|| PathBuf::from("."));
        if self.root.is_some() {
            return Ok(root);
        }
        let repository = crate::tree::Repository::discover(&root).map_err(|error| Failure::Check(error.into()))?;
        Ok(repository.and_then(|repository| repository.top().map(std::path::Path::to_path_buf)).unwrap_or(root))
    }
}

/// What a completion script is for.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
    /// The manual page, in roff.
    Man,
}

impl Shell {
    /// What writes its script; none for the manual page.
    pub fn generator(self) -> Option<clap_complete::Shell> {
        match self {
            Shell::Bash => Some(clap_complete::Shell::Bash),
            Shell::Elvish => Some(clap_complete::Shell::Elvish),
            Shell::Fish => Some(clap_complete::Shell::Fish),
            Shell::Powershell => Some(clap_complete::Shell::PowerShell),
            Shell::Zsh => Some(clap_complete::Shell::Zsh),
            Shell::Man => None,
        }
    }
}

#[derive(Args)]
pub(super) struct MapOptions {
    #[command(flatten)]
    pub selection: Selection,
    /// A page for a browser, or a Mermaid chart for Markdown.
    #[arg(long, value_enum, default_value_t = MapFormat::Html)]
    pub format: MapFormat,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum MapFormat {
    Html,
    Mermaid,
}

#[derive(Args)]
pub(super) struct TestOptions {
    /// Pages, or directories of pages. Default: every page of the tree below the working directory.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Writes what is found into the pages, for review.
    #[arg(long)]
    pub bless: bool,
}

#[derive(Args)]
pub(super) struct BacktestOptions {
    /// How many commits.
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub last: usize,
    /// Only what landed: merges as a whole, and not the commits that they brought.
    #[arg(long)]
    pub first_parent: bool,
    /// The newest of them. Default: HEAD.
    #[arg(long, value_name = "R")]
    rev: Option<String>,
    /// The top of the repository. Default: that around the working directory.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// The policy file. Default: `ssot.yaml` at the top of the working tree, or of R.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Judges only by this rule. May be given several times.
    #[arg(long = "rule", value_name = "ID")]
    rules: Vec<String>,
    /// The time that dates are compared with (RFC 3339, or a date). Default: SOURCE_DATE_EPOCH, else the clock.
    #[arg(long, value_name = "TIME", value_parser = time)]
    now: Option<Timestamp>,
    /// How it is written.
    #[arg(long, value_enum, default_value_t = ListFormat::Human)]
    pub format: ListFormat,
}

#[derive(Args)]
pub(super) struct ReplicasOptions {
    /// `status` prints a line for each copy; `sync` writes the sources over copies of this tree that are not in step.
    #[arg(value_enum)]
    pub action: ReplicasAction,
    /// Only the copies of this rule. May be given several times.
    #[arg(long, value_name = "ID")]
    pub only: Vec<String>,
    /// With `sync`: prints what it would change as a diff, and writes nothing.
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub selection: Selection,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReplicasAction {
    Status,
    Sync,
}

#[derive(Args)]
pub(super) struct HookOptions {
    /// What to do.
    #[arg(value_enum)]
    pub action: HookAction,
    /// The top of the repository. Default: that around the working directory.
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum HookAction {
    Install,
    Uninstall,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    Human,
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

fn time(text: &str) -> Result<Timestamp, String> {
    crate::facts::instant(text).ok_or_else(|| format!("`{text}` is no time: write 2026-01-31 or 2026-01-31T10:00:00Z"))
}

fn peer(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => Ok((name.into(), path.into())),
        _ => Err("write the peer's name, `=`, and its directory: `app=../app`".into()),
    }
}

impl Scope {
    /// The check that these options ask for.
    pub fn check(&self) -> Result<Check, Failure> {
        let mut check = self.selection.check()?;
        for rule in &self.rules {
            check = check.rule(rule.as_str());
        }
        for path in &self.paths {
            check = check.path(self.selection.tree_path(path)?.as_str());
        }
        Ok(check)
    }
}

impl BacktestOptions {
    /// The check whose policy judges, and whose history is judged.
    pub fn check(&self) -> Check {
        let mut check = Check::new(self.root.clone().unwrap_or_else(|| PathBuf::from(".")));
        check = self.rev.iter().fold(check, |check, revision| check.head(Head::Commit(revision.clone())));
        check = self.policy.iter().fold(check, |check, policy| check.policy(policy));
        check = self.now.iter().fold(check, |check, now| check.now(*now));
        self.rules.iter().fold(check, |check, rule| check.rule(rule.as_str()))
    }
}

impl CheckOptions {
    /// The check that these options ask for; `reports` are the files that it is written to.
    pub fn check<'f>(&self, reports: impl Iterator<Item = &'f str>) -> Result<Check, Failure> {
        let mut check = self.scope.check()?;
        let shown = |file: &Path| match self.scope.selection.tree_path(file) {
            Ok(path) => RepoPath::new(path),
            Err(_) => RepoPath::from_bytes(file.as_os_str().as_encoded_bytes()),
        };
        if let Some(file) = &self.baseline {
            check = check.baseline(file, shown(file));
        }
        if let Some(file) = &self.write_baseline {
            check = check.recording(file, shown(file)).writes([shown(file)]);
        }
        if self.prune_baseline {
            check = check.pruning();
        }
        Ok(check.writes(reports.map(|file| shown(Path::new(file)))))
    }
}

impl Selection {
    /// The check that these options ask for.
    pub fn check(&self) -> Result<Check, Failure> {
        if let Some(threads) = self.threads {
            // The pool can be set up once; a second call in one process keeps the first.
            let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
        }
        let mut check = Check::new(self.root.clone().unwrap_or_else(|| PathBuf::from("."))).fixed_root(self.root.is_some());
        if self.staged {
            check = check.head(Head::Index);
        }
        if let Some(revision) = &self.rev {
            check = check.head(Head::Commit(revision.clone()));
        }
        if let Some(revision) = &self.base {
            check = check.base(revision);
        }
        if let Some(revision) = &self.merge_into {
            check = check.merge_into(revision);
        }
        if let Some(policy) = &self.policy {
            check = match policy.to_str() {
                Some("head") => check.policy_of(PolicyOf::Head),
                Some("base") => check.policy_of(PolicyOf::Base),
                _ => check.policy(policy),
            };
        }
        for (name, path) in &self.peers {
            check = check.peer(name, path);
        }
        if let Some(now) = self.now {
            check = check.now(now);
        }
        if let Some(directory) = cache_directory().filter(|_| !self.no_cache) {
            check = check.cache(directory);
        }
        Ok(check)
    }

    /// A path of the command line as one of the tree: relative to the working directory, which may lie below the top.
    pub fn tree_path(&self, path: &Path) -> Result<String, Failure> {
        let usage = |message: String| Failure::Check(Error::Usage(message));
        let here = std::env::current_dir().map_err(|error| usage(format!("the working directory cannot be told: {error}")))?;
        let root = match &self.root {
            Some(root) => root.clone(),
            None => match crate::tree::Repository::discover(&here).map_err(|error| Failure::Check(error.into()))? {
                Some(repository) => repository.top().map_or_else(|| here.clone(), std::path::Path::to_path_buf),
                None => here.clone(),
            },
        };
        let root = root.canonicalize().map_err(|error| usage(format!("`{}`: {error}", root.display())))?;
        let here = here.canonicalize().unwrap_or(here);
        let whole = normalise(&here.join(path));
        match whole.strip_prefix(&root) {
            Ok(inside) => Ok(inside.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")),
            Err(_) => Err(usage(format!("`{}` lies outside of the tree at `{}`", path.display(), root.display()))),
        }
    }
}

/// Where what was read is kept between runs.
fn cache_directory() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let below_home = || Some(set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")))?.join("ssot"));
    set("SSOT_CACHE_DIR").or_else(below_home)
}

/// The path without `.` and `..`, by its words alone: what it names need not exist on disk.
fn normalise(path: &std::path::Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}
