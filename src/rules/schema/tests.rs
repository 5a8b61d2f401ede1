//! The rule, driven as the engine drives it: asks are answered until there are none, then each instance is judged.

use std::cell::RefCell;

use super::*;
use crate::facts::{Store, compile_set};
use crate::options::{Origin, Written};
use crate::rules::Documents;
use crate::tree::{Index, MemoryTree};

/// Findings and unjudged places as lines: `code path:line:column message <- related path:line`.
fn run(policy: &str, files: &[(&str, &str)]) -> Vec<String> {
    let document = formats::parse(DataFormat::Yaml, policy.as_bytes()).unwrap();
    let written = Written::new(Origin::new("ssot.yaml".into(), policy.into(), None), document);
    let store = RefCell::new(Store::default());
    let binder = Binder::new(&written, &store, crate::facts::registry(), Vec::new());
    let options = Options::read(written.value(written.document.roots[0]), "`schema`", KIND.fields).unwrap();
    let rule = bind(&options, &binder).unwrap();
    assert_eq!(written.take_complaints(), []);

    let index = Index::new(Arc::new(MemoryTree::new(files.iter().map(|(path, text)| (*path, *text)))));
    let selected: Vec<Vec<usize>> = store
        .borrow()
        .selections
        .iter()
        .map(|selection| {
            let globs = compile_set(selection.include.iter().map(String::as_str)).unwrap();
            (0..index.entries().len()).filter(|at| globs.is_match(index.entries()[*at].path.as_str())).collect()
        })
        .collect();
    let read = |path: &RepoPath| files.iter().find(|(name, _)| *name == path.as_str()).map(|(_, text)| text.as_bytes());
    let paths = |selection: SelectionId| selected[selection.0].iter().map(|at| index.entries()[*at].path.clone());

    let mut out = Output::default();
    let mut asked = rule.documents();
    asked.extend(rule.document_selection().into_iter().flat_map(paths));
    for path in rule.pairs().into_iter().flat_map(|pairs| paths(pairs.selection)) {
        let source = Source::new(&path, read(&path).unwrap());
        rule.check_pair(&Pair { head: Some(&source), base: None, now: jiff::Timestamp::UNIX_EPOCH }, &mut out);
    }
    asked.append(&mut out.asks);
    let mut documents = Documents::new();
    while let Some(path) = asked.pop() {
        let bytes = read(&path);
        if documents.insert(path.clone(), bytes.map(|bytes| Arc::new(bytes.to_vec()))).is_none() {
            asked.extend(bytes.into_iter().flat_map(|bytes| rule.follow(&path, &Source::new(&path, bytes))));
        }
    }

    let context = Context {
        head: &index,
        base: None,
        renames: &[],
        changes: &[],
        rule: &written.origin.place(Span::new(0, 1)),
        now: jiff::Timestamp::UNIX_EPOCH,
        facts: &[],
        elements: &[],
        unknown: &[],
        selected: &selected,
        selected_base: &[],
        peers: &Default::default(),
        selected_peers: &Default::default(),
        documents: &documents,
    };
    let (selection, check) = rule.second(&context, &mut out).unwrap();
    for path in paths(selection) {
        check.check(&Source::new(&path, read(&path).unwrap()), &mut out);
    }
    check.finish(&context, &mut out);
    lines(&out)
}

fn lines(out: &Output) -> Vec<String> {
    let shown = |place: &Place| match place.range {
        Some(range) => format!("{}:{}:{}", place.path, range.start.line, range.start.column),
        None => place.path.to_string(),
    };
    let mut drafts: Vec<_> = out.drafts.iter().collect();
    drafts.sort_by_key(|draft| draft.place.clone());
    let drafts = drafts.into_iter().map(|draft| {
        let related = draft.related.iter().map(|related| format!(" <- {}", shown(&related.place))).collect::<String>();
        format!("{} {} {}{related}", draft.code, shown(&draft.place), draft.message)
    });
    let stuck =
        out.stuck.iter().map(|stuck| format!("unjudged {} {} {}", stuck.reason.as_str(), shown(&stuck.place), stuck.message));
    drafts.chain(stuck).collect()
}

