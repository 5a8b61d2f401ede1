//! A plain directory.

use std::fs::ReadDir;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use sha1::Sha1;

use super::git::shown;
use super::memory::blob_id;
use super::{ContentId, Description, Entry, EntryKind, ReadError, Tree, TreeError, disk, listing};
use crate::text::RepoPath;

/// No ignore file that a person wrote is longer; what is longer counts as absent.
const IGNORE_FILE: u64 = 4 << 20;

/// Every file below a directory that the `.gitignore` and `.ignore` files in it do not exclude; `.git` is left out.
pub struct DirectoryTree {
    root: PathBuf,
    entries: Vec<Entry>,
}

impl DirectoryTree {
    /// Lists the directory. Links are not followed; ignore files above `root` and the user's own do not count.
    ///
    /// # Errors
    /// A directory that cannot be listed.
    pub fn open(root: &Path) -> Result<Self, TreeError> {
        Self::open_within(root, usize::MAX)
    }

    /// The same, of at most so many files.
    ///
    /// # Errors
    /// As [`open`](Self::open), and where there are more.
    pub fn open_within(root: &Path, most: usize) -> Result<Self, TreeError> {
        let root = root.canonicalize().map_err(|error| unlisted(root, &error))?;
        let mut entries = Vec::new();
        // The walker of `ignore` opens ignore files that are FIFOs, and waits for ever; hence its matchers, and a walk of ours.
        let mut pending = vec![(root.clone(), None)];
        while let Some((directory, above)) = pending.pop() {
            let listed = directory.read_dir().map_err(|error| unlisted(&directory, &error))?;
            let rules = Rules::enter(&directory, above);
            list(&root, &directory, listed, &rules, &mut entries, &mut pending)?;
            if entries.len().saturating_add(pending.len()) > most {
                return Err(TreeError::new(format!("it holds more than {most} files")));
            }
        }
        Ok(DirectoryTree { root, entries: listing::in_order(entries) })
    }

    /// The same without `paths`.
    pub fn without(mut self, paths: &[RepoPath]) -> Self {
        self.entries.retain(|entry| !paths.contains(&entry.path));
        self
    }
}

impl Tree for DirectoryTree {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn read(&self, entry: &Entry, limit: u64) -> Result<Vec<u8>, ReadError> {
        let path = self.root.join(disk::native_path(entry.path.as_bytes()));
        match entry.kind {
            EntryKind::File => disk::read_file(&path, limit),
            EntryKind::Link => disk::read_link(&path, limit),
            EntryKind::Submodule | EntryKind::Special => Ok(Vec::new()),
        }
    }

    fn id_of(&self, bytes: &[u8]) -> ContentId {
        blob_id::<Sha1>(bytes)
    }

    fn describe(&self) -> Description {
        Description { kind: "directory", commit: None }
    }
}

/// Directories still to list, with the rules that hold around them.
type Pending = Vec<(PathBuf, Option<Arc<Rules>>)>;

fn list(
    root: &Path,
    directory: &Path,
    listed: ReadDir,
    rules: &Option<Arc<Rules>>,
    entries: &mut Vec<Entry>,
    pending: &mut Pending,
) -> Result<(), TreeError> {
    for item in listed {
        let item = item.map_err(|error| unlisted(directory, &error))?;
        let path = item.path();
        // What is gone since the directory was listed is not in the tree.
        let Ok(file_type) = item.file_type() else { continue };
        if item.file_name() == ".git" || Rules::exclude(rules, &path, file_type.is_dir()) {
            continue;
        }
        match disk::kind_of(file_type) {
            None => pending.push((path, rules.clone())),
            Some(kind) => entries.push(Entry { path: relative(root, &path), kind, id: None }),
        }
    }
    Ok(())
}

fn relative(root: &Path, path: &Path) -> RepoPath {
    RepoPath::from_bytes(&disk::native_bytes(path.strip_prefix(root).unwrap_or(path)))
}

/// The ignore files of one directory, and the nearest above that has any.
struct Rules {
    above: Option<Arc<Rules>>,
    /// `.ignore`, then `.gitignore`.
    files: [Option<Gitignore>; 2],
}

impl Rules {
    fn enter(directory: &Path, above: Option<Arc<Rules>>) -> Option<Arc<Rules>> {
        let files = [".ignore", ".gitignore"].map(|name| ignore_file(directory, name));
        if files.iter().all(Option::is_none) {
            return above;
        }
        Some(Arc::new(Rules { above, files }))
    }

    /// Whether a path is ignored: any `.ignore` outweighs any `.gitignore`, and of each the nearest that has a say.
    fn exclude(rules: &Option<Arc<Rules>>, path: &Path, is_dir: bool) -> bool {
        for which in [0, 1] {
            let mut next = rules.as_ref();
            while let Some(rules) = next {
                match rules.files[which].as_ref().map_or(Match::None, |file| file.matched(path, is_dir)) {
                    Match::Ignore(_) => return true,
                    Match::Whitelist(_) => return false,
                    Match::None => next = rules.above.as_ref(),
                }
            }
        }
        false
    }
}

fn ignore_file(directory: &Path, name: &str) -> Option<Gitignore> {
    let text = disk::read_file(&directory.join(name), IGNORE_FILE).ok()?;
    let mut builder = GitignoreBuilder::new(directory);
    for line in String::from_utf8_lossy(&text).trim_start_matches('\u{feff}').lines() {
        // A pattern that is none excludes nothing.
        let _ = builder.add_line(None, line);
    }
    builder.build().ok()
}

fn unlisted(directory: &Path, error: &std::io::Error) -> TreeError {
    TreeError::new(format!("directory `{}` cannot be listed: {error}", shown(&directory.to_string_lossy())))
        .with_help("make it readable, or exclude it by an ignore file")
}
