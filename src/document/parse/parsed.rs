//! What was read of a body.

use serde_json::{Map, Value};

use super::blank::Blank;

/// A JSON object as received, less secrets.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// Its members.
    pub members: Map<String, Value>,
    /// JSON Pointers to names that stood more than once in their object, in order of appearance.
    pub duplicates: Vec<String>,
    /// Those of them whose values differ, so that two clients read two documents.
    pub conflicts: Vec<String>,
    /// Whether it began with a byte order mark.
    pub bom: bool,
    /// Members in which private key material was replaced, so that the bytes must not be kept as
    /// they are. It may have stood where a second value of the same name hides it.
    pub secrets: Vec<String>,
    /// Those of them in which a password or another secret was, and no key.
    pub passwords: Vec<String>,
    /// Where those secrets stood, for the caller that keeps the bytes.
    pub blanks: Vec<Blank>,
}
