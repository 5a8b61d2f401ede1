//! HTML in Markdown: its tags with their attributes, and the text between them.

use crate::text::Span;

/// Elements whose content is no HTML.
const RAW: [&str; 4] = ["script", "style", "textarea", "title"];

/// A piece of HTML; spans are offsets into it.
#[derive(Debug, PartialEq)]
pub(super) enum Piece {
    Text(Span),
    Open { name: String, attributes: Vec<Attribute> },
    Close { name: String },
}

/// An attribute with a value.
#[derive(Debug, PartialEq)]
pub(super) struct Attribute {
    pub name: String,
    pub value: String,
    /// Without quotes.
    pub span: Span,
}

/// The pieces of HTML, in order. Comments, declarations and the content of scripts are left out.
pub(super) fn pieces(html: &str) -> Vec<Piece> {
    let mut scanner = Scanner { html, at: 0 };
    let mut found = Vec::new();
    while scanner.at < html.len() {
        scanner.next(&mut found);
    }
    found
}

struct Scanner<'h> {
    html: &'h str,
    at: usize,
}

impl Scanner<'_> {
    fn next(&mut self, found: &mut Vec<Piece>) {
        let rest = &self.html[self.at..];
        if rest.starts_with("<!--") {
            self.skip_past("-->", 4);
        } else if rest.starts_with("<!") || rest.starts_with("<?") {
            self.skip_past(">", 2);
        } else if let Some(name) = rest.strip_prefix("</").and_then(tag_name) {
            found.push(Piece::Close { name: name.to_ascii_lowercase() });
            self.skip_past(">", 2);
        } else if let Some(name) = rest.strip_prefix('<').and_then(tag_name) {
            let name = name.to_ascii_lowercase();
            self.at += 1 + name.len();
            let attributes = self.attributes();
            if RAW.contains(&name.as_str()) {
                self.skip_raw(&name);
            }
            found.push(Piece::Open { name, attributes });
        } else {
            let first = rest.chars().next().map_or(1, char::len_utf8);
            let length = rest[first..].find('<').map_or(rest.len(), |next| next + first);
            found.push(Piece::Text(Span::new(self.at, self.at + length)));
            self.at += length;
        }
    }

    fn skip_past(&mut self, end: &str, from: usize) {
        let start = self.at + from;
        let found = self.html.get(start..).and_then(|rest| rest.find(end));
        self.at = found.map_or(self.html.len(), |found| start + found + end.len());
    }

    /// To the tag that closes a script, which is left to be read.
    fn skip_raw(&mut self, name: &str) {
        let bytes = self.html.as_bytes();
        while let Some(found) = self.html[self.at..].find("</") {
            let start = self.at + found + 2;
            if bytes.get(start..start + name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes())) {
                self.at += found;
                return;
            }
            self.at = start;
        }
        self.at = self.html.len();
    }

    /// The attributes of the tag whose name has been read, up to and with its `>`.
    fn attributes(&mut self) -> Vec<Attribute> {
        let mut attributes = Vec::new();
        let bytes = self.html.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b'>' => {
                    self.at += 1;
                    break;
                }
                b'/' | b'=' | b'"' | b'\'' => self.at += 1,
                byte if byte.is_ascii_whitespace() => self.at += 1,
                _ => attributes.extend(self.attribute()),
            }
        }
        attributes
    }

    fn attribute(&mut self) -> Option<Attribute> {
        let is_name = |byte: u8| !byte.is_ascii_whitespace() && !matches!(byte, b'>' | b'/' | b'=');
        let name = self.take_while(is_name);
        self.skip_blanks();
        if !self.html[self.at..].starts_with('=') {
            return None;
        }
        self.at += 1;
        self.skip_blanks();
        let quote = self.html.as_bytes().get(self.at).copied().filter(|byte| matches!(byte, b'"' | b'\''));
        let span = match quote {
            Some(quote) => {
                self.at += 1;
                let span = self.take_while(|byte| byte != quote);
                self.at = (self.at + 1).min(self.html.len());
                span
            }
            None => self.take_while(|byte| !byte.is_ascii_whitespace() && byte != b'>'),
        };
        let text = |span: Span| &self.html[span.start..span.end];
        Some(Attribute { name: text(name).to_ascii_lowercase(), value: unescaped(text(span)), span })
    }

    fn skip_blanks(&mut self) {
        let blank = |byte: &&u8| byte.is_ascii_whitespace();
        self.at += self.html.as_bytes()[self.at..].iter().take_while(blank).count();
    }

    /// Ends at an ASCII byte or at the end, so on a character boundary.
    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> Span {
        let start = self.at;
        let length = self.html.as_bytes()[start..].iter().position(|byte| byte.is_ascii() && !wanted(*byte));
        self.at = length.map_or(self.html.len(), |length| start + length);
        Span::new(start, self.at)
    }
}

/// The name at the start of what follows `<` or `</`.
fn tag_name(rest: &str) -> Option<&str> {
    let end = rest.bytes().position(|byte| !byte.is_ascii_alphanumeric() && byte != b'-').unwrap_or(rest.len());
    let name = &rest[..end];
    name.starts_with(|first: char| first.is_ascii_alphabetic()).then_some(name)
}

/// The references that occur in addresses.
fn unescaped(text: &str) -> String {
    match text.contains('&') {
        false => text.to_string(),
        true => {
            text.replace("&quot;", "\"").replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        }
    }
}
