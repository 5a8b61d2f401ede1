//! Whole reports as they are printed, and what no input may ever print.

use std::cell::Cell;

use proptest::prelude::*;
use serde_json::Map;

use super::*;
use crate::finding::{Edit, Fix, From, Range, Reason, Related, Severity};
use crate::text::{LineIndex, Position, Span};
use crate::tree::{MemoryTree, Tree};

/// Files of head; those of base are below `base/`.
struct Files(MemoryTree);

impl Contents for Files {
    fn content(&self, side: &Side, path: &RepoPath) -> Option<Vec<u8>> {
        let path = if *side == Side::Base { RepoPath::new(format!("base/{path}")) } else { path.clone() };
        self.0.entry(&path).and_then(|entry| self.0.read(entry, u64::MAX).ok())
    }

    fn is_secret(&self, path: &RepoPath) -> bool {
        path.name().starts_with(".env")
    }

    fn remote(&self) -> Option<String> {
        Some("https://user:token@github.com/acme/app.git".into())
    }
}

const PLAIN: Style = Style { color: false, unicode: true, width: 100, cap: None, quiet: false };

/// The place of `text` in `content`, the file at `path`.
fn at(path: &str, content: &str, text: &str) -> Place {
    let start = content.find(text).unwrap();
    let lines = LineIndex::new(content.as_bytes());
    let position = |byte| lines.position(content.as_bytes(), byte);
    Place { path: path.into(), range: Some(Range { start: position(start), end: position(start + text.len()) }) }
}

pub(super) fn finding(rule: &str, code: &str, message: &str, place: Place) -> Finding {
    Finding {
        rule: rule.into(),
        code: code.into(),
        severity: Severity::Error,
        from: From::HeadPolicy,
        message: message.into(),
        help: None,
        why: None,
        place,
        side: Side::Head,
        related: Vec::new(),
        fix: None,
        data: Map::new(),
        subject: String::new(),
        fingerprint: "0123456789abcdef0123456789abcdef".into(),
    }
}

fn related(message: &str, place: Place) -> Related {
    Related { message: message.into(), place, side: Side::Head }
}

pub(super) fn report(findings: Vec<Finding>) -> Report {
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let summary = Summary {
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        files: 214,
        rules: 12,
        ..Summary::default()
    };
    let head = Description { kind: "worktree", commit: Some("c0ffee".into()) };
    let rule = RuleInfo {
        id: "env-declared".into(),
        kind: "subset",
        about: "Each value of one fact is one of another.",
        severity: Severity::Error,
        why: Some("A key that only one module knows is missed at deploy time.".into()),
        place: Place::file("ssot.yaml".into()),
    };
    Report { head, base: None, summary, rules: vec![rule], findings, unjudged: Vec::new(), accepted: Vec::new() }
}

fn shown(format: Format, report: &Report, files: &[(&str, &str)], style: Style) -> String {
    let mut out = Vec::new();
    let files = files.iter().map(|(path, content)| (*path, *content));
    render(format, report, &Files(MemoryTree::new(files)), style, &mut out).unwrap();
    if format == Format::Human && !style.quiet {
        super::summary(report, style, &mut out).unwrap();
    }
    String::from_utf8(out).unwrap()
}

/// The findings alone, in the form for people.
fn drawn(findings: Vec<Finding>, files: &[(&str, &str)]) -> String {
    shown(Format::Human, &report(findings), files, Style { quiet: true, ..PLAIN })
}

const APP: (&str, &str) = ("app/a.py", "import os\n\nurl = os.environ[\"DB_URI\"]\n");
const SETTINGS: (&str, &str) = ("app/settings.py", "REQUIRED_ENV_KEYS = [\n    \"DB_URL\",\n]\n");

