//! Paths in Ruby.

use super::calls;
use super::expression::HERE;
use super::given::Given;
use super::strings;
use super::value::{Absolute, Mark, Part, Value, concatenate, join};
use super::walk::Walk;
use crate::formats::code::Node;

/// What `node` contributes to a path. The values of everything below it are known.
pub(super) fn evaluate<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    match node.kind() {
        "string" | "bare_string" => strings::pieced(walk, node).filter(|_| !is_statement(node)),
        "chained_string" => strings::adjacent(walk, node),
        "identifier" if node.text() == "__dir__" => Some(Value::here(node.span())),
        "identifier" if node.text() == "__FILE__" => Some(Value::file(node.span())),
        "identifier" | "constant" | "scope_resolution" if !matches!(node.role(), "method" | "name" | "left") => walk.name(node),
        "parenthesized_statements" => walk.take(node.named_children().next()?),
        "binary" => binary(walk, node),
        "operator_assignment" if node.field("operator")?.kind() == "+=" => {
            let right = node.field("right")?;
            let added = walk.take(right)?;
            concatenate(None, Some(added), right.span())
        }
        "element_reference" if node.field("object")?.text() == "Dir" => {
            node.named_children().skip(1).for_each(|pattern| walk.mark(pattern, Mark::WHOLE));
            None
        }
        "conditional" => walk.either(node, &[node.field("consequence")?, node.field("alternative")?]),
        "call" => call(walk, &Given::of(walk, node)?),
        _ => None,
    }
}

fn is_statement(node: Node<'_>) -> bool {
    let body = node.parent().filter(|parent| matches!(parent.kind(), "program" | "body_statement"));
    // The last one is what a method gives back.
    body.is_some_and(|body| node.after() != body.after())
}

fn binary<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    let (left, right) = (node.field("left")?, node.field("right")?);
    match node.field("operator")?.text() {
        "/" => join(vec![walk.take(left), walk.take(right)], Absolute::Replaces, node.span()),
        "+" => concatenate(walk.take(left), walk.take(right), node.span()),
        "%" => walk.take(left).map(|value| Value { span: node.span(), ..value }),
        "||" => walk.either(node, &[left, right]),
        _ => None,
    }
}

fn call<'t>(walk: &mut Walk<'t>, given: &Given<'t>) -> Option<Value> {
    let messages = ["puts", "print", "p", "pp", "warn", "raise", "fail", "abort", "printf", "say"];
    if given.is_message() || given.receiver.is_none() && messages.contains(&given.name.as_str()) {
        given.hush(walk);
        return None;
    }
    match (given.class.as_str(), given.name.as_str()) {
        ("", "file_fixture") => walk.take(given.first()?),
        ("Dir", "home") => Some(Value::home(given.node.span())),
        ("File", "join") => given.joined(walk, None, Absolute::Follows),
        ("File", "expand_path" | "absolute_path" | "realpath") => {
            let base = given.arguments.get(1).copied();
            let operands = base.into_iter().chain(given.first()).map(|operand| walk.take(operand)).collect();
            join(operands, Absolute::Replaces, given.node.span())
        }
        ("File", "dirname") => walk.take(given.first()?)?.above(given.node.span()),
        ("Pathname", "new") => built(walk.take(given.first()?), given.node),
        ("", "Pathname") => built(walk.take(given.first()?), given.node),
        ("", "require_relative") => {
            let target = walk.take(given.first()?);
            required(target, true)
        }
        ("", "require") => {
            let target = walk.take(given.first()?);
            required(target, false)
        }
        ("", "load") => {
            given.mark(walk, 0, Mark::IMPORT);
            None
        }
        ("", "autoload") => {
            let target = walk.take(*given.arguments.get(1)?);
            required(target, false)
        }
        ("ENV", "fetch") => walk.either(given.node, &[given.receiver?, *given.arguments.get(1)?]),
        _ => method(walk, given),
    }
}

