//! Facts as a policy writes them, into facts as the engine reads them.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use super::select::{SelectionId, read_globs};
use super::spec::{By, Captures, Fact, FactId, FactSet, Filter, Reader, Test};
use super::{Selection, samples};
use crate::finding::{Place, Side};
use crate::options::{Field, Options, Shape, Value, Written};
use crate::text::{RepoPath, Span};

/// What an extractor is in a policy.
pub struct ExtractorKind {
    /// Its key in a fact.
    pub name: &'static str,
    pub about: &'static str,
    pub shape: Shape,
    pub files: Files,
    /// Whether the policy's own files count only where a literal pattern names them.
    pub skips_policy: bool,
    /// Whether it reads syntax trees.
    pub code: bool,
    /// Makes the reader; complains, and is `None`, where the option is wrong.
    pub bind: Bind,
}

type Bind = for<'w> fn(Value<'w>, &Binder<'w>, Option<&Selection>) -> Option<(Reader, Captures)>;

/// Whether an extractor takes `files`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Files {
    /// `**` where the fact names none.
    Default,
    Required,
    /// The first of these paths that there is, where the fact names none.
    FirstOf(&'static [&'static str]),
    /// Its own option selects.
    Itself,
    None,
}

/// The extractors that facts may have.
#[derive(Clone)]
pub struct Registry {
    pub kinds: Vec<&'static ExtractorKind>,
    /// All of them as fields of a fact.
    pub fields: Vec<Field>,
}

impl Registry {
    /// Adds an extractor; one of the same name as another takes its place.
    pub fn add(&mut self, kind: &'static ExtractorKind) {
        self.kinds.retain(|known| known.name != kind.name);
        self.fields.retain(|known| known.name != kind.name);
        self.kinds.push(kind);
        self.fields.push(Field::new(kind.name, kind.shape, kind.about));
    }
}

/// Keys of a fact beside its extractor.
pub const FACT_FIELDS: &[Field] = &[
    Field::new("files", Shape::Many(&Shape::Glob), "Globs of the files that are read."),
    Field::new("exclude", Shape::Many(&Shape::Glob), "Globs of files that are not."),
    Field::new("tree", Shape::Text, "Which tree is read: `head` (default), `base`, or a peer by its name."),
    Field::new(
        "where",
        Shape::Table(FILTER),
        "Keeps elements that agree in all captures named here, each with a regex or a list of literals.",
    ),
    Field::new("unless", Shape::Table(FILTER), "Drops elements that agree in any capture named here."),
    Field::new("optional", Shape::Boolean, "Whether it is fine that nothing is selected or found."),
    Field::new("dynamic", Shape::Map(DYNAMIC_FIELDS), "How much may be computed at run time."),
    Field::new("samples", Shape::Map(samples::FIELDS), "Texts (paths for `path`) that prove the pattern."),
];
const FILTER: &Shape = &Shape::Either(&[Shape::Regex, Shape::List(&Shape::Scalar)]);
const DYNAMIC_FIELDS: &[Field] = &[Field::required("max", Shape::Integer, "The most places that may be dynamic.")];

/// The facts and selections of a policy and everything that it uses, in the order in which they were met.
#[derive(Default)]
pub struct Store {
    pub facts: Vec<Fact>,
    pub selections: Vec<Selection>,
    /// Whether somebody asks for the capture `hash` of paths, which costs reading the files.
    pub wants_hash: bool,
}

/// What binding a policy file needs to know: its text, its names, and the store that all files share.
pub struct Binder<'w> {
    pub written: &'w Written,
    store: &'w RefCell<Store>,
    registry: &'w Registry,
    names: RefCell<HashMap<&'w str, Name<'w>>>,
    definitions: RefCell<HashMap<&'w str, Value<'w>>>,
    /// Globs that this policy hides from every fact and rule.
    exclude: Vec<String>,
    /// The names of other trees.
    peers: Vec<Arc<str>>,
    /// How many facts are being read, each for the one before it.
    depth: Cell<usize>,
}

/// How deep facts may be made of facts.
const MAX_DEPTH: usize = 32;

