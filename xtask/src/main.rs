//! Development tasks; there are none yet.

fn main() {}
