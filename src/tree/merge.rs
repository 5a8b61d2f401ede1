//! The three-way merge of a head with another commit, as it would land.
//!
//! Git computes it in a throw-away repository that borrows the objects of the judged one: nothing is written there, and nothing
//! of its configuration, attributes and drivers applies.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::Write;
use std::process::Stdio;
use std::sync::Arc;

use tempfile::TempDir;

use super::git::{Git, not_started, shown};
use super::objects::Objects;
use super::stored::read_stored;
use super::{CommitTree, ContentId, Description, Entry, EntryKind, ReadError, Repository, Tree, TreeError, listing};
use crate::text::RepoPath;

/// A larger file of the working tree is not merged: it stays as it is.
const LARGEST: u64 = 256 << 20;

/// The merge of a head with a commit.
pub struct MergeTree {
    store: Store,
    entries: Vec<Entry>,
    /// What stays as it is in the head that is merged: untracked files, and what git cannot take.
    kept: HashSet<RepoPath>,
    head: Arc<dyn Tree>,
    commit: String,
}

impl MergeTree {
    /// Merges `head`, which stands on `commit`, with the commit `theirs`; `untracked` are the paths of head that git does not
    /// know.
    ///
    /// # Errors
    /// No common history, a git that is too old, objects that are not in this clone, and what git says of a broken repository.
    pub fn open(
        repository: &Repository,
        head: &Arc<dyn Tree>,
        commit: &str,
        theirs: &str,
        untracked: &[RepoPath],
    ) -> Result<Self, TreeError> {
        // Says it better than the merge would.
        repository.merge_base(theirs, commit)?;
        let store = Store::new(repository)?;
        let mut kept: HashSet<RepoPath> = untracked.iter().cloned().collect();
        let mut conflicts = HashSet::new();
        let committed = CommitTree::open(repository, commit)?;
        let edits = edits(&**head, &committed, &mut kept, &mut conflicts);
        let ours = match edits.is_empty() {
            true => commit.to_owned(),
            false => store.commit(commit, &edits, &executables(repository)?)?,
        };
        let (tree, conflicted) = store.merge(&ours, theirs)?;
        conflicts.extend(conflicted);
        let mut entries = listing::commit(&store.git.run(&["ls-tree", "-r", "-z", "--full-tree", "--end-of-options", &tree])?)?;
        mark(&mut entries, conflicts);
        overlay(&mut entries, &**head, &mut kept);
        Ok(MergeTree { store, entries, kept, head: head.clone(), commit: commit.to_owned() })
    }
}

impl Tree for MergeTree {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn read(&self, entry: &Entry, limit: u64) -> Result<Vec<u8>, ReadError> {
        match self.kept.contains(&entry.path) {
            true => self.head.read(entry, limit),
            false => read_stored(&self.store.objects, entry, limit),
        }
    }

    fn id_of(&self, bytes: &[u8]) -> ContentId {
        self.head.id_of(bytes)
    }

    fn describe(&self) -> Description {
        Description { kind: "merge", commit: Some(self.commit.clone()) }
    }

    fn repository(&self) -> Option<&Repository> {
        self.head.repository()
    }
}

/// What a path of head is, where its commit has something else.
struct Edit<'a> {
    path: &'a RepoPath,
    kind: EntryKind,
    content: Content<'a>,
}

enum Content<'a> {
    Stored(&'a ContentId),
    Bytes(Vec<u8>),
    Gone,
}

/// How head differs from its commit. What cannot be told joins `kept` or `conflicts`.
fn edits<'a>(
    head: &'a dyn Tree,
    committed: &'a CommitTree,
    kept: &mut HashSet<RepoPath>,
    conflicts: &mut HashSet<RepoPath>,
) -> Vec<Edit<'a>> {
    let mut edits = Vec::new();
    for entry in head.entries().iter().filter(|entry| !kept.contains(&entry.path)).collect::<Vec<_>>() {
        let before = committed.entry(&entry.path).filter(|before| before.kind == entry.kind);
        let content = match (&entry.id, entry.kind) {
            (_, EntryKind::Special) => None,
            (Some(id), _) => Some(Content::Stored(id)),
            (None, _) => match head.read(entry, LARGEST) {
                Ok(bytes) => Some(Content::Bytes(bytes)),
                Err(ReadError::Conflict) => {
                    conflicts.insert(entry.path.clone());
                    continue;
                }
                Err(_) => None,
            },
        };
        let Some(content) = content else {
            kept.insert(entry.path.clone());
            continue;
        };
        let id = match &content {
            Content::Stored(id) => Some((*id).clone()),
            Content::Bytes(bytes) => Some(head.id_of(bytes)),
            Content::Gone => None,
        };
        if before.is_none_or(|before| before.id != id) {
            edits.push(Edit { path: &entry.path, kind: entry.kind, content });
        }
    }
    let gone = committed.entries().iter().filter(|entry| head.entry(&entry.path).is_none());
    edits.extend(gone.map(|entry| Edit { path: &entry.path, kind: entry.kind, content: Content::Gone }));
    edits
}

