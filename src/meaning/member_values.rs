//! Values by the member they stand on.

use std::collections::{BTreeMap, BTreeSet};

use super::subject::Subject;

/// Hashes of values by their member, as `damping::value_hashes` has them: those that a change shows, or those of
/// them that were seen before. A set is empty if only other values were seen, and absent if no value is
/// known.
pub type MemberValues = BTreeMap<Subject, BTreeSet<String>>;
