//! Keys of objects of every kind.

use super::machine::Machine;
use super::state::{Id, Key};
use crate::formats::sql::Dialect;
use crate::formats::sql::model::{Class, Name, Object};

/// Kinds whose names are names of a schema.
fn in_schema(class: Class) -> bool {
    matches!(
        class,
        Class::Type
            | Class::Domain
            | Class::Function
            | Class::Statistics
            | Class::Collation
            | Class::Conversion
            | Class::TextSearch
            | Class::Trigger
            | Class::Event
    )
}

impl Machine<'_> {
    /// The key of an object that stands for itself.
    pub(super) fn key(&self, object: &Object) -> Key {
        let name = &object.name;
        match object.class {
            class if class.is_relation() => self.relation_key(name),
            // Types and domains share their names.
            Class::Type | Class::Domain => self.type_key(name),
            Class::Function => {
                let arguments = object.arguments.clone().unwrap_or_default();
                Key::Named(Class::Function, self.schema_of(name), format!("{}({arguments})", name.name))
            }
            class if in_schema(class) => Key::Named(class, self.schema_of(name), name.name.clone()),
            class => Key::Named(class, String::new(), name.name.clone()),
        }
    }

    pub(super) fn type_key(&self, name: &Name) -> Key {
        Key::Named(Class::Type, self.schema_of(name), name.name.clone())
    }

    /// The name of a part for which no part of that name is there yet: `t_key`, `t_key1`, …; to MySQL `a`, `a_2`, and
    /// `t_ibfk_1`, `t_ibfk_2`.
    pub(super) fn free_name(&self, id: Id, schema: &str, base: &str, class: Class) -> String {
        let taken = |name: &str| {
            let part = self.state.fact(&Key::Part(id, class, name.to_string()));
            let relation = self.state.fact(&Key::Named(Class::Table, schema.to_string(), name.to_string()));
            part.is_some_and(|fact| fact.present) || relation.is_some_and(|fact| fact.present)
        };
        if !taken(base) {
            return base.to_string();
        }
        let mysql = self.dialect() == Dialect::Mysql;
        let numbered = |number: usize| match base.strip_suffix("_ibfk_1").filter(|_| mysql) {
            Some(table) => format!("{table}_ibfk_{}", number + 1),
            None if mysql => format!("{base}_{}", number + 1),
            None => format!("{base}{number}"),
        };
        (1..100).map(numbered).find(|name| !taken(name)).unwrap_or_else(|| base.to_string())
    }

    /// The schema that a relation lies in.
    pub(super) fn schema_of_id(&self, id: Id) -> String {
        match self.state.entity(id).map(|entity| &entity.key) {
            Some(Key::Named(_, schema, _)) => schema.clone(),
            _ => self.state.schema.clone(),
        }
    }

    /// The present name of a relation.
    pub(super) fn name_of_id(&self, id: Id) -> String {
        match self.state.entity(id).map(|entity| &entity.key) {
            Some(Key::Named(_, _, name)) => name.clone(),
            _ => String::new(),
        }
    }
}
