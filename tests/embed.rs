//! The library as other programs use it: in builds, in tests, and with rules and extractors of their own.

#[path = "../examples/extend.rs"]
#[allow(dead_code, reason = "its `main` is for the command line")]
mod extend;
mod support;

use ssot::Check;
use support::Sandbox;

const POLICY: &str = "version: 1
rules:
  - {id: no-todo, forbid: {files: 'src/*.txt', text: TODO}}
  - {id: no-odd, severity: warning, forbid: {files: 'src/*.txt', text: odd}}
";

#[test]
fn a_build_script_fails_for_errors_and_watches_the_tree() {
    let sandbox =
        Sandbox::git(&[("ssot.yaml", POLICY), ("src/a.txt", "a TODO\nodd\n"), ("target/x", ""), (".gitignore", "target\n")]);
    sandbox.run_git(&["add", "."]);
    let top = sandbox.path().canonicalize().expect("it is there");
    let at = |path: &str| format!("cargo::rerun-if-changed={}", top.join(path).display());
    let lines = ssot::build::directives(&Check::new(sandbox.path()));
    assert_eq!(lines[..4], [at(".git/index"), at(".gitignore"), at("src"), at("ssot.yaml")]);
    assert_eq!(
        lines[4..],
        [
            "cargo::error=src/a.txt:1:3: [no-todo] forbid/forbidden: `TODO` must not be here",
            "cargo::warning=src/a.txt:2:1: [no-odd] forbid/forbidden: `odd` must not be here",
        ]
    );
    sandbox.write("ssot.yaml", "version: 1\nrules: 7\nfacts: 8\n");
    let lines = ssot::build::directives(&Check::new(sandbox.path()));
    assert!(lines.len() == 2 && lines.iter().all(|line| line.starts_with("cargo::error=ssot: ssot.yaml:")), "{lines:?}");
}

#[test]
fn a_test_of_ones_own_passes_or_shows_the_report() {
    let sandbox = Sandbox::git(&[("ssot.yaml", POLICY), ("src/a.txt", "odd, and only a warning\n")]);
    ssot::assert_clean!(&sandbox.path().to_string_lossy());
    sandbox.write("src/a.txt", "a TODO\n");
    let failed = std::panic::catch_unwind(|| ssot::assert_clean!(&sandbox.path().to_string_lossy())).expect_err("it fails");
    let text = failed.downcast_ref::<String>().expect("a message");
    assert!(text.contains("error[no-todo]") && text.contains("src/a.txt:1:3"), "{text}");
}

#[test]
fn rules_and_extractors_can_be_added_from_outside() {
    let policy = "version: 1\nrules:\n  - {id: one-shell, few: {every: {files: '*.sh', shebang: {}}, most: 1}}\n";
    let sandbox =
        Sandbox::new(&[("ssot.yaml", policy), ("a.sh", "#!/bin/sh\n"), ("b.sh", "#!/bin/sh\n"), ("c.sh", "#!/bin/zsh\n")]);
    let known = Check::new(sandbox.path()).fixed_root(true);
    let unknown = known.run().expect_err("nobody knows them yet").to_string();
    assert!(unknown.contains("few"), "{unknown}");
    let report = known.with_rule(&extend::FEW).with_extractor(&extend::SHEBANG).run().expect("a policy");
    let found: Vec<_> = report.findings.iter().map(|finding| format!("{} {}", finding.place.path, finding.message)).collect();
    assert_eq!(found, ["c.sh `/bin/zsh` is one value too many"]);
}
