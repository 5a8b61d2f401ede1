//! The names in an expression: which facts and captures it looks at, and what it calls that nobody knows.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};

use super::tree::children;

/// The variables that an expression sees.
pub(super) const ELEMENT: &str = "it";
pub(super) const FACTS: &str = "facts";
/// The same facts as sets. Nobody can write that name.
pub(super) const SETS: &str = "@sets";

/// The functions that an expression may call; operators and macros have no such names.
pub(super) const FUNCTIONS: [&str; 25] = [
    "bool",
    "bytes",
    "charAt",
    "contains",
    "double",
    "dyn",
    "endsWith",
    "format",
    "indexOf",
    "int",
    "join",
    "lastIndexOf",
    "lowerAscii",
    "matches",
    "replace",
    "reverse",
    "size",
    "split",
    "startsWith",
    "string",
    "substring",
    "trim",
    "type",
    "uint",
    "upperAscii",
];

/// What an expression mentions, each with the number of its node.
#[derive(Default)]
pub(super) struct Mentions {
    /// Members of `it`.
    pub members: Vec<(u64, String)>,
    pub facts: Vec<(u64, String)>,
    pub faults: Vec<(u64, NameFault)>,
    /// Whether more elements in a fact can only make the expression true, never false.
    pub grows: bool,
}

/// A name that cannot stand where it does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NameFault {
    Variable(String),
    Function(String),
    /// `it` itself.
    Element,
    /// `facts` itself, or with a name that is computed.
    Facts,
}

impl Mentions {
    /// Reads the names, and rewrites `x in facts["name"]` so that it is answered by one look-up.
    pub fn of(root: &mut IdedExpr) -> Self {
        let mut mentions = Mentions { grows: grows(root), ..Self::default() };
        mentions.walk(root, &mut Vec::new());
        mentions
    }

    fn walk(&mut self, node: &mut IdedExpr, bound: &mut Vec<String>) {
        let id = node.id;
        if let Some((variable, name)) = member(node).filter(|(variable, _)| !bound.iter().any(|name| name == variable)) {
            match (variable, name) {
                (ELEMENT, Some(name)) => return self.members.push((id, name)),
                (ELEMENT, None) => return self.faults.push((id, NameFault::Element)),
                (_, Some(name)) => return self.facts.push((id, name)),
                (_, None) => return self.faults.push((id, NameFault::Facts)),
            }
        }
        match &mut node.expr {
            Expr::Ident(name) if name == ELEMENT && !bound.contains(name) => self.faults.push((id, NameFault::Element)),
            Expr::Ident(name) if name == FACTS && !bound.contains(name) => self.faults.push((id, NameFault::Facts)),
            Expr::Ident(name) if !name.starts_with('@') && !bound.contains(name) && !is_type(name) => {
                self.faults.push((id, NameFault::Variable(name.clone())));
            }
            Expr::Comprehension(loops) => {
                self.walk(&mut loops.iter_range, bound);
                self.walk(&mut loops.accu_init, bound);
                let depth = bound.len();
                bound.extend([loops.iter_var.clone(), loops.accu_var.clone()].into_iter().chain(loops.iter_var2.clone()));
                for part in [&mut loops.loop_cond, &mut loops.loop_step, &mut loops.result] {
                    self.walk(part, bound);
                }
                bound.truncate(depth);
                return;
            }
            Expr::Call(call) => {
                if call.func_name.starts_with(|c: char| c.is_alphabetic()) && !FUNCTIONS.contains(&call.func_name.as_str()) {
                    self.faults.push((id, NameFault::Function(call.func_name.clone())));
                }
                if !bound.iter().any(|name| name == FACTS) {
                    look_up(call);
                }
            }
            _ => {}
        }
        for part in children(node) {
            self.walk(part, bound);
        }
    }
}

/// `it.NAME`, `it["NAME"]`, `has(it.NAME)`, and the same of `facts`: the variable, and the name if it is no computed one.
fn member(node: &IdedExpr) -> Option<(&'static str, Option<String>)> {
    let (operand, name) = match &node.expr {
        Expr::Select(select) => (&*select.operand, Some(select.field.clone())),
        Expr::Call(CallExpr { func_name, args, .. }) if func_name == operators::INDEX => match &args[..] {
            [operand, index] => (operand, literal(index)),
            _ => return None,
        },
        _ => return None,
    };
    match &operand.expr {
        Expr::Ident(variable) if variable == ELEMENT => Some((ELEMENT, name)),
        Expr::Ident(variable) if variable == FACTS || variable == SETS => Some((FACTS, name)),
        _ => None,
    }
}

/// The text of a string literal.
pub(super) fn literal(node: &IdedExpr) -> Option<String> {
    match &node.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner().to_string()),
        _ => None,
    }
}

/// In `x in facts["name"]`, takes the fact as a set.
fn look_up(call: &mut CallExpr) {
    let [_, list] = &mut call.args[..] else { return };
    let is_fact = member(list).is_some_and(|(variable, name)| variable == FACTS && name.is_some());
    if call.func_name != operators::IN || !is_fact {
        return;
    }
    let operand = match &mut list.expr {
        Expr::Select(select) => &mut *select.operand,
        Expr::Call(index) => &mut index.args[0],
        _ => return,
    };
    operand.expr = Expr::Ident(SETS.to_string());
}

/// Whether facts stand only where more of their elements make the expression true: behind `in`, joined by `&&` and `||`.
fn grows(node: &mut IdedExpr) -> bool {
    let Expr::Call(call) = &mut node.expr else { return !mentions_facts(node) };
    match (call.func_name.as_str(), &mut call.args[..]) {
        (operators::LOGICAL_AND | operators::LOGICAL_OR, parts) => parts.iter_mut().all(grows),
        (operators::IN, [value, list]) => {
            let is_fact = member(list).is_some_and(|(variable, _)| variable == FACTS);
            !mentions_facts(value) && (is_fact || !mentions_facts(list))
        }
        _ => !mentions_facts(node),
    }
}

fn mentions_facts(node: &mut IdedExpr) -> bool {
    match &mut node.expr {
        Expr::Ident(name) => name == FACTS || name == SETS,
        Expr::Comprehension(loops) => {
            let parts = [&mut loops.iter_range, &mut loops.loop_cond, &mut loops.loop_step, &mut loops.result];
            parts.into_iter().any(mentions_facts)
        }
        _ => children(node).into_iter().any(mentions_facts),
    }
}

/// The types, which are values of their own: `type(it.line) == int`.
fn is_type(name: &str) -> bool {
    ["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"].contains(&name)
}
