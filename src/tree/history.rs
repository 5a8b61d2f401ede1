//! What git says of a repository beside its files: branches, tags and commits.

use super::git::shown;
use super::{Repository, TreeError};

/// A tag or a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// A tag's name, a commit's subject.
    pub name: String,
    /// The commit's id.
    pub sha: String,
    pub author: String,
    pub body: String,
}

/// One commit of a history.
#[derive(Clone, Debug)]
pub struct Commit {
    pub id: String,
    /// The first parent; none of a root, and where a shallow clone ends.
    pub parent: Option<String>,
    /// `YYYY-MM-DD`, of the committer.
    pub day: String,
    pub subject: String,
}

/// Ends a record: git's own records may hold line breaks.
const END: char = '\u{1e}';

impl Repository {
    /// The branch that `HEAD` stands on.
    ///
    /// # Errors
    /// What git says of a broken repository.
    pub fn branch(&self) -> Result<Option<String>, TreeError> {
        let answer = self.git().ask(&["symbolic-ref", "--quiet", "HEAD"])?;
        let name = String::from_utf8_lossy(&answer.stdout).trim_end_matches('\n').to_string();
        match (answer.success, answer.stderr.is_empty()) {
            (true, _) => Ok(name.strip_prefix("refs/heads/").map(str::to_string)),
            (false, true) => Ok(None),
            (false, false) => Err(TreeError::new(format!("git: {}", answer.complaint()))),
        }
    }

    /// The tags, in the order in which they were made; only those at a commit where one is given.
    ///
    /// # Errors
    /// What git says of a broken repository.
    pub fn tags(&self, at: Option<&str>) -> Result<Vec<Named>, TreeError> {
        const FORMAT: &str =
            "--format=%(refname:strip=2)%00%(objectname)%00%(*objectname)%00%(taggername) %(taggeremail)%00%(contents)%1e";
        let mut args = vec!["for-each-ref", "--sort=creatordate", FORMAT];
        if let Some(commit) = at {
            args.extend(["--points-at", commit]);
        }
        args.push("refs/tags");
        let output = self.git().run(&args)?;
        Ok(records(&output, |fields| match fields {
            [name, object, peeled, author, body] => Some(Named {
                name: name.to_string(),
                sha: if peeled.is_empty() { object } else { peeled }.to_string(),
                author: author.trim().to_string(),
                body: body.trim().to_string(),
            }),
            _ => None,
        }))
    }

    /// The commits that `head` has and `base` has not, oldest first.
    ///
    /// # Errors
    /// What git says of a broken repository.
    pub fn commits(&self, base: &str, head: &str) -> Result<Vec<Named>, TreeError> {
        // Not `log`, which the repository's configuration can make run a program that checks signatures.
        let range = format!("{base}..{head}");
        let output = self.git().run(&["rev-list", "--reverse", "--format=%H%x00%an <%ae>%x00%s%x00%b%x1e", &range, "--"])?;
        Ok(records(&output, |fields| match fields {
            [sha, author, name, body] => Some(Named {
                name: name.to_string(),
                // Before it stands a line of git's own, `commit ID`.
                sha: sha.lines().last().unwrap_or_default().to_string(),
                author: author.to_string(),
                body: body.trim().to_string(),
            }),
            _ => None,
        }))
    }

    /// The last `count` commits that lead to `commit`, newest first; with `first_parent` only those that were its tip once.
    ///
    /// # Errors
    /// What git says of a broken repository.
    pub fn last_commits(&self, commit: &str, count: usize, first_parent: bool) -> Result<Vec<Commit>, TreeError> {
        let most = format!("--max-count={count}");
        let mut args = vec!["rev-list", &most, "--format=%H%x00%P%x00%cs%x00%s%x1e"];
        args.extend(first_parent.then_some("--first-parent"));
        args.extend(["--end-of-options", commit, "--"]);
        let output = self.git().run(&args)?;
        let parse = |record: &str| {
            // Before it stands a line of git's own, `commit ID`.
            let mut fields = record.split('\0').map(str::to_owned);
            let (id, parents) = (fields.next()?.lines().last()?.to_owned(), fields.next()?);
            let parent = parents.split(' ').next().filter(|id| !id.is_empty()).map(str::to_owned);
            Some(Commit { id, parent, day: fields.next()?, subject: shown(&fields.next()?) })
        };
        Ok(String::from_utf8_lossy(&output).split(END).filter_map(parse).collect())
    }
}

fn records(output: &[u8], read: impl Fn(&[&str]) -> Option<Named>) -> Vec<Named> {
    let text = String::from_utf8_lossy(output);
    let record = |record: &str| {
        let fields: Vec<&str> = record.trim_start_matches('\n').split('\0').collect();
        let named = read(&fields)?;
        Some(Named { name: shown(&named.name), ..named })
    };
    text.split(END).filter_map(record).collect()
}
