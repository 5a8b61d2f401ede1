//! `schema`.

use super::{Code, Kind, Rule};
use crate::facts::Binder;
use crate::options::Options;

pub(super) static KIND: Kind = Kind {
    name: "schema",
    about: "",
    page: include_str!("schema.md"),
    fields: &[],
    codes: &[Code::error("x", "")],
    needs_base: true,
    bind,
};

fn bind<'w>(_options: &Options<'w>, _binder: &Binder<'w>) -> Option<Box<dyn Rule>> {
    None
}
