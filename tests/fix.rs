//! `ssot fix` and `ssot check --fix`: what they change on disk, and what they leave alone.

mod support;

use support::Sandbox;

const POLICY: &str = "version: 1
facts:
  read: {files: 'app/*.py', env-reads: {}}
  declared: {files: app/settings.py, const: KEYS}
  documented: {files: .env.example, env-file: {}, optional: true}
rules:
  - {id: declared, subset: {every: read, in: declared}}
  - {id: documented, subset: {every: declared, in: documented}}
";
const APP: &str = "import os\na = os.environ['A']\nb = os.environ['B']\n";

fn drifted(settings: &str) -> Sandbox {
    Sandbox::git(&[("ssot.yaml", POLICY), ("app/a.py", APP), ("app/settings.py", settings), (".env.example", "A=hunter2")])
}

fn text(sandbox: &Sandbox, path: &str) -> String {
    std::fs::read_to_string(sandbox.at(path)).expect(path)
}

#[test]
fn fixes_that_call_for_others_are_applied_in_rounds() {
    let sandbox = drifted("KEYS = [\n    'A',\n]\n");
    let ran = sandbox.ssot(&["fix"]);
    assert_eq!((ran.code(), ran.err().as_str()), (0, "2 fixes applied, nothing is left to be found\n"));
    assert_eq!(text(&sandbox, "app/settings.py"), "KEYS = [\n    'A',\n    'B',\n]\n");
    assert_eq!(text(&sandbox, ".env.example"), "A=hunter2\nB=\n");
    assert_eq!(sandbox.check().code(), 0);
    assert_eq!(sandbox.ssot(&["fix"]).err(), "0 fixes applied, nothing is left to be found\n");
}

#[test]
fn a_diff_changes_nothing_applies_with_git_and_shows_no_secret() {
    let sandbox = drifted("KEYS = ['A']\n");
    let ran = sandbox.ssot(&["fix", "--diff"]);
    assert_eq!(ran.code(), 1);
    let expected = "\
--- a/.env.example
+++ b/.env.example
@@ -1 +1,2 @@
-A=…
\\ No newline at end of file
+A=…
+B=…
--- a/app/settings.py
+++ b/app/settings.py
@@ -1 +1 @@
-KEYS = ['A']
+KEYS = ['A', 'B']
";
    assert_eq!(ran.out(), expected);
    assert_eq!(text(&sandbox, "app/settings.py"), "KEYS = ['A']\n");
    let rest = sandbox.ssot(&["fix", "--diff", "--rule", "declared"]).out();
    sandbox.write("fix.patch", rest);
    sandbox.run_git(&["apply", "fix.patch"]);
    assert_eq!(text(&sandbox, "app/settings.py"), "KEYS = ['A', 'B']\n");
}

#[test]
fn check_fixes_and_reports_what_is_left() {
    let sandbox = drifted("KEYS = load()\n");
    let ran = sandbox.ssot(&["check", "--fix", "--format", "json"]);
    assert!(ran.json()["unjudged"].as_array().is_some_and(|unjudged| !unjudged.is_empty()));
    let sandbox = drifted("KEYS = ['A']\n");
    let ran = sandbox.ssot(&["check", "--fix", "--format", "json"]);
    assert_eq!((ran.code(), ran.json()["summary"]["errors"].as_u64()), (0, Some(0)));
    assert_eq!(text(&sandbox, "app/settings.py"), "KEYS = ['A', 'B']\n");
}

#[test]
fn what_is_staged_is_fixed_in_the_working_tree_unless_it_has_other_edits() {
    let sandbox = drifted("KEYS = ['A']\n");
    sandbox.run_git(&["add", "."]);
    let ran = sandbox.ssot(&["fix", "--staged", "--rule", "declared"]);
    assert_eq!(text(&sandbox, "app/settings.py"), "KEYS = ['A', 'B']\n");
    assert!(ran.err().contains("`git add app/settings.py` stages it"), "{}", ran.err());
    sandbox.write("app/settings.py", "KEYS = ['A']  # mine\n");
    let ran = sandbox.ssot(&["fix", "--staged", "--rule", "declared"]);
    assert_eq!(ran.code(), 1);
    assert!(ran.err().starts_with("not fixed: `app/settings.py`: what is on disk is not what was judged"), "{}", ran.err());
    assert_eq!(text(&sandbox, "app/settings.py"), "KEYS = ['A']  # mine\n");
    sandbox.commit();
    let ran = sandbox.ssot(&["fix", "--rev", "HEAD"]);
    assert_eq!(ran.code(), 2);
    assert!(ran.err().contains("a commit cannot be fixed"), "{}", ran.err());
}

#[test]
fn line_endings_that_git_converts_stay_as_they_are_on_disk() {
    let sandbox = drifted("KEYS = [\n    'A',\n]\n");
    sandbox.write(".gitattributes", "*.py text eol=crlf\n");
    sandbox.run_git(&["add", "."]);
    sandbox.commit();
    sandbox.write("app/settings.py", "KEYS = [\r\n    'A',\r\n]\r\n");
    let ran = sandbox.ssot(&["fix", "--rule", "declared"]);
    assert_eq!(ran.code(), 0, "{}", ran.err());
    assert_eq!(text(&sandbox, "app/settings.py"), "KEYS = [\r\n    'A',\r\n    'B',\r\n]\r\n");
}

