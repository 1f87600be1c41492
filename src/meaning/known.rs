//! What is known of the values that a member had before.

use std::collections::{BTreeMap, BTreeSet};

use super::subject::Subject;

/// Which values of a change were seen on its member before, as `damping::tokens` has them; empty if only others
/// were, and nothing if no value is known.
pub type Known = BTreeMap<Subject, BTreeSet<String>>;
