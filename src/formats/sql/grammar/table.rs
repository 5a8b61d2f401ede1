//! `CREATE TABLE`, columns and constraints.

use super::types::type_name;
use super::{Read, Stop, invalid, known};
use crate::formats::sql::Dialect;
use crate::formats::sql::model::{Column, Constraint, ConstraintKind, Ident, Like, Made, Name, Table, TypeName};
use crate::formats::sql::query::{Uses, uses};
use crate::formats::sql::token::TokenKind;
use crate::formats::sql::words::Words;
use crate::text::Span;

/// What follows the table's name.
pub(super) fn table(w: &mut Words<'_>) -> Read<Made> {
    let mut table = Table { is_complete: true, ..Table::default() };
    if w.eat("PARTITION OF") {
        table.partition_of = Some(w.need_name()?);
        table.is_complete = false;
    } else if w.eat("OF") || w.eat("CLONE") {
        w.need_name()?;
        table.is_complete = false;
    }
    if w.eat("LIKE") {
        // MySQL's: all of the other.
        table.likes.push(Like { table: w.need_name()?, defaults: true, indexes: false });
        table.is_complete = false;
    }
    // `CREATE TABLE t (SELECT …)` and `CREATE TABLE t (LIKE u)` are a list in parentheses as well.
    let list = Some(*w).filter(|w| w.kind() == Some(TokenKind::Open) && !w.is_at(1, "SELECT") && !w.is_at(1, "WITH"));
    if list.is_some() {
        elements(known(w.parens())?, &mut table)?;
    } else if table.is_complete
        && w.find_outside("AS").is_none()
        && !w.is_any(&["SELECT", "WITH", "USING"])
        && w.kind() != Some(TokenKind::Open)
    {
        return Err(Stop::Unknown);
    }
    options(w, &mut table)?;
    Ok(Made::Table(table))
}

/// What may follow the list of columns.
fn options(w: &mut Words<'_>, table: &mut Table) -> Read<()> {
    if w.eat("INHERITS") {
        table.parents.extend(known(known(w.parens())?.names())?);
        table.is_complete = false;
    }
    if let Some(at) = query_at(w) {
        let query = w.within(at, w.tokens.len());
        table.query = Some(uses(query));
        table.is_complete = false;
    }
    // Storage, partitions, table spaces and engines change no object that is tracked.
    w.at = w.tokens.len();
    Ok(())
}

fn query_at(w: &Words<'_>) -> Option<usize> {
    let behind_as =
        |at: usize| w.tokens.get(at + 1).is_some_and(|token| token.kind == TokenKind::Open || token.kind == TokenKind::Word);
    let found = w.find_outside("AS").filter(|at| behind_as(*at)).map(|at| at + 1);
    found.or_else(|| w.find_outside("SELECT")).or_else(|| (w.kind() == Some(TokenKind::Open)).then_some(w.at))
}

/// The list of columns and constraints.
fn elements(list: Words<'_>, table: &mut Table) -> Read<()> {
    let items = known(list.items())?;
    let count = items.len();
    for (at, mut item) in items.into_iter().enumerate() {
        if item.is_done() {
            let only = count == 1 && list.dialect == Dialect::Postgres;
            if only {
                return Ok(());
            }
            let place = if at + 1 == count { list.span().end } else { item.here().start };
            return invalid(
                Span::at(place),
                "a column or constraint is missing between this comma and what follows",
                "take the comma away",
            );
        }
        if item.eat("LIKE") {
            let name = item.need_name()?;
            let includes = |what: &str| item.has("INCLUDING ALL") || item.has(&format!("INCLUDING {what}"));
            let defaults = includes("DEFAULTS") && !item.has("EXCLUDING DEFAULTS");
            let indexes = includes("INDEXES") && !item.has("EXCLUDING INDEXES");
            table.likes.push(Like { table: name, defaults, indexes });
            table.is_complete = false;
        } else if starts_constraint(&item) {
            table.constraints.push(constraint(&mut item)?);
        } else {
            table.columns.push(column(&mut item)?);
        }
    }
    Ok(())
}

