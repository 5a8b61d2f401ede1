//! An expression of the Common Expression Language: read and checked with the policy, evaluated for each element.

use std::sync::Arc;

use cel::common::ast::{IdedExpr, SourceInfo};
use cel::common::types::CelBool;
use cel::parser::Parser;
use cel::{Env, ExecutionError, ParseErrors, Value as CelValue};

use super::names::{ELEMENT, FACTS, FUNCTIONS, Mentions, NameFault};
use super::values::{It, World, environment};
use super::{tree, trial};
use crate::facts::{Binder, FactId, FactSet};
use crate::options::Value;
use crate::text::Span;

/// Longer expressions are no conditions on one element.
const LONGEST: usize = 4_096;
/// Brackets that may be open at once.
const DEEPEST: usize = 24;
/// The parser is recursive, and keeps no limit by itself: this much is enough for the longest expression.
const STACK: usize = 256 << 20;

/// An expression that is checked.
pub(super) struct Expression {
    root: IdedExpr,
    env: Arc<Env>,
    /// The facts that it looks at, by name.
    pub facts: Vec<(String, FactId)>,
    /// Whether more elements in a fact can only make it true.
    pub grows: bool,
    /// How many loops over lists are nested in it.
    pub loops: u32,
}

impl Expression {
    /// Reads an expression about elements of `every`; complains about what is wrong with it, as close to it as can be told.
    pub fn bind<'w>(value: Value<'w>, every: &FactSet, binder: &Binder<'w>) -> Option<Self> {
        let text = value.text()?;
        let (mut root, source) = parse(value, text)?;
        let at = |id: u64| source.offset_for(id).map_or(value.span(), |(start, end)| inside(value, text, start, end));
        if tree::is_too_deep(&mut root) {
            value.complain("the expression is nested too deeply");
            return None;
        }
        let mentions = Mentions::of(&mut root);
        let mut captures = binder.captures(every);
        if binder.any_capture(every) {
            captures.extend(mentions.members.iter().map(|(_, name)| name.clone()));
        }
        binder.wants(mentions.members.iter().map(|(_, name)| name.as_str()));
        let mut sound = told(&mentions, &captures, value, &at);
        let mut facts = Vec::new();
        for (id, name) in &mentions.facts {
            match binder.named(name, Some(at(*id))) {
                Some(fact) if !facts.iter().any(|(known, _)| known == name) => facts.push((name.clone(), fact)),
                Some(_) => {}
                None => sound = false,
            }
        }
        let (loops, env) = (tree::loops(&mut root), environment());
        let mut expression = Expression { root, env, facts, grows: mentions.grows, loops };
        if sound {
            let faults = expression.try_out(&captures);
            sound = faults.is_empty();
            faults.into_iter().for_each(|(id, message)| value.written.complain(at(id), message));
        }
        sound.then_some(expression)
    }

    /// Evaluates it with values that are made up.
    fn try_out(&mut self, captures: &[String]) -> Vec<trial::Fault> {
        let env = self.env.clone();
        let facts: Vec<(&str, Vec<&str>)> = self.facts.iter().map(|(name, _)| (name.as_str(), vec![""])).collect();
        let world = World::new(&env, facts.clone(), facts);
        let captures = captures.iter().map(|name| (name.as_str(), "")).collect();
        let root = &mut self.root;
        world.with(&It { value: "", path: "", line: Some(1), captures }, |context| trial::faults(root, context))
    }

    /// What its evaluations share: the values of its facts.
    pub fn world<'f>(&'f self, values: impl Fn(FactId) -> Vec<&'f str>) -> World<'f> {
        let facts: Vec<(&str, Vec<&str>)> = self.facts.iter().map(|(name, id)| (name.as_str(), values(*id))).collect();
        World::new(&self.env, facts.clone(), facts)
    }

    /// Whether it holds for an element.
    ///
    /// # Errors
    /// Why that cannot be told; the text may quote values.
    pub fn holds(&self, world: &World<'_>, it: &It<'_>) -> Result<bool, ExecutionError> {
        world.with(it, |context| {
            let value = CelValue::resolve_val(&self.root, context)?;
            let verdict = value.downcast_ref::<CelBool>().map(|verdict| *verdict.inner());
            verdict.ok_or_else(|| ExecutionError::UnexpectedType { got: value.get_type().name().into(), want: "bool".into() })
        })
    }
}

