//! A syntax tree as one flat list in preorder, so that every step up, down or sideways is cheap however deep or wide it is.
//!
//! The parser's own nodes find their parent from the root and a child by counting: quadratic on hostile files.

use std::sync::OnceLock;

use ast_grep_core::tree_sitter::LanguageExt;

use super::macros::Macros;
use super::{Code, Language};
use crate::text::Span;

/// All nodes of one file.
pub(super) struct Syntax {
    entries: Vec<Entry>,
    words: &'static Words,
}

/// The names that a grammar gives to its nodes and their roles, by number.
#[derive(Default)]
struct Words {
    kinds: Vec<String>,
    fields: Vec<String>,
}

struct Entry {
    start: u32,
    end: u32,
    /// The root is its own parent.
    parent: u32,
    /// The first entry that does not lie below this one.
    after: u32,
    kind: u16,
    /// 0 where the node has no role in its parent.
    field: u16,
    named: bool,
    extra: bool,
    broken: bool,
}

/// The parser's number for the kind of a node that it could make nothing of.
const ERROR_KIND: u16 = u16::MAX;

/// Children among which a role is looked for, so that asking each item of a long list about its parent stays cheap.
const MAX_ROLES: usize = 64;

/// One node of a file's syntax tree: a place in it, as cheap to copy as a number.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    code: &'t Code,
    id: u32,
}

/// The children of a node, in order.
pub struct Children<'t> {
    code: &'t Code,
    next: u32,
    end: u32,
}

impl<'t> Node<'t> {
    pub(super) fn root(code: &'t Code) -> Self {
        Node { code, id: 0 }
    }

    /// The innermost node that covers exactly `span`; `None` where that is not among the last few that start there.
    pub(super) fn covering(code: &'t Code, span: Span) -> Option<Self> {
        let entries = &code.syntax().entries;
        let behind = entries.partition_point(|entry| entry.start as usize <= span.start);
        let last = (0..behind).rev().take(MAX_ROLES).map(|id| Node { code, id: id as u32 });
        last.into_iter().find(|node| node.span() == span)
    }

    /// The node's number in preorder, from 0 for the root.
    pub fn id(self) -> usize {
        self.id as usize
    }

    /// The number of the first node that does not lie below this one.
    pub fn after(self) -> usize {
        self.entry().after as usize
    }

    pub fn code(self) -> &'t Code {
        self.code
    }

    /// The grammar's name for what the node is; `ERROR` where the parser could make nothing of the text.
    pub fn kind(self) -> &'static str {
        let entry = self.entry();
        if entry.kind == ERROR_KIND { "ERROR" } else { word(&self.code.syntax().words.kinds, entry.kind) }
    }

    /// The grammar's name for the node's role in its parent; empty where it has none.
    pub fn role(self) -> &'static str {
        word(&self.code.syntax().words.fields, self.entry().field)
    }

    pub fn span(self) -> Span {
        let entry = self.entry();
        Span::new(entry.start as usize, entry.end as usize)
    }

    pub fn text(self) -> &'t str {
        let span = self.span();
        self.code.text().get(span.start..span.end).unwrap_or_default()
    }

    /// The grammar's number for the kind.
    pub fn kind_id(self) -> u16 {
        self.entry().kind
    }

    pub fn parent(self) -> Option<Self> {
        (self.id != 0).then(|| Node { code: self.code, id: self.entry().parent })
    }

    pub fn children(self) -> Children<'t> {
        Children { code: self.code, next: self.id + 1, end: self.entry().after }
    }

    /// The children that are neither punctuation nor comments.
    pub fn named_children(self) -> impl Iterator<Item = Node<'t>> {
        self.children().filter(|child| child.is_named() && !child.is_extra())
    }

    /// The first child in the role `name`. Whatever has roles has few children: only these are looked at.
    pub fn field(self, name: &str) -> Option<Self> {
        self.children().take(MAX_ROLES).find(|child| child.role() == name)
    }

    /// The node and everything below it, in preorder.
    pub fn subtree(self) -> impl DoubleEndedIterator<Item = Node<'t>> {
        let code = self.code;
        (self.id..self.entry().after).map(move |id| Node { code, id })
    }

    pub fn is_named(self) -> bool {
        self.entry().named
    }

    /// Whether the node may stand anywhere: a comment.
    pub fn is_extra(self) -> bool {
        self.entry().extra
    }

    /// Whether the parser skipped the node's text or invented the node.
    pub fn is_error(self) -> bool {
        self.entry().broken
    }

    fn entry(self) -> &'t Entry {
        &self.code.syntax().entries[self.id as usize]
    }
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && std::ptr::eq(self.code, other.code)
    }
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{:?}", self.kind(), self.span())
    }
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        if self.next >= self.end {
            return None;
        }
        let child = Node { code: self.code, id: self.next };
        self.next = child.entry().after;
        Some(child)
    }
}

