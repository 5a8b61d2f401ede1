//! House rules that prose alone would not hold: layers, module heads, lengths, and lists that must name every file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// Lines that a function may have.
const LONGEST: usize = 70;

/// A Rust file of this repository.
struct Source {
    /// Relative to the repository, `/`-separated.
    path: String,
    text: String,
}

impl Source {
    /// What is compiled into the program: everything above the tests.
    fn shipped(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        if self.path.contains("/tests/") || matches!(name, "tests.rs" | "testing.rs") {
            return "";
        }
        self.text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default()
    }

    /// The part of `src/` that the file is in: a folder or a file of its own.
    fn room(&self) -> &str {
        let inside = self.path.trim_start_matches("src/");
        inside.split('/').next().unwrap_or_default().trim_end_matches(".rs")
    }

    /// Its lines that are no comments, with their numbers.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.shipped().lines().enumerate().map(|(at, line)| (at + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn files_below(directory: &str) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(root().join(directory)).sort_by_file_name().into_iter().filter_map(Result::ok);
    entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path).collect()
}

fn sources(directory: &str) -> Vec<Source> {
    let rust = files_below(directory).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let relative = |path: &Path| path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/");
    rust.map(|path| relative(&path)).map(|path| Source { text: read(&path), path }).collect()
}

/// Fails with one line per complaint.
fn assert_none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// The rooms of `src/lib.rs`, first to last.
fn rooms() -> Vec<String> {
    let declaration = Regex::new(r"(?m)^(?:pub )?mod (\w+);").expect("a regex");
    let lib = read("src/lib.rs");
    declaration.captures_iter(&lib).map(|found| found[1].to_string()).collect()
}

/// The first column of the layer table of the architecture page, where it names a room.
fn layers() -> Vec<String> {
    let row = Regex::new(r"(?m)^\| `(\w+)(?:/|\.rs)`[^|]*\|").expect("a regex");
    let page = read("docs/architecture.md");
    let table = page.split("## Layers").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap_or_default().to_string();
    row.captures_iter(&table).map(|found| found[1].to_string()).filter(|room| room != "main" && room != "lib").collect()
}

/// The rooms that a line uses.
fn used_rooms(line: &str) -> Vec<String> {
    static ONE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bcrate::(\w+)").expect("a regex"));
    static MANY: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bcrate::\{(.*)\}").expect("a regex"));
    static INNER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\{[^{}]*\}").expect("a regex"));
    let listed = MANY.captures(line).map(|found| INNER.replace_all(&found[1], "").into_owned()).unwrap_or_default();
    let listed = listed.split(',').map(|part| part.trim().split("::").next().unwrap_or_default().to_string());
    ONE.captures_iter(line).map(|found| found[1].to_string()).chain(listed).filter(|room| !room.is_empty()).collect()
}

#[test]
fn the_page_the_library_and_the_folders_name_the_same_layers() {
    let rooms = rooms();
    assert_eq!(layers(), rooms, "the table of docs/architecture.md against src/lib.rs");
    let found: BTreeSet<String> = sources("src").iter().map(|source| source.room().to_string()).collect();
    let named: BTreeSet<String> = rooms.into_iter().chain(["lib".to_string(), "main".to_string()]).collect();
    assert_eq!(found, named, "the files of src/ against src/lib.rs");
}

#[test]
fn a_module_uses_only_modules_above_it() {
    let layers = layers();
    let level = |room: &str| layers.iter().position(|layer| layer == room);
    let mut complaints = Vec::new();
    for source in sources("src") {
        let Some(own) = level(source.room()) else { continue };
        for (number, line) in source.code() {
            for used in used_rooms(line).iter().filter(|used| level(used).is_some_and(|used| used > own)) {
                complaints.push(format!("{}:{number}: `{}` uses `{used}`, which is below it", source.path, source.room()));
            }
        }
    }
    assert_none(complaints);
}

/// By folder: which of its modules each of its modules uses.
fn siblings() -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
    let sources = sources("src");
    let module = |path: &str| path.trim_end_matches("/mod.rs").trim_end_matches(".rs").to_string();
    let all: BTreeSet<String> = sources.iter().map(|source| module(&source.path)).collect();
    let super_use = Regex::new(r"\b(?:super|crate)::((?:\w+::)*\{[^;]*\}|(?:\w+::)*\w+)").expect("a regex");
    let word = Regex::new(r"\w+").expect("a regex");
    let mut graph: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for source in &sources {
        let own = module(&source.path);
        let Some((folder, name)) = own.rsplit_once('/') else { continue };
        let code: String = source.code().map(|(_, line)| format!("{line}\n")).collect();
        for found in super_use.captures_iter(&code).filter(|found| found[0].starts_with("super")) {
            let first = match found[1].strip_prefix('{') {
                Some(list) => word.find_iter(list).map(|word| word.as_str().to_string()).collect(),
                None => vec![found[1].split("::").next().unwrap_or_default().to_string()],
            };
            let used = first.into_iter().filter(|used| used != name && all.contains(&format!("{folder}/{used}")));
            graph.entry(folder.to_string()).or_default().entry(name.to_string()).or_default().extend(used);
        }
    }
    graph
}

/// Folders whose modules still use each other in circles. The list may only become shorter.
const CIRCULAR: [&str; 5] = ["src/facts/names", "src/facts/path_refs", "src/pages", "src/rules/bump", "src/rules/schema"];

