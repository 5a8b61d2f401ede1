//! What a file has to say, at the least, to import from another one: a look at its words tells most files apart from those that
//! can, and they need not be parsed.

use std::collections::HashSet;

use super::tree::{ModuleTree, inside};
use crate::formats::code::Language;
use crate::text::RepoPath;

/// What a file that imports from another one says, or where it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Door {
    /// Nothing is known of it.
    Open,
    /// It says one of these words, or lies below that directory.
    Says { words: Vec<String>, near: Option<String> },
}

/// Files that say how modules are found: what they name may be imported by another name.
const SETTINGS: [&str; 3] = ["package.json", "tsconfig.json", "jsconfig.json"];
/// Files of each of these names that are looked at.
const MAX_SETTINGS: usize = 4096;
/// Directories of a package that its name stands for.
const SOURCES: [&str; 3] = ["src", "lib", "dist"];

/// The doors of one tree's files.
pub struct Doors<'a> {
    tree: &'a dyn ModuleTree,
    /// What the settings of JavaScript's modules say.
    settings: HashSet<String>,
    /// Whether these are all of them.
    complete: bool,
}

impl<'a> Doors<'a> {
    /// The doors of files of `language` and its kin.
    pub fn of(tree: &'a dyn ModuleTree, language: Language) -> Self {
        let mut doors = Doors { tree, settings: HashSet::new(), complete: true };
        if super::kin(language) == Language::JavaScript {
            for name in SETTINGS {
                let paths = tree.ending_with(name, MAX_SETTINGS);
                doors.complete &= paths.len() < MAX_SETTINGS;
                for text in paths.iter().filter(|path| !path.contains("node_modules/")).filter_map(|path| tree.settings(path)) {
                    doors.settings.extend(words(text.as_bytes()).map(|word| String::from_utf8_lossy(word).into_owned()));
                }
            }
        }
        doors
    }

    /// The door to what `path` defines.
    pub fn to(&self, path: &RepoPath, language: Language) -> Door {
        let directory = path.dir();
        match (language, path.stem()) {
            (Language::Python, "__init__") => says([last_word(directory)], Some(directory)),
            (Language::Python, stem) => says([last_word(stem)], None),
            (Language::JavaScript | Language::TypeScript | Language::Tsx, stem) => self.to_script(directory, stem),
            (Language::Rust, "lib" | "main") => Door::Open,
            (Language::Rust, "mod") => says([last_word(directory)], Some(directory)),
            (Language::Rust, stem) => says([last_word(stem)], Some(&inside(directory, stem))),
            (Language::Go, _) => says([last_word(directory)], Some(directory)),
            (Language::Kotlin, stem) => {
                // Java knows what stands outside of classes as members of this one.
                let holder = format!("{stem}Kt");
                says([last_word(directory), last_word(stem), last_word(&holder)], Some(directory))
            }
            // Who uses a class says its name, and so does the file's.
            (Language::Java | Language::Ruby | Language::Php | Language::CSharp | Language::Shell, _) => Door::Open,
        }
    }

    fn to_script(&self, directory: &str, stem: &str) -> Door {
        let is_entry = SOURCES.contains(&last_segment(directory)) || self.tree.is_file(&inside(directory, "package.json"));
        let word = last_word(stem);
        if !self.complete || (stem == "index" && is_entry) || word.is_some_and(|word| self.settings.contains(word)) {
            return Door::Open;
        }
        match stem {
            "index" => says([last_word(directory)], Some(directory)),
            _ => says([word], None),
        }
    }
}

/// Open, where a word is not known.
fn says<const N: usize>(words: [Option<&str>; N], near: Option<&str>) -> Door {
    let known: Vec<String> = words.iter().flatten().map(|word| (*word).to_owned()).collect();
    if known.len() < N || near == Some("") {
        return Door::Open;
    }
    Door::Says { words: known, near: near.map(str::to_owned) }
}

fn last_segment(directory: &str) -> &str {
    directory.rsplit('/').next().unwrap_or_default()
}

fn last_word(text: &str) -> Option<&str> {
    words(last_segment(text).as_bytes()).last().and_then(|word| std::str::from_utf8(word).ok())
}

/// The words of code, from the top: what can be a name, and numbers.
pub fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii();
    text.split(move |byte| !is_word(byte)).filter(|word| !word.is_empty())
}

/// Whether a file may hand on all names of another one.
pub fn hands_on_all(text: &[u8]) -> bool {
    ["import *", "export *", "module.exports", "::*"].iter().any(|word| memchr::memmem::find(text, word.as_bytes()).is_some())
}

/// Whether what a file imports may be imported from it.
pub fn hands_on(language: Language) -> bool {
    matches!(super::kin(language), Language::Python | Language::JavaScript | Language::Rust)
}
