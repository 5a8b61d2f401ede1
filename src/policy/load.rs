//! From the bytes of a policy file to a policy: packs and used files included, all mistakes at once.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::allow::Removal;
use super::inputs::Inputs;
use super::language::{PEER_FIELDS, SETTING_FIELDS, TOP_FIELDS, USE_FIELDS};
use super::rule::{self, is_kebab_case};
use super::{Allow, BoundRule, Language, Policy, PolicyError, PolicyFile, Settings, inputs, packs};
use crate::facts::{Binder, Store, compile_set, read_globs};
use crate::finding::{Place, Reason, Severity};
use crate::formats::{self, DataFormat};
use crate::options::{Complaint, Options, Origin, Value, Written};
use crate::text::{RepoPath, Span};
use crate::tree::{EntryKind, Peer, ReadError, Tree};

/// The names that a policy file may have, at the top of a tree.
pub const POLICY_NAMES: [&str; 3] = ["ssot.yaml", "ssot.yml", "ssot.json"];

/// Policy files are small; a larger one is a mistake or an attack.
const MAX_POLICY_BYTES: u64 = 1 << 20;

/// What a policy and everything that it uses may come to, filled-in inputs included.
const MAX_TOTAL_BYTES: usize = 8 << 20;

/// What a file counts at least, so that very many small ones come to an end as well.
const LEAST_COST: usize = 1 << 10;

/// How deep `use` may lead.
const MAX_USE_DEPTH: usize = 16;

/// Whether a tree has no policy at all at its top, under any name.
pub fn is_absent(tree: &dyn Tree) -> bool {
    POLICY_NAMES.iter().all(|name| tree.entry(&RepoPath::new(name)).is_none())
}

/// Reads the policy at the top of a tree.
///
/// # Errors
/// Where there is none, where there are two, and where it cannot be read.
pub fn find(tree: &dyn Tree) -> Result<PolicyFile, PolicyError> {
    let found: Vec<RepoPath> = POLICY_NAMES.iter().map(RepoPath::new).filter(|path| tree.entry(path).is_some()).collect();
    match found.as_slice() {
        [path] => read_file(tree, path),
        [] => {
            let below = |name: &&&str| tree.entries().iter().any(|entry| entry.path.is_below(name));
            match POLICY_NAMES.iter().find(below) {
                Some(name) => Err(PolicyError::about(
                    RepoPath::new(name),
                    format!("`{name}` is a directory, not a policy"),
                    "write the policy as a file of that name",
                )),
                None => Err(PolicyError::about(
                    RepoPath::new(POLICY_NAMES[0]),
                    "there is no policy: no `ssot.yaml` at the top of the tree",
                    "write one (`ssot init` proposes it; it starts with `version: 1`), or name one: `--policy FILE`",
                )),
            }
        }
        [first, second, ..] => Err(PolicyError::about(
            second.clone(),
            format!("there are two policies: `{first}` and `{second}`"),
            "keep one of them",
        )),
    }
}

fn read_file(tree: &dyn Tree, path: &RepoPath) -> Result<PolicyFile, PolicyError> {
    let fail = |message: String, help: &str| Err(PolicyError::about(path.clone(), message, help));
    let Some(entry) = tree.entry(path) else { return fail(format!("`{path}` does not exist"), "correct the name") };
    if entry.kind != EntryKind::File {
        return fail(format!("`{path}` is no regular file"), "a policy is a plain file; links are not followed");
    }
    match tree.read(entry, MAX_POLICY_BYTES) {
        Ok(text) => Ok(PolicyFile { path: path.clone(), text }),
        Err(ReadError::TooLarge(size)) => {
            fail(format!("`{path}` has {size} bytes; a policy has at most {MAX_POLICY_BYTES}"), "split it into packs")
        }
        Err(ReadError::MissingObject) => {
            fail(format!("the content of `{path}` is not in this clone"), "let git fetch it: `git show REV:PATH` does")
        }
        Err(ReadError::Conflict) => fail(format!("`{path}` has merge conflicts"), "resolve them first"),
        Err(ReadError::Io(error)) => fail(format!("`{path}` cannot be read: {error}"), "make it readable"),
    }
}

/// Reads and checks a policy with everything that it uses, whose files stand in `tree`.
///
/// # Errors
/// All that is wrong with it.
pub fn load(file: &PolicyFile, tree: &dyn Tree) -> Result<Policy, PolicyError> {
    load_in(Language::built_in(), file, tree)
}