impl Syntax {
    pub(super) fn of(code: &Code) -> Self {
        Syntax { entries: entries(code), words: words(code.language) }
    }
}

/// The words of `language`'s grammar; made once a process.
fn words(language: Language) -> &'static Words {
    static WORDS: [OnceLock<Words>; Language::ALL.len()] = [const { OnceLock::new() }; Language::ALL.len()];
    WORDS[language as usize].get_or_init(|| {
        let Some(grammar) = language.grammar().map(|grammar| grammar.get_ts_language()) else { return Words::default() };
        let count = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
        let owned = |word: Option<&str>| word.unwrap_or_default().to_owned();
        Words {
            kinds: (0..count(grammar.node_kind_count())).map(|id| owned(grammar.node_kind_for_id(id))).collect(),
            fields: (0..=count(grammar.field_count())).map(|id| owned(grammar.field_name_for_id(id))).collect(),
        }
    })
}

fn word(words: &'static [String], id: u16) -> &'static str {
    words.get(usize::from(id)).map_or("", String::as_str)
}

/// Walks the parser's tree, and those of what macros are given.
struct Walker<'c> {
    code: &'c Code,
    entries: Vec<Entry>,
    macros: Option<Macros>,
}

/// Macros, and groups of tokens, inside of what macros are given: each level is parsed once more.
const MAX_MACROS: usize = 8;

fn entries(code: &Code) -> Vec<Entry> {
    let mut walker = Walker { code, entries: Vec::new(), macros: Macros::of(code.language) };
    walker.walk(code.tree.root().get_inner_node(), None, 0);
    walker.entries
}

impl<'c> Walker<'c> {
    /// Adds `top` and all below it, with the parser's cursor. `depth` is the number of macros around it.
    fn walk(&mut self, top: tree_sitter::Node<'_>, parent: Option<u32>, depth: usize) {
        let mut cursor = top.walk();
        let mut open: Vec<u32> = Vec::new();
        loop {
            let node = cursor.node();
            let id = self.entries.len() as u32;
            let parent = open.last().copied().or(parent);
            self.entries.push(Entry {
                start: node.start_byte() as u32,
                end: node.end_byte() as u32,
                parent: parent.unwrap_or(0),
                after: id + 1,
                kind: node.kind_id(),
                field: cursor.field_id().map_or(0, |field| field.get()),
                named: node.is_named(),
                extra: node.is_extra(),
                broken: node.is_error() || node.is_missing(),
            });
            let above = parent.map(|parent| self.entries[parent as usize].kind);
            if self.expand(&node, id, above, depth) {
                self.close(id);
            } else if cursor.goto_first_child() {
                open.push(id);
                continue;
            }
            while !cursor.goto_next_sibling() {
                let Some(closed) = open.pop() else { return };
                self.close(closed);
                cursor.goto_parent();
            }
        }
    }

    fn close(&mut self, id: u32) {
        self.entries[id as usize].after = self.entries.len() as u32;
    }

    /// Adds what `node`, if it is what a macro is given, is made of: one expression, or what of its tokens are expressions.
    /// `above` is the kind of its parent.
    fn expand(&mut self, node: &tree_sitter::Node<'_>, id: u32, above: Option<u16>, depth: usize) -> bool {
        let text: &'c str = self.code.text();
        let Some(macros) = self.macros.as_mut().filter(|macros| depth < MAX_MACROS && macros.is_given(node, above, text)) else {
            return false;
        };
        if let Some(tree) = macros.expression(text, &node.range()) {
            self.walk(tree.node(), Some(id), depth + 1);
            return true;
        }
        for run in macros.runs(node) {
            let whole = self.macros.as_mut().filter(|_| run.may_be_expression()).and_then(|m| m.expression(text, &run.range()));
            match whole {
                Some(tree) => self.walk(tree.node(), Some(id), depth + 1),
                None => run.nodes.iter().for_each(|token| self.walk(*token, Some(id), depth + 1)),
            }
        }
        true
    }
}
