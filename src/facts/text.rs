//! `text`: matches of a regular expression.

use regex::bytes::{Regex, RegexBuilder};

use super::{Captures, Extractor, Raw, RawElement, Source};
use crate::text::Span;

/// One element per match in a file's text; what is not UTF-8 is never part of a match.
#[derive(Debug)]
pub struct Text {
    regex: Regex,
}

impl Text {
    /// `^` and `$` match at lines, `$` also before `\r\n`.
    ///
    /// # Errors
    /// The regex's fault.
    pub fn new(regex: &str) -> Result<Self, regex::Error> {
        // A hostile policy must not make compiling a regex costly; 10 MiB is the crate's own default limit.
        Ok(Text { regex: RegexBuilder::new(regex).multi_line(true).crlf(true).build()? })
    }

    pub fn captures(&self) -> Captures {
        Captures::known(self.regex.capture_names().flatten().filter(|name| *name != "value"))
    }
}

impl Extractor for Text {
    fn extract(&self, source: &Source<'_>, raw: &mut Raw) {
        let (body, mark) = source.body();
        for found in self.regex.captures_iter(body) {
            let Some(whole) = found.get(0) else { continue };
            let value = found.name("value").unwrap_or(whole);
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let groups = self.regex.capture_names().flatten().filter(|name| *name != "value");
            raw.elements.push(RawElement {
                value: text(value.as_bytes()),
                captures: groups.filter_map(|name| Some((name.to_string(), text(found.name(name)?.as_bytes())))).collect(),
                span: Some(Span::from(value.range()).shifted(mark)),
                ..RawElement::default()
            });
        }
    }
}
