//! What a statement needs: relations, columns, types, functions.

use std::collections::HashMap;

use super::machine::{Done, Failure, Known, Machine, Run, is_catalogue};
use super::state::{Fact, Id, Key, Owner, Target};
use crate::formats::sql::Dialect;
use crate::formats::sql::model::{Class, Ident, Name, Object};
use crate::formats::sql::query::{ColumnUse, Label, Labelled, Uses};

/// Columns that every table has.
const SYSTEM: &[&str] = &["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "oid", "rowid"];

impl Machine<'_> {
    pub(super) fn need_column(&mut self, id: Id, column: &Ident) -> Done {
        let key = Key::Part(id, Class::Column, column.text.clone());
        match self.known(&key) {
            Known::Absent(by) if !SYSTEM.contains(&column.text.as_str()) => {
                let message = format!("the column `{}` of `{}` is not there", column.text, self.name_of_id(id));
                let failure = self.failure("undefined_column", column.text.clone(), message);
                self.refuse(Failure { by, guardable: false, span: Some(column.span), ..failure })
            }
            Known::Unknown => {
                // It must have been there, or the first run would have failed.
                let site = self.site;
                self.state.set(key, true, site, 0, None);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn check_type(&mut self, name: &Name) -> Done {
        if name.name.is_empty() {
            return Ok(());
        }
        let key = self.type_key(name);
        let relation = self.relation(name);
        let fact = self.state.fact(&key);
        if let Some(Fact { present: false, by, .. }) = fact
            && !matches!(relation, Known::Present(_))
        {
            let failure = self.failure("undefined_object", name.shown(), format!("the type `{}` is not there", name.shown()));
            return self.refuse(Failure { by: Some(by), guardable: false, span: Some(name.span), ..failure });
        }
        let known = fact.is_some() || matches!(relation, Known::Present(_)) || is_built_in(&name.name) || name.schema.is_some();
        if self.run == Run::Replay && self.dialect() == Dialect::Postgres && !known && !self.open && !self.extended {
            let failure = self.failure("undefined_object", name.shown(), format!("the type `{}` is not there", name.shown()));
            return self.refuse(Failure { guardable: false, span: Some(name.span), ..failure });
        }
        Ok(())
    }

    /// Whether it is a function that was made here.
    pub(super) fn is_function(&self, name: &Name) -> bool {
        !self.state.overloads(&self.schema_of(name), &name.name).is_empty()
    }

    /// A function by its name alone.
    pub(super) fn need_function(&self, name: &Name) -> Done {
        let schema = self.schema_of(name);
        let overloads = self.state.overloads(&schema, &name.name);
        let facts: Vec<Fact> = overloads
            .iter()
            .filter_map(|arguments| {
                self.state.fact(&Key::Named(Class::Function, schema.clone(), format!("{}({arguments})", name.name)))
            })
            .collect();
        match facts.last() {
            Some(last) if facts.iter().all(|fact| !fact.present) => {
                let failure =
                    self.failure("undefined_function", name.shown(), format!("the function `{}` is not there", name.shown()));
                self.refuse(Failure { by: Some(last.by), guardable: false, span: Some(name.span), ..failure })
            }
            _ => Ok(()),
        }
    }

    /// An object that something is said about.
    pub(super) fn require(&mut self, object: &Object) -> Done {
        if let Some(table) = &object.on {
            if matches!(object.class, Class::Constraint) && matches!(self.relation(table), Known::Absent(_)) {
                // It may be a domain's.
                return Ok(());
            }
            let Some(id) = self.need_relation(table)? else { return Ok(()) };
            return self.require_part(object, id);
        }
        let key = match object.class {
            Class::Function => return self.require_function(object),
            _ => self.key(object),
        };
        if let Some(Fact { present: false, by, .. }) = self.state.fact(&key) {
            let noun = object.class.noun();
            let name = object.name.shown();
            let condition = if object.class.is_relation() { "undefined_table" } else { "undefined_object" };
            let failure = self.failure(condition, name.clone(), format!("the {noun} `{name}` is not there"));
            self.refuse(Failure { by: Some(by), guardable: false, span: Some(object.name.span), ..failure })?;
        }
        Ok(())
    }

    fn require_part(&mut self, object: &Object, id: Id) -> Done {
        let name = &object.name.name;
        if let Known::Absent(by) = self.known(&Key::Part(id, object.class, name.clone()))
            && (self.run != Run::Replay || object.class == Class::Column)
        {
            let noun = object.class.noun();
            let condition = if object.class == Class::Column { "undefined_column" } else { "undefined_object" };
            let failure =
                self.failure(condition, name.clone(), format!("the {noun} `{name}` of `{}` is not there", self.name_of_id(id)));
            return self.refuse(Failure { by, guardable: false, span: Some(object.name.span), ..failure });
        }
        Ok(())
    }

    fn require_function(&mut self, object: &Object) -> Done {
        match &object.arguments {
            None => self.need_function(&object.name),
            Some(_) => match self.state.fact(&self.key(object)) {
                Some(fact) if !fact.present => {
                    let name = object.name.shown();
                    let failure = self.failure("undefined_function", name.clone(), format!("the function `{name}` is not there"));
                    self.refuse(Failure { by: Some(fact.by), guardable: false, ..failure })
                }
                _ => Ok(()),
            },
        }
    }

    /// The relations and columns that a query uses; `table` is one that it works on beside those that it reads.
    pub(super) fn check_uses(&mut self, uses: &Uses, table: Option<(Id, &str)>) -> Done {
        let mut by_name: HashMap<&str, Option<Id>> = HashMap::new();
        let mut only: Vec<Id> = Vec::new();
        if let Some((id, name)) = table {
            by_name.insert(name, Some(id));
            only.push(id);
        }
        // A name that means several relations, or one that is not known, is nobody's.
        let mut named = |name, id| {
            by_name.entry(name).and_modify(|known| *known = known.filter(|known| Some(*known) == id)).or_insert(id);
        };
        for relation in &uses.relations {
            if is_catalogue(relation.name.schema.as_deref().unwrap_or_default(), &relation.name.name) {
                continue;
            }
            match self.relation(&relation.name) {
                Known::Absent(by) if by.is_some() || self.run == Run::Replay => {
                    let name = relation.name.shown();
                    let failure = self.failure("undefined_table", name.clone(), format!("the relation `{name}` is not there"));
                    self.refuse(Failure { by, guardable: false, span: Some(relation.name.span), ..failure })?;
                }
                Known::Present(Fact { id: Some(id), .. }) => {
                    named(relation.alias.as_deref().unwrap_or(&relation.name.name), Some(id));
                    only.push(id);
                }
                _ => named(relation.alias.as_deref().unwrap_or(&relation.name.name), None),
            }
        }
        uses.derived.iter().for_each(|alias| named(alias, None));
        let total = uses.relations.len() + usize::from(table.is_some());
        let alone = (total == 1 && !uses.has_subquery).then(|| only.first().copied()).flatten();
        let owner =
            |column: &ColumnUse| column.qualifier.as_deref().map_or(alone, |qualifier| by_name.get(qualifier).copied().flatten());
        for column in &uses.columns {
            if let Some(id) = owner(column) {
                self.check_column(id, column)?;
            }
        }
        for label in &uses.labels {
            let ty = match &label.of {
                Labelled::Column(column) => owner(column).and_then(|id| self.type_of_column(id, &column.name)),
                Labelled::Type(name) => {
                    self.state.fact(&self.type_key(name)).filter(|fact| fact.present).and_then(|fact| fact.id)
                }
            };
            if let Some(ty) = ty {
                self.check_label(ty, label)?;
            }
        }
        Ok(())
    }

    /// A column in a query. Without the table's name before it the word may be no column at all: then only what is known to be
    /// gone is missed.
    fn check_column(&self, id: Id, column: &ColumnUse) -> Done {
        let key = Key::Part(id, Class::Column, column.name.clone());
        let is_gone = self.state.fact(&key).is_some_and(|fact| !fact.present);
        match self.known(&key) {
            Known::Absent(by) if is_gone || (column.qualifier.is_some() && !SYSTEM.contains(&column.name.as_str())) => {
                let message = format!("the column `{}` of `{}` is not there", column.name, self.name_of_id(id));
                let failure = self.failure("undefined_column", column.name.clone(), message);
                self.refuse(Failure { by, guardable: false, span: Some(column.span), ..failure })
            }
            _ => Ok(()),
        }
    }

    /// The type that was made for a column, unless it is an array of it.
    fn type_of_column(&self, id: Id, column: &str) -> Option<Id> {
        let array = self.state.part(id, Class::Column, column)?.column.is_some_and(|known| known.ty.ends_with("[]"));
        self.state.part(id, Class::Type, column).filter(|fact| fact.present && !array)?.id
    }

    /// A string that must be a value of a type of which all values are known.
    fn check_label(&self, ty: Id, label: &Label) -> Done {
        match self.known(&Key::Part(ty, Class::EnumValue, label.text.clone())) {
            Known::Absent(by) => {
                let message = format!("the type `{}` has no value '{}'", self.name_of_id(ty), label.text);
                let failure = self.failure("invalid_text_representation", label.text.clone(), message);
                self.refuse(Failure { by, guardable: false, span: Some(label.span), ..failure })
            }
            _ => Ok(()),
        }
    }

    /// Records what a view reads, which is all that it reads from now on.
    pub(super) fn depend_on_uses(&mut self, view: Id, uses: &Uses) {
        let mut by_name: HashMap<String, Id> = HashMap::new();
        let mut ids = Vec::new();
        let mut targets = Vec::new();
        for relation in &uses.relations {
            if let Known::Present(Fact { id: Some(id), .. }) = self.relation(&relation.name) {
                by_name.insert(relation.alias.clone().unwrap_or_else(|| relation.name.name.clone()), id);
                ids.push(id);
                targets.push(Target::Entity(id));
            }
        }
        for column in &uses.columns {
            let found = match &column.qualifier {
                Some(qualifier) => by_name.get(qualifier).copied(),
                None if uses.relations.len() == 1 => ids.first().copied(),
                None => {
                    let has = |id: &&Id| {
                        self.state.fact(&Key::Part(**id, Class::Column, column.name.clone())).is_some_and(|fact| fact.present)
                    };
                    ids.iter().find(has).copied()
                }
            };
            targets.extend(found.map(|id| Target::Column(id, column.name.clone())));
        }
        targets.extend(self.called(uses));
        for ty in &uses.types {
            if let Known::Present(Fact { id: Some(id), .. }) = self.known(&self.type_key(ty)) {
                targets.push(Target::Entity(id));
            }
        }
        let owner = Owner::Entity(view);
        self.state.renew(&owner);
        for target in targets {
            self.state.depend(owner.clone(), target);
        }
    }

    pub(super) fn depend_on_calls(&mut self, owner: &Owner, uses: &Uses) {
        for target in self.called(uses) {
            self.state.depend(owner.clone(), target);
        }
    }

    /// The functions that were made here, of those that are called.
    fn called(&self, uses: &Uses) -> Vec<Target> {
        let calls = uses.calls.iter().map(|call| (self.schema_of(call), call.name.clone()));
        let made = calls.filter(|(schema, name)| !self.state.overloads(schema, name).is_empty());
        made.map(|(schema, name)| Target::Function(schema, name)).collect()
    }
}

/// Types that PostgreSQL comes with.
const BUILT_IN: &[&str] = &[
    "aclitem",
    "any",
    "anyarray",
    "anyelement",
    "bigint",
    "bigserial",
    "bit",
    "boolean",
    "box",
    "bytea",
    "char",
    "cid",
    "cidr",
    "circle",
    "cstring",
    "date",
    "datemultirange",
    "daterange",
    "double precision",
    "event_trigger",
    "float",
    "gtsvector",
    "inet",
    "int2vector",
    "int4multirange",
    "int4range",
    "int8multirange",
    "int8range",
    "integer",
    "internal",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "numeric",
    "nummultirange",
    "numrange",
    "oid",
    "oidvector",
    "path",
    "pg_lsn",
    "pg_snapshot",
    "point",
    "polygon",
    "real",
    "record",
    "refcursor",
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "serial",
    "smallint",
    "smallserial",
    "text",
    "tid",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "trigger",
    "tsmultirange",
    "tsquery",
    "tsrange",
    "tstzmultirange",
    "tstzrange",
    "tsvector",
    "txid_snapshot",
    "unknown",
    "uuid",
    "varbit",
    "varchar",
    "void",
    "xid",
    "xid8",
    "xml",
];

fn is_built_in(name: &str) -> bool {
    BUILT_IN.binary_search(&name).is_ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn built_in_types_are_sorted() {
        assert!(super::BUILT_IN.is_sorted());
    }
}
