//! Code: languages by file name, and syntax trees.

use ast_grep_core::AstGrep;
use ast_grep_core::tree_sitter::{LanguageExt, StrDoc};
use ast_grep_language::SupportLang;

use super::ParseError;
use crate::text::RepoPath;

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
    pub tree: AstGrep<StrDoc<SupportLang>>,
}

/// A node of [`Code`].
pub type Node<'t> = ast_grep_core::Node<'t, StrDoc<SupportLang>>;

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
/// What is not UTF-8.
pub fn parse(language: Language, bytes: &[u8]) -> Result<Code, ParseError> {
    let text = super::utf8(bytes)?;
    Ok(Code { language, tree: language.grammar().ast_grep(text) })
}
