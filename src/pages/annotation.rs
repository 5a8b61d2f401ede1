//! The `~` lines of a page: what is found, drawn below where it is found.

use std::collections::{BTreeMap, HashMap};

use super::parse::Block;
use crate::finding::{Finding, Place, Range, Reason, Related, Severity, Side, Unjudged};
use crate::report::{Report, visible};
use crate::text::RepoPath;

/// The column from which on places are told by number: nobody reads carets there.
const FAR: usize = 400;

/// Whether a line inside a file's block is an annotation.
pub(super) fn is_annotation(line: &str) -> bool {
    line.starts_with('~')
}

/// Checks the form of an annotation; `above` tells whether a line of the file stands above it.
///
/// # Errors
/// What is wrong with it, as one line.
pub(super) fn validate(line: &str, above: bool) -> Result<(), String> {
    let line = line.trim_end();
    let rest = line.strip_prefix('~').unwrap_or(line);
    let starts = |word: &str| rest.strip_prefix(word).is_some_and(|rest| rest.starts_with(' '));
    if ["file", "at", "unjudged"].into_iter().any(starts) {
        return Ok(());
    }
    let carets = rest.trim_start_matches([' ', '\t']);
    let message = carets.trim_start_matches('^');
    if message.len() == carets.len() {
        let word = rest.split_whitespace().next().unwrap_or_default();
        return Err(format!("unknown annotation `~{word}`; known: carets, `~file`, `~at`, `~unjudged`"));
    }
    if !above {
        return Err("these carets stand below no line of the file".into());
    }
    let word = message.trim_start().split([' ', ':']).next().unwrap_or_default();
    match word == "related" || Severity::parse(word).is_some() {
        true => Ok(()),
        false => Err(format!("`{word}` behind the carets is neither a severity nor `related`")),
    }
}

/// A file of a case, with what maps its bytes to the lines of the page.
pub(super) struct Shown<'p> {
    pub block: &'p Block,
    /// The lines of the file: where each starts in its content, and its line of the page.
    starts: Vec<(usize, usize)>,
    pub content: String,
}

impl<'p> Shown<'p> {
    /// The file in `block` of a page.
    pub fn new(block: &'p Block, lines: &[&str]) -> Self {
        let mut shown = Shown { block, starts: Vec::new(), content: String::new() };
        for at in block.lines.clone() {
            let line = lines.get(at).copied().unwrap_or_default();
            if !is_annotation(line) {
                shown.starts.push((shown.content.len(), at));
                shown.content.push_str(line);
            }
        }
        shown
    }

    /// The line of the page (from 0) that holds a byte of the content.
    pub fn page_line(&self, byte: usize) -> Option<usize> {
        self.line(byte).map(|(_, line)| line)
    }

    /// Where the line that holds a byte starts in the content, and which line of the page it is.
    fn line(&self, byte: usize) -> Option<(usize, usize)> {
        let at = self.starts.partition_point(|(start, _)| *start <= byte).checked_sub(1)?;
        self.starts.get(at).copied()
    }
}

/// One annotation. Those of a line are ordered as the fields are.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Note {
    form: Form,
    columns: (usize, usize),
    text: String,
}

/// What an annotation is, in the order in which they stand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    File,
    Carets,
    Unjudged,
    At,
}

