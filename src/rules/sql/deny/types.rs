//! What a change of a column's type costs.

use crate::formats::sql::model::TypeName;

/// Whole numbers and fractions, from those that fit into the next.
const NUMBERS: [&str; 7] = ["tinyint", "smallint", "mediumint", "integer", "bigint", "numeric", "decimal"];

/// Whether a value of the old type may not fit the new one; of an unknown one it may.
pub(super) fn narrows(old: Option<&TypeName>, new: &TypeName) -> bool {
    let Some(old) = old else { return true };
    if old.text() == new.text() {
        return false;
    }
    let (from, to) = (old.name.name.as_str(), new.name.name.as_str());
    if old.array != new.array {
        return true;
    }
    match (from, to) {
        ("varchar" | "char" | "citext" | "text", "text" | "citext") => false,
        ("varchar" | "char", "varchar") => !fits(old, new),
        ("numeric", "numeric") => !fits(old, new),
        ("date", "timestamp" | "timestamptz") | ("real", "double precision") | ("json", "jsonb") | ("cidr", "inet") => false,
        ("integer" | "smallint", "double precision") => false,
        _ => match (rank(from), rank(to)) {
            (Some(from), Some(to)) => from > to || (to >= 5 && !new.arguments.is_empty()),
            _ => true,
        },
    }
}

/// Whether the rows are written again; of an unknown old type they may be.
pub(super) fn rewrites(old: Option<&TypeName>, new: &TypeName) -> bool {
    let Some(old) = old else { return true };
    if old.text() == new.text() {
        return false;
    }
    let (from, to) = (old.name.name.as_str(), new.name.name.as_str());
    match (from, to) {
        _ if old.array != new.array => true,
        ("varchar", "text") | ("text", "varchar") if new.arguments.is_empty() => false,
        ("varchar", "varchar") | ("numeric", "numeric") | ("varbit", "varbit") => !fits(old, new),
        ("cidr", "inet") => false,
        _ => true,
    }
}

fn rank(name: &str) -> Option<usize> {
    NUMBERS.iter().position(|number| *number == name)
}

/// Whether each length of the new type is at least that of the old; none is the largest.
fn fits(old: &TypeName, new: &TypeName) -> bool {
    let numbers = |ty: &TypeName| ty.arguments.split(',').map(|part| part.trim().parse::<u64>().ok()).collect::<Vec<_>>();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::sql::model::Name;
    use crate::text::Span;

    fn ty(text: &str) -> TypeName {
        let (name, arguments) = text.split_once('(').unwrap_or((text, ""));
        let name = Name { schema: None, name: name.into(), span: Span::at(0) };
        TypeName { name, arguments: arguments.trim_end_matches(')').into(), array: false, span: Span::at(0) }
    }

    #[test]
    fn a_wider_type_breaks_nobody_and_some_cost_nothing() {
        for (old, new, narrow, rewrite) in [
            ("integer", "bigint", false, true),
            ("bigint", "integer", true, true),
            ("varchar(10)", "varchar(20)", false, false),
            ("varchar(20)", "varchar(10)", true, true),
            ("varchar(20)", "text", false, false),
            ("text", "varchar(20)", true, true),
            ("numeric(10,2)", "numeric(12,2)", false, false),
            ("numeric(10,2)", "numeric(12,3)", true, true),
            ("text", "integer", true, true),
            ("text", "text", false, false),
        ] {
            let (old, new) = (ty(old), ty(new));
            assert_eq!(
                (narrows(Some(&old), &new), rewrites(Some(&old), &new)),
                (narrow, rewrite),
                "{} {}",
                old.text(),
                new.text()
            );
        }
        assert!(narrows(None, &ty("text")) && rewrites(None, &ty("text")));
    }
}
