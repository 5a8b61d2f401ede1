//! `ALTER …`.

use super::again::{computes, is_column};
use super::create::{label, owner_column};
use super::object::{class, object};
use super::table::{column, constraint, starts_constraint};
use super::types::type_name;
use super::{Read, Stop, invalid, known};
use crate::formats::sql::Dialect;
use crate::formats::sql::model::{Action, Alter, Change, Class, Command, EnumValue, Ident, Object};
use crate::formats::sql::token::TokenKind;
use crate::formats::sql::words::Words;

pub(super) fn alter(w: &mut Words<'_>) -> Read<Vec<Action>> {
    if w.eat("DEFAULT PRIVILEGES") || w.eat("SYSTEM") || w.eat("LARGE OBJECT") {
        w.at = w.tokens.len();
        return Ok(Vec::new());
    }
    let class = class(w)?;
    if class.is_relation() {
        return relation(w, class);
    }
    if class == Class::Type && w.find_outside("VALUE").is_some() {
        return enum_value(w);
    }
    let if_exists = w.if_exists();
    let object = object(w, class)?;
    let action = if w.eat("RENAME TO") {
        let to = w.need_ident()?;
        w.end()?;
        Action::Rename { object, to }
    } else if w.eat("SET SCHEMA") {
        Action::Move { object, schema: w.need_ident()? }
    } else {
        return other(w, class, object, if_exists);
    };
    Ok(vec![action])
}

/// Types and domains are changed in ways that a second run refuses; of other objects, properties are set.
fn other(w: &mut Words<'_>, class: Class, object: Object, if_exists: bool) -> Read<Vec<Action>> {
    let span = w.here();
    let structural = matches!(class, Class::Type | Class::Domain)
        && (w.is_any(&["ADD", "DROP"]) || w.sees("RENAME ATTRIBUTE") || w.sees("RENAME CONSTRAINT"));
    if !structural {
        let known = !w.is_done() || class == Class::Extension;
        return if known {
            Ok(vec![Action::Require(if if_exists { Vec::new() } else { vec![object] })])
        } else {
            Err(Stop::Unknown)
        };
    }
    let mut commands = Vec::new();
    for mut item in known(w.rest().items())? {
        item.eat_any(&["ADD ATTRIBUTE"]);
        let change = attribute(&mut item, *w)?;
        commands.push(Command { span, change, guard_at: None });
    }
    let alter = Alter { class, name: object.name, if_exists: false, commands, guard_at: 0 };
    Ok(vec![Action::Alter(alter)])
}

/// One change of a composite type or a domain.
fn attribute(item: &mut Words<'_>, whole: Words<'_>) -> Read<Change> {
    if item.eat("DROP ATTRIBUTE") {
        let if_exists = item.if_exists();
        return Ok(Change::DropColumn { column: item.need_ident()?, if_exists, cascade: true });
    }
    if item.eat("RENAME ATTRIBUTE") {
        let from = item.need_ident()?;
        item.need("TO")?;
        return Ok(Change::RenameColumn { from, to: item.need_ident()? });
    }
    if item.eat("RENAME CONSTRAINT") {
        let from = item.need_ident()?;
        item.need("TO")?;
        return Ok(Change::RenameConstraint { from, to: item.need_ident()? });
    }
    if item.eat("DROP CONSTRAINT") {
        let if_exists = item.if_exists();
        return Ok(Change::DropConstraint { name: item.need_ident()?, if_exists, cascade: false });
    }
    if item.eat("ADD") {
        return Ok(Change::AddConstraint(Box::new(constraint(item)?)));
    }
    if item.eat("ALTER ATTRIBUTE") || item.eat("DROP NOT NULL") || item.eat("DROP DEFAULT") {
        return Ok(Change::Other);
    }
    if whole.sees("ADD ATTRIBUTE") {
        return Ok(Change::AddColumn { column: Box::new(column(item)?), if_not_exists: false });
    }
    Err(Stop::Unknown)
}

