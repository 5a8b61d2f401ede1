//! Tables that a file makes anew under their old names, with their rows: nobody misses the old one, but what the new one lacks
//! is missed as if it had been altered.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::run::{Definition, Event, Id, Site, State};
use crate::formats::sql::model::Class;
use crate::text::Span;

/// The columns of a table, with what is known of each.
type Columns = Vec<(String, Option<Arc<Definition>>)>;

/// A table that gave up its name, by a `DROP` or a `RENAME`.
struct Left {
    site: Site,
    id: Id,
    schema: String,
    name: String,
    columns: Option<Columns>,
}

/// Tables whose rows one table may have, beyond which no more are kept.
const MOST: usize = 64;

/// What happens to tables in one file.
#[derive(Default)]
pub(super) struct Moves {
    left: Vec<Left>,
    /// `DROP TABLE IF EXISTS` of nothing: the statement, the table's schema and name, and whether it ever was there.
    spared: Vec<(Site, String, String, bool)>,
    /// By table: those whose rows it has.
    origins: HashMap<Id, HashSet<Id>>,
}

/// What of the old table the new one lacks, or wants beyond it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    Column(String),
    Type {
        column: String,
        old: String,
        new: String,
    },
    /// It may not be left empty any more.
    Empty(String),
    /// A new column that has to be filled.
    Filled(String),
}

impl Moves {
    pub fn see(&mut self, event: &Event) {
        match event {
            Event::Left { site, id, schema, name, columns } => {
                let (schema, name, columns) = (schema.clone(), name.clone(), columns.clone());
                self.left.push(Left { site: *site, id: *id, schema, name, columns });
            }
            Event::Spared { site, schema, name, by } => {
                self.spared.push((*site, schema.clone(), name.clone(), by.is_some()));
            }
            Event::Copied { from, into } => {
                let origins: Vec<Id> = self.origins.get(from).into_iter().flatten().copied().chain([*from]).collect();
                let known = self.origins.entry(*into).or_default();
                known.extend(origins.into_iter().take(MOST.saturating_sub(known.len())));
            }
            _ => {}
        }
    }

    /// What is lost with the tables that `file` made anew, at its end, or that were not there to be lost: by the first word of the
    /// statement that takes each away, and what it is called there.
    pub fn rebuilt(self, file: usize, state: &State) -> BTreeMap<(Span, String), Vec<Lost>> {
        let mut rebuilt = BTreeMap::new();
        let mut done: HashSet<Id> = HashSet::new();
        for left in &self.left {
            // What is dropped under an interim name was told where it gave up its own.
            let lost = if done.contains(&left.id) { Some(Vec::new()) } else { self.lost(left, file, state) };
            if let Some(lost) = lost {
                done.insert(left.id);
                rebuilt.insert((left.site.span, left.name.clone()), lost);
            }
        }
        // A table that is known to be gone is not dropped, nor is one that only this file makes, behind the statement.
        for (site, schema, name, was_there) in &self.spared {
            if *was_there || state.last_change(schema, name).is_some_and(|by| by.file == file) {
                rebuilt.insert((site.span, name.clone()), Vec::new());
            }
        }
        rebuilt
    }

    /// What the table that has the name by now lacks; `None` where it does not stand for the old one, or that is not known.
    fn lost(&self, left: &Left, file: usize, state: &State) -> Option<Vec<Lost>> {
        let now = state.relation(&left.schema, &left.name)?;
        let entity =
            state.entity(now).filter(|entity| entity.class == Class::Table && entity.complete && entity.by.file == file)?;
        let has_rows = self.origins.get(&now).is_some_and(|origins| origins.contains(&left.id));
        (has_rows && !entity.dropped).then(|| difference(left.columns.as_ref()?, &state.definitions(now)))?
    }
}

fn difference(old: &Columns, new: &Columns) -> Option<Vec<Lost>> {
    let of = |columns: &Columns| -> HashMap<String, Option<Arc<Definition>>> { columns.iter().cloned().collect() };
    let (before, now) = (of(old), of(new));
    let mut lost = Vec::new();
    for (name, was) in old {
        let Some(is) = now.get(name) else {
            lost.push(Lost::Column(name.clone()));
            continue;
        };
        let (was, is) = (was.as_ref()?, is.as_ref()?);
        if was.ty != is.ty {
            lost.push(Lost::Type { column: name.clone(), old: was.ty.clone(), new: is.ty.clone() });
        }
        if is.not_null && !was.not_null {
            lost.push(Lost::Empty(name.clone()));
        }
    }
    for (name, is) in new.iter().filter(|(name, _)| !before.contains_key(name)) {
        let is = is.as_ref()?;
        if is.not_null && !is.has_default {
            lost.push(Lost::Filled(name.clone()));
        }
    }
    Some(lost)
}
