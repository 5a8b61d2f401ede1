//! String literals, with and without holes, as values.

use super::value::{Part, Value, is_path_text};
use super::walk::Walk;
use crate::facts::names::string_value;
use crate::formats::code::{Language, Node};

/// The value of a string literal, of adjacent ones, or of a template. `None` where it cannot be (part of) a path.
pub(super) fn read<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    if node.kind() == "concatenated_string" {
        return adjacent(walk, node);
    }
    if let Some(text) = string_value(node) {
        return Value::text(text, node.span());
    }
    template(walk, node)
}

/// A string with holes in a language that tells its pieces apart: text, and values.
pub(super) fn pieced<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    if string_value(node).is_some() {
        return read(walk, node);
    }
    let mut whole = Value::new(Vec::new(), node.span());
    for piece in node.children().filter(|piece| piece.is_named()) {
        match piece.kind() {
            "string_content" => {
                let text = piece.text();
                if !is_path_text(text) {
                    return None;
                }
                whole.append(vec![Part::Text(text.to_owned())]);
            }
            "escape_sequence" => return None,
            kind if kind.ends_with("_start") || kind.ends_with("_end") => {}
            "interpolation" | "interpolated_expression" => whole.append(substituted(walk, piece)),
            _ => whole.append(walk.take(piece).map_or_else(|| vec![Part::Hole], |value| value.parts)),
        }
    }
    Some(whole)
}

/// `"a" "b"`
pub(super) fn adjacent<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    let mut whole = Value::new(Vec::new(), node.span());
    for child in node.named_children() {
        whole.append(walk.take(child)?.parts);
    }
    Some(whole)
}

/// An f-string or a template string: the text between the holes, and the values in them.
fn template<'t>(walk: &mut Walk<'t>, node: Node<'t>) -> Option<Value> {
    let mut whole = Value::new(Vec::new(), node.span());
    let mut at = node.children().next()?.span().end;
    for child in node.children() {
        let hole = matches!(child.kind(), "interpolation" | "template_substitution");
        let closes = child.span().end == node.span().end;
        if !hole && !closes {
            continue;
        }
        push_text(&mut whole, node, at, child.span().start)?;
        at = child.span().end;
        if hole {
            whole.append(substituted(walk, child));
        }
    }
    Some(whole)
}

fn push_text(whole: &mut Value, node: Node<'_>, from: usize, to: usize) -> Option<()> {
    let text = node.code().text().get(from..to)?;
    if text.contains('\\') || !is_path_text(text) {
        return None;
    }
    let is_python = node.code().language == Language::Python;
    let text = if is_python { text.replace("{{", "{").replace("}}", "}") } else { text.to_owned() };
    if !text.is_empty() {
        whole.append(vec![Part::Text(text)]);
    }
    Some(())
}

/// What stands in a hole: a value, unless it is formatted.
fn substituted<'t>(walk: &mut Walk<'t>, hole: Node<'t>) -> Vec<Part> {
    let formatted = hole.children().any(|child| matches!(child.kind(), "format_specifier" | "type_conversion"));
    let inner = hole.named_children().next().filter(|_| !formatted);
    inner.and_then(|inner| walk.take(inner)).map_or_else(|| vec![Part::Hole], |value| value.parts)
}
