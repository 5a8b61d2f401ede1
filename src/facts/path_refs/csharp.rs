//! Paths in C#: `System.IO`.

use super::calls;
use super::expression::is_pattern_of_text;
use super::given::Given;
use super::strings;
use super::value::{Absolute, Mark, Part, Value, concatenate, is_path_text, join};
use super::walk::Walk;
use crate::facts::names::{plain, string_value, syntax};
use crate::formats::code::Node;

/// What a node contributes to a path. The values of everything below it are known.
pub(super) fn evaluate<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    match node.kind() {
        "string_literal" | "verbatim_string_literal" | "raw_string_literal" => {
            strings::read(walk, node).filter(|_| !is_attribute_text(node)).map(slashed)
        }
        "conditional_expression" => walk.either(node, &[node.field("consequence")?, node.field("alternative")?]),
        "interpolated_string_expression" => interpolated(walk, node),
        "identifier" if node.role() != "name" => walk.name(node),
        "member_access_expression" if node.role() != "function" => member(walk, node),
        "binary_expression" => {
            let (left, right) = (node.field("left")?, node.field("right")?);
            match node.field("operator")?.text() {
                "+" => concatenate(walk.take(left), walk.take(right), node.span()),
                "??" => walk.either(node, &[left, right]),
                _ => None,
            }
        }
        "assignment_expression" if node.field("operator")?.text() == "+=" => {
            let right = node.field("right")?;
            let value = walk.take(right)?;
            concatenate(None, Some(value), right.span())
        }
        "invocation_expression" | "object_creation_expression" => call(walk, node),
        _ => walk.take(syntax(node.code()).inner(node)?),
    }
}

/// `models\x.json`: on the system that the language comes from, a backslash separates.
fn slashed(mut value: Value) -> Value {
    for part in &mut value.parts {
        if let Part::Text(text) = part
            && text.contains('\\')
            && !is_pattern_of_text(text)
        {
            *text = text.replace('\\', "/");
        }
    }
    value
}

/// The text of an attribute names no file, but where it says so.
fn is_attribute_text(literal: Node<'_>) -> bool {
    let mut node = literal;
    for _ in 0..4 {
        let Some(parent) = node.parent() else { return false };
        if parent.kind() == "attribute" {
            let name = parent.field("name").map_or("", Node::text);
            return name.starts_with("Http")
                || matches!(
                    name,
                    "Route" | "Obsolete" | "Description" | "DisplayName" | "SuppressMessage" | "Category" | "Trait"
                );
        }
        node = parent;
    }
    false
}

/// `$"{dir}/x.json"`
fn interpolated<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    if string_value(node).is_some() {
        return strings::read(walk, node).map(slashed);
    }
    let mut whole = Value::new(Vec::new(), node.span());
    for piece in node.named_children() {
        match piece.kind() {
            "string_content" => {
                let text = piece.text().replace("{{", "{").replace("}}", "}");
                whole.push_text(Some(text.as_str()).filter(|text| is_path_text(text))?);
            }
            "escape_sequence" => match piece.text() {
                "\\\\" => whole.push_text("\\"),
                _ => return None,
            },
            "interpolation" => {
                let mut inner = piece.named_children().filter(|child| child.kind() != "interpolation_brace");
                let value = inner.next().filter(|_| inner.next().is_none()).and_then(|value| walk.take(value));
                whole.append(value.map_or_else(|| vec![Part::Hole], |value| value.parts));
            }
            _ => {}
        }
    }
    Some(slashed(whole))
}

/// `Keys.NAME`; `file.FullName`, `directory.Parent`
fn member<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    let (object, name) = syntax(node.code()).member(node)?;
    match name.as_str() {
        "DirectorySeparatorChar" | "AltDirectorySeparatorChar" => Some(Value::new(vec![Part::Text("/".to_owned())], node.span())),
        "FullName" => walk.take(plain(object)),
        "Parent" | "DirectoryName" if walk.knows(object) => walk.take(object)?.above(node.span()),
        _ => walk.name(node),
    }
}

fn call<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    let given = Given::of(walk, node)?;
    if is_message(&given) {
        given.hush(walk);
        return None;
    }
    match (given.class.as_str(), given.name.as_str()) {
        ("Path", "Combine") => given.joined(walk, None, Absolute::Replaces),
        ("Path", "Join") => given.joined(walk, None, Absolute::Follows),
        ("Path", "GetFullPath") if given.arguments.len() < 2 => walk.take(given.first()?),
        ("Path", "GetDirectoryName") => walk.take(given.first()?)?.above(node.span()),
        ("" | "IO", "FileInfo" | "DirectoryInfo") => given.joined(walk, None, Absolute::Follows),
        ("String" | "string", "Format") => walk.take(given.first()?).map(|value| Value { span: node.span(), ..value }),
        (_, name) if is_listing(name) && given.arguments.len() > 1 => listed(walk, &given),
        ("File" | "Directory", _) => {
            of_the_class(walk, &given);
            None
        }
        _ => {
            used(walk, &given);
            None
        }
    }
}

