//! Patterns and rule objects, and what they find.

use super::*;
use crate::facts::parsed::testing::{told, told_with};

fn code(any: &[&str], within: Option<&str>, take: Option<&str>) -> CodePattern {
    let any = any.iter().map(|text| (*text).to_owned()).collect();
    CodePattern::new(CodeOptions {
        any,
        within: within.map(str::to_owned),
        take: take.map(str::to_owned),
        ..CodeOptions::default()
    })
    .unwrap()
}

#[test]
fn calls_are_found_in_the_syntax_and_not_in_text() {
    let text = "\"\"\"asyncio.run(main())\"\"\"\n# asyncio.run(job())\nasyncio.run(\n  job(),\n  debug=True,\n)\n\
         value = loop.run_until_complete(job())\nself.asyncio.run(job())\nrunner = asyncio.run\n\
         asyncio.run_coroutine_threadsafe(job(), loop)\nasyncio.run()\n";
    let told = raw_places(&code(&["asyncio.run($$$)", "$LOOP.run_until_complete($$$)"], None, None), text);
    assert_eq!(told, ["3:1", "7:9", "11:1"]);
}

fn raw_places(extractor: &CodePattern, text: &str) -> Vec<String> {
    told(extractor, "a.py", text).split("@").skip(1).map(|rest| rest.split(',').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_metavariable_may_be_taken() {
    let routes = code(&["router.get($PATH, $$$REST)"], None, Some("PATH"));
    let text = "router.get(\"/health\", (req, res) => 1);\nrouter.get(`/users/:id`, auth);\nrouter.get(\n  '/m',\n  m,\n);";
    assert_eq!(told(&routes, "a.ts", text), "/health@1:12, /users/:id@2:12, /m@4:3");
    let rest = code(&["f($$$ALL)"], None, Some("ALL"));
    assert_eq!(told(&rest, "a.js", "f('a', /* no */ b, c.d)"), "a@1:3, b@1:17, c.d@1:20");
    assert_eq!(told_with(&rest, "a.js", "f('a', b)", &["ALL"]), "a@1:3 ALL='a', b, b@1:8 ALL='a', b");
    let both = code(&["f($A, $B)"], None, None);
    assert_eq!(told_with(&both, "a.py", "f('a', b.c)", &["A", "B"]), "f('a', b.c)@1:1 A=a B=b.c");
}

#[test]
fn within_asks_for_an_enclosing_node() {
    let text = "sleep(1);\nit('x', async () => {\n  if (a) { await sleep(2); }\n});\nsleep(3);";
    assert_eq!(told(&code(&["sleep($$$MS)"], Some("it($$$CASE)"), None), "a.js", text), "sleep(2)@3:18");
    assert_eq!(told(&code(&["f($$$)"], Some("f($$$)"), None), "a.js", "f(f(1))"), "f(1)@1:3");
}

#[test]
fn a_metavariable_named_twice_is_the_same_code() {
    let same = code(&["$A == $A"], None, None);
    assert_eq!(told(&same, "a.py", "a.b == a.b\na == b"), "a.b == a.b@1:1");
    let deep = format!("x == {}", "(".repeat(5000) + "1" + &")".repeat(5000));
    assert_eq!(told(&same, "a.py", &deep), "fault");
}

#[test]
fn patterns_of_ruby_java_kotlin_and_php() {
    for (path, pattern, text, expected) in [
        ("a.rb", "Rails.logger.info($MSG)", "Rails.logger.info('x'); logger.info('y') # Rails.logger.info(1)", "x@1:19"),
        ("a.rb", "ENV.fetch($MSG) { $$$ }", "ENV.fetch('A') { 1 }", "A@1:11"),
        ("A.java", "System.out.println($MSG)", "class A { void f() { System.out.println(\"x\"); } }", "x@1:41"),
        ("A.java", "new File($MSG)", "class A { Object f = new File(\"x\"); }", "x@1:31"),
        ("a.kt", "Log.d($A, $MSG)", "fun f() { Log.d(TAG, \"x\") }", "x@1:22"),
        ("a.php", "Route::get($MSG, $$$)", "<?php Route::get('/x', 'y'); Route::post('/z');", "/x@1:18"),
        ("a.php", "$this->info($MSG)", "<p>$this->info('z')</p><?php $this->info('x'); $that->info('y');", "x@1:42"),
    ] {
        assert_eq!(told(&code(&[pattern], None, Some("MSG")), path, text), expected, "{pattern}");
    }
}

#[test]
fn a_pattern_of_go_is_a_call_as_well_as_a_conversion() {
    let text = "package a\n\nvar x = f.G(1)\n\nfunc a() {\n\tf.G(2)\n\ty := []byte(f.G(z))\n\tf.G(3, 4)\n\tgo f.G(5)\n}\n";
    for (pattern, expected) in [
        ("f.G($A)", "f.G(1)@3:9, f.G(2)@6:2, f.G(z)@7:14, f.G(5)@9:5"),
        ("f.G($$$)", "f.G(1)@3:9, f.G(2)@6:2, f.G(z)@7:14, f.G(3, 4)@8:2, f.G(5)@9:5"),
        ("[]byte($A)", "[]byte(f.G(z))@7:7"),
        ("$Y := []byte(f.G($A))", "y := []byte(f.G(z))@7:2"),
        ("go f.G($A)", "go f.G(5)@9:2"),
        ("var x = f.G($A)", "var x = f.G(1)@3:1"),
        ("func a() { $$$ }", &text[text.find("func").unwrap_or(0)..].replace("}\n", "}@5:1")),
    ] {
        assert_eq!(told(&code(&[pattern], None, None), "a.go", text), expected, "{pattern}");
        let rule = rule_of(&format!("pattern: {pattern:?}")).unwrap();
        assert_eq!(told(&rule, "a.go", text), expected, "the rule {pattern}");
    }
    let go = |pattern: &str| {
        CodePattern::new(CodeOptions { any: vec![pattern.into()], language: Some(Language::Go), ..Default::default() })
    };
    assert!(go("f()\ng()").is_err() && go("f(").is_err() && go("f() }\nfunc g() {").is_err());
    let generic = "package a\n\nfunc a() {\n\tx := p.T[int](v)\n\tf.G(v)\n}\n";
    assert_eq!(told(&code(&["p.T[int]($A)"], None, Some("A")), "a.go", generic), "v@4:16");
}

#[test]
fn a_language_leaves_files_of_others_alone() {
    let options = CodeOptions { any: vec!["f($A)".into()], language: Some(Language::Python), ..CodeOptions::default() };
    let python = CodePattern::new(options).unwrap();
    assert_eq!(told(&python, "a.py", "f(1)"), "f(1)@1:1");
    assert_eq!(told(&python, "a.js", "f(1)"), "");
    assert_eq!(told(&python, "bin/tool", "#!/usr/bin/env python3\nf(1)"), "f(1)@2:1");
    assert_eq!(told(&python, "README", "f(1)"), "");
}

#[test]
fn broken_patterns_are_refused() {
    let refused = |any: &[&str], within: Option<&str>, take: Option<&str>| {
        let any = any.iter().map(|text| (*text).to_owned()).collect();
        let options = CodeOptions { any, within: within.map(Into::into), take: take.map(Into::into), ..Default::default() };
        CodePattern::new(options).err().map(|error| error.pattern)
    };
    assert_eq!(refused(&[], None, None), Some(String::new()));
    assert_eq!(refused(&["f($A)", " "], None, None), Some(" ".into()));
    assert_eq!(refused(&["f("], None, None), Some("f(".into()));
    assert_eq!(refused(&["f($A)"], Some("g("), None), Some("g(".into()));
    assert_eq!(refused(&["f($A)"], None, Some("B")), Some("B".into()));
    assert_eq!(refused(&["$$$A"], None, None), Some("$$$A".into()));
    assert_eq!(refused(&[&"(".repeat(100_000)], None, None), Some("(".repeat(100_000)));
    assert_eq!(refused(&["def f($$$): $$$BODY"], None, None), None);
}

#[test]
fn literals_are_words_that_every_match_holds() {
    assert_eq!(code(&["asyncio.run($$$ARGS)"], None, None).literals, Some(vec!["asyncio".into()]));
    assert_eq!(code(&["f($A)", "asyncio.run()"], None, None).literals, None);
}

/// The fact of a rule object, written as in a policy; `utils` may stand below it.
fn rule_of(written: &str) -> Result<CodePattern, PatternError> {
    use crate::formats::{DataFormat, parse};
    use crate::options::{Origin, Written};
    let document = parse(DataFormat::Yaml, written.as_bytes()).unwrap();
    let root = document.roots[0];
    let origin = Origin::new(crate::text::RepoPath::new("ssot.yaml"), written.as_bytes().to_vec(), None);
    let written = Written::new(origin, document);
    let value = written.value(root);
    let member =
        |name: &str| value.members().iter().find(|member| *member.key == *name).map(|member| value.sibling(member.value));
    let rule = WrittenRules::read(member("rule").unwrap_or(value), member("utils"));
    let complaints: Vec<String> = written.take_complaints().into_iter().map(|complaint| complaint.message).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
    CodePattern::new(CodeOptions { rule, ..CodeOptions::default() })
}

fn told_by(rule: &str, path: &str, text: &str) -> String {
    told(&rule_of(rule).unwrap_or_else(|error| panic!("{rule}: {}", error.message)), path, text)
}

#[test]
fn rule_objects_look_around_a_node() {
    let text = "def a():\n  f(1)\nasync def b():\n  if x:\n    f(2)\nf(3)\n";
    let inside = |more: &str| format!("{{pattern: f($A), inside: {{kind: function_definition{more}}}}}");
    for (rule, expected) in [
        (inside(", stopBy: end"), "f(1)@2:3, f(2)@5:5"),
        (inside(""), ""),
        ("{pattern: f($A), not: {inside: {kind: function_definition, stopBy: end}}}".into(), "f(3)@6:1"),
        (inside(", stopBy: {kind: if_statement}"), "f(1)@2:3"),
        ("{kind: call, has: {regex: ^2$, stopBy: end}}".into(), "f(2)@5:5"),
    ] {
        assert_eq!(told_by(&rule, "a.py", text), expected, "{rule}");
    }
    let text = "a()\nb()\nc()\n";
    let follows = |more: &str| format!("{{kind: expression_statement, follows: {{has: {{pattern: a()}}{more}}}}}");
    assert_eq!(told_by(&follows(""), "a.py", text), "b()@2:1");
    assert_eq!(told_by(&follows(", stopBy: end"), "a.py", text), "b()@2:1, c()@3:1");
    assert_eq!(told_by("pattern: b()", "a.rs", "fn f() { a(); b(); }"), "b()@1:15");
    assert_eq!(told_by("any: [{pattern: a()}, {pattern: c()}]", "a.py", text), "a()@1:1, c()@3:1");
    assert_eq!(rule_of("kind: no_such_kind").err().map(|error| error.pattern), Some("no_such_kind".to_owned()));
}

#[test]
fn a_node_has_a_number_among_its_siblings() {
    let text = "f(a, b, 1, c)\n";
    for (nth, expected) in [
        ("1", "a@1:3"),
        ("odd", "a@1:3"),
        ("{position: 1, reverse: true}", "c@1:12"),
        ("{position: -n+2}", "a@1:3, b@1:6"),
        ("{position: 3, ofRule: {kind: identifier}}", "c@1:12"),
        ("{position: even, reverse: true, ofRule: {kind: identifier}}", "b@1:6"),
        ("9", ""),
    ] {
        let rule = format!("{{kind: identifier, inside: {{kind: argument_list}}, nthChild: {nth}}}");
        assert_eq!(told_by(&rule, "a.py", text), expected, "{nth}");
    }
    told_by("{kind: identifier, nthChild: {position: 2n+1, reverse: true}}", "a.py", &format!("f({})", "a, ".repeat(20_000)));
}

#[test]
fn rules_may_be_named() {
    let utils = "utils: {literal: {any: [{kind: string}, {kind: integer}]}, call: {pattern: $F($$$), has: {matches: literal, stopBy: end}}}";
    let text = "f(1)\ng(a)\nh('x')\n";
    assert_eq!(told_by(&format!("{{rule: {{matches: call}}, {utils}}}"), "a.py", text), "f(1)@1:1, h('x')@3:1");
    assert_eq!(told_by(&format!("{{rule: {{kind: call, not: {{matches: call}}}}, {utils}}}"), "a.py", text), "g(a)@2:1");
    let refused = |rule: &str| rule_of(rule).err().map(|error| error.message).unwrap_or_default();
    assert_eq!(
        refused(&format!("{{rule: {{matches: literl}}, {utils}}}")),
        "`utils` has no rule `literl`; did you mean `literal`?"
    );
    assert_eq!(
        refused("{rule: {matches: a}, utils: {a: {has: {matches: b}}, b: {not: {matches: a}}}}"),
        "the rule `a` leads back to itself"
    );
    let doubled: Vec<String> =
        (1..40).map(|n| format!("r{n}: {{any: [{{matches: r{}}}, {{matches: r{}}}]}}", n - 1, n - 1)).collect();
    let many = format!("{{rule: {{matches: r39}}, utils: {{r0: {{kind: call}}, {}}}}}", doubled.join(", "));
    assert!(refused(&many).ends_with("is made of more than 10000 rules"), "{}", refused(&many));
}

#[test]
fn a_pattern_may_be_a_part_of_its_context() {
    let text = "class A { f() { g(); } h(a) { } }\n";
    let method = "pattern: {context: 'class A { $NAME() { $$$ } }', selector: method_definition}";
    assert_eq!(told_by(method, "a.ts", text), "f() { g(); }@1:11");
    let relaxed = "pattern: {context: f($A), strictness: relaxed}";
    assert_eq!(told_by(relaxed, "a.ts", "f(/* x */ 1,)"), "f(/* x */ 1,)@1:1");
    assert_eq!(told_by("pattern: {context: f($A), strictness: cst}", "a.ts", "f(1); f(2,)"), "f(1)@1:1");
    let refused = rule_of("pattern: {context: f($A), selector: if_statement}").err();
    assert!(refused.is_some_and(|error| error.message.contains("matches no node in the context")));
}

#[test]
fn what_can_stand_for_nothing_is_refused() {
    let refused = |text: &str| {
        let options = CodeOptions { any: vec![text.to_owned()], ..CodeOptions::default() };
        CodePattern::new(options).err().map(|error| error.message).unwrap_or_default()
    };
    let expected = "`$$$` never stands for anything here, since `$MSG` behind it takes the first node: put `$$$` last, or write out what stands before `$MSG`";
    assert_eq!(refused("Log.d($$$, $MSG)"), expected);
    assert_eq!(refused("f(g($$$A, $B), 1)"), expected.replace("$$$", "$$$A").replace("$MSG", "$B"));
    assert!(refused("f($$$, $_)").contains("`$_` behind it"));
    for sound in ["f($$$)", "f($A, $$$)", "f($$$, 1)", "f($A, $$$, $A)", "f($$$A, g($B))", "f($A, $B, $$$C)"] {
        assert_eq!(refused(sound), "", "{sound}");
    }
    let text = "f(a, b, a); f(a, b)";
    assert_eq!(told(&code(&["f($A, $$$, $A)"], None, None), "a.js", text), "f(a, b, a)@1:1");
    let rule = "{all: [{pattern: 'f($$$, $A)'}, {has: {pattern: g($A), stopBy: end}}]}";
    assert!(rule_of(rule).is_ok());
}

#[test]
fn what_is_no_code_is_refused_in_every_language() {
    for language in Language::ALL.into_iter().filter(|language| language.is_built()) {
        let refused = |text: &str| {
            let options = CodeOptions { any: vec![text.to_owned()], language: Some(language), ..CodeOptions::default() };
            CodePattern::new(options).is_err()
        };
        for text in ["f(", "f(]", "f(1))", "f(\"a", "a.b(", "$$$", "", "'"] {
            assert!(refused(text), "{language:?}: {text}");
        }
        // To a shell these are words.
        for text in ["}", "@", "= 1", "f(1)\ng(2)"] {
            assert!(refused(text) || language == Language::Shell, "{language:?}: {text}");
        }
        let call = if language == Language::Shell { "f $A" } else { "f($A)" };
        assert!(!refused(call), "{language:?}: {call}");
    }
}

#[test]
fn hostile_files_end_quickly() {
    let deep = 20_000;
    let plus = code(&["$A + $B"], None, None);
    told(&plus, "a.py", &"a + ".repeat(deep));
    told(&code(&["f($$$A)"], Some("g($$$)"), None), "a.js", &"f(".repeat(deep));
}
