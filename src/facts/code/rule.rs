//! ast-grep's rule objects, over the matchers of its core.

use std::borrow::Cow;

use ast_grep_core::meta_var::MetaVarEnv;
use ast_grep_core::{Doc, Matcher, Node, Pattern};
use regex::Regex;

use crate::formats::Kind;
use crate::options::{Field, Options, Shape, Value};

/// Keys of a rule object.
pub const RULE_FIELDS: &[Field] = &[
    Field::new("pattern", Shape::Text, "An ast-grep pattern."),
    Field::new("kind", Shape::Text, "The grammar's name for the node."),
    Field::new("regex", Shape::Regex, "What the node's text has to match."),
    Field::new("inside", Shape::Any, "A rule that a node around it matches."),
    Field::new("has", Shape::Any, "A rule that a node in it matches."),
    Field::new("follows", Shape::Any, "A rule that a node before it, beside it, matches."),
    Field::new("precedes", Shape::Any, "A rule that a node behind it, beside it, matches."),
    Field::new("all", Shape::List(&Shape::Any), "Rules that all match."),
    Field::new("any", Shape::List(&Shape::Any), "Rules of which one matches."),
    Field::new("not", Shape::Any, "A rule that does not match."),
];
/// What a rule under `inside`, `has`, `follows` and `precedes` may say besides.
const RELATED_FIELDS: &[Field] = &[
    Field::new("stopBy", Shape::Any, "How far is looked: `neighbor` (default), `end`, or a rule."),
    Field::new("field", Shape::Text, "The role in which the node stands."),
];

/// A rule, its parts compiled as far as `P` (a pattern) and `K` (the kind of a node) are: in a policy both are texts.
#[derive(Clone, Debug)]
pub enum Rule<P, K> {
    Pattern(P),
    Kind(K),
    Regex(Regex),
    All(Vec<Rule<P, K>>),
    Any(Vec<Rule<P, K>>),
    Not(Box<Rule<P, K>>),
    Related { how: How, rule: Box<Rule<P, K>>, stop: Stop<P, K>, field: Option<String> },
}

/// A rule as a policy writes it.
pub type WrittenRule = Rule<String, String>;
/// A rule of one language.
pub(super) type CompiledRule = Rule<Pattern, u16>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Inside,
    Has,
    Follows,
    Precedes,
}

#[derive(Clone, Debug)]
pub enum Stop<P, K> {
    Neighbor,
    End,
    At(Box<Rule<P, K>>),
}

/// Siblings that are looked at.
const MAX_SIBLINGS: usize = 1000;

impl WrittenRule {
    /// Reads a rule object; complains about what it cannot be.
    pub fn read(value: Value<'_>) -> Option<Self> {
        Self::of(value, &Options::read(value, "a rule", RULE_FIELDS)?)
    }

    fn of(value: Value<'_>, options: &Options<'_>) -> Option<Self> {
        let mut parts: Vec<Self> = Vec::new();
        parts.extend(options.get("pattern").and_then(Value::text).map(|text| Rule::Pattern(text.to_owned())));
        parts.extend(options.get("kind").and_then(Value::text).map(|text| Rule::Kind(text.to_owned())));
        if options.get("regex").is_some() {
            parts.push(Rule::Regex(options.regex("regex")?));
        }
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

    /// The rule in one language.
    pub(super) fn compile<E>(
        &self,
        pattern: &mut impl FnMut(&str) -> Result<CompiledRule, E>,
        kind: &mut impl FnMut(&str) -> Result<u16, E>,
    ) -> Result<CompiledRule, E> {
        Ok(match self {
            Rule::Pattern(text) => pattern(text)?,
            Rule::Kind(name) => Rule::Kind(kind(name)?),
            Rule::Regex(regex) => Rule::Regex(regex.clone()),
            Rule::All(rules) => Rule::All(rules.iter().map(|rule| rule.compile(pattern, kind)).collect::<Result<_, _>>()?),
            Rule::Any(rules) => Rule::Any(rules.iter().map(|rule| rule.compile(pattern, kind)).collect::<Result<_, _>>()?),
            Rule::Not(rule) => Rule::Not(Box::new(rule.compile(pattern, kind)?)),
            Rule::Related { how, rule, stop, field } => Rule::Related {
                how: *how,
                rule: Box::new(rule.compile(pattern, kind)?),
                stop: match stop {
                    Stop::Neighbor => Stop::Neighbor,
                    Stop::End => Stop::End,
                    Stop::At(rule) => Stop::At(Box::new(rule.compile(pattern, kind)?)),
                },
                field: field.clone(),
            },
        })
    }
}

impl Matcher for CompiledRule {
    fn match_node_with_env<'t, D: Doc>(&self, node: Node<'t, D>, env: &mut Cow<'_, MetaVarEnv<'t, D>>) -> Option<Node<'t, D>> {
        let holds = match self {
            Rule::Pattern(pattern) => return pattern.match_node_with_env(node, env),
            Rule::Kind(kind) => node.kind_id() == *kind,
            Rule::Regex(regex) => regex.is_match(&node.text()),
            // What only tests a node is asked before what looks around it.
            Rule::All(rules) => rules.iter().all(|rule| rule.match_node_with_env(node.clone(), env).is_some()),
            Rule::Any(rules) => rules.iter().any(|rule| attempt(rule, &node, env)),
            Rule::Not(rule) => !attempt(rule, &node, &mut Cow::Borrowed(&**env)),
            Rule::Related { how, rule, stop, field } => related(*how, rule, stop, field.as_deref(), &node, env),
        };
        holds.then_some(node)
    }
}

