//! Rust: what macros and attributes are given. The parser leaves it as tokens; mostly these are expressions, and are read as
//! such, at their own place.

use ast_grep_core::tree_sitter::LanguageExt;
use tree_sitter::{Node, Parser, Range, Tree};

use super::Language;

/// Reads tokens as expressions.
pub(super) struct Macros {
    parser: Parser,
    tokens: u16,
    /// The kinds of nodes whose tokens are read: calls and definitions of macros, and tokens among tokens.
    holders: [u16; 3],
    attribute: u16,
}

/// A sound expression.
pub(super) struct Expression {
    tree: Tree,
    range: Range,
}

/// Tokens between separators.
pub(super) struct Run<'t> {
    pub nodes: Vec<Node<'t>>,
}

/// What stands between the expressions of a macro that has a syntax of its own (`{ "key": value }`, `Some(x) if x > 1`).
const SEPARATORS: [&str; 6] = [",", ";", ":", "=>", "if", "|"];

impl Macros {
    /// `None` in other languages.
    pub fn of(language: Language) -> Option<Self> {
        let grammar = language.grammar().filter(|_| language == Language::Rust)?.get_ts_language();
        let mut parser = Parser::new();
        parser.set_language(&grammar).ok()?;
        let kind = |name: &str| grammar.id_for_node_kind(name, true);
        Some(Macros {
            parser,
            tokens: kind("token_tree"),
            holders: [kind("macro_invocation"), kind("macro_rule"), kind("token_tree")],
            attribute: kind("attribute"),
        })
    }

    /// Whether `node`, which stands in a node of the kind `above`, is what a macro is given, or an attribute that speaks of
    /// the environment.
    pub fn is_given(&self, node: &Node<'_>, above: Option<u16>, text: &str) -> bool {
        let Some(above) = above.filter(|_| node.kind_id() == self.tokens && !node.has_error()) else { return false };
        let speaks = || text.get(node.byte_range()).is_some_and(|tokens| tokens.contains("env"));
        self.holders.contains(&above) || (above == self.attribute && speaks())
    }

    /// The one expression that stands in `range`.
    pub fn expression(&mut self, text: &str, range: &Range) -> Option<Expression> {
        self.parser.set_included_ranges(std::slice::from_ref(range)).ok()?;
        let tree = self.parser.parse(text, None)?;
        let found = Expression { tree, range: *range };
        let node = found.node();
        (node.byte_range() == (range.start_byte..range.end_byte) && !node.has_error()).then_some(found)
    }

    /// The tokens inside of `group`, cut at separators. Those are runs of their own, as are the delimiters.
    pub fn runs<'t>(&self, group: &Node<'t>) -> Vec<Run<'t>> {
        let mut cursor = group.walk();
        let mut runs: Vec<Run<'t>> = Vec::new();
        let mut is_open = false;
        for node in group.children(&mut cursor) {
            let closes = SEPARATORS.contains(&node.kind()) || matches!(node.kind(), "(" | ")" | "[" | "]" | "{" | "}");
            match runs.last_mut().filter(|_| is_open && !closes) {
                Some(run) => run.nodes.push(node),
                None => runs.push(Run { nodes: vec![node] }),
            }
            is_open = !closes;
        }
        runs
    }
}

impl Expression {
    /// The node of the expression; the top of the tree where there is none.
    pub fn node(&self) -> Node<'_> {
        let root = self.tree.root_node();
        let mut node = root;
        // An expression that ends a file is one of a statement without its semicolon, or stands in an error.
        while node.kind() == "expression_statement" || node == root || node.is_error() {
            match node.child(0) {
                Some(child) if child.start_byte() == self.range.start_byte => node = child,
                _ => return root,
            }
        }
        node
    }
}

impl Run<'_> {
    /// Whether the tokens are worth reading as an expression: one that calls something.
    pub fn may_be_expression(&self) -> bool {
        self.nodes.len() > 2 && self.nodes.iter().any(|node| node.kind() == "token_tree")
    }

    pub fn range(&self) -> Range {
        match (self.nodes.first(), self.nodes.last()) {
            (Some(first), Some(last)) => Range {
                start_byte: first.start_byte(),
                start_point: first.start_position(),
                end_byte: last.end_byte(),
                end_point: last.end_position(),
            },
            _ => Range { start_byte: 0, end_byte: 0, start_point: Default::default(), end_point: Default::default() },
        }
    }
}
