//! What an `UPDATE` makes of rows that it has already been at.

use std::collections::BTreeSet;

use crate::formats::sql::model::Ident;
use crate::formats::sql::query::{ColumnUse, uses};
use crate::formats::sql::token::TokenKind;
use crate::formats::sql::words::Words;

/// What a second time changes.
#[derive(Default)]
pub(super) struct Again {
    /// The first column that is computed from itself.
    pub compounds: Option<Ident>,
    /// Columns that are computed from others.
    pub converts: Vec<(Ident, String)>,
}

/// Tokens of a condition and of an assignment beyond which they are not looked into.
const MOST: usize = 2_000;

/// Judges assignments. `asked`: the condition under which they are made; `own`: by what names the table goes.
pub(super) fn again(assigned: &[(Ident, Words<'_>)], asked: Option<Words<'_>>, own: &[&str]) -> Again {
    if asked.is_some_and(|asked| asked.tokens.len() > MOST) {
        return Again::default();
    }
    let conditions = asked.map(|asked| parts(unwrapped(asked), "AND")).unwrap_or_default();
    // Rows that no longer meet the condition are left alone.
    if conditions.iter().any(|condition| ends_by(*condition, assigned)) {
        return Again::default();
    }
    let settled = |column: &str| conditions.iter().any(|condition| asks_for(*condition, column, own));
    let mut again = Again::default();
    for (column, value) in assigned {
        if again.compounds.is_none() && computes(*value, &column.text, own) && !settled(&column.text) {
            again.compounds = Some(column.clone());
        }
        if value.tokens.len() <= MOST {
            again.converts.extend(converted(*value, &column.text, own).into_iter().map(|used| (column.clone(), used)));
        }
    }
    again.converts.retain(|(_, used)| !settled(used));
    again
}

/// The other columns from which something is computed.
fn converted(value: Words<'_>, column: &str, own: &[&str]) -> BTreeSet<String> {
    let used = uses(value).columns.into_iter().filter(|used| used.name != column && is_own(used, &used.name, own));
    let names: BTreeSet<String> = used.map(|used| used.name).collect();
    names.into_iter().filter(|name| computes(value, name, own)).collect()
}

/// Functions that change nothing when they are applied again.
const STABLE: &[&str] = &[
    "lower",
    "upper",
    "trim",
    "btrim",
    "ltrim",
    "rtrim",
    "coalesce",
    "nullif",
    "initcap",
    "to_jsonb",
    "to_json",
    "array_remove",
];

/// Functions that put one thing in the place of another.
const REPLACES: &[&str] = &["replace", "array_replace"];

/// Whether the expression computes something from the column.
pub(super) fn computes(expression: Words<'_>, column: &str, own: &[&str]) -> bool {
    let expression = bare(expression);
    if is_alone(expression, column) || !mentions(expression, column, own) {
        return false;
    }
    let mut w = expression;
    if w.is("CASE") {
        return case_computes(expression, column);
    }
    let Some(items) = stable_call(&mut w) else { return true };
    items.into_iter().any(|item| computes_shallow(item, column, own))
}

/// Whether a use is one of a column of the table that goes by those names.
fn is_own(used: &ColumnUse, column: &str, own: &[&str]) -> bool {
    let here = match &used.qualifier {
        Some(qualifier) => own.is_empty() || own.contains(&qualifier.as_str()),
        // In a query of its own, a name is that of a column there.
        None => !used.nested,
    };
    used.name == column && here
}

fn mentions(words: Words<'_>, column: &str, own: &[&str]) -> bool {
    uses(words).columns.iter().any(|used| is_own(used, column, own))
}

/// The column itself, or a cast of it.
fn is_alone(expression: Words<'_>, column: &str) -> bool {
    let mut plain = expression;
    plain.name().is_some_and(|name| name.name == column) && (plain.is_done() || plain.is_operator("::"))
}

/// The arguments of a function that changes nothing the second time, where nothing else is computed.
fn stable_call<'t>(w: &mut Words<'t>) -> Option<Vec<Words<'t>>> {
    let name = w.ident_text(w.token()?);
    let replaces = REPLACES.contains(&name.as_str());
    if !replaces && !STABLE.contains(&name.as_str()) {
        return None;
    }
    w.at += 1;
    let inner = w.parens()?;
    if !w.is_done() && !w.is_operator("::") {
        return None;
    }
    let mut items = inner.items()?;
    if replaces && !replaced_for_good(&items) {
        return None;
    }
    // `trim(both ' ' from a)`
    for item in &mut items {
        if let Some(at) = item.find_outside("FROM") {
            *item = item.within(at + 1, item.tokens.len());
        }
    }
    Some(items)
}