#[cfg(unix)]
#[test]
fn the_mode_stays_and_nothing_is_written_through_a_link() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = drifted("KEYS = ['A']\n");
    let settings = sandbox.at("app/settings.py");
    std::fs::set_permissions(&settings, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    assert_eq!(sandbox.ssot(&["fix", "--rule", "declared"]).code(), 0);
    let mode = std::fs::metadata(&settings).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o755);

    let outside = Sandbox::new(&[("settings.py", "KEYS = ['A']\n")]);
    let sandbox = drifted("KEYS = ['A']\n");
    sandbox.run_git(&["add", "."]);
    std::fs::remove_dir_all(sandbox.at("app")).expect("it is ours");
    std::os::unix::fs::symlink(outside.path(), sandbox.at("app")).expect("a link");
    let ran = sandbox.ssot(&["fix", "--staged", "--rule", "declared"]);
    assert!(ran.err().contains("not fixed: `app/settings.py`: `app` is no directory"), "{}", ran.err());
    assert_eq!(text(&outside, "settings.py"), "KEYS = ['A']\n");
}

#[cfg(unix)]
#[test]
fn a_target_that_cannot_be_written_is_told_and_nothing_is_left_behind() {
    let sandbox = drifted("KEYS = ['A']\n");
    // A name that is too long fails for root, too.
    let ran = sandbox.ssot(&["check", "--format", &format!("json={}/x.json", "d".repeat(300))]);
    assert_eq!(ran.code(), 2);
    assert!(ran.err().starts_with("error: cannot write `"), "{}", ran.err());
    let left: Vec<_> =
        std::fs::read_dir(sandbox.path()).expect("ours").filter_map(Result::ok).map(|entry| entry.file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".ssot-")), "{left:?}");
}

/// Whatever can be a truth that is added to: what is missing there is added in its own style, and the next run finds nothing.
#[test]
fn what_a_truth_lacks_is_appended_and_then_there() {
    for (path, fact, before, after) in [
        (".env", "env-file: {}", "A=1", "A=1\nN=\nM=\n"),
        (".env", "env-file: {}", "\u{feff}export A='x y'\r\n", "\u{feff}export A='x y'\r\nexport N=\r\nexport M=\r\n"),
        ("a.py", "const: X", "X = ('a',)\n", "X = ('a', 'N', 'M',)\n"),
        (
            "a.ts",
            "const: X",
            "export const X = new Set([\n  'a',\n]);\n",
            "export const X = new Set([\n  'a',\n  'N',\n  'M',\n]);\n",
        ),
        ("a.rb", "const: X", "X = %w[a].freeze\n", "X = %w[a N M].freeze\n"),
        ("a.php", "const: X", "<?php\nconst X = ['a'];\n", "<?php\nconst X = ['a', 'N', 'M'];\n"),
        (
            "A.java",
            "const: X",
            "class A { static List<String> X = List.of(\"a\"); }\n",
            "class A { static List<String> X = List.of(\"a\", \"N\", \"M\"); }\n",
        ),
        ("a.kt", "const: X", "val X = setOf(\n    \"a\"\n)\n", "val X = setOf(\n    \"a\",\n    \"N\",\n    \"M\"\n)\n"),
        (
            "a.json",
            "data: '$.x[*]'",
            "{\n  \"x\": [\n    \"a\"\n  ]\n}\n",
            "{\n  \"x\": [\n    \"a\",\n    \"N\",\n    \"M\"\n  ]\n}\n",
        ),
        ("a.json", "data: '$.x[*]'", "{\"x\": [\"a\"]}", "{\"x\": [\"a\", \"N\", \"M\"]}"),
        ("a.yaml", "data: '$.x[*]'", "x:\n  - 'a' # why\ny: 1\n", "x:\n  - 'a' # why\n  - 'N'\n  - 'M'\ny: 1\n"),
        ("a.yaml", "data: '$.x[*]'", "x:\r\n- a", "x:\r\n- a\r\n- N\r\n- M"),
        ("a.yaml", "data: '$.x[*]'", "x: [a]\n", "x: [a, N, M]\n"),
        ("a.toml", "data: '$.x[*]'", "x = [\n  'a', # why\n]\n", "x = [\n  'a', # why\n  'N',\n  'M',\n]\n"),
    ] {
        let policy = format!(
            "version: 1\nrules:\n  - id: r\n    subset:\n      every: {{values: [N, M]}}\n      in: {{files: {path}, {fact}}}\n"
        );
        let sandbox = Sandbox::git(&[("ssot.yaml", policy.as_str()), (path, before)]);
        let ran = sandbox.ssot(&["fix"]);
        assert_eq!((ran.code(), ran.err().as_str()), (0, "2 fixes applied, nothing is left to be found\n"), "{before}");
        assert_eq!(text(&sandbox, path), after, "{before}");
    }
}
