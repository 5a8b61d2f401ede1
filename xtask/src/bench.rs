//! How fast the program is: the inner loops, then whole runs on a generated repository, each beside a program that people know,
//! taking turns in one go, so that what else the machine does weighs on both.

mod migrations;
mod repository;

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::{self, Failure, Profile, cargo, run};

/// What `cargo xtask bench` takes.
struct Options {
    files: usize,
    rounds: usize,
    kernels: bool,
}

/// Two command lines that do comparable work.
struct Pair {
    about: String,
    /// What of the tree is looked into; none where only paths are.
    bytes: Option<u64>,
    ours: Command,
    /// How the other one is called in the table.
    beside: String,
    theirs: Command,
}

impl Pair {
    fn new(about: impl Into<String>, bytes: Option<u64>, ours: Command, theirs: Command) -> Self {
        let program = theirs.get_program().to_string_lossy().into_owned();
        let first = theirs.get_args().next().filter(|_| program == "git").map(|word| format!(" {}", word.to_string_lossy()));
        let beside = format!("`{program}{}`", first.unwrap_or_default());
        Pair { about: about.into(), bytes, ours, beside, theirs }
    }
}

/// `cargo xtask bench`.
///
/// # Errors
/// A build or a command that fails. Slowness is no error.
pub fn task(arguments: &[String]) -> Result<(), Failure> {
    let options = options(arguments)?;
    if options.kernels {
        run(cargo().args(["bench", "--bench", "kernels"]))?;
    }
    let ssot = process::ssot(Profile::Release)?;
    let target = ssot.ancestors().nth(2).unwrap_or(Path::new("target"));
    let root = repository::at(&target.join("bench"), options.files)?;
    println!("\n{} files, medians of {} interleaved rounds, warm:\n", options.files, options.rounds);
    println!("| run | ssot, ms | MB/s | beside it | ms | ratio |\n| --- | ---: | ---: | --- | ---: | ---: |");
    let migrations = migrations::at(&target.join("bench"), options.files / 2)?;
    for mut pair in pairs(&ssot, &root)?.into_iter().chain(parsers(&ssot, &root)?).chain(sql(&ssot, &migrations)?) {
        let row = measure(&mut pair, options.rounds)?;
        println!("{row}");
    }
    Ok(())
}

fn options(arguments: &[String]) -> Result<Options, Failure> {
    let usage = || Failure::Usage("usage: cargo xtask bench [--files N] [--rounds N] [--no-kernels]".into());
    let mut options = Options { files: 20_000, rounds: 9, kernels: true };
    let mut arguments = arguments.iter();
    while let Some(word) = arguments.next() {
        let mut number = || arguments.next().and_then(|text| text.parse().ok()).filter(|number| *number > 0).ok_or_else(usage);
        match word.as_str() {
            "--files" => options.files = number()?,
            "--rounds" => options.rounds = number()?,
            "--no-kernels" => options.kernels = false,
            _ => return Err(usage()),
        }
    }
    Ok(options)
}

/// What is compared with what.
fn pairs(ssot: &Path, root: &Path) -> Result<Vec<Pair>, Failure> {
    let check = |policy: &str| check(ssot, root, policy);
    let mut staged = check("paths.yaml");
    staged.arg("--staged");
    let mut changed = check("changes.yaml");
    let mut status = command("git", root, ["status", "--porcelain"], [""; 0]);
    for command in [changed.arg("--staged"), &mut status] {
        command.env("GIT_INDEX_FILE", root.join(".git").join(repository::STAGED));
    }
    let mut base = check("changes.yaml");
    base.args(["--rev", "HEAD", "--base", "HEAD~1"]);
    let ripgrep = Command::new("rg").arg("--version").output().is_ok_and(|output| output.status.success());
    let search = |patterns: &[String], glob: &str| {
        let patterns = patterns.iter().flat_map(|pattern| ["-e", pattern]);
        match ripgrep {
            // Hidden files are part of the tree, and `.git` is not.
            true => command("rg", root, ["-n", "--no-config", "--hidden", "-g", "!.git", "-g", glob], patterns),
            false => {
                let mut grep = command("git", root, ["grep", "-n", "-I", "-E"], patterns);
                grep.args(["--", &format!(":(glob)**/{glob}")]);
                grep
            }
        }
    };
    let texts: Vec<String> = repository::words().collect();
    Ok(vec![
        Pair::new("paths only: no rule reads contents", None, check("paths.yaml"), command("git", root, ["ls-files"], [""; 0])),
        Pair::new(
            "the same, beside what also looks for edited and new files",
            None,
            check("paths.yaml"),
            command("git", root, ["status", "--porcelain"], [""; 0]),
        ),
        Pair::new("the same of the index: `--staged`", None, staged, command("git", root, ["ls-files"], [""; 0])),
        Pair::new("`--staged` with ten files staged: rules about changes", None, changed, status),
        Pair::new(
            "`--base` where ten files changed: the same rules",
            None,
            base,
            command("git", root, ["diff", "--stat", "HEAD~1", "HEAD"], [""; 0]),
        ),
        Pair::new(
            "environment reads in each Python file: all are parsed",
            Some(size(root, ".py")?),
            check("python.yaml"),
            search(&["os\\.environ|os\\.getenv".into()], "*.py"),
        ),
        Pair::new(
            "environment reads in TypeScript, one file in ten has any",
            Some(size(root, ".ts")?),
            check("typescript.yaml"),
            search(&["process\\.env|import\\.meta".into()], "*.ts"),
        ),
        Pair::new("20 text rules over all files", Some(size(root, "")?), check("texts.yaml"), search(&texts, "*")),
    ])
}

