//! Paths in PHP.

use super::calls;
use super::given::Given;
use super::strings;
use super::value::{Absolute, Mark, Part, Value, concatenate, join};
use super::walk::Walk;
use crate::formats::code::Node;

/// What `node` contributes to a path. The values of everything below it are known.
pub(super) fn evaluate<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    let text = |text: &str| Some(Value::new(vec![Part::Text(text.to_owned())], node.span()));
    match node.kind() {
        "string" => strings::read(walk, node).filter(|_| !is_message(node)),
        "encapsed_string" => strings::pieced(walk, node).filter(|_| !is_message(node)),
        "name" => match node.text() {
            "__DIR__" => Some(Value::here(node.span())),
            "__FILE__" => Some(Value::file(node.span())),
            "DIRECTORY_SEPARATOR" | "DS" => text("/"),
            _ if is_use(node) => walk.name(node),
            _ => None,
        },
        "variable_name" | "class_constant_access_expression" | "scoped_property_access_expression" => walk.name(node),
        "parenthesized_expression" | "error_suppression_expression" => walk.take(node.named_children().last()?),
        "cast_expression" => walk.take(node.field("value")?),
        "conditional_expression" => {
            let body = node.field("body").or_else(|| node.field("condition"))?;
            walk.either(node, &[body, node.field("alternative")?])
        }
        "binary_expression" => {
            let (left, right) = (node.field("left")?, node.field("right")?);
            match node.field("operator")?.text() {
                "." => concatenate(walk.take(left), walk.take(right), node.span()),
                "??" => walk.either(node, &[left, right]),
                _ => None,
            }
        }
        "augmented_assignment_expression" if node.field("operator")?.text() == ".=" => {
            let right = node.field("right")?;
            let added = walk.take(right)?;
            concatenate(None, Some(added), right.span())
        }
        "require_expression" | "require_once_expression" | "include_expression" | "include_once_expression" => {
            walk.mark(node.named_children().next()?, Mark::IMPORT);
            None
        }
        "function_call_expression"
        | "member_call_expression"
        | "nullsafe_member_call_expression"
        | "scoped_call_expression"
        | "object_creation_expression" => call(walk, &Given::of(walk, node)?),
        _ => None,
    }
}

/// Whether a name is a constant's, and not that of a class, a function or a part of a longer one.
fn is_use(node: Node<'_>) -> bool {
    !matches!(node.role(), "name" | "function" | "scope" | "alias" | "tag" | "type")
        && node.parent().is_none_or(|parent| {
            !matches!(parent.kind(), "variable_name" | "qualified_name" | "namespace_name" | "const_element")
        })
}

/// Whether a string is printed.
fn is_message(node: Node<'_>) -> bool {
    node.parent().is_some_and(|parent| {
        matches!(parent.kind(), "echo_statement" | "print_intrinsic" | "exit_statement" | "expression_statement")
    })
}

fn call<'t>(walk: &mut Walk<'t>, given: &Given<'t>) -> Option<Value> {
    let name = given.name.to_ascii_lowercase();
    let messages = ["printf", "error_log", "trigger_error", "die", "exit", "var_dump", "print_r", "dd", "dump", "__", "trans"];
    let is_thrown = given.node.parent().is_some_and(|parent| parent.kind() == "throw_expression");
    if is_thrown || given.is_message() || given.class.is_empty() && messages.contains(&name.as_str()) {
        given.hush(walk);
        return None;
    }
    if given.receiver.is_some() {
        mark_method(walk, given, &name);
        return None;
    }
    match name.as_str() {
        "dirname" => return above(walk, given),
        "realpath" | "rtrim" | "trim" | "ltrim" | "strval" | "normalizepath" => return walk.take(given.first()?),
        "sprintf" => return walk.take(given.first()?).map(|value| Value { span: given.node.span(), ..value }),
        "splfileobject" | "splfileinfo" => given.mark(walk, 0, Mark::READ),
        "base_path" => return laravel(walk, given, ""),
        "app_path" | "config_path" | "database_path" | "lang_path" | "public_path" | "storage_path" => {
            return laravel(walk, given, name.strip_suffix("_path")?);
        }
        "resource_path" => return laravel(walk, given, "resources"),
        _ => mark_arguments(walk, given, &name),
    }
    None
}

/// `dirname(path, levels)`
fn above<'t>(walk: &mut Walk<'t>, given: &Given<'t>) -> Option<Value> {
    let levels = given.arguments.get(1).map_or(Some(1), |levels| levels.text().parse::<usize>().ok())?.min(16);
    let up = Value::new(vec![Part::Text(vec![".."; levels].join("/"))], given.node.span());
    join(vec![Some(walk.take(given.first()?)?), Some(up)], Absolute::Follows, given.node.span())
}

/// Laravel's helpers name the directories that every application has.
fn laravel<'t>(walk: &mut Walk<'t>, given: &Given<'t>, directory: &str) -> Option<Value> {
    let base = Value::new(vec![Part::Hole, Part::Text(format!("/{directory}"))], given.node.span());
    let target = given.first().and_then(|target| walk.take(target))?;
    join(vec![Some(base), Some(target)], Absolute::Follows, given.node.span())
}

fn mark_arguments<'t>(walk: &mut Walk<'t>, given: &Given<'t>, name: &str) {
    match name {
        "fopen" => given.mark(walk, 0, given.mode(1)),
        "glob" => given.mark(walk, 0, Mark::WHOLE),
        "scandir" | "opendir" | "dir" | "directoryiterator" | "filesystemiterator" => given.mark(walk, 0, Mark::LIST),
        "recursivedirectoryiterator" => given.mark(walk, 0, Mark::WALK),
        "file_get_contents"
        | "file"
        | "readfile"
        | "parse_ini_file"
        | "simplexml_load_file"
        | "md5_file"
        | "sha1_file"
        | "hash_file"
        | "highlight_file"
        | "show_source"
        | "filemtime"
        | "filesize"
        | "fgetcsv" => given.mark(walk, 0, Mark::READ),
        "file_put_contents" | "touch" | "mkdir" | "unlink" | "rmdir" => given.mark(walk, 0, Mark::WRITE),
        "copy" | "rename" | "move_uploaded_file" | "symlink" => given.copies(walk),
        name => {
            if let Some(mark) = calls::by_name(name) {
                given.mark(walk, 0, mark);
            }
        }
    }
}

/// Methods of the classes and facades that read and write files.
fn mark_method<'t>(walk: &mut Walk<'t>, given: &Given<'t>, name: &str) {
    let class = given.class.to_ascii_lowercase();
    let is_files = ["file", "files", "filesystem", "storage", "disk"].iter().any(|word| class.ends_with(word));
    match name {
        "parsefile" | "loadfile" | "loadjson" | "getresource" => given.mark(walk, 0, Mark::READ),
        "get" | "json" | "lines" | "allfiles" | "directories" | "glob" | "readstream" | "requireonce" | "getrequire"
            if is_files =>
        {
            given.mark(walk, 0, Mark::READ);
        }
        "put" | "append" | "prepend" | "dumpfile" | "appendtofile" | "makedirectory" | "delete" | "mkdir" | "remove"
        | "touch"
            if is_files =>
        {
            given.mark(walk, 0, Mark::WRITE);
        }
        "copy" | "move" | "rename" if is_files => given.copies(walk),
        _ => {
            if let Some(mark) = calls::by_name(&given.name) {
                given.mark(walk, 0, mark);
            }
        }
    }
}
