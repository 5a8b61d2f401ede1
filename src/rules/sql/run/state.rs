//! What is known of a database's objects. Everything that changes can be taken back, so that statements and branches that fail
//! leave nothing behind.

mod found;
mod left;

use std::collections::HashMap;
use std::sync::Arc;

pub(in crate::rules::sql) use super::object::{Definition, Entity, Fact, Id, Key, Owner, Site, Target};
use crate::formats::sql::model::Class;

pub(in crate::rules::sql) use self::left::Named;

enum Undo {
    Fact(Key, Option<Fact>),
    Entity(Id, Option<Box<Entity>>),
    Use(Target),
    Definition(Owner, Option<usize>),
    Reset(String, Option<(usize, Site)>),
    Schema(String),
    Cloud((String, String)),
}

/// A point to which a state can be taken back.
#[derive(Clone, Copy)]
pub(super) struct Mark(usize);

/// What changed since a mark.
#[derive(Default)]
pub(super) struct Changes {
    facts: HashMap<Key, Option<Fact>>,
    entities: HashMap<Id, Entity>,
}

pub(in crate::rules::sql) struct State {
    facts: HashMap<Key, Fact>,
    entities: HashMap<Id, Entity>,
    /// What depends on something, and since when.
    uses: HashMap<Target, Vec<(Owner, usize)>>,
    /// Since when something is defined as it is now.
    defined: HashMap<Owner, usize>,
    /// Relations by the table that they belong to; overloads by the function's name.
    children: HashMap<Id, Vec<Id>>,
    overloads: HashMap<(String, String), Vec<String>>,
    /// Schemas that were dropped with all that was in them.
    resets: HashMap<String, (usize, Site)>,
    contents: HashMap<String, Vec<Key>>,
    /// Parts by what they are called, of whatever table.
    called: HashMap<(Class, String), Vec<Key>>,
    /// Names of parts by what they belong to.
    owned: HashMap<(Id, Class), Vec<String>>,
    /// Names that the database found itself for what belongs to a table: all that is known of them is the schema and how they
    /// begin. To each the tables, and since when.
    clouds: HashMap<(String, String), Vec<(Id, usize)>>,
    /// The schema of names that say none.
    pub schema: String,
    undo: Vec<Undo>,
    next: usize,
}

impl State {
    pub fn new(schema: &str) -> Self {
        State {
            facts: HashMap::new(),
            entities: HashMap::new(),
            uses: HashMap::new(),
            defined: HashMap::new(),
            children: HashMap::new(),
            overloads: HashMap::new(),
            resets: HashMap::new(),
            contents: HashMap::new(),
            called: HashMap::new(),
            owned: HashMap::new(),
            clouds: HashMap::new(),
            schema: schema.to_string(),
            undo: Vec::new(),
            next: 0,
        }
    }

    /// The fact about an object, unless its schema was emptied since.
    pub fn fact(&self, key: &Key) -> Option<Fact> {
        let fact = self.facts.get(key);
        if let Key::Named(_, schema, _) = key
            && let Some((order, by)) = self.resets.get(schema)
            && fact.is_none_or(|fact| fact.order < *order)
        {
            return Some(Fact { present: false, by: *by, run: 0, id: None, order: *order, column: None });
        }
        fact.cloned()
    }

    pub fn set(&mut self, key: Key, present: bool, by: Site, run: u8, id: Option<Id>) {
        self.next += 1;
        if present && let Key::Named(_, schema, _) = &key {
            self.contents.entry(schema.clone()).or_default().push(key.clone());
        }
        let before = self.facts.insert(key.clone(), Fact { present, by, run, id, order: self.next, column: None });
        if before.is_none()
            && let Key::Part(id, class, name) = &key
        {
            self.owned.entry((*id, *class)).or_default().push(name.clone());
            self.called.entry((*class, name.clone())).or_default().push(key.clone());
        }
        self.undo.push(Undo::Fact(key, before));
    }

    /// Remembers how a column that is there is defined.
    pub fn define(&mut self, id: Id, column: &str, definition: Option<Arc<Definition>>) {
        let key = Key::Part(id, Class::Column, column.to_string());
        let Some(fact) = self.facts.get_mut(&key) else { return };
        let before = fact.clone();
        fact.column = definition;
        self.undo.push(Undo::Fact(key, Some(before)));
    }

