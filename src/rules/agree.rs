//! `agree`: copies of one value equal their source.

mod ranges;

use std::collections::BTreeMap;

use super::output::FixStep;
use super::{Code, Context, Draft, Kind, Output, Role, Rule, Stuck};
use crate::facts::{Binder, Comparison, Element, FactSet, Reader, Secret};
use crate::finding::{Reason, Related, Side};
use crate::options::{Field, Options, Shape};

use ranges::{Dialect, Verdict};

pub(super) static KIND: Kind = Kind {
    name: "agree",
    about: "One value, and all copies of it say the same.",
    page: include_str!("agree.md"),
    fields: &[
        Field::required("source", Shape::Fact, "The truth: a fact with one distinct value."),
        Field::required("copies", Shape::Fact, "The facts that repeat it."),
        Field::new(
            "compare",
            Shape::Word(&["text", "semver", "date", "path", "count"]),
            "How values compare. `semver` ignores a leading `v`; `count`: a copy states how many elements the source has. Default: `text`.",
        ),
        Field::new(
            "satisfies",
            Shape::Word(&Dialect::WORDS),
            "Instead of `compare`: each copy is a range of that dialect, which has to admit the source's version.",
        ),
    ],
    codes: &[
        Code::error("absent", "The source has no value."),
        Code::error("ambiguous", "The source has several values."),
        Code::error("differs", "A copy says something else."),
    ],
    needs_base: false,
    bind,
};

struct Agree {
    source: FactSet,
    copies: FactSet,
    compare: Compare,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Compare {
    Values(Comparison),
    Count,
    Range(Dialect),
}

fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    let (source, copies) = (binder.facts(options.get("source")?), binder.facts(options.get("copies")?));
    let compare = match (options.word("compare"), options.get("satisfies")) {
        (None, Some(_)) => Compare::Range(Dialect::parse(options.word("satisfies")?)?),
        (Some(_), Some(_)) => {
            options.value.complain("`agree` takes either `compare` or `satisfies`");
            return None;
        }
        (Some("count"), None) => Compare::Count,
        (Some(word), None) => Compare::Values(Comparison::named(word)),
        (None, None) => Compare::Values(Comparison::Text),
    };
    Some(Box::new(Agree { source: source?, copies: copies?, compare }))
}

impl Rule for Agree {
    fn facts(&self) -> Vec<(&FactSet, Role)> {
        vec![(&self.source, Role::Truth), (&self.copies, Role::Subject)]
    }

    fn judge(&self, context: &Context<'_>, out: &mut Output) {
        let source = context.elements(&self.source);
        let unknown = context.unknown(&self.source);
        let Some(first) = source.first() else {
            if unknown.is_none() {
                let message = "the source has no value, so no copy can agree with it";
                out.push(Draft::new("absent", context.rule.clone(), "", message));
            }
            return self.undecided(context, out);
        };
        let wanted = match self.compare {
            Compare::Count => source.len().to_string(),
            Compare::Values(_) | Compare::Range(_) => {
                if self.ambiguous(&source, out) {
                    return;
                }
                first.value.clone()
            }
        };
        if unknown.is_some() {
            return self.undecided(context, out);
        }
        for copy in context.elements(&self.copies) {
            let equal = match self.compare {
                Compare::Count => stated(&copy.value) == Some(source.len()),
                Compare::Values(comparison) => comparison.equal(&copy.value, &wanted),
                Compare::Range(dialect) => {
                    in_range(dialect, copy, first, out);
                    continue;
                }
            };
            if !equal {
                out.push(self.differs(context, copy, first, &wanted, source.len()));
            }
        }
    }
}

