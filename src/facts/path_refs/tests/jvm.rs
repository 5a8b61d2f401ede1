//! Paths in Java and Kotlin.

use super::table;

fn java(cases: &[(&str, &[&str])]) {
    for (code, expected) in cases {
        let whole = format!("class A {{ void f() {{ {code} }} }}");
        let at = "class A { void f() { ".len();
        let moved: Vec<String> = expected.iter().map(|line| shifted(line, at)).collect();
        table("A.java", &[(&whole, &moved.iter().map(String::as_str).collect::<Vec<_>>())]);
    }
}

/// A line of `table`, its column moved to the right.
fn shifted(line: &str, by: usize) -> String {
    let (before, after) = line.split_once("@1:").unwrap();
    let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    format!("{before}@1:{}{}", after[..digits].parse::<usize>().unwrap() + by, &after[digits..])
}

#[test]
fn java_builds_paths() {
    java(&[
        ("Path.of(\"m\", \"x.json\");", &["m/x.json@1:1"]),
        ("Paths.get(base, \"m/x.json\");", &["?/m/x.json@1:1"]),
        ("java.nio.file.Path.of(\"m/x.json\").toFile();", &["m/x.json@1:1"]),
        ("root.resolve(\"m\").resolve(\"x.json\");", &["?/m/x.json@1:1"]),
        ("new File(\"m\", \"x.json\");", &["m/x.json@1:1"]),
        ("new File(dir + \"/m/x.json\");", &["?/m/x.json@1:1"]),
        ("String p = dir + \"/m/\" + name + \".json\";", &["?/m|*.json@1:12"]),
        ("String.format(\"%s/m/x.json\", dir);", &["?/m/x.json@1:1"]),
        ("String d = \"m\"; Path p = Path.of(d, \"x.json\");", &["m/x.json@1:26"]),
        ("List.of(\"m/x.json\");", &["m/x.json@1:9"]),
        ("// m/x.json\n", &[]),
    ]);
    table("A.java", &[("class A { static final String D = \"m\"; File f = new File(A.D, \"x.json\"); }", &["m/x.json@1:49"])]);
}

#[test]
fn java_tells_what_a_file_is_used_for() {
    java(&[
        ("Files.readString(Path.of(\"m/x.json\"));", &["m/x.json@1:18 read opened"]),
        ("Files.writeString(Path.of(\"m/x.json\"), s);", &["m/x.json@1:19 write opened"]),
        (
            "Files.copy(Path.of(\"m/x.json\"), Path.of(\"m/y.json\"));",
            &["m/x.json@1:12 read opened", "m/y.json@1:33 write opened"],
        ),
        ("Files.exists(Path.of(\"m/x.json\"));", &["m/x.json@1:14"]),
        ("new FileInputStream(\"m/x.json\");", &["m/x.json@1:21 read opened"]),
        ("new FileWriter(\"m/x.json\");", &["m/x.json@1:16 write opened"]),
        ("getClass().getResourceAsStream(\"/m/x.json\");", &["m/x.json@1:32 read opened"]),
        ("mapper.readValue(new File(\"m/x.json\"), X.class);", &["m/x.json@1:18 read opened"]),
        ("System.out.println(\"m/x.json\"); log.info(\"m/y.json\");", &[]),
        ("throw new IllegalStateException(\"m/x.json\");", &[]),
    ]);
}

#[test]
fn kotlin_builds_paths() {
    table(
        "a.kt",
        &[
            ("val a = File(\"m\", \"x.json\")", &["m/x.json@1:9"]),
            ("val a = Path(\"m\") / \"x.json\"", &["m/x.json@1:9"]),
            ("val a = Paths.get(\"m\").resolve(\"x.json\")", &["m/x.json@1:9"]),
            ("val a = \"$root/m/x.json\"", &["?/m/x.json@1:9"]),
            ("val a = \"${root.path}/m/x.json\"", &["?/m/x.json@1:9"]),
            ("const val D = \"m\"\nval a = \"$D/x.json\"", &["m/x.json@2:9"]),
            ("object C { const val D = \"m\" }\nval a = File(C.D, \"x.json\")", &["m/x.json@2:9"]),
            ("val a = dir.resolve(\"m/x.json\")", &["?/m/x.json@1:9"]),
            ("val a = layout.projectDirectory.file(\"m/x.json\")", &["m/x.json@1:38"]),
            ("val a = \"m/$n.json\"", &["m|*.json@1:9"]),
        ],
    );
}

#[test]
fn kotlin_tells_what_a_file_is_used_for() {
    table(
        "a.kt",
        &[
            ("val a = File(\"m/x.json\").readText()", &["m/x.json@1:9 read opened"]),
            ("fun f() { File(\"m/x.json\").writeText(s) }", &["m/x.json@1:11 write opened"]),
            ("val f = File(\"m/x.json\")\nval a = f.readLines()", &["m/x.json@1:9 read opened"]),
            ("val a = javaClass.getResource(\"/m/x.json\")", &["m/x.json@1:31 read opened"]),
            ("val a = Files.newBufferedReader(Path.of(\"m/x.json\"))", &["m/x.json@1:33 read opened"]),
            ("apply(from = \"gradle/x.gradle.kts\")", &["gradle/x.gradle.kts@1:14 read opened"]),
            ("fun f() { println(\"m/x.json\"); throw Exception(\"m/y.json\"); error(\"m/z.json\") }", &[]),
        ],
    );
}

#[test]
fn hostile_files_end_quickly() {
    let many = 20_000;
    let chain = ".resolve(\"b\")".repeat(many);
    super::raw("a.kt", &format!("val a = Path.of(\"a\"){chain}"));
    super::raw("A.java", &format!("class A {{ Object a = Path.of(\"a\"){chain}; }}"));
    super::raw("a.php", &format!("<?php $a = 'a'{};", " . 'b/c.json'".repeat(many)));
    super::raw("a.rb", &"File.join(".repeat(many));
}
