//! Where Python finds a module: relative to the package, else below a root, which the tree tells.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::Import;
use super::tree::{Home, ModuleTree, ancestors, inside, joined};

/// Directories that hold packages without being one, by custom.
const SOURCES: [&str; 3] = ["src", "lib", "python"];

/// The directories that hold a package of a name and are in no package themselves.
struct Packages(HashMap<String, Vec<String>>);

impl Packages {
    fn of(tree: &dyn ModuleTree) -> Self {
        let mut roots: HashMap<String, Vec<String>> = HashMap::new();
        let is_package = |directory: &str| tree.is_file(&inside(directory, "__init__.py"));
        for directory in tree.directories().iter().filter(|directory| is_package(directory)) {
            let (parent, name) = directory.rsplit_once('/').unwrap_or(("", directory));
            if !is_package(parent) {
                roots.entry(name.to_owned()).or_default().push(parent.to_owned());
            }
        }
        Packages(roots)
    }
}

/// Looks for Python's modules in one tree.
pub(super) struct Python<'a> {
    tree: &'a dyn ModuleTree,
    packages: OnceCell<Packages>,
}

impl<'a> Python<'a> {
    pub fn new(tree: &'a dyn ModuleTree) -> Self {
        Python { tree, packages: OnceCell::new() }
    }

    /// Where `import` of a file in `directory` may be defined.
    pub fn homes(&self, import: &Import, directory: &str) -> Vec<Home> {
        let path = import.path.as_str();
        let names = path.trim_start_matches('.');
        let ups = path.len() - names.len();
        let names: Vec<&str> = names.split('.').collect();
        if ups > 0 {
            let package = joined(directory, &"../".repeat(ups - 1));
            return package.map(|package| below(self.tree, &package, &names, true)).unwrap_or_default();
        }
        let is_package = |directory: &&str| self.tree.is_file(&inside(directory, "__init__.py"));
        let roots = ancestors(directory).skip_while(is_package);
        let roots = roots.flat_map(|root| {
            let sources = SOURCES.iter().map(move |source| inside(root, source));
            std::iter::once(root.to_owned()).chain(sources)
        });
        let near = roots.map(|root| below(self.tree, &root, &names, false)).find(|found| !found.is_empty());
        near.unwrap_or_else(|| {
            let packages = self.packages.get_or_init(|| Packages::of(self.tree));
            // Of several packages of that name nobody knows which is installed.
            match names.first().and_then(|name| packages.0.get(*name)).map(Vec::as_slice) {
                Some([root]) => below(self.tree, root, &names, false),
                _ => Vec::new(),
            }
        })
    }
}

/// `a.b.c` below `directory`: what the package `a.b` defines before its module `c`, as an import finds them.
fn below(tree: &dyn ModuleTree, directory: &str, names: &[&str], is_package: bool) -> Vec<Home> {
    let mut found = Vec::new();
    let mut at = directory.to_owned();
    for (index, name) in names.iter().enumerate() {
        let package = (index > 0 || is_package).then(|| inside(&at, "__init__.py"));
        let module = (index > 0).then(|| format!("{at}.py"));
        let here = package.into_iter().chain(module).filter(|path| tree.is_file(path));
        found.extend(here.map(|path| Home::new(path, names[index..].join("."))));
        at = inside(&at, name);
        if !tree.is_dir(&at) && !tree.is_file(&format!("{at}.py")) {
            break;
        }
    }
    found
}
