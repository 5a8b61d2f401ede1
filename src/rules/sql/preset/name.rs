//! What a path is to a tool.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::Preset;
use crate::text::RepoPath;

/// Where a migration stands in the order of all: repeatable ones last, then by number, then by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::rules::sql) struct Number {
    pub repeatable: bool,
    /// Each part without leading zeros, the longer one the larger; parts of length 0 are text.
    pub parts: Vec<(usize, String)>,
    pub name: String,
}

impl Number {
    pub fn new(text: &str, name: &str) -> Self {
        Number { repeatable: false, parts: integers(text), name: name.to_string() }
    }

    /// Digits that a tool compares as text: the shorter one is the smaller only where the other starts with it.
    fn of_text(digits: String, name: &str) -> Self {
        Number { repeatable: false, parts: vec![(0, digits)], name: name.to_string() }
    }
}

/// The integers in a text.
fn integers(text: &str) -> Vec<(usize, String)> {
    let part = |part: &str| {
        let digits = part.trim_start_matches('0');
        (digits.len(), digits.to_string())
    };
    text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).map(part).collect()
}

/// What a file is to a tool.
pub(super) enum Role {
    Up(Number),
    Down(Number),
    /// Another file of the tool.
    Tool,
    Stranger,
}

macro_rules! regexes {
    ($($name:ident = $regex:literal;)*) => {
        $(static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($regex).ok());)*
    };
}

regexes! {
    NUMBERED = r"^[Vv]?(?P<number>\d+(?:[._-]\d+)*)(?:[-_. ][^/]*?)?(?:\.(?P<direction>up|down))?\.sql$";
    FLYWAY = r"^(?:(?P<kind>[VUB])(?P<number>\d+(?:[._]\d+)*)|(?P<repeat>R))__[^/]*\.sql$";
    FLYWAY_CALLBACK = r"^(?:before|after|create|drop)[A-Za-z]*(?:__[^/]*)?\.sql$";
    REFINERY = r"^[UV](?P<number>\d+(?:\.\d+)?)__\w+\.sql$";
    SQLX = r"^(?P<number>\d+)_[^/]*?(?:\.(?P<direction>up|down))?\.sql$";
    GOLANG = r"^(?P<number>\d+)_[^/]*\.(?P<direction>up|down)\.sql$";
    UNDERSCORED = r"^(?P<number>\d+)_[^/]*\.sql$";
    DBMATE = r"^(?P<number>\d+)[^/]*\.sql$";
    DIESEL_STEP = r"^(?P<number>\d[\d-]*)_[^/]*$";
    STEP = r"^(?P<number>\d+)_[^/]*$";
    RELEASE = r"^[Vv]?(?P<number>\d+(?:[._-]\d+)*)(?:[-_. ][^/]*)?$";
}

/// The shape of a name, in words.
pub(super) fn pattern(preset: Preset) -> &'static str {
    match preset {
        Preset::Numbered => "`NUMBER_NAME.sql`",
        Preset::Flyway => "`VNUMBER__NAME.sql` or `R__NAME.sql`",
        Preset::Refinery => "`VNUMBER__NAME.sql`",
        Preset::Sqlx => "`NUMBER_NAME.sql`, or `NUMBER_NAME.up.sql` and `.down.sql`",
        Preset::GolangMigrate => "`NUMBER_NAME.up.sql` or `NUMBER_NAME.down.sql`",
        Preset::Goose | Preset::Dbmate | Preset::Supabase | Preset::Drizzle => "`NUMBER_NAME.sql`",
        Preset::Diesel => "`NUMBER_NAME/up.sql` or `NUMBER_NAME/down.sql`",
        Preset::Prisma => "`NUMBER_NAME/migration.sql`",
    }
}

fn captures<'p>(regex: &LazyLock<Option<Regex>>, name: &'p str) -> Option<regex::Captures<'p>> {
    regex.as_ref()?.captures(name)
}

pub(super) fn role(preset: Preset, path: &RepoPath) -> Role {
    let name = path.name();
    match preset {
        Preset::Numbered => numbered(path),
        Preset::Flyway => flyway(name),
        Preset::Refinery => by_name(&REFINERY, name),
        Preset::Sqlx => by_name(&SQLX, name),
        Preset::GolangMigrate => by_name(&GOLANG, name),
        Preset::Goose | Preset::Supabase | Preset::Drizzle => by_name(&UNDERSCORED, name),
        Preset::Dbmate => match name {
            "schema.sql" => Role::Tool,
            _ => by_name(&DBMATE, name),
        },
        Preset::Diesel => step(preset, &DIESEL_STEP, path, ("up.sql", "down.sql")),
        Preset::Prisma => step(preset, &STEP, path, ("migration.sql", "down.sql")),
    }
}

