//! Kotlin that its grammar stumbles over: a declaration that is closed by a brace on its own line.

use super::Node;

/// Whether the grammar took a declaration for an expression: `object A { val b = 1 }` for a call of `A` on an object.
pub(super) fn is_misread(node: Node<'_>) -> bool {
    node.kind() == "object_literal" && node.parent().is_some_and(|parent| parent.kind() == "infix_expression")
}

/// The text with a line break in place of a blank before each closing brace: `object A { val b = 1 }` is sound Kotlin, but
/// the grammar wants the declaration's line to end. Every byte keeps its place; strings and comments stay as they are.
pub(super) fn broken_before_braces(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    // What is open: code with braces in it, or a string that braces in `${…}` may stand in.
    let mut open = vec![Open::Code];
    let mut at = 0;
    while at < bytes.len() {
        let rest = bytes.get(at..).unwrap_or_default();
        let (length, change) = match open.last().copied().unwrap_or(Open::Code) {
            Open::Code => in_code(rest),
            string => in_string(rest, string),
        };
        match change {
            Change::Open(next) => open.push(next),
            Change::Brace if open.len() > 1 => {
                open.pop();
                break_before(&mut bytes, at);
            }
            Change::Quote => {
                open.pop();
            }
            _ => {}
        }
        at += length;
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Code,
    String,
    Raw,
}

enum Change {
    Nothing,
    Open(Open),
    /// A closing brace.
    Brace,
    /// A closing quote.
    Quote,
}

fn break_before(bytes: &mut [u8], at: usize) {
    if let Some(before) = at.checked_sub(1).and_then(|before| bytes.get_mut(before)).filter(|before| **before == b' ') {
        *before = b'\n';
    }
}

/// How long the next piece of code is, and what it opens or closes.
fn in_code(rest: &[u8]) -> (usize, Change) {
    let until = |end: &[u8]| rest.windows(end.len()).position(|window| window == end).unwrap_or(rest.len());
    match rest.first() {
        Some(b'{') => (1, Change::Open(Open::Code)),
        Some(b'}') => (1, Change::Brace),
        Some(b'"') if rest.starts_with(b"\"\"\"") => (3, Change::Open(Open::Raw)),
        Some(b'"') => (1, Change::Open(Open::String)),
        Some(b'/') if rest.starts_with(b"//") => (until(b"\n").max(1), Change::Nothing),
        Some(b'/') if rest.starts_with(b"/*") => (comment(rest), Change::Nothing),
        // `'}'`, `'\''`
        Some(b'\'') => match (rest.get(1), rest.get(2)) {
            (Some(b'\\'), _) => (3, Change::Nothing),
            (Some(_), Some(b'\'')) => (3, Change::Nothing),
            _ => (1, Change::Nothing),
        },
        _ => (1, Change::Nothing),
    }
}

fn in_string(rest: &[u8], string: Open) -> (usize, Change) {
    match rest.first() {
        Some(b'\\') if string == Open::String => (2, Change::Nothing),
        Some(b'$') if rest.starts_with(b"${") => (2, Change::Open(Open::Code)),
        Some(b'"') if string == Open::Raw && !rest.starts_with(b"\"\"\"") => (1, Change::Nothing),
        Some(b'"') if string == Open::Raw => (3, Change::Quote),
        Some(b'"' | b'\n') if string == Open::String => (1, Change::Quote),
        _ => (1, Change::Nothing),
    }
}

/// The bytes of a comment, which may hold others.
fn comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0usize, 0);
    while let Some(two) = rest.get(at..at + 2) {
        match two {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_braces_of_code_end_a_line() {
        for (text, expected) in [
            ("object A { val b = 1 }", "object A { val b = 1\n}"),
            ("val a = \"x }\" // }\nf {1}", "val a = \"x }\" // }\nf {1}"),
            ("val a = \"\"\"{ } ${ b } }\"\"\" /* { } /* } */ } */", "val a = \"\"\"{ } ${ b\n} }\"\"\" /* { } /* } */ } */"),
            ("val c = '}'; val d = '\\''; f { c }", "val c = '}'; val d = '\\''; f { c\n}"),
        ] {
            assert_eq!(broken_before_braces(text), expected);
        }
    }

    #[test]
    fn hostile_texts_end_quickly() {
        for text in ["{ ", " }", "\"${", "/*", "\"\"\"", "'", "\""] {
            assert_eq!(broken_before_braces(&text.repeat(50_000)).len(), text.len() * 50_000);
        }
    }
}