fn enum_value(w: &mut Words<'_>) -> Read<Vec<Action>> {
    let ty = w.need_name()?;
    let renames = w.eat("RENAME VALUE");
    if !renames {
        w.need("ADD VALUE")?;
    }
    let guard_at = w.gap();
    let if_not_exists = w.if_not_exists();
    let old = label(w)?;
    w.at += 1;
    let mut to = None;
    if renames {
        w.need("TO")?;
        to = Some(label(w)?);
        w.at += 1;
    } else if w.eat_any(&["BEFORE", "AFTER"]) {
        w.at += 1;
    }
    w.end()?;
    Ok(vec![Action::EnumValue(EnumValue { ty, label: old, if_not_exists, to, guard_at })])
}

fn relation(w: &mut Words<'_>, class: Class) -> Read<Vec<Action>> {
    let guard_at = w.gap();
    let if_exists = w.if_exists();
    if w.eat("ALL IN TABLESPACE") {
        w.at = w.tokens.len();
        return Ok(Vec::new());
    }
    w.eat("ONLY");
    let name = w.need_name()?;
    if w.is_operator("*") {
        w.at += 1;
    }
    let mut commands = Vec::new();
    if w.is_done() && w.dialect != Dialect::Mysql {
        return Err(Stop::Unknown);
    }
    if class == Class::Sequence && !w.is_any(&["RENAME", "OWNER"]) && !w.sees("SET SCHEMA") {
        commands.push(sequence(w)?);
    } else {
        for mut item in known(w.rest().items())? {
            match several(&item)? {
                Some(added) => commands.extend(added),
                None => commands.push(command(&mut item, class)?),
            }
        }
    }
    let alter = Alter { class, name, if_exists, commands, guard_at };
    Ok(vec![Action::Alter(alter)])
}

fn sequence(w: &mut Words<'_>) -> Read<Command> {
    let span = w.here();
    let change = match w.find_outside("OWNED BY") {
        Some(at) => Change::OwnedBy(owner_column(&mut w.within(at + 2, w.tokens.len()))?),
        None => Change::Other,
    };
    Ok(Command { span, change, guard_at: None })
}

/// MySQL's `ADD (a integer, b text, KEY (a))`.
fn several(item: &Words<'_>) -> Read<Option<Vec<Command>>> {
    let (mut w, span) = (*item, item.span());
    let adds = w.eat("ADD");
    w.eat("COLUMN");
    if w.dialect != Dialect::Mysql || !adds || w.kind() != Some(TokenKind::Open) {
        return Ok(None);
    }
    let added = known(known(w.parens())?.items())?.into_iter().map(|mut item| {
        let change = if starts_constraint(&item) {
            Change::AddConstraint(Box::new(constraint(&mut item)?))
        } else {
            Change::AddColumn { column: Box::new(column(&mut item)?), if_not_exists: false }
        };
        Ok(Command { span, change, guard_at: None })
    });
    added.collect::<Read<Vec<Command>>>().map(Some)
}

fn command(w: &mut Words<'_>, class: Class) -> Read<Command> {
    let span = w.span();
    let mut guard_at = None;
    let change = if w.eat("ADD") {
        add(w, &mut guard_at)?
    } else if w.eat("DROP") {
        drop(w, &mut guard_at)?
    } else if w.eat("RENAME") {
        rename(w)?
    } else if w.sees("ALTER INDEX") || w.sees("ALTER CHECK") || w.sees("ALTER CONSTRAINT") {
        Change::Other
    } else if w.eat("ALTER") {
        alter_column(w, &mut guard_at)?
    } else if w.eat("ATTACH PARTITION") {
        let name = w.need_name()?;
        if class == Class::Index { Change::AttachIndex(name) } else { Change::Attach(name) }
    } else if w.eat("DETACH PARTITION") {
        Change::Detach(w.need_name()?)
    } else if w.eat("INHERIT") {
        Change::Inherit(w.need_name()?)
    } else if w.eat("NO INHERIT") {
        Change::NoInherit(w.need_name()?)
    } else if w.eat("VALIDATE CONSTRAINT") {
        Change::ValidateConstraint(w.need_ident()?)
    } else if w.eat("SET SCHEMA") {
        Change::SetSchema(w.need_ident()?)
    } else {
        other_command(w)?
    };
    Ok(Command { span, change, guard_at })
}