/// A named fact, bound when it is first asked for, so that facts may name later ones.
#[derive(Clone, Copy)]
enum Name<'w> {
    Written { key: Span, value: Value<'w> },
    InProgress,
    Bound(Option<FactId>),
}

impl<'w> Binder<'w> {
    pub fn new(written: &'w Written, store: &'w RefCell<Store>, registry: &'w Registry, exclude: Vec<String>) -> Self {
        Binder {
            peers: Vec::new(),
            written,
            store,
            registry,
            names: RefCell::default(),
            definitions: RefCell::default(),
            exclude,
            depth: Cell::new(0),
        }
    }

    /// The same where these peers are known.
    pub fn with_peers(self, peers: Vec<Arc<str>>) -> Self {
        Binder { peers, ..self }
    }

    /// The tree that a policy names; complains, and is `None`, where there is none of that name.
    pub fn tree(&self, value: Value<'w>) -> Option<Side> {
        let name = value.text()?;
        let peer = || self.peers.iter().find(|peer| &***peer == name);
        match name {
            "head" => Some(Side::Head),
            "base" => Some(Side::Base),
            _ => match peer() {
                Some(peer) => Some(Side::Peer(peer.clone())),
                None => {
                    let known: Vec<&str> = ["head", "base"].into_iter().chain(self.peers.iter().map(|peer| &**peer)).collect();
                    self.written.complain_unknown(value.span(), "tree", name, known);
                    None
                }
            },
        }
    }

    /// Makes a fact known by name, to be bound later.
    pub fn declare(&self, name: &'w str, key: Span, value: Value<'w>) {
        self.names.borrow_mut().insert(name, Name::Written { key, value });
        self.definitions.borrow_mut().insert(name, value);
    }

