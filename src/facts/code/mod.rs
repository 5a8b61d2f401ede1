//! `code`: nodes that an ast-grep pattern matches.

mod pattern;
mod rule;

use ast_grep_core::NodeMatch;
use ast_grep_core::tree_sitter::StrDoc;

use super::names::string_value;
use super::{Extractor, Fault, FaultKind, FileKind, Raw, RawElement, Source, parsed};
use crate::formats::code::{Code, Grammar, Language, parse_file};
use crate::text::Span;
use pattern::Pattern;

pub use pattern::PatternError;
pub use rule::{RULE_FIELDS, WrittenRule, culprit};

/// Reads `code: {pattern | any, language?, within?, take?}`.
pub struct CodePattern {
    /// The patterns, ready for each language that they can be read in.
    compiled: Vec<Compiled>,
    language: Option<Language>,
    take: Option<String>,
    captures: Vec<String>,
    literals: Option<Vec<String>>,
}

/// What a policy says of a `code` fact.
#[derive(Clone, Debug, Default)]
pub struct CodeOptions {
    /// Patterns, any of which may match.
    pub any: Vec<String>,
    /// Instead of patterns, a whole rule object.
    pub rule: Option<WrittenRule>,
    /// The only language that is looked at; a script without an extension is taken to be in it.
    pub language: Option<Language>,
    /// A pattern that a node around the match has to match.
    pub within: Option<String>,
    /// The metavariable that is meant, instead of the whole match.
    pub take: Option<String>,
    /// The languages that the fact's files may be in; empty: all.
    pub languages: Vec<Language>,
}

struct Compiled {
    language: Language,
    patterns: Vec<Pattern>,
    within: Option<Pattern>,
}

type Found<'t> = NodeMatch<'t, StrDoc<Grammar>>;
type AstNode<'t> = ast_grep_core::Node<'t, StrDoc<Grammar>>;

/// Nesting up to which two parts of a file are compared, for a pattern that names a metavariable twice: ast-grep recurses.
const MAX_COMPARED: usize = 400;
/// Bytes of a value or capture, and what is left of each once a file has given [`MAX_TEXTS`]: matches nest.
const MAX_TEXT: usize = 16 << 10;
const MAX_TEXT_LATER: usize = 64;
const MAX_TEXTS: usize = 32 << 20;

impl CodePattern {
    /// # Errors
    /// No pattern at all, an empty one, one that is no code in any of the languages, a `take` that no pattern has as a
    /// metavariable.
    pub fn new(options: CodeOptions) -> Result<Self, PatternError> {
        let languages = match (options.language, options.languages.as_slice()) {
            (Some(language), _) => vec![language],
            (None, []) => Language::ALL.into_iter().filter(|language| language.is_built()).collect(),
            (None, languages) => languages.to_vec(),
        };
        let compiled = match &options.rule {
            Some(rule) => pattern::compile_rule(rule, options.within.as_deref(), &languages)?,
            None => pattern::compile(&options.any, options.within.as_deref(), &languages)?,
        };
        let mut captures: Vec<String> = compiled.iter().flat_map(|of| &of.patterns).flat_map(Pattern::variables).collect();
        captures.sort();
        captures.dedup();
        if let Some(take) = options.take.as_ref().filter(|take| !captures.contains(take)) {
            return Err(PatternError { pattern: take.clone(), message: format!("no pattern has a metavariable `${take}`") });
        }
        let literals = match options.rule {
            // Which of its patterns has to match is not looked into.
            Some(_) => None,
            None => options.any.iter().map(|text| pattern::literal(text)).collect(),
        };
        Ok(CodePattern { compiled, language: options.language, take: options.take, captures, literals })
    }

    /// The captures that an element may have.
    pub fn captures(&self) -> Vec<String> {
        self.captures.clone()
    }

