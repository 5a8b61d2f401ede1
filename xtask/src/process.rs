//! Running other programs.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Why a task ended early.
#[derive(Debug)]
pub enum Failure {
    /// A program that was run has said why, and ended with this status.
    Status(u8),
    /// The command line is at fault.
    Usage(String),
    /// Something else is.
    Broken(String),
}

/// How `ssot` is built.
#[derive(Clone, Copy)]
pub enum Profile {
    Dev,
    Release,
}

/// The top of this repository.
pub fn top() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// The cargo that runs this task, at the top of the repository.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(top());
    command
}

/// Runs a program to its end, with this terminal.
///
/// # Errors
/// Its status where that is not 0; a program that cannot be started.
pub fn run(command: &mut Command) -> Result<(), Failure> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| Failure::Broken(format!("cannot run `{name}`: {error}")))?;
    match status.code() {
        Some(0) => Ok(()),
        Some(code) => Err(Failure::Status(u8::try_from(code).unwrap_or(1))),
        None => Err(Failure::Broken(format!("`{name}` was killed: {status}"))),
    }
}

/// Runs a program to its end and returns what it wrote to stdout, whatever its status.
///
/// # Errors
/// A program that cannot be started.
pub fn output(command: &mut Command) -> Result<(Option<i32>, String), Failure> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| Failure::Broken(format!("cannot run `{name}`: {error}")))?;
    if !output.stderr.is_empty() {
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok((output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned()))
}

/// Builds the program `ssot`; returns where it is.
///
/// # Errors
/// A build that fails.
pub fn ssot(profile: Profile) -> Result<PathBuf, Failure> {
    let mut build = cargo();
    build.args(["build", "--package", "ssot", "--bin", "ssot"]);
    let folder = match profile {
        Profile::Dev => "debug",
        Profile::Release => {
            build.arg("--release");
            "release"
        }
    };
    run(&mut build)?;
    // This program lies in the same target directory, whichever that is: in `debug`, since the alias builds it so.
    let here = std::env::current_exe().map_err(|error| Failure::Broken(format!("this program cannot be found: {error}")))?;
    let target = here.ancestors().nth(2).unwrap_or(Path::new("target"));
    Ok(target.join(folder).join(format!("ssot{}", std::env::consts::EXE_SUFFIX)))
}
