//! Where languages of one class a file find it, and what stands outside of any class: Java, Kotlin, PHP, C#, Ruby.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use super::Import;
use super::tree::{Home, ModuleTree, ancestors, inside, joined};
use crate::formats::code::Language;
use crate::formats::{DataFormat, parse};
use crate::text::RepoPath;

/// Files that may hold what stands in no file of its own name: of a directory, of a package, of those that are always loaded.
const MAX_FILES: usize = 64;
/// Files of one name that are asked of which package they are.
const MAX_NAMESAKES: usize = 16;
/// Directories of one name that are looked at, and those that may hold one package.
const MAX_DIRECTORIES: usize = 256;
const MAX_PACKAGES: usize = 8;

/// Looks for classes, and for what stands beside them, in one tree.
pub(super) struct Classes<'a> {
    tree: &'a dyn ModuleTree,
    /// The directories of each name.
    directories: OnceCell<HashMap<String, Vec<String>>>,
    /// What each `composer.json` has loaded always.
    loaded: RefCell<HashMap<String, Arc<[String]>>>,
}

/// A name of a class or a package, in pieces.
struct Asked<'i> {
    names: Vec<&'i str>,
    /// It is seen from the package of the file: which one that is, nobody says.
    is_near: bool,
    directory: &'i str,
}

impl<'a> Classes<'a> {
    pub fn new(tree: &'a dyn ModuleTree) -> Self {
        Classes { tree, directories: OnceCell::new(), loaded: RefCell::default() }
    }

    /// Where `import` of a file in `directory` may be defined. A path that starts with a dot is one of the file's own package.
    pub fn homes(&self, language: Language, import: &Import, directory: &str) -> Vec<Home> {
        if import.module > 0 {
            return self.required(language, import, directory);
        }
        let is_jvm = matches!(language, Language::Java | Language::Kotlin);
        // What a companion holds is the class's own.
        let counts = |name: &&str| !(name.is_empty() || is_jvm && matches!(*name, "Companion" | "INSTANCE"));
        let names = import.path.split('.').filter(counts).collect();
        let asked = Asked { names, is_near: import.path.starts_with('.'), directory };
        let mut found = Vec::new();
        if language == Language::CSharp && asked.is_near {
            found.extend(self.beside(&asked));
        }
        for at in (0..asked.names.len()).filter(|at| asked.names[*at].starts_with(|c: char| c.is_uppercase())) {
            self.class(language, &asked, at, &mut found);
        }
        match language {
            Language::Java | Language::Kotlin => found.extend(self.package(&asked)),
            Language::Php => found.extend(self.always_loaded(&asked)),
            _ => {}
        }
        found
    }

    /// The files that are called like the class `asked.names[at]`.
    fn class(&self, language: Language, asked: &Asked<'_>, at: usize, found: &mut Vec<Home>) {
        let (package, name) = (&asked.names[..at], asked.names[at]);
        for file in file_names(language, name) {
            let beside = inside(asked.directory, &file);
            let files = match language {
                _ if at == 0 && self.tree.is_file(&beside) => vec![beside],
                // A class of no package that is named is one of the file's own.
                Language::Java | Language::Kotlin if at == 0 => Vec::new(),
                Language::Ruby => {
                    let modules: Vec<String> = package.iter().map(|module| snake(module)).collect();
                    self.named(&modules.iter().map(String::as_str).collect::<Vec<_>>(), &file, false)
                }
                _ => self.named(package, &file, at > 0),
            };
            let parts = if language == Language::CSharp { self.parts(&files, name) } else { Vec::new() };
            for path in files.into_iter().chain(parts) {
                found.push(match language {
                    // A file says itself in which modules it defines something.
                    Language::Ruby => Home::new(path, asked.names.join(".")),
                    _ => Home::of(path, asked.names[at..].join("."), package),
                });
            }
        }
        // Java sees what stands outside of classes in `Settings.kt` as members of `SettingsKt`.
        if let Some(stem) = name.strip_suffix("Kt").filter(|_| language == Language::Java && at > 0) {
            let files = self.named(package, &format!("{stem}.kt"), true);
            found.extend(files.into_iter().map(|path| Home::of(path, asked.names[at + 1..].join("."), package)));
        }
    }

    /// The files of that name, in as many of the directories that the package names as there are. Of several that all lie so
    /// nobody knows which is meant, unless they can be told by their packages.
    fn named(&self, package: &[&str], file: &str, has_package: bool) -> Vec<String> {
        for start in 0..=package.len() {
            let path = package[start..].iter().chain([&file]).copied().collect::<Vec<_>>().join("/");
            let found = self.tree.ending_with(&path, MAX_NAMESAKES + 1);
            if !found.is_empty() {
                let most = if has_package && start == package.len() { MAX_NAMESAKES } else { 1 };
                return if found.len() > most { Vec::new() } else { found };
            }
        }
        Vec::new()
    }

