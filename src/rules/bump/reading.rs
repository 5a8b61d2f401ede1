//! One end of a change: the metadata of a file, and the form in which its body is compared.

use std::ops::Deref;

use super::Bump;
use super::at::{At, Query, Stamp};
use crate::facts::{Fault, FaultKind, Source};
use crate::finding::{Edit, Place};
use crate::formats::{self, DataFormat, Document, JsonPath, Selected, quoted_like};
use crate::rules::FixStep;
use crate::text::Span;

/// What of the metadata is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stamped {
    Version,
    Date,
}

/// A file, understood as far as the rule needs it.
pub(super) struct Reading<'s> {
    pub source: &'s Source<'s>,
    /// Where the rule has JSONPaths.
    pub data: Option<Data<'s>>,
    /// Whether the body is the text of the file.
    pub text_body: bool,
    pub version: Option<Stamp>,
    pub date: Option<Stamp>,
}

/// A parsed file, or the front matter of a Markdown file.
pub(super) struct Data<'s> {
    document: Parsed<'s>,
    /// The root of each document of the stream, as JSONPaths query it.
    json: Vec<serde_json::Value>,
    /// Where the document starts in the file.
    pub offset: usize,
    format: DataFormat,
}

enum Parsed<'s> {
    File(&'s Document),
    FrontMatter(Box<Document>),
}

impl Deref for Data<'_> {
    type Target = Document;

    fn deref(&self) -> &Document {
        match &self.document {
            Parsed::File(document) => document,
            Parsed::FrontMatter(document) => document,
        }
    }
}

impl<'s> Reading<'s> {
    /// Reads what `rule` looks at.
    ///
    /// # Errors
    /// Why the file cannot be read as data, where the rule has JSONPaths.
    pub fn new(source: &'s Source<'s>, rule: &Bump) -> Result<Self, Fault> {
        let texts = rule.places().filter(|(_, at)| at.is_text()).count();
        let paths = rule.places().count() - texts + rule.body.len();
        let data = if paths > 0 { Some(Data::read(source)?) } else { None };
        let front_matter = matches!(&data, Some(Data { document: Parsed::FrontMatter(_), .. }));
        let text_body = rule.body.is_empty() && (texts > 0 || front_matter);
        let mut reading = Reading { source, data, text_body, version: None, date: None };
        for (what, at) in rule.places() {
            let stamp = reading.find(at);
            match what {
                Stamped::Version => reading.version = stamp,
                Stamped::Date => reading.date = stamp,
            }
        }
        Ok(reading)
    }

    pub fn stamp(&self, what: Stamped) -> Option<&Stamp> {
        match what {
            Stamped::Version => self.version.as_ref(),
            Stamped::Date => self.date.as_ref(),
        }
    }

    pub fn stamps(&self) -> impl Iterator<Item = &Stamp> {
        self.version.iter().chain(&self.date)
    }

    pub fn place(&self, stamp: &Stamp) -> Place {
        self.source.place(stamp.span)
    }

    /// The step that puts `value` where `stamp` stands, in the quotes that stand there.
    pub fn replace(&self, stamp: &Stamp, value: String) -> FixStep {
        let text = match (&self.data, stamp.node) {
            (Some(Data { document: Parsed::File(_), .. }), Some(_)) => {
                return FixStep::Replace { place: self.place(stamp), value };
            }
            (Some(data), Some(_)) => quoted_like(data.format, stamp.span.slice(self.source.bytes), &value),
            _ => value,
        };
        FixStep::Edit(Edit { path: self.source.path.clone(), span: stamp.span, text })
    }

    fn find(&self, at: &At) -> Option<Stamp> {
        match (&at.query, &self.data) {
            (Query::Text(regex), _) => Stamp::in_text(regex, self.source),
            (Query::Path(path), Some(data)) => Stamp::in_data(path, data),
            (Query::Path(_), None) => None,
        }
    }
}

impl<'s> Data<'s> {
    fn new(document: Parsed<'s>, offset: usize, format: DataFormat) -> Self {
        let mut data = Data { document, json: Vec::new(), offset, format };
        data.json = data.roots.iter().map(|root| data.to_json(*root)).collect();
        data
    }

    /// The nodes that a path selects, in the order of the file, each with the number of its document in the stream.
    pub fn select(&self, path: &JsonPath) -> impl Iterator<Item = (usize, Selected)> {
        let documents = self.roots.iter().zip(&self.json).enumerate();
        documents.flat_map(move |(at, (root, json))| path.select(self, json, *root).into_iter().map(move |one| (at, one)))
    }

    fn read(source: &'s Source<'s>) -> Result<Self, Fault> {
        match DataFormat::of(source.path) {
            Some(format) => {
                let document = source.data(format).map_err(Fault::unparsable)?;
                Ok(Data::new(Parsed::File(document), 0, format))
            }
            None if matches!(source.path.extension(), "md" | "markdown" | "mdx") => Data::front_matter(source),
            None => Err(Fault {
                kind: FaultKind::Unparsable,
                at: 0,
                message: "its name tells no data format; say where it stands by `at: {text: REGEX}`".into(),
            }),
        }
    }

    /// A Markdown file's front matter; without one, an empty document.
    fn front_matter(source: &Source<'_>) -> Result<Self, Fault> {
        let span = formats::front_matter(source.bytes).unwrap_or(Span::at(0));
        let document = formats::parse(DataFormat::Yaml, span.slice(source.bytes)).map_err(|mut error| {
            error.at += span.start;
            Fault::unparsable(&error)
        })?;
        Ok(Data::new(Parsed::FrontMatter(Box::new(document)), span.start, DataFormat::Yaml))
    }
}
