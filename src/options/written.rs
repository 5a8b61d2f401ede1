//! A policy as written: values with places, and complaints about them.

use std::cell::RefCell;

use regex::Regex;

use super::{Field, Shape};
use crate::finding::{Place, Range};
use crate::formats::{Document, Kind, Member, NodeId};
use crate::text::{LineIndex, RepoPath, Span, did_you_mean};

/// The file that a policy was read from.
#[derive(Debug)]
pub struct Origin {
    pub path: RepoPath,
    pub text: Vec<u8>,
    lines: LineIndex,
    /// Of a built-in pack: the `use` entry that brought it in, which is where its findings stand.
    pub stand_in: Option<Place>,
}

impl Origin {
    pub fn new(path: RepoPath, text: Vec<u8>, stand_in: Option<Place>) -> Self {
        let lines = LineIndex::new(&text);
        Origin { path, text, lines, stand_in }
    }

    /// Where findings about `span` stand.
    pub fn place(&self, span: Span) -> Place {
        self.stand_in.clone().unwrap_or_else(|| self.place_inside(span))
    }

    /// Where `span` stands in this very file, also for a built-in pack.
    pub fn place_inside(&self, span: Span) -> Place {
        let position = |byte| self.lines.position(&self.text, byte);
        Place { path: self.path.clone(), range: Some(Range { start: position(span.start), end: position(span.end) }) }
    }
}

/// Something wrong with a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    pub place: Place,
    /// One line.
    pub message: String,
    /// What to do next, one line.
    pub help: Option<String>,
}

/// One policy file, parsed, and what has been found wrong with it so far.
pub struct Written {
    pub origin: Origin,
    pub document: Document,
    complaints: RefCell<Vec<Complaint>>,
}

impl Written {
    pub fn new(origin: Origin, document: Document) -> Self {
        Written { origin, document, complaints: RefCell::default() }
    }

    pub fn value(&self, id: NodeId) -> Value<'_> {
        Value { written: self, id }
    }

    pub fn complain(&self, span: Span, message: impl Into<String>) {
        self.push(span, message.into(), None);
    }

    pub fn complain_with_help(&self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.push(span, message.into(), Some(help.into()));
    }

    /// Complains about a word that is none of `known`, and names the one that was probably meant.
    pub fn complain_unknown<'k>(&self, span: Span, what: &str, word: &str, known: impl IntoIterator<Item = &'k str> + Clone) {
        let help = match did_you_mean(word, known.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let mut known: Vec<_> = known.into_iter().collect();
                known.sort_unstable();
                known.dedup();
                match known.len() {
                    0 => "there is none".into(),
                    _ => format!("known: {}", known.join(", ")),
                }
            }
        };
        self.push(span, format!("unknown {what} `{word}`"), Some(help));
    }

    /// A complaint whose place is given.
    pub fn complain_at(&self, place: Place, message: impl Into<String>) {
        self.complaints.borrow_mut().push(Complaint { place, message: message.into(), help: None });
    }

    fn push(&self, span: Span, message: String, help: Option<String>) {
        let place = self.origin.place_inside(span);
        let place = match &self.origin.stand_in {
            Some(stand_in) => stand_in.clone(),
            None => place,
        };
        self.complaints.borrow_mut().push(Complaint { place, message, help });
    }

    pub fn into_complaints(self) -> Vec<Complaint> {
        self.complaints.into_inner()
    }

    pub fn take_complaints(&self) -> Vec<Complaint> {
        std::mem::take(&mut self.complaints.borrow_mut())
    }
}

/// A value of a policy. Its readers complain about a wrong type and then return `None`.
#[derive(Clone, Copy)]
pub struct Value<'w> {
    pub written: &'w Written,
    pub id: NodeId,
}

impl<'w> Value<'w> {
    pub fn span(self) -> Span {
        self.written.document.node(self.id).span
    }

    pub fn place(self) -> Place {
        self.written.origin.place(self.span())
    }

