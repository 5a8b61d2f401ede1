//! Directory trees as documents draw them.

use std::collections::BTreeMap;

use super::super::path_refs::PathLookup;
use super::super::{Fault, FaultKind, Raw, RawElement, Source};
use super::{exists, speaks_of_gone};
use crate::formats::markdown::{CodeBlock, Markdown};
use crate::text::{RepoPath, Span};

/// Where an entry of a drawing stands in it.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Drawn {
    /// Which code block of the document.
    block: usize,
    /// The line above the drawing, which may be the directory that holds it.
    root: String,
    /// The path without words that may be a comment.
    short: Option<String>,
}

/// Of a block, this share of the entries exists, and so many of them: else it is an illustration.
const SHARE: f64 = 0.6;
const FEWEST: usize = 3;

/// The bytes that a directory's path may have.
const LONGEST: usize = 4_096;

/// Adds the entries of all drawings.
pub(super) fn read(source: &Source<'_>, markdown: &Markdown, raw: &mut Raw) {
    for (at, block) in markdown.code_blocks.iter().enumerate() {
        let lines: Vec<(Span, &str)> = block_lines(source, block);
        if let Some(broken) = broken_encoding(&lines) {
            let message = "a directory tree whose lines were decoded in a wrong encoding".to_string();
            raw.faults.push(Fault { kind: FaultKind::Unparsable, at: broken.start, message });
        } else if !lines.iter().any(|(_, line)| is_box(line)) {
            Drawing { block: at, ..Drawing::default() }.read(&lines, raw);
        }
    }
}

fn block_lines<'s>(source: &Source<'s>, block: &CodeBlock) -> Vec<(Span, &'s str)> {
    let text = |span: &Span| std::str::from_utf8(source.bytes.get(span.start..span.end)?).ok();
    block.lines.iter().filter_map(|span| Some((*span, text(span)?))).collect()
}

/// The first line that begins with a branch in a wrong encoding, where there are two of them.
fn broken_encoding(lines: &[(Span, &str)]) -> Option<Span> {
    // `├` and `└` in UTF-8, read as Windows-1252, Latin-1, code pages 437 and 850, Mac Roman and Windows-1251; and lost for good.
    const BROKEN: [&str; 12] =
        ["â”œ", "â””", "â\u{94}\u{9c}", "â\u{94}\u{94}", "Γö£", "Γöö", "Ôö£", "Ôöö", "‚îú", "‚îî", "в”њ", "в””"];
    let is_lost = |line: &str| ["???", "\u{fffd}\u{fffd}\u{fffd}"].iter().any(|mark| line.starts_with(mark));
    let is_broken = |line: &str| {
        let line = line.trim_start_matches([' ', '\u{a0}', '?', '\u{fffd}']);
        BROKEN.iter().any(|mark| line.contains(mark))
    };
    let mut found = lines.iter().filter(|(_, line)| is_broken(line) || is_lost(line));
    let first = found.next()?;
    found.next().map(|_| first.0)
}

/// Whether a line draws a box: corners, crossings, or a closing side behind text.
fn is_box(line: &str) -> bool {
    let closes = |side: char| line.trim_end().strip_suffix(side).is_some_and(|rest| rest.contains(|c: char| c.is_alphanumeric()));
    line.contains(['┌', '┐', '┘', '┤', '┬', '┴', '┼', '╭', '╮', '╯', '╔', '╗', '╚', '╝', '═', '║'])
        || closes('│')
        || closes('|')
        || line.trim_start().starts_with("+--") && line.trim_end().ends_with(['+', '-'])
}

/// What is known of a drawing so far.
#[derive(Default)]
struct Drawing {
    block: usize,
    root: String,
    /// The column of the leftmost branch.
    left: Option<usize>,
    /// The directories that the next line may be in: the column of each, its path, and whether it counts.
    above: Vec<(usize, String, bool)>,
}

/// A line, taken apart.
struct Parts {
    /// The column of the branch, or where it would be.
    column: usize,
    kind: LineKind,
    /// The byte where the name begins.
    name: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum LineKind {
    /// An entry.
    Entry,
    /// Words beside the drawing.
    Comment,
    /// A line without anything that is drawn.
    Plain,
}

impl Drawing {
    fn read(mut self, lines: &[(Span, &str)], raw: &mut Raw) {
        for (span, line) in lines {
            let parts = take_apart(line);
            let text = name(&line[parts.name..]);
            match parts.kind {
                _ if text.is_empty() => {}
                LineKind::Comment => {}
                LineKind::Plain => {
                    if self.left.is_none_or(|left| parts.column <= left) {
                        self.root = text.trim_start_matches("./").trim_matches(['/', '\\']).to_string();
                        self.above.clear();
                    }
                }
                LineKind::Entry => self.entry(*span, line, &parts, raw),
            }
        }
    }

