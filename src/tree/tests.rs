//! The trees against real git, in directories of their own.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::*;

const NO_LIMIT: u64 = 1 << 30;

/// A directory in which real git works, without the machine's configuration.
struct Sandbox {
    dir: TempDir,
}

impl Sandbox {
    /// A directory without git.
    fn plain() -> Self {
        Sandbox { dir: tempfile::tempdir().unwrap() }
    }

    /// An empty repository.
    fn new() -> Self {
        let sandbox = Sandbox::plain();
        sandbox.git(&["init", "-q", "-b", "main"]);
        sandbox
    }

    /// A repository with one commit of these files.
    fn with(files: &[(&str, &str)]) -> Self {
        let sandbox = Sandbox::new();
        sandbox.commit(files);
        sandbox
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn commit(&self, files: &[(&str, &str)]) -> String {
        files.iter().for_each(|(path, content)| self.write(path, content));
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn git(&self, args: &[&str]) -> String {
        let output = self.attempt(args);
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    fn attempt(&self, args: &[&str]) -> std::process::Output {
        let mut git = Command::new("git");
        for who in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{who}_NAME"), "n").env(format!("GIT_{who}_EMAIL"), "n@example.org");
        }
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        git.args(["-c", "protocol.file.allow=always"]).args(args).current_dir(self.dir.path()).output().unwrap()
    }

    fn repository(&self) -> Repository {
        Repository::discover(self.dir.path()).unwrap().unwrap()
    }

    fn work_tree(&self) -> WorkTree {
        WorkTree::open(&self.repository()).unwrap()
    }

    fn index(&self) -> IndexTree {
        IndexTree::open(&self.repository()).unwrap()
    }

    fn head(&self) -> CommitTree {
        let repository = self.repository();
        CommitTree::open(&repository, &repository.head_commit().unwrap().unwrap()).unwrap()
    }

    fn fifo(&self, path: &str) {
        assert!(Command::new("mkfifo").arg(self.path(path)).status().unwrap().success());
    }
}

fn paths(tree: &dyn Tree) -> Vec<&str> {
    tree.entries().iter().map(|entry| entry.path.as_str()).collect()
}

fn entry<'a>(tree: &'a dyn Tree, path: &str) -> &'a Entry {
    tree.entry(&path.into()).unwrap_or_else(|| panic!("`{path}` is not among {:?}", paths(tree)))
}

