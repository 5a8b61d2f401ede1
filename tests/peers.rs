//! Peers: files of other repositories and directories, which are read only where that is trusted, and as they are there.
#![cfg(unix)]

mod support;

use std::os::unix::fs::symlink;
use std::path::Path;

use support::{Ran, Sandbox, ssot};

const RULES: &str = "
rules:
  - {id: synced, replica: {source: spec.json, copy: [{tree: app, path: 'api/*.json'}]}}
  - {id: known, subset: {every: {files: names.txt, text: '\\w+'}, in: {tree: app, files: NAMES, text: '\\w+'}}}
";

fn policy(peer: &str) -> String {
    format!("version: 1\npeers: {{app: {peer}}}{RULES}")
}

/// A repository `schema`, whose policy is committed, beside a repository `app`, which has an older copy of its file.
fn beside(peer: &str) -> Sandbox {
    let sandbox = Sandbox::new(&[
        ("schema/spec.json", "1\n"),
        ("schema/names.txt", "one\n"),
        ("app/api/spec.json", "1\n"),
        ("app/api/other.json", "one\n"),
        ("app/NAMES", "two\n"),
    ]);
    sandbox.write("schema/ssot.yaml", policy(peer));
    for repository in ["schema", "app"] {
        commit(&sandbox, repository, &["init", "-q", "-b", "main"]);
    }
    sandbox.write("schema/spec.json", "2\n");
    commit(&sandbox, "schema", &[]);
    sandbox
}

/// Runs git in a directory, then commits everything there.
fn commit(sandbox: &Sandbox, directory: &str, arguments: &[&str]) {
    let git = |arguments: &[&str]| sandbox.run_git(&[&["-C", directory], arguments].concat());
    if !arguments.is_empty() {
        git(arguments);
    }
    git(&["add", "-A"]);
    git(&["commit", "-q", "--allow-empty", "-m", "state"]);
}

fn check(sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    ssot(&sandbox.at("schema"), &[&["check", "--format", "json"], arguments].concat())
}

const FOUND: [&str; 3] =
    ["replica/edited api/other.json:1:1", "replica/behind api/spec.json:1:1", "subset/missing names.txt:1:1"];

/// The messages of what could not be judged, each of which is `unreachable`, or lacks the truth because of that.
fn unreachable(ran: &Ran) -> String {
    assert_eq!(ran.code(), 0, "{}{}", ran.out(), ran.err());
    let told = ran.unjudged();
    let of_peers = |one: &String| one.starts_with("unreachable") || one.starts_with("incomplete-truth");
    assert!(told.len() >= 2 && told.iter().all(of_peers), "{told:?}");
    ran.json()["unjudged"].to_string()
}

#[test]
fn a_repository_beside_this_one_is_read_as_it_is_there() {
    let sandbox = beside("{path: ../app}");
    let ran = check(&sandbox, &[]);
    assert_eq!(ran.findings(), FOUND, "{}", ran.out());
    let finding = ran.json()["findings"][1].clone();
    assert_eq!(finding["message"], "`api/spec.json` of `app` is 1 version behind `spec.json`");
    assert_eq!(finding["data"]["copy"]["tree"], "app");
    assert_eq!(finding["fix"], serde_json::Value::Null, "no fix writes into another repository");
    let human = ssot(&sandbox.at("schema"), &["check"]).out();
    assert!(human.contains("api/spec.json:1:1") && human.contains("in app"), "{human}");
    // Its working tree counts, also what is not tracked, but not what it ignores.
    sandbox.write("app/.gitignore", "ignored.json\n");
    sandbox.write("app/api/ignored.json", "x\n");
    sandbox.write("app/api/new.json", "2\n");
    sandbox.write("app/api/spec.json", "2\n");
    sandbox.remove("app/api/other.json");
    assert_eq!(check(&sandbox, &[]).findings(), FOUND[2..]);
    for kind in [&["--staged"][..], &["--rev", "HEAD"], &["--base", "main"], &["--merge-into", "main"]] {
        assert_eq!(check(&sandbox, kind).findings(), FOUND[2..], "{kind:?}");
    }
}

