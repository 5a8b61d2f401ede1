//! The PHP of a page: what stands between its tags. Around them lies text in any language.

use std::borrow::Cow;

/// The text of a PHP file with blanks in place of all that is no code, so that every byte keeps its place.
pub(super) fn code_of(text: &str) -> Cow<'_, str> {
    if text.starts_with("<?php") && !text.contains("?>") {
        return Cow::Borrowed(text);
    }
    let mut page = Page { bytes: text.as_bytes(), out: Vec::with_capacity(text.len()), last: b';' };
    while page.out.len() < page.bytes.len() {
        page.text();
        page.code();
    }
    // Only whole runs between ASCII marks were blanked.
    String::from_utf8(page.out).map_or(Cow::Borrowed(text), Cow::Owned)
}

struct Page<'a> {
    bytes: &'a [u8],
    /// What is read so far, as code.
    out: Vec<u8>,
    /// The last byte of code that is no blank and lies in no comment.
    last: u8,
}

impl Page<'_> {
    fn rest(&self) -> &[u8] {
        self.bytes.get(self.out.len()..).unwrap_or_default()
    }

    fn keep(&mut self, count: usize) {
        let end = (self.out.len() + count).min(self.bytes.len());
        let kept = self.bytes.get(self.out.len()..end).unwrap_or_default();
        self.out.extend_from_slice(kept);
    }

    /// Blanks, but for line breaks, so that a line stays a line.
    fn blank(&mut self, count: usize) {
        let end = (self.out.len() + count).min(self.bytes.len());
        let blanked = self.bytes.get(self.out.len()..end).unwrap_or_default();
        self.out.extend(blanked.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { *byte } else { b' ' }));
    }

    /// Everything up to and with the next opening tag.
    fn text(&mut self) {
        let rest = self.rest();
        let tags = rest.windows(3).position(|window| window == b"<?=" || window == b"<?p");
        let Some(at) = tags else { return self.blank(rest.len()) };
        let is_word = rest.get(at..at + 5) == Some(b"<?php");
        let length = if is_word { 5 } else { 3 };
        self.blank(at + length);
        self.last = b';';
    }

    /// Code up to and with the closing tag.
    fn code(&mut self) {
        while let Some(first) = self.rest().first().copied() {
            let rest = self.rest();
            match first {
                b'?' if rest.starts_with(b"?>") => return self.close(),
                b'\'' | b'"' | b'`' => {
                    let length = quoted(rest, first);
                    self.keep(length);
                    self.last = first;
                }
                b'#' if rest.starts_with(b"#[") => self.keep(2),
                b'#' => self.line_comment(),
                b'/' if rest.starts_with(b"//") => self.line_comment(),
                b'/' if rest.starts_with(b"/*") => {
                    let length = rest.windows(2).skip(2).position(|end| end == b"*/").map_or(rest.len(), |at| at + 4);
                    self.keep(length);
                }
                b'<' if rest.starts_with(b"<<<") => {
                    let length = heredoc(rest);
                    self.keep(length);
                    self.last = b'x';
                }
                _ => {
                    if !first.is_ascii_whitespace() {
                        self.last = first;
                    }
                    self.keep(1);
                }
            }
        }
    }

    /// A closing tag ends a statement.
    fn close(&mut self) {
        let ends = !matches!(self.last, b';' | b'{' | b'}' | b':');
        self.out.extend_from_slice(if ends { b"; " } else { b"  " });
    }

    /// A comment ends with its line, or before a closing tag: then what comes behind that tag must not belong to it.
    fn line_comment(&mut self) {
        let rest = self.rest();
        let line = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        match rest.get(..line).unwrap_or_default().windows(2).position(|end| end == b"?>") {
            Some(tag) => self.blank(tag),
            None => self.keep(line),
        }
    }
}

/// The bytes of the string that `rest` starts with.
fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while let Some(byte) = rest.get(at) {
        match *byte {
            b'\\' => at += 1,
            byte if byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    rest.len()
}

/// The bytes of the heredoc or nowdoc that `rest` starts with: up to its name at the start of a line.
fn heredoc(rest: &[u8]) -> usize {
    let opening = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let name = rest.get(3..opening).unwrap_or_default().trim_ascii();
    let name = name.trim_ascii_start().strip_prefix(b"'").or_else(|| name.strip_prefix(b"\"")).unwrap_or(name);
    let length = name.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let Some(name) = name.get(..length).filter(|name| !name.is_empty()) else { return 3 };
    let mut at = opening;
    while at < rest.len() {
        let line = rest.get(at + 1..).unwrap_or_default();
        let indented = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        if line.get(indented..).is_some_and(|line| line.starts_with(name)) && !is_word(line.get(indented + length)) {
            return at + 1 + indented + length;
        }
        at += 1 + line.iter().position(|byte| *byte == b'\n').unwrap_or(line.len());
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_tags_is_code() {
        for (page, code) in [
            ("<?php f();", "<?php f();"),
            ("<p>é</p>\n<?= $a ?>x", "         \n    $a ;  "),
            ("<?php if ($a): ?> b <?php endif ?>", "      if ($a):            endif ; "),
            ("<?php f('?>', \"?>\"); /* ?> */ ?>x", "      f('?>', \"?>\"); /* ?> */    "),
            ("<?php // a ?> <?php f();", "                    f();"),
            ("<?php # a\nf() ?>", "      # a\nf() ; "),
            ("<?php $a = <<<E\n ?>\n  E; ?>z", "      $a = <<<E\n ?>\n  E;    "),
            ("@if(env('A')) x", "               "),
            ("<?xml version=1 ?>", "                  "),
        ] {
            assert_eq!(code_of(page), code, "{page}");
            assert_eq!(code_of(page).len(), page.len());
        }
    }

    #[test]
    fn hostile_pages_end_quickly() {
        for text in ["<?php ?>", "<?=<<<A\n", "<?php '", "<?php //", "<?php /*", "<?"] {
            assert_eq!(code_of(&text.repeat(50_000)).len(), text.len() * 50_000);
        }
    }
}
