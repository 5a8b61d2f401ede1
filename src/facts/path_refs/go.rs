//! Paths in Go.

use super::calls;
use super::value::{Absolute, Mark, Part, Value, concatenate, join};
use super::walk::Walk;
use crate::facts::names::{call, string_value};
use crate::formats::code::Node;
use crate::text::Span;

/// What `node` contributes to a path. The values of everything below it are known.
pub(super) fn evaluate<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    match node.kind() {
        "interpreted_string_literal" | "raw_string_literal" => literal(node),
        "identifier" if !matches!(node.role(), "name" | "package") => walk.name(node),
        "parenthesized_expression" => walk.take(node.named_children().next()?),
        "binary_expression" if node.field("operator")?.kind() == "+" => {
            let (left, right) = (node.field("left")?, node.field("right")?);
            concatenate(walk.take(left), walk.take(right), node.span())
        }
        "selector_expression" if node.role() != "function" => separator(walk, node),
        "call_expression" => called(walk, node),
        "comment" => embedded(walk, node),
        _ => None,
    }
}

/// A literal, but for packages and tags.
fn literal(node: Node<'_>) -> Option<Value> {
    match node.parent()?.kind() {
        "import_spec" | "field_declaration" => None,
        _ => Value::text(string_value(node)?, node.span()),
    }
}

/// `filepath.Separator`
fn separator<'t>(walk: &Walk<'t>, node: Node<'t>) -> Option<Value> {
    let is_one = node.field("field").is_some_and(|name| matches!(name.text(), "Separator" | "PathSeparator"));
    let path = walk.names.qualified(node).filter(|_| is_one)?.path;
    matches!(path.as_str(), "path/filepath.Separator" | "os.PathSeparator")
        .then(|| Value::new(vec![Part::Text("/".to_owned())], node.span()))
}

/// `//go:embed a.json b/*.json`: patterns relative to the file; a directory stands for all below it.
fn embedded<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    let text = node.text();
    let patterns = text.strip_prefix("//go:embed")?;
    if !patterns.starts_with([' ', '\t']) {
        return None;
    }
    let mut values = Vec::new();
    for word in patterns.split_whitespace() {
        let start = node.span().start + word.as_ptr() as usize - text.as_ptr() as usize;
        let plain = word.trim_matches(['"', '`']);
        let plain = plain.strip_prefix("all:").unwrap_or(plain);
        // What `*` matches may be a directory.
        let deep = if plain == "*" || plain.ends_with("/*") { "*" } else { "" };
        let value = Value::text(format!("./{plain}{deep}"), Span::new(start, start + word.len()));
        let mark = Mark { import: true, ..Mark::WHOLE };
        values.extend(value.map(|value| Value { built: true, mark, ..value }));
    }
    let first = values.pop();
    values.into_iter().for_each(|value| walk.also(value));
    first
}

fn called<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    let arguments: Vec<Node<'t>> = call(node)?.arguments.iter().map(|argument| argument.value).collect();
    let function = node.field("function")?;
    let path = walk.names.qualified(function).map(|qualified| qualified.path).unwrap_or_default();
    let name = function.field("field").unwrap_or(function).text();
    let first = arguments.first().copied();
    let short = path.rsplit('/').next().unwrap_or_default();
    match short {
        "filepath.Join" | "path.Join" => {
            let operands = arguments.iter().map(|argument| walk.take(*argument)).collect();
            return join(operands, Absolute::Follows, node.span());
        }
        "filepath.Clean" | "path.Clean" | "filepath.FromSlash" | "filepath.ToSlash" | "string" | "filepath.Abs"
        | "os.ExpandEnv" => {
            return walk.take(first?);
        }
        "os.Getenv" if string_value(first?).as_deref() == Some("HOME") => return Some(Value::home(node.span())),
        "fmt.Sprintf" => return formatted(walk, node, &arguments),
        "os.Open" | "os.ReadFile" | "os.Stat" | "os.Lstat" | "ioutil.ReadFile" | "os.DirFS" => walk.mark(first?, Mark::READ),
        "os.ReadDir" | "ioutil.ReadDir" => walk.mark(first?, Mark::LIST),
        "filepath.Glob" => walk.mark(first?, Mark::WHOLE),
        "filepath.Walk" | "filepath.WalkDir" => walk.mark(first?, Mark::WALK),
        // The first argument is the file system.
        "fs.ReadFile" | "fs.Stat" => walk.mark(*arguments.get(1)?, Mark::READ),
        "fs.ReadDir" => walk.mark(*arguments.get(1)?, Mark::LIST),
        "fs.Glob" => walk.mark(*arguments.get(1)?, Mark::WHOLE),
        "fs.WalkDir" => walk.mark(*arguments.get(1)?, Mark::WALK),
        "http.ServeFile" => walk.mark(*arguments.get(2)?, Mark::READ),
        "os.Create" | "os.WriteFile" | "ioutil.WriteFile" | "os.Mkdir" | "os.MkdirAll" | "os.Remove" | "os.RemoveAll"
        | "os.Truncate" => {
            walk.mark(first?, Mark::WRITE);
        }
        "os.OpenFile" => {
            let flags = arguments.get(1).map_or("", |flags| flags.text());
            let writes = ["WRONLY", "RDWR", "CREATE", "APPEND"].iter().any(|flag| flags.contains(flag));
            walk.mark(first?, if writes { Mark::WRITE } else { Mark::READ });
        }
        "os.Rename" | "os.Link" | "os.Symlink" => {
            walk.mark(first?, Mark::READ);
            walk.mark(*arguments.get(1)?, Mark::WRITE);
        }
        _ if is_message(walk, function, short, name) => arguments.iter().for_each(|argument| walk.hush(*argument)),
        _ => by_name(walk, name, &arguments),
    }
    None
}

