//! Tests of the splitter and of what statements are taken for.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

const DIALECTS: [Dialect; 4] = [Dialect::Postgres, Dialect::Mysql, Dialect::Sqlite, Dialect::Generic];

fn reading(dialect: Dialect) -> Reading {
    Reading { dialect, placeholders: Vec::new() }
}

/// The texts of all statements.
fn split(dialect: Dialect, text: &str) -> Vec<String> {
    let script = read(text.as_bytes(), &reading(dialect));
    let shown = |statement: &Statement| String::from_utf8_lossy(statement.span().slice(text.as_bytes())).into_owned();
    script.statements.iter().map(shown).collect()
}

fn covers(text: &[u8], reading: &Reading) {
    let mut at = 0;
    for token in tokens(text, reading) {
        assert_eq!(token.span().start, at, "{token:?}");
        assert!(!token.span().is_empty(), "{token:?}");
        at = token.span().end;
    }
    assert_eq!(at, text.len());
}

proptest! {
    #[test]
    fn tokens_cover_any_text(text in proptest::collection::vec(any::<u8>(), 0..200)) {
        for dialect in DIALECTS {
            covers(&text, &reading(dialect));
        }
    }

    #[test]
    fn tokens_cover_what_looks_like_sql(parts in proptest::collection::vec(prop_oneof![
        Just("CREATE"), Just("TABLE"), Just("TRIGGER"), Just("FUNCTION"), Just("BEGIN"), Just("ATOMIC"), Just("END"), Just("CASE"), Just(";"),
        Just("("), Just(")"), Just("'"), Just("''"), Just("E'\\'"), Just("$$"), Just("$a$"), Just("--"), Just("/*"), Just("*/"), Just("\n"),
        Just("\""), Just("`"), Just("["), Just("]"), Just("\\i x"), Just("DELIMITER //"), Just("//"), Just("GO"), Just("COPY a FROM stdin"),
        Just("\\."), Just("{{"), Just("}}"), Just("${"), Just("}"), Just("%s"), Just("%["), Just("%("), Just("%%"), Just(":x"), Just("::"), Just("ALTER"), Just("ADD"), Just("DO"), Just("IF"),
        Just("UPDATE a SET b = c"), Just("WITH a AS ("), Just("ü"), Just("."), Just(","), Just("DROP"), Just("INSERT INTO a"),
    ], 0..40), joint in prop_oneof![Just(""), Just(" ")]) {
        let text = parts.join(joint);
        for dialect in DIALECTS {
            let placeholders = vec![Placeholder::Go, Placeholder::Psql, Placeholder::Flyway, Placeholder::Jinja, Placeholder::Printf];
            covers(text.as_bytes(), &Reading { dialect, placeholders });
            let script = read(text.as_bytes(), &reading(dialect));
            for statement in &script.statements {
                for action in &statement.actions {
                    if let Action::Do(body) = action {
                        let _ = block::read(text.as_bytes(), *body, &reading(dialect));
                    }
                }
            }
        }
    }
}

#[test]
fn statements_end_where_the_dialect_ends_them() {
    let postgres = |text: &str| split(Dialect::Postgres, text);
    assert_eq!(postgres("a; b;;c"), ["a", "b", "c"]);
    assert_eq!(
        postgres("SELECT ';', E'\\';', $x$;$y$;$x$, \";\" /* ; /* ; */ ; */ -- ;\n;b"),
        ["SELECT ';', E'\\';', $x$;$y$;$x$, \";\"", "b"]
    );
    let atomic = "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END";
    assert_eq!(postgres(&format!("{atomic}; b")), [atomic, "b"]);
    assert_eq!(postgres("COPY a FROM stdin;\n1\t;\n\\.\nb;"), ["COPY a FROM stdin", "b"]);
    assert_eq!(postgres("\\set a ';'\nb; \\echo ;\nc"), ["\\set a ';'", "b", "\\echo ;", "c"]);
    let rule = "CREATE RULE r AS ON INSERT TO t DO (a; b)";
    assert_eq!(postgres(&format!("{rule}; c")), [rule, "c"]);
    let trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 END; DELETE FROM d; END";
    assert_eq!(split(Dialect::Sqlite, &format!("{trigger}; e; f [;]")), [trigger, "e", "f [;]"]);
    assert_eq!(
        split(Dialect::Mysql, "DELIMITER //\na; b//\nDELIMITER ;\nc; d # ;\n"),
        ["DELIMITER //", "a; b", "DELIMITER ;", "c", "d"]
    );
    let procedure = "CREATE DEFINER=`r`@`%` PROCEDURE p() BEGIN IF a THEN b; END IF; CASE c WHEN 1 THEN d; END CASE; END";
    assert_eq!(split(Dialect::Mysql, &format!("{procedure}; e")), [procedure, "e"]);
    assert_eq!(split(Dialect::Generic, "a\nGO\nb\ngo\n"), ["a", "b"]);
    // A tool's mark ends what no semicolon ended; other comments do not.
    assert_eq!(postgres("a\n  -- +goose StatementEnd\n-- +goose Down\nb\n-- migrate:up\nc"), ["a", "b", "c"]);
    let plain = "a -- +goose Down\n-- +goose NO TRANSACTION\n-- migrate: up\nb";
    assert_eq!(postgres(plain), [plain]);
}

