//! What else there is: transactions, settings, privileges, comments, maintenance, lines for the client.

use super::object::{class, object};
use super::{Read, Stop, known};
use crate::formats::sql::Dialect;
use crate::formats::sql::block::words_in_strings;
use crate::formats::sql::model::{Action, Class, Object, Transaction};
use crate::formats::sql::token::TokenKind;
use crate::formats::sql::words::Words;

/// Words that start statements which change no object that is tracked.
const INERT: &[&str] = &[
    "ANALYZE",
    "VACUUM",
    "CLUSTER",
    "CHECKPOINT",
    "LOCK",
    "NOTIFY",
    "LISTEN",
    "UNLISTEN",
    "SHOW",
    "RESET",
    "DISCARD",
    "SAVEPOINT",
    "RELEASE",
    "PREPARE",
    "EXECUTE",
    "DEALLOCATE",
    "DECLARE",
    "FETCH",
    "MOVE",
    "CLOSE",
    "LOAD",
    "SECURITY",
    "REASSIGN",
    "EXPLAIN",
    "COPY",
    "IMPORT",
    "USE",
    "PRAGMA",
    "ATTACH",
    "DETACH",
    "FLUSH",
    "OPTIMIZE",
    "UNLOCK",
    "DELIMITER",
    "HANDLER",
    "KILL",
    "REPAIR",
    "CHECK",
    "SIGNAL",
    "ANALYSE",
];

/// Of these, which dialects do not have is nobody's concern here, but a generic text gets no benefit of the doubt.
const COMMON: &[&str] = &["ANALYZE", "VACUUM", "SAVEPOINT", "RELEASE", "EXPLAIN", "LOCK"];

pub(super) fn other(w: &mut Words<'_>) -> Read<Vec<Action>> {
    if w.kind() == Some(TokenKind::Meta) {
        return Ok(Vec::new());
    }
    if let Some(transaction) = transaction(w) {
        return Ok(vec![Action::Transaction(transaction)]);
    }
    let prepares = w.dialect == Dialect::Mysql && (w.is_any(&["PREPARE", "EXECUTE"]) || (w.is("SET") && sets_variable(w)));
    if prepares {
        return Ok(vec![Action::Computed(words_in_strings(*w))]);
    }
    if w.eat("COMMENT ON") {
        return comment(w);
    }
    if w.eat("SET") {
        return set(w);
    }
    if w.is_any(&["GRANT", "REVOKE"]) {
        return privilege(w);
    }
    if w.eat("CALL") {
        let names = w.tokens.iter().filter_map(|token| w.string_text(*token)).collect();
        return Ok(vec![Action::Call(names)]);
    }
    if w.eat("REFRESH MATERIALIZED VIEW") {
        w.eat("CONCURRENTLY");
        return Ok(vec![Action::Require(vec![Object::new(Class::MaterializedView, w.need_name()?)])]);
    }
    if w.eat("REINDEX") {
        w.parens();
        w.eat_any(&["INDEX", "TABLE", "SCHEMA", "DATABASE", "SYSTEM"]);
        return Ok(vec![Action::Reindex { concurrently: w.eat("CONCURRENTLY") }]);
    }
    if w.eat("DO") && w.dialect == Dialect::Postgres {
        if w.eat("LANGUAGE") {
            w.at += 1;
        }
        let token = known(w.token().filter(|token| matches!(token.kind, TokenKind::Dollar | TokenKind::String)))?;
        return Ok(vec![Action::Do(token)]);
    }
    if w.eat("RENAME TABLE") && w.dialect == Dialect::Mysql {
        return rename(w);
    }
    let inert = if w.dialect == Dialect::Generic { COMMON } else { INERT };
    if w.is_any(inert) {
        return Ok(Vec::new());
    }
    Err(Stop::Unknown)
}

