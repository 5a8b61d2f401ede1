//! What `bump` says about a file, and how it mends it.

use super::Rise;
use super::at::Stamp;
use super::date::{self, Moment};
use super::verdict::{DateFault, Found, Verdict, VersionFault};
use super::version::{Scheme, has_v};
use crate::facts::shown;
use crate::finding::{Place, Side};
use crate::rules::{Draft, FixStep};

impl Verdict<'_> {
    pub fn missing(&self) -> Option<Draft> {
        let missing: Vec<_> = self.rule.places().filter(|(what, _)| self.head.stamp(*what).is_none()).collect();
        if missing.is_empty() {
            return None;
        }
        let names: Vec<String> = missing.iter().map(|(_, at)| format!("`{}`", shown(&at.name))).collect();
        let subject: Vec<&str> = missing.iter().map(|(_, at)| at.name.as_str()).collect();
        let path = self.head.source.path;
        let message = format!("`{path}` has no {}", names.join(" and no "));
        let draft = Draft::new("metadata-missing", Place::file(path.clone()), subject.join(", "), message);
        let before = missing.iter().find_map(|(what, _)| self.base?.stamp(*what));
        let draft = before.into_iter().fold(draft, |draft, old| self.with_old(draft, old));
        Some(draft.help("add what is missing, so that versions of the file can be told apart"))
    }

    pub fn version_draft(&self, fault: VersionFault, with_date: bool) -> Option<Draft> {
        let Found { new, old, .. } = self.version()?;
        let (code, message) = self.version_message(fault, with_date)?;
        let mut draft = Draft::new(code, self.head.place(new), &new.text, message);
        draft.help = self.version_help(fault);
        if matches!(fault, VersionFault::Float | VersionFault::Invalid) {
            return Some(draft);
        }
        let draft = self.with_base(draft, old);
        if !with_date {
            return Some(self.with_fix(draft, self.bump(), None));
        }
        let draft = self.with_date(draft);
        match (self.bump(), self.stamp()) {
            (Some(bump), Some(stamp)) => Some(self.with_fix(draft, Some(bump), Some(stamp))),
            _ => Some(draft),
        }
    }

    fn version_message(&self, fault: VersionFault, with_date: bool) -> Option<(&'static str, String)> {
        let Found { rule, name, new, old } = self.version()?;
        let (name, now) = (shown(name), shown(&new.text));
        let before = old.map(|old| shown(&old.text)).unwrap_or_default();
        Some(match fault {
            VersionFault::Float => ("version-is-float", format!("`{name}` is the number `{now}`, where `1.10` would be `1.1`")),
            VersionFault::Invalid => ("version-invalid", format!("`{name}` is `{now}`, which is no {}", rule.scheme.describe())),
            VersionFault::Lowered => ("version-lowered", format!("`{name}` went down from `{before}` to `{now}`")),
            VersionFault::TooSmall => {
                let message = format!("`{name}` rose from `{before}` to `{now}`, which is less than `{}`", rule.least.as_str());
                ("version-too-small", message)
            }
            VersionFault::Unchanged => {
                let date = self.date().filter(|_| with_date);
                let too = date.map(|date| format!(" and `{}` still `{}`", shown(date.name), shown(&date.new.text)));
                ("version-unchanged", format!("the body changed, but `{name}` is still `{now}`{}", too.unwrap_or_default()))
            }
        })
    }

    fn version_help(&self, fault: VersionFault) -> Option<String> {
        let Found { rule, new, old, .. } = self.version()?;
        let before = old.map(|old| shown(&old.text)).unwrap_or_default();
        match (fault, rule.least) {
            (VersionFault::Float, _) if rule.scheme == Scheme::Semver => Some("write it with three numbers: `1.2.0`".into()),
            (VersionFault::Float, _) => Some(format!("write it in quotes: `\"{}\"`", shown(&new.text))),
            (VersionFault::Invalid, _) => None,
            _ if self.change.is_none() => Some(format!("set it to `{before}` again")),
            (_, Rise::Patch) => Some(format!("raise it above `{before}`")),
            (_, least) => Some(format!("raise it above `{before}`, at least by `{}`", least.as_str())),
        }
    }

    pub fn date_draft(&self, fault: DateFault) -> Option<Draft> {
        let Found { name, new, old, .. } = self.date()?;
        let (name, now) = (shown(name), shown(&new.text));
        let before = old.map(|old| shown(&old.text)).unwrap_or_default();
        let (code, message) = match fault {
            DateFault::Invalid => ("date-invalid", format!("`{name}` is `{now}`, which is no date")),
            DateFault::Future => ("date-future", format!("`{name}` is `{now}`, which has not come yet")),
            DateFault::Backwards => ("date-backwards", format!("`{name}` went back from `{before}` to `{now}`")),
            DateFault::Unchanged => ("date-unchanged", format!("the body changed, but `{name}` is still `{now}`")),
        };
        let draft = Draft::new(code, self.head.place(new), &new.text, message);
        Some(match fault {
            DateFault::Invalid => draft.help("write it as `2026-01-31`, or as `2026-01-31T10:00:00Z`"),
            DateFault::Future => self.with_fix(draft.help("set it to the day of the change"), None, self.stamp()),
            _ => {
                let draft = self.with_base(draft.help("set it to the day of the change"), old);
                self.with_fix(draft, None, self.stamp())
            }
        })
    }

    pub fn spelling(&self) -> Option<Draft> {
        let Found { rule, name, new, old } = self.version()?;
        let old = old?;
        let valid = rule.scheme.parse(&new.text).and(rule.scheme.parse(&old.text)).is_some();
        if !valid || has_v(&new.text) == has_v(&old.text) {
            return None;
        }
        let message = format!("`{}` was written `{}`, and is now `{}`", shown(name), shown(&old.text), shown(&new.text));
        let draft = Draft::new("spelling-changed", self.head.place(new), &new.text, message);
        Some(self.with_old(draft.help("keep the spelling: others may compare the text"), old))
    }

    /// Metadata that moved alone: one finding, at the version where that moved.
    pub fn needless(&self) -> Option<Draft> {
        if self.change.is_some() {
            return None;
        }
        let (name, new, old) = self.moved()?;
        let message =
            format!("`{}` moved from `{}` to `{}`, but the body did not change", shown(name), shown(&old.text), shown(&new.text));
        let draft = Draft::new("bump-without-change", self.head.place(new), &new.text, message);
        Some(self.with_old(draft.help("set it back, or make the change that it announces"), old))
    }

    pub fn merge_draft(&self) -> Option<Draft> {
        let Found { name, new, old, .. } = self.version()?;
        let (name, now, ours) = (shown(name), shown(&new.text), shown(&old?.text));
        let message =
            format!("the merged body differs from both sides, but `{name}` is `{now}` and one side has `{ours}` already");
        let mut draft = Draft::new("version-unchanged", self.head.place(new), &new.text, message);
        // What is gone stands in the file of the other side, which is no tree of this run.
        draft.related.extend(self.change.clone().filter(|change| change.side == Side::Head));
        Some(self.with_fix(draft.help("raise it above that of both sides"), self.bump(), None))
    }

    /// Adds base's metadata and the first change of the body.
    fn with_base(&self, draft: Draft, old: Option<&Stamp>) -> Draft {
        let mut draft = match old {
            Some(old) => self.with_old(draft, old),
            None => draft,
        };
        draft.related.extend(self.change.clone());
        draft
    }

    fn with_old(&self, draft: Draft, old: &Stamp) -> Draft {
        match self.base {
            Some(base) => draft.related_in(format!("base has `{}` here", shown(&old.text)), base.place(old), Side::Base),
            None => draft,
        }
    }

    /// Adds the date that stands still too.
    fn with_date(&self, draft: Draft) -> Draft {
        match self.date() {
            Some(date) => draft.related(format!("`{}` stands still too", shown(date.name)), self.head.place(date.new)),
            None => draft,
        }
    }
}