    pub fn kind(self) -> &'w Kind {
        &self.written.document.node(self.id).kind
    }

    pub fn complain(self, message: impl Into<String>) {
        self.written.complain(self.span(), message);
    }

    pub fn members(self) -> &'w [Member] {
        self.written.document.members(self.id)
    }

    pub fn sibling(self, id: NodeId) -> Value<'w> {
        Value { written: self.written, id }
    }

    fn wrong<T>(self, wanted: &str) -> Option<T> {
        self.complain(format!("expected {wanted}, found {}", self.written.document.type_name(self.id)));
        None
    }

    /// The string, if it is one; no complaint.
    pub fn as_text(self) -> Option<&'w str> {
        self.written.document.string(self.id)
    }

    pub fn text(self) -> Option<&'w str> {
        self.as_text().or_else(|| self.wrong("a string"))
    }

    /// A scalar's text.
    pub fn scalar(self) -> Option<&'w str> {
        match self.kind() {
            Kind::Null => self.wrong("a string"),
            _ => self.written.document.scalar(self.id).or_else(|| self.wrong("a string")),
        }
    }

    pub fn boolean(self) -> Option<bool> {
        match self.kind() {
            Kind::Bool(value) => Some(*value),
            _ => self.wrong("`true` or `false`"),
        }
    }

    pub fn integer(self) -> Option<u64> {
        match self.kind() {
            Kind::Number { text, integer: true } => match text.parse() {
                Ok(number) => Some(number),
                Err(_) => self.wrong("a whole number that is not negative"),
            },
            _ => self.wrong("a whole number"),
        }
    }

    pub fn word(self, known: &'static [&'static str]) -> Option<&'static str> {
        let text = self.scalar()?;
        let found = known.iter().copied().find(|word| *word == text);
        if found.is_none() {
            self.written.complain_unknown(self.span(), "value", text, known.iter().copied());
        }
        found
    }

    /// A regular expression that searches.
    pub fn regex(self) -> Option<Regex> {
        let text = self.scalar()?;
        match Regex::new(text) {
            Ok(regex) => Some(regex),
            Err(error) => {
                self.complain(format!("invalid regex: {}", regex_fault(&error)));
                None
            }
        }
    }

    /// The items of a list, or the value itself.
    pub fn one_or_many(self) -> Vec<Value<'w>> {
        match self.kind() {
            Kind::Array(items) => items.iter().map(|item| self.sibling(*item)).collect(),
            _ => vec![self],
        }
    }

    pub fn list(self) -> Option<Vec<Value<'w>>> {
        match self.kind() {
            Kind::Array(items) => Some(items.iter().map(|item| self.sibling(*item)).collect()),
            _ => self.wrong("a list"),
        }
    }

    /// The members of a map: key, its span, value.
    pub fn table(self) -> Option<Vec<(&'w str, Span, Value<'w>)>> {
        match self.kind() {
            Kind::Object(members) => Some(members.iter().map(|m| (&*m.key, m.key_span, self.sibling(m.value))).collect()),
            _ => self.wrong("a map"),
        }
    }

    /// A date.
    pub fn date(self) -> Option<jiff::civil::Date> {
        let text = self.scalar()?;
        let date = (text.len() == 10).then(|| text.parse().ok()).flatten();
        if date.is_none() {
            self.complain(format!("`{text}` is no date of the form YYYY-MM-DD"));
        }
        date
    }

    /// Complains about what no reader of that shape takes, whether it comes to be read or not. What is said twice is one
    /// complaint in the end. Shapes that need more than the value itself to be judged are left to their readers.
    pub fn check(self, shape: Shape) {
        match shape {
            Shape::Text => drop(self.text()),
            Shape::Scalar => drop(self.scalar()),
            Shape::Boolean => drop(self.boolean()),
            Shape::Integer => drop(self.integer()),
            Shape::Word(words) => drop(self.word(words)),
            Shape::Regex => drop(self.regex()),
            Shape::Date => drop(self.date()),
            Shape::Many(item) => self.one_or_many().into_iter().for_each(|value| value.check(*item)),
            Shape::List(item) => self.list().into_iter().flatten().for_each(|value| value.check(*item)),
            Shape::Table(item) => self.table().into_iter().flatten().for_each(|(_, _, value)| value.check(*item)),
            Shape::Map(_) => drop(self.table()),
            Shape::Glob
            | Shape::JsonPath
            | Shape::Fact
            | Shape::JsonSchema
            | Shape::Rule
            | Shape::Any
            | Shape::Nothing
            | Shape::Either(_) => {}
        }
    }

    /// The value as compact JSON: equal data has equal text but for the order of members.
    pub fn to_json(self) -> serde_json::Value {
        self.written.document.to_json(self.id)
    }
}

