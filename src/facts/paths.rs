//! `path` and `dirs`: facts that a tree's listing holds.

use regex::Regex;

use super::{Captures, RawElement};
use crate::text::RepoPath;
use crate::tree::EntryKind;

/// `path: REGEX`: one element per file whose path it matches.
#[derive(Debug)]
pub struct PathFact {
    pub regex: Regex,
}

/// Captures that every path has, unless a group of the regex takes the name.
pub const PATH_CAPTURES: [&str; 5] = ["name", "stem", "dir", "kind", "hash"];

impl PathFact {
    pub fn captures(&self) -> Captures {
        let groups = self.regex.capture_names().flatten().filter(|name| *name != "value");
        Captures::known(groups.chain(PATH_CAPTURES))
    }

    /// The element of a path that the regex finds; `hash` is the content's, where there is content and somebody asks for it.
    pub fn read(&self, path: &RepoPath, kind: EntryKind, hash: Option<&str>) -> Option<RawElement> {
        let found = self.regex.captures(path.as_str())?;
        let value = found.name("value").map_or(path.as_str(), |group| group.as_str());
        let groups = self.regex.capture_names().flatten().filter(|name| *name != "value");
        let mut captures: Vec<(String, String)> =
            groups.filter_map(|name| Some((name.to_string(), found.name(name)?.as_str().to_string()))).collect();
        let own = [
            ("name", Some(path.name())),
            ("stem", Some(path.stem())),
            ("dir", Some(path.dir())),
            ("kind", Some(word(kind))),
            ("hash", hash),
        ];
        for (name, text) in own {
            if let Some(text) = text
                && !self.regex.capture_names().flatten().any(|group| group == name)
            {
                captures.push((name.into(), text.into()));
            }
        }
        Some(RawElement { value: value.into(), captures, ..RawElement::default() })
    }
}

fn word(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::File | EntryKind::Special => "file",
        EntryKind::Link => "link",
        EntryKind::Submodule => "submodule",
    }
}

/// The element of a directory.
pub fn directory_element(path: &str) -> RawElement {
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    let captures = vec![("name".into(), name.into()), ("parent".into(), parent.into())];
    RawElement { value: path.into(), captures, ..RawElement::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_what_stands_there() {
        let fact = PathFact { regex: Regex::new("^a/(?P<name>.)").unwrap() };
        for (kind, word) in [(EntryKind::File, "file"), (EntryKind::Link, "link"), (EntryKind::Submodule, "submodule")] {
            let element = fact.read(&RepoPath::new("a/b.x"), kind, None).unwrap();
            assert_eq!((element.get("kind"), element.get("name"), element.get("hash")), (Some(word), Some("b"), None));
        }
        assert!(fact.read(&RepoPath::new("b"), EntryKind::File, None).is_none());
    }
}
