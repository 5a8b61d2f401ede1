//! The built-in packs, embedded in the binary.

/// A built-in pack.
#[derive(Debug)]
pub struct Pack {
    /// Without `ssot:`.
    pub name: &'static str,
    pub policy: &'static str,
    /// Its page: documentation and tests in one.
    pub page: &'static str,
}

macro_rules! packs {
    ($($name:literal),* $(,)?) => {
        /// All built-in packs.
        pub static PACKS: &[Pack] = &[$(Pack {
            name: $name,
            policy: include_str!(concat!("../../policies/", $name, ".yaml")),
            page: include_str!(concat!("../../policies/", $name, ".md")),
        }),*];
    };
}

packs!["migrations", "env", "catalogue", "schema", "ssot", "docs", "owners", "versions", "digests", "commits", "replicas"];

/// The pack of that name.
pub(super) fn find(name: &str) -> Option<&'static Pack> {
    PACKS.iter().find(|pack| pack.name == name)
}
