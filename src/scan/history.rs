//! What git says of head: its branch, its tags and its commits.

use super::{Trouble, View};
use crate::facts::{GitFact, RawElement};
use crate::finding::{Place, Reason};
use crate::tree::{Named, Repository, TreeError};

/// Where a build server names the branch that it has checked out without one.
const BRANCH_VARIABLES: [&str; 3] = ["GITHUB_HEAD_REF", "GITHUB_REF_NAME", "CI_COMMIT_REF_NAME"];

/// The elements of a `git` fact that stands at `place`.
pub(super) fn read(what: GitFact, place: &Place, view: &View<'_>) -> Result<Vec<RawElement>, Trouble> {
    let trouble = |reason, message: &str| Trouble { reason, message: message.into(), place: place.clone() };
    let broken = |error: TreeError| trouble(Reason::Unreadable, &error.message);
    let tree = view.head.tree();
    let Some(repository) = tree.repository() else {
        return Err(trouble(Reason::Detached, "this is no tree of a git repository: it has no branch, tags and commits"));
    };
    let commit = tree.describe().commit;
    match (what, commit.as_deref()) {
        (GitFact::Branch, commit) => match branch(repository, commit).map_err(broken)? {
            Some(name) => {
                let sha = commit.unwrap_or_default().to_string();
                Ok(vec![element(Named { name, sha, author: String::new(), body: String::new() })])
            }
            None => Err(trouble(Reason::Detached, "head is on no branch, and no build server says which one is meant")),
        },
        (GitFact::Tags, _) => Ok(repository.tags(None).map_err(broken)?.into_iter().map(element).collect()),
        (_, None) => Ok(Vec::new()),
        (GitFact::HeadTags, Some(commit)) => {
            Ok(repository.tags(Some(commit)).map_err(broken)?.into_iter().map(element).collect())
        }
        (GitFact::Commits, Some(head)) => {
            let base = view.base.and_then(|base| base.tree().describe().commit);
            let base = base.ok_or_else(|| trouble(Reason::NoBase, "without a base there is no telling which commits are new"))?;
            Ok(repository.commits(&base, head).map_err(broken)?.into_iter().map(element).collect())
        }
    }
}

/// The branch that `HEAD` stands on, where that is the commit that is judged.
fn branch(repository: &Repository, commit: Option<&str>) -> Result<Option<String>, TreeError> {
    let is_head = repository.head_commit()?.as_deref() == commit;
    let branch = if is_head { repository.branch()? } else { None };
    let named = || BRANCH_VARIABLES.iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    Ok(branch.or_else(named))
}

fn element(named: Named) -> RawElement {
    let captures = [("sha", named.sha), ("author", named.author), ("body", named.body)];
    let captures = captures.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name.to_string(), text));
    RawElement { value: named.name, captures: captures.collect(), ..RawElement::default() }
}
