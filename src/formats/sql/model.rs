//! What statements do to the objects of a database.

pub use super::name::{Ident, Name};

use super::query::Uses;
use super::token::Token;
use crate::text::Span;

/// Kinds of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    Schema,
    Table,
    View,
    MaterializedView,
    Index,
    Sequence,
    ForeignTable,
    Column,
    Constraint,
    Type,
    Domain,
    EnumValue,
    Function,
    Trigger,
    Policy,
    Rule,
    Role,
    Extension,
    Statistics,
    Database,
    Collation,
    Conversion,
    Cast,
    Operator,
    OperatorClass,
    OperatorFamily,
    Language,
    Publication,
    Subscription,
    Server,
    Wrapper,
    UserMapping,
    EventTrigger,
    TextSearch,
    Tablespace,
    AccessMethod,
    Transform,
    Event,
}

impl Class {
    /// Whether it shares its names with tables.
    pub fn is_relation(self) -> bool {
        matches!(
            self,
            Class::Table | Class::View | Class::MaterializedView | Class::Index | Class::Sequence | Class::ForeignTable
        )
    }

    /// As a message names it.
    pub fn noun(self) -> &'static str {
        match self {
            Class::Schema => "schema",
            Class::Table => "table",
            Class::View => "view",
            Class::MaterializedView => "materialized view",
            Class::Index => "index",
            Class::Sequence => "sequence",
            Class::ForeignTable => "foreign table",
            Class::Column => "column",
            Class::Constraint => "constraint",
            Class::Type => "type",
            Class::Domain => "domain",
            Class::EnumValue => "enum value",
            Class::Function => "function",
            Class::Trigger => "trigger",
            Class::Policy => "policy",
            Class::Rule => "rule",
            Class::Role => "role",
            Class::Extension => "extension",
            Class::Statistics => "statistics object",
            Class::Database => "database",
            Class::Collation => "collation",
            Class::Conversion => "conversion",
            Class::Cast => "cast",
            Class::Operator => "operator",
            Class::OperatorClass => "operator class",
            Class::OperatorFamily => "operator family",
            Class::Language => "language",
            Class::Publication => "publication",
            Class::Subscription => "subscription",
            Class::Server => "server",
            Class::Wrapper => "foreign data wrapper",
            Class::UserMapping => "user mapping",
            Class::EventTrigger => "event trigger",
            Class::TextSearch => "text search object",
            Class::Tablespace => "tablespace",
            Class::AccessMethod => "access method",
            Class::Transform => "transform",
            Class::Event => "event",
        }
    }
}

/// An object that a statement names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    pub class: Class,
    pub name: Name,
    /// The table that it belongs to.
    pub on: Option<Name>,
    /// Of a function, operator or aggregate: the types of its input parameters, where they are given.
    pub arguments: Option<String>,
}

impl Object {
    pub fn new(class: Class, name: Name) -> Self {
        Object { class, name, on: None, arguments: None }
    }

    pub fn on(class: Class, name: Name, table: Name) -> Self {
        Object { class, name, on: Some(table), arguments: None }
    }
}

/// One thing that a statement does.
#[derive(Clone, Debug)]
pub enum Action {
    Create(Box<Create>),
    Drop(Drop),
    Alter(Alter),
    EnumValue(EnumValue),
    /// `ALTER KIND x RENAME TO y`, of what is no relation.
    Rename {
        object: Object,
        to: Ident,
    },
    /// `ALTER KIND x SET SCHEMA y`, of what is no relation.
    Move {
        object: Object,
        schema: Ident,
    },
    /// Objects that have to be there, to which nothing happens that a second time would refuse.
    Require(Vec<Object>),
    Insert(Box<Insert>),
    Update(Box<Update>),
    Delete(Box<Delete>),
    Truncate {
        tables: Vec<Name>,
        cascade: bool,
    },
    /// Rows are read.
    Query(Uses),
    /// A procedure runs: the names that it is given.
    Call(Vec<String>),
    /// A block of a procedural language that runs now: the token of its text.
    Do(Token),
    /// The schema that names without one belong to; `None`: back to the default.
    SearchPath(Option<String>),
    Transaction(Transaction),
    /// MySQL's `foreign_key_checks`: whether references are held against rows.
    ForeignKeyChecks(bool),
    Reindex {
        concurrently: bool,
    },
    /// What runs is computed, or stands elsewhere: the words of its strings.
    Computed(Vec<String>),
}

/// The words that control transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transaction {
    Begin,
    Commit,
    Rollback,
}

/// `CREATE …`.
#[derive(Clone, Debug)]
pub struct Create {
    pub object: Object,
    pub if_not_exists: bool,
    pub or_replace: bool,
    pub temporary: bool,
    pub concurrently: bool,
    pub made: Made,
    /// Behind the words that name the kind: where `IF NOT EXISTS` would stand.
    pub guard_at: usize,
    /// Where `OR REPLACE` would stand, of the kinds that know it.
    pub replace_at: Option<usize>,
}

