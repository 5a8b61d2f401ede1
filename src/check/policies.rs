//! The policies of a run: head's, and where a change is judged as one that must not weaken its gate, base's.

use std::path::Path;

use super::baselines::Baselines;
use super::trees::Trees;
use super::{Against, By, Check, Error};
use crate::judge::Gate;
use crate::plan::Plan;
use crate::policy::{self, Policy, PolicyError, PolicyFile, Settings};
use crate::text::{RepoPath, did_you_mean};
use crate::tree::Tree;

/// What stands where head's policy is looked for.
pub(super) struct HeadPolicy {
    pub file: Option<PolicyFile>,
    pub policy: Option<Policy>,
    /// Why there is none, where that is a fault.
    pub broken: Option<PolicyError>,
}

/// The policies of a run.
pub(super) struct Policies {
    pub head: HeadPolicy,
    pub base: Option<Policy>,
    /// What is wrong with base's, where a gate needs it.
    pub bad_base: Option<PolicyError>,
    pub baselines: Baselines,
    by: By,
}

impl Check {
    /// Whether the change must not weaken its own gate.
    pub(super) fn is_gate(&self) -> bool {
        self.against != Against::Before
    }

    /// Reads head's policy. Where base's can judge in its place, its faults are kept for later.
    pub(super) fn head_policy(&self, head: &dyn Tree) -> Result<HeadPolicy, Error> {
        let file = match &self.by {
            By::File(path) => Ok(read_policy(path)?),
            By::Base if !self.is_gate() => return Ok(HeadPolicy { file: None, policy: None, broken: None }),
            _ if self.is_gate() && policy::is_absent(head) => return Ok(HeadPolicy { file: None, policy: None, broken: None }),
            _ => policy::find(head),
        };
        let loaded = file.and_then(|file| policy::load_in(self.language(), &file, head).map(|policy| (file, policy)));
        match loaded {
            Ok((file, policy)) => Ok(HeadPolicy { file: Some(file), policy: Some(policy), broken: None }),
            Err(error) if self.is_gate() => Ok(HeadPolicy { file: None, policy: None, broken: Some(error) }),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a run by head's policy needs a base, or was told to look at one.
    pub(super) fn needs_base(&self, head: &HeadPolicy) -> bool {
        let asks = |policy: &Policy| Plan::asks_for_base(policy, &self.rules);
        self.is_gate() || self.by == By::Base || head.policy.as_ref().is_some_and(asks)
    }

    /// Reads base's policy where it matters.
    pub(super) fn policies(&self, head: HeadPolicy, trees: &Trees) -> Result<Policies, Error> {
        let mut policies = Policies { head, base: None, bad_base: None, baselines: Baselines::default(), by: self.by.clone() };
        if self.is_gate() || self.by == By::Base {
            match trees.base.as_ref().map(|base| self.base_policy(base.tree())) {
                None | Some(Ok(None)) if self.by == By::Base => {
                    return Err(Error::Usage("there is no policy in base: leave out `--policy base`".into()));
                }
                None | Some(Ok(None)) => {}
                Some(Ok(base)) => policies.base = base,
                Some(Err(error)) if self.by == By::Base => return Err(error.into()),
                Some(Err(error)) => policies.bad_base = Some(error),
            }
        }
        if policies.base.is_none()
            && let Some(broken) = &policies.head.broken
        {
            return Err(broken.clone().into());
        }
        if policies.base.is_none() && policies.head.policy.is_none() {
            return match policy::find(trees.head.tree()) {
                Err(error) => Err(error.into()),
                Ok(_) => Err(Error::Usage("there is no policy to judge by".into())),
            };
        }
        self.known_rules(&policies)?;
        self.known_peers(policies.head.policy.iter().chain(&policies.base))?;
        Ok(policies)
    }

    /// Whether each rule that is asked for is one of a policy that judges.
    fn known_rules(&self, policies: &Policies) -> Result<(), Error> {
        let judging = || policies.judging_head().into_iter().chain(policies.judging_base());
        for id in &self.rules {
            if judging().any(|policy| policy.rule(id).is_some()) {
                continue;
            }
            let near = did_you_mean(id, judging().flat_map(|policy| policy.rules.iter().map(|rule| &*rule.id)));
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(Error::Usage(format!("the policy has no rule `{id}`{hint}")));
        }
        Ok(())
    }

    pub(super) fn base_policy(&self, base: &dyn Tree) -> Result<Option<Policy>, PolicyError> {
        match policy::is_absent(base) {
            true => Ok(None),
            false => policy::load_in(self.language(), &policy::find(base)?, base).map(Some),
        }
    }
}

pub(super) fn read_policy(path: &Path) -> Result<PolicyFile, Error> {
    let shown = RepoPath::from_bytes(path.as_os_str().as_encoded_bytes());
    let fail = |error: std::io::Error| {
        PolicyError::about(shown.clone(), format!("`{}` cannot be read: {error}", path.display()), "name another file")
    };
    let metadata = std::fs::metadata(path).map_err(fail)?;
    if !metadata.is_file() {
        return Err(
            PolicyError::about(shown.clone(), format!("`{}` is no regular file", path.display()), "name a policy file").into()
        );
    }
    Ok(PolicyFile { text: std::fs::read(path).map_err(fail)?, path: shown })
}

impl Policies {
    /// Head's policy alone.
    pub fn only(head: HeadPolicy) -> Self {
        Policies { head, base: None, bad_base: None, baselines: Baselines::default(), by: By::Head }
    }

    /// Head's policy, where it judges.
    pub fn judging_head(&self) -> Option<&Policy> {
        self.head.policy.as_ref().filter(|_| self.by != By::Base)
    }

    /// Base's policy, where it judges.
    pub fn judging_base(&self) -> Option<&Policy> {
        self.base.as_ref().filter(|_| self.by != By::Head)
    }

    /// Of the settings of the policies that judge the stricter ones.
    pub fn settings(&self) -> Settings {
        let settings = self.judging_head().into_iter().chain(self.judging_base()).map(|policy| policy.settings.clone());
        settings.reduce(|strict, other| strict.stricter(&other)).unwrap_or_default()
    }

    /// Judges by these baselines. Like the policies' own files, rules see theirs only where they name it.
    pub fn with(mut self, baselines: Baselines) -> Self {
        let file = baselines.head.as_ref().map(|baseline| &baseline.path);
        for policy in self.head.policy.iter_mut().chain(&mut self.base) {
            policy.files.extend(file.filter(|file| !policy.files.contains(file)).cloned());
        }
        Policies { baselines, ..self }
    }

    /// The files of the policies.
    pub fn holds(&self, path: &RepoPath) -> bool {
        self.head.policy.iter().chain(&self.base).any(|policy| policy.files.contains(path))
    }

    /// Both, where what the change does to the policy can be told.
    pub fn gate(&self) -> Option<Gate<'_>> {
        let base = self.base.as_ref().filter(|_| self.head.broken.is_none())?;
        Some(Gate { head: self.head.policy.as_ref(), base })
    }
}
