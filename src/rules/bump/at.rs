//! Where a version or a date stands in a file.

use regex::bytes::{Regex, RegexBuilder};

use super::reading::Data;
use crate::facts::{Source, json_path};
use crate::formats::{JsonPath, Kind, NodeId, Selected};
use crate::options::{Field, Options, Shape, Value};
use crate::text::Span;

pub(super) const TEXT_FIELDS: &[Field] =
    &[Field::required("text", Shape::Regex, "A regex over the file's text; `^` and `$` match at lines.")];

/// A place that the policy names. Where it selects several nodes or matches, the first of the file is the metadata; the others
/// belong to the body, so that no change of them goes unseen.
pub(super) struct At {
    /// How messages name it: the last member name of the JSONPath, else what it is.
    pub name: String,
    pub query: Query,
}

pub(super) enum Query {
    Path(JsonPath),
    Text(Regex),
}

/// Metadata as a file has it.
#[derive(Clone, Debug)]
pub(super) struct Stamp {
    /// A scalar's text, whatever its quotes; compact JSON of what is no scalar.
    pub text: String,
    pub span: Span,
    /// Whether it is a number with a fraction: its digits are not what was meant.
    pub float: bool,
    /// The node that has it, in data.
    pub node: Option<NodeId>,
}

/// Whether both say the same.
impl PartialEq for Stamp {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, self.float) == (&other.text, other.float)
    }
}

impl At {
    /// Reads `at`; complains about a wrong one. `what` is `version` or `date`.
    pub fn bind(value: Value<'_>, what: &str) -> Option<Self> {
        if let Kind::Object(_) = value.kind() {
            let pattern = Options::read(value, "`at`", TEXT_FIELDS)?.get("text")?;
            pattern.regex()?;
            let regex = RegexBuilder::new(pattern.scalar()?).multi_line(true).crlf(true).build().ok()?;
            return Some(At { name: what.to_string(), query: Query::Text(regex) });
        }
        let path = json_path(value)?;
        Some(At { name: member_name(value.as_text()?).unwrap_or(what).to_string(), query: Query::Path(path) })
    }

    pub fn is_text(&self) -> bool {
        matches!(self.query, Query::Text(_))
    }
}

impl Stamp {
    /// The first node that the path selects. A null is no metadata.
    pub fn in_data(path: &JsonPath, data: &Data<'_>) -> Option<Self> {
        let (_, Selected { id, .. }) = data.select(path).next()?;
        if matches!(data.node(id).kind, Kind::Null) {
            return None;
        }
        Some(Stamp {
            text: data.scalar(id).map_or_else(|| data.to_json(id).to_string(), str::to_string),
            span: data.node(id).span.shifted(data.offset),
            float: matches!(data.node(id).kind, Kind::Number { integer: false, .. }),
            node: Some(id),
        })
    }

    /// The first match of the regex in a file's text.
    pub fn in_text(regex: &Regex, source: &Source<'_>) -> Option<Self> {
        let (body, mark) = source.body();
        let found = regex.captures(body)?;
        let value = found.name("value").or_else(|| found.get(0))?;
        let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
        Some(Stamp { text, span: Span::from(value.range()).shifted(mark), float: false, node: None })
    }
}

/// The last member name that a JSONPath spells: `version` of `$.info.version` and of `$['info']['version']`.
fn member_name(path: &str) -> Option<&str> {
    let name = match path.strip_suffix("']").or_else(|| path.strip_suffix("\"]")) {
        Some(rest) => rest.rsplit(['\'', '"']).next()?,
        None => path.rsplit('.').next()?,
    };
    (!name.is_empty() && !name.contains(['$', '*', '[', ']', '(', ')'])).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::member_name;

    #[test]
    fn a_path_is_named_by_its_last_member() {
        for (path, name) in [
            ("$.info.version", Some("version")),
            ("$['info']['spec.version']", Some("spec.version")),
            ("$[\"a\"][\"b\"]", Some("b")),
            ("$", None),
            ("$..*", None),
            ("$.a[0]", None),
        ] {
            assert_eq!(member_name(path), name, "{path}");
        }
    }
}
