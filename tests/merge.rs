//! `--merge-into`: the merge as it would land, and what keeps a base from being had.
#![cfg(unix)]

mod support;

use std::os::unix::fs::PermissionsExt;

use support::{Ran, Sandbox, ssot};

const POLICY: &str = r#"version: 1
rules:
  - {id: order, sequence: {every: {files: "db/*.sql", path: '/(?P<number>\d+)_\w+\.sql$'}}}
  - {id: no-x, forbid: {files: "**/*.txt", text: XXX, optional: true}}
  - {id: versions, bump: {files: "s/*.yaml", optional: true, version: {at: "$.version", scheme: semver}}}
"#;
const LINES: &str = "a\nb\nc\nd\ne\nf\ng\n";
const DATA: &str = "version: 1.0.0\na: 1\nb: 1\nc: 1\nd: 1\ne: 1\n";

/// A repository with a branch `work`, checked out, and a branch `main`, which share their first commit.
fn forked(mine: &[(&str, &str)], theirs: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::git(&[("ssot.yaml", POLICY), ("db/001_a.sql", "1"), ("t.txt", LINES), ("s/a.yaml", DATA)]);
    sandbox.write(".gitattributes", "*.txt merge=union\n*.yaml merge=evil\n");
    sandbox.commit();
    sandbox.run_git(&["checkout", "-q", "-b", "work"]);
    mine.iter().for_each(|(path, text)| sandbox.write(path, text));
    sandbox.commit();
    sandbox.run_git(&["checkout", "-q", "main"]);
    theirs.iter().for_each(|(path, text)| sandbox.write(path, text));
    sandbox.commit();
    sandbox.run_git(&["checkout", "-q", "work"]);
    sandbox
}

fn check(sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    sandbox.ssot(&[&["check", "--format", "json"], arguments].concat())
}

fn merged(sandbox: &Sandbox, arguments: &[&str]) -> (Vec<String>, Vec<String>) {
    let ran = check(sandbox, &[arguments, &["--merge-into", "main"]].concat());
    assert_eq!(ran.json()["head"]["kind"], "merge", "{}", ran.err());
    (ran.findings(), ran.unjudged())
}

#[test]
fn two_branches_that_are_green_alone_are_judged_together() {
    let sandbox = forked(&[("db/002_mine.sql", "2")], &[("db/002_theirs.sql", "3")]);
    for kind in [&[][..], &["--staged"], &["--rev", "HEAD"]] {
        assert_eq!(check(&sandbox, &[kind, &["--base", "main"]].concat()).findings(), [""; 0]);
        let expected = ["sequence/behind-base db/002_mine.sql", "sequence/duplicate db/002_theirs.sql"];
        assert_eq!(merged(&sandbox, kind).0, expected, "{kind:?}");
    }
    assert_eq!(check(&sandbox, &["--rev", "main", "--merge-into", "work"]).findings().len(), 2);
}

