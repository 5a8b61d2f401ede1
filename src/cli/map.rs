//! `ssot map`.

use std::io::Write;

use super::args::{MapFormat, MapOptions};
use super::{Exit, Failure};
use crate::Error;
use crate::report::{Map, html, mermaid};

pub(super) fn run(options: &MapOptions) -> Result<Exit, Failure> {
    let run = options.selection.check()?.run_in_full()?;
    let Some(policy) = run.policy() else {
        return Err(Failure::Check(Error::Usage("there is no policy to draw a map of".into())));
    };
    let map = Map::new(policy, &run.report);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match options.format {
        MapFormat::Html => html(&map, &mut out)?,
        MapFormat::Mermaid => mermaid(&map, &mut out)?,
    }
    out.flush()?;
    Ok(Exit::Clean)
}
