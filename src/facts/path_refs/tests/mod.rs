//! Tables of code and what is read out of it.

mod csharp;
mod go;
mod jvm;
mod php;
mod ruby;
mod rust;
mod shell;

use super::*;
use crate::facts::imports::Gives;
use crate::facts::{FaultKind, Source};
use crate::formats::code::Language;
use crate::text::{RepoPath, Span};

fn raw(path: &str, code: &str) -> Raw {
    let path = RepoPath::new(path);
    let mut raw = Raw::default();
    PathRefs::new().extract(&Source::new(&path, code.as_bytes()), &mut raw);
    raw
}

/// `[?/]tail[|prefix*suffix]@line:column [use] [opened] [relative N]`, in order of places; without plain words.
fn expressions(path: &str, code: &str) -> Vec<String> {
    let raw = raw(path, code);
    let elements = raw.elements.iter().filter_map(|element| Some((element.span?, element.path.as_deref()?)));
    let holes = raw.holes.iter().filter_map(|hole| Some((hole.span, hole.path.as_deref()?)));
    let mut all: Vec<(Span, &PathExpression)> = elements.chain(holes).collect();
    let waiting = waiting(path, &raw);
    all.extend(waiting.iter().map(|(span, expression)| (*span, expression)));
    let is_word = |path: &PathExpression| path.unknown_end.is_none() && !path.tail.contains(['/', '.']);
    all.retain(|(_, expression)| !is_word(expression));
    all.sort_by_key(|(span, _)| *span);
    let path = RepoPath::new(path);
    let source = Source::new(&path, code.as_bytes());
    all.into_iter().map(|(span, expression)| shown(expression, &source, span)).collect()
}

/// What waits for other files, as it is where there are none.
fn waiting(path: &str, raw: &Raw) -> Vec<(Span, PathExpression)> {
    let language = Language::of(&RepoPath::new(path)).unwrap();
    let waits = raw.waits.iter().filter_map(|wait| match &wait.gives {
        Gives::Path(template) if template.name().is_none() => {
            let (Told::Element(expression) | Told::Hole(expression)) = template.told(language, &template.own_text())?;
            Some((wait.at, expression))
        }
        _ => None,
    });
    waits.collect()
}

fn shown(expression: &PathExpression, source: &Source<'_>, span: Span) -> String {
    let start = source.range(span).start;
    let before = if expression.unknown_before { "?/" } else { "" };
    let end = expression.unknown_end.as_ref().map_or(String::new(), |end| format!("|{}*{}", end.prefix, end.suffix));
    let usage = if expression.usage == Use::Unknown { String::new() } else { format!(" {}", expression.usage.word()) };
    let opened = if expression.opened { " opened" } else { "" };
    let relative = expression.relative.map_or(String::new(), |ups| format!(" relative {ups}"));
    format!("{before}{}{end}@{}:{}{usage}{opened}{relative}", expression.tail, start.line, start.column)
}

fn table(path: &str, cases: &[(&str, &[&str])]) {
    for (code, expected) in cases {
        assert_eq!(expressions(path, code), *expected, "{code}");
    }
}

#[test]
fn python_builds_paths() {
    table(
        "a.py",
        &[
            ("A = Path(__file__).parent.parent / 'models' / 'x.json'", &["?/models/x.json@1:5"]),
            ("import os\nB = os.path.join(os.path.dirname(__file__), '..', 'models', 'x.json')", &["?/models/x.json@2:5"]),
            ("import os.path as osp\nB = osp.join(a, 'm', 'x.json')", &["?/m/x.json@2:5"]),
            ("from os.path import join as j\nB = j('m', 'x.json')", &["m/x.json@2:5"]),
            ("from pathlib import Path as P\nB = P('m', 'x.json')", &["m/x.json@2:5"]),
            ("B = pathlib.PurePath('m') / 'x.json'", &["m/x.json@1:5"]),
            ("B = base.joinpath('m', 'x.json').resolve()", &["?/m/x.json@1:5"]),
            ("C = f'{ROOT}/m/x.json'", &["?/m/x.json@1:5"]),
            ("D = ROOT + '/m' + '/x' + '.json'", &["?/m/x.json@1:5"]),
            ("D = ('m/' 'x.json')", &["m/x.json@1:6"]),
            ("D = '%s/m/x.json' % root, '{}/m/y.json'.format(root)", &["?/m/x.json@1:5", "?/m/y.json@1:27"]),
            ("G = ['./m/x.json', {'m/y.json': 1}]", &["m/x.json@1:6", "m/y.json@1:21"]),
            ("H = '/srv/m/x.json'", &["srv/m/x.json@1:5"]),
            ("H = Path('a') / '/m/x.json'", &["m/x.json@1:5"]),
            ("p += '/x.json'\nq /= 'm/x.json'", &["?/x.json@1:6", "?/m/x.json@2:6"]),
            ("s = a / b + c", &[]),
            ("import os\nB = 'm' + os.sep + 'x.json'", &["m/x.json@2:5"]),
            ("t = ', '.join(['x.json'])", &["x.json@1:16"]),
            ("H = str(Path('m/x.json').absolute())", &["m/x.json@1:9"]),
            ("H = join(*parts, 'x.json')", &["x.json@1:18"]),
            ("import os\nH = os.path.join(*parts, 'x.json')", &["?/x.json@2:5"]),
            ("x = {'a': r'm\\x.json'}", &["m\\x.json@1:11"]),
        ],
    );
}

