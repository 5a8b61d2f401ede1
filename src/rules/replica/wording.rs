//! What is said of a copy that is not what its source is, and what mends it.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::Replica;
use super::ends::{Ends, Replicas};
use crate::facts::{Source, shown};
use crate::finding::{Edit, Place, Side};
use crate::formats::secret::is_dotenv;
use crate::formats::{DataFormat, Document, JsonPath, Side as DataSide};
use crate::rules::{Draft, FixStep};
use crate::text::{RepoPath, Span, hex};
use crate::tree::{Cut, DEEPEN, EntryKind};

/// Bytes that the edits of one copy, and of all copies of a rule, may put in; `ssot replicas sync` copies what is more.
const MOST_EDITED: usize = 4 << 10;
const ALL_EDITED: usize = 128 << 20;

/// Bytes of a source times copies, beyond which it is not looked into for the first node that differs.
const MOST_COMPARED: usize = 1 << 32;

/// Longer values of metadata are not told.
const LONGEST: usize = 400;

pub(super) fn absent(rule: &Replica, ends: &Ends<'_>) -> Draft {
    let message = format!("{} is not there: it is a copy of {}", copy_name(ends), source_name(ends));
    let place = ends.copy_end.place();
    let draft = draft(rule, ends, "absent", place, message, Place::file(ends.source.path.clone()));
    draft.help(if rule.may_be_copied(&ends.copy_end.path) { "copy the source there" } else { "write the source's data there" })
}

pub(super) fn behind(rule: &Replica, ends: &Ends<'_>, copy: &Source<'_>, steps: usize, commit: Option<&str>) -> Draft {
    let versions = if steps == 1 { "1 version".to_string() } else { format!("{steps} versions") };
    let message = format!("{} is {versions} behind {}", copy_name(ends), source_name(ends));
    let mut draft = drifted(rule, ends, copy, "behind", message).help(how(rule, ends));
    draft.data.insert("behind".into(), steps.into());
    draft.data.insert("commit".into(), commit.map(str::to_string).into());
    draft
}

pub(super) fn edited(rule: &Replica, ends: &Ends<'_>, copy: &Source<'_>) -> Draft {
    let source = source_name(ends);
    let message = match ends.copy_kind {
        EntryKind::Link => format!("{} is a link to `{}`, not to {source}", copy_name(ends), shown(&target(copy))),
        _ => format!("{} was edited: it is no version of {source}", copy_name(ends)),
    };
    drifted(rule, ends, copy, "edited", message)
        .help(format!("carry over to {source} what is to stay of the edit, then {}", how(rule, ends)))
}

/// No commit has the source.
pub(super) fn unknown(rule: &Replica, ends: &Ends<'_>, copy: &Source<'_>) -> Draft {
    let message = format!("{} is not what {} is, which no commit has yet", copy_name(ends), source_name(ends));
    drifted(rule, ends, copy, "differs", message)
        .help(format!("{}, or correct the source before it is committed", how(rule, ends)))
}

pub(super) fn differs(rule: &Replica, ends: &Ends<'_>, copy: &Source<'_>, cut: &Cut) -> Draft {
    let (why, help) = explained(cut, ends.source.path);
    let message = format!("{} is not what {} is; {why}", copy_name(ends), source_name(ends));
    let draft = drifted(rule, ends, copy, "differs", message);
    draft.help(match help {
        Some(help) => format!("to see whether it was left behind or edited, {help}; else {}", how(rule, ends)),
        None => format!("carry over to the source what is to stay, then {}", how(rule, ends)),
    })
}

