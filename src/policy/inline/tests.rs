//! Exceptions in comments: what is one, where it counts, how it is taken out.

use super::*;
use crate::text::RepoPath;

fn inlines(name: &str, text: &str) -> Vec<Inline> {
    read(&Source::new(&RepoPath::new(name), text.as_bytes()))
}

/// `rules|until|reason|fault` of each exception, `@first-comment-last`.
fn told(name: &str, text: &str) -> Vec<String> {
    let one = |inline: &Inline| {
        let rules: Vec<_> = inline.rules.iter().map(|named| named.id.as_str()).collect();
        let until = inline.until.map(|until| until.to_string()).unwrap_or_default();
        let fault = inline.fault.as_ref().map(|fault| fault.0.as_str()).unwrap_or_default();
        let Reach { first, comment, last } = inline.reach;
        format!("{}|{until}|{}|{fault} @{first}-{comment}-{last}", rules.join("+"), inline.reason)
    };
    inlines(name, text).iter().map(one).collect()
}

#[test]
fn the_form() {
    for (text, expected) in [
        ("x = 1  # ssot:allow(a) why not", "a||why not| @1-1-1"),
        ("#ssot:allow( a ,b/c-d )until=2026-02-28 why", "a+b/c-d|2026-02-28|why| @1-1-2"),
        ("# ssot:allow(a): why — not", "a||why — not| @1-1-2"),
        ("# ssot:allow(a) - why", "a||why| @1-1-2"),
        ("# TODO later ssot:allow(a) why", "a||why| @1-1-2"),
        ("# ssot:allow(a)", "a||| @1-1-2"),
        ("# ssot:allow(a) until=2026-01-01", "a|2026-01-01|| @1-1-2"),
        ("# ssot:allow(a) ---", "a||| @1-1-2"),
        ("# ssot:allow(a) until=2026-02-30 x", "a|||`until=2026-02-30` is no date @1-1-2"),
        ("# ssot:allow(a) until=tomorrow x", "a|||`until=tomorrow` is no date @1-1-2"),
        ("# ssot:allow(a) x until=2026-01-01", "a|||`until=` stands behind the reason, where it does not count @1-1-2"),
        ("# ssot:allow(a, ) x", "a|||`` is no rule id @1-1-2"),
        ("# ssot:allow() x", "|||`` is no rule id @1-1-2"),
        ("# ssot:allow(a b) x", "|||`a b` is no rule id @1-1-2"),
        ("# ssot:allow(a x", "|||the list of rules has no `)` in its line @1-1-2"),
        ("# ssot:allow a x", "|||`ssot:allow` names no rule in parentheses @1-1-2"),
        ("# ssot:allow (a) x", "|||`ssot:allow` names no rule in parentheses @1-1-2"),
    ] {
        assert_eq!(told("a.py", text), [expected], "{text}");
    }
    for text in [
        "# see ssot:allow in the manual",
        "# write `ssot:allow(RULE) REASON`",
        "# ssot:allowed(a) x",
        "# ssot:allow-list",
        "# notssot:allow(a) x",
        "x = 'ssot:allow(a) x'",
    ] {
        assert_eq!(told("a.py", text), Vec::<String>::new(), "{text}");
    }
    assert_eq!(told("a.py", "# ssot:allow(a) x ssot:allow(b) y"), ["a||x| @1-1-2", "b||y| @1-1-2"]);
    assert_eq!(told("a.js", "/* ssot:allow(a) x */ f() /*ssot:allow(b) y*/"), ["a||x| @1-1-1", "b||y| @1-1-1"]);
    assert_eq!(told("a.md", "<!-- ssot:allow(a) x -->"), ["a||x| @1-1-2"]);
}

