//! Presets: what each migration tool takes for a migration, its number, its direction, and what it would ignore.

mod name;
mod pairs;
mod sections;

use crate::facts::SelectionId;
use crate::finding::Place;
use crate::formats::sql::Script;
use crate::rules::{Context, Draft, Output};
use crate::text::RepoPath;

pub(super) use self::name::Number;
use self::name::{Role, role};

/// A migration tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preset {
    /// Files that start with a number, whatever runs them.
    Numbered,
    Flyway,
    Refinery,
    Sqlx,
    GolangMigrate,
    Goose,
    Dbmate,
    Diesel,
    Prisma,
    Supabase,
    Drizzle,
}

impl Preset {
    pub const WORDS: [&'static str; 11] = [
        "numbered",
        "flyway",
        "refinery",
        "sqlx",
        "golang-migrate",
        "goose",
        "dbmate",
        "diesel",
        "prisma",
        "supabase",
        "drizzle",
    ];

    pub fn parse(word: &str) -> Option<Self> {
        const ALL: [Preset; 11] = [
            Preset::Numbered,
            Preset::Flyway,
            Preset::Refinery,
            Preset::Sqlx,
            Preset::GolangMigrate,
            Preset::Goose,
            Preset::Dbmate,
            Preset::Diesel,
            Preset::Prisma,
            Preset::Supabase,
            Preset::Drizzle,
        ];
        Self::WORDS.iter().position(|known| *known == word).map(|at| ALL[at])
    }

    /// Whether its statements are judged.
    pub fn is_migration(self, path: &RepoPath) -> bool {
        matches!(role(self, path), Role::Up(_) | Role::Down(_))
    }

    /// Where a migration stands in the order of all; `None` where it is not applied.
    pub fn number(self, path: &RepoPath) -> Option<Number> {
        match role(self, path) {
            Role::Up(number) => Some(number),
            _ => None,
        }
    }

    /// By statement: whether it runs when the migration is applied.
    pub fn directions(self, path: &RepoPath, text: &[u8], script: &Script) -> Vec<bool> {
        match role(self, path) {
            Role::Up(_) if matches!(self, Preset::Goose | Preset::Dbmate) => sections::directions(text, script),
            Role::Up(_) => vec![true; script.statements.len()],
            _ => vec![false; script.statements.len()],
        }
    }

    /// Whether the tool begins a transaction before the first statement.
    pub fn opens_transaction(self, text: &[u8]) -> bool {
        let says = |mark: &[u8]| sections::says(text, mark);
        match self {
            Preset::Goose => !says(b"+goose NO TRANSACTION"),
            Preset::Dbmate => !says(b"transaction:false"),
            Preset::Sqlx => !says(b"no-transaction"),
            Preset::Flyway | Preset::Refinery | Preset::Drizzle => true,
            Preset::Numbered | Preset::GolangMigrate | Preset::Diesel | Preset::Prisma | Preset::Supabase => false,
        }
    }

    /// Judges names: what the tool would ignore, and what lacks its other half.
    pub fn judge(self, context: &Context<'_>, files: SelectionId, snapshot: Option<&RepoPath>, out: &mut Output) {
        let paths: Vec<&RepoPath> =
            context.selected(files).map(|entry| &entry.path).filter(|path| Some(*path) != snapshot).collect();
        for path in &paths {
            if matches!(role(self, path), Role::Stranger) && looks_like_sql(path.name()) {
                out.push(orphan(self, path));
            }
        }
        for directory in name::directories(&paths) {
            if looks_like_sql(directory.name()) && !name::is_step(self, directory.name()) {
                out.push(orphan(self, &directory));
            }
        }
        pairs::judge(self, &paths, out);
    }

    fn name(self) -> &'static str {
        Self::WORDS[self as usize]
    }
}

/// Whether `.sql` stands in the name, in any case.
fn looks_like_sql(name: &str) -> bool {
    name.to_ascii_lowercase().contains(".sql")
}

fn orphan(preset: Preset, path: &RepoPath) -> Draft {
    let message = match preset {
        Preset::Numbered => format!("`{}` looks like a migration and has no number", path.name()),
        preset => format!("{} ignores `{}`", preset.name(), path.name()),
    };
    let help = format!("name it {}, or take it away", name::pattern(preset));
    Draft::new("orphan", Place::file(path.clone()), path.as_str(), message).help(help)
}
