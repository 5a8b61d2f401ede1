//! The example policies hold for their own trees, and find each thing that they are there to find.

mod support;

use std::path::Path;

use support::Sandbox;

/// A repository with the files of an example, on `main`, with one commit.
fn example(name: &str) -> Sandbox {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(&root).into_iter().map(|entry| entry.expect("examples can be read")) {
        if entry.file_type().is_file() {
            let path = entry.path().strip_prefix(&root).expect("it is below").to_string_lossy().replace('\\', "/");
            files.push((path, std::fs::read(entry.path()).expect("examples can be read")));
        }
    }
    let files: Vec<(&str, Vec<u8>)> = files.iter().map(|(path, content)| (path.as_str(), content.clone())).collect();
    let sandbox = Sandbox::git(&files);
    sandbox.run_git(&["add", "-A"]);
    sandbox.run_git(&["commit", "-q", "-m", "feat: the example"]);
    sandbox
}

/// Each change to a file of the example, and the rule and code that it must bring.
fn hold(name: &str, changes: &[(&str, &str, &str, &str)]) {
    let sandbox = example(name);
    let ran = sandbox.check();
    assert_eq!((ran.findings(), ran.unjudged()), (vec![], vec![]), "{name}");
    for (path, old, new, expected) in changes {
        let text = std::fs::read_to_string(sandbox.at(path)).expect("the example has the file");
        assert!(text.contains(old), "{path} holds no {old:?}");
        sandbox.write(path, text.replacen(old, new, 1));
        let found = sandbox.check().json()["findings"].as_array().cloned().unwrap_or_default();
        let told: Vec<String> = found.iter().map(|one| format!("{} {}", one["rule"], one["code"]).replace('"', "")).collect();
        assert!(told.iter().any(|told| told == expected), "{path}: {new:?}: {told:?}");
        sandbox.write(path, text);
    }
}

#[test]
fn a_service_shares_contracts_and_nothing_else() {
    hold(
        "service",
        &[
            ("contracts/pins.yaml", "1.0.4", "^1.0.0", "contracts-pinned match/mismatch"),
            ("contracts/pins.yaml", "2.3.1", "3.0.0", "contracts-admitted agree/differs"),
            ("contracts/pins.yaml", "2.3.1", "2.3.2", "example-is-copied agree/differs"),
            ("README.md", "2 contracts", "3 contracts", "contracts-counted agree/differs"),
            ("README.md", "── pins.yaml", "── list.yaml", "docs/trees exists/dangling"),
            ("README.md", "(contracts/pins.yaml)", "(pins.yaml)", "docs/links links/dead-link"),
            ("package.json", "\"fastify\"", "\"@example/utilities\"", "no-shared-code forbid/forbidden"),
            ("migrations/2_carrier.sql", "ADD COLUMN carrier text", "DROP COLUMN sent_at", "expand-only sql/drop-column"),
            (
                "Dockerfile",
                "@sha256:b64ced2e7cd0a4816699fe308ce6e8a08ccba463c757c00c14cd372e3d2c763e",
                "",
                "digests/pinned match/mismatch",
            ),
            (".github/CODEOWNERS", "/contracts/", "/contract/", "owners/lines owned/dead-pattern"),
        ],
    );
}

#[test]
fn names_of_a_service_have_a_form() {
    let sandbox = example("service");
    sandbox.run_git(&["tag", "release-one"]);
    sandbox.run_git(&["branch", "-m", "My_Branch!"]);
    assert_eq!(sandbox.check().findings(), ["match/mismatch ssot.yaml:4:5"; 2]);
}

#[test]
fn a_monorepo_is_the_one_place() {
    hold(
        "monorepo",
        &[
            ("package.json", ", \"projects/web\"", "", "workspace-is-the-tree same/missing"),
            ("mirrors.yaml", "prefix: projects/web", "prefix: projects/site", "mirrored-or-not same/missing"),
            ("mirrors.yaml", ", reason: only we use it", "", "reasons require/absent"),
            ("projects/web/README.md", "> Read-only mirror", "> Mirror", "banner require/absent"),
            (".github/CODEOWNERS", "/projects/tools/ ", "/projects/tool/ ", "owners/files owned/unowned"),
            ("README.md", "(projects/)", "(project/)", "docs/links links/dead-link"),
        ],
    );
}

#[test]
fn a_monorepo_has_no_submodules() {
    let sandbox = example("monorepo");
    let other = example("service");
    sandbox.run_git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        &other.path().to_string_lossy(),
        "vendor",
    ]);
    assert_eq!(sandbox.check().findings(), ["forbid/forbidden vendor"]);
}
