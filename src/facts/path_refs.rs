//! `path-refs`: expressions in code that may denote a file.

/// What one expression says about a path. (filled in by the extractor's author)
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PathExpression {}
