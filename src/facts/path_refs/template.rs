//! Paths of which other files know parts: what one file says of them, until those files are asked.

use serde::{Deserialize, Serialize};

use super::expression::{HOLE, PathExpression};
use super::told;
use super::value::{Mark, Value};
use crate::facts::Raw;
use crate::facts::imports::{Gives, Import, Use};
use crate::formats::code::Language;
use crate::text::{RepoPath, Span};

/// What stands around the number of a name of another file in the text of a value: no literal holds such characters.
const OPENS: char = '\u{3}';
const CLOSES: char = '\u{4}';

/// A path, its text in pieces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Template {
    pub pieces: Vec<Piece>,
    /// Built as a path, not merely a string.
    pub built: bool,
    pub mark: Mark,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Piece {
    /// With [`HOLE`] where something is unknown.
    Text(String),
    /// What a name of another file stands for, used so.
    Elsewhere(Vec<Import>, Use),
}

/// What a path expression is, as far as its file and the tree tell.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    Element(PathExpression),
    /// Only the running program knows its end.
    Hole(PathExpression),
}

/// The text that stands for the name of another file with this number.
pub(super) fn written(number: usize) -> String {
    format!("{OPENS}{number}{CLOSES}")
}

/// Whether other files know parts of a text.
pub(super) fn waits(text: &str) -> bool {
    text.contains(OPENS)
}

impl Template {
    /// The pieces of `text`, the names of other files being `elsewhere`.
    pub(super) fn new(value: &Value, text: &str, elsewhere: &[(Vec<Import>, Use)]) -> Self {
        let mut parts = text.split(OPENS);
        let mut pieces: Vec<Piece> = parts.next().map(|first| Piece::Text(first.to_owned())).into_iter().collect();
        for part in parts {
            let (number, rest) = part.split_once(CLOSES).unwrap_or(("", part));
            let known = number.parse().ok().and_then(|number: usize| elsewhere.get(number));
            pieces.push(match known {
                Some((imports, context)) if !imports.is_empty() => Piece::Elsewhere(imports.clone(), *context),
                _ => Piece::Text(HOLE.to_string()),
            });
            pieces.push(Piece::Text(rest.to_owned()));
        }
        pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
        Template { pieces, built: value.built, mark: value.mark }
    }

    /// The name that it is, and nothing else.
    pub fn name(&self) -> Option<(&[Import], Use)> {
        match self.pieces.as_slice() {
            [Piece::Elsewhere(imports, context)] => Some((imports, *context)),
            _ => None,
        }
    }

    pub fn imports(&self) -> impl Iterator<Item = (&[Import], Use)> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Elsewhere(imports, context) => Some((imports.as_slice(), *context)),
            Piece::Text(_) => None,
        })
    }

    /// What is known of the text while nobody is asked.
    pub fn own_text(&self) -> String {
        self.filled(HOLE.encode_utf8(&mut [0; 4]))
    }

    /// The text, `name` standing for every name.
    pub fn filled(&self, name: &str) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Elsewhere(..) => name.to_owned(),
        };
        self.pieces.iter().map(piece).collect()
    }

    /// What it says in a file of that language where `text` is all that is known.
    pub fn told(&self, language: Language, text: &str) -> Option<Told> {
        let value = Value { built: self.built, mark: self.mark, ..Value::new(Vec::new(), Span::at(0)) };
        told(language, &value, text)
    }
}

/// What `value` says where `text` is all that is known of it.
pub(super) fn told(language: Language, value: &Value, text: &str) -> Option<Told> {
    let path = told::path(language, value, text)?;
    if path.unknown_end.is_none() || path.listing.is_some() {
        return Some(Told::Element(path));
    }
    let says_something = !path.tail.is_empty() || path.relative.is_some() || path.here.is_some();
    says_something.then_some(Told::Hole(path))
}

/// The paths that a file at `path` tells of where there are no others.
pub fn alone(raw: &Raw, path: &RepoPath) -> Vec<PathExpression> {
    let language = Language::of(path);
    let waiting = raw.waits.iter().filter_map(|wait| match &wait.gives {
        Gives::Path(template) if template.name().is_none() => {
            let (Told::Element(told) | Told::Hole(told)) = template.told(language?, &template.own_text())?;
            Some(told)
        }
        _ => None,
    });
    let known = raw.elements.iter().map(|element| &element.path).chain(raw.holes.iter().map(|hole| &hole.path));
    known.flatten().map(|known| (**known).clone()).chain(waiting).collect()
}
