//! Formats whose comments and strings are told by fixed marks.

use super::Comment;

/// The marks of a format.
pub(super) struct Marks {
    /// What starts a comment that ends with its line.
    pub line: &'static [&'static str],
    pub block: &'static [Block],
    /// Longer marks stand before shorter ones.
    pub strings: &'static [Quote],
}

/// What starts and ends a comment over several lines.
pub(super) struct Block {
    open: &'static str,
    close: &'static str,
    nests: bool,
}

/// What starts and ends text in which no comment is.
pub(super) struct Quote {
    open: &'static str,
    close: &'static str,
    /// Whether a backslash takes the meaning of what follows it.
    escapes: bool,
    /// Whether it may go over several lines; else it ends with its line at the latest.
    lines: bool,
}

const fn quote(mark: &'static str) -> Quote {
    Quote { open: mark, close: mark, escapes: true, lines: false }
}

const fn long_quote(mark: &'static str) -> Quote {
    Quote { open: mark, close: mark, escapes: true, lines: true }
}

const fn raw(quote: Quote) -> Quote {
    Quote { escapes: false, ..quote }
}

const SLASH_STAR: Block = Block { open: "/*", close: "*/", nests: false };
const NESTING: Block = Block { nests: true, ..SLASH_STAR };
/// An address in a style sheet, which may hold slashes without quotes.
const URL: Quote = Quote { open: "url(", close: ")", escapes: true, lines: false };

pub(super) static C: Marks = Marks { line: &["//"], block: &[SLASH_STAR], strings: &[quote("\""), quote("'")] };
pub(super) static TRIPLE: Marks =
    Marks { line: &["//"], block: &[NESTING], strings: &[long_quote("\"\"\""), long_quote("'''"), quote("\""), quote("'")] };
pub(super) static JSON5: Marks = Marks { line: &["//"], block: &[SLASH_STAR], strings: &[quote("\""), quote("'")] };
pub(super) static CSS: Marks = Marks { line: &[], block: &[SLASH_STAR], strings: &[quote("\""), quote("'"), URL] };
pub(super) static SCSS: Marks = Marks { line: &["//"], block: &[SLASH_STAR], strings: &[quote("\""), quote("'"), URL] };
pub(super) static TOML: Marks =
    Marks { line: &["#"], block: &[], strings: &[long_quote("\"\"\""), raw(long_quote("'''")), quote("\""), raw(quote("'"))] };
pub(super) static HASH: Marks = Marks {
    line: &["#"],
    block: &[],
    strings: &[long_quote("\"\"\""), long_quote("'''"), long_quote("\""), quote("'"), quote("`")],
};
pub(super) static LUA: Marks = Marks {
    line: &["--"],
    block: &[Block { open: "--[[", close: "]]", nests: false }],
    strings: &[quote("\""), quote("'"), Quote { open: "[[", close: "]]", escapes: false, lines: true }],
};

/// The comments of `text`, in order.
pub(super) fn comments(marks: &Marks, text: &[u8]) -> Vec<Comment> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some(block) = marks.block.iter().find(|block| rest.starts_with(block.open.as_bytes())) {
            let end = block_end(text, at, block);
            found.push(Comment::new(at, end));
            at = end;
        } else if marks.line.iter().any(|mark| rest.starts_with(mark.as_bytes())) {
            let end = line_end(text, at);
            found.push(Comment::new(at, end));
            at = end;
        } else if let Some(quote) = marks.strings.iter().find(|quote| rest.starts_with(quote.open.as_bytes())) {
            at = string_end(text, at, quote);
        } else {
            at += 1;
        }
    }
    found
}

/// Where the line that `at` is in ends, its line break left out.
pub(super) fn line_end(text: &[u8], at: usize) -> usize {
    let rest = &text[at.min(text.len())..];
    at + rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len())
}

fn block_end(text: &[u8], start: usize, block: &Block) -> usize {
    let mut depth = 1;
    let mut at = start + block.open.len();
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(block.close.as_bytes()) {
            at += block.close.len();
            depth -= 1;
            if depth == 0 {
                return at;
            }
        } else if block.nests && rest.starts_with(block.open.as_bytes()) {
            at += block.open.len();
            depth += 1;
        } else {
            at += 1;
        }
    }
    text.len()
}

fn string_end(text: &[u8], start: usize, quote: &Quote) -> usize {
    let mut at = start + quote.open.len();
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(quote.close.as_bytes()) {
            return at + quote.close.len();
        }
        match rest[0] {
            b'\n' | b'\r' if !quote.lines => return at,
            b'\\' if quote.escapes => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}
