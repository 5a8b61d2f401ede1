//! The lines of a file that a place stands in: read once, clamped, cut to the width at hand, and safe to print.

use std::collections::HashMap;
use std::ops;
use std::rc::Rc;

use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use unicode_width::UnicodeWidthChar;

use super::Contents;
use super::secret;
use super::visible::{self, visible};
use crate::finding::{Place, Range, Side};
use crate::text::{LineIndex, RepoPath, Span};

/// Bytes that sources may take while they are kept for the next finding.
const KEPT: usize = 64 << 20;

/// What a tab is drawn as.
const TAB: &str = "    ";

/// How wide a source line may be drawn, and what stands for the rest.
#[derive(Clone, Copy)]
pub struct Frame {
    pub room: usize,
    pub ellipsis: &'static str,
}

/// The files that places point into, each read and indexed once.
pub struct Sources<'a> {
    contents: &'a dyn Contents,
    frame: Frame,
    known: HashMap<(Side, RepoPath), Option<Rc<Text>>>,
    kept: usize,
}

impl<'a> Sources<'a> {
    pub fn new(contents: &'a dyn Contents, frame: Frame) -> Self {
        Sources { contents, frame, known: HashMap::new(), kept: 0 }
    }

    /// What `place` looks like in the tree `side`.
    pub fn excerpt(&mut self, side: &Side, place: &Place) -> Excerpt {
        let mut name = visible(place.path.as_str()).into_owned();
        if let Side::Base | Side::Peer(_) = side {
            name += &format!("{NOTE}in {}", visible(side.as_str()));
        }
        let lines = match place.range {
            Some(range) => self.text(side, &place.path).map(|text| text.lines(range, self.frame)),
            None => None,
        };
        Excerpt { name, start: place.range.map(|range| (range.start.line, range.start.column)), lines: lines.unwrap_or_default() }
    }

    fn text(&mut self, side: &Side, path: &RepoPath) -> Option<Rc<Text>> {
        let key = (side.clone(), path.clone());
        if let Some(text) = self.known.get(&key) {
            return text.clone();
        }
        if self.kept > KEPT {
            self.known.clear();
            self.kept = 0;
        }
        let text = self.contents.content(side, path).map(|bytes| Rc::new(Text::new(bytes, self.contents.is_secret(path))));
        self.kept += text.as_ref().map_or(0, |text| text.bytes.len() + 16 * text.lines.lines());
        self.known.insert(key, text.clone());
        text
    }
}

/// Between a file's name and a remark on it; no printable name holds it.
pub const NOTE: char = '\t';

/// What there is to see at a place: the line in which it starts, and the one in which it ends.
///
/// As a [`SourceCode`] it is a text of its own, which holds nothing that a terminal would obey: labels are offsets into
/// that text, lines and columns are those of the file. Without a window (a path alone, a file that cannot be had) it has no
/// lines, and `line_count` is 0.
#[derive(Clone, Debug)]
pub struct Excerpt {
    name: String,
    start: Option<(usize, usize)>,
    lines: Vec<Line>,
}

/// One line of an excerpt.
#[derive(Clone, Debug)]
struct Line {
    number: usize,
    column: usize,
    text: String,
    mark: ops::Range<usize>,
}

impl Excerpt {
    /// The marks of this excerpt, the last one with `label`; none where the file as a whole is meant.
    pub fn labels(&self, label: &str) -> Vec<LabeledSpan> {
        if self.lines.is_empty() {
            return self.start.map(|_| LabeledSpan::new(Some(label.to_owned()), 0, 0)).into_iter().collect();
        }
        let mut labels: Vec<_> =
            self.offsets().map(|(at, line)| LabeledSpan::new(None, at + line.mark.start, line.mark.len())).collect();
        if let Some(last) = labels.last_mut() {
            last.set_label(Some(label.to_owned()));
        }
        labels
    }

    /// Whether there is a line to see.
    pub fn has_window(&self) -> bool {
        !self.lines.is_empty()
    }

    /// The lines, and where each starts in the excerpt's own text.
    fn offsets(&self) -> impl Iterator<Item = (usize, &Line)> {
        self.lines.iter().scan(0, |at, line| {
            let start = *at;
            *at += line.text.len() + 1;
            Some((start, line))
        })
    }
}

