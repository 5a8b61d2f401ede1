//! `replica`: what the history of a source tells of its copies, however large, cut off or hostile it is.
#![cfg(unix)]

mod support;

use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use support::{Sandbox, command, finish, ssot};

const POLICY: &str = "version: 1\nrules: [{id: synced, replica: {source: s/spec.json, copy: ['c/*.json', d/spec.json]}}]\n";

/// A source that had the contents 1 to `count`, each in a commit, and copies of the first and the last.
fn versions(count: usize) -> Sandbox {
    let sandbox = Sandbox::git(&[("ssot.yaml", POLICY), ("d/spec.json", "1\n")]);
    for version in 1..=count {
        sandbox.write("s/spec.json", format!("{version}\n"));
        sandbox.write("c/spec.json", format!("{version}\n"));
        sandbox.commit();
    }
    sandbox
}

/// `code path: message` of each finding.
fn told(sandbox: &Sandbox, arguments: &[&str]) -> Vec<String> {
    told_in(sandbox.path(), arguments)
}

fn told_in(directory: &Path, arguments: &[&str]) -> Vec<String> {
    let ran = ssot(directory, &[&["check", "--format", "json"], arguments].concat());
    let findings = ran.json()["findings"].as_array().cloned().unwrap_or_default();
    let text = |finding: &serde_json::Value, key: &str| finding[key].as_str().unwrap_or_default().to_string();
    findings.iter().map(|finding| format!("{}: {}", text(finding, "code"), text(finding, "message"))).collect()
}

fn behind(versions: &str) -> Vec<String> {
    vec![format!("replica/behind: `d/spec.json` is {versions} behind `s/spec.json`")]
}

#[test]
fn every_kind_of_tree_tells_the_same() {
    let sandbox = versions(3);
    sandbox.write("c/other.json", "1\nedited\n");
    sandbox.write("s/spec.json", "4\n");
    sandbox.write("c/spec.json", "4\n");
    let expected = ["replica/edited: `c/other.json` was edited: it is no version of `s/spec.json`".to_string()];
    let expected = [&expected[..], &behind("3 versions")].concat();
    assert_eq!(told(&sandbox, &[]), expected);
    sandbox.run_git(&["add", "-A"]);
    assert_eq!(told(&sandbox, &["--staged"]), expected);
    sandbox.commit();
    assert_eq!(told(&sandbox, &[]), expected);
    assert_eq!(told(&sandbox, &["--rev", "HEAD"]), expected);
    sandbox.run_git(&["clone", "-q", "--bare", ".", "bare.git"]);
    assert_eq!(told_in(&sandbox.at("bare.git"), &["--rev", "main"]), expected);
    // A content that comes again counts once, and one that was taken back is still one.
    sandbox.write("s/spec.json", "2\n");
    sandbox.write("c/spec.json", "3\n");
    assert_eq!(
        told(&sandbox, &["--rule", "synced", "c/spec.json"]),
        ["replica/behind: `c/spec.json` is 2 versions behind `s/spec.json`"]
    );
}

#[test]
fn what_fix_copies_is_silent() {
    let sandbox = versions(2);
    sandbox.write("c/latin.json", b"caf\xe9\n2\n");
    let policy = POLICY.replace("d/spec.json]", "d/spec.json, new/dir/spec.json]");
    sandbox.write("ssot.yaml", policy);
    assert_eq!(told(&sandbox, &[]).len(), 3);
    assert_eq!(sandbox.ssot(&["fix"]).code(), 0);
    assert_eq!(["c/latin.json", "d/spec.json", "new/dir/spec.json"].map(|path| sandbox.read(path)), ["2\n", "2\n", "2\n"]);
    assert_eq!(told(&sandbox, &[]), [""; 0]);
    // What is no text is told all the same, and left to the one who reads it.
    sandbox.write("s/spec.json", b"\xff\n");
    assert_eq!(sandbox.ssot(&["fix"]).code(), 1);
    assert_eq!(sandbox.read("d/spec.json"), "2\n");
}

