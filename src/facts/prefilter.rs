//! The law of prefilters: a file that holds none of an extractor's literals holds nothing for it. Tried on programs in all
//! languages, with names spelled by escapes, blanks and line breaks in odd places, and letters missing or doubled.

use std::path::Path;

use proptest::prelude::*;

use super::calls::Calls;
use super::constants::Constant;
use super::env_reads::EnvReads;
use super::path_refs::{PathGlob, PathRefs, Resolved, Resolver, SuffixIndex, alone};
use super::{Extractor, FileKind, Raw, Source};
use crate::formats::{DataFormat, parse};
use crate::text::RepoPath;

/// A program, and the name of its file.
type Program = (String, String);

/// The labelled samples of environment reads and of paths, which show how each language spells names, and a few programs about
/// the paths of [`TREE`].
fn programs() -> Vec<Program> {
    let directories = ["tests/env-reads", "tests/path-refs"].map(|path| Path::new(env!("CARGO_MANIFEST_DIR")).join(path));
    let entries = directories.iter().flat_map(|directory| std::fs::read_dir(directory).expect("the samples"));
    let mut files: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "yaml"));
    files.sort();
    let mut programs: Vec<Program> = files.iter().flat_map(|path| samples(path)).collect();
    for (path, text) in [
        (
            "a.py",
            "import os\nX = ['a', 'b']\nA = open('models/a.json')\nB = os.path.join(root, \"models\", name)\nC = Path('models') / 'b.json'\n",
        ),
        (
            "a.py",
            "import os as o\nfrom os import environ as e, getenv\no.environ['A']; e.get(\"B\"); getenv('C'); o . environ [ 'D' ]\n",
        ),
        (
            "a.ts",
            "import fs from 'fs';\nexport const X = new Set(['a']);\nfs.readFileSync('models/a.json'); fs['readFile'](`models/${n}.json`);\n",
        ),
        ("a.js", "const { A, B: b = 'x' } = process.env; process['env']['C']; globalThis['process'].env.D; import.meta.env.E\n"),
        ("a.rb", "X = %w[a b].freeze\nFile.read(File.join('models', 'a.json'))\nFile.open(\"models/b.json\")\n"),
        (
            "A.java",
            "class A { static String[] X = {\"a\"}; void f() { Path.of(\"models\", \"a.json\"); new File(\"models/b.json\"); } }\n",
        ),
        ("a.kt", "val X = listOf(\"a\")\nval f = File(\"models/a.json\")\nval g = Paths.get(\"models\").resolve(\"b.json\")\n"),
        ("a.php", "<?php\nconst X = ['a'];\nfile_get_contents(__DIR__ . '/models/a.json');\nrequire 'models/b.json';\n"),
        (
            "a.rs",
            "const X: &[&str] = &[\"a\"];\nconst A: &str = include_str!(\"models/a.json\");\nfn f() { File::open(Path::new(\"models\").join(\"b.json\")); }\n",
        ),
        (
            "a.go",
            "package a\n\nvar X = []string{\"a\"}\n\n//go:embed models/a.json\nvar a string\n\nfunc f() { os.Open(filepath.Join(\"models\", \"b.json\")) }\n",
        ),
        ("a.sh", "D=models\ncat \"$D/a.json\" models/*.json\nfor f in svc/*/models; do ls $f; done\nfind svc -name '*.json'\n"),
        (
            "svc/v1/a.sh",
            "for f in $(dirname $0)/$1; do source $(dirname $0)/$f; done\n. \"$(dirname \"${BASH_SOURCE[0]}\")/$x\"\n",
        ),
        ("a.py", "import os\nos.walk('svc'); os.listdir('svc/v1/data'); [p for p in Path('svc').rglob('*')]\n"),
        ("svc/v1/data/a.php", "<?php\nrequire __DIR__ . '/' . $x;\nforeach (scandir('svc/v1/data') as $f) {}\n"),
        ("svc/v1/data/a.rb", "load File.join(__dir__, x)\nDir.glob('svc/**/*')\nrequire_relative x\n"),
        ("svc/v1/data/a.go", "package a\n\n//go:embed *\nvar a embed.FS\n"),
        ("svc/v1/data/a.ts", "const a = import.meta.glob('./*'); require('.')\n"),
    ] {
        programs.push((path.to_owned(), text.to_owned()));
    }
    programs
}

fn samples(path: &Path) -> Vec<Program> {
    let language = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let bytes = std::fs::read(path).expect("a sample");
    let document = parse(DataFormat::Yaml, &bytes).expect("it is YAML");
    let extension =
        crate::formats::code::Language::parse(&language).map_or(language.clone(), |known| known.extension().to_owned());
    let whole = document.to_json(document.roots[0]);
    let cases = whole["cases"].as_array().cloned().unwrap_or_default().into_iter();
    let file = |case: &serde_json::Value| case["file"].as_str().map_or(format!("case.{extension}"), str::to_owned);
    cases.map(|case| (file(&case), case["code"].as_str().unwrap_or_default().to_owned())).collect()
}

