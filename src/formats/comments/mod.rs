//! Comments of every format that is known: where they stand, and nothing about what they say.
//!
//! Code has a syntax tree that knows. Of the other formats only comments and what could be mistaken for one (strings, heredocs,
//! block scalars) are told apart, so that a template or a file with a fault has its comments too. Each lexer passes over its
//! text once, whatever the text.

mod docker;
mod hcl;
mod lexer;
mod lines;
mod make;
mod markup;
mod sql;
#[cfg(test)]
mod tests;
mod yaml;

use super::code::Code;
use super::{DataFormat, dotenv, secret};
use crate::text::{RepoPath, Span};

/// A comment, its marks included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Comment {
    pub span: Span,
    /// The comment with what stands there only to hold it (the braces around a comment of JSX).
    pub whole: Span,
}

impl Comment {
    fn of(span: Span) -> Self {
        Comment { span, whole: span }
    }

    fn new(start: usize, end: usize) -> Self {
        Comment::of(Span::new(start, end))
    }

    fn shifted(self, by: usize) -> Self {
        Comment { span: self.span.shifted(by), whole: self.whole.shifted(by) }
    }
}

/// The comments of a file in order; `None` where its format has none, or none that are known. `code` is its syntax tree, where
/// it has one.
pub fn comments(path: &RepoPath, bytes: &[u8], code: Option<&Code>) -> Option<Vec<Comment>> {
    if let Some(code) = code {
        return Some(of_code(code));
    }
    let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut found = of_format(path, body)?;
    let by = bytes.len() - body.len();
    if by > 0 {
        found = found.into_iter().map(|comment| comment.shifted(by)).collect();
    }
    Some(found)
}

/// A comment is what the grammar names so, whatever the language.
fn of_code(code: &Code) -> Vec<Comment> {
    let mut found: Vec<Comment> = Vec::new();
    for node in code.root().subtree() {
        let inside = found.last().is_some_and(|last| last.span.contains(node.span()));
        if inside || !node.is_named() || !node.kind().ends_with("comment") {
            continue;
        }
        let span = trimmed(code.text().as_bytes(), node.span());
        let holder = node.parent().filter(|parent| parent.kind() == "jsx_expression");
        let alone = holder.filter(|holder| holder.children().filter(|child| child.is_named()).count() == 1);
        found.push(Comment { span, whole: alone.map_or(span, |holder| holder.span()) });
    }
    found
}

/// Without the line break that some grammars count in.
fn trimmed(text: &[u8], span: Span) -> Span {
    Span::new(span.start, span.start + span.slice(text).trim_ascii_end().len())
}

fn of_format(path: &RepoPath, text: &[u8]) -> Option<Vec<Comment>> {
    let name = path.name();
    if secret::is_dotenv(path) {
        return Some(dotenv::comments(&String::from_utf8_lossy(text)).into_iter().map(Comment::of).collect());
    }
    match DataFormat::of(path) {
        Some(DataFormat::Yaml) => return Some(yaml::comments(text)),
        Some(DataFormat::Toml) => return Some(lexer::comments(&lexer::TOML, text)),
        Some(DataFormat::Jsonc) => return Some(lexer::comments(&lexer::JSON5, text)),
        Some(DataFormat::Json) => return None,
        _ => {}
    }
    of_name(name).or_else(|| of_extension(path.extension())).map(|lex| lex(text))
}

type Lex = fn(&[u8]) -> Vec<Comment>;

fn of_name(name: &str) -> Option<Lex> {
    let ignores = [".gitignore", ".dockerignore", ".npmignore", ".prettierignore", ".eslintignore", ".helmignore", ".ignore"];
    match name {
        "CODEOWNERS" | "Procfile" | "crontab" => Some(|text| lines::comments(text, &lines::HASH_ANYWHERE)),
        "Makefile" | "makefile" | "GNUmakefile" | "Justfile" | "justfile" => Some(make::comments),
        "CMakeLists.txt" => Some(|text| lexer::comments(&lexer::HASH, text)),
        "go.mod" | "go.sum" | "go.work" => Some(|text| lines::comments(text, &lines::SLASHES)),
        "Jenkinsfile" => Some(|text| lexer::comments(&lexer::TRIPLE, text)),
        ".gitattributes" | ".gitmodules" | ".gitconfig" | ".editorconfig" | ".npmrc" | ".pylintrc" | ".flake8" => {
            Some(|text| lines::comments(text, &lines::INI))
        }
        _ if ignores.contains(&name) => Some(|text| lines::comments(text, &lines::HASH)),
        _ if is_requirements(name) => Some(|text| lines::comments(text, &lines::HASH_ANYWHERE)),
        _ if is_dockerfile(name) => Some(docker::comments),
        _ => None,
    }
}

fn is_dockerfile(name: &str) -> bool {
    let stem = |stem: &str| name == stem || name.strip_prefix(stem).is_some_and(|rest| rest.starts_with('.'));
    stem("Dockerfile") || stem("Containerfile") || name.to_ascii_lowercase().ends_with(".dockerfile")
}

fn is_requirements(name: &str) -> bool {
    let stem = name.strip_suffix(".txt").or_else(|| name.strip_suffix(".in"));
    stem.is_some_and(|stem| stem.starts_with("requirements") || stem.starts_with("constraints"))
}

fn of_extension(extension: &str) -> Option<Lex> {
    Some(match extension {
        "md" | "markdown" | "mdown" => markup::markdown,
        "html" | "htm" | "xhtml" | "vue" | "svelte" => markup::html,
        "xml" | "svg" | "xsd" | "xsl" | "xslt" | "wsdl" | "plist" | "csproj" | "props" | "targets" => markup::xml,
        "css" => |text| lexer::comments(&lexer::CSS, text),
        "scss" | "less" => |text| lexer::comments(&lexer::SCSS, text),
        "sql" => sql::comments,
        "tf" | "tfvars" | "hcl" => hcl::comments,
        "mk" => make::comments,
        "ini" | "cfg" | "conf" | "service" | "desktop" => |text| lines::comments(text, &lines::INI),
        "properties" => |text| lines::comments(text, &lines::PROPERTIES),
        "c" | "h" | "cc" | "cpp" | "cxx" | "hpp" | "hh" | "m" | "mm" | "proto" | "thrift" => {
            |text| lexer::comments(&lexer::C, text)
        }
        "swift" | "scala" | "dart" | "groovy" | "gradle" => |text| lexer::comments(&lexer::TRIPLE, text),
        "graphql" | "gql" | "ex" | "exs" | "cmake" | "rego" | "jl" | "r" | "R" => |text| lexer::comments(&lexer::HASH, text),
        "lua" => |text| lexer::comments(&lexer::LUA, text),
        _ => return None,
    })
}