#[test]
fn each_head_is_merged_as_it_is() {
    let sandbox = forked(&[("m.txt", "fine\n")], &[("t.txt", &LINES.replace('g', "XXX"))]);
    assert_eq!(merged(&sandbox, &[]).0, ["forbid/forbidden t.txt:7:1"]);
    // Staged, edited and new files, deletions, links and modes are part of what is merged.
    sandbox.write("t.txt", LINES.replace('a', "XXX"));
    sandbox.run_git(&["add", "-A"]);
    sandbox.write("t.txt", LINES.replace('b', "XXX"));
    std::fs::set_permissions(sandbox.at("m.txt"), std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    sandbox.write("new/dir/n.txt", "XXX\n");
    let at = |line: usize| format!("forbid/forbidden t.txt:{line}:1");
    assert_eq!(merged(&sandbox, &[]).0, ["forbid/forbidden new/dir/n.txt:1:1".into(), at(2), at(7)]);
    assert_eq!(merged(&sandbox, &["--staged"]).0, [at(1), at(7)]);
    assert_eq!(merged(&sandbox, &["--rev", "HEAD"]).0, [at(7)]);
    std::fs::remove_file(sandbox.at("m.txt")).expect("it is ours");
    std::os::unix::fs::symlink("XXX", sandbox.at("m.txt")).expect("it can be made");
    assert_eq!(merged(&sandbox, &[]).0.len(), 4);
}

#[test]
fn what_is_in_conflict_is_unjudged_and_fails_the_run() {
    let sandbox = forked(&[("t.txt", &LINES.replace('c', "mine"))], &[("t.txt", &LINES.replace('c', "theirs"))]);
    let ran = check(&sandbox, &["--merge-into", "main"]);
    assert_eq!((ran.unjudged(), ran.code()), (vec!["merge-conflict t.txt".to_string()], 1), "{}", ran.out());
    // One side deletes what the other edits.
    std::fs::remove_file(sandbox.at("t.txt")).expect("it is ours");
    assert_eq!(merged(&sandbox, &[]).1, ["merge-conflict t.txt"]);
    // A new file of the working tree stands where theirs is: which of the two will land, nobody knows.
    let sandbox = forked(&[], &[("n.txt", "theirs\n")]);
    sandbox.write("n.txt", "mine\n");
    assert_eq!(merged(&sandbox, &[]).1, ["merge-conflict n.txt"]);
    sandbox.write("n.txt", "theirs\n");
    assert_eq!(merged(&sandbox, &[]).1, [""; 0]);
}

#[test]
fn a_merged_body_needs_a_version_above_both() {
    let bumped = |from: &str, to: &str| DATA.replace("1.0.0", "1.0.1").replace(from, to);
    let sandbox = forked(&[("s/a.yaml", &bumped("a: 1", "a: 2"))], &[("s/a.yaml", &DATA.replace("e: 1", "e: 2"))]);
    // Theirs did not bump; merged it is 1.0.1, above theirs and not above ours.
    assert_eq!(merged(&sandbox, &[]).0, ["bump/version-unchanged s/a.yaml:1:10"]);
    assert_eq!(check(&sandbox, &["--base", "main"]).findings(), [""; 0]);
}

#[test]
fn nothing_of_the_repository_runs_or_changes() {
    let sandbox = forked(&[("s/a.yaml", &DATA.replace("a: 1", "a: 2"))], &[("s/a.yaml", &DATA.replace("a: 1", "a: 3"))]);
    let marker = sandbox.at(".git/marker");
    let touch = format!("touch '{}'", marker.display());
    for key in [
        "merge.evil.driver",
        "core.fsmonitor",
        "core.editor",
        "diff.external",
        "core.sshCommand",
        "credential.helper",
        "gpg.program",
    ] {
        sandbox.run_git(&["config", key, &touch]);
    }
    for (key, value) in
        [("merge.renames", "false"), ("merge.conflictStyle", "diff3"), ("log.showSignature", "true"), ("core.pager", &touch)]
    {
        sandbox.run_git(&["config", key, value]);
    }
    for alias in ["merge-tree", "fast-import", "ls-tree", "rev-list", "rev-parse", "ls-files", "config"] {
        sandbox.run_git(&["config", &format!("alias.{alias}"), &format!("!{touch}")]);
    }
    for hook in ["pre-merge-commit", "reference-transaction", "post-index-change", "pre-commit"] {
        sandbox.write(&format!(".git/hooks/{hook}"), format!("#!/bin/sh\n{touch}\n"));
        std::fs::set_permissions(sandbox.at(&format!(".git/hooks/{hook}")), std::fs::Permissions::from_mode(0o755))
            .expect("ours");
    }
    sandbox.write("new.txt", "XXX");
    let files = || {
        let all = walkdir::WalkDir::new(sandbox.path()).sort_by_file_name().into_iter().filter_map(Result::ok);
        all.filter(|entry| entry.file_type().is_file())
            .map(|entry| (entry.path().to_owned(), std::fs::read(entry.path()).ok()))
            .collect::<Vec<_>>()
    };
    let before = files();
    for arguments in
        [&["check", "--merge-into", "main"][..], &["check", "--staged", "--base", "main"], &["backtest", "--last", "3"]]
    {
        assert_ne!(sandbox.ssot(arguments).code(), 2, "{arguments:?}");
    }
    assert!(!marker.exists());
    assert_eq!(before, files());
    assert_eq!(merged(&sandbox, &[]).1, ["merge-conflict s/a.yaml"]);
}

#[test]
fn a_base_that_cannot_be_had_says_what_to_type_next() {
    let sandbox = forked(&[("db/002_mine.sql", "2")], &[("db/002_theirs.sql", "3")]);
    let from = format!("file://{}", sandbox.path().display());
    let refused = |sandbox: &Sandbox, arguments: &[&str], said: &[&str]| {
        let ran = check(sandbox, arguments);
        assert_eq!((ran.code(), ran.out()), (2, String::new()), "{arguments:?}: {}", ran.err());
        said.iter().for_each(|said| assert!(ran.err().contains(said), "{arguments:?}: {}", ran.err()));
    };
    for option in ["--base", "--merge-into"] {
        refused(&sandbox, &[option, "origin/nowhere"], &["origin/nowhere", "git fetch origin nowhere"]);
        refused(&sandbox, &[option, "--all"], &["--all"]);
        // Unrelated histories.
        sandbox.run_git(&["checkout", "-q", "--orphan", "other"]);
        sandbox.run_git(&["commit", "-q", "-m", "root"]);
        refused(&sandbox, &[option, "main"], &["no common ancestor"]);
        sandbox.run_git(&["checkout", "-q", "work"]);
        sandbox.run_git(&["branch", "-q", "-D", "other"]);
        // A shallow clone.
        let shallow = Sandbox::new::<&str>(&[]);
        shallow.run_git(&["-c", "protocol.file.allow=always", "clone", "-q", "--depth=1", "--no-single-branch", &from, "."]);
        refused(&shallow, &[option, "origin/main"], &["shallow", "git fetch --unshallow", "fetch-depth: 0"]);
        refused(&shallow, &[option, "HEAD~3"], &["HEAD~3", "git fetch --unshallow"]);
        // No commit yet.
        sandbox.run_git(&["checkout", "-q", "--orphan", "unborn"]);
        refused(&sandbox, &[option, "main"], &["HEAD has no commit yet", "commit first"]);
        sandbox.run_git(&["checkout", "-q", "-f", "work"]);
    }
    // A detached head is a head.
    sandbox.run_git(&["checkout", "-q", "--detach"]);
    assert_eq!(merged(&sandbox, &[]).0.len(), 2);
}

#[test]
fn a_broken_repository_is_no_clean_one() {
    let sandbox = forked(&[("db/002_mine.sql", "2")], &[("db/003_theirs.sql", "3")]);
    // `.git` leads elsewhere.
    let moved = Sandbox::new(&[("ssot.yaml", POLICY), (".git", "gitdir: /nowhere/at/all\n")]);
    let ran = check(&moved, &[]);
    assert!(ran.code() == 2 && ran.err().contains("/nowhere/at/all"), "{}", ran.err());
    // Pack files that are garbage.
    sandbox.run_git(&["repack", "-q", "-a", "-d"]);
    let packs = std::fs::read_dir(sandbox.at(".git/objects/pack")).expect("packs").filter_map(Result::ok);
    for pack in packs.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "pack")) {
        std::fs::set_permissions(pack.path(), std::fs::Permissions::from_mode(0o644)).expect("ours");
        std::fs::write(pack.path(), "PACK garbage").expect("ours");
    }
    for arguments in [&["--rev", "HEAD"][..], &["--base", "main"], &["--merge-into", "main"]] {
        let ran = check(&sandbox, arguments);
        assert!(ran.code() == 2 && !ran.err().is_empty() && ran.out().is_empty(), "{arguments:?}: {} {}", ran.out(), ran.err());
    }
}