#[test]
fn renames_are_followed_before_they_are_committed_too() {
    let sandbox = versions(2);
    for (from, to, edit) in [("s/spec.json", "t/source.json", ""), ("t/source.json", "u/source.json", "edited\n")] {
        sandbox.write("ssot.yaml", POLICY.replace("s/spec.json", to));
        sandbox.write(to, format!("{}{edit}", sandbox.read(from)));
        sandbox.remove(from);
        sandbox.remove("c/spec.json");
        sandbox.write("c/spec.json", sandbox.read(to));
        let versions = if edit.is_empty() { "1 version" } else { "2 versions" };
        let expected = [format!("replica/behind: `d/spec.json` is {versions} behind `{to}`")];
        assert_eq!(told(&sandbox, &[]), expected);
        sandbox.run_git(&["add", "-A"]);
        assert_eq!(told(&sandbox, &["--staged"]), expected);
        sandbox.commit();
        assert_eq!(told(&sandbox, &["--rev", "HEAD"]), expected);
    }
}

#[test]
fn what_a_branch_had_is_known_after_it_was_merged() {
    let sandbox = versions(2);
    sandbox.run_git(&["checkout", "-q", "-b", "side"]);
    sandbox.write("s/spec.json", "side\n");
    sandbox.commit();
    sandbox.run_git(&["checkout", "-q", "main"]);
    sandbox.run_git(&["mv", "s/spec.json", "s/moved.json"]);
    sandbox.commit();
    sandbox.run_git(&["merge", "-q", "-s", "ours", "side"]);
    sandbox.write("ssot.yaml", POLICY.replace("s/spec.json", "s/moved.json"));
    assert_eq!(told(&sandbox, &[]), ["replica/behind: `d/spec.json` is 1 version behind `s/moved.json`"]);
    // Of what the merge left out, the source never was what it says.
    sandbox.write("d/spec.json", "side\n");
    assert_eq!(told(&sandbox, &[]), ["replica/edited: `d/spec.json` was edited: it is no version of `s/moved.json`"]);
    sandbox.run_git(&["checkout", "-q", "-f", "side"]);
    sandbox.write("d/spec.json", "1\n");
    sandbox.run_git(&["merge", "-q", "--no-ff", "-s", "ours", "main"]);
    assert_eq!(told(&sandbox, &["d"]), behind("2 versions"));
}

#[test]
fn a_history_that_is_cut_off_says_how_to_deepen_it() {
    let sandbox = versions(4);
    let clone = |name: &str, how: &[&str]| {
        let url = format!("file://{}", sandbox.path().display());
        sandbox.run_git(&[&["clone", "-q"], how, &[&url, name]].concat());
        let ran = ssot(&sandbox.at(name), &["check", "--format", "json"]);
        let finding = ran.json()["findings"][0].clone();
        let text = |key: &str| finding[key].as_str().unwrap_or_default().to_string();
        (text("code"), text("message"), text("help"))
    };
    sandbox.run_git(&["config", "uploadpack.allowFilter", "true"]);
    let (code, message, help) = clone("shallow", &["--depth", "2"]);
    assert_eq!(code, "replica/differs");
    assert!(message.ends_with("the clone is shallow, and what it has does not tell why"), "{message}");
    assert!(help.contains("git fetch --unshallow"), "{help}");
    assert_eq!(clone("deep-enough", &["--depth", "4"]).0, "replica/behind");
    // Contents are not asked for, listings are.
    assert_eq!(clone("no-blobs", &["--filter=blob:none"]).0, "replica/behind");
    let (code, message, help) = clone("no-trees", &["--filter=tree:0"]);
    assert_eq!(code, "replica/differs", "{message}");
    assert!(message.ends_with("objects that would tell why are not in this clone"), "{message}");
    assert!(help.contains("git log --patch -- s/spec.json"), "{help}");
}