fn missing() -> Finding {
    let place = at(APP.0, APP.1, "\"DB_URI\"");
    let truth = at(SETTINGS.0, SETTINGS.1, "\"DB_URL\"");
    let edit = Edit { path: SETTINGS.0.into(), span: Span::at(36), text: "    \"DB_URI\",\n".into() };
    Finding {
        help: Some("add it to `REQUIRED_ENV_KEYS`, or read it with a default".into()),
        why: Some("A key that only one module knows is missed at deploy time.".into()),
        related: vec![related("declared keys are listed here", truth)],
        fix: Some(Fix { title: "append `DB_URI` to `REQUIRED_ENV_KEYS`".into(), suggested: false, edits: vec![edit] }),
        ..finding("env-declared", "subset/missing", "`DB_URI` is read here but not declared", place)
    }
}

fn dynamic(path: &str) -> Unjudged {
    Unjudged {
        rule: "env-declared".into(),
        reason: Reason::Dynamic,
        severity: Severity::Note,
        message: "`os.environ[name]` is computed at run time".into(),
        place: Place::file(path.into()),
        related: Vec::new(),
    }
}

#[test]
fn both_ends_are_shown_and_then_what_to_do() {
    let expected = r#"
error[env-declared] subset/missing: `DB_URI` is read here but not declared
     ╭─ app/a.py:3:18
   3 │ url = os.environ["DB_URI"]
     │                  ^^^^^^^^ missing
     ├─ app/settings.py:2:5
   2 │     "DB_URL",
     │     ──────── declared keys are listed here
     = help: add it to `REQUIRED_ENV_KEYS`, or read it with a default
     = why: A key that only one module knows is missed at deploy time.
     = fix: append `DB_URI` to `REQUIRED_ENV_KEYS`

1 error in 214 files by 12 rules · 1 with a fix
"#;
    assert_eq!(shown(Format::Human, &report(vec![missing()]), &[APP, SETTINGS], PLAIN), expected[1..]);
}

#[test]
fn lines_side_by_side_share_a_picture_and_a_place_without_a_window_is_a_line() {
    let content = "a: 1\na: 2\n";
    let others =
        vec![related("first set here", at("d.yaml", content, "a: 1")), related("read from here", Place::file("app".into()))];
    let duplicate =
        Finding { related: others, ..finding("one", "unique/duplicate", "`a` is set twice", at("d.yaml", content, "a: 2")) };
    let stray = finding("home", "home/stray", "`x.sql` lies outside of `db`", Place::file("x.sql".into()));
    let expected = r#"
error[one] unique/duplicate: `a` is set twice
     ╭─ d.yaml:2:1
   1 │ a: 1
     │ ──── first set here
   2 │ a: 2
     │ ^^^^ duplicate
     ├─ app: read from here

error[home] home/stray: `x.sql` lies outside of `db`
     ╭─ x.sql

"#;
    assert_eq!(drawn(vec![duplicate, stray], &[("d.yaml", content)]), expected[1..]);
}

#[test]
fn a_statement_shows_its_first_and_last_line_and_base_is_named() {
    let (old, new) = ("SELECT 1;\n", "ALTER TABLE t\n  ADD a int,\n  ADD b int;\n");
    let edited = Finding {
        severity: Severity::Warning,
        from: From::BasePolicy,
        related: vec![Related { side: Side::Base, ..related("it was this", at("1.sql", old, "SELECT 1;")) }],
        ..finding("frozen", "frozen/edited", "`1.sql` was edited", at("1.sql", new, new.trim_end()))
    };
    let expected = r#"
warning[frozen] frozen/edited: `1.sql` was edited
     ╭─ 1.sql:1:1
   1 │ ALTER TABLE t
     │ ^^^^^^^^^^^^^
     ┆
   3 │   ADD b int;
     │   ^^^^^^^^^^ edited
     ├─ 1.sql:1:1 (in base)
   1 │ SELECT 1;
     │ ───────── it was this
     = note: base's policy asks for this; a change is also judged by the policy that it starts from

"#;
    assert_eq!(drawn(vec![edited], &[("1.sql", new), ("base/1.sql", old)]), expected[1..]);
}