#[test]
fn python_follows_names_bound_once() {
    table(
        "a.py",
        &[
            ("D = Path('m')\nP = D / 'x.json'", &["m/x.json@2:5"]),
            ("P = D / 'x.json'\nD = Path('m')", &["m/x.json@1:5"]),
            ("D = 'm'\nD = 'n'\nP = D + '/x.json'", &["?/x.json@3:5"]),
            ("P = 'm/x.json'\nopen(P)", &["m/x.json@1:5 read opened"]),
            ("P = 'm/x.json'\nQ = P\nopen(Q, 'w')", &["m/x.json@1:5 write opened"]),
            ("P = 'm/x.json'\ndef f():\n    open(P)", &["m/x.json@1:5 read"]),
            ("def f(base):\n    p = base / 'x.json'\n    return p.read_text()", &["?/x.json@2:9 read opened"]),
            ("def f():\n    p = 'm/x.json'\n    with p.open('wb') as f: pass\n    open(p)", &["m/x.json@2:9 read opened"]),
            ("a = b\nb = a\nc = a + '/m/x.json'", &["?/m/x.json@3:5"]),
            ("a = a + '/x.json'", &["?/x.json@1:5"]),
            ("U = 'https://host'\nV = U + '/m/x.json'", &[]),
            ("T = 'm/{}.json'\nT.format(n)", &["m|*.json@1:5"]),
        ],
    );
}

#[test]
fn loops_over_literal_lists_are_followed() {
    table(
        "a.py",
        &[
            (
                "for n in ['a.json', 'b.json']:\n  open(d + '/m/' + n)",
                &["a.json@1:11", "b.json@1:21", "?/m/a.json@2:8 read opened", "?/m/b.json@2:8 read opened"],
            ),
            ("N = ('a', 'b')\nfor n in N: p = f'{n}/{n}.json'", &["a/a.json@2:17", "b/b.json@2:17"]),
            ("for n in ['a', m()]: p = f'm/{n}.json'", &["m/a.json@1:26", "m|*.json@1:26"]),
            ("for a in ['a', 'b']:\n  for b in ['c', 'd']: p = f'm/{a}/{b}.json'", &["m/a|*.json@2:28", "m/b|*.json@2:28"]),
            ("N = ['a', 'b']\nfor n in N: p = 'm/' + N", &["m|*@2:17"]),
            ("for p in ['m/a.json']: open(p)", &["m/a.json@1:11 read opened"]),
            ("P = [D / f'{n}.json' for n in names]", &[]),
        ],
    );
    table("a.js", &[("for (const n of ['a', 'b']) f(`m/${n}.json`)", &["m/a.json@1:31", "m/b.json@1:31"])]);
}

#[test]
fn either_end_of_a_condition_is_meant() {
    table(
        "a.py",
        &[
            ("open('x.json' if a else 'y.json')", &["x.json@1:6 read opened", "y.json@1:25 read opened"]),
            ("p = a or b or 'x.json'\nopen(p)", &["x.json@1:15 read opened"]),
            ("open(os.environ.get('K', 'x.json'))", &["x.json@1:26 read opened"]),
            ("open('m/' + ('x.json' if a else 'y.json'))", &["m/x.json@1:6 read opened", "m/y.json@1:6 read opened"]),
            (
                "open('m/' + ('x.json' if a else ('y.json' if b else c)))",
                &["m/x.json@1:6 read opened", "m/y.json@1:6 read opened", "m|*@1:6 read opened"],
            ),
            (
                "n = 'x.json' if a else 'y.json'\nopen('m/' + n)",
                &["x.json@1:5", "y.json@1:24", "m/x.json@2:6 read opened", "m/y.json@2:6 read opened"],
            ),
            ("a = b if c else a\nopen(a)", &[]),
            ("x = (x or 'm/x.json')\nopen(x)", &["m/x.json@1:11 read opened"]),
        ],
    );
    for (path, code) in [
        ("a.ts", "fs.readFileSync(a ? 'x.json' : b ?? 'y.json')"),
        ("a.rs", "fn f() { fs::read(if a { \"x.json\" } else { \"y.json\" }); }"),
        ("a.rs", "fn f() { let p = g().unwrap_or(\"x.json\"); fs::read(p); fs::read(h().unwrap_or_else(|| \"y.json\")); }"),
        ("a.rb", "File.read(a ? 'x.json' : b || 'y.json')"),
        ("a.rb", "File.read(ENV.fetch('K', 'x.json')); File.read(ENV['K'] || 'y.json')"),
        ("A.java", "class A { void f() { new FileReader(a ? \"x.json\" : \"y.json\"); } }"),
        ("a.kt", "val a = File(if (b) \"x.json\" else c ?: \"y.json\").readText()"),
        ("a.php", "<?php readfile($a ? 'x.json' : $b ?? 'y.json');"),
        ("a.php", "<?php readfile($a ?: 'x.json'); $p = 'y.json' ?? 1; readfile($p);"),
        ("a.cs", "class A { void F() { File.ReadAllText(a ? \"x.json\" : b ?? \"y.json\"); } }"),
    ] {
        let found = expressions(path, code);
        let read: Vec<&str> =
            found.iter().filter(|one| one.contains(" read")).map(|one| one.split('@').next().unwrap_or(one)).collect();
        assert_eq!(read, ["x.json", "y.json"], "{code}: {found:?}");
    }
}

