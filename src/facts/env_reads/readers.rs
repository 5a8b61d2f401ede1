//! Python's libraries that read a variable when they are called: django-environ, environs, python-decouple, starlette; and
//! options of click and typer that a variable may give.

use super::{Found, Key, Read, Unset};
use crate::facts::names::{Call, Names, call as call_at, plain};
use crate::formats::code::Node;

/// Methods of an `Env` that read one variable.
const CASTS: [&str; 30] = [
    "str",
    "bool",
    "int",
    "float",
    "json",
    "list",
    "tuple",
    "dict",
    "url",
    "db",
    "db_url",
    "cache",
    "cache_url",
    "email",
    "email_url",
    "search_url",
    "channels_url",
    "path",
    "bytes",
    "unicode",
    "decimal",
    "date",
    "datetime",
    "time",
    "timedelta",
    "uuid",
    "log_level",
    "enum",
    "dj_db_url",
    "dj_cache_url",
];
const OPTIONS: [&str; 5] = ["click.option", "click.argument", "typer.Option", "typer.Argument", "click.Option"];

/// Adds what the call `node` reads.
pub(super) fn read<'t>(names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
    let Some(call) = call_at(node) else { return };
    let Some(callee) = node.field("function").map(plain) else { return };
    if let Some(path) = names.qualified(callee).filter(|path| path.imported) {
        match path.path.as_str() {
            "decouple.config" => return add(&call, Some(1), "decouple", found),
            path if OPTIONS.contains(&path) => return option(&call, path.starts_with("typer."), found),
            _ => {}
        }
    }
    let (receiver, method) = match callee.kind() {
        "attribute" => (callee.field("object").map(plain), callee.field("attribute").map(Node::text)),
        _ => (Some(callee), None),
    };
    let made = receiver.and_then(|receiver| names.bound_once(receiver)).and_then(|value| call_at(plain(value)));
    let class = made.as_ref().and_then(|made| names.called(made)).filter(|path| path.imported);
    let (Some(made), Some(class)) = (made, class) else { return };
    match (class.path.as_str(), method) {
        ("environ.Env" | "environ.FileAwareEnv", None) => scheme(&made, &call, Some(2), found),
        ("environ.Env" | "environ.FileAwareEnv", Some(method)) if CASTS.contains(&method) => scheme(&made, &call, Some(1), found),
        ("environs.Env", None) => add(&call, Some(1), "environs", found),
        ("environs.Env", Some(method)) if CASTS.contains(&method) => add(&call, Some(1), "environs", found),
        ("decouple.AutoConfig" | "decouple.Config", None) => add(&call, Some(1), "decouple", found),
        ("starlette.config.Config", None) => add(&call, Some(2), "starlette", found),
        _ => {}
    }
}

/// A read of django-environ: `Env(DEBUG=(bool, False))` may hold the default.
fn scheme<'t>(made: &Call<'t>, call: &Call<'t>, default: Option<usize>, found: &mut Found<'t>) {
    let before = found.reads.len();
    add(call, default, "environ", found);
    let Some(read) = found.reads.get_mut(before) else { return };
    let key = call.argument(0, "var").map(plain).and_then(crate::facts::names::string_value);
    let declared = made.arguments.iter().find(|given| given.name.is_some() && given.name == key.as_deref());
    let tuple = declared.map(|given| plain(given.value)).filter(|value| value.kind() == "tuple");
    if let (Unset::Fails, Some(tuple)) = (read.unset, tuple) {
        read.unset = Unset::Default(tuple.named_children().nth(1));
    }
}

/// The first argument is the key; without a default the call fails where it is unset.
fn add<'t>(call: &Call<'t>, default: Option<usize>, idiom: &'static str, found: &mut Found<'t>) {
    let key = ["var", "name", "option", "key"].into_iter().find_map(|name| call.argument(0, name));
    let Some(key) = key.filter(|_| call.arguments.first().is_some_and(|given| !given.spread)) else { return };
    let default = call.argument(default.unwrap_or(usize::MAX), "default");
    let unset = default.map_or(Unset::Fails, |default| Unset::Default(Some(default)));
    found.reads.push(Read { expression: call.node, key: Key::Value(key), unset, idiom });
}

/// `envvar="KEY"`, or a list of them: what is given on the command line comes first.
fn option<'t>(call: &Call<'t>, is_typer: bool, found: &mut Found<'t>) {
    let named = |word: &str| call.arguments.iter().find(|given| given.name == Some(word)).map(|given| plain(given.value));
    let Some(given) = named("envvar") else { return };
    let keys: Vec<Node<'t>> =
        if matches!(given.kind(), "list" | "tuple") { given.named_children().collect() } else { vec![given] };
    let first = call.arguments.first().filter(|given| is_typer && given.name.is_none()).map(|given| plain(given.value));
    let default = named("default").or(first.filter(|value| value.kind() != "ellipsis"));
    let unset = default.map_or(Unset::Unknown, |default| Unset::Default(Some(default)));
    for key in keys {
        found.reads.push(Read { expression: call.node, key: Key::Value(key), unset, idiom: "envvar" });
    }
}
