//! Reading from disk what a hostile repository may have put there: nothing is followed, and nothing that could block is opened.

use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{EntryKind, ReadError};

/// The content of the plain file at `path`, of at most `limit` bytes; a link in the last segment is not followed.
///
/// # Errors
/// `TooLarge` before anything is read, `Io` where there is no plain file or it cannot be read.
pub(super) fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    // A FIFO is refused before it is opened; the second look is at what really was opened.
    plain(&path.symlink_metadata().map_err(io_error)?)?;
    let file = open(path).map_err(io_error)?;
    let metadata = file.metadata().map_err(io_error)?;
    plain(&metadata)?;
    if metadata.len() > limit {
        return Err(ReadError::TooLarge(metadata.len()));
    }
    let mut bytes = Vec::new();
    bytes.try_reserve(usize::try_from(metadata.len()).unwrap_or(usize::MAX)).map_err(|_| ReadError::TooLarge(metadata.len()))?;
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(io_error)?;
    within(bytes, limit)
}

/// The target of the symbolic link at `path`.
///
/// # Errors
/// `TooLarge` above `limit` bytes, `Io` where there is no link.
pub(super) fn read_link(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    within(native_bytes(&path.read_link().map_err(io_error)?), limit)
}

/// What stands at `path`, without following a link; `None` for a directory, and where there is nothing.
pub(super) fn kind_at(path: &Path) -> Option<EntryKind> {
    kind_of(path.symlink_metadata().ok()?.file_type())
}

/// The kind of a directory entry; `None` for a directory.
pub(super) fn kind_of(file_type: FileType) -> Option<EntryKind> {
    if file_type.is_dir() {
        None
    } else if file_type.is_symlink() {
        Some(EntryKind::Link)
    } else if file_type.is_file() {
        Some(EntryKind::File)
    } else {
        Some(EntryKind::Special)
    }
}

/// The path that git or the tree knows by these bytes.
pub(super) fn native_path(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
    }
    #[cfg(not(unix))]
    {
        PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
    }
}

/// The bytes by which git and the tree know a native path: `/` separates.
pub(super) fn native_bytes(path: &Path) -> Vec<u8> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        path.as_os_str().as_bytes().to_vec()
    }
    #[cfg(not(unix))]
    {
        path.to_string_lossy().replace('\\', "/").into_bytes()
    }
}

/// Whether some process waits at the FIFO `path` for a writer.
pub(super) fn is_awaited_fifo(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
        let is_fifo = path.symlink_metadata().is_ok_and(|metadata| metadata.file_type().is_fifo());
        // Without waiting, a FIFO can be opened for writing just where a reader has it open.
        is_fifo && OpenOptions::new().write(true).custom_flags(libc::O_NONBLOCK | libc::O_NOFOLLOW).open(path).is_ok()
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOFOLLOW);
    }
    options.open(path)
}

fn plain(metadata: &Metadata) -> Result<(), ReadError> {
    match metadata.is_file() {
        true => Ok(()),
        false => Err(ReadError::Io("not a plain file".into())),
    }
}

fn within(bytes: Vec<u8>, limit: u64) -> Result<Vec<u8>, ReadError> {
    match bytes.len() as u64 {
        size if size > limit => Err(ReadError::TooLarge(size)),
        _ => Ok(bytes),
    }
}

fn io_error(error: io::Error) -> ReadError {
    ReadError::Io(error.to_string())
}