impl SourceCode for Excerpt {
    /// The line that `span` starts in, whatever context is asked for.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        _before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let found = self.offsets().take_while(|(at, _)| *at <= span.offset()).last();
        let (at, number, column, text, count) = match found {
            Some((at, line)) => (at, line.number, line.column, line.text.as_str(), 1),
            None => {
                let (number, column) = self.start.unwrap_or((1, 1));
                (0, number, column, "", 0)
            }
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            text.as_bytes(),
            (at, text.len()).into(),
            number.saturating_sub(1),
            column.saturating_sub(1),
            count,
        )))
    }
}

/// A file, its lines, and what of them must not be shown.
struct Text {
    bytes: Vec<u8>,
    lines: LineIndex,
    /// Of a secret file: the byte from which each line is hidden.
    hidden: Option<Vec<usize>>,
}

impl Text {
    fn new(bytes: Vec<u8>, is_secret: bool) -> Self {
        let lines = LineIndex::new(&bytes);
        let hidden = is_secret.then(|| {
            let spans = (1..=lines.lines()).map(|number| line_span(&bytes, &lines, number));
            secret::hidden(&bytes, spans)
        });
        Text { bytes, lines, hidden }
    }

    fn lines(&self, range: Range, frame: Frame) -> Vec<Line> {
        let start = range.start.byte.min(self.bytes.len());
        let end = range.end.byte.clamp(start, self.bytes.len());
        let first = self.lines.position(&self.bytes, start).line;
        // A range that takes a line break along ends in that line, not in the next one.
        let last = self.lines.position(&self.bytes, end.saturating_sub(1).max(start)).line;
        if first == last {
            return vec![self.line(first, range.start.column, Span::new(start, end), frame)];
        }
        let below = line_span(&self.bytes, &self.lines, last);
        let indent = below.slice(&self.bytes).iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        vec![
            self.line(first, range.start.column, Span::new(start, end), frame),
            self.line(last, range.end.column, Span::new((below.start + indent).min(end), end), frame),
        ]
    }

    fn line(&self, number: usize, column: usize, mark: Span, frame: Frame) -> Line {
        let line = line_span(&self.bytes, &self.lines, number);
        let mark = Span::new(mark.start.clamp(line.start, line.end), mark.end.clamp(line.start, line.end));
        let hidden = self.hidden.as_ref().and_then(|hidden| hidden.get(number - 1)).map_or(line.end, |from| *from);
        let (text, mark) = Cells::new(&self.bytes, line, hidden, mark.start, frame).window(mark, frame);
        Line { number, column, text, mark }
    }
}

/// A line without its break and without a byte order mark.
fn line_span(bytes: &[u8], lines: &LineIndex, number: usize) -> Span {
    let start = lines.line_start(number);
    let end = if number < lines.lines() { lines.line_start(number + 1) } else { bytes.len() };
    let line = Span::new(start, end).slice(bytes);
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let mark = if start == 0 && line.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    Span::new(start + mark, start + line.len())
}

/// A stretch of a line as it is drawn, character by character.
struct Cells {
    text: String,
    /// Where each character starts, and a last one for the end.
    stops: Vec<Stop>,
    cut_left: bool,
    cut_right: bool,
}

#[derive(Clone, Copy)]
struct Stop {
    /// Byte of the file.
    source: usize,
    /// Byte of the drawn text.
    text: usize,
    /// Columns drawn before it.
    width: usize,
}

impl Cells {
    /// As much of `line` around the byte `around` as could ever be drawn; what lies past `hidden` is an ellipsis.
    fn new(bytes: &[u8], line: Span, hidden: usize, around: usize, frame: Frame) -> Self {
        let reach = frame.room * 4 + 16;
        let shown = hidden.clamp(line.start, line.end);
        let mut start = around.saturating_sub(reach).clamp(line.start, shown);
        while start > line.start && start < shown && bytes.get(start).is_some_and(|byte| byte & 0xC0 == 0x80) {
            start += 1;
        }
        let end = around.saturating_add(reach).clamp(start, shown);
        let mut cells = Cells { text: String::new(), stops: Vec::new(), cut_left: start > line.start, cut_right: end < shown };
        let mut width = 0;
        let mut at = start;
        for chunk in Span::new(start, end).slice(bytes).utf8_chunks() {
            for c in chunk.valid().chars() {
                cells.push(at, &mut width, c);
                at += c.len_utf8();
            }
            if !chunk.invalid().is_empty() {
                cells.push(at, &mut width, char::REPLACEMENT_CHARACTER);
                at += chunk.invalid().len();
            }
        }
        if shown < line.end && !cells.cut_right {
            cells.stops.push(Stop { source: shown, text: cells.text.len(), width });
            cells.text.push_str(frame.ellipsis);
            width += visible::width(frame.ellipsis);
            at = line.end;
        }
        cells.stops.push(Stop { source: at, text: cells.text.len(), width });
        cells
    }

