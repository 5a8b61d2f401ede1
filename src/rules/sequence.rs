//! `sequence`: numbered files follow each other.

mod groups;

use std::collections::BTreeMap;

use self::groups::{Group, Member, Scheme};
use super::{Code, Context, Draft, Kind, Output, Role, Rule};
use crate::facts::{Binder, Fact, FactSet, Reader};
use crate::finding::{Place, Side};
use crate::options::{Field, Options, Shape};
use crate::tree::Entry;

pub(super) static KIND: Kind = Kind {
    name: "sequence",
    about: "Numbered files follow each other: no number twice, none left out, all of one width, new ones behind what base has.",
    page: include_str!("sequence.md"),
    fields: &[
        Field::required("every", Shape::Fact, "A `path` fact whose capture numbers the files."),
        Field::new("by", Shape::Text, "That capture. Default: `number`."),
        Field::new("start", Shape::Either(&[Shape::Integer, Shape::Word(&["any"])]), "The first number. Default: 1."),
        Field::new("step", Shape::Integer, "From number to number. Default: 1."),
        Field::new(
            "width",
            Shape::Either(&[Shape::Integer, Shape::Word(&["same", "any"])]),
            "How many digits: that of most (`same`, the default), a number, or `any`. A number too large for the width is fine.",
        ),
        Field::new(
            "per",
            Shape::Word(&["directory", "all"]),
            "What is numbered through: each directory (default), or all files together.",
        ),
        Field::new("gaps", Shape::Word(&["forbid", "allow"]), "Whether numbers may be left out. Default: `forbid`."),
        Field::new(
            "scheme",
            Shape::Word(&["integer", "timestamp"]),
            "`timestamp`: dates and times, or epochs; then only `invalid`, `duplicate`, `unnumbered`, `unpaired` and `behind-base` apply.",
        ),
        Field::new("pair", Shape::Map(PAIR_FIELDS), "Files that share a number and belong together."),
    ],
    codes: &[
        Code::error("duplicate", "A number that an earlier file has."),
        Code::error("gap", "Numbers are left out before this file."),
        Code::error("start", "The first number is another."),
        Code::error("off-step", "A number between two steps."),
        Code::error("width", "More or fewer digits than the others."),
        Code::error("unnumbered", "A selected file without a number."),
        Code::error("unpaired", "A number that lacks one of its files."),
        Code::error("invalid", "What should be a number is none."),
        Code::error("behind-base", "A new file whose number does not come after all that base has."),
    ],
    needs_base: false,
    bind,
};

const PAIR_FIELDS: &[Field] = &[
    Field::required("by", Shape::Text, "The capture that tells the files of a number apart."),
    Field::required("values", Shape::List(&Shape::Text), "Its values, all of which each number has."),
];

pub(super) struct Sequence {
    every: FactSet,
    by: String,
    start: Option<u128>,
    step: u128,
    width: Width,
    per_directory: bool,
    gaps_allowed: bool,
    scheme: Scheme,
    pair: Option<(String, Vec<String>)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Width {
    Same,
    Any,
    Digits(usize),
}

/// The digits of the largest number that is read.
const MOST_DIGITS: u64 = 39;

/// A number with leading zeros; a width that only a hostile name has is cut.
fn padded(number: u128, width: usize) -> String {
    format!("{number:0width$}", width = width.min(255))
}

fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    let value = options.get("every")?;
    let every = binder.facts(value)?;
    if !every.members.iter().all(|id| binder.with_fact(*id, |fact| matches!(fact.reader, Reader::Path(_)))) {
        value.complain("`sequence` numbers files: `every` has to be a `path` fact");
        return None;
    }
    let by = match options.get("by") {
        Some(by) => binder.capture(by, &every)?,
        None if every.members.iter().any(|id| binder.with_fact(*id, |fact| fact.captures.has("number"))) => "number",
        None => {
            value.written.complain_with_help(
                value.span(),
                "the fact has no capture `number`",
                "name the group `(?P<number>…)`, or say `by`",
            );
            return None;
        }
    };
    let pair = match options.get("pair") {
        None => None,
        Some(value) => {
            let inner = Options::read(value, "`pair`", PAIR_FIELDS)?;
            let values = inner.get("values")?.list()?.into_iter().filter_map(|item| item.scalar().map(str::to_string));
            Some((binder.capture(inner.get("by")?, &every)?.to_string(), values.collect()))
        }
    };
    let step = options.integer("step").unwrap_or(1);
    if step == 0 {
        options.get("step")?.complain("`step` is at least 1");
        return None;
    }
    Some(Box::new(Sequence {
        every,
        by: by.to_string(),
        start: match options.get("start") {
            None => Some(1),
            Some(value) if value.as_text() == Some("any") => None,
            Some(value) => Some(u128::from(value.integer()?)),
        },
        step: u128::from(step),
        width: match options.get("width") {
            None => Width::Same,
            Some(value) => match value.as_text() {
                Some("same") => Width::Same,
                Some("any") => Width::Any,
                _ => match value.integer()? {
                    digits @ 1..=MOST_DIGITS => Width::Digits(usize::try_from(digits).ok()?),
                    _ => {
                        value.complain(format!("`width` is from 1 to {MOST_DIGITS}"));
                        return None;
                    }
                },
            },
        },
        per_directory: options.word("per") != Some("all"),
        gaps_allowed: options.word("gaps") == Some("allow"),
        scheme: if options.word("scheme") == Some("timestamp") { Scheme::Timestamp } else { Scheme::Integer },
        pair,
    }))
}