/// Whether a constraint comes next, and no column of that name.
pub(super) fn starts_constraint(w: &Words<'_>) -> bool {
    let paren = |ahead: usize| w.kind_at(ahead) == Some(TokenKind::Open);
    w.is("CONSTRAINT")
        || w.sees("PRIMARY KEY")
        || w.sees("FOREIGN KEY")
        || (w.is("UNIQUE")
            && (paren(1) || w.is_any_at(1, &["KEY", "INDEX", "USING", "NULLS"]) || (w.dialect == Dialect::Mysql && paren(2))))
        || (w.is("CHECK") && paren(1))
        || (w.is("EXCLUDE") && (paren(1) || w.is_at(1, "USING")))
        || (w.dialect == Dialect::Mysql
            && w.is_any(&["KEY", "INDEX", "FULLTEXT", "SPATIAL"])
            && (paren(1) || paren(2) || w.is_any_at(1, &["KEY", "INDEX"]) || w.is_at(2, "USING")))
}

impl Words<'_> {
    fn is_any_at(&self, ahead: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_at(ahead, word))
    }
}

/// A constraint of a table.
pub(super) fn constraint(w: &mut Words<'_>) -> Read<Constraint> {
    let start = w.here().start;
    let mut name = None;
    if w.eat("CONSTRAINT") {
        let span = w.here();
        if w.dialect == Dialect::Postgres && w.if_not_exists() {
            return invalid(
                span,
                "PostgreSQL has no `ADD CONSTRAINT IF NOT EXISTS`",
                "put `DROP CONSTRAINT IF EXISTS` before it, or a `DO` block around it",
            );
        }
        w.eat("IF NOT EXISTS");
        // MySQL allows a constraint without a name here.
        let unnamed = w.sees("PRIMARY KEY")
            || w.sees("FOREIGN KEY")
            || (w.is_any(&["UNIQUE", "CHECK"]) && w.kind_at(1) == Some(TokenKind::Open));
        if !unnamed {
            name = Some(w.need_ident()?);
        }
    }
    let kind = kind(w, &mut name)?;
    let not_valid = w.find_outside("NOT VALID").is_some();
    let end = w.tokens.last().map_or(start, |token| token.span().end);
    w.at = w.tokens.len();
    Ok(Constraint { name, kind, span: Span::new(start, end), not_valid })
}

fn kind(w: &mut Words<'_>, name: &mut Option<Ident>) -> Read<ConstraintKind> {
    let mysql = w.dialect == Dialect::Mysql;
    if w.eat("PRIMARY KEY") {
        let (columns, using) = key(w, &mut None)?;
        return Ok(ConstraintKind::PrimaryKey { columns, using });
    }
    if w.eat("UNIQUE") {
        let (columns, using) = key(w, name)?;
        return Ok(ConstraintKind::Unique { columns, using });
    }
    if w.eat("CHECK") {
        return Ok(check(known(w.parens())?));
    }
    if w.eat("FOREIGN KEY") {
        if mysql && w.kind() != Some(TokenKind::Open) {
            name.get_or_insert(w.need_ident()?);
        }
        let columns = w.column_list()?;
        let (table, referenced) = references(w)?;
        return Ok(ConstraintKind::ForeignKey { columns, table, referenced });
    }
    if w.eat("EXCLUDE") {
        if w.eat("USING") {
            w.need_ident()?;
        }
        let items = known(known(w.parens())?.items())?;
        let columns = items.into_iter().filter_map(|mut item| item.ident()).collect();
        return Ok(ConstraintKind::Exclude { columns });
    }
    if w.eat("NOT NULL") {
        return Ok(ConstraintKind::NotNull { column: w.need_ident()? });
    }
    if mysql {
        let blocks = w.eat_any(&["FULLTEXT", "SPATIAL"]);
        w.eat_any(&["KEY", "INDEX"]);
        let (columns, _) = key(w, name)?;
        return Ok(ConstraintKind::Key { columns, blocks });
    }
    Err(Stop::Unknown)
}

