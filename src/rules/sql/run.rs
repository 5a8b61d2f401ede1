//! A database in the mind: statements are executed on what is known of its objects, and refused where a real one would.

mod alter;
mod block;
mod constraints;
mod create;
mod data;
mod drop;
mod indexes;
mod machine;
mod names;
mod others;
mod requires;
mod state;

pub(super) use self::machine::{Event, Failure, Machine, Run, TOOLS};
pub(super) use self::state::{Id, Named, Site, State};
