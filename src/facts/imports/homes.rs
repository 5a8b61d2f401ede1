//! The files of a tree where an imported name may be defined.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::tree::{Home, ModuleTree};
use super::{Import, classes, javascript, packages, python};
use crate::formats::code::Language;
use crate::text::RepoPath;

/// An import, the directory of its file, and the language of that.
type Question = (Import, String, Language);

/// Looks for homes in one tree, and remembers what it has found.
pub struct Homes<'a> {
    tree: &'a dyn ModuleTree,
    python: python::Python<'a>,
    javascript: javascript::Script<'a>,
    classes: classes::Classes<'a>,
    known: RefCell<HashMap<Question, Arc<[Home]>>>,
}

impl<'a> Homes<'a> {
    pub fn new(tree: &'a dyn ModuleTree) -> Self {
        Homes {
            tree,
            python: python::Python::new(tree),
            javascript: javascript::Script::new(tree),
            classes: classes::Classes::new(tree),
            known: RefCell::default(),
        }
    }

    /// Where `import` of the file `from` may be defined, by precedence.
    pub fn of(&self, import: &Import, from: &RepoPath) -> Arc<[Home]> {
        let Some(language) = self.tree.language(from) else { return Arc::default() };
        // Which files are meant depends on the directory alone, but in Rust.
        let near = if language == Language::Rust { from.as_str() } else { from.dir() };
        let key = (import.clone(), near.to_owned(), language);
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        let found: Arc<[Home]> = match language {
            Language::Python => self.python.homes(import, from.dir()),
            Language::JavaScript | Language::TypeScript | Language::Tsx => self.javascript.homes(import, from.dir()),
            Language::Go => packages::go(self.tree, import, from.dir()),
            Language::Rust => packages::rust(self.tree, import, from),
            Language::Java | Language::Kotlin | Language::Php | Language::CSharp | Language::Ruby => {
                self.classes.homes(language, import, from.dir())
            }
            Language::Shell => Vec::new(),
        }
        .into();
        self.known.borrow_mut().insert(key, found.clone());
        found
    }
}

/// The language that stands for all whose files import from each other.
pub fn kin(language: Language) -> Language {
    match language {
        Language::TypeScript | Language::Tsx => Language::JavaScript,
        Language::Kotlin => Language::Java,
        language => language,
    }
}
