//! The numbered files of one group, by number.

use std::collections::BTreeMap;

use crate::text::RepoPath;

/// What numbers mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Integer,
    Timestamp,
}

/// One numbered file.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub path: RepoPath,
    /// The number as written.
    pub text: String,
    pub number: u128,
    /// Which of the files of its number it is.
    pub half: Option<String>,
}

/// Files that are numbered through together.
#[derive(Debug, Default)]
pub(super) struct Group {
    numbers: BTreeMap<u128, Vec<Member>>,
}

impl Scheme {
    /// The number that a text states; none where it states none.
    pub fn number(self, text: &str) -> Option<u128> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number = text.parse().ok()?;
        match self {
            Scheme::Integer => Some(number),
            Scheme::Timestamp => moment(text).map(|_| number),
        }
    }

    pub fn describe(self) -> &'static str {
        match self {
            Scheme::Integer => "no number",
            Scheme::Timestamp => "no timestamp: YYYYMMDD, YYYYMMDDhhmm, YYYYMMDDhhmmss, or an epoch of 10 or 13 digits",
        }
    }

    /// What numbers are ordered by: timestamps of different forms by the time they mean.
    pub fn moment(self, number: u128) -> i128 {
        let plain = i128::try_from(number).unwrap_or(i128::MAX);
        match self {
            Scheme::Integer => plain,
            Scheme::Timestamp => moment(&number.to_string()).unwrap_or(plain),
        }
    }
}

/// The time that a timestamp means, in milliseconds since the epoch.
fn moment(text: &str) -> Option<i128> {
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i8>().ok();
    let (hour, minute, second) = match text.len() {
        10 => return text.parse::<i128>().ok().map(|seconds| seconds * 1000),
        13 => return text.parse().ok(),
        8 => (0, 0, 0),
        12 => (part(8, 10)?, part(10, 12)?, 0),
        14 => (part(8, 10)?, part(10, 12)?, part(12, 14)?),
        _ => return None,
    };
    let date = jiff::civil::Date::new(text[..4].parse().ok()?, part(4, 6)?, part(6, 8)?).ok()?;
    let time = jiff::civil::Time::new(hour, minute, second, 0).ok()?;
    let zoned = date.to_datetime(time).to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(i128::from(zoned.timestamp().as_millisecond()))
}

impl Group {
    pub fn push(&mut self, member: Member) {
        self.numbers.entry(member.number).or_default().push(member);
    }

    /// Puts the files of each number in path order, each once.
    pub fn seal(&mut self) {
        for members in self.numbers.values_mut() {
            members.sort_by(|a, b| a.path.cmp(&b.path));
            members.dedup_by(|a, b| a.path == b.path);
        }
    }

    /// The numbers in order, each with its files in path order.
    pub fn numbers(&self) -> impl Iterator<Item = (u128, &[Member])> {
        self.numbers.iter().map(|(number, members)| (*number, members.as_slice()))
    }

    pub fn first(&self) -> Option<&Member> {
        self.numbers.values().next()?.first()
    }

    pub fn highest(&self, scheme: Scheme) -> Option<&Member> {
        self.numbers.iter().max_by_key(|(number, _)| scheme.moment(**number)).and_then(|(_, members)| members.first())
    }

    pub fn number_of(&self, path: &RepoPath) -> Option<u128> {
        self.numbers.iter().find(|(_, members)| members.iter().any(|member| member.path == *path)).map(|(number, _)| *number)
    }

    /// The width that most files have; of two that are as frequent the wider one.
    pub fn usual_width(&self) -> usize {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for member in self.numbers.values().flatten() {
            *counts.entry(member.text.len()).or_default() += 1;
        }
        counts.into_iter().max_by_key(|(width, count)| (*count, *width)).map_or(0, |(width, _)| width)
    }
}
