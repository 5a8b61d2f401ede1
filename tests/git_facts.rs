//! Facts of git itself: branches, tags and commits.

mod support;

use support::{Ran, Sandbox, command, finish};

const POLICY: &str = "version: 1
rules:
  - {id: branch-name, match: {every: {git: branch}, regex: '(main|feat/.+)'}}
  - {id: tag-name, match: {every: {git: tags}, regex: '(edge-)?v\\d+\\.\\d+\\.\\d+'}}
  - {id: head-tag, match: {every: {git: head-tags}, by: sha, regex: '[0-9a-f]{40}'}}
  - {id: tag-order, sorted: {every: {git: tags, where: {value: '^edge-'}}, compare: semver}}
  - {id: subject, match: {every: {git: commits, unless: {author: 'bot@'}}, is: conventional-commit}}
";

fn repository() -> Sandbox {
    let sandbox = Sandbox::git(&[("ssot.yaml", POLICY), ("a.txt", "a")]);
    sandbox.commit();
    sandbox
}

fn commit(sandbox: &Sandbox, subject: &str) {
    sandbox.run_git(&["commit", "-q", "--allow-empty", "-m", &format!("{subject}\n\nwhy\n")]);
}

/// `rule: message` of each finding.
fn told(ran: &Ran) -> Vec<String> {
    let findings = ran.json()["findings"].as_array().cloned().unwrap_or_default();
    let text = |finding: &serde_json::Value, key: &str| finding[key].as_str().unwrap_or_default().to_string();
    findings.iter().map(|finding| format!("{}: {}", text(finding, "rule"), text(finding, "message"))).collect()
}

#[test]
fn names_are_held_against_forms_and_each_wrong_one_is_told() {
    let sandbox = repository();
    for (tag, subject) in
        [("edge-v1.10.0", "feat: one"), ("edge-v1.9.0", "Fix two"), ("wrong", "three"), ("v1.0.0", "chore(x)!: four")]
    {
        commit(&sandbox, subject);
        sandbox.run_git(&["tag", "-a", "-m", "release", tag]);
    }
    sandbox.run_git(&["branch", "-m", "stuff"]);
    let ran = sandbox.ssot(&["check", "--format", "json", "--base", "HEAD~4"]);
    assert_eq!(
        told(&ran),
        [
            "branch-name: `stuff` does not match `(main|feat/.+)`",
            "tag-name: `wrong` does not match `(edge-)?v\\d+\\.\\d+\\.\\d+`",
            "tag-order: `edge-v1.9.0` should stand before `edge-v1.10.0`",
            "subject: `Fix two` is no conventional commit (`feat(scope): what it does`)",
            "subject: `three` is no conventional commit (`feat(scope): what it does`)",
        ]
    );
    assert!(ran.json()["findings"].as_array().is_some_and(|all| all.iter().all(|one| one["place"]["path"] == "ssot.yaml")));
}

#[test]
fn commits_of_one_revision_are_those_since_its_parent() {
    let sandbox = repository();
    commit(&sandbox, "older one that nobody judges");
    commit(&sandbox, "feat: it");
    assert_eq!(told(&sandbox.ssot(&["check", "--format", "json", "--rev", "HEAD"])), [""; 0]);
    assert_eq!(told(&sandbox.ssot(&["check", "--format", "json", "--rev", "HEAD~1"])).len(), 1);
    assert_eq!(told(&sandbox.check()), [""; 0], "nothing is committed since HEAD");
}

#[test]
fn without_a_branch_a_build_server_may_name_it_else_it_is_unjudged() {
    let sandbox = repository();
    sandbox.run_git(&["checkout", "-q", "--detach"]);
    assert_eq!(sandbox.check().unjudged(), ["detached ssot.yaml"]);
    for (name, findings) in [("feat/x", 0), ("other", 1)] {
        let mut command = command(sandbox.path(), &["check", "--format", "json"]);
        command.env("GITHUB_HEAD_REF", "").env("GITHUB_REF_NAME", name);
        let ran = finish(command);
        assert_eq!((ran.unjudged().len(), told(&ran).len()), (0, findings), "{name}");
    }
}

#[test]
fn without_a_repository_nothing_passes_in_silence() {
    let sandbox = Sandbox::new(&[("ssot.yaml", POLICY)]);
    assert_eq!(sandbox.check().unjudged(), ["detached ssot.yaml"; 5]);
}
