//! What Compose files, GitHub workflows and Kubernetes manifests read from the environment of whoever runs them.

use std::collections::HashSet;

use super::interpolation::{self, COMPOSE, Dialect, KUBERNETES};
use super::mapped::{self, Mapped};
use super::{embedded, push};
use crate::facts::{Fault, Raw, Source};
use crate::formats::code::Language;
use crate::formats::{DataFormat, Document, Kind, NodeId};
use crate::text::RepoPath;

/// Adds what the file reads, if it is one of these.
pub(super) fn read(source: &Source<'_>, raw: &mut Raw) {
    let document = match source.data(DataFormat::Yaml) {
        Ok(document) => document,
        Err(error) => {
            // What it would be nobody knows; that it is one of these its name tells, or its first words.
            if is_compose(source.path) || is_workflow(source.path) || looks_like_kubernetes(source.bytes) {
                raw.faults.push(Fault::unparsable(error));
            }
            return;
        }
    };
    let Ok(text) = std::str::from_utf8(source.bytes) else { return };
    let file = File { text, document };
    for root in &document.roots {
        match file.kind(source.path, *root) {
            Some(Manifest::Compose) => file.interpolated(*root, COMPOSE, raw),
            Some(Manifest::Workflow) => file.workflow(*root, raw),
            Some(Manifest::Action) => {
                let steps = file.member(*root, "runs").and_then(|runs| file.member(runs, "steps"));
                file.steps(steps, &HashSet::new(), true, raw);
            }
            Some(Manifest::Kubernetes) => file.kubernetes(*root, raw),
            None => {}
        }
    }
}

enum Manifest {
    Compose,
    Workflow,
    /// A composite action.
    Action,
    Kubernetes,
}

fn is_compose(path: &RepoPath) -> bool {
    ["compose", "docker-compose"]
        .iter()
        .any(|prefix| path.name().strip_prefix(prefix).is_some_and(|rest| rest.starts_with(['.', '-', '_'])))
}

fn is_workflow(path: &RepoPath) -> bool {
    path.dir() == ".github/workflows" || path.dir().ends_with("/.github/workflows")
}

fn looks_like_kubernetes(bytes: &[u8]) -> bool {
    let begins = |word: &[u8]| bytes.split(|byte| *byte == b'\n').any(|line| line.starts_with(word));
    begins(b"apiVersion:") && begins(b"kind:")
}

/// A parsed file.
struct File<'s> {
    text: &'s str,
    document: &'s Document,
}

impl<'s> File<'s> {
    fn kind(&self, path: &RepoPath, root: NodeId) -> Option<Manifest> {
        let has = |key: &str| self.member(root, key).is_some();
        let is_service = |service: NodeId| ["image", "build", "extends"].iter().any(|key| self.member(service, key).is_some());
        if is_compose(path) {
            return Some(Manifest::Compose);
        }
        if is_workflow(path) {
            return Some(Manifest::Workflow);
        }
        if has("apiVersion") && has("kind") {
            return Some(Manifest::Kubernetes);
        }
        let using = self.member(root, "runs").and_then(|runs| self.member(runs, "using"));
        if using.and_then(|using| self.document.string(using)) == Some("composite") {
            return Some(Manifest::Action);
        }
        let services = self.member(root, "services").map(|services| self.document.members(services)).unwrap_or_default();
        services.iter().any(|service| is_service(service.value)).then_some(Manifest::Compose)
    }

    fn member(&self, node: NodeId, key: &str) -> Option<NodeId> {
        self.document.member(node, key).map(|member| member.value)
    }

    /// The value of a string as its reader sees it.
    fn mapped(&self, node: NodeId) -> Option<Mapped> {
        self.document.string(node).filter(|text| text.contains('$'))?;
        let span = self.document.node(node).span;
        Some(mapped::scalar(self.text.get(span.start..span.end)?, span.start))
    }

    /// Every scalar below a node, once, however many aliases lead to it.
    fn scalars(&self, root: NodeId) -> Vec<NodeId> {
        let (mut scalars, mut seen, mut open) = (Vec::new(), HashSet::new(), vec![root]);
        while let Some(node) = open.pop() {
            if !seen.insert(node) {
                continue;
            }
            match &self.document.node(node).kind {
                Kind::String(_) => scalars.push(node),
                Kind::Array(items) => open.extend(items),
                Kind::Object(members) => open.extend(members.iter().map(|member| member.value)),
                _ => {}
            }
        }
        scalars
    }

    fn interpolated(&self, root: NodeId, dialect: Dialect, raw: &mut Raw) {
        for text in self.scalars(root).into_iter().filter_map(|node| self.mapped(node)) {
            interpolation::reads(&text.text, dialect).into_iter().for_each(|read| push(raw, &text, read));
        }
    }

