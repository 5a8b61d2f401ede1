//! Between the protocol's addresses and positions and ours.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::working_directory;
use crate::text::{LineIndex, RepoPath};
use crate::tree::Repository;

/// What the client counts columns in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16,
}

impl Encoding {
    /// UTF-8 where the client can; else what every client can.
    pub fn of(initialize: &Value) -> Self {
        let known = initialize["capabilities"]["general"]["positionEncodings"].as_array();
        match known.is_some_and(|known| known.iter().any(|word| word == "utf-8")) {
            true => Encoding::Utf8,
            false => Encoding::Utf16,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf16 => "utf-16",
        }
    }

    /// The position of a byte: lines and columns from 0.
    pub fn position(self, text: &[u8], lines: &LineIndex, byte: usize) -> Value {
        let position = lines.position(text, byte);
        let before = &text[lines.line_start(position.line).min(position.byte)..position.byte];
        let column = match self {
            Encoding::Utf8 => before.len(),
            Encoding::Utf16 => String::from_utf8_lossy(before).encode_utf16().count(),
        };
        json!({"line": position.line - 1, "character": column})
    }

    /// The byte at a position; of a column past its line's end, that end.
    pub fn byte(self, text: &[u8], lines: &LineIndex, position: &Value) -> usize {
        let number = |name: &str| position[name].as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(0);
        let (line, column) = (number("line"), number("character"));
        let start = lines.line_start(line.saturating_add(1));
        let end = if line + 1 < lines.lines() { lines.line_start(line + 2) } else { text.len() };
        let inside = &text[start..end];
        let mut units = 0;
        let mut byte = 0;
        for c in String::from_utf8_lossy(inside).chars() {
            if units >= column || matches!(c, '\n' | '\r') {
                break;
            }
            units += if self == Encoding::Utf8 { c.len_utf8() } else { c.len_utf16() };
            byte += c.len_utf8();
        }
        (start + byte).min(end)
    }
}

/// The directory that the client has open, and the top of the tree that it lies in.
pub(super) struct Workspace {
    root: PathBuf,
    /// The top, spelled as the client spells paths.
    top: PathBuf,
}

impl Workspace {
    pub fn of(initialize: &Value) -> Self {
        let folder = initialize["workspaceFolders"][0]["uri"].as_str().or_else(|| initialize["rootUri"].as_str());
        let root = folder.and_then(path_of).unwrap_or_else(working_directory);
        let top = Repository::discover(&root).ok().flatten().and_then(|repository| repository.top().map(Path::to_path_buf));
        let top = top.and_then(|top| as_spelled(&root, &top)).unwrap_or_else(|| root.clone());
        Workspace { root, top }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn on_disk(&self, path: &RepoPath) -> PathBuf {
        self.top.join(path.as_str())
    }

    /// The path in the tree of what the client calls `uri`; none outside of it.
    pub fn path(&self, uri: &str) -> Option<RepoPath> {
        let path = path_of(uri)?;
        let inside = path.strip_prefix(&self.top).ok()?;
        Some(RepoPath::new(inside.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")))
    }

    pub fn uri(&self, path: &RepoPath) -> String {
        let top = self.top.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
        let top = crate::report::encoded(&RepoPath::new(&top));
        format!("file:///{top}/{}", crate::report::encoded(path))
    }
}

/// `top` as an ancestor of `root`, whatever links there are on the way.
fn as_spelled(root: &Path, top: &Path) -> Option<PathBuf> {
    let top = top.canonicalize().ok()?;
    root.ancestors().find(|ancestor| ancestor.canonicalize().is_ok_and(|ancestor| ancestor == top)).map(Path::to_path_buf)
}

/// The path of a `file:` address.
fn path_of(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let path = &rest[rest.find('/')?..];
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    // `/C:/x` is `C:/x` where drives have letters.
    let drive = cfg!(windows) && text.as_bytes().get(2) == Some(&b':');
    Some(PathBuf::from(if drive { &text[1..] } else { &text }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_and_bytes_are_each_others_inverse() {
        let text = "ab\nä😀c\r\nd".as_bytes();
        let lines = LineIndex::new(text);
        for (encoding, byte, line, character) in [
            (Encoding::Utf16, 0, 0, 0),
            (Encoding::Utf16, 9, 1, 3),
            (Encoding::Utf8, 9, 1, 6),
            (Encoding::Utf16, 12, 2, 0),
            (Encoding::Utf16, 13, 2, 1),
        ] {
            let position = encoding.position(text, &lines, byte);
            assert_eq!(position, json!({"line": line, "character": character}));
            assert_eq!(encoding.byte(text, &lines, &position), byte);
        }
        assert_eq!(Encoding::Utf16.byte(text, &lines, &json!({"line": 1, "character": 99})), 10);
        assert_eq!(Encoding::Utf16.byte(text, &lines, &json!({"line": 99, "character": 99})), 13);
    }

    #[cfg(unix)]
    #[test]
    fn addresses_are_decoded_and_encoded() {
        let workspace = Workspace { root: "/a b".into(), top: "/a b".into() };
        assert_eq!(workspace.path("file:///a%20b/x%23.py"), Some("x#.py".into()));
        assert_eq!(workspace.uri(&"x#.py".into()), "file:///a%20b/x%23.py");
        assert_eq!(workspace.path("file:///elsewhere/x"), None);
        assert_eq!(workspace.path("untitled:1"), None);
        assert_eq!(path_of("file://host/a%2"), Some("/a%2".into()));
    }
}
