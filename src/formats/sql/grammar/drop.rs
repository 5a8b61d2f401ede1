//! `DROP …`.

use super::object::{class, object};
use super::{Read, Stop, known};
use crate::formats::sql::Dialect;
use crate::formats::sql::model::{Action, Class, Drop, Name, Object};
use crate::formats::sql::token::TokenKind;
use crate::formats::sql::words::Words;

pub(super) fn drop(w: &mut Words<'_>) -> Read<Vec<Action>> {
    if w.eat("OWNED BY") || w.eat("PREPARE") {
        w.at = w.tokens.len();
        return Ok(Vec::new());
    }
    if w.dialect == Dialect::Mysql {
        w.eat("TEMPORARY");
    }
    let class = class(w)?;
    if matches!(class, Class::Column | Class::Constraint) {
        return Err(Stop::Unknown);
    }
    let concurrently = class == Class::Index && w.eat("CONCURRENTLY");
    let guard_at = w.gap();
    let if_exists = w.if_exists();
    let mut objects = vec![dropped(w, class)?];
    while w.eat_kind(TokenKind::Comma) {
        objects.push(dropped(w, class)?);
    }
    let cascade = w.eat("CASCADE");
    w.eat("RESTRICT");
    if w.dialect == Dialect::Mysql {
        // `ALGORITHM = x`, `LOCK = x`
        w.at = w.tokens.len();
    }
    if class == Class::Database && w.eat("WITH") {
        w.parens();
    }
    w.eat("FORCE");
    w.end()?;
    Ok(vec![Action::Drop(Drop { objects, if_exists, cascade, concurrently, guard_at })])
}

fn dropped(w: &mut Words<'_>, class: Class) -> Read<Object> {
    if class == Class::Operator {
        return operator(w);
    }
    object(w, class)
}

/// `+ (integer, integer)`, in the text that its creation has.
fn operator(w: &mut Words<'_>) -> Read<Object> {
    let start = w.at;
    while !w.is_done() && w.kind() != Some(TokenKind::Open) {
        w.at += 1;
    }
    let name = w.within(start, w.at);
    let sides: Vec<String> = known(known(w.parens())?.items())?.into_iter().map(super::object::raw).collect();
    let text = format!("{} ( {} )", super::object::raw(name), sides.join(" , "));
    Ok(Object::new(Class::Operator, Name { schema: None, name: text, span: name.span() }))
}
