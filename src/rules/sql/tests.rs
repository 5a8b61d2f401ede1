//! What a second run, and a replay, make of statements that real repositories have.

use super::migration::Migration;
use super::preset::Preset;
use super::rerun::{self, Rerun};
use super::{order, replay};
use crate::formats::sql::{self, Dialect, Reading, Standing};
use crate::rules::Output;
use crate::text::RepoPath;

fn reading(dialect: Dialect) -> Reading {
    Reading { dialect, ..Reading::default() }
}

fn migration(path: &str, text: &str, reading: &Reading) -> Migration {
    let script = sql::read(text.as_bytes(), reading);
    for statement in &script.statements {
        assert_eq!(statement.standing, Standing::Understood, "{text}");
    }
    let up = vec![true; script.statements.len()];
    Migration::new(RepoPath::new(path), text.as_bytes(), reading, script.into(), up)
}

fn lines(out: &Output) -> Vec<String> {
    let line = |place: &crate::finding::Place| place.range.map_or(0, |range| range.start.line);
    let mut lines: Vec<(usize, String)> = Vec::new();
    for draft in &out.drafts {
        let at = line(&draft.place);
        lines.push((at, format!("{at} {}", draft.message)));
    }
    lines.sort();
    lines.into_iter().map(|(_, line)| line).collect()
}

/// What is said of a second run, by line.
fn again_in(dialect: Dialect, text: &str) -> Vec<String> {
    let reading = reading(dialect);
    let mut out = Output::default();
    rerun::judge(&migration("1.sql", text, &reading), Rerun::Strict, false, &mut out);
    lines(&out)
}

fn again(text: &str) -> Vec<String> {
    again_in(Dialect::Postgres, text)
}

/// What is said of a replay of files.
fn replayed(dialect: Dialect, preset: Option<Preset>, files: &[(&str, &str)]) -> Vec<String> {
    let reading = reading(dialect);
    let migrations = files.iter().map(|(path, text)| migration(path, text, &reading)).collect();
    let mut out = Output::default();
    replay::judge(&order::ordered(migrations, preset), &reading, &mut out);
    lines(&out)
}

const NOTHING: [&str; 0] = [];

#[test]
fn partitions_go_with_their_table() {
    let text = "DROP TABLE IF EXISTS jobs;\n\
        CREATE TABLE jobs (id uuid, state text) PARTITION BY list (state);\n\
        CREATE TABLE jobs_done PARTITION OF jobs FOR VALUES IN ('done');\n\
        CREATE TABLE jobs_rest (id uuid, state text);\n\
        ALTER TABLE jobs ATTACH PARTITION jobs_rest DEFAULT;\n";
    assert_eq!(again(text), ["1 a second run drops the table `jobs`, which the run before left full"]);
    let kept = format!("{text}ALTER TABLE jobs DETACH PARTITION jobs_rest;\n");
    assert_eq!(again(&kept)[1], "4 a second run fails: the table `jobs_rest` is already there");
}

#[test]
fn the_names_of_copied_indexes_are_not_known() {
    let text = "CREATE TABLE new_jobs (LIKE jobs INCLUDING ALL);\n\
        INSERT INTO new_jobs SELECT * FROM jobs;\n\
        ALTER TABLE jobs RENAME TO old_jobs;\n\
        ALTER TABLE new_jobs RENAME TO jobs;\n\
        DROP TABLE old_jobs;\n\
        ALTER INDEX new_jobs_queue_idx RENAME TO jobs__queue__idx;\n";
    assert_eq!(again(text), NOTHING);
    let dropped = format!("{text}DROP INDEX new_jobs_label_idx;\n");
    assert_eq!(again(&dropped), ["7 a second run fails: the index `new_jobs_label_idx` is not there"]);
    let first = "CREATE TABLE jobs (queue text, label text);\nCREATE INDEX jobs__queue__idx ON jobs (queue);\n\
        CREATE INDEX ON jobs (label);\n";
    assert_eq!(replayed(Dialect::Postgres, None, &[("1.sql", first), ("2.sql", &dropped)]), NOTHING);
    let plain = text.replace(" INCLUDING ALL", "");
    assert_eq!(again(&plain)[0], "6 a second run fails: the relation `new_jobs_queue_idx` is not there");
}

