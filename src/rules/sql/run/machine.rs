//! The machine: executes statements, and knows in which run it is.

use std::cell::RefCell;
use std::sync::Arc;

use super::state::{Definition, Entity, Fact, Id, Key, Site, State};
use crate::formats::sql::model::{Action, Class, Name};
use crate::formats::sql::{Dialect, Reading, Standing, Statement};
use crate::text::Span;

/// Which run it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rules::sql) enum Run {
    /// It succeeded: what it needed was there.
    First,
    /// It is what is asked about.
    Second,
    /// From nothing: what is not known does not exist.
    Replay,
}

impl Run {
    pub fn number(self) -> u8 {
        match self {
            Run::Second => 2,
            _ => 1,
        }
    }
}

/// Why a statement is refused, or changes something again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rules::sql) struct Failure {
    /// The error's name in PL/pgSQL; empty: it is no error.
    pub condition: &'static str,
    pub message: String,
    /// What offends.
    pub subject: String,
    /// The statement that made it so.
    pub by: Option<Site>,
    /// Where it is refused.
    pub site: Site,
    /// Whether the dialect has a clause that guards this form.
    pub guardable: bool,
    /// The name that is missing or taken, where it stands.
    pub span: Option<Span>,
}

/// What a run has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rules::sql) enum Event {
    Failed(Failure),
    /// Rows or columns that the file leaves behind are taken away.
    Destroyed {
        site: Site,
        what: String,
        subject: String,
        by: Option<Site>,
    },
    /// A definition that does nothing, though it says something else than what is there.
    Shadowed {
        site: Site,
        name: String,
        by: Site,
        difference: String,
    },
    /// A reference to columns that are not unique.
    NotUnique {
        site: Site,
        span: Span,
        table: String,
        columns: String,
        by: Site,
    },
    /// A column that was defined so is defined anew.
    Redefined {
        site: Site,
        column: String,
        old: Arc<Definition>,
    },
    /// A table gives up its name.
    Left {
        site: Site,
        id: Id,
        schema: String,
        name: String,
        /// All its columns, where they are known, as far as they are.
        columns: Option<Vec<(String, Option<Arc<Definition>>)>>,
    },
    /// `DROP TABLE IF EXISTS` of what is not there.
    Spared {
        site: Site,
        schema: String,
        name: String,
        /// What took it away before, where it ever was there.
        by: Option<Site>,
    },
    /// Rows of one table are put into another.
    Copied {
        from: Id,
        into: Id,
    },
}

/// A result, or why there is none.
pub(super) type Done<T = ()> = Result<T, Box<Failure>>;

/// What is known of an object.
#[derive(Clone, Debug)]
pub(super) enum Known {
    Present(Fact),
    /// The statement that took it away, where there is one.
    Absent(Option<Site>),
    Unknown,
}

pub(in crate::rules::sql) struct Machine<'t> {
    pub state: State,
    pub(super) run: Run,
    /// Whether what is refused fails; in the first run it is taken for granted that nothing was.
    pub(super) strict: bool,
    pub(super) reading: &'t Reading,
    pub(super) text: &'t [u8],
    pub(super) site: Site,
    pub events: Vec<Event>,
    /// What does not keep a statement from running: repetitions, and in a replay what was missed and is taken for there.
    pub(super) missed: RefCell<Vec<Failure>>,
    /// In a replay: whether something ran that may have made anything.
    pub(super) open: bool,
    /// Whether an extension was made, with types of its own.
    pub(super) extended: bool,
    /// How many blocks around catch errors.
    pub(super) catching: usize,
    /// What the last query of a block found.
    pub(super) found: crate::formats::sql::probe::Condition,
}