fn read(tree: &dyn Tree, path: &str) -> Result<String, ReadError> {
    tree.read(entry(tree, path), NO_LIMIT).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn text(tree: &dyn Tree, path: &str) -> String {
    read(tree, path).unwrap()
}

#[test]
fn the_working_tree_is_what_git_would_add() {
    let sandbox = Sandbox::with(&[("a.py", "1\n"), ("b.py", "1\n"), ("gone.py", ""), ("dir/gone.py", "")]);
    sandbox.write("build/tracked", "t");
    sandbox.git(&["add", "build/tracked"]);
    sandbox.write(".gitignore", "build/\n*.tmp\n");
    sandbox.write("build/ignored", "i");
    sandbox.write("x.tmp", "i");
    sandbox.write("a.py", "2\n");
    sandbox.write("new/n.py", "3\n");
    fs::remove_file(sandbox.path("gone.py")).unwrap();
    fs::remove_dir_all(sandbox.path("dir")).unwrap();

    let tree = sandbox.work_tree();
    assert_eq!(paths(&tree), [".gitignore", "a.py", "b.py", "build/tracked", "new/n.py"]);
    assert_eq!((text(&tree, "a.py"), text(&tree, "new/n.py")), ("2\n".into(), "3\n".into()));
    assert_eq!((entry(&tree, "a.py").id.as_ref(), entry(&tree, "new/n.py").id.as_ref()), (None, None));
    assert_eq!(entry(&tree, "b.py").id, Some(tree.id_of(b"1\n")));
    assert_eq!(tree.describe(), Description { kind: "worktree", commit: sandbox.repository().head_commit().unwrap() });
}

#[test]
fn a_sub_directory_finds_the_same_tree() {
    let sandbox = Sandbox::with(&[("top.txt", "t"), ("deep/er/x.txt", "x")]);
    let repository = Repository::discover(&sandbox.path("deep/er")).unwrap().unwrap();
    assert_eq!(repository.top(), Some(sandbox.dir.path().canonicalize().unwrap().as_path()));
    assert_eq!(paths(&WorkTree::open(&repository).unwrap()), ["deep/er/x.txt", "top.txt"]);
    assert_eq!(paths(&IndexTree::open(&repository).unwrap()), ["deep/er/x.txt", "top.txt"]);
}

#[test]
fn index_and_commit_do_not_see_the_disk() {
    let sandbox = Sandbox::with(&[("a.py", "committed\n")]);
    sandbox.write("a.py", "staged\n");
    sandbox.write("new.py", "");
    sandbox.git(&["add", "a.py"]);
    sandbox.write("a.py", "edited\n");
    let (index, head) = (sandbox.index(), sandbox.head());
    assert_eq!((paths(&index), text(&index, "a.py")), (vec!["a.py"], "staged\n".into()));
    assert_eq!((paths(&head), text(&head, "a.py")), (vec!["a.py"], "committed\n".into()));
    assert_eq!((index.describe().kind, head.describe().kind), ("index", "commit"));
    assert_eq!(index.describe().commit, head.describe().commit);
}

#[test]
fn nothing_is_written() {
    let sandbox = Sandbox::with(&[("a.py", "1\n"), ("b.py", "1\n")]);
    fs::File::open(sandbox.path("b.py")).unwrap().set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    let before = fs::read(sandbox.path(".git/index")).unwrap();
    let listed = |dir: &str| fs::read_dir(sandbox.path(dir)).unwrap().count();
    let counts = (listed(".git"), listed(".git/objects"));
    assert_eq!(entry(&sandbox.work_tree(), "b.py").id, Some(sandbox.head().id_of(b"1\n")), "touched, and not edited");
    assert_eq!(text(&sandbox.index(), "a.py"), "1\n");
    assert_eq!(fs::read(sandbox.path(".git/index")).unwrap(), before);
    assert_eq!((listed(".git"), listed(".git/objects")), counts);
}

#[test]
fn links_are_their_targets_and_are_not_followed() {
    let sandbox = Sandbox::with(&[("real/x.txt", "x"), ("moved/y.txt", "y")]);
    for (target, link) in [("real", "to-dir"), ("/etc/passwd", "out"), ("loop", "loop"), ("../gone", "dangling")] {
        symlink(target, sandbox.path(link)).unwrap();
    }
    sandbox.commit(&[]);
    symlink("real/x.txt", sandbox.path("new-link")).unwrap();
    // A tracked directory that becomes a link does not lead to its files any more.
    fs::rename(sandbox.path("moved"), sandbox.path("other")).unwrap();
    symlink("other", sandbox.path("moved")).unwrap();

    let tree = sandbox.work_tree();
    assert_eq!(paths(&tree), ["dangling", "loop", "moved", "new-link", "other/y.txt", "out", "real/x.txt", "to-dir"]);
    for (path, target) in [("out", "/etc/passwd"), ("loop", "loop"), ("moved", "other"), ("new-link", "real/x.txt")] {
        assert_eq!((entry(&tree, path).kind, text(&tree, path)), (EntryKind::Link, target.into()));
    }
    let head = sandbox.head();
    assert_eq!((entry(&head, "out").kind, text(&head, "out")), (EntryKind::Link, "/etc/passwd".into()));
}

#[test]
fn fifos_and_unreadable_files_are_not_waited_for() {
    let sandbox = Sandbox::with(&[("pipe", ""), ("secret", "s")]);
    fs::remove_file(sandbox.path("pipe")).unwrap();
    sandbox.fifo("pipe");
    let tree = sandbox.work_tree();
    assert_eq!((entry(&tree, "pipe").kind, text(&tree, "pipe")), (EntryKind::Special, String::new()));
    // What becomes a FIFO after the listing is not opened either.
    fs::remove_file(sandbox.path("secret")).unwrap();
    sandbox.fifo("secret");
    let listed_as_edited = Entry { id: None, ..entry(&tree, "secret").clone() };
    assert!(matches!(tree.read(&listed_as_edited, NO_LIMIT), Err(ReadError::Io(_))));
    assert_eq!(text(&tree, "secret"), "s", "the index still holds it");
}

#[test]
fn a_fifo_that_git_reads_is_an_error_that_names_it() {
    for (name, needs_touch) in [(".gitignore", false), (".gitattributes", true)] {
        let sandbox = Sandbox::with(&[("d/a.txt", "a")]);
        sandbox.fifo(&format!("d/{name}"));
        if needs_touch {
            fs::File::open(sandbox.path("d/a.txt")).unwrap().set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        }
        let error = WorkTree::open(&sandbox.repository()).err().unwrap();
        assert!(error.message.contains(name) && error.help.is_some(), "{error}");
    }
}

#[test]
fn names_may_be_any_bytes() {
    let sandbox = Sandbox::new();
    let names: [&[u8]; 4] = [b"a\nb", b"c\x1b[31m", b"d\xff.txt", b"e\t\"'"];
    for name in names {
        fs::write(sandbox.dir.path().join(std::ffi::OsStr::from_bytes(name)), name).unwrap();
    }
    let untracked = sandbox.work_tree();
    sandbox.commit(&[]);
    let trees: [&dyn Tree; 4] = [&untracked, &sandbox.work_tree(), &sandbox.index(), &sandbox.head()];
    for tree in trees {
        let listed: Vec<_> = tree.entries().iter().map(|entry| entry.path.as_bytes()).collect();
        assert_eq!(listed, names);
        for entry in tree.entries() {
            assert_eq!(tree.read(entry, NO_LIMIT).unwrap(), entry.path.as_bytes());
        }
    }
}

#[test]
fn a_repository_without_commits_has_a_working_tree_and_an_index() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1");
    let repository = sandbox.repository();
    assert_eq!(repository.head_commit().unwrap(), None);
    assert_eq!((paths(&sandbox.work_tree()), paths(&sandbox.index())), (vec!["a"], vec![]));
    assert!(repository.resolve("HEAD").is_err());
}

