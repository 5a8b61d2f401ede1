//! Recall and precision of `env-reads`, language by language, against reads that were labelled by eye.
//!
//! `tests/env-reads/LANGUAGE.yaml` holds our own small restatements of code that was read in public repositories:
//!
//! ```yaml
//! about: what was read, and how
//! seen-in: [owner/name, …]          # the repositories
//! cases:
//!   - name: what the code does      # unique in the file
//!     code: |
//!       …
//!     file: build.gradle.kts        # default: case.EXTENSION of the language
//!     reads: [KEY maybe, PORT no]   # each read, in order of places, with its `required`
//!     dynamic: 1                    # reads whose key only the running program knows; default 0
//!     told: 2                       # how many such the engine tells; default: as labelled
//!     misses: [KEY]                 # reads that the engine does not find (a known weakness, published)
//!     wrong: [KEY]                  # what it takes for a read though it is none
//!     unlike: [KEY]                 # reads of which it tells another `required`
//! ```
//!
//! What the engine does is held exactly at that: whoever mends a miss drops it from the list. `docs/env-reads.md` is derived.

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use ssot::formats::{DataFormat, parse};
use support::Sandbox;

const POLICY: &str = "version: 1\nfacts:\n  reads: { files: \"cases/**\", env-reads: {}, optional: true }\nrules: []\n";

/// One language's file.
struct Sample {
    language: String,
    seen_in: Vec<String>,
    cases: Vec<Case>,
}

struct Case {
    name: String,
    path: String,
    code: String,
    /// Keys and what `required` is, as labelled.
    reads: Vec<(String, String)>,
    dynamic: usize,
    told: usize,
    misses: Vec<String>,
    wrong: Vec<String>,
    unlike: Vec<String>,
}

/// What the engine read in one case.
#[derive(Default)]
struct Read {
    reads: Vec<(String, String)>,
    dynamic: usize,
}

#[test]
fn the_engine_reads_what_was_labelled_by_eye_but_for_what_is_named() {
    let mut complaints = Vec::new();
    let mut page = String::from(include_str!("env-reads/page.md"));
    let mut misses = String::new();
    for sample in samples() {
        let found = engine(&sample);
        for case in &sample.cases {
            let read = found.get(&case.path);
            complaints
                .extend(disagreements(case, read).into_iter().map(|what| format!("{}: {}: {what}", sample.language, case.name)));
        }
        writeln!(page, "{}", row(&sample)).expect("a string");
        misses.push_str(&weaknesses(&sample));
    }
    page.push_str(&misses);
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/env-reads.md");
    if std::fs::read_to_string(&file).ok().as_ref() != Some(&page) {
        std::fs::write(&file, page).expect("it can be written");
        assert!(std::env::var_os("BLESS").is_some(), "docs/env-reads.md was stale and is written anew: read what changed");
    }
}

/// Where the engine and the labels differ otherwise than the case says.
fn disagreements(case: &Case, read: Option<&Read>) -> Vec<String> {
    let nothing = Read::default();
    let read = read.unwrap_or(&nothing);
    let mut left = read.reads.clone();
    let (mut missed, mut unlike) = (Vec::new(), Vec::new());
    for (key, required) in &case.reads {
        let same = |found: &(String, String)| found.0 == *key;
        // Of reads of one key, the one that agrees in all is its counterpart.
        let exact = left.iter().position(|found| same(found) && found.1 == *required);
        match exact.or_else(|| left.iter().position(same)) {
            Some(at) => {
                if left.remove(at).1 != *required {
                    unlike.push(key.clone());
                }
            }
            None => missed.push(key.clone()),
        }
    }
    let wrong: Vec<String> = left.into_iter().map(|(key, _)| key).collect();
    let mut out = Vec::new();
    for (what, found, known) in
        [("misses", missed, &case.misses), ("wrong", wrong, &case.wrong), ("unlike", unlike, &case.unlike)]
    {
        if found != *known {
            out.push(format!("`{what}` is {found:?}, the file says {known:?}; found: {:?}", read.reads));
        }
    }
    if read.dynamic != case.told {
        out.push(format!("{} dynamic places, and not {}", read.dynamic, case.told));
    }
    out
}

