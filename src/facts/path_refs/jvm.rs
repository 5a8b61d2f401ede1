//! Paths in Java and Kotlin: the same libraries, in two syntaxes.

use super::calls;
use super::given::Given;
use super::strings;
use super::value::{Absolute, Mark, Part, Value, concatenate, join};
use super::walk::Walk;
use crate::facts::names::{call as call_at, string_value, syntax};
use crate::formats::code::Node;

/// What a node of Java contributes to a path. The values of everything below it are known.
pub(super) fn java<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    match node.kind() {
        "string_literal" => strings::read(walk, node).filter(|_| !is_annotation_text(node)).map(located),
        "field_access" if is_separator(node.text()) => Some(Value::new(vec![Part::Text("/".to_owned())], node.span())),
        "ternary_expression" => walk.either(node, &[node.field("consequence")?, node.field("alternative")?]),
        "identifier" | "field_access" if !matches!(node.role(), "name" | "field") => walk.name(node),
        "parenthesized_expression" => walk.take(node.named_children().next()?),
        "cast_expression" => walk.take(node.field("value")?),
        "binary_expression" if node.field("operator")?.text() == "+" => {
            let (left, right) = (node.field("left")?, node.field("right")?);
            concatenate(walk.take(left), walk.take(right), node.span())
        }
        "assignment_expression" if node.field("operator")?.text() == "+=" => added(walk, node.field("right")?),
        "method_invocation" | "object_creation_expression" => call(walk, node),
        _ => None,
    }
}

/// What a node of Kotlin contributes to a path.
pub(super) fn kotlin<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    match node.kind() {
        "string_literal" => strings::pieced(walk, node).filter(|_| !is_annotation_text(node)).map(located),
        "if_expression" => walk.either(node, &[node.field("consequence")?, node.field("alternative")?]),
        "elvis_expression" => {
            let ends: Vec<Node<'t>> = node.named_children().collect();
            walk.either(node, &ends)
        }
        "simple_identifier" | "interpolated_identifier" => walk.name(node),
        "navigation_expression" => navigation(walk, node),
        "parenthesized_expression" | "as_expression" | "control_structure_body" => walk.take(node.named_children().next()?),
        "additive_expression" | "multiplicative_expression" => {
            let mut operands = node.children();
            let (left, operator, right) = (operands.next()?, operands.next()?, operands.next()?);
            match operator.kind() {
                "+" => concatenate(walk.take(left), walk.take(right), node.span()),
                "/" => join(vec![walk.take(left), walk.take(right)], Absolute::Replaces, node.span()),
                _ => None,
            }
        }
        "assignment" if node.children().any(|child| child.kind() == "+=") => added(walk, node.named_children().nth(1)?),
        "call_expression" => call(walk, node),
        _ => None,
    }
}

/// `classpath:x.yml`: where it is looked for is unknown.
fn located(mut value: Value) -> Value {
    if let Some(Part::Text(text)) = value.parts.first_mut()
        && let Some(rest) = ["classpath:", "classpath*:", "file:"].into_iter().find_map(|prefix| text.strip_prefix(prefix))
    {
        *text = rest.to_owned();
    }
    value
}

fn is_separator(text: &str) -> bool {
    matches!(text, "File.separator" | "File.separatorChar" | "java.io.File.separator")
}

/// `path += "/x.json"`: what stood in the name before is unknown.
fn added<'t>(walk: &mut Walk<'t>, right: Node<'t>) -> Option<Value> {
    let value = walk.take(right)?;
    concatenate(None, Some(value), right.span())
}

/// The text of an annotation names no file, but where it says so.
fn is_annotation_text(literal: Node<'_>) -> bool {
    let mut node = literal;
    for _ in 0..4 {
        let Some(parent) = node.parent() else { return false };
        if matches!(parent.kind(), "annotation" | "marker_annotation") {
            let name =
                parent.subtree().find(|node| matches!(node.kind(), "identifier" | "type_identifier")).map_or("", Node::text);
            return matches!(
                name,
                "DisplayName" | "SuppressWarnings" | "Suppress" | "Deprecated" | "RequestMapping" | "Disabled"
            ) || name.ends_with("Mapping");
        }
        node = parent;
    }
    false
}

