//! A generated repository that looks like a service's: the same bytes for the same number of files.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{Failure, run};

/// Environment keys that the generated code reads.
const KEYS: usize = 50;
/// Files that the last commit edits, and what is staged edits again.
const EDITED: usize = 10;
/// An index beside git's own, in which they are staged.
pub const STAGED: &str = "index-staged";
/// Rules of the policy that looks for words.
const WORDS: usize = 20;

/// The repository of that size below `folder`, made now if it is not there; its policies lie beside it.
///
/// # Errors
/// What cannot be written; git.
pub fn at(folder: &Path, files: usize) -> Result<PathBuf, Failure> {
    let root = folder.join(format!("service-{files}"));
    let broken = |error: std::io::Error| Failure::Broken(format!("`{}`: {error}", root.display()));
    policies(&root.with_extension("policies")).map_err(broken)?;
    // What is staged comes last: with it the repository is whole.
    if root.join(".git").join(STAGED).is_file() {
        return Ok(root);
    }
    if root.exists() {
        std::fs::remove_dir_all(&root).map_err(broken)?;
    }
    generated(&root, |root: &Path| {
        (0..files).try_for_each(|at| {
            let (path, text) = file(at);
            write(&root.join(path), &text)
        })
    })?;
    let edit =
        |text: &str| (0..EDITED).try_for_each(|at| append(&root.join(file(at * (files / EDITED) + 18).0), text)).map_err(broken);
    edit("\n")?;
    git(&root, &["commit", "--quiet", "--all", "--message", "Edited"])?;
    let staged = root.join(".git").join(STAGED);
    let part = staged.with_extension("part");
    std::fs::copy(root.join(".git/index"), &part).map_err(broken)?;
    edit("\n\n")?;
    run(Command::new("git").args(["add", "--update"]).current_dir(&root).env("GIT_INDEX_FILE", &part))?;
    git(&root, &["checkout", "--quiet", "--", "."])?;
    std::fs::rename(part, staged).map_err(broken)?;
    Ok(root)
}

/// Writes a repository and commits it, unless it is there.
///
/// # Errors
/// What cannot be written; git.
pub fn generated(root: &Path, files: impl Fn(&Path) -> std::io::Result<()>) -> Result<(), Failure> {
    // With its first commit it is whole.
    if root.join(".git/logs/HEAD").is_file() {
        return Ok(());
    }
    println!("writing {}", root.display());
    files(root).map_err(|error| Failure::Broken(format!("`{}`: {error}", root.display())))?;
    git(root, &["init", "--quiet", "--initial-branch=main"])?;
    git(root, &["add", "--all"])?;
    git(root, &["commit", "--quiet", "--message", "Generated"])
}

fn git(root: &Path, arguments: &[&str]) -> Result<(), Failure> {
    let identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "commit.gpgSign=false"];
    run(Command::new("git").args(identity).args(["-c", "gc.auto=0"]).args(arguments).current_dir(root))
}

fn append(path: &Path, text: &str) -> std::io::Result<()> {
    let content = std::fs::read(path)?;
    std::fs::write(path, [content.as_slice(), text.as_bytes()].concat())
}

/// The words that the text rules forbid; no generated file holds one.
pub fn words() -> impl Iterator<Item = String> {
    (0..WORDS).map(|at| format!("forbidden_{}_word", (b'a' + at as u8) as char))
}

fn policies(folder: &Path) -> std::io::Result<()> {
    let keys: Vec<String> = (0..KEYS).map(|at| format!("KEY_{at}")).collect();
    let declared = |language: &str, glob: &str| {
        format!(
            "version: 1\nrules:\n  - id: {language}-keys-are-declared\n    subset: {{every: {{files: \"{glob}\", env-reads: {{}}}}, \
             in: {{values: [{}]}}}}\n",
            keys.join(", ")
        )
    };
    let paths = "version: 1\nrules:\n  - {id: sql-has-a-home, home: {files: \"**/*.sql\", only-in: \"area*/migrations\"}}\n  \
                 - {id: numbers-differ, unique: {every: {path: '/(?P<value>\\d+)_[a-z]+\\.sql$'}}}\n  \
                 - {id: no-backups, forbid: {files: [\"**/*.orig\", \"**/*.bak\"], path: ., optional: true}}\n";
    let mut texts = String::from("version: 1\nrules:\n");
    for (at, word) in words().enumerate() {
        let _ = writeln!(texts, "  - {{id: word-{at}, forbid: {{text: {word}}}}}");
    }
    let changes = format!(
        "{paths}  - {{id: applied, frozen: {{files: \"**/migrations/*.sql\"}}}}\n  - {{id: order, sequence: {{every: {{files: \
         \"**/migrations/*.sql\", path: '/(?P<number>\\d+)_[a-z]+\\.sql$'}}, gaps: allow, start: any}}}}\n  - {{id: together, together: \
         {{when: \"**/*.yaml\", then: \"**/*.md\", on: added}}}}\n  - {{id: versions, bump: {{files: \"**/values_*.yaml\", version: \
         {{at: \"$.key1.tag\", scheme: integer}}}}}}\n"
    );
    write(&folder.join("changes.yaml"), &changes)?;
    write(&folder.join("paths.yaml"), paths)?;
    write(&folder.join("python.yaml"), &declared("python", "**/*.py"))?;
    write(&folder.join("typescript.yaml"), &declared("typescript", "**/*.ts"))?;
    write(&folder.join("texts.yaml"), &texts)
}

/// Of twenty files eight are Python, six TypeScript, three JSON, one SQL, one YAML, one Markdown.
fn file(at: usize) -> (String, String) {
    let folder = format!("area{}/module{}", at % 40, at % 900);
    match at % 20 {
        0..8 => (format!("{folder}/handler_{at}.py"), python(at)),
        8..14 => (format!("{folder}/view_{at}.ts"), typescript(at)),
        14..17 => (
            format!("{folder}/data_{at}.json"),
            format!("{{\n{}  \"last\": {at}\n}}\n", repeated(40, |n| format!("  \"key{n}\": \"value {n}\",\n"))),
        ),
        17 => (format!("area{}/migrations/{at:06}_step.sql", at % 40), format!("create table t{at} (id bigint primary key);\n")),
        18 => (format!("{folder}/values_{at}.yaml"), repeated(60, |n| format!("key{n}: {{image: app, tag: {n}}}\n"))),
        _ => (format!("{folder}/note_{at}.md"), repeated(30, |n| format!("Paragraph {n} says what the module is for.\n\n"))),
    }
}

fn python(at: usize) -> String {
    let functions = repeated(12, |n| {
        format!(
            "def handle_{n}(request, limit={n}):\n    rows = [row for row in request.rows if row.size < limit]\n    \
             # Rows come in the order of their keys.\n    return {{\"count\": len(rows), \"first\": rows[0] if rows else None}}\n\n\n"
        )
    });
    format!("import os\nimport logging\n\nVALUE = os.environ[\"KEY_{}\"]\n\n\n{functions}", at % KEYS)
}

fn typescript(at: usize) -> String {
    let head = match at % 10 {
        9 => format!("const value = process.env.KEY_{};\n", at % KEYS),
        _ => "const value = 1;\n".into(),
    };
    let functions = repeated(12, |n| {
        format!(
            "export function view{n}(rows: Row[]): number {{\n  // Only rows that are shown count.\n  return rows.filter((row) => row.size < {n}).length;\n}}\n\n"
        )
    });
    head + &functions
}

fn repeated(times: usize, item: impl Fn(usize) -> String) -> String {
    (0..times).map(item).collect()
}

pub fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text)
}
