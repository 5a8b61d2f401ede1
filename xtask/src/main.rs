//! The project's own tasks: `cargo xtask TASK`.

mod bench;
mod cases;
mod process;
mod sql_truth;

use std::process::ExitCode;

use process::{Failure, cargo, run};

const USAGE: &str = "\
The project's own tasks.

Usage: cargo xtask TASK

Tasks:
  check [DIR] [ARGS…]  build ssot and judge this repository, or DIR, by its ssot.yaml; ARGS go to `ssot check`
  test [ARGS…]         all tests, then the acceptance cases if they are at hand; with ARGS `cargo test` alone, with these
  codegen              writes the files that are derived from the program: the reference, the JSON Schema, tables of pages
  cases [--prune]      the acceptance cases alone; --prune drops those that hold by now from .ci/later.txt
  bench [--files N] [--rounds N] [--no-kernels]
                       the inner loops, then whole runs on a generated repository beside `git` and `rg`
  sql-truth DIR[=PRESET]…
                       applies the migrations of directories twice to a PostgreSQL, and compares with what ssot says

Exit status: that of what was run, 2 where this command line is at fault.";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let task = arguments.next();
    let rest: Vec<String> = arguments.collect();
    let done = match task.as_deref() {
        Some("check") => check(&rest),
        Some("test") => test(&rest),
        Some("codegen") => codegen(&rest),
        Some("cases") => cases::task(&rest),
        Some("bench") => bench::task(&rest),
        Some("sql-truth") => sql_truth::task(&rest),
        Some("help" | "--help" | "-h") => {
            println!("{USAGE}");
            Ok(())
        }
        Some(other) => Err(Failure::Usage(format!("there is no task `{other}`\n\n{USAGE}"))),
        None => Err(Failure::Usage(USAGE.into())),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Status(code)) => ExitCode::from(code),
        Err(Failure::Usage(message)) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
        Err(Failure::Broken(message)) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Judges this repository, or the directory that the first argument names.
fn check(arguments: &[String]) -> Result<(), Failure> {
    let ssot = process::ssot(process::Profile::Dev)?;
    let mut command = std::process::Command::new(ssot);
    command.arg("check");
    match arguments.split_first() {
        Some((directory, rest)) if !directory.starts_with('-') => command.arg("--root").arg(directory).args(rest),
        _ => command.args(arguments).current_dir(process::top()),
    };
    run(&mut command)
}

/// All tests of the workspace, documentation included; then the acceptance cases.
fn test(arguments: &[String]) -> Result<(), Failure> {
    run(cargo().args(["test", "--workspace"]).args(arguments))?;
    if arguments.is_empty() { cases::run_if_at_hand() } else { Ok(()) }
}

/// Writes derived files. The test that holds them fresh knows which they are, and writes them on the way.
fn codegen(arguments: &[String]) -> Result<(), Failure> {
    if !arguments.is_empty() {
        return Err(Failure::Usage("usage: cargo xtask codegen".into()));
    }
    run(cargo().args(["test", "--quiet", "--test", "derived"]).env("BLESS", "1"))
}
