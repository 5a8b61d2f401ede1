//! Tokens of SQL: kinds, spans, and the names that they spell.

use crate::text::Span;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    Space,
    /// A comment of any form, and what a template language leaves out.
    Comment,
    /// A key word or a plain identifier.
    Word,
    /// An identifier in quotes of any form.
    Quoted,
    /// An identifier in back-ticks.
    Ticked,
    /// A string of any form, dollar quotes aside.
    String,
    /// A dollar-quoted string.
    Dollar,
    Number,
    /// `$1`, `?`.
    Parameter,
    Operator,
    Open,
    Close,
    Comma,
    Semicolon,
    Dot,
    /// A line for the client: `\i x`, `DELIMITER //`, `GO`.
    Meta,
    /// Rows between `COPY … FROM stdin;` and `\.`.
    Data,
    /// Another end of a statement than a semicolon.
    Delimiter,
    /// A quote or comment that never ends.
    Unterminated,
    /// A byte that belongs nowhere.
    Other,
}

/// A piece of a text; a text is its tokens, one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    start: u32,
    end: u32,
}

impl Token {
    pub(super) fn new(kind: TokenKind, start: usize, end: usize) -> Self {
        let cut = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Token { kind, start: cut(start), end: cut(end) }
    }

    pub fn span(self) -> Span {
        Span::new(self.start as usize, self.end as usize)
    }

    pub fn bytes(self, text: &[u8]) -> &[u8] {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// Whether it says nothing to the database.
    pub fn is_trivia(self) -> bool {
        matches!(self.kind, TokenKind::Space | TokenKind::Comment | TokenKind::Data)
    }

    /// Whether it is that word, in any case, without quotes.
    pub fn is_word(self, text: &[u8], word: &str) -> bool {
        self.kind == TokenKind::Word && self.bytes(text).eq_ignore_ascii_case(word.as_bytes())
    }
}