/// `Keys.NAME`; `file.parentFile`, `path.parent`
fn navigation<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    let (object, name) = syntax(node.code()).member(node)?;
    match name.as_str() {
        "parent" | "parentFile" => walk.take(object)?.above(node.span()),
        "path" | "absolutePath" | "absoluteFile" | "canonicalPath" | "invariantSeparatorsPath" | "asFile" => walk.take(object),
        _ if is_separator(node.text()) => Some(Value::new(vec![Part::Text("/".to_owned())], node.span())),
        _ => walk.name(node),
    }
}

fn call<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    let given = Given::of(walk, node)?;
    if is_message(&given) {
        given.hush(walk);
        return None;
    }
    if given.class.is_empty() && matches!(given.name.as_str(), "require" | "check" | "requireNotNull" | "checkNotNull" | "assert")
    {
        said(walk, &given);
    }
    match (given.class.as_str(), given.name.as_str()) {
        ("System", "getProperty") if given.first().and_then(string_value).as_deref() == Some("user.home") => {
            Some(Value::home(node.span()))
        }
        ("Path" | "Paths", "of" | "get") | ("", "Path" | "Paths") => given.joined(walk, None, Absolute::Follows),
        ("" | "io", "File") => given.joined(walk, None, Absolute::Follows),
        ("FileSystems" | "getDefault()", "getPath") | (_, "getPath") if !given.arguments.is_empty() => {
            given.joined(walk, None, Absolute::Follows)
        }
        ("String", "format") => formatted(walk, given.first()?, node),
        (_, "formatted") | (_, "format") if given.receiver.is_some_and(|receiver| receiver.kind() == "string_literal") => {
            formatted(walk, given.receiver?, node)
        }
        _ => method(walk, &given),
    }
}

/// What the lambda of `require(…) { "…" }` says.
fn said<'t>(walk: &mut Walk<'t>, given: &Given<'t>) {
    let Some(lambda) = given.arguments.last().filter(|last| last.kind() == "lambda_literal") else { return };
    let statements = lambda.named_children().find(|child| child.kind() == "statements");
    if let Some(words) = statements.and_then(|statements| statements.named_children().last()) {
        walk.hush(words);
    }
}

fn formatted<'t>(walk: &mut Walk<'t>, template: Node<'t>, node: Node<'t>) -> Option<Value> {
    walk.take(template).map(|value| Value { span: node.span(), ..value })
}

fn is_message(given: &Given<'_>) -> bool {
    let prints = ["println", "print", "printf", "error", "require", "check", "fail", "TODO", "trace", "debug", "info", "warn"];
    let is_print = matches!(given.class.as_str(), "" | "out" | "err") && prints.contains(&given.name.as_str());
    let is_thrown = given.node.parent().is_some_and(|parent| match parent.kind() {
        "throw_statement" => true,
        "jump_expression" => parent.text().starts_with("throw"),
        _ => false,
    });
    is_print && given.name != "require" || is_thrown || given.is_message()
}