#[test]
fn what_a_terminal_would_obey_is_shown_and_values_of_secret_files_are_not() {
    let content = "K = '漢\u{202e}字\x1b[0m'";
    let escape = finding("text", "forbid/forbidden", "\x1b]0;owned\x07", at("a\x1b.py", content, "字"));
    let env = "A=1\nTOKEN=\"hunter2\nmore\" # x\n";
    let secret = finding("env", "match/mismatch", "a value is too short", at(".env", env, "hunter2\nmore"));
    let expected = r#"
error[text] forbid/forbidden: ␛]0;owned␇
     ╭─ a␛.py:1:8
   1 │ K = '漢<U+202E>字␛[0m'
     │                ^^ forbidden

error[env] match/mismatch: a value is too short
     ╭─ .env:2:8
   2 │ TOKEN=…
     │       ^
   3 │ …
     │ ^ mismatch

"#;
    assert_eq!(drawn(vec![escape, secret], &[("a\x1b.py", content), (".env", env)]), expected[1..]);
}

#[test]
fn a_narrow_terminal_wraps_labels_and_help_and_ascii_will_do() {
    let content = format!("{}x", "abcdefghi ".repeat(20));
    let place = at("a.txt", &content, "x");
    let found = Finding {
        severity: Severity::Note,
        help: Some("move it to where it belongs, or say why it may stay".into()),
        related: vec![related("the only place where it is allowed to stand", at("a.txt", &content, "i x"))],
        ..finding("t", "t/x", "`x`", place)
    };
    let expected = r#"
note[t] t/x: `x`
     --> a.txt:1:201
   1 | ...hi abcdefghi abcdefghi x
     |                         ---
     |           the only place where
     |           it is allowed to
     |           stand
     |                           ^ x
     = help: move it to where it
             belongs, or say why it may
             stay

"#;
    let style = Style { unicode: false, width: 40, quiet: true, ..PLAIN };
    assert_eq!(shown(Format::Human, &report(vec![found]), &[("a.txt", &content)], style), expected[1..]);
}

#[test]
fn unjudged_places_are_listed_and_counted() {
    let mut report = report(Vec::new());
    report.unjudged = ["a", "b", "c", "d", "e", "f", "g"].map(dynamic).into();
    report.summary = Summary { unjudged: 7, allowed: 3, new_allows: 1, baselined: 5, ..report.summary };
    let expected = r#"
note[env-declared] dynamic: 7 places could not be judged
     a: `os.environ[name]` is computed at run time
     b: `os.environ[name]` is computed at run time
     c: `os.environ[name]` is computed at run time
     d: `os.environ[name]` is computed at run time
     e: `os.environ[name]` is computed at run time
     and 2 more

ok: 214 files agree with 12 rules · 7 could not be judged · 3 allowed (1 new) · 5 of the baseline remain
"#;
    assert_eq!(shown(Format::Human, &report, &[], PLAIN), expected[1..]);
    assert_eq!(shown(Format::Human, &report, &[], Style { quiet: true, ..PLAIN }), "");
    report.unjudged[0].severity = Severity::Error;
    let failed = shown(Format::Human, &report, &[], Style { quiet: true, ..PLAIN });
    assert!(failed.starts_with("error[env-declared] dynamic: 1 place could not be judged\n     a: "), "{failed}");
}

#[test]
fn a_run_without_rules_is_no_success() {
    let mut report = report(Vec::new());
    report.summary.rules = 0;
    assert_eq!(shown(Format::Human, &report, &[], PLAIN), "no rule is in force: nothing was checked in 214 files\n");
}

#[test]
fn a_cap_says_how_many_more() {
    let style = Style { cap: Some(1), quiet: true, ..PLAIN };
    let text = shown(Format::Human, &report(vec![missing(); 3]), &[APP, SETTINGS], style);
    assert!(text.ends_with("`REQUIRED_ENV_KEYS`\n\nand 2 findings more, not shown\n\n"), "{text}");
}

