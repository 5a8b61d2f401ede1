//! What may stand in a policy: one description of each key, from which checking, reading, the JSON Schema and the
//! documentation are derived.

mod schema;
mod shape;
mod written;

pub use schema::json_schema;
pub use shape::{Field, Shape};
pub(crate) use written::regex_fault;
pub use written::{Complaint, Options, Origin, Value, Written};
