//! A picture of a policy: each source of truth, what has to agree with it, and whether it does.

mod html;
mod mermaid;

use std::collections::BTreeMap;

use super::Report;
use crate::facts::{FactSet, SelectionId};
use crate::finding::{Severity, Side};
use crate::policy::{BoundRule, Policy};
use crate::rules::{Copies, Role, Sides};

pub use html::html;
pub use mermaid::mermaid;

/// Sources of truth with all that depends on them; those that something contradicts come first.
pub struct Map {
    sources: Vec<Source>,
}

/// One end of relations: a fact, or the policy itself.
struct Source {
    end: End,
    relations: Vec<Relation>,
}

/// What a box says.
#[derive(Clone, PartialEq, Eq)]
struct End {
    /// The name.
    title: String,
    /// What it is read from.
    detail: String,
}

/// One rule, from a source to a consumer.
struct Relation {
    rule: String,
    kind: &'static str,
    /// The policy's reason, else what the kind states.
    why: String,
    consumer: End,
    state: State,
}

/// Whether a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Broken(usize),
    Unjudged(usize),
    Healthy,
}

impl State {
    /// A word that also names a style.
    fn word(self) -> &'static str {
        match self {
            State::Broken(_) => "broken",
            State::Unjudged(_) => "unjudged",
            State::Healthy => "healthy",
        }
    }

    fn mark(self) -> &'static str {
        match self {
            State::Broken(_) => "✗",
            State::Unjudged(_) => "?",
            State::Healthy => "✓",
        }
    }

    fn told(self) -> String {
        let findings = |number: usize, noun: &str| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
        match self {
            State::Broken(number) => findings(number, "finding"),
            State::Unjudged(number) => format!("{} not judged", findings(number, "place")),
            State::Healthy => "holds".into(),
        }
    }
}

impl Map {
    /// The map of the rules in force and of what a run found of them.
    pub fn new(policy: &Policy, report: &Report) -> Self {
        let mut sources: Vec<Source> = Vec::new();
        let states = states(report);
        for rule in policy.rules.iter().filter(|rule| rule.is_on()) {
            let (end, consumers) = ends(policy, rule);
            let state = states.get(&*rule.id).copied().unwrap_or(State::Healthy);
            let relations = consumers.into_iter().map(|consumer| Relation {
                rule: rule.id.to_string(),
                kind: rule.kind.name,
                why: rule.why.as_deref().unwrap_or(rule.kind.about).to_string(),
                consumer,
                state,
            });
            match sources.iter_mut().find(|source| source.end == end) {
                Some(source) => source.relations.extend(relations),
                None => sources.push(Source { end, relations: relations.collect() }),
            }
        }
        sources.sort_by_key(Source::state);
        Map { sources }
    }

    fn relations(&self) -> impl Iterator<Item = &Relation> {
        self.sources.iter().flat_map(|source| &source.relations)
    }

    /// `4 sources of truth, 9 relations: 7 hold, 1 is broken, 1 not judged`.
    fn summary(&self) -> String {
        let count = |word: &str| self.relations().filter(|relation| relation.state.word() == word).count();
        let (sources, all) = (self.sources.len(), self.relations().count());
        let (healthy, broken, unjudged) = (count("healthy"), count("broken"), count("unjudged"));
        format!("Sources of truth: {sources} · relations: {all} · holding: {healthy} · broken: {broken} · not judged: {unjudged}")
    }
}

impl Source {
    /// The worst of its relations'.
    fn state(&self) -> State {
        let rank = |state: State| match state {
            State::Broken(_) => State::Broken(0),
            State::Unjudged(_) => State::Unjudged(0),
            State::Healthy => State::Healthy,
        };
        self.relations.iter().map(|relation| rank(relation.state)).min().unwrap_or(State::Healthy)
    }
}

fn states(report: &Report) -> BTreeMap<&str, State> {
    let mut states = BTreeMap::new();
    for unjudged in &report.unjudged {
        if let State::Unjudged(number) = states.entry(&*unjudged.rule).or_insert(State::Unjudged(0)) {
            *number += 1;
        }
    }
    for finding in report.findings.iter().filter(|finding| finding.severity != Severity::Note) {
        let state = states.entry(&*finding.rule).or_insert(State::Broken(0));
        *state = match *state {
            State::Broken(number) => State::Broken(number + 1),
            _ => State::Broken(1),
        };
    }
    states
}

/// What a rule takes for true, and what it holds against that.
fn ends(policy: &Policy, rule: &BoundRule) -> (End, Vec<End>) {
    if let Some(replicas) = rule.rule.replicas() {
        return copies(policy, replicas.sides());
    }
    let facts = rule.rule.facts();
    let of = |wanted: &[Role]| -> Vec<&FactSet> {
        facts.iter().filter(|(_, role)| wanted.contains(role)).map(|(fact, _)| *fact).collect()
    };
    let (mut truths, mut consumers) = (of(&[Role::Truth]), of(&[Role::Subject, Role::Suspect]));
    let mut both = of(&[Role::Both]);
    if truths.is_empty() && both.len() > 1 {
        truths = vec![both.remove(0)];
    }
    consumers.append(&mut both);
    let source = match truths.first() {
        Some(truth) => fact_end(policy, truth),
        None => End { title: "the policy".into(), detail: rule.from.to_string() },
    };
    let mut ends: Vec<End> = consumers.iter().map(|fact| fact_end(policy, fact)).collect();
    if ends.is_empty() {
        let selections = rule.rule.selections().into_iter().chain(rule.rule.pairs().map(|pairs| pairs.selection));
        let mut globs: Vec<String> = selections.map(|selection| globs(policy, selection)).collect();
        globs.dedup();
        ends.push(End { title: globs.first().cloned().unwrap_or_else(|| rule.id.to_string()), detail: "files".into() });
    }
    (source, ends)
}