/// What mends a copy.
fn how(rule: &Replica, ends: &Ends<'_>) -> &'static str {
    if rule.may_be_copied(&ends.copy_end.path) { "copy the source over it" } else { "write the source's data into it" }
}

/// Why history does not tell whether a copy was left behind or edited, and what to do about that.
fn explained(cut: &Cut, path: &RepoPath) -> (String, Option<String>) {
    match cut {
        Cut::NoRepository => ("there is no history that tells why".into(), None),
        Cut::Unborn => ("there is no commit yet that tells why".into(), None),
        Cut::Shallow => ("the clone is shallow, and what it has does not tell why".into(), Some(DEEPEN.into())),
        Cut::Missing => (
            "objects that would tell why are not in this clone".into(),
            Some(format!("let git fetch them: `git log --patch -- {path}`")),
        ),
        Cut::Commits(most) => (format!("the last {most} commits do not tell why, and older ones were not looked at"), None),
        Cut::Renames(most) => (format!("its history was followed through {most} renames, and does not tell why so far"), None),
        Cut::Time(seconds) => (format!("git did not tell why in {seconds} seconds"), None),
        Cut::Contents(most) => (format!("its last {most} versions do not tell why, and older ones were not looked at"), None),
        Cut::Broken(complaint) => (format!("git cannot tell why: {}", shown(complaint)), None),
    }
}

/// A copy that is there, at the first line that is not the source's.
fn drifted(rule: &Replica, ends: &Ends<'_>, copy: &Source<'_>, code: &'static str, message: String) -> Draft {
    let (here, there) = first_difference(rule, ends, copy);
    let draft = draft(rule, ends, code, here, message, there);
    match copied(rule, ends, copy.bytes).filter(|_| ends.are_files()) {
        Some(edit) if ends.copy_end.side == Side::Head => {
            draft.fix(format!("copy `{}` over it", ends.source.path), vec![FixStep::Edit(edit)])
        }
        _ => draft,
    }
}

fn draft(rule: &Replica, ends: &Ends<'_>, code: &'static str, place: Place, message: String, source: Place) -> Draft {
    let there = ends.kept.told.get_or_init(|| told(rule, ends.source, ends.source_side));
    let here = ends.copy.map(|copy| told(rule, copy, &ends.copy_end.side));
    let apart = here.as_ref().map(|here| told_apart(here, there)).unwrap_or_default();
    let draft = Draft { side: ends.copy_end.side.clone(), ..Draft::new(code, place, copy_name(ends), message) };
    let mut draft = draft.related_in(format!("the source is here{apart}"), source, ends.source_side.clone());
    draft.data.insert("source".into(), Value::Object(there.clone()));
    draft.data.insert("copy".into(), here.map_or(Value::Null, Value::Object));
    if code == "absent"
        && ends.copy_end.side == Side::Head
        && let Some(edit) = copied(rule, ends, b"")
    {
        draft = draft.fix(format!("copy `{}` there", ends.source.path), vec![FixStep::Edit(edit)]);
    }
    draft
}

fn copy_name(ends: &Ends<'_>) -> String {
    named(&ends.copy_end.path, &ends.copy_end.side)
}

fn source_name(ends: &Ends<'_>) -> String {
    named(ends.source.path, ends.source_side)
}

fn named(path: &RepoPath, side: &Side) -> String {
    match side {
        Side::Peer(name) => format!("`{path}` of `{name}`"),
        _ => format!("`{path}`"),
    }
}

fn target(copy: &Source<'_>) -> String {
    String::from_utf8_lossy(copy.bytes).into_owned()
}

/// Where the two first differ.
fn first_difference(rule: &Replica, ends: &Ends<'_>, copy: &Source<'_>) -> (Place, Place) {
    let whole = (ends.copy_end.place(), Place::file(ends.source.path.clone()));
    let is_text = |bytes| std::str::from_utf8(bytes).is_ok();
    if !ends.are_files() || !is_text(copy.bytes) || !ends.kept.is_text.get_or_init(|| is_text(ends.source.bytes)) {
        return whole;
    }
    let (here, there) = if rule.sides.as_data {
        let is_costly = ends.source.bytes.len().saturating_mul(ends.copies) > MOST_COMPARED;
        let Some(places) = (if is_costly { None } else { data_difference(ends.source, copy) }) else { return whole };
        places
    } else {
        let same = copy.bytes.iter().zip(ends.source.bytes).take_while(|(a, b)| a == b).count();
        (copy.line_at(same), ends.source.line_at(same))
    };
    (here, there)
}

/// The first node of the copy that the source does not have so, and its counterpart.
fn data_difference(source: &Source<'_>, copy: &Source<'_>) -> Option<(Place, Place)> {
    let (a, b) = (source.data(DataFormat::of(source.path)?).ok()?, copy.data(DataFormat::of(copy.path)?).ok()?);
    let without = &std::collections::HashSet::new();
    let side = |document, root| DataSide { document, root, without };
    let mut pairs = a.roots.iter().zip(&b.roots);
    let difference = pairs.find_map(|(from, to)| Document::first_difference(side(a, *from), side(b, *to)))?;
    Some((
        copy.place(first_line(difference.span_in_b(b), copy.bytes)),
        source.place(first_line(difference.span_in_a(a), source.bytes)),
    ))
}

/// The part of a span that is on its first line.
fn first_line(span: Span, bytes: &[u8]) -> Span {
    let text = span.slice(bytes);
    let end = text.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(text.len());
    Span::new(span.start, span.start + end)
}

/// What makes the source of `bytes`: one edit of whole lines, where all that it puts in is text. No value of a dotenv file comes out in one.
fn copied(rule: &Replica, ends: &Ends<'_>, bytes: &[u8]) -> Option<Edit> {
    let source = ends.source.bytes;
    let secret = is_dotenv(ends.source.path) || is_dotenv(&ends.copy_end.path);
    if ends.source_kind != EntryKind::File || secret || !rule.may_be_copied(&ends.copy_end.path) {
        return None;
    }
    let most = MOST_EDITED.max(ALL_EDITED / ends.copies.max(1));
    let (span, text) = Some(edit(bytes, source)).filter(|(_, text)| text.len() <= most)?;
    let text = std::str::from_utf8(text).ok()?.to_string();
    Some(Edit { path: ends.copy_end.path.clone(), span, text })
}

/// The part of `from` that is not as in `to`, and what stands there instead. Whole lines: that is what a person wants to see, and it
/// cuts no character.
fn edit<'t>(from: &[u8], to: &'t [u8]) -> (Span, &'t [u8]) {
    let same = to.iter().zip(from).take_while(|(a, b)| a == b).count();
    let start = to[..same].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let alike = to[start..].iter().rev().zip(from[start..].iter().rev()).take_while(|(a, b)| a == b).count();
    let tail = to[to.len() - alike..].iter().position(|byte| *byte == b'\n').map_or(0, |at| alike - at - 1);
    (Span::new(start, from.len() - tail), &to[start..to.len() - tail])
}

