//! `CREATE …`: what must not be there yet, and what there is afterwards.

use super::machine::{Done, Failure, Known, Machine, TEMPORARY};
use super::state::{Fact, Id, Key, Owner, Target};
use crate::formats::sql::Dialect;
use crate::formats::sql::model::{Class, Create, Made, Name};
use crate::formats::sql::query::Uses;

impl Machine<'_> {
    pub(super) fn create(&mut self, create: &Create) -> Done {
        match (&create.made, create.object.class) {
            (Made::Table(table), _) => self.create_table(create, table),
            (Made::Index(index), _) => self.create_index(create, index),
            (Made::View { columns, uses }, _) => self.create_view(create, columns.as_ref(), uses),
            (Made::Sequence { owner }, _) => self.create_sequence(create, owner.as_ref()),
            (Made::Function { returns }, _) => self.create_function(create, returns),
            (Made::Trigger { .. } | Made::Reader(_), _) => self.create_on_table(create),
            (Made::Enum(labels), _) => {
                let Some(id) = self.create_plain(create)? else { return Ok(()) };
                self.state.change(id, |entity| entity.complete = true);
                labels.iter().for_each(|label| self.set_part(id, Class::EnumValue, &label.text, true));
                Ok(())
            }
            (Made::Typed(ty), _) => {
                self.check_type(&ty.name)?;
                self.create_plain(create).map(|_| ())
            }
            (_, class) if class.is_relation() => self.make_relation(create, class).map(|_| ()),
            _ => self.create_plain(create).map(|_| ()),
        }
    }

    /// The failure that something of that name is there.
    pub(super) fn taken(&self, create: &Create, condition: &'static str, by: Option<super::state::Site>) -> Failure {
        let noun = create.object.class.noun();
        // An index has the schema of its table, which its own name does not say.
        let by_table = create.object.class == Class::Index && create.object.name.schema.as_ref() == Some(&self.state.schema);
        let name = if by_table { create.object.name.name.clone() } else { create.object.name.shown() };
        let failure = self.failure(condition, name.clone(), format!("the {noun} `{name}` is already there"));
        Failure { by, guardable: self.has_guard(create.object.class), span: Some(create.object.name.span), ..failure }
    }

    /// Whether `CREATE` of the kind has a clause that guards it.
    fn has_guard(&self, class: Class) -> bool {
        match self.dialect() {
            Dialect::Postgres | Dialect::Generic => !matches!(
                class,
                Class::Type
                    | Class::Domain
                    | Class::Policy
                    | Class::Role
                    | Class::Database
                    | Class::Cast
                    | Class::Operator
                    | Class::OperatorClass
                    | Class::OperatorFamily
                    | Class::Conversion
                    | Class::Publication
                    | Class::Subscription
                    | Class::Wrapper
                    | Class::EventTrigger
                    | Class::TextSearch
                    | Class::Tablespace
                    | Class::AccessMethod
            ),
            Dialect::Mysql => class != Class::Index,
            Dialect::Sqlite => true,
        }
    }

    /// An object that only has a name. `None`: it is there, and that is fine.
    fn create_plain(&mut self, create: &Create) -> Done<Option<Id>> {
        let class = create.object.class;
        let key = self.key(&create.object);
        self.extended |= class == Class::Extension;
        if let Known::Present(fact) = self.known(&key) {
            if create.if_not_exists || create.or_replace {
                return Ok(None);
            }
            let condition = match class {
                Class::Schema => "duplicate_schema",
                Class::Database => "duplicate_database",
                _ => "duplicate_object",
            };
            self.refuse(self.taken(create, condition, Some(fact.by)))?;
        }
        Ok(Some(self.make(class, key)))
    }

    /// A relation's name. `None`: it is there, and that is fine.
    pub(super) fn make_relation(&mut self, create: &Create, class: Class) -> Done<Option<Id>> {
        let key = match create.temporary {
            true => Key::Named(Class::Table, TEMPORARY.into(), create.object.name.name.clone()),
            false => Key::Named(Class::Table, self.schema_of(&create.object.name), create.object.name.name.clone()),
        };
        let known = self.known(&key);
        if let Known::Present(fact) = &known {
            if create.if_not_exists {
                return Ok(None);
            }
            self.refuse(self.taken(create, "duplicate_table", Some(fact.by)))?;
        }
        let fresh = !create.if_not_exists || matches!(known, Known::Absent(_));
        let id = self.make(class, key);
        let temporary = create.temporary;
        self.state.change(id, |entity| {
            entity.temporary = temporary;
            // One that may have been there before may be another.
            entity.complete = fresh;
        });
        Ok(Some(id))
    }

    fn create_view(&mut self, create: &Create, columns: Option<&Vec<String>>, uses: &Uses) -> Done {
        self.check_uses(uses, None)?;
        let replaced = match self.relation(&create.object.name) {
            Known::Present(fact) if create.or_replace => Some(fact),
            _ => None,
        };
        if let Some(fact) = replaced {
            self.replace_view(create, columns, &fact)?;
            if let Some(id) = fact.id {
                self.state.change(id, |entity| entity.shape = columns.cloned());
                self.depend_on_uses(id, uses);
            }
            return Ok(());
        }
        let Some(id) = self.make_relation(create, create.object.class)? else { return Ok(()) };
        self.state.change(id, |entity| {
            entity.complete = false;
            entity.shape = columns.cloned();
        });
        self.depend_on_uses(id, uses);
        Ok(())
    }

    /// A view may be replaced by one that only has more columns.
    fn replace_view(&self, create: &Create, columns: Option<&Vec<String>>, fact: &Fact) -> Done {
        let Some(entity) = fact.id.and_then(|id| self.state.entity(id)) else { return Ok(()) };
        let (Some(old), Some(new)) = (&entity.shape, columns) else { return Ok(()) };
        if entity.class != Class::View || new.starts_with(old) {
            return Ok(());
        }
        let name = create.object.name.shown();
        let failure =
            self.failure("invalid_table_definition", name.clone(), format!("the view `{name}` has other columns by then"));
        self.refuse(Failure { by: Some(fact.by), guardable: false, ..failure })
    }

    fn create_sequence(&mut self, create: &Create, owner: Option<&(Name, crate::formats::sql::model::Ident)>) -> Done {
        let Some(id) = self.make_relation(create, Class::Sequence)? else { return Ok(()) };
        if let Some((table, _)) = owner
            && let Some(table) = self.need_relation(table)?
        {
            self.state.adopt(table, id);
        }
        Ok(())
    }

    fn create_function(&mut self, create: &Create, returns: &str) -> Done {
        let key = self.key(&create.object);
        let shape = Some(vec![returns.to_string()]);
        if let Known::Present(fact) = self.known(&key) {
            let old = fact.id.and_then(|id| self.state.entity(id)).and_then(|entity| entity.shape.clone());
            if create.or_replace && (old.is_none() || old == shape) {
                return Ok(());
            }
            if create.if_not_exists {
                return Ok(());
            }
            let condition = if create.or_replace { "invalid_function_definition" } else { "duplicate_function" };
            self.refuse(self.taken(create, condition, Some(fact.by)))?;
        }
        let (schema, name) = (self.schema_of(&create.object.name), &create.object.name.name);
        self.state.add_overload(&schema, name, create.object.arguments.as_deref().unwrap_or_default());
        let id = self.make(Class::Function, key);
        self.state.change(id, |entity| entity.shape = shape);
        Ok(())
    }

    /// Triggers, policies and rules.
    fn create_on_table(&mut self, create: &Create) -> Done {
        let class = create.object.class;
        let Some(on) = &create.object.on else { return self.create_plain(create).map(|_| ()) };
        let Some(table) = self.need_relation(on)? else { return Ok(()) };
        let name = &create.object.name.name;
        let (function, uses) = match &create.made {
            Made::Trigger { function, uses } => (function.as_ref(), Some(uses)),
            Made::Reader(uses) => (None, Some(uses)),
            _ => (None, None),
        };
        if let Some(function) = function {
            self.need_function(function)?;
        }
        if let Known::Present(fact) = self.known(&Key::Part(table, class, name.clone())) {
            if create.if_not_exists {
                return Ok(());
            }
            if !create.or_replace {
                self.refuse(self.taken(create, "duplicate_object", Some(fact.by)))?;
            }
        }
        self.set_part(table, class, name, true);
        let owner = Owner::Part(table, class, name.clone());
        self.state.renew(&owner);
        if let Some(function) = function {
            let target = Target::Function(self.schema_of(function), function.name.clone());
            self.state.depend(owner.clone(), target);
        }
        if let Some(uses) = uses {
            self.depend_on_calls(&owner, uses);
            for column in
                uses.columns.iter().filter(|column| column.qualifier.is_none() || column.qualifier.as_deref() == Some(&on.name))
            {
                self.state.depend(owner.clone(), Target::Column(table, column.name.clone()));
            }
        }
        Ok(())
    }
}

/// The name of a partition's attachment to its table.
pub(super) fn attachment(id: Id) -> String {
    format!("{id:?}")
}

/// A name in a string.
pub(super) fn registered(text: &str) -> Name {
    let fold = |part: &str| match part.strip_prefix('"').and_then(|part| part.strip_suffix('"')) {
        Some(quoted) => quoted.to_string(),
        None => part.to_ascii_lowercase(),
    };
    let span = crate::text::Span::at(0);
    match text.rsplit_once('.') {
        Some((schema, name)) => Name { schema: Some(fold(schema)), name: fold(name), span },
        None => Name { schema: None, name: fold(text), span },
    }
}
