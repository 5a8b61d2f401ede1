//! Paths in Rust.

use super::calls;
use super::value::{Absolute, Mark, Part, Value, concatenate, join};
use super::walk::Walk;
use crate::facts::names::{call, string_value};
use crate::formats::code::Node;

/// What `node` contributes to a path. The values of everything below it are known.
pub(super) fn evaluate<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    match node.kind() {
        "string_literal" | "raw_string_literal" => literal(node),
        "identifier" if !matches!(node.role(), "name" | "field" | "path" | "type") => walk.name(node),
        "scoped_identifier" if node.role() != "function" => walk.name(node),
        // What a macro is given.
        "parenthesized_expression" if node.parent()?.kind() == "token_tree" => None,
        "parenthesized_expression" | "try_expression" | "await_expression" | "type_cast_expression" => {
            walk.take(node.named_children().next()?)
        }
        "reference_expression" => walk.take(node.field("value")?),
        "binary_expression" if node.field("operator")?.kind() == "+" => {
            let (left, right) = (node.field("left")?, node.field("right")?);
            concatenate(walk.take(left), walk.take(right), node.span())
        }
        "if_expression" => {
            let alternative = node.field("alternative")?.named_children().next()?;
            walk.either(node, &[node.field("consequence")?, alternative])
        }
        "block" if matches!(node.parent()?.kind(), "if_expression" | "else_clause") => walk.take(node.named_children().last()?),
        "macro_invocation" => called_macro(walk, node),
        "call_expression" => called(walk, node),
        _ => None,
    }
}

/// A literal; of those in attributes, what says that it is a file.
fn literal(node: Node<'_>) -> Option<Value> {
    let value = Value::text(string_value(node)?, node.span())?;
    /// Levels between an attribute and a literal in it.
    const LEVELS: usize = 5;
    let around = std::iter::successors(node.parent(), |node| node.parent()).take(LEVELS);
    let holds = |node: &Node<'_>| matches!(node.kind(), "attribute" | "extern_modifier" | "macro_invocation");
    match around.into_iter().find(holds) {
        Some(attribute) if attribute.kind() == "attribute" => in_attribute(attribute, node, value),
        Some(holder) if holder.kind() == "extern_modifier" => None,
        _ => Some(value),
    }
}

/// `#[path = "x.rs"]`, `#[template(path = "x.html")]`, `#[arg(default_value = "x.toml")]`, `#[case("x.json")]`
fn in_attribute(attribute: Node<'_>, literal: Node<'_>, value: Value) -> Option<Value> {
    let name = attribute.named_children().next().map_or("", Node::text);
    let given_to = key_before(literal);
    let mark = match (name, given_to) {
        ("path", "path") => {
            let text = format!("./{}", string_value(literal)?);
            return Value::text(text, literal.span()).map(|value| Value { mark: Mark::IMPORT, ..value });
        }
        (_, "folder") => Mark::WHOLE,
        (_, "path") if !name.ends_with("::path") && !matches!(name, "get" | "post" | "put" | "patch" | "delete" | "route") => {
            Mark::default()
        }
        (_, "file" | "default_value") | ("files" | "values", "") => Mark::default(),
        (name, "") if name == "case" || name.starts_with("case::") => Mark::default(),
        _ => return None,
    };
    Some(Value { mark, ..value })
}

