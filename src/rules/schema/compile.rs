//! A schema becomes a validator, or something that is wrong with it.

use std::collections::HashMap;
use std::sync::Arc;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ReferencingError, Retrieve, Uri, ValidationError, Validator};
use serde_json::Value;

use super::cost::{Cost, cost};
use super::file::{Lost, Reference, SchemaFile};
use super::library::{Library, Part, Shelf};
use super::meter::{Metered, with_stack};
use super::{uri, wording};
use crate::facts::shown;
use crate::finding::Place;

/// A schema that instances can be held against.
pub(super) struct Compiled {
    pub validator: Validator<Metered>,
    pub cost: Cost,
    parts: HashMap<String, Part>,
}

/// Why there is no validator.
pub(super) enum Failure {
    /// The schema is at fault.
    Bad(Box<Fault>),
    /// It needs a URI that no file of the tree answers to.
    Remote(String),
}

/// What is wrong with a schema, and where.
pub(super) struct Fault {
    pub message: String,
    pub place: Place,
}

/// A keyword of a schema.
pub(super) struct Keyword {
    pub file: Arc<SchemaFile>,
    pub pointer: String,
}

/// Compiles a schema of the library.
///
/// # Errors
/// What is wrong with it, or the URI that is out of reach.
pub(super) fn compile(library: &Arc<Library>, root: &Arc<SchemaFile>, assert_formats: bool) -> Result<Compiled, Failure> {
    let shelf = Arc::new(Shelf::new(library.clone(), root));
    let cost = cost(&shelf.files, &shelf.parts).map_err(|refused| {
        let message = format!("`{}` {}", shown(&refused.reference.text), refused.complaint);
        Failure::Bad(fault_in(refused.file, &refused.reference.pointer, message))
    })?;
    let build = || {
        let built = jsonschema::options_for::<Metered>()
            .with_base_uri(root.uri.clone())
            .with_retriever(Answers(shelf.clone()))
            .should_validate_formats(assert_formats)
            .build(&shelf.prepare(root));
        built.map_err(|error| failure(&error, root, &shelf))
    };
    match with_stack(COMPILING, build) {
        Some(built) => Ok(Compiled { validator: built?, cost, parts: shelf.parts.clone() }),
        None => Err(Failure::Bad(fault_in(root, "", "the validator cannot take this schema".into()))),
    }
}

/// The stack of a compilation: parsing bounds how deep schemas nest, and the validator how many references it follows at once.
const COMPILING: usize = 64 << 20;

impl Compiled {
    /// The keyword that an absolute keyword location names.
    pub fn keyword(&self, location: &str) -> Option<Keyword> {
        let part = self.parts.get(uri::without_fragment(location))?;
        Some(Keyword { file: part.file.clone(), pointer: format!("{}{}", part.pointer, uri::fragment(location)) })
    }
}

impl Keyword {
    /// The keyword's key; of what has none, the value.
    pub fn place(&self) -> Place {
        let found = self.file.outline.find(&self.pointer);
        found.key.unwrap_or(found.value).clone()
    }

    /// What the keyword demands.
    pub fn value(&self) -> Option<&Value> {
        self.file.json.pointer(&self.pointer)
    }
}

/// The validator wants to own what answers it.
struct Answers(Arc<Shelf>);

impl Retrieve for Answers {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        self.0.retrieve(uri)
    }
}

fn failure(error: &ValidationError<'_>, root: &SchemaFile, shelf: &Shelf) -> Failure {
    let files = &shelf.files;
    match error.kind() {
        ValidationErrorKind::Referencing(error) => reference_failure(error, root, shelf),
        _ => {
            let (pointer, message) = (error.instance_path().as_str(), wording::message(error));
            match holder(pointer, files) {
                Some(file) => Failure::Bad(fault_in(file, pointer, message)),
                None => Failure::Bad(fault_in(root, "", message)),
            }
        }
    }
}

/// The file of which the validator refuses a keyword: it names the pointer and not the file.
fn holder<'f>(pointer: &str, files: &'f [Arc<SchemaFile>]) -> Option<&'f Arc<SchemaFile>> {
    let holds = |file: &&Arc<SchemaFile>| file.json.pointer(pointer).is_some();
    let refused = |file: &&Arc<SchemaFile>| {
        jsonschema::options().build(&file.json).is_err_and(|own| own.instance_path().as_str() == pointer)
    };
    match files {
        [only] => Some(only),
        _ => files.iter().filter(holds).find(refused).or_else(|| files.iter().find(holds)),
    }
}

fn reference_failure(error: &ReferencingError, root: &SchemaFile, shelf: &Shelf) -> Failure {
    // The validator does not say which reference it means: it is the first one that fits.
    let at = |fits: &dyn Fn(&Reference) -> bool, complaint: &str| {
        let mut all = shelf.files.iter().flat_map(|file| file.refs.iter().map(move |reference| (file, reference)));
        Failure::Bad(match all.find(|(_, reference)| fits(reference)) {
            Some((file, found)) => fault_in(file, &found.pointer, format!("`{}` {complaint}", found.text)),
            None => fault_in(root, "", wording::sentence(&error.to_string())),
        })
    };
    match error {
        ReferencingError::Unretrievable { uri, .. } => {
            let target = uri::without_fragment(uri);
            match shelf.lost(target) {
                Some(Lost::Unparsable(place, message)) => Failure::Bad(Box::new(Fault { message, place })),
                Some(Lost::Absent) => at(&|reference| reference.target.as_deref() == Some(target), "does not exist"),
                None => Failure::Remote(target.to_string()),
            }
        }
        ReferencingError::UnknownSpecification { specification } => Failure::Remote(specification.clone()),
        ReferencingError::PointerToNowhere { pointer: fragment }
        | ReferencingError::InvalidPercentEncoding { pointer: fragment, .. }
        | ReferencingError::InvalidArrayIndex { pointer: fragment, .. }
        | ReferencingError::NoSuchAnchor { anchor: fragment }
        | ReferencingError::InvalidAnchor { anchor: fragment } => at(&|reference| leads_to(reference, fragment), "leads nowhere"),
        _ => at(&|reference| reference.target.is_none(), "is no reference"),
    }
}

fn leads_to(reference: &Reference, fragment: &str) -> bool {
    let text = uri::legal(&reference.text);
    let written = text.split_once('#').map_or("", |(_, fragment)| fragment);
    written == fragment || uri::fragment(&text) == fragment
}

fn fault_in(file: &SchemaFile, pointer: &str, message: String) -> Box<Fault> {
    Box::new(Fault { message, place: file.outline.find(pointer).value.clone() })
}
