//! The walk over one file: values from the leaves to the roots, then names followed, then elements.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use super::expression::HOLE;
use super::foreign::Foreign;
use super::named::Given;
use super::template::{self, Template, Told};
use super::value::{LONGEST, Mark, Part, Value};
use super::{csharp, go, javascript, jvm, php, python, ruby, rust, shell};
use crate::facts::constants::{self, items};
use crate::facts::imports::{Gives, Wait};
use crate::facts::names::{Names, syntax};
use crate::facts::parsed::quoted;
use crate::facts::{Hole, Raw, RawElement};
use crate::formats::code::{Code, Language, Node};
use crate::text::Span;

/// Adds the path expressions of a file to `raw`, in order of places.
pub(super) fn read(code: &Code, raw: &mut Raw) {
    let mut walk = Walk::over(code);
    walk.settle_marks();
    walk.emit(code, raw);
}

/// What a node contributes to a path in one language.
type Evaluation = for<'t> fn(&mut Walk<'t>, Node<'t>) -> Option<Value>;

/// A language is one file beside this one, and one line here.
fn evaluation(language: Language) -> Evaluation {
    match language {
        Language::Python => python::evaluate,
        Language::JavaScript | Language::TypeScript | Language::Tsx => javascript::evaluate,
        Language::Ruby => ruby::evaluate,
        Language::Java => jvm::java,
        Language::Kotlin => jvm::kotlin,
        Language::Php => php::evaluate,
        Language::Rust => rust::evaluate,
        Language::Go => go::evaluate,
        Language::CSharp => csharp::evaluate,
        Language::Shell => shell::evaluate,
    }
}

/// The values of a file's expressions. A node *takes* the values of its operands; those left over at the end are outermost.
pub(super) struct Walk<'t> {
    pub names: Names<'t>,
    values: Vec<Option<Box<Value>>>,
    /// For each node the number of the function around it, or [`BROKEN`].
    functions: Vec<u32>,
    /// What an expression is one of, by its number: the items of the list that a loop goes over, the two ends of a condition.
    choices: HashMap<usize, Vec<usize>>,
    /// Values of nodes that have several.
    others: Vec<Value>,
    /// The names of other files that values are made of.
    pub(super) foreign: Foreign<'t>,
}

