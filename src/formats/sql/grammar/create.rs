//! `CREATE …`.

use super::object::{class, object};
use super::table::table;
use super::types::{parameters, type_name};
use super::{Read, Stop, invalid, known};
use crate::formats::sql::Dialect;
use crate::formats::sql::model::{Action, Class, Create, Ident, Index, IndexKey, Made, Name, Object};
use crate::formats::sql::query::{Uses, uses};
use crate::formats::sql::token::TokenKind;
use crate::formats::sql::words::Words;
use crate::text::Span;

/// What stood between `CREATE` and the kind.
#[derive(Default)]
struct Modifiers {
    or_replace: bool,
    temporary: bool,
    unique: bool,
    /// A full-text or spatial index.
    blocks: bool,
}

pub(super) fn create(w: &mut Words<'_>) -> Read<Vec<Action>> {
    let replace_at = w.gap();
    let mut modifiers = Modifiers::default();
    loop {
        if w.eat("OR REPLACE") {
            modifiers.or_replace = true;
        } else if w.eat_any(&["GLOBAL", "LOCAL"]) {
        } else if w.eat_any(&["TEMPORARY", "TEMP"]) {
            modifiers.temporary = true;
        } else if w.eat("UNIQUE") {
            modifiers.unique = true;
        } else if w.sees("CONSTRAINT TRIGGER")
            || w.sees("DEFAULT CONVERSION")
            || w.sees("RECURSIVE VIEW")
            || w.sees("VIRTUAL TABLE")
            || w.sees("TRUSTED LANGUAGE")
            || w.sees("TRUSTED PROCEDURAL")
        {
            w.at += 1;
        } else if w.eat_any(&["FULLTEXT INDEX", "SPATIAL INDEX"]) {
            modifiers.blocks = true;
        } else if !w.eat("UNLOGGED") && !mysql_modifier(w) {
            break;
        }
    }
    // `FULLTEXT INDEX` was taken whole.
    let class = if w.before().is_some_and(|token| token.is_word(w.text, "INDEX")) { Class::Index } else { class(w)? };
    let mut create = Create {
        object: Object::new(class, Name { schema: None, name: String::new(), span: w.here() }),
        if_not_exists: false,
        or_replace: modifiers.or_replace,
        temporary: modifiers.temporary,
        concurrently: class == Class::Index && w.eat("CONCURRENTLY"),
        made: Made::Other,
        guard_at: w.gap(),
        replace_at: replaceable(class, w.dialect).then_some(replace_at),
    };
    refuse(w, &create)?;
    create.if_not_exists = w.if_not_exists();
    body(w, &mut create, &modifiers)?;
    Ok(vec![Action::Create(Box::new(create))])
}

/// `DEFINER = x`, `ALGORITHM = x`, `SQL SECURITY x`.
fn mysql_modifier(w: &mut Words<'_>) -> bool {
    if w.dialect != Dialect::Mysql {
        return false;
    }
    if w.eat("SQL SECURITY") {
        w.at += 1;
        return true;
    }
    if !w.eat_any(&["DEFINER", "ALGORITHM"]) {
        return false;
    }
    w.eat_operator("=");
    w.at += 1;
    while w.is_operator("@") || w.kind() == Some(TokenKind::Open) {
        w.at += 2;
    }
    true
}

/// Kinds that know `OR REPLACE`.
fn replaceable(class: Class, dialect: Dialect) -> bool {
    match dialect {
        Dialect::Postgres => {
            matches!(class, Class::View | Class::Function | Class::Trigger | Class::Rule | Class::Language | Class::Transform)
        }
        Dialect::Mysql => class == Class::View,
        Dialect::Sqlite | Dialect::Generic => false,
    }
}

