//! What could be held true here, and why.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::found::Found;
use super::migrations;
use crate::policy::{PACKS, pack_inputs};

/// Something that a policy could say.
pub(super) struct Proposal {
    /// What there is.
    pub what: String,
    /// Why it is worth a rule.
    pub why: &'static str,
    /// The pack and the name that its rules carry, where a pack says it.
    pub pack: Option<(&'static str, String)>,
    /// Inputs of the pack, as YAML.
    pub inputs: Vec<(&'static str, String)>,
    /// A rule that another use of the pack does the work of.
    pub told_elsewhere: Option<&'static str>,
    /// The rule, as the lines of an item, where no pack says it.
    pub rule: String,
}

impl Proposal {
    fn pack(name: &'static str, what: String, why: &'static str) -> Self {
        Proposal {
            what,
            why,
            pack: Some((name, name.to_string())),
            inputs: Vec::new(),
            told_elsewhere: None,
            rule: String::new(),
        }
    }

    /// Sets an input, if the pack has it.
    fn with(mut self, input: &'static str, value: impl Into<Value>) -> Self {
        let known = self.pack.iter().any(|(name, _)| {
            PACKS.iter().any(|pack| pack.name == *name && pack_inputs(pack).iter().any(|known| known.name == input))
        });
        if known {
            self.inputs.push((input, value.into().to_string()));
        }
        self
    }

    fn named(mut self, name: String) -> Self {
        self.pack = self.pack.map(|(pack, _)| (pack, name));
        self
    }

    /// What says it: a pack, or a rule.
    pub fn shown(&self) -> String {
        match &self.pack {
            Some((pack, name)) if name != pack => format!("ssot:{pack} as {name}"),
            Some((pack, _)) => format!("ssot:{pack}"),
            None => "a rule".into(),
        }
    }

    /// Its lines in the policy, with the rules that are left off.
    pub fn entry(&self, off: &BTreeMap<String, usize>) -> String {
        let mut text = format!("  # {}\n", one_line(&self.what));
        let Some((pack, name)) = &self.pack else {
            let severity = if off.is_empty() { "" } else { "\n    severity: off" };
            let (head, rest) = self.rule.split_once('\n').unwrap_or((&self.rule, ""));
            text.push_str(&format!("  - {head}{severity}\n{rest}\n"));
            return text;
        };
        text.push_str(&format!("  - pack: ssot:{pack}\n"));
        if name != pack {
            text.push_str(&format!("    as: {name}\n"));
        }
        if !self.inputs.is_empty() {
            let inputs: Vec<String> = self.inputs.iter().map(|(input, value)| format!("{input}: {value}")).collect();
            text.push_str(&format!("    with: {{ {} }}\n", inputs.join(", ")));
        }
        let prefix = format!("{name}/");
        let mut rules: Vec<&str> = off.keys().map(|rule| rule.strip_prefix(&prefix).unwrap_or(rule)).collect();
        let why = if rules.is_empty() { "the first use tells it" } else { "too many findings to start with" };
        rules.extend(self.told_elsewhere.filter(|rule| !rules.contains(rule)));
        if !rules.is_empty() {
            text.push_str(&format!("    rules: {{ {}: off }} # {why}\n", rules.join(": off, ")));
        }
        text
    }
}

/// Everything that could be proposed, in the order in which a policy says it.
pub(super) fn all(found: &Found<'_>) -> Vec<Proposal> {
    let one = [environment, schemas, catalogue, owners, documents, versions];
    migrations(found).into_iter().chain(one.into_iter().filter_map(|propose| propose(found))).collect()
}

fn migrations(found: &Found<'_>) -> Vec<Proposal> {
    let homes = migrations::homes(found);
    let several = homes.len() > 1;
    let all: Vec<String> = homes.iter().map(|home| home.directory.clone()).collect();
    let propose = |(at, home): (usize, migrations::Home)| {
        let what = format!("{} migrations in {} ({})", home.number, home.directory, home.preset);
        let why = "one home, one order, and nothing edited after the fact";
        let name = format!("migrations-{}", kebab(&home.directory));
        let dialect = home.dialect();
        let proposal = Proposal::pack("migrations", what, why).with("home", home.directory).with("preset", home.preset);
        let proposal = match dialect {
            Some(dialect) => proposal.with("dialect", dialect),
            None => proposal,
        };
        match (several, at) {
            (false, _) => proposal,
            (true, 0) => proposal.with("homes", all.clone()).named(name),
            (true, _) => Proposal { told_elsewhere: Some("home"), ..proposal }.named(name),
        }
    };
    homes.into_iter().enumerate().map(propose).collect()
}

/// A list of required keys bound to a name.
static REQUIRED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?m)^\s*(?:export\s+)?(?:(?:pub\s+)?(?:const|static|let|var|final)\s+)?(?<name>REQUIRED_(?:ENV|ENVIRONMENT|KEYS|VARS|VARIABLES|SETTINGS)(?:_[A-Z_]+)?)\b\s*(?::[^=\n]+)?=").ok()
});