#[test]
fn python_tells_reads_from_writes() {
    table(
        "a.py",
        &[
            ("open('x.json')", &["x.json@1:6 read opened"]),
            ("open('x.json', 'r+')", &["x.json@1:6 read opened"]),
            ("open('x.json', mode='w')", &["x.json@1:6 write opened"]),
            ("open('x.json', m)", &["x.json@1:6 opened"]),
            ("json.load(gzip.open(file=base / 'x.json', mode='rb'))", &["?/x.json@1:26 read opened"]),
            ("(base / 'x.json').read_text()", &["?/x.json@1:2 read opened"]),
            ("Path('x.json').write_text('{}')", &["x.json@1:1 write opened"]),
            ("Path('x.json').open()", &["x.json@1:1 read opened"]),
            ("pd.read_csv(base + '/x.csv'); df.to_csv('y.csv')", &["?/x.csv@1:13 read opened", "y.csv@1:41 write opened"]),
            ("shutil.copy('a.json', 'b.json')", &["a.json@1:13 read opened", "b.json@1:23 write opened"]),
            ("self._load_json(base / 'x.json')", &["?/x.json@1:17 read opened"]),
        ],
    );
}

#[test]
fn python_words_for_people_are_no_paths() {
    table(
        "a.py",
        &[
            ("'''m/x.json'''\ndef f():\n    'm/' 'x.json'", &[]),
            ("# m/x.json", &[]),
            ("logger.warning('m/x.json'); self._log.info(f'{r}/m/x.json'); print('m/x.json', r + '/m/x.json')", &[]),
            ("logging.getLogger(__name__).error('m/x.json %s', a)", &[]),
            ("raise ValueError('m/x.json') from e", &[]),
            ("print(open('m/x.json'), {'a': 'm/y.json'})", &["m/x.json@1:12 read opened", "m/y.json@1:31"]),
            ("a = 'https://host/m/x.json', 'm/x.json\\n', '''m\n/x.json'''", &[]),
            ("import os\na = 'no ' + os.path.join('m', 'x.json') + ' here'", &["m/x.json@2:13"]),
            (
                "import os\na = s.replace('x.json', 'y.json'); os.replace('a.json', 'b.json')",
                &["x.json@2:15", "y.json@2:25", "a.json@2:47 read opened", "b.json@2:57 write opened"],
            ),
            ("e = ValueError('m/x.json')\nraise e", &[]),
            ("catalog.info('m/x.json')", &["m/x.json@1:14"]),
            ("a = 'image/*', '/m/:path*', 'm/x.json?v=1', f'm/{b}/'", &[]),
        ],
    );
}

