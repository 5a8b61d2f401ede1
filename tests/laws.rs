//! Laws that hold for every tree and policy, on generated ones.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;
use ssot::Check;
use ssot::report::Report;
use support::{Files, Sandbox, as_json, memory, run};

/// Facts and rules over services that a code file, a list, a dotenv file, a data file and the tree itself all name.
const FACTS: [&str; 7] = [
    "keys: {files: app/*.py, env-reads: {}}",
    "declared: {files: .env.example, env-file: {}}",
    "listed: {files: services.yaml, data: \"$.services[*].name\"}",
    "homes: {files: \"svc/*/main.py\", path: '^svc/(?P<value>\\w+)/main\\.py$'}",
    "names: {files: app/names.py, const: NAMES}",
    "version: {files: version.json, data: $.version}",
    "copies: {files: \"docs/*.md\", text: 'version (?P<value>[\\d.]+)'}",
];
const RULES: [&str; 7] = [
    "{id: declared, subset: {every: keys, in: declared}}",
    "{id: listed, same: {a: listed, b: homes}}",
    "{id: named, same: {a: names, b: listed}}",
    "{id: version, agree: {source: version, copies: copies}}",
    "{id: once, unique: {every: listed}}",
    "{id: order, sequence: {every: {files: \"db/*\", path: '/(?P<number>\\d+)_'}}}",
    "{id: home, home: {files: \"**/*.sql\", only-in: db}}",
];

fn policy(facts: &[&str], rules: &[&str]) -> String {
    let list = |items: &[&str], sign: &str| items.iter().map(|item| format!("  {sign}{item}\n")).collect::<String>();
    format!("version: 1\nfacts:\n{}rules:\n{}", list(facts, ""), list(rules, "- "))
}

const SERVICES: [&str; 6] = ["auth", "mail", "search", "pay", "log", "cron"];

/// A tree in which everything agrees.
fn consistent(services: &BTreeSet<&str>, migrations: usize, version: &str) -> Files {
    let mut files = Files::new();
    let each = |line: fn(&str) -> String| services.iter().map(|service| line(service)).collect::<String>();
    let key = |service: &str| format!("{}_URL", service.to_uppercase());
    files.insert(".env.example".into(), services.iter().map(|service| format!("{}=x\n", key(service))).collect());
    let reads: String = services.iter().map(|service| format!("os.environ[\"{}\"]\n", key(service))).collect();
    files.insert("app/a.py".into(), format!("import os\n{reads}"));
    files.insert("app/names.py".into(), format!("NAMES = [\n{}]\n", each(|service| format!("    \"{service}\",\n"))));
    files.insert("services.yaml".into(), format!("services:\n{}", each(|service| format!("  - name: {service}\n"))));
    for service in services {
        files.insert(format!("svc/{service}/main.py"), String::new());
    }
    (1..=migrations).for_each(|number| drop(files.insert(format!("db/{number:03}_x.sql"), format!("-- {number}\n"))));
    files.insert("version.json".into(), format!("{{\"version\": \"{version}\"}}\n"));
    files.insert("docs/a.md".into(), format!("# a\nversion {version}\n"));
    files.insert("docs/b.md".into(), format!("version {version} of b\n"));
    files.insert("ssot.yaml".into(), policy(&FACTS, &RULES));
    files
}

fn consistent_trees() -> impl Strategy<Value = (BTreeSet<&'static str>, Files)> {
    let services = prop::collection::btree_set(select(SERVICES.to_vec()), 1..5);
    (services, 1..6_usize, "[1-9]\\.[0-9]\\.[0-9]").prop_map(|(services, migrations, version)| {
        let files = consistent(&services, migrations, &version);
        (services, files)
    })
}

/// Trees in which much is wrong: consistent ones with files and lines taken away and put in.
fn trees() -> impl Strategy<Value = Files> {
    let lost = prop::collection::vec(any::<prop::sample::Index>(), 0..3);
    let stray = prop::collection::vec(select(vec!["svc/new/main.py", "db/009_y.sql", "old/1.sql", "db/x.sql", "app/z.py"]), 0..3);
    let cut = prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..3);
    (consistent_trees(), lost, stray, cut).prop_map(|((_, mut files), lost, stray, cut)| {
        stray.into_iter().for_each(|path| drop(files.insert(path.into(), "import os\nos.getenv('STRAY')\n".into())));
        for index in lost {
            let path = files.keys().nth(index.index(files.len())).cloned().unwrap_or_default();
            if path != "ssot.yaml" {
                files.remove(&path);
            }
        }
        for (file, line) in cut {
            let at = file.index(files.len());
            if let Some((path, text)) = files.iter_mut().nth(at).filter(|(path, _)| *path != "ssot.yaml") {
                let lines: Vec<&str> = text.lines().collect();
                let gone = line.index(lines.len() + 1);
                let kept = lines.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, line)| format!("{line}\n"));
                // A data file without its first line is another kind of wrong, and that is fine as well.
                *text = if path.ends_with(".json") { text.clone() } else { kept.collect() };
            }
        }
        files
    })
}

