//! Constants of Ruby, Java, Kotlin and PHP, in tables.

use super::Constant;
use crate::facts::parsed::testing::{told, told_with};

#[track_caller]
fn check(path: &str, table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(told(&Constant::new("X"), path, text), *expected, "{text}");
    }
}

#[test]
fn ruby_constants() {
    check(
        "a.rb",
        &[
            ("X = ['a', \"b\"].freeze # 'c'", "a@1:6, b@1:11"),
            ("X = %w[a b]", "a@1:8, b@1:10"),
            ("X = %i[a b].map(&:to_s).freeze", "a@1:8, b@1:10"),
            ("X = { 'a' => 1, b: 2, :c => 3 }", "a@1:7, b@1:17, c@1:23"),
            ("X = Set.new(%w[a])", "a@1:16"),
            ("X = Set['a', :b]", "a@1:9, b@1:14"),
            ("X = 'a'", "a@1:5"),
            ("X = -1.5", "-1.5@1:5"),
            ("X = nil", ""),
            ("module M\n  class C\n    X = %w[a]\n  end\nend", "a@3:12"),
            ("B = %w[b]\nX = (B + ['a']).freeze", "b@1:8, a@2:11"),
            ("B = %w[b]\nX = [*B, 'a']", "b@1:8, a@2:10"),
            ("module M\n  B = %w[b]\nend\nX = [*M::B, N::C]", "b@2:10, !4:13"),
            ("X = ['a']\nX << 'b'\nX.push('c', d)", "a@1:6, b@2:6, c@3:8, !3:13"),
            ("X = { 'a' => 1 }\nX['b'] = 2", "a@1:7, b@2:3"),
            ("X = load('x.yml')", "!1:5"),
            ("X = ENV.fetch('A')", "!1:5"),
            ("M::X = ['a']", "a@1:9"),
            ("def f\n  x = ['a']\nend\nY = ['b']", ""),
            ("=begin\nX = ['a']\n=end\n# X = 1", ""),
        ],
    );
}

#[test]
fn java_constants() {
    let all: &[(&str, &str)] = &[
        ("static final List<String> X = List.of(\"a\", \"b\");", "a@1:49, b@1:54"),
        ("static final String[] X = {\"a\", \"b\"};", "a@1:38, b@1:43"),
        ("static final String[] X = new String[] {\"a\"};", "a@1:51"),
        ("static final Set<String> X = new HashSet<>(Arrays.asList(\"a\"));", "a@1:68"),
        ("static final Set<String> X = Collections.unmodifiableSet(Set.of(\"a\"));", "a@1:75"),
        ("static final Map<String, Integer> X = Map.of(\"a\", 1, \"b\", 2);", "a@1:56, b@1:64"),
        ("static final Map<String, Integer> X = Map.ofEntries(Map.entry(\"a\", 1));", "a@1:73"),
        ("static final List<String> X = Stream.of(\"a\").toList();", "a@1:51"),
        ("public static final String X = \"a\";", "a@1:42"),
        ("static final int X = 5, Y = 6;", "5@1:32"),
        ("static final List<String> B = List.of(\"b\"), X = List.of(\"a\", Y.C, f());", "a@1:67, !1:72, !1:77"),
        ("static final String K = \"a\"; static final List<String> X = List.of(K);", "a@1:35"),
        ("static final List<String> X = new ArrayList<>(); static { X.add(\"a\"); }", "a@1:75"),
        ("static final List<String> X = load();", "!1:41"),
        ("void f() { String X = \"a\"; }", ""),
    ];
    for (field, expected) in all {
        assert_eq!(told(&Constant::new("X"), "A.java", &format!("class A {{ {field} }}")), *expected, "{field}");
    }
    let text = "enum X { A(\"a\"), B { void f() {} }, C(1, 2), D; X(String s) {} }";
    assert_eq!(
        told_with(&Constant::new("X"), "A.java", text, &["key"]),
        "a@1:12 key=A, B@1:18 key=B, C@1:37 key=C, D@1:46 key=D"
    );
    assert_eq!(told(&Constant::new("X"), "A.java", "interface I { String X = \"a\"; }"), "a@1:26");
}

