//! Facts: what they look like in a policy, and the extractors that read their elements out of files.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod bind;
mod calls;
mod code;
mod compare;
mod constants;
mod data;
mod env_file;
mod env_reads;
mod extractors;
mod names;
mod parsed;
pub mod path_refs;
pub use path_refs::expand_braces;
mod paths;
mod raw;
mod samples;
mod select;
mod source;
mod spec;
mod text;

pub use bind::{Binder, ExtractorKind, FACT_FIELDS, Files, Registry, Store};
pub use compare::{Comparison, instant, semver};
pub use extractors::{EXTRACTORS, fields as extractor_fields, json_path, registry};
pub use paths::{PathFact, directory_element};
pub use raw::{Fault, FaultKind, Hole, Raw, RawElement};
pub use select::{Selection, SelectionId, compile, compile_set, extensions, is_literal, normal, read_globs};
pub use source::Source;
pub use spec::{By, Captures, Element, Fact, FactId, FactSet, Filter, Reader, Secret, shown};

use crate::text::Span;

/// Reads one kind of fact out of a file's content. A pure function of the file and the extractor's own options.
pub trait Extractor: Send + Sync {
    /// Strings of which a file must hold at least one to matter; `None` where every file does. A file that holds none of them
    /// has no elements, and the engine does not hand it over: whether it can be parsed is of no interest.
    fn literals(&self) -> Option<Vec<String>> {
        None
    }

    /// What tells it from an extractor of the same options for other files; empty where nothing does.
    fn scope(&self) -> String {
        String::new()
    }

    /// Adds what the file holds to `raw`, in order of places.
    fn extract(&self, source: &Source<'_>, raw: &mut Raw);

    /// The text that adds `value` to what is read, and where it goes; none where there is no one right way.
    fn append(&self, _source: &Source<'_>, _value: &str) -> Option<(Span, String)> {
        None
    }
}
