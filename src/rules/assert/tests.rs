//! What is said about expressions, while the policy is read and while elements are judged.

use std::sync::Arc;

use super::names::FUNCTIONS;
use crate::tree::MemoryTree;
use crate::{Check, Error};

const TODOS: &str = "TODO(core)\nTODO(ops)\n";

/// A policy with one rule about `todos`, whose capture is `team`, and the facts `teams` and `lines`.
fn policy(that: &str) -> String {
    let that = serde_json::Value::from(that);
    format!(
        "version: 1\nfacts:\n  teams: {{ values: [core, web] }}\n  todos: {{ files: a.txt, text: 'TODO\\((?<team>[a-z]+)\\)(?<note>: .*)?' }}\n\
         rules:\n  - id: todo-team\n    assert: {{ every: todos, that: {that} }}\n"
    )
}

/// The lines of findings, or the complaints.
fn told(that: &str) -> Result<Vec<usize>, String> {
    let policy = policy(that);
    let tree = MemoryTree::new([("ssot.yaml", policy.as_str()), ("a.txt", TODOS)]);
    match Check::of_trees(Arc::new(tree), None).run() {
        Ok(report) => {
            Ok(report.findings.iter().filter_map(|finding| finding.place.range).map(|range| range.start.line).collect())
        }
        Err(Error::Policy(error)) => Err(error.to_string()),
        Err(error) => panic!("{error}"),
    }
}

fn complaint(that: &str) -> String {
    told(that).err().unwrap_or_else(|| panic!("{that}"))
}

#[test]
fn conditions() {
    for (that, expected) in [
        ("it.team in facts['teams']", vec![2]),
        ("it.team in facts.teams", vec![2]),
        ("it['team'] == 'core'", vec![2]),
        ("it.line > 1 && it.path == 'a.txt' && it.value.startsWith('TODO')", vec![1]),
        ("facts['teams'].exists(it, it == 'core')", vec![]),
        ("facts['teams'].exists(name, name == it.team)", vec![2]),
        ("!(it.team in facts['teams'])", vec![1]),
        ("size(facts['teams']) == 2 && facts['teams'][0] == 'core'", vec![]),
        ("it.team.matches('^c')", vec![2]),
        ("matches(it.team, 'p.$')", vec![1]),
        ("!has(it.note) || it.note != ''", vec![]),
        ("it.team.upperAscii() == 'CORE'", vec![2]),
        ("it.team in ['core', 'ops']", vec![]),
        ("it.line in facts['teams']", vec![1, 2]),
    ] {
        assert_eq!(told(that), Ok(expected), "{that}");
    }
}

#[test]
fn mistakes_are_told_where_they_stand_while_the_policy_is_read() {
    // The expression begins at column 36.
    for (that, column, message) in [
        ("it.line < && 3", 46, "invalid expression"),
        ("it.taem == 'x'", 38, "unknown capture `taem`; did you mean `team`?"),
        ("its.team == 'x'", 36, "unknown name `its`; did you mean `it`?"),
        ("it.team in facts['tems']", 52, "unknown fact `tems`; did you mean `teams`?"),
        ("it.team.startWith('x')", 53, "unknown function `startWith`; did you mean `startsWith`?"),
        ("it == 'x'", 36, "`it` stands for an element"),
        ("size(facts) > 0", 41, "`facts` needs the name"),
        ("it.team in facts[it.team]", 52, "`facts` needs the name"),
        ("it.line < '3'", 44, "`<` takes no `int`, `string`"),
        ("true || it.line < '3'", 52, "`<` takes no `int`, `string`"),
        ("it.team > 3", 44, "captures are strings"),
        ("it.team + 1 == ''", 44, "takes no `string` and `int`"),
        ("it.team", 35, "the expression is of type `string`"),
        ("it.team.matches('(')", 51, "invalid regex"),
        ("facts['teams'].all(x, x.foo() || true)", 0, "unknown function `foo`"),
        ("facts['teams'].all(x, y == x)", 0, "unknown name `y`"),
        ("facts['teams'].all(x, x == '') && x == ''", 0, "unknown name `x`"),
        ("startsWith(it.team, 'x')", 46, "there is no function `startsWith` that is called like this"),
        ("", 0, "invalid expression"),
    ] {
        let complaint = complaint(that);
        assert!(complaint.contains(message), "{that}: {complaint}");
        let place = format!("ssot.yaml:7:{column}");
        assert!(column == 0 || complaint.starts_with(&place), "{that}: {complaint} instead of {place}");
        assert_eq!(complaint.lines().count(), 1, "{complaint}");
    }
}

