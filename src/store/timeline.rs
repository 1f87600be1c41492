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
use crate::document::observation::Failure;
use crate::document::response_facts::ResponseFacts;
use crate::policy::event::{Event, EventKind, Provenance};
use crate::policy::twins::teller_of;

/// One observation at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// When it was made.
    pub at: Timestamp,
    /// What was seen then.
    pub seen: StateSeen,
    /// The first event of that moment, which orders it among others of the same moment.
    pub event: Option<i64>,
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

impl Reader {
    /// The observations of a target, oldest first.
    pub fn timeline(&self, target: &TargetRow) -> Result<Vec<Moment>, StoreError> {
        let mut moments = self.states(target)?;
        let sql = format!(
            "SELECT {EVENT} FROM event {ACCEPTED} WHERE event.target_id = ?1
             AND event.kind IN ('first-seen', 'changed', 'failing', 'recovered', 'settled',
                 'finding', 'damped')
             ORDER BY event.at, event.id"
        );
        let doing = "reading the events of a target";
        let events = self.all(&sql, [target.target_id], row::event, doing)?;
        let mut told = None;
        for event in &events {
            moments.extend(failed(event, told));
            moments.extend(seen_by(event));
            told = Some(event)
                .filter(|event| event.body.kind() == EventKind::Failing)
                .or(told);
        }
        // If two are of one moment, states come first, in their order, and then the failure.
        moments.sort_by_key(|moment| {
            let rank = match moment.seen {
                StateSeen::New(id) => (0, id),
                StateSeen::Failed(_) => (1, 0),
                StateSeen::Again => (2, 0),
            };
            (moment.at, rank)
        });
        moments.dedup_by(|later, earlier| {
            later.at == earlier.at && !matches!(later.seen, StateSeen::New(_))
        });
        for moment in &mut moments {
            let StateSeen::New(id) = moment.seen else {
                continue;
            };
            let mut made = events
                .iter()
                .filter(|event| event.to_snapshot == Some(id))
                .filter_map(|event| event.body.provenance());
            let is_confirmed = |about: &&Provenance| {
                about.confirmed_at.is_some() || about.candidate_since.is_some()
            };
            if let Some(about) = made.find(is_confirmed) {
                moment.confirmed_at = about.confirmed_at;
                moment.candidate_since = about.candidate_since;
            }
        }
        self.add_twins(target, &mut moments)?;
        self.add_response_facts(target, &mut moments)?;
        add_sources(&mut moments, &events, target.url.as_deref());
        // Of two states that began in one second, the first took the events of both.
        for moment in &mut moments {
            if let (StateSeen::New(id), None) = (&moment.seen, moment.event) {
                let own = events.iter().find(|it| it.to_snapshot == Some(*id));
                moment.event = own.map(|it| it.id);
            }
        }
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
             WHERE target.provider = ?1 AND target.document = ?2 AND event.kind = 'finding'
             ORDER BY event.id"
        );
        let doing = "reading what two documents told together";
        let name = [target.provider.clone(), teller.to_string()];
        for event in self.all(&sql, name, row::event, doing)? {
            let seen = event.body.provenance().and_then(|seen| seen.twin_seen_at);
            let Some(at) = seen else { continue };
            // If both are in the same second, this document was seen first.
            let told = (at == event.body.at).then_some(event.id);
            // A state that is new within that second came later.
            let is_it = |it: &&mut Moment| it.at == at && !matches!(it.seen, StateSeen::New(_));
            match moments.iter_mut().find(is_it) {
                Some(seen) => seen.event = seen.event.or(told),
                None => moments.push(Moment {
                    event: told,
                    ..moment(at, StateSeen::Again)
                }),
            }
        }
        moments.sort_by_key(|moment| moment.at);
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
        for (at, response_facts) in all {
            let is_then = |moment: &&mut Moment| moment.at == at;
            match moments.iter_mut().find(is_then) {
                Some(moment) => moment.response_facts = Some(response_facts),
                None => moments.push(Moment {
                    response_facts: Some(response_facts),
                    ..moment(at, StateSeen::Again)
                }),
            }
        }
        moments.sort_by_key(|moment| moment.at);
        Ok(())
    }

    /// Adds each state when it was first seen, and when it was last seen if that was later.
    fn states(&self, target: &TargetRow) -> Result<Vec<Moment>, StoreError> {
        let state = |row: &Row<'_>| {
            Ok((
                row.get::<_, i64>("id")?,
                time(row, "first_seen_at")?,
                time_or_none(row, "last_seen_at")?,
            ))
        };
        let states = self.all(
            "SELECT id, first_seen_at, last_seen_at FROM snapshot WHERE target_id = ?1
             ORDER BY first_seen_at, id",
            params![target.target_id],
            state,
            "reading the states of a target",
        )?;
        let baseline = target.tracking.baseline.as_ref();
        let mut moments = Vec::new();
        for (id, first, last) in states {
            moments.push(moment(first, StateSeen::New(id)));
            let current = baseline.filter(|baseline| baseline.snapshot_id == id);
            let last = last.or(current.map(|baseline| baseline.last_seen_at));
            if let Some(last) = last.filter(|last| *last > first) {
                moments.push(moment(last, StateSeen::Again));
            }
        }
        Ok(moments)
    }
}