#[test]
fn other_repositories_are_listed_and_not_entered() {
    let sandbox = Sandbox::new();
    for inner in ["sub", "nested"] {
        sandbox.git(&["init", "-q", inner]);
        sandbox.write(&format!("{inner}/x"), "x");
        sandbox.git(&["-C", inner, "add", "-A"]);
        sandbox.git(&["-C", inner, "commit", "-q", "-m", "x"]);
    }
    let commit = sandbox.git(&["-C", "sub", "rev-parse", "HEAD"]);
    sandbox.git(&["add", "sub"]);
    sandbox.git(&["commit", "-q", "-m", "x"]);
    let tree = sandbox.work_tree();
    assert_eq!(paths(&tree), ["nested", "sub"]);
    assert!(tree.entries().iter().all(|entry| entry.kind == EntryKind::Submodule));
    assert_eq!(entry(&sandbox.head(), "sub").id, Some(ContentId(commit.as_str().into())));
    assert_eq!((text(&tree, "sub"), text(&sandbox.head(), "sub")), (String::new(), String::new()));
}

#[test]
fn conversions_are_no_edits() {
    let sandbox =
        Sandbox::with(&[(".gitattributes", "*.txt text eol=crlf\n*.id ident\n"), ("a.txt", "1\n2\n"), ("b.id", "$Id$\n")]);
    for path in ["a.txt", "b.id"] {
        fs::remove_file(sandbox.path(path)).unwrap();
    }
    sandbox.git(&["checkout", "-q", "."]);
    assert_eq!(fs::read(sandbox.path("a.txt")).unwrap(), b"1\r\n2\r\n");
    assert!(fs::read(sandbox.path("b.id")).unwrap().len() > 10);
    let tree = sandbox.work_tree();
    assert_eq!((text(&tree, "a.txt"), text(&tree, "b.id")), ("1\n2\n".into(), "$Id$\n".into()));
    // Git's listing takes another size for an edit, and does not compare.
    sandbox.commit(&[("late.txt", "1\n"), ("raw.bin", "1\n")]);
    sandbox.write("late.txt", "1\r\n");
    sandbox.write("raw.bin", "1\r\n");
    let tree = sandbox.work_tree();
    assert_eq!((text(&tree, "late.txt"), text(&tree, "raw.bin")), ("1\n".into(), "1\r\n".into()));
    assert!(entry(&tree, "late.txt").id.is_some() && entry(&tree, "raw.bin").id.is_none());
    // An edit is one, whatever the line ends.
    sandbox.write("a.txt", "1\r\n3\r\n");
    assert_eq!(text(&sandbox.work_tree(), "a.txt"), "1\r\n3\r\n");
}

