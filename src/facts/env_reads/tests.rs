//! What counts as a read of the environment, and what does not.

use super::EnvReads;
use crate::facts::parsed::testing::{raw, told, told_with};

#[track_caller]
fn check(path: &str, prefix: &str, table: &[(&str, &str)]) {
    hold(table, |text| told(&EnvReads::new(), path, &format!("{prefix}{text}")));
}

#[track_caller]
fn check_captures(path: &str, prefix: &str, table: &[(&str, &str)]) {
    hold(table, |text| told_with(&EnvReads::new(), path, &format!("{prefix}{text}"), &["required", "default", "idiom"]));
}

/// All rows that do not hold are shown at once.
#[track_caller]
fn hold(table: &[(&str, &str)], told: impl Fn(&str) -> String) {
    let rows = table.iter().map(|(text, expected)| (text, expected, told(text)));
    let wrong = rows.filter(|(_, expected, told)| told != *expected);
    let wrong: Vec<String> =
        wrong.map(|(text, expected, told)| format!("{text}\n  told:     {told}\n  expected: {expected}")).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
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
    for text in [
        "fn f() { env::var(".repeat(deep),
        format!("fn f() {{ m!({}) }}", "a, ".repeat(deep)),
        format!("fn f() {{ {} }}", "m!{ env x => (".repeat(deep)),
        format!("fn f() {{ json!({}1{}) }}", "{\"env\": [".repeat(500), "]}".repeat(500)),
        format!("fn f() {{ env::var(\"A\"){} }}", ".map(x)".repeat(deep)),
        format!("#[arg({} env)] struct A;", "a = 1, ".repeat(deep)),
    ] {
        raw(&EnvReads::new(), "a.rs", &text);
    }
    for text in ["process.env[".repeat(deep), "({a:".repeat(deep) + "process", "const {env: {".repeat(deep)] {
        raw(&EnvReads::new(), "a.ts", &text);
    }
}

#[test]
fn shell_forms() {
    check_captures(
        "a.sh",
        "",
        &[
            ("echo $A", "A@1:7 required=maybe idiom=$K"),
            ("echo \"x${A}y\"", "A@1:10 required=maybe idiom=${K}"),
            ("echo ${A:-x}", "A@1:8 required=no idiom=${K:-} default=x"),
            ("echo \"${A:-\"x y\"}\"", "A@1:9 required=no idiom=${K:-} default=x y"),
            ("echo ${A-}", "A@1:8 required=no idiom=${K-} default="),
            ("echo ${A:=x}$A", "A@1:8 required=no idiom=${K:=} default=x"),
            (
                "echo ${A:-${B:-$C}}",
                "A@1:8 required=no idiom=${K:-}, B@1:13 required=no idiom=${K:-}, C@1:17 required=maybe idiom=$K",
            ),
            ("echo ${A:?is not set}", "A@1:8 required=yes idiom=${K:?}"),
            ("echo ${A?}", "A@1:8 required=yes idiom=${K?}"),
            ("echo ${A:+--x}", "A@1:8 required=no idiom=${K:+}"),
            ("echo ${A+x}", "A@1:8 required=no idiom=${K+}"),
            (
                "echo ${#A} ${A%/*} ${A:1:2} ${A/x/y} ${A,,}",
                "A@1:9 required=maybe idiom=${#K}, A@1:14 required=maybe idiom=${K}, A@1:22 required=maybe idiom=${K}, A@1:31 required=maybe idiom=${K}, A@1:40 required=maybe idiom=${K}",
            ),
            ("echo $((A + 1))", "A@1:9 required=maybe idiom=$((K))"),
            ("if ((A > 3)); then :; fi", "A@1:6 required=maybe idiom=$((K))"),
            ("x=$(cat \"$A\")", "A@1:11 required=maybe idiom=$K"),
            ("x=`cat $A`", "A@1:9 required=maybe idiom=$K"),
            ("cat <<E\n$A \\$B\nE\n", "A@2:2 required=maybe idiom=$K"),
            ("[ -z \"$A\" ] && [[ -n $B ]]", "A@1:8 required=maybe idiom=$K, B@1:23 required=maybe idiom=$K"),
            (
                "printenv A 'B' C_1",
                "A@1:10 required=maybe idiom=printenv, B@1:12 required=maybe idiom=printenv, C_1@1:16 required=maybe idiom=printenv",
            ),
            ("envsubst '$A ${B}' < x", "A@1:12 required=maybe idiom=envsubst, B@1:16 required=maybe idiom=envsubst"),
            ("A=${A:-x} B=\"$B\"", "A@1:5 required=no idiom=${K:-} default=x, B@1:15 required=maybe idiom=$K"),
            ("A=1 run $A", "A@1:10 required=maybe idiom=$K"),
            ("case $A in x) ;; esac", "A@1:7 required=maybe idiom=$K"),
        ],
    );
}

