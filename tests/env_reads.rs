//! Recall and precision of `env-reads`, language by language, against reads that were labelled by eye in `tests/env-reads/`: keys
//! (`reads`) and what `required` is. `docs/env-reads.md` is derived.

mod support;

use std::collections::BTreeMap;

use serde_json::Value;
use support::Sandbox;
use support::labels::{Form, Read, Sample, hold};

const POLICY: &str = "version: 1\nfacts:\n  reads: { files: \"cases/**\", env-reads: {}, optional: true }\nrules: []\n";

const FORM: Form = Form {
    folder: "env-reads",
    list: "reads",
    marks: &["yes", "no", "maybe"],
    more: &[],
    path: |at, file| format!("cases/{at:03}/{file}"),
    wrong: "no read, but taken for one",
    unlike: "`required` is wrong",
    column: None,
};

#[test]
fn the_engine_reads_what_was_labelled_by_eye_but_for_what_is_named() {
    hold(&FORM, include_str!("env-reads/page.md"), engine);
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
        read.found.push((text(&element["value"]), text(&element["captures"]["required"])));
    }
    for hole in fact["dynamic"].as_array().into_iter().flatten() {
        found.entry(text(&hole["place"]["path"])).or_default().dynamic += 1;
    }
    assert_eq!(fact["unjudged"].as_array().map(Vec::len), Some(0), "{}", fact["unjudged"]);
    found
}
