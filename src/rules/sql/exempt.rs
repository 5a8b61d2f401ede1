//! What a file itself created: a change of that surprises nobody.

use std::collections::HashSet;

use super::migration::qualified;
use crate::formats::sql::model::{Action, Change, Class, Made, Name, Object};

/// Names that exist because of earlier statements of the same file.
pub(super) struct Created {
    objects: HashSet<(Class, String, String)>,
    columns: HashSet<(String, String, String)>,
    schema: String,
}

impl Default for Created {
    fn default() -> Self {
        Created { objects: HashSet::new(), columns: HashSet::new(), schema: "public".into() }
    }
}

impl Created {
    fn key(&self, class: Class, name: &Name) -> (Class, String, String) {
        let class = if class.is_relation() { Class::Table } else { class };
        let (schema, name) = qualified(name, &self.schema);
        (class, schema, name)
    }

    pub fn has(&self, object: &Object) -> bool {
        self.objects.contains(&self.key(object.class, &object.name))
    }

    pub fn has_table(&self, name: &Name) -> bool {
        self.objects.contains(&self.key(Class::Table, name))
    }

    /// Whether the column, or its table, is new.
    pub fn has_column(&self, table: &Name, column: &str) -> bool {
        let (schema, name) = qualified(table, &self.schema);
        self.has_table(table) || self.columns.contains(&(schema, name, column.to_string()))
    }

    /// Takes in what a statement does.
    pub fn learn(&mut self, action: &Action) {
        match action {
            Action::Create(create) => {
                let key = self.key(create.object.class, &create.object.name);
                // An index of a table that is old is old itself: building it took its time.
                let old_index = matches!(&create.made, Made::Index(index) if !self.has_table(&index.table));
                if !old_index {
                    self.objects.insert(key);
                }
            }
            Action::SearchPath(schema) => self.schema = schema.clone().unwrap_or_else(|| "public".into()),
            Action::Rename { object, to } if self.has(object) => {
                let (class, schema, _) = self.key(object.class, &object.name);
                self.objects.insert((class, schema, to.text.clone()));
            }
            Action::Alter(alter) => {
                for command in &alter.commands {
                    self.change(&alter.name, &command.change);
                }
            }
            _ => {}
        }
    }

    fn change(&mut self, table: &Name, change: &Change) {
        let (schema, name) = qualified(table, &self.schema);
        match change {
            Change::AddColumn { column, .. } => {
                self.columns.insert((schema, name, column.name.text.clone()));
            }
            Change::RenameColumn { from, to } if self.has_column(table, &from.text) => {
                self.columns.insert((schema, name, to.text.clone()));
            }
            Change::RenameTo(to) => self.moved((schema.clone(), name), (schema, to.name.clone())),
            Change::SetSchema(to) => self.moved((schema, name.clone()), (to.text.clone(), name)),
            _ => {}
        }
    }

    fn moved(&mut self, from: (String, String), to: (String, String)) {
        if self.objects.remove(&(Class::Table, from.0.clone(), from.1.clone())) {
            self.objects.insert((Class::Table, to.0.clone(), to.1.clone()));
        }
        let columns: Vec<_> =
            self.columns.iter().filter(|(schema, name, _)| (schema, name) == (&from.0, &from.1)).cloned().collect();
        for column in columns {
            self.columns.insert((to.0.clone(), to.1.clone(), column.2));
        }
    }
}
