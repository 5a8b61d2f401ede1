//! Where JavaScript and TypeScript find a module: relative to the file, through `paths` of `tsconfig.json`, or as a package of
//! the same workspace.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Import;
use super::tree::{Home, ModuleTree, ancestors, inside, joined};
use crate::formats::{DataFormat, Document, NodeId, parse};

/// What an import may leave out, by precedence.
const EXTENSIONS: [&str; 8] = ["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs"];
/// What an import may say in TypeScript where the file is called differently.
const COMPILED: [(&str, &[&str]); 4] =
    [(".js", &[".ts", ".tsx", ".jsx"]), (".jsx", &[".tsx"]), (".mjs", &[".mts"]), (".cjs", &[".cts"])];
/// Files that `extends` is followed through.
const MAX_EXTENDS: usize = 8;
/// Packages of a tree that are looked at to find one by its name.
const MAX_PACKAGES: usize = 4096;

/// What `tsconfig.json` or `jsconfig.json` says about modules.
#[derive(Clone, Debug, Default)]
struct Config {
    /// The directory that plain module names start at.
    base: Option<String>,
    /// Patterns with at most one `*`, and what they stand for, from the top.
    paths: Vec<(String, Vec<String>)>,
}

/// Looks for the modules of JavaScript and TypeScript in one tree.
pub(super) struct Script<'a> {
    tree: &'a dyn ModuleTree,
    workspace: OnceCell<Workspace>,
    configs: RefCell<HashMap<String, Option<Arc<Config>>>>,
}

impl<'a> Script<'a> {
    pub fn new(tree: &'a dyn ModuleTree) -> Self {
        Script { tree, workspace: OnceCell::new(), configs: RefCell::default() }
    }

    /// Where `import` of a file in `directory` may be defined.
    pub fn homes(&self, import: &Import, directory: &str) -> Vec<Home> {
        homes(self, import, directory)
    }
}

fn homes(script: &Script<'_>, import: &Import, directory: &str) -> Vec<Home> {
    let Some((module, members)) = import.path.split_at_checked(import.module) else { return Vec::new() };
    let name = match members.trim_start_matches('.') {
        "" => "default",
        members => members,
    };
    let relative = module == "." || module == ".." || module.starts_with("./") || module.starts_with("../");
    let bases = if relative { joined(directory, module).into_iter().collect() } else { mapped(script, module, directory) };
    let file = bases.iter().find_map(|base| file(script.tree, base));
    file.map(|path| Home::new(path, name.to_owned())).into_iter().collect()
}

/// The file that `base` means: itself, with an extension, or the index of the directory.
fn file(tree: &dyn ModuleTree, base: &str) -> Option<String> {
    let is_file = |path: &String| tree.is_file(path);
    let compiled = COMPILED.iter().filter_map(|(said, meant)| Some((base.strip_suffix(said)?, *meant)));
    let compiled = compiled.flat_map(|(stem, meant)| meant.iter().map(move |extension| format!("{stem}{extension}")));
    let itself = EXTENSIONS.iter().any(|known| base.ends_with(&format!(".{known}"))).then(|| base.to_owned());
    let bare = EXTENSIONS.iter().map(|extension| format!("{base}.{extension}"));
    let index = EXTENSIONS.iter().map(|extension| inside(base, &format!("index.{extension}")));
    itself.into_iter().chain(compiled).chain(bare).chain(index).find(is_file)
}

/// What a module name that is not relative may stand for by the nearest configuration.
fn mapped(script: &Script<'_>, module: &str, directory: &str) -> Vec<String> {
    let near = ancestors(directory).find_map(|directory| {
        ["tsconfig.json", "jsconfig.json"].iter().find_map(|name| config(script, &inside(directory, name), MAX_EXTENDS))
    });
    let config = near.as_deref().cloned().unwrap_or_default();
    let matched = config.paths.iter().filter_map(|(pattern, targets)| Some((pattern, starred(pattern, module)?, targets)));
    // The longest prefix decides, as in the compiler.
    let best = matched.max_by_key(|(pattern, _, _)| pattern.find('*').unwrap_or(usize::MAX));
    let paths = best.map(|(_, star, targets)| targets.iter().map(|target| target.replacen('*', star, 1)).collect());
    let base = config.base.as_deref().and_then(|base| joined(base, module));
    let found: Vec<String> = paths.unwrap_or_else(Vec::new).into_iter().chain(base).collect();
    if found.is_empty() || !found.iter().any(|base| file(script.tree, base).is_some()) {
        workspace(script, module)
    } else {
        found
    }
}