/// The name in `name = literal`.
fn key_before(literal: Node<'_>) -> &str {
    /// Longer than any such name.
    const LONGEST: usize = 64;
    let start = literal.span().start;
    let before = literal.code().text().get(start.saturating_sub(LONGEST)..start).unwrap_or_default();
    let Some(before) = before.trim_end().strip_suffix('=') else { return "" };
    before.trim_end().rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

fn called_macro<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    let arguments: Vec<Node<'t>> = call(node)?.arguments.iter().map(|argument| argument.value).collect();
    let name = node.field("macro")?;
    match name.field("name").unwrap_or(name).text() {
        "include_str" | "include_bytes" | "include" => included(walk, *arguments.first()?),
        "concat" => {
            let parts: Vec<Option<Value>> = arguments.iter().map(|argument| walk.take(*argument)).collect();
            parts.into_iter().reduce(|left, right| concatenate(left, right, node.span()))?
        }
        "format" | "format_args" => formatted(walk, node, &arguments),
        "vec" | "json" | "matches" | "env" | "option_env" => None,
        "migrate" | "embed_migrations" | "include_dir" => {
            walk.mark(*arguments.first()?, Mark::WHOLE);
            None
        }
        name => {
            let words = ["print", "println", "eprint", "eprintln", "dbg", "panic", "todo", "unimplemented", "unreachable"];
            let errors = ["anyhow", "bail", "ensure", "eyre", "err"];
            let logs = ["trace", "debug", "info", "warn", "error", "log", "event", "span"];
            let is_message = [&words[..], &errors, &logs].iter().any(|list| list.contains(&name));
            // What is compared is no message, but what stands behind it.
            let compared = match name.strip_prefix("debug_").unwrap_or(name) {
                "assert" | "ensure" => 1,
                "assert_eq" | "assert_ne" | "assert_matches" => 2,
                _ => 0,
            };
            if is_message || compared > 0 || name.starts_with("write") {
                // `warn!(path = "x.toml", "missing")`
                let words = arguments.iter().skip(compared).map(|argument| match argument.kind() {
                    "assignment_expression" => argument.field("right").unwrap_or(*argument),
                    _ => *argument,
                });
                words.for_each(|word| walk.hush(word));
            }
            None
        }
    }
}

/// What a file includes is relative to it.
fn included<'t>(walk: &mut Walk<'t>, file: Node<'t>) -> Option<Value> {
    let mut value = walk.take(file)?;
    if matches!(value.parts.first(), Some(Part::Text(text)) if !text.starts_with(['/', '.'])) {
        value.parts.insert(0, Part::Text("./".to_owned()));
    }
    Some(Value { mark: Mark::IMPORT, ..value })
}

/// `format!("{root}/{}.json", name)`
fn formatted<'t>(walk: &mut Walk<'t>, node: Node<'t>, arguments: &[Node<'t>]) -> Option<Value> {
    let (template, given) = arguments.split_first()?;
    let text = string_value(*template)?;
    walk.take(*template);
    let named = |argument: &&Node<'t>| argument.kind() == "assignment_expression";
    let mut positional = given.iter().filter(|argument| !named(argument)).copied();
    let mut whole = Value::new(Vec::new(), node.span());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        whole.push_text(before);
        if let Some(after) = after.strip_prefix('{') {
            whole.push_text("{");
            rest = after;
            continue;
        }
        let (hole, after) = after.split_once('}')?;
        let (name, format) = hole.split_once(':').unwrap_or((hole, ""));
        let argument = match name.parse::<usize>() {
            Ok(at) => given.iter().filter(|argument| !named(argument)).nth(at).copied(),
            Err(_) if name.is_empty() => positional.next(),
            Err(_) => {
                let assigned = |argument: &&Node<'t>| argument.field("left").is_some_and(|left| left.text() == name);
                given.iter().filter(named).find(assigned).and_then(|argument| argument.field("right"))
            }
        };
        let value = argument.filter(|_| format.is_empty()).and_then(|argument| walk.take(argument));
        let value = value.or_else(|| if argument.is_none() { walk.name_in_text(name, node) } else { None });
        whole.append(value.map_or_else(|| vec![Part::Hole], |value| value.parts));
        rest = after;
    }
    whole.push_text(&rest.replace("}}", "}"));
    Some(whole)
}

