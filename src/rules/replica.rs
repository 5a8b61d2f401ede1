//! `replica`: copies of a file are what their source is.

mod ends;
mod wording;

use super::{Code, Kind, Output, Rule};
use crate::facts::{Binder, SelectionId, Source, compile, is_literal, json_path, normal};
use crate::finding::{Reason, Side};
use crate::formats::{DataFormat, JsonPath};
use crate::options::{Field, Options, Shape, Value};
use crate::text::{RepoPath, Span};
use crate::tree::EntryKind;

pub use ends::{Content, Copies, CopyState, Earlier, End, Ends, Kept, Past, Replicas, Sides, Standing};

pub(super) static KIND: Kind = Kind {
    name: "replica",
    about: "Copies of a file are what their source is; those that are not were left behind, or edited.",
    page: include_str!("replica.md"),
    fields: &[
        Field::required(
            "source",
            Shape::Either(&[Shape::Text, Shape::Map(SIDE_FIELDS)]),
            "The path of the truth, perhaps in a peer: `{tree, path}`.",
        ),
        Field::required(
            "copy",
            Shape::Many(&Shape::Either(&[Shape::Glob, Shape::Map(SIDE_FIELDS)])),
            "The paths of its copies, perhaps in peers; a glob means each file that it selects.",
        ),
        Field::new(
            "compare",
            Shape::Word(&["bytes", "data"]),
            "`bytes` (default), or `data`: order of keys, comments, layout and the format do not count.",
        ),
        Field::new("metadata", Shape::Many(&Shape::JsonPath), "What findings tell of both sides: a version, a date."),
        Field::new("counts", Shape::Table(&Shape::JsonPath), "How many nodes there are on both sides, by a name for each."),
    ],
    codes: &[
        Code::error("behind", "The copy is an earlier version of its source."),
        Code::error("edited", "The copy is no version of its source."),
        Code::error("differs", "The copy is not what its source is, and history cannot tell why."),
        Code::error("absent", "The copy is not there."),
    ],
    needs_base: false,
    bind,
};

const SIDE_FIELDS: &[Field] = &[
    Field::required("path", Shape::Many(&Shape::Glob), "The path in that tree; of copies also a glob, or a list."),
    Field::new("tree", Shape::Text, "`head` (default), or a peer by its name."),
];

struct Replica {
    sides: Sides,
    /// The source and the copies, once more.
    selections: Vec<(Side, SelectionId)>,
    /// What findings tell of both sides, as it is written.
    metadata: Vec<(String, JsonPath)>,
    counts: Vec<(String, JsonPath)>,
}

fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    let as_data = options.word("compare") == Some("data");
    let source = options.get("source").and_then(|value| side(value, binder));
    let source = source.and_then(|(side, value)| Some(End { side, path: path(value)? }));
    let copies = copies(options, binder);
    let metadata = options.get("metadata").map(Value::one_or_many).unwrap_or_default().into_iter();
    let metadata: Option<Vec<_>> = metadata.map(|value| Some((value.text()?.to_string(), json_path(value)?))).collect();
    let counts = options.get("counts").and_then(Value::table).unwrap_or_default().into_iter();
    let counts: Option<Vec<_>> = counts.map(|(name, _, value)| Some((name.to_string(), json_path(value)?))).collect();
    let source = source?;
    let selection = binder.exact_selection(&source.path, options.key_span("source")?, false);
    let (copies, metadata, counts) = (copies?, metadata?, counts?);
    let own = std::iter::once((source.side.clone(), selection));
    let selections = own.chain(copies.iter().map(|(copies, selection)| (copies.side().clone(), *selection))).collect();
    let copies: Vec<Copies> = copies.into_iter().map(|(copies, _)| copies).collect();
    if copies.iter().any(|copy| matches!(copy, Copies::One(end) if *end == source)) {
        options.get("copy")?.complain(format!("`{}` is its own copy", source.path));
        return None;
    }
    Some(Box::new(Replica { sides: Sides { source, copies, as_data }, selections, metadata, counts }))
}

/// A path of the tree.
fn path(value: Value<'_>) -> Option<RepoPath> {
    let text = value.text()?;
    let path = normal(text);
    let fault = if !is_literal(text) {
        "the source is one path, and no glob"
    } else if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        "it is no path of a file of this tree (what lies outside is `{tree: NAME, path: ..}` of one of the `peers`)"
    } else {
        return Some(RepoPath::new(path));
    };
    value.complain(format!("`{text}`: {fault}"));
    None
}

