//! The map as one page that needs nothing else: a drawing for each source of truth.

use std::fmt::Write as _;
use std::io;

use super::super::web::escaped;
use super::{End, Map, Relation, Source, cut};

const WIDTH: usize = 1120;
/// Where the boxes of sources and of consumers stand, and how wide they are.
const LEFT: usize = 1;
const RIGHT: usize = 759;
const BOX: usize = 360;
/// Height of a box, and from one consumer to the next.
const HEIGHT: usize = 48;
const STEP: usize = 62;
/// Characters that a box has room for in bold and in small type, and a label.
const IN_TITLE: usize = 40;
const IN_DETAIL: usize = 52;
const IN_LABEL: usize = 40;

/// Writes the page.
///
/// # Errors
/// Those of `out`.
pub fn html(map: &Map, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = String::from(HEAD);
    // Writing to a string cannot fail.
    _ = write!(page, "<h1>Sources of truth</h1>\n<p>{}</p>\n", escaped(&map.summary()));
    page.push_str(LEGEND);
    for source in &map.sources {
        page.push_str(&drawing(source));
    }
    page.push_str("</main>\n</html>\n");
    out.write_all(page.as_bytes())
}

fn drawing(source: &Source) -> String {
    let height = source.relations.len() * STEP - (STEP - HEIGHT) + 2;
    let mut svg = format!(
        "<section class=\"{}\"><svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\">\n",
        source.state().word(),
        escaped(&cut(&source.end.title, 400))
    );
    let middle = (height - HEIGHT) / 2;
    svg.push_str(&boxed(&source.end, LEFT, middle, "source"));
    for (at, relation) in source.relations.iter().enumerate() {
        svg.push_str(&line(relation, middle + HEIGHT / 2, at * STEP + 1 + HEIGHT / 2));
        svg.push_str(&boxed(&relation.consumer, RIGHT, at * STEP + 1, relation.state.word()));
    }
    svg.push_str("</svg></section>\n");
    svg
}

fn boxed(end: &End, x: usize, y: usize, class: &str) -> String {
    let (title, detail) = (escaped(&cut(&end.title, IN_TITLE)), escaped(&cut(&end.detail, IN_DETAIL)));
    let whole = escaped(&format!("{}\n{}", cut(&end.title, 400), cut(&end.detail, 400)));
    format!(
        "<g class=\"box {class}\"><title>{whole}</title><rect x=\"{x}\" y=\"{y}\" width=\"{BOX}\" height=\"{HEIGHT}\" rx=\"7\"/>\
         <text class=\"title\" x=\"{}\" y=\"{}\">{title}</text><text class=\"detail\" x=\"{}\" y=\"{}\">{detail}</text></g>\n",
        x + 12,
        y + 20,
        x + 12,
        y + 38
    )
}

fn line(relation: &Relation, from: usize, to: usize) -> String {
    let (start, end) = (LEFT + BOX, RIGHT);
    // A bend close to the source, so that labels stand on level lines.
    let bend = start + 60;
    let label = escaped(&format!("{} {}", relation.state.mark(), cut(&relation.rule, IN_LABEL)));
    let told = escaped(&cut(&format!("{} · {}", relation.kind, relation.state.told()), IN_LABEL + 6));
    let why = escaped(&cut(&relation.why, 400));
    format!(
        "<g class=\"line {}\"><title>{why}</title><path d=\"M{start} {from}C{} {from} {} {to} {bend} {to}H{end}\"/>\
         <text class=\"title\" x=\"{}\" y=\"{}\">{label}</text><text class=\"detail\" x=\"{}\" y=\"{}\">{told}</text></g>\n",
        relation.state.word(),
        start + 40,
        bend - 40,
        bend + 8,
        to - 7,
        bend + 8,
        to + 17
    )
}

const LEGEND: &str = "<p class=\"legend\"><span class=\"healthy\">✓ holds</span> <span class=\"broken\">✗ broken</span> \
<span class=\"unjudged\">? not judged</span> \
<label><input type=\"checkbox\" id=\"only\"> only what is broken or not judged</label></p>\n";

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="ssot map">
<title>Sources of truth</title>
<style>
:root { color-scheme: light dark; --ground: #fff; --ink: #1f2328; --soft: #59636e; --edge: #d1d9e0; --card: #f6f8fa;
  --good: #1a7f37; --bad: #d1242f; --open: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --ground: #0d1117; --ink: #e6edf3; --soft: #9198a1; --edge: #3d444d;
  --card: #151b23; --good: #3fb950; --bad: #f85149; --open: #d29922; } }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 24px 16px 64px; }
h1 { font-size: 24px; margin: 0 0 4px; }
p { margin: 0 0 8px; color: var(--soft); }
.legend { margin-bottom: 24px; }
.legend span { margin-right: 14px; }
section { margin: 0 0 26px; }
svg { display: block; width: 100%; height: auto; }
rect { fill: var(--card); stroke: var(--edge); }
.source rect { fill: var(--ground); stroke: var(--ink); stroke-width: 1.5; }
text { fill: var(--ink); font-size: 14px; }
.title { font-weight: 600; }
.detail { fill: var(--soft); font-size: 12px; }
path { fill: none; stroke-width: 1.5; }
.line.healthy path, .box.healthy rect { stroke: var(--good); }
.line.broken path, .box.broken rect { stroke: var(--bad); stroke-width: 2.5; }
.line.unjudged path, .box.unjudged rect { stroke: var(--open); stroke-dasharray: 5 4; }
.line.healthy .title, span.healthy { fill: var(--good); color: var(--good); }
.line.broken .title, span.broken { fill: var(--bad); color: var(--bad); }
.line.unjudged .title, span.unjudged { fill: var(--open); color: var(--open); }
body:has(#only:checked) section.healthy { display: none; }
</style>
<main>
"#;
