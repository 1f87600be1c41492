//! Recognises the same change at several providers one after the other, so that later mails can say so.
//!
//! A provider counts only as long as the members concerned have not changed there again, so that the
//! claim is true when it is made. A return stands in the thread of the mail that it answers and not in
//! that of the wave.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

/// How far back the same change is looked for.
pub const LOOK_BACK: SignedDuration = SignedDuration::from_hours(180 * 24);

/// What a recipient was told before: the same change, at some provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldBefore {
    /// Name of the provider.
    pub provider: String,
    /// Number of the event that was told.
    pub event: i64,
    /// When the event was observed.
    pub seen_at: Timestamp,
    /// Whether a member of that change has changed there again.
    pub is_over: bool,
}

/// The earlier part of a wave, which a later mail refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wave {
    /// How many other providers have the change already.
    pub providers: u32,
    /// When the change was seen at the first of them.
    pub since: Timestamp,
    /// The event of the change at the first of them.
    pub first_event: i64,
}

/// The wave that a change at these providers belongs to: others made it before and still have it.
pub fn wave(before: &[ToldBefore], own: &BTreeSet<&str>) -> Option<Wave> {
    let mut latest: BTreeMap<&str, &ToldBefore> = BTreeMap::new();
    for one in before {
        let known = latest.entry(&one.provider).or_insert(one);
        if one.event > known.event {
            *known = one;
        }
    }
    let others = latest.iter().filter(|(name, _)| !own.contains(*name));
    let there: Vec<&ToldBefore> = others
        .map(|(_, one)| *one)
        .filter(|one| !one.is_over)
        .collect();
    let first = there.iter().min_by_key(|one| (one.seen_at, one.event))?;
    Some(Wave {
        providers: u32::try_from(there.len()).unwrap_or(u32::MAX),
        since: first.seen_at,
        first_event: first.event,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(provider: &str, event: i64, is_over: bool) -> ToldBefore {
        ToldBefore {
            provider: provider.to_owned(),
            event,
            seen_at: Timestamp::from_second(1_700_000_000 + event).unwrap(),
            is_over,
        }
    }

    fn found(told: &[ToldBefore], own: &[&str]) -> Option<(u32, i64)> {
        let wave = wave(told, &own.iter().copied().collect())?;
        assert_eq!(
            wave.since,
            self::told("", wave.first_event, false).seen_at,
            "since the first"
        );
        Some((wave.providers, wave.first_event))
    }

    #[test]
    fn a_wave_is_the_same_at_others_before_and_begins_with_the_first() {
        assert_eq!(found(&[], &["a"]), None);
        let before = [told("c", 7, false), told("b", 3, false)];
        assert_eq!(found(&before, &["a"]), Some((2, 3)));
    }

    #[test]
    fn the_same_at_the_same_provider_is_no_wave() {
        assert_eq!(found(&[told("a", 3, false)], &["a"]), None);
        let before = [told("a", 3, false), told("b", 5, false)];
        assert_eq!(found(&before, &["a", "c"]), Some((1, 5)));
    }

    #[test]
    fn where_it_changed_again_it_is_no_longer_and_where_it_came_again_it_counts_once() {
        assert_eq!(found(&[told("b", 3, true)], &["a"]), None);
        let before = [told("b", 3, true), told("c", 4, false), told("b", 9, false)];
        assert_eq!(found(&before, &["a"]), Some((2, 4)));
    }
}
