//! Statements that read and write rows.

use super::again::{Again, again};
use super::{Read, known};
use crate::formats::sql::Dialect;
use crate::formats::sql::model::{Action, Delete, Ident, Insert, Update};
use crate::formats::sql::query::{is_keyword, named_queries, uses};
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
        actions.push(insert(w, w.within(start, w.at))?);
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

/// `with`: what stands before it.
fn insert(w: &mut Words<'_>, with: Words<'_>) -> Read<Action> {
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
    let asks = |words: Words<'_>| ["NOT IN", "EXCEPT", "IS NULL", "INTERSECT"].iter().any(|phrase| words.has(phrase));
    guarded |= with.has("NOT EXISTS");
    let doubtful = !is_values && (asks(rest) || asks(with));
    let selected = if is_values { Vec::new() } else { selected(capped(rest)) };
    w.at = w.tokens.len();
    Ok(Action::Insert(Box::new(Insert { table, columns, guarded, doubtful, selected, uses })))
}

/// The bare words of a query's list, which can be nothing but columns.
fn selected(mut query: Words<'_>) -> Vec<Ident> {
    if !query.eat("SELECT") {
        return Vec::new();
    }
    query.eat_any(&["DISTINCT", "ALL"]);
    let Some(end) = query.find_outside("FROM") else { return Vec::new() };
    let items = query.within(query.at, end).items().unwrap_or_default();
    let bare = items.into_iter().filter(|item| item.tokens.len() == 1 && item.kind() == Some(TokenKind::Word));
    let idents = bare.filter_map(|mut item| item.ident());
    idents.filter(|ident| !is_keyword(&ident.text) && !ident.text.starts_with("current_")).collect()
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
    Ok(Action::Insert(Box::new(Insert {
        table,
        columns,
        guarded: false,
        doubtful: false,
        selected: Vec::new(),
        uses: Default::default(),
    })))
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
    let mut assigned = Vec::new();
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
        columns.push(column.clone());
        assigned.push((column, item.rest()));
    }
    let own = [alias.as_deref().unwrap_or_default(), &table.name];
    let asked = wheres.map(|at| w.within(at + 1, w.tokens.len()));
    let Again { compounds, converts } = again(&assigned, asked, &own);
    let uses = uses(whole);
    let has_where = wheres.is_some() || joins(whole.within(0, set.saturating_sub(start)));
    w.at = w.tokens.len();
    Ok(Action::Update(Box::new(Update { table, alias, columns, compounds, converts, has_where, uses })))
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
