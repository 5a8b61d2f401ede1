//! Paths in shell scripts: words of commands, redirections, and variables that hold them.

use super::shell_commands;
use super::value::{Mark, Part, Value};
use super::walk::Walk;
use crate::facts::names::string_value;
use crate::formats::code::Node;

/// What a node contributes to a path. The values of everything below it are known.
pub(super) fn evaluate<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    match node.kind() {
        "word" => word(node),
        "raw_string" => Value::text(string_value(node)?, node.span()),
        "string" => string(walk, node),
        "concatenation" => concatenation(walk, node),
        "simple_expansion" => variable(walk, node.named_children().next()?),
        "expansion" => expansion(walk, node),
        "command_substitution" => substituted(walk, node),
        "for_statement" => {
            node.children().filter(|child| child.role() == "value").for_each(|value| expanded(walk, value));
            None
        }
        "array" => {
            node.named_children().for_each(|item| expanded(walk, item));
            None
        }
        "command_name" => {
            let program = node.named_children().next()?;
            // Any other name is looked for elsewhere.
            walk.take(program).filter(|_| program.text().contains('/'))
        }
        "command" => {
            node.children().filter(|child| child.role() == "argument").for_each(|argument| expanded(walk, argument));
            shell_commands::mark(walk, node);
            None
        }
        "unary_expression" => {
            let operator = node.field("operator").filter(|operator| operator.kind() == "test_operator")?;
            if shell_commands::TESTS.contains(&operator.text()) {
                walk.mark(node.named_children().last()?, Mark::ASKED);
            }
            None
        }
        "herestring_redirect" => {
            walk.hush(node.named_children().next()?);
            None
        }
        "file_redirect" => {
            let reads = node.children().any(|child| matches!(child.kind(), "<" | "<&"));
            walk.mark(node.field("destination")?, if reads { Mark::READ } else { Mark::WRITE });
            None
        }
        _ => None,
    }
}

/// A word; of an option or a setting (`--config=x.yml`), what it is set to.
fn word(node: Node<'_>) -> Option<Value> {
    let text = node.text();
    let is_name = |name: &str| {
        let name = name.trim_start_matches('-');
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let text = match text.split_once('=') {
        Some((name, value)) if is_name(name) => value,
        _ if text.starts_with('-') => return None,
        _ => text,
    };
    let plain = if text.contains('\\') { text.replace('\\', "") } else { text.to_owned() };
    Value::text(plain, node.span())
}

/// `"$DIR/x.sh"`: the text between the expansions, and their values.
fn string<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    if let Some(text) = string_value(node) {
        return Value::text(text, node.span());
    }
    let mut whole = Value::new(Vec::new(), node.span());
    for piece in node.named_children() {
        match piece.kind() {
            "string_content" => whole.push_text(Some(piece.text()).filter(|text| !text.contains(['\\', '\n']))?),
            _ => whole.append(walk.take(piece).map_or_else(|| vec![Part::Hole], |value| value.parts)),
        }
    }
    Some(whole)
}

/// `"$DIR"/x.sh`, `--config="$DIR/x.yml"`
fn concatenation<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    let mut whole = Value::new(Vec::new(), node.span());
    for (at, piece) in node.named_children().enumerate() {
        match piece.kind() {
            // `--config="$DIR/x.yml"`, `NAME="$DIR/x.yml"`
            "word" if at == 0 && piece.text().ends_with('=') => drop(walk.take(piece)),
            "word" if at == 0 && piece.text().starts_with('-') => {
                walk.take(piece);
                whole.append(word(piece)?.parts);
            }
            "word" => {
                walk.take(piece);
                whole.push_text(&piece.text().replace('\\', ""));
            }
            _ => whole.append(walk.take(piece).map_or_else(|| vec![Part::Hole], |value| value.parts)),
        }
    }
    // The parser takes `$1` behind other text for `$` and a number.
    if node.text().ends_with('$') {
        whole.append(vec![Part::Hole]);
    }
    (!whole.parts.is_empty()).then_some(whole)
}

