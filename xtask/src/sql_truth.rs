//! `cargo xtask sql-truth`: migrations are applied twice to a real database, and what it says is held against what we say; their
//! statements are held against PostgreSQL's parser.

mod engine;
mod mariadb;
mod postgres;
mod said;
mod sample;
mod sqlite;
mod statements;
mod wire;

use std::path::PathBuf;

use self::engine::{Engine, Truth, broken};
use self::mariadb::Mariadb;
use self::postgres::Postgres;
use self::said::{Said, said};
use self::sample::{Dialect, Sample};
use self::sqlite::Sqlite;
use self::statements::{Counts, Statement};
use crate::process::{Failure, Profile, ssot};

const USAGE: &str = "\
usage: cargo xtask sql-truth [--before FILE] [--postgres PROGRAMS] DIR[=PRESET[:DIALECT]]…
  --before FILE        SQL that PostgreSQL runs before the first migration of each directory
  --postgres PROGRAMS  the directory of PostgreSQL's programs; without it the newest of /usr/lib/postgresql";

pub fn task(arguments: &[String]) -> Result<(), Failure> {
    let (mut before, mut postgres, mut samples) = (String::new(), None, Vec::new());
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--before" => before = std::fs::read_to_string(value(rest.next())?).map_err(broken)?,
            "--postgres" => postgres = Some(PathBuf::from(value(rest.next())?)),
            flag if flag.starts_with('-') => return Err(Failure::Usage(USAGE.into())),
            sample => samples.push(Sample::parse(sample)?),
        }
    }
    if samples.is_empty() {
        return Err(Failure::Usage(USAGE.into()));
    }
    let program = ssot(Profile::Dev)?;
    let printer = statements::program(&program)?;
    let tools = Tools { program, printer, before, postgres };
    for dialect in [Dialect::Postgres, Dialect::Sqlite, Dialect::Mysql] {
        let samples: Vec<&Sample> = samples.iter().filter(|sample| sample.dialect == dialect).collect();
        if !samples.is_empty() {
            tools.judge(dialect, &samples)?;
        }
    }
    Ok(())
}

fn value(argument: Option<&String>) -> Result<&String, Failure> {
    argument.ok_or_else(|| Failure::Usage(USAGE.into()))
}

struct Tools {
    program: PathBuf,
    /// Prints statements.
    printer: PathBuf,
    /// What runs before the first migration.
    before: String,
    /// Where the programs of PostgreSQL are, if that is said.
    postgres: Option<PathBuf>,
}

/// What is counted of a directory.
#[derive(Default)]
struct Row {
    files: usize,
    /// Files that are refused, or leave another schema, the second time.
    failing: usize,
    found: usize,
    /// Files that leave other rows only.
    rows: usize,
    rows_found: usize,
    clean: usize,
    flagged: usize,
    /// Clean files of which only rows are told: where a table is empty, nothing can be seen of them.
    rows_flagged: usize,
    unjudged: usize,
    /// Findings of the replay, and whether all files ran.
    replay: usize,
    whole: bool,
}

impl Tools {
    fn judge(&self, dialect: Dialect, samples: &[&Sample]) -> Result<(), Failure> {
        match dialect {
            Dialect::Postgres => {
                let mut server = Postgres::start(self.postgres.clone(), self.before.clone())?;
                let mut wire = server.wire()?;
                self.tables(dialect, samples, &mut server, Some(&mut wire))
            }
            Dialect::Sqlite => self.tables(dialect, samples, &mut Sqlite::start()?, None),
            Dialect::Mysql => self.tables(dialect, samples, &mut Mariadb::start()?, None),
        }
    }

    fn tables(
        &self,
        dialect: Dialect,
        samples: &[&Sample],
        engine: &mut dyn Engine,
        mut wire: Option<&mut wire::Wire>,
    ) -> Result<(), Failure> {
        let mut told = Vec::new();
        println!("\n## {}\n", dialect.word());
        println!(
            "| directory | files | fail | found | change rows only | found | clean | flagged | flagged for rows alone | not judged | replay |"
        );
        println!("|---|---|---|---|---|---|---|---|---|---|---|");
        let mut statements = Vec::new();
        let mut total = [0usize; 9];
        for (at, sample) in samples.iter().enumerate() {
            let judged = self.row(engine, at, sample, &mut told)?;
            let (row, ran) = judged;
            let numbers = row.numbers();
            let replay = format!("{}{}", row.replay, if row.whole { "" } else { " (not whole)" });
            println!("| {} | {} | {replay} |", sample.name(), numbers.map(|number| number.to_string()).join(" | "));
            total.iter_mut().zip(numbers).for_each(|(total, number)| *total += number);
            statements.push((sample, statements::statements(&self.printer, sample)?, ran));
        }
        println!("| all | {} | |", total.map(|number| number.to_string()).join(" | "));
        println!(
            "\n| directory | statements | taken by the database | understood | cut elsewhere | refused by it | by us, too |"
        );
        println!("|---|---|---|---|---|---|---|");
        let mut total = [0usize; 6];
        for (sample, found, ran) in &statements {
            let counts = match &mut wire {
                Some(wire) => statements::judged(sample, found, wire, &mut told)?,
                None => those_that_ran(sample, found, ran, &mut told),
            };
            let numbers = counts.row();
            println!("| {} | {} |", sample.name(), numbers.map(|number| number.to_string()).join(" | "));
            total.iter_mut().zip(numbers).for_each(|(total, number)| *total += number);
        }
        println!("| all | {} |", total.map(|number| number.to_string()).join(" | "));
        println!();
        told.iter().for_each(|line| println!("{line}"));
        Ok(())
    }

