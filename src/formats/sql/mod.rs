//! SQL: texts into statements with exact places, and statements into what they do to the objects of a database.
//!
//! Three steps, each of which costs only the statement that it cannot take: a lexer and splitter of our own, a grammar of
//! our own that reads what statements do to objects, and `sqlparser` for whether what remains is SQL at all.

pub mod block;
mod grammar;
mod lex;
pub mod model;
mod name;
mod parse;
pub mod probe;
pub mod query;
mod split;
#[cfg(test)]
mod tests;
mod token;
mod words;

pub use grammar::default_name;
pub use token::{Token, TokenKind};
pub use words::Words;

use crate::text::Span;
use model::Action;

/// Whose SQL it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    #[default]
    Postgres,
    Mysql,
    Sqlite,
    /// Nobody's: only what all have in common is certain.
    Generic,
}

impl Dialect {
    pub const WORDS: [&'static str; 4] = ["postgres", "mysql", "sqlite", "generic"];

    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "postgres" => Some(Dialect::Postgres),
            "mysql" => Some(Dialect::Mysql),
            "sqlite" => Some(Dialect::Sqlite),
            "generic" => Some(Dialect::Generic),
            _ => None,
        }
    }

    /// As a message names it.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Postgres => "PostgreSQL",
            Dialect::Mysql => "MySQL",
            Dialect::Sqlite => "SQLite",
            Dialect::Generic => "SQL",
        }
    }
}

/// What a tool fills in before a statement runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// `{{.Name}}`
    Go,
    /// `:name`, `:'name'`, `:"name"`
    Psql,
    /// `${name}`
    Flyway,
    /// `{{ name }}`, `{% … %}`, `{# … #}`
    Jinja,
    /// `%s`, `%[1]s`, `%1$s`, `%(name)s`; `%%` is a per cent sign.
    Printf,
}

impl Placeholder {
    pub const WORDS: [&'static str; 5] = ["go", "psql", "flyway", "jinja", "printf"];

    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "go" => Some(Placeholder::Go),
            "psql" => Some(Placeholder::Psql),
            "flyway" => Some(Placeholder::Flyway),
            "jinja" => Some(Placeholder::Jinja),
            "printf" => Some(Placeholder::Printf),
            _ => None,
        }
    }
}

/// How a text is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    pub dialect: Dialect,
    pub placeholders: Vec<Placeholder>,
}

impl Reading {
    fn has(&self, placeholder: Placeholder) -> bool {
        self.placeholders.contains(&placeholder)
    }
}

/// The tokens of one statement that say something, without what ends it.
struct Piece {
    tokens: Vec<Token>,
    ended: bool,
}

/// A text, read.
#[derive(Debug, Default)]
pub struct Script {
    pub statements: Vec<Statement>,
    /// Line comments in which a tool may read something: `-- +goose Down`.
    pub marks: Vec<Span>,
}

/// One statement.
#[derive(Debug)]
pub struct Statement {
    pub tokens: Vec<Token>,
    /// Whether a semicolon, or what stands for it, ends it.
    pub ended: bool,
    pub actions: Vec<Action>,
    pub standing: Standing,
}

/// How far a statement was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    Understood,
    /// It is neither known nor can it be parsed, for that reason.
    Unparsed(String),
    /// No version of the dialect accepts it.
    Invalid(Fault),
}

/// What is certainly wrong with a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub span: Span,
    pub message: String,
    pub help: Option<String>,
}

impl Statement {
    /// From its first token to its last.
    pub fn span(&self) -> Span {
        let start = self.tokens.first().map_or(0, |token| token.span().start);
        Span::new(start, self.tokens.last().map_or(start, |token| token.span().end))
    }

    /// Its first word.
    pub fn head(&self) -> Span {
        self.tokens.first().map_or(Span::at(0), |token| token.span())
    }

    pub fn words<'t>(&'t self, text: &'t [u8], dialect: Dialect) -> Words<'t> {
        Words::new(text, &self.tokens, dialect)
    }
}

/// Reads a text.
pub fn read(text: &[u8], reading: &Reading) -> Script {
    let mut script = Script::default();
    let pieces = split::split(text, reading, |token| {
        if token.kind == TokenKind::Comment && is_mark(token.bytes(text)) {
            script.marks.push(token.span());
        }
    });
    script.statements = pieces.into_iter().map(|piece| statement(text, reading.dialect, piece)).collect();
    parse::complete(text, reading, &mut script.statements);
    script
}

fn statement(text: &[u8], dialect: Dialect, piece: Piece) -> Statement {
    let Piece { tokens, ended } = piece;
    let broken = tokens.iter().find(|token| token.kind == TokenKind::Unterminated);
    if let Some(token) = broken {
        let fault = grammar::unterminated(text, *token);
        return Statement { tokens, ended, actions: Vec::new(), standing: Standing::Invalid(fault) };
    }
    let (actions, standing) = match grammar::read(Words::new(text, &tokens, dialect)) {
        Ok(Some(actions)) => (actions, Standing::Understood),
        Ok(None) => (Vec::new(), Standing::Unparsed(String::new())),
        Err(fault) => (Vec::new(), Standing::Invalid(fault)),
    };
    Statement { tokens, ended, actions, standing }
}

/// All tokens of a text, in order: they cover it.
pub fn tokens(text: &[u8], reading: &Reading) -> Vec<Token> {
    let mut tokens = Vec::new();
    split::split(text, reading, |token| tokens.push(token));
    tokens
}

fn is_mark(comment: &[u8]) -> bool {
    let Some(rest) = comment.strip_prefix(b"--") else { return false };
    let rest = rest.trim_ascii_start();
    [b"+goose".as_slice(), b"+migrate", b"migrate:"].iter().any(|mark| rest.starts_with(mark))
}
