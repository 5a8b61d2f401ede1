//! What reads the environment in shell scripts: expansions of names in capitals that the script itself does not assign first,
//! and `printenv`. Scripts also stand inside of Dockerfiles and workflows, so everything here is about one script.

mod assigned;
mod expansion;
mod indirect;

use super::super::parsed;
use crate::facts::Hole;
use crate::formats::code::{Code, Node};
use crate::text::Span;

use assigned::Assigned;
pub(super) use expansion::{form, form_of_bare};
use indirect::{Indirect, Source};

/// Words of which a script must hold one to read the environment at all.
pub(super) const WORDS: [&str; 4] = ["$", "((", "printenv", "env"];

/// One read of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ShellRead {
    pub key: String,
    pub span: Span,
    pub required: &'static str,
    pub default: Option<String>,
    pub idiom: &'static str,
    /// Where the key is written, if that is not where it is read.
    pub literal: Option<Span>,
}

/// What one script reads, in order of places.
#[derive(Default)]
pub(super) struct Script {
    pub reads: Vec<ShellRead>,
    pub holes: Vec<Hole>,
}

/// What becomes of a variable that is unset, and how it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    required: &'static str,
    default: Option<String>,
    idiom: &'static str,
}

impl Form {
    const fn plain(idiom: &'static str) -> Self {
        Form { required: "maybe", default: None, idiom }
    }
}

/// Reads a script.
pub(super) fn read(code: &Code) -> Script {
    let assigned = Assigned::of(code);
    let mut script = Script::default();
    let mut indirect = Indirect::default();
    for node in code.root().subtree() {
        match node.kind() {
            "simple_expansion" => {
                let name = node.named_children().find(|child| child.kind() == "variable_name");
                if let Some(name) = name {
                    direct(&assigned, name, Form::plain("$K"), &mut script);
                }
            }
            "expansion" => expanded(&assigned, node, &mut script, &mut indirect),
            "variable_name" if is_arithmetic(node) => direct(&assigned, node, Form::plain("$((K))"), &mut script),
            "command" => command(&assigned, node, &mut script, &mut indirect),
            _ => {}
        }
    }
    indirect.resolve(code, &assigned, &mut script);
    script.reads.sort_by(|a, b| (a.span, &a.key).cmp(&(b.span, &b.key)));
    script.reads.dedup();
    script
}

/// `${K}` and its forms.
fn expanded<'t>(assigned: &Assigned<'t>, node: Node<'t>, script: &mut Script, indirect: &mut Indirect<'t>) {
    let Some(parts) = expansion::parts(node) else { return };
    match parts.way {
        expansion::Way::Direct(name) => direct(assigned, name, parts.form, script),
        expansion::Way::Through(name) if parts.form == Form::plain("${K}") => {
            indirect.add(node, name, Source::Variable(name), Form::plain("${!K}"));
        }
        expansion::Way::Through(name) => indirect.add(node, name, Source::Variable(name), parts.form),
        expansion::Way::Names => script.holes.push(parsed::computed(node)),
    }
    // `${K:OFFSET:LENGTH}`
    if parts.is_slice {
        let names = node.named_children().filter(|child| child.kind() == "variable_name").skip(1);
        names.for_each(|name| direct(assigned, name, Form::plain("$((K))"), script));
    }
}

fn direct<'t>(assigned: &Assigned<'t>, name: Node<'t>, form: Form, script: &mut Script) {
    if is_key(name.text()) && !assigned.before(name.text(), name) {
        script.reads.push(read_of(name.text(), name.span(), form, None));
    }
}

pub(super) fn read_of(key: &str, span: Span, form: Form, literal: Option<Span>) -> ShellRead {
    ShellRead { key: key.to_owned(), span, required: form.required, default: form.default, idiom: form.idiom, literal }
}

/// Whether a bare name stands in an arithmetic expression as a value.
fn is_arithmetic(name: Node<'_>) -> bool {
    let Some(parent) = name.parent() else { return false };
    match parent.kind() {
        "arithmetic_expansion" | "ternary_expression" | "parenthesized_expression" => true,
        "compound_statement" => true,
        "unary_expression" | "binary_expression" => !assigned::is_set_by(parent, name),
        _ => false,
    }
}

