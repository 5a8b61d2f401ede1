//! Directories of migrations, by the shapes that the usual tools give them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::found::Found;

/// The shapes, each with the part of a path that is the home of migrations, and the preset that knows it.
static SHAPES: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        (r"^(?<home>.+)/\d+_[^/]+/migration\.sql$", "prisma"),
        (r"^(?<home>(?:.+/)?supabase/migrations)/\d{14}_[^/]+\.sql$", "supabase"),
        (r"^(?<home>(?:.+/)?drizzle(?:/migrations)?)/\d{4}_[^/]+\.sql$", "drizzle"),
        (r"^(?<home>.+)/\d{4}-\d{2}-\d{2}-\d{6}[^/]*/up\.sql$", "diesel"),
        (r"^(?<home>.+)/[VURB]\d[\d._]*__[^/]+\.sql$", "flyway"),
        (r"^(?<home>.+)/\d+_[^/]+\.(?:up|down)\.sql$", "golang-migrate"),
        // Releases may have directories of their own: `0.19/01__names.sql`.
        (r"^(?<home>.+?)(?:/[Vv]?\d[\d._-]*)*/[Vv]?\d+[._-][^/]+\.sql$", "numbered"),
    ]
    .into_iter()
    .filter_map(|(regex, preset)| Some((Regex::new(regex).ok()?, preset)))
    .collect()
});

/// One home of migrations.
pub(super) struct Home {
    pub directory: String,
    pub preset: &'static str,
    pub number: usize,
}

impl Home {
    /// Whose SQL it is, where the directory says so.
    pub fn dialect(&self) -> Option<&'static str> {
        let path = self.directory.to_ascii_lowercase();
        [("sqlite", "sqlite"), ("mysql", "mysql"), ("mariadb", "mysql")]
            .into_iter()
            .find(|(word, _)| path.contains(word))
            .map(|(_, dialect)| dialect)
    }
}

/// Directories with at least two migrations each.
pub(super) fn homes(found: &Found<'_>) -> Vec<Home> {
    let mut homes: BTreeMap<(String, &'static str), Vec<String>> = BTreeMap::new();
    for path in found.paths() {
        let shape = SHAPES.iter().find_map(|(regex, preset)| Some((regex.captures(path.as_str())?["home"].to_string(), *preset)));
        if let Some(shape) = shape {
            homes.entry(shape).or_default().push(path.as_str().to_string());
        }
    }
    let several = homes.into_iter().filter(|(_, files)| files.len() > 1);
    let preset = |preset: &'static str, files: &[String]| match preset {
        "numbered" => marked(found, files).unwrap_or(preset),
        preset => preset,
    };
    several.map(|((directory, known), files)| Home { preset: preset(known, &files), number: files.len(), directory }).collect()
}

/// Tools that keep both ways in one file, between marks in comments.
fn marked(found: &Found<'_>, files: &[String]) -> Option<&'static str> {
    let text = found.text(&files.first()?.as_str().into())?;
    [("-- +goose ", "goose"), ("-- migrate:up", "dbmate")].into_iter().find(|(mark, _)| text.contains(mark)).map(|(_, tool)| tool)
}
