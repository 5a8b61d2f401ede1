//! What reads the environment in Go: `os.Getenv`, `os.LookupEnv`, and libraries whose tags or options name the key.

use super::{Found, Idioms, Key, MAX_CLIMB, Read, Unset, tags};
use crate::facts::names::{Names, call, string_value, wrapped};
use crate::formats::code::Node;
use crate::text::Span;

pub(super) struct Go;

impl Idioms for Go {
    fn words(&self) -> &'static [&'static str] {
        &["env", "Env"]
    }

    fn read<'t>(&self, names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
        match node.kind() {
            "call_expression" => function(names, node, found),
            "selector_expression" | "identifier" => handed_on(names, node, found),
            "field_declaration" | "type_spec" => tags::read(node, found),
            "keyed_element" => {
                flag(names, node, found);
                tags::option(names, node, found);
            }
            _ => {}
        }
    }

    fn settle(&self, found: &mut Found<'_>) {
        tags::settle(found);
    }

    fn unset<'t>(&self, value: Node<'t>) -> Unset<'t> {
        unset(value)
    }
}

/// The function that a path names, in short.
fn known<'p>(names: &Names<'_>, path: &'p str) -> &'p str {
    match path {
        "Getenv" | "LookupEnv" | "Environ" | "ExpandEnv" if !names.opens("os") => "",
        "Getenv" | "syscall.Getenv" => "os.Getenv",
        "LookupEnv" => "os.LookupEnv",
        "Environ" | "syscall.Environ" => "os.Environ",
        "ExpandEnv" => "os.ExpandEnv",
        _ => path,
    }
}

fn function<'t>(names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
    let Some(call) = call(node) else { return };
    let Some(path) = names.called(&call).map(|called| called.path) else { return };
    let mut read = |key: Node<'t>, unset, idiom| {
        found.reads.push(Read { expression: node, key: Key::Value(key), unset, idiom });
    };
    let given = call.arguments.iter().map(|argument| argument.value);
    match known(names, &path) {
        "os.Getenv" => given.take(1).for_each(|key| read(key, Unset::Unknown, "os.Getenv")),
        "os.LookupEnv" => given.take(1).for_each(|key| read(key, Unset::Unknown, "os.LookupEnv")),
        "os.Environ" => found.wholes.push(node),
        "os.ExpandEnv" => given.take(1).for_each(|text| expanded(node, text, found)),
        path if path.starts_with("github.com/urfave/cli") && (path.ends_with(".EnvVars") || path.ends_with(".EnvVar")) => {
            given.for_each(|key| read(key, Unset::Unknown, "cli.EnvVars"));
        }
        "github.com/spf13/viper.BindEnv" | "github.com/spf13/viper.MustBindEnv" => {
            given.skip(1).for_each(|key| read(key, Unset::Unknown, "viper.BindEnv"));
        }
        _ => {}
    }
}

/// `os.ExpandEnv("$HOME/x")`
fn expanded<'t>(node: Node<'t>, text: Node<'t>, found: &mut Found<'t>) {
    if string_value(text).is_none() {
        found.wholes.push(node);
        return;
    }
    let (written, start) = (text.text(), text.span().start);
    for (at, _) in written.match_indices('$') {
        let from = at + 1 + usize::from(written[at + 1..].starts_with('{'));
        let length = written[from..].bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        if length > 0 {
            let key = Key::Written(Span::new(start + from, start + from + length));
            found.reads.push(Read { expression: node, key, unset: Unset::Unknown, idiom: "os.ExpandEnv" });
        }
    }
}