#[test]
fn listings_read_what_they_can_match() {
    let tree = ["svc/m/a.json", "svc/m/b.json", "svc/m/deep/c.json", "svc/m/d.txt", "other/x.json"];
    for (path, code, expected) in [
        ("a.py", "import os\nos.listdir('m')", "svc/m/a.json, svc/m/b.json"),
        ("a.py", "import os\nD = os.path.join(ROOT, 'm')\nos.scandir(D)", "svc/m/a.json, svc/m/b.json"),
        ("a.py", "import os\nos.walk('svc/m')", "svc/m/a.json, svc/m/b.json, svc/m/deep/c.json"),
        ("a.py", "import glob\nglob.glob('m/a*.json')", "svc/m/a.json"),
        ("a.py", "import glob\nglob.glob(f'm/{x}*.json')", "?"),
        ("a.py", "from pathlib import Path\nPath('m').glob('*.json')", "svc/m/a.json, svc/m/b.json"),
        ("a.py", "from pathlib import Path\nlist(Path('m').rglob('*.json'))", "svc/m/a.json, svc/m/b.json, svc/m/deep/c.json"),
        ("a.py", "from pathlib import Path\nPath('m').iterdir()", "svc/m/a.json, svc/m/b.json"),
        ("a.py", "import os\nos.listdir('none')", "?"),
        ("a.py", "import os\nos.listdir('other/x.json')", "?"),
        ("a.py", "import os\nos.listdir('other')", ""),
        ("a.ts", "import fs from 'fs'; fs.readdirSync('m'); ", "svc/m/a.json, svc/m/b.json"),
        ("a.go", "package a\nimport \"os\"\nfunc f() { os.ReadDir(\"m\") }", "svc/m/a.json, svc/m/b.json"),
        ("a.rs", "fn f() { std::fs::read_dir(\"m\"); }", "svc/m/a.json, svc/m/b.json"),
        ("a.rb", "Dir.glob('m/*.json')", "svc/m/a.json, svc/m/b.json"),
        ("a.php", "<?php scandir('m');", "svc/m/a.json, svc/m/b.json"),
        ("A.java", "import java.nio.file.*;\nclass A { void f() { Files.list(Path.of(\"m\")); } }", "svc/m/a.json, svc/m/b.json"),
    ] {
        let found: Vec<String> = resolved(path, code, "svc/**/*.json", &tree);
        let values: Vec<&str> = found.iter().map(|one| one.split(['@', ' ']).next().unwrap_or_default()).collect();
        assert_eq!(values.join(", "), expected, "{code}: {found:?}");
    }
    // The directory of the file itself
    for (path, code, expected) in [
        ("svc/m/a.py", "import os\nos.listdir(os.path.dirname(__file__))", "svc/m/a.json, svc/m/b.json"),
        ("svc/m/a.py", "from pathlib import Path\nlist(Path(__file__).parent.glob('a*'))", "svc/m/a.json"),
        (
            "svc/m/deep/a.py",
            "from pathlib import Path\nlist(Path(__file__).resolve().parents[1].rglob('*.json'))",
            "svc/m/a.json, svc/m/b.json, svc/m/deep/c.json",
        ),
        ("svc/m/a.js", "fs.readdirSync(__dirname)", "svc/m/a.json, svc/m/b.json"),
        (
            "svc/m/a.ts",
            "import path from 'path'; fs.readdir(path.dirname(fileURLToPath(import.meta.url)))",
            "svc/m/a.json, svc/m/b.json",
        ),
        ("svc/a.mjs", "fs.readdirSync(path.join(import.meta.dirname, 'm'))", "svc/m/a.json, svc/m/b.json"),
        ("svc/m/a.php", "<?php glob(__DIR__ . '/a*');", "svc/m/a.json"),
        ("svc/m/a.rb", "Dir[File.join(__dir__, '*.json')]", "svc/m/a.json, svc/m/b.json"),
        ("svc/m/a.sh", "for f in \"$(dirname \"$0\")\"/*.json; do :; done", "svc/m/a.json, svc/m/b.json"),
        (
            "svc/m/a.sh",
            "D=$(cd \"$(dirname \"$0\")\" && pwd)\nfind \"$D\" -name '*.json'",
            "svc/m/a.json, svc/m/b.json, svc/m/deep/c.json",
        ),
        ("dist/a.js", "fs.readdirSync(path.join(__dirname, '../m'))", "svc/m/a.json, svc/m/b.json"),
        ("other/a.js", "fs.readdirSync(__dirname)", ""),
    ] {
        let found: Vec<String> = resolved(path, code, "svc/**/*.json", &tree);
        let values: Vec<&str> = found.iter().map(|one| one.split(['@', ' ']).next().unwrap_or_default()).collect();
        assert_eq!(values.join(", "), expected, "{code}: {found:?}");
    }
    let many: Vec<String> = (0..20).map(|n| format!("m/{n}.json")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(resolved("a.py", "import os\nos.listdir('m')", "m/*.json", &many).len(), 1);
}

#[test]
fn python_unknown_ends_are_holes() {
    table(
        "a.py",
        &[
            ("P = ROOT / 'models' / f'{name}.json'", &["?/models|*.json@1:5"]),
            ("P = ROOT / 'models' / name", &["?/models|*@1:5"]),
            ("P = 'models/' + name + '.json'", &["models|*.json@1:5"]),
            ("P = ROOT / name", &[]),
            ("P = f'{a}.json'", &[]),
            ("P = f'models/{n!r}_{m:02d}.json'", &["models|*.json@1:5"]),
        ],
    );
}

#[test]
fn javascript_builds_paths() {
    table(
        "a.js",
        &[
            ("const path = require('path');\nf(path.join(__dirname, '..', 'm', 'x.json'))", &["?/m/x.json@2:3"]),
            ("import { join } from 'node:path';\njoin(a, 'm/x.json')", &["?/m/x.json@2:1"]),
            ("path.resolve(a, '/m', 'x.json')", &["m/x.json@1:1"]),
            ("path.join('a', '/m', 'x.json')", &["a/m/x.json@1:1"]),
            ("(path) => path.posix.join(a, 'm', 'x.json')", &["x.json@1:35"]),
            ("a = (root) => `${root}/m/x.json`", &["?/m/x.json@1:15"]),
            ("a = `m/${n}.json` + b", &["m|*@1:5"]),
            ("a = root + '/m/' + 'x.json'", &["?/m/x.json@1:5"]),
            ("a = new URL('../m/x.json', import.meta.url)", &["m/x.json@1:5 relative 1"]),
            ("a = fileURLToPath(new URL('m/x.json', import.meta.url))", &["m/x.json@1:19 relative 0"]),
            ("const d = 'm';\nconst p = `${d}/x.json`;", &["m/x.json@2:11"]),
            ("let d = 'm';\nd = 'n';\na = d + '/x.json'", &["?/x.json@3:5"]),
            ("p += '/x.json'", &["?/x.json@1:6"]),
            ("'use strict'; `m/x.json`", &[]),
            ("import p from 'path';\na = root + p.sep + 'm' + p.sep + 'x.json'", &["?/m/x.json@2:5"]),
        ],
    );
}

#[test]
fn javascript_imports_and_opens() {
    table(
        "a.js",
        &[
            ("import x from '../m/x.json'", &["m/x.json@1:15 read opened relative 1"]),
            ("export { x } from './x.json'", &["x.json@1:19 read opened relative 0"]),
            (
                "a = require('./x.json'); import('./y.json')",
                &["x.json@1:13 read opened relative 0", "y.json@1:33 read opened relative 0"],
            ),
            ("import(`./m/${n}.json`)", &["m|*.json@1:8 read opened relative 0"]),
            ("require('./' + n)", &["|*@1:9 read opened relative 0"]),
            ("const p = './x.json';\nrequire(p)", &["x.json@1:11 read opened relative 0"]),
            ("fs.readFileSync(base + '/x.json', 'utf8')", &["?/x.json@1:17 read opened"]),
            ("fs.writeFileSync('x.json', data)", &["x.json@1:18 write opened"]),
            (
                "fs.openSync('x.json', 'w'); fs.promises.copyFile('a.json', b)",
                &["x.json@1:13 write opened", "a.json@1:50 read opened"],
            ),
            ("console.log('m/x.json'); logger.info(`${r}/m/x.json`)", &[]),
            ("throw new Error('m/x.json')", &[]),
            ("reject(new ParseError('m/x.json')); const e = Error('m/y.json'); throw e", &[]),
            ("throw Error(`m/x.json`)", &[]),
            ("// m/x.json\n/* m/x.json */", &[]),
        ],
    );
}

#[test]
fn typescript_and_jsx() {
    table(
        "a.ts",
        &[
            ("import old = require('./m/x.json');", &["m/x.json@1:22 read opened relative 0"]),
            ("const a = fs.readFileSync(('m/x.json' as string)!)", &["m/x.json@1:28 read opened"]),
            ("const a = `${root}/m/x.json` satisfies string", &["?/m/x.json@1:11"]),
        ],
    );
    table("a.tsx", &[("const a = <img src='./m/x.png' alt={`${b}/m/y.png`}/>", &["m/x.png@1:20", "?/m/y.png@1:37"])]);
}

/// `value@line` (`value+` where it stands for many), and `?@line` for what is dynamic.
fn resolved(path: &str, code: &str, glob: &str, tree: &[&str]) -> Vec<String> {
    let raw = raw(path, code);
    let file = RepoPath::new(path);
    let source = Source::new(&file, code.as_bytes());
    let (glob, paths) = (PathGlob::new(glob).expect("a glob"), SuffixIndex::new(tree.iter().copied()));
    let mut resolver = Resolver::new(&glob, &paths);
    let elements = raw.elements.iter().map(|element| (element.span.unwrap_or_default(), element.path.as_deref()));
    let holes = raw.holes.iter().map(|hole| (hole.span, hole.path.as_deref()));
    let mut found = Vec::new();
    for (span, expression) in elements.chain(holes) {
        let line = source.range(span).start.line;
        match resolver.resolve(expression.expect("an expression"), &file) {
            Resolved::Nothing => {}
            Resolved::Dynamic => found.push(format!("?@{line}")),
            Resolved::Values(values) => {
                found.extend(values.iter().map(|value| format!("{}{}@{line}", value.value, if value.many { "+" } else { "" })));
            }
        }
    }
    found
}

#[test]
fn values_are_paths_that_the_glob_matches() {
    let models = "models/{x,y}.json";
    let cases: &[(&str, &str, &[&str], &[&str])] = &[
        ("a = '/srv/app/models/x.json'", models, &[], &["models/x.json@1"]),
        (
            "a = ['models/x.json.bak', 'models/old_x.json', 'old_models/x.json', 'models/v1/x.json', 'Models/X.json']",
            models,
            &[],
            &[],
        ),
        ("a = 'models/x.json'", models, &["archive/models/x.json"], &["models/x.json@1"]),
        (
            "a = 'models/x.json'",
            "**/models/*.json",
            &["svc/models/x.json", "app/models/x.json"],
            &["app/models/x.json@1", "svc/models/x.json@1"],
        ),
        ("a = '/srv/svc/models/x.json'", "**/models/*.json", &["svc/models/x.json"], &["svc/models/x.json@1"]),
        ("a = '/srv/svc/models/x.json'", "**/models/*.json", &[], &["srv/svc/models/x.json@1"]),
        ("a = 'docs/x.json'", "x.json", &["docs/x.json", "x.json"], &[]),
        ("a = '/srv/x.json'", "x.json", &["docs/x.json"], &["x.json@1"]),
        ("a = 'my models/x.json'", "**/x.json", &[], &[]),
        ("a = 'my models/x.json'", "**/x.json", &["my models/y.json"], &["my models/x.json@1"]),
        ("a = 'models/x.json'", "models", &["models/y.json"], &["models/x.json@1"]),
        ("a = 'models/x.json'", "models/", &[], &["models/x.json@1"]),
    ];
    for (code, glob, tree, expected) in cases {
        assert_eq!(resolved("a.py", code, glob, tree), *expected, "{code} {glob} {tree:?}");
    }
}

#[test]
fn bare_names_count_where_they_are_complete_or_opened() {
    let code =
        "def f(base):\n    a = base / 'x.json'\n    open(base / 'x.json')\n    b = base + '/x.json'\n    open(b)\nC = 'x.json'\n";
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("**/x.json", &[], &["x.json@3", "x.json@4", "x.json@6"]),
        ("models/{x,y}.json", &[], &["models/x.json@3", "models/x.json@4", "models/x.json@6"]),
        ("models/*.json", &[], &[]),
        ("models/*.json", &["models/x.json"], &["models/x.json@2", "models/x.json@3", "models/x.json@4", "models/x.json@6"]),
        ("models/x.json", &["x.json"], &[]),
        ("models/x.json", &["models/_deprecated/x.json"], &["models/x.json@3", "models/x.json@4", "models/x.json@6"]),
        ("models/y.json", &[], &[]),
    ];
    for (glob, tree, expected) in cases {
        assert_eq!(resolved("a.py", code, glob, tree), *expected, "{glob} {tree:?}");
    }
}

