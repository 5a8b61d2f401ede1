//! Lines of a file as they are drawn: cut to the width at hand around a mark, with values of secret files left out.

use std::ops;

use unicode_width::UnicodeWidthChar;

use super::visible;
use crate::finding::Range;
use crate::formats::secret;
use crate::text::{LineIndex, Span};

/// What a tab is drawn as.
const TAB: &str = "    ";

/// How wide a source line may be drawn, and what stands for the rest.
#[derive(Clone, Copy)]
pub struct Frame {
    pub room: usize,
    pub ellipsis: &'static str,
}

/// A file, its lines, and what of them must not be shown.
pub struct Text {
    bytes: Vec<u8>,
    lines: LineIndex,
    /// Of a secret file: the byte from which each line is hidden.
    hidden: Option<Vec<usize>>,
}

/// A line as it is drawn; it holds nothing that a terminal would obey.
#[derive(Clone, Debug)]
pub struct Line {
    pub number: usize,
    pub column: usize,
    pub text: String,
    /// The marked bytes of `text`.
    pub mark: ops::Range<usize>,
}

impl Text {
    pub fn new(bytes: Vec<u8>, is_secret: bool) -> Self {
        let lines = LineIndex::new(&bytes);
        let hidden = is_secret.then(|| {
            let spans = (1..=lines.lines()).map(|number| line_span(&bytes, &lines, number));
            secret::hidden(&bytes, spans)
        });
        Text { bytes, lines, hidden }
    }

    /// The lines in which `range` starts and ends, however wrong it is for this file.
    pub fn lines(&self, range: Range, frame: Frame) -> Vec<Line> {
        let start = range.start.byte.min(self.bytes.len());
        let end = range.end.byte.clamp(start, self.bytes.len());
        let first = self.lines.position(&self.bytes, start).line;
        // A range that takes a line break along ends in that line, not in the next one.
        let last = self.lines.position(&self.bytes, end.saturating_sub(1).max(start)).line;
        if first == last {
            return vec![self.line(first, range.start.column, Span::new(start, end), frame)];
        }
        let below = line_span(&self.bytes, &self.lines, last);
        // Not the whole line, which may be all blanks and belong to a thousand findings.
        let beginning = below.slice(&self.bytes).iter().take(frame.room);
        let indent = beginning.take_while(|byte| byte.is_ascii_whitespace()).count();
        vec![
            self.line(first, range.start.column, Span::new(start, end), frame),
            self.line(last, range.end.column, Span::new((below.start + indent).min(end), end), frame),
        ]
    }

    /// The memory that it takes, more or less.
    pub fn size(&self) -> usize {
        self.bytes.len() + 16 * self.lines.lines()
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
