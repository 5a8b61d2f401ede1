//! What a validator says about an instance, as drafts: one for each failing keyword and value.

use std::collections::HashMap;

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;

use super::compile::Compiled;
use super::outline::tokens;
use super::{meter, wording};
use crate::facts::Source;
use crate::finding::{Place, Reason, Side};
use crate::formats::{Document, Kind, Member, NodeId};
use crate::rules::{Draft, Output};
use crate::text::Span;

/// Holds one document of an instance against its schema.
pub(super) fn judge(source: &Source<'_>, document: &Document, root: NodeId, compiled: &Compiled, out: &mut Output) {
    let json = document.to_json(root);
    let Some(errors) = meter::errors(&compiled.validator, compiled.cost, &json) else {
        let message = "it takes too much to judge it by its schema";
        return out.stuck(Reason::BadSchema, Place::file(source.path.clone()), message);
    };
    let finder = Finder { document, root, indexes: HashMap::new() };
    let mut judge = Judge { source, finder, compiled, stated: HashMap::new(), missing: HashMap::new(), drafts: Vec::new() };
    for error in &errors {
        judge.add(error, out);
    }
    judge.finish(out);
}

struct Judge<'a> {
    source: &'a Source<'a>,
    finder: Finder<'a>,
    compiled: &'a Compiled,
    /// By absolute keyword location.
    stated: HashMap<String, Option<Stated>>,
    /// By value and keyword: the draft, and the names of the missing members.
    missing: HashMap<(NodeId, String), (usize, Vec<String>)>,
    drafts: Vec<Draft>,
}

/// A keyword, as the other end of a finding.
#[derive(Clone)]
struct Stated {
    keyword: String,
    place: Place,
    side: Side,
    wants: Option<String>,
}

impl Judge<'_> {
    fn add(&mut self, error: &ValidationError<'_>, out: &mut Output) {
        let pointer = error.instance_path().as_str();
        let value = self.finder.find(pointer);
        match error.kind() {
            ValidationErrorKind::Required { property } => self.add_missing(error, value, property.as_str().unwrap_or_default()),
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
                for name in unexpected {
                    self.at_key(error, value, name, wording::unexpected_member(name));
                }
            }
            ValidationErrorKind::PropertyNames { error: inner } => {
                let name = inner.instance().as_str().unwrap_or_default().to_string();
                self.at_key(error, value, &name, wording::message(error));
            }
            ValidationErrorKind::BacktrackLimitExceeded { .. }
            | ValidationErrorKind::RegexEngineFailure { .. }
            | ValidationErrorKind::Referencing(_) => {
                let message = wording::sentence(&error.to_string());
                out.stuck(Reason::BadSchema, self.source.place(self.span(value)), message);
            }
            _ => {
                let subject = self.finder.document.scalar(value).unwrap_or_default().to_string();
                self.push(error, self.span(value), pointer, &subject, wording::message(error));
            }
        }
    }

    fn finish(self, out: &mut Output) {
        let mut drafts = self.drafts;
        for (draft, names) in self.missing.into_values() {
            if let Some(draft) = drafts.get_mut(draft) {
                draft.message = wording::missing(names);
            }
        }
        out.drafts.append(&mut drafts);
    }

    /// The validator names one missing member after the other: they are one finding.
    fn add_missing(&mut self, error: &ValidationError<'_>, value: NodeId, name: &str) {
        let known = self.missing.get_mut(&(value, location(error)));
        if let Some((_, names)) = known {
            names.push(name.to_string());
            return;
        }
        self.push(error, self.span(value), error.instance_path().as_str(), "", String::new());
        self.missing.insert((value, location(error)), (self.drafts.len() - 1, vec![name.to_string()]));
    }

    fn at_key(&mut self, error: &ValidationError<'_>, object: NodeId, name: &str, message: String) {
        let span = self.finder.member(object, name).map_or_else(|| self.span(object), |member| member.key_span);
        let pointer = format!("{}/{}", error.instance_path().as_str(), name.replace('~', "~0").replace('/', "~1"));
        self.push(error, span, &pointer, "", message);
    }

    fn push(&mut self, error: &ValidationError<'_>, span: Span, pointer: &str, value: &str, message: String) {
        let stated = self.stated(error);
        let keyword = stated.as_ref().map_or(error.kind().keyword(), |stated| &stated.keyword);
        let subject = format!("{} {keyword} {value}", unnumbered(pointer));
        let mut draft = Draft::new("invalid", self.source.place(span), subject.trim_end(), message);
        draft.help = help(error).or_else(|| stated.as_ref()?.wants.clone());
        if let Some(stated) = stated {
            let message = format!("the schema's `{}` is here", stated.keyword);
            draft = draft.related_in(message, stated.place, stated.side);
        }
        self.drafts.push(draft);
    }

    fn stated(&mut self, error: &ValidationError<'_>) -> Option<Stated> {
        let location = location(error);
        if let Some(known) = self.stated.get(&location) {
            return known.clone();
        }
        let stated = self.compiled.keyword(&location).map(|keyword| {
            let name = tokens(&keyword.pointer).last().unwrap_or_else(|| "false".into());
            let wants = keyword.value().map(|demand| wording::wanted(&name, demand));
            Stated { place: keyword.place(), side: keyword.file.side.clone(), wants, keyword: name }
        });
        self.stated.insert(location, stated.clone());
        stated
    }

    fn span(&self, value: NodeId) -> Span {
        self.finder.document.node(value).span
    }
}

fn location(error: &ValidationError<'_>) -> String {
    error.absolute_keyword_location().map(|uri| uri.as_str().to_string()).unwrap_or_default()
}

fn help(error: &ValidationError<'_>) -> Option<String> {
    match error.kind() {
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            wording::nearest(context, error.instance_path().as_str())
        }
        _ => None,
    }
}

/// Finds values by pointer. Members of large objects are indexed when they are first asked for, so that thousands of errors
/// in one object cost no search through all its members each.
struct Finder<'d> {
    document: &'d Document,
    root: NodeId,
    indexes: HashMap<NodeId, HashMap<&'d str, &'d Member>>,
}

impl<'d> Finder<'d> {
    /// The value that a pointer leads to, or the last one on its way.
    fn find(&mut self, pointer: &str) -> NodeId {
        let mut at = self.root;
        for token in tokens(pointer) {
            let next = match &self.document.node(at).kind {
                Kind::Object(_) => self.member(at, &token).map(|member| member.value),
                Kind::Array(items) => token.parse::<usize>().ok().and_then(|item| items.get(item).copied()),
                _ => None,
            };
            let Some(next) = next else { break };
            at = next;
        }
        at
    }

    fn member(&mut self, object: NodeId, name: &str) -> Option<&'d Member> {
        const FEW: usize = 16;
        let members = self.document.members(object);
        if members.len() <= FEW {
            return members.iter().find(|member| &*member.key == name);
        }
        let index = || members.iter().map(|member| (&*member.key, member)).collect();
        self.indexes.entry(object).or_insert_with(index).get(name).copied()
    }
}

/// A pointer that stays the same where items come and go before the one that it leads to.
fn unnumbered(pointer: &str) -> String {
    let is_index = |token: &str| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit());
    let tokens: Vec<&str> = pointer.split('/').map(|token| if is_index(token) { "*" } else { token }).collect();
    tokens.join("/")
}