fn by_name(regex: &LazyLock<Option<Regex>>, name: &str) -> Role {
    let Some(found) = captures(regex, name) else { return Role::Stranger };
    let number = Number::new(found.name("number").map_or("", |number| number.as_str()), name);
    match found.name("direction").map(|direction| direction.as_str()) {
        Some("down") => Role::Down(number),
        _ => Role::Up(number),
    }
}

/// Directories directly above may be numbered as well, by release (`0.19/01__names.sql`) or year; they come first.
fn numbered(path: &RepoPath) -> Role {
    let mut role = by_name(&NUMBERED, path.name());
    if let Role::Up(number) | Role::Down(number) = &mut role {
        let above = path.dir().rsplit('/').map_while(|directory| captures(&RELEASE, directory));
        let mut above: Vec<_> = above.map(|found| integers(&found["number"])).collect();
        above.reverse();
        number.parts.splice(0..0, above.into_iter().flatten());
    }
    role
}

fn flyway(name: &str) -> Role {
    if captures(&FLYWAY_CALLBACK, name).is_some() {
        return Role::Tool;
    }
    let Some(found) = captures(&FLYWAY, name) else { return Role::Stranger };
    let number = Number::new(found.name("number").map_or("", |number| number.as_str()), name);
    match found.name("kind").map(|kind| kind.as_str()) {
        Some("U") => Role::Down(number),
        Some(_) => Role::Up(number),
        None => Role::Up(Number { repeatable: true, ..number }),
    }
}

/// Tools that give each migration a directory.
fn step(preset: Preset, regex: &LazyLock<Option<Regex>>, path: &RepoPath, (up, down): (&str, &str)) -> Role {
    let directory = path.dir().rsplit('/').next().unwrap_or_default();
    let Some(found) = captures(regex, directory) else { return Role::Stranger };
    // Dashes only make a number easier to read. Diesel compares what is left as text, Prisma the names as they are.
    let digits: String = found["number"].chars().filter(|c| c.is_ascii_digit() && preset != Preset::Prisma).collect();
    let number = Number::of_text(digits, directory);
    match path.name() {
        name if name == up => Role::Up(number),
        name if name == down => Role::Down(number),
        _ => Role::Stranger,
    }
}

/// Whether a directory's name is that of a migration.
pub(super) fn is_step(preset: Preset, name: &str) -> bool {
    match preset {
        Preset::Diesel => captures(&DIESEL_STEP, name).is_some(),
        Preset::Prisma => captures(&STEP, name).is_some(),
        _ => false,
    }
}

/// The directories that hold the paths, directly or not.
pub(super) fn directories(paths: &[&RepoPath]) -> BTreeSet<RepoPath> {
    let mut found = BTreeSet::new();
    for path in paths {
        let mut dir = path.dir();
        while !dir.is_empty() && found.insert(RepoPath::new(dir)) {
            dir = dir.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(preset: Preset, paths: &[&str]) -> Vec<String> {
        let mut all: Vec<(Number, String)> = paths
            .iter()
            .map(|path| match role(preset, &RepoPath::new(*path)) {
                Role::Up(number) => (number, path.to_string()),
                _ => panic!("{path} is no up migration"),
            })
            .collect();
        all.sort();
        all.into_iter().map(|(_, path)| path).collect()
    }

    #[test]
    fn releases_and_years_count_before_the_number_of_a_file() {
        let paths = ["db/0.9/01__b.sql", "db/0.10/00__c.sql", "db/0.10/02__d.sql", "db/1.0/00__e.sql"];
        assert_eq!(
            order(Preset::Numbered, &["db/1.0/00__e.sql", "db/0.10/02__d.sql", "db/0.10/00__c.sql", "db/0.9/01__b.sql"]),
            paths
        );
        let paths = ["db/V0009.Users.up.sql", "db/V0010.Names.up.sql"];
        assert_eq!(order(Preset::Numbered, &["db/V0010.Names.up.sql", "db/V0009.Users.up.sql"]), paths);
    }

    #[test]
    fn diesel_compares_versions_as_text() {
        let paths = ["m/2024-03-06-170000_a/up.sql", "m/2024-03-13_170000_b/up.sql", "m/2024-03-13-170001_c/up.sql"];
        assert_eq!(order(Preset::Diesel, &[paths[1], paths[2], paths[0]]), paths);
    }
}
