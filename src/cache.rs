//! What was read out of files before, kept between runs: raw facts by content, in a directory of the user's.
//!
//! A cache can only save time. What is not there, of another program, or damaged, is read anew; what cannot be written is not
//! kept. There is one file a repository, read whole and replaced whole, so that runs beside each other do not disturb each other.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The first bytes of a cache file.
const MARK: &[u8] = b"ssot raw facts 2\n";

/// A larger cache file is not read, and none is written that is larger.
const MAX_BYTES: usize = 128 << 20;

/// Cache files of other repositories that are kept.
const MAX_FILES: usize = 50;

const SUFFIX: &str = "facts";

/// What something is known by: its content, and everything else that it is a function of.
pub type Key = [u8; 16];

/// The cache of one repository.
pub struct Cache {
    file: PathBuf,
    /// What tells this program from all others.
    program: [u8; 32],
    /// Read when something is first looked for: a run that looks for nothing pays nothing.
    kept: OnceLock<Kept>,
    fresh: Mutex<HashMap<Key, Vec<u8>>>,
}

/// What runs before this one have kept.
#[derive(Default)]
struct Kept {
    text: Vec<u8>,
    known: HashMap<Key, Known>,
}

struct Known {
    range: Range<usize>,
    used: AtomicBool,
}

impl Cache {
    /// Opens the cache of the repository at `top` in `directory`; none where that lies in the repository itself.
    pub fn open(directory: &Path, top: &Path) -> Option<Self> {
        let top = top.canonicalize().ok()?;
        let inside = directory.canonicalize().unwrap_or_else(|_| directory.to_path_buf());
        if inside.starts_with(&top) || !directory.is_absolute() {
            return None;
        }
        let name = &blake3::hash(top.as_os_str().as_encoded_bytes()).to_hex()[..32];
        let file = directory.join(format!("{name}.{SUFFIX}"));
        Some(Cache { file, program: program()?, kept: OnceLock::new(), fresh: Mutex::default() })
    }

    fn kept(&self) -> &Kept {
        self.kept.get_or_init(|| {
            let small = std::fs::metadata(&self.file).is_ok_and(|data| data.is_file() && data.len() <= MAX_BYTES as u64);
            let text = if small { std::fs::read(&self.file).unwrap_or_default() } else { Vec::new() };
            Kept { known: index(&text).unwrap_or_default(), text }
        })
    }

    /// The key of what the extraction known as `extraction` reads out of a file.
    pub fn key(&self, extraction: &str, path: &[u8], content: &[u8; 32]) -> Key {
        let mut hasher = blake3::Hasher::new();
        for part in [&self.program, extraction.as_bytes(), path, content] {
            // Lengths keep parts apart.
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
        let mut key = [0; 16];
        key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        key
    }

    pub fn get<T: DeserializeOwned>(&self, key: &Key) -> Option<T> {
        let kept = self.kept();
        let known = kept.known.get(key)?;
        let value = postcard::from_bytes(kept.text.get(known.range.clone())?).ok()?;
        known.used.store(true, Ordering::Relaxed);
        Some(value)
    }

    pub fn put<T: Serialize>(&self, key: Key, value: &T) {
        if let Ok(bytes) = postcard::to_stdvec(value) {
            self.fresh.lock().unwrap_or_else(PoisonError::into_inner).insert(key, bytes);
        }
    }

    /// Writes what is new, and what was there as far as there is room: what was used first.
    pub fn close(self) {
        let (fresh, old) = (self.fresh.into_inner().unwrap_or_else(PoisonError::into_inner), self.kept.into_inner());
        if fresh.is_empty() {
            return;
        }
        let Kept { text, known } = old.unwrap_or_default();
        let mut kept: Vec<(&Key, &[u8])> = fresh.iter().map(|(key, bytes)| (key, bytes.as_slice())).collect();
        let of = |used: bool| {
            let known = known.iter().filter(move |(_, known)| known.used.load(Ordering::Relaxed) == used);
            known.filter_map(|(key, known)| Some((key, text.get(known.range.clone())?)))
        };
        kept.extend(of(true).chain(of(false)).filter(|(key, _)| !fresh.contains_key(*key)));
        let mut body = Vec::new();
        for (key, bytes) in kept {
            let Ok(length) = u32::try_from(bytes.len()) else { continue };
            if body.len() + bytes.len() > MAX_BYTES - 1024 {
                continue;
            }
            body.extend(key);
            body.extend(length.to_le_bytes());
            body.extend(bytes);
        }
        // What cannot be written is not kept.
        _ = write(&self.file, &body);
    }
}

/// The entries of a cache file; none where it is damaged.
fn index(text: &[u8]) -> Option<HashMap<Key, Known>> {
    let rest = text.strip_prefix(MARK)?;
    let (sum, body) = rest.split_at_checked(32)?;
    if blake3::hash(body).as_bytes() != sum {
        return None;
    }
    let mut known = HashMap::new();
    let mut at = MARK.len() + 32;
    while at < text.len() {
        let key: Key = text.get(at..at + 16)?.try_into().ok()?;
        let length = u32::from_le_bytes(text.get(at + 16..at + 20)?.try_into().ok()?) as usize;
        let range = at + 20..at + 20 + length;
        text.get(range.clone())?;
        at = range.end;
        known.insert(key, Known { range, used: AtomicBool::new(false) });
    }
    Some(known)
}

fn write(file: &Path, body: &[u8]) -> std::io::Result<()> {
    let directory = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory)?;
    drop_oldest(directory);
    let mut part = tempfile::Builder::new().prefix(".part-").tempfile_in(directory)?;
    std::io::Write::write_all(&mut part, MARK)?;
    std::io::Write::write_all(&mut part, blake3::hash(body).as_bytes())?;
    std::io::Write::write_all(&mut part, body)?;
    part.persist(file).map(|_| ()).map_err(|error| error.error)
}

