//! What a change of a column's type costs.

use crate::formats::sql::Dialect;
use crate::formats::sql::model::{TypeName, UNSIGNED};

/// Whole numbers and fractions, from those that fit into the next.
const NUMBERS: [&str; 6] = ["tinyint", "smallint", "mediumint", "integer", "bigint", "numeric"];
/// MySQL's texts and bytes, likewise.
const TEXTS: [&str; 4] = ["tinytext", "text", "mediumtext", "longtext"];
const BLOBS: [&str; 4] = ["tinyblob", "blob", "mediumblob", "longblob"];
/// Types whose argument is how many digits of a second they keep.
const TIMES: [&str; 6] = ["timestamp", "timestamptz", "time", "timetz", "interval", "datetime"];

/// Whether a value of the old type may not fit the new one; of an unknown one it may.
pub(super) fn narrows(dialect: Dialect, old: Option<&TypeName>, new: &TypeName) -> bool {
    let Some(old) = old else { return true };
    if old.text() == new.text() {
        return false;
    }
    if dialect == Dialect::Sqlite {
        return affinity(old) != affinity(new) && affinity(new) != Affinity::Any;
    }
    let (from, to) = (old.name.name.as_str(), new.name.name.as_str());
    if old.array != new.array {
        return true;
    }
    let within = |family: &[&str]| matches!((rank(family, from), rank(family, to)), (Some(from), Some(to)) if from <= to);
    match (from, to) {
        ("varchar" | "char" | "citext" | "text", "text" | "citext") => false,
        ("varchar" | "char", "varchar") => !fits(old, new),
        ("varchar" | "char", "mediumtext" | "longtext") => false,
        ("numeric", "numeric") => !fits(old, new),
        ("enum", "enum") => !appends(old, new),
        ("date", "timestamp" | "timestamptz") | ("real", "double precision") | ("json", "jsonb") | ("cidr", "inet") => false,
        ("integer" | "smallint", "double precision") => false,
        _ if from == to && TIMES.contains(&from) => !keeps_digits(dialect, old, new),
        _ if within(&TEXTS) || within(&BLOBS) => false,
        _ => !number_fits(from, new),
    }
}

/// Whether the rows are written again; of an unknown old type they may be.
pub(super) fn rewrites(dialect: Dialect, old: Option<&TypeName>, new: &TypeName) -> bool {
    let Some(old) = old else { return true };
    if old.text() == new.text() {
        return false;
    }
    let (from, to) = (old.name.name.as_str(), new.name.name.as_str());
    let mysql = dialect == Dialect::Mysql;
    match (from, to) {
        _ if old.array != new.array || old.array => true,
        ("varchar", "varchar") if mysql => !fits(old, new) || counts_anew(old, new),
        ("enum", "enum") => !appends(old, new),
        // The width of MySQL's integers is only how they are shown.
        _ if mysql => from != to || !NUMBERS[..5].contains(&from.strip_suffix(UNSIGNED).unwrap_or(from)),
        ("varchar" | "citext" | "text", "text" | "varchar" | "citext") if new.arguments.is_empty() => false,
        ("varchar", "varchar") | ("numeric", "numeric") | ("varbit", "varbit") => !fits(old, new),
        _ if from == to && TIMES.contains(&from) => !keeps_digits(dialect, old, new),
        ("cidr", "inet") | ("integer", "oid") => false,
        _ => true,
    }
}

fn rank(family: &[&str], name: &str) -> Option<usize> {
    family.iter().position(|member| *member == name)
}

/// Whether each number of one type is one of the other.
fn number_fits(from: &str, new: &TypeName) -> bool {
    let signed = |name: &str| rank(&NUMBERS, name.strip_suffix(UNSIGNED).unwrap_or(name));
    let to = new.name.name.as_str();
    let (Some(low), Some(high)) = (signed(from), signed(to)) else { return false };
    let fraction = high == 5;
    match (from.ends_with(UNSIGNED), to.ends_with(UNSIGNED)) {
        _ if fraction => new.arguments.is_empty(),
        (false, true) => false,
        (true, false) => low < high,
        _ => low <= high,
    }
}

/// The numbers in a type's parentheses.
fn numbers(ty: &TypeName) -> Vec<Option<u64>> {
    ty.arguments.split(',').map(|part| part.trim().parse().ok()).collect()
}

/// Whether each length of the new type is at least that of the old; none is the largest.
fn fits(old: &TypeName, new: &TypeName) -> bool {
    match (old.arguments.is_empty(), new.arguments.is_empty()) {
        (_, true) => true,
        (true, false) => false,
        (false, false) => {
            let (old, new) = (numbers(old), numbers(new));
            // The scale of a number must stay what it is.
            let scale = old.get(1).unwrap_or(&Some(0)) == new.get(1).unwrap_or(&Some(0));
            matches!((old[0], new[0]), (Some(old), Some(new)) if old <= new) && scale
        }
    }
}

