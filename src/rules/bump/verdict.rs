//! What is wrong with the metadata of a file.

use std::cmp::Ordering;

use jiff::Timestamp;

use super::at::Stamp;
use super::body;
use super::date::Moment;
use super::reading::Reading;
use super::{Bump, DateRule, VersionRule};
use crate::finding::Related;
use crate::rules::Output;

/// One file of head, and its base where there is one to compare with.
pub(super) struct Verdict<'a> {
    pub rule: &'a Bump,
    pub head: &'a Reading<'a>,
    pub base: Option<&'a Reading<'a>>,
    /// The first change of the body; without a base there is none.
    pub change: Option<Related>,
    pub now: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VersionFault {
    Float,
    Invalid,
    Lowered,
    Unchanged,
    TooSmall,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DateFault {
    Invalid,
    Future,
    Backwards,
    Unchanged,
}

/// A policy's rule for a version or a date, and what head and base have for it.
pub(super) struct Found<'a, R> {
    pub rule: &'a R,
    pub name: &'a str,
    pub new: &'a Stamp,
    pub old: Option<&'a Stamp>,
}

impl<'a> Verdict<'a> {
    pub fn new(rule: &'a Bump, head: &'a Reading<'a>, base: Option<&'a Reading<'a>>, now: Timestamp) -> Self {
        let change = base.and_then(|base| body::first_change(base, head, &rule.body));
        Verdict { rule, head, base, change, now }
    }

    /// Writes all findings about the file.
    pub fn write(&self, out: &mut Output) {
        if self.is_unchanged() {
            return;
        }
        let (version, date) = (self.version_fault(), self.date_fault());
        let both = version == Some(VersionFault::Unchanged) && date == Some(DateFault::Unchanged);
        out.drafts.extend(self.missing());
        out.drafts.extend(version.and_then(|fault| self.version_draft(fault, both)));
        out.drafts.extend(date.filter(|_| !both).and_then(|fault| self.date_draft(fault)));
        out.drafts.extend(self.spelling());
        if version.is_none() {
            out.drafts.extend(self.needless());
        }
    }

    /// Writes the finding about a merge result whose body differs from both sides and whose version is not above `ours`; that
    /// it is not above base's is what [`write`](Self::write) says.
    pub fn write_merge(&self, ours: &Reading<'_>, out: &mut Output) {
        let merged = Verdict::new(self.rule, self.head, Some(ours), self.now);
        if self.change.is_none() || merged.change.is_none() || self.version_fault().is_some() {
            return;
        }
        if let Some(VersionFault::Unchanged | VersionFault::Lowered) = merged.version_fault() {
            out.drafts.extend(merged.merge_draft());
        }
    }
}

impl<'a> Verdict<'a> {
    /// Whether comments, layout and order are all that changed.
    fn is_unchanged(&self) -> bool {
        let same = |base: &Reading<'_>| self.head.version == base.version && self.head.date == base.date;
        self.change.is_none() && self.base.is_some_and(same)
    }

    pub fn version(&self) -> Option<Found<'a, VersionRule>> {
        let rule = self.rule.version.as_ref()?;
        let old = self.base.and_then(|base| base.version.as_ref());
        Some(Found { rule, name: &rule.at.name, new: self.head.version.as_ref()?, old })
    }

    pub fn date(&self) -> Option<Found<'a, DateRule>> {
        let rule = self.rule.date.as_ref()?;
        let old = self.base.and_then(|base| base.date.as_ref());
        Some(Found { rule, name: &rule.at.name, new: self.head.date.as_ref()?, old })
    }

    fn version_fault(&self) -> Option<VersionFault> {
        let Found { rule, new, old, .. } = self.version()?;
        if new.float && rule.scheme.is_dotted() {
            return Some(VersionFault::Float);
        }
        let Some(version) = rule.scheme.parse(&new.text) else { return Some(VersionFault::Invalid) };
        let before = rule.scheme.parse(&old?.text)?;
        match version.order(&before) {
            Ordering::Less => Some(VersionFault::Lowered),
            Ordering::Equal if self.change.is_some() => Some(VersionFault::Unchanged),
            Ordering::Greater if self.change.is_some() && version.rise_from(&before) < rule.least => Some(VersionFault::TooSmall),
            _ => None,
        }
    }

    fn date_fault(&self) -> Option<DateFault> {
        let Found { rule, new, old, .. } = self.date()?;
        let Some(moment) = Moment::parse(&new.text) else { return Some(DateFault::Invalid) };
        if rule.not_future && moment.is_future(self.now) {
            return Some(DateFault::Future);
        }
        let before = Moment::parse(&old?.text)?;
        match moment.instant == before.instant {
            _ if self.change.is_none() || moment.advances(before, self.now) => None,
            true => Some(DateFault::Unchanged),
            false => Some(DateFault::Backwards),
        }
    }

    /// The name and place of metadata that moved, by its meaning.
    pub fn moved(&self) -> Option<(&'a str, &'a Stamp, &'a Stamp)> {
        let version = self.version().and_then(|Found { rule, name, new, old }| {
            let (old, scheme) = (old?, rule.scheme);
            (scheme.parse(&new.text)?.order(&scheme.parse(&old.text)?) != Ordering::Equal).then_some((name, new, old))
        });
        version.or_else(|| {
            let Found { name, new, old, .. } = self.date()?;
            let old = old?;
            (Moment::parse(&new.text)?.instant != Moment::parse(&old.text)?.instant).then_some((name, new, old))
        })
    }
}