#[test]
fn where_it_counts() {
    let reach = |name: &str, text: &str| -> Vec<String> {
        told(name, text).iter().map(|told| told.rsplit('@').next().unwrap_or_default().to_string()).collect()
    };
    assert_eq!(reach("a.py", "# ssot:allow(a) x\n# y\n   # z\nf()\n"), ["1-1-4"]);
    assert_eq!(reach("a.py", "# ssot:allow(a) x\n\nf()\n"), ["1-1-2"]);
    assert_eq!(reach("a.py", "f() # ssot:allow(a) x\n# y\nf()\n"), ["1-1-1"]);
    assert_eq!(reach("a.py", "# ssot:allow(a) x\nf() # y\n"), ["1-1-2"]);
    assert_eq!(reach("a.js", "/*\n * ssot:allow(a) x\n\n */\nf()\n"), ["2-4-5"]);
    assert_eq!(reach("a.js", "/* ssot:allow(a) x\n y */ f()\n"), ["1-2-2"]);
    assert_eq!(reach("a.js", "f(); /* ssot:allow(a) x\n y */\nf()\n"), ["1-2-2"]);
    assert_eq!(reach("a.tsx", "const a = <p>\n  {/* ssot:allow(a) x */}\n  b\n</p>;\n"), ["2-2-3"]);
    assert_eq!(reach("a.py", "\u{feff}# ssot:allow(a) x\r\nf()\r\n"), ["1-1-2"]);
}

#[test]
fn other_formats_hold_none() {
    let found = inlines("a.json", "{\"//\": \"ssot:allow(a) x\",\n\"b\": 1}\n");
    assert_eq!(found.len(), 1);
    assert!(found[0].fault.is_some() && found[0].place.line() == Some(1));
    assert!(inlines("a.txt", "`ssot:allow(a) x` is how it is written\n").is_empty());
    assert!(inlines("a.bin", "\0ssot:allow(a) x\n").is_empty());
    assert_eq!(inlines("a.py", "").len(), 0);
}

#[test]
fn what_is_left_is_sound() {
    let left = |name: &str, text: &str| {
        let inline = inlines(name, text).remove(0);
        let (span, new) = inline.removal;
        format!("{}{new}{}", &text[..span.start], &text[span.end..])
    };
    for (name, text, expected) in [
        ("a.py", "f()  # ssot:allow(a) x\ng()\n", "f()\ng()\n"),
        ("a.py", "if x:\n    # ssot:allow(a) x\n    g()\n", "if x:\n    g()\n"),
        ("a.py", "g()\n# ssot:allow(a) x", "g()\n"),
        ("a.py", "f()  # TODO ssot:allow(a) x\r\n", "f()  # TODO\r\n"),
        ("a.py", "# ssot:allow(a) x ssot:allow(b) y\n", "# ssot:allow(b) y\n"),
        ("a.js", "a/* ssot:allow(a) x */+b;\n", "a +b;\n"),
        ("a.js", "a /* ssot:allow(a) x */ + b;\n", "a + b;\n"),
        ("a.js", "/* ssot:allow(a) x */ b;\n", "b;\n"),
        ("a.js", "/*\n * See there.\n * ssot:allow(a) x\n */\nb;\n", "/*\n * See there.\n */\nb;\n"),
        ("a.js", "/*\n * ssot:allow(a) x\n */\nb;\n", "b;\n"),
        ("a.js", "/* See there. ssot:allow(a) x */ b;\n", "/* See there. */ b;\n"),
        ("a.js", "/* ssot:allow(a) x\n * See there. */\n", "/*\n * See there. */\n"),
        ("a.tsx", "const a = <p>\n  {/* ssot:allow(a) x */}\n  b\n</p>;\n", "const a = <p>\n  b\n</p>;\n"),
        ("a.md", "a <!-- ssot:allow(a) x --> b\n", "a b\n"),
        ("a.html", "<p>a<!-- ssot:allow(a) x -->b</p>\n", "<p>ab</p>\n"),
    ] {
        assert_eq!(left(name, text), expected, "{text}");
    }
    let text = "f() # ssot:allow(a, b,c) x\n";
    let inline = inlines("a.py", text).remove(0);
    let without = inline.rules.iter().map(|named| {
        let span = named.removal;
        format!("{}{}", &text[..span.start], &text[span.end..])
    });
    let expected = ["f() # ssot:allow(b,c) x\n", "f() # ssot:allow(a, c) x\n", "f() # ssot:allow(a, b) x\n"];
    assert_eq!(without.collect::<Vec<_>>(), expected);
}
