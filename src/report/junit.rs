//! `--format junit`: the XML that test reporters of CI systems read. A rule is a suite, what it found its failing cases.
//!
//! Form: the schema of Jenkins' xUnit plugin (`junit-10.xsd`), which the readers of other systems accept as well.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::visible::{paragraph, visible};
use super::{Report, location};
use crate::finding::{Finding, Related, Severity, Unjudged};

/// What one rule has to say.
#[derive(Default)]
struct Suite<'a> {
    findings: Vec<&'a Finding>,
    unjudged: Vec<&'a Unjudged>,
}

/// Writes a suite for each rule in force, and for what is said about the policy itself. Findings at `note` and places that
/// could not be judged are skipped cases, unless they fail the run.
///
/// # Errors
/// Those of `out`.
pub fn junit(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut suites: BTreeMap<&Arc<str>, Suite<'_>> = report.rules.iter().map(|rule| (&rule.id, Suite::default())).collect();
    for finding in &report.findings {
        suites.entry(&finding.rule).or_default().findings.push(finding);
    }
    for unjudged in &report.unjudged {
        suites.entry(&unjudged.rule).or_default().unjudged.push(unjudged);
    }
    let mut text = Vec::new();
    let mut writer = Writer::new_with_indent(&mut text, b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer
        .create_element("testsuites")
        .with_attribute(("name", "ssot"))
        .write_inner_content(|writer| suites.iter().try_for_each(|(rule, suite)| suite.write(rule, writer)))?;
    text.push(b'\n');
    out.write_all(&text)
}

type Xml<'o> = Writer<&'o mut Vec<u8>>;

impl Suite<'_> {
    fn write(&self, rule: &str, writer: &mut Xml<'_>) -> io::Result<()> {
        let failed = |severity: Severity| severity != Severity::Note;
        let failures = self.findings.iter().filter(|finding| failed(finding.severity)).count()
            + self.unjudged.iter().filter(|unjudged| failed(unjudged.severity)).count();
        let cases = (self.findings.len() + self.unjudged.len()).max(1);
        let skipped = self.findings.len() + self.unjudged.len() - failures;
        let (cases, failures, skipped) = (cases.to_string(), failures.to_string(), skipped.to_string());
        let rule = visible(rule);
        let counts = [("tests", &*cases), ("failures", &failures), ("errors", "0"), ("skipped", &skipped)];
        let suite = writer.create_element("testsuite").with_attribute(("name", &*rule)).with_attributes(counts);
        suite.write_inner_content(|writer| {
            if self.findings.is_empty() && self.unjudged.is_empty() {
                writer.create_element("testcase").with_attributes([("name", "holds"), ("classname", &*rule)]).write_empty()?;
            }
            for finding in &self.findings {
                let title = format!("{} at {}", visible(&finding.code), location(&finding.place));
                let text = body(finding.help.as_deref(), &finding.related);
                case(&rule, &title, finding.severity, &finding.message, &text, writer)?;
            }
            for unjudged in &self.unjudged {
                let title = format!("could not be judged ({}) at {}", unjudged.reason.as_str(), location(&unjudged.place));
                case(&rule, &title, unjudged.severity, &unjudged.message, &body(None, &unjudged.related), writer)?;
            }
            Ok(())
        })?;
        Ok(())
    }
}

fn case(rule: &str, title: &str, severity: Severity, message: &str, text: &str, writer: &mut Xml<'_>) -> io::Result<()> {
    let message = visible(message);
    let outcome = match severity {
        Severity::Note => "skipped",
        Severity::Warning | Severity::Error => "failure",
    };
    writer.create_element("testcase").with_attributes([("name", title), ("classname", rule)]).write_inner_content(|writer| {
        let element = writer.create_element(outcome).with_attribute(("message", &*message));
        match outcome {
            "failure" => element.with_attribute(("type", severity.as_str())).write_text_content(BytesText::new(text))?,
            _ => element.write_text_content(BytesText::new(text))?,
        };
        Ok(())
    })?;
    Ok(())
}

fn body(help: Option<&str>, related: &[Related]) -> String {
    let others = related.iter().map(|other| format!("{}: {}", location(&other.place), visible(&other.message)));
    let help = help.map(|help| format!("help: {}", paragraph(help)));
    others.chain(help).collect::<Vec<_>>().join("\n")
}
