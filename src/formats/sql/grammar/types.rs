//! Names of types, in one spelling.

use super::{Read, known};
use crate::formats::sql::Dialect;
use crate::formats::sql::model::{Name, TypeName, UNSIGNED};
use crate::formats::sql::token::TokenKind;
use crate::formats::sql::words::Words;
use crate::text::Span;

/// Spellings of several words, the longest first.
const PHRASES: &[(&str, &str)] = &[
    ("double precision", "double precision"),
    ("character varying", "varchar"),
    ("char varying", "varchar"),
    ("national character varying", "varchar"),
    ("national character", "char"),
    ("national varchar", "varchar"),
    ("bit varying", "varbit"),
    ("long varchar", "text"),
];

/// Other words for the same type.
const ALIASES: &[(&str, &str)] = &[
    ("int", "integer"),
    ("int4", "integer"),
    ("int8", "bigint"),
    ("int2", "smallint"),
    ("character", "char"),
    ("bpchar", "char"),
    ("decimal", "numeric"),
    ("dec", "numeric"),
    ("float8", "double precision"),
    ("float4", "real"),
    ("bool", "boolean"),
    ("serial4", "serial"),
    ("serial8", "bigserial"),
    ("serial2", "smallserial"),
    ("nvarchar", "varchar"),
];

/// A type, with its lengths and brackets.
pub(super) fn type_name(w: &mut Words<'_>) -> Read<TypeName> {
    let start = w.here().start;
    w.eat("SETOF");
    let mut name = match PHRASES.iter().find(|(phrase, _)| w.sees(phrase)) {
        Some((phrase, name)) => {
            let span = w.here();
            w.eat(phrase);
            Name { schema: None, name: (*name).to_string(), span: Span::new(span.start, w.gap()) }
        }
        None => known(w.name())?,
    };
    if name.schema.as_deref() == Some("pg_catalog") {
        name.schema = None;
    }
    if name.schema.is_none()
        && let Some((_, one)) = ALIASES.iter().find(|(alias, _)| *alias == name.name)
    {
        name.name = (*one).to_string();
    }
    let mut arguments = arguments(w);
    if matches!(name.name.as_str(), "timestamp" | "time") {
        if w.eat("WITH TIME ZONE") {
            name.name.push_str("tz");
        } else {
            w.eat("WITHOUT TIME ZONE");
        }
        if arguments.is_empty() {
            arguments = self::arguments(w);
        }
    }
    if name.name == "interval" {
        while w.eat_any(&["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "TO"]) {}
    }
    while w.eat_any(&["UNSIGNED", "SIGNED", "ZEROFILL"]) {
        let unsigned = w.before().is_some_and(|token| token.is_word(w.text, "UNSIGNED"));
        name.name.push_str(if unsigned { UNSIGNED } else { "" });
    }
    if w.dialect == Dialect::Mysql && name.name == "boolean" {
        (name.name, arguments) = ("tinyint".into(), "1".into());
    }
    if w.is_operator("%") {
        w.at += 1;
        w.eat("TYPE");
    }
    let array = brackets(w);
    Ok(TypeName { name, arguments, array, span: Span::new(start, w.gap()) })
}

fn arguments(w: &mut Words<'_>) -> String {
    let mut ahead = *w;
    let Some(inner) = ahead.parens() else { return String::new() };
    *w = ahead;
    let parts: Vec<_> = inner.tokens.iter().map(|token| String::from_utf8_lossy(token.bytes(w.text)).to_lowercase()).collect();
    parts.concat()
}

/// `[]`, `[3]`, `ARRAY`.
fn brackets(w: &mut Words<'_>) -> bool {
    let mut any = w.eat("ARRAY");
    while w.is_operator("[") {
        any = true;
        w.at += 1;
        if w.kind() == Some(TokenKind::Number) {
            w.at += 1;
        }
        if !w.eat_operator("]") {
            break;
        }
    }
    any
}

/// The input types of a parameter list, in one spelling: what tells a function from others of its name.
pub(super) fn parameters(list: Words<'_>) -> Read<String> {
    let mut types = Vec::new();
    for mut item in known(list.items())? {
        if item.is_done() {
            continue;
        }
        if let Some(at) = item.find_outside("DEFAULT") {
            item = item.within(0, at);
        } else if let Some(at) = item.tokens.iter().position(|token| matches!(token.bytes(item.text), b"=" | b":=")) {
            item = item.within(0, at);
        }
        if item.eat("OUT") || item.sees("TABLE") {
            continue;
        }
        let is_mode = |item: &Words<'_>| item.tokens.len() > item.at + 1;
        if is_mode(&item) {
            item.eat_any(&["IN OUT", "INOUT", "IN", "VARIADIC"]);
        }
        types.push(parameter(item)?);
    }
    Ok(types.join(","))
}

/// `type`, or `name type`, or `name mode type`.
fn parameter(item: Words<'_>) -> Read<String> {
    let mut whole = item;
    let unnamed = type_name(&mut whole);
    if let Ok(ty) = &unnamed
        && whole.is_done()
    {
        return Ok(bare(ty));
    }
    let mut named = item;
    named.need_ident()?;
    named.eat_any(&["INOUT", "IN", "VARIADIC"]);
    let ty = type_name(&mut named)?;
    named.end()?;
    Ok(bare(&ty))
}

/// The type without lengths, which do not tell functions apart.
fn bare(ty: &TypeName) -> String {
    let schema = ty.name.schema.as_deref().filter(|schema| *schema != "public");
    let name = schema.map_or_else(|| ty.name.name.clone(), |schema| format!("{schema}.{}", ty.name.name));
    let name = match name.as_str() {
        // Parameters are of the type below.
        "serial" => "integer".to_string(),
        _ => name,
    };
    if ty.array { format!("{name}[]") } else { name }
}
