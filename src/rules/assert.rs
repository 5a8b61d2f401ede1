//! `assert`: an expression holds for each element.

#[cfg(feature = "assert")]
mod expression;
#[cfg(feature = "assert")]
mod names;
#[cfg(feature = "assert")]
mod rule;
#[cfg(all(test, feature = "assert"))]
mod tests;
#[cfg(feature = "assert")]
mod trial;
#[cfg(feature = "assert")]
mod tree;
#[cfg(feature = "assert")]
mod values;

use super::{Code, Kind, Rule};
use crate::facts::Binder;
use crate::options::{Field, Options, Shape};

pub(super) static KIND: Kind = Kind {
    name: "assert",
    about: "An expression holds for each element.",
    page: include_str!("assert.md"),
    fields: &[
        Field::required("every", Shape::Fact, "The fact whose elements are judged."),
        Field::required(
            "that",
            Shape::Text,
            "An expression of the Common Expression Language over `it` (`it.value`, `it.path`, `it.line`, captures) and other facts (`facts[\"name\"]`).",
        ),
        Field::new("message", Shape::Text, "What a finding says, instead of the expression."),
    ],
    codes: &[Code::error("failed", "An element for which the expression is false.")],
    needs_base: false,
    bind,
};

#[cfg(feature = "assert")]
fn bind<'w>(options: &Options<'w>, binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    rule::bind(options, binder)
}

#[cfg(not(feature = "assert"))]
fn bind<'w>(options: &Options<'w>, _: &Binder<'w>) -> Option<Box<dyn Rule>> {
    options.value.complain("`assert` rules need the cargo feature `assert`, without which this ssot was built");
    None
}
