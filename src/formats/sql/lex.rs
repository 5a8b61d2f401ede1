//! The lexer: bytes into tokens, in one pass, by the rules of a dialect.

use memchr::memmem;

use super::token::{Token, TokenKind};
use super::{Dialect, Placeholder, Reading};

/// A placeholder that does not end within so many bytes is none.
const LONGEST_PLACEHOLDER: usize = 512;

/// Reads one token after another.
pub(super) struct Lexer<'t> {
    text: &'t [u8],
    pub(super) at: usize,
    reading: &'t Reading,
    /// What ends a statement instead of a semicolon.
    pub(super) delimiter: Option<Vec<u8>>,
    /// Ends of template tags that do not occur from here on, so that they are not looked for again.
    gone: Vec<u8>,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t [u8], reading: &'t Reading) -> Self {
        Lexer { text, at: 0, reading, delimiter: None, gone: Vec::new() }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn rest(&self) -> &'t [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn token(&mut self, kind: TokenKind, length: usize) -> Token {
        let start = self.at;
        self.at = (start + length.max(1)).min(self.text.len());
        Token::new(kind, start, self.at)
    }

    /// To the end of the text.
    fn unterminated(&mut self) -> Token {
        self.token(TokenKind::Unterminated, self.rest().len())
    }

    pub(super) fn at_delimiter(&self) -> bool {
        self.delimiter.as_ref().is_some_and(|delimiter| self.rest().starts_with(delimiter))
    }

    /// The length of the rest of the line, its break left out.
    pub(super) fn line_length(&self) -> usize {
        memchr::memchr2(b'\n', b'\r', self.rest()).unwrap_or(self.rest().len())
    }

    /// The rows that follow `COPY … FROM stdin;`, up to `\.`, if the line ends here.
    pub(super) fn copy_data(&mut self) -> Option<Token> {
        if !self.rest().get(..self.line_length())?.iter().all(u8::is_ascii_whitespace) {
            return None;
        }
        let mut end = 0;
        for line in self.rest().split_inclusive(|byte| *byte == b'\n') {
            end += line.len();
            if line.trim_ascii_end() == b"\\." {
                break;
            }
        }
        (end > 0).then(|| self.token(TokenKind::Data, end))
    }

    /// A line for the client.
    pub(super) fn meta_line(&mut self) -> Token {
        self.token(TokenKind::Meta, self.line_length())
    }

    pub(super) fn next(&mut self) -> Option<Token> {
        let first = *self.rest().first()?;
        if self.at_delimiter() {
            let length = self.delimiter.as_ref().map_or(1, Vec::len);
            return Some(self.token(TokenKind::Delimiter, length));
        }
        Some(match first {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => self.space(),
            0xef if self.at == 0 && self.text.starts_with(b"\xEF\xBB\xBF") => self.token(TokenKind::Space, 3),
            _ if self.is_line_comment() => self.token(TokenKind::Comment, self.line_length()),
            b'/' if self.peek(1) == b'*' => self.block_comment(),
            b'{' if self.is_jinja_tag() => self.jinja_tag(),
            _ if self.placeholder().is_some() => self.word(),
            b'\'' => self.string(0, self.reading.dialect == Dialect::Mysql),
            b'"' if self.reading.dialect == Dialect::Mysql => self.quoted(TokenKind::String, b'"', true),
            b'"' => self.quoted(TokenKind::Quoted, b'"', false),
            b'`' => self.quoted(TokenKind::Ticked, b'`', false),
            b'[' if self.reading.dialect == Dialect::Sqlite => self.bracketed(),
            b'$' => self.dollar(),
            b'?' => self.token(TokenKind::Parameter, 1),
            b'0'..=b'9' => self.number(),
            b'.' if self.peek(1).is_ascii_digit() && !self.after_word() => self.number(),
            b'\\' if self.reading.dialect == Dialect::Postgres => self.meta_line(),
            b'(' => self.token(TokenKind::Open, 1),
            b')' => self.token(TokenKind::Close, 1),
            b',' => self.token(TokenKind::Comma, 1),
            b';' => self.token(TokenKind::Semicolon, 1),
            b'.' => self.token(TokenKind::Dot, 1),
            _ if is_word_start(first) => self.prefixed_or_word(),
            _ => self.operator(),
        })
    }

    fn after_word(&self) -> bool {
        self.at > 0 && self.text.get(self.at - 1).is_some_and(|byte| is_word_byte(*byte) || matches!(byte, b'"' | b'`' | b']'))
    }

    fn space(&mut self) -> Token {
        let length = self.rest().iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)).count();
        self.token(TokenKind::Space, length)
    }

    fn is_line_comment(&self) -> bool {
        let dialect = self.reading.dialect;
        match (self.peek(0), self.peek(1)) {
            (b'-', b'-') => dialect != Dialect::Mysql || self.peek(2) <= b' ',
            (b'#', _) => dialect == Dialect::Mysql,
            _ => false,
        }
    }

    fn block_comment(&mut self) -> Token {
        let nests = self.reading.dialect == Dialect::Postgres;
        let (rest, mut depth, mut at) = (self.rest(), 1, 2);
        while at < rest.len() {
            match (rest[at], rest.get(at + 1)) {
                (b'*', Some(b'/')) => (depth, at) = (depth - 1, at + 2),
                (b'/', Some(b'*')) if nests => (depth, at) = (depth + 1, at + 2),
                _ => at += 1,
            }
            if depth == 0 {
                return self.token(TokenKind::Comment, at);
            }
        }
        // SQLite takes the end of the text for the comment's.
        if self.reading.dialect == Dialect::Sqlite { self.token(TokenKind::Comment, rest.len()) } else { self.unterminated() }
    }

    fn is_jinja_tag(&self) -> bool {
        self.reading.has(Placeholder::Jinja) && matches!(self.peek(1), b'%' | b'#')
    }

    fn jinja_tag(&mut self) -> Token {
        let kind = self.peek(1);
        let end = if self.gone.contains(&kind) { None } else { memmem::find(self.rest(), &[kind, b'}']) };
        match end {
            Some(at) => self.token(TokenKind::Comment, at + 2),
            None => {
                self.gone.push(kind);
                self.operator()
            }
        }
    }

    /// The length of the placeholder that starts here.
    fn placeholder(&self) -> Option<usize> {
        if self.reading.placeholders.is_empty() {
            return None;
        }
        let rest = self.rest();
        match rest.first()? {
            b':' if self.reading.has(Placeholder::Psql) => self.psql_variable(&rest[..rest.len().min(LONGEST_PLACEHOLDER)]),
            b'%' => self.verb(rest),
            _ => self.braced(rest),
        }
    }

    /// The length of a verb of `printf`. A format writes `%%` where it means a per cent sign, so that nothing else is meant by it.
    fn verb(&self, text: &[u8]) -> Option<usize> {
        let rest =
            text[..text.len().min(LONGEST_PLACEHOLDER)].strip_prefix(b"%").filter(|_| self.reading.has(Placeholder::Printf))?;
        let digits = |from: usize| rest[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let argument = match rest.first()? {
            b'(' => memmem::find(rest, b")")? + 1,
            b'[' if rest.get(1 + digits(1)) == Some(&b']') => digits(1) + 2,
            b'1'..=b'9' if rest.get(digits(0)) == Some(&b'$') => digits(0) + 1,
            _ => 0,
        };
        let is_verb = matches!(rest.get(argument), Some(b's' | b'd' | b'v' | b'q' | b'i'));
        is_verb.then_some(argument + 2)
    }

    /// The length of a placeholder in braces, which may stand inside of quotes, and hold some, too.
    fn braced(&self, text: &[u8]) -> Option<usize> {
        let text = &text[..text.len().min(LONGEST_PLACEHOLDER)];
        let doubled = self.reading.has(Placeholder::Go) || self.reading.has(Placeholder::Jinja);
        match text.first()? {
            b'{' if doubled && text.starts_with(b"{{") => Some(memmem::find(text, b"}}")? + 2),
            b'$' if self.reading.has(Placeholder::Flyway) && text.starts_with(b"${") => Some(memmem::find(text, b"}")? + 1),
            _ => None,
        }
    }

    fn psql_variable(&self, rest: &[u8]) -> Option<usize> {
        let after_colon = self.at > 0 && self.text.get(self.at - 1) == Some(&b':');
        let quote = *rest.get(1)?;
        let name = |bytes: &[u8]| bytes.iter().take_while(|byte| is_word_byte(**byte) && **byte != b'$').count();
        match quote {
            _ if after_colon => None,
            b'\'' | b'"' => {
                let length = name(rest.get(2..)?);
                (length > 0 && rest.get(length + 2) == Some(&quote)).then_some(length + 3)
            }
            _ => Some(name(rest.get(1..)?)).filter(|length| *length > 0).map(|length| length + 1),
        }
    }

    /// A string whose opening quote stands `prefix` bytes ahead.
    fn string(&mut self, prefix: usize, escapes: bool) -> Token {
        match self.closing(prefix + 1, b'\'', escapes) {
            Some(end) => self.token(TokenKind::String, end),
            None => self.unterminated(),
        }
    }

    /// The end of what a quote before `from` opens: doubled quotes, and with `escapes` quotes behind a backslash, are inside, and
    /// so are those of placeholders.
    fn closing(&self, from: usize, quote: u8, escapes: bool) -> Option<usize> {
        let text = self.rest();
        let mut at = from;
        while let Some(byte) = text.get(at) {
            match *byte {
                b'\\' if escapes => at += 2,
                byte if byte == quote && text.get(at + 1) == Some(&quote) => at += 2,
                byte if byte == quote => return Some(at + 1),
                b'{' | b'$' => at += self.braced(&text[at..]).unwrap_or(1),
                _ => at += 1,
            }
        }
        None
    }

    fn quoted(&mut self, kind: TokenKind, quote: u8, escapes: bool) -> Token {
        match self.closing(1, quote, escapes) {
            Some(end) => self.token(kind, end),
            None => self.unterminated(),
        }
    }

    fn bracketed(&mut self) -> Token {
        match self.rest().iter().position(|byte| *byte == b']') {
            Some(end) => self.token(TokenKind::Quoted, end + 1),
            None => self.unterminated(),
        }
    }

    /// `$1`, `$$…$$`, `$tag$…$tag$`.
    fn dollar(&mut self) -> Token {
        let rest = self.rest();
        let digits = rest[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 {
            return self.token(TokenKind::Parameter, digits + 1);
        }
        if !matches!(self.reading.dialect, Dialect::Postgres | Dialect::Generic) {
            return self.token(TokenKind::Operator, 1);
        }
        let tag = rest[1..].iter().take_while(|byte| is_word_byte(**byte) && **byte != b'$').count();
        if rest.get(tag + 1) != Some(&b'$') {
            return self.token(TokenKind::Operator, 1);
        }
        let quote = &rest[..tag + 2];
        match memmem::find(&rest[quote.len()..], quote) {
            Some(at) => self.token(TokenKind::Dollar, at + 2 * quote.len()),
            None => self.unterminated(),
        }
    }

    fn number(&mut self) -> Token {
        let rest = self.rest();
        let digits =
            |from: usize| rest[from.min(rest.len())..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'_').count();
        let mut at = digits(0);
        if rest.get(at) == Some(&b'.') && rest.get(at + 1) != Some(&b'.') {
            at += 1 + digits(at + 1);
        }
        if matches!(rest.get(at), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(rest.get(at + 1), Some(b'+' | b'-')));
            let exponent = digits(at + 1 + sign);
            at += if exponent > 0 { 1 + sign + exponent } else { 0 };
        }
        // `0x1F`, and a name that starts with a digit, where that is allowed.
        at += rest[at.min(rest.len())..].iter().take_while(|byte| is_word_byte(**byte)).count();
        self.token(TokenKind::Number, at)
    }

    /// `E'…'`, `U&"…"`, or a word.
    fn prefixed_or_word(&mut self) -> Token {
        let (first, second, third) = (self.peek(0).to_ascii_lowercase(), self.peek(1), self.peek(2));
        match (first, second, third) {
            (b'e', b'\'', _) if self.reading.dialect != Dialect::Sqlite => self.string(1, true),
            (b'b' | b'x' | b'n', b'\'', _) => self.string(1, self.reading.dialect == Dialect::Mysql),
            (b'u', b'&', b'\'') => self.string(2, false),
            (b'u', b'&', b'"') => match self.closing(3, b'"', false) {
                Some(end) => self.token(TokenKind::Quoted, end),
                None => self.unterminated(),
            },
            _ => self.word(),
        }
    }

    /// A word, with the placeholders that are part of it.
    fn word(&mut self) -> Token {
        let start = self.at;
        if self.reading.placeholders.is_empty() && self.delimiter.is_none() {
            let length = self.rest().iter().take_while(|byte| is_word_byte(**byte)).count();
            return self.token(TokenKind::Word, length);
        }
        loop {
            if self.at > start && self.at_delimiter() {
                break;
            }
            match self.placeholder() {
                Some(length) => self.at += length,
                None if is_word_byte(self.peek(0)) && self.at < self.text.len() => self.at += 1,
                None => break,
            }
        }
        Token::new(TokenKind::Word, start, self.at)
    }

    fn operator(&mut self) -> Token {
        let rest = self.rest();
        if !is_operator(rest[0]) {
            let kind = if matches!(rest[0], b':' | b'[' | b']' | b'{' | b'}') { TokenKind::Operator } else { TokenKind::Other };
            let double = rest[0] == b':' && matches!(rest.get(1), Some(b':' | b'='));
            return self.token(kind, 1 + usize::from(double));
        }
        let mut at = 1;
        while at < rest.len() && is_operator(rest[at]) {
            let starts_comment = matches!((rest[at], rest.get(at + 1)), (b'-', Some(b'-')) | (b'/', Some(b'*')));
            let delimited = self.delimiter.as_ref().is_some_and(|delimiter| rest[at..].starts_with(delimiter));
            if starts_comment || delimited || self.verb(&rest[at..]).is_some() {
                break;
            }
            at += 1;
        }
        self.token(TokenKind::Operator, at)
    }
}

pub(super) fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

pub(super) fn is_word_byte(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}

fn is_operator(byte: u8) -> bool {
    matches!(byte, b'+' | b'-' | b'*' | b'/' | b'<' | b'>' | b'=' | b'~' | b'!' | b'@' | b'#' | b'%' | b'^' | b'&' | b'|')
}