#[test]
fn objects_that_are_not_in_the_clone_are_not_fetched() {
    let sandbox = forked(&[("t.txt", &LINES.replace('c', "mine"))], &[("t.txt", &LINES.replace('g', "theirs"))]);
    sandbox.run_git(&["config", "uploadpack.allowFilter", "true"]);
    let from = format!("file://{}", sandbox.path().display());
    let clone = Sandbox::new::<&str>(&[]);
    clone.run_git(&["-c", "protocol.file.allow=always", "clone", "-q", "--filter=blob:none", "-b", "work", &from, "."]);
    let policy = "version: 1\nrules:\n  - {id: fixed, frozen: {files: '*.txt'}}\n";
    clone.write("policy.yaml", policy);
    let ran = check(&clone, &["--policy", "policy.yaml", "--base", "origin/main"]);
    assert_eq!(ran.unjudged(), ["missing-object t.txt"], "{} {}", ran.out(), ran.err());
    assert!(!ran.out().contains("frozen/"), "{}", ran.out());
    let ran = check(&clone, &["--merge-into", "origin/main"]);
    assert!(ran.code() == 2 && ran.err().contains("git fetch --refetch"), "{} {}", ran.out(), ran.err());
}

#[test]
fn an_index_with_conflicts_is_merged_but_for_them() {
    let sandbox = forked(&[("t.txt", &LINES.replace('c', "mine"))], &[("db/002_b.sql", "x")]);
    sandbox.run_git(&["checkout", "-q", "-b", "third", "HEAD~1"]);
    sandbox.write("t.txt", LINES.replace('c', "third"));
    sandbox.commit();
    sandbox.write(".gitattributes", "");
    let merge = std::process::Command::new("git").args(["merge", "-q", "work"]).current_dir(sandbox.path()).output();
    assert!(!merge.expect("git runs").status.success());
    assert_eq!(merged(&sandbox, &["--staged"]).1, ["merge-conflict t.txt"]);
    assert_eq!(check(&sandbox, &["--staged"]).unjudged(), ["merge-conflict t.txt"]);
}