#[test]
fn a_ref_is_read_from_the_object_database_of_a_bare_repository_too() {
    let sandbox = beside("{path: ../app, ref: main}");
    for edit in ["app/api/spec.json", "app/NAMES"] {
        sandbox.write(edit, "not committed\n");
    }
    assert_eq!(check(&sandbox, &[]).findings(), FOUND);
    sandbox.run_git(&["clone", "-q", "--bare", "app", "app.git"]);
    assert_eq!(check(&sandbox, &["--peer", "app=../app.git"]).findings(), FOUND);
    let bare = check(&sandbox, &["--peer", "app=../app.git", "--rev", "HEAD"]);
    assert_eq!(bare.findings(), FOUND);
    sandbox.write("schema/ssot.yaml", policy("{path: ../app, ref: gone}"));
    assert!(unreachable(&check(&sandbox, &[])).contains("does not name a commit"));
    sandbox.write("schema/ssot.yaml", policy("{path: ../app, ref: '--all'}"));
    unreachable(&check(&sandbox, &[]));
    sandbox.write("plain/api/spec.json", "1\n");
    assert!(unreachable(&check(&sandbox, &["--peer", "app=../plain"])).contains("is no git repository"));
}

#[test]
fn the_source_may_be_the_one_that_lies_elsewhere() {
    let sandbox = beside("{path: ../app}");
    let rule = "rules: [{id: synced, replica: {source: {tree: app, path: api/spec.json}, copy: spec.json}}]\n";
    sandbox.write("schema/ssot.yaml", format!("version: 1\npeers: {{app: {{path: ../app}}}}\n{rule}"));
    sandbox.write("schema/spec.json", "1\n");
    sandbox.write("app/api/spec.json", "2\n");
    let ran = check(&sandbox, &[]);
    assert_eq!(ran.json()["findings"][0]["message"], "`spec.json` is 1 version behind `api/spec.json` of `app`", "{}", ran.out());
    assert_eq!(ran.json()["findings"][0]["related"][0]["tree"], "app");
    assert_eq!(ssot(&sandbox.at("schema"), &["fix"]).code(), 0);
    assert_eq!(sandbox.read("schema/spec.json"), "2\n");
}

#[test]
fn a_plain_directory_is_a_peer_and_its_files_only_differ() {
    let sandbox = beside("{path: ../plain}");
    sandbox.write("plain/api/spec.json", "1\n");
    sandbox.write("plain/NAMES", "one\n");
    assert_eq!(check(&sandbox, &[]).findings(), ["replica/behind api/spec.json:1:1"]);
    let source = "{tree: app, path: api/spec.json}";
    let rule = format!("rules: [{{id: synced, replica: {{source: {source}, copy: spec.json}}}}]\n");
    sandbox.write("schema/ssot.yaml", format!("version: 1\npeers: {{app: {{path: ../plain}}}}\n{rule}"));
    assert_eq!(check(&sandbox, &[]).findings(), ["replica/differs spec.json:1:1"]);
}

#[test]
fn what_lies_outside_is_read_only_where_base_or_the_caller_says_so() {
    let sandbox = beside("{path: ../app}");
    sandbox.write("elsewhere/api/spec.json", "secret\n");
    sandbox.write("schema/ssot.yaml", policy("{path: ../elsewhere}"));
    let ran = check(&sandbox, &[]);
    let told = unreachable(&ran);
    assert!(told.contains("base's policy does not name it yet: `--peer app=../elsewhere` reads it"), "{told}");
    assert!(!ran.out().contains("secret"));
    assert_eq!(check(&sandbox, &["--peer", "app=../elsewhere"]).findings()[0], "replica/edited api/spec.json:1:1");
    // A change that is judged as one: base's policy still reads what it named, and that it is another now is told.
    commit(&sandbox, "schema", &["checkout", "-q", "-b", "work"]);
    let ran = check(&sandbox, &["--base", "main"]);
    assert_eq!(ran.findings(), [FOUND[0], FOUND[1], FOUND[2], "policy/weakened ssot.yaml:2:9"], "{}", ran.out());
    assert!(ran.unjudged().contains(&"unreachable ssot.yaml".to_string()));
    let told = ran.json()["findings"][3]["message"].as_str().unwrap_or_default().to_string();
    assert_eq!(told, "the change reads the peer `app` from `../elsewhere`, not from `../app`");
    // Without a history there is nobody to trust.
    assert!(unreachable(&check(&sandbox, &["--root", ".", "--rev", "main~1"])).contains("lies outside"));
    assert_eq!(check(&sandbox, &["--peer", "ap=../app"]).code(), 2);
    assert_eq!(check(&sandbox, &["--peer", "app"]).code(), 2);
}