fn is_message(given: &Given<'_>) -> bool {
    let class = given.class.trim_start_matches('_').to_ascii_lowercase();
    let writes = given.name.starts_with("Write") && matches!(class.as_str(), "console" | "debug" | "trace" | "out" | "error");
    let is_log = class.ends_with("logger") || class.ends_with("log") || class == "trace";
    let logs = is_log
        && ["Log", "Write", "Info", "Warn", "Error", "Verbose", "Debug", "Trace"].iter().any(|word| given.name.starts_with(word));
    let is_thrown = given.node.parent().is_some_and(|parent| matches!(parent.kind(), "throw_statement" | "throw_expression"));
    writes || logs || is_thrown || given.is_message()
}

/// A method of `File` or `Directory`.
fn of_the_class<'t>(walk: &mut Walk<'t>, given: &Given<'t>) {
    match given.name.as_str() {
        "Copy" | "Move" | "Replace" => given.copies(walk),
        "Exists" => {}
        "Open" => given.mark(walk, 0, mode(given)),
        name if is_listing(name) => given.mark(walk, 0, Mark::LIST),
        name if is_reading(name) => given.mark(walk, 0, Mark::READ),
        _ => given.mark(walk, 0, Mark::WRITE),
    }
}

fn is_listing(name: &str) -> bool {
    matches!(name, "GetFiles" | "EnumerateFiles" | "GetFileSystemEntries" | "EnumerateFileSystemEntries")
}

/// `Directory.GetFiles(directory, pattern, SearchOption.AllDirectories)`
fn listed<'t>(walk: &mut Walk<'t>, given: &Given<'t>) -> Option<Value> {
    let (directory, pattern) = match given.class.as_str() {
        "Directory" => (given.first()?, *given.arguments.get(1)?),
        _ => (given.receiver.filter(|receiver| walk.knows(*receiver))?, given.first()?),
    };
    let deep = given.arguments.iter().any(|argument| argument.text().ends_with("AllDirectories"));
    let span = given.node.span();
    let deep = deep.then(|| Value::new(vec![Part::Text("**".to_owned())], span)).map(Some);
    let operands = std::iter::once(walk.take(directory)).chain(deep).chain([walk.take(pattern)]).collect();
    join(operands, Absolute::Follows, span).map(|value| Value { mark: Mark::LIST, ..value })
}

fn is_reading(name: &str) -> bool {
    matches!(name, "OpenRead" | "OpenText" | "CopyTo") || ["Read", "Get", "Enumerate"].iter().any(|word| name.starts_with(word))
}

/// What a file is opened for, by its mode.
fn mode(given: &Given<'_>) -> Mark {
    let texts = given.arguments.iter().skip(1).map(|argument| argument.text());
    let words: Vec<&str> = texts.map(|text| text.rsplit('.').next().unwrap_or(text)).collect();
    let says = |word: &str| words.contains(&word);
    match () {
        () if says("Create") || says("CreateNew") || says("Append") || says("Truncate") || says("Write") => Mark::WRITE,
        () if says("Open") || says("Read") => Mark::READ,
        () => calls::by_mode(None),
    }
}

/// A method of a path, or one that uses the files that its arguments name.
fn used<'t>(walk: &mut Walk<'t>, given: &Given<'t>) {
    let receiver = given.receiver.filter(|receiver| walk.knows(*receiver));
    match (receiver, given.name.as_str()) {
        (_, "FileStream") => given.mark(walk, 0, mode(given)),
        (_, "StreamReader") => given.mark(walk, 0, Mark::READ),
        (_, "StreamWriter") => given.mark(walk, 0, Mark::WRITE),
        (Some(receiver), name) if is_reading(name) => walk.mark(receiver, Mark::READ),
        (Some(receiver), "OpenWrite" | "AppendText" | "Create" | "CreateText" | "Delete" | "CreateSubdirectory") => {
            walk.mark(receiver, Mark::WRITE);
        }
        (None, "GetManifestResourceStream" | "AddJsonFile" | "AddIniFile" | "AddXmlFile") => given.mark(walk, 0, Mark::READ),
        (None, name) if is_loader(name) => given.mark(walk, 0, Mark::READ),
        _ => {}
    }
}

/// `LoadSettings("x.json")`
fn is_loader(name: &str) -> bool {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.is_some_and(|first| calls::by_name(&format!("{first}{}", letters.as_str())).is_some())
}
