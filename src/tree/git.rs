//! The one room that runs the `git` program.
//!
//! The repository under check is hostile: whatever its configuration names (monitors, hooks, filters, helpers, remotes) is
//! switched off here, for every command; no command writes, and none uses the network.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::{TreeError, disk};

/// What overrides the judged repository's configuration.
const CONFIG: [&str; 7] = [
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.sshCommand=false",
    "core.askPass=",
    "credential.helper=",
    "protocol.allow=never",
];

/// No lazy fetching (older versions that do not know the word find all protocols forbidden), no lock files, English messages,
/// and objects that are what their ids say.
const ENVIRONMENT: [(&str, &str); 7] = [
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("LC_ALL", "C"),
    ("LANGUAGE", "C"),
];

/// No configuration and attributes but those of the repository itself.
const ISOLATION: [(&str, &str); 3] =
    [("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_ATTR_NOSYSTEM", "1")];

/// Git can wait for ever at a FIFO of these names.
const READ_BY_GIT: [&str; 4] = [".gitignore", ".gitattributes", "exclude", "attributes"];

/// Where `git` runs, and with which variables beside the fixed ones.
#[derive(Clone, Debug)]
pub(super) struct Git {
    directory: PathBuf,
    variables: Vec<(&'static str, OsString)>,
    /// Whether nothing of the caller's environment and configuration counts.
    isolated: bool,
}

/// What a command said, whether or not it succeeded.
pub(super) struct Answer {
    pub success: bool,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Git {
    /// `git` in `directory`, which finds its repository by itself and by the environment.
    pub fn at(directory: PathBuf) -> Self {
        Git { directory, variables: Vec::new(), isolated: false }
    }

    /// The same without whatever the caller's environment and the machine's configuration say.
    pub fn isolated(directory: PathBuf) -> Self {
        let git = Git { isolated: true, ..Git::at(directory) };
        ISOLATION.iter().fold(git, |git, (name, value)| git.with(name, value))
    }

    /// The same with one more variable.
    pub fn with(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    /// A command that runs nothing but git itself; standard input is closed.
    pub fn command<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        let mut command = Command::new("git");
        command.arg("--no-pager");
        for setting in CONFIG {
            command.args(["-c", setting]);
        }
        if self.isolated {
            command.args(["-c", "core.attributesFile=/dev/null"]);
            for name in std::env::vars_os().map(|(name, _)| name).filter(is_of_git) {
                command.env_remove(name);
            }
        }
        command.args(args).current_dir(&self.directory).stdin(Stdio::null());
        command.envs(ENVIRONMENT).envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command to its end.
    ///
    /// # Errors
    /// Where `git` cannot be started; a command that fails is an [`Answer`].
    pub fn ask<S: AsRef<OsStr>>(&self, args: &[S]) -> Result<Answer, TreeError> {
        let output = self.command(args).output().map_err(not_started)?;
        Ok(Answer { success: output.status.success(), stdout: output.stdout, stderr: output.stderr })
    }

    /// The standard output of a command that has to succeed.
    ///
    /// # Errors
    /// Where `git` cannot be started, and git's first line of complaint.
    pub fn run<S: AsRef<OsStr>>(&self, args: &[S]) -> Result<Vec<u8>, TreeError> {
        self.ask(args)?.into_output()
    }

    /// As [`ask`](Self::ask), with `input` on its standard input; `None` where it is ended because it takes longer than `patience`.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn ask_within<S: AsRef<OsStr>>(&self, args: &[S], input: &[u8], patience: Duration) -> Result<Option<Answer>, TreeError> {
        let mut command = self.command(args);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(not_started)?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (done, ended) = mpsc::channel();
        thread::scope(|scope| {
            // An error means that it has ended, which its status tells better.
            scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
            let complaints = scope.spawn(move || read_all(stderr));
            let output = scope.spawn(move || {
                let bytes = read_all(stdout);
                let _ = done.send(());
                bytes
            });
            if ended.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
                let _ = child.kill();
                let _ = child.wait();
                return Ok(None);
            }
            let success = child.wait().is_ok_and(|status| status.success());
            let (stdout, stderr) = (joined(output)?, joined(complaints)?);
            Ok(Some(Answer { success, stdout, stderr }))
        })
    }