    /// The row of a directory, and the names of the files that ran.
    fn row(
        &self,
        engine: &mut dyn Engine,
        at: usize,
        sample: &Sample,
        told: &mut Vec<String>,
    ) -> Result<(Row, Vec<String>), Failure> {
        let mut truths = Vec::new();
        engine.begin(at, sample.tables())?;
        for file in sample.migrations()? {
            truths.push((file.name, engine.truth(&file.text)?));
        }
        let whole = truths.iter().all(|(_, truth)| !matches!(truth, Truth::Unknown(_)));
        let schema = if whole { Some(engine.schema()?) } else { None };
        let said = said(&self.program, sample, schema.as_deref())?;
        let mut row = Row { whole, ..Row::default() };
        truths.iter().for_each(|(file, truth)| row.add(sample, file, truth, &said, told));
        let ran = truths.into_iter().filter(|(_, truth)| !matches!(truth, Truth::Unknown(_))).map(|(file, _)| file).collect();
        for (file, line) in said.iter().flat_map(|(file, lines)| lines.iter().map(move |line| (file, line))) {
            if line.is_of_replay() {
                row.replay += 1;
                let whole = if row.whole { "" } else { " (not whole)" };
                told.push(format!("replay{whole} {}/{file}:{}", sample.name(), line.message));
            }
        }
        Ok((row, ran))
    }
}

impl Row {
    fn numbers(&self) -> [usize; 9] {
        [
            self.files,
            self.failing,
            self.found,
            self.rows,
            self.rows_found,
            self.clean,
            self.flagged,
            self.rows_flagged,
            self.unjudged,
        ]
    }

    fn add(&mut self, sample: &Sample, file: &str, truth: &Truth, said: &Said, told: &mut Vec<String>) {
        let lines = said.get(file).map(Vec::as_slice).unwrap_or_default();
        let rerun = lines.iter().find(|line| line.is_rerun());
        let schema = lines.iter().find(|line| line.is_rerun() && !line.is_of_rows());
        let mut tell = |what: &str, why: &str| told.push(format!("{what} {}/{file}: {why}", sample.name()));
        self.files += 1;
        match truth {
            Truth::Fails(_) | Truth::Schema => {
                self.failing += 1;
                self.found += usize::from(rerun.is_some());
                let why = if let Truth::Fails(error) = truth { error } else { "the schema is another one" };
                if rerun.is_none() {
                    tell("missed", why);
                }
            }
            Truth::Rows => {
                self.rows += 1;
                self.rows_found += usize::from(rerun.is_some());
                match schema {
                    Some(line) => tell("flagged", &line.message),
                    None if rerun.is_none() => tell("rows missed", "the rows are others"),
                    None => {}
                }
            }
            Truth::Clean => {
                self.clean += 1;
                self.flagged += usize::from(schema.is_some());
                self.rows_flagged += usize::from(schema.is_none() && rerun.is_some());
                match (schema, rerun) {
                    (Some(line), _) => tell("flagged", &line.message),
                    (None, Some(line)) => tell("flagged for rows", &line.message),
                    (None, None) => {}
                }
            }
            Truth::Unknown(error) => tell("did not run", error),
        }
        self.unjudged += usize::from(matches!(truth, Truth::Unknown(_)) || lines.iter().any(|line| line.code == "unparsed-sql"));
    }
}

/// Without another parser at hand, what ran is what the database takes.
fn those_that_ran(sample: &Sample, statements: &[Statement], ran: &[String], told: &mut Vec<String>) -> Counts {
    let mut counts = Counts::default();
    for statement in statements {
        counts.statements += 1;
        if !ran.contains(&statement.file) {
            continue;
        }
        counts.accepted += 1;
        if statement.standing == "understood" {
            counts.understood += 1;
        } else {
            told.push(format!("not understood {}/{}:{}: {}", sample.name(), statement.file, statement.line, statement.reason));
        }
    }
    counts
}
