//! A PostgreSQL of our own, on a Unix socket in a directory of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::engine::{Engine, State, Truth, broken, compare};
use super::wire::Wire;
use crate::process::Failure;

/// Functions that tell what a database holds.
const SUMS: &str = include_str!("postgres.sql");
const STATE: &str = "RESET ROLE;\nSELECT 'state ' || ssot_truth.schema_sum() || ' ' || ssot_truth.row_sum();\n";
/// Extensions that applications expect of whoever sets their database up.
const EXTENSIONS: [&str; 4] = ["pgcrypto", "\"uuid-ossp\"", "pg_trgm", "citext"];
/// What cannot run in a transaction, or ends it.
const ALONE: [&str; 6] = ["concurrently", "vacuum", "create database", "add value", "begin;", "commit;"];

pub struct Postgres {
    directory: PathBuf,
    programs: PathBuf,
    as_root: bool,
    /// What runs before the first migration.
    before: String,
    database: String,
}

struct Ran {
    done: bool,
    out: String,
    error: String,
}

impl Postgres {
    /// # Errors
    /// There is none on this machine, or it does not start.
    pub fn start(programs: Option<PathBuf>, before: String) -> Result<Self, Failure> {
        let programs = programs
            .or_else(|| newest(Path::new("/usr/lib/postgresql")))
            .ok_or_else(|| Failure::Broken("there is no PostgreSQL: `apt-get install postgresql`".into()))?;
        let directory = std::env::temp_dir().join(format!("ssot-postgres-{}", std::process::id()));
        std::fs::create_dir_all(&directory).map_err(broken)?;
        // The server refuses to run as root.
        let as_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
        if as_root {
            let _ = Command::new("chown").arg("postgres").arg(&directory).status();
        }
        let server = Postgres { directory, programs, as_root, before, database: String::new() };
        let data = server.directory.join("data");
        server.run("initdb", &["-D", &data.to_string_lossy(), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale", "C"])?;
        let options = format!("-k {} -c listen_addresses= -c fsync=off -c synchronous_commit=off", server.directory.display());
        let log = server.directory.join("log");
        server.run("pg_ctl", &["-D", &data.to_string_lossy(), "-w", "-l", &log.to_string_lossy(), "-o", &options, "start"])?;
        Ok(server)
    }

    /// A connection that only parses.
    ///
    /// # Errors
    /// The server does not answer.
    pub fn wire(&self) -> Result<Wire, Failure> {
        Wire::open(&self.directory.join(".s.PGSQL.5432")).map_err(broken)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<(), Failure> {
        let path = self.programs.join(program);
        let mut command = if self.as_root { Command::new("runuser") } else { Command::new(&path) };
        if self.as_root {
            command.args(["-u", "postgres", "--"]).arg(&path);
        }
        let status = command.args(arguments).current_dir(&self.directory).stdout(Stdio::null()).status().map_err(broken)?;
        if status.success() { Ok(()) } else { Err(Failure::Broken(format!("`{program}` failed"))) }
    }

    fn psql(&self, database: &str, arguments: &[&str], text: Option<&str>) -> Result<Ran, Failure> {
        let mut command = Command::new(self.programs.join("psql"));
        command
            .args(["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-h"])
            .arg(&self.directory)
            .args(["-d", database]);
        if let Some(text) = text {
            let file = self.directory.join("current.sql");
            std::fs::write(&file, text).map_err(broken)?;
            command.arg("-f").arg(&file);
        }
        command.env("PGOPTIONS", "-c client_min_messages=error");
        let output = command.args(arguments).output().map_err(broken)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let error = text(&output.stderr);
        let error = error.lines().find_map(|line| line.split_once("ERROR:  ")).map_or(error.as_str(), |(_, rest)| rest);
        Ok(Ran { done: output.status.success(), out: text(&output.stdout), error: error.trim().to_string() })
    }

    fn admin(&self, command: &str) -> Result<(), Failure> {
        let ran = self.psql("postgres", &["-c", command], None)?;
        if ran.done { Ok(()) } else { Err(Failure::Broken(format!("{command}: {}", ran.error))) }
    }

    /// Applies a text for good. What cannot be taken back is tried on a copy.
    fn first(&self, text: &str, alone: bool) -> Result<Ran, Failure> {
        if !alone {
            return self.psql(&self.database, &["-1"], Some(text));
        }
        let copy = self.copy()?;
        let ran = self.psql(&copy, &[], Some(text))?;
        if ran.done {
            self.admin(&format!("DROP DATABASE {}", self.database))?;
            self.admin(&format!("ALTER DATABASE {copy} RENAME TO {}", self.database))?;
        }
        Ok(ran)
    }

    fn copy(&self) -> Result<String, Failure> {
        let copy = format!("{}_copy", self.database);
        self.admin(&format!("DROP DATABASE IF EXISTS {copy}"))?;
        self.admin(&format!("CREATE DATABASE {copy} TEMPLATE {}", self.database))?;
        Ok(copy)
    }
}

impl Engine for Postgres {
    fn begin(&mut self, at: usize, tables: &str) -> Result<(), Failure> {
        self.database = format!("truth_{at}");
        self.admin(&format!("CREATE DATABASE {}", self.database))?;
        for extension in EXTENSIONS {
            self.psql(&self.database, &["-c", &format!("CREATE EXTENSION {extension}")], None)?;
        }
        for text in [SUMS, tables, &self.before] {
            let ran = self.psql(&self.database, &[], Some(text))?;
            if !ran.done {
                return Err(Failure::Broken(format!("the database cannot be prepared: {}", ran.error)));
            }
        }
        Ok(())
    }

    fn truth(&mut self, text: &str) -> Result<Truth, Failure> {
        let lower = text.to_ascii_lowercase();
        let alone = ALONE.iter().any(|word| lower.contains(word));
        let first = self.first(text, alone)?;
        if !first.done {
            return Ok(Truth::Unknown(first.error));
        }
        let again = if alone {
            let copy = self.copy()?;
            self.psql(&copy, &[], Some(&format!("{STATE}{text}\n;{STATE}")))?
        } else {
            self.psql(&self.database, &[], Some(&format!("{STATE}BEGIN;\n{text}\n;{STATE}ROLLBACK;\n")))?
        };
        if !again.done {
            return Ok(Truth::Fails(again.error));
        }
        let states: Vec<State> = again.out.lines().filter_map(state).collect();
        match (states.first(), states.last()) {
            (Some(before), Some(after)) => Ok(compare(before, after)),
            _ => Err(Failure::Broken("the database does not tell what it holds".into())),
        }
    }

    fn schema(&mut self) -> Result<String, Failure> {
        let mut command = Command::new(self.programs.join("pg_dump"));
        command.args(["-s", "-O", "-x", "-N", "ssot_truth", "-U", "postgres", "-h"]).arg(&self.directory).arg(&self.database);
        let output = command.output().map_err(broken)?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

fn state(line: &str) -> Option<State> {
    let (schema, rows) = line.trim().strip_prefix("state ")?.split_once(' ')?;
    Some(State { schema: schema.to_string(), rows: rows.to_string() })
}

impl Drop for Postgres {
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
