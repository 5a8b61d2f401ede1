//! ast-grep patterns, compiled for each language that they can be read in.

use std::collections::HashSet;

use ast_grep_core::matcher::{MatcherExt, PatternNode};
use ast_grep_core::meta_var::MetaVariable;
use ast_grep_core::{Language as _, MatchStrictness, Matcher};

use super::rule::{Compile, CompiledRule, Rule, WrittenPattern, WrittenRules};
use super::{AstNode, Compiled, Found};
use crate::formats::code::{Code, Grammar, Language, Node, parse};
use crate::text::Span;

/// One pattern in one language.
pub(super) struct Pattern {
    matcher: CompiledRule,
    /// The kinds of nodes that can match; `None` where any can.
    kinds: Option<Vec<usize>>,
    variables: Vec<String>,
    compares: bool,
}

/// A pattern that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    /// The pattern, or the metavariable, as the policy has it.
    pub pattern: String,
    /// One line, without a full stop.
    pub message: String,
    /// It is so whatever the language is.
    everywhere: bool,
}

/// Nesting of a pattern's own syntax: ast-grep recurses over it.
const MAX_DEPTH: usize = 100;
/// Letters from which on a word is worth searching for.
const MIN_LITERAL: usize = 3;

impl Pattern {
    fn new(text: &str, language: Language) -> Result<Self, PatternError> {
        let reading = read(text, language).map_err(|fault| PatternError::no_code(text, &fault))?;
        reading.check(&HashSet::new()).map_err(|fault| PatternError::everywhere(text, fault))?;
        let Reading { matcher, kinds, variables } = reading;
        let compares = variables.iter().any(|name| text.matches(&format!("${name}")).nth(1).is_some());
        Ok(Pattern { matcher, kinds, variables, compares })
    }

    /// A whole rule object. What looks around a node is held against files of a sensible depth only.
    fn of_rules(rules: &WrittenRules, language: Language) -> Result<Self, PatternError> {
        let grammar = language.grammar().ok_or_else(|| PatternError::new("", "this program was built without its grammar"))?;
        let patterns = rules.patterns();
        let mut compile = InLanguage { language, grammar, patterns, variables: Vec::new() };
        let matcher = rules.compile(&mut compile)?;
        let mut variables = compile.variables;
        variables.sort();
        variables.dedup();
        Ok(Pattern { matcher, kinds: None, variables, compares: true })
    }

    /// The match at `node`, whose kind is `kind`.
    pub fn find<'t>(&self, kind: u16, node: &AstNode<'t>) -> Option<Found<'t>> {
        let possible = self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&usize::from(kind)));
        if !possible {
            return None;
        }
        self.matcher.match_node(node.clone())
    }

    /// The names of the metavariables, sorted.
    pub fn variables(&self) -> impl Iterator<Item = String> {
        self.variables.iter().cloned()
    }

    /// Whether a metavariable occurs twice, so that parts of a file are compared with each other.
    pub fn compares(&self) -> bool {
        self.compares
    }
}

impl PatternError {
    fn new(pattern: &str, message: impl Into<String>) -> Self {
        PatternError { pattern: pattern.to_owned(), message: message.into(), everywhere: false }
    }

    /// What can be read in no language, or can match nothing in any.
    pub(super) fn everywhere(pattern: &str, message: impl Into<String>) -> Self {
        PatternError { everywhere: true, ..PatternError::new(pattern, message) }
    }

    fn no_code(pattern: &str, fault: &str) -> Self {
        PatternError::new(pattern, format!("the pattern is no code: {fault}"))
    }
}

/// Makes a rule object's texts into those of one language.
struct InLanguage<'w> {
    language: Language,
    grammar: Grammar,
    patterns: Vec<&'w WrittenPattern>,
    variables: Vec<String>,
}

