//! Blocks of PL/pgSQL that run at once: the body of a `DO`.

use std::sync::Arc;

use super::probe::{Condition, condition};
use super::token::{Token, TokenKind};
use super::words::Words;
use super::{Dialect, Piece, Reading, Statement, split};
use crate::text::Span;

/// Blocks inside of blocks beyond which a body is not understood.
const DEEPEST: usize = 24;

/// `BEGIN … EXCEPTION … END`.
#[derive(Debug, Default)]
pub struct Block {
    pub nodes: Vec<Node>,
    pub handlers: Vec<Handler>,
}

/// `WHEN conditions THEN nodes`.
#[derive(Debug)]
pub struct Handler {
    /// In lower case; `others` catches everything.
    pub conditions: Vec<String>,
    pub nodes: Vec<Node>,
}

/// One step of a block.
#[derive(Debug)]
pub enum Node {
    Statement(Box<Statement>),
    Block(Block),
    /// The arms in order, and what happens if none of their conditions holds.
    If {
        arms: Vec<(Condition, Vec<Node>)>,
        otherwise: Vec<Node>,
    },
    /// What happens any number of times, or under a condition that is not understood.
    Perhaps(Vec<Node>),
    /// `PERFORM … FROM catalogue`: what `FOUND` tells afterwards.
    Look(Condition),
    /// A statement that is computed when it runs, with the words of all strings around it.
    Computed(Arc<[String]>),
    /// Nothing behind it happens.
    Return,
}

impl Block {
    /// All statements, in order, however they are reached.
    pub fn statements(&self) -> Vec<&Statement> {
        let mut found = Vec::new();
        collect(&self.nodes, &mut found);
        for handler in &self.handlers {
            collect(&handler.nodes, &mut found);
        }
        found
    }
}

fn collect<'b>(nodes: &'b [Node], found: &mut Vec<&'b Statement>) {
    for node in nodes {
        match node {
            Node::Statement(statement) => found.push(statement),
            Node::Block(block) => found.extend(block.statements()),
            Node::If { arms, otherwise } => {
                for (_, nodes) in arms {
                    collect(nodes, found);
                }
                collect(otherwise, found);
            }
            Node::Perhaps(nodes) => collect(nodes, found),
            Node::Look(_) | Node::Computed(_) | Node::Return => {}
        }
    }
}

/// Reads the body of a `DO`; `None` where it is not understood.
pub fn read(text: &[u8], body: Token, reading: &Reading) -> Option<Block> {
    let inner = inside(text, body)?;
    let tokens = split::tokens_in(text, inner, reading);
    let words = Words::new(text, &tokens, reading.dialect);
    Parser { words, reading, depth: 0, strings: words_in_strings(words).into() }.block()
}

/// The words of all strings: names that a statement which is computed may hold.
pub(super) fn words_in_strings(words: Words<'_>) -> Vec<String> {
    let strings = words.tokens.iter().filter(|token| matches!(token.kind, TokenKind::String | TokenKind::Dollar));
    let mut found = Vec::new();
    for token in strings {
        let text = String::from_utf8_lossy(token.bytes(words.text)).into_owned();
        found.extend(text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).map(String::from));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// What is between the quotes; `None` where it holds quotes of its own that are doubled.
fn inside(text: &[u8], body: Token) -> Option<Span> {
    let (span, bytes) = (body.span(), body.bytes(text));
    let quote = match body.kind {
        TokenKind::Dollar => bytes[1..].iter().position(|byte| *byte == b'$')? + 2,
        TokenKind::String if bytes.first() == Some(&b'\'') => 1,
        _ => return None,
    };
    let inner = Span::new(span.start + quote, span.end.checked_sub(quote)?);
    let doubled = body.kind == TokenKind::String && inner.slice(text).contains(&b'\'');
    (!doubled).then_some(inner)
}

struct Parser<'t> {
    words: Words<'t>,
    reading: &'t Reading,
    depth: usize,
    strings: Arc<[String]>,
}

/// Words at which a list of steps ends.
const STOPS: &[&str] = &["END", "EXCEPTION", "ELSE", "ELSIF", "ELSEIF", "WHEN"];