/// The rule with one schema file `s.json` and one instance `i.json`.
fn one(schema: &str, instance: &str) -> Vec<String> {
    run("files: i.json\nschema: s.json", &[("s.json", schema), ("i.json", instance)])
}

const SERVICE: &str = r#"{
  "type": "object",
  "required": ["name", "id"],
  "properties": {
    "name": {"type": "string"},
    "port": {
      "type": "integer",
      "maximum": 65535
    },
    "tags": {"items": {"type": "string"}}
  },
  "additionalProperties": false
}"#;

#[test]
fn each_violation_stands_at_its_value_or_key_and_shows_the_keyword() {
    let instance =
        "{\n  \"name\": \"api\", \"id\": 1,\n  \"port\": \"8080\",\n  \"tags\": [\"a\", 7],\n  \"x/y\": 1, \"z\": 2\n}";
    let schema = SERVICE.replace("\"name\": {", "\"id\": {}, \"name\": {");
    assert_eq!(
        one(&schema, instance),
        [
            "invalid i.json:3:11 `\"8080\"` is not of type integer <- s.json:7:7",
            "invalid i.json:4:17 `7` is not of type string <- s.json:10:24",
            "invalid i.json:5:3 `x/y` is not allowed here <- s.json:12:3",
            "invalid i.json:5:13 `z` is not allowed here <- s.json:12:3",
        ]
    );
}

#[test]
fn missing_members_are_one_finding_at_the_object() {
    assert_eq!(one(SERVICE, "{\"port\": 1}"), ["invalid i.json:1:1 `name` and `id` are missing <- s.json:3:3"]);
    assert_eq!(one(SERVICE, "{\"name\": \"a\", \"id\": 1}"), ["invalid i.json:1:15 `id` is not allowed here <- s.json:12:3"]);
}

#[test]
fn alternatives_are_one_finding_that_names_the_nearest() {
    let schema = r#"{"properties": {"a": {"oneOf": [{"type": "integer"}, {"required": ["k"]}]}}}"#;
    assert_eq!(one(schema, "{\"a\": {}}"), ["invalid i.json:1:7 the object fits none of the alternatives <- s.json:1:23"]);
}

#[test]
fn an_inline_schema_stands_in_the_policy_and_judges_every_format() {
    let policy = "files: [a.yaml, b.toml, c.yaml]\nschema:\n  properties:\n    timeout:\n      type: integer\n    \
                  on: {type: boolean}\n    since: {type: string}\n";
    let files = [
        ("a.yaml", "# c\ntimeout: 30s\non: yes\nsince: 2026-01-31\n---\ntimeout:\n"),
        ("b.toml", "timeout = 1.5\nsince = 2026-01-31"),
        ("c.yaml", ""),
    ];
    assert_eq!(
        run(policy, &files),
        [
            "invalid a.yaml:2:10 `\"30s\"` is not of type integer <- ssot.yaml:5:7",
            "invalid a.yaml:3:5 `\"yes\"` is not of type boolean <- ssot.yaml:6:10",
            "invalid a.yaml:6:1 `null` is not of type integer <- ssot.yaml:5:7",
            "invalid b.toml:1:11 `1.5` is not of type integer <- ssot.yaml:5:7",
        ]
    );
}

#[test]
fn what_does_not_parse_is_a_finding_and_the_others_are_judged() {
    let files = [("s.json", SERVICE), ("c/a.json", "{\n  \"name\": 1"), ("c/b.json", "[]"), ("c/d.bin", "")];
    let found = run("files: c/*\nschema: s.json", &files);
    assert!(found[0].starts_with("unparsable c/a.json:"), "{found:?}");
    assert_eq!(
        found[1..],
        [
            "invalid c/b.json:1:1 the array is not of type object <- s.json:2:3",
            "unparsable c/d.bin the name of `d.bin` tells no data format"
        ]
    );
}