#[test]
fn a_large_file_is_its_pointer_unless_it_was_edited() {
    let sandbox = Sandbox::new();
    // The digest is what `printf large | sha256sum` says.
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:d35c416a85b807e9b5384915d6ebb4a9f7352713efd89857b45a242f473728a9\nsize 5\n";
    sandbox.commit(&[("big.bin", pointer)]);
    sandbox.write("big.bin", "large");
    assert_eq!(text(&sandbox.work_tree(), "big.bin"), pointer);
    sandbox.write("big.bin", "other");
    assert_eq!(text(&sandbox.work_tree(), "big.bin"), "other");
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_in_the_tree() {
    let sandbox = Sandbox::with(&[("in/a", "a"), ("out/b", "b")]);
    sandbox.git(&["sparse-checkout", "set", "in"]);
    assert!(!sandbox.path("out").exists());
    let tree = sandbox.work_tree();
    assert_eq!((paths(&tree), text(&tree, "out/b")), (vec!["in/a", "out/b"], "b".into()));
}

#[test]
fn a_conflict_is_listed_once() {
    let sandbox = Sandbox::with(&[("a", "1\n")]);
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    sandbox.commit(&[("a", "2\n")]);
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.commit(&[("a", "3\n")]);
    assert!(!sandbox.attempt(&["merge", "side"]).status.success());
    let (index, tree) = (sandbox.index(), sandbox.work_tree());
    assert_eq!((paths(&index), read(&index, "a")), (vec!["a"], Err(ReadError::Conflict)));
    assert_eq!(paths(&tree), ["a"]);
    assert!(text(&tree, "a").starts_with("<<<<<<<"));
}

#[test]
fn limits_hold_before_anything_is_read() {
    let big = "x".repeat(6 << 20);
    let sandbox = Sandbox::with(&[("big", &big), ("a", "12345"), ("edited", "1")]);
    sandbox.write("edited", "12345");
    let trees: [&dyn Tree; 4] =
        [&sandbox.work_tree(), &sandbox.index(), &sandbox.head(), &DirectoryTree::open(sandbox.dir.path()).unwrap()];
    for tree in trees {
        assert_eq!(tree.read(entry(tree, "a"), 4), Err(ReadError::TooLarge(5)));
        assert_eq!(tree.read(entry(tree, "big"), 4), Err(ReadError::TooLarge(6 << 20)));
        assert_eq!(tree.read(entry(tree, "a"), 5).unwrap(), b"12345", "after refusals the next read is right");
    }
    assert_eq!(trees[0].read(entry(trees[0], "edited"), 4), Err(ReadError::TooLarge(5)));
    let endless = Path::new("/proc/self/status");
    assert!(matches!(disk::read_file(endless, 10), Err(ReadError::TooLarge(11))), "a file that hides its size");
}

#[test]
fn a_missing_object_is_told_from_a_broken_one() {
    let sandbox = Sandbox::with(&[("a", "1\n"), ("b", "2\n"), ("c", "3\n")]);
    let object = |content: &[u8]| {
        let id = sandbox.head().id_of(content).0;
        sandbox.path(&format!(".git/objects/{}/{}", &id[..2], &id[2..]))
    };
    fs::remove_file(object(b"1\n")).unwrap();
    fs::set_permissions(object(b"2\n"), fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(object(b"2\n"), "garbage").unwrap();
    let head = sandbox.head();
    assert_eq!(read(&head, "a"), Err(ReadError::MissingObject));
    assert!(matches!(read(&head, "b"), Err(ReadError::Io(_) | ReadError::MissingObject)));
    assert_eq!(text(&head, "c"), "3\n");
}

#[test]
fn a_partial_clone_fetches_nothing() {
    let sandbox = Sandbox::with(&[("a", "1\n")]);
    sandbox.git(&["config", "uploadpack.allowFilter", "true"]);
    let clone = Sandbox::plain();
    let from = format!("file://{}", sandbox.dir.path().display());
    clone.git(&["clone", "-q", "--no-checkout", "--filter=blob:none", &from, "."]);
    assert_eq!(read(&clone.head(), "a"), Err(ReadError::MissingObject));
}

#[test]
fn many_threads_read_one_commit() {
    let contents: Vec<(String, String)> = (0..40).map(|n| (format!("f{n}"), format!("{n}").repeat(n * 100))).collect();
    let files: Vec<(&str, &str)> = contents.iter().map(|(path, content)| (path.as_str(), content.as_str())).collect();
    let sandbox = Sandbox::with(&files);
    let head = sandbox.head();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| files.iter().for_each(|(path, content)| assert_eq!(text(&head, path), *content)));
        }
    });
}