#[test]
fn what_a_script_sets_or_only_spells_is_no_read() {
    check(
        "a.sh",
        "",
        &[
            ("A=1\necho $A", ""),
            ("echo $A\nA=1", "A@1:7"),
            ("export A=1 B=2; echo $A $B", ""),
            ("export A; echo $A", "A@1:17"),
            ("readonly A=1; declare -x B=2; typeset C; echo $A $B $C", ""),
            ("read -r -p 'A? ' A B; echo $A $B", ""),
            ("while IFS= read -r A; do echo $A; done", ""),
            ("for A in 1 2; do echo $A; done; echo $A", ""),
            ("while getopts ab: A; do echo $A; done", ""),
            ("mapfile -t A; printf -v B x; let C=1; echo $A $B $C", ""),
            ("((A = 1)); echo $A", ""),
            ("for ((I=0; I<3; I++)); do echo $I; done", ""),
            ("unset A; echo $A", ""),
            ("eval local A=\\(x\\); eval \"B=1; C=$d\"; echo $A $B $C", ""),
            ("A=(1 2); echo ${A[@]} ${!A[@]} ${#A[@]}", ""),
            ("echo '$A' \\$A \\${A} $$ $1 $@ $? $a ${a} $_ # $A", ""),
            ("cat <<'E'\n$A\nE\n", ""),
            ("cat <<-\"E\"\n\t$A\n\tE\n", ""),
            ("echo $RANDOM $BASH_SOURCE $LINENO $PWD $IFS $OPTARG $UID", ""),
            ("echo $HOME $PATH $USER", "HOME@1:7, PATH@1:13, USER@1:19"),
            ("f() { local A=1; echo $A; }\necho $A", "A@2:7"),
            ("f() { local A; A=$1; echo $A; }\nf", ""),
            ("f() { echo $A; }\nA=1\nf", ""),
            ("f() { echo $A; A=1; }\nf", "A@1:13"),
            ("f() { A=${A:-1}; echo $A; }\nf", "A@1:11"),
            ("f() { echo $A; }\nA=${A:-1}\nf", "A@1:13, A@2:5"),
            ("parse() { A=$1; }\nparse x\necho $A", ""),
            ("env A=1 run; sudo env -i run", ""),
        ],
    );
}

#[test]
fn shell_reads_through_other_names() {
    check(
        "a.sh",
        "",
        &[
            ("for v in A B; do echo ${!v}; done", "A@1:26, B@1:26"),
            ("for v in A \"B\"; do [ -n \"$(printenv \"$v\")\" ]; done", "A@1:37, B@1:37"),
            ("L=(A B)\nfor v in \"${L[@]}\"; do echo \"${!v:-x}\"; done", "A@2:33, B@2:33"),
            ("L='A B'\nfor v in $L; do echo ${!v}; done", "A@2:25, B@2:25"),
            ("v=A; echo ${!v}", "A@1:14"),
            ("need() { local n=$1; [ -n \"${!n}\" ] || exit 1; }\nneed A\nneed \"B\"\nneed $x", "A@2:6, B@3:6, !4:6"),
            ("need() { for n in \"$@\"; do : \"${!n:?}\"; done; }\nneed A B", "A@2:6, B@2:8"),
            ("get() { printenv \"$1\"; }\nget A", "A@2:5"),
            ("echo ${!v}", "!1:6"),
            ("echo ${!A_*}", "!1:6"),
            ("eval \"x=\\$$v\"", "!1:1"),
            ("env | sort; printenv; envsubst < x", "!1:1, !1:13, !1:23"),
        ],
    );
}

#[test]
fn dockerfiles() {
    check(
        "Dockerfile",
        "",
        &[
            ("FROM a:$TAG\nARG A\nENV B=$A C=${D:-x}\nCOPY $B $E /\n", "TAG@1:9, D@3:14, E@4:10"),
            ("ENV A x y $B\nRUN echo $A $B", "B@1:12, B@2:14"),
            ("RUN X=1 && \\\n  # $C\n  echo $X '$Q' \\\n  $Y", "Y@4:4"),
            ("RUN --mount=type=cache,target=/x echo ${A:?}", "A@1:41"),
            ("CMD gunicorn -b :$PORT\nCMD [\"run\", \"$A\"]\nCMD [\"sh\", \"-c\", \"run \\\"$B\\\"\"]", "PORT@1:19, B@3:26"),
            ("HEALTHCHECK --interval=5s CMD curl $A", "A@1:37"),
            ("RUN <<EOF\nX=1\necho $X $A\nEOF\nRUN cat <<'E' > /x\n$Q\nE\nRUN cat <<E > /x\n$B\nE", "A@3:10, B@9:2"),
            ("COPY <<E /x\n$A\nE\nCOPY <<'E' /y\n$B\nE", "A@2:2"),
            ("ARG TARGETARCH\nRUN echo $TARGETARCH $TARGETOS $HOME", "HOME@2:33"),
            ("SHELL [\"powershell\", \"-Command\"]\nRUN $A = 1", ""),
            ("ONBUILD RUN echo $A\nONBUILD ENV B=$C", "A@1:19, C@2:16"),
            ("# escape=`\nENV A=1 `\n  B=$X\nRUN echo $A $B", "X@3:6"),
            ("LABEL a='$A' b=\"$B\" c=\\$C\nrun echo $D", "B@1:18, D@2:11"),
            ("\u{feff}ENV A=$B", "B@1:8"),
        ],
    );
}

#[test]
fn compose_files() {
    let services = "services:\n  a:\n    image: x\n";
    check(
        "compose.yaml",
        services,
        &[
            ("    x: a:${A:-b}", "A@4:12"),
            ("    x: $A and $${B} # ${C}", "A@4:9"),
            ("    x: \"\\\"${A}\\\" ${b}\"", "A@4:13, b@4:20"),
            ("    x: '${A}'\n    y: [a, $B]", "A@4:11, B@5:13"),
            ("    x: |\n      one ${A}\n      two\n      ${B:?e}", "A@5:13, B@7:9"),
            ("    x: >-\n      one ${A}\n      ${B}", "A@5:13, B@6:9"),
            ("    x: &x {y: \"${A}\"}\n  b: *x\n  c: {<<: *x}", "A@4:18"),
            ("    ${K}: v", ""),
        ],
    );
    check("deploy/stack.yml", services, &[("    x: ${A}", "A@4:10")]);
    check("other.yml", "", &[("a: ${A}", ""), ("a: [${A", "")]);
    check("compose.yaml", "", &[("a: [${A", "fault")]);
}