impl Rule for Sequence {
    fn facts(&self) -> Vec<(&FactSet, Role)> {
        vec![(&self.every, Role::Subject)]
    }

    fn looks_at_base(&self) -> bool {
        true
    }

    fn judge(&self, context: &Context<'_>, out: &mut Output) {
        let head = self.read(context, Side::Head, Some(out));
        let base = match context.base {
            Some(_) => self.read(context, Side::Base, None),
            None => BTreeMap::new(),
        };
        for (name, group) in &head {
            self.duplicates(group, out);
            self.pairs(group, out);
            if self.scheme == Scheme::Integer {
                self.order(group, out);
                self.widths(group, out);
            }
            if let Some(highest) = base.get(name).and_then(|before| before.highest(self.scheme)) {
                self.behind_base(context, group, highest, &base, out);
            }
        }
    }
}

impl Sequence {
    /// The numbered files of one side by group; what has no number goes to `out`.
    fn read(&self, context: &Context<'_>, side: Side, mut out: Option<&mut Output>) -> BTreeMap<String, Group> {
        let mut groups: BTreeMap<String, Group> = BTreeMap::new();
        for id in &self.every.members {
            let fact = context.fact(*id);
            let Some(selection) = fact.selection else { continue };
            let entries: Vec<&Entry> = match side {
                Side::Base => context.selected_base(selection).collect(),
                _ => context.files_of_one(*id),
            };
            for entry in entries {
                match self.member(fact, entry) {
                    Ok(Some(member)) => {
                        let name = if self.per_directory { entry.path.dir() } else { "" };
                        groups.entry(name.to_string()).or_default().push(member);
                    }
                    Ok(None) => {}
                    Err(draft) => {
                        if let Some(out) = out.as_deref_mut() {
                            out.push(*draft);
                        }
                    }
                }
            }
        }
        for group in groups.values_mut() {
            group.seal();
        }
        groups
    }

    /// The numbered file; none where the fact's filter drops it; a draft where it has no number.
    fn member(&self, fact: &Fact, entry: &Entry) -> Result<Option<Member>, Box<Draft>> {
        let Reader::Path(reader) = &fact.reader else { return Ok(None) };
        let place = || Place::file(entry.path.clone());
        let name = entry.path.name();
        let element = reader.read(&entry.path, entry.kind, None);
        if element.as_ref().is_some_and(|element| !fact.filter.keeps(element)) {
            return Ok(None);
        }
        let Some((element, text)) = element.as_ref().and_then(|element| Some((element, element.get(&self.by)?))) else {
            let draft = Draft::new("unnumbered", place(), entry.path.as_str(), format!("`{name}` has no number"));
            return Err(Box::new(draft.help("number it like the others, move it elsewhere, or exclude it")));
        };
        let Some(number) = self.scheme.number(text) else {
            let what = self.scheme.describe();
            let draft = Draft::new("invalid", place(), text, format!("`{text}` in `{name}` is {what}"));
            return Err(Box::new(draft));
        };
        let half = self.pair.as_ref().and_then(|(by, _)| element.get(by)).map(str::to_string);
        Ok(Some(Member { path: entry.path.clone(), text: text.to_string(), number, half }))
    }

    fn duplicates(&self, group: &Group, out: &mut Output) {
        for (_, members) in group.numbers() {
            let mut first: BTreeMap<Option<&str>, &Member> = BTreeMap::new();
            for member in members {
                match first.get(&member.half.as_deref()) {
                    None => {
                        first.insert(member.half.as_deref(), member);
                    }
                    Some(earlier) => {
                        let message = format!("number {} is taken by `{}`", member.text, earlier.path.name());
                        let draft = Draft::new("duplicate", Place::file(member.path.clone()), &member.text, message)
                            .related("this file has the number first", Place::file(earlier.path.clone()));
                        out.push(draft.help(format!("renumber the later one; {}", self.next_free(group, None))));
                    }
                }
            }
        }
    }

    fn pairs(&self, group: &Group, out: &mut Output) {
        let Some((_, wanted)) = &self.pair else { return };
        for (_, members) in group.numbers() {
            let lacking: Vec<String> = wanted
                .iter()
                .filter(|value| !members.iter().any(|member| member.half.as_ref() == Some(value)))
                .map(|value| format!("`{value}`"))
                .collect();
            if let (false, Some(first)) = (lacking.is_empty(), members.first()) {
                let message = format!("number {} has no {} file", first.text, lacking.join(" and no "));
                out.push(Draft::new("unpaired", Place::file(first.path.clone()), &first.text, message));
            }
        }
    }

