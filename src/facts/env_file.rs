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

    /// `KEY=` on a line of its own at the end, never a value taken from anywhere; none where that would be no assignment.
    fn append(&self, source: &Source<'_>, value: &str) -> Option<(Span, String)> {
        let (assignments, _) = dotenv::parse(&format!("{value}="));
        if !matches!(&assignments[..], [only] if only.key == value) {
            return None;
        }
        let newline = if source.bytes.windows(2).any(|pair| pair == b"\r\n") { "\r\n" } else { "\n" };
        let (body, _) = source.body();
        let before = match body.last() {
            Some(byte) if *byte != b'\n' => newline,
            _ => "",
        };
        // A file that a shell is to read says so on each line.
        let (known, _) = dotenv::parse(formats::utf8(body).ok()?);
        let export = if !known.is_empty() && known.iter().all(|assignment| assignment.export) { "export " } else { "" };
        Some((Span::at(source.bytes.len()), format!("{before}{export}{value}={newline}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::RepoPath;

    #[test]
    fn keys_are_appended_as_lines_and_other_values_are_not() {
        let path = RepoPath::new(".env.example");
        for (text, key, expected) in [
            ("A=1\n", "B", Some("B=\n")),
            ("A=1", "B", Some("\nB=\n")),
            ("A=1\r\n", "B", Some("B=\r\n")),
            ("# none yet\n", "B", Some("B=\n")),
            ("", "B", Some("B=\n")),
            ("\u{feff}", "B", Some("B=\n")),
            ("\u{feff}A=1", "B", Some("\nB=\n")),
            ("export A=1\n", "B", Some("export B=\n")),
            ("export A=1\nC=2\n", "B", Some("B=\n")),
            ("", "export", Some("export=\n")),
            ("", "not a key", None),
            ("", "A=1\nB", None),
            ("", "", None),
        ] {
            let added = EnvFile.append(&Source::new(&path, text.as_bytes()), key);
            assert_eq!(added.as_ref().map(|(_, text)| text.as_str()), expected, "{text:?} {key:?}");
        }
    }
}