#[test]
fn without_a_commit_a_copy_just_differs() {
    let sandbox = Sandbox::git(&[("ssot.yaml", POLICY), ("s/spec.json", "2\n"), ("c/a.json", "2\n"), ("d/spec.json", "1\n")]);
    let differs = "replica/differs: `d/spec.json` is not what `s/spec.json` is";
    assert_eq!(told(&sandbox, &[]), [format!("{differs}; there is no commit yet that tells why")]);
    sandbox.run_git(&["add", "ssot.yaml"]);
    sandbox.run_git(&["commit", "-q", "-m", "policy"]);
    assert_eq!(told(&sandbox, &[]), [format!("{differs}, which no commit has yet")]);
}

#[test]
fn a_long_history_is_walked_in_time_and_once() {
    let sandbox = Sandbox::git(&[("ssot.yaml", POLICY)]);
    let mut stream = String::new();
    for commit in 0..10_000 {
        let (version, filler) = (commit / 100, commit % 7);
        writeln!(stream, "commit refs/heads/main\ncommitter t <t@example.com> {} +0000\ndata 1\nc", 1_600_000_000 + commit)
            .expect("text");
        let mut file = |path: &str, content: &str| {
            writeln!(stream, "M 100644 inline {path}\ndata {}\n{content}", content.len()).expect("text");
        };
        file("s/spec.json", &version.to_string());
        file(&format!("f/{filler}.txt"), &commit.to_string());
    }
    let mut import = Command::new("git");
    import.args(["fast-import", "--quiet"]).current_dir(sandbox.path()).stdin(Stdio::piped());
    let mut child = import.spawn().expect("git runs");
    child.stdin.take().expect("it is piped").write_all(stream.as_bytes()).expect("git reads");
    assert!(child.wait().expect("it ends").success());
    sandbox.run_git(&["reset", "-q", "--hard"]);
    sandbox.write("ssot.yaml", POLICY);
    for copy in 0..200 {
        sandbox.write(&format!("c/{copy:03}.json"), copy.to_string());
    }
    sandbox.write("d/spec.json", "0");
    let found = told(&sandbox, &[]);
    assert_eq!(found.len(), 200, "99 is what the source is");
    assert_eq!(found[0], "replica/behind: `c/000.json` is 99 versions behind `s/spec.json`");
    assert_eq!(found[99], "replica/edited: `c/100.json` was edited: it is no version of `s/spec.json`");
    // What git was asked for: the commits once, and what they did to the source once.
    let asked = asked_of_git(&sandbox);
    let count = |word: &str| asked.iter().filter(|line| line.contains(word)).count();
    assert_eq!((count("rev-list"), count("diff-tree")), (1, 1), "{asked:#?}");
}

/// The command lines of git in a check.
fn asked_of_git(sandbox: &Sandbox) -> Vec<String> {
    use std::os::unix::fs::PermissionsExt;
    let path = std::env::var("PATH").unwrap_or_default();
    let shim = Sandbox::new(&[("git", format!("#!/bin/sh\necho \"$*\" >> \"$LOG\"\nPATH='{path}' exec git \"$@\"\n"))]);
    std::fs::set_permissions(shim.at("git"), std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let mut run = command(sandbox.path(), &["check", "--format", "json"]);
    run.env("PATH", format!("{}:{path}", shim.path().display())).env("LOG", shim.at("log"));
    finish(run);
    shim.read("log").lines().map(str::to_string).collect()
}

#[test]
fn history_is_not_read_where_all_copies_are_in_step() {
    let sandbox = versions(3);
    sandbox.write("d/spec.json", "3\n");
    let asked = asked_of_git(&sandbox);
    assert!(!asked.is_empty() && !asked.iter().any(|line| line.contains("rev-list") || line.contains("diff-tree")), "{asked:#?}");
}

#[test]
fn nothing_that_the_repository_configures_runs_or_is_waited_for() {
    let sandbox = versions(2);
    let (trap, fifo) = (sandbox.at("trap"), sandbox.at("fifo"));
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("it runs").success());
    let touch = format!("touch {}", trap.display());
    for key in ["gpg.program", "diff.external", "diff.x.textconv", "diff.x.command", "core.pager", "core.fsmonitor"] {
        sandbox.run_git(&["config", key, &touch]);
    }
    for (key, value) in [("log.showSignature", "true"), ("diff.orderFile", "fifo"), ("diff.renames", "copies")] {
        sandbox.run_git(&["config", key, value]);
    }
    sandbox.write(".gitattributes", "*.json diff=x\n");
    assert_eq!(told(&sandbox, &[]), behind("1 version"));
    assert!(!trap.exists());
}

