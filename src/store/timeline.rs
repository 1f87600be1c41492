//! Reconstructs the observations behind the history: what was seen, and when.
//!
//! Polls without news are counted but not stored, so this is not every poll but each one that made a
//! difference: each state when it was first and last seen, the polls of every outage that was told, and
//! when it ended.

use jiff::Timestamp;
use rusqlite::{Row, params};

use super::error::StoreError;
use super::query::TargetRow;
use super::reader::Reader;
use super::row::{self, ACCEPTED, EVENT, json, time, time_or_none};
use super::told_poll::{ToldPoll, polls_of, told_states};
use crate::document::observation::Failure;
use crate::document::response_facts::ResponseFacts;
use crate::policy::event::{Event, FailedPolls};
use crate::policy::twins::teller_of;

/// One observation at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// When it was made.
    pub at: Timestamp,
    /// What was seen then.
    pub seen: StateSeen,
    /// The first event that it told, which orders it among others of the same moment.
    pub event: Option<i64>,
    /// An event of the same moment, of another target, that was told after it.
    pub before: Option<i64>,
    /// The URL asked for, if it is known.
    pub url: Option<String>,
    /// Where the answer came from, if redirects led elsewhere.
    pub final_url: Option<String>,
    /// How long it took until a failure was known, in milliseconds.
    pub elapsed_ms: Option<u64>,
    /// When a second fetch saw the same, if one was made.
    pub confirmed_at: Option<Timestamp>,
    /// When a fetch of an earlier poll saw it first, if it was confirmed by that.
    pub candidate_since: Option<Timestamp>,
    /// How many failed polls right before it are counted but not stored.
    pub unrecorded: u64,
    /// What is known besides the document from then on; set only if it changed.
    pub response_facts: Option<ResponseFacts>,
    /// Whether it told of that.
    pub(super) tells_of_connection: bool,
}

/// The result of one observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateSeen {
    /// A new state, as the row of its snapshot.
    New(i64),
    /// The same state as before.
    Again,
    /// Nothing usable was received.
    Failed(Failure),
}

/// A state of a target, as its row has it.
struct StoredState {
    id: i64,
    first_seen_at: Timestamp,
    last_seen_at: Timestamp,
}

impl Reader {
    /// The observations of a target, oldest first, and those of one second in the order in which they were
    /// made.
    pub fn timeline(&self, target: &TargetRow) -> Result<Vec<Moment>, StoreError> {
        let states = self.states(target)?;
        let sql = format!(
            "SELECT {EVENT} FROM event {ACCEPTED} WHERE event.target_id = ?1
             AND event.kind IN ('first-seen', 'changed', 'failing', 'recovered', 'settled',
                 'finding', 'damped')
             ORDER BY event.id"
        );
        let doing = "reading the events of a target";
        let events = self.all(&sql, [target.target_id], row::event, doing)?;
        let mut moments = observed(&states, &events);
        // Nothing but the order of one second is kept of how a clock that went back made them.
        moments.sort_by_key(|moment| moment.at);
        self.add_twins(target, &mut moments)?;
        self.add_response_facts(target, &mut moments)?;
        add_sources(&mut moments, target.url.as_deref());
        Ok(moments)
    }

    /// Adds the last sighting of this target before the other document of its server told of both,
    /// because findings about both need polls of both.
    fn add_twins(&self, target: &TargetRow, moments: &mut Vec<Moment>) -> Result<(), StoreError> {
        let Some(teller) = teller_of(&target.kind) else {
            return Ok(());
        };
        let sql = format!(
            "SELECT {EVENT} FROM event {ACCEPTED} JOIN target ON target.id = event.target_id
             WHERE target.provider = ?1 AND target.document = ?2 ORDER BY event.id"
        );
        let doing = "reading what two documents told together";
        let name = [target.provider.clone(), teller.to_string()];
        let events = self.all(&sql, name, row::event, doing)?;
        for poll in polls_of(&events) {
            let Some(at) = poll.twin_seen_at() else {
                continue;
            };
            // If both are in the same second, this document was seen first.
            let before = poll.event().filter(|_| at == poll.at());
            let start = moments.partition_point(|it| it.at < at);
            let then = moments.partition_point(|it| it.at <= at);
            let of_second = moments.get_mut(start..then).unwrap_or_default();
            // A state that is new within the second of the telling came later.
            let is_it = |it: &&mut Moment| {
                it.seen == StateSeen::Again || (before.is_none() && it.is_good())
            };
            match of_second.iter_mut().find(is_it) {
                Some(seen) => seen.before = seen.before.or(before),
                None => {
                    let is_later = |it: &Moment| {
                        matches!(it.seen, StateSeen::New(_))
                            && it
                                .event
                                .is_none_or(|own| before.is_none_or(|told| own > told))
                    };
                    let later = of_second.iter().position(is_later);
                    let place = later.map_or(then, |later| start + later);
                    let seen = moment(at, StateSeen::Again);
                    moments.insert(place, Moment { before, ..seen });
                }
            }
        }
        Ok(())
    }