impl Compile for InLanguage<'_> {
    type Error = PatternError;

    fn pattern(&mut self, pattern: &WrittenPattern) -> Result<CompiledRule, PatternError> {
        let reading = match &pattern.selector {
            Some(selector) => read_part(&pattern.text, selector, self.language, self.grammar),
            None => read(&pattern.text, self.language),
        };
        let reading = reading.map_err(|fault| PatternError::no_code(&pattern.text, &fault))?;
        // What another pattern of the rule binds as well is not just anything.
        let others = self.patterns.iter().filter(|other| other.text != pattern.text);
        let bound: HashSet<&str> = others.flat_map(|other| other.text.split('$')).filter_map(name_at_start).collect();
        reading.check(&bound).map_err(|fault| PatternError::everywhere(&pattern.text, fault))?;
        self.variables.extend(reading.variables);
        Ok(reading.matcher.with(&pattern.strictness()))
    }

    fn kind(&mut self, name: &str) -> Result<u16, PatternError> {
        match ast_grep_core::Language::kind_to_id(&self.grammar, name) {
            0 => Err(PatternError::new(name, format!("{} has no kind of node `{name}`", self.language.name()))),
            id => Ok(id),
        }
    }

    fn refuse(&mut self, name: &str, why: String) -> PatternError {
        PatternError::everywhere(name, why)
    }
}

/// The name that a text behind a `$` starts with.
fn name_at_start(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
    text.get(..end).filter(|name| !name.is_empty())
}

/// What a pattern's text means in one language.
struct Reading {
    matcher: CompiledRule,
    kinds: Option<Vec<usize>>,
    variables: Vec<String>,
}

impl Reading {
    /// # Errors
    /// A `$$$` that can never stand for anything, since what is behind it, a metavariable that nothing in `bound` binds, takes
    /// the first node already: ast-grep does not go back.
    fn check(&self, bound: &HashSet<&str>) -> Result<(), String> {
        let mut patterns = Vec::new();
        match &self.matcher {
            Rule::Pattern(pattern) => patterns.push(pattern),
            Rule::Any(rules) => patterns.extend(rules.iter().filter_map(|rule| match rule {
                Rule::Pattern(pattern) => Some(pattern),
                _ => None,
            })),
            _ => {}
        }
        match patterns.into_iter().find_map(|pattern| starved(&pattern.node, &mut bound.clone())) {
            Some((all, next)) => Err(format!(
                "`{all}` never stands for anything here, since `{next}` behind it takes the first node: put `{all}` last, or write \
                 out what stands before `{next}`"
            )),
            None => Ok(()),
        }
    }
}

/// The `$$$`, and the metavariable behind it, where that leaves nothing for the first. What `bound` holds stands for something
/// that is known before. (A pattern nests no deeper than [`MAX_DEPTH`].)
fn starved<'p>(node: &'p PatternNode, bound: &mut HashSet<&'p str>) -> Option<(String, String)> {
    let children = match node {
        PatternNode::MetaVar { meta_var: MetaVariable::Capture(name, _) } => {
            bound.insert(name);
            return None;
        }
        PatternNode::MetaVar { .. } | PatternNode::Terminal { .. } => return None,
        PatternNode::Internal { children, .. } => children,
    };
    let mut rest = children.iter().filter(|child| !child.is_trivial()).peekable();
    while let Some(child) = rest.next() {
        let all = match child {
            PatternNode::MetaVar { meta_var: MetaVariable::Multiple } => "$$$".to_owned(),
            PatternNode::MetaVar { meta_var: MetaVariable::MultiCapture(name) } => format!("$$${name}"),
            _ => match starved(child, bound) {
                None => continue,
                found => return found,
            },
        };
        match rest.peek() {
            Some(PatternNode::MetaVar { meta_var: MetaVariable::Capture(name, _) }) if !bound.contains(name.as_str()) => {
                return Some((all, format!("${name}")));
            }
            Some(PatternNode::MetaVar { meta_var: MetaVariable::Dropped(_) }) => return Some((all, "$_".to_owned())),
            _ => {}
        }
    }
    None
}

