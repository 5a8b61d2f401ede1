//! Where Go and Rust find what other files define: a directory of files, and a tree of modules.

use super::Import;
use super::tree::{Home, ModuleTree, ancestors, inside};
use crate::text::RepoPath;

/// Files of one package that are asked.
const MAX_FILES: usize = 256;

/// Go: `example.com/app/config.Key` is defined in some file of the directory `config`; `.Key` in one beside the file.
pub(super) fn go(tree: &dyn ModuleTree, import: &Import, directory: &str) -> Vec<Home> {
    let path = import.path.as_str();
    let (package, name) = match path.strip_prefix('.') {
        Some(name) => (Some(directory.to_owned()), name),
        None => {
            let last = path.rfind('/').map_or(0, |at| at + 1);
            let Some(dot) = path[last..].find('.') else { return Vec::new() };
            (package(tree, &path[..last + dot], directory), &path[last + dot + 1..])
        }
    };
    let files = package.map(|package| tree.files_in(&package)).unwrap_or_default();
    let files = files.into_iter().filter(|path| path.ends_with(".go") && !path.ends_with("_test.go")).take(MAX_FILES);
    files.map(|path| Home::new(path, name.to_owned())).collect()
}

/// The directory of a package: the module's own name stands before it, and names no directory of the tree.
fn package(tree: &dyn ModuleTree, path: &str, directory: &str) -> Option<String> {
    let segments: Vec<&str> = path.split('/').collect();
    // The standard library has no dot in its first segment, and its last ones are no directories by chance alone.
    if !segments.first()?.contains('.') && segments.len() == 1 {
        return None;
    }
    let below =
        |root: &str| (1..segments.len()).map(|start| inside(root, &segments[start..].join("/"))).find(|path| tree.is_dir(path));
    ancestors(directory).filter(|root| tree.is_file(&inside(root, "go.mod"))).chain([""]).find_map(below)
}

/// Rust: `crate.a.KEY`, `super.KEY`, `self.a.KEY`, `other_crate.a.KEY`.
pub(super) fn rust(tree: &dyn ModuleTree, import: &Import, from: &RepoPath) -> Vec<Home> {
    let names = without_detours(&import.path);
    let own = own_directory(from);
    let ups = names.iter().take_while(|name| **name == "super").count();
    match names.first().copied() {
        Some("crate") => root(tree, from).map(|root| modules(tree, &root, &names[1..])).unwrap_or_default(),
        Some("self") => modules(tree, &own, &names[1..]),
        Some("super") => {
            let above = ancestors(&own).nth(ups).map(str::to_owned);
            above.map(|directory| modules(tree, &directory, &names[ups..])).unwrap_or_default()
        }
        Some(name) => {
            let tails = [name.to_owned(), name.replace('_', "-")].map(|name| format!("{name}/src/lib.rs"));
            let found: Vec<String> = tails.iter().flat_map(|tail| tree.ending_with(tail, 2)).collect();
            match found.iter().collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>()[..] {
                [only] => modules(tree, RepoPath::new(only.clone()).dir(), &names[1..]),
                _ => Vec::new(),
            }
        }
        None => Vec::new(),
    }
}

/// `self.tests.super.KEY`, as it is said in a module inside of the file, is `self.KEY`.
fn without_detours(path: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for name in path.split('.') {
        match (name, names.last()) {
            ("super", Some(&"self")) => {
                names.pop();
                names.push(name);
            }
            ("super", Some(last)) if *last != "super" => {
                names.pop();
            }
            _ => names.push(name),
        }
    }
    names
}

/// The directory of the modules below a file's own.
fn own_directory(file: &RepoPath) -> String {
    match file.name() {
        "lib.rs" | "main.rs" | "mod.rs" => file.dir().to_owned(),
        name => inside(file.dir(), name.trim_end_matches(".rs")),
    }
}

/// The directory of the crate's root.
fn root(tree: &dyn ModuleTree, from: &RepoPath) -> Option<String> {
    let has_root = |directory: &&str| ["lib.rs", "main.rs"].iter().any(|file| tree.is_file(&inside(directory, file)));
    ancestors(from.dir()).find(has_root).map(str::to_owned)
}

/// Each module on the way of `names`, the first in `directory`, and what is left of them there.
fn modules(tree: &dyn ModuleTree, directory: &str, names: &[&str]) -> Vec<Home> {
    let mut found = Vec::new();
    let mut at = directory.to_owned();
    for (index, name) in names.iter().enumerate() {
        let files = [inside(&at, "lib.rs"), inside(&at, "main.rs"), inside(&at, "mod.rs"), format!("{at}.rs")];
        let here: Vec<String> = files.into_iter().filter(|path| tree.is_file(path)).collect();
        if here.is_empty() && index > 0 {
            break;
        }
        found.extend(here.into_iter().map(|path| Home::new(path, names[index..].join("."))));
        at = inside(&at, name);
    }
    found
}
