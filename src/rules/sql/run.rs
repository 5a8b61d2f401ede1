//! A database in the mind: statements are executed on what is known of its objects, and refused where a real one would.

mod alter;
mod block;
mod columns;
mod constraints;
mod create;
mod data;
mod drop;
mod indexes;
mod machine;
mod names;
mod object;
mod others;
mod requires;
mod state;
mod tables;

pub(super) use self::machine::{Event, Failure, Machine, Run, TOOLS};
pub(super) use self::state::{Definition, Id, Key, Named, Site, State};