/// The last line of a regex error, which says what is wrong; the lines before draw the pattern.
pub(crate) fn regex_fault(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim().trim_start_matches("error: ").to_string()
}

/// A map of the policy whose keys are known.
#[derive(Clone, Copy)]
pub struct Options<'w> {
    pub value: Value<'w>,
    fields: &'w [Field],
    also: &'w [Field],
}

impl<'w> Options<'w> {
    /// Takes a map, and complains about a value that is none, about unknown and about missing keys. `what` names the map.
    pub fn read(value: Value<'w>, what: &str, fields: &'w [Field]) -> Option<Self> {
        Self::read_with(value, what, fields, &[])
    }

    /// The same for a map whose keys stand in two tables.
    pub fn read_with(value: Value<'w>, what: &str, fields: &'w [Field], also: &'w [Field]) -> Option<Self> {
        let options = Self::read_partly(value, what, fields, also)?;
        let complete = options.all_fields().all(|field| !field.required || options.get(field.name).is_some());
        complete.then_some(options)
    }

    /// The same, also where a required key is missing, so that what is there can be judged.
    pub fn read_partly(value: Value<'w>, what: &str, fields: &'w [Field], also: &'w [Field]) -> Option<Self> {
        let options = Options { value, fields, also };
        for (key, span, option) in value.table()? {
            if let Some(field) = options.all_fields().find(|field| field.name == key) {
                option.check(field.shape);
            } else {
                value.written.complain_unknown(
                    span,
                    &format!("key of {what}"),
                    key,
                    options.all_fields().map(|field| field.name),
                );
            }
        }
        for field in options.all_fields().filter(|field| field.required) {
            if options.get(field.name).is_none() {
                value.complain(format!("{what} needs `{}`", field.name));
            }
        }
        Some(options)
    }

    /// An option that is no map with known keys.
    pub fn whole(value: Value<'w>) -> Self {
        Options { value, fields: &[], also: &[] }
    }

    fn all_fields(&self) -> impl Iterator<Item = &'w Field> + Clone + use<'w> {
        self.fields.iter().chain(self.also)
    }

    /// The value at a key that the table of fields knows.
    pub fn get(&self, name: &str) -> Option<Value<'w>> {
        debug_assert!(self.all_fields().any(|field| field.name == name), "`{name}` is in no table of fields");
        self.value.written.document.member(self.value.id, name).map(|member| self.value.sibling(member.value))
    }

    /// The span of a key, where it stands.
    pub fn key_span(&self, name: &str) -> Option<Span> {
        self.value.written.document.member(self.value.id, name).map(|member| member.key_span)
    }

    pub fn text(&self, name: &str) -> Option<&'w str> {
        self.get(name)?.text()
    }

    pub fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(Value::boolean).unwrap_or(false)
    }

    pub fn integer(&self, name: &str) -> Option<u64> {
        self.get(name)?.integer()
    }

    pub fn regex(&self, name: &str) -> Option<Regex> {
        self.get(name)?.regex()
    }

    /// One of the words that the field's shape lists.
    pub fn word(&self, name: &str) -> Option<&'static str> {
        let value = self.get(name)?;
        let words = self.all_fields().find(|field| field.name == name).map(|field| field.shape);
        match words {
            Some(Shape::Word(words)) => value.word(words),
            _ => None,
        }
    }
}
