//! What git's listings say, record by record.

use super::git::shown;
use super::{ContentId, Entry, EntryKind, TreeError};
use crate::text::RepoPath;

/// One record of the index.
pub(super) struct Indexed {
    pub entry: Entry,
    /// One side of a merge that is not resolved: the path may come up to three times.
    pub conflicted: bool,
    /// Left out of the working tree by a sparse checkout, and no edit for that.
    pub skipped: bool,
}

/// The records of `ls-files -s -t -z`: `TAG MODE ID STAGE\tPATH`, sorted by path, each path once.
///
/// # Errors
/// A record of another form, and a path that leads out of the tree.
pub(super) fn index(listing: &[u8]) -> Result<Vec<Indexed>, TreeError> {
    let mut all = Vec::new();
    for record in records(listing) {
        let (fields, path) = split(record)?;
        let [tag, mode, id, stage] = fields.as_slice() else { return Err(unknown(record)) };
        let conflicted = *stage != "0";
        let id = if conflicted { None } else { Some(ContentId((*id).into())) };
        all.push(Indexed { entry: Entry { path, kind: kind(mode), id }, conflicted, skipped: *tag == "S" });
    }
    all.sort_by(|a, b| a.entry.path.cmp(&b.entry.path));
    all.dedup_by(|a, b| a.entry.path == b.entry.path);
    Ok(all)
}

/// The records of `ls-tree -r -z`: `MODE TYPE ID\tPATH`, sorted by path, each path once.
///
/// # Errors
/// A record of another form, and a path that leads out of the tree.
pub(super) fn commit(listing: &[u8]) -> Result<Vec<Entry>, TreeError> {
    let mut entries = Vec::new();
    for record in records(listing) {
        let (fields, path) = split(record)?;
        let [mode, _, id] = fields.as_slice() else { return Err(unknown(record)) };
        entries.push(Entry { path, kind: kind(mode), id: Some(ContentId((*id).into())) });
    }
    Ok(in_order(entries))
}

/// The parts of what `-z` wrote.
pub(super) fn records(listing: &[u8]) -> impl Iterator<Item = &[u8]> {
    listing.split(|byte| *byte == 0).filter(|record| !record.is_empty())
}

/// Sorted by path bytewise, each path once (the first).
pub(super) fn in_order(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    entries.dedup_by(|a, b| a.path == b.path);
    entries
}

fn split(record: &[u8]) -> Result<(Vec<&str>, RepoPath), TreeError> {
    let tab = record.iter().position(|byte| *byte == b'\t').ok_or_else(|| unknown(record))?;
    let (fields, path) = record.split_at(tab);
    let (fields, path) = (std::str::from_utf8(fields).map_err(|_| unknown(record))?, &path[1..]);
    if !is_inside(path) {
        let path = shown(&String::from_utf8_lossy(path));
        return Err(TreeError::new(format!("git lists `{path}`, which is no path inside a repository")));
    }
    Ok((fields.split(' ').collect(), RepoPath::from_bytes(path)))
}

/// Whether a path stays below the directory that it is joined to. Git never writes others; whoever forges an index does.
fn is_inside(path: &[u8]) -> bool {
    let foreign = |byte: &u8| cfg!(windows) && matches!(byte, b'\\' | b':');
    path.split(|byte| *byte == b'/').all(|part| !matches!(part, b"" | b"." | b"..")) && !path.iter().any(foreign)
}

fn kind(mode: &str) -> EntryKind {
    match mode {
        "120000" => EntryKind::Link,
        "160000" => EntryKind::Submodule,
        _ => EntryKind::File,
    }
}

fn unknown(record: &[u8]) -> TreeError {
    TreeError::new(format!("git lists `{}`, which is not understood", shown(&String::from_utf8_lossy(record))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_comes_once_and_in_order() {
        let listing = b"H 100644 aa 0\tb\0M 100644 aa 1\ta\0M 100644 bb 2\ta\0S 120000 cc 0\ta-b\0H 160000 dd 0\ta/\xff\0";
        let all = index(listing).unwrap();
        let seen: Vec<_> =
            all.iter().map(|one| (one.entry.path.as_bytes(), one.conflicted, one.skipped, one.entry.kind)).collect();
        assert_eq!(
            seen,
            [
                (&b"a"[..], true, false, EntryKind::File),
                (b"a-b", false, true, EntryKind::Link),
                (b"a/\xff", false, false, EntryKind::Submodule),
                (b"b", false, false, EntryKind::File)
            ]
        );
    }

    #[test]
    fn paths_that_lead_out_are_refused() {
        for path in ["/etc/passwd", "../x", "a/../../x", "a//b", "a/./b", ""] {
            assert!(index(format!("H 100644 aa 0\t{path}\0").as_bytes()).is_err(), "{path}");
            assert!(commit(format!("100644 blob aa\t{path}\0").as_bytes()).is_err(), "{path}");
        }
        assert!(commit(b"100644\0").is_err() && commit(b"100644 aa\tx\0").is_err());
    }
}
