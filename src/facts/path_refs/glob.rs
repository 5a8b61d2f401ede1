//! A glob of a `path-refs` fact: what it matches, and what can be said of it without a tree.

use globset::{GlobBuilder, GlobMatcher};

use super::expression::UnknownEnd;

/// Alternatives that `{a,b}` may expand to; of a glob with more nothing is known but what it matches.
const MAX_ALTERNATIVES: usize = 512;

/// A compiled glob over whole repository paths.
#[derive(Clone, Debug)]
pub struct PathGlob {
    matcher: GlobMatcher,
    /// The glob without braces, in segments; `None` where there are too many, or a class holds a `/`.
    alternatives: Option<Vec<Vec<Segment>>>,
}

#[derive(Clone, Debug)]
enum Segment {
    /// `**`
    AnyDepth,
    Literal(String),
    Pattern {
        matcher: GlobMatcher,
        /// What every match begins and ends with.
        prefix: String,
        suffix: String,
    },
}

impl PathGlob {
    /// Compiles `pattern`; a leading `/` means nothing, a trailing one means what is below.
    ///
    /// # Errors
    /// What is no glob.
    pub fn new(pattern: &str) -> Result<Self, globset::Error> {
        let mut pattern = pattern.trim_start_matches('/').to_owned();
        if pattern.ends_with('/') {
            pattern.push_str("**");
        }
        let matcher = compile(&pattern)?;
        let segments = |one: &String| one.split('/').map(Segment::new).collect::<Result<_, _>>();
        let alternatives = expand_braces(&pattern).and_then(|all| all.iter().map(segments).collect::<Result<_, _>>().ok());
        Ok(PathGlob { matcher, alternatives })
    }

    /// The glob that matches what is below the directory `dir`.
    ///
    /// # Errors
    /// A path too long to be compiled.
    pub fn below(dir: &str) -> Result<Self, globset::Error> {
        PathGlob::new(&format!("{}/", globset::escape(dir)))
    }

    pub fn is_match(&self, path: &str) -> bool {
        self.matcher.is_match(path)
    }

    /// The paths that the glob spells out from end to end (`a/{b,c}.json` spells two).
    pub fn spelled(&self) -> impl Iterator<Item = String> {
        self.alternatives.iter().flatten().filter_map(|segments| spelled(segments))
    }

    /// The paths that the bare file name `name` stands for, where a last segment of the glob is that name: the glob's own
    /// path where all of it is literal, else the name.
    pub fn paths_named(&self, name: &str) -> Vec<String> {
        let ends_so = |segments: &&Vec<Segment>| matches!(segments.last(), Some(Segment::Literal(last)) if last == name);
        let alternatives = self.alternatives.iter().flatten().filter(ends_so);
        let mut paths: Vec<String> = alternatives.map(|segments| spelled(segments).unwrap_or_else(|| name.to_owned())).collect();
        paths.sort();
        paths.dedup();
        paths
    }

    /// Whether the glob can match a path of which `dir` and the unknown segments behind it are the end, or, where the glob is
    /// shorter, of which it matches an end that reaches into `dir`. With `anchored`, `dir` starts at the top of the tree.
    pub fn can_match_below(&self, dir: &str, end: &UnknownEnd, anchored: bool) -> bool {
        let dir: Vec<&str> = dir.split('/').filter(|segment| !segment.is_empty()).collect();
        match &self.alternatives {
            None => true,
            Some(all) => all.iter().any(|segments| can_end_with(segments, &dir, end, anchored)),
        }
    }

    /// Words of which one stands in whatever spells the end of a path that the glob matches; `None` where there are none such.
    pub(super) fn words(&self) -> Option<Vec<String>> {
        let mut words = Vec::new();
        for segments in self.alternatives.as_ref()? {
            let (last, directories) = segments.split_last()?;
            words.push(last.last_word()?);
            // An unknown end may begin at any of the directories. Of those behind a wildcard the code has to spell one as well:
            // an end that leaves all of them open could be any path at all.
            let spelled = directories.iter().filter_map(Segment::literal).map(str::to_owned);
            words.extend(spelled);
            if directories.last().is_some_and(|directory| directory.literal().is_none()) {
                return None;
            }
        }
        Some(words)
    }

    /// Whether the glob spells a directory of that name.
    pub(super) fn names_directory(&self, name: &str) -> bool {
        let directories = self.alternatives.iter().flatten().filter_map(|segments| segments.split_last());
        directories.flat_map(|(_, directories)| directories).any(|segment| segment.literal() == Some(name))
    }

    /// The literal directories right before the last segment, of each alternative that has a wildcard before them.
    pub(super) fn behind_wildcards(&self) -> impl Iterator<Item = String> {
        self.alternatives.iter().flatten().filter_map(|segments| {
            let (_, directories) = segments.split_last()?;
            let literal: Vec<&str> = directories.iter().rev().map_while(Segment::literal).collect();
            (literal.len() < directories.len()).then(|| literal.into_iter().rev().collect::<Vec<_>>().join("/"))
        })
    }
}

