//! What a query or an expression uses: relations, columns, functions, types. It is read off the tokens, so that it is known
//! of statements that no parser takes; what is unclear is left out.

mod keywords;

pub(super) use self::keywords::is_keyword;
use self::keywords::{ENDS_FROM, FROM_INSIDE};
use super::name::Name;
use super::token::{Token, TokenKind};
use super::words::Words;
use crate::text::Span;

/// Names that a part of a statement uses.
#[derive(Clone, Debug, Default)]
pub struct Uses {
    pub relations: Vec<Relation>,
    pub columns: Vec<ColumnUse>,
    pub calls: Vec<Name>,
    /// Types of casts.
    pub types: Vec<Name>,
    /// Texts of `'…'::regclass` and of `nextval('…')`.
    pub registered: Vec<String>,
    /// Strings that must be values of a column's type, or of a type.
    pub labels: Vec<Label>,
    /// Names of queries inside of it, or what follows a parenthesis like one.
    pub derived: Vec<String>,
    /// Whether it reads what is not said here: functions as relations, nested queries with names of their own.
    pub has_subquery: bool,
}

/// A relation that is read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    pub name: Name,
    pub alias: Option<String>,
}

/// A name that may be a column's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnUse {
    pub qualifier: Option<String>,
    pub name: String,
    pub span: Span,
    /// Whether it stands in a query inside of the statement or expression.
    pub nested: bool,
}

/// A string that must be a value of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub of: Labelled,
    pub text: String,
    pub span: Span,
}

/// Whose value it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Labelled {
    /// `a = 'x'`, `a IN ('x')`
    Column(ColumnUse),
    /// `'x'::t`
    Type(Name),
}

/// The names that a statement's `WITH` gives to queries.
pub fn named_queries(words: Words<'_>) -> Vec<String> {
    let mut scan = Scan { words, uses: Uses::default(), ctes: Vec::new(), levels: vec![Level::default()] };
    while !scan.words.is_done() {
        scan.step();
    }
    scan.ctes
}

/// Reads the uses off the tokens from the cursor on.
pub fn uses(words: Words<'_>) -> Uses {
    let mut scan = Scan { words, uses: Uses::default(), ctes: Vec::new(), levels: vec![Level::default()] };
    while !scan.words.is_done() {
        scan.step();
    }
    let Scan { mut uses, ctes, .. } = scan;
    uses.without(&ctes);
    uses
}

struct Scan<'t> {
    words: Words<'t>,
    uses: Uses,
    ctes: Vec<String>,
    /// By open parenthesis.
    levels: Vec<Level>,
}

#[derive(Clone, Copy, Default)]
struct Level {
    /// Whether a comma leads to another relation.
    in_from: bool,
    /// Whether `FROM` is no clause here.
    from_is_word: bool,
    /// Whether it is inside of a query in parentheses.
    nested: bool,
}