    /// As [`ask`](Self::ask), for commands that read the ignore and attribute files below `top`, any of which may be a FIFO.
    ///
    /// # Errors
    /// As [`ask`](Self::ask), and where git waits for a FIFO.
    pub fn ask_watched<S: AsRef<OsStr>>(&self, args: &[S], top: &Path) -> Result<Answer, TreeError> {
        let child = self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(not_started)?;
        watch(child, top)
    }
}

impl Answer {
    /// The standard output of a command that succeeded.
    ///
    /// # Errors
    /// Git's first line of complaint.
    pub fn into_output(self) -> Result<Vec<u8>, TreeError> {
        match self.success {
            true => Ok(self.stdout),
            false => Err(TreeError::new(format!("git: {}", self.complaint()))),
        }
    }

    /// Git's first line of complaint, without its prefix, and safe to show.
    pub fn complaint(&self) -> String {
        let text = String::from_utf8_lossy(&self.stderr);
        let complaint = ["fatal: ", "error: "].iter().find_map(|prefix| text.lines().find_map(|line| line.strip_prefix(prefix)));
        match complaint.or_else(|| text.lines().next()) {
            Some(line) => shown(line),
            None => "failed without a message".into(),
        }
    }
}

/// Text of the repository or of git, of one line, without control characters, and of bearable length.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(400).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// The error of a `git` that did not start.
pub(super) fn not_started(error: io::Error) -> TreeError {
    match error.kind() {
        io::ErrorKind::NotFound => {
            TreeError::new("the program `git` was not found").with_help("install git, and see that `PATH` names its directory")
        }
        _ => TreeError::new(format!("the program `git` cannot be started: {error}")),
    }
}

fn is_of_git(name: &OsString) -> bool {
    name.to_string_lossy().starts_with("GIT_")
}

fn watch(mut child: Child, top: &Path) -> Result<Answer, TreeError> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (done, ended) = mpsc::channel();
    thread::scope(|scope| {
        let complaints = scope.spawn(move || read_all(stderr));
        let output = scope.spawn(move || {
            let bytes = read_all(stdout);
            // The receiver is gone only after an error, when nobody waits any more.
            let _ = done.send(());
            bytes
        });
        let mut patience = Duration::from_secs(1);
        while ended.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
            if let Some(fifo) = awaited_fifo(top) {
                // Errors mean that it has ended.
                let _ = child.kill();
                let _ = child.wait();
                return Err(waits_for(&fifo));
            }
            patience *= 2;
        }
        let success = child.wait().is_ok_and(|status| status.success());
        let (stdout, stderr) = (joined(output)?, joined(complaints)?);
        Ok(Answer { success, stdout, stderr })
    })
}

fn read_all(pipe: Option<impl Read>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    pipe.map_or(Ok(0), |mut pipe| pipe.read_to_end(&mut bytes))?;
    Ok(bytes)
}

fn joined(reader: thread::ScopedJoinHandle<'_, io::Result<Vec<u8>>>) -> Result<Vec<u8>, TreeError> {
    match reader.join() {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => Err(TreeError::new(format!("git's output cannot be read: {error}"))),
        Err(_) => Err(TreeError::new("git's output cannot be read")),
    }
}

/// The ignore or attributes file below `top` that is a FIFO at which a process waits.
fn awaited_fifo(top: &Path) -> Option<PathBuf> {
    walkdir::WalkDir::new(top)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| READ_BY_GIT.iter().any(|name| entry.file_name() == *name))
        .map(walkdir::DirEntry::into_path)
        .find(|path| disk::is_awaited_fifo(path))
}

fn waits_for(fifo: &Path) -> TreeError {
    TreeError::new(format!("`{}` is a FIFO, and git waits for its content for ever", shown(&fifo.to_string_lossy())))
        .with_help("remove it, or put a plain file in its place")
}
