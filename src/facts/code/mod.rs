//! `code`: nodes that an ast-grep pattern matches.

mod nth;
mod pattern;
mod rule;
mod written;

use ast_grep_core::NodeMatch;
use ast_grep_core::tree_sitter::StrDoc;

use super::names::string_value;
use super::{Extractor, Fault, FaultKind, FileKind, Raw, RawElement, Source, parsed};
use crate::formats::code::{Code, Grammar, Language, parse_file};
use crate::text::Span;
use pattern::Pattern;

pub use pattern::PatternError;
pub use rule::WrittenRules;
pub use written::{RULE_FIELDS, culprit};

/// Reads `code: {pattern | any, language?, within?, take?}`.
pub struct CodePattern {
    /// The patterns, ready for each language that they can be read in.
    compiled: Vec<Compiled>,
    language: Option<Language>,
    take: Option<String>,
    captures: Vec<String>,
    literals: Option<Vec<String>>,
}

/// What a policy says of a `code` fact.
#[derive(Clone, Debug, Default)]
pub struct CodeOptions {
    /// Patterns, any of which may match.
    pub any: Vec<String>,
    /// Instead of patterns, a whole rule object.
    pub rule: Option<WrittenRules>,
    /// The only language that is looked at; a script without an extension is taken to be in it.
    pub language: Option<Language>,
    /// A pattern that a node around the match has to match.
    pub within: Option<String>,
    /// The metavariable that is meant, instead of the whole match.
    pub take: Option<String>,
    /// The languages that the fact's files may be in; empty: all.
    pub languages: Vec<Language>,
}

struct Compiled {
    language: Language,
    patterns: Vec<Pattern>,
    within: Option<Pattern>,
}

type Found<'t> = NodeMatch<'t, StrDoc<Grammar>>;
type AstNode<'t> = ast_grep_core::Node<'t, StrDoc<Grammar>>;

/// Nesting up to which two parts of a file are compared, for a pattern that names a metavariable twice: ast-grep recurses.
const MAX_COMPARED: usize = 400;
/// Bytes of a value or capture, and what is left of each once a file has given [`MAX_TEXTS`]: matches nest.
const MAX_TEXT: usize = 16 << 10;
const MAX_TEXT_LATER: usize = 64;
const MAX_TEXTS: usize = 32 << 20;

impl CodePattern {
    /// # Errors
    /// No pattern at all, an empty one, one that is no code in any of the languages, a `take` that no pattern has as a
    /// metavariable.
    pub fn new(options: CodeOptions) -> Result<Self, PatternError> {
        let languages = match (options.language, options.languages.as_slice()) {
            (Some(language), _) => vec![language],
            (None, []) => Language::ALL.into_iter().filter(|language| language.is_built()).collect(),
            (None, languages) => languages.to_vec(),
        };
        let compiled = match &options.rule {
            Some(rule) => pattern::compile_rule(rule, options.within.as_deref(), &languages)?,
            None => pattern::compile(&options.any, options.within.as_deref(), &languages)?,
        };
        let mut captures: Vec<String> = compiled.iter().flat_map(|of| &of.patterns).flat_map(Pattern::variables).collect();
        captures.sort();
        captures.dedup();
        if let Some(take) = options.take.as_ref().filter(|take| !captures.contains(take)) {
            return Err(PatternError::everywhere(take, format!("no pattern has a metavariable `${take}`")));
        }
        let literals = match options.rule {
            // Which of its patterns has to match is not looked into.
            Some(_) => None,
            None => options.any.iter().map(|text| pattern::literal(text)).collect(),
        };
        Ok(CodePattern { compiled, language: options.language, take: options.take, captures, literals })
    }

    /// The captures that an element may have.
    pub fn captures(&self) -> Vec<String> {
        self.captures.clone()
    }

