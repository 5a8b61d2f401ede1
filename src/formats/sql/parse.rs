//! `sqlparser`, behind guards: whether what our own grammar does not decide is SQL at all.
//!
//! Its recursion and that of dropping its trees is bounded by what is given to it, and by a stack of its own.

use sqlparser::dialect::{Dialect as ParserDialect, GenericDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

use super::model::Action;
use super::token::TokenKind;
use super::{Dialect, Placeholder, Reading, Standing, Statement};

/// Tokens of a statement beyond which it is not parsed.
const MOST_TOKENS: usize = 4_000;
const MOST_JOINS: usize = 200;
const DEEPEST: usize = 60;
/// The parser's own bound on its recursion.
const RECURSION: usize = 200;
const STACK: usize = 256 << 20;

/// Judges all statements that our grammar left open.
pub(super) fn complete(text: &[u8], reading: &Reading, statements: &mut [Statement]) {
    let open: Vec<usize> =
        statements.iter().enumerate().filter(|(_, statement)| is_open(text, reading, statement)).map(|(at, _)| at).collect();
    if open.is_empty() {
        return;
    }
    let texts: Vec<(usize, Option<String>)> = open.iter().map(|at| (*at, source(text, &statements[*at]))).collect();
    // What is too much for the parser stays what our grammar made of it.
    let texts: Vec<_> = texts.into_iter().filter(|(at, text)| text.is_some() || statements[*at].actions.is_empty()).collect();
    let dialect = reading.dialect;
    let judge_all = || texts.iter().map(|(at, text)| (*at, judge(dialect, text.as_deref()))).collect::<Vec<_>>();
    for (at, result) in stacker::grow(STACK, judge_all) {
        let unknown = matches!(statements[at].standing, Standing::Unparsed(_)) && changes(text, &statements[at]);
        statements[at].standing = match result {
            Ok(()) if unknown => Standing::Unparsed("it is SQL, but what it does to which object is not known".into()),
            Ok(()) => Standing::Understood,
            Err(reason) => Standing::Unparsed(reason),
        };
    }
}

/// Whether the statement changes objects or rows.
fn changes(text: &[u8], statement: &Statement) -> bool {
    const HEADS: [&str; 7] = ["CREATE", "ALTER", "DROP", "TRUNCATE", "INSERT", "UPDATE", "DELETE"];
    statement.tokens.first().is_some_and(|first| HEADS.iter().any(|head| first.is_word(text, head)))
}

/// Statements that no grammar of ours knows, and queries, of which ours reads only the names.
fn is_open(text: &[u8], reading: &Reading, statement: &Statement) -> bool {
    match statement.standing {
        Standing::Unparsed(_) => true,
        Standing::Invalid(_) => false,
        // PostgreSQL takes a query of nothing, the parser does not.
        Standing::Understood if statement.tokens.len() == 1 => false,
        Standing::Understood => {
            let reads = statement.actions.iter().any(|action| match action {
                Action::Query(_) | Action::Update(_) | Action::Delete(_) => true,
                Action::Insert(insert) => !insert.uses.relations.is_empty() || insert.uses.has_subquery,
                _ => false,
            });
            // `SELECT` alone gives rows without columns.
            reads
                && statement.tokens.len() > 1
                && !statement
                    .tokens
                    .iter()
                    .any(|token| token.kind == TokenKind::Parameter || is_placeholder(token.bytes(text), reading))
        }
    }
}

fn is_placeholder(bytes: &[u8], reading: &Reading) -> bool {
    let opens = |at: usize| matches!(bytes.get(at..at + 2), Some(b"${" | b"{{"));
    matches!(bytes.first(), Some(b'{' | b':')) && bytes.len() > 2
        || memchr::memchr2_iter(b'$', b'{', bytes).any(opens)
        || reading.has(Placeholder::Printf) && bytes.contains(&b'%')
}

/// The statement's text; `None` where it is too much for the parser.
fn source(text: &[u8], statement: &Statement) -> Option<String> {
    let tokens = &statement.tokens;
    let (mut depth, mut deepest, mut joins) = (0usize, 0usize, 0usize);
    for token in tokens.iter().take(MOST_TOKENS) {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            TokenKind::Word if token.is_word(text, "JOIN") || token.is_word(text, "CASE") || token.is_word(text, "NOT") => {
                joins += 1
            }
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    let fits = tokens.len() <= MOST_TOKENS && deepest <= DEEPEST && joins <= MOST_JOINS;
    fits.then(|| spelled(text, statement))
}

/// What the parser does not know, in words that it knows.
const SPELLINGS: [(&str, &str); 2] = [("ISNULL", "IS NULL"), ("NOTNULL", "IS NOT NULL")];

fn spelled(text: &[u8], statement: &Statement) -> String {
    let (mut out, mut from) = (String::new(), statement.span().start);
    for (at, token) in statement.tokens.iter().enumerate().filter(|(_, token)| token.kind == TokenKind::Word) {
        // MySQL's functions have parentheses.
        if statement.tokens.get(at + 1).is_some_and(|next| next.kind == TokenKind::Open) {
            continue;
        }
        let Some((_, words)) = SPELLINGS.iter().find(|(word, _)| token.is_word(text, word)) else { continue };
        let span = token.span();
        out.push_str(&String::from_utf8_lossy(&text[from..span.start]));
        out.push_str(words);
        from = span.end;
    }
    out.push_str(&String::from_utf8_lossy(&text[from..statement.span().end]));
    out
}

fn judge(dialect: Dialect, text: Option<&str>) -> Result<(), String> {
    let Some(text) = text else { return Err("it is too large or too deep to be parsed".into()) };
    let parser: &dyn ParserDialect = match dialect {
        Dialect::Postgres => &PostgreSqlDialect {},
        Dialect::Mysql => &MySqlDialect {},
        Dialect::Sqlite => &SQLiteDialect {},
        Dialect::Generic => &GenericDialect {},
    };
    let parse = || -> Result<(), sqlparser::parser::ParserError> {
        let mut parser = Parser::new(parser).with_recursion_limit(RECURSION).try_with_sql(text)?;
        parser.parse_statements().map(|_| ())
    };
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(parse)) {
        Ok(result) => result.map_err(|error| {
            let message = error.to_string().replace("sql parser error: ", "");
            // The parser's position is one of the statement, not of the file.
            message.split(" at Line:").next().unwrap_or(&message).to_string()
        }),
        Err(_) => Err("the parser gave up".into()),
    }
}
