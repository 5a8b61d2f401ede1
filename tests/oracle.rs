//! A plain evaluator (no plan, no cache, no threads) against the engine, on random trees and random policies.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::select;
use regex::Regex;
use support::{Files, run};

#[derive(Clone, Debug)]
enum Fact {
    Path(&'static str, &'static str),
    Text(&'static str, &'static str),
    Values(Vec<&'static str>),
}

/// Rules over facts by number; a list of numbers is a union.
#[derive(Clone, Debug)]
enum Rule {
    Home { files: &'static str, named: Option<&'static str>, homes: Vec<&'static str>, direct: bool },
    Sequence { any_start: bool, all: bool, gaps: bool },
    Forbid(Vec<usize>),
    Require { some: Vec<usize>, per_file: bool, min: usize, max: Option<usize> },
    Subset { every: Vec<usize>, within: Vec<usize>, per_file: bool },
    Same { a: Vec<usize>, b: Vec<usize>, per_file: bool },
    Unique { every: Vec<usize>, ignore_case: bool, per_file: bool },
    Exists(Vec<usize>),
}

/// The fact that sequences number by, behind the random ones.
const NUMBERED: usize = 4;

/// Rule, code, path, line and column.
type Found = BTreeSet<(String, String, String, Option<(usize, usize)>)>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Element {
    path: String,
    at: Option<(usize, usize)>,
    value: String,
    number: Option<u128>,
}

// ---- the policy as text -----------------------------------------------------------------------------------------------------

fn write_fact(fact: &Fact) -> String {
    match fact {
        Fact::Path(files, regex) => format!("{{files: '{files}', path: '{regex}'}}"),
        Fact::Text(files, regex) => format!("{{files: '{files}', text: '{regex}'}}"),
        Fact::Values(values) => {
            format!("{{values: [{}]}}", values.iter().map(|v| format!("'{v}'")).collect::<Vec<_>>().join(", "))
        }
    }
}

fn names(facts: &[usize]) -> String {
    format!("[{}]", facts.iter().map(|fact| format!("f{fact}")).collect::<Vec<_>>().join(", "))
}

fn write_rule(rule: &Rule) -> String {
    let per = |per_file: bool| if per_file { "file" } else { "tree" };
    match rule {
        Rule::Home { files, named, homes, direct } => {
            let named = named.map(|named| format!(", named: '{named}'")).unwrap_or_default();
            let homes = homes.iter().map(|home| format!("'{home}'")).collect::<Vec<_>>().join(", ");
            format!("home: {{files: '{files}'{named}, only-in: [{homes}], depth: {}}}", if *direct { "direct" } else { "any" })
        }
        Rule::Sequence { any_start, all, gaps } => format!(
            "sequence: {{every: f{NUMBERED}, width: any, start: {}, per: {}, gaps: {}}}",
            if *any_start { "any" } else { "1" },
            if *all { "all" } else { "directory" },
            if *gaps { "allow" } else { "forbid" }
        ),
        Rule::Forbid(facts) => format!("forbid: {}", names(facts)),
        Rule::Require { some, per_file, min, max } => {
            let max = max.map(|max| format!(", max: {max}")).unwrap_or_default();
            format!("require: {{some: {}, per: {}, min: {min}{max}}}", names(some), per(*per_file))
        }
        Rule::Subset { every, within, per_file: true } => {
            format!("subset: {{every: {}, in: {}, per: file}}", names(every), names(within))
        }
        Rule::Subset { every, within, .. } => format!("subset: {{every: {}, in: {}}}", names(every), names(within)),
        Rule::Same { a, b, per_file: true } => format!("same: {{a: {}, b: {}, per: file}}", names(a), names(b)),
        Rule::Same { a, b, .. } => format!("same: {{a: {}, b: {}}}", names(a), names(b)),
        Rule::Unique { every, ignore_case, per_file } => {
            format!("unique: {{every: {}, ignore-case: {ignore_case}, per: {}}}", names(every), per(*per_file))
        }
        Rule::Exists(facts) => format!("exists: {{every: {}}}", names(facts)),
    }
}

fn write_policy(facts: &[Fact], rules: &[Rule]) -> String {
    let facts: String = facts.iter().enumerate().map(|(at, fact)| format!("  f{at}: {}\n", write_fact(fact))).collect();
    let rules: String = rules.iter().enumerate().map(|(at, rule)| format!("  - {{id: r{at}, {}}}\n", write_rule(rule))).collect();
    format!("version: 1\nfacts:\n{facts}rules:\n{rules}")
}

// ---- the plain evaluator ----------------------------------------------------------------------------------------------------

struct Oracle<'a> {
    files: &'a Files,
    facts: &'a [Fact],
    found: Found,
}

fn selects(glob: &str, path: &str) -> bool {
    let matches = |glob: &str| {
        let glob = globset::GlobBuilder::new(glob).literal_separator(true).build().expect("the tests' globs are valid");
        glob.compile_matcher().is_match(path)
    };
    matches(glob) || (!glob.contains(['*', '?', '[']) && matches(&format!("{glob}/**")))
}

fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = &text[..byte];
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line..].chars().count() + 1)
}

