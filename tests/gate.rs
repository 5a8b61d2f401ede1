//! A change does not weaken the policy that judges it: `--base` and `--merge-into`.

mod support;

use serde_json::Value;
use support::{Ran, Sandbox};

const POLICY: &str = r#"version: 1
facts:
  marks: {files: ["src/**", "lib/**"], text: FIXME, optional: true}
rules:
  - {id: no-x, forbid: {files: "**/*.txt", text: XXX, optional: true}}
  - {id: no-marks, forbid: marks}
  - {id: low, forbid: {files: "**/*.md", text: YYY, optional: true}}
  - {id: old-name, forbid: {files: "**/*.rs", text: ZZZ, optional: true}}
  - {id: dead, forbid: {files: "**/*.go", text: ZZZ, optional: true}}
  - {id: home, home: {files: "**/*.sql", only-in: db, optional: true}}
allow:
  - {rule: no-x, path: a.txt, reason: old}
settings: {max-file-bytes: 1000, unjudged: {unparsable: error}, weakened: error}
"#;

const WEAKER: &str = r#"version: 1
facts:
  marks: {files: ["src/**"], text: FIXME, optional: true}
rules:
  - {id: no-x, forbid: {files: "*.txt", exclude: b.txt, text: XXX, optional: true}}
  - {id: no-marks, forbid: marks}
  - {id: low, severity: note, forbid: {files: "**/*.md", text: YYY, optional: true}}
  - {id: new-name, forbid: {text: ZZZ, files: ["**/*.rs"], optional: true}}
allow:
  - {rule: no-x, path: a.txt, reason: old, code: forbidden}
  - {rule: no-x, path: c.txt, reason: new}
settings: {max-file-bytes: 500}
"#;

/// A repository whose base has `POLICY`, and a working tree that offends against each of its rules.
fn changed(policy: Option<&str>) -> Sandbox {
    let files = ["a.txt", "b.txt", "src/ok.py", "lib/a.py", "a.md", "a.rs", "a.go"];
    let mut all: Vec<(&str, &str)> = files.iter().map(|path| (*path, "fine\n")).collect();
    all.push(("ssot.yaml", POLICY));
    let sandbox = Sandbox::git(&all);
    sandbox.commit();
    let offences = [("b.txt", "XXX"), ("c.txt", "XXX"), ("lib/a.py", "FIXME"), ("a.md", "YYY"), ("a.rs", "ZZZ"), ("a.go", "ZZZ")];
    offences.iter().chain(&[("stray.sql", "select 1;")]).for_each(|(path, text)| sandbox.write(path, text));
    match policy {
        Some(policy) => sandbox.write("ssot.yaml", policy),
        None => std::fs::remove_file(sandbox.at("ssot.yaml")).expect("it is there"),
    }
    sandbox
}

fn check(sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    sandbox.ssot(&[&["check", "--format", "json"], arguments].concat())
}

/// `code rule path:line severity from` of each finding that is not about the policy, and `line message` of each weakening.
fn told(ran: &Ran) -> (Vec<String>, Vec<String>) {
    let (mut found, mut weakened) = (Vec::new(), Vec::new());
    let json = ran.json();
    for finding in json["findings"].as_array().expect("a list") {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let place = format!("{}:{}", text(&finding["place"]["path"]), finding["place"]["line"]);
        if finding["code"] == "policy/weakened" {
            let base = &finding["related"][0];
            assert!(base.is_null() || base["tree"] == "base", "{finding}");
            weakened.push(format!("{} {}", finding["place"]["line"], text(&finding["message"]).replace("the change ", "")));
        } else {
            found.push(format!("{} {place} {} {}", text(&finding["rule"]), text(&finding["severity"]), text(&finding["from"])));
        }
    }
    (found, weakened)
}

