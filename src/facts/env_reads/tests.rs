//! What counts as a read of the environment, and what does not.

use super::EnvReads;
use crate::facts::parsed::testing::{raw, told, told_with};

#[track_caller]
fn check(path: &str, prefix: &str, table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(told(&EnvReads::new(), path, &format!("{prefix}{text}")), *expected, "{text}");
    }
}

#[track_caller]
fn check_captures(path: &str, prefix: &str, table: &[(&str, &str)]) {
    for (text, expected) in table {
        let told = told_with(&EnvReads::new(), path, &format!("{prefix}{text}"), &["required", "default", "idiom"]);
        assert_eq!(told, *expected, "{text}");
    }
}

#[test]
fn python_forms() {
    check_captures(
        "a.py",
        "import os\n",
        &[
            ("os.environ['A']", "A@2:12 required=yes idiom=os.environ[]"),
            ("os.environ.get('A')", "A@2:16 required=maybe idiom=os.environ.get"),
            ("os.environ.get('A', 'x')", "A@2:16 required=no idiom=os.environ.get default=x"),
            ("os.environ.get('A', x())", "A@2:16 required=no idiom=os.environ.get"),
            ("os.environ.get('A') or 'x'", "A@2:16 required=no idiom=os.environ.get default=x"),
            ("z = (y or os.environ.get('A')) or 'x'", "A@2:26 required=no idiom=os.environ.get default=x"),
            ("y or os.environ.get('A')", "A@2:21 required=maybe idiom=os.environ.get"),
            ("os.environ['A'] or 'x'", "A@2:12 required=yes idiom=os.environ[]"),
            ("os.environ.pop('A')", "A@2:16 required=yes idiom=os.environ.pop"),
            ("os.environ.pop('A', None)", "A@2:16 required=no idiom=os.environ.pop default=None"),
            ("os.environ.setdefault('A', 'x')", "A@2:23 required=no idiom=os.environ.setdefault default=x"),
            ("os.getenv('A', default='x')", "A@2:11 required=no idiom=os.getenv default=x"),
            ("os.getenv(key='A')", "A@2:15 required=maybe idiom=os.getenv"),
        ],
    );
}

#[test]
fn python_names_of_the_environment() {
    check(
        "a.py",
        "",
        &[
            ("import os as _os\n_os.environ['A']", "A@2:13"),
            ("from os import environ\nenviron.get('A')", "A@2:13"),
            ("from os import environ as e, getenv as g\ne['A'] + g('B')", "A@2:3, B@2:12"),
            ("os.environ['A']", "A@1:12"),
            ("import os\nf'x{os.environ[\"A\"]}'", "A@2:16"),
            ("import os\nenv = os.environ\nenv['A']", "A@3:5"),
            ("import os\nget = os.environ.get\nget('A')", "A@3:5"),
            ("import os\nenv = os.environ", "!2:7"),
            ("environ['A']; getenv('A'); self.environ['A']; request.environ['A']", ""),
            ("from wsgi import environ\nenviron['A']", ""),
            ("try:\n  from os import environ\nexcept ImportError:\n  environ = {}\nenviron['A']", "A@5:9"),
            ("def f(os):\n  os.environ['A']", ""),
            ("from os import environ\ndef f(environ):\n  environ['A']", ""),
        ],
    );
}

#[test]
fn an_overload_of_a_wrapper_only_types_it() {
    let stubs = "import os\nfrom typing import overload\n@overload\ndef env(k: str) -> str: ...\n";
    check("a.py", stubs, &[("def env(k, d=None):\n  return os.getenv(k, d)\nenv('A')", "A@7:5")]);
}

#[test]
fn python_writes_tests_and_texts_are_no_reads() {
    check(
        "a.py",
        "import os\n",
        &[
            ("os.environ['A'] = '1'", ""),
            ("'A' in os.environ.keys()", ""),
            ("os.environ['A'] += '1'", ""),
            ("os.environ['A'], b = c", ""),
            ("del os.environ['A'], os.environ['B']", ""),
            ("'A' in os.environ or 'B' not in os.environ", ""),
            ("os.environ.update(A='1'); os.environ.clear(); os.environ |= {}", ""),
            ("'''os.environ[\"A\"]'''\n# os.getenv('A')", ""),
            ("config.get('A'); os.path.join('A')", ""),
        ],
    );
}

