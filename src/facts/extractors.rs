//! The one list of extractors.

use std::sync::{Arc, OnceLock};

use super::bind::{Binder, ExtractorKind, Files, Registry};
use super::select::{Selection, compile, extensions, normal};
use super::spec::GitFact;
use super::spec::{Captures, Reader};
use super::{Documents, calls, code, codeowners, constants, data, env_file, env_reads, path_refs, paths, text};
use crate::formats::code::Language;
use crate::formats::codeowners::PLACES;
use crate::formats::{DataFormat, JsonPath, Kind};
use crate::options::{Field, Options, Shape, Value, regex_fault};
use crate::text::RepoPath;

/// All extractors, in the order of the documentation.
pub static EXTRACTORS: &[ExtractorKind] = &[
    ExtractorKind {
        name: "path",
        about: "One element per file whose path the regex matches. Value: the group `value`, else the path. Captures: the named groups, and `name`, `stem`, `dir`, `kind` (`file`, `link`, `submodule`), `hash`.",
        shape: Shape::Regex,
        files: Files::Default,
        skips_policy: false,
        code: false,
        bind: |option, _, _| {
            let fact = paths::PathFact { regex: option.regex()? };
            let captures = fact.captures();
            Some((Reader::Path(fact), captures))
        },
    },
    ExtractorKind {
        name: "dirs",
        about: "One element per directory that the glob matches and that has a file below it. Value: the directory. Captures: `name`, `parent`.",
        shape: Shape::Many(&Shape::Glob),
        files: Files::Itself,
        skips_policy: false,
        code: false,
        bind: |_, _, _| Some((Reader::Directories, Captures::known(["name", "parent"]))),
    },
    ExtractorKind {
        name: "text",
        about: "One element per match of the regex in a file's text; `^` and `$` match at lines. Value: the group `value`, else the match. Captures: the named groups.",
        shape: Shape::Regex,
        files: Files::Default,
        skips_policy: true,
        code: false,
        bind: |option, _, _| {
            option.regex()?;
            let regex = text::Text::new(option.scalar()?);
            let extractor = regex.map_err(|error| option.complain(format!("invalid regex: {}", regex_fault(&error)))).ok()?;
            let captures = extractor.captures();
            Some((Reader::Content(Arc::new(extractor)), captures))
        },
    },
    ExtractorKind {
        name: "data",
        about: "One element per node that the JSONPath selects in a JSON, JSONC, YAML, TOML or HCL file (`.tf`, `.tfvars`: blocks stand below their type and labels), in a Dockerfile (its images: `$.from[*].image`, `$.copy[*].image`), or in a Markdown file's front matter. Value: a scalar's text, else compact JSON; with `take: key` the member's name. Captures: `type`, `pointer`.",
        shape: Shape::Either(&[Shape::JsonPath, Shape::Map(DATA_FIELDS)]),
        files: Files::Required,
        skips_policy: false,
        code: false,
        bind: bind_data,
    },
    ExtractorKind {
        name: "env-file",
        about: "One element per assignment of a dotenv file. Value: the key. Captures: `text` (the value, never shown), `export`.",
        shape: Shape::Nothing,
        files: Files::Required,
        skips_policy: false,
        code: false,
        bind: |option, _, _| {
            nothing(option)?;
            Some((Reader::Content(Arc::new(env_file::EnvFile)), Captures::known(env_file::ENV_FILE_CAPTURES)))
        },
    },
    ExtractorKind {
        name: "const",
        about: "One element per literal that is bound to the name at module, class or enum level: items of a list, keys of a map, members of an enum, or the one scalar. Capture: `key`.",
        shape: Shape::Text,
        files: Files::Required,
        skips_policy: false,
        code: true,
        bind: |option, _, _| {
            let extractor = constants::Constant::new(option.text()?);
            let captures = Captures::known(extractor.captures());
            Some((Reader::Content(Arc::new(extractor)), captures))
        },
    },
    ExtractorKind {
        name: "code",
        about: "One element per node that an ast-grep pattern matches. Value: its text, strings unquoted; with `take: X` that of the metavariable. Captures: every metavariable.",
        shape: Shape::Map(CODE_FIELDS),
        files: Files::Default,
        skips_policy: false,
        code: true,
        bind: bind_code,
    },
    ExtractorKind {
        name: "calls",
        about: "One element per call of the function, by its module path, seen through imports. Value: the name as written here. Captures: `arg0`, … (literals).",
        shape: Shape::Many(&Shape::Text),
        files: Files::Default,
        skips_policy: false,
        code: true,
        bind: |option, _, _| {
            let names: Vec<String> =
                option.one_or_many().into_iter().filter_map(|name| name.text().map(str::to_string)).collect();
            if names.is_empty() {
                option.complain("`calls` needs the name of a function");
                return None;
            }
            let extractor = calls::Calls::new(names);
            let captures = Captures::known(extractor.captures());
            Some((Reader::Content(Arc::new(extractor)), captures))
        },
    },
    ExtractorKind {
        name: "env-reads",
        about: "One element per read of an environment variable in code, at its key. Value: the key. Captures: `required` (`yes`, `no`, `maybe`), `default`, `idiom`.",
        shape: Shape::Nothing,
        files: Files::Default,
        skips_policy: false,
        code: true,
        bind: |option, _, _| {
            nothing(option)?;
            let extractor = env_reads::EnvReads::new();
            let captures = Captures::known(extractor.captures());
            Some((Reader::Content(Arc::new(extractor)), captures))
        },
    },
    ExtractorKind {
        name: "path-refs",
        about: "One element per path in code that may denote a file that the glob matches, existing or not. Value: that path. Captures: `tail`, `use` (`read`, `write`, `unknown`).",
        shape: Shape::Glob,
        files: Files::Default,
        skips_policy: false,
        code: true,
        bind: |option, _, _| {
            let glob = option.text()?;
            match compile(glob).map(|_| path_refs::PathGlob::new(&normal(glob))) {
                Ok(Ok(glob)) => Some((Reader::PathRefs(glob), Captures::known(["tail", "use"]))),
                Ok(Err(error)) => {
                    option.complain(format!("invalid glob `{glob}`: {}", error.kind()));
                    None
                }
                Err(fault) => {
                    option.complain(fault);
                    None
                }
            }
        },
    },
    ExtractorKind {
        name: "markdown",
        about: "One element per thing of that kind in a Markdown document. `links`: target of a relative link, without fragment (captures: `fragment`, `text`). `headings`: GitHub's anchor (captures: `text`, `level`). `code-paths`: path in a code span. `tree`: path in a directory tree that is drawn in a code block. `{table: COLUMN, heading}`: body cell of that column (captures: the row's other columns). `{code-lines: {lang, heading}}`: line of a fenced block.",
        shape: Shape::Either(&[Shape::Word(&Documents::WORDS), Shape::Map(MARKDOWN_FIELDS)]),
        files: Files::Default,
        skips_policy: false,
        code: false,
        bind: bind_markdown,
    },
    ExtractorKind {
        name: "codeowners",
        about: "One element per rule line of CODEOWNERS, at the first of GitHub's three places that has one, or in `files`. Value: the pattern. Capture: `owners`, joined by blanks.",
        shape: Shape::Nothing,
        files: Files::FirstOf(&PLACES),
        skips_policy: false,
        code: false,
        bind: |option, _, _| {
            nothing(option)?;
            Some((Reader::Content(Arc::new(codeowners::CodeOwners)), Captures::known(codeowners::CODEOWNERS_CAPTURES)))
        },
    },
    ExtractorKind {
        name: "git",
        about: "What git says of head: its `branch`; all `tags`, in the order in which they were made; the `head-tags` at its commit; the `commits` between base and head. Value: the name, or a commit's subject. Captures: `sha`, `author`, `body`.",
        shape: Shape::Word(&GitFact::WORDS),
        files: Files::None,
        skips_policy: false,
        code: false,
        bind: |option, _, _| {
            let what = GitFact::parse(option.word(&GitFact::WORDS)?)?;
            Some((Reader::Git(what, option.place()), Captures::known(["sha", "author", "body"])))
        },
    },
    ExtractorKind {
        name: "words",
        about: "One element per whole-word occurrence of a value of another fact. Value: that value.",
        shape: Shape::Map(WORDS_FIELDS),
        files: Files::Default,
        skips_policy: true,
        code: false,
        bind: |option, binder, _| {
            let options = Options::read(option, "`words`", WORDS_FIELDS)?;
            Some((Reader::Words(binder.facts(options.get("of")?)?), Captures::known::<&str>([])))
        },
    },
    ExtractorKind {
        name: "values",
        about: "One element per item of the list, which stands in the policy itself.",
        shape: Shape::List(&Shape::Scalar),
        files: Files::None,
        skips_policy: false,
        code: false,
        bind: |option, _, _| {
            let items = option.list()?;
            let values = items.into_iter().filter_map(|item| Some((item.scalar()?.to_string(), item.place())));
            Some((Reader::Values(values.collect()), Captures::known::<&str>([])))
        },
    },
];