/// What programs are told of one side.
fn told(rule: &Replica, source: &Source<'_>, side: &Side) -> Map<String, Value> {
    let mut told = Map::new();
    told.insert("tree".into(), side.as_str().into());
    told.insert("path".into(), source.path.as_str().into());
    if is_dotenv(source.path) {
        return told;
    }
    told.insert("sha256".into(), hex(&Sha256::digest(source.bytes)).into());
    let data = Data::of(source);
    let metadata =
        rule.metadata.iter().map(|(name, path)| (name.clone(), data.as_ref().map_or(Value::Null, |data| data.value(path))));
    let counts = rule
        .counts
        .iter()
        .map(|(name, path)| (name.clone(), data.as_ref().map_or(Value::Null, |data| data.select(path).len().into())));
    told.insert("metadata".into(), Value::Object(metadata.collect()));
    told.insert("counts".into(), Value::Object(counts.collect()));
    told
}

/// The metadata and counts in which the two differ, for a person.
fn told_apart(here: &Map<String, Value>, there: &Map<String, Value>) -> String {
    let differing = |part: &str| -> Vec<(String, Value, Value)> {
        let (Some(Value::Object(here)), Some(Value::Object(there))) = (here.get(part), there.get(part)) else {
            return Vec::new();
        };
        let both = there.iter().filter_map(|(name, value)| Some((name.clone(), value.clone(), here.get(name)?.clone())));
        both.filter(|(_, there, here)| there != here).collect()
    };
    let metadata = differing("metadata").into_iter();
    let metadata =
        metadata.map(|(name, there, here)| format!("`{}` at `{}`, not `{}`", spelled(&there), shown(&name), spelled(&here)));
    let counts = differing("counts").into_iter();
    let counts = counts.map(|(name, there, here)| format!("{} {}, not {}", spelled(&there), shown(&name), spelled(&here)));
    let parts: Vec<String> = metadata.chain(counts).collect();
    if parts.is_empty() { String::new() } else { format!(": {}", parts.join("; ")) }
}

fn spelled(value: &Value) -> String {
    match value {
        Value::String(text) => shown(text),
        other => shown(&other.to_string()),
    }
}

/// A file as JSONPaths query it.
struct Data<'s> {
    document: &'s Document,
    json: Vec<Value>,
}

impl<'s> Data<'s> {
    fn of(source: &'s Source<'s>) -> Option<Self> {
        let document = source.data(DataFormat::of(source.path)?).ok()?;
        let json = document.roots.iter().map(|root| document.to_json(*root)).collect();
        Some(Data { document, json })
    }

    fn select(&self, path: &JsonPath) -> Vec<Value> {
        let each = self.document.roots.iter().zip(&self.json);
        let nodes = each.flat_map(|(root, json)| path.select(self.document, json, *root));
        nodes.map(|selected| self.document.to_json(selected.id)).collect()
    }

    /// The one value there, or all of them; none, where there is none.
    fn value(&self, path: &JsonPath) -> Value {
        let mut values = self.select(path);
        let value = match values.len() {
            0 => Value::Null,
            1 => values.remove(0),
            _ => json!(values),
        };
        if value.to_string().len() > LONGEST { Value::String("…".into()) } else { value }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_edit_makes_the_source_of_the_copy(from in "[ab\u{e9}\r\n]{0,12}", to in "[ab\u{e9}\r\n]{0,12}") {
            let (span, text) = edit(from.as_bytes(), to.as_bytes());
            prop_assert!(std::str::from_utf8(text).is_ok());
            let whole = [&from.as_bytes()[..span.start], text, &from.as_bytes()[span.end..]].concat();
            prop_assert_eq!(whole, to.as_bytes());
            prop_assert!(span.start == 0 || from.as_bytes()[span.start - 1] == b'\n');
        }
    }
}
