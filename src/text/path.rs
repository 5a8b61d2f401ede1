//! Paths inside a repository.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A path relative to the top of a tree: `/`-separated, without a leading `/`, cheap to clone.
///
/// Git's paths are bytes. Nearly all are UTF-8; of one that is not, [`as_str`](Self::as_str) is the text with U+FFFD,
/// which is what patterns see and reports show, and [`as_bytes`](Self::as_bytes) is what is on disk. Paths are ordered bytewise.
#[derive(Clone)]
pub struct RepoPath {
    text: Arc<str>,
    raw: Option<Arc<[u8]>>,
}

impl RepoPath {
    /// Takes the path as it stands; leading `/` and `./` are dropped.
    pub fn new(path: impl AsRef<str>) -> Self {
        let path = path.as_ref();
        let path = path.trim_start_matches("./").trim_start_matches('/');
        RepoPath { text: path.into(), raw: None }
    }

    /// Takes the bytes that git or the file system gave.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        match String::from_utf8_lossy(bytes) {
            Cow::Borrowed(text) => RepoPath { text: text.into(), raw: None },
            Cow::Owned(text) => RepoPath { text: text.into(), raw: Some(bytes.into()) },
        }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn as_bytes(&self) -> &[u8] {
        self.raw.as_deref().unwrap_or(self.text.as_bytes())
    }

    /// The bytes of a path that is not UTF-8.
    pub fn raw(&self) -> Option<&[u8]> {
        self.raw.as_deref()
    }

    /// The last segment.
    pub fn name(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or_default()
    }

    /// The last segment without its last extension (`a.sql` of `a.sql.OLD`; `.env` of `.env`).
    pub fn stem(&self) -> &str {
        let name = self.name();
        match name.rfind('.') {
            Some(dot) if dot > 0 => &name[..dot],
            _ => name,
        }
    }

    /// The last extension, without its dot; empty where there is none.
    pub fn extension(&self) -> &str {
        let name = self.name();
        match name.rfind('.') {
            Some(dot) if dot > 0 => &name[dot + 1..],
            _ => "",
        }
    }

    /// The directory, empty at the top.
    pub fn dir(&self) -> &str {
        self.text.rfind('/').map_or("", |slash| &self.text[..slash])
    }

    /// Whether the path is `dir` or lies below it; everything lies below the empty directory.
    pub fn is_below(&self, dir: &str) -> bool {
        dir.is_empty() || self.text.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// Where `path` leads from the directory `from`: without `.` and empty segments, with `..` undone; a leading `/` means the top of
/// the tree, and above that there is nothing.
pub fn resolve(from: &str, path: &str) -> Option<String> {
    let from = if path.starts_with('/') { "" } else { from };
    let mut segments: Vec<&str> = Vec::new();
    for segment in from.split('/').chain(path.split('/')) {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop()?;
            }
            other => segments.push(other),
        }
    }
    Some(segments.join("/"))
}

impl PartialEq for RepoPath {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for RepoPath {}

impl Hash for RepoPath {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl Ord for RepoPath {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl PartialOrd for RepoPath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Display for RepoPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

impl From<&str> for RepoPath {
    fn from(path: &str) -> Self {
        RepoPath::new(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_path() {
        let path = RepoPath::new("/db/old/005_x.sql.OLD");
        assert_eq!((path.dir(), path.name(), path.stem(), path.extension()), ("db/old", "005_x.sql.OLD", "005_x.sql", "OLD"));
        let top = RepoPath::new(".env");
        assert_eq!((top.dir(), top.name(), top.stem(), top.extension()), ("", ".env", ".env", ""));
        assert!(path.is_below("db") && path.is_below("") && !path.is_below("d"));
    }

    #[test]
    fn bytes_that_are_no_text_are_kept() {
        let path = RepoPath::from_bytes(b"a\xff.txt");
        assert_eq!(path.as_str(), "a\u{fffd}.txt");
        assert_eq!(path.as_bytes(), b"a\xff.txt");
        assert_ne!(path, RepoPath::from_bytes(b"a\xfe.txt"));
    }
}
