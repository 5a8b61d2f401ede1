//! What a Dockerfile reads from outside: names in capitals that neither `ARG` nor `ENV` declares before.

use std::collections::HashSet;

use super::interpolation::{self, DOCKERFILE};
use super::mapped::{self, Mapped};
use super::{embedded, push};
use crate::facts::{Fault, Raw, Source};
use crate::formats;
use crate::text::Span;

/// One instruction: its word, and everything behind it.
struct Instruction {
    word: String,
    rest: Mapped,
    /// Bodies of here-documents.
    bodies: Vec<Body>,
}

struct Body {
    text: Mapped,
    /// Its delimiter is quoted: nothing in it is expanded.
    quoted: bool,
}

/// Adds what the file reads.
pub(super) fn read(source: &Source<'_>, raw: &mut Raw) {
    let (body, mark) = source.body();
    let text = match formats::utf8(body) {
        Ok(text) => text,
        Err(error) => return raw.faults.push(Fault::unparsable(&error)),
    };
    let mut stage = Stage { declared: HashSet::new(), is_shell: true };
    for instruction in instructions(text, mark) {
        stage.look_at(&instruction, raw);
    }
}

/// What is known where the file has come to.
struct Stage {
    declared: HashSet<String>,
    /// Whether commands run in a shell whose language is read here.
    is_shell: bool,
}

impl Stage {
    fn look_at(&mut self, instruction: &Instruction, raw: &mut Raw) {
        match instruction.word.as_str() {
            "RUN" | "CMD" | "ENTRYPOINT" => self.command(instruction, raw),
            "HEALTHCHECK" => {
                let (flags, rest) = without_flags(&instruction.rest);
                self.expanded(&flags, raw);
                if let Some(rest) = behind_word(&rest, "CMD") {
                    self.run(rest, raw);
                }
            }
            "SHELL" => self.is_shell = exec(&instruction.rest.text).first().is_none_or(|word| is_shell(&word.text)),
            "ARG" | "ENV" => {
                self.expanded(&instruction.rest, raw);
                self.declared.extend(declared(&instruction.word, &instruction.rest.text));
            }
            "ONBUILD" => {
                if let Some(inner) = split(&instruction.rest) {
                    self.look_at(&inner, raw);
                }
            }
            _ => {
                self.expanded(&instruction.rest, raw);
                for body in instruction.bodies.iter().filter(|body| !body.quoted) {
                    self.expanded(&body.text, raw);
                }
            }
        }
    }

    /// What Docker itself expands.
    fn expanded(&self, text: &Mapped, raw: &mut Raw) {
        let reads = interpolation::reads(&text.text, DOCKERFILE);
        reads.into_iter().filter(|read| !self.is_declared(&read.key)).for_each(|read| push(raw, text, read));
    }

    fn command(&self, instruction: &Instruction, raw: &mut Raw) {
        let (_, rest) = without_flags(&instruction.rest);
        let is_script = rest.text.trim_start().starts_with("<<");
        match instruction.bodies.is_empty() || !is_script {
            true => self.run(rest, raw),
            // The document is the script.
            false => instruction.bodies.iter().for_each(|body| self.script(&body.text, raw)),
        }
        if !is_script {
            for body in instruction.bodies.iter().filter(|body| !body.quoted) {
                self.expanded(&body.text, raw);
            }
        }
    }

    /// A command in the form of a list, or in the shell's.
    fn run(&self, command: Mapped, raw: &mut Raw) {
        if !command.text.trim_start().starts_with('[') {
            return self.script(&command, raw);
        }
        // `["sh", "-c", "script"]`
        let words = exec(&command.text);
        if let [shell, flag, script, ..] = &words[..]
            && is_shell(&shell.text)
            && flag.text.starts_with('-')
            && flag.text.ends_with('c')
        {
            let mut outer = Mapped::default();
            for (at, c) in script.text.char_indices() {
                outer.push(c, command.span(script.span(Span::new(at, at + c.len_utf8()))).start);
            }
            self.script(&outer, raw);
        }
    }

    fn script(&self, text: &Mapped, raw: &mut Raw) {
        if self.is_shell {
            embedded(text, |key| self.is_declared(key), raw);
        }
    }

    fn is_declared(&self, key: &str) -> bool {
        // Docker sets these for every build.
        let is_predefined = ["TARGET", "BUILD"].iter().any(|prefix| {
            key.strip_prefix(prefix).is_some_and(|rest| matches!(rest, "PLATFORM" | "OS" | "OSVERSION" | "ARCH" | "VARIANT"))
        });
        is_predefined || self.declared.contains(key)
    }
}

fn is_shell(word: &str) -> bool {
    matches!(word.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash"))
}

/// The names that `ARG A=1 B` and `ENV A=1 B=2` (or `ENV A value`) declare.
fn declared(word: &str, rest: &str) -> Vec<String> {
    let words = words(rest);
    let name = |word: &&str| word.split('=').next().unwrap_or_default().to_owned();
    match words.first() {
        Some(first) if word == "ENV" && !first.contains('=') => vec![(*first).to_owned()],
        _ => words.iter().filter(|part| word == "ARG" || part.contains('=')).map(name).collect(),
    }
}

/// Words, parted by blanks outside of quotes.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut start, mut quote, mut escaped) = (None, None, false);
    for (at, c) in text.char_indices() {
        match (c, quote) {
            _ if std::mem::take(&mut escaped) => {}
            ('\\', None | Some('"')) => escaped = true,
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (c, None) if c.is_whitespace() => {
                words.extend(start.take().map(|start| &text[start..at]));
                continue;
            }
            _ => {}
        }
        start.get_or_insert(at);
    }
    words.extend(start.map(|start| &text[start..]));
    words
}