fn check(condition: Words<'_>) -> ConstraintKind {
    let mut w = condition;
    let filled = w.ident().filter(|_| w.eat("IS NOT NULL") && w.is_done()).map(|column| column.text);
    ConstraintKind::Check { uses: uses(condition), filled }
}

/// What follows `PRIMARY KEY` and `UNIQUE`: columns, or an index that there is.
fn key(w: &mut Words<'_>, name: &mut Option<Ident>) -> Read<(Vec<Ident>, Option<Ident>)> {
    if w.eat("USING INDEX") {
        return Ok((Vec::new(), Some(w.need_ident()?)));
    }
    w.eat_any(&["KEY", "INDEX"]);
    w.eat_any(&["NULLS NOT DISTINCT", "NULLS DISTINCT"]);
    if w.dialect == Dialect::Mysql && w.kind() != Some(TokenKind::Open) && !w.is("USING") {
        *name = Some(w.need_ident()?);
    }
    if w.eat("USING") {
        w.need_ident()?;
    }
    let inner = known(w.parens())?;
    // An index over an expression has no column to name.
    let columns = known(inner.items())?.into_iter().filter_map(|mut item| item.ident()).collect();
    Ok((columns, None))
}

/// `REFERENCES table (columns)`, and what follows.
fn references(w: &mut Words<'_>) -> Read<(Name, Vec<Ident>)> {
    w.need("REFERENCES")?;
    let table = w.need_name()?;
    let referenced = if w.kind() == Some(TokenKind::Open) { w.column_list()? } else { Vec::new() };
    Ok((table, referenced))
}

/// The words of a column's definition that its type is over with.
const BEHIND_TYPE: &[&str] = &[
    "CONSTRAINT",
    "NOT",
    "NULL",
    "DEFAULT",
    "PRIMARY",
    "UNIQUE",
    "CHECK",
    "REFERENCES",
    "GENERATED",
    "COLLATE",
    "AS",
    "AUTO_INCREMENT",
    "AUTOINCREMENT",
    "COMMENT",
    "ON",
    "STORAGE",
    "COMPRESSION",
    "DEFERRABLE",
    "INITIALLY",
    "KEY",
];

/// A column's definition.
pub(super) fn column(w: &mut Words<'_>) -> Read<Column> {
    let start = w.here().start;
    let name = w.need_ident()?;
    // SQLite, and a column of a partition, need no type.
    let untyped = w.is_done() || w.is_any(BEHIND_TYPE);
    let ty = if untyped { no_type(name.span.end) } else { type_name(w)? };
    if !untyped && w.dialect == Dialect::Sqlite {
        // SQLite takes any words for a type.
        while w.at_ident() && !w.is_any(BEHIND_TYPE) {
            w.at += 1;
        }
        w.parens();
    }
    let mut column = Column {
        name,
        ty,
        span: Span::at(start),
        not_null: false,
        has_default: false,
        identity: false,
        generated: false,
        constraints: Vec::new(),
        uses: Uses::default(),
    };
    while !w.is_done() {
        attribute(w, &mut column)?;
    }
    column.span = Span::new(start, w.gap());
    Ok(column)
}

fn no_type(at: usize) -> TypeName {
    let name = Name { schema: None, name: String::new(), span: Span::at(at) };
    TypeName { name, arguments: String::new(), array: false, span: Span::at(at) }
}

/// One attribute of a column.
fn attribute(w: &mut Words<'_>, column: &mut Column) -> Read<()> {
    let start = w.here().start;
    let name = if w.eat("CONSTRAINT") { Some(w.need_ident()?) } else { None };
    let own = vec![column.name.clone()];
    let kind = if w.eat("NOT NULL") {
        column.not_null = true;
        None
    } else if w.eat("NULL") {
        None
    } else if w.eat("PRIMARY KEY") {
        w.eat_any(&["ASC", "DESC"]);
        column.not_null = true;
        Some(ConstraintKind::PrimaryKey { columns: own, using: None })
    } else if w.eat("UNIQUE") {
        w.eat("KEY");
        Some(ConstraintKind::Unique { columns: own, using: None })
    } else if w.eat("CHECK") {
        Some(check(known(w.parens())?))
    } else if w.sees("REFERENCES") {
        let (table, referenced) = references(w)?;
        actions(w);
        Some(ConstraintKind::ForeignKey { columns: own, table, referenced })
    } else {
        return plain_attribute(w, column);
    };
    if let Some(kind) = kind {
        column.constraints.push(Constraint { name, kind, span: Span::new(start, w.gap()), not_valid: false });
    }
    Ok(())
}

