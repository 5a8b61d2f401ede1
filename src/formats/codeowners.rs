//! CODEOWNERS as GitHub reads it: each line a pattern and its owners.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::text::Span;

/// Where GitHub looks, in this order.
pub const PLACES: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// A line that is neither empty nor a comment.
#[derive(Debug, PartialEq)]
pub struct Line {
    /// As written.
    pub pattern: String,
    pub span: Span,
    pub owners: Vec<Owner>,
    /// Why the pattern is none.
    pub fault: Option<&'static str>,
}

/// An owner of a line.
#[derive(Debug, PartialEq)]
pub struct Owner {
    pub name: String,
    pub span: Span,
    /// Whether it is a user, a team or an address.
    pub is_sound: bool,
}

impl Line {
    /// Whether the line counts: it has a pattern, and not only owners that are none.
    pub fn is_sound(&self) -> bool {
        self.fault.is_none() && (self.owners.is_empty() || self.owners.iter().any(|owner| owner.is_sound))
    }
}

/// The lines of a file.
pub fn parse(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut at = text.len() - text.trim_start_matches('\u{feff}').len();
    for line in text[at..].split_inclusive('\n') {
        lines.extend(read(line.trim_end(), at));
        at += line.len();
    }
    lines
}

fn read(line: &str, start: usize) -> Option<Line> {
    let words = words(line);
    let (pattern, owners) = words.split_first()?;
    let text = |span: &Span| &line[span.start..span.end];
    let owners =
        owners.iter().map(|span| Owner { name: text(span).into(), span: span.shifted(start), is_sound: is_owner(text(span)) });
    Some(Line {
        pattern: text(pattern).into(),
        span: pattern.shifted(start),
        owners: owners.collect(),
        fault: fault(text(pattern)),
    })
}

/// The words of a line up to a comment; a backslash makes a blank part of a word.
fn words(line: &str) -> Vec<Span> {
    let bytes = line.as_bytes();
    let mut words = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii_whitespace() {
            at += 1;
            continue;
        }
        if bytes[at] == b'#' {
            break;
        }
        let start = at;
        while at < bytes.len() && !bytes[at].is_ascii_whitespace() {
            at += if bytes[at] == b'\\' { 2 } else { 1 };
        }
        at = at.min(bytes.len());
        words.push(Span::new(start, at));
    }
    words
}

/// Why GitHub does not take a pattern.
fn fault(pattern: &str) -> Option<&'static str> {
    let mut escaped = false;
    let has_range = pattern.chars().any(|char| {
        let meant = !escaped && matches!(char, '[' | ']');
        escaped = !escaped && char == '\\';
        meant
    });
    if pattern.starts_with('!') {
        Some("CODEOWNERS knows no `!`: list what is meant, or clear it by a later line without owners")
    } else if pattern.starts_with("\\#") {
        Some("CODEOWNERS knows no `\\#`: a pattern cannot begin with `#`")
    } else if has_range {
        Some("CODEOWNERS knows no ranges in `[ ]`")
    } else if pattern.contains("***") {
        Some("`***` is no wildcard")
    } else if escaped {
        Some("nothing stands behind the last `\\`")
    } else {
        None
    }
}

/// Whether a word is a user, a team or an address, by its form.
pub fn is_owner(word: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.starts_with('-')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    match word.strip_prefix('@') {
        Some(name) => match name.split_once('/') {
            Some((organisation, team)) => is_name(organisation) && !team.is_empty() && team.split('.').all(is_name),
            None => is_name(name),
        },
        None => word.split_once('@').is_some_and(|(user, host)| {
            let labels = host.split('.');
            !user.is_empty() && host.contains('.') && labels.clone().all(|label| !label.is_empty()) && !host.contains('@')
        }),
    }
}

/// Patterns that can be matched together.
pub struct Matcher {
    set: GlobSet,
    /// By glob: the position of its pattern.
    patterns: Vec<usize>,
}

impl Matcher {
    /// # Errors
    /// Patterns that are too large together.
    pub fn new<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Result<Self, String> {
        let mut set = GlobSetBuilder::new();
        let mut positions = Vec::new();
        for (at, pattern) in patterns.into_iter().enumerate() {
            for glob in globs(pattern) {
                let glob = GlobBuilder::new(&glob).literal_separator(true).backslash_escape(true).build();
                set.add(glob.map_err(|error| format!("`{pattern}`: {}", error.kind()))?);
                positions.push(at);
            }
        }
        let set = set.build().map_err(|error| format!("the patterns are too much together: {}", error.kind()))?;
        Ok(Matcher { set, patterns: positions })
    }