fn called<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    let arguments: Vec<Node<'t>> = call(node)?.arguments.iter().map(|argument| argument.value).collect();
    let function = node.field("function")?;
    if function.kind() == "field_expression" {
        return method(walk, node, function, &arguments);
    }
    let path = walk.names.qualified(function).map_or_else(|| function.text().replace("::", "."), |qualified| qualified.path);
    let (of, name) = path.rsplit_once('.').unwrap_or(("", &path));
    let of = of.rsplit('.').next().unwrap_or(of);
    let first = arguments.first().copied();
    match (of, name) {
        ("Path" | "PathBuf" | "Utf8Path" | "Utf8PathBuf", "new" | "from") => {
            return walk.take(first?).map(|value| Value { built: true, span: node.span(), ..value });
        }
        ("String" | "OsString" | "OsStr" | "Cow", "from" | "new" | "Borrowed") => return walk.take(first?),
        ("" | "Some" | "Ok", "Some" | "Ok") => return walk.take(first?),
        ("Err", "") | ("", "Err") => walk.hush(first?),
        ("File", "open") | ("fs", "read_to_string" | "read" | "canonicalize" | "metadata") => walk.mark(first?, Mark::READ),
        ("fs", "read_dir") => walk.mark(first?, Mark::LIST),
        ("WalkDir" | "WalkBuilder" | "Walk", "new") => walk.mark(first?, Mark::WALK),
        ("glob", "glob" | "glob_with") => walk.mark(first?, Mark::WHOLE),
        ("File", "create" | "create_new" | "options") | ("fs", "write" | "create_dir" | "create_dir_all") => {
            walk.mark(first?, Mark::WRITE);
        }
        ("fs", "remove_file" | "remove_dir" | "remove_dir_all") => walk.mark(first?, Mark::WRITE),
        ("fs", "copy" | "rename" | "hard_link") => {
            walk.mark(first?, Mark::READ);
            walk.mark(*arguments.get(1)?, Mark::WRITE);
        }
        _ if calls::is_error(of) => arguments.iter().for_each(|argument| walk.hush(*argument)),
        _ => {
            if let Some(mark) = calls::by_name(name) {
                walk.mark(first?, mark);
            }
        }
    }
    None
}

/// Whether an expression is called a URL.
fn is_address(node: Node<'_>) -> bool {
    let name = node.text().rsplit(['.', ':']).next().unwrap_or_default().to_ascii_lowercase();
    ["url", "uri", "endpoint", "origin"].iter().any(|word| name.trim_end_matches("()").ends_with(word))
}

/// A method of a path or of a string.
fn method<'t>(walk: &mut Walk<'t>, node: Node<'t>, access: Node<'t>, arguments: &[Node<'t>]) -> Option<Value> {
    let receiver = access.field("value")?;
    match (access.field("field")?.text(), arguments) {
        // Of an address, not of a path.
        ("join", [segment]) if is_address(receiver) => {
            walk.take(*segment);
            None
        }
        ("unwrap_or", [default]) => walk.either(node, &[receiver, *default]),
        ("unwrap_or_else", [default]) => walk.either(node, &[receiver, default.field("body").unwrap_or(*default)]),
        ("join", [segment]) => join(vec![walk.take(receiver), walk.take(*segment)], Absolute::Replaces, node.span()),
        ("with_file_name", [name]) => {
            walk.take(receiver);
            join(vec![None, walk.take(*name)], Absolute::Replaces, node.span())
        }
        // `path.push("x")`: what stood in it before is unknown.
        ("push", [segment]) if walk.knows(*segment) => {
            let value = walk.take(*segment)?;
            let span = value.span;
            join(vec![None, Some(value)], Absolute::Replaces, span)
        }
        (
            "to_path_buf" | "to_string" | "into" | "as_ref" | "to_owned" | "clone" | "as_path" | "to_str" | "as_str"
            | "as_os_str" | "to_string_lossy" | "unwrap" | "canonicalize" | "display" | "into_owned" | "as_deref"
            | "into_boxed_path",
            [],
        ) => walk.take(receiver),
        ("expect" | "context", [message]) => {
            walk.hush(*message);
            walk.take(receiver)
        }
        // OpenOptions::new().write(true).open(path)
        ("open", [path]) => {
            let options = receiver.text();
            let writes = ["write(true)", "append(true)", "create"].iter().any(|word| options.contains(word));
            walk.mark(*path, if writes { Mark::WRITE } else { Mark::READ });
            None
        }
        ("read_dir", []) => {
            walk.mark(receiver, Mark::LIST);
            None
        }
        ("read_link" | "metadata", []) => {
            walk.mark(receiver, Mark::READ);
            None
        }
        (name, [first, ..]) => {
            if let Some(mark) = calls::by_name(name) {
                walk.mark(*first, mark);
            }
            None
        }
        _ => None,
    }
}
