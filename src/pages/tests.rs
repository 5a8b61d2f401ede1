//! Pages: what they say, what they find, and what is written into them.

use super::*;

const POLICY: &str = "\
version: 1
rules:
  - {id: no-todo, forbid: {files: '*.txt', text: TODO, optional: true}}
  - {id: kept, frozen: {files: 'db/*', optional: true}}
";

fn own() -> OwnPolicy {
    OwnPolicy::of(&MemoryTree::new([("ssot.yaml", POLICY)])).expect("the policy is valid")
}

/// The page with its findings written in, and the titles of the cases that failed.
fn run(page: &str) -> (String, Vec<String>) {
    let outcome = Page::parse(page).and_then(|page| page.run(&own())).expect("a sound page");
    let failed = outcome.cases.iter().filter(|case| !case.differences.is_empty());
    (outcome.text, failed.map(|case| case.title.clone()).collect())
}

fn malformed(page: &str) -> Vec<(usize, String)> {
    let errors = Page::parse(page).and_then(|page| page.run(&own()).map(|_| ())).expect_err("a malformed page");
    errors.into_iter().map(|error| (error.line, error.message)).collect()
}

#[test]
fn findings_are_written_below_their_columns_and_the_result_passes() {
    let page = "# One\n\n`a.txt`:\n```\nfirst\n\tä TODO\n```\n\nProse.\n";
    let (written, failed) = run(page);
    assert_eq!(failed, ["One"]);
    let expected = "```\nfirst\n\tä TODO\n~\t  ^^^^ error no-todo forbid/forbidden: ";
    assert!(written.contains(expected), "{written}");
    assert!(written.starts_with("# One\n\n`a.txt`:\n") && written.ends_with("\n```\n\nProse.\n"), "{written}");
    assert_eq!(run(&written), (written.clone(), vec![]));
}

#[test]
fn what_is_no_longer_found_goes_away() {
    let page = "# One\n`a.txt`:\n```\nfine\n~ ^^^ error no-todo forbid/forbidden: `TODO`\n~unjudged dynamic: no\n```\n";
    assert_eq!(run(page), ("# One\n`a.txt`:\n```\nfine\n```\n".into(), vec!["One".into()]));
}

#[test]
fn a_range_in_the_first_column_is_drawn_from_the_second() {
    assert!(run("# One\n`a.txt`:\n```\nTODO\n```\n").0.contains("\nTODO\n~^^^ error "));
}

#[test]
fn a_place_too_far_right_is_told_by_number() {
    let page = format!("# One\n`a.txt`:\n```\n{}TODO\n```\n", "x".repeat(500));
    assert!(run(&page).0.contains("TODO\n~at a.txt:1:501 error no-todo "));
}

#[test]
fn line_ends_of_the_page_are_kept() {
    let (written, _) = run("# One\r\n`a.txt`:\r\n```\r\na TODO\r\n```\r\n");
    assert!(written.contains("a TODO\r\n~ ^^^^ error "), "{written}");
    assert_eq!(written.matches('\n').count(), written.matches("\r\n").count());
}

#[test]
fn policies_and_times_come_from_the_nearest_section_that_gives_them() {
    let inner = "`ssot.yaml`:\n```yaml\nversion: 1\nrules: [{id: other, forbid: {files: a.txt, text: x}}]\n```\n";
    let page = format!("# Page\n{inner}\n## One\n`a.txt`:\n```\nTODO x\n```\n\n# Two\n`a.txt`:\n```\nTODO x\n```\n");
    let (written, failed) = run(&page);
    assert_eq!(failed, ["One", "Two"], "the first section gives its policy to the second and is no case");
    assert!(written.contains("~    ^ error other ") && written.contains("~^^^ error no-todo "), "{written}");
}

#[test]
fn files_of_base_stand_below_base_and_what_is_gone_is_told_there() {
    let page = "# One\n`a.txt`:\n```\n```\n## Base\n`db/1`:\n```\n```\n# Two\n`db/1`:\n```\n```\n";
    let (written, failed) = run(page);
    assert_eq!(failed, ["One"], "the second case has no base, which is no news by a policy from outside");
    assert!(written.contains("## Base\n`db/1`:\n```\n~file error kept frozen/deleted: "), "{written}");
    assert!(written.contains("\n~file related: "), "{written}");
    assert_eq!(run(&written), (written.clone(), vec![]));
}

#[test]
fn a_time_of_the_page_is_that_of_its_sections() {
    let policy = "version: 1\nrules: [{id: dated, bump: {files: a.yaml, date: {at: $.on}}}]\n";
    let case = "`a.yaml`:\n```\non: 2026-06-01\n```\n### Base\n`b`:\n```\n```\n";
    let page = format!(
        "# Page\n`ssot.yaml`:\n```\n{policy}```\n## One\n{case}# Page\n`ssot.yaml`:\n```\n{policy}```\n`--now 2026-07-01`\n## Two\n{case}"
    );
    assert_eq!(run(&page).1, ["One"]);
}

#[test]
fn a_case_that_has_only_a_policy_is_judged_too() {
    let page = "# One\n`ssot.yaml`:\n```yaml\nversion: 1\nrules:\n  - {id: other, forbid: {files: a.txt, text: x}}\n```\n";
    assert!(run(page).0.contains("error policy policy/empty: "));
}

#[test]
fn carets_below_nothing_and_unknown_forms_are_malformed() {
    let page = "# One\n`a.txt`:\n```\n~  ^^ error x: y\na\n~what\n~ ^ fatal x: y\n```\n";
    assert_eq!(malformed(page).iter().map(|(line, _)| *line).collect::<Vec<_>>(), [4, 6, 7]);
}

#[test]
fn files_that_cannot_be_are_malformed() {
    for (page, line) in [
        ("# One\n`a`:\n```\n```\n`a`:\n```\n```\n", 6),
        ("# One\n`a`:\n```\nopen\n", 3),
        ("# One\n`../a`:\n```\n```\n", 3),
        ("# One\n`a`:\n   ```\n   x\n   ```\n", 3),
        ("# One\n`--now soon`\n", 2),
        ("# One\n`ssot.yaml`:\n```\nversion: 1\n~file related: x\n```\n## Two\n`a`:\n```\n```\n", 5),
        ("# One\n`ssot.yaml`:\n```\nversion: 1\nrulez: []\n```\n", 5),
    ] {
        assert_eq!(malformed(page).first().map(|(line, _)| *line), Some(line), "{page}");
    }
}

#[test]
fn blocks_that_no_path_names_are_prose() {
    let page = "# One\n\n    ~ indented\n\n```\n~ nothing\n```\n\nSee `a.txt`: it is short.\n\n```\nTODO\n```\n\n- `b.txt`:\n  ```\n  TODO\n  ```\n";
    assert_eq!(run(page), (page.into(), vec![]));
    assert!(!Page::parse(page).expect("a sound page").is_test());
}
