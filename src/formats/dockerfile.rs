//! The images that a Dockerfile builds on, into the value arena: `from` and `copy`, each an array of objects with `image`, or `stage`
//! where that is a stage of the same file; `from` also has `as` and `platform`. Arguments with defaults are resolved; an image that
//! only the build knows is noted as computed.

use std::collections::HashMap;

use super::value::Member;
use super::{Document, Kind, NodeId, ParseError};
use crate::text::Span;

/// How deep defaults may refer to each other.
const DEEPEST: usize = 16;

pub(super) fn parse(text: &str) -> Result<Document, ParseError> {
    let mut reader = Reader::default();
    let root = reader.document.push(Kind::Null, Span::new(0, text.trim_end().len()));
    for instruction in instructions(text) {
        reader.instruction(&instruction);
    }
    let mut members = Vec::new();
    for (key, items) in [("from", reader.from), ("copy", reader.copy)] {
        if let Some(first) = items.first() {
            let span = reader.document.node(*first).span;
            let value = reader.document.push(Kind::Array(items), span);
            members.push(Member { key: key.into(), key_span: span, value });
        }
    }
    reader.document.node_mut(root).kind = Kind::Object(members);
    reader.document.roots.push(root);
    Ok(reader.document)
}

/// An instruction: its words in upper case and as written.
struct Instruction<'t> {
    name: String,
    words: Vec<(&'t str, Span)>,
    span: Span,
}

/// The instructions of a file: continued lines are one, and comments, blank lines and here-documents are none.
fn instructions(text: &str) -> Vec<Instruction<'_>> {
    let escape = if is_escape_directive(text) { '`' } else { '\\' };
    let mut found: Vec<Instruction<'_>> = Vec::new();
    let (mut at, mut continued, mut ends) = (0, false, std::collections::VecDeque::<String>::new());
    for line in text.split_inclusive('\n') {
        let (start, bare) = (at, line.trim_end());
        at += line.len();
        if let Some(end) = ends.front() {
            if bare.trim_start_matches('\t') == end {
                ends.pop_front();
            }
            continue;
        }
        let is_comment = bare.trim_start().starts_with('#');
        if is_comment || (bare.trim().is_empty() && continued) {
            continue;
        }
        let body = bare.strip_suffix(escape).unwrap_or(bare);
        let words: Vec<(&str, Span)> = words(body, start).collect();
        match (continued, found.last_mut()) {
            (true, Some(instruction)) => {
                instruction.span.end = start + body.len();
                instruction.words.extend(words);
            }
            _ => {
                if let Some(((name, span), rest)) = words.split_first() {
                    let span = Span::new(span.start, start + body.len());
                    found.push(Instruction { name: name.to_ascii_uppercase(), words: rest.to_vec(), span });
                }
            }
        }
        continued = body.len() < bare.len();
        if !continued && let Some(last) = found.last() {
            ends = here_documents(last);
        }
    }
    found
}

fn is_escape_directive(text: &str) -> bool {
    let directives = text.lines().take_while(|line| line.trim_start().starts_with('#'));
    directives
        .filter_map(|line| line.trim_start()[1..].split_once('='))
        .any(|(key, value)| key.trim().eq_ignore_ascii_case("escape") && value.trim() == "`")
}

fn words(line: &str, start: usize) -> impl Iterator<Item = (&str, Span)> {
    line.split_ascii_whitespace().map(move |word| {
        let at = start + (word.as_ptr() as usize - line.as_ptr() as usize);
        (word, Span::new(at, at + word.len()))
    })
}

