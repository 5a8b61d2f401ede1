//! `data`: nodes that a JSONPath selects.

use super::{Extractor, Fault, FaultKind, Hole, Raw, RawElement, Source};
use crate::formats::{self, DataFormat, Document, JsonPath, Kind, NodeId};
use crate::text::Span;

/// One element per selected node of a data file, of each document of its stream, or of a Markdown file's front matter.
#[derive(Debug)]
pub struct Data {
    pub at: JsonPath,
    /// Take the member's name, at the key, instead of its value.
    pub take_key: bool,
    /// Instead of the format that the file's name tells.
    pub format: Option<DataFormat>,
}

pub const DATA_CAPTURES: [&str; 2] = ["type", "pointer"];

impl Extractor for Data {
    fn extract(&self, source: &Source<'_>, raw: &mut Raw) {
        let format = self.format.or_else(|| DataFormat::of(source.path));
        match format {
            Some(format) => match source.data(format) {
                Ok(document) => self.select(document, 0, raw),
                Err(error) => raw.faults.push(Fault::unparsable(error)),
            },
            None if matches!(source.path.extension(), "md" | "markdown" | "mdx") => self.front_matter(source, raw),
            None => raw.faults.push(Fault {
                kind: FaultKind::Unparsable,
                at: 0,
                message: format!("its name tells no data format; name one: `format: {}`", DataFormat::WORDS.join("|")),
            }),
        }
    }

    fn append(&self, source: &Source<'_>, value: &str) -> Option<(Span, String)> {
        let format = self.format.or_else(|| DataFormat::of(source.path))?;
        let document = source.data(format).ok()?;
        let mut arrays = Vec::new();
        for root in &document.roots {
            let json = document.to_json(*root);
            for selected in self.at.select(document, &json, *root) {
                let parent = selected.pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
                let array = document.pointer(*root, parent)?;
                if !matches!(document.node(array).kind, Kind::Array(_)) || self.take_key {
                    return None;
                }
                if !arrays.contains(&array) {
                    arrays.push(array);
                }
            }
        }
        match arrays[..] {
            [array] => formats::append_item(format, source.bytes, document, array, value),
            _ => None,
        }
    }
}

impl Data {
    fn front_matter(&self, source: &Source<'_>, raw: &mut Raw) {
        let Some(span) = formats::front_matter(source.bytes) else { return };
        let mut inner = Raw::default();
        match formats::parse(DataFormat::Yaml, span.slice(source.bytes)) {
            Ok(document) => self.select(&document, span.start, &mut inner),
            Err(mut error) => {
                error.at += span.start;
                inner.faults.push(Fault::unparsable(&error));
            }
        }
        raw.elements.append(&mut inner.elements);
        raw.faults.append(&mut inner.faults);
    }

    fn select(&self, document: &Document, offset: usize, raw: &mut Raw) {
        for root in &document.roots {
            let json = document.to_json(*root);
            for selected in self.at.select(document, &json, *root) {
                if document.computed.contains(&selected.id) && !self.take_key {
                    let node = document.node(selected.id).span;
                    let message = format!("`{}` is computed", super::shown(&shown(document, selected.id)));
                    raw.holes.push(Hole { span: node.shifted(offset), message, path: None });
                    continue;
                }
                let (value, span) = match (self.take_key, selected.name, selected.key) {
                    (false, _, _) => (shown(document, selected.id), document.node(selected.id).span),
                    (true, Some(name), Some(key)) => (name, key),
                    (true, _, _) => continue,
                };
                raw.elements.push(RawElement {
                    value,
                    captures: vec![("type".into(), document.type_name(selected.id).into()), ("pointer".into(), selected.pointer)],
                    span: Some(span.shifted(offset)),
                    ..RawElement::default()
                });
            }
        }
        raw.elements.sort_by_key(|element| element.span);
    }
}

/// A scalar's text, else compact JSON.
fn shown(document: &Document, id: NodeId) -> String {
    document.scalar(id).map_or_else(|| document.to_json(id).to_string(), str::to_string)
}
