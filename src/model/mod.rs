//! Layer 0: what we know and what we decide.
//!
//! Everything here is a value or a pure function: no I/O, no clock, no async, and nothing that can
//! fail by itself. Time enters as an argument. Read in this order: `kind`, `provider`,
//! `observation`, `document`, `change`, `event`, `baseline`, `transition`, then `advance`.

pub mod accept;
pub mod address;
pub mod advance;
pub mod baseline;
pub mod chain;
pub mod change;
pub mod damping;
pub mod diff;
pub mod document;
pub mod event;
pub mod failure;
pub mod finding;
pub mod finding_event;
pub mod fingerprint;
pub mod group;
pub mod keys;
pub mod kind;
pub mod letter;
pub mod mail;
pub mod meaning;
pub mod member;
pub mod moment;
pub mod observation;
pub mod parse;
pub mod pattern;
pub mod provider;
pub mod reading;
pub mod recipient;
pub mod recording;
pub mod retry;
pub mod rule;
pub mod severity;
pub mod signed;
pub mod summary;
pub mod text;
pub mod transition;
pub mod well_known;