    /// What a declared fact is, as written.
    pub fn definition(&self, name: &str) -> Option<Value<'w>> {
        self.definitions.borrow().get(name).copied()
    }

    /// Binds all facts that were declared, used or not, so that every mistake in them is told.
    pub fn bind_declared(&self) {
        let mut names: Vec<&'w str> = self.names.borrow().keys().copied().collect();
        names.sort_unstable();
        for name in names {
            self.named(name, None);
        }
    }

    /// A fact's name, an inline fact, or a list of these; complains, and is `None`, where that is wrong.
    pub fn facts(&self, value: Value<'w>) -> Option<FactSet> {
        let members: Vec<Option<FactId>> = value.one_or_many().into_iter().map(|item| self.fact(item)).collect();
        if members.is_empty() {
            value.complain("a list of facts needs at least one");
            return None;
        }
        Some(FactSet { members: members.into_iter().collect::<Option<_>>()? })
    }

    fn fact(&self, value: Value<'w>) -> Option<FactId> {
        match value.as_text() {
            Some(name) => self.named(name, Some(value.span())),
            None => self.read(value, None),
        }
    }

    /// The fact of that name, which stands at `user` in the policy; complains there, if anywhere, about what is wrong with it.
    pub fn named(&self, name: &str, user: Option<Span>) -> Option<FactId> {
        let found = self.names.borrow().get_key_value(name).map(|(name, state)| (*name, *state));
        match found {
            None => {
                if let Some(user) = user {
                    let known: Vec<&str> = self.names.borrow().keys().copied().collect();
                    self.written.complain_unknown(user, "fact", name, known.iter().copied());
                }
                None
            }
            Some((_, Name::Bound(fact))) => fact,
            Some((_, Name::InProgress)) => {
                if let Some(user) = user {
                    self.written.complain(user, format!("the fact `{name}` is made of itself"));
                }
                None
            }
            Some((name, Name::Written { key, value })) => {
                self.names.borrow_mut().insert(name, Name::InProgress);
                let fact = self.read(value, Some((name, key)));
                self.names.borrow_mut().insert(name, Name::Bound(fact));
                fact
            }
        }
    }

    /// `files` with `exclude` of a rule; `directories`: the globs name directories.
    pub fn selection(&self, options: &Options<'w>) -> Option<SelectionId> {
        let selection = self.read_selection(options, None)?;
        Some(self.add_selection(selection))
    }

    /// A selection of globs under another key than `files` (`when`, `then`).
    pub fn selection_of(&self, options: &Options<'w>, key: &str) -> Option<SelectionId> {
        let value = options.get(key)?;
        let include = read_globs(value);
        let place = options.key_span(key).map(|span| self.written.origin.place(span));
        Some(self.add_selection(Selection { include, exclude: self.exclude.clone(), place, ..Selection::default() }))
    }

    /// The selection of the one file at a path, which stands at `key`; nothing hides it.
    pub fn exact_selection(&self, path: &RepoPath, key: Span, optional: bool) -> SelectionId {
        let place = Some(self.written.origin.place(key));
        let include = vec![path.to_string()];
        self.add_selection(Selection { include, place, exact: true, optional, ..Selection::default() })
    }

    /// The selection of a glob, which stands at `key`.
    pub fn glob_selection(&self, glob: &str, key: Span) -> SelectionId {
        let place = Some(self.written.origin.place(key));
        self.add_selection(Selection {
            include: vec![glob.to_string()],
            exclude: self.exclude.clone(),
            place,
            ..Selection::default()
        })
    }

    /// A fact over the files of a rule itself, which the rule needs and no policy writes.
    pub fn own_fact(
        &self,
        kind: &'static str,
        name: &str,
        reader: Reader,
        selection: SelectionId,
        captures: Captures,
    ) -> FactSet {
        let mut store = self.store.borrow_mut();
        store.facts.push(Fact {
            name: None,
            kind,
            code: false,
            key: format!("{kind}:{name}"),
            reader,
            selection: Some(selection),
            side: Side::Head,
            filter: Filter::default(),
            // The rule itself says where its files are none.
            optional: true,
            dynamic: None,
            place: None,
            captures,
            sampled: false,
        });
        FactSet { members: vec![FactId(store.facts.len() - 1)] }
    }

    fn add_selection(&self, selection: Selection) -> SelectionId {
        let selections = &mut self.store.borrow_mut().selections;
        selections.push(selection);
        SelectionId(selections.len() - 1)
    }

    /// Keeps policy files out of a selection, but for those that a literal pattern names.
    pub fn skip_policy(&self, selection: SelectionId) {
        self.store.borrow_mut().selections[selection.0].skips_policy = true;
    }

    fn read_selection(&self, options: &Options<'w>, default: Option<&str>) -> Option<Selection> {
        let include = match (options.get("files"), default) {
            (Some(value), _) => read_globs(value),
            (None, Some(default)) => vec![default.to_string()],
            (None, None) => return None,
        };
        let mut exclude = self.exclude.clone();
        exclude.extend(options.get("exclude").into_iter().flat_map(read_globs));
        let place = options.key_span("files").map(|span| self.written.origin.place(span));
        Some(Selection { include, exclude, place, optional: options.flag("optional"), ..Selection::default() })
    }

    /// `by` of a rule over `facts`: a capture or a list of them, which some member must be able to have.
    pub fn by(&self, options: &Options<'w>, key: &str, facts: &FactSet) -> Option<By> {
        let Some(value) = options.get(key) else { return Some(By::default()) };
        let names: Option<Vec<String>> =
            value.one_or_many().into_iter().map(|item| self.capture(item, facts).map(str::to_string)).collect();
        let names = names?;
        self.wants(names.iter().map(String::as_str));
        Some(By(names))
    }

    /// The name of a capture that elements of `facts` can have.
    pub fn capture(&self, value: Value<'w>, facts: &FactSet) -> Option<&'w str> {
        let name = value.text()?;
        let known = self.captures(facts);
        if known.iter().any(|known| known == name) || self.any_capture(facts) {
            return Some(name);
        }
        self.written.complain_unknown(value.span(), "capture", name, known.iter().map(String::as_str));
        None
    }

    /// The captures that elements of `facts` can have.
    pub fn captures(&self, facts: &FactSet) -> Vec<String> {
        let store = self.store.borrow();
        let captures = facts.members.iter().flat_map(|id| store.facts[id.0].captures.names());
        captures.map(str::to_string).collect()
    }

    /// Whether only the files tell which captures elements of `facts` have.
    pub fn any_capture(&self, facts: &FactSet) -> bool {
        let store = self.store.borrow();
        facts.members.iter().any(|id| store.facts[id.0].captures.is_open())
    }

    /// Says that somebody looks at these captures.
    pub fn wants<'n>(&self, captures: impl IntoIterator<Item = &'n str>) {
        self.store.borrow_mut().wants_hash |= captures.into_iter().any(|name| name == "hash");
    }

    /// Something that is to be known of a fact that is bound.
    pub fn with_fact<T>(&self, id: FactId, ask: impl FnOnce(&Fact) -> T) -> T {
        ask(&self.store.borrow().facts[id.0])
    }

    fn read(&self, value: Value<'w>, name: Option<(&str, Span)>) -> Option<FactId> {
        if self.depth.get() == MAX_DEPTH {
            value.complain(format!("facts are made of facts more than {MAX_DEPTH} deep"));
            return None;
        }
        self.depth.set(self.depth.get() + 1);
        let fact = self.read_one(value, name);
        self.depth.set(self.depth.get() - 1);
        fact
    }

    fn read_one(&self, value: Value<'w>, name: Option<(&str, Span)>) -> Option<FactId> {
        let options = Options::read_with(value, "a fact", FACT_FIELDS, &self.registry.fields)?;
        let (kind, option) = self.extractor(&options, name)?;
        let selection = match kind.files {
            Files::None => None,
            Files::Default => self.read_selection(&options, Some("**")),
            Files::FirstOf(places) if options.get("files").is_none() => {
                let include = places.iter().map(|place| place.to_string()).collect();
                Some(Selection { include, exclude: self.exclude.clone(), first_only: true, ..Selection::default() })
            }
            Files::FirstOf(_) => self.read_selection(&options, None),
            Files::Required => {
                let selection = self.read_selection(&options, None);
                if selection.is_none() {
                    self.written.complain(self.own_span(&options, name), format!("a `{}` fact needs `files`", kind.name));
                    return None;
                }
                selection
            }
            Files::Itself => Some(self.directories(&options, option)),
        };
        if selection.is_none() {
            self.refuse(&options, &["files", "exclude"], kind);
        }
        let (reader, captures) = (kind.bind)(option, self, selection.as_ref())?;
        let filter = self.filter(&options, &captures)?;
        let place = name.map(|(_, key)| key).or_else(|| options.key_span("files"));
        let samples = options.get("samples").and_then(|samples| samples::read(samples, kind.name, kind.code));
        let mut selection = selection;
        if let Some(selection) = &mut selection {
            selection.skips_policy = kind.skips_policy;
            selection.optional = options.flag("optional");
        }
        let is_git = matches!(reader, Reader::Git(..));
        let side = options.get("tree").map_or(Some(Side::Head), |tree| self.tree(tree))?;
        if let (Side::Peer(_), Some(tree), None) = (&side, options.get("tree"), &selection) {
            tree.complain(format!("a `{}` fact reads no files of a peer", kind.name));
        }
        let fact = Fact {
            name: name.map(|(name, _)| Arc::from(name)),
            kind: kind.name,
            code: kind.code,
            key: key(kind, option, &reader),
            reader,
            selection: selection.clone().map(|selection| self.add_selection(selection)),
            side,
            filter,
            // What git has need not be there.
            optional: options.flag("optional") || is_git,
            dynamic: self.dynamic(&options),
            place: place.map(|span| self.written.origin.place(span)),
            captures,
            sampled: samples.is_some(),
        };
        if let Some(samples) = samples {
            samples::prove(&fact, &samples, selection.as_ref());
        }
        let mut store = self.store.borrow_mut();
        store.wants_hash |= fact.filter.reads("hash");
        store.facts.push(fact);
        Some(FactId(store.facts.len() - 1))
    }

    /// The one extractor of a fact and its option.
    fn extractor(&self, options: &Options<'w>, name: Option<(&str, Span)>) -> Option<(&'static ExtractorKind, Value<'w>)> {
        let is_extractor = |key: &str| self.registry.fields.iter().any(|field| field.name == key);
        let written: Vec<_> = options.value.members().iter().filter(|member| is_extractor(&member.key)).collect();
        let span = self.own_span(options, name);
        match written[..] {
            [member] => {
                let kind = self.registry.kinds.iter().find(|kind| kind.name == &*member.key)?;
                Some((kind, options.value.sibling(member.value)))
            }
            [] => {
                let known: Vec<_> = self.registry.kinds.iter().map(|kind| kind.name).collect();
                self.written.complain_with_help(span, "a fact needs an extractor", format!("one of {}", known.join(", ")));
                None
            }
            _ => {
                let keys: Vec<_> = written.iter().map(|member| format!("`{}`", member.key)).collect();
                self.written.complain(span, format!("a fact has exactly one extractor, this one has {}", keys.join(" and ")));
                None
            }
        }
    }

    fn own_span(&self, options: &Options<'w>, name: Option<(&str, Span)>) -> Span {
        name.map_or_else(|| options.value.span(), |(_, key)| key)
    }

    fn refuse(&self, options: &Options<'w>, keys: &[&str], kind: &ExtractorKind) {
        for key in keys {
            if let Some(span) = options.key_span(key) {
                self.written.complain(span, format!("a `{}` fact takes no `{key}`", kind.name));
            }
        }
    }

    fn directories(&self, options: &Options<'w>, option: Value<'w>) -> Selection {
        let mut exclude = self.exclude.clone();
        exclude.extend(options.get("exclude").into_iter().flat_map(read_globs));
        if let Some(span) = options.key_span("files") {
            self.written.complain(span, "a `dirs` fact takes no `files`: its own glob names the directories");
        }
        Selection { include: read_globs(option), exclude, directories: true, ..Selection::default() }
    }

    fn filter(&self, options: &Options<'w>, captures: &Captures) -> Option<Filter> {
        let part = |key: &str| -> Option<Vec<(String, Test)>> {
            let Some(value) = options.get(key) else { return Some(Vec::new()) };
            value.table()?.into_iter().map(|(name, span, test)| self.test(name, span, test, captures)).collect()
        };
        let (keep, drop) = (part("where"), part("unless"));
        Some(Filter { keep: keep?, drop: drop? })
    }

    fn test(&self, name: &str, span: Span, value: Value<'w>, captures: &Captures) -> Option<(String, Test)> {
        if !captures.has(name) {
            self.written.complain_unknown(span, "capture", name, captures.names());
            return None;
        }
        let test = match value.kind() {
            crate::formats::Kind::Array(_) => {
                Test::Literals(value.list()?.into_iter().filter_map(|item| item.scalar().map(str::to_string)).collect())
            }
            _ => Test::Search(value.regex()?),
        };
        Some((name.to_string(), test))
    }

    fn dynamic(&self, options: &Options<'w>) -> Option<(u64, Place)> {
        let inner = Options::read(options.get("dynamic")?, "`dynamic`", DYNAMIC_FIELDS)?;
        let span = options.key_span("dynamic")?;
        Some((inner.integer("max")?, self.written.origin.place(span)))
    }
}

/// What facts have in common that read the same out of a file.
fn key(kind: &ExtractorKind, option: Value<'_>, reader: &Reader) -> String {
    let scope = match reader {
        Reader::Content(extractor) => extractor.scope(),
        Reader::Path(_) | Reader::Directories | Reader::Values(_) | Reader::Words(_) | Reader::PathRefs(_) | Reader::Git(..) => {
            String::new()
        }
    };
    format!("{}:{}:{scope}", kind.name, option.to_json())
}

impl Fact {
    /// The fact as a message names it.
    pub fn label(&self) -> String {
        match &self.name {
            Some(name) => format!("the fact `{name}`"),
            None => format!("this `{}` fact", self.kind),
        }
    }
}