#[test]
fn base_judges_too_and_each_weakening_is_named() {
    let sandbox = changed(Some(WEAKER));
    let ran = check(&sandbox, &["--base", "HEAD"]);
    let (found, weakened) = told(&ran);
    assert_eq!(
        found,
        [
            "dead a.go:1 error base-policy",
            "low a.md:1 error head-policy",
            "new-name a.rs:1 error head-policy",
            "no-x b.txt:1 error base-policy",
            "no-marks lib/a.py:1 error base-policy",
            "home ssot.yaml:4 error base-policy",
            "policy ssot.yaml:10 warning head-policy",
            "home stray.sql:null error base-policy",
        ]
    );
    assert_eq!(
        weakened,
        [
            "3 weakens the fact `marks`: it no longer selects `lib/a.py`",
            "4 removes the rule `dead`",
            "4 removes the rule `home`",
            "5 weakens the rule `no-x`: it no longer selects `b.txt`",
            "7 weakens the rule `low`: it was `error` and is `note`",
            "10 adds an exception of `no-x`",
            "11 adds an exception of `no-x`",
            "12 weakens the setting `unjudged`: `unparsable` no longer fails a run",
            "12 weakens the setting `weakened`: it was `error` and is `warning`",
            "12 weakens the setting `max-file-bytes`: it was 1000 and is 500",
        ]
    );
    assert_eq!((&ran.json()["summary"]["new-allows"], &ran.json()["summary"]["allowed"]), (&1.into(), &1.into()));
    assert_eq!(ran.code(), 1);
}

#[test]
fn one_policy_alone_silences_no_weakening() {
    let sandbox = changed(Some(WEAKER));
    let both = told(&check(&sandbox, &["--base", "HEAD"]));
    let head = told(&check(&sandbox, &["--base", "HEAD", "--policy", "head"]));
    let base = told(&check(&sandbox, &["--base", "HEAD", "--policy", "base"]));
    assert_eq!(
        head.0,
        ["low a.md:1 note head-policy", "new-name a.rs:1 error head-policy", "policy ssot.yaml:10 warning head-policy"]
    );
    assert!(
        base.0.contains(&"old-name a.rs:1 error base-policy".into()) && base.0.contains(&"low a.md:1 error base-policy".into())
    );
    assert_eq!((&head.1, &base.1), (&both.1, &both.1));
    // Without a gate there is one policy to choose.
    let base = check(&sandbox, &["--policy", "base"]);
    assert_eq!(told(&base).1, Vec::<String>::new());
    assert_eq!(told(&base).0.len(), 8);
}

#[test]
fn a_policy_that_is_deleted_or_broken_is_judged_by_bases_first() {
    let gone = check(&changed(None), &["--base", "HEAD"]);
    let (found, weakened) = told(&gone);
    assert_eq!((gone.code(), found.len(), weakened.len()), (1, 8, 6), "{found:?} {weakened:?}");
    assert!(found.contains(&"home ssot.yaml:null error base-policy".into()), "{found:?}");

    let broken = check(&changed(Some("version: 1\nrulez: []\n")), &["--base", "HEAD"]);
    let (found, weakened) = told(&broken);
    assert_eq!((broken.code(), found.len(), weakened.len()), (2, 8, 0));
    assert!(broken.err().contains("ssot.yaml:2:1: ") && broken.err().contains("did you mean `rules`?"), "{}", broken.err());
    assert_eq!(check(&changed(Some("version: 1\nrulez: []\n")), &[]).out(), "");
}

#[test]
fn an_invalid_policy_of_base_is_unjudged_and_an_absent_one_adds_nothing() {
    let sandbox = Sandbox::git(&[("ssot.yaml", "version: 1\nrulez: []\n"), ("a.txt", "x\n")]);
    sandbox.commit();
    sandbox.write("ssot.yaml", "version: 1\nrules:\n  - {id: no-x, forbid: {files: '*.txt', text: XXX, optional: true}}\n");
    let ran = check(&sandbox, &["--base", "HEAD"]);
    assert_eq!((ran.code(), ran.unjudged(), ran.findings().len()), (0, vec!["bad-base-policy ssot.yaml".into()], 0));
    assert_eq!(check(&sandbox, &["--base", "HEAD", "--policy", "base"]).code(), 2);
    sandbox.commit();
    sandbox.run_git(&["rm", "-q", "--cached", "ssot.yaml"]);
    sandbox.run_git(&["commit", "-q", "-m", "without"]);
    let ran = check(&sandbox, &["--base", "HEAD"]);
    assert_eq!((ran.code(), ran.unjudged().len(), ran.findings().len()), (0, 0, 0), "{}", ran.out());
}

