//! `cargo xtask sql-truth`: migrations are applied twice to a real PostgreSQL, and what it says is held against what we say.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{Failure, Profile, ssot};

const USAGE: &str = "usage: cargo xtask sql-truth DIR[=PRESET]…";

/// Catalogues, as one line: equal lines, equal schemas.
const SCHEMA: &str = "SELECT md5(coalesce(string_agg(x, ',' ORDER BY x), '')) FROM (\
    SELECT conrelid::regclass::text || conname || pg_get_constraintdef(oid) x FROM pg_constraint WHERE conrelid <> 0 \
    UNION ALL SELECT pg_get_indexdef(oid) FROM pg_class WHERE relkind = 'i' AND relnamespace <> 'pg_toast'::regnamespace \
    UNION ALL SELECT attrelid::regclass::text || attname || format_type(atttypid, atttypmod) || attnotnull \
    FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped AND attrelid > 16000 \
    AND attrelid::regclass::text NOT LIKE 'pg_toast%') q;";

/// What a file does the second time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Truth {
    Fails,
    Changes,
    Clean,
    /// It does not even run once here: an extension, a role or a table of the application is missing.
    Unknown,
}

pub fn task(arguments: &[String]) -> Result<(), Failure> {
    if arguments.is_empty() {
        return Err(Failure::Usage(USAGE.into()));
    }
    let program = ssot(Profile::Dev)?;
    let server = Server::start()?;
    println!(
        "| directory | files | fail the second time | found | clean | flagged | not judged |\n|---|---|---|---|---|---|---|"
    );
    let mut total = [0usize; 6];
    for (at, argument) in arguments.iter().enumerate() {
        let (directory, preset) = argument.split_once('=').unwrap_or((argument, "numbered"));
        let row = directory_row(&server, &program, at, Path::new(directory), preset)?;
        println!("| {directory} | {} |", row.map(|number| number.to_string()).join(" | "));
        total.iter_mut().zip(row).for_each(|(total, number)| *total += number);
    }
    println!("| all | {} |", total.map(|number| number.to_string()).join(" | "));
    Ok(())
}

/// Files, failing ones, those found, clean ones, those flagged, those that could not be judged.
fn directory_row(server: &Server, program: &Path, at: usize, directory: &Path, preset: &str) -> Result<[usize; 6], Failure> {
    let files = ordered(directory, preset)?;
    let database = format!("truth_{at}");
    server.psql("postgres", &["-c", &format!("CREATE DATABASE {database}")], None);
    for extension in ["pgcrypto", "\"uuid-ossp\"", "pg_trgm", "citext"] {
        server.psql(&database, &["-c", &format!("CREATE EXTENSION IF NOT EXISTS {extension}")], None);
    }
    let mut truths = BTreeMap::new();
    for file in &files {
        let bytes = std::fs::read(directory.join(file)).map_err(broken)?;
        truths.insert(file.clone(), server.truth(&database, &applied(&String::from_utf8_lossy(&bytes), preset)));
    }
    let Said { found, schema, unread } = findings(program, directory, preset)?;
    let count = |keep: &dyn Fn(&String, Truth) -> bool| truths.iter().filter(|(file, truth)| keep(file, **truth)).count();
    let fails = |truth: Truth| matches!(truth, Truth::Fails | Truth::Changes);
    Ok([
        files.len(),
        count(&|_, truth| fails(truth)),
        count(&|file, truth| fails(truth) && found.contains(file)),
        count(&|_, truth| truth == Truth::Clean),
        count(&|file, truth| truth == Truth::Clean && schema.contains(file)),
        count(&|file, truth| truth == Truth::Unknown || unread.contains(file)),
    ])
}

/// What we say about the files of a directory.
#[derive(Default)]
struct Said {
    /// Files of which a second run is refused, or changes something.
    found: BTreeSet<String>,
    /// The same, where more than rows are concerned, of which the schema knows nothing.
    schema: BTreeSet<String>,
    /// Files with statements that are not understood.
    unread: BTreeSet<String>,
}

fn findings(program: &Path, directory: &Path, preset: &str) -> Result<Said, Failure> {
    let policy = std::env::temp_dir().join(format!("ssot-truth-{}.yaml", std::process::id()));
    let rule = format!("version: 1\nrules:\n  - id: r\n    sql: {{files: '**/*.sql', preset: {preset}, idempotent: true}}\n");
    std::fs::write(&policy, rule).map_err(broken)?;
    let mut command = Command::new(program);
    command.args(["check", "--format", "short", "--quiet", "--root"]).arg(directory).arg("--policy").arg(&policy);
    let output = command.output().map_err(broken)?;
    std::fs::remove_file(&policy).map_err(broken)?;
    let mut said = Said::default();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Some((path, _)) = line.split_once(".sql:") else { continue };
        let path = format!("{path}.sql");
        if line.contains("unparsed-sql") {
            said.unread.insert(path);
        } else if line.contains("sql/not-idempotent") || line.contains("sql/syntax-error") {
            if !line.contains("once more") && !line.contains("converted from") {
                said.schema.insert(path.clone());
            }
            said.found.insert(path);
        }
    }
    Ok(said)
}

