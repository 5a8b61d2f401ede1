//! `ssot replicas`: how copies stand to their sources, and copying the sources over.

use std::collections::BTreeMap;
use std::io::Write;

use super::args::{ReplicasAction, ReplicasOptions};
use super::fix::{Mended, show_diff, write};
use super::{Exit, Failure, notice, visible};
use crate::finding::Side;
use crate::fix::Fixed;
use crate::report::Contents;
use crate::rules::{CopyState, End, Standing};
use crate::text::RepoPath;
use crate::{Check, Error, Run};

/// The kind of the rules that are meant.
const KIND: &str = "replica";

pub(super) fn run(options: &ReplicasOptions) -> Result<Exit, Failure> {
    let check = options.selection.check()?;
    let rules = check.rules_of_kind(KIND)?;
    if let Some(id) = options.only.iter().find(|id| !rules.contains(id)) {
        let known: Vec<String> = rules.iter().map(|id| format!("`{id}`")).collect();
        let known = if known.is_empty() { "there is none".into() } else { format!("there are {}", known.join(", ")) };
        return Err(Failure::Check(Error::Usage(format!("the policy has no `{KIND}` rule `{id}`: {known}"))));
    }
    if rules.is_empty() {
        notice(&format!("the policy has no `{KIND}` rule"))?;
        return Ok(Exit::Clean);
    }
    let asked = if options.only.is_empty() { &rules } else { &options.only };
    let check = asked.iter().fold(check, |check, id| check.rule(id.as_str()));
    match (options.action, options.dry_run) {
        (ReplicasAction::Status, false) => status(&check.run_in_full()?),
        (ReplicasAction::Sync, dry_run) => sync(&check, dry_run),
        (ReplicasAction::Status, true) => Err(Failure::Check(Error::Usage("`--dry-run` goes with `sync`".into()))),
    }
}

fn status(run: &Run) -> Result<Exit, Failure> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut source = None;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for standing in run.replicas() {
        let heading = (&standing.rule, &standing.source);
        if source.replace(heading) != Some(heading) {
            writeln!(out, "{}: {}", visible(&standing.rule), named(&standing.source))?;
        }
        let (word, more) = match &standing.state {
            CopyState::InStep => ("in step", String::new()),
            CopyState::Behind(versions) => ("behind", versions.to_string()),
            CopyState::Drifts(code) => (*code, String::new()),
            CopyState::Unjudged(reason, _) => (reason.as_str(), String::new()),
        };
        *counts.entry(word).or_default() += 1;
        let accepted = if is_told(run, standing) { "" } else { " (accepted)" };
        let why = if let CopyState::Unjudged(_, why) = &standing.state { format!(": {}", visible(why)) } else { String::new() };
        writeln!(out, "  {:<12} {}{accepted}{why}", format!("{word} {more}").trim_end(), named(&standing.copy))?;
    }
    out.flush()?;
    let total: usize = counts.values().sum();
    let counts: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
    let copies = if total == 1 { "1 copy".into() } else { format!("{total} copies") };
    notice(&if total == 0 { "there are no copies".to_string() } else { format!("{copies}: {}", counts.join(", ")) })?;
    others(run)?;
    Ok(exit(run))
}

/// Says what the rules find beside copies: that a selection is empty, a change that weakens them.
fn others(run: &Run) -> Result<(), Failure> {
    for finding in run.report.findings.iter().filter(|finding| &*finding.rule == "policy") {
        notice(&format!("{}: {}", finding.place.path, finding.message))?;
    }
    Ok(())
}

fn sync(check: &Check, dry_run: bool) -> Result<Exit, Failure> {
    let run = check.run_in_full()?;
    let (mut files, mut titles) = (BTreeMap::new(), Vec::new());
    for standing in run.replicas().iter().filter(|standing| is_drift(&standing.state) && is_told(&run, standing)) {
        let copy = named(&standing.copy);
        if let Some(why) = kept(standing) {
            notice(&format!("not copied: {copy}: {why}"))?;
            continue;
        }
        let Some(after) = run.content(&standing.source.side, &standing.source.path) else { continue };
        let before = run.content(&Side::Head, &standing.copy.path);
        let path: RepoPath = standing.copy.path.clone();
        titles.push((vec![path.clone()], format!("copied from {}", named(&standing.source))));
        files.insert(path, Fixed { before, after });
    }
    let mended = Mended { run, files, titles };
    if dry_run {
        show_diff(&mended)?;
        return Ok(exit(&mended.run));
    }
    let refused = if mended.files.is_empty() { Vec::new() } else { write(&mended, check.judged())? };
    let mut out = std::io::stdout().lock();
    let mut copied = 0;
    for (paths, title) in mended.titles.iter().filter(|(paths, _)| refused.iter().all(|one| !paths.contains(&one.path))) {
        writeln!(out, "{}: {}", visible(paths[0].as_str()), visible(title))?;
        copied += 1;
    }
    notice(&if copied == 1 { "1 copy written".to_string() } else { format!("{copied} copies written") })?;
    others(&mended.run)?;
    Ok(exit(&check.run_in_full()?))
}

/// Why a copy is not written, if it is not.
fn kept(standing: &Standing) -> Option<String> {
    match &standing.copy.side {
        Side::Peer(name) => Some(format!("it is a file of `{name}`, and no other tree is written to")),
        _ if !standing.copyable => Some("its source is written in another format, or is no plain file".into()),
        _ => None,
    }
}

fn is_drift(state: &CopyState) -> bool {
    matches!(state, CopyState::Behind(_) | CopyState::Drifts(_))
}

/// Whether what is to be said of a copy is said by the report: no exception accepts it, and its code is on.
fn is_told(run: &Run, standing: &Standing) -> bool {
    let same = |finding: &crate::finding::Finding| {
        finding.rule == standing.rule && finding.side == standing.copy.side && finding.place.path == standing.copy.path
    };
    !is_drift(&standing.state) || run.report.findings.iter().any(same)
}

fn exit(run: &Run) -> Exit {
    if run.report.is_clean(false) { Exit::Clean } else { Exit::Findings }
}

fn named(end: &End) -> String {
    match &end.side {
        Side::Peer(name) => format!("{} of {}", visible(end.path.as_str()), visible(name)),
        _ => visible(end.path.as_str()),
    }
}
