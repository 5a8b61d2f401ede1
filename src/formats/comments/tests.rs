//! Comments of each format, and what looks like one and is none.

use std::time::{Duration, Instant};

use granit_parser::{Event, Options, Parser};
use proptest::prelude::*;

use super::*;
use crate::formats::code::{self, Language};

fn told(name: &str, text: &str) -> Option<Vec<String>> {
    let path = RepoPath::new(name);
    let code = Language::of(&path).and_then(|language| code::parse(language, text.as_bytes()).ok());
    let found = comments(&path, text.as_bytes(), code.as_ref())?;
    assert!(found.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start), "{name}: {found:?} overlap in {text:?}");
    Some(found.iter().map(|comment| String::from_utf8_lossy(comment.span.slice(text.as_bytes())).into_owned()).collect())
}

/// In each text, comments say `yes` and nothing else does.
#[track_caller]
fn holds(name: &str, text: &str) {
    let found = told(name, text).unwrap_or_else(|| panic!("{name} has no comments"));
    let expected = text.matches("yes").count();
    let saying = found.iter().map(|comment| comment.matches("yes").count()).sum::<usize>();
    assert_eq!(saying, expected, "{name}: {found:?} of {text}");
    assert!(!found.iter().any(|comment| comment.contains("no!")), "{name}: {found:?} of {text}");
}

#[test]
fn code_has_the_comments_of_its_syntax_tree() {
    holds("a.py", "#!yes\nx = '# no!' # yes\ndef f():\n    \"\"\"# no!\"\"\"\n    return f'{x} # no!' # yes\n");
    holds("a.ts", "/** yes */ const a = '// no!'; // yes\nconst b = `// no! ${a /* yes */}`;\nconst c = /\\/\\/ no!/;\n");
    let text = "const a = <p>\n  {/* yes */}\n  {/* yes */ x}\n  // no!\n</p>;\n";
    holds("a.tsx", text);
    let path = RepoPath::new("a.tsx");
    let code = code::parse(Language::Tsx, text.as_bytes()).unwrap();
    let whole: Vec<_> = comments(&path, text.as_bytes(), Some(&code)).unwrap();
    let whole: Vec<_> = whole.iter().map(|comment| &text[comment.whole.start..comment.whole.end]).collect();
    assert_eq!(whole, ["{/* yes */}", "/* yes */"]);
}

#[test]
fn data_and_configuration() {
    holds(
        "a.toml",
        "# yes\na = '#no!' # yes\nb = \"\\\"# no!\"\nc = '''\n# no!\n'''\nd = \"\"\"\n\\\"\"\" # no!\n\"\"\" # yes\n",
    );
    holds("tsconfig.json", "{ // yes\n\"a\": \"// no!\", /* yes\n yes */ \"b\": \"/* no! */\" }");
    holds("a.json5", "{a: '// no!', /* yes */}");
    holds(".env.example", "# yes\nA='# no!' # yes\nB=x#no!\nC=\"a\n# no!\n\" # yes\nD=\n  # yes\n");
    holds(
        "a.tf",
        "# yes\na = \"# no! ${b[\"# no!\"]} # no!\" // yes\nc = <<-EOT\n  # no!\n  EOT\n/* yes */\nd = \"$${# no!\" # yes\n",
    );
    holds("a.ini", "; yes\n# yes\n[a]\nb = c ; no!\n  # yes\n");
    holds("a.properties", "! yes\na = b # no!\nc = d \\\n# no!\n# yes\n");
    holds("CODEOWNERS", "# yes\n*.go @a # yes\n/a#no! @b\n");
    holds(".gitignore", "# yes\n\\#no!\n #no!\n*.o #no!\n");
    holds("requirements-dev.txt", "a==1 # yes\n# yes\ngit+https://x/y#no!\n");
    holds("go.mod", "// yes\nrequire a v1 // yes\n");
    for name in ["a.json", "a.txt", "a.csv", "LICENSE", "a.ipynb", "package.json"] {
        assert_eq!(told(name, "// a\n# b\n"), None, "{name}");
    }
}

#[test]
fn yaml() {
    holds(
        "a.yaml",
        "# yes\na: b # yes\nc: d#no!\ne: '# no!' # yes\nf: \"\\\" # no!\"\ng: it's # yes\nh: [a, '# no!', b] # yes\n",
    );
    holds("a.yml", "a: |\n  # no!\n\n  # no!\n # yes\nb: >-  # yes\n  x\n   # no!\nc: 1 # yes\n");
    holds("a.yaml", "- a: |\n    # no!\n  # yes\n  b: x\n- |\n # no!\n- - |\n   # no!\n  # yes\n");
    holds("a.yaml", "- a: |1\n   # no!\n   # no!\n# yes\n--- |\n# no!\n...\n# yes\n--- # yes\n");
    holds("a.yaml", "a: one\n  two 'three # yes\nb: 'one\n\n  # no!' # yes\nc: \"x\n  y\": no # yes\n");
    holds("a.yaml", "&k a: |\n # no!\nb: &x !t |\n # no!\nc: *x # yes\n? 'k # no!'\n: v # yes\n");
    holds("a.yaml", "{{- if .Values.a }} # yes\na: {{ .Values.b | quote }} # yes\n{{- end }}\n# yes\nb: {% x %} # yes\n");
    holds("a.yaml", "\u{feff}# yes\r\na: |\r\n  # no!\r\n# yes\r\n");
}

