//! One line for each finding and each unjudged place, in the form that editors and `grep` understand.

use std::io;

use super::visible::visible;
use super::{Report, location};

/// Writes `path:line:col: severity[rule] code: message` and `path:line:col: unjudged[rule] reason: message`. A place without a
/// position has its path alone.
///
/// # Errors
/// Those of `out`.
pub fn short(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    for finding in &report.findings {
        let (place, severity) = (location(&finding.place), finding.severity.as_str());
        let (rule, code, message) = (visible(&finding.rule), visible(&finding.code), visible(&finding.message));
        writeln!(out, "{place}: {severity}[{rule}] {code}: {message}")?;
    }
    for unjudged in &report.unjudged {
        let (place, reason) = (location(&unjudged.place), unjudged.reason.as_str());
        writeln!(out, "{place}: unjudged[{}] {reason}: {}", visible(&unjudged.rule), visible(&unjudged.message))?;
    }
    Ok(())
}
