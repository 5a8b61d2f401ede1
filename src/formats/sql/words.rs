//! A cursor over the tokens of one statement.

use super::Dialect;
use super::name::{Ident, Name};
use super::token::{Token, TokenKind};
use crate::text::Span;

/// PostgreSQL cuts longer names.
const LONGEST: usize = 63;

/// The tokens of a statement, read from left to right. Copies are cheap: a copy is a look ahead.
#[derive(Clone, Copy)]
pub struct Words<'t> {
    pub text: &'t [u8],
    pub tokens: &'t [Token],
    pub at: usize,
    pub dialect: Dialect,
}

impl<'t> Words<'t> {
    pub fn new(text: &'t [u8], tokens: &'t [Token], dialect: Dialect) -> Self {
        Words { text, tokens, at: 0, dialect }
    }

    /// The same statement, `tokens` only.
    pub fn within(self, from: usize, to: usize) -> Self {
        let to = to.min(self.tokens.len());
        Words { tokens: &self.tokens[from.min(to)..to], at: 0, ..self }
    }

    pub fn token(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    pub fn kind(&self) -> Option<TokenKind> {
        self.token().map(|token| token.kind)
    }

    pub fn is_done(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// The token before the cursor.
    pub fn before(&self) -> Option<Token> {
        self.tokens.get(self.at.checked_sub(1)?).copied()
    }

    /// Where the cursor stands; at the end an empty span.
    pub fn here(&self) -> Span {
        match (self.token(), self.before()) {
            (Some(token), _) => token.span(),
            (None, Some(last)) => Span::at(last.span().end),
            (None, None) => Span::at(0),
        }
    }

    pub fn is(&self, word: &str) -> bool {
        self.token().is_some_and(|token| token.is_word(self.text, word))
    }

    pub fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    pub fn is_at(&self, ahead: usize, word: &str) -> bool {
        self.tokens.get(self.at + ahead).is_some_and(|token| token.is_word(self.text, word))
    }

    pub fn kind_at(&self, ahead: usize) -> Option<TokenKind> {
        self.tokens.get(self.at + ahead).map(|token| token.kind)
    }

    /// Whether these words, separated by blanks, come next.
    pub fn sees(&self, phrase: &str) -> bool {
        self.length_of(phrase).is_some()
    }

    /// Takes these words, separated by blanks, if all of them come next.
    pub fn eat(&mut self, phrase: &str) -> bool {
        let length = self.length_of(phrase);
        self.at += length.unwrap_or(0);
        length.is_some()
    }

    /// The number of these words, separated by blanks, if all of them come next. Nearly all questions end at the first word.
    fn length_of(&self, phrase: &str) -> Option<usize> {
        let mut phrase = phrase.as_bytes();
        for (at, token) in self.tokens.get(self.at..)?.iter().enumerate() {
            let word = token.bytes(self.text);
            let same = token.kind == TokenKind::Word && phrase.get(..word.len())?.eq_ignore_ascii_case(word);
            match phrase.get(word.len()) {
                _ if !same => return None,
                None => return Some(at + 1),
                Some(b' ') => phrase = &phrase[word.len() + 1..],
                Some(_) => return None,
            }
        }
        None
    }

    /// Takes one of the words.
    pub fn eat_any(&mut self, words: &[&str]) -> bool {
        words.iter().any(|word| self.eat(word))
    }

    pub fn eat_kind(&mut self, kind: TokenKind) -> bool {
        let is = self.kind() == Some(kind);
        self.at += usize::from(is);
        is
    }

    pub fn eat_operator(&mut self, operator: &str) -> bool {
        let is = self.is_operator(operator);
        self.at += usize::from(is);
        is
    }

    pub fn is_operator(&self, operator: &str) -> bool {
        self.token().is_some_and(|token| token.kind == TokenKind::Operator && token.bytes(self.text) == operator.as_bytes())
    }

    pub fn bump(&mut self) -> Option<Token> {
        let token = self.token()?;
        self.at += 1;
        Some(token)
    }

    pub fn at_ident(&self) -> bool {
        match self.kind() {
            Some(TokenKind::Word | TokenKind::Quoted | TokenKind::Ticked) => true,
            // SQLite takes a string for a name where only a name can be; MySQL's names may start with a digit.
            Some(TokenKind::String) => self.dialect == Dialect::Sqlite,
            Some(TokenKind::Number) => self.dialect == Dialect::Mysql,
            _ => false,
        }
    }

    /// An identifier; key words are not told apart.
    pub fn ident(&mut self) -> Option<Ident> {
        if !self.at_ident() {
            return None;
        }
        let token = self.bump()?;
        let mut text = self.ident_text(token);
        if self.dialect == Dialect::Postgres && text.len() > LONGEST {
            let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
            text.truncate(end);
        }
        Some(Ident { text, span: token.span() })
    }

    /// What an identifier's token names.
    pub fn ident_text(&self, token: Token) -> String {
        let text = String::from_utf8_lossy(token.bytes(self.text));
        let folds = self.dialect != Dialect::Postgres;
        let name = match token.kind {
            TokenKind::Quoted | TokenKind::Ticked | TokenKind::String => {
                let text = text.strip_prefix(['U', 'u']).and_then(|rest| rest.strip_prefix('&')).unwrap_or(&text);
                let mut chars = text.chars();
                let open = chars.next().unwrap_or_default();
                let inner = chars.as_str();
                let inner = inner.get(..inner.len().saturating_sub(1)).unwrap_or(inner);
                match inner.contains(open) {
                    true => inner.replace(&format!("{open}{open}"), &open.to_string()),
                    false => inner.to_string(),
                }
            }
            _ => return folded(&text),
        };
        if folds { name.to_ascii_lowercase() } else { name }
    }

    /// The text of a string without its quotes; `None` where it is none.
    pub fn string_text(&self, token: Token) -> Option<String> {
        let text = String::from_utf8_lossy(token.bytes(self.text)).into_owned();
        match token.kind {
            TokenKind::String => {
                let open = text.find(['\'', '"'])?;
                let quote = text[open..].chars().next()?;
                let inner = text.get(open + 1..text.len().saturating_sub(1))?;
                Some(inner.replace(&format!("{quote}{quote}"), &quote.to_string()))
            }
            TokenKind::Dollar => {
                let tag = text[1..].find('$')? + 2;
                Some(text.get(tag..text.len().checked_sub(tag)?)?.to_string())
            }
            _ => None,
        }
    }

    /// `a`, `a.b`, or the last two of more.
    pub fn name(&mut self) -> Option<Name> {
        let first = self.ident()?;
        let (mut schema, mut name): (Option<Ident>, Ident) = (None, first);
        while self.kind() == Some(TokenKind::Dot) {
            let mut ahead = *self;
            ahead.at += 1;
            let Some(next) = ahead.ident() else { break };
            *self = ahead;
            schema = Some(std::mem::replace(&mut name, next));
        }
        let start = schema.as_ref().map_or(name.span.start, |schema| schema.span.start);
        let span = Span::new(start, name.span.end);
        Some(Name { schema: schema.map(|schema| schema.text), name: name.text, span })
    }

    /// Names, separated by commas.
    pub fn names(&mut self) -> Option<Vec<Name>> {
        let mut names = vec![self.name()?];
        while self.eat_kind(TokenKind::Comma) {
            names.push(self.name()?);
        }
        Some(names)
    }

    pub fn if_exists(&mut self) -> bool {
        self.eat("IF EXISTS")
    }

    pub fn if_not_exists(&mut self) -> bool {
        self.eat("IF NOT EXISTS")
    }

    /// Takes what stands in parentheses, and gives a cursor over it; `None` where there are none, or they do not close.
    pub fn parens(&mut self) -> Option<Words<'t>> {
        if self.kind() != Some(TokenKind::Open) {
            return None;
        }
        let start = self.at + 1;
        let close = self.matching()?;
        self.at = close + 1;
        Some(self.within(start, close))
    }

    /// The position of the parenthesis that closes the one at the cursor.
    fn matching(&self) -> Option<usize> {
        let mut depth = 0usize;
        for (at, token) in self.tokens.iter().enumerate().skip(self.at) {
            match token.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.checked_sub(1)?,
                _ => {}
            }
            if depth == 0 {
                return Some(at);
            }
        }
        None
    }