/// Makes room for one more repository.
fn drop_oldest(directory: &Path) {
    let Ok(listed) = directory.read_dir() else { return };
    let files = listed.flatten().filter(|item| item.path().extension().is_some_and(|extension| extension == SUFFIX));
    let dated = files.filter_map(|item| Some((item.metadata().ok()?.modified().ok()?, item.path())));
    let mut files: Vec<_> = dated.collect();
    files.sort();
    let most = files.len().saturating_sub(MAX_FILES);
    for (_, path) in files.into_iter().take(most) {
        _ = std::fs::remove_file(path);
    }
}

/// This very program: of one version there may be many builds.
fn program() -> Option<[u8; 32]> {
    let file = std::env::current_exe().ok()?;
    let data = file.metadata().ok()?;
    let modified = data.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    let words = format!("{} {} {} {}", env!("CARGO_PKG_VERSION"), data.len(), modified.as_nanos(), file.display());
    Some(*blake3::hash(words.as_bytes()).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(directory: &Path) -> Cache {
        let top = directory.join("top");
        std::fs::create_dir_all(&top).unwrap();
        Cache::open(&directory.join("cache"), &top).unwrap()
    }

    #[test]
    fn what_is_put_is_there_next_time() {
        let directory = tempfile::tempdir().unwrap();
        let cache = opened(directory.path());
        let keys = [cache.key("a", b"x.py", &[1; 32]), cache.key("a", b"x.py", &[2; 32]), cache.key("b", b"x.py", &[1; 32])];
        assert_eq!(cache.get::<String>(&keys[0]), None);
        cache.put(keys[0], &"one".to_string());
        cache.put(keys[1], &"two".to_string());
        cache.close();
        let cache = opened(directory.path());
        assert_eq!(cache.get::<String>(&keys[0]).as_deref(), Some("one"));
        assert_eq!(cache.get::<String>(&keys[2]), None);
        cache.put(keys[2], &"three".to_string());
        cache.close();
        let cache = opened(directory.path());
        assert!(keys.iter().all(|key| cache.get::<String>(key).is_some()));
    }

    #[test]
    fn what_is_damaged_is_not_there() {
        let directory = tempfile::tempdir().unwrap();
        let cache = opened(directory.path());
        let key = cache.key("a", b"x.py", &[1; 32]);
        let file = cache.file.clone();
        cache.put(key, &vec!["value".to_string(); 3]);
        cache.close();
        let sound = std::fs::read(&file).unwrap();
        for cut in 0..sound.len() {
            std::fs::write(&file, &sound[..cut]).unwrap();
            assert_eq!(opened(directory.path()).get::<Vec<String>>(&key), None, "{cut}");
            let mut damaged = sound.clone();
            damaged[cut] ^= 0x20;
            std::fs::write(&file, &damaged).unwrap();
            assert_eq!(opened(directory.path()).get::<Vec<String>>(&key), None, "{cut}");
        }
        std::fs::write(&file, &sound).unwrap();
        assert!(opened(directory.path()).get::<Vec<String>>(&key).is_some());
        assert_eq!(opened(directory.path()).get::<Vec<(u64, Vec<String>)>>(&key), None, "another type");
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        let cache = opened(directory.path());
        cache.put(key, &1);
        cache.close();
    }

    #[test]
    fn it_never_lies_in_the_tree() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("cache")).unwrap();
        assert!(Cache::open(&directory.path().join("cache"), directory.path()).is_none());
        assert!(Cache::open(Path::new("cache"), directory.path()).is_none());
    }
}