/// The strings of a JSON array, each with its place in the text.
fn exec(text: &str) -> Vec<Mapped> {
    let mut strings = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find('"').map(|quote| at + quote) {
        let mut end = start + 1;
        while text.as_bytes().get(end).is_some_and(|byte| *byte != b'"') {
            end += if text.as_bytes()[end] == b'\\' { 2 } else { 1 };
        }
        let Some(written) = text.get(start..=end) else { break };
        strings.push(mapped::scalar(written, start));
        at = end + 1;
    }
    strings
}

/// The leading `--flag=value` words, and what follows them.
fn without_flags(text: &Mapped) -> (Mapped, Mapped) {
    let mut at = 0;
    loop {
        let rest = &text.text[at..];
        let word = rest.trim_start();
        if !word.starts_with("--") {
            return (part(text, 0, at), part(text, at, text.text.len()));
        }
        at += rest.len() - word.len() + word.find(char::is_whitespace).unwrap_or(word.len());
    }
}

/// What follows a word, if the text begins with it.
fn behind_word(text: &Mapped, word: &str) -> Option<Mapped> {
    let start = text.text.len() - text.text.trim_start().len();
    let found = text.text.get(start..start + word.len())?;
    found.eq_ignore_ascii_case(word).then(|| part(text, start + word.len(), text.text.len()))
}

fn part(text: &Mapped, start: usize, end: usize) -> Mapped {
    let mut part = Mapped::default();
    for (at, c) in text.text[start..end].char_indices() {
        part.push(c, text.span(Span::new(start + at, start + at + c.len_utf8())).start);
    }
    part
}

/// The instruction inside of `ONBUILD`.
fn split(text: &Mapped) -> Option<Instruction> {
    let start = text.text.len() - text.text.trim_start().len();
    let word = text.text[start..].split_whitespace().next()?.to_ascii_uppercase();
    let is_nested = word == "ONBUILD";
    let rest = part(text, start + word.len(), text.text.len());
    (!is_nested).then_some(Instruction { word, rest, bodies: Vec::new() })
}

/// The instructions of a file; `mark` is the length of what stands before the text.
fn instructions(text: &str, mark: usize) -> Vec<Instruction> {
    let escape =
        if text.lines().next().is_some_and(|line| line.replace(' ', "").eq_ignore_ascii_case("#escape=`")) { '`' } else { '\\' };
    let mut found = Vec::new();
    let mut lines = Lines { text, at: 0 };
    while let Some((start, line)) = lines.next() {
        let trimmed = line.trim_start();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let word = trimmed.split_whitespace().next().unwrap_or_default();
        let mut rest = Mapped::default();
        let begin = line.len() - trimmed.len() + word.len();
        let mut goes_on = add(&line[begin..], mark + start + begin, escape, &mut rest);
        while goes_on {
            let Some((start, line)) = lines.next() else { break };
            // Comments and empty lines inside of an instruction are not there.
            if line.trim().is_empty() || line.trim_start().starts_with('#') {
                continue;
            }
            goes_on = add(line, mark + start, escape, &mut rest);
        }
        let delimiters = here_documents(&word.to_ascii_uppercase(), &rest.text);
        let bodies = delimiters.into_iter().map(|(delimiter, quoted)| Body { text: lines.until(&delimiter, mark), quoted });
        let bodies = bodies.collect();
        found.push(Instruction { word: word.to_ascii_uppercase(), rest, bodies });
    }
    found
}

/// Adds a line; whether the next one belongs to it.
fn add(line: &str, from: usize, escape: char, rest: &mut Mapped) -> bool {
    match line.trim_end().strip_suffix(escape) {
        Some(head) => {
            rest.push_str(head, from);
            rest.push(' ', from + head.len());
            true
        }
        None => {
            rest.push_str(line.trim_end(), from);
            false
        }
    }
}

/// The delimiters of the here-documents that an instruction opens, and whether they are quoted.
fn here_documents(word: &str, rest: &str) -> Vec<(String, bool)> {
    if !matches!(word, "RUN" | "COPY" | "ADD") {
        return Vec::new();
    }
    let parts = rest.match_indices("<<").filter(|(at, _)| !rest[..*at].ends_with('<') && !rest[at + 2..].starts_with('<'));
    let delimiter = |(at, _): (usize, &str)| {
        let written = rest[at + 2..].trim_start_matches('-').split_whitespace().next()?;
        let plain = written.trim_matches(['"', '\'']);
        let is_name = !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        is_name.then(|| (plain.to_owned(), plain.len() < written.len()))
    };
    parts.filter_map(delimiter).collect()
}

/// The lines of a text, each with its offset.
struct Lines<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lines<'t> {
    fn next(&mut self) -> Option<(usize, &'t str)> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let line = rest.split_inclusive('\n').next()?;
        let start = self.at;
        self.at += line.len();
        Some((start, line.trim_end_matches(['\n', '\r'])))
    }

    /// The lines before the one that is the delimiter alone.
    fn until(&mut self, delimiter: &str, mark: usize) -> Mapped {
        let mut body = Mapped::default();
        while let Some((start, line)) = self.next() {
            if line.trim_start_matches('\t') == delimiter {
                break;
            }
            body.push_str(line, mark + start);
            body.push('\n', mark + start + line.len());
        }
        body
    }
}
