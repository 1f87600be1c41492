//! What was seen: a document, how it was had, and what can be read in it.
//!
//! Here: kinds and addresses, parsing and the canonical form, keys, the table of members, failures as
//! data. Not here: what a difference means (`meaning`). Like the three rooms above it, this one is
//! pure: no I/O, no clock, no async, and nothing that can fail by itself.

pub mod address;
pub mod canonical;
pub mod certificate;
pub mod challenge;
pub mod failure;
pub mod fingerprint;
pub mod json_type;
pub mod jwk;
pub mod key_set;
pub mod kind;
pub mod member;
pub mod name;
pub mod observation;
pub mod parse;
pub mod path;
pub mod recording;
pub mod response_facts;
pub mod retry_after;
pub mod scope;
pub mod severity;
pub mod signed_metadata;
pub mod text;
pub mod token;
pub mod value;
pub mod well_known;
pub(crate) mod x509;
