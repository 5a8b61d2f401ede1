//! Changes of objects that are no relations: values of types, names, schemas.

use super::machine::{Done, Failure, Known, Machine, Run};
use super::state::{Fact, Key};
use crate::formats::sql::model::{Class, EnumValue, Ident, Object};

impl Machine<'_> {
    pub(super) fn enum_value(&mut self, value: &EnumValue) -> Done {
        let key = self.type_key(&value.ty);
        let id = match self.known(&key) {
            Known::Present(Fact { id: Some(id), .. }) => id,
            Known::Absent(by) if by.is_some() || self.run == Run::Replay => {
                let name = value.ty.shown();
                let failure = self.failure("undefined_object", name.clone(), format!("the type `{name}` is not there"));
                self.refuse(Failure { by, guardable: false, span: Some(value.ty.span), ..failure })?;
                self.assume_relation(key, Class::Type)
            }
            _ => self.assume_relation(key, Class::Type),
        };
        let label = &value.label.text;
        let known = self.known(&Key::Part(id, Class::EnumValue, label.clone()));
        match (&value.to, known) {
            (None, Known::Present(_)) if value.if_not_exists => return Ok(()),
            (None, Known::Present(fact)) => {
                let message = format!("`{}` already has the value '{label}'", value.ty.shown());
                let failure = self.failure("duplicate_object", label.clone(), message);
                self.refuse(Failure { by: Some(fact.by), ..failure })?;
            }
            (Some(_), Known::Absent(by)) => {
                let message = format!("`{}` has no value '{label}'", value.ty.shown());
                let failure = self.failure("invalid_parameter_value", label.clone(), message);
                self.refuse(Failure { by, guardable: false, ..failure })?;
            }
            _ => {}
        }
        self.set_part(id, Class::EnumValue, label, value.to.is_none());
        if let Some(to) = &value.to {
            self.set_part(id, Class::EnumValue, &to.text, true);
        }
        Ok(())
    }

    /// An object that is no relation gets another name.
    pub(super) fn rename(&mut self, object: &Object, to: &Ident) -> Done {
        let mut renamed = object.clone();
        renamed.name.name = to.text.clone();
        if let Some(table) = &object.on {
            let Some(id) = self.need_relation(table)? else { return Ok(()) };
            let from = Ident { text: object.name.name.clone(), span: object.name.span };
            self.part_is_there(id, object.class, &from)?;
            self.set_part(id, object.class, &from.text, false);
            self.set_part(id, object.class, &to.text, true);
            return Ok(());
        }
        self.move_named(object, &renamed)
    }

    pub(super) fn move_object(&mut self, object: &Object, schema: &Ident) -> Done {
        let mut moved = object.clone();
        moved.name.schema = Some(schema.text.clone());
        self.move_named(object, &moved)
    }

    fn move_named(&mut self, from: &Object, to: &Object) -> Done {
        // Extensions and other objects without a schema stay where they are.
        let (old, new) = (self.key(from), self.key(to));
        if old == new {
            return self.require(from);
        }
        self.require(from)?;
        let id = self.state.fact(&old).and_then(|fact| fact.id);
        let (site, run) = (self.site, self.run.number());
        if from.class == Class::Function {
            for object in [from, to] {
                let schema = self.schema_of(&object.name);
                self.state.add_overload(&schema, &object.name.name, object.arguments.as_deref().unwrap_or_default());
            }
        }
        self.state.set(old, false, site, run, None);
        self.state.set(new.clone(), true, site, run, id);
        if let Some(id) = id {
            self.state.change(id, |entity| entity.key = new);
        }
        Ok(())
    }
}