impl Parser<'_> {
    fn block(&mut self) -> Option<Block> {
        self.label();
        if self.words.eat("DECLARE") {
            while !self.words.is("BEGIN") {
                self.pass_semicolon()?;
            }
        }
        self.words.eat("BEGIN").then_some(())?;
        let mut block = Block { nodes: self.nodes()?, ..Block::default() };
        if self.words.eat("EXCEPTION") {
            while self.words.eat("WHEN") {
                block.handlers.push(self.handler()?);
            }
        }
        self.words.eat("END").then_some(())?;
        self.words.ident();
        self.words.eat_kind(TokenKind::Semicolon);
        Some(block)
    }

    /// `<<name>>`
    fn label(&mut self) {
        if self.words.is_operator("<<") {
            while !self.words.is_done() && !self.words.eat_operator(">>") {
                self.words.at += 1;
            }
        }
    }

    fn handler(&mut self) -> Option<Handler> {
        let mut conditions = Vec::new();
        loop {
            if self.words.eat("SQLSTATE") {
                let token = self.words.bump()?;
                conditions.push(state_name(&self.words.string_text(token)?).to_string());
            } else {
                conditions.push(self.words.ident()?.text);
            }
            if !self.words.eat("OR") {
                break;
            }
        }
        self.words.eat("THEN").then_some(())?;
        Some(Handler { conditions, nodes: self.nodes()? })
    }

    fn nodes(&mut self) -> Option<Vec<Node>> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let mut nodes = Vec::new();
        while !self.words.is_done() && !self.words.is_any(STOPS) {
            let start = self.words.at;
            nodes.extend(self.node()?);
            if self.words.at == start {
                return None;
            }
        }
        self.depth -= 1;
        Some(nodes)
    }

    fn node(&mut self) -> Option<Option<Node>> {
        self.label();
        if self.words.is_any(&["BEGIN", "DECLARE"]) {
            return Some(Some(Node::Block(self.block()?)));
        }
        if self.words.eat("IF") {
            return Some(Some(self.branch()?));
        }
        if self.words.is_any(&["LOOP", "WHILE", "FOR", "FOREACH"]) {
            self.words.at = self.words.find_outside("LOOP")? + 1;
            let nodes = self.nodes()?;
            self.close("LOOP")?;
            return Some(Some(Node::Perhaps(nodes)));
        }
        if self.words.eat("CASE") {
            return Some(Some(self.case()?));
        }
        if self.words.eat("EXECUTE") {
            return self.execute();
        }
        if self.words.eat("PERFORM") {
            let span = self.pass_semicolon()?;
            return Some(Some(Node::Look(condition_of_query(span))));
        }
        if self.words.eat("RETURN") {
            self.pass_semicolon()?;
            return Some(Some(Node::Return));
        }
        if self
            .words
            .is_any(&["RAISE", "NULL", "GET", "EXIT", "CONTINUE", "OPEN", "FETCH", "CLOSE", "ASSERT", "COMMIT", "ROLLBACK"])
        {
            self.pass_semicolon()?;
            return Some(None);
        }
        self.statement()
    }

    fn branch(&mut self) -> Option<Node> {
        let mut arms = Vec::new();
        let mut otherwise = Vec::new();
        loop {
            let then = self.words.find_outside("THEN")?;
            let asked = condition(self.words.within(self.words.at, then));
            self.words.at = then + 1;
            arms.push((asked, self.nodes()?));
            if self.words.eat_any(&["ELSIF", "ELSEIF"]) {
                continue;
            }
            if self.words.eat("ELSE") {
                otherwise = self.nodes()?;
            }
            self.close("IF")?;
            return Some(Node::If { arms, otherwise });
        }
    }

    fn case(&mut self) -> Option<Node> {
        let mut nodes = Vec::new();
        self.words.at = self.words.find_outside("WHEN")?;
        while self.words.eat("WHEN") {
            self.words.at = self.words.find_outside("THEN")? + 1;
            nodes.push(Node::Perhaps(self.nodes()?));
        }
        if self.words.eat("ELSE") {
            nodes.push(Node::Perhaps(self.nodes()?));
        }
        self.close("CASE")?;
        Some(Node::Perhaps(nodes))
    }

    fn close(&mut self, what: &str) -> Option<()> {
        self.words.eat("END").then_some(())?;
        self.words.eat(what).then_some(())?;
        self.words.ident();
        self.words.eat_kind(TokenKind::Semicolon).then_some(())
    }

    /// A text that is known is as good as the statement itself; one that is computed says nothing.
    fn execute(&mut self) -> Option<Option<Node>> {
        let literal = self.words.token().filter(|_| self.words.kind_at(1) == Some(TokenKind::Semicolon));
        self.pass_semicolon()?;
        let Some(inner) = literal.and_then(|token| inside(self.words.text, token)) else {
            return Some(Some(Node::Computed(self.strings.clone())));
        };
        let tokens = split::tokens_in(self.words.text, inner, self.reading);
        let tokens: Vec<Token> = tokens.into_iter().filter(|token| token.kind != TokenKind::Semicolon).collect();
        if tokens.is_empty() {
            return Some(None);
        }
        let statement = super::statement(self.words.text, Dialect::Postgres, Piece { tokens, ended: true });
        Some(Some(Node::Statement(Box::new(statement))))
    }

    /// An SQL statement, or an assignment.
    fn statement(&mut self) -> Option<Option<Node>> {
        let assigns = self.words.at_ident()
            && (1..4).any(|ahead| {
                let token = self.words.tokens.get(self.words.at + ahead);
                token.is_some_and(|token| {
                    token.kind == TokenKind::Operator
                        && matches!(token.bytes(self.words.text), b":=" | b"=")
                        && (1..ahead).all(|at| matches!(self.words.kind_at(at), Some(TokenKind::Dot | TokenKind::Word)))
                })
            });
        let words = self.pass_semicolon()?;
        if assigns && !words.is_any(&["SET"]) || words.is_done() {
            return Some(None);
        }
        let tokens = words.tokens.to_vec();
        let statement = super::statement(self.words.text, Dialect::Postgres, Piece { tokens, ended: true });
        Some(Some(Node::Statement(Box::new(statement))))
    }

    /// The tokens before the next semicolon, which is passed.
    fn pass_semicolon(&mut self) -> Option<Words<'_>> {
        let start = self.words.at;
        while self.words.kind()? != TokenKind::Semicolon {
            self.words.at += 1;
        }
        let words = self.words.within(start, self.words.at);
        self.words.at += 1;
        Some(words)
    }
}

/// Whether a query finds rows.
fn condition_of_query(query: Words<'_>) -> Condition {
    super::probe::probe(query).map_or(Condition::Unknown, Condition::Has)
}

/// The name of an error by its code.
fn state_name(code: &str) -> &str {
    match code {
        "42P07" => "duplicate_table",
        "42710" => "duplicate_object",
        "42701" => "duplicate_column",
        "42P06" => "duplicate_schema",
        "42723" => "duplicate_function",
        "42P01" => "undefined_table",
        "42703" => "undefined_column",
        "42704" => "undefined_object",
        "42883" => "undefined_function",
        "42P16" => "invalid_table_definition",
        "2BP01" => "dependent_objects_still_exist",
        other => other,
    }
}