#[test]
fn what_is_merely_moved_reformatted_or_stricter_is_not_weaker() {
    let sandbox = changed(Some(
        r#"version: 1
settings: {weakened: error, unjudged: {unparsable: error, too-large: error}, max-file-bytes: 2000}
allow:
  - {path: a.txt, rule: no-x, reason: an old one}
rules:
  - {id: home, home: {only-in: [db], files: ["**/*.sql"], optional: true}}
  - {id: dead, forbid: {files: "**/*.{go,rs}", text: ZZZ, optional: true}}
  - {id: new-name, forbid: {files: "**/*.rs", optional: true, text: ZZZ}}
  - {id: low, forbid: {files: "**/*.md", text: YYY, optional: true}}
  - {id: no-marks, forbid: {files: ["**"], exclude: [ssot.yaml], text: FIXME, optional: true}}
  - {id: no-x, forbid: {files: "**/*.txt", text: XXX, optional: true}}
"#,
    ));
    let ran = check(&sandbox, &["--base", "HEAD"]);
    assert_eq!(told(&ran).1, Vec::<String>::new());
    assert!(!told(&ran).0.iter().any(|line| line.ends_with("base-policy")), "{:?}", told(&ran).0);
}

#[test]
fn base_is_read_only_where_it_differs() {
    let mut files: Vec<(String, String)> = (0..30).map(|n| (format!("src/{n}.py"), format!("K{n} = 1\n"))).collect();
    let policy = "version: 1\nfacts:\n  now: {files: 'src/*.py', text: '^(?P<value>K\\d+)'}\n  before: {files: 'src/*.py', tree: \
                  base, text: '^(?P<value>K\\d+)'}\nrules:\n  - {id: kept, subset: {every: before, in: now}}\n  - {id: no-x, \
                  grandfather: base, forbid: {files: 'src/*.py', text: XXX, optional: true}}\n  - {id: fixed, frozen: {files: \
                  'src/*.py'}}\n";
    files.push(("ssot.yaml".into(), policy.into()));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let sandbox = Sandbox::git(&files);
    sandbox.commit();
    sandbox.write("src/3.py", "K3 = 2\n");
    sandbox.write("src/4.py", "X4 = 2\n");
    // Another rule in head, so that the two policies are not one.
    sandbox.write("ssot.yaml", policy.replace("text: XXX", "text: XXXX"));
    sandbox.commit();
    let ran = check(&sandbox, &["--rev", "HEAD", "--base", "HEAD~1", "--stats"]);
    assert_eq!(ran.findings(), ["frozen/edited src/3.py:1:1", "subset/missing src/4.py:1:1", "frozen/edited src/4.py:1:1"]);
    // Head for either policy, whose patterns differ; of base what the change touches: once for facts, and for each policy once
    // for what it grandfathers.
    let of_pairs = 2;
    assert!(reads(&ran) <= 30 + 30 + 2 + 2 + 2 + of_pairs, "{}", ran.err());
    sandbox.run_git(&["checkout", "-q", "HEAD~1", "--", "ssot.yaml"]);
    sandbox.commit();
    let ran = check(&sandbox, &["--rev", "HEAD", "--base", "HEAD~2", "--stats"]);
    assert!((30..=30 + 2 + 2 + of_pairs).contains(&reads(&ran)), "{}", ran.err());
}

#[test]
fn base_is_judged_only_where_it_can_be_told_apart() {
    let policy = "version: 1\nrules:\n  - {id: drops, grandfather: base, sql: {files: 'db/*.sql', deny: [drop-table]}}\n";
    let sandbox = Sandbox::git(&[
        ("ssot.yaml", policy),
        ("db/1.sql", "CREATE TABLE a (id int);\n"),
        ("db/2.sql", "DROP TABLE a;\n"),
        ("notes.md", "Old.\n"),
    ]);
    sandbox.commit();
    // The files that the rule selects are those of base: what is found in head is found in base, without looking.
    sandbox.write("notes.md", "New.\n");
    let ran = check(&sandbox, &["--base", "HEAD", "--stats"]);
    assert_eq!((ran.findings(), reads(&ran)), (vec![], 2));
    // One is new: base is judged.
    sandbox.write("db/3.sql", "DROP TABLE b;\n");
    let ran = check(&sandbox, &["--base", "HEAD", "--stats"]);
    assert_eq!((ran.findings(), reads(&ran)), (vec!["sql/drop-table db/3.sql:1:1".to_string()], 3 + 2));
    // Nothing is found in head, so there is nothing to leave out.
    sandbox.write("db/2.sql", "SELECT 1;\n");
    sandbox.remove("db/3.sql");
    let ran = check(&sandbox, &["--base", "HEAD", "--stats"]);
    assert_eq!((ran.findings(), reads(&ran)), (vec![], 2));
}

/// What `--stats` counts.
fn reads(ran: &Ran) -> usize {
    let before = ran.err().split(" file reads").next().map(str::to_string).unwrap_or_default();
    before.split_whitespace().last().and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{}", ran.err()))
}
