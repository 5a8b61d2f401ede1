//! Whole small repositories, judged as a change that is not committed yet.
//!
//! Each directory of `fixtures/` has two states: `consistent/`, about which there is nothing to say, and `drifted/`, about which
//! `expected.txt` says everything. The consistent state is what the drifted one is a change of; where there is a third state,
//! `base/`, the consistent one is a change of that. `BLESS=1 cargo test --test fixtures` writes `expected.txt` anew.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use support::{Ran, Sandbox};
use walkdir::WalkDir;

/// A day after the dates that fixtures carry.
const NOW: &str = "2026-03-10T00:00:00Z";

#[test]
fn consistent_states_are_silent() {
    for fixture in fixtures() {
        let head = fixture.join("consistent");
        let base = Some(fixture.join("base")).filter(|base| base.is_dir()).unwrap_or_else(|| head.clone());
        let ran = check(&base, &head);
        assert_eq!((ran.code(), ran.out().as_str()), (0, ""), "{}\n{}", fixture.display(), ran.err());
    }
}

#[test]
fn drifted_states_give_just_what_is_expected() {
    for fixture in fixtures() {
        let ran = check(&fixture.join("consistent"), &fixture.join("drifted"));
        assert_eq!(ran.code(), 1, "{}\n{}", fixture.display(), ran.err());
        let (expected, found) = (fixture.join("expected.txt"), ran.out());
        if std::env::var_os("BLESS").is_some() {
            fs::write(&expected, found).expect("the list can be written");
            continue;
        }
        let wanted = fs::read_to_string(&expected).unwrap_or_default();
        assert!(found == wanted, "{}: `BLESS=1` rewrites it\n{}", expected.display(), difference(&wanted, &found));
    }
}

#[test]
fn fixtures_are_small_and_whole() {
    let fixtures = fixtures();
    assert!(fixtures.len() >= 3);
    for fixture in fixtures {
        for state in ["consistent", "drifted"] {
            let files = files(&fixture.join(state)).len();
            assert!((5..25).contains(&files), "{} has {files} files in `{state}`", fixture.display());
        }
    }
}

fn fixtures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let entries = WalkDir::new(root).min_depth(1).max_depth(1).sort_by_file_name().into_iter();
    let paths = entries.map(|entry| entry.expect("fixtures can be listed").into_path());
    paths.filter(|path| path.is_dir()).collect()
}

/// The files below a directory: paths relative to it, and contents.
fn files(root: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = WalkDir::new(root).sort_by_file_name().into_iter().map(|entry| entry.expect("a fixture can be walked"));
    let files = entries.filter(|entry| entry.file_type().is_file());
    files
        .map(|file| {
            let path = file.path().strip_prefix(root).expect("it is below the root");
            let content = fs::read(file.path()).expect("a fixture can be read");
            (path.to_str().expect("fixtures have plain names").to_owned(), content)
        })
        .collect()
}

/// Commits `base`, puts `head` in its place, and checks that.
fn check(base: &Path, head: &Path) -> Ran {
    let repository = Sandbox::git::<&[u8]>(&[]);
    for (path, content) in files(base) {
        repository.write(&path, content);
    }
    repository.commit();
    for (path, _) in files(base) {
        fs::remove_file(repository.at(&path)).expect("a file of base can be removed");
    }
    for (path, content) in files(head) {
        repository.write(&path, content);
    }
    repository.ssot(&["check", "--format", "short", "--now", NOW])
}

/// The lines that only one of the two has.
fn difference(wanted: &str, found: &str) -> String {
    let only = |sign: char, these: &str, those: &str| -> Vec<String> {
        let missing = these.lines().filter(|line| !those.lines().any(|other| other == *line));
        missing.map(|line| format!("{sign} {line}")).collect()
    };
    [only('-', wanted, found), only('+', found, wanted)].concat().join("\n")
}