/// The same for a policy that may say more than this program knows by itself.
///
/// # Errors
/// All that is wrong with it.
pub fn load_in(language: &Language, file: &PolicyFile, tree: &dyn Tree) -> Result<Policy, PolicyError> {
    let mut loader = Loader {
        tree,
        language,
        store: RefCell::default(),
        complaints: Vec::new(),
        files: vec![file.path.clone()],
        rules: Vec::new(),
        ids: HashMap::new(),
        allows: Vec::new(),
        settings: Settings::default(),
        rules_place: None,
        peers: BTreeMap::new(),
        using: Vec::new(),
        budget: MAX_TOTAL_BYTES,
    };
    if let Some(mut written) = loader.parse(file.clone(), None) {
        loader.fill_in_defaults(&mut written);
        loader.read(&written, None);
        loader.complaints.extend(written.into_complaints());
    }
    loader.finish(file.path.clone())
}

struct Loader<'t> {
    tree: &'t dyn Tree,
    language: &'t Language,
    store: RefCell<Store>,
    complaints: Vec<Complaint>,
    files: Vec<RepoPath>,
    rules: Vec<BoundRule>,
    /// Where each id was first given.
    ids: HashMap<Arc<str>, Place>,
    allows: Vec<Allow>,
    settings: Settings,
    rules_place: Option<Place>,
    peers: BTreeMap<Arc<str>, (Peer, Place)>,
    /// The files and packs that are being read, outermost first.
    using: Vec<String>,
    /// How many bytes may still be read or filled in.
    budget: usize,
}

/// How a file comes to be read, where another one uses it.
struct Used<'w> {
    /// What its rules are called.
    name: String,
    /// Globs that the user hides.
    exclude: &'w [String],
}