impl Oracle<'_> {
    fn selected(&self, fact: usize) -> Vec<&str> {
        let (glob, reads) = match &self.facts[fact] {
            Fact::Path(glob, _) => (glob, false),
            Fact::Text(glob, _) => (glob, true),
            Fact::Values(_) => return Vec::new(),
        };
        let paths = self.files.keys().map(String::as_str);
        paths.filter(|path| selects(glob, path) && !(reads && *path == "ssot.yaml")).collect()
    }

    fn elements(&self, fact: usize) -> Vec<Element> {
        let mut elements = Vec::new();
        if let Fact::Values(values) = &self.facts[fact] {
            let line = self.files["ssot.yaml"].lines().nth(fact + 2).expect("its line");
            let mut from = line.find('[').expect("its list");
            for value in values {
                from += line[from..].find('\'').expect("its quote");
                let (path, at) = ("ssot.yaml".to_string(), Some((fact + 3, from + 1)));
                elements.push(Element { path, at, value: value.to_string(), number: None });
                from += value.len() + 2;
            }
        }
        for path in self.selected(fact) {
            let (text, regex, in_text) = match &self.facts[fact] {
                Fact::Path(_, regex) => (path, Regex::new(regex), false),
                Fact::Text(_, regex) => (self.files[path].as_str(), Regex::new(&format!("(?m){regex}")), true),
                Fact::Values(_) => unreachable!("values select nothing"),
            };
            for found in
                regex.expect("the tests' regexes are valid").captures_iter(text).take(if in_text { usize::MAX } else { 1 })
            {
                let whole = found.name("value").or_else(|| found.get(0).filter(|_| in_text));
                elements.push(Element {
                    path: path.to_string(),
                    at: whole.filter(|_| in_text).map(|value| position(text, value.start())),
                    value: whole.map_or(path, |value| value.as_str()).to_string(),
                    number: found.name("number").and_then(|number| number.as_str().parse().ok()),
                });
            }
        }
        elements
    }

    fn union(&self, facts: &[usize]) -> Vec<Element> {
        facts.iter().flat_map(|fact| self.elements(*fact)).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn files_of(&self, facts: &[usize]) -> BTreeSet<String> {
        let elements = self.union(facts).into_iter().map(|element| element.path);
        facts.iter().flat_map(|fact| self.selected(*fact)).map(str::to_string).chain(elements).collect()
    }

    fn find(&mut self, rule: usize, code: &str, path: &str, at: Option<(usize, usize)>) {
        self.found.insert((format!("r{rule}"), code.into(), path.into(), at));
    }

    fn find_at(&mut self, rule: usize, code: &str, element: &Element) {
        self.find(rule, code, &element.path, element.at);
    }

    /// Where a text stands in the line of a rule or fact.
    fn in_policy(&self, line: usize, text: &str, behind: usize) -> Option<(usize, usize)> {
        let written = self.files["ssot.yaml"].lines().nth(line - 1)?;
        Some((line, written.find(text)? + behind + 1))
    }

    fn rule_line(&self, rule: usize) -> usize {
        2 + self.facts.len() + 2 + rule
    }

    fn at_rule(&self, rule: usize) -> Option<(usize, usize)> {
        self.in_policy(self.rule_line(rule), "id: ", 4)
    }

    /// `policy/empty` of facts; `truth` is whether they must hold something.
    fn emptiness(&mut self, facts: &[usize], truth: bool) {
        for fact in facts {
            let no_file = !matches!(self.facts[*fact], Fact::Values(_)) && self.selected(*fact).is_empty();
            if no_file || (truth && self.elements(*fact).is_empty()) {
                self.found.insert(("policy".into(), "policy/empty".into(), "ssot.yaml".into(), Some((fact + 3, 3))));
            }
        }
    }

    fn judge(&mut self, id: usize, rule: &Rule) {
        match rule {
            Rule::Home { files, named, homes, direct } => self.home(id, files, *named, homes, *direct),
            Rule::Sequence { any_start, all, gaps } => self.sequence(id, *any_start, *all, *gaps),
            Rule::Forbid(facts) => {
                self.emptiness(facts, false);
                self.union(facts).iter().for_each(|element| self.find_at(id, "forbid/forbidden", element));
            }
            Rule::Require { some, per_file, min, max } => {
                self.emptiness(some, false);
                let all = self.union(some);
                let here = |path: &str| all.iter().filter(|e| e.path == path).cloned().collect::<Vec<_>>();
                let wholes = match per_file {
                    true => {
                        let files: BTreeSet<&str> = some.iter().flat_map(|fact| self.selected(*fact)).collect();
                        files.into_iter().map(|path| (path.to_string(), None, here(path))).collect()
                    }
                    false => vec![("ssot.yaml".to_string(), self.at_rule(id), all.clone())],
                };
                for (path, at, elements) in wholes {
                    if elements.len() < *min {
                        self.find(id, "require/absent", &path, at);
                    }
                    elements.iter().skip(max.unwrap_or(usize::MAX)).for_each(|e| self.find_at(id, "require/too-many", e));
                }
            }
            Rule::Subset { every, within, per_file } => {
                self.emptiness(every, true);
                self.emptiness(within, true);
                let truth = self.union(within);
                let files = if *per_file { self.files_of(within).into_iter().map(Some).collect() } else { vec![None] };
                for file in files {
                    let known: Vec<_> =
                        truth.iter().filter(|e| file.is_none() || file.as_ref() == Some(&e.path)).cloned().collect();
                    self.missing(id, "subset/missing", &self.union(every), &known);
                }
            }
            Rule::Same { a, b, per_file } => {
                self.emptiness(a, true);
                self.emptiness(b, true);
                let (ours, theirs) = (self.union(a), self.union(b));
                let files = if *per_file { self.files_of(b).into_iter().map(Some).collect() } else { vec![None] };
                for file in files {
                    let part: Vec<_> =
                        theirs.iter().filter(|e| file.is_none() || file.as_ref() == Some(&e.path)).cloned().collect();
                    self.missing(id, "same/missing", &ours, &part);
                    self.missing(id, "same/missing", &part, &ours);
                }
            }
            Rule::Unique { every, ignore_case, per_file } => {
                self.emptiness(every, true);
                let mut seen = BTreeSet::new();
                for element in self.union(every) {
                    let value = if *ignore_case { element.value.to_lowercase() } else { element.value.clone() };
                    if !seen.insert((per_file.then(|| element.path.clone()), value)) {
                        self.find_at(id, "unique/duplicate", &element);
                    }
                }
            }
            Rule::Exists(facts) => {
                self.emptiness(facts, true);
                for element in
                    self.union(facts).iter().filter(|element| !self.leads_somewhere(&element.value)).collect::<Vec<_>>()
                {
                    self.find_at(id, "exists/dangling", element);
                }
            }
        }
    }

    fn missing(&mut self, id: usize, code: &str, elements: &[Element], known: &[Element]) {
        for element in elements.iter().filter(|element| !known.iter().any(|other| other.value == element.value)) {
            self.find_at(id, code, element);
        }
    }

    fn leads_somewhere(&self, value: &str) -> bool {
        let below = |path: &&String| path.as_str() == value || path.starts_with(&format!("{value}/"));
        self.files.keys().any(|path| below(&path) || (value.contains('*') && selects(value, path)))
    }

    fn home(&mut self, id: usize, files: &str, named: Option<&str>, homes: &[&str], direct: bool) {
        let selected: Vec<String> = self.files.keys().filter(|path| selects(files, path)).cloned().collect();
        if selected.is_empty() {
            let at = self.in_policy(self.rule_line(id), "files:", 0);
            self.found.insert(("policy".into(), "policy/empty".into(), "ssot.yaml".into(), at));
        }
        if homes.iter().any(|home| !home.contains('*') && !self.leads_somewhere(home)) {
            self.find(id, "home/no-home", "ssot.yaml", self.at_rule(id));
        }
        for path in selected {
            let name = path.rsplit('/').next().unwrap_or_default();
            if named.is_some_and(|named| !Regex::new(named).expect("valid").is_match(name)) {
                continue;
            }
            let mut directories: Vec<&str> = Vec::new();
            let mut above = directory(&path);
            while !above.is_empty() {
                directories.push(above);
                above = directory(above);
            }
            let near = if direct { &directories[..directories.len().min(1)] } else { &directories[..] };
            let is_home = |directory: &&str| {
                homes.iter().any(|home| {
                    let glob = globset::GlobBuilder::new(home).literal_separator(true).build().expect("valid");
                    glob.compile_matcher().is_match(directory)
                })
            };
            if !near.iter().any(is_home) {
                self.find(id, "home/stray", &path, None);
            }
        }
    }

    fn sequence(&mut self, id: usize, any_start: bool, all: bool, gaps: bool) {
        self.emptiness(&[NUMBERED], true);
        let elements = self.elements(NUMBERED);
        for path in self.selected(NUMBERED).into_iter().map(str::to_string).collect::<Vec<_>>() {
            if !elements.iter().any(|element| element.path == path) {
                self.find(id, "sequence/unnumbered", &path, None);
            }
        }
        let mut groups: BTreeMap<&str, BTreeMap<u128, Vec<&Element>>> = BTreeMap::new();
        for element in &elements {
            let group = if all { "" } else { directory(&element.path) };
            groups.entry(group).or_default().entry(element.number.expect("a number")).or_default().push(element);
        }
        for numbers in groups.values() {
            numbers.values().flat_map(|same| &same[1..]).for_each(|later| self.find_at(id, "sequence/duplicate", later));
            let mut before = None;
            for (number, same) in numbers {
                match before {
                    None if !any_start && *number != 1 => self.find_at(id, "sequence/start", same[0]),
                    Some(before) if !gaps && *number > before + 1 => self.find_at(id, "sequence/gap", same[0]),
                    _ => {}
                }
                before = Some(*number);
            }
        }
    }
}