#[test]
fn links_to_the_source_are_in_step_and_other_ones_are_not() {
    let sandbox = versions(2);
    for (target, link) in
        [("../s/spec.json", "c/a.json"), ("a.json", "c/b.json"), ("../ssot.yaml", "c/c.json"), ("d.json", "c/d.json")]
    {
        symlink(target, sandbox.at(link)).expect("it can be made");
    }
    sandbox.remove("d/spec.json");
    std::fs::remove_dir(sandbox.at("d")).expect("it is empty");
    symlink("s", sandbox.at("d")).expect("it can be made");
    let link = |path: &str, target: &str| format!("replica/edited: `{path}` is a link to `{target}`, not to `s/spec.json`");
    let expected = [link("c/c.json", "../ssot.yaml"), link("c/d.json", "d.json")];
    assert_eq!(told(&sandbox, &[]), expected);
    sandbox.commit();
    assert_eq!(told(&sandbox, &["--rev", "HEAD"]), expected);
    assert_eq!(sandbox.ssot(&["fix"]).code(), 1, "no link is replaced");
    sandbox.remove("d");
    symlink("/etc", sandbox.at("d")).expect("it can be made");
    assert_eq!(sandbox.check().unjudged(), ["unreachable d/spec.json"]);
}

#[test]
fn what_is_no_plain_file_or_too_large_is_unjudged() {
    let sandbox = versions(2);
    sandbox.write("ssot.yaml", format!("settings: {{max-file-bytes: 3000}}\n{POLICY}"));
    sandbox.write("c/large.json", "x".repeat(4000));
    assert!(Command::new("mkfifo").arg(sandbox.at("c/fifo.json")).status().expect("it runs").success());
    let ran = sandbox.check();
    assert_eq!(ran.findings(), ["replica/behind d/spec.json:1:1"]);
    assert!(ran.unjudged().contains(&"too-large c/large.json".to_string()), "{:?}", ran.unjudged());
    sandbox.write("s/spec.json", "x".repeat(4000));
    assert_eq!(sandbox.check().unjudged(), ["too-large s/spec.json"]);
    sandbox.remove("s/spec.json");
    std::fs::create_dir_all(sandbox.at("s/spec.json")).expect("it can be made");
    sandbox.write("s/spec.json/x", "1\n");
    assert_eq!(sandbox.check().code(), 1, "a source that is no file does not pass in silence");
}

#[test]
fn versions_are_compared_as_data_within_bounds() {
    let policy = POLICY.replace("d/spec.json]", "d/spec.yaml], compare: data");
    let sandbox = Sandbox::git(&[("ssot.yaml", policy.as_str()), ("d/spec.yaml", "v: 1\n"), ("c/a.json", "{\"v\": 300.0}")]);
    for version in 1..=4 {
        sandbox.write("s/spec.json", format!("{{\"v\": {version}}}"));
        sandbox.commit();
        sandbox.write("s/spec.json", format!("{{ \"v\": {version}.0 }}"));
        sandbox.commit();
    }
    let found = told(&sandbox, &["d"]);
    assert_eq!(found, ["replica/behind: `d/spec.yaml` is 3 versions behind `s/spec.json`"]);
    sandbox.write("d/spec.yaml", "v: [\n");
    assert_eq!(sandbox.check().unjudged(), ["unparsable d/spec.yaml"]);
}

#[test]
fn a_copy_that_is_taken_out_of_the_policy_weakens_it() {
    let sandbox = versions(2);
    sandbox.write("d/spec.json", "2\n");
    sandbox.commit();
    sandbox.run_git(&["checkout", "-q", "-b", "work"]);
    sandbox.write("ssot.yaml", POLICY.replace(", d/spec.json", ""));
    sandbox.write("d/spec.json", "1\n");
    let mut expected = behind("1 version");
    expected.push("policy/weakened: the change weakens the rule `synced`: it no longer selects `d/spec.json`".into());
    assert_eq!(told(&sandbox, &["--base", "main"]), expected);
}