#[test]
fn a_glob_that_names_a_directory_means_what_is_below() {
    let glob = PathGlob::new("models").expect("a glob");
    let (with, without) = (SuffixIndex::new(["models/x.json"]), SuffixIndex::new(["x.json"]));
    assert_eq!(Resolver::new(&glob, &with).literals(), None);
    assert!(Resolver::new(&glob, &without).literals().is_some_and(|literals| literals.contains(&"models".to_owned())));
    assert_eq!(resolved("a.py", "a = 'x.json', f'models/{n}'", "models", &["models/x.json"]), ["models/x.json@1", "?@1"]);
}

#[test]
fn more_than_eight_paths_are_one_value() {
    let tree: Vec<String> = (0..9).map(|n| format!("d{n}/x.json")).collect();
    let tree: Vec<&str> = tree.iter().map(String::as_str).collect();
    assert_eq!(resolved("a.py", "a = 'x.json'", "**/*.json", &tree), ["x.json+@1"]);
    assert_eq!(resolved("a.py", "a = 'x.json'", "**/*.json", &tree[..8]).len(), 8);
}

#[test]
fn unknown_ends_are_dynamic_where_the_directory_can_match() {
    let code = "A = ROOT / 'models' / f'{n}.json'\nB = ROOT / 'other' / n\nC = ROOT / 'models' / f'{n}.yaml'\nD = ROOT / n\n";
    assert_eq!(resolved("a.py", code, "models/{x,y}.json", &[]), ["?@1"]);
    assert_eq!(resolved("a.py", code, "**/*.json", &[]), ["?@1", "?@2"]);
}

