//! Samples of code that were labelled by eye, and how they are compared with what the program reads.
//!
//! `tests/FOLDER/LANGUAGE.yaml` holds our own small restatements of code that was read in public repositories:
//!
//! ```yaml
//! about: what was read, and how
//! seen-in: [owner/name, …]          # the repositories
//! cases:
//!   - name: what the code does      # unique in the file
//!     code: |
//!       …
//!     file: build.gradle.kts        # default: that of the sample, else case.EXTENSION of the language
//!     LIST: [KEY maybe, PORT no]    # what is there to be read, in order of places, each with a mark
//!     dynamic: 1                    # places of which only the running program knows what is read; default 0
//!     told: 2                       # how many such the engine tells; default: as labelled
//!     misses: [KEY]                 # what the engine does not find (a known weakness, published)
//!     wrong: [KEY]                  # what it finds though it is not there
//!     unlike: [KEY]                 # what it finds with another mark
//! ```
//!
//! What the engine does is held exactly at that: whoever mends a miss drops it from the list.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use ssot::formats::{DataFormat, parse};

/// What the samples of one folder look like.
pub struct Form {
    pub folder: &'static str,
    /// The key of what is labelled.
    pub list: &'static str,
    pub marks: &'static [&'static str],
    /// Further keys of a case.
    pub more: &'static [&'static str],
    /// Where the file of the case at a place in its sample lies.
    pub path: fn(usize, &str) -> String,
    /// What the page calls something that was wrongly found, and something with the wrong mark.
    pub wrong: &'static str,
    pub unlike: &'static str,
    /// A key of the sample whose text is a column of its own.
    pub column: Option<&'static str>,
}

/// One language's file.
pub struct Sample {
    pub language: String,
    pub seen_in: Vec<String>,
    pub cases: Vec<Case>,
    /// The whole file.
    pub document: Value,
}

pub struct Case {
    pub name: String,
    pub path: String,
    pub code: String,
    /// What is there to be read, and its mark.
    pub labelled: Vec<(String, String)>,
    pub dynamic: usize,
    told: usize,
    misses: Vec<String>,
    wrong: Vec<String>,
    unlike: Vec<String>,
    /// The whole case.
    pub document: Value,
}

/// What the engine read in one case.
#[derive(Default)]
pub struct Read {
    pub found: Vec<(String, String)>,
    pub dynamic: usize,
}

/// Holds the engine at the samples of `form`, and the page `docs/FOLDER.md` at both.
///
/// # Panics
/// Where it reads otherwise than the files say, or the page was stale.
pub fn hold(form: &Form, introduction: &str, engine: impl Fn(&Sample) -> BTreeMap<String, Read>) {
    let mut complaints = Vec::new();
    let mut page = introduction.to_string();
    let mut misses = String::new();
    for sample in samples(form) {
        let found = engine(&sample);
        for case in &sample.cases {
            let read = found.get(&case.path);
            complaints
                .extend(disagreements(case, read).into_iter().map(|what| format!("{}: {}: {what}", sample.language, case.name)));
        }
        writeln!(page, "{}", row(form, &sample)).expect("a string");
        misses.push_str(&weaknesses(form, &sample));
    }
    page.push_str(&misses);
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    let name = format!("docs/{}.md", form.folder);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(&name);
    if std::fs::read_to_string(&file).ok().as_ref() != Some(&page) {
        std::fs::write(&file, page).expect("it can be written");
        assert!(std::env::var_os("BLESS").is_some(), "{name} was stale and is written anew: read what changed");
    }
}

/// Where the engine and the labels differ otherwise than the case says.
fn disagreements(case: &Case, read: Option<&Read>) -> Vec<String> {
    let nothing = Read::default();
    let read = read.unwrap_or(&nothing);
    let mut left = read.found.clone();
    let (mut missed, mut unlike) = (Vec::new(), Vec::new());
    // What agrees in all goes first: the mark of one is not held against another of its name.
    let (exact, rest): (Vec<_>, Vec<_>) = case.labelled.iter().partition(|label| {
        let at = left.iter().position(|found| found == *label);
        at.map(|at| left.remove(at)).is_some()
    });
    assert_eq!(exact.len() + rest.len(), case.labelled.len());
    for (name, _) in rest {
        match left.iter().position(|found| found.0 == *name) {
            Some(at) => unlike.push(left.remove(at).0),
            None => missed.push(name.clone()),
        }
    }
    let wrong: Vec<String> = left.into_iter().map(|(name, _)| name).collect();
    let mut out = Vec::new();
    for (what, found, known) in
        [("misses", missed, &case.misses), ("wrong", wrong, &case.wrong), ("unlike", unlike, &case.unlike)]
    {
        if found != *known {
            out.push(format!("`{what}` is {found:?}, the file says {known:?}; found: {:?}", read.found));
        }
    }
    if read.dynamic != case.told {
        out.push(format!("{} dynamic places, and not {}", read.dynamic, case.told));
    }
    out
}