#[test]
fn sqlite_keeps_no_names_of_constraints() {
    let text = "CREATE TABLE _seen_tmp (a TEXT, CONSTRAINT seen_once UNIQUE (a));\n\
        INSERT INTO _seen_tmp SELECT a FROM seen;\n\
        DROP TABLE seen;\n\
        ALTER TABLE _seen_tmp RENAME TO seen;\n\
        CREATE UNIQUE INDEX seen_a_key ON seen (a);\n";
    let first = "CREATE TABLE seen (a TEXT UNIQUE, CONSTRAINT seen_once UNIQUE (a));\n";
    assert_eq!(again_in(Dialect::Sqlite, text), NOTHING);
    assert_eq!(replayed(Dialect::Sqlite, None, &[("1.sql", first), ("2.sql", text)]), NOTHING);
}

#[test]
fn a_column_that_its_table_does_not_have_is_missed() {
    let text = "CREATE TABLE reaction_new (id INTEGER PRIMARY KEY, memo INTEGER);\n\
        INSERT INTO reaction_new (id, memo) SELECT reaction.id, memo.id FROM reaction JOIN memo ON reaction.content = memo.name;\n\
        DROP TABLE reaction;\n\
        ALTER TABLE reaction_new RENAME TO reaction;\n";
    let expected = "2 a second run fails: the column `content` of `reaction` is not there";
    assert_eq!(again_in(Dialect::Sqlite, text)[0], expected);
    let bare = "ALTER TABLE user RENAME TO old_user;\n\
        CREATE TABLE user (id INTEGER, nickname TEXT);\n\
        INSERT INTO user (id, nickname) SELECT id, name FROM old_user;\n\
        DROP TABLE old_user;\n";
    let expected = "3 a second run fails: the column `name` of `old_user` is not there";
    assert_eq!(again_in(Dialect::Sqlite, bare)[0], expected);
    // The same name may be that of a query, or of another relation.
    let shadowed = "CREATE TABLE t (a int);\nCREATE TABLE u (a int);\n\
        INSERT INTO u SELECT t.b FROM t JOIN (SELECT 1 AS b) t ON true;\n\
        CREATE VIEW v AS WITH m AS (SELECT o.a AS c FROM t o) SELECT o.c FROM m o;\n\
        INSERT INTO u SELECT x.b FROM t x WHERE EXISTS (SELECT 1 FROM unknown x WHERE x.b = 1);\n";
    assert!(!again(shadowed).iter().any(|line| line.contains("column")), "{:?}", again(shadowed));
}

#[test]
fn commas_in_brackets_part_nothing() {
    let text = "ALTER TABLE t ADD COLUMN a mood[] DEFAULT ARRAY['good', 'bad']::mood[], ADD COLUMN b int[] DEFAULT '{}';\n";
    assert_eq!(again(text), ["1 a second run fails: the column `a` of `t` is already there"]);
}

#[test]
fn a_view_reads_what_its_last_definition_reads() {
    let text = "CREATE TABLE a (x int, y int);\nCREATE VIEW low AS SELECT x FROM a;\nCREATE VIEW high AS SELECT x FROM low;\n\
        CREATE OR REPLACE VIEW high AS SELECT x FROM a;\nDROP VIEW low;\nALTER TABLE a DROP COLUMN y;\nDROP VIEW high;\n";
    assert_eq!(replayed(Dialect::Postgres, None, &[("1.sql", text)]), NOTHING);
}

#[test]
fn a_constraint_refers_to_what_its_last_definition_names() {
    let text = "CREATE TABLE old (id int PRIMARY KEY);\nCREATE TABLE new (id int PRIMARY KEY);\n\
        CREATE TABLE a (b int CONSTRAINT a_b REFERENCES old (id));\n\
        ALTER TABLE a DROP CONSTRAINT a_b, ADD CONSTRAINT a_b FOREIGN KEY (b) REFERENCES new (id);\n\
        DROP TABLE old;\nALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b) REFERENCES new (id);\n";
    let expected = ["6 the constraint `a_b` is already there"];
    assert_eq!(replayed(Dialect::Postgres, None, &[("1.sql", text)]), expected);
}

