//! The map as a Mermaid flow chart, for Markdown.

use std::io;

use super::{End, Map, State, cut};

/// Writes the chart.
///
/// # Errors
/// Those of `out`.
pub fn mermaid(map: &Map, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "flowchart LR")?;
    let mut consumers: Vec<&End> = Vec::new();
    let mut styles = Vec::new();
    for (at, source) in map.sources.iter().enumerate() {
        writeln!(out, "  s{at}{}", shape(&source.end))?;
        for relation in &source.relations {
            let known = consumers.iter().position(|consumer| **consumer == relation.consumer);
            let node = match known {
                Some(known) => format!("c{known}"),
                None => {
                    consumers.push(&relation.consumer);
                    format!("c{}{}", consumers.len() - 1, shape(&relation.consumer))
                }
            };
            let label = escaped(&format!("{} {}: {}", relation.state.mark(), relation.rule, relation.state.told()));
            writeln!(out, "  s{at} -- \"{label}\" --> {node}")?;
            styles.push(match relation.state {
                State::Broken(_) => "stroke:#d1242f,stroke-width:2px",
                State::Unjudged(_) => "stroke:#9a6700,stroke-dasharray:4",
                State::Healthy => "stroke:#1a7f37",
            });
        }
    }
    for (at, style) in styles.iter().enumerate() {
        writeln!(out, "  linkStyle {at} {style}")?;
    }
    Ok(())
}

fn shape(end: &End) -> String {
    format!("[\"{}<br><small>{}</small>\"]", escaped(&end.title), escaped(&end.detail))
}

/// Text of a quoted label, in Mermaid's own entities.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in cut(text, 80).chars() {
        match c {
            '#' => out.push_str("#35;"),
            '"' => out.push_str("#quot;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '&' => out.push_str("#amp;"),
            '`' => out.push_str("#96;"),
            c => out.push(c),
        }
    }
    out
}
