//! A git repository: where it is, its commits, and its objects.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha1::Sha1;
use sha2::Sha256;

use super::git::{Answer, Git, shown};
use super::memory::blob_id;
use super::objects::Objects;
use super::{ContentId, ReadError, TreeError, disk};

/// How the rest of a shallow clone's history is had.
pub const DEEPEN: &str = "run `git fetch --unshallow`; in GitHub Actions give `actions/checkout` `fetch-depth: 0`";

/// A repository that git found; cheap to clone. Its processes end with the last clone.
#[derive(Clone)]
pub struct Repository {
    inner: Arc<Inner>,
}

struct Inner {
    git: Git,
    git_dir: PathBuf,
    top: Option<PathBuf>,
    sha256: bool,
    objects: Objects,
}

/// Where git looks for hooks.
#[derive(Clone, Debug)]
pub struct HookDirectory {
    pub path: PathBuf,
    /// Whether it was set for more than this repository.
    pub shared: bool,
}

impl Repository {
    /// The repository that `start` lies in, as git itself finds it (`GIT_DIR`, `GIT_WORK_TREE` and `GIT_INDEX_FILE` count);
    /// `None` where there is none.
    ///
    /// # Errors
    /// A directory that cannot be opened, git not installed, and a repository that git refuses or cannot read.
    pub fn discover(start: &Path) -> Result<Option<Repository>, TreeError> {
        // Not `canonicalize`: what that gives on Windows git does not take for a directory.
        let start = std::path::absolute(start).map_err(|error| unopened(start, &error))?;
        start.read_dir().map_err(|error| unopened(&start, &error))?;
        let finder = Git::at(start.clone());
        let answer = match finder.ask(&["rev-parse", "--show-object-format"]) {
            Err(_) if !start.ancestors().any(|dir| dir.join(".git").symlink_metadata().is_ok()) => return Ok(None),
            answer => answer?,
        };
        if !answer.success && answer.complaint().contains("not a git repository (or any") {
            return Ok(None);
        }
        let format = discovered(answer)?;
        let git_dir = path_of(discovered(finder.ask(&["rev-parse", "--absolute-git-dir"])?)?);
        let top = finder.ask(&["rev-parse", "--show-toplevel"])?;
        let top = top.success.then(|| path_of(top.stdout));
        let git = bound(&git_dir, top.as_deref());
        let objects = Objects::new(git.clone());
        let sha256 = format.starts_with(b"sha256");
        Ok(Some(Repository { inner: Arc::new(Inner { git, git_dir, top, sha256, objects }) }))
    }

    /// The repository whose top `directory` is, or which it is itself (bare); `None` where it is neither. Nothing of the caller's
    /// environment and configuration counts.
    ///
    /// # Errors
    /// Git not installed, and a repository that git cannot read.
    pub fn of(directory: &Path) -> Result<Option<Repository>, TreeError> {
        let own = directory.join(".git");
        let is_bare = || directory.join("HEAD").is_file() && ["objects", "refs"].iter().all(|part| directory.join(part).is_dir());
        let (git_dir, top) = match own.symlink_metadata() {
            Ok(_) => (own, Some(directory.to_path_buf())),
            Err(_) if is_bare() => (directory.to_path_buf(), None),
            Err(_) => return Ok(None),
        };
        let mut git = Git::isolated(directory.to_path_buf()).with("GIT_DIR", &git_dir);
        if let Some(top) = &top {
            git = git.with("GIT_WORK_TREE", top);
        }
        let sha256 = git.run(&["rev-parse", "--show-object-format"])?.starts_with(b"sha256");
        let objects = Objects::new(git.clone());
        Ok(Some(Repository { inner: Arc::new(Inner { git, git_dir, top, sha256, objects }) }))
    }

    /// The top of the working tree; a bare repository has none.
    pub fn top(&self) -> Option<&Path> {
        self.inner.top.as_deref()
    }

    /// The directory that holds the repository itself.
    pub fn git_dir(&self) -> &Path {
        &self.inner.git_dir
    }

