//! Exceptions and baselines: what accepts a finding, what is said about what accepts nothing, and what stays of it in a report.

mod support;

use std::collections::BTreeMap;

use serde_json::Value;
use support::Sandbox;

const POLICY: &str = "version: 1
rules:
  - {id: no-mark, forbid: {files: 'src/**', text: 'MARK\\w*', optional: true}}
  - {id: other, forbid: {files: 'src/**', text: 'OTHER', optional: true}}
  - {id: keys, unique: {every: {files: 'src/*.json', data: '$.keys[*]', optional: true}}}
";

/// The findings of a run over these files, as `code path:line:column`.
fn found(files: &[(&str, &str)], arguments: &[&str]) -> Vec<String> {
    let files: Vec<_> = [("ssot.yaml", POLICY)].iter().chain(files).copied().collect();
    Sandbox::new(&files).ssot(&[&["check", "--format", "json"], arguments].concat()).findings()
}

fn found_in(path: &str, text: &str) -> Vec<String> {
    found(&[(path, text)], &[])
}

const NONE: [&str; 0] = [];

#[test]
fn an_exception_counts_on_each_line_that_a_finding_touches_and_below_comment_lines() {
    for text in [
        "x = '''MARK'''  # ssot:allow(no-mark) why\n",
        "# ssot:allow(no-mark) why\nx = 'MARK'\n",
        "# ssot:allow(no-mark) why\n# more\n\t# more\nx = 'MARK'\n",
        "# ssot:allow(no-mark) why\n# MARK\n",
        "# ssot:allow(other) why\n# ssot:allow(no-mark) why\nx = 'MARK OTHER'\n",
        "# ssot:allow(no-mark, other) why\nx = 'MARK OTHER'\n",
    ] {
        assert_eq!(found_in("src/a.py", text), NONE, "{text}");
    }
    for text in [
        "# ssot:allow(no-mark) why\ny = 1\nx = 'MARK'\n",
        "# ssot:allow(no-mark) why\n\nx = 'MARK'\n",
        "x = 'MARK'\n# ssot:allow(no-mark) why\n",
        "y = 1  # ssot:allow(no-mark) why\nx = 'MARK'\n",
    ] {
        let found = found_in("src/a.py", text);
        assert!(found.len() == 2 && found.iter().any(|one| one.starts_with("policy/unused-allow")), "{text} {found:?}");
    }
}

#[test]
fn what_is_wrong_with_an_exception_is_told_where_it_stands() {
    let cases = [
        ("# ssot:allow(no-mark)\n", "policy/allow-without-reason src/a.py:1:1"),
        ("  # ssot:allow(nobody) why\n", "policy/bad-allow src/a.py:1:3"),
        ("# ssot:allow(no-mark why\n", "policy/bad-allow src/a.py:1:1"),
        ("# ssot:allow(no-mark) until=2026-13-01 why\n", "policy/bad-allow src/a.py:1:1"),
        ("# ssot:allow(no-mark) until=2000-01-01 why\n", "policy/expired-allow src/a.py:1:1"),
        ("# ssot:allow(no-mark) why\n", "policy/unused-allow src/a.py:1:1"),
    ];
    for (text, expected) in cases {
        assert_eq!(found_in("src/a.py", text), [expected], "{text}");
    }
    // Of several the known ones count, and each is told for itself.
    let found = found_in("src/a.py", "x = 'MARK'  # ssot:allow(no-mark, nobody, other) why\n");
    assert_eq!(found, ["policy/bad-allow src/a.py:1:35", "policy/unused-allow src/a.py:1:43"]);
    assert_eq!(found_in("src/a.json", "{\"//\": \"ssot:allow(keys) why\"}"), ["policy/bad-allow src/a.json:1:9"]);
    assert_eq!(found_in("doc/a.py", "# ssot:allow(nobody)\n"), NONE, "no rule reads it");
}