#[test]
fn kotlin_constants() {
    check(
        "a.kt",
        &[
            ("val X = listOf(\"a\", \"b\") // \"c\"", "a@1:16, b@1:21"),
            ("val X = setOf(\"a\")", "a@1:15"),
            ("val X = arrayOf(\"a\")", "a@1:17"),
            ("val X = mapOf(\"a\" to 1, Pair(\"b\", 2))", "a@1:15, b@1:30"),
            ("const val X = \"a\"", "a@1:15"),
            ("val X: Int = -1", "-1@1:14"),
            ("val X by lazy { listOf(\"a\") }", "a@1:24"),
            ("object C { val X = listOf(\"a\") }", "a@1:27"),
            ("class C { companion object { const val X = \"a\" } }", "a@1:44"),
            ("val B = listOf(\"b\")\nval X = B + listOf(\"a\")", "b@1:16, a@2:20"),
            ("val B = arrayOf(\"b\")\nval X = listOf(*B, \"a\", f())", "b@1:17, a@2:20, !2:25"),
            ("object K { const val A = \"a\" }\nval X = listOf(K.A, L.A)", "a@1:26, !2:21"),
            ("val X = listOf(\"a\").toSet()", "a@1:16"),
            ("val X = emptyList<String>()", ""),
            ("val X = load()", "!1:9"),
            ("fun f() { val X = \"a\" }", ""),
            ("val (X, Y) = p", "!1:6"),
        ],
    );
    let text = "enum class X(val s: String) { A(\"a\"), B(\"b\") { override fun f() = 1 }; abstract fun f(): Int }";
    assert_eq!(told_with(&Constant::new("X"), "a.kt", text, &["key"]), "a@1:33 key=A, b@1:41 key=B");
    assert_eq!(told(&Constant::new("X"), "a.kt", "enum class X { A, B }"), "A@1:16, B@1:19");
}

#[test]
fn php_constants() {
    check(
        "a.php",
        &[
            ("<?php const X = ['a', \"b\"]; // 'c'", "a@1:18, b@1:23"),
            ("<?php class C { public const array X = ['a']; }", "a@1:41"),
            ("<?php class C { private static $X = array('a'); }", "a@1:43"),
            ("<?php class C { protected array $X = ['a']; }", "a@1:39"),
            ("<?php define('X', ['a']);", "a@1:20"),
            ("<?php const X = ['a' => 1, 'b' => ['c']];", "a@1:18, b@1:28"),
            ("<?php const X = 'a';", "a@1:17"),
            ("<?php const X = -1;", "-1@1:17"),
            ("<?php $X = ['a']; $X[] = 'b'; $X['c'] = 1; array_push($X, 'd');", "a@1:13, b@1:26, c@1:34, d@1:59"),
            ("<?php const B = ['b']; const X = [...B, 'a'];", "b@1:18, a@1:41"),
            ("<?php class C { const B = ['b']; const X = [...self::B, 'a', D::E]; }", "b@1:28, a@1:57, !1:62"),
            ("<?php const X = array_merge(['a'], ['b']);", "a@1:30, b@1:37"),
            ("<?php $X = load();", "!1:12"),
            ("<?php function f() { $X = ['a']; }", ""),
            ("<?php /* const X = 1; */ # const X = 2;", ""),
        ],
    );
    let text = "<?php enum X: string { case A = 'a'; case B = 'b'; const C = 1; function f() {} }";
    assert_eq!(told_with(&Constant::new("X"), "a.php", text, &["key"]), "a@1:33 key=A, b@1:47 key=B");
    assert_eq!(told(&Constant::new("X"), "a.php", "<?php enum X { case A; }"), "A@1:21");
}

#[test]
fn hostile_files_end_quickly() {
    for (path, text) in [
        ("a.rb", format!("X = {}", "[".repeat(50_000))),
        ("a.rb", format!("X = a{}", " + a".repeat(50_000))),
        ("A.java", format!("class A {{ Object X = {}", "List.of(".repeat(20_000))),
        ("A.java", format!("class A {{ String X = \"a\"{}; }}", " + \"a\"".repeat(20_000))),
        ("a.kt", format!("val X = {}", "listOf(".repeat(20_000))),
        ("a.kt", format!("val X = a{}", " + a".repeat(20_000))),
        ("a.php", format!("<?php const X = {}", "[".repeat(50_000))),
        ("a.php", format!("<?php const X = 'a'{};", " . 'a'".repeat(20_000))),
        ("a.php", format!("<?php const X = [{}];", "'a' => 1, ".repeat(20_000))),
    ] {
        told(&Constant::new("X"), path, &text);
    }
}
