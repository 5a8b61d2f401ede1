//! `schema`: data files are valid under a JSON Schema.
//!
//! Which schemas there are is known in two steps: the policy or the files themselves name some, and these refer to others.
//! Each is compiled once, when the first instance needs it, and answers its references from the files of the tree alone.

mod compile;
mod cost;
mod file;
mod instance;
mod judge;
mod library;
mod meter;
mod outline;
mod uri;
mod wording;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use self::compile::{Compiled, Failure, compile};
use self::file::{Lost, SchemaFile};
use self::instance::{Named, named};
use self::judge::judge;
use self::library::Library;
use super::{Code, Context, Draft, FileCheck, Kind, Output, Pair, Pairs, Rule};
use crate::facts::shown;
use crate::facts::{Binder, SelectionId, Source};
use crate::finding::{Place, Reason};
use crate::formats::{self, DataFormat, Document};
use crate::options::{Field, Options, Shape, Value};
use crate::text::{RepoPath, Span};

pub(super) static KIND: Kind = Kind {
    name: "schema",
    about: "Each file, each document of it, is valid under a JSON Schema.",
    page: include_str!("schema.md"),
    fields: &[
        Field::required("files", Shape::Many(&Shape::Glob), "The data files."),
        Field::new("exclude", Shape::Many(&Shape::Glob), "Files that are not judged."),
        Field::new("optional", Shape::Boolean, "Whether it is fine that no file is selected."),
        Field::required(
            "schema",
            Shape::Either(&[Shape::Text, Shape::JsonSchema]),
            "The path of the schema, the schema itself, or `self`: what each file names as its `$schema` (YAML: or in a comment).",
        ),
        Field::new(
            "refs",
            Shape::Many(&Shape::Glob),
            "Files that may answer a `$ref` by their `$id`. Default: what `schema` names.",
        ),
        Field::new(
            "format",
            Shape::Word(&["annotate", "assert"]),
            "Whether `format` is only a note (`annotate`, the default) or must hold.",
        ),
    ],
    codes: &[
        Code::error("invalid", "A value that the schema refuses."),
        Code::error("unparsable", "A file that cannot be read as data."),
        Code::error("bad-schema", "A schema that is not valid, or is not there."),
    ],
    needs_base: false,
    bind,
};

struct Schema {
    files: SelectionId,
    schema: Which,
    refs: Option<SelectionId>,
    assert_formats: bool,
}

/// Where the schema of a file is.
#[derive(Clone)]
enum Which {
    /// The file says.
    Own,
    At(RepoPath),
    Inline(Arc<SchemaFile>),
}

fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    let files = binder.selection(options);
    let refs = binder.selection_of(options, "refs");
    let assert_formats = options.word("format") == Some("assert");
    let schema = bind_schema(options.get("schema")?)?;
    Some(Box::new(Schema { files: files?, schema, refs, assert_formats }))
}

fn bind_schema(value: Value<'_>) -> Option<Which> {
    match value.kind() {
        formats::Kind::String(text) if &**text == "self" => Some(Which::Own),
        formats::Kind::String(text) => match uri::relative("", text) {
            Some(path) => Some(Which::At(path)),
            None => {
                value.complain(format!("`{text}` is no path of a schema"));
                None
            }
        },
        formats::Kind::Object(_) | formats::Kind::Bool(_) => Some(Which::Inline(Arc::new(SchemaFile::inline(value)))),
        _ => {
            value.complain("expected the path of a schema, `self`, or a schema");
            None
        }
    }
}

impl Rule for Schema {
    fn selections(&self) -> Vec<SelectionId> {
        vec![self.files]
    }

    fn pairs(&self) -> Option<Pairs> {
        let own = matches!(self.schema, Which::Own);
        own.then_some(Pairs { selection: self.files, changed_only: false, with_base: false, links: false, pair_leftovers: false })
    }

    fn check_pair(&self, pair: &Pair<'_>, out: &mut Output) {
        let Some(source) = pair.head else { return };
        let document = DataFormat::of(source.path).and_then(|format| source.data(format).ok());
        if let Some(Named::File(path)) = document.map(|document| named(source, document)) {
            out.ask(path);
        }
    }

    fn documents(&self) -> Vec<RepoPath> {
        match &self.schema {
            Which::Own => Vec::new(),
            Which::At(path) => vec![path.clone()],
            Which::Inline(file) => file.needs(),
        }
    }

    fn document_selection(&self) -> Option<SelectionId> {
        self.refs
    }

    fn follow(&self, path: &RepoPath, content: &Source<'_>) -> Vec<RepoPath> {
        SchemaFile::parse(path, content.bytes).map(|file| file.needs()).unwrap_or_default()
    }

    fn second(&self, context: &Context<'_>, _out: &mut Output) -> Option<(SelectionId, Box<dyn FileCheck>)> {
        let named = self.refs.into_iter().flat_map(|refs| context.selected(refs)).map(|entry| entry.path.clone());
        let check = Instances {
            schema: self.schema.clone(),
            library: Arc::new(Library::new(context.documents, named)),
            assert_formats: self.assert_formats,
            rule: context.rule.clone(),
            schemas: Mutex::default(),
        };
        // Told even if no instance can be read.
        match &self.schema {
            Which::Own => {}
            Which::At(path) => drop(check.at(path)),
            Which::Inline(file) => drop(check.ready(file)),
        }
        Some((self.files, Box::new(check)))
    }
}