impl CompiledRule {
    /// The rule, its patterns as strict as that.
    fn with(self, strictness: &MatchStrictness) -> Self {
        match self {
            Rule::Pattern(mut pattern) => {
                pattern.strictness = strictness.clone();
                Rule::Pattern(pattern)
            }
            Rule::Any(rules) => Rule::Any(rules.into_iter().map(|rule| rule.with(strictness)).collect()),
            rule => rule,
        }
    }
}

/// What stands around code that means something else by itself: outside of a function, Go takes `f.g(x)` for a conversion.
fn surroundings(language: Language) -> Option<(&'static str, &'static str)> {
    (language == Language::Go).then_some(("package p\n\nfunc _() {\n", "\n}\n"))
}

/// All that `text` can be read as.
fn read(text: &str, language: Language) -> Result<Reading, String> {
    let grammar = language.grammar().ok_or("this program was built without its grammar")?;
    let text = grammar.pre_process_pattern(text);
    let alone = tree(&text, language);
    let mut patterns = Vec::new();
    let mut refused = None;
    match &alone {
        Ok(_) => match ast_grep_core::Pattern::try_new(&text, grammar) {
            Ok(pattern) => patterns.push(pattern),
            Err(error) => refused = Some(one_line(&error.to_string())),
        },
        Err(message) => refused = Some(message.clone()),
    }
    if let Some((before, after)) = surroundings(language)
        && let Ok(code) = tree(&format!("{before}{text}{after}"), language)
        && let Some(node) = part(&code, before.len(), text.trim())
        && !alone.is_ok_and(|alone| part(&alone, 0, text.trim()).is_some_and(|other| kinds(&other) == kinds(&node)))
    {
        patterns.push(ast_grep_core::Pattern::from(node));
    }
    let mut variables: Vec<String> = patterns.iter().flat_map(|pattern| pattern.defined_vars()).map(str::to_owned).collect();
    variables.sort();
    variables.dedup();
    let kinds = patterns.iter().map(Matcher::potential_kinds).collect::<Option<Vec<_>>>();
    let kinds = kinds.map(|all| all.iter().flat_map(|kinds| kinds.iter()).collect());
    let mut rules: Vec<CompiledRule> = patterns.into_iter().map(Rule::Pattern).collect();
    let matcher = match (rules.len(), rules.pop()) {
        (_, None) => return Err(refused.unwrap_or_default()),
        (1, Some(only)) => only,
        (_, Some(last)) => {
            rules.push(last);
            Rule::Any(rules)
        }
    };
    Ok(Reading { matcher, kinds, variables })
}

/// The part of `context` that is a `selector`.
fn read_part(context: &str, selector: &str, language: Language, grammar: Grammar) -> Result<Reading, String> {
    let context = grammar.pre_process_pattern(context);
    tree(&context, language)?;
    let pattern =
        ast_grep_core::Pattern::contextual(&context, selector, grammar).map_err(|error| one_line(&error.to_string()))?;
    let variables = pattern.defined_vars().into_iter().map(str::to_owned).collect();
    Ok(Reading { matcher: Rule::Pattern(pattern), kinds: None, variables })
}

/// The syntax of a pattern, if it is sound.
fn tree(text: &str, language: Language) -> Result<Code, String> {
    let code = parse(language, text.as_bytes()).map_err(|error| error.message)?;
    // A statement may be written without what ends it.
    // An expression that no statement is made of is one all the same: Rust and Go take it for an error around it.
    let whole = Span::new(text.len() - text.trim_start().len(), text.trim_end().len());
    let wraps = |node: Node<'_>| {
        let is_code = |inner: Node<'_>| inner.is_named() && inner.text().contains(|c: char| c.is_alphanumeric() || c == '_');
        node.span() == whole && node.children().next().is_some_and(|inner| is_code(inner) && inner.span() == whole)
    };
    if code.root().subtree().any(|node| node.is_error() && node.kind() != ";" && !wraps(node)) {
        return Err("a syntax error".to_owned());
    }
    if code.depth() > MAX_DEPTH {
        return Err(format!("nested deeper than {MAX_DEPTH} levels"));
    }
    Ok(code)
}