const DATA_FIELDS: &[Field] = &[
    Field::required("at", Shape::JsonPath, "Which nodes."),
    Field::new("take", Shape::Word(&["key"]), "`key`: the member's name instead of its value."),
    Field::new("format", Shape::Word(&DataFormat::WORDS), "The format, where the file's name does not tell it."),
];
const CODE_FIELDS: &[Field] = &[
    Field::new("pattern", Shape::Text, "An ast-grep pattern."),
    Field::new("any", Shape::List(&Shape::Text), "Several patterns, of which any may match."),
    Field::new("rule", Shape::Map(code::RULE_FIELDS), "A full ast-grep rule object."),
    Field::new("utils", Shape::Table(&Shape::Any), "Rules that `matches` in the rule object names."),
    Field::new("language", Shape::Text, "The language, where the file's name does not tell it."),
    Field::new("within", Shape::Text, "A pattern that some enclosing node matches."),
    Field::new("take", Shape::Text, "The metavariable whose node is the element."),
];
const MARKDOWN_FIELDS: &[Field] = &[
    Field::new("table", Shape::Text, "The column of which each body cell is an element, by its header."),
    Field::new("code-lines", Shape::Map(CODE_LINES_FIELDS), "The fenced blocks of which each line is an element."),
    Field::new("heading", Shape::Text, "The text of the heading that the tables stand below. Default: any."),
];
const CODE_LINES_FIELDS: &[Field] = &[
    Field::new("lang", Shape::Text, "The language behind the fence. Default: any."),
    Field::new("heading", Shape::Text, "The text of the heading that the blocks stand below. Default: any."),
];
const WORDS_FIELDS: &[Field] = &[Field::required("of", Shape::Fact, "The fact whose values are looked for.")];

