//! Links into the tree.

use super::super::{Hole, Raw, RawElement, Source};
use crate::formats::markdown::{Link, Markdown};

/// Adds the relative links of a document, in order of their places; `whole`: with their destinations as written.
pub(super) fn read(source: &Source<'_>, markdown: &Markdown, whole: bool, raw: &mut Raw) {
    for link in &markdown.links {
        if is_elsewhere(&link.destination) {
            continue;
        }
        if is_template(&link.destination) {
            let message = format!("`{}` is made by a template", super::super::shown(&link.destination));
            raw.holes.push(Hole { span: link.span, message, path: None });
            continue;
        }
        let mut element = element(link);
        if whole {
            let span = link.definition.unwrap_or(link.span);
            let written = String::from_utf8_lossy(span.slice(source.bytes)).into_owned();
            element.captures.push(("destination".into(), written));
        }
        raw.elements.push(element);
    }
}

fn element(link: &Link) -> RawElement {
    let (path, fragment) = match link.destination.split_once('#') {
        Some((path, fragment)) => (path, Some(fragment)),
        None => (link.destination.as_str(), None),
    };
    let path = path.split('?').next().unwrap_or_default();
    let fragment = fragment.map(|fragment| ("fragment".to_string(), percent_decoded(fragment)));
    RawElement {
        value: percent_decoded(path),
        captures: fragment.into_iter().chain([("text".into(), link.text.clone())]).collect(),
        span: Some(link.span),
        related: link.definition.map(|span| ("it is defined here".to_string(), span)).into_iter().collect(),
        ..RawElement::default()
    }
}

/// Whether an address has a scheme or a host.
fn is_elsewhere(destination: &str) -> bool {
    let scheme = destination.split_once(':').map(|(scheme, _)| scheme).unwrap_or_default();
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    is_scheme || destination.starts_with("//")
}

fn is_template(destination: &str) -> bool {
    ["{{", "{%", "${", "<%"].iter().any(|mark| destination.contains(mark))
}

/// The text without percent-encoding; as it is where that would be no text.
fn percent_decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_string();
    }
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (*byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, _, _) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_string())
}