impl Loader<'_> {
    fn finish(mut self, path: RepoPath) -> Result<Policy, PolicyError> {
        if !self.complaints.is_empty() {
            self.complaints.sort_by(|a, b| (&a.place, &a.message).cmp(&(&b.place, &b.message)));
            self.complaints.dedup();
            return Err(PolicyError { complaints: self.complaints });
        }
        let store = self.store.into_inner();
        Ok(Policy {
            path,
            files: self.files,
            rules: self.rules,
            facts: store.facts,
            selections: store.selections,
            allows: self.allows,
            settings: self.settings,
            rules_place: self.rules_place,
            peers: self.peers,
            wants_hash: store.wants_hash,
        })
    }

    /// Parses a file; complains, and is `None`, where that fails.
    fn parse(&mut self, file: PolicyFile, stand_in: Option<Place>) -> Option<Written> {
        let format = DataFormat::of(&file.path).unwrap_or(DataFormat::Yaml);
        let parsed = formats::parse_noting_duplicates(format, &file.text);
        let origin = Origin::new(file.path, file.text, stand_in);
        for fault in parsed.iter().flat_map(|document| &document.duplicates) {
            let place = origin.place(Span::at(fault.at));
            self.complaints.push(Complaint { place, message: fault.message.clone(), help: None });
        }
        let fault = match parsed {
            Ok(document) => match document.roots[..] {
                [root] if !matches!(document.node(root).kind, formats::Kind::Null) => {
                    return Some(Written::new(origin, document));
                }
                [_] => (0, "the policy is empty: it starts with `version: 1`".to_string()),
                _ => (0, "a policy is one YAML document, this file has several".to_string()),
            },
            Err(error) => (error.at, error.message),
        };
        self.complaints.push(Complaint { place: origin.place(Span::at(fault.0)), message: fault.1, help: None });
        None
    }

    /// A pack that is judged by itself has the defaults of its inputs.
    fn fill_in_defaults(&mut self, written: &mut Written) {
        let root = written.document.roots.first().and_then(|root| written.document.member(*root, "inputs"));
        let Some(span) = root.map(|inputs| inputs.key_span) else { return };
        let settled = inputs::settle(written, None, written, span);
        self.insert(written, &settled);
    }

    fn insert(&mut self, written: &mut Written, settled: &Inputs) {
        for (span, fault) in inputs::insert(&mut written.document, settled, &mut self.budget) {
            written.complain(span, fault);
        }
    }

    /// Reads one policy file into the loader.
    fn read(&mut self, written: &Written, used: Option<&Used<'_>>) -> Option<()> {
        let options = Options::read_partly(written.value(*written.document.roots.first()?), "a policy", TOP_FIELDS, &[])?;
        self.check_version(&options);
        match (options.get("peers"), used) {
            (Some(peers), None) => self.peers = read_peers(peers),
            (Some(peers), Some(_)) => peers.complain("`peers` count only in the policy itself: move them there"),
            (None, _) => {}
        }
        let mut exclude: Vec<String> = used.map(|used| used.exclude.to_vec()).unwrap_or_default();
        exclude.extend(options.get("exclude").into_iter().flat_map(read_globs));
        for entry in options.get("use").and_then(Value::list).unwrap_or_default() {
            self.use_entry(entry, &exclude, used);
        }
        let prefix = used.map(|used| format!("{}/", used.name)).unwrap_or_default();
        let store = std::mem::take(&mut self.store);
        self.bind(written, &options, &store, exclude, &prefix);
        self.store = store;
        if used.is_none() {
            self.rules_place = options.key_span("rules").map(|span| written.origin.place(span));
        }
        self.allow(&options, &prefix);
        match (options.get("settings"), used) {
            (Some(settings), None) => {
                self.settings = read_settings(settings).unwrap_or_default();
                let key = options.key_span("settings").map(|span| written.origin.place(span));
                self.settings.places.extend(key.map(|place| (String::new(), place)));
            }
            (Some(settings), Some(_)) => settings.complain("`settings` count only in the policy itself: move them there"),
            (None, _) => {}
        }
        Some(())
    }

    fn allow(&mut self, options: &Options<'_>, prefix: &str) {
        let Some(list) = options.get("allow") else { return };
        let ids = &self.ids;
        let resolve = |id: &str| match format!("{prefix}{id}") {
            own if ids.contains_key(own.as_str()) => own,
            _ => id.to_string(),
        };
        let entries = list.list().unwrap_or_default();
        let in_tree = self.tree.entry(&list.written.origin.path).is_some();
        let key = options.key_span("allow").filter(|_| in_tree);
        for (at, entry) in entries.into_iter().enumerate() {
            let allow = Allow::read(entry, resolve);
            self.allows.extend(allow.map(|allow| allow.removed_by(key.and_then(|key| Removal::of(list, key, at)))));
        }
    }

    fn check_version(&self, options: &Options<'_>) {
        if let Some(value) = options.get("version")
            && value.integer().is_some_and(|version| version != 1)
        {
            value.complain("this version of ssot reads policies of `version: 1`");
        }
    }

    fn bind(&mut self, written: &Written, options: &Options<'_>, store: &RefCell<Store>, exclude: Vec<String>, prefix: &str) {
        let binder = Binder::new(written, store, &self.language.extractors, exclude);
        let binder = binder.with_peers(self.peers.keys().cloned().collect());
        for (name, span, value) in options.get("facts").and_then(Value::table).unwrap_or_default() {
            if !is_kebab_case(name) {
                written.complain(span, format!("`{name}` is no name of a fact: lower-case words joined by `-`"));
            }
            binder.declare(name, span, value);
        }
        binder.bind_declared();
        let from: Arc<str> = Arc::from(written.origin.path.as_str());
        for value in options.get("rules").and_then(Value::list).unwrap_or_default() {
            let rule = rule::read(value, &self.language.kinds, &binder, prefix, &from);
            let id = written.document.member(value.id, "id").map(|member| written.value(member.value));
            if self.takes_id(id, prefix) {
                self.rules.extend(rule);
            }
        }
    }

    /// Takes the id of a rule, which may be wrong otherwise; complains about one that is taken already.
    fn takes_id(&mut self, id: Option<Value<'_>>, prefix: &str) -> bool {
        let Some((value, text)) = id.and_then(|id| Some((id, id.as_text()?))) else { return false };
        let id: Arc<str> = Arc::from(format!("{prefix}{text}"));
        if let Some(first) = self.ids.get(&id) {
            let what = format!("the id `{id}` is taken by the rule at {}:{}", first.path, first.line().unwrap_or(1));
            let help = "ids are unique; a pack that is used twice needs `as`";
            value.written.complain_with_help(value.span(), what, help);
            return false;
        }
        self.ids.insert(id, value.place());
        true
    }

    fn use_entry<'w>(&mut self, entry: Value<'w>, exclude: &'w [String], outer: Option<&Used<'_>>) -> Option<()> {
        let (target, name, with, rules) = match entry.as_text() {
            Some(_) => (entry, None, None, None),
            None => {
                let options = Options::read(entry, "a `use` entry", USE_FIELDS)?;
                (options.get("pack")?, options.get("as"), options.get("with"), options.get("rules"))
            }
        };
        let text = target.text()?;
        let name = match name {
            Some(name) => Some(name.text()?.to_string()),
            None => None,
        };
        let first = self.rules.len();
        let files = match text.strip_prefix("ssot:") {
            Some(pack) => vec![self.built_in(target, pack)?],
            None => self.tree_files(target, text)?,
        };
        for (file, built_in) in files {
            let id = file.path.to_string();
            if self.using.contains(&id) || (!built_in && self.files.first() == Some(&file.path)) {
                target.complain(format!("`{id}` uses itself"));
                continue;
            }
            if !self.affords(target, file.text.len()) {
                return None;
            }
            // What stands in a built-in pack stands at the entry of the policy that a person wrote.
            let stand_in = built_in.then(|| entry.place());
            if !built_in && !self.files.contains(&file.path) {
                self.files.push(file.path.clone());
            }
            let fallback = file.path.stem().to_string();
            let Some(mut written) = self.parse(file, stand_in) else { continue };
            self.using.push(id);
            let own = own_name(&written);
            let settled = inputs::settle(&written, with, entry.written, target.span());
            self.insert(&mut written, &settled);
            let name = name.clone().or(own).unwrap_or(fallback);
            let name = match outer {
                Some(outer) => format!("{}/{name}", outer.name),
                None => name,
            };
            self.read(&written, Some(&Used { name, exclude }));
            self.complaints.extend(written.into_complaints());
            self.using.pop();
        }
        if let Some(rules) = rules {
            self.override_severities(rules, first);
        }
        Some(())
    }

    /// Takes a used file out of the budget; complains where that is spent, or `use` leads too deep.
    fn affords(&mut self, target: Value<'_>, bytes: usize) -> bool {
        if self.using.len() >= MAX_USE_DEPTH {
            target.complain(format!("`use` leads deeper than {MAX_USE_DEPTH} files"));
            return false;
        }
        let left = self.budget.checked_sub(bytes.max(LEAST_COST));
        if left.is_none() {
            target.complain(format!("the policy and what it uses come to more than {MAX_TOTAL_BYTES} bytes"));
        }
        self.budget = left.unwrap_or(0);
        left.is_some()
    }

    fn built_in(&self, target: Value<'_>, name: &str) -> Option<(PolicyFile, bool)> {
        let Some(pack) = packs::find(name) else {
            let known: Vec<String> = packs::PACKS.iter().map(|pack| format!("ssot:{}", pack.name)).collect();
            target.written.complain_unknown(target.span(), "pack", &format!("ssot:{name}"), known.iter().map(String::as_str));
            return None;
        };
        Some((PolicyFile { path: RepoPath::new(format!("ssot:{name}.yaml")), text: pack.policy.as_bytes().to_vec() }, true))
    }

    /// The files of the tree that a pattern names, in path order.
    fn tree_files(&self, target: Value<'_>, pattern: &str) -> Option<Vec<(PolicyFile, bool)>> {
        let globs = match compile_set([pattern]) {
            Ok(globs) => globs,
            Err(fault) => {
                target.complain(fault);
                return None;
            }
        };
        let entries = self.tree.entries().iter();
        let paths: Vec<&RepoPath> = entries.map(|entry| &entry.path).filter(|path| globs.is_match(path.as_str())).collect();
        if paths.is_empty() {
            target.written.complain_with_help(
                target.span(),
                format!("`{pattern}` selects no file"),
                "built-in packs are written `ssot:NAME`",
            );
            return None;
        }
        let mut files = Vec::new();
        for path in paths {
            match read_file(self.tree, path) {
                Ok(file) => files.push((file, false)),
                Err(error) => error.complaints.into_iter().for_each(|complaint| target.complain(complaint.message)),
            }
        }
        Some(files)
    }

    /// Severities that the user of a pack gives to its rules, which are those from `first` on.
    fn override_severities(&mut self, value: Value<'_>, first: usize) {
        for (id, span, value) in value.table().unwrap_or_default() {
            let Some(severity) = rule::severity(value) else { continue };
            let rules = &mut self.rules[first..];
            let own = |rule: &BoundRule, id: &str| {
                rule.id.split_once('/').is_some_and(|(_, own)| own == id || own.ends_with(&format!("/{id}")))
            };
            if let Some(rule) = rules.iter_mut().find(|rule| own(rule, id)) {
                rule.severity = severity;
                continue;
            }
            let code = id.rsplit_once('/').and_then(|(id, code)| Some((rules.iter_mut().find(|rule| own(rule, id))?, code)));
            match code {
                Some((rule, code)) if rule.kind.codes.iter().any(|known| known.name == code) => {
                    rule.codes.insert(code.to_string(), severity);
                }
                Some((rule, code)) => {
                    let known: Vec<_> = rule.kind.codes.iter().map(|known| known.name).collect();
                    value.written.complain_unknown(span, &format!("code of `{}`", rule.kind.name), code, known.iter().copied());
                }
                None => {
                    let known: Vec<&str> = rules.iter().filter_map(|rule| Some(rule.id.split_once('/')?.1)).collect();
                    value.written.complain_unknown(span, "rule of the pack", id, known.iter().copied());
                }
            }
        }
    }
}

