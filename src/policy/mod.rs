//! The policy: as written, with its packs, and as the engine understands it.

mod allow;
mod baseline;
mod body;
mod counterparts;
pub mod inline;
mod eject;
mod inputs;
mod language;
mod load;
mod packs;
mod rule;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, OnceLock};

pub use allow::{Allow, Removal};
pub use baseline::{Baseline, Recorded};
pub use counterparts::{Counterparts, Pair};
pub use eject::{InputInfo, eject, pack_inputs};
pub use language::{RULE_FIELDS, TOP_FIELDS, json_schema};
pub use load::{POLICY_NAMES, find, is_absent, load, load_in};
pub use packs::{PACKS, Pack};
pub use rule::BoundRule;

use crate::facts::{self, Fact, Reader, Registry, Selection};
use crate::finding::{Place, Reason, Severity};
use crate::options::Complaint;
use crate::rules::Kinds;
use crate::text::RepoPath;
use crate::tree::Peer;

/// What a policy may say: its kinds of rules, and its extractors.
#[derive(Clone)]
pub struct Language {
    pub kinds: Kinds,
    pub extractors: Registry,
}

impl std::fmt::Debug for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let extractors = self.extractors.kinds.iter().map(|kind| kind.name);
        f.debug_list().entries(self.kinds.names().chain(extractors)).finish()
    }
}

impl Language {
    /// What this program knows by itself.
    pub fn built_in() -> &'static Self {
        static LANGUAGE: OnceLock<Language> = OnceLock::new();
        LANGUAGE.get_or_init(|| Language { kinds: Kinds::built_in().clone(), extractors: facts::registry().clone() })
    }
}

/// A policy that is fully checked, with everything that it uses.
pub struct Policy {
    /// Where the policy file stands; built-in packs have no file.
    pub path: RepoPath,
    /// The policy's own files in the tree: itself and the files it uses.
    pub files: Vec<RepoPath>,
    pub rules: Vec<BoundRule>,
    pub facts: Vec<Fact>,
    pub selections: Vec<Selection>,
    pub allows: Vec<Allow>,
    pub settings: Settings,
    /// The key `rules` of the policy file.
    pub rules_place: Option<Place>,
    /// Other trees by name, and where the policy names them.
    pub peers: BTreeMap<Arc<str>, (Peer, Place)>,
    /// Whether somebody asks for the capture `hash` of paths.
    pub wants_hash: bool,
}

/// `settings`.
#[derive(Clone, Debug)]
pub struct Settings {
    pub max_file_bytes: u64,
    pub unproven: Option<Severity>,
    pub unjudged: BTreeMap<Reason, Severity>,
    /// The file of accepted findings, and where the policy names it.
    pub baseline: Option<(RepoPath, Place)>,
    /// What a change weighs that weakens this policy.
    pub weakened: Severity,
    /// Where each one that is written stands: its key. By the empty name that of `settings`.
    pub places: BTreeMap<String, Place>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            max_file_bytes: 8 << 20,
            unproven: None,
            unjudged: BTreeMap::new(),
            baseline: None,
            weakened: Severity::Warning,
            places: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// Of both what judges more. Places, and what a weakening weighs, stay as they are.
    pub fn stricter(mut self, other: &Settings) -> Self {
        self.max_file_bytes = self.max_file_bytes.max(other.max_file_bytes);
        self.unproven = self.unproven.max(other.unproven);
        for (reason, severity) in &other.unjudged {
            let own = self.unjudged.entry(*reason).or_insert(*severity);
            *own = (*own).max(*severity);
        }
        self
    }
}

/// A policy file and its bytes.
#[derive(Clone, Debug)]
pub struct PolicyFile {
    /// As places show it.
    pub path: RepoPath,
    pub text: Vec<u8>,
}

/// Everything that is wrong with a policy, in the order of places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    pub complaints: Vec<Complaint>,
}

impl PolicyError {
    /// One complaint about the file as a whole.
    pub fn about(path: RepoPath, message: impl Into<String>, help: impl Into<String>) -> Self {
        let complaint = Complaint { place: Place::file(path), message: message.into(), help: Some(help.into()) };
        PolicyError { complaints: vec![complaint] }
    }
}

impl std::fmt::Display for PolicyError {
    /// `PATH:LINE:COLUMN: what is wrong; what to do`, one complaint a line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, complaint) in self.complaints.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            let place = match &complaint.place.range {
                Some(range) => format!("{}:{}:{}", complaint.place.path, range.start.line, range.start.column),
                None => complaint.place.path.to_string(),
            };
            let help = complaint.help.iter().map(|help| format!("; {help}"));
            let line = format!("{place}: {}{}", complaint.message, help.collect::<String>());
            f.write_str(&unwrapped(&line))?;
        }
        Ok(())
    }
}

impl std::error::Error for PolicyError {}

/// The text on one line: what a policy quotes may hold line breaks.
fn unwrapped(text: &str) -> String {
    let escape = |c: char| if c.is_control() { c.escape_default().collect() } else { String::from(c) };
    text.chars().map(escape).collect()
}

impl Policy {
    pub fn rule(&self, id: &str) -> Option<&BoundRule> {
        self.rules.iter().find(|rule| &*rule.id == id)
    }

    /// The places in the policy itself at which findings can stand.
    pub fn own_places(&self) -> HashSet<Place> {
        let mut places: HashSet<Place> = self.rules.iter().map(|rule| rule.place.clone()).collect();
        places.extend(self.peers.values().map(|(_, place)| place.clone()));
        places.extend(self.selections.iter().filter_map(|selection| selection.place.clone()));
        for fact in &self.facts {
            places.extend(fact.place.clone());
            places.extend(fact.dynamic.iter().map(|(_, place)| place.clone()));
            match &fact.reader {
                Reader::Values(values) => places.extend(values.iter().map(|(_, place)| place.clone())),
                Reader::Git(_, place) => drop(places.insert(place.clone())),
                _ => {}
            }
        }
        places
    }
}

/// The name that rules about the policy itself go by.
pub(crate) fn policy_rule() -> Arc<str> {
    Arc::from("policy")
}
