//! A MariaDB of our own, for MySQL's SQL: it takes guards that MySQL does not, `ADD COLUMN IF NOT EXISTS` for one.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::engine::{Engine, State, Truth, broken, compare};
use crate::process::Failure;

const WHOLE: &[&str] = &["--skip-extended-insert", "--order-by-primary", "--routines", "--triggers", "--events"];
const DATABASE: &str = "truth";

pub struct Mariadb {
    directory: PathBuf,
    server: Child,
}

impl Mariadb {
    /// # Errors
    /// There is none on this machine, or it does not start.
    pub fn start() -> Result<Self, Failure> {
        let directory = std::env::temp_dir().join(format!("ssot-mariadb-{}", std::process::id()));
        std::fs::create_dir_all(&directory).map_err(broken)?;
        let data = format!("--datadir={}", directory.join("data").display());
        let user = format!("--user={}", std::env::var("USER").unwrap_or_else(|_| "root".into()));
        let made = Command::new("mariadb-install-db")
            .args(["--no-defaults", "--auth-root-authentication-method=normal", &data, &user])
            .stdout(Stdio::null())
            .status();
        if !made.is_ok_and(|status| status.success()) {
            return Err(Failure::Broken("there is no MariaDB: `apt-get install mariadb-server`".into()));
        }
        let socket = format!("--socket={}", directory.join("socket").display());
        let server = Command::new("mariadbd")
            .args(["--no-defaults", "--skip-networking", "--skip-grant-tables", "--innodb-flush-log-at-trx-commit=0"])
            .args([&data, &socket, &user])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(broken)?;
        let database = Mariadb { directory, server };
        for _ in 0..300 {
            if database.run(&format!("CREATE DATABASE {DATABASE}"), "mysql")?.is_none() {
                return Ok(database);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err(Failure::Broken("`mariadbd` does not start".into()))
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.args(["--no-defaults", "--user=root"]).arg(format!("--socket={}", self.directory.join("socket").display()));
        command
    }

    /// Runs a text; what is told if it is refused.
    fn run(&self, text: &str, database: &str) -> Result<Option<String>, Failure> {
        let file = self.directory.join("current.sql");
        std::fs::write(&file, text).map_err(broken)?;
        let input = std::fs::File::open(&file).map_err(broken)?;
        let output = self.client("mariadb").arg(database).stdin(input).output().map_err(broken)?;
        let error = String::from_utf8_lossy(&output.stderr);
        // Before the error stands the statement.
        let error = error.lines().find(|line| line.starts_with("ERROR")).unwrap_or(&error).trim().to_string();
        Ok(if output.status.success() { None } else { Some(error) })
    }

    /// The database as statements that make it.
    fn dump(&self, options: &[&str]) -> Result<String, Failure> {
        let output = self.client("mariadb-dump").arg("--skip-comments").args(options).arg(DATABASE).output().map_err(broken)?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Puts back what was dumped.
    fn restore(&self, dump: &str) -> Result<(), Failure> {
        let fresh = format!("DROP DATABASE {DATABASE}; CREATE DATABASE {DATABASE};");
        match self.run(&fresh, "mysql")?.or(self.run(dump, DATABASE)?) {
            None => Ok(()),
            Some(error) => Err(Failure::Broken(format!("the database cannot be put back: {error}"))),
        }
    }
}

impl Engine for Mariadb {
    fn begin(&mut self, _at: usize, _tables: &str) -> Result<(), Failure> {
        self.restore("")
    }

    fn truth(&mut self, text: &str) -> Result<Truth, Failure> {
        let before = self.dump(WHOLE)?;
        // Applications switch this off while they migrate.
        if let Some(error) = self.run(&format!("SET FOREIGN_KEY_CHECKS = 0;\n{text}"), DATABASE)? {
            self.restore(&before)?;
            return Ok(Truth::Unknown(error));
        }
        let once = self.dump(WHOLE)?;
        let refused = self.run(text, DATABASE)?;
        let twice = self.dump(WHOLE)?;
        if once != twice {
            self.restore(&once)?;
        }
        Ok(refused.map_or_else(|| compare(&state(&once), &state(&twice)), Truth::Fails))
    }

    fn schema(&mut self) -> Result<String, Failure> {
        self.dump(&["--no-data"])
    }
}

/// What a dump says of the schema and of the rows.
fn state(dump: &str) -> State {
    let (rows, schema): (Vec<&str>, Vec<&str>) = dump.lines().partition(|line| line.starts_with("INSERT INTO"));
    // How far a counter is belongs to the rows.
    let plain = |line: &str| {
        line.split(" AUTO_INCREMENT=").map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit())).collect::<String>()
    };
    State { schema: schema.into_iter().map(plain).collect::<Vec<_>>().join("\n"), rows: rows.join("\n") }
}

impl Drop for Mariadb {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
