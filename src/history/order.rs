//! The order of observations that have the same second, so that a replay of them gives the same numbers to
//! events and states, and tells the same of two documents of one authorization server.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use crate::policy::twins::{other_of, teller_of};
use crate::store::{Moment, StateSeen, TargetRow};

/// The place of an observation among all of its second: the number of the event that it told (`true`), or
/// before which it was made. What has none comes after all that has one.
type Place = Option<(i64, bool)>;

/// An observation with its place.
struct Placed<'a> {
    place: Place,
    target: &'a TargetRow,
    moment: Moment,
}

/// Puts observations in order, oldest first. Those of each target come in the order in which they were made.
pub(super) fn in_order(moments: Vec<(&TargetRow, Moment)>) -> Vec<(&TargetRow, Moment)> {
    let mut placed = placed(moments);
    let others = others(&placed);
    let mut last: Option<(i64, Timestamp, Place)> = None;
    for one in &mut placed {
        let (target, at) = (one.target.target_id, one.moment.at);
        if let Some(first) = other(&others, one).and_then(|it| it.place_before(&one.moment)) {
            one.place = Some(one.place.map_or(first, |place| place.min(first)));
        }
        // Not before what the same target showed first.
        if let Some((_, _, earlier)) = last.filter(|it| (it.0, it.1) == (target, at)) {
            one.place = one
                .place
                .map(|place| earlier.map_or(place, |earlier| place.max(earlier)));
        }
        last = Some((target, at, one.place));
    }
    placed.sort_by_cached_key(|one| {
        let name = (one.target.provider.clone(), one.target.kind.to_string());
        // The same for what has no place: a poll that told nothing of two documents did not know more of
        // the other one than this.
        let rank = match other(&others, one) {
            Some(other) if other.is_new => 2,
            Some(_) => 0,
            None => u8::from(other_of(&one.target.kind).is_none()),
        };
        let rank = if one.place.is_some() { 0 } else { rank };
        (one.moment.at, one.place.is_none(), one.place, rank, name)
    });
    let ordered = placed.into_iter();
    ordered.map(|one| (one.target, one.moment)).collect()
}

/// Gives each observation the place that it has by the events and states of its second.
fn placed(moments: Vec<(&TargetRow, Moment)>) -> Vec<Placed<'_>> {
    let states: BTreeMap<i64, i64> = moments
        .iter()
        .filter_map(|(_, moment)| match moment.seen {
            StateSeen::New(id) => Some((id, moment.event?)),
            StateSeen::Again | StateSeen::Failed(_) => None,
        })
        .collect();
    let mut placed: Vec<Placed<'_>> = Vec::with_capacity(moments.len());
    for (target, moment) in moments.into_iter().rev() {
        // A state that no event tells of is before the next one of which an event tells.
        let next_state = match moment.seen {
            StateSeen::New(id) if moment.event.is_none() => {
                states.range(id..).next().map(|(_, event)| *event)
            }
            StateSeen::New(_) | StateSeen::Again | StateSeen::Failed(_) => None,
        };
        // Nor is anything after what the same target showed next.
        let next_own = placed.last().filter(|next| {
            next.target.target_id == target.target_id && next.moment.at == moment.at
        });
        let next_of_others = [next_state, moment.before].into_iter().flatten();
        let place = next_of_others
            .map(|event| (event, false))
            .chain(moment.event.map(|event| (event, true)))
            .chain(next_own.and_then(|next| next.place))
            .min();
        placed.push(Placed {
            place,
            target,
            moment,
        });
    }
    placed.reverse();
    placed
}

/// What one second showed of a document of which another one tells.
#[derive(Default)]
struct OtherDocument {
    /// The first event that was told of it.
    event: Option<i64>,
    /// Whether it had a new state.
    is_new: bool,
}

impl OtherDocument {
    /// The place of a poll that could have told of both documents and did not, if it has one. A new state
    /// is not told of in its second, so such a poll was after it; any other sighting could have been told
    /// of, so it was before.
    fn place_before(&self, moment: &Moment) -> Place {
        let is_untold = moment.event.is_none() && moment.seen == StateSeen::Again;
        let event = self.event.filter(|_| is_untold && !self.is_new)?;
        Some((event, false))
    }
}

type OtherDocuments = HashMap<(String, String, Timestamp), OtherDocument>;

fn others(placed: &[Placed<'_>]) -> OtherDocuments {
    let is_told = |target: &TargetRow| teller_of(&target.kind).is_some();
    let mut others = OtherDocuments::new();
    for one in placed.iter().filter(|one| is_told(one.target)) {
        let name = (
            one.target.provider.clone(),
            one.target.kind.to_string(),
            one.moment.at,
        );
        let other = others.entry(name).or_default();
        other.event = other.event.or(one.moment.event);
        other.is_new |= matches!(one.moment.seen, StateSeen::New(_));
    }
    others
}

fn other<'a>(others: &'a OtherDocuments, one: &Placed<'_>) -> Option<&'a OtherDocument> {
    let other = other_of(&one.target.kind)?;
    others.get(&(
        one.target.provider.clone(),
        other.to_string(),
        one.moment.at,
    ))
}
