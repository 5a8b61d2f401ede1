//! Git repositories, through the `git` program.

/// A repository.
pub struct Repository {}

pub fn open_repository() {}
