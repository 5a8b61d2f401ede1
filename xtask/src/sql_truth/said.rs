//! What `ssot` says of a directory of migrations.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use super::engine::broken;
use super::sample::Sample;
use crate::process::Failure;

/// One line of the output.
#[derive(Clone, Debug)]
pub struct Line {
    pub code: String,
    /// With its place in the file.
    pub message: String,
}

impl Line {
    /// Whether the file is not able to run again.
    pub fn is_rerun(&self) -> bool {
        matches!(self.code.as_str(), "sql/not-idempotent" | "sql/syntax-error")
    }

    /// Whether that concerns rows alone, of which the schema knows nothing.
    pub fn is_of_rows(&self) -> bool {
        self.message.contains("once more") || self.message.contains("converted from")
    }

    pub fn is_of_replay(&self) -> bool {
        matches!(self.code.as_str(), "sql/already-exists" | "sql/shadowed" | "sql/unknown-object" | "sql/reference-not-unique")
    }
}

/// By file.
pub type Said = BTreeMap<String, Vec<Line>>;

/// # Errors
/// The program cannot be run, or refuses the policy.
pub fn said(program: &Path, sample: &Sample) -> Result<Said, Failure> {
    let policy = std::env::temp_dir().join(format!("ssot-truth-{}.yaml", std::process::id()));
    let options = format!("files: '**/*.sql', dialect: {}, preset: {}", sample.dialect.word(), sample.preset);
    let rules = format!("version: 1\nrules:\n  - id: r\n    sql: {{{options}, idempotent: true, replay: true}}\n");
    std::fs::write(&policy, rules).map_err(broken)?;
    let mut command = Command::new(program);
    command.args(["check", "--format", "short", "--quiet", "--root"]).arg(&sample.directory).arg("--policy").arg(&policy);
    let output = command.output().map_err(broken)?;
    std::fs::remove_file(&policy).map_err(broken)?;
    if !matches!(output.status.code(), Some(0 | 1)) {
        return Err(Failure::Broken(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let mut said = Said::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Some((path, rest)) = line.split_once(".sql:") else { continue };
        // `1:2: error[r] CODE: MESSAGE`
        let Some((place, rest)) = rest.split_once(": ") else { continue };
        let Some((_, rest)) = rest.split_once("] ") else { continue };
        let Some((code, message)) = rest.split_once(": ") else { continue };
        let line = Line { code: code.to_string(), message: format!("{place}: {message}") };
        said.entry(format!("{path}.sql")).or_default().push(line);
    }
    Ok(said)
}
