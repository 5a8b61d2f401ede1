//! Ranges of versions, in the dialects of package managers.

use std::str::FromStr;

/// Whose ranges they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Npm,
    Cargo,
    Pep440,
}

/// What a range says of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Admits,
    Refuses,
    NoRange,
}

impl Dialect {
    pub const WORDS: [&'static str; 3] = ["npm", "cargo", "pep440"];

    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "npm" => Some(Dialect::Npm),
            "cargo" => Some(Dialect::Cargo),
            "pep440" => Some(Dialect::Pep440),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Dialect::Npm => "npm",
            Dialect::Cargo => "cargo",
            Dialect::Pep440 => "pep440",
        }
    }

    /// Whether `range` admits `version`; none where `version` is none.
    pub fn judge(self, range: &str, version: &str) -> Option<Verdict> {
        let told = |admits: Option<bool>| match admits {
            None => Verdict::NoRange,
            Some(true) => Verdict::Admits,
            Some(false) => Verdict::Refuses,
        };
        match self {
            Dialect::Npm => {
                let version = nodejs_semver::Version::parse(padded(version)).ok()?;
                Some(told(nodejs_semver::Range::parse(range.trim()).ok().map(|range| range.satisfies(&version))))
            }
            Dialect::Cargo => {
                let version = semver::Version::parse(&padded(version)).ok()?;
                Some(told(semver::VersionReq::parse(range.trim()).ok().map(|range| range.matches(&version))))
            }
            Dialect::Pep440 => {
                let version = pep440_rs::Version::from_str(version.trim()).ok()?;
                let range = pep440_rs::VersionSpecifiers::from_str(range.trim()).ok();
                Some(told(range.map(|range| range.contains(&version))))
            }
        }
    }
}

/// A version with the three numbers that a semantic one has, and without a leading `v`.
fn padded(version: &str) -> String {
    let version = version.trim();
    let version = version.strip_prefix(['v', 'V']).unwrap_or(version);
    let numbers =
        version.split('.').take_while(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())).count();
    match (numbers, version.split('.').count()) {
        (1, 1) => format!("{version}.0.0"),
        (2, 2) => format!("{version}.0"),
        _ => version.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_admit_versions_by_their_dialect() {
        use Dialect::*;
        use Verdict::*;
        for (dialect, range, version, expected) in [
            (Npm, ">=18", "v20.11.1", Some(Admits)),
            (Npm, "^18.2.0 || ^20", "20", Some(Admits)),
            (Npm, "1.2.x", "1.3.0", Some(Refuses)),
            (Npm, "1.2 - 1.4", "1.4.9", Some(Admits)),
            (Npm, "*", "1.0.0", Some(Admits)),
            (Npm, "^1.0.0", "2.0.0-rc.1", Some(Refuses)),
            (Npm, "workspace:*", "1.0.0", Some(NoRange)),
            (Npm, ">=18", "lts/iron", None),
            (Cargo, "1.2", "1.9.0", Some(Admits)),
            (Cargo, "=1.2.0", "1.2.1", Some(Refuses)),
            (Cargo, "0.4", "0.5.0", Some(Refuses)),
            (Cargo, ">=1.95", "1.95", Some(Admits)),
            (Pep440, ">=3.9,<4", "3.12", Some(Admits)),
            (Pep440, "~=3.9", "4.0", Some(Refuses)),
            (Pep440, "==3.*", "3.12.1", Some(Admits)),
            (Pep440, "^3.9", "3.12", Some(NoRange)),
        ] {
            assert_eq!(dialect.judge(range, version), expected, "{dialect:?} {range} {version}");
        }
    }
}