impl<'t> Machine<'t> {
    pub fn new(reading: &'t Reading, run: Run) -> Self {
        let schema = default_schema(reading.dialect);
        let span = Span::at(0);
        Machine {
            state: State::new(schema),
            run,
            strict: run != Run::First,
            reading,
            text: &[],
            site: Site { file: 0, span },
            events: Vec::new(),
            missed: RefCell::default(),
            open: false,
            extended: false,
            catching: 0,
            found: crate::formats::sql::probe::Condition::Unknown,
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.reading.dialect
    }

    /// Whether the commands of `ALTER` have `IF [NOT] EXISTS`.
    pub(super) fn guards_commands(&self) -> bool {
        matches!(self.dialect(), Dialect::Postgres | Dialect::Generic)
    }

    /// Ends a session, and begins the next run in a new one.
    pub fn again(&mut self) {
        self.end_session();
        self.run = Run::Second;
        self.strict = true;
    }

    /// What belongs to a session ends with it.
    pub fn end_session(&mut self) {
        for key in self.state.take_contents(TEMPORARY) {
            let id = self.state.fact(&key).and_then(|fact| fact.id);
            if let Some(id) = id {
                self.vanish(id);
            }
        }
        let schema = default_schema(self.dialect());
        self.state.enter(schema);
    }

    /// Executes one statement of a text. One that is refused changes nothing.
    pub fn statement(&mut self, text: &'t [u8], file: usize, statement: &Statement) {
        self.text = text;
        self.site = Site { file, span: statement.head() };
        // A statement that nobody understands may have made anything.
        self.open |= statement.standing != Standing::Understood;
        if let Err(failure) = self.execute(statement) {
            self.events.push(Event::Failed(*failure));
        }
        let missed = self.missed.take();
        self.events.extend(missed.into_iter().map(Event::Failed));
    }

    pub(super) fn execute(&mut self, statement: &Statement) -> Done {
        let (mark, events) = (self.state.mark(), self.events.len());
        for action in &statement.actions {
            if let Err(failure) = self.action(action) {
                self.state.take_back(mark);
                self.events.truncate(events);
                return Err(failure);
            }
        }
        Ok(())
    }

    fn action(&mut self, action: &Action) -> Done {
        match action {
            Action::Create(create) => self.create(create),
            Action::Drop(drop) => self.drop(drop),
            Action::Alter(alter) => self.alter(alter),
            Action::EnumValue(value) => self.enum_value(value),
            Action::Rename { object, to } => self.rename(object, to),
            Action::Move { object, schema } => self.move_object(object, schema),
            Action::Require(objects) => objects.iter().try_for_each(|object| self.require(object)),
            Action::Insert(insert) => self.insert(insert),
            Action::Update(update) => self.update(update),
            Action::Delete(delete) => self.delete(delete),
            Action::Truncate { tables, .. } => tables.iter().try_for_each(|table| self.empty(table, true)),
            Action::Query(uses) => {
                // A function may make anything.
                self.open |= uses.calls.iter().any(|call| self.is_function(call));
                self.check_uses(uses, None)
            }
            Action::Call(names) => {
                // A procedure may make anything, and may take away what it is told about.
                self.open = true;
                names.iter().for_each(|name| self.forget(name, names.len() == 1));
                Ok(())
            }
            Action::Do(body) => self.run_block(*body),
            Action::SearchPath(schema) => {
                let schema = schema.clone().unwrap_or_else(|| default_schema(self.dialect()).to_string());
                self.state.enter(&schema);
                Ok(())
            }
            Action::Computed(words) => {
                self.computed(words);
                Ok(())
            }
            Action::Transaction(_) | Action::Reindex { .. } | Action::ForeignKeyChecks(_) => Ok(()),
        }
    }

    /// Something ran that may have made anything, and changed whatever its strings name.
    pub(super) fn computed(&mut self, words: &[String]) {
        self.open = true;
        for word in words {
            for name in [word.clone(), word.to_ascii_lowercase()] {
                let name = Name { schema: None, name, span: self.site.span };
                if let Known::Present(Fact { id: Some(id), .. }) = self.relation(&name) {
                    self.state.forget_parts_of(id);
                }
            }
        }
    }

    /// Refuses, where this run can be refused.
    pub(super) fn refuse(&self, failure: Failure) -> Done {
        if self.run == Run::Replay && self.catching == 0 {
            return self.miss(failure);
        }
        if failure.condition.is_empty() {
            // It runs all the same.
            self.missed.borrow_mut().push(failure);
            return Ok(());
        }
        if self.strict { Err(Box::new(failure)) } else { Ok(()) }
    }

    /// In a replay, what is missing is told, and taken for there; what is there is told, and the statement skipped.
    fn miss(&self, failure: Failure) -> Done {
        match failure.condition {
            "undefined_table" | "undefined_column" | "undefined_object" => {
                self.missed.borrow_mut().push(failure);
                Ok(())
            }
            condition if condition.starts_with("duplicate_") => Err(Box::new(failure)),
            _ => Ok(()),
        }
    }

    pub(super) fn failure(&self, condition: &'static str, subject: impl Into<String>, message: impl Into<String>) -> Failure {
        let (subject, message) = (subject.into(), message.into());
        Failure { condition, message, subject, by: None, site: self.site, guardable: true, span: None }
    }

    /// Nothing is known any more of what is called so. Of several names, one is that of the table which the others are parts of.
    fn forget(&mut self, name: &str, alone: bool) {
        let name = if self.dialect() == Dialect::Postgres { name.to_string() } else { name.to_ascii_lowercase() };
        if alone {
            self.state.forget(Key::Named(Class::Table, self.state.schema.clone(), name.clone()));
        }
        for class in [Class::Column, Class::Constraint, Class::Index, Class::Trigger] {
            self.state.forget_parts(class, &name);
        }
    }

    pub(super) fn schema_of(&self, name: &Name) -> String {
        name.schema.clone().unwrap_or_else(|| self.state.schema.clone())
    }

    pub(super) fn relation_key(&self, name: &Name) -> Key {
        if name.schema.is_none() {
            let temporary = Key::Named(Class::Table, TEMPORARY.into(), name.name.clone());
            if self.state.fact(&temporary).is_some_and(|fact| fact.present) {
                return temporary;
            }
        }
        Key::Named(Class::Table, self.schema_of(name), name.name.clone())
    }

    /// What is known of an object by its key.
    pub(super) fn known(&self, key: &Key) -> Known {
        match self.state.fact(key) {
            Some(fact) if fact.present => Known::Present(fact),
            _ if self.state.clouded(key).is_some() => Known::Unknown,
            Some(fact) => Known::Absent(Some(fact.by)),
            None => match key {
                Key::Named(_, schema, name) if is_catalogue(schema, name) => Known::Unknown,
                Key::Named(_, schema, _) if self.run == Run::Replay && !self.open && self.is_ours(schema) => Known::Absent(None),
                Key::Named(..) => Known::Unknown,
                Key::Part(id, class, _) => self.unknown_part(*id, *class),
            },
        }
    }

    /// Whether all that is in the schema was made by what ran: it is the default one, or was made itself.
    fn is_ours(&self, schema: &str) -> bool {
        let made = || Key::Named(Class::Schema, String::new(), schema.to_string());
        schema.is_empty() || schema == default_schema(self.dialect()) || self.state.fact(&made()).is_some_and(|fact| fact.present)
    }

    fn unknown_part(&self, id: Id, class: Class) -> Known {
        match self.state.entity(id) {
            // What is computed when it runs may have added anything.
            Some(entity) if entity.complete && !self.open && matches!(class, Class::Column | Class::EnumValue) => {
                Known::Absent(Some(entity.by))
            }
            _ => Known::Unknown,
        }
    }

    pub(super) fn relation(&self, name: &Name) -> Known {
        self.known(&self.relation_key(name))
    }

    /// The entity behind a relation's name, made up where nothing is known of it but that it is there.
    pub(super) fn need_relation(&mut self, name: &Name) -> Done<Option<Id>> {
        self.find_relation(name, false)
    }

    /// The same; `guardable`: the statement has a clause for that it is not there.
    pub(super) fn find_relation(&mut self, name: &Name, guardable: bool) -> Done<Option<Id>> {
        let key = self.relation_key(name);
        match self.known(&key) {
            Known::Present(Fact { id: Some(id), .. }) => return Ok(Some(id)),
            Known::Absent(by) => {
                let message = format!("the relation `{}` is not there", name.shown());
                let failure = self.failure("undefined_table", name.shown(), message);
                self.refuse(Failure { by, guardable, span: Some(name.span), ..failure })?;
            }
            _ => {}
        }
        if is_catalogue(&self.schema_of(name), &name.name) {
            return Ok(None);
        }
        Ok(Some(self.assume_relation(key, Class::Table)))
    }

    /// An object that must have been there before.
    pub(super) fn assume_relation(&mut self, key: Key, class: Class) -> Id {
        let owner = self.state.clouded(&key);
        let class = if owner.is_some() { Class::Index } else { class };
        let id = self.state.add(self.entity(class, key.clone(), 0));
        if let Some((owner, _)) = owner {
            self.state.adopt(owner, id);
        }
        self.state.set(key, true, self.site, 0, Some(id));
        id
    }

    pub(super) fn entity(&self, class: Class, key: Key, run: u8) -> Entity {
        Entity {
            class,
            key,
            by: self.site,
            run,
            complete: false,
            temporary: false,
            dropped: false,
            emptied: 0,
            copied: 0,
            parent: None,
            primary: None,
            shape: None,
            unique: Vec::new(),
        }
    }

    /// Makes an object, and gives it its name.
    pub(super) fn make(&mut self, class: Class, key: Key) -> Id {
        let run = self.run.number();
        let id = self.state.add(self.entity(class, key.clone(), run));
        self.state.set(key, true, self.site, run, Some(id));
        id
    }

    pub(super) fn set_part(&mut self, id: Id, class: Class, name: &str, present: bool) {
        let run = self.run.number();
        self.state.set(Key::Part(id, class, name.to_string()), present, self.site, run, None);
    }
}

/// The schema of temporary objects.
pub(super) const TEMPORARY: &str = "pg_temp";

fn default_schema(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres | Dialect::Generic => "public",
        Dialect::Mysql => "",
        Dialect::Sqlite => "main",
    }
}

/// Whether the name is one of the database's own.
pub(super) fn is_catalogue(schema: &str, name: &str) -> bool {
    matches!(schema, "pg_catalog" | "information_schema" | "sys" | "mysql" | "performance_schema")
        || ["pg_", "sqlite_"].iter().any(|prefix| name.starts_with(prefix))
        || TOOLS.contains(&name)
}

/// Tables that migration tools and extensions keep.
pub(in crate::rules::sql) const TOOLS: &[&str] = &[
    "schema_migrations",
    "_sqlx_migrations",
    "__diesel_schema_migrations",
    "goose_db_version",
    "goose_db_version_id_seq",
    "flyway_schema_history",
    "refinery_schema_history",
    "_prisma_migrations",
    "__drizzle_migrations",
    "gorp_migrations",
    "ar_internal_metadata",
    "spatial_ref_sys",
    "geometry_columns",
    "geography_columns",
    "dual",
];
