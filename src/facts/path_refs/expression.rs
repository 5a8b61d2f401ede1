//! What an expression says about a path once its names are followed: the literal tail, and what is unknown around it.

use serde::{Deserialize, Serialize};

/// Stands for text that only the running program knows.
pub const HOLE: char = '\0';

/// Stands for the directory of the file itself: an import is resolved against it; elsewhere it is unknown.
pub const HERE: char = '\u{1}';

/// Stands for the file itself, in its directory.
pub(super) const ITSELF: char = '\u{2}';

/// What one expression says about a path.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PathExpression {
    /// The literal segments at the end, without `.`, `..` and empty ones; where the end is unknown, the directory before it.
    pub tail: String,
    /// Something unknown stands before the tail.
    pub unknown_before: bool,
    /// What stands behind the tail, where that is unknown.
    pub unknown_end: Option<Box<UnknownEnd>>,
    /// It is opened, loaded or imported, directly or through a name bound once in the same function.
    pub opened: bool,
    pub usage: Use,
    /// Of an import, and of a listing: it is relative to the file's directory, and so many `..` lead it.
    pub relative: Option<usize>,
    /// It starts at the file's own directory, and so many `..` lead it.
    pub here: Option<usize>,
    /// A first segment with white space: prose, unless it names a directory of the tree.
    pub blank: Option<Box<str>>,
    /// The tail is a directory, and these of the files below it are meant.
    pub listing: Option<Box<Listing>>,
    /// What the tree does not have lies elsewhere: in a package, below somebody's home.
    pub elsewhere: bool,
}

/// Splits what is listed into the directory and the pattern below it; the directory may end in what is unknown.
pub(super) fn read_listing(text: &str, depth: Depth, prose: bool) -> Option<PathExpression> {
    let segments: Vec<&str> = text.split('/').collect();
    let wild = segments.iter().position(|segment| segment.contains(['*', '?', '[', '{'])).unwrap_or(segments.len());
    if depth == Depth::Whole && wild == segments.len() {
        let mut path = read(text, prose)?;
        path.listing = path.unknown_end.is_none().then(|| Box::new(Listing { depth, pattern: None }));
        return Some(path);
    }
    let (directory, pattern) = segments.split_at(wild);
    let mut path = read(&format!("{}/{HOLE}", directory.join("/")), prose)?;
    // What is unknown of the pattern leaves it open which files are meant.
    let known = path.unknown_end.as_ref().is_some_and(|end| end.segments == 1) && !pattern.join("").contains(HOLE);
    if let Some((end, last)) = path.unknown_end.as_mut().zip(pattern.last()) {
        let is_wild = |c: char| matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | HOLE);
        end.segments += pattern.len() - 1;
        end.prefix = last.split(is_wild).next().unwrap_or_default().to_owned();
        end.suffix = last.rsplit(is_wild).next().unwrap_or_default().to_owned();
    }
    let depth = if pattern.contains(&"**") { Depth::Any } else { depth };
    let pattern = (!pattern.is_empty()).then(|| pattern.join("/"));
    path.listing = known.then(|| Box::new(Listing { depth, pattern }));
    Some(path)
}

/// Which files of a directory are listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    pub depth: Depth,
    /// A glob that the path below the directory matches; without a `**` in it, the depth says nothing.
    pub pattern: Option<String>,
}

/// How deep a listing goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Depth {
    Direct,
    Any,
    /// The path itself; where it is a directory, all below it.
    Whole,
}

/// The unknown end of a path: `f"v{n}/{name}.json"` has two segments, of which the last ends in `.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownEnd {
    /// At least one.
    pub segments: usize,
    /// What the last segment begins and ends with.
    pub prefix: String,
    pub suffix: String,
}

/// What the code does with the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Use {
    #[default]
    Unknown,
    Write,
    Read,
}

impl Use {
    /// The word of the capture `use`.
    pub fn word(self) -> &'static str {
        match self {
            Use::Unknown => "unknown",
            Use::Write => "write",
            Use::Read => "read",
        }
    }
}

/// Segments of a tail that are kept: nobody nests directories deeper.
const MAX_SEGMENTS: usize = 64;
/// What URLs with a query and pieces of markup hold, and no name of a file.
const NO_NAME: [char; 5] = ['?', '<', '>', '|', '"'];
/// Bytes of a file name, in every file system.
const MAX_NAME: usize = 255;