/// Parses the expression; complains where the parser does.
fn parse(value: Value<'_>, text: &str) -> Option<(IdedExpr, SourceInfo)> {
    if text.len() > LONGEST {
        value.complain(format!("the expression has {} bytes, at most {LONGEST} are read", text.len()));
        return None;
    }
    if is_too_nested(text) {
        value.complain("the expression is nested too deeply");
        return None;
    }
    let owned = text.to_string();
    let parser = move || Parser::new().parse_with_source_info(&owned);
    let parsed = std::thread::Builder::new().stack_size(STACK).spawn(parser).ok().and_then(|thread| thread.join().ok());
    let (message, at) = match parsed {
        Some(Ok(parsed)) => return Some(parsed),
        // What follows the first error is often its echo.
        Some(Err(ParseErrors { errors })) => match errors.first() {
            Some(error) => (error.msg.lines().next().unwrap_or_default().to_string(), offset(text, error.pos)),
            None => (String::new(), None),
        },
        None => ("the parser gave up".to_string(), None),
    };
    let span = at.map_or(value.span(), |at| inside(value, text, at, at));
    let help = "expressions are of the Common Expression Language (CEL)";
    value.written.complain_with_help(span, format!("invalid expression: {message}"), help);
    None
}

/// Whether more brackets are open at once than people write, strings included.
fn is_too_nested(text: &str) -> bool {
    let mut depth = 0usize;
    text.bytes().any(|byte| {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEEPEST
    })
}

/// The offset of a line and a column, counted from 1.
fn offset(text: &str, (line, column): (isize, isize)) -> Option<u32> {
    let (line, column) = (usize::try_from(line - 1).ok()?, usize::try_from(column - 1).ok()?);
    let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    u32::try_from(before + column).ok().filter(|at| (*at as usize) < text.len())
}

/// Where a part of the expression stands in the policy; the whole value where it is not written as it is read.
fn inside(value: Value<'_>, text: &str, start: u32, end: u32) -> Span {
    let whole = value.span();
    let written = whole.slice(&value.written.origin.text);
    let text = text.trim_end();
    let found = written.windows(text.len().max(1)).position(|window| window == text.as_bytes());
    // The parser counts characters.
    match found.filter(|_| text.is_ascii()) {
        Some(found) => {
            let from = whole.start + found;
            let (start, end) = (start as usize, (end as usize + 1).min(text.len()));
            Span::new((from + start).min(whole.end), (from + end.max(start + 1)).min(whole.end))
        }
        None => whole,
    }
}

/// Complains about names that nobody knows; whether there is none.
fn told(mentions: &Mentions, captures: &[String], value: Value<'_>, at: &impl Fn(u64) -> Span) -> bool {
    let own = ["value", "path", "line"];
    let mut sound = mentions.faults.is_empty();
    for (id, fault) in &mentions.faults {
        let (span, written) = (at(*id), value.written);
        match fault {
            NameFault::Variable(name) => written.complain_unknown(span, "name", name, [ELEMENT, FACTS]),
            NameFault::Function(name) => written.complain_unknown(span, "function", name, FUNCTIONS),
            NameFault::Element => written.complain(span, "`it` stands for an element: write `it.value`, or another member of it"),
            NameFault::Facts => written.complain(span, "`facts` needs the name of a fact: `facts[\"name\"]`"),
        }
    }
    for (id, name) in &mentions.members {
        if own.contains(&name.as_str()) {
            let is_capture = name != "value" && captures.contains(name);
            if is_capture {
                value.written.complain(
                    at(*id),
                    format!("`{name}` is what every element has, and a capture of this fact: name the capture otherwise"),
                );
            }
            sound &= !is_capture;
        } else if !captures.contains(name) {
            let known = captures.iter().map(String::as_str).chain(own);
            value.written.complain_unknown(at(*id), "capture", name, known);
            sound = false;
        }
    }
    sound
}
