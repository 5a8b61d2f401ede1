//! Code: languages by file name, and syntax trees.

mod kotlin;
mod language;
mod macros;
mod php;
mod shell;
mod syntax;

use std::cell::OnceCell;

use ast_grep_core::AstGrep;
use ast_grep_core::tree_sitter::StrDoc;

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
    let tree = AstGrep::try_new(text, grammar).map_err(|message| ParseError::new(0, message))?;
    Ok(Code { language, tree, syntax: OnceCell::new() })
}
