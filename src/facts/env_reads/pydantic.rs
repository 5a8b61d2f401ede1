//! Classes whose fields are variables: pydantic's `BaseSettings`, first and second version.

use super::{Found, Named, Read, Unset};
use crate::facts::Hole;
use crate::facts::names::{Call, Names, call, plain, string_value};
use crate::facts::parsed::{computed, quoted};
use crate::formats::code::Node;

/// What a class says about the names of its variables; its subclasses in the same file inherit it.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    /// Version 2: an alias is the variable's name, and an optional field without a default is required.
    second: bool,
    prefix: Prefix,
    case_sensitive: bool,
}

#[derive(Clone, Debug)]
enum Prefix {
    Known(String),
    /// The expression that the running program makes it of.
    Computed(String),
}

impl Default for Prefix {
    fn default() -> Self {
        Prefix::Known(String::new())
    }
}

/// Names in `validation_alias=AliasChoices(…)` or `env=[…]`.
const MAX_CHOICES: usize = 32;

/// Adds the variables of `class`, if it is made of settings.
pub(super) fn read<'t>(names: &Names<'t>, class: Node<'t>, found: &mut Found<'t>) {
    let bases: Vec<Node<'t>> = class.field("superclasses").into_iter().flat_map(|list| list.named_children()).collect();
    let Some(mut settings) = bases.iter().take(MAX_CHOICES).find_map(|base| inherited(names, *base, found)) else { return };
    let Some(body) = class.field("body") else { return };
    let keywords = bases.iter().filter(|base| base.kind() == "keyword_argument");
    keywords.for_each(|option| settings.option(names, *option, found));
    for statement in body.named_children() {
        settings.configure(names, statement, found);
    }
    if let Some(name) = class.field("name") {
        found.settings.insert(name.text(), settings.clone());
    }
    for statement in body.named_children().filter(|statement| statement.kind() == "expression_statement") {
        let field = statement.named_children().next().filter(|field| field.kind() == "assignment");
        if let Some(field) = field {
            settings.field(names, field, found);
        }
    }
}

fn inherited<'t>(names: &Names<'t>, base: Node<'t>, found: &Found<'t>) -> Option<Settings> {
    if let Some(known) = found.settings.get(base.text()) {
        return Some(known.clone());
    }
    let path = names.qualified(base).filter(|path| path.imported)?.path;
    let second = match path.as_str() {
        "pydantic_settings.BaseSettings" => true,
        "pydantic.BaseSettings" | "pydantic.v1.BaseSettings" | "pydantic.env_settings.BaseSettings" => false,
        _ => return None,
    };
    Some(Settings { second, ..Settings::default() })
}