    /// Goes to the next comma outside of parentheses and brackets, or to the end; whether the parentheses on the way agree.
    pub fn skip_item(&mut self) -> bool {
        let (mut depth, mut brackets) = (0usize, 0usize);
        while let Some(kind) = self.kind() {
            match kind {
                TokenKind::Comma if depth == 0 && brackets == 0 => return true,
                // `ARRAY['a', 'b']`
                TokenKind::Operator if self.is_operator("[") => brackets += 1,
                TokenKind::Operator if self.is_operator("]") => brackets = brackets.saturating_sub(1),
                TokenKind::Open => depth += 1,
                TokenKind::Close => match depth.checked_sub(1) {
                    Some(less) => depth = less,
                    None => return false,
                },
                _ => {}
            }
            self.at += 1;
        }
        depth == 0
    }

    /// The parts between commas outside of parentheses.
    pub fn items(mut self) -> Option<Vec<Words<'t>>> {
        let mut items = Vec::new();
        loop {
            let start = self.at;
            if !self.skip_item() {
                return None;
            }
            items.push(self.within(start, self.at));
            if !self.eat_kind(TokenKind::Comma) {
                return Some(items);
            }
        }
    }

    /// Whether every parenthesis from here on has its other.
    pub fn is_balanced(&self) -> bool {
        let mut depth = 0usize;
        for token in &self.tokens[self.at.min(self.tokens.len())..] {
            match token.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close if depth == 0 => return false,
                TokenKind::Close => depth -= 1,
                _ => {}
            }
        }
        depth == 0
    }

    /// What is left, from the cursor on.
    pub fn rest(self) -> Words<'t> {
        self.within(self.at, self.tokens.len())
    }

    /// Whether the phrase occurs from here on, outside of parentheses.
    pub fn find_outside(&self, phrase: &str) -> Option<usize> {
        let mut ahead = *self;
        let mut depth = 0usize;
        while let Some(kind) = ahead.kind() {
            match kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                TokenKind::Word if depth == 0 && ahead.sees(phrase) => return Some(ahead.at),
                _ => {}
            }
            ahead.at += 1;
        }
        None
    }

    /// Whether the phrase occurs from here on, wherever.
    pub fn has(&self, phrase: &str) -> bool {
        let mut ahead = *self;
        while !ahead.is_done() {
            if ahead.sees(phrase) {
                return true;
            }
            ahead.at += 1;
        }
        false
    }

    pub fn span(&self) -> Span {
        let start = self.tokens.first().map_or(0, |token| token.span().start);
        Span::new(start, self.tokens.last().map_or(start, |token| token.span().end))
    }
}

/// A word in lower case, but for the placeholders in it: what they are filled with is not known.
fn folded(word: &str) -> String {
    let mut depth = 0usize;
    let fold = |c: char| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 { c.to_ascii_lowercase() } else { c }
    };
    word.chars().map(fold).collect()
}