#[test]
fn a_bad_schema_is_told_once_and_its_instances_are_unjudged() {
    for (schema, expected) in [
        (r#"{"type": "object", "properties": {"port": {"type": "int"}}}"#, "s.json:1:52 `\"int\"` fits none of the alternatives"),
        (r#"{"properties": {"a": {"pattern": "("}}}"#, "s.json:1:34 `\"(\"` is no `regex`"),
        (r##"{"$ref": "#/$defs/x"}"##, "s.json:1:10 `#/$defs/x` leads nowhere"),
        (r##"{"$ref": "#x"}"##, "s.json:1:10 `#x` leads nowhere"),
        (r#"{"$ref": "t.json"}"#, "s.json:1:10 `t.json` does not exist"),
        (r#"{"$ref": "u.json"}"#, "u.json:1:1 unterminated object"),
        (r#"{"items": {"$ref": "v.json#/$defs/x"}}"#, "v.json:2:15 `\"1\"` is not of type number"),
        ("[]", "s.json:1:1 the array is not of type"),
        ("{", "s.json:1:"),
    ] {
        let files = [
            ("s.json", schema),
            ("u.json", "{"),
            ("v.json", "{\"$defs\": {\"x\":\n  {\"minimum\": \"1\"}}}"),
            ("i/a.json", "1"),
            ("i/b.json", "1"),
        ];
        let found = run("files: i/*\nschema: s.json", &files);
        assert!(found[0].starts_with(&format!("bad-schema {expected}")), "{schema} {found:?}");
        assert_eq!(
            found[1..],
            ["unjudged bad-schema i/a.json its schema is not valid", "unjudged bad-schema i/b.json its schema is not valid"]
        );
    }
    let found = run("files: i.json\nschema: s.json", &[("i.json", "1")]);
    assert_eq!(
        found,
        ["bad-schema ssot.yaml:1:1 the schema `s.json` does not exist", "unjudged bad-schema i.json its schema is not valid"]
    );
}

#[test]
fn references_are_followed_by_path_then_by_id_and_never_fetched() {
    let net = "{\n\"$id\": \"https://example.com/net.json\", \"$defs\": {\"port\": {\n\"minimum\": 1}}}";
    for (schema, expected) in [
        (r##"{"$ref": "d/net.json#/$defs/port"}"##, "invalid i.json:1:1 `0` is less than `1` <- d/net.json:3:1"),
        (
            r##"{"$id": "https://example.com/s.json", "$ref": "d/net.json#/$defs/port"}"##,
            "invalid i.json:1:1 `0` is less than `1` <- d/net.json:3:1",
        ),
        (
            r##"{"$ref": "https://example.com/net.json#/$defs/port"}"##,
            "invalid i.json:1:1 `0` is less than `1` <- d/net.json:3:1",
        ),
        (
            r##"{"$id": "https://example.com/s.json", "$ref": "net.json#/$defs/port"}"##,
            "invalid i.json:1:1 `0` is less than `1` <- d/net.json:3:1",
        ),
        (
            r##"{"$ref": "https://example.com/other.json"}"##,
            "unjudged remote-ref i.json its schema needs `https://example.com/other.json`, which is not in the tree",
        ),
        (
            r##"{"$schema": "https://example.com/meta.json"}"##,
            "unjudged remote-ref i.json its schema needs `https://example.com/meta.json`, which is not in the tree",
        ),
        (
            r##"{"$schema": "https://example.com/net.json", "minimum": 1}"##,
            "invalid i.json:1:1 `0` is less than `1` <- s.json:1:45",
        ),
        (r##"{"$schema": "d/meta.json", "minimum": 1}"##, "invalid i.json:1:1 `0` is less than `1` <- s.json:1:28"),
        (r##"{"$ref": "d/chain.json"}"##, "invalid i.json:1:1 `0` is less than `1` <- d/net.json:3:1"),
        (
            r##"{"$ref": "#/$defs/a b", "$defs": {"a b": {"minimum": 1}}}"##,
            "invalid i.json:1:1 `0` is less than `1` <- s.json:1:43",
        ),
        (
            r##"{"$defs": {"e": {"$id": "https://example.com/e/x.json", "$ref": "net.json"}}, "$ref": "https://example.com/e/x.json#/$defs/port"}"##,
            "unjudged remote-ref i.json its schema needs `https://example.com/e/net.json`, which is not in the tree",
        ),
        (
            r##"{"$schema": "http://json-schema.org/draft-04/schema#", "id": "http://x.org/s.json", "minimum": 0, "exclusiveMinimum": true}"##,
            "invalid i.json:1:1 `0` is not more than `0` <- s.json:1:85",
        ),
        (r##"{"const": {"$ref": "absent.json"}}"##, "invalid i.json:1:1 `0` is not `{\"$ref\":\"absent.json\"}` <- s.json:1:2"),
    ] {
        let files = [
            ("s.json", schema),
            ("d/net.json", net),
            ("d/chain.json", r##"{"$ref": "../d/net.json#/$defs/port"}"##),
            ("d/meta.json", r#"{"$schema": "https://json-schema.org/draft/2020-12/schema"}"#),
            ("i.json", "0"),
        ];
        let found = run("files: i.json\nschema: s.json\nrefs: d/*", &files);
        assert!(found[0].starts_with(expected), "{schema} {found:?}");
    }
}

#[test]
fn each_file_may_name_its_own_schema() {
    let app = r#"{"$id": "https://example.com/app.json", "properties": {"n": {"type": "integer"}}}"#;
    let files = [
        ("s/app.json", app),
        ("i/a.json", "{\"$schema\": \"../s/app.json\", \"n\": \"x\"}"),
        ("i/b.yaml", "# yaml-language-server: $schema=../s/app.json\nn: two"),
        ("i/c.yaml", "n: two"),
        ("i/d.json", "{\"$schema\": \"https://example.com/app.json\", \"n\": 1.5}"),
        ("i/e.json", "{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\"}"),
        ("i/f.json", "{\"$schema\": \"gone.json\"}"),
    ];
    assert_eq!(
        run("files: i/*\nschema: self\nrefs: s/*", &files),
        [
            "invalid i/a.json:1:35 `\"x\"` is not of type integer <- s/app.json:1:62",
            "invalid i/b.yaml:2:4 `\"two\"` is not of type integer <- s/app.json:1:62",
            "invalid i/d.json:1:50 `1.5` is not of type integer <- s/app.json:1:62",
            "bad-schema ssot.yaml:1:1 the schema `i/gone.json` does not exist",
            "unjudged no-schema i/c.yaml it names no schema",
            "unjudged no-schema i/e.json its schema `https://json-schema.org/draft/2020-12/schema` is not in the tree",
            "unjudged bad-schema i/f.json its schema is not valid",
        ]
    );
}

#[test]
fn formats_hold_only_where_they_are_asserted() {
    for draft in ["http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2020-12/schema"] {
        let schema = format!(r#"{{"$schema": "{draft}", "format": "date"}}"#);
        let files = [("s.json", schema.as_str()), ("i.json", "\"x\"")];
        assert_eq!(run("files: i.json\nschema: s.json\nformat: annotate", &files), Vec::<String>::new());
        assert!(run("files: i.json\nschema: s.json\nformat: assert", &files)[0].contains("`\"x\"` is no `date`"));
    }
}

#[test]
fn decimals_are_exact() {
    let schema = r#"{"properties": {"a": {"multipleOf": 0.01}, "b": {"type": "integer"}, "c": {"maximum": 9007199254740993}}}"#;
    assert_eq!(one(schema, r#"{"a": 19.99, "b": 1.0, "c": 9007199254740993}"#), Vec::<String>::new());
    assert_eq!(one(schema, r#"{"a": 19.991, "b": 1.5, "c": 9007199254740994}"#).len(), 3);
    assert_eq!(one(schema, r#"{"a": 1e400}"#), Vec::<String>::new());
}

#[test]
fn a_recursive_schema_is_fine() {
    let schema = r##"{"type": "object", "additionalProperties": {"$ref": "#"}}"##;
    let instance = format!("{}1{}", "{\"a\": ".repeat(100), "}".repeat(100));
    assert_eq!(one(schema, &instance), ["invalid i.json:1:601 `1` is not of type object <- s.json:1:2"]);
}

#[test]
fn many_errors_take_linear_time() {
    let members: Vec<String> = (0..50_000).map(|n| format!("\"k{n}\": {n}")).collect();
    let started = std::time::Instant::now();
    let found = one(r#"{"additionalProperties": {"type": "string"}}"#, &format!("{{{}}}", members.join(", ")));
    assert_eq!(found.len(), 50_000);
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}

/// On a worker's stack of 2 MB.
#[test]
fn hostile_schemas_end_soon_and_without_a_crash() {
    let chain = |count: usize, link: &dyn Fn(usize) -> String| {
        let links: Vec<String> = (0..count).map(|n| format!("\"d{n}\": {}", link(n + 1))).collect();
        format!("{{\"$ref\": \"#/$defs/d0\", \"$defs\": {{{}, \"d{count}\": {{\"type\": \"string\"}}}}}}", links.join(", "))
    };
    let plain = |n: usize| format!("{{\"$ref\": \"#/$defs/d{n}\"}}");
    let twice = |n: usize| format!("{{\"allOf\": [{{\"$ref\": \"#/$defs/d{n}\"}}, {{\"$ref\": \"#/$defs/d{n}\"}}]}}");
    let inside = |n: usize| format!("{{\"properties\": {{\"a\": {{\"$ref\": \"#/$defs/d{n}\"}}}}}}");
    let nested = |open: &str, close: &str, count: usize| format!("{}1{}", open.repeat(count), close.repeat(count));
    let deep = nested("{\"a\": ", "}", 120);
    let shallow = nested("{\"a\": ", "}", 50);
    let again = r##"{"properties": {"a": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}}, "not": {"type": "number"}}"##;
    let either = r##"{"additionalProperties": {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}, "not": {"type": "number"}}"##;
    let wide = chain(250, &plain)
        .replacen("\"$ref\"", "\"additionalProperties\": {\"$ref\": \"#\"}, \"$ref\"", 1)
        .replace("\"string\"", "\"object\"");
    let cases = vec![
        (chain(5_000, &plain), "1".to_string(), "bad-schema s.json:1:10 `#/$defs/d0` starts a chain of too many references"),
        (chain(60, &twice), "1".into(), "bad-schema s.json:1:10 `#/$defs/d0` stands for too many schemas at once"),
        (chain(5_000, &inside), deep.clone(), ""),
        (r##"{"$ref": "#"}"##.into(), "1".into(), "bad-schema s.json:1:10 `#` leads back to itself"),
        (
            r##"{"$ref": "#/$defs/a", "$defs": {"a": {"not": {"$ref": "#/$defs/b"}}, "b": {"$ref": "#/$defs/a"}}}"##.into(),
            "1".into(),
            "bad-schema s.json:1:10 `#/$defs/a` leads back to itself",
        ),
        (again.into(), shallow.clone(), "unjudged bad-schema i.json it takes too much to judge it by its schema"),
        (either.into(), shallow.clone(), "unjudged bad-schema i.json it takes too much to judge it by its schema"),
        (wide, deep.clone(), "invalid i.json:1:721 `1` is not of type object"),
        (nested("{\"not\": ", "}", 120).replace('1', "{}"), deep.clone(), ""),
        (nested("{\"properties\": {\"a\": ", "}}", 60).replace('1', "false"), deep.clone(), "invalid i.json"),
        (r#"{"pattern": "^(a|a)*$"}"#.into(), format!("\"{}b\"", "a".repeat(50_000)), "invalid i.json"),
        (r#"{"pattern": "^(?=(a|a)*$)b"}"#.into(), format!("\"{}b\"", "a".repeat(50_000)), ""),
    ];
    let long = format!("{{\"{}\": [{}1]}}", "k".repeat(1 << 20), "1,".repeat(2_000));
    let cases = cases.into_iter().chain([
        ("{}".to_string(), long.clone(), "unjudged bad-schema i.json it takes too much"),
        (long, "1".to_string(), "bad-schema s.json:1:1 its keys are too long for a schema"),
    ]);
    let work = move || {
        for (schema, instance, expected) in cases {
            let started = std::time::Instant::now();
            let found = one(&schema, &instance);
            let first = found.first().map(String::as_str).unwrap_or_default();
            let start: String = schema.chars().take(60).collect();
            assert!(first.starts_with(expected), "{start} {found:?}");
            assert!(started.elapsed().as_secs() < 20, "{start} {:?}", started.elapsed());
        }
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(work).unwrap().join().unwrap();
}
