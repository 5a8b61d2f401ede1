//! `subset`: each value of one fact is a value of another.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::output::FixStep;
use super::{Code, Context, Draft, Kind, Output, Role, Rule, Stuck};
use crate::facts::{Binder, By, Element, FactSet, Reader, Secret, shown};
use crate::finding::{Reason, Side};
use crate::options::{Field, Options, Shape};
use crate::text::{RepoPath, did_you_mean};

pub(super) static KIND: Kind = Kind {
    name: "subset",
    about: "Each value of a fact is a value of another.",
    page: include_str!("subset.md"),
    fields: &[
        Field::required("every", Shape::Fact, "The fact whose values are judged."),
        Field::required("in", Shape::Fact, "The truth: the fact that has them all."),
        Field::new("by", Shape::Many(&Shape::Text), "The capture of `every` that is compared instead of its value; or several."),
        Field::new("in-by", Shape::Many(&Shape::Text), "The same of `in`. Default: its value."),
        Field::new("per", Shape::Word(&["tree", "file"]), "`file`: each file of `in` has them all by itself."),
    ],
    codes: &[Code::error("missing", "A value that the truth does not have.")],
    needs_base: false,
    bind,
};

/// Where more would be compared to find what a value was meant to be, nothing is guessed.
const MAX_COMPARISONS: usize = 1 << 20;

struct Subset {
    every: FactSet,
    truth: FactSet,
    by: By,
    truth_by: By,
    per_file: bool,
}

fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    let every = binder.facts(options.get("every")?);
    let truth = binder.facts(options.get("in")?);
    let (every, truth) = (every?, truth?);
    let by = binder.by(options, "by", &every);
    let truth_by = binder.by(options, "in-by", &truth);
    Some(Box::new(Subset { by: by?, truth_by: truth_by?, every, truth, per_file: options.word("per") == Some("file") }))
}

impl Rule for Subset {
    fn facts(&self) -> Vec<(&FactSet, Role)> {
        vec![(&self.every, Role::Subject), (&self.truth, Role::Truth)]
    }

    fn judge(&self, context: &Context<'_>, out: &mut Output) {
        let truth = context.elements(&self.truth);
        if !self.per_file {
            return self.compare(context, None, &truth, out);
        }
        let mut files: BTreeMap<&RepoPath, Vec<&Element>> =
            context.files_of(&self.truth).into_iter().map(|entry| (&entry.path, Vec::new())).collect();
        for element in truth {
            element.files().for_each(|file| files.entry(file).or_default().push(element));
        }
        for (path, elements) in files {
            self.compare(context, Some(path), &elements, out);
        }
        out.count_further_files();
    }
}

impl Subset {
    fn compare(&self, context: &Context<'_>, file: Option<&RepoPath>, truth: &[&Element], out: &mut Output) {
        let known: HashSet<String> = truth.iter().filter_map(|element| self.truth_by.of(element)).collect();
        let unknown = context.unknown_in(&self.truth, file);
        let elements = context.elements(&self.every);
        let near = match known.len().saturating_mul(elements.len()) <= MAX_COMPARISONS {
            true => known.iter().map(String::as_str).collect(),
            false => BTreeSet::new(),
        };
        for element in elements {
            let Some(key) = self.by.of(element) else { continue };
            if known.contains(&key) {
                continue;
            }
            let value = self.by.show(element);
            match unknown {
                Some(unknown) => out.stuck.push(Stuck {
                    reason: Reason::IncompleteTruth,
                    message: format!("whether `{value}` is declared cannot be told: the truth is not known whole"),
                    place: element.place.clone(),
                    related: vec![unknown.related()],
                }),
                None => out.push(self.missing(context, element, &key, &value, file, truth, &near)),
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one finding and all that its wording needs")]
    fn missing(
        &self,
        context: &Context<'_>,
        element: &Element,
        key: &str,
        value: &str,
        file: Option<&RepoPath>,
        truth: &[&Element],
        near: &BTreeSet<&str>,
    ) -> Draft {
        let truth_is = match file {
            Some(file) => format!("`{file}`"),
            None => context.whereabouts(&self.truth),
        };
        let message = match (context.fact(element.fact).kind, file) {
            ("env-reads", None) => format!("`{value}` is read here but not declared"),
            ("env-reads", Some(_)) => format!("`{value}` is read here but not declared in {truth_is}"),
            _ => format!("`{value}` stands here but not in {truth_is}"),
        };
        let mut draft = Draft::at("missing", element, key, message);
        match truth.first() {
            Some(first) if context.fact(element.fact).kind == "env-reads" => {
                draft = draft.related_to("declared keys are listed here", first);
            }
            Some(first) => draft = draft.related_to(format!("{} has no `{value}`", context.whereabouts_of(first.fact)), first),
            None => {
                if let Some(file) = file {
                    draft = draft.related("this file has none", crate::finding::Place::file(file.clone()));
                }
            }
        }
        let secret = element.secret != Secret::Nothing || truth.iter().any(|element| element.secret == Secret::All);
        let near = did_you_mean(key, near.iter().copied()).filter(|_| !secret);
        draft = draft.help(match near {
            Some(near) => format!("did you mean `{}`? Else add `{value}` to {truth_is}", shown(near)),
            None => format!("add `{value}` to {truth_is}"),
        });
        match self.append(context, key, truth, file) {
            Some(step) if !secret || self.by == By::default() && element.secret == Secret::Captures => {
                draft.fix(format!("add `{value}`"), vec![step])
            }
            _ => draft,
        }
    }

    /// The truth can be appended to where it is one fact of one file.
    fn append(&self, context: &Context<'_>, key: &str, truth: &[&Element], file: Option<&RepoPath>) -> Option<FixStep> {
        if self.truth_by != By::default() || self.by.0.len() > 1 {
            return None;
        }
        let fact = truth.first().map_or(self.truth.members[0], |first| first.fact);
        let path = match (file, truth.first()) {
            (Some(file), _) => file.clone(),
            (None, Some(first)) => first.files().next().cloned()?,
            (None, None) => match context.files_of(&self.truth)[..] {
                [only] if self.truth.members.len() == 1 => only.path.clone(),
                _ => return None,
            },
        };
        let one_file = truth.iter().all(|element| element.files().eq([&path]) && element.fact == fact);
        let appends = context.fact(fact).side == Side::Head
            && matches!(&context.fact(fact).reader, Reader::Content(_))
            && context.fact(fact).filter.is_empty();
        (one_file && appends).then(|| FixStep::Append { fact, path, value: key.to_string() })
    }
}
