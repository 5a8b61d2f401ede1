//! Versions of every scheme: reading, comparing, and the next one.

use std::cmp::Ordering;

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use semver::Prerelease;

use super::date;
use crate::facts::{instant, semver as read_semver};

/// How versions are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Semver,
    /// Digits only, of any length.
    Integer,
    /// A date or an instant.
    Date,
    /// Two to four numbers of which the first is a year of two or four digits, perhaps with a prerelease (`-rc1`, `rc1`, `.dev1`).
    Calver,
}

/// What a version rises by; of `calver` by the position of the number that rises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rise {
    Patch,
    Minor,
    Major,
}

/// A version that its scheme can read.
#[derive(Clone, Debug)]
pub(super) enum Version {
    Semver(semver::Version),
    /// Without leading zeros.
    Integer(String),
    Date(Timestamp),
    Calver(Vec<u64>, Prerelease),
}

impl Scheme {
    pub const WORDS: [&'static str; 4] = ["semver", "integer", "date", "calver"];

    /// The scheme that one of [`WORDS`](Self::WORDS) names.
    pub fn named(word: &str) -> Self {
        match word {
            "integer" => Scheme::Integer,
            "date" => Scheme::Date,
            "calver" => Scheme::Calver,
            _ => Scheme::Semver,
        }
    }

    /// Whether versions are numbers with dots between them, which a data format may take for a float.
    pub fn is_dotted(self) -> bool {
        matches!(self, Scheme::Semver | Scheme::Calver)
    }

    /// What a text that is no version should have been.
    pub fn describe(self) -> &'static str {
        match self {
            Scheme::Semver => "semantic version (`1.2.3`)",
            Scheme::Integer => "whole number",
            Scheme::Date => "date (`2026-01-31`, or an instant of RFC 3339)",
            Scheme::Calver => "calendar version (`2026.1`, `26.01.3`)",
        }
    }

    /// The version that a text states; `None` where it states none. A leading `v` of a dotted one does not count.
    pub fn parse(self, text: &str) -> Option<Version> {
        match self {
            Scheme::Semver => read_semver(text).map(Version::Semver),
            Scheme::Date => instant(text).map(Version::Date),
            Scheme::Calver => calver(bare(text)),
            Scheme::Integer => {
                let sound = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                sound.then(|| Version::Integer(text.trim_start_matches('0').to_string()))
            }
        }
    }

    /// The one version that comes after `text` by `least`, in the spelling that it has; `None` where several would be right.
    pub fn next(self, text: &str, least: Rise, now: Timestamp) -> Option<String> {
        let old = self.parse(text)?;
        let v = &text[..text.len() - bare(text).len()];
        let next = match &old {
            Version::Semver(version) => format!("{v}{}", next_semver(version, least)?),
            Version::Integer(_) => next_integer(text),
            Version::Date(_) => date::stamped(text, now)?,
            Version::Calver(numbers, prerelease) if prerelease.is_empty() => {
                format!("{v}{}", next_calver(bare(text), numbers, now)?)
            }
            Version::Calver(..) => return None,
        };
        let new = self.parse(&next)?;
        (new.order(&old) == Ordering::Greater && new.rise_from(&old) >= least).then_some(next)
    }
}

impl Rise {
    pub const WORDS: [&'static str; 3] = ["patch", "minor", "major"];

    /// The rise that one of [`WORDS`](Self::WORDS) names.
    pub fn named(word: &str) -> Self {
        match word {
            "major" => Rise::Major,
            "minor" => Rise::Minor,
            _ => Rise::Patch,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Rise::Patch => "patch",
            Rise::Minor => "minor",
            Rise::Major => "major",
        }
    }
}

impl Version {
    /// The order of two versions of one scheme; build metadata does not count.
    pub fn order(&self, other: &Version) -> Ordering {
        match (self, other) {
            (Version::Semver(a), Version::Semver(b)) => a.cmp_precedence(b),
            (Version::Integer(a), Version::Integer(b)) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
            (Version::Date(a), Version::Date(b)) => a.cmp(b),
            (Version::Calver(a, a_pre), Version::Calver(b, b_pre)) => {
                let length = a.len().max(b.len());
                let at = |numbers: &[u64], index: usize| numbers.get(index).copied().unwrap_or(0);
                let numbers = (0..length).map(|index| at(a, index).cmp(&at(b, index)));
                numbers.fold(Ordering::Equal, Ordering::then).then_with(|| a_pre.cmp(b_pre))
            }
            _ => Ordering::Equal,
        }
    }

