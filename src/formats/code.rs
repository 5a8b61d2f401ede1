//! Code: languages by file name, and syntax trees.

mod syntax;

use std::cell::OnceCell;

use ast_grep_core::AstGrep;
use ast_grep_core::tree_sitter::StrDoc;
use ast_grep_language::SupportLang;

use super::ParseError;
use crate::text::{RepoPath, Span};

/// A language with a grammar. JavaScript, TypeScript and TSX are three grammars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    Python,
    JavaScript,
    TypeScript,
    Tsx,
}

/// A parsed file.
pub struct Code {
    pub language: Language,
    /// The tree for patterns; everything else walks [`Code::root`].
    pub tree: AstGrep<StrDoc<SupportLang>>,
    syntax: OnceCell<syntax::Syntax>,
}

pub use syntax::{Children, Node};

impl Code {
    /// The top of the syntax tree.
    pub fn root(&self) -> Node<'_> {
        Node::root(self)
    }

    pub fn text(&self) -> &str {
        self.tree.source()
    }

    /// Where the parser first had to skip or to invent something; `None` where the whole file is sound.
    pub fn first_error(&self) -> Option<usize> {
        self.tree.root().get_inner_node().has_error().then(|| {
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

impl Language {
    pub const ALL: [Language; 4] = [Language::Python, Language::JavaScript, Language::TypeScript, Language::Tsx];

    /// The language that a file's extension tells.
    pub fn of(path: &RepoPath) -> Option<Self> {
        match path.extension() {
            "py" | "pyi" => Some(Language::Python),
            "js" | "mjs" | "cjs" | "jsx" => Some(Language::JavaScript),
            "ts" | "mts" | "cts" => Some(Language::TypeScript),
            "tsx" => Some(Language::Tsx),
            _ => None,
        }
    }

    /// The language's name in a policy.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "python" | "py" => Some(Language::Python),
            "javascript" | "js" | "jsx" => Some(Language::JavaScript),
            "typescript" | "ts" => Some(Language::TypeScript),
            "tsx" => Some(Language::Tsx),
            _ => None,
        }
    }

    pub fn grammar(self) -> SupportLang {
        match self {
            Language::Python => SupportLang::Python,
            Language::JavaScript => SupportLang::JavaScript,
            Language::TypeScript => SupportLang::TypeScript,
            Language::Tsx => SupportLang::Tsx,
        }
    }
}

/// Parses a file. A syntax error inside it leaves a tree with error nodes.
///
/// # Errors
/// What is not UTF-8, or too large for the parser's 32-bit offsets.
pub fn parse(language: Language, bytes: &[u8]) -> Result<Code, ParseError> {
    let text = super::utf8(bytes)?;
    if u32::try_from(text.len()).is_err() {
        return Err(ParseError::new(0, "too large for a syntax tree"));
    }
    let tree = AstGrep::try_new(text, language.grammar()).map_err(|message| ParseError::new(0, message))?;
    Ok(Code { language, tree, syntax: OnceCell::new() })
}
