//! What the weekly mail alone tells: what was left to it, and habits.

use jiff::tz::TimeZone;

use super::brief::Brief;
use super::page::{Entry, Section};
use super::words::count;
use crate::document::severity::Severity;

/// The most entries of each of the two sections.
const ENTRIES: usize = 100;

/// The section of events left to the weekly mail and the section of habits; each may be empty.
/// `more` is the number of further events that were left to it.
pub(super) fn sections(
    collected: &[Brief],
    more: u64,
    habits: &[Brief],
    zone: &TimeZone,
) -> [Section; 2] {
    let left = collected.iter().take(ENTRIES).map(|brief| {
        let severity = brief.severity.map_or("", Severity::as_str);
        brief.entry(severity, zone)
    });
    let entries: Vec<Entry> = left.collect();
    let all = u64::try_from(collected.len())
        .unwrap_or(u64::MAX)
        .saturating_add(more);
    let hidden = all.saturating_sub(u64::try_from(entries.len()).unwrap_or(u64::MAX));
    let hidden = (hidden > 0).then(|| format!("... and {} more", count(hidden)));
    let collected = Section {
        intro: (all > 0).then(|| "Left to this mail:".to_owned()),
        entries,
        more: hidden.into_iter().collect(),
        ..Section::default()
    };
    let habits = habits.iter().take(ENTRIES);
    let entries: Vec<Entry> = habits.map(|brief| brief.entry("habit", zone)).collect();
    let habits = Section {
        intro: (!entries.is_empty()).then(|| "Done again, as always:".to_owned()),
        entries,
        ..Section::default()
    };
    [collected, habits]
}
