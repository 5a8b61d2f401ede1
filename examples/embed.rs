//! Judges a directory from a program, a test or a `build.rs`: `cargo run --example embed -- DIR`.

use std::process::ExitCode;

use ssot::Check;
use ssot::finding::Severity;

fn main() -> Result<ExitCode, ssot::Error> {
    let root = std::env::args().nth(1).unwrap_or_else(|| ".".into());
    let report = Check::new(root).run()?;
    for finding in &report.findings {
        let line = finding.place.line().unwrap_or(1);
        println!("{}:{line}: {} [{}]", finding.place.path, finding.message, finding.rule);
        for related in &finding.related {
            println!("    {}: {}", related.place.path, related.message);
        }
    }
    let errors = report.findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    println!("{errors} errors in {} files", report.summary.files);
    Ok(if report.is_clean(false) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
