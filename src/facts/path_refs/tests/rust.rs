//! Paths in Rust.

use super::table;

#[test]
fn paths_are_built() {
    table(
        "a.rs",
        &[
            (r#"fn f(r: &Path) { r.join("m").join("x.json"); }"#, &["?/m/x.json@1:18"]),
            (r#"const P: &str = "m/x.json";"#, &["m/x.json@1:17"]),
            (r#"fn f() { Path::new("m").join("x.json"); }"#, &["m/x.json@1:10"]),
            (r#"fn f() { let d = PathBuf::from("m"); d.join("x.json"); }"#, &["m/x.json@1:38"]),
            (r#"const P: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/m/x.json");"#, &["?/m/x.json@1:17"]),
            (r#"fn f() { Path::new(env!("CARGO_MANIFEST_DIR")).join("m/x.json"); }"#, &["?/m/x.json@1:10"]),
            (r#"fn f(r: &str) { format!("{r}/m/x.json"); }"#, &["?/m/x.json@1:17"]),
            (r#"fn f() { let d = "m"; format!("{d}/x.json"); }"#, &["m/x.json@1:23"]),
            (r#"fn f(r: u8) { format!("{}/m/{:02}.json", r, r); }"#, &["?/m|*.json@1:15"]),
            (r#"fn f() { format!("{dir}/x.json", dir = "m"); }"#, &["m/x.json@1:10"]),
            (r#"fn f() { "m/".to_string() + "x.json"; }"#, &["m/x.json@1:10"]),
            (r##"const P: &str = r#"m/x.json"#;"##, &["m/x.json@1:17"]),
            (r#"impl C { const D: &str = "m"; fn f() { Path::new(Self::D).join("x.json"); } }"#, &["m/x.json@1:40"]),
            (
                r#"fn f() { for n in ["a.json", "b.json"] { Path::new("m").join(n); } }"#,
                &["a.json@1:20", "b.json@1:30", "m/a.json@1:42", "m/b.json@1:42"],
            ),
            (r#"fn f(mut p: PathBuf) { p.push("m/x.json"); }"#, &["?/m/x.json@1:31"]),
        ],
    );
}

#[test]
fn includes_are_relative_to_their_file() {
    table(
        "src/a.rs",
        &[
            (r#"const A: &str = include_str!("x.json");"#, &["x.json@1:30 read opened relative 0"]),
            (r#"const A: &[u8] = include_bytes!("../m/x.json");"#, &["m/x.json@1:33 read opened relative 1"]),
            (r#"include!(concat!(env!("OUT_DIR"), "/m/x.rs"));"#, &["?/m/x.rs@1:10 read opened"]),
        ],
    );
}

#[test]
fn reads_and_writes_are_told_apart() {
    table(
        "a.rs",
        &[
            (r#"fn f() { std::fs::read_to_string("m/x.json")?; }"#, &["m/x.json@1:34 read opened"]),
            (r#"use std::fs; fn f() { fs::write("m/x.json", "x.y"); }"#, &["m/x.json@1:33 write opened", "x.y@1:45"]),
            (r#"use std::fs::File; fn f() { File::open(&Path::new("m/x.json"))?; }"#, &["m/x.json@1:41 read opened"]),
            (r#"fn f() { let p = root.join("m/x.json"); File::create(&p)?; }"#, &["?/m/x.json@1:18 write opened"]),
            (r#"fn f() { fs::copy("a/x.json", "b/x.json"); }"#, &["a/x.json@1:19 read opened", "b/x.json@1:31 write opened"]),
            (
                r#"fn f() { OpenOptions::new().append(true).open("m/x.log"); load("m/y.json"); }"#,
                &["m/x.log@1:47 write opened", "m/y.json@1:64 read opened"],
            ),
        ],
    );
}

#[test]
fn words_for_people_and_attributes_are_no_paths() {
    table(
        "a.rs",
        &[
            (r#"fn f() { println!("m/x.json"); log::warn!("no {} m/x.json", "m/y.json"); panic!("m/x.json"); }"#, &[]),
            (
                r#"/// "m/x.json"
             // "m/x.json"
             #[doc = "m/x.json"] fn f() {}"#,
                &[],
            ),
            (r#"fn f() { p.expect("m/x.json"); Err(MyError::new("m/x.json")); assert_eq!(a, b, "m/x.json"); }"#, &[]),
            (
                r#"fn f() { assert_eq!(p, "m/x.json"); assert!(p == "m/y.json", "m/z.json"); }"#,
                &["m/x.json@1:24", "m/y.json@1:50"],
            ),
            (
                "#[case(\"m/x.json\")]\n#[case::b(\"m/y.json\", 1)]\n#[serde(rename = \"m/z.json\")]\nfn f() {}",
                &["m/x.json@1:8", "m/y.json@2:11"],
            ),
            (r#"fn f() { assert_eq!(load("m/x.json"), 1); }"#, &["m/x.json@1:26 read opened"]),
        ],
    );
}
