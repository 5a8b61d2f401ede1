//! What a file's name says it is, to those who read code and what is like it.

use crate::formats::code::Language;
use crate::text::RepoPath;

/// A kind of file. A literal of one kind need not be looked for in files of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    Code(Language),
    Dockerfile,
    Yaml,
    /// No extension: its first line may tell which program runs it.
    Script,
    Other,
}

impl FileKind {
    /// How many kinds there are.
    pub const COUNT: usize = Language::ALL.len() + 4;

    pub fn of(path: &RepoPath) -> Self {
        let (name, extension) = (path.name(), path.extension());
        let is_dockerfile = |word: &str| name.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        match Language::of(path) {
            Some(language) => FileKind::Code(language),
            None if is_dockerfile("Dockerfile") || is_dockerfile("Containerfile") => FileKind::Dockerfile,
            None => match extension {
                "dockerfile" | "Dockerfile" | "containerfile" => FileKind::Dockerfile,
                "yaml" | "yml" => FileKind::Yaml,
                "" => FileKind::Script,
                _ => FileKind::Other,
            },
        }
    }

    /// Whether it is a language that this program has a grammar for.
    pub fn is_code(self) -> bool {
        matches!(self, FileKind::Code(language) if language.is_built())
    }

    /// How code spells letters otherwise, in strings and (Java, JavaScript) in names: what holds one of these may hold any literal.
    pub fn escapes(self) -> &'static [&'static str] {
        const ESCAPES: [&str; 14] =
            ["\\x", "\\u", "\\U", "\\N", "\\0", "\\1", "\\2", "\\3", "\\4", "\\5", "\\6", "\\7", "\\\n", "\\\r\n"];
        match self {
            FileKind::Code(Language::Shell) | FileKind::Dockerfile | FileKind::Yaml | FileKind::Other => &[],
            FileKind::Code(_) | FileKind::Script => &ESCAPES,
        }
    }

    /// The kind's number, below [`COUNT`](Self::COUNT).
    pub fn index(self) -> usize {
        let languages = Language::ALL.len();
        match self {
            FileKind::Code(language) => language as usize,
            FileKind::Dockerfile => languages,
            FileKind::Yaml => languages + 1,
            FileKind::Script => languages + 2,
            FileKind::Other => languages + 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_kinds() {
        for (name, kind) in [
            ("a/b.py", FileKind::Code(Language::Python)),
            ("Dockerfile", FileKind::Dockerfile),
            ("a/Dockerfile.dev", FileKind::Dockerfile),
            ("dev.Dockerfile", FileKind::Dockerfile),
            ("Containerfile", FileKind::Dockerfile),
            ("Dockerfiles", FileKind::Script),
            (".github/workflows/ci.yml", FileKind::Yaml),
            ("bin/deploy", FileKind::Script),
            ("README.md", FileKind::Other),
        ] {
            assert_eq!(FileKind::of(&RepoPath::new(name)), kind, "{name}");
            assert!(kind.index() < FileKind::COUNT);
        }
    }
}
