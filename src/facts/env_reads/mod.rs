//! `env-reads`: where code reads an environment variable.
//!
//! A language says which nodes read the environment, and by which key expression; here the keys are resolved: literals,
//! names bound once, loops over literal lists, and functions whose parameter is the key.

mod callers;
mod csharp;
mod dockerfile;
mod go;
mod injected;
mod interpolation;
mod java;
mod javascript;
mod keys;
mod kotlin;
mod manifest;
mod mapped;
mod php;
mod pydantic;
mod python;
mod readers;
mod ruby;
mod rust;
mod schemas;
mod shell;
mod tags;
mod unset;
mod wrappers;

use std::collections::{HashMap, HashSet};

use super::constants::Part;
use super::imports::{Gives, Import, Use, Wait};
use super::names::{Binding, Names, Parameter, plain, syntax, wrapped};
use super::{Extractor, Fault, FileKind, Hole, Raw, RawElement, Source, parsed};
use crate::formats::code::{self, Language, Node};
use crate::text::{RepoPath, Span};
use keys::{Keys, Known};
use mapped::Mapped;
use shell::ShellRead;
use unset::{MAX_CLIMB, Unset, alternative, climb, guarded, told};
use wrappers::Wrappers;

/// Reads `env-reads: {}`.
#[derive(Default)]
pub struct EnvReads {}

/// Bytes of a literal that is used elsewhere than where it stands; no key or default is longer.
const MAX_LITERAL: usize = 4096;
impl EnvReads {
    pub fn new() -> Self {
        EnvReads {}
    }

    /// The captures that an element may have.
    pub fn captures(&self) -> Vec<String> {
        ["required", "default", "idiom"].map(str::to_owned).to_vec()
    }
}

impl Extractor for EnvReads {
    fn literals(&self, kind: FileKind) -> Option<Vec<String>> {
        match kind {
            FileKind::Code(Language::Shell) => Some(shell::WORDS.map(str::to_owned).to_vec()),
            FileKind::Dockerfile | FileKind::Yaml => Some(vec!["$".to_owned()]),
            FileKind::Code(language) => Some(idioms(language).words().iter().map(|word| (*word).to_owned()).collect()),
            _ => None,
        }
    }

    fn form(&self) -> Option<fn(&RepoPath) -> bool> {
        Some(|path| {
            let kind = FileKind::of(path);
            kind.is_code() || matches!(kind, FileKind::Dockerfile | FileKind::Yaml)
        })
    }

    fn extract(&self, source: &Source<'_>, raw: &mut Raw) {
        match FileKind::of(source.path) {
            FileKind::Dockerfile => dockerfile::read(source, raw),
            FileKind::Yaml => manifest::read(source, raw),
            _ => self.read_code(source, raw),
        }
        parsed::settle(raw);
    }

    fn looks_for_callers(&self) -> bool {
        true
    }

    fn may_serve_callers(&self, source: &Source<'_>) -> bool {
        source.language().is_some_and(|language| idioms(language).may_serve_callers(source.bytes))
    }

    fn calls(&self, source: &Source<'_>, functions: &HashSet<String>, raw: &mut Raw) {
        callers::read(source, functions, raw);
    }
}

impl EnvReads {
    fn read_code(&self, source: &Source<'_>, raw: &mut Raw) {
        let Some(code) = parsed::parsed(source, raw) else { return };
        if code.language == Language::Shell {
            let script = shell::read(code);
            raw.elements.extend(script.reads.into_iter().map(element));
            return raw.holes.extend(script.holes);
        }
        let idioms = idioms(code.language);
        let names = Names::of(code);
        let mut found = Found::default();
        for node in code.root().subtree() {
            idioms.read(&names, node, &mut found);
        }
        idioms.settle(&mut found);
        let unused = found.aliases.into_iter().filter(|alias| !found.used.contains(&alias.id()));
        raw.holes.extend(found.wholes.into_iter().chain(unused).map(whole));
        raw.holes.extend(found.holes);
        let mut resolver = Resolver { names: &names, idioms, raw, keys: Keys::default() };
        let mut wrappers = Wrappers::default();
        for read in found.reads {
            if let Some(parameter) = resolver.resolve(&read) {
                wrappers.add(read, parameter);
            }
        }
        for Named { value, at, read } in found.named {
            resolver.element(&read, value, at, None);
        }
        wrappers.resolve(&mut resolver, code);
        debug_assert!(raw.wrappers.is_empty() || self.may_serve_callers(source), "{}", code.text());
    }
}