    /// `start`, `off-step` and `gap`.
    fn order(&self, group: &Group, out: &mut Output) {
        let Some(first) = group.first() else { return };
        let start = self.start.unwrap_or(first.number);
        if first.number != start {
            let message = format!("numbering starts at {}, it should start at {start}", first.text);
            out.push(Draft::new("start", Place::file(first.path.clone()), &first.text, message));
        }
        let mut before = None;
        for (number, members) in group.numbers() {
            let Some(member) = members.first() else { continue };
            if number.abs_diff(start) % self.step != 0 {
                for member in self.told(members) {
                    let message = format!("number {} is off the steps of {} from {start}", member.text, self.step);
                    out.push(Draft::new("off-step", Place::file(member.path.clone()), &member.text, message));
                }
                continue;
            }
            if let Some(previous) = before.replace(member).filter(|_| !self.gaps_allowed) {
                self.gap(previous, member, out);
            }
        }
    }

    /// The files of a number at which it is told what is wrong with it: of pairs the first.
    fn told<'g>(&self, members: &'g [Member]) -> &'g [Member] {
        if self.pair.is_some() { &members[..members.len().min(1)] } else { members }
    }

    fn gap(&self, before: &Member, after: &Member, out: &mut Output) {
        let (from, to) = (before.number.saturating_add(self.step), after.number.saturating_sub(self.step));
        if from > to {
            return;
        }
        let pad = |number: u128| padded(number, before.text.len());
        let missing = match from == to {
            true => format!("number {} is", pad(from)),
            false => format!("numbers {} to {} are", pad(from), pad(to)),
        };
        let message = format!("{missing} left out before `{}`", after.path.name());
        let draft = Draft::new("gap", Place::file(after.path.clone()), &after.text, message)
            .related("the number before the gap is here", Place::file(before.path.clone()));
        out.push(draft.help("renumber this file, or say `gaps: allow` if numbers are left out on purpose"));
    }

    fn widths(&self, group: &Group, out: &mut Output) {
        let wanted = match self.width {
            Width::Any => return,
            Width::Digits(digits) => digits,
            Width::Same => group.usual_width(),
        };
        let each = group.numbers().flat_map(|(number, members)| self.told(members).iter().map(move |member| (number, member)));
        for (number, member) in each {
            let fits = number.to_string().len() <= wanted;
            if fits && member.text.len() != wanted {
                let right = padded(number, wanted);
                let message = format!("number {} has {}, the others have {wanted}", member.text, digits(member.text.len()));
                let draft = Draft::new("width", Place::file(member.path.clone()), &member.text, message);
                out.push(draft.help(format!("write it as {right}")));
            }
        }
    }

    fn behind_base(
        &self,
        context: &Context<'_>,
        group: &Group,
        highest: &Member,
        base: &BTreeMap<String, Group>,
        out: &mut Output,
    ) {
        for (_, members) in group.numbers() {
            for member in members.iter().filter(|member| self.is_new(context, member, base)) {
                if self.scheme.moment(member.number) > self.scheme.moment(highest.number) {
                    continue;
                }
                let message = format!(
                    "new file `{}` does not come after {}, which base already has: {}",
                    member.path.name(),
                    highest.text,
                    self.next_free(group, Some(highest))
                );
                let draft = Draft::new("behind-base", Place::file(member.path.clone()), &member.text, message).related_in(
                    "base's highest number is here",
                    Place::file(highest.path.clone()),
                    Side::Base,
                );
                out.push(draft.help("renumber this file"));
            }
        }
    }

    /// A file that base does not have, unless it only moved and kept its number.
    fn is_new(&self, context: &Context<'_>, member: &Member, base: &BTreeMap<String, Group>) -> bool {
        let in_base = context.base.is_some_and(|base| base.tree().entry(&member.path).is_some());
        let kept = |from| base.values().any(|group| group.number_of(from) == Some(member.number));
        let moved = context.renames.iter().any(|(from, to)| *to == member.path && kept(from));
        !in_base && !moved
    }

    fn next_free(&self, group: &Group, base: Option<&Member>) -> String {
        let highest = group.highest(self.scheme).into_iter().chain(base).max_by_key(|member| self.scheme.moment(member.number));
        match (self.scheme, highest) {
            (Scheme::Integer, Some(highest)) => {
                let next = highest.number.saturating_add(self.step);
                format!("the next free number is {}", padded(next, highest.text.len()))
            }
            (_, Some(highest)) => format!("take a time after {}", highest.text),
            (_, None) => String::new(),
        }
    }
}

fn digits(count: usize) -> String {
    if count == 1 { "1 digit".into() } else { format!("{count} digits") }
}
