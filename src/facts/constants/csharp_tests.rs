//! Constants of C#, in tables.

use super::Constant;
use crate::facts::parsed::testing::{told, told_with};

#[test]
fn csharp_constants() {
    let all: &[(&str, &str)] = &[
        ("const string W = \"w\", X = \"a\";", "a@1:37"),
        ("const string X = @\"a\\b\";", "a\\b@1:28"),
        ("const string X = \"a\" + \"b\";", "ab@1:28"),
        ("static readonly int X = -5;", "-5@1:35"),
        ("static readonly string[] X = { \"a\", \"b\" };", "a@1:42, b@1:47"),
        ("static readonly string[] X = new[] { \"a\" };", "a@1:48"),
        ("static readonly string[] X = new string[] { \"a\" };", "a@1:55"),
        ("static readonly string[] B = [\"b\"]; static string[] X => [\"a\", .. B];", "b@1:41, a@1:69"),
        ("static readonly List<string> X = new List<string> { \"a\" };", "a@1:63"),
        ("static readonly HashSet<string> X = new(StringComparer.Ordinal) { \"a\" };", "a@1:77"),
        ("static readonly HashSet<string> X = new HashSet<string>(new[] { \"a\" }, StringComparer.Ordinal);", "a@1:75"),
        ("static ImmutableArray<string> X { get; } = ImmutableArray.Create(\"a\", \"b\");", "a@1:76, b@1:81"),
        ("static readonly Dictionary<string, int> X = new() { { \"a\", 1 }, [\"b\"] = 2 };", "a@1:65, b@1:76"),
        ("static readonly FrozenSet<string> X = new[] { \"a\" }.ToFrozenSet();", "a@1:57"),
        ("const string K = \"a\"; static readonly string[] X = { K, A.K, Y.C, F() };", "a@1:28, !1:72, !1:77"),
        ("static readonly string[] X = Load();", "!1:40"),
        ("void F() { var X = \"a\"; }", ""),
        ("// const string X = \"a\";\n", ""),
    ];
    for (field, expected) in all {
        assert_eq!(told(&Constant::new("X"), "A.cs", &format!("class A {{ {field} }}")), *expected, "{field}");
    }
    let text = "enum X { A, B = 2, [EnumMember(Value = \"c\")] C }";
    assert_eq!(told_with(&Constant::new("X"), "A.cs", text, &["key"]), "A@1:10 key=A, 2@1:17 key=B, c@1:40 key=C");
}

#[test]
fn hostile_files_end_quickly() {
    for text in [
        format!("class A {{ object X = {}", "new[] { ".repeat(20_000)),
        format!("class A {{ string X = \"a\"{}; }}", " + \"a\"".repeat(20_000)),
        format!("class A {{ object X = \"a\"{}; }}", ".ToList()".repeat(20_000)),
    ] {
        told(&Constant::new("X"), "A.cs", &text);
    }
}