fn other_command(w: &mut Words<'_>) -> Read<Change> {
    if w.eat_any(&["ENABLE", "DISABLE"]) {
        w.eat_any(&["REPLICA", "ALWAYS"]);
        let class = if w.eat("TRIGGER") { Some(Class::Trigger) } else { w.eat("RULE").then_some(Class::Rule) };
        let class = class.filter(|_| !w.is_any(&["ALL", "USER"]));
        return Ok(match class {
            Some(class) => Change::Switch { class, name: w.need_ident()? },
            None => Change::Other,
        });
    }
    if w.dialect == Dialect::Mysql {
        if w.eat("MODIFY") {
            w.eat("COLUMN");
            w.if_exists();
            let column = Box::new(column(w)?);
            return Ok(Change::Redefine { from: column.name.clone(), column });
        }
        if w.eat("CHANGE") {
            w.eat("COLUMN");
            let from = w.need_ident()?;
            return Ok(Change::Redefine { from, column: Box::new(column(w)?) });
        }
        const TABLE_OPTIONS: &[&str] = &[
            "ENGINE",
            "CONVERT",
            "CHARACTER",
            "CHARSET",
            "COLLATE",
            "COMMENT",
            "AUTO_INCREMENT",
            "ROW_FORMAT",
            "ALGORITHM",
            "LOCK",
            "DEFAULT",
            "ORDER",
            "FORCE",
            "TRUNCATE",
            "REORGANIZE",
            "PARTITION",
            "REMOVE",
            "COALESCE",
        ];
        return if w.is_any(TABLE_OPTIONS) { Ok(Change::Other) } else { Err(Stop::Unknown) };
    }
    if w.sees("SET")
        || w.sees("RESET")
        || w.sees("OWNER TO")
        || w.sees("CLUSTER ON")
        || w.sees("REPLICA IDENTITY")
        || w.sees("FORCE ROW")
        || w.sees("NO FORCE")
        || w.sees("OF")
        || w.sees("NOT OF")
        || w.sees("NO DEPENDS")
        || w.sees("DEPENDS")
        || w.sees("OPTIONS")
    {
        return Ok(Change::Other);
    }
    Err(Stop::Unknown)
}

fn add(w: &mut Words<'_>, guard_at: &mut Option<usize>) -> Read<Change> {
    if w.eat("GENERATED") {
        return Err(Stop::Unknown);
    }
    if starts_constraint(w) {
        return Ok(Change::AddConstraint(Box::new(constraint(w)?)));
    }
    if w.dialect == Dialect::Mysql && w.is("PARTITION") {
        return Ok(Change::Other);
    }
    w.eat("COLUMN");
    if has_column_guard(w.dialect) {
        *guard_at = Some(w.gap());
    }
    let span = w.here();
    let if_not_exists = w.if_not_exists();
    if if_not_exists && w.dialect == Dialect::Sqlite {
        return invalid(span, "SQLite has no `ADD COLUMN IF NOT EXISTS`", "add the column once, by the tool that knows what ran");
    }
    Ok(Change::AddColumn { column: Box::new(column(w)?), if_not_exists })
}

fn has_column_guard(dialect: Dialect) -> bool {
    matches!(dialect, Dialect::Postgres | Dialect::Generic)
}

fn drop(w: &mut Words<'_>, guard_at: &mut Option<usize>) -> Read<Change> {
    if w.eat("PRIMARY KEY") {
        return Ok(Change::DropPrimaryKey);
    }
    let constraint = w.eat("CONSTRAINT") || (w.dialect == Dialect::Mysql && (w.eat("FOREIGN KEY") || w.eat("CHECK")));
    let key = !constraint && w.dialect == Dialect::Mysql && (w.eat("INDEX") || w.eat("KEY"));
    if w.dialect == Dialect::Mysql && w.is("PARTITION") {
        return Ok(Change::Other);
    }
    if !constraint && !key {
        w.eat("COLUMN");
    }
    if has_column_guard(w.dialect) {
        *guard_at = Some(w.gap());
    }
    let span = w.here();
    let if_exists = w.if_exists();
    if if_exists && w.dialect == Dialect::Sqlite {
        return invalid(span, "SQLite has no `DROP COLUMN IF EXISTS`", "drop the column once, by the tool that knows what ran");
    }
    let name = w.need_ident()?;
    let cascade = w.eat("CASCADE");
    w.eat("RESTRICT");
    w.end()?;
    Ok(match (constraint, key) {
        (true, _) => Change::DropConstraint { name, if_exists, cascade },
        (_, true) => Change::DropKey { name, if_exists },
        _ => Change::DropColumn { column: name, if_exists, cascade },
    })
}

