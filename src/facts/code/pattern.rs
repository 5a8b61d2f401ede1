//! ast-grep patterns, compiled for each language that they can be read in.

use ast_grep_core::matcher::MatcherExt;
use ast_grep_core::{Language as _, Matcher};

use super::rule::{CompiledRule, Rule, WrittenRule};
use super::{AstNode, Compiled, Found};
use crate::formats::code::{Code, Language, Node, parse};

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
}

/// Nesting of a pattern's own syntax: ast-grep recurses over it.
const MAX_DEPTH: usize = 100;
/// Letters from which on a word is worth searching for.
const MIN_LITERAL: usize = 3;

impl Pattern {
    fn new(text: &str, language: Language) -> Result<Self, String> {
        let Reading { matcher, kinds, variables } = read(text, language)?;
        let compares = variables.iter().any(|name| text.matches(&format!("${name}")).nth(1).is_some());
        Ok(Pattern { matcher, kinds, variables, compares })
    }

    /// A whole rule object. What looks around a node is held against files of a sensible depth only.
    fn of_rule(rule: &WrittenRule, language: Language) -> Result<Self, PatternError> {
        let mut variables: Vec<String> = Vec::new();
        let error = |pattern: &str, message: String| PatternError { pattern: pattern.to_owned(), message };
        let grammar = language.grammar().ok_or_else(|| error("", "this program was built without its grammar".to_owned()))?;
        let mut pattern = |text: &str| {
            let reading = read(text, language).map_err(|fault| error(text, format!("the pattern is no code: {fault}")))?;
            variables.extend(reading.variables);
            Ok(reading.matcher)
        };
        let mut kind = |name: &str| match ast_grep_core::Language::kind_to_id(&grammar, name) {
            0 => Err(error(name, format!("{} has no kind of node `{name}`", language.name()))),
            id => Ok(id),
        };
        let matcher = rule.compile(&mut pattern, &mut kind)?;
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

/// What a pattern's text means in one language.
struct Reading {
    matcher: CompiledRule,
    kinds: Option<Vec<usize>>,
    variables: Vec<String>,
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

/// The syntax of a pattern, if it is sound.
fn tree(text: &str, language: Language) -> Result<Code, String> {
    let code = parse(language, text.as_bytes()).map_err(|error| error.message)?;
    // A statement may be written without what ends it.
    // An expression that no statement is made of is one all the same: Rust and Go take it for an error around it.
    let wraps = |node: Node<'_>| node.children().next().is_some_and(|inner| inner.span() == node.span());
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
    let error = |pattern: &str, message: String| PatternError { pattern: pattern.to_owned(), message };
    if any.is_empty() {
        return Err(error("", "a pattern is missing".to_owned()));
    }
    let mut compiled: Vec<Compiled> =
        languages.iter().map(|language| Compiled { language: *language, patterns: Vec::new(), within: None }).collect();
    for text in any.iter().map(String::as_str).chain(within) {
        if text.trim().is_empty() {
            return Err(error(text, "the pattern is empty".to_owned()));
        }
        let mut refused = None;
        let mut accepted = false;
        for of in &mut compiled {
            match Pattern::new(text, of.language) {
                Ok(pattern) if within.is_some_and(|within| std::ptr::eq(within, text)) => of.within = Some(pattern),
                Ok(pattern) => of.patterns.push(pattern),
                Err(message) => {
                    refused.get_or_insert(message);
                    continue;
                }
            }
            accepted = true;
        }
        if !accepted {
            return Err(error(text, format!("the pattern is no code: {}", refused.unwrap_or_default())));
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
    rule: &WrittenRule,
    within: Option<&str>,
    languages: &[Language],
) -> Result<Vec<Compiled>, PatternError> {
    let mut refused = None;
    let mut compiled = Vec::new();
    for language in languages {
        let within = within
            .map(|text| Pattern::new(text, *language).map_err(|message| PatternError { pattern: text.to_owned(), message }));
        match (Pattern::of_rule(rule, *language), within.transpose()) {
            (Ok(pattern), Ok(within)) => compiled.push(Compiled { language: *language, patterns: vec![pattern], within }),
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
