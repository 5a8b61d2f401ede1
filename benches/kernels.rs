//! How fast the inner loops are.
fn main() {}