/// What PostgreSQL never had.
fn refuse(w: &mut Words<'_>, create: &Create) -> Read<()> {
    if w.dialect != Dialect::Postgres {
        return Ok(());
    }
    let class = create.object.class;
    let span = w.here();
    if w.sees("IF NOT EXISTS") {
        let help = match class {
            Class::View | Class::Function | Class::Rule | Class::Trigger => "write `CREATE OR REPLACE`",
            Class::Type | Class::Domain | Class::Role => "put a `DO` block around it that looks, or catches `duplicate_object`",
            Class::Policy => "put `DROP POLICY IF EXISTS` before it",
            Class::Database | Class::Language | Class::Operator | Class::Cast | Class::Publication => "",
            _ => return Ok(()),
        };
        return invalid(span, format!("PostgreSQL has no `CREATE {} IF NOT EXISTS`", class.noun().to_uppercase()), help);
    }
    if create.or_replace
        && matches!(
            class,
            Class::Table | Class::Type | Class::Index | Class::Policy | Class::Schema | Class::MaterializedView | Class::Sequence
        )
    {
        let message = format!("PostgreSQL has no `CREATE OR REPLACE {}`", class.noun().to_uppercase());
        return invalid(w.tokens.get(1).map_or(span, |token| token.span()), message, "");
    }
    Ok(())
}

fn body(w: &mut Words<'_>, create: &mut Create, modifiers: &Modifiers) -> Read<()> {
    match create.object.class {
        Class::Table | Class::ForeignTable => {
            create.object.name = w.need_name()?;
            let virtual_table = w.dialect == Dialect::Sqlite && w.sees("USING");
            create.made = if virtual_table { Made::Other } else { table(w)? };
        }
        Class::Index => return index(w, create, modifiers),
        Class::View | Class::MaterializedView => view(w, create)?,
        Class::Sequence => sequence(w, create)?,
        Class::Type => enumeration(w, create)?,
        Class::Domain => {
            create.object.name = w.need_name()?;
            w.eat("AS");
            create.made = Made::Typed(type_name(w)?);
        }
        Class::Function => function(w, create)?,
        Class::Trigger => trigger(w, create)?,
        Class::Policy | Class::Rule => reader(w, create)?,
        Class::Schema => schema(w, create)?,
        Class::Cast | Class::UserMapping | Class::Transform | Class::OperatorClass | Class::OperatorFamily => {
            create.object = object(w, create.object.class)?;
        }
        Class::Operator => operator(w, create)?,
        Class::Statistics if w.is("ON") || w.kind() == Some(TokenKind::Open) => return Err(Stop::Unknown),
        Class::Column | Class::Constraint => return Err(Stop::Unknown),
        _ => create.object.name = w.need_name()?,
    }
    Ok(())
}

fn index(w: &mut Words<'_>, create: &mut Create, modifiers: &Modifiers) -> Read<()> {
    let mut name = None;
    if !w.is("ON") || w.is_at(1, "ON") {
        name = Some(w.need_name()?);
    } else if create.if_not_exists {
        return invalid(w.here(), "an index that is made `IF NOT EXISTS` needs a name", "name it");
    }
    if w.dialect == Dialect::Mysql && w.eat("USING") {
        w.at += 1;
    }
    w.need("ON")?;
    w.eat("ONLY");
    let table = w.need_name()?;
    if w.eat("USING") {
        w.need_ident()?;
    }
    let list = known(w.parens())?;
    let mut all = uses(list);
    let keys: Read<Vec<IndexKey>> = known(list.items())?.into_iter().map(index_key).collect();
    let partial = w.find_outside("WHERE");
    if let Some(at) = partial {
        all.extend(uses(w.within(at, w.tokens.len())));
    }
    let named = name.is_some();
    let mut name = name.unwrap_or(Name { schema: None, name: String::new(), span: table.span });
    name.schema = name.schema.or_else(|| table.schema.clone());
    create.object.name = name;
    if w.dialect == Dialect::Mysql {
        create.object.on = Some(table.clone());
    }
    let (unique, blocks, partial) = (modifiers.unique, modifiers.blocks, partial.is_some());
    create.made = Made::Index(Index { table, unique, keys: keys?, uses: all, partial, named, blocks });
    Ok(())
}

