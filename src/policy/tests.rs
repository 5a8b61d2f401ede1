//! What is said about policies that are wrong.

use super::*;
use crate::tree::MemoryTree;

/// What is wrong with a policy that stands beside `others`, one complaint a line; empty where nothing is.
fn faults(policy: &str, others: &[(&str, &str)]) -> String {
    let file = PolicyFile { path: RepoPath::new("ssot.yaml"), text: policy.into() };
    let tree = MemoryTree::new(others.iter().copied());
    load(&file, &tree).err().map(|error| error.to_string()).unwrap_or_default()
}

/// Where complaints stand: `LINE:COLUMN` of each.
fn places(policy: &str) -> Vec<String> {
    let place = |line: &str| line.splitn(4, ':').skip(1).take(2).collect::<Vec<_>>().join(":");
    faults(policy, &[]).lines().map(place).collect()
}

#[test]
fn no_mistake_hides_another() {
    let wrong = "facts:\n  keys: {values: [a]}\n\
        rules:\n\
        - {id: a, subset: {every: keyz, in: kees}}\n\
        - {id: b, require: {some: keyz, before: kees, per: fil}}\n\
        - {id: c, unique: {every: keys, by: nope, ignore-case: 3}}\n\
        - {id: d, match: {every: keys, regex: '(', is: semvr}}\n\
        - {id: e, subset: {every: keyz}}\n\
        - {forbid: keyz}\n";
    let expected =
        ["1:1", "4:27", "4:37", "5:27", "5:41", "5:52", "6:37", "6:56", "7:18", "7:39", "7:48", "8:19", "8:27", "9:3", "9:12"];
    assert_eq!(places(wrong), expected, "{}", faults(wrong, &[]));
}

#[test]
fn a_duplicate_key_or_id_hides_nothing() {
    let wrong = "version: 1\nabuot: x\nrules:\n- {id: a, forbid: nope}\n- {id: a, id: a, forbid: {values: [a]}}\nrules: []\n";
    assert_eq!(places(wrong), ["2:1", "4:19", "5:8", "5:11", "6:1"], "{}", faults(wrong, &[]));
}

#[test]
fn types_are_judged_also_of_what_is_not_used() {
    let wrong =
        "version: 1\nabout: [x]\nname: 3\ninputs: [x]\nfacts:\n  f: {calls: []}\nrules:\n- {id: a, why: [x], forbid: f}\n";
    assert_eq!(places(wrong), ["2:8", "3:7", "4:9", "6:14", "8:16"], "{}", faults(wrong, &[]));
}

#[test]
fn each_complaint_is_one_line() {
    let told = faults("version: 1\n\"a\\nb\": 3\n", &[]);
    assert!(told.starts_with("ssot.yaml:2:1: unknown key of a policy `a\\nb`") && told.lines().count() == 1, "{told}");
}

#[test]
fn of_equally_near_words_the_first_is_meant() {
    let wrong = "version: 1\nfacts: {key-d: {values: [a]}, key-b: {values: [a]}, key-c: {values: [a]}}\nrules: [{id: a, forbid: key-a}]\n";
    assert!((0..8).all(|_| faults(wrong, &[]).ends_with("did you mean `key-b`?")));
}

#[test]
fn use_takes_globs_as_they_are_everywhere() {
    let wrong = ("p/a.yaml", "version: 2\n");
    for pattern in ["p/{a,b}.yaml", "p", "p/", "/p/[!b].yaml", "**/a.yaml"] {
        let told = faults(&format!("version: 1\nuse: ['{pattern}']\n"), &[wrong]);
        assert!(told.starts_with("p/a.yaml:1:10: "), "{pattern}: {told}");
    }
    assert!(faults("version: 1\nuse: ['q/{a']\n", &[]).starts_with("ssot.yaml:2:7: invalid glob"));
}

#[test]
fn a_missing_input_is_told_once() {
    let pack = "version: 1\ninputs: {dir: {about: x}, n: {type: number}}\n\
        rules: [{id: a, require: {some: {files: '${inputs.dir}', text: '${inputs.dir|regex}'}, min: '${inputs.n}'}}]\n";
    let told = faults("version: 1\nuse: [{pack: p.yaml, with: {n: many}}]\n", &[("p.yaml", pack)]);
    let places: Vec<_> = told.lines().map(|line| line.split(": ").next().unwrap_or_default()).collect();
    assert_eq!(places, ["ssot.yaml:2:14", "ssot.yaml:2:32"], "{told}");
}

#[test]
fn a_pack_that_is_judged_by_itself_has_its_defaults() {
    let pack = |default: &str| {
        format!("version: 1\ninputs: {{dir: {{{default}}}}}\nrules: [{{id: a, forbid: {{files: x, text: '${{inputs.dir}}'}}}}]\n")
    };
    assert_eq!(faults(&pack("default: src"), &[]), "");
    assert!(faults(&pack("about: x"), &[]).starts_with("ssot.yaml:2:1: the pack needs the input `dir`"));
}

#[test]
fn values_of_exceptions_are_globs_with_braces() {
    let policy = |value: &str| {
        let rules = "rules: [{id: a, forbid: {files: x, text: y}}]";
        format!("version: 1\n{rules}\nallow: [{{rule: a, path: x, value: '{value}', reason: r}}]\n")
    };
    assert_eq!(faults(&policy("{ab,c*}/[!x]?"), &[]), "");
    assert!(faults(&policy("[ab"), &[]).starts_with("ssot.yaml:3:35: invalid glob `[ab`"));
}