/// What the program reads in each case, by its path.
fn engine(sample: &Sample) -> BTreeMap<String, Read> {
    let files: Vec<(&str, &str)> =
        sample.cases.iter().map(|case| (case.path.as_str(), case.code.as_str())).chain([("ssot.yaml", POLICY)]).collect();
    let ran = Sandbox::new(&files).ssot(&["facts", "reads", "--format", "json"]);
    assert_eq!(ran.code(), 0, "{}", ran.err());
    let fact = ran.json()["facts"][0].clone();
    let mut found: BTreeMap<String, Read> = BTreeMap::new();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    for element in fact["elements"].as_array().into_iter().flatten() {
        let read = found.entry(text(&element["place"]["path"])).or_default();
        read.reads.push((text(&element["value"]), text(&element["captures"]["required"])));
    }
    for hole in fact["dynamic"].as_array().into_iter().flatten() {
        found.entry(text(&hole["place"]["path"])).or_default().dynamic += 1;
    }
    assert_eq!(fact["unjudged"].as_array().map(Vec::len), Some(0), "{}", fact["unjudged"]);
    found
}

fn samples() -> Vec<Sample> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/env-reads");
    let entries = std::fs::read_dir(directory).expect("the samples are there").filter_map(Result::ok);
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    files.sort();
    files.iter().map(|path| sample(path)).collect()
}

fn sample(path: &Path) -> Sample {
    let language = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let bytes = std::fs::read(path).expect("a sample can be read");
    let document = parse(DataFormat::Yaml, &bytes).unwrap_or_else(|error| panic!("{}: {}", path.display(), error.message));
    let whole = document.roots.first().map(|root| document.to_json(*root)).unwrap_or_default();
    let extension = ssot::formats::code::Language::parse(&language).map_or(language.as_str(), |known| known.extension());
    let cases = whole["cases"].as_array().into_iter().flatten().enumerate();
    let cases: Vec<Case> = cases.map(|(at, case)| read_case(case, at, extension)).collect();
    let mut names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{language}: two cases have one name");
    Sample { language, seen_in: words(&whole["seen-in"]), cases }
}

fn read_case(case: &Value, at: usize, extension: &str) -> Case {
    const KEYS: [&str; 9] = ["name", "code", "file", "reads", "dynamic", "told", "misses", "wrong", "unlike"];
    let members = case.as_object().expect("a case is a map");
    assert!(members.keys().all(|key| KEYS.contains(&key.as_str())), "an unknown key: {:?}", members.keys());
    let name = case["name"].as_str().expect("a case has a name").to_string();
    let file = case["file"].as_str().map_or(format!("case.{extension}"), str::to_string);
    let reads = words(&case["reads"]).into_iter().map(|read| match read.split_once(' ') {
        Some((key, required @ ("yes" | "no" | "maybe"))) => (key.to_string(), required.to_string()),
        _ => panic!("{name}: `{read}` is no key and `yes`, `no` or `maybe`"),
    });
    let number = |key: &str| case[key].as_u64().map(|number| number as usize);
    Case {
        path: format!("cases/{at:03}/{file}"),
        code: case["code"].as_str().expect("a case has code").to_string(),
        reads: reads.collect(),
        dynamic: number("dynamic").unwrap_or(0),
        told: number("told").or(number("dynamic")).unwrap_or(0),
        misses: words(&case["misses"]),
        wrong: words(&case["wrong"]),
        unlike: words(&case["unlike"]),
        name,
    }
}

fn words(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_string).collect()
}

fn row(sample: &Sample) -> String {
    let count = |of: fn(&Case) -> usize| sample.cases.iter().map(of).sum::<usize>();
    let (labelled, missed) = (count(|case| case.reads.len()), count(|case| case.misses.len()));
    let (wrong, unlike) = (count(|case| case.wrong.len()), count(|case| case.unlike.len()));
    let found = labelled - missed;
    let percent = |part: usize, whole: usize| format!("{:.1} %", 100.0 * part as f64 / whole.max(1) as f64);
    format!(
        "| {} | {labelled} | {} | {} | {} | {} | {} |",
        sample.language,
        count(|case| case.dynamic),
        percent(found, labelled),
        percent(found, found + wrong),
        percent(found - unlike, found),
        sample.seen_in.join(", ")
    )
}

/// What the engine gets wrong, named.
fn weaknesses(sample: &Sample) -> String {
    let mut out = String::new();
    for case in &sample.cases {
        for (what, keys) in
            [("not found", &case.misses), ("no read, but taken for one", &case.wrong), ("`required` is wrong", &case.unlike)]
        {
            if !keys.is_empty() {
                let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
                writeln!(out, "- {}: {what}: {} ({})", sample.language, keys.join(", "), case.name).expect("a string");
            }
        }
    }
    if out.is_empty() { out } else { format!("\n{out}") }
}