#[test]
fn what_did_not_run_is_not_unused() {
    let text = ("src/a.py", "# ssot:allow(no-mark) why\n# ssot:allow(other) why\n");
    assert_eq!(found(&[text], &["--rule", "other"]), ["policy/unused-allow src/a.py:2:1"]);
    // A rule that could not read the file.
    let policy = "version: 1\nrules:\n  - {id: reads, forbid: {files: '*.py', env-reads: {}, optional: true}}\n  \
                  - {id: text, forbid: {files: '*.py', text: x}}\n";
    let broken = Sandbox::new(&[("ssot.yaml", policy), ("a.py", "# ssot:allow(reads) why\nos.environ[(\n")]);
    assert_eq!(broken.ssot(&["check", "--format", "json"]).findings(), NONE);
}

#[test]
fn an_exception_accepts_what_could_not_be_judged() {
    let policy = "version: 1\nrules:\n  - {id: reads, subset: {every: {files: '*.py', env-reads: {}}, in: {values: [A]}}}\n\
                  settings: {unjudged: {dynamic: error}}\n";
    let text = "import os\nos.environ[name]\nos.environ['A']\n";
    let open = Sandbox::new(&[("ssot.yaml", policy), ("a.py", text)]).ssot(&["check", "--format", "json"]);
    assert_eq!((open.code(), open.unjudged()), (1, vec!["dynamic a.py".to_string()]));
    let text = text.replace("[name]", "[name]  # ssot:allow(reads) names come from a table");
    let closed = Sandbox::new(&[("ssot.yaml", policy), ("a.py", &text)]).ssot(&["check", "--format", "json"]);
    assert_eq!((closed.code(), closed.unjudged(), closed.findings()), (0, Vec::new(), Vec::new()));
    assert_eq!(closed.json()["summary"]["allowed"], 1);
}

#[test]
fn the_index_and_commits_have_their_own_exceptions() {
    let sandbox = Sandbox::git(&[("ssot.yaml", POLICY), ("src/a.py", "x = 'MARK'  # ssot:allow(no-mark) why\n")]);
    sandbox.run_git(&["add", "-A"]);
    sandbox.run_git(&["commit", "-qm", "x"]);
    sandbox.write("src/a.py", "x = 'MARK'\n");
    assert_eq!(sandbox.ssot(&["check"]).code(), 1);
    assert_eq!(sandbox.ssot(&["check", "--staged"]).code(), 0);
    assert_eq!(sandbox.ssot(&["check", "--rev", "HEAD"]).code(), 0);
}

#[test]
fn fixing_takes_out_what_accepts_nothing() {
    let policy = format!(
        "{POLICY}allow:\n  - {{rule: no-mark, path: src/a.py, reason: r}}\n  # kept\n  - {{rule: other, path: src/gone.py, reason: r}}\n"
    );
    let text = "x = 'MARK'\ny = 1  # ssot:allow(no-mark) why\n# ssot:allow(other, keys) why\nz = 'OTHER'\n";
    let sandbox = Sandbox::new(&[("ssot.yaml", policy.as_str()), ("src/a.py", text)]);
    assert_eq!(sandbox.ssot(&["fix"]).code(), 0);
    assert_eq!(sandbox.read("src/a.py"), "x = 'MARK'\ny = 1\n# ssot:allow(other) why\nz = 'OTHER'\n");
    let left = sandbox.read("ssot.yaml");
    assert!(left.contains("src/a.py") && left.contains("# kept") && !left.contains("src/gone.py"), "{left}");
    assert_eq!(sandbox.ssot(&["check", "--strict"]).code(), 0);
    // No entry is left.
    sandbox.write("src/a.py", "x = 1\n");
    assert_eq!(sandbox.ssot(&["fix"]).code(), 0);
    assert!(sandbox.read("ssot.yaml").contains("\nallow: []\n"), "{}", sandbox.read("ssot.yaml"));
    assert_eq!(sandbox.ssot(&["check", "--strict"]).code(), 0);
}

#[test]
fn an_entry_may_be_narrowed() {
    let policy = |entry: &str| format!("{POLICY}allow: [{{rule: no-mark, path: 'src/*.py', reason: r{entry}}}]\n");
    let run = |entry: &str| {
        let sandbox = Sandbox::new(&[("ssot.yaml", policy(entry).as_str()), ("src/a.py", "MARK_A\nMARK_B\n")]);
        sandbox.ssot(&["check", "--format", "json"]).findings()
    };
    assert_eq!(run(""), NONE);
    assert_eq!(run(", code: forbidden"), NONE);
    assert_eq!(run(", code: forbid/forbidden, value: '*_A'"), ["forbid/forbidden src/a.py:2:1"]);
    assert_eq!(run(", value: MARK_C").len(), 3);
    assert!(run(", code: missing")[2].starts_with("policy/bad-allow ssot.yaml:6"), "{:?}", run(", code: missing"));
    assert_eq!(run(", until: 2000-01-01").len(), 3);
}