/// What a created object consists of.
#[derive(Clone, Debug)]
pub enum Made {
    Table(Table),
    Index(Index),
    /// The columns that it names, and what its query reads.
    View {
        columns: Option<Vec<String>>,
        uses: Uses,
    },
    Enum(Vec<Ident>),
    Sequence {
        owner: Option<(Name, Ident)>,
    },
    Function {
        returns: String,
    },
    /// The function that it calls, and the columns that it watches.
    Trigger {
        function: Option<Name>,
        uses: Uses,
    },
    /// A policy or a rule.
    Reader(Uses),
    /// A domain.
    Typed(TypeName),
    /// A schema, with what is created in it by the same statement.
    Schema,
    Other,
}

/// A table's definition.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub columns: Vec<Column>,
    pub constraints: Vec<Constraint>,
    /// `INHERITS`.
    pub parents: Vec<Name>,
    pub likes: Vec<Like>,
    pub partition_of: Option<Name>,
    /// `CREATE TABLE … AS query`.
    pub query: Option<Uses>,
    /// Whether all its columns stand in `columns`.
    pub is_complete: bool,
}

/// `LIKE table`.
#[derive(Clone, Debug)]
pub struct Like {
    pub table: Name,
    /// Whether the columns have the defaults of the others.
    pub defaults: bool,
    /// Whether the indexes of the other come with it, under names that the database finds.
    pub indexes: bool,
}

/// A column's definition.
#[derive(Clone, Debug)]
pub struct Column {
    pub name: Ident,
    pub ty: TypeName,
    pub span: Span,
    pub not_null: bool,
    /// Whether it has a default, is generated, or is an identity.
    pub has_default: bool,
    pub identity: bool,
    pub generated: bool,
    pub constraints: Vec<Constraint>,
    /// What its default, checks and generation use.
    pub uses: Uses,
}

/// What is behind the name of a type without negative numbers.
pub const UNSIGNED: &str = " unsigned";

/// A type as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeName {
    /// The usual spelling of a built-in type, else the name as it is.
    pub name: Name,
    pub arguments: String,
    pub array: bool,
    pub span: Span,
}

impl TypeName {
    /// `serial` and its sizes.
    pub fn is_serial(&self) -> bool {
        matches!(self.name.name.as_str(), "serial" | "bigserial" | "smallserial")
    }

    /// The type that a column of it has: a serial one is an integer with a default.
    pub fn stored(&self) -> Self {
        let name = match self.name.name.as_str() {
            "serial" => "integer",
            "bigserial" => "bigint",
            "smallserial" => "smallint",
            _ => return self.clone(),
        };
        TypeName { name: Name { name: name.into(), ..self.name.clone() }, ..self.clone() }
    }

    /// The type of a text that [`text`](Self::text) made.
    pub fn of_text(text: &str) -> Self {
        let (text, array) = text.strip_suffix("[]").map_or((text, false), |text| (text, true));
        let (text, unsigned) = text.strip_suffix(UNSIGNED).map_or((text, ""), |text| (text, UNSIGNED));
        let (name, arguments) = text.split_once('(').unwrap_or((text, ""));
        let name = Name { schema: None, name: format!("{name}{unsigned}"), span: Span::at(0) };
        TypeName { name, arguments: arguments.trim_end_matches(')').to_string(), array, span: Span::at(0) }
    }

    /// The type in one spelling.
    pub fn text(&self) -> String {
        let array = if self.array { "[]" } else { "" };
        if self.arguments.is_empty() {
            return format!("{}{array}", self.name.shown());
        }
        let name = self.name.shown();
        let (name, unsigned) = name.strip_suffix(UNSIGNED).map_or((&*name, ""), |name| (name, UNSIGNED));
        format!("{name}({}){unsigned}{array}", self.arguments)
    }
}

/// A constraint, of a table or inline.
#[derive(Clone, Debug)]
pub struct Constraint {
    pub name: Option<Ident>,
    pub kind: ConstraintKind,
    pub span: Span,
    pub not_valid: bool,
}

#[derive(Clone, Debug)]
pub enum ConstraintKind {
    /// `using`: the index that it takes over.
    PrimaryKey {
        columns: Vec<Ident>,
        using: Option<Ident>,
    },
    Unique {
        columns: Vec<Ident>,
        using: Option<Ident>,
    },
    /// An index inside of a table's definition (MySQL). `blocks`: nobody writes while it is built.
    Key {
        columns: Vec<Ident>,
        blocks: bool,
    },
    /// `filled`: the column that it says not to be null, where it says nothing else.
    Check {
        uses: Uses,
        filled: Option<String>,
    },
    ForeignKey {
        columns: Vec<Ident>,
        table: Name,
        referenced: Vec<Ident>,
    },
    Exclude {
        columns: Vec<Ident>,
    },
    NotNull {
        column: Ident,
    },
}