#[test]
fn colour_adds_nothing_but_colour() {
    let findings = report(vec![missing()]);
    let colored = shown(Format::Human, &findings, &[APP, SETTINGS], Style { color: true, ..PLAIN });
    let plain = regex::Regex::new("\x1b\\[[0-9;]*m").unwrap().replace_all(&colored, "").into_owned();
    assert_ne!(colored, plain);
    assert_eq!(plain, shown(Format::Human, &findings, &[APP, SETTINGS], PLAIN));
}

#[test]
fn short_is_a_line_each() {
    let mut report = report(vec![missing(), finding("home", "home/stray", "two\nlines", Place::file("x".into()))]);
    report.unjudged = vec![dynamic("app/b.py")];
    let expected = "\
app/a.py:3:18: error[env-declared] subset/missing: `DB_URI` is read here but not declared
x: error[home] home/stray: two␊lines
app/b.py: unjudged[env-declared] dynamic: `os.environ[name]` is computed at run time
";
    assert_eq!(shown(Format::Short, &report, &[], PLAIN), expected);
}

#[test]
fn json_has_the_members_of_the_contract() {
    let mut report = report(vec![missing()]);
    report.findings.push(finding("r", "k/c", "\u{202e}\u{9b}\u{e0041}", Place::file(RepoPath::from_bytes(b"a\xff"))));
    report.unjudged = vec![dynamic("app/b.py")];
    let text = shown(Format::Json, &report, &[], PLAIN);
    assert!(text.ends_with("}\n") && text.contains(r"\u202e\u009b\udb40\udc41"));
    let whole = |path: &str| serde_json::json!({"path": path, "line": null, "column": null, "end_line": null, "end_column": null, "bytes": null});
    let mut raw = whole("a\u{fffd}");
    raw["path_bytes"] = "Yf8=".into();
    let expected = serde_json::json!({
        "version": 1,
        "tool": {"name": "ssot", "version": env!("CARGO_PKG_VERSION")},
        "head": {"kind": "worktree", "commit": "c0ffee"},
        "base": null,
        "summary": {"errors": 1, "warnings": 0, "notes": 0, "unjudged": 0, "allowed": 0, "new-allows": 0, "baselined": 0,
            "files": 214, "rules": 12},
        "findings": [{
            "rule": "env-declared", "code": "subset/missing", "severity": "error", "from": "head-policy",
            "message": "`DB_URI` is read here but not declared",
            "help": "add it to `REQUIRED_ENV_KEYS`, or read it with a default",
            "why": "A key that only one module knows is missed at deploy time.",
            "place": {"path": "app/a.py", "line": 3, "column": 18, "end_line": 3, "end_column": 26, "bytes": [28, 36]},
            "related": [{"message": "declared keys are listed here", "tree": "head", "place":
                {"path": "app/settings.py", "line": 2, "column": 5, "end_line": 2, "end_column": 13, "bytes": [26, 34]}}],
            "fix": {"title": "append `DB_URI` to `REQUIRED_ENV_KEYS`", "suggested": false,
                "edits": [{"path": "app/settings.py", "bytes": [36, 36], "text": "    \"DB_URI\",\n"}]},
            "data": {}, "fingerprint": "0123456789abcdef0123456789abcdef"}, {
            "rule": "r", "code": "k/c", "severity": "error", "from": "head-policy", "message": "\u{202e}\u{9b}\u{e0041}",
            "help": null, "why": null, "place": raw, "related": [], "fix": null, "data": {},
            "fingerprint": "0123456789abcdef0123456789abcdef"}],
        "unjudged": [{"rule": "env-declared", "reason": "dynamic", "severity": "note",
            "message": "`os.environ[name]` is computed at run time", "place": whole("app/b.py")}],
    });
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), expected);
}

