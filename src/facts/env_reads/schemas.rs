//! JavaScript's libraries that check the environment against a schema, or read it by a method: envalid, zod, t3-env, env-var,
//! and NestJS's `ConfigService`.

use super::{Found, Key, Read, Unset};
use crate::facts::names::{Call, Names, call as call_at, plain, string_value};
use crate::formats::code::Node;

/// Calls in a chain (`z.string().min(1).default("x")`).
const MAX_CHAIN: usize = 32;
const CONFIG_SERVICE: &str = "@nestjs/config.ConfigService";

/// Adds what the call `node` reads.
pub(super) fn read<'t>(names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
    let Some(call) = call_at(node) else { return };
    let Some(callee) = node.field("function").map(plain) else { return };
    match names.qualified(callee).filter(|path| path.imported).map(|path| path.path).as_deref() {
        Some("envalid.cleanEnv") => {
            let schema = call.argument(1, "").map(plain);
            schema.into_iter().for_each(|schema| members(schema, "envalid", validator, found));
        }
        Some(path) if path.starts_with("@t3-oss/env-") && path.ends_with(".createEnv") => t3(&call, found),
        Some("env-var.get") => {
            if let Some(key) = call.argument(0, "") {
                found.reads.push(Read { expression: node, key: Key::Value(key), unset: chained(node), idiom: "env-var" });
            }
        }
        _ if callee.kind() == "member_expression" => method(names, &call, callee, found),
        _ => {}
    }
}

/// Whether a call takes the environment to look for the keys of a schema: they are read there.
pub(super) fn takes_whole<'t>(names: &Names<'t>, environment: Node<'t>) -> bool {
    let Some(list) = environment.parent() else { return false };
    if list.kind() == "pair" && list.field("key").is_some_and(|key| key.text().starts_with("runtimeEnv")) {
        let call = list.parent().and_then(|object| object.parent()).and_then(|list| list.parent()).and_then(call_at);
        let path = call.and_then(|call| names.called(&call)).filter(|path| path.imported);
        return path.is_some_and(|path| path.path.starts_with("@t3-oss/env-"));
    }
    let Some(call) = list.parent().filter(|_| list.kind() == "arguments").and_then(call_at) else { return false };
    if names.called(&call).is_some_and(|path| path.imported && path.path == "envalid.cleanEnv") {
        return true;
    }
    call.node.field("function").map(plain).is_some_and(|callee| parsed_schema(names, callee).is_some())
}

fn method<'t>(names: &Names<'t>, call: &Call<'t>, callee: Node<'t>, found: &mut Found<'t>) {
    if let Some(schema) = parsed_schema(names, callee) {
        let environment = call.argument(0, "").map(plain).and_then(|given| names.qualified(given));
        if environment.is_some_and(|path| path.path == "process.env" || path.path == "import.meta.env") {
            members(schema, "zod", schema_unset, found);
        }
        return;
    }
    let (Some(object), Some(method)) = (callee.field("object").map(plain), callee.field("property")) else { return };
    if !matches!(method.text(), "get" | "getOrThrow") || !found.services.is_service(names, object) {
        return;
    }
    let Some(key) = call.argument(0, "").map(plain) else { return };
    // What has dots or lower case is a key of the application's own configuration.
    let is_variable = |key: &str| key.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    if string_value(key).is_some_and(|key| !is_variable(&key)) {
        return;
    }
    let default = call.argument(1, "").map(plain).filter(|given| given.kind() != "object");
    let unset = match (method.text(), default) {
        ("getOrThrow", _) => Unset::Fails,
        (_, Some(default)) => Unset::Default(Some(default)),
        _ => Unset::Unknown,
    };
    found.reads.push(Read { expression: call.node, key: Key::Value(key), unset, idiom: "ConfigService" });
}

/// `z.object({…})` in `z.object({…}).parse`, or the name of one.
fn parsed_schema<'t>(names: &Names<'t>, callee: Node<'t>) -> Option<Node<'t>> {
    let method = callee.field("property").filter(|_| callee.kind() == "member_expression")?;
    if !matches!(method.text(), "parse" | "safeParse" | "parseAsync" | "safeParseAsync") {
        return None;
    }
    let mut schema = callee.field("object").map(plain)?;
    schema = names.bound_once(schema).map_or(schema, plain);
    for _ in 0..MAX_CHAIN {
        let call = call_at(schema)?;
        let path = names.called(&call).filter(|path| path.imported);
        if path.is_some_and(|path| matches!(path.path.as_str(), "zod.z.object" | "zod.object" | "zod.z.strictObject")) {
            return call.argument(0, "").map(plain).filter(|object| object.kind() == "object");
        }
        schema = schema.field("function")?.field("object").map(plain)?;
    }
    None
}

