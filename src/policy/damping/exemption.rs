//! What is told of a damped member all the same.

use std::collections::{BTreeMap, BTreeSet};

use super::seen_values::{change_of, is_first_removal, unseen, values_only};
use crate::document::severity::Severity;
use crate::meaning::change::Change;
use crate::policy::remembered::Arrival;

/// Why a change of a damped member is not held back.
pub(super) enum Exemption {
    /// The change may be an attack.
    Grave,
    /// The change takes back exactly what was told.
    WayBack,
    /// The change takes away for the first time what clients rely on, or what was told when it came.
    FirstRemoval,
    /// The member that changed is declared to be used.
    Used,
}

/// Whether a change of a damped member is told all the same. `told` is what would undo the changes that were
/// told, and when values came that were never there before.
pub(super) fn exemption(
    change: &Change,
    seen: Option<&BTreeSet<String>>,
    is_first_of_rule: bool,
    told: (&[String], Option<&BTreeMap<String, Arrival>>),
    may_tell_of_use: bool,
) -> Option<Exemption> {
    let is_grave = change.severity == Severity::Security;
    if is_grave && (is_first_of_rule || unseen(change, seen).is_alarming) {
        return Some(Exemption::Grave);
    }
    if told.0.contains(&change_of(change)) {
        return Some(Exemption::WayBack);
    }
    // What was told when it came some days ago breaks little when it goes, but its end is told too.
    let (_, went) = values_only(change);
    let is_end_of_told = told.1.is_some_and(|arrivals| {
        let mut arrivals = went.iter().filter_map(|hash| arrivals.get(hash));
        arrivals.any(|arrival| arrival.told)
    });
    let is_told_notice = change.severity >= Severity::Notice && is_end_of_told;
    let is_breaking = change.severity >= Severity::Breaking || is_told_notice;
    if is_breaking && is_first_removal(change, seen) {
        return Some(Exemption::FirstRemoval);
    }
    (change.used && may_tell_of_use).then_some(Exemption::Used)
}
