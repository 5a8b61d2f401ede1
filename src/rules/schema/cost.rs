//! How much work a schema makes at one value, before it goes into the value's parts.
//!
//! The validator follows references and alternatives by recursion and judges each as often as it is met. A few lines of
//! references to each other can make that endless, deeper than any stack, or exponential: such schemas are refused.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::file::{Reference, SchemaFile};
use super::library::Part;
use super::uri;

/// The work of the costliest schema of a file set at one value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cost {
    /// Schemas inside each other.
    pub levels: usize,
    /// Schemas in all, each as often as it is met.
    pub visits: usize,
}

/// A reference that makes a schema impossible to judge by, and why.
pub(super) struct Refused<'f> {
    pub file: &'f SchemaFile,
    pub reference: &'f Reference,
    pub complaint: &'static str,
}

/// References and alternatives inside each other, beyond which a schema is refused.
const MOST_LEVELS: usize = 256;
/// Schemas judged at one value, beyond which a schema is refused.
const MOST_VISITS: usize = 1 << 16;

/// The cost of the schemas in `files`, whose references lead to `parts`.
///
/// # Errors
/// A reference that leads back to itself at the same value, or one below which there is too much.
pub(super) fn cost<'f>(files: &'f [Arc<SchemaFile>], parts: &HashMap<String, Part>) -> Result<Cost, Refused<'f>> {
    let mut graph = Graph { references: references(files, parts), done: HashMap::new() };
    for file in files {
        for reference in &file.refs {
            let Some(holder) = holder(&file.json, reference) else { continue };
            let complaint = match graph.cost(holder) {
                Err(Endless) => "leads back to itself",
                Ok(cost) if cost.levels > MOST_LEVELS => "starts a chain of too many references",
                Ok(cost) if cost.visits > MOST_VISITS => "stands for too many schemas at once",
                Ok(_) => continue,
            };
            return Err(Refused { file, reference, complaint });
        }
    }
    // Every cycle has a reference in it: no error is left.
    let costs = files.iter().flat_map(|file| objects(&file.json)).filter_map(|schema| graph.cost(schema).ok());
    Ok(costs
        .fold(Cost::default(), |most, cost| Cost { levels: most.levels.max(cost.levels), visits: most.visits.max(cost.visits) }))
}

/// All objects in a value: more than there are schemas, and none of these left out.
fn objects(value: &Value) -> Vec<&Value> {
    let (mut open, mut objects) = (vec![value], Vec::new());
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                objects.push(value);
                open.extend(members.values());
            }
            _ => {}
        }
    }
    objects
}

/// A reference leads back to where it stands.
struct Endless;

/// Schemas by address, which does not change while their files are held.
type Address = *const Value;

struct Graph<'f> {
    /// From the schemas that hold references to what these lead to, and whether the validator itself ends their cycles.
    references: HashMap<Address, Vec<(&'f Value, bool)>>,
    /// `None`: in progress.
    done: HashMap<Address, Option<Cost>>,
}

impl<'f> Graph<'f> {
    /// The cost of a schema; without recursion, since chains may be of any length.
    fn cost(&mut self, start: &'f Value) -> Result<Cost, Endless> {
        let mut stack = vec![start];
        while let Some(schema) = stack.last().copied() {
            let address: Address = schema;
            match self.done.get(&address) {
                Some(Some(_)) => {
                    stack.pop();
                    continue;
                }
                None => {
                    self.done.insert(address, None);
                    for (next, guarded) in self.next(schema) {
                        match self.done.get(&(next as Address)) {
                            None => stack.push(next),
                            Some(None) if !guarded => return Err(Endless),
                            Some(_) => {}
                        }
                    }
                }
                Some(None) => {
                    let cost = self.sum(schema);
                    self.done.insert(address, Some(cost));
                    stack.pop();
                }
            }
        }
        Ok(self.done.get(&(start as Address)).copied().flatten().unwrap_or_default())
    }

    fn sum(&self, schema: &'f Value) -> Cost {
        let known = |next: &Value| self.done.get(&(next as Address)).copied().flatten().unwrap_or_default();
        let inner = self.next(schema).into_iter().map(|(next, _)| known(next));
        inner.fold(Cost { levels: 1, visits: 1 }, |sum, inner| Cost {
            levels: sum.levels.max(inner.levels + 1),
            visits: sum.visits.saturating_add(inner.visits),
        })
    }

    /// The schemas that are judged at the same value.
    fn next(&self, schema: &'f Value) -> Vec<(&'f Value, bool)> {
        let mut next = self.references.get(&(schema as Address)).cloned().unwrap_or_default();
        for key in ["allOf", "anyOf", "oneOf"] {
            next.extend(schema.get(key).and_then(Value::as_array).into_iter().flatten().map(|schema| (schema, false)));
        }
        for key in ["not", "if", "then", "else"] {
            next.extend(schema.get(key).map(|schema| (schema, false)));
        }
        for key in ["dependentSchemas", "dependencies"] {
            let schemas = schema.get(key).and_then(Value::as_object).into_iter().flat_map(|map| map.values());
            next.extend(schemas.map(|schema| (schema, false)));
        }
        next
    }
}

fn references<'f>(files: &'f [Arc<SchemaFile>], parts: &HashMap<String, Part>) -> HashMap<Address, Vec<(&'f Value, bool)>> {
    let by_path: HashMap<*const SchemaFile, &'f SchemaFile> = files.iter().map(|file| (Arc::as_ptr(file), &**file)).collect();
    let mut references: HashMap<Address, Vec<(&Value, bool)>> = HashMap::new();
    for file in files {
        for reference in &file.refs {
            let Some((base, holder)) = reference.target.as_deref().zip(holder(&file.json, reference)) else { continue };
            let fragment = uri::fragment(&reference.text);
            let anchored = (!fragment.is_empty() && !fragment.starts_with('/')).then(|| format!("{base}#{fragment}"));
            let pointer = if anchored.is_some() { "" } else { fragment.as_str() };
            let Some(part) = parts.get(anchored.as_deref().unwrap_or(base)) else { continue };
            let Some(target) = by_path.get(&Arc::as_ptr(&part.file)) else { continue };
            if let Some(target) = target.json.pointer(&part.pointer).and_then(|part| part.pointer(pointer)) {
                references.entry(holder).or_default().push((target, reference.is_dynamic()));
            }
        }
    }
    references
}

/// The schema that a reference stands in.
fn holder<'f>(json: &'f Value, reference: &Reference) -> Option<&'f Value> {
    let (holder, _) = reference.pointer.rsplit_once('/')?;
    json.pointer(holder)
}