#[test]
fn markup() {
    holds(
        "a.md",
        "---\na: 1 # yes\n---\n# no!\n<!-- yes -->\n`<!-- no! -->`\n\n    <!-- no! -->\n\n```html\n<!-- no! -->\n```\ntext <!-- yes\nyes --> x\n\n<div>\n<!-- yes -->\n</div>\n",
    );
    holds(
        "a.html",
        "<!-- yes --><a b=\"<!-- no! -->\" c='>'>it's</a><!-- yes\nyes --><script>x = '// no!'; // yes\n</script><style>/* yes */ a { b: url(//no!) }</style><script type=\"text/template\">// no!</script><title><!-- no! --></title>",
    );
    holds("a.xml", "<a><![CDATA[<!-- no! -->]]><title><!-- yes --></title></a>");
    holds("a.css", "/* yes */ a { b: '/* no! */'; c: url(/*no!*/) } // no!\n");
    holds("a.scss", "// yes\na { b: url(http://no!) } /* yes */\n");
}

#[test]
fn sql_of_any_dialect() {
    holds("a.sql", "-- yes\nSELECT 'it''s -- no!', E'\\' -- no!', \"-- no!\" /* yes /* yes */ yes */ -- yes\n;");
    holds("a.sql", "SELECT $$ -- no! $$, $a$ '-- no!' $a$; -- yes\nDO $$ BEGIN -- yes\n x := '-- no!'; END $$; /* yes */");
    holds(
        "a.sql",
        "CREATE FUNCTION f() RETURNS int AS $f$ -- don't yes\n BEGIN EXECUTE $q$ -- no! $q$; END $f$ LANGUAGE plpgsql; -- yes\n",
    );
    holds("a.sql", "# yes\nSELECT 'it\\'s # no!', `# no!`; # yes don't\nSELECT a #> '{no!}', 'C:\\'; -- yes\n");
}

#[test]
fn build_files() {
    holds("Dockerfile", "# yes\nFROM a # no!\nRUN b \\\n  # yes\n  c\nRUN <<EOF cat <<-'X'\n# no!\nEOF\n# no!\n\tX\n# yes\n");
    holds("Makefile", "# yes \\\nyes\na: b # yes\n\\#no!\nx = y#yes\na:\n\t@echo '# no!' # yes\n\t# yes\n\techo a#no!\n");
    holds("x.swift", "let a = \"\"\"\n// no!\n\"\"\" // yes\n/* yes /* yes */ yes */\n");
    holds("a.c", "char a = '\"'; // yes\nchar *b = \"/* no! */\"; /* yes */\n");
    holds("a.lua", "-- yes\nx = '-- no!' --[[ yes\nyes ]] y = [[ -- no! ]]\n");
}

const NAMES: [&str; 22] = [
    "a.py",
    "a.tsx",
    "a.toml",
    "tsconfig.json",
    ".env",
    "a.tf",
    "a.ini",
    "a.properties",
    "CODEOWNERS",
    "go.mod",
    "a.yaml",
    "a.md",
    "a.html",
    "a.xml",
    "a.css",
    "a.scss",
    "a.sql",
    "Dockerfile",
    "Makefile",
    "a.swift",
    "a.lua",
    "a.graphql",
];

#[test]
fn hostile_texts_end_soon() {
    let units = [
        "#",
        "//",
        "/*",
        "*/",
        "--",
        "--[[",
        "<!--",
        "-->",
        "<script>",
        "<style>",
        "<a b=\"",
        "$$",
        "$a$",
        " as $a$ ",
        "as $$ ",
        "'",
        "\"",
        "'''",
        "\"\"\"",
        "\\",
        "\\'",
        "\\#",
        "${",
        "\"${",
        "{",
        "<<a ",
        "RUN <<a\n",
        "a: |\n",
        "- ",
        "- |\n",
        "? ",
        "&a ",
        "# \\\n",
        "url(",
        "[[",
        "\n",
        "a\n",
        "<",
        "</",
        "]]>",
        "<![CDATA[",
        "|",
        "`",
        "A='\n",
        "--- ",
        "e'",
        "\t#\\\n",
        "<textarea>",
        "\r",
    ];
    for unit in units {
        let text = unit.repeat(60_000 / unit.len());
        // How long the parsers of code take is theirs.
        for name in NAMES.iter().filter(|name| Language::of(&RepoPath::new(name)).is_none()) {
            let started = Instant::now();
            _ = told(name, &text);
            assert!(started.elapsed() < Duration::from_secs(5), "{name} {unit:?} {:?}", started.elapsed());
        }
    }
}

/// The comments that the YAML parser finds, where it can read the whole.
fn parsed(text: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for event in Parser::new_from_str_with_options(text, Options::default()) {
        let (event, span) = event.ok()?;
        if matches!(event, Event::Comment(..)) {
            found.push(text[span.start.byte_offset()?..span.end.byte_offset()?].trim_end().to_string());
        }
    }
    Some(found)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn yaml_has_the_comments_that_its_parser_finds(
        lines in prop::collection::vec("( {0,4})(- |- - |[a-c]: |\\? |&x [a-c]: |)(x|x y|'q # q'|\"q # \\\\\" q\"|\\||>-|\\|1|\\[x, 'y # z'\\]|\\{a: b\\}|it's|x#y|---|)( # c|#c| #|)", 1..7)
    ) {
        let text = lines.join("\n") + "\n";
        if let Some(expected) = parsed(&text) {
            let found: Vec<String> = told("a.yaml", &text).unwrap().iter().map(|comment| comment.trim_end().to_string()).collect();
            prop_assert_eq!(found, expected, "{}", text);
        }
    }

    #[test]
    fn random_texts_never_panic(text in "[#/*<>!\\-'\"`$\\\\{}\\[\\]()|:;a-c \n\r\té=]{0,60}") {
        for name in NAMES {
            _ = told(name, &text);
        }
    }
}
