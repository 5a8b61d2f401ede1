//! The drawing of a diagnostic: a title, a picture for each place, and what to do.

use std::fmt::{self, Write};
use std::iter;

use miette::{Diagnostic, LabeledSpan, ReportHandler, SourceCode};

use super::Style;
use super::excerpt::NOTE;
use super::visible::{width, wrapped};
use super::window::Frame;

/// Columns of the line numbers, so that the pictures of a report stand in line.
const NUMBERS: usize = 4;

/// Draws any diagnostic whose sources are [excerpts](super::excerpt::Excerpt), with each place in a window of its own,
/// in whatever file it stands; miette's own handlers know one file only.
pub struct Handler {
    style: Style,
    glyphs: Glyphs,
}

/// What lines are drawn with.
struct Glyphs {
    first: &'static str,
    next: &'static str,
    bar: &'static str,
    gap: &'static str,
    primary: &'static str,
    related: &'static str,
    ellipsis: &'static str,
}

const UNICODE: Glyphs =
    Glyphs { first: "╭─", next: "├─", bar: "│", gap: "┆", primary: "^", related: "─", ellipsis: "…" };
const ASCII: Glyphs = Glyphs { first: "-->", next: ":::", bar: "|", gap: ":", primary: "^", related: "-", ellipsis: "..." };

/// What a piece of text is, which tells its colour. Colour only repeats what words and glyphs say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Error,
    Warning,
    Note,
    Strong,
    Frame,
    Related,
    Help,
}

impl Ink {
    fn code(self) -> &'static str {
        match self {
            Ink::Error => "1;31",
            Ink::Warning => "1;33",
            Ink::Note => "1;36",
            Ink::Strong => "1",
            Ink::Frame => "2",
            Ink::Related => "36",
            Ink::Help => "1;32",
        }
    }
}

impl Style {
    /// `text` in the colour of `ink`, if there are colours.
    pub(super) fn paint(&self, ink: Ink, text: &str) -> String {
        match self.color && !text.is_empty() {
            true => format!("\x1b[{}m{text}\x1b[0m", ink.code()),
            false => text.to_owned(),
        }
    }

    /// Columns that can be counted on.
    fn columns(&self) -> usize {
        self.width.clamp(40, 400)
    }
}

impl Handler {
    pub fn new(style: Style) -> Self {
        Handler { style, glyphs: if style.unicode { UNICODE } else { ASCII } }
    }

    /// How wide source lines may be for this handler.
    pub fn frame(&self) -> Frame {
        Frame { room: self.style.columns() - NUMBERS - 6, ellipsis: self.glyphs.ellipsis }
    }

    /// `diagnostic` as text, in whole lines.
    pub fn drawn<'a>(&'a self, diagnostic: &'a dyn Diagnostic) -> impl fmt::Display + 'a {
        Drawn { handler: self, diagnostic }
    }

    /// A remark below the pictures: `= WORD: TEXT`, each line of `text` wrapped under its first word.
    pub fn remark(&self, word: &str, text: &str, out: &mut impl Write) -> fmt::Result {
        let start = NUMBERS + 3 + word.len() + 2;
        let room = self.style.columns() - start.min(self.style.columns() / 2);
        let lines = text.trim_end().lines().flat_map(|line| wrapped(line, room));
        for (number, line) in lines.enumerate() {
            match number {
                0 => {
                    let sign = self.style.paint(Ink::Frame, "=");
                    let word = self.style.paint(Ink::Help, &format!("{word}:"));
                    writeln!(out, "{:NUMBERS$} {sign} {word} {line}", "")?;
                }
                _ => writeln!(out, "{}", format!("{:start$}{line}", "").trim_end())?,
            }
        }
        Ok(())
    }

    fn title(&self, diagnostic: &dyn Diagnostic, out: &mut impl Write) -> fmt::Result {
        let (word, ink) = weight(diagnostic);
        let code = diagnostic.code().map(|code| code.to_string()).unwrap_or_default();
        let message = self.style.paint(Ink::Strong, &diagnostic.to_string());
        writeln!(out, "{}: {message}", self.style.paint(ink, &format!("{word}{code}")))
    }

    fn picture(&self, picture: &Picture, is_first: bool, ink: Ink, out: &mut impl Write) -> fmt::Result {
        let glyph = self.style.paint(Ink::Frame, if is_first { self.glyphs.first } else { self.glyphs.next });
        write!(out, "{:NUMBERS$} {glyph} {}", "", picture.header)?;
        if let Some(note) = picture.note.as_deref().filter(|note| !note.is_empty()) {
            write!(out, ": {}", self.style.paint(Ink::Related, note))?;
        }
        writeln!(out)?;
        let mut before = None;
        for row in &picture.rows {
            if before.is_some_and(|number| number + 1 < row.number) {
                writeln!(out, "{:NUMBERS$} {}", "", self.style.paint(Ink::Frame, self.glyphs.gap))?;
            }
            before = Some(row.number);
            self.row(row, ink, out)?;
        }
        Ok(())
    }

    fn row(&self, row: &Row, ink: Ink, out: &mut impl Write) -> fmt::Result {
        let number = self.style.paint(Ink::Frame, &format!("{:>NUMBERS$} {}", row.number, self.glyphs.bar));
        writeln!(out, "{}", format!("{number} {}", row.text).trim_end())?;
        for mark in &row.marks {
            let (glyph, ink) = if mark.is_primary { (self.glyphs.primary, ink) } else { (self.glyphs.related, Ink::Related) };
            let line = self.style.paint(ink, &glyph.repeat(mark.width));
            let room = self.frame().room.saturating_sub(mark.column + mark.width + 1);
            if width(&mark.label) <= room {
                let label = self.style.paint(ink, &mark.label);
                self.below(mark.column, format!("{line} {label}").trim_end(), out)?;
                continue;
            }
            self.below(mark.column, &line, out)?;
            let indent = mark.column.min(self.frame().room / 3);
            for line in wrapped(&mark.label, self.frame().room - indent) {
                self.below(indent, &self.style.paint(ink, &line), out)?;
            }
        }
        Ok(())
    }

