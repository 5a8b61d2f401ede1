//! Checks as part of a build: from a `build.rs`, and as a test of one's own.

use std::collections::BTreeSet;
use std::path::Path;

use crate::finding::{Place, Related, Severity};
use crate::report::{Style, human, visible};
use crate::{Check, Error, Run};

/// Judges the repository that is being built, and tells Cargo: errors fail the build, warnings are shown, and the build script
/// runs again when something in the tree changes. For a `build.rs`:
///
/// ```no_run
/// ssot::build::check();
/// ```
///
/// Cargo watches each entry at the top of the tree, and git's index for new ones.
pub fn check() {
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| ".".into());
    for line in directives(&Check::new(root)) {
        println!("{line}");
    }
}

/// What [`check`] prints, for a check of one's own making: lines of Cargo's
/// [build script instructions](https://doc.rust-lang.org/cargo/reference/build-scripts.html#outputs-of-the-build-script).
pub fn directives(check: &Check) -> Vec<String> {
    let run = match check.run_in_full() {
        Ok(run) => run,
        Err(error) => return faults(&error).map(|line| format!("cargo::error=ssot: {line}")).collect(),
    };
    let mut lines: Vec<String> = watched(&run).into_iter().map(|path| format!("cargo::rerun-if-changed={path}")).collect();
    for finding in &run.report.findings {
        let text = format!("{}[{}] {}: {}", at(&finding.place), finding.rule, finding.code, finding.message);
        lines.extend(told(finding.severity, &format!("{text}{}", other_ends(&finding.related))));
    }
    for unjudged in run.report.unjudged.iter().filter(|unjudged| unjudged.severity != Severity::Note) {
        let text = format!("{}[{}] could not be judged: {}", at(&unjudged.place), unjudged.rule, unjudged.message);
        lines.extend(told(unjudged.severity, &text));
    }
    lines
}

/// Fails, with the report for people, where the repository around a package contradicts its policy. See
/// [`assert_clean!`](crate::assert_clean).
#[track_caller]
pub fn assert_clean(directory: &str) {
    let (clean, told) = match Check::new(directory).run_in_full() {
        Ok(run) => (run.report.is_clean(false), drawn(&run)),
        Err(error) => (false, faults(&error).collect::<Vec<_>>().join("\n")),
    };
    assert!(clean, "\n{told}");
}

/// Fails the test that it stands in where the repository contradicts its policy:
///
/// ```no_run
/// #[test]
/// fn the_repository_is_true_to_its_sources() {
///     ssot::assert_clean!();
/// }
/// ```
///
/// Without an argument the repository around the package is judged; with one, that directory.
#[macro_export]
macro_rules! assert_clean {
    () => {
        $crate::build::assert_clean(env!("CARGO_MANIFEST_DIR"))
    };
    ($directory:expr $(,)?) => {
        $crate::build::assert_clean($directory)
    };
}

fn drawn(run: &Run) -> String {
    let style = Style { color: false, unicode: true, width: 100, cap: Some(50), quiet: false };
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = human(&run.report, run, style, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// What keeps a check from happening, a line each.
fn faults(error: &Error) -> impl Iterator<Item = String> {
    let lines: Vec<String> = error.to_string().lines().map(|line| visible(line).into_owned()).collect();
    lines.into_iter()
}

/// The top entries of the tree, and the index that tells of new ones.
fn watched(run: &Run) -> BTreeSet<String> {
    let Some(top) = run.top() else { return BTreeSet::new() };
    let shown = |path: &Path| path.to_string_lossy().into_owned();
    let mut paths: BTreeSet<String> = run.top_entries().map(|name| shown(&top.join(name))).collect();
    paths.extend(run.index_file().map(|path| shown(&path)));
    // Cargo reads a line for each.
    paths.retain(|path| !path.contains(['\n', '\r']));
    paths
}

fn told(severity: Severity, text: &str) -> Option<String> {
    let word = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => return None,
    };
    Some(format!("cargo::{word}={}", visible(text)))
}

fn at(place: &Place) -> String {
    match place.range {
        Some(range) => format!("{}:{}:{}: ", place.path, range.start.line, range.start.column),
        None => format!("{}: ", place.path),
    }
}

fn other_ends(related: &[Related]) -> String {
    related.iter().take(3).map(|other| format!(" ({}{})", at(&other.place), other.message)).collect()
}
