//! Literals of code: their values.

use super::{plain, syntax};
use crate::formats::code::Node;

/// The text of a plain string literal: unquoted, escapes decoded, adjacent parts joined; also of template and f-strings
/// without holes. The node's span includes the quotes.
pub fn string_value(node: Node<'_>) -> Option<String> {
    syntax(node.code()).string(plain(node))
}

/// The text of a literal: a string's value; numbers, booleans and the null value as written.
pub fn literal_text(node: Node<'_>) -> Option<String> {
    let node = plain(node);
    let syntax = syntax(node.code());
    syntax.scalar(node).or_else(|| syntax.string(node))
}

/// A number with its sign, as written, where `is_number` tells the kinds of numbers.
pub(super) fn signed(node: Node<'_>, is_number: impl Fn(&str) -> bool) -> Option<String> {
    let operand = node.field("argument")?;
    let is_sign = matches!(node.field("operator")?.text(), "-" | "+");
    (is_number(operand.kind()) && is_sign).then(|| node.text().to_owned())
}

/// Operands of a text in pieces.
const MAX_OPERANDS: usize = 16;

/// `"a" + "b"`: `operands` gives the sides of a node that joins two texts, `literal` the text of one.
pub(super) fn concatenated<'t>(
    node: Node<'t>,
    operands: impl Fn(Node<'t>) -> Option<(Node<'t>, Node<'t>)>,
    literal: impl Fn(Node<'t>) -> Option<String>,
) -> Option<String> {
    let (mut node, mut pieces) = (node, Vec::new());
    while let Some((left, right)) = operands(node).filter(|_| pieces.len() <= MAX_OPERANDS) {
        pieces.push(literal(right)?);
        node = left;
    }
    pieces.push(literal(node)?);
    Some(pieces.into_iter().rev().collect())
}

/// The sides of `left + right`.
pub(super) fn sides<'t>(node: Node<'t>, operator: &str) -> Option<(Node<'t>, Node<'t>)> {
    let is_meant = node.kind() == "binary_expression" && node.field("operator")?.text() == operator;
    is_meant.then_some((node.field("left")?, node.field("right")?))
}

/// What an escape may be in a language.
#[derive(Clone, Copy)]
pub(super) struct Escapes {
    /// A backslash before anything unknown stays.
    pub keeps_unknown: bool,
    /// `\U0001F600`, `\N{…}`.
    pub long: bool,
    /// In an f-string a brace is written twice.
    pub doubled_braces: bool,
}

pub(super) const JAVASCRIPT: Escapes = Escapes { keeps_unknown: false, long: false, doubled_braces: false };
pub(super) const PYTHON: Escapes = Escapes { keeps_unknown: true, long: true, doubled_braces: false };

/// A text in lines without the indentation that all of them share; that of the last one, where the text is closed, counts.
pub(super) fn dedented(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let blanks = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let counting = lines.iter().enumerate().filter(|(at, line)| *at + 1 == lines.len() || !line.trim().is_empty());
    let shared = counting.map(|(_, line)| blanks(line)).min().unwrap_or(0);
    let kept: Vec<&str> = lines.iter().map(|line| line.get(shared.min(blanks(line))..).unwrap_or_default()).collect();
    kept.join("\n")
}

/// The text between quotes of `quote` bytes.
pub(super) fn inside(text: &str, quote: usize) -> &str {
    text.get(quote..text.len().saturating_sub(quote)).unwrap_or_default()
}

/// `None` where an escape cannot be decoded.
pub(super) fn unescaped(text: &str, escapes: Escapes) -> Option<String> {
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
