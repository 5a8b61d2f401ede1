//! What there is to see at a place, in miette's protocol; each file is read once.

use std::collections::HashMap;
use std::rc::Rc;

use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::Contents;
use super::visible::visible;
use super::window::{Frame, Line, Text};
use crate::finding::{Place, Side};
use crate::text::RepoPath;

/// Bytes that sources may take while they are kept for the next finding.
const KEPT: usize = 64 << 20;

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
        self.kept += text.as_ref().map_or(0, |text| text.size());
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
