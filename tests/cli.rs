//! The command line: exit statuses, streams, switches, and the commands beside `check`.

mod support;

use serde_json::Value;
use support::{Sandbox, command, finish};

const POLICY: &str = "version: 1
facts:
  keys: {files: a.txt, text: 'key (?P<value>\\w+)'}
rules:
  - {id: error-rule, forbid: {files: '*.txt', text: bad}}
  - {id: warning-rule, severity: warning, forbid: {files: '*.txt', text: odd}}
  - {id: note-rule, severity: note, forbid: keys}
  - {id: off-rule, severity: off, forbid: {files: '*.txt', text: .}}
";

/// A tree whose only text file has that content.
fn holding(text: &str) -> Sandbox {
    Sandbox::new(&[("ssot.yaml", POLICY), ("a.txt", text)])
}

#[test]
fn exit_statuses() {
    let cases: &[(&str, &[&str], i32)] = &[
        ("fine\n", &[], 0),
        ("bad\n", &[], 1),
        ("odd\n", &[], 0),
        ("odd\n", &["--strict"], 1),
        ("key A\n", &["--strict"], 0),
        ("bad\n", &["--rule", "warning-rule"], 0),
        ("bad odd\n", &["--rule", "warning-rule", "--rule", "error-rule"], 1),
        ("bad\n", &["ssot.yaml"], 0),
        ("bad\n", &["a.txt"], 1),
        ("bad\n", &["."], 1),
        ("bad\n", &["--threads", "1"], 1),
        ("bad\n", &["--no-cache"], 1),
        ("bad\n", &["--no-such-flag"], 2),
    ];
    for (text, arguments, code) in cases {
        let ran = holding(text).ssot(&[&["check"], *arguments].concat());
        assert_eq!(ran.code(), *code, "{text:?} {arguments:?}: {} {}", ran.out(), ran.err());
    }
}

#[test]
fn findings_go_to_stdout_and_all_else_to_stderr() {
    let sandbox = holding("bad\nodd\n");
    let short = "a.txt:1:1: error[error-rule] forbid/forbidden: `bad` must not be here\n\
                 a.txt:2:1: warning[warning-rule] forbid/forbidden: `odd` must not be here\n";
    let ran = sandbox.ssot(&["check", "--format", "short"]);
    assert_eq!(ran.out(), short);
    assert!(ran.err().contains("1 error"), "{}", ran.err());
    let quiet = sandbox.ssot(&["check", "--format", "short", "--quiet"]);
    assert_eq!((quiet.out(), quiet.err()), (short.to_string(), String::new()));
    let silent = holding("fine\n").ssot(&["check", "--quiet"]);
    assert_eq!((silent.out(), silent.err()), (String::new(), String::new()));
    let fine = holding("fine\n").ssot(&["check"]);
    assert!(fine.out().is_empty() && fine.err().contains("ok"), "{} {}", fine.out(), fine.err());
    let stats = sandbox.ssot(&["check", "--stats", "--format", "json"]);
    assert!(stats.json().is_object() && stats.err().contains(" read"));
}

#[test]
fn each_format_says_the_same() {
    let sandbox = holding("bad\n");
    let ran = sandbox.ssot(&["check", "--format", "json=report.json", "--format", "short"]);
    assert_eq!((ran.code(), ran.out().lines().count()), (1, 1));
    let report: Value = serde_json::from_slice(&std::fs::read(sandbox.at("report.json")).expect("written")).expect("JSON");
    let finding = &report["findings"][0];
    assert_eq!(finding["rule"], "error-rule");
    assert_eq!(finding["place"]["bytes"], serde_json::json!([0, 3]));
    assert_eq!(report["summary"]["errors"], 1);
    let human = sandbox.ssot(&["check"]).out();
    for part in ["error[error-rule]", "forbid/forbidden", "a.txt:1:1", "bad"] {
        assert!(human.contains(part), "{part:?} is not in {human}");
    }
}

