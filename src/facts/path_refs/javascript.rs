//! Paths in JavaScript and TypeScript.

use super::calls;
use super::strings;
use super::value::{Absolute, Mark, Part, Value, concatenate, join};
use super::walk::Walk;
use crate::facts::names::string_value;
use crate::formats::code::Node;

/// What `node` contributes to a path. The values of everything below it are known.
pub(super) fn evaluate<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    match node.kind() {
        "string" | "template_string" => string(walk, node),
        "identifier" if node.text() == "__dirname" && walk.names.binding(node).is_none() => Some(Value::here(node.span())),
        "identifier" if node.text() == "__filename" && walk.names.binding(node).is_none() => Some(Value::file(node.span())),
        "identifier" | "shorthand_property_identifier" => walk.name(node),
        "parenthesized_expression" | "as_expression" | "satisfies_expression" | "non_null_expression" | "await_expression" => {
            walk.take(node.named_children().next()?)
        }
        "binary_expression" => {
            let (left, right) = (node.field("left")?, node.field("right")?);
            match node.field("operator")?.kind() {
                "+" => concatenate(walk.take(left), walk.take(right), node.span()),
                "||" | "??" => walk.either(node, &[left, right]),
                _ => None,
            }
        }
        "ternary_expression" => walk.either(node, &[node.field("consequence")?, node.field("alternative")?]),
        // What stood in the name before is unknown.
        "augmented_assignment_expression" if node.field("operator")?.kind() == "+=" => {
            let right = node.field("right")?;
            let added = walk.take(right)?;
            concatenate(None, Some(added), right.span())
        }
        "member_expression" => member(walk, node),
        "call_expression" => Call::of(node, "function")?.evaluate(walk),
        "new_expression" => Call::of(node, "constructor")?.construct(walk),
        _ => None,
    }
}

/// A literal; none where it is a directive. That of an import is known to be one.
fn string<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    let mut value = strings::read(walk, node)?;
    let parent = node.parent()?;
    match parent.kind() {
        "expression_statement" => return None,
        "import_statement" | "export_statement" | "import_require_clause" if node.role() == "source" => {
            value.mark = Mark::PACKAGE
        }
        _ => {}
    }
    Some(value)
}

/// `new URL(…).pathname` and `path.sep`
fn member<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    let object = node.field("object")?;
    match last_name(node) {
        "url" | "filename" if object.text() == "import.meta" => Some(Value::file(node.span())),
        "dirname" if object.text() == "import.meta" => Some(Value::here(node.span())),
        "pathname" | "href" if object.kind() == "new_expression" => walk.take(object),
        "sep" => {
            let path = walk.names.qualified(node)?.path;
            (path_function(&path) == Some("sep")).then(|| Value::new(vec![Part::Text("/".to_owned())], node.span()))
        }
        _ => None,
    }
}

/// A call or a construction, its arguments apart.
struct Call<'t> {
    node: Node<'t>,
    function: Node<'t>,
    arguments: Vec<Node<'t>>,
}

impl<'t> Call<'t> {
    fn of(node: Node<'t>, function: &str) -> Option<Self> {
        let function = node.field(function)?;
        let arguments = node.field("arguments").filter(|arguments| arguments.kind() == "arguments")?;
        Some(Call { node, function, arguments: arguments.named_children().collect() })
    }

    fn evaluate(&self, walk: &mut Walk<'t>) -> Option<Value> {
        let path = self.path(walk);
        if self.is_message(&path) {
            self.hush(walk);
            return None;
        }
        match path.as_str() {
            "import" | "require" | "require.resolve" | "import.meta.resolve" => {
                walk.mark(*self.arguments.first()?, Mark::PACKAGE);
                return None;
            }
            "os.homedir" => return Some(Value::home(self.node.span())),
            "String" | "url.fileURLToPath" | "fileURLToPath" => return walk.take(*self.arguments.first()?),
            "import.meta.glob" => {
                self.patterns(walk, Mark { import: true, ..Mark::WHOLE });
                return None;
            }
            "Bun.file" => {
                walk.mark(*self.arguments.first()?, Mark::READ);
                return None;
            }
            "Bun.write" => {
                walk.mark(*self.arguments.first()?, Mark::WRITE);
                return None;
            }
            _ if finds_files(&path) => {
                self.patterns(walk, Mark::WHOLE);
                return None;
            }
            _ => {}
        }
        match path_function(&path) {
            Some("join") => return self.joined(walk, Absolute::Follows),
            Some("resolve") => return self.joined(walk, Absolute::Replaces),
            Some("dirname") => return walk.take(*self.arguments.first()?)?.above(self.node.span()),
            Some("normalize" | "toNamespacedPath") => return walk.take(*self.arguments.first()?),
            _ => {}
        }
        if self.function.kind() == "member_expression" && last_name(self.function) == "toString" {
            return walk.take(self.function.field("object")?);
        }
        self.mark_arguments(walk);
        None
    }

