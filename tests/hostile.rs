//! Hostile repositories, policies and command lines: each ends in time with a finding, an unjudged place or a diagnostic, and
//! never in a panic, a hang or a silent pass.
#![cfg(unix)]

mod support;

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Stdio;

use support::{Ran, Sandbox, command, finish, ssot};

/// Nothing that a terminal would obey leaves the program, whatever the tree holds.
fn assert_clean(ran: &Ran) {
    let hidden = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
    for text in [ran.out(), ran.err()] {
        assert!(!text.contains(hidden), "{text:?}");
    }
}

/// Runs `check` on the sandbox in every format, and gives the JSON one.
fn check_all(sandbox: &Sandbox) -> Ran {
    for format in ["human", "short"] {
        assert_clean(&sandbox.ssot(&["check", "--format", format]));
    }
    assert_clean(&sandbox.ssot(&["facts"]));
    let ran = sandbox.check();
    assert_clean(&ran);
    ran
}

/// What must come of a file: a finding there, or the reason for which it is unjudged.
enum Comes {
    Found(usize, usize),
    Unjudged(&'static str),
}
use Comes::{Found, Unjudged};

fn deep(open: &str, close: &str) -> Vec<u8> {
    [open.repeat(50_000), close.repeat(50_000)].concat().into_bytes()
}

fn alias_bomb() -> Vec<u8> {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let row = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{row}]\n"));
    }
    text.into_bytes()
}

#[test]
fn no_data_file_passes_in_silence() {
    let cases: Vec<(&str, Vec<u8>, Comes)> = vec![
        ("broken.json", b"{\"secret\": ".into(), Unjudged("unparsable")),
        ("empty.json", b"".into(), Unjudged("unparsable")),
        ("latin.json", b"{\"secret\": \"\xe9\"}".into(), Unjudged("unparsable")),
        ("binary.json", (0..=255).collect(), Unjudged("unparsable")),
        ("twice.json", b"{\"secret\": 1, \"secret\": 2}".into(), Unjudged("unparsable")),
        ("comment.json", b"{\"secret\": 1} // x".into(), Unjudged("unparsable")),
        ("deep.json", deep("[", "]"), Unjudged("unparsable")),
        ("deep-map.json", deep("{\"a\":", "}"), Unjudged("unparsable")),
        ("bom.json", b"\xef\xbb\xbf{\"secret\": 1}".into(), Found(1, 12)),
        ("crlf.json", b"{\r\n\"secret\":\r\n1}".into(), Found(3, 1)),
        ("huge.json", [b"{\"secret\": \"".to_vec(), vec![b'x'; 600_000], b"\"}".to_vec()].concat(), Unjudged("too-large")),
        ("broken.yaml", b"secret: [".into(), Unjudged("unparsable")),
        ("latin.yaml", b"secret: \xe9\n".into(), Unjudged("unparsable")),
        ("nul.yaml", b"secret: \0\n".into(), Unjudged("unparsable")),
        ("twice.yaml", b"secret: 1\nsecret: 2\n".into(), Unjudged("unparsable")),
        ("cyclic.yaml", b"secret: &a [*a]\n".into(), Unjudged("unparsable")),
        ("bomb.yaml", alias_bomb(), Unjudged("unparsable")),
        ("deep.yaml", "- ".repeat(50_000).into_bytes(), Unjudged("unparsable")),
        ("deep-flow.yaml", deep("{a: ", "}"), Unjudged("unparsable")),
        ("tabs.yaml", b"a:\n\tsecret: 1\n".into(), Unjudged("unparsable")),
        ("bom.yaml", b"\xef\xbb\xbfsecret: 1\n".into(), Found(1, 9)),
        ("crlf.yaml", b"a: 1\r\nsecret: 2\r\n".into(), Found(2, 9)),
        ("second.yaml", b"a: 1\n---\nsecret: 2\n".into(), Found(3, 9)),
        ("broken.toml", b"secret = ".into(), Unjudged("unparsable")),
        ("twice.toml", b"secret = 1\nsecret = 2\n".into(), Unjudged("unparsable")),
        ("latin.toml", b"secret = '\xe9'\n".into(), Unjudged("unparsable")),
        ("deep.toml", [b"secret = ".to_vec(), deep("[", "]")].concat(), Unjudged("unparsable")),
        ("deep-key.toml", [b"a".to_vec(), ".a".repeat(50_000).into_bytes(), b" = 1".to_vec()].concat(), Unjudged("unparsable")),
        ("bom.toml", b"\xef\xbb\xbfsecret = 1\n".into(), Found(1, 10)),
        ("crlf.toml", b"a = 1\r\nsecret = 2\r\n".into(), Found(2, 10)),
    ];
    let policy = "version: 1\nsettings: {max-file-bytes: 500000}\nrules:\n  - {id: no-secret, forbid: {files: \"in/*\", data: $..secret}}\n";
    let sandbox = Sandbox::new(&[("ssot.yaml", policy)]);
    for (name, content, _) in &cases {
        sandbox.write(&format!("in/{name}"), content);
    }
    let ran = check_all(&sandbox);
    let (findings, unjudged) = (ran.findings(), ran.unjudged());
    for (name, _, comes) in &cases {
        let (list, wanted) = match comes {
            Found(line, column) => (&findings, format!("forbid/forbidden in/{name}:{line}:{column}")),
            Unjudged(reason) => (&unjudged, format!("{reason} in/{name}")),
        };
        assert!(list.contains(&wanted), "{wanted} is not among {findings:#?} {unjudged:#?}");
    }
    assert_eq!(findings.len() + unjudged.len(), cases.len(), "{findings:#?} {unjudged:#?}");
}

