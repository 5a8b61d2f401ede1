//! The `ssot` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    ssot::cli::main()
}