fn moment(at: Timestamp, seen: StateSeen) -> Moment {
    Moment {
        at,
        seen,
        event: None,
        url: None,
        final_url: None,
        elapsed_ms: None,
        confirmed_at: None,
        candidate_since: None,
        unrecorded: 0,
        response_facts: None,
    }
}

/// The failed polls in an event that an earlier event about the same outage did not have. Of a long
/// outage only the first and the latest polls are stored, and the number of those in between.
fn failed(event: &Event, told: Option<&Event>) -> Vec<Moment> {
    let Some(failed) = event.body.failed() else {
        return Vec::new();
    };
    let since = failed.since;
    let told = told
        .and_then(|told| told.body.failed())
        .filter(|told| told.since == since);
    let last = told.and_then(|told| told.latest.last());
    let new = failed
        .latest
        .iter()
        .filter(|poll| last.is_none_or(|last| last.at < poll.at));
    let mut moments: Vec<Moment> = new
        .map(|poll| Moment {
            elapsed_ms: poll.elapsed_ms,
            ..moment(poll.at, StateSeen::Failed(poll.failure.clone()))
        })
        .collect();
    let known = told.map_or(0, |told| told.count);
    let kept = u64::try_from(moments.len()).unwrap_or(u64::MAX);
    let mut missing = failed.count.saturating_sub(known).saturating_sub(kept);
    let Some(next) = moments.first_mut() else {
        return moments;
    };
    let first = (known == 0 && missing > 0 && since < next.at).then(|| {
        missing -= 1;
        moment(since, next.seen.clone())
    });
    next.unrecorded = missing;
    first.into_iter().chain(moments).collect()
}

/// Other observations that an event implies.
fn seen_by(event: &Event) -> Vec<Moment> {
    let body = &event.body;
    let mut moments = Vec::new();
    // The last good poll shows how long the old state was certainly there.
    moments.extend(body.last_good_at().map(|at| moment(at, StateSeen::Again)));
    // The event is about a document that did not change: it is back, came from elsewhere, is at rest, or
    // disagrees with another document.
    let is_answer = matches!(
        body.kind(),
        EventKind::Recovered | EventKind::Changed | EventKind::Settled
    );
    let twin_seen_at = body.provenance().and_then(|seen| seen.twin_seen_at);
    if is_answer || twin_seen_at.is_some() {
        moments.push(moment(body.at, StateSeen::Again));
    }
    moments
}

/// Adds where each observation was made and which event tells of it. The events have that, and between
/// them it did not change. A recording need not say where, and then its event does not either.
fn add_sources(moments: &mut [Moment], events: &[Event], configured: Option<&str>) {
    let mut events = events.iter().peekable();
    let (mut url, mut final_url) = (configured.map(str::to_owned), None);
    for moment in moments {
        let mut own = None;
        let (mut failures, mut is_told) = (None, false);
        while let Some(event) = events.next_if(|event| event.body.at <= moment.at) {
            let Some(source) = event.body.source() else {
                continue;
            };
            if event.body.at == moment.at {
                moment.event.get_or_insert(event.id);
                own = own.or(Some(source));
                let failed = event.body.failed().map(|failed| failed.count);
                let before = event.body.provenance().and_then(|seen| seen.failures);
                failures = failures.or(failed).or(before);
                is_told |= failed.is_some();
            }
            if let Some(known) = source.url.clone() {
                url = Some(known);
                // A failure may come from an address before the redirect.
                if event.body.kind() != EventKind::Failing {
                    final_url.clone_from(&source.final_url);
                }
            }
        }
        let is_answer = !matches!(moment.seen, StateSeen::Failed(_));
        if let Some(source) = own {
            moment.url.clone_from(&source.url);
            moment.final_url.clone_from(&source.final_url);
        } else {
            moment.url.clone_from(&url);
            moment.final_url = final_url.clone().filter(|_| is_answer);
        }
        if is_answer {
            // An outage that was not told is known only by its number of failures.
            moment.unrecorded = failures.filter(|_| !is_told).unwrap_or_default();
        }
    }
}
