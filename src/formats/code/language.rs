//! The languages: how a policy calls them, which files are in them, and their grammars.

use std::borrow::Cow;

use ast_grep_core::matcher::{Pattern, PatternBuilder, PatternError};
use ast_grep_core::tree_sitter::{LanguageExt, StrDoc, TSLanguage};
use tree_sitter_language::LanguageFn;

use crate::text::RepoPath;

/// A language that files are read in. JavaScript, TypeScript and TSX are three grammars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    Python,
    JavaScript,
    TypeScript,
    Tsx,
    Rust,
    Go,
    Ruby,
    Java,
    Kotlin,
    Php,
    CSharp,
    Shell,
}

struct About {
    language: Language,
    /// Its name in a policy, and what else it may be called there.
    words: &'static [&'static str],
    extensions: &'static [&'static str],
    /// Whole names of files that say no extension.
    files: &'static [&'static str],
    /// Programs that run scripts of it, without their versions.
    programs: &'static [&'static str],
    /// The character that stands for `$` in a pattern's metavariables, where a name cannot hold `$`.
    dollar: char,
}

const LANGUAGES: [About; 12] = [
    About { programs: &["python", "pypy"], ..about(Language::Python, &["python", "py"], &["py", "pyi"], 'µ') },
    About {
        programs: &["node", "nodejs"],
        ..about(Language::JavaScript, &["javascript", "js", "jsx"], &["js", "mjs", "cjs", "jsx"], '$')
    },
    about(Language::TypeScript, &["typescript", "ts"], &["ts", "mts", "cts"], '$'),
    about(Language::Tsx, &["tsx"], &["tsx"], '$'),
    about(Language::Rust, &["rust", "rs"], &["rs"], 'µ'),
    about(Language::Go, &["go", "golang"], &["go"], 'µ'),
    About {
        files: &["Gemfile", "Rakefile", "Guardfile", "Vagrantfile", "Fastfile"],
        programs: &["ruby"],
        ..about(Language::Ruby, &["ruby", "rb"], &["rb", "rake", "gemspec", "ru"], 'µ')
    },
    about(Language::Java, &["java"], &["java"], '$'),
    about(Language::Kotlin, &["kotlin", "kt"], &["kt", "kts"], 'µ'),
    About { programs: &["php"], ..about(Language::Php, &["php"], &["php"], 'µ') },
    about(Language::CSharp, &["csharp", "cs", "c#"], &["cs"], 'µ'),
    About {
        programs: &["sh", "bash", "dash", "ash", "ksh"],
        ..about(Language::Shell, &["shell", "sh", "bash"], &["sh", "bash"], '$')
    },
];

const fn about(language: Language, words: &'static [&'static str], extensions: &'static [&'static str], dollar: char) -> About {
    About { language, words, extensions, files: &[], programs: &[], dollar }
}

impl Language {
    pub const ALL: [Language; LANGUAGES.len()] = {
        let mut all = [Language::Python; LANGUAGES.len()];
        let mut at = 0;
        while at < all.len() {
            all[at] = LANGUAGES[at].language;
            at += 1;
        }
        all
    };

    /// The language that a file's name tells, whether this program can read it or not.
    pub fn of(path: &RepoPath) -> Option<Self> {
        let (name, extension) = (path.name(), path.extension());
        let found = LANGUAGES.iter().find(|about| about.extensions.contains(&extension) || about.files.contains(&name));
        found.map(|about| about.language)
    }

    /// The language of a script, by the program that its first line names: `#!/usr/bin/env python3`.
    pub fn of_script(bytes: &[u8]) -> Option<Self> {
        let line = bytes.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
        let line = std::str::from_utf8(line.get(..LONGEST_FIRST_LINE).unwrap_or(line)).ok()?;
        let mut words = line.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or_default());
        let program = words.find(|word| *word != "env" && !word.starts_with('-') && !word.contains('='))?;
        let program = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        LANGUAGES.iter().find(|about| about.programs.contains(&program)).map(|about| about.language)
    }

    /// The language's name in a policy.
    pub fn parse(word: &str) -> Option<Self> {
        LANGUAGES.iter().find(|about| about.words.contains(&word)).map(|about| about.language)
    }

    /// The names that a policy may use.
    pub fn words() -> impl Iterator<Item = &'static str> + Clone {
        LANGUAGES.iter().flat_map(|about| about.words).copied()
    }

    /// Its first name in a policy.
    pub fn name(self) -> &'static str {
        self.about().words.first().copied().unwrap_or_default()
    }

    /// The extension that stands for the language.
    pub fn extension(self) -> &'static str {
        self.about().extensions.first().copied().unwrap_or_default()
    }

    /// Whether this program was built with its grammar.
    pub fn is_built(self) -> bool {
        self.grammar().is_some()
    }

    /// Its grammar; `None` where the program was built without it.
    pub fn grammar(self) -> Option<Grammar> {
        let function = match self {
            Language::Python => tree_sitter_python::LANGUAGE,
            Language::JavaScript => tree_sitter_javascript::LANGUAGE,
            Language::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
            Language::Tsx => tree_sitter_typescript::LANGUAGE_TSX,
            Language::Rust => tree_sitter_rust::LANGUAGE,
            Language::Go => tree_sitter_go::LANGUAGE,
            Language::Ruby => tree_sitter_ruby::LANGUAGE,
            Language::Java => tree_sitter_java::LANGUAGE,
            Language::Kotlin => kotlin()?,
            Language::Php => tree_sitter_php::LANGUAGE_PHP_ONLY,
            Language::CSharp => csharp()?,
            Language::Shell => tree_sitter_bash::LANGUAGE,
        };
        Some(Grammar { language: self, function })
    }

    fn about(self) -> &'static About {
        &LANGUAGES[self as usize]
    }
}

