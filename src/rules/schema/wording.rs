//! What findings say.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::Value;

use crate::facts;

/// What is wrong with the value that an error is about; one line.
pub(super) fn message(error: &ValidationError<'_>) -> String {
    let value = subject(error.instance());
    match error.kind() {
        ValidationErrorKind::Type { kind } => format!("{value} is not of type {}", types(kind)),
        ValidationErrorKind::Enum { options } => format!("{value} is none of {}", items(options)),
        ValidationErrorKind::Constant { expected_value } => format!("{value} is not {}", quoted(expected_value)),
        ValidationErrorKind::Maximum { limit } => format!("{value} is more than {}", quoted(limit)),
        ValidationErrorKind::Minimum { limit } => format!("{value} is less than {}", quoted(limit)),
        ValidationErrorKind::ExclusiveMaximum { limit } => format!("{value} is not less than {}", quoted(limit)),
        ValidationErrorKind::ExclusiveMinimum { limit } => format!("{value} is not more than {}", quoted(limit)),
        ValidationErrorKind::MultipleOf { multiple_of } => format!("{value} is not a multiple of {}", quoted(multiple_of)),
        ValidationErrorKind::MaxLength { limit } => format!("{value} is longer than {}", counted(*limit, "character")),
        ValidationErrorKind::MinLength { limit } => format!("{value} is shorter than {}", counted(*limit, "character")),
        ValidationErrorKind::MaxItems { limit } => format!("{value} has more than {}", counted(*limit, "item")),
        ValidationErrorKind::MinItems { limit } => format!("{value} has fewer than {}", counted(*limit, "item")),
        ValidationErrorKind::MaxProperties { limit } => format!("{value} has more than {}", counted(*limit, "member")),
        ValidationErrorKind::MinProperties { limit } => format!("{value} has fewer than {}", counted(*limit, "member")),
        ValidationErrorKind::Pattern { pattern } => format!("{value} does not match `{}`", facts::shown(pattern)),
        ValidationErrorKind::Format { format } => format!("{value} is no `{}`", facts::shown(format)),
        ValidationErrorKind::AdditionalItems { limit } => format!("{value} has more than {}", counted(*limit as u64, "item")),
        ValidationErrorKind::UnevaluatedItems { .. } => format!("{value} has items that the schema does not know"),
        ValidationErrorKind::UniqueItems => format!("{value} holds an item twice"),
        ValidationErrorKind::Contains => format!("{value} holds too few or too many of the items that it must contain"),
        ValidationErrorKind::FalseSchema => format!("{value} is not allowed here"),
        ValidationErrorKind::Not { .. } => format!("{value} is what the schema excludes"),
        ValidationErrorKind::AnyOf { .. } | ValidationErrorKind::OneOfNotValid { .. } => {
            format!("{value} fits none of the alternatives")
        }
        ValidationErrorKind::OneOfMultipleValid { .. } => format!("{value} fits more than one of the alternatives"),
        ValidationErrorKind::Required { property } => missing([text(property)]),
        ValidationErrorKind::AdditionalProperties { unexpected } | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            unexpected.first().map_or_else(|| format!("{value} has unknown members"), |name| unexpected_member(name))
        }
        ValidationErrorKind::PropertyNames { error } => format!("the key {}", message(error)),
        _ => sentence(&error.to_string()),
    }
}