#[test]
fn workflows() {
    let head = "on: push\nenv: {GLOBAL: 1}\njobs:\n  j:\n    env: {JOB: 1}\n    steps:\n";
    check(
        ".github/workflows/ci.yml",
        head,
        &[
            ("    - run: echo $A ${{ secrets.B }} ${{ env.C }}", "A@7:18"),
            ("    - run: echo $GLOBAL $JOB $STEP $OTHER\n      env: {STEP: 1}", "OTHER@7:37"),
            (
                "    - run: |\n        X=1\n        if [ -n \"$X\" ]; then\n          echo \"${A:-}\"\n        fi\n        cat <<E\n        $B\n        E",
                "A@10:19, B@13:10",
            ),
            ("    - run: echo \"K=v\" >> \"$GITHUB_ENV\"\n    - run: echo $K", "GITHUB_ENV@7:28"),
            ("    - run: $A = 1\n      shell: pwsh", ""),
            ("    - run: \"echo \\\"$A\\\"\"", "A@7:21"),
            ("    - uses: x\n      with: {a: \"${A}\"}", ""),
        ],
    );
    check(
        ".github/actions/x/action.yml",
        "runs:\n  using: composite\n  steps:\n",
        &[("    - run: echo $A\n      shell: bash", "A@4:18")],
    );
}

#[test]
fn kubernetes_manifests() {
    let head = "apiVersion: v1\nkind: Pod\n";
    check(
        "k8s/pod.yaml",
        head,
        &[
            ("spec: {host: \"${HOST}.x\", bare: $A, small: \"${a}\", ref: $(B)}", "HOST@3:17"),
            ("spec:\n  env: [{name: A, value: x}]\n  command: [sh, -c, \"echo ${A} ${B} && X=1; echo $X\"]", "B@5:34"),
            ("data:\n  run.sh: |\n    #!/bin/sh\n    X=1\n    echo $X $A", "A@7:14"),
            ("a: 1\n---\nkind: x\nb: ${A}", ""),
        ],
    );
    check("k8s/pod.yaml", "", &[("apiVersion: v1\nkind: X\na: {{ .X }}\nb: ${A}\n c: d", "fault")]);
}

/// Scripts inside of other files, and everything that could be deep or long, on a worker's stack of 2 MB.
#[test]
fn hostile_scripts_and_manifests_end_quickly() {
    const UNITS: [&str; 34] = [
        "$A ",
        "(",
        "$(",
        "${A:-",
        "${!A",
        "$((",
        "\"$(",
        "cat <<E\n",
        "if a; then ",
        "a | ",
        "a |\n",
        "(a | b)|",
        "a;",
        "case x in a) ",
        "`",
        "[[ a && ",
        "A=1 ",
        "'",
        "\"",
        "\\\n",
        "f() { ",
        "{ ",
        "for v in A; do echo ${!v}; ",
        "RUN ",
        "RUN <<E\n",
        "ONBUILD ",
        "ENV A=\"",
        "[\"sh\",",
        "- ",
        "a: ",
        "- run: |\n  $A",
        "${{ ",
        "$A | $B\n",
        "export A=$(",
    ];
    let worker = std::thread::Builder::new().stack_size(2 << 20).spawn(|| {
        for unit in UNITS {
            let many = unit.repeat(40_000 / unit.len());
            for (path, prefix, suffix) in [
                ("a.sh", "", ""),
                ("a.sh", "", "\n"),
                ("Dockerfile", "RUN ", ""),
                ("compose.yml", "services:\n  a: ", ""),
                (".github/workflows/a.yml", "jobs: {a: {steps: [{run: |\n    ", "\n}]}}"),
                (".github/workflows/a.yml", "jobs:\n a:\n  steps:\n  - run: |\n     ", ""),
                ("k.yml", "apiVersion: a\nkind: b\na: |\n  #!/bin/sh\n  ", ""),
            ] {
                let started = std::time::Instant::now();
                told(&EnvReads::new(), path, &format!("{prefix}{many}{suffix}"));
                assert!(started.elapsed().as_secs() < 20, "{path} {unit:?} {:?}", started.elapsed());
            }
        }
    });
    worker.expect("a thread").join().expect("no panic");
}

#[test]
fn ruby_forms() {
    check_captures(
        "a.rb",
        "",
        &[
            ("ENV['A']", "A@1:5 required=maybe idiom=ENV[]"),
            ("ENV['A'] || 'x'", "A@1:5 required=no idiom=ENV[] default=x"),
            ("ENV['A'].presence || 5", "A@1:5 required=no idiom=ENV[] default=5"),
            ("ENV['A']&.to_i || 5", "A@1:5 required=no idiom=ENV[] default=5"),
            ("ENV['A'] or raise 'x'", "A@1:5 required=yes idiom=ENV[]"),
            ("a = ENV['A'] or raise 'x'", "A@1:9 required=yes idiom=ENV[]"),
            ("ENV.fetch('A')", "A@1:11 required=yes idiom=ENV.fetch"),
            ("ENV.fetch('A', nil)", "A@1:11 required=no idiom=ENV.fetch default=nil"),
            ("ENV.fetch('A') { 'x' }", "A@1:11 required=no idiom=ENV.fetch default=x"),
            ("ENV.fetch('A') { |k| raise k }", "A@1:11 required=yes idiom=ENV.fetch"),
            ("ENV.fetch('A', &default)", "A@1:11 required=no idiom=ENV.fetch"),
            ("ENV['A'].nil? ? 'x' : ENV['A']", "A@1:5 required=maybe idiom=ENV[], A@1:27 required=no idiom=ENV[] default=x"),
            ("ENV.values_at('A', 'B')", "A@1:15 required=maybe idiom=ENV.values_at, B@1:20 required=maybe idiom=ENV.values_at"),
        ],
    );
    check(
        "a.rb",
        "",
        &[
            ("::ENV['A']; Foo::ENV['B']", "A@1:7"),
            ("e = ENV\ne['A']", "A@2:3"),
            ("def f(k) = ENV[k]\nf('A'); f(x)", "A@2:3, !2:11"),
            ("class C\n  def self.f(k) = ENV[k]\nend\nC.f('A')\nD.f('B')", "A@4:5"),
            ("k = 'A'\ndef f = ENV[k]", "!2:13"),
            ("K = 'A'\ndef f = ENV[K]", "A@2:13"),
            ("module M\n  K = 'A'\nend\nENV[M::K]; ENV[N::K]", "A@4:5, !4:16"),
            ("%i[A].each { |k| ENV[k.to_s] }", "!1:22"),
            ("ENV['A'] ||= 'x'; ENV.delete('B'); ENV.key?('C')", ""),
        ],
    );
}