/// One file, and how often it was read.
struct Counted(Vec<u8>, Cell<usize>);

impl Contents for Counted {
    fn content(&self, side: &Side, _: &RepoPath) -> Option<Vec<u8>> {
        self.1.set(self.1.get() + 1);
        (*side == Side::Head).then(|| self.0.clone())
    }

    fn is_secret(&self, _: &RepoPath) -> bool {
        false
    }
}

#[test]
fn a_large_file_is_read_once_and_drawn_in_windows() {
    for line in ["some words in a line of text\n", "minified,without,any,break,"] {
        let content = line.repeat(5_000_000 / line.len());
        let index = LineIndex::new(content.as_bytes());
        let place = |byte| {
            let position = |byte| index.position(content.as_bytes(), byte);
            Place { path: "big".into(), range: Some(Range { start: position(byte), end: position(byte + 4) }) }
        };
        let found = |n: usize| Finding {
            related: vec![related("here too", place(n * 4_000 + 70_000))],
            ..finding("r", "k/c", "it is there", place(n * 4_900))
        };
        let report = report((0..1000).map(found).collect());
        let contents = Counted(content.clone().into(), Cell::new(0));
        let mut out = Vec::new();
        human(&report, &contents, PLAIN, &mut out).unwrap();
        assert_eq!(contents.1.get(), 1);
        assert!(out.len() < 1_000_000, "{}", out.len());
    }
}

fn arbitrary_place() -> impl Strategy<Value = Place> {
    let near = prop_oneof![0..80usize, Just(usize::MAX), Just(usize::MAX - 1)];
    let position = (near.clone(), near.clone(), near).prop_map(|(byte, line, column)| Position { byte, line, column });
    let range = proptest::option::of((position.clone(), position).prop_map(|(start, end)| Range { start, end }));
    let path = prop_oneof![Just("a".into()), Just(".env".into()), any::<Vec<u8>>().prop_map(|raw| RepoPath::from_bytes(&raw))];
    (path, range).prop_map(|(path, range)| Place { path, range })
}

fn arbitrary_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[ab \\t\\n\\r=\"#\u{1b}\u{202e}\u{301}漢]{0,40}"]
}

fn arbitrary_finding() -> impl Strategy<Value = Finding> {
    let side =
        prop_oneof![Just(Side::Head), Just(Side::Base), arbitrary_text().prop_map(|name| Side::Peer(name.as_str().into()))];
    let related = (arbitrary_text(), arbitrary_place(), side).prop_map(|(message, place, side)| Related { message, place, side });
    let texts = (arbitrary_text(), arbitrary_text(), arbitrary_text(), arbitrary_text());
    (texts, arbitrary_place(), proptest::collection::vec(related, 0..3)).prop_map(
        |((rule, code, message, help), place, related)| Finding {
            help: Some(help.clone()),
            why: Some(help.as_str().into()),
            related,
            ..finding(&rule, &code, &message, place)
        },
    )
}