impl Segment {
    fn new(text: &str) -> Result<Self, globset::Error> {
        if text == "**" {
            return Ok(Segment::AnyDepth);
        }
        let is_wild = |c: char| matches!(c, '*' | '?' | '[' | ']' | '\\');
        let (Some(first), Some(last)) = (text.find(is_wild), text.rfind(is_wild)) else {
            return Ok(Segment::Literal(text.to_owned()));
        };
        // Behind a backslash stands what it escapes.
        let behind = if text[last..].starts_with('\\') { text.len() } else { last + 1 };
        if let Some(literal) = unescaped(text) {
            return Ok(Segment::Literal(literal));
        }
        let (prefix, suffix) = (text[..first].to_owned(), text[behind..].to_owned());
        Ok(Segment::Pattern { matcher: compile(text)?, prefix, suffix })
    }

    fn literal(&self) -> Option<&str> {
        match self {
            Segment::Literal(name) => Some(name),
            _ => None,
        }
    }

    fn matches(&self, name: &str) -> bool {
        match self {
            Segment::AnyDepth => true,
            Segment::Literal(literal) => literal == name,
            Segment::Pattern { matcher, .. } => matcher.is_match(name),
        }
    }

    /// Whether a name that begins and ends so can match.
    fn can_match(&self, end: &UnknownEnd) -> bool {
        match self {
            Segment::AnyDepth => true,
            Segment::Literal(literal) => {
                literal.len() >= end.prefix.len() + end.suffix.len()
                    && literal.starts_with(&end.prefix)
                    && literal.ends_with(&end.suffix)
            }
            Segment::Pattern { prefix, suffix, .. } => {
                (prefix.starts_with(&end.prefix) || end.prefix.starts_with(prefix))
                    && (suffix.ends_with(&end.suffix) || end.suffix.ends_with(suffix))
            }
        }
    }

    /// The last word of what is literal at the end: `json` of `*.generated.json`.
    fn last_word(&self) -> Option<String> {
        let literal = match self {
            Segment::AnyDepth => return None,
            Segment::Literal(literal) => literal,
            Segment::Pattern { suffix, .. } => suffix,
        };
        let word = literal.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        (!word.is_empty()).then(|| word.to_owned())
    }
}

fn compile(pattern: &str) -> Result<GlobMatcher, globset::Error> {
    Ok(GlobBuilder::new(pattern).literal_separator(true).build()?.compile_matcher())
}

fn spelled(segments: &[Segment]) -> Option<String> {
    let literal = |segment: &Segment| match segment {
        Segment::Literal(literal) => Some(literal.clone()),
        _ => None,
    };
    Some(segments.iter().map(literal).collect::<Option<Vec<_>>>()?.join("/"))
}

/// The text of a segment whose special characters are all escaped.
fn unescaped(segment: &str) -> Option<String> {
    let mut text = String::new();
    let mut rest = segment.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => text.push(rest.next()?),
            // `globset::escape` puts special characters into classes of their own.
            '[' => {
                text.push(rest.next().filter(|c| !matches!(c, '!' | '^' | ']'))?);
                rest.next().filter(|c| *c == ']')?;
            }
            '*' | '?' => return None,
            c => text.push(c),
        }
    }
    Some(text)
}

/// See [`PathGlob::can_match_below`]. Goes through the glob from its end; `reached[j]` tells that what is left of the glob can
/// stand before, or up to, the first `j` segments of the path.
fn can_end_with(glob: &[Segment], dir: &[&str], end: &UnknownEnd, anchored: bool) -> bool {
    let length = dir.len() + end.segments;
    let fits = |segment: &Segment, at: usize| match dir.get(at) {
        Some(name) => segment.matches(name),
        None if at + 1 == length => segment.can_match(end),
        None => true,
    };
    let mut reached = vec![false; length + 1];
    reached[length] = true;
    for segment in glob.iter().rev() {
        // All of the path is matched, and the rest of the glob matches what is unknown before it.
        if reached[0] && !anchored {
            return true;
        }
        if matches!(segment, Segment::AnyDepth) {
            (0..length).rev().for_each(|j| reached[j] |= reached[j + 1]);
        } else {
            (0..length).for_each(|j| reached[j] = reached[j + 1] && fits(segment, j));
            reached[length] = false;
        }
    }
    let shorter = !anchored && reached.iter().take(dir.len()).any(|reached| *reached);
    reached[0] || shorter
}

/// The globs that a glob with `{a,b}` stands for; `None` where there are more than `MAX_ALTERNATIVES`.
pub fn expand_braces(pattern: &str) -> Option<Vec<String>> {
    let mut open = vec![pattern.to_owned()];
    let mut done = Vec::new();
    while let Some(pattern) = open.pop() {
        match first_braces(&pattern) {
            None => done.push(pattern),
            Some((before, choices, after)) => {
                open.extend(choices.iter().rev().map(|choice| format!("{before}{choice}{after}")));
            }
        }
        if done.len() + open.len() > MAX_ALTERNATIVES {
            return None;
        }
    }
    Some(done)
}

