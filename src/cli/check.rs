//! `ssot check`.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::Instant;

use super::args::{CheckOptions, Color};
use super::progress::Progress;
use super::{Exit, Failure, fix, write_whole};
use crate::report::{self, Format, Style};
use crate::{Check, Error, Run};

/// Findings that a terminal shows before it is told how many more there are.
const SHOWN: usize = 200;

pub(super) fn run(options: &CheckOptions) -> Result<Exit, Failure> {
    let started = Instant::now();
    let outputs = outputs(&options.formats)?;
    let check = options.check(outputs.iter().filter_map(|(_, file)| file.as_deref()))?;
    let progress = Progress::of(check.meter(), options.quiet);
    let run = match options.fix {
        true => fixed(&check)?,
        false => check.run_in_full()?,
    };
    drop(progress);
    for (format, file) in &outputs {
        match file {
            Some(file) => write_report(&run, *format, Path::new(file))?,
            None => print(&run, *format, options)?,
        }
    }
    if options.write_baseline.is_some() || options.prune_baseline {
        write_baseline(&run, options)?;
    }
    if !options.quiet {
        let mut err = std::io::stderr().lock();
        report::summary(&run.report, style(options, err.is_terminal()), &mut err)?;
    }
    if options.stats {
        check.meter().lap("reporting");
        stats(&check, &run, started)?;
    }
    if let Some(broken) = run.broken_policy() {
        return Err(Failure::Check(broken.clone().into()));
    }
    Ok(if run.report.is_clean(options.strict) { Exit::Clean } else { Exit::Findings })
}

/// Writes what the baseline is to hold from now on; where only what is gone is dropped and nothing is, not at all.
fn write_baseline(run: &Run, options: &CheckOptions) -> Result<(), Failure> {
    let Some((file, text, entries, gone)) = run.baseline() else { return Ok(()) };
    let shown = super::visible(&file.to_string_lossy());
    let count = |count: usize, noun: &str| if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") };
    let done = match options.prune_baseline {
        true if gone == 0 => format!("{shown}: nothing is gone; {} remain", entries),
        true => format!("{shown}: dropped {} of what is gone; {entries} remain", count(gone, "record")),
        false => format!("{shown}: recorded {}", count(entries, "finding")),
    };
    if !options.prune_baseline || gone > 0 {
        write_whole(file, text.as_bytes())?;
    }
    if !options.quiet {
        writeln!(std::io::stderr().lock(), "{done}")?;
    }
    Ok(())
}

/// Says how much was read and where the time went.
fn stats(check: &Check, run: &Run, started: Instant) -> Result<(), Failure> {
    let mut err = std::io::stderr().lock();
    let (read, files) = (run.files_read(), run.report.summary.files);
    writeln!(err, "{read} file reads in a tree of {files} files, {:.3} s", started.elapsed().as_secs_f64())?;
    for (phase, time) in check.meter().phases() {
        writeln!(err, "{:>9.1} ms  {phase}", time.as_secs_f64() * 1e3)?;
    }
    Ok(())
}

/// Applies fixes, and gives the run over what is there now.
fn fixed(check: &Check) -> Result<Run, Failure> {
    let mended = fix::mend(check, false)?;
    if mended.files.is_empty() {
        return Ok(mended.run);
    }
    let refused = fix::write(&mended, check.judged())?;
    // What was not written is judged as it is.
    let run = if refused.is_empty() { mended.run } else { check.run_in_full()? };
    Ok(run)
}

/// Where each format goes; without any, `human` to stdout, and in GitHub Actions annotations behind it.
fn outputs(written: &[String]) -> Result<Vec<(Format, Option<String>)>, Failure> {
    let usage = |message: String| Failure::Check(Error::Usage(message));
    let mut outputs = Vec::new();
    for text in written {
        let (word, file) = match text.split_once('=') {
            Some((word, file)) => (word, Some(file.to_string())),
            None => (text.as_str(), None),
        };
        let format = Format::parse(word).ok_or_else(|| {
            let near = crate::text::did_you_mean(word, Format::words());
            let all = Format::words().collect::<Vec<_>>().join(", ");
            let hint = near.map_or_else(|| format!("one of {all}"), |near| format!("did you mean `{near}`?"));
            usage(format!("unknown format `{word}`; {hint}"))
        })?;
        outputs.push((format, file));
    }
    if outputs.iter().filter(|(_, file)| file.is_none()).count() > 1 {
        return Err(usage("only one format can go to stdout; write the others to files: `--format json=FILE`".into()));
    }
    if outputs.iter().all(|(_, file)| file.is_some()) {
        outputs.push((Format::Human, None));
        let in_actions = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        if in_actions && written.is_empty() {
            outputs.push((Format::Github, None));
        }
    }
    Ok(outputs)
}

fn print(run: &Run, format: Format, options: &CheckOptions) -> Result<(), Failure> {
    let out = std::io::stdout().lock();
    let style = style(options, out.is_terminal());
    let mut out = std::io::BufWriter::new(out);
    report::render(format, &run.report, run, style, &mut out)?;
    out.flush()?;
    Ok(())
}

fn write_report(run: &Run, format: Format, file: &Path) -> Result<(), Failure> {
    let mut text = Vec::new();
    let style = Style { color: false, unicode: true, width: 100, cap: None, quiet: false };
    report::render(format, &run.report, run, style, &mut text)?;
    write_whole(file, &text)
}

fn style(options: &CheckOptions, terminal: bool) -> Style {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let forced = std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0");
    let color = match options.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => !set("NO_COLOR") && (forced || (terminal && !dumb)),
    };
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let ascii = dumb || (terminal && locale.is_some_and(|locale| locale == "C" || locale == "POSIX"));
    let width = terminal.then(terminal_width).flatten().unwrap_or(100);
    Style { color, unicode: !ascii, width, cap: terminal.then_some(SHOWN), quiet: options.quiet }
}

fn terminal_width() -> Option<usize> {
    std::env::var("COLUMNS").ok()?.parse().ok()
}