/// A path that code is loaded from; `.rb` need not be said.
fn required(target: Option<Value>, relative: bool) -> Option<Value> {
    let mut target = target?;
    if relative && matches!(target.parts.first(), Some(Part::Text(text)) if !text.starts_with(['/', HERE])) {
        target.parts.insert(0, Part::Text(format!("{HERE}/")));
    }
    if let Some(Part::Text(last)) = target.parts.last_mut()
        && !last.ends_with(".rb")
    {
        last.push_str(".rb");
    }
    target.mark = if relative { Mark::IMPORT } else { Mark::PACKAGE };
    Some(target)
}

fn built(value: Option<Value>, node: Node<'_>) -> Option<Value> {
    value.map(|value| Value { span: node.span(), built: true, ..value })
}

/// A method of a path, or one that uses the files that its arguments name.
fn method<'t>(walk: &mut Walk<'t>, given: &Given<'t>) -> Option<Value> {
    let receiver = given.receiver;
    match given.name.as_str() {
        "join" if is_path_join(walk, given) => return given.joined(walk, receiver, Absolute::Replaces),
        "to_s" | "to_path" | "to_str" | "expand_path" | "realpath" | "cleanpath" | "freeze" | "dup"
            if given.arguments.is_empty() =>
        {
            return walk.take(receiver?);
        }
        "dirname" | "parent" if given.arguments.is_empty() => return walk.take(receiver?)?.above(given.node.span()),
        "read" | "readlines" | "each_line" | "binread" if knows(walk, receiver) => walk.mark(receiver?, Mark::READ),
        "children" | "entries" | "each_child" if knows(walk, receiver) => walk.mark(receiver?, Mark::LIST),
        "glob" if knows(walk, receiver) => return given.listed(walk, receiver?, given.first()?),
        "write" | "binwrite" | "mkpath" | "mkdir" | "delete" | "unlink" if knows(walk, receiver) => {
            walk.mark(receiver?, Mark::WRITE)
        }
        _ => mark_arguments(walk, given),
    }
    None
}

fn knows<'t>(walk: &Walk<'t>, receiver: Option<Node<'t>>) -> bool {
    receiver.is_some_and(|receiver| walk.knows(receiver))
}

/// Whether `receiver.join(…)` joins a path, and not the items of an array.
fn is_path_join<'t>(walk: &Walk<'t>, given: &Given<'t>) -> bool {
    let Some(receiver) = given.receiver.filter(|_| !given.arguments.is_empty()) else { return false };
    let is_root = ["root", "path", "dir", "directory", "base", "home", "Pathname"].iter().any(|word| given.class.ends_with(word));
    is_root
        || receiver.text().starts_with("Pathname")
        || receiver.kind() != "array" && receiver.kind() != "string_array" && walk.knows(receiver)
}

fn mark_arguments<'t>(walk: &mut Walk<'t>, given: &Given<'t>) {
    match (given.class.as_str(), given.name.as_str()) {
        ("File" | "IO" | "Pathname", "open" | "new") => given.mark(walk, 0, given.mode(1)),
        ("File" | "IO", "read" | "readlines" | "foreach" | "binread" | "readable?" | "size")
        | ("CSV", "read" | "foreach" | "table" | "open")
        | ("YAML" | "JSON" | "Psych" | "TOML" | "Tomlrb", "load_file" | "safe_load_file" | "unsafe_load_file" | "parse_file") => {
            given.mark(walk, 0, Mark::READ)
        }
        ("Dir", "glob") => given.mark(walk, 0, Mark::WHOLE),
        ("Dir", "children" | "entries" | "each_child" | "foreach") => given.mark(walk, 0, Mark::LIST),
        ("File" | "IO", "write" | "binwrite" | "delete" | "unlink") | ("Dir", "mkdir" | "rmdir") => {
            given.mark(walk, 0, Mark::WRITE)
        }
        ("FileUtils", "cp" | "copy" | "copy_file" | "cp_r" | "mv" | "move" | "install") | ("File", "rename") => {
            given.copies(walk)
        }
        ("FileUtils", _) => given.mark(walk, 0, Mark::WRITE),
        (_, name) => {
            if let Some(mark) = calls::by_name(name) {
                given.mark(walk, 0, mark);
            }
        }
    }
}
