//! `ssot init`: first policies of repositories of several shapes.

mod support;

use support::Sandbox;

fn committed(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::git(files);
    sandbox.commit();
    sandbox
}

fn policy(sandbox: &Sandbox) -> String {
    std::fs::read_to_string(sandbox.at("ssot.yaml")).expect("written")
}

#[test]
fn an_empty_repository_and_one_without_known_shapes_are_told_so() {
    let sandbox = Sandbox::git::<&str>(&[]);
    let ran = sandbox.ssot(&["init"]);
    assert!(ran.code() == 0 && ran.out().starts_with("The repository is empty"), "{}", ran.out());
    let sandbox = committed(&[("a.txt", "x\n")]);
    let ran = sandbox.ssot(&["init"]);
    assert!(ran.code() == 0 && ran.out().contains("in your own words"), "{}", ran.out());
    assert!(!sandbox.at("ssot.yaml").exists());
}

#[test]
fn what_is_found_is_proposed_and_passes() {
    let sandbox = committed(&[
        ("db/migrations/001_users.sql", "CREATE TABLE IF NOT EXISTS users (id bigint);\n"),
        ("db/migrations/002_names.sql", "ALTER TABLE users ADD COLUMN IF NOT EXISTS name text;\n"),
        ("app/settings.py", "REQUIRED_ENV_KEYS = [\n    \"DB_URL\",\n]\n"),
        ("app/main.py", "import os\nurl = os.environ[\"DB_URL\"]\n"),
        (".env.example", "DB_URL=\n"),
        (".github/CODEOWNERS", "*.py @acme/python\n*.sql @acme/data\n"),
        ("README.md", "# App\n\nSee [the app](app/main.py).\n"),
    ]);
    let ran = sandbox.ssot(&["init"]);
    assert_eq!(ran.code(), 0, "{}", ran.err());
    for told in ["2 migrations in db/migrations", "REQUIRED_ENV_KEYS", ".github/CODEOWNERS", "1 Markdown document"] {
        assert!(ran.out().contains(told), "{told:?} is not in {}", ran.out());
    }
    let text = policy(&sandbox);
    for pack in ["ssot:migrations", "ssot:env", "ssot:owners", "ssot:docs"] {
        assert!(text.contains(pack), "{text}");
    }
    let ran = sandbox.check();
    assert_eq!(ran.code(), 0, "{text}\n{}\n{}", ran.out(), ran.err());
    assert!(ran.json()["summary"]["rules"].as_u64().is_some_and(|rules| rules > 8));
    // And it is no empty promise.
    sandbox.write("db/migrations/002_again.sql", "SELECT 1;\n");
    sandbox.write("app/main.py", "import os\nurl = os.environ[\"DB_URI\"]\n");
    let found = sandbox.check().findings();
    assert!(found.iter().any(|one| one.starts_with("sequence/duplicate db/migrations/002_names.sql")), "{found:?}");
    assert!(found.iter().any(|one| one == "subset/missing app/main.py:2:18"), "{found:?}");
}

#[test]
fn present_findings_go_into_a_baseline_and_new_ones_do_not() {
    let files = [("README.md", "[gone](gone.md)\n"), (".env.example", "A=\n"), ("app.py", "import os\nos.environ['B']\n")];
    let sandbox = committed(&files);
    let dry = sandbox.ssot(&["init", "--dry-run"]);
    assert!(dry.code() == 0 && dry.out().contains("settings: { baseline: ssot-baseline.json }"), "{}", dry.out());
    assert!(!sandbox.at("ssot.yaml").exists() && !sandbox.at("ssot-baseline.json").exists());
    let ran = sandbox.ssot(&["init"]);
    assert!(ran.code() == 0 && ran.out().contains("2 present findings"), "{}\n{}", ran.out(), ran.err());
    let ran = sandbox.check();
    assert_eq!((ran.code(), ran.json()["summary"]["baselined"].as_u64()), (0, Some(2)), "{}", ran.err());
    sandbox.write("app.py", "import os\nos.environ['B']\nos.environ['C']\n");
    assert_eq!(sandbox.check().findings(), ["subset/missing app.py:3:12"]);
    let ran = sandbox.ssot(&["init"]);
    assert!(ran.code() == 2 && ran.err().contains("there is a policy already, `ssot.yaml`"), "{}", ran.err());
}

#[test]
fn several_homes_of_migrations_have_names_of_their_own() {
    let sandbox = committed(&[
        ("services/a/migrations/001_x.sql", "SELECT 1;\n"),
        ("services/a/migrations/002_x.sql", "SELECT 1;\n"),
        ("services/b/sql/V1__x.sql", "SELECT 1;\n"),
        ("services/b/sql/V2__x.sql", "SELECT 1;\n"),
    ]);
    assert_eq!(sandbox.ssot(&["init"]).code(), 0);
    let text = policy(&sandbox);
    assert!(text.contains("as: migrations-services-a-migrations") && text.contains("as: migrations-services-b-sql"), "{text}");
    assert_eq!(sandbox.check().code(), 0, "{text}");
}

#[test]
fn homes_of_several_dialects_know_of_each_other() {
    let sandbox = committed(&[
        ("db/mysql/1.0/00__x.sql", "CREATE TABLE `x` (id int);\n"),
        ("db/mysql/1.0/01__y.sql", "CREATE TABLE `y` (id int);\n"),
        ("db/sqlite/V0001.X.up.sql", "CREATE TABLE [x] (id int);\n"),
        ("db/sqlite/V0002.Y.up.sql", "CREATE TABLE [y] (id int);\n"),
    ]);
    assert_eq!(sandbox.ssot(&["init"]).code(), 0);
    let text = policy(&sandbox);
    for part in ["dialect: \"mysql\", homes: [\"db/mysql\",\"db/sqlite\"] }", "dialect: \"sqlite\" }\n    rules: { home: off } #"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(sandbox.check().findings().is_empty() && !text.contains("baseline"), "{text}");
    sandbox.write("db/migrations/003_z.sql", "SELECT 1;\n");
    assert_eq!(sandbox.check().findings(), ["home/stray db/migrations/003_z.sql"]);
}

#[cfg(unix)]
#[test]
fn hostile_names_neither_break_the_policy_nor_reach_the_terminal() {
    let sandbox = committed(&[
        ("a\n- b: ${x} \u{1b}[31m/migrations/001_x.sql", "SELECT 1;\n"),
        ("a\n- b: ${x} \u{1b}[31m/migrations/002_x.sql", "SELECT 1;\n"),
    ]);
    let ran = sandbox.ssot(&["init"]);
    assert!(ran.code() == 0 && !ran.out().contains('\u{1b}'), "{}", ran.out());
    if sandbox.at("ssot.yaml").exists() {
        assert_eq!(sandbox.check().code(), 0, "{}", policy(&sandbox));
    }
}
