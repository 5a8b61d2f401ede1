//! The rule: its options, and what it says about the elements.

use cel::ExecutionError;

use super::expression::Expression;
use super::values::It;
use crate::facts::{Binder, Element, FactSet, Secret, shown};
use crate::finding::{Place, Reason};
use crate::options::Options;
use crate::rules::{Context, Draft, Output, Role, Rule, Stuck};

/// More evaluations of parts of the expression are a mistake: nested loops over long lists.
const MOST: u64 = 1 << 22;

struct Assert {
    every: FactSet,
    expression: Expression,
    /// As written.
    text: String,
    /// Where the expression stands in the policy.
    place: Place,
    message: Option<String>,
    /// The facts of the expression.
    facts: Vec<FactSet>,
}

pub(super) fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    let every = binder.facts(options.get("every")?)?;
    let that = options.get("that")?;
    let expression = Expression::bind(that, &every, binder)?;
    let facts = expression.facts.iter().map(|(_, fact)| FactSet { members: vec![*fact] }).collect();
    let text = that.text()?.split_whitespace().collect::<Vec<_>>().join(" ");
    let message = options.text("message").map(str::to_string);
    Some(Box::new(Assert { every, expression, text, place: that.place(), message, facts }))
}

impl Rule for Assert {
    fn facts(&self) -> Vec<(&FactSet, Role)> {
        let truths = self.facts.iter().map(|fact| (fact, Role::Truth));
        [(&self.every, Role::Subject)].into_iter().chain(truths).collect()
    }

    fn judge(&self, context: &Context<'_>, out: &mut Output) {
        let elements = context.elements(&self.every);
        if self.is_too_much(context, elements.len(), out) {
            return;
        }
        let unknown = self.facts.iter().find_map(|fact| context.unknown(fact));
        let world = self.expression.world(|id| context.elements[id.0].iter().map(|element| element.value.as_str()).collect());
        for element in elements {
            match (self.expression.holds(&world, &it(element)), unknown) {
                (Err(error), _) => return self.complain(element, &error, out),
                (Ok(true), None) => {}
                (Ok(true), Some(_)) if self.expression.grows => {}
                (Ok(false), None) => out.push(self.failed(context, element)),
                (Ok(_), Some(unknown)) => out.stuck.push(Stuck {
                    reason: Reason::IncompleteTruth,
                    message: format!(
                        "whether `{}` satisfies `{}` cannot be told: a fact is not known whole",
                        element.shown(),
                        shown(&self.text)
                    ),
                    place: element.place.clone(),
                    related: vec![unknown.related()],
                }),
            }
        }
    }
}

impl Assert {
    fn failed(&self, context: &Context<'_>, element: &Element) -> Draft {
        let stated = format!("`{}` does not satisfy `{}`", element.shown(), shown(&self.text));
        let draft = match &self.message {
            Some(message) => Draft::at("failed", element, &element.value, message).help(stated),
            None => Draft::at("failed", element, &element.value, stated),
        };
        let others = self.facts.iter().filter_map(|fact| context.elements(fact).first().copied());
        others.fold(draft, |draft, other| {
            let whose = context.fact(other.fact).label();
            draft.related_to(format!("{whose} starts here"), other)
        })
    }

    /// Whether the facts are too large for the loops of the expression; complains if so.
    fn is_too_much(&self, context: &Context<'_>, elements: usize, out: &mut Output) -> bool {
        let longest = self.facts.iter().map(|fact| context.elements(fact).len()).max().unwrap_or(0) as u64;
        let rounds = longest.max(1).saturating_pow(self.expression.loops).saturating_mul(elements as u64);
        if rounds > MOST {
            let message = format!(
                "the expression would be evaluated {rounds} times, at most {MOST} are: {elements} elements, and loops over up to {longest}"
            );
            out.complain(self.place.clone(), message, "ask with `in`, which needs no loop, or narrow the facts");
        }
        rounds > MOST
    }

    /// The policy is at fault: a value that the expression cannot be evaluated for has to be thought of in it.
    fn complain(&self, element: &Element, error: &ExecutionError, out: &mut Output) {
        let at = match element.place.range {
            Some(range) => format!("{}:{}:{}", element.place.path, range.start.line, range.start.column),
            None => element.place.path.to_string(),
        };
        let why = match (error, element.secret) {
            (ExecutionError::NoSuchKey(name), _) => format!("it has no `{}`", shown(name)),
            // What an error quotes may be a value that is never shown.
            (_, Secret::Captures | Secret::All) => "its values do not fit".to_string(),
            (error, Secret::Nothing) => shown(&error.to_string()),
        };
        let help = match error {
            ExecutionError::NoSuchKey(name) if self.text.contains(&format!("it.{name}")) => format!("ask `has(it.{name})` first"),
            _ => "state the condition so that it can be evaluated for every element".to_string(),
        };
        out.complain(self.place.clone(), format!("the expression cannot be evaluated for the element at {at}: {why}"), help);
    }
}

fn it(element: &Element) -> It<'_> {
    It {
        value: &element.value,
        path: element.place.path.as_str(),
        line: element.place.range.map(|range| range.start.line as u32),
        captures: element.captures.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
    }
}