/// The same reads beside a program that parses as well, where it is at hand.
fn parsers(ssot: &Path, root: &Path) -> Result<Vec<Pair>, Failure> {
    if !Command::new("ast-grep").arg("--version").output().is_ok_and(|output| output.status.success()) {
        println!("| (`ast-grep` is not at hand: `npm install --global @ast-grep/cli`) | | | | | |");
        return Ok(Vec::new());
    }
    let languages = [
        ("python", ".py", "os.environ[$K]", "os.environ.get($$$)", "os.getenv($$$)"),
        ("typescript", ".ts", "process.env.$K", "process.env[$K]", "import.meta.env.$K"),
    ];
    let pair = |(language, suffix, a, b, c): (&str, &str, &str, &str, &str)| {
        let any = [a, b, c].map(|pattern| format!("{{pattern: \"{pattern}\"}}")).join(", ");
        let rule = format!("id: reads\nlanguage: {language}\nrule: {{any: [{any}]}}\n");
        Ok(Pair::new(
            format!("environment reads in {language}, beside three patterns"),
            Some(size(root, suffix)?),
            check(ssot, root, &format!("{language}.yaml")),
            command("ast-grep", root, ["scan", "--json=stream", "--inline-rules"], [rule]),
        ))
    };
    languages.into_iter().map(pair).collect()
}

/// Migrations, beside the same run that only reads them, and beside a program that looks for the same kind of thing.
fn sql(ssot: &Path, root: &Path) -> Result<Vec<Pair>, Failure> {
    let bytes = Some(size(root, ".sql")?);
    let pair = |about: &str, policy: &str| {
        let read = Pair::new(about, bytes, check(ssot, root, policy), check(ssot, root, "read.yaml"));
        Pair { beside: "reading them".into(), ..read }
    };
    let files = migrations::paths(root)?;
    let mut pairs = vec![
        Pair::new("migrations: reading them", bytes, check(ssot, root, "read.yaml"), command("cat", root, [""; 0], &files)),
        pair("migrations: each statement understood, `deny`", "deny.yaml"),
        pair("migrations: each run twice, `idempotent`", "rerun.yaml"),
        pair("migrations: all of them run, `replay`", "replay.yaml"),
    ];
    if Command::new("squawk").arg("--version").output().is_ok_and(|output| output.status.success()) {
        let squawk = command("squawk", root, [""; 0], &files);
        pairs.push(Pair::new("migrations: `deny`, beside another linter", bytes, check(ssot, root, "deny.yaml"), squawk));
    } else {
        println!("| (`squawk` is not at hand: `npm install --global squawk-cli`) | | | | | |");
    }
    Ok(pairs)
}

fn check(ssot: &Path, root: &Path, policy: &str) -> Command {
    command(ssot, root, ["check", "--quiet", "--no-cache", "--policy"], [root.with_extension("policies").join(policy)])
}

/// The bytes of all files whose names end so.
fn size(root: &Path, suffix: &str) -> Result<u64, Failure> {
    let listed = Command::new("git").args(["ls-tree", "-r", "-l", "HEAD"]).current_dir(root).output();
    let listed = listed.map_err(|error| Failure::Broken(format!("cannot run git: {error}")))?;
    let text = String::from_utf8_lossy(&listed.stdout);
    let lines = text.lines().filter(|line| line.ends_with(suffix));
    Ok(lines.filter_map(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok()).sum())
}

fn command<'a, A: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    root: &Path,
    first: impl IntoIterator<Item = &'a str>,
    more: impl IntoIterator<Item = A>,
) -> Command {
    let mut command = Command::new(program);
    command.args(first).args(more).current_dir(root).stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// One line of the table.
fn measure(pair: &mut Pair, rounds: usize) -> Result<String, Failure> {
    timed(&mut pair.ours, 0)?;
    timed(&mut pair.theirs, 1)?;
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (our, their) = (timed(&mut pair.ours, 0)?, timed(&mut pair.theirs, 1)?);
        ours.push(our.as_secs_f64() * 1e3);
        theirs.push(their.as_secs_f64() * 1e3);
        ratios.push(our.as_secs_f64() / their.as_secs_f64());
    }
    let our = median(ours);
    let speed = pair.bytes.map(|bytes| format!("{:.0}", bytes as f64 / 1e3 / our)).unwrap_or_default();
    Ok(format!("| {} | {our:.0} | {speed} | {} | {:.0} | {:.2} |", pair.about, pair.beside, median(theirs), median(ratios)))
}

/// How long a command takes. An exit status above `worst` is an error: then something else was measured.
fn timed(command: &mut Command, worst: i32) -> Result<Duration, Failure> {
    let started = Instant::now();
    let status = command.status().map_err(|error| Failure::Broken(format!("cannot run {command:?}: {error}")))?;
    let took = started.elapsed();
    match status.code() {
        Some(code) if code <= worst => Ok(took),
        _ => Err(Failure::Broken(format!("{command:?} ended with {status}"))),
    }
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(median(vec![9.0, 1.0, 2.0]), 2.0);
    }
}
