//! `cargo xtask check` for a workspace of your own, without any program to install.
//!
//! Make a package `xtask` with this file as `src/main.rs` and `ssot = { version = "0.1", default-features = false }` among its
//! dependencies, and add to the workspace's `.cargo/config.toml`:
//!
//! ```toml
//! [alias]
//! xtask = "run --quiet --package xtask --"
//! ```

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use ssot::report::{Style, human, summary};
use ssot::{Check, Error, Head};

const USAGE: &str = "usage: cargo xtask check [--staged]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let check = Check::new(env!("CARGO_MANIFEST_DIR"));
    let check = match arguments[..] {
        ["check"] => check,
        ["check", "--staged"] => check.head(Head::Index),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match judge(&check) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn judge(check: &Check) -> Result<bool, Error> {
    let run = check.run_in_full()?;
    let mut out = std::io::stdout().lock();
    let style = Style { color: out.is_terminal(), unicode: true, width: 100, cap: Some(200), quiet: false };
    let mut text = Vec::new();
    // Writing to memory cannot fail, and a closed pipe is nobody's fault.
    let _ = human(&run.report, &run, style, &mut text);
    let _ = summary(&run.report, style, &mut text);
    let _ = out.write_all(&text);
    Ok(run.report.is_clean(false))
}