    fn push(&mut self, source: usize, width: &mut usize, c: char) {
        let text = self.text.len();
        self.stops.push(Stop { source, text, width: *width });
        match c {
            '\t' => self.text.push_str(TAB),
            c => visible::push(c, &mut self.text),
        }
        *width += self.text.get(text..).unwrap_or_default().chars().filter_map(UnicodeWidthChar::width).sum::<usize>();
    }

    /// The text to draw in `frame`, with `mark` in sight, and which bytes of that text are marked.
    fn window(&self, mark: Span, frame: Frame) -> (String, ops::Range<usize>) {
        let count = self.stops.len() - 1;
        let first = self.stops.partition_point(|stop| stop.source <= mark.start).saturating_sub(1);
        let past = self.stops.partition_point(|stop| stop.source < mark.end).min(count);
        let past = past.max(if mark.is_empty() { first } else { (first + 1).min(count) });
        let (from, to) = match self.cut_left || self.cut_right || self.width(0, count) > frame.room {
            true => self.around(first, past, frame.room.saturating_sub(2 * visible::width(frame.ellipsis))),
            false => (0, count),
        };
        let left = if from > 0 || self.cut_left { frame.ellipsis } else { "" };
        let right = if to < count || self.cut_right { frame.ellipsis } else { "" };
        let (start, end) = (self.stops[from].text, self.stops[to].text);
        let place = |at: usize| self.stops[at].text.clamp(start, end) - start + left.len();
        (format!("{left}{}{right}", self.text.get(start..end).unwrap_or_default()), place(first)..place(past))
    }

    /// The stops between which `room` columns lie, with the mark `first..past` and some context on both sides.
    fn around(&self, first: usize, past: usize, room: usize) -> (usize, usize) {
        let budget = room.saturating_sub(self.width(first, past));
        let right = self.width(past, self.stops.len() - 1);
        let left = self.width(0, first).min(budget.saturating_sub(right).max(budget / 3));
        let least = self.stops[first].width - left;
        let from = self.stops.partition_point(|stop| stop.width < least).min(first);
        let most = self.stops[from].width + room;
        let to = self.stops.partition_point(|stop| stop.width <= most) - 1;
        (from, to.max(from))
    }

    fn width(&self, from: usize, to: usize) -> usize {
        self.stops[to].width - self.stops[from].width
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(text: &str, mark: (usize, usize), room: usize) -> String {
        let text = Text::new(text.into(), false);
        let at = |byte| text.lines.position(&text.bytes, byte);
        let frame = Frame { room, ellipsis: "…" };
        let lines = text.lines(Range { start: at(mark.0), end: at(mark.1) }, frame);
        let show = |line: &Line| {
            let (start, end) = (line.mark.start, line.mark.end);
            format!("{}:{}[{}]{}", line.number, &line.text[..start], &line.text[start..end], &line.text[end..])
        };
        lines.iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_line_that_fits_is_shown_whole() {
        assert_eq!(window("a\nbcd\n", (3, 4), 20), "2:b[c]d");
        assert_eq!(window("\u{feff}ab", (0, 4), 20), "1:[a]b");
        assert_eq!(window("\tx\x1b\r\ny", (1, 3), 20), "1:    [x␛]");
        assert_eq!(window("ab", (2, 2), 20), "1:ab[]");
    }

    #[test]
    fn a_long_line_is_cut_around_the_mark() {
        let line = format!("{}MARK{}", "a".repeat(70_000), "b".repeat(70_000));
        assert_eq!(window(&line, (70_000, 70_004), 20), "1:…aaaa[MARK]bbbbbbbbbb…");
        assert_eq!(window(&line, (0, 2), 10), "1:[aa]aaaaaa…");
        assert_eq!(window(&line, (140_003, 140_004), 10), "1:…bbbbbbb[b]");
        assert_eq!(window(&line, (0, 140_004), 10), "1:[aaaaaaaa]…");
    }

    #[test]
    fn a_range_over_lines_shows_where_it_starts_and_ends() {
        assert_eq!(window("fn x(\n  a,\n  b)\nz", (3, 15), 20), "1:fn [x(] 3:  [b)]");
        assert_eq!(window("one\ntwo\n", (0, 4), 20), "1:[one]");
    }
}
