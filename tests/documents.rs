//! Documents as a user meets them: fixes that mend links and copies, renames, and what cannot be judged.

mod support;

use support::Sandbox;

const LINKS: &str = "version: 1\nrules: [{id: links, links: {files: '**/*.md'}}]\n";

/// Applies the fixes, and expects silence afterwards and nothing more to do.
fn mended(sandbox: &Sandbox, path: &str) -> String {
    let fixed = sandbox.ssot(&["fix"]);
    assert!(matches!(fixed.code(), 0), "{}{}", fixed.out(), fixed.err());
    assert_eq!(sandbox.check().findings(), [""; 0]);
    let text = std::fs::read_to_string(sandbox.at(path)).expect("the file is there");
    sandbox.ssot(&["fix"]);
    assert_eq!(std::fs::read_to_string(sandbox.at(path)).expect("the file is there"), text);
    text
}

#[test]
fn a_link_follows_its_file() {
    let page = "# P\n\n[a](guide.md#one), ![b](./img/old%20name.png), <img src=\"/docs/guide.md?raw=1\"> and [c][ref].\n\n[ref]: <guide.md> 't'\n";
    let sandbox = Sandbox::git(&[
        ("ssot.yaml", LINKS),
        ("docs/page.md", page),
        ("docs/guide.md", "# One\n"),
        ("docs/img/old name.png", "png"),
    ]);
    sandbox.commit();
    assert_eq!(sandbox.check().findings(), [""; 0]);
    std::fs::create_dir(sandbox.at("manual")).expect("a directory can be made");
    sandbox.run_git(&["mv", "docs/guide.md", "manual/guide.md"]);
    sandbox.run_git(&["mv", "docs/img/old name.png", "docs/img/new (name).png"]);
    assert_eq!(sandbox.check().findings().len(), 4);
    let expected = page
        .replace("(guide.md#one)", "(../manual/guide.md#one)")
        .replace("old%20name", "new%20%28name%29")
        .replace("/docs/guide.md?raw=1", "/manual/guide.md?raw=1")
        .replace("<guide.md>", "<../manual/guide.md>");
    assert_eq!(mended(&sandbox, "docs/page.md"), expected);
}

#[test]
fn an_anchor_is_written_as_github_makes_it() {
    let page = "[a](#What's-new?) and [b](other.md#Set%20up)\n\n## What's new?\n";
    let sandbox = Sandbox::git(&[("ssot.yaml", LINKS), ("a.md", page), ("other.md", "# Set up\n")]);
    assert_eq!(mended(&sandbox, "a.md"), "[a](#whats-new) and [b](other.md#set-up)\n\n## What's new?\n");
}

#[test]
fn several_files_of_a_name_leave_no_right_answer() {
    let sandbox = Sandbox::git(&[("ssot.yaml", LINKS), ("a.md", "[x](x.md)\n"), ("b/x.md", ""), ("c/x.md", "")]);
    let ran = sandbox.check();
    let finding = &ran.json()["findings"][0];
    assert!(finding["fix"].is_null(), "{finding}");
    assert_eq!(finding["related"].as_array().map(Vec::len), Some(2));
}

#[test]
fn copies_in_documents_are_written_anew() {
    let policy = "version: 1
rules:
  - id: copied
    agree:
      source: {files: src/config.py, text: '(?s)# region\\n(?<value>.*?)\\n# endregion'}
      copies: {files: README.md, text: '(?s)```py\\n(?<value>.*?)\\n```'}
  - id: counted
    agree:
      source: {dirs: 'projects/*'}
      copies: {files: README.md, text: '(?<value>[\\d,]+) projects'}
      compare: count
";
    let sandbox = Sandbox::git(&[
        ("ssot.yaml", policy),
        ("src/config.py", "# region\nA = 1\nB = \"2\"\n# endregion\n"),
        ("README.md", "# R\n\nWe have 3 projects.\n\n```py\nA = 0\n```\n"),
        ("projects/a/x", "x"),
        ("projects/b/x", "x"),
    ]);
    assert_eq!(mended(&sandbox, "README.md"), "# R\n\nWe have 2 projects.\n\n```py\nA = 1\nB = \"2\"\n```\n");
}

#[test]
fn links_into_other_documents_read_just_those() {
    let policy = "version: 1\nrules: [{id: links, links: {files: README.md}}]\n";
    let sandbox = Sandbox::git(&[
        ("ssot.yaml", policy),
        ("README.md", "[a](docs/a.md#one) [b](docs/a.md#two) [c](docs/broken.md#x) [d](vendor/x.md)\n"),
        ("docs/a.md", "# One\n[dead](nowhere.md)\n"),
        ("docs/b.md", "# Unread\n"),
    ]);
    sandbox.write("docs/broken.md", b"# \xff\n");
    let ran = sandbox.check();
    assert_eq!(ran.findings(), ["links/dead-anchor README.md:1:24", "links/dead-link README.md:1:65"]);
    assert_eq!(ran.unjudged(), ["incomplete-truth README.md"]);
}

#[test]
fn what_a_document_says_in_a_broken_encoding_is_unjudged() {
    let policy = "version: 1\nrules: [{id: trees, exists: {every: {files: '*.md', markdown: tree, optional: true}}}]\n";
    let sandbox = Sandbox::new(&[("ssot.yaml", policy), ("a.md", "```\n.\nâ”œâ”€â”€ src\nâ””â”€â”€ gone\n```\n")]);
    let ran = sandbox.check();
    assert_eq!((ran.findings(), ran.unjudged()), (vec![], vec!["unparsable a.md".to_string()]));
}

#[test]
fn what_lies_beyond_a_submodule_or_a_link_is_unjudged() {
    let sandbox = Sandbox::git(&[("ssot.yaml", LINKS), ("a.md", "[x](other/x.md) [y](there/y.md) [z](other)\n")]);
    let other = Sandbox::git(&[("x.md", "x")]);
    other.commit();
    let from = other.path().to_string_lossy().into_owned();
    sandbox.run_git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &from, "other"]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("/tmp", sandbox.at("there")).expect("a link can be made");
    let ran = sandbox.check();
    assert_eq!((ran.findings(), ran.unjudged()), (vec![], vec!["unreachable a.md".to_string(); 2]));
}

#[test]
fn tables_bring_their_own_captures() {
    let policy = "version: 1
facts:
  terms: {files: '*.md', markdown: {table: Term, heading: Glossary}}
  listed: {files: '*.md', markdown: {code-lines: {lang: txt}}, optional: true}
rules:
  - {id: states, match: {every: terms, by: is-it-done, regex: 'yes|no'}}
  - {id: order, sorted: {every: terms}}
  - {id: told, assert: {every: terms, that: 'it.meaning != \"\"'}}
  - {id: files, exists: {every: listed}}
";
    let page = "# Glossary\n\n| Term | Meaning | Is it done? |\n|---|---|---|\n| `b` | two | yes |\n| a | | maybe |\n\n```txt\na.md\nb.md\n```\n";
    let sandbox = Sandbox::new(&[("ssot.yaml", policy), ("a.md", page)]);
    let expected = ["sorted/unsorted a.md:6:3", "match/mismatch a.md:6:3", "assert/failed a.md:6:3", "exists/dangling a.md:10:1"];
    assert_eq!(sandbox.check().findings(), expected);
}