/// The up migrations, in the order of their numbers.
fn ordered(directory: &Path, preset: &str) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(inside) = open.pop() {
        for entry in std::fs::read_dir(directory.join(&inside)).map_err(broken)? {
            let entry = entry.map_err(broken)?;
            let path = inside.join(entry.file_name());
            let name = path.to_string_lossy().into_owned();
            if entry.file_type().map_err(broken)?.is_dir() {
                open.push(path);
            } else if name.ends_with(".sql") && !name.ends_with("down.sql") {
                found.push(name);
            }
        }
    }
    let steps = matches!(preset, "diesel" | "prisma");
    let number = |file: &String| {
        let mut parts = file.rsplit('/');
        let name = if steps { parts.nth(1) } else { parts.next() }.unwrap_or_default();
        let digits: String =
            name.trim_start_matches(['V', 'v']).chars().take_while(|c| c.is_ascii_digit() || *c == '-').collect();
        let digits = digits.replace('-', "");
        (digits.trim_start_matches('0').len(), digits.trim_start_matches('0').to_string())
    };
    found.sort_by_key(|file| if preset == "prisma" { (0, file.clone()) } else { number(file) });
    Ok(found)
}

/// The part that is applied, of tools that split a file by marks.
fn applied(text: &str, preset: &str) -> String {
    if !matches!(preset, "goose" | "dbmate") {
        return text.to_string();
    }
    let mut up = false;
    let keep = |line: &&str| {
        let mark = line.to_ascii_lowercase();
        if mark.contains("+goose up") || mark.contains("migrate:up") {
            up = true;
        } else if mark.contains("+goose down") || mark.contains("migrate:down") {
            up = false;
        }
        up
    };
    text.lines().filter(keep).collect::<Vec<_>>().join("\n")
}

fn broken(error: std::io::Error) -> Failure {
    Failure::Broken(error.to_string())
}

/// A server of our own, on a Unix socket in a directory of its own.
struct Server {
    directory: PathBuf,
    programs: PathBuf,
    as_root: bool,
}

impl Server {
    fn start() -> Result<Self, Failure> {
        let programs = newest(Path::new("/usr/lib/postgresql"))
            .ok_or_else(|| Failure::Broken("there is no PostgreSQL: `apt-get install postgresql`".into()))?;
        let directory = std::env::temp_dir().join(format!("ssot-postgres-{}", std::process::id()));
        std::fs::create_dir_all(&directory).map_err(broken)?;
        // The server refuses to run as root.
        let as_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
        if as_root {
            let _ = Command::new("chown").arg("postgres").arg(&directory).status();
        }
        let server = Server { directory, programs, as_root };
        let data = server.directory.join("data");
        server.run("initdb", &["-D", &data.to_string_lossy(), "-A", "trust", "-U", "postgres"])?;
        let options = format!("-k {} -c listen_addresses= -c fsync=off -c synchronous_commit=off", server.directory.display());
        let log = server.directory.join("log");
        server.run("pg_ctl", &["-D", &data.to_string_lossy(), "-w", "-l", &log.to_string_lossy(), "-o", &options, "start"])?;
        Ok(server)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<(), Failure> {
        let path = self.programs.join(program);
        let mut command = if self.as_root { Command::new("runuser") } else { Command::new(&path) };
        if self.as_root {
            command.args(["-u", "postgres", "--"]).arg(&path);
        }
        let status =
            command.args(arguments).current_dir(&self.directory).stdout(std::process::Stdio::null()).status().map_err(broken)?;
        if status.success() { Ok(()) } else { Err(Failure::Broken(format!("`{program}` failed"))) }
    }

    /// Whether `psql` came through, and what it printed.
    fn psql(&self, database: &str, arguments: &[&str], text: Option<&str>) -> (bool, String) {
        let mut command = Command::new("psql");
        command
            .args(["-X", "-q", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-h"])
            .arg(&self.directory)
            .args(["-d", database]);
        let file = self.directory.join("current.sql");
        if let Some(text) = text {
            if std::fs::write(&file, text).is_err() {
                return (false, String::new());
            }
            command.arg("-f").arg(&file);
        }
        command.env("PGOPTIONS", "-c client_min_messages=error");
        let output = command.args(arguments).output();
        output.map_or((false, String::new()), |output| {
            (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
        })
    }

    /// Applies a text, and tells what it does the second time, which is taken back.
    fn truth(&self, database: &str, text: &str) -> Truth {
        let lower = text.to_ascii_lowercase();
        let alone = ["concurrently", "vacuum", "create database", "add value", "begin;", "commit;"]
            .iter()
            .any(|word| lower.contains(word));
        let first = if alone { self.psql(database, &[], Some(text)) } else { self.psql(database, &["-1"], Some(text)) };
        if !first.0 {
            return Truth::Unknown;
        }
        let again = if alone {
            // What cannot run in a transaction runs on a copy.
            let copy = format!("{database}_again");
            self.psql("postgres", &["-c", &format!("CREATE DATABASE {copy} TEMPLATE {database}")], None);
            let again = self.psql(&copy, &[], Some(&format!("{SCHEMA}\n{text}\n;RESET search_path;\n{SCHEMA}\n")));
            self.psql("postgres", &["-c", &format!("DROP DATABASE {copy}")], None);
            again
        } else {
            self.psql(database, &[], Some(&format!("{SCHEMA}\nBEGIN;\n{text}\n;RESET search_path;\n{SCHEMA}\nROLLBACK;\n")))
        };
        if !again.0 {
            return Truth::Fails;
        }
        let is_sum = |line: &&str| line.len() == 32 && line.bytes().all(|byte| byte.is_ascii_hexdigit());
        let sums: Vec<&str> = again.1.lines().map(str::trim).filter(is_sum).collect();
        if sums.first() == sums.last() { Truth::Clean } else { Truth::Changes }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.directory.join("data");
        let _ = self.run("pg_ctl", &["-D", &data.to_string_lossy(), "-m", "immediate", "stop"]);
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// The programs of the newest version.
fn newest(directory: &Path) -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir(directory).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    versions.sort();
    Some(versions.pop()?.join("bin")).filter(|programs| programs.join("initdb").is_file())
}
