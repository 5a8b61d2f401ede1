//! `path-refs`: expressions in code that may denote a file (SPEC 4.2), in two stages.
//!
//! [`PathRefs`] reads the expressions of one file and knows no glob and no tree; [`Resolver`] turns them into the paths that
//! one glob matches in one tree. The languages (`python`, `javascript`, …) say what each node of a syntax tree contributes;
//! what paths are made of stands in `value`, the walk over the file in `walk`, what a value tells in the end in `told`. Another language is another file beside
//! them. A listing of a directory (`glob`, `readdir`) reads what it can match.

mod calls;
mod exported;
mod expression;
mod foreign;
mod given;
mod glob;
mod csharp;
mod go;
mod javascript;
mod jvm;
mod named;
mod php;
mod python;
mod resolve;
mod ruby;
mod rust;
mod shell;
mod shell_commands;
mod strings;
mod template;
mod told;
mod value;
mod walk;

pub use exported::{Asked, exported};
pub use expression::{Depth, HERE, HOLE, Listing, PathExpression, UnknownEnd, Use};
pub use glob::{PathGlob, expand_braces};
pub use resolve::{Directories, PathLookup, PathValue, Resolved, Resolver, SuffixIndex, ends_with};
pub use template::{Piece, Template, Told, alone};
pub use value::{LONGEST, Mark};

use super::parsed::parsed;
use super::{Extractor, Raw, Source};

/// Reads every path-building expression of a code file. It does not depend on a glob, so that all `path-refs` facts of a
/// policy share what was read.
#[derive(Clone, Copy, Debug, Default)]
pub struct PathRefs;

impl PathRefs {
    pub fn new() -> Self {
        PathRefs
    }
}

impl Extractor for PathRefs {
    fn extract(&self, source: &Source<'_>, raw: &mut Raw) {
        if let Some(code) = parsed(source, raw) {
            walk::read(code, raw);
        }
    }
}

#[cfg(test)]
mod tests;
