//! The splitter: tokens into statements, as the clients of a dialect tell them apart.

use super::lex::Lexer;
use super::token::{Token, TokenKind};
use super::{Dialect, Piece, Reading};

/// Splits a text. `each` sees every token, those that say nothing included.
pub(super) fn split(text: &[u8], reading: &Reading, mut each: impl FnMut(Token)) -> Vec<Piece> {
    let mut splitter = Splitter {
        text,
        dialect: reading.dialect,
        lexer: Lexer::new(text, reading),
        current: Vec::new(),
        pieces: Vec::new(),
        inside: Inside::default(),
    };
    while let Some(token) = splitter.next() {
        each(token);
        splitter.take(token);
    }
    splitter.finish(false);
    splitter.pieces
}

/// The tokens that say something in a part of a text.
pub(super) fn tokens_in(text: &[u8], span: crate::text::Span, reading: &Reading) -> Vec<Token> {
    let mut lexer = Lexer::new(&text[..span.end.min(text.len())], reading);
    lexer.at = span.start;
    std::iter::from_fn(|| lexer.next()).filter(|token| !token.is_trivia()).collect()
}

struct Splitter<'t> {
    text: &'t [u8],
    dialect: Dialect,
    lexer: Lexer<'t>,
    /// The tokens of the statement so far.
    current: Vec<Token>,
    pieces: Vec<Piece>,
    inside: Inside,
}

/// What keeps a semicolon from ending the statement.
#[derive(Default)]
struct Inside {
    parens: usize,
    /// Open `BEGIN` and `CASE` of a body.
    blocks: usize,
    body: Body,
    /// Whether `BEGIN` was there.
    begun: bool,
    /// Whether rows follow the statement.
    copies: bool,
}

/// Whether the statement's text may hold statements.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Body {
    #[default]
    No,
    /// `CREATE FUNCTION … BEGIN ATOMIC … END` of PostgreSQL.
    Atomic,
    /// `CREATE RULE … DO ( … )` of PostgreSQL.
    Rule,
    /// `CREATE TRIGGER … BEGIN …; END` of SQLite.
    Trigger,
    /// `BEGIN … END` of MySQL's procedures, functions, triggers and events.
    Compound,
}