/// Whether `rule` matches; where it does not, nothing is bound.
fn attempt<'t, D: Doc>(rule: &CompiledRule, node: &Node<'t, D>, env: &mut Cow<'_, MetaVarEnv<'t, D>>) -> bool {
    let mut own = Cow::Owned(env.clone().into_owned());
    let matches = rule.match_node_with_env(node.clone(), &mut own).is_some();
    if matches {
        *env = Cow::Owned(own.into_owned());
    }
    matches
}

fn related<'t, D: Doc>(
    how: How,
    rule: &CompiledRule,
    stop: &Stop<Pattern, u16>,
    field: Option<&str>,
    node: &Node<'t, D>,
    env: &mut Cow<'_, MetaVarEnv<'t, D>>,
) -> bool {
    let in_role = |child: &Node<'t, D>, parent: &Node<'t, D>| {
        field.is_none_or(|field| parent.field_children(field).any(|held| held.node_id() == child.node_id()))
    };
    match how {
        How::Inside => {
            let mut child = node.clone();
            search(node.ancestors(), stop, env, |parent, env| {
                let holds = in_role(&child, parent) && attempt(rule, parent, env);
                child = parent.clone();
                holds
            })
        }
        How::Has => match (stop, field) {
            (_, Some(field)) => {
                let mut held = node.field_children(field);
                held.any(|child| attempt(rule, &child, env) || !matches!(stop, Stop::Neighbor) && below(&child, rule, stop, env))
            }
            (Stop::Neighbor, None) => node.children().any(|child| attempt(rule, &child, env)),
            _ => below(node, rule, stop, env),
        },
        How::Follows => search(node.prev_all().take(MAX_SIBLINGS), stop, env, |beside, env| attempt(rule, beside, env)),
        How::Precedes => search(node.next_all().take(MAX_SIBLINGS), stop, env, |beside, env| attempt(rule, beside, env)),
    }
}

/// Whether something below `node` matches; below a node that `stop` matches nothing is looked at.
fn below<'t, D: Doc>(
    node: &Node<'t, D>,
    rule: &CompiledRule,
    stop: &Stop<Pattern, u16>,
    env: &mut Cow<'_, MetaVarEnv<'t, D>>,
) -> bool {
    let mut open: Vec<Node<'t, D>> = node.children().collect();
    open.reverse();
    while let Some(node) = open.pop() {
        if attempt(rule, &node, env) {
            return true;
        }
        if !matches!(stop, Stop::At(at) if attempt(at, &node, &mut Cow::Borrowed(&**env))) {
            let before = open.len();
            open.extend(node.children());
            open[before..].reverse();
        }
    }
    false
}

/// Goes along `nodes` as far as `stop` lets it, until one matches.
fn search<'t, D: Doc>(
    nodes: impl Iterator<Item = Node<'t, D>>,
    stop: &Stop<Pattern, u16>,
    env: &mut Cow<'_, MetaVarEnv<'t, D>>,
    mut matches: impl FnMut(&Node<'t, D>, &mut Cow<'_, MetaVarEnv<'t, D>>) -> bool,
) -> bool {
    for node in nodes {
        if matches(&node, env) {
            return true;
        }
        let ends = match stop {
            Stop::Neighbor => true,
            Stop::End => false,
            Stop::At(rule) => attempt(rule, &node, &mut Cow::Borrowed(&**env)),
        };
        if ends {
            return false;
        }
    }
    false
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