#[test]
fn what_is_no_peer_is_told_and_never_a_difference() {
    let sandbox = beside("{path: ../app}");
    let plain = sandbox.at("plain");
    std::fs::create_dir(&plain).expect("it can be made");
    std::fs::write(sandbox.at("schema/file"), "x").expect("it can be written");
    symlink("/etc", sandbox.at("schema/link")).expect("it can be made");
    assert!(std::process::Command::new("mkfifo").arg(sandbox.at("schema/fifo")).status().expect("it runs").success());
    std::fs::create_dir_all(sandbox.at("schema/below")).expect("it can be made");
    sandbox.write("schema/below/NAMES", "x");
    sandbox.run_git(&["clone", "-q", "--bare", "app", "schema/bare"]);
    for (path, why) in [
        ("file", "is no directory"),
        ("fifo", "is no directory"),
        ("link", "a symbolic link leads to"),
        ("link/..", "is this tree itself"),
        ("nowhere", "does not exist"),
        (".", "is this tree itself"),
        ("../schema", "is this tree itself"),
        ("below", "is a part of this tree"),
        ("bare", "is no working tree"),
        ("../../../../../../../../../../etc", "lies outside"),
        ("/etc", "lies outside"),
    ] {
        sandbox.write("schema/ssot.yaml", policy(&format!("{{path: {path}}}")));
        let told = unreachable(&check(&sandbox, &[]));
        assert!(told.contains(why), "{path}: {told}");
    }
    // Another revision of this very repository is a tree like any other.
    sandbox.write("schema/ssot.yaml", policy("{path: ., ref: 'HEAD~1'}").replace("api/*", "spec").replace("NAMES", "names.txt"));
    sandbox.write("schema/spec.json", "2\n");
    assert_eq!(check(&sandbox, &[]).findings(), ["replica/behind spec.json:1:1"]);
}

#[test]
fn a_repository_inside_of_this_one_needs_no_word_of_base() {
    let sandbox = beside("{path: ../app}");
    std::fs::rename(sandbox.at("app"), sandbox.at("schema/libs")).expect("it can be moved");
    sandbox.write("schema/ssot.yaml", policy("{path: libs}"));
    assert_eq!(check(&sandbox, &[]).findings(), FOUND);
}

#[test]
fn facts_of_every_kind_read_a_peer() {
    let facts = "
version: 1
peers: {app: {path: ../app}}
facts:
  paths: {tree: app, path: '.*\\.py$'}
  dirs: {tree: app, dirs: '*'}
  keys: {tree: app, files: '**/*.py', const: KEYS}
  reads: {tree: app, files: '**/*.py', env-reads: {}}
  words: {tree: app, files: '*.md', words: {of: keys}}
  refs: {tree: app, path-refs: 'data/*.json'}
  secrets: {tree: app, files: prod.env, env-file: {}}
rules:
  - {id: keys, subset: {every: reads, in: keys}}
  - {id: twice, require: {some: {tree: app, files: '*.md', text: ONE}, per: file, min: 2}}
  - {id: one, agree: {source: {tree: app, files: a.toml, data: $.v}, copies: {files: b.toml, data: $.v}}}
  - {id: words, forbid: secrets}
";
    let sandbox = Sandbox::new(&[
        ("main/ssot.yaml", facts),
        ("main/b.toml", "v = '1'\n"),
        ("main/r.md", "not this one\n"),
        ("app/a.toml", "v = '2'\n"),
        ("app/prod.env", "A=topsecret\n"),
        ("app/pkg/k.py", "KEYS = ['ONE']\n"),
        (
            "app/m.py",
            "from pkg.k import KEYS\nimport os\nfor k in KEYS:\n    os.environ[k]\nos.getenv('TWO')\nopen('data/x.json')\n",
        ),
        ("app/r.md", "say ONE\n"),
    ]);
    let run = |arguments: &[&str]| ssot(&sandbox.at("main"), &[arguments, &["--peer", "app=../app"]].concat());
    let facts = run(&["facts"]).out();
    let counts: Vec<&str> = facts.lines().filter(|line| !line.starts_with(' ')).collect();
    let expected = [
        "paths (path): 2",
        "dirs (dirs): 1",
        "keys (const): 1",
        "reads (env-reads): 2",
        "words (words): 1",
        "refs (path-refs): 1",
        "secrets (env-file): 1",
    ];
    assert!(counts.iter().zip(expected).all(|(line, expected)| line.starts_with(expected)) && counts.len() == 7, "{facts}");
    let found = ["agree/differs b.toml:1:5", "subset/missing m.py:5:11", "forbid/forbidden prod.env:1:1", "require/absent r.md"];
    assert_eq!(run(&["check", "--format", "json"]).findings(), found);
    let human = run(&["check"]).out();
    for shown in ["m.py:5:11 (in app)", "r.md (in app)", "a.toml:1:5 (in app)", "pkg/k.py:1:9 (in app)"] {
        assert!(human.contains(shown), "{shown}: {human}");
    }
    assert!(!human.contains("topsecret") && !facts.contains("topsecret"), "{human}");
    assert_eq!(run(&["fix"]).code(), 1);
    assert_eq!((sandbox.read("main/b.toml"), sandbox.read("app/a.toml")), ("v = '2'\n".into(), "v = '2'\n".into()));
}