/// The function itself as a value: with which keys it is called nobody knows, unless a name of the file stands for it.
fn handed_on<'t>(names: &Names<'t>, node: Node<'t>, found: &mut Found<'t>) {
    let Some(parent) = node.parent() else { return };
    if matches!(parent.kind(), "selector_expression" | "keyed_element" | "import_spec") || node.role() == "function" {
        return found.look_at(names, node);
    }
    if !node.text().ends_with("env") && !node.text().ends_with("Env") && node.kind() != "identifier" {
        return;
    }
    let path = names.qualified(node).map(|qualified| qualified.path).unwrap_or_default();
    if !matches!(known(names, &path), "os.Getenv" | "os.LookupEnv") {
        return;
    }
    let declaration = parent.parent().filter(|_| parent.kind() == "expression_list");
    match declaration.map(|declaration| (declaration.kind(), parent.role())) {
        Some(("short_var_declaration", "left")) => {}
        Some(("short_var_declaration", "right") | ("var_spec", "value")) => found.aliases.push(node),
        _ if parent.kind() == "var_spec" => {}
        _ => found.wholes.push(node),
    }
}

/// `EnvVars: []string{"KEY"}` and `EnvVar: "KEY"` of a command line's flag.
fn flag<'t>(names: &Names<'t>, element: Node<'t>, found: &mut Found<'t>) {
    let name = element.field("key").map_or("", Node::text);
    let Some(list) = element.parent().filter(|_| matches!(name, "EnvVars" | "EnvVar")) else { return };
    let of = list.parent().and_then(|literal| literal.field("type"));
    let package = of.and_then(|of| of.field("package"));
    let is_flag = package.is_some_and(|package| names.module_of(package).is_some_and(|path| path.contains("urfave/cli")));
    if !is_flag {
        return;
    }
    let default = list.named_children().find(|item| item.field("key").is_some_and(|key| key.text() == "Value"));
    let default = default.and_then(|item| item.field("value")).and_then(|value| value.named_children().next());
    let unset = default.map_or(Unset::Unknown, |default| Unset::Default(Some(default)));
    let value = element.field("value").and_then(|value| value.named_children().next());
    let keys: Vec<Node<'t>> = match value.and_then(|value| value.field("body")) {
        Some(body) => body.named_children().collect(),
        None => value.into_iter().collect(),
    };
    for key in keys {
        found.reads.push(Read { expression: element, key: Key::Value(key), unset, idiom: "cli.EnvVars" });
    }
}