fn t3<'t>(call: &Call<'t>, found: &mut Found<'t>) {
    let options = call.argument(0, "").map(plain).into_iter().flat_map(|object| object.named_children());
    for option in options.filter(|option| option.kind() == "pair") {
        let (Some(key), Some(value)) = (option.field("key"), option.field("value")) else { continue };
        if matches!(key.text(), "server" | "client" | "shared") {
            members(plain(value), "createEnv", schema_unset, found);
        }
    }
}

/// The keys of an object; `unset` tells by the value what becomes of the variable.
fn members<'t>(object: Node<'t>, idiom: &'static str, unset: fn(Node<'t>) -> Unset<'t>, found: &mut Found<'t>) {
    for pair in object.named_children().filter(|_| object.kind() == "object") {
        let (Some(key), Some(value)) = (pair.field("key"), pair.field("value")) else {
            if pair.kind() == "spread_element" {
                found.wholes.push(pair);
            }
            continue;
        };
        let key = match key.kind() {
            "property_identifier" => Key::Bare(key),
            "computed_property_name" => Key::Value(key.named_children().next().unwrap_or(key)),
            _ => Key::Value(key),
        };
        found.reads.push(Read { expression: pair, key, unset: unset(plain(value)), idiom });
    }
}

/// envalid: `str({ default: "x" })`.
fn validator(value: Node<'_>) -> Unset<'_> {
    let options = call_at(value).and_then(|call| call.argument(0, "")).map(plain);
    let mut pairs = options.into_iter().flat_map(|object| object.named_children());
    let default = pairs.find(|pair| pair.field("key").is_some_and(|key| key.text() == "default"));
    default.map_or(Unset::Fails, |pair| Unset::Default(pair.field("value")))
}

/// zod and its like: `z.string().default("x")`, `.optional()`.
fn schema_unset(value: Node<'_>) -> Unset<'_> {
    let mut node = value;
    for _ in 0..MAX_CHAIN {
        let Some(call) = call_at(node) else { break };
        let Some(callee) = node.field("function").map(plain) else { break };
        match callee.field("property").map_or(callee.text(), Node::text) {
            "default" | "catch" | "prefault" => {
                return Unset::Default(call.argument(0, "").filter(|given| given.kind() != "arrow_function"));
            }
            "optional" | "nullish" => return Unset::Unknown,
            _ => {}
        }
        let Some(object) = callee.field("object").map(plain) else { break };
        node = object;
    }
    Unset::Fails
}

/// env-var: `get("K").required()`, `.default("x")`, further up the chain.
fn chained(get: Node<'_>) -> Unset<'_> {
    let mut node = get;
    for _ in 0..MAX_CHAIN {
        let Some(member) = node.parent().filter(|parent| parent.kind() == "member_expression") else { break };
        let Some(call) = member.parent().and_then(call_at) else { break };
        match member.field("property").map_or("", Node::text) {
            "required" if call.argument(0, "").is_none_or(|given| given.text() != "false") => return Unset::Fails,
            "default" => return Unset::Default(call.argument(0, "")),
            _ => node = call.node,
        }
    }
    Unset::Unknown
}

/// Names that are declared to hold a `ConfigService`: parameters, and members of classes.
#[derive(Default)]
pub(super) struct Services<'t> {
    names: Vec<&'t str>,
}

impl<'t> Services<'t> {
    /// Records what `node` declares.
    pub fn declare(&mut self, names: &Names<'t>, node: Node<'t>) {
        let Some(kind) = node.field("type").and_then(|annotation| annotation.named_children().next()) else { return };
        let kind = if kind.kind() == "generic_type" { kind.field("name").unwrap_or(kind) } else { kind };
        let is_service = names.type_path(kind).is_some_and(|path| path == CONFIG_SERVICE);
        let name = node.field("pattern").or_else(|| node.field("name")).filter(|_| is_service).map(Node::text);
        self.names.extend(name.filter(|name| !self.names.contains(name)));
    }

    fn is_service(&self, names: &Names<'t>, object: Node<'t>) -> bool {
        let name = match object.kind() {
            "member_expression" if object.field("object").is_some_and(|this| this.kind() == "this") => object.field("property"),
            "identifier" => Some(object),
            _ => None,
        };
        if name.is_some_and(|name| self.names.contains(&name.text())) {
            return true;
        }
        // `const config = app.get(ConfigService)`
        let made = names.bound_once(object).and_then(|value| call_at(plain(value)));
        let given = made.and_then(|made| made.argument(0, "")).and_then(|given| names.qualified(given));
        given.is_some_and(|path| path.imported && path.path == CONFIG_SERVICE)
    }
}