/// The tree that a side lies in, and its path.
fn side<'w>(value: Value<'w>, binder: &Binder<'w>) -> Option<(Side, Value<'w>)> {
    if value.as_text().is_some() {
        return Some((Side::Head, value));
    }
    let options = Options::read(value, "a side of `replica`", SIDE_FIELDS)?;
    let side = options.get("tree").map_or(Some(Side::Head), |tree| binder.tree(tree))?;
    if side == Side::Base {
        options.get("tree")?.complain("a side is in head or in a peer: what `base` has is history");
        return None;
    }
    Some((side, options.get("path")?))
}

/// All copies that the rule names.
fn copies<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Vec<(Copies, SelectionId)>> {
    let items = options.get("copy")?.one_or_many().into_iter().map(|value| side(value, binder));
    let items: Option<Vec<(Side, Value<'w>)>> = items.collect();
    let items =
        items?.into_iter().flat_map(|(side, paths)| paths.one_or_many().into_iter().map(move |path| (side.clone(), path)));
    let copies: Vec<_> = items.map(|(side, path)| copy(side, path, options, binder)).collect();
    copies.into_iter().collect()
}

/// The copies that one item names: a path, or those that a glob selects.
fn copy<'w>(side: Side, value: Value<'w>, options: &Options<'w>, binder: &Binder<'w>) -> Option<(Copies, SelectionId)> {
    let (text, key) = (value.text()?, options.key_span("copy")?);
    if is_literal(text) {
        let path = path(value)?;
        // That there is none is told as `absent`.
        let selection = binder.exact_selection(&path, key, true);
        return Some((Copies::One(End { side, path }), selection));
    }
    if let Err(fault) = compile(text) {
        value.complain(fault);
        return None;
    }
    let selection = binder.glob_selection(text, key);
    Some((Copies::Many(side, selection), selection))
}

impl Rule for Replica {
    fn selections(&self) -> Vec<SelectionId> {
        let here = self.selections.iter().filter(|(side, _)| *side == Side::Head);
        here.map(|(_, selection)| *selection).collect()
    }

    fn elsewhere(&self) -> Vec<(Side, SelectionId)> {
        self.selections.iter().filter(|(side, _)| *side != Side::Head).cloned().collect()
    }

    fn replicas(&self) -> Option<&dyn Replicas> {
        Some(self)
    }
}

impl Replicas for Replica {
    fn sides(&self) -> &Sides {
        &self.sides
    }

    fn may_be_copied(&self, copy: &RepoPath) -> bool {
        !self.sides.as_data || DataFormat::of(&self.sides.source.path) == DataFormat::of(copy)
    }

    fn drifts(&self, ends: &Ends<'_>, out: &mut Output) -> bool {
        match ends.copy {
            Some(copy) if ends.copy_kind == ends.source_kind && copy.bytes == ends.source.bytes => false,
            Some(copy) if self.sides.as_data && ends.are_files() => {
                match (ends.kept.digest.get_or_init(|| data(ends.source)), data(copy)) {
                    (Some(source), Some(copy)) => *source != copy,
                    (source, digest) => {
                        let unread = [(source.is_none(), ends.source), (digest.is_none(), copy)];
                        unread.into_iter().filter(|(unread, _)| *unread).for_each(|(_, source)| fault(source, out));
                        false
                    }
                }
            }
            Some(_) => true,
            None => {
                out.push(wording::absent(self, ends));
                false
            }
        }
    }

    fn judge(&self, ends: &Ends<'_>, past: &Past, out: &mut Output) {
        let Some(copy) = ends.copy else { return };
        let known = past.behind(&self.content(ends, copy)).filter(|(steps, _)| *steps > 0 && ends.copy_kind == EntryKind::File);
        let draft = match (known, &past.cut) {
            (Some((steps, commit)), _) => wording::behind(self, ends, copy, steps, commit),
            (None, Some(cut)) => wording::differs(self, ends, copy, cut),
            (None, None) if past.is_empty() => wording::unknown(self, ends, copy),
            (None, None) => wording::edited(self, ends, copy),
        };
        out.push(draft);
    }
}

impl Replica {
    /// What tells the content of a copy.
    fn content(&self, ends: &Ends<'_>, copy: &Source<'_>) -> Content {
        Content::of(data(copy).filter(|_| self.sides.as_data), ends.copy_id.clone())
    }
}

/// What tells the data of a file from other data.
fn data(source: &Source<'_>) -> Option<[u8; 32]> {
    Some(source.data(DataFormat::of(source.path)?).ok()?.digest())
}

/// Says why a file cannot be read as data.
fn fault(source: &Source<'_>, out: &mut Output) {
    let Some(format) = DataFormat::of(source.path) else {
        let message = format!("the name of `{}` tells no data format", source.path.name());
        return out.stuck(Reason::Unparsable, crate::finding::Place::file(source.path.clone()), message);
    };
    if let Err(error) = source.data(format) {
        out.stuck(Reason::Unparsable, source.place(Span::at(error.at)), error.message.clone());
    }
}