// ---- random trees and policies ----------------------------------------------------------------------------------------------

const GLOBS: [&str; 8] = ["**", "**/*.txt", "d/**", "d", "m/*", "{d,m}/*", "*", "zz/*"];
const VALUES: [&str; 8] = ["a", "b", "A", "d", "d/e", "x.txt", "*.txt", "q*"];

fn trees() -> impl Strategy<Value = Files> {
    let path = (select(vec!["", "d/", "d/e/", "m/"]), select(vec!["1_a.txt", "01_b.txt", "2_a.sql", "4_b.sql", "x.txt", "a"]));
    let line = select(vec!["ka kb", "a", "b A", "kA", "x.txt d", "  kb a", "é ka", ""]);
    let content = prop::collection::vec(line, 0..4).prop_map(|lines| lines.join("\n"));
    let files = prop::collection::btree_map(path.prop_map(|(directory, name)| format!("{directory}{name}")), content, 0..9);
    // A name cannot be a file and a directory.
    files.prop_map(|files| files.into_iter().filter(|(path, _)| path != "d" && path != "m").collect())
}

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let regex = select(vec!["_(?P<value>[ab])", r"\.txt$", "^(?P<value>[dm])/", "(?P<value>a)$"]);
    let text = select(vec!["[ab]+", "k(?P<value>[abA])", "^[a-z]", "(?P<value>[abdA])$", r"\w+\.txt", "é (?P<value>k)"]);
    let glob = || select(GLOBS.to_vec());
    let fact = prop_oneof![
        (glob(), regex).prop_map(|(glob, regex)| Fact::Path(glob, regex)),
        (glob(), text).prop_map(|(glob, regex)| Fact::Text(glob, regex)),
        prop::collection::vec(select(VALUES.to_vec()), 1..4).prop_map(Fact::Values),
    ];
    let numbered = select(vec!["**/*_*", "d/**", "**"]).prop_map(|glob| Fact::Path(glob, r"(?P<number>\d+)_"));
    (prop::collection::vec(fact, NUMBERED..=NUMBERED), numbered).prop_map(|(mut facts, numbered)| {
        facts.push(numbered);
        facts
    })
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let some = || prop::collection::btree_set(0..NUMBERED, 1..3).prop_map(|facts| facts.into_iter().collect::<Vec<_>>());
    let flag = any::<bool>;
    let homes = prop::collection::btree_set(select(vec!["d", "m", "d/*", "zz", "*"]), 1..3);
    let home = (select(GLOBS.to_vec()), prop::option::of(select(vec!["a", r"\.sql$", r"^\d"])), homes, flag());
    let rule = prop_oneof![
        home.prop_map(|(files, named, homes, direct)| Rule::Home { files, named, homes: homes.into_iter().collect(), direct }),
        (flag(), flag(), flag()).prop_map(|(any_start, all, gaps)| Rule::Sequence { any_start, all, gaps }),
        some().prop_map(Rule::Forbid),
        (some(), flag(), 0..3_usize, prop::option::of(0..3_usize)).prop_map(|(some, per_file, min, more)| Rule::Require {
            some,
            per_file,
            min,
            max: more.map(|more| min + more)
        }),
        (some(), some(), flag()).prop_map(|(every, within, per_file)| Rule::Subset { every, within, per_file }),
        (some(), some(), flag()).prop_map(|(a, b, per_file)| Rule::Same { a, b, per_file }),
        (some(), flag(), flag()).prop_map(|(every, ignore_case, per_file)| Rule::Unique { every, ignore_case, per_file }),
        some().prop_map(Rule::Exists),
    ];
    prop::collection::vec(rule, 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_agrees_with_a_plain_evaluator(mut files in trees(), facts in facts(), rules in rules()) {
        files.insert("ssot.yaml".into(), write_policy(&facts, &rules));
        let report = run(&files).map_err(|error| TestCaseError::fail(format!("{error}\n{}", files["ssot.yaml"])))?;
        let engine: Found = report
            .findings
            .iter()
            .map(|finding| {
                let at = finding.place.range.map(|range| (range.start.line, range.start.column));
                (finding.rule.to_string(), finding.code.clone(), finding.place.path.to_string(), at)
            })
            .collect();
        let mut oracle = Oracle { files: &files, facts: &facts, found: Found::new() };
        for (id, rule) in rules.iter().enumerate() {
            oracle.judge(id, rule);
        }
        let only = |a: &Found, b: &Found| a.difference(b).map(|found| format!("{found:?}")).collect::<Vec<_>>().join("\n");
        prop_assert!(
            engine == oracle.found,
            "only the engine:\n{}\nonly the oracle:\n{}\n{}",
            only(&engine, &oracle.found), only(&oracle.found, &engine), files["ssot.yaml"]
        );
        prop_assert!(report.unjudged.is_empty(), "{:?}", report.unjudged);
    }
}
