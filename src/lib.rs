//! `ssot` keeps repositories true to their sources of truth.

pub mod text;
pub mod finding;
pub mod tree;
pub mod formats;
pub mod options;
pub mod facts;
pub mod rules;
pub mod policy;
pub mod report;
