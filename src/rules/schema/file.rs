//! One schema: its value, where its parts stand, what it refers to and what it calls itself.

use jsonschema::Draft;
use serde_json::{Map, Value};

use super::meter::Size;
use super::outline::Outline;
use super::uri;
use crate::finding::{Place, Side};
use crate::formats::{self, DataFormat, ParseError};
use crate::options;
use crate::text::{LineIndex, RepoPath, Span};

/// A schema file, or an inline schema of the policy.
pub(super) struct SchemaFile {
    pub path: RepoPath,
    /// What the validator knows it by.
    pub uri: String,
    pub json: Value,
    pub outline: Outline,
    /// The tree that its places lie in.
    pub side: Side,
    pub refs: Vec<Reference>,
    /// Absolute URIs that parts of it call themselves, anchors included, with their pointers.
    pub ids: Vec<(String, String)>,
}

/// A `$ref`, or another reference of its kind.
pub(super) struct Reference {
    /// Of the reference's text.
    pub pointer: String,
    pub text: String,
    /// The URI that the validator makes of it, without fragment.
    pub target: Option<String>,
    /// The URI that it has by the `$id`s around it, as the standard would have it.
    pub by_id: Option<String>,
    /// The file that it names by path.
    pub path: Option<RepoPath>,
}

/// Why there is no schema at a path.
#[derive(Clone)]
pub(super) enum Lost {
    Absent,
    Unparsable(Place, String),
}

impl Reference {
    /// Whether what it leads to depends on the way to it.
    pub fn is_dynamic(&self) -> bool {
        !self.pointer.ends_with("/$ref")
    }
}

impl SchemaFile {
    /// Reads a file of the tree.
    ///
    /// # Errors
    /// The parser's position and words.
    pub fn parse(path: &RepoPath, bytes: &[u8]) -> Result<Self, Lost> {
        let lines = LineIndex::new(bytes);
        let place = |span: Span| {
            let position = |byte| lines.position(bytes, byte);
            Place {
                path: path.clone(),
                range: Some(crate::finding::Range { start: position(span.start), end: position(span.end) }),
            }
        };
        let lost = |error: ParseError| Lost::Unparsable(place(Span::at(error.at)), error.message);
        let document = formats::parse(format_of(path), bytes).map_err(lost)?;
        let Some(root) = document.roots.first().copied() else { return Err(Lost::Absent) };
        let json = document.to_json(root);
        if Size::of(&json).is_unwieldy() {
            return Err(lost(ParseError::new(0, "its keys are too long for a schema")));
        }
        let outline = Outline::new(&document, root, place);
        Ok(Self::new(path.clone(), uri::of(path), json, outline, Side::Head))
    }

    /// Takes a schema that the policy holds itself.
    pub fn inline(value: options::Value<'_>) -> Self {
        let origin = &value.written.origin;
        let outline = Outline::new(&value.written.document, value.id, |span| origin.place(span));
        // A policy that was named on the command line may lie outside of the tree, where no URI of ours leads.
        let inside: Vec<&str> = origin.path.as_str().split('/').filter(|segment| *segment != "..").collect();
        let uri = format!("{}?inline", uri::of(&RepoPath::new(inside.join("/"))));
        Self::new(origin.path.clone(), uri, value.to_json(), outline, Side::Policy)
    }

    fn new(path: RepoPath, uri: String, json: Value, outline: Outline, side: Side) -> Self {
        let id_key = id_key(json.get("$schema").and_then(Value::as_str));
        let mut walk = Walk { dir: path.dir().to_string(), id_key, pointer: String::new(), refs: Vec::new(), ids: Vec::new() };
        walk.schema(&json, &Bases { file: uri.clone(), id: uri.clone() }, true);
        let Walk { refs, ids, .. } = walk;
        SchemaFile { path, uri, json, outline, side, refs, ids }
    }

    /// The files that it refers to by path, its dialect's meta-schema included.
    pub fn needs(&self) -> Vec<RepoPath> {
        let dialect = self.dialect().and_then(|uri| uri::relative(self.path.dir(), uri));
        self.refs.iter().filter_map(|reference| reference.path.clone()).chain(dialect).collect()
    }

    /// Its `$schema`.
    pub fn dialect(&self) -> Option<&str> {
        self.json.get("$schema")?.as_str()
    }