#[test]
fn java_forms() {
    let inside = "import java.util.*;\nclass A { Object f(String k) { return\n";
    for (text, expected) in [
        ("System.getenv(\"A\")", "A@3:15 required=maybe idiom=System.getenv"),
        ("System.getenv().get(\"A\")", "A@3:21 required=maybe idiom=System.getenv()"),
        ("System.getenv().getOrDefault(\"A\", \"x\")", "A@3:30 required=no idiom=System.getenv() default=x"),
        ("Optional.ofNullable(System.getenv(\"A\")).map(f).orElse(\"x\")", "A@3:35 required=no idiom=System.getenv default=x"),
        ("Optional.ofNullable(System.getenv(\"A\")).orElseThrow()", "A@3:35 required=yes idiom=System.getenv"),
        ("Objects.requireNonNull(System.getenv(\"A\"))", "A@3:38 required=yes idiom=System.getenv"),
        ("or(x, System.getenv(\"A\"))", "A@3:21 required=maybe idiom=System.getenv"),
        ("System.getenv(\"A\" + \"_B\")", "A_B@3:15 required=maybe idiom=System.getenv"),
        ("System.getenv().containsKey(\"A\")", ""),
        ("System.getenv(k)", "!3:15"),
        ("config.getenv(\"A\")", ""),
    ] {
        let told = told_with(&EnvReads::new(), "A.java", &format!("{inside}{text};\n}} }}"), &["required", "default", "idiom"]);
        assert_eq!(told, expected, "{text}");
    }
    check(
        "A.java",
        "",
        &[
            ("import static java.lang.System.*;\nclass A { String a = getenv(\"A\"); }", "A@2:29"),
            ("import other.System;\nclass A { String a = System.getenv(\"A\"); }", ""),
            ("class A { class System {} String a = System.getenv(\"A\"); }", ""),
            (
                "class A { static final String K = \"A\"; String a = System.getenv(A.K), b = System.getenv(B.K); }",
                "A@1:65, !1:89",
            ),
            ("class A { String k = \"A\"; void f() { this.k = \"B\"; System.getenv(k); } }", "!1:66"),
        ],
    );
}

#[test]
fn csharp_forms() {
    let inside = "using System;\nclass A { object F(string k) { return\n";
    for (text, expected) in [
        ("Environment.GetEnvironmentVariable(\"A\")", "A@3:36 required=maybe idiom=Environment.GetEnvironmentVariable"),
        ("Environment.GetEnvironmentVariable(\"A\")!", "A@3:36 required=maybe idiom=Environment.GetEnvironmentVariable"),
        (
            "Environment.GetEnvironmentVariable(\"A\") ?? \"x\"",
            "A@3:36 required=no idiom=Environment.GetEnvironmentVariable default=x",
        ),
        (
            "(Environment.GetEnvironmentVariable(\"A\")?.Trim()) ?? throw new E(\"x\")",
            "A@3:37 required=yes idiom=Environment.GetEnvironmentVariable",
        ),
        (
            "System.Environment.GetEnvironmentVariable(\"A\", EnvironmentVariableTarget.User) ?? string.Empty",
            "A@3:43 required=no idiom=Environment.GetEnvironmentVariable default=",
        ),
        (
            "global::System.Environment.GetEnvironmentVariable(variable: @\"A\")",
            "A@3:61 required=maybe idiom=Environment.GetEnvironmentVariable",
        ),
        ("Environment.GetEnvironmentVariables()[\"A\"]", "A@3:39 required=maybe idiom=Environment.GetEnvironmentVariables()"),
        ("Environment.GetEnvironmentVariables().Contains(\"A\")", ""),
        ("Environment.GetEnvironmentVariables()", "!3:1"),
        ("names.Select(Environment.GetEnvironmentVariable)", "!3:14"),
        ("nameof(Environment.GetEnvironmentVariable)", ""),
        ("Environment.GetEnvironmentVariable($\"A_{k}\")", "!3:36"),
        ("Environment.GetEnvironmentVariable(nameof(A))", "A@3:36 required=maybe idiom=Environment.GetEnvironmentVariable"),
        ("Environment.SetEnvironmentVariable(\"A\", \"x\")", ""),
        ("environment.GetEnvironmentVariable(\"A\")", ""),
        ("\"Environment.GetEnvironmentVariable(\\\"A\\\")\" // Environment.GetEnvironmentVariable(\"B\")\n", ""),
    ] {
        let told = told_with(&EnvReads::new(), "A.cs", &format!("{inside}{text};\n}} }}"), &["required", "default", "idiom"]);
        assert_eq!(told, expected, "{text}");
    }
    check(
        "A.cs",
        "",
        &[
            ("using static System.Environment;\nclass A { string a = GetEnvironmentVariable(\"A\"); }", "A@2:45"),
            ("using E = System.Environment;\nclass A { string a = E.GetEnvironmentVariable(\"A\"); }", "A@2:47"),
            ("using Environment = My.Environment;\nclass A { string a = Environment.GetEnvironmentVariable(\"A\"); }", ""),
            ("class A { IEnv Environment { get; } string F() => Environment.GetEnvironmentVariable(\"A\"); }", ""),
            (
                "class A { const string K = \"A\"; static class B { public const string L = \"L\"; }\n\
                 string a = Environment.GetEnvironmentVariable(K) + Environment.GetEnvironmentVariable(A.B.L); }",
                "A@2:47, L@2:87",
            ),
            (
                "class A { static readonly string[] K = { \"A\", \"B\" };\n\
                 void F() { foreach (var k in K) Environment.GetEnvironmentVariable(k); } }",
                "A@2:68, B@2:68",
            ),
            ("class A { object a = new[] { \"A\" }.Select(k => Environment.GetEnvironmentVariable(k)); }", "A@1:83"),
            ("class A { object a = new[] { \"A\", \"B\" }.Select(Environment.GetEnvironmentVariable); }", "A@1:48, B@1:48"),
            (
                "class A { string[] K = [\"A\"];\nvoid F() { foreach (var k in K.Where(f)) Environment.GetEnvironmentVariable(k); } }",
                "A@2:77",
            ),
            (
                "class A { static string Get(string k, string d = \"x\") => Environment.GetEnvironmentVariable(k) ?? d;\n\
                 string a = Get(\"A\"), b = A.Get(\"B\", \"y\"); }",
                "A@2:16, B@2:32",
            ),
            ("class A { string k = \"A\"; void F() { this.k = \"B\"; Environment.GetEnvironmentVariable(k); } }", "!1:87"),
        ],
    );
}