    /// Adds what was seen besides the documents, as a moment of its own if there was no other news then.
    fn add_response_facts(
        &self,
        target: &TargetRow,
        moments: &mut Vec<Moment>,
    ) -> Result<(), StoreError> {
        let seen = |row: &Row<'_>| Ok((time(row, "at")?, json::<ResponseFacts>(row, "beside")?));
        let all = self.all(
            "SELECT at, beside FROM beside WHERE target_id = ?1 ORDER BY at",
            params![target.target_id],
            seen,
            "reading what was seen beside the documents of a target",
        )?;
        let mut alone = Vec::new();
        for (at, response_facts) in all {
            let start = moments.partition_point(|it| it.at < at);
            let end = moments.partition_point(|it| it.at <= at);
            let then = moments.get_mut(start..end).unwrap_or_default();
            // What the last poll of one second saw is kept, which an event may tell of.
            let told = then.iter().rposition(|it| it.tells_of_connection);
            let place = told.or_else(|| then.iter().position(Moment::is_good));
            match place.and_then(|place| then.get_mut(place)) {
                Some(good) => good.response_facts = Some(response_facts),
                None => alone.push(Moment {
                    response_facts: Some(response_facts),
                    ..moment(at, StateSeen::Again)
                }),
            }
        }
        moments.extend(alone);
        moments.sort_by_key(|moment| moment.at);
        Ok(())
    }

    fn states(&self, target: &TargetRow) -> Result<Vec<StoredState>, StoreError> {
        let baseline = target.tracking.baseline.as_ref();
        let state = |row: &Row<'_>| {
            let id = row.get::<_, i64>("id")?;
            let first_seen_at = time(row, "first_seen_at")?;
            let current = baseline.filter(|baseline| baseline.snapshot_id == id);
            let last = time_or_none(row, "last_seen_at")?
                .or(current.map(|baseline| baseline.last_seen_at));
            Ok(StoredState {
                id,
                first_seen_at,
                last_seen_at: last.unwrap_or(first_seen_at),
            })
        };
        self.all(
            "SELECT id, first_seen_at, last_seen_at FROM snapshot WHERE target_id = ?1 ORDER BY id",
            params![target.target_id],
            state,
            "reading the states of a target",
        )
    }
}

/// The observations that states and events tell of, in the order in which they were made.
fn observed(states: &[StoredState], events: &[Event]) -> Vec<Moment> {
    let mut seen = Observed::default();
    let mut states = states.iter().peekable();
    let told_states = told_states(events);
    let mut told: Option<&FailedPolls> = None;
    for poll in polls_of(events) {
        let at = poll.at();
        let is_of_now = |it: &StoredState| it.first_seen_at == at && !told_states.contains(&it.id);
        // A poll that fails says of an untold state of its second only that something good was there.
        let was_good = poll.is_failing() && poll.last_good_at() == Some(at);
        while let Some(state) = states.next_if(|it| {
            poll.is_after_state(it.id, it.first_seen_at)
                || (was_good && is_of_now(it) && !seen.is_good_at(at))
        }) {
            seen.state(state, None);
        }
        if let Some(at) = poll.last_good_at() {
            seen.last_good(at);
        }
        let mut failed = poll
            .failed()
            .map_or_else(Vec::new, |failed| new_failures(failed, told));
        told = poll.failed().filter(|_| poll.is_failing());
        if poll.is_failing() {
            let own = failed.pop();
            seen.moments.extend(failed);
            seen.moments.extend(own.map(|own| own.told_by(&poll)));
            continue;
        }
        seen.moments.extend(failed);
        let mut brought = poll.states().peekable();
        let is_untold = brought.peek().is_none();
        let new = states.next_if(|it| {
            let is_it = brought.any(|id| id == it.id);
            is_it || (is_untold && is_of_now(it))
        });
        match new {
            Some(state) => seen.state(state, Some(&poll)),
            None => {
                let own = moment(poll.at(), StateSeen::Again);
                seen.moments.push(own.told_by(&poll));
            }
        }
    }
    for state in states {
        seen.state(state, None);
    }
    seen.end_of_state();
    seen.moments
}

/// Observations in the order in which they were made, while they are put together.
#[derive(Default)]
struct Observed {
    moments: Vec<Moment>,
    /// Where the current state was first seen among them.
    begin: usize,
    /// When the current state was last seen.
    last_seen_at: Option<Timestamp>,
}

