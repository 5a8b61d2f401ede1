//! How values compare.

use std::cmp::Ordering;

/// A way to compare two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// By code points.
    Text,
    /// As semantic versions; a leading `v` does not count.
    Semver,
    /// As dates or instants.
    Date,
    /// As paths: without `./`, doubled and closing `/`.
    Path,
}

impl Comparison {
    pub fn named(word: &str) -> Self {
        match word {
            "semver" => Comparison::Semver,
            "date" => Comparison::Date,
            "path" => Comparison::Path,
            _ => Comparison::Text,
        }
    }

    /// The order of two values; values that are not of the form compare as text.
    pub fn order(self, a: &str, b: &str) -> Ordering {
        let typed = match self {
            Comparison::Text => None,
            Comparison::Semver => versions(a, b).or_else(|| {
                // Tags of one line of releases: `edge-v1.5.0`.
                let shared = shared_prefix(a, b)?;
                versions(&a[shared..], &b[shared..])
            }),
            Comparison::Date => instant(a).zip(instant(b)).map(|(a, b)| a.cmp(&b)),
            Comparison::Path => Some(path(a).cmp(&path(b))),
        };
        typed.unwrap_or_else(|| a.cmp(b))
    }

    pub fn equal(self, a: &str, b: &str) -> bool {
        self.order(a, b) == Ordering::Equal
    }
}

/// A semantic version, a leading `v` or `V` aside.
pub fn semver(text: &str) -> Option<semver::Version> {
    semver::Version::parse(text.strip_prefix(['v', 'V']).unwrap_or(text)).ok()
}

fn versions(a: &str, b: &str) -> Option<Ordering> {
    let versions = semver(a).zip(semver(b)).map(|(a, b)| a.cmp(&b));
    versions.or_else(|| numbers(a).zip(numbers(b)).map(|(a, b)| a.cmp(&b)))
}

/// The length of what two values begin with before their numbers, where they begin alike.
fn shared_prefix(a: &str, b: &str) -> Option<usize> {
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let end = a.as_bytes()[..same].iter().rposition(|byte| !byte.is_ascii_digit() && *byte != b'.')? + 1;
    (a.is_char_boundary(end) && b.is_char_boundary(end)).then_some(end)
}

/// The numbers of a version that is short or long of a semantic one (`v1.22`), a leading `v` or `V` aside.
fn numbers(text: &str) -> Option<Vec<u64>> {
    let is_number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    let parts = text.strip_prefix(['v', 'V']).unwrap_or(text).split('.');
    parts.map(|part| Some(part).filter(is_number)?.parse().ok()).collect()
}

/// A date (its first moment in UTC) or an instant: `2026-01-31`, `2026-01-31T10:00:00Z`, `2026-01-31 10:00:00+02:00`; a time
/// without an offset is UTC's.
pub fn instant(text: &str) -> Option<jiff::Timestamp> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Some(instant);
    }
    let time = match text.len() {
        10 => text.parse::<jiff::civil::Date>().ok()?.to_datetime(jiff::civil::Time::midnight()),
        _ => text.parse::<jiff::civil::DateTime>().ok()?,
    };
    Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

fn path(text: &str) -> Vec<&str> {
    text.split('/').filter(|segment| !segment.is_empty() && *segment != ".").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_their_numbers() {
        for (a, b, order) in [
            ("v1.10.0", "1.9.0", Ordering::Greater),
            ("1.0.0-rc.1", "1.0.0", Ordering::Less),
            ("v1.22", "1.22", Ordering::Equal),
            ("3.10", "3.9", Ordering::Greater),
            ("4.0", "3.9.1", Ordering::Greater),
            ("1.2", "1.2.0", Ordering::Less),
            ("b", "a", Ordering::Greater),
            ("edge-v1.10.0", "edge-v1.9.0", Ordering::Greater),
            ("api/v1.0.0-rc.1", "api/v1.0.0", Ordering::Less),
            ("é1.10", "é1.9", Ordering::Greater),
        ] {
            assert_eq!(Comparison::Semver.order(a, b), order, "{a} {b}");
        }
    }
}
