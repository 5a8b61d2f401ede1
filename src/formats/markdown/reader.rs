//! From the parser's events to what facts ask for.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, RefDefs, Tag, TagEnd};

use super::html::{self, Piece};
use super::slug::{Slugs, slug};
use super::{Cell, CodeBlock, CodeSpan, Heading, LONGEST_TEXT, Link, Markdown, Table, destination};
use crate::text::Span;

/// Reads `text`, of which the first `skipped` bytes are no part of the document.
pub(super) fn read(text: &str, skipped: usize) -> Markdown {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS | Options::ENABLE_FOOTNOTES;
    let body = &text[skipped..];
    let mut reader = Reader { text: body, ..Reader::default() };
    let mut events = Parser::new_ext(body, options).into_offset_iter();
    while let Some((event, range)) = events.next() {
        reader.event(event, range, events.reference_definitions());
    }
    let mut markdown = reader.out;
    markdown.links.sort_by_key(|link| link.span);
    markdown.shift(skipped);
    markdown
}

#[derive(Default)]
struct Reader<'t> {
    text: &'t str,
    out: Markdown,
    slugs: Slugs,
    /// The innermost heading above.
    section: Option<usize>,
    links: Vec<OpenLink>,
    /// How many of the open links are images.
    images: usize,
    /// The text of what is open: of links as a whole, and of a heading or cell without what images say.
    said: String,
    shown: String,
    /// Where the last part of what is open ends.
    last_end: usize,
    /// From the first to the last part of the open heading or cell.
    content: Option<Span>,
    heading: Option<u8>,
    /// A heading in HTML: its level, and where it stands.
    html_heading: Option<(u8, usize)>,
    code: Option<CodeBlock>,
    table: Option<Table>,
    html: Option<HtmlBlock>,
}

struct OpenLink {
    kind: LinkType,
    image: bool,
    destination: String,
    id: String,
    start: usize,
    said: usize,
}

/// The HTML of a block, whose lines need not follow each other in the file.
#[derive(Default)]
struct HtmlBlock {
    text: String,
    /// Where each part begins: in `text`, and in the file.
    parts: Vec<(usize, usize)>,
}

