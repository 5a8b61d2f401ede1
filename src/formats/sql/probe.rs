//! Questions that a block asks of the catalogue: is that object there?

use super::model::Class;
use super::query::uses;
use super::token::TokenKind;
use super::words::Words;

/// An object that a condition asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    pub class: Class,
    pub schema: Option<String>,
    pub name: String,
    /// The table or type that it belongs to.
    pub on: Option<String>,
}

/// A condition, as far as it is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    Has(Probe),
    Not(Box<Condition>),
    All(Vec<Condition>),
    Any(Vec<Condition>),
    /// What the last query found.
    Found,
    Unknown,
}

/// Reads a condition.
pub fn condition(words: Words<'_>) -> Condition {
    read(words, 0)
}

/// Conditions inside of conditions beyond which they are not understood.
const DEEPEST: usize = 16;

fn read(mut w: Words<'_>, depth: usize) -> Condition {
    if depth > DEEPEST || w.is_done() {
        return Condition::Unknown;
    }
    for (word, joined) in [("OR", Condition::Any as fn(Vec<Condition>) -> Condition), ("AND", Condition::All)] {
        let parts = parts(w, word);
        if parts.len() > 1 {
            return joined(parts.into_iter().map(|part| read(part, depth + 1)).collect());
        }
    }
    if w.eat("NOT") {
        return Condition::Not(Box::new(read(w.rest(), depth + 1)));
    }
    if w.eat("FOUND") && w.is_done() {
        return Condition::Found;
    }
    if w.eat("EXISTS") {
        let inner = w.parens();
        return match inner.and_then(probe) {
            Some(probe) if w.is_done() => Condition::Has(probe),
            _ => Condition::Unknown,
        };
    }
    compared(w, depth)
}

/// The parts between a word that stands outside of parentheses.
fn parts<'t>(w: Words<'t>, word: &str) -> Vec<Words<'t>> {
    let mut parts = Vec::new();
    let mut from = w.at;
    let mut rest = w;
    while let Some(at) = rest.find_outside(word) {
        parts.push(w.within(from, at));
        from = at + 1;
        rest.at = from;
    }
    parts.push(w.within(from, w.tokens.len()));
    parts
}

/// `(…) IS NULL`, `(SELECT count(*) …) = 0`, `to_regclass('x') IS NOT NULL`, or a condition in parentheses.
fn compared(mut w: Words<'_>, depth: usize) -> Condition {
    let asked = match w.kind() {
        Some(TokenKind::Open) => {
            let Some(inner) = w.parens() else { return Condition::Unknown };
            if w.is_done() {
                return read(inner, depth + 1);
            }
            if inner.is("SELECT") { probe(inner) } else { registered(inner) }
        }
        _ => {
            let call = w;
            w.name();
            if w.parens().is_none() {
                return Condition::Unknown;
            }
            registered(call)
        }
    };
    let Some(asked) = asked else { return Condition::Unknown };
    let zero = |w: &Words<'_>| w.tokens.get(w.at + 1).is_some_and(|token| token.bytes(w.text) == b"0");
    if w.sees("IS NOT NULL") || (zero(&w) && (w.is_operator(">") || w.is_operator("<>") || w.is_operator("!="))) {
        return Condition::Has(asked);
    }
    if w.sees("IS NULL") || (zero(&w) && w.is_operator("=")) {
        return Condition::Not(Box::new(Condition::Has(asked)));
    }
    Condition::Unknown
}

/// `to_regclass('x')`, `to_regtype('x')`.
fn registered(mut w: Words<'_>) -> Option<Probe> {
    let name = w.name()?;
    let class = match name.name.as_str() {
        "to_regclass" => Class::Table,
        "to_regtype" => Class::Type,
        "to_regrole" => Class::Role,
        "to_regnamespace" => Class::Schema,
        _ => return None,
    };
    let inner = w.parens()?;
    let text = inner.string_text(inner.token()?)?;
    let (schema, name) = qualified(&text);
    Some(Probe { class, schema, name, on: None })
}

/// The parts of a name in a string.
fn qualified(text: &str) -> (Option<String>, String) {
    let fold = |part: &str| match part.strip_prefix('"').and_then(|part| part.strip_suffix('"')) {
        Some(quoted) => quoted.to_string(),
        None => part.to_ascii_lowercase(),
    };
    match text.rsplit_once('.') {
        Some((schema, name)) => (Some(fold(schema)), fold(name)),
        None => (None, fold(text)),
    }
}

/// Columns of the catalogues that only say which schema or kind is meant.
const NEUTRAL: &[&str] = &[
    "table_schema",
    "schemaname",
    "nspname",
    "constraint_schema",
    "contype",
    "relkind",
    "typtype",
    "constraint_type",
    "table_catalog",
    "routine_schema",
    "connamespace",
    "typnamespace",
    "relnamespace",
    "pronamespace",
    "trigger_schema",
    "sequence_schema",
    "table_type",
    "routine_type",
    "constraint_catalog",
    "index_schema",
    "event_object_schema",
];