#[test]
fn kotlin_forms() {
    check_captures(
        "a.kt",
        "",
        &[
            ("val a = System.getenv(\"A\")", "A@1:23 required=maybe idiom=System.getenv"),
            ("val a = System.getenv(\"A\") ?: \"x\"", "A@1:23 required=no idiom=System.getenv default=x"),
            ("val a = System.getenv(\"A\")?.toInt() ?: 5", "A@1:23 required=no idiom=System.getenv default=5"),
            ("val a = System.getenv(\"A\") ?: error(\"x\")", "A@1:23 required=yes idiom=System.getenv"),
            ("val a = System.getenv(\"A\")!!", "A@1:23 required=yes idiom=System.getenv"),
            ("val a = requireNotNull(System.getenv(\"A\"))", "A@1:38 required=yes idiom=System.getenv"),
            ("val a = System.getenv()[\"A\"] ?: \"x\"", "A@1:25 required=no idiom=System.getenv() default=x"),
            ("val a = System.getenv().getValue(\"A\")", "A@1:34 required=yes idiom=System.getenv()"),
            (
                "val a = if (System.getenv(\"A\") == null) \"x\" else System.getenv(\"A\")",
                "A@1:27 required=maybe idiom=System.getenv, A@1:64 required=no idiom=System.getenv default=x",
            ),
        ],
    );
    check(
        "a.kt",
        "",
        &[
            ("import java.lang.System as S\nval a = S.getenv(\"A\")", "A@2:18"),
            ("import platform.posix.getenv\nval a = getenv(\"A\")?.toKString()", "A@2:16"),
            ("val a = getenv(\"A\")", ""),
            ("object C { const val K = \"A\" }\nval a = System.getenv(C.K)", "A@2:23"),
            ("fun f(k: String, d: String = \"x\") = System.getenv(k) ?: d\nval a = f(d = \"y\", k = \"A\")", "A@2:24"),
            ("val a = \"A\" in System.getenv()", ""),
            ("class C(val a: String? = System.getenv(K)) {\n companion object { const val K = \"A\" }\n}", "A@1:40"),
        ],
    );
}

#[test]
fn php_forms() {
    check_captures(
        "a.php",
        "<?php\n",
        &[
            ("getenv('A');", "A@2:8 required=maybe idiom=getenv"),
            ("getenv('A') ?: 'x';", "A@2:8 required=no idiom=getenv default=x"),
            ("$_ENV['A'] ?? 'x';", "A@2:7 required=no idiom=$_ENV[] default=x"),
            ("$_ENV['A'] ?? throw new E();", "A@2:7 required=yes idiom=$_ENV[]"),
            ("$a = getenv('A') or die('x');", "A@2:13 required=yes idiom=getenv"),
            (
                "getenv('A') === false ? 'x' : getenv('A');",
                "A@2:8 required=maybe idiom=getenv, A@2:38 required=no idiom=getenv default=x",
            ),
            ("env('A', 5);", "A@2:5 required=no idiom=env default=5"),
            ("env('A');", "A@2:5 required=maybe idiom=env"),
        ],
    );
    check(
        "a.php",
        "<?php\n",
        &[
            ("use function Hyperf\\Support\\env; env('A');", "A@2:38"),
            ("use function App\\env; env('A');", ""),
            ("function env($k) { return getenv($k); } env('A');", "A@2:45"),
            ("$e = $_ENV; $e['A'];", "A@2:16"),
            ("function f() { $k = 'A'; return fn() => getenv($k); }", "A@2:48"),
            ("$k = 'A'; function f() { return getenv($k); }", "!2:40"),
            ("isset($_ENV['A']); $_ENV['B'] = 1; unset($_ENV['C']); putenv('D=1');", ""),
            ("print_r($_ENV);", "!2:9"),
        ],
    );
}