#[test]
fn the_whole_environment_is_a_hole() {
    check(
        "a.py",
        "import os\n",
        &[
            ("dict(os.environ)", "!2:6"),
            ("{**os.environ, 'a': 'b'}", "!2:4"),
            ("for k in os.environ: pass", "!2:10"),
            ("os.environ.items()", "!2:1"),
            ("f(env=os.environ)", "!2:7"),
            ("list(map(os.getenv, KEYS))", "!2:10"),
        ],
    );
    check(
        "a.ts",
        "",
        &[
            ("f(process.env)", "!1:3"),
            ("({...process.env})", "!1:6"),
            ("for (const k in process.env) {}", "!1:17"),
            ("const {A, ...rest} = process.env", "A@1:8, !1:11"),
            ("const env = process.env; env.A; f(env)", "A@1:30, !1:35"),
            ("export const env = process.env; env.A", "A@1:37, !1:20"),
            ("Deno.env.toObject()", "!1:1"),
        ],
    );
}

#[test]
fn script_forms() {
    check_captures(
        "a.ts",
        "",
        &[
            ("process.env.A", "A@1:13 required=maybe idiom=process.env"),
            ("process.env['A'] ?? 'x'", "A@1:13 required=no idiom=process.env default=x"),
            ("(process.env.A! || 5)", "A@1:14 required=no idiom=process.env default=5"),
            ("process?.env?.A.split(',')", "A@1:15 required=maybe idiom=process.env"),
            ("`x${process.env.A}`", "A@1:17 required=maybe idiom=process.env"),
            ("import.meta.env.A", "A@1:17 required=maybe idiom=import.meta.env"),
            ("Deno.env.get('A')", "A@1:14 required=maybe idiom=Deno.env"),
            ("Bun.env.A", "A@1:9 required=maybe idiom=Bun.env"),
            ("(process.env as any).A", "A@1:22 required=maybe idiom=process.env"),
            (
                "const {A, B: b = 'x', 'C': c, D = 1} = process.env",
                "A@1:8 required=maybe idiom=destructuring, B@1:11 required=no idiom=destructuring default=x, \
                 C@1:23 required=maybe idiom=destructuring, D@1:31 required=no idiom=destructuring default=1",
            ),
        ],
    );
    check(
        "a.ts",
        "",
        &[
            ("import {env} from 'node:process'; env.A", "A@1:39"),
            ("import p from 'process'; p.env.A", "A@1:32"),
            ("const {env} = require('process'); env.A", "A@1:39"),
            ("const {env: {A}} = process", "A@1:14"),
            ("const e = process.env; const {A} = e", "A@1:31"),
            ("globalThis.process.env.A", "A@1:24"),
            ("declare const process: any; process.env.A", "A@1:41"),
            ("process.env.A = '1'; delete process.env.A; process.env.A ??= '1'; [process.env.A] = x", ""),
            ("'A' in process.env; process.env.hasOwnProperty('A'); process.env && 1; typeof process.env", ""),
            ("Deno.env.set('A', '1'); Deno.env.has('A'); Deno.env.delete('A')", ""),
            ("'process.env.A' // process.env.A", ""),
            ("type A = typeof process.env.A; let x: keyof typeof process.env;", ""),
            ("function f(process) { process.env.A }", ""),
            ("config.env.A; env.A", ""),
        ],
    );
}