proptest! {
    #[test]
    fn nothing_panics_and_no_control_character_gets_through(
        findings in proptest::collection::vec(arbitrary_finding(), 1..3),
        content in prop_oneof![any::<Vec<u8>>(), arbitrary_text().prop_map(String::into_bytes)],
        width in prop_oneof![0..120usize, Just(usize::MAX)],
        unicode: bool,
    ) {
        let files = MemoryTree::new([("a", content.clone()), (".env", content.clone()), ("base/a", content)]);
        let report = report(findings);
        for format in Format::all() {
            let mut out = Vec::new();
            render(format, &report, &Files(files.clone()), Style { width, unicode, ..PLAIN }, &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            prop_assert!(text.chars().all(|c| c == '\n' || !visible::is_hidden(c)), "{text:?}");
        }
    }
}

/// A report with one of everything, and text that means something to each format.
fn rich() -> Report {
    let hostile = "]]> | `x` \u{1b}[31m ::error::%0A <img src=x> @all #1 [a](1)\n-->\u{202e}";
    let mut evil = finding("home", "home/stray", hostile, Place::file(RepoPath::from_bytes(b"a:b,|`<\xff\n]]>.py")));
    evil.severity = Severity::Warning;
    evil.help = Some(hostile.into());
    evil.related = vec![related(hostile, Place::file("x.py".into()))];
    let mut report = report(vec![missing(), evil]);
    report.unjudged = vec![dynamic("app/b.py"), Unjudged { severity: Severity::Error, ..dynamic("app/c.py") }];
    report
}

fn written(format: Format) -> String {
    shown(format, &rich(), &[APP, SETTINGS], PLAIN)
}

#[test]
fn github_commands_are_a_line_each_and_escape_what_they_carry() {
    let expected = "\
::error file=app/a.py,line=3,endLine=3,col=18,endColumn=25,title=env-declared%3A subset/missing::`DB_URI` is read here but not \
declared%0Aapp/settings.py:2:5: declared keys are listed here%0Ahelp: add it to `REQUIRED_ENV_KEYS`, or read it with a \
default%0Awhy: A key that only one module knows is missed at deploy time.
::warning file=a%3Ab%2C|`<\u{fffd}␊]]>.py,title=home%3A home/stray::]]> | `x` ␛[31m ::error::%250A <img src=x> @all #1 \
[a](1)␊--><U+202E>%0Ax.py: ]]> | `x` ␛[31m ::error::%250A <img src=x> @all #1 [a](1)␊--><U+202E>%0Ahelp: ]]> | `x` ␛[31m \
::error::%250A <img src=x> @all #1 [a](1)%0A--><U+202E>
::notice file=app/b.py,title=env-declared%3A could not be judged (dynamic)::`os.environ[name]` is computed at run time
::error file=app/c.py,title=env-declared%3A could not be judged (dynamic)::`os.environ[name]` is computed at run time
";
    assert_eq!(written(Format::Github), expected);
}

#[test]
fn sarif_is_valid_under_its_schema_and_carries_all_there_is() {
    let log: serde_json::Value = serde_json::from_str(&written(Format::Sarif)).unwrap();
    // Published with a stray bracket, which this regex engine refuses.
    let schema = include_str!("../../tests/data/sarif-2.1.0.schema.json").replace("{2}]?$", "{2}$");
    let schema = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert_eq!(validator.iter_errors(&log).map(|error| format!("{error}")).collect::<Vec<_>>(), Vec::<String>::new());
    let run = &log["runs"][0];
    assert_eq!(run["versionControlProvenance"][0]["repositoryUri"], "https://github.com/acme/app");
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "env-declared");
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 3, "two findings, and what fails the run unjudged");
    assert_eq!(results[0]["relatedLocations"][0]["physicalLocation"]["region"]["startLine"], 2);
    let replacement = &results[0]["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["deletedRegion"]["byteOffset"], 36);
    assert_eq!(results[1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "a%3Ab%2C%7C%60%3C%FF%0A%5D%5D%3E.py");
    assert!(results[1]["message"]["text"].as_str().unwrap().contains(r"\[a\](1)"));
    assert_eq!(run["invocations"][0]["toolExecutionNotifications"][0]["descriptor"]["id"], "dynamic");
}

#[test]
fn gitlab_issues_have_a_line_and_a_fingerprint_of_their_own() {
    let issues: serde_json::Value = serde_json::from_str(&written(Format::Gitlab)).unwrap();
    let schema = serde_json::from_str(include_str!("../../tests/data/gitlab-code-quality.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert_eq!(validator.iter_errors(&issues).map(|error| format!("{error}")).collect::<Vec<_>>(), Vec::<String>::new());
    let issues = issues.as_array().unwrap();
    let lines: Vec<_> = issues.iter().map(|issue| issue["location"]["lines"]["begin"].as_u64().unwrap()).collect();
    assert_eq!(lines, [3, 1, 1, 1]);
    let severities: Vec<_> = issues.iter().map(|issue| issue["severity"].as_str().unwrap()).collect();
    assert_eq!(severities, ["major", "minor", "info", "major"]);
    let prints: std::collections::BTreeSet<_> = issues[1..].iter().map(|issue| issue["fingerprint"].as_str()).collect();
    assert_eq!(prints.len(), 3);
}

#[test]
fn junit_is_xml_whose_counts_are_those_of_its_cases() {
    use quick_xml::events::Event;
    let text = written(Format::Junit);
    let mut reader = quick_xml::Reader::from_str(&text);
    let (mut cases, mut failures, mut skipped, mut told) = (0, 0, 0, [0, 0, 0]);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) | Event::Empty(tag) => match tag.name().as_ref() {
                "testsuite" => {
                    for (at, name) in ["tests", "failures", "skipped"].into_iter().enumerate() {
                        let value = tag.try_get_attribute(name).unwrap().unwrap().value;
                        told[at] += value.parse::<usize>().unwrap();
                    }
                }
                "testcase" => cases += 1,
                "failure" => failures += 1,
                "skipped" => skipped += 1,
                other => assert_eq!(other, "testsuites"),
            },
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!((told, [cases, failures, skipped]), ([4, 3, 1], [4, 3, 1]), "{text}");
    let clean = shown(Format::Junit, &report(Vec::new()), &[], PLAIN);
    assert!(clean.contains(r#"<testcase name="holds" classname="env-declared"/>"#), "{clean}");
}

#[test]
fn rdjson_counts_bytes_and_suggests_within_the_file() {
    let content = "ä = ö\n";
    let edit = Edit { path: "a.py".into(), span: Span::new(5, 7), text: "o".into() };
    let fix = Some(Fix { title: "t".into(), suggested: false, edits: vec![edit] });
    let found = Finding { fix, ..finding("r", "k/c", "m", at("a.py", content, "ö")) };
    let text = shown(Format::Rdjson, &report(vec![found]), &[("a.py", content)], PLAIN);
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let range = serde_json::json!({"start": {"line": 1, "column": 6}, "end": {"line": 1, "column": 8}});
    assert_eq!(document["diagnostics"][0]["location"]["range"], range);
    assert_eq!(document["diagnostics"][0]["suggestions"], serde_json::json!([{"range": range, "text": "o"}]));
    let rich: serde_json::Value = serde_json::from_str(&written(Format::Rdjson)).unwrap();
    assert_eq!(rich["diagnostics"].as_array().unwrap().len(), 4);
    assert!(rich["diagnostics"][0]["suggestions"].is_null(), "the fix is for another file");
}

#[test]
fn markdown_starts_with_its_marker_links_lines_and_holds_no_markup_of_the_tree() {
    let text = written(Format::Markdown);
    let expected = "\
<!-- ssot -->
### ❌ ssot: 1 error, 1 warning

214 files · 12 rules · 1 with a fix

<details open><summary>Findings: 2</summary>
<table>
<tr><td><a href=\"https://github.com/acme/app/blob/c0ffee/app/a.py#L3\"><code>app/a.py:3:18</code></a></td>\
<td><b>error</b> <code>env-declared</code> <code>subset/missing</code><br>";
    assert!(text.starts_with(expected), "{text}");
    for markup in ["<img", "\u{1b}", "@all", "#1", "`", "\u{202e}"] {
        assert!(!text.contains(markup), "{markup:?} in {text}");
    }
    let many = report(vec![missing(); 3000]);
    let text = shown(Format::Markdown, &many, &[APP, SETTINGS], PLAIN);
    assert!(text.len() < 65_536 && text.contains("more: run <code>ssot check</code>"), "{}", text.len());
}
