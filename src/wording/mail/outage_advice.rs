//! What to do about documents that cannot be had.

use std::borrow::Cow;

use super::cause::{by_count, causes_of_each, is_here, last_failure, latest};
use super::down::{EndpointsOnHost, reminded, run_out};
use super::input::NamedAddress;
use super::several;
use super::words::name;
use crate::document::failure::{Failure, Reason, Side};
use crate::policy::event::Event;
use crate::wording::failure::{self, ASK, ASK_FOR_KEYS, MOVED, TRY_KEYS};

/// What to do about an outage: what its most frequent cause asks for, or the next one that asks for
/// anything; what lasts for days may be meant. `addresses` are what the documents named. Of providers that
/// the subject names with a cause each, each has advice of its own.
pub(super) fn advice(events: &[Event], addresses: &[NamedAddress]) -> String {
    if causes_of_each(events).is_none() {
        return of_one(events, addresses);
    }
    let each = several::providers(events).into_iter().map(|provider| {
        let own = several::of_provider(events, provider);
        format!("{}: {}", name(provider), of_one(&own, &[]))
    });
    each.collect::<Vec<_>>().join(" ")
}

fn of_one(events: &[Event], addresses: &[NamedAddress]) -> String {
    let is_of_keys = events.iter().all(|event| event.document.is_key_set());
    let hosts = EndpointsOnHost::of(events, addresses);
    match (reminded(events), of_causes(events)) {
        (_, Some(advice)) if is_here(events) => advice.into_owned(),
        (Some(_), Some(_)) if is_gone(events) && has_keys(events) => ASK_FOR_KEYS.to_owned(),
        // The provider can only be asked whether the document is gone.
        (Some(_), Some(_)) if is_gone(events) => ASK.to_owned(),
        // `MOVED` asks the same question as `ASK`, so only what clients do meanwhile is added.
        (Some(_), Some(advice)) if advice == MOVED => format!("{ASK}{}", hosts.meanwhile(events)),
        // Who refuses one caller answers others: that is the first question.
        (Some(_), Some(advice)) if is_refused(events) => format!("{advice} Otherwise {ASK}"),
        (Some(_), Some(advice)) => format!("{ASK} Otherwise {advice}"),
        (Some(_), None) => ASK.to_owned(),
        (None, Some(advice)) if advice == MOVED => format!("{MOVED}{}", hosts.meanwhile(events)),
        (None, Some(advice)) => format!("{advice}{}", hosts.remark()),
        (None, None) if is_of_keys => format!("{TRY_KEYS}{}", run_out(events)),
        (None, None) => format!("{}{}", hosts.login(), hosts.cached(events)),
    }
}

/// What the causes ask for: the most frequent first, then the others; nothing where time will tell. Trouble
/// of this machine counts only where it is all there is.
fn of_causes(events: &[Event]) -> Option<Cow<'static, str>> {
    let of = |event: &Event, failure: &Failure| {
        failure::advice(
            failure,
            &event.document,
            event.body.last_good_at().is_some(),
        )
    };
    let is_ours = is_here(events);
    let by_reason = |reason: &Reason| {
        events.iter().find_map(|event| {
            let mut polls = latest(event).iter().rev().map(|poll| &poll.failure);
            let failure = polls
                .find(|it| it.reason() == *reason && (is_ours || it.cause.side() != Side::Here))?;
            of(event, failure)
        })
    };
    by_count(events).iter().find_map(by_reason)
}

/// Whether the last answers say that there is no such document.
fn is_gone(events: &[Event]) -> bool {
    let mut last = events.iter().filter_map(last_failure);
    last.all(|failure| matches!(failure.status, Some(404 | 410)))
}

/// Whether a key set is among what fails.
fn has_keys(events: &[Event]) -> bool {
    events.iter().any(|event| event.document.is_key_set())
}

/// Whether the last answers may have been meant for this caller alone.
fn is_refused(events: &[Event]) -> bool {
    let mut last = events.iter().filter_map(last_failure);
    last.all(|failure| matches!(failure.status, Some(401 | 403 | 429)))
}
