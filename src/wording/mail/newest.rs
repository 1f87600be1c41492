//! What was never seen before is named first, wherever values are named; what is back stands behind it.

use std::collections::HashSet;

use serde_json::Value;

use super::input::{KnownValues, MailInput};
use super::several;
use crate::meaning::change::Change;
use crate::policy::event::Event;

/// The events with their values in that order, where it is another one. All words are made of them: sorted
/// in each place where some are named, one place would be forgotten.
pub(super) fn never_seen_first(input: &MailInput<'_>) -> Option<Vec<Event>> {
    let [_] = several::providers(input.events).as_slice() else {
        return None;
    };
    let known = input.background.map_or(&[][..], |it| &it.known_values);
    let mut sorted: Option<Vec<Event>> = None;
    for (place, event) in input.events.iter().enumerate() {
        for (number, change) in event.body.changes().iter().enumerate() {
            let Some(added) = in_order(change, known) else {
                continue;
            };
            let events = sorted.get_or_insert_with(|| input.events.to_vec());
            let changes = events.get_mut(place)?.body.changes_mut()?;
            changes.get_mut(number)?.added = added;
        }
    }
    sorted
}

/// The values that came, those first that were never seen; `None` where all or none were.
fn in_order(change: &Change, known: &[KnownValues]) -> Option<Vec<Value>> {
    let mut known = known.iter();
    let back = known.find(|known| change.subject == known.member());
    let unseen: HashSet<&Value> = change.unseen.iter().collect();
    let back: HashSet<&Value> = match back {
        Some(known) if !change.damped => known.values().iter().map(|it| &it.value).collect(),
        Some(_) | None => HashSet::new(),
    };
    let is_new = |value: &&Value| {
        if change.damped {
            unseen.contains(*value)
        } else {
            !back.contains(*value)
        }
    };
    let (mut new, back): (Vec<&Value>, Vec<&Value>) = change.added.iter().partition(is_new);
    if new.is_empty() || back.is_empty() {
        return None;
    }
    new.extend(back);
    Some(new.into_iter().cloned().collect())
}