    /// The schema as the validator gets it: known by its URI whatever it calls itself, in the dialect of that meta-schema
    /// where one is given, and without references that are no URIs.
    pub fn prepared(&self, dialect: Option<&str>) -> Value {
        let mut json = self.json.clone();
        for reference in &self.refs {
            let legal = uri::legal(&reference.text);
            if legal != reference.text
                && let Some(text) = json.pointer_mut(&reference.pointer)
            {
                *text = Value::String(legal);
            }
        }
        if let Value::Object(members) = &mut json {
            if let Some(dialect) = dialect {
                members.insert("$schema".into(), dialect.into());
            }
            self.name(members);
        }
        json
    }

    fn name(&self, members: &mut Map<String, Value>) {
        let key = id_key(members.get("$schema").and_then(Value::as_str));
        // An `$id` that is a fragment alone is an anchor of the older drafts.
        let anchor = members.get(key).and_then(Value::as_str).is_some_and(|id| id.starts_with('#'));
        if !anchor {
            members.insert(key.into(), self.uri.clone().into());
        }
    }
}

/// The format of a schema; what its name does not tell is YAML, of which JSON is a part.
fn format_of(path: &RepoPath) -> DataFormat {
    DataFormat::of(path).unwrap_or(DataFormat::Yaml)
}

/// The keyword by which a schema of that `$schema` names itself.
fn id_key(dialect: Option<&str>) -> &'static str {
    if dialect.map(Draft::from_schema_uri) == Some(Draft::Draft4) { "id" } else { "$id" }
}

/// Finds references and names in the places of a schema that hold schemas.
struct Walk {
    dir: String,
    id_key: &'static str,
    pointer: String,
    refs: Vec<Reference>,
    ids: Vec<(String, String)>,
}

/// What references count from.
#[derive(Clone)]
struct Bases {
    /// As the validator counts, which knows a file by its path.
    file: String,
    /// As the `$id`s say.
    id: String,
}

/// Keywords whose value is data, not a schema.
const DATA: [&str; 4] = ["const", "enum", "default", "examples"];
/// Keywords whose value is a map of names to schemas.
const MAPS: [&str; 6] = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"];
const REFERENCES: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];

impl Walk {
    fn schema(&mut self, value: &Value, bases: &Bases, is_root: bool) {
        match value {
            Value::Object(members) => {
                let bases = &self.named(members, bases, is_root);
                for (key, value) in members {
                    self.step(key, |walk| walk.keyword(key, value, bases));
                }
            }
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate().filter(|(_, item)| item.is_object() || item.is_array()) {
                    self.step(&at.to_string(), |walk| walk.schema(item, bases, false));
                }
            }
            _ => {}
        }
    }

    fn keyword(&mut self, key: &str, value: &Value, bases: &Bases) {
        match value {
            Value::String(text) if REFERENCES.contains(&key) => self.reference(text, bases),
            Value::Object(map) if MAPS.contains(&key) => {
                for (name, schema) in map {
                    self.step(name, |walk| walk.schema(schema, bases, false));
                }
            }
            _ if DATA.contains(&key) => {}
            _ => self.schema(value, bases, false),
        }
    }

    fn reference(&mut self, text: &str, bases: &Bases) {
        self.refs.push(Reference {
            pointer: self.pointer.clone(),
            text: text.to_string(),
            target: uri::resolve(&bases.file, text),
            by_id: uri::resolve(&bases.id, text),
            path: uri::relative(&self.dir, text),
        });
    }

    /// The bases inside an object, which may have a name of its own.
    fn named(&mut self, members: &Map<String, Value>, outer: &Bases, is_root: bool) -> Bases {
        let written = members.get(self.id_key).and_then(Value::as_str);
        let name = written.filter(|name| !uri::without_fragment(name).is_empty());
        let bases = name.map_or_else(|| outer.clone(), |name| self.renamed(name, outer, is_root));
        let anchors = ["$anchor", "$dynamicAnchor"].into_iter().filter_map(|key| members.get(key)?.as_str());
        for anchor in anchors.chain(written.and_then(|name| name.strip_prefix('#'))) {
            self.ids.push((format!("{}#{anchor}", bases.file), self.pointer.clone()));
        }
        bases
    }

    fn renamed(&mut self, name: &str, outer: &Bases, is_root: bool) -> Bases {
        let id = uri::resolve(&outer.id, name);
        let file = if is_root { Some(outer.file.clone()) } else { uri::resolve(&outer.file, name) };
        for uri in [&id, &file].into_iter().flatten() {
            self.ids.push((uri.clone(), self.pointer.clone()));
        }
        Bases { file: file.unwrap_or_else(|| outer.file.clone()), id: id.unwrap_or_else(|| outer.id.clone()) }
    }

    /// Goes into `token` and back.
    fn step(&mut self, token: &str, inside: impl FnOnce(&mut Self)) {
        let outside = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
        inside(self);
        self.pointer.truncate(outside);
    }
}