#[test]
fn what_one_of_two_ways_adds_may_be_there() {
    let text = "CREATE TABLE IF NOT EXISTS t (a int);\n\
        DO $$ BEGIN IF (SELECT count(*) FROM settings) > 1 THEN ALTER TABLE t ADD COLUMN IF NOT EXISTS b int; END IF; END $$;\n\
        UPDATE t SET b = 1;\n";
    let first = "CREATE TABLE settings (a int);\n";
    assert_eq!(replayed(Dialect::Postgres, None, &[("1.sql", first), ("2.sql", text)]), NOTHING);
}

#[test]
fn a_value_that_its_type_no_longer_has_is_refused() {
    let text = "UPDATE run SET status = 'stopped' WHERE status = 'interrupted';\n\
        CREATE TYPE status_new AS ENUM ('running', 'stopped');\n\
        ALTER TABLE run ALTER COLUMN status TYPE status_new USING (status::text::status_new);\n\
        ALTER TYPE status RENAME TO status_old;\n\
        ALTER TYPE status_new RENAME TO status;\n\
        DROP TYPE status_old;\n";
    assert_eq!(again(text), ["1 a second run fails: the type `status` has no value 'interrupted'"]);
    let cast = "SELECT 'gone'::mood;\nDROP TYPE IF EXISTS mood CASCADE;\nCREATE TYPE mood AS ENUM ('good');\n";
    assert_eq!(again(cast), ["1 a second run fails: the type `mood` has no value 'gone'"]);
}

#[test]
fn an_update_that_asks_whether_it_is_done_is_no_repetition() {
    let quiet = [
        "UPDATE t SET v = replace(v, 'git-lab', 'gitlab')",
        "UPDATE t SET v = array_remove(v, 'old')",
        "UPDATE t SET v = v || '{\"a\": 1}' WHERE v->>'a' IS NULL",
        "UPDATE t SET v = array_replace(v, 'OLD'::x, 'NEW'::x) WHERE 'OLD'::x = ANY(v)",
        "UPDATE t SET k = 'NEW', v = upper(v) || '!' WHERE k = 'OLD' AND n > 1",
        "UPDATE t SET v = v + 1, done = TRUE WHERE done IS NULL",
        "UPDATE t SET v = (SELECT v FROM u WHERE u.id = t.id)",
        "UPDATE t AS x SET v = jsonb_set(x.v, '{a}', '1') WHERE jsonb_typeof(x.v) = 'object'",
    ];
    for text in quiet {
        assert_eq!(again(text), NOTHING, "{text}");
    }
    let loud = [
        "UPDATE t SET v = replace(v, 'a', 'aa')",
        "UPDATE t SET v = v * 100 WHERE v < 1000",
        "UPDATE t SET v = v * 100 WHERE v IS NOT NULL AND (v <> 0) AND v BETWEEN 1 AND 5",
        "UPDATE t SET v = array_append(v, 'x') WHERE id = 1",
        "UPDATE t SET v = (SELECT t.v + max(u.v) FROM u)",
        "UPDATE t SET k = 'NEW', v = v + 1 WHERE k = 'NEW'",
    ];
    for text in loud {
        assert_eq!(again(text), ["1 a second run changes more: `v` is computed from itself once more"], "{text}");
    }
}

#[test]
fn a_conversion_into_a_column_that_takes_the_name_is_one_of_what_was_converted() {
    let text = "ALTER TABLE event ADD COLUMN start_ns bigint;\n\
        UPDATE event SET start_ns = extract(epoch FROM start) * 1000;\n\
        ALTER TABLE event DROP COLUMN start;\n\
        ALTER TABLE event RENAME COLUMN start_ns TO start;\n";
    assert_eq!(again(text), ["2 a second run changes more: `start` is converted from what it was converted to"]);
    let copy = text.replace("extract(epoch FROM start) * 1000", "start::bigint");
    assert_eq!(again(&copy), NOTHING);
}