#[test]
fn what_is_only_announced_is_not_staged() {
    for format in ["sha1", "sha256"] {
        let sandbox = Sandbox::plain();
        sandbox.git(&["init", "-q", &format!("--object-format={format}")]);
        sandbox.write("empty", "");
        sandbox.write("new", "n");
        sandbox.git(&["add", "empty"]);
        sandbox.git(&["add", "-N", "new"]);
        assert_eq!((paths(&sandbox.index()), paths(&sandbox.work_tree())), (vec!["empty"], vec!["empty", "new"]));
        sandbox.commit(&[("other", "")]);
        sandbox.write("later", "n");
        sandbox.git(&["add", "-N", "later"]);
        assert!(!paths(&sandbox.index()).contains(&"later"), "{format}");
    }
}

#[test]
fn sha256_repositories_have_their_own_ids() {
    let sandbox = Sandbox::plain();
    sandbox.git(&["init", "-q", "--object-format=sha256"]);
    sandbox.commit(&[("a", "1\n")]);
    let tree = sandbox.work_tree();
    assert_eq!(entry(&tree, "a").id, Some(tree.id_of(b"1\n")));
    assert_eq!(tree.id_of(b"1\n").0.len(), 64);
    assert_eq!(text(&sandbox.head(), "a"), "1\n");
}

#[test]
fn commits_are_found_by_name() {
    let sandbox = Sandbox::new();
    let root = sandbox.commit(&[("a", "1")]);
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    let side = sandbox.commit(&[("b", "1")]);
    sandbox.git(&["checkout", "-q", "main"]);
    let main = sandbox.commit(&[("c", "1")]);
    sandbox.git(&["checkout", "-q", "--orphan", "alone"]);
    let alone = sandbox.commit(&[]);
    let repository = sandbox.repository();
    assert_eq!(repository.resolve("side").unwrap(), side);
    assert_eq!(repository.first_parent(&main).unwrap(), Some(root.clone()));
    assert_eq!(repository.first_parent(&root).unwrap(), None);
    assert_eq!(repository.merge_base(&main, &side).unwrap(), root);
    assert!(repository.merge_base(&main, &alone).unwrap_err().message.contains("no common ancestor"));
    assert!(!repository.is_shallow().unwrap());
    for rev in ["origin/nowhere", "--all", "", "main:a", "a\nb"] {
        let error = repository.resolve(rev).unwrap_err();
        assert!(error.message.contains(&git::shown(rev)) && !error.message.contains('\n'), "{error}");
    }
    let help = |repository: &Repository, rev: &str| repository.resolve(rev).unwrap_err().help.unwrap();
    assert!(help(&repository, "origin/nowhere").contains("git fetch origin nowhere"));
    assert!(!help(&repository, "HEAD~9").contains("fetch"));
    assert!(help(&Sandbox::new().repository(), "HEAD").contains("no commit yet"));
}

#[test]
fn a_shallow_clone_says_how_to_deepen_it() {
    let sandbox = Sandbox::with(&[("a", "1")]);
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    sandbox.commit(&[("b", "1")]);
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.commit(&[("c", "1")]);
    let clone = Sandbox::plain();
    let from = format!("file://{}", sandbox.dir.path().display());
    clone.git(&["clone", "-q", "--depth=1", "--no-single-branch", &from, "."]);
    let repository = clone.repository();
    let (main, side) = (repository.resolve("main").unwrap(), repository.resolve("origin/side").unwrap());
    assert!(repository.is_shallow().unwrap());
    let error = repository.merge_base(&main, &side).unwrap_err();
    assert!(error.message.contains("shallow") && error.help.unwrap().contains("fetch-depth: 0"));
    assert!(repository.resolve("HEAD~1").unwrap_err().help.unwrap().contains("--unshallow"));
}

#[test]
fn a_bare_repository_has_commits_and_no_working_tree() {
    let sandbox = Sandbox::with(&[("a", "1")]);
    sandbox.git(&["clone", "-q", "--bare", ".", "bare.git"]);
    let repository = Repository::discover(&sandbox.path("bare.git")).unwrap().unwrap();
    assert_eq!(repository.top(), None);
    assert!(WorkTree::open(&repository).err().unwrap().help.unwrap().contains("--rev"));
    let head = CommitTree::open(&repository, &repository.resolve("HEAD").unwrap()).unwrap();
    assert_eq!(text(&head, "a"), "1");
}