/// Whether no digit of a second is lost: without a number PostgreSQL keeps six, MySQL none.
fn keeps_digits(dialect: Dialect, old: &TypeName, new: &TypeName) -> bool {
    let none = if dialect == Dialect::Mysql { 0 } else { 6 };
    let digits = |ty: &TypeName| if ty.arguments.is_empty() { Some(none) } else { numbers(ty)[0] };
    matches!((digits(old), digits(new)), (Some(old), Some(new)) if old <= new)
}

/// Whether MySQL keeps the length of a text in one byte so far and needs two then, at any number of bytes for a character.
fn counts_anew(old: &TypeName, new: &TypeName) -> bool {
    match (numbers(old)[0], numbers(new)[0]) {
        (Some(old), Some(new)) => (1..=4).any(|bytes| old.saturating_mul(bytes) < 256 && new.saturating_mul(bytes) >= 256),
        _ => true,
    }
}

/// Whether an enum only gets more values at its end.
fn appends(old: &TypeName, new: &TypeName) -> bool {
    new.arguments.strip_prefix(&old.arguments).is_some_and(|rest| rest.starts_with(','))
}

/// What SQLite makes of a value of that type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Affinity {
    Integer,
    Text,
    Any,
    Real,
    Numeric,
}

fn affinity(ty: &TypeName) -> Affinity {
    let name = ty.name.name.to_ascii_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    match () {
        () if has(&["int"]) => Affinity::Integer,
        () if has(&["char", "clob", "text"]) => Affinity::Text,
        () if name.is_empty() || has(&["blob"]) => Affinity::Any,
        () if has(&["real", "floa", "doub"]) => Affinity::Real,
        () => Affinity::Numeric,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(dialect: Dialect, cases: &[(&str, &str, bool, bool)]) {
        for (old, new, narrow, rewrite) in cases {
            let (old, new) = (TypeName::of_text(old), TypeName::of_text(new));
            let found = (narrows(dialect, Some(&old), &new), rewrites(dialect, Some(&old), &new));
            assert_eq!(found, (*narrow, *rewrite), "{} {}", old.text(), new.text());
        }
    }

    /// Whether PostgreSQL 15 says `rewriting table`.
    #[test]
    fn a_wider_type_breaks_nobody_and_some_cost_nothing() {
        judged(
            Dialect::Postgres,
            &[
                ("integer", "bigint", false, true),
                ("bigint", "integer", true, true),
                ("varchar(10)", "varchar(20)", false, false),
                ("varchar(20)", "varchar(10)", true, true),
                ("varchar(20)", "text", false, false),
                ("text", "varchar(20)", true, true),
                ("char(5)", "varchar(40)", false, true),
                ("citext", "text", false, false),
                ("text", "citext", false, false),
                ("numeric(10,2)", "numeric(12,2)", false, false),
                ("numeric(10,2)", "numeric(12,3)", true, true),
                ("numeric(10,2)", "numeric", false, false),
                ("timestamp(3)", "timestamp(6)", false, false),
                ("timestamp(3)", "timestamp", false, false),
                ("timestamp", "timestamp(0)", true, true),
                ("timestamp", "timestamptz", true, true),
                ("date", "timestamp", false, true),
                ("varchar(10)[]", "text[]", false, true),
                ("text", "integer", true, true),
                ("text", "text", false, false),
            ],
        );
        assert!(narrows(Dialect::Postgres, None, &TypeName::of_text("text")));
        assert!(rewrites(Dialect::Postgres, None, &TypeName::of_text("text")));
    }

    /// Whether MariaDB 10.11 and the manual of MySQL 8.4 refuse `ALGORITHM = INPLACE, LOCK = NONE`.
    #[test]
    fn mysql_counts_otherwise() {
        judged(
            Dialect::Mysql,
            &[
                ("integer(11)", "integer(10)", false, false),
                ("integer", "bigint", false, true),
                ("integer unsigned", "bigint", false, true),
                ("integer unsigned", "integer", true, true),
                ("integer", "bigint unsigned", true, true),
                ("text", "longtext", false, true),
                ("longtext", "text", true, true),
                ("varchar(10)", "varchar(20)", false, false),
                ("varchar(60)", "varchar(70)", false, true),
                ("varchar(256)", "varchar(300)", false, false),
                ("datetime", "datetime(6)", false, true),
                ("enum('a','b')", "enum('a','b','c')", false, false),
                ("enum('a','b')", "enum('a','c')", true, true),
            ],
        );
    }

    #[test]
    fn sqlite_has_affinities() {
        let narrows = |old: &str, new: &str| narrows(Dialect::Sqlite, Some(&TypeName::of_text(old)), &TypeName::of_text(new));
        assert!(!narrows("integer", "bigint") && !narrows("varchar(10)", "text") && !narrows("integer", "blob"));
        assert!(narrows("text", "integer") && narrows("blob", "text"));
    }
}