    /// The id of the commit that `HEAD` names; `None` where there is no commit yet.
    ///
    /// # Errors
    /// What git says of a broken `HEAD`.
    pub fn head_commit(&self) -> Result<Option<String>, TreeError> {
        self.revision("HEAD")
    }

    /// The id of the commit that `rev` names.
    ///
    /// # Errors
    /// A revision that names no commit here, or that would be taken for an option.
    pub fn resolve(&self, rev: &str) -> Result<String, TreeError> {
        let refused = || TreeError::new(format!("revision `{}` does not name a commit of this repository", shown(rev)));
        if rev.is_empty() || rev.starts_with('-') || rev.contains('\0') {
            return Err(refused());
        }
        let commit = format!("{rev}^{{commit}}");
        match self.revision(&commit)? {
            Some(id) => Ok(id),
            None => Err(refused().with_help(self.how_to_fetch(rev)?)),
        }
    }

    /// The first parent of a commit; `None` for a root, and where a shallow clone ends.
    ///
    /// # Errors
    /// What git says of a broken repository.
    pub fn first_parent(&self, commit: &str) -> Result<Option<String>, TreeError> {
        self.revision(&format!("{commit}^1"))
    }

    /// Where git looks for hooks, `core.hooksPath` honoured.
    ///
    /// # Errors
    /// What git says of a broken repository.
    pub fn hooks(&self) -> Result<HookDirectory, TreeError> {
        let args = ["config", "--show-scope", "--null", "--type=path", "--get-all", "core.hooksPath"];
        let answer = self.inner.git.ask(&args)?;
        let mut fields = answer.stdout.split(|byte| *byte == 0);
        let mut configured = None;
        while let (Some(scope), Some(path)) = (fields.next(), fields.next()) {
            // Our own word is that hooks are switched off.
            if scope != b"command" {
                configured = Some((scope != b"local" && scope != b"worktree", disk::native_path(path)));
            }
        }
        let top = self.top().unwrap_or_else(|| self.git_dir());
        Ok(match configured {
            Some((shared, path)) => HookDirectory { path: top.join(path), shared },
            None => HookDirectory { path: self.common_dir()?.join("hooks"), shared: false },
        })
    }

    /// What linked working trees share.
    fn common_dir(&self) -> Result<PathBuf, TreeError> {
        Ok(path_of(self.inner.git.run(&["rev-parse", "--path-format=absolute", "--git-common-dir"])?))
    }

    /// The best common ancestor of two commits.
    ///
    /// # Errors
    /// Where there is none, which in a shallow clone means that it was not fetched.
    pub fn merge_base(&self, a: &str, b: &str) -> Result<String, TreeError> {
        let answer = self.inner.git.ask(&["merge-base", "--", a, b])?;
        if answer.success {
            return Ok(line_of(&answer.stdout));
        }
        let (a, b) = (shown(a), shown(b));
        if self.is_shallow()? {
            return Err(
                TreeError::new(format!("the clone is shallow and holds no merge base of `{a}` and `{b}`")).with_help(DEEPEN)
            );
        }
        match answer.stderr.is_empty() {
            true => Err(TreeError::new(format!("commits `{a}` and `{b}` have no common ancestor"))),
            false => Err(TreeError::new(format!("git: {}", answer.complaint()))),
        }
    }

    /// Whether history was cut off when the repository was cloned.
    ///
    /// # Errors
    /// What git says of a broken repository.
    pub fn is_shallow(&self) -> Result<bool, TreeError> {
        Ok(self.inner.git.run(&["rev-parse", "--is-shallow-repository"])?.starts_with(b"true"))
    }

    /// The URL of the remote `origin`, as it is configured; `None` where there is none.
    pub fn remote(&self) -> Option<String> {
        let answer = self.inner.git.ask(&["config", "--get", "remote.origin.url"]).ok()?;
        answer.success.then(|| line_of(&answer.stdout)).filter(|url| !url.is_empty())
    }

    /// Whether objects were left out when the repository was cloned.
    pub(super) fn is_partial(&self) -> bool {
        let answer = self.inner.git.ask(&["config", "--null", "--name-only", "--get-regexp", r"^remote\..*\.promisor$"]);
        answer.is_ok_and(|answer| answer.success)
    }

