//! Whole small repositories, judged as a change that is not committed yet.
//!
//! Each directory of `fixtures/` has two states: `consistent/`, about which there is nothing to say, and `drifted/`, about which
//! `expected.txt` says everything. The consistent state is what the drifted one is a change of; where there is a third state,
//! `base/`, the consistent one is a change of that. `BLESS=1 cargo test --test fixtures` writes `expected.txt` anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use walkdir::WalkDir;

/// A day after the dates that fixtures carry.
const NOW: &str = "2026-03-10T00:00:00Z";

#[test]
fn consistent_states_are_silent() {
    for fixture in fixtures() {
        let head = fixture.join("consistent");
        let base = Some(fixture.join("base")).filter(|base| base.is_dir()).unwrap_or_else(|| head.clone());
        let output = check(&base, &head);
        assert_eq!(text(&output.stdout), "", "{}\n{}", fixture.display(), text(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{}\n{}", fixture.display(), text(&output.stderr));
    }
}

#[test]
fn drifted_states_give_just_what_is_expected() {
    for fixture in fixtures() {
        let output = check(&fixture.join("consistent"), &fixture.join("drifted"));
        let found = text(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{}\n{}", fixture.display(), text(&output.stderr));
        let expected = fixture.join("expected.txt");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&expected, found).expect("the list can be written");
            continue;
        }
        let wanted = fs::read_to_string(&expected).unwrap_or_default();
        assert!(found == wanted, "{}: `BLESS=1` rewrites it\n{}", expected.display(), difference(&wanted, &found));
    }
}

#[test]
fn a_fixture_is_small_and_whole() {
    let fixtures = fixtures();
    assert!(fixtures.len() >= 3);
    for fixture in fixtures {
        for state in ["consistent", "drifted"] {
            let files = files(&fixture.join(state)).len();
            assert!((5..25).contains(&files), "{} has {files} files in `{state}`", fixture.display());
        }
        assert!(fixture.join("drifted/ssot.yaml").is_file(), "{} has no policy", fixture.display());
    }
}

fn fixtures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut found: Vec<PathBuf> = WalkDir::new(root)
        .min_depth(1)
        .max_depth(1)
        .into_iter()
        .map(|entry| entry.expect("fixtures can be listed").into_path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

/// The files below a directory, relative to it.
fn files(root: &Path) -> Vec<PathBuf> {
    let entries = WalkDir::new(root).sort_by_file_name().into_iter().map(|entry| entry.expect("a fixture can be walked"));
    let files = entries.filter(|entry| entry.file_type().is_file());
    files.map(|file| file.path().strip_prefix(root).expect("it is below").to_path_buf()).collect()
}

/// Commits `base`, puts `head` in its place, and checks that.
fn check(base: &Path, head: &Path) -> Output {
    let repository = tempfile::tempdir().expect("a temporary directory");
    let root = repository.path();
    lay_out(base, root);
    for arguments in [&["init", "-q"][..], &["add", "--all", "--force"], &["commit", "-q", "-m", "base"]] {
        let done = quiet("git", root).args(IDENTITY).args(arguments).status().expect("git runs");
        assert!(done.success(), "git {arguments:?} for {}", base.display());
    }
    for file in files(base) {
        fs::remove_file(root.join(file)).expect("a file of base can be removed");
    }
    lay_out(head, root);
    let mut ssot = quiet(env!("CARGO_BIN_EXE_ssot"), root);
    ssot.args(["check", "--format", "short", "--now", NOW]).output().expect("ssot runs")
}

const IDENTITY: [&str; 6] = ["-c", "user.name=fixture", "-c", "user.email=fixture@localhost", "-c", "commit.gpgsign=false"];

/// A command that nothing of the caller's own set-up reaches.
fn quiet(program: &str, directory: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GIT_") {
            command.env_remove(name);
        }
    }
    command.current_dir(directory).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env("NO_COLOR", "1");
    command
}

fn lay_out(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(&file);
        fs::create_dir_all(target.parent().expect("it has a directory")).expect("a directory can be made");
        fs::copy(from.join(&file), target).expect("a file can be copied");
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The lines that only one of the two has.
fn difference(wanted: &str, found: &str) -> String {
    let only = |sign: &'static str, these: &str, those: &str| -> Vec<String> {
        these.lines().filter(|line| !those.lines().any(|other| other == *line)).map(|line| format!("{sign} {line}")).collect()
    };
    [only("-", wanted, found), only("+", found, wanted)].concat().join("\n")
}
