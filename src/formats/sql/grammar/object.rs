//! Kinds of objects and how statements name them.

use super::types::parameters;
use super::{Read, Stop, known};
use crate::formats::sql::Dialect;
use crate::formats::sql::model::{Class, Ident, Name, Object};
use crate::formats::sql::token::TokenKind;
use crate::formats::sql::words::Words;

/// The words of each kind, the longer before those that they start with.
const CLASSES: &[(&str, Class)] = &[
    ("TABLE", Class::Table),
    ("FOREIGN TABLE", Class::ForeignTable),
    ("MATERIALIZED VIEW", Class::MaterializedView),
    ("VIEW", Class::View),
    ("INDEX", Class::Index),
    ("SEQUENCE", Class::Sequence),
    ("SCHEMA", Class::Schema),
    ("TYPE", Class::Type),
    ("DOMAIN", Class::Domain),
    ("FUNCTION", Class::Function),
    ("PROCEDURE", Class::Function),
    ("AGGREGATE", Class::Function),
    ("ROUTINE", Class::Function),
    ("EVENT TRIGGER", Class::EventTrigger),
    ("TRIGGER", Class::Trigger),
    ("POLICY", Class::Policy),
    ("RULE", Class::Rule),
    ("ROLE", Class::Role),
    ("USER MAPPING", Class::UserMapping),
    ("USER", Class::Role),
    ("GROUP", Class::Role),
    ("EXTENSION", Class::Extension),
    ("STATISTICS", Class::Statistics),
    ("DATABASE", Class::Database),
    ("COLLATION", Class::Collation),
    ("CONVERSION", Class::Conversion),
    ("CAST", Class::Cast),
    ("OPERATOR CLASS", Class::OperatorClass),
    ("OPERATOR FAMILY", Class::OperatorFamily),
    ("OPERATOR", Class::Operator),
    ("LANGUAGE", Class::Language),
    ("PROCEDURAL LANGUAGE", Class::Language),
    ("PUBLICATION", Class::Publication),
    ("SUBSCRIPTION", Class::Subscription),
    ("SERVER", Class::Server),
    ("FOREIGN DATA WRAPPER", Class::Wrapper),
    ("TEXT SEARCH CONFIGURATION", Class::TextSearch),
    ("TEXT SEARCH DICTIONARY", Class::TextSearch),
    ("TEXT SEARCH PARSER", Class::TextSearch),
    ("TEXT SEARCH TEMPLATE", Class::TextSearch),
    ("TABLESPACE", Class::Tablespace),
    ("ACCESS METHOD", Class::AccessMethod),
    ("TRANSFORM", Class::Transform),
    ("COLUMN", Class::Column),
    ("CONSTRAINT", Class::Constraint),
    ("EVENT", Class::Event),
];

/// The words that name a kind.
pub(super) fn class(w: &mut Words<'_>) -> Read<Class> {
    known(CLASSES.iter().find(|(phrase, _)| w.eat(phrase)).map(|(_, class)| *class))
}

/// The object of a kind, named as `DROP`, `ALTER` and `COMMENT ON` name it.
pub(super) fn object(w: &mut Words<'_>, class: Class) -> Read<Object> {
    match class {
        Class::Function => function(w),
        Class::Operator | Class::Cast | Class::Transform | Class::UserMapping | Class::OperatorClass | Class::OperatorFamily => {
            special(w, class)
        }
        Class::Trigger | Class::Policy | Class::Rule if w.dialect == Dialect::Postgres => {
            let name = w.need_ident()?;
            w.need("ON")?;
            Ok(Object::on(class, name.into(), w.need_name()?))
        }
        Class::Constraint => {
            let name = w.need_ident()?;
            w.need("ON")?;
            w.eat("DOMAIN");
            Ok(Object::on(class, name.into(), w.need_name()?))
        }
        Class::Column => column(w),
        Class::Index if w.dialect == Dialect::Mysql => {
            let name = w.need_ident()?;
            w.need("ON")?;
            Ok(Object::on(class, name.into(), w.need_name()?))
        }
        _ => Ok(Object::new(class, w.need_name()?)),
    }
}

/// `table.column`.
fn column(w: &mut Words<'_>) -> Read<Object> {
    let first = w.need_ident()?;
    let mut parts = vec![first];
    while w.eat_kind(TokenKind::Dot) {
        parts.push(w.need_ident()?);
    }
    let column: Ident = known(parts.pop())?;
    let table = known(parts.pop())?;
    let table = Name { schema: parts.pop().map(|schema| schema.text), name: table.text, span: table.span };
    Ok(Object::on(Class::Column, column.into(), table))
}

/// `name`, or `name(types)`.
pub(super) fn function(w: &mut Words<'_>) -> Read<Object> {
    let name = w.need_name()?;
    let mut object = Object::new(Class::Function, name);
    if w.kind() == Some(TokenKind::Open) {
        let list = known(w.parens())?;
        let all = list.is_operator("*") && list.tokens.len() == 1;
        object.arguments = Some(if all { "*".into() } else { parameters(list).unwrap_or_else(|_| raw(list)) });
    }
    Ok(object)
}

/// What no name alone tells: operators, casts, mappings. Their text stands for them.
fn special(w: &mut Words<'_>, class: Class) -> Read<Object> {
    let start = w.at;
    while !w.is_done()
        && !w.is_any(&[
            "CASCADE",
            "RESTRICT",
            "IS",
            "OWNER",
            "RENAME",
            "SET",
            "WITH",
            "OPTIONS",
            "FUNCTION",
            "PROCEDURE",
            "DEFAULT",
            "AS",
        ])
    {
        let more = match w.kind() {
            Some(TokenKind::Open) => w.parens().is_some(),
            Some(TokenKind::Comma) => break,
            _ => w.bump().is_some(),
        };
        if !more {
            return Err(Stop::Unknown);
        }
    }
    let words = w.within(start, w.at);
    let span = words.span();
    if words.tokens.is_empty() {
        return Err(Stop::Unknown);
    }
    Ok(Object::new(class, Name { schema: None, name: raw(words), span }))
}

/// The tokens in lower case, with one blank between them.
pub(super) fn raw(words: Words<'_>) -> String {
    let parts: Vec<_> =
        words.tokens.iter().map(|token| String::from_utf8_lossy(token.bytes(words.text)).to_lowercase()).collect();
    parts.join(" ")
}