    /// How far it stands above `old`, which is lower: by the first number that differs. What only concerns the prerelease is a
    /// patch.
    pub fn rise_from(&self, old: &Version) -> Rise {
        let by_number = |index: Option<usize>| match index {
            Some(0) => Rise::Major,
            Some(1) => Rise::Minor,
            _ => Rise::Patch,
        };
        match (self, old) {
            (Version::Semver(new), Version::Semver(old)) => {
                let pairs = [(new.major, old.major), (new.minor, old.minor)];
                by_number(pairs.iter().position(|(new, old)| new != old))
            }
            (Version::Calver(new, _), Version::Calver(old, _)) => {
                by_number(new.iter().zip(old).position(|(new, old)| new != old))
            }
            _ => Rise::Patch,
        }
    }
}

/// Whether a `v` stands before the version.
pub(super) fn has_v(text: &str) -> bool {
    text.starts_with(['v', 'V'])
}

fn bare(text: &str) -> &str {
    text.strip_prefix(['v', 'V']).unwrap_or(text)
}

fn calver(text: &str) -> Option<Version> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (numbers, rest) = text.split_at(end);
    let (numbers, prerelease) = match rest.strip_prefix('-') {
        Some("") => return None,
        Some(prerelease) => (numbers, prerelease),
        None if rest.is_empty() => (numbers, rest),
        None => (numbers.strip_suffix('.').unwrap_or(numbers), rest),
    };
    let parts: Vec<&str> = numbers.split('.').take(5).collect();
    let year = parts.first().is_some_and(|year| matches!(year.len(), 2 | 4));
    if !year || !(2..=4).contains(&parts.len()) {
        return None;
    }
    let numbers: Option<Vec<u64>> = parts.iter().map(|part| part.parse().ok()).collect();
    Some(Version::Calver(numbers?, Prerelease::new(prerelease).ok()?))
}

/// A release rises by its number. A prerelease rises by its own last number; what else it should become, nobody can tell.
fn next_semver(old: &semver::Version, least: Rise) -> Option<semver::Version> {
    if !old.build.is_empty() {
        return None;
    }
    if !old.pre.is_empty() {
        let (lead, last) = old.pre.rsplit_once('.').map_or(("", old.pre.as_str()), |(lead, last)| (lead, last));
        let last = last.parse::<u64>().ok()?.checked_add(1)?;
        let pre = if lead.is_empty() { last.to_string() } else { format!("{lead}.{last}") };
        return Some(semver::Version { pre: Prerelease::new(&pre).ok()?, ..old.clone() });
    }
    Some(match least {
        Rise::Major => semver::Version::new(old.major.checked_add(1)?, 0, 0),
        Rise::Minor => semver::Version::new(old.major, old.minor.checked_add(1)?, 0),
        Rise::Patch => semver::Version::new(old.major, old.minor, old.patch.checked_add(1)?),
    })
}

/// One more, with as many digits as before.
fn next_integer(text: &str) -> String {
    let nines = text.bytes().rev().take_while(|byte| *byte == b'9').count();
    let (lead, zeros) = (&text[..text.len() - nines], "0".repeat(nines));
    match lead.char_indices().next_back() {
        Some((at, digit)) => format!("{}{}{zeros}", &lead[..at], digit.to_digit(10).map_or(1, |digit| digit + 1)),
        None => format!("1{zeros}"),
    }
}

/// Year and month become today's. A third number counts on within a month where it cannot be a day.
fn next_calver(text: &str, numbers: &[u64], now: Timestamp) -> Option<String> {
    let today = now.to_zoned(TimeZone::UTC).date();
    let parts: Vec<&str> = text.split('.').collect();
    let (year, month) = (calendar_year(parts.first()?, today)?, u64::try_from(today.month()).ok()?);
    match (parts.as_slice(), numbers) {
        ([_, old_month], [_, 1..=12]) => Some(format!("{year}.{}", month_like(old_month, month)?)),
        ([old_year, old_month, counter], [_, old, count]) if *old_year == year && *old == month => {
            let is_counter = *count == 0 || *count > u64::try_from(today.day()).ok()?;
            is_counter.then(|| format!("{year}.{old_month}.{}", next_integer(counter)))
        }
        _ => None,
    }
}

/// Today's year with as many digits as `like` has.
fn calendar_year(like: &str, today: civil::Date) -> Option<String> {
    let year = format!("{:04}", today.year());
    year.get(year.len().checked_sub(like.len())?..).map(str::to_string)
}

