//! Text from the tree, made safe and measurable for a terminal.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_width::UnicodeWidthChar;

/// Whether `c` must never reach a terminal as it is: it controls the terminal, reorders text, or takes no room and so
/// hides in a word.
pub fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}'
        | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Appends `c`, or what stands for it: `␛` for an escape character, `<U+202E>` for one without a picture.
pub fn push(c: char, out: &mut String) {
    match c {
        _ if !is_hidden(c) => out.push(c),
        '\0'..='\x1f' => out.extend(char::from_u32(0x2400 + u32::from(c))),
        '\x7f' => out.push('␡'),
        _ => _ = write!(out, "<U+{:04X}>", u32::from(c)),
    }
}

/// `text` as one line without anything hidden. Tabs become blanks.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        push(if c == '\t' { ' ' } else { c }, &mut out);
    }
    Cow::Owned(out)
}

/// The longest message that is drawn: a value inside it may be a whole minified file.
pub const LONGEST: usize = 600;

/// As [`visible`], cut after `most` characters.
pub fn clipped(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(visible(text.get(..end).unwrap_or_default()).into_owned() + "…"),
        None => visible(text),
    }
}

/// `text` in its own lines, each as [`clipped`], and not too many of them.
pub fn paragraph(text: &str) -> String {
    text.trim_end().lines().take(12).map(|line| clipped(line, LONGEST)).collect::<Vec<_>>().join("\n")
}

/// The columns that `text` takes in a terminal.
pub fn width(text: &str) -> usize {
    text.chars().filter_map(UnicodeWidthChar::width).sum()
}

/// `text` in lines of at most `room` columns, broken at blanks; a longer word keeps a line for itself.
pub fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut used) = (String::new(), 0);
    for word in text.split_whitespace() {
        let wide = width(word);
        if used > 0 && used + 1 + wide > room {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += wide;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_shown() {
        for (text, shown) in [
            ("plain ü 漢", "plain ü 漢"),
            ("\x1b[31m\x07", "␛[31m␇"),
            ("a\u{202e}b\u{9b}c", "a<U+202E>b<U+009B>c"),
            ("a\tb\nc\x7f", "a b␊c␡"),
            ("\u{200b}\u{feff}\u{e0041}", "<U+200B><U+FEFF><U+E0041>"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }

    #[test]
    fn long_text_is_cut_or_wrapped() {
        assert_eq!(clipped("äöü", 2), "äö…");
        assert_eq!(clipped("äöü", 3), "äöü");
        assert_eq!(wrapped("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrapped("", 7), [""]);
    }
}