/// Columns that name the table of an object.
const OWNERS: &[&str] =
    &["table_name", "tablename", "relname", "conrelid", "attrelid", "tgrelid", "polrelid", "event_object_table", "indrelid"];

/// The object that a query of the catalogue looks for; `None` where it looks for more, or for something else.
pub fn probe(query: Words<'_>) -> Option<Probe> {
    let catalogue = uses(query).relations.iter().all(|relation| {
        matches!(relation.name.schema.as_deref(), Some("pg_catalog" | "information_schema"))
            || relation.name.name.starts_with("pg_")
    });
    let at = query.find_outside("WHERE")?;
    let wheres = query.within(at + 1, query.tokens.len());
    if !catalogue || wheres.find_outside("OR").is_some() || wheres.has("LIKE") || wheres.has("ILIKE") {
        return None;
    }
    let pairs = equalities(wheres)?;
    let value =
        |names: &[&str]| pairs.iter().find(|(column, _)| names.contains(&column.as_str())).map(|(_, value)| value.clone());
    let schema = value(&["table_schema", "schemaname", "nspname", "constraint_schema", "typnamespace", "trigger_schema"]);
    let owner = value(OWNERS).map(|owner| qualified(&owner).1);
    for (columns, class) in IDENTITIES {
        let Some(name) = value(columns) else { continue };
        let on = if *class == Class::EnumValue { value(&["typname", "enumtypid"]) } else { owner };
        let rest = pairs.iter().all(|(column, _)| {
            columns.contains(&column.as_str())
                || NEUTRAL.contains(&column.as_str())
                || OWNERS.contains(&column.as_str())
                || (*class == Class::EnumValue && matches!(column.as_str(), "typname" | "enumtypid"))
        });
        return rest.then_some(Probe { class: *class, schema, name, on });
    }
    let known = pairs.iter().all(|(column, _)| NEUTRAL.contains(&column.as_str()) || OWNERS.contains(&column.as_str()));
    let table = owner.filter(|_| known)?;
    Some(Probe { class: Class::Table, schema, name: table, on: None })
}

/// Which column names which kind of object, the more special before those that go with them.
const IDENTITIES: &[(&[&str], Class)] = &[
    (&["enumlabel"], Class::EnumValue),
    (&["typname"], Class::Type),
    (&["domain_name"], Class::Domain),
    (&["conname", "constraint_name"], Class::Constraint),
    (&["column_name", "attname"], Class::Column),
    (&["indexname", "indexrelid"], Class::Index),
    (&["tgname", "trigger_name"], Class::Trigger),
    (&["policyname", "polname"], Class::Policy),
    (&["proname", "routine_name"], Class::Function),
    (&["rulename"], Class::Rule),
    (&["sequencename", "sequence_name"], Class::Sequence),
    (&["viewname", "matviewname"], Class::View),
    (&["rolname", "usename", "groname"], Class::Role),
    (&["extname"], Class::Extension),
    (&["stxname"], Class::Statistics),
    (&["datname"], Class::Database),
    (&["schema_name"], Class::Schema),
];

/// The `column = 'text'` of a condition; `None` where a column is compared with a text in another way.
fn equalities(wheres: Words<'_>) -> Option<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    let mut w = wheres;
    while !w.is_done() {
        let Some(token) = w.token() else { break };
        let literal = w.string_text(token);
        if let Some(text) = literal.filter(|_| token.kind == TokenKind::String) {
            let before = w.before().map(|token| token.bytes(w.text).to_vec()).unwrap_or_default();
            match (w.at.checked_sub(2).and_then(|at| w.tokens.get(at)), before.as_slice()) {
                (Some(column), b"=") => pairs.push((column_name(w, *column)?, text)),
                // The text of a call or a cast of its own.
                (_, b"(") => {}
                _ => return None,
            }
        }
        w.at += 1;
    }
    // A schema alone is what the query looks for.
    if let [(column, _)] = pairs.as_mut_slice()
        && column == "nspname"
    {
        *column = "schema_name".into();
    }
    Some(pairs)
}

/// The column before an `=`: `a`, `t.a`, `lower(a)`, `a::text`.
fn column_name(w: Words<'_>, token: super::token::Token) -> Option<String> {
    match token.kind {
        TokenKind::Word | TokenKind::Quoted => {
            let name = w.ident_text(token);
            // `a::text = '…'`
            let cast = w.at.checked_sub(3).and_then(|at| w.tokens.get(at)).is_some_and(|token| token.bytes(w.text) == b"::");
            if cast { w.at.checked_sub(4).and_then(|at| w.tokens.get(at)).map(|token| w.ident_text(*token)) } else { Some(name) }
        }
        TokenKind::Close => w.at.checked_sub(3).and_then(|at| w.tokens.get(at)).map(|token| w.ident_text(*token)),
        _ => None,
    }
}