#[test]
fn every_format_is_written_by_one_run_and_a_target_that_cannot_be_written_is_left_as_it_was() {
    let sandbox = holding("bad\n");
    let words: Vec<&str> = ssot::report::Format::words().collect();
    let files: Vec<String> = words.iter().map(|word| format!("--format={word}=out.{word}")).collect();
    let arguments: Vec<&str> = std::iter::once("check").chain(files.iter().map(String::as_str)).collect();
    let ran = sandbox.ssot(&arguments);
    assert_eq!(ran.code(), 1, "{}", ran.err());
    for word in words {
        let text = std::fs::read_to_string(sandbox.at(&format!("out.{word}"))).expect(word);
        assert!(text.contains("error-rule") && text.ends_with('\n'), "{word}: {text}");
    }
    for target in ["json=no/such/directory", "sarif=."] {
        let ran = sandbox.ssot(&["check", "--format", target]);
        assert_eq!(ran.code(), 2);
        assert!(ran.err().starts_with("error: cannot write `"), "{}", ran.err());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_wherever_it_is_met() {
    let sandbox = holding("bad\n");
    let ran = sandbox.ssot(&["check", "--format", "sarif=/dev/full"]);
    assert!(ran.code() == 2 && ran.err().contains("cannot write `/dev/full`"), "{}", ran.err());
    let program = env!("CARGO_BIN_EXE_ssot");
    let redirected = |arguments: &str| {
        let script = format!("exec '{program}' {arguments} > /dev/full");
        let output =
            std::process::Command::new("sh").args(["-c", &script]).current_dir(sandbox.path()).output().expect("sh runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for arguments in ["check", "check --format json", "map", "facts", "rules", "schema"] {
        let (status, said) = redirected(arguments);
        assert!(status == Some(2) && said.contains("error: cannot write:"), "{arguments}: {status:?} {said}");
    }
}

#[test]
fn stats_tell_where_the_time_went() {
    let ran = holding("fine\n").ssot(&["check", "--stats"]);
    for phase in ["file reads in a tree of", "ms  listing trees", "ms  reading and parsing", "ms  reporting"] {
        assert!(ran.err().contains(phase), "{phase:?} is not in {}", ran.err());
    }
}

#[test]
fn in_github_actions_annotations_follow_the_report() {
    let sandbox = holding("bad\n");
    let mut command = command(sandbox.path(), &["check"]);
    command.env("GITHUB_ACTIONS", "true");
    let out = finish(command).out();
    assert!(out.starts_with("error[error-rule]") && out.contains("\n::error file=a.txt,line=1,"), "{out}");
}

#[test]
fn colour_is_for_terminals_and_for_those_who_force_it() {
    let sandbox = holding("bad\n");
    let coloured = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut run = command(sandbox.path(), &[&["check"], arguments].concat());
        run.envs(environment.iter().copied());
        finish(run).out().contains('\x1b')
    };
    type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], bool);
    let cases: &[Case<'_>] = &[
        (&[], &[], false),
        (&["--color", "always"], &[], true),
        (&["--color", "always"], &[("NO_COLOR", "1")], true),
        (&["--color", "never"], &[("CLICOLOR_FORCE", "1")], false),
        (&[], &[("CLICOLOR_FORCE", "1")], true),
        (&[], &[("CLICOLOR_FORCE", "0")], false),
        (&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        (&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")], true),
        (&["--format", "short"], &[("CLICOLOR_FORCE", "1")], false),
        (&["--format", "json"], &[("CLICOLOR_FORCE", "1")], false),
    ];
    for (arguments, environment, expected) in cases {
        assert_eq!(coloured(arguments, environment), *expected, "{arguments:?} {environment:?}");
    }
}

#[test]
fn paths_narrow_what_is_told_from_where_one_stands() {
    let sandbox = Sandbox::git(&[("ssot.yaml", POLICY), ("a.txt", "bad\n"), ("sub/b.txt", "x\n")]);
    sandbox.write("sub/ssot.yaml", "version: 1\n");
    let below = sandbox.at("sub");
    for (arguments, expected) in [(&["check"][..], 1), (&["check", "."], 0), (&["check", ".."], 1), (&["check", "../a.txt"], 1)] {
        assert_eq!(finish(command(&below, arguments)).code(), expected, "{arguments:?} in sub/");
    }
}

#[test]
fn paths_never_hide_what_stands_in_the_policy() {
    let used = "version: 1\nrules:\n  - {id: must, require: {some: {files: a.txt, text: nowhere}}}\n";
    let sandbox = Sandbox::new(&[("ssot.yaml", "version: 1\nuse: [p/own.yaml]\n"), ("p/own.yaml", used), ("a.txt", "x\n")]);
    let ran = sandbox.ssot(&["check", "--format", "json", "a.txt"]);
    assert_eq!((ran.code(), ran.findings().len()), (1, 1), "{}", ran.out());
}

#[test]
fn a_path_may_be_one_that_the_change_deletes() {
    let policy = "version: 1\nrules:\n  - {id: kept, frozen: {files: 'm/**'}}\n";
    let sandbox = Sandbox::git(&[("ssot.yaml", policy), ("m/a.txt", "x\n"), ("b.txt", "y\n")]);
    sandbox.commit();
    sandbox.run_git(&["rm", "-q", "m/a.txt"]);
    assert_eq!(sandbox.ssot(&["check", "m/a.txt"]).code(), 1);
    assert_eq!(sandbox.ssot(&["check", "m/b.txt"]).code(), 2);
    sandbox.write("ssot.yaml", "version: 1\n");
    assert_eq!(sandbox.ssot(&["check", "m/a.txt"]).code(), 0, "whatever the rules are");
}

#[test]
fn an_entry_accepts_what_could_not_be_judged_too() {
    let policy = "version: 1
settings: {unjudged: {unparsable: error}}
rules:
  - {id: names, unique: {every: {files: '*.json', data: $.name}}}
allow:
  - {rule: names, path: broken.json, reason: a test of the parser}
";
    let files = [("ssot.yaml", policy), ("broken.json", "{"), ("sound.json", "{\"name\": 1}")];
    let ran = Sandbox::new(&files).ssot(&["check", "--format", "json"]);
    assert_eq!((ran.code(), ran.findings(), ran.unjudged()), (0, vec![], vec![]), "{}", ran.out());
    assert_eq!(ran.json()["summary"]["allowed"], 1);
    let narrowed = policy.replace("reason", "value: x, reason");
    let ran = Sandbox::new(&[("ssot.yaml", narrowed.as_str()), files[1], files[2]]).ssot(&["check", "--format", "json"]);
    assert_eq!((ran.code(), ran.findings().len(), ran.unjudged().len()), (1, 1, 1), "{}", ran.out());
}

#[test]
fn other_trees_and_policies() {
    let sandbox = Sandbox::git(&[("ssot.yaml", POLICY), ("a.txt", "bad\n")]);
    sandbox.commit();
    sandbox.write("a.txt", "fine\n");
    let code = |arguments: &[&str]| sandbox.ssot(&[&["check"], arguments].concat()).code();
    assert_eq!((code(&[]), code(&["--staged"]), code(&["--rev", "HEAD"])), (0, 1, 1));
    sandbox.run_git(&["add", "-A"]);
    assert_eq!(code(&["--staged"]), 0);
    let elsewhere = Sandbox::new(&[("strict.yaml", "version: 1\nrules:\n  - {id: x, forbid: {files: a.txt, text: fine}}\n")]);
    assert_eq!(code(&["--policy", &elsewhere.at("strict.yaml").to_string_lossy()]), 1);
    let root = sandbox.path().to_string_lossy().into_owned();
    assert_eq!(finish(command(elsewhere.path(), &["check", "--root", &root])).code(), 0);
}

#[test]
fn facts_are_listed_with_their_places() {
    let sandbox = holding("key A\nkey B\n");
    let ran = sandbox.ssot(&["facts", "keys", "--format", "json"]);
    let facts = ran.json();
    assert_eq!((ran.code(), &facts["version"], &facts["facts"][0]["extractor"]), (0, &1.into(), &"text".into()));
    let elements = facts["facts"][0]["elements"].as_array().cloned().unwrap_or_default();
    let told: Vec<String> = elements.iter().map(|e| format!("{} {}", e["value"], e["place"]["line"])).collect();
    assert_eq!(told, ["\"A\" 1", "\"B\" 2"]);
    let policy = "version: 1\nfacts:\n  z: {files: a.txt, words: {of: y}}\n  y: {files: a.txt, text: key}\n  a: {values: [x]}\n";
    let listed = Sandbox::new(&[("ssot.yaml", policy), ("a.txt", "key\n")]).ssot(&["facts", "--format", "json"]).json();
    let names: Vec<_> = listed["facts"].as_array().into_iter().flatten().map(|fact| fact["name"].clone()).collect();
    assert_eq!(names, ["z", "y", "a"], "in the order of the policy");
    let human = sandbox.ssot(&["facts"]).out();
    assert!(human.contains("keys (text): 2 elements") && human.contains("a.txt:2:5"), "{human}");
}

#[test]
fn rules_are_listed_with_their_findings() {
    let ran = holding("bad bad odd\n").ssot(&["rules", "--format", "json"]);
    let rules = ran.json()["rules"].as_array().cloned().unwrap_or_default();
    let told: Vec<_> = rules.iter().map(|rule| format!("{} {} {}", rule["id"], rule["severity"], rule["findings"])).collect();
    assert_eq!(ran.code(), 0);
    assert_eq!(
        told,
        [r#""error-rule" "error" 2"#, r#""warning-rule" "warning" 1"#, r#""note-rule" "note" 0"#, r#""off-rule" "off" 0"#]
    );
    let human = holding("bad\n").ssot(&["rules"]).out();
    assert!(human.lines().any(|line| line.starts_with("error-rule") && line.contains("1 finding")), "{human}");
}

#[test]
fn every_kind_code_and_extractor_is_explained() {
    let sandbox = Sandbox::new::<&str>(&[]);
    let overview = sandbox.ssot(&["explain"]).out();
    for kind in ssot::rules::KINDS {
        assert!(overview.contains(kind.name), "{}", kind.name);
        assert_eq!(sandbox.ssot(&["explain", kind.name]).code(), 0, "{}", kind.name);
        let code = format!("{}/{}", kind.name, kind.codes[0].name);
        assert!(sandbox.ssot(&["explain", &code]).out().contains(kind.codes[0].about), "{code}");
    }
    for pack in ssot::policy::PACKS {
        assert_eq!(sandbox.ssot(&["explain", &format!("ssot:{}", pack.name)]).code(), 0, "{}", pack.name);
    }
    let typo = sandbox.ssot(&["explain", "subste"]);
    assert!(typo.code() == 2 && typo.err().contains("did you mean `subset`?"), "{}", typo.err());
}

#[test]
fn the_schema_accepts_what_the_engine_accepts() {
    let sandbox = holding("fine\n");
    let schema = sandbox.ssot(&["schema"]).json();
    let validator = jsonschema::validator_for(&schema).expect("it is a JSON Schema");
    let policy =
        |rules: Value| serde_json::json!({"version": 1, "facts": {"f": {"files": "a.txt", "text": "x"}}, "rules": rules});
    let good = policy(serde_json::json!([{"id": "a", "forbid": "f"}, {"id": "b", "unique": {"every": ["f"]}}]));
    let bad = policy(serde_json::json!([{"id": "a", "forbod": "f"}]));
    for (policy, code) in [(&good, 0), (&bad, 2)] {
        assert_eq!(validator.is_valid(policy), code == 0, "{policy}");
        let tree = Sandbox::new(&[("ssot.json", policy.to_string().as_str()), ("a.txt", "y")]);
        assert_eq!(tree.ssot(&["check", "--rule", "a"]).code(), code, "{policy}");
    }
}

#[test]
fn the_map_is_a_page_or_a_chart() {
    let sandbox = holding("bad\n");
    let page = sandbox.ssot(&["map"]);
    assert!(page.code() == 0 && page.out().starts_with("<!doctype html>") && page.out().contains("✗ error-rule"));
    let chart = sandbox.ssot(&["map", "--format", "mermaid"]).out();
    assert!(chart.starts_with("flowchart LR\n") && chart.contains("✓ warning-rule: holds"), "{chart}");
}

#[test]
fn a_pack_is_added_to_the_policy_as_it_is_written() {
    for (before, after) in [
        (None, "version: 1\nuse:\n  - ssot:env\n"),
        (Some("version: 1\nabout: x\nrules: []\n"), "version: 1\nabout: x\nuse:\n  - ssot:env\nrules: []\n"),
        (Some("version: 1"), "version: 1\nuse:\n  - ssot:env\n"),
        (Some("version: 1\nuse:\n  - ssot:docs # why\n"), "version: 1\nuse:\n  - ssot:docs # why\n  - ssot:env\n"),
        (Some("version: 1\nuse: [ssot:docs]\n"), "version: 1\nuse: [ssot:docs, ssot:env]\n"),
        (Some("version: 1\nuse:\n  - { pack: ssot:env, as: e }\n"), "version: 1\nuse:\n  - { pack: ssot:env, as: e }\n"),
    ] {
        let sandbox = Sandbox::new::<&str>(&[]);
        if let Some(before) = before {
            sandbox.write("ssot.yaml", before);
        }
        let ran = sandbox.ssot(&["use", "ssot:env", "--root", "."]);
        assert_eq!(ran.code(), 0, "{}", ran.err());
        assert_eq!(std::fs::read_to_string(sandbox.at("ssot.yaml")).expect("there"), after);
        assert!(ran.out().contains("declared-in"), "{}", ran.out());
    }
    let sandbox = Sandbox::new(&[("ssot.yaml", "{version: 1}\n")]);
    let ran = sandbox.ssot(&["use", "ssot:envv"]);
    assert!(ran.code() == 2 && ran.err().contains("did you mean `ssot:env`?"), "{}", ran.err());
    let ran = sandbox.ssot(&["use", "ssot:env", "--root", "."]);
    assert!(ran.code() == 2 && ran.err().contains("add `ssot:env` to its `use:`"), "{}", ran.err());
    let ejected = sandbox.ssot(&["use", "ssot:env", "--eject"]).out();
    assert!(ejected.contains("const: \"REQUIRED_ENV_KEYS\"") && !ejected.contains("inputs"), "{ejected}");
}

#[test]
fn completions_and_the_manual_page_name_the_commands() {
    let sandbox = Sandbox::new::<&str>(&[]);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh", "man"] {
        let ran = sandbox.ssot(&["completions", shell]);
        assert!(ran.code() == 0 && ran.out().contains("backtest"), "{shell}");
    }
}

#[test]
fn help_and_version_are_output() {
    let sandbox = Sandbox::new::<&str>(&[]);
    for arguments in [&["--help"][..], &["-h"], &["--version"], &["check", "--help"], &["facts", "-h"]] {
        let ran = sandbox.ssot(arguments);
        assert!(ran.code() == 0 && !ran.stdout.is_empty() && ran.stderr.is_empty(), "{arguments:?}");
    }
    let help = sandbox.ssot(&["check", "--help"]).out();
    for flag in ["--staged", "--rev", "--policy", "--rule", "--format", "--strict", "--color", "--quiet", "--now", "--threads"] {
        assert!(help.contains(flag), "{flag}");
    }
}

#[test]
fn mistakes_in_a_policy_are_told_all_at_once() {
    let policy = "version: 1\nrules:\n  - {id: a, forbid: nofact}\n  - {id: a, forbid: {text: x, colour: red}}\n  - {id: B, forbod: {text: x}}\n";
    let ran = Sandbox::new(&[("ssot.yaml", policy)]).ssot(&["check"]);
    assert_eq!((ran.code(), ran.out()), (2, String::new()));
    for line in ["ssot.yaml:3:", "ssot.yaml:4:", "ssot.yaml:5:"] {
        assert!(ran.err().lines().any(|told| told.contains(line)), "{line} is not in {}", ran.err());
    }
    assert!(ran.err().contains("did you mean `forbid`?"), "{}", ran.err());
}

#[test]
fn what_is_compared_with_base_is_unjudged_where_there_is_none() {
    let policy = "version: 1
rules:
  - {id: keys-stay, subset: {every: {files: a.txt, text: 'K\\d', tree: base}, in: {files: a.txt, text: 'K\\d'}}}
  - {id: no-new-keys, subset: {every: {files: a.txt, text: 'K\\d'}, in: {files: a.txt, text: 'K\\d', tree: base}}}
";
    let plain = Sandbox::new(&[("ssot.yaml", policy), ("a.txt", "K1 K2\n")]).ssot(&["check", "--format", "json"]);
    assert_eq!((plain.code(), plain.findings(), plain.unjudged().len()), (0, vec![], 2), "{}", plain.err());

    let changed = Sandbox::git(&[("ssot.yaml", policy), ("a.txt", "K1 K2\n")]);
    changed.commit();
    changed.write("a.txt", "K2 K3\n");
    let changed = changed.ssot(&["check", "--format", "json"]);
    assert_eq!((changed.code(), changed.findings().len(), changed.unjudged()), (1, 2, vec![]), "{}", changed.err());
}

#[test]
fn a_shallow_clone_says_how_to_get_the_base() {
    let policy = "version: 1\nrules:\n  - {id: kept, frozen: {files: a.txt}}\n";
    let origin = Sandbox::git(&[("ssot.yaml", policy), ("a.txt", "1\n")]);
    origin.commit();
    let root = origin.ssot(&["check", "--rev", "HEAD"]);
    assert!(root.out().contains("there is none") && !root.out().contains("shallow"), "{}", root.out());
    origin.write("a.txt", "2\n");
    origin.commit();
    let url = format!("file://{}", origin.path().display());
    let clones = Sandbox::new::<&str>(&[]);
    origin.run_git(&["clone", "--quiet", "--depth=1", &url, &clones.at("clone").to_string_lossy()]);
    let ran = finish(command(&clones.at("clone"), &["check", "--rev", "HEAD"]));
    for word in ["shallow", "`git fetch --unshallow`", "`fetch-depth: 0`"] {
        assert!(ran.out().contains(word), "{word}: {}", ran.out());
    }
}

#[test]
fn explained_pages_name_only_commands_and_flags_that_exist() {
    let help = |arguments: &[&str]| Sandbox::new::<&str>(&[]).ssot(arguments).out();
    let (commands, flags) = (help(&["--help"]), help(&["check", "--help"]));
    let named = regex::Regex::new(r"`ssot ([a-z]+)[^`\n]*`|`--[a-z][^`\n]*`").expect("a regex");
    let pages = ["policies", "src/rules"].map(|directory| {
        std::fs::read_dir(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(directory)).expect("a directory of pages")
    });
    for path in pages.into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())) {
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let page = std::fs::read_to_string(&path).expect("a page");
        for span in named.captures_iter(&page) {
            let command = span.get(1).is_none_or(|command| commands.contains(&format!("\n  {} ", command.as_str())));
            let mut words = span[0].trim_matches('`').split_whitespace().filter(|word| word.starts_with("--"));
            let own = span.get(1).map(|command| help(&[command.as_str(), "--help"]));
            let known = |flag: &str| own.as_ref().unwrap_or(&flags).contains(&format!("{} ", flag.trim_end_matches('`')));
            assert!(command && words.all(known), "{}: {}", path.display(), &span[0]);
        }
    }
}