#[test]
fn no_code_file_passes_in_silence() {
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("deep.py", [b"import os\nx = ".to_vec(), deep("(", ")"), b"\nos.getenv('K')\n".to_vec()].concat()),
        ("open.py", "f(".repeat(50_000).into_bytes()),
        ("not.py", "not ".repeat(50_000).into_bytes()),
        ("broken.py", b"def (:\n".into()),
        ("latin.py", b"x = '\xe9'\nos.getenv(\n".into()),
        ("binary.py", (0..=255).collect()),
        ("deep.js", [b"x = ".to_vec(), deep("[", "]"), b"\nprocess.env.K\n".to_vec()].concat()),
        ("open.js", "`${".repeat(50_000).into_bytes()),
        ("broken.ts", b"const = ;\n".into()),
    ];
    let policy = "version: 1\nfacts:\n  keys: {files: \"in/*\", env-reads: {}}\n  files: {files: \"in/*\", path-refs: \"**/*.json\"}\n  \
                  names: {files: \"in/*\", const: NAMES}\n  calls: {files: \"in/*\", calls: os.getenv}\n  \
                  code: {files: \"in/*\", code: {pattern: f($A), language: python}}\nrules:\n  \
                  - {id: all, forbid: [keys, files, names, calls, code]}\n";
    let sandbox = Sandbox::new(&[("ssot.yaml", policy)]);
    for (name, content) in &cases {
        sandbox.write(&format!("in/{name}"), content);
    }
    let ran = check_all(&sandbox);
    let unjudged = ran.unjudged();
    for (name, _) in &cases {
        let wanted = format!("unparsable in/{name}");
        let found = ran.findings().iter().any(|finding| finding.contains(name));
        assert!(found || unjudged.contains(&wanted), "{wanted} is not among {unjudged:#?}");
    }
}

#[test]
fn a_markdown_or_dotenv_file_may_hold_anything() {
    let policy = "version: 1\nfacts:\n  title: {files: \"*.md\", data: $.title}\n  keys: {files: \"*.env\", env-file: {}}\n\
                  rules:\n  - {id: all, forbid: [title, keys]}\n";
    let sandbox = Sandbox::new(&[("ssot.yaml", policy)]);
    sandbox.write("a.md", b"---\ntitle: [\n---\n");
    sandbox.write("b.md", deep(">", ""));
    sandbox.write("c.md", b"---\ntitle: x\r\n---\r\n");
    sandbox.write("a.env", b"A=\"never closed\nB=1\n");
    sandbox.write("b.env", b"\xff\xfe=1\n");
    sandbox.write("c.env", b"\xef\xbb\xbfKEY=1\r\n");
    let ran = check_all(&sandbox);
    assert!(ran.unjudged().contains(&"unparsable a.md".to_string()), "{:?}", ran.unjudged());
    for wanted in ["forbid/forbidden c.md:2:8", "forbid/forbidden c.env:1:1"] {
        assert!(ran.findings().contains(&wanted.to_string()), "{wanted}: {:?}", ran.findings());
    }
    for path in ["a.env", "b.env"] {
        let told = ran.unjudged().iter().chain(&ran.findings()).any(|told| told.contains(path));
        assert!(told, "{path} passes in silence: {:?} {:?}", ran.findings(), ran.unjudged());
    }
}

