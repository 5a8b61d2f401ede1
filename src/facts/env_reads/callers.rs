//! Calls of functions that other files define and that may read the environment.

use std::collections::HashSet;

use super::keys::{Keys, Known};
use super::{idioms, told};
use crate::facts::constants::Part;
use crate::facts::imports::{self, GivenKey, Gives, Import, Wait, hands_on};
use crate::facts::names::{self, Argument, Exported, Names, plain, wrapped};
use crate::facts::{Raw, Source, parsed};
use crate::formats::code::{Code, Node};
use crate::text::Span;

/// Adds the calls of imported functions of these names. What is broken in the file is told where it
/// imports one of them, or cannot be read at all.
pub(super) fn read(source: &Source<'_>, functions: &HashSet<String>, raw: &mut Raw) {
    let mut faults = Raw::default();
    let Some(code) = source.code().and_then(|code| parsed::sound(code, &mut faults)) else {
        raw.faults = faults.faults;
        return;
    };
    let names = Names::of(code);
    raw.aliases = aliases(&names, code, functions);
    let mut callers = Callers { names: &names, functions, keys: Keys::default(), raw };
    for call in code.root().subtree().filter_map(names::call) {
        callers.call(&call);
        for given in &call.arguments {
            callers.handed_on(given.value);
        }
    }
    if !raw.waits.is_empty() {
        raw.faults.append(&mut faults.faults);
    }
}

/// The other names under which a file hands on the functions.
fn aliases(names: &Names<'_>, code: &Code, functions: &HashSet<String>) -> Vec<String> {
    let is_meant = |path: String| is_one_of(functions, &names.import(path));
    let imported: HashSet<&str> = names.imported().filter(|(_, path)| is_meant(path.clone())).map(|(name, _)| name).collect();
    let mut aliases: Vec<String> = match names::syntax(code).exports(code) {
        Some(exports) => {
            let of = exports.names.into_iter().filter(|(_, exported)| match exported {
                Exported::Local(local) => imported.contains(local),
                Exported::Elsewhere(path) => is_meant(path.clone()),
                Exported::Value(value) => names.qualified(*value).is_some_and(|path| path.imported && is_meant(path.path)),
            });
            of.map(|(name, _)| name).collect()
        }
        None if hands_on(code.language) => imported.into_iter().map(str::to_owned).collect(),
        None => Vec::new(),
    };
    aliases.retain(|name| !functions.contains(name));
    aliases.sort();
    aliases
}

fn is_one_of(functions: &HashSet<String>, import: &Import) -> bool {
    let is_default = import.module == import.path.len() && functions.contains("default");
    is_default || import.path.rsplit('.').next().is_some_and(|name| functions.contains(name))
}

struct Callers<'c, 't> {
    names: &'c Names<'t>,
    functions: &'c HashSet<String>,
    keys: Keys,
    raw: &'c mut Raw,
}

impl<'t> Callers<'_, 't> {
    fn call(&mut self, call: &names::Call<'t>) {
        let Some(path) = self.names.called_elsewhere(call) else { return };
        let imports = self.meant(self.names.imports(&path));
        if imports.is_empty() {
            return;
        }
        let arguments = call.arguments.iter().map(|given| self.given(given)).collect();
        let unset = told(idioms(call.node.code().language).unset(wrapped(call.node)));
        self.wait(imports, call.node, imports::Call { arguments, unset });
    }

    /// A function that is an argument itself (`map(env, KEYS)`): with which keys it is called nobody knows.
    fn handed_on(&mut self, name: Node<'t>) {
        let imports = self.meant(self.names.elsewhere(name));
        if !imports.is_empty() {
            let keys = vec![GivenKey::Computed];
            let any = imports::Given { name: None, spread: true, at: name.span(), keys, default: imports::Unset::Computed };
            self.wait(imports, name, imports::Call { arguments: vec![any], unset: imports::Unset::Unknown });
        }
    }

    fn wait(&mut self, imports: Vec<Import>, node: Node<'t>, call: imports::Call<Span>) {
        let message = parsed::computed(node).message;
        self.raw.wait(Wait { imports, gives: Gives::Call(call), at: node.span(), message }, node.code());
    }

    /// Those that may be one of the functions.
    fn meant(&self, mut imports: Vec<Import>) -> Vec<Import> {
        imports.retain(|import| is_one_of(self.functions, import));
        imports
    }

    fn given(&mut self, given: &Argument<'t>) -> imports::Given<Span> {
        let value = plain(given.value);
        let known = match self.keys.of(self.names, value) {
            Known::Parts(parts) if !given.spread => parts,
            Known::Parts(_) | Known::Parameter(_) => vec![Part::Unknown(value)],
        };
        let keys = known.into_iter().map(|part| match part {
            Part::Known { value: text, node, .. } => {
                GivenKey::Known { value: text, literal: (node != value).then(|| node.span()) }
            }
            Part::Elsewhere(_, imports, context) => GivenKey::Elsewhere(imports, context),
            Part::Unknown(_) => GivenKey::Computed,
        });
        imports::Given {
            name: given.name.map(str::to_owned),
            spread: given.spread,
            at: value.span(),
            keys: keys.collect(),
            default: told(super::Unset::Default(Some(value))),
        }
    }
}
