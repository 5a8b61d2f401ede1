//! `env-file`: assignments of dotenv files.

use super::{Extractor, Fault, Raw, RawElement, Source};
use crate::formats::{self, dotenv};
use crate::text::Span;

/// One element per assignment; the value is the key.
#[derive(Debug)]
pub struct EnvFile;

pub const ENV_FILE_CAPTURES: [&str; 2] = ["text", "export"];

impl Extractor for EnvFile {
    fn extract(&self, source: &Source<'_>, raw: &mut Raw) {
        let (body, mark) = source.body();
        let text = match formats::utf8(body) {
            Ok(text) => text,
            Err(mut error) => {
                error.at += mark;
                return raw.faults.push(Fault::unparsable(&error));
            }
        };
        let (assignments, errors) = dotenv::parse(text);
        raw.elements.extend(assignments.into_iter().map(|assignment| RawElement {
            value: assignment.key,
            captures: vec![("text".into(), assignment.value), ("export".into(), assignment.export.to_string())],
            span: Some(assignment.key_span.shifted(mark)),
            ..RawElement::default()
        }));
        raw.faults.extend(errors.into_iter().map(|mut error| {
            error.at += mark;
            Fault::unparsable(&error)
        }));
    }

    /// `KEY=` on a line of its own at the end, never a value taken from anywhere.
    fn append(&self, source: &Source<'_>, value: &str) -> Option<(Span, String)> {
        let newline = if source.bytes.windows(2).any(|pair| pair == b"\r\n") { "\r\n" } else { "\n" };
        let before = match source.bytes.last() {
            Some(byte) if *byte != b'\n' => newline,
            _ => "",
        };
        Some((Span::at(source.bytes.len()), format!("{before}{value}={newline}")))
    }
}
