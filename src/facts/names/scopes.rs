//! The walk that finds scopes and bindings; the languages say what opens one and what binds a name.

use std::collections::{HashMap, HashSet};

use super::{Binding, MAX_PATH, MAX_SCOPES, MAX_WILDCARDS, Names, Scope, ScopeKind, Syntax};
use crate::formats::code::{Code, Node};

/// [`Names`] in the making.
pub struct Builder<'t> {
    names: Names<'t>,
    /// The open scopes, each with the number of the first node behind it.
    open: Vec<(u32, usize)>,
    /// Rebindings of names that some enclosing scope, perhaps further down in the file, binds.
    rebound: Vec<(u32, &'t str)>,
    /// Python: names that a function takes from the module.
    globals: HashSet<(u32, &'t str)>,
}

/// Parts of one type (Ruby opens a class again), and packages that one file looks names up in.
const MAX_PARTS: usize = 8;
const MAX_PACKAGES: usize = 64;

impl<'t> Builder<'t> {
    pub fn new(syntax: &'static dyn Syntax) -> Self {
        let module = Scope { parent: 0, kind: ScopeKind::Module, function: 0 };
        let names = Names {
            scopes: vec![module],
            scope_of: Vec::new(),
            bindings: HashMap::new(),
            lost: HashSet::new(),
            types: HashMap::new(),
            packages: Vec::new(),
            changed: HashSet::new(),
            modules: HashSet::new(),
            wildcards: Vec::new(),
            fallbacks: HashMap::new(),
            own_packages: Vec::new(),
            supertypes: Vec::new(),
            declared: HashSet::new(),
            syntax,
        };
        Builder { names, open: vec![(0, usize::MAX)], rebound: Vec::new(), globals: HashSet::new() }
    }

    pub fn read(mut self, code: &'t Code) -> Names<'t> {
        for node in code.root().subtree() {
            while self.open.len() > 1 && self.open.last().is_some_and(|(_, end)| *end <= node.id()) {
                self.open.pop();
            }
            self.names.syntax.bind(&mut self, node);
            let scope = self.scope();
            self.names.scope_of.push(scope);
        }
        self.settle();
        self.names
    }

    /// The scope that is open now.
    pub fn scope(&self) -> u32 {
        self.open.last().map_or(0, |(scope, _)| *scope)
    }

    /// The nearest open scope that belongs to a whole function, or to the module.
    pub fn function(&self) -> u32 {
        self.names.scopes.get(self.scope() as usize).map_or(0, |scope| scope.function)
    }

    /// The scope around the one that is open now.
    pub fn enclosing(&self) -> u32 {
        self.names.scopes.get(self.scope() as usize).map_or(0, |scope| scope.parent)
    }

    /// The scope around the function that is open now.
    pub fn enclosing_function(&self) -> u32 {
        self.names.scopes.get(self.function() as usize).map_or(0, |scope| scope.parent)
    }

    /// The nearest open scope that belongs to a type, or to the module.
    pub fn enclosing_type(&self) -> u32 {
        let mut scope = self.scope();
        for _ in 0..MAX_SCOPES {
            match self.names.scopes.get(scope as usize) {
                Some(here) if scope != 0 && here.kind != ScopeKind::Type => scope = here.parent,
                _ => return scope,
            }
        }
        0
    }

    /// The nearest open block that binds `name` itself, inside of the function that is open now.
    pub fn block_that_binds(&self, name: &'t str) -> Option<u32> {
        let mut scope = self.scope();
        for _ in 0..MAX_SCOPES {
            let here = self.names.scopes.get(scope as usize).filter(|here| here.kind == ScopeKind::Block)?;
            if self.names.bindings.contains_key(&(scope, name)) {
                return Some(scope);
            }
            scope = here.parent;
        }
        None
    }

    /// Opens the scope of the type `name`, which ends with `node`.
    pub fn open_type(&mut self, name: &'t str, node: Node<'t>) {
        self.open(ScopeKind::Type, node);
        let scope = self.scope();
        let known = self.names.types.entry(name).or_default();
        if known.len() < MAX_PARTS {
            known.push(scope);
        }
    }

    /// Binds the name of a type: its members are found through it.
    pub fn declare(&mut self, scope: u32, name: &'t str) {
        self.names.bindings.insert((scope, name), Binding::Unknown);
    }

    /// Records that a module or a type of that name is declared at the top level.
    pub fn have(&mut self, name: &'t str) {
        if self.scope() == 0 {
            self.names.declared.insert(name);
        }
    }

    /// Records that a type of the file extends `of`: names that nothing binds may be its members.
    pub fn inherit(&mut self, of: Node<'t>) {
        if self.names.supertypes.len() < MAX_PARTS {
            self.names.supertypes.push(of);
        }
    }

    /// Names that nothing binds may be members of `package`.
    pub fn look_in(&mut self, package: &'t str) {
        if self.names.packages.len() < MAX_PACKAGES {
            self.names.packages.push(package);
        }
    }

    /// Records that the file, or a part of it, is of that package.
    pub fn package(&mut self, package: String) {
        if self.names.own_packages.len() < MAX_PACKAGES && package.len() <= MAX_PATH {
            self.names.own_packages.push(package);
        }
    }

    /// Binds `name` to an import, or lets it stand in for the import that the name is bound to already.
    pub fn bind_fallback(&mut self, scope: u32, name: &'t str, path: String) {
        match self.names.bindings.get(&(scope, name)) {
            Some(Binding::Import(first)) if *first != path && path.len() <= MAX_PATH => {
                let others = self.names.fallbacks.entry(first.clone()).or_default();
                if others.len() < MAX_PARTS && !others.contains(&path) {
                    others.push(path);
                }
            }
            _ => self.bind(scope, name, Binding::Import(path)),
        }
    }

    /// Opens a scope that ends with `node`.
    pub fn open(&mut self, kind: ScopeKind, node: Node<'t>) {
        let id = self.names.scopes.len() as u32;
        let function = if matches!(kind, ScopeKind::Function | ScopeKind::Closed) { id } else { self.function() };
        self.names.scopes.push(Scope { parent: self.scope(), kind, function });
        self.open.push((id, node.after()));
    }

    /// Until the end of `node`, `scope` is where names are looked up.
    pub fn reenter(&mut self, scope: u32, node: Node<'t>) {
        self.open.push((scope, node.after()));
    }

    /// Binds `name` in `scope`; a second binding leaves nothing known of it.
    pub fn bind(&mut self, scope: u32, name: &'t str, binding: Binding<'t>) {
        use std::collections::hash_map::Entry;
        let binding = match binding {
            // It is copied wherever the name is used.
            Binding::Import(path) | Binding::Member { key: path, .. } if path.len() > MAX_PATH => Binding::Unknown,
            binding => binding,
        };
        match self.names.bindings.entry((scope, name)) {
            Entry::Vacant(entry) => {
                entry.insert(binding);
            }
            Entry::Occupied(mut entry) => {
                if matches!((entry.get(), &binding), (Binding::Loop(_) | Binding::Loops, Binding::Loop(_) | Binding::Loops)) {
                    entry.insert(Binding::Loops);
                    return;
                }
                let kept = match (entry.get(), &binding) {
                    (Binding::Import(old), Binding::Import(new)) => old == new,
                    (Binding::Import(_), Binding::Value(value)) => self.names.syntax.is_fallback(*value),
                    _ => false,
                };
                if !kept {
                    entry.insert(Binding::Unknown);
                }
            }
        }
    }

    /// Records that `name`, as seen from `scope`, is bound again.
    pub fn rebind(&mut self, scope: u32, name: &'t str) {
        self.rebound.push((scope, name));
    }

    /// Records that something assigns to a name, or to a field of the object around it, whose name has the role `field`.
    pub fn assigned(&mut self, target: Node<'t>, field: &str) {
        let syntax = self.names.syntax;
        if target.kind() == "identifier" {
            self.rebind(self.scope(), target.text());
        } else if syntax.member(target).is_some_and(|(object, _)| syntax.is_self(object)) {
            let scope = self.enclosing_type();
            target.field(field).into_iter().for_each(|name| self.rebind(scope, name.text()));
        }
    }

    /// Binds a name of the top level from the inside of a function.
    pub fn bind_global(&mut self, name: &'t str) {
        self.bind(0, name, Binding::Unknown);
        self.names.changed.insert(name);
    }

    /// Records that the file imports from a module of that name.
    pub fn import(&mut self, module: &str) {
        if module.len() <= MAX_PATH {
            self.names.modules.insert(module.to_owned());
        }
    }

    /// Records that the file imports every name of a module.
    pub fn import_all(&mut self, module: &str) {
        let wildcards = &mut self.names.wildcards;
        if wildcards.len() < MAX_WILDCARDS && module.len() <= MAX_PATH && !wildcards.iter().any(|known| known == module) {
            wildcards.push(module.to_owned());
        }
    }

    /// Python: `name` in the function that is open means the module's.
    pub fn declare_global(&mut self, name: &'t str) {
        self.globals.insert((self.function(), name));
    }

    pub fn is_global(&self, scope: u32, name: &'t str) -> bool {
        self.globals.contains(&(scope, name))
    }

    fn settle(&mut self) {
        for (scope, name) in std::mem::take(&mut self.rebound) {
            self.forget(scope, name);
        }
    }

    /// Marks the nearest binding of `name` as unknown; one that nobody declares becomes the module's.
    fn forget(&mut self, mut scope: u32, name: &'t str) {
        let is_inside = self.names.scopes.get(scope as usize).is_some_and(|scope| scope.function != 0);
        for _ in 0..MAX_SCOPES {
            if scope == 0 && is_inside {
                self.names.changed.insert(name);
            }
            if scope == 0 || self.names.bindings.contains_key(&(scope, name)) {
                self.names.bindings.insert((scope, name), Binding::Unknown);
                return;
            }
            scope = self.names.scopes.get(scope as usize).map_or(0, |scope| scope.parent);
        }
        self.names.lost.insert(name);
    }
}
