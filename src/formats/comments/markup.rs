//! HTML, XML and Markdown: `<!-- … -->`, and what scripts and style sheets have.

use pulldown_cmark::{Event, Options, Parser, Tag};

use super::{Comment, lexer, of_code, yaml};
use crate::formats::code::{self, Language};
use crate::formats::front_matter;
use crate::text::Span;

/// The comments of an HTML document, in order.
pub(super) fn html(text: &[u8]) -> Vec<Comment> {
    let mut found = Vec::new();
    read(text, Span::new(0, text.len()), true, &mut found);
    found
}

/// The comments of an XML document, in order.
pub(super) fn xml(text: &[u8]) -> Vec<Comment> {
    let mut found = Vec::new();
    read(text, Span::new(0, text.len()), false, &mut found);
    found
}

/// The comments of a Markdown page, in order: those of HTML outside of code, and those of its front matter.
pub(super) fn markdown(text: &[u8]) -> Vec<Comment> {
    let Ok(page) = std::str::from_utf8(text) else { return html(text) };
    let mut found = Vec::new();
    let mut from = 0;
    if let Some(matter) = front_matter(text) {
        found.extend(yaml::comments(matter.slice(text)).into_iter().map(|comment| comment.shifted(matter.start)));
        from = matter.end;
    }
    for (event, range) in Parser::new_ext(&page[from..], Options::all()).into_offset_iter() {
        let span = Span::from(range).shifted(from);
        match event {
            Event::Start(Tag::HtmlBlock) => read(text, span, true, &mut found),
            Event::InlineHtml(html) if html.starts_with("<!--") => found.push(Comment::of(span)),
            _ => {}
        }
    }
    found
}

fn read(text: &[u8], part: Span, is_html: bool, found: &mut Vec<Comment>) {
    let mut at = part.start;
    while let Some(next) = text.get(at..part.end).and_then(|rest| rest.iter().position(|byte| *byte == b'<')) {
        at += next;
        let rest = &text[at..part.end];
        if rest.starts_with(b"<!--") {
            let end = behind(text, at + 4, part.end, b"-->");
            found.push(Comment::new(at, end));
            at = end;
        } else if rest.starts_with(b"<![CDATA[") {
            at = behind(text, at, part.end, b"]]>");
        } else if rest.get(1).is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'/') {
            let end = tag_end(text, at, part.end);
            at = if is_html { raw_text(text, at, end, part.end, found) } else { end };
        } else {
            at += 1;
        }
    }
}

/// Behind the tag that starts at `start`; quotes may hold a `>`.
fn tag_end(text: &[u8], start: usize, limit: usize) -> usize {
    let mut quote = None;
    for (at, byte) in text.iter().enumerate().take(limit).skip(start + 1) {
        match (byte, quote) {
            (b'>', None) => return at + 1,
            (b'"' | b'\'', None) if text[at - 1] == b'=' => quote = Some(*byte),
            (byte, Some(open)) if *byte == open => quote = None,
            _ => {}
        }
    }
    limit
}

/// Behind the text of an element whose text is no markup, or behind the tag that starts at `start` and ends at `end`.
fn raw_text(text: &[u8], start: usize, end: usize, limit: usize, found: &mut Vec<Comment>) -> usize {
    let tag = &text[start + 1..end];
    let name = tag.split(|byte| !byte.is_ascii_alphanumeric()).next().unwrap_or_default().to_ascii_lowercase();
    if !matches!(&name[..], b"script" | b"style" | b"textarea" | b"title") || tag.ends_with(b"/>") {
        return end;
    }
    let closing = [b"</", &name[..]].concat();
    let length = text[end..limit].windows(closing.len()).position(|part| part.eq_ignore_ascii_case(&closing));
    let inner = Span::new(end, length.map_or(limit, |length| end + length));
    let inside = match &name[..] {
        b"script" => script(tag, inner.slice(text)),
        b"style" => lexer::comments(&lexer::SCSS, inner.slice(text)),
        _ => Vec::new(),
    };
    found.extend(inside.into_iter().map(|comment| comment.shifted(inner.start)));
    inner.end
}

/// The comments of a script, in the language that its tag names.
fn script(tag: &[u8], text: &[u8]) -> Vec<Comment> {
    let tag = String::from_utf8_lossy(tag).to_ascii_lowercase();
    let typed = tag.contains("type=") && !["javascript", "module", "ecmascript", "babel"].iter().any(|kind| tag.contains(kind));
    if typed {
        return Vec::new();
    }
    let language = if tag.contains("lang=\"ts") { Language::TypeScript } else { Language::JavaScript };
    code::parse(language, text).map(|code| of_code(&code)).unwrap_or_default()
}

/// Behind the next `mark`, or the limit.
fn behind(text: &[u8], from: usize, limit: usize, mark: &[u8]) -> usize {
    let rest = text.get(from..limit).unwrap_or_default();
    rest.windows(mark.len()).position(|part| part == mark).map_or(limit, |at| from + at + mark.len())
}