/// The tracked files that are executable: a merge compares that bit too.
fn executables(repository: &Repository) -> Result<HashSet<Vec<u8>>, TreeError> {
    let listing = repository.git().run(&["ls-files", "-s", "-z"])?;
    let executable = listing::records(&listing).filter(|record| record.starts_with(b"100755 "));
    let path = |record: &[u8]| record.iter().position(|byte| *byte == b'\t').map(|tab| record[tab + 1..].to_vec());
    Ok(executable.filter_map(path).collect())
}

/// Takes the content from what is in conflict. What a conflict leaves out of the tree is listed all the same.
fn mark(entries: &mut Vec<Entry>, conflicts: HashSet<RepoPath>) {
    let mut missing = conflicts.clone();
    for entry in entries.iter_mut().filter(|entry| conflicts.contains(&entry.path)) {
        missing.remove(&entry.path);
        entry.id = None;
    }
    entries.extend(missing.into_iter().map(|path| Entry { path, kind: EntryKind::File, id: None }));
    entries.sort_by(|a, b| a.path.cmp(&b.path));
}

/// Adds what stays as it is in head. Where the merge has something else at that path, the two are in conflict.
fn overlay(entries: &mut Vec<Entry>, head: &dyn Tree, kept: &mut HashSet<RepoPath>) {
    let mut added = Vec::new();
    for path in kept.clone() {
        let Some(entry) = head.entry(&path) else { continue };
        match entries.binary_search_by(|other| other.path.cmp(&path)) {
            Err(_) => added.push(entry.clone()),
            Ok(at) => {
                let id = head.read(entry, LARGEST).ok().map(|bytes| head.id_of(&bytes));
                if id.is_none() || id != entries[at].id {
                    entries[at].id = None;
                }
                kept.remove(&path);
            }
        }
    }
    entries.append(&mut added);
    entries.sort_by(|a, b| a.path.cmp(&b.path));
}

/// A repository of its own for one merge; it goes away with it.
struct Store {
    git: Git,
    objects: Objects,
    /// Whether the judged repository is a clone that may lack objects or history.
    of: Repository,
    _directory: TempDir,
}

impl Store {
    fn new(repository: &Repository) -> Result<Self, TreeError> {
        let broken = |error: std::io::Error| TreeError::new(format!("no place to compute the merge in: {error}"));
        let directory = TempDir::with_prefix("ssot-merge-").map_err(broken)?;
        let format = match repository.is_sha256() {
            true => "\trepositoryformatversion = 1\n[extensions]\n\tobjectformat = sha256\n",
            false => "\trepositoryformatversion = 0\n",
        };
        let write = |name: &str, text: &[u8]| std::fs::write(directory.path().join(name), text).map_err(broken);
        for folder in ["objects", "refs"] {
            std::fs::create_dir(directory.path().join(folder)).map_err(broken)?;
        }
        write("HEAD", b"ref: refs/heads/head\n")?;
        write("config", format!("[core]\n\tbare = true\n{format}").as_bytes())?;
        if let Ok(shallow) = std::fs::read(repository.git_path("shallow")?) {
            write("shallow", &shallow)?;
        }
        let mut alternates = quoted(repository.git_path("objects")?.as_os_str().as_encoded_bytes());
        // In a hook that receives a push, the new objects lie apart.
        if let Some(further) = std::env::var_os("GIT_ALTERNATE_OBJECT_DIRECTORIES") {
            alternates.push(if cfg!(windows) { b';' } else { b':' });
            alternates.extend(further.as_encoded_bytes());
        }
        let git = Git::isolated(directory.path().to_path_buf())
            .with("GIT_DIR", directory.path())
            .with("GIT_OBJECT_DIRECTORY", directory.path().join("objects"))
            .with("GIT_ALTERNATE_OBJECT_DIRECTORIES", os_string(alternates));
        let objects = Objects::new(git.clone());
        Ok(Store { git, objects, of: repository.clone(), _directory: directory })
    }

