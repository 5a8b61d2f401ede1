//! The README's example is what the program really takes and prints.

use std::path::Path;
use std::process::Command;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_policy_is_that_of_the_example() {
    let block = format!("```yaml\n{}```", read("examples/first/ssot.yaml"));
    assert!(read("README.md").contains(&block), "README.md must hold:\n{block}");
}

#[test]
fn the_finding_is_what_the_program_prints() {
    let arguments = ["check", "--root", "examples/first"];
    let output = Command::new(env!("CARGO_BIN_EXE_ssot"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("CLICOLOR_FORCE")
        .output()
        .expect("the program was built for this test");
    let printed = String::from_utf8(output.stdout).expect("reports are UTF-8");
    let block = format!("```console\n$ ssot {}\n{}\n```", arguments.join(" "), printed.trim_end());
    assert!(read("README.md").contains(&block), "README.md must hold:\n{block}");
    assert_eq!(output.status.code(), Some(1));
}