#[test]
fn hostile_files_of_other_languages_end_quickly() {
    let many = 20_000;
    for (path, texts) in [
        (
            "a.rb",
            [
                "ENV[".repeat(many),
                "ENV['A'] || (".repeat(many),
                format!("f({})", "ENV['A'], ".repeat(many)),
                format!("K = %w[{}]\n{}", "a ".repeat(5000), "K.each { |k| ENV[k] }\n".repeat(1000)),
                format!("{}ENV['A']", "x = ENV[y] and f { |a| ".repeat(many)),
            ],
        ),
        (
            "A.java",
            [
                format!("class A {{ int a = {}", "System.getenv(".repeat(many)),
                format!("class A {{ Object a = f({}1); }}", "System.getenv(\"A\"), ".repeat(many)),
                format!("class A {{ Object a = System.getenv(\"A\"){}; }}", ".f()".repeat(many)),
                format!("class A {{ String a = System.getenv(\"A\"){}; }}", " + \"a\"".repeat(many)),
                format!("{} System.getenv(\"A\")", "class A { void f() { ".repeat(many)),
            ],
        ),
        (
            "a.kt",
            [
                format!("val a = {}", "System.getenv(".repeat(many)),
                format!("val a = listOf({}1)", "System.getenv(\"A\"), ".repeat(many)),
                format!("val a = System.getenv(\"A\"){}", "?.f()".repeat(many)),
                format!("val a = {}1", "System.getenv(\"A\") ?: ".repeat(many)),
                format!("{}System.getenv(it)", "f { ".repeat(many)),
            ],
        ),
        (
            "a.php",
            [
                format!("<?php {}", "getenv(".repeat(many)),
                format!("<?php f({}1);", "fn($a) => getenv($a), ".repeat(many)),
                format!("<?php $a = {}1;", "getenv('A') ?: ".repeat(many)),
                format!("<?php $a = \"{}\";", "{$_ENV['A']}".repeat(many)),
                "<?= getenv('A') ?> text ".repeat(many),
            ],
        ),
    ] {
        for text in texts {
            let begun = std::time::Instant::now();
            raw(&EnvReads::new(), path, &text);
            eprintln!("{path}: {} bytes, {:?}: {}", text.len(), begun.elapsed(), &text[..40]);
        }
    }
}

#[test]
fn hostile_tags_of_go_end_quickly() {
    let many = 20_000;
    for text in [
        format!("package a\ntype D struct {{\n{}D D `envPrefix:\"A_\"`\n}}\n", "K int `env:\"K\"`\n".repeat(many)),
        format!("package a\ntype D struct {{\nK int `env:\"K\"`\n{}}}\n", "D D `envPrefix:\"A_\"`\n".repeat(many)),
        format!(
            "package a\n{}",
            "type D struct {\nK int `env:\"K\"`\nD E `envPrefix:\"A_\"`\n}\ntype E struct {\nD D `envPrefix:\"B_\"`\n}\n"
                .repeat(many)
        ),
        format!("package a\n{}", "type D struct {\nD D `envPrefix:\"A_\"`\nX struct {\n".repeat(many)),
        format!("package a\ntype D {}struct {{\nK int `env:\"K\"`\n}}\n", "[]*".repeat(many)),
    ] {
        raw(&EnvReads::new(), "a.go", &text);
    }
}

#[test]
fn hostile_files_of_csharp_end_quickly() {
    let many = 20_000;
    let read = "Environment.GetEnvironmentVariable(\"A\")";
    for text in [
        format!("class A {{ int a = {}", "Environment.GetEnvironmentVariable(".repeat(many)),
        format!("class A {{ object a = F({}1); }}", format!("{read}, ").repeat(many)),
        format!("class A {{ object a = {read}{}; }}", "?.F()".repeat(many)),
        format!("class A {{ object a = {}1; }}", format!("{read} ?? ").repeat(many)),
        format!("{} {read}", "class A { void F() { ".repeat(many)),
        format!(
            "class A {{ string[] K = {{ {} }}; void F() {{ {} }} }}",
            "\"A\", ".repeat(many),
            "K.Select(Environment.GetEnvironmentVariable); ".repeat(many)
        ),
    ] {
        let begun = std::time::Instant::now();
        raw(&EnvReads::new(), "A.cs", &text);
        eprintln!("{} bytes, {:?}: {}", text.len(), begun.elapsed(), &text[..40]);
    }
}

