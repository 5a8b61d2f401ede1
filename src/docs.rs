//! Documentation that is derived from the program itself: the reference, the JSON Schema, and the tables of rule pages.

use std::fmt::Write;
use std::io;
use std::path::Path;

use crate::facts::{EXTRACTORS, FACT_FIELDS, Files};
use crate::options::{Field, Shape};
use crate::policy::{PACKS, RULE_FIELDS, TOP_FIELDS, json_schema};
use crate::rules::{KINDS, Kind};

/// Every derived file of this crate as it should be: its path below `root`, the crate's directory, and its text. The pages of
/// rule kinds are read from there: only their tables are derived.
///
/// # Errors
/// A page that cannot be read.
pub fn derived(root: &Path) -> io::Result<Vec<(String, String)>> {
    let mut files =
        vec![("docs/reference.md".to_string(), reference()), ("docs/schema.json".to_string(), format!("{:#}\n", json_schema()))];
    for kind in KINDS {
        let path = page_path(kind);
        let page = std::fs::read_to_string(root.join(&path))?;
        files.push((path, with_tables(kind, &page)));
    }
    Ok(files)
}

/// Where the page of a kind stands in the crate.
pub fn page_path(kind: &Kind) -> String {
    format!("src/rules/{}.md", kind.name)
}

/// A page without the markers between which derived tables stand.
pub fn without_markers(page: &str) -> String {
    page.split_inclusive('\n').filter(|line| !is_marker(line.trim_end())).collect()
}

fn is_marker(line: &str) -> bool {
    ["options", "codes"].iter().any(|name| line == opening(name) || line == closing(name))
}

fn opening(name: &str) -> String {
    format!("<!-- {name} -->")
}

fn closing(name: &str) -> String {
    format!("<!-- /{name} -->")
}

/// A kind's page with its tables as they should be. A page without markers stays as it is.
fn with_tables(kind: &Kind, page: &str) -> String {
    let page = between(page, "options", &options(kind));
    between(&page, "codes", &codes(kind))
}

/// `page` with `text` between the markers of that name.
fn between(page: &str, name: &str, text: &str) -> String {
    let replaced = page.split_once(&opening(name)).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(&closing(name))?;
        Some(format!("{before}{}\n{text}{}{after}", opening(name), closing(name)))
    });
    replaced.unwrap_or_else(|| page.to_string())
}

fn options(kind: &Kind) -> String {
    match kind.fields {
        [] => format!("`{}` takes a fact: the name of one, a fact itself, or a list of these.\n", kind.name),
        fields => field_table("option", fields),
    }
}

fn codes(kind: &Kind) -> String {
    let mut table = String::from("| code | severity | meaning |\n| --- | --- | --- |\n");
    for code in kind.codes {
        row(&mut table, &[&format!("`{}/{}`", kind.name, code.name), code.severity.as_str(), code.about]);
    }
    table
}

fn field_table(what: &str, fields: &[Field]) -> String {
    let mut table = format!("| {what} | takes | required | meaning |\n| --- | --- | --- | --- |\n");
    field_rows(&mut table, "", fields);
    table
}

/// A row for each key, and below it those of the maps that it takes, with dots.
fn field_rows(table: &mut String, prefix: &str, fields: &[Field]) {
    for field in fields {
        let name = format!("{prefix}{}", field.name);
        let required = if field.required { "yes" } else { "" };
        row(table, &[&format!("`{name}`"), &field.shape.describe(), required, field.about]);
        if let Some(inner) = keys(&field.shape) {
            field_rows(table, &format!("{name}."), inner);
        }
    }
}

/// The keys of the map that a shape takes, alone or several times.
fn keys(shape: &Shape) -> Option<&'static [Field]> {
    match shape {
        Shape::Map(fields) => Some(fields),
        Shape::Many(inner) | Shape::List(inner) | Shape::Table(inner) => keys(inner),
        Shape::Either(shapes) => shapes.iter().find_map(keys),
        _ => None,
    }
}

fn row(table: &mut String, cells: &[&str]) {
    for cell in cells {
        table.push_str("| ");
        table.push_str(&cell.replace('|', "\\|"));
        table.push(' ');
    }
    table.push_str("|\n");
}

fn reference() -> String {
    let mut text = String::from(
        "<!-- Derived from the program: `cargo xtask codegen` writes it. -->\n# Reference\n\n\
         What may stand in a policy file, `ssot.yaml` at the top of a tree. Keys of maps inside a key are written with dots.\n\
         [schema.json](schema.json) says the same to editors.\n\n## The policy file\n\n",
    );
    text.push_str(&field_table("key", TOP_FIELDS));
    text.push_str("\n## Facts\n\nA fact has exactly one extractor, and may have these keys beside it:\n\n");
    text.push_str(&field_table("key", FACT_FIELDS));
    text.push_str("\n## Extractors\n\n");
    text.push_str(&extractors());
    text.push_str("\n## Rules\n\nA rule has exactly one kind, and these keys beside it:\n\n");
    text.push_str(&field_table("key", RULE_FIELDS));
    text.push_str("\n## Rule kinds\n\nEach page holds the kind's options and codes, with an example of each.\n\n");
    text.push_str(&kinds());
    text.push_str("\n## Built-in packs\n\n");
    for pack in PACKS {
        let _ = writeln!(text, "- [`ssot:{0}`](../policies/{0}.md){1}", pack.name, pack_about(pack.policy));
    }
    text
}

fn extractors() -> String {
    let mut table = String::from("| extractor | takes | `files` | elements |\n| --- | --- | --- | --- |\n");
    for extractor in EXTRACTORS {
        let files = match extractor.files {
            Files::Default => "default `**`",
            Files::Required => "required",
            Files::FirstOf(_) => "default: the first of GitHub's places",
            Files::Itself | Files::None => "none",
        };
        row(&mut table, &[&format!("`{}`", extractor.name), &extractor.shape.describe(), files, extractor.about]);
        let Some(inner) = keys(&extractor.shape) else { continue };
        for field in inner {
            row(&mut table, &[&format!("`{}.{}`", extractor.name, field.name), &field.shape.describe(), "", field.about]);
        }
    }
    table
}

fn kinds() -> String {
    let mut table = String::from("| kind | states | codes |\n| --- | --- | --- |\n");
    for kind in KINDS {
        let codes: Vec<_> = kind.codes.iter().map(|code| format!("`{}`", code.name)).collect();
        row(&mut table, &[&format!("[`{}`](../{})", kind.name, page_path(kind)), kind.about, &codes.join(", ")]);
    }
    table
}

/// What a pack's policy says that it is about, as the end of a line.
fn pack_about(policy: &str) -> String {
    let about = policy.lines().find_map(|line| line.strip_prefix("about: "));
    about.map(|about| format!(": {}", about.trim().trim_matches(['"', '\'']))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_stand_between_their_markers_and_nothing_else_changes() {
        let page = "a\n<!-- codes -->\nold\n<!-- /codes -->\nb\n";
        let new = between(page, "codes", "new\n");
        assert_eq!(new, "a\n<!-- codes -->\nnew\n<!-- /codes -->\nb\n");
        assert_eq!(between(&new, "codes", "new\n"), new);
        assert_eq!(between("no markers\n", "codes", "new\n"), "no markers\n");
        assert_eq!(without_markers(&new), "a\nnew\nb\n");
    }
}
