//! The acceptance cases, which lie beside this repository: all hold, but for those that `.ci/later.txt` leaves to later issues.

use std::path::PathBuf;
use std::process::Command;

use crate::process::{self, Failure, Profile, output, top};

const LATER: &str = ".ci/later.txt";

/// `cargo xtask cases`.
///
/// # Errors
/// Cases that do not hold; a list that is out of date.
pub fn task(arguments: &[String]) -> Result<(), Failure> {
    let prune = match arguments {
        [] => false,
        [word] if word == "--prune" => true,
        _ => return Err(Failure::Usage("usage: cargo xtask cases [--prune]".into())),
    };
    let missing = || Failure::Broken("there are no cases at ../shared/cases; name their directory: SSOT_CASES=DIR".into());
    judge(&folder().ok_or_else(missing)?, prune)
}

/// Runs the cases where they and what they need are at hand, and says so where they are not.
///
/// # Errors
/// As of [`task`].
pub fn run_if_at_hand() -> Result<(), Failure> {
    let Some(folder) = folder() else {
        println!("acceptance cases: none at ../shared/cases");
        return Ok(());
    };
    let python = Command::new("python3").args(["-c", "import yaml"]).output();
    if !python.is_ok_and(|output| output.status.success()) {
        println!("acceptance cases: not run, they need python3 with PyYAML (`pip install pyyaml`)");
        return Ok(());
    }
    judge(&folder, false)
}

fn folder() -> Option<PathBuf> {
    let folder = match std::env::var_os("SSOT_CASES") {
        Some(folder) => PathBuf::from(folder),
        None => top().join("../shared/cases"),
    };
    folder.join("run").is_file().then_some(folder)
}

/// Runs all cases, later ones too, and holds what fails against the list.
fn judge(folder: &std::path::Path, prune: bool) -> Result<(), Failure> {
    let list = top().join(LATER);
    let text = std::fs::read_to_string(&list).map_err(|error| Failure::Broken(format!("{LATER}: {error}")))?;
    let later: Vec<&str> = text.lines().filter(|line| is_case(line)).collect();
    let report = run_all(folder)?;
    let failing: Vec<&str> = report.lines().filter(|line| line.contains(" · ")).collect();
    let fails = |case: &str| failing.iter().any(|line| names(line, case));

    let unexpected: Vec<&&str> = failing.iter().filter(|line| !later.iter().any(|case| names(line, case))).collect();
    for line in &unexpected {
        println!("{line}");
    }
    let over: Vec<&str> = later.iter().copied().filter(|case| !fails(case)).collect();
    if prune {
        let kept: Vec<&str> = text.lines().filter(|line| !over.contains(line)).collect();
        std::fs::write(&list, kept.join("\n") + "\n").map_err(|error| Failure::Broken(format!("{LATER}: {error}")))?;
        println!("{} of {} cases are no longer left to later issues", over.len(), later.len());
    } else {
        for case in &over {
            println!("{LATER}: `{case}` holds by now, or is no case; drop it: `cargo xtask cases --prune`");
        }
    }
    let total = report.lines().last().unwrap_or_default();
    println!("{total}; {} are left to later issues ({LATER})", later.len() - if prune { over.len() } else { 0 });
    if unexpected.is_empty() && (prune || over.is_empty()) { Ok(()) } else { Err(Failure::Status(1)) }
}

fn run_all(folder: &std::path::Path) -> Result<String, Failure> {
    let ssot = process::ssot(Profile::Dev)?;
    let read = std::fs::read_dir(folder).map_err(|error| Failure::Broken(format!("`{}`: {error}", folder.display())))?;
    let mut files: Vec<PathBuf> = read.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| path.to_string_lossy().ends_with(".test.yaml"));
    files.sort();
    let (status, report) = output(Command::new(folder.join("run")).arg(ssot).args(files).args(["--min-pass", "0"]))?;
    // With `--min-pass 0` any other end than this means that the cases did not run.
    if status == Some(0) { Ok(report) } else { Err(Failure::Broken("the cases could not be run".into())) }
}

/// A line of the list that is neither empty nor a comment.
fn is_case(line: &str) -> bool {
    !line.trim().is_empty() && !line.starts_with('#')
}

/// Whether a line of the runner's report is about that case.
fn names(line: &str, case: &str) -> bool {
    line.strip_prefix(case).is_some_and(|rest| rest.starts_with(':'))
}

#[cfg(test)]
mod tests {
    use super::{is_case, names};

    #[test]
    fn a_reported_line_names_its_case_whole() {
        assert!(names("sets · agree, ranges: exit 2", "sets · agree, ranges"));
        assert!(!names("sets · agree, ranges that admit: exit 2", "sets · agree, ranges"));
    }

    #[test]
    fn comments_and_blank_lines_are_no_cases() {
        assert_eq!(["", "# issue 3", "sets · x"].map(is_case), [false, false, true]);
    }
}