    fn search(&self, code: &Code, raw: &mut Raw) {
        let Some(compiled) = self.compiled.iter().find(|compiled| compiled.language == code.language) else { return };
        let patterns = comparable(compiled, code, raw);
        let mut texts = Texts { code, given: 0 };
        let mut inside_until = 0;
        let root = code.tree.root();
        for node in root.dfs() {
            let (kind, range) = (node.kind_id(), node.range());
            let inside = compiled.within.is_none() || range.start < inside_until;
            if inside && let Some((pattern, found)) = patterns.iter().find_map(|p| Some((p, p.find(kind, &node)?))) {
                self.elements(pattern, &found, &mut texts, raw);
            }
            if compiled.within.as_ref().is_some_and(|within| within.find(kind, &node).is_some()) {
                inside_until = inside_until.max(range.end);
            }
        }
    }

    fn elements(&self, pattern: &Pattern, found: &Found<'_>, texts: &mut Texts<'_>, raw: &mut Raw) {
        let captures: Vec<(String, String)> =
            pattern.variables().filter_map(|name| Some((name.clone(), texts.of_all(&bound(found, &name))?))).collect();
        let taken = match &self.take {
            Some(name) => bound(found, name).into_iter().filter(|node| node.is_named() && !node.is_extra()).collect(),
            None => vec![found.get_node().clone()],
        };
        for node in taken {
            let span = Span::from(node.range());
            let value = texts.of(span);
            raw.elements.push(RawElement { value, captures: captures.clone(), span: Some(span), ..Default::default() });
        }
    }
}

impl Extractor for CodePattern {
    fn literals(&self, _kind: FileKind) -> Option<Vec<String>> {
        self.literals.clone()
    }

    fn scope(&self) -> String {
        format!("{:?}", self.compiled.iter().map(|compiled| compiled.language).collect::<Vec<_>>())
    }

    fn extract(&self, source: &Source<'_>, raw: &mut Raw) {
        match (self.language, source.language()) {
            (Some(only), Some(language)) if only != language => {}
            (Some(language), None) => {
                if is_script(source) {
                    let code = parse_file(language, source.bytes);
                    if let Some(code) = parsed::sound(code.as_ref(), raw) {
                        self.search(code, raw);
                    }
                }
            }
            _ => {
                if let Some(code) = parsed::parsed(source, raw) {
                    self.search(code, raw);
                }
            }
        }
        parsed::settle(raw);
    }
}

/// A file without an extension that names its interpreter.
fn is_script(source: &Source<'_>) -> bool {
    source.path.extension().is_empty() && source.body().0.starts_with(b"#!")
}

/// The patterns that can be held against this file.
fn comparable<'c>(compiled: &'c Compiled, code: &Code, raw: &mut Raw) -> Vec<&'c Pattern> {
    let (comparing, plain): (Vec<_>, Vec<_>) = compiled.patterns.iter().partition(|pattern| pattern.compares());
    if comparing.is_empty() || code.depth() <= MAX_COMPARED {
        return compiled.patterns.iter().collect();
    }
    let message = "nested too deeply for a rule, or a pattern that names a metavariable twice".to_owned();
    raw.faults.push(Fault { kind: FaultKind::Unparsable, at: 0, message });
    plain
}

/// The nodes that a metavariable is bound to.
fn bound<'t>(found: &Found<'t>, name: &str) -> Vec<AstNode<'t>> {
    match found.get_env().get_match(name) {
        Some(node) => vec![node.clone()],
        None => found.get_env().get_multiple_matches(name),
    }
}

/// Texts of nodes, string literals unquoted; in all no more than a file can sensibly give.
struct Texts<'c> {
    code: &'c Code,
    given: usize,
}

impl Texts<'_> {
    fn of(&mut self, span: Span) -> String {
        let limit = if self.given < MAX_TEXTS { MAX_TEXT } else { MAX_TEXT_LATER };
        let literal = if span.len() <= limit { self.code.node_at(span).and_then(string_value) } else { None };
        let text = literal.unwrap_or_else(|| cut(self.code.text().get(span.start..span.end).unwrap_or_default(), limit));
        self.given += text.len();
        text
    }

    /// The text from the first node to the last.
    fn of_all(&mut self, nodes: &[AstNode<'_>]) -> Option<String> {
        let (first, last) = (nodes.first()?, nodes.last()?);
        Some(self.of(Span::new(first.range().start, last.range().end)))
    }
}

fn cut(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let end = (0..=limit).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests;