/// That members are missing.
pub(super) fn missing(names: impl IntoIterator<Item = String>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{}`", facts::shown(&name))).collect();
    match names.as_slice() {
        [] => "members are missing".into(),
        [only] => format!("{only} is missing"),
        [first @ .., last] => format!("{} and {last} are missing", first.join(", ")),
    }
}

pub(super) fn unexpected_member(name: &str) -> String {
    format!("`{}` is not allowed here", facts::shown(name))
}

/// What the schema wants: a keyword and what it demands.
pub(super) fn wanted(keyword: &str, demand: &Value) -> String {
    match demand {
        Value::Bool(false) if keyword == "additionalProperties" || keyword == "unevaluatedProperties" => {
            "the schema allows no members but those that it lists".into()
        }
        _ => format!("the schema wants `{keyword}: {}`", compact(demand)),
    }
}

/// The help of an alternative that fits nowhere: what is wrong with the one that comes nearest.
pub(super) fn nearest(branches: &[Vec<ValidationError<'_>>], whole: &str) -> Option<String> {
    let distance = |branch: &&Vec<ValidationError<'_>>| {
        let at_value = branch.iter().any(|error| error.instance_path().as_str() == whole && tells_apart(error.kind()));
        (at_value, branch.len())
    };
    let fault = branches.iter().filter(|branch| !branch.is_empty()).min_by_key(distance)?.first()?;
    let inside = fault.instance_path().as_str().strip_prefix(whole).unwrap_or_default();
    let place = if inside.is_empty() { String::new() } else { format!("at `{}`: ", facts::shown(inside)) };
    Some(format!("nearest alternative: {place}{}", message(fault)))
}

/// Whether a keyword says that another alternative was meant.
fn tells_apart(kind: &ValidationErrorKind) -> bool {
    use ValidationErrorKind as Kind;
    matches!(kind, Kind::Type { .. } | Kind::Constant { .. } | Kind::Enum { .. })
}

/// A library's message as ours are: one line, small first letter, no full stop.
pub(super) fn sentence(message: &str) -> String {
    let line = facts::shown(message);
    let mut chars = line.trim_end_matches('.').chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// A value as the subject of a sentence.
fn subject(value: &Value) -> String {
    match value {
        Value::Object(_) => "the object".into(),
        Value::Array(_) => "the array".into(),
        scalar => quoted(scalar),
    }
}

fn quoted(value: &Value) -> String {
    format!("`{}`", compact(value))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| compact(value), str::to_string)
}

fn items(options: &Value) -> String {
    const MOST: usize = 10;
    let Some(items) = options.as_array() else { return quoted(options) };
    let mut shown: Vec<String> = items.iter().take(MOST).map(quoted).collect();
    if items.len() > MOST {
        shown.push(format!("{} more", items.len() - MOST));
    }
    shown.join(", ")
}

fn types(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => one.to_string(),
        TypeKind::Multiple(set) => set.iter().map(|one| one.to_string()).collect::<Vec<_>>().join(" or "),
    }
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Compact JSON, cut off where it is long: a huge value is not spelled out for a message.
fn compact(value: &Value) -> String {
    let mut head = Head(Vec::new());
    // The error of a writer that is full is no error.
    let _ = serde_json::to_writer(&mut head, value);
    facts::shown(&String::from_utf8_lossy(&head.0))
}

/// Takes the first bytes and then no more.
struct Head(Vec<u8>);

impl std::io::Write for Head {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        const FULL: usize = 400;
        match FULL.saturating_sub(self.0.len()).min(bytes.len()) {
            0 if !bytes.is_empty() => Err(std::io::ErrorKind::WriteZero.into()),
            room => {
                self.0.extend_from_slice(&bytes[..room]);
                Ok(room)
            }
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn messages_name_the_value_and_what_is_wrong() {
        for (schema, instance, expected) in [
            (json!({"type": "integer"}), json!("8080"), "`\"8080\"` is not of type integer"),
            (json!({"type": ["string", "null"]}), json!({"a": 1}), "the object is not of type null or string"),
            (json!({"enum": ["a", 1]}), json!("b"), "`\"b\"` is none of `\"a\"`, `1`"),
            (json!({"minimum": 1}), json!(0), "`0` is less than `1`"),
            (json!({"multipleOf": 0.01}), json!(0.001), "`0.001` is not a multiple of `0.01`"),
            (json!({"minItems": 1}), json!([]), "the array has fewer than 1 item"),
            (json!({"pattern": "^a"}), json!("b"), "`\"b\"` does not match `^a`"),
            (json!({"propertyNames": {"maxLength": 1}}), json!({"ab": 1}), "the key `\"ab\"` is longer than 1 character"),
            (json!(false), json!(1), "`1` is not allowed here"),
        ] {
            let validator = jsonschema::validator_for(&schema).unwrap();
            assert_eq!(message(&validator.validate(&instance).unwrap_err()), expected, "{schema}");
        }
        assert_eq!(missing(["a", "b", "c"].map(String::from)), "`a`, `b` and `c` are missing");
    }

    #[test]
    fn the_nearest_alternative_is_not_one_of_another_type() {
        let schema = json!({"anyOf": [{"type": "string"}, {"properties": {"a": {"minimum": 1}, "b": {"minimum": 1}}}]});
        let instance = json!([{"a": 0, "b": 0}]);
        let validator = jsonschema::validator_for(&json!({"items": schema})).unwrap();
        let error = validator.validate(&instance).unwrap_err();
        let ValidationErrorKind::AnyOf { context } = error.kind() else { panic!("{error}") };
        let help = nearest(context, error.instance_path().as_str());
        assert_eq!(help.as_deref(), Some("nearest alternative: at `/a`: `0` is less than `1`"));
    }

    #[test]
    fn a_huge_value_is_not_spelled_out() {
        assert!(wanted("enum", &json!(vec!["x"; 100_000])).len() < 200);
        assert_eq!(wanted("type", &json!("integer")), "the schema wants `type: \"integer\"`");
    }
}