    /// How a column is defined, where that is known.
    pub fn definition(&self, id: Id, column: &str) -> Option<Arc<Definition>> {
        self.part(id, Class::Column, column).filter(|fact| fact.present)?.column
    }

    /// The columns of a table, with what is known of each.
    pub fn definitions(&self, id: Id) -> Vec<(String, Option<Arc<Definition>>)> {
        let names = self.parts_of(id, Class::Column).into_iter();
        names.map(|name| (self.definition(id, &name), name)).map(|(definition, name)| (name, definition)).collect()
    }

    /// Changes what is known of a column's definition.
    pub fn redefine(&mut self, id: Id, column: &str, change: impl FnOnce(&mut Definition)) {
        if let Some(mut definition) = self.definition(id, column) {
            change(Arc::make_mut(&mut definition));
            self.define(id, column, Some(definition));
        }
    }

    /// Forgets all parts of that class and name, of whatever table.
    pub fn forget_parts(&mut self, class: Class, name: &str) {
        for key in self.called.get(&(class, name.to_string())).cloned().unwrap_or_default() {
            if let Key::Part(id, Class::Column, _) = key {
                // What is not known of a table does not exist, unless it is not known whole.
                self.change(id, |entity| entity.complete = false);
            }
            self.forget(key);
        }
    }

    pub fn forget(&mut self, key: Key) {
        let before = self.facts.remove(&key);
        self.undo.push(Undo::Fact(key, before));
    }

    /// Nothing is known any more of what belongs to a relation.
    pub fn forget_parts_of(&mut self, id: Id) {
        let classes =
            [Class::Column, Class::Constraint, Class::Index, Class::Trigger, Class::Policy, Class::Rule, Class::Sequence];
        for class in classes {
            for name in self.parts_of(id, class) {
                self.forget(Key::Part(id, class, name));
            }
        }
        self.change(id, |entity| {
            entity.complete = false;
            entity.primary = None;
        });
    }

    pub fn entity(&self, id: Id) -> Option<&Entity> {
        self.entities.get(&id)
    }

    pub fn add(&mut self, entity: Entity) -> Id {
        self.next += 1;
        let id = Id(self.next);
        if let Some(parent) = entity.parent {
            self.children.entry(parent).or_default().push(id);
        }
        self.entities.insert(id, entity);
        self.undo.push(Undo::Entity(id, None));
        id
    }

    pub fn change(&mut self, id: Id, change: impl FnOnce(&mut Entity)) {
        let Some(entity) = self.entities.get_mut(&id) else { return };
        let before = entity.clone();
        change(entity);
        self.undo.push(Undo::Entity(id, Some(Box::new(before))));
    }

    pub fn children(&self, id: Id) -> Vec<Id> {
        let all = self.children.get(&id).map(Vec::as_slice).unwrap_or_default();
        let belongs = |child: &&Id| self.entities.get(child).is_some_and(|entity| entity.parent == Some(id));
        all.iter().filter(belongs).copied().collect()
    }

    pub fn adopt(&mut self, parent: Id, child: Id) {
        self.children.entry(parent).or_default().push(child);
        self.change(child, |entity| entity.parent = Some(parent));
    }

    /// Something is defined anew: what its definition before needed, it needs no more.
    pub fn renew(&mut self, owner: &Owner) {
        self.next += 1;
        let before = self.defined.insert(owner.clone(), self.next);
        self.undo.push(Undo::Definition(owner.clone(), before));
    }

    pub fn depend(&mut self, owner: Owner, target: Target) {
        self.next += 1;
        self.uses.entry(target.clone()).or_default().push((owner, self.next));
        self.undo.push(Undo::Use(target));
    }

    /// What depends on it and is still there.
    pub fn dependents(&self, target: &Target) -> Vec<Owner> {
        let owners = self.uses.get(target).map(Vec::as_slice).unwrap_or_default();
        let as_defined = |(owner, since): &(Owner, usize)| self.defined.get(owner).is_none_or(|defined| defined < since);
        let mut alive: Vec<Owner> = Vec::new();
        for (owner, _) in owners.iter().filter(|used| as_defined(used) && self.is_alive(&used.0)) {
            if alive.last() != Some(owner) {
                alive.push(owner.clone());
            }
        }
        alive
    }