#[test]
fn names_of_files_may_be_anything() {
    let policy = "version: 1\nrules:\n  - {id: none, forbid: {files: \"in/**\", path: .}}\n  - {id: text, forbid: {files: \"in/**\", text: x}}\n";
    let sandbox = Sandbox::git(&[("ssot.yaml", policy)]);
    let names: [&[u8]; 8] =
        [b"new\nline", b"esc\x1b[31m", b"bad\xff\xfe", b"\xe2\x80\xaebidi", b"-dash", b" blank ", b"qu\"ote", b"bell\x07"];
    for name in names {
        let directory = sandbox.at("in");
        std::fs::create_dir_all(&directory).expect("a directory");
        std::fs::write(directory.join(Path::new(std::ffi::OsStr::from_bytes(name))), "x\n").expect("the name is allowed");
    }
    let untracked = check_all(&sandbox).findings();
    assert_eq!(untracked.len(), names.len() * 2, "{untracked:#?}");
    sandbox.commit();
    assert_eq!(check_all(&sandbox).findings(), untracked);
    assert_eq!(sandbox.ssot(&["check", "--rev", "HEAD", "--format", "json"]).findings(), untracked);
}

#[test]
fn a_tree_may_hold_things_that_are_no_files() {
    let policy = "version: 1\nrules:\n  - {id: data, forbid: {files: \"in/**\", data: $}}\n  - {id: text, forbid: {files: \"in/**\", text: secret}}\n";
    for git in [true, false] {
        let sandbox = if git { Sandbox::git(&[("ssot.yaml", policy)]) } else { Sandbox::new(&[("ssot.yaml", policy)]) };
        sandbox.write("in/a.json", "1");
        let outside = Sandbox::new(&[("secret.json", "\"secret\"")]);
        symlink(outside.at("secret.json"), sandbox.at("in/out.json")).expect("a link");
        symlink(outside.path(), sandbox.at("in/dir")).expect("a link");
        symlink("circle", sandbox.at("in/circle")).expect("a link");
        symlink("..", sandbox.at("in/up")).expect("a link");
        symlink("in", sandbox.at("around")).expect("a link");
        let fifo = std::process::Command::new("mkfifo").arg(sandbox.at("in/pipe.json")).status().expect("mkfifo runs");
        assert!(fifo.success());
        let _socket = std::os::unix::net::UnixListener::bind(sandbox.at("in/socket.json")).expect("a socket");
        let ran = check_all(&sandbox);
        let data: Vec<_> = ran.findings().into_iter().filter(|finding| finding.contains("a.json")).collect();
        assert_eq!(data, ["forbid/forbidden in/a.json:1:1"], "git: {git}");
        // A link's text is its target, which here names `secret.json`; what it leads to is never read.
        let text: Vec<_> = ran.findings().into_iter().filter(|finding| !finding.contains("a.json")).collect();
        assert_eq!(text.len(), 1, "git: {git}: {text:?}");
        assert!(text[0].starts_with("forbid/forbidden in/out.json:1:"), "{text:?}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_unjudged() {
    let sandbox = Sandbox::new(&[
        ("ssot.yaml", "version: 1\nrules:\n  - {id: text, forbid: {files: \"in/*\", text: x}}\n"),
        ("in/a.txt", "x\n"),
    ]);
    let file = sandbox.at("in/a.txt");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o000)).expect("mode");
    let readable_all_the_same = std::fs::read(&file).is_ok();
    let ran = check_all(&sandbox);
    match readable_all_the_same {
        true => assert_eq!(ran.findings(), ["forbid/forbidden in/a.txt:1:1"], "root may read everything"),
        false => assert_eq!(ran.unjudged(), ["unreadable in/a.txt"]),
    }
}

#[test]
fn a_repository_may_have_no_commit() {
    let policy = "version: 1\nrules:\n  - {id: text, forbid: {files: a.txt, text: x}}\n  - {id: old, grandfather: base, forbid: {files: a.txt, text: x}}\n";
    let sandbox = Sandbox::git(&[("ssot.yaml", policy), ("a.txt", "x\n")]);
    let found = ["forbid/forbidden a.txt:1:1"; 2];
    assert_eq!(check_all(&sandbox).findings(), found);
    assert_eq!(sandbox.check().unjudged(), ["no-base ssot.yaml"]);
    sandbox.run_git(&["add", "-A"]);
    assert_eq!(sandbox.ssot(&["check", "--staged", "--format", "json"]).findings(), found);
    for arguments in [["check", "--rev", "HEAD"], ["check", "--rev", "--all"], ["check", "--rev", "a\nb"]] {
        let ran = sandbox.ssot(&arguments);
        assert_eq!(ran.code(), 2, "{arguments:?}: {}", ran.err());
        assert_clean(&ran);
    }
}

