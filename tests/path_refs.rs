//! Recall and precision of `path-refs`, language by language, against references that were labelled by eye in `tests/path-refs/`:
//! values (`refs`) and their `use`. `docs/path-refs.md` is derived.
//!
//! A sample has a `tree`, the files that are there besides its cases, a `glob`, against which a case may set its own, and what was
//! found when the engine was `first-asked`.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;
use support::Sandbox;
use support::labels::{Case, Form, Read, Sample, hold, words};

const FORM: Form = Form {
    folder: "path-refs",
    list: "refs",
    marks: &["read", "write", "unknown"],
    more: &["glob"],
    path: numbered,
    wrong: "no reference, but taken for one",
    unlike: "`use` is wrong",
    column: Some("first-asked"),
};

#[test]
fn the_engine_finds_what_was_labelled_by_eye_but_for_what_is_named() {
    hold(&FORM, include_str!("path-refs/page.md"), engine);
}

/// Cases of one directory lie beside each other: relative paths lead from all of them to the same files.
fn numbered(at: usize, file: &str) -> String {
    let name = file.rfind('/').map_or(0, |slash| slash + 1);
    let dot = file[name..].find('.').map_or(file.len(), |dot| name + dot);
    format!("{}-{at:02}{}", &file[..dot], &file[dot..])
}

/// What the program finds in each case, by its path.
fn engine(sample: &Sample) -> BTreeMap<String, Read> {
    let policy = policy(sample);
    let tree = words(&sample.document["tree"]);
    let cases = sample.cases.iter().map(|case| (case.path.as_str(), case.code.as_str()));
    let files: Vec<(&str, &str)> =
        cases.chain(tree.iter().map(|path| (path.as_str(), "x\n"))).chain([("ssot.yaml", policy.as_str())]).collect();
    let ran = Sandbox::new(&files).ssot(&["facts", "--format", "json"]);
    assert_eq!(ran.code(), 0, "{}", ran.err());
    let mut found: BTreeMap<String, Read> = BTreeMap::new();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    for fact in ran.json()["facts"].as_array().into_iter().flatten() {
        for element in fact["elements"].as_array().into_iter().flatten() {
            let read = found.entry(text(&element["place"]["path"])).or_default();
            read.found.push((text(&element["value"]), text(&element["captures"]["use"])));
        }
        for hole in fact["dynamic"].as_array().into_iter().flatten() {
            found.entry(text(&hole["place"]["path"])).or_default().dynamic += 1;
        }
        let unread = fact["unjudged"].as_array().map_or(0, Vec::len);
        assert_eq!(unread, 0, "{}", fact["unjudged"]);
    }
    found
}

/// A fact for each glob, which reads the cases that are labelled against it.
fn policy(sample: &Sample) -> String {
    let glob = |case: &Case| case.document["glob"].as_str().or(sample.document["glob"].as_str()).unwrap_or_default().to_string();
    let globs: BTreeSet<String> = sample.cases.iter().map(glob).collect();
    let mut policy = String::from("version: 1\nfacts:\n");
    for (at, of) in globs.iter().enumerate() {
        let files: Vec<String> =
            sample.cases.iter().filter(|case| glob(case) == *of).map(|case| format!("{:?}", case.path)).collect();
        writeln!(policy, "  refs-{at}: {{ files: [{}], path-refs: {of:?}, optional: true }}", files.join(", "))
            .expect("a string");
    }
    policy + "rules: []\n"
}