#[test]
fn what_only_the_first_run_leaves_there_is_told() {
    let text = "ALTER TABLE ids DROP CONSTRAINT IF EXISTS ids_pkey,\n\
        ADD COLUMN IF NOT EXISTS id uuid PRIMARY KEY;\n";
    let expected =
        "1 a second run changes more: the constraint `ids_pkey` of `ids` is there after the first run, and not after it";
    assert_eq!(again(text), [expected]);
    let renamed = format!(
        "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'ids' AND column_name = 'old')\n\
        THEN ALTER TABLE ids RENAME COLUMN id TO old; END IF; END $$;\n{text}"
    );
    assert_eq!(again(&renamed), [expected.replacen('1', "3", 1)]);
    let again_made = "ALTER TABLE ids DROP CONSTRAINT IF EXISTS ids_pkey;\nALTER TABLE ids ADD PRIMARY KEY (id);\n\
        CREATE TEMP TABLE seen (a int);\nCREATE TABLE IF NOT EXISTS helper (a int);\nDROP TABLE helper;\n";
    assert_eq!(again(again_made), NOTHING);
}

#[test]
fn what_is_computed_may_have_changed_what_it_names() {
    let loops = "DO $$ DECLARE r record; BEGIN\n\
        FOR r IN SELECT conname FROM pg_constraint WHERE conrelid = 'loans'::regclass LOOP\n\
        EXECUTE format('ALTER TABLE loans DROP CONSTRAINT %I', r.conname);\nEND LOOP;\nEND $$;\n\
        ALTER TABLE loans ADD CONSTRAINT loans_known CHECK (id > 0);\n\
        ALTER TABLE members ADD CONSTRAINT members_known CHECK (id > 0);\n";
    assert_eq!(again(loops), ["7 a second run fails: the constraint `members_known` is already there"]);
    let mysql = "SET @drop = IF((SELECT 1), 'ALTER TABLE loans DROP FOREIGN KEY loans_ibfk_1', 'SELECT 1');\n\
        PREPARE stmt FROM @drop;\nEXECUTE stmt;\nDEALLOCATE PREPARE stmt;\n\
        ALTER TABLE loans ADD CONSTRAINT loans_ibfk_1 FOREIGN KEY (member) REFERENCES members (id);\n\
        CALL drop_index('members', 'members_name');\n\
        CREATE INDEX members_name ON members (name);\n";
    assert_eq!(again_in(Dialect::Mysql, mysql), NOTHING);
}

#[test]
fn mysql_renames_a_table_without_a_word_between() {
    let text = "ALTER TABLE devices RENAME old_devices;\n\
        CREATE TABLE devices (id INT);\nINSERT INTO devices SELECT id FROM old_devices;\nDROP TABLE old_devices;\n";
    assert_eq!(again_in(Dialect::Mysql, text), NOTHING);
}

#[test]
fn to_mysql_a_unique_constraint_is_an_index() {
    let text = "ALTER TABLE t DROP INDEX once;\nALTER TABLE t ADD UNIQUE KEY once (a);\n\
        ALTER TABLE t DROP CONSTRAINT once;\nALTER TABLE t ADD CONSTRAINT once UNIQUE (a);\n";
    assert_eq!(again_in(Dialect::Mysql, text), NOTHING);
    let first = "CREATE TABLE t (a INT, b INT, UNIQUE (a), UNIQUE (a, b), FOREIGN KEY (b) REFERENCES u (id));\n";
    let then = "ALTER TABLE t DROP INDEX a, DROP INDEX a_2, DROP FOREIGN KEY t_ibfk_1;\nALTER TABLE t ADD UNIQUE KEY a (a);\n\
        ALTER TABLE t ADD CONSTRAINT t_ibfk_1 FOREIGN KEY (b) REFERENCES u (id);\n";
    assert_eq!(replayed(Dialect::Mysql, None, &[("1.sql", first), ("2.sql", then)]), NOTHING);
}

#[test]
fn diesel_compares_numbers_as_text() {
    let files = [
        ("db/2024-03-06-170000_sso/up.sql", "CREATE TABLE sso (id INTEGER);\n"),
        ("db/2024-03-13_170000_sso_again/up.sql", "DROP TABLE sso;\nCREATE TABLE sso (id INTEGER);\n"),
    ];
    assert_eq!(replayed(Dialect::Sqlite, Some(Preset::Diesel), &files), NOTHING);
}
