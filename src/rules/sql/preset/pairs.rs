//! Up and down migrations that belong together.

use std::collections::BTreeMap;

use super::Preset;
use super::name::{Number, Role, role};
use crate::finding::Place;
use crate::rules::{Draft, Output};
use crate::text::RepoPath;

/// The files of one number in one directory.
#[derive(Default)]
struct Pair<'p> {
    up: Option<&'p RepoPath>,
    down: Option<&'p RepoPath>,
    /// Whether a name says the direction.
    marked: bool,
}

pub(super) fn judge(preset: Preset, paths: &[&RepoPath], out: &mut Output) {
    if !matches!(preset, Preset::GolangMigrate | Preset::Diesel | Preset::Sqlx) {
        return;
    }
    let mut pairs: BTreeMap<(String, Vec<(usize, String)>), Pair<'_>> = BTreeMap::new();
    for path in paths {
        let (Role::Up(number) | Role::Down(number)) = role(preset, path) else { continue };
        let Number { parts, .. } = number;
        let directory = if preset == Preset::Diesel { parent(path.dir()) } else { path.dir() };
        let pair = pairs.entry((directory.to_string(), parts)).or_default();
        let down = matches!(role(preset, path), Role::Down(_));
        pair.marked |= preset != Preset::Sqlx || path.name().ends_with(".up.sql") || down;
        if down {
            pair.down.get_or_insert(path);
        } else {
            pair.up.get_or_insert(path);
        }
    }
    for pair in pairs.values().filter(|pair| pair.marked) {
        match (pair.up, pair.down) {
            (Some(up), None) => out.push(unpaired(up, "down")),
            (None, Some(down)) => out.push(unpaired(down, "up")),
            _ => {}
        }
    }
}

fn parent(directory: &str) -> &str {
    directory.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn unpaired(path: &RepoPath, lacks: &str) -> Draft {
    let message = format!("`{}` has no {lacks} migration", path.name());
    let help = match lacks {
        "down" => "write how it is undone",
        _ => "write what it undoes, or take it away",
    };
    Draft::new("unpaired", Place::file(path.clone()), path.as_str(), message).help(help)
}