#[test]
fn what_the_parser_does_not_know_is_understood() {
    let script = read(b"SELECT; SELECT FROM t; DELETE FROM t WHERE a ISNULL OR b NOTNULL", &reading(Dialect::Postgres));
    assert!(script.statements.iter().all(|statement| statement.standing == Standing::Understood), "{script:?}");
}

#[test]
fn placeholders_are_parts_of_names() {
    let of = |placeholder, text: &str| {
        let reading = Reading { dialect: Dialect::Postgres, placeholders: vec![placeholder] };
        let script = read(text.as_bytes(), &reading);
        assert!(script.statements.iter().all(|statement| statement.standing == Standing::Understood), "{text}: {script:?}");
        script.statements.len()
    };
    assert_eq!(of(Placeholder::Flyway, "CREATE TABLE ${schema}.a_${b} (id int); DROP TABLE ${x}"), 2);
    assert_eq!(of(Placeholder::Go, "DROP TABLE {{.Table}}_old; ALTER TABLE {{ .T }} ADD COLUMN a text"), 2);
    assert_eq!(of(Placeholder::Psql, "GRANT SELECT ON a TO :role; ALTER ROLE :\"r\" SET x = :'v'; SELECT a::text"), 3);
    assert_eq!(of(Placeholder::Jinja, "{% if a %} DROP TABLE {{ b }}; {% endif %} {# c; #}"), 1);
    assert_eq!(of(Placeholder::Go, "DROP TABLE \"{{ index .O \"N\" }}\".\"a\"; SELECT '{{ index .O 'N' }};'"), 2);
    assert_eq!(
        of(Placeholder::Printf, "DROP TABLE %s.a_%[1]d; DELETE FROM %(t)s WHERE a=%1$s AND b %% 2 = 0; DROP TABLE x%s"),
        3
    );
    assert_eq!(of(Placeholder::Go, "SELECT a %s FROM (VALUES (5)) AS t (a, s)"), 1, "a remainder, where nothing is filled in");
}

/// Hostile texts, each of about that many bytes.
fn hostile(size: usize) -> Vec<String> {
    let many = |unit: &str| unit.repeat(size / unit.len());
    vec![
        format!("SELECT {}", many("(")),
        many("a("),
        many("WITH a AS ("),
        format!("SELECT * FROM t {}", many("JOIN t ")),
        format!("SELECT {}1", many("NOT ")),
        format!("SELECT 1{}", many("+1")),
        format!("SELECT {}", many("CASE WHEN ")),
        many("$a$ $b$ "),
        many("/*"),
        many("'"),
        format!("INSERT INTO t VALUES {}(1)", many("(1, 'a'), ")),
        many("CREATE TRIGGER a BEGIN b; "),
        many("CREATE TABLE t (id int); "),
        format!("DO $$ BEGIN {} END $$", many("IF a THEN ")),
        format!("DO $$ BEGIN {} END $$", many("CREATE TABLE t (a int); ")),
        many("{{{"),
        many("DELIMITER $$\n"),
        format!("CREATE TABLE t ({})", many("a int, ")),
        many("ALTER TABLE t ADD COLUMN a int, "),
    ]
}

#[test]
fn no_text_takes_more_than_its_length_in_time_or_stack() {
    for dialect in DIALECTS {
        for text in hostile(200_000) {
            let started = Instant::now();
            let script = read(text.as_bytes(), &reading(dialect));
            let took = started.elapsed();
            assert!(took < Duration::from_secs(8), "{took:?}: {:?} {}", dialect, &text[..40]);
            assert!(!script.statements.is_empty() || dialect == Dialect::Sqlite || dialect == Dialect::Mysql);
        }
    }
}

#[test]
fn template_tags_that_never_end_are_looked_for_once() {
    let reading = Reading { dialect: Dialect::Postgres, placeholders: vec![Placeholder::Jinja] };
    let text = "{% {# ".repeat(300_000);
    let started = Instant::now();
    assert_eq!(read(text.as_bytes(), &reading).statements.len(), 1);
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
}
