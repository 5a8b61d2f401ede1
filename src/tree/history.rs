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