/// The registry of the built-in extractors.
pub fn registry() -> &'static Registry {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        let fields = EXTRACTORS.iter().map(|kind| Field::new(kind.name, kind.shape, kind.about)).collect();
        Registry { kinds: EXTRACTORS.iter().collect(), fields }
    })
}

/// The keys of all extractors as fields of a fact.
pub fn fields() -> &'static [Field] {
    &registry().fields
}

fn nothing(option: Value<'_>) -> Option<()> {
    match option.kind() {
        Kind::Object(members) if members.is_empty() => Some(()),
        _ => {
            option.complain("this extractor has no options: write `{}`");
            None
        }
    }
}

fn bind_data<'w>(option: Value<'w>, _: &Binder<'w>, _: Option<&Selection>) -> Option<(Reader, Captures)> {
    let (at, take_key, format) = match option.as_text() {
        Some(_) => (option, false, None),
        None => {
            let options = Options::read(option, "`data`", DATA_FIELDS)?;
            let format = options.word("format").and_then(DataFormat::parse);
            (options.get("at")?, options.word("take").is_some(), format)
        }
    };
    let at = json_path(at)?;
    let data = data::Data { at, take_key, format };
    Some((Reader::Content(Arc::new(data)), Captures::known(data::DATA_CAPTURES)))
}

