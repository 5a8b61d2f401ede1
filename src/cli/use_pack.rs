//! `ssot use`: adds a built-in pack to the policy, or prints what it stands for.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::UseOptions;
use super::{Exit, Failure, visible, write_whole};
use crate::Error;
use crate::formats::{self, DataFormat, Document, append_item};
use crate::policy::{PACKS, POLICY_NAMES, Pack, eject, pack_inputs};
use crate::text::did_you_mean;

pub(super) fn run(options: &UseOptions) -> Result<Exit, Failure> {
    let pack = find(&options.pack)?;
    let mut out = std::io::stdout().lock();
    if options.eject {
        writeln!(out, "{}", eject(pack).trim_end())?;
        return Ok(Exit::Clean);
    }
    let name = format!("ssot:{}", pack.name);
    let file = policy_file(&options.top()?)?;
    let shown = visible(&file.file_name().unwrap_or_default().to_string_lossy());
    match added(&file, &name)? {
        None => writeln!(out, "{shown} uses {name} already")?,
        Some(text) => {
            write_whole(&file, text.as_bytes())?;
            writeln!(out, "{shown} uses {name} now")?;
        }
    }
    let inputs = pack_inputs(pack);
    let width = inputs.iter().map(|input| input.name.len()).max().unwrap_or(0);
    if !inputs.is_empty() {
        writeln!(out, "\nIts inputs, to be set by `with: {{ {}: … }}`:", inputs[0].name)?;
    }
    for input in &inputs {
        let default = input.default.as_deref().map_or("needed".to_string(), |default| format!("default {default}"));
        writeln!(out, "  {:width$}  {} ({default})", input.name, input.about)?;
    }
    writeln!(out, "\n`ssot explain {name}` shows its page, `ssot check` what it finds.")?;
    Ok(Exit::Clean)
}

fn find(written: &str) -> Result<&'static Pack, Failure> {
    let name = written.strip_prefix("ssot:").unwrap_or(written);
    PACKS.iter().find(|pack| pack.name == name).ok_or_else(|| {
        let names = || PACKS.iter().map(|pack| pack.name);
        let hint = match did_you_mean(name, names()) {
            Some(near) => format!("did you mean `ssot:{near}`?"),
            None => format!("there are {}", names().map(|name| format!("ssot:{name}")).collect::<Vec<_>>().join(", ")),
        };
        usage(format!("unknown pack `{written}`; {hint}"))
    })
}

/// The policy at the top, or where it is to be.
fn policy_file(top: &Path) -> Result<PathBuf, Failure> {
    let found: Vec<PathBuf> =
        POLICY_NAMES.iter().map(|name| top.join(name)).filter(|path| path.symlink_metadata().is_ok()).collect();
    match &found[..] {
        [] => Ok(top.join(POLICY_NAMES[0])),
        [file] if file.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) => Ok(file.clone()),
        [file] => Err(usage(format!("`{}` is no plain file", file.display()))),
        [first, second, ..] => {
            Err(usage(format!("there are two policies, `{}` and `{}`: remove one", first.display(), second.display())))
        }
    }
}

/// The policy's text with one more pack; none where it uses the pack already.
fn added(file: &Path, name: &str) -> Result<Option<String>, Failure> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Some(format!("version: 1\nuse:\n  - {name}\n")));
        }
        Err(error) => return Err(usage(format!("`{}` cannot be read: {error}", file.display()))),
    };
    let by_hand =
        || usage(format!("`{}` is written in a way that leaves no one right place: add `{name}` to its `use:`", file.display()));
    let format = if file.extension().is_some_and(|extension| extension == "json") { DataFormat::Json } else { DataFormat::Yaml };
    let document = formats::parse(format, text.as_bytes())
        .map_err(|error| usage(format!("`{}` cannot be parsed: {}; `ssot check` shows where", file.display(), error.message)))?;
    let Some(root) = document.roots.first().copied() else { return Err(by_hand()) };
    let list = document.member(root, "use").map(|member| member.value);
    if list.is_some_and(|list| uses(&document, list, name)) {
        return Ok(None);
    }
    let (span, new) = match list {
        Some(list) => append_item(format, text.as_bytes(), &document, list, name).ok_or_else(by_hand)?,
        None => new_list(format, &text, &document, name).ok_or_else(by_hand)?,
    };
    let mut text = text;
    text.replace_range(span.start..span.end, &new);
    // An edit that would break the policy is none.
    let parsed = formats::parse(format, text.as_bytes()).map_err(|_| by_hand())?;
    let list = parsed.roots.first().and_then(|root| parsed.member(*root, "use")).map(|member| member.value);
    list.filter(|list| uses(&parsed, *list, name)).ok_or_else(by_hand)?;
    Ok(Some(text))
}

fn uses(document: &Document, list: formats::NodeId, name: &str) -> bool {
    document.items(list).iter().any(|item| {
        let pack = document.member(*item, "pack").map_or(*item, |member| member.value);
        document.string(pack) == Some(name)
    })
}

/// A `use` key behind `version` and `about`, in a block of YAML.
fn new_list(format: DataFormat, text: &str, document: &Document, name: &str) -> Option<(crate::text::Span, String)> {
    let root = *document.roots.first()?;
    if format != DataFormat::Yaml || document.node(root).span.slice(text.as_bytes()).first() == Some(&b'{') {
        return None;
    }
    let head = document.members(root).iter().filter(|member| matches!(&*member.key, "version" | "about"));
    let end = head.map(|member| document.node(member.value).span.end).max()?;
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let (at, lead) = match text[end..].find('\n') {
        Some(at) => (end + at + 1, ""),
        None => (text.len(), newline),
    };
    Some((crate::text::Span::at(at), format!("{lead}use:{newline}  - {name}{newline}")))
}

fn usage(message: String) -> Failure {
    Failure::Check(Error::Usage(message))
}