/// The innermost node that is just `text`, which stands behind `from`.
fn part<'t>(code: &'t Code, from: usize, text: &str) -> Option<AstNode<'t>> {
    let start = from + code.text().get(from..)?.find(text)?;
    let is_whole = |node: &AstNode<'t>| node.kind() != "statement_list" && node.range() == (start..start + text.len());
    code.tree.root().dfs().filter(is_whole).last()
}

/// The shape of a tree.
fn kinds(node: &AstNode<'_>) -> Vec<u16> {
    node.dfs().map(|node| node.kind_id()).collect()
}

/// The patterns by language; a language in which none of them can be read is left out.
///
/// # Errors
/// No pattern at all, or one that is empty or no code in any of the languages.
pub(super) fn compile(any: &[String], within: Option<&str>, languages: &[Language]) -> Result<Vec<Compiled>, PatternError> {
    if any.is_empty() {
        return Err(PatternError::everywhere("", "a pattern is missing"));
    }
    let mut compiled: Vec<Compiled> =
        languages.iter().map(|language| Compiled { language: *language, patterns: Vec::new(), within: None }).collect();
    for text in any.iter().map(String::as_str).chain(within) {
        if text.trim().is_empty() {
            return Err(PatternError::everywhere(text, "the pattern is empty"));
        }
        let mut refused = None;
        let mut accepted = false;
        for of in &mut compiled {
            match Pattern::new(text, of.language) {
                Ok(pattern) if within.is_some_and(|within| std::ptr::eq(within, text)) => of.within = Some(pattern),
                Ok(pattern) => of.patterns.push(pattern),
                Err(error) if error.everywhere => return Err(error),
                Err(error) => {
                    refused.get_or_insert(error);
                    continue;
                }
            }
            accepted = true;
        }
        if let Some(error) = refused.filter(|_| !accepted) {
            return Err(error);
        }
    }
    compiled.retain(|of| !of.patterns.is_empty() && (within.is_none() || of.within.is_some()));
    Ok(compiled)
}

/// A rule object by language; a language in which it cannot be read is left out.
///
/// # Errors
/// It cannot be read in any of the languages.
pub(super) fn compile_rule(
    rule: &WrittenRules,
    within: Option<&str>,
    languages: &[Language],
) -> Result<Vec<Compiled>, PatternError> {
    let mut refused = None;
    let mut compiled = Vec::new();
    for language in languages {
        let within = within.map(|text| Pattern::new(text, *language));
        match (Pattern::of_rules(rule, *language), within.transpose()) {
            (Ok(pattern), Ok(within)) => compiled.push(Compiled { language: *language, patterns: vec![pattern], within }),
            (Err(error), _) | (_, Err(error)) if error.everywhere => return Err(error),
            (Err(error), _) | (_, Err(error)) => {
                refused.get_or_insert(error);
            }
        }
    }
    match (compiled.is_empty(), refused) {
        (true, Some(error)) => Err(error),
        _ => Ok(compiled),
    }
}

/// The longest word that stands in everything that the pattern matches; `None` where there is none to speak of.
pub(super) fn literal(pattern: &str) -> Option<String> {
    // What stands in a comment of the pattern is not asked for, and an escape may be spelled otherwise.
    if ["//", "/*", "#", "\\"].iter().any(|mark| pattern.contains(mark)) {
        return None;
    }
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let words = pattern.split(|c| !is_word(c)).filter(|word| !word.contains('$') && word.len() >= MIN_LITERAL);
    words.max_by_key(|word| word.len()).map(str::to_owned)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
