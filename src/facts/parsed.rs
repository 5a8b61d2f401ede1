//! What all extractors from code share: the file's syntax tree, its faults, and how holes are worded.

use super::{Fault, FaultKind, Hole, Raw, RawElement, Source};
use crate::formats::ParseError;
use crate::formats::code::{self, Code, Language, Node};
use crate::text::Span;

/// Characters of code that a message quotes.
const QUOTED: usize = 60;

/// The file's syntax tree. Where the file has none, or only a broken one, `raw` gets the fault.
pub(super) fn parsed<'s>(source: &'s Source<'_>, raw: &mut Raw) -> Option<&'s Code> {
    match source.code() {
        None => {
            let message = code::missing_grammar(source.language(), source.path).unwrap_or_default();
            raw.faults.push(Fault { kind: FaultKind::NoGrammar, at: 0, message });
            None
        }
        Some(code) => sound(code, raw),
    }
}

/// The same for an extractor that does not read shell scripts: that it could not look into one is a fault, too.
pub(super) fn parsed_but_no_script<'s>(extractor: &str, source: &'s Source<'_>, raw: &mut Raw) -> Option<&'s Code> {
    let code = parsed(source, raw)?;
    if code.language == Language::Shell {
        let message = format!("`{extractor}` does not read shell scripts");
        raw.faults.push(Fault { kind: FaultKind::NoGrammar, at: 0, message });
        return None;
    }
    Some(code)
}

/// The syntax tree, if there is one; `raw` gets the fault of what is broken in it.
pub(super) fn sound<'c>(code: Result<&'c Code, &ParseError>, raw: &mut Raw) -> Option<&'c Code> {
    let fault = |at, message| Fault { kind: FaultKind::Unparsable, at, message };
    match code {
        Err(error) => {
            raw.faults.push(fault(error.at, error.message.clone()));
            None
        }
        Ok(code) => {
            raw.faults.extend(code.first_error().map(|at| fault(at, "a syntax error".to_owned())));
            Some(code)
        }
    }
}

/// The hole that `node` leaves.
pub(super) fn computed(node: Node<'_>) -> Hole {
    Hole { span: node.span(), message: format!("`{}` is computed at run time", quoted(node.text())), path: None }
}

/// Code as one short line.
pub(super) fn quoted(text: &str) -> String {
    let mut line = String::new();
    let start: String = text.chars().take(4 * QUOTED).collect();
    for word in start.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().take(QUOTED + 1));
        if line.chars().nth(QUOTED).is_some() {
            let cut: String = line.chars().take(QUOTED).collect();
            return format!("{}…", cut.trim_end());
        }
    }
    line
}

/// Puts elements and holes in the order of their places; what stands twice at one place with one value is one.
pub(super) fn settle(raw: &mut Raw) {
    let key = |element: &RawElement| element.span.unwrap_or(Span::at(0));
    raw.elements.sort_by(|a, b| (key(a), &a.value).cmp(&(key(b), &b.value)));
    raw.elements.dedup_by(|a, b| a.span == b.span && a.value == b.value);
    raw.holes.sort_by_key(|hole| hole.span);
    raw.holes.dedup_by_key(|hole| hole.span);
}

/// Test support: the elements and holes of an extractor as short lines.
#[cfg(test)]
pub(super) mod testing {
    use super::super::{Extractor, FileKind, Raw, Source};
    use crate::text::{RepoPath, Span};

    pub fn raw(extractor: &dyn Extractor, name: &str, text: &str) -> Raw {
        let path = RepoPath::new(name);
        let mut raw = Raw::default();
        // As the engine does
        if extractor.literals(FileKind::of(&path)).is_none_or(|literals| literals.iter().any(|literal| text.contains(literal))) {
            extractor.extract(&Source::new(&path, text.as_bytes()), &mut raw);
        }
        raw
    }

    /// `value@line:column` of each element, then `!line:column` of each hole, then `fault`.
    pub fn told(extractor: &dyn Extractor, name: &str, text: &str) -> String {
        told_with(extractor, name, text, &[])
    }

    /// The same, with the captures named in `captures`.
    pub fn told_with(extractor: &dyn Extractor, name: &str, text: &str, captures: &[&str]) -> String {
        let path = RepoPath::new(name);
        let source = Source::new(&path, text.as_bytes());
        let raw = raw(extractor, name, text);
        let at = |span| {
            let start = source.range(span).start;
            format!("{}:{}", start.line, start.column)
        };
        let mut lines = Vec::new();
        for element in &raw.elements {
            let mut line = format!("{}@{}", element.value, element.span.map_or("-".to_owned(), at));
            for (name, value) in element.captures.iter().filter(|(name, _)| captures.contains(&name.as_str())) {
                line.push_str(&format!(" {name}={value}"));
            }
            lines.push(line);
        }
        // There is no other file that it could wait for, nor one that calls its wrappers.
        let uncalled = raw.wrappers.iter().flat_map(|wrapper| &wrapper.holes).map(|(span, _)| *span);
        let waits = raw.waits.iter().map(|wait| wait.at);
        let mut holes: Vec<Span> = raw.holes.iter().map(|hole| hole.span).chain(uncalled).chain(waits).collect();
        holes.sort();
        lines.extend(holes.into_iter().map(|span| format!("!{}", at(span))));
        lines.extend(raw.faults.iter().map(|_| "fault".to_owned()));
        lines.join(", ")
    }
}