#[test]
fn what_cannot_be_evaluated_for_an_element_is_the_policys_fault() {
    for (that, message) in [
        ("it.note != 'x'", "a.txt:1:1: it has no `note`; ask `has(it.note)` first"),
        ("int(it.team) > 3", "cannot be evaluated for the element at a.txt:1:1"),
        ("facts['teams'][5] == 'x'", "cannot be evaluated"),
        ("it.line / 0 == 1", "cannot be evaluated"),
        ("it.team.matches('(' + it.team)", "invalid regex"),
    ] {
        let complaint = complaint(that);
        assert!(complaint.starts_with("ssot.yaml:7:35: ") && complaint.contains(message), "{that}: {complaint}");
    }
}

#[test]
fn every_function_that_is_known_is_there() {
    for name in FUNCTIONS {
        // With a wrong number of arguments it is there, but not of that form.
        let error = complaint(&format!("it.value.{name}(1, 2, 3, 4) == {name}(1, 2, 3, 4)"));
        assert!(!error.contains("unknown function"), "{error}");
    }
    let known: Vec<String> = FUNCTIONS.iter().map(|name| format!("`{name}`")).collect();
    for name in known {
        assert!(super::KIND.page.contains(&name), "assert.md does not name {name}");
    }
}

#[test]
fn hostile_expressions_are_refused() {
    let deep = |open: &str, close: &str, times: usize| format!("{}true{}", open.repeat(times), close.repeat(times));
    for that in [
        deep("(", ")", 2_000),
        deep("[", "]", 2_000),
        deep("!", "", 4_000),
        deep("-", "", 4_000),
        deep("true && ", "", 500),
        deep("1 + ", "", 1_000),
        deep("true ? true : ", "", 250),
        deep("{1: ", "}", 500),
        deep("it.", "", 1_300),
        deep("size(", ")", 600),
        format!("it{}", "['a']".repeat(800)),
        format!("it{}", ".a".repeat(2_000)),
        format!("it{}", ".size()".repeat(500)),
        "true && ".repeat(1_000),
        "((((((((((((((((((((".into(),
        "\u{0}\u{1b}[31m".into(),
        "'\u{e9}' == it.taem".into(),
    ] {
        let started = std::time::Instant::now();
        match told(&that) {
            Ok(_) => {}
            Err(complaint) => assert!(complaint.chars().all(|c| c == '\n' || !c.is_control()), "{complaint}"),
        }
        assert!(started.elapsed().as_secs() < 10, "{}", &that[..20]);
    }
}

#[test]
fn loops_over_long_facts_are_bounded() {
    let values: Vec<String> = (0..3_000).map(|at| format!("v{at}")).collect();
    let policy = |that: &str| {
        let values = values.join(", ");
        format!(
            "version: 1\nfacts:\n  many: {{ values: [{values}] }}\nrules:\n  - id: r\n    assert: {{ every: many, that: {that:?} }}\n"
        )
    };
    let run = |that: &str| {
        let policy = policy(that);
        Check::of_trees(Arc::new(MemoryTree::new([("ssot.yaml", policy.as_str())])), None).run()
    };
    assert!(run("facts.many.exists(x, x == it.value)").is_err_and(|error| error.to_string().contains("9000000 times")));
    assert!(run("it.value in facts.many").is_ok_and(|report| report.findings.is_empty()));
}
