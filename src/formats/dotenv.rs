//! Dotenv files.

use crate::text::Span;

/// One assignment of a dotenv file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    pub key: String,
    pub key_span: Span,
    /// Unquoted.
    pub value: String,
    /// The value's bytes, quotes included.
    pub value_span: Span,
    pub export: bool,
}