/// The month, in two digits or as few as it needs, as `like` shows; `None` where it shows neither.
fn month_like(like: &str, month: u64) -> Option<String> {
    match (month, like.len()) {
        (10.., _) | (_, 1) => Some(month.to_string()),
        _ if like.starts_with('0') => Some(format!("{month:02}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMES: [Scheme; 4] = [Scheme::Semver, Scheme::Integer, Scheme::Date, Scheme::Calver];

    fn now() -> Timestamp {
        "2026-01-20T12:00:00Z".parse().expect("it is an instant")
    }

    #[test]
    fn a_scheme_reads_its_own_form_only() {
        let valid = [
            "1.2.3 v1.2.3-rc.1+b5",
            "0 007 123456789012345678901234567890",
            "2026-01-31 2026-01-31T10:00:00Z",
            "2025.10 v25.04.1 2025.10.1-rc1 24.1rc1 2025.10.dev1",
        ];
        for (scheme, texts) in SCHEMES.into_iter().zip(valid) {
            for text in texts.split(' ') {
                assert!(scheme.parse(text).is_some(), "{scheme:?} {text}");
            }
        }
        let invalid = [
            "1.2 01.2.3 vv1.2.3 1.2.3.4",
            "-1 1.0 v7 +1 ①",
            "2026-02-30 soon v2026-01-01",
            "2025 2025. 2025.10- 1.2 2025.x 2025.1.2.3.4 -1.2 ２０.1",
        ];
        for (scheme, texts) in SCHEMES.into_iter().zip(invalid) {
            for text in texts.split(' ').chain([""]) {
                assert!(scheme.parse(text).is_none(), "{scheme:?} {text}");
            }
        }
    }

    #[test]
    fn versions_compare_as_versions() {
        for (scheme, low, high) in [
            (Scheme::Semver, "1.9.9", "v1.10.0"),
            (Scheme::Semver, "1.0.0-rc.9", "1.0.0-rc.10"),
            (Scheme::Semver, "1.0.0-rc.10", "1.0.0"),
            (Scheme::Integer, "9", "010"),
            (Scheme::Integer, "99999999999999999999", "100000000000000000000"),
            (Scheme::Date, "2026-01-31T10:00:00+02:00", "2026-01-31T09:00:00Z"),
            (Scheme::Calver, "2025.9", "2025.10"),
            (Scheme::Calver, "2025.10", "2025.10.1"),
            (Scheme::Calver, "2025.10-rc1", "2025.10"),
            (Scheme::Calver, "24.1b1", "24.1rc1"),
        ] {
            let (low, high) = (scheme.parse(low).expect(low), scheme.parse(high).expect(high));
            assert_eq!((low.order(&high), high.order(&low)), (Ordering::Less, Ordering::Greater), "{low:?} {high:?}");
        }
        for (scheme, a, b) in
            [(Scheme::Semver, "v1.0.0+1", "1.0.0+2"), (Scheme::Integer, "007", "7"), (Scheme::Calver, "2025.04", "2025.4.0")]
        {
            assert_eq!(scheme.parse(a).expect(a).order(&scheme.parse(b).expect(b)), Ordering::Equal, "{a} {b}");
        }
    }

    #[test]
    fn a_rise_is_that_of_the_first_number_that_differs() {
        for (scheme, old, new, rise) in [
            (Scheme::Semver, "1.2.3", "1.2.4", Rise::Patch),
            (Scheme::Semver, "1.2.3", "1.3.1", Rise::Minor),
            (Scheme::Semver, "1.9.9", "2.0.0-rc.1", Rise::Major),
            (Scheme::Semver, "2.0.0-rc.1", "2.0.0-rc.2", Rise::Patch),
            (Scheme::Semver, "2.0.0-rc.2", "2.0.0", Rise::Patch),
            (Scheme::Calver, "2025.10.1", "2025.11.0", Rise::Minor),
            (Scheme::Calver, "2025.10", "2025.10.1", Rise::Patch),
        ] {
            assert_eq!(scheme.parse(new).expect(new).rise_from(&scheme.parse(old).expect(old)), rise, "{old} {new}");
        }
    }

    #[test]
    fn the_next_version_exists_where_there_is_one_right_answer() {
        use Rise::{Major, Minor, Patch};
        for (scheme, old, least, expected) in [
            (Scheme::Semver, "v1.4.2", Patch, Some("v1.4.3")),
            (Scheme::Semver, "1.4.2", Minor, Some("1.5.0")),
            (Scheme::Semver, "1.4.2", Major, Some("2.0.0")),
            (Scheme::Semver, "1.4.2-rc.9", Patch, Some("1.4.2-rc.10")),
            (Scheme::Semver, "1.4.2-rc.1", Minor, None),
            (Scheme::Semver, "1.4.2-dev", Patch, None),
            (Scheme::Semver, "1.4.2+7", Patch, None),
            (Scheme::Semver, "1.4.18446744073709551615", Patch, None),
            (Scheme::Integer, "7", Patch, Some("8")),
            (Scheme::Integer, "009", Patch, Some("010")),
            (Scheme::Integer, "99", Patch, Some("100")),
            (Scheme::Date, "2025-11-03", Patch, Some("2026-01-20")),
            (Scheme::Date, "2026-01-20", Patch, None),
            (Scheme::Calver, "2025.9", Patch, Some("2026.1")),
            (Scheme::Calver, "2025.11", Patch, None),
            (Scheme::Calver, "v25.04", Major, Some("v26.01")),
            (Scheme::Calver, "2026.1", Patch, None),
            (Scheme::Calver, "2025.11.3", Patch, None),
            (Scheme::Calver, "2026.1.3", Patch, None),
            (Scheme::Calver, "2026.1.0", Patch, Some("2026.1.1")),
            (Scheme::Calver, "2026.01.29", Patch, Some("2026.01.30")),
            (Scheme::Calver, "2026.01.20", Patch, None),
            (Scheme::Calver, "2025.40", Patch, None),
        ] {
            assert_eq!(scheme.next(old, least, now()).as_deref(), expected, "{old} {least:?}");
        }
    }
}
