//! `codeowners`: rule lines of GitHub's CODEOWNERS.

use super::{Extractor, Fault, Raw, RawElement, Source};
use crate::formats::{self, codeowners};

/// One element per line with a pattern.
#[derive(Debug)]
pub struct CodeOwners;

pub const CODEOWNERS_CAPTURES: [&str; 1] = ["owners"];

impl Extractor for CodeOwners {
    fn extract(&self, source: &Source<'_>, raw: &mut Raw) {
        let text = match formats::utf8(source.bytes) {
            Ok(text) => text,
            Err(error) => return raw.faults.push(Fault::unparsable(&error)),
        };
        raw.elements.extend(codeowners::parse(text).into_iter().map(|line| {
            let owners: Vec<String> = line.owners.into_iter().map(|owner| owner.name).collect();
            RawElement {
                value: line.pattern,
                captures: vec![("owners".into(), owners.join(" "))],
                span: Some(line.span),
                ..RawElement::default()
            }
        }));
    }
}
