//! What a rule says, apart from its name and its weight: so that it is found again in another policy.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::facts::{Binder, FACT_FIELDS, extractor_fields};
use crate::formats::Kind as Form;
use crate::options::{Field, Shape, Value};
use crate::rules::{Kind, Rule};

/// Facts are made of facts no deeper than this; a policy that goes deeper is refused where it is bound.
const DEEPEST: usize = 64;

/// The kind and options of a rule as text. Named facts are replaced by what they are, one value stands for a list of one, and
/// the order of keys does not count.
pub(super) fn body<'w>(kind: &Kind, option: Value<'w>, binder: &Binder<'w>) -> String {
    let shape = match kind.fields {
        [] => Shape::Fact,
        fields => Shape::Map(fields),
    };
    format!("{}:{}", kind.name, expand(option, &shape, binder, 0))
}

/// The named facts of a rule, each with what it is.
pub(super) fn uses(rule: &dyn Rule, binder: &Binder<'_>) -> String {
    let members = rule.facts().into_iter().flat_map(|(set, _)| set.members.clone());
    let names: BTreeSet<Arc<str>> = members.filter_map(|id| binder.with_fact(id, |fact| fact.name.clone())).collect();
    let defined = |name: &Arc<str>| Some((name.to_string(), expand(binder.definition(name)?, &Shape::Fact, binder, 0)));
    Json::Object(names.iter().filter_map(defined).collect()).to_string()
}

fn expand<'w>(value: Value<'w>, shape: &Shape, binder: &Binder<'w>, depth: usize) -> Json {
    if depth > DEEPEST {
        return Json::Null;
    }
    let inner = |value: Value<'w>, shape: &Shape| expand(value, shape, binder, depth + 1);
    match (shape, value.kind()) {
        (Shape::Fact, Form::Array(_)) => value.one_or_many().into_iter().map(|item| inner(item, &Shape::Fact)).collect(),
        (Shape::Fact, Form::Object(_)) => {
            members(value, &|key| field(FACT_FIELDS, key).or(field(extractor_fields(), key)), &inner)
        }
        (Shape::Fact, _) => match value.as_text().and_then(|name| binder.definition(name)) {
            Some(definition) => inner(definition, &Shape::Fact),
            None => sorted(value.to_json()),
        },
        (Shape::Many(item) | Shape::List(item), _) => value.one_or_many().into_iter().map(|value| inner(value, item)).collect(),
        (Shape::Map(fields), Form::Object(_)) => members(value, &|key| field(fields, key), &inner),
        (Shape::Table(item), Form::Object(_)) => members(value, &|_| Some(item), &inner),
        (Shape::Either(shapes), Form::Object(_)) => match shapes.iter().find(|shape| matches!(shape, Shape::Map(_))) {
            Some(shape) => inner(value, shape),
            None => sorted(value.to_json()),
        },
        _ => sorted(value.to_json()),
    }
}

/// The members of a map in the order of their keys, each expanded by its own shape.
fn members<'w>(
    value: Value<'w>,
    shape: &dyn Fn(&str) -> Option<&'static Shape>,
    expand: &dyn Fn(Value<'w>, &Shape) -> Json,
) -> Json {
    let mut members: Vec<_> = value.members().iter().collect();
    members.sort_by(|a, b| a.key.cmp(&b.key));
    let expanded = members.into_iter().map(|member| {
        let value = value.sibling(member.value);
        let json = shape(&member.key).map_or_else(|| sorted(value.to_json()), |shape| expand(value, shape));
        (member.key.to_string(), json)
    });
    Json::Object(expanded.collect::<Map<_, _>>())
}

fn field(fields: &'static [Field], name: &str) -> Option<&'static Shape> {
    fields.iter().find(|field| field.name == name).map(|field| &field.shape)
}

fn sorted(json: Json) -> Json {
    match json {
        Json::Object(members) => {
            let mut members: Vec<_> = members.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Json::Object(members.into_iter().collect())
        }
        Json::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}