#[test]
fn what_is_accepted_stays_in_machine_output() {
    let files =
        [("ssot.yaml", POLICY), ("src/a.py", "x = 'MARK'  # ssot:allow(no-mark) the vendor's name\n"), ("src/b.py", "OTHER\n")];
    let sandbox = Sandbox::new(&files);
    assert_eq!(sandbox.ssot(&["check", "--write-baseline", "b.json"]).code(), 0);
    let log = sandbox.ssot(&["check", "--baseline", "b.json", "--format", "sarif"]).json();
    let results = log["runs"][0]["results"].as_array().expect("results");
    let of = |result: &Value| result["suppressions"][0].clone();
    assert_eq!(results.len(), 2);
    assert_eq!(
        (of(&results[0])["kind"].as_str(), of(&results[0])["justification"].as_str()),
        (Some("inSource"), Some("the vendor's name"))
    );
    assert_eq!(of(&results[1])["kind"], "external");
}

/// A repository with three findings, two of them equal.
fn legacy() -> Sandbox {
    let sandbox = Sandbox::git(&[("ssot.yaml", POLICY), ("src/a.py", "MARK\nMARK\nOTHER\n"), ("src/b.py", "MARK_B\n")]);
    sandbox.run_git(&["add", "-A"]);
    sandbox.run_git(&["commit", "-qm", "x"]);
    sandbox
}

#[test]
fn a_baseline_accepts_what_it_records_wherever_it_moves() {
    let sandbox = legacy();
    let written = sandbox.ssot(&["check", "--write-baseline", "base.json"]);
    assert_eq!(written.code(), 0, "{}", written.err());
    assert!(written.err().contains("recorded 4 findings"), "{}", written.err());
    let text = sandbox.read("base.json");
    assert_eq!(text.lines().filter(|line| line.contains("fingerprint")).count(), 4);
    // What moves is the same, to the byte.
    sandbox.write("src/a.py", "\n\nOTHER # x\ny = 'MARK'\n\nMARK\n");
    sandbox.ssot(&["check", "--write-baseline", "base.json"]);
    assert_eq!(sandbox.read("base.json"), text);
    let ran = sandbox.ssot(&["check", "--baseline", "base.json", "--format", "json", "--strict"]);
    assert_eq!((ran.code(), &ran.json()["summary"]["baselined"]), (0, &Value::from(4)));
    // One more of equal ones, and one of another kind.
    sandbox.write("src/b.py", "MARK_B\nMARK_B\nMARK_C\n");
    let ran = sandbox.ssot(&["check", "--baseline", "base.json", "--format", "json"]);
    assert_eq!(ran.findings(), ["forbid/forbidden src/b.py:2:1", "forbid/forbidden src/b.py:3:1"]);
}

#[test]
fn what_is_gone_is_told_and_can_be_dropped() {
    let sandbox = legacy();
    sandbox.ssot(&["check", "--write-baseline", "base.json"]);
    sandbox.write("src/a.py", "MARK\nOTHER\n");
    let ran = sandbox.ssot(&["check", "--baseline", "base.json", "--format", "json"]);
    assert_eq!((ran.code(), ran.findings()), (0, vec!["policy/stale-baseline base.json:5:5".to_string()]));
    assert_eq!(sandbox.ssot(&["check", "--baseline", "base.json", "--strict"]).code(), 1);
    let before = sandbox.read("base.json");
    // A rule that is not judged says nothing of its records.
    assert_eq!(sandbox.ssot(&["check", "--baseline", "base.json", "--strict", "--rule", "other"]).code(), 0);
    sandbox.ssot(&["check", "--baseline", "base.json", "--prune-baseline", "--rule", "other"]);
    assert_eq!(sandbox.read("base.json"), before);
    let pruned = sandbox.ssot(&["check", "--baseline", "base.json", "--prune-baseline", "--strict"]);
    assert_eq!(pruned.code(), 0, "{}", pruned.err());
    let dropped: Vec<&str> =
        before.lines().filter(|line| !sandbox.read("base.json").contains(line.trim_end_matches(','))).collect();
    assert_eq!(dropped.len(), 1);
    assert_eq!(sandbox.ssot(&["check", "--baseline", "base.json", "--strict"]).code(), 0);
}