/// Whether nothing is left to be replaced: the new text does not hold the old one.
fn replaced_for_good(items: &[Words<'_>]) -> bool {
    let text = |at: usize| items.get(at).and_then(|item| item.string_text(item.token()?));
    matches!((text(1), text(2)), (Some(old), Some(new)) if !old.is_empty() && !new.contains(&old))
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
            // A query has names of its own.
            Some(inner) if inner.is_any(&["SELECT", "WITH"]) => break,
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
fn computes_shallow(expression: Words<'_>, column: &str, own: &[&str]) -> bool {
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
    !is_alone(w, column) && mentions(w, column, own)
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

/// A condition without the parentheses around it.
fn unwrapped(condition: Words<'_>) -> Words<'_> {
    let mut w = condition;
    match w.parens() {
        Some(inner) if w.is_done() => inner,
        _ => condition,
    }
}

/// The parts between a word outside of parentheses; the `AND` of a `BETWEEN` is none.
fn parts<'t>(w: Words<'t>, word: &str) -> Vec<Words<'t>> {
    let mut parts = Vec::new();
    let (mut depth, mut from, mut between) = (0usize, 0, false);
    for (at, token) in w.tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            TokenKind::Word if depth == 0 && token.is_word(w.text, "BETWEEN") => between = true,
            TokenKind::Word if depth == 0 && token.is_word(w.text, "AND") && between => between = false,
            TokenKind::Word if depth == 0 && token.is_word(w.text, word) => {
                parts.push(w.within(from, at));
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(w.within(from, w.tokens.len()));
    parts
}

/// Whether a condition may no longer hold of what the column has become: it asks for more than its order or that there is one.
fn asks_for(condition: Words<'_>, column: &str, own: &[&str]) -> bool {
    let asks = |part: &Words<'_>| mentions(*part, column, own) && !is_weak(*part, column);
    parts(unwrapped(condition), "OR").iter().any(asks)
}

/// `a < 1`, `1 <> a`, `a IS NOT NULL`, `a BETWEEN 1 AND 2`.
fn is_weak(condition: Words<'_>, column: &str) -> bool {
    const ORDER: [&str; 6] = ["<", ">", "<=", ">=", "<>", "!="];
    let mut w = unwrapped(condition);
    let is_column = |mut w: Words<'_>| w.name().is_some_and(|name| name.name == column) && w.is_done();
    let turned = w.tokens.iter().position(|token| ORDER.iter().any(|order| token.bytes(w.text) == order.as_bytes()));
    if turned.is_some_and(|at| is_column(w.within(0, at)) || is_column(w.within(at + 1, w.tokens.len()))) {
        return true;
    }
    w.name().is_some_and(|name| name.name == column) && (w.sees("IS NOT NULL") || w.is_any(&["BETWEEN"]) || w.sees("NOT BETWEEN"))
}

/// Whether a row does not meet the condition any more: `a = 1`, or `a IS NULL`, where `a` becomes something else.
fn ends_by(condition: Words<'_>, assigned: &[(Ident, Words<'_>)]) -> bool {
    let mut w = unwrapped(condition);
    let Some(name) = w.name() else { return false };
    let becomes = assigned.iter().find(|(column, _)| column.text == name.name).and_then(|(_, value)| literal(*value));
    let Some(becomes) = becomes else { return false };
    if w.eat("IS NULL") {
        return w.is_done() && !becomes.eq_ignore_ascii_case(b"NULL");
    }
    w.eat_operator("=") && literal(w.rest()).is_some_and(|was| !was.eq_ignore_ascii_case(becomes))
}

/// The text of an expression that is one literal.
fn literal<'t>(value: Words<'t>) -> Option<&'t [u8]> {
    let [token] = value.tokens else { return None };
    let word = ["TRUE", "FALSE", "NULL"].iter().any(|word| token.is_word(value.text, word));
    (word || matches!(token.kind, TokenKind::String | TokenKind::Number)).then(|| token.bytes(value.text))
}