    /// `new URL("./x", import.meta.url)` is relative to the file; `new Error("…")` is a message.
    fn construct(&self, walk: &mut Walk<'t>) -> Option<Value> {
        if self.makes_error() {
            self.hush(walk);
            return None;
        }
        let [target, base] = self.arguments.as_slice() else { return None };
        if self.function.text() != "URL" || base.text() != "import.meta.url" {
            return None;
        }
        let here = Value::new(vec![Part::Text(".".to_owned())], self.node.span());
        let target = walk.take(*target)?;
        let whole = join(vec![Some(here), Some(target)], Absolute::Replaces, self.node.span())?;
        Some(Value { mark: Mark { import: true, ..Mark::default() }, ..whole })
    }

    /// The function's dotted path, through imports; else as it is written, where that is short and plain.
    fn path(&self, walk: &Walk<'t>) -> String {
        match walk.names.qualified(self.function) {
            Some(qualified) => qualified.path,
            None if self.function.kind() == "import" => "import".to_owned(),
            None => match self.function.field("object").filter(|object| object.kind() == "identifier") {
                Some(object) => format!("{}.{}", object.text(), last_name(self.function)),
                None => last_name(self.function).to_owned(),
            },
        }
    }

    fn joined(&self, walk: &mut Walk<'t>, absolute: Absolute) -> Option<Value> {
        let operands = self.arguments.iter().map(|argument| walk.take(*argument)).collect();
        join(operands, absolute, self.node.span())
    }

    fn hush(&self, walk: &mut Walk<'t>) {
        self.arguments.iter().for_each(|argument| walk.hush(*argument));
    }

    /// The first argument is a pattern of files, or a list of some.
    fn patterns(&self, walk: &mut Walk<'t>, mark: Mark) {
        let Some(first) = self.arguments.first() else { return };
        walk.mark(*first, mark);
        if first.kind() == "array" {
            first.named_children().for_each(|pattern| walk.mark(pattern, mark));
        }
    }

    /// What a function does with the files that its arguments name.
    fn mark_arguments(&self, walk: &mut Walk<'t>) {
        let Some(first) = self.arguments.first().copied() else { return };
        let name = last_name(self.function);
        match name.strip_suffix("Sync").unwrap_or(name) {
            "open" => walk.mark(first, self.flags()),
            "createReadStream" | "sendFile" => walk.mark(first, Mark::READ),
            "readdir" | "opendir" => walk.mark(first, Mark::LIST),
            "writeFile" | "appendFile" | "createWriteStream" | "outputFile" | "outputJson" | "outputJSON" | "writeJson"
            | "writeJSON" | "writeTextFile" | "mkdir" | "rm" | "rmdir" | "unlink" | "ensureDir" | "ensureFile" | "emptyDir"
            | "remove" => {
                walk.mark(first, Mark::WRITE);
            }
            "copyFile" | "copy" | "cp" | "rename" | "move" => {
                if let Some(target) = self.arguments.get(1) {
                    walk.mark(first, Mark::WHOLE);
                    walk.mark(*target, Mark::WRITE);
                }
            }
            name => {
                if let Some(mark) = calls::by_name(name) {
                    walk.mark(first, mark);
                }
            }
        }
    }

    fn flags(&self) -> Mark {
        match self.arguments.get(1) {
            None => Mark::READ,
            Some(flags) => calls::by_mode(string_value(*flags).as_deref()),
        }
    }

    fn is_message(&self, path: &str) -> bool {
        if self.makes_error() || matches!(path, "process.stdout.write" | "process.stderr.write") {
            return true;
        }
        let receiver = self.function.field("object").filter(|_| self.function.kind() == "member_expression");
        receiver.is_some_and(|receiver| calls::is_log(last_name(receiver), last_name(self.function)))
    }

    fn makes_error(&self) -> bool {
        calls::is_error(last_name(self.function)) || self.node.parent().is_some_and(|parent| parent.kind() == "throw_statement")
    }
}

/// Whether a dotted path names a function that looks for files by a pattern.
fn finds_files(path: &str) -> bool {
    let (module, function) = path.split_once('.').unwrap_or((path, "glob"));
    matches!(module, "glob" | "fast-glob" | "globby" | "tinyglobby")
        || matches!(module, "fs" | "fs/promises") && matches!(function, "glob" | "globSync" | "promises.glob")
}

/// The function of the module `path` that a dotted path names.
fn path_function(path: &str) -> Option<&str> {
    let (module, function) = path.rsplit_once('.')?;
    matches!(module, "path" | "path.posix" | "path.win32" | "path/posix" | "path/win32" | "upath").then_some(function)
}

/// The name that an expression ends in.
fn last_name(node: Node<'_>) -> &str {
    match node.kind() {
        "identifier" | "this" => node.text(),
        "member_expression" => node.field("property").map_or("", Node::text),
        _ => "",
    }
}
