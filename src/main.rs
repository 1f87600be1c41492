//! The `issuerwatch` program.

fn main() {}
