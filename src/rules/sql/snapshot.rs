//! `snapshot`: a file that says what the migrations give.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::migration::Migration;
use super::run::{Definition, Id, Key, Machine, Run, Site, State, TOOLS};
use crate::facts::Source;
use crate::finding::{Place, Reason};
use crate::formats::sql::model::Class;
use crate::formats::sql::{self, Dialect, Reading, Standing};
use crate::rules::{Draft, Output};
use crate::text::{RepoPath, Span};

/// A table or view, as far as it is compared.
struct Shape {
    class: Class,
    columns: BTreeMap<String, Option<Arc<Definition>>>,
    constraints: BTreeSet<String>,
    indexes: BTreeSet<String>,
}

pub(super) fn judge(
    path: &RepoPath,
    content: Option<&Vec<u8>>,
    reading: &Reading,
    migrations: &[Migration],
    state: &State,
    out: &mut Output,
) {
    let Some(bytes) = content else {
        let draft = Draft::new(
            "snapshot-differs",
            Place::file(path.clone()),
            path.as_str(),
            format!("the snapshot `{path}` is not there"),
        );
        return out.push(draft.help("write it, or correct `snapshot`"));
    };
    let source = Source::new(path, bytes);
    let script = sql::read(bytes, reading);
    let mut machine = Machine::new(reading, Run::First);
    for statement in &script.statements {
        match &statement.standing {
            Standing::Understood => machine.statement(bytes, 0, statement),
            Standing::Unparsed(reason) => {
                out.stuck(Reason::UnparsedSql, source.place(statement.head()), format!("the snapshot: {reason}"))
            }
            Standing::Invalid(fault) => {
                out.push(Draft::new("syntax-error", source.place(fault.span), path.as_str(), fault.message.clone()));
            }
        }
    }
    let (given, said) = (tables(state, reading.dialect), tables(&machine.state, reading.dialect));
    let names: BTreeSet<&(String, String)> = given.keys().chain(said.keys()).collect();
    let made = |site: Site| migrations.get(site.file).map(|migration| migration.place(site.span));
    for name in names {
        let shown = if name.0 == "public" || name.0.is_empty() { name.1.clone() } else { format!("{}.{}", name.0, name.1) };
        let (draft, by) = match (given.get(name), said.get(name)) {
            (Some((id, ours)), Some((other, theirs))) => {
                let Some(difference) = difference(ours, theirs) else { continue };
                let place = machine.state.entity(*other).map_or(Span::at(0), |entity| entity.by.span);
                let message = format!("the snapshot of `{shown}` differs: {difference}");
                (Draft::new("snapshot-differs", source.place(place), &shown, message), state.entity(*id).map(|entity| entity.by))
            }
            (Some((id, shape)), None) => {
                let message = format!("the snapshot lacks the {} `{shown}`", shape.class.noun());
                (
                    Draft::new("snapshot-differs", Place::file(path.clone()), &shown, message),
                    state.entity(*id).map(|entity| entity.by),
                )
            }
            (None, Some((other, shape))) => {
                let place = machine.state.entity(*other).map_or(Span::at(0), |entity| entity.by.span);
                let message = format!("no migration gives the {} `{shown}` of the snapshot", shape.class.noun());
                (Draft::new("snapshot-differs", source.place(place), &shown, message), None)
            }
            (None, None) => continue,
        };
        let draft = draft.help("write the snapshot anew from the migrations");
        out.push(match by.and_then(made) {
            Some(place) => draft.related("the migration makes it here", place),
            None => draft,
        });
    }
}

/// All tables and views but those that tools keep.
fn tables(state: &State, dialect: Dialect) -> BTreeMap<(String, String), (Id, Shape)> {
    let mut found = BTreeMap::new();
    for (schema, name, id) in state.relations() {
        let class = state.entity(id).filter(|entity| !entity.temporary).map(|entity| entity.class);
        let is_compared = |class: &Class| matches!(class, Class::Table | Class::View | Class::MaterializedView);
        let Some(class) = class.filter(is_compared) else { continue };
        if !TOOLS.contains(&name.as_str()) {
            found.insert((schema, name), (id, shape(state, class, id, dialect)));
        }
    }
    found
}

fn shape(state: &State, class: Class, id: Id, dialect: Dialect) -> Shape {
    let indexes = state.children(id).into_iter().filter_map(|child| state.entity(child));
    let indexes =
        indexes.filter(|entity| entity.class == Class::Index && !entity.dropped).map(|entity| entity.key.name().to_string());
    // SQLite keeps no names of constraints: what is unique tells them apart.
    let unique = state.entity(id).filter(|_| dialect == Dialect::Sqlite).map(|entity| &entity.unique);
    let constraints = match unique {
        Some(sets) => sets.iter().map(|(_, columns)| format!("UNIQUE ({})", columns.join(", "))).collect(),
        None => state.parts_of(id, Class::Constraint).into_iter().collect(),
    };
    Shape {
        class,
        columns: state
            .definitions(id)
            .into_iter()
            .map(|(name, known)| {
                let known = known.map(|known| named_now(state, id, &name, known));
                (name, known)
            })
            .collect(),
        constraints,
        indexes: indexes.chain(state.parts_of(id, Class::Index)).collect(),
    }
}

/// The definition of a column of which the type was made here, and may have another name by now.
fn named_now(state: &State, id: Id, column: &str, known: Arc<Definition>) -> Arc<Definition> {
    let made = state.part(id, Class::Type, column).filter(|fact| fact.present).and_then(|fact| state.entity(fact.id?));
    let Some(Key::Named(_, schema, name)) = made.map(|made| &made.key) else { return known };
    let array = if known.ty.ends_with("[]") { "[]" } else { "" };
    Arc::new(Definition { ty: format!("{schema}.{name}{array}"), ..(*known).clone() })
}

/// A type without the schema that it lies in by default.
fn plain(ty: &str) -> &str {
    ty.strip_prefix("public.").unwrap_or(ty)
}

/// The first thing that is not the same, as seen from the snapshot.
fn difference(ours: &Shape, theirs: &Shape) -> Option<String> {
    if ours.class != theirs.class {
        return Some(format!("by the migrations, it is a {}", ours.class.noun()));
    }
    // What a view gives is a query of which only the names are read.
    if ours.class != Class::Table {
        return None;
    }
    for (name, column) in &ours.columns {
        let Some(other) = theirs.columns.get(name) else { return Some(format!("the column `{name}` is missing")) };
        // Of a column whose table is not known whole, nothing but the name may be known.
        let (Some(column), Some(other)) = (column, other) else { continue };
        let (ty, said) = (plain(&column.ty), plain(&other.ty));
        if ty != said && !ty.is_empty() && !said.is_empty() {
            return Some(format!("`{name}` is of type `{ty}`, not `{said}`"));
        }
        match (column.not_null, other.not_null) {
            (true, false) => return Some(format!("by the migrations, `{name}` may not be null")),
            (false, true) => return Some(format!("by the migrations, `{name}` may be null")),
            _ => {}
        }
    }
    if let Some(name) = theirs.columns.keys().find(|name| !ours.columns.contains_key(*name)) {
        return Some(format!("no migration gives the column `{name}`"));
    }
    for (what, ours, theirs) in
        [("constraint", &ours.constraints, &theirs.constraints), ("index", &ours.indexes, &theirs.indexes)]
    {
        if let Some(name) = ours.difference(theirs).next() {
            return Some(format!("the {what} `{name}` is missing"));
        }
        if let Some(name) = theirs.difference(ours).next() {
            return Some(format!("no migration gives the {what} `{name}`"));
        }
    }
    None
}
