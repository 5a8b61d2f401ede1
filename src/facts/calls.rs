//! `calls`: calls of named functions, through import aliases.

use super::names::{Call, Names, call, literal_text, syntax};
use super::{Extractor, FileKind, Raw, RawElement, Source, parsed};

/// Reads `calls: NAME`, or a list of names.
pub struct Calls {
    /// Each a module's path, a dot, and the function's name; or a global function.
    functions: Vec<String>,
}

/// Arguments that an element has captures for.
const MAX_ARGUMENTS: usize = 16;

impl Calls {
    pub fn new(functions: Vec<String>) -> Self {
        Calls { functions }
    }

    /// The captures that an element may have.
    pub fn captures(&self) -> Vec<String> {
        (0..MAX_ARGUMENTS).map(|index| format!("arg{index}")).collect()
    }

    /// The function that is called, as the policy names it.
    fn function<'t>(&self, names: &Names<'t>, call: &Call<'t>) -> Option<&String> {
        let path = names.called(call)?;
        let syntax = syntax(call.node.code());
        self.functions.iter().find(|function| syntax.is_called(function, &path) || names.may_be(&path, function))
    }
}

impl Extractor for Calls {
    fn literals(&self, _kind: FileKind) -> Option<Vec<String>> {
        Some(
            self.functions
                .iter()
                .map(|name| name.trim_end_matches('!').rsplit(['.', ':', '\\', '>']).next().unwrap_or(name).to_owned())
                .collect(),
        )
    }

    fn extract(&self, source: &Source<'_>, raw: &mut Raw) {
        let Some(code) = parsed::parsed_but_no_script("calls", source, raw) else { return };
        let names = Names::of(code);
        for call in code.root().subtree().filter_map(call) {
            let Some(function) = self.function(&names, &call) else { continue };
            raw.elements.push(RawElement {
                value: function.clone(),
                captures: arguments(&call),
                span: Some(call.node.span()),
                ..Default::default()
            });
        }
        parsed::settle(raw);
    }
}