    fn search(&self, code: &Code, raw: &mut Raw) {
        let Some(compiled) = self.compiled.iter().find(|compiled| compiled.language == code.language) else { return };
        let patterns = comparable(compiled, code, raw);
        let mut texts = Texts { code, given: 0 };
        let mut inside_until = 0;
        let root = code.tree.root();
        for node in root.dfs() {
            let (kind, range) = (node.kind_id(), node.range());
            let inside = compiled.within.is_none() || range.start < inside_until;
            if inside && let Some((pattern, found)) = patterns.iter().find_map(|p| Some((p, p.find(kind, &node)?))) {
                self.elements(pattern, &found, &mut texts, raw);
            }
            if compiled.within.as_ref().is_some_and(|within| within.find(kind, &node).is_some()) {
                inside_until = inside_until.max(range.end);
            }
        }
    }

    fn elements(&self, pattern: &Pattern, found: &Found<'_>, texts: &mut Texts<'_>, raw: &mut Raw) {
        let captures: Vec<(String, String)> =
            pattern.variables().filter_map(|name| Some((name.clone(), texts.of_all(&bound(found, &name))?))).collect();
        let taken = match &self.take {
            Some(name) => bound(found, name).into_iter().filter(|node| node.is_named() && !node.is_extra()).collect(),
            None => vec![found.get_node().clone()],
        };
        for node in taken {
            let span = Span::from(node.range());
            let value = texts.of(span);
            raw.elements.push(RawElement { value, captures: captures.clone(), span: Some(span), ..Default::default() });
        }
    }
}

impl Extractor for CodePattern {
    fn literals(&self, _kind: FileKind) -> Option<Vec<String>> {
        self.literals.clone()
    }

    fn scope(&self) -> String {
        format!("{:?}", self.compiled.iter().map(|compiled| compiled.language).collect::<Vec<_>>())
    }

    fn extract(&self, source: &Source<'_>, raw: &mut Raw) {
        match (self.language, source.language()) {
            (Some(only), Some(language)) if only != language => {}
            (Some(language), None) => {
                if is_script(source) {
                    let code = parse_file(language, source.bytes);
                    if let Some(code) = parsed::sound(code.as_ref(), raw) {
                        self.search(code, raw);
                    }
                }
            }
            _ => {
                if let Some(code) = parsed::parsed(source, raw) {
                    self.search(code, raw);
                }
            }
        }
        parsed::settle(raw);
    }
}

/// A file without an extension that names its interpreter.
fn is_script(source: &Source<'_>) -> bool {
    source.path.extension().is_empty() && source.body().0.starts_with(b"#!")
}

/// The patterns that can be held against this file.
fn comparable<'c>(compiled: &'c Compiled, code: &Code, raw: &mut Raw) -> Vec<&'c Pattern> {
    let (comparing, plain): (Vec<_>, Vec<_>) = compiled.patterns.iter().partition(|pattern| pattern.compares());
    if comparing.is_empty() || code.depth() <= MAX_COMPARED {
        return compiled.patterns.iter().collect();
    }
    let message = "nested too deeply for a rule, or a pattern that names a metavariable twice".to_owned();
    raw.faults.push(Fault { kind: FaultKind::Unparsable, at: 0, message });
    plain
}

/// The nodes that a metavariable is bound to.
fn bound<'t>(found: &Found<'t>, name: &str) -> Vec<AstNode<'t>> {
    match found.get_env().get_match(name) {
        Some(node) => vec![node.clone()],
        None => found.get_env().get_multiple_matches(name),
    }
}

/// Texts of nodes, string literals unquoted; in all no more than a file can sensibly give.
struct Texts<'c> {
    code: &'c Code,
    given: usize,
}