#[test]
fn modules_form_no_cycles() {
    let mut circular = Vec::new();
    for (folder, mut graph) in siblings() {
        // Takes away, again and again, what uses nothing that is left.
        loop {
            let left: BTreeSet<String> = graph.keys().cloned().collect();
            let before = graph.len();
            graph.retain(|_, used| used.iter().any(|used| left.contains(used)));
            if graph.len() == before {
                break;
            }
        }
        if !graph.is_empty() {
            circular.push(folder);
        }
    }
    assert_eq!(circular, CIRCULAR);
}

#[test]
fn each_file_says_what_it_is_for() {
    let all = ["src", "tests", "xtask/src"].into_iter().flat_map(sources);
    assert_none(all.filter(|source| !source.text.starts_with("//! ")).map(|source| source.path).collect());
}

#[test]
fn nothing_that_judges_can_panic_by_its_own_hand() {
    const LINT: &str = "#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]";
    let heads = ["rules", "facts", "formats"].map(|room| format!("src/{room}/mod.rs"));
    assert_none(heads.into_iter().filter(|head| !read(head).contains(LINT)).map(|head| format!("{head} lacks {LINT}")).collect());
    let forbidden = Regex::new(r"\.unwrap\(\)|\b(panic|todo|unimplemented|unreachable)!").expect("a regex");
    let mut complaints = Vec::new();
    for source in sources("src") {
        let found = source.code().filter(|(_, line)| forbidden.is_match(line));
        complaints.extend(found.map(|(number, line)| format!("{}:{number}: {}", source.path, line.trim())));
    }
    assert_none(complaints);
}

#[test]
fn only_the_command_line_prints() {
    let prints = Regex::new(r"\b(e?println|e?print|dbg)!|\bio::std(out|err)\b").expect("a regex");
    let mut complaints = Vec::new();
    for source in sources("src").iter().filter(|source| !matches!(source.room(), "cli" | "build")) {
        let found = source.code().filter(|(_, line)| prints.is_match(line));
        complaints.extend(found.map(|(number, line)| format!("{}:{number}: {}", source.path, line.trim())));
    }
    assert_none(complaints);
}

#[test]
fn functions_are_short() {
    let head = Regex::new(r"^( *)(?:pub(?:\([a-z ]+\))? )?(?:const )?(?:unsafe )?fn (\w+)").expect("a regex");
    let mut complaints = Vec::new();
    for source in sources("src").into_iter().chain(sources("tests")) {
        let lines: Vec<&str> = source.text.lines().collect();
        for (start, line) in lines.iter().enumerate() {
            let Some(found) = head.captures(line) else { continue };
            // rustfmt puts the closing brace below the `fn`.
            let close = format!("{}}}", &found[1]);
            let ends = |line: &&str| **line == close || (line.starts_with(&format!("{}fn ", &found[1])) && line.ends_with('}'));
            let length = lines[start..].iter().position(&ends).map_or(0, |end| end + 1);
            if length > LONGEST {
                complaints.push(format!("{}:{}: `{}` has {length} lines", source.path, start + 1, &found[2]));
            }
        }
    }
    assert_none(complaints);
}

#[test]
fn each_kind_has_its_file_and_its_page() {
    let mut expected = BTreeSet::new();
    for kind in ssot::rules::KINDS {
        // `match` is a word of the language.
        let module = if kind.name == "match" { "matches" } else { kind.name };
        let file = [format!("src/rules/{module}.rs"), format!("src/rules/{module}/mod.rs")];
        assert!(file.iter().any(|file| root().join(file).is_file()), "`{}` has no file", kind.name);
        expected.insert(format!("src/rules/{}.md", kind.name));
    }
    let relative = |path: PathBuf| path.strip_prefix(root()).unwrap_or(&path).to_string_lossy().replace('\\', "/");
    let pages = files_below("src/rules").into_iter().map(relative).filter(|path| path.ends_with(".md"));
    assert_eq!(pages.collect::<BTreeSet<_>>(), expected);
}

#[test]
fn each_pack_has_its_policy_and_its_page() {
    let packs = ssot::policy::PACKS.iter().flat_map(|pack| [format!("{}.md", pack.name), format!("{}.yaml", pack.name)]);
    let name = |path: PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    assert_eq!(files_below("policies").into_iter().map(name).collect::<BTreeSet<_>>(), packs.collect::<BTreeSet<_>>());
}

#[test]
fn each_test_file_runs() {
    let manifest = read("Cargo.toml");
    assert!(!manifest.contains("autotests") && !manifest.contains("[[test]]"), "cargo finds the test files by itself");
    for source in sources("tests") {
        let parts: Vec<&str> = source.path.split('/').collect();
        match parts[..] {
            ["tests", _] => assert!(source.text.contains("#[test]"), "{} holds no test", source.path),
            ["tests", "support", ..] => assert!(!source.text.contains("#[test]\n"), "{} does not run by itself", source.path),
            _ => panic!("{} is neither a test file nor support", source.path),
        }
    }
}

#[test]
fn the_packages_that_were_asked_for_are_used() {
    let manifest = read("Cargo.toml");
    let dependencies = manifest.split("[dependencies]").nth(1).and_then(|rest| rest.split("\n[").next()).unwrap_or_default();
    let sources = sources("src");
    for package in ["serde", "serde_json", "jsonschema", "glob", "regex", "miette", "clap", "rayon", "walkdir"] {
        assert!(dependencies.lines().any(|line| line.starts_with(&format!("{package} ="))), "`{package}` is no dependency");
        let used = Regex::new(&format!(r"\b{package}::")).expect("a regex");
        let is_used = sources.iter().any(|source| source.code().any(|(_, line)| used.is_match(line)));
        assert!(is_used, "`{package}` is a dependency, and nothing uses it");
    }
}