#[test]
fn status_prints_a_row_a_copy_and_sync_copies_the_source_over() {
    let sandbox = versions(2);
    sandbox.write("s/spec.json", b"3\xff\n");
    sandbox.write("c/a.json", "edited\n");
    sandbox.write("c/in-step.json", b"3\xff\n");
    symlink("../ssot.yaml", sandbox.at("c/link.json")).expect("it can be made");
    let allow = "allow: [{rule: synced, path: c/spec.json, reason: it is an old one}]\n";
    sandbox.write("ssot.yaml", format!("{}{allow}", POLICY.replace("d/spec.json]", "d/spec.json, e/f/spec.json]")));
    let status = sandbox.ssot(&["replicas", "status"]);
    let rows = "synced: s/spec.json\n  edited       c/a.json\n  in step      c/in-step.json\n  edited       c/link.json\n  \
                behind 1     c/spec.json (accepted)\n  behind 2     d/spec.json\n  absent       e/f/spec.json\n";
    assert_eq!((status.out().as_str(), status.code()), (rows, 1));
    assert_eq!(status.err(), "6 copies: 1 absent, 2 behind, 2 edited, 1 in step\n");

    let dry = sandbox.ssot(&["replicas", "sync", "--dry-run"]);
    assert!(
        dry.code() == 1 && dry.out().contains("--- a/c/a.json\n+++ b/c/a.json\n") && dry.out().contains("--- /dev/null"),
        "{}",
        dry.out()
    );
    assert_eq!(sandbox.read("c/a.json"), "edited\n");

    let sync = sandbox.ssot(&["replicas", "sync"]);
    let copied = ["c/a.json", "d/spec.json", "e/f/spec.json"].map(|path| format!("{path}: copied from s/spec.json\n"));
    assert_eq!((sync.out(), sync.code()), (copied.concat(), 1), "{}", sync.err());
    assert!(sync.err().contains("not fixed: `c/link.json`: it is no plain file\n3 copies written\n"), "{}", sync.err());
    for path in ["c/a.json", "d/spec.json", "e/f/spec.json"] {
        assert_eq!(std::fs::read(sandbox.at(path)).expect(path), b"3\xff\n");
    }
    assert_eq!(sandbox.read("c/spec.json"), "2\n", "what is accepted stays");
    sandbox.remove("c/link.json");
    assert_eq!(sandbox.ssot(&["replicas", "status", "--only", "synced"]).code(), 0);
    assert_eq!(sandbox.ssot(&["replicas", "sync"]).out(), "");
    for wrong in [&["replicas", "status", "--only", "sync"][..], &["replicas", "status", "--dry-run"], &["replicas"]] {
        assert_eq!(sandbox.ssot(wrong).code(), 2, "{wrong:?}");
    }
    assert!(sandbox.ssot(&["replicas", "sync", "--rev", "HEAD"]).err().contains("a commit cannot be fixed"));
}

#[test]
fn many_copies_of_a_large_source_take_no_time_and_memory_of_their_product() {
    for compare in ["bytes", "data"] {
        let policy = POLICY.replace("]}}]", &format!("], compare: {compare}, metadata: $.v, counts: {{n: '$.n[*]'}}}}}}]"));
        let sandbox = Sandbox::git(&[("ssot.yaml", policy.as_str()), ("d/spec.json", "{}")]);
        sandbox.write("s/spec.json", format!("{{\n\"v\": 1,\n\"n\": [\n{}0]}}\n", "1234567890,\n".repeat(50_000)));
        for copy in 0..2_000 {
            sandbox.write(&format!("c/{copy}.json"), format!("{{\"v\": {copy}}}\n"));
        }
        sandbox.commit();
        let ran = sandbox.check();
        assert_eq!(ran.findings().len(), 2_001, "{compare}");
        assert!(ran.stdout.len() < 16 << 20, "{compare}: {} bytes", ran.stdout.len());
    }
}