/// What the code behind a read does where the variable is unset or empty.
fn unset(value: Node<'_>) -> Unset<'_> {
    let mut value = wrapped(value);
    for _ in 0..MAX_CLIMB {
        let Some(parent) = value.parent() else { return Unset::Unknown };
        match parent.kind() {
            "argument_list" => {
                let Some(node) = parent.parent() else { return Unset::Unknown };
                let function = node.field("function").map_or("", Node::text);
                let last = parent.named_children().last().filter(|last| *last != value);
                if function == "cmp.Or" || function.to_ascii_lowercase().contains("default") {
                    return last.map_or(Unset::Unknown, |last| Unset::Default(Some(last)));
                }
                if !function.starts_with("strings.Trim") && !function.starts_with("strings.To") {
                    return Unset::Unknown;
                }
                value = wrapped(node);
            }
            "binary_expression" => return compared(parent),
            "expression_list" => return parent.parent().map_or(Unset::Unknown, |statement| stored(statement)),
            _ => return Unset::Unknown,
        }
    }
    Unset::Unknown
}

/// `if os.Getenv("KEY") == "" { … }`
fn compared(condition: Node<'_>) -> Unset<'_> {
    let statement = condition.parent().filter(|parent| parent.kind() == "if_statement");
    let is_missing = condition.field("operator").is_some_and(|operator| operator.text() == "==");
    let consequence = statement.filter(|_| is_missing).and_then(|statement| statement.field("consequence"));
    match consequence.map(|block| outcome(block, "")) {
        Some(Unset::Fails) => Unset::Fails,
        _ => Unset::Unknown,
    }
}

/// The variable that the value is stored in, and the `if` that asks for it.
fn stored(statement: Node<'_>) -> Unset<'_> {
    let targets = statement.field("left").map(|left| left.named_children().collect::<Vec<_>>());
    let targets = targets.unwrap_or_else(|| statement.field("name").into_iter().collect());
    let Some(name) = targets.first().map(|target| target.text()) else { return Unset::Unknown };
    let present = targets.get(1).map_or("", |target| target.text());
    let is_initializer = statement.role() == "initializer";
    let holder = if is_initializer { statement.parent() } else { next(statement) };
    let Some(question) = holder.filter(|node| node.kind() == "if_statement") else { return Unset::Unknown };
    let (Some(condition), Some(consequence)) = (question.field("condition"), question.field("consequence")) else {
        return Unset::Unknown;
    };
    let asked: String = condition.text().split_whitespace().collect();
    let is = |text: String| asked == text;
    if is(format!("{name}==\"\"")) || is(format!("len({name})==0")) || (!present.is_empty() && is(format!("!{present}"))) {
        return outcome(consequence, name);
    }
    let is_there = is(format!("{name}!=\"\"")) || is(format!("len({name})>0")) || (!present.is_empty() && asked == present);
    if !is_there || !returns(consequence) {
        return Unset::Unknown;
    }
    let otherwise = question.field("alternative").or_else(|| next(question));
    match otherwise.map(|node| (node.kind(), node)) {
        // Another variable is asked for first.
        Some(("if_statement", _)) => Unset::Default(None),
        Some(("return_statement", node)) => given_back(node),
        Some(("block", node)) => outcome(node, name),
        _ => Unset::Unknown,
    }
}

/// The statement behind another; behind an `else if`, that behind the whole.
fn next(statement: Node<'_>) -> Option<Node<'_>> {
    let mut statement = statement;
    for _ in 0..MAX_CLIMB {
        match statement.parent().filter(|_| statement.role() == "alternative") {
            Some(whole) => statement = whole,
            None => break,
        }
    }
    let list = statement.parent()?;
    list.named_children().find(|sibling| sibling.span().start >= statement.span().end)
}

fn statements(block: Node<'_>) -> Vec<Node<'_>> {
    let list = block.named_children().find(|child| child.kind() == "statement_list");
    list.into_iter().flat_map(|list| list.named_children()).collect()
}

fn returns(block: Node<'_>) -> bool {
    statements(block).last().is_some_and(|last| last.kind() == "return_statement")
}

/// What a block that is run where `name` is missing comes to.
fn outcome<'t>(block: Node<'t>, name: &str) -> Unset<'t> {
    let statements = statements(block);
    let text = |node: &Node<'t>| node.named_children().next().and_then(|call| call.field("function")).map_or("", Node::text);
    let fails = |node: &Node<'t>| {
        let function = text(node);
        function == "panic" || function == "os.Exit" || function.contains(".Fatal") || function.contains(".Panic")
    };
    if statements.iter().any(fails) {
        return Unset::Fails;
    }
    let sets =
        |node: &&Node<'t>| node.kind() == "assignment_statement" && node.field("left").is_some_and(|left| left.text() == name);
    if let Some(assignment) = statements.iter().find(sets) {
        return Unset::Default(assignment.field("right").and_then(|right| right.named_children().next()));
    }
    match statements.last().filter(|last| last.kind() == "return_statement").map(|last| given_back(*last)) {
        Some(Unset::Fails) => Unset::Fails,
        _ => Unset::Unknown,
    }
}

/// What `return` gives instead: an error, or a default.
fn given_back(statement: Node<'_>) -> Unset<'_> {
    let values: Vec<Node<'_>> = statement.named_children().next().into_iter().flat_map(|list| list.named_children()).collect();
    let is_error = |value: &Node<'_>| {
        let text = value.text();
        ["errors.", "fmt.Errorf", "Err", "err"].iter().any(|start| text.starts_with(start)) || text.contains("Err")
    };
    match values.as_slice() {
        [] => Unset::Unknown,
        [.., last] if is_error(last) => Unset::Fails,
        [first, ..] => Unset::Default(Some(*first)),
    }
}