impl HtmlBlock {
    fn span(&self, span: Span) -> Span {
        let at = self.parts.partition_point(|(start, _)| *start <= span.start).saturating_sub(1);
        let (start, source) = self.parts.get(at).copied().unwrap_or_default();
        Span::new(span.start - start + source, span.end - start + source)
    }
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>, definitions: &RefDefs<'_>) {
        match event {
            Event::Start(tag) => return self.start(tag, range),
            Event::End(end) => self.end(end, &range, definitions),
            Event::Text(text) => self.on_text(&text, &range),
            Event::Code(code) => self.on_code(&code, &range),
            Event::SoftBreak | Event::HardBreak => self.say(" ", range.clone().into()),
            Event::Html(html) => self.on_html(&html, range.start),
            Event::InlineHtml(html) => {
                let mut block = HtmlBlock::default();
                block.parts.push((0, range.start));
                block.text.push_str(&html);
                self.on_pieces(&block);
                self.reach(range.clone().into());
            }
            Event::FootnoteReference(_)
            | Event::TaskListMarker(_)
            | Event::Rule
            | Event::InlineMath(_)
            | Event::DisplayMath(_) => {}
        }
        self.last_end = range.end;
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Link { link_type, dest_url, id, .. } => self.open(link_type, false, &dest_url, &id, range.start),
            Tag::Image { link_type, dest_url, id, .. } => self.open(link_type, true, &dest_url, &id, range.start),
            Tag::Heading { level, .. } => {
                self.begin();
                self.heading = Some(level as u8);
            }
            Tag::TableCell => {
                self.begin();
                self.last_end = range.start;
            }
            Tag::Paragraph if self.html_heading.is_none() => self.begin(),
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(info) => Some(info.split([' ', '\t', ',', '{']).next().unwrap_or_default().to_string()),
                    CodeBlockKind::Indented => None,
                };
                self.code = Some(CodeBlock { language, lines: Vec::new(), section: self.section });
            }
            Tag::Table(_) => self.table = Some(Table { section: self.section, ..Table::default() }),
            Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.rows.push(Vec::new());
                }
            }
            Tag::HtmlBlock => self.html = Some(HtmlBlock::default()),
            _ => {}
        }
    }

    /// Forgets the text of what was open before.
    fn begin(&mut self) {
        self.said.clear();
        self.shown.clear();
        self.content = None;
    }

    fn open(&mut self, kind: LinkType, image: bool, destination: &str, id: &str, start: usize) {
        self.images += usize::from(image);
        let (destination, id, said) = (destination.to_string(), id.to_string(), self.said.len());
        self.links.push(OpenLink { kind, image, destination, id, start, said });
        self.last_end = start + 1 + usize::from(image);
    }

    fn end(&mut self, end: TagEnd, range: &Range<usize>, definitions: &RefDefs<'_>) {
        match end {
            TagEnd::Link | TagEnd::Image => {
                if let Some(link) = self.links.pop() {
                    self.images -= usize::from(link.image);
                    self.close(link, range, definitions);
                    self.reach(range.clone().into());
                }
            }
            TagEnd::Heading(_) => {
                if let Some(level) = self.heading.take() {
                    let text = std::mem::take(&mut self.shown);
                    self.add_heading(text, level, self.content.unwrap_or(Span::at(range.start)));
                }
            }
            TagEnd::TableCell => self.end_cell(range),
            TagEnd::CodeBlock => self.out.code_blocks.extend(self.code.take()),
            TagEnd::Table => self.out.tables.extend(self.table.take()),
            TagEnd::HtmlBlock => {
                if let Some(block) = self.html.take() {
                    self.on_pieces(&block);
                }
            }
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => self.reach(range.clone().into()),
            _ => {}
        }
    }

    fn close(&mut self, link: OpenLink, range: &Range<usize>, definitions: &RefDefs<'_>) {
        let (start, from) = (link.start + 1 + usize::from(link.image), self.last_end.max(link.start + 1));
        let whole = Span::from(range.clone());
        let (span, definition) = match link.kind {
            LinkType::Inline => (destination::inline(self.text, from, range.end), None),
            LinkType::Autolink | LinkType::Email => (Some(Span::new(range.start + 1, range.end.saturating_sub(1))), None),
            LinkType::Reference | LinkType::Collapsed | LinkType::Shortcut => {
                let definition = definitions.get(&link.id).map(|definition| Span::from(definition.span.clone()));
                let definition = definition.map(|span| destination::defined(self.text, span).unwrap_or(span));
                (destination::label(self.text, start, from, range.end), definition)
            }
            _ => return,
        };
        let text: String = self.said[link.said..].chars().take(LONGEST_TEXT).collect();
        self.out.links.push(Link { destination: link.destination, span: span.unwrap_or(whole), text, definition });
    }

    fn end_cell(&mut self, range: &Range<usize>) {
        let span = self.content.unwrap_or(Span::at(range.start));
        let cell = Cell { text: std::mem::take(&mut self.shown).trim().to_string(), span };
        if let Some(table) = &mut self.table {
            match table.rows.last_mut() {
                Some(row) => row.push(cell),
                None => table.header.push(cell),
            }
        }
    }

    fn add_heading(&mut self, text: String, level: u8, span: Span) {
        if let Some((title, id)) = text.trim_end().strip_suffix('}').and_then(|text| text.rsplit_once("{#"))
            && !title.is_empty()
        {
            self.out.ids.extend(id.split_whitespace().next().map(str::to_string));
        }
        let mut parent = self.section;
        while let Some(at) = parent.filter(|at| self.out.headings[*at].level >= level) {
            parent = self.out.headings[at].parent;
        }
        let slug = self.slugs.unique(&text);
        self.section = Some(self.out.headings.len());
        self.out.headings.push(Heading { text, level, slug, span, parent });
    }

    fn on_text(&mut self, text: &str, range: &Range<usize>) {
        match &mut self.code {
            Some(code) => code.add(self.text, Span::from(range.clone())),
            None => self.say(text, range.clone().into()),
        }
    }

    fn on_code(&mut self, code: &str, range: &Range<usize>) {
        let written = &self.text[range.clone()];
        let ticks = written.len() - written.trim_start_matches('`').len();
        let inner = written.get(ticks..written.len().saturating_sub(ticks)).unwrap_or_default();
        let padded = inner.len() > 2 && inner.starts_with(' ') && inner.ends_with(' ');
        let pad = ticks + usize::from(padded);
        let span = Span::new(range.start + pad, (range.end.saturating_sub(pad)).max(range.start + pad));
        self.out.code_spans.push(CodeSpan { text: code.to_string(), span });
        self.say(code, span);
    }

    /// Something that readers see.
    fn say(&mut self, text: &str, span: Span) {
        if !self.links.is_empty() {
            self.said.push_str(text);
        }
        if self.images == 0 {
            self.shown.push_str(text);
        }
        self.reach(span);
    }

    /// Makes a part belong to the open heading or cell.
    fn reach(&mut self, span: Span) {
        let content = self.content.get_or_insert(span);
        *content = Span::new(content.start.min(span.start), content.end.max(span.end));
    }

    fn on_html(&mut self, html: &str, start: usize) {
        if let Some(block) = &mut self.html {
            block.parts.push((block.text.len(), start));
            block.text.push_str(html);
        }
    }

    fn on_pieces(&mut self, block: &HtmlBlock) {
        for piece in html::pieces(&block.text) {
            match piece {
                Piece::Text(span) => {
                    if self.html_heading.is_some() {
                        self.shown.push_str(&block.text[span.start..span.end]);
                    }
                }
                Piece::Open { name, attributes } => {
                    if let Some(level) = heading_level(&name) {
                        self.begin();
                        self.html_heading = Some((level, block.span(Span::at(0)).start));
                    }
                    self.on_attributes(block, attributes);
                }
                Piece::Close { name } => {
                    if let Some((level, at)) = self.html_heading.take_if(|_| heading_level(&name).is_some()) {
                        let text = std::mem::take(&mut self.shown);
                        // Whether blanks around the text count depends on who renders it.
                        self.out.ids.push(slug(&text));
                        self.add_heading(text.trim().to_string(), level, self.content.unwrap_or(Span::at(at)));
                    }
                }
            }
        }
    }

    fn on_attributes(&mut self, block: &HtmlBlock, attributes: Vec<html::Attribute>) {
        for attribute in attributes {
            match attribute.name.as_str() {
                "href" | "src" => {
                    let span = block.span(attribute.span);
                    let link =
                        Link { destination: attribute.value.trim().to_string(), span, text: String::new(), definition: None };
                    self.out.links.push(link);
                }
                "id" | "name" => self.out.ids.push(attribute.value),
                _ => {}
            }
        }
    }
}