/// What a run found, by the line of the page (from 0) below which it is written.
pub(super) fn annotations(report: &Report, files: &[Shown<'_>]) -> BTreeMap<usize, Vec<String>> {
    let mut writer = Writer::new(files);
    for finding in &report.findings {
        writer.finding(finding);
    }
    for unjudged in &report.unjudged {
        writer.unjudged(unjudged);
    }
    writer.finish()
}

struct Writer<'f, 'p> {
    files: HashMap<(&'f RepoPath, bool), &'f Shown<'p>>,
    /// The line below which stands what is found in no file of the page.
    end: usize,
    notes: BTreeMap<usize, Vec<Note>>,
}

impl<'f, 'p> Writer<'f, 'p> {
    fn new(files: &'f [Shown<'p>]) -> Self {
        let by_path = files.iter().map(|file| ((&file.block.path, file.block.base), file)).collect();
        let last = files.iter().rfind(|file| !file.block.base).or(files.last());
        let end = last.map_or(0, |file| file.line(usize::MAX).map_or_else(|| above(file.block), |(_, line)| line));
        Writer { files: by_path, end, notes: BTreeMap::new() }
    }

    fn finding(&mut self, finding: &Finding) {
        if &*finding.rule == "policy" && self.file(&finding.place, &Side::Head).is_none() {
            return;
        }
        let (severity, message) = (finding.severity.as_str(), visible(&finding.message));
        let text = format!("{severity} {} {}: {message}", finding.rule, finding.code);
        self.write(&finding.place, &Side::Head, &text);
        self.related(&finding.related);
    }

    fn unjudged(&mut self, unjudged: &Unjudged) {
        let text = format!("unjudged {}: {}", unjudged.reason.as_str(), visible(&unjudged.message));
        match self.file(&unjudged.place, &Side::Head) {
            None if unjudged.reason == Reason::NoBase => return,
            None => self.at(&unjudged.place, &text),
            Some(file) => {
                let line = unjudged.place.range.and_then(|range| file.line(range.start.byte));
                let line = line.map_or_else(|| above(file.block), |(_, line)| line);
                self.note(line, Form::Unjudged, (0, 0), format!("~{text}"));
            }
        }
        self.related(&unjudged.related);
    }

    fn related(&mut self, related: &[Related]) {
        for other in related {
            self.write(&other.place, &other.side, &format!("related: {}", visible(&other.message)));
        }
    }

    fn write(&mut self, place: &Place, side: &Side, text: &str) {
        let Some(file) = self.file(place, side) else { return self.at(place, text) };
        let ranged = place.range.and_then(|range| Some((range, file.line(range.start.byte)?)));
        let Some((range, (start, line))) = ranged else {
            return self.note(above(file.block), Form::File, (0, 0), format!("~file {text}"));
        };
        match carets(&file.content, start, &range) {
            Some((columns, carets)) => self.note(line, Form::Carets, columns, format!("{carets} {text}")),
            None => self.note(line, Form::At, (range.start.byte, range.end.byte), at(place, text)),
        }
    }

    /// Where a place lies in no file of the page: a directory, the policy of several cases, the repository's own.
    fn at(&mut self, place: &Place, text: &str) {
        self.note(self.end, Form::At, (0, 0), at(place, text));
    }

    /// The file that a place lies in: of head, else (a deleted one) of base.
    fn file(&self, place: &Place, side: &Side) -> Option<&'f Shown<'p>> {
        let of = |base| self.files.get(&(&place.path, base)).copied();
        match side {
            Side::Head | Side::Policy => of(false).or_else(|| of(true)),
            Side::Base => of(true),
            Side::Peer(_) => None,
        }
    }

    fn note(&mut self, line: usize, form: Form, columns: (usize, usize), text: String) {
        self.notes.entry(line).or_default().push(Note { form, columns, text });
    }

    fn finish(self) -> BTreeMap<usize, Vec<String>> {
        let texts = |mut notes: Vec<Note>| {
            notes.sort();
            // Findings that share their other end say so once.
            notes.dedup();
            notes.into_iter().map(|note| note.text).collect()
        };
        self.notes.into_iter().map(|(line, notes)| (line, texts(notes))).collect()
    }
}

/// An annotation that names its place.
fn at(place: &Place, text: &str) -> String {
    let position = place.range.map(|range| format!(":{}:{}", range.start.line, range.start.column)).unwrap_or_default();
    format!("~at {}{position} {text}", visible(place.path.as_str()))
}

/// The line above a block's first: its fence.
fn above(block: &Block) -> usize {
    block.lines.start.saturating_sub(1)
}

/// The columns of a range on its first line (from 0), and `~` with carets below them; none where it stands too far right to be
/// drawn. The `~` hides the first column; of a range without columns one caret is drawn.
fn carets(content: &str, line_start: usize, range: &Range) -> Option<((usize, usize), String)> {
    let line = content.get(line_start..)?;
    let chars = || line.char_indices().take_while(|(_, c)| !matches!(c, '\n' | '\r')).take(2 * FAR);
    let columns = |byte: usize| chars().take_while(|(at, _)| line_start + at < byte).count();
    let (start, end) = (columns(range.start.byte), columns(range.end.byte));
    if start >= FAR {
        return None;
    }
    let from = start.max(1);
    let mut text = String::from("~");
    // A tab in the first column reaches as far with the `~` before it.
    let hidden = usize::from(!line.starts_with('\t'));
    text.extend(chars().take(from).skip(hidden).map(|(_, c)| if c == '\t' { '\t' } else { ' ' }));
    text.extend(std::iter::repeat_n('^', end.saturating_sub(from).max(1)));
    Some(((start, end), text))
}
