//! What the constants of one file are as paths, for other files that ask.

use std::collections::HashSet;

use super::expression::HOLE;
use super::template::Template;
use super::value::{Part, Value};
use super::walk::{MAX_ITEMS, Walk};
use crate::facts::Raw;
use crate::facts::constants;
use crate::facts::imports::{Gives, Wait};
use crate::formats::code::{Code, Node};
use crate::text::Span;

/// What stands behind a name that is asked for.
pub enum Asked<'t> {
    /// This expression.
    Whole(Node<'t>),
    /// A collection of these.
    Parts(Vec<constants::Part<'t>>),
}

/// Everything that each of `asked` may be: what waits in each answer are its texts, each where the path is written. One that is
/// unknown is a hole.
pub fn exported<'t>(code: &'t Code, asked: Vec<Asked<'t>>) -> Vec<Raw> {
    let mut walk = Walk::over(code);
    let ends: Vec<Option<Vec<usize>>> = asked.into_iter().map(|asked| ends(&mut walk, asked)).collect();
    walk.settle_marks();
    let mut texts = walk.texts();
    let answer = |ends: Option<Vec<usize>>| {
        let mut raw = Raw::default();
        for id in ends.iter().flatten() {
            let Some(value) = walk.value(*id) else { continue };
            match &*texts.of(*id, 0) {
                [] => wait(&mut raw, value, Template::new(value, &HOLE.to_string(), &[])),
                known => known.iter().for_each(|text| wait(&mut raw, value, Template::new(value, text, walk.foreign.known()))),
            }
        }
        if ends.is_none() || raw.waits.len() > MAX_ITEMS {
            raw.waits.clear();
            let unknown = Value::new(vec![Part::Hole], Span::at(0));
            wait(&mut raw, &unknown, Template::new(&unknown, &HOLE.to_string(), &[]));
        }
        raw
    };
    ends.into_iter().map(answer).collect()
}

fn wait(raw: &mut Raw, value: &Value, template: Template) {
    raw.waits.push(Wait { imports: Vec::new(), gives: Gives::Path(template), at: value.span, message: String::new() });
}

/// The numbers of the values that it may be, where these are not too many.
fn ends<'t>(walk: &mut Walk<'t>, asked: Asked<'t>) -> Option<Vec<usize>> {
    let open = match asked {
        Asked::Whole(node) => {
            walk.fill(node);
            vec![node.id()]
        }
        Asked::Parts(parts) if parts.len() > MAX_ITEMS => return None,
        Asked::Parts(parts) => parts.into_iter().map(|part| part_of(walk, part)).collect(),
    };
    let (mut open, mut seen, mut ends) = (open, HashSet::new(), Vec::new());
    open.reverse();
    while let Some(id) = open.pop() {
        if seen.len() > MAX_ITEMS {
            return None;
        }
        match walk.targets(id) {
            Some(targets) if seen.insert(id) => open.extend(targets.iter().rev()),
            Some(_) => {}
            None => ends.push(id),
        }
        if ends.len() > MAX_ITEMS {
            return None;
        }
    }
    Some(ends)
}

fn part_of<'t>(walk: &mut Walk<'t>, part: constants::Part<'t>) -> usize {
    match part {
        constants::Part::Known { node, .. } if walk.knows(node) => node.id(),
        constants::Part::Known { value, node, .. } => {
            let hole = || Value::new(vec![Part::Hole], node.span());
            walk.add(Value::text(value, node.span()).unwrap_or_else(hole))
        }
        constants::Part::Elsewhere(node, imports, context) => {
            let value = walk.foreign.part(imports, context, node.span());
            walk.add(value)
        }
        constants::Part::Unknown(node) if walk.knows(node) => node.id(),
        constants::Part::Unknown(node) => walk.add(Value::new(vec![Part::Hole], node.span())),
    }
}