/// Bytes of the first line of a script that are looked at.
const LONGEST_FIRST_LINE: usize = 256;

/// Why the code of `path`, which is in that language, cannot be read; `None` where there is a grammar for it.
pub fn missing_grammar(language: Option<Language>, path: &RepoPath) -> Option<String> {
    match language {
        None => Some(format!("there is no grammar for `{}`", path.name())),
        Some(language) if language.is_built() => None,
        Some(language) => {
            let name = language.name();
            Some(format!("this `ssot` was built without the grammar for `{}` (cargo feature `{name}`)", path.name()))
        }
    }
}

#[cfg(feature = "kotlin")]
fn kotlin() -> Option<LanguageFn> {
    Some(tree_sitter_kotlin_sg::LANGUAGE)
}

#[cfg(not(feature = "kotlin"))]
fn kotlin() -> Option<LanguageFn> {
    None
}

#[cfg(feature = "csharp")]
fn csharp() -> Option<LanguageFn> {
    Some(tree_sitter_c_sharp::LANGUAGE)
}

#[cfg(not(feature = "csharp"))]
fn csharp() -> Option<LanguageFn> {
    None
}

/// A language's grammar, for the parser and for patterns.
#[derive(Clone, Copy)]
pub struct Grammar {
    language: Language,
    function: LanguageFn,
}

impl ast_grep_core::Language for Grammar {
    fn expando_char(&self) -> char {
        self.language.about().dollar
    }

    /// Writes the `$` of metavariables so that the parser takes them for names.
    fn pre_process_pattern<'q>(&self, query: &'q str) -> Cow<'q, str> {
        match self.expando_char() {
            '$' => Cow::Borrowed(query),
            dollar => Cow::Owned(with_dollar(query, dollar)),
        }
    }

    fn kind_to_id(&self, kind: &str) -> u16 {
        self.get_ts_language().id_for_node_kind(kind, true)
    }

    fn field_to_id(&self, field: &str) -> Option<u16> {
        self.get_ts_language().field_id_for_name(field).map(|field| field.get())
    }

    fn build_pattern(&self, builder: &PatternBuilder<'_>) -> Result<Pattern, PatternError> {
        builder.build(|text| StrDoc::try_new(text, *self))
    }
}

impl LanguageExt for Grammar {
    fn get_ts_language(&self) -> TSLanguage {
        self.function.into()
    }
}

/// Puts `dollar` in place of the `$` before a metavariable's name, and of a lone `$$$`.
fn with_dollar(query: &str, dollar: char) -> String {
    let mut text = String::with_capacity(query.len());
    let mut dollars = 0;
    for c in query.chars().map(Some).chain([None]) {
        if c == Some('$') {
            dollars += 1;
            continue;
        }
        let is_variable = dollars == 3 || c.is_some_and(|c| c.is_ascii_uppercase() || c == '_');
        text.extend(std::iter::repeat_n(if is_variable { dollar } else { '$' }, dollars));
        dollars = 0;
        text.extend(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_stands_at_its_place_and_has_its_own_names() {
        let mut seen = std::collections::HashSet::new();
        for (at, language) in Language::ALL.into_iter().enumerate() {
            assert_eq!(language as usize, at);
            let about = language.about();
            assert!(about.words.iter().all(|word| seen.insert(("word", *word))));
            assert!(about.extensions.iter().all(|extension| seen.insert(("extension", *extension))));
            assert_eq!(Language::of(&RepoPath::new(format!("x.{}", language.extension()))), Some(language));
        }
        for about in &LANGUAGES {
            assert!(about.words.iter().all(|word| Language::parse(word) == Some(about.language)));
        }
    }

    #[test]
    fn what_has_no_grammar_says_why() {
        let why = |path: &str| missing_grammar(Language::of(&RepoPath::new(path)), &RepoPath::new(path));
        assert_eq!(why("a.py"), None);
        assert!(why("a.lua").is_some_and(|why| why.contains("`a.lua`")));
        for (path, feature, built) in [("a.cs", "csharp", cfg!(feature = "csharp")), ("a.kt", "kotlin", cfg!(feature = "kotlin"))]
        {
            assert_eq!(why(path).is_none(), built);
            assert!(built || why(path).is_some_and(|why| why.contains(&format!("feature `{feature}`"))));
        }
    }

    #[test]
    fn the_first_line_tells_the_language_of_a_script() {
        for (line, language) in [
            ("#!/bin/sh\n", Some(Language::Shell)),
            ("#! /usr/bin/env -S FOO=1 bash -eu\r\nx", Some(Language::Shell)),
            ("#!/usr/bin/python3.11", Some(Language::Python)),
            ("#!/usr/bin/env node\n", Some(Language::JavaScript)),
            ("#!/usr/bin/make -f\n", None),
            ("#!\n", None),
            ("#!\u{fffd}\n", None),
            ("# /bin/sh", None),
            ("", None),
        ] {
            assert_eq!(Language::of_script(line.as_bytes()), language, "{line}");
        }
    }

    #[test]
    fn metavariables_are_names_of_the_language() {
        assert_eq!(with_dollar("f($A, $$$, $$$B, $b, '$')$$$", 'µ'), "f(µA, µµµ, µµµB, $b, '$')µµµ");
    }
}
