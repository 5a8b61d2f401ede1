//! Paths in Python.

use super::calls;
use super::strings;
use super::value::{Absolute, Mark, Part, Value, concatenate, join};
use super::walk::Walk;
use crate::facts::names::string_value;
use crate::formats::code::Node;

/// What `node` contributes to a path. The values of everything below it are known.
pub(super) fn evaluate<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    match node.kind() {
        "string" | "concatenated_string" => {
            let value = strings::read(walk, node);
            value.filter(|_| !is_documentation(node))
        }
        "identifier" if node.text() == "__file__" => Some(Value::file(node.span())),
        "identifier" if !matches!(node.role(), "attribute" | "name") => walk.name(node),
        "parenthesized_expression" | "await" => walk.take(node.named_children().next()?),
        "named_expression" => walk.take(node.field("value")?),
        "conditional_expression" => {
            let ends: Vec<Node<'t>> = node.named_children().step_by(2).collect();
            walk.either(node, &ends)
        }
        "boolean_operator" => walk.either(node, &[node.field("left")?, node.field("right")?]),
        "binary_operator" => binary(walk, node),
        "augmented_assignment" => augmented(walk, node),
        "attribute" => attribute(walk, node),
        // `path.parents[1]`
        "subscript" => {
            let parents = node.field("value").filter(|value| last_name(*value) == "parents")?;
            let levels = node.field("subscript")?.text().parse::<usize>().ok()?.min(MAX_LEVELS);
            let path = walk.take(parents.field("object")?)?;
            (0..=levels).try_fold(path, |path, _| path.above(node.span()))
        }
        "call" => Call::of(node)?.evaluate(walk),
        _ => None,
    }
}

/// Directories that `parents[…]` goes up.
const MAX_LEVELS: usize = 16;

/// `os.sep`, `path.parent`
fn attribute<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    match last_name(node) {
        "sep" => {
            let path = walk.names.qualified(node)?.path;
            matches!(path.as_str(), "os.sep" | "os.path.sep").then(|| Value::new(vec![Part::Text("/".to_owned())], node.span()))
        }
        "parent" => walk.take(node.field("object")?)?.above(node.span()),
        _ => None,
    }
}

/// A string that is a whole statement.
fn is_documentation(node: Node<'_>) -> bool {
    node.parent().is_some_and(|parent| parent.kind() == "expression_statement")
}

fn binary<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    let (left, right) = (node.field("left")?, node.field("right")?);
    match node.field("operator")?.kind() {
        "/" => join(vec![walk.take(left), walk.take(right)], Absolute::Replaces, node.span()),
        "+" => concatenate(walk.take(left), walk.take(right), node.span()),
        "%" => walk.take(left).map(|value| Value { span: node.span(), ..value }),
        _ => None,
    }
}

/// `path += "/x.json"`: what stood in the name before is unknown.
fn augmented<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    let right = node.field("right")?;
    let operator = node.field("operator")?.kind();
    if !matches!(operator, "+=" | "/=") {
        return None;
    }
    let added = walk.take(right)?;
    match operator {
        "+=" => concatenate(None, Some(added), right.span()),
        _ => join(vec![None, Some(added)], Absolute::Replaces, right.span()),
    }
}

/// Functions that read the file that their second argument names.
const IN_SECOND: [&str; 8] = [
    "django.shortcuts.render",
    "importlib.resources.open_text",
    "importlib.resources.open_binary",
    "importlib.resources.read_text",
    "importlib.resources.read_binary",
    "pkg_resources.resource_string",
    "pkg_resources.resource_filename",
    "pkgutil.get_data",
];

/// A call, its arguments apart.
struct Call<'t> {
    node: Node<'t>,
    function: Node<'t>,
    positional: Vec<Node<'t>>,
    keywords: Vec<(&'t str, Node<'t>)>,
}

impl<'t> Call<'t> {
    fn of(node: Node<'t>) -> Option<Self> {
        let mut call = Call { node, function: node.field("function")?, positional: Vec::new(), keywords: Vec::new() };
        for argument in node.field("arguments")?.named_children() {
            match (argument.kind(), argument.field("name"), argument.field("value")) {
                ("keyword_argument", Some(name), Some(value)) => call.keywords.push((name.text(), value)),
                _ => call.positional.push(argument),
            }
        }
        Some(call)
    }

