//! The built-in pages hold: each equals itself with its findings written in, and shows every code of its kind.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ssot::docs::page_path;
use ssot::finding::{Edit, Finding};
use ssot::fix::applied;
use ssot::pages::{OwnPolicy, Page};
use ssot::policy::PACKS;
use ssot::report::Report;
use ssot::rules::KINDS;
use ssot::text::RepoPath;

/// Runs a page of this crate. With `BLESS=1` its findings are written into it.
fn hold(path: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{path}: {error}"));
    let outcome = Page::parse(&text).and_then(|page| page.run(&OwnPolicy::default()));
    let outcome = outcome.unwrap_or_else(|errors| {
        let lines: Vec<_> = errors.iter().map(|error| format!("{path}:{}: {}\n", error.line, error.message)).collect();
        panic!("{path} cannot be run:\n{}", lines.concat())
    });
    if std::env::var_os("BLESS").is_some() {
        if outcome.text != text {
            std::fs::write(&file, outcome.text).expect("the page can be written");
        }
        return;
    }
    let failed: Vec<_> = outcome.cases.iter().filter(|case| !case.differences.is_empty()).collect();
    let shown: Vec<_> = failed.iter().map(|case| format!("{path}:{}: {}\n{case}", case.line, case.title)).collect();
    assert!(failed.is_empty(), "{}\nif this is right: BLESS=1 cargo test --test pages", shown.concat());
    assert_eq!(outcome.text, text, "{path}: the page as found differs although no case does");
}

#[test]
fn pages_of_rule_kinds_hold() {
    for kind in KINDS {
        hold(&page_path(kind));
    }
}

#[test]
fn pages_of_packs_hold() {
    for pack in PACKS {
        hold(&format!("policies/{}.md", pack.name));
    }
}

#[test]
fn the_page_about_pages_holds() {
    hold("docs/pages.md");
}

#[test]
fn the_pages_about_code_across_files_hold() {
    hold("docs/across-files.md");
    hold("docs/paths-across-files.md");
}

/// By what a finding is known from run to run, but for how many of its like stand before it.
fn key(finding: &Finding) -> (&str, &str, &str, &str) {
    (&finding.rule, &finding.code, finding.place.path.as_str(), &finding.subject)
}

fn counted(report: &Report) -> BTreeMap<(&str, &str, &str, &str), usize> {
    let mut counted = BTreeMap::new();
    report.findings.iter().for_each(|finding| *counted.entry(key(finding)).or_insert(0) += 1);
    counted
}

/// Applies each fix of each case of a page by itself, also those that are only suggested: what it is for is gone then, and nothing
/// new has come. How many there were.
fn fixes_mend(path: &str) -> usize {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path);
    let page = Page::parse(&text).unwrap_or_else(|errors| panic!("{path}: {errors:?}"));
    let mut fixes = 0;
    for case in page.checks(&OwnPolicy::default()) {
        let before = case.check().run().expect("the case can be judged");
        for (finding, fix) in before.findings.iter().filter_map(|finding| Some((finding, finding.fix.as_ref()?))) {
            let at = format!("{path}:{}: {}: `{}` of {}: {}", case.line, case.title, fix.title, finding.code, finding.message);
            let mut edits: BTreeMap<RepoPath, BTreeSet<&Edit>> = BTreeMap::new();
            for edit in &fix.edits {
                edits.entry(edit.path.clone()).or_default().insert(edit);
            }
            let edited = edits.into_iter().map(|(path, edits)| {
                let content =
                    case.head.entry(&path).map(|entry| case.head.read(entry, u64::MAX).expect("a page's files can be read"));
                let after = applied(&content.unwrap_or_default(), edits);
                (path, after)
            });
            let after = case.check().overlay(edited.collect()).run().expect("it can be judged again");
            let (old, mut new) = (counted(&before), counted(&after));
            assert!(new.get(&key(finding)).is_none_or(|left| *left < old[&key(finding)]), "{at}: is still there");
            new.retain(|key, count| old.get(key).is_none_or(|old| *count > *old));
            // What is written may be another rule's concern, which has to mend it in its turn.
            let in_turn = |new: &Finding| new.rule != finding.rule && new.fix.as_ref().is_some_and(|fix| !fix.suggested);
            let came = after.findings.iter().filter(|finding| new.contains_key(&key(finding)) && !in_turn(finding));
            let came: Vec<_> = came.map(|finding| (&finding.rule, &finding.code, &finding.message)).collect();
            assert!(came.is_empty(), "{at}: and then: {came:?}");
            fixes += 1;
        }
    }
    fixes
}

#[test]
fn each_fix_of_a_page_mends_its_finding_and_breaks_nothing() {
    let kinds = KINDS.iter().map(|kind| page_path(kind));
    let packs = PACKS.iter().map(|pack| format!("policies/{}.md", pack.name));
    let shown: BTreeMap<String, usize> = kinds.chain(packs).map(|path| (path.clone(), fixes_mend(&path))).collect();
    assert!(shown["src/rules/sql.md"] >= 20 && shown.values().sum::<usize>() >= 60, "{shown:?}");
}

#[test]
fn every_code_is_shown_and_every_kind_has_a_silent_case() {
    for kind in KINDS {
        let page = kind.page;
        for code in kind.codes {
            let shown = format!("{}/{}: ", kind.name, code.name);
            let finds = |line: &str| line.starts_with('~') && line.contains(&shown);
            assert!(page.lines().any(finds), "{} shows no `{}`", page_path(kind), shown.trim_end_matches(": "));
        }
        let outcome = Page::parse(page).and_then(|page| page.run(&OwnPolicy::default())).expect("the page can be run");
        assert!(outcome.cases.iter().any(|case| case.found == 0), "{} has no silent case", page_path(kind));
    }
}

#[test]
fn the_program_tells_pages_that_pass_fail_or_are_broken() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let write = |path: &str, text: &str| std::fs::write(directory.path().join(path), text).expect("it can be written");
    let test = |arguments: &[&str]| {
        let ran = support::ssot(directory.path(), &[&["test"], arguments].concat());
        (ran.code(), ran.out(), ran.err())
    };
    write("ssot.yaml", "version: 1\nrules: [{id: no-todo, forbid: {files: '*.txt', text: TODO}}]\n");
    write("README.md", "# No page\n\n`a.txt`:\n```\nTODO\n```\n");
    assert_eq!(test(&[]), (0, "0 passed, 0 failed\n".into(), String::new()));
    assert_eq!(test(&["README.md"]).0, 1, "a file that is named is a page");

    write("page.md", "# One\n`a.txt`:\n```\na TODO\n```\n## Fine\n`b.txt`:\n```\nb\n~file related: nothing\n```\n");
    let (code, out, _) = test(&[]);
    assert_eq!(code, 1);
    assert!(out.starts_with("FAILED page.md:1: One\n     4   a TODO\n       + ~ ^^^^ error no-todo "), "{out}");
    assert!(
        out.ends_with("\nFAILED page.md:6: Fine\n     9   b\n       - ~file related: nothing\n0 passed, 2 failed\n"),
        "{out}"
    );
    assert_eq!(test(&["--bless", "page.md"]), (0, "blessed page.md\n2 passed, 0 failed\n".into(), String::new()));
    assert_eq!(test(&["."]).0, 0);

    write("page.md", "# One\n`a.txt`:\n```\n~what\n```\n");
    let (code, _, err) = test(&["page.md"]);
    assert_eq!(code, 2);
    assert!(err.starts_with("error: page.md:4: unknown annotation `~what`"), "{err}");
    assert_eq!(test(&["nowhere.md"]).0, 2);
}