#[test]
fn linked_work_trees_have_a_top_of_their_own() {
    let sandbox = Sandbox::with(&[("a", "1")]);
    sandbox.git(&["worktree", "add", "-q", "-b", "other", "linked"]);
    sandbox.write("linked/new", "n");
    let repository = Repository::discover(&sandbox.path("linked")).unwrap().unwrap();
    assert_eq!(paths(&WorkTree::open(&repository).unwrap()), ["a", "new"]);
}

/// Not a test but what [`seen_with`] runs, because the environment belongs to a whole process.
#[test]
#[ignore = "prints the index of the repository around the working directory, for other tests"]
fn prints_the_index() {
    match Repository::discover(Path::new(".")) {
        Ok(Some(repository)) => println!("seen: {:?}", paths(&IndexTree::open(&repository).unwrap())),
        Ok(None) => println!("seen: no repository"),
        Err(error) => println!("seen: {error}"),
    }
}

fn seen_with(directory: &Path, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "tree::tests::prints_the_index", "--ignored", "--nocapture"]);
    let output = command.current_dir(directory).envs(variables.iter().copied()).output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    output.lines().find_map(|line| Some(line.split_once("seen: ")?.1.to_owned())).unwrap()
}

#[test]
fn the_environment_is_honoured_as_git_does() {
    let sandbox = Sandbox::with(&[("a", "1"), ("sub/b", "1")]);
    fs::copy(sandbox.path(".git/index"), sandbox.path(".git/other")).unwrap();
    sandbox.commit(&[("c", "1")]);
    let elsewhere = Sandbox::plain();
    let git_dir = sandbox.path(".git").to_string_lossy().into_owned();
    assert_eq!(seen_with(sandbox.dir.path(), &[]), r#"["a", "c", "sub/b"]"#);
    // A relative index is relative to the top, wherever one stands.
    for directory in ["", "sub"] {
        assert_eq!(seen_with(&sandbox.path(directory), &[("GIT_INDEX_FILE", ".git/other")]), r#"["a", "sub/b"]"#);
    }
    assert_eq!(seen_with(elsewhere.dir.path(), &[("GIT_DIR", &git_dir)]), r#"["a", "c", "sub/b"]"#);
    assert_eq!(seen_with(elsewhere.dir.path(), &[]), "no repository");
    assert!(seen_with(elsewhere.dir.path(), &[("GIT_DIR", "gone")]).contains("not a git repository"));
}

#[test]
fn only_repositories_need_git_to_be_installed() {
    let without = [("PATH", "/nonexistent")];
    assert_eq!(seen_with(Sandbox::plain().dir.path(), &without), "no repository");
    assert!(seen_with(Sandbox::new().dir.path(), &without).contains("`git` was not found"));
}

#[test]
fn what_is_no_repository_is_told_from_a_broken_one() {
    let sandbox = Sandbox::plain();
    assert!(Repository::discover(sandbox.dir.path()).unwrap().is_none());
    assert!(Repository::discover(&sandbox.path("gone")).is_err());
    sandbox.write(".git", "garbage");
    assert!(Repository::discover(sandbox.dir.path()).err().unwrap().message.contains("gitfile"));
}

#[test]
fn a_repository_of_somebody_else_says_how_to_trust_it() {
    let sandbox = Sandbox::with(&[("a", "1")]);
    let theirs = ["", ".git"].map(|path| std::os::unix::fs::chown(sandbox.path(path), Some(12345), None));
    if theirs.iter().any(Result::is_err) {
        return; // Only root can give a directory away.
    }
    let error = Repository::discover(sandbox.dir.path()).err().unwrap();
    assert!(error.message.contains("dubious ownership") && error.help.unwrap().contains("safe.directory"));
}

#[test]
fn a_hostile_configuration_runs_nothing() {
    let sandbox = Sandbox::with(&[("a.txt", "1\n"), ("b.txt", "2\n"), ("c.txt", "3\n")]);
    sandbox.write(".gitattributes", "* filter=evil diff=evil\n*.md filter=a=b\n");
    sandbox.git(&["add", ".gitattributes"]);
    let marker = sandbox.path("marker");
    let touch = format!("touch '{}'; cat", marker.display());
    sandbox.write("hooks/post-index-change", format!("#!/bin/sh\n{touch}\n"));
    fs::set_permissions(sandbox.path("hooks/post-index-change"), fs::Permissions::from_mode(0o755)).unwrap();
    let hooks = sandbox.path("hooks");
    let settings = ["core.fsmonitor", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.external"];
    let more = ["diff.evil.textconv", "core.pager", "alias.ls-files", "alias.cat-file", "core.sshCommand", "core.editor"];
    for key in settings.into_iter().chain(more) {
        let value = if key.starts_with("alias") { format!("!{touch}") } else { touch.clone() };
        sandbox.git(&["config", key, &value]);
    }
    sandbox.git(&["config", "filter.evil.required", "true"]);
    sandbox.git(&["config", "core.hooksPath", &hooks.to_string_lossy()]);
    for path in ["a.txt", "b.txt"] {
        fs::File::open(sandbox.path(path)).unwrap().set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    }
    sandbox.write("b.txt", "4\n");

    let visit = || {
        let directory = DirectoryTree::open(sandbox.dir.path()).unwrap();
        let trees: [&dyn Tree; 4] = [&sandbox.work_tree(), &sandbox.index(), &sandbox.head(), &directory];
        for tree in trees {
            tree.entries().iter().for_each(|entry| drop(tree.read(entry, NO_LIMIT).unwrap()));
        }
        assert_eq!((text(trees[0], "a.txt"), text(trees[0], "b.txt")), ("1\n".into(), "4\n".into()));
    };
    visit();
    // A driver that cannot be named on the command line costs the ids, and is not run either.
    fs::write(sandbox.path("extra"), format!("[filter \"a=b\"]\n\tclean = \"{touch}\"\n")).unwrap();
    sandbox.git(&["config", "include.path", &sandbox.path("extra").to_string_lossy()]);
    visit();
    assert!(sandbox.work_tree().entries().iter().all(|entry| entry.id.is_none()));
    assert!(!marker.exists());
    sandbox.attempt(&["status"]);
    assert!(marker.exists(), "the traps are live");
}

#[test]
fn a_plain_directory_honours_its_own_ignore_files() {
    let sandbox = Sandbox::plain();
    sandbox.write(".gitignore", "out/\n*.log\n/top.txt\n");
    sandbox.write(".ignore", "scratch\n!kept.log\n");
    sandbox.write("sub/.gitignore", "!again.log\n[\n");
    let files = [
        "out/x",
        "a.log",
        "kept.log",
        "top.txt",
        "scratch",
        ".hidden",
        "sub/top.txt",
        "sub/again.log",
        "sub/b.log",
        ".git/config",
    ];
    files.iter().for_each(|path| sandbox.write(path, "x"));
    sandbox.write("nested/.git/config", "x");
    symlink("..", sandbox.path("sub/up")).unwrap();
    sandbox.fifo("pipe");
    let tree = DirectoryTree::open(sandbox.dir.path()).unwrap();
    let listed =
        [".gitignore", ".hidden", ".ignore", "kept.log", "pipe", "sub/.gitignore", "sub/again.log", "sub/top.txt", "sub/up"];
    assert_eq!(paths(&tree), listed);
    assert_eq!((entry(&tree, "sub/up").kind, text(&tree, "sub/up")), (EntryKind::Link, "..".into()));
    assert_eq!((entry(&tree, "pipe").kind, text(&tree, "pipe")), (EntryKind::Special, String::new()));
    assert_eq!(tree.id_of(b"").0.as_ref(), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    assert_eq!(tree.describe(), Description { kind: "directory", commit: None });
}

#[test]
fn a_plain_directory_waits_for_no_fifo_and_bears_depth() {
    let sandbox = Sandbox::plain();
    sandbox.write("out/.keep", "");
    for path in [".gitignore", "out/.ignore"] {
        sandbox.fifo(path);
    }
    let deep = "d/".repeat(1500);
    fs::create_dir_all(sandbox.path(&deep)).unwrap();
    for level in (0..deep.len()).step_by(2).skip(1) {
        sandbox.write(&format!("{}.ignore", &deep[..level]), "*.log\n.ignore\n");
    }
    sandbox.write(&format!("{deep}x"), "x");
    sandbox.write(&format!("{deep}x.log"), "x");
    let tree = DirectoryTree::open(sandbox.dir.path()).unwrap();
    assert_eq!(paths(&tree), [".gitignore", &format!("{deep}x"), "out/.ignore", "out/.keep"]);
    assert!(DirectoryTree::open(&sandbox.path("gone")).is_err());
}
