//! `ssot explain`.

use std::io::Write;

use super::{Exit, Failure};
use crate::Error;
use crate::docs::without_markers;
use crate::facts::EXTRACTORS;
use crate::policy::PACKS;
use crate::rules::{self, KINDS};
use crate::text::did_you_mean;

pub(super) fn run(topic: &Option<String>) -> Result<Exit, Failure> {
    let mut out = std::io::stdout().lock();
    let text = match topic {
        None => overview(),
        Some(topic) => page(topic).ok_or_else(|| unknown(topic))?,
    };
    writeln!(out, "{}", text.trim_end())?;
    Ok(Exit::Clean)
}

fn page(topic: &str) -> Option<String> {
    if let Some(pack) = topic.strip_prefix("ssot:") {
        return PACKS.iter().find(|pack_| pack_.name == pack).map(|pack| pack.page.to_string());
    }
    if let Some(kind) = rules::find(topic) {
        return Some(without_markers(kind.page));
    }
    if let Some((kind, code)) = topic.split_once('/') {
        let kind = rules::find(kind)?;
        let known = kind.codes.iter().find(|known| known.name == code)?;
        let heading = format!("`{}/{code}` ({}): {}", kind.name, known.severity.as_str(), known.about);
        return Some(format!("{heading}\n\n{}", without_markers(kind.page)));
    }
    let extractor = EXTRACTORS.iter().find(|extractor| extractor.name == topic)?;
    Some(format!("# `{}`\n\n{}\n\nTakes: {}", extractor.name, extractor.about, extractor.shape.describe()))
}

fn overview() -> String {
    let mut text = String::from("Rule kinds:\n");
    for kind in KINDS {
        text.push_str(&format!("  {:<10} {}\n", kind.name, kind.about));
    }
    text.push_str("\nExtractors:\n");
    for extractor in EXTRACTORS {
        let about = extractor.about.split(". ").next().unwrap_or_default();
        text.push_str(&format!("  {:<10} {}.\n", extractor.name, about.trim_end_matches('.')));
    }
    text.push_str("\nPacks:\n");
    for pack in PACKS {
        text.push_str(&format!("  ssot:{}\n", pack.name));
    }
    text
}

fn unknown(topic: &str) -> Failure {
    let kinds = KINDS.iter().map(|kind| kind.name).chain(EXTRACTORS.iter().map(|extractor| extractor.name));
    let word = topic.split('/').next().unwrap_or(topic);
    let hint = did_you_mean(word, kinds).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Failure::Check(Error::Usage(format!("there is no page about `{topic}`{hint}")))
}