    fn is_alive(&self, owner: &Owner) -> bool {
        let lives = |id: &Id| self.entities.get(id).is_some_and(|entity| !entity.dropped);
        match owner {
            Owner::Entity(id) => lives(id),
            Owner::Part(id, class, name) => {
                lives(id) && self.facts.get(&Key::Part(*id, *class, name.clone())).is_some_and(|fact| fact.present)
            }
        }
    }

    /// Moves what depends on a column to its new name.
    pub fn rename_uses(&mut self, from: Target, to: Target) {
        for owner in self.dependents(&from) {
            self.depend(owner, to.clone());
        }
    }

    pub fn add_overload(&mut self, schema: &str, name: &str, arguments: &str) {
        let known = self.overloads.entry((schema.to_string(), name.to_string())).or_default();
        if !known.iter().any(|other| other == arguments) {
            known.push(arguments.to_string());
        }
    }

    pub fn overloads(&self, schema: &str, name: &str) -> Vec<String> {
        self.overloads.get(&(schema.to_string(), name.to_string())).cloned().unwrap_or_default()
    }

    /// Drops a schema with all that is in it.
    pub fn reset(&mut self, schema: &str, by: Site) {
        self.next += 1;
        let before = self.resets.insert(schema.to_string(), (self.next, by));
        self.undo.push(Undo::Reset(schema.to_string(), before));
        for key in self.contents.remove(schema).unwrap_or_default() {
            let id = self.facts.get(&key).and_then(|fact| fact.id);
            if let Some(id) = id {
                self.change(id, |entity| entity.dropped = true);
            }
        }
    }

    /// An object that is still in the schema.
    pub fn content(&self, schema: &str) -> Option<Fact> {
        let keys = self.contents.get(schema)?;
        keys.iter().rev().find_map(|key| self.fact(key).filter(|fact| fact.present))
    }

    pub fn enter(&mut self, schema: &str) {
        let before = std::mem::replace(&mut self.schema, schema.to_string());
        self.undo.push(Undo::Schema(before));
    }

    /// All facts about parts of that class and name, of whatever table.
    pub fn parts(&self, class: Class, name: &str) -> impl Iterator<Item = &Fact> {
        let keys = self.called.get(&(class, name.to_string())).map(Vec::as_slice).unwrap_or_default();
        keys.iter().filter_map(|key| self.facts.get(key))
    }

    pub fn part(&self, id: Id, class: Class, name: &str) -> Option<Fact> {
        self.fact(&Key::Part(id, class, name.to_string()))
    }

    /// The parts of one table that are there, by name.
    pub fn parts_of(&self, id: Id, class: Class) -> Vec<String> {
        let names = self.owned.get(&(id, class)).map(Vec::as_slice).unwrap_or_default();
        let there = |name: &&String| self.facts.get(&Key::Part(id, class, (*name).clone())).is_some_and(|fact| fact.present);
        let mut names: Vec<String> = names.iter().filter(there).cloned().collect();
        names.sort();
        names.dedup();
        names
    }

    /// The relation of that name, if it is there.
    pub fn relation(&self, schema: &str, name: &str) -> Option<Id> {
        self.fact(&Key::Named(Class::Table, schema.to_string(), name.to_string())).filter(|fact| fact.present)?.id
    }

    /// The statement that last made a relation of that name, or took it away.
    pub fn last_change(&self, schema: &str, name: &str) -> Option<Site> {
        self.facts.get(&Key::Named(Class::Table, schema.to_string(), name.to_string())).map(|fact| fact.by)
    }

    /// The parts of one table that are gone, with the statement that took them away.
    pub fn lost_parts(&self, id: Id, class: Class) -> Vec<(String, Site)> {
        let names = self.owned.get(&(id, class)).map(Vec::as_slice).unwrap_or_default();
        let gone = |name: &String| self.part(id, class, name).filter(|fact| !fact.present).map(|fact| (name.clone(), fact.by));
        names.iter().filter_map(gone).collect()
    }

