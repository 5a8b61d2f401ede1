//! What a policy says about one fact, checked.

use std::sync::Arc;

use regex::Regex;

use super::select::SelectionId;
use super::{Extractor, FileKind, RawElement};
use crate::finding::{Place, Related, Side};
use crate::text::RepoPath;

/// A fact of the plan's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FactId(pub usize);

/// The union of one or more facts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FactSet {
    pub members: Vec<FactId>,
}

/// A fact as a policy states it.
pub struct Fact {
    /// The name in the policy; an inline fact has none.
    pub name: Option<Arc<str>>,
    /// The extractor's key.
    pub kind: &'static str,
    /// Whether its elements come out of syntax trees.
    pub code: bool,
    pub reader: Reader,
    /// Extractor, options and scope as text: facts of equal key read the same out of a file.
    pub key: String,
    pub selection: Option<SelectionId>,
    pub side: Side,
    pub filter: Filter,
    pub optional: bool,
    /// The most places that may be dynamic, and where the policy says so.
    pub dynamic: Option<(u64, Place)>,
    /// Where a finding about the fact itself stands; without one, at the rule that uses it.
    pub place: Option<Place>,
    pub captures: Captures,
    /// Whether it has samples that prove its pattern.
    pub sampled: bool,
}

/// How a fact's elements are come by.
pub enum Reader {
    /// Out of paths.
    Path(super::paths::PathFact),
    /// Directories that a glob names.
    Directories,
    /// Out of the policy.
    Values(Vec<(String, Place)>),
    /// Occurrences of another fact's values.
    Words(FactSet),
    /// Paths in code that may denote a file that the glob matches.
    PathRefs(super::path_refs::PathGlob),
    /// Out of git; the elements stand where the policy asks for them.
    Git(GitFact, Place),
    /// Out of each file's content.
    Content(Arc<dyn Extractor>),
}

/// What of git's own a fact reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GitFact {
    Branch,
    Tags,
    HeadTags,
    Commits,
}

impl GitFact {
    pub const WORDS: [&'static str; 4] = ["branch", "tags", "head-tags", "commits"];

    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "branch" => Some(GitFact::Branch),
            "tags" => Some(GitFact::Tags),
            "head-tags" => Some(GitFact::HeadTags),
            "commits" => Some(GitFact::Commits),
            _ => None,
        }
    }
}

/// The captures that a fact's elements can have, `value` aside, which all have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captures {
    names: Vec<String>,
    /// Whether a file may bring further ones.
    open: bool,
}

impl Captures {
    /// Any: only the files tell which.
    pub fn any() -> Self {
        Captures { names: Vec::new(), open: true }
    }

    pub fn known<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Captures { names: names.into_iter().map(Into::into).collect(), open: false }
    }

    pub fn has(&self, name: &str) -> bool {
        self.open || self.names().any(|known| known == name)
    }

    pub fn is_open(&self) -> bool {
        self.open
    }

    /// All names that may stand in a policy.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.names.iter().map(String::as_str).chain(["value"])
    }
}

/// `where` and `unless`.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Elements must agree in all of these.
    pub keep: Vec<(String, Test)>,
    /// Elements that agree in any of these are dropped.
    pub drop: Vec<(String, Test)>,
}

/// What a capture is held against.
#[derive(Clone, Debug)]
pub enum Test {
    Search(Regex),
    Literals(Vec<String>),
}

impl Test {
    fn agrees(&self, text: Option<&str>) -> bool {
        match (self, text) {
            (_, None) => false,
            (Test::Search(regex), Some(text)) => regex.is_match(text),
            (Test::Literals(literals), Some(text)) => literals.iter().any(|literal| literal == text),
        }
    }
}

impl Filter {
    pub fn keeps(&self, element: &RawElement) -> bool {
        let agrees = |(capture, test): &(String, Test)| test.agrees(element.get(capture));
        self.keep.iter().all(agrees) && !self.drop.iter().any(agrees)
    }

    pub fn is_empty(&self) -> bool {
        self.keep.is_empty() && self.drop.is_empty()
    }

    /// Whether it looks at that capture.
    pub fn reads(&self, capture: &str) -> bool {
        self.keep.iter().chain(&self.drop).any(|(name, _)| name == capture)
    }
}

impl Fact {
    /// Tells a file of the form that the fact reads by its name, where it reads only files of one form.
    pub fn form(&self) -> Option<fn(&RepoPath) -> bool> {
        match &self.reader {
            Reader::Content(extractor) => extractor.form(),
            _ => None,
        }
        .or(self.code.then_some(|path: &RepoPath| FileKind::of(path).is_code()))
    }
}

impl RawElement {
    /// A capture, or the value by the name `value` where no capture has that name.
    pub fn get(&self, capture: &str) -> Option<&str> {
        let found = self.captures.iter().find(|(name, _)| name == capture).map(|(_, text)| text.as_str());
        found.or((capture == "value").then_some(self.value.as_str()))
    }
}

/// A value that stands somewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    pub value: String,
    pub captures: Vec<(String, String)>,
    pub place: Place,
    pub side: Side,
    /// Further places that explain it.
    pub related: Vec<Related>,
    /// The files whose content it is, where it stands in another one (a constant that is made of an imported one); none:
    /// where it stands.
    pub files: Vec<RepoPath>,
    /// The fact it belongs to.
    pub fact: FactId,
    /// Whether it stands for more files of the tree than can be told apart.
    pub many: bool,
    /// Whether its value, or its capture `text`, must never be shown.
    pub secret: Secret,
}

/// What of an element must never be shown, because it is a value of a dotenv file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Secret {
    #[default]
    Nothing,
    /// The captures.
    Captures,
    All,
}

/// What elements are compared by: the value, or captures as a tuple.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct By(pub Vec<String>);

impl By {
    /// The text that stands for the element in comparisons; none where it lacks a capture.
    pub fn of(&self, element: &Element) -> Option<String> {
        if self.0.is_empty() {
            return Some(element.value.clone());
        }
        let parts: Option<Vec<_>> = self.0.iter().map(|name| element.get(name)).collect();
        Some(parts?.join("\0"))
    }

    /// The same for a person: one line, and nothing secret.
    pub fn show(&self, element: &Element) -> String {
        match (element.secret, self.0.is_empty()) {
            (Secret::All, _) | (Secret::Captures, false) => "…".into(),
            _ => shown(&self.of(element).unwrap_or_else(|| element.value.clone()).replace('\0', " ")),
        }
    }
}

/// A value as a message shows it: one line, and not too long.
pub fn shown(value: &str) -> String {
    const LONGEST: usize = 80;
    let line: String = value.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.chars().nth(LONGEST) {
        Some(_) => line.chars().take(LONGEST - 1).chain(['…']).collect(),
        None => line,
    }
}

impl Element {
    /// The files whose content it is.
    pub fn files(&self) -> impl Iterator<Item = &RepoPath> {
        let own = self.files.is_empty().then_some(&self.place.path);
        own.into_iter().chain(&self.files)
    }

    /// The value as a message shows it.
    pub fn shown(&self) -> String {
        By::default().show(self)
    }

    pub fn get(&self, capture: &str) -> Option<&str> {
        let found = self.captures.iter().find(|(name, _)| name == capture).map(|(_, text)| text.as_str());
        found.or((capture == "value").then_some(self.value.as_str()))
    }
}
