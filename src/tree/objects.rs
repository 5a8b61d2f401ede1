//! The object database: contents by id, through a pool of `git cat-file --batch` processes.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Mutex, PoisonError};

use super::git::Git;
use super::{ContentId, ReadError};

/// Above this an unwanted body costs more to read away than a new process.
const SKIPPED: u64 = 4 << 20;

/// The longest header that git writes, with room to spare.
const HEADER: u64 = 4096;

/// Reads contents by id, from any number of threads; there are as many processes as threads that ever read at once, and they
/// end with the pool.
pub(super) struct Objects {
    git: Git,
    idle: Mutex<Vec<Batch>>,
}

impl Objects {
    pub fn new(git: Git) -> Self {
        Objects { git, idle: Mutex::new(Vec::new()) }
    }

    /// The content of blob `id`, of at most `limit` bytes.
    ///
    /// # Errors
    /// `TooLarge` before the content is read, `MissingObject`, and `Io` for what is broken or no blob.
    pub fn read(&self, id: &ContentId, limit: u64) -> Result<Vec<u8>, ReadError> {
        let idle = self.idle().pop();
        let mut batch = idle.map_or_else(|| Batch::start(&self.git), Ok)?;
        // A process whose answer was not read to its end is not used again.
        let answer =
            batch.read(id, limit).map_err(|error| ReadError::Io(format!("git cannot read object `{}`: {error}", id.0)))?;
        let reusable = !matches!(answer, Err(ReadError::TooLarge(size)) if size > SKIPPED);
        if reusable {
            self.idle().push(batch);
        }
        answer
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Batch>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One process.
struct Batch {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Batch {
    fn start(git: &Git) -> Result<Self, ReadError> {
        let mut command = git.command(&["cat-file", "--batch"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| ReadError::Io(super::git::not_started(error).message))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(questions), Some(answers)) => Ok(Batch { child, questions, answers: BufReader::new(answers) }),
            _ => Err(ReadError::Io("git has no pipes".into())),
        }
    }

    /// The outer error means that the process is of no further use.
    fn read(&mut self, id: &ContentId, limit: u64) -> io::Result<Result<Vec<u8>, ReadError>> {
        self.questions.write_all(format!("{}\n", id.0).as_bytes())?;
        let mut header = String::new();
        (&mut self.answers).take(HEADER).read_line(&mut header)?;
        let words: Vec<&str> = header.split_ascii_whitespace().collect();
        let (kind, size) = match words.as_slice() {
            [_, "missing"] => return Ok(Err(ReadError::MissingObject)),
            [_, kind, size] => (*kind, size.parse::<u64>().map_err(io::Error::other)?),
            _ => return Err(io::Error::other("it is broken")),
        };
        if kind != "blob" {
            return Err(io::Error::other(format!("it is a {kind}, not a blob")));
        }
        if size > limit {
            if size <= SKIPPED {
                self.body(size, &mut io::sink())?;
            }
            return Ok(Err(ReadError::TooLarge(size)));
        }
        let mut content = Vec::new();
        self.body(size, &mut content)?;
        Ok(Ok(content))
    }

    /// Copies the body of an answer, and reads the line break behind it.
    fn body(&mut self, size: u64, into: &mut impl Write) -> io::Result<()> {
        let copied = io::copy(&mut (&mut self.answers).take(size), into)?;
        let mut end = [0];
        self.answers.read_exact(&mut end)?;
        match copied == size {
            true => Ok(()),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        // Errors mean that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