/// Commands that read variables by their names.
fn command<'t>(assigned: &Assigned<'t>, node: Node<'t>, script: &mut Script, indirect: &mut Indirect<'t>) {
    let Some(name) = node.field("name") else { return };
    let arguments = || node.children().filter(|child| child.role() == "argument");
    match name.text() {
        "printenv" => {
            let mut keys = arguments().filter(|argument| !argument.text().starts_with('-')).peekable();
            if keys.peek().is_none() {
                script.holes.push(whole(node));
            }
            for key in keys {
                match literal(key) {
                    Some(text) if is_key(text) && !assigned.before(text, key) => {
                        script.reads.push(read_of(text, key.span(), Form::plain("printenv"), None));
                    }
                    Some(_) => {}
                    None => indirect.add(node, key, indirect::source(key), Form::plain("printenv")),
                }
            }
        }
        "env" => {
            let runs = arguments().any(|argument| !argument.text().starts_with('-') && !argument.text().contains('='));
            if !runs {
                script.holes.push(whole(node));
            }
        }
        "envsubst" => match arguments().find(|argument| !argument.text().starts_with('-')) {
            None => script.holes.push(whole(node)),
            Some(names) => named_in(assigned, names, script),
        },
        "eval" if arguments().any(|argument| composes_a_name(argument.text())) => script.holes.push(parsed::computed(node)),
        _ => {}
    }
}

/// `envsubst '$A ${B}'` replaces just these.
fn named_in<'t>(assigned: &Assigned<'t>, list: Node<'t>, script: &mut Script) {
    let text = list.text();
    // In double quotes the shell reads them itself, and what it puts there nobody knows.
    if list.kind() != "raw_string" {
        return;
    }
    for (at, _) in text.match_indices('$') {
        let start = at + if text[at + 1..].starts_with('{') { 2 } else { 1 };
        let length = text[start..].bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let key = &text[start..start + length];
        if is_key(key) && !assigned.before(key, list) {
            let span = Span::new(list.span().start + start, list.span().start + start + length);
            script.reads.push(read_of(key, span, Form::plain("envsubst"), None));
        }
    }
}

/// `eval "x=\$$name"`
fn composes_a_name(text: &str) -> bool {
    ["\\$$", "\\${$", "\\$\\{$"].iter().any(|form| text.contains(form))
}

fn whole(command: Node<'_>) -> Hole {
    let message =
        format!("`{}` reads the environment as a whole: its keys are known at run time only", parsed::quoted(command.text()));
    Hole { span: command.span(), message, path: None }
}

/// The text of a word or a string without expansions.
fn literal(node: Node<'_>) -> Option<&str> {
    let text = node.text();
    match node.kind() {
        "word" | "variable_name" if !text.contains(['\\', '$', '`', '*', '?', '[', '{', '~']) => Some(text),
        "raw_string" => text.strip_prefix('\'')?.strip_suffix('\''),
        "string" => {
            let inner = text.strip_prefix('"')?.strip_suffix('"')?;
            (!inner.contains(['\\', '$', '`'])).then_some(inner)
        }
        _ => None,
    }
}

/// Whether a name can be one of the environment: in capitals, and none that the shell itself sets.
pub(super) fn is_key(name: &str) -> bool {
    let is_capital = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let in_capitals = name.bytes().all(is_capital) && name.bytes().any(|byte| byte.is_ascii_uppercase());
    in_capitals && !name.starts_with(|c: char| c.is_ascii_digit()) && !is_of_the_shell(name)
}

/// Variables that the shell sets for its scripts (bash's manual, "Bash Variables").
fn is_of_the_shell(name: &str) -> bool {
    const OWN: [&str; 43] = [
        "BASH",
        "BASHOPTS",
        "BASHPID",
        "COLUMNS",
        "COPROC",
        "DIRSTACK",
        "EPOCHREALTIME",
        "EPOCHSECONDS",
        "EUID",
        "FUNCNAME",
        "FUNCNEST",
        "GROUPS",
        "HISTCMD",
        "HISTFILE",
        "HISTSIZE",
        "HOSTNAME",
        "HOSTTYPE",
        "IFS",
        "LINENO",
        "LINES",
        "MACHTYPE",
        "MAPFILE",
        "OLDPWD",
        "OPTARG",
        "OPTERR",
        "OPTIND",
        "OSTYPE",
        "PIPESTATUS",
        "PPID",
        "PS1",
        "PS2",
        "PS3",
        "PS4",
        "PWD",
        "RANDOM",
        "REPLY",
        "SECONDS",
        "SHELLOPTS",
        "SHLVL",
        "SRANDOM",
        "UID",
        "ZSH_VERSION",
        "KSH_VERSION",
    ];
    OWN.contains(&name) || ["BASH_", "COMP_", "READLINE_"].iter().any(|prefix| name.starts_with(prefix))
}
