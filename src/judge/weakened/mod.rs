//! What a change takes away from the policy that judges it: rules, files, settings, and what new exceptions accept.

mod exceptions;
mod peers;
mod reach;
mod rules;
mod settings;

use self::reach::Reach;
use super::baseline::NewEntries;
use super::{Exceptions, Gate, Judged};
use crate::finding::{Finding, From, Place, Related, Side};
use crate::policy::{Counterparts, policy_rule};
use crate::tree::Index;

/// Two policies and the trees that they judge.
pub struct Weakened<'a> {
    pub gate: Gate<'a>,
    pub counterparts: &'a Counterparts<'a>,
    pub head: &'a Index,
    pub base: &'a Index,
}

/// One thing that is weaker than in base's policy.
struct Weakening {
    /// What: unlike for any other.
    subject: String,
    message: String,
    /// In head's policy.
    place: Place,
    /// In base's policy.
    before: Option<Place>,
}

impl Weakened<'_> {
    /// A finding for each rule, fact and setting that is weaker, and for each exception that base does not have, those of
    /// the baseline included.
    ///
    /// # Errors
    /// Globs that are too large to be matched together, as one line.
    pub fn findings(
        &self,
        in_head: &Exceptions<'_>,
        in_base: &Exceptions<'_>,
        recorded: &[NewEntries],
    ) -> Result<Vec<Judged>, String> {
        let mut found = Vec::new();
        let reach = Reach::new(self)?;
        rules::compare(self, &reach, &mut found);
        if let Some(head) = self.gate.head {
            settings::compare(self, head, &mut found);
            peers::compare(self, head, &mut found);
        }
        exceptions::compare(in_head, in_base, &mut found);
        exceptions::compare_baselines(recorded, &mut found);
        Ok(found.into_iter().map(|weakening| self.finding(weakening)).collect())
    }

    fn finding(&self, weakening: Weakening) -> Judged {
        let before = weakening.before.map(|place| Related { message: "base has this".into(), place, side: Side::Base });
        let finding = Finding {
            rule: policy_rule(),
            code: "policy/weakened".into(),
            severity: self.gate.base.settings.weakened,
            from: From::HeadPolicy,
            message: weakening.message,
            help: Some("base's policy still judges this change; later ones are judged by what it leaves behind".into()),
            why: None,
            place: weakening.place,
            side: Side::Head,
            related: before.into_iter().collect(),
            fix: None,
            data: serde_json::Map::new(),
            subject: weakening.subject,
            fingerprint: String::new(),
        };
        Judged { finding, fix: None }
    }
}

/// Paths as a message names them: the first ones, and how many more.
fn named<'p>(paths: impl IntoIterator<Item = &'p str>) -> String {
    let paths: Vec<&str> = paths.into_iter().collect();
    let first: Vec<String> = paths.iter().take(2).map(|path| format!("`{path}`")).collect();
    match paths.len() {
        0..=2 => first.join(" and "),
        more => format!("{} and {} more", first.join(", "), more - 2),
    }
}