    fn evaluate(&self, walk: &mut Walk<'t>) -> Option<Value> {
        let path = walk.names.qualified(self.function).map(|qualified| qualified.path).unwrap_or_default();
        if self.is_message(&path) {
            let keywords = self.keywords.iter().map(|(_, value)| value);
            self.positional.iter().chain(keywords).for_each(|argument| walk.hush(*argument));
            return None;
        }
        match path.as_str() {
            "os.path.join" | "posixpath.join" | "ntpath.join" => return self.joined(walk, None),
            "os.path.dirname" => return walk.take(*self.positional.first()?)?.above(self.node.span()),
            "pathlib.Path.home" | "Path.home" => return Some(Value { built: true, ..Value::home(self.node.span()) }),
            "str" | "os.fspath" | "os.fsdecode" | "os.fsencode" | "os.path.abspath" | "os.path.realpath" | "os.path.normpath"
            | "os.path.expanduser" | "os.path.expandvars" => return walk.take(*self.positional.first()?),
            _ => {}
        }
        if let Some(default) = self.default() {
            return walk.either(self.node, &[self.function, default]);
        }
        let name = if path.is_empty() { last_name(self.function) } else { path.rsplit('.').next().unwrap_or_default() };
        match name {
            "Path" | "PurePath" | "PosixPath" | "WindowsPath" | "PurePosixPath" | "PureWindowsPath" => {
                return self.joined(walk, None);
            }
            _ => {}
        }
        if self.function.kind() == "attribute"
            && let Some(receiver) = self.function.field("object")
            && let Some(value) = self.method(walk, receiver, last_name(self.function))
        {
            return value;
        }
        self.mark_arguments(walk, &path, name);
        None
    }