#[test]
fn a_tree_may_be_very_deep() {
    let sandbox = Sandbox::new(&[("ssot.yaml", "version: 1\nrules:\n  - {id: a, home: {files: \"**/x\", only-in: a}}\n")]);
    sandbox.write(&format!("{}x", "d/".repeat(1_000)), "");
    assert_eq!(check_all(&sandbox).findings().len(), 2, "no-home, stray");
}

#[test]
fn a_policy_that_is_none_is_a_diagnostic() {
    let sandbox = Sandbox::new(&[("a.txt", "x")]);
    let said = |expected: &str| {
        let ran = sandbox.ssot(&["check"]);
        assert_eq!(ran.code(), 2, "{}", ran.out());
        assert!(ran.err().contains(expected), "{expected:?}: {}", ran.err());
        assert!(ran.out().is_empty());
        assert_clean(&ran);
        let _ = std::fs::remove_dir_all(sandbox.at("ssot.yaml"));
        let _ = std::fs::remove_file(sandbox.at("ssot.yaml"));
    };
    said("there is no policy");
    sandbox.write("ssot.yaml/x", "");
    said("is a directory");
    symlink("a.txt", sandbox.at("ssot.yaml")).expect("a link");
    said("no regular file");
    let made = std::process::Command::new("mkfifo").arg(sandbox.at("ssot.yaml")).status().expect("mkfifo runs");
    assert!(made.success());
    said("no regular file");
    std::fs::create_dir(sandbox.at("ssot.yaml")).expect("a directory");
    said("ssot.yaml");
}

#[test]
fn hostile_policies_are_refused() {
    let rule = |rule: &str| format!("version: 1\nrules:\n  - {{id: a, {rule}}}\n").into_bytes();
    let nested = |count: usize| format!("{}b{}", "{a,".repeat(count), "}".repeat(count));
    let chain: String = (0..5_000).map(|n| format!("  f{n}: {{words: {{of: f{}}}}}\n", n + 1)).collect();
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"".into(), "is empty"),
        (b"# nothing\n".into(), "is empty"),
        (b"[]\n".into(), "expected a map"),
        (b"version: 1\n---\nversion: 1\n".into(), "one YAML document"),
        (b"version: \xff\n".into(), "not UTF-8"),
        (b"version: 1\0\n".into(), "unexpected character"),
        (b"version: 1\nab\x1b[31mout: 1\n".into(), "unexpected character"),
        (b"version: 1\n\"a\\e[31m\": 1\n".into(), "unknown key"),
        (b"version: 1\nrules: &a [*a]\n".into(), "alias inside"),
        ([b"version: 1\n".to_vec(), alias_bomb()].concat(), "aliases expand"),
        (["version: 1\nrules: ", &"[".repeat(100_000)].concat().into_bytes(), "recursion limit"),
        (["version: 1\nrules:\n  ", &"- ".repeat(100_000)].concat().into_bytes(), "recursion limit"),
        (vec![b' '; 2 << 20], "at most"),
        (rule("forbid: {text: \"((a{1000}){1000}){1000}\"}"), "size limit"),
        (rule("forbid: {path: \"((a{1000}){1000}){1000}\"}"), "size limit"),
        (rule(&format!("forbid: {{text: \"{}\"}}", "(".repeat(100_000))), "invalid regex"),
        (rule(&format!("forbid: {{files: \"{}\", text: x}}", nested(300))), "invalid glob"),
        (rule(&format!("forbid: {{files: \"{}\", text: x}}", nested(5_000))), "invalid glob"),
        (rule(&format!("forbid: {{files: \"{}\", text: x}}", "{a,b}".repeat(500))), "invalid glob"),
        (rule(&format!("home: {{files: a.txt, only-in: \"{}\"}}", nested(300))), "invalid glob"),
        (rule(&format!("forbid: {{path-refs: \"{}\"}}", nested(300))), "invalid glob"),
        (rule(&format!("forbid: {{files: x.json, data: \"$[?{}\"}}", "(".repeat(50_000))), "invalid JSONPath"),
        (rule(&format!("forbid: {{files: x.json, data: \"$[?{}\"}}", "@[?".repeat(50_000))), "invalid JSONPath"),
        (rule(&format!("forbid: {{code: {{pattern: \"{}\", language: python}}}}", "(".repeat(50_000))), "pattern"),
        (rule("sequence: {every: {path: \"(?P<number>x)\"}, width: 18446744073709551615}"), "`width`"),
        (rule("forbid: {text: x}, forbid: {text: y}"), "forbid"),
        (["version: 1\nfacts:\n".as_bytes(), chain.as_bytes(), b"  f5000: {values: [x]}\n"].concat(), "made of facts"),
        (b"version: 1\nfacts: {f: {words: {of: f}}}\nrules:\n  - {id: a, forbid: f}\n".into(), "made of itself"),
        (b"version: 1\nuse: [ssot.yaml]\n".into(), "uses itself"),
        (b"version: 1\nuse: [\"../*.yaml\"]\n".into(), "selects no file"),
    ];
    for (policy, expected) in cases {
        let sandbox = Sandbox::new(&[("ssot.yaml", &policy[..]), ("a.txt", b"x")]);
        let ran = sandbox.ssot(&["check"]);
        let head = String::from_utf8_lossy(&policy[..policy.len().min(120)]).into_owned();
        assert_eq!(ran.code(), 2, "{head:?}: {}", ran.out());
        assert!(ran.err().contains(expected), "{head:?}: {expected:?} is not in {}", ran.err());
        assert_clean(&ran);
    }
}

