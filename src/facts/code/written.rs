//! ast-grep's rule objects as a policy writes them.

use super::nth::Nth;
use super::rule::{How, Rule, Stop, WrittenPattern, WrittenRule, WrittenRules};
use crate::formats::Kind;
use crate::options::{Field, Options, Shape, Value};

/// Keys of a rule object.
pub const RULE_FIELDS: &[Field] = &[
    Field::new("pattern", Shape::Either(&[Shape::Text, Shape::Map(PATTERN_FIELDS)]), "An ast-grep pattern."),
    Field::new("kind", Shape::Text, "The grammar's name for the node."),
    Field::new("regex", Shape::Regex, "What the node's text has to match."),
    Field::new(
        "nthChild",
        Shape::Any,
        "Its number among its named siblings, from 1: `2`, `2n+1`, or `{position, reverse, ofRule}`.",
    ),
    Field::new("inside", Shape::Any, "A rule that a node around it matches."),
    Field::new("has", Shape::Any, "A rule that a node in it matches."),
    Field::new("follows", Shape::Any, "A rule that a node before it, beside it, matches."),
    Field::new("precedes", Shape::Any, "A rule that a node behind it, beside it, matches."),
    Field::new("all", Shape::List(&Shape::Any), "Rules that all match."),
    Field::new("any", Shape::List(&Shape::Any), "Rules of which one matches."),
    Field::new("not", Shape::Any, "A rule that does not match."),
    Field::new("matches", Shape::Text, "The name of a rule under `utils`."),
];
/// What a pattern may say besides its text.
const PATTERN_FIELDS: &[Field] = &[
    Field::required("context", Shape::Text, "Code that the pattern is a part of."),
    Field::new("selector", Shape::Text, "The grammar's name for the part that is meant. Default: the whole."),
    Field::new("strictness", Shape::Word(&STRICTNESS), "What of the code has to be as the pattern has it. Default: `smart`."),
];
const STRICTNESS: [&str; 6] = ["cst", "smart", "ast", "relaxed", "signature", "template"];
/// What a rule under `inside`, `has`, `follows` and `precedes` may say besides.
const RELATED_FIELDS: &[Field] = &[
    Field::new("stopBy", Shape::Any, "How far is looked: `neighbor` (default), `end`, or a rule."),
    Field::new("field", Shape::Text, "The role in which the node stands."),
];

impl WrittenPattern {
    fn read(value: Value<'_>) -> Option<Self> {
        if let Some(text) = value.as_text() {
            return Some(text.into());
        }
        let options = Options::read(value, "a pattern", PATTERN_FIELDS)?;
        let selector = options.text("selector").map(str::to_owned);
        Some(WrittenPattern { text: options.text("context")?.to_owned(), selector, strictness: options.word("strictness") })
    }
}

impl WrittenRules {
    /// Reads a rule object, and the table of those that it names; complains about what they cannot be.
    pub fn read(rule: Value<'_>, utils: Option<Value<'_>>) -> Option<Self> {
        let rule = WrittenRule::read(rule)?;
        let table = match utils {
            Some(utils) => utils.table()?,
            None => Vec::new(),
        };
        let utils = table.into_iter().map(|(name, _, rule)| Some((name.to_owned(), WrittenRule::read(rule)?)));
        Some(WrittenRules { rule, utils: utils.collect::<Option<_>>()? })
    }
}

impl WrittenRule {
    /// Reads a rule object; complains about what it cannot be.
    fn read(value: Value<'_>) -> Option<Self> {
        Self::of(value, &Options::read(value, "a rule", RULE_FIELDS)?)
    }

    fn of(value: Value<'_>, options: &Options<'_>) -> Option<Self> {
        let mut parts: Vec<Self> = Vec::new();
        if let Some(pattern) = options.get("pattern") {
            parts.push(Rule::Pattern(WrittenPattern::read(pattern)?));
        }
        parts.extend(options.get("kind").and_then(Value::text).map(|text| Rule::Kind(text.to_owned())));
        if options.get("regex").is_some() {
            parts.push(Rule::Regex(options.regex("regex")?));
        }
        if let Some(nth) = options.get("nthChild") {
            let (nth, of) = Nth::read(nth)?;
            let of = of.map(|of| Self::read(of).map(Box::new));
            parts.push(Rule::Nth { nth, of: if let Some(of) = of { Some(of?) } else { None } });
        }
        parts.extend(options.get("matches").and_then(Value::text).map(|name| Rule::Matches(name.to_owned())));
        for (key, how) in [("inside", How::Inside), ("has", How::Has), ("follows", How::Follows), ("precedes", How::Precedes)] {
            if let Some(related) = options.get(key) {
                parts.push(Self::related(related, how)?);
            }
        }
        for (key, of) in [("all", Rule::All as fn(Vec<Self>) -> Self), ("any", Rule::Any)] {
            if let Some(list) = options.get(key) {
                parts.push(of(list.list()?.into_iter().map(Self::read).collect::<Option<_>>()?));
            }
        }
        if let Some(not) = options.get("not") {
            parts.push(Rule::Not(Box::new(Self::read(not)?)));
        }
        match parts.len() {
            0 => {
                value.complain(
                    "a rule needs at least one of `pattern`, `kind`, `regex`, `inside`, `has`, `all`, `any` and the like",
                );
                None
            }
            1 => parts.pop(),
            _ => Some(Rule::All(parts)),
        }
    }

    fn related(value: Value<'_>, how: How) -> Option<Self> {
        let options = Options::read_with(value, "a relation", RULE_FIELDS, RELATED_FIELDS)?;
        let stop = match options.get("stopBy").map(|stop| (stop.as_text(), stop)) {
            None | Some((Some("neighbor"), _)) => Stop::Neighbor,
            Some((Some("end"), _)) => Stop::End,
            Some((None, rule)) => Stop::At(Box::new(Self::read(rule)?)),
            Some((Some(_), word)) => {
                word.complain("`stopBy` is `neighbor`, `end` or a rule");
                return None;
            }
        };
        let field = options.text("field").map(str::to_owned);
        Some(Rule::Related { how, rule: Box::new(Self::of(value, &options)?), stop, field })
    }
}

/// Where `text` stands in a written rule.
pub fn culprit<'w>(rule: Value<'w>, text: &str) -> Option<Value<'w>> {
    let mut open = vec![rule];
    while let Some(value) = open.pop() {
        if value.as_text() == Some(text) {
            return Some(value);
        }
        match value.kind() {
            Kind::Object(members) => open.extend(members.iter().rev().map(|member| value.sibling(member.value))),
            Kind::Array(items) => open.extend(items.iter().rev().map(|item| value.sibling(*item))),
            _ => {}
        }
    }
    None
}
