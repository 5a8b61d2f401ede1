//! Facts: what they look like in a policy, and the extractors that read their elements out of files.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod bind;
mod calls;
mod code;
mod codeowners;
mod compare;
mod constants;
mod data;
mod env_file;
mod env_reads;
mod exports;
mod extractors;
pub mod imports;
mod kind;
mod markdown;
mod names;
mod parsed;
pub mod path_refs;
pub use path_refs::expand_braces;
mod paths;
#[cfg(test)]
mod prefilter;
mod raw;
mod samples;
mod select;
mod source;
mod spec;
mod text;

pub use bind::{Binder, ExtractorKind, FACT_FIELDS, Files, Registry, Store};
pub use compare::{Comparison, instant, semver};
pub use exports::{Export, exports};
pub use extractors::{EXTRACTORS, fields as extractor_fields, json_path, registry};
pub use kind::FileKind;
pub use markdown::Documents;
pub use names::MAX_WILDCARDS;
pub use paths::{PathFact, directory_element};
pub use raw::{Fault, FaultKind, Hole, Raw, RawElement};
pub use select::{Selection, SelectionId, compile, compile_set, extensions, is_literal, normal, read_globs};
pub use source::Source;
pub use spec::{By, Captures, Element, Fact, FactId, FactSet, Filter, GitFact, Reader, Secret, shown};

use std::collections::HashSet;

use crate::text::{RepoPath, Span};

/// Reads one kind of fact out of a file's content. A pure function of the file and the extractor's own options.
pub trait Extractor: Send + Sync {
    /// Strings of which a file of that kind must hold at least one to matter; `None` where every file does. A file that holds
    /// none of them has no elements, and the engine does not hand it over: whether it can be parsed is of no interest.
    fn literals(&self, _kind: FileKind) -> Option<Vec<String>> {
        None
    }

    /// What tells it from an extractor of the same options for other files; empty where nothing does.
    fn scope(&self) -> String {
        String::new()
    }

    /// Tells a file of the form that it reads by its name, where it reads only files of one form. A file of another form is read
    /// where a glob names it, or its extension.
    fn form(&self) -> Option<fn(&RepoPath) -> bool> {
        None
    }

    /// What only the paths of the tree can tell of the elements of `file`: the value of each that counts. `named`: whether a
    /// literal pattern names the file. `None`: all count as they are.
    fn settle(
        &self,
        _file: &RepoPath,
        _named: bool,
        _tree: &dyn path_refs::PathLookup,
        _found: &[&RawElement],
    ) -> Option<Vec<Option<String>>> {
        None
    }

    /// Adds what the file holds to `raw`, in order of places.
    fn extract(&self, source: &Source<'_>, raw: &mut Raw);

    /// Whether functions may do for their callers what it looks for: their [`calls`](Self::calls) are looked for, too.
    fn looks_for_callers(&self) -> bool {
        false
    }

    /// Whether a file that holds one of the literals may define such a function, told by its bytes alone.
    fn may_serve_callers(&self, _source: &Source<'_>) -> bool {
        true
    }

    /// Adds the calls of imported functions of these names: they may do for their callers what this extractor looks for.
    fn calls(&self, _source: &Source<'_>, _functions: &HashSet<String>, _raw: &mut Raw) {}

    /// The text that adds `value` to what is read, and where it goes; none where there is no one right way.
    fn append(&self, _source: &Source<'_>, _value: &str) -> Option<(Span, String)> {
        None
    }
}
