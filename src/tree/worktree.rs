//! The working tree of a repository.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::thread::{self, ScopedJoinHandle};

use sha2::{Digest, Sha256};

use super::git::shown;
use super::listing::{self, Indexed};
use super::{ContentId, Description, Entry, EntryKind, ReadError, Repository, Tree, TreeError, disk};
use crate::text::{RepoPath, hex};

/// A pointer of Git LFS is shorter than this.
const POINTER: u64 = 1024;

/// No operating system opens a longer path; an index can hold one.
const LONGEST: usize = 1 << 15;

/// More filter drivers than this are not switched off one by one.
const DRIVERS: usize = 200;

/// A larger file that git takes for edited is edited.
const LARGEST: u64 = 8 << 20;

/// So many paths of one command line; the longest of them fit.
const AT_ONCE: usize = 50;

/// Tracked files that exist, and untracked ones that git does not ignore.
///
/// A file that git holds unchanged has the index's content, so that line endings and filters do not look like edits.
pub struct WorkTree {
    repository: Repository,
    top: PathBuf,
    entries: Vec<Entry>,
    untracked: Vec<RepoPath>,
    /// What the index holds of files that git takes for edited.
    staged: HashMap<RepoPath, ContentId>,
    commit: Option<String>,
}

impl WorkTree {
    /// Lists the working tree.
    ///
    /// # Errors
    /// A bare repository, what git says of an index that it cannot read, and a directory that cannot be listed.
    pub fn open(repository: &Repository) -> Result<Self, TreeError> {
        let Some(top) = repository.top() else {
            return Err(TreeError::new(format!("`{}` has no working tree", shown(&repository.git_dir().to_string_lossy())))
                .with_help("name a commit with `--rev`"));
        };
        let (tracked, mut modified, untracked, commit) = thread::scope(|scope| {
            let modified = scope.spawn(|| modified(repository, top));
            let untracked = scope.spawn(|| untracked(repository, top));
            let commit = scope.spawn(|| repository.head_commit());
            let tracked = repository.git().run(&["ls-files", "-s", "-t", "-z"]).and_then(|listing| listing::index(&listing));
            Ok::<_, TreeError>((tracked?, joined(modified)?, joined(untracked)?, joined(commit)?))
        })?;
        drop_converted(repository, top, &tracked, &mut modified)?;
        let mut on_disk = OnDisk::new(top);
        let mut staged = HashMap::new();
        let mut entries: Vec<Entry> =
            tracked.into_iter().filter_map(|indexed| on_disk.tracked(indexed, &modified, &mut staged)).collect();
        let new: Vec<Entry> = untracked.into_iter().filter_map(|path| on_disk.untracked(&path)).collect();
        let untracked = new.iter().map(|entry| entry.path.clone()).collect();
        entries.extend(new);
        let entries = listing::in_order(entries);
        Ok(WorkTree { repository: repository.clone(), top: top.to_path_buf(), entries, untracked, staged, commit })
    }

    /// The same without those of `paths` that git does not track.
    pub fn without(mut self, paths: &[RepoPath]) -> Self {
        let left_out: Vec<&RepoPath> = paths.iter().filter(|path| self.untracked.contains(path)).collect();
        self.entries.retain(|entry| !left_out.contains(&&entry.path));
        self.untracked.retain(|path| !paths.contains(path));
        self
    }

    /// The paths that git does not know.
    pub fn untracked(&self) -> &[RepoPath] {
        &self.untracked
    }

    /// The pointer in the index where `bytes` are the large file that it points to: git would hold the file unchanged, but
    /// only LFS's filter could tell, and no filter is run.
    fn pointer_to(&self, entry: &Entry, bytes: &[u8]) -> Option<Vec<u8>> {
        let pointer = self.repository.object(self.staged.get(&entry.path)?, POINTER).ok()?;
        let text = std::str::from_utf8(&pointer).ok()?;
        let oid = text.starts_with("version https://git-lfs.github.com/spec/").then_some(text)?;
        let oid = oid.lines().find_map(|line| line.strip_prefix("oid sha256:"))?;
        (oid == hex(&Sha256::digest(bytes))).then_some(pointer)
    }
}

