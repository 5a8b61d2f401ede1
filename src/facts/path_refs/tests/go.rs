//! Paths in Go.

use super::{expressions, table};

/// The code in a function of a file that imports what it needs; places are those of the second line.
fn inside(cases: &[(&str, &[&str])]) {
    for (code, expected) in cases {
        let text = format!(
            "package a; import (\"os\"; \"fmt\"; \"log\"; \"path\"; \"path/filepath\"; \"io/ioutil\")\nfunc f() {{ {code} }}"
        );
        assert_eq!(expressions("a.go", &text), *expected, "{code}");
    }
}

#[test]
fn paths_are_built() {
    inside(&[
        (r#"filepath.Join(dir, "m", "x.json")"#, &["?/m/x.json@2:12"]),
        (r#"path.Join("m", "x.json")"#, &["m/x.json@2:12"]),
        (r#"p := "m/" + "x.json""#, &["m/x.json@2:17"]),
        (r#"d := "m"; use(filepath.Join(d, `x.json`))"#, &["m/x.json@2:26"]),
        (r#"fmt.Sprintf("%s/m/x.json", dir)"#, &["?/m/x.json@2:12"]),
        (r#"fmt.Sprintf("m/%03d.json", n)"#, &["m|*.json@2:12"]),
        (r#"d := "m"; use(fmt.Sprintf("%s/%v", d, "x.json"))"#, &["m/x.json@2:26"]),
        (
            r#"for _, n := range []string{"a.json", "b.json"} { path.Join("m", n) }"#,
            &["a.json@2:39", "b.json@2:49", "m/a.json@2:61", "m/b.json@2:61"],
        ),
        (r#"m := map[string]string{"a": "m/x.json"}"#, &["m/x.json@2:40"]),
    ]);
}

#[test]
fn reads_and_writes_are_told_apart() {
    inside(&[
        (r#"os.ReadFile("m/x.json")"#, &["m/x.json@2:24 read opened"]),
        (r#"os.WriteFile(filepath.Join("m", "x.json"), b, 0o644)"#, &["m/x.json@2:25 write opened"]),
        (r#"os.OpenFile("m/x.log", os.O_APPEND|os.O_CREATE, 0)"#, &["m/x.log@2:24 write opened"]),
        (r#"p := filepath.Join("m", "x.json"); ioutil.ReadFile(p)"#, &["m/x.json@2:17 read opened"]),
        (r#"LoadConfig("m/x.json")"#, &["m/x.json@2:23 read opened"]),
        (r#"filepath.Glob("m/*.json")"#, &["m|*.json@2:26 read opened"]),
    ]);
}

#[test]
fn embedded_files_are_relative_to_their_file() {
    table(
        "srv/a.go",
        &[
            ("package a\n//go:embed \"m/x.json\"\nvar a []byte", &["m/x.json@2:12 read opened relative 0"]),
            (
                "package a\n//go:embed m/x.json m/y.json\nvar a fs.FS",
                &["m/x.json@2:12 read opened relative 0", "m/y.json@2:21 read opened relative 0"],
            ),
            ("package a\n//go:embed m/*.json\nvar a fs.FS", &["m|*.json@2:12 read opened relative 0"]),
            ("package a\n// go:embed m/x.json\n// m/x.json\nvar a fs.FS", &[]),
        ],
    );
}

#[test]
fn words_for_people_packages_and_tags_are_no_paths() {
    inside(&[
        (r#"fmt.Println("m/x.json"); log.Printf("no m/x.json"); t.Fatalf("m/x.json %s", "m/y.json")"#, &[]),
        (r#"fmt.Errorf("m/x.json"); logger.Infof("m/x.json"); panic("m/x.json")"#, &[]),
        ("type T struct { A string `yaml:\"m/x.json\"` }", &[]),
    ]);
}