#[test]
fn imports_are_relative_to_their_file() {
    let code = [
        "import a from '../config/old.json'",
        "b = require('./old.json')",
        "import(`./${c}.json`)",
        "d = require('../../old.json')",
        "e = new URL('../config/old.json', import.meta.url)",
    ]
    .join("\n");
    assert_eq!(resolved("web/a.ts", &code, "config/old.json", &[]), ["config/old.json@1", "config/old.json@5"]);
    assert_eq!(
        resolved("config/a.ts", &code, "config/old.json", &["web/config/old.json"]),
        ["config/old.json@1", "config/old.json@2", "config/old.json@5", "?@3"]
    );
    assert_eq!(resolved("a.ts", "require('./old.json')", "old/old.json", &["old/old.json"]), Vec::<String>::new());
}

#[test]
fn what_may_lie_in_a_package_or_at_home_counts_where_the_tree_has_it() {
    let tree = ["lib/x.rb", "spec/support/y.rb", "web/data/z.json", "conf/app.json"];
    for (path, code, expected) in [
        (
            "spec/a_spec.rb",
            "require 'net/http'; require 'x'; require './spec/support/y'; require './spec/support/gone'",
            "lib/x.rb, spec/support/y.rb, spec/support/gone.rb",
        ),
        (
            "spec/a_spec.rb",
            "require_relative 'support/y'; require_relative 'gone'; load 'spec/support/y.rb'",
            "spec/support/y.rb, spec/gone.rb, spec/support/y.rb",
        ),
        (
            "web/a.ts",
            "import 'pkg/dist/x.json'; import './gone.json'; require('data/z.json'); import '@/data/z.json'",
            "web/gone.json, web/data/z.json, web/data/z.json",
        ),
        (
            "a.go",
            "package a\nvar a, b, c = \"~/.docker/config.json\", \"$HOME/conf/app.json\", \"/srv/conf/gone.json\"",
            "conf/app.json, srv/conf/gone.json",
        ),
        (
            "a.py",
            "from pathlib import Path\nimport os\na = Path.home() / 'x/y.json', os.path.expanduser('~/x/y.json'), Path.home() / 'conf/app.json'",
            "conf/app.json",
        ),
        ("a.ts", "import os from 'os'; import path from 'path'; f(path.join(os.homedir(), 'x', 'y.json'))", ""),
        ("a.rb", "File.join(Dir.home, 'x', 'y.json')", ""),
        ("A.java", "class A { String a = System.getProperty(\"user.home\") + \"/x/y.json\"; }", ""),
        ("a.go", "package a\nimport \"os\"\nvar a = os.Getenv(\"HOME\") + \"/x/y.json\"", ""),
        ("a.sh", "HOME=/srv; cat $HOME/x/y.json", "srv/x/y.json"),
        ("a.sh", "cat ~/.config/x.json \"$HOME/conf/app.json\"", "conf/app.json"),
    ] {
        let found = resolved(path, code, "**/*.{rb,json}", &tree);
        let values: Vec<&str> = found.iter().map(|one| one.split('@').next().unwrap_or_default()).collect();
        assert_eq!(values.join(", "), expected, "{code}: {found:?}");
    }
}