/// How the programs of one language read the environment. A language is one file beside this one, and one line of [`idioms`].
trait Idioms: Sync {
    /// Words of which a file must hold one to read the environment at all.
    fn words(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether a file that holds one of the words may hold a function whose parameter is a key. It may say so of files without one.
    fn may_serve_callers(&self, _text: &[u8]) -> bool {
        true
    }

    /// Adds what `node` reads.
    fn read<'t>(&self, _names: &Names<'t>, _node: Node<'t>, _found: &mut Found<'t>) {}

    /// Completes what the whole file had to be known for.
    fn settle(&self, _found: &mut Found<'_>) {}

    /// What the code around the value of a read does where there is none. `value` is the read, or parentheses around it.
    fn unset<'t>(&self, value: Node<'t>) -> Unset<'t> {
        climb(value, |parent, node| self.step(parent, node))
    }

    /// The same for the node around one that has the value: what hands the value on, or what becomes of the variable.
    fn step<'t>(&self, _parent: Node<'t>, _node: Node<'t>) -> Result<Node<'t>, Unset<'t>> {
        Err(Unset::Unknown)
    }
}

fn idioms(language: Language) -> &'static dyn Idioms {
    match language {
        Language::Python => &python::Python,
        Language::JavaScript | Language::TypeScript | Language::Tsx => &javascript::Script,
        Language::Ruby => &ruby::Ruby,
        Language::Java => &java::Java,
        Language::Kotlin => &kotlin::Kotlin,
        Language::Php => &php::Php,
        Language::Rust => &rust::Rust,
        Language::Go => &go::Go,
        Language::CSharp => &csharp::CSharp,
        Language::Shell => &Unread,
    }
}

/// A language whose reads nobody knows yet.
struct Unread;

impl Idioms for Unread {}

/// What a language finds in a file.
#[derive(Default)]
struct Found<'t> {
    reads: Vec<Read<'t>>,
    /// The environment as a whole, used in a way that tells no key.
    wholes: Vec<Node<'t>>,
    /// The environment, bound to a name; of no interest where that name is used.
    aliases: Vec<Node<'t>>,
    /// The aliases that some name led to.
    used: HashSet<usize>,
    /// Reads whose key the code does not write as such.
    named: Vec<Named<'t>>,
    /// Reads of which a library makes the key in a way that the file does not tell.
    holes: Vec<Hole>,
    /// Python: classes that are made of settings, by name.
    settings: HashMap<&'t str, pydantic::Settings>,
    /// JavaScript: what is declared to hold a service that reads for its callers.
    services: schemas::Services<'t>,
    /// Go: tags of the fields of structs.
    tags: tags::Tags<'t>,
}

/// A read of a variable whose name a library makes of what stands at `at`.
struct Named<'t> {
    value: String,
    at: Span,
    read: Read<'t>,
}

/// One read of the environment, before its key is known.
#[derive(Clone, Copy)]
struct Read<'t> {
    /// The whole expression.
    expression: Node<'t>,
    key: Key<'t>,
    /// As far as the read itself tells.
    unset: Unset<'t>,
    idiom: &'static str,
}

impl<'t> Read<'t> {
    /// A read whose key stands elsewhere.
    fn of(expression: Node<'t>, unset: Unset<'t>, idiom: &'static str) -> Self {
        Read { expression, key: Key::Bare(expression), unset, idiom }
    }
}

