//! Functions that read the environment for their callers are found wherever in the tree they are defined, and whoever hands
//! them on: the law of what `scan/imports` leaves unread.

mod support;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use support::{Files, Sandbox, run};

/// Directories and names that modules may have; each file is made once.
const DIRECTORIES: [&str; 6] = ["core", "core/deep", "libs", "libs/env", "tools/util", "shared"];
const STEMS: [&str; 4] = ["env", "util", "get", "core"];
/// What a function may be called; words that the files say anyway among them.
const NAMES: [&str; 4] = ["need", "get", "env", "read_env"];

/// A language's way to define, to hand on, and to call.
#[derive(Debug)]
struct Way {
    /// The file of a module: of its directory and stem.
    file: fn(&str, &str) -> String,
    comment: &'static str,
    /// A wrapper of that name.
    define: fn(&str) -> String,
    /// What hands `name` of the module at `from` on as `alias`, from the directory `here`; `None` where nothing does.
    hand_on: fn(&str, &str, &str, &str) -> Option<String>,
    /// A call of `name` of the module at `from`, from the directory `here`.
    call: fn(&str, &str, &str) -> String,
}

fn up(here: &str) -> String {
    "../".repeat(here.split('/').count())
}

const PYTHON: Way = Way {
    file: |directory, stem| match stem {
        "core" => format!("{directory}/__init__.py"),
        stem => format!("{directory}/{stem}.py"),
    },
    comment: "#",
    define: |name| format!("import os\n\n\ndef {name}(key):\n    return os.environ[key]\n"),
    hand_on: |from, name, alias, _| {
        let module = python_module(from);
        Some(if name == alias {
            format!("from {module} import *\n")
        } else {
            format!("from {module} import {name} as {alias}\n")
        })
    },
    call: |from, name, _| format!("from {} import {name}\n\n{name}(\"KEY\")\n", python_module(from)),
};

fn python_module(path: &str) -> String {
    path.trim_end_matches(".py").trim_end_matches("/__init__").replace('/', ".")
}

const TYPESCRIPT: Way = Way {
    file: |directory, stem| match stem {
        "core" => format!("{directory}/index.ts"),
        stem => format!("{directory}/{stem}.ts"),
    },
    comment: "//",
    define: |name| format!("export const {name} = (key: string) => process.env[key];\n"),
    hand_on: |from, name, alias, here| {
        let module = format!("{}{}", up(here), script_module(from));
        Some(match name == alias {
            true => format!("export * from \"{module}\";\n"),
            false => format!("export {{ {name} as {alias} }} from \"{module}\";\n"),
        })
    },
    call: |from, name, here| format!("import {{ {name} }} from \"{}{}\";\n{name}(\"KEY\");\n", up(here), script_module(from)),
};

fn script_module(path: &str) -> &str {
    path.trim_end_matches(".ts").trim_end_matches("/index")
}

const RUST: Way = Way {
    file: |directory, stem| match stem {
        "core" => format!("src/{directory}/mod.rs"),
        stem => format!("src/{directory}/{stem}.rs"),
    },
    comment: "//",
    define: |name| format!("pub fn {name}(key: &str) -> String {{\n    std::env::var(key).unwrap()\n}}\n"),
    hand_on: |from, name, alias, _| {
        let module = rust_module(from);
        Some(if name == alias { format!("pub use {module}::*;\n") } else { format!("pub use {module}::{name} as {alias};\n") })
    },
    call: |from, name, _| format!("use {}::{name};\n\nfn f() {{\n    {name}(\"KEY\");\n}}\n", rust_module(from)),
};

