//! What the commands of a shell script do with the files that they are given.

use std::collections::HashSet;

use super::value::{Absolute, Mark, Part, Value, join};
use super::walk::Walk;
use crate::facts::names::string_value;
use crate::formats::code::Node;

/// Commands that run another one, which stands behind their options and settings.
const PREFIXES: [&str; 9] = ["sudo", "env", "exec", "command", "time", "nohup", "xargs", "builtin", "nice"];
/// Commands that print what they are given.
const MESSAGES: [&str; 8] = ["echo", "printf", "print", "say", "logger", "die", "fail", "abort"];
/// Words that the names of functions begin with that print what they are given.
const TELLS: [&str; 9] = ["log", "info", "warn", "err", "debug", "notice", "msg", "success", "fatal"];
/// Commands whose first argument is a program of their own.
const FILTERS: [&str; 11] = ["sed", "awk", "gawk", "grep", "egrep", "fgrep", "rg", "jq", "yq", "tr", "expr"];
const SHELLS: [&str; 13] =
    ["sh", "bash", "dash", "zsh", "ksh", "python", "python3", "node", "ruby", "perl", "php", "deno", "bun"];
const READERS: [&str; 24] = [
    "cat",
    "less",
    "more",
    "head",
    "tail",
    "tac",
    "wc",
    "sort",
    "uniq",
    "diff",
    "cmp",
    "cut",
    "paste",
    "nl",
    "od",
    "xxd",
    "file",
    "stat",
    "md5sum",
    "sha256sum",
    "sha1sum",
    "zcat",
    "gunzip",
    "unzip",
];
const WRITERS: [&str; 8] = ["rm", "rmdir", "mkdir", "touch", "tee", "truncate", "unlink", "shred"];

/// Operators of `test` that ask for a file.
pub(super) const TESTS: [&str; 15] = ["-f", "-d", "-e", "-r", "-w", "-x", "-s", "-L", "-h", "-a", "-b", "-c", "-p", "-S", "-k"];

/// A command, its arguments apart.
struct Given<'t> {
    name: &'t str,
    arguments: Vec<Node<'t>>,
}

/// Tells what a command does with the paths among its arguments.
pub(super) fn mark<'t>(walk: &mut Walk<'t>, node: Node<'t>) {
    let Some(program) = node.field("name") else { return };
    walk.mark(program, Mark::READ);
    let arguments = node.children().filter(|child| child.role() == "argument").collect();
    let given = Given { name: base_name(program.text()), arguments };
    given.run(walk);
}

/// The last segment of a program's path.
fn base_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

impl<'t> Given<'t> {
    fn run(mut self, walk: &mut Walk<'t>) {
        // `sudo -u app cat x.yml`: of the options, nobody knows which take a word.
        let is_setting = |argument: &Node<'t>| argument.text().starts_with('-') || argument.text().contains('=');
        let mut at = 0;
        while PREFIXES.contains(&self.name) {
            at += self.arguments[at..].iter().take_while(|argument| is_setting(argument)).count();
            let Some(program) = self.arguments.get(at).copied() else { return };
            if program.text().contains('/') {
                walk.mark(program, Mark::READ);
            }
            self.name = base_name(program.text());
            at += 1;
        }
        self.arguments.drain(..at);
        match self.name {
            "source" | "." => self.each(walk, 0..1, Mark::IMPORT),
            "cp" | "mv" | "ln" | "install" | "rsync" | "scp" => self.copies(walk),
            "ls" | "tree" | "du" => self.each(walk, 0..usize::MAX, Mark::LIST),
            "find" => self.finds(walk),
            "test" => self.behind(walk, &TESTS, Mark::ASKED),
            name if MESSAGES.contains(&name) || TELLS.iter().any(|word| begins(name, word)) => {
                self.arguments.iter().for_each(|argument| walk.hush(*argument));
            }
            name if FILTERS.contains(&name) => self.filters(walk),
            name if SHELLS.contains(&name) => self.each(walk, 0..1, Mark::READ),
            name if READERS.contains(&name) => self.each(walk, 0..usize::MAX, Mark::READ),
            name if WRITERS.contains(&name) => self.each(walk, 0..usize::MAX, Mark::WRITE),
            "curl" | "wget" => self.behind(walk, &["-o", "-O", "--output", "--output-document"], Mark::WRITE),
            "docker" | "podman" => self.mounts(walk),
            _ => {}
        }
    }