#[test]
fn recording_for_one_rule_keeps_what_is_recorded_of_others() {
    let sandbox = legacy();
    sandbox.ssot(&["check", "--write-baseline", "base.json"]);
    let before = sandbox.read("base.json");
    sandbox.ssot(&["check", "--write-baseline", "base.json", "--rule", "other"]);
    assert_eq!(sandbox.read("base.json"), before);
    sandbox.ssot(&["check", "--write-baseline", "base.json", "src/b.py"]);
    assert_eq!(sandbox.read("base.json"), before, "paths narrow what is reported, not what is recorded");
}

#[test]
fn the_policy_names_a_baseline_of_the_tree() {
    let sandbox = legacy();
    sandbox.write("ssot.yaml", format!("{POLICY}settings: {{baseline: ci/base.json}}\n"));
    let missing = sandbox.ssot(&["check"]);
    assert_eq!(missing.code(), 2);
    assert!(
        missing.err().contains("ssot.yaml:6:22") && missing.err().contains("--write-baseline ci/base.json"),
        "{}",
        missing.err()
    );
    sandbox.write("ci/x", "");
    assert_eq!(sandbox.ssot(&["check", "--write-baseline", "ci/base.json"]).code(), 0);
    assert_eq!(sandbox.ssot(&["check", "--strict"]).code(), 0);
    // Of the index it is what is staged.
    assert_eq!(sandbox.ssot(&["check", "--staged"]).code(), 1, "the policy in the index names none");
    sandbox.run_git(&["add", "ssot.yaml"]);
    assert_eq!(sandbox.ssot(&["check", "--staged"]).code(), 2);
    sandbox.run_git(&["add", "-A"]);
    assert_eq!(sandbox.ssot(&["check", "--staged"]).code(), 0);
    assert_eq!(sandbox.ssot(&["check", "--staged", "--prune-baseline"]).code(), 2);
    // Git may ignore it.
    sandbox.run_git(&["rm", "-q", "--cached", "ci/base.json"]);
    sandbox.write(".gitignore", "ci/\n");
    assert_eq!(sandbox.ssot(&["check", "--strict"]).code(), 0);
    sandbox.write("ssot.yaml", format!("{POLICY}settings: {{baseline: ../base.json}}\n"));
    assert_eq!(sandbox.ssot(&["check"]).code(), 2);
}

#[test]
fn what_this_run_writes_is_no_part_of_the_tree() {
    let policy = "version: 1\nrules:\n  - {id: no-mark, forbid: {text: '(?i)mark'}}\n  - {id: known, home: {files: '*.json', only-in: conf, optional: true}}\n";
    let sandbox = Sandbox::git(&[("ssot.yaml", policy), ("a.txt", "mark\n"), ("conf/a.json", "{}")]);
    for _ in 0..2 {
        let ran = sandbox.ssot(&["check", "--write-baseline", "b.json", "--format", "json=r.json", "--format", "short"]);
        assert_eq!((ran.code(), ran.out()), (0, String::new()), "{}", ran.err());
        assert_eq!(sandbox.read("b.json").lines().filter(|line| line.contains("fingerprint")).count(), 1);
    }
    // Rules do not see what a baseline names, but it is a file of the tree.
    let ran = sandbox.ssot(&["check", "--baseline", "b.json", "--format", "json=r.json", "--format", "short"]);
    assert_eq!(ran.out(), "b.json: error[known] home/stray: `b.json` lies outside of `conf`\n", "{}", ran.err());
}

