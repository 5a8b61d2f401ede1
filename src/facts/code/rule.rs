//! ast-grep's rule objects, over the matchers of its core.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use ast_grep_core::meta_var::MetaVarEnv;
use ast_grep_core::{Doc, MatchStrictness, Matcher, Node, Pattern};
use regex::Regex;

use super::nth::Nth;

/// A rule, its parts compiled as far as `P` (a pattern), `K` (the kind of a node) and `N` (another rule) are.
#[derive(Clone, Debug)]
pub enum Rule<P, K, N> {
    Pattern(P),
    Kind(K),
    Regex(Regex),
    All(Vec<Rule<P, K, N>>),
    Any(Vec<Rule<P, K, N>>),
    Not(Box<Rule<P, K, N>>),
    Related { how: How, rule: Box<Rule<P, K, N>>, stop: Stop<P, K, N>, field: Option<String> },
    Nth { nth: Nth, of: Option<Box<Rule<P, K, N>>> },
    Matches(N),
}

/// A rule as a policy writes it: other rules are meant by their names.
pub type WrittenRule = Rule<WrittenPattern, String, String>;
/// A rule of one language.
pub(super) type CompiledRule = Rule<Pattern, u16, Shared>;

/// A rule that others are made of.
#[derive(Clone)]
pub struct Shared(Arc<CompiledRule>);

/// A pattern as a policy writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenPattern {
    pub text: String,
    pub selector: Option<String>,
    pub strictness: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Inside,
    Has,
    Follows,
    Precedes,
}

#[derive(Clone, Debug)]
pub enum Stop<P, K, N> {
    Neighbor,
    End,
    At(Box<Rule<P, K, N>>),
}

/// A rule of a policy, and the rules that it may name.
#[derive(Clone, Debug)]
pub struct WrittenRules {
    pub rule: WrittenRule,
    pub utils: Vec<(String, WrittenRule)>,
}

/// How the texts of a rule become what one language makes of them.
pub(super) trait Compile {
    type Error;

    fn pattern(&mut self, pattern: &WrittenPattern) -> Result<CompiledRule, Self::Error>;

    fn kind(&mut self, name: &str) -> Result<u16, Self::Error>;

    /// The rule `name` names none, or one that leads back to itself, or is too large.
    fn refuse(&mut self, name: &str, why: String) -> Self::Error;
}

/// Siblings that are looked at.
pub(super) const MAX_SIBLINGS: usize = 1000;
/// Rules that a rule may be made of, each counted as often as it is named.
const MAX_RULES: usize = 10_000;

impl From<&str> for WrittenPattern {
    fn from(text: &str) -> Self {
        WrittenPattern { text: text.to_owned(), selector: None, strictness: None }
    }
}

impl WrittenPattern {
    /// What of the code has to be as the pattern has it.
    pub(super) fn strictness(&self) -> MatchStrictness {
        match self.strictness {
            Some("cst") => MatchStrictness::Cst,
            Some("ast") => MatchStrictness::Ast,
            Some("relaxed") => MatchStrictness::Relaxed,
            Some("signature") => MatchStrictness::Signature,
            Some("template") => MatchStrictness::Template,
            _ => MatchStrictness::Smart,
        }
    }
}

impl WrittenRules {
    /// All patterns, those of named rules included.
    pub(super) fn patterns(&self) -> Vec<&WrittenPattern> {
        let mut patterns = Vec::new();
        std::iter::once(&self.rule).chain(self.utils.iter().map(|(_, rule)| rule)).for_each(|rule| rule.patterns(&mut patterns));
        patterns
    }

    /// The rule in one language.
    pub(super) fn compile<C: Compile>(&self, compile: &mut C) -> Result<CompiledRule, C::Error> {
        let mut named = Named { utils: &self.utils, done: HashMap::new(), open: Vec::new() };
        Ok(self.rule.compile(&mut named, compile)?.0)
    }
}

/// The rules that others name, each compiled once.
struct Named<'w> {
    utils: &'w [(String, WrittenRule)],
    done: HashMap<&'w str, (Shared, usize)>,
    /// Those that are being compiled.
    open: Vec<&'w str>,
}

