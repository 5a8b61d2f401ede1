//! A database file of SQLite, by the program `sqlite3`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::engine::{Engine, State, Truth, broken, compare};
use crate::process::Failure;

const SCHEMA: &str = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name, tbl_name;";

pub struct Sqlite {
    directory: PathBuf,
}

impl Sqlite {
    /// # Errors
    /// There is no program `sqlite3`.
    pub fn start() -> Result<Self, Failure> {
        let found = Command::new("sqlite3").arg("--version").stdout(Stdio::null()).status();
        found.map_err(|_| Failure::Broken("there is no SQLite: `apt-get install sqlite3`".into()))?;
        let directory = std::env::temp_dir().join(format!("ssot-sqlite-{}", std::process::id()));
        std::fs::create_dir_all(&directory).map_err(broken)?;
        Ok(Sqlite { directory })
    }

    fn database(&self) -> PathBuf {
        self.directory.join("now.db")
    }

    /// Applies a text to a copy of a database; what is told if it is refused.
    fn applied(&self, from: &Path, to: &Path, text: &str) -> Result<Option<String>, Failure> {
        std::fs::copy(from, to).map_err(broken)?;
        let file = self.directory.join("current.sql");
        std::fs::write(&file, text).map_err(broken)?;
        let input = std::fs::File::open(&file).map_err(broken)?;
        let output = Command::new("sqlite3").arg("-bail").arg(to).stdin(input).output().map_err(broken)?;
        let error = String::from_utf8_lossy(&output.stderr).trim().to_string();
        Ok(if output.status.success() && error.is_empty() { None } else { Some(error) })
    }

    fn state(&self, database: &Path) -> Result<State, Failure> {
        // In which order things lie in the file says nothing.
        let sorted = |text: String| -> String {
            let mut lines: Vec<&str> = text.lines().collect();
            lines.sort_unstable();
            lines.join("\n")
        };
        Ok(State { schema: sorted(ask(database, SCHEMA)?), rows: sorted(ask(database, ".dump")?) })
    }
}

fn ask(database: &Path, what: &str) -> Result<String, Failure> {
    let output = Command::new("sqlite3").arg(database).arg(what).output().map_err(broken)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

impl Engine for Sqlite {
    fn begin(&mut self, _at: usize, _tables: &str) -> Result<(), Failure> {
        std::fs::write(self.database(), []).map_err(broken)
    }

    fn truth(&mut self, text: &str) -> Result<Truth, Failure> {
        let (now, once, twice) = (self.database(), self.directory.join("once.db"), self.directory.join("twice.db"));
        if let Some(error) = self.applied(&now, &once, text)? {
            return Ok(Truth::Unknown(error));
        }
        std::fs::rename(&once, &now).map_err(broken)?;
        match self.applied(&now, &twice, text)? {
            Some(error) => Ok(Truth::Fails(error)),
            None => Ok(compare(&self.state(&now)?, &self.state(&twice)?)),
        }
    }

    fn schema(&mut self) -> Result<String, Failure> {
        ask(
            &self.database(),
            "SELECT sql || ';' FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type <> 'table';",
        )
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
