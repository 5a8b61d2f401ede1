//! YAML: a `#` is a comment where a token could start, and not in quotes, plain text or block scalars.
//!
//! Lines are read for themselves, so that a template or a stream with a fault has its comments too.

use super::Comment;
use super::lines::lines;

/// The comments of a YAML stream, in order.
pub(super) fn comments(text: &[u8]) -> Vec<Comment> {
    let mut reader = Reader { text, ..Reader::default() };
    for (start, end) in lines(text) {
        // A quoted text may have taken this line already.
        if reader.at <= start {
            reader.at = start;
            reader.line = start;
            reader.read_line(end);
        } else if reader.at <= end {
            reader.tokens(end);
        }
    }
    reader.found
}

#[derive(Default)]
struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    /// Where the line starts.
    line: usize,
    /// The column of the collection's entry that is being read; none at the top.
    column_of_node: Option<usize>,
    /// How many flow collections are open.
    flow: usize,
    state: State,
    /// Where the anchor or tag starts that the next token has.
    properties: Option<usize>,
    found: Vec<Comment>,
}

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    Token,
    /// A plain scalar, which goes on in lines that are indented deeper than its node.
    Plain,
    /// A block scalar of the node, and the column of its text where that is known.
    Block(Option<usize>),
}

impl Reader<'_> {
    fn read_line(&mut self, end: usize) {
        let line = &self.text[self.line..end];
        let indent = line.iter().take_while(|byte| **byte == b' ').count();
        let is_blank = line.iter().all(u8::is_ascii_whitespace);
        let is_marker = (line.starts_with(b"---") || line.starts_with(b"...")) && line.get(3).is_none_or(u8::is_ascii_whitespace);
        let deeper = self.column_of_node.is_none_or(|column| indent > column);
        if is_marker {
            (self.column_of_node, self.flow, self.state) = (None, 0, State::Token);
            self.at += 3;
            return self.tokens(end);
        }
        match self.state {
            State::Block(_) | State::Plain if is_blank => return,
            State::Block(None) if deeper => return self.state = State::Block(Some(indent)),
            State::Block(Some(column)) if indent >= column => return,
            State::Plain if deeper && self.flow == 0 => {}
            _ => {
                self.state = State::Token;
                if self.flow == 0 {
                    self.column_of_node = None;
                }
            }
        }
        self.at += indent;
        self.properties = None;
        self.tokens(end);
    }

    /// Reads to the end of the line, or to that of a quoted text that starts in it.
    fn tokens(&mut self, end: usize) {
        while self.at < end {
            let before = self.at.checked_sub(1).map(|at| self.text[at]);
            let apart = self.at == self.line || before.is_none_or(|byte| byte.is_ascii_whitespace());
            match (self.text[self.at], self.state) {
                (b' ' | b'\t', _) => self.at += 1,
                (b'#', _) if apart => {
                    self.found.push(Comment::new(self.at, end));
                    (self.at, self.state) = (end, State::Token);
                    return;
                }
                (_, State::Plain) => self.plain(end),
                (quote @ (b'"' | b'\''), _) => {
                    let start = self.at;
                    self.at = quoted_end(self.text, start, quote);
                    self.key(start, end);
                }
                (byte, _) => self.token(byte, end),
            }
        }
        if self.flow > 0 && matches!(self.state, State::Plain) {
            self.state = State::Token;
        }
    }

    fn token(&mut self, byte: u8, end: usize) {
        let next = self.text.get(self.at + 1).copied().filter(|_| self.at + 1 < end);
        let ends_token = next.is_none_or(|byte| byte.is_ascii_whitespace());
        match byte {
            b'-' | b'?' if ends_token && self.flow == 0 => {
                self.column_of_node = Some(self.at - self.line);
                self.at += 1;
                self.properties = None;
            }
            b':' if ends_token || self.flow > 0 => self.at += 1,
            b'[' | b'{' => (self.flow, self.at) = (self.flow + 1, self.at + 1),
            b']' | b'}' if self.flow > 0 => (self.flow, self.at) = (self.flow - 1, self.at + 1),
            b',' if self.flow > 0 => self.at += 1,
            b'&' | b'!' | b'*' => {
                let start = self.at;
                while self.at < end && !self.text[self.at].is_ascii_whitespace() && !(self.flow > 0 && self.is_flow_mark()) {
                    self.at += 1;
                }
                match byte {
                    b'*' => self.key(start, end),
                    _ => _ = self.properties.get_or_insert(start),
                }
            }
            b'|' | b'>' if self.flow == 0 && self.is_block_header(end) => {
                let digit = self.text[self.at..end].iter().find(|byte| byte.is_ascii_digit());
                let explicit = digit.map(|digit| usize::from(digit - b'0') + self.column_of_node.unwrap_or(0));
                while self.at < end && !self.text[self.at].is_ascii_whitespace() {
                    self.at += 1;
                }
                let comment = self.text[self.at..end].iter().position(|byte| *byte == b'#');
                self.found.extend(comment.map(|at| Comment::new(self.at + at, end)));
                (self.at, self.state) = (end, State::Block(explicit));
            }
            _ => {
                self.state = State::Plain;
                self.plain(end);
            }
        }
    }

    fn is_flow_mark(&self) -> bool {
        matches!(self.text[self.at], b',' | b'[' | b']' | b'{' | b'}')
    }

    /// `|`, `>-`, `|2+`, and behind it at most a comment.
    fn is_block_header(&self, end: usize) -> bool {
        let rest = &self.text[self.at + 1..end];
        let marks = rest.iter().take_while(|byte| matches!(byte, b'+' | b'-' | b'1'..=b'9')).count();
        let behind = &rest[marks..];
        let text = behind.trim_ascii_start();
        marks <= 2 && (text.is_empty() || (text[0] == b'#' && text.len() < behind.len()))
    }

    /// Reads plain text up to a comment, a key's colon or the end of the line.
    fn plain(&mut self, end: usize) {
        let start = self.at;
        while self.at < end {
            let byte = self.text[self.at];
            let next = self.text.get(self.at + 1).filter(|_| self.at + 1 < end);
            let ends = next.is_none_or(|byte| byte.is_ascii_whitespace());
            let is_comment = byte == b'#' && self.at > start && self.text[self.at - 1].is_ascii_whitespace();
            if is_comment {
                return;
            }
            if (byte == b':' && ends) || (self.flow > 0 && self.is_flow_mark()) {
                self.state = State::Token;
                return self.key(start, end);
            }
            self.at += 1;
        }
    }

    /// Where a colon follows, what starts at `start` is a key, and its value belongs to its column.
    fn key(&mut self, start: usize, end: usize) {
        let start = self.properties.take().unwrap_or(start);
        let colon = self.text.get(self.at..end).unwrap_or_default().trim_ascii_start().starts_with(b":");
        if colon && self.flow == 0 && start >= self.line {
            self.column_of_node = Some(start - self.line);
        }
    }
}

/// Behind the quoted text that starts at `start`.
fn quoted_end(text: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' if quote == b'"' => at += 2,
            byte if *byte == quote => {
                if quote == b'\'' && text.get(at + 1) == Some(&quote) {
                    at += 2;
                    continue;
                }
                return at + 1;
            }
            _ => at += 1,
        }
    }
    text.len()
}