/// The files that paths may lead to.
const TREE: [&str; 4] = ["models/a.json", "svc/v1/models/a.json", "svc/v1/data/b.json", "svc/v1/data/x"];
const GLOBS: [&str; 8] = [
    "models/*.json",
    "**/models/a.json",
    "models/{a,b}.json",
    "svc/*/models/a.json",
    "svc/v1/*/*.json",
    "svc/v1/data/*.json",
    "svc/v1/data/x",
    "svc/**",
];

/// Spells one character of the program in another way, or puts something before it.
fn change(text: &mut String, at: usize, how: usize) {
    let boundaries: Vec<(usize, char)> = text.char_indices().collect();
    let Some((start, c)) = boundaries.get(at % boundaries.len().max(1)).copied() else { return };
    let spelled = match how {
        0 => format!(" {c}"),
        1 => format!("\n{c}"),
        2 => format!("\\\n{c}"),
        3 if c.is_ascii_alphanumeric() => format!("\\x{:02x}", u32::from(c)),
        4 if c.is_ascii_alphanumeric() => format!("\\u{:04x}", u32::from(c)),
        5 if c.is_ascii_alphanumeric() => format!("\\{:03o}", u32::from(c)),
        6 if c.is_ascii_alphanumeric() => format!("\\u{{{:x}}}", u32::from(c)),
        7 => String::new(),
        8 => format!("{c}{c}"),
        _ => format!("/* */{c}"),
    };
    text.replace_range(start..start + c.len_utf8(), &spelled);
}

/// Whether the engine would hand the file over.
fn is_kept(literals: Option<Vec<String>>, kind: FileKind, text: &str) -> bool {
    let holds = |words: &[String]| words.iter().any(|word| text.contains(word.as_str()));
    literals.is_none_or(|words| holds(&words)) || kind.escapes().iter().any(|escape| text.contains(escape))
}

fn raw(extractor: &dyn Extractor, path: &RepoPath, text: &str) -> Raw {
    let mut raw = Raw::default();
    extractor.extract(&Source::new(path, text.as_bytes()), &mut raw);
    raw
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_prefilter_never_loses_what_the_parser_would_find(
        which in any::<prop::sample::Index>(),
        word in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<usize>(), 0..10_usize), 0..6),
    ) {
        let programs = programs();
        let (path, mut text) = programs[which.index(programs.len())].clone();
        let words: Vec<String> = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let word = words[word.index(words.len())].clone();
        edits.into_iter().for_each(|(at, how)| change(&mut text, at, how));
        let path = RepoPath::new(path);
        let kind = FileKind::of(&path);
        let extractors: [&dyn Extractor; 4] =
            [&EnvReads::new(), &Constant::new(&word), &Calls::new(vec![word.clone()]), &Calls::new(vec![format!("os.{word}")])];
        for extractor in extractors {
            let found = raw(extractor, &path, &text);
            let nothing = found.elements.is_empty() && found.holes.is_empty();
            prop_assert!(nothing || is_kept(extractor.literals(kind), kind, &text), "{path} {word}\n{text}");
        }
        let paths = SuffixIndex::new(TREE);
        for glob in GLOBS {
            let glob = PathGlob::new(glob).expect("a glob");
            let mut resolver = Resolver::new(&glob, &paths);
            let found = raw(&PathRefs::new(), &path, &text);
            // A path of which only the running program knows the end may be told or not: it is no hit.
            let nothing = alone(&found, &path).iter().all(|expression| !matches!(resolver.resolve(expression, &path), Resolved::Values(_)));
            prop_assert!(nothing || is_kept(resolver.literals(), kind, &text), "{path} models\n{text}");
        }
    }
}

/// What the escapes are for: no literal of the glob stands in this file.
#[test]
fn escapes_hide_literals_and_are_looked_for_themselves() {
    let (path, text) = (RepoPath::new("a.py"), "open(\"m\\x6fdels/a.js\\x6fn\")\n");
    let glob = PathGlob::new("models/*.json").expect("a glob");
    let paths = SuffixIndex::new(TREE);
    let mut resolver = Resolver::new(&glob, &paths);
    let found = raw(&PathRefs::new(), &path, text);
    let expression = found.elements.first().and_then(|element| element.path.as_deref()).expect("a path");
    assert!(matches!(resolver.resolve(expression, &path), Resolved::Values(_)));
    assert!(resolver.literals().is_some_and(|words| words.iter().all(|word| !text.contains(word))));
    assert!(is_kept(resolver.literals(), FileKind::of(&path), text));
}

/// However many facts look into a file, it is parsed once.
#[test]
fn one_parse_serves_all_extractors_of_a_file() {
    let path = RepoPath::new("a.py");
    let source = Source::new(&path, b"import os\nX = ['a']\nos.environ['A']\nopen('models/a.json')\n");
    let before = crate::formats::code::parses();
    let extractors: [&dyn Extractor; 4] =
        [&EnvReads::new(), &Constant::new("X"), &Calls::new(vec!["open".into()]), &PathRefs::new()];
    let found = extractors.map(|extractor| {
        let mut raw = Raw::default();
        extractor.extract(&source, &mut raw);
        raw.elements.len()
    });
    assert!(found.iter().all(|elements| *elements > 0), "{found:?}");
    assert_eq!(crate::formats::code::parses() - before, 1);
}