/// Splits `text`, in which [`HOLE`] stands for what is unknown. `prose` tells that the text may be no path at all: that it
/// was not built as one. `None` where it says nothing about a path: a URL, markup, prose, or nothing literal.
pub(super) fn read(text: &str, prose: bool) -> Option<PathExpression> {
    if text.contains("://")
        || text.starts_with("data:")
        || text.starts_with('!')
        || text.contains(NO_NAME)
        || is_pattern_of_text(text)
    {
        return None;
    }
    // `//host.org/x.png` is an address without its scheme.
    if text.strip_prefix("//").is_some_and(|rest| rest.split('/').next().is_some_and(|host| host.contains('.'))) {
        return None;
    }
    // `f"/users/{id}/"` is a directory, or a route.
    if text.strip_suffix('/').is_some_and(|directory| directory.ends_with(HOLE)) {
        return None;
    }
    let mut segments: Vec<&str> = text.split('/').filter(|segment| !matches!(*segment, "" | ".")).collect();
    let elsewhere = segments.first().is_some_and(|first| matches!(*first, "~" | "$HOME" | "${HOME}"));
    if segments.iter().any(|segment| is_route(segment)) {
        return None;
    }
    let blank = if prose { blank_segment(&segments)? } else { None };
    let unknown_end = unknown_end(&mut segments).map(Box::new);
    let mut tail: Vec<&str> = Vec::new();
    let (mut unknown_before, mut above) = (false, 0);
    for segment in segments {
        if segment.contains(HOLE) || segment.len() > MAX_NAME || tail.is_empty() && (is_variable(segment) || segment == "~") {
            tail.clear();
            unknown_before = true;
        } else if segment != ".." {
            tail.push(segment);
        } else if tail.pop().is_none() {
            above += 1;
        }
    }
    // A program that reads itself refers to nothing else.
    if tail.iter().any(|segment| segment.contains(ITSELF)) {
        return None;
    }
    let kept = tail.len().saturating_sub(MAX_SEGMENTS);
    unknown_before |= kept > 0;
    let relative = (!unknown_before).then_some(above);
    let tail = tail.split_off(kept).join("/");
    let is_empty = tail.is_empty() && (unknown_end.is_none() || relative.is_none());
    (!is_empty).then(|| PathExpression {
        tail,
        unknown_before,
        unknown_end,
        relative,
        blank,
        elsewhere,
        ..PathExpression::default()
    })
}

/// Whether a text is a regular expression: it begins with `^`, or escapes what no name of a file has to (`\.`, `\/`).
pub(super) fn is_pattern_of_text(text: &str) -> bool {
    let escapes = text.match_indices('\\').any(|(at, _)| {
        let mut next = text[at + 1..].chars();
        // `..\..\x` goes up by backslashes.
        matches!((next.next(), next.next()), (Some('.'), second) if second != Some('.'))
            || text[at + 1..].starts_with(['/', '-', '$', '^', '+', '*', '?', '(', ')', '[', ']', '{', '}', '|'])
    });
    escapes || text.trim_start_matches(['~', '#', '/']).starts_with('^')
}

/// Whether a segment is a variable that somebody else fills in: `$HOME`, `${ROOT}`.
fn is_variable(segment: &str) -> bool {
    let name =
        segment.strip_prefix('$').map(|name| name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name));
    name.is_some_and(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'))
}

/// Whether a segment is the placeholder of a route: `/users/:id`.
fn is_route(segment: &str) -> bool {
    segment.strip_prefix(':').is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
}

/// The first segment, where it holds white space: `Some(None)` where it holds none, `None` where it cannot name a directory.
fn blank_segment(segments: &[&str]) -> Option<Option<Box<str>>> {
    let first = segments.first()?;
    match first.contains(char::is_whitespace) {
        false => Some(None),
        true => (segments.len() > 1 && !first.contains(HOLE)).then(|| Some((*first).into())),
    }
}

/// Takes the unknown segments off the end.
fn unknown_end(segments: &mut Vec<&str>) -> Option<UnknownEnd> {
    let last = *segments.last().filter(|last| last.contains(HOLE))?;
    let mut end = UnknownEnd {
        segments: 0,
        prefix: last.split(HOLE).next().unwrap_or_default().to_owned(),
        suffix: last.rsplit(HOLE).next().unwrap_or_default().to_owned(),
    };
    while segments.last().is_some_and(|segment| segment.contains(HOLE)) {
        segments.pop();
        end.segments += 1;
    }
    Some(end)
}

