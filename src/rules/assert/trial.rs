//! A trial of an expression while the policy is read: each part of it is evaluated with values that are made up, so that what
//! no element could ever mend is told before there is any.

use cel::common::ast::{Expr, IdedExpr, operators};
use cel::common::types::CelBool;
use cel::{Context, ExecutionError, Value};
use regex::Regex;

use super::names::literal;
use super::tree::children;
use crate::options::regex_fault;

/// What is wrong, with the number of the innermost node that is.
pub(super) type Fault = (u64, String);

/// The faults of an expression that do not depend on values.
pub(super) fn faults(root: &mut IdedExpr, context: &Context<'_, '_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    look_at(root, context, &mut faults);
    if faults.is_empty()
        && let Ok(value) = Value::resolve_val(root, context)
        && value.downcast_ref::<CelBool>().is_none()
    {
        // No node has that number: it is about all of them.
        faults.push((0, format!("the expression is of type `{}`, and has to be true or false", value.get_type().name())));
    }
    faults
}

fn look_at(node: &mut IdedExpr, context: &Context<'_, '_>, faults: &mut Vec<Fault>) {
    let before = faults.len();
    match &mut node.expr {
        Expr::Comprehension(loops) => look_at(&mut loops.iter_range, context, faults),
        _ => children(node).into_iter().for_each(|part| look_at(part, context, faults)),
    }
    faults.extend(bad_regex(node).map(|message| (node.id, message)));
    // What is wrong with a part is wrong with the whole as well.
    if faults.len() == before
        && let Err(error) = Value::resolve_val(node, context)
    {
        faults.extend(lasting(&error).map(|message| (node.id, message)));
    }
}

/// The complaint about an error that values cannot mend.
fn lasting(error: &ExecutionError) -> Option<String> {
    match error {
        ExecutionError::NoSuchOverload(overload) => {
            let types = overload.argument_types().join("`, `");
            let hint = match overload.argument_types().iter().any(|name| name == "string") && overload.function().starts_with('_')
            {
                true => "; captures are strings: `int(it.NAME)` is a number",
                false => "",
            };
            Some(format!("`{}` takes no `{types}`{hint}", operator(overload.function())))
        }
        ExecutionError::UnsupportedBinaryOperator(name, a, b) => {
            Some(format!("`{name}` takes no `{}` and `{}`", a.type_of(), b.type_of()))
        }
        ExecutionError::UndeclaredReference(name) => Some(format!("there is no function `{name}` that is called like this")),
        ExecutionError::UnexpectedType { got, want } => Some(format!("a `{want}` is needed here, and this is a `{got}`")),
        ExecutionError::InvalidArgumentCount { expected, actual } => {
            Some(format!("{expected} arguments are needed here, and there are {actual}"))
        }
        _ => None,
    }
}

/// An operator as it is written.
fn operator(name: &str) -> &str {
    match name {
        operators::IN => "in",
        operators::INDEX => "[]",
        name => name.trim_matches('_'),
    }
}

/// What is wrong with a regex that stands in the expression.
fn bad_regex(node: &IdedExpr) -> Option<String> {
    let Expr::Call(call) = &node.expr else { return None };
    let pattern = call.args.last().filter(|_| call.func_name == "matches").and_then(literal)?;
    Regex::new(&pattern).err().map(|error| format!("invalid regex: {}", regex_fault(&error)))
}
