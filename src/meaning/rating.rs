//! What a difference means: its rule, severity and reason, from the tables of rules and members.
//!
//! Where a rule has a severity of its own it wins over the table of members: those are the
//! severities that were argued about. The reason comes from the most specific row that agrees with
//! the severity, so that a mail never calls something grave and excuses it in one breath.

mod meaning;
mod set;
mod value;

pub use self::meaning::Meaning;
pub use self::set::{SetChange, of_values};
pub use self::value::{WrittenDown, of_value};