    /// `Keys.Web.cs` beside `Keys.cs`: parts of one class.
    fn parts(&self, files: &[String], class: &str) -> Vec<String> {
        let mut parts = Vec::new();
        for path in files {
            let of = |other: &String| {
                let name = other.rsplit('/').next().unwrap_or(other);
                let about = name.strip_prefix(class).and_then(|rest| rest.strip_suffix(".cs"));
                about.is_some_and(|about| about.starts_with('.'))
            };
            let beside = self.tree.files_in(RepoPath::new(path).dir());
            parts.extend(beside.into_iter().filter(of).take(MAX_FILES));
        }
        parts
    }

    /// The files of the same directory, whatever they are called.
    fn beside(&self, asked: &Asked<'_>) -> Vec<Home> {
        let files = self.tree.files_in(asked.directory).into_iter().filter(|path| path.ends_with(".cs")).take(MAX_FILES);
        files.map(|path| Home::new(path, asked.names.join("."))).collect()
    }

    /// The files of a package of Kotlin: a directory that is called like it, or like the end of it, and the importer's own.
    fn package(&self, asked: &Asked<'_>) -> Vec<Home> {
        let is_class = |name: &&str| name.starts_with(|c: char| c.is_uppercase());
        let Some(last) = asked.names.len().checked_sub(1) else { return Vec::new() };
        let (package, rest) = asked.names.split_at(asked.names.iter().position(is_class).unwrap_or(last));
        let mut directories = if package.is_empty() { Vec::new() } else { self.called(package) };
        if !directories.iter().any(|directory| directory == asked.directory) {
            directories.insert(0, asked.directory.to_owned());
        }
        let files = directories.iter().flat_map(|directory| self.tree.files_in(directory));
        let files = files.filter(|path| path.ends_with(".kt")).take(MAX_FILES);
        let package = if asked.is_near { &[] } else { package };
        files.map(|path| Home::of(path, rest.join("."), package)).collect()
    }

    /// The directories that are called like a package, or like as much as possible of its end.
    fn called(&self, package: &[&str]) -> Vec<String> {
        let known = self.directories.get_or_init(|| {
            let mut known: HashMap<String, Vec<String>> = HashMap::new();
            for path in self.tree.directories() {
                let of = known.entry(path.rsplit('/').next().unwrap_or(path).to_owned()).or_default();
                if of.len() < MAX_DIRECTORIES {
                    of.push(path.clone());
                }
            }
            known
        });
        let namesakes = package.last().and_then(|last| known.get(*last)).map(Vec::as_slice).unwrap_or_default();
        for start in 0..package.len() {
            let end = package[start..].join("/");
            let ends = |path: &&String| path.strip_suffix(&end).is_some_and(|before| before.is_empty() || before.ends_with('/'));
            let found: Vec<String> = namesakes.iter().filter(ends).take(MAX_PACKAGES).cloned().collect();
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// The files of a module that the importer names by its path: `require_relative "env"`.
    fn required(&self, language: Language, import: &Import, directory: &str) -> Vec<Home> {
        let Some((module, name)) = import.path.split_at_checked(import.module) else { return Vec::new() };
        let file = match language {
            Language::Ruby if !module.ends_with(".rb") => format!("{module}.rb"),
            _ => module.to_owned(),
        };
        let found = match file.starts_with('.') {
            true => joined(directory, &file).filter(|path| self.tree.is_file(path)).into_iter().collect(),
            false => self.named(&[], &format!("lib/{file}"), false),
        };
        found.into_iter().map(|path| Home::new(path, name.trim_start_matches('.'))).collect()
    }

    /// The files that the nearest `composer.json` has loaded always: functions and constants stand there.
    fn always_loaded(&self, asked: &Asked<'_>) -> Vec<Home> {
        let paths = ancestors(asked.directory).map(|directory| inside(directory, "composer.json"));
        let Some(composer) = paths.into_iter().find(|path| self.tree.is_file(path)) else { return Vec::new() };
        let Some((name, package)) = asked.names.split_last() else { return Vec::new() };
        let mut known = self.loaded.borrow_mut();
        let files = known.entry(composer).or_insert_with_key(|composer| self.autoload(composer));
        files.iter().map(|path| Home::of(path, *name, package)).collect()
    }

    fn autoload(&self, composer: &str) -> Arc<[String]> {
        let text = self.tree.settings(composer).unwrap_or_default();
        let Ok(document) = parse(DataFormat::Json, text.as_bytes()) else { return Arc::default() };
        let lists = ["/autoload/files", "/autoload-dev/files"].iter();
        let lists = lists.filter_map(|pointer| document.pointer(*document.roots.first()?, pointer));
        let files = lists.flat_map(|list| document.items(list)).filter_map(|item| document.string(*item));
        let directory = composer.rsplit_once('/').map_or("", |(directory, _)| directory);
        files.filter_map(|file| joined(directory, file)).take(MAX_FILES).collect()
    }
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
