//! Reads whose key another variable holds: `${!name}`, `printenv "$name"`. The name may be that of a loop over words, or what a
//! function is given.

use std::collections::HashMap;

use super::assigned::Assigned;
use super::{Form, Script, is_key, literal, read_of};
use crate::facts::parsed;
use crate::formats::code::{Code, Node};

/// Enclosing nodes that are asked for the loop of a variable.
const MAX_CLIMB: usize = 256;
/// Reads that loops and calls may give in one script; what lies beyond counts as computed.
const MAX_GIVEN: usize = 100_000;

/// All reads of one script through other names.
#[derive(Default)]
pub(super) struct Indirect<'t> {
    reads: Vec<Through<'t>>,
}

struct Through<'t> {
    /// The expression that reads.
    node: Node<'t>,
    /// What of it stands for the key.
    at: Node<'t>,
    source: Source<'t>,
    form: Form,
}

/// What holds the key.
#[derive(Clone, Copy)]
pub(super) enum Source<'t> {
    Variable(Node<'t>),
    /// `$1`, from 0.
    Parameter(usize),
    Unknown,
}

/// What a source can be.
enum Keys<'t> {
    Known(Vec<Word<'t>>),
    /// The arguments of a function from that index on, or the one at it.
    Given {
        index: usize,
        all: bool,
    },
    Unknown,
}

/// A key, and the node that spells it.
type Word<'t> = (&'t str, Node<'t>);

