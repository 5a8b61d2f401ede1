//! `ssot` keeps repositories true to their sources of truth: a policy states once where each fact lives, and a run proves that
//! nothing else in the tree contradicts it.
//!
//! The modules stand in the order of their layers: each uses only those above it.

pub mod text;
pub mod finding;
pub mod tree;
pub mod formats;
pub mod options;
pub mod facts;
pub mod cache;
pub mod rules;
pub mod policy;
pub mod plan;
pub mod meter;
pub mod scan;
pub mod judge;
pub mod report;
pub mod fix;
mod check;
pub mod build;
pub mod pages;
pub mod docs;
/// The program's command line.
#[cfg(feature = "cli")]
pub mod cli;

pub use check::{Backtest, Check, Error, Head, PolicyOf, Run, Tally, Tested};