#[test]
fn what_a_policy_uses_comes_to_an_end() {
    let file = |uses: String| format!("version: 1\nuse: [\"{uses}\"]\n");
    let fan = (0..6).flat_map(|level| (0..8).map(move |n| (format!("p/{level}{n}.yaml"), format!("p/{}*.yaml", level + 1))));
    let chain = (0..1_500).map(|level| (format!("p/{level}.yaml"), format!("p/{}.yaml", level + 1)));
    let cycle = [("p/0.yaml", "p/1.yaml"), ("p/1.yaml", "p/0.yaml")].map(|(from, to)| (from.to_string(), to.to_string()));
    // The first file that is used, which file uses which, and what is said.
    type Case = (&'static str, Vec<(String, String)>, &'static str);
    let cases: [Case; 3] = [
        ("p/0*.yaml", fan.collect(), "more than"),
        ("p/0.yaml", chain.collect(), "deeper than"),
        ("p/0.yaml", cycle.into(), "uses itself"),
    ];
    for (first, files, expected) in cases {
        let sandbox = Sandbox::new(&[("ssot.yaml", file(first.into()))]);
        files.into_iter().for_each(|(path, uses)| sandbox.write(&path, file(uses)));
        sandbox.write("p/60.yaml", "version: 1\n");
        let ran = sandbox.ssot(&["check"]);
        assert!(ran.code() == 2 && ran.err().contains(expected), "{expected}: {}", &ran.err());
    }
    let pack =
        |uses: &str| format!("version: 1\ninputs: {{x: {{}}}}\nrules:\n  - {{id: a, why: \"{uses}\", forbid: {{text: q}}}}\n");
    let policy = format!("version: 1\nuse:\n  - {{pack: pack.yaml, with: {{x: \"{}\"}}}}\n", "y".repeat(100_000));
    let sandbox = Sandbox::new(&[("ssot.yaml", policy), ("pack.yaml", pack(&"${inputs.x}".repeat(50_000)))]);
    let ran = sandbox.ssot(&["check"]);
    assert!(ran.code() == 2 && ran.err().contains("the inputs fill in more"), "{}", ran.err());
}

#[test]
fn large_policies_are_judged() {
    let rules: String = (0..10_000).map(|n| format!("  - {{id: r{n}, forbid: {{text: \"never{n}\"}}}}\n")).collect();
    let sandbox = Sandbox::new(&[("ssot.yaml", format!("version: 1\nrules:\n{rules}")), ("a.txt", "never7\n".into())]);
    assert_eq!(sandbox.check().findings(), ["forbid/forbidden a.txt:1:1"]);
    let wide: String = (0..400)
        .map(|n| format!("  - {{id: r{n}, forbid: {{files: \"{}{n}\", path: x, optional: true}}}}\n", "*?".repeat(1_000)))
        .collect();
    let sandbox = Sandbox::new(&[("ssot.yaml", format!("version: 1\nrules:\n{wide}"))]);
    let ran = sandbox.ssot(&["check"]);
    assert!(ran.code() == 2 && ran.err().contains("too large to be matched together"), "{}", ran.err());
}