/// `SET @x = …`, in which MySQL's scripts compute their statements.
fn sets_variable(w: &Words<'_>) -> bool {
    w.tokens.get(w.at + 1).is_some_and(|token| token.bytes(w.text).starts_with(b"@"))
}

fn transaction(w: &mut Words<'_>) -> Option<Transaction> {
    if w.eat("BEGIN") || w.eat("START TRANSACTION") {
        return Some(Transaction::Begin);
    }
    if w.eat("COMMIT") || w.eat("END") {
        return Some(Transaction::Commit);
    }
    if w.sees("ROLLBACK TO") || w.sees("ROLLBACK TRANSACTION TO") {
        return None;
    }
    (w.eat("ROLLBACK") || w.eat("ABORT")).then_some(Transaction::Rollback)
}

fn comment(w: &mut Words<'_>) -> Read<Vec<Action>> {
    let class = class(w)?;
    let object = object(w, class)?;
    known(w.find_outside("IS"))?;
    Ok(vec![Action::Require(vec![object])])
}

/// `SET search_path` decides where names lead; other settings do not.
fn set(w: &mut Words<'_>) -> Read<Vec<Action>> {
    w.eat_any(&["SESSION", "LOCAL", "GLOBAL"]);
    if w.eat("SCHEMA") {
        let path = w.token().and_then(|token| w.string_text(token));
        return Ok(vec![Action::SearchPath(path)]);
    }
    if w.dialect == Dialect::Mysql && (w.eat("FOREIGN_KEY_CHECKS") || w.eat_operator("@@") && w.eat("FOREIGN_KEY_CHECKS")) {
        w.eat_operator("=");
        let off = w.is("OFF") || w.is("FALSE") || w.token().is_some_and(|token| token.bytes(w.text) == b"0");
        return Ok(vec![Action::ForeignKeyChecks(!off)]);
    }
    if !w.eat("search_path") {
        return if w.is_done() { Err(Stop::Unknown) } else { Ok(Vec::new()) };
    }
    if !w.eat("TO") && !w.eat_operator("=") {
        return Err(Stop::Unknown);
    }
    if w.eat("DEFAULT") {
        return Ok(vec![Action::SearchPath(None)]);
    }
    let token = known(w.token())?;
    let first = w.string_text(token).unwrap_or_else(|| w.ident_text(token));
    Ok(vec![Action::SearchPath(Some(first).filter(|schema| schema != "$user"))])
}

/// `GRANT … ON x TO y`.
fn privilege(w: &mut Words<'_>) -> Read<Vec<Action>> {
    let grants = w.eat("GRANT") || !w.eat("REVOKE");
    known(w.find_outside(if grants { "TO" } else { "FROM" }))?;
    let Some(at) = w.find_outside("ON") else { return Ok(Vec::new()) };
    w.at = at + 1;
    if w.eat("ALL") {
        return Ok(Vec::new());
    }
    let class = class(w).unwrap_or(Class::Table);
    if !matches!(class, Class::Table | Class::Schema | Class::Sequence | Class::Function) {
        return Ok(Vec::new());
    }
    let mut objects = vec![object(w, class)?];
    while w.eat_kind(TokenKind::Comma) {
        objects.push(object(w, class)?);
    }
    Ok(vec![Action::Require(objects)])
}

/// MySQL's `RENAME TABLE a TO b, c TO d`.
fn rename(w: &mut Words<'_>) -> Read<Vec<Action>> {
    use crate::formats::sql::model::{Alter, Change, Command};
    let guard_at = w.gap();
    let mut actions = Vec::new();
    loop {
        let name = w.need_name()?;
        w.need("TO")?;
        let span = name.span;
        let change = Change::RenameTo(w.need_name()?);
        let commands = vec![Command { span, change, guard_at: None }];
        actions.push(Action::Alter(Alter { class: Class::Table, name, if_exists: false, commands, guard_at }));
        if !w.eat_kind(TokenKind::Comma) {
            return Ok(actions);
        }
    }
}