/// What a package of the same workspace has under that name.
fn workspace(script: &Script<'_>, module: &str) -> Vec<String> {
    let scoped = usize::from(module.starts_with('@'));
    let end = module.match_indices('/').nth(scoped).map_or(module.len(), |(at, _)| at);
    let (package, rest) = module.split_at(end);
    let packages = script.workspace.get_or_init(|| Workspace::of(script.tree));
    let Some(Package { directory, main }) = packages.0.get(package) else { return Vec::new() };
    match rest.trim_start_matches('/') {
        "" => main.iter().cloned().chain([inside(directory, "src"), directory.clone()]).collect(),
        rest => vec![inside(directory, rest), inside(&inside(directory, "src"), rest)],
    }
}

/// The packages of a tree, by name; of two with one name nothing is known.
struct Workspace(HashMap<String, Package>);

struct Package {
    directory: String,
    /// The file that the package stands for, by its own word.
    main: Option<String>,
}

impl Workspace {
    fn of(tree: &dyn ModuleTree) -> Self {
        let mut packages: HashMap<String, Package> = HashMap::new();
        let mut ambiguous = HashSet::new();
        let settings = tree.ending_with("package.json", MAX_PACKAGES);
        for path in settings.iter().filter(|path| !path.contains("node_modules/")) {
            let Some(text) = tree.settings(path) else { continue };
            let Ok(document) = parse(DataFormat::Jsonc, text.as_bytes()) else { continue };
            let Some(name) = string(&document, "/name") else { continue };
            let directory = directory_of(path).to_owned();
            let main = ["/source", "/module", "/main"].iter().find_map(|field| string(&document, field));
            let main = main.and_then(|main| joined(&directory, main));
            if packages.insert(name.to_owned(), Package { directory, main }).is_some() {
                ambiguous.insert(name.to_owned());
            }
        }
        packages.retain(|name, _| !ambiguous.contains(name));
        Workspace(packages)
    }
}

/// What stands for the star of `pattern` in `module`.
fn starred<'m>(pattern: &str, module: &'m str) -> Option<&'m str> {
    match pattern.split_once('*') {
        None => (pattern == module).then_some(""),
        Some((before, after)) => module.strip_prefix(before)?.strip_suffix(after),
    }
}

fn config(script: &Script<'_>, path: &str, hops: usize) -> Option<Arc<Config>> {
    if let Some(known) = script.configs.borrow().get(path) {
        return known.clone();
    }
    let read = script.tree.is_file(path).then(|| script.tree.settings(path)).flatten();
    let found = read.map(|text| Arc::new(read_config(script, &text, path, hops)));
    script.configs.borrow_mut().insert(path.to_owned(), found.clone());
    found
}

fn read_config(script: &Script<'_>, text: &str, path: &str, hops: usize) -> Config {
    let directory = directory_of(path);
    let Ok(document) = parse(DataFormat::Jsonc, text.as_bytes()) else { return Config::default() };
    let parent = string(&document, "/extends").filter(|parent| parent.starts_with('.') && hops > 0);
    let parent = parent.and_then(|parent| joined(directory, parent));
    let parents = parent.map(|parent| [format!("{parent}.json"), parent]).into_iter().flatten();
    let inherited = parents.into_iter().find_map(|parent| config(script, &parent, hops - 1));
    let inherited = inherited.as_deref().cloned().unwrap_or_default();
    let base = string(&document, "/compilerOptions/baseUrl").and_then(|base| joined(directory, base));
    let paths = paths(&document, base.as_deref().unwrap_or(directory));
    Config { base: base.or(inherited.base), paths: paths.unwrap_or(inherited.paths) }
}

/// `compilerOptions.paths`, as seen from `base`.
fn paths(document: &Document, base: &str) -> Option<Vec<(String, Vec<String>)>> {
    let members = document.members(at(document, "/compilerOptions/paths")?);
    let targets = |items: &[NodeId]| items.iter().filter_map(|item| joined(base, document.string(*item)?)).collect();
    Some(members.iter().map(|member| (member.key.to_string(), targets(document.items(member.value)))).collect())
}

fn at(document: &Document, pointer: &str) -> Option<NodeId> {
    document.pointer(*document.roots.first()?, pointer)
}

fn string<'d>(document: &'d Document, pointer: &str) -> Option<&'d str> {
    document.string(at(document, pointer)?)
}

fn directory_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}