#[test]
fn large_files_are_judged_in_time() {
    let policy = "version: 1\nrules:\n  - {id: long, forbid: {files: long.txt, text: needle}}\n  - {id: many, forbid: {files: many.txt, text: x}}\n  \
                  - {id: once, unique: {every: {files: many.txt, text: x}}}\n  - {id: json, forbid: {files: min.json, data: $..needle}}\n";
    let sandbox = Sandbox::new(&[("ssot.yaml", policy)]);
    sandbox.write("long.txt", ["a".repeat(4 << 20), "needle".into()].concat());
    sandbox.write("many.txt", "x ".repeat(3_000));
    sandbox.write("min.json", format!("[{}{{\"needle\": 1}}]", "{\"a\":[1,2,3]},".repeat(50_000)));
    let ran = check_all(&sandbox);
    assert_eq!(ran.findings().len(), 1 + 3_000 + 2_999 + 1);
}

#[test]
fn names_that_lead_to_longer_ones_come_to_an_end() {
    let policy = "version: 1\nrules:\n  - {id: reads, forbid: {files: '**', env-reads: {}, optional: true}}\n";
    let stars: String = (0..40).map(|at| format!("use crate::K{at}::*;\n")).collect();
    let library = format!("{stars}pub mod a;\n");
    let user = "use crate::*;\npub fn f() { std::env::var(KEY); need(\"X\"); }\n";
    let sandbox = Sandbox::new(&[("ssot.yaml", policy), ("src/lib.rs", &library), ("src/a.rs", user)]);
    let ran = sandbox.ssot(&["check", "--format", "short"]);
    assert!(ran.code() == 3 || ran.out().contains("dynamic"), "{} {}", ran.out(), ran.err());
}

#[test]
fn values_of_dotenv_files_never_come_out() {
    const VALUE: &str = "hunter2topsecret";
    let policy = format!(
        "version: 1\nfacts:\n  keys: {{files: \".env*\", env-file: {{}}}}\n  text: {{files: \".env*\", text: \"hunter\\\\w+\"}}\n  \
         lines: {{files: \".env*\", text: \"(?P<k>[A-Z]+)=(?P<value>.*)\"}}\n  word: {{values: [{VALUE}]}}\n  \
         words: {{files: \".env*\", words: {{of: word}}}}\nrules:\n  - {{id: keys, forbid: keys}}\n  - {{id: text, forbid: text}}\n  \
         - {{id: lines, unique: {{every: [lines, text]}}}}\n  - {{id: by-text, unique: {{every: keys, by: text}}}}\n  \
         - {{id: some, subset: {{every: keys, by: text, in: {{values: [x]}}}}}}\n  - {{id: same, same: {{a: text, b: {{values: [x]}}}}}}\n  \
         - {{id: form, match: {{every: keys, by: text, is: integer}}}}\n  - {{id: order, sorted: {{every: lines, desc: true}}}}\n  \
         - {{id: there, exists: {{every: lines}}}}\n  - {{id: agree, agree: {{source: {{values: [x]}}, copies: lines}}}}\n"
    );
    let sandbox = Sandbox::new(&[("ssot.yaml", policy.as_str())]);
    sandbox.write(".env", format!("A={VALUE}\nB=\"{VALUE}\"\nexport C='{VALUE}\n{VALUE}' # {VALUE}\n{VALUE}\n"));
    sandbox.write(".env.local", format!("D={VALUE}\r\n"));
    let formats = [["check", "--format", "human"], ["check", "--format", "short"], ["check", "--format", "json"]];
    let lists = [["facts", "--format", "json"], ["facts", "--format", "human"], ["rules", "--format", "json"]];
    for arguments in formats.iter().chain(&lists) {
        let ran = sandbox.ssot(arguments);
        // The policy's own list of values may be shown at its own place; a line that shows a dotenv file may not.
        let leaks: Vec<String> =
            (ran.out() + &ran.err()).lines().filter(|line| line.contains(VALUE)).map(str::to_string).collect();
        let from_policy = |line: &String| line.contains("word: {values") || line.contains("ssot.yaml:");
        let leaks: Vec<_> = leaks.into_iter().filter(|line| arguments[0] == "check" || !from_policy(line)).collect();
        let allowed = if arguments == &["facts", "--format", "json"] { 1 } else { 0 };
        assert!(leaks.len() <= allowed, "{arguments:?}: {leaks:#?}");
        assert_clean(&ran);
    }
    assert!(sandbox.check().findings().len() > 10, "{:#?}", sandbox.check().findings());
}