#[test]
fn what_starts_at_the_files_own_directory_is_known_whole() {
    let tree = ["svc/data/x.json", "lib/x.json"];
    for (path, code, glob, expected) in [
        ("svc/a.py", "open(Path(__file__).parent / 'data' / 'gone.json')", "svc/data/*.json", "svc/data/gone.json@1"),
        (
            "svc/deep/a.py",
            "import os\nos.path.join(os.path.dirname(__file__), '..', 'data', 'gone.json')",
            "svc/**/*.json",
            "svc/data/gone.json@2",
        ),
        ("svc/a.js", "path.join(__dirname, 'gone.json')", "svc/*.json", "svc/gone.json@1"),
        ("svc/a.js", "path.join(__dirname, '../lib', name)", "lib/*.json", "?@1"),
        ("svc/a.js", "path.join(__dirname, `${name}.json`)", "svc/*.json", "?@1"),
        ("svc/a.js", "path.join(__dirname, `${name}.json`)", "lib/*.json", ""),
        ("svc/a.rb", "File.join(__dir__, 'data', 'gone.json')", "svc/data/*.json", "svc/data/gone.json@1"),
        ("svc/a.sh", "cp a \"$(dirname \"$0\")/data/gone.json\"", "svc/data/*.json", "svc/data/gone.json@1"),
        // What the tree has goes first: code may run from elsewhere.
        ("dist/a.js", "path.join(__dirname, 'data/x.json')", "**/*.json", "svc/data/x.json@1"),
        ("svc/a.js", "path.join(__dirname, 'x.json')", "lib/*.json", "lib/x.json@1"),
        ("a.js", "path.join(__dirname, '../../gone.json')", "**/*.json", ""),
        ("svc/a.py", "open(__file__)", "svc/**", ""),
    ] {
        assert_eq!(resolved(path, code, glob, &tree).join(", "), expected, "{code}");
    }
}

#[test]
fn the_index_knows_files_directories_and_ends() {
    let index = SuffixIndex::new(["a/b/c.json", "x/b/c.json", "c.json", "a/b-c.json", "b/c.jsonl"]);
    let ending = |tail: &str| {
        let mut found = Vec::new();
        index.ending_with(tail, &mut |path| {
            found.push(path.to_owned());
            true
        });
        found
    };
    assert_eq!(ending("b/c.json"), ["a/b/c.json", "x/b/c.json"]);
    assert_eq!(ending("c.json").len(), 3);
    assert!(index.contains("c.json") && !index.contains("b/c.json"));
    assert!(index.is_dir("a") && index.is_dir("a/b") && !index.is_dir("c.json") && !index.is_dir(""));
}

#[test]
fn faults_are_told_and_sound_parts_still_count() {
    assert_eq!(raw("a.lua", "x").faults[0].kind, FaultKind::NoGrammar);
    let broken = raw("a.py", "A = 'm/x.json'\ndef f(:\n    B = ('m/y.json'\n");
    assert_eq!(broken.faults[0].kind, FaultKind::Unparsable);
    assert_eq!(broken.elements[0].value, "m/x.json");
}

