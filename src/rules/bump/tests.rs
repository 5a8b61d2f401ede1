//! Versions and dates of a file, from base to head.

use crate::rules::testing::{Bound, File, bind, fixed, line, lines, related};

const PATH: &str = "schema/SPEC.yaml";

fn spec() -> Bound {
    rule("version: {at: $.spec_version, scheme: semver}, date: {at: $.updated_at}")
}

fn rule(options: &str) -> Bound {
    bind("bump", &format!("{{files: '**', {options}}}")).unwrap_or_else(|complaints| panic!("{options}: {complaints:?}"))
}

fn versions(scheme: &str, least: &str) -> Bound {
    rule(&format!("version: {{at: $.v, scheme: {scheme}, least: {least}}}"))
}

/// Codes and positions of what the rule says about `PATH`.
fn said(rule: &Bound, base: &str, head: &str) -> Vec<String> {
    let found = lines(&rule.pair(Some((PATH, base)), Some((PATH, head))));
    found.into_iter().map(|line| line.replace(&format!("{PATH}:"), "")).collect()
}

#[test]
fn a_changed_body_needs_a_higher_version_and_a_later_date() {
    let file = |version: &str, date: &str, body: u8| format!("spec_version: {version}\nupdated_at: {date}\nn: {body}\n");
    let base = file("1.4.2", "2025-11-03", 1);
    for (version, date, body, expected) in [
        ("1.4.3", "2025-11-04", 2, &[][..]),
        ("1.4.2", "2025-11-03", 2, &["version-unchanged 1:15"]),
        ("1.4.2", "2025-11-20", 2, &["version-unchanged 1:15"]),
        ("1.4.3", "2025-11-03", 2, &["date-unchanged 2:13"]),
        ("1.4.3", "2025-10-31", 2, &["date-backwards 2:13"]),
        ("1.4.2", "2025-10-31", 2, &["date-backwards 2:13", "version-unchanged 1:15"]),
        ("1.4.1", "2025-11-04", 2, &["version-lowered 1:15"]),
        ("1.4", "2025-11-04", 2, &["version-is-float 1:15"]),
        ("1", "2025-11-04", 2, &["version-invalid 1:15"]),
        ("[1]", "{}", 2, &["date-invalid 2:13", "version-invalid 1:15"]),
        ("1.4.3", "2026-01-03", 2, &["date-future 2:13"]),
        ("1.4.3", "2026-01-02", 2, &[]),
        ("1.4.3", "soon", 2, &["date-invalid 2:13"]),
        ("v1.4.3", "2025-11-04", 2, &["spelling-changed 1:15"]),
        ("1.4.2", "2025-11-03", 1, &[]),
        ("'1.4.2'", "\"2025-11-03\" # quoted", 1, &[]),
        ("1.4.1", "2025-11-03", 1, &["version-lowered 1:15"]),
        ("1.5.0", "2025-11-04", 1, &["bump-without-change 1:15"]),
        ("1.4.2", "2025-11-04", 1, &["bump-without-change 2:13"]),
        ("v1.4.2", "2025-11-03T00:00:00Z", 1, &["spelling-changed 1:15"]),
    ] {
        assert_eq!(said(&spec(), &base, &file(version, date, body)), expected, "{version} {date} {body}");
    }
}

#[test]
fn a_new_file_and_one_without_metadata_in_base_need_valid_metadata_only() {
    let head = "spec_version: 0.1.0\nupdated_at: 2020-01-01\nn: 2\n";
    for base in [None, Some("n: 1"), Some("spec_version: x\nupdated_at: y\nn: 1"), Some("{unparsable"), Some("")] {
        let out = |head| lines(&spec().pair(base.map(|text| (PATH, text)), Some((PATH, head))));
        assert_eq!(out(head), [""; 0], "{base:?}");
        assert_eq!(
            out("spec_version: 1.0\nn: 2"),
            ["metadata-missing schema/SPEC.yaml", "version-is-float schema/SPEC.yaml:1:15"]
        );
    }
}

