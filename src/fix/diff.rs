//! Fixes as a unified diff, which `git apply` and `patch` understand.

use std::collections::BTreeMap;
use std::io;

use similar::TextDiff;

use super::write::Fixed;
use crate::formats::secret;
use crate::text::RepoPath;

/// Writes what `files` change, in path order; of those that `is_secret` names no value is shown.
///
/// # Errors
/// Those of `out`.
pub fn diff(files: &BTreeMap<RepoPath, Fixed>, is_secret: impl Fn(&RepoPath) -> bool, out: &mut dyn io::Write) -> io::Result<()> {
    for (path, fixed) in files {
        let shown = |bytes: &[u8]| if is_secret(path) { hidden(bytes) } else { bytes.to_vec() };
        let (before, after) = (shown(fixed.before.as_deref().unwrap_or_default()), shown(&fixed.after));
        let (old, new) = (format!("a/{path}"), format!("b/{path}"));
        let old = if fixed.before.is_some() { old.as_str() } else { "/dev/null" };
        let difference = TextDiff::from_lines(before.as_slice(), after.as_slice());
        difference.unified_diff().header(old, &new).to_writer(&mut *out)?;
    }
    Ok(())
}

fn hidden(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut done = 0;
    for span in secret::hidden_spans(bytes) {
        out.extend_from_slice(&bytes[done..span.start]);
        out.extend_from_slice("…".as_bytes());
        if span.slice(bytes).ends_with(b"\n") {
            out.push(b'\n');
        }
        done = span.end;
    }
    out.extend_from_slice(&bytes[done..]);
    out
}