#[test]
fn sha256_and_linked_trees_merge_too() {
    let sandbox = Sandbox::new(&[("ssot.yaml", POLICY), ("db/001_a.sql", "1"), ("t.txt", LINES)]);
    sandbox.run_git(&["init", "-q", "-b", "main", "--object-format=sha256"]);
    sandbox.commit();
    sandbox.run_git(&["worktree", "add", "-q", "-b", "work", "../linked-work"]);
    let linked = sandbox.at("../linked-work");
    sandbox.write("db/002_theirs.sql", "x");
    sandbox.commit();
    std::fs::write(linked.join("db/002_mine.sql"), "y").expect("ours");
    let stage = std::process::Command::new("git").args(["add", "-A"]).current_dir(&linked).status().expect("git runs");
    assert!(stage.success());
    let ran = ssot(&linked, &["check", "--staged", "--merge-into", "main", "--format", "json"]);
    assert_eq!(ran.findings().len(), 2, "{} {}", ran.out(), ran.err());
    std::fs::remove_dir_all(&linked).expect("ours");
}

#[test]
fn what_base_has_and_nobody_can_read_is_no_new_finding() {
    let sandbox = forked(&[("t.txt", &LINES.replace('c', "XXX"))], &[("n.txt", "theirs\n")]);
    sandbox.run_git(&["config", "uploadpack.allowFilter", "true"]);
    let from = format!("file://{}", sandbox.path().display());
    let clone = Sandbox::new::<&str>(&[]);
    clone.run_git(&["-c", "protocol.file.allow=always", "clone", "-q", "--filter=blob:none", "-b", "work", &from, "."]);
    let policy = "version: 1\nrules:\n  - {id: no-x, grandfather: base, forbid: {files: '*.txt', text: XXX, optional: true}}\n";
    clone.write("policy.yaml", policy);
    let ran = check(&clone, &["--policy", "policy.yaml", "--rev", "HEAD"]);
    assert_eq!((ran.findings(), ran.unjudged()), (vec![], vec!["missing-object t.txt".into()]), "{}", ran.out());
}

#[test]
fn a_file_that_moves_takes_its_old_findings_along() {
    let policy = "version: 1\nrules:\n  - {id: strays, grandfather: base, home: {files: '**/*.sql', only-in: db}}\n  - {id: no-x, \
                  grandfather: base, forbid: {files: '**/*.sql', text: XXX, optional: true}}\n";
    let sandbox = Sandbox::git(&[("ssot.yaml", policy), ("db/1.sql", "one\n"), ("old/2.sql", "XXX two\n")]);
    sandbox.commit();
    std::fs::create_dir(sandbox.at("new")).expect("ours");
    std::fs::rename(sandbox.at("old/2.sql"), sandbox.at("new/3.sql")).expect("ours");
    assert_eq!(check(&sandbox, &[]).findings(), [""; 0]);
    sandbox.write("new/4.sql", "XXX\n");
    assert_eq!(check(&sandbox, &[]).findings(), ["home/stray new/4.sql", "forbid/forbidden new/4.sql:1:1"]);
}
