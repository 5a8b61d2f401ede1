//! `match`: values have a form.

use regex::Regex;

use super::{Code, Context, Draft, Kind, Output, Role, Rule};
use crate::facts::{Binder, By, FactSet};
use crate::options::{Field, Options, Shape};

pub(super) static KIND: Kind = Kind {
    name: "match",
    about: "Each value has a form: a regex that matches all of it, or a form that is well known.",
    page: include_str!("match.md"),
    fields: &[
        Field::required("every", Shape::Fact, "The fact."),
        Field::new("by", Shape::Many(&Shape::Text), "The capture that is looked at instead of the value."),
        Field::new("regex", Shape::Regex, "A regex that matches the whole value."),
        Field::new("is", Shape::Word(&FORMS), "A well-known form."),
    ],
    codes: &[Code::error("mismatch", "A value of another form.")],
    needs_base: false,
    bind,
};

const FORMS: [&str; 6] = ["semver", "integer", "date", "rfc3339", "sha256-digest", "conventional-commit"];

struct Match {
    every: FactSet,
    by: By,
    form: Form,
}

enum Form {
    /// As written, and anchored at both ends.
    Regex(String, Regex),
    Known(&'static str),
}

fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    let every = binder.facts(options.get("every")?);
    let form = match (options.get("regex"), options.get("is")) {
        (Some(value), None) => {
            value.regex()?;
            let text = value.scalar()?;
            Form::Regex(text.to_string(), whole(text)?)
        }
        (None, Some(_)) => Form::Known(options.word("is")?),
        _ => {
            options.value.complain("`match` takes either `regex` or `is`");
            return None;
        }
    };
    let every = every?;
    let by = binder.by(options, "by", &every)?;
    Some(Box::new(Match { every, by, form }))
}

impl Rule for Match {
    fn facts(&self) -> Vec<(&FactSet, Role)> {
        vec![(&self.every, Role::Subject)]
    }

    fn judge(&self, context: &Context<'_>, out: &mut Output) {
        for element in context.elements(&self.every) {
            let Some(value) = self.by.of(element) else { continue };
            let wanted = match &self.form {
                Form::Regex(_, regex) if regex.is_match(&value) => continue,
                Form::Known(name) if is(name, &value) => continue,
                Form::Regex(text, _) => format!("does not match `{text}`"),
                Form::Known(name) => format!("is no {}", describe(name)),
            };
            out.push(Draft::at("mismatch", element, &value, format!("`{}` {wanted}", self.by.show(element))));
        }
    }
}

/// The regex, anchored at both ends; one with `(?x)` may end in a comment, which only a line break ends.
fn whole(text: &str) -> Option<Regex> {
    let anchored = Regex::new(&format!(r"\A(?:{text})\z"));
    anchored.or_else(|_| Regex::new(&format!("\\A(?:{text}\n)\\z"))).ok()
}

fn describe(form: &str) -> &'static str {
    match form {
        "semver" => "semantic version (`1.2.3`, without `v`)",
        "integer" => "integer",
        "date" => "date (`YYYY-MM-DD`)",
        "rfc3339" => "RFC 3339 time (`2026-01-31T10:00:00Z`)",
        "sha256-digest" => "digest (`sha256:` and 64 hex digits)",
        _ => "conventional commit (`feat(scope): what it does`)",
    }
}

fn is(form: &str, value: &str) -> bool {
    match form {
        "semver" => semver::Version::parse(value).is_ok(),
        "integer" => {
            let digits = value.strip_prefix(['-', '+']).unwrap_or(value);
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        }
        "date" => value.len() == 10 && value.parse::<jiff::civil::Date>().is_ok(),
        "rfc3339" => is_rfc3339(value),
        "sha256-digest" => {
            let digits = value.strip_prefix("sha256:");
            digits.is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
        }
        _ => is_conventional_commit(value),
    }
}

/// RFC 3339 §5.6: a date, `T` (or a blank), a time, and an offset; `jiff` alone would take more.
fn is_rfc3339(value: &str) -> bool {
    let bytes = value.as_bytes();
    let separated = bytes.len() >= 20 && matches!(bytes[10], b'T' | b't' | b' ');
    let offset = value.ends_with(['Z', 'z'])
        || (bytes.len() >= 25 && matches!(bytes[bytes.len() - 6], b'+' | b'-') && bytes[bytes.len() - 3] == b':');
    separated && offset && !value.contains('[') && value.parse::<jiff::Timestamp>().is_ok()
}

/// Conventional Commits 1.0: `type(scope)!: description`.
fn is_conventional_commit(value: &str) -> bool {
    let Some((head, description)) = value.split_once(": ") else { return false };
    let head = head.strip_suffix('!').unwrap_or(head);
    let (kind, scope) = match head.split_once('(') {
        None => (head, Some("")),
        Some((kind, scope)) => (kind, scope.strip_suffix(')').filter(|scope| !scope.is_empty() && !scope.contains(['(', ')']))),
    };
    !kind.is_empty() && kind.chars().all(|c| c.is_alphanumeric() || c == '-') && scope.is_some() && !description.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::{is, whole};

    #[test]
    fn a_regex_matches_the_whole_value() {
        for regex in ["a|ab", "(?x) a b? # with a comment", "(?i)AB?"] {
            let whole = whole(regex).expect(regex);
            assert!(whole.is_match("ab") && !whole.is_match("abc"), "{regex}");
        }
    }

    #[test]
    fn well_known_forms() {
        let digest = format!("sha256:{}", "a1".repeat(32));
        for (form, good, bad) in [
            ("semver", "1.2.3-rc.1+b5", "v1.2.3"),
            ("integer", "-12", "1.0"),
            ("date", "2024-02-29", "2025-02-29"),
            ("rfc3339", "2026-01-31T10:00:00+02:00", "2026-01-31T10:00:00"),
            ("sha256-digest", digest.as_str(), "sha256:abc"),
            ("conventional-commit", "feat(core)!: add it", "feat(): add it"),
        ] {
            assert!(is(form, good), "{form} {good}");
            assert!(!is(form, bad), "{form} {bad}");
        }
    }
}
