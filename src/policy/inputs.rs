//! Inputs of packs: `${inputs.NAME}`.

use std::collections::BTreeMap;

use super::language::INPUT_FIELDS;
use crate::formats::{Document, Kind, NodeId};
use crate::options::{Options, Value, Written};
use crate::text::{Span, did_you_mean};

/// Bytes beyond which a default is not filled in any more.
const LARGEST_DEFAULT: usize = 1 << 16;

/// What the inputs of a pack are in one use of it.
pub(super) type Inputs = BTreeMap<String, Input>;

/// The value of an input.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Input {
    Scalar(Scalar),
    List(Vec<Scalar>),
}

/// A scalar and its type.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Text(String),
    Number(String, bool),
    Boolean(bool),
}

impl Scalar {
    fn text(&self) -> String {
        match self {
            Scalar::Text(text) | Scalar::Number(text, _) => text.clone(),
            Scalar::Boolean(value) => value.to_string(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Scalar::Text(text) => Kind::String(text.as_str().into()),
            Scalar::Number(text, integer) => Kind::Number { text: text.as_str().into(), integer: *integer },
            Scalar::Boolean(value) => Kind::Bool(*value),
        }
    }

    fn read(value: Value<'_>) -> Option<Self> {
        match value.kind() {
            Kind::String(text) | Kind::DateTime(text) => Some(Scalar::Text(text.to_string())),
            Kind::Number { text, integer } => Some(Scalar::Number(text.to_string(), *integer)),
            Kind::Bool(value) => Some(Scalar::Boolean(*value)),
            Kind::Null | Kind::Array(_) | Kind::Object(_) => {
                value.complain("expected a string, a number or a boolean");
                None
            }
        }
    }
}

impl Input {
    /// About how many bytes it fills in.
    fn size(&self) -> usize {
        match self {
            Input::Scalar(scalar) => scalar.text().len(),
            Input::List(items) => items.iter().map(|item| item.text().len() + 1).sum(),
        }
    }

    /// Puts inputs that were declared before into a default.
    fn filled(self, inputs: &Inputs, default: Value<'_>) -> Self {
        let mut budget = LARGEST_DEFAULT;
        let mut fill = |scalar: Scalar| match &scalar {
            Scalar::Text(text) => match fill(text, inputs, &mut budget) {
                Ok(Some(Input::Scalar(filled))) => filled,
                Ok(None) => scalar,
                Ok(Some(Input::List(_))) | Err(_) => {
                    default.complain("a default can name only scalar inputs that stand before it");
                    scalar
                }
            },
            _ => scalar,
        };
        match self {
            Input::Scalar(scalar) => Input::Scalar(fill(scalar)),
            Input::List(items) => Input::List(items.into_iter().map(fill).collect()),
        }
    }

    /// What an input is taken for that is missing or wrong, which has been told: no use of it has to be told as well.
    fn stand_in(wanted: Option<&str>) -> Self {
        match wanted {
            Some("number") => Input::Scalar(Scalar::Number("1".into(), true)),
            Some("boolean") => Input::Scalar(Scalar::Boolean(true)),
            Some("list") => Input::List(vec![Scalar::Text("x".into())]),
            _ => Input::Scalar(Scalar::Text("x".into())),
        }
    }