    fn entry(&mut self, span: Span, line: &str, parts: &Parts, raw: &mut Raw) {
        self.left = Some(self.left.unwrap_or(parts.column).min(parts.column));
        while self.above.last().is_some_and(|(column, _, _)| *column >= parts.column) {
            self.above.pop();
        }
        let (above, alive) = match self.above.last() {
            Some((_, path, alive)) => (path.clone(), *alive && !speaks_of_gone(line)),
            None => (String::new(), !speaks_of_gone(line)),
        };
        // Joining longer and longer paths would take quadratic time.
        let alive = alive && above.len() < LONGEST;
        let join = |name: &str| if above.is_empty() { name.to_string() } else { format!("{above}/{name}") };
        let text = name(&line[parts.name..]);
        let mut at = span.start + parts.name + line[parts.name..].find(text).unwrap_or_default();
        let several = text.contains(", ") && text.split(", ").all(|name| !name.contains(' '));
        let mut last = (String::new(), false);
        for name in text.split(if several { ", " } else { "\n" }) {
            let bare = bare(name);
            let lead = name.len() - name.trim_start_matches('/').len();
            let counts = alive && !bare.is_empty() && !is_placeholder(bare);
            last = (if alive { join(bare) } else { String::new() }, counts);
            if counts {
                let short = bare.split_once(' ').map(|(word, _)| join(self::bare(word)));
                let drawn = Drawn { block: self.block, root: self.root.clone(), short };
                raw.elements.push(RawElement {
                    value: last.0.clone(),
                    span: Some(Span::new(at + lead, at + lead + bare.len())),
                    drawn: Some(Box::new(drawn)),
                    ..RawElement::default()
                });
            }
            at += name.len() + 2;
        }
        self.above.push((parts.column, last.0, last.1));
    }
}

fn bare(name: &str) -> &str {
    name.trim_start_matches('/').trim_end_matches(['/', ',', ';', ':'])
}

/// A line up to its name.
fn take_apart(line: &str) -> Parts {
    let (mut column, mut pipe) = (0, None);
    for (at, char) in line.char_indices() {
        let behind = at + char.len_utf8();
        match char {
            ' ' | '\u{a0}' => column += 1,
            '\t' => column = (column / 4 + 1) * 4,
            '├' | '└' | '╰' | '┣' | '┗' => return branch(line, behind, column),
            '|' | '+' | '`' | '\\' if line[behind..].starts_with("--") => return branch(line, behind, column),
            '│' | '┃' | '|' => {
                pipe = Some(column);
                column += 1;
            }
            _ => return unbranched(column, pipe, at),
        }
    }
    Parts { column, kind: LineKind::Plain, name: line.len() }
}

fn branch(line: &str, from: usize, column: usize) -> Parts {
    let rest = &line[from..];
    let name = rest.trim_start_matches(['─', '━', '-', '╴', '╌', '>']).trim_start_matches([' ', '\u{a0}', '\t']);
    let kind = if name.starts_with(['|', '+']) { LineKind::Comment } else { LineKind::Entry };
    Parts { column, kind, name: from + rest.len() - name.len() }
}

/// A line without a branch is an entry where its name begins close behind a line that goes down, as Windows draws files.
fn unbranched(column: usize, pipe: Option<usize>, name: usize) -> Parts {
    match pipe {
        Some(pipe) if column - pipe <= 4 => Parts { column: pipe + 4, kind: LineKind::Entry, name },
        Some(_) => Parts { column, kind: LineKind::Comment, name },
        None => Parts { column, kind: LineKind::Plain, name },
    }
}

/// The name at the start of a line: without an icon before it and a comment behind it.
fn name(text: &str) -> &str {
    let icon = |c: char| !c.is_ascii() && !c.is_alphanumeric() && c != '…';
    let text = text.trim_start_matches(icon).trim_start();
    let mut end = text.len();
    for (at, blank) in text.char_indices().filter(|(_, c)| c.is_whitespace()) {
        let behind = &text[at + blank.len_utf8()..];
        let comment = behind.starts_with(|c: char| c.is_whitespace() || !(c.is_alphanumeric() || "_.@&+".contains(c)));
        // The slash of a directory ends its name.
        if comment || behind.is_empty() || blank == '\t' || text[..at].ends_with('/') {
            end = at;
            break;
        }
    }
    text[..end].trim_end()
}

/// Whether a name stands for others.
fn is_placeholder(name: &str) -> bool {
    let braces = name.contains('{') && !(name.contains(',') && name.contains('}'));
    braces
        || name.contains(['<', '>', '$', '%', '|', '…', '"', '\''])
        || name.contains("...")
        || matches!(name, "." | ".." | "etc" | "etc.")
}

/// Which entries of a file count, and their values with the directory that a drawing says it shows.
pub(super) fn settle(file: &RepoPath, named: bool, tree: &dyn PathLookup, found: &[&RawElement]) -> Vec<Option<String>> {
    let mut blocks: BTreeMap<usize, BTreeMap<&str, Vec<usize>>> = BTreeMap::new();
    for (at, drawn) in found.iter().enumerate().filter_map(|(at, element)| Some((at, element.drawn.as_ref()?))) {
        blocks.entry(drawn.block).or_default().entry(&drawn.root).or_default().push(at);
    }
    let mut values = vec![None; found.len()];
    for drawings in blocks.into_values() {
        let entries: Vec<(usize, Told)> = drawings
            .into_iter()
            .flat_map(|(root, members)| {
                let told = below(root, &members, file, tree, found);
                members.into_iter().zip(told)
            })
            .collect();
        let judged = entries.iter().filter(|(_, told)| told.exists || !told.is_glob).count();
        let exist = entries.iter().filter(|(_, told)| told.exists).count();
        if named || (exist >= FEWEST && exist as f64 >= SHARE * judged as f64) {
            entries.into_iter().for_each(|(at, told)| values[at] = Some(told.value));
        }
    }
    values
}

/// What an entry is in one tree.
struct Told {
    value: String,
    exists: bool,
    /// Whether it may be a pattern, of which this does not tell whether it matches something.
    is_glob: bool,
}

/// The entries of one drawing: below the directory that the line above it names, where that is one and they are there.
fn below(root: &str, members: &[usize], file: &RepoPath, tree: &dyn PathLookup, found: &[&RawElement]) -> Vec<Told> {
    let tell = |prefix: &str| -> Vec<Told> {
        let join = |path: &str| if prefix.is_empty() { path.to_string() } else { format!("{prefix}/{path}") };
        let one = |at: &usize| {
            let element = found[*at];
            let whole = join(&element.value);
            let short = element.drawn.as_ref().and_then(|drawn| drawn.short.as_deref()).map(join);
            let there = exists(file, &whole, tree);
            let value = short.filter(|_| !there).unwrap_or(whole);
            let is_glob = value.contains(['*', '?', '[', '{']);
            Told { exists: there || exists(file, &value, tree), value, is_glob }
        };
        members.iter().map(one).collect()
    };
    let plain = tell("");
    if matches!(root, "" | ".") || !exists(file, root, tree) {
        return plain;
    }
    let below = tell(root);
    let count = |told: &[Told]| told.iter().filter(|told| told.exists).count();
    // The name of the repository itself may be that of a directory in it.
    if count(&plain) > count(&below) { plain } else { below }
}

#[cfg(test)]
mod tests {
    use super::super::super::path_refs::Directories;
    use super::*;

