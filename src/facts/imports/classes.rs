//! Where languages of one class a file find it: Java, Kotlin, PHP, C#, Ruby.

use super::Import;
use super::tree::{Home, ModuleTree, inside};
use crate::formats::code::Language;
use crate::text::RepoPath;

/// Files of one directory that may hold what stands outside of any class.
const MAX_FILES: usize = 64;

/// Where `import` of a file in `directory` may be defined. A path that starts with a dot is one of the file's own package.
pub(super) fn homes(tree: &dyn ModuleTree, language: Language, import: &Import, directory: &str) -> Vec<Home> {
    let names: Vec<&str> = import.path.split('.').filter(|name| !name.is_empty()).collect();
    let mut found = Vec::new();
    for (at, name) in names.iter().enumerate().filter(|(_, name)| name.starts_with(|c: char| c.is_uppercase())) {
        let home = |path: String| Home { path: RepoPath::new(path), name: names[at..].join(".") };
        for file in file_names(language, name) {
            let beside = inside(directory, &file);
            if at == 0 && tree.is_file(&beside) {
                found.push(home(beside));
            } else {
                found.extend(only(tree, &names[..at], &file).map(home));
            }
        }
    }
    if language == Language::Kotlin {
        let files = tree.files_in(directory).into_iter().filter(|path| path.ends_with(".kt")).take(MAX_FILES);
        let last = names.last().copied().unwrap_or_default();
        found.extend(files.map(|path| Home { path: RepoPath::new(path), name: last.to_owned() }));
    }
    found
}

/// The only file of that name, in as many of the directories that the package names as there are.
fn only(tree: &dyn ModuleTree, package: &[&str], file: &str) -> Option<String> {
    for start in 0..=package.len() {
        let path = package[start..].iter().chain([&file]).copied().collect::<Vec<_>>().join("/");
        match tree.ending_with(&path, 2).as_slice() {
            [] => {}
            [only] => return Some(only.clone()),
            _ => return None,
        }
    }
    None
}

fn file_names(language: Language, class: &str) -> Vec<String> {
    match language {
        Language::Java | Language::Kotlin => vec![format!("{class}.java"), format!("{class}.kt")],
        Language::Php => vec![format!("{class}.php")],
        Language::CSharp => vec![format!("{class}.cs")],
        Language::Ruby => vec![format!("{}.rb", snake(class))],
        _ => Vec::new(),
    }
}

/// `AppSettings` as Ruby's files are called: `app_settings`.
fn snake(class: &str) -> String {
    let mut out = String::new();
    let mut before = None;
    for c in class.chars() {
        if c.is_uppercase() && before.is_some_and(|before: char| before.is_lowercase() || before.is_ascii_digit()) {
            out.push('_');
        }
        out.extend(c.to_lowercase());
        before = Some(c);
    }
    out
}
