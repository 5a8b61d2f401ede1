//! Numbers as they are spelled in JSON, YAML and TOML: exact, never through floating point.

use serde_json::{Number, Value};

/// The number as JSON has it: as written where JSON allows the spelling, else respelled with the same value (`0x1F`, `0o17`,
/// `1_000`, `+1`, `.5`, `5.`, `007`). What is no JSON number at all (`.inf`, `nan`) is a string of what was written, so that
/// nothing is lost and a schema that wants a number refuses it by its name.
pub(super) fn to_json(text: &str) -> Value {
    let number = text.parse::<Number>().ok().or_else(|| Parts::of(text)?.spelled().parse().ok());
    number.map_or_else(|| Value::String(text.to_owned()), Value::Number)
}

/// Whether two spellings mean the same value: `1`, `1.0`, `10e-1` and `0x1` do.
pub(super) fn same(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    match (Parts::of(a), Parts::of(b)) {
        (Some(a), Some(b)) => matches!((a.decimal(), b.decimal()), (Some(a), Some(b)) if a == b),
        (None, None) => special(a) == special(b),
        _ => false,
    }
}

/// One spelling for each value: two are equal where [`same`] says so.
pub(super) fn canonical(text: &str) -> String {
    match Parts::of(text).map(|parts| parts.decimal()) {
        Some(Some((negative, digits, power))) => format!("{}{digits}e{power}", if negative { "-" } else { "" }),
        Some(None) => text.to_owned(),
        None => special(text),
    }
}

/// Whether a plain YAML scalar is a number by the 1.2 core schema, and if so, whether it is an integer.
///
/// A hexadecimal or octal number of more than 128 bits is taken as text.
pub(super) fn yaml(text: &str) -> Option<bool> {
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let sound = digits.bytes().all(|byte| char::from(byte).is_digit(radix));
            return (sound && u128::from_str_radix(digits, radix).is_ok()).then_some(true);
        }
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(false);
    }
    if !unsigned.starts_with(|c: char| c == '.' || c.is_ascii_digit()) || text.contains(['_', 'x', 'o', 'b']) {
        return None;
    }
    Parts::of(text)?;
    Some(unsigned.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A finite number, cut where its spelling has joints; digits only.
struct Parts {
    negative: bool,
    whole: String,
    fraction: String,
    /// May have a sign; empty where there is none.
    exponent: String,
}

impl Parts {
    fn of(text: &str) -> Option<Self> {
        let plain = text.replace('_', "");
        let (negative, unsigned) = match plain.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, plain.strip_prefix('+').unwrap_or(&plain)),
        };
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
            if let Some(digits) = unsigned.strip_prefix(prefix) {
                let whole = u128::from_str_radix(digits, radix).ok()?.to_string();
                return Some(Parts { negative, whole, fraction: String::new(), exponent: String::new() });
            }
        }
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let exponent_digits = exponent.map(|e| e.strip_prefix(['+', '-']).unwrap_or(e));
        if !digits(whole) || !digits(fraction) || whole.len() + fraction.len() == 0 {
            return None;
        }
        if exponent_digits.is_some_and(|e| e.is_empty() || !digits(e)) {
            return None;
        }
        Some(Parts { negative, whole: whole.into(), fraction: fraction.into(), exponent: exponent.unwrap_or("").into() })
    }

    /// As JSON spells it.
    fn spelled(&self) -> String {
        let whole = match self.whole.trim_start_matches('0') {
            "" => "0",
            digits => digits,
        };
        let mut text = format!("{}{whole}", if self.negative { "-" } else { "" });
        if !self.fraction.is_empty() {
            text.push('.');
            text.push_str(&self.fraction);
        }
        if !self.exponent.is_empty() {
            text.push('e');
            text.push_str(&self.exponent);
        }
        text
    }

    /// Sign, digits without zeros at either end, and the power of ten that they are multiplied by: one form for each value.
    /// `None` where the exponent itself is beyond any machine number.
    fn decimal(&self) -> Option<(bool, String, i128)> {
        let digits = format!("{}{}", self.whole, self.fraction);
        let short = digits.trim_end_matches('0');
        if short.is_empty() {
            return Some((false, String::new(), 0));
        }
        let written: i64 = if self.exponent.is_empty() { 0 } else { self.exponent.parse().ok()? };
        let power = i128::from(written) - self.fraction.len() as i128 + (digits.len() - short.len()) as i128;
        Some((self.negative, short.trim_start_matches('0').to_owned(), power))
    }
}

/// `.Inf`, `+inf` and `inf` are one value, as are all spellings of "not a number".
fn special(text: &str) -> String {
    let word = text.to_ascii_lowercase().replace(['+', '.'], "");
    if word == "-nan" { "nan".into() } else { word }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_that_json_lacks_become_the_same_number() {
        for (written, json) in [
            ("1.10", "1.10"),
            ("19.99", "19.99"),
            ("0x1F", "31"),
            ("-0x1F", "-31"),
            ("0o17", "15"),
            ("0b101", "5"),
            ("1e3", "1e+3"),
            ("+1", "1"),
            (".5", "0.5"),
            ("-.5", "-0.5"),
            ("5.", "5"),
            ("5.e2", "5e+2"),
            ("007", "7"),
            ("-00", "-0"),
            ("1_000.5_0", "1000.50"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
        ] {
            assert_eq!(to_json(written).to_string(), json, "{written}");
        }
        assert_eq!(to_json("-.inf"), Value::String("-.inf".into()));
    }

    #[test]
    fn equality_is_of_values_and_exact() {
        for (a, b) in
            [("1.0", "1.00"), ("1", "1.0"), ("1e3", "1000"), ("10E-1", "1"), ("0x10", "16"), ("-0", "0"), (".Inf", "+inf")]
        {
            assert!(same(a, b), "{a} {b}");
        }
        for (a, b) in
            [("1.10", "1.1000000000000000000001"), ("1", "-1"), ("inf", "-inf"), ("1", "nan"), ("1e99999999999999999999", "1")]
        {
            assert!(!same(a, b), "{a} {b}");
        }
    }

    #[test]
    fn the_core_schema_decides_what_a_number_is() {
        for (text, expected) in [
            ("1", Some(true)),
            ("+12", Some(true)),
            ("007", Some(true)),
            ("0x1f", Some(true)),
            ("0o17", Some(true)),
            ("1.10", Some(false)),
            ("1e3", Some(false)),
            ("5.", Some(false)),
            (".5", Some(false)),
            ("-.inf", Some(false)),
            (".nan", Some(false)),
            ("-.nan", None),
            ("+0x1", None),
            ("0x", None),
            ("0x+1", None),
            ("0b1", None),
            ("1_000", None),
            ("1.2.3", None),
            ("1e", None),
            (".", None),
            ("", None),
            ("-", None),
            ("2026-01-01", None),
        ] {
            assert_eq!(yaml(text), expected, "{text}");
        }
    }
}