impl Scan<'_> {
    fn level(&mut self) -> &mut Level {
        if self.levels.is_empty() {
            self.levels.push(Level::default());
        }
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }

    fn step(&mut self) {
        match self.words.kind() {
            Some(TokenKind::Open) => {
                let special = self.words.before().is_some_and(|token| {
                    let text = self.words.ident_text(token);
                    token.kind == TokenKind::Word && FROM_INSIDE.contains(&text.as_str())
                });
                self.words.at += 1;
                let nested = self.level().nested;
                self.levels.push(Level { in_from: false, from_is_word: special, nested });
            }
            Some(TokenKind::Close) => {
                self.words.at += 1;
                self.levels.pop();
                self.derived();
            }
            Some(TokenKind::Comma) => {
                self.words.at += 1;
                if self.level().in_from {
                    self.relation();
                }
            }
            Some(TokenKind::Operator) if self.words.is_operator("::") => {
                self.words.at += 1;
                self.cast();
            }
            Some(TokenKind::Word | TokenKind::Quoted | TokenKind::Ticked) => self.word(),
            _ => self.words.at += 1,
        }
    }

    /// Notes the alias behind a parenthesis, which may be that of a query.
    fn derived(&mut self) {
        let mut ahead = self.words;
        ahead.eat("AS");
        if let Some(token) = ahead.token().filter(|_| ahead.at_ident()) {
            let name = ahead.ident_text(token);
            if token.kind != TokenKind::Word || !is_keyword(&name) {
                self.uses.derived.push(name);
            }
        }
    }

    fn cast(&mut self) {
        let before = self.words.at.checked_sub(2).and_then(|at| self.words.tokens.get(at)).copied();
        let Some(name) = self.words.name() else { return };
        if matches!(name.name.as_str(), "regclass" | "regtype" | "regproc" | "regprocedure") {
            self.uses.registered.extend(before.and_then(|token| self.words.string_text(token)));
        }
        if let Some(token) = before.filter(|_| !self.words.is_operator("[")) {
            let text = self.words.string_text(token);
            self.uses.labels.extend(text.map(|text| Label { of: Labelled::Type(name.clone()), text, span: token.span() }));
        }
        self.uses.types.push(name);
    }

    fn word(&mut self) {
        let Some(token) = self.words.token() else { return };
        let word = if token.kind == TokenKind::Word { self.words.ident_text(token) } else { String::new() };
        if is_keyword(&word) {
            return self.keyword(&word);
        }
        let follows = self.words.before().is_some_and(|before| self.is_operand(before));
        let start = self.words.at;
        let Some(name) = self.words.name() else {
            self.words.at = start + 1;
            return;
        };
        if self.is_cte() {
            self.ctes.push(name.name);
        } else if self.words.kind() == Some(TokenKind::Open) {
            self.call(name);
        } else if self.words.kind() == Some(TokenKind::String) && name.schema.is_none() {
            // `date '2020-01-01'`
        } else if !follows {
            let nested = self.level().nested;
            let column = ColumnUse { qualifier: name.schema, name: name.name, span: name.span, nested };
            self.compared(&column);
            self.uses.columns.push(column);
        }
    }

    /// Notes the strings that the column before the cursor is compared with.
    fn compared(&mut self, column: &ColumnUse) {
        let mut ahead = self.words;
        let strings = if ["=", "<>", "!="].iter().any(|operator| ahead.eat_operator(operator)) {
            let token = ahead.bump();
            // A string that is computed with is no value by itself.
            token.filter(|_| ahead.kind() != Some(TokenKind::Operator)).into_iter().collect()
        } else if ahead.eat("IN") || ahead.eat("NOT IN") {
            ahead.parens().map(|list| list.tokens.to_vec()).unwrap_or_default()
        } else {
            Vec::new()
        };
        for token in strings.into_iter().filter(|token| token.kind == TokenKind::String) {
            let of = Labelled::Column(column.clone());
            self.uses.labels.extend(self.words.string_text(token).map(|text| Label { of, text, span: token.span() }));
        }
    }

    /// Whether an operand ends at the token, so that a name behind it is an alias.
    fn is_operand(&self, token: Token) -> bool {
        match token.kind {
            TokenKind::Word => !is_keyword(&self.words.ident_text(token)),
            TokenKind::Quoted | TokenKind::Ticked | TokenKind::String | TokenKind::Number | TokenKind::Close => true,
            _ => false,
        }
    }

    /// Whether `AS (` follows, perhaps behind a list of columns.
    fn is_cte(&self) -> bool {
        let mut ahead = self.words;
        if ahead.eat_kind(TokenKind::Open) {
            // A list of columns, and nothing else: the look ahead must not be long.
            while ahead.ident().is_some() && ahead.eat_kind(TokenKind::Comma) {}
            if !ahead.eat_kind(TokenKind::Close) {
                return false;
            }
        }
        ahead.eat("AS") && {
            ahead.eat("NOT");
            ahead.eat("MATERIALIZED");
            ahead.kind() == Some(TokenKind::Open)
        }
    }

    fn call(&mut self, name: Name) {
        if matches!(name.name.as_str(), "nextval" | "setval" | "currval") {
            let first = self.words.tokens.get(self.words.at + 1).copied();
            self.uses.registered.extend(first.and_then(|token| self.words.string_text(token)));
        }
        self.uses.calls.push(name);
    }

    fn keyword(&mut self, word: &str) {
        let before = self.words.before();
        self.words.at += 1;
        match word {
            "from" => {
                let distinct = before.is_some_and(|token| token.is_word(self.words.text, "DISTINCT"));
                if !distinct && !self.level().from_is_word {
                    self.level().in_from = true;
                    self.relation();
                }
            }
            "join" => self.relation(),
            "using" if self.words.kind() != Some(TokenKind::Open) && self.words.at_ident() => {
                self.level().in_from = true;
                self.relation();
            }
            "select" => {
                self.uses.has_subquery |= self.words.at > 1;
                let inside = self.levels.len() > 1;
                let level = self.level();
                level.in_from = false;
                level.nested |= inside;
            }
            "as" => self.alias(),
            _ if ENDS_FROM.contains(&word) => self.level().in_from = false,
            _ => {}
        }
    }

    /// `AS alias` of a column; or the type of a `CAST`.
    fn alias(&mut self) {
        if self.words.kind() != Some(TokenKind::Open) && !self.words.is_any(&["NOT", "MATERIALIZED"]) && self.words.at_ident() {
            self.words.at += 1;
        }
    }

    /// A relation of a `FROM`, with its alias.
    fn relation(&mut self) {
        self.words.eat("LATERAL");
        self.words.eat("ONLY");
        if !self.words.at_ident() || self.words.is_any(&["SELECT", "VALUES", "UNNEST", "ROWS", "DUAL"]) {
            self.uses.has_subquery = true;
            return;
        }
        let Some(name) = self.words.name() else { return };
        if self.words.kind() == Some(TokenKind::Open) {
            self.uses.has_subquery = true;
            return self.call(name);
        }
        if self.words.is_operator("*") {
            self.words.at += 1;
        }
        let explicit = self.words.eat("AS");
        let next = self.words.token().filter(|token| token.kind == TokenKind::Word).map(|token| self.words.ident_text(token));
        let is_alias = explicit || (self.words.at_ident() && !next.is_some_and(|word| is_keyword(&word)));
        let alias = if is_alias { self.words.ident().map(|ident| ident.text) } else { None };
        self.uses.relations.push(Relation { name, alias });
    }
}

