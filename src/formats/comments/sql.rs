//! SQL of every dialect: what is text and what is a comment, whichever dialect it turns out to be.

use super::Comment;
use super::lexer::line_end;

/// Code in dollar quotes in code in dollar quotes; what lies deeper counts as text.
const MAX_BODIES: usize = 2;

/// The comments of an SQL file, in order, those in the bodies of functions and of `DO` included.
pub(super) fn comments(text: &[u8]) -> Vec<Comment> {
    let mut found = Vec::new();
    Lexer { text, at: 0, end: text.len(), word: (0, 0), depth: 0 }.read(&mut found);
    found
}

/// Reads a part of a text: all of it, or a body.
struct Lexer<'t> {
    text: &'t [u8],
    at: usize,
    end: usize,
    /// The word before, without what stands between.
    word: (usize, usize),
    depth: usize,
}

impl Lexer<'_> {
    fn read(&mut self, found: &mut Vec<Comment>) {
        while self.at < self.end {
            let rest = &self.text[self.at..self.end];
            let comment = match rest {
                [b'-', b'-', ..] => Some(self.line_end()),
                [b'/', b'*', ..] => Some(self.block_end()),
                [b'#', ..] if self.is_hash_comment() => Some(self.line_end()),
                _ => None,
            };
            if let Some(end) = comment {
                found.push(Comment::new(self.at, end));
                self.at = end;
                continue;
            }
            self.at = match rest {
                [quote @ (b'\'' | b'"' | b'`'), ..] => self.string_end(*quote),
                [b'$', ..] => self.dollar(found),
                [byte, ..] if is_word(*byte) => {
                    let length = rest.iter().take_while(|byte| is_word(**byte)).count();
                    self.word = (self.at, self.at + length);
                    self.at + length
                }
                _ => self.at + 1,
            };
        }
    }

    fn line_end(&self) -> usize {
        line_end(&self.text[..self.end], self.at)
    }

    /// MySQL's comment. To others `#` is an operator, which text follows, and which no line starts with.
    fn is_hash_comment(&self) -> bool {
        let is_blank = |at: usize| matches!(self.text[at], b' ' | b'\t');
        let is_break = |at: usize| matches!(self.text[at], b'\n' | b'\r');
        match self.at.checked_sub(1) {
            None => true,
            Some(before) if is_break(before) => true,
            Some(before) => is_blank(before) && self.text.get(self.at + 1).is_none_or(u8::is_ascii_whitespace),
        }
    }

    /// Block comments nest in PostgreSQL. Where they do not, one in another is rare.
    fn block_end(&self) -> usize {
        let (mut depth, mut at) = (0_usize, self.at);
        while at < self.end {
            match &self.text[at..self.end] {
                [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
                [b'*', b'/', ..] if depth <= 1 => return at + 2,
                [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
                _ => at += 1,
            }
        }
        self.end
    }

    fn string_end(&self, quote: u8) -> usize {
        let word = &self.text[self.word.0..self.word.1];
        let escapes = quote == b'\'' && self.word.1 == self.at && word.eq_ignore_ascii_case(b"e");
        let mut at = self.at + 1;
        while at < self.end {
            match self.text[at] {
                b'\\' if escapes || self.is_escaped(at, quote) => at += 2,
                byte if byte == quote => return at + 1,
                _ => at += 1,
            }
        }
        self.end
    }

    /// MySQL escapes quotes by a backslash. To others the string ends there, and no word follows it at once.
    fn is_escaped(&self, backslash: usize, quote: u8) -> bool {
        let behind = &self.text[backslash + 1..self.end];
        matches!(behind, [first, second, ..] if *first == quote && is_word(*second))
    }

    /// A dollar quote: text, unless it is the body of a function or of `DO`, which is code.
    fn dollar(&mut self, found: &mut Vec<Comment>) -> usize {
        let rest = &self.text[self.at + 1..self.end];
        let length = rest.iter().take_while(|byte| is_word(**byte)).count();
        if rest.get(length) != Some(&b'$') || rest.first().is_some_and(u8::is_ascii_digit) {
            return self.at + 1 + length;
        }
        let start = self.at + length + 2;
        let tag = &self.text[self.at..start];
        let closing = self.text[start..self.end].windows(tag.len()).position(|part| part == tag);
        let Some(end) = closing.map(|at| start + at) else { return self.end };
        let word = &self.text[self.word.0..self.word.1];
        let is_code = [&b"as"[..], b"do", b"sql", b"plpgsql"].iter().any(|known| word.eq_ignore_ascii_case(known));
        if is_code && self.depth < MAX_BODIES {
            Lexer { text: self.text, at: start, end, word: (start, start), depth: self.depth + 1 }.read(found);
        }
        end + tag.len()
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