impl<'w> Named<'w> {
    /// The rule called `name`, and how many it is made of.
    fn get<C: Compile>(&mut self, name: &str, compile: &mut C) -> Result<(Shared, usize), C::Error> {
        if let Some(done) = self.done.get(name) {
            return Ok(done.clone());
        }
        let Some((name, rule)) = self.utils.iter().find(|(known, _)| known == name).map(|(name, rule)| (name.as_str(), rule))
        else {
            let known = self.utils.iter().map(|(known, _)| known.as_str());
            let hint = crate::text::did_you_mean(name, known).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(compile.refuse(name, format!("`utils` has no rule `{name}`{hint}")));
        };
        if self.open.contains(&name) {
            return Err(compile.refuse(name, format!("the rule `{name}` leads back to itself")));
        }
        self.open.push(name);
        let (rule, size) = rule.compile(self, compile)?;
        self.open.pop();
        if size > MAX_RULES {
            return Err(compile.refuse(name, format!("the rule `{name}` is made of more than {MAX_RULES} rules")));
        }
        let done = (Shared(Arc::new(rule)), size);
        self.done.insert(name, done.clone());
        Ok(done)
    }
}

impl WrittenRule {
    fn patterns<'r>(&'r self, found: &mut Vec<&'r WrittenPattern>) {
        match self {
            Rule::Pattern(pattern) => found.push(pattern),
            Rule::Kind(_) | Rule::Regex(_) | Rule::Matches(_) => {}
            Rule::All(rules) | Rule::Any(rules) => rules.iter().for_each(|rule| rule.patterns(found)),
            Rule::Not(rule) => rule.patterns(found),
            Rule::Related { rule, stop, .. } => {
                rule.patterns(found);
                if let Stop::At(rule) = stop {
                    rule.patterns(found);
                }
            }
            Rule::Nth { of, .. } => of.iter().for_each(|rule| rule.patterns(found)),
        }
    }

    /// The rule in one language, and how many rules it is made of.
    fn compile<C: Compile>(&self, named: &mut Named<'_>, compile: &mut C) -> Result<(CompiledRule, usize), C::Error> {
        let mut size = 1_usize;
        let mut inner = |rule: &Self, compile: &mut C| {
            let (rule, of) = rule.compile(named, compile)?;
            size = size.saturating_add(of);
            Ok(rule)
        };
        let rule = match self {
            Rule::Pattern(pattern) => compile.pattern(pattern)?,
            Rule::Kind(name) => Rule::Kind(compile.kind(name)?),
            Rule::Regex(regex) => Rule::Regex(regex.clone()),
            Rule::All(rules) => Rule::All(rules.iter().map(|rule| inner(rule, compile)).collect::<Result<_, _>>()?),
            Rule::Any(rules) => Rule::Any(rules.iter().map(|rule| inner(rule, compile)).collect::<Result<_, _>>()?),
            Rule::Not(rule) => Rule::Not(Box::new(inner(rule, compile)?)),
            Rule::Related { how, rule, stop, field } => Rule::Related {
                how: *how,
                rule: Box::new(inner(rule, compile)?),
                stop: match stop {
                    Stop::Neighbor => Stop::Neighbor,
                    Stop::End => Stop::End,
                    Stop::At(rule) => Stop::At(Box::new(inner(rule, compile)?)),
                },
                field: field.clone(),
            },
            Rule::Nth { nth, of } => {
                let of = match of {
                    Some(of) => Some(Box::new(inner(of, compile)?)),
                    None => None,
                };
                Rule::Nth { nth: *nth, of }
            }
            Rule::Matches(name) => {
                let (rule, of) = named.get(name, compile)?;
                size = size.saturating_add(of);
                Rule::Matches(rule)
            }
        };
        Ok((rule, size))
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
            Rule::Nth { nth, of } => is_nth(*nth, of.as_deref(), &node, env),
            Rule::Matches(rule) => return rule.0.match_node_with_env(node, env),
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
    stop: &Stop<Pattern, u16, Shared>,
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

/// Whether `node` has that number among its named siblings, or among those that match `of`.
fn is_nth<'t, D: Doc>(nth: Nth, of: Option<&CompiledRule>, node: &Node<'t, D>, env: &mut Cow<'_, MetaVarEnv<'t, D>>) -> bool {
    if !node.is_named() || node.parent().is_none() || of.is_some_and(|of| !attempt(of, node, env)) {
        return false;
    }
    let mut seen = 0;
    let mut counts = |beside: &Node<'t, D>| {
        seen += 1;
        beside.is_named() && of.is_none_or(|of| attempt(of, beside, &mut Cow::Borrowed(&**env)))
    };
    let before = match nth.reverse {
        true => node.next_all().take(MAX_SIBLINGS).filter(&mut counts).count(),
        false => node.prev_all().take(MAX_SIBLINGS).filter(&mut counts).count(),
    };
    seen < MAX_SIBLINGS && nth.is(before + 1)
}

/// Whether something below `node` matches; below a node that `stop` matches nothing is looked at.
fn below<'t, D: Doc>(
    node: &Node<'t, D>,
    rule: &CompiledRule,
    stop: &Stop<Pattern, u16, Shared>,
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
    stop: &Stop<Pattern, u16, Shared>,
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

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a rule of `utils`")
    }
}