/// `ON DELETE …`, `DEFERRABLE …`, `MATCH …`, `ON CONFLICT …`.
fn actions(w: &mut Words<'_>) {
    loop {
        if w.eat("ON DELETE") || w.eat("ON UPDATE") {
            if w.eat_any(&["SET NULL", "SET DEFAULT"]) {
                w.parens();
            } else {
                w.eat_any(&["NO ACTION", "CASCADE", "RESTRICT"]);
            }
        } else if w.eat("MATCH") {
            w.at += 1;
        } else if !w.eat_any(&["NOT DEFERRABLE", "DEFERRABLE", "INITIALLY DEFERRED", "INITIALLY IMMEDIATE", "NOT VALID"]) {
            return;
        }
    }
}

/// An attribute that is no constraint.
fn plain_attribute(w: &mut Words<'_>, column: &mut Column) -> Read<()> {
    if w.eat("DEFAULT") {
        column.has_default = true;
        column.uses.extend(uses(expression(w)?));
    } else if w.eat("GENERATED ALWAYS AS") || w.eat("GENERATED BY DEFAULT AS") || w.eat("AS") {
        column.has_default = true;
        if w.eat("IDENTITY") {
            column.identity = true;
            column.not_null = true;
            w.parens();
        } else {
            column.generated = true;
            column.uses.extend(uses(known(w.parens())?));
            w.eat_any(&["STORED", "VIRTUAL"]);
        }
    } else if w.eat_any(&["AUTO_INCREMENT", "AUTOINCREMENT"]) {
        column.has_default = true;
    } else if w.eat("COLLATE") {
        w.need_name()?;
    } else if w.eat_any(&["STORAGE", "COMPRESSION", "COMMENT", "CHARSET", "COLUMN_FORMAT", "CHARACTER SET"]) {
        w.at += 1;
    } else if w.eat("ON UPDATE") {
        expression(w)?;
    } else if w.eat("ON CONFLICT") {
        w.at += 1;
    } else if w.eat_any(&["FIRST", "INVISIBLE", "VISIBLE", "KEY", "BINARY", "VIRTUAL", "STORED"]) {
    } else if w.eat("AFTER") {
        w.need_ident()?;
    } else if w.eat("OPTIONS") {
        known(w.parens())?;
    } else if w.eat_any(&["NOT DEFERRABLE", "DEFERRABLE", "INITIALLY DEFERRED", "INITIALLY IMMEDIATE", "NO INHERIT"]) {
    } else {
        return Err(Stop::Unknown);
    }
    Ok(())
}

/// The tokens up to the next attribute.
fn expression<'t>(w: &mut Words<'t>) -> Read<Words<'t>> {
    const STOPS: &[&str] = &[
        "CONSTRAINT",
        "PRIMARY",
        "UNIQUE",
        "CHECK",
        "REFERENCES",
        "GENERATED",
        "COLLATE",
        "AUTO_INCREMENT",
        "COMMENT",
        "AFTER",
        "FIRST",
        "DEFERRABLE",
        "INITIALLY",
    ];
    let start = w.at;
    let mut depth = 0usize;
    while let Some(kind) = w.kind() {
        let first = w.at == start;
        match kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            TokenKind::Word if depth == 0 && !first => {
                let null = w.is("NULL") || w.sees("NOT NULL") || w.sees("NOT DEFERRABLE");
                if null || w.is_any(STOPS) || w.sees("ON UPDATE") || w.sees("ON DELETE") {
                    break;
                }
            }
            _ => {}
        }
        w.at += 1;
    }
    if w.at == start { Err(Stop::Unknown) } else { Ok(w.within(start, w.at)) }
}