#[test]
fn hostile_command_lines_are_diagnosed() {
    let sandbox = Sandbox::git(&[("ssot.yaml", "version: 1\nrules: []\n"), ("a.txt", "x"), ("dir/b.txt", "x")]);
    let cases: &[(&[&str], &str)] = &[
        (&["check", "../x"], "outside of the tree"),
        (&["check", "/etc/passwd"], "outside of the tree"),
        (&["check", "no-such-file"], "matches no file"),
        (&["check", "dir/../../x"], "outside of the tree"),
        (&["check", "a\x1b[31m"], "matches no file"),
        (&["check", "--root", "a.txt"], "is no directory"),
        (&["check", "--root", "no-such"], "does not exist"),
        (&["check", "--policy", "no-such"], "cannot be read"),
        (&["check", "--policy", "dir"], "no regular file"),
        (&["check", "--policy", "/dev/zero"], "no regular file"),
        (&["check", "--rev", "no-such"], "no-such"),
        (&["check", "--rev", "-x"], "-x"),
        (&["check", "--format", "json", "--format", "short"], "only one format"),
        (&["check", "--format", "jsom"], "did you mean `json`?"),
        (&["check", "--format", "json=no/such/dir/x"], "cannot write"),
        (&["check", "--format", "json=dir"], "cannot write"),
        (&["check", "--format", "json="], "cannot write"),
        (&["check", "--rule", "x"], "no rule `x`"),
        (&["check", "--now", "soon"], "no time"),
        (&["check", "--threads", "many"], "threads"),
        (&["check", "--staged", "--rev", "HEAD"], "cannot be used with"),
        (&["facts", "x"], "no fact `x`"),
        (&["explain", "x/y"], "no page"),
        (&["no-such-command"], "unrecognized"),
        (&[], "Usage"),
    ];
    for (arguments, expected) in cases {
        let ran = sandbox.ssot(arguments);
        assert_eq!(ran.code(), 2, "{arguments:?}: {} {}", ran.out(), ran.err());
        assert!(ran.err().contains(expected), "{arguments:?}: {expected:?} is not in {}", ran.err());
        assert!(ran.out().is_empty(), "{arguments:?}: {}", ran.out());
        assert_clean(&ran);
    }
    let mut left: Vec<_> =
        std::fs::read_dir(sandbox.path()).expect("it is there").map(|entry| entry.expect("read").file_name()).collect();
    left.sort();
    assert_eq!(left, [".git", "a.txt", "dir", "ssot.yaml"], "a report that cannot be written leaves nothing");
}

#[test]
fn a_report_is_written_whole_or_not_at_all() {
    let sandbox =
        Sandbox::new(&[("ssot.yaml", "version: 1\nrules:\n  - {id: a, forbid: {files: a.txt, text: x}}\n"), ("a.txt", "x")]);
    let ran = sandbox.ssot(&["check", "--format", "json=out.json", "--format", "short=out.txt"]);
    assert_eq!(ran.code(), 1);
    let text = std::fs::read_to_string(sandbox.at("out.json")).expect("it is written");
    assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    sandbox.ssot(&["check", "--format", "json=out.json"]);
    assert_eq!(std::fs::read_to_string(sandbox.at("out.txt")).expect("written").lines().count(), 1);
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let sandbox = Sandbox::new(&[("ssot.yaml", "version: 1\nrules:\n  - {id: a, forbid: {files: a.txt, text: x}}\n")]);
    sandbox.write("a.txt", "x\n".repeat(20_000));
    for format in ["human", "short", "json"] {
        let mut child = command(sandbox.path(), &["check", "--format", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.stderr, b"", "{format}");
        assert!(matches!(output.status.code(), Some(0 | 1)), "{format}: {}", output.status);
    }
    for arguments in [&["schema"][..], &["explain"], &["facts"], &["rules"], &["--help"]] {
        let mut shell = command(sandbox.path(), arguments);
        shell.stdout(Stdio::piped());
        let mut child = shell.stderr(Stdio::piped()).spawn().expect("it starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"), "{arguments:?}");
    }
}