impl Agree {
    /// Says so where the source has several values: at the first element of each further one.
    fn ambiguous(&self, source: &[&Element], out: &mut Output) -> bool {
        let first = source[0];
        let comparison = match self.compare {
            Compare::Values(comparison) => comparison,
            Compare::Range(Dialect::Npm | Dialect::Cargo) => Comparison::Semver,
            Compare::Range(Dialect::Pep440) | Compare::Count => Comparison::Text,
        };
        let mut further: BTreeMap<&str, &Element> = BTreeMap::new();
        for element in source.iter().filter(|element| !comparison.equal(&element.value, &first.value)) {
            further.entry(&element.value).or_insert(element);
        }
        for element in further.values() {
            let message = format!("the source says `{}` here and `{}` elsewhere", element.shown(), first.shown());
            let draft = Draft::at("ambiguous", element, &element.value, message);
            out.push(
                draft
                    .related_to("it says so here", first)
                    .help("let the source have one value; copies are not judged until then"),
            );
        }
        !further.is_empty()
    }

    /// The source's value as the copy spells it: with or without the leading `v` that does not count.
    fn as_copied(&self, copy: &Element, wanted: &str) -> String {
        if self.compare != Compare::Values(Comparison::Semver) {
            return wanted.to_string();
        }
        let bare = wanted.strip_prefix(['v', 'V']).unwrap_or(wanted);
        match copy.value.chars().next() {
            Some(mark @ ('v' | 'V')) => format!("{mark}{bare}"),
            _ => bare.to_string(),
        }
    }

    /// The source is not known whole: no copy can be judged.
    fn undecided(&self, context: &Context<'_>, out: &mut Output) {
        let Some(unknown) = context.unknown(&self.source) else { return };
        out.stuck.extend(context.elements(&self.copies).into_iter().map(|copy| Stuck {
            reason: Reason::IncompleteTruth,
            message: format!("whether `{}` agrees cannot be told: the source is not known whole", copy.shown()),
            place: copy.place.clone(),
            related: vec![unknown.related()],
        }));
    }

    fn differs(&self, context: &Context<'_>, copy: &Element, source: &Element, wanted: &str, count: usize) -> Draft {
        let there = match self.compare {
            Compare::Count => wanted.to_string(),
            Compare::Values(_) | Compare::Range(_) => source.shown(),
        };
        let here = copy.shown();
        let (message, related) = match self.compare {
            Compare::Count => (format!("this says `{here}`, and there are {count}"), format!("the first of {count} is here")),
            Compare::Values(_) | Compare::Range(_) => {
                (format!("this says `{here}`, its source says `{there}`"), "the source is here".into())
            }
        };
        let draft =
            Draft::at("differs", copy, &copy.value, message).related_to(related, source).help(format!("write `{there}` here"));
        match (&context.fact(copy.fact).reader, &copy.place.range) {
            (Reader::Content(_), Some(_)) if copy.side == Side::Head && source.secret == Secret::Nothing => {
                let value = self.as_copied(copy, wanted);
                draft.fix(format!("write `{there}`"), vec![FixStep::Replace { place: copy.place.clone(), value }])
            }
            _ => draft,
        }
    }
}

/// The number that a copy states, perhaps with marks between its thousands.
fn stated(text: &str) -> Option<usize> {
    text.trim().replace([',', '_', '\'', '’', '\u{a0}', '\u{202f}'], "").parse().ok()
}

/// Judges a copy that is a range.
fn in_range(dialect: Dialect, copy: &Element, source: &Element, out: &mut Output) {
    let (range, version) = (copy.shown(), source.shown());
    let (message, help) = match dialect.judge(&copy.value, &source.value) {
        Some(Verdict::Admits) => return,
        Some(Verdict::Refuses) => {
            (format!("`{range}` does not admit `{version}`"), format!("widen the range, so that it admits `{version}`"))
        }
        Some(Verdict::NoRange) => {
            (format!("`{range}` is no range of {}", dialect.as_str()), format!("write a range that admits `{version}`"))
        }
        None => {
            return out.stuck.push(Stuck {
                reason: Reason::IncompleteTruth,
                message: format!("whether `{range}` admits it cannot be told: `{version}` is no version"),
                place: copy.place.clone(),
                related: vec![Related {
                    message: "the source is here".into(),
                    place: source.place.clone(),
                    side: source.side.clone(),
                }],
            });
        }
    };
    out.push(Draft::at("differs", copy, &copy.value, message).related_to("the source is here", source).help(help));
}