#[test]
fn what_is_missing_is_said_once_with_all_names() {
    let out = spec().pair(Some((PATH, "spec_version: 1.0.0\nupdated_at: 2025-01-01\nn: 1")), Some((PATH, "updated_at:\nn: 1")));
    assert_eq!(lines(&out), ["metadata-missing schema/SPEC.yaml"]);
    assert_eq!(out.drafts[0].message, "`schema/SPEC.yaml` has no `spec_version` and no `updated_at`");
    assert_eq!(related(&out.drafts[0]), ["base schema/SPEC.yaml:1:15"]);
    assert_eq!(said(&spec(), "n: 1", "n: 1 # as before"), [""; 0]);
}

#[test]
fn both_ends_are_shown_and_the_first_change_between_them() {
    let base = "spec_version: 1.4.2\nupdated_at: 2025-11-03\ntables:\n  - {name: users, rows: 3}\n";
    let out = |head: &str| spec().pair(Some(("old/SPEC.yaml", base)), Some((PATH, head))).drafts.remove(0);
    let still = out(&base.replace("rows: 3", "rows: 4"));
    assert_eq!(line(&still), "version-unchanged schema/SPEC.yaml:1:15");
    assert_eq!(still.message, "the body changed, but `spec_version` is still `1.4.2` and `updated_at` still `2025-11-03`");
    assert_eq!(related(&still), ["base old/SPEC.yaml:1:15", "head schema/SPEC.yaml:4:25", "head schema/SPEC.yaml:2:13"]);
    let gone = out(&base.replace(", rows: 3", "").replace("11-03", "11-04"));
    assert_eq!(related(&gone), ["base old/SPEC.yaml:1:15", "base old/SPEC.yaml:4:19"]);
}

#[test]
fn comments_order_and_layout_are_no_change_and_the_order_of_items_is_one() {
    let base = "spec_version: 1.4.2\nupdated_at: 2025-11-03\ncolumns: [id, name]\nowner: data\n";
    let same = "# new\nowner: 'data'\nupdated_at: \"2025-11-03\"\nspec_version: \"1.4.2\"\n\ncolumns:\n- id\n- name\n";
    assert_eq!(said(&spec(), base, same), [""; 0]);
    assert_eq!(said(&spec(), base, &base.replace("id, name", "name, id")), ["version-unchanged 1:15"]);
    assert_eq!(said(&spec(), base, &format!("{base}---\nmore: 1\n")), ["version-unchanged 1:15"]);
}

#[test]
fn a_date_of_today_may_stay_and_the_version_may_not() {
    let base = "spec_version: 1.4.2\nupdated_at: 2026-01-01\nrows: 1\n";
    assert_eq!(said(&spec(), base, &base.replace("rows: 1", "rows: 2").replace("1.4.2", "1.4.3")), [""; 0]);
    assert_eq!(said(&spec(), base, &base.replace("rows: 1", "rows: 2")), ["version-unchanged 1:15"]);
}

#[test]
fn versions_rise_by_the_least_of_their_scheme() {
    for (scheme, least, base, head, expected) in [
        ("semver", "minor", "'2.1.0'", "'2.1.1'", "version-too-small"),
        ("semver", "minor", "'2.1.0'", "'2.2.0'", ""),
        ("semver", "major", "'1.9.0'", "'2.0.0-rc.1'", ""),
        ("semver", "minor", "'2.0.0-rc.1'", "'2.0.0'", "version-too-small"),
        ("semver", "patch", "'1.0.0+1'", "'1.0.0+2'", "version-unchanged"),
        ("integer", "patch", "9", "10", ""),
        ("integer", "patch", "10", "9", "version-lowered"),
        ("integer", "patch", "9", "1.5", "version-invalid"),
        ("date", "patch", "2025-12-31", "2026-01-01", ""),
        ("date", "patch", "2026-01-01", "2026-01-01", "version-unchanged"),
        ("calver", "patch", "'2025.9'", "'2025.10'", ""),
        ("calver", "patch", "'2025.9'", "2025.10", "version-is-float"),
        ("calver", "major", "2025.9.1", "2025.10.0", "version-too-small"),
    ] {
        let found = said(&versions(scheme, least), &format!("v: {base}\nn: 1"), &format!("v: {head}\nn: 2"));
        let expected: Vec<String> = [expected].iter().filter(|code| !code.is_empty()).map(|code| format!("{code} 1:4")).collect();
        assert_eq!(found, expected, "{scheme} {least} {base} {head}");
    }
}