/// An index's definition.
#[derive(Clone, Debug)]
pub struct Index {
    pub table: Name,
    pub unique: bool,
    /// The columns that it is made of; an expression is `None` or named as PostgreSQL names it.
    pub keys: Vec<IndexKey>,
    pub uses: Uses,
    /// Whether it has a `WHERE`.
    pub partial: bool,
    /// Whether it is named, or PostgreSQL finds a name.
    pub named: bool,
    /// Of MySQL's full-text and spatial indexes: nobody writes while they are built.
    pub blocks: bool,
}

#[derive(Clone, Debug)]
pub enum IndexKey {
    Column(Ident),
    /// How PostgreSQL would name a column for it.
    Expression(String),
}

/// `DROP …`.
#[derive(Clone, Debug)]
pub struct Drop {
    pub objects: Vec<Object>,
    pub if_exists: bool,
    pub cascade: bool,
    pub concurrently: bool,
    /// Where `IF EXISTS` would stand.
    pub guard_at: usize,
}

/// `ALTER TABLE …`, and the same of other relations.
#[derive(Clone, Debug)]
pub struct Alter {
    pub class: Class,
    pub name: Name,
    pub if_exists: bool,
    pub commands: Vec<Command>,
    /// Where `IF EXISTS` would stand.
    pub guard_at: usize,
}

/// One command of an `ALTER TABLE`.
#[derive(Clone, Debug)]
pub struct Command {
    pub span: Span,
    pub change: Change,
    /// Where `IF [NOT] EXISTS` would stand, of the commands that know it.
    pub guard_at: Option<usize>,
}

#[derive(Clone, Debug)]
pub enum Change {
    AddColumn {
        column: Box<Column>,
        if_not_exists: bool,
    },
    DropColumn {
        column: Ident,
        if_exists: bool,
        cascade: bool,
    },
    RenameColumn {
        from: Ident,
        to: Ident,
    },
    RenameTo(Name),
    RenameConstraint {
        from: Ident,
        to: Ident,
    },
    AddConstraint(Box<Constraint>),
    DropConstraint {
        name: Ident,
        if_exists: bool,
        cascade: bool,
    },
    DropPrimaryKey,
    DropKey {
        name: Ident,
        if_exists: bool,
    },
    RenameKey {
        from: Ident,
        to: Ident,
    },
    ValidateConstraint(Ident),
    /// `converted`: by a `USING`; `compounds`: which computes something from the column.
    SetType {
        column: Ident,
        ty: TypeName,
        converted: bool,
        compounds: bool,
    },
    /// MySQL's `MODIFY` and `CHANGE`: the old name, and the column as it is now.
    Redefine {
        from: Ident,
        column: Box<Column>,
    },
    SetNotNull(Ident),
    DropNotNull(Ident),
    SetDefault(Ident),
    DropDefault(Ident),
    AddIdentity(Ident),
    DropIdentity {
        column: Ident,
        if_exists: bool,
    },
    DropExpression {
        column: Ident,
        if_exists: bool,
    },
    /// Another change of a column that has to be there.
    Column(Ident),
    SetSchema(Ident),
    Attach(Name),
    Detach(Name),
    AttachIndex(Name),
    Inherit(Name),
    NoInherit(Name),
    /// A trigger or rule is switched on or off.
    Switch {
        class: Class,
        name: Ident,
    },
    OwnedBy(Option<(Name, Ident)>),
    Other,
}

/// `ALTER TYPE … ADD VALUE`, `RENAME VALUE`.
#[derive(Clone, Debug)]
pub struct EnumValue {
    pub ty: Name,
    pub label: Ident,
    pub if_not_exists: bool,
    /// The new label, where it is renamed.
    pub to: Option<Ident>,
    pub guard_at: usize,
}

/// `INSERT`, `REPLACE`, `COPY … FROM`.
#[derive(Clone, Debug)]
pub struct Insert {
    pub table: Name,
    pub columns: Vec<Ident>,
    pub guarded: bool,
    /// Whether its rows are known not to be there by a way that only the data tell.
    pub doubtful: bool,
    /// Bare words of its query's list, which can be nothing but columns.
    pub selected: Vec<Ident>,
    pub uses: Uses,
}

/// `UPDATE`.
#[derive(Clone, Debug)]
pub struct Update {
    pub table: Name,
    pub alias: Option<String>,
    pub columns: Vec<Ident>,
    /// The first column that is computed from itself.
    pub compounds: Option<Ident>,
    /// Columns that are computed from others.
    pub converts: Vec<(Ident, String)>,
    pub has_where: bool,
    pub uses: Uses,
}

/// `DELETE`.
#[derive(Clone, Debug)]
pub struct Delete {
    pub table: Name,
    pub has_where: bool,
    pub uses: Uses,
}