impl Texts<'_> {
    fn of(&mut self, span: Span) -> String {
        let limit = if self.given < MAX_TEXTS { MAX_TEXT } else { MAX_TEXT_LATER };
        let literal = if span.len() <= limit { self.code.node_at(span).and_then(string_value) } else { None };
        let text = literal.unwrap_or_else(|| cut(self.code.text().get(span.start..span.end).unwrap_or_default(), limit));
        self.given += text.len();
        text
    }

    /// The text from the first node to the last.
    fn of_all(&mut self, nodes: &[AstNode<'_>]) -> Option<String> {
        let (first, last) = (nodes.first()?, nodes.last()?);
        Some(self.of(Span::new(first.range().start, last.range().end)))
    }
}

fn cut(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let end = (0..=limit).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
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
        told(extractor, "a.py", text)
            .split("@")
            .skip(1)
            .map(|rest| rest.split(',').next().unwrap_or_default().to_owned())
            .collect()
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
            let rule = Some(WrittenRule::Pattern(pattern.to_owned()));
            let rule = CodePattern::new(CodeOptions { rule, ..CodeOptions::default() }).unwrap();
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

    #[test]
    fn rule_objects_look_around_a_node() {
        use crate::facts::code::rule::{How, Rule, Stop};
        let pattern = |text: &str| Rule::Pattern(text.to_owned());
        let related = |how, rule, stop| Rule::Related { how, rule: Box::new(rule), stop, field: None };
        let all = |rules: Vec<WrittenRule>| Some(Rule::All(rules));
        let told = |rule: Option<WrittenRule>, path: &str, text: &str| {
            told(&CodePattern::new(CodeOptions { rule, ..CodeOptions::default() }).unwrap(), path, text)
        };
        let text = "def a():\n  f(1)\nasync def b():\n  if x:\n    f(2)\nf(3)\n";
        let inside = |stop| related(How::Inside, Rule::Kind("function_definition".into()), stop);
        assert_eq!(told(all(vec![pattern("f($A)"), inside(Stop::End)]), "a.py", text), "f(1)@2:3, f(2)@5:5");
        assert_eq!(told(all(vec![pattern("f($A)"), inside(Stop::Neighbor)]), "a.py", text), "");
        assert_eq!(told(all(vec![pattern("f($A)"), Rule::Not(Box::new(inside(Stop::End)))]), "a.py", text), "f(3)@6:1");
        let until_if = Stop::At(Box::new(Rule::Kind("if_statement".into())));
        assert_eq!(told(all(vec![pattern("f($A)"), inside(until_if)]), "a.py", text), "f(1)@2:3");
        let has = related(How::Has, Rule::Regex(regex::Regex::new("^2$").unwrap()), Stop::End);
        assert_eq!(told(all(vec![Rule::Kind("call".into()), has]), "a.py", text), "f(2)@5:5");
        let text = "a()\nb()\nc()\n";
        let follows = |stop| related(How::Follows, related(How::Has, pattern("a()"), Stop::Neighbor), stop);
        let statement = || Rule::Kind("expression_statement".into());
        assert_eq!(told(all(vec![statement(), follows(Stop::Neighbor)]), "a.py", text), "b()@2:1");
        assert_eq!(told(all(vec![statement(), follows(Stop::End)]), "a.py", text), "b()@2:1, c()@3:1");
        let text_of_rust = "fn f() { a(); b(); }";
        assert_eq!(told(Some(pattern("b()")), "a.rs", text_of_rust), "b()@1:15");
        let either = Rule::Any(vec![pattern("a()"), pattern("c()")]);
        assert_eq!(told(Some(either), "a.py", text), "a()@1:1, c()@3:1");
        let refused = CodePattern::new(CodeOptions { rule: Some(Rule::Kind("no_such_kind".into())), ..CodeOptions::default() });
        assert_eq!(refused.err().map(|error| error.pattern), Some("no_such_kind".to_owned()));
    }

    #[test]
    fn hostile_files_end_quickly() {
        let deep = 20_000;
        let plus = code(&["$A + $B"], None, None);
        told(&plus, "a.py", &"a + ".repeat(deep));
        told(&code(&["f($$$A)"], Some("g($$$)"), None), "a.js", &"f(".repeat(deep));
    }
}