#[test]
fn mistakes_about_peers_are_told() {
    let sandbox = Sandbox::new(&[("spec.json", "1\n")]);
    for (policy, error) in [
        ("peers: {head: {path: x}}\nrules: []", "`head` is no name of a peer"),
        ("peers: {app: {path: ''}}\nrules: []", "`path` of a peer cannot be empty"),
        ("peers: {app: {ref: main}}\nrules: []", "a peer needs `path`"),
        ("peers: {app: {path: x, branch: y}}\nrules: []", "unknown key of a peer `branch`"),
        ("facts: {f: {tree: ap, text: x}}\npeers: {app: {path: x}}", "unknown tree `ap`; did you mean `app`?"),
        ("facts: {f: {tree: app, git: branch}}\npeers: {app: {path: x}}", "a `git` fact reads no files of a peer"),
        ("rules: [{id: r, replica: {source: a, copy: {tree: app, path: b}}}]", "unknown tree `app`"),
        ("rules: [{id: r, replica: {source: {tree: base, path: a}, copy: b}}]", "a side is in head or in a peer"),
        ("rules: [{id: r, replica: {source: a, copy: ../b}}]", "`../b`: it is no path of a file of this tree"),
        ("rules: [{id: r, replica: {source: '*.json', copy: b}}]", "the source is one path, and no glob"),
        ("rules: [{id: r, replica: {source: a, copy: a}}]", "`a` is its own copy"),
        ("rules: [{id: r, replica: {source: a, copy: b, counts: {x: '$['}}}]", "invalid JSONPath"),
    ] {
        sandbox.write("ssot.yaml", format!("version: 1\n{policy}\n"));
        let ran = sandbox.check();
        assert_eq!(ran.code(), 2, "{policy}: {}", ran.out());
        assert!(ran.err().contains(error), "{policy}: {}", ran.err());
    }
}

#[test]
fn the_environment_of_a_hook_is_not_that_of_a_peer() {
    let sandbox = beside("{path: ../app, ref: main}");
    let mut run = support::command(&sandbox.at("schema"), &["check", "--format", "json"]);
    let git_dir = sandbox.at("schema/.git");
    run.env("GIT_DIR", &git_dir).env("GIT_INDEX_FILE", git_dir.join("index")).env("GIT_WORK_TREE", sandbox.at("schema"));
    assert_eq!(support::finish(run).findings(), FOUND);
    assert!(Path::new(&git_dir).exists());
}

#[test]
fn status_tells_of_peers_and_sync_writes_into_none() {
    let sandbox = beside("{path: ../app}");
    let replicas = |arguments: &[&str]| {
        let ran = ssot(&sandbox.at("schema"), &[&["replicas"], arguments].concat());
        (ran.out(), ran.code(), ran.err())
    };
    let (out, code, _) = replicas(&["status"]);
    assert_eq!(
        (out.as_str(), code),
        ("synced: spec.json\n  edited       api/other.json of app\n  behind 1     api/spec.json of app\n", 1)
    );
    let (out, code, err) = replicas(&["sync"]);
    assert_eq!((out.as_str(), code), ("", 1));
    assert!(err.contains("not copied: api/spec.json of app: it is a file of `app`, and no other tree is written to"), "{err}");
    assert_eq!(sandbox.read("app/api/spec.json"), "1\n");
    std::fs::rename(sandbox.at("app"), sandbox.at("gone")).expect("it can be moved");
    let (out, code, _) = replicas(&["status"]);
    assert!(out.starts_with("synced: spec.json\n  unreachable  api/*.json of app: the peer `app` cannot be read: "), "{out}");
    assert_eq!(code, 0);
    assert_eq!(replicas(&["status", "--peer", "app=../gone"]).1, 1);
    let map = ssot(&sandbox.at("schema"), &["map", "--format", "mermaid"]).out();
    assert!(
        map.contains("spec.json<br><small>file</small>") && map.contains("api/*.json<br><small>copies in app</small>"),
        "{map}"
    );
    // Whoever wants it fails where a peer is not there.
    let policy = sandbox.read("schema/ssot.yaml");
    sandbox.write("schema/ssot.yaml", format!("settings: {{unjudged: {{unreachable: error}}}}\n{policy}"));
    assert_eq!(check(&sandbox, &[]).code(), 1);
}
