//! The directories that are judged, as the command line names them, and what of them a tool would apply.

use std::path::PathBuf;

use super::engine::broken;
use crate::process::Failure;

/// Whose SQL it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Postgres,
    Sqlite,
    Mysql,
}

impl Dialect {
    pub fn word(self) -> &'static str {
        match self {
            Dialect::Postgres => "postgres",
            Dialect::Sqlite => "sqlite",
            Dialect::Mysql => "mysql",
        }
    }
}

/// `DIR=PRESET:DIALECT`.
#[derive(Clone, Debug)]
pub struct Sample {
    pub directory: PathBuf,
    pub preset: String,
    pub dialect: Dialect,
}

/// One migration, up.
pub struct File {
    pub name: String,
    /// What is applied of it.
    pub text: String,
}

impl Sample {
    /// # Errors
    /// There is no such dialect or directory.
    pub fn parse(argument: &str) -> Result<Self, Failure> {
        let (directory, how) = argument.split_once('=').unwrap_or((argument, ""));
        let (preset, dialect) = how.split_once(':').unwrap_or((how, ""));
        let dialect = match dialect {
            "" | "postgres" => Dialect::Postgres,
            "sqlite" => Dialect::Sqlite,
            "mysql" => Dialect::Mysql,
            other => return Err(Failure::Usage(format!("there is no dialect `{other}`: postgres, sqlite, mysql"))),
        };
        let directory = PathBuf::from(directory);
        if !directory.is_dir() {
            return Err(Failure::Usage(format!("`{}` is no directory", directory.display())));
        }
        let preset = if preset.is_empty() { "numbered" } else { preset }.to_string();
        Ok(Sample { directory, preset, dialect })
    }

    /// As the tables name it.
    pub fn name(&self) -> String {
        self.directory
            .file_name()
            .map_or_else(|| self.directory.display().to_string(), |name| name.to_string_lossy().into_owned())
    }

    /// All files of SQL, by name.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn names(&self) -> Result<Vec<String>, Failure> {
        let mut found = Vec::new();
        let mut open = vec![PathBuf::new()];
        while let Some(inside) = open.pop() {
            for entry in std::fs::read_dir(self.directory.join(&inside)).map_err(broken)? {
                let entry = entry.map_err(broken)?;
                let path = inside.join(entry.file_name());
                if entry.file_type().map_err(broken)?.is_dir() {
                    open.push(path);
                } else if path.extension().is_some_and(|extension| extension == "sql") {
                    found.push(path.to_string_lossy().into_owned());
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// # Errors
    /// The file cannot be read.
    pub fn read(&self, name: &str) -> Result<String, Failure> {
        let bytes = std::fs::read(self.directory.join(name)).map_err(broken)?;
        Ok(String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').to_string())
    }

    /// The up migrations, in the order of their numbers.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn migrations(&self) -> Result<Vec<File>, Failure> {
        let mut names = self.names()?;
        names.retain(|name| self.goes_up(name));
        // Prisma goes by the names as they are.
        if self.preset != "prisma" {
            names.sort_by_cached_key(|name| self.number(name));
        }
        let file = |name: String| Ok(File { text: applied(&self.read(&name)?, &self.preset), name });
        names.into_iter().map(file).collect()
    }

    fn goes_up(&self, file: &str) -> bool {
        let name = file.rsplit('/').next().unwrap_or_default();
        match self.preset.as_str() {
            "diesel" => name == "up.sql",
            "prisma" => name == "migration.sql",
            _ => !name.ends_with(".down.sql") && name.trim_start_matches(['V', 'v']).starts_with(|c: char| c.is_ascii_digit()),
        }
    }

    /// The tables that the tool itself makes before it applies anything.
    pub fn tables(&self) -> &'static str {
        match self.preset.as_str() {
            "diesel" => {
                "CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY, run_on timestamp NOT NULL DEFAULT now());"
            }
            "sqlx" => {
                "CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL, installed_on timestamptz NOT NULL \
                 DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL, execution_time bigint NOT NULL);"
            }
            _ => "",
        }
    }

    fn number(&self, file: &str) -> Vec<(usize, String)> {
        let mut parts = file.rsplit('/');
        let name = if self.preset == "diesel" { parts.nth(1) } else { parts.next() }.unwrap_or_default();
        let name = name.trim_start_matches(['V', 'v']);
        let end = name.find(|c: char| !c.is_ascii_digit() && c != '-' && c != '.').unwrap_or(name.len());
        if self.preset == "diesel" {
            // Dashes only make the number easier to read, which is compared as text.
            return vec![(0, name[..end].replace('-', ""))];
        }
        let digits = |part: &str| {
            let digits = part.trim_start_matches('0');
            (digits.len(), digits.to_string())
        };
        name[..end].split(['-', '.']).filter(|part| !part.is_empty()).map(digits).collect()
    }
}

/// The part that is applied, of tools that split a file by marks.
fn applied(text: &str, preset: &str) -> String {
    if !matches!(preset, "goose" | "dbmate") {
        return text.to_string();
    }
    let mut up = false;
    let keep = |line: &&str| {
        let mark = line.trim_start_matches(['-', ' ']).to_ascii_lowercase();
        let says = |way: &str| ["+goose ", "+migrate ", "migrate:"].iter().any(|tool| mark.starts_with(&format!("{tool}{way}")));
        if line.trim_start().starts_with("--") {
            up = says("up") || (up && !says("down"));
        }
        up
    };
    text.lines().filter(keep).collect::<Vec<_>>().join("\n")
}