/// Judges instances.
struct Instances {
    schema: Which,
    library: Arc<Library>,
    assert_formats: bool,
    /// Where the rule stands.
    rule: Place,
    /// By URI; each is compiled once.
    schemas: Mutex<BTreeMap<String, Arc<OnceLock<Ready>>>>,
}

/// A schema to judge by, or why there is none.
type Ready = Arc<Result<Compiled, Unfit>>;

enum Unfit {
    /// The finding about it.
    Bad(Box<Draft>),
    /// It needs a URI that no file of the tree answers to.
    Remote(String),
    /// The instance names none.
    Unnamed(String),
}

impl FileCheck for Instances {
    fn check(&self, file: &Source<'_>, out: &mut Output) {
        let Some(format) = DataFormat::of(file.path) else {
            let formats = DataFormat::WORDS.join(", ");
            let message = format!("the name of `{}` tells no data format", file.path.name());
            let draft = Draft::new("unparsable", Place::file(file.path.clone()), "", message);
            return out.push(draft.help(format!("select only files of these formats: {formats}")));
        };
        let document = match file.data(format) {
            Ok(document) => document,
            Err(error) => {
                let place = file.place(Span::at(error.at));
                return out.push(Draft::new("unparsable", place, &error.message, &error.message));
            }
        };
        match &*self.schema_of(file, document) {
            Ok(compiled) => document.roots.iter().for_each(|root| judge(file, document, *root, compiled, out)),
            Err(unfit) => unfit.tell(file.path, out),
        }
    }

    fn finish(&self, _context: &Context<'_>, out: &mut Output) {
        let schemas = self.schemas.lock().unwrap_or_else(PoisonError::into_inner);
        for ready in schemas.values().filter_map(|cell| cell.get()) {
            if let Err(Unfit::Bad(draft)) = &**ready {
                out.push((**draft).clone());
            }
        }
    }
}

impl Instances {
    fn schema_of(&self, file: &Source<'_>, document: &Document) -> Ready {
        match &self.schema {
            Which::At(path) => self.at(path),
            Which::Inline(file) => self.ready(file),
            Which::Own => match named(file, document) {
                Named::File(path) => self.at(&path),
                Named::Id(id) => match self.library.named(&id) {
                    Some(file) => self.ready(file),
                    None => Arc::new(Err(Unfit::Unnamed(format!("its schema `{}` is not in the tree", shown(&id))))),
                },
                Named::Nothing => Arc::new(Err(Unfit::Unnamed("it names no schema".into()))),
            },
        }
    }

    /// The schema at a path.
    fn at(&self, path: &RepoPath) -> Ready {
        match &*self.library.load(path) {
            Ok(file) => self.ready(file),
            Err(Lost::Absent) => self.once(&uri::of(path), || {
                let message = format!("the schema `{path}` does not exist");
                Err(Unfit::bad(Draft::new("bad-schema", self.rule.clone(), path.as_str(), message)))
            }),
            Err(Lost::Unparsable(place, message)) => self.once(&uri::of(path), || {
                let draft = Draft::new("bad-schema", place.clone(), message, message);
                Err(Unfit::bad(draft.help(format!("`{path}` is used as a schema"))))
            }),
        }
    }

    fn ready(&self, file: &Arc<SchemaFile>) -> Ready {
        self.once(&file.uri, || match compile(&self.library, file, self.assert_formats) {
            Ok(compiled) => Ok(compiled),
            Err(Failure::Remote(uri)) => Err(Unfit::Remote(uri)),
            Err(Failure::Bad(fault)) => {
                let draft = Draft::new("bad-schema", fault.place, &fault.message, &fault.message);
                Err(Unfit::bad(draft.help("no file can be judged by this schema before it is corrected")))
            }
        })
    }

    /// What `make` makes, the first time that this URI is asked for.
    fn once(&self, uri: &str, make: impl FnOnce() -> Result<Compiled, Unfit>) -> Ready {
        let cell = {
            let mut schemas = self.schemas.lock().unwrap_or_else(PoisonError::into_inner);
            schemas.entry(uri.to_string()).or_default().clone()
        };
        cell.get_or_init(|| Arc::new(make())).clone()
    }
}

impl Unfit {
    fn bad(draft: Draft) -> Self {
        Unfit::Bad(Box::new(draft))
    }

    /// Says why an instance is not judged.
    fn tell(&self, instance: &RepoPath, out: &mut Output) {
        let (reason, message) = match self {
            Unfit::Bad(_) => (Reason::BadSchema, "its schema is not valid".to_string()),
            Unfit::Remote(uri) => (Reason::RemoteRef, format!("its schema needs `{}`, which is not in the tree", shown(uri))),
            Unfit::Unnamed(message) => (Reason::NoSchema, message.clone()),
        };
        out.stuck(reason, Place::file(instance.clone()), message);
    }
}

#[cfg(test)]
mod tests;
