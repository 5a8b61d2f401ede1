//! `ssot init`: a first policy, made of what the repository has.

mod found;
mod migrations;
mod propose;

use std::collections::BTreeMap;
use std::io::Write;

use super::args::InitOptions;
use super::{Exit, Failure, visible, write_whole};
use crate::finding::Severity;
use crate::policy::POLICY_NAMES;
use crate::text::RepoPath;
use crate::{Check, Error};
use found::Found;
use propose::Proposal;

/// Findings of one rule above which it is left off for the time being.
const MOST: usize = 100;
/// Where present findings are recorded.
const BASELINE: &str = "ssot-baseline.json";

/// A proposal that holds here, and what it comes to.
struct Tried {
    proposal: Proposal,
    /// Rules that find too much to start with, and how much.
    off: BTreeMap<String, usize>,
    findings: usize,
}

pub(super) fn run(options: &InitOptions) -> Result<Exit, Failure> {
    let root = options.root.clone().unwrap_or_else(|| ".".into());
    let check = Check::new(root).fixed_root(options.root.is_some());
    let tree = check.tree()?;
    if let Some(name) = POLICY_NAMES.iter().find(|name| tree.entry(&RepoPath::new(name)).is_some()) {
        let message = format!("there is a policy already, `{name}`: `ssot use PACK` adds to it, `ssot explain` shows the packs");
        return Err(Failure::Check(Error::Usage(message)));
    }
    let found = Found::new(&*tree);
    let mut out = std::io::stdout().lock();
    if found.is_empty() {
        writeln!(out, "The repository is empty: there is nothing to hold true yet. Come back when it has files.")?;
        return Ok(Exit::Clean);
    }
    let (mut tried, mut refused) = (Vec::new(), Vec::new());
    for proposal in propose::all(&found) {
        match try_out(&check, proposal)? {
            Ok(one) => tried.push(one),
            Err(why) => refused.push(why),
        }
    }
    report(&tried, &refused, &mut out)?;
    if tried.is_empty() {
        writeln!(out, "{NOTHING}")?;
        return Ok(Exit::Clean);
    }
    let findings: usize = tried.iter().map(|one| one.findings).sum();
    let text = policy(&tried, findings > 0);
    if options.dry_run {
        writeln!(out, "\nssot.yaml would be:\n\n{text}")?;
        return Ok(Exit::Clean);
    }
    write(&check, &text, findings, &mut out)?;
    Ok(Exit::Clean)
}

const NOTHING: &str = "\
Nothing here has a shape that ssot knows by itself: numbered migrations, example env files, schemas with versions, CODEOWNERS,
documents. Say in your own words what has to hold: `ssot explain` lists the kinds of rules, and a policy starts with

    version: 1
    rules: []";

/// Judges the tree by one proposal alone; `Err` says why it does not fit here.
fn try_out(check: &Check, proposal: Proposal) -> Result<Result<Tried, String>, Failure> {
    let one = Tried { proposal, off: BTreeMap::new(), findings: 0 };
    let text = policy(std::slice::from_ref(&one), false);
    let report = match judged(check, &text) {
        Ok(run) => run.report,
        Err(Error::Policy(error)) => return Ok(Err(format!("{}: {error}", one.proposal.what))),
        Err(error) => return Err(error.into()),
    };
    let mut by_rule: BTreeMap<String, usize> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.severity == Severity::Error) {
        if &*finding.rule == "policy" {
            return Ok(Err(format!("{}: {}", one.proposal.what, finding.message)));
        }
        *by_rule.entry(finding.rule.to_string()).or_default() += 1;
    }
    let off: BTreeMap<String, usize> = by_rule.iter().filter(|(_, n)| **n > MOST).map(|(rule, n)| (rule.clone(), *n)).collect();
    let findings = by_rule.iter().filter(|(rule, _)| !off.contains_key(*rule)).map(|(_, number)| number).sum();
    Ok(Ok(Tried { off, findings, ..one }))
}

fn judged(check: &Check, policy: &str) -> Result<crate::Run, Error> {
    check.clone().overlay([(RepoPath::new("ssot.yaml"), policy.into())].into()).run_in_full()
}

/// The policy of these proposals.
fn policy(tried: &[Tried], baseline: bool) -> String {
    let mut text = String::from(
        "# Written by `ssot init`, to be gone over. `ssot check` judges by it, `ssot explain TOPIC` says what it means.\nversion: 1\n",
    );
    let (uses, rules): (Vec<&Tried>, Vec<&Tried>) = tried.iter().partition(|one| one.proposal.pack.is_some());
    if !uses.is_empty() {
        text.push_str("use:\n");
    }
    for one in uses {
        text.push_str(&one.proposal.entry(&one.off));
    }
    if !rules.is_empty() {
        text.push_str("rules:\n");
    }
    for one in rules {
        text.push_str(&one.proposal.entry(&one.off));
    }
    if baseline {
        text.push_str("# What is found today is recorded there and accepted; whatever comes new is not.\n");
        text.push_str(&format!("settings: {{ baseline: {BASELINE} }}\n"));
    }
    text
}

fn report(tried: &[Tried], refused: &[String], out: &mut dyn Write) -> Result<(), Failure> {
    for one in tried {
        let findings = match one.findings {
            0 => "holds today".to_string(),
            1 => "1 finding today".into(),
            number => format!("{number} findings today"),
        };
        writeln!(out, "found {}\n  -> {}: {} ({findings})", visible(&one.proposal.what), one.proposal.shown(), one.proposal.why)?;
        for (rule, number) in &one.off {
            writeln!(out, "     {rule} is left off: {number} findings are too many to start with")?;
        }
    }
    for why in refused {
        writeln!(out, "left out {}", visible(&why.replace('\n', "; ")))?;
    }
    Ok(())
}

/// Writes the policy and, where something is found, the baseline; then the check has to pass.
fn write(check: &Check, text: &str, findings: usize, out: &mut dyn Write) -> Result<(), Failure> {
    let run = judged(check, text.split("settings:").next().unwrap_or(text))?;
    let Some(top) = run.top() else {
        return Err(Failure::Check(Error::Usage("there is no working tree to write to".into())));
    };
    write_whole(&top.join("ssot.yaml"), text.as_bytes())?;
    writeln!(out, "\nwrote ssot.yaml")?;
    if findings > 0 {
        let file = top.join(BASELINE);
        let run = check.clone().recording(&file, RepoPath::new(BASELINE)).run_in_full()?;
        let Some(recorded) = run.baseline() else { return Ok(()) };
        write_whole(&file, recorded.1.as_bytes())?;
        writeln!(out, "wrote {BASELINE}: {findings} present findings, which are accepted until they are mended")?;
    }
    writeln!(out, "`ssot check` passes now. Next: `ssot hook install`, and a look at what the policy says.")?;
    Ok(())
}