/// Puts [`HOLE`] in place of the placeholders of `str.format`, `%` and their like (`{}`, `{name}`, `%s`, `%(name)s`) and of the
/// wildcards of a pattern.
pub(super) fn fill_placeholders(text: &str) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '%', '*']) {
        let (before, placeholder) = rest.split_at(at);
        filled.push_str(before);
        let length = placeholder_length(placeholder);
        if length == 0 {
            filled.push_str(&placeholder[..1]);
            rest = &placeholder[1..];
        } else {
            filled.push(HOLE);
            rest = &placeholder[length..];
        }
    }
    filled.push_str(rest);
    filled
}

/// The bytes that a placeholder at the start of `text` takes; 0 where there is none.
fn placeholder_length(text: &str) -> usize {
    /// Longer than any name that a template gives; also what keeps a row of braces from costs beyond measure.
    const LONGEST: usize = 64;
    let bytes = text.as_bytes();
    let end = |from: usize, close: u8| {
        let inner = bytes.iter().skip(from).take(LONGEST);
        let length = inner.take_while(|byte| byte.is_ascii_alphanumeric() || b"_.:!".contains(byte)).count();
        (bytes.get(from + length) == Some(&close)).then_some(from + length + 1)
    };
    let conversion = |at: usize| if bytes.get(at).is_some_and(|byte| b"sdir".contains(byte)) { at + 1 } else { 0 };
    match (bytes.first(), bytes.get(1)) {
        (Some(b'{'), _) => end(1, b'}').unwrap_or(0),
        (Some(b'%'), Some(b'(')) => end(2, b')').map_or(0, conversion),
        (Some(b'%'), _) => conversion(1),
        (Some(b'*'), _) => bytes.iter().take_while(|byte| **byte == b'*').count(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<String> {
        let expression = read(&fill_placeholders(&text.replace('?', "\0")), true)?;
        let before = if expression.unknown_before { "?/" } else { "" };
        let end = expression.unknown_end.map(|end| format!("|{}:{}*{}", end.segments, end.prefix, end.suffix));
        let blank = expression.blank.map(|blank| format!(" blank={blank}"));
        Some(format!("{before}{}{}{}", expression.tail, end.unwrap_or_default(), blank.unwrap_or_default()))
    }

    #[test]
    fn the_tail_is_what_is_literal_at_the_end() {
        let cases = [
            ("models/x.json", "models/x.json"),
            ("/srv//app/./models/x.json", "srv/app/models/x.json"),
            ("../../models/../x.json", "x.json"),
            ("?/../models/x.json", "?/models/x.json"),
            ("a?/b?c/models/x.json", "?/models/x.json"),
            ("models/?/x.json", "?/x.json"),
            ("models/?.json", "models|1:*.json"),
            ("?/models/v?/a?b?.json", "?/models|2:a*.json"),
            ("models/", "models"),
            ("models/{}.json", "models|1:*.json"),
            ("models/%s.json", "models|1:*.json"),
            ("models/%(name)s.json", "models|1:*.json"),
            ("models/**/v*.json", "models|2:v*.json"),
            ("models/{a,b}/50%.json", "models/{a,b}/50%.json"),
            ("$HOME/models/x.json", "?/models/x.json"),
            ("~/models/x.json", "?/models/x.json"),
            ("//models/x.json", "models/x.json"),
            ("${SRC_DIR}/models/x.json", "?/models/x.json"),
            ("models/$id/x.json", "models/$id/x.json"),
            ("my models/x.json", "my models/x.json blank=my models"),
            ("models/my x.json", "models/my x.json"),
            ("a\\b/x.json", "a\\b/x.json"),
            ("..\\..\\x.json", "..\\..\\x.json"),
            ("c:/models/x.json", "c:/models/x.json"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text).as_deref(), Some(expected), "{text}");
        }
        let long = "x".repeat(256);
        assert_eq!(read("models/x.json?v=1", true), None);
        for text in [
            "data:image/png,x",
            "<b>\0</b>",
            "<p>",
            "models/?/",
            "https://host/models/x.json",
            "could not read ?/models/x.json",
            "!models/x.json",
            "//host.org/models/x.json",
            "models/:id",
            "/models/:id/x.json",
            "^models/x.json",
            "~^models/x.json~",
            "models/[a-z]+\\.json",
            "models\\/x.json",
            "a message",
            "",
            "/",
            "..",
            "?/..",
            &long,
        ] {
            assert_eq!(shown(text), None, "{text}");
        }
    }

    #[test]
    fn a_leading_parent_counts_only_where_the_start_is_known() {
        let ups = |text: &str| read(text, false).and_then(|expression| expression.relative);
        assert_eq!((ups("./a"), ups("../../a"), ups("a/../../b"), ups("\0/../a")), (Some(0), Some(2), Some(1), None));
    }
}