fn report(files: &Files) -> Report {
    run(files).unwrap_or_else(|error| panic!("{error}"))
}

/// What a report says, without what depends on where lines of the policy stand.
fn told(report: &Report) -> BTreeSet<String> {
    let place = |value: &Value| match value["path"].as_str() {
        Some("ssot.yaml") => "the policy".to_string(),
        _ => value.to_string(),
    };
    let json = as_json(report);
    let lists = ["findings", "unjudged"].into_iter().flat_map(|list| json[list].as_array().cloned().unwrap_or_default());
    lists
        .map(|one| {
            let related = one["related"].as_array().into_iter().flatten().map(|related| place(&related["place"]));
            let related: Vec<String> = related.collect();
            format!("{} {} {} {} {} {related:?}", one["rule"], one["code"], one["reason"], one["message"], place(&one["place"]))
        })
        .collect()
}

fn shuffled<'a>(items: &[&'a str], order: &[u32]) -> Vec<&'a str> {
    let mut keyed: Vec<_> = items.iter().enumerate().map(|(at, item)| (order[at], at, *item)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, _, item)| item).collect()
}

fn some(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(some(100))]

    #[test]
    fn a_consistent_tree_is_silent((_, files) in consistent_trees()) {
        let report = report(&files);
        prop_assert!(report.findings.is_empty() && report.unjudged.is_empty(), "{:#?}", told(&report));
    }

    #[test]
    fn the_order_of_facts_and_rules_does_not_matter(
        mut files in trees(),
        order in prop::collection::vec(any::<u32>(), RULES.len().max(FACTS.len())),
    ) {
        let before = told(&report(&files));
        files.insert("ssot.yaml".into(), policy(&shuffled(&FACTS, &order), &shuffled(&RULES, &order)));
        prop_assert_eq!(before, told(&report(&files)));
    }

    #[test]
    fn threads_and_repetition_change_no_byte(files in trees()) {
        let in_pool = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| as_json(&report(&files)).to_string())
        };
        let once = in_pool(1);
        prop_assert_eq!(&once, &in_pool(8));
        prop_assert_eq!(&once, &in_pool(8));
    }

    #[test]
    fn a_file_that_nothing_selects_changes_nothing(mut files in trees(), name in "[a-z]{1,8}\\.(bin|rs|txt)") {
        let before = told(&report(&files));
        files.insert(format!("other/{name}"), "os.environ[\"NEW\"] version 9.9.9\n".into());
        prop_assert_eq!(before, told(&report(&files)));
    }

    #[test]
    fn one_contradiction_is_one_finding_with_both_ends((_, mut files) in consistent_trees(), which in 0..6_usize) {
        let (code, path, other) = contradict(&mut files, which);
        let report = report(&files);
        prop_assert_eq!(report.findings.len(), 1, "{:#?}", told(&report));
        let finding = &report.findings[0];
        prop_assert_eq!((finding.code.as_str(), finding.place.path.as_str()), (code, path));
        let related = finding.related.iter().any(|related| related.place.path.as_str() == other);
        prop_assert!(report.unjudged.is_empty());
        prop_assert!(related, "{other} is not among {:?}", finding.related);
        if let Some(span) = finding.place.span() {
            let marked = String::from_utf8_lossy(span.slice(files[path].as_bytes())).into_owned();
            prop_assert!(marked.contains("ODD") || marked.contains("99"), "{marked:?} is not what was put in");
            // What stands in a file has one right answer here: declare the key, state the version.
            let mended = self::report(&apply(&files, &as_json(&report)));
            prop_assert!(finding.fix.is_some() && mended.findings.is_empty(), "{:#?}", told(&mended));
        }
    }

    #[test]
    fn reports_have_the_form_of_their_schema(files in trees()) {
        let schema: Value = serde_json::from_str(include_str!("report.schema.json")).expect("the schema is JSON");
        let validator = jsonschema::validator_for(&schema).expect("the schema is one");
        let report = as_json(&report(&files));
        let faults: Vec<String> = validator.iter_errors(&report).map(|error| format!("{error} at {}", error.instance_path())).collect();
        prop_assert!(faults.is_empty(), "{faults:#?}");
    }

    #[test]
    fn what_a_fix_mends_is_silent(files in trees()) {
        let first = as_json(&report(&files));
        let mended = apply(&files, &first);
        let second = as_json(&report(&mended));
        let fixed = |report: &Value| -> Vec<String> {
            let findings = report["findings"].as_array().cloned().unwrap_or_default().into_iter();
            findings.filter(|finding| !finding["fix"].is_null()).map(|finding| finding["message"].to_string()).collect()
        };
        prop_assert!(fixed(&second).is_empty(), "{:?} is left of {:?}", fixed(&second), fixed(&first));
        prop_assert!(second["findings"].as_array().map(Vec::len) <= first["findings"].as_array().map(Vec::len));
        prop_assert_eq!(&apply(&mended, &second), &mended);
    }
}

