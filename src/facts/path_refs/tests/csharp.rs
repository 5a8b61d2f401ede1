//! Paths in C#.

use super::table;

/// Each: a statement, and what it says; columns count from the line of its own.
fn csharp(cases: &[(&str, &[&str])]) {
    for (code, expected) in cases {
        let moved: Vec<String> = expected.iter().map(|line| line.replace("@1:", "@2:")).collect();
        let moved: Vec<&str> = moved.iter().map(String::as_str).collect();
        table("A.cs", &[(&format!("class A {{ void F() {{\n{code} }} }}"), &moved)]);
    }
}

#[test]
fn csharp_builds_paths() {
    csharp(&[
        ("Path.Combine(\"m\", \"x.json\");", &["m/x.json@1:1"]),
        ("System.IO.Path.Combine(root, \"m\", \"x.json\");", &["?/m/x.json@1:1"]),
        ("new FileInfo(Path.Join(dir, \"m/x.json\"));", &["?/m/x.json@1:1"]),
        ("var p = $\"{dir}/m/x.json\";", &["?/m/x.json@1:9"]),
        ("var p = dir + \"/m/\" + name + \".json\";", &["?/m|*.json@1:9"]),
        ("const string D = \"m\"; var p = $\"{D}/x.json\";", &["m/x.json@1:31"]),
        ("string.Format(\"{0}/m/x.json\", dir);", &["?/m/x.json@1:1"]),
        ("foreach (var n in new[] { \"x\", \"y\" }) { Use($\"m/{n}.json\"); }", &["m/x.json@1:45", "m/y.json@1:45"]),
        ("// m/x.json\n", &[]),
    ]);
    table("A.cs", &[("class A { const string D = \"m\"; string F => Path.Combine(A.D, \"x.json\"); }", &["m/x.json@1:45"])]);
}

#[test]
fn csharp_tells_what_a_file_is_used_for() {
    csharp(&[
        ("File.ReadAllText(\"m/x.json\");", &["m/x.json@1:18 read opened"]),
        ("File.WriteAllText(\"m/x.json\", s);", &["m/x.json@1:19 write opened"]),
        ("File.Copy(\"m/x.json\", \"m/y.json\");", &["m/x.json@1:11 read opened", "m/y.json@1:23 write opened"]),
        ("File.Exists(\"m/x.json\");", &["m/x.json@1:13"]),
        ("using var s = File.OpenRead(Path.Combine(\"m\", \"x.json\"));", &["m/x.json@1:29 read opened"]),
        ("new FileInfo(\"m/x.json\").OpenText();", &["m/x.json@1:1 read opened"]),
        ("Directory.GetFiles(\"m/d.d\");", &["m/d.d|*@1:20 read opened"]),
        ("new FileStream(\"m/x.json\", FileMode.Create);", &["m/x.json@1:16 write opened"]),
        ("new StreamReader(\"m/x.json\");", &["m/x.json@1:18 read opened"]),
        ("Console.WriteLine(\"m/x.json\"); _logger.LogInformation(\"m/y.json\");", &[]),
        ("throw new InvalidOperationException(\"m/x.json\");", &[]),
    ]);
    table("A.cs", &[("[Route(\"m/x.json\")] class A {}", &[])]);
}

#[test]
fn hostile_files_end_quickly() {
    let many = 20_000;
    super::raw("A.cs", &format!("class A {{ object a = {}", "Path.Combine(".repeat(many)));
    super::raw("A.cs", &format!("class A {{ string a = \"a\"{}; }}", " + \"b/c.json\"".repeat(many)));
    super::raw("A.cs", &format!("class A {{ string a = {}", "$\"{".repeat(many)));
}