/// Fixes.
impl Verdict<'_> {
    fn with_fix(&self, draft: Draft, bump: Option<(String, FixStep)>, stamp: Option<FixStep>) -> Draft {
        match (bump, stamp) {
            (Some((title, bump)), Some(stamp)) => draft.fix(format!("{title} and stamp today's date"), vec![bump, stamp]),
            (Some((title, bump)), None) => draft.fix(title, vec![bump]),
            (None, Some(stamp)) => draft.fix("stamp today's date", vec![stamp]),
            (None, None) => draft,
        }
    }

    /// Raises the version above base's by the least; none where the body did not change, for then it would go back.
    fn bump(&self) -> Option<(String, FixStep)> {
        let Found { rule, new, old, .. } = self.version()?;
        self.change.as_ref()?;
        let next = rule.scheme.next(&old?.text, rule.least, self.now)?;
        let title = format!("bump `{}` to `{}`", shown(&new.text), shown(&next));
        Some((title, self.head.replace(new, next)))
    }

    /// Sets the date to that of the run, where this is an advance.
    fn stamp(&self) -> Option<FixStep> {
        let Found { new, old, .. } = self.date()?;
        let today = date::stamped(&new.text, self.now)?;
        let moment = Moment::parse(&today)?;
        let advances = match old.and_then(|old| Moment::parse(&old.text)) {
            Some(old) => moment.advances(old, self.now),
            None => true,
        };
        advances.then(|| self.head.replace(new, today))
    }
}