/// What a function of any package, or a method, does with the files that its arguments name.
fn by_name<'t>(walk: &mut Walk<'t>, name: &str, arguments: &[Node<'t>]) {
    let Some(first) = arguments.first().copied() else { return };
    match name {
        // Of templates; of a file system, `ParseFS` is given that first.
        "ParseFiles" | "ParseGlob" | "ParseFS" => arguments.iter().for_each(|argument| walk.mark(*argument, Mark::WHOLE)),
        "ReadDir" => walk.mark(first, Mark::LIST),
        _ => {
            let mut lower = name.chars();
            let name: String = lower.next().into_iter().flat_map(char::to_lowercase).chain(lower).collect();
            if let Some(mark) = calls::by_name(&name) {
                walk.mark(first, mark);
            }
        }
    }
}

/// Words for people: of a print, of a logger, of a test, of an error.
fn is_message<'t>(walk: &Walk<'t>, function: Node<'t>, short: &str, name: &str) -> bool {
    let prints = [
        "fmt.Print",
        "fmt.Println",
        "fmt.Printf",
        "fmt.Errorf",
        "errors.New",
        "errors.Errorf",
        "errors.Wrap",
        "panic",
        "println",
        "print",
    ];
    let writes = short.starts_with("fmt.Fprint") || prints.contains(&short);
    let package = short.split('.').next().unwrap_or_default();
    if writes || matches!(package, "log" | "slog" | "logrus" | "klog" | "zap" | "glog") {
        return true;
    }
    let Some(receiver) = function.field("operand").filter(|_| function.kind() == "selector_expression") else { return false };
    let is_test = matches!(receiver.text(), "t" | "b" | "tb") && walk.names.module_of(receiver).is_none();
    let tells = ["Log", "Logf", "Error", "Errorf", "Fatal", "Fatalf", "Skip", "Skipf", "Run"];
    let method = name.strip_suffix(['f', 'w']).unwrap_or(name).to_ascii_lowercase();
    let last = receiver.field("field").unwrap_or(receiver).text();
    (is_test && tells.contains(&name)) || calls::is_log(last, &method)
}

/// `fmt.Sprintf("%s/x.json", dir)`
fn formatted<'t>(walk: &mut Walk<'t>, node: Node<'t>, arguments: &[Node<'t>]) -> Option<Value> {
    let (template, given) = arguments.split_first()?;
    let text = string_value(*template)?;
    walk.take(*template);
    let mut whole = Value::new(Vec::new(), node.span());
    let (mut rest, mut given) = (text.as_str(), given.iter());
    while let Some((before, after)) = rest.split_once('%') {
        whole.push_text(before);
        let verb = after.find(|c: char| c.is_ascii_alphabetic() || c == '%')?;
        let letter = after.get(verb..=verb)?;
        rest = after.get(verb + 1..)?;
        if letter == "%" {
            whole.push_text("%");
            continue;
        }
        let argument = given.next().copied();
        let value = argument.filter(|_| verb == 0 && matches!(letter, "s" | "v")).and_then(|argument| walk.take(argument));
        whole.append(value.map_or_else(|| vec![Part::Hole], |value| value.parts));
    }
    whole.push_text(rest);
    Some(whole)
}
