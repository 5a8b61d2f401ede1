//! Packs taken out of the program: what one stands for, as text that may stand in a policy of one's own.

use super::inputs::{self, Inputs};
use super::packs::Pack;
use crate::formats::{self, DataFormat, Document, Kind, NodeId, quoted_like};
use crate::options::{Origin, Written};
use crate::text::{RepoPath, Span};

/// An input of a pack as a person sees it.
pub struct InputInfo {
    pub name: String,
    /// As YAML; none where it has to be given.
    pub default: Option<String>,
    pub about: String,
}

/// The inputs that a pack takes, in its order.
pub fn pack_inputs(pack: &Pack) -> Vec<InputInfo> {
    let Some(written) = parsed(pack) else { return Vec::new() };
    let document = &written.document;
    let table = document.roots.first().and_then(|root| document.member(*root, "inputs")).map(|member| member.value);
    let members = table.map(|table| document.members(table)).unwrap_or_default();
    let info = |member: &formats::Member| InputInfo {
        name: member.key.to_string(),
        default: document.member(member.value, "default").map(|default| document.to_json(default.value).to_string()),
        about: document.member(member.value, "about").and_then(|about| document.string(about.value)).unwrap_or_default().into(),
    };
    members.iter().map(info).collect()
}

/// The pack's policy with its inputs filled in by their defaults, comments and all, and without what only a pack has.
pub fn eject(pack: &Pack) -> String {
    let Some(written) = parsed(pack) else { return pack.policy.to_string() };
    let inputs = inputs::settle(&written, None, &written, Span::default());
    let Written { mut document, .. } = written;
    let mut edits = cut(&document, pack.policy);
    edits.extend(filled(&mut document, pack.policy, &inputs));
    edits.sort_by_key(|(span, _)| *span);
    let mut text = String::with_capacity(pack.policy.len());
    let mut done = 0;
    for (span, new) in edits.into_iter().filter(|(span, _)| span.end <= pack.policy.len()) {
        if span.start >= done {
            text.push_str(&pack.policy[done..span.start]);
            text.push_str(&new);
            done = span.end;
        }
    }
    text.push_str(&pack.policy[done..]);
    text
}

fn parsed(pack: &Pack) -> Option<Written> {
    let document = formats::parse(DataFormat::Yaml, pack.policy.as_bytes()).ok()?;
    let origin = Origin::new(RepoPath::new(format!("ssot:{}.yaml", pack.name)), pack.policy.into(), None);
    Some(Written::new(origin, document))
}

/// The lines of `name` and `inputs`, up to the next key and the comments above it.
fn cut(document: &Document, text: &str) -> Vec<(Span, String)> {
    let Some(root) = document.roots.first() else { return Vec::new() };
    let members = document.members(*root);
    let mut cuts = Vec::new();
    for (at, member) in members.iter().enumerate().filter(|(_, member)| matches!(&*member.key, "name" | "inputs")) {
        let mut end = members.get(at + 1).map_or(text.len(), |next| next.key_span.start);
        while let Some(before) = text[..end].strip_suffix('\n') {
            let start = before.rfind('\n').map_or(0, |newline| newline + 1);
            if !before[start..].starts_with('#') {
                break;
            }
            end = start;
        }
        cuts.push((Span::new(member.key_span.start, end), String::new()));
    }
    cuts
}

/// Each scalar that inputs fill in.
fn filled(document: &mut Document, text: &str, inputs: &Inputs) -> Vec<(Span, String)> {
    let uses = |span: Span| text.get(span.start..span.end).is_some_and(|written| written.contains("${"));
    let scalars = |document: &Document| -> Vec<NodeId> {
        let all = (0..document.len()).filter_map(|at| u32::try_from(at).ok()).map(NodeId);
        all.filter(|id| matches!(document.node(*id).kind, Kind::String(_)) && uses(document.node(*id).span)).collect()
    };
    let before = scalars(document);
    // The defaults of a built-in pack are few and short, and its page tests that each input is declared.
    let mut budget = usize::MAX;
    inputs::insert(document, inputs, &mut budget);
    let new = |id: NodeId| {
        let span = document.node(id).span;
        let written = text.get(span.start..span.end).unwrap_or_default();
        let new = match &document.node(id).kind {
            Kind::String(text) => quoted_like(DataFormat::Yaml, written.as_bytes(), text),
            _ => document.to_json(id).to_string(),
        };
        (span, new)
    };
    before.into_iter().map(new).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{PACKS, PolicyFile, load};
    use super::*;
    use crate::tree::MemoryTree;

    #[test]
    fn what_a_pack_stands_for_is_a_policy_of_the_same_rules() {
        for pack in PACKS {
            let text = eject(pack);
            assert!(!text.contains("${inputs.") && !text.contains("\ninputs:") && !text.contains("\nname:"), "{text}");
            let tree = MemoryTree::default();
            let load = |text: &str| {
                let policy = load(&PolicyFile { path: "ssot.yaml".into(), text: text.into() }, &tree);
                policy.unwrap_or_else(|error| panic!("{error}\n{text}"))
            };
            let told = |text: &str| -> Vec<String> {
                let policy = load(text);
                let facts = policy.facts.iter().map(|fact| fact.key.clone());
                let globs = policy.selections.iter().map(|one| format!("{:?}-{:?}", one.include, one.exclude));
                policy.rules.iter().map(|rule| rule.id.to_string()).chain(facts).chain(globs).collect()
            };
            assert_eq!(told(&text), told(pack.policy), "{}", pack.name);
        }
    }

    #[test]
    fn inputs_are_told_with_their_defaults() {
        let pack = PACKS.iter().find(|pack| pack.name == "env").unwrap();
        let inputs = pack_inputs(pack);
        assert_eq!(inputs[0].name, "declared-in");
        assert_eq!(inputs[0].default.as_deref(), Some("\"app/settings.py\""));
        assert!(inputs.iter().all(|input| !input.about.is_empty()));
    }
}
