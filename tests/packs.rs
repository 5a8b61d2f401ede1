//! The built-in packs as a user meets them. (That their pages hold is a test of all pages.)

mod support;

use ssot::formats::{DataFormat, Document, NodeId, parse};
use ssot::policy::{PACKS, Pack};
use support::{Ran, Sandbox};

/// `ssot check` where the policy is that text and there is no other file.
fn check(policy: &str) -> Ran {
    Sandbox::new(&[("ssot.yaml", policy)]).ssot(&["check", "--format", "short"])
}

fn written(pack: &Pack) -> (Document, NodeId) {
    let document = parse(DataFormat::Yaml, pack.policy.as_bytes()).expect("a pack is YAML");
    let root = document.roots[0];
    (document, root)
}

#[test]
fn each_pack_works_with_its_defaults_and_does_not_pass_on_nothing() {
    for pack in PACKS {
        let ran = check(&format!("version: 1\nuse: [ssot:{}]\n", pack.name));
        // What git does not say cannot be judged, and that is told.
        let told = ran.out().contains("ssot.yaml:2:7: error[") || ran.out().contains("unjudged");
        assert!(told && matches!(ran.code(), 0 | 1), "{}: {} {}", pack.name, ran.out(), ran.err());
    }
}

#[test]
fn inputs_are_few_and_explained() {
    for pack in PACKS {
        let (document, root) = written(pack);
        let inputs = document.member(root, "inputs").expect("a pack has inputs").value;
        assert!((1..=6).contains(&document.members(inputs).len()), "{}", pack.name);
        for input in document.members(inputs) {
            let told = document.member(input.value, "about").is_some_and(|about| document.string(about.value).is_some());
            assert!(told && document.member(input.value, "default").is_some(), "{}: {}", pack.name, input.key);
            assert!(pack.page.contains(&format!("| `{}` |", input.key)), "{}.md leaves out `{}`", pack.name, input.key);
        }
    }
}

#[test]
fn rules_say_why_and_stand_on_the_page() {
    for pack in PACKS {
        let (document, root) = written(pack);
        let rules = document.member(root, "rules").expect("a pack has rules").value;
        for rule in document.items(rules) {
            let text = |key: &str| document.member(*rule, key).and_then(|member| document.string(member.value));
            let id = text("id").expect("a rule has an id");
            let why = text("why").unwrap_or_default();
            assert!(why.ends_with('.') && why.len() < 140, "{}/{id}: {why}", pack.name);
            assert!(pack.page.contains(&format!("| `{}/{id}` |", pack.name)), "{}.md leaves out `{id}`", pack.name);
        }
    }
}

#[test]
fn patterns_of_text_and_code_are_proven() {
    let uses: String = PACKS.iter().map(|pack| format!("  - ssot:{}\n", pack.name)).collect();
    let ran = check(&format!("version: 1\nsettings: {{unproven: warning}}\nuse:\n{uses}"));
    assert!(!ran.out().contains("policy/unproven"), "{}", ran.out());
}

#[test]
fn a_wrong_input_is_told_once_and_at_its_place() {
    for (with, told) in [
        ("{except: [A]}", "ssot.yaml:4:20: this input is a string"),
        ("{excepts: A}", "ssot.yaml:4:12: unknown input `excepts`; did you mean `except`?"),
    ] {
        let ran = check(&format!("version: 1\nuse:\n  - pack: ssot:env\n    with: {with}\n"));
        assert_eq!((ran.code(), ran.err()), (2, format!("error: {told}\n")), "{with}");
    }
}

#[test]
fn a_directory_may_be_given_with_a_slash() {
    for home in ["db", "db/", "/db"] {
        let policy = format!("version: 1\nuse:\n  - pack: ssot:migrations\n    with: {{home: {home}}}\n");
        let sandbox =
            Sandbox::new(&[("ssot.yaml", policy.as_str()), ("db/001_a.sql", ""), ("db/001_b.sql", ""), ("x/002_c.sql", "")]);
        let found = sandbox.check().findings();
        assert_eq!(found, ["sequence/duplicate db/001_b.sql", "home/stray x/002_c.sql"], "{home}");
    }
}