    /// What it gives where there is nothing else: `environ.get(KEY, default)`.
    fn default(&self) -> Option<Node<'t>> {
        match (last_name(self.function), self.positional.as_slice()) {
            ("get" | "getenv" | "pop", [_, default]) | ("getattr", [_, _, default]) => Some(*default),
            _ => None,
        }
    }

    /// A method of a path or of a string: `Some` where it is one of theirs, with the value of the call.
    fn method(&self, walk: &mut Walk<'t>, receiver: Node<'t>, name: &str) -> Option<Option<Value>> {
        let opened = match name {
            "joinpath" => return Some(self.joined(walk, Some(receiver))),
            "resolve" | "absolute" | "expanduser" | "as_posix" => return Some(walk.take(receiver)),
            "format" => return Some(walk.take(receiver).map(|value| Value { span: self.node.span(), ..value })),
            "read_text" | "read_bytes" => Mark::READ,
            "write_text" | "write_bytes" | "touch" => Mark::WRITE,
            "mkdir" | "unlink" | "rmdir" if is_path(walk, receiver) => Mark::WRITE,
            "iterdir" => Mark::LIST,
            "walk" if is_path(walk, receiver) => Mark::WALK,
            "glob" | "rglob" if is_path(walk, receiver) => return Some(self.globbed(walk, receiver, name)),
            // Where a path is given, `open` is a module's function.
            "open" if is_path(walk, receiver) && self.file().is_none_or(is_mode) => self.mode(0),
            _ => return None,
        };
        walk.mark(receiver, opened);
        Some(None)
    }

    /// The receiver, if any, and the arguments as segments of one path.
    fn joined(&self, walk: &mut Walk<'t>, receiver: Option<Node<'t>>) -> Option<Value> {
        let operands = receiver.into_iter().chain(self.positional.iter().copied());
        let operands = operands.map(|operand| walk.take(operand)).collect();
        join(operands, Absolute::Replaces, self.node.span())
    }

    /// `receiver.glob(pattern)`, as the pattern that it is.
    fn globbed(&self, walk: &mut Walk<'t>, receiver: Node<'t>, name: &str) -> Option<Value> {
        let pattern = self.positional.first().and_then(|pattern| walk.take(*pattern));
        let deep = (name == "rglob").then(|| Value::text("**".to_owned(), self.node.span())).flatten();
        let operands = [walk.take(receiver)].into_iter().chain(deep.map(Some)).chain([pattern]).collect();
        let value = join(operands, Absolute::Follows, self.node.span())?;
        Some(Value { mark: Mark::LIST, ..value })
    }

    /// What a function does with the files that its arguments name.
    fn mark_arguments(&self, walk: &mut Walk<'t>, path: &str, name: &str) {
        let Some(first) = self.file() else { return };
        match name {
            "open" => walk.mark(first, self.mode(1)),
            "listdir" | "scandir" if path.starts_with("os.") => walk.mark(first, Mark::LIST),
            "walk" if path.starts_with("os.") => walk.mark(first, Mark::WALK),
            "glob" | "iglob" if path.starts_with("glob.") => walk.mark(first, Mark::WHOLE),
            "copy" | "copy2" | "copyfile" | "copytree" | "move" | "rename" | "replace"
                if path.starts_with("shutil.") || path.starts_with("os.") =>
            {
                if let Some(target) = self.positional.get(1) {
                    walk.mark(first, if name == "copytree" { Mark::WHOLE } else { Mark::READ });
                    walk.mark(*target, Mark::WRITE);
                }
            }
            "mkdir" | "makedirs" | "remove" | "unlink" | "rmdir" | "removedirs" if path.starts_with("os.") => {
                walk.mark(first, Mark::WRITE);
            }
            "rmtree" if path.starts_with("shutil.") => walk.mark(first, Mark::WRITE),
            "ZipFile" => walk.mark(first, self.mode(1)),
            "from_file" | "from_pyfile" | "from_json" | "get_template" | "select_template" | "render_to_string"
            | "render_template" => walk.mark(first, Mark::READ),
            _ if IN_SECOND.contains(&path) => {
                if let Some(file) = self.positional.get(1) {
                    walk.mark(*file, Mark::READ);
                }
            }
            "to_csv" | "to_json" | "to_parquet" | "to_excel" | "to_pickle" | "to_feather" => walk.mark(first, Mark::WRITE),
            _ => {
                if let Some(mark) = calls::by_name(name) {
                    walk.mark(first, mark);
                }
            }
        }
    }

    /// What the argument `mode`, or the one at `index`, says.
    fn mode(&self, index: usize) -> Mark {
        match self.positional.get(index).copied().or_else(|| self.keyword("mode")) {
            None => Mark::READ,
            Some(mode) => calls::by_mode(string_value(mode).as_deref()),
        }
    }

    /// The first argument, or the one named `file`.
    fn file(&self) -> Option<Node<'t>> {
        self.positional.first().copied().or_else(|| self.keyword("file"))
    }

    fn keyword(&self, name: &str) -> Option<Node<'t>> {
        self.keywords.iter().find(|(keyword, _)| *keyword == name).map(|(_, value)| *value)
    }

    /// Whether the arguments are words for people: of a print, of a logger, of a raised error.
    fn is_message(&self, path: &str) -> bool {
        let is_raised = self.node.parent().is_some_and(|parent| parent.kind() == "raise_statement");
        if is_raised || calls::is_error(last_name(self.function)) {
            return true;
        }
        let prints = ["print", "pprint", "pprint.pprint", "rich.print", "click.echo", "typer.echo", "warnings.warn"];
        if prints.contains(&path) || matches!(path, "sys.stdout.write" | "sys.stderr.write") {
            return true;
        }
        let receiver = self.function.field("object").filter(|_| self.function.kind() == "attribute");
        receiver.is_some_and(|receiver| calls::is_log(last_name(receiver), last_name(self.function)))
    }
}

/// Whether something is known of `node` as a path, or it is a constant of another file: modules are not written in capitals.
fn is_path<'t>(walk: &Walk<'t>, node: Node<'t>) -> bool {
    let name = last_name(node);
    let is_constant = name.len() > 1 && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    walk.knows(node) || is_constant && !walk.names.elsewhere(node).is_empty()
}

/// The name that an expression ends in; of a call, its function's.
fn last_name(node: Node<'_>) -> &str {
    let named = match node.kind() {
        "call" => node.field("function").unwrap_or(node),
        _ => node,
    };
    match named.kind() {
        "identifier" => named.text(),
        "attribute" => named.field("attribute").map_or("", Node::text),
        _ => "",
    }
}

/// Whether an argument can be the mode of an `open`.
fn is_mode(node: Node<'_>) -> bool {
    string_value(node).is_none_or(|text| text.len() <= 4 && text.chars().all(|c| "rwaxbtU+".contains(c)))
}
