//! `ssot fix`, and the rounds of fixing that `ssot check --fix` shares with it.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};

use super::args::FixOptions;
use super::{Exit, Failure, visible};
use crate::finding::Side;
use crate::fix::{self, Fixed, Refused, Round, applied};
use crate::report::Contents;
use crate::text::RepoPath;
use crate::{Check, Error, Head, Run};

/// Rounds after which fixes that call for each other are given up.
const MOST_ROUNDS: usize = 10;

/// What fixing comes to, before anything is written.
pub(super) struct Mended {
    /// The run over the fixed contents.
    pub run: Run,
    pub files: BTreeMap<RepoPath, Fixed>,
    /// What was done, in order.
    pub titles: Vec<(Vec<RepoPath>, String)>,
}

/// Applies fixes and judges again until there are none left. All of it happens in memory.
pub(super) fn mend(check: &Check, suggested: bool) -> Result<Mended, Failure> {
    let mut files: BTreeMap<RepoPath, Fixed> = BTreeMap::new();
    let mut titles = Vec::new();
    let mut run = check.run_in_full()?;
    if let Some(broken) = run.broken_policy() {
        return Err(Failure::Check(broken.clone().into()));
    }
    for _ in 0..MOST_ROUNDS {
        let round = Round::of(&run.report.findings, suggested);
        if round.fixes.is_empty() {
            break;
        }
        for fix in &round.fixes {
            let mut paths: Vec<RepoPath> = fix.edits.iter().map(|edit| edit.path.clone()).collect();
            paths.dedup();
            let done = (paths, fix.title.clone());
            if titles.last() != Some(&done) {
                titles.push(done);
            }
        }
        for (path, edits) in &round.edits {
            let now = run.content(&Side::Head, path);
            let after = applied(now.as_deref().unwrap_or_default(), edits);
            match files.get_mut(path) {
                Some(fixed) => fixed.after = after,
                None => _ = files.insert(path.clone(), Fixed { before: now, after }),
            }
        }
        let contents = files.iter().map(|(path, fixed)| (path.clone(), fixed.after.clone())).collect();
        run = check.clone().overlay(contents).run_in_full()?;
    }
    Ok(Mended { run, files, titles })
}

/// Writes what was mended to the working tree, and says on stderr what stayed as it was, and why.
pub(super) fn write(mended: &Mended, head: &Head) -> Result<Vec<Refused>, Failure> {
    let usage = |message: String| Failure::Check(Error::Usage(message));
    if mended.run.report.head.kind == "merge" {
        return Err(usage("a merge result cannot be fixed: without `--merge-into` the working tree is".into()));
    }
    let Some(top) = mended.run.top() else {
        return Err(usage("there is no working tree to fix: `--diff` shows what would be changed".into()));
    };
    if let Head::Commit(_) = head {
        return Err(usage(
            "a commit cannot be fixed: without `--rev` the working tree is, and `--diff` shows what would be changed".into(),
        ));
    }
    let refused = fix::write(top, &mended.files).map_err(|error| usage(format!("cannot write fixes: {error}")))?;
    let mut err = std::io::stderr().lock();
    for Refused { path, why } in &refused {
        writeln!(err, "not fixed: `{}`: {}", visible(path.as_str()), visible(why))?;
    }
    let written: Vec<_> = mended.files.keys().filter(|path| refused.iter().all(|refused| refused.path != **path)).collect();
    if *head == Head::Index && !written.is_empty() {
        let paths: Vec<_> = written.iter().map(|path| visible(path.as_str())).collect();
        writeln!(err, "fixed in the working tree, not in the index: `git add {}` stages it", paths.join(" "))?;
    }
    Ok(refused)
}

pub(super) fn run(options: &FixOptions) -> Result<Exit, Failure> {
    let check = options.scope.check()?;
    let mended = mend(&check, options.suggested)?;
    if options.diff {
        return show(&mended, &check);
    }
    let refused = if mended.files.is_empty() { Vec::new() } else { write(&mended, check.judged())? };
    let kept = |paths: &[RepoPath]| paths.iter().any(|path| refused.iter().any(|refused| refused.path == *path));
    let mut out = std::io::stdout().lock();
    let mut done = 0;
    for (paths, title) in mended.titles.iter().filter(|(paths, _)| !kept(paths)) {
        let paths: Vec<_> = paths.iter().map(|path| visible(path.as_str())).collect();
        writeln!(out, "{}: {}", paths.join(", "), visible(title))?;
        done += 1;
    }
    let report = &mended.run.report;
    let left = report.findings.len();
    let mut err = std::io::stderr().lock();
    let fixes = if done == 1 { "1 fix".to_string() } else { format!("{done} fixes") };
    let remain = match left {
        0 => "nothing is left to be found".to_string(),
        1 => "1 finding is left; `ssot check` shows it".to_string(),
        _ => format!("{left} findings are left; `ssot check` shows them"),
    };
    writeln!(err, "{fixes} applied, {remain}")?;
    Ok(if refused.is_empty() && report.is_clean(false) { Exit::Clean } else { Exit::Findings })
}

/// Prints what would be changed.
pub(super) fn show_diff(mended: &Mended) -> Result<(), Failure> {
    let mut text = Vec::new();
    fix::diff(&mended.files, |path| mended.run.is_secret(path), &mut text)?;
    let mut out = std::io::stdout().lock();
    match out.is_terminal() {
        true => {
            for line in String::from_utf8_lossy(&text).lines() {
                writeln!(out, "{}", visible(line))?;
            }
        }
        false => out.write_all(&text)?,
    }
    Ok(())
}

/// The same; the exit status is that of what is there now.
fn show(mended: &Mended, check: &Check) -> Result<Exit, Failure> {
    show_diff(mended)?;
    let clean = mended.files.is_empty() && mended.run.report.is_clean(false);
    Ok(if clean || check.run()?.is_clean(false) { Exit::Clean } else { Exit::Findings })
}