    /// A line of a picture that is no source.
    fn below(&self, indent: usize, text: &str, out: &mut impl Write) -> fmt::Result {
        writeln!(out, "{:NUMBERS$} {} {:indent$}{text}", "", self.style.paint(Ink::Frame, self.glyphs.bar), "")
    }
}

impl ReportHandler for Handler {
    fn debug(&self, diagnostic: &dyn Diagnostic, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.title(diagnostic, f)?;
        let (_, ink) = weight(diagnostic);
        for (number, picture) in pictures(diagnostic).iter().enumerate() {
            self.picture(picture, number == 0, ink, f)?;
        }
        match diagnostic.help() {
            Some(help) => self.remark("help", &help.to_string(), f),
            None => Ok(()),
        }
    }
}

/// The severity's word and colour.
fn weight(diagnostic: &dyn Diagnostic) -> (&'static str, Ink) {
    match diagnostic.severity() {
        Some(miette::Severity::Advice) => ("note", Ink::Note),
        Some(miette::Severity::Warning) => ("warning", Ink::Warning),
        Some(miette::Severity::Error) | None => ("error", Ink::Error),
    }
}

struct Drawn<'a> {
    handler: &'a Handler,
    diagnostic: &'a dyn Diagnostic,
}

impl fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handler.debug(self.diagnostic, f)
    }
}

/// Lines of one file that stand next to each other, or are the ends of one place.
struct Picture {
    name: String,
    /// `path:line:column`
    header: String,
    /// What a place without a window has to say.
    note: Option<String>,
    rows: Vec<Row>,
}

struct Row {
    number: usize,
    text: String,
    marks: Vec<Mark>,
}

/// An underline; columns are those of the terminal.
struct Mark {
    column: usize,
    width: usize,
    label: String,
    is_primary: bool,
}

/// The places of `diagnostic`: its own first, then the related ones in their order.
fn pictures(diagnostic: &dyn Diagnostic) -> Vec<Picture> {
    let mut pictures = Vec::new();
    for (number, part) in iter::once(diagnostic).chain(diagnostic.related().into_iter().flatten()).enumerate() {
        if let Some(source) = part.source_code() {
            let labels: Vec<_> = part.labels().into_iter().flatten().collect();
            let note = (number > 0).then(|| part.to_string());
            add(&mut pictures, source, &labels, note);
        }
    }
    pictures
}

/// Adds a place to the picture that already shows its neighbourhood, or as a new one. `note` is `None` for the primary place.
fn add(pictures: &mut Vec<Picture>, source: &dyn SourceCode, labels: &[LabeledSpan], note: Option<String>) {
    let is_primary = note.is_none();
    let start = labels.first().map_or((0, 0).into(), |label| *label.inner());
    let Ok(contents) = source.read_span(&start, 0, 0) else { return };
    let name = contents.name().unwrap_or_default().to_owned();
    let rows: Vec<Row> = match contents.line_count() {
        0 => Vec::new(),
        _ => labels.iter().filter_map(|label| row(source, label, is_primary)).collect(),
    };
    let near = |picture: &&mut Picture| picture.name == name && rows.iter().any(|row| picture.is_near(row.number));
    if let Some(picture) = pictures.iter_mut().find(near) {
        return rows.into_iter().for_each(|row| picture.insert(row));
    }
    let position = labels.first().map(|_| (contents.line() + 1, contents.column() + 1));
    let mut picture = Picture { header: header(&name, position), name, note: note.filter(|_| rows.is_empty()), rows: Vec::new() };
    rows.into_iter().for_each(|row| picture.insert(row));
    pictures.push(picture);
}

fn row(source: &dyn SourceCode, label: &LabeledSpan, is_primary: bool) -> Option<Row> {
    let contents = source.read_span(label.inner(), 0, 0).ok()?;
    let text = String::from_utf8_lossy(contents.data());
    let start = label.offset().saturating_sub(contents.span().offset());
    let column = width(text.get(..start).unwrap_or(&text));
    let marked = text.get(start..start.saturating_add(label.len())).map_or(0, width);
    let mark = Mark { column, width: marked.max(1), label: label.label().unwrap_or_default().to_owned(), is_primary };
    Some(Row { number: contents.line() + 1, text: text.into_owned(), marks: vec![mark] })
}

fn header(name: &str, position: Option<(usize, usize)>) -> String {
    let (path, note) = name.split_once(NOTE).map_or((name, String::new()), |(path, note)| (path, format!(" ({note})")));
    match position {
        Some((line, column)) => format!("{path}:{line}:{column}{note}"),
        None => format!("{path}{note}"),
    }
}

impl Picture {
    fn is_near(&self, number: usize) -> bool {
        self.rows.iter().any(|row| row.number.abs_diff(number) <= 1)
    }

    fn insert(&mut self, new: Row) {
        match self.rows.iter_mut().find(|row| row.number == new.number && row.text == new.text) {
            Some(row) => {
                row.marks.extend(new.marks);
                row.marks.sort_by_key(|mark| mark.column);
            }
            None => {
                let at = self.rows.partition_point(|row| row.number <= new.number);
                self.rows.insert(at, new);
            }
        }
    }
}
