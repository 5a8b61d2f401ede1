//! `ssot test`.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::TestOptions;
use super::{Exit, Failure, visible};
use crate::Error;
use crate::pages::{CaseOutcome, Malformed, Outcome, OwnPolicy, Page};
use crate::tree::{DirectoryTree, Repository, Tree, WorkTree};

/// Larger Markdown files are no pages; one that is named is refused.
const MAX_PAGE_BYTES: u64 = 1 << 20;

/// How the cases ended so far.
#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
    /// Pages that could not be run.
    broken: usize,
}

pub(super) fn run(options: &TestOptions) -> Result<Exit, Failure> {
    let here = std::env::current_dir().map_err(|error| usage(format!("the working directory cannot be told: {error}")))?;
    let (top, tree) = open(&here)?;
    let (files, named) = match options.files.is_empty() {
        true => (below(&here, &top, &*tree), false),
        false => (given(&options.files)?, true),
    };
    let mut policy: Option<OwnPolicy> = None;
    let mut tally = Tally::default();
    for file in files {
        let shown = file.strip_prefix(&here).unwrap_or(&file).to_path_buf();
        let Some(text) = read(&file, named)? else { continue };
        if !named && !text.contains("ssot.yaml") && !text.contains("\n~") {
            continue;
        }
        let page = match Page::parse(&text) {
            Ok(page) => page,
            Err(errors) => {
                broken(&shown, &errors, &mut tally);
                continue;
            }
        };
        if !page.is_test() {
            continue;
        }
        if page.needs_policy() && policy.is_none() {
            policy = Some(OwnPolicy::of(&*tree).map_err(Error::from)?);
        }
        match page.run(policy.as_ref().unwrap_or(&OwnPolicy::default())) {
            Err(errors) => broken(&shown, &errors, &mut tally),
            Ok(outcome) => settle(&file, &shown, &text, &outcome, options.bless, &mut tally)?,
        }
    }
    writeln!(std::io::stdout().lock(), "{} passed, {} failed", tally.passed, tally.failed)?;
    Ok(match (tally.broken, tally.failed) {
        (0, 0) => Exit::Clean,
        (0, _) => Exit::Findings,
        _ => Exit::Usage,
    })
}

fn usage(message: String) -> Failure {
    Failure::Check(Error::Usage(message))
}

/// The tree around the working directory, and its top.
fn open(here: &Path) -> Result<(PathBuf, Box<dyn Tree>), Failure> {
    let repository = Repository::discover(here).map_err(Error::from)?;
    match repository.as_ref().and_then(|repository| Some((repository, repository.top()?.to_path_buf()))) {
        Some((repository, top)) => Ok((top, Box::new(WorkTree::open(repository).map_err(Error::from)?))),
        None => Ok((here.to_path_buf(), Box::new(DirectoryTree::open(here).map_err(Error::from)?))),
    }
}

/// The Markdown files of the tree below the working directory, in path order.
fn below(here: &Path, top: &Path, tree: &dyn Tree) -> Vec<PathBuf> {
    let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let (here, top) = (canonical(here), canonical(top));
    let pages = tree.entries().iter().filter(|entry| entry.path.extension() == "md" && entry.path.raw().is_none());
    pages.map(|entry| top.join(entry.path.as_str())).filter(|path| path.starts_with(&here) && path.is_file()).collect()
}

/// The files that were named, and the Markdown files below named directories.
fn given(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        let is_hidden = |entry: &walkdir::DirEntry| entry.depth() > 0 && entry.file_name() == ".git";
        let walk = walkdir::WalkDir::new(path).sort_by_file_name().into_iter().filter_entry(|entry| !is_hidden(entry));
        for entry in walk {
            let entry = entry.map_err(|error| {
                let path = error.path().unwrap_or(path).display().to_string();
                match error.into_io_error() {
                    Some(error) => usage(format!("`{path}` cannot be read: {error}")),
                    None => usage(format!("`{path}` cannot be read")),
                }
            })?;
            let is_page = entry.depth() == 0 || entry.path().extension().is_some_and(|extension| extension == "md");
            if is_page && entry.path().is_file() {
                files.push(entry.into_path());
            }
        }
    }
    Ok(files)
}

/// A file's text; none where it can be no page and nobody `named` it.
fn read(file: &Path, named: bool) -> Result<Option<String>, Failure> {
    let fail = |what: String| match named {
        true => Err(usage(format!("`{}` {what}", file.display()))),
        false => Ok(None),
    };
    match std::fs::metadata(file) {
        Ok(metadata) if metadata.len() > MAX_PAGE_BYTES => return fail(format!("is larger than {MAX_PAGE_BYTES} bytes")),
        Ok(_) => {}
        Err(error) => return fail(format!("cannot be read: {error}")),
    }
    match std::fs::read(file) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => fail("is not UTF-8".into()),
        },
        Err(error) => fail(format!("cannot be read: {error}")),
    }
}

/// Prints why a page cannot be run, a line each.
fn broken(shown: &Path, errors: &[Malformed], tally: &mut Tally) {
    tally.broken += 1;
    let mut err = std::io::stderr().lock();
    for error in errors {
        let line = format!("{}:{}: {}", shown.display(), error.line, error.message);
        let _ = writeln!(err, "error: {}", visible(&line));
    }
}

/// Counts and prints what came of a page, or writes its findings into it.
fn settle(file: &Path, shown: &Path, text: &str, outcome: &Outcome, bless: bool, tally: &mut Tally) -> Result<(), Failure> {
    let failed: Vec<&CaseOutcome> = outcome.cases.iter().filter(|case| !case.differences.is_empty()).collect();
    let mut out = std::io::stdout().lock();
    if bless {
        tally.passed += outcome.cases.len();
        if outcome.text != text {
            super::write_whole(file, outcome.text.as_bytes())?;
            writeln!(out, "blessed {}", visible(&shown.to_string_lossy()))?;
        }
        return Ok(());
    }
    tally.passed += outcome.cases.len() - failed.len();
    tally.failed += failed.len();
    for case in failed {
        let title = format!("{}:{}: {}", shown.display(), case.line, case.title);
        writeln!(out, "FAILED {}", visible(&title))?;
        write!(out, "{case}")?;
    }
    Ok(())
}
