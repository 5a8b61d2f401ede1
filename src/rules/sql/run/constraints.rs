//! Constraints: their names, what they need, and what depends on them.

use super::machine::{Done, Event, Failure, Known, Machine, Run};
use super::state::{Definition, Id, Key, Owner, Target};
use crate::formats::sql::model::{Class, Constraint, ConstraintKind, Ident, Name};
use crate::formats::sql::{Dialect, default_name};

impl Machine<'_> {
    /// `added`: by an `ALTER TABLE`, to a table that is there.
    pub(super) fn add_constraint(&mut self, id: Id, constraint: &Constraint, added: bool) -> Done {
        let schema = self.schema_of_id(id);
        let base = self.constraint_name(id, constraint);
        if let ConstraintKind::NotNull { .. } = constraint.kind {
            return Ok(());
        }
        if let ConstraintKind::PrimaryKey { .. } = constraint.kind {
            self.one_primary_key(id, &base)?;
        }
        let class = self.class_of(&constraint.kind);
        let name = match &constraint.name {
            Some(name) => name.text.clone(),
            None => {
                if added {
                    self.same_again(id, &base, class)?;
                }
                self.free_name(id, &schema, &base, class)
            }
        };
        if constraint.name.is_some() {
            self.name_is_free(id, &schema, &name, constraint)?;
        }
        self.state.renew(&Owner::Part(id, Class::Constraint, name.clone()));
        if let ConstraintKind::PrimaryKey { using: Some(using), .. } | ConstraintKind::Unique { using: Some(using), .. } =
            &constraint.kind
            && using.text != name
        {
            self.index_is_there(&schema, using)?;
        }
        if let ConstraintKind::ForeignKey { table, referenced, .. } = &constraint.kind {
            self.foreign_key(id, &name, (table, referenced))?;
        }
        for column in columns(&constraint.kind) {
            self.need_column(id, &column)?;
            self.state.depend(Owner::Part(id, Class::Constraint, name.clone()), Target::Column(id, column.text));
        }
        self.set_part(id, class, &name, true);
        if let ConstraintKind::Check { uses, filled } = &constraint.kind {
            self.depend_on_calls(&Owner::Part(id, Class::Constraint, name.clone()), uses);
            if let Some(column) = filled {
                let checked = (name.clone(), !constraint.not_valid);
                self.state.redefine(id, column, |known| known.checked = Some(checked));
            }
        }
        self.unique_columns(id, &schema, &name, constraint);
        self.index_of(id, &schema, name, constraint);
        Ok(())
    }

    /// Remembers what a constraint makes unique, and what of it is filled.
    fn unique_columns(&mut self, id: Id, schema: &str, name: &str, constraint: &Constraint) {
        if let ConstraintKind::PrimaryKey { columns, using } = &constraint.kind {
            let primary = name.to_string();
            self.state.change(id, |entity| entity.primary = Some(primary));
            let keys = using.as_ref().map(|using| self.keys_of(schema, using)).unwrap_or_default();
            for column in columns.iter().map(|column| &column.text).chain(&keys) {
                self.state.redefine(id, column, |known| known.not_null = true);
            }
        }
        if let ConstraintKind::PrimaryKey { columns, using: None } | ConstraintKind::Unique { columns, using: None } =
            &constraint.kind
        {
            let set: Vec<String> = columns.iter().map(|column| column.text.clone()).collect();
            let name = name.to_string();
            self.state.change(id, |entity| entity.unique.push((name, set)));
        }
        if let ConstraintKind::PrimaryKey { using: Some(using), .. } | ConstraintKind::Unique { using: Some(using), .. } =
            &constraint.kind
        {
            let (name, using) = (name.to_string(), using.text.clone());
            self.state.change(id, |entity| {
                let taken = entity.unique.iter_mut().find(|(index, _)| *index == using);
                taken.into_iter().for_each(|(index, _)| index.clone_from(&name));
            });
        }
    }

    /// The columns of an index, where they are known.
    fn keys_of(&self, schema: &str, index: &Ident) -> Vec<String> {
        let fact = self.state.fact(&Key::Named(Class::Table, schema.to_string(), index.text.clone()));
        let entity = fact.and_then(|fact| fact.id).and_then(|id| self.state.entity(id));
        entity.and_then(|entity| entity.shape.clone()).unwrap_or_default()
    }

    /// To MySQL a unique constraint is an index, and goes by the names of indexes.
    fn class_of(&self, kind: &ConstraintKind) -> Class {
        match kind {
            ConstraintKind::Key { .. } => Class::Index,
            ConstraintKind::Unique { .. } if self.dialect() == Dialect::Mysql => Class::Index,
            _ => Class::Constraint,
        }
    }

    /// A constraint takes an index over, which then has its name.
    fn index_is_there(&self, schema: &str, using: &Ident) -> Done {
        match self.known(&Key::Named(Class::Table, schema.to_string(), using.text.clone())) {
            Known::Absent(by) => {
                let failure =
                    self.failure("undefined_object", using.text.clone(), format!("the index `{}` is not there", using.text));
                self.refuse(Failure { by, guardable: false, span: Some(using.span), ..failure })
            }
            _ => Ok(()),
        }
    }

    /// Whether a constraint's index has its name among those of tables.
    fn names_indexes(&self) -> bool {
        matches!(self.dialect(), Dialect::Postgres | Dialect::Generic)
    }

    /// Unique constraints come with an index of their name, or take one over.
    fn index_of(&mut self, id: Id, schema: &str, name: String, constraint: &Constraint) {
        if !self.names_indexes() {
            return;
        }
        let (ConstraintKind::PrimaryKey { using, .. } | ConstraintKind::Unique { using, .. }) = &constraint.kind else {
            if let ConstraintKind::Exclude { .. } = constraint.kind {
                let index = self.make(Class::Index, Key::Named(Class::Table, schema.to_string(), name));
                self.state.adopt(id, index);
            }
            return;
        };
        let site = self.site;
        if let Some(using) = using {
            self.state.set(
                Key::Named(Class::Table, schema.to_string(), using.text.clone()),
                false,
                site,
                self.run.number(),
                None,
            );
        }
        let index = self.make(Class::Index, Key::Named(Class::Table, schema.to_string(), name));
        self.state.adopt(id, index);
    }

    /// The name that a constraint has, or that PostgreSQL would find first.
    fn constraint_name(&self, id: Id, constraint: &Constraint) -> String {
        if let Some(name) = &constraint.name {
            return name.text.clone();
        }
        let table = self.name_of_id(id);
        let join = |columns: &[Ident]| columns.iter().map(|column| column.text.as_str()).collect::<Vec<_>>().join("_");
        match &constraint.kind {
            ConstraintKind::PrimaryKey { .. } if self.dialect() == Dialect::Mysql => "PRIMARY".into(),
            ConstraintKind::PrimaryKey { .. } => default_name(&table, "", "pkey"),
            ConstraintKind::Unique { columns, .. } if self.dialect() == Dialect::Mysql => {
                columns.first().map_or(String::new(), |column| column.text.clone())
            }
            ConstraintKind::ForeignKey { .. } if self.dialect() == Dialect::Mysql => format!("{table}_ibfk_1"),
            ConstraintKind::Unique { columns, .. } => default_name(&table, &join(columns), "key"),
            ConstraintKind::Key { columns, .. } => columns.first().map_or(String::new(), |column| column.text.clone()),
            ConstraintKind::ForeignKey { columns, .. } => default_name(&table, &join(columns), "fkey"),
            ConstraintKind::Exclude { columns } => default_name(&table, &join(columns), "excl"),
            ConstraintKind::NotNull { .. } => String::new(),
            ConstraintKind::Check { uses, .. } => {
                let mut names: Vec<&str> = uses.columns.iter().map(|column| column.name.as_str()).collect();
                names.sort_unstable();
                names.dedup();
                let only = if let [only] = names[..] { only } else { "" };
                default_name(&table, only, "check")
            }
        }
    }

    fn one_primary_key(&self, id: Id, name: &str) -> Done {
        let Some(primary) = self.state.entity(id).and_then(|entity| entity.primary.clone()) else { return Ok(()) };
        let message = format!("`{}` already has a primary key", self.name_of_id(id));
        let failure = self.failure("invalid_table_definition", name, message);
        let by = self.state.fact(&Key::Part(id, Class::Constraint, primary)).map(|fact| fact.by);
        self.refuse(Failure { by, guardable: false, ..failure })
    }

    /// Without a name, another constraint of the same kind is added each time.
    fn same_again(&self, id: Id, base: &str, class: Class) -> Done {
        let known = self.known(&Key::Part(id, class, base.to_string()));
        let (Known::Present(fact), Run::Second) = (known, self.run) else { return Ok(()) };
        let failure = self.failure("", base, format!("another constraint like `{base}` is added"));
        self.refuse(Failure { by: Some(fact.by), guardable: false, ..failure })
    }

    fn name_is_free(&self, id: Id, schema: &str, name: &str, constraint: &Constraint) -> Done {
        // SQLite reads the names of constraints, and does not keep them.
        if self.dialect() == Dialect::Sqlite {
            return Ok(());
        }
        let span = constraint.name.as_ref().map(|name| name.span);
        let has_index = matches!(
            &constraint.kind,
            ConstraintKind::PrimaryKey { using: None, .. }
                | ConstraintKind::Unique { using: None, .. }
                | ConstraintKind::Exclude { .. }
        );
        if has_index
            && self.names_indexes()
            && let Known::Present(fact) = self.known(&Key::Named(Class::Table, schema.to_string(), name.to_string()))
        {
            let failure = self.failure("duplicate_table", name, format!("the constraint `{name}` is already there"));
            return self.refuse(Failure { by: Some(fact.by), guardable: false, span, ..failure });
        }
        if let Known::Present(fact) = self.known(&Key::Part(id, self.class_of(&constraint.kind), name.to_string())) {
            let failure = self.failure("duplicate_object", name, format!("the constraint `{name}` is already there"));
            return self.refuse(Failure { by: Some(fact.by), guardable: false, span, ..failure });
        }
        Ok(())
    }

    fn foreign_key(&mut self, id: Id, name: &str, (table, referenced): (&Name, &[Ident])) -> Done {
        let itself = self.name_of_id(id) == table.name
            && (table.schema.is_none() || table.schema.as_deref() == Some(&self.schema_of_id(id)));
        let other = if itself {
            Some(id)
        } else if self.dialect() == Dialect::Postgres {
            self.need_relation(table)?
        } else {
            None
        };
        let Some(other) = other else { return Ok(()) };
        self.referenced_is_unique(other, table, referenced);
        let owner = Owner::Part(id, Class::Constraint, name.to_string());
        self.state.depend(owner.clone(), Target::Entity(other));
        for column in referenced {
            self.need_column(other, column)?;
            self.state.depend(owner.clone(), Target::Column(other, column.text.clone()));
        }
        Ok(())
    }

    /// In a replay, what is referenced must be unique, where all is known of it.
    fn referenced_is_unique(&mut self, other: Id, table: &Name, referenced: &[Ident]) {
        let Some(entity) = self.state.entity(other).filter(|entity| entity.complete && entity.class == Class::Table) else {
            return;
        };
        if self.run != Run::Replay || self.dialect() == Dialect::Mysql {
            return;
        }
        let mut wanted: Vec<&str> = referenced.iter().map(|column| column.text.as_str()).collect();
        wanted.sort_unstable();
        let is_wanted = |set: &[String]| {
            let mut set: Vec<&str> = set.iter().map(String::as_str).collect();
            set.sort_unstable();
            set == wanted
        };
        let unique = match referenced {
            [] => entity.primary.is_some(),
            _ => entity.unique.iter().any(|(_, set)| is_wanted(set)),
        };
        if !unique {
            let columns = referenced.iter().map(|column| column.text.clone()).collect::<Vec<_>>().join(", ");
            let by = entity.by;
            self.events.push(Event::NotUnique { site: self.site, span: table.span, table: table.shown(), columns, by });
        }
    }

    /// Changes what is known of the column that a constraint is only about.
    pub(super) fn recheck(&mut self, id: Id, constraint: &str, change: impl FnOnce(&mut Option<(String, bool)>)) {
        let is = |known: &Definition| known.checked.as_ref().is_some_and(|(name, _)| name == constraint);
        let columns = self.state.definitions(id);
        if let Some((column, _)) = columns.iter().find(|(_, known)| known.as_ref().is_some_and(|known| is(known))) {
            self.state.redefine(id, column, |known| change(&mut known.checked));
        }
    }

    pub(super) fn drop_constraint(&mut self, id: Id, name: &str, if_exists: bool) -> Done {
        let index = Key::Part(id, Class::Index, name.to_string());
        if self.dialect() == Dialect::Mysql && self.state.fact(&index).is_some() {
            return self.drop_key(id, &Ident { text: name.to_string(), span: self.site.span }, if_exists);
        }
        match self.known(&Key::Part(id, Class::Constraint, name.to_string())) {
            Known::Absent(_) if if_exists => return Ok(()),
            Known::Absent(by) => {
                let failure = self.failure("undefined_object", name, format!("the constraint `{name}` is not there"));
                self.refuse(Failure { by, guardable: self.guards_commands(), ..failure })?;
            }
            _ => {}
        }
        let key = Key::Named(Class::Table, self.schema_of_id(id), name.to_string());
        let index = self.state.fact(&key).filter(|fact| fact.present).and_then(|fact| fact.id);
        if let Some(index) = index.filter(|index| self.state.entity(*index).is_some_and(|entity| entity.parent == Some(id))) {
            self.vanish(index);
        }
        self.state.change(id, |entity| {
            entity.unique.retain(|(constraint, _)| constraint != name);
            if entity.primary.as_deref() == Some(name) {
                entity.primary = None;
            }
        });
        self.recheck(id, name, |checked| *checked = None);
        self.set_part(id, Class::Constraint, name, false);
        Ok(())
    }
}

/// The table's own columns that a constraint is about.
fn columns(kind: &ConstraintKind) -> Vec<Ident> {
    match kind {
        ConstraintKind::PrimaryKey { columns, .. }
        | ConstraintKind::Unique { columns, .. }
        | ConstraintKind::Key { columns, .. }
        | ConstraintKind::ForeignKey { columns, .. } => columns.clone(),
        ConstraintKind::Check { uses, .. } => {
            uses.columns.iter().map(|column| Ident { text: column.name.clone(), span: column.span }).collect()
        }
        ConstraintKind::Exclude { columns } => columns.clone(),
        ConstraintKind::NotNull { column } => vec![column.clone()],
    }
}
