//! The command line: what it takes, what it prints where, and how it ends.

mod args;
mod backtest;
mod check;
mod facts;
mod fix;
mod explain;
mod init;
mod hook;
mod lsp;
mod map;
mod progress;
mod replicas;
mod rules;
mod test;
mod use_pack;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};

use crate::Error;

/// Exit statuses (SPEC §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Nothing weighs as an error.
    Clean,
    Findings,
    /// The command line, the policy or the environment is at fault.
    Usage,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
        })
    }
}

/// Why a command ended early.
enum Failure {
    Check(Error),
    /// Writing failed; a closed pipe ends quietly.
    Output(std::io::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Check(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Failure::Output(error)
    }
}

/// Runs the program with the process's own arguments.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no errors: they go to stdout and end well.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Clean };
            let _ = error.print();
            return exit.into();
        }
    };
    let done = match &arguments.command {
        Command::Check(options) => check::run(options),
        Command::Fix(options) => fix::run(options),
        Command::Facts(options) => facts::run(options),
        Command::Rules(options) => rules::run(options),
        Command::Explain { topic } => explain::run(topic),
        Command::Test(options) => test::run(options),
        Command::Init(options) => init::run(options),
        Command::Use(options) => use_pack::run(options),
        Command::Completions { shell } => completions(*shell),
        Command::Map(options) => map::run(options),
        Command::Lsp => lsp::run(),
        Command::Backtest(options) => backtest::run(options),
        Command::Hook(options) => hook::run(options),
        Command::Replicas(options) => replicas::run(options),
        Command::Schema => schema(),
    };
    match done {
        Ok(exit) => exit.into(),
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Clean.into(),
        Err(Failure::Output(error)) => fail(&format!("cannot write: {error}"), None).into(),
        Err(Failure::Check(error)) => report(&error).into(),
    }
}

/// Prints what is at fault: each line says where, what, and what to do next.
fn report(error: &Error) -> Exit {
    match error {
        Error::Policy(policy) => {
            let mut err = std::io::stderr().lock();
            for line in policy.to_string().lines() {
                let _ = writeln!(err, "error: {}", visible(line));
            }
            Exit::Usage
        }
        Error::Tree(error) => fail(&error.message, error.help.as_deref()),
        Error::Usage(message) => fail(message, None),
    }
}

fn fail(message: &str, help: Option<&str>) -> Exit {
    let mut err = std::io::stderr().lock();
    let _ = writeln!(err, "error: {}", visible(message));
    if let Some(help) = help {
        let _ = writeln!(err, "  help: {}", visible(help));
    }
    Exit::Usage
}

/// Says on stderr what was done.
fn notice(message: &str) -> std::io::Result<()> {
    writeln!(std::io::stderr().lock(), "{}", visible(message))
}

/// Text of the tree as a terminal may see it: control characters escaped.
fn visible(text: &str) -> String {
    crate::report::visible(text).into_owned()
}

/// Writes a file whole or not at all.
fn write_whole(file: &Path, content: &[u8]) -> Result<(), Failure> {
    let written = crate::fix::write_whole(file, content);
    written.map_err(|error| Failure::Check(Error::Usage(format!("cannot write `{}`: {error}", file.display()))))
}

/// Prints a completion script, or the manual page.
fn completions(shell: args::Shell) -> Result<Exit, Failure> {
    use clap::CommandFactory;
    let mut command = Arguments::command();
    let mut text = Vec::new();
    match shell.generator() {
        Some(generator) => clap_complete::generate(generator, &mut command, "ssot", &mut text),
        None => clap_mangen::Man::new(command).render(&mut text)?,
    }
    std::io::stdout().lock().write_all(&text)?;
    Ok(Exit::Clean)
}

fn schema() -> Result<Exit, Failure> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &crate::policy::json_schema()).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(Exit::Clean)
}