#[test]
fn what_is_no_baseline_is_the_command_lines_fault() {
    let sandbox = legacy();
    for text in [
        "",
        "{",
        "[]",
        "{\"version\": 2, \"findings\": []}",
        "{\"version\": 1, \"findings\": [{}]}",
        "{\"version\": 1, \"findings\": {}}",
    ] {
        sandbox.write("b.json", text);
        let ran = sandbox.ssot(&["check", "--baseline", "b.json"]);
        assert!(ran.code() == 2 && ran.err().contains("b.json:1:"), "{text}: {}", ran.err());
        assert_eq!(sandbox.ssot(&["check", "--write-baseline", "b.json"]).code(), 2, "{text}");
        assert_eq!(sandbox.read("b.json"), text);
    }
    assert_eq!(sandbox.ssot(&["check", "--baseline", "b.json", "--write-baseline", "b.json"]).code(), 2);
    assert_eq!(sandbox.ssot(&["check", "--baseline", "nowhere.json"]).code(), 2);
}

#[test]
fn new_exceptions_and_records_are_weakenings() {
    let sandbox = legacy();
    sandbox.write("ssot.yaml", format!("{POLICY}settings: {{baseline: b.json}}\n"));
    sandbox.ssot(&["check", "--write-baseline", "b.json"]);
    sandbox.write("src/c.py", "MARK_C  # ssot:allow(no-mark) why\n");
    sandbox.run_git(&["add", "-A"]);
    sandbox.run_git(&["commit", "-qm", "adopt"]);
    let gate = |sandbox: &Sandbox| sandbox.ssot(&["check", "--base", "HEAD", "--format", "json"]);
    assert_eq!(gate(&sandbox).findings(), NONE);
    // What only moved is not new: neither in its file, nor into another, nor with its file.
    sandbox.write("src/c.py", "\n\nMARK_C  # ssot:allow(no-mark) why\n");
    assert_eq!(gate(&sandbox).findings(), NONE);
    sandbox.remove("src/c.py");
    sandbox.write("src/d.py", "MARK_D  # ssot:allow(no-mark) why\n");
    assert_eq!(gate(&sandbox).findings(), NONE);
    assert_eq!(gate(&sandbox).json()["summary"]["new-allows"], 0);
    // One more of the same is.
    sandbox.write("src/e.py", "MARK_E  # ssot:allow(no-mark) why\n");
    assert_eq!(gate(&sandbox).findings(), ["policy/weakened src/e.py:1:9"]);
    assert_eq!(gate(&sandbox).json()["summary"]["new-allows"], 1);
    sandbox.write("src/e.py", "MARK_E\n");
    sandbox.ssot(&["check", "--write-baseline", "b.json"]);
    let found = gate(&sandbox).findings();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("policy/weakened b.json:"), "{found:?}");
}

#[test]
fn many_exceptions_cost_little() {
    let lines: String = (0..6_000).map(|at| format!("# ssot:allow(no-mark) why {at}\n")).collect();
    let found = found_in("src/a.py", &format!("{lines}MARK\n"));
    assert_eq!(found.len(), 5_999);
    let both: String = (0..6_000).map(|at| format!("MARK{at}  # ssot:allow(no-mark) why\n")).collect();
    assert_eq!(found_in("src/a.py", &both), NONE);
    let long = format!("/* {} */ MARK", "ssot:allow(no-mark) why ".repeat(6_000));
    assert_eq!(found_in("src/a.js", &long).len(), 5_999);
}

#[test]
fn fingerprints_stay_where_other_things_move() {
    let policy = "version: 1
rules:
  - {id: shape, schema: {files: a.json, schema: {items: {required: [a]}}}}
  - {id: words, forbid: {files: '*.txt', text: 'x\\d'}}
  - {id: keys, unique: {every: {files: a.txt, text: 'x\\d'}}}
";
    let prints = |json: &str, text: &str| -> BTreeMap<String, usize> {
        let sandbox = Sandbox::new(&[("ssot.yaml", policy), ("a.json", json), ("a.txt", text)]);
        let report = sandbox.ssot(&["check", "--format", "json"]).json();
        let mut counts = BTreeMap::new();
        for finding in report["findings"].as_array().expect("findings") {
            *counts.entry(finding["fingerprint"].to_string()).or_default() += 1;
        }
        counts
    };
    let before = prints("[{}, {\"a\": 1}, {}]", "x1\nx2\nx1\n");
    assert_eq!(prints("[{\"a\": 1}, {}, {\"a\": 2}, {}]", "\nx2 x1\n\nx1\n"), before);
    assert!(before.values().all(|count| *count == 1));
}