impl Settings {
    /// `class Config:` or `model_config = SettingsConfigDict(…)`.
    fn configure<'t>(&mut self, names: &Names<'t>, statement: Node<'t>, found: &Found<'t>) {
        if statement.kind() == "class_definition" && statement.field("name").is_some_and(|name| name.text() == "Config") {
            let body = statement.field("body").into_iter().flat_map(|body| body.named_children());
            let options = body.filter_map(|statement| statement.named_children().next());
            return options.for_each(|option| self.option(names, option, found));
        }
        let assignment = statement.named_children().next().filter(|node| node.kind() == "assignment");
        let config = assignment.filter(|node| node.field("left").is_some_and(|left| left.text() == "model_config"));
        if let Some(value) = config.and_then(|node| node.field("right")).map(plain) {
            self.take(names, value, found);
        }
    }

    /// All options of a configuration.
    fn take<'t>(&mut self, names: &Names<'t>, value: Node<'t>, found: &Found<'t>) {
        let of_class = value.text().strip_suffix(".model_config").and_then(|class| found.settings.get(class));
        if let Some(known) = of_class {
            self.prefix = known.prefix.clone();
            return;
        }
        let value = names.bound_once(value).map_or(value, plain);
        let options = match call(value) {
            Some(made) if names.called(&made).is_some_and(|path| path.path.ends_with("ConfigDict")) => value.field("arguments"),
            Some(made) if names.called(&made).is_some_and(|path| path.path == "dict") => value.field("arguments"),
            _ => Some(value).filter(|value| value.kind() == "dictionary"),
        };
        match options {
            Some(options) => options.named_children().for_each(|option| self.option(names, option, found)),
            None => self.prefix = Prefix::Computed(quoted(value.text())),
        }
    }

    /// `env_prefix="APP_"`, as an argument, an assignment or a pair of a dictionary; `**others`.
    fn option<'t>(&mut self, names: &Names<'t>, option: Node<'t>, found: &Found<'t>) {
        if option.kind() == "dictionary_splat" {
            let others = option.named_children().next().map(plain);
            let others = others.map(|others| names.bound_once(others).map_or(others, plain));
            // What spreads out others itself is not followed: it might never end.
            let ends = |others: &Node<'t>| {
                names.bound_once(*others).is_none() && !others.subtree().any(|node| node.kind() == "dictionary_splat")
            };
            return match others.filter(ends) {
                Some(others) => self.take(names, others, found),
                None => self.prefix = Prefix::Computed(quoted(option.text())),
            };
        }
        let name = ["name", "left", "key"].into_iter().find_map(|role| option.field(role));
        let value = ["value", "right"].into_iter().find_map(|role| option.field(role)).map(plain);
        let (Some(name), Some(value)) = (name, value) else { return };
        match string_value(name).unwrap_or_else(|| name.text().to_owned()).as_str() {
            "env_prefix" => {
                let known = string_value(names.bound_once(value).map_or(value, plain));
                self.prefix = known.map_or_else(|| Prefix::Computed(quoted(value.text())), Prefix::Known);
            }
            "case_sensitive" => self.case_sensitive = value.text() == "True",
            _ => {}
        }
    }

    fn field<'t>(&self, names: &Names<'t>, field: Node<'t>, found: &mut Found<'t>) {
        let (Some(left), Some(kind)) = (field.field("left"), field.field("type")) else { return };
        let is_field = left.kind() == "identifier" && !left.text().starts_with('_') && left.text() != "model_config";
        if !is_field || kind.text().starts_with("ClassVar") || kind.text().starts_with("typing.ClassVar") {
            return;
        }
        let value = field.field("right").map(plain);
        let details = value.and_then(call).filter(|call| {
            let path = names.called(call).filter(|path| path.imported);
            path.is_some_and(|path| path.path.starts_with("pydantic") && path.path.ends_with(".Field"))
        });
        let unset = match (&details, value) {
            (Some(details), _) => default_of(details),
            (None, Some(value)) => Unset::Default(Some(value)),
            (None, None) if !self.second && is_optional(kind) => Unset::Default(None),
            (None, None) => Unset::Fails,
        };
        let given = details.iter().flat_map(|details| self.given_names(names, details)).collect::<Vec<_>>();
        let read = Read::of(field, unset, "pydantic");
        if given.is_empty() {
            match &self.prefix {
                Prefix::Known(prefix) => found.named.push(self.named(format!("{prefix}{}", left.text()), left, read)),
                Prefix::Computed(prefix) => {
                    let message = format!("`{}` has the prefix `{prefix}`, which is computed at run time", quoted(left.text()));
                    found.holes.push(Hole { message, ..computed(left) });
                }
            }
        }
        for name in given {
            match string_value(names.bound_once(name).map_or(name, plain)) {
                Some(value) => found.named.push(self.named(value, name, read)),
                None => found.holes.push(computed(name)),
            }
        }
    }

    fn named<'t>(&self, value: String, at: Node<'t>, read: Read<'t>) -> Named<'t> {
        Named { value: if self.case_sensitive { value } else { value.to_uppercase() }, at: at.span(), read }
    }

    /// The names that `Field(…)` gives to the variable instead of the field's own.
    fn given_names<'t>(&self, names: &Names<'t>, details: &Call<'t>) -> Vec<Node<'t>> {
        let words: &[&str] = if self.second { &["validation_alias", "alias"] } else { &["env"] };
        let named =
            |word: &&str| details.arguments.iter().find(|given| given.name == Some(*word)).map(|given| plain(given.value));
        let given = words.iter().filter_map(named).find(|given| given.kind() != "none");
        let Some(given) = given else { return Vec::new() };
        let choices: Vec<Node<'t>> = match call(given) {
            Some(choices) if names.called(&choices).is_some_and(|path| path.path.ends_with("AliasChoices")) => {
                choices.arguments.iter().map(|choice| plain(choice.value)).collect()
            }
            _ if matches!(given.kind(), "list" | "tuple" | "set") => given.named_children().map(plain).collect(),
            _ => vec![given],
        };
        let first = |choice: Node<'t>| match call(choice) {
            Some(path) if names.called(&path).is_some_and(|called| called.path.ends_with("AliasPath")) => {
                path.argument(0, "").map_or(choice, plain)
            }
            _ => choice,
        };
        choices.into_iter().take(MAX_CHOICES).map(first).collect()
    }
}

/// What `Field(…)` says stands in.
fn default_of<'t>(details: &Call<'t>) -> Unset<'t> {
    let first = details.arguments.first().filter(|given| given.name.is_none()).map(|given| given.value);
    let named = |word: &str| details.arguments.iter().find(|given| given.name == Some(word)).map(|given| given.value);
    match (first.or_else(|| named("default")).map(plain), named("default_factory")) {
        (Some(value), _) if value.kind() == "ellipsis" => Unset::Fails,
        (Some(value), _) => Unset::Default(Some(value)),
        (None, Some(_)) => Unset::Default(None),
        (None, None) => Unset::Fails,
    }
}

fn is_optional(kind: Node<'_>) -> bool {
    let text = kind.text();
    text.starts_with("Optional[")
        || text.starts_with("typing.Optional[")
        || text.ends_with("| None")
        || text.starts_with("None |")
}
