//! The order in which migrations run.

use super::migration::Migration;
use super::preset::{Number, Preset};

/// All that is applied, in order. Without a preset the first digits of a name are its number.
pub(super) fn ordered(migrations: Vec<Migration>, preset: Option<Preset>) -> Vec<Migration> {
    let mut numbered: Vec<(Number, Migration)> =
        migrations.into_iter().filter_map(|migration| Some((number(&migration, preset)?, migration))).collect();
    numbered.sort_by(|(a, one), (b, other)| (a, &one.path).cmp(&(b, &other.path)));
    numbered.into_iter().map(|(_, migration)| migration).collect()
}

fn number(migration: &Migration, preset: Option<Preset>) -> Option<Number> {
    match preset {
        Some(preset) => preset.number(&migration.path),
        None => {
            let name = migration.path.name();
            let start = name.find(|c: char| c.is_ascii_digit()).unwrap_or(name.len());
            let rest = &name[start..];
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            Some(Number::new(&rest[..end], name))
        }
    }
}