/// A column, or an expression by the name that PostgreSQL would find for it.
fn index_key(mut item: Words<'_>) -> Read<IndexKey> {
    let mut ahead = item;
    if item.kind() == Some(TokenKind::Open) {
        return Ok(IndexKey::Expression("expr".into()));
    }
    let name = ahead.need_name()?;
    if ahead.kind() == Some(TokenKind::Open) && item.dialect != Dialect::Mysql {
        return Ok(IndexKey::Expression(name.name));
    }
    Ok(IndexKey::Column(item.need_ident()?))
}

fn view(w: &mut Words<'_>, create: &mut Create) -> Read<()> {
    create.object.name = w.need_name()?;
    let columns = if w.kind() == Some(TokenKind::Open) {
        Some(w.column_list()?.into_iter().map(|column| column.text).collect())
    } else {
        None
    };
    let at = known(w.find_outside("AS"))?;
    let query = w.within(at + 1, w.tokens.len());
    if query.is_done() || !(query.is_any(&["SELECT", "WITH", "VALUES", "TABLE"]) || query.kind() == Some(TokenKind::Open)) {
        return Err(Stop::Unknown);
    }
    create.made = Made::View { columns: columns.or_else(|| output(query)), uses: uses(query) };
    Ok(())
}

/// The names of a query's columns, where each is told by a name.
fn output(mut query: Words<'_>) -> Option<Vec<String>> {
    query.eat("SELECT").then_some(())?;
    if query.is("DISTINCT") {
        return None;
    }
    let end = query.find_outside("FROM").unwrap_or(query.tokens.len());
    let list = query.within(query.at, end);
    list.items()?.into_iter().map(output_name).collect()
}

fn output_name(item: Words<'_>) -> Option<String> {
    let last = item.tokens.len().checked_sub(1)?;
    let mut name = item;
    name.at = last;
    let ident = name.ident()?;
    let before = last.checked_sub(1).map(|at| item.tokens[at]);
    let plain = match before.map(|token| token.kind) {
        None | Some(TokenKind::Dot) => true,
        _ => before.is_some_and(|token| token.is_word(item.text, "AS")),
    };
    plain.then_some(ident.text)
}

fn sequence(w: &mut Words<'_>, create: &mut Create) -> Read<()> {
    create.object.name = w.need_name()?;
    let mut owner = None;
    if let Some(at) = w.find_outside("OWNED BY") {
        let mut rest = w.within(at + 2, w.tokens.len());
        owner = owner_column(&mut rest)?;
    }
    create.made = Made::Sequence { owner };
    Ok(())
}

/// `table.column`, or `NONE`.
pub(super) fn owner_column(w: &mut Words<'_>) -> Read<Option<(Name, Ident)>> {
    if w.eat("NONE") {
        return Ok(None);
    }
    let object = object(w, Class::Column)?;
    let column = Ident { text: object.name.name, span: object.name.span };
    Ok(object.on.map(|table| (table, column)))
}

fn enumeration(w: &mut Words<'_>, create: &mut Create) -> Read<()> {
    create.object.name = w.need_name()?;
    if !w.eat("AS ENUM") {
        let composite = w.sees("AS RANGE") || (w.is("AS") && w.kind_at(1) == Some(TokenKind::Open));
        let base = w.is_done() || w.kind() == Some(TokenKind::Open);
        return if composite || base { Ok(()) } else { Err(Stop::Unknown) };
    }
    let list = known(w.parens())?;
    create.made =
        Made::Enum(if list.is_done() { Vec::new() } else { known(list.items())?.iter().map(label).collect::<Read<_>>()? });
    Ok(())
}

/// The text of a string, with its place.
pub(super) fn label(w: &Words<'_>) -> Read<Ident> {
    let token = known(w.token())?;
    Ok(Ident { text: known(w.string_text(token))?, span: token.span() })
}

