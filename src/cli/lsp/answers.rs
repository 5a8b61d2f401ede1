//! What editors ask: quick fixes, what a fact holds, and where the truth of a finding stands.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{Server, covers, publish};
use crate::Run;
use crate::finding::{Finding, Fix, Place, Side};
use crate::report::{Files, visible};
use crate::text::{LineIndex, RepoPath};

/// Elements that a hover shows.
const SHOWN: usize = 20;

impl Server {
    /// The fixes of the findings that a range touches.
    pub(super) fn code_actions(&self, params: &Value) -> Value {
        let Some((run, path)) = self.asked(params) else { return Value::Array(Vec::new()) };
        let Some(content) = self.content(&path) else { return Value::Array(Vec::new()) };
        let lines = LineIndex::new(&content);
        let [start, end] = ["start", "end"].map(|edge| self.encoding.byte(&content, &lines, &params["range"][edge]));
        let touched = |place: &Place| match place.range {
            None => true,
            Some(range) => range.start.byte <= end && start <= range.end.byte,
        };
        let here = run.report.findings.iter().filter(|finding| finding.place.path == path && touched(&finding.place));
        here.filter_map(|finding| Some(self.code_action(run, finding, finding.fix.as_ref()?))).collect()
    }

    fn code_action(&self, run: &Run, finding: &Finding, fix: &Fix) -> Value {
        let mut files = Files::new(run);
        let mut changes: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for edit in &fix.edits {
            let (bytes, lines) = match files.get(&Side::Head, &edit.path) {
                Some(file) => file,
                None => continue,
            };
            let [start, end] = [edit.span.start, edit.span.end].map(|byte| self.encoding.position(bytes, lines, byte));
            let edit_out = json!({"range": {"start": start, "end": end}, "newText": edit.text});
            changes.entry(self.workspace.uri(&edit.path)).or_default().push(edit_out);
        }
        let changes: Map<String, Value> = changes.into_iter().map(|(uri, edits)| (uri, edits.into())).collect();
        json!({
            "title": format!("ssot: {}", visible(&fix.title)),
            "kind": "quickfix",
            "isPreferred": !fix.suggested,
            "edit": {"changes": changes},
            "data": {"fingerprint": finding.fingerprint},
        })
    }

    /// What the fact under the cursor holds, where the policy names one.
    pub(super) fn hover(&self, params: &Value) -> Value {
        let Some((_, path)) = self.asked(params) else { return Value::Null };
        let Some((name, range)) = self.word(&path, &params["position"]) else { return Value::Null };
        let Ok((policy, scan)) = self.check().facts() else { return Value::Null };
        let named = |fact: &crate::facts::Fact| fact.name.as_deref() == Some(&*name);
        let Some(at) = policy.facts.iter().position(named).filter(|_| policy.files.contains(&path)) else { return Value::Null };
        let (elements, holes) = (&scan.elements[at], &scan.holes[at]);
        let number = if elements.len() == 1 { "1 element".to_string() } else { format!("{} elements", elements.len()) };
        let mut text = format!("**{name}** (`{}`): {number}, {} dynamic\n", policy.facts[at].kind, holes.len());
        for element in elements.iter().take(SHOWN) {
            let line = element.place.line().map(|line| format!(":{line}")).unwrap_or_default();
            // Writing to a string cannot fail.
            _ = write!(text, "\n- `` {} `` {}{line}", code(&element.shown()), code(element.place.path.as_str()));
        }
        if elements.len() > SHOWN {
            _ = write!(text, "\n- and {} more: `ssot facts {name}`", elements.len() - SHOWN);
        }
        json!({"contents": {"kind": "markdown", "value": text}, "range": range})
    }

    /// The other ends of the findings under the cursor; in the policy, where the fact of that name is stated.
    pub(super) fn definition(&self, params: &Value) -> Value {
        let Some((run, path)) = self.asked(params) else { return Value::Null };
        let Some(content) = self.content(&path) else { return Value::Null };
        let byte = self.encoding.byte(&content, &LineIndex::new(&content), &params["position"]);
        let mut files = Files::new(run);
        let here = run.report.findings.iter().filter(|finding| finding.place.path == path && covers(&finding.place, byte));
        let related = here.flat_map(|finding| &finding.related).filter(|related| related.side != Side::Base);
        let mut found: Vec<Value> =
            related.map(|related| publish::location(&mut files, related, &self.workspace, self.encoding)).collect();
        if let Some(policy) = run.policy().filter(|policy| policy.files.contains(&path))
            && let Some((name, _)) = self.word(&path, &params["position"])
        {
            let facts = policy.facts.iter().filter(|fact| fact.name.as_deref() == Some(&*name));
            for place in facts.filter_map(|fact| fact.place.as_ref()) {
                let Some((bytes, lines)) = files.get(&Side::Policy, &place.path) else { continue };
                let range = publish::range_in(place, bytes, lines, self.encoding);
                found.push(json!({"uri": self.workspace.uri(&place.path), "range": range}));
            }
        }
        found.into()
    }

    /// The last run and the file that a request is about.
    fn asked(&self, params: &Value) -> Option<(&Run, RepoPath)> {
        Some((self.last.as_ref()?, self.workspace.path(params["textDocument"]["uri"].as_str()?)?))
    }

    /// The kebab-case word under the cursor, and its range.
    fn word(&self, path: &RepoPath, position: &Value) -> Option<(String, Value)> {
        let content = self.content(path)?;
        let lines = LineIndex::new(&content);
        let byte = self.encoding.byte(&content, &lines, position);
        let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let start = byte - content[..byte].iter().rev().take_while(|byte| part(byte)).count();
        let end = byte + content[byte..].iter().take_while(|byte| part(byte)).count();
        let word = String::from_utf8(content[start..end].to_vec()).ok().filter(|word| !word.is_empty())?;
        let [from, to] = [start, end].map(|byte| self.encoding.position(&content, &lines, byte));
        Some((word, json!({"start": from, "end": to})))
    }
}

/// Text of the tree for a code span of two backquotes.
fn code(text: &str) -> String {
    visible(text).replace("``", "` `")
}