/// Marks what lies below a syntax error.
const BROKEN: u32 = u32::MAX;
/// Items of a list that a loop goes over; of a longer one nothing is known.
pub(super) const MAX_ITEMS: usize = 64;
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
            choices: HashMap::new(),
            others: Vec::new(),
            foreign: Foreign::default(),
        }
    }

    /// The walk over a whole file, all values known.
    pub fn over(code: &'t Code) -> Self {
        let mut walk = Walk::new(code);
        let evaluate = evaluation(code.language);
        // In reverse preorder every node comes after all that lies below it, without any recursion.
        for node in code.root().subtree().rev().filter(|node| node.is_named()) {
            let value = evaluate(&mut walk, node);
            walk.put(node, value);
        }
        for node in walk.foreign.take_bound() {
            walk.fill(node);
        }
        walk
    }

    /// The value of `node`, which from now on is part of a longer expression.
    pub fn take(&mut self, node: Node<'t>) -> Option<Value> {
        let own = self.values.get_mut(node.id())?.take();
        own.map(|value| *value).or_else(|| self.foreign.value(&self.names, node))
    }

    /// Gives a node that has no value that of the name of another file that it is.
    pub fn fill(&mut self, node: Node<'t>) {
        if !self.knows(node) {
            let value = self.foreign.value(&self.names, node);
            self.put(node, value);
        }
    }

    /// Adds a value that no node of the file has; its number.
    pub fn add(&mut self, value: Value) -> usize {
        self.values.push(Some(Box::new(value)));
        self.values.len() - 1
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
        self.fill(node);
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

    /// The value of a name that is bound once, or that a loop binds to the items of a list.
    pub fn name(&mut self, identifier: Node<'t>) -> Option<Value> {
        let part = match self.names.bound_once(identifier) {
            Some(bound) => self.bound(bound),
            None => Part::Item(self.list(self.names.loop_over(identifier)?)?),
        };
        Some(Value::new(vec![part], identifier.span()))
    }

    /// The value of the name that stands in the text of a literal at `at`: `format!("{name}")`.
    pub fn name_in_text(&mut self, name: &str, at: Node<'t>) -> Option<Value> {
        let part = match self.names.bound_in_text(name, at) {
            Some(bound) => self.bound(bound),
            None => match self.names.loop_in_text(name, at) {
                Some(over) => Part::Item(self.list(over)?),
                None => return self.foreign.named(self.names.elsewhere_in_text(name, at), at.span()),
            },
        };
        Some(Value::new(vec![part], at.span()))
    }

    fn bound(&mut self, to: Node<'t>) -> Part {
        self.foreign.bind(to);
        Part::Name(to.id())
    }

    /// The value of an expression that is one of `ends`: `a if b else c`, `a ?? b`. Of an end without a value nothing is known.
    pub fn either(&mut self, node: Node<'t>, ends: &[Node<'t>]) -> Option<Value> {
        if !ends.iter().any(|end| self.knows(*end)) {
            return None;
        }
        ends.iter().for_each(|end| self.foreign.bind(*end));
        self.choices.insert(node.id(), ends.iter().map(|end| end.id()).collect());
        Some(Value::new(vec![Part::Choice(node.id())], node.span()))
    }

    /// The value of the variable at `at` of a loop over `items`.
    pub fn among(&mut self, of: Node<'t>, items: &[Node<'t>], at: Span) -> Option<Value> {
        if items.is_empty() || items.len() > MAX_ITEMS {
            return None;
        }
        self.choices.entry(of.id()).or_insert_with(|| items.iter().map(|item| item.id()).collect());
        Some(Value::new(vec![Part::Item(of.id())], at))
    }

    /// The items of what a loop goes over.
    fn list(&mut self, over: Node<'t>) -> Option<usize> {
        if !self.choices.contains_key(&over.id()) {
            let items: Vec<constants::Part<'t>> = items(&self.names, over).into_iter().take(MAX_ITEMS + 1).collect();
            if items.len() > MAX_ITEMS || items.iter().all(|part| matches!(part, constants::Part::Unknown(_))) {
                return None;
            }
            let items = items.into_iter().map(|part| match part {
                constants::Part::Known { node, .. } | constants::Part::Unknown(node) => node.id(),
                constants::Part::Elsewhere(node, imports, context) => {
                    let value = self.foreign.part(imports, context, node.span());
                    self.add(value)
                }
            });
            let items = items.collect();
            self.choices.insert(over.id(), items);
        }
        Some(over.id())
    }

    /// Gives `node` a value.
    pub fn put(&mut self, node: Node<'t>, value: Option<Value>) {
        if let (Some(slot), Some(value)) = (self.values.get_mut(node.id()), value) {
            *slot = Some(Box::new(value));
        }
    }

    /// What is told of a name or a choice is told of the expressions that it stands for. Marks only grow, and there are few: each
    /// expression is looked at a few times, however many names lead to it.
    pub fn settle_marks(&mut self) {
        let marked = |value: &Value| value.reference().is_some() && value.mark != Mark::default();
        let ids = self.values.iter().enumerate();
        let mut open: Vec<usize> = ids.filter(|(_, value)| value.as_deref().is_some_and(marked)).map(|(id, _)| id).collect();
        while let Some(id) = open.pop() {
            let Some(mark) = self.value(id).map(|value| value.mark) else { continue };
            for target in self.targets(id).unwrap_or_default() {
                let mark = Mark { opened: mark.opened && self.functions.get(id) == self.functions.get(target), ..mark };
                let Some(Some(value)) = self.values.get_mut(target) else { continue };
                let both = value.mark.and(mark);
                if both != value.mark {
                    value.mark = both;
                    open.push(target);
                }
            }
        }
    }

    /// The numbers of the values that the value of that number refers to, if it is a reference to values of the file.
    pub fn targets(&self, id: usize) -> Option<Vec<usize>> {
        match self.value(id)?.reference()? {
            Part::Name(bound) => Some(vec![*bound]),
            Part::Item(of) | Part::Choice(of) => Some(self.choices.get(of).cloned().unwrap_or_default()),
            _ => None,
        }
    }

    pub fn value(&self, id: usize) -> Option<&Value> {
        self.values.get(id)?.as_deref()
    }

    pub fn texts(&self) -> Texts<'_> {
        Texts::new(&self.values, &self.choices)
    }

    /// The ends of conditions that are part of a longer path: only that one counts.
    fn consumed(&self) -> HashSet<usize> {
        let longer = self.values.iter().flatten().filter(|value| value.reference().is_none());
        let mut open: Vec<usize> = longer.flat_map(|value| value.parts.iter().filter_map(Part::condition)).collect();
        let mut consumed = HashSet::new();
        while let Some(condition) = open.pop() {
            for end in self.choices.get(&condition).into_iter().flatten().filter(|end| consumed.insert(**end)) {
                let inner = self.values.get(*end).and_then(Option::as_deref);
                open.extend(inner.and_then(Value::reference).and_then(Part::condition));
            }
        }
        consumed
    }

    fn emit(self, code: &Code, raw: &mut Raw) {
        let mut texts = self.texts();
        let (elements, holes) = (raw.elements.len(), raw.holes.len());
        let consumed = self.consumed();
        let given = Given::of(&self.names, code);
        let mut named: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
        let mut emitted = Emitted { code, foreign: &self.foreign, raw };
        for (id, value) in self.values.iter().enumerate() {
            let Some(value) = value.as_deref().filter(|_| self.functions.get(id) != Some(&BROKEN)) else { continue };
            let before = emitted.count();
            match value.reference() {
                Some(Part::Elsewhere(_)) if value.mark.tells() => emitted.wait(value, texts.of(id, 0).first()),
                None if !consumed.contains(&id) => texts.of(id, 0).iter().for_each(|text| emitted.push(value, text)),
                _ => {}
            }
            if emitted.count() > before && self.functions.get(id) == Some(&0) {
                given.around(id).for_each(|name| named.entry(name).or_default().push(value.span));
            }
        }
        for value in &self.others {
            if let [Part::Text(text)] = value.parts.as_slice() {
                emitted.push(value, &Rc::from(text.as_str()));
            }
        }
        // Of a list of more nothing is known.
        named.retain(|_, spans| spans.len() <= MAX_ITEMS);
        raw.named.extend(named.into_iter().map(|(name, spans)| (name.to_owned(), spans)));
        raw.elements[elements..].sort_by_key(|element| element.span);
        raw.holes[holes..].sort_by_key(|hole| hole.span);
    }
}

