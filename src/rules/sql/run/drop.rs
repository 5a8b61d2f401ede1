//! `DROP …`: what must be there, what else depends on it, and whose rows are lost.

use super::machine::{Done, Event, Failure, Known, Machine, Run};
use super::state::{Fact, Id, Key, Owner, Site, Target};
use crate::formats::sql::model::{Class, Drop, Object};

impl Machine<'_> {
    pub(super) fn drop(&mut self, drop: &Drop) -> Done {
        // Objects of one statement may depend on each other.
        let mut together = Vec::new();
        for object in &drop.objects {
            if let Known::Present(Fact { id: Some(id), .. }) = self.known(&self.key(object)) {
                together.push(id);
            }
        }
        drop.objects.iter().try_for_each(|object| self.drop_one(drop, object, &together))
    }

    fn drop_one(&mut self, drop: &Drop, object: &Object, together: &[Id]) -> Done {
        if object.class == Class::Function {
            return self.drop_function(drop, object);
        }
        if let Some(table) = &object.on {
            return self.drop_part(drop, object, table);
        }
        let key = self.key(object);
        let fact = match self.known(&key) {
            Known::Present(fact) => Some(fact),
            Known::Absent(by) => {
                self.spared(drop, &key, by);
                return self.missing(drop, object, by);
            }
            Known::Unknown => None,
        };
        if object.class == Class::Schema {
            return self.drop_schema(drop, object, fact);
        }
        if let Some(id) = fact.as_ref().and_then(|fact| fact.id) {
            self.is_of_class(object, id)?;
            if !drop.cascade {
                self.nothing_depends(id, together, object)?;
            }
            self.destroyed(object, id, fact.as_ref());
            self.left(id);
            self.cascade(id);
            self.vanish(id);
        }
        if let Some((table, end)) = self.state.clouded(&key) {
            // What is gone here does not come with a copy of the table.
            self.set_part(table, Class::Index, &end, false);
        }
        let (site, run) = (self.site, self.run.number());
        self.state.set(key, false, site, run, None);
        Ok(())
    }

    /// In a replay, tells that there is nothing to drop.
    fn spared(&mut self, drop: &Drop, key: &Key, by: Option<Site>) {
        if let (Key::Named(Class::Table, schema, name), true) = (key, drop.if_exists && self.run == Run::Replay) {
            self.events.push(Event::Spared { site: self.site, schema: schema.clone(), name: name.clone(), by });
        }
    }

    /// `DROP VIEW` takes no table, with `IF EXISTS` neither.
    fn is_of_class(&self, object: &Object, id: Id) -> Done {
        let Some(entity) = self.state.entity(id) else { return Ok(()) };
        // Of what was there before, the kind is not known.
        if entity.run == 0 || entity.class == object.class || !object.class.is_relation() || !entity.class.is_relation() {
            return Ok(());
        }
        let name = object.name.shown();
        let failure = self.failure("wrong_object_type", name.clone(), format!("`{name}` is a {} by then", entity.class.noun()));
        self.refuse(Failure { by: Some(entity.by), guardable: false, span: Some(object.name.span), ..failure })
    }

    fn missing(&self, drop: &Drop, object: &Object, by: Option<Site>) -> Done {
        if drop.if_exists {
            return Ok(());
        }
        let (noun, name) = (object.class.noun(), object.name.shown());
        let condition = match object.class {
            class if class.is_relation() => "undefined_table",
            Class::Function => "undefined_function",
            Class::Schema => "invalid_schema_name",
            _ => "undefined_object",
        };
        let failure = self.failure(condition, name.clone(), format!("the {noun} `{name}` is not there"));
        let guardable = !(self.dialect() == crate::formats::sql::Dialect::Mysql && object.class == Class::Index);
        self.refuse(Failure { by, span: Some(object.name.span), guardable, ..failure })
    }

    /// Nothing may depend on what is dropped without `CASCADE`.
    pub(super) fn nothing_depends(&self, id: Id, together: &[Id], object: &Object) -> Done {
        let inside = |owner: &Owner| match owner {
            Owner::Entity(other) => self.belongs(*other, together) || *other == id,
            Owner::Part(other, ..) => self.belongs(*other, together) || *other == id,
        };
        let Some(owner) = self.state.dependents(&Target::Entity(id)).into_iter().find(|owner| !inside(owner)) else {
            return Ok(());
        };
        self.refuse(self.depended(&owner, object.class.noun(), &object.name.shown()))
    }

    fn belongs(&self, id: Id, together: &[Id]) -> bool {
        together.contains(&id)
            || self.state.entity(id).and_then(|entity| entity.parent).is_some_and(|parent| together.contains(&parent))
    }

    /// The failure that something depends on what is to go.
    pub(super) fn depended(&self, owner: &Owner, noun: &str, name: &str) -> Failure {
        let (by, what) = match owner {
            Owner::Entity(id) => {
                let entity = self.state.entity(*id);
                (
                    entity.map(|entity| entity.by),
                    format!("the {} `{}`", entity.map_or("object", |entity| entity.class.noun()), self.name_of_id(*id)),
                )
            }
            Owner::Part(id, class, part) => {
                let fact = self.state.fact(&Key::Part(*id, *class, part.clone()));
                let class = if *class == Class::Type { Class::Column } else { *class };
                (fact.map(|fact| fact.by), format!("the {} `{part}` of `{}`", class.noun(), self.name_of_id(*id)))
            }
        };
        let failure = self.failure("dependent_objects_still_exist", name, format!("{what} depends on the {noun} `{name}`"));
        Failure { by, guardable: false, ..failure }
    }

    /// Tells that rows are lost which the file leaves behind.
    fn destroyed(&mut self, object: &Object, id: Id, fact: Option<&Fact>) {
        let Some(entity) = self.state.entity(id) else { return };
        let lost =
            self.run == Run::Second && entity.class == Class::Table && entity.run != 2 && entity.copied != 2 && !entity.temporary;
        if lost {
            let name = object.name.shown();
            let what = format!("drops the table `{name}`, which the run before left full");
            self.events.push(Event::Destroyed { site: self.site, what, subject: name, by: fact.map(|fact| fact.by) });
        }
    }

    /// What depends on it goes with it, and what depends on that.
    pub(super) fn cascade(&mut self, id: Id) {
        let mut going = vec![id];
        while let Some(id) = going.pop() {
            for owner in self.state.dependents(&Target::Entity(id)) {
                if let Owner::Entity(other) = &owner {
                    going.push(*other);
                }
                self.remove(&owner, id);
            }
        }
    }

    pub(super) fn remove(&mut self, owner: &Owner, of: Id) {
        match owner {
            Owner::Entity(other) if *other != of => self.vanish(*other),
            Owner::Part(other, Class::Type, column) => {
                self.set_part(*other, Class::Type, column, false);
                self.set_part(*other, Class::Column, column, false);
            }
            Owner::Part(other, class, name) if *other != of => self.set_part(*other, *class, name, false),
            _ => {}
        }
    }

    /// A relation is gone, with what belongs to it.
    pub(super) fn vanish(&mut self, id: Id) {
        let mut going = vec![id];
        while let Some(id) = going.pop() {
            let Some(entity) = self.state.entity(id) else { continue };
            if entity.dropped {
                continue;
            }
            let key = entity.key.clone();
            self.state.change(id, |entity| entity.dropped = true);
            if self.state.fact(&key).is_some_and(|fact| fact.id == Some(id)) {
                let (site, run) = (self.site, self.run.number());
                self.state.set(key, false, site, run, None);
            }
            going.extend(self.state.children(id));
        }
    }

    fn drop_schema(&mut self, drop: &Drop, object: &Object, fact: Option<Fact>) -> Done {
        let name = &object.name.name;
        if !drop.cascade
            && let Some(content) = self.state.content(name)
        {
            let message = format!("something depends on the schema `{name}`");
            let failure = self.failure("dependent_objects_still_exist", name.clone(), message);
            self.refuse(Failure { by: Some(content.by), guardable: false, ..failure })?;
        }
        if let Some(fact) = fact.filter(|fact| self.run == Run::Second && fact.run != 2) {
            let what = format!("drops the schema `{name}`, which the run before left full");
            self.events.push(Event::Destroyed { site: self.site, what, subject: name.clone(), by: Some(fact.by) });
        }
        let site = self.site;
        self.state.reset(name, site);
        let run = self.run.number();
        self.state.set(self.key(object), false, site, run, None);
        Ok(())
    }

    fn drop_function(&mut self, drop: &Drop, object: &Object) -> Done {
        let schema = self.schema_of(&object.name);
        let name = &object.name.name;
        let overloads = self.state.overloads(&schema, name);
        let key_of = |arguments: &str| Key::Named(Class::Function, schema.clone(), format!("{name}({arguments})"));
        let key = match &object.arguments {
            Some(arguments) => key_of(arguments),
            None => {
                let present =
                    overloads.iter().find(|arguments| self.state.fact(&key_of(arguments)).is_some_and(|fact| fact.present));
                present.or(overloads.last()).map_or_else(|| key_of(""), |arguments| key_of(arguments))
            }
        };
        if let Some(fact) = self.state.fact(&key).filter(|fact| !fact.present) {
            return self.missing(drop, object, Some(fact.by));
        }
        let target = Target::Function(schema.clone(), name.clone());
        let owners = self.state.dependents(&target);
        // Which of several functions of a name is called is not known.
        let one =
            overloads.iter().filter(|arguments| self.state.fact(&key_of(arguments)).is_some_and(|fact| fact.present)).count()
                <= 1;
        if !drop.cascade
            && one
            && let Some(owner) = owners.first()
        {
            self.refuse(self.depended(owner, "function", name))?;
        }
        for owner in owners.iter().filter(|_| drop.cascade && one) {
            match owner {
                Owner::Entity(id) => self.vanish(*id),
                Owner::Part(id, class, part) if *class != Class::Column => self.set_part(*id, *class, part, false),
                Owner::Part(..) => {}
            }
        }
        if let Some(arguments) = &object.arguments {
            self.state.add_overload(&schema, name, arguments);
        } else if overloads.is_empty() {
            self.state.add_overload(&schema, name, "");
        }
        let (site, run) = (self.site, self.run.number());
        self.state.set(key, false, site, run, None);
        Ok(())
    }

    /// Triggers, policies, rules, and MySQL's indexes.
    fn drop_part(&mut self, drop: &Drop, object: &Object, table: &crate::formats::sql::model::Name) -> Done {
        if let Known::Absent(by) = self.relation(table) {
            // PostgreSQL takes a table that is not there for a trigger that is not there.
            return self.missing(drop, object, by);
        }
        let id = if drop.if_exists {
            match self.relation(table) {
                Known::Present(Fact { id: Some(id), .. }) => id,
                _ => {
                    let key = self.relation_key(table);
                    self.assume_relation(key, Class::Table)
                }
            }
        } else {
            let Some(id) = self.need_relation(table)? else { return Ok(()) };
            id
        };
        if let Known::Absent(by) = self.known(&Key::Part(id, object.class, object.name.name.clone())) {
            return self.missing(drop, object, by);
        }
        self.set_part(id, object.class, &object.name.name, false);
        Ok(())
    }
}
