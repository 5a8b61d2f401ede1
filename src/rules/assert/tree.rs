//! The syntax tree of an expression: what stands below a node, and how deep.

use cel::common::ast::{EntryExpr, Expr, IdedEntryExpr, IdedExpr};

/// How deep expressions may be nested: everything that walks them is recursive.
const DEEPEST: usize = 100;

/// The parts of an expression, but for those of a comprehension, which have names of their own.
pub(super) fn children(node: &mut IdedExpr) -> Vec<&mut IdedExpr> {
    match &mut node.expr {
        Expr::Call(call) => call.target.as_deref_mut().into_iter().chain(&mut call.args).collect(),
        Expr::List(list) => list.elements.iter_mut().collect(),
        Expr::Map(map) => map.entries.iter_mut().flat_map(of_entry).collect(),
        Expr::Struct(object) => object.entries.iter_mut().flat_map(of_entry).collect(),
        Expr::Select(select) => vec![&mut select.operand],
        Expr::Comprehension(_) | Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => Vec::new(),
    }
}

fn of_entry(entry: &mut IdedEntryExpr) -> Vec<&mut IdedExpr> {
    match &mut entry.expr {
        EntryExpr::StructField(field) => vec![&mut field.value],
        EntryExpr::MapEntry(entry) => vec![&mut entry.key, &mut entry.value],
    }
}

/// Whether the expression is too deep to be walked.
pub(super) fn is_too_deep(node: &mut IdedExpr) -> bool {
    is_deeper(node, DEEPEST)
}

fn is_deeper(node: &mut IdedExpr, left: usize) -> bool {
    let Some(left) = left.checked_sub(1) else { return true };
    match &mut node.expr {
        Expr::Comprehension(loops) => {
            let parts = [&mut loops.iter_range, &mut loops.accu_init, &mut loops.loop_cond, &mut loops.loop_step];
            parts.into_iter().any(|part| is_deeper(part, left)) || is_deeper(&mut loops.result, left)
        }
        _ => children(node).into_iter().any(|part| is_deeper(part, left)),
    }
}

/// How many loops are nested in each other: what one evaluation costs grows with the size of facts to that power.
pub(super) fn loops(node: &mut IdedExpr) -> u32 {
    match &mut node.expr {
        Expr::Comprehension(parts) => {
            let inner = [&mut parts.loop_cond, &mut parts.loop_step, &mut parts.result].into_iter().map(loops).max();
            loops(&mut parts.iter_range).max(1 + inner.unwrap_or(0))
        }
        _ => children(node).into_iter().map(loops).max().unwrap_or(0),
    }
}
