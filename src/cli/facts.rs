//! `ssot facts`.

use std::io::Write;

use serde_json::{Value, json};

use super::args::{FactsOptions, ListFormat};
use super::{Exit, Failure, visible};
use crate::Error;
use crate::facts::{Element, Fact, Secret};
use crate::finding::Place;
use crate::policy::Policy;
use crate::report::place_json;
use crate::scan::Scan;
use crate::text::RepoPath;

pub(super) fn run(options: &FactsOptions) -> Result<Exit, Failure> {
    let (policy, scan) = options.selection.check()?.facts()?;
    let named = |fact: &(usize, &Fact)| match &options.name {
        Some(wanted) => fact.1.name.as_deref() == Some(wanted),
        None => fact.1.name.is_some(),
    };
    let mut chosen: Vec<(usize, &Fact)> = policy.facts.iter().enumerate().filter(named).collect();
    // Facts were met in the order in which others are made of them; here they stand as in their files.
    let file = |path: &RepoPath| policy.facts.iter().position(|fact| fact.place.as_ref().is_some_and(|at| at.path == *path));
    chosen.sort_by_key(|(_, fact)| fact.place.as_ref().map(|place| (file(&place.path), place.range)));
    if let (true, Some(name)) = (chosen.is_empty(), &options.name) {
        return Err(unknown(&policy, name));
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match options.format {
        ListFormat::Json => {
            let facts: Vec<Value> = chosen.iter().map(|(at, fact)| as_json(fact, *at, &scan)).collect();
            serde_json::to_writer_pretty(&mut out, &json!({"version": 1, "facts": facts})).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        ListFormat::Human => {
            for (at, fact) in &chosen {
                print(fact, *at, &scan, &mut out)?;
            }
        }
    }
    out.flush()?;
    Ok(Exit::Clean)
}

fn unknown(policy: &Policy, name: &str) -> Failure {
    let known = policy.facts.iter().filter_map(|fact| fact.name.as_deref());
    let hint = crate::text::did_you_mean(name, known).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Failure::Check(Error::Usage(format!("the policy has no fact `{name}`{hint}")))
}

/// The elements of a fact by place.
fn sorted(at: usize, scan: &Scan) -> Vec<&Element> {
    let mut elements: Vec<&Element> = scan.elements[at].iter().collect();
    elements.sort_by(|a, b| a.place.cmp(&b.place));
    elements
}

/// The captures that may be shown.
fn captures(element: &Element) -> impl Iterator<Item = (&str, &str)> {
    let hidden = element.secret != Secret::Nothing;
    element.captures.iter().map(move |(name, text)| (name.as_str(), if hidden && name != "export" { "…" } else { text.as_str() }))
}

fn as_json(fact: &Fact, at: usize, scan: &Scan) -> Value {
    let elements = sorted(at, scan).into_iter().map(|element| {
        let value = if element.secret == Secret::All { "…" } else { &element.value };
        let captures: serde_json::Map<String, Value> = captures(element).map(|(name, text)| (name.into(), text.into())).collect();
        json!({"value": value, "captures": captures, "place": place_json(&element.place)})
    });
    let dynamic = scan.holes[at].iter().map(|(place, message)| json!({"message": message, "place": place_json(place)}));
    let unread = scan.troubles[at].iter().map(
        |trouble| json!({"reason": trouble.reason.as_str(), "message": trouble.message, "place": place_json(&trouble.place)}),
    );
    json!({
        "name": fact.name.as_deref(), "extractor": fact.kind, "elements": elements.collect::<Vec<_>>(),
        "dynamic": dynamic.collect::<Vec<_>>(), "unjudged": unread.collect::<Vec<_>>(),
    })
}

fn print(fact: &Fact, at: usize, scan: &Scan, out: &mut dyn Write) -> std::io::Result<()> {
    let elements = sorted(at, scan);
    let name = fact.name.as_deref().unwrap_or_default();
    writeln!(out, "{name} ({}): {} elements, {} dynamic", fact.kind, elements.len(), scan.holes[at].len())?;
    for element in elements {
        let captures: Vec<String> =
            captures(element).map(|(name, text)| format!("{name}={}", visible(&crate::facts::shown(text)))).collect();
        let captures = if captures.is_empty() { String::new() } else { format!("  [{}]", captures.join(" ")) };
        writeln!(out, "  {}  {}{captures}", visible(&element.shown()), at_place(&element.place))?;
    }
    for (place, message) in &scan.holes[at] {
        writeln!(out, "  dynamic: {}  {}", visible(message), at_place(place))?;
    }
    for trouble in &scan.troubles[at] {
        writeln!(out, "  {}: {}  {}", trouble.reason.as_str(), visible(&trouble.message), at_place(&trouble.place))?;
    }
    Ok(())
}

fn at_place(place: &Place) -> String {
    match &place.range {
        Some(range) => format!("{}:{}:{}", visible(place.path.as_str()), range.start.line, range.start.column),
        None => visible(place.path.as_str()),
    }
}