    /// The positions of the patterns that match a path, in order.
    pub fn matches<'m>(&'m self, path: &str) -> impl Iterator<Item = usize> + use<'m> {
        let mut found: Vec<usize> = self.set.matches(path).into_iter().map(|glob| self.patterns[glob]).collect();
        found.dedup();
        found.into_iter()
    }
}

/// What a pattern means, as globs over whole paths.
fn globs(pattern: &str) -> Vec<String> {
    if pattern == "/" {
        return Vec::new();
    }
    let anchored = pattern.trim_end_matches('/').contains('/');
    let body = pattern.trim_start_matches('/');
    let (body, is_directory) = match body.strip_suffix('/') {
        Some(body) => (body, true),
        None => (body, false),
    };
    let segments: Vec<String> = body.split('/').map(segment).collect();
    let lead = if anchored || segments[0] == "**" { "" } else { "**/" };
    let glob = format!("{lead}{}", segments.join("/"));
    // One star stays in its directory, and two mean all that is below already.
    match (is_directory, segments.last().map(String::as_str)) {
        (true, _) => vec![format!("{glob}/**")],
        (false, Some("*" | "**")) => vec![glob],
        (false, _) => vec![format!("{glob}/**"), glob],
    }
}

/// A segment of a pattern as one of a glob: only stars and `?` mean something in both.
fn segment(text: &str) -> String {
    if text == "**" {
        return text.into();
    }
    let mut glob = String::new();
    let mut escaped = false;
    for char in text.chars() {
        match char {
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            '*' if !escaped && glob.ends_with('*') && !glob.ends_with("\\*") => {}
            '*' | '?' if !escaped => glob.push(char),
            '*' | '?' | '[' | ']' | '{' | '}' | '\\' | '!' => glob.extend(['\\', char]),
            _ => glob.push(char),
        }
        escaped = false;
    }
    glob
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_on_github() {
        for (pattern, matching, not) in [
            ("*", "a.txt b/c.txt", ""),
            ("**", "a b/c", ""),
            ("*.js", "a.js b/c.js x.js/y", "a.jsx"),
            ("/build/logs/", "build/logs/a build/logs/b/c", "x/build/logs/a build/logs"),
            ("docs/*", "docs/a.md", "docs/b/c.md x/docs/a.md"),
            ("apps/", "apps/a x/apps/b", "apps"),
            ("/docs/", "docs/a docs/b/c", "x/docs/a"),
            ("/scripts", "scripts scripts/a", "x/scripts"),
            ("**/logs", "logs logs/a b/logs/c", "blogs"),
            ("/apps/**/x", "apps/x apps/a/b/x apps/a/x/y", "x"),
            ("a/**", "a/b a/b/c", "a b/a/c"),
            ("/", "", "a"),
            ("/*", "a", "a/b"),
            ("src/*.rs", "src/a.rs", "src/b/a.rs"),
            ("a?c", "abc x/abc/d", "a/c abbc"),
            ("my\\ file", "x/my file", "my\\ file"),
            ("{a,b}", "{a,b}", "a"),
            ("a**b", "ab axxb", "a/b"),
            ("Docs/", "", "docs/a"),
        ] {
            let matcher = Matcher::new([pattern]).unwrap();
            let split = |paths: &'static str| paths.split(' ').filter(|path| !path.is_empty());
            let paths: Vec<&str> = if pattern.contains(' ') { vec![matching] } else { split(matching).collect() };
            for path in paths {
                assert!(matcher.matches(path).next().is_some(), "{pattern} {path}");
            }
            for path in split(not) {
                assert!(matcher.matches(path).next().is_none(), "{pattern} {path}");
            }
        }
    }

    #[test]
    fn lines_hold_a_pattern_and_owners() {
        let text = "\u{feff}# c\n\n*.md  @a @b/c-d x@y.z nobody # why\r\na\\ b\n!x @a\n[ab] @a\n";
        let lines = parse(text);
        let shown: Vec<_> = lines.iter().map(|line| (line.pattern.as_str(), line.owners.len(), line.is_sound())).collect();
        assert_eq!(shown, [("*.md", 4, true), ("a\\ b", 0, true), ("!x", 1, false), ("[ab]", 1, false)]);
        assert_eq!(lines[0].owners.iter().map(|owner| owner.is_sound).collect::<Vec<_>>(), [true, true, true, false]);
        assert_eq!(&text[lines[0].owners[3].span.start..lines[0].owners[3].span.end], "nobody");
    }

    #[test]
    fn owners_have_a_form() {
        for (word, sound) in [
            ("@a", true),
            ("@a/b.c", true),
            ("a@b.c", true),
            ("@", false),
            ("@a/", false),
            ("a@b", false),
            ("docs-team", false),
            ("@a/b/c", false),
        ] {
            assert_eq!(is_owner(word), sound, "{word}");
        }
    }
}
