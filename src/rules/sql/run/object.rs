//! Objects of a database, and what can be known of one.

use std::sync::Arc;

use crate::formats::sql::model::Class;
use crate::text::Span;

/// A statement: its file, by the number that the caller gave it, and its first word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::rules::sql) struct Site {
    pub file: usize,
    pub span: Span,
}

/// A relation, type or function, whatever its name becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::rules::sql) struct Id(pub(super) usize);

/// By what an object is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::rules::sql) enum Key {
    /// Of relations, types and other objects of a schema: the schema and the name.
    Named(Class, String, String),
    /// What belongs to a relation or type.
    Part(Id, Class, String),
}

impl Key {
    pub fn name(&self) -> &str {
        match self {
            Key::Named(_, _, name) | Key::Part(_, _, name) => name,
        }
    }
}

/// Whether an object is there, and which statement made it so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rules::sql) struct Fact {
    pub present: bool,
    pub by: Site,
    /// In which run it became so.
    pub run: u8,
    pub id: Option<Id>,
    pub order: usize,
    /// Of a column: how it is defined, where that is known.
    pub column: Option<Arc<Definition>>,
}

/// A column's definition, as far as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rules::sql) struct Definition {
    /// In one spelling.
    pub ty: String,
    pub not_null: bool,
    /// Whether something fills it where nobody says what.
    pub has_default: bool,
    /// A constraint that says nothing but that it is not null, and whether all rows were held against it.
    pub checked: Option<(String, bool)>,
}

/// What is known of an object beside its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rules::sql) struct Entity {
    pub class: Class,
    /// Its present name.
    pub key: Key,
    pub by: Site,
    /// The run that created it; 0: it was there before.
    pub run: u8,
    /// Whether parts that are not known do not exist.
    pub complete: bool,
    pub temporary: bool,
    pub dropped: bool,
    /// The run that took away rows of it.
    pub emptied: u8,
    /// The run that copied its rows.
    pub copied: u8,
    /// The table that it belongs to.
    pub parent: Option<Id>,
    /// The name of its primary key.
    pub primary: Option<String>,
    /// The columns of a view, the keys of an index, what a function returns.
    pub shape: Option<Vec<String>>,
    /// Sets of columns that are unique, by the constraint or index that makes them so.
    pub unique: Vec<(String, Vec<String>)>,
}

/// What something may depend on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::rules::sql) enum Target {
    Entity(Id),
    Column(Id, String),
    /// Functions are called by name alone.
    Function(String, String),
}

/// What depends on something: a view, or a part of a table.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::rules::sql) enum Owner {
    Entity(Id),
    Part(Id, Class, String),
}
