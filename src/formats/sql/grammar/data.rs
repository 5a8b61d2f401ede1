//! Statements that read and write rows.

use super::{Read, known};
use crate::formats::sql::Dialect;
use crate::formats::sql::model::{Action, Delete, Ident, Insert, Update};
use crate::formats::sql::query::{ColumnUse, named_queries, uses};
use crate::formats::sql::token::TokenKind;
use crate::formats::sql::words::Words;

/// Tokens of a statement beyond which what it reads is not looked at.
const MOST: usize = 20_000;

/// What a statement does to rows; `None`: it does nothing of that kind.
pub(super) fn data(w: &mut Words<'_>) -> Read<Option<Vec<Action>>> {
    let mut actions = Vec::new();
    let start = w.at;
    let mut queries = Vec::new();
    if w.is("WITH") {
        queries = named_queries(capped(w.rest()));
        nested(*w, &mut actions);
        let verbs = ["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES"];
        let Some(at) = verbs.iter().filter_map(|verb| w.find_outside(verb)).min() else { return Ok(None) };
        w.at = at;
    }
    if w.eat("INSERT") || (w.dialect != Dialect::Postgres && w.is("REPLACE") && w.is_at(1, "INTO")) {
        actions.push(insert(w)?);
    } else if w.eat("UPDATE") {
        actions.push(update(w)?);
    } else if w.eat("DELETE") {
        actions.push(delete(w)?);
    } else if w.sees("COPY") && w.find_outside("FROM").is_some() {
        w.at += 1;
        actions.push(copy(w)?);
    } else if w.eat("TRUNCATE") {
        actions.push(truncate(w)?);
    } else if w.is_any(&["SELECT", "VALUES", "TABLE", "MERGE"]) || w.kind() == Some(TokenKind::Open) {
        actions.push(Action::Query(uses(capped(w.within(start, w.tokens.len())))));
    } else {
        return Ok(None);
    }
    for action in &mut actions {
        match action {
            Action::Insert(insert) => insert.uses.without(&queries),
            Action::Update(update) => update.uses.without(&queries),
            Action::Delete(delete) => delete.uses.without(&queries),
            Action::Query(uses) => uses.without(&queries),
            _ => {}
        }
    }
    Ok(Some(actions))
}

/// Statements that write inside of a `WITH`.
fn nested(words: Words<'_>, actions: &mut Vec<Action>) {
    let mut w = words;
    while !w.is_done() {
        let writes = w.kind() == Some(TokenKind::Open) && ["INSERT", "UPDATE", "DELETE"].iter().any(|verb| w.is_at(1, verb));
        if writes && let Some(inner) = w.parens() {
            let mut inner = capped(inner);
            actions.extend(data(&mut inner).ok().flatten().into_iter().flatten());
            continue;
        }
        w.at += 1;
    }
}

