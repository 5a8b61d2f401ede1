//! What an expression sees: the element as `it`, other facts as `facts`, and the functions it may call.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use cel::common::types::{CelInt, CelList, CelMap, CelMapKey, CelString};
use cel::common::value::Val;
use cel::extractors::This;
use cel::{Context, Env, ExecutionError};
use regex::Regex;

use super::names::{ELEMENT, FACTS, SETS};
use crate::options::regex_fault;

/// Regexes that are kept; one that is made of an element's value is seldom asked for twice.
const KEPT: usize = 256;

/// The functions and the facts that all evaluations of one expression share.
pub(super) struct World<'f> {
    root: Context<'f, 'f>,
}

/// An element as an expression sees it.
pub(super) struct It<'e> {
    pub value: &'e str,
    pub path: &'e str,
    pub line: Option<u32>,
    pub captures: Vec<(&'e str, &'e str)>,
}

type Entries<'v> = HashMap<CelMapKey<'v>, Box<dyn Val + 'v>>;

impl<'f> World<'f> {
    /// `lists` and `sets`: facts by name.
    pub fn new(env: &Arc<Env>, lists: Vec<(&'f str, Vec<&'f str>)>, sets: Vec<(&'f str, Vec<&'f str>)>) -> Self {
        let mut root = Context::with_env(env.clone());
        let regexes: Mutex<HashMap<String, Regex>> = Mutex::default();
        let matches = move |text: This<Arc<String>>, pattern: Arc<String>| matches(&regexes, &text.0, &pattern);
        // Cannot fail: the environment declares no function of that name.
        let _ = root.add_function("matches", matches);
        let list = |(name, values): (&'f str, Vec<&'f str>)| {
            let items: Vec<Box<dyn Val + 'f>> = values.into_iter().map(text).collect();
            let list: Box<dyn Val + 'f> = Box::new(CelList::from(items));
            (key(name), list)
        };
        let set = |(name, values): (&'f str, Vec<&'f str>)| {
            let entries: Entries<'f> = values.into_iter().map(|value| (key(value), text(""))).collect();
            let set: Box<dyn Val + 'f> = Box::new(CelMap::from(entries));
            (key(name), set)
        };
        let lists: Entries<'f> = lists.into_iter().map(list).collect();
        let sets: Entries<'f> = sets.into_iter().map(set).collect();
        root.add_variable_as_val(FACTS, Box::new(CelMap::from(lists)));
        root.add_variable_as_val(SETS, Box::new(CelMap::from(sets)));
        World { root }
    }

    /// Calls `evaluate` with what the expression sees of one element.
    pub fn with<T>(&self, it: &It<'_>, evaluate: impl FnOnce(&Context<'_, '_>) -> T) -> T {
        let mut scope = self.root.new_inner_scope();
        scope.add_variable_as_val(ELEMENT, Box::new(CelMap::from(it.entries())));
        evaluate(&scope)
    }
}

impl<'e> It<'e> {
    fn entries(&self) -> Entries<'e> {
        let mut entries: Entries<'e> = self.captures.iter().map(|(name, value)| (key(name), text(value))).collect();
        entries.insert(key("value"), text(self.value));
        entries.insert(key("path"), text(self.path));
        if let Some(line) = self.line {
            entries.insert(key("line"), Box::new(CelInt::from(i64::from(line))));
        }
        entries
    }
}

/// The standard functions, and those about strings.
pub(super) fn environment() -> Arc<Env> {
    let mut env = Env::stdlib().with_optional_support(false);
    // Cannot fail: the standard library declares none of these.
    let _ = env.add_extension(cel::extensions::strings);
    Arc::new(env)
}

fn key(text: &str) -> CelMapKey<'_> {
    CelMapKey::String(CelString::from(text))
}

fn text<'v>(text: &'v str) -> Box<dyn Val + 'v> {
    Box::new(CelString::from(text))
}

/// Whether the regex finds something in the text; each regex is compiled once.
fn matches(regexes: &Mutex<HashMap<String, Regex>>, text: &str, pattern: &str) -> Result<bool, ExecutionError> {
    let mut regexes = regexes.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(regex) = regexes.get(pattern) {
        return Ok(regex.is_match(text));
    }
    let fault = |error| ExecutionError::function_error("matches", format!("invalid regex: {}", regex_fault(&error)));
    let regex = Regex::new(pattern).map_err(fault)?;
    let is_match = regex.is_match(text);
    if regexes.len() == KEPT {
        regexes.clear();
    }
    regexes.insert(pattern.to_string(), regex);
    Ok(is_match)
}
