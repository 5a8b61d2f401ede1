//! The recipes for hooks and CI, run as their users run them.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::Sandbox;

const POLICY: &str = "version: 1\nrules:\n  - {id: no-todo, forbid: {files: '**/*.txt', text: TODO}}\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A `PATH` on which the program under test is found first.
fn path() -> std::ffi::OsString {
    let directory = Path::new(env!("CARGO_BIN_EXE_ssot")).parent().expect("it lies in a directory").to_path_buf();
    let rest = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(directory).chain(std::env::split_paths(&rest))).expect("no colon in a path")
}

fn yaml(path: &str) -> Value {
    let text = std::fs::read(root().join(path)).expect(path);
    let document = ssot::formats::parse(ssot::formats::DataFormat::Yaml, &text).expect(path);
    document.to_json(document.roots[0])
}

/// Runs a program where a commit stands to be made or judged; gives its status and all that it said.
fn ran(command: &mut Command) -> (i32, String) {
    let output = command.output().expect("it starts");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (output.status.code().unwrap_or(-1), said)
}

/// A step of the composite action, run as the runner runs it.
fn step(name: &str, sandbox: &Sandbox, inputs: &[(&str, &str)]) -> (i32, String) {
    let action = yaml("action.yml");
    let steps = action["runs"]["steps"].as_array().cloned().unwrap_or_default();
    let step = steps.iter().find(|step| step["name"] == name).expect(name);
    let mut command = Command::new("bash");
    command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"].as_str().expect("a script")]);
    command.current_dir(sandbox.path()).env("PATH", path()).env("GITHUB_ACTION_PATH", root());
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", sandbox.at("summary.md"));
    for (variable, template) in step["env"].as_object().into_iter().flatten() {
        let input = template.as_str().and_then(|text| text.strip_prefix("${{ inputs.")?.strip_suffix(" }}")).expect("an input");
        let given = inputs.iter().find(|(name, _)| *name == input).map(|(_, value)| *value);
        let default = action["inputs"][input]["default"].as_str().filter(|text| !text.contains("${{")).unwrap_or_default();
        command.env(variable, given.unwrap_or(default));
    }
    ran(&mut command)
}

#[test]
fn the_action_judges_a_change_and_writes_what_it_is_asked_for() {
    let sandbox = Sandbox::git(&[("ssot.yaml", POLICY), ("a.txt", "fine\n")]);
    sandbox.commit();
    assert_eq!(step("Install ssot", &sandbox, &[]).0, 0, "ssot is there already");
    let (status, said) = step("Check", &sandbox, &[("base", "")]);
    assert_eq!(status, 0, "{said}");
    sandbox.write("a.txt", "a TODO\n");
    sandbox.commit();
    let (status, said) =
        step("Check", &sandbox, &[("base", "HEAD~1"), ("sarif", "out.sarif"), ("markdown", "comment.md"), ("strict", "true")]);
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("error[no-todo]") && said.contains("\n::error file=a.txt,line=1,"), "{said}");
    let read = |path: &str| std::fs::read_to_string(sandbox.at(path)).expect(path);
    assert!(read("out.sarif").contains("\"no-todo\"") && read("comment.md").starts_with("<!-- ssot -->\n"));
    assert!(read("summary.md").contains("no-todo"));
}

#[test]
fn the_workflow_hands_on_only_inputs_that_the_action_has() {
    let (action, workflow) = (yaml("action.yml"), yaml(".github/workflows/ssot.yml"));
    let steps = workflow["jobs"]["check"]["steps"].as_array().cloned().unwrap_or_default();
    let last = steps.last().expect("a step");
    assert_eq!(last["uses"], "./.ssot-action");
    for input in last["with"].as_object().into_iter().flat_map(|with| with.keys()) {
        assert!(action["inputs"].get(input).is_some(), "the action has no input `{input}`");
    }
}

/// `pre-commit`, where it is installed; in CI it has to be.
fn pre_commit() -> Option<PathBuf> {
    let found = std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join("pre-commit")).find(|path| path.is_file());
    assert!(found.is_some() || std::env::var_os("CI").is_none(), "CI installs pre-commit");
    found
}

#[test]
fn pre_commit_refuses_a_commit_by_what_is_staged() {
    let Some(program) = pre_commit() else { return };
    let manifest = std::fs::read_to_string(root().join(".pre-commit-hooks.yaml")).expect("it is there");
    let hooks = Sandbox::git(&[(".pre-commit-hooks.yaml", &manifest)]);
    hooks.commit();
    let revision = Command::new("git").args(["rev-parse", "HEAD"]).current_dir(hooks.path()).output().expect("git runs");
    let revision = String::from_utf8_lossy(&revision.stdout).trim().to_string();
    let config = format!("repos:\n  - repo: {}\n    rev: {revision}\n    hooks: [{{id: ssot-system}}]\n", hooks.path().display());
    let sandbox = Sandbox::git(&[("ssot.yaml", POLICY), ("a.txt", "a TODO\n"), (".pre-commit-config.yaml", &config)]);
    let home = tempfile::tempdir().expect("a directory");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(arguments).current_dir(sandbox.path()).env("PATH", path()).env("PRE_COMMIT_HOME", home.path());
        ran(&mut command)
    };
    let (status, said) = run(&["validate-manifest", &root().join(".pre-commit-hooks.yaml").to_string_lossy()]);
    assert_eq!(status, 0, "{said}");
    sandbox.run_git(&["add", "."]);
    let (status, said) = run(&["run", "--color=never"]);
    assert!(status == 1 && said.contains("error[no-todo]"), "{said}");
    sandbox.write("a.txt", "done\n");
    sandbox.run_git(&["add", "."]);
    sandbox.write("a.txt", "a TODO that is not staged\n");
    let (status, said) = run(&["run", "--color=never"]);
    assert_eq!(status, 0, "{said}");
}