/// What the shell puts in place of a word with wildcards: the files that there are.
fn expanded<'t>(walk: &mut Walk<'t>, node: Node<'t>) {
    let is_wild = |word: Node<'t>| word.kind() == "word" && word.text().contains(['*', '?', '[']);
    let has_braces = || node.text().contains('{') && node.text().contains(',');
    let is_joined = node.kind() == "concatenation";
    if is_wild(node) || is_joined && (node.named_children().any(is_wild) || has_braces()) {
        walk.mark(node, Mark::WHOLE);
    }
}

/// The value of a variable: `$0` is the script itself.
fn variable<'t>(walk: &mut Walk<'t>, name: Node<'t>) -> Option<Value> {
    if name.kind() != "variable_name" {
        return None;
    }
    if matches!(name.text(), "0" | "BASH_SOURCE") {
        return Some(Value::file(name.span()));
    }
    if name.text() == "HOME" && walk.names.binding(name).is_none() {
        return Some(Value::home(name.span()));
    }
    let Some(statement) = walk.names.loop_over(name) else { return walk.name(name) };
    let mut items = Vec::new();
    for value in statement.children().filter(|child| child.role() == "value") {
        match array(walk, value) {
            Some(array) => items.extend(array.named_children()),
            None => items.push(value),
        }
    }
    walk.among(statement, &items, name.span())
}

/// The array whose items `"${NAME[@]}"` stands for.
fn array<'t>(walk: &Walk<'t>, value: Node<'t>) -> Option<Node<'t>> {
    let mut subscripts = value.subtree().take(8).filter(|node| node.kind() == "subscript");
    let subscript = subscripts.next().filter(|subscript| matches!(subscript.field("index").map(Node::text), Some("@" | "*")))?;
    walk.names.bound_once(subscript.field("name")?).filter(|bound| bound.kind() == "array")
}

/// `${NAME}`, `${0%/*}`, `${NAME:-default}`
fn expansion<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    let first = node.named_children().next()?;
    let name = if first.kind() == "subscript" { first.field("name")? } else { first };
    let rest = node.code().text().get(first.span().end..node.span().end)?.strip_suffix('}')?;
    // `${!NAME}` and `${#NAME}` are something else.
    if node.children().nth(1) != Some(first) {
        return None;
    }
    match rest {
        "" => variable(walk, name),
        "%/*" => variable(walk, name)?.above(node.span()),
        "%/" => variable(walk, name),
        _ if rest.starts_with(":-") || rest.starts_with('-') => {
            let default = node.named_children().nth(1)?;
            walk.either(node, &[first, default])
        }
        _ => None,
    }
}

/// `$(dirname "$0")`, `$(cd "$DIR" && pwd)`, `$(realpath "$0")`
fn substituted<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    /// Commands of which one may be said to give a path.
    const MOST: usize = 4;
    let inner = node.named_children().next().filter(|inner| inner.kind() == "list");
    let commands: Vec<Node<'t>> = match inner {
        Some(list) => list.named_children().take(MOST).map(unredirected).collect(),
        None => node.named_children().take(MOST).map(unredirected).collect(),
    };
    let names: Vec<&str> = commands.iter().map(|command| command.field("name").map_or("", Node::text)).collect();
    let (first, last) = (*commands.first()?, *names.last()?);
    let argument =
        first.children().filter(|child| child.role() == "argument").find(|argument| !argument.text().starts_with('-'))?;
    match (*names.first()?, last) {
        ("dirname", "dirname") => walk.take(argument)?.above(node.span()),
        ("realpath" | "readlink", _) if commands.len() == 1 => walk.take(argument),
        ("cd", "pwd") => walk.take(argument),
        _ => None,
    }
    .map(|value| Value { span: node.span(), built: true, ..value })
}

/// The command of `command 2>/dev/null`.
fn unredirected(node: Node<'_>) -> Node<'_> {
    node.field("body").filter(|_| node.kind() == "redirected_statement").unwrap_or(node)
}
