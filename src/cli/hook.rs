//! `ssot hook`: git's pre-commit hook that judges what is staged.

use std::path::{Path, PathBuf};

use super::args::{HookAction, HookOptions};
use super::{Exit, Failure, visible, write_whole};
use crate::Error;
use crate::tree::{HookDirectory, Repository, TreeError};

const NAME: &str = "pre-commit";

/// By this line a hook is known to be ours.
const MARK: &str = "# Installed by `ssot hook install`; `ssot hook uninstall` removes it.";

/// What a hook of one's own, or of a hook manager, has to run.
const LINE: &str = "ssot check --staged";

pub(super) fn run(options: &HookOptions) -> Result<Exit, Failure> {
    let root = options.root.clone().unwrap_or_else(|| PathBuf::from("."));
    let tree = |error: TreeError| Failure::Check(error.into());
    let repository = Repository::discover(&root).map_err(tree)?;
    let repository = repository.ok_or_else(|| usage(format!("`{}` is in no git repository", root.display())))?;
    if repository.top().is_none() {
        return Err(usage("this is a bare repository: nobody commits in it, so `pre-commit` is never run".into()));
    }
    let directory = repository.hooks().map_err(tree)?;
    let hook = Hook { file: directory.path.join(NAME), directory, top: repository.top().map(Path::to_path_buf) };
    let said = match options.action {
        HookAction::Install => hook.install()?,
        HookAction::Uninstall => hook.uninstall()?,
    };
    super::notice(&said)?;
    Ok(Exit::Clean)
}

struct Hook {
    directory: HookDirectory,
    file: PathBuf,
    top: Option<PathBuf>,
}

impl Hook {
    fn install(&self) -> Result<String, Failure> {
        let shown = self.file.display();
        let found = self.found()?;
        if found.as_deref().is_some_and(is_ours) && found.as_deref() == Some(script()?.as_str()) {
            return Ok(format!("`{shown}` is installed already"));
        }
        let ours = found.as_deref().is_some_and(is_ours);
        if let Some(manager) = self.manager(found.as_deref()) {
            return Err(usage(format!(
                "{} manages the hooks of this repository, so nothing was written; {}",
                manager.name, manager.how
            )));
        }
        if self.directory.shared {
            return Err(usage(format!(
                "`core.hooksPath` leads to `{}` for more than this repository, so nothing was written; add `{LINE}` to the \
                 `{NAME}` hook there, or give this repository hooks of its own: `git config core.hooksPath .githooks`",
                self.directory.path.display()
            )));
        }
        if found.as_deref().is_some_and(|text| !ours && text.lines().any(|line| line.trim_start().starts_with(LINE))) {
            return Ok(format!("`{shown}` runs `{LINE}` already"));
        }
        if found.is_some() && !ours {
            return Err(usage(format!(
                "`{shown}` is there already, and was left as it is; add a line to it: `{LINE} || exit 1`"
            )));
        }
        std::fs::create_dir_all(&self.directory.path).map_err(|error| failed(&self.directory.path, &error))?;
        write_whole(&self.file, script()?.as_bytes())?;
        make_executable(&self.file).map_err(|error| failed(&self.file, &error))?;
        Ok(match ours {
            true => format!("`{shown}` was brought up to date"),
            false => format!("`{shown}` judges what is staged before each commit; `git commit --no-verify` leaves it out"),
        })
    }

    fn uninstall(&self) -> Result<String, Failure> {
        let shown = self.file.display();
        match self.found()? {
            None => Ok(format!("there is no `{shown}`: nothing to remove")),
            Some(text) if is_ours(&text) => {
                std::fs::remove_file(&self.file).map_err(|error| failed(&self.file, &error))?;
                Ok(format!("`{shown}` was removed"))
            }
            Some(_) => Err(usage(format!(
                "`{shown}` is not what `ssot hook install` writes, and was left as it is; take `{LINE}` out of it by hand"
            ))),
        }
    }

    /// The text of the hook that is there. A link, or what is no file, is somebody else's.
    fn found(&self) -> Result<Option<String>, Failure> {
        match self.file.symlink_metadata() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&self.file, &error)),
            Ok(data) if !data.is_file() => Ok(Some(String::new())),
            Ok(_) => {
                let bytes = std::fs::read(&self.file).map_err(|error| failed(&self.file, &error))?;
                Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
            }
        }
    }

    /// What looks after the hooks of this repository, by its traces in it.
    fn manager(&self, found: Option<&str>) -> Option<Manager> {
        let in_hooks = |name: &str| self.directory.path.components().any(|part| part.as_os_str() == name);
        let at_top = |name: &str| self.top.as_ref().is_some_and(|top| top.join(name).exists());
        let says = |word: &str| found.is_some_and(|text| !is_ours(text) && text.contains(word));
        if in_hooks(".husky") || at_top(".husky") || says("husky") {
            return Some(Manager { name: "husky", how: format!("add the line `{LINE}` to `.husky/{NAME}`") });
        }
        let files = ["lefthook.yml", "lefthook.yaml", ".lefthook.yml", ".lefthook.yaml", "lefthook.toml", "lefthook.json"];
        if says("lefthook") || files.into_iter().any(at_top) {
            let how = format!(
                "add `{NAME}: {{ commands: {{ ssot: {{ run: {LINE} }} }} }}` to its configuration, then `lefthook install`"
            );
            return Some(Manager { name: "lefthook", how });
        }
        if says("pre-commit.com") || says("pre_commit") {
            let how = format!(
                "add a local hook to `.pre-commit-config.yaml`: `{{ id: ssot, name: ssot, entry: {LINE}, language: system, \
                 pass_filenames: false, always_run: true }}`"
            );
            return Some(Manager { name: "pre-commit", how });
        }
        None
    }
}

struct Manager {
    name: &'static str,
    how: String,
}

fn is_ours(text: &str) -> bool {
    text.lines().any(|line| line == MARK)
}

/// The hook: the program by its name, else the one that installed it.
fn script() -> Result<String, Failure> {
    let program = std::env::current_exe().map_err(|error| usage(format!("this program's own path cannot be told: {error}")))?;
    let program = program.to_string_lossy().replace('\'', r"'\''");
    Ok(format!(
        "#!/bin/sh\n{MARK}\nif command -v ssot >/dev/null 2>&1; then exec {LINE}; fi\nif [ -x '{program}' ]; then exec '{program}' \
         check --staged; fi\necho 'ssot is not installed: install it, remove this hook, or commit with --no-verify' >&2\nexit 1\n"
    ))
}

#[cfg(unix)]
fn make_executable(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_file: &Path) -> std::io::Result<()> {
    Ok(())
}

fn usage(message: String) -> Failure {
    Failure::Check(Error::Usage(visible(&message)))
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    usage(format!("`{}`: {error}", path.display()))
}
