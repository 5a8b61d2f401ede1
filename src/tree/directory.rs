//! A plain directory.

/// Every file below a directory that ignore files do not exclude.
pub struct DirectoryTree {}
