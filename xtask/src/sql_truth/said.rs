//! What `ssot` says of a directory of migrations.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use super::engine::broken;
use super::sample::Sample;
use crate::process::Failure;

/// Where the files lie that are judged.
const FILES: &str = "migrations";

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
        const CODES: [&str; 5] =
            ["sql/already-exists", "sql/shadowed", "sql/unknown-object", "sql/reference-not-unique", "sql/snapshot-differs"];
        CODES.contains(&self.code.as_str())
    }
}

/// By file.
pub type Said = BTreeMap<String, Vec<Line>>;

/// `schema`: what the database says of itself in the end, if all files ran.
///
/// # Errors
/// The program cannot be run, or refuses the policy.
pub fn said(program: &Path, sample: &Sample, schema: Option<&str>) -> Result<Said, Failure> {
    let root = std::env::temp_dir().join(format!("ssot-truth-{}", std::process::id()));
    for name in sample.names()? {
        let to = root.join(FILES).join(&name);
        std::fs::create_dir_all(to.parent().unwrap_or(&root)).map_err(broken)?;
        std::fs::copy(sample.directory.join(&name), to).map_err(broken)?;
    }
    let mut options = format!("files: '{FILES}/**', dialect: {}, preset: {}", sample.dialect.word(), sample.preset);
    options.push_str(", idempotent: true, replay: true");
    if let Some(schema) = schema {
        std::fs::write(root.join("schema.sql"), schema).map_err(broken)?;
        options.push_str(", snapshot: schema.sql");
    }
    let policy = root.join("ssot.yaml");
    std::fs::write(&policy, format!("version: 1\nrules:\n  - id: r\n    sql: {{{options}}}\n")).map_err(broken)?;
    let mut command = Command::new(program);
    command.args(["check", "--format", "short", "--quiet", "--root"]).arg(&root);
    let output = command.output().map_err(broken)?;
    std::fs::remove_dir_all(&root).map_err(broken)?;
    if !matches!(output.status.code(), Some(0 | 1)) {
        return Err(Failure::Broken(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let mut said = Said::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        // `PATH:1:2: error[r] CODE: MESSAGE`
        let Some((path, rest)) = line.split_once(".sql:") else { continue };
        let path = path.strip_prefix(&format!("{FILES}/")).unwrap_or(path);
        let (place, rest) = rest.trim_start().split_once(": ").filter(|_| !rest.starts_with(' ')).unwrap_or(("1:1", rest));
        let Some((_, rest)) = rest.split_once("] ") else { continue };
        let Some((code, message)) = rest.split_once(": ") else { continue };
        let line = Line { code: code.to_string(), message: format!("{place}: {message}") };
        said.entry(format!("{path}.sql")).or_default().push(line);
    }
    Ok(said)
}