    fn workflow(&self, root: NodeId, raw: &mut Raw) {
        let declared = self.env(root);
        let jobs = self.member(root, "jobs").map(|jobs| self.document.members(jobs)).unwrap_or_default();
        let runs_shell = self.default_shell(root).unwrap_or(true);
        for job in jobs.iter().map(|job| job.value) {
            let mut declared = declared.clone();
            declared.extend(self.env(job));
            declared.extend(self.member(job, "container").map(|container| self.env(container)).unwrap_or_default());
            let on_windows =
                self.member(job, "runs-on").and_then(|on| self.document.string(on)).is_some_and(|on| on.contains("windows"));
            let is_shell = self.default_shell(job).unwrap_or(runs_shell && !on_windows);
            self.steps(self.member(job, "steps"), &declared, is_shell, raw);
        }
    }

    /// Whether `defaults: {run: {shell: …}}` is a shell that is read here.
    fn default_shell(&self, node: NodeId) -> Option<bool> {
        let run = self.member(node, "defaults").and_then(|defaults| self.member(defaults, "run"))?;
        self.is_shell(run)
    }

    fn is_shell(&self, node: NodeId) -> Option<bool> {
        let shell = self.member(node, "shell").and_then(|shell| self.document.string(shell))?;
        let program = shell.split_whitespace().next().unwrap_or_default();
        Some(matches!(program.rsplit('/').next(), Some("bash" | "sh" | "dash")))
    }

    /// The keys of `env:`.
    fn env(&self, node: NodeId) -> HashSet<String> {
        let env = self.member(node, "env").map(|env| self.document.members(env)).unwrap_or_default();
        env.iter().map(|member| member.key.to_string()).collect()
    }

    /// The scripts of steps, which see what `env` declares and what the steps before them put into `$GITHUB_ENV`.
    fn steps(&self, steps: Option<NodeId>, declared: &HashSet<String>, is_shell: bool, raw: &mut Raw) {
        let mut exported: HashSet<String> = HashSet::new();
        for step in steps.map(|steps| self.document.items(steps)).unwrap_or_default() {
            let own = self.env(*step);
            let Some(run) = self.member(*step, "run").filter(|_| self.is_shell(*step).unwrap_or(is_shell)) else { continue };
            let Some(mut text) = self.mapped(run) else { continue };
            blank_expressions(&mut text);
            let known = |key: &str| own.contains(key) || declared.contains(key) || exported.contains(key);
            embedded(&text, known, raw);
            exported.extend(into_github_env(&text.text));
        }
    }

    fn kubernetes(&self, root: NodeId, raw: &mut Raw) {
        let (declared, commands) = (self.container_env(root), self.commands(root));
        for node in self.scalars(root) {
            let Some(text) = self.mapped(node) else { continue };
            let is_script = Language::of_script(text.text.as_bytes()) == Some(Language::Shell);
            match is_script || commands.contains(&node) && text.text.trim().contains(char::is_whitespace) {
                true => embedded(&text, |key| declared.contains(key), raw),
                false => {
                    let reads = interpolation::reads(&text.text, KUBERNETES);
                    let is_known = |key: &str| commands.contains(&node) && declared.contains(key);
                    reads.into_iter().filter(|read| !is_known(&read.key)).for_each(|read| push(raw, &text, read));
                }
            }
        }
    }

    /// The objects below a node, each once.
    fn objects(&self, root: NodeId) -> Vec<NodeId> {
        let (mut objects, mut seen, mut open) = (Vec::new(), HashSet::new(), vec![root]);
        while let Some(node) = open.pop() {
            if !seen.insert(node) {
                continue;
            }
            match &self.document.node(node).kind {
                Kind::Array(items) => open.extend(items),
                Kind::Object(members) => {
                    objects.push(node);
                    open.extend(members.iter().map(|member| member.value));
                }
                _ => {}
            }
        }
        objects
    }

    /// What `env: [{name: K}]` gives to containers.
    fn container_env(&self, root: NodeId) -> HashSet<String> {
        let lists = self.objects(root).into_iter().filter_map(|object| self.member(object, "env"));
        let entries = lists.flat_map(|list| self.document.items(list));
        let names = entries.filter_map(|entry| self.member(*entry, "name")).filter_map(|name| self.document.string(name));
        names.map(str::to_owned).collect()
    }

    /// The words of `command` and `args`.
    fn commands(&self, root: NodeId) -> HashSet<NodeId> {
        let lists =
            self.objects(root).into_iter().flat_map(|object| [self.member(object, "command"), self.member(object, "args")]);
        lists.flatten().flat_map(|list| self.document.items(list)).copied().collect()
    }
}

/// `${{ … }}` is replaced before any shell sees the script.
fn blank_expressions(text: &mut Mapped) {
    let mut at = 0;
    while let Some(start) = text.text[at..].find("${{").map(|start| at + start) {
        let end = text.text[start..].find("}}").map_or(text.text.len(), |end| start + end + 2);
        text.blank(start..end);
        at = end;
    }
}

/// The names that a script gives to later steps: `echo "K=value" >> "$GITHUB_ENV"`.
fn into_github_env(script: &str) -> Vec<String> {
    if !script.contains("GITHUB_ENV") {
        return Vec::new();
    }
    let words = script.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '{' | '(' | ';'));
    let name = |word: &str| {
        let end = word.find(['=', '<'])?;
        let name = &word[..end];
        (!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')).then(|| name.to_owned())
    };
    words.filter_map(name).collect()
}