impl Splitter<'_> {
    fn next(&mut self) -> Option<Token> {
        if std::mem::take(&mut self.inside.copies)
            && let Some(data) = self.lexer.copy_data()
        {
            return Some(data);
        }
        if self.current.is_empty() && self.at_client_line() {
            return Some(self.lexer.meta_line());
        }
        self.lexer.next()
    }

    /// Whether a line for the client starts here: `DELIMITER x`, `GO`.
    fn at_client_line(&self) -> bool {
        let rest = &self.text[self.lexer.at.min(self.text.len())..];
        let starts_line = self.lexer.at == 0 || matches!(self.text.get(self.lexer.at - 1), Some(b'\n' | b'\r' | b' ' | b'\t'));
        let line = || rest.get(..self.lexer.line_length()).unwrap_or_default();
        match (self.dialect, rest.first()) {
            (Dialect::Mysql, Some(b'D' | b'd')) if starts_line => starts_with_word(line(), b"delimiter"),
            (Dialect::Generic, Some(b'G' | b'g')) if starts_line => line().trim_ascii_end().eq_ignore_ascii_case(b"go"),
            _ => false,
        }
    }

    fn take(&mut self, token: Token) {
        match token.kind {
            TokenKind::Comment if self.is_mark(token) => self.finish(true),
            _ if token.is_trivia() => {}
            TokenKind::Meta => self.meta(token),
            TokenKind::Delimiter => self.finish(true),
            TokenKind::Semicolon if self.lexer.delimiter.is_none() && self.ends() => self.finish(true),
            TokenKind::Word if self.dialect == Dialect::Generic && self.is_go(token) => self.finish(true),
            _ => self.push(token),
        }
    }

    /// Whether it is a line in which a tool reads that a statement, or a way, begins or ends.
    fn is_mark(&self, token: Token) -> bool {
        let Some(comment) = token.bytes(self.text).strip_prefix(b"--") else { return false };
        let mut words = comment.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let is = |word: &[u8], names: &[&str]| names.iter().any(|name| word.eq_ignore_ascii_case(name.as_bytes()));
        let marks = is(first, &["migrate:up", "migrate:down"])
            || (is(first, &["+goose", "+migrate"]) && is(second, &["Up", "Down", "StatementBegin", "StatementEnd"]));
        let before = self.text[..token.span().start].iter().rev().take_while(|byte| **byte != b'\n');
        marks && before.take(64).all(u8::is_ascii_whitespace)
    }

    /// A `GO` that ends a statement stands alone in its line.
    fn is_go(&self, token: Token) -> bool {
        let span = token.span();
        let before = self.text[..span.start].iter().rev().take_while(|byte| **byte != b'\n').take(8).all(u8::is_ascii_whitespace);
        let after = self.text[span.end..].iter().take_while(|byte| **byte != b'\n').take(8).all(u8::is_ascii_whitespace);
        token.is_word(self.text, "GO") && before && after
    }

    fn meta(&mut self, token: Token) {
        let line = token.bytes(self.text);
        if self.dialect == Dialect::Mysql {
            let delimiter = line.get("delimiter".len()..).unwrap_or_default().trim_ascii();
            self.lexer.delimiter = Some(delimiter.to_vec()).filter(|text| !text.is_empty() && text != b";");
        }
        if self.current.is_empty() {
            self.pieces.push(Piece { tokens: vec![token], ended: true });
        } else if line.starts_with(b"\\g") || line.starts_with(b"\\crosstabview") {
            self.finish(true);
        }
    }

    fn push(&mut self, token: Token) {
        self.current.push(token);
        match token.kind {
            TokenKind::Open => self.inside.parens += 1,
            TokenKind::Close => self.inside.parens = self.inside.parens.saturating_sub(1),
            TokenKind::Word => self.word(token),
            _ => {}
        }
    }

    fn word(&mut self, token: Token) {
        // What a statement makes is said within its first words: `CREATE OR REPLACE DEFINER = `a`@`b` PROCEDURE`.
        if self.inside.body == Body::No && self.current.len() <= 12 {
            self.inside.body = self.body();
        }
        let is = |word: &str| token.is_word(self.text, word);
        self.inside.begun |= is("BEGIN");
        let before = self.current.len().checked_sub(2).map(|at| self.current[at]);
        match self.inside.body {
            Body::Atomic if self.inside.blocks == 0 => {
                let begins = is("ATOMIC") && before.is_some_and(|before| before.is_word(self.text, "BEGIN"));
                self.inside.blocks = usize::from(begins);
            }
            Body::Atomic if is("CASE") => self.inside.blocks += 1,
            Body::Atomic if is("END") => self.inside.blocks -= 1,
            Body::Compound if is("BEGIN") || (is("CASE") && self.inside.blocks > 0) => {
                let closes = before.is_some_and(|before| before.is_word(self.text, "END"));
                self.inside.blocks += usize::from(!closes);
            }
            Body::Compound if is("END") => {
                // `END IF`, `END LOOP` close what was not counted.
                let rest = self.text[token.span().end..].trim_ascii_start();
                let other = ["if", "loop", "while", "repeat"].iter().any(|word| starts_with_word(rest, word.as_bytes()));
                self.inside.blocks = self.inside.blocks.saturating_sub(usize::from(!other));
            }
            _ => {}
        }
    }

    fn body(&self) -> Body {
        let is = |at: usize, word: &str| self.current.get(at).is_some_and(|token| token.is_word(self.text, word));
        let last =
            |words: &[&str]| self.current.last().is_some_and(|token| words.iter().any(|word| token.is_word(self.text, word)));
        if !is(0, "CREATE") {
            return Body::No;
        }
        match self.dialect {
            Dialect::Postgres if last(&["FUNCTION", "PROCEDURE"]) => Body::Atomic,
            Dialect::Postgres if last(&["RULE"]) => Body::Rule,
            Dialect::Sqlite if last(&["TRIGGER"]) && self.current.len() <= 3 => Body::Trigger,
            Dialect::Mysql | Dialect::Generic if last(&["FUNCTION", "PROCEDURE", "TRIGGER", "EVENT"]) => Body::Compound,
            _ => Body::No,
        }
    }

    /// Whether a semicolon here ends the statement.
    fn ends(&self) -> bool {
        match self.inside.body {
            Body::No => true,
            Body::Rule => self.inside.parens == 0,
            Body::Atomic | Body::Compound => self.inside.blocks == 0,
            Body::Trigger => {
                let at = |back: usize| self.current.len().checked_sub(back).map(|at| self.current[at]);
                let closed = at(1).is_some_and(|token| token.is_word(self.text, "END"))
                    && at(2).is_some_and(|token| token.kind == TokenKind::Semicolon);
                closed || !self.inside.begun
            }
        }
    }

    fn finish(&mut self, ended: bool) {
        // Its room is kept for the next statement.
        let tokens: Vec<Token> = self.current.drain(..).collect();
        self.inside = Inside { copies: ended && self.is_copy(&tokens), ..Inside::default() };
        if !tokens.is_empty() {
            self.pieces.push(Piece { tokens, ended });
        }
    }

    fn is_copy(&self, tokens: &[Token]) -> bool {
        let from_stdin = |pair: &[Token]| pair[0].is_word(self.text, "FROM") && pair[1].is_word(self.text, "STDIN");
        self.dialect == Dialect::Postgres
            && tokens.first().is_some_and(|first| first.is_word(self.text, "COPY"))
            && tokens.windows(2).any(from_stdin)
    }
}

fn starts_with_word(text: &[u8], word: &[u8]) -> bool {
    let ends = text.get(word.len()).is_none_or(|byte| !super::lex::is_word_byte(*byte));
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)) && ends
}
