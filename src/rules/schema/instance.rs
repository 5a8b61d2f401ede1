//! Which schema a file names itself.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::uri;
use crate::facts::Source;
use crate::formats::{DataFormat, Document};
use crate::text::RepoPath;

/// What a file says about its own schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Nothing,
    File(RepoPath),
    /// Not by path: only the `$id` of a file can answer.
    Id(String),
}

/// The `$schema` of a file's first document that has one, else what the comment `yaml-language-server: $schema=…` says.
pub(super) fn named(source: &Source<'_>, document: &Document) -> Named {
    let member = document.roots.iter().find_map(|root| document.string(document.member(*root, "$schema")?.value));
    let written = member.map(str::to_string).or_else(|| in_comment(source));
    let Some(written) = written else { return Named::Nothing };
    let target = written.strip_suffix('#').unwrap_or(&written);
    // A part of a file is no file.
    match uri::relative(source.path.dir(), target) {
        Some(path) if !target.contains('#') => Named::File(path),
        _ => Named::Id(target.to_string()),
    }
}

fn in_comment(source: &Source<'_>) -> Option<String> {
    static COMMENT: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?m)^[ \t]*#[ \t]*yaml-language-server[ \t]*:[ \t]*\$schema[ \t]*=[ \t]*(\S+)").ok());
    if DataFormat::of(source.path) != Some(DataFormat::Yaml) {
        return None;
    }
    let found = COMMENT.as_ref()?.captures(source.bytes)?;
    String::from_utf8(found.get(1)?.as_bytes().to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_its_schema_by_member_or_comment() {
        let file = |path: &str| Named::File(RepoPath::new(path));
        for (path, text, expected) in [
            ("a/b.json", r#"{"$schema": "../s.json"}"#, file("s.json")),
            ("a/b.json", r#"{"$schema": "./s.json#"}"#, file("a/s.json")),
            ("a/b.json", r##"{"$schema": "s.json#/$defs/x"}"##, Named::Id("s.json#/$defs/x".into())),
            ("a/b.json", r#"{"$schema": "https://example.com/s.json"}"#, Named::Id("https://example.com/s.json".into())),
            ("a/b.json", r#"{"$schema": 1}"#, Named::Nothing),
            ("a/b.yaml", "x: 1 # c\n#yaml-language-server:  $schema=s.json\n", file("a/s.json")),
            ("a/b.yaml", "# yaml-language-server: $schema=t.json\n$schema: s.json", file("a/s.json")),
            ("a/b.yaml", "x: 1\n---\n$schema: s.json", file("a/s.json")),
            ("a/b.yaml", "x: '# yaml-language-server: $schema=s.json'", Named::Nothing),
            ("a/b.toml", "# yaml-language-server: $schema=s.json\nx = 1", Named::Nothing),
        ] {
            let path = RepoPath::new(path);
            let source = Source::new(&path, text.as_bytes());
            let document = source.data(DataFormat::of(&path).unwrap()).unwrap();
            assert_eq!(named(&source, document), expected, "{text}");
        }
    }
}