    /// Reads a value of that type (`None`: whatever it is); complains about another.
    fn read(value: Value<'_>, wanted: Option<&str>) -> Option<Self> {
        let input = match value.kind() {
            Kind::Array(_) => Input::List(value.list()?.into_iter().filter_map(Scalar::read).collect()),
            _ => Input::Scalar(Scalar::read(value)?),
        };
        let fits = matches!(
            (wanted, &input),
            (None, _)
                | (Some("list"), Input::List(_))
                | (Some("string"), Input::Scalar(_))
                | (Some("number"), Input::Scalar(Scalar::Number(..)))
                | (Some("boolean"), Input::Scalar(Scalar::Boolean(_)))
        );
        match (fits, wanted, input) {
            (true, Some("string"), Input::Scalar(scalar)) => Some(Input::Scalar(Scalar::Text(scalar.text()))),
            (true, _, input) => Some(input),
            (false, Some("list"), Input::Scalar(scalar)) => Some(Input::List(vec![scalar])),
            (false, wanted, _) => {
                value.complain(format!("this input is a {}", wanted.unwrap_or("string")));
                None
            }
        }
    }
}

/// The inputs that `pack` declares, with what `given` says of them. Complains about what is wrong in either; `entry` is the
/// place of the `use` entry in the file of `user`.
pub(super) fn settle(pack: &Written, given: Option<Value<'_>>, user: &Written, entry: Span) -> Inputs {
    let declared = declared(pack);
    let given: Vec<(&str, Span, Value<'_>)> = given.and_then(Value::table).unwrap_or_default();
    for (name, span, _) in &given {
        if !declared.iter().any(|(declared, _)| declared == name) {
            user.complain_unknown(*span, "input", name, declared.iter().map(|(name, _)| *name));
        }
    }
    let mut inputs = Inputs::new();
    for (name, options) in declared {
        let wanted = options.and_then(|options| options.word("type"));
        let default = options.and_then(|options| options.get("default"));
        let wanted = wanted.or_else(|| default.map(default_type));
        let value = match (given.iter().find(|(given, _, _)| *given == name), default) {
            // Where what is given is wrong, the default stands in, lest every use of the input complains too.
            (Some((_, _, value)), _) => Input::read(*value, wanted.or(Some("string")))
                .or_else(|| default.and_then(|default| Input::read(default, wanted))),
            (None, Some(default)) => Input::read(default, wanted).map(|value| value.filled(&inputs, default)),
            (None, None) => {
                user.complain_with_help(
                    entry,
                    format!("the pack needs the input `{name}`"),
                    format!("add `with: {{{name}: …}}`"),
                );
                None
            }
        };
        inputs.insert(name.to_string(), value.unwrap_or_else(|| Input::stand_in(wanted)));
    }
    inputs
}

fn declared(pack: &Written) -> Vec<(&str, Option<Options<'_>>)> {
    let Some(root) = pack.document.roots.first() else { return Vec::new() };
    let Some(member) = pack.document.member(*root, "inputs") else { return Vec::new() };
    let table = pack.value(member.value).table().unwrap_or_default();
    table.into_iter().map(|(name, _, value)| (name, Options::read(value, "an input", INPUT_FIELDS))).collect()
}

fn default_type(value: Value<'_>) -> &'static str {
    match value.kind() {
        Kind::Array(_) => "list",
        Kind::Number { .. } => "number",
        Kind::Bool(_) => "boolean",
        _ => "string",
    }
}

/// Puts the inputs into every scalar of a pack's document. Complains, by offset, about inputs that are not declared, and once
/// where they fill in more bytes than `budget` has left.
pub(super) fn insert(document: &mut Document, inputs: &Inputs, budget: &mut usize) -> Vec<(Span, String)> {
    let mut complaints = Vec::new();
    for at in 0..document.len() {
        let id = NodeId(u32::try_from(at).unwrap_or(u32::MAX));
        let span = document.node(id).span;
        let mut fill = |text: &str| fill(text, inputs, budget).map_err(|fault| complaints.push((span, fault))).ok().flatten();
        let filled = match &mut document.node_mut(id).kind {
            Kind::String(text) => fill(text),
            Kind::Object(members) => {
                for member in members {
                    if let Some(Input::Scalar(scalar)) = fill(&member.key) {
                        member.key = scalar.text().into();
                    }
                }
                None
            }
            _ => None,
        };
        if *budget == 0 {
            complaints.push((span, "the inputs fill in more than a policy may hold".into()));
            return complaints;
        }
        match filled {
            None => {}
            Some(Input::Scalar(scalar)) => document.node_mut(id).kind = scalar.kind(),
            Some(Input::List(items)) => {
                let items = items.iter().map(|item| document.push(item.kind(), span)).collect();
                document.node_mut(id).kind = Kind::Array(items);
            }
        }
    }
    complaints
}

/// A scalar with its inputs; none where it has none.
fn fill(text: &str, inputs: &Inputs, budget: &mut usize) -> Result<Option<Input>, String> {
    if !text.contains("${") {
        return Ok(None);
    }
    if let Some(whole) = text.strip_prefix("${inputs.").and_then(|rest| rest.strip_suffix('}'))
        && !whole.contains('}')
    {
        return look_up(whole, inputs, budget).map(Some);
    }
    let mut filled = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("$${") {
            filled.push_str("${");
            rest = after;
            continue;
        }
        let name = rest.strip_prefix("${inputs.").and_then(|inner| inner.split_once('}'));
        let Some((name, after)) = name else {
            filled.push('$');
            rest = &rest[1..];
            continue;
        };
        match look_up(name, inputs, budget)? {
            Input::Scalar(scalar) => filled.push_str(&scalar.text()),
            Input::List(_) => return Err(format!("the input `{name}` is a list, so it has to be the whole scalar")),
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(Some(Input::Scalar(Scalar::Text(filled))))
}

/// An input by name, its size taken out of `budget`; empty where that is spent.
fn look_up(name: &str, inputs: &Inputs, budget: &mut usize) -> Result<Input, String> {
    let (name, escaped) = match name.strip_suffix("|regex") {
        Some(name) => (name, true),
        None => (name, false),
    };
    let Some(input) = inputs.get(name) else {
        let near = did_you_mean(name, inputs.keys().map(String::as_str));
        return Err(match near {
            Some(near) => format!("unknown input `{name}`; did you mean `{near}`?"),
            None => format!("unknown input `{name}`: declare it under `inputs`"),
        });
    };
    *budget = budget.saturating_sub(input.size());
    if *budget == 0 {
        return Ok(Input::Scalar(Scalar::Text(String::new())));
    }
    let escape = |scalar: &Scalar| Scalar::Text(regex::escape(&scalar.text()));
    Ok(match (escaped, input) {
        (false, input) => input.clone(),
        (true, Input::Scalar(scalar)) => Input::Scalar(escape(scalar)),
        (true, Input::List(items)) => Input::List(items.iter().map(escape).collect()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_may_name_what_stands_before_it() {
        let pack = "inputs:\n  home: {default: db}\n  all: {type: list, default: '${inputs.home}/*'}\n  twice: {default: '${inputs.later}'}\n  later: {default: x}\n";
        let document = crate::formats::parse(crate::formats::DataFormat::Yaml, pack.as_bytes()).expect("it is YAML");
        let origin = crate::options::Origin::new("pack.yaml".into(), pack.into(), None);
        let written = Written::new(origin, document);
        let inputs = settle(&written, None, &written, Span::default());
        assert_eq!(inputs["all"], Input::List(vec![Scalar::Text("db/*".into())]));
        let complaints = written.take_complaints();
        assert!(matches!(&complaints[..], [one] if one.message.contains("stand before it")), "{complaints:?}");
    }

    #[test]
    fn inputs_fill_scalars() {
        let text = |text: &str| Input::Scalar(Scalar::Text(text.into()));
        let list = Input::List(vec![Scalar::Text("x.y".into())]);
        let inputs = Inputs::from([("a".into(), text("b.c")), ("l".into(), list.clone())]);
        let filled = |scalar: &str| fill(scalar, &inputs, &mut 100);
        assert_eq!(filled("plain $x"), Ok(None));
        assert_eq!(filled("${inputs.a}/${inputs.a|regex}"), Ok(Some(text(r"b.c/b\.c"))));
        assert_eq!(filled("$${inputs.a} ${other} $"), Ok(Some(text("${inputs.a} ${other} $"))));
        assert_eq!(filled("${inputs.l}"), Ok(Some(list)));
        assert!(filled("x${inputs.l}").is_err());
        let mut spent = 2;
        assert_eq!((fill("x${inputs.a}", &inputs, &mut spent), spent), (Ok(Some(text("x"))), 0));
        assert!(filled("${inputs.b}").is_err_and(|fault| fault.contains("did you mean `a`?")));
    }
}
