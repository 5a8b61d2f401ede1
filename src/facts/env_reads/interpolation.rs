//! `$K` and `${K…}` in texts that no shell reads: Compose and Kubernetes files, and Dockerfiles outside of commands.

use super::shell::{self, ShellRead};
use crate::text::Span;

/// What a text's reader makes of dollars.
#[derive(Clone, Copy)]
pub(super) struct Dialect {
    /// `$K` without braces counts.
    pub bare: bool,
    /// Names in small letters are of the environment too.
    pub small: bool,
    /// `\$` is a dollar, and nothing counts in single quotes: a Dockerfile. Else `$$` is one.
    pub backslash: bool,
}

pub(super) const COMPOSE: Dialect = Dialect { bare: true, small: true, backslash: false };
pub(super) const KUBERNETES: Dialect = Dialect { bare: false, small: false, backslash: false };
pub(super) const DOCKERFILE: Dialect = Dialect { bare: true, small: false, backslash: true };

/// Bytes behind a name in which the end of its braces is looked for.
const MAX_FORM: usize = 1024;

/// The reads in a text, in order.
pub(super) fn reads(text: &str, dialect: Dialect) -> Vec<ShellRead> {
    let bytes = text.as_bytes();
    let mut reads = Vec::new();
    let mut at = 0;
    let mut in_double = false;
    while let Some(byte) = bytes.get(at) {
        at += match byte {
            b'\\' if dialect.backslash => 2,
            b'"' if dialect.backslash => {
                in_double = !in_double;
                1
            }
            b'\'' if dialect.backslash && !in_double => match text[at + 1..].find('\'') {
                Some(end) => end + 2,
                None => 1,
            },
            b'$' if !dialect.backslash && bytes.get(at + 1) == Some(&b'$') => 2,
            b'$' => read(text, at, dialect, &mut reads),
            _ => 1,
        };
    }
    reads
}

/// Adds what begins with the dollar at `at`; how many bytes to go on by.
fn read(text: &str, at: usize, dialect: Dialect, reads: &mut Vec<ShellRead>) -> usize {
    let braced = text.as_bytes().get(at + 1) == Some(&b'{');
    let start = at + if braced { 2 } else { 1 };
    let length = text[start..].bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let name = &text[start..start + length];
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && (dialect.small || shell::is_key(name));
    if !is_name || !(braced || dialect.bare) {
        return start + length - at;
    }
    let form = match braced {
        false => shell::form_of_bare(),
        true => match rest(&text[start + length..]) {
            Some(rest) => shell::form(rest),
            // No end: no expansion, but some text.
            None => return start + length - at,
        },
    };
    reads.push(shell::read_of(name, Span::new(start, start + length), form, None));
    start + length - at
}

/// What stands between a name and the brace that closes; none where it holds what no name is followed by.
fn rest(text: &str) -> Option<&str> {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate().take(MAX_FORM) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => {
                let rest = &text[..at];
                let is_form = rest.is_empty() || rest.starts_with([':', '-', '=', '?', '+', '#', '%', '/', '^', ',']);
                return is_form.then_some(rest);
            }
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, dialect: Dialect) -> String {
        let told = reads(text, dialect).into_iter().map(|read| {
            assert_eq!(&text[read.span.start..read.span.end], read.key);
            format!("{} {}{}", read.key, read.required, read.default.map(|text| format!(" {text}")).unwrap_or_default())
        });
        told.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn each_dialect_has_its_own_dollars() {
        for (text, compose, kubernetes, dockerfile) in [
            ("$A", "A maybe", "", "A maybe"),
            ("x${A}y", "A maybe", "A maybe", "A maybe"),
            ("${A:-b}${A-}", "A no b, A no ", "A no b, A no ", "A no b, A no "),
            ("${A:?e}${A?}", "A yes, A yes", "A yes, A yes", "A yes, A yes"),
            ("${A:-${B:-c}}", "A no, B no c", "A no, B no c", "A no, B no c"),
            ("$${A}", "", "", "A maybe"),
            ("\\${A}", "A maybe", "A maybe", ""),
            ("'${A}' \"'$B'\"", "A maybe, B maybe", "A maybe", "B maybe"),
            ("${a} $a", "a maybe, a maybe", "", ""),
            ("${A ${1} ${} $ ${A.B} ${{ env.A }}", "", "", ""),
            ("", "", "", ""),
        ] {
            assert_eq!(told(text, COMPOSE), compose, "{text}");
            assert_eq!(told(text, KUBERNETES), kubernetes, "{text}");
            assert_eq!(told(text, DOCKERFILE), dockerfile, "{text}");
        }
    }
}