/// The literal arguments by position; behind a spread nobody knows the positions.
fn arguments(call: &Call<'_>) -> Vec<(String, String)> {
    let positional = call.arguments.iter().filter(|argument| argument.name.is_none());
    let numbered = positional.take_while(|argument| !argument.spread).take(MAX_ARGUMENTS).enumerate();
    numbered.filter_map(|(index, argument)| Some((format!("arg{index}"), literal_text(argument.value)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::parsed::testing::{told, told_with};

    fn calls(functions: &[&str]) -> Calls {
        Calls::new(functions.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn calls_through_imports_and_no_others() {
        for (text, expected) in [
            ("import asyncio as aio\naio.run(main())", "asyncio.run@2:1"),
            ("from asyncio import run as start\nreturn_ = start(main())", "asyncio.run@2:11"),
            ("from runner import run\nrun(main())", ""),
            ("asyncio.run(main())", "asyncio.run@1:1"),
            ("class C:\n  def f(self):\n    self.asyncio.run(main())", ""),
            ("'asyncio.run()'  # asyncio.run()\nx = asyncio.run", ""),
            ("def f(asyncio):\n  asyncio.run(x)", ""),
            ("asyncio.run(\n  x)(y)", "asyncio.run@1:1"),
        ] {
            assert_eq!(told(&calls(&["asyncio.run"]), "a.py", text), expected, "{text}");
        }
        let text = "import {readFile as r} from 'node:fs'; import * as p from 'path'; r('a'); p.join('b'); eval('c')";
        assert_eq!(
            told(&calls(&["fs.readFile", "path.join", "eval"]), "a.ts", text),
            "fs.readFile@1:67, path.join@1:75, eval@1:88"
        );
    }

    #[test]
    fn rust_paths_through_use_and_as_a_policy_may_write_them() {
        let text = "use std::process; use std::process::{exit as quit, Command}; use a::b as c;\n\
             fn f() { process::exit(1); quit(2); std::process::exit(3); Command::new(\"ls\"); c::d(); exit(4); x.exit(5); }";
        for function in ["std::process::exit", "std.process.exit"] {
            assert_eq!(told(&calls(&[function]), "a.rs", text).replace(function, "exit"), "exit@2:10, exit@2:28, exit@2:37");
        }
        assert_eq!(
            told_with(&calls(&["std::process::Command::new", "a::b::d"]), "a.rs", text, &["arg0"]),
            "std::process::Command::new@2:60 arg0=ls, a::b::d@2:80"
        );
        let text = "fn f() { println!(\"{}\", dbg!(a)); vec![std::process::exit(1)]; debug(); println(); }";
        assert_eq!(
            told(&calls(&["println!", "dbg!", "std::process::exit"]), "a.rs", text),
            "println!@1:10, dbg!@1:25, std::process::exit@1:40"
        );
    }

    #[test]
    fn a_script_is_not_passed_over_in_silence() {
        assert_eq!(told(&calls(&["curl"]), "a.sh", "curl x\n"), "fault");
    }

    #[test]
    fn calls_of_ruby() {
        each(&[
            ("a.rb", "File.join", "File.join('a'); file.join('b'); Foo::File.join('c')", "File.join@1:1"),
            (
                "a.rb",
                "Foo::Bar.run",
                "Foo::Bar.run; ::Foo::Bar.run(1)\nx = Foo::Bar.run 1",
                "Foo::Bar.run@1:1, Foo::Bar.run@1:15, Foo::Bar.run@2:5",
            ),
            ("a.rb", "byebug", "def f\n  byebug\n  byebug = 1\nend\n# byebug", ""),
            ("a.rb", "byebug", "def f\n  byebug\n  x\nend\n'byebug'", "byebug@2:3"),
            ("a.rb", "binding.pry", "def f\n  binding.pry\nend", "binding.pry@2:3"),
            ("a.rb", "puts", "puts 'x'; $stderr.puts 'y'; @a.puts", "puts@1:1"),
            ("a.rb", "Kernel.sleep", "sleep 1", ""),
        ]);
    }

    #[test]
    fn calls_of_java_and_kotlin() {
        each(&[
            (
                "A.java",
                "java.nio.file.Files.delete",
                "import java.nio.file.Files;\nclass A { void f() { Files.delete(p); files.delete(p); } }",
                "java.nio.file.Files.delete@2:22",
            ),
            (
                "A.java",
                "java.nio.file.Files.delete",
                "import java.nio.file.*;\nclass A { void f() { Files.delete(p); } }",
                "java.nio.file.Files.delete@2:22",
            ),
            (
                "A.java",
                "java.nio.file.Files.delete",
                "import static java.nio.file.Files.delete;\nclass A { void f() { delete(p); this.delete(p); } }",
                "java.nio.file.Files.delete@2:22",
            ),
            ("A.java", "java.nio.file.Files.delete", "import other.Files;\nclass A { void f() { Files.delete(p); } }", ""),
            (
                "A.java",
                "System.exit",
                "class A { void f() { System.exit(1); java.lang.System.exit(2); } }",
                "System.exit@1:22, System.exit@1:38",
            ),
            (
                "A.java",
                "java.util.Random",
                "import java.util.Random;\nclass A { Object a = new Random(); }",
                "java.util.Random@2:22",
            ),
            (
                "a.kt",
                "kotlinx.coroutines.runBlocking",
                "import kotlinx.coroutines.runBlocking as run\nval a = run { 1 }",
                "kotlinx.coroutines.runBlocking@2:9",
            ),
            (
                "a.kt",
                "kotlinx.coroutines.runBlocking",
                "import kotlinx.coroutines.*\nfun f() { runBlocking { } }",
                "kotlinx.coroutines.runBlocking@2:11",
            ),
            ("a.kt", "println", "fun f() { println(1); out.println(2) }", "println@1:11"),
            ("a.kt", "Thread.sleep", "fun f() { Thread.sleep(1) }", "Thread.sleep@1:11"),
        ]);
    }

    #[test]
    fn calls_of_php() {
        each(&[
            ("a.php", "eval_it", "<?php eval_it('x'); \\eval_it('y'); $a->eval_it('z');", "eval_it@1:7, eval_it@1:21"),
            ("a.php", "App\\Kernel::run", "<?php use App\\Kernel; Kernel::run(1); Other::run(2);", "App\\Kernel::run@1:23"),
            ("a.php", "App\\Kernel::run", "<?php use App\\Kernel as K; K::run(1); Kernel::run(2);", "App\\Kernel::run@1:28"),
            ("a.php", "Foo\\bar", "<?php use function Foo\\bar as b; b('x'); Foo\\bar('y');", "Foo\\bar@1:34, Foo\\bar@1:42"),
            ("a.php", "dd", "<?php DD($x); // dd($y)", "dd@1:7"),
        ]);
    }

    /// Path, function, text, and the calls that are found.
    #[track_caller]
    fn each(table: &[(&str, &str, &str, &str)]) {
        for (path, function, text, expected) in table {
            assert_eq!(told(&calls(&[*function]), path, text), *expected, "{text}");
        }
    }

    #[test]
    fn arguments_of_ruby_java_kotlin_and_php() {
        let told = |path, text| told_with(&calls(&["f"]), path, text, &["arg0", "arg1", "arg2"]);
        assert_eq!(told("a.rb", "f 'a', b, :c"), "f@1:1 arg0=a arg2=c");
        assert_eq!(told("A.java", "class A { int a = f(\"a\", b, 3); }"), "f@1:19 arg0=a arg2=3");
        assert_eq!(told("a.kt", "val a = f(\"a\", k = \"x\", b = 1)"), "f@1:9 arg0=a");
        assert_eq!(told("a.php", "<?php f('a', ...$b, 'c');"), "f@1:7 arg0=a");
    }

    #[test]
    fn go_packages_by_path_and_by_name() {
        let text = "package a\nimport (\"net/http\"; o \"os\"; \"gopkg.in/yaml.v3\")\n\
             func f(os T) { http.Get(\"u\"); o.Exit(1); os.Exit(2); yaml.Unmarshal(b); recover() }";
        assert_eq!(
            told_with(&calls(&["net/http.Get", "os.Exit", "gopkg.in/yaml.v3.Unmarshal", "recover"]), "a.go", text, &["arg0"]),
            "net/http.Get@3:16 arg0=u, os.Exit@3:31 arg0=1, gopkg.in/yaml.v3.Unmarshal@3:54, recover@3:73"
        );
        assert_eq!(told(&calls(&["http.Get"]), "a.go", text), "http.Get@3:16");
    }

    #[test]
    fn calls_of_csharp_through_usings() {
        let delete = "System.IO.File.Delete";
        for (text, expected) in [
            ("using System.IO;\nclass A { void F() { File.Delete(p); file.Delete(p); } }", "System.IO.File.Delete@2:22"),
            ("class A { void F() { System.IO.File.Delete(p); } }", "System.IO.File.Delete@1:22"),
            ("using F = System.IO.File;\nclass A { void G() { F.Delete(p); } }", "System.IO.File.Delete@2:22"),
            ("using static System.IO.File;\nclass A { void G() { Delete(p); this.Delete(p); } }", "System.IO.File.Delete@2:22"),
            // A project may use these namespaces without saying so.
            ("class A { void F() { File.Delete(p); } }", "System.IO.File.Delete@1:22"),
            ("using File = My.File;\nclass A { void F() { File.Delete(p); } }", ""),
            ("class A { void F(X File) { File.Delete(p); } /* File.Delete(p) */ }", ""),
        ] {
            assert_eq!(told(&calls(&[delete]), "A.cs", text), expected, "{text}");
        }
        let text = "using N.M;\nclass A { object a = new Client<int>(\"a\", b, 3), b = x?.Y<int>(); }";
        assert_eq!(told_with(&calls(&["N.M.Client"]), "A.cs", text, &["arg0", "arg2"]), "N.M.Client@2:22 arg0=a arg2=3");
    }

    #[test]
    fn literal_arguments_are_captured() {
        let told = |text| told_with(&calls(&["f"]), "a.py", text, &["arg0", "arg1", "arg2"]);
        assert_eq!(told("f('a', b, 3)"), "f@1:1 arg0=a arg2=3");
        assert_eq!(told("f(*a, 'b', k='c')"), "f@1:1");
    }
}
