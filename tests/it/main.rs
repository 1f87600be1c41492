//! The program from outside: real files, real servers on loopback, the built binary.
#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "a broken test should stop at once"
)]
mod store;
mod tidy;