fn own_name(written: &Written) -> Option<String> {
    let root = written.document.roots.first()?;
    Some(written.document.string(written.document.member(*root, "name")?.value)?.to_string())
}

/// A path of the tree, and where it is written.
fn tree_path(value: Value<'_>) -> Option<(RepoPath, Place)> {
    let text = value.text()?;
    if text.split('/').any(|part| matches!(part, "" | "." | "..")) {
        value.complain(format!("`{text}` is no path of the tree: write it without a leading `/`, `.` and `..`"));
        return None;
    }
    Some((RepoPath::new(text), value.place()))
}

fn read_peers(value: Value<'_>) -> BTreeMap<Arc<str>, (Peer, Place)> {
    let mut peers = BTreeMap::new();
    for (name, span, value) in value.table().unwrap_or_default() {
        if !is_kebab_case(name) || matches!(name, "head" | "base" | "policy") {
            value.written.complain(
                span,
                format!("`{name}` is no name of a peer: lower-case words joined by `-`, but not `head`, `base` or `policy`"),
            );
        }
        let Some(options) = Options::read(value, "a peer", PEER_FIELDS) else { continue };
        let (path, reference) = (options.text("path"), options.text("ref"));
        for (key, text) in [("path", path), ("ref", reference)] {
            if let (Some(text), Some(value)) = (text, options.get(key))
                && (text.is_empty() || text.contains('\0'))
            {
                value.complain(format!("`{key}` of a peer cannot be empty"));
            }
        }
        let Some(path) = path else { continue };
        let peer = Peer { path: path.to_string(), reference: reference.map(str::to_string) };
        peers.insert(Arc::from(name), (peer, value.written.origin.place(span)));
    }
    peers
}

fn read_settings(value: Value<'_>) -> Option<Settings> {
    let options = Options::read(value, "`settings`", SETTING_FIELDS)?;
    let mut settings = Settings::default();
    if let Some(bytes) = options.integer("max-file-bytes") {
        settings.max_file_bytes = bytes;
    }
    settings.unproven = options.word("unproven").and_then(Severity::parse);
    settings.weakened = options.word("weakened").and_then(Severity::parse).unwrap_or(settings.weakened);
    settings.baseline = options.get("baseline").and_then(tree_path);
    for (key, span, _) in value.table()? {
        settings.places.insert(key.to_string(), value.written.origin.place(span));
    }
    for (reason, span, value) in options.get("unjudged").and_then(Value::table).unwrap_or_default() {
        let severity = value.word(&["error", "note"]).and_then(Severity::parse);
        match (Reason::parse(reason), severity) {
            (Some(reason), Some(severity)) => {
                settings.unjudged.insert(reason, severity);
            }
            (None, _) => {
                let known = Reason::ALL.map(Reason::as_str);
                value.written.complain_unknown(span, "reason", reason, known);
            }
            (Some(_), None) => {}
        }
    }
    Some(settings)
}