/// A method of a path, or one that uses the files that its arguments name.
fn method<'t>(walk: &mut Walk<'t>, given: &Given<'t>) -> Option<Value> {
    let receiver = given.receiver;
    let knows = receiver.is_some_and(|receiver| walk.knows(receiver));
    match given.name.as_str() {
        "resolve" | "div" if !given.arguments.is_empty() => return given.joined(walk, receiver, Absolute::Replaces),
        "resolveSibling" => {
            let up = Value::new(vec![Part::Text("..".to_owned())], given.node.span());
            let operands = vec![walk.take(receiver?), Some(up), walk.take(given.first()?)];
            return join(operands, Absolute::Replaces, given.node.span());
        }
        "getParent" | "getParentFile" if given.arguments.is_empty() => return walk.take(receiver?)?.above(given.node.span()),
        "toString" | "toAbsolutePath" | "normalize" | "toFile" | "toPath" | "getPath" | "getAbsolutePath" | "getAbsoluteFile"
        | "getCanonicalPath" | "toRealPath" | "absolute" | "trimIndent" | "toPathString"
            if given.arguments.is_empty() =>
        {
            return walk.take(receiver?);
        }
        "fileTree" => given.mark(walk, 0, Mark::WHOLE),
        "listDirectoryEntries" if knows && given.first().is_some() => return given.listed(walk, receiver?, given.first()?),
        "copyTo" | "copyRecursively" | "renameTo" if knows => {
            walk.mark(receiver?, Mark::WHOLE);
            given.mark(walk, 0, Mark::WRITE);
        }
        // Of a build script, and of a class loader
        "file" | "dir" if given.arguments.len() == 1 => return walk.take(given.first()?),
        "files" => {}
        "zipTree" | "getResource" | "getResourceAsStream" | "ClassPathResource" | "FileSystemResource" | "URL" => {
            given.mark(walk, 0, Mark::READ);
        }
        name if knows => {
            if let Some(mark) = of_a_path(name) {
                walk.mark(receiver?, mark);
            }
        }
        _ => mark_arguments(walk, given),
    }
    None
}

/// What a method of a file does with it.
fn of_a_path(name: &str) -> Option<Mark> {
    let reads = ["bufferedReader", "inputStream", "reader", "useLines", "forEachLine"];
    let writes =
        ["bufferedWriter", "outputStream", "writer", "printWriter", "appendText", "appendBytes", "mkdir", "mkdirs", "delete"];
    match name {
        "listFiles" | "list" | "listDirectoryEntries" | "forEachDirectoryEntry" | "useDirectoryEntries" => Some(Mark::LIST),
        "walk" | "walkTopDown" => Some(Mark::WALK),
        _ if reads.contains(&name) || name.starts_with("read") => Some(Mark::READ),
        _ if writes.contains(&name) || name.starts_with("write") || name.starts_with("create") || name.starts_with("delete") => {
            Some(Mark::WRITE)
        }
        _ => None,
    }
}

fn mark_arguments<'t>(walk: &mut Walk<'t>, given: &Given<'t>) {
    let name = given.name.as_str();
    match (given.class.as_str(), name) {
        ("Files" | "FileUtils", "copy" | "move" | "copyFile" | "moveFile" | "copyDirectory") => given.copies(walk),
        ("Files" | "FileUtils" | "Resources" | "IOUtils", _) => {
            let reads = ["lines", "size", "newInputStream", "newBufferedReader"];
            let asks = ["exists", "notExists", "isDirectory", "isRegularFile", "isSameFile"];
            let mark = match name {
                _ if asks.contains(&name) || name.starts_with("set") => return,
                "list" | "newDirectoryStream" => Mark::LIST,
                "walk" | "find" => Mark::WALK,
                _ if reads.contains(&name)
                    || name.starts_with("read")
                    || name.starts_with("get")
                    || name.starts_with("toString") =>
                {
                    Mark::READ
                }
                _ => Mark::WRITE,
            };
            given.mark(walk, 0, mark);
        }
        (_, "FileReader" | "FileInputStream" | "Scanner" | "ZipFile" | "JarFile") => given.mark(walk, 0, Mark::READ),
        (_, "FileWriter" | "FileOutputStream" | "PrintWriter") => given.mark(walk, 0, Mark::WRITE),
        _ => {
            // `mapper.readValue(new File("x"), T.class)`
            let reads = calls::by_name(name).is_some() || is_script(given);
            if reads {
                given.mark(walk, 0, Mark::READ);
            }
        }
    }
}

/// `apply(from = "x.gradle.kts")`
fn is_script(given: &Given<'_>) -> bool {
    given.name == "apply" && call_at(given.node).is_some_and(|call| call.arguments.iter().any(|given| given.name == Some("from")))
}
