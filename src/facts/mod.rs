//! Facts: what they look like in a policy, and the extractors that read their elements out of files.

pub mod calls;
pub mod constants;
pub mod env_reads;
pub mod names;
mod parsed;
pub mod path_refs;
mod raw;
mod source;

pub use raw::{Fault, FaultKind, Hole, Raw, RawElement};
pub use source::Source;

/// Reads one kind of fact out of a file's content. A pure function of the file and the extractor's own options.
pub trait Extractor: Send + Sync {
    /// Strings of which a file must hold at least one to matter; `None` where every file does. Only to save work: an
    /// extractor gives the same answer for a file that holds none of them, namely nothing.
    fn literals(&self) -> Option<Vec<String>> {
        None
    }

    /// Adds what the file holds to `raw`, in order of places.
    fn extract(&self, source: &Source<'_>, raw: &mut Raw);
}