/// The key of a read.
#[derive(Clone, Copy)]
enum Key<'t> {
    /// The node's own text: `process.env.KEY`.
    Bare(Node<'t>),
    /// What the expression evaluates to.
    Value(Node<'t>),
    /// This part of a string.
    Written(Span),
    /// The first node stands for a key that is the second one's name in capitals: clap's `#[arg(env)]`.
    Capitals(Node<'t>, Node<'t>),
}

impl<'t> Found<'t> {
    /// Records that `node`, which denotes the environment, is looked at; a name leads to the alias that it is.
    fn look_at(&mut self, names: &Names<'t>, node: Node<'t>) {
        if syntax(node.code()).is_name(node.kind())
            && let Some(Binding::Value(value)) = names.binding(node)
        {
            self.used.insert(plain(*value).id());
        }
    }
}

/// Turns reads into elements and holes.
struct Resolver<'r, 't> {
    names: &'r Names<'t>,
    idioms: &'static dyn Idioms,
    raw: &'r mut Raw,
    keys: Keys,
}

impl<'t> Resolver<'_, 't> {
    /// Adds the read's elements or its hole; gives the parameter back where the key is one.
    fn resolve(&mut self, read: &Read<'t>) -> Option<Parameter<'t>> {
        let key = match read.key {
            Key::Bare(token) => {
                self.element(read, token.text().to_owned(), token.span(), None);
                return None;
            }
            Key::Written(span) => {
                let text = read.expression.code().text().get(span.start..span.end).unwrap_or_default();
                self.element(read, text.to_owned(), span, None);
                return None;
            }
            Key::Capitals(place, name) => {
                self.element(read, name.text().to_ascii_uppercase().replace('-', "_"), place.span(), None);
                return None;
            }
            Key::Value(node) => plain(node),
        };
        let known = match self.keys.of(self.names, key) {
            Known::Parts(parts) => parts,
            Known::Parameter(parameter) => return Some(parameter),
        };
        for part in known {
            match part {
                Part::Known { value, node, .. } => {
                    let literal = (node != key).then_some(node);
                    self.element(read, value, key.span(), literal);
                }
                Part::Elsewhere(_, imports, context) => self.wait(read, key, imports, context),
                Part::Unknown(_) => self.computed(read, key),
            }
        }
        None
    }

    /// The read of a key that another file knows.
    fn wait(&mut self, read: &Read<'t>, key: Node<'t>, imports: Vec<Import>, context: Use) {
        let captures = told(self.unset(read)).captures(read.idiom);
        let Hole { span, message, .. } = hole(read, key);
        self.raw.wait(Wait { imports, gives: Gives::Reads(context, captures), at: span, message }, key.code());
    }

    fn element(&mut self, read: &Read<'t>, value: String, span: Span, literal: Option<Node<'t>>) {
        let captures = told(self.unset(read)).captures(read.idiom);
        let related = literal.map(|literal| (format!("`{value}` is written here"), literal.span())).into_iter().collect();
        self.raw.elements.push(RawElement { value, captures, span: Some(span), related, ..RawElement::default() });
    }

    /// What becomes of an unset variable, as the read tells or the code around it.
    fn unset(&self, read: &Read<'t>) -> Unset<'t> {
        match read.unset {
            Unset::Unknown => self.idioms.unset(wrapped(read.expression)),
            known => known,
        }
    }

    /// The hole of a read whose key nobody knows before run time.
    fn computed(&mut self, read: &Read<'t>, key: Node<'t>) {
        self.raw.holes.push(hole(read, key));
    }
}

fn hole(read: &Read<'_>, key: Node<'_>) -> Hole {
    let message = format!("`{}` is computed at run time", parsed::quoted(read.expression.text()));
    Hole { span: key.span(), message, path: None }
}

/// A read of a script as an element.
fn element(read: ShellRead) -> RawElement {
    let mut captures = vec![("required".to_owned(), read.required.to_owned()), ("idiom".to_owned(), read.idiom.to_owned())];
    captures.extend(read.default.map(|default| ("default".to_owned(), default)));
    let related = read.literal.map(|literal| (format!("`{}` is written here", read.key), literal));
    RawElement {
        value: read.key,
        captures,
        span: Some(read.span),
        related: related.into_iter().collect(),
        ..RawElement::default()
    }
}

/// Adds a read of a text that stands inside of the file.
fn push(raw: &mut Raw, text: &Mapped, read: ShellRead) {
    let (span, literal) = (text.span(read.span), read.literal.map(|literal| text.span(literal)));
    raw.elements.push(element(ShellRead { span, literal, ..read }));
}

/// Adds what a script that stands inside of the file reads, but for what the file declares for it.
fn embedded(text: &Mapped, is_declared: impl Fn(&str) -> bool, raw: &mut Raw) {
    if !shell::WORDS.iter().any(|word| text.text.contains(word)) {
        return;
    }
    let mut inner = Raw::default();
    let code = code::parse(Language::Shell, text.text.as_bytes());
    let script = parsed::sound(code.as_ref(), &mut inner).map(shell::read).unwrap_or_default();
    script.reads.into_iter().filter(|read| !is_declared(&read.key)).for_each(|read| push(raw, text, read));
    raw.holes.extend(script.holes.into_iter().map(|hole| Hole { span: text.span(hole.span), ..hole }));
    raw.faults.extend(inner.faults.into_iter().map(|fault| Fault { at: text.span(Span::at(fault.at)).start, ..fault }));
}

fn whole(node: Node<'_>) -> Hole {
    let message = format!("`{}` is used as a whole: its keys are known at run time only", parsed::quoted(node.text()));
    Hole { span: node.span(), message, path: None }
}

/// Whether `name` is bound to `value`, and to nothing else.
fn is_bound_to<'t>(names: &Names<'t>, name: Option<Node<'t>>, value: Node<'t>) -> bool {
    name.and_then(|name| names.bound_once(name)).is_some_and(|bound| plain(bound) == value)
}

#[cfg(test)]
mod tests;