    struct Paths(&'static [&'static str]);

    impl PathLookup for Paths {
        fn contains(&self, path: &str) -> bool {
            self.0.contains(&path)
        }

        fn is_dir(&self, path: &str) -> bool {
            path.is_empty() || self.0.iter().any(|known| known.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
        }

        fn ending_with(&self, _: &str, _: &mut dyn FnMut(&str) -> bool) {}

        fn below(&self, _: Directories<'_>, _: &mut dyn FnMut(&str, &str) -> bool) {}
    }

    /// The entries of a drawing, before any tree is asked.
    fn drawn(block: &str) -> Vec<String> {
        raw(block).elements.into_iter().map(|element| element.value).collect()
    }

    fn raw(block: &str) -> Raw {
        let text = format!("# Layout\n\n```\n{block}\n```\n");
        let path = RepoPath::new("docs/layout.md");
        let source = Source::new(&path, text.as_bytes());
        let mut raw = Raw::default();
        if let Ok(markdown) = source.markdown() {
            read(&source, markdown, &mut raw);
        }
        for element in &raw.elements {
            let name = element.value.rsplit('/').next().unwrap_or_default();
            let shown = element.span.map(|span| &text[span.start..span.end]).unwrap_or_default();
            assert!(shown.ends_with(name), "{shown:?} {:?}", element.value);
        }
        raw
    }

    fn settled(block: &str, named: bool, paths: &'static [&'static str]) -> Vec<String> {
        let raw = raw(block);
        let found: Vec<&RawElement> = raw.elements.iter().collect();
        settle(&RepoPath::new("docs/layout.md"), named, &Paths(paths), &found).into_iter().flatten().collect()
    }

