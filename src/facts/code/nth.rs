//! `nthChild`: a node's number among its siblings.

use crate::options::{Field, Options, Shape, Value};

/// Keys of `nthChild`, where it is more than a number.
const FIELDS: &[Field] = &[
    Field::required("position", Shape::Scalar, "The number, or a formula: `2n+1`, `odd`."),
    Field::new("reverse", Shape::Boolean, "Whether it is counted from the last."),
    Field::new("ofRule", Shape::Any, "A rule: only siblings that match it are counted."),
];
/// Longer than any formula.
const LONGEST: usize = 32;

/// The numbers `step * n + offset`, `n` from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nth {
    step: i32,
    offset: i32,
    pub reverse: bool,
}

impl Nth {
    /// Reads it, and the rule of the siblings that count; complains about what it cannot be.
    pub(super) fn read(value: Value<'_>) -> Option<(Self, Option<Value<'_>>)> {
        let options = (!value.members().is_empty()).then(|| Options::read(value, "`nthChild`", FIELDS));
        let (position, options) = match options {
            Some(options) => {
                let options = options?;
                (options.get("position")?, Some(options))
            }
            None => (value, None),
        };
        let text = position.scalar()?;
        let Some((step, offset)) = formula(text) else {
            position.complain(format!("`{text}` is neither a number nor a formula such as `2n+1`, `odd`, `even`"));
            return None;
        };
        let reverse = options.as_ref().is_some_and(|options| options.flag("reverse"));
        let of = options.as_ref().and_then(|options| options.get("ofRule"));
        Some((Nth { step, offset, reverse }, of))
    }

    /// Whether it is the number `position`.
    pub(super) fn is(self, position: usize) -> bool {
        let Ok(position) = i32::try_from(position) else { return false };
        let rest = position - self.offset;
        match self.step {
            0 => rest == 0,
            step => rest % step == 0 && rest / step >= 0,
        }
    }
}

/// CSS's `An+B`.
fn formula(text: &str) -> Option<(i32, i32)> {
    let text: String = text.chars().take(LONGEST + 1).filter(|c| !c.is_whitespace()).collect();
    match text.as_str() {
        "odd" => return Some((2, 1)),
        "even" => return Some((2, 0)),
        _ if text.len() > LONGEST => return None,
        _ => {}
    }
    let small = |number: &str| number.parse::<i16>().ok().map(i32::from);
    let Some((step, offset)) = text.split_once('n') else { return Some((0, small(&text).filter(|number| *number > 0)?)) };
    let step = match step {
        "" | "+" => 1,
        "-" => -1,
        step => small(step)?,
    };
    let offset = match offset {
        "" => 0,
        offset if offset.starts_with(['+', '-']) => small(offset)?,
        _ => return None,
    };
    Some((step, offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_those_of_css() {
        let numbers = |text: &str| {
            let (step, offset) = formula(text).expect("a formula");
            let nth = Nth { step, offset, reverse: false };
            (1..=7).filter(|position| nth.is(*position)).collect::<Vec<_>>()
        };
        assert_eq!(numbers("3"), [3]);
        assert_eq!(numbers("2n+1"), [1, 3, 5, 7]);
        assert_eq!(numbers("odd"), [1, 3, 5, 7]);
        assert_eq!(numbers("even"), [2, 4, 6]);
        assert_eq!(numbers("n"), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(numbers(" n + 3 "), [3, 4, 5, 6, 7]);
        assert_eq!(numbers("-n+3"), [1, 2, 3]);
        assert_eq!(numbers("3n - 1"), [2, 5]);
        assert_eq!(numbers("0n+2"), [2]);
        for text in ["", "0", "-1", "x", "2n+", "2n1", "n+n", "99999999999n", "1.5", &"1".repeat(100)] {
            assert_eq!(formula(text), None, "{text}");
        }
    }
}
