//! A tree's paths, as path references ask for them.

use crate::facts::path_refs::PathLookup;
use crate::tree::Index;

/// A tree's paths, as path references ask for them.
pub(super) struct Lookup<'a>(pub &'a Index);

impl PathLookup for Lookup<'_> {
    fn contains(&self, path: &str) -> bool {
        self.0.is_file(path)
    }

    fn is_dir(&self, path: &str) -> bool {
        self.0.is_dir(path)
    }

    fn ending_with(&self, tail: &str, visit: &mut dyn FnMut(&str) -> bool) {
        for path in self.0.ending_with(tail) {
            if !visit(path) {
                break;
            }
        }
    }
}