fn function(w: &mut Words<'_>, create: &mut Create) -> Read<()> {
    let name = w.need_name()?;
    let list = known(w.parens())?;
    let span = Span::new(name.span.start, name.span.end);
    create.object.name = Name { span, ..name };
    let aggregate = list.is("BASETYPE") || list.is("SFUNC");
    create.object.arguments = Some(if aggregate { super::object::raw(list) } else { parameters(list)? });
    let mut returns = String::new();
    if w.eat("RETURNS TABLE") {
        returns = format!("table({})", super::object::raw(known(w.parens())?));
    } else if w.eat("RETURNS") {
        let setof = w.is("SETOF");
        returns = format!("{}{}", if setof { "setof " } else { "" }, type_name(w)?.text());
    } else if list.has("OUT") || list.has("INOUT") {
        returns = super::object::raw(list);
    }
    create.made = Made::Function { returns };
    Ok(())
}

fn trigger(w: &mut Words<'_>, create: &mut Create) -> Read<()> {
    let name = w.need_name()?;
    let events = w.at;
    let at = known(w.find_outside("ON"))?;
    let columns = uses_of_columns(w.within(events, at));
    w.at = at + 1;
    let table = w.need_name()?;
    let mut all = Uses { columns, ..Uses::default() };
    let execute = w.find_outside("EXECUTE");
    if let Some(when) = w.find_outside("WHEN") {
        all.extend(uses(w.within(when + 1, execute.unwrap_or(w.tokens.len()))));
    }
    let mut function = None;
    if let Some(at) = execute {
        w.at = at + 1;
        if !w.eat_any(&["FUNCTION", "PROCEDURE"]) {
            return Err(Stop::Unknown);
        }
        function = Some(w.need_name()?);
    } else if w.dialect == Dialect::Postgres {
        return Err(Stop::Unknown);
    }
    create.object = match w.dialect {
        Dialect::Postgres | Dialect::Generic => Object::on(Class::Trigger, name, table),
        // Elsewhere a trigger's name is a name of the schema.
        Dialect::Mysql | Dialect::Sqlite => Object::new(Class::Trigger, name),
    };
    create.made = Made::Trigger { function, uses: all };
    Ok(())
}

/// The columns of `UPDATE OF a, b`.
fn uses_of_columns(events: Words<'_>) -> Vec<crate::formats::sql::query::ColumnUse> {
    let Some(at) = events.find_outside("UPDATE OF") else { return Vec::new() };
    uses(events.within(at + 2, events.tokens.len())).columns
}

fn reader(w: &mut Words<'_>, create: &mut Create) -> Read<()> {
    let class = create.object.class;
    let name = w.need_ident()?;
    if class == Class::Rule {
        w.need("AS ON")?;
        w.at += 1;
        w.need("TO")?;
    } else {
        w.need("ON")?;
    }
    let table = w.need_name()?;
    let expressions = w.find_outside("USING").into_iter().chain(w.find_outside("WITH CHECK")).min();
    let all = if class == Class::Policy { expressions.map(|at| uses(w.within(at, w.tokens.len()))) } else { None };
    create.object = Object::on(class, name.into(), table);
    create.made = Made::Reader(all.unwrap_or_default());
    Ok(())
}

fn schema(w: &mut Words<'_>, create: &mut Create) -> Read<()> {
    create.object.name = if w.eat("AUTHORIZATION") {
        w.need_ident()?.into()
    } else {
        let name = w.need_ident()?;
        if w.eat("AUTHORIZATION") {
            w.need_ident()?;
        }
        name.into()
    };
    create.made = Made::Schema;
    // Objects that the statement makes in the schema are another matter.
    if w.dialect == Dialect::Postgres { w.end() } else { Ok(()) }
}

fn operator(w: &mut Words<'_>, create: &mut Create) -> Read<()> {
    let start = w.at;
    while !w.is_done() && w.kind() != Some(TokenKind::Open) {
        w.at += 1;
    }
    let name = w.within(start, w.at);
    let list = known(w.parens())?;
    let side = |key: &str| {
        let item = list.items()?.into_iter().find(|item| item.is(key))?;
        Some(super::object::raw(item.within(2, item.tokens.len())))
    };
    let sides = [side("LEFTARG"), side("RIGHTARG")].map(|side| side.unwrap_or_else(|| "none".into()));
    let text = format!("{} ( {} , {} )", super::object::raw(name), sides[0], sides[1]);
    create.object.name = Name { schema: None, name: text, span: name.span() };
    Ok(())
}