    /// The arguments that are no options.
    fn plain(&self) -> impl Iterator<Item = Node<'t>> {
        self.arguments.iter().copied().filter(|argument| !argument.text().starts_with('-'))
    }

    fn each(&self, walk: &mut Walk<'t>, which: std::ops::Range<usize>, mark: Mark) {
        self.plain().enumerate().filter(|(at, _)| which.contains(at)).for_each(|(_, argument)| walk.mark(argument, mark));
    }

    /// What stands behind one of these options.
    fn behind(&self, walk: &mut Walk<'t>, options: &[&str], mark: Mark) {
        let pairs = self.arguments.windows(2).filter(|pair| options.contains(&pair[0].text()));
        pairs.for_each(|pair| walk.mark(pair[1], mark));
    }

    /// All but the last are read, the last is written.
    fn copies(&self, walk: &mut Walk<'t>) {
        let plain: Vec<Node<'t>> = self.plain().collect();
        if let Some((target, sources)) = plain.split_last().filter(|(_, sources)| !sources.is_empty()) {
            sources.iter().for_each(|source| walk.mark(*source, Mark::WHOLE));
            walk.mark(*target, Mark::WRITE);
        }
    }

    /// `sed 's/a/b/' x.yml`: a program, and files; the program may stand behind `-e` as well.
    fn filters(&self, walk: &mut Walk<'t>) {
        let is_program = |option: &str| matches!(option, "-e" | "--regexp" | "--expression" | "--arg" | "--argjson");
        let given = self.arguments.windows(2).filter(|pair| is_program(pair[0].text()));
        let mut programs: HashSet<usize> = given.map(|pair| pair[1].id()).collect();
        if !self.arguments.iter().any(|argument| matches!(argument.text(), "-e" | "-f" | "--regexp" | "--file")) {
            programs.extend(self.plain().map(Node::id).find(|argument| !programs.contains(argument)));
        }
        for argument in self.plain() {
            match programs.contains(&argument.id()) {
                true => drop(walk.take(argument)),
                false => walk.mark(argument, Mark::READ),
            }
        }
    }

    /// `find DIRECTORY.. -name PATTERN`
    fn finds(&self, walk: &mut Walk<'t>) {
        let directories: Vec<Node<'t>> = self.arguments.iter().copied().take_while(|given| !is_condition(given.text())).collect();
        let conditions = &self.arguments[directories.len()..];
        let tests = conditions.windows(2).filter(|pair| matches!(pair[0].text(), "-name" | "-path" | "-iname"));
        let tests: Vec<(&str, Node<'t>)> = tests.map(|pair| (pair[0].text(), pair[1])).collect();
        for (_, pattern) in &tests {
            walk.take(*pattern);
        }
        let is_or = conditions.iter().any(|condition| matches!(condition.text(), "-o" | "-or" | "!" | "-not" | "-prune"));
        let name = match tests.as_slice() {
            [("-name", pattern)] if !is_or => string_value(*pattern).or_else(|| Some(pattern.text().to_owned())),
            _ => None,
        };
        let Some(name) = name else {
            return directories.iter().for_each(|directory| walk.mark(*directory, Mark::WALK));
        };
        for directory in directories {
            let span = directory.span();
            let below = Value::new(vec![Part::Text(format!("**/{name}"))], span);
            let value = walk.take(directory).and_then(|of| join(vec![Some(of), Some(below)], Absolute::Follows, span));
            walk.put(directory, value.map(|value| Value { mark: Mark::LIST, ..value }));
        }
    }

    /// `docker run -v "$PWD/x.conf:/etc/x.conf"`: what stands before the colon is of this tree.
    fn mounts(&self, walk: &mut Walk<'t>) {
        let pairs = self.arguments.windows(2).filter(|pair| matches!(pair[0].text(), "-v" | "--volume"));
        for mount in pairs.map(|pair| pair[1]) {
            let Some(mut value) = walk.take(mount) else { continue };
            let colon = value.parts.iter().position(|part| matches!(part, Part::Text(text) if text.contains(':')));
            if let Some(at) = colon {
                value.parts.truncate(at + 1);
                if let Some(Part::Text(text)) = value.parts.last_mut() {
                    text.truncate(text.find(':').unwrap_or(text.len()));
                }
            }
            walk.put(mount, Some(value));
        }
    }
}

/// Whether an argument of `find` ends the list of directories.
fn is_condition(argument: &str) -> bool {
    argument.starts_with('-') || matches!(argument, "!" | "(" | "\\(")
}

/// Whether a name begins with a whole word: `log_info`, `logInfo`, `log`.
fn begins(name: &str, word: &str) -> bool {
    let rest = name.trim_start_matches('_').strip_prefix(word);
    rest.is_some_and(|rest| rest.chars().next().is_none_or(|next| !next.is_ascii_lowercase()))
}