    /// All relations that are there, by schema and name.
    pub fn relations(&self) -> Vec<(String, String, Id)> {
        let of = |(key, fact): (&Key, &Fact)| match key {
            Key::Named(Class::Table, schema, name) if fact.present => Some((schema.clone(), name.clone(), fact.id?)),
            _ => None,
        };
        let mut found: Vec<_> = self.facts.iter().filter_map(of).collect();
        found.sort();
        found.retain(|(schema, name, _)| {
            self.fact(&Key::Named(Class::Table, schema.clone(), name.clone())).is_some_and(|fact| fact.present)
        });
        found
    }

    /// Takes from a schema the list of what is in it.
    pub fn take_contents(&mut self, schema: &str) -> Vec<Key> {
        let mut keys = self.contents.remove(schema).unwrap_or_default();
        keys.retain(|key| self.fact(key).is_some_and(|fact| fact.present));
        keys.sort();
        keys.dedup();
        keys
    }

    pub(super) fn mark(&self) -> Mark {
        Mark(self.undo.len())
    }

    pub(super) fn take_back(&mut self, mark: Mark) {
        while self.undo.len() > mark.0 {
            match self.undo.pop() {
                Some(Undo::Fact(key, Some(fact))) => drop(self.facts.insert(key, fact)),
                Some(Undo::Fact(key, None)) => drop(self.facts.remove(&key)),
                Some(Undo::Entity(id, Some(entity))) => drop(self.entities.insert(id, *entity)),
                Some(Undo::Entity(id, None)) => drop(self.entities.remove(&id)),
                Some(Undo::Use(target)) => drop(self.uses.get_mut(&target).and_then(Vec::pop)),
                Some(Undo::Definition(owner, Some(order))) => drop(self.defined.insert(owner, order)),
                Some(Undo::Definition(owner, None)) => drop(self.defined.remove(&owner)),
                Some(Undo::Reset(schema, Some(reset))) => drop(self.resets.insert(schema, reset)),
                Some(Undo::Reset(schema, None)) => drop(self.resets.remove(&schema)),
                Some(Undo::Schema(schema)) => self.schema = schema,
                Some(Undo::Cloud(names)) => drop(self.clouds.get_mut(&names).and_then(Vec::pop)),
                None => {}
            }
        }
    }

    /// Takes back what happened since, and says what it was.
    pub(super) fn withdraw(&mut self, mark: Mark) -> Changes {
        let mut changes = Changes::default();
        for undo in &self.undo[mark.0.min(self.undo.len())..] {
            match undo {
                Undo::Fact(key, _) => drop(changes.facts.insert(key.clone(), self.facts.get(key).cloned())),
                Undo::Entity(id, _) => {
                    if let Some(entity) = self.entities.get(id) {
                        changes.entities.insert(*id, entity.clone());
                    }
                }
                _ => {}
            }
        }
        self.take_back(mark);
        changes
    }

    /// What is known when either of two things happened: what both agree on.
    pub(super) fn join(&mut self, one: Changes, other: Changes) {
        for (id, mut entity) in other.entities.into_iter().chain(one.entities) {
            entity.complete &= !self.entities.contains_key(&id) || self.entities.get(&id).is_some_and(|before| before.complete);
            let before = self.entities.insert(id, entity).map(Box::new);
            self.undo.push(Undo::Entity(id, before));
        }
        let mut keys: Vec<Key> = one.facts.keys().chain(other.facts.keys()).cloned().collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            let before = self.facts.get(&key).cloned();
            let first = one.facts.get(&key).cloned().unwrap_or_else(|| before.clone());
            let second = other.facts.get(&key).cloned().unwrap_or(before);
            match (first, second) {
                (Some(first), Some(second)) if first.present == second.present => {
                    let id = first.id.or(second.id);
                    let column = first.column.filter(|column| second.column.as_ref() == Some(column));
                    self.set(key.clone(), first.present, first.by, first.run, id);
                    if let (Key::Part(id, Class::Column, name), Some(_)) = (&key, &column) {
                        self.define(*id, name, column);
                    }
                }
                _ => {
                    // What is there on one of two ways is not known to be absent on the other.
                    if let Key::Part(id, ..) = &key {
                        self.change(*id, |entity| entity.complete = false);
                    }
                    self.forget(key);
                }
            }
        }
    }
}
