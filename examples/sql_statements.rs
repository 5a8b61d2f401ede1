//! How files of SQL are told apart into statements, and how far each is understood:
//! `cargo run --example sql_statements -- postgres FILE…`.
//!
//! A line for each: the file, where it starts and ends in the file, 1 if it stands in the body of a `DO`, else 0, how far it is understood
//! (`understood`, `unparsed`, `invalid`), and why not; tabs between them. `cargo xtask sql-truth` holds this against PostgreSQL.

use std::process::ExitCode;

use ssot::formats::sql::model::Action;
use ssot::formats::sql::{self, Dialect, Reading, Standing, Statement, block};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(dialect) = arguments.next().as_deref().and_then(Dialect::parse) else {
        eprintln!("usage: sql_statements DIALECT FILE…, where DIALECT is one of {}", Dialect::WORDS.join(", "));
        return ExitCode::from(2);
    };
    for path in arguments {
        match std::fs::read(&path) {
            Ok(bytes) => print_file(&path, &bytes, &Reading { dialect, ..Reading::default() }),
            Err(error) => {
                eprintln!("{path}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn print_file(path: &str, bytes: &[u8], reading: &Reading) {
    for statement in &sql::read(bytes, reading).statements {
        print(path, statement, 0);
        for action in &statement.actions {
            let Action::Do(body) = action else { continue };
            let block = block::read(bytes, *body, reading);
            block.iter().flat_map(|block| block.statements()).for_each(|inner| print(path, inner, 1));
        }
    }
}

fn print(path: &str, statement: &Statement, depth: usize) {
    let span = statement.span();
    let (standing, reason) = match &statement.standing {
        Standing::Understood => ("understood", ""),
        Standing::Unparsed(reason) => ("unparsed", reason.as_str()),
        Standing::Invalid(fault) => ("invalid", fault.message.as_str()),
    };
    println!("{path}\t{}\t{}\t{depth}\t{standing}\t{}", span.start, span.end, reason.replace(['\t', '\n'], " "));
}