fn rust_module(path: &str) -> String {
    format!("crate::{}", path["src/".len()..].trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::"))
}

const GO: Way = Way {
    file: |directory, stem| format!("{directory}/{stem}.go"),
    comment: "//",
    define: |name| {
        format!("package x\n\nimport \"os\"\n\nfunc {} (key string) string {{\n\treturn os.Getenv(key)\n}}\n", upper(name))
    },
    hand_on: |_, _, _, _| None,
    call: |from, name, _| {
        let directory = from.rsplit_once('/').map_or("", |(directory, _)| directory);
        format!("package user\n\nimport x \"example.com/acme/{directory}\"\n\nvar a = x.{}(\"KEY\")\n", upper(name))
    },
};

const KOTLIN: Way = Way {
    file: |directory, stem| format!("{directory}/{}.kt", upper(stem)),
    comment: "//",
    define: |name| format!("package PACKAGE\n\nfun {name}(key: String): String? = System.getenv(key)\n"),
    hand_on: |_, _, _, _| None,
    call: |from, name, here| {
        let package = from.rsplit_once('/').map_or("", |(directory, _)| directory).replace('/', ".");
        format!("package {}\n\nimport {package}.{name}\n\nval a = {name}(\"KEY\")\n", here.replace('/', "."))
    },
};

const JAVA: Way = Way {
    file: |directory, stem| format!("{directory}/{}.java", upper(stem)),
    comment: "//",
    define: |name| {
        let body = format!("public static String {name}(String key) {{ return System.getenv(key); }}");
        format!("package PACKAGE;\n\nclass CLASS {{\n    {body}\n}}\n")
    },
    hand_on: |_, _, _, _| None,
    call: |from, name, here| {
        let (package, class) = from.trim_end_matches(".java").rsplit_once('/').unwrap_or_default();
        let (package, here) = (package.replace('/', "."), here.replace('/', "."));
        format!("package {here};\n\nimport static {package}.{class}.{name};\n\nclass A {{ String a = {name}(\"KEY\"); }}\n")
    },
};

fn upper(name: &str) -> String {
    name[..1].to_uppercase() + &name[1..]
}

/// Files that say the same words and mean something else.
fn noise(files: &mut Files, way: &Way) {
    for directory in ["other", "other/env", "core/other"] {
        let (path, text) = ((way.file)(directory, "get"), format!("{} env util core get need read_env libs\n", way.comment));
        files.entry(path).or_insert(text);
    }
}

/// Whether each module can be told from the others, and none that is a file from a directory.
fn are_apart(way: &Way, modules: &[(&str, &str)]) -> bool {
    let paths: Vec<String> = modules.iter().map(|(directory, stem)| (way.file)(directory, stem)).collect();
    let name = |path: &str| {
        let path = path.rsplit_once('.').map_or(path, |(path, _)| path);
        ["/index", "/mod", "/__init__"].iter().fold(path, |path, entry| path.trim_end_matches(entry)).to_owned()
    };
    let is_mixed_up = |one: &String, other: &String| {
        one != other
            && (name(one) == name(other) || other.starts_with(&format!("{}/", one.rsplit_once('.').map_or("", |(path, _)| path))))
    };
    !paths.iter().any(|one| paths.iter().any(|other| is_mixed_up(one, other)))
}

/// A chain of modules from a wrapper to one who calls it, and the files that it takes.
fn chain(way: &Way, modules: &[(&str, &str)], names: &[&str], user: &str) -> Files {
    let mut files = Files::new();
    files.insert("go.mod".into(), "module example.com/acme\n".into());
    files.insert("src/lib.rs".into(), "pub mod core;\n".into());
    noise(&mut files, way);
    let mut last: Option<(String, &str)> = None;
    for ((directory, stem), wished) in modules.iter().zip(names) {
        let path = (way.file)(directory, stem);
        let handed = last.as_ref().map(|(from, name)| {
            let text = (way.hand_on)(from, name, wished, directory);
            text.map_or_else(|| ((way.hand_on)(from, name, name, directory), *name), |text| (Some(text), *wished))
        });
        let (text, name) = match handed {
            None => ((way.define)(wished), *wished),
            Some((Some(text), name)) => (text, name),
            Some((None, _)) => break,
        };
        let class = path.rsplit('/').next().and_then(|file| file.split('.').next()).unwrap_or_default();
        files.insert(path.clone(), text.replace("PACKAGE", &directory.replace('/', ".")).replace("CLASS", class));
        last = Some((path, name));
    }
    if let Some((from, name)) = last {
        files.insert((way.file)(user, "caller"), (way.call)(&from, name, user));
    }
    // In Rust each directory is a module.
    let modules = files.keys().filter(|path| path.ends_with(".rs")).flat_map(|path| {
        let ends = path.match_indices('/').map(|(at, _)| &path[..at]).filter(|directory| *directory != "src");
        ends.map(|directory| format!("{directory}/mod.rs")).collect::<Vec<_>>()
    });
    for path in modules.collect::<Vec<_>>() {
        files.entry(path).or_default();
    }
    files
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_function_is_followed_wherever_it_is_defined(
        way in select(vec![&PYTHON, &TYPESCRIPT, &RUST, &GO, &KOTLIN, &JAVA]),
        directories in subsequence(&DIRECTORIES[..], 1..=4).prop_shuffle(),
        stems in prop::collection::vec(select(&STEMS[..]), 4),
        names in prop::collection::vec(select(&NAMES[..]), 4),
        user in select(vec!["user", "core/user", "libs/env/user"]),
        narrow in any::<bool>(),
    ) {
        let modules: Vec<(&str, &str)> = directories.into_iter().zip(stems).collect();
        prop_assume!(are_apart(way, &modules));
        let mut files = chain(way, &modules, &names, user);
        let selection = if narrow { "**/user/**" } else { "**" };
        let policy = format!("version: 1\nrules:\n  - {{id: reads, forbid: {{files: '{selection}', env-reads: {{}}, optional: true}}}}\n");
        files.insert("ssot.yaml".into(), policy);
        let report = run(&files).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let found: Vec<String> = report.findings.iter().map(|finding| format!("{} {}", finding.place.path, finding.message)).collect();
        prop_assert_eq!(found.len(), 1, "{:?}\n{:#?}", found, files);
        prop_assert!(found[0].contains("user/") && found[0].contains("KEY"), "{:?}\n{:#?}", found, files);
        prop_assert_eq!(report.unjudged.len(), 0, "{:#?}", files);
    }
}

const WRAPPER: &str = "import os\n\n\ndef setting(key):\n    return os.environ[key]\n";
const POLICY: &str = "version: 1\nrules:\n  - {id: reads, forbid: {files: 'app/**', env-reads: {}, optional: true}}\n";

/// What the engine says of files that call a wrapper of `lib` in a way that it does not follow to the end.
fn unjudged(files: &[(String, String)]) -> Vec<String> {
    let mut all: Files = files.iter().cloned().collect();
    all.insert("lib/env.py".into(), WRAPPER.into());
    all.insert("ssot.yaml".into(), POLICY.into());
    let report = run(&all).expect("a sound policy");
    report.unjudged.iter().map(|one| format!("{:?} {}", one.reason, one.place.path)).collect()
}

#[test]
fn a_name_that_is_handed_on_too_often_is_told() {
    let link = |n: usize| {
        let (from, name) = if n == 0 { ("env".into(), "setting".into()) } else { (format!("m{}", n - 1), format!("f{}", n - 1)) };
        (format!("lib/m{n}.py"), format!("from .{from} import {name} as f{n}\n"))
    };
    let mut files: Vec<(String, String)> = (0..40).map(link).collect();
    files.push(("app/a.py".into(), "from lib.m39 import f39\nfrom lib.m16 import f16\nf39('A')\nf16('B')\n".into()));
    assert_eq!(unjudged(&files), ["Dynamic app/a.py"]);
}

#[test]
fn a_star_too_many_is_told() {
    let stars = |dots: &str| (0..80).map(|n| format!("from {dots}m{n} import *\n")).collect::<String>();
    let mut files: Vec<(String, String)> = (0..80).map(|n| (format!("lib/m{n}.py"), "X = 1\n".to_owned())).collect();
    files[79].1 = "from .env import setting\n".into();
    files.push(("app/a.py".into(), format!("{}setting('A')\n", stars("lib."))));
    files.push(("lib/all.py".into(), stars(".")));
    files.push(("app/b.py".into(), "from lib.all import setting\nsetting('A')\n".into()));
    assert_eq!(unjudged(&files), ["Dynamic app/a.py", "Dynamic app/b.py"]);
}

#[test]
fn a_caller_that_cannot_be_read_is_told_once() {
    let sandbox = Sandbox::new(&[("ssot.yaml", POLICY), ("lib/env.py", WRAPPER)]);
    sandbox.write("app/a.py", b"from lib.env import setting\nsetting('A')\nb'\xff'\n");
    sandbox.write("app/b.py", b"import os\nfrom lib.env import setting\nos.environ[setting('A')]\nb'\xff'\n");
    assert_eq!(sandbox.check().unjudged(), ["unparsable app/a.py", "unparsable app/b.py"]);
}