    pub(super) fn is_sha256(&self) -> bool {
        self.inner.sha256
    }

    /// Where git keeps a part of the repository.
    pub(super) fn git_path(&self, name: &str) -> Result<PathBuf, TreeError> {
        Ok(path_of(self.inner.git.run(&["rev-parse", "--path-format=absolute", "--git-path", name])?))
    }

    pub(super) fn objects(&self) -> &Objects {
        &self.inner.objects
    }

    /// The content of a blob, of at most `limit` bytes.
    pub(crate) fn object(&self, id: &ContentId, limit: u64) -> Result<Vec<u8>, ReadError> {
        self.inner.objects.read(id, limit)
    }

    /// The id that a blob with that content has here.
    pub(super) fn id_of(&self, bytes: &[u8]) -> ContentId {
        if self.inner.sha256 { blob_id::<Sha256>(bytes) } else { blob_id::<Sha1>(bytes) }
    }

    /// The id of a tree without files, which git knows without having it.
    pub(super) fn empty_tree(&self) -> &'static str {
        match self.inner.sha256 {
            true => "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
            false => "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
        }
    }

    /// Runs git for this repository.
    pub(super) fn git(&self) -> &Git {
        &self.inner.git
    }

    fn revision(&self, rev: &str) -> Result<Option<String>, TreeError> {
        let answer = self.inner.git.ask(&["rev-parse", "--quiet", "--verify", rev])?;
        match (answer.success, answer.stderr.is_empty()) {
            (true, _) => Ok(Some(line_of(&answer.stdout))),
            (false, true) => Ok(None),
            (false, false) => Err(TreeError::new(format!("git cannot resolve `{}`: {}", shown(rev), answer.complaint()))),
        }
    }

    fn how_to_fetch(&self, rev: &str) -> Result<String, TreeError> {
        let is_name = !rev.contains(['~', '^', ':', '@', ' ']) && rev != "HEAD";
        if !is_name {
            return Ok(match (self.is_shallow()?, self.head_commit()?) {
                (true, _) => format!("the clone is shallow: {DEEPEN}"),
                (false, None) => "HEAD has no commit yet".into(),
                (false, Some(_)) => "`git log` shows which commits there are".into(),
            });
        }
        let rev = shown(rev.strip_prefix("origin/").unwrap_or(rev));
        let fetch = format!("if it exists elsewhere, run `git fetch origin {rev}` first");
        Ok(match self.is_shallow()? {
            true => format!("{fetch}; the clone is shallow: `git fetch --unshallow`, or `fetch-depth: 0`, deepens it"),
            false => fetch,
        })
    }
}

/// Git for what was discovered, from wherever it runs.
fn bound(git_dir: &Path, top: Option<&Path>) -> Git {
    let directory = top.unwrap_or(git_dir);
    let mut git = Git::at(directory.to_path_buf()).with("GIT_DIR", git_dir);
    if let Some(top) = top {
        git = git.with("GIT_WORK_TREE", top);
    }
    match std::env::var_os("GIT_INDEX_FILE") {
        Some(index) => git.with("GIT_INDEX_FILE", directory.join(index)),
        None => git,
    }
}

fn discovered(answer: Answer) -> Result<Vec<u8>, TreeError> {
    let complaint = answer.complaint();
    let help = match complaint.contains("dubious ownership") {
        true => "if you trust whoever owns it, run `git config --global --add safe.directory DIR` with the directory named here",
        false => return answer.into_output(),
    };
    answer.into_output().map_err(|error| error.with_help(help))
}

/// The path that a command printed with a line break behind it (and perhaps others in it).
fn path_of(mut stdout: Vec<u8>) -> PathBuf {
    if stdout.ends_with(b"\n") {
        stdout.pop();
    }
    disk::native_path(&stdout)
}

fn line_of(stdout: &[u8]) -> String {
    String::from_utf8_lossy(stdout).lines().next().unwrap_or_default().to_owned()
}

fn unopened(start: &Path, error: &std::io::Error) -> TreeError {
    TreeError::new(format!("directory `{}` cannot be opened: {error}", shown(&start.to_string_lossy())))
}
