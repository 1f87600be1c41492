//! Clients: what some software demands of a document before it uses it, and what it says of one.
//!
//! A client is a list of demands, each with the place where it is written. A few are built in
//! (`table`), and only such whose demands can be cited; the operator writes others as
//! `[client.NAME]`. No client is ever contacted: only the document is judged.

pub mod demand;
pub mod judge;
pub mod table;