impl Uses {
    /// Takes away relations that are only names of queries. Their aliases are those of queries, too.
    pub fn without(&mut self, queries: &[String]) {
        let is_query = |relation: &Relation| relation.name.schema.is_none() && queries.contains(&relation.name.name);
        let (named, relations) = std::mem::take(&mut self.relations).into_iter().partition(is_query);
        self.relations = relations;
        self.derived.extend(named.into_iter().map(|relation: Relation| relation.alias.unwrap_or(relation.name.name)));
    }

    pub fn extend(&mut self, other: Uses) {
        self.relations.extend(other.relations);
        self.columns.extend(other.columns);
        self.calls.extend(other.calls);
        self.types.extend(other.types);
        self.registered.extend(other.registered);
        self.labels.extend(other.labels);
        self.derived.extend(other.derived);
        self.has_subquery |= other.has_subquery;
    }

    pub fn is_empty(&self) -> bool {
        self.relations.is_empty() && self.columns.is_empty() && self.calls.is_empty() && self.registered.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::sql::{Reading, tokens};

    fn of(text: &str) -> Uses {
        let tokens: Vec<Token> =
            tokens(text.as_bytes(), &Reading::default()).into_iter().filter(|token| !token.is_trivia()).collect();
        uses(Words::new(text.as_bytes(), &tokens, crate::formats::sql::Dialect::Postgres))
    }

    fn relations(text: &str) -> Vec<String> {
        of(text).relations.iter().map(|relation| relation.name.shown()).collect()
    }

    #[test]
    fn relations_are_those_of_from_clauses() {
        assert_eq!(
            relations("SELECT a FROM b, c.d AS e JOIN f ON e.x = f.y, g WHERE h IN (SELECT i FROM j)"),
            ["b", "c.d", "f", "g", "j"]
        );
        assert_eq!(relations("WITH x AS (SELECT 1 FROM y) SELECT * FROM x, generate_series(1, 2) AS z"), ["y"]);
        assert_eq!(relations("SELECT extract(year FROM a), trim(both FROM b) FROM c WHERE d IS DISTINCT FROM e"), ["c"]);
        assert_eq!(relations("SELECT 1 FROM (SELECT 2 FROM a) b JOIN LATERAL (SELECT 3 FROM c) d ON true"), ["a", "c"]);
    }

    #[test]
    fn columns_are_neither_aliases_nor_calls_nor_types() {
        let columns = |text| of(text).columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
        assert_eq!(columns("SELECT a AS b, lower(c) d, t.e::text, 'x' f FROM t WHERE g = 1"), ["a", "c", "e", "g"]);
        assert_eq!(columns("first_name || ' ' || last_name"), ["first_name", "last_name"]);
    }
}