#[test]
fn the_environment_of_git_does_not_lead_astray() {
    let sandbox = Sandbox::git(&[("ssot.yaml", "version: 1\nrules: []\n")]);
    sandbox.commit();
    let mut run = command(sandbox.path(), &["check"]);
    run.env("GIT_EXTERNAL_DIFF", "/bin/false").env("GIT_PAGER", "/bin/false");
    assert_eq!(finish(run).code(), 0);
    // A repository's own configuration is never executed.
    let trap = sandbox.at("trap");
    for key in ["core.fsmonitor", "core.sshCommand", "diff.external", "core.pager", "core.hooksPath", "filter.x.clean"] {
        sandbox.run_git(&["config", key, &format!("touch {}", trap.display())]);
    }
    sandbox.write(".gitattributes", "* filter=x diff=x\n");
    assert_eq!(ssot(sandbox.path(), &["check"]).code(), 0);
    assert_eq!(ssot(sandbox.path(), &["check", "--staged"]).code(), 0);
    assert!(!trap.exists());
}

#[test]
fn hostile_documents_are_judged_in_time() {
    let policy = "version: 1
settings: {max-file-bytes: 16777216}
rules:
  - {id: links, links: {files: '*.md'}}
  - {id: trees, exists: {every: {files: '*.md', markdown: tree, optional: true}}}
  - {id: paths, exists: {every: {files: '*.md', markdown: code-paths, optional: true}}}
  - {id: tables, unique: {every: {files: '*.md', markdown: {table: a}, optional: true}}}
";
    let size = 200_000;
    for (name, unit) in [
        ("brackets", "["),
        ("images", "![a]("),
        ("lists", "- "),
        ("quotes", "> "),
        ("soup", "<p><a href='x'><img src=\"y\"><b>é<"),
        ("comments", "<!-- "),
        ("code", "`a/b.c` "),
        ("drawing", "    ├── a/\n    │   "),
        ("deeper", "```\n│   ├── a\n"),
        ("table", "|a|b|\n|-|-|\n|`x`|y\n"),
        ("headings", "# é\n"),
        ("definitions", "[a]: b\n[a]\n"),
    ] {
        let sandbox = Sandbox::new(&[("ssot.yaml", policy.to_string()), ("a.md", unit.repeat(size / unit.len()))]);
        let ran = sandbox.ssot(&["check", "--format", "short"]);
        assert!(matches!(ran.code(), 0 | 1), "{name}: {}", ran.err());
    }
    let deep: String = (0..1_500).map(|level| format!("{}├── a\n", "│   ".repeat(level))).collect();
    let sandbox = Sandbox::new(&[("ssot.yaml", policy.to_string()), ("a.md", format!("```\n{deep}```\n"))]);
    assert_clean(&sandbox.ssot(&["check", "--format", "short"]));
}

#[test]
fn paths_of_other_files_come_to_an_end() {
    let policy =
        "version: 1\nrules:\n  - {id: paths, exists: {every: {files: '**', path-refs: 'data/*.json', optional: true}}}\n";
    let many = |count: usize, one: &dyn Fn(usize) -> String| (0..count).map(one).collect::<String>();
    let sandbox = Sandbox::new(&[("ssot.yaml", policy)]);
    sandbox.write("names.py", format!("MANY = [{}]\nDATA = 'data'\n", many(20_000, &|n| format!("'n{n}', "))));
    sandbox.write("use.py", "from names import MANY, DATA\nfor m in MANY: open(f'{DATA}/{m}.json')\nopen(DATA + '/x.json')\n");
    // Circles, and names that double from file to file.
    for n in 0..40 {
        let next = (n + 1) % 40;
        let text = format!(
            "from c{next} import C\nfrom d{next} import *\nC = C + '/c'\nD{n} = D{next} + D{next} + '/d'\nE = ['a', *E]\n"
        );
        sandbox.write(&format!("c{n}.py"), &text);
        sandbox.write(&format!("d{n}.py"), format!("from c{next} import *\nfrom d{next} import *\nopen('data/' + C + D{n})\n"));
    }
    let names =
        many(3_000, &|n| format!("from names import DATA as N{n}\nN{n}_ = N{n} + '/x{n}'\nopen(N{n} + '/' + N{n}_ + '.json')\n"));
    sandbox.write("many.py", names);
    let deep = "a.".repeat(20_000);
    sandbox.write(
        "deep.py",
        format!("import a\nopen({deep}b + '/data/x.json')\nopen({}a{})\n", "(".repeat(20_000), ")".repeat(20_000)),
    );
    let ran = check_all(&sandbox);
    let dangling = ran.findings();
    assert!(dangling.iter().any(|finding| finding.contains("use.py")), "{dangling:?}");
    assert!(ran.out().contains("use.py") && ran.out().contains("dynamic"), "{}", ran.out());
}
