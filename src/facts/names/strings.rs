//! Literals of code: their values.

use super::plain;
use crate::formats::code::Node;

/// The text of a plain string literal: unquoted, escapes decoded, adjacent parts joined; also of template and f-strings
/// without holes. The node's span includes the quotes.
pub fn string_value(node: Node<'_>) -> Option<String> {
    let node = plain(node);
    let is_python = node.code().language == crate::formats::code::Language::Python;
    match node.kind() {
        "string" if is_python => python_string(node),
        "concatenated_string" => node.named_children().map(python_string).collect(),
        "string" => unescaped(inside(node.text(), 1), JAVASCRIPT),
        "template_string" if node.named_children().all(|part| part.kind() != "template_substitution") => {
            unescaped(inside(node.text(), 1), JAVASCRIPT)
        }
        _ => None,
    }
}

/// The text of a literal: a string's value; numbers, booleans and the null value as written.
pub fn literal_text(node: Node<'_>) -> Option<String> {
    let node = plain(node);
    match node.kind() {
        "integer" | "float" | "number" | "true" | "false" | "none" | "null" | "undefined" => Some(node.text().to_owned()),
        "unary_operator" | "unary_expression" => {
            let operand = node.field("argument")?;
            let is_number = matches!(operand.kind(), "integer" | "float" | "number");
            let is_sign = matches!(node.field("operator")?.text(), "-" | "+");
            (is_number && is_sign).then(|| node.text().to_owned())
        }
        _ => string_value(node),
    }
}

/// What an escape may be in a language.
#[derive(Clone, Copy)]
struct Escapes {
    /// A backslash before anything unknown stays.
    keeps_unknown: bool,
    /// `\U0001F600`, `\N{…}`.
    long: bool,
    /// In an f-string a brace is written twice.
    doubled_braces: bool,
}

const JAVASCRIPT: Escapes = Escapes { keeps_unknown: false, long: false, doubled_braces: false };
const PYTHON: Escapes = Escapes { keeps_unknown: true, long: true, doubled_braces: false };

fn python_string(node: Node<'_>) -> Option<String> {
    if node.kind() != "string" || node.named_children().any(|part| part.kind() == "interpolation") {
        return None;
    }
    let start = node.children().next().filter(|part| part.kind() == "string_start")?.text();
    let quote = start.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let prefix = start.get(..start.len() - quote.len())?.to_ascii_lowercase();
    let body = node.text().get(start.len()..)?.strip_suffix(quote)?;
    let doubled_braces = prefix.contains(['f', 't']);
    if prefix.contains('r') {
        return Some(if doubled_braces { body.replace("{{", "{").replace("}}", "}") } else { body.to_owned() });
    }
    unescaped(body, Escapes { doubled_braces, ..PYTHON })
}

fn inside(text: &str, quote: usize) -> &str {
    text.get(quote..text.len().saturating_sub(quote)).unwrap_or_default()
}

/// `None` where an escape cannot be decoded.
fn unescaped(text: &str, escapes: Escapes) -> Option<String> {
    if !text.contains('\\') && !escapes.doubled_braces {
        return Some(text.to_owned());
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c == '\\' {
            escape(&mut rest, escapes, &mut out)?;
            continue;
        }
        out.push(c);
        if escapes.doubled_braces && matches!(c, '{' | '}') && rest.as_str().starts_with(c) {
            rest.next();
        }
    }
    Some(out)
}

/// Decodes what follows a backslash.
fn escape(rest: &mut std::str::Chars<'_>, escapes: Escapes, out: &mut String) -> Option<()> {
    let c = rest.next()?;
    let simple = match c {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        'a' if escapes.long => '\u{7}',
        '\\' | '\'' | '"' => c,
        '\n' | '\u{2028}' | '\u{2029}' => return Some(()),
        '\r' => {
            if rest.as_str().starts_with('\n') {
                rest.next();
            }
            return Some(());
        }
        '0'..='7' => return octal(c, rest, out),
        'x' => return hex(rest, 2, out),
        'u' if rest.as_str().starts_with('{') && !escapes.long => return braced(rest, out),
        'u' => return unit(rest, out),
        'U' if escapes.long => return hex(rest, 8, out),
        'N' if escapes.long => return None,
        _ => {
            if escapes.keeps_unknown {
                out.push('\\');
            }
            c
        }
    };
    out.push(simple);
    Some(())
}

fn octal(first: char, rest: &mut std::str::Chars<'_>, out: &mut String) -> Option<()> {
    let mut value = first.to_digit(8)?;
    for _ in 0..2 {
        let Some(digit) = rest.clone().next().and_then(|c| c.to_digit(8)) else { break };
        value = value * 8 + digit;
        rest.next();
    }
    out.push(char::from_u32(value)?);
    Some(())
}

fn hex(rest: &mut std::str::Chars<'_>, digits: usize, out: &mut String) -> Option<()> {
    out.push(char::from_u32(number(rest, digits)?)?);
    Some(())
}

/// `\uXXXX`, and the second half of a surrogate pair.
fn unit(rest: &mut std::str::Chars<'_>, out: &mut String) -> Option<()> {
    let high = number(rest, 4)?;
    if !(0xD800..0xDC00).contains(&high) {
        out.push(char::from_u32(high)?);
        return Some(());
    }
    let mut after = rest.as_str().strip_prefix("\\u")?.chars();
    let low = number(&mut after, 4)?.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
    *rest = after;
    out.push(char::from_u32(0x10000 + ((high - 0xD800) << 10) + low)?);
    Some(())
}

fn braced(rest: &mut std::str::Chars<'_>, out: &mut String) -> Option<()> {
    let (digits, after) = rest.as_str().strip_prefix('{')?.split_once('}')?;
    out.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
    *rest = after.chars();
    Some(())
}

fn number(rest: &mut std::str::Chars<'_>, digits: usize) -> Option<u32> {
    let text = rest.as_str().get(..digits)?;
    let value = u32::from_str_radix(text, 16).ok()?;
    *rest = rest.as_str().get(digits..)?.chars();
    Some(value)
}