    #[test]
    fn trees_of_every_spelling() {
        let expected = ["src", "src/a.rs", "src/b", "src/b/c.rs", "Makefile"];
        for block in [
            ".\n├── src/\n│   ├── a.rs\n│   └── b/\n│       └── c.rs\n└── Makefile",
            "/\n├── /src/\n│   ├── /a.rs\n│   └── /b/\n│       └── c.rs\n└── Makefile",
            ".\n├─ src\n│  ├─ a.rs\n│  └─ b\n│     └─ c.rs\n└─ Makefile",
            ".\n|-- src\n|   |-- a.rs\n|   `-- b\n|       `-- c.rs\n`-- Makefile\n\n2 directories, 3 files",
            ".\n+-- src\n|   +-- a.rs\n|   +-- b\n|       +-- c.rs\n+-- Makefile",
            ".\n├──\u{a0}src\n│\u{a0}\u{a0} ├── a.rs\n│\u{a0}\u{a0} └── b\n│\u{a0}\u{a0}     └── c.rs\n└── Makefile",
            "  ├── 📁 src/   # code\n  │   ├── 📄 a.rs\n  │   └── b/ [inner]\n  │       └── c.rs ← deep\n  │\n  └── Makefile (build)",
        ] {
            assert_eq!(drawn(block), expected, "{block}");
        }
        let windows = "C:.\n│   Makefile\n│\n├───src\n│   │   a.rs\n│   │\n│   └───b\n│           c.rs";
        assert_eq!(drawn(windows)[..4], ["Makefile", "src", "src/a.rs", "src/b"]);
        let ascii = "C:.\n|   Makefile\n|\n+---src\n|   |   a.rs\n|   |\n|   \\---b";
        assert_eq!(drawn(ascii), ["Makefile", "src", "src/a.rs", "src/b"]);
    }

    #[test]
    fn comments_placeholders_and_what_is_gone() {
        let block = "├── a.py - first\n├── b.py, c.py\n├── ...\n├── <name>/\n│   └── x.py\n├── old/  # removed in 2.0\n│   └── y.py\n├── link -> a.py\n│     more words about it\n└── My File.txt";
        assert_eq!(drawn(block), ["a.py", "b.py", "c.py", "link", "My File.txt"]);
    }

    #[test]
    fn boxes_tables_and_broken_encodings_are_no_trees() {
        for block in ["┌───┐\n├── a ┤\n└───┘", "+--------+\n| a      |\n+--------+", "|---|---|\n| a | b |", "a\nb", "--flag\n-x"]
        {
            assert_eq!(drawn(block), [""; 0], "{block}");
            assert_eq!(raw(block).faults, []);
        }
        for block in ["â”œâ”€â”€ a\nâ””â”€â”€ b", "Γö£ΓöÇΓöÇ a\nΓööΓöÇΓöÇ b", "??? a\n??? b"]
        {
            assert_eq!((drawn(block).len(), raw(block).faults.len()), (0, 1), "{block}");
        }
    }

    #[test]
    fn only_what_mostly_exists_is_about_this_tree() {
        let block = "├── src/\n│   ├── a.rs\n│   └── gone.rs\n└── docs/";
        let paths = &["src/a.rs", "docs/layout.md"];
        assert_eq!(settled(block, false, paths), ["src", "src/a.rs", "src/gone.rs", "docs"]);
        assert_eq!(settled(block, false, &["src/x.rs"]), [""; 0]);
        assert_eq!(settled(block, true, &["src/x.rs"]).len(), 4);
    }

    #[test]
    fn the_line_above_is_the_parent_where_it_is_a_directory() {
        let paths = &["app/src/a.rs", "app/src/b.rs", "app/c.rs"];
        assert_eq!(settled("app/\n├── src\n│   └── a.rs\n└── c.rs", false, paths), ["app/src", "app/src/a.rs", "app/c.rs"]);
        assert_eq!(settled("repo/\n├── app\n│   ├── src\n│   └── c.rs", false, paths), ["app", "app/src", "app/c.rs"]);
        // The repository and its package have one name.
        assert_eq!(settled("app/\n├── app\n│   ├── src\n│   └── c.rs", false, paths), ["app", "app/src", "app/c.rs"]);
        // A word behind a name may belong to it.
        assert_eq!(
            settled("├── app the app\n│   ├── src code\n│   └── c.rs", true, paths),
            ["app", "app the app/src", "app the app/c.rs"]
        );
    }
}
