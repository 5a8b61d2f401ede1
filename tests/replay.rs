//! A history of more than two hundred commits, replayed: the same bytes give the same findings in the working tree, in the
//! index, as a commit and in a plain directory.

mod support;

use std::sync::Arc;

use serde_json::Value;
use ssot::tree::{CommitTree, IndexTree, MemoryTree, Repository, Tree, WorkTree};
use ssot::{Check, Head};
use support::{Sandbox, as_json};

const COMMITS: usize = 204;

const POLICY: &str = r#"version: 1
facts:
  keys: {files: "app/**/*.py", env-reads: {}, optional: true}
  declared: {files: app/settings.py, const: KEYS, optional: true}
rules:
  - {id: order, sequence: {every: {files: "db/*.sql", path: '/(?P<number>\d+)_\w+\.sql$', optional: true}}}
  - {id: applied, frozen: {files: "db/*.sql", optional: true}}
  - {id: declared-keys, subset: {every: keys, in: declared}}
  - {id: versions, bump: {files: "schema/*.yaml", optional: true, version: {at: "$.version", scheme: semver}}}
  - {id: documented, together: {when: "schema/*.yaml", then: "docs/**"}}
  - {id: no-marks, grandfather: base, forbid: {files: "app/**", text: FIXME, optional: true}}
"#;

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// One small edit, of the kinds that histories are made of.
fn edit(sandbox: &Sandbox, dice: &mut Dice, at: usize) {
    let n = dice.roll(6);
    match dice.roll(10) {
        0 => sandbox.write(&format!("db/{:03}_step{at}.sql", dice.roll(40)), format!("create table t{at};\n")),
        1 => sandbox.write(&format!("db/{:03}_next.sql", at), "select 1;\n"),
        2 => sandbox.write(&format!("app/m{n}.py"), format!("import os\nos.environ['KEY_{}']\r\n", dice.roll(5))),
        3 => {
            sandbox.write("app/settings.py", format!("KEYS = [{}]\n", (0..n).map(|n| format!("'KEY_{n}', ")).collect::<String>()))
        }
        4 => sandbox.write(&format!("schema/s{n}.yaml"), format!("version: 1.{}.0\nbody: {}\n", dice.roll(3), dice.roll(9))),
        5 => sandbox.write(&format!("docs/d{n}.md"), format!("text {at}\n")),
        6 => sandbox.write(&format!("app/deep/x{n}.py"), "# FIXME\n".repeat(dice.roll(3) as usize)),
        7 => _ = std::fs::remove_file(sandbox.at(&format!("app/m{n}.py"))),
        8 => _ = std::fs::rename(sandbox.at(&format!("app/deep/x{n}.py")), sandbox.at(&format!("app/deep/y{at}.py"))),
        _ => sandbox.write(&format!("schema/s{n}.yaml"), format!("version: [{at}\n")),
    }
}

/// What a run says, without what kind of tree it judged.
fn said(check: Check) -> Value {
    let mut json = as_json(&check.now("2026-01-01T00:00:00Z".parse().expect("a time")).run().expect("it can be judged"));
    json["head"].take();
    json["base"].take();
    json
}

#[test]
fn working_tree_index_commit_and_memory_say_the_same_of_the_same_bytes() {
    let sandbox = Sandbox::git(&[
        ("ssot.yaml", POLICY),
        ("README.md", "x\n"),
        ("app/settings.py", "KEYS = []\n"),
        (".gitattributes", "*.md text eol=crlf\n"),
    ]);
    sandbox.commit();
    let mut dice = Dice(7);
    let (mut findings, mut unjudged) = (0, 0);
    for at in 1..=COMMITS {
        (0..=dice.roll(3)).for_each(|_| edit(&sandbox, &mut dice, at));
        let check = || Check::new(sandbox.path());
        let desk = said(check());
        sandbox.run_git(&["add", "-A"]);
        let staged = said(check().head(Head::Index));
        sandbox.run_git(&["commit", "-q", "--allow-empty", "-m", "step"]);
        let commit = said(check().head(Head::Commit("HEAD".into())));
        assert_eq!(desk, staged, "commit {at}");
        assert_eq!(desk, commit, "commit {at}");
        findings += desk["findings"].as_array().map_or(0, Vec::len);
        unjudged += desk["unjudged"].as_array().map_or(0, Vec::len);
        if at % 20 == 0 {
            let gate = said(check().base("HEAD~1"));
            assert_eq!(desk["findings"], gate["findings"], "commit {at}");
            listings_agree(&sandbox, at);
        }
    }
    assert!(findings > COMMITS && unjudged > 0, "{findings} findings and {unjudged} unjudged places prove little");
}

/// Paths, contents and ids are the same in all kinds of trees, and so are findings of a tree in memory.
fn listings_agree(sandbox: &Sandbox, at: usize) {
    let repository = Repository::discover(sandbox.path()).expect("git answers").expect("a repository");
    let head = repository.head_commit().expect("git answers").expect("a commit");
    let listed = |tree: &dyn Tree| -> Vec<(String, Vec<u8>)> {
        let content = |entry| tree.read(entry, u64::MAX).expect("it can be read");
        tree.entries().iter().map(|entry| (entry.path.to_string(), content(entry))).collect()
    };
    let commit = CommitTree::open(&repository, &head).expect("it can be listed");
    let files = listed(&commit);
    assert_eq!(files, listed(&IndexTree::open(&repository).expect("it can be listed")), "commit {at}");
    assert_eq!(files, listed(&WorkTree::open(&repository).expect("it can be listed")), "commit {at}");
    let parent = repository.first_parent(&head).expect("git answers").expect("a parent");
    let parent = listed(&CommitTree::open(&repository, &parent).expect("it can be listed"));
    let memory =
        |files: &[(String, Vec<u8>)]| Arc::new(MemoryTree::new(files.iter().map(|(path, text)| (path.as_str(), text.clone()))));
    let in_memory = said(Check::of_trees(memory(&files), Some(memory(&parent))));
    assert_eq!(in_memory, said(Check::new(sandbox.path()).head(Head::Commit("HEAD".into()))), "commit {at}");
}