fn heading_level(tag: &str) -> Option<u8> {
    match tag.as_bytes() {
        [b'h', digit @ b'1'..=b'6'] => Some(digit - b'0'),
        _ => None,
    }
}

impl CodeBlock {
    /// Adds a part of the block, which may hold several lines, or continue one.
    fn add(&mut self, text: &str, part: Span) {
        let mut at = part.start;
        for line in text[part.start..part.end].split_inclusive('\n') {
            let bare = line.trim_end_matches(['\n', '\r']);
            let span = Span::new(at, at + bare.len());
            match self.lines.last_mut() {
                // The parser cuts a line where a carriage return or a tab stands.
                Some(last) if at > 0 && !text[..at].ends_with('\n') && last.end <= at && !text[last.end..at].contains('\n') => {
                    if !bare.is_empty() {
                        last.end = span.end;
                    }
                }
                _ => self.lines.push(span),
            }
            at += line.len();
        }
    }
}

impl Markdown {
    fn shift(&mut self, by: usize) {
        if by == 0 {
            return;
        }
        let links = self.links.iter_mut().flat_map(|link| [Some(&mut link.span), link.definition.as_mut()]).flatten();
        let spans = self.code_spans.iter_mut().map(|code| &mut code.span);
        let headings = self.headings.iter_mut().map(|heading| &mut heading.span);
        let lines = self.code_blocks.iter_mut().flat_map(|block| &mut block.lines);
        let cells = self.tables.iter_mut().flat_map(|table| table.header.iter_mut().chain(table.rows.iter_mut().flatten()));
        let cells = cells.map(|cell| &mut cell.span);
        for span in links.chain(spans).chain(headings).chain(lines).chain(cells) {
            *span = span.shifted(by);
        }
    }
}