/// The statement, less what is too much of it.
fn capped(w: Words<'_>) -> Words<'_> {
    w.within(0, w.tokens.len().min(MOST))
}

fn insert(w: &mut Words<'_>) -> Read<Action> {
    let mut guarded = w.eat("REPLACE");
    while w.eat_any(&["LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED"]) {}
    guarded |= w.eat("IGNORE");
    if w.eat("OR") {
        guarded |= w.is_any(&["IGNORE", "REPLACE"]);
        w.at += 1;
    }
    if !w.eat("INTO") && w.dialect != Dialect::Mysql {
        w.need("INTO")?;
    }
    let table = w.need_name()?;
    if w.eat("AS") {
        w.need_ident()?;
    }
    let columns = match w.kind() {
        Some(TokenKind::Open) if !w.is_at(1, "SELECT") && !w.is_at(1, "WITH") => w.column_list()?,
        _ => Vec::new(),
    };
    w.eat_any(&["OVERRIDING SYSTEM VALUE", "OVERRIDING USER VALUE"]);
    guarded |= w.has("ON CONFLICT") || w.has("ON DUPLICATE KEY") || w.has("NOT EXISTS");
    let is_values = w.is_any(&["VALUES", "VALUE", "DEFAULT", "SET"]);
    let rest = w.rest();
    let uses = if is_values { Default::default() } else { uses(capped(rest)) };
    let doubtful = !is_values && (rest.has("NOT IN") || rest.has("EXCEPT") || rest.has("IS NULL") || rest.has("INTERSECT"));
    w.at = w.tokens.len();
    Ok(Action::Insert(Box::new(Insert { table, columns, guarded, doubtful, uses })))
}

/// MySQL's statements on several tables: only rows that have their others are meant.
fn joins(tables: Words<'_>) -> bool {
    tables.dialect == Dialect::Mysql && (tables.find_outside("ON").is_some() || tables.find_outside("USING").is_some())
}

fn copy(w: &mut Words<'_>) -> Read<Action> {
    let table = w.need_name()?;
    let columns = if w.kind() == Some(TokenKind::Open) { w.column_list()? } else { Vec::new() };
    w.need("FROM")?;
    w.at = w.tokens.len();
    Ok(Action::Insert(Box::new(Insert { table, columns, guarded: false, doubtful: false, uses: Default::default() })))
}

fn update(w: &mut Words<'_>) -> Read<Action> {
    while w.eat_any(&["LOW_PRIORITY", "IGNORE", "ONLY", "OR IGNORE", "OR REPLACE", "OR ROLLBACK", "OR ABORT", "OR FAIL"]) {}
    let table = w.need_name()?;
    let set = known(w.find_outside("SET"))?;
    let start = w.at;
    let mut alias = w.within(w.at, set);
    alias.eat("AS");
    let alias = alias.ident().map(|ident| ident.text);
    let whole = capped(w.within(w.at, w.tokens.len()));
    w.at = set + 1;
    let wheres = w.find_outside("WHERE");
    let ends = [wheres, w.find_outside("FROM"), w.find_outside("RETURNING"), w.find_outside("ORDER BY"), w.find_outside("LIMIT")];
    let end = ends.into_iter().flatten().min().unwrap_or(w.tokens.len());
    let mut columns = Vec::new();
    let mut compounds = None;
    for mut item in known(w.within(w.at, end).items())? {
        let start = item.at;
        if item.kind() == Some(TokenKind::Open) {
            columns.extend(item.column_list()?);
            continue;
        }
        // MySQL and aliases: the last of the names is the column's.
        let name = item.need_name()?;
        let column = Ident { text: name.name, span: item.tokens.get(start).map_or(name.span, |token| token.span()) };
        while item.is_operator("[") || item.kind() == Some(TokenKind::Number) || item.is_operator("]") {
            item.at += 1;
        }
        if !item.eat_operator("=") && !item.eat_operator(":=") {
            return Err(super::Stop::Unknown);
        }
        if compounds.is_none() && computes(item.rest(), &column.text) {
            compounds = Some(column.clone());
        }
        columns.push(column);
    }
    let uses = uses(whole);
    let has_where = wheres.is_some() || joins(whole.within(0, set.saturating_sub(start)));
    w.at = w.tokens.len();
    Ok(Action::Update(Box::new(Update { table, alias, columns, compounds, has_where, uses })))
}

/// Functions that change nothing when they are applied again.
const STABLE: &[&str] =
    &["lower", "upper", "trim", "btrim", "ltrim", "rtrim", "coalesce", "nullif", "initcap", "to_jsonb", "to_json"];

/// Whether the expression computes something from the column.
pub(super) fn computes(expression: Words<'_>, column: &str) -> bool {
    let expression = bare(expression);
    let mentions = |words: Words<'_>| uses(words).columns.iter().any(|found: &ColumnUse| found.name == column);
    let mut w = expression;
    let mut plain = w;
    // The column itself, or a cast of it.
    let alone = plain.name().is_some_and(|name| name.name == column) && (plain.is_done() || plain.is_operator("::"));
    if alone || !mentions(expression) {
        return false;
    }
    if w.is("CASE") {
        return case_computes(expression, column);
    }
    let stable = w.token().is_some_and(|token| STABLE.contains(&w.ident_text(token).as_str()));
    if !stable {
        return true;
    }
    w.at += 1;
    let Some(inner) = w.parens() else { return true };
    if !w.is_done() && !w.is_operator("::") {
        return true;
    }
    let mut items = inner.items().unwrap_or_default();
    // `trim(both ' ' from a)`
    for item in &mut items {
        if let Some(at) = item.find_outside("FROM") {
            *item = item.within(at + 1, item.tokens.len());
        }
    }
    items.into_iter().any(|item| computes_shallow(item, column))
}

/// Whether the expression is the column as it is, or a plain cast of it.
pub(super) fn is_column(expression: Words<'_>, column: &str) -> bool {
    let mut w = bare(expression);
    w.name().is_some_and(|name| name.name == column)
        && (w.is_done() || (w.eat_operator("::") && super::types::type_name(&mut w).is_ok() && w.is_done()))
}

/// What is in the parentheses, or in the `CAST`, around an expression.
fn bare(mut expression: Words<'_>) -> Words<'_> {
    for _ in 0..8 {
        let mut w = expression;
        let casts = w.eat("CAST");
        match w.parens() {
            Some(inner) if w.is_done() || w.is_operator("::") => {
                let end = if casts { inner.find_outside("AS").unwrap_or(inner.tokens.len()) } else { inner.tokens.len() };
                expression = inner.within(0, end);
            }
            _ => break,
        }
    }
    expression
}

/// One more level of the same, so that it ends.
fn computes_shallow(expression: Words<'_>, column: &str) -> bool {
    let mut w = expression;
    while w.token().is_some_and(|token| STABLE.contains(&w.ident_text(token).as_str())) && w.kind_at(1) == Some(TokenKind::Open) {
        w.at += 1;
        let Some(inner) = w.parens() else { return true };
        if !w.is_done() {
            return true;
        }
        w = match inner.items().and_then(|items| items.into_iter().next()) {
            Some(first) => first,
            None => return false,
        };
    }
    let mut plain = w;
    let alone = plain.name().is_some_and(|name| name.name == column) && (plain.is_done() || plain.is_operator("::"));
    !alone && uses(w).columns.iter().any(|found| found.name == column)
}

/// A `CASE` may ask for the column, and may give it back as it is.
fn case_computes(expression: Words<'_>, column: &str) -> bool {
    let mut w = expression;
    let mut asking = true;
    while let Some(token) = w.bump() {
        if token.is_word(w.text, "THEN") || token.is_word(w.text, "ELSE") {
            asking = false;
            let mut plain = w;
            let alone = plain.name().is_some_and(|name| name.name == column);
            if alone && plain.is_any(&["WHEN", "ELSE", "END"]) {
                w = plain;
            }
        } else if token.is_word(w.text, "WHEN") || token.is_word(w.text, "END") {
            asking = true;
        } else if !asking && matches!(token.kind, TokenKind::Word | TokenKind::Quoted) && w.ident_text(token) == column {
            return true;
        }
    }
    false
}

fn delete(w: &mut Words<'_>) -> Read<Action> {
    while w.eat_any(&["LOW_PRIORITY", "QUICK", "IGNORE"]) {}
    // MySQL's form for several tables names them before `FROM`.
    if w.dialect == Dialect::Mysql && !w.is("FROM") {
        w.at = known(w.find_outside("FROM"))?;
    }
    w.need("FROM")?;
    w.eat("ONLY");
    let whole = capped(w.within(w.at, w.tokens.len()));
    let table = w.need_name()?;
    let has_where = w.find_outside("WHERE").is_some() || w.find_outside("LIMIT").is_some() || joins(whole);
    let uses = uses(whole);
    w.at = w.tokens.len();
    Ok(Action::Delete(Box::new(Delete { table, has_where, uses })))
}

fn truncate(w: &mut Words<'_>) -> Read<Action> {
    w.eat("TABLE");
    let mut tables = Vec::new();
    loop {
        w.eat("ONLY");
        tables.push(w.need_name()?);
        if w.is_operator("*") {
            w.at += 1;
        }
        if !w.eat_kind(TokenKind::Comma) {
            break;
        }
    }
    w.eat_any(&["RESTART IDENTITY", "CONTINUE IDENTITY"]);
    let cascade = w.eat("CASCADE");
    w.eat("RESTRICT");
    w.end()?;
    Ok(Action::Truncate { tables, cascade })
}
