//! Statements: what PostgreSQL's parser takes is held against what ours understands, and where each begins and ends.

use std::path::Path;
use std::process::Command;

use super::engine::broken;
use super::sample::Sample;
use super::wire::{Parsed, Wire};
use crate::process::{Failure, cargo, output, run};

/// The counts of a directory.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    pub statements: usize,
    /// Those that PostgreSQL takes.
    pub accepted: usize,
    /// Of these, those that we understand.
    pub understood: usize,
    /// Those that end elsewhere to PostgreSQL.
    pub cut: usize,
    /// Those that PostgreSQL refuses.
    pub refused: usize,
    /// Of these, those that we do not understand either.
    pub refused_too: usize,
}

impl Counts {
    pub fn row(self) -> [usize; 6] {
        [self.statements, self.accepted, self.understood, self.cut, self.refused, self.refused_too]
    }
}

/// One statement, as `examples/sql_statements.rs` prints it.
pub struct Statement {
    pub file: String,
    pub text: String,
    pub line: usize,
    /// `understood`, `unparsed` or `invalid`.
    pub standing: String,
    pub reason: String,
    /// Whether it stands in a block.
    pub inner: bool,
}

/// Builds the program that prints statements; returns where it is.
///
/// # Errors
/// A build that fails.
pub fn program(ssot: &Path) -> Result<std::path::PathBuf, Failure> {
    run(cargo().args(["build", "--package", "ssot", "--example", "sql_statements"]))?;
    let folder = ssot.parent().unwrap_or(Path::new("."));
    Ok(folder.join("examples").join(format!("sql_statements{}", std::env::consts::EXE_SUFFIX)))
}

/// All statements of a directory, down migrations included.
///
/// # Errors
/// The program cannot be run; a file cannot be read.
pub fn statements(program: &Path, sample: &Sample) -> Result<Vec<Statement>, Failure> {
    let names = sample.names()?;
    let mut command = Command::new(program);
    command.arg(sample.dialect.word()).args(&names).current_dir(&sample.directory);
    let (_, printed) = output(&mut command)?;
    let mut texts: Option<(&str, Vec<u8>)> = None;
    let mut found = Vec::new();
    for line in printed.lines() {
        let fields: Vec<&str> = line.splitn(6, '\t').collect();
        let [file, start, end, depth, standing, reason] = fields[..] else {
            return Err(Failure::Broken(format!("`{line}` is no statement")));
        };
        if texts.as_ref().is_none_or(|(name, _)| *name != file) {
            texts = Some((file, std::fs::read(sample.directory.join(file)).map_err(broken)?));
        }
        let bytes = texts.as_ref().map(|(_, bytes)| bytes.as_slice()).unwrap_or_default();
        let number = |field: &str| field.parse::<usize>().map_err(|error| Failure::Broken(error.to_string()));
        let (start, end) = (number(start)?, number(end)?);
        found.push(Statement {
            file: file.to_string(),
            text: String::from_utf8_lossy(bytes.get(start..end).unwrap_or_default()).into_owned(),
            line: bytes.iter().take(start).filter(|byte| **byte == b'\n').count() + 1,
            standing: standing.to_string(),
            reason: reason.to_string(),
            inner: depth != "0",
        });
    }
    Ok(found)
}

/// Holds the statements of a directory against PostgreSQL's parser. `told` gets what differs.
///
/// # Errors
/// The server does not answer; a file cannot be read.
pub fn judged(sample: &Sample, statements: &[Statement], wire: &mut Wire, told: &mut Vec<String>) -> Result<Counts, Failure> {
    let mut counts = Counts::default();
    let mut whole: Option<(&str, bool)> = None;
    for statement in statements.iter().filter(|statement| !statement.text.starts_with('\\')) {
        let parsed = wire.statement(&statement.text).map_err(broken)?;
        let understood = statement.standing == "understood";
        let mut tell = |what: &str, reason: &str| {
            let start: String = statement.text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(100).collect();
            told.push(format!("{what} {}/{}:{}: {reason}: {start}", sample.name(), statement.file, statement.line));
        };
        counts.statements += 1;
        match parsed {
            Parsed::One => {
                counts.accepted += 1;
                counts.understood += usize::from(understood);
                if !understood {
                    tell("not understood", &statement.reason);
                }
            }
            Parsed::Several => {
                counts.cut += 1;
                tell("several", "PostgreSQL takes it for several statements");
            }
            Parsed::Refused(message) => {
                // A file that it takes as a whole was cut in the wrong places.
                let takes_file = match whole {
                    Some((file, takes)) if file == statement.file => takes,
                    _ => wire.script(&sample.read(&statement.file)?).map_err(broken)?,
                };
                whole = Some((&statement.file, takes_file));
                if takes_file && !statement.inner {
                    counts.cut += 1;
                    tell("cut", &message);
                } else {
                    counts.refused += 1;
                    counts.refused_too += usize::from(!understood);
                    if understood {
                        tell("refused by PostgreSQL only", &message);
                    }
                }
            }
        }
    }
    Ok(counts)
}
