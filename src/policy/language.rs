//! The keys of a policy file, and the JSON Schema that is made of them.

use serde_json::{Map, Value, json};

use crate::facts::{FACT_FIELDS, extractor_fields};
use crate::finding::Severity;
use crate::options::{self, Field, Shape};
use crate::rules::KINDS;

pub const TOP_FIELDS: &[Field] = &[
    Field::required("version", Shape::Integer, "The version of the policy language: 1."),
    Field::new("about", Shape::Text, "What this policy holds true."),
    Field::new("name", Shape::Text, "The name that the rules carry where another policy uses this one."),
    Field::new("inputs", Shape::Table(&Shape::Map(INPUT_FIELDS)), "What the user of this pack can set: `${inputs.NAME}`."),
    Field::new(
        "use",
        Shape::List(&Shape::Either(&[Shape::Text, Shape::Map(USE_FIELDS)])),
        "Packs and other policy files, in order.",
    ),
    Field::new("exclude", Shape::Many(&Shape::Glob), "Files that are hidden from every fact and rule."),
    Field::new(
        "peers",
        Shape::Table(&Shape::Map(PEER_FIELDS)),
        "Other repositories and directories, by a name for each: `tree: NAME` reads files of theirs.",
    ),
    Field::new("facts", Shape::Table(&Shape::Fact), "Named facts."),
    Field::new("rules", Shape::List(&Shape::Rule), "The rules."),
    Field::new("allow", Shape::List(&Shape::Map(ALLOW_FIELDS)), "Accepted exceptions."),
    Field::new("settings", Shape::Map(SETTING_FIELDS), "How the policy is judged by."),
];

pub const PEER_FIELDS: &[Field] = &[
    Field::required("path", Shape::Text, "Its directory, from the top of the tree: `../app`."),
    Field::new("ref", Shape::Text, "The revision that is read. Default: what is on disk; of a bare repository, its HEAD."),
];

pub const INPUT_FIELDS: &[Field] = &[
    Field::new(
        "type",
        Shape::Word(&["string", "number", "boolean", "list"]),
        "What it takes. Default: what its default is, else `string`.",
    ),
    Field::new("default", Shape::Any, "What it is where nothing is given; without one it has to be given."),
    Field::new("about", Shape::Text, "What it is for."),
];

pub const USE_FIELDS: &[Field] = &[
    Field::required("pack", Shape::Text, "A built-in pack (`ssot:NAME`), or a glob of files of this tree."),
    Field::new("as", Shape::Text, "The name that its rules carry. Default: the pack's own."),
    Field::new("with", Shape::Table(&Shape::Any), "Its inputs."),
    Field::new("rules", Shape::Table(SEVERITY), "Severities of its rules (`ID`), or of one code of a rule (`ID/CODE`)."),
];

const SEVERITY: &Shape = &Shape::Word(&SEVERITIES);
pub const SEVERITIES: [&str; 4] = ["error", "warning", "note", "off"];

pub const ALLOW_FIELDS: &[Field] = &[
    Field::required("rule", Shape::Text, "The rule's id."),
    Field::required("path", Shape::Glob, "The files it is about."),
    Field::required("reason", Shape::Text, "Why it is fine."),
    Field::new("code", Shape::Text, "Only this code of the rule."),
    Field::new("value", Shape::Glob, "Only offending values that this glob matches."),
    Field::new("until", Shape::Date, "The last day on which it counts."),
];

pub const SETTING_FIELDS: &[Field] = &[
    Field::new("max-file-bytes", Shape::Integer, "Larger files are not read, and unjudged. Default: 8388608."),
    Field::new(
        "unproven",
        Shape::Word(&Severity::WORDS),
        "Reports each `forbid` of text or code without samples, at this severity.",
    ),
    Field::new(
        "weakened",
        Shape::Word(&Severity::WORDS),
        "What a change weighs that weakens this policy, judged with `--base` or `--merge-into`. Default: `warning`.",
    ),
    Field::new("unjudged", Shape::Table(&Shape::Word(&["error", "note"])), "The severity of unjudged places, by reason."),
    Field::new(
        "baseline",
        Shape::Text,
        "A file of the tree that `ssot check --write-baseline` wrote: what it records is accepted.",
    ),
];

/// Keys of a rule beside its kind.
pub const RULE_FIELDS: &[Field] = &[
    Field::required("id", Shape::Text, "The rule's name: lower-case words joined by `-`."),
    Field::new("severity", Shape::Word(&SEVERITIES), "Default: `error`."),
    Field::new("codes", Shape::Table(SEVERITY), "Severities of single codes."),
    Field::new("why", Shape::Text, "The reason, shown with each finding."),
    Field::new("grandfather", Shape::Word(&["base"]), "`base`: only findings that base does not already have."),
];

/// The JSON Schema of policy files, for editors.
pub fn json_schema() -> Value {
    let Value::Object(mut schema) = options::json_schema(&Shape::Map(TOP_FIELDS)) else { return Value::Null };
    let rule = rule_schema();
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.insert("version".into(), json!({"const": 1, "description": "The version of the policy language."}));
        properties.insert(
            "facts".into(),
            json!({"type": "object", "additionalProperties": {"$ref": "#/$defs/fact"}, "description": "Named facts."}),
        );
    }
    let mut whole = Map::new();
    whole.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    whole.insert("title".into(), "ssot policy".into());
    whole.extend(schema);
    whole.insert(
        "$defs".into(),
        json!({
            "fact": fact_schema(),
            "facts": {"anyOf": [
                {"type": "string", "description": "The name of a fact."},
                {"$ref": "#/$defs/fact"},
                {"type": "array", "minItems": 1, "items": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/fact"}]}},
            ]},
            "rule": rule,
        }),
    );
    Value::Object(whole)
}

fn fact_schema() -> Value {
    let mut schema = options::json_schema(&Shape::Map(FACT_FIELDS));
    let extractors = options::json_schema(&Shape::Map(extractor_fields()));
    join(&mut schema, &extractors);
    schema["oneOf"] = extractor_fields().iter().map(|field| json!({"required": [field.name]})).collect();
    schema
}

fn rule_schema() -> Value {
    let mut schema = options::json_schema(&Shape::Map(RULE_FIELDS));
    for kind in KINDS {
        let mut option = match kind.fields {
            [] => options::json_schema(&Shape::Fact),
            fields => options::json_schema(&Shape::Map(fields)),
        };
        option["description"] = kind.about.into();
        schema["properties"][kind.name] = option;
    }
    schema["oneOf"] = KINDS.iter().map(|kind| json!({"required": [kind.name]})).collect();
    schema
}

fn join(schema: &mut Value, other: &Value) {
    if let (Some(Value::Object(into)), Some(Value::Object(from))) = (schema.get_mut("properties"), other.get("properties")) {
        into.extend(from.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
}
