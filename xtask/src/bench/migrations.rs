//! A generated directory of migrations, as a service has after many years: all of them run, one after another.

use std::path::{Path, PathBuf};

use super::repository::{generated, write};
use crate::process::Failure;

/// The repository with so many migrations below `folder`, made now if it is not there; its policies lie beside it.
///
/// # Errors
/// What cannot be written; git.
pub fn at(folder: &Path, files: usize) -> Result<PathBuf, Failure> {
    let root = folder.join(format!("migrations-{files}"));
    let broken = |error: std::io::Error| Failure::Broken(format!("`{}`: {error}", root.display()));
    let policies = root.with_extension("policies");
    let rule = |options: &str| format!("version: 1\nrules:\n  - id: r\n    {options}\n");
    let sql = |options: &str| rule(&format!("sql: {{files: 'migrations/*.sql', {options}}}"));
    let write_policy = |name: &str, text: String| write(&policies.join(name), &text).map_err(broken);
    // What is read and holds nothing: the least that any run over these files costs.
    write_policy("read.yaml", rule("forbid: {files: 'migrations/*.sql', text: a_word_of_no_file}"))?;
    write_policy("deny.yaml", sql("deny: [drop-database, truncate]"))?;
    write_policy("rerun.yaml", sql("idempotent: true"))?;
    write_policy("replay.yaml", sql("replay: true"))?;
    generated(&root, |root: &Path| {
        (0..files).try_for_each(|at| write(&root.join(format!("migrations/{:05}_step.sql", at + 1)), &text(at)))
    })?;
    Ok(root)
}

/// The migrations, as arguments.
pub fn paths(root: &Path) -> Result<Vec<PathBuf>, Failure> {
    let broken = |error: std::io::Error| Failure::Broken(format!("`{}`: {error}", root.display()));
    let entries = std::fs::read_dir(root.join("migrations")).map_err(broken)?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>().map_err(broken)?;
    paths.sort();
    Ok(paths)
}

/// Of ten files four make a table each; the others change the first of these four.
fn text(at: usize) -> String {
    let table = format!("account_{}", at / 10 * 10);
    match at % 10 {
        0..4 => format!(
            "-- People, what they own, and when they came.\nCREATE TABLE IF NOT EXISTS account_{at} (\n    id bigint GENERATED ALWAYS AS IDENTITY \
             PRIMARY KEY,\n    name text NOT NULL,\n    email varchar(255) NOT NULL UNIQUE,\n    amount numeric(12, 2) DEFAULT 0 NOT NULL,\n    \
             state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'open', 'closed')),\n    details jsonb NOT NULL DEFAULT '{{}}'::jsonb,\n    \
             created_at timestamptz NOT NULL DEFAULT now()\n);\n\nCREATE INDEX IF NOT EXISTS account_{at}_name ON account_{at} (lower(name));\n\
             CREATE INDEX IF NOT EXISTS account_{at}_open ON account_{at} (created_at DESC) WHERE state = 'open';\nCOMMENT ON TABLE account_{at} \
             IS 'Those who pay.';\n"
        ),
        4 => format!(
            "ALTER TABLE {table} ADD COLUMN IF NOT EXISTS updated_at timestamptz;\nALTER TABLE {table} ALTER COLUMN details SET DEFAULT NULL;\n"
        ),
        5 => format!("CREATE INDEX CONCURRENTLY IF NOT EXISTS {table}_email ON {table} USING btree (email, state);\n"),
        6 => format!(
            "UPDATE {table} SET state = 'closed'\nWHERE created_at < now() - interval '1 year' AND state <> 'closed';\n\nINSERT INTO {table} (name, \
             email)\nSELECT 'nobody', 'nobody@example.org'\nWHERE NOT EXISTS (SELECT 1 FROM {table} WHERE email = 'nobody@example.org');\n"
        ),
        7 => format!(
            "DO $$\nBEGIN\n    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = '{table}_positive') THEN\n        ALTER TABLE {table} \
             ADD CONSTRAINT {table}_positive CHECK (amount >= 0) NOT VALID;\n    END IF;\nEND\n$$;\n"
        ),
        8 => format!(
            "CREATE OR REPLACE FUNCTION touch_{at}() RETURNS trigger LANGUAGE plpgsql AS $body$\nBEGIN\n    NEW.updated_at := now();\n    RETURN \
             NEW;\nEND;\n$body$;\n\nDROP TRIGGER IF EXISTS touch ON {table};\nCREATE TRIGGER touch BEFORE UPDATE ON {table}\n    FOR EACH ROW \
             EXECUTE FUNCTION touch_{at}();\n"
        ),
        _ => format!(
            "CREATE OR REPLACE VIEW open_{at} AS\nSELECT a.id, a.name, count(*) AS entries, max(a.created_at) AS latest\nFROM {table} a\nWHERE \
             a.state = 'open'\nGROUP BY a.id, a.name;\n"
        ),
    }
}