#[test]
fn settings_classes_of_pydantic() {
    let second = "from pydantic import Field, AliasChoices\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\n";
    check_captures(
        "a.py",
        second,
        &[
            (
                "class S(BaseSettings):\n  db_url: str\n  port: int = 80",
                "DB_URL@4:3 required=yes idiom=pydantic, PORT@5:3 required=no idiom=pydantic default=80",
            ),
            (
                "class S(BaseSettings):\n  model_config = SettingsConfigDict(env_prefix='APP_')\n  key: str | None",
                "APP_KEY@5:3 required=yes idiom=pydantic",
            ),
            (
                "class S(BaseSettings, env_prefix='app_', case_sensitive=True):\n  key: str = ''",
                "app_key@4:3 required=no idiom=pydantic default=",
            ),
            (
                "class S(BaseSettings):\n  a: str = Field(validation_alias='KEY')\n  b: str = Field('x', alias='other')",
                "KEY@4:35 required=yes idiom=pydantic, OTHER@5:29 required=no idiom=pydantic default=x",
            ),
            (
                "class S(BaseSettings):\n  a: str = Field(..., validation_alias=AliasChoices('A', 'B'))",
                "A@4:53 required=yes idiom=pydantic, B@4:58 required=yes idiom=pydantic",
            ),
            (
                "class S(BaseSettings):\n  a: list = Field(default_factory=list)\n  b: ClassVar[int] = 1\n  _c: int\n  d = 1\n  def f(self): pass",
                "A@4:3 required=no idiom=pydantic",
            ),
            (
                "class B(BaseSettings):\n  model_config = {'env_prefix': 'X_'}\nclass S(B):\n  a: str",
                "X_A@6:3 required=yes idiom=pydantic",
            ),
            ("class S(BaseModel):\n  a: str", ""),
        ],
    );
    let first = "from pydantic import BaseSettings, Field\n";
    check_captures(
        "a.py",
        first,
        &[
            (
                "class S(BaseSettings):\n  a: str = Field(..., env='KEY')\n  b: Optional[str]\n  class Config:\n    env_prefix = 'P_'",
                "KEY@3:27 required=yes idiom=pydantic, P_B@4:3 required=no idiom=pydantic",
            ),
            (
                "class S(BaseSettings):\n  a: str = Field(env=['A', 'B'])",
                "A@3:23 required=yes idiom=pydantic, B@3:28 required=yes idiom=pydantic",
            ),
        ],
    );
    check("a.py", "from somewhere import BaseSettings\n", &[("class S(BaseSettings):\n  a: str", "")]);
}

#[test]
fn keys_of_settings_under_an_unknown_prefix_are_computed() {
    check(
        "a.py",
        "from pydantic import Field\nfrom pydantic_settings import BaseSettings, SettingsConfigDict as D\n",
        &[
            (
                "class S(BaseSettings):\n  model_config = D(env_prefix=prefix())\n  a: str\n  b: str = Field(alias='B')",
                "B@6:24, !5:3",
            ),
            ("class S(BaseSettings, env_prefix=f'{P}_'):\n  a: str", "!4:3"),
            ("from .c import P\nclass S(BaseSettings, env_prefix=P):\n  a: str", "!5:3"),
            ("P = 'P_'\nclass S(BaseSettings, env_prefix=P):\n  a: str", "P_A@5:3"),
            ("class S(BaseSettings, env_prefix=''):\n  a: str", "A@4:3"),
            ("class B(BaseSettings, env_prefix=f()): ...\nclass S(B):\n  a: str", "!5:3"),
            ("class B(BaseSettings, env_prefix=f()): ...\nclass S(B, env_prefix='S_'):\n  a: str", "S_A@5:3"),
            ("class S(BaseSettings):\n  model_config = D(**common)\n  a: str", "!5:3"),
            ("class S(BaseSettings):\n  model_config = D(**common, env_prefix='P_')\n  a: str", "P_A@5:3"),
            ("A = {'env_prefix': 'P_'}\nclass S(BaseSettings):\n  model_config = D(**A)\n  a: str", "P_A@6:3"),
            ("A = X\nX = {**A}\nclass S(BaseSettings):\n  model_config = {**A}\n  a: str", "!7:3"),
            ("class S(BaseSettings):\n  model_config = common()\n  a: str", "!5:3"),
            (
                "class B(BaseSettings):\n  model_config = D(env_prefix='B_')\nclass S(BaseSettings):\n  model_config = D(**B.model_config)\n  a: str",
                "B_A@7:3",
            ),
            ("C = D(env_prefix='P_')\nclass S(BaseSettings):\n  model_config = C\n  a: str", "P_A@6:3"),
            ("class S(BaseSettings):\n  a: str = Field(alias=name())", "!4:24"),
            ("class S(BaseSettings):\n  a: str = Field(alias=None)", "A@4:3"),
        ],
    );
}

#[test]
fn tags_of_nested_structs_in_go() {
    let host = "type D struct {\n\tHost string `env:\"HOST\"`\n}\n";
    hold(
        &[
            ("", "HOST@3:20"),
            ("type C struct {\n\tDb D `envPrefix:\"DB_\"`\n}", "DB_HOST@3:20"),
            ("type C struct {\n\tDb *D `envPrefix:\"DB_\"`\n\tD\n}", "DB_HOST@3:20, HOST@3:20"),
            ("type C struct {\n\tD D `envPrefix:\"A_\"`\n\tE D `envPrefix:\"B_\"`\n}", "A_HOST@3:20, B_HOST@3:20"),
            ("type C struct {\n\tD `envPrefix:\"A_\"`\n}\ntype E struct {\n\tC C `envPrefix:\"E_\"`\n}", "E_A_HOST@3:20"),
            ("type C struct {\n\tD D `env:\", prefix=A_\"`\n}", "A_HOST@3:20"),
            ("type C struct {\n\tD D `envPrefix:\"A_\"`\n}\ntype S struct {\n\tdb D\n}", "A_HOST@3:20"),
            ("type C struct {\n\tX o.D `envPrefix:\"A_\"`\n}", "HOST@3:20, !6:8"),
            ("type C struct {\n\tX []D `envPrefix:\"A_\"`\n}", "!3:20"),
            ("type C struct {\n\tX struct {\n\t\tA int `env:\"A\"`\n\t} `envPrefix:\"X_\"`\n}", "HOST@3:20, X_A@7:15"),
            ("type C struct {\n\tX int `envPrefix:\"A_\" env:\"X\"`\n}", "HOST@3:20, X@6:29"),
            (
                "type R struct {\n\tA int `env:\"A\"`\n\tR *R `envPrefix:\"R_\"`\n}\ntype Q struct {\n\tR R `envPrefix:\"Q_\"`\n}",
                "HOST@3:20, Q_A@6:14, !6:14",
            ),
        ],
        |text| told(&EnvReads::new(), "a.go", &format!("package a\n{host}{text}\n")),
    );
}