/// A file, and each copy of it.
fn copies(policy: &Policy, sides: &Sides) -> (End, Vec<End>) {
    let end = |title: String, side: &Side, what: &str| match side {
        Side::Peer(name) => End { title, detail: format!("{what} in {name}") },
        _ => End { title, detail: what.into() },
    };
    let copies = sides.copies.iter().map(|copies| match copies {
        Copies::One(copy) => end(copy.path.to_string(), &copy.side, "copy"),
        Copies::Many(side, selection) => end(globs(policy, *selection), side, "copies"),
    });
    (end(sides.source.path.to_string(), &sides.source.side, "file"), copies.collect())
}

fn fact_end(policy: &Policy, set: &FactSet) -> End {
    let mut titles = Vec::new();
    let mut details = Vec::new();
    for fact in set.members.iter().map(|id| &policy.facts[id.0]) {
        let files = fact.selection.map(|selection| globs(policy, selection));
        match &fact.name {
            Some(name) => {
                titles.push(name.to_string());
                details.push(files.map_or_else(|| fact.kind.to_string(), |files| format!("{} in {files}", fact.kind)));
            }
            None => {
                titles.push(files.unwrap_or_else(|| "a list in the policy".into()));
                details.push(fact.kind.to_string());
            }
        }
    }
    details.dedup();
    End { title: titles.join(", "), detail: details.join(", ") }
}

fn globs(policy: &Policy, selection: SelectionId) -> String {
    policy.selections[selection.0].include.join(", ")
}

/// `text` of at most `most` characters.
fn cut(text: &str, most: usize) -> String {
    super::visible::clipped(text, most).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{finding, report};
    use super::*;
    use crate::finding::Place;
    use crate::policy::{PolicyFile, load};
    use crate::tree::MemoryTree;

    const POLICY: &str = r##"
version: 1
facts:
  declared: { files: app/settings.py, const: KEYS }
rules:
  - { id: env, subset: { every: { files: "app/**", env-reads: {} }, in: declared } }
  - { id: documented, same: { a: declared, b: { files: .env.example, env-file: {} } } }
  - { id: home, home: { files: "**/*.sql", only-in: "<db> & \"x\"" } }
"##;

    fn map() -> Map {
        let file = PolicyFile { path: "ssot.yaml".into(), text: POLICY.into() };
        let policy = load(&file, &MemoryTree::default()).unwrap();
        Map::new(&policy, &report(vec![finding("home", "home/stray", "m", Place::file("x".into()))]))
    }

    #[test]
    fn what_shares_a_truth_stands_together_and_what_is_broken_comes_first() {
        let map = map();
        let told: Vec<String> = map
            .sources
            .iter()
            .flat_map(|source| source.relations.iter().map(move |relation| (source, relation)))
            .map(|(source, relation)| {
                format!("{} -{} {}-> {}", source.end.title, relation.state.mark(), relation.rule, relation.consumer.title)
            })
            .collect();
        assert_eq!(told, ["the policy -✗ home-> **/*.sql", "declared -✓ env-> app/**", "declared -✓ documented-> .env.example"]);
    }

    #[test]
    fn both_forms_escape_what_they_carry() {
        let hostile = End { title: "<script>\"`#x\u{1b}[0m".into(), detail: "a --> b".into() };
        let relation =
            |state| Relation { rule: "r\"]".into(), kind: "subset", why: "<b>".into(), consumer: hostile.clone(), state };
        let relations = vec![relation(State::Broken(2)), relation(State::Unjudged(1)), relation(State::Healthy)];
        let map = Map { sources: vec![Source { end: hostile.clone(), relations }] };
        let (mut page, mut chart) = (Vec::new(), Vec::new());
        html(&map, &mut page).unwrap();
        mermaid(&map, &mut chart).unwrap();
        let (page, chart) = (String::from_utf8(page).unwrap(), String::from_utf8(chart).unwrap());
        assert!(!page.contains("<script>") && !page.contains('\u{1b}') && page.contains("&lt;script&gt;"), "{page}");
        let expected = "\
flowchart LR
  s0[\"#lt;script#gt;#quot;#96;#35;x␛[0m<br><small>a --#gt; b</small>\"]
  s0 -- \"✗ r#quot;]: 2 findings\" --> c0[\"#lt;script#gt;#quot;#96;#35;x␛[0m<br><small>a --#gt; b</small>\"]
  s0 -- \"? r#quot;]: 1 place not judged\" --> c0
  s0 -- \"✓ r#quot;]: holds\" --> c0
  linkStyle 0 stroke:#d1242f,stroke-width:2px
  linkStyle 1 stroke:#9a6700,stroke-dasharray:4
  linkStyle 2 stroke:#1a7f37
";
        assert_eq!(chart, expected);
    }
}