/// The lines that end the here-documents which an instruction begins.
fn here_documents(instruction: &Instruction<'_>) -> std::collections::VecDeque<String> {
    if !matches!(instruction.name.as_str(), "RUN" | "COPY" | "ADD") {
        return Default::default();
    }
    let words = instruction.words.iter().filter_map(|(word, _)| word.strip_prefix("<<"));
    let words = words.map(|word| word.trim_start_matches('-').trim_matches(['"', '\'']));
    words
        .filter(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
        .map(str::to_string)
        .collect()
}

#[derive(Default)]
struct Reader {
    document: Document,
    from: Vec<NodeId>,
    copy: Vec<NodeId>,
    /// Arguments before the first stage, which are what `FROM` sees: their defaults.
    arguments: HashMap<String, Option<(String, Span)>>,
    stages: Vec<String>,
}

impl Reader {
    fn instruction(&mut self, instruction: &Instruction<'_>) {
        match instruction.name.as_str() {
            "ARG" if self.from.is_empty() => self.argument(instruction),
            "FROM" => self.stage(instruction),
            "COPY" | "ADD" => {
                let sources = instruction.words.iter().filter_map(|(word, span)| {
                    let image = word.strip_prefix("--from=")?;
                    Some((image, Span::new(span.end - image.len(), span.end)))
                });
                for (image, span) in sources {
                    if !image.bytes().all(|byte| byte.is_ascii_digit()) {
                        let member = self.image(image, span);
                        let id = self.document.push(Kind::Object(vec![member]), instruction.span);
                        self.copy.push(id);
                    }
                }
            }
            _ => {}
        }
    }

    fn argument(&mut self, instruction: &Instruction<'_>) {
        for (word, span) in &instruction.words {
            let (name, default) = match word.split_once('=') {
                Some((name, value)) => (name, Some((value, Span::new(span.end - value.len(), span.end)))),
                None => (*word, None),
            };
            let default = default.map(|(value, span)| (value.trim_matches(['"', '\'']).to_string(), span));
            self.arguments.insert(name.to_string(), default);
        }
    }

    fn stage(&mut self, instruction: &Instruction<'_>) {
        let mut members = Vec::new();
        let mut words = instruction.words.iter().peekable();
        while let Some((flag, span)) = words.next_if(|(word, _)| word.starts_with("--")) {
            if let Some(platform) = flag.strip_prefix("--platform=") {
                let span = Span::new(span.end - platform.len(), span.end);
                members.push(self.member("platform", span, platform, span));
            }
        }
        let Some((image, span)) = words.next() else { return };
        members.push(self.image(image, *span));
        if let (Some((word, _)), Some((name, span))) = (words.next(), words.next())
            && word.eq_ignore_ascii_case("as")
        {
            let id = self.document.push(Kind::String((*name).into()), *span);
            members.push(Member { key: "as".into(), key_span: *span, value: id });
            self.stages.push(name.to_ascii_lowercase());
        }
        let id = self.document.push(Kind::Object(members), instruction.span);
        self.from.push(id);
    }

    /// `image`, or `stage` where a stage above has that name.
    fn image(&mut self, written: &str, span: Span) -> Member {
        let named = self.resolved(written, 0).unwrap_or_else(|| written.to_string()).to_ascii_lowercase();
        let key = if self.stages.contains(&named) { "stage" } else { "image" };
        self.member(key, span, written, span)
    }

    fn member(&mut self, key: &str, key_span: Span, written: &str, span: Span) -> Member {
        let written_bare = written.trim_matches(['"', '\'']);
        let value = match self.resolved(written_bare, 0) {
            Some(value) => {
                // What is nothing but an argument stands where that gets its value.
                let place =
                    name_of(written_bare).and_then(|name| self.arguments.get(name)?.as_ref()).map_or(span, |(_, span)| *span);
                self.document.push(Kind::String(value.into()), place)
            }
            None => {
                let id = self.document.push(Kind::String(written.into()), span);
                self.document.computed.insert(id);
                id
            }
        };
        Member { key: key.into(), key_span, value }
    }

    /// The text with its arguments replaced by their defaults; none where one has no default.
    fn resolved(&self, text: &str, depth: usize) -> Option<String> {
        let mut value = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('$') {
            value.push_str(before);
            let (name, fallback, after) = match behind.strip_prefix('{') {
                Some(inner) => {
                    let (inner, after) = inner.split_once('}')?;
                    match inner.split_once(":-").or_else(|| inner.split_once('-')) {
                        Some((name, fallback)) => (name, Some(fallback), after),
                        None => (inner, None, after),
                    }
                }
                None => {
                    let end =
                        behind.bytes().position(|byte| !byte.is_ascii_alphanumeric() && byte != b'_').unwrap_or(behind.len());
                    (&behind[..end], None, &behind[end..])
                }
            };
            let default = self.arguments.get(name).and_then(Option::as_ref).map(|(text, _)| text.as_str());
            let text = default.filter(|text| !text.is_empty()).or(fallback)?;
            value.push_str(&if depth < DEEPEST { self.resolved(text, depth + 1) } else { None }?);
            if value.len() > 4_096 {
                return None;
            }
            rest = after;
        }
        value.push_str(rest);
        Some(value)
    }
}

/// The name of the one argument that a word consists of.
fn name_of(word: &str) -> Option<&str> {
    let name = word.strip_prefix('$')?;
    let name = name.strip_prefix('{').map_or(Some(name), |inner| inner.strip_suffix('}'))?;
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_').then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> String {
        let document = parse(text).unwrap();
        document.to_json(document.roots[0]).to_string()
    }

    #[test]
    fn images_arguments_and_stages() {
        let text = "# syntax=x\nARG V=1.22 BASE=\"alpine:3\"\nARG FULL=golang:${V}\nfrom --platform=linux/amd64 \\\n  # why\n  golang:${V} AS Build\nRUN <<EOF\nFROM no\nEOF\nFROM build\nFROM $BASE as last\nFROM ${FULL}\nCOPY --from=build /a /b\nCOPY --from=busybox:1 /c /d\nCOPY --from=0 /e /f\n";
        let expected = r#"{"from":[{"platform":"linux/amd64","image":"golang:1.22","as":"Build"},{"stage":"build"},{"image":"alpine:3","as":"last"},{"image":"golang:1.22"}],"copy":[{"stage":"build"},{"image":"busybox:1"}]}"#;
        assert_eq!(json(text), expected);
        let document = parse(text).unwrap();
        let shown = |pointer: &str| {
            let span = document.node(document.pointer(document.roots[0], pointer).expect(pointer)).span;
            &text[span.start..span.end]
        };
        assert_eq!((shown("/from/0/image"), shown("/from/2/image")), ("golang:${V}", "\"alpine:3\""));
    }

    #[test]
    fn what_only_the_build_knows_is_computed() {
        let text = "ARG A\nARG B=$C\nFROM a:$A\nFROM $B\nFROM ${D:-d:1}\nARG E=1\nFROM e:$E\n";
        let document = parse(text).unwrap();
        let computed = |at: usize| {
            let id = document.pointer(document.roots[0], &format!("/from/{at}/image")).unwrap();
            document.computed.contains(&id)
        };
        assert_eq!([0, 1, 2, 3].map(computed), [true, true, false, true]);
        assert_eq!(
            json("ARG A=b\nFROM a AS stage-b\nFROM stage-$A\n"),
            r#"{"from":[{"image":"a","as":"stage-b"},{"stage":"stage-b"}]}"#
        );
        assert_eq!(json("ARG A=$A$A\nFROM $A\n").matches("$A").count(), 1);
    }
}
