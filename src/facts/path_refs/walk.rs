//! The walk over one file: values from the leaves to the roots, then names followed, then elements.

use std::collections::HashMap;
use std::rc::Rc;

use super::expression::{self, HERE, HOLE};
use super::value::{LONGEST, Mark, Part, Value};
use super::{csharp, go, javascript, jvm, php, python, ruby, rust};
use crate::facts::names::{Names, plain, syntax};
use crate::facts::parsed::quoted;
use crate::facts::{Hole, Raw, RawElement};
use crate::formats::code::{Code, Language, Node};

/// Adds the path expressions of a file to `raw`, in order of places.
pub(super) fn read(code: &Code, raw: &mut Raw) {
    let mut walk = Walk::new(code);
    let Some(evaluate) = evaluation(code.language) else { return };
    // In reverse preorder every node comes after all that lies below it, without any recursion.
    for node in code.root().subtree().rev().filter(|node| node.is_named()) {
        let value = evaluate(&mut walk, node);
        walk.put(node, value);
    }
    walk.settle_marks();
    walk.emit(code, raw);
}

/// What a node contributes to a path in one language.
type Evaluation = for<'t> fn(&mut Walk<'t>, Node<'t>) -> Option<Value>;

/// A language is one file beside this one, and one line here.
fn evaluation(language: Language) -> Option<Evaluation> {
    match language {
        Language::Python => Some(python::evaluate),
        Language::JavaScript | Language::TypeScript | Language::Tsx => Some(javascript::evaluate),
        Language::Ruby => Some(ruby::evaluate),
        Language::Java => Some(jvm::java),
        Language::Kotlin => Some(jvm::kotlin),
        Language::Php => Some(php::evaluate),
        Language::Rust => Some(rust::evaluate),
        Language::Go => Some(go::evaluate),
        Language::CSharp => Some(csharp::evaluate),
        Language::Shell => None,
    }
}

/// The values of a file's expressions. A node *takes* the values of its operands; those left over at the end are outermost.
pub(super) struct Walk<'t> {
    pub names: Names<'t>,
    values: Vec<Option<Box<Value>>>,
    /// For each node the number of the function around it, or [`BROKEN`].
    functions: Vec<u32>,
    /// The items of the literal lists that loops go over, by the list's number.
    lists: HashMap<usize, Vec<usize>>,
    /// Values of nodes that have several.
    others: Vec<Value>,
}

/// Marks what lies below a syntax error.
const BROKEN: u32 = u32::MAX;
/// Items of a list that a loop goes over; of a longer one nothing is known.
const MAX_ITEMS: usize = 64;
/// Names that stand for names that stand for names.
const MAX_HOPS: usize = 16;
/// Bytes that names may be replaced by in one file, all told.
const MAX_EXPANDED: usize = 1 << 24;
/// What each further element that a loop gives is counted as.
const ELEMENT: usize = 64;

impl<'t> Walk<'t> {
    fn new(code: &'t Code) -> Self {
        let functions = functions(code.root());
        Walk {
            names: Names::of(code),
            values: functions.iter().map(|_| None).collect(),
            functions,
            lists: HashMap::new(),
            others: Vec::new(),
        }
    }

    /// The value of `node`, which from now on is part of a longer expression.
    pub fn take(&mut self, node: Node<'t>) -> Option<Value> {
        self.values.get_mut(node.id())?.take().map(|value| *value)
    }

    /// Adds a value to those of a node that has several.
    pub fn also(&mut self, value: Value) {
        self.others.push(value);
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
            && slot.as_ref().is_some_and(|value| !value.built && value.reference().is_none())
        {
            *slot = None;
        }
    }

    /// The value of a name that is bound once, or that a loop binds to the items of a literal list.
    pub fn name(&mut self, identifier: Node<'t>) -> Option<Value> {
        let part = match self.names.bound_once(identifier) {
            Some(bound) => Part::Name(bound.id()),
            None => Part::Item(self.list(identifier)?),
        };
        Some(Value::new(vec![part], identifier.span()))
    }