#[test]
fn the_fix_bumps_and_stamps_just_those_scalars_and_then_there_is_silence() {
    let cases: [(Bound, &str, &str, &str, &str); 9] = [
        (
            spec(),
            "a.yaml",
            "spec_version: \"1.4.2\"   # bump me\nupdated_at: 2025-11-03  # and me\nn: 1\n",
            "spec_version: \"1.4.2\"   # bump me\nupdated_at: 2025-11-03  # and me\nn: 2\n",
            "spec_version: \"1.4.3\"   # bump me\nupdated_at: 2026-01-01  # and me\nn: 2\n",
        ),
        (
            spec(),
            "a.toml",
            "spec_version = '1.4.2'\nupdated_at = 2025-11-03\nn = 1\n",
            "spec_version = '1.4.0'\nupdated_at = 2025-11-01\nn = 2\n",
            "spec_version = '1.4.3'\nupdated_at = 2026-01-01\nn = 2\n",
        ),
        (
            spec(),
            "a.json",
            r#"{"spec_version": "v1.4.2", "updated_at": "2025-11-03T10:00:00.5Z", "n": 1}"#,
            r#"{"spec_version": "v1.4.3", "updated_at": "2025-11-03T10:00:00.5Z", "n": 2}"#,
            r#"{"spec_version": "v1.4.3", "updated_at": "2026-01-01T00:00:00.0Z", "n": 2}"#,
        ),
        (
            spec(),
            "a.md",
            "---\nspec_version: 1.4.2\nupdated_at: '2025-11-03'\n---\n# A\n",
            "---\nspec_version: 1.4.2\nupdated_at: '2025-11-03'\n---\n# B\n",
            "---\nspec_version: 1.4.3\nupdated_at: '2026-01-01'\n---\n# B\n",
        ),
        (versions("semver", "minor"), "a.yaml", "v: 2.1.0\nn: 1", "v: 2.1.1\nn: 2", "v: 2.2.0\nn: 2"),
        (versions("integer", "patch"), "a.json", r#"{"v": 9}"#, r#"{"v": 9, "n": 2}"#, r#"{"v": 10, "n": 2}"#),
        (versions("calver", "patch"), "a.yaml", "v: '2025.09'\nn: 1", "v: '2025.09'\nn: 2", "v: '2026.01'\nn: 2"),
        (versions("date", "patch"), "a.yaml", "v: 2025-11-03\nn: 1", "v: 2025-11-03\nn: 2", "v: 2026-01-01\nn: 2"),
        (stamped(), "a.sql", "-- v1: 7\r\nselect 1;", "-- v1: 7\r\nselect 2;", "-- v1: 8\r\nselect 2;"),
    ];
    for (rule, path, base, head, expected) in cases {
        let fixed = fixed(&rule.pair(Some((path, base)), Some((path, head))), path, head);
        assert_eq!(fixed, expected);
        assert_eq!(lines(&rule.pair(Some((path, base)), Some((path, &fixed)))), [""; 0], "{path}");
    }
}

#[test]
fn without_one_right_answer_there_is_no_fix() {
    for (rule, base, head) in [
        (spec(), "spec_version: 1.0.0\nn: 2", "spec_version: 0.9.0\nn: 2"),
        (
            spec(),
            "spec_version: 1.0.0-dev\nupdated_at: 2025-01-01\nn: 1",
            "spec_version: 1.0.0-dev\nupdated_at: 2025-01-01\nn: 2",
        ),
        (spec(), "spec_version: 1.0.0\nupdated_at: 2026-01-02\nn: 1", "spec_version: 1.0.0\nupdated_at: 2026-01-02\nn: 2"),
        (versions("date", "patch"), "v: 2026-01-01\nn: 1", "v: 2026-01-01\nn: 2"),
    ] {
        let out = rule.pair(Some((PATH, base)), Some((PATH, head)));
        assert!(!out.drafts.is_empty() && out.drafts.iter().all(|draft| draft.fix.is_none()), "{base} {head}");
    }
}

fn stamped() -> Bound {
    rule(r"version: {at: {text: '^-- v1: (?P<value>\S+)[ \t]*$'}, scheme: integer}")
}

#[test]
fn text_stamps_move_with_the_text_around_them() {
    let base = "\u{feff}-- v1: 7\nselect 1;\n-- v1: 7\n";
    for (head, expected) in [
        ("\u{feff}-- v1: 7\nselect 2;\n-- v1: 7\n", &["version-unchanged 1:8"][..]),
        ("\u{feff}-- v1: 8\nselect 2;\n-- v1: 7\n", &[]),
        ("\u{feff}-- v1: 7  \r\nselect 1;\t\n-- v1: 7\n\n", &[]),
        ("\u{feff}-- v1: 9\nselect 1;\n-- v1: 7\n", &["bump-without-change 1:8"]),
        ("\u{feff}-- v1: 7\nselect 1;\n-- v1: 8\n", &["version-unchanged 1:8"]),
        ("\u{feff}-- v1: 7\nselect 1;\n", &["version-unchanged 1:8"]),
        ("select 1;\n", &["metadata-missing schema/SPEC.yaml"]),
    ] {
        assert_eq!(said(&stamped(), base, head), expected, "{head:?}");
    }
    let out = stamped().pair(Some((PATH, "-- v1: 7\na\nb\n")), Some((PATH, "-- v1: 7\na\nc\n")));
    assert_eq!(related(&out.drafts[0]), ["base schema/SPEC.yaml:1:8", "head schema/SPEC.yaml:3:1"]);
}

#[test]
fn only_what_body_selects_counts_where_it_is_given() {
    let rule = rule("version: {at: $.v, scheme: integer}, body: ['$.tables.*', $.v]");
    let base = "v: 1\ntables: {a: 1, b: 2}\nnotes: x\n";
    for (head, expected) in [
        ("v: 1\ntables: {b: 2, a: 1}\nnotes: y\n", &[][..]),
        ("v: 1\ntables: {a: 1, b: 3}\nnotes: x\n", &["version-unchanged 1:4"]),
        ("v: 1\ntables: {a: 1, c: 2}\nnotes: x\n", &["version-unchanged 1:4"]),
        ("v: 1\ntables: {a: 1}\nnotes: x\n", &["version-unchanged 1:4"]),
        ("v: 2\ntables: {a: 1, b: 2}\nnotes: y\n", &["bump-without-change 1:4"]),
    ] {
        assert_eq!(said(&rule, base, head), expected, "{head:?}");
    }
}

#[test]
fn of_several_nodes_the_first_is_the_metadata_and_the_others_are_body() {
    let rule = rule("version: {at: $..v, scheme: integer}");
    assert_eq!(said(&rule, "{v: 1, a: {v: 1}}", "{v: 1, a: {v: 2}}"), ["version-unchanged 1:5"]);
    assert_eq!(said(&rule, "{v: 1, a: {v: 1}}", "{v: 2, a: {v: 2}}"), [""; 0]);
}

#[test]
fn what_cannot_be_read_is_unjudged() {
    for (path, text, at) in [(PATH, "a: {", Some(1)), ("a.sql", "select 1;", Some(1)), ("a.md", "---\na: {\n---\n", Some(3))] {
        let out = spec().pair(None, Some((path, text)));
        assert!(out.drafts.is_empty());
        assert_eq!(out.stuck.len(), 1, "{path}");
        assert!(out.stuck[0].place.line() >= at.map(|_| 1) && out.stuck[0].place.line() <= at, "{:?}", out.stuck[0]);
    }
}

#[test]
fn deleted_and_moved_files_are_silent() {
    let file: File<'_> = (PATH, "spec_version: x");
    assert_eq!(lines(&spec().pair(Some(file), None)), [""; 0]);
    assert_eq!(lines(&spec().pair(Some(("b.yaml", file.1)), Some(file))), [""; 0]);
}

#[test]
fn a_merge_of_two_bodies_needs_a_version_above_both() {
    use crate::facts::Source;
    use crate::rules::{Output, Pair, testing};
    let path = crate::text::RepoPath::new(PATH);
    let check = |base: &str, ours: &str, head: &str| {
        let [base, ours, head] = [base, ours, head].map(|text| Source::new(&path, text.as_bytes()));
        let mut out = Output::default();
        versions("integer", "patch").rule.check_merge(
            &Pair { head: Some(&head), base: Some(&base), now: testing::now() },
            &ours,
            &mut out,
        );
        lines(&out)
    };
    let unchanged = ["version-unchanged schema/SPEC.yaml:1:4"];
    assert_eq!(check("v: 1\na: 2", "v: 2\nb: 2", "v: 2\na: 2\nb: 2"), unchanged);
    assert_eq!(check("v: 1\na: 2", "v: 2\nb: 2", "v: 3\na: 2\nb: 2"), [""; 0]);
    assert_eq!(check("v: 1\na: 2", "v: 2\nb: 2", "v: 2\nb: 2"), [""; 0]);
}

#[test]
fn options_that_make_no_sense_are_refused() {
    for (options, complaint) in [
        ("files: x", "`bump` needs `version` or `date`"),
        ("files: x, version: {at: $.v}", "`version` needs `scheme`"),
        ("files: x, version: {at: '$.', scheme: semver}", "invalid JSONPath"),
        ("files: x, date: {at: {text: '('}}", "invalid regex"),
        ("files: x, date: {at: {txt: 'a'}}", "unknown key"),
        ("files: x, version: {at: $.v, scheme: integer, least: minor}", "rise by more than `patch`"),
        ("files: x, version: {at: $.v, scheme: roman}", "unknown value `roman`"),
        ("files: x, date: {at: $.d, not-future: 1}", "expected `true` or `false`"),
    ] {
        let complaints = bind("bump", &format!("{{{options}}}")).err().unwrap_or_default();
        assert!(complaints.iter().any(|told| told.contains(complaint)), "{options}: {complaints:?}");
    }
}

#[test]
fn hostile_files_are_judged_soon() {
    let deep = format!("{{\"v\": 1, \"n\": {}{}}}", "[".repeat(120), "]".repeat(120));
    let wide = format!("{{\"v\": 1, \"n\": [{}0]}}", "{\"a\": 1},".repeat(20_000));
    let lines = format!("-- v1: 1\n{}", "\n".repeat(500_000));
    let started = std::time::Instant::now();
    for (rule, text) in [
        (rule("version: {at: $..v, scheme: integer}, body: $..*"), &deep),
        (rule("version: {at: $..v, scheme: integer}, body: $..*"), &wide),
        (rule("version: {at: $.v, scheme: integer}"), &wide),
        (stamped(), &lines),
        (stamped(), &"v".repeat(1_000_000)),
    ] {
        rule.pair(Some(("a.json", text)), Some(("a.json", &format!("{text} "))));
    }
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}
