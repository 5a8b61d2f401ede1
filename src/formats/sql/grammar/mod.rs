//! The grammar: what statements do to objects, read off their tokens. It knows the statements that create, change and drop
//! objects and those that write rows, and leaves what is inside of queries and expressions to others.

mod again;
mod alter;
mod create;
mod data;
mod drop;
mod names;
mod object;
mod other;
mod table;
mod types;

pub use names::default_name;

use super::model::{Action, Ident, Name};
use super::token::{Token, TokenKind};
use super::words::Words;
use super::{Dialect, Fault};
use crate::text::Span;

/// Why a statement is not taken.
enum Stop {
    /// It is none of the forms that are known.
    Unknown,
    /// It is certainly wrong.
    Invalid(Fault),
}

type Read<T> = Result<T, Stop>;

/// What is there, or the end of the reading.
fn known<T>(found: Option<T>) -> Read<T> {
    found.ok_or(Stop::Unknown)
}

fn invalid<T>(span: Span, message: impl Into<String>, help: impl Into<String>) -> Read<T> {
    let help = Some(help.into()).filter(|help| !help.is_empty());
    Err(Stop::Invalid(Fault { span, message: message.into(), help }))
}

/// Reads one statement; `None`: it is not known here.
///
/// # Errors
/// What no version of the dialect accepts.
pub(super) fn read(words: Words<'_>) -> Result<Option<Vec<Action>>, Fault> {
    if let Some(fault) = ticks(words) {
        return Err(fault);
    }
    match statement(words) {
        Ok(actions) => Ok(Some(actions)),
        Err(Stop::Unknown) => Ok(None),
        Err(Stop::Invalid(fault)) => Err(fault),
    }
}

fn statement(mut words: Words<'_>) -> Read<Vec<Action>> {
    if !words.is_balanced() {
        return Err(Stop::Unknown);
    }
    let w = &mut words;
    if w.eat("CREATE") {
        return create::create(w);
    }
    if w.eat("ALTER") {
        return alter::alter(w);
    }
    if w.eat("DROP") {
        return drop::drop(w);
    }
    match data::data(w)? {
        Some(actions) => Ok(actions),
        None => other::other(w),
    }
}

/// The fault of a quote or comment that never ends.
pub(super) fn unterminated(text: &[u8], token: Token) -> Fault {
    let span = token.span();
    let start = token.bytes(text);
    let (what, length) = match start.first() {
        Some(b'/') => ("comment", 2),
        Some(b'$') => ("dollar quote", start.iter().skip(1).position(|byte| *byte == b'$').map_or(1, |at| at + 2)),
        Some(b'"' | b'`' | b'[') => ("quoted name", 1),
        _ => ("string", start.iter().position(|byte| matches!(byte, b'\'' | b'"')).map_or(1, |at| at + 1)),
    };
    Fault {
        span: Span::new(span.start, span.start + length),
        message: format!("this {what} never ends"),
        help: Some("close it; everything behind it is part of it".into()),
    }
}

/// Back-ticks mean nothing to PostgreSQL.
fn ticks(words: Words<'_>) -> Option<Fault> {
    let ticked = words.tokens.iter().find(|token| words.dialect == Dialect::Postgres && token.kind == TokenKind::Ticked)?;
    let name = words.ident_text(*ticked);
    Some(Fault {
        span: ticked.span(),
        message: format!("PostgreSQL has no back-ticks: `{name}` is no name to it"),
        help: Some(format!("write \"{name}\", or the name alone")),
    })
}

impl Words<'_> {
    fn need(&mut self, phrase: &str) -> Read<()> {
        if self.eat(phrase) { Ok(()) } else { Err(Stop::Unknown) }
    }

    fn need_ident(&mut self) -> Read<Ident> {
        known(self.ident())
    }

    fn need_name(&mut self) -> Read<Name> {
        known(self.name())
    }

    /// The statement ends here.
    fn end(&self) -> Read<()> {
        if self.is_done() { Ok(()) } else { Err(Stop::Unknown) }
    }

    /// Identifiers in parentheses; what is in them beside an identifier (`DESC`, a length) is passed over.
    fn column_list(&mut self) -> Read<Vec<Ident>> {
        let inner = known(self.parens())?;
        known(inner.items())?.into_iter().map(|mut item| item.need_ident()).collect()
    }

    /// The end of the token before the cursor, where a word may be put in.
    fn gap(&self) -> usize {
        self.before().map_or(0, |token| token.span().end)
    }
}