impl Observed {
    /// A new state, told by this poll if it is one that was told.
    fn state(&mut self, state: &StoredState, poll: Option<&ToldPoll<'_>>) {
        self.end_of_state();
        self.begin = self.moments.len();
        self.last_seen_at = Some(state.last_seen_at).filter(|last| *last > state.first_seen_at);
        let new = moment(state.first_seen_at, StateSeen::New(state.id));
        self.moments.push(match poll {
            Some(poll) => new.told_by(poll),
            None => new,
        });
    }

    /// The current state is over or the latest: it was last seen at a time that may be no other news.
    fn end_of_state(&mut self) {
        let Some(last) = self.last_seen_at.take() else {
            return;
        };
        let since = self.moments.iter().skip(self.begin + 1);
        let later = since.clone().position(|it| it.at > last);
        if !since.clone().any(|it| it.at == last && it.is_good()) {
            let place = later.map_or(self.moments.len(), |later| self.begin + 1 + later);
            self.moments.insert(place, moment(last, StateSeen::Again));
        }
    }

    /// The last good poll shows how long the old state was certainly there.
    fn last_good(&mut self, at: Timestamp) {
        if !self.is_good_at(at) {
            self.moments.push(moment(at, StateSeen::Again));
        }
    }

    /// Whether a document was seen at this time, as far as is known yet.
    fn is_good_at(&self, at: Timestamp) -> bool {
        let mut latest = self.moments.iter().rev().take_while(|it| it.at >= at);
        latest.any(|it| it.at == at && it.is_good())
    }
}

impl Moment {
    /// Whether a document was seen.
    fn is_good(&self) -> bool {
        !matches!(self.seen, StateSeen::Failed(_))
    }

    /// With what the events that a poll told say of how it was made.
    fn told_by(mut self, poll: &ToldPoll<'_>) -> Self {
        self.event = poll.event();
        self.tells_of_connection = poll.tells_of_connection();
        if let Some(source) = poll.source() {
            self.url.clone_from(&source.url);
            self.final_url.clone_from(&source.final_url);
        }
        if let Some(seen) = poll.provenance() {
            self.confirmed_at = seen.confirmed_at;
            self.candidate_since = seen.candidate_since;
            // An outage that was not told is known only by its number of failures.
            self.unrecorded = seen
                .failures
                .filter(|_| poll.failed().is_none())
                .unwrap_or_default();
        }
        self
    }
}

fn moment(at: Timestamp, seen: StateSeen) -> Moment {
    Moment {
        at,
        seen,
        event: None,
        before: None,
        url: None,
        final_url: None,
        elapsed_ms: None,
        confirmed_at: None,
        candidate_since: None,
        unrecorded: 0,
        response_facts: None,
        tells_of_connection: false,
    }
}

/// The failed polls of an outage that were not told yet. They are counted, because several can have the
/// same time. Of a long outage only the first and the latest polls are stored, and the number of those in
/// between.
fn new_failures(failed: &FailedPolls, told: Option<&FailedPolls>) -> Vec<Moment> {
    let known = told.map_or(0, |told| told.count);
    let new = failed.count.saturating_sub(known);
    let kept = usize::try_from(new)
        .unwrap_or(usize::MAX)
        .min(failed.latest.len());
    let latest = failed.latest.iter().skip(failed.latest.len() - kept);
    let mut moments: Vec<Moment> = latest
        .map(|poll| Moment {
            elapsed_ms: poll.elapsed_ms,
            ..moment(poll.at, StateSeen::Failed(poll.failure.clone()))
        })
        .collect();
    let mut missing = new.saturating_sub(moments.len() as u64);
    let Some(next) = moments.first_mut() else {
        return moments;
    };
    let first = (known == 0 && missing > 0 && failed.since < next.at).then(|| {
        missing -= 1;
        moment(failed.since, next.seen.clone())
    });
    next.unrecorded = missing;
    first.into_iter().chain(moments).collect()
}

/// Adds where the other observations were made: the events say where theirs were, and between them it did
/// not change. A recording need not say where, and then its event does not either.
fn add_sources(moments: &mut [Moment], configured: Option<&str>) {
    let (mut url, mut final_url) = (configured.map(str::to_owned), None);
    for moment in moments {
        if moment.event.is_none() {
            moment.url.clone_from(&url);
            moment.final_url = final_url.clone().filter(|_| moment.is_good());
        } else if moment.url.is_some() {
            url.clone_from(&moment.url);
            // A failure may come from an address before the redirect.
            if moment.is_good() {
                final_url.clone_from(&moment.final_url);
            }
        }
    }
}
