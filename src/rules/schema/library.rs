//! The schema files of a run: nothing else answers a reference, nothing is fetched.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jsonschema::{Draft, Retrieve, Uri};
use serde_json::Value;

use super::file::{Lost, SchemaFile};
use super::uri;
use crate::rules::Documents;
use crate::text::RepoPath;

/// A schema, or why there is none.
pub(super) type Loaded = Arc<Result<Arc<SchemaFile>, Lost>>;

/// All documents that may be schemas, each parsed when it is first asked for.
pub(super) struct Library {
    documents: Documents,
    loaded: Mutex<HashMap<RepoPath, Loaded>>,
    /// What the files of `refs` call themselves.
    ids: BTreeMap<String, Part>,
}

/// A part of a schema.
#[derive(Clone)]
pub(super) struct Part {
    pub file: Arc<SchemaFile>,
    pub pointer: String,
}

impl Library {
    /// A library of the documents, of which those at `named` answer to their `$id`s.
    pub fn new(documents: &Documents, named: impl Iterator<Item = RepoPath>) -> Self {
        let mut library = Library { documents: documents.clone(), loaded: Mutex::default(), ids: BTreeMap::new() };
        for path in named {
            if let Ok(file) = &*library.load(&path) {
                add_ids(&mut library.ids, file);
            }
        }
        library
    }

    /// The schema at a path.
    pub fn load(&self, path: &RepoPath) -> Loaded {
        if let Some(loaded) = lock(&self.loaded).get(path) {
            return loaded.clone();
        }
        let read = match self.documents.get(path) {
            Some(Some(bytes)) => SchemaFile::parse(path, bytes).map(Arc::new),
            _ => Err(Lost::Absent),
        };
        lock(&self.loaded).entry(path.clone()).or_insert_with(|| Arc::new(read)).clone()
    }

    /// The file whose root calls itself by that URI.
    pub fn named(&self, id: &str) -> Option<&Arc<SchemaFile>> {
        let part = self.ids.get(uri::without_fragment(&uri::resolve(id, "")?))?;
        part.pointer.is_empty().then_some(&part.file)
    }
}

/// The library as one schema sees it, whose references it answers.
pub(super) struct Shelf {
    library: Arc<Library>,
    reached: Mutex<Reached>,
}

/// What has been met on the way from the root schema.
#[derive(Default)]
struct Reached {
    /// The root first.
    files: Vec<Arc<SchemaFile>>,
    /// What the root calls itself and its parts.
    own: BTreeMap<String, Part>,
    /// Parts by the URIs that the validator knows them by.
    parts: HashMap<String, Part>,
    /// URIs that stand for a path, because a reference by path became that URI.
    paths: HashMap<String, RepoPath>,
    /// URIs of absent files, and what the same reference is by the `$id`s around it.
    by_id: HashMap<String, String>,
}

impl Shelf {
    pub fn new(library: Arc<Library>, root: &Arc<SchemaFile>) -> Self {
        let shelf = Shelf { library, reached: Mutex::default() };
        let mut reached = lock(&shelf.reached);
        add_ids(&mut reached.own, root);
        reached.add(root);
        drop(reached);
        shelf
    }

    /// The schemas that were needed, the root first.
    pub fn files(&self) -> Vec<Arc<SchemaFile>> {
        lock(&self.reached).files.clone()
    }

    /// The parts of those schemas by their URIs.
    pub fn parts(&self) -> HashMap<String, Part> {
        lock(&self.reached).parts.clone()
    }

    /// The value that the validator gets for a schema; its dialect is led back to one that the validator knows.
    pub fn prepare(&self, file: &SchemaFile) -> Value {
        file.prepared(self.dialect(file).as_deref())
    }

    /// Why the file of that URI is not there.
    pub fn lost(&self, uri: &str) -> Option<Lost> {
        (*self.library.load(&uri::path(uri)?)).as_ref().err().cloned()
    }

    /// The known meta-schema that a meta-schema of the tree is itself written in.
    fn dialect(&self, file: &SchemaFile) -> Option<String> {
        const LONGEST_CHAIN: usize = 8;
        let mut written = file.dialect()?.to_string();
        let mut dir = file.path.dir().to_string();
        for _ in 0..LONGEST_CHAIN {
            if Draft::from_schema_uri(&written) != Draft::Unknown {
                return Some(written);
            }
            let by_path = uri::relative(&dir, &written).and_then(|path| (*self.library.load(&path)).as_ref().ok().cloned());
            let meta = by_path.or_else(|| self.library.named(&written).cloned())?;
            written = meta.dialect()?.to_string();
            dir = meta.path.dir().to_string();
        }
        None
    }

    /// The part of the tree's schemas that a URI stands for: by path, then by `$id`.
    fn answer(&self, uri: &str) -> Option<Part> {
        let (path, by_id) = {
            let reached = lock(&self.reached);
            (reached.paths.get(uri).cloned(), reached.by_id.get(uri).cloned())
        };
        let whole = |path: &RepoPath| {
            let file = (*self.library.load(path)).as_ref().ok()?.clone();
            Some(Part { file, pointer: String::new() })
        };
        let id = by_id.as_deref().unwrap_or(uri);
        let by_path = path.or_else(|| uri::path(uri)).and_then(|path| whole(&path));
        by_path.or_else(|| self.library.ids.get(id).cloned()).or_else(|| lock(&self.reached).own.get(id).cloned())
    }
}

impl Retrieve for Shelf {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let part = self.answer(uri.as_str()).ok_or("no file of the tree answers to it")?;
        let value = self.prepare(&part.file);
        let mut reached = lock(&self.reached);
        reached.add(&part.file);
        let value = value.pointer(&part.pointer).cloned().unwrap_or(Value::Bool(true));
        reached.parts.insert(uri.as_str().to_string(), part);
        Ok(value)
    }
}

impl Reached {
    fn add(&mut self, file: &Arc<SchemaFile>) {
        if self.files.iter().any(|known| Arc::ptr_eq(known, file)) {
            return;
        }
        self.files.push(file.clone());
        self.parts.insert(file.uri.clone(), Part { file: file.clone(), pointer: String::new() });
        add_parts(&mut self.parts, file);
        for reference in &file.refs {
            let Some(target) = &reference.target else { continue };
            match (&reference.path, &reference.by_id) {
                (Some(path), _) if uri::path(target).is_none() => {
                    self.paths.entry(target.clone()).or_insert_with(|| path.clone());
                }
                (Some(_), Some(id)) if id != target => {
                    self.by_id.entry(target.clone()).or_insert_with(|| id.clone());
                }
                _ => {}
            }
        }
    }
}

fn add_ids(ids: &mut BTreeMap<String, Part>, file: &Arc<SchemaFile>) {
    for (id, pointer) in &file.ids {
        ids.entry(id.clone()).or_insert_with(|| Part { file: file.clone(), pointer: pointer.clone() });
    }
}

fn add_parts(parts: &mut HashMap<String, Part>, file: &Arc<SchemaFile>) {
    for (id, pointer) in &file.ids {
        parts.entry(id.clone()).or_insert_with(|| Part { file: file.clone(), pointer: pointer.clone() });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
