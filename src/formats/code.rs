//! Code: languages by file name, and syntax trees.

mod kotlin;
mod language;
mod macros;
mod php;
mod shell;
mod syntax;

use std::cell::OnceCell;
use std::ops::ControlFlow;
use std::time::Duration;

use ast_grep_core::AstGrep;
use ast_grep_core::tree_sitter::{LanguageExt, StrDoc};
use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

use super::ParseError;
use crate::text::Span;

/// A parsed file.
pub struct Code {
    pub language: Language,
    /// The tree for patterns; everything else walks [`Code::root`].
    pub tree: AstGrep<StrDoc<Grammar>>,
    syntax: OnceCell<syntax::Syntax>,
}

pub use language::{Grammar, Language, missing_grammar};
pub use syntax::{Children, Node};

impl Code {
    /// The top of the syntax tree.
    pub fn root(&self) -> Node<'_> {
        Node::root(self)
    }

    pub fn text(&self) -> &str {
        self.tree.source()
    }

    fn is_sound(&self) -> bool {
        !self.tree.root().get_inner_node().has_error()
    }

    /// Where the parser first had to skip or to invent something; `None` where the whole file is sound.
    pub fn first_error(&self) -> Option<usize> {
        (!self.is_sound()).then(|| {
            let broken = self.root().subtree().find(|node| node.is_error());
            broken.map_or(0, |node| node.span().start)
        })
    }

    /// The innermost node that covers exactly `span`, if it has only a few nodes below it that start with it.
    pub fn node_at(&self, span: Span) -> Option<Node<'_>> {
        Node::covering(self, span)
    }

    /// The nesting of the tree's deepest node.
    pub fn depth(&self) -> usize {
        let (mut deepest, mut open) = (0, Vec::new());
        for node in self.root().subtree() {
            while open.last().is_some_and(|after| *after <= node.id()) {
                open.pop();
            }
            open.push(node.after());
            deepest = deepest.max(open.len());
        }
        deepest
    }

    fn syntax(&self) -> &syntax::Syntax {
        self.syntax.get_or_init(|| syntax::Syntax::of(self))
    }
}

#[cfg(test)]
thread_local! {
    static PARSES: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// How often this thread has parsed.
#[cfg(test)]
pub fn parses() -> usize {
    PARSES.get()
}

/// Parses a whole file: of a page of PHP, its code.
///
/// # Errors
/// As [`parse`].
pub fn parse_file(language: Language, bytes: &[u8]) -> Result<Code, ParseError> {
    match language {
        Language::Php => parse(language, php::code_of(super::utf8(bytes)?).as_bytes()),
        Language::Kotlin => {
            let code = parse(language, bytes)?;
            if code.is_sound() && !code.root().subtree().any(kotlin::is_misread) {
                return Ok(code);
            }
            let broken = parse(language, kotlin::broken_before_braces(code.text()).as_bytes())?;
            Ok(if broken.is_sound() { broken } else { code })
        }
        _ => parse(language, bytes),
    }
}

/// Parses code. A syntax error inside it leaves a tree with error nodes.
///
/// # Errors
/// What is not UTF-8, or too large for the parser's 32-bit offsets; a language that this program was built without.
pub fn parse(language: Language, bytes: &[u8]) -> Result<Code, ParseError> {
    let text = super::utf8(bytes)?;
    if u32::try_from(text.len()).is_err() {
        return Err(ParseError::new(0, "too large for a syntax tree"));
    }
    if language == Language::Shell {
        shell::check(text)?;
    }
    let grammar = language.grammar().ok_or_else(|| ParseError::new(0, format!("no grammar for {}", language.name())))?;
    #[cfg(test)]
    PARSES.set(PARSES.get() + 1);
    let tree = tree(text, &grammar)?;
    let tree = AstGrep::doc(StrDoc { src: text.to_string(), lang: grammar, tree });
    Ok(Code { language, tree, syntax: OnceCell::new() })
}

/// What parsing may take: recovering from errors is slow, and in some grammars takes time in the square of what is wrong. Sound
/// code is parsed fifty times as fast.
const PATIENCE: Duration = Duration::from_secs(2);
const BYTES_A_SECOND: u64 = 200_000;

fn tree(text: &str, grammar: &Grammar) -> Result<Tree, ParseError> {
    let mut parser = Parser::new();
    parser.set_language(&grammar.get_ts_language()).map_err(|error| ParseError::new(0, error.to_string()))?;
    let started = spent();
    let limit = PATIENCE + Duration::from_millis(text.len() as u64 * 1000 / BYTES_A_SECOND);
    let mut reached = 0;
    let mut watch = |state: &ParseState| {
        reached = state.current_byte_offset();
        match spent().saturating_sub(started) > limit {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    };
    let options = ParseOptions::new().progress_callback(&mut watch);
    let mut rest = |at: usize, _| text.as_bytes().get(at..).unwrap_or_default();
    let tree = parser.parse_with_options(&mut rest, None, Some(options));
    tree.ok_or_else(|| {
        ParseError::new(reached.min(text.len()), "this is so far from code of its language that parsing it does not end")
    })
}

/// The processor time of this thread, which does not depend on what else the machine does; where it cannot be told, the clock.
fn spent() -> Duration {
    #[cfg(unix)]
    {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the call writes one `timespec`, which is there.
        if unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) } == 0 {
            return Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0));
        }
    }
    static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_the_parser_for_ever_is_refused() {
        let error = parse(Language::Python, "<!--".repeat(15_000).as_bytes()).err().unwrap();
        assert!(error.message.contains("does not end"), "{}", error.message);
        assert!(parse(Language::Python, b"x = 1").is_ok());
    }
}