fn environment(found: &Found<'_>) -> Option<Proposal> {
    let examples = [".env.example", ".env.sample", ".env.template", ".env.dist", "env.example", "example.env"];
    let example = found.named(&examples)?;
    let required = REQUIRED
        .as_ref()
        .and_then(|regex| found.code().find_map(|(path, text)| Some((path.clone(), regex.captures(&text)?["name"].to_string()))));
    let code = found.code_globs();
    if code.is_empty() {
        return None;
    }
    if let Some((path, name)) = required {
        let what = format!("required keys in {path} ({name}), documented in {example}");
        let proposal = Proposal::pack("env", what, "keys that code needs are declared, documented and used");
        return Some(proposal.with("declared-in", path.as_str()).with("constant", name).with("example", example.as_str()));
    }
    let globs = Value::from(code);
    let file = Value::from(example.as_str());
    let rule = format!(
        "id: env-documented
    why: A key that nobody documents is missed at deploy time.
    subset:
      every:
        files: {globs}
        exclude: [\"**/{{test,tests,__tests__,spec,e2e,examples,scripts}}/**\", \"**/*{{.test,.spec,_test}}.*\", \"**/test_*\"]
        env-reads: {{}}
        unless: {{ value: '^(CI|DEBUG|EDITOR|HOME|HOSTNAME|HOST|LANG|NODE_ENV|PATH|PORT|PWD|SHELL|TERM|TMPDIR|TZ|USER|XDG_.*|GITHUB_.*|CARGO_.*|OUT_DIR)$' }}
        optional: true
      in: {{ files: {file}, env-file: {{}} }}"
    );
    let what = format!("{example}, which documents environment variables");
    Some(Proposal {
        what,
        why: "keys that code reads are documented there",
        pack: None,
        inputs: Vec::new(),
        told_elsewhere: None,
        rule,
    })
}

fn schemas(found: &Found<'_>) -> Option<Proposal> {
    let looks = |path: &&crate::text::RepoPath| {
        let name = path.name();
        name.ends_with(".schema.json") || path.dir().rsplit('/').next().is_some_and(|dir| dir == "schema" || dir == "schemas")
    };
    let data = found.paths().filter(looks).filter(|path| matches!(path.extension(), "json" | "yaml" | "yml"));
    let versions = ["spec_version", "schema_version", "version", "x-version"];
    let dates = ["updated_at", "last_updated", "updated", "date", "x-updated"];
    let (path, version, date) = data.take(200).find_map(|path| {
        let value = found.data(path)?;
        let has =
            |names: &[&'static str]| names.iter().copied().find(|name| value.get(name).is_some_and(|value| !value.is_object()));
        Some((path, has(&versions)?, has(&dates)))
    })?;
    let files = match path.name().ends_with(".schema.json") {
        true => "**/*.schema.json".to_string(),
        false => format!("{}/*.{}", path.dir(), path.extension()),
    };
    let what = format!("schemas with a version of their own ({files}, `{version}` in {path})");
    let why = "the version moves when the schema does";
    if let Some(date) = date {
        let proposal = Proposal::pack("schema", what, why);
        let at = |name: &str| format!("$['{name}']");
        return Some(
            proposal
                .with("files", files)
                .with("version-at", at(version))
                .with("date-at", at(date))
                .with("instances", "**/*.none"),
        );
    }
    let (files, at) = (Value::from(files), Value::from(format!("$['{version}']")));
    let rule = format!(
        "id: schema-version
    why: Whoever reads the schema tells by its version whether to look again.
    bump: {{ files: {files}, version: {{ at: {at}, scheme: semver }} }}"
    );
    Some(Proposal { what, why, pack: None, inputs: Vec::new(), told_elsewhere: None, rule })
}

fn catalogue(found: &Found<'_>) -> Option<Proposal> {
    let names = ["SOURCE_OF_TRUTH.json", "source_of_truth.json", "catalogue.json", "catalog.json"];
    let file = found.named(&names).filter(|path| !path.dir().is_empty())?;
    let what = format!("{file}, which looks like the one truth of {}", file.dir());
    let proposal = Proposal::pack("catalogue", what, "code refers to it, and to no other file beside it");
    Some(proposal.with("folder", file.dir()).with("file", file.as_str()))
}

fn owners(found: &Found<'_>) -> Option<Proposal> {
    let file = found.first(&[".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"])?;
    Some(Proposal::pack("owners", file.to_string(), "each of its lines still protects something"))
}

fn documents(found: &Found<'_>) -> Option<Proposal> {
    let number = found.paths().filter(|path| path.extension() == "md").count();
    let what = format!("{number} Markdown document{}", if number == 1 { "" } else { "s" });
    (number > 0).then(|| Proposal::pack("docs", what, "links, anchors and drawn trees lead to what is there"))
}

fn versions(found: &Found<'_>) -> Option<Proposal> {
    let stated = found.first(&[".nvmrc", ".node-version", ".python-version", "rust-toolchain.toml", "rust-toolchain"])?;
    let used = found.paths().any(|path| path.name().starts_with("Dockerfile") || path.dir() == ".github/workflows");
    let what = format!("{stated}, beside containers or workflows that name versions, too");
    used.then(|| Proposal::pack("versions", what, "everything builds and runs with the version that is stated there"))
}

fn kebab(text: &str) -> String {
    let lower: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    lower.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

/// Text for a comment of one line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
