//! What a database says of a file that is applied a second time.

use crate::process::Failure;

/// What a file does the second time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It is refused, with that message.
    Fails(String),
    /// The schema is another one afterwards.
    Schema,
    /// The rows are others, the schema is not.
    Rows,
    Clean,
    /// It does not even run once here: an extension, a role or a table of the application is missing.
    Unknown(String),
}

/// A database to which migrations are applied.
pub trait Engine {
    /// An empty database for the directory of that number, with the tables of the tool that applies it.
    ///
    /// # Errors
    /// It cannot be made.
    fn begin(&mut self, at: usize, tables: &str) -> Result<(), Failure>;

    /// Applies a text, and tells what it does the second time, which is taken back.
    ///
    /// # Errors
    /// The program of the database does not answer.
    fn truth(&mut self, text: &str) -> Result<Truth, Failure>;

    /// The schema as statements that make it.
    ///
    /// # Errors
    /// The program of the database does not answer.
    fn schema(&mut self) -> Result<String, Failure>;
}

/// What a database holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    pub schema: String,
    pub rows: String,
}

pub fn compare(before: &State, after: &State) -> Truth {
    if before.schema != after.schema {
        Truth::Schema
    } else if before.rows != after.rows {
        Truth::Rows
    } else {
        Truth::Clean
    }
}

pub fn broken(error: std::io::Error) -> Failure {
    Failure::Broken(error.to_string())
}
