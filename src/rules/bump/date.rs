//! Dates that advance: a day, or an instant.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil};

use crate::facts::instant;

/// How far a clock may be ahead of ours.
const SKEW: SignedDuration = SignedDuration::from_hours(24);

/// A date that was written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub instant: Timestamp,
    /// Whether it has no time of its own.
    pub is_day: bool,
}

impl Moment {
    /// `2026-01-31`, or an instant (one without an offset is UTC's); `None` where the text is neither.
    pub fn parse(text: &str) -> Option<Self> {
        Some(Moment { instant: instant(text)?, is_day: is_day(text) })
    }

    pub fn is_future(self, now: Timestamp) -> bool {
        self.instant.duration_since(now) > SKEW
    }

    /// Whether it comes after `base`, as far as it can: a date without a time stays where it is on the day of the run.
    pub fn advances(self, base: Moment, now: Timestamp) -> bool {
        let today = day(now);
        let stays = self.is_day && day(self.instant) == today && day(base.instant) == today;
        stays || self.instant > base.instant
    }
}

/// `now` in the form that `written` has: a date stays a date; an instant becomes one of RFC 3339 in UTC with as many digits of
/// a second. `None` where `written` has neither form.
pub(super) fn stamped(written: &str, now: Timestamp) -> Option<String> {
    if is_day(written) {
        return Some(day(now).to_string());
    }
    instant(written).filter(|_| written.contains(':'))?;
    let fraction = written.split_once('.').map_or("", |(_, rest)| rest);
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count().min(9);
    Some(format!("{now:.digits$}"))
}

fn day(instant: Timestamp) -> civil::Date {
    instant.to_zoned(TimeZone::UTC).date()
}

fn is_day(text: &str) -> bool {
    let text = text.trim();
    text.len() == 10 && text.parse::<civil::Date>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-01-01T12:34:56.789Z".parse().expect("it is an instant")
    }

    #[test]
    fn a_stamp_keeps_the_form_that_stands_there() {
        for (written, expected) in [
            ("2025-11-03", Some("2026-01-01")),
            ("2025-11-03T10:00:00Z", Some("2026-01-01T12:34:56Z")),
            ("2025-11-03T10:00:00+02:00", Some("2026-01-01T12:34:56Z")),
            ("2025-11-03 10:00:00.12", Some("2026-01-01T12:34:56.78Z")),
            ("20251103", None),
            ("yesterday", None),
        ] {
            assert_eq!(stamped(written, now()).as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn a_date_advances_as_an_instant_and_may_stay_today() {
        for (base, head, expected) in [
            ("2025-11-03", "2025-11-04", true),
            ("2025-11-03", "2025-11-03", false),
            ("2025-11-03", "2025-11-02", false),
            ("2026-01-01", "2026-01-01", true),
            ("2026-01-01T10:00:00Z", "2026-01-01", true),
            ("2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z", false),
            ("2026-01-01T10:00:00+02:00", "2026-01-01T09:00:00Z", true),
            ("2026-01-01T10:00:00Z", "2026-01-01T11:00:00+02:00", false),
        ] {
            let (old, new) = (Moment::parse(base).expect(base), Moment::parse(head).expect(head));
            assert_eq!(new.advances(old, now()), expected, "{base} {head}");
        }
    }

    #[test]
    fn a_day_of_skew_is_no_future() {
        for (text, future) in [("2026-01-02T12:34:56Z", false), ("2026-01-02T12:34:57Z", true), ("2026-01-03", true)] {
            assert_eq!(Moment::parse(text).expect(text).is_future(now()), future, "{text}");
        }
    }
}
