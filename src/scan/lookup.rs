//! A tree's paths, as path references ask for them.

use crate::facts::path_refs::{Directories, PathLookup};
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

    fn below(&self, directories: Directories<'_>, visit: &mut dyn FnMut(&str, &str) -> bool) {
        let entries = self.0.entries();
        if directories == Directories::At("") {
            entries.iter().map(|entry| entry.path.as_str()).all(|path| visit(path, path));
            return;
        }
        for directory in self.0.directories().iter().filter(|directory| directories.are(directory)) {
            let first = entries.partition_point(|entry| entry.path.as_str() < directory.as_str());
            let inside =
                |path: &'_ str| path.strip_prefix(directory.as_str()).and_then(|rest| rest.strip_prefix('/')).map(str::len);
            // What sorts between a directory and what is below it (`a.b` between `a` and `a/b`) begins with its name, too.
            let near = entries[first..].iter().take_while(|entry| entry.path.as_str().starts_with(directory.as_str()));
            for path in near.map(|entry| entry.path.as_str()) {
                if inside(path).is_some_and(|length| !visit(path, &path[path.len() - length..])) {
                    return;
                }
            }
        }
    }
}
