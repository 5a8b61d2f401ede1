//! What an expression contributes to a path, before the names in it are followed.

use serde::{Deserialize, Serialize};

use super::expression::{Depth, HERE, ITSELF, Use};
use crate::text::Span;

/// Longer literals denote no path.
pub const LONGEST: usize = 4096;
/// Pieces that a value keeps; of longer ones only the end is of interest.
const MAX_PARTS: usize = 64;

/// The path, or the part of a path, that an expression denotes.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub parts: Vec<Part>,
    /// The expression that builds the path, without what is wrapped around it.
    pub span: Span,
    /// Built as a path (`/`, `join`, `Path`), not merely a string.
    pub built: bool,
    pub mark: Mark,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Text(String),
    Hole,
    /// A name that is bound once, to the node of this number.
    Name(usize),
    /// A loop variable: each item of what the node of this number is.
    Item(usize),
    /// Either end of the condition that the node of this number is.
    Choice(usize),
    /// A name of another file: the one of this number.
    Elsewhere(usize),
}

impl Part {
    /// The number of the condition that it is.
    pub fn condition(&self) -> Option<usize> {
        match self {
            Part::Choice(of) => Some(*of),
            _ => None,
        }
    }
}

/// What the code around an expression tells about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mark {
    pub usage: Use,
    pub opened: bool,
    /// It is an import's: relative to the file where it starts with a dot.
    pub import: bool,
    /// It may name a package's file: what the tree has not lies there.
    pub package: bool,
    /// It names a directory of which the files are listed, or is a pattern of files.
    pub listed: Option<Depth>,
}

impl Mark {
    pub const READ: Mark = Mark { usage: Use::Read, opened: true, import: false, package: false, listed: None };
    /// It is a file's name, and it is asked whether there is one.
    pub const ASKED: Mark = Mark { usage: Use::Unknown, ..Mark::READ };
    pub const WRITE: Mark = Mark { usage: Use::Write, ..Mark::READ };
    pub const IMPORT: Mark = Mark { import: true, ..Mark::READ };
    /// An import that is looked for among packages, unless it starts with a dot.
    pub const PACKAGE: Mark = Mark { package: true, ..Mark::IMPORT };
    /// The entries of a directory, or the files that a pattern matches.
    pub const LIST: Mark = Mark { listed: Some(Depth::Direct), ..Mark::READ };
    /// All that lies below a directory.
    pub const WALK: Mark = Mark { listed: Some(Depth::Any), ..Mark::READ };
    /// A file, or a directory and all that lies below it.
    pub const WHOLE: Mark = Mark { listed: Some(Depth::Whole), ..Mark::READ };

    /// Whether it tells what a file is used for.
    pub fn tells(self) -> bool {
        self.usage != Use::Unknown || self.listed.is_some()
    }

    /// Both marks together; what is read somewhere counts as read.
    pub fn and(self, other: Mark) -> Mark {
        let listed = self.listed.max(other.listed);
        Mark {
            usage: self.usage.max(other.usage),
            opened: self.opened || other.opened,
            import: self.import || other.import,
            package: self.package || other.package,
            listed,
        }
    }
}

impl Value {
    pub fn new(parts: Vec<Part>, span: Span) -> Self {
        Value { parts, span, built: false, mark: Mark::default() }
    }

    /// The directory of the file itself.
    pub fn here(span: Span) -> Self {
        Value::new(vec![Part::Text(HERE.to_string())], span)
    }

    /// The file itself: `..` of it is its directory.
    pub fn file(span: Span) -> Self {
        Value::new(vec![Part::Text(format!("{HERE}/{ITSELF}"))], span)
    }

    /// The directory that this path lies in.
    pub fn above(self, span: Span) -> Option<Self> {
        let up = Value::new(vec![Part::Text("..".to_owned())], span);
        join(vec![Some(self), Some(up)], Absolute::Follows, span)
    }

    /// The directory of whoever runs the program.
    pub fn home(span: Span) -> Self {
        Value::new(vec![Part::Text("~".to_owned())], span)
    }

    /// A literal; none where it cannot be (part of) a path.
    pub fn text(text: String, span: Span) -> Option<Self> {
        is_path_text(&text).then(|| Value::new(vec![Part::Text(text)], span))
    }

    /// Adds literal text at the end.
    pub fn push_text(&mut self, text: &str) {
        if !text.is_empty() {
            self.append(vec![Part::Text(text.to_owned())]);
        }
    }

    /// The name or choice that the value is, and nothing else: what it stands for is the element.
    pub fn reference(&self) -> Option<&Part> {
        match self.parts.as_slice() {
            [reference @ (Part::Name(_) | Part::Item(_) | Part::Choice(_) | Part::Elsewhere(_))] => Some(reference),
            _ => None,
        }
    }

    /// A mere literal with white space at one `end`: words before or behind a path.
    fn is_prose(&self, end: impl Fn(&str) -> bool) -> bool {
        !self.built && matches!(self.parts.as_slice(), [Part::Text(text)] if end(text))
    }

    fn starts_at_root(&self) -> bool {
        matches!(self.parts.first(), Some(Part::Text(text)) if text.starts_with('/'))
    }

    /// Adds `parts` at the end; of very many pieces the first become unknown.
    pub fn append(&mut self, parts: Vec<Part>) {
        self.parts.extend(parts);
        if self.parts.len() > MAX_PARTS {
            self.parts.drain(..self.parts.len() - MAX_PARTS / 2);
            self.parts.insert(0, Part::Hole);
        }
    }
}

/// Whether a literal can be (part of) a path.
pub(super) fn is_path_text(text: &str) -> bool {
    text.len() <= LONGEST && !text.contains(char::is_control)
}

/// `left` and `right` without anything between them; what is `None` is unknown, and two unknowns are no value. Of a path and
/// words about it (`"no file " + os.path.join(…)`) only the path is left.
pub(super) fn concatenate(left: Option<Value>, right: Option<Value>, span: Span) -> Option<Value> {
    match (&left, &right) {
        (None, None) => return None,
        (Some(words), Some(path)) if path.built && words.is_prose(|text| text.ends_with(char::is_whitespace)) => return right,
        (Some(path), Some(words)) if path.built && words.is_prose(|text| text.starts_with(char::is_whitespace)) => return left,
        _ => {}
    }
    let mut whole = left.unwrap_or_else(|| Value::new(vec![Part::Hole], span));
    let right = right.unwrap_or_else(|| Value::new(vec![Part::Hole], span));
    whole.built |= right.built;
    whole.append(right.parts);
    Some(Value { span, mark: Mark::default(), ..whole })
}

/// How an absolute path is joined to what stands before it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Absolute {
    /// It takes the place of what stands before (`os.path.join`, `path.resolve`).
    Replaces,
    /// It is appended like any other (`path.join`).
    Follows,
}

/// The operands as segments of one path. `None` where nothing is known of any of them.
pub(super) fn join(operands: Vec<Option<Value>>, absolute: Absolute, span: Span) -> Option<Value> {
    if operands.iter().all(Option::is_none) {
        return None;
    }
    let mut whole: Option<Value> = None;
    for operand in operands {
        let operand = operand.unwrap_or_else(|| Value::new(vec![Part::Hole], span));
        whole = Some(match whole {
            Some(mut before) if absolute == Absolute::Follows || !operand.starts_at_root() => {
                before.append(vec![Part::Text("/".to_owned())]);
                before.append(operand.parts);
                before
            }
            _ => operand,
        });
    }
    whole.map(|whole| Value { span, built: true, mark: Mark::default(), ..whole })
}
