//! Where the baselines of a run are read from.

use std::path::Path;

use super::baselines::{Baselines, Named};
use super::policies::Policies;
use super::trees::Trees;
use super::{Check, Error, Head};
use crate::judge::Use;
use crate::policy::{Baseline, Policy, PolicyError};
use crate::text::RepoPath;
use crate::tree::{EntryKind, Index};

/// A larger file is no baseline that a run wrote.
const MAX_BYTES: u64 = 256 << 20;

impl Check {
    pub(super) fn baselines(&self, policies: &Policies, trees: &Trees, top: Option<&Path>) -> Result<Baselines, Error> {
        if let Some(Named { file, shown, how }) = &self.baseline {
            let head = match (std::fs::read(file), how) {
                (Ok(text), _) => Some(Baseline::parse(shown.clone(), text)?),
                (Err(error), Use::Record) if error.kind() == std::io::ErrorKind::NotFound => None,
                (Err(error), _) => return Err(unreadable(shown, &error.to_string()).into()),
            };
            return Ok(Baselines { head, file: Some(file.clone()), how: *how, ..Baselines::default() });
        }
        let how = if self.prunes { Use::Prune } else { Use::Apply };
        let Some(policy) = &policies.head.policy else { return Ok(Baselines::default()) };
        let Some((path, place)) = &policy.settings.baseline else {
            return match how {
                Use::Prune => Err(Error::Usage("there is no baseline to prune: name one with `--baseline FILE`".into())),
                _ => Ok(Baselines::default()),
            };
        };
        let on_disk = top.filter(|_| self.head == Head::WorkTree).map(|top| top.join(path.as_str()));
        if how == Use::Prune && on_disk.is_none() {
            let message = "only in the working tree the baseline can be pruned: leave out `--staged` and `--rev`";
            return Err(Error::Usage(message.into()));
        }
        // A file that git ignores is no part of the working tree.
        let ignored = || std::fs::read(on_disk.as_ref().filter(|file| is_inside(file, top))?).ok();
        let read = match trees.head.tree().entry(path) {
            Some(_) => in_tree(&trees.head, path),
            None => ignored(),
        };
        let Some(text) = read else {
            let mut error = unreadable(path, "it does not exist");
            error.complaints.iter_mut().for_each(|complaint| complaint.place = place.clone());
            return Err(error.into());
        };
        let head = Some(Baseline::parse(path.clone(), text)?);
        Ok(Baselines { head, file: on_disk, base: of_base(policies, trees), how, own: true })
    }
}

/// Whether a file lies below a directory, and no link leads to it.
fn is_inside(file: &Path, top: Option<&Path>) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    let is_link = file.symlink_metadata().map_or(true, |data| data.is_symlink());
    let (file, top) = (real(file), top.and_then(real));
    !is_link && file.zip(top).is_some_and(|(file, top)| file.starts_with(top))
}

/// The baseline of base's policy; one that cannot be read accepts nothing.
fn of_base(policies: &Policies, trees: &Trees) -> Option<Baseline> {
    let (path, _) = policies.base.as_ref().and_then(|policy: &Policy| policy.settings.baseline.as_ref())?;
    Baseline::parse(path.clone(), in_tree(trees.base.as_ref()?, path)?).ok()
}

fn in_tree(index: &Index, path: &RepoPath) -> Option<Vec<u8>> {
    let entry = index.tree().entry(path).filter(|entry| entry.kind == EntryKind::File)?;
    index.tree().read(entry, MAX_BYTES).ok()
}

fn unreadable(path: &RepoPath, why: &str) -> PolicyError {
    let message = format!("the baseline `{path}` cannot be read: {why}");
    PolicyError::about(path.clone(), message, format!("write it: `ssot check --write-baseline {path}`"))
}