#[test]
fn names_and_loops_are_resolved_at_the_key() {
    check(
        "a.py",
        "import os\n",
        &[
            ("K = 'A'\nos.environ.get(K)", "A@3:16"),
            ("K = 'A'\nL = K\nos.environ.get(L)", "A@4:16"),
            ("K = 'A'\nif x: K = 'B'\nos.environ.get(K)", "!4:16"),
            ("[k for k in ('A', 'B') if os.getenv(k)]", "A@2:37, B@2:37"),
            ("KEYS = ['A', 'B']\nfor k in KEYS:\n  os.getenv(k)", "A@4:13, B@4:13"),
            ("KEYS = ['A', x()]\nfor k in KEYS:\n  os.getenv(k)", "A@4:13, !4:13"),
            ("for k in keys():\n  os.getenv(k)", "!3:13"),
            ("for k in 'AB':\n  os.getenv(k)", "!3:13"),
            ("os.environ['A_' + x]", "!2:12"),
            ("os.getenv(*x)", "!2:11"),
        ],
    );
    check(
        "a.js",
        "",
        &[
            ("const K = 'A'; process.env[K]", "A@1:28"),
            ("for (const k of ['A', 'B']) process.env[k]", "A@1:41, B@1:41"),
            ("const KEYS = ['A']; KEYS.forEach(k => process.env[k])", "A@1:51"),
            ("process.env[`A_${x}`]", "!1:13"),
        ],
    );
    let raw = raw(&EnvReads::new(), "a.py", "K = 'A'\nos.environ.get(K)");
    assert_eq!(raw.elements[0].related.iter().map(|(_, span)| span.start).collect::<Vec<_>>(), [4]);
}

#[test]
fn calls_of_a_wrapper_are_the_reads() {
    let wrapper = "import os\ndef env(name, default=None):\n  return os.environ.get(name, default)\n";
    check_captures(
        "a.py",
        wrapper,
        &[
            ("env('A')", "A@4:5 required=maybe idiom=os.environ.get"),
            ("env('A', 'x')", "A@4:5 required=no idiom=os.environ.get default=x"),
            ("env(default=1, name='A')", "A@4:21 required=no idiom=os.environ.get default=1"),
            ("K = 'A'\nenv(K)", "A@5:5 required=maybe idiom=os.environ.get"),
            ("env('A'); env(b.c)", "A@4:5 required=maybe idiom=os.environ.get, !4:15"),
            ("def other(name):\n  return env(name)\nother('A')", "!5:14"),
            ("", "!3:25"),
        ],
    );
    check(
        "a.py",
        "import os\n",
        &[
            ("class C:\n  def e(self, k):\n    return os.environ[k]\n  def f(self):\n    return self.e('A')", "A@6:19"),
            ("class C:\n  @staticmethod\n  def e(k):\n    return os.environ[k]\n  x = self.e('A')", "A@6:14"),
            ("e = lambda k: os.environ[k]\ne('A')", "A@3:3"),
            ("class C:\n  @classmethod\n  def e(cls, k):\n    return os.environ[k]\nC.e('A')", "A@6:5"),
            ("class C:\n  @staticmethod\n  def e(k):\n    return os.environ[k]\nC.e('A')", "A@6:5"),
            ("class C:\n  def e(self, k):\n    return os.environ[k]\nD.e('A')", "!4:23"),
            ("def e(k):\n  return os.environ[k]\nlist(map(e, KEYS)), e('A')", "A@4:23, !4:10"),
        ],
    );
    check(
        "a.ts",
        "",
        &[
            ("const env = (k: string, d = 'x') => process.env[k] ?? d; env('A'); env('B', 'y')", "A@1:62, B@1:72"),
            ("function env(k) { return process.env[k] } env('A'); env(x)", "A@1:47, !1:57"),
            ("export function env(k) { return process.env[k] }", "!1:45"),
            ("class C { static e(k) { return process.env[k] } } C.e('A')", "A@1:55"),
            ("const e = (k) => process.env[k]; e('A'); KEYS.map(e)", "A@1:36, !1:51"),
        ],
    );
}

#[test]
fn what_surrounds_a_syntax_error_counts() {
    check("a.py", "", &[("import os\nos.environ['A']\ndef f(:\n", "A@2:12, fault")]);
}

#[test]
fn hostile_files_end_quickly() {
    let deep = 20_000;
    for text in [
        "os.environ[".repeat(deep),
        "os.environ.get(x) or (".repeat(deep),
        format!("K = [{}]\n{}", "'a',".repeat(5000), "for k in K: os.getenv(k)\n".repeat(1000)),
        format!("environ\n{}", "({[\"'".repeat(deep)),
    ] {
        raw(&EnvReads::new(), "a.py", &text);
    }
    for text in ["process.env[".repeat(deep), "({a:".repeat(deep) + "process", "const {env: {".repeat(deep)] {
        raw(&EnvReads::new(), "a.ts", &text);
    }
}