impl Tree for WorkTree {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn read(&self, entry: &Entry, limit: u64) -> Result<Vec<u8>, ReadError> {
        let path = self.top.join(disk::native_path(entry.path.as_bytes()));
        let bytes = match entry.kind {
            EntryKind::Submodule | EntryKind::Special => return Ok(Vec::new()),
            EntryKind::Link => disk::read_link(&path, limit),
            EntryKind::File => disk::read_file(&path, limit),
        };
        match (&entry.id, bytes) {
            (Some(id), Ok(bytes)) if self.id_of(&bytes) == *id => Ok(bytes),
            // Converted on its way out of the index, or not on disk at all (a sparse checkout).
            (Some(id), _) => self.repository.object(id, limit),
            (None, bytes) => bytes.map(|bytes| self.pointer_to(entry, &bytes).unwrap_or(bytes)),
        }
    }

    fn id_of(&self, bytes: &[u8]) -> ContentId {
        self.repository.id_of(bytes)
    }

    fn describe(&self) -> Description {
        Description { kind: "worktree", commit: self.commit.clone() }
    }

    fn repository(&self) -> Option<&Repository> {
        Some(&self.repository)
    }
}

/// The tracked paths that git takes for edited or gone.
enum Modified {
    These {
        paths: HashSet<RepoPath>,
        /// Options that keep git from running filters.
        unfiltered: Vec<String>,
    },
    /// Git was not asked, because asking could have run a filter: no ids, and converted files look edited.
    Unknown,
}

impl Modified {
    fn contains(&self, path: &RepoPath) -> bool {
        match self {
            Modified::These { paths, .. } => paths.contains(path),
            Modified::Unknown => true,
        }
    }
}

/// What a listing by git means on disk: each directory is looked at once.
struct OnDisk<'a> {
    top: &'a Path,
    directories: HashMap<Vec<u8>, bool>,
}

impl<'a> OnDisk<'a> {
    fn new(top: &'a Path) -> Self {
        OnDisk { top, directories: HashMap::new() }
    }

    /// The entry of a tracked path; `None` where it is gone. What git holds unchanged needs no look at the disk.
    fn tracked(&mut self, indexed: Indexed, modified: &Modified, staged: &mut HashMap<RepoPath, ContentId>) -> Option<Entry> {
        let Entry { path, kind, id } = indexed.entry;
        let native = disk::native_path(path.as_bytes());
        if indexed.skipped && self.top.join(&native).symlink_metadata().is_err() {
            return Some(Entry { path, kind, id });
        }
        if !self.is_in_real_directory(path.as_bytes()) {
            return None;
        }
        if kind == EntryKind::Submodule && self.top.join(&native).symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return Some(Entry { path, kind, id });
        }
        if !indexed.conflicted && !indexed.skipped && !modified.contains(&path) {
            return Some(Entry { path, kind, id });
        }
        let kind = disk::kind_at(&self.top.join(native))?;
        if let Some(id) = id {
            staged.insert(path.clone(), id);
        }
        Some(Entry { path, kind, id: None })
    }

    /// The entry of an untracked path; another repository is listed with a `/` behind it.
    fn untracked(&self, path: &[u8]) -> Option<Entry> {
        let entry = |path, kind| Entry { path: RepoPath::from_bytes(path), kind, id: None };
        match path.strip_suffix(b"/") {
            Some(repository) => Some(entry(repository, EntryKind::Submodule)),
            None => Some(entry(path, disk::kind_at(&self.top.join(disk::native_path(path)))?)),
        }
    }

    /// Whether every directory that leads to `path` is one, and no link to one.
    fn is_in_real_directory(&mut self, path: &[u8]) -> bool {
        if path.len() > LONGEST {
            return false;
        }
        let ends: Vec<usize> = path.iter().enumerate().rev().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at).collect();
        let known = ends.iter().position(|end| self.directories.contains_key(&path[..*end]));
        let mut real = known.is_none_or(|at| self.directories.get(&path[..ends[at]]).copied().unwrap_or(false));
        for end in ends[..known.unwrap_or(ends.len())].iter().rev() {
            let directory = self.top.join(disk::native_path(&path[..*end]));
            real = real && directory.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
            self.directories.insert(path[..*end].to_vec(), real);
        }
        real
    }
}

