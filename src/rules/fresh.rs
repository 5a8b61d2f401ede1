//! `fresh`: dates are neither too old nor too near.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{Code, Context, Draft, Kind, Output, Role, Rule};
use crate::facts::{Binder, Element, FactSet, instant};
use crate::finding::Severity;
use crate::options::{Field, Options, Shape, Value};

pub(super) static KIND: Kind = Kind {
    name: "fresh",
    about: "Each value is a date that is not too old, or not too near.",
    page: include_str!("fresh.md"),
    fields: &[
        Field::required("every", Shape::Fact, "The fact whose values are dates."),
        Field::new("max-age", Shape::Text, "How old a date may be: `30d`, `12w`."),
        Field::new("min-left", Shape::Text, "How much time has to be left until it: `14d`."),
        Field::new("not-future", Shape::Boolean, "Whether a date may not lie after the day of the run."),
    ],
    codes: &[
        Code::error("stale", "A date that is older than it may be."),
        Code::error("expired", "A date that is past or too near."),
        Code::error("future", "A date after the day of the run."),
        Code::error("invalid", "A value that is no date."),
    ],
    needs_base: false,
    bind,
};

struct Fresh {
    every: FactSet,
    max_age: Option<Span>,
    min_left: Option<Span>,
    not_future: bool,
}

/// A length of time, and how the policy writes it.
struct Span {
    written: String,
    hours: i64,
}

fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    let every = binder.facts(options.get("every")?);
    let read = |key: &str| options.get(key).map_or(Some(None), |value| span(value).map(Some));
    let (max_age, min_left) = (read("max-age"), read("min-left"));
    let not_future = options.flag("not-future");
    if options.get("max-age").is_none() && options.get("min-left").is_none() && !not_future {
        options.value.complain("`fresh` needs `max-age`, `min-left` or `not-future: true`");
        return None;
    }
    Some(Box::new(Fresh { every: every?, max_age: max_age?, min_left: min_left?, not_future }))
}

/// `30d`, `12w`; hours where days are too long.
fn span(value: Value<'_>) -> Option<Span> {
    let text = value.text()?;
    let hours = |unit: &str| match unit {
        "h" => Some(1),
        "d" => Some(24),
        "w" => Some(7 * 24),
        _ => None,
    };
    let at = text.len() - text.chars().next_back().map_or(0, char::len_utf8);
    let (digits, unit) = text.split_at(at);
    let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i64>().ok()).flatten();
    match (number, hours(unit)) {
        (Some(number), Some(hours)) if number <= 1_000_000 => Some(Span { written: text.to_string(), hours: number * hours }),
        _ => {
            value.complain(format!("`{text}` is no length of time: write days or weeks, `30d`, `12w`"));
            None
        }
    }
}

impl Rule for Fresh {
    fn facts(&self) -> Vec<(&FactSet, Role)> {
        vec![(&self.every, Role::Subject)]
    }

    fn default_severity(&self) -> Severity {
        Severity::Warning
    }

    fn judge(&self, context: &Context<'_>, out: &mut Output) {
        for element in context.elements(&self.every) {
            match Moment::read(&element.value) {
                Some(moment) => self.element(element, &moment, context.now, out),
                None => {
                    let message = format!("`{}` is no date", element.shown());
                    out.push(Draft::at("invalid", element, &element.value, message).help("write a date: `2026-01-31`"));
                }
            }
        }
    }
}

impl Fresh {
    fn element(&self, element: &Element, moment: &Moment, now: Timestamp, out: &mut Output) {
        let shown = element.shown();
        let age = moment.age(now);
        if let Some(max) = self.max_age.as_ref().filter(|max| age > SignedDuration::from_hours(max.hours)) {
            let message = format!("`{shown}` is {} old, {} are allowed", days(age), max.written);
            out.push(Draft::at("stale", element, &element.value, message).help("look whether it still holds, and date it anew"));
        }
        if let Some(least) = self.min_left.as_ref().filter(|least| -age < SignedDuration::from_hours(least.hours)) {
            let message = match age.is_positive() {
                true => format!("`{shown}` was {} ago", days(age)),
                false => format!("`{shown}` is {} away, {} have to be left", days(-age), least.written),
            };
            out.push(Draft::at("expired", element, &element.value, message).help("renew what it is about"));
        }
        if self.not_future && age.is_negative() {
            let message = format!("`{shown}` lies in the future");
            out.push(Draft::at("future", element, &element.value, message).help("write the day on which it was true"));
        }
    }
}

fn days(age: SignedDuration) -> String {
    match age.as_hours() / 24 {
        1 => "1 day".into(),
        days => format!("{days} days"),
    }
}

/// A day, or a moment of one.
enum Moment {
    Day(Date),
    Instant(Timestamp),
}

impl Moment {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        match text.parse::<Date>() {
            Ok(day) if text.len() == 10 => Some(Moment::Day(day)),
            _ => instant(text).map(Moment::Instant),
        }
    }

    /// How long ago it is; a day is as old as the days since.
    fn age(&self, now: Timestamp) -> SignedDuration {
        match self {
            Moment::Day(day) => now.to_zoned(TimeZone::UTC).date().duration_since(*day),
            Moment::Instant(instant) => now.duration_since(*instant),
        }
    }
}
