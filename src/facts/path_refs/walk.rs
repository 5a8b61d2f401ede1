//! The walk over one file: values from the leaves to the roots, then names followed, then elements.

use std::collections::HashMap;
use std::rc::Rc;

use super::expression::{self, HOLE};
use super::strings::LONGEST;
use super::value::{Mark, Part, Value};
use super::{javascript, python};
use crate::facts::names::Names;
use crate::facts::{Hole, Raw, RawElement};
use crate::formats::code::{Code, Language, Node};
use crate::text::Span;

/// Adds the path expressions of a file to `raw`, in order of places.
pub(super) fn read(code: &Code, raw: &mut Raw) {
    let mut walk = Walk::new(code);
    let evaluate = match code.language {
        Language::Python => python::evaluate,
        Language::JavaScript | Language::TypeScript | Language::Tsx => javascript::evaluate,
    };
    // In reverse preorder every node comes after all that lies below it, without any recursion.
    for node in code.root().subtree().rev().filter(|node| node.is_named()) {
        let value = evaluate(&mut walk, node);
        walk.put(node, value);
    }
    walk.settle_marks();
    walk.emit(code, raw);
}

/// The values of a file's expressions. A node *takes* the values of its operands; those left over at the end are outermost.
pub(super) struct Walk<'t> {
    pub names: Names<'t>,
    values: Vec<Option<Box<Value>>>,
    /// For each node the number of the function around it, or [`BROKEN`].
    functions: Vec<u32>,
}

/// Marks what lies below a syntax error.
const BROKEN: u32 = u32::MAX;
/// Names that stand for names that stand for names.
const MAX_HOPS: usize = 16;
/// Bytes that names may be replaced by in one file, all told.
const MAX_EXPANDED: usize = 1 << 24;

impl<'t> Walk<'t> {
    fn new(code: &'t Code) -> Self {
        let functions = functions(code.root());
        Walk { names: Names::of(code), values: functions.iter().map(|_| None).collect(), functions }
    }

    /// The value of `node`, which from now on is part of a longer expression.
    pub fn take(&mut self, node: Node<'t>) -> Option<Value> {
        self.values.get_mut(node.id())?.take().map(|value| *value)
    }

    /// Whether something is known of the path that `node` denotes.
    pub fn knows(&self, node: Node<'t>) -> bool {
        self.values.get(node.id()).is_some_and(Option::is_some)
    }

    /// Adds to what is known of the path that `node` denotes.
    pub fn mark(&mut self, node: Node<'t>, mark: Mark) {
        if let Some(Some(value)) = self.values.get_mut(node.id()) {
            value.mark = value.mark.and(mark);
        }
    }

    /// Forgets the value of `node` where it is a mere string: it is a message.
    pub fn hush(&mut self, node: Node<'t>) {
        if let Some(slot) = self.values.get_mut(node.id())
            && slot.as_ref().is_some_and(|value| !value.built && value.as_name().is_none())
        {
            *slot = None;
        }
    }

    /// The value of a name that is bound once.
    pub fn name(&self, identifier: Node<'t>) -> Option<Value> {
        let bound = self.names.bound_once(identifier)?;
        Some(Value::new(vec![Part::Name(bound.id())], identifier.span()))
    }

    fn put(&mut self, node: Node<'t>, value: Option<Value>) {
        if let (Some(slot), Some(value)) = (self.values.get_mut(node.id()), value) {
            *slot = Some(Box::new(value));
        }
    }

    /// What is told of a name is told of the expression that it is bound to.
    fn settle_marks(&mut self) {
        for id in 0..self.values.len() {
            let Some(value) = self.values.get(id).and_then(Option::as_deref) else { continue };
            if value.mark != Mark::default()
                && let Some(bound) = value.as_name()
            {
                self.mark_bound(id, bound, value.mark);
            }
        }
    }

    fn mark_bound(&mut self, at: usize, mut bound: usize, mut mark: Mark) {
        for _ in 0..MAX_HOPS {
            mark.opened &= self.functions.get(at) == self.functions.get(bound);
            let Some(Some(value)) = self.values.get_mut(bound) else { return };
            match value.as_name() {
                Some(next) => bound = next,
                None => {
                    value.mark = value.mark.and(mark);
                    return;
                }
            }
        }
    }

