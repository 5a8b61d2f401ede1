//! `bump`: when the body of a file changes, its version rises and its date advances.

mod at;
mod body;
mod date;
mod reading;
#[cfg(test)]
mod tests;
mod verdict;
mod version;
mod wording;

use self::at::At;
use self::reading::{Reading, Stamped};
use self::verdict::Verdict;
use self::version::{Rise, Scheme};
use super::{Code, Kind, Output, Pair, Pairs, Rule};
use crate::facts::{Binder, SelectionId, Source, json_path};
use crate::formats::JsonPath;
use crate::options::{Field, Options, Shape, Value};

pub(super) static KIND: Kind = Kind {
    name: "bump",
    about: "When what a file says changes, its version rises and its date advances.",
    page: include_str!("bump.md"),
    fields: &[
        Field::required("files", Shape::Many(&Shape::Glob), "The files that carry a version or a date."),
        Field::new("exclude", Shape::Many(&Shape::Glob), "Files that are not meant."),
        Field::new("optional", Shape::Boolean, "Whether it is fine that no file is selected."),
        Field::new("version", Shape::Map(VERSION_FIELDS), "The version that has to rise."),
        Field::new("date", Shape::Map(DATE_FIELDS), "The date that has to advance."),
        Field::new(
            "body",
            Shape::Many(&Shape::JsonPath),
            "What counts as the body. Default: the whole document but for version and date.",
        ),
    ],
    codes: &[
        Code::error("version-unchanged", "The body changed and the version did not."),
        Code::error("version-lowered", "The version is lower than base's."),
        Code::error("version-too-small", "The version rose by less than it has to."),
        Code::error("version-invalid", "The version is not written as its scheme says."),
        Code::error("version-is-float", "The version is a bare number: `1.10` would be `1.1`."),
        Code::error("date-unchanged", "The body changed and the date did not."),
        Code::error("date-backwards", "The date is before base's."),
        Code::error("date-future", "The date has not come yet."),
        Code::error("date-invalid", "The date cannot be read as one."),
        Code::error("metadata-missing", "A new or changed file has no version or date."),
        Code::warning("bump-without-change", "The version or date moved and the body did not."),
        Code::warning("spelling-changed", "A leading `v` of the version came or went."),
    ],
    needs_base: true,
    bind,
};

const AT: Shape = Shape::Either(&[Shape::JsonPath, Shape::Map(at::TEXT_FIELDS)]);
const VERSION_FIELDS: &[Field] = &[
    Field::required("at", AT, "Where it stands: a JSONPath, or `{text: REGEX}` (the group `value`, else the match)."),
    Field::required("scheme", Shape::Word(&Scheme::WORDS), "How versions are written and compared."),
    Field::new("least", Shape::Word(&Rise::WORDS), "The least that it rises by. Default: `patch`, which is any rise."),
];
const DATE_FIELDS: &[Field] = &[
    Field::required("at", AT, "Where it stands: a JSONPath, or `{text: REGEX}` (the group `value`, else the match)."),
    Field::new("not-future", Shape::Boolean, "Whether it may not be more than a day ahead. Default: `true`."),
];

struct Bump {
    files: SelectionId,
    version: Option<VersionRule>,
    date: Option<DateRule>,
    /// What counts as the body; empty: everything but the metadata.
    body: Vec<JsonPath>,
}

struct VersionRule {
    at: At,
    scheme: Scheme,
    least: Rise,
}

struct DateRule {
    at: At,
    not_future: bool,
}

fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    let files = binder.selection(options);
    let version = options.get("version").map(bind_version);
    let date = options.get("date").map(bind_date);
    let body: Option<Vec<JsonPath>> = match options.get("body") {
        Some(value) => value.one_or_many().into_iter().map(json_path).collect(),
        None => Some(Vec::new()),
    };
    if version.is_none() && date.is_none() {
        options.value.complain("`bump` needs `version` or `date`");
        return None;
    }
    let (version, date) = (version.map_or(Some(None), |rule| rule.map(Some)), date.map_or(Some(None), |rule| rule.map(Some)));
    Some(Box::new(Bump { files: files?, version: version?, date: date?, body: body? }))
}

fn bind_version(value: Value<'_>) -> Option<VersionRule> {
    let options = Options::read(value, "`version`", VERSION_FIELDS)?;
    let at = At::bind(options.get("at")?, "version");
    let scheme = Scheme::named(options.word("scheme")?);
    let least = match options.get("least") {
        Some(_) => Rise::named(options.word("least")?),
        None => Rise::Patch,
    };
    if least > Rise::Patch && !scheme.is_dotted() {
        options.get("least")?.complain("only versions of the schemes `semver` and `calver` rise by more than `patch`");
        return None;
    }
    Some(VersionRule { at: at?, scheme, least })
}

fn bind_date(value: Value<'_>) -> Option<DateRule> {
    let options = Options::read(value, "`date`", DATE_FIELDS)?;
    let at = At::bind(options.get("at")?, "date");
    let not_future = options.get("not-future").map_or(Some(true), Value::boolean);
    Some(DateRule { at: at?, not_future: not_future? })
}

impl Rule for Bump {
    fn selections(&self) -> Vec<SelectionId> {
        vec![self.files]
    }

    fn pairs(&self) -> Option<Pairs> {
        Some(Pairs { selection: self.files, changed_only: true, with_base: true, links: false, pair_leftovers: true })
    }

    fn check_pair(&self, pair: &Pair<'_>, out: &mut Output) {
        let Some(source) = pair.head else { return };
        if pair.base.is_some_and(|base| base.bytes == source.bytes) {
            return;
        }
        match Reading::new(source, self) {
            // A base that cannot be read has nothing to compare with: the file is judged as a new one is.
            Ok(head) => {
                let base = pair.base.and_then(|base| Reading::new(base, self).ok());
                Verdict::new(self, &head, base.as_ref(), pair.now).write(out);
            }
            Err(fault) => out.fault(source, &fault),
        }
    }

    fn check_merge(&self, pair: &Pair<'_>, ours: &Source<'_>, out: &mut Output) {
        let (Some(head), Some(base)) = (pair.head, pair.base) else { return };
        let read = |source| Reading::new(source, self).ok();
        if let (Some(head), Some(base), Some(ours)) = (read(head), read(base), read(ours)) {
            Verdict::new(self, &head, Some(&base), pair.now).write_merge(&ours, out);
        }
    }
}

impl Bump {
    /// Where the metadata stands, version first.
    fn places(&self) -> impl Iterator<Item = (Stamped, &At)> {
        let version = self.version.iter().map(|rule| (Stamped::Version, &rule.at));
        version.chain(self.date.iter().map(|rule| (Stamped::Date, &rule.at)))
    }
}
