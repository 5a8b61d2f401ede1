//! Fixed contents on their way to disk: whole or not at all, never through a link, never over what was not judged.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::text::RepoPath;

/// A file before and after its fixes, as the judged tree has it.
pub struct Fixed {
    /// `None`: the file is new.
    pub before: Option<Vec<u8>>,
    pub after: Vec<u8>,
}

/// Why a file was left as it is.
#[derive(Debug)]
pub struct Refused {
    pub path: RepoPath,
    pub why: String,
}

/// A file that is written beside its place and waits to be renamed.
struct Pending {
    part: tempfile::NamedTempFile,
    target: PathBuf,
}

/// Writes `files` below `top`. What may not be written is told and left alone; the rest is first written beside its place and
/// then renamed, so that no file is ever seen half written.
///
/// # Errors
/// What the operating system says; then no file has changed, unless it was said while renaming.
pub fn write(top: &Path, files: &BTreeMap<RepoPath, Fixed>) -> io::Result<Vec<Refused>> {
    let (mut pending, mut refused) = (Vec::new(), Vec::new());
    for (path, fixed) in files {
        match prepared(top, path, fixed)? {
            Ok(file) => pending.push(file),
            Err(why) => refused.push(Refused { path: path.clone(), why }),
        }
    }
    for file in pending {
        file.part.persist(&file.target).map_err(|error| error.error)?;
    }
    Ok(refused)
}

fn prepared(top: &Path, path: &RepoPath, fixed: &Fixed) -> io::Result<Result<Pending, String>> {
    let target = match inside(top, path) {
        Ok(target) => target,
        Err(why) => return Ok(Err(why)),
    };
    let present = match fs::symlink_metadata(&target) {
        Ok(metadata) if !metadata.is_file() => return Ok(Err("it is no plain file".into())),
        Ok(metadata) => Some((metadata.permissions(), fs::read(&target)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let content = match as_on_disk(fixed, present.as_ref().map(|(_, bytes)| bytes.as_slice())) {
        Ok(content) => content,
        Err(why) => return Ok(Err(why.into())),
    };
    let part = part_beside(&target, &content)?;
    if let Some((permissions, _)) = present {
        part.as_file().set_permissions(permissions)?;
    }
    Ok(Ok(Pending { part, target }))
}

/// Puts `content` into a file whole or not at all. What is no plain file (a terminal, a pipe) is written to as it is.
///
/// # Errors
/// What the operating system says.
pub fn write_whole(target: &Path, content: &[u8]) -> io::Result<()> {
    if fs::metadata(target).is_ok_and(|metadata| !metadata.is_file()) {
        return fs::write(target, content);
    }
    part_beside(target, content)?.persist(target).map(|_| ()).map_err(|error| error.error)
}

/// A file with that content in the directory of `target`, which goes away unless it is renamed.
fn part_beside(target: &Path, content: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let directory = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ssot-");
    // As any new file: what the process's mask leaves of it. A temporary one would be for its owner alone.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut part = builder.tempfile_in(directory)?;
    part.write_all(content)?;
    part.as_file().sync_all()?;
    Ok(part)
}

/// The place of `path` below `top`, where no directory on the way is a link; those that are missing are made.
fn inside(top: &Path, path: &RepoPath) -> Result<PathBuf, String> {
    if path.raw().is_some() {
        return Err("its path is not UTF-8".into());
    }
    let mut place = top.to_path_buf();
    let segments: Vec<&str> = path.as_str().split('/').collect();
    if segments.iter().any(|segment| matches!(*segment, "" | "." | ".." | ".git")) {
        return Err("its path leads out of the tree".into());
    }
    for (at, segment) in segments.iter().enumerate() {
        place.push(segment);
        let last = at + 1 == segments.len();
        let shown = || segments[..=at].join("/");
        match fs::symlink_metadata(&place) {
            _ if last => {}
            Ok(metadata) if metadata.is_dir() => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir(&place).map_err(|error| format!("directory `{}` cannot be made: {error}", shown()))?;
            }
            _ => return Err(format!("`{}` is no directory", shown())),
        }
    }
    Ok(place)
}

/// The fixed content in the line endings that the file has on disk, which git may convert.
fn as_on_disk(fixed: &Fixed, present: Option<&[u8]>) -> Result<Vec<u8>, &'static str> {
    const OTHER: &str = "what is on disk is not what was judged: stage or stash its edits first";
    match (&fixed.before, present) {
        (None, None) => Ok(fixed.after.clone()),
        (Some(before), Some(present)) if before == present => Ok(fixed.after.clone()),
        (Some(before), Some(present)) if !before.contains(&b'\r') && without_returns(present) == *before => {
            Ok(with_returns(&fixed.after))
        }
        _ => Err(OTHER),
    }
}

fn without_returns(bytes: &[u8]) -> Vec<u8> {
    let kept = bytes.iter().enumerate().filter(|(at, byte)| **byte != b'\r' || bytes.get(at + 1) != Some(&b'\n'));
    kept.map(|(_, byte)| *byte).collect()
}

fn with_returns(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 16);
    for byte in bytes {
        if *byte == b'\n' {
            out.push(b'\r');
        }
        out.push(*byte);
    }
    out
}