/// On the stack of a worker thread.
fn survives(path: &'static str, code: String) {
    let started = std::time::Instant::now();
    let worker = std::thread::Builder::new().stack_size(2 << 20);
    let worker = worker.spawn(move || raw(path, &code)).expect("a thread");
    worker.join().expect("no panic");
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn hostile_files_neither_hang_nor_overflow() {
    const N: usize = 10_000;
    let names = |form: fn(usize) -> String| (1..N).map(form).collect::<String>();
    survives("a.py", format!("a = {}", vec!["'a/'"; N].join(" + ")));
    survives("a.py", format!("a = {}'x'{}", "(b + ".repeat(N), ")".repeat(N)));
    survives("a.py", format!("a = {}", vec!["'a'"; N].join(" / ")));
    survives("a.py", format!("a = {}{}", "Path(".repeat(N), ")".repeat(N)));
    survives("a.py", format!("a = x{}", ".joinpath('a')".repeat(N)));
    survives("a.py", format!("a = {}", "f'{".repeat(3000)));
    survives("a.py", "a = '".to_owned() + &"a/".repeat(1 << 19) + "'");
    survives("a.py", format!("a = '{}'", "{".repeat(4000)).repeat(50).replace("'a", "'\na"));
    survives("a.py", "a0 = '/x'\n".to_owned() + &names(|n| format!("a{n} = a{} + a{}\n", n - 1, n - 1)));
    survives("a.py", names(|n| format!("a{n} = a{} + '/x'\n", n + 1)) + "b = a1 + '/y'");
    let items = vec!["'a'"; 64].join(", ");
    survives("a.py", format!("for n in [{items}]: a = [{}]", "n + '/x', ".repeat(N)));
    survives("a.py", format!("for n in [{items}]:\n{}", " open(n)\n".repeat(N)));
    survives("a.py", format!("for n in [{}]: a = n + 'x'", "'a', ".repeat(N)));
    survives("a.js", format!("a = {}", vec!["`a/${b}`"; N].join(" + ")));
    survives("a.js", format!("a = {}", "`${".repeat(3000)));
    survives("a.ts", format!("a = {}{}", "path.join(".repeat(N), ")".repeat(N)));
    survives("a.tsx", "<".repeat(N));
    survives("a.py", format!("a = {}b", "'m/x' if c else ".repeat(N)));
    survives("a.py", format!("a = 'm/' + ({})", vec!["b"; N].join(" or ")));
    survives("a.py", (1..N).map(|n| format!("a{n} = a{} or 'm/x'\nopen(a{n})\n", n - 1)).collect());
    survives("a.py", format!("a = 'm/' + {}'x'{}", "(b or ".repeat(3000), ")".repeat(3000)));
    survives("a.rs", format!("#[x({})] fn f() {{}}", "path = \"m/x\", ".repeat(N)));
    survives("a.go", format!("package a\n//go:embed {}\nvar a b", "m/* ".repeat(N)));
    survives("a.cs", format!("class A {{ string a = \"{}\"; }}", "\\\\m".repeat(N)));
}

/// The acceptance cases of the contract, as far as they can be told without rules.
#[test]
fn the_contracts_examples() {
    let registry = r#"import json
import os
from pathlib import Path

ROOT = os.environ["ROOT"]
A = Path(__file__).parent.parent / "models" / "registry.generated.json"
B = os.path.join(os.path.dirname(__file__), "..", "models", "registry.generated.json")
C = f"{ROOT}/models/parsed_models.json"
D = ROOT + "/models/parsed_models.json"
E = Path("models", "parsed_models.json")
F = json.load(open("models/registry.generated.json"))
G = ["./models/parsed_models.json"]
H = "/srv/app/models/parsed_models.json"
"#;
    let models = "models/{registry.generated,parsed_models}.json";
    let found = resolved("app/registry.py", registry, models, &["models/SOURCE_OF_TRUTH.json"]);
    let lines: Vec<&str> = found.iter().filter_map(|found| found.split('@').nth(1)).collect();
    assert_eq!(lines, ["6", "7", "8", "9", "10", "11", "12", "13"]);
    let quiet = r#""""models/registry.generated.json"""
logger = logging.getLogger(__name__)
ROOT = Path(__file__).parent.parent
def load(path=None):
    """
    models/registry.generated.json
    """
    if path is None:
        path = ROOT / "models" / "SOURCE_OF_TRUTH.json"
    logger.warning("models/registry.generated.json")
    logger.info(f"{ROOT}/models/parsed_models.json")
    return json.loads(path.read_text())
"#;
    assert!(resolved("app/registry.py", quiet, models, &["models/SOURCE_OF_TRUTH.json"]).is_empty());
    let load = [
        "ROOT = Path(__file__).resolve().parent.parent",
        "A = ROOT / 'data' / 'prices.json'",
        "B = ROOT / 'data' / 'rates.json'",
        "C = open('data/plans.json')",
        "D = ROOT / 'data' / 'v2' / 'models.json'",
    ]
    .join("\n");
    let tree = ["data/prices.json", "data/v2/models.json", "archive/rates.json"];
    let expected = ["data/prices.json@2", "data/rates.json@3", "data/plans.json@4", "data/v2/models.json@5"];
    assert_eq!(resolved("app/load.py", &load, "data/**/*.json", &tree), expected);
}
