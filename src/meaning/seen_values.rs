//! What is known of the values that a member had before.

use std::collections::{BTreeMap, BTreeSet};

use super::subject::Subject;

/// The values of a change that were seen on its member before, as `damping::tokens` has them. A set is
/// empty if only other values were seen, and absent if no value is known.
pub type SeenValues = BTreeMap<Subject, BTreeSet<String>>;