/// Puts one contradiction into a consistent tree; gives its code, its path, and the path of the other end.
fn contradict(files: &mut Files, which: usize) -> (&'static str, &'static str, &'static str) {
    let mut add = |path: &str, text: &str| files.entry(path.to_string()).or_default().push_str(text);
    match which {
        0 => {
            add("app/a.py", "os.environ[\"ODD\"]\n");
            ("subset/missing", "app/a.py", ".env.example")
        }
        1 => {
            add("svc/ODD/main.py", "");
            ("same/missing", "svc/ODD/main.py", "services.yaml")
        }
        2 => {
            add("docs/z.md", "version 99.0\n");
            ("agree/differs", "docs/z.md", "version.json")
        }
        3 => {
            add("db/099_x.sql", "");
            let last = files.keys().filter(|path| path.starts_with("db/")).rev().nth(1).cloned().unwrap_or_default();
            ("sequence/gap", "db/099_x.sql", Box::leak(last.into_boxed_str()))
        }
        4 => {
            add("db/001_zODD.sql", "");
            ("sequence/duplicate", "db/001_zODD.sql", "db/001_x.sql")
        }
        _ => {
            add("old/ODD.sql", "");
            ("home/stray", "old/ODD.sql", "db")
        }
    }
}

/// The files after all edits of all fixes, each edit once, as an editor would apply them; of edits that overlap the first.
fn apply(files: &Files, report: &Value) -> Files {
    let mut edits: BTreeMap<String, BTreeSet<(usize, usize, String)>> = BTreeMap::new();
    for edit in
        report["findings"].as_array().into_iter().flatten().flat_map(|finding| finding["fix"]["edits"].as_array()).flatten()
    {
        let byte = |at: usize| edit["bytes"][at].as_u64().and_then(|byte| usize::try_from(byte).ok()).unwrap_or_default();
        let text = |key: &str| edit[key].as_str().unwrap_or_default().to_string();
        edits.entry(text("path")).or_default().insert((byte(0), byte(1), text("text")));
    }
    let mut files = files.clone();
    for (path, edits) in edits {
        let text = files.get_mut(&path).expect("fixes are for files of head");
        let mut from = text.len();
        for (start, end, new) in edits.into_iter().rev() {
            if end <= from {
                text.replace_range(start..end, &new);
                from = start;
            }
        }
    }
    files
}

#[test]
fn a_version_that_is_fixed_is_silent() {
    let policy = "version: 1\nrules:\n  - {id: bump, bump: {files: \"*.yaml\", exclude: ssot.yaml, version: {at: $.version, scheme: semver}, \
                  date: {at: $.updated}}}\n";
    let tree = |body: &str| -> Files {
        let spec = format!("version: 1.2.3 # kept\nupdated: '2025-01-01'\nbody: {body}\n");
        Files::from([("ssot.yaml".into(), policy.to_string()), ("spec.yaml".into(), spec)])
    };
    let judge = |head: &Files, base: &Files| {
        let now = "2026-01-01T00:00:00Z".parse().expect("an instant");
        let (head, base) = (Arc::new(memory(head)), Arc::new(memory(base)));
        as_json(&Check::of_trees(head, Some(base)).now(now).run().unwrap_or_else(|error| panic!("{error}")))
    };
    let (base, head) = (tree("old"), tree("new"));
    let found = judge(&head, &base);
    assert_eq!(found["findings"][0]["code"], "bump/version-unchanged");
    let mended = apply(&head, &found);
    assert_eq!(mended["spec.yaml"].lines().next(), Some("version: 1.2.4 # kept"));
    assert_eq!(judge(&mended, &base)["findings"], Value::Array(Vec::new()));
}