fn samples(form: &Form) -> Vec<Sample> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(form.folder);
    let entries = std::fs::read_dir(directory).expect("the samples are there").filter_map(Result::ok);
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    files.sort();
    files.iter().map(|path| sample(form, path)).collect()
}

fn sample(form: &Form, path: &Path) -> Sample {
    let language = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let bytes = std::fs::read(path).expect("a sample can be read");
    let document = parse(DataFormat::Yaml, &bytes).unwrap_or_else(|error| panic!("{}: {}", path.display(), error.message));
    let whole = document.roots.first().map(|root| document.to_json(*root)).unwrap_or_default();
    let extension = ssot::formats::code::Language::parse(&language).map_or(language.as_str(), |known| known.extension());
    let file = whole["file"].as_str().map_or(format!("case.{extension}"), str::to_string);
    let cases = whole["cases"].as_array().into_iter().flatten().enumerate();
    let cases: Vec<Case> = cases.map(|(at, case)| read_case(form, case, at, &file)).collect();
    let mut names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{language}: two cases have one name");
    Sample { language, seen_in: words(&whole["seen-in"]), cases, document: whole }
}

fn read_case(form: &Form, case: &Value, at: usize, file: &str) -> Case {
    const KEYS: [&str; 8] = ["name", "code", "file", "dynamic", "told", "misses", "wrong", "unlike"];
    let members = case.as_object().expect("a case is a map");
    let is_known = |key: &str| KEYS.contains(&key) || key == form.list || form.more.contains(&key);
    assert!(members.keys().all(|key| is_known(key)), "an unknown key: {:?}", members.keys());
    let name = case["name"].as_str().expect("a case has a name").to_string();
    let labelled = words(&case[form.list]).into_iter().map(|label| match label.rsplit_once(' ') {
        Some((what, mark)) if form.marks.contains(&mark) => (what.to_string(), mark.to_string()),
        _ => panic!("{name}: `{label}` does not end in one of {:?}", form.marks),
    });
    let number = |key: &str| case[key].as_u64().map(|number| number as usize);
    Case {
        path: (form.path)(at, case["file"].as_str().unwrap_or(file)),
        code: case["code"].as_str().expect("a case has code").to_string(),
        labelled: labelled.collect(),
        dynamic: number("dynamic").unwrap_or(0),
        told: number("told").or(number("dynamic")).unwrap_or(0),
        misses: words(&case["misses"]),
        wrong: words(&case["wrong"]),
        unlike: words(&case["unlike"]),
        document: case.clone(),
        name,
    }
}

/// The strings of a list.
pub fn words(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_string).collect()
}

fn row(form: &Form, sample: &Sample) -> String {
    let count = |of: fn(&Case) -> usize| sample.cases.iter().map(of).sum::<usize>();
    let (labelled, missed) = (count(|case| case.labelled.len()), count(|case| case.misses.len()));
    let (wrong, unlike) = (count(|case| case.wrong.len()), count(|case| case.unlike.len()));
    let found = labelled - missed;
    let percent = |part: usize, whole: usize| format!("{:.1} %", 100.0 * part as f64 / whole.max(1) as f64);
    let column = form.column.map(|key| format!(" {} |", sample.document[key].as_str().unwrap_or_default())).unwrap_or_default();
    format!(
        "| {} | {labelled} | {} | {} | {} | {} |{column} {} |",
        sample.language,
        count(|case| case.dynamic),
        percent(found, labelled),
        percent(found, found + wrong),
        percent(found - unlike, found),
        sample.seen_in.join(", ")
    )
}

/// What the engine gets wrong, named.
fn weaknesses(form: &Form, sample: &Sample) -> String {
    let mut out = String::new();
    for case in &sample.cases {
        for (what, names) in [("not found", &case.misses), (form.wrong, &case.wrong), (form.unlike, &case.unlike)] {
            if !names.is_empty() {
                let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                writeln!(out, "- {}: {what}: {} ({})", sample.language, names.join(", "), case.name).expect("a string");
            }
        }
        if case.told != case.dynamic {
            let (told, dynamic) = (case.told, case.dynamic);
            writeln!(out, "- {}: dynamic places: {told} told, {dynamic} labelled ({})", sample.language, case.name)
                .expect("a string");
        }
    }
    if out.is_empty() { out } else { format!("\n{out}") }
}