fn rename(w: &mut Words<'_>) -> Read<Change> {
    // MySQL needs no word between the names.
    let bare = w.dialect == Dialect::Mysql && !w.is_any(&["COLUMN", "INDEX", "KEY"]);
    if w.eat("TO") || (bare && (w.eat("AS") || w.find_outside("TO").is_none())) {
        let to = w.need_name()?;
        w.end()?;
        return Ok(Change::RenameTo(to));
    }
    if w.dialect == Dialect::Mysql && !w.is_any(&["COLUMN", "CONSTRAINT", "INDEX", "KEY"]) && w.find_outside("TO").is_none() {
        let to = w.need_name()?;
        w.end()?;
        return Ok(Change::RenameTo(to));
    }
    let constraint = w.eat("CONSTRAINT");
    let key = !constraint && w.dialect == Dialect::Mysql && w.eat_any(&["INDEX", "KEY"]);
    if !constraint && !key {
        w.eat("COLUMN");
    }
    let span = w.here();
    if w.dialect == Dialect::Postgres && w.if_exists() {
        return invalid(
            span,
            "PostgreSQL has no `RENAME … IF EXISTS`",
            "put a `DO` block around it that looks whether the old name is there",
        );
    }
    w.if_exists();
    let from = w.need_ident()?;
    w.need("TO")?;
    let to = w.need_ident()?;
    w.end()?;
    Ok(match (constraint, key) {
        (true, _) => Change::RenameConstraint { from, to },
        (_, true) => Change::RenameKey { from, to },
        _ => Change::RenameColumn { from, to },
    })
}

fn alter_column(w: &mut Words<'_>, guard_at: &mut Option<usize>) -> Read<Change> {
    w.eat("COLUMN");
    if w.kind() == Some(TokenKind::Number) {
        return Ok(Change::Other);
    }
    let column = w.need_ident()?;
    if w.eat("TYPE") || w.eat("SET DATA TYPE") {
        return set_type(w, column);
    }
    if w.eat("SET NOT NULL") {
        return Ok(Change::SetNotNull(column));
    }
    if w.eat("ADD GENERATED") {
        return Ok(Change::AddIdentity(column));
    }
    if w.eat("DROP IDENTITY") {
        *guard_at = Some(w.gap());
        return Ok(Change::DropIdentity { column, if_exists: w.if_exists() });
    }
    if w.eat("DROP EXPRESSION") {
        *guard_at = Some(w.gap());
        return Ok(Change::DropExpression { column, if_exists: w.if_exists() });
    }
    if w.eat("DROP NOT NULL") {
        return Ok(Change::DropNotNull(column));
    }
    if w.eat("SET DEFAULT") {
        return Ok(Change::SetDefault(column));
    }
    if w.eat("DROP DEFAULT") {
        return Ok(Change::DropDefault(column));
    }
    if w.is_any(&["SET", "RESET", "DROP", "RESTART"]) {
        return Ok(Change::Column(column));
    }
    Err(Stop::Unknown)
}

fn set_type(w: &mut Words<'_>, column: Ident) -> Read<Change> {
    let ty = type_name(w)?;
    if w.eat("COLLATE") {
        w.need_name()?;
    }
    let using = w.eat("USING");
    let compounds = using && computes(w.rest(), &column.text, &[]);
    let converted = using && !is_column(w.rest(), &column.text);
    if !using {
        w.end()?;
    }
    Ok(Change::SetType { column, ty, converted, compounds })
}