#[test]
fn options_that_prefix_all_keys_in_go() {
    let head = "package a\nimport \"github.com/caarlos0/env/v11\"\ntype D struct {\n\tHost string `env:\"HOST\"`\n}\n";
    let with = |prefix: &str| format!("func f() {{\n\tenv.ParseWithOptions(&d, env.Options{{Prefix: {prefix}}})\n}}");
    hold(
        &[
            (&with("\"APP_\""), "APP_HOST@4:20"),
            (&with("name()"), "!4:20"),
            (&format!("type E struct {{\n\tA int `env:\"A\"`\n}}\n{}", with("\"APP_\"")), "!4:20, !7:14"),
            (&format!("type E struct {{\n\tD D `envPrefix:\"D_\"`\n}}\n{}", with("\"APP_\"")), "APP_D_HOST@4:20"),
        ],
        |text| told(&EnvReads::new(), "a.go", &format!("{head}{text}\n")),
    );
}

#[test]
fn readers_of_python_libraries() {
    check_captures(
        "a.py",
        "",
        &[
            (
                "import environ\nenv = environ.Env(DEBUG=(bool, False))\nenv('KEY')\nenv.bool('DEBUG')\nenv.str('A', default='x')\nenv.int('B', 3)",
                "KEY@3:5 required=yes idiom=environ, DEBUG@4:10 required=no idiom=environ default=False, A@5:9 required=no idiom=environ default=x, B@6:9 required=no idiom=environ default=3",
            ),
            ("from environs import Env\nenv = Env()\nenv.str('A')\nenv.read_env('B')", "A@3:9 required=yes idiom=environs"),
            (
                "from decouple import config\nconfig('A')\nconfig('B', default=1, cast=int)",
                "A@2:8 required=yes idiom=decouple, B@3:8 required=no idiom=decouple default=1",
            ),
            (
                "from starlette.config import Config\nconfig = Config('.env')\nconfig('A', cast=bool, default=False)",
                "A@3:8 required=no idiom=starlette default=False",
            ),
            ("import click\n@click.option('--a', envvar='A')\ndef f(a): pass", "A@2:29 required=maybe idiom=envvar"),
            (
                "import typer\ndef f(a: str = typer.Option('x', envvar=['A', 'B'])): pass",
                "A@2:42 required=no idiom=envvar default=x, B@2:47 required=no idiom=envvar default=x",
            ),
            ("config('A')\nenv = Env()\nenv('B')", ""),
        ],
    );
}

#[test]
fn schemas_and_services_of_scripts() {
    check_captures(
        "a.ts",
        "",
        &[
            (
                "import { cleanEnv, str } from 'envalid';\nexport const env = cleanEnv(process.env, { A: str(), B: str({ default: 'x' }) });",
                "A@2:44 required=yes idiom=envalid, B@2:54 required=no idiom=envalid default=x",
            ),
            (
                "import { z } from 'zod';\nconst schema = z.object({ A: z.string(), B: z.string().default('x'), C: z.string().optional() });\nexport const env = schema.parse(process.env);",
                "A@2:27 required=yes idiom=zod, B@2:42 required=no idiom=zod default=x, C@2:70 required=maybe idiom=zod",
            ),
            (
                "import * as z from 'zod';\nz.object({ A: z.string() }).strict().safeParse(process.env);",
                "A@2:12 required=yes idiom=zod",
            ),
            ("import { z } from 'zod';\nz.object({ A: z.string() }).parse(body)", ""),
            (
                "import { createEnv } from '@t3-oss/env-nextjs';\ncreateEnv({ server: { A: z.string().url() }, client: { NEXT_PUBLIC_B: z.string().optional() }, runtimeEnv: process.env });",
                "A@2:23 required=yes idiom=createEnv, NEXT_PUBLIC_B@2:56 required=maybe idiom=createEnv",
            ),
            (
                "import * as env from 'env-var';\nenv.get('A').required().asString(); env.get('B').default('x').asString(); env.get('C').asInt();",
                "A@2:9 required=yes idiom=env-var, B@2:45 required=no idiom=env-var default=x, C@2:83 required=maybe idiom=env-var",
            ),
            (
                "import { ConfigService } from '@nestjs/config';\nclass S { constructor(private readonly config: ConfigService) {}\n f() { this.config.get<string>('A'); this.config.getOrThrow('B'); this.config.get('C', 'x'); this.config.get('db.host') } }",
                "A@3:32 required=maybe idiom=ConfigService, B@3:61 required=yes idiom=ConfigService, C@3:83 required=no idiom=ConfigService default=x",
            ),
            (
                "import { ConfigService } from '@nestjs/config';\nconst c = app.get(ConfigService); c.get('A')",
                "A@2:41 required=maybe idiom=ConfigService",
            ),
            ("import { ConfigService } from './mine';\nfunction f(config: ConfigService) { config.get('A') }", ""),
        ],
    );
}

#[test]
fn a_loop_over_the_whole_environment_is_no_test_for_a_key() {
    check(
        "a.py",
        "import os\n",
        &[
            ("[k for k in os.environ.keys() if k]", "!2:13"),
            ("for k in os.environ: pass", "!2:10"),
            ("'A' in os.environ.keys()", ""),
        ],
    );
}
