//! The schema files of a run: nothing else answers a reference, nothing is fetched.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jsonschema::{Draft, Retrieve, Uri};
use serde_json::Value;

use super::file::{Lost, Reference, SchemaFile};
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

    /// The schema at a path, if it is one.
    fn file(&self, path: &RepoPath) -> Option<Arc<SchemaFile>> {
        (*self.load(path)).as_ref().ok().cloned()
    }

    /// The file whose root calls itself by that URI.
    pub fn named(&self, id: &str) -> Option<&Arc<SchemaFile>> {
        let part = self.ids.get(uri::without_fragment(&uri::resolve(id, "")?))?;
        part.pointer.is_empty().then_some(&part.file)
    }
}

/// The library as one schema sees it, whose references it answers: by path, then by `$id`.
pub(super) struct Shelf {
    library: Arc<Library>,
    /// All schemas that the root needs, the root first.
    pub files: Vec<Arc<SchemaFile>>,
    /// What references lead to, and what those schemas call themselves, by the URIs that the validator makes of them.
    pub parts: HashMap<String, Part>,
}

impl Shelf {
    pub fn new(library: Arc<Library>, root: &Arc<SchemaFile>) -> Self {
        let mut shelf = Shelf { library, files: Vec::new(), parts: HashMap::new() };
        let mut own = BTreeMap::new();
        add_ids(&mut own, root);
        shelf.add(root);
        let mut next = 0;
        while let Some(file) = shelf.files.get(next).cloned() {
            for reference in &file.refs {
                shelf.follow(reference, &own);
            }
            next += 1;
        }
        shelf
    }

    /// The value that the validator gets for a schema; its dialect is led back to one that the validator knows.
    pub fn prepare(&self, file: &SchemaFile) -> Value {
        file.prepared(self.dialect(file).as_deref())
    }

    /// Why the file of that URI is not there; none where the URI is no file's.
    pub fn lost(&self, uri: &str) -> Option<Lost> {
        (*self.library.load(&uri::path(uri)?)).as_ref().err().cloned()
    }

    fn follow(&mut self, reference: &Reference, own: &BTreeMap<String, Part>) {
        let Some(target) = reference.target.as_ref().filter(|target| !self.parts.contains_key(*target)) else { return };
        let by_path = reference.path.as_ref().and_then(|path| self.library.file(path));
        let by_id = |id: &String| self.library.ids.get(id).or_else(|| own.get(id)).cloned();
        let part = match by_path {
            Some(file) => Some(Part { file, pointer: String::new() }),
            None => reference.by_id.as_ref().and_then(by_id),
        };
        if let Some(part) = part {
            self.add(&part.file);
            self.parts.insert(target.clone(), part);
        }
    }

    fn add(&mut self, file: &Arc<SchemaFile>) {
        let whole = Part { file: file.clone(), pointer: String::new() };
        if self.parts.insert(file.uri.clone(), whole).is_none() {
            self.files.push(file.clone());
            for (id, pointer) in &file.ids {
                self.parts.entry(id.clone()).or_insert_with(|| Part { file: file.clone(), pointer: pointer.clone() });
            }
        }
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
            let by_path = uri::relative(&dir, &written).and_then(|path| self.library.file(&path));
            let meta = by_path.or_else(|| self.library.named(&written).cloned())?;
            written = meta.dialect().unwrap_or(DEFAULT_DIALECT).to_string();
            dir = meta.path.dir().to_string();
        }
        None
    }
}

const DEFAULT_DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

impl Retrieve for Shelf {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let part = self.parts.get(uri.as_str()).ok_or("no file of the tree answers to it")?;
        let whole = self.prepare(&part.file);
        Ok(whole.pointer(&part.pointer).cloned().unwrap_or(whole))
    }
}

fn add_ids(ids: &mut BTreeMap<String, Part>, file: &Arc<SchemaFile>) {
    for (id, pointer) in &file.ids {
        ids.entry(id.clone()).or_insert_with(|| Part { file: file.clone(), pointer: pointer.clone() });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
