//! A rule kind and an extractor of one's own: `cargo run --example extend -- DIR`.
//!
//! The extractor `shebang` reads the interpreter of scripts, and the rule `few` says how many different values a fact may have:
//!
//! ```yaml
//! version: 1
//! rules:
//!   - { id: one-shell, few: { every: { files: "**/*.sh", shebang: {} }, most: 1 } }
//! ```

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use ssot::Check;
use ssot::facts::{Binder, Captures, Extractor, ExtractorKind, FactSet, Files, Raw, RawElement, Reader, Source};
use ssot::options::{Field, Options, Shape};
use ssot::rules::{Code, Context, Draft, Kind, Output, Role, Rule};
use ssot::text::Span;

/// `shebang: {}`: one element per file that starts with `#!`; its value is what follows, as far as the line goes.
pub static SHEBANG: ExtractorKind = ExtractorKind {
    name: "shebang",
    about: "One element per script. Value: its interpreter.",
    shape: Shape::Nothing,
    files: Files::Default,
    skips_policy: false,
    code: false,
    bind: |_, _, _| Some((Reader::Content(Arc::new(Shebang)), Captures::known::<&str>([]))),
};

struct Shebang;

impl Extractor for Shebang {
    fn extract(&self, source: &Source<'_>, raw: &mut Raw) {
        let Some(rest) = source.bytes.strip_prefix(b"#!") else { return };
        let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let value = String::from_utf8_lossy(line).trim().to_string();
        raw.elements.push(RawElement { value, span: Some(Span::new(2, 2 + line.len())), ..RawElement::default() });
    }
}

/// `few: {every, most}`: a fact has at most so many different values.
pub static FEW: Kind = Kind {
    name: "few",
    about: "A fact has few different values.",
    page: "",
    fields: &[
        Field::required("every", Shape::Many(&Shape::Fact), "The fact."),
        Field::required("most", Shape::Integer, "How many different values it may have."),
    ],
    codes: &[Code::error("too-many", "The first element of each value above the limit.")],
    needs_base: false,
    bind,
};

struct Few {
    every: FactSet,
    most: usize,
}

fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    let every = binder.facts(options.get("every")?)?;
    let most = usize::try_from(options.get("most")?.integer()?).ok()?;
    Some(Box::new(Few { every, most }))
}

impl Rule for Few {
    fn facts(&self) -> Vec<(&FactSet, Role)> {
        vec![(&self.every, Role::Subject)]
    }

    fn judge(&self, context: &Context<'_>, out: &mut Output) {
        let mut firsts = BTreeMap::new();
        for element in context.elements(&self.every) {
            let number = firsts.len();
            if firsts.contains_key(&element.value) {
                continue;
            }
            firsts.insert(element.value.clone(), element);
            if number >= self.most {
                let message = format!("`{}` is one value too many", element.shown());
                out.push(Draft::at("too-many", element, &element.value, message));
            }
        }
    }
}

fn main() -> Result<ExitCode, ssot::Error> {
    let root = std::env::args().nth(1).unwrap_or_else(|| ".".into());
    let report = Check::new(root).with_rule(&FEW).with_extractor(&SHEBANG).run()?;
    for finding in &report.findings {
        println!("{}: {}: {}", finding.place.path, finding.code, finding.message);
    }
    Ok(if report.is_clean(false) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