    /// The value of the name that stands in the text of a literal at `at`: `format!("{name}")`.
    pub fn name_in_text(&self, name: &str, at: Node<'t>) -> Option<Value> {
        let bound = self.names.bound_in_text(name, at)?;
        Some(Value::new(vec![Part::Name(bound.id())], at.span()))
    }

    /// The literal list that the loop variable `identifier` goes over.
    fn list(&mut self, identifier: Node<'t>) -> Option<usize> {
        let over = plain(self.names.loop_over(identifier)?);
        let bound = self.names.bound_once(over).map_or(over, plain);
        let list = syntax(bound.code()).list(bound)?;
        let items = || list.named_children().take(MAX_ITEMS + 1).map(Node::id).collect();
        let known = self.lists.entry(list.id()).or_insert_with(items);
        (known.len() <= MAX_ITEMS).then_some(list.id())
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
            let mark = value.mark;
            match value.reference() {
                Some(Part::Name(bound)) if mark != Mark::default() => self.mark_bound(id, *bound, mark),
                Some(Part::Item(list)) if mark != Mark::default() => {
                    for item in self.lists.get(list).cloned().unwrap_or_default() {
                        self.mark_bound(id, item, mark);
                    }
                }
                _ => {}
            }
        }
    }

    fn mark_bound(&mut self, at: usize, mut bound: usize, mut mark: Mark) {
        for _ in 0..MAX_HOPS {
            mark.opened &= self.functions.get(at) == self.functions.get(bound);
            let Some(Some(value)) = self.values.get_mut(bound) else { return };
            match value.reference() {
                Some(Part::Name(next)) => bound = *next,
                Some(_) => return,
                None => {
                    value.mark = value.mark.and(mark);
                    return;
                }
            }
        }
    }

    fn emit(self, code: &Code, raw: &mut Raw) {
        let mut texts = Texts::new(&self.values, &self.lists);
        let (elements, holes) = (raw.elements.len(), raw.holes.len());
        for (id, value) in self.values.iter().enumerate() {
            let Some(value) = value.as_deref().filter(|value| value.reference().is_none()) else { continue };
            if self.functions.get(id) != Some(&BROKEN) {
                texts.of(id, 0).iter().for_each(|text| push(raw, code, value, text));
            }
        }
        for value in &self.others {
            if let [Part::Text(text)] = value.parts.as_slice() {
                push(raw, code, value, text);
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
    let text = &text.replace(HERE, if value.mark.import { "." } else { "\0" });
    let read = match value.mark.listed {
        Some(depth) => expression::read_listing(text, depth, !value.built),
        // `image/*`, `/docs/:path*`: a type, a route, or all that a directory holds
        None if text.ends_with('*') => None,
        None => expression::read(&expression::fill_placeholders(text), !value.built),
    };
    let Some(mut path) = read else { return };
    let is_relative = value.mark.import && (text.starts_with("./") || text.starts_with("../"));
    path.relative = path.relative.filter(|_| is_relative);
    path.opened = value.mark.opened;
    path.usage = value.mark.usage;
    let span = value.span;
    if path.unknown_end.is_none() || path.listing.is_some() {
        let value = path.tail.clone();
        raw.elements.push(RawElement { value, span: Some(span), path: Some(Box::new(path)), ..RawElement::default() });
    } else if !path.tail.is_empty() || path.relative.is_some() {
        let message = format!("`{}` is computed at run time", quoted(code.text().get(span.start..span.end).unwrap_or_default()));
        raw.holes.push(Hole { span, message, path: Some(Box::new(path)) });
    }
}

/// For each node the number of the function around it.
fn functions(root: Node<'_>) -> Vec<u32> {
    let syntax = syntax(root.code());
    let mut functions: Vec<u32> = Vec::new();
    for node in root.subtree() {
        let outer = node.parent().and_then(|parent| functions.get(parent.id()).copied()).unwrap_or(0);
        functions.push(match node.kind() {
            _ if outer == BROKEN => BROKEN,
            "ERROR" => BROKEN,
            kind if syntax.is_function(kind) => node.id() as u32,
            _ => outer,
        });
    }
    functions
}

/// The texts of values, names replaced by what they stand for, each worked out once. A value that depends on a loop has a
/// text for each item.
struct Texts<'w> {
    values: &'w [Option<Box<Value>>],
    lists: &'w HashMap<usize, Vec<usize>>,
    known: HashMap<usize, Choices>,
    known_lists: HashMap<usize, Choices>,
    left: usize,
}

/// What a value, or a part of it, may be; empty where that is unknown.
type Choices = Rc<[Rc<str>]>;

impl<'w> Texts<'w> {
    fn new(values: &'w [Option<Box<Value>>], lists: &'w HashMap<usize, Vec<usize>>) -> Self {
        Texts { values, lists, known: HashMap::new(), known_lists: HashMap::new(), left: MAX_EXPANDED }
    }

    /// The texts of the value of the node `id`; none where it has none, is too long, or turns back to itself.
    fn of(&mut self, id: usize, depth: usize) -> Choices {
        if let Some(known) = self.known.get(&id) {
            return known.clone();
        }
        let values = self.values;
        let Some(Some(value)) = values.get(id).filter(|_| depth <= MAX_HOPS) else { return Choices::default() };
        self.known.insert(id, Choices::default());
        let texts = self.expanded(&value.parts, depth);
        self.known.insert(id, texts.clone());
        texts
    }

    /// The texts of the items of a list.
    fn items(&mut self, list: usize, depth: usize) -> Choices {
        if let Some(known) = self.known_lists.get(&list) {
            return known.clone();
        }
        let lists = self.lists;
        let texts: Choices = lists.get(&list).into_iter().flatten().map(|item| self.item(*item, depth)).collect();
        self.known_lists.insert(list, texts.clone());
        texts
    }

    /// The text of one item of a list.
    fn item(&mut self, id: usize, depth: usize) -> Rc<str> {
        match &*self.of(id, depth) {
            [text] => text.clone(),
            _ => HOLE.to_string().into(),
        }
    }

    fn expanded(&mut self, parts: &[Part], depth: usize) -> Choices {
        let pieces: Vec<Choices> = parts.iter().map(|part| self.piece(part, depth)).collect();
        let literal: usize = parts.iter().map(|part| if let Part::Text(text) = part { text.len() } else { 0 }).sum();
        let varying = pieces.iter().find(|piece| piece.len() > 1 && self.spend(piece.len() * (literal + ELEMENT)));
        let count = varying.map_or(1, |varying| varying.len());
        let texts = (0..count).map(|n| {
            let mut text = String::new();
            for piece in &pieces {
                // Of two loops the combinations are not told.
                let known = match &**piece {
                    [only] => Some(only),
                    _ => varying.filter(|varying| Rc::ptr_eq(varying, piece)).and_then(|varying| varying.get(n)),
                };
                match known.filter(|known| self.spend(known.len())) {
                    None => text.push(HOLE),
                    Some(known) => text.push_str(known),
                }
            }
            text
        });
        texts.filter(|text| text.len() <= LONGEST).map(Rc::from).collect()
    }

    /// Takes `bytes` from what may still be spent; `false` where there are not so many left.
    fn spend(&mut self, bytes: usize) -> bool {
        let left = self.left.checked_sub(bytes);
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }

    fn piece(&mut self, part: &Part, depth: usize) -> Choices {
        match part {
            Part::Text(text) => Rc::new([Rc::from(text.as_str())]),
            Part::Hole => Choices::default(),
            Part::Name(bound) => self.of(*bound, depth + 1),
            Part::Item(list) => self.items(*list, depth + 1),
        }
    }
}