/// What a file says, in the making.
struct Emitted<'e, 't> {
    code: &'t Code,
    foreign: &'e Foreign<'t>,
    raw: &'e mut Raw,
}

impl Emitted<'_, '_> {
    /// How much was found that may be a path.
    fn count(&self) -> usize {
        self.raw.elements.len() + self.raw.waits.len()
    }

    /// Adds what `value` says, `text` being its text with holes, as an element, as a hole, or as what waits for other files.
    fn push(&mut self, value: &Value, text: &Rc<str>) {
        if template::waits(text) {
            return self.wait(value, Some(text));
        }
        let span = value.span;
        match template::told(self.code.language, value, text) {
            Some(Told::Element(path)) => {
                let value = path.tail.clone();
                self.raw.elements.push(RawElement {
                    value,
                    span: Some(span),
                    path: Some(Box::new(path)),
                    ..RawElement::default()
                });
            }
            Some(Told::Hole(path)) => {
                let message = self.message(span);
                self.raw.holes.push(Hole { span, message, path: Some(Box::new(path)) });
            }
            None => {}
        }
    }

    fn wait(&mut self, value: &Value, text: Option<&Rc<str>>) {
        let Some(text) = text else { return };
        let template = Template::new(value, text, self.foreign.known());
        if !self.raw.has_room(template.imports().map(|(imports, _)| imports.len()).sum(), self.code) {
            return self.push(value, &Rc::from(template.own_text()));
        }
        let (at, message) = (value.span, self.message(value.span));
        self.raw.waits.push(Wait { imports: Vec::new(), gives: Gives::Path(template), at, message });
    }

    fn message(&self, span: Span) -> String {
        format!("`{}` is computed at run time", quoted(self.code.text().get(span.start..span.end).unwrap_or_default()))
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
pub(super) struct Texts<'w> {
    values: &'w [Option<Box<Value>>],
    choices: &'w HashMap<usize, Vec<usize>>,
    known: HashMap<usize, Choices>,
    known_choices: HashMap<usize, Choices>,
    left: usize,
}

/// What a value, or a part of it, may be; empty where that is unknown.
pub(super) type Choices = Rc<[Rc<str>]>;

impl<'w> Texts<'w> {
    fn new(values: &'w [Option<Box<Value>>], choices: &'w HashMap<usize, Vec<usize>>) -> Self {
        Texts { values, choices, known: HashMap::new(), known_choices: HashMap::new(), left: MAX_EXPANDED }
    }

    /// The texts of the value of the node `id`; none where it has none, is too long, or turns back to itself.
    pub fn of(&mut self, id: usize, depth: usize) -> Choices {
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

    /// The texts of what an expression is one of.
    fn ends(&mut self, of: usize, depth: usize) -> Choices {
        if let Some(known) = self.known_choices.get(&of) {
            return known.clone();
        }
        // One that turns back to itself is not known.
        self.known_choices.insert(of, Choices::default());
        let choices = self.choices;
        let texts: Choices = choices.get(&of).into_iter().flatten().flat_map(|end| self.end(*end, depth)).collect();
        let texts = if texts.len() > MAX_ITEMS { Choices::default() } else { texts };
        self.known_choices.insert(of, texts.clone());
        texts
    }

    /// The texts of one end; a hole where it is not known.
    fn end(&mut self, id: usize, depth: usize) -> Vec<Rc<str>> {
        match &*self.of(id, depth) {
            [] => vec![HOLE.to_string().into()],
            texts => texts.to_vec(),
        }
    }

    fn expanded(&mut self, parts: &[Part], depth: usize) -> Choices {
        let mut pieces: Vec<Choices> = parts.iter().map(|part| self.piece(part, depth)).collect();
        for (at, part) in parts.iter().enumerate() {
            // `${DIR:-/usr/lib/app}/x.sh`: where it was installed tells no more than that it is unknown.
            let is_directory = matches!(parts.get(at + 1), Some(Part::Text(text)) if text.starts_with('/'));
            if part.condition().is_some() && is_directory && pieces[at].iter().any(|text| text.contains(HOLE)) {
                pieces[at] = pieces[at].iter().filter(|text| !text.starts_with('/')).cloned().collect();
            }
        }
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
            Part::Elsewhere(number) => Rc::new([Rc::from(template::written(*number))]),
            Part::Item(of) | Part::Choice(of) => self.ends(*of, depth + 1),
        }
    }
}