#[test]
fn the_cache_changes_nothing() {
    let policy = "version: 1
facts:
  keys: {files: '**/*.py', env-reads: {}}
rules:
  - {id: declared, subset: {every: keys, in: {files: .env.example, env-file: {}}}}
  - {id: prints, forbid: {files: '**/*.py', calls: print}}
  - {id: evals, forbid: {files: '**/*.py', code: {pattern: eval($A)}}}
  - {id: gone, exists: {every: {files: '**/*.py', path-refs: 'data/*.json'}}}
";
    let text = "import os\nfrom app.names import KEY\nos.environ['A']\nos.environ[KEY]\nos.environ[x]\nprint(1)\neval(x)\nopen('data/a.json')\ndef f(:\n";
    let sandbox = Sandbox::new(&[
        ("ssot.yaml", policy),
        (".env.example", "B=1\n"),
        (".env.py", "import os\nos.environ['SECRET_KEY']\n"),
        ("app/a.py", text),
        ("app/b.py", text),
        ("app/names.py", "KEY = 'ABC'\n"),
        ("data/b.json", "{}"),
    ]);
    let home = tempfile::tempdir().expect("a directory");
    let run = |arguments: &[&str]| {
        let mut command = support::command(sandbox.path(), &[&["check", "--format", "json"], arguments].concat());
        command.env("SSOT_CACHE_DIR", home.path());
        support::finish(command).out()
    };
    let kept = || std::fs::read_dir(home.path()).expect("it can be listed").flatten().map(|file| file.path()).collect::<Vec<_>>();
    let without = run(&["--no-cache"]);
    assert!(without.matches("\"fingerprint\"").count() >= 8 && kept().is_empty(), "{without}");
    for _ in 0..2 {
        assert_eq!(run(&[]), without);
    }
    let [file] = kept().try_into().expect("one file");
    let sound = std::fs::read(&file).expect("it can be read");
    assert!(!String::from_utf8_lossy(&sound).contains("SECRET_KEY"), "of dotenv files nothing is kept");
    // Damaged, of another version, cut off, no file at all.
    for damaged in [sound[..sound.len() / 2].to_vec(), [b"x", &sound[..]].concat(), sound.iter().map(|byte| byte ^ 1).collect()] {
        std::fs::write(&file, damaged).expect("it can be written");
        assert_eq!(run(&[]), without);
    }
    std::fs::remove_file(&file).expect("it can be removed");
    std::fs::create_dir(&file).expect("it can be made");
    assert_eq!(run(&[]), without);
    // What changes is read anew.
    std::fs::remove_dir(&file).expect("it can be removed");
    run(&[]);
    sandbox.write("app/a.py", text.replace("'A'", "'C'"));
    assert_eq!(run(&[]), run(&["--no-cache"]));
    assert_ne!(run(&[]), without);
}

proptest! {
    #![proptest_config(some(12))]

    #[test]
    fn the_kind_of_tree_does_not_matter(files in trees()) {
        let list: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let told = |sandbox: &Sandbox, arguments: &[&str]| {
            let report = sandbox.ssot(&[&["check", "--format", "json"], arguments].concat()).json();
            (report["findings"].clone(), report["unjudged"].clone())
        };
        let directory = told(&Sandbox::new(&list), &[]);
        let repository = Sandbox::git(&list);
        prop_assert_eq!(&directory, &told(&repository, &[]), "untracked");
        repository.run_git(&["add", "-A"]);
        prop_assert_eq!(&directory, &told(&repository, &["--staged"]), "index");
        repository.commit();
        prop_assert_eq!(&directory, &told(&repository, &[]), "working tree");
        prop_assert_eq!(&directory, &told(&repository, &["--rev", "HEAD"]), "commit");
        let memory = as_json(&report(&files));
        prop_assert_eq!(&directory, &(memory["findings"].clone(), memory["unjudged"].clone()), "memory");
    }
}
