//! Selections of files by globs.

use std::borrow::Cow;

use globset::{Glob, GlobBuilder};

use crate::finding::Place;
use crate::options::Value;
use crate::text::RepoPath;

/// A selection of the plan's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SelectionId(pub usize);

/// Files that globs name: those that some `include` matches and no `exclude`.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    pub include: Vec<String>,
    pub exclude: Vec<String>,
    /// Where the policy writes the globs: its `files` key.
    pub place: Option<Place>,
    /// Whether it may select nothing.
    pub optional: bool,
    /// Whether the policy's own files count only where a literal pattern names them.
    pub skips_policy: bool,
    /// Whether the globs name directories and not files.
    pub directories: bool,
    /// Whether only the first of the paths counts, in path order.
    pub first_only: bool,
    /// Whether the globs are paths of files, and what lies below such a path is not meant.
    pub exact: bool,
}

impl Selection {
    /// Whether a pattern without wildcards names the path itself.
    pub fn names(&self, path: &RepoPath) -> bool {
        self.include.iter().any(|glob| is_literal(glob) && normal(glob) == path.as_str())
    }
}

/// Reads one glob or a list of them; complains about each that is invalid.
pub fn read_globs(value: Value<'_>) -> Vec<String> {
    let read = |item: Value<'_>| {
        let text = item.text()?;
        match compile(text) {
            Ok(_) => Some(text.to_string()),
            Err(fault) => {
                item.complain(fault);
                None
            }
        }
    };
    value.one_or_many().into_iter().filter_map(read).collect()
}

/// Whether a glob has no wildcards.
pub fn is_literal(glob: &str) -> bool {
    !glob.contains(['*', '?', '[', '{', '\\'])
}

/// The glob without what means nothing: a leading `/` or `./`, and a second `/` (`home/` and `/**`, put together).
pub fn normal(glob: &str) -> Cow<'_, str> {
    let glob = glob.trim_start_matches("./").trim_start_matches('/');
    match glob.contains("//") {
        false => Cow::Borrowed(glob),
        true => {
            let mut single = glob.to_string();
            let mut before = None;
            single.retain(|c| before.replace(c) != Some('/') || c != '/');
            Cow::Owned(single)
        }
    }
}

/// Longer globs, and ones with more braces, are mistakes or attacks; their regexes would not compile.
const LONGEST: usize = 4_096;
const MOST_BRACES: usize = 64;

/// A glob of SPEC §3 as globs of `globset`: `*` and `?` do not cross `/`, and a plain directory name means what is below it.
///
/// # Errors
/// One line that says what is wrong with the glob.
pub fn compile(glob: &str) -> Result<Vec<Glob>, String> {
    let text = normal(glob);
    if text.is_empty() {
        return Err(format!("invalid glob `{glob}`: it is empty"));
    }
    if text.len() > LONGEST {
        return Err(format!("invalid glob: it has {} bytes, at most {LONGEST} are read", text.len()));
    }
    if text.bytes().filter(|byte| *byte == b'{').count() > MOST_BRACES {
        return Err(format!("invalid glob `{glob}`: more than {MOST_BRACES} braces"));
    }
    let build = |text: &str| {
        let fault = |error: globset::Error| format!("invalid glob `{glob}`: {}", error.kind());
        GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build().map_err(fault)
    };
    let directory = text.trim_end_matches('/');
    if directory.len() < text.len() {
        return Ok(vec![build(&format!("{directory}/**"))?]);
    }
    match text.contains(['*', '?', '[']) {
        true => Ok(vec![build(&text)?]),
        false => Ok(vec![build(&text)?, build(&format!("{text}/**"))?]),
    }
}

/// The extensions that a glob spells out (`**/*.{js,ts}`: `js`, `ts`); `None` where it leaves the extension open.
pub fn extensions(glob: &str) -> Option<Vec<String>> {
    let glob = normal(glob);
    let name = match glob.rfind('}') {
        Some(end) if end + 1 == glob.len() => &glob,
        _ => glob.rsplit('/').next().unwrap_or(&glob),
    };
    let (_, tail) = name.rsplit_once('.')?;
    let list = match tail.strip_prefix('{') {
        Some(inner) => inner.strip_suffix('}')?.split(',').collect(),
        None => vec![tail.trim_end_matches('}')],
    };
    let plain = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    list.iter().all(plain).then(|| list.into_iter().map(str::to_string).collect())
}

/// A single set of globs, for what is matched by itself.
pub fn compile_set<'g>(globs: impl IntoIterator<Item = &'g str>) -> Result<globset::GlobSet, String> {
    let mut set = globset::GlobSetBuilder::new();
    for glob in globs {
        for part in compile(glob)? {
            set.add(part);
        }
    }
    set.build().map_err(|error| format!("invalid glob: {}", error.kind()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(glob: &str, path: &str) -> bool {
        compile_set([glob]).is_ok_and(|set| set.is_match(path))
    }

    #[test]
    fn globs_match_whole_paths() {
        assert!(matches("src/*.txt", "src/a.txt") && !matches("src/*.txt", "src/b/a.txt"));
        assert!(matches("**/x.rs", "x.rs") && matches("**/x.rs", "a/b/x.rs"));
        assert!(matches("src", "src/a/b") && matches("src", "src") && !matches("src", "src.txt"));
        assert!(matches("/src/", "src/a") && !matches("src/", "src"));
        assert!(matches("src//**/*.txt", "src/a/b.txt") && matches("//src///a.txt", "src/a.txt"));
        assert!(matches("{a,b}", "a/x") && matches("[!ab].rs", "c.rs") && !matches("[!ab].rs", "a.rs"));
        assert!(!matches("SRC", "src/a"));
    }

    #[test]
    fn extensions_that_a_glob_names() {
        assert_eq!(extensions("**/*.py"), Some(vec!["py".into()]));
        assert_eq!(extensions("src/**/*.{js,ts}"), Some(vec!["js".into(), "ts".into()]));
        assert_eq!(extensions("src/**"), None);
        assert_eq!(extensions("a.b/*"), None);
    }

    #[test]
    fn an_invalid_glob_says_so() {
        assert!(compile("src/[z-").is_err_and(|fault| fault.contains("src/[z-")));
        assert!(compile("/").is_err());
        assert!(compile(&"a".repeat(5_000)).is_err());
        assert!(compile(&format!("{}b{}", "{a,".repeat(300), "}".repeat(300))).is_err());
    }
}