fn bind_markdown<'w>(option: Value<'w>, _: &Binder<'w>, _: Option<&Selection>) -> Option<(Reader, Captures)> {
    let documents = match option.as_text() {
        Some(_) => Documents::parse(option.word(&Documents::WORDS)?)?,
        None => {
            let options = Options::read(option, "`markdown`", MARKDOWN_FIELDS)?;
            let heading = |options: &Options<'_>| options.text("heading").map(str::to_string);
            match (options.get("table"), options.get("code-lines")) {
                (Some(column), None) => Documents::Table { column: column.text()?.to_string(), heading: heading(&options) },
                (None, Some(lines)) if options.get("heading").is_none() => {
                    let inner = Options::read(lines, "`code-lines`", CODE_LINES_FIELDS)?;
                    Documents::CodeLines { language: inner.text("lang").map(str::to_string), heading: heading(&inner) }
                }
                _ => {
                    option.complain("`markdown` takes either `table`, perhaps with `heading`, or `code-lines`");
                    return None;
                }
            }
        }
    };
    let captures = documents.captures();
    Some((Reader::Content(Arc::new(documents)), captures))
}

/// Reads a JSONPath; complains about an invalid one.
pub fn json_path(value: Value<'_>) -> Option<JsonPath> {
    let text = value.text()?;
    match JsonPath::parse(text) {
        Ok(path) => Some(path),
        Err(error) => {
            value.complain(format!("invalid JSONPath: {}", error.message));
            None
        }
    }
}

fn bind_code<'w>(option: Value<'w>, _: &Binder<'w>, selection: Option<&Selection>) -> Option<(Reader, Captures)> {
    let options = Options::read(option, "`code`", CODE_FIELDS)?;
    let rule = match (options.get("rule"), options.get("utils")) {
        (Some(rule), utils) => Some(code::WrittenRules::read(rule, utils)?),
        (None, Some(utils)) => {
            utils.complain("`utils` are for a `rule`");
            return None;
        }
        (None, None) => None,
    };
    let patterns: Vec<Value<'_>> = match (options.get("pattern"), options.get("any"), &rule) {
        (Some(pattern), None, None) => vec![pattern],
        (None, Some(any), None) => any.list()?,
        (None, None, Some(_)) => Vec::new(),
        _ => {
            option.complain("`code` takes one of `pattern`, `any` and `rule`");
            return None;
        }
    };
    let language = match options.get("language") {
        None => None,
        Some(value) => {
            let word = value.text()?;
            let language = Language::parse(word);
            if language.is_none() {
                value.written.complain_unknown(value.span(), "language", word, Language::words());
                return None;
            }
            language
        }
    };
    let texts: Option<Vec<String>> = patterns.iter().map(|pattern| pattern.text().map(str::to_string)).collect();
    let code = code::CodePattern::new(code::CodeOptions {
        any: texts?,
        rule,
        language,
        within: options.text("within").map(str::to_string),
        take: options.text("take").map(str::to_string),
        languages: selectable(selection),
    });
    match code {
        Ok(code) => {
            let captures = Captures::known(code.captures());
            Some((Reader::Content(Arc::new(code)), captures))
        }
        Err(error) => {
            let culprit = patterns.iter().find(|pattern| pattern.as_text() == Some(error.pattern.as_str()));
            let rules = [options.get("rule"), options.get("utils")];
            let written = rules.into_iter().flatten().find_map(|rule| code::culprit(rule, &error.pattern));
            culprit.copied().or(written).unwrap_or(option).complain(error.message);
            None
        }
    }
}

/// The languages of which `selection` can select files.
fn selectable(selection: Option<&Selection>) -> Vec<Language> {
    let globs = selection.map(|selection| selection.include.as_slice()).unwrap_or_default();
    let named: Option<Vec<Vec<String>>> = globs.iter().map(|glob| extensions(glob)).collect();
    let languages: Vec<Language> = named
        .unwrap_or_default()
        .into_iter()
        .flatten()
        .filter_map(|extension| Language::of(&RepoPath::new(format!("x.{extension}"))))
        .collect();
    match languages.is_empty() {
        true => Language::ALL.to_vec(),
        false => languages,
    }
}