/// What stands before, between and behind the first braces; the choices may hold braces themselves.
fn first_braces(pattern: &str) -> Option<(&str, Vec<&str>, &str)> {
    let (mut depth, mut in_class, mut escaped) = (0_usize, false, false);
    let (mut first, mut start) = (0, 0);
    let mut choices = Vec::new();
    for (at, c) in pattern.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ']' => in_class = false,
            _ if in_class => {}
            '[' => in_class = true,
            '{' => {
                depth += 1;
                if depth == 1 {
                    (first, start) = (at, at + 1);
                }
            }
            ',' if depth == 1 => {
                choices.push(&pattern[start..at]);
                start = at + 1;
            }
            '}' if depth == 1 => {
                choices.push(&pattern[start..at]);
                return Some((&pattern[..first], choices, &pattern[at + 1..]));
            }
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(pattern: &str) -> PathGlob {
        PathGlob::new(pattern).expect("a glob")
    }

    #[test]
    fn braces_are_expanded() {
        let spelled = |pattern: &str| glob(pattern).spelled().collect::<Vec<_>>();
        assert_eq!(spelled("/models/{a,b{1,2}}.json"), ["models/a.json", "models/b1.json", "models/b2.json"]);
        assert_eq!(spelled(r"a\*b/c"), ["a*b/c"]);
        assert!(spelled("models/*.json").is_empty());
        assert!(glob(&"{a,b}".repeat(12)).alternatives.is_none());
    }

    #[test]
    fn a_bare_name_stands_for_the_globs_own_path() {
        let cases: [(&str, &str, &[&str]); 5] = [
            ("models/{x,y}.json", "y.json", &["models/y.json"]),
            ("{a,b}/x.json", "x.json", &["a/x.json", "b/x.json"]),
            ("**/x.json", "x.json", &["x.json"]),
            ("models/*.json", "x.json", &[]),
            ("models/x.json", "models", &[]),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(glob(pattern).paths_named(name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn an_unknown_end_may_be_what_the_glob_matches() {
        let cases = [
            ("models/x.json", "models", "*", true),
            ("models/x.json", "models", "*.json", true),
            ("models/x.json", "models", "*.yaml", false),
            ("models/x.json", "models", "y*.json", false),
            ("models/x.json", "srv/app/models", "*", true),
            ("models/x.json", "models/v1", "*", false),
            ("models/x.json", "other", "*", false),
            ("models/x.json", "models", "*/*", false),
            ("svc/models/*.json", "models", "*", true),
            ("svc/*/x.json", "models", "*", true),
            ("svc/**/*.json", "models", "*/*.json", true),
            ("svc/**/*.json", "models", "*.yaml", false),
            ("models/**", "models/v1", "*", true),
            ("models/**", "other", "*", true),
            ("x.json", "models", "*", false),
            ("{a,b}/x.json", "b", "*", true),
        ];
        for (pattern, dir, end, expected) in cases {
            let (prefix, suffix) = end.rsplit('/').next().and_then(|last| last.split_once('*')).expect("a star");
            let segments = end.split('/').count();
            let end = UnknownEnd { segments, prefix: prefix.to_owned(), suffix: suffix.to_owned() };
            assert_eq!(glob(pattern).can_match_below(dir, &end, false), expected, "{pattern} {dir} {end:?}");
        }
    }

    #[test]
    fn an_anchored_directory_is_the_whole_directory() {
        let end = UnknownEnd { segments: 1, ..UnknownEnd::default() };
        let can = |pattern: &str, dir: &str| glob(pattern).can_match_below(dir, &end, true);
        assert!(can("models/x.json", "models") && can("**/x.json", "models") && can("x.json", ""));
        assert!(!can("svc/models/x.json", "models") && !can("models/x.json", "svc/models"));
    }

    #[test]
    fn words_of_which_a_path_must_hold_one() {
        let words = |pattern: &str| glob(pattern).words();
        let owned = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(words("a/models/{x,y}.json"), owned(&["json", "a", "models", "json", "a", "models"]));
        assert_eq!(words("**/models/x.json"), owned(&["json", "models"]));
        assert_eq!(words("svc/*/models/x.json"), owned(&["json", "svc", "models"]));
        for pattern in ["**/x.json", "models/**/x.json", "models/*", "models/**"] {
            assert_eq!(words(pattern), None, "{pattern}");
        }
        let behind = |pattern: &str| glob(pattern).behind_wildcards().collect::<Vec<_>>();
        assert_eq!(behind("svc/{*,a}/b/models/x.json"), ["b/models"]);
        assert!(behind("svc/models/x.json").is_empty() && behind("x.json").is_empty());
    }
}