fn modified(repository: &Repository, top: &Path) -> Result<Modified, TreeError> {
    let Some(drivers) = filter_drivers(repository)? else { return Ok(Modified::Unknown) };
    // Where times leave it open whether a file was edited, git compares contents, and would filter them for it.
    let mut unfiltered = vec!["-c".to_owned(), "core.safecrlf=false".to_owned()];
    for driver in drivers {
        for setting in ["clean=", "smudge=", "process=", "required=false"] {
            unfiltered.extend(["-c".to_owned(), format!("filter.{driver}.{setting}")]);
        }
    }
    let args = [unfiltered.as_slice(), &["ls-files", "-m", "-z"].map(str::to_owned)].concat();
    let listing = repository.git().ask_watched(&args, top)?.into_output()?;
    Ok(Modified::These { paths: listing::records(&listing).map(RepoPath::from_bytes).collect(), unfiltered })
}

/// Drops from `modified` what only differs in the form that git converts, such as line endings. Its listing takes a file of
/// another size for edited without a look at the content.
fn drop_converted(repository: &Repository, top: &Path, tracked: &[Indexed], modified: &mut Modified) -> Result<(), TreeError> {
    let Modified::These { paths, unfiltered } = modified else { return Ok(()) };
    let is_small_file = |path: &Path| path.symlink_metadata().is_ok_and(|data| data.is_file() && data.len() <= LARGEST);
    let candidates: Vec<(&RepoPath, &ContentId, OsString)> = tracked
        .iter()
        .filter(|indexed| indexed.entry.kind == EntryKind::File && paths.contains(&indexed.entry.path))
        .filter_map(|Indexed { entry: Entry { path, id, .. }, .. }| {
            let native = disk::native_path(path.as_bytes());
            let at_hand = path.as_bytes().len() < LONGEST && is_small_file(&top.join(&native));
            Some((path, id.as_ref().filter(|_| at_hand)?, native.into_os_string()))
        })
        .collect();
    for candidates in candidates.chunks(AT_ONCE) {
        let mut args: Vec<OsString> = unfiltered.iter().map(OsString::from).collect();
        args.extend(["hash-object", "--"].map(OsString::from));
        args.extend(candidates.iter().map(|(_, _, native)| native.clone()));
        let answer = repository.git().ask_watched(&args, top)?;
        // One file that cannot be read is a failure: they all count as edited.
        let ids = String::from_utf8_lossy(&answer.stdout);
        for ((path, id, _), converted) in candidates.iter().zip(ids.lines()).filter(|_| answer.success) {
            if *id.0 == *converted {
                paths.remove(*path);
            }
        }
    }
    Ok(())
}

/// The names of the configured filter drivers; `None` where they cannot all be switched off.
fn filter_drivers(repository: &Repository) -> Result<Option<Vec<String>>, TreeError> {
    // No driver at all is a failure without a message.
    let answer = repository.git().ask(&["config", "--null", "--name-only", "--get-regexp", r"^filter\..*\."])?;
    if !answer.success && !answer.stderr.is_empty() {
        return answer.into_output().map(|_| None);
    }
    let mut drivers = Vec::new();
    for key in listing::records(&answer.stdout) {
        let Ok(key) = std::str::from_utf8(key) else { return Ok(None) };
        let driver = key.strip_prefix("filter.").and_then(|rest| rest.rsplit_once('.')).map(|(driver, _)| driver.to_owned());
        drivers.extend(driver);
    }
    drivers.sort_unstable();
    drivers.dedup();
    // `-c` takes what stands before the first `=` for the name.
    let all_can_be_named = drivers.len() <= DRIVERS && !drivers.iter().any(|driver| driver.contains('='));
    Ok(all_can_be_named.then_some(drivers))
}

fn untracked(repository: &Repository, top: &Path) -> Result<Vec<Vec<u8>>, TreeError> {
    let answer = repository.git().ask_watched(&["ls-files", "-o", "--exclude-standard", "-z"], top)?;
    // Only a warning to git; but what was not listed would pass in silence.
    let complaints = String::from_utf8_lossy(&answer.stderr);
    if let Some(line) = complaints.lines().find(|line| line.contains("could not open directory")) {
        return Err(TreeError::new(format!("git: {}", shown(line.trim_start_matches("warning: "))))
            .with_help("make the directory readable, or let git ignore it: nothing in it can be judged"));
    }
    Ok(listing::records(&answer.into_output()?).map(<[u8]>::to_vec).collect())
}

fn joined<T>(thread: ScopedJoinHandle<'_, Result<T, TreeError>>) -> Result<T, TreeError> {
    thread.join().unwrap_or_else(|_| Err(TreeError::new("the working tree cannot be listed")))
}