/// The source that the only expansion of a word is.
pub(super) fn source(word: Node<'_>) -> Source<'_> {
    let expansions =
        word.subtree().filter(|node| matches!(node.kind(), "simple_expansion" | "expansion" | "command_substitution"));
    let found: Vec<Node<'_>> = expansions.take(2).collect();
    match found[..] {
        [one] if one.text().len() + 2 >= word.text().len() => parameter(one).map_or_else(|| variable(one), Source::Parameter),
        _ => Source::Unknown,
    }
}

fn variable(expansion: Node<'_>) -> Source<'_> {
    let name = expansion.named_children().next().filter(|name| name.kind() == "variable_name");
    name.filter(|name| is_alone(expansion, *name)).map_or(Source::Unknown, Source::Variable)
}

/// Whether the expansion is nothing but `$name` or `${name}`.
fn is_alone(expansion: Node<'_>, name: Node<'_>) -> bool {
    let around = expansion.text().len() - name.text().len();
    around == 1 || around == 3 && expansion.kind() == "expansion"
}

/// The index of `$1` or `${1}`, from 0.
fn parameter(expansion: Node<'_>) -> Option<usize> {
    let text = expansion.text().trim_start_matches('$').trim_start_matches('{').trim_end_matches('}');
    text.parse::<usize>().ok()?.checked_sub(1)
}

impl<'t> Indirect<'t> {
    pub fn add(&mut self, node: Node<'t>, at: Node<'t>, source: Source<'t>, form: Form) {
        self.reads.push(Through { node, at, source, form });
    }

    /// Adds the reads whose keys can be told, and holes for the others.
    pub fn resolve(self, code: &'t Code, assigned: &Assigned<'t>, script: &mut Script) {
        if self.reads.is_empty() {
            return;
        }
        let bindings = Bindings::of(code, assigned);
        let mut given = 0;
        for read in self.reads {
            let known = match bindings.keys(&read) {
                Keys::Known(words) => {
                    given += words.len();
                    let words = words.into_iter().filter(|(key, _)| is_key(key) && !assigned.before(key, read.node));
                    script
                        .reads
                        .extend(words.map(|(key, word)| read_of(key, read.at.span(), read.form.clone(), Some(word.span()))));
                    true
                }
                Keys::Given { index, all } => bindings.calls(&read, index, all, script, &mut given),
                Keys::Unknown => false,
            };
            if !known || given > MAX_GIVEN {
                script.holes.push(parsed::computed(read.node));
            }
            if given > MAX_GIVEN {
                break;
            }
        }
    }
}

/// What the names of a script are bound to, as far as that is needed to follow one.
struct Bindings<'t> {
    assigned: &'t Assigned<'t>,
    /// The value of a name that is set once, by the function it is set in.
    values: HashMap<(&'t str, Option<usize>), Option<Node<'t>>>,
    functions: Vec<&'t str>,
    /// Calls, by what is called.
    calls: HashMap<&'t str, Vec<Node<'t>>>,
}

impl<'t> Bindings<'t> {
    fn of(code: &'t Code, assigned: &'t Assigned<'t>) -> Self {
        let mut bindings = Bindings { assigned, values: HashMap::new(), functions: Vec::new(), calls: HashMap::new() };
        for node in code.root().subtree() {
            match node.kind() {
                "variable_assignment" => {
                    let Some(name) = node.field("name") else { continue };
                    let function = assigned.function_at(node.span().start);
                    let value = node.field("value").filter(|_| name.kind() == "variable_name");
                    let known = bindings.values.entry((name.text(), function)).or_insert(value);
                    if *known != value {
                        *known = None;
                    }
                }
                "function_definition" => bindings.functions.push(node.field("name").map_or("", |name| name.text())),
                "command" => {
                    let name = node.field("name").map_or("", |name| name.text());
                    bindings.calls.entry(name).or_default().push(node);
                }
                _ => {}
            }
        }
        bindings
    }

    fn keys(&self, read: &Through<'t>) -> Keys<'t> {
        let name = match read.source {
            Source::Variable(name) => name,
            Source::Parameter(index) => return Keys::Given { index, all: false },
            Source::Unknown => return Keys::Unknown,
        };
        if let Some(index) = name.text().parse::<usize>().ok().and_then(|number| number.checked_sub(1)) {
            return Keys::Given { index, all: false };
        }
        if let Some(looped) = enclosing_loop(name) {
            return self.looped(looped);
        }
        let function = self.assigned.function_at(read.node.span().start);
        match self.value(name.text(), function) {
            Some(value) => match literal(value) {
                Some(text) => Keys::Known(vec![(text, value)]),
                None => match source(value) {
                    Source::Parameter(index) if self.values.contains_key(&(name.text(), function)) => {
                        Keys::Given { index, all: false }
                    }
                    _ => Keys::Unknown,
                },
            },
            None => Keys::Unknown,
        }
    }

    /// The value of a name that is set once: in the function, else outside of all.
    fn value(&self, name: &'t str, function: Option<usize>) -> Option<Node<'t>> {
        let own = self.values.get(&(name, function));
        *own.or_else(|| self.values.get(&(name, None)))?
    }

    fn looped(&self, looped: Node<'t>) -> Keys<'t> {
        let values: Vec<Node<'t>> = looped.children().filter(|child| child.role() == "value").collect();
        if values.is_empty() || values.iter().all(|value| matches!(value.text().trim_matches('"'), "$@" | "$*" | "${@}" | "${*}"))
        {
            return Keys::Given { index: 0, all: true };
        }
        let mut words = Vec::new();
        for value in values {
            match self.words(value) {
                Some(found) => words.extend(found),
                None => return Keys::Unknown,
            }
        }
        Keys::Known(words)
    }

    /// The words that a word of a loop stands for.
    fn words(&self, value: Node<'t>) -> Option<Vec<Word<'t>>> {
        if let Some(text) = literal(value) {
            return Some(vec![(text, value)]);
        }
        let name = value.subtree().find(|node| node.kind() == "variable_name")?;
        let function = self.assigned.function_at(value.span().start);
        let bound = self.value(name.text(), function)?;
        let is_all =
            matches!(value.text().trim_matches('"').trim_start_matches("${").strip_prefix(name.text()), Some("[@]}" | "[*]}"));
        match bound.kind() {
            "array" if is_all => bound.named_children().map(|item| Some((literal(item)?, item))).collect(),
            "array" => None,
            // A list in one string falls apart at its blanks where it is not quoted.
            _ if value.kind() != "string" && value.text().len() <= name.text().len() + 3 => {
                Some(literal(bound)?.split_whitespace().map(|word| (word, bound)).collect())
            }
            _ => None,
        }
    }

    /// Adds the reads that the calls of the function around make; whether there are any.
    fn calls(&self, read: &Through<'t>, index: usize, all: bool, script: &mut Script, given: &mut usize) -> bool {
        let function = self.assigned.function_at(read.node.span().start).and_then(|at| self.functions.get(at));
        let Some(calls) = function.and_then(|name| self.calls.get(name)) else { return false };
        for call in calls {
            let arguments = call.children().filter(|child| child.role() == "argument").skip(index);
            for argument in arguments.take(if all { usize::MAX } else { 1 }) {
                *given += 1;
                match literal(argument) {
                    Some(key) if is_key(key) && *given <= MAX_GIVEN => {
                        script.reads.push(read_of(key, argument.span(), read.form.clone(), None));
                    }
                    Some(_) => {}
                    None => script.holes.push(parsed::computed(argument)),
                }
            }
        }
        true
    }
}

/// The loop whose variable a name is.
fn enclosing_loop(name: Node<'_>) -> Option<Node<'_>> {
    let mut node = name;
    for _ in 0..MAX_CLIMB {
        node = node.parent()?;
        let is_loop =
            node.kind() == "for_statement" && node.field("variable").is_some_and(|variable| variable.text() == name.text());
        if is_loop {
            return Some(node);
        }
    }
    None
}
