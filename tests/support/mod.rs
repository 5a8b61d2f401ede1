//! What the tests share: repositories in temporary directories, the program under a time limit, and the library on trees in
//! memory.
#![allow(dead_code, reason = "each test file uses its own part")]

pub mod labels;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use ssot::report::Report;
use ssot::tree::MemoryTree;
use ssot::{Check, Error};

/// No run may take longer, however hostile its input: a dev build on a busy machine included.
const LIMIT: Duration = Duration::from_secs(20);

/// What a run of the program left behind.
pub struct Ran {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Ran {
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or(-1)
    }

    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.out(), self.err()))
    }

    /// `code path:line:column` of each finding, in order.
    pub fn findings(&self) -> Vec<String> {
        let findings = self.json()["findings"].as_array().cloned().unwrap_or_default();
        findings
            .iter()
            .map(|finding| format!("{} {}", finding["code"].as_str().unwrap_or_default(), shown(&finding["place"])))
            .collect()
    }

    /// `reason path` of each unjudged place, in order.
    pub fn unjudged(&self) -> Vec<String> {
        let unjudged = self.json()["unjudged"].as_array().cloned().unwrap_or_default();
        unjudged
            .iter()
            .map(|one| {
                format!("{} {}", one["reason"].as_str().unwrap_or_default(), one["place"]["path"].as_str().unwrap_or_default())
            })
            .collect()
    }
}

/// A place of a JSON report as `path`, or `path:line:column`.
fn shown(place: &Value) -> String {
    let path = place["path"].as_str().unwrap_or_default();
    match (&place["line"], &place["column"]) {
        (Value::Null, _) => path.to_string(),
        (line, column) => format!("{path}:{line}:{column}"),
    }
}

/// The program, set up to run in `directory` without anything of the caller's environment that could matter.
pub fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = isolated(env!("CARGO_BIN_EXE_ssot"), directory);
    command.args(arguments);
    command
}

/// Runs the program; fails the test where it does not end in time or panics.
pub fn ssot(directory: &Path, arguments: &[&str]) -> Ran {
    finish(command(directory, arguments))
}

/// Runs `command` to its end, with its output read on the side; kills it, and fails the test, where it takes too long.
pub fn finish(mut command: Command) -> Ran {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let (stdout, stderr) = (drain(child.stdout.take()), drain(child.stderr.take()));
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("the child can be asked") {
            break status;
        }
        if started.elapsed() > LIMIT {
            child.kill().expect("the child can be ended");
            child.wait().expect("the child ends");
            panic!("{command:?} does not end within {LIMIT:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let text = |reader: std::thread::JoinHandle<Vec<u8>>| reader.join().expect("output can be read");
    let ran = Ran { status, stdout: text(stdout), stderr: text(stderr) };
    assert!(matches!(ran.code(), 0..=2) && !ran.err().contains("panicked"), "{command:?}: {status}\n{}", ran.err());
    ran
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

fn isolated(program: &str, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(directory).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", "/nonexistent").env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CEILING_DIRECTORIES", "/tmp");
    command.env("SOURCE_DATE_EPOCH", "1767225600");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "t").env(format!("GIT_{who}_EMAIL"), "t@example.com");
        command.env(format!("GIT_{who}_DATE"), "2026-01-01T00:00:00Z");
    }
    command
}

/// A temporary directory, which goes away with it.
pub struct Sandbox(tempfile::TempDir);

impl Sandbox {
    /// A directory with those files.
    pub fn new<C: AsRef<[u8]>>(files: &[(&str, C)]) -> Self {
        let sandbox = Sandbox(tempfile::tempdir().expect("a temporary directory"));
        for (path, content) in files {
            sandbox.write(path, content);
        }
        sandbox
    }

    /// A git repository with those files, not committed.
    pub fn git<C: AsRef<[u8]>>(files: &[(&str, C)]) -> Self {
        let sandbox = Sandbox::new(files);
        sandbox.run_git(&["init", "-q", "-b", "main"]);
        sandbox
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn at(&self, path: &str) -> PathBuf {
        self.path().join(path)
    }

    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.at(path);
        std::fs::create_dir_all(path.parent().expect("inside the sandbox")).expect("directories can be made");
        std::fs::File::create(path).and_then(|mut file| file.write_all(content.as_ref())).expect("files can be written");
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn remove(&self, path: &str) {
        std::fs::remove_file(self.at(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    pub fn run_git(&self, arguments: &[&str]) {
        let output = isolated("git", self.path()).args(arguments).output().expect("git runs");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Commits everything.
    pub fn commit(&self) {
        self.run_git(&["add", "-A"]);
        self.run_git(&["commit", "-q", "--allow-empty", "-m", "state"]);
    }

    pub fn ssot(&self, arguments: &[&str]) -> Ran {
        ssot(self.path(), arguments)
    }

    /// `ssot check --format json`.
    pub fn check(&self) -> Ran {
        self.ssot(&["check", "--format", "json"])
    }
}

/// A tree as a test makes it up.
pub type Files = BTreeMap<String, String>;

/// Runs the library on a tree in memory, whose policy is its `ssot.yaml`.
pub fn run(files: &Files) -> Result<Report, Error> {
    Check::of_trees(Arc::new(memory(files)), None).run()
}

pub fn memory(files: &Files) -> MemoryTree {
    MemoryTree::new(files.iter().map(|(path, content)| (path.as_str(), content.as_bytes())))
}

/// A report as `--format json` writes it.
pub fn as_json(report: &Report) -> Value {
    let mut out = Vec::new();
    ssot::report::json(report, &mut out).expect("memory can be written");
    serde_json::from_slice(&out).expect("a report is JSON")
}
