//! What one file answers when others ask for its names: the other half of [`super::imports`].

use std::collections::HashMap;

use memchr::memmem;

use super::constants::{self, Constants, Wanted};
use super::env_reads::EnvReads;
use super::imports::{Ask, Import, Use, What, Wrapper, hands_on_all};
use super::names::{Binding, ByPath, Exported, Exports, Names, Qualified, syntax};
use super::path_refs::{self, Asked};
use super::{Extractor, Raw, Source, parsed};
use crate::formats::code::{Code, Node};
use crate::text::Span;

/// Names in a row of which nothing is bound here, that others are asked for since all their names are handed on.
const MAX_UNKNOWN: usize = 2;

/// The answer to one question.
#[derive(Clone, Debug, Default)]
pub struct Export {
    /// The parts of a constant, as elements where they are written; or one wrapper.
    pub raw: Raw,
    /// Where the file itself has the name from, by precedence.
    pub elsewhere: Vec<Import>,
}

/// Answers each of `asks`; `None` where the file has no such name.
pub fn exports(source: &Source<'_>, asks: &[Ask]) -> Vec<Option<Export>> {
    let mut faults = Raw::default();
    let code = if may_have(source, asks) { source.code().and_then(|code| parsed::sound(code, &mut faults)) } else { None };
    let Some(code) = code else { return vec![None; asks.len()] };
    let names = Names::of(code);
    let module = Module { exports: syntax(code).exports(code), names: &names };
    let targets: Vec<Target<'_>> = asks.iter().map(|ask| module.target(ask)).collect();
    let mut answers = constants(&module, code, asks, &targets);
    functions(source, asks, &targets, &mut answers);
    paths(&module, code, asks, &targets, &mut answers);
    for answer in answers.iter_mut().flatten() {
        answer.raw.faults.clone_from(&faults.faults);
    }
    answers
}

/// Whether the file says any of the names, or hands on all names of another one.
fn may_have(source: &Source<'_>, asks: &[Ask]) -> bool {
    let head = |ask: &Ask| ask.name.split('.').next().unwrap_or_default().to_owned();
    hands_on_all(source.bytes) || asks.iter().any(|ask| memmem::find(source.bytes, head(ask).as_bytes()).is_some())
}

/// What a name of the file leads to.
enum Target<'t> {
    /// A name of the top level, or a member of one, by its path. Where the file has none of that name, others may.
    Local(String, Vec<Import>),
    /// An expression.
    Value(Node<'t>),
    /// Nothing here; perhaps something there.
    Elsewhere(Vec<Import>),
}

struct Module<'n, 't> {
    exports: Option<Exports<'t>>,
    names: &'n Names<'t>,
}

impl<'t> Module<'_, 't> {
    fn target(&self, ask: &Ask) -> Target<'t> {
        if ask.package.as_ref().is_some_and(|package| !self.names.is_of(package)) {
            return Target::Elsewhere(Vec::new());
        }
        let name = &ask.name;
        let (head, rest) = name.split_once('.').map_or((name.as_str(), None), |(head, rest)| (head, Some(rest)));
        // An expression leads to other files by itself, but for what it has members of, or calls.
        let is_followed = rest.is_some() || ask.what == What::Function;
        let Some(exports) = &self.exports else { return self.local(head, rest, is_followed) };
        match exports.names.get(head) {
            Some(Exported::Local(local)) => self.local(local, rest, is_followed),
            Some(Exported::Value(value)) => match self.names.qualified(*value).filter(|path| path.imported && is_followed) {
                Some(path) => Target::Elsewhere(vec![self.names.import(with(&path.path, rest))]),
                None if rest.is_none() => Target::Value(*value),
                None => Target::Elsewhere(Vec::new()),
            },
            Some(Exported::Elsewhere(path)) => Target::Elsewhere(vec![self.names.import(with(path, rest))]),
            // `import config from "./config"` and then `config.KEYS`: a member of what the module stands for.
            None => match exports.names.get("default") {
                Some(Exported::Local(local)) if rest.is_none() => self.local(local, Some(head), true),
                _ => Target::Elsewhere(self.names.in_all_of(&exports.all_of, name)),
            },
        }
    }

    /// What the top level binds, unless it has it from elsewhere.
    fn local(&self, name: &str, rest: Option<&str>, is_followed: bool) -> Target<'t> {
        let whole = with(name, rest);
        let foreign = match self.names.at_top(name) {
            None if self.names.declares(name) => None,
            // Of a path that no module shortens, each star would make many longer ones.
            None if whole.split('.').count() > MAX_UNKNOWN => None,
            None => {
                let others = self.names.in_all_of(&[], &whole);
                return Target::Local(whole, others);
            }
            Some(Binding::Value(_)) if !is_followed => None,
            Some(_) => self.names.handed_on(name),
        };
        match foreign {
            Some(path) => Target::Elsewhere(self.names.imports(&Qualified { path: with(&path, rest), imported: true })),
            // A member of a type that this file only declares may be inherited.
            None => {
                let inherited = rest.map(|rest| self.names.inherited(rest.rsplit('.').next().unwrap_or(rest)));
                Target::Local(whole, inherited.unwrap_or_default())
            }
        }
    }
}