    /// Makes a commit of `edits` on top of `parent`, and tells its id.
    fn commit(&self, parent: &str, edits: &[Edit<'_>], executables: &HashSet<Vec<u8>>) -> Result<String, TreeError> {
        let mut command = self.git.command(&["fast-import", "--quiet"]);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().map_err(not_started)?;
        let stream = stream(parent, edits, executables);
        // Where it ended early, what it said is told below.
        let written = child.stdin.take().map(|mut stdin| stdin.write_all(&stream));
        let output = child.wait_with_output().map_err(not_started)?;
        if !output.status.success() || written.is_none_or(|written| written.is_err()) {
            return Err(self.failed(&String::from_utf8_lossy(&output.stderr)));
        }
        let id = self.git.run(&["rev-parse", "--verify", OURS])?;
        Ok(String::from_utf8_lossy(&id).trim_end().to_owned())
    }

    /// The tree that a merge gives, and the paths that are in conflict.
    fn merge(&self, ours: &str, theirs: &str) -> Result<(String, HashSet<RepoPath>), TreeError> {
        let answer = self.git.ask(&["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs])?;
        // A conflict is told by the status and on the output; a failure has no output.
        let mut records = answer.stdout.split(|byte| *byte == 0);
        match records.next().filter(|tree| !tree.is_empty()) {
            Some(tree) => {
                let conflicts = records.take_while(|path| !path.is_empty()).map(RepoPath::from_bytes).collect();
                Ok((String::from_utf8_lossy(tree).into_owned(), conflicts))
            }
            None => Err(self.failed(&String::from_utf8_lossy(&answer.stderr))),
        }
    }

    fn failed(&self, complaint: &str) -> TreeError {
        let line = complaint.lines().find(|line| line.starts_with("fatal:") || line.starts_with("error:"));
        let line = shown(line.or_else(|| complaint.lines().next()).unwrap_or("failed without a message"));
        let error =
            TreeError::new(format!("git cannot merge: {}", line.trim_start_matches("fatal: ").trim_start_matches("error: ")));
        if complaint.starts_with("usage:") {
            return error.with_help("this needs git 2.38 or later");
        }
        match self.of.is_partial() {
            true => error.with_help("this clone lacks objects that the merge needs: `git fetch --refetch --no-filter` gets them"),
            false => error.with_help("`git fsck` says whether the repository is whole"),
        }
    }
}

/// The reference that names our side.
const OURS: &str = "refs/heads/ours";

/// What `git fast-import` makes a commit of.
fn stream(parent: &str, edits: &[Edit<'_>], executables: &HashSet<Vec<u8>>) -> Vec<u8> {
    let mut stream = format!("commit {OURS}\ncommitter ssot <ssot> 0 +0000\ndata 0\nfrom {parent}\n").into_bytes();
    // A directory may stand where a file was: what is gone goes first.
    let (gone, new): (Vec<_>, Vec<_>) = edits.iter().partition(|edit| matches!(edit.content, Content::Gone));
    for Edit { path, kind, content } in gone.into_iter().chain(new) {
        let mode = match kind {
            EntryKind::Link => "120000",
            EntryKind::Submodule => "160000",
            _ if executables.contains(path.as_bytes()) => "100755",
            _ => "100644",
        };
        match content {
            Content::Gone => stream.extend(b"D "),
            Content::Stored(id) => stream.extend(format!("M {mode} {} ", id.0).into_bytes()),
            Content::Bytes(_) => stream.extend(format!("M {mode} inline ").into_bytes()),
        }
        stream.extend(quoted(path.as_bytes()));
        stream.push(b'\n');
        if let Content::Bytes(bytes) = content {
            stream.extend(format!("data {}\n", bytes.len()).into_bytes());
            stream.extend(bytes);
            stream.push(b'\n');
        }
    }
    stream
}

/// In quotes as C has them, as git reads names.
fn quoted(name: &[u8]) -> Vec<u8> {
    let mut text = vec![b'"'];
    for byte in name {
        match byte {
            b'"' | b'\\' => text.extend([b'\\', *byte]),
            0..b' ' | 0x7f => text.extend(format!("\\{byte:03o}").into_bytes()),
            _ => text.push(*byte),
        }
    }
    text.push(b'"');
    text
}

#[cfg(unix)]
fn os_string(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

#[cfg(not(unix))]
fn os_string(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}
