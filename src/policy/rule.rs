//! Rules of a policy, bound.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::body;
use super::language::{RULE_FIELDS, SEVERITIES};
use crate::facts::{Binder, read_globs};
use crate::finding::{Place, Severity};
use crate::options::{Options, Shape, Value};
use crate::rules::{Kind, Kinds, Rule};

/// A rule that is ready to run, and what its entry in the policy says about it.
pub struct BoundRule {
    /// `ID`, or `NAME/ID` of a rule that comes from a pack or another file.
    pub id: Arc<str>,
    pub kind: &'static Kind,
    /// `None`: off.
    pub severity: Option<Severity>,
    /// Severities of single codes; `None`: off.
    pub codes: BTreeMap<String, Option<Severity>>,
    pub why: Option<Arc<str>>,
    /// Whether only what base does not already have is reported.
    pub grandfather: bool,
    /// Where it stands: its id.
    pub place: Place,
    /// What it says, whatever it is called: kind and options, as text that is equal for equal rules.
    pub body: String,
    /// The named facts that it uses, and what each is, as text.
    pub uses: String,
    /// The policy file or pack that it comes from.
    pub from: Arc<str>,
    pub rule: Box<dyn Rule>,
}

impl BoundRule {
    /// The severity of a code; none where it is off.
    pub fn severity_of(&self, code: &str) -> Option<Severity> {
        let rule = self.severity?;
        let own = self.kind.codes.iter().find(|known| known.name == code).map_or(Severity::Error, |known| known.severity);
        match self.codes.get(code) {
            Some(severity) => *severity,
            None => Some(rule.min(own)),
        }
    }

    /// Whether the rule is in force at all.
    pub fn is_on(&self) -> bool {
        self.severity.is_some()
    }
}

/// A rule's severity as written: `None` is off.
pub(super) fn severity(value: Value<'_>) -> Option<Option<Severity>> {
    // A bare `off` is a string in YAML 1.2, but a person may also write `false`.
    Some(Severity::parse(value.word(&SEVERITIES)?))
}

/// Binds one rule; complains, and is `None`, where it is wrong. `prefix` is what comes before its id.
pub(super) fn read<'w>(
    value: Value<'w>,
    kinds: &'w Kinds,
    binder: &Binder<'w>,
    prefix: &str,
    from: &Arc<str>,
) -> Option<BoundRule> {
    let options = Options::read_partly(value, "a rule", RULE_FIELDS, kinds.fields())?;
    let id_value = options.get("id").unwrap_or(value);
    let id = options.text("id");
    if let Some(id) = id.filter(|id| !is_kebab_case(id)) {
        id_value.complain(format!("`{id}` is no rule id: lower-case words joined by `-`"));
    }
    let (kind, option) = kind(kinds, &options, id_value)?;
    let severity = options.get("severity").map(severity);
    let codes = options.get("codes").map_or_else(|| Some(BTreeMap::new()), |value| codes(value, kind));
    let bound = match kind.fields {
        [] => (kind.bind)(&Options::whole(option), binder),
        fields => Options::read(option, &format!("`{}`", kind.name), fields).and_then(|options| (kind.bind)(&options, binder)),
    };
    if bound.is_none() {
        check_options(kind, option, binder);
    }
    let grandfather = options.word("grandfather").is_some();
    let why = options.text("why").map(|why| Arc::from(why.split_whitespace().collect::<Vec<_>>().join(" ")));
    Some(BoundRule {
        id: Arc::from(format!("{prefix}{}", id?)),
        kind,
        severity: match severity {
            Some(written) => written?,
            None => Some(bound.as_ref()?.default_severity()),
        },
        codes: codes?,
        why,
        grandfather,
        place: id_value.place(),
        body: body::body(kind, option, binder),
        uses: bound.as_deref().map(|rule| body::uses(rule, binder)).unwrap_or_default(),
        from: from.clone(),
        rule: bound?,
    })
}

/// Looks at all facts and globs of a rule that is wrong, so that none of their mistakes waits for another to be mended.
fn check_options<'w>(kind: &Kind, option: Value<'w>, binder: &Binder<'w>) {
    for member in option.members() {
        let value = option.sibling(member.value);
        match kind.fields.iter().find(|field| field.name == &*member.key).map(|field| field.shape) {
            Some(Shape::Fact | Shape::Many(Shape::Fact)) => drop(binder.facts(value)),
            Some(Shape::Glob | Shape::Many(Shape::Glob)) => drop(read_globs(value)),
            _ => {}
        }
    }
}

fn codes(value: Value<'_>, kind: &Kind) -> Option<BTreeMap<String, Option<Severity>>> {
    let mut codes = BTreeMap::new();
    for (code, span, value) in value.table()? {
        if !kind.codes.iter().any(|known| known.name == code) {
            let known: Vec<_> = kind.codes.iter().map(|known| known.name).collect();
            value.written.complain_unknown(span, &format!("code of `{}`", kind.name), code, known.iter().copied());
        } else if let Some(severity) = severity(value) {
            codes.insert(code.to_string(), severity);
        }
    }
    Some(codes)
}

/// The one kind of a rule and its options.
fn kind<'w>(kinds: &Kinds, options: &Options<'w>, id: Value<'w>) -> Option<(&'static Kind, Value<'w>)> {
    let written: Vec<_> =
        options.value.members().iter().filter(|member| kinds.fields().iter().any(|field| field.name == &*member.key)).collect();
    match written[..] {
        [member] => match kinds.find(&member.key) {
            Some(kind) => Some((kind, options.value.sibling(member.value))),
            None => {
                let what = format!("`{}` rules are not in this version of ssot yet", member.key);
                id.written.complain_with_help(member.key_span, what, "remove the rule for now");
                None
            }
        },
        [] => {
            // An unknown key has been told already, and is most likely the kind.
            let unknown = |key: &str| !RULE_FIELDS.iter().any(|field| field.name == key);
            if !options.value.members().iter().any(|member| unknown(&member.key)) {
                let known: Vec<_> = kinds.names().collect();
                id.written.complain_with_help(id.span(), "a rule needs a kind", format!("one of {}", known.join(", ")));
            }
            None
        }
        _ => {
            let keys: Vec<_> = written.iter().map(|member| format!("`{}`", member.key)).collect();
            id.complain(format!("a rule has exactly one kind, this one has {}", keys.join(" and ")));
            None
        }
    }
}

pub(super) fn is_kebab_case(id: &str) -> bool {
    !id.is_empty()
        && id.split('-').all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}