fn with(path: &str, rest: Option<&str>) -> String {
    rest.map_or_else(|| path.to_owned(), |rest| format!("{path}.{rest}"))
}

/// The answers to questions for values, and where else to ask for any.
fn constants(module: &Module<'_, '_>, code: &Code, asks: &[Ask], targets: &[Target<'_>]) -> Vec<Option<Export>> {
    let mut wanted = Vec::new();
    let mut asked = Vec::new();
    let mut answers: Vec<Option<Export>> = Vec::new();
    let elsewhere = |imports: &Vec<Import>| {
        let elsewhere = Some(imports.clone()).filter(|imports| !imports.is_empty())?;
        Some(Export { elsewhere, ..Export::default() })
    };
    for (at, (ask, target)) in asks.iter().zip(targets).enumerate() {
        answers.push(match (target, ask.what) {
            (Target::Elsewhere(imports), _) => elsewhere(imports),
            (Target::Value(node), What::Value(context)) => {
                Some(Export { raw: constants::value(module.names, *node, context), ..Export::default() })
            }
            (Target::Local(path, others), what) => {
                if let What::Value(context) = what {
                    wanted.push(Wanted { path: path.clone(), context });
                    asked.push(at);
                }
                elsewhere(others)
            }
            (Target::Value(_), What::Function | What::Path(_)) => None,
        });
    }
    let constants = (!wanted.is_empty()).then(|| Constants::new(module.names, code, &wanted));
    for (at, wanted) in asked.into_iter().zip(&wanted) {
        if let Some(raw) = constants.as_ref().and_then(|constants| constants.raw(wanted)) {
            answers[at] = Some(Export { raw, ..Export::default() });
        }
    }
    answers
}

/// The answers to questions for paths.
fn paths(module: &Module<'_, '_>, code: &Code, asks: &[Ask], targets: &[Target<'_>], answers: &mut [Option<Export>]) {
    if asks.iter().all(|ask| !matches!(ask.what, What::Path(_))) {
        return;
    }
    let wanted = |ask: &Ask, target: &Target<'_>| match (target, ask.what) {
        (Target::Local(path, _), What::Path(context)) => Some(Wanted { path: path.clone(), context }),
        _ => None,
    };
    let wanted: Vec<Option<Wanted>> = asks.iter().zip(targets).map(|(ask, target)| wanted(ask, target)).collect();
    let locals: Vec<Wanted> = wanted.iter().flatten().cloned().collect();
    let constants = Constants::new(module.names, code, &locals);
    let (mut asked, mut at) = (Vec::new(), Vec::new());
    for (index, (ask, target)) in asks.iter().zip(targets).enumerate() {
        let What::Path(context) = ask.what else { continue };
        let found = match (target, &wanted[index], context) {
            (Target::Value(node), _, Use::Whole) => Some(Asked::Whole(*node)),
            (Target::Value(node), ..) => Some(Asked::Parts(constants::parts(module.names, *node, context))),
            (_, Some(wanted), Use::Whole) => constants.expression(wanted).map(Asked::Whole),
            (_, Some(wanted), _) => constants.parts(wanted).map(Asked::Parts),
            (_, None, _) => None,
        };
        if let Some(found) = found {
            asked.push(found);
            at.push(index);
        }
    }
    if asked.is_empty() {
        return;
    }
    for (at, raw) in at.into_iter().zip(path_refs::exported(code, asked)) {
        answers[at] = Some(Export { raw, ..Export::default() });
    }
}

/// The answers to questions for functions.
fn functions(source: &Source<'_>, asks: &[Ask], targets: &[Target<'_>], answers: &mut [Option<Export>]) {
    if asks.iter().all(|ask| ask.what != What::Function) {
        return;
    }
    let mut raw = Raw::default();
    EnvReads::new().extract(source, &mut raw);
    let mut by_path: ByPath<Option<&Wrapper<Span>>> = ByPath::default();
    let mut by_export: HashMap<&str, &Wrapper<Span>> = HashMap::new();
    for wrapper in &raw.wrappers {
        *by_path.entry(&wrapper.name) = Some(wrapper);
        by_export.extend(wrapper.known_as.iter().map(|name| (name.as_str(), wrapper)));
    }
    for ((ask, target), answer) in asks.iter().zip(targets).zip(answers).filter(|((ask, _), _)| ask.what == What::Function) {
        let found = match target {
            Target::Local(path, _) => by_path.get(path).copied().flatten(),
            Target::Value(_) => by_export.get(ask.name.as_str()).copied(),
            Target::Elsewhere(_) => None,
        };
        if let Some(wrapper) = found {
            let wrappers = vec![wrapper.clone()];
            *answer = Some(Export { raw: Raw { wrappers, ..Raw::default() }, elsewhere: Vec::new() });
        }
    }
}