    fn emit(self, code: &Code, raw: &mut Raw) {
        let mut texts = Texts { values: &self.values, known: HashMap::new(), left: MAX_EXPANDED };
        let (elements, holes) = (raw.elements.len(), raw.holes.len());
        for (id, value) in self.values.iter().enumerate() {
            let Some(value) = value.as_deref().filter(|value| value.as_name().is_none()) else { continue };
            if self.functions.get(id) != Some(&BROKEN)
                && let Some(text) = texts.of(id, 0)
            {
                push(raw, code, value, &text);
            }
        }
        raw.elements[elements..].sort_by_key(|element| element.span);
        raw.holes[holes..].sort_by_key(|hole| hole.span);
    }
}

/// Adds what `value` says, `text` being its text with holes, as an element or as a hole.
fn push(raw: &mut Raw, code: &Code, value: &Value, text: &str) {
    // A bundler's `./x.json?raw`
    let text = if value.mark.import { text.split('?').next().unwrap_or_default() } else { text };
    let Some(mut path) = expression::read(&expression::fill_placeholders(text), !value.built) else { return };
    let is_relative = value.mark.import && (text.starts_with("./") || text.starts_with("../"));
    path.relative = path.relative.filter(|_| is_relative);
    path.opened = value.mark.opened;
    path.usage = value.mark.usage;
    let span = value.span;
    if path.unknown_end.is_none() {
        let value = path.tail.clone();
        raw.elements.push(RawElement { value, span: Some(span), path: Some(Box::new(path)), ..RawElement::default() });
    } else if !path.tail.is_empty() || path.relative.is_some() {
        let message = format!("`{}` is computed at run time", shown(code.text(), span));
        raw.holes.push(Hole { span, message, path: Some(Box::new(path)) });
    }
}

/// The code at `span` on one line, cut where it is long.
fn shown(code: &str, span: Span) -> String {
    const WIDTH: usize = 60;
    let mut text = String::new();
    for c in code.get(span.start..span.end).unwrap_or_default().chars() {
        match c.is_whitespace() {
            true if text.ends_with(' ') => continue,
            true => text.push(' '),
            false => text.push(c),
        }
        if text.len() > WIDTH {
            text.push('…');
            break;
        }
    }
    text
}

/// For each node the number of the function around it.
fn functions(root: Node<'_>) -> Vec<u32> {
    let mut functions: Vec<u32> = Vec::new();
    for node in root.subtree() {
        let outer = node.parent().and_then(|parent| functions.get(parent.id()).copied()).unwrap_or(0);
        functions.push(match node.kind() {
            _ if outer == BROKEN => BROKEN,
            "ERROR" => BROKEN,
            "function_definition"
            | "lambda"
            | "function_declaration"
            | "function_expression"
            | "arrow_function"
            | "method_definition"
            | "generator_function"
            | "generator_function_declaration" => node.id() as u32,
            _ => outer,
        });
    }
    functions
}

/// The texts of values, names replaced by what they stand for, each worked out once.
struct Texts<'w> {
    values: &'w [Option<Box<Value>>],
    known: HashMap<usize, Option<Rc<str>>>,
    left: usize,
}

impl Texts<'_> {
    /// The text of the value of the node `id`; `None` where it has none, is too long, or turns back to itself.
    fn of(&mut self, id: usize, depth: usize) -> Option<Rc<str>> {
        if let Some(known) = self.known.get(&id) {
            return known.clone();
        }
        if depth > MAX_HOPS {
            return None;
        }
        self.known.insert(id, None);
        let value = self.values.get(id)?.as_deref()?;
        let text = self.expanded(&value.parts, depth);
        self.known.insert(id, text.clone());
        text
    }

    fn expanded(&mut self, parts: &[Part], depth: usize) -> Option<Rc<str>> {
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Hole => text.push(HOLE),
                Part::Name(bound) => match self.of(*bound, depth + 1).filter(|value| value.len() <= self.left) {
                    Some(value) => {
                        self.left -= value.len();
                        text.push_str(&value);
                    }
                    None => text.push(HOLE),
                },
            }
        }
        (text.len() <= LONGEST).then(|| text.into())
    }
}
