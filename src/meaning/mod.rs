//! What a difference between two documents, or a lack in one of them, means.
//!
//! Here: the table of rules, differences and how grave they are, findings, whose document it is and
//! by which rules it is judged. Not here: what follows from it (`policy`).

pub mod blame;
pub mod change;
mod citation;
pub mod client;
pub mod declared_identity;
pub mod diff;
pub mod failure;
pub mod finding;
pub mod judge;
pub mod key_set;
pub mod member_values;
pub mod pattern;
pub mod provider;
pub mod provider_policy;
pub mod rating;
pub mod required;
pub mod rule;
pub mod rule_finding;
pub mod subject;
