//! `frozen`.

use super::{Code, Kind, Rule};
use crate::facts::Binder;
use crate::options::Options;

pub(super) static KIND: Kind = Kind {
    name: "frozen",
    about: "",
    page: include_str!("frozen.md"),
    fields: &[],
    codes: &[Code::error("x", "")],
    needs_base: true,
    bind,
};

fn bind<'w>(_options: &Options<'w>, _binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    None
}
